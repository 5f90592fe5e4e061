/* SPDX-License-Identifier: MIT */
/* The walks of every kind of IOMMU under the cycle clock, by one walker and by many, held to the functional clock. */
#include "hw/walkers.h"

#include "walkers_world.h"

#define SEEDS    12
#define REQUESTS 400
#define QUEUE    512
#define LATENCY  100

struct timed {
	struct world world;
	struct events *events;
	struct timed_memory *memory;
	struct walkers *walkers;
};

static void setup(struct timed *timed, const struct world *world, uint32_t count, uint32_t outstanding)
{
	timed->world = *world;
	timed->events = events_new(world->arena, count + 2);
	timed->memory = timed_memory_new(world->memory, LATENCY, outstanding);
	struct walkers_config config = {
		.arena = world->arena,
		.unit = world->unit,
		.events = timed->events,
		.memory = timed->memory,
		.first_owner = 2,
		.count = count,
		.queue = QUEUE,
	};
	timed->walkers = walkers_new(&config);
}

static void setup_seeded(struct timed *timed, enum world_kind kind, uint64_t seed, bool no_cache, uint32_t count,
			 uint32_t outstanding)
{
	struct world world;

	world_setup(&world, kind, seed, no_cache);
	setup(timed, &world, count, outstanding);
}

static void teardown(struct timed *timed)
{
	walkers_free(timed->walkers);
	timed_memory_free(timed->memory);
	events_free(timed->events);
	world_teardown(&timed->world);
}

static void expect_answer(const struct translation *a, const struct translation *b)
{
	assert_int_equal(a->result, b->result);
	assert_int_equal(a->fault, b->fault);
	assert_true(a->pa == b->pa);
	assert_int_equal(a->page_lg2, b->page_lg2);
	assert_int_equal(a->permissions, b->permissions);
	assert_int_equal(a->pass_through, b->pass_through);
}

static void expect_same(const struct translation *a, const struct translation *b)
{
	expect_answer(a, b);
	assert_int_equal(a->level, b->level);
	assert_int_equal(a->untranslated_only, b->untranslated_only);
	assert_int_equal(a->from_cache, b->from_cache);
	assert_int_equal(a->recorded, b->recorded);
	assert_int_equal(a->overflow, b->overflow);
	assert_int_equal(a->lost, b->lost);
	assert_true(a->lost_pa == b->lost_pa);
	assert_int_equal(a->reads, b->reads);
	assert_memory_equal(a->record, b->record, sizeof(a->record));
}

static void test_walkers_one_is_the_functional_clock(void **state)
{
	(void)state;
	unsigned results[WORLD_KINDS][2] = {{0}};

	for (uint64_t seed = 0; seed < SEEDS * WORLD_KINDS; seed++) {
		enum world_kind kind = (enum world_kind)(seed % WORLD_KINDS);
		struct world functional;
		struct timed timed;
		world_setup(&functional, kind, seed, seed % 4 == 3);
		setup_seeded(&timed, kind, seed, seed % 4 == 3, 1, (uint32_t)(seed % 3));
		for (uint32_t i = 0; i < REQUESTS; i++) {
			struct request request = world_request(&functional);
			assert_true(walkers_submit(timed.walkers, &request, i));
			struct translation expected;
			functional.unit->ops->translate(functional.unit, &request, &expected);
			struct walkers_answer answer;
			assert_true(walkers_next(timed.walkers, &answer));
			assert_int_equal(answer.tag, i);
			expect_same(&expected, &answer.translation);
			results[kind][expected.result == TRANSLATE_OK]++;
		}
		assert_true(arena_hash(functional.arena) == arena_hash(timed.world.arena));
		assert_true(world_structures(&functional) == world_structures(&timed.world));
		world_teardown(&functional);
		teardown(&timed);
	}
	for (unsigned kind = 0; kind < WORLD_KINDS; kind++)
		assert_true(results[kind][0] > 1000 && results[kind][1] > 1000);
}

