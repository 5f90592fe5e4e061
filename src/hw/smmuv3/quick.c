/* SPDX-License-Identifier: MIT */
#include "hw/smmuv3/quick.h"

/* No table is larger than a frame, and each is aligned to its size. */
SMMU_INLINE const uint64_t *entry_of(struct smmu_walk *walk, uint64_t table, uint64_t offset)
{
	const uint64_t *words = memory_frame(walk->memory, table >> FRAME_LG2);

	if (IOSIM_UNLIKELY(!words)) {
		words = memory_frame_or_zero(walk->memory, table >> FRAME_LG2);
		if (!words)
			return NULL;
	}
	return (const uint64_t *)((const char *)words + (table % FRAME_BYTES | offset));
}

#define WALK_NAME        walk_quick
#define WALK_LINKAGE     inline __attribute__((always_inline))
#define WALK_STOPS       false
#define WALK_UNROLLS     _Pragma("GCC unroll 4")
#define WALK_MORE(level) ((level) <= 3)
#define WALK_BEGIN(walk) (void)(walk)->stage;
#define WALK_END
#define RESUMES(stage)
#define DEVIATIONS(walk)                                 UINT64_C(0)
#define HYP(walk)                                        false
#define REALM(walk)                                      false
#define STALLS(walk)                                     false
#define FIRST(walk)                                      (&(walk)->first)
#define OTHER(walk)                                      (&(walk)->other)
#define READ(walk, at_stage, pa, bytes, entry)           ((entry) = entry_of((walk), (pa), 0))
#define READ_ENTRY(walk, at_stage, table, offset, entry) ((entry) = entry_of((walk), (table), (offset)))
#define WERE_READ(walk, count)                           ((walk)->reads = (uint16_t)((walk)->reads + (count)))
#include "hw/smmuv3/walk.inc"

static bool has_small_tables(const struct smmu_tables *tables)
{
	return tables->granule == SMMU_GRANULE_4K && tables->start == 0 && tables->start_select <= tables->select;
}

/* The same of a half that may be without tables. */
static bool has_small_half(const struct smmu_tables *tables)
{
	return has_small_tables(tables) || (!tables->outside && tables->outside_value);
}

static enum smmu_start_kind kind_of(const struct smmu_start *start)
{
	bool first = start->stages & 1, second = start->stages & 2;

	if (first && (!has_small_half(&start->half[0]) || !has_small_half(&start->half[1]) ||
		      start->cd[0] & (SMMU_CD_WXN_MASK | SMMU_CD_PAN_MASK)))
		return SMMU_START_OTHERS;
	if (second && (!has_small_tables(&start->second) || start->ste[2] & SMMU_STE_S2PTW_MASK))
		return SMMU_START_OTHERS;
	return first && second ? SMMU_START_NESTED : first ? SMMU_START_FIRST : SMMU_START_SECOND;
}

const struct smmu_start *smmu_start_make(struct smmu *unit, const struct request *request)
{
	const struct smmu_config_entry *config = smmu_config_first(&unit->caches, smmu_config_tag_of(request));
	struct smmu_memo *memo = &unit->memos[request->stream % SMMU_MEMOS];
	struct smmu_start *start = smmu_start_place(unit, smmu_start_tag(request));

	if (unit->rules.unusual || smmu_is_checked(unit) || !config || config->event || !config->world ||
	    config->top_ignored)
		return NULL;
	*start = (struct smmu_start){
		.tag = smmu_start_tag(request),
		.changes = unit->caches.changes,
		.world = config->world,
		.world_key = smmu_world_key(config->world),
		.access = config->access,
		.stages = config->stages,
		.second = smmu_stream_memo(&unit->rules, memo, config->ste)->second,
	};
	for (unsigned i = 0; i < 4; i++)
		start->ste[i] = config->ste[i];
	for (unsigned i = 0; i < 3; i++)
		start->cd[i] = config->cd[i];
	if (config->stages & 1) {
		const struct smmu_context_memo *context = smmu_context_memo(&unit->rules, memo, config->cd, false);
		start->half[0] = context->half[0];
		start->half[1] = context->half[1];
	}
	start->kind = (uint8_t)kind_of(start);
	return start;
}

/* What is known of tables that has_small_tables() is true of. */
SMMU_INLINE struct smmu_tables small_tables(const struct smmu_tables *tables)
{
	return (struct smmu_tables){
		.base = tables->base,
		.outside = tables->outside,
		.outside_value = tables->outside_value,
		.address_mask = UINT64_C(0x0000fffffffff000),
		.odd_mask = tables->odd_mask,
		.leaf_needs = tables->leaf_needs,
		.beyond = tables->beyond,
		.start_select = tables->start_select,
		.select = 511,
		.start = 0,
		.stride = 9,
		.shift = 39,
		.blocks = tables->blocks,
		.granule = SMMU_GRANULE_4K,
	};
}

/* What the TLB is to have of the walk, where it does not have it at once. */
struct foreseen {
	struct smmu_found found;
	uint64_t commands; /* completed before */
};
_Static_assert(sizeof(struct foreseen) <= sizeof(struct iommu_lookup), "who begins a lookup has room for it");

/*
 * False: it begins again. `stages` and `keeps` are constants of the callers; `keeps`: there is a TLB; so is whether
 * `foreseen` is NULL.
 */
