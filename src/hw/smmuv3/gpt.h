/* SPDX-License-Identifier: MIT */
/*
 * Granule protection tables: what the two levels in memory say of one physical address (DDI 0487 D9.4, D9.6; IHI 0070
 * 3.25, 6.3.114, 6.3.115). A lookup reads one table entry at a time and goes on when it has it, so that both clocks
 * share it. It neither caches nor reports: root.h does.
 */
#ifndef IOSIM_HW_SMMUV3_GPT_H
#define IOSIM_HW_SMMUV3_GPT_H

#include "base/field.h"

#include <stdbool.h>
#include <stdint.h>

/* As FPAS of SMMU_ROOT_GPF_FAR numbers them (6.3.116). */
enum pa_space { PA_SECURE, PA_NON_SECURE, PA_ROOT, PA_REALM };

/* Bits 3:0 say which descriptor an entry is: at level 0 a table or a block, at level 1 else granules. */
#define GPT_ENTRY_FIELDS(X)                     \
	X(GPT_ENTRY, KIND, 0, 3, 0, "D9.6")     \
	X(GPT_ENTRY, GPI, 0, 7, 4, "D9.6.2")    \
	X(GPT_ENTRY, CONTIG, 0, 9, 8, "D9.6.4") \
	X(GPT_ENTRY, NEXT, 0, 51, 12, "D9.6.1")

enum gpt_kind { GPT_BLOCK = 1, GPT_CONTIGUOUS = 1, GPT_TABLE = 3 };
enum { GPT_CONTIG_2M = 1, GPT_CONTIG_32M = 2, GPT_CONTIG_512M = 3 };

/* Granule protection information (D9.6.5); the rest is reserved. */
enum gpt_gpi { GPT_NONE = 0, GPT_SECURE = 8, GPT_NON_SECURE = 9, GPT_ROOT = 10, GPT_REALM = 11, GPT_ANY = 15 };

/* SMMU_ROOT_GPT_BASE_CFG */
#define SMMU_GPT_CFG_FIELDS(X)                         \
	X(SMMU_GPT_CFG, L0GPTSZ, 0, 23, 20, "6.3.115") \
	X(SMMU_GPT_CFG, GPCP, 0, 17, 17, "6.3.115")    \
	X(SMMU_GPT_CFG, PGS, 0, 15, 14, "6.3.115")     \
	X(SMMU_GPT_CFG, SH, 0, 13, 12, "6.3.115")      \
	X(SMMU_GPT_CFG, ORGN, 0, 11, 10, "6.3.115")    \
	X(SMMU_GPT_CFG, IRGN, 0, 9, 8, "6.3.115")      \
	X(SMMU_GPT_CFG, PPS, 0, 2, 0, "6.3.115")

enum gpt_granule { GPT_PGS_4K = 0, GPT_PGS_64K = 1, GPT_PGS_16K = 2 };
enum { GPT_L0_1G = 0, GPT_L0_16G = 4, GPT_L0_64G = 6, GPT_L0_512G = 9 };

struct gpt_config {
	uint64_t base, cfg; /* as the registers have them */
	uint8_t oas_lg2;    /* IDR5.OAS */
	uint8_t granules;   /* bit n: PGS n is supported (IDR5.GRAN4K, GRAN64K, GRAN16K) */
};

enum gpt_result {
	GPT_PASSES,
	GPT_FORBIDDEN, /* a granule protection fault: SMMU_ROOT_GPF_FAR */
	GPT_ERROR,     /* a GPT lookup error: SMMU_ROOT_GPT_CFG_FAR, `error` */
	GPT_READS,     /* the lookup goes on with the entry at `entry_pa` */
};

/* CFG_ERR of SMMU_ROOT_GPT_CFG_FAR (6.3.117). */
enum gpt_error {
	GPT_ERROR_REGISTERS = 0,
	GPT_ERROR_BASE = 1,
	GPT_ERROR_FETCH = 2,
	GPT_ERROR_ENTRY = 3,
	GPT_ERROR_NEXT = 4,
};

struct gpt_lookup {
	uint64_t pa, entry_pa;
	uint8_t space; /* enum pa_space */
	uint8_t level; /* of the entry that is to be read, or that the result is of */
	uint8_t error; /* enum gpt_error */
	uint8_t l0_lg2, granule_lg2, protected_lg2;
	/* The answer of an entry: what it says, and of which naturally aligned 2^lg2 bytes; 0: no entry was asked. */
	uint8_t gpi, lg2;
};

/* What is decided without an entry, in the order of D9-2; GPT_READS: which entry is needed. */
enum gpt_result gpt_begin(const struct gpt_config *config, uint64_t pa, enum pa_space space, struct gpt_lookup *lookup);
/* Goes on with the entry; NULL: it cannot be read. */
enum gpt_result gpt_step(struct gpt_lookup *lookup, const uint64_t *entry);
/* Whether a valid GPI lets accesses to that space pass. */
bool gpt_allows(unsigned gpi, enum pa_space space);
/* Address bits that an entry of level 0 covers; 0: reserved. */
unsigned gpt_l0_lg2(uint64_t cfg);
/* The same of a granule, and of the protected range. */
unsigned gpt_granule_lg2(uint64_t cfg);
unsigned gpt_protected_lg2(uint64_t cfg);
/* Where the table of level 0 lies: its alignment is to its size (6.3.114). */
uint64_t gpt_base(const struct gpt_config *config);

FIELD_DEFINE(GPT_ENTRY_FIELDS)
FIELD_DEFINE(SMMU_GPT_CFG_FIELDS)

#endif
