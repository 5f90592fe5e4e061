/* SPDX-License-Identifier: MIT */
/*
 * An ordered array in the arena: the slots 1 to count of a pool, kept without holes, so that equal contents are equal
 * bytes whatever the order in which they came. The order is the user's; inserting and removing move what follows.
 */
#ifndef IOSIM_MODEL_ROWS_H
#define IOSIM_MODEL_ROWS_H

#include "base/arena.h"

#include <stddef.h>
#include <stdint.h>

struct rows {
	struct arena *arena;
	unsigned char *base;
	size_t row_bytes;
	arena_pool_id pool;
};

void rows_open(struct rows *rows, struct arena *arena, const char *name, size_t row_bytes, uint32_t capacity,
	       enum arena_class class);

static inline uint32_t rows_count(const struct rows *rows)
{
	return arena_count(rows->arena, rows->pool);
}

/* `index` at most the count: one behind the last row is a valid address, not a row. */
static inline void *rows_at(const struct rows *rows, uint32_t index)
{
	return rows->base + (size_t)index * rows->row_bytes;
}

/* A zeroed row at `index` (at most the count); NULL when the array is full. */
void *rows_insert(struct rows *rows, uint32_t index);
void rows_remove(struct rows *rows, uint32_t index);
/* Only the first `count` rows stay. */
void rows_truncate(struct rows *rows, uint32_t count);

#endif
