/* SPDX-License-Identifier: MIT */
#include "hw/events.h"

#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define OWNERS 37
#define STEPS  20000

#define EVENTS_CYCLES(slots) ((uint64_t)(slots) << EVENTS_SLOT_LG2)
#define WHEEL_CYCLES         EVENTS_CYCLES(EVENTS_SLOTS)

struct fixture {
	struct arena *arena;
	struct events *events;
};

static struct fixture setup(uint32_t owners)
{
	struct fixture f = {.arena = arena_new()};
	f.events = events_new(f.arena, owners);
	return f;
}

static void teardown(struct fixture *f)
{
	events_free(f->events);
	arena_free(f->arena);
}

static void expect_next(struct fixture *f, uint32_t owner, uint64_t when)
{
	uint32_t got = UINT32_MAX;

	assert_true(events_next(f->events, &got));
	assert_int_equal(got, owner);
	assert_int_equal(events_now(f->events), when);
	assert_false(events_is_pending(f->events, owner));
}

static void expect_idle(struct fixture *f)
{
	uint32_t owner = 99;
	uint64_t now = events_now(f->events);

	assert_false(events_next(f->events, &owner));
	assert_int_equal(owner, 99);
	assert_int_equal(events_now(f->events), now);
}

static void test_events_of_different_times_happen_in_time_order(void **state)
{
	(void)state;
	struct fixture f = setup(4);

	expect_idle(&f);
	events_at(f.events, 0, 30);
	events_at(f.events, 1, 10);
	events_at(f.events, 2, 20);
	expect_next(&f, 1, 10);
	events_at(f.events, 1, 25);
	expect_next(&f, 2, 20);
	expect_next(&f, 1, 25);
	expect_next(&f, 0, 30);
	expect_idle(&f);
	teardown(&f);
}

static void test_events_of_one_time_happen_in_order_of_asking(void **state)
{
	(void)state;
	struct fixture f = setup(5);

	events_at(f.events, 3, 7);
	events_at(f.events, 0, 7);
	events_at(f.events, 4, 7);
	expect_next(&f, 3, 7);
	/* Asked again at the same time: behind those that already wait. */
	events_at(f.events, 3, 7);
	expect_next(&f, 0, 7);
	expect_next(&f, 4, 7);
	expect_next(&f, 3, 7);
	expect_idle(&f);
	teardown(&f);
}

static void test_events_cancelled_does_not_happen(void **state)
{
	(void)state;
	struct fixture f = setup(3);

	events_at(f.events, 0, 5);
	events_at(f.events, 1, 6);
	events_at(f.events, 2, 7);
	events_cancel(f.events, 0);
	events_cancel(f.events, 0);
	assert_false(events_is_pending(f.events, 0));
	expect_next(&f, 1, 6);
	events_cancel(f.events, 2);
	expect_idle(&f);
	teardown(&f);
}

static void test_events_restored_happen_again_and_are_not_hashed(void **state)
{
	(void)state;
	struct fixture f = setup(3);
	uint64_t hash = arena_hash(f.arena);

	events_at(f.events, 2, 11);
	events_at(f.events, 1, 11);
	struct arena_snapshot *snapshot = arena_save(f.arena);
	expect_next(&f, 2, 11);
	events_at(f.events, 0, 12);
	arena_restore(f.arena, snapshot);
	assert_int_equal(events_now(f.events), 0);
	assert_false(events_is_pending(f.events, 0));
	expect_next(&f, 2, 11);
	expect_next(&f, 1, 11);
	expect_idle(&f);
	assert_true(arena_hash(f.arena) == hash);
	arena_snapshot_free(snapshot);
	teardown(&f);
}

/* What a list that is searched from end to end says. */
struct plain_event {
	bool pending;
	uint64_t when, asked;
};

static int first_of(const struct plain_event *plain)
{
	int first = -1;

	for (int i = 0; i < OWNERS; i++)
		if (plain[i].pending && (first < 0 || plain[i].when < plain[first].when ||
					 (plain[i].when == plain[first].when && plain[i].asked < plain[first].asked)))
			first = i;
	return first;
}

