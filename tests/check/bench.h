/* SPDX-License-Identifier: MIT */
/*
 * A small machine, its model, and eyes that see what the test says:
 *
 *   root - sw (no ACS) - nic, hba (kernel)        one group, two requester IDs
 *   root - bridge - c0, c1 (kernel)               one group, one requester ID
 *   root - alone                                  isolated
 *   root - fw (kernel)                            firmware range r, relaxable range x, hole h; mdev m
 */
#ifndef IOSIM_TESTS_CHECK_BENCH_H
#define IOSIM_TESTS_CHECK_BENCH_H

#include "../machine/build.h"
#include "base/arena.h"
#include "check/check.h"
#include "model/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BENCH_DEVICES 8
#define BENCH_LEAVES  8
#define RW            (MODEL_READ | MODEL_WRITE)
#define R_FIRST       UINT64_C(0x2000000)
#define R_BYTES       UINT64_C(0x3000)
#define X_FIRST       UINT64_C(0x2008000)
#define H_FIRST       UINT64_C(0x90000000)

struct bench_leaf {
	uint64_t iova, pa;
	unsigned page_lg2, permissions;
	uint16_t device;
};

struct bench_handed {
	uint64_t iova, pa; /* of a page */
	uint32_t pasid;
	uint16_t device;
	bool writable;
	bool tee;
	enum check_handed state;
};

struct bench {
	struct machine *machine;
	struct arena *arena;
	struct model *model;
	struct check *check;
	struct check_eyes eyes;
	struct findings findings;
	struct check_view view[BENCH_DEVICES], before[BENCH_DEVICES];
	struct bench_leaf leaves[BENCH_LEAVES];
	unsigned leaf_count;
	uint64_t blocked_iova[2]; /* reads, writes of that page are blocked for everybody; 0: none */
	uint64_t moved_iova;      /* goes one page further */
	uint32_t regime[BENCH_DEVICES];
	bool master[BENCH_DEVICES];
	bool ats[BENCH_DEVICES];
	struct bench_handed handed[BENCH_LEAVES];
	unsigned handed_count;
	struct walk_step steps[BENCH_LEAVES]; /* that any walk reads */
	unsigned step_count;
	const char *used; /* what is left of any PASID */
	bool referenced;
	bool flushes; /* whoever flushes CPU caches */
	uint16_t referenced_by;
	uint16_t p1, p2, u;
	uint16_t nic, hba, c0, c1, alone, fw, m;
	uint16_t nic_bar, hba_bar, alone_bar;
	uint16_t r, x, h;
	uint16_t buf, other, shared, kbuf;
	uint32_t step;
};

static inline void bench_view(void *context, uint16_t device, struct check_view *out)
{
	*out = ((struct bench *)context)->view[device];
}

static inline void bench_view_before(void *context, uint16_t device, struct check_view *out)
{
	*out = ((struct bench *)context)->before[device];
}

static inline void bench_leaves(void *context, uint16_t device, view_leaf_fn leaf, void *leaf_context)
{
	struct bench *b = context;
	for (unsigned i = 0; i < b->leaf_count; i++)
		if (b->leaves[i].device == device)
			leaf(leaf_context, b->leaves[i].iova, b->leaves[i].pa, b->leaves[i].page_lg2,
			     b->leaves[i].permissions);
}

static inline bool bench_probe(void *context, uint16_t device, uint64_t iova, bool write, uint64_t *pa)
{
	struct bench *b = context;
	(void)device;
	*pa = b->moved_iova && iova >> 12 == b->moved_iova >> 12 ? iova + 4096 : iova;
	return !(b->blocked_iova[write] && b->blocked_iova[write] >> 12 == iova >> 12);
}

static inline bool bench_bus_master(void *context, uint16_t device)
{
	return ((struct bench *)context)->master[device];
}

static inline bool bench_ats_on(void *context, uint16_t device)
{
	return ((struct bench *)context)->ats[device];
}

static inline enum check_handed bench_handed_out(void *context, const struct request *request, uint64_t *iova)
{
	struct bench *b = context;
	uint64_t pa = request->address, last = pa + request->bytes - 1;
	for (unsigned i = 0; i < b->handed_count; i++) {
		const struct bench_handed *row = &b->handed[i];
		if (row->device != request->device || row->pasid != request->pasid || row->pa >> 12 != last >> 12 ||
		    row->tee != request_is_tee(request) || (request_is_write(request) && !row->writable))
			continue;
		*iova = row->iova | (pa & 4095);
		return row->state;
	}
	return HANDED_NEVER;
}

