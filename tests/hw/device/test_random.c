/* SPDX-License-Identifier: MIT */
/*
 * Random lives of all devices over a unit that answers at random: what may never happen does not, equal programs from
 * equal states give equal states, and devices that have been reset are as new.
 */
#include "device_world.h"

#include "base/random.h"

#define SEEDS       30
#define STEPS       300
#define FLIGHTS_MAX 16

struct life {
	struct device_world world;
	struct random random;
	uint16_t actors[9];
	uint32_t flights[FLIGHTS_MAX];
	unsigned flight_count;
};

static uint16_t actor(struct life *life)
{
	return life->actors[random_below(&life->random, 9)];
}

static uint32_t pasid(struct life *life)
{
	static const uint32_t pasids[] = {PASID_NONE, 3, 7, 0xff, 0x100, 0xfffff, 0x100000};
	return pasids[random_below(&life->random, 7)];
}

static void choose_answer(struct life *life)
{
	struct random *random = &life->random;
	struct translation *answer = &life->world.unit.answer;

	*answer = (struct translation){
		.result = (enum translate_result)(random_chance(random, 6) ? random_below(random, 4) : TRANSLATE_OK),
		.completion = (uint8_t)random_below(random, 4),
		.page_lg2 = (uint8_t)random_below(random, 64),
		.permissions = (uint8_t)random_below(random, 8),
		.global = random_chance(random, 3),
		.privileged = random_chance(random, 3),
		.untranslated_only = random_chance(random, 5),
		.stall_tag = (uint16_t)random_below(random, 4),
		.pa = BASE - IOVA};
	life->world.unit.fate = (enum page_request_fate)random_below(random, 3);
	life->world.unit.response = (struct page_response){.stream = (uint32_t)random_below(random, 0x1000),
							   .pasid = pasid(life),
							   .group = (uint16_t)random_below(random, 8),
							   .code = (uint8_t)random_below(random, 16)};
}

static void do_request(struct life *life)
{
	struct random *random = &life->random;
	static const enum request_at types[] = {AT_UNTRANSLATED, AT_TRANSLATION_REQUEST, AT_TRANSLATED};
	enum request_at at = types[random_below(random, 3)];
	uint64_t base = at == AT_TRANSLATED ? BASE : IOVA;
	struct device_world *world = &life->world;
	struct request request = device_request(world, actor(life), at, base + random_below(random, 0x4000) / 4 * 4);
	uint16_t group;
	struct hit hit;

	request.pasid = pasid(life);
	request.op = (uint8_t)random_below(random, 3);
	request.privileged = random_chance(random, 2);
	choose_answer(life);
	bool leads = device_atc_leads_to(world->devices, request.device, request.address);
	unsigned asked = world->unit.asked;
	uint32_t flight = DEVICE_NO_FLIGHT;
	enum device_sent sent;
	switch (random_below(random, 4)) {
	case 0:
		sent = life->flight_count < FLIGHTS_MAX ? device_hold(world->devices, &request, &hit, &flight)
							: DEVICE_FULL;
		break;
	case 1:
		device_page_request(world->devices, &request, &group);
		return;
	default:
		sent = device_dma(world->devices, &request, NULL, &hit);
	}
	if (sent == DEVICE_HELD)
		life->flights[life->flight_count++] = flight;
	else
		assert_int_equal(flight, DEVICE_NO_FLIGHT);
	/* Only a liar sends what its ATC does not hold, and what is not sent asks nobody. */
	if (sent != DEVICE_SENT && sent != DEVICE_HELD)
		assert_int_equal(world->unit.asked, asked);
	else if (at == AT_TRANSLATED)
		assert_true(leads || request.device == world->liar);
}

static void do_resume(struct life *life)
{
	struct hit hit;

	if (life->flight_count == 0)
		return;
	unsigned at = (unsigned)random_below(&life->random, life->flight_count);
	if (device_resume(life->world.devices, life->flights[at], NULL, &hit))
		life->flights[at] = life->flights[--life->flight_count];
}

static void do_message(struct life *life)
{
	struct random *random = &life->random;
	const struct iommu_outlet *outlet = life->world.unit.iommu.outlet;
	uint16_t device = actor(life);
	struct stall_answer answer = {.stream = life->world.machine->devices[device].stream,
				      .tag = (uint16_t)random_below(random, 4),
				      .action = (uint8_t)random_below(random, 3)};
	uint64_t first = IOVA + (random_below(random, 4) << 12);

	switch (random_below(random, 4)) {
	case 0:
		device_answer_pages(&life->world, device, pasid(life), (uint16_t)random_below(random, 8),
				    (uint8_t)random_below(random, 16));
		break;
	case 1:
		outlet->stall_answer(outlet->context, 0, &answer);
		break;
	default:
		device_invalidate(&life->world, device, pasid(life), first, first + 0xfff,
				  (uint8_t)random_below(random, 40));
	}
}

