/* SPDX-License-Identifier: MIT */
/* Page states against a plain array of pages. */
#include "base/random.h"
#include "hw/page_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PAGES 64u
#define BASE  UINT64_C(0x100000000)
#define PAGE  UINT64_C(4096)

static void test_page_states_begin_untrusted(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct page_states *states = page_states_new(arena);

	assert_int_equal(page_states_get(states, 0).state, PAGE_UNTRUSTED);
	assert_int_equal(page_states_get(states, UINT64_MAX).state, PAGE_UNTRUSTED);
	assert_true(page_states_allow(states, BASE, PAGE_WORLD_UNTRUSTED));
	assert_false(page_states_allow(states, BASE, PAGE_WORLD_TRUSTED));
	page_states_free(states);
	arena_free(arena);
}

static void test_page_states_private_page_is_for_the_trusted_world_alone(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct page_states *states = page_states_new(arena);
	struct page_row private = {.state = PAGE_PRIVATE, .owner = 3, .gpa = 0x40000000};
	struct page_row tables = {.state = PAGE_TSM};

	assert_true(page_states_set(states, BASE + PAGE, 2 * PAGE, &private));
	assert_true(page_states_set(states, BASE + 3 * PAGE, PAGE, &tables));
	for (unsigned i = 1; i < 4; i++) {
		assert_false(page_states_allow(states, BASE + i * PAGE + 0xfff, PAGE_WORLD_UNTRUSTED));
		assert_true(page_states_allow(states, BASE + i * PAGE, PAGE_WORLD_TRUSTED));
	}
	assert_true(page_states_allow(states, BASE, PAGE_WORLD_UNTRUSTED));
	assert_true(page_states_allow(states, BASE + 4 * PAGE, PAGE_WORLD_UNTRUSTED));
	assert_int_equal(page_states_get(states, BASE + 2 * PAGE + 8).gpa, 0x40001000);
	assert_int_equal(page_states_get(states, BASE + 2 * PAGE).owner, 3);
	assert_int_equal(page_states_get(states, BASE + 3 * PAGE).owner, 0);
	page_states_free(states);
	arena_free(arena);
}

static void check_all(const struct page_states *states, const struct page_row *plain)
{
	for (unsigned i = 0; i < PAGES; i++) {
		struct page_row row = page_states_get(states, BASE + i * PAGE + i);

		assert_int_equal(row.state, plain[i].state);
		assert_int_equal(row.owner, plain[i].owner);
		assert_int_equal(row.gpa, plain[i].gpa);
	}
}

/* The same contents by another way: page by page, from the top. */
static uint64_t hash_of(const struct page_row *plain)
{
	struct arena *arena = arena_new();
	struct page_states *states = page_states_new(arena);

	for (unsigned i = PAGES; i-- > 0;)
		assert_true(page_states_set(states, BASE + i * PAGE, PAGE, &plain[i]));
	uint64_t hash = arena_hash(arena);
	page_states_free(states);
	arena_free(arena);
	return hash;
}

static void test_page_states_are_what_a_plain_array_is(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 40; seed++) {
		struct arena *arena = arena_new();
		struct page_states *states = page_states_new(arena);
		struct page_row plain[PAGES];
		struct random random;

		memset(plain, 0, sizeof plain);
		random_seed(&random, seed);
		for (unsigned step = 0; step < 60; step++) {
			unsigned first = (unsigned)random_below(&random, PAGES);
			unsigned count = (unsigned)random_between(&random, 1, PAGES - first);
			struct page_row row = {.state = (enum page_state)random_below(&random, 3)};

			if (row.state == PAGE_PRIVATE) {
				row.owner = (uint16_t)random_between(&random, 1, 2);
				row.gpa = (random_chance(&random, 2) ? first : random_below(&random, 8)) * PAGE;
			}
			assert_true(page_states_set(states, BASE + first * PAGE, count * PAGE, &row));
			for (unsigned i = 0; i < count; i++) {
				plain[first + i] = row;
				if (row.state == PAGE_PRIVATE)
					plain[first + i].gpa += i * PAGE;
			}
			check_all(states, plain);
		}
		assert_true(arena_hash(arena) == hash_of(plain));
		page_states_free(states);
		arena_free(arena);
	}
}

static void test_page_states_full_table_changes_nothing(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct page_states *states = page_states_new(arena);
	struct page_row row = {.state = PAGE_PRIVATE, .owner = 1};
	struct page_row other = {.state = PAGE_TSM};

	for (uint64_t i = 0; i < PAGE_STATE_RANGES_MAX; i++)
		assert_true(page_states_set(states, BASE + 2 * i * PAGE, PAGE, &row));
	uint64_t before = arena_hash(arena);
	assert_false(page_states_set(states, BASE - 2 * PAGE, PAGE, &row));
	assert_true(arena_hash(arena) == before);
	/* What takes no more rows still fits. */
	assert_true(page_states_set(states, BASE, PAGE, &other));
	assert_int_equal(page_states_get(states, BASE).state, PAGE_TSM);
	page_states_free(states);
	arena_free(arena);
}

struct seen {
	unsigned count;
	uint64_t last;
};

static void see(void *context, uint64_t first, uint64_t last, const struct page_row *row)
{
	struct seen *seen = context;

	assert_true(seen->count == 0 || first > seen->last);
	assert_int_not_equal(row->state, PAGE_UNTRUSTED);
	seen->last = last;
	seen->count++;
}

static void test_page_states_each_comes_in_order(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct page_states *states = page_states_new(arena);
	struct page_row row = {.state = PAGE_TSM};
	struct seen seen = {0};

	assert_true(page_states_set(states, BASE + 8 * PAGE, PAGE, &row));
	assert_true(page_states_set(states, BASE, PAGE, &row));
	assert_true(page_states_set(states, BASE + PAGE, PAGE, &row)); /* joined to the one before */
	page_states_each(states, see, &seen);
	assert_int_equal(seen.count, 2);
	page_states_free(states);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page_states_begin_untrusted),
		cmocka_unit_test(test_page_states_private_page_is_for_the_trusted_world_alone),
		cmocka_unit_test(test_page_states_are_what_a_plain_array_is),
		cmocka_unit_test(test_page_states_full_table_changes_nothing),
		cmocka_unit_test(test_page_states_each_comes_in_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
