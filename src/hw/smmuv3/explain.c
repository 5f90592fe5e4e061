/* SPDX-License-Identifier: MIT */
/* The traced walk: no cache, no event record, no register changes, and no flag set unless it is asked to. */
#include "hw/smmuv3/lookup.h"
#include "hw/smmuv3/trace.h"

#define ROWS(name) name, sizeof(name) / sizeof((name)[0])

static const struct field_row l1std_rows[] = FIELD_ROWS(SMMU_L1STD_FIELDS);
static const struct field_row ste_rows[] = FIELD_ROWS(SMMU_STE_FIELDS);
static const struct field_row l1cd_rows[] = FIELD_ROWS(SMMU_L1CD_FIELDS);
static const struct field_row cd_rows[] = FIELD_ROWS(SMMU_CD_FIELDS);
static const struct field_row table1_rows[] = FIELD_ROWS(SMMU_S1TABLE_FIELDS);
static const struct field_row page1_rows[] = FIELD_ROWS(SMMU_S1PAGE_FIELDS);
static const struct field_row table2_rows[] = FIELD_ROWS(SMMU_S2TABLE_FIELDS);
static const struct field_row page2_rows[] = FIELD_ROWS(SMMU_S2PAGE_FIELDS);

struct form { /* how a structure is called and decoded */
	const char *name, *section;
	const struct field_row *rows;
	size_t count;
};

static const struct form structures[] = {
	[SMMU_STAGE_L1STD] = {"L1STD", "5.1", ROWS(l1std_rows)},
	[SMMU_STAGE_STE] = {"STE", "5.2", ROWS(ste_rows)},
	[SMMU_STAGE_L1CD] = {"L1CD", "5.3", ROWS(l1cd_rows)},
	[SMMU_STAGE_CD] = {"CD", "5.4", ROWS(cd_rows)},
};

#define DESCRIPTORS "DDI 0487 D8.3.1"
/* By level and whether the descriptor maps memory. */
static const struct form stage1[4][2] = {
	{{"S1 table level 0", DESCRIPTORS, ROWS(table1_rows)}, {"S1 block level 0", DESCRIPTORS, ROWS(page1_rows)}},
	{{"S1 table level 1", DESCRIPTORS, ROWS(table1_rows)}, {"S1 block level 1", DESCRIPTORS, ROWS(page1_rows)}},
	{{"S1 table level 2", DESCRIPTORS, ROWS(table1_rows)}, {"S1 block level 2", DESCRIPTORS, ROWS(page1_rows)}},
	{{"S1 page level 3", DESCRIPTORS, ROWS(page1_rows)}, {"S1 page level 3", DESCRIPTORS, ROWS(page1_rows)}},
};
static const struct form stage2[4][2] = {
	{{"S2 table level 0", DESCRIPTORS, ROWS(table2_rows)}, {"S2 block level 0", DESCRIPTORS, ROWS(page2_rows)}},
	{{"S2 table level 1", DESCRIPTORS, ROWS(table2_rows)}, {"S2 block level 1", DESCRIPTORS, ROWS(page2_rows)}},
	{{"S2 table level 2", DESCRIPTORS, ROWS(table2_rows)}, {"S2 block level 2", DESCRIPTORS, ROWS(page2_rows)}},
	{{"S2 page level 3", DESCRIPTORS, ROWS(page2_rows)}, {"S2 page level 3", DESCRIPTORS, ROWS(page2_rows)}},
};

static const struct form *form_of(const struct smmu_walk *walk, unsigned stage, uint64_t word)
{
	bool leaf = !(word & SMMU_S1PAGE_TYPE_MASK);

	if (stage == SMMU_STAGE_FIRST || stage == SMMU_STAGE_FIRST_NESTED)
		return &stage1[walk->level1][leaf];
	if (stage == SMMU_STAGE_SECOND)
		return &stage2[walk->level2][leaf];
	return &structures[stage];
}

/* The pointer to context descriptors is an IPA as well where there are two stages (5.2, S1ContextPtr). */
static bool is_guests(const struct smmu_walk *walk, unsigned stage)
{
	return stage == SMMU_STAGE_FIRST_NESTED ||
	       (walk->stages == 3 && (stage == SMMU_STAGE_L1CD || stage == SMMU_STAGE_CD));
}

