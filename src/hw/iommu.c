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

void iommu_translate_cycles(struct iommu *unit, struct memory *memory, const struct request *request,
			    uint32_t memory_cycles, struct translation *out, uint64_t *cycles)
{
	struct iommu_lookup lookup;
	struct memory_ask *ask = unit->ops->begin(unit, request, &lookup, out);

	for (*cycles = 0; ask; ask = unit->ops->resume(unit, &lookup, out)) {
		memory_ask_answer(memory, ask);
		*cycles += memory_cycles;
	}
}
