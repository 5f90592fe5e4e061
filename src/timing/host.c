/* SPDX-License-Identifier: MIT */
#include "timing/host.h"

#include "timing/host_state.h"

#define MAX_FRAMES 4096

/* The entry of the last level for that address; tables are made on the way. */
static uint64_t leaf_of(const struct timing_host *host, uint64_t iova)
{
	uint64_t table = HOST_TABLES;

	for (unsigned level = host->levels; level > 1; level--) {
		uint64_t at = table + 8 * (iova >> (FRAME_LG2 + INDEX_BITS * (level - 1)) & 511), word = 0;
		IOSIM_ASSERT(memory_read64(host->memory, at, &word));
		table = word & ~UINT64_C(0xfff);
		if (word == 0) {
			table = *host->next_table;
			put(host, at, table_entry(host->unit->ops->kind, table));
			*host->next_table += FRAME_BYTES;
		}
	}
	return table + 8 * (iova >> FRAME_LG2 & 511);
}

void timing_host_map(const struct timing_host *host, uint64_t iova, uint64_t pa)
{
	put(host, leaf_of(host, iova), page_entry(host->unit->ops->kind, pa));
}

void timing_host_unmap(const struct timing_host *host, uint64_t iova)
{
	put(host, leaf_of(host, iova), 0);
}

static void start_vtd(const struct timing_host *host, unsigned levels)
{
	uint64_t root[2] = {0}, context[2] = {0};

	VTD_ROOT_set_P(root, 1);
	VTD_ROOT_set_CTP(root, HOST_CONTEXT >> FRAME_LG2);
	put_all(host, HOST_ROOT + (TIMING_STREAM >> 8) * sizeof(root), root, 2);
	VTD_CONTEXT_set_P(context, 1);
	VTD_CONTEXT_set_SSPTPTR(context, HOST_TABLES >> FRAME_LG2);
	VTD_CONTEXT_set_AW(context, levels - 2);
	VTD_CONTEXT_set_DID(context, 1);
	put_all(host, HOST_CONTEXT + (TIMING_STREAM & 0xff) * sizeof(context), context, 2);
	set_register(host, VTD_REG_RTADDR, 8, HOST_ROOT);
	set_register(host, VTD_REG_GCMD, 4, VTD_GCMD_SRTP_MASK);
	set_register(host, VTD_REG_GCMD, 4, VTD_GCMD_TE_MASK);
}

static void start_smmu(const struct timing_host *host, unsigned levels)
{
	uint64_t ste[8] = {0}, cd[8] = {0};

	SMMU_STE_set_V(ste, 1);
	SMMU_STE_set_CONFIG(ste, SMMU_CONFIG_S1);
	SMMU_STE_set_S1CONTEXTPTR(ste, HOST_CONTEXT >> SMMU_STE_S1CONTEXTPTR_LSB);
	put_all(host, HOST_ROOT + TIMING_STREAM * SMMU_STE_BYTES, ste, 8);
	context_descriptor(cd, levels, 1, HOST_TABLES);
	put_all(host, HOST_CONTEXT, cd, 8);
	set_register(host, SMMU_REG_STRTAB_BASE, 8, HOST_ROOT);
	set_register(host, SMMU_REG_STRTAB_BASE_CFG, 4, 9); /* linear, 512 entries */
	set_register(host, SMMU_REG_CR0, 4, SMMU_CR0_SMMUEN_MASK);
}

void timing_host_make(struct timing_host *host, const struct timing_profile *profile, enum iommu_kind kind,
		      const struct iommu_config *config)
{
	*host = (struct timing_host){.arena = arena_new(), .levels = timing_count(profile, TIMING_LEVELS)};
	host->memory = memory_new(host->arena, MAX_FRAMES);
	IOSIM_ASSERT(memory_add_ram(host->memory, 0, TIMING_HOST_MEMORY - 1));
	if (kind == IOMMU_NONE)
		return;
	host->unit = iommu_ops_of(kind)->create(host->arena, host->memory, config);
	host->next_table =
		arena_block(host->arena, "next table of the timed host", sizeof(*host->next_table), ARENA_UNHASHED);
	*host->next_table = HOST_TABLES + FRAME_BYTES;
}

void timing_host_init(struct timing_host *host, const struct timing_profile *profile, bool with_iommu, uint64_t bytes)
{
	enum iommu_kind kind = with_iommu ? profile->kind : IOMMU_NONE;
	struct iommu_config config = timing_host_unit(profile);

	IOSIM_ASSERT(bytes <= TIMING_MAX_WINDOW);
	timing_host_make(host, profile, kind, &config);
	if (kind == IOMMU_NONE)
		return;
	for (uint64_t offset = 0; offset < bytes; offset += FRAME_BYTES)
		timing_host_map(host, TIMING_WINDOW + offset, TIMING_PAGES + offset);
	if (kind == IOMMU_VTD)
		start_vtd(host, host->levels);
	else
		start_smmu(host, host->levels);
}

void timing_host_clear(struct timing_host *host)
{
	if (host->unit)
		host->unit->ops->destroy(host->unit);
	memory_free(host->memory);
	arena_free(host->arena);
}
