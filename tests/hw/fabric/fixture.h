/* SPDX-License-Identifier: MIT */
/* A fabric over a hand-made machine, with units that answer as the test says. */
#ifndef IOSIM_TESTS_HW_FABRIC_FIXTURE_H
#define IOSIM_TESTS_HW_FABRIC_FIXTURE_H

#include "../../machine/build.h"
#include "hw/fabric/fabric.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NONE  MACHINE_NONE
#define UNITS 3

/* Adds `offset` to each address, or answers `result`. */
struct fake_unit {
	struct iommu iommu;
	enum translate_result result;
	uint64_t offset;
	unsigned asked;
	struct request last;
};

struct fixture {
	struct machine *machine;
	struct arena *arena;
	struct memory *memory;
	struct fabric *fabric;
	struct fake_unit units[UNITS];
};

static inline void fake_translate(struct iommu *unit, const struct request *request, struct translation *out)
{
	struct fake_unit *fake = (struct fake_unit *)unit;

	fake->asked++;
	fake->last = *request;
	memset(out, 0, sizeof *out);
	out->result = fake->result;
	out->pa = request->address + fake->offset;
	out->fault = fake->result == TRANSLATE_FAULT ? 0x22 : 0;
}

static const struct iommu_ops fake_ops = {.name = "fake", .translate = fake_translate};

/*
 * Takes the machine over. The first `real_units` units translate with offset 0, the others are no IOMMUs. The fabric
 * keeps pointers into the fixture.
 */
static inline void fixture_start(struct fixture *f, struct machine *machine, unsigned real_units)
{
	struct machine_error error = {0};
	struct iommu *units[UNITS] = {NULL};

	memset(f, 0, sizeof *f);
	if (!machine_finish(machine, &error))
		fail_msg("refused: %s", error.message);
	f->machine = machine;
	f->arena = arena_new();
	f->memory = memory_new(f->arena, 64);
	memory_add_ram(f->memory, 0, LAYOUT_MMIO32_FIRST - 1);
	memory_add_ram(f->memory, LAYOUT_MEMORY_FIRST, LAYOUT_MEMORY_LAST);
	for (unsigned i = 0; i < real_units; i++) {
		f->units[i].iommu = (struct iommu){.ops = &fake_ops, .index = (uint16_t)i};
		units[i] = &f->units[i].iommu;
	}
	f->fabric = fabric_new(f->arena, machine, f->memory, units);
}

static inline void fixture_free(struct fixture *f)
{
	fabric_free(f->fabric);
	memory_free(f->memory);
	arena_free(f->arena);
	machine_free(f->machine);
}

static inline struct request request_of(const struct fixture *f, uint16_t device, enum request_op op, uint64_t address)
{
	uint16_t function = machine_function(f->machine, device);
	return (struct request){.address = address,
				.bytes = 4,
				.pasid = PASID_NONE,
				.device = device,
				.rid = f->machine->devices[function].rid,
				.op = (uint8_t)op};
}

static inline struct hit send_request(struct fixture *f, const struct request *request)
{
	struct hit hit;
	memset(&hit, 0xa5, sizeof hit);
	fabric_dma(f->fabric, request, NULL, &hit);
	return hit;
}

static inline struct hit read_at(struct fixture *f, uint16_t device, uint64_t address)
{
	struct request request = request_of(f, device, REQUEST_READ, address);
	return send_request(f, &request);
}

static inline struct hit write_at(struct fixture *f, uint16_t device, uint64_t address)
{
	struct request request = request_of(f, device, REQUEST_WRITE, address);
	return send_request(f, &request);
}

#endif
