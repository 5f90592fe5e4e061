/* SPDX-License-Identifier: MIT */
/*
 * A platform with two confidential guests, on fake IOMMU drivers; interfaces, streams and page states are real:
 *
 *	world_open(&w, "rebind");            policy; then knobs of w.bench, w.viommu, w.tdisp
 *	world_start(&w);                     tee_boot() as well
 *
 * The guest g1 has `dev` (one BAR of two pages), `secret` and `spare` (private) and `pool` (shared), g2 has `theirs`.
 */
#ifndef IOSIM_TESTS_UAPI_TEE_WORLD_H
#define IOSIM_TESTS_UAPI_TEE_WORLD_H

#include "bench.h"
#include "uapi/tee.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BLOCKED UINT64_MAX
#define RW      (UAPI_READ | UAPI_WRITE)

struct tee_world {
	struct bench bench;
	struct ide *ide;
	struct tdis *tdis;
	struct page_states *pages;
	struct fake_driver *trusted; /* NULL: one unit serves both */
	struct tee *tee;
	struct fabric_bits {
		bool bus_master, memory_space;
	} bits[BENCH_DEVICES];
	uint32_t sessions;
	uint64_t measurement;
	bool mute;    /* the device does not answer */
	bool no_room; /* for page states */
	/* What was copied for the bounce pool last: places; and how many are in use. */
	uint64_t slot_pa, copied_pa;
	unsigned slots, synced_to_pool, synced_back;
	bool viommu;
	enum device_tdisp tdisp; /* of the device, at boot */
	uint16_t g1, g2, dev, bar, secret, spare, pool, theirs;
};

static inline uint32_t world_connect(void *context, uint16_t device)
{
	struct tee_world *w = context;
	ide_stream stream = ide_default(w->ide, device);

	if (w->mute)
		return 0;
	if (ide_is_secure(w->ide, stream))
		return ide_session(w->ide, stream);
	if (stream == IDE_NO_STREAM)
		stream = ide_add(
			w->ide, &(struct ide_stream_config){
					.device = device, .stream_id = 7, .default_stream = true, .rid_limit = 0xffff});
	w->sessions++;
	for (unsigned i = 0; i < 6; i++)
		assert_true(ide_key(w->ide, stream, w->sessions, (enum ide_sub_stream)(i / 2),
				    (enum ide_direction)(i % 2)));
	assert_true(ide_enable(w->ide, stream));
	return w->sessions;
}

static inline uint8_t world_stream_id(void *context, uint16_t device)
{
	struct tee_world *w = context;

	return ide_stream_id(w->ide, ide_default(w->ide, device));
}

static inline size_t world_tdisp(void *context, uint16_t device, uint32_t session, const uint8_t *request, size_t bytes,
				 uint8_t response[TDISP_MESSAGE_MAX])
{
	struct tee_world *w = context;

	return w->mute ? 0 : tdisp_respond(w->tdis, device, session, request, bytes, response);
}

static inline uint64_t world_measure(void *context, uint16_t device)
{
	return ((struct tee_world *)context)->measurement + device;
}

static inline bool world_page_set(void *context, uint64_t pa, uint64_t bytes, const struct page_row *row)
{
	struct tee_world *w = context;

	return !w->no_room && page_states_set(w->pages, pa, bytes, row);
}

static inline bool world_slot(void *context, uint64_t slot_pa, uint64_t pa, uint64_t bytes)
{
	struct tee_world *w = context;

	(void)bytes;
	if (w->no_room)
		return false;
	w->slot_pa = slot_pa;
	w->copied_pa = pa;
	w->slots++;
	return true;
}

static inline void world_slot_sync(void *context, uint64_t slot_pa, uint64_t pa, uint64_t bytes, bool to_pool)
{
	struct tee_world *w = context;

	(void)bytes;
	w->copied_pa = pa;

	w->slot_pa = slot_pa;
	w->synced_to_pool += to_pool;
	w->synced_back += !to_pool;
}

static inline void world_slot_end(void *context, uint64_t slot_pa)
{
	struct tee_world *w = context;

	w->slot_pa = slot_pa;
	w->slots--;
}

static inline void world_bus_master(void *context, uint16_t device, bool on)
{
	((struct tee_world *)context)->bits[device].bus_master = on;
}

static inline void world_memory_space(void *context, uint16_t device, bool on)
{
	((struct tee_world *)context)->bits[device].memory_space = on;
}

static inline uint16_t world_guest(struct tee_world *w, const char *name)
{
	uint16_t guest = bench_owner(&w->bench, name);

	w->bench.machine->owners[guest].kind = OWNER_VM;
	w->bench.machine->owners[guest].confidential = true;
	return guest;
}

static inline uint16_t world_memory(struct tee_world *w, const char *name, uint16_t guest, uint64_t bytes, bool private)
{
	uint16_t memory = bench_memory(&w->bench, name, guest, bytes);

	w->bench.machine->memories[memory].private = private;
	return memory;
}

