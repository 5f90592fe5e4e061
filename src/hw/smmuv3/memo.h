/* SPDX-License-Identifier: MIT */
/*
 * What follows from an STE and from a CD, derived once and kept beside the words that it follows from: whether they are
 * good, the geometry and masks of each stage's tables, what a request counts as. Deriving is a function of these words
 * and the unit's rules alone, so a memo is no state: it may be lost or shared at any time, and whoever walks copies
 * from it what has to live across a READ.
 */
#ifndef IOSIM_HW_SMMUV3_MEMO_H
#define IOSIM_HW_SMMUV3_MEMO_H

#include "hw/smmuv3/rules.h"

#define SMMU_INLINE static inline __attribute__((always_inline))

/* One stage of translation, as its configuration has it. */
struct smmu_tables {
	uint64_t base;
	uint64_t outside;       /* address bits that are not as `outside_value` has them: the address is outside */
	uint64_t outside_value; /* with `outside` 0 and this 1 every address is */
	uint64_t address_mask;  /* bits of a descriptor that are an address */
	uint64_t odd_mask;   /* of a descriptor: unless VALID and TYPE alone are set of these, it needs a closer look */
	uint64_t leaf_needs; /* SMMU_LEAF_*: bits of a leaf that have to be as of one in use */
	uint64_t beyond;     /* address bits that its output may not have */
	uint64_t size_mask;  /* address bits of the region that it translates */
	uint64_t wide_mask;  /* bits 15:12 where they stand for address bits 51:48 */
	uint64_t start_select;  /* bits that select an entry of the first table */
	uint64_t select;        /* the same of the tables below it */
	uint32_t start, stride; /* first level; address bits that a table resolves */
	uint32_t shift;         /* address bits below those that the first level resolves */
	uint32_t blocks;        /* bit n: an entry of level n may map memory */
	uint32_t granule;
	uint32_t httu;       /* enum smmu_httu: flags that hardware sets */
	uint32_t padding[4]; /* to 128 bytes, for indexing */
};

enum { SMMU_QUESTIONS = 12 };

/* What a request is, as an index: its operation, whether it is privileged, whether it is an instruction fetch. */
SMMU_INLINE unsigned smmu_question(unsigned op, bool privileged, bool instruction)
{
	return op << 2 | (unsigned)privileged << 1 | instruction;
}

/* By smmu_question(). */
struct smmu_access {
	uint16_t privileged, instruction; /* bit n: what it counts as (PRIVCFG, INSTCFG) */
	uint16_t wants[SMMU_QUESTIONS];   /* SMMU_RIGHTS_* that it needs */
};

struct smmu_stream_memo {
	uint64_t ste[4];
	bool good; /* not C_BAD_STE; false too where nothing was derived yet, which is as if from zeros */
	struct smmu_access access;
	struct smmu_tables second; /* where Config has stage 2 */
};

struct smmu_context_memo {
	uint64_t cd[3];
	bool single;                /* of a StreamWorld with one table */
	bool good;                  /* not C_BAD_CD */
	struct smmu_tables half[2]; /* TTB0, TTB1 */
};

struct smmu_memo {
	struct smmu_stream_memo stream;
	struct smmu_context_memo context;
};

SMMU_INLINE uint64_t smmu_mask_below(unsigned bit)
{
	return (UINT64_C(1) << bit) - 1;
}

/* Cold; memo.c. Scalars only, see walk.h. */
void smmu_derive_stream(const struct smmu_rules *rules, struct smmu_stream_memo *memo, uint64_t ste0, uint64_t ste1,
			uint64_t ste2, uint64_t ste3);
void smmu_derive_context(const struct smmu_rules *rules, struct smmu_context_memo *memo, uint64_t cd0, uint64_t cd1,
			 uint64_t cd2, bool single);

/* What is derived of this STE. */
SMMU_INLINE const struct smmu_stream_memo *smmu_stream_memo(const struct smmu_rules *rules, struct smmu_memo *memo,
							    const uint64_t *ste)
{
	struct smmu_stream_memo *stream = &memo->stream;

	if (IOSIM_UNLIKELY((stream->ste[0] ^ ste[0]) | (stream->ste[1] ^ ste[1]) | (stream->ste[2] ^ ste[2]) |
			   (stream->ste[3] ^ ste[3])))
		smmu_derive_stream(rules, stream, ste[0], ste[1], ste[2], ste[3]);
	return stream;
}

SMMU_INLINE const struct smmu_context_memo *smmu_context_memo(const struct smmu_rules *rules, struct smmu_memo *memo,
							      const uint64_t *cd, bool single)
{
	struct smmu_context_memo *context = &memo->context;

	if (IOSIM_UNLIKELY((context->cd[0] ^ cd[0]) | (context->cd[1] ^ cd[1]) | (context->cd[2] ^ cd[2]) |
			   (context->single != single)))
		smmu_derive_context(rules, context, cd[0], cd[1], cd[2], single);
	return context;
}

#endif
