/* SPDX-License-Identifier: MIT */
#include "hw/driver.h"

#include <stddef.h>

const struct driver_ops *driver_ops_of(enum iommu_kind kind)
{
	static const struct driver_ops *const drivers[IOMMU_KINDS] = {
		[IOMMU_VTD] = &vtd_driver_ops,
		[IOMMU_SMMUV3] = &smmuv3_driver_ops,
	};
	return kind < IOMMU_KINDS ? drivers[kind] : NULL;
}