static inline const char *bench_pasid_used(void *context, uint16_t device, uint32_t pasid)
{
	(void)device;
	(void)pasid;
	return ((struct bench *)context)->used;
}

static inline void bench_walk(void *context, const struct request *request, walk_trace_fn read, void *read_context)
{
	struct bench *b = context;
	(void)request;
	for (unsigned i = 0; i < b->step_count; i++)
		read(read_context, &b->steps[i]);
}

static inline bool bench_referenced(void *context, uint16_t memory, uint16_t *device)
{
	struct bench *b = context;
	(void)memory;
	*device = b->referenced_by;
	return b->referenced;
}

static inline uint32_t bench_regime(void *context, uint16_t device)
{
	return ((struct bench *)context)->regime[device];
}

static inline bool bench_can_flush(void *context, uint16_t owner)
{
	(void)owner;
	return ((struct bench *)context)->flushes;
}

static inline void bench_devices(struct bench *b, struct machine *machine)
{
	uint16_t sw = build_port_acs(machine, "sw", PORT_SWITCH, MACHINE_NONE, 0);
	uint16_t bridge = build_port(machine, "bridge", PORT_PCI_BRIDGE, MACHINE_NONE);
	b->nic = build_device(machine, "nic", sw);
	b->hba = build_device(machine, "hba", sw);
	b->c0 = build_device(machine, "c0", bridge);
	b->c1 = build_device(machine, "c1", bridge);
	b->alone = build_device(machine, "alone", MACHINE_NONE);
	b->fw = build_device(machine, "fw", MACHINE_NONE);
	b->m = build_child(machine, "m", DEVICE_MDEV, b->fw);
	machine->devices[b->hba].driver = DRIVER_HOST;
	machine->devices[b->c1].driver = DRIVER_HOST;
	machine->devices[b->fw].driver = DRIVER_HOST;
	b->nic_bar = build_bar(machine, "nic.bar0", b->nic, 0, 4096);
	b->hba_bar = build_bar(machine, "hba.bar0", b->hba, 0, 4096);
	b->alone_bar = build_bar(machine, "alone.bar0", b->alone, 0, 4096);
	b->r = build_reserved(machine, "r", b->fw, RESERVED_RMRR, R_FIRST, R_BYTES);
	b->x = build_reserved(machine, "x", b->fw, RESERVED_RELAXABLE, X_FIRST, 0x1000);
	b->h = build_reserved(machine, "h", b->fw, RESERVED_HOLE, H_FIRST, 0x1000);
}

static inline struct bench *bench_open(void)
{
	static struct bench bench;
	struct machine *machine = machine_new();
	struct machine_error error = {0};
	struct bench *b = &bench;

	memset(b, 0, sizeof(*b));
	build_iommu(machine, "iommu0");
	machine_set_kind(machine, IOMMU_VTD);
	b->p1 = build_owner(machine, "p1", OWNER_PROCESS);
	b->p2 = build_owner(machine, "p2", OWNER_PROCESS);
	b->u = build_owner(machine, "u", OWNER_USER);
	bench_devices(b, machine);
	b->buf = build_memory(machine, "buf", b->p1, 0x2000);
	b->other = build_memory(machine, "other", b->p2, 0x1000);
	b->shared = build_memory(machine, "shared", b->p2, 0x1000);
	machine->memories[b->shared].shared_with = UINT64_C(1) << b->p1;
	b->kbuf = build_memory(machine, "kbuf", MACHINE_HOST, 0x1000);
	if (!machine_finish(machine, &error))
		fail_msg("machine refused: %s", error.message);
	b->machine = machine;
	b->arena = arena_new();
	b->model = model_new(b->arena, machine);
	b->eyes = (struct check_eyes){.context = b,
				      .view = bench_view,
				      .view_before = bench_view_before,
				      .leaves = bench_leaves,
				      .probe = bench_probe,
				      .bus_master = bench_bus_master,
				      .ats_on = bench_ats_on,
				      .handed_out = bench_handed_out,
				      .pasid_used = bench_pasid_used,
				      .walk = bench_walk,
				      .referenced = bench_referenced,
				      .regime = bench_regime,
				      .can_flush = bench_can_flush};
	b->referenced_by = MACHINE_NONE;
	b->check = check_new(b->arena, machine, b->model, &b->eyes);
	return b;
}

static inline void bench_close(struct bench *b)
{
	check_free(b->check);
	model_free(b->model);
	arena_free(b->arena);
	machine_free(b->machine);
}

/* --- events --- */

static inline void bench_judge(struct bench *b, struct check_event event, const char *label)
{
	event.step = b->step;
	event.label = label;
	memset(&b->findings, 0, sizeof(b->findings));
	check_event(b->check, &event, &b->findings);
}

