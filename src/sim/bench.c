/* SPDX-License-Identifier: MIT */
/*
 * The machine of the translation benchmarks: one requester, one page, four levels of second-stage tables. vtd-hit finds
 * the page in the IOTLB, vtd-walk4 reads four entries of tables for it and vtd-walk4-bare six structures, limit-walk4
 * only follows the pointers in these six.
 */
#include "sim/bench.h"

#include "base/nearest.h"
#include "hw/smmuv3/root.h"
#include "hw/vtd/layout.h"

#include <string.h>

#define STREAM        0x0120u
#define IOVA          UINT64_C(0x0000123456789000)
#define ROOT_PA       UINT64_C(0x0000000000100000)
#define CONTEXT_PA    UINT64_C(0x0000000000101000)
#define TABLE_PA      UINT64_C(0x0000000000102000) /* of the top level; one frame a level from here */
#define MAX_FRAMES    4096
#define ADDRESS_WIDTH 48
#define LEVELS        4
#define STRUCTURES    (LEVELS + 2)
/* VT-d 11.4.3: SMPWCS, FSTS, SSTS, SMTS, PASID, PSS of 20 bits, NEST, IRO, PT, QI, C. */
#define SCALABLE_ECAP UINT64_C(0x0001c99804000f43)

static guint64 run_translate(iosim_bench *bench, guint64 count)
{
	struct translation out;
	guint64 sum = 0;
	for (guint64 i = 0; i < count; i++) {
		bench->iommu->ops->translate(bench->iommu, &bench->request, &out);
		sum += out.pa;
	}
	return sum;
}

static guint64 run_limit(iosim_bench *bench, guint64 count)
{
	guint64 sum = 0;
	for (guint64 i = 0; i < count; i++) {
		uint64_t frame = ROOT_PA >> FRAME_LG2;
		for (unsigned structure = 0; structure < STRUCTURES; structure++)
			frame = VTD_SSTABLE_ADDR(memory_frame(bench->memory, frame) + bench->index[structure]);
		sum += frame << FRAME_LG2;
	}
	return sum;
}

static void prepare_vtd(iosim_bench *bench);
static void prepare_vtd_timed(iosim_bench *bench);

/* What the unit keeps: all, what configures a walk but no translations, nothing. */
enum keeps { KEEPS_ALL, KEEPS_CONFIGURATION, KEEPS_NOTHING };

static const struct {
	guint64 (*run)(iosim_bench *bench, guint64 count);
	const struct iommu_ops *ops;
	void (*prepare)(iosim_bench *bench);
	enum keeps keeps;
	uint64_t ecap; /* VT-d; 0: the default */
	bool checked;  /* SMMUv3: accesses are subject to granule protection checks */
} ways[] = {
	{run_translate, &vtd_ops, prepare_vtd, KEEPS_ALL, 0, false},
	{run_translate, &vtd_ops, prepare_vtd, KEEPS_CONFIGURATION, 0, false},
	{run_translate, &vtd_ops, prepare_vtd, KEEPS_NOTHING, 0, false},
	{run_translate, &vtd_ops, bench_prepare_vtd_first, KEEPS_ALL, SCALABLE_ECAP, false},
	{run_translate, &vtd_ops, bench_prepare_vtd_first, KEEPS_CONFIGURATION, SCALABLE_ECAP, false},
	{run_translate, &vtd_ops, bench_prepare_vtd_first, KEEPS_NOTHING, SCALABLE_ECAP, false},
	{run_translate, &vtd_ops, bench_prepare_vtd_nested, KEEPS_CONFIGURATION, SCALABLE_ECAP, false},
	{run_translate, &vtd_ops, bench_prepare_vtd_nested, KEEPS_NOTHING, SCALABLE_ECAP, false},
	{bench_run_timed, &vtd_ops, prepare_vtd_timed, KEEPS_ALL, 0, false},
	{bench_run_dma, &vtd_ops, bench_prepare_vtd_dma, KEEPS_ALL, 0, false},
	{run_limit, &vtd_ops, prepare_vtd, KEEPS_NOTHING, 0, false},
	{run_translate, &smmuv3_ops, bench_prepare_smmu_s1, KEEPS_ALL, 0, false},
	{run_translate, &smmuv3_ops, bench_prepare_smmu_s1, KEEPS_CONFIGURATION, 0, false},
	{run_translate, &smmuv3_ops, bench_prepare_smmu_s1, KEEPS_NOTHING, 0, false},
	{run_translate, &smmuv3_ops, bench_prepare_smmu_nested, KEEPS_CONFIGURATION, 0, false},
	{run_translate, &smmuv3_ops, bench_prepare_smmu_nested, KEEPS_NOTHING, 0, false},
	{bench_run_timed, &smmuv3_ops, bench_prepare_smmu_timed, KEEPS_ALL, 0, false},
	{bench_run_dma, &smmuv3_ops, bench_prepare_smmu_dma, KEEPS_ALL, 0, false},
	{run_translate, &smmuv3_ops, bench_prepare_smmu_s1, KEEPS_ALL, 0, true},
	{run_translate, &smmuv3_ops, bench_prepare_smmu_s1, KEEPS_CONFIGURATION, 0, true},
	{run_translate, &smmuv3_ops, bench_prepare_smmu_nested, KEEPS_CONFIGURATION, 0, true},
};

