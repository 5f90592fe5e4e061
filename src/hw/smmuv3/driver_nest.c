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
