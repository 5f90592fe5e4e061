/* SPDX-License-Identifier: MIT */
/*
 * A walk: from a StreamID, a SubstreamID and an address to the physical address or the event that the transaction ends
 * with (IHI 0070 3.3, 3.4, 5, 7.3.22, 15; DDI 0487 D8). walk.inc is the only source of it and is included once per
 * clock:
 *
 *   functional   translate.c    READ is a memory access
 *   quick        quick.c        the same for walks that end well through four levels of 4 KiB tables
 *   cycles       cycles.c       READ saves the place and returns SMMU_WALK_ASKS; called again with the data. Twice:
 * tables without flags to be set have a copy of their own traced       explain.c      READ reports each structure that
 * it reads
 *
 * READ(walk, stage, address, bytes, entry): `entry` becomes a pointer to the words at that physical address, NULL if
 * they cannot be read. It is valid until the next READ or UPDATE, and nothing but *walk lives across one.
 * UPDATE(walk, stage, address, old, fresh): the descriptor there becomes `fresh`, in one atomic step with the check
 * that it is still `old` (3.13; DDI 0487 D8.5). Not every copy has it (HTTU()): where the functional ones find a flag
 * that would be set they end with an event, and whoever asked walks again with one that has it.
 *
 * Stage 2 is one piece of the source that serves four needs (fetching a CD, fetching a stage 1 descriptor, updating
 * one, the transaction's own address): walk->serves says which. It has a place of its own (walk->inner), below that of
 * the part that needs it.
 *
 * So that the functional walk stays in registers, no function that is not inlined gets the struct's address: those that
 * look closer at what a mask test found get scalars.
 */
#ifndef IOSIM_HW_SMMUV3_WALK_H
#define IOSIM_HW_SMMUV3_WALK_H

#include "hw/iommu.h"
#include "hw/smmuv3/memo.h"
#include "hw/timed_memory.h"

enum smmu_walk_stage {
	SMMU_STAGE_START,
	SMMU_STAGE_L1STD,
	SMMU_STAGE_STE,
	SMMU_STAGE_L1CD,
	SMMU_STAGE_CD,
	SMMU_STAGE_FIRST,
	SMMU_STAGE_FIRST_NESTED,
	SMMU_STAGE_SECOND,
	/* Waits for stage 2. */
	SMMU_STAGE_L1CD_IPA,
	SMMU_STAGE_CD_IPA,
	SMMU_STAGE_TABLE_IPA,
	SMMU_STAGE_INPUT_IPA,
	/* Flags, last because it is rare. */
	SMMU_STAGE_FLAGS_IPA,
	SMMU_STAGE_FIRST_FLAGS,
	SMMU_STAGE_SECOND_FLAGS,
};

/* The functions of walk.inc between which a walk can stop; FLAGS: the tables, of a stream with flags to be set. */
enum smmu_walk_part { SMMU_PART_STREAM, SMMU_PART_CONTEXT, SMMU_PART_TABLES, SMMU_PART_FLAGS };

enum smmu_serves { SMMU_SERVES_L1CD, SMMU_SERVES_CD, SMMU_SERVES_TABLE, SMMU_SERVES_FLAGS, SMMU_SERVES_INPUT };

/* What a step of a walk returns: SMMU_EVENT_NONE, an event number, or one of these. */
#define SMMU_WALK_ASKS   0x100u
#define SMMU_WALK_ABORTS 0x101u /* blocked, no event */
#define SMMU_WALK_SETS   0x102u /* of a leaf: flags of it are to be set first */
#define SMMU_WALK_AGAIN  0x103u /* somebody changed a descriptor between its READ and its UPDATE */

/*
 * Rights as bits: read, write, execute for unprivileged accesses, then the same for privileged ones; of stage 1 in the
 * low byte, of stage 2 in the high one. What a request wants has the same bits in both.
 */
enum {
	SMMU_RIGHTS_PRIVILEGED_LSB = 3,
	SMMU_RIGHTS_STAGE1 = 0x3f,
	SMMU_RIGHTS_STAGE2_LSB = 8,
	SMMU_RIGHTS_STAGE2 = 0x3f00,
	SMMU_RIGHTS_STAGE2_READ = (PERM_READ | PERM_READ << 3) << 8,
	SMMU_RIGHTS_PRIVILEGED = 0x3838,
	SMMU_RIGHTS_WRITE1 = PERM_WRITE | PERM_WRITE << 3,
	SMMU_RIGHTS_WRITE2 = (PERM_WRITE | PERM_WRITE << 3) << 8,
	SMMU_RIGHTS_ALL = 0x3f3f,
	/* Where a stage translates: its output is in the Non-secure address space although the stream is Realm's. */
	SMMU_RIGHTS_NON_SECURE = 0x80,
	SMMU_RIGHTS_STAGE1_EXECUTE = PERM_EXECUTE | PERM_EXECUTE << 3,
	SMMU_RIGHTS_STAGE2_EXECUTE = SMMU_RIGHTS_STAGE1_EXECUTE << 8,
};

