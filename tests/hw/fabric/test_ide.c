/* SPDX-License-Identifier: MIT */
/* IDE streams: who is keyed, by whom, and whose requests with T a root port accepts (PCIe 6.33, 11.4.5). */
#include "../../machine/build.h"
#include "hw/fabric/ide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct world {
	struct machine *machine;
	struct arena *arena;
	struct ide *ide;
	uint16_t pf, vf, other, integrated;
	ide_stream insecure; /* the last one that was said to be */
	unsigned said;
};

static void note(void *context, ide_stream stream)
{
	struct world *world = context;

	world->insecure = stream;
	world->said++;
}

static void start(struct world *world)
{
	struct machine_error error;

	memset(world, 0, sizeof *world);
	world->machine = machine_new();
	uint16_t root = build_port(world->machine, "rp", PORT_ROOT, MACHINE_NONE);
	uint16_t sw = build_port(world->machine, "sw", PORT_SWITCH, root);
	world->pf = build_device(world->machine, "pf", sw);
	world->vf = build_child(world->machine, "vf", DEVICE_VF, world->pf);
	world->other = build_device(world->machine, "other", sw);
	world->integrated = build_device(world->machine, "integrated", MACHINE_NONE);
	build_bdf(world->machine, world->integrated, RID(0, 30, 0));
	assert_true(machine_finish(world->machine, &error));
	world->arena = arena_new();
	world->ide = ide_new(world->arena, world->machine);
	ide_on_insecure(world->ide, note, world);
}

static void stop(struct world *world)
{
	ide_free(world->ide);
	arena_free(world->arena);
	machine_free(world->machine);
}

static void key_all(struct world *world, ide_stream stream, uint32_t session)
{
	for (unsigned sub = 0; sub < IDE_SUB_STREAMS; sub++) {
		for (unsigned way = 0; way < IDE_DIRECTIONS; way++)
			assert_true(ide_key(world->ide, stream, session, (enum ide_sub_stream)sub,
					    (enum ide_direction)way));
	}
}

/* A default stream with the requester IDs of pf and its VF. */
static ide_stream secure_stream(struct world *world, uint16_t device, uint8_t id, uint32_t session)
{
	struct ide_stream_config config = {.device = device,
					   .stream_id = id,
					   .default_stream = true,
					   .rid_base = world->machine->devices[device].rid,
					   .rid_limit = world->machine->devices[device].rid};
	if (device == world->pf)
		config.rid_limit = world->machine->devices[world->vf].rid;
	ide_stream stream = ide_add(world->ide, &config);

	assert_int_not_equal(stream, IDE_NO_STREAM);
	key_all(world, stream, session);
	assert_true(ide_enable(world->ide, stream));
	return stream;
}

static void test_ide_stream_is_secure_with_all_six_keys_of_one_session(void **state)
{
	(void)state;
	struct world world;
	start(&world);
	struct ide_stream_config config = {.device = world.pf, .default_stream = true, .rid_limit = 0xffff};
	ide_stream stream = ide_add(world.ide, &config);

	for (unsigned i = 0; i < 6; i++) {
		assert_false(ide_enable(world.ide, stream));
		assert_int_equal(ide_session(world.ide, stream), 0);
		assert_true(ide_key(world.ide, stream, 7, (enum ide_sub_stream)(i / 2), (enum ide_direction)(i % 2)));
		assert_false(ide_key(world.ide, stream, 8, IDE_POSTED, IDE_RECEIVE));
	}
	assert_false(ide_is_secure(world.ide, stream));
	assert_true(ide_enable(world.ide, stream));
	assert_true(ide_is_secure(world.ide, stream));
	assert_int_equal(ide_session(world.ide, stream), 7);
	assert_int_equal(ide_default(world.ide, world.vf), stream);
	assert_int_equal(ide_default(world.ide, world.other), IDE_NO_STREAM);
	assert_true(ide_is_of(world.ide, stream, world.vf));
	assert_false(ide_is_of(world.ide, stream, world.other));
	stop(&world);
}

