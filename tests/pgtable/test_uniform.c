/* SPDX-License-Identifier: MIT */
/* A table in which every address leads to one page, for each configuration of each format. */
#include "fixture.h"

#include "base/random.h"

#include <errno.h>

#define RW        (PT_READ | PT_WRITE)
#define ADDRESSES 200

static uint32_t expected_tables(const struct pt *pt)
{
	return (1u << (pt->root_lg2 - pt->granule_lg2)) + pt->levels - 1u;
}

static void test_uniform_every_address_leads_to_the_page(void **state)
{
	struct fixture f;
	struct random random;
	struct pt pt;
	fixture_init(&f, *state);
	uint32_t before = tables_taken(&f);
	uint64_t hash = arena_hash(f.arena);
	assert_int_equal(pt_init_uniform(&pt, &f.ops, *state, PAGES_FIRST, RW), 0);
	assert_int_equal(pt_table_count(&pt), expected_tables(&pt));
	assert_int_equal(tables_taken(&f) - before, pt_table_count(&pt));
	random_seed(&random, 1);
	for (unsigned i = 0; i < ADDRESSES; i++) {
		uint64_t last = (UINT64_C(1) << pt.input_lg2) - 1;
		uint64_t iova = i == 0 ? 0 : i == 1 ? last : random_next(&random) & last;
		struct pt_leaf leaf;
		assert_true(pt_lookup(&pt, &f.ops, iova, &leaf));
		assert_int_equal(leaf.pa, PAGES_FIRST);
		assert_int_equal(leaf.lg2, pt.granule_lg2);
		assert_int_equal(leaf.attributes, RW);
	}
	pt_destroy(&pt, &f.ops);
	assert_int_equal(tables_taken(&f), before);
	assert_int_equal(arena_hash(f.arena), hash);
	fixture_free(&f);
}

/* Fails each allocation, or stores, in turn until the call succeeds: what was taken is given back. */
static void fail_each(struct fixture *f, uint32_t *left, const struct pt_config *config)
{
	uint32_t before = tables_taken(f), step = 0;
	uint64_t hash = arena_hash(f->arena);
	struct pt pt;
	int error = -ENOMEM;
	for (; error && step < 100000; step += 1 + step / 16) {
		*left = step;
		error = pt_init_uniform(&pt, &f->ops, config, PAGES_FIRST, RW);
		*left = NEVER;
		if (!error)
			break;
		assert_int_equal(error, -ENOMEM);
		assert_int_equal(pt.root, 0);
		assert_int_equal(tables_taken(f), before);
		assert_int_equal(arena_hash(f->arena), hash);
	}
	assert_int_equal(error, 0);
	assert_true(step > 1);
	pt_destroy(&pt, &f->ops);
	assert_int_equal(tables_taken(f), before);
}

static void test_uniform_without_memory_is_enomem(void **state)
{
	struct fixture f;
	fixture_init(&f, *state);
	fail_each(&f, &f.allocs_left, *state);
	fail_each(&f, &f.stores_left, *state);
	fixture_free(&f);
}

static void test_uniform_of_what_is_no_page_is_einval(void **state)
{
	const struct pt_config *config = *state;
	struct pt_config large = *config;
	struct fixture f;
	struct pt pt;
	fixture_init(&f, config);
	uint32_t before = tables_taken(&f);
	uint64_t outside = UINT64_C(1) << config->output_lg2;
	assert_int_equal(pt_init_uniform(&pt, &f.ops, config, PAGES_FIRST + 8, RW), -EINVAL);
	assert_int_equal(pt_init_uniform(&pt, &f.ops, config, outside, RW), -EINVAL);
	assert_int_equal(pt_init_uniform(&pt, &f.ops, config, PAGES_FIRST, 0), -EINVAL);
	large.page_sizes &= ~(UINT64_C(1) << config->granule_lg2);
	assert_int_equal(pt_init_uniform(&pt, &f.ops, &large, PAGES_FIRST, RW), -EINVAL);
	large.granule_lg2 = 11;
	assert_int_equal(pt_init_uniform(&pt, &f.ops, &large, PAGES_FIRST, RW), -EINVAL);
	assert_int_equal(pt.root, 0);
	assert_int_equal(tables_taken(&f), before);
	fixture_free(&f);
}

int main(void)
{
	static const struct pt_test tests[] = {
		PT_TEST(test_uniform_every_address_leads_to_the_page),
		PT_TEST(test_uniform_without_memory_is_enomem),
		PT_TEST(test_uniform_of_what_is_no_page_is_einval),
	};
	return run_for_each_config("pt-uniform", tests, sizeof(tests) / sizeof(tests[0]));
}
