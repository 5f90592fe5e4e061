/* SPDX-License-Identifier: MIT */
#include "scalable_bench.h"

uint64_t pasid_entry(uint32_t pasid)
{
	return PASIDS + (pasid & 63) * 64;
}

uint64_t first_entry(unsigned level)
{
	return FIRST + (4 - level) * 0x1000 + (IOVA >> (12 + 9 * (level - 1)) & 0x1ff) * 8;
}

uint64_t second_entry(unsigned level)
{
	static const uint16_t tables[5] = {0, 4, 2, 1, 0};
	return SECOND + tables[level] * UINT64_C(0x1000) + (LOW_IOVA >> (12 + 9 * (level - 1)) & 0x1ff) * 8;
}

static void write_tables(struct bench *b)
{
	for (unsigned level = 4; level > 1; level--)
		bench_put(b, first_entry(level), (FIRST + (5 - level) * 0x1000) | 0x7); /* P, RW, US */
	bench_put(b, first_entry(1), PAGE_PA | 0x7);
	/* The second stage: 0 to 1FFFFFh but for the page, 200000h to 3FFFFFh where it is, and LOW_IOVA. */
	bench_put(b, SECOND, (SECOND + 0x1000) | 3);
	bench_put(b, SECOND + 0x1000, (SECOND + 0x2000) | 3);
	bench_put(b, SECOND + 0x2000, (SECOND + 0x3000) | 3);
	bench_put(b, SECOND + 0x2008, UINT64_C(0x200000) | 0x83);
	bench_put(b, SECOND + 0x3000 + 0x150 * 8, (PAGE_PA + 0x10000) | 3);
	bench_put(b, second_entry(2), (SECOND + 0x4000) | 3);
	bench_put(b, second_entry(1), PAGE_PA | 3);
}

static void write_pasid(struct bench *b, uint32_t pasid, unsigned pgtt)
{
	bench_put(b, pasid_entry(pasid), SECOND | pgtt << 6 | 2 << 2 | 1);
	bench_put(b, pasid_entry(pasid) + 8, 0x800012); /* PWSNP, DID 12h */
	bench_put(b, pasid_entry(pasid) + 16, FIRST);
}

void scalable_setup(struct bench *b, unsigned pgtt, uint64_t ecap, bool caches)
{
	struct iommu_config config = {.id = {BENCH_CAP, ecap ? ecap : ECAP_PAGES}, .no_cache = !caches};

	scalable_setup_with(b, pgtt, &config);
}

void scalable_setup_with(struct bench *b, unsigned pgtt, const struct iommu_config *config)
{
	bench_setup(b, config);
	bench_put(b, SM_ROOT, LOWER | 1);
	bench_put(b, SM_CONTEXT, DIRECTORY | CONTEXT_ALL);
	bench_put(b, SM_CONTEXT + 8, RID_PASID);
	bench_put(b, DIRECTORY + 8, PASIDS | 1); /* of PASIDs 40h to 7Fh */
	write_tables(b);
	write_pasid(b, PASID, pgtt);
	write_pasid(b, RID_PASID, pgtt);
	bench_set(b, REG_RTADDR, 8, ROOT_TABLE | 0x400);
	bench_command(b, GCMD_SRTP);
	bench_command(b, GCMD_TE);
	b->effect_count = 0;
}

void scalable_queue_on(struct bench *b)
{
	bench_set(b, REG_IQA, 8, QUEUE | 0x800);
	bench_set(b, REG_IQT, 8, 0);
	bench_command(b, GCMD_TE | GCMD_QIE);
}

void scalable_submit(struct bench *b, uint64_t word0, uint64_t word1)
{
	bench_put(b, QUEUE + b->tail, word0);
	bench_put(b, QUEUE + b->tail + 8, word1);
	bench_put(b, QUEUE + b->tail + 16, 0);
	bench_put(b, QUEUE + b->tail + 24, 0);
	b->tail = (b->tail + 32) % 4096;
	bench_set(b, REG_IQT, 8, b->tail);
}
