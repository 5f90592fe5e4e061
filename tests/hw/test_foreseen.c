/* SPDX-License-Identifier: MIT */
/* Walks of every kind of IOMMU that are foreseen, held to the same walks reference by reference. */
#include "walkers_world.h"

#define SEEDS    6
#define REQUESTS 150

/* As begin() and resume() have it; how many references there were, and how many of them of more than a table's entry.
 */
static uint32_t walk(struct world *world, const struct request *request, struct translation *out, uint32_t *large)
{
	struct iommu_lookup room;
	uint32_t references = 0;

	*large = 0;
	for (struct memory_ask *ask = world->unit->ops->begin(world->unit, request, &room, out); ask;
	     ask = world->unit->ops->resume(world->unit, &room, out)) {
		references++;
		*large += ask->bytes != 8;
		memory_ask_answer(world->memory, ask);
	}
	return references;
}

/* True: it was a walk that was foreseen. */
static bool expect_as_foreseen(struct world *one, struct world *other)
{
	struct request request = world_request(one), same = world_request(other);
	struct iommu *unit = other->unit;
	struct iommu_lookup room, again;
	struct translation walked, foreseen, repeated;
	uint64_t before = world_structures(other);
	uint32_t large, references = walk(one, &request, &walked, &large);

	assert_memory_equal(&request, &same, sizeof(request));
	uint32_t expected = unit->ops->foresee(unit, &same, &room, &foreseen);
	assert_true(world_structures(other) == before);
	if (expected == IOMMU_UNFORESEEN) {
		uint32_t ignored;
		assert_int_equal(walk(other, &same, &foreseen, &ignored), references);
	} else {
		assert_int_equal(expected, references);
		assert_int_equal(large, 0);
	}
	if (expected > 0 && expected != IOMMU_UNFORESEEN) {
		/* Nothing is kept before its time. */
		assert_int_equal(unit->ops->foresee(unit, &same, &again, &repeated), expected);
		unit->ops->keep(unit, &room);
	}
	assert_memory_equal(&walked, &foreseen, sizeof(walked));
	return expected > 0 && expected != IOMMU_UNFORESEEN;
}

static void test_foreseen_walk_is_the_walk(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < WORLD_KINDS; kind++) {
		unsigned foreseen = 0;
		for (uint64_t seed = 1; seed <= 2 * SEEDS; seed++) {
			struct world one, other;
			world_setup(&one, (enum world_kind)kind, seed, false);
			world_setup(&other, (enum world_kind)kind, seed, false);
			if (seed > SEEDS) {
				world_mend(&one);
				world_mend(&other);
			}
			for (unsigned i = 0; i < REQUESTS; i++)
				foreseen += expect_as_foreseen(&one, &other);
			assert_true(world_structures(&one) == world_structures(&other));
			world_teardown(&one);
			world_teardown(&other);
		}
		assert_true(foreseen > SEEDS * 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_foreseen_walk_is_the_walk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
