/* SPDX-License-Identifier: MIT */
/*
 * Random scenarios: a machine, and steps on it which mostly could come to something. What the steps are made from is
 * what would be so if every one before had succeeded; whether it is, only a run tells.
 */
#ifndef IOSIM_SIM_INVENT_H
#define IOSIM_SIM_INVENT_H

#include "base/random.h"
#include "sim/sketch.h"

#include <stdbool.h>
#include <stdint.h>

#define INVENT_NOBODY   UINT8_MAX
#define INVENT_DEVICES  12
#define INVENT_OWNERS   3
#define INVENT_MEMORIES 5
#define INVENT_PORTS    3
#define INVENT_THINGS   12 /* spaces, handles, ... of each sort */
#define INVENT_AREAS    16

#define INVENT_ALLOCATED 1000u

/* What a scenario is mostly about: machines and steps are chosen accordingly. */
enum theme {
	THEME_PLAIN,   /* devices, spaces, mappings */
	THEME_OWNERS,  /* who has which device, and who comes late */
	THEME_KERNEL,  /* kernel drivers */
	THEME_ATS,     /* device TLBs */
	THEME_PASIDS,  /* PASIDs, shared address spaces, page requests */
	THEME_MDEVS,   /* mediated devices */
	THEME_NESTED,  /* guests' tables */
	THEME_SIGNALS, /* interrupts and registers */
	THEME_ANSWERS, /* page requests that users answer */
	THEME_STALE,   /* device TLBs, and invalidations that are under way */
	THEME_PARKED,  /* resets of what translates for itself */
	THEME_LATE,    /* PASIDs, and who is plugged in beside them */
	THEME_WRITES,  /* what CPUs and devices write, and who is told */
	THEMES
};

struct invented_device {
	char name[SKETCH_NAME_MAX];
	uint8_t user;   /* owner that took it; INVENT_NOBODY: nobody */
	uint8_t parent; /* of an mdev: device number + 1 */
	bool host;      /* a kernel driver has it */
	bool absent;
	bool ats, pri, pasids, own_pasid, bar, vectors, reserved, numbered, resetting;
	uint8_t space; /* number + 1 of what is attached */
};

struct invented_space {
	uint8_t owner, parent; /* parent: number + 1 of the space in which it nests */
	bool pasids, nests;
};

struct invented_area {
	uint8_t space; /* INVENT_NOBODY: a guest's own table */
	uint8_t memory;
	bool gone; /* unmapped: a device may try */
	char at[24];
};

enum thing { THING_SPACE, THING_HANDLE, THING_GIVEN, THING_REQUEST, THING_PASID, THING_PAGES, THING_SORTS };

struct invented_thing {
	uint8_t device, owner, memory;
	bool over;      /* a handle that was unmapped */
	uint8_t pages;  /* handle: of what the driver of that mdev pinned; number + 1 */
	uint32_t pasid; /* 0: none; INVENT_ALLOCATED and on: what the thing of that number was given */
};

struct invention {
	struct sketch *sketch;
	struct random *random;
	enum theme theme;
	bool kernel;    /* there are kernel drivers only */
	bool raw;       /* iommufd's own calls can be made */
	bool allocates; /* the kernel picks address spaces' PASIDs, so that CPUs can rely on them */
	bool bridged;   /* the device that is made up stands on a conventional bus, which has no ATS (PCIe 10.1) */
	bool units_off; /* until a step switches them on */
	uint8_t owner_count, device_count, memory_count, reserved_count, port_count;
	enum invented_room { ROOM_NONE, ROOM_LINK, ROOM_SWITCH, ROOM_BRIDGE } ports[INVENT_PORTS];
	bool guests[INVENT_OWNERS];
	uint8_t memory_of[INVENT_MEMORIES]; /* owner; INVENT_NOBODY: the host */
	struct invented_device devices[INVENT_DEVICES];
	struct invented_space spaces[INVENT_THINGS];
	struct invented_area areas[INVENT_AREAS];
	struct invented_thing things[THING_SORTS][INVENT_THINGS];
	uint8_t thing_count[THING_SORTS];
	uint8_t area_count;
	uint8_t favourite;  /* device that most steps are about */
	uint8_t pages_from; /* the first pages of an mdev that are pinned still */
	uint8_t freed;      /* memory that was just unmapped, number + 1 */
};

