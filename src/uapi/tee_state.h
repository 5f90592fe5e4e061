/* SPDX-License-Identifier: MIT */
/* What the TSM, the host and the guests' kernels remember, for the files tee*.c. */
#ifndef IOSIM_UAPI_TEE_STATE_H
#define IOSIM_UAPI_TEE_STATE_H

#include "uapi/tee.h"

/* State, one per device. */
struct tee_device {
	uint64_t nonce[TDI_NONCE_WORDS];    /* of the lock, as the TSM has it */
	uint64_t evidence[TDI_NONCE_WORDS]; /* of the lock that the guest attested */
	uint64_t measured;                  /* then */
	uint32_t session;                   /* 0: never connected */
	tee_space space;                    /* of the vIOMMU, that the guest attached; 0: none */
	tee_space own;                      /* its DMA API's; 0: none yet */
	uint16_t guest;                     /* that it is assigned to; MACHINE_NONE */
	uint8_t driven;                     /* the guest's driver is bound */
	uint8_t bound;                      /* to the guest, by the TSM */
	uint8_t accepted;
	uint8_t gate; /* T is let through */
	uint8_t attested;
	uint8_t zero;
};

/* State, one per owner. */
struct tee_guest {
	space_handle shared; /* its address space in the host's front end */
	uint8_t fenced;
	uint8_t zero[3];
};

/* State, one per memory object. */
struct tee_memory {
	uint8_t private;   /* as the guest has it */
	uint8_t mapped;    /* in the TSM's second stage */
	uint8_t shared;    /* in the host's table for the guest */
	uint8_t released;  /* by the guest */
	uint8_t destroyed; /* taken away, and what was in it is lost */
	uint8_t left;      /* the host's, with what the guest left in it */
	uint8_t zero[2];
};

enum tee_kind {
	TEE_SPACE,  /* of a guest's vIOMMU, which the TSM composes with the second stage */
	TEE_STAGE2, /* a guest's second stage */
	TEE_PARENT, /* the guest's name for it, to nest in; no tables of its own */
	TEE_NESTED, /* a table of the guest's own, walked by hardware and nested in that */
};

/* A guest's space. */
struct tee_table {
	uint16_t guest;
	uint8_t kind;                              /* enum tee_kind */
	uint8_t attached;                          /* devices, or what is nested in it */
	uint32_t parent;                           /* TEE_NESTED: the TEE_PARENT */
	uint64_t root, address_width, ste[2];      /* TEE_NESTED: as in struct domain_guest */
	domain_handle domains[MACHINE_IOMMUS_MAX]; /* per unit; 0: none yet */
};

/* State: a buffer of a device's driver in the guest's bounce pool. */
struct tee_slot {
	uint64_t iova;              /* its handle */
	uint64_t bytes, offset, at; /* offset: into the memory; at: into the pool */
	uint16_t memory, pool, device;
	uint8_t permissions;
	uint8_t zero;
};

/* What a space has at an address; of a second stage the address is the guest physical one. */
struct tee_area {
	uint64_t iova, bytes, offset;
	uint32_t space;
	uint16_t memory;
	uint8_t permissions;
	uint8_t entered; /* in the tables of its space */
};

/* Register pages in a guest's address space. */
struct tee_mmio_row {
	uint64_t gpa, bytes, offset;
	uint16_t guest, bar;
	uint8_t validated;
	uint8_t zero[3];
};

struct tee {
	struct arena *arena;
	const struct machine *machine;
	struct rules rules;
	struct uapi *uapi;
	struct driver **drivers;
	struct driver **trusted;
	struct tee_platform platform;
	struct tee_device *devices;
	struct tee_guest *guests;
	struct tee_memory *memories;
	uint32_t *stage2; /* per owner: its second stage; 0: none */
	arena_pool_id tables, areas, mmio, slots;
	enum tdisp_error tdisp_error; /* of the last call; no state */
};

static inline unsigned tee_rule(const struct tee *tee, enum knob knob)
{
	return tee->rules.value[knob];
}

static inline bool tee_is_split(const struct tee *tee)
{
	return tee_rule(tee, KNOB_IOMMU_LAYOUT) == IOMMU_LAYOUT_SPLIT;
}

/* One table for T=0 and T=1, which is the host's: pages are guarded by their states. */
static inline bool tee_hosts_table_serves(const struct tee *tee)
{
	return tee_rule(tee, KNOB_IOMMU_LAYOUT) == IOMMU_LAYOUT_SINGLE_RMP;
}

