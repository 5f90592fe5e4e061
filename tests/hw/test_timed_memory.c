/* SPDX-License-Identifier: MIT */
#include "hw/timed_memory.h"

#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LATENCY 100
#define ASKS    2000

struct fixture {
	struct arena *arena;
	struct memory *memory;
	struct timed_memory *timed;
};

static struct fixture setup(uint32_t outstanding)
{
	struct fixture f = {.arena = arena_new()};
	f.memory = memory_new(f.arena, 4);
	memory_add_ram(f.memory, 0x1000, 0x2fff);
	f.timed = timed_memory_new(f.memory, LATENCY, outstanding);
	return f;
}

static void teardown(struct fixture *f)
{
	timed_memory_free(f->timed);
	memory_free(f->memory);
	arena_free(f->arena);
}

static void test_timed_memory_without_limit_answers_after_latency(void **state)
{
	(void)state;
	struct fixture f = setup(0);

	for (unsigned i = 0; i < 50; i++)
		assert_int_equal(timed_memory_ask(f.timed, 7), 7 + LATENCY);
	assert_int_equal(timed_memory_ask(f.timed, 8), 8 + LATENCY);
	assert_int_equal(f.timed->state->accesses, 51);
	assert_int_equal(f.timed->state->waited_cycles, 0);
	teardown(&f);
}

static void test_timed_memory_with_one_access_serialises(void **state)
{
	(void)state;
	struct fixture f = setup(1);

	assert_int_equal(timed_memory_ask(f.timed, 0), LATENCY);
	assert_int_equal(timed_memory_ask(f.timed, 0), 2 * LATENCY);
	assert_int_equal(timed_memory_ask(f.timed, 10), 3 * LATENCY);
	assert_int_equal(timed_memory_ask(f.timed, 1000), 1000 + LATENCY);
	assert_int_equal(f.timed->state->waited_cycles, LATENCY + 2 * LATENCY - 10);
	teardown(&f);
}

static void test_timed_memory_with_limit_begins_when_oldest_ends(void **state)
{
	(void)state;
	struct fixture f = setup(2);

	assert_int_equal(timed_memory_ask(f.timed, 0), 100);
	assert_int_equal(timed_memory_ask(f.timed, 30), 130);
	assert_int_equal(timed_memory_ask(f.timed, 40), 200);
	assert_int_equal(timed_memory_ask(f.timed, 99), 230);
	assert_int_equal(timed_memory_ask(f.timed, 201), 301);
	teardown(&f);
}

/* At no time are more under way than may be, and none waits while fewer are. */
static void test_timed_memory_at_random_keeps_limit_and_order(void **state)
{
	(void)state;
	static uint64_t ends[ASKS];
	struct random random;

	for (uint32_t outstanding = 1; outstanding <= 9; outstanding += 2) {
		struct fixture f = setup(outstanding);
		uint64_t now = 0, waited = 0;
		random_seed(&random, outstanding);
		for (unsigned i = 0; i < ASKS; i++) {
			unsigned under_way = 0;
			now += random_below(&random, 3 * LATENCY / outstanding);
			ends[i] = timed_memory_ask(f.timed, now);
			uint64_t begins = ends[i] - LATENCY;
			assert_true(begins >= now && (i == 0 || ends[i] >= ends[i - 1]));
			for (unsigned earlier = 0; earlier < i; earlier++)
				under_way += ends[earlier] > begins;
			assert_true(under_way < outstanding);
			if (begins > now) {
				assert_true(i >= outstanding && begins == ends[i - outstanding]);
				waited += begins - now;
			}
		}
		assert_true(waited > 0 && waited == f.timed->state->waited_cycles);
		teardown(&f);
	}
}

static void test_timed_memory_restored_answers_the_same(void **state)
{
	(void)state;
	struct fixture f = setup(1);
	uint64_t hash = arena_hash(f.arena);

	timed_memory_ask(f.timed, 0);
	struct arena_snapshot *snapshot = arena_save(f.arena);
	assert_int_equal(timed_memory_ask(f.timed, 0), 2 * LATENCY);
	arena_restore(f.arena, snapshot);
	assert_int_equal(timed_memory_ask(f.timed, 0), 2 * LATENCY);
	assert_true(arena_hash(f.arena) == hash);
	arena_snapshot_free(snapshot);
	teardown(&f);
}

static void test_memory_ask_read_answers_with_words(void **state)
{
	(void)state;
	struct fixture f = setup(0);
	struct memory_ask ask = {.pa = 0x1ff0, .bytes = 16, .data = {1, 2, 3}};

	memory_ask_answer(f.memory, &ask);
	assert_true(ask.answered && ask.data[0] == 0 && ask.data[1] == 0 && ask.data[2] == 3);
	assert_true(memory_write64(f.memory, 0x1ff8, 0x55));
	memory_ask_answer(f.memory, &ask);
	assert_true(ask.answered && ask.data[0] == 0 && ask.data[1] == 0x55 && ask.data[2] == 3);
	ask.pa = 0x3000;
	memory_ask_answer(f.memory, &ask);
	assert_false(ask.answered);
	teardown(&f);
}

static void test_memory_ask_update_needs_the_old_word(void **state)
{
	(void)state;
	struct fixture f = setup(0);
	struct memory_ask ask = {.pa = 0x1008, .old = 5, .fresh = 0x66};
	uint64_t word;

	assert_true(memory_write64(f.memory, 0x1008, 4));
	memory_ask_answer(f.memory, &ask);
	assert_false(ask.answered);
	assert_true(ask.changed);
	assert_true(memory_read64(f.memory, 0x1008, &word) && word == 4);
	ask.old = 4;
	memory_ask_answer(f.memory, &ask);
	assert_true(ask.answered);
	assert_false(ask.changed);
	assert_true(memory_read64(f.memory, 0x1008, &word) && word == 0x66);
	ask.pa = 0x3008;
	memory_ask_answer(f.memory, &ask);
	assert_false(ask.answered || ask.changed);
	teardown(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timed_memory_without_limit_answers_after_latency),
		cmocka_unit_test(test_timed_memory_with_one_access_serialises),
		cmocka_unit_test(test_timed_memory_with_limit_begins_when_oldest_ends),
		cmocka_unit_test(test_timed_memory_at_random_keeps_limit_and_order),
		cmocka_unit_test(test_timed_memory_restored_answers_the_same),
		cmocka_unit_test(test_memory_ask_read_answers_with_words),
		cmocka_unit_test(test_memory_ask_update_needs_the_old_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
