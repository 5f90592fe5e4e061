/* SPDX-License-Identifier: MIT */
/*
 * Flags that hardware sets in the leaves of page tables (3.13; DDI 0487 D8.5): what a leaf means that lacks one, in the
 * order of 7.3.22. A flag is set when everything that this stage asks is permitted; if it is not, AF may stay as it is
 * (3.13.2), and does here.
 */
#include "hw/smmuv3/engine.h"
#include "hw/smmuv3/prepare.h"

static unsigned end_of(const struct smmu_walk *walk, const struct smmu_tables *tables, uint64_t address, uint64_t unset)
{
	if (smmu_is_beyond(tables, address, walk->rules->deviations))
		return SMMU_F_ADDR_SIZE;
	return unset ? SMMU_WALK_SETS : SMMU_EVENT_NONE;
}

IOSIM_COLD unsigned smmu_look_at_leaf1(struct smmu_walk *walk, const struct smmu_tables *tables, uint64_t word)
{
	uint64_t unset = (word ^ SMMU_LEAF1_USED) & tables->leaf_needs;

	if (unset & SMMU_LEAF_AF && !tables->httu)
		return SMMU_F_ACCESS;
	if (smmu_is_clean(tables, word, unset)) {
		/* DDI 0487 D8.5.2.2: it counts as writable, for what may be executed too. */
		unsigned index = walk->index1 & ~(unsigned)SMMU_INDEX_WRITE;
		unsigned rights = SMMU_RIGHTS_STAGE2 | smmu_rights1(walk, index);
		if (walk->rules->realm && !(walk->stages & 2))
			rights = smmu_realm_rights(walk, rights, walk->regime && word & SMMU_S1PAGE_NS_MASK);
		walk->rights = (uint16_t)rights;
		walk->clean = walk->rights & SMMU_RIGHTS_WRITE1;
	} else {
		unset &= ~(uint64_t)SMMU_LEAF_WRITE;
	}
	if (walk->wants & ~walk->rights & SMMU_RIGHTS_STAGE1)
		return SMMU_F_PERMISSION;
	if (walk->wants & SMMU_RIGHTS_WRITE1)
		walk->clean = 0;
	else
		unset &= ~(uint64_t)SMMU_LEAF_WRITE;
	walk->rights &= (uint16_t)~walk->clean;
	walk->leaf1 = word;
	walk->leaf1_fresh = word ^ unset;
	return end_of(walk, tables, walk->table1, unset);
}

/* The page that a transaction goes to. */
static unsigned look_at_output(struct smmu_walk *walk, const struct smmu_tables *tables, uint64_t word, uint64_t unset)
{
	unsigned index = smmu_rights_index(word);
	bool clean = unset & SMMU_LEAF_WRITE;

	if (clean)
		index |= SMMU_INDEX_WRITE;
	walk->rights &=
		(uint16_t)(SMMU_RIGHTS_STAGE1 | smmu_stage2_rights[walk->rules->xnx][index] << SMMU_RIGHTS_STAGE2_LSB);
	if (walk->rules->realm)
		walk->rights = (uint16_t)smmu_realm_rights(walk, walk->rights, word & SMMU_S2PAGE_NS_MASK);
	if (walk->wants & ~walk->rights)
		return SMMU_F_PERMISSION;
	if (clean && !(walk->wants & SMMU_RIGHTS_WRITE2)) {
		walk->clean |= walk->rights & SMMU_RIGHTS_WRITE2;
		walk->rights &= (uint16_t)~walk->clean;
		unset &= ~(uint64_t)SMMU_LEAF_WRITE;
	}
	walk->leaf2_fresh = word ^ unset;
	return end_of(walk, tables, walk->table2, unset);
}

/* The page that a CD or a table of stage 1 lies in. It is written where flags are: a CD never is (3.13.3.1). */
static unsigned look_at_structure(struct smmu_walk *walk, const struct smmu_tables *tables, uint64_t word,
				  uint64_t unset, unsigned serves)
{
	bool writes = serves == SMMU_SERVES_FLAGS, clean = smmu_is_clean(tables, word, unset);

	/* DDI 0487 D8.4, R QMLYQ: structures of a Realm stream are in the Realm address space. */
	if (unset & SMMU_S2AP_READ || (walk->rules->realm && word & SMMU_S2PAGE_NS_MASK))
		return SMMU_F_PERMISSION;
	if (writes && unset & SMMU_LEAF_WRITE && !clean &&
	    !(walk->rules->deviations & SMMU_QUIRK_FLAGS_IGNORE_READ_ONLY))
		return SMMU_F_PERMISSION;
	if (walk->ste[2] & SMMU_STE_S2PTW_MASK && smmu_is_device(walk->rules, walk->ste[1], word))
		return SMMU_F_PERMISSION;
	if (!writes || !clean)
		unset &= ~(uint64_t)SMMU_LEAF_WRITE;
	unsigned end = end_of(walk, tables, walk->table2, unset);
	walk->second = end == SMMU_F_ADDR_SIZE;
	walk->leaf2_fresh = word ^ unset;
	return end;
}

IOSIM_COLD unsigned smmu_look_at_leaf2(struct smmu_walk *walk, const struct smmu_tables *tables, uint64_t word,
				       unsigned serves)
{
	uint64_t unset = (word ^ SMMU_LEAF2_USED) & smmu_needs2(tables, serves);

	walk->leaf2 = word;
	if (unset & SMMU_LEAF_AF && !tables->httu)
		return SMMU_F_ACCESS;
	if (serves != SMMU_SERVES_INPUT)
		return look_at_structure(walk, tables, word, unset, serves);
	if (!smmu_is_clean(tables, word, unset))
		unset &= ~(uint64_t)SMMU_LEAF_WRITE;
	return look_at_output(walk, tables, word, unset);
}

/* The rules are part of their unit. */
IOSIM_COLD void smmu_report_flags(const struct smmu_rules *rules, uint32_t stream, uint32_t pasid, uint64_t pa,
				  uint64_t old, uint64_t fresh)
{
	const struct smmu *unit = (const struct smmu *)((const char *)rules - offsetof(struct smmu, rules));
	struct effect effect = {
		.kind = EFFECT_GUEST_FLAGS, .iommu = unit->iommu.index, .address = pa, .value = fresh, .old = old};

	effect.scope.stream = stream;
	effect.scope.pasid = pasid;
	effect_report(unit->iommu.hook, &effect);
}