static void test_walkers_one_takes_a_latency_for_each_access(void **state)
{
	(void)state;
	struct timed timed;

	setup_seeded(&timed, WORLD_VTD_LEGACY, 7, false, 1, 0);
	uint64_t now = 0;
	for (uint32_t i = 0; i < REQUESTS; i++) {
		struct request request = world_request(&timed.world);
		assert_true(walkers_submit(timed.walkers, &request, i));
	}
	assert_int_equal(walkers_busy(timed.walkers), REQUESTS);
	for (uint32_t i = 0; i < REQUESTS; i++) {
		struct walkers_answer answer;
		assert_true(walkers_next(timed.walkers, &answer));
		assert_int_equal(answer.tag, i);
		assert_int_equal(answer.asked_cycles, 0);
		assert_int_equal(answer.begun_cycles, now);
		now += (uint64_t)LATENCY * answer.translation.reads;
		assert_int_equal(answer.ended_cycles, now);
	}
	assert_int_equal(walkers_busy(timed.walkers), 0);
	assert_false(walkers_next(timed.walkers, &(struct walkers_answer){0}));
	teardown(&timed);
}

/* What the functional clock answers, and what is left of the structures. */
static void run_functional(struct world *world, struct translation *answers)
{
	for (uint32_t i = 0; i < REQUESTS; i++) {
		struct request request = world_request(world);
		world->unit->ops->translate(world->unit, &request, &answers[i]);
	}
}

static void submit_all(struct timed *timed)
{
	for (uint32_t i = 0; i < REQUESTS; i++) {
		struct request request = world_request(&timed->world);
		assert_true(walkers_submit(timed->walkers, &request, i));
	}
}

static void many_and_functional(enum world_kind kind, uint64_t seed, bool no_cache, uint32_t count)
{
	static struct translation expected[REQUESTS];
	bool seen[REQUESTS] = {0};
	struct world functional;
	struct timed timed;

	world_setup(&functional, kind, seed, no_cache);
	setup_seeded(&timed, kind, seed, no_cache, count, (uint32_t)(seed % 5));
	if (!no_cache) {
		world_mend(&functional);
		world_mend(&timed.world);
	}
	run_functional(&functional, expected);
	submit_all(&timed);
	for (uint32_t i = 0; i < REQUESTS; i++) {
		struct walkers_answer answer;
		assert_true(walkers_next(timed.walkers, &answer));
		assert_true(answer.tag < REQUESTS && !seen[answer.tag]);
		seen[answer.tag] = true;
		expect_answer(&expected[answer.tag], &answer.translation);
		assert_true(answer.ended_cycles - answer.begun_cycles >= (uint64_t)LATENCY * answer.translation.reads);
	}
	assert_true(world_structures(&functional) == world_structures(&timed.world));
	world_teardown(&functional);
	teardown(&timed);
}

/* Requests meet at tables, flags and all; without caches, and with caches where nothing is wrong. */
static void test_walkers_many_give_the_answers_of_the_functional_clock(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < SEEDS * WORLD_KINDS; seed++) {
		many_and_functional((enum world_kind)(seed % WORLD_KINDS), seed, true, 2 + (uint32_t)(seed % 13));
		many_and_functional((enum world_kind)(seed % WORLD_KINDS), seed, false, 2 + (uint32_t)(seed % 13));
	}
}

static void expect_run(struct timed *one, struct timed *other, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct walkers_answer a, b;
		assert_true(walkers_next(one->walkers, &a) && walkers_next(other->walkers, &b));
		assert_int_equal(a.tag, b.tag);
		assert_int_equal(a.walker, b.walker);
		assert_true(a.begun_cycles == b.begun_cycles && a.ended_cycles == b.ended_cycles);
		expect_same(&a.translation, &b.translation);
	}
	assert_true(arena_hash(one->world.arena) == arena_hash(other->world.arena));
}

static void test_walkers_many_do_the_same_again(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < WORLD_KINDS; seed++) {
		struct timed one, other;
		setup_seeded(&one, (enum world_kind)seed, seed, false, 5, 3);
		setup_seeded(&other, (enum world_kind)seed, seed, false, 5, 3);
		submit_all(&one);
		submit_all(&other);
		expect_run(&one, &other, REQUESTS);
		teardown(&one);
		teardown(&other);
	}
}

static void test_walkers_restored_in_flight_go_on_the_same(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < WORLD_KINDS; seed++) {
		struct timed one, other;
		struct walkers_answer answer;
		setup_seeded(&one, (enum world_kind)seed, seed, false, 5, 3);
		setup_seeded(&other, (enum world_kind)seed, seed, false, 5, 3);
		submit_all(&one);
		submit_all(&other);
		expect_run(&one, &other, REQUESTS / 2);
		struct arena_snapshot *snapshot = arena_save(one.world.arena);
		for (uint32_t i = 0; i < REQUESTS / 4; i++)
			assert_true(walkers_next(one.walkers, &answer));
		arena_restore(one.world.arena, snapshot);
		arena_snapshot_free(snapshot);
		expect_run(&one, &other, REQUESTS - REQUESTS / 2);
		teardown(&one);
		teardown(&other);
	}
}

