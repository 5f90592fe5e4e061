/* SPDX-License-Identifier: MIT */
/* One walk under two clocks, and traced: on random tables, good and bad, they give the same answers. */
#include "base/random.h"

#include "vtd_test.h"

#define TABLES_FIRST UINT64_C(0x400000)
#define TABLE_COUNT  12
#define REQUESTS     400
#define ROUNDS       25
#define LATENCY      137

static uint64_t random_table(struct random *random)
{
	return TABLES_FIRST + 0x1000 * random_below(random, TABLE_COUNT);
}

/* A word that is mostly a good entry, and sometimes has a bit too many. */
static uint64_t random_entry(struct random *random)
{
	uint64_t word = random_table(random) | (random_chance(random, 8) ? random_below(random, 4) : 3);
	if (random_chance(random, 12))
		return 0;
	if (random_chance(random, 6))
		word = (word & ~UINT64_C(0x1ff000)) | 0x80;
	if (random_chance(random, 25))
		word |= UINT64_C(1) << random_below(random, 64);
	if (random_chance(random, 40))
		word = (word & 0xfff) | UINT64_C(0xfee00000);
	if (random_chance(random, 60))
		word |= UINT64_C(0x0000200000000000); /* no memory there */
	return word;
}

/* A few indexes, so that walks meet. */
static uint64_t random_iova(struct random *random)
{
	uint64_t iova = random_below(random, 4096);
	for (unsigned level = 0; level < 4; level++)
		iova |= random_below(random, 3) << (12 + 9 * level);
	if (random_chance(random, 30))
		iova |= UINT64_C(1) << random_between(random, 47, 63);
	if (random_chance(random, 50))
		iova = UINT64_C(0xfee00000) + random_below(random, 0x100000);
	return iova;
}

static struct request random_request(struct random *random)
{
	struct request request = bench_request((uint16_t)(SID + random_below(random, 3)), random_iova(random),
					       (enum request_op)random_below(random, 3));
	request.bytes = (uint32_t)random_below(random, 9);
	request.at = random_chance(random, 8) ? (uint8_t)random_below(random, 4) : 0;
	if (random_chance(random, 40))
		request.pasid = 1;
	return request;
}

static void random_structures(struct bench *b, struct random *random)
{
	for (unsigned i = 0; i < 3; i++) {
		uint64_t low = random_table(random) | 1, high = 0x1202;
		if (random_chance(random, 4))
			low |= 2;
		if (random_chance(random, 10))
			low |= random_below(random, 4) << 2;
		if (random_chance(random, 10))
			high = 0x1200 | random_below(random, 8);
		if (random_chance(random, 25))
			low |= UINT64_C(1) << random_below(random, 64);
		bench_context(b, (uint16_t)(SID + i), low, high);
	}
	for (unsigned table = 0; table < TABLE_COUNT; table++)
		for (unsigned index = 0; index < 3; index++)
			bench_put(b, TABLES_FIRST + 0x1000 * table + 8 * index, random_entry(random));
}

static void setup(struct bench *b, uint64_t seed, bool no_cache)
{
	struct random random;
	struct iommu_config config = {
		.id = {seed % 3 == 0 ? BENCH_CAP | CAP_CM : BENCH_CAP, seed % 2 ? BENCH_ECAP : BENCH_ECAP | ECAP_DT},
		.no_cache = no_cache,
		.iotlb_entries = 16,
		.context_entries = 4,
		.compat_qemu = seed % 5 == 0,
	};
	random_seed(&random, seed);
	bench_setup_on(b, &config);
	random_structures(b, &random);
}

static void assert_same(const struct translation *a, const struct translation *b, bool recorded_too)
{
	assert_int_equal(a->result, b->result);
	assert_int_equal(a->fault, b->fault);
	assert_true(a->pa == b->pa);
	assert_int_equal(a->page_lg2, b->page_lg2);
	assert_int_equal(a->level, b->level);
	assert_int_equal(a->permissions, b->permissions);
	assert_int_equal(a->pass_through, b->pass_through);
	assert_int_equal(a->untranslated_only, b->untranslated_only);
	assert_int_equal(a->lost, b->lost);
	assert_true(a->lost_pa == b->lost_pa);
	assert_int_equal(a->reads, b->reads);
	if (!recorded_too)
		return;
	assert_int_equal(a->from_cache, b->from_cache);
	assert_int_equal(a->recorded, b->recorded);
	assert_int_equal(a->overflow, b->overflow);
	assert_true(a->record[0] == b->record[0] && a->record[1] == b->record[1]);
}

static void test_clocks_give_the_same_answers_and_states(void **state)
{
	(void)state;
	unsigned results[2] = {0};
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		struct bench functional, cycles;
		struct random random;
		setup(&functional, seed, seed % 4 == 0);
		setup(&cycles, seed, seed % 4 == 0);
		random_seed(&random, seed + 1000);
		for (unsigned i = 0; i < REQUESTS; i++) {
			struct request request = random_request(&random);
			struct translation a = bench_translate(&functional, &request), b;
			uint64_t spent = 0;
			iommu_translate_cycles(cycles.iommu, cycles.memory, &request, LATENCY, &b, &spent);
			assert_same(&a, &b, true);
			assert_int_equal(spent, (uint64_t)a.reads * LATENCY);
			results[a.result == TRANSLATE_OK]++;
			if (i % 50 == 49) {
				bench_set(&functional, REG_FRCD + 12, 4, 0x80000000);
				bench_set(&cycles, REG_FRCD + 12, 4, 0x80000000);
			}
		}
		assert_true(arena_hash(functional.arena) == arena_hash(cycles.arena));
		bench_teardown(&functional);
		bench_teardown(&cycles);
	}
	/* Both kinds of answer were met, or nothing was tested. */
	assert_true(results[0] > 1000 && results[1] > 1000);
}

static void count_step(void *context, const struct walk_step *step)
{
	unsigned *steps = context;
	assert_non_null(step->structure);
	assert_non_null(step->section);
	assert_true(step->word_count == 1 || step->word_count == 2);
	assert_non_null(step->fields);
	++*steps;
}

static void test_clocks_agree_with_the_traced_walk(void **state)
{
	(void)state;
	for (uint64_t seed = 100; seed < 100 + ROUNDS; seed++) {
		struct bench b;
		struct random random;
		setup(&b, seed, true);
		random_seed(&random, seed);
		for (unsigned i = 0; i < REQUESTS; i++) {
			struct request request = random_request(&random);
			struct translation explained;
			unsigned steps = 0;
			uint64_t before = arena_hash(b.arena);
			vtd_ops.explain(b.iommu, &request, count_step, &steps, &explained);
			assert_true(arena_hash(b.arena) == before);
			assert_false(explained.recorded || explained.from_cache);
			assert_int_equal(steps, explained.reads - explained.lost);
			struct translation out = bench_translate(&b, &request);
			assert_same(&out, &explained, false);
		}
		bench_teardown(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clocks_give_the_same_answers_and_states),
		cmocka_unit_test(test_clocks_agree_with_the_traced_walk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
