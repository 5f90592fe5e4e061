/* SPDX-License-Identifier: MIT */
/*
 * A test bench: a machine in a few words, fake IOMMU drivers, and the front end under test.
 *
 *	bench_open(&b, "iommufd");            policy; then knobs, owners, devices ... of b.machine
 *	uint16_t p1 = bench_owner(&b, "p1");
 *	uint16_t nic = bench_device(&b, "nic", DRIVER_USER);
 *	bench_start(&b);                      machine_finish, drivers, uapi_new, uapi_boot
 *	...
 *	bench_close(&b);
 */
#ifndef IOSIM_TESTS_UAPI_BENCH_H
#define IOSIM_TESTS_UAPI_BENCH_H

#include "fake_driver.h"
#include "uapi/uapi.h"

#define BENCH_UNITS    4
#define BENCH_DEVICES  64
#define BENCH_VECTORS  8
#define BENCH_ANSWERS  64
#define BENCH_BOUNCES  UINT64_C(0x50000000)
#define BENCH_DOORBELL UINT64_C(0x80a0040)

struct bench {
	struct machine *machine;
	struct rules rules;
	enum iommu_kind kind;
	struct arena *arena;
	struct fake_driver *units[BENCH_UNITS];
	struct uapi *uapi;
	bool bus_master[BENCH_DEVICES];
	bool present[BENCH_DEVICES];
	unsigned resets[BENCH_DEVICES]; /* ends of them */
	bool in_reset[BENCH_DEVICES];
	enum domain_type reset_under[BENCH_DEVICES]; /* what served the device when its last reset began */
	enum domain_type reset_ended[BENCH_DEVICES]; /* and when it ended */
	bool routed[BENCH_DEVICES][BENCH_VECTORS];   /* Arm: the interrupt controller knows the message */
	struct uapi_answer answers[BENCH_ANSWERS];   /* page requests, about to be answered */
	unsigned answer_count;
	unsigned bounces;           /* buffers that are copied now */
	uint64_t bounce_slot;       /* of the last one; BENCH_BOUNCES and on */
	bool no_bounce;             /* there is no room for them */
	unsigned bounce_syncs[2];   /* from the copy, and to it */
	bool bounce_written;        /* the last one that ended was copied back */
	space_handle implied;       /* of the last bench_dma_map */
	unsigned notices, closings; /* to drivers of mdevs */
	unsigned reports;           /* of written pages, with an unmap; the last: */
	uint64_t reported_first, reported_bytes;
	unsigned lets_go_at; /* they unpin at that notice and all later ones; 0: never */
};

void bench_open(struct bench *bench, const char *policy);
void bench_set(struct bench *bench, const char *knob, const char *value);
uint16_t bench_owner(struct bench *bench, const char *name);
uint16_t bench_memory(struct bench *bench, const char *name, uint16_t owner, uint64_t bytes);
/* Behind a root port of its own, which isolates. */
uint16_t bench_device(struct bench *bench, const char *name, enum device_driver driver);
uint16_t bench_device_under(struct bench *bench, const char *name, enum device_driver driver, uint16_t port);
/* Another function of the device whose first function is `first`; between functions there is no ACS. */
uint16_t bench_function(struct bench *bench, const char *name, enum device_driver driver, uint16_t first);
uint16_t bench_unit(struct bench *bench, const char *name);
void bench_serve(struct bench *bench, uint16_t device, uint16_t unit);
void bench_reserve(struct bench *bench, uint16_t device, enum reserved_kind kind, uint64_t first, uint64_t bytes);
uint16_t bench_bar(struct bench *bench, uint16_t device, uint64_t bytes);
void bench_start(struct bench *bench);
void bench_close(struct bench *bench);

/* Which type of domain serves the device. */
enum domain_type bench_serving(const struct bench *bench, uint16_t device);
/* The physical address that the device would reach; UINT64_MAX: blocked. */
uint64_t bench_reach(const struct bench *bench, uint16_t device, uint64_t iova);
/* The same with a PASID. */
uint64_t bench_reach_pasid(const struct bench *bench, uint16_t device, uint32_t pasid, uint64_t iova);
unsigned bench_features(const struct bench *bench, uint16_t device);
uint64_t bench_va(const struct bench *bench, uint16_t memory);
/* The device asks for that page; the kernel looks at it. The answer's code; -1: none was given. */
int bench_page_request(struct bench *bench, uint16_t device, uint32_t pasid, uint16_t group, uint64_t address);
struct fake_driver *bench_unit_of(const struct bench *bench, uint16_t device);
uint64_t bench_pa(const struct bench *bench, uint16_t memory);
/* Calls with what tests mostly want: all of the memory object, read and write. */
int bench_map(struct bench *bench, uint16_t owner, space_handle space, uint64_t iova, uint16_t memory);
int bench_unmap(struct bench *bench, uint16_t owner, space_handle space, uint64_t iova, uint64_t bytes);
int bench_dma_map(struct bench *bench, uint16_t owner, uint16_t device, uint16_t memory, uint64_t *iova);
int bench_dma_unmap(struct bench *bench, uint16_t owner, uint16_t device, uint16_t memory, uint64_t iova);
space_handle bench_space(struct bench *bench, uint16_t owner);       /* 0: refused */
space_handle bench_pasid_space(struct bench *bench, uint16_t owner); /* one whose tables may serve PASIDs */
space_handle bench_fault_space(struct bench *bench, uint16_t owner); /* and whose page requests the user answers */

#endif