static inline void world_open(struct tee_world *w, const char *policy)
{
	memset(w, 0, sizeof *w);
	bench_open(&w->bench, policy);
	w->tdisp = TDISP_UNLOCKED;
	w->g1 = world_guest(w, "g1");
	w->g2 = world_guest(w, "g2");
	w->dev = bench_device(&w->bench, "dev", DRIVER_USER);
	w->bench.machine->devices[w->dev].guest = w->g1;
	w->bench.machine->devices[w->dev].present = true;
	w->bar = bench_bar(&w->bench, w->dev, 0x2000);
	w->secret = world_memory(w, "secret", w->g1, 0x2000, true);
	w->spare = world_memory(w, "spare", w->g1, 0x1000, true);
	w->pool = world_memory(w, "pool", w->g1, 0x1000, false);
	w->theirs = world_memory(w, "theirs", w->g2, 0x1000, true);
}

/* What tee_boot() says. */
static inline int world_try(struct tee_world *w)
{
	struct bench *b = &w->bench;
	struct driver *drivers[BENCH_UNITS] = {0}, *trusted[BENCH_UNITS] = {0};

	b->machine->owners[w->g1].viommu = w->viommu;
	b->machine->devices[w->dev].tdisp = w->tdisp;
	bench_start(b);
	w->ide = ide_new(b->arena, b->machine);
	w->pages = page_states_new(b->arena);
	w->tdis = tdis_new(&(struct tdis_config){.arena = b->arena,
						 .machine = b->machine,
						 .ide = w->ide,
						 .device = {.context = w, .measure = world_measure}});
	drivers[0] = &b->units[0]->base;
	if (b->rules.value[KNOB_IOMMU_LAYOUT] == IOMMU_LAYOUT_SPLIT) {
		w->trusted = fake_driver_new(0, b->kind);
		w->trusted->enabled = true;
		trusted[0] = &w->trusted->base;
	}
	w->tee = tee_new(&(struct tee_config){.arena = b->arena,
					      .machine = b->machine,
					      .rules = b->rules,
					      .uapi = b->uapi,
					      .drivers = drivers,
					      .trusted = trusted,
					      .platform = {.context = w,
							   .connect = world_connect,
							   .stream_id = world_stream_id,
							   .tdisp = world_tdisp,
							   .measure = world_measure,
							   .page_set = world_page_set,
							   .bounce = world_slot,
							   .bounce_sync = world_slot_sync,
							   .bounce_end = world_slot_end,
							   .bus_master = world_bus_master,
							   .memory_space = world_memory_space}});
	return tee_boot(w->tee);
}

static inline void world_start(struct tee_world *w)
{
	assert_int_equal(world_try(w), 0);
}

static inline void world_close(struct tee_world *w)
{
	tee_free(w->tee);
	tdis_free(w->tdis);
	ide_free(w->ide);
	page_states_free(w->pages);
	fake_driver_free(w->trusted);
	bench_close(&w->bench);
}

/* A guest of that policy and knob (NULL: as it is), its interface as `tdisp` says. */
static inline void world_with(struct tee_world *w, const char *policy, const char *knob, const char *value,
			      enum device_tdisp tdisp)
{
	world_open(w, policy);
	if (knob)
		bench_set(&w->bench, knob, value);
	w->tdisp = tdisp;
	world_start(w);
}

static inline uint64_t world_gpa(const struct tee_world *w, uint16_t memory)
{
	return w->bench.machine->memories[memory].gpa;
}

static inline uint64_t world_pa(const struct tee_world *w, uint16_t memory)
{
	return w->bench.machine->memories[memory].hpa;
}

static inline uint64_t world_bus(const struct tee_world *w)
{
	return w->bench.machine->bars[w->bar].bus;
}

/* Where a request of the device ends without T, with T. */
static inline uint64_t world_t0(const struct tee_world *w, uint64_t iova)
{
	return bench_reach(&w->bench, w->dev, iova);
}

static inline uint64_t world_t1(const struct tee_world *w, uint64_t iova)
{
	uint64_t pa;

	if (!w->trusted)
		return world_t0(w, iova);
	return fake_translate(w->trusted, w->bench.machine->devices[w->dev].stream, iova, &pa) ? pa : BLOCKED;
}

static inline enum tdi_state world_state(const struct tee_world *w)
{
	return tdi_state(w->tdis, w->dev);
}

/* Locked, attested, and all of its registers looked at: what is left is to accept it. */
static inline void world_prepare(struct tee_world *w)
{
	assert_int_equal(tee_lock(w->tee, w->g1, w->dev), 0);
	assert_int_equal(tee_attest(w->tee, w->g1, w->dev), 0);
	assert_int_equal(tee_validate(w->tee, w->g1, w->bar, 0, 0x2000), 0);
}

static inline enum page_state world_page(const struct tee_world *w, uint16_t memory)
{
	return page_states_get(w->pages, world_pa(w, memory)).state;
}

#endif
