/* SPDX-License-Identifier: MIT */
/*
 * The Root Control Page of an SMMU with RME (IHI 0070 6.2.6), and the granule protection checks that it controls
 * (3.25): every access of clients and of the SMMU itself, but fetches of the tables that say so. The programming
 * interfaces of one SMMU (Non-secure, Realm) share one.
 *
 * What entries of the tables say is cached apart from translations, for the granule, contiguous range or block that the
 * entry is of, until a TLBI by PA covers all of that (DDI 0487 D9.5; D9.6.2, D9.6.4: a part of it need not do); one
 * that need not invalidate anything invalidates nothing (C5.5.28). Tables of level 0 are not cached. Only valid entries
 * are, permitted or not.
 */
#ifndef IOSIM_HW_SMMUV3_ROOT_H
#define IOSIM_HW_SMMUV3_ROOT_H

#include "base/arena.h"
#include "hw/memory.h"
#include "hw/smmuv3/gpt.h"
#include "hw/smmuv3/layout_root.h"

#define SMMU_GPC_GRANULES 256 /* entries for single granules, by address */
#define SMMU_GPC_RANGES   16  /* entries for blocks and contiguous ranges */

struct smmu_gpc_entry {
	uint64_t first;
	uint8_t lg2; /* 0: free */
	uint8_t gpi;
	uint8_t zero[6];
};

struct smmu_root_state {
	uint64_t cr0, cr0ack, gpt_base, gpt_cfg, gpf_far, cfg_far, tlbi, tlbi_ctrl;
	uint64_t next_range; /* of ranges[], the one that is replaced next */
	struct smmu_gpc_entry granules[SMMU_GPC_GRANULES], ranges[SMMU_GPC_RANGES];
};

struct smmu_root_signals { /* interrupts sent so far (3.25.5); entries read; not hashed */
	uint64_t gpf, cfg, fetches;
};

struct smmu_root_config {
	uint8_t oas_lg2;
	uint8_t granules; /* as in struct gpt_config */
	uint8_t l0gptsz;  /* 6.3.115: it is not software's to choose */
	bool realm;       /* there is a Realm programming interface */
	bool no_cache;
};

#define SMMU_ROOT_UNITS 2

struct smmu_root {
	struct memory *memory;
	struct smmu_root_config config;
	struct smmu_root_state *state;
	struct smmu_root_signals *signals;
	uint64_t *changes[SMMU_ROOT_UNITS]; /* of each interface: counted up where checks begin or end */
};

struct smmu_access_of { /* an access that is to be checked, and how a refusal is reported */
	uint64_t pa;
	enum pa_space space;
	enum smmu_root_reason reason;
	unsigned code; /* FAULTCODE */
};

struct smmu_root *smmu_root_new(struct arena *arena, struct memory *memory, const struct smmu_root_config *config);
void smmu_root_free(struct smmu_root *root);
/* An interface whose caches.changes follows; it stays where it is. */
void smmu_root_attach(struct smmu_root *root, uint64_t *changes);

/* 4 or 8 bytes, naturally aligned; from another space than Root they read as 0 and are not written (6.2.6). */
uint64_t smmu_root_read(const struct smmu_root *root, uint32_t offset, unsigned width, enum pa_space by);
void smmu_root_write(struct smmu_root *root, uint32_t offset, unsigned width, uint64_t value, enum pa_space by);
/* An Update of CR0 or a TLBI by PA that is not finished; finishes one of them. */
bool smmu_root_is_pending(const struct smmu_root *root);
bool smmu_root_advance(struct smmu_root *root);

/* Whether any access has to be asked for: ACCESSEN is 0 or GPCEN is 1, as acknowledged. */
static inline bool smmu_root_checks(const struct smmu_root *root)
{
	return SMMU_ROOT_CR0_GPCEN(&root->state->cr0ack) || !SMMU_ROOT_CR0_ACCESSEN(&root->state->cr0ack);
}

/* False: it does not happen, which the fault registers say if they have room (3.25.5). */
bool smmu_root_allows(struct smmu_root *root, const struct smmu_access_of *access);
/* The same answer; nothing is reported or cached. */
bool smmu_root_would_allow(const struct smmu_root *root, uint64_t pa, enum pa_space space);
/*
 * Bytes around the address, as log2 and at most `lg2`, that the same answer holds for: what a device may be told of the
 * region that it may use (3.25.2).
 */
unsigned smmu_root_region(const struct smmu_root *root, uint64_t pa, enum pa_space space, unsigned lg2);

#endif
