/* SPDX-License-Identifier: MIT */
/*
 * The machines of the SMMUv3 benchmarks: one stream, one page, four levels of 4 KiB tables. Nested, every table of
 * stage 1 is translated by four levels of stage 2 as well: 24 descriptors for the page, and the CD through stage 2.
 */
#include "sim/bench.h"

#include "hw/smmuv3/layout.h"
#include "hw/smmuv3/root.h"

#define STREAM    0x0120u
#define IOVA      UINT64_C(0x0000123456789000)
#define STREAMS   UINT64_C(0x0000000000100000)
#define CD        UINT64_C(0x0000000000110000)
#define STAGE1    UINT64_C(0x0000000000200000) /* one frame a level */
#define STAGE2    UINT64_C(0x0000000000300000)
#define GPT1      UINT64_C(0x0000000000e00000) /* level 1 of the first GiB, 128 KiB */
#define GPT0      UINT64_C(0x0000000000f00000)
#define LEVELS    4
#define REGION_48 16 /* T0SZ */
#define SIZE_48   5  /* IPS, S2PS */

static uint64_t page_word(uint64_t pa)
{
	uint64_t word = pa;

	SMMU_S1PAGE_set_VALID(&word, 1);
	SMMU_S1PAGE_set_TYPE(&word, 1);
	SMMU_S1PAGE_set_AF(&word, 1);
	SMMU_S1PAGE_set_NG(&word, 1);
	SMMU_S1PAGE_set_AP(&word, 1);
	return word;
}

static void write_stage1(iosim_bench *bench)
{
	for (unsigned level = 0; level < LEVELS; level++) {
		uint64_t table = STAGE1 + level * FRAME_BYTES, word = page_word(BENCH_PAGE_PA);
		if (level < LEVELS - 1) {
			word = table + FRAME_BYTES;
			SMMU_S1TABLE_set_VALID(&word, 1);
			SMMU_S1TABLE_set_TYPE(&word, 1);
		}
		bench_put(bench, table + 8 * (IOVA >> (39 - 9 * level) & 511), &word, 1);
	}
}

/* Stage 2 maps what stage 1 uses, page for page, to where it is. */
static void write_stage2(iosim_bench *bench)
{
	const uint64_t pages[] = {CD, STAGE1, STAGE1 + 0x1000, STAGE1 + 0x2000, STAGE1 + 0x3000, BENCH_PAGE_PA};
	uint64_t word;

	for (unsigned level = 0; level < 2; level++) {
		word = STAGE2 + (level + 1) * FRAME_BYTES;
		SMMU_S2TABLE_set_VALID(&word, 1);
		SMMU_S2TABLE_set_TYPE(&word, 1);
		bench_put(bench, STAGE2 + level * FRAME_BYTES, &word, 1);
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(pages); i++) {
		uint64_t table = STAGE2 + (3 + (pages[i] >> 21)) * FRAME_BYTES;
		word = table;
		SMMU_S2TABLE_set_VALID(&word, 1);
		SMMU_S2TABLE_set_TYPE(&word, 1);
		bench_put(bench, STAGE2 + 2 * FRAME_BYTES + 8 * (pages[i] >> 21), &word, 1);
		word = pages[i];
		SMMU_S2PAGE_set_VALID(&word, 1);
		SMMU_S2PAGE_set_TYPE(&word, 1);
		SMMU_S2PAGE_set_AF(&word, 1);
		SMMU_S2PAGE_set_S2AP(&word, 3);
		SMMU_S2PAGE_set_MEMATTR(&word, 0xf);
		bench_put(bench, table + 8 * (pages[i] >> 12 & 511), &word, 1);
	}
}

