/* SPDX-License-Identifier: MIT */
#include "gpc_test.h"

static void fill(struct gpc_bench *bench)
{
	bench_put(&bench->unit, GPT0, GPT1 | 3);
	for (unsigned i = 1; i < 4; i++)
		bench_put(&bench->unit, GPT0 + 8 * i, GPI_NS << 4 | 1);
	for (unsigned i = 0; i < 256; i++) /* 16 MiB */
		bench_put(&bench->unit, GPT1 + 8 * i, UINT64_C(0x9999999999999999));
}

void gpc_setup_off(struct gpc_bench *bench, const struct iommu_config *config)
{
	const struct smmu_root_config root = {
		.oas_lg2 = 44, .granules = 7, .realm = config && config->realm, .no_cache = config && config->no_cache};
	struct iommu_config used = config ? *config : (struct iommu_config){0};

	bench_memory(&bench->unit);
	bench->root = smmu_root_new(bench->unit.arena, bench->unit.memory, &root);
	used.root = bench->root;
	bench_unit(&bench->unit, &used);
	fill(bench);
	gpc_set(bench, ROOT_BASE, GPT0);
	gpc_set(bench, ROOT_CFG, 0x3500); /* 1 GiB, 4 KiB, 32 bits */
}

void gpc_setup(struct gpc_bench *bench, const struct iommu_config *config)
{
	gpc_setup_off(bench, config);
	if (config && config->realm) /* as the TSM has it: what this interface is told of is Realm's */
		for (uint64_t pa = STREAM_TABLE; pa < TABLE2 + 0x10000; pa += 0x1000)
			gpc_page(bench, pa, GPI_REALM);
	gpc_set(bench, ROOT_CR0, 3);
	bench_on(&bench->unit);
}

void gpc_teardown(struct gpc_bench *bench)
{
	smmu_root_free(bench->root);
	bench_teardown(&bench->unit);
}

void gpc_page(struct gpc_bench *bench, uint64_t pa, unsigned gpi)
{
	uint64_t entry = GPT1 + (pa >> 16) * 8, word = 0;
	unsigned shift = 4 * (unsigned)(pa >> 12 & 15);

	assert_true(memory_read64(bench->unit.memory, entry, &word));
	bench_put(&bench->unit, entry, (word & ~(UINT64_C(15) << shift)) | (uint64_t)gpi << shift);
}

void gpc_set(struct gpc_bench *bench, uint32_t offset, uint64_t value)
{
	bool narrow = offset == ROOT_CR0 || offset == ROOT_TLBI_RUN;

	smmu_root_write(bench->root, offset, narrow ? 4 : 8, value, PA_ROOT);
	bench_settle(&bench->unit);
}

uint64_t gpc_get(struct gpc_bench *bench, uint32_t offset)
{
	return smmu_root_read(bench->root, offset, 8, PA_ROOT);
}

void gpc_tlbi(struct gpc_bench *bench, uint64_t word)
{
	gpc_set(bench, ROOT_TLBI, word);
	gpc_set(bench, ROOT_TLBI_RUN, 1);
}
