/* SPDX-License-Identifier: MIT */
/*
 * The rules under test: the user API (VFIO type1, iommufd, no-IOMMU ...), the kernel's DMA API, groups and ownership.
 * All calls return 0 or a negative errno value; UAPI_CRASH means that the simulated host is dead. State is in the
 * arena.
 *
 * Owners, devices, memory and BARs are indexes of the machine. Who owns what in fact is not decided here: the runner
 * tells the reference model separately, from the intents and the return codes alone.
 */
#ifndef IOSIM_UAPI_UAPI_H
#define IOSIM_UAPI_UAPI_H

#include "base/arena.h"
#include "hw/driver.h"
#include "machine/machine.h"
#include "uapi/rules.h"

#include <stdbool.h>
#include <stdint.h>

#define UAPI_CRASH      (-100000)
#define UAPI_MAX_SPACES 4096
#define UAPI_MAX_AREAS  65536

typedef uint32_t space_handle; /* container, IOAS; 0 none. A stale handle is recognised: -ENOENT */

/* What the machine does for the kernel; filled in by the runner. */
struct uapi_platform {
	void *context;
	void (*bus_master)(void *context, uint16_t device, bool on);
	bool (*bus_master_on)(void *context, uint16_t device);
	void (*reset)(void *context, uint16_t device); /* function level reset: DMA stops, bus master off */
	void (*present)(void *context, uint16_t device, bool present);
};

struct uapi_config {
	struct arena *arena;
	const struct machine *machine;
	struct rules rules;
	struct driver *const *drivers; /* per IOMMU of the machine; NULL: no such hardware */
	struct uapi_platform platform;
};

/* Something that can be mapped: bytes of a memory object or of a BAR. */
struct uapi_target {
	enum { UAPI_MEMORY, UAPI_BAR } kind;
	uint16_t index;
	uint64_t offset;
};

struct uapi_space_wish {
	bool ram;              /* keep the owner's memory mapped at its guest addresses */
	uint8_t page_lg2_mask; /* 0: no wish */
};

struct uapi;

struct uapi *uapi_new(const struct uapi_config *config);
void uapi_free(struct uapi *uapi);

/*
 * Boot: every device with a kernel driver (or none) is in its default domain before step 1, firmware ranges are mapped
 * and translation enabled in the order of KNOB_BOOT_ORDER. `before_enable_only`: stop before units whose `on` is false.
 */
int uapi_boot(struct uapi *uapi);
int uapi_enable_translation(struct uapi *uapi, uint16_t iommu);

/* One switch for one step: the front end leaves out its viability / ownership check. */
void uapi_skip_viability(struct uapi *uapi, bool skip);

/* Ownership. */
int uapi_take(struct uapi *uapi, uint16_t owner, uint16_t device);
int uapi_release(struct uapi *uapi, uint16_t owner, uint16_t device);
int uapi_exit(struct uapi *uapi, uint16_t owner); /* closes everything of the owner */
int uapi_driver_bind(struct uapi *uapi, uint16_t device, enum device_driver driver);
int uapi_driver_unbind(struct uapi *uapi, uint16_t device);
int uapi_reset(struct uapi *uapi, uint16_t owner, uint16_t device);
int uapi_hotplug(struct uapi *uapi, uint16_t device);
int uapi_unplug(struct uapi *uapi, uint16_t device);
/* A user mapping of a BAR: opens the device if the owner has not taken it. */
int uapi_mmap(struct uapi *uapi, uint16_t owner, uint16_t bar);

/* Address spaces. */
int uapi_space(struct uapi *uapi, uint16_t owner, const struct uapi_space_wish *wish, space_handle *out);
int uapi_destroy(struct uapi *uapi, uint16_t owner, space_handle space);
int uapi_attach(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space);
int uapi_detach(struct uapi *uapi, uint16_t owner, uint16_t device);
int uapi_replace(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space);
int uapi_map(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, struct uapi_target target,
	     uint64_t bytes, unsigned permissions);
/* *unmapped: bytes that were removed. */
int uapi_unmap(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, uint64_t bytes,
	       uint64_t *unmapped);
int uapi_copy(struct uapi *uapi, uint16_t owner, space_handle to, uint64_t to_iova, space_handle from,
	      uint64_t from_iova, uint64_t bytes, unsigned permissions);
/*
 * Make memory reachable for the device, the front end picks the address. A device that a kernel drives: the DMA API.
 * Otherwise: the owner's implied space (made and attached at the first use); *space tells which, 0 for the DMA API.
 */
int uapi_dma_map(struct uapi *uapi, uint16_t owner, uint16_t device, struct uapi_target target, uint64_t bytes,
		 unsigned permissions, uint64_t *iova, space_handle *space);
int uapi_dma_unmap(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space, uint64_t iova,
		   uint64_t bytes);
/* The deferred flush fires (lazy mode). 0 also when there is nothing to do. */
int uapi_deferred_flush(struct uapi *uapi);

/* Whether the allocator may hand the page on: -EBUSY while it is pinned by the user API. */
int uapi_page_release(struct uapi *uapi, uint16_t memory);

/* The closed list behind `check`. */
uint32_t uapi_space_page_tables(struct uapi *uapi, space_handle space);
uint64_t uapi_space_map_calls(struct uapi *uapi, space_handle space);
bool uapi_memory_pinned(struct uapi *uapi, uint16_t memory);
/* The members of the device's group, in device order; returns how many (at most `max` are written). */
unsigned uapi_group(struct uapi *uapi, uint16_t device, uint16_t *members, unsigned max);

#endif
