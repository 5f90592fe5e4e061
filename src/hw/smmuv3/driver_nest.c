/* SPDX-License-Identifier: MIT */
/*
 * A guest's first stage in a parent. The guest gives the first two words of a stream table entry; what concerns its own
 * stage is taken as it is, everything else has to be absent (iommufd's IOMMU_HWPT_DATA_ARM_SMMUV3). The pointer to its
 * context descriptors and all addresses in them are translated by the parent's table (5.2, S1ContextPtr).
 */
#include "hw/smmuv3/driver.h"

#include <errno.h>

static bool guest_may_say(const uint64_t *ste)
{
	uint64_t first = SMMU_STE_V_MASK | SMMU_STE_CONFIG_MASK | SMMU_STE_S1FMT_MASK | SMMU_STE_S1CONTEXTPTR_MASK |
			 SMMU_STE_S1CDMAX_MASK;
	uint64_t second = SMMU_STE_S1DSS_MASK | SMMU_STE_S1CIR_MASK | SMMU_STE_S1COR_MASK | SMMU_STE_S1CSH_MASK |
			  SMMU_STE_S1STALLD_MASK;
	if (ste[0] & ~first || ste[1] & ~second)
		return false;
	if (!SMMU_STE_V(ste))
		return true;
	uint64_t config = SMMU_STE_CONFIG(ste);
	return config == SMMU_CONFIG_ABORT || config == SMMU_CONFIG_BYPASS || config == SMMU_CONFIG_S1;
}

int smmu_driver_domain_nest(struct driver *base, domain_handle parent_handle, const struct domain_guest *guest,
			    domain_handle *out)
{
	struct smmu_driver *driver = smmu_driver_of(base);
	struct driver_domain *parent = driver_domain_of(&driver->common, parent_handle);
	domain_handle handle;
	if (!SMMU_IDR0_S1P(&driver->state->idr0) || !SMMU_IDR0_S2P(&driver->state->idr0))
		return -EOPNOTSUPP;
	if (!parent || parent->type != DOMAIN_NEST_PARENT)
		return -EINVAL;
	if (!guest_may_say(guest->ste))
		return -EIO;
	int error = driver_domain_take(&driver->common, DOMAIN_NESTED, &handle);
	if (error)
		return error;
	struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	domain->parent = parent_handle;
	domain->guest[0] = guest->ste[0];
	domain->guest[1] = guest->ste[1];
	parent->nested++;
	*out = handle;
	return 0;
}

/* --- what a guest wants to be forgotten --- */

#define GUEST_PAGES_MAX 30u /* of one range, a command each; more, and all of the VMID's first stage goes */

/* The guest names an ASID; here every ASID of the VMID, which the kernel puts in whatever the guest wrote (4.4.2). */
static int forget_range(struct smmu_driver *driver, uint16_t vmid, uint64_t first, uint64_t last)
{
	struct smmu_driver_command list[GUEST_PAGES_MAX];
	uint64_t pages = (last >> FRAME_LG2) - (first >> FRAME_LG2) + 1;
	if (pages > GUEST_PAGES_MAX) {
		list[0] = smmu_driver_tlbi(SMMU_OP_TLBI_NH_ALL, vmid, 0);
		return smmu_driver_submit(driver, list, 1);
	}
	for (unsigned i = 0; i < pages; i++) {
		list[i] = smmu_driver_tlbi(SMMU_OP_TLBI_NH_VAA, vmid, 0);
		SMMU_CMD_TLBI_set_ADDR(list[i].words, (first >> FRAME_LG2) + i);
	}
	return smmu_driver_submit(driver, list, (unsigned)pages);
}

static int forget_context(struct smmu_driver *driver, const struct guest_invalidation *what)
{
	struct smmu_driver_command command = what->pasid == PASID_NONE
						     ? smmu_driver_cfgi_cd_all(what->stream)
						     : smmu_driver_cfgi_cd(what->stream, what->pasid, false);
	return smmu_driver_submit(driver, &command, 1);
}

/* A device without ATS has no cache, and would never answer. */
static int forget_devtlb(struct smmu_driver *driver, const struct guest_invalidation *what)
{
	bool whole = what->first == 0 && what->last == UINT64_MAX;
	const struct smmu_driver_requester *requester = smmu_driver_requester_of(driver, what->stream);
	if (!requester || !(requester->on & FEATURE_ATS))
		return 0;
	struct smmu_driver_command command =
		smmu_driver_atc_inv(what->stream, what->pasid, false, whole, what->first, what->last);
	return smmu_driver_submit(driver, &command, 1);
}