static void test_ide_add_refuses_what_two_ports_cannot_tell_apart(void **state)
{
	(void)state;
	struct world world;
	start(&world);
	struct ide_stream_config config = {.device = world.pf, .stream_id = 4, .default_stream = true};

	assert_int_not_equal(ide_add(world.ide, &config), IDE_NO_STREAM);
	config.default_stream = false;
	assert_int_equal(ide_add(world.ide, &config), IDE_NO_STREAM); /* the same ID */
	config.device = world.other;
	assert_int_equal(ide_add(world.ide, &config), IDE_NO_STREAM); /* at the same root port */
	config.stream_id = 5;
	assert_int_not_equal(ide_add(world.ide, &config), IDE_NO_STREAM);
	config = (struct ide_stream_config){.device = world.vf, .stream_id = 6, .default_stream = true};
	assert_int_equal(ide_add(world.ide, &config), IDE_NO_STREAM); /* its device has a default stream */
	config = (struct ide_stream_config){.device = world.other, .stream_id = 6, .rid_base = 2, .rid_limit = 1};
	assert_int_equal(ide_add(world.ide, &config), IDE_NO_STREAM);
	config = (struct ide_stream_config){.device = world.integrated, .stream_id = 7};
	assert_int_equal(ide_add(world.ide, &config), IDE_NO_STREAM);
	stop(&world);
}

static void test_ide_root_port_accepts_t_over_a_secure_stream_of_that_requester(void **state)
{
	(void)state;
	struct world world;
	start(&world);
	uint16_t pf = world.machine->devices[world.pf].rid, vf = world.machine->devices[world.vf].rid;

	assert_int_equal(ide_receive(world.ide, world.vf, vf), IDE_INSECURE);
	ide_stream stream = secure_stream(&world, world.pf, 1, 9);
	assert_int_equal(ide_receive(world.ide, world.pf, pf), IDE_ACCEPTED);
	assert_int_equal(ide_receive(world.ide, world.vf, vf), IDE_ACCEPTED);
	assert_int_equal(ide_receive(world.ide, world.pf, (uint16_t)(pf - 1)), IDE_RID_OUTSIDE);
	assert_int_equal(ide_receive(world.ide, world.vf, (uint16_t)(vf + 1)), IDE_RID_OUTSIDE);
	assert_int_equal(ide_receive(world.ide, world.other, pf), IDE_INSECURE);
	assert_false(ide_needed(world.ide, world.integrated));
	assert_int_equal(ide_receive(world.ide, world.integrated, RID(0, 30, 0)), IDE_ACCEPTED);
	ide_fail(world.ide, stream);
	assert_int_equal(ide_receive(world.ide, world.vf, vf), IDE_INSECURE);
	assert_false(ide_enable(world.ide, stream)); /* its keys are gone */
	stop(&world);
}

static void test_ide_insecure_is_said_once_and_a_session_ends_its_streams_alone(void **state)
{
	(void)state;
	struct world world;
	start(&world);
	ide_stream first = secure_stream(&world, world.pf, 1, 9), second = secure_stream(&world, world.other, 2, 10);

	ide_session_ends(world.ide, 11);
	ide_session_ends(world.ide, 0);
	assert_int_equal(world.said, 0);
	ide_session_ends(world.ide, 10);
	assert_int_equal(world.said, 1);
	assert_int_equal(world.insecure, second);
	assert_true(ide_is_secure(world.ide, first));
	ide_fail(world.ide, second);
	assert_int_equal(world.said, 1);
	ide_remove(world.ide, first);
	assert_int_equal(world.said, 2);
	assert_int_equal(ide_default(world.ide, world.pf), IDE_NO_STREAM);
	assert_false(ide_key(world.ide, first, 9, IDE_POSTED, IDE_RECEIVE));
	stop(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ide_stream_is_secure_with_all_six_keys_of_one_session),
		cmocka_unit_test(test_ide_add_refuses_what_two_ports_cannot_tell_apart),
		cmocka_unit_test(test_ide_root_port_accepts_t_over_a_secure_stream_of_that_requester),
		cmocka_unit_test(test_ide_insecure_is_said_once_and_a_session_ends_its_streams_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
