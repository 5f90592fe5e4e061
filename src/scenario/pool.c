/* SPDX-License-Identifier: MIT */
#include "scenario/tree.h"

#define POOL_BLOCK_BYTES 16384u

struct pool {
	GPtrArray *blocks;
	char *next;
	size_t left;
};

struct pool *pool_new(void)
{
	struct pool *pool = g_new0(struct pool, 1);

	pool->blocks = g_ptr_array_new_with_free_func(g_free);
	return pool;
}

void pool_free(struct pool *pool)
{
	g_ptr_array_unref(pool->blocks);
	g_free(pool);
}

void *pool_alloc(struct pool *pool, size_t bytes)
{
	size_t rounded = (bytes + 15u) & ~(size_t)15u;
	void *memory;

	if (rounded > pool->left) {
		size_t block = MAX(rounded, POOL_BLOCK_BYTES);

		pool->next = g_malloc0(block);
		pool->left = block;
		g_ptr_array_add(pool->blocks, pool->next);
	}
	memory = pool->next;
	pool->next += rounded;
	pool->left -= rounded;
	return memory;
}
