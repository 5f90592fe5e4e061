/* SPDX-License-Identifier: MIT */
#include "hw/iommu.h"

#include <stddef.h>

const struct iommu_ops *iommu_ops_of(enum iommu_kind kind)
{
	return kind == IOMMU_VTD ? &vtd_ops : NULL;
}
