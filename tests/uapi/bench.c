/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct fake_driver *unit_of(const struct bench *bench, uint16_t device)
{
	uint16_t unit = bench->machine->devices[device].iommu;
	return unit == MACHINE_NONE ? NULL : bench->units[unit];
}

static void bus_master(void *context, uint16_t device, bool on)
{
	((struct bench *)context)->bus_master[device] = on;
}

static bool bus_master_on(void *context, uint16_t device)
{
	return ((struct bench *)context)->bus_master[device];
}

static void reset_begin(void *context, uint16_t device)
{
	struct bench *bench = context;
	assert_false(bench->in_reset[device]);
	bench->in_reset[device] = true;
	if (unit_of(bench, device))
		bench->reset_under[device] = bench_serving(bench, device);
}

static void reset_end(void *context, uint16_t device)
{
	struct bench *bench = context;
	assert_true(bench->in_reset[device]);
	bench->in_reset[device] = false;
	if (unit_of(bench, device))
		bench->reset_ended[device] = bench_serving(bench, device);
	bench->resets[device]++;
	/* The way back into what served the device cannot fail. */
	for (int i = 0; i < BENCH_UNITS; i++)
		if (bench->units[i])
			bench->units[i]->fail_attach = bench->units[i]->fail_pasid = 0;
}

/* One destination a device. */
static bool msi_identity(void *context, uint16_t device, uint32_t index, uint8_t *vector, uint32_t *destination)
{
	(void)context;
	*vector = (uint8_t)(0x20 + index);
	*destination = device;
	return index < BENCH_VECTORS;
}

static void msi_route(void *context, uint16_t device, uint32_t index, bool on)
{
	((struct bench *)context)->routed[device][index] = on;
}

static uint64_t doorbell(void *context)
{
	(void)context;
	return BENCH_DOORBELL;
}

static void written(void *context, space_handle space, uint64_t iova, uint64_t bytes)
{
	struct bench *bench = context;
	(void)space;
	bench->reports++;
	bench->reported_first = iova;
	bench->reported_bytes = bytes;
}

static void answering(void *context, const struct uapi_answer *answer)
{
	struct bench *bench = context;
	bench->answers[bench->answer_count++ % BENCH_ANSWERS] = *answer;
}

/* At most 16 pages, from the first on. */
static void unmapping(void *context, uint16_t device, uint64_t first, uint64_t last)
{
	struct bench *bench = context;
	bench->notices++;
	if (!bench->lets_go_at || bench->notices < bench->lets_go_at)
		return;
	for (unsigned i = 0; i < 16 && first + i * 0x1000 <= last; i++)
		while (uapi_unpin(bench->uapi, device, first + i * 0x1000) == 0)
			;
}

static void closing(void *context, uint16_t device)
{
	(void)device;
	((struct bench *)context)->closings++;
}

static void present(void *context, uint16_t device, bool there)
{
	((struct bench *)context)->present[device] = there;
}

static uint64_t bounce(void *context, uint64_t pa, uint64_t bytes)
{
	struct bench *bench = context;
	(void)bytes;
	if (bench->no_bounce)
		return 0;
	bench->bounces++;
	bench->bounce_slot = BENCH_BOUNCES + bench->bounces * 0x10000 + (pa & 0xfff);
	return bench->bounce_slot;
}

static void bounce_back(void *context, uint64_t slot, uint64_t pa, uint64_t bytes, bool written)
{
	struct bench *bench = context;
	(void)bytes;
	assert_int_equal(slot & 0xfff, pa & 0xfff);
	bench->bounces--;
	bench->bounce_written = written;
}

static void bounce_sync(void *context, uint64_t slot, uint64_t pa, uint64_t bytes, bool to_slot)
{
	struct bench *bench = context;
	assert_int_equal(bytes, 0x20);
	assert_int_equal(slot, bench->bounce_slot);
	assert_int_equal(slot & 0xfff, pa & 0xfff);
	bench->bounce_syncs[to_slot]++;
}

void bench_open(struct bench *bench, const char *policy)
{
	*bench = (struct bench){.machine = machine_new(), .kind = IOMMU_VTD};
	int row = policy_by_name(policy);
	assert_true(row >= 0);
	rules_of_policy((unsigned)row, &bench->rules);
	bench_unit(bench, "iommu0");
}

