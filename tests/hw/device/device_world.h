/* SPDX-License-Identifier: MIT */
/*
 * Devices over a fabric and a unit that answers as the test says: it translates by adding an offset, and keeps what it
 * was told.
 */
#ifndef IOSIM_TESTS_HW_DEVICE_WORLD_H
#define IOSIM_TESTS_HW_DEVICE_WORLD_H

#include "../../machine/build.h"
#include "hw/device/device.h"
#include "hw/interrupts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NONE   MACHINE_NONE
#define BASE   UINT64_C(0x100000000) /* the first declared object */
#define IOVA   UINT64_C(0x40000000)
#define PASIDS 8 /* bits */

struct fake_unit {
	struct iommu iommu;
	struct translation answer; /* pa is added to the address, modulo 2^64 */
	struct request last;
	unsigned asked;
	uint32_t completed; /* ITags */
	unsigned completions;
	unsigned page_requests;
	struct page_request page;
	enum page_request_fate fate;
	struct page_response response;
};

struct device_world {
	struct machine *machine;
	struct arena *arena;
	struct memory *memory;
	struct fabric *fabric;
	struct interrupts *interrupts;
	struct devices *devices;
	struct fake_unit unit;
	uint16_t nic, other, liar, deaf, undead, pf, vf, mdev, soft, master;
};

/* Each device but `master` is behind a root port of its own: requester IDs are assigned, streams are those. */
void device_world_start(struct device_world *world, enum iommu_kind kind);
void device_world_free(struct device_world *world);
/* ATS, PASID and PRI on. */
void device_world_enable(struct device_world *world, uint16_t device);

struct request device_request(const struct device_world *world, uint16_t device, enum request_at at, uint64_t address);
/* The unit hands out [iova, iova + 2^lg2) with these rights; the ATC gets it by a translation request. */
void device_fill(struct device_world *world, uint16_t device, uint32_t pasid, uint64_t iova, unsigned page_lg2,
		 unsigned permissions);
void device_invalidate(struct device_world *world, uint16_t device, uint32_t pasid, uint64_t first, uint64_t last,
		       uint8_t itag);
/* Until nobody has anything to do. */
unsigned device_settle(struct device_world *world);
bool device_holds(const struct device_world *world, uint16_t device, uint32_t pasid, uint64_t iova);
void device_answer_pages(struct device_world *world, uint16_t device, uint32_t pasid, uint16_t group, uint8_t code);

#endif