/* Near and far, on both sides of where the wheel ends, and often the same time as another's. */
static uint64_t random_delay(struct random *random)
{
	static const uint64_t limits[] = {12, UINT64_C(8) << EVENTS_SLOT_LG2, 2 * WHEEL_CYCLES};

	switch (random_below(random, 6)) {
	case 0:
		return random_below(random, 5) << (EVENTS_SLOT_LG2 + 10);
	case 1:
		return WHEEL_CYCLES - 3 + random_below(random, 6);
	case 2:
		return random_below(random, 3) * WHEEL_CYCLES;
	default:
		return random_below(random, limits[random_below(random, 3)]);
	}
}

static void agree_with_a_plain_list(bool far)
{
	struct fixture f = setup(OWNERS);
	struct plain_event plain[OWNERS] = {0};
	struct random random;
	unsigned taken = 0;

	random_seed(&random, 20261120);
	for (uint64_t step = 0; step < STEPS; step++) {
		uint32_t owner = (uint32_t)random_below(&random, OWNERS);
		assert_int_equal(events_is_pending(f.events, owner), plain[owner].pending);
		if (random_chance(&random, 10)) {
			events_cancel(f.events, owner);
			plain[owner].pending = false;
		} else if (!plain[owner].pending && !random_chance(&random, 4)) {
			uint64_t delay = far ? random_delay(&random) : random_below(&random, 12);
			uint64_t when = events_now(f.events) + delay;
			events_at(f.events, owner, when);
			plain[owner] = (struct plain_event){.pending = true, .when = when, .asked = step};
		} else {
			int first = first_of(plain);
			if (first < 0) {
				expect_idle(&f);
				continue;
			}
			expect_next(&f, (uint32_t)first, plain[first].when);
			plain[first].pending = false;
			taken++;
		}
	}
	assert_true(taken > STEPS / 8);
	teardown(&f);
}

static void test_events_at_random_agree_with_a_plain_list(void **state)
{
	(void)state;
	agree_with_a_plain_list(false);
	agree_with_a_plain_list(true);
}

/* One that was out of reach when it was asked for is not behind one that was asked for later. */
static void test_events_far_away_keep_their_order(void **state)
{
	(void)state;
	struct fixture f = setup(4);

	events_at(f.events, 3, WHEEL_CYCLES + 2);
	events_at(f.events, 2, WHEEL_CYCLES + 2);
	events_at(f.events, 0, EVENTS_CYCLES(1));
	expect_next(&f, 0, EVENTS_CYCLES(1));
	events_at(f.events, 0, WHEEL_CYCLES + 2);
	events_at(f.events, 1, WHEEL_CYCLES + 1);
	expect_next(&f, 1, WHEEL_CYCLES + 1);
	expect_next(&f, 3, WHEEL_CYCLES + 2);
	expect_next(&f, 2, WHEEL_CYCLES + 2);
	expect_next(&f, 0, WHEEL_CYCLES + 2);
	/* Alone, and further away than the wheel goes round more than once. */
	events_at(f.events, 1, 7 * WHEEL_CYCLES);
	expect_next(&f, 1, 7 * WHEEL_CYCLES);
	expect_idle(&f);
	teardown(&f);
}

static void test_events_with_a_rank_come_first(void **state)
{
	(void)state;
	for (unsigned far = 0; far < 2; far++) {
		struct fixture f = setup(6);
		uint64_t when = far ? WHEEL_CYCLES + 2 : 9;
		events_at(f.events, 2, when);
		events_ranked(f.events, 0, when, 6);
		events_ranked(f.events, 1, when, 4);
		events_ranked(f.events, 4, when + 1, 3);
		events_at(f.events, 5, when);
		events_ranked(f.events, 3, when, 6);
		expect_next(&f, 1, when);
		expect_next(&f, 0, when);
		expect_next(&f, 3, when);
		expect_next(&f, 2, when);
		expect_next(&f, 5, when);
		expect_next(&f, 4, when + 1);
		expect_idle(&f);
		teardown(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_of_different_times_happen_in_time_order),
		cmocka_unit_test(test_events_of_one_time_happen_in_order_of_asking),
		cmocka_unit_test(test_events_cancelled_does_not_happen),
		cmocka_unit_test(test_events_restored_happen_again_and_are_not_hashed),
		cmocka_unit_test(test_events_at_random_agree_with_a_plain_list),
		cmocka_unit_test(test_events_far_away_keep_their_order),
		cmocka_unit_test(test_events_with_a_rank_come_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