SMMU_INLINE bool walk_quickly(struct smmu *unit, const struct request *request, const struct smmu_start *start,
			      struct translation *out, uint8_t stages, bool keeps, struct foreseen *foreseen)
{
	unsigned question = smmu_question(request->op, request->privileged, request->execute);
	struct smmu_walk walk = {
		.rules = &unit->rules,
		.memory = unit->memory,
		.input = request->address,
		.stages = stages,
		.wants = start->access.wants[question],
		.privileged = start->access.privileged >> question & 1,
		.upper = request->address >> 55 & 1,
	};

	if (stages & 1)
		walk.first = small_tables(&start->half[walk.upper]);
	if (stages & 2)
		walk.other = small_tables(&start->second);
	if (IOSIM_UNLIKELY(walk_quick_tables(&walk) != SMMU_EVENT_NONE))
		return false;
	if (foreseen) {
		smmu_found_of(&walk, start->world, 0, &foreseen->found);
	} else if (keeps) {
		struct smmu_found found;
		smmu_found_of(&walk, start->world, 0, &found);
		smmu_keep(unit, &found);
	}
	out->reads = walk.reads;
	smmu_answer(&walk, out);
	return true;
}

/* A copy for each kind of start and each way. */
#define QUICK_WALK(name, stages, keeps)                                                                     \
	static __attribute__((noinline)) void name(struct smmu *unit, const struct request *request,        \
						   const struct smmu_start *start, struct translation *out) \
	{                                                                                                   \
		if (IOSIM_UNLIKELY(!walk_quickly(unit, request, start, out, stages, keeps, NULL)))          \
			smmu_translate_in_full(unit, request, out);                                         \
	}
QUICK_WALK(walk_first, 1, false)
QUICK_WALK(walk_second, 2, false)
QUICK_WALK(walk_nested, 3, false)
QUICK_WALK(walk_first_and_keep, 1, true)
QUICK_WALK(walk_second_and_keep, 2, true)
QUICK_WALK(walk_nested_and_keep, 3, true)

/* A plain request that is not in the first place of its set of the TLB. */
static __attribute__((noinline)) void translate_missing(struct smmu *unit, const struct request *request,
							const struct smmu_start *start, struct translation *out)
{
	static void (*const walks[2][4])(struct smmu * unit, const struct request *request,
					 const struct smmu_start *start, struct translation *out) = {
		{NULL, walk_first, walk_second, walk_nested},
		{NULL, walk_first_and_keep, walk_second_and_keep, walk_nested_and_keep},
	};
	bool keeps = !unit->caches.translations_off;

	if (start->kind == SMMU_START_OTHERS || (keeps && smmu_tlb_find(&unit->caches, request->address, start->world)))
		smmu_translate_in_full(unit, request, out);
	else
		walks[keeps][start->kind](unit, request, start, out);
}

bool smmu_translate_by_start(struct smmu *unit, const struct request *request, struct translation *out)
{
	const struct smmu_start *start = smmu_start_make(unit, request);

	if (!start)
		return false;
	translate_missing(unit, request, start, out);
	return true;
}

void smmu_translate(struct iommu *iommu, const struct request *request, struct translation *out)
{
	struct smmu *unit = smmu_of(iommu);
	const struct smmu_start *start = smmu_start_of(unit, request);

	translation_clear(out);
	if (IOSIM_UNLIKELY(!start || !smmu_is_ordinary(request)))
		smmu_translate_slowly(unit, request, out);
	else if (IOSIM_UNLIKELY(!smmu_hit_first(unit, request, start, out)))
		translate_missing(unit, request, start, out);
}

/* A copy for each kind of start. */
#define FORESEEN_WALK(name, stages)                                                                         \
	static __attribute__((noinline)) bool name(struct smmu *unit, const struct request *request,        \
						   const struct smmu_start *start, struct translation *out, \
						   struct foreseen *foreseen)                               \
	{                                                                                                   \
		return walk_quickly(unit, request, start, out, stages, true, foreseen);                     \
	}
FORESEEN_WALK(foresee_first, 1)
FORESEEN_WALK(foresee_second, 2)
FORESEEN_WALK(foresee_nested, 3)

uint32_t smmu_foresee(struct iommu *iommu, const struct request *request, struct iommu_lookup *room,
		      struct translation *out)
{
	static bool (*const walks[])(struct smmu * unit, const struct request *request, const struct smmu_start *start,
				     struct translation *out,
				     struct foreseen *foreseen) = {NULL, foresee_first, foresee_second, foresee_nested};
	struct smmu *unit = smmu_of(iommu);
	const struct smmu_start *start = smmu_start_of(unit, request);
	struct foreseen *foreseen = (struct foreseen *)room;

	if (IOSIM_UNLIKELY(!start || !smmu_is_ordinary(request)))
		return IOMMU_UNFORESEEN;
	translation_clear(out);
	if (smmu_hit_first(unit, request, start, out))
		return 0;
	if (IOSIM_UNLIKELY(start->kind == SMMU_START_OTHERS) ||
	    smmu_tlb_find_behind(&unit->caches, request->address, start->world, unit->caches.live[SMMU_LIVE_CLASSES]) ||
	    !walks[start->kind](unit, request, start, out, foreseen) || out->reads == 0)
		return IOMMU_UNFORESEEN;
	foreseen->commands = unit->signals->commands;
	return out->reads;
}

void smmu_keep_foreseen(struct iommu *iommu, const struct iommu_lookup *room)
{
	const struct foreseen *foreseen = (const struct foreseen *)room;
	struct smmu *unit = smmu_of(iommu);

	IOSIM_ASSERT(foreseen->commands == unit->signals->commands);
	smmu_keep(unit, &foreseen->found);
}