static const iosim_bench_case cases[] = {
	{"vtd-hit", "VT-d: a request whose page is in the IOTLB", 100},
	{"vtd-walk4", "VT-d: a request that walks four levels, its context entry cached", 300},
	{"vtd-walk4-bare", "VT-d: the same with nothing cached", 0},
	{"vtd-pasid-hit", "VT-d: a request with PASID whose page is in the IOTLB", 100},
	{"vtd-fs-walk4",
	 "VT-d: a request with PASID that walks four first-stage levels, context and PASID entry cached", 300},
	{"vtd-fs-walk4-bare", "VT-d: the same with nothing cached", 0},
	{"vtd-nested-4x4", "VT-d: four first-stage levels in four second-stage levels, context and PASID entry cached",
	 1000},
	{"vtd-nested-4x4-bare", "VT-d: the same with nothing cached", 0},
	{"vtd-timed", "VT-d: random pages of a 64 MiB window, by a walker under the cycle clock", 1500},
	{"vtd-dma", "VT-d: random reads of a 64 MiB window, by a timed machine with all its parts", 3000},
	{"limit-walk4", "the six dependent loads of vtd-walk4-bare, and nothing else", 0},
	{"smmu-hit", "SMMUv3: a request whose page is in the TLB", 100},
	{"smmu-s1-walk4", "SMMUv3: a request that walks four levels of stage 1, its STE and CD cached", 300},
	{"smmu-s1-walk4-bare", "SMMUv3: the same with nothing cached", 0},
	{"smmu-nested-4x4", "SMMUv3: four levels of stage 1 in four levels of stage 2, STE and CD cached", 1000},
	{"smmu-nested-4x4-bare", "SMMUv3: the same with nothing cached: the CD too lies behind stage 2", 0},
	{"smmu-timed", "SMMUv3: random pages of a 64 MiB window, by a walker under the cycle clock", 1500},
	{"smmu-dma", "SMMUv3: random reads of a 64 MiB window, by a timed machine with all its parts", 3000},
	{"smmu-gpc-hit", "SMMUv3 with RME: as smmu-hit, the granule checked from the cache of the GPT", 0},
	{"smmu-gpc-s1-walk4", "SMMUv3 with RME: as smmu-s1-walk4, each access checked likewise", 0},
	{"smmu-gpc-nested-4x4", "SMMUv3 with RME: as smmu-nested-4x4, each access checked likewise", 0},
	{NULL, NULL, 0},
};
_Static_assert(G_N_ELEMENTS(cases) == G_N_ELEMENTS(ways) + 1, "a way for each case");

const iosim_bench_case *iosim_bench_cases(void)
{
	return cases;
}

