/* SPDX-License-Identifier: MIT */
/*
 * A walk: the lookup of a requester's context entry, PASID-table entry and translation, as specification 5.10 has it in
 * sections 3.4 to 3.9 and 7.1.3. walk.inc is the only source of it and is included once per clock:
 *
 *   functional   translate.c    READ is a memory access
 *   quick        quick.c        the same for walks that end well: READ does not count the entries of page tables
 *   cycles       translate.c    READ saves the place and returns VTD_WALK_ASKS; called again with the data
 *   traced       explain.c      READ reports each structure that it reads, UPDATE does nothing
 *
 * READ(walk, stage, frame, offset, bytes, entry): `entry` becomes a pointer to the words at that physical place, NULL
 * if they cannot be read. It is valid until the next READ or UPDATE, and nothing but *walk lives across one.
 * UPDATE(walk, stage, frame, offset, old, bits, done): sets bits in the 64-bit word there, in one atomic step with the
 * check that the word is still `old` (3.6.2, 3.7.2); `done` becomes whether it was, and could be written.
 * So that the functional walk stays in registers, no function that is not inlined gets the struct's address: those that
 * find the reason of a fault get scalars, and the reason is a returned code which the caller turns into a record.
 * FIND_PASID(walk) is the PASID-cache entry of walk->source and walk->pasid, or NULL.
 */
#ifndef IOSIM_HW_VTD_WALK_H
#define IOSIM_HW_VTD_WALK_H

#include "hw/iommu.h"
#include "hw/timed_memory.h"
#include "hw/vtd/cache.h"
#include "hw/vtd/rules.h"

_Static_assert(PERM_READ == 1 << VTD_SSTABLE_R_LSB && PERM_WRITE == 1 << VTD_SSTABLE_W_LSB,
	       "rights are the low bits of an entry");

enum vtd_walk_stage {
	VTD_STAGE_START,
	VTD_STAGE_ROOT,
	VTD_STAGE_CONTEXT,
	VTD_STAGE_SMROOT,
	VTD_STAGE_SMCONTEXT,
	VTD_STAGE_PASIDDIR,
	VTD_STAGE_PASID,
	VTD_STAGE_SECOND,
	VTD_STAGE_SECOND_LAST,
	VTD_STAGE_SECOND_ACCESSED,
	VTD_STAGE_SECOND_USED,
	VTD_STAGE_SECOND_FINAL,
	VTD_STAGE_FIRST,
	VTD_STAGE_FIRST_ACCESSED,
	VTD_STAGE_FIRST_FINAL,
};

/* PASIDs that the smallest directory does not reach: bits of a PASID. */
#define VTD_PASIDS_OF_LARGE_DIRECTORIES \
	(VTD_SMCONTEXT_RID_PASID_MASK & ~((UINT64_C(1) << (VTD_PASID_DIRECTORY_LG2 + VTD_PASID_LOW_BITS)) - 1))

/* Beside enum request_at: a page request, which looks for its PASID-table entry (6.5.3.1). */
#define VTD_AT_PAGE_REQUEST 3u

/* The functions of walk.inc between which a walk can stop. */
enum vtd_walk_part { VTD_PART_CONTEXT, VTD_PART_PASID, VTD_PART_TABLES, VTD_PART_FLAGS };

/*
 * What a step of a walk returns: VTD_FAULT_NONE, a fault reason, that it asks for memory, is not over, or has to begin
 * again because somebody changed an entry between its READ and its UPDATE (3.6.2).
 */
#define VTD_WALK_ASKS    0x100u
#define VTD_WALK_GOES_ON 0x101u
#define VTD_WALK_AGAIN   0x102u
#define VTD_WALK_UPDATES 0x103u /* of an entry: a flag of it is to be set first */

struct vtd_walk {
	/* The question. */
	const struct vtd_rules *rules;
	struct memory *memory;
	struct vtd_caches *caches; /* NULL: there are none */
	uint64_t table_changes;    /* of the paging-structure caches, before it began */
	uint64_t iova;
	unsigned source;
	unsigned at;           /* enum request_at */
	unsigned wants;        /* PERM_READ, PERM_WRITE that the access needs */
	unsigned asks;         /* the same of a translation request, which is given what there is of them */
	uint32_t asked_pasid;  /* the request's, PASID_NONE without */
	uint64_t present_bits; /* an entry with none of these is not there: R and W, unless the unit deviates */
	bool scalable;
	bool execute;
	bool zero_length;
	bool context_cached;   /* `context` was known before */
	bool context_known;    /* `context` is a valid context entry */
	bool structures_alone; /* traced: stop when `pasid_entry`, in legacy mode `context`, is known */
	bool cached_alone;     /* quick: a PASID-table entry that is in no cache ends the walk */
	bool foresees;         /* quick: so does a flag that is to be set */

