/* SPDX-License-Identifier: MIT */
/*
 * Random operations on an arena and on a plain model of it. After each restore, and now and then between, the arena
 * holds exactly what the model holds; a second arena, brought to the model's state by another way, has the same
 * hash; a flipped byte changes the hash where it should and nowhere else.
 */
#include "base/arena.h"
#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define POOLS       5
#define BLOCKS      2
#define SLOTS_MAX   200
#define SLOT_MAX    1032
#define BLOCK_BYTES 700
#define SAVES       6
#define STEPS       20000

static const struct pool_kind {
	size_t slot_bytes;
	uint32_t capacity;
	bool keyed;
	enum arena_class class;
} kinds[POOLS] = {
	{8, 200, false, ARENA_HASHED}, {1000, 70, false, ARENA_HASHED}, {1032, 130, true, ARENA_HASHED},
	{24, 65, true, ARENA_HASHED},  {48, 64, false, ARENA_DERIVED},
};
static const enum arena_class block_classes[BLOCKS] = {ARENA_HASHED, ARENA_UNHASHED};

struct model {
	bool live[POOLS][SLOTS_MAX];
	unsigned char slots[POOLS][SLOTS_MAX][SLOT_MAX];
	unsigned char blocks[BLOCKS][BLOCK_BYTES];
};

struct subject {
	struct arena *arena;
	arena_pool_id pools[POOLS];
	unsigned char *blocks[BLOCKS];
};

struct save {
	struct arena_snapshot *snapshot;
	struct model *model;
	uint64_t hash;
};

static void subject_init(struct subject *subject)
{
	subject->arena = arena_new();
	subject->blocks[0] = arena_block(subject->arena, "block", BLOCK_BYTES, block_classes[0]);
	for (unsigned p = 0; p < POOLS; p++)
		subject->pools[p] = arena_pool(subject->arena, "pool", kinds[p].slot_bytes, kinds[p].capacity,
					       kinds[p].keyed, kinds[p].class);
	subject->blocks[1] = arena_block(subject->arena, "block", BLOCK_BYTES, block_classes[1]);
}

static bool key_is_used(const struct model *model, unsigned p, uint64_t key)
{
	for (uint32_t i = 0; i < kinds[p].capacity; i++)
		if (model->live[p][i] && memcmp(model->slots[p][i], &key, sizeof(key)) == 0)
			return true;
	return false;
}

static uint32_t count_live(const struct model *model, unsigned p)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < kinds[p].capacity; i++)
		count += model->live[p][i];
	return count;
}

static void do_alloc(struct subject *subject, struct model *model, struct random *random, unsigned p)
{
	uint32_t expected = 0;
	while (expected < kinds[p].capacity && model->live[p][expected])
		expected++;
	uint32_t handle = arena_alloc(subject->arena, subject->pools[p]);
	if (expected == kinds[p].capacity) {
		assert_int_equal(handle, ARENA_NONE);
		return;
	}
	assert_int_equal(handle, expected + 1);
	model->live[p][expected] = true;
	unsigned char *slot = arena_slot(subject->arena, subject->pools[p], handle);
	assert_memory_equal(slot, model->slots[p][expected], kinds[p].slot_bytes);
	if (kinds[p].keyed) {
		uint64_t key;
		do
			key = random_below(random, 1000);
		while (key_is_used(model, p, key));
		memcpy(slot, &key, sizeof(key));
		memcpy(model->slots[p][expected], &key, sizeof(key));
	}
}

/* A random live handle of the pool, 0 if there is none. */
static uint32_t pick_live(const struct model *model, struct random *random, unsigned p)
{
	uint32_t count = count_live(model, p);
	uint64_t nth = count ? random_below(random, count) : 0;
	for (uint32_t i = 0; i < kinds[p].capacity; i++)
		if (model->live[p][i] && nth-- == 0)
			return i + 1;
	return 0;
}

static void do_release(struct subject *subject, struct model *model, struct random *random, unsigned p)
{
	uint32_t handle = pick_live(model, random, p);
	if (!handle)
		return;
	arena_release(subject->arena, subject->pools[p], handle);
	model->live[p][handle - 1] = false;
	memset(model->slots[p][handle - 1], 0, SLOT_MAX);
}

/* Writes a few bytes, often zeros, into a live slot (never its key) or a block. */
static void do_write(struct subject *subject, struct model *model, struct random *random)
{
	unsigned target = (unsigned)random_below(random, POOLS + BLOCKS);
	unsigned char *real = NULL, *mirror = NULL;
	size_t first = 0, bytes = BLOCK_BYTES;
	if (target < POOLS) {
		uint32_t handle = pick_live(model, random, target);
		if (!handle)
			return;
		real = arena_slot(subject->arena, subject->pools[target], handle);
		mirror = model->slots[target][handle - 1];
		first = kinds[target].keyed ? 8 : 0;
		bytes = kinds[target].slot_bytes;
	} else {
		real = subject->blocks[target - POOLS];
		mirror = model->blocks[target - POOLS];
	}
	for (unsigned i = 0; i < 4; i++) {
		size_t at = (size_t)random_between(random, first, bytes - 1);
		real[at] = mirror[at] = random_chance(random, 2) ? 0 : (unsigned char)random_below(random, 256);
	}
}

