/* SPDX-License-Identifier: MIT */
/*
 * The one hook for everything that another party could see happening: each word that a driver writes to memory or a
 * register, each command it submits, each command hardware consumes and completes. `split` steps are interrupted
 * here and traces are made from it.
 */
#ifndef IOSIM_HW_EFFECT_H
#define IOSIM_HW_EFFECT_H

#include <stdbool.h>
#include <stdint.h>

enum effect_kind {
	EFFECT_WORD,        /* driver wrote `value` over `old` at physical `address` */
	EFFECT_REGISTER,    /* driver wrote `value` to register offset `address` */
	EFFECT_SUBMIT,      /* driver made the queue entry `command` visible (tail moved to `address`) */
	EFFECT_CONSUME,     /* hardware took the queue entry `command` */
	EFFECT_COMPLETE,    /* an invalidation took effect: `scope` says what of */
	EFFECT_FAULT,       /* hardware recorded a fault: `value` is the code, `address` the faulting address */
	EFFECT_LEAF_CLEAR,  /* driver removed a leaf: translations of [address, +bytes) of domain `tag` to `value` (PA)
			       may be cached until an invalidation that covers them completes */
	EFFECT_GUEST_FLAGS, /* a walk for scope.stream and scope.pasid wrote `value` over `old` at `address`, flags of
			       an entry of a guest's table */
};

/*
 * A tag is what hardware knows a domain by: of VT-d its DID; of SMMUv3 the ASID of a first stage of VMID 0, and
 * EFFECT_TAG_VMID with the VMID of a second stage (whatever a guest nests in it is of that tag too). An invalidation of
 * one guest ASID of a VMID leaves translations of the second stage alone: it invalidates nothing of a tag.
 */
enum { EFFECT_TAG_VMID = 1 << 16 };

enum effect_what {
	INVALIDATED_CONTEXT,
	INVALIDATED_IOTLB,
	INVALIDATED_DEVTLB,
	INVALIDATED_PASID,
	INVALIDATED_NOTHING,    /* a wait or another command that only orders: the rest of the scope means nothing */
	INVALIDATED_INTERRUPTS, /* VT-d's interrupt entry cache: [first, last] are interrupt indexes */
};

/* What a completed invalidation covered, in terms that both kinds of IOMMU share. */
struct invalidation_scope {
	uint8_t what;       /* enum effect_what */
	bool all_tags;      /* every domain (VT-d DID, SMMUv3 VMID and ASID) */
	bool all_streams;   /* every requester */
	bool all_addresses; /* of the tag; else [first, last] */
	/*
	 * Of `pasid` alone, and, with addresses, of translations with a first stage alone. INVALIDATED_DEVTLB:
	 * PASID_NONE is what was given to requests without PASID, and what is not of one PASID is of all PASIDs (Global
	 * Invalidate, PCIe 10.3.8), which leaves that alone.
	 */
	bool one_pasid;
	uint32_t tag;
	uint32_t tag_mask; /* bits of the tag that are ignored: SMMUv3, every ASID */
	uint32_t pasid;
	uint32_t stream; /* stream and mask: bits set in stream_mask are ignored */
	uint32_t stream_mask;
	uint64_t first, last;
};

struct effect {
	enum effect_kind kind;
	uint16_t iommu;    /* index in the machine */
	uint8_t bytes_lg2; /* EFFECT_LEAF_CLEAR: size of the leaf */
	uint32_t tag;      /* EFFECT_LEAF_CLEAR: domain tag */
	uint64_t address;
	uint64_t value;
	uint64_t old;
	uint64_t command[4];
	struct invalidation_scope scope;
};

struct effect_hook {
	void (*seen)(void *context, const struct effect *effect);
	void *context;
};

static inline void effect_report(const struct effect_hook *hook, const struct effect *effect)
{
	if (hook && hook->seen)
		hook->seen(hook->context, effect);
}

#endif
