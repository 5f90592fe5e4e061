/* SPDX-License-Identifier: MIT */
/*
 * The machine of VT-d's benchmarks in scalable mode: one requester, one PASID, one page, four levels of the first
 * stage. Nested, every table of it is translated by four levels of the second stage as well, which maps what is needed
 * where it is: 24 entries.
 */
#include "sim/bench.h"

#include "hw/vtd/layout.h"

#define STREAM 0x0120u
#define PASID  0x123u
#define IOVA   UINT64_C(0x0000123456789000)
#define BASE   UINT64_C(0x0000000000100000) /* of root, context and PASID tables; then come the page tables */
#define FIRST  (BASE + 4 * FRAME_BYTES)
#define SECOND (FIRST + LEVELS * FRAME_BYTES)
#define LEVELS 4

static uint64_t entry_pa(uint64_t table, unsigned level, uint64_t address)
{
	return table + (address >> (FRAME_LG2 + 9 * (level - 1)) & 511) * 8;
}

/* A page of the second stage, at the address that it has; tables are made on the way, *next is free for one. */
static void map_second(iosim_bench *bench, uint64_t top, uint64_t pa, uint64_t *next)
{
	uint64_t table = top;
	for (unsigned level = LEVELS; level > 0; level--) {
		uint64_t entry = 0, at = entry_pa(table, level, pa);
		IOSIM_ASSERT(memory_read64(bench->memory, at, &entry));
		if (entry == 0) {
			VTD_SSTABLE_set_R(&entry, 1);
			VTD_SSTABLE_set_W(&entry, 1);
			VTD_SSTABLE_set_ADDR(&entry, (level == 1 ? pa : *next) >> FRAME_LG2);
			bench_put(bench, at, &entry, 1);
			*next += level == 1 ? 0 : FRAME_BYTES;
		}
		table = VTD_SSTABLE_ADDR(&entry) << FRAME_LG2;
	}
}

/* The flags are set: no walk has to set one. */
static void write_first(iosim_bench *bench, uint64_t table, uint64_t iova, uint64_t page)
{
	for (unsigned level = LEVELS; level > 0; level--, table += FRAME_BYTES) {
		uint64_t entry = 0;
		VTD_FSTABLE_set_P(&entry, 1);
		VTD_FSTABLE_set_RW(&entry, 1);
		VTD_FSTABLE_set_US(&entry, 1);
		VTD_FSTABLE_set_A(&entry, 1);
		if (level == 1)
			VTD_FSPAGE4K_set_D(&entry, 1);
		VTD_FSTABLE_set_ADDR(&entry, (level == 1 ? page : table + FRAME_BYTES) >> FRAME_LG2);
		bench_put(bench, entry_pa(table, level, iova), &entry, 1);
	}
}

static void write_structures(iosim_bench *bench)
{
	uint64_t root[2] = {0}, context[4] = {0}, directory = 0, pasids = BASE + 3 * FRAME_BYTES;
	unsigned half = STREAM >> 7 & 1;

	VTD_SMROOT_set_LP(&root[half], 1);
	VTD_SMROOT_set_LCTP(&root[half], (BASE >> FRAME_LG2) + 1);
	bench_put(bench, BASE + (STREAM >> 8) * sizeof(root), root, 2);
	VTD_SMCONTEXT_set_P(context, 1);
	VTD_SMCONTEXT_set_PASIDE(context, 1);
	VTD_SMCONTEXT_set_PASIDDIRPTR(context, (BASE >> FRAME_LG2) + 2);
	bench_put(bench, BASE + FRAME_BYTES + (STREAM & 0x7f) * sizeof(context), context, 4);
	VTD_PASIDDIR_set_P(&directory, 1);
	VTD_PASIDDIR_set_SMPTBLPTR(&directory, pasids >> FRAME_LG2);
	bench_put(bench, BASE + 2 * FRAME_BYTES + (PASID >> VTD_PASID_LOW_BITS) * 8, &directory, 1);
}

static void command(iosim_bench *bench, uint64_t word)
{
	vtd_ops.write_register(bench->iommu, VTD_REG_GCMD, 4, word);
	while (vtd_ops.advance(bench->iommu))
		;
}

static void prepare(iosim_bench *bench, uint64_t *pasid)
{
	uint64_t root = BASE;

	write_structures(bench);
	write_first(bench, FIRST, IOVA, BENCH_PAGE_PA);
	VTD_PASID_set_P(pasid, 1);
	VTD_PASID_set_DID(pasid, 1);
	VTD_PASID_set_FSPTPTR(pasid, FIRST >> FRAME_LG2);
	bench_put(bench, BASE + 3 * FRAME_BYTES + PASID % 64 * VTD_PASID_BYTES, pasid, VTD_PASID_WORDS);
	bench->request = (struct request){.address = IOVA, .bytes = 64, .stream = STREAM, .pasid = PASID};
	VTD_RTADDR_set_TTM(&root, VTD_TTM_SCALABLE);
	vtd_ops.write_register(bench->iommu, VTD_REG_RTADDR, 8, root);
	command(bench, VTD_GCMD_SRTP_MASK);
	command(bench, VTD_GCMD_TE_MASK);
}

void bench_prepare_vtd_first(iosim_bench *bench)
{
	uint64_t pasid[VTD_PASID_WORDS] = {0};

	VTD_PASID_set_PGTT(pasid, VTD_PGTT_FIRST_STAGE);
	prepare(bench, pasid);
}

void bench_prepare_vtd_nested(iosim_bench *bench)
{
	uint64_t pasid[VTD_PASID_WORDS] = {0}, next = SECOND + FRAME_BYTES;

	for (unsigned i = 0; i < LEVELS; i++)
		map_second(bench, SECOND, FIRST + i * FRAME_BYTES, &next);
	map_second(bench, SECOND, BENCH_PAGE_PA, &next);
	VTD_PASID_set_PGTT(pasid, VTD_PGTT_NESTED);
	VTD_PASID_set_AW(pasid, VTD_AW_48);
	VTD_PASID_set_SSPTPTR(pasid, SECOND >> FRAME_LG2);
	prepare(bench, pasid);
}