void bench_set(struct bench *bench, const char *knob, const char *value)
{
	int row = knob_by_name(knob);
	assert_true(row >= 0);
	int index = knob_value_by_name((unsigned)row, value);
	assert_true(index >= 0);
	assert_true(rules_set(&bench->rules, (unsigned)row, (unsigned)index));
}

uint16_t bench_unit(struct bench *bench, const char *name)
{
	uint16_t unit = machine_add_iommu(bench->machine, name);
	bench->machine->iommus[unit].on = true;
	bench->machine->iommus[unit].interrupt_remapping = true;
	return unit;
}

uint16_t bench_owner(struct bench *bench, const char *name)
{
	uint16_t owner = machine_add_owner(bench->machine, name);
	bench->machine->owners[owner].kind = OWNER_PROCESS;
	return owner;
}

uint16_t bench_memory(struct bench *bench, const char *name, uint16_t owner, uint64_t bytes)
{
	uint16_t memory = machine_add_memory(bench->machine, name);
	bench->machine->memories[memory].owner = owner;
	bench->machine->memories[memory].bytes = bytes;
	bench->machine->memories[memory].present = true;
	return memory;
}

uint16_t bench_device_under(struct bench *bench, const char *name, enum device_driver driver, uint16_t port)
{
	uint16_t device = machine_add_device(bench->machine, name);
	bench->machine->devices[device].driver = driver;
	bench->machine->devices[device].port = port;
	return device;
}

uint16_t bench_device(struct bench *bench, const char *name, enum device_driver driver)
{
	return bench_device_under(bench, name, driver, MACHINE_NONE);
}

uint16_t bench_function(struct bench *bench, const char *name, enum device_driver driver, uint16_t first)
{
	uint16_t device = bench_device(bench, name, driver);
	bench->machine->devices[device].package = first;
	return device;
}

void bench_serve(struct bench *bench, uint16_t device, uint16_t unit)
{
	bench->machine->devices[device].iommu = unit;
	bench->machine->devices[device].iommu_given = true;
}

void bench_reserve(struct bench *bench, uint16_t device, enum reserved_kind kind, uint64_t first, uint64_t bytes)
{
	uint16_t range = machine_add_reserved(bench->machine, "r");
	bench->machine->reserved[range].device = device;
	bench->machine->reserved[range].kind = kind;
	bench->machine->reserved[range].first = first;
	bench->machine->reserved[range].bytes = bytes;
}

uint16_t bench_bar(struct bench *bench, uint16_t device, uint64_t bytes)
{
	uint16_t bar = machine_add_bar(bench->machine, "bar");
	bench->machine->bars[bar].device = device;
	bench->machine->bars[bar].bytes = bytes;
	return bar;
}

void bench_start(struct bench *bench)
{
	struct machine_error error = {0};
	if (!machine_finish(bench->machine, &error))
		fail_msg("refused: %s", error.message);
	machine_set_kind(bench->machine, bench->kind);
	bench->arena = arena_new();
	for (uint32_t i = 0; i < bench->machine->iommu_count; i++)
		if (bench->machine->iommus[i].kind != IOMMU_NONE)
			bench->units[i] = fake_driver_new((uint16_t)i, bench->machine->iommus[i].kind);
	struct driver *drivers[BENCH_UNITS];
	for (int i = 0; i < BENCH_UNITS; i++)
		drivers[i] = bench->units[i] ? &bench->units[i]->base : NULL;
	bench->uapi = uapi_new(&(struct uapi_config){.arena = bench->arena,
						     .machine = bench->machine,
						     .rules = bench->rules,
						     .drivers = drivers,
						     .platform = {.context = bench,
								  .bounce = bounce,
								  .bounce_back = bounce_back,
								  .bounce_sync = bounce_sync,
								  .bus_master = bus_master,
								  .bus_master_on = bus_master_on,
								  .reset_begin = reset_begin,
								  .reset_end = reset_end,
								  .msi_identity = msi_identity,
								  .msi_route = msi_route,
								  .doorbell = doorbell,
								  .answering = answering,
								  .written = written,
								  .unmapping = unmapping,
								  .closing = closing,
								  .present = present}});
	assert_int_equal(uapi_boot(bench->uapi), 0);
}