	/* Where it is, and in the end the answer. */
	enum vtd_walk_part part;
	enum vtd_walk_stage stage; /* of the last READ or UPDATE of that part */
	unsigned reads;
	bool lost;
	bool privileged;      /* the request, or RID_PRIV */
	bool pasid_cached;    /* `pasid_entry` came from the cache, or its fault */
	bool pasid_known;     /* `pasid_entry` is a valid entry */
	bool first;           /* there is a first stage */
	bool second;          /* there is a second stage */
	bool flags;           /* with A and D */
	bool translated;      /* the page was found, whatever its rights are */
	uint64_t level;       /* of the last second-stage entry, in the end that of the page; 0: none */
	uint64_t first_level; /* of the first-stage entry that comes next; 0: none */
	uint64_t page_level;  /* of the first-stage page */
	unsigned rights;      /* that the request has; the others: of requests of either kind */
	unsigned user_rights, privileged_rights;
	uint32_t pasid; /* scalable: in use */
	uint64_t table_frame;
	uint64_t context[2];
	uint64_t pasid_entry[3];
	uint64_t second_frame; /* top table of the second stage */
	uint64_t next_frame;
	uint64_t second_top, second_level; /* level of the top table, of the entry that maps the page */
	uint64_t set_bits;
	uint64_t second_rights; /* R and W of the entries of the second stage that led here, among other bits */
	uint64_t entry_rights;  /* second_rights with which the first-stage entry was read */
	uint64_t first_rights;  /* P, RW and US of all entries of the first stage, among other bits */
	uint64_t input;         /* address for the second stage */
	uint64_t seen;          /* scalable: the OR of the words that have FPD */
	uint64_t second_check;  /* bits of a second-stage table entry that have to be looked at */
	uint64_t first_frame; /* of the first-stage table that is looked at, in the end the one with the page's entry */
	uint64_t first_entry;
	uint64_t second_entry; /* that maps the page */
	uint64_t pa;
	uint64_t lost_pa;

	/* traced */
	walk_trace_fn trace;
	void *trace_context;

	struct memory_ask ask; /* cycles; not looked at before it is written */
};

static inline void vtd_walk_lose(struct vtd_walk *walk, uint64_t frame, unsigned offset)
{
	walk->lost = true;
	walk->lost_pa = frame << FRAME_LG2 | offset;
}

static inline __attribute__((always_inline)) void vtd_walk_part(struct vtd_walk *walk, enum vtd_walk_part part)
{
	walk->part = part;
	walk->stage = VTD_STAGE_START;
}