/* A step of `actor` begins: the model is told what it did after this. */
static inline void bench_begin(struct bench *b)
{
	b->step++;
	model_step(b->model, b->step);
	memcpy(b->before, b->view, sizeof(b->before));
}

static inline void bench_end(struct bench *b, uint16_t actor, const char *label)
{
	bench_judge(b, (struct check_event){.kind = CHECK_STEP, .actor = actor}, label);
}

/* A request of the device, on behalf of `originator`, that ended as `hit` says. */
static inline void bench_request(struct bench *b, uint16_t device, uint16_t originator, enum request_op op,
				 uint64_t address, const struct hit *hit, const char *label)
{
	struct request request = {.address = address,
				  .bytes = 4,
				  .device = device,
				  .originator = originator,
				  .op = (uint8_t)op,
				  .pasid = PASID_NONE};
	bench_judge(b, (struct check_event){.kind = CHECK_REQUEST, .request = &request, .hit = hit, .device = device},
		    label);
}

/* The same with a translated address: that of a byte of memory. */
static inline void bench_translated(struct bench *b, uint16_t device, uint16_t originator, uint32_t pasid,
				    enum request_op op, const struct hit *hit, const char *label)
{
	struct request request = {.address = hit->pa,
				  .bytes = 4,
				  .device = device,
				  .originator = originator,
				  .op = (uint8_t)op,
				  .at = AT_TRANSLATED,
				  .pasid = pasid};
	bench_judge(b, (struct check_event){.kind = CHECK_REQUEST, .request = &request, .hit = hit, .device = device},
		    label);
}

/* A translation request of the device was answered with that memory. */
static inline void bench_hand_out(struct bench *b, uint16_t device, uint32_t pasid, uint64_t iova, uint16_t memory,
				  bool writable)
{
	b->handed[b->handed_count++] = (struct bench_handed){.iova = iova,
							     .pa = b->machine->memories[memory].hpa,
							     .pasid = pasid,
							     .device = device,
							     .writable = writable,
							     .state = HANDED_LIVE};
}

static inline struct hit bench_hit_memory(const struct bench *b, uint16_t memory, uint64_t offset)
{
	return (struct hit){.kind = HIT_MEMORY,
			    .route = ROUTE_IOMMU,
			    .memory = memory,
			    .firmware = MACHINE_NONE,
			    .bar = MACHINE_NONE,
			    .device = MACHINE_NONE,
			    .bytes = 4,
			    .offset = offset,
			    .pa = b->machine->memories[memory].hpa + offset};
}

static inline struct hit bench_hit_bar(const struct bench *b, uint16_t bar, enum hit_route route)
{
	return (struct hit){.kind = HIT_BAR,
			    .route = route,
			    .memory = MACHINE_NONE,
			    .firmware = MACHINE_NONE,
			    .bar = bar,
			    .device = b->machine->bars[bar].device,
			    .bytes = 4,
			    .pa = b->machine->bars[bar].bus};
}

/* --- what was found --- */

static inline unsigned bench_found(const struct bench *b, const char *invariant)
{
	int wanted = invariant_by_name(invariant);
	unsigned count = 0;
	assert_true(wanted >= 0);
	for (uint32_t i = 0; i < b->findings.count; i++)
		count += b->findings.list[i].invariant == wanted;
	return count;
}

/* Nothing of that invariant. */
static inline void assert_safe(const struct bench *b, const char *invariant)
{
	for (uint32_t i = 0; i < b->findings.count; i++)
		if (b->findings.list[i].invariant == invariant_by_name(invariant))
			fail_msg("%s: %s", invariant, b->findings.list[i].text);
	(void)bench_found(b, invariant);
}

/* Exactly one finding of that invariant, and just these words. */
static inline void assert_violated(const struct bench *b, const char *invariant, const char *words)
{
	assert_int_equal(bench_found(b, invariant), 1);
	for (uint32_t i = 0; i < b->findings.count; i++)
		if (b->findings.list[i].invariant == invariant_by_name(invariant)) {
			assert_string_equal(b->findings.list[i].text, words);
			assert_int_equal(b->findings.list[i].step, b->step);
		}
}

static inline struct model_target bench_memory(uint16_t memory, uint64_t offset)
{
	return (struct model_target){.kind = MODEL_MEMORY, .index = memory, .offset = offset};
}

/* p1 takes the device and attaches it to a space of its own. */
static inline model_space bench_attach(struct bench *b, uint16_t owner, uint16_t device)
{
	model_space space = model_space_new(b->model, owner);
	model_take(b->model, owner, device);
	model_attach(b->model, device, space);
	return space;
}

#endif