enum smmu_regime { SMMU_REGIME_EL1, SMMU_REGIME_EL2, SMMU_REGIME_EL2_E2H };

struct smmu_walk {
	/* The question. */
	const struct smmu_rules *rules;
	struct memory *memory;
	struct smmu_memo *memo;
	uint64_t input;
	uint64_t stream_base;
	uint32_t stream, substream; /* 0 where the request has none */
	uint8_t stream_split;       /* 0: a linear table */
	uint8_t op;                 /* enum request_op */
	bool has_substream;
	bool e2h;               /* CR2.E2H */
	bool ste_known;         /* ste[] is that of a valid entry */
	bool config_known;      /* so is cd[] where stage 1 translates, and stages */
	bool config_alone;      /* cycles, traced: stop there, or */
	bool ste_alone;         /* at the STE */
	bool may_stall;         /* as the request says */
	bool sets_flags;        /* traced: UPDATE writes; else the walk goes on as if it had */
	struct smmu_root *root; /* whoever checks what is read; NULL: nobody */
	uint8_t space;          /* enum pa_space: of what is read */
	bool t, xt;             /* as the request has them */
	bool quiet;             /* a check that fails is not reported (3.25.1.2), nothing of its tables is kept */

	/* Where it is, and in the end the answer. */
	bool privileged, instruction; /* first as the request came, then as the STE has it */
	uint8_t part;                 /* enum smmu_walk_part */
	uint8_t stage;                /* enum smmu_walk_stage: of the last READ of that part, or that it waits */
	uint8_t inner;                /* the same of stage 2 */
	uint8_t serves;               /* enum smmu_serves */
	uint8_t leaf_lg2;             /* see struct smmu_choice */
	uint8_t stages;               /* bit 0: stage 1 translates, bit 1: stage 2 */
	uint8_t regime;               /* enum smmu_regime */
	bool ste_read;                /* ste[] holds an entry, good or bad */
	bool upper;                   /* TTB1 */
	uint8_t index1;               /* of the leaf, smmu_rights_index() */
	bool second;                  /* event: S2 */
	bool global;
	bool lost;
	bool granule_fault; /* event: GPCF */
	bool flags_due;     /* traced: a flag was not set that would be */
	uint32_t level1, level2;
	uint32_t shift1, shift2; /* at the last level: size of the page */
	uint16_t reads;
	uint16_t wants;  /* SMMU_RIGHTS_* */
	uint16_t rights; /* SMMU_RIGHTS_* */
	uint16_t clean;  /* SMMU_RIGHTS_*: those that a write would get by making a descriptor dirty (3.13.3) */
	uint64_t ste[4], cd[3];
	struct smmu_tables first, other; /* stage 1, stage 2 */
	const struct smmu_tables *first_memo,
		*other_memo; /* where they came from, for a walk that nothing interrupts */
	uint64_t table1, table2;
	uint64_t select1, select2; /* bits that select an entry of such a table */
	uint64_t skipped;   /* bytes from where stage 2 was asked for to the entry (SMMU_DEVIATION_S1TAB_GT_S2PAGE) */
	uint64_t hierarchy; /* all table descriptors of stage 1, ORed */
	uint64_t at;        /* structure to be read, in the address space that stage 1 has */
	uint64_t ipa;       /* input of stage 2 */
	uint64_t pa;        /* its output */
	uint64_t lost_pa;   /* what could not be read */
	uint64_t leaf1, leaf1_fresh; /* a leaf whose flags are to be set, and as it becomes */
	uint64_t leaf2, leaf2_fresh;

	struct memory_ask ask; /* cycles */

	/* traced */
	uint64_t read_pa;
	walk_trace_fn trace;
	void *trace_context;
};