int smmu_driver_guest_invalidate(struct driver *base, domain_handle handle, const struct guest_invalidation *what)
{
	struct smmu_driver *driver = smmu_driver_of(base);
	const struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	if (!domain || domain->type != DOMAIN_NESTED || what->first > what->last)
		return -EINVAL;
	switch (what->what) {
	case GUEST_FORGETS_RANGE:
		return forget_range(driver, (uint16_t)driver_domain_of(&driver->common, domain->parent)->tag,
				    what->first, what->last);
	case GUEST_FORGETS_CONTEXT:
		return forget_context(driver, what);
	case GUEST_FORGETS_DEVTLB:
		return forget_devtlb(driver, what);
	}
	return -EINVAL;
}

/* --- what a guest writes --- */

enum { GUEST_INPUT_LG2 = 48, GUEST_WRITE_BACK = 1, GUEST_INNER_SHAREABLE = 3 };

void smmu_driver_guest_format(struct driver *base, struct guest_format *out)
{
	(void)base;
	*out = (struct guest_format){.table = {.format = PT_FORMAT_ARMV8S1,
					       .granule_lg2 = FRAME_LG2,
					       .levels = 4,
					       .input_lg2 = GUEST_INPUT_LG2,
					       .output_lg2 = 48,
					       .features = PT_TRACKS_DIRTY,
					       .page_sizes = FRAME_BYTES},
				     .context_bytes = FRAME_BYTES};
}

static void describe_ste(uint64_t contexts, struct domain_guest *out)
{
	SMMU_STE_set_V(out->ste, 1);
	SMMU_STE_set_CONFIG(out->ste, SMMU_CONFIG_S1);
	SMMU_STE_set_S1CONTEXTPTR(out->ste, contexts >> SMMU_STE_S1CONTEXTPTR_LSB);
	SMMU_STE_set_S1CIR(out->ste, GUEST_WRITE_BACK);
	SMMU_STE_set_S1COR(out->ste, GUEST_WRITE_BACK);
	SMMU_STE_set_S1CSH(out->ste, GUEST_INNER_SHAREABLE);
}

/*
 * One context descriptor, for requests without PASID; the stream table entry leads to it. A guest lets hardware set
 * flags where it can.
 */
void smmu_driver_guest_describe(struct driver *base, uint64_t context, uint16_t asid, uint64_t root,
				uint64_t words[GUEST_CONTEXT_WORDS], struct domain_guest *out)
{
	const struct driver_domain table = {
		.tag = asid,
		.stage = 1,
		.pt = {.root = root,
		       .granule_lg2 = FRAME_LG2,
		       .input_lg2 = GUEST_INPUT_LG2,
		       .features = smmu_driver_may_track(smmu_driver_of(base)) ? PT_TRACKS_DIRTY : 0}};
	smmu_driver_describe_cd(smmu_driver_of(base), &table, false, words);
	*out = (struct domain_guest){.root = root};
	describe_ste(context, out);
}

/*
 * One page of descriptors is a linear table; more are two levels with pages of 64 descriptors (5.2, S1Fmt), as far as
 * one page of first-level descriptors goes and the unit has PASIDs. Entry 0 is for requests without PASID (S1DSS).
 */
void smmu_driver_guest_contexts(struct driver *base, uint64_t table, uint64_t pages, struct guest_contexts *layout,
				struct domain_guest *out)
{
	const struct smmu_driver *driver = smmu_driver_of(base);
	unsigned lg2 = pages > 1 ? FRAME_LG2 - 3 + SMMU_DRIVER_LEAF_LG2 : SMMU_DRIVER_LEAF_LG2;
	if (lg2 > driver->state->substream_lg2)
		lg2 = driver->state->substream_lg2;
	*layout = (struct guest_contexts){
		.count = UINT32_C(1) << lg2, .leaf = SMMU_DRIVER_LEAF_CDS, .link = SMMU_L1CD_V_MASK};
	*out = (struct domain_guest){.root = table};
	describe_ste(table, out);
	SMMU_STE_set_S1FMT(out->ste, lg2 > SMMU_DRIVER_LEAF_LG2 ? SMMU_S1FMT_4K_L2 : SMMU_S1FMT_LINEAR);
	SMMU_STE_set_S1CDMAX(out->ste, lg2);
	SMMU_STE_set_S1DSS(out->ste, lg2 ? SMMU_S1DSS_SSID0 : 0u);
}