static inline uint64_t vtd_least(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

/* The frame that an entry of a table leads to: VTD_SSTABLE_ADDR() without a constant that has to be kept somewhere. */
static inline uint64_t vtd_table_frame(uint64_t entry)
{
	_Static_assert(VTD_SSTABLE_ADDR_LSB == 12 && VTD_SSTABLE_ADDR_MSB == 51, "what the shifts leave");
	return entry << 12 >> 24;
}

/* The address has the same value in all bits from bit `bits` - 1 up (3.6). */
static inline bool vtd_is_canonical(uint64_t address, unsigned bits)
{
	return (uint64_t)((int64_t)(address << (64 - bits)) >> (64 - bits)) == address;
}

/* Levels of the first stage. */
static inline unsigned vtd_first_top(const uint64_t *pasid_entry)
{
	return (unsigned)VTD_PASID_FSPM(pasid_entry) + 4;
}

/* What P, RW and US of all first-stage entries together, all of which are present, grant a user (3.6.1). */
static inline unsigned vtd_user_rights(uint64_t entries)
{
	/* By US and RW. */
	static const uint8_t rights[4] = {0, 0, PERM_READ, PERM_READ | PERM_WRITE};
	_Static_assert(VTD_FSTABLE_US_LSB == VTD_FSTABLE_RW_LSB + 1, "side by side");
	return rights[entries >> VTD_FSTABLE_RW_LSB & 3];
}

/* Flags that the page's first-stage entry has to have (3.6.2). */
static inline uint64_t vtd_first_flags(const struct vtd_rules *rules, uint64_t entry, unsigned wants)
{
	uint64_t flags = rules->first_flags[wants];
	if (IOSIM_UNLIKELY(flags & ~entry) && rules->deviations & VTD_DEVIATES(DIRTY_LOST) && VTD_FSPAGE4K_A(&entry))
		return 0;
	return flags;
}

/* PGTT, AW, FSPM and what the pointer to the first stage may be (7.1.3, SPT.4). */
static inline bool vtd_pasid_form_is_valid(const struct vtd_rules *rules, const uint64_t *words)
{
	uint64_t type = VTD_PASID_PGTT(words), width = VTD_PASID_AW(words);
	return rules->pasid_forms[type] >> (width | VTD_PASID_FSPM(words) << 3) & 1 &&
	       (words[2] & VTD_PASID_FSPTPTR_MASK) <= rules->first_pointer_last[type][width];
}

/* Why an entry did not pass its mask test, in the order of table 30. Scalars only: the walk stays in registers. */
unsigned vtd_diagnose_root(uint64_t word0);
unsigned vtd_diagnose_context(const struct vtd_rules *rules, uint64_t word0, uint64_t word1);
unsigned vtd_diagnose_smroot(uint64_t half);
/* These two are asked of some entries that are in order too: VTD_WALK_GOES_ON. */
unsigned vtd_diagnose_smcontext(const struct vtd_rules *rules, const uint64_t *words);
unsigned vtd_diagnose_pasid(const struct vtd_rules *rules, const uint64_t *words);
unsigned vtd_diagnose_pasiddir(uint64_t word);
/* `missing` is not 0. VTD_FAULT_NONE: a zero-length read that the unit lets through (3.14). */
unsigned vtd_diagnose_rights(const struct vtd_rules *rules, bool scalable, unsigned missing, unsigned rights,
			     bool zero_length);
/* The same where a first stage is involved; the rights of the second, and walk->first_rights. */
unsigned vtd_diagnose_first_rights(const struct vtd_rules *rules, unsigned missing, uint64_t second_rights,
				   uint64_t entries, bool privileged, bool zero_length);
/* A second-stage entry without any of the bits in walk->present_bits, or with a bad one. */
unsigned vtd_diagnose_second_stage(const struct vtd_rules *rules, bool scalable, uint64_t level, uint64_t word,
				   uint64_t present_bits, unsigned wants);
/* A second-stage table that cannot be read. */
unsigned vtd_diagnose_second_access(const struct vtd_rules *rules, bool scalable, bool top);
/* The second stage does not grant what an access to an entry of the first needs. */
unsigned vtd_diagnose_nested(uint64_t rights, bool top);
/*
 * An entry of a table that has to be looked at: why it leads nowhere, or why its A cannot be set; VTD_WALK_UPDATES: it
 * leads on, and A is to be set; VTD_WALK_GOES_ON. `check`: bits to be looked at, A among them where it matters.
 */
unsigned vtd_check_second_table(const struct vtd_rules *rules, bool scalable, uint64_t level, uint64_t word,
				uint64_t present_bits, unsigned wants, uint64_t pasid_word1, uint64_t check);
/* A first-stage entry that has to be looked at; VTD_WALK_GOES_ON: it is in order, but for its A. */
unsigned vtd_check_first(const struct vtd_rules *rules, uint64_t level, uint64_t word, unsigned wants);
/* What ends without a table: pass-through and ATS requests. VTD_WALK_GOES_ON: the table is needed. */
unsigned vtd_walk_around(const struct vtd_rules *rules, uint64_t address, unsigned at, unsigned type);
/* The context entry and the request's PASID and kind; VTD_WALK_GOES_ON: the PASID table is needed. */
unsigned vtd_walk_admit(const struct vtd_rules *rules, uint64_t address, unsigned at, uint32_t pasid, uint64_t word0,
			uint64_t word1);
/* The PASID-table entry and what the request asks for beyond rights. */
unsigned vtd_walk_admit_pasid(uint64_t word2, bool execute, bool privileged);
/* Pass-through by a PASID-table entry. */
unsigned vtd_walk_pass(const struct vtd_rules *rules, uint64_t address, unsigned at);
/* Whether the page overlaps the interrupt range (7.1.3, SGN.8.2). */
bool vtd_page_meets_range(const struct vtd_rules *rules, uint64_t level, uint64_t pa);
/* Whether flags of a first-stage entry, found with these second-stage rights, may be set; else why not. */
unsigned vtd_may_set_first(const struct vtd_rules *rules, uint64_t pasid_word1, bool nested, uint64_t rights);
unsigned vtd_may_set_second(const struct vtd_rules *rules, uint64_t pasid_word1);

#endif