void bench_close(struct bench *bench)
{
	uapi_free(bench->uapi);
	for (int i = 0; i < BENCH_UNITS; i++)
		fake_driver_free(bench->units[i]);
	arena_free(bench->arena);
	machine_free(bench->machine);
}

struct fake_driver *bench_unit_of(const struct bench *bench, uint16_t device)
{
	return bench->units[bench->machine->devices[device].iommu];
}

enum domain_type bench_serving(const struct bench *bench, uint16_t device)
{
	return fake_serving(unit_of(bench, device), bench->machine->devices[device].stream);
}

uint64_t bench_reach(const struct bench *bench, uint16_t device, uint64_t iova)
{
	uint64_t pa;
	if (!fake_translate(unit_of(bench, device), bench->machine->devices[device].stream, iova, &pa))
		return UINT64_MAX;
	return pa;
}

uint64_t bench_reach_pasid(const struct bench *bench, uint16_t device, uint32_t pasid, uint64_t iova)
{
	uint64_t pa;
	if (!fake_translate_pasid(unit_of(bench, device), bench->machine->devices[device].stream, pasid, iova, &pa))
		return UINT64_MAX;
	return pa;
}

unsigned bench_features(const struct bench *bench, uint16_t device)
{
	return fake_features(unit_of(bench, device), bench->machine->devices[device].stream);
}

int bench_page_request(struct bench *bench, uint16_t device, uint32_t pasid, uint16_t group, uint64_t address)
{
	struct fake_driver *unit = bench_unit_of(bench, device);
	uint32_t stream = bench->machine->devices[device].stream;
	fake_page_request(unit, stream, pasid, group, address, true);
	assert_int_equal(uapi_page_requests(bench->uapi, UINT32_MAX), 1);
	return fake_answered(unit, stream, pasid, group);
}

uint64_t bench_va(const struct bench *bench, uint16_t memory)
{
	return bench->machine->memories[memory].va;
}

uint64_t bench_pa(const struct bench *bench, uint16_t memory)
{
	return bench->machine->memories[memory].hpa;
}

static struct uapi_target whole(uint16_t memory)
{
	return (struct uapi_target){.kind = UAPI_MEMORY, .index = memory};
}

int bench_map(struct bench *bench, uint16_t owner, space_handle space, uint64_t iova, uint16_t memory)
{
	return uapi_map(bench->uapi, owner, space, iova, whole(memory), bench->machine->memories[memory].bytes,
			UAPI_READ | UAPI_WRITE);
}

int bench_unmap(struct bench *bench, uint16_t owner, space_handle space, uint64_t iova, uint64_t bytes)
{
	uint64_t unmapped;
	return uapi_unmap(bench->uapi, owner, space, iova, bytes, &unmapped);
}

int bench_dma_map(struct bench *bench, uint16_t owner, uint16_t device, uint16_t memory, uint64_t *iova)
{
	space_handle space;
	int error = uapi_dma_map(bench->uapi, owner, device, whole(memory), bench->machine->memories[memory].bytes,
				 UAPI_READ | UAPI_WRITE, iova, &space);
	if (!error)
		bench->implied = space;
	return error;
}

int bench_dma_unmap(struct bench *bench, uint16_t owner, uint16_t device, uint16_t memory, uint64_t iova)
{
	return uapi_dma_unmap(bench->uapi, owner, device, bench->implied, iova, bench->machine->memories[memory].bytes);
}

space_handle bench_space(struct bench *bench, uint16_t owner)
{
	space_handle space = 0;
	struct uapi_space_wish wish = {.ram = false};
	return uapi_space(bench->uapi, owner, &wish, &space) ? 0 : space;
}

space_handle bench_pasid_space(struct bench *bench, uint16_t owner)
{
	space_handle space = 0;
	struct uapi_space_wish wish = {.pasid = true};
	return uapi_space(bench->uapi, owner, &wish, &space) ? 0 : space;
}

space_handle bench_fault_space(struct bench *bench, uint16_t owner)
{
	space_handle space = 0;
	struct uapi_space_wish wish = {.pasid = true, .faults = true};
	return uapi_space(bench->uapi, owner, &wish, &space) ? 0 : space;
}