static uint64_t time_of_all(uint32_t count, uint32_t outstanding, uint64_t *accesses)
{
	struct timed timed;
	struct walkers_answer answer = {0};

	setup_seeded(&timed, WORLD_VTD_SCALABLE, 5, true, count, outstanding);
	submit_all(&timed);
	while (walkers_next(timed.walkers, &answer))
		;
	*accesses = timed.memory->state->accesses;
	teardown(&timed);
	return answer.ended_cycles;
}

static void test_walkers_with_one_outstanding_access_serialise(void **state)
{
	(void)state;
	uint64_t accesses;

	uint64_t serial = time_of_all(8, 1, &accesses);
	assert_int_equal(serial, accesses * LATENCY);
	uint64_t alone = time_of_all(1, 0, &accesses);
	assert_int_equal(alone, accesses * LATENCY);
	uint64_t limited = time_of_all(8, 4, &accesses);
	assert_true(limited >= accesses * LATENCY / 4 && limited < accesses * LATENCY / 3);
	uint64_t free = time_of_all(8, 0, &accesses);
	assert_true(free >= accesses * LATENCY / 8 && free < accesses * LATENCY / 6);
}

static void test_walkers_queue_full_refuses(void **state)
{
	(void)state;
	struct timed timed;
	struct walkers_answer answer;

	setup_seeded(&timed, WORLD_SMMU, 1, false, 2, 0);
	struct request request = world_request(&timed.world);
	for (uint32_t i = 0; i < QUEUE + 2; i++)
		assert_true(walkers_submit(timed.walkers, &request, i));
	assert_false(walkers_submit(timed.walkers, &request, 1000));
	assert_int_equal(walkers_busy(timed.walkers), QUEUE + 2);
	assert_true(walkers_next(timed.walkers, &answer));
	assert_true(walkers_submit(timed.walkers, &request, 1001));
	for (uint32_t i = 0; i < QUEUE + 2; i++)
		assert_true(walkers_next(timed.walkers, &answer));
	assert_int_equal(answer.tag, 1001);
	teardown(&timed);
}

/* Global invalidations of VT-d (11.4.6): the context cache, the IOTLB. */
static void test_walkers_invalidation_in_flight_leaves_nothing_cached(void **state)
{
	(void)state;
	struct timed timed;
	struct walkers_answer first, second, third;
	uint32_t owner;

	setup_seeded(&timed, WORLD_VTD_LEGACY, 2, false, 1, 0);
	world_mend(&timed.world);
	struct request request = {.address = 0x1008, .bytes = 8, .stream = WORLD_STREAM, .pasid = PASID_NONE};
	assert_true(walkers_submit(timed.walkers, &request, 1));
	for (unsigned i = 0; i < 3; i++)
		assert_true(events_next(timed.events, &owner) && !walkers_event(timed.walkers, owner, &first));
	world_set(&timed.world, 0x28, 8, UINT64_C(5) << 61);
	world_set(&timed.world, 0xf8, 8, UINT64_C(9) << 60);
	assert_true(walkers_next(timed.walkers, &first));
	assert_true(walkers_submit(timed.walkers, &request, 2) && walkers_next(timed.walkers, &second));
	assert_int_equal(second.translation.reads, first.translation.reads);
	assert_false(second.translation.from_cache);
	assert_true(walkers_submit(timed.walkers, &request, 3) && walkers_next(timed.walkers, &third));
	assert_int_equal(third.translation.reads, 0);
	assert_true(third.translation.from_cache);
	teardown(&timed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walkers_one_is_the_functional_clock),
		cmocka_unit_test(test_walkers_one_takes_a_latency_for_each_access),
		cmocka_unit_test(test_walkers_many_give_the_answers_of_the_functional_clock),
		cmocka_unit_test(test_walkers_many_do_the_same_again),
		cmocka_unit_test(test_walkers_restored_in_flight_go_on_the_same),
		cmocka_unit_test(test_walkers_with_one_outstanding_access_serialise),
		cmocka_unit_test(test_walkers_queue_full_refuses),
		cmocka_unit_test(test_walkers_invalidation_in_flight_leaves_nothing_cached),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