static const uint64_t *read_traced(struct smmu_walk *walk, unsigned stage, uint64_t pa, unsigned bytes)
{
	const uint64_t *words = memory_frame_or_zero(walk->memory, pa >> FRAME_LG2);

	walk->reads++;
	walk->read_pa = pa;
	if (walk->root && !smmu_walk_may_read(walk, stage, pa))
		return NULL;
	if (!words) {
		walk->lost = true;
		walk->lost_pa = pa;
		return NULL;
	}
	words += pa % FRAME_BYTES / 8;
	if (walk->trace) {
		const struct form *form = form_of(walk, stage, words[0]);
		struct walk_step step = {
			.structure = form->name,
			.section = form->section,
			.fields = form->rows,
			.field_count = (uint8_t)form->count,
			.word_count = (uint8_t)(bytes / 8),
			.guest = is_guests(walk, stage),
			.pa = pa,
		};
		for (unsigned i = 0; i < bytes / 8; i++)
			step.words[i] = words[i];
		walk->trace(walk->trace_context, &step);
	}
	return words;
}

/* Nobody writes between the read and this. */
static void update_traced(struct smmu_walk *walk, uint64_t pa, uint64_t fresh)
{
	if (!walk->sets_flags)
		walk->flags_due = true;
	else
		IOSIM_ASSERT(memory_write64(walk->memory, pa, fresh));
}

#define WALK_NAME        walk_traced
#define WALK_LINKAGE     __attribute__((noinline))
#define WALK_STOPS       true
#define WALK_BEGIN(walk) (void)(walk)->stage;
#define WALK_END
#define RESUMES(stage)
#define DEVIATIONS(walk)                       ((walk)->rules->deviations)
#define HYP(walk)                              ((walk)->rules->hyp)
#define REALM(walk)                            ((walk)->rules->realm)
#define STALLS(walk)                           ((walk)->rules->stall_model != SMMU_STALL_NEVER)
#define FIRST(walk)                            (&(walk)->first)
#define OTHER(walk)                            (&(walk)->other)
#define READ(walk, at_stage, pa, bytes, entry) ((entry) = read_traced((walk), (at_stage), (pa), (bytes)))
#define HTTU(walk)                             true
#define READ_AT(walk)                          ((walk)->read_pa)
#define WRITES(walk)                           ((walk)->sets_flags)
#define UPDATE(walk, at_stage, place, word, becomes) \
	do {                                         \
		(void)(word);                        \
		update_traced(walk, place, becomes); \
	} while (0)
#include "hw/smmuv3/walk.inc"

unsigned smmu_walk_traced(struct smmu_walk *walk)
{
	return walk_traced(walk);
}

void smmu_explain(struct iommu *iommu, const struct request *request, walk_trace_fn trace, void *context,
		  struct translation *out)
{
	const struct smmu *unit = smmu_of(iommu);
	struct smmu_walk walk = {0};
	unsigned end;

	if (smmu_is_ats(unit, request)) {
		smmu_ats_translate(smmu_of(iommu), request, true, trace, context, out);
		smmu_check_output(smmu_of(iommu), request, true, out);
		return;
	}
	smmu_walk_begin(&walk, unit, request);
	*out = (struct translation){0};
	if (!smmu_decide_early(unit, request, out, &end)) {
		walk.quiet = true;
		walk.trace = trace;
		walk.trace_context = context;
		end = walk_traced(&walk);
		smmu_answer_reads(&walk, out);
		if (end == SMMU_EVENT_NONE) {
			smmu_answer(&walk, out);
			smmu_answer_space(&walk, out);
		} else {
			out->result = TRANSLATE_FAULT;
		}
	}
	smmu_check_output(smmu_of(iommu), request, true, out);
	if (end != SMMU_EVENT_NONE && end != SMMU_WALK_ABORTS) {
		struct smmu_blocked blocked = smmu_blocked_of(&walk, end);
		out->fault = (uint16_t)end;
		if (blocked.stalls)
			out->result = TRANSLATE_STALLED;
		out->recorded = blocked.stalls || smmu_is_recorded(unit, &blocked);
		smmu_fill_record(unit, &blocked, out->record);
	}
}
