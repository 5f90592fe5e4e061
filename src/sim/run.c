/* SPDX-License-Identifier: MIT */
#include "sim/run.h"

#include "hw/driver.h"
#include "hw/iommu.h"

bool run_kind_is_built(enum iommu_kind kind)
{
	return kind == IOMMU_NONE || (iommu_ops_of(kind) && driver_ops_of(kind));
}

uint32_t run_kinds(const struct machine *machine)
{
	uint32_t all = 0, declared = 0;

	for (enum iommu_kind kind = IOMMU_VTD; kind < IOMMU_KINDS; kind++)
		if (run_kind_is_built(kind))
			all |= 1u << kind;
	for (unsigned i = 0; i < machine->iommu_count; i++) {
		if (!machine->iommus[i].kind_given)
			return all;
		declared |= 1u << machine->iommus[i].kind;
	}
	/* Every unit says what it is: the run is named after the first that is an IOMMU. */
	for (enum iommu_kind kind = IOMMU_VTD; kind < IOMMU_KINDS; kind++)
		if (declared >> kind & 1)
			return 1u << kind;
	return 1u << IOMMU_NONE;
}
