/* SPDX-License-Identifier: MIT */
#include "model/rows.h"

#include "base/assert.h"

#include <string.h>

void rows_open(struct rows *rows, struct arena *arena, const char *name, size_t row_bytes, uint32_t capacity,
	       enum arena_class class)
{
	rows->arena = arena;
	rows->row_bytes = row_bytes;
	rows->pool = arena_pool(arena, name, row_bytes, capacity, false, class);
	rows->base = arena_pool_base(arena, rows->pool);
}

void *rows_insert(struct rows *rows, uint32_t index)
{
	uint32_t count = rows_count(rows);
	IOSIM_ASSERT(index <= count);
	uint32_t handle = arena_alloc(rows->arena, rows->pool);
	if (handle == ARENA_NONE)
		return NULL;
	IOSIM_ASSERT(handle == count + 1);
	unsigned char *row = rows_at(rows, index);
	memmove(row + rows->row_bytes, row, (size_t)(count - index) * rows->row_bytes);
	memset(row, 0, rows->row_bytes);
	return row;
}

void rows_remove(struct rows *rows, uint32_t index)
{
	uint32_t count = rows_count(rows);
	IOSIM_ASSERT(index < count);
	unsigned char *row = rows_at(rows, index);
	memmove(row, row + rows->row_bytes, (size_t)(count - index - 1) * rows->row_bytes);
	arena_release(rows->arena, rows->pool, count);
}

void rows_truncate(struct rows *rows, uint32_t count)
{
	for (uint32_t handle = rows_count(rows); handle > count; handle--)
		arena_release(rows->arena, rows->pool, handle);
}