static void write_configuration(iosim_bench *bench, enum smmu_ste_config kind)
{
	uint64_t ste[8] = {0}, cd[8] = {0};

	SMMU_STE_set_V(ste, 1);
	SMMU_STE_set_CONFIG(ste, kind);
	SMMU_STE_set_S1CONTEXTPTR(ste, CD >> SMMU_STE_S1CONTEXTPTR_LSB);
	SMMU_STE_set_S2T0SZ(ste, REGION_48);
	SMMU_STE_set_S2SL0(ste, 2);
	SMMU_STE_set_S2PS(ste, SIZE_48);
	SMMU_STE_set_S2AA64(ste, 1);
	SMMU_STE_set_S2R(ste, 1);
	SMMU_STE_set_S2TTB(ste, STAGE2 >> SMMU_CD_TTB0_LSB);
	bench_put(bench, STREAMS + STREAM * SMMU_STE_BYTES, ste, 8);
	SMMU_CD_set_V(cd, 1);
	SMMU_CD_set_T0SZ(cd, REGION_48);
	SMMU_CD_set_EPD1(cd, 1);
	SMMU_CD_set_IPS(cd, SIZE_48);
	SMMU_CD_set_AA64(cd, 1);
	SMMU_CD_set_A(cd, 1);
	SMMU_CD_set_R(cd, 1);
	SMMU_CD_set_ASID(cd, 1);
	SMMU_CD_set_TTB0(cd, STAGE1 >> SMMU_CD_TTB0_LSB);
	bench_put(bench, CD, cd, 8);
}

static void set_register(const iosim_bench *bench, uint32_t offset, unsigned width, uint64_t value)
{
	bench->iommu->ops->write_register(bench->iommu, offset, width, value);
	while (bench->iommu->ops->advance(bench->iommu))
		;
}

static void prepare(iosim_bench *bench, enum smmu_ste_config kind)
{
	bench->request = (struct request){.address = IOVA, .bytes = 64, .stream = STREAM, .pasid = PASID_NONE};
	write_configuration(bench, kind);
	write_stage1(bench);
	write_stage2(bench);
	set_register(bench, SMMU_REG_STRTAB_BASE, 8, STREAMS);
	set_register(bench, SMMU_REG_STRTAB_BASE_CFG, 4, 9); /* linear, 512 entries */
	set_register(bench, SMMU_REG_CR0, 4, SMMU_CR0_SMMUEN_MASK);
}

void bench_prepare_smmu_s1(iosim_bench *bench)
{
	prepare(bench, SMMU_CONFIG_S1);
}

void bench_prepare_smmu_nested(iosim_bench *bench)
{
	prepare(bench, SMMU_CONFIG_NESTED);
}

void bench_prepare_smmu_timed(iosim_bench *bench)
{
	prepare(bench, SMMU_CONFIG_S1);
	bench_prepare_window(bench, STAGE1 + 2 * FRAME_BYTES, SMMU_S1TABLE_VALID_MASK | SMMU_S1TABLE_TYPE_MASK,
			     page_word(0));
}

struct smmu_root *bench_smmu_root(iosim_bench *bench)
{
	const struct smmu_root_config config = {.oas_lg2 = 48, .granules = 7};
	struct smmu_root *root = smmu_root_new(bench->arena, bench->memory, &config);
	uint64_t table = GPT1 | GPT_TABLE, pages = UINT64_C(0x1111111111111111) * GPT_NON_SECURE, cfg = 0, on = 0;

	bench_put(bench, GPT0, &table, 1);
	for (uint64_t pa = 0; pa < BENCH_RAM_LAST; pa += 16 * FRAME_BYTES)
		bench_put(bench, GPT1 + pa / (16 * FRAME_BYTES) * 8, &pages, 1);
	SMMU_GPT_CFG_set_SH(&cfg, 2); /* outer shareable, uncached */
	SMMU_ROOT_CR0_set_GPCEN(&on, 1);
	SMMU_ROOT_CR0_set_ACCESSEN(&on, 1);
	smmu_root_write(root, SMMU_ROOT_REG_GPT_BASE, 8, GPT0, PA_ROOT);
	smmu_root_write(root, SMMU_ROOT_REG_GPT_BASE_CFG, 8, cfg, PA_ROOT);
	smmu_root_write(root, SMMU_ROOT_REG_CR0, 4, on, PA_ROOT);
	smmu_root_advance(root);
	return root;
}
