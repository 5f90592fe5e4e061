/* SPDX-License-Identifier: MIT */
/* How a timed host is written: words, entries of page tables, registers. */
#ifndef IOSIM_TIMING_HOST_STATE_H
#define IOSIM_TIMING_HOST_STATE_H

#include "hw/smmuv3/layout.h"
#include "hw/vtd/layout.h"
#include "timing/host.h"

#define INDEX_BITS 9 /* of a table of each level */
#define SIZE_48    5 /* IPS */

#define HOST_ROOT    UINT64_C(0x0000000000100000) /* root table; stream table */
#define HOST_CONTEXT UINT64_C(0x0000000000110000) /* context table; CD */
#define HOST_TABLES  UINT64_C(0x0000000000200000) /* of pages, a frame each as they are needed, the top one first */

/* Memory and a unit that is off; IOMMU_NONE: memory alone. */
void timing_host_make(struct timing_host *host, const struct timing_profile *profile, enum iommu_kind kind,
		      const struct iommu_config *config);

static inline void put(const struct timing_host *host, uint64_t pa, uint64_t word)
{
	IOSIM_ASSERT(memory_write64(host->memory, pa, word));
}

static inline void put_all(const struct timing_host *host, uint64_t pa, const uint64_t *words, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		put(host, pa + 8 * i, words[i]);
}

static inline uint64_t table_entry(enum iommu_kind kind, uint64_t pa)
{
	uint64_t word = pa;

	if (kind == IOMMU_VTD) {
		VTD_SSTABLE_set_R(&word, 1);
		VTD_SSTABLE_set_W(&word, 1);
	} else {
		SMMU_S1TABLE_set_VALID(&word, 1);
		SMMU_S1TABLE_set_TYPE(&word, 1);
	}
	return word;
}

static inline uint64_t page_entry(enum iommu_kind kind, uint64_t pa)
{
	uint64_t word = pa;

	if (kind == IOMMU_VTD)
		return table_entry(kind, pa);
	SMMU_S1PAGE_set_VALID(&word, 1);
	SMMU_S1PAGE_set_TYPE(&word, 1);
	SMMU_S1PAGE_set_AF(&word, 1);
	SMMU_S1PAGE_set_NG(&word, 1);
	SMMU_S1PAGE_set_AP(&word, 1);
	return word;
}

/* A context descriptor of that address space. */
static inline void context_descriptor(uint64_t cd[8], unsigned levels, uint32_t asid, uint64_t tables)
{
	SMMU_CD_set_V(cd, 1);
	SMMU_CD_set_T0SZ(cd, 64 - FRAME_LG2 - INDEX_BITS * levels);
	SMMU_CD_set_EPD1(cd, 1);
	SMMU_CD_set_IPS(cd, SIZE_48);
	SMMU_CD_set_AA64(cd, 1);
	SMMU_CD_set_A(cd, 1);
	SMMU_CD_set_R(cd, 1);
	SMMU_CD_set_ASID(cd, asid);
	SMMU_CD_set_TTB0(cd, tables >> SMMU_CD_TTB0_LSB);
}

static inline struct iommu_config timing_host_unit(const struct timing_profile *profile)
{
	/* VT-d has five levels where addresses are wider than 48 bits (11.4.2). */
	return (struct iommu_config){
		.address_width = timing_count(profile, TIMING_LEVELS) == 5 ? 52 : 48,
		.iotlb_entries = timing_count(profile, TIMING_IOTLB),
		.table_entries = timing_count(profile, TIMING_TABLE_ENTRIES),
	};
}

static inline void set_register(const struct timing_host *host, uint32_t offset, unsigned width, uint64_t value)
{
	host->unit->ops->write_register(host->unit, offset, width, value);
	while (host->unit->ops->advance(host->unit))
		;
}

#endif