static void assert_matches(const struct subject *subject, const struct model *model)
{
	for (unsigned p = 0; p < POOLS; p++) {
		const unsigned char *base = arena_pool_base(subject->arena, subject->pools[p]);
		assert_int_equal(arena_count(subject->arena, subject->pools[p]), count_live(model, p));
		for (uint32_t i = 0; i < kinds[p].capacity; i++) {
			assert_int_equal(arena_live(subject->arena, subject->pools[p], i + 1), model->live[p][i]);
			assert_memory_equal(base + i * kinds[p].slot_bytes, model->slots[p][i], kinds[p].slot_bytes);
		}
	}
	for (unsigned b = 0; b < BLOCKS; b++)
		assert_memory_equal(subject->blocks[b], model->blocks[b], BLOCK_BYTES);
}

/* Brings a fresh arena to the model's state: keyed slots in a random order, others filled and thinned out. */
static void rebuild_otherwise(struct subject *other, const struct model *model, struct random *random, unsigned p)
{
	struct arena *arena = other->arena;
	uint32_t order[SLOTS_MAX], count = 0;
	for (uint32_t i = 0; i < kinds[p].capacity; i++)
		if (!kinds[p].keyed || model->live[p][i])
			order[count++] = i;
	for (uint32_t i = count; kinds[p].keyed && i > 1; i--) {
		uint32_t j = (uint32_t)random_below(random, i), swap = order[j];
		order[j] = order[i - 1];
		order[i - 1] = swap;
	}
	for (uint32_t i = 0; i < count; i++) {
		uint32_t handle = arena_alloc(arena, other->pools[p]);
		memcpy(arena_slot(arena, other->pools[p], handle), model->slots[p][order[i]], kinds[p].slot_bytes);
	}
	for (uint32_t i = 0; !kinds[p].keyed && i < kinds[p].capacity; i++)
		if (!model->live[p][i])
			arena_release(arena, other->pools[p], i + 1);
}

static void assert_hash_depends_on_state_only(const struct subject *subject, const struct model *model,
					      struct random *random)
{
	struct subject other;
	subject_init(&other);
	for (unsigned p = 0; p < POOLS; p++)
		rebuild_otherwise(&other, model, random, p);
	memcpy(other.blocks[0], model->blocks[0], BLOCK_BYTES); /* block 1 is not hashed */
	assert_int_equal(arena_hash(subject->arena), arena_hash(other.arena));
	arena_free(other.arena);
}

static void assert_flip_changes_hash(const struct subject *subject, const struct model *model, struct random *random)
{
	uint64_t before = arena_hash(subject->arena);
	for (unsigned target = 0; target < POOLS + BLOCKS; target++) {
		unsigned char *bytes = NULL;
		size_t first = 0, count = BLOCK_BYTES;
		bool hashed = true;
		if (target < POOLS) {
			uint32_t handle = pick_live(model, random, target);
			if (!handle)
				continue;
			bytes = arena_slot(subject->arena, subject->pools[target], handle);
			count = kinds[target].slot_bytes;
			first = kinds[target].keyed ? 8 : 0;
			hashed = kinds[target].class == ARENA_HASHED;
		} else {
			bytes = subject->blocks[target - POOLS];
			hashed = block_classes[target - POOLS] == ARENA_HASHED;
		}
		size_t at = (size_t)random_between(random, first, count - 1);
		unsigned char bit = (unsigned char)(1u << random_below(random, 8));
		bytes[at] ^= bit;
		assert_int_equal(arena_hash(subject->arena) != before, hashed);
		bytes[at] ^= bit;
	}
	assert_int_equal(arena_hash(subject->arena), before);
}

static void do_save(const struct subject *subject, const struct model *model, struct save *save)
{
	arena_snapshot_free(save->snapshot);
	save->snapshot = arena_save(subject->arena);
	save->hash = arena_hash(subject->arena);
	memcpy(save->model, model, sizeof(*model));
}

static void do_restore(struct subject *subject, struct model *model, const struct save *save)
{
	if (!save->snapshot)
		return;
	arena_restore(subject->arena, save->snapshot);
	memcpy(model, save->model, sizeof(*model));
	assert_matches(subject, model);
	assert_int_equal(arena_hash(subject->arena), save->hash);
}

static void do_step(struct subject *subject, struct model *model, struct random *random, struct save *saves,
		    bool growing)
{
	unsigned p = (unsigned)random_below(random, POOLS);
	uint64_t roll = random_below(random, 1000);
	if (roll < (growing ? 450 : 250))
		do_alloc(subject, model, random, p);
	else if (roll < 700)
		do_release(subject, model, random, p);
	else if (roll < 980)
		do_write(subject, model, random);
	else if (roll < 985)
		do_save(subject, model, &saves[random_below(random, SAVES)]);
	else if (roll < 990)
		do_restore(subject, model, &saves[random_below(random, SAVES)]);
	else if (roll < 993)
		assert_flip_changes_hash(subject, model, random);
	else if (roll < 996)
		assert_matches(subject, model);
	else if (roll < 997)
		assert_hash_depends_on_state_only(subject, model, random);
}

static void test_arena_random_operations_match_a_plain_model(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct random random;
		struct subject subject;
		struct save saves[SAVES] = {{0}};
		struct model *model = calloc(1, sizeof(*model));
		random_seed(&random, seed);
		subject_init(&subject);
		for (unsigned i = 0; i < SAVES; i++)
			saves[i].model = calloc(1, sizeof(*model));
		for (unsigned step = 0; step < STEPS; step++)
			do_step(&subject, model, &random, saves, step / 1000 % 3 != 2);
		for (unsigned i = 0; i < SAVES; i++) {
			do_restore(&subject, model, &saves[i]);
			arena_snapshot_free(saves[i].snapshot);
			free(saves[i].model);
		}
		free(model);
		arena_free(subject.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arena_random_operations_match_a_plain_model),
	};
	return cmocka_run_group_tests_name("arena-property", tests, NULL, NULL);
}