/* A whole scenario under that policy: overwrites the sketch. Same random numbers, same scenario. */
void invent(struct sketch *sketch, struct random *random, unsigned policy);

/* The machine, and what is known of it; no steps yet. */
void invent_machine(struct invention *invention);

/* --- steps, by what they are about: false, and no step: it would make no sense now --- */
typedef bool invent_function(struct invention *invention);
invent_function invent_take, invent_release, invent_exit, invent_bind, invent_unbind, invent_reset, invent_command;
invent_function invent_plug, invent_unplug, invent_reuse, invent_mmap, invent_mmio;
invent_function invent_space, invent_attach, invent_detach, invent_replace, invent_destroy, invent_map, invent_unmap;
invent_function invent_dma_map, invent_dma_unmap, invent_dma_sync, invent_pin, invent_unpin;
invent_function invent_enable, invent_sva_bind, invent_sva_unbind, invent_munmap, invent_response, invent_quiesce;
invent_function invent_nest, invent_guest_map, invent_guest_unmap, invent_vdevice, invent_invalidate;
invent_function invent_dma, invent_ats, invent_translated, invent_resume, invent_run;
invent_function invent_refill, invent_park, invent_domain_type, invent_enqcmd, invent_vpasid, invent_swap;
invent_function invent_fork, invent_objects, invent_dirty, invent_store, invent_load, invent_flush, invent_kvm_add,
	invent_raw;
/* Another kernel takes over, under the devices of this one: nothing that is known here holds any more. */
void invent_kexec(struct invention *invention);
/* Switches the units on that are off: without them nothing is isolated. */
void invent_switch_on(struct invention *invention);

/* --- for all of them --- */
/* A new step; `owner` takes it, unless that is INVENT_NOBODY. */
uint32_t invent_new_step(struct invention *invention, const char *operation, uint8_t owner);
/* Any device, mostly one for which `good` is true; false: there is none. */
bool invent_pick(struct invention *invention, bool (*good)(const struct invented_device *device), uint8_t *device);
/* A thing that an earlier step made, mostly a late one; false: there is none. `name` is SKETCH_NAME_MAX long. */
bool invent_old(struct invention *invention, enum thing sort, uint8_t *number, char *name);
void invent_thing_name(enum thing sort, uint8_t number, char *name);
/* Names what the step makes; false: there are too many, and it has no name. */
bool invent_name(struct invention *invention, uint32_t step, enum thing sort, struct invented_thing thing);
/* Notes it alone: it is called by its number. */
void invent_note(struct invention *invention, enum thing sort, struct invented_thing thing);
/* Drivers of mdevs let go of their pages. */
void invent_let_go(struct invention *invention);
/* The device has mappings of the DMA API: whoever unbinds its driver now would be at fault himself. */
bool invent_has_lent(const struct invention *invention, uint8_t device);
/* Who would use the device, or anybody. */
uint8_t invent_user(struct invention *invention, uint8_t device);
/* Memory of that owner, or any. */
uint8_t invent_memory_of(struct invention *invention, uint8_t owner);
static inline void invent_set_device(struct invention *invention, uint32_t step, uint8_t device)
{
	sketch_set(invention->sketch, step, "device", "%s", invention->devices[device].name);
}

static inline void invent_set_pasid(struct invention *invention, uint32_t step, uint32_t pasid)
{
	if (pasid < INVENT_ALLOCATED)
		sketch_set(invention->sketch, step, "pasid", "%u", pasid);
	else
		sketch_set(invention->sketch, step, "pasid", "w%u", pasid - INVENT_ALLOCATED + 1);
}

static inline uint32_t invent_below(struct invention *invention, uint32_t limit)
{
	return (uint32_t)random_below(invention->random, limit);
}

static inline bool invent_chance(struct invention *invention, uint32_t one_in)
{
	return random_chance(invention->random, one_in);
}

#endif