static void write_structures(iosim_bench *bench)
{
	uint64_t root[2] = {0}, context[2] = {0};

	bench->index[0] = (STREAM >> 8) * 2;
	VTD_ROOT_set_P(root, 1);
	VTD_ROOT_set_CTP(root, CONTEXT_PA >> FRAME_LG2);
	bench_put(bench, ROOT_PA + 8 * bench->index[0], root, 2);

	bench->index[1] = (STREAM & 0xff) * 2;
	VTD_CONTEXT_set_P(context, 1);
	VTD_CONTEXT_set_SSPTPTR(context, TABLE_PA >> FRAME_LG2);
	VTD_CONTEXT_set_AW(context, VTD_AW_48);
	VTD_CONTEXT_set_DID(context, 1);
	bench_put(bench, CONTEXT_PA + 8 * bench->index[1], context, 2);

	for (unsigned depth = 0; depth < LEVELS; depth++) {
		uint64_t table = TABLE_PA + ((uint64_t)depth << FRAME_LG2), entry = 0;
		bool leaf = depth == LEVELS - 1;
		bench->index[2 + depth] = IOVA >> (FRAME_LG2 + 9 * (LEVELS - 1 - depth)) & 511;
		VTD_SSTABLE_set_R(&entry, 1);
		VTD_SSTABLE_set_W(&entry, 1);
		VTD_SSTABLE_set_ADDR(&entry, (leaf ? BENCH_PAGE_PA : table + FRAME_BYTES) >> FRAME_LG2);
		bench_put(bench, table + 8 * bench->index[2 + depth], &entry, 1);
	}
}

static void command(iosim_bench *bench, uint64_t word)
{
	const struct iommu_ops *ops = bench->iommu->ops;
	ops->write_register(bench->iommu, VTD_REG_GCMD, 4, word);
	while (ops->advance(bench->iommu))
		;
}

static void prepare_vtd(iosim_bench *bench)
{
	bench->request = (struct request){.address = IOVA, .bytes = 64, .stream = STREAM, .pasid = PASID_NONE};
	write_structures(bench);
	vtd_ops.write_register(bench->iommu, VTD_REG_RTADDR, 8, ROOT_PA);
	command(bench, VTD_GCMD_SRTP_MASK);
	command(bench, VTD_GCMD_TE_MASK);
}

static void prepare_vtd_timed(iosim_bench *bench)
{
	uint64_t rights = VTD_SSTABLE_R_MASK | VTD_SSTABLE_W_MASK;

	prepare_vtd(bench);
	bench_prepare_window(bench, TABLE_PA + 2 * FRAME_BYTES, rights, rights);
}

iosim_bench *iosim_bench_new(const char *case_name, GError **error)
{
	unsigned which = 0;
	while (cases[which].name && strcmp(cases[which].name, case_name) != 0)
		which++;
	if (!cases[which].name) {
		const char *names[G_N_ELEMENTS(cases)];
		for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++)
			names[i] = cases[i].name;
		const char *nearest = nearest_name(case_name, names);
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT, "no benchmark case '%s'%s%s%s", case_name,
			    nearest ? " (did you mean '" : "", nearest ? nearest : "", nearest ? "'?)" : "");
		return NULL;
	}

	iosim_bench *bench = g_new0(iosim_bench, 1);
	struct iommu_config config = {
		.no_cache = ways[which].keeps == KEEPS_NOTHING,
		.no_translation_cache = ways[which].keeps == KEEPS_CONFIGURATION,
		.address_width = ADDRESS_WIDTH,
		.id = {0, ways[which].ecap},
	};
	bench->run = ways[which].run;
	bench->arena = arena_new();
	bench->memory = memory_new(bench->arena, MAX_FRAMES);
	IOSIM_ASSERT(memory_add_ram(bench->memory, 0, BENCH_RAM_LAST));
	if (ways[which].checked)
		config.root = bench->root = bench_smmu_root(bench);
	bench->iommu = ways[which].ops->create(bench->arena, bench->memory, &config);
	ways[which].prepare(bench);
	IOSIM_ASSERT(iosim_bench_run(bench, 1) == BENCH_PAGE_PA);
	return bench;
}

void iosim_bench_free(iosim_bench *bench)
{
	if (!bench)
		return;
	bench_free_window(bench);
	bench_free_dma(bench);
	bench->iommu->ops->destroy(bench->iommu);
	smmu_root_free(bench->root);
	memory_free(bench->memory);
	arena_free(bench->arena);
	g_free(bench);
}

guint iosim_bench_references(iosim_bench *bench)
{
	struct translation out;

	if (bench->run != run_translate)
		return bench->run == run_limit ? STRUCTURES : 0;
	bench->iommu->ops->translate(bench->iommu, &bench->request, &out);
	return out.reads;
}

guint64 iosim_bench_run(iosim_bench *bench, guint64 count)
{
	return bench->run(bench, count);
}