/* Cold; see walk.c. */
/* Whether a L1STD leads on: 0, or the event. `index`: of the STE in the level 2 array. */
unsigned smmu_diagnose_span(const struct smmu_rules *rules, unsigned split, unsigned span, uint32_t index);
/* Which CD serves (5.2 S1Fmt, S1CDMax, S1DSS). Small enough to come back in a register. */
struct smmu_choice {
	uint8_t event;
	uint8_t stages;    /* as in struct smmu_walk */
	uint8_t leaf_lg2;  /* CDs in a level 2 array; 0: a linear table */
	uint8_t table_lg2; /* bytes of the table that S1ContextPtr points to: its alignment */
};
struct smmu_choice smmu_choose_substream(const struct smmu_rules *rules, uint64_t ste0, uint64_t ste1,
					 bool has_substream, uint32_t substream);
/* A descriptor that is not valid, or whose address may be too large; `beyond`: bits of it that it may not have. */
unsigned smmu_diagnose_descriptor(const struct smmu_rules *rules, unsigned blocks, unsigned level, uint64_t word,
				  uint64_t beyond);
/* Rights of stage 1 where more than AP and XN of the leaf takes part; `flat`: HAD. `index` as in smmu_rights_index().
 */
unsigned smmu_stage1_rights(const struct smmu_rules *rules, uint64_t cd0, bool flat, unsigned regime,
			    uint64_t hierarchy, unsigned index);
/* Stage 2 as tables of stage 1 and CDs see it: whether S2PTW forbids this page (5.2). */
bool smmu_is_device(const struct smmu_rules *rules, uint64_t ste1, uint64_t word);

/* AP and XN side by side, of both stages: bits 7:6 and 54:53. */
static inline unsigned smmu_rights_index(uint64_t word)
{
	return (unsigned)(word >> 6 & 3) | (unsigned)(word >> 51 & 12);
}

enum { SMMU_S2AP_READ = 1 << SMMU_S2PAGE_S2AP_LSB };

/*
 * The same two bits of a leaf of either stage, AF and the upper one of AP, and how they are when memory was accessed
 * and written: AP[2] is clear then, S2AP[1] set (3.13.3.1). Of stage 2 also S2AP[0], which says that it may be read.
 */
enum {
	SMMU_LEAF_AF = 1 << SMMU_S1PAGE_AF_LSB,
	SMMU_LEAF_WRITE = 1 << (SMMU_S1PAGE_AP_LSB + 1),
	SMMU_LEAF1_USED = SMMU_LEAF_AF,
	SMMU_LEAF2_USED = SMMU_LEAF_AF | SMMU_LEAF_WRITE | SMMU_S2AP_READ,
	SMMU_INDEX_WRITE = 2, /* smmu_rights_index() has it there */
};

/*
 * flags.c, for walks with UPDATE: the event of a leaf that is not as SMMU_LEAF*_USED has it where that matters,
 * SMMU_WALK_SETS, or SMMU_EVENT_NONE. What the page permits, and the leaf as it becomes, are in *walk.
 */
unsigned smmu_look_at_leaf1(struct smmu_walk *walk, const struct smmu_tables *tables, uint64_t word);
unsigned smmu_look_at_leaf2(struct smmu_walk *walk, const struct smmu_tables *tables, uint64_t word, unsigned serves);
/* A walk wrote flags of a descriptor in a table of stage 1 that lies behind stage 2: the unit's hook is told. */
void smmu_report_flags(const struct smmu_rules *rules, uint32_t stream, uint32_t pasid, uint64_t pa, uint64_t old,
		       uint64_t fresh);

/* 5.5: a CD that stalls although its STE forbids it. */
static inline bool smmu_stall_is_forbidden(const struct smmu_walk *walk)
{
	return SMMU_CD_S(walk->cd) && SMMU_STE_S1STALLD(walk->ste);
}

/* realm.c */
/* Rights as a Realm stream has them, of a leaf of the last stage, whose bit NS is `non_secure`. */
unsigned smmu_realm_rights(const struct smmu_walk *walk, unsigned rights, bool non_secure);

/* 3.10.3.3: an instruction fetch that bypasses translation to the Non-secure address space. */
bool smmu_realm_forbids(const struct smmu_walk *walk);

/* gpc.c: whether what is at that stage may be read there; else it ends as an External abort does (3.25.3). */
bool smmu_walk_may_read(struct smmu_walk *walk, unsigned stage, uint64_t pa);

/* deviations.c: after a CD is read for nested translation, and when its event is made. */
unsigned smmu_qemu_table_bases(struct smmu_walk *walk);

#endif