static inline bool tee_host_maps_all(const struct tee *tee)
{
	return tee_hosts_table_serves(tee) || tee_rule(tee, KNOB_T0_TABLE) != T0_TABLE_SHARED_ONLY;
}

static inline bool tee_is_confidential(const struct tee *tee, uint16_t owner)
{
	return tee->machine->owners[owner].kind == OWNER_VM && tee->machine->owners[owner].confidential;
}

static inline bool tee_has_viommu(const struct tee *tee, uint16_t guest)
{
	return tee->machine->owners[guest].viommu;
}

/* Where the host's table, or the TSM's second stage, has the memory as it is now. */
static inline uint64_t tee_address(const struct tee *tee, uint16_t memory, bool trusted)
{
	unsigned alias = tee_rule(tee, KNOB_SHARED_ALIAS);
	bool set = !tee->memories[memory].private &&
		   (alias == SHARED_ALIAS_ALWAYS || (alias == SHARED_ALIAS_T1 && trusted));

	return tee->machine->memories[memory].gpa | (set ? TEE_SHARED_BIT : 0);
}

/* The driver of the tables that T meets, and whose they are. */
static inline struct driver *tee_driver(const struct tee *tee, uint16_t device)
{
	uint16_t unit = tee->machine->devices[device].iommu;

	if (unit == MACHINE_NONE)
		return NULL;
	return tee->trusted[unit] ? tee->trusted[unit] : tee->drivers[unit];
}

/* The vIOMMU translates what the device sends now. */
bool tee_is_translated(const struct tee *tee, uint16_t device);

/* tee.c: out of the host's table. -ENOENT: it is not there. */
int tee_unmap_shared(struct tee *tee, uint16_t memory);

/* tee_table.c */
uint32_t tee_table_new(struct tee *tee, uint16_t guest, enum tee_kind kind); /* 0: there are TEE_MAX_SPACES */
void tee_table_free(struct tee *tee, uint32_t table);
struct tee_table *tee_table_of(const struct tee *tee, uint32_t table);
/* NULL: no area covers the address. */
struct tee_area *tee_area_at(const struct tee *tee, uint32_t table, uint64_t iova);
bool tee_area_overlaps(const struct tee *tee, uint32_t table, uint64_t iova, uint64_t bytes);
int tee_area_add(struct tee *tee, const struct tee_area *wanted);
int tee_area_remove(struct tee *tee, uint32_t table, uint64_t iova, uint64_t bytes);
/* What may be in the tables of a space has changed for the memory: it is entered, or taken out and flushed. */
int tee_memory_follow(struct tee *tee, uint16_t memory);
/* The memory, which is in no table, has another address from now on. */
void tee_memory_moves(struct tee *tee, uint16_t memory);
/* The space's table on that unit, with all that may be in it. */
int tee_table_on(struct tee *tee, uint32_t table, uint16_t unit, domain_handle *out);
/* What serves the device is what its state asks for. */
int tee_follow(struct tee *tee, uint16_t device);

/* A space that the guest can name; NULL: it is no such space of the guest's. */
struct tee_table *tee_space_of(const struct tee *tee, uint16_t guest, tee_space space);

/* tee_bounce.c */
bool tee_bounce_is_wanted(const struct tee *tee, uint16_t device, uint16_t memory);
/* As wanted, but for its place in the pool; its handle is given later. -ENOMEM: there is none. */
int tee_bounce_begin(struct tee *tee, const struct tee_slot *wanted, uint32_t *out);
struct tee_slot *tee_bounce_slot(const struct tee *tee, uint32_t handle);
uint32_t tee_bounce_find(const struct tee *tee, uint16_t device, uint64_t iova, uint64_t bytes); /* 0: none */
int tee_bounce_check(const struct tee *tee, uint32_t handle);
/* Its place is free again; end: what the device may have written is copied back before. */
void tee_bounce_end(struct tee *tee, uint32_t handle);
void tee_bounce_drop(struct tee *tee, uint32_t handle);

/* tsm.c */
int tsm_lock(struct tee *tee, uint16_t device);
int tsm_start(struct tee *tee, uint16_t device);
int tsm_stop(struct tee *tee, uint16_t device);
int tsm_report(struct tee *tee, uint16_t device, struct tdi_report *out);
enum tdi_state tsm_state(struct tee *tee, uint16_t device);

#endif