static void do_control(struct life *life)
{
	static const enum endpoint_feature features[] = {FEATURE_ATS, FEATURE_PASID, FEATURE_PRI, FEATURE_STALL};
	struct random *random = &life->random;
	struct devices *devices = life->world.devices;
	uint16_t device = actor(life);

	switch (random_below(random, 8)) {
	case 0:
		device_stop(devices, device, pasid(life));
		break;
	case 1:
		device_start(devices, device, pasid(life));
		break;
	case 2:
		device_reset_begin(devices, device);
		break;
	case 3:
		device_reset_end(devices, device);
		break;
	case 4:
		fabric_set_bus_master(life->world.fabric, device, random_chance(random, 2));
		break;
	default:
		device_enable(devices, device, features[random_below(random, 4)], !random_chance(random, 3));
	}
}

static void step(struct life *life)
{
	switch (random_below(&life->random, 8)) {
	case 0:
		do_control(life);
		break;
	case 1:
		do_resume(life);
		break;
	case 2:
		do_message(life);
		break;
	case 3:
		devices_advance(life->world.devices);
		break;
	default:
		do_request(life);
	}
}

static void start(struct life *life, unsigned seed)
{
	struct device_world *world = &life->world;

	device_world_start(world, seed % 2 ? IOMMU_VTD : IOMMU_SMMUV3);
	random_seed(&life->random, seed);
	life->flight_count = 0;
	const uint16_t actors[] = {world->nic, world->other, world->liar, world->deaf,  world->undead,
				   world->pf,  world->vf,    world->mdev, world->master};
	memcpy(life->actors, actors, sizeof(actors));
}

static void test_random_equal_programs_give_equal_states(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		static struct life life, before;
		start(&life, seed);
		for (unsigned i = 0; i < STEPS; i++)
			step(&life);
		struct arena_snapshot *snapshot = arena_save(life.world.arena);
		uint64_t saved = arena_hash(life.world.arena), hash = 0;
		before = life;
		for (unsigned round = 0; round < 2; round++) {
			life = before;
			arena_restore(life.world.arena, snapshot);
			assert_true(arena_hash(life.world.arena) == saved);
			for (unsigned i = 0; i < STEPS; i++)
				step(&life);
			if (round == 1)
				assert_true(arena_hash(life.world.arena) == hash);
			hash = arena_hash(life.world.arena);
		}
		assert_true(hash != saved);
		arena_snapshot_free(snapshot);
		device_world_free(&life.world);
	}
}

/* Everything that a device can remember is gone: the state is the first one, bit by bit. */
static void test_random_devices_that_were_reset_are_as_new(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		static struct life life;
		struct hit hit;
		start(&life, seed);
		struct device_world *world = &life.world;
		uint64_t hash = arena_hash(world->arena);
		for (unsigned i = 0; i < STEPS; i++)
			step(&life);
		/* The oldest always arrives. */
		for (unsigned pass = 0; pass < FLIGHTS_MAX; pass++)
			for (unsigned i = 0; i < life.flight_count; i++)
				device_resume(world->devices, life.flights[i], NULL, &hit);
		for (unsigned i = 0; i < 9; i++) {
			fabric_set_bus_master(world->fabric, life.actors[i], true);
			device_reset_begin(world->devices, life.actors[i]);
			device_reset_end(world->devices, life.actors[i]);
		}
		for (unsigned bit = 0; bit < 4; bit++)
			device_enable(world->devices, world->undead, (enum endpoint_feature)(1 << bit), false);
		const struct iommu_outlet *outlet = world->unit.iommu.outlet;
		struct ats_invalidation all = {.last = UINT64_MAX,
					       .stream = world->machine->devices[world->undead].stream,
					       .pasid = PASID_NONE};
		outlet->invalidate(outlet->context, 0, &all);
		all.pasid = 1;
		all.global = true;
		outlet->invalidate(outlet->context, 0, &all);
		device_settle(world);
		assert_int_equal(devices_owe(world->devices), 0);
		for (unsigned i = 0; i < 9; i++)
			assert_true(device_is_quiet(world->devices, life.actors[i], PASID_NONE));
		assert_true(arena_hash(world->arena) == hash);
		device_world_free(world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_equal_programs_give_equal_states),
		cmocka_unit_test(test_random_devices_that_were_reset_are_as_new),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
