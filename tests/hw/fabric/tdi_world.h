/* SPDX-License-Identifier: MIT */
/* A device with a PF, two VFs and registers, another one beside it, and an endpoint of the root complex. */
#ifndef IOSIM_TESTS_HW_FABRIC_TDI_WORLD_H
#define IOSIM_TESTS_HW_FABRIC_TDI_WORLD_H

#include "../../machine/build.h"
#include "hw/fabric/tdi.h"
#include "hw/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SESSION 5u
#define STREAM  0x21u

struct tdi_world {
	struct machine *machine;
	struct arena *arena;
	struct ide *ide;
	struct tdis *tdis;
	uint16_t pf, vf1, vf2, other, integrated, mdev;
	uint16_t pf_bar, vf_bar0, vf_bar4;
	ide_stream stream;
	unsigned features, aborts;
	uint64_t measurement;
};

static inline unsigned tdi_world_features(void *context, uint16_t device)
{
	(void)device;
	return ((struct tdi_world *)context)->features;
}

static inline uint64_t tdi_world_measure(void *context, uint16_t device)
{
	return ((struct tdi_world *)context)->measurement + device;
}

static inline void tdi_world_abort(void *context, uint16_t device)
{
	(void)device;
	((struct tdi_world *)context)->aborts++;
}

static inline void tdi_world_secure(struct tdi_world *world, uint32_t session)
{
	for (unsigned i = 0; i < 6; i++)
		assert_true(ide_key(world->ide, world->stream, session, (enum ide_sub_stream)(i / 2),
				    (enum ide_direction)(i % 2)));
	assert_true(ide_enable(world->ide, world->stream));
}

static inline void tdi_world_start(struct tdi_world *world, bool strict)
{
	struct machine_error error;

	memset(world, 0, sizeof *world);
	world->machine = machine_new();
	uint16_t root = build_port(world->machine, "rp", PORT_ROOT, MACHINE_NONE);
	world->pf = build_device(world->machine, "pf", root);
	world->vf1 = build_child(world->machine, "vf1", DEVICE_VF, world->pf);
	world->vf2 = build_child(world->machine, "vf2", DEVICE_VF, world->pf);
	world->mdev = build_child(world->machine, "mdev", DEVICE_MDEV, world->pf);
	world->other = build_device(world->machine, "other", MACHINE_NONE);
	world->integrated = build_device(world->machine, "integrated", MACHINE_NONE);
	build_bdf(world->machine, world->integrated, RID(0, 30, 0));
	world->pf_bar = build_bar(world->machine, "pf.bar0", world->pf, 0, 0x4000);
	world->vf_bar0 = build_bar(world->machine, "vf1.bar0", world->vf1, 0, 0x2000);
	world->vf_bar4 = build_bar(world->machine, "vf1.bar4", world->vf1, 4, 0x1000);
	assert_true(machine_finish(world->machine, &error));
	world->arena = arena_new();
	world->ide = ide_new(world->arena, world->machine);
	struct tdis_config config = {.arena = world->arena,
				     .machine = world->machine,
				     .ide = world->ide,
				     .device = {.context = world,
						.features = tdi_world_features,
						.measure = tdi_world_measure,
						.abort = tdi_world_abort},
				     .strict = strict};
	world->tdis = tdis_new(&config);
	world->stream =
		ide_add(world->ide,
			&(struct ide_stream_config){
				.device = world->pf, .stream_id = STREAM, .default_stream = true, .rid_limit = 0xffff});
	tdi_world_secure(world, SESSION);
}

static inline void tdi_world_stop(struct tdi_world *world)
{
	tdis_free(world->tdis);
	ide_free(world->ide);
	arena_free(world->arena);
	machine_free(world->machine);
}

/* By force of the right requests. */
static inline void tdi_world_bring(struct tdi_world *world, uint16_t device, enum tdi_state to)
{
	struct tdi_lock lock = {.stream_id = STREAM};
	struct tdi_nonce nonce;

	assert_int_equal(tdi_stop(world->tdis, device), TDISP_OK);
	if (to == TDI_CONFIG_UNLOCKED)
		return;
	assert_int_equal(tdi_lock(world->tdis, device, SESSION, &lock, &nonce), TDISP_OK);
	if (to == TDI_RUN)
		assert_int_equal(tdi_start(world->tdis, device, &nonce), TDISP_OK);
	if (to == TDI_ERROR)
		tdi_disturb(world->tdis, device, TDI_POISONED);
	assert_int_equal(tdi_state(world->tdis, device), to);
}

#endif
