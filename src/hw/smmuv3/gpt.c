/* SPDX-License-Identifier: MIT */
#include "hw/smmuv3/gpt.h"

#define GRANULES_LG2 4 /* of one entry of level 1 (D9.6.3) */

static uint64_t below(unsigned lg2)
{
	return (UINT64_C(1) << lg2) - 1;
}

unsigned gpt_l0_lg2(uint64_t cfg)
{
	switch (SMMU_GPT_CFG_L0GPTSZ(&cfg)) {
	case GPT_L0_1G:
		return 30;
	case GPT_L0_16G:
		return 34;
	case GPT_L0_64G:
		return 36;
	case GPT_L0_512G:
		return 39;
	default:
		return 0;
	}
}

unsigned gpt_granule_lg2(uint64_t cfg)
{
	static const uint8_t lg2[4] = {[GPT_PGS_4K] = 12, [GPT_PGS_64K] = 16, [GPT_PGS_16K] = 14};

	return lg2[SMMU_GPT_CFG_PGS(&cfg)];
}

unsigned gpt_protected_lg2(uint64_t cfg)
{
	static const uint8_t lg2[8] = {32, 36, 40, 42, 44, 48, 52, 0};

	return lg2[SMMU_GPT_CFG_PPS(&cfg)];
}

/* 6.3.115: no reserved value, nothing that the unit lacks, and what is cached nowhere is outer shareable. */
static bool is_valid(const struct gpt_config *config)
{
	uint64_t sh = SMMU_GPT_CFG_SH(&config->cfg);
	bool cached = SMMU_GPT_CFG_IRGN(&config->cfg) || SMMU_GPT_CFG_ORGN(&config->cfg);
	unsigned protected = gpt_protected_lg2(config->cfg);

	return gpt_l0_lg2(config->cfg) && protected && protected <= config->oas_lg2 &&
	       config->granules >> SMMU_GPT_CFG_PGS(&config->cfg) & 1 && sh != 1 && (cached || sh == 2);
}

uint64_t gpt_base(const struct gpt_config *config)
{
	unsigned protected = gpt_protected_lg2(config->cfg), l0 = gpt_l0_lg2(config->cfg);
	unsigned zero = protected + 3 > l0 + 12 ? protected + 3 - l0 : 12; /* bits [x:0], x + 1 */

	return config->base & ~below(zero) & below(52);
}

enum gpt_result gpt_begin(const struct gpt_config *config, uint64_t pa, enum pa_space space, struct gpt_lookup *lookup)
{
	*lookup = (struct gpt_lookup){.pa = pa, .space = (uint8_t)space};
	if (!is_valid(config)) {
		lookup->error = GPT_ERROR_REGISTERS;
		return GPT_ERROR;
	}
	lookup->l0_lg2 = (uint8_t)gpt_l0_lg2(config->cfg);
	lookup->granule_lg2 = (uint8_t)gpt_granule_lg2(config->cfg);
	lookup->protected_lg2 = (uint8_t)gpt_protected_lg2(config->cfg);
	if (pa >> lookup->protected_lg2)
		return space == PA_NON_SECURE ? GPT_PASSES : GPT_FORBIDDEN;
	uint64_t base = gpt_base(config);
	if (base >> lookup->protected_lg2) {
		lookup->error = GPT_ERROR_BASE;
		return GPT_ERROR;
	}
	lookup->entry_pa = base + (pa >> lookup->l0_lg2) * 8;
	return GPT_READS;
}

static bool is_known(unsigned gpi)
{
	return gpi == GPT_NONE || (gpi >= GPT_SECURE && gpi <= GPT_REALM) || gpi == GPT_ANY;
}

bool gpt_allows(unsigned gpi, enum pa_space space)
{
	return gpi == GPT_ANY || gpi == (GPT_SECURE | (unsigned)space);
}

static enum gpt_result fail(struct gpt_lookup *lookup, enum gpt_error error)
{
	lookup->error = (uint8_t)error;
	return GPT_ERROR;
}

static enum gpt_result answer(struct gpt_lookup *lookup, unsigned gpi, unsigned lg2)
{
	lookup->gpi = (uint8_t)gpi;
	lookup->lg2 = (uint8_t)lg2;
	return gpt_allows(gpi, (enum pa_space)lookup->space) ? GPT_PASSES : GPT_FORBIDDEN;
}

/* D9.6.1, D9.6.2: bits that are neither of the entry's form are clear. */
static enum gpt_result level_0(struct gpt_lookup *lookup, uint64_t entry)
{
	/* A table of level 1 is aligned to its size. */
	uint64_t inside = below(lookup->l0_lg2 - lookup->granule_lg2 - 1u);

	if (GPT_ENTRY_KIND(&entry) == GPT_BLOCK) {
		unsigned gpi = (unsigned)GPT_ENTRY_GPI(&entry);
		if (entry & ~(GPT_ENTRY_KIND_MASK | GPT_ENTRY_GPI_MASK) || !is_known(gpi))
			return fail(lookup, GPT_ERROR_ENTRY);
		return answer(lookup, gpi, lookup->l0_lg2);
	}
	uint64_t next = entry & GPT_ENTRY_NEXT_MASK;
	if (GPT_ENTRY_KIND(&entry) != GPT_TABLE || entry & ~(GPT_ENTRY_KIND_MASK | GPT_ENTRY_NEXT_MASK) ||
	    next & inside)
		return fail(lookup, GPT_ERROR_ENTRY);
	if (next >> lookup->protected_lg2)
		return fail(lookup, GPT_ERROR_NEXT);
	lookup->level = 1;
	lookup->entry_pa = next + ((lookup->pa & below(lookup->l0_lg2)) >> (lookup->granule_lg2 + GRANULES_LG2)) * 8;
	return GPT_READS;
}

/* D9.6.3, D9.6.4: one reserved field spoils the whole entry. */
static enum gpt_result level_1(struct gpt_lookup *lookup, uint64_t entry)
{
	static const uint8_t contig_lg2[4] = {[GPT_CONTIG_2M] = 21, [GPT_CONTIG_32M] = 25, [GPT_CONTIG_512M] = 29};

	if (GPT_ENTRY_KIND(&entry) == GPT_CONTIGUOUS) {
		unsigned gpi = (unsigned)GPT_ENTRY_GPI(&entry), lg2 = contig_lg2[GPT_ENTRY_CONTIG(&entry)];
		if (entry & ~(GPT_ENTRY_KIND_MASK | GPT_ENTRY_GPI_MASK | GPT_ENTRY_CONTIG_MASK) || !is_known(gpi) ||
		    !lg2)
			return fail(lookup, GPT_ERROR_ENTRY);
		return answer(lookup, gpi, lg2);
	}
	for (unsigned i = 0; i < 64; i += 4)
		if (!is_known(entry >> i & 15))
			return fail(lookup, GPT_ERROR_ENTRY);
	return answer(lookup, entry >> 4 * (lookup->pa >> lookup->granule_lg2 & 15) & 15, lookup->granule_lg2);
}

enum gpt_result gpt_step(struct gpt_lookup *lookup, const uint64_t *entry)
{
	if (!entry)
		return fail(lookup, GPT_ERROR_FETCH);
	return lookup->level ? level_1(lookup, entry[0]) : level_0(lookup, entry[0]);
}
