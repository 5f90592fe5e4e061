/* SPDX-License-Identifier: MIT */
#include "hw/device/keyed.h"

#include <string.h>

static size_t bytes_of(uint64_t count)
{
	return sizeof(struct keyed_list) + count * sizeof(struct keyed_row);
}

void keyed_init(struct keyed *rows, struct arena *arena, const char *name, uint32_t capacity)
{
	rows->arena = arena;
	rows->capacity = capacity;
	rows->list = arena_block(arena, name, bytes_of(capacity), ARENA_HASHED);
	arena_block_used(arena, rows->list, bytes_of(0));
}

uint32_t keyed_from(const struct keyed *rows, uint64_t key)
{
	uint32_t low = 0, high = (uint32_t)rows->list->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (rows->list->rows[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct keyed_row *keyed_find(const struct keyed *rows, uint64_t key)
{
	uint32_t at = keyed_from(rows, key);

	return at < rows->list->count && rows->list->rows[at].key == key ? &rows->list->rows[at] : NULL;
}

bool keyed_put(struct keyed *rows, uint64_t key, uint64_t value)
{
	struct keyed_list *list = rows->list;
	uint32_t at = keyed_from(rows, key);

	if (at == list->count || list->rows[at].key != key) {
		if (list->count == rows->capacity)
			return false;
		arena_block_used(rows->arena, list, bytes_of(list->count + 1));
		memmove(&list->rows[at + 1], &list->rows[at], (list->count - at) * sizeof(struct keyed_row));
		list->count++;
	}
	list->rows[at] = (struct keyed_row){key, value};
	return true;
}

void keyed_remove_between(struct keyed *rows, uint64_t first, uint64_t last)
{
	struct keyed_list *list = rows->list;
	uint32_t from = keyed_from(rows, first), end = from;

	while (end < list->count && list->rows[end].key <= last)
		end++;
	if (end == from)
		return;
	memmove(&list->rows[from], &list->rows[end], (list->count - end) * sizeof(struct keyed_row));
	list->count -= end - from;
	memset(&list->rows[list->count], 0, (end - from) * sizeof(struct keyed_row));
	arena_block_used(rows->arena, list, bytes_of(list->count));
}

void keyed_remove(struct keyed *rows, uint64_t key)
{
	keyed_remove_between(rows, key, key);
}
