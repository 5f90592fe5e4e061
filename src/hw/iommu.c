/* SPDX-License-Identifier: MIT */
#include "hw/iommu.h"

#include <stddef.h>

const struct iommu_ops *iommu_ops_of(enum iommu_kind kind)
{
	static const struct iommu_ops *const ops[IOMMU_KINDS] = {
		[IOMMU_VTD] = &vtd_ops,
		[IOMMU_SMMUV3] = &smmuv3_ops,
	};
	return kind < IOMMU_KINDS ? ops[kind] : NULL;
}
