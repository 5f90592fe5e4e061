/* SPDX-License-Identifier: MIT */
/*
 * A walk: the lookup of a requester's context entry and of its translation, as specification 5.10 has it in sections
 * 3.4.2, 3.7, 3.9 and 7.1.3. walk.inc is the only source of it and is included once per clock:
 *
 *   functional   translate.c    READ is a memory access
 *   cycles       translate.c    READ saves the place and returns VTD_WALK_ASKS; the walk is called again with the data
 *   traced       explain.c      READ reports each structure that it reads
 *
 * READ(walk, stage, frame, offset, bytes, entry): `entry` becomes a pointer to the words at that physical place, NULL
 * if they cannot be read. It is valid until the next READ, and nothing but *walk lives across one. So that the
 * functional walk stays in registers, no function that is not inlined gets the struct's address: those that find the
 * reason of a fault get scalars, and the reason is a returned code which the caller turns into a record.
 */
#ifndef IOSIM_HW_VTD_WALK_H
#define IOSIM_HW_VTD_WALK_H

#include "hw/iommu.h"
#include "hw/memory.h"
#include "hw/vtd/rules.h"

_Static_assert(PERM_READ == 1 << VTD_SSTABLE_R_LSB && PERM_WRITE == 1 << VTD_SSTABLE_W_LSB,
	       "rights are the low bits of an entry");

enum vtd_walk_stage { VTD_STAGE_START, VTD_STAGE_ROOT, VTD_STAGE_CONTEXT, VTD_STAGE_SECOND };

/* What a step of a walk returns: VTD_FAULT_NONE, a fault reason, or that it asks for memory. */
#define VTD_WALK_ASKS 0x100u

struct vtd_walk {
	/* The question. */
	const struct vtd_rules *rules;
	const struct memory *memory;
	uint64_t iova;
	unsigned source;
	unsigned at;           /* enum request_at */
	unsigned wants;        /* PERM_READ, PERM_WRITE that the access needs */
	uint64_t present_bits; /* an entry with none of these is not there: R and W, unless the unit deviates */
	bool zero_length;
	bool context_cached; /* `context` was known before */
	bool context_known;  /* `context` is a valid context entry */
	bool context_alone;  /* traced: stop there */

	/* Where it is, and in the end the answer. */
	enum vtd_walk_stage stage; /* of the last READ */
	bool lost;
	bool translated; /* the page was found, whatever its rights are */
	uint64_t level;  /* of the last second-stage entry; 0: none */
	unsigned rights;
	uint64_t table_frame;
	uint64_t context[2];
	uint64_t pa;
	uint64_t lost_pa;

	/* cycles: what was asked for, and the answer. */
	bool answered;
	unsigned ask_bytes;
	unsigned ask_offset;
	uint64_t ask_frame;
	uint64_t data[2];

	/* traced */
	walk_trace_fn trace;
	void *trace_context;
};

static inline void vtd_walk_lose(struct vtd_walk *walk, uint64_t frame, unsigned offset)
{
	walk->lost = true;
	walk->lost_pa = frame << FRAME_LG2 | offset;
}

/* Memory accesses so far. */
static inline unsigned vtd_walk_reads(const struct vtd_walk *walk)
{
	unsigned above = walk->context_cached ? 0 : 2;
	if (walk->stage != VTD_STAGE_SECOND)
		return (unsigned)walk->stage; /* START, ROOT, CONTEXT */
	return above + (unsigned)(VTD_CONTEXT_AW(walk->context) + 3 - walk->level);
}

/* Why an entry did not pass its mask test, in the order of table 30. Scalars only: the walk stays in registers. */
unsigned vtd_diagnose_root(uint64_t word0);
unsigned vtd_diagnose_context(const struct vtd_rules *rules, uint64_t word0, uint64_t word1);
/* `missing` is not 0. VTD_FAULT_NONE: a zero-length read that the unit lets through (3.14). */
unsigned vtd_diagnose_rights(const struct vtd_rules *rules, unsigned missing, unsigned rights, bool zero_length);
/* A second-stage entry without any of the bits in walk->present_bits, or with a bad one. */
unsigned vtd_diagnose_second_stage(const struct vtd_rules *rules, uint64_t level, uint64_t word, uint64_t present_bits,
				   unsigned wants);
/* What ends without a table: pass-through and ATS requests. VTD_WALK_ASKS: go on to the table. */
unsigned vtd_walk_around(const struct vtd_rules *rules, uint64_t address, unsigned at, unsigned type);

/* The end of a walk at an entry that maps a page, in the order LSS.2, LGN.2, LGN.3, LGN.4. */
static inline __attribute__((always_inline)) unsigned vtd_walk_page(struct vtd_walk *walk, const uint64_t *entry)
{
	if (IOSIM_UNLIKELY(entry[0] & walk->rules->page_bad[walk->level] || !(entry[0] & walk->present_bits)))
		return vtd_diagnose_second_stage(walk->rules, walk->level, entry[0], walk->present_bits, walk->wants);
	walk->translated = true;
	walk->pa = vtd_page_pa(walk->rules, walk->level, entry, walk->iova);
	if (IOSIM_UNLIKELY(walk->wants & ~walk->rights)) {
		unsigned fault =
			vtd_diagnose_rights(walk->rules, walk->wants & ~walk->rights, walk->rights, walk->zero_length);
		if (fault)
			return fault;
	}
	return IOSIM_UNLIKELY(vtd_in_interrupt_range(walk->pa)) ? VTD_FAULT_INTERRUPT_RANGE : VTD_FAULT_NONE;
}

#endif
