/* SPDX-License-Identifier: MIT */
/* A transaction's way through the unit under the cycle clock; translate.c has the other one. */
#include "hw/smmuv3/lookup.h"
#include "hw/smmuv3/quick.h"

/* A READ returns, and the walk is called again with the answer; an update may be refused in the same way. */
SMMU_INLINE const uint64_t *read_answered(struct smmu_walk *walk)
{
	if (IOSIM_LIKELY(walk->ask.answered))
		return walk->ask.data;
	walk->lost = true;
	walk->lost_pa = walk->ask.pa;
	return NULL;
}

#define WALK_STOPS true
#define WALK_BEGIN(walk)              \
	switch ((walk)->WALK_PLACE) { \
	case SMMU_STAGE_START:;
#define WALK_END \
	}        \
	return SMMU_EVENT_NONE;
#define RESUMES(stage)                \
	__attribute__((fallthrough)); \
	case stage:;
#define DEVIATIONS(walk) ((walk)->rules->deviations)
#define HYP(walk)        ((walk)->rules->hyp)
#define REALM(walk)      ((walk)->rules->realm)
#define STALLS(walk)     ((walk)->rules->stall_model != SMMU_STALL_NEVER)
#define FIRST(walk)      (&(walk)->first)
#define OTHER(walk)      (&(walk)->other)
#define READ(walk, at_stage, address, size, entry) \
	do {                                       \
		(walk)->ask.pa = (address);        \
		(walk)->ask.bytes = (size);        \
		(walk)->reads++;                   \
		(walk)->WALK_PLACE = (at_stage);   \
		return SMMU_WALK_ASKS;             \
	case at_stage:                             \
		(entry) = read_answered(walk);     \
	} while (0)

/* Tables without flags to be set, where most time goes. */
#define WALK_NAME    walk_cycles
#define WALK_LINKAGE inline __attribute__((always_inline))
#include "hw/smmuv3/walk.inc"
#undef WALK_NAME
#undef WALK_LINKAGE

/* Everything else. */
#define WALK_NAME     walk_whole
#define WALK_LINKAGE  __attribute__((noinline))
#define HTTU(walk)    true
#define READ_AT(walk) ((walk)->ask.pa)
#define WRITES(walk)  true
#define UPDATE(walk, at_stage, place, word, becomes) \
	do {                                         \
		(walk)->ask.pa = (place);            \
		(walk)->ask.bytes = 0;               \
		(walk)->ask.old = (word);            \
		(walk)->ask.fresh = (becomes);       \
		(walk)->WALK_PLACE = (at_stage);     \
		return SMMU_WALK_ASKS;               \
	case at_stage:                               \
		if ((walk)->ask.changed)             \
			return SMMU_WALK_AGAIN;      \
		if (!read_answered(walk))            \
			return SMMU_F_WALK_EABT;     \
	} while (0)
#include "hw/smmuv3/walk.inc"

/* What the TLB needs of a walk lies outside of it. */
static void begin_from_config(struct smmu *unit, struct smmu_lookup *lookup, const struct smmu_config_entry *config,
			      uint16_t reads)
{
	smmu_walk_on_begin(unit, &lookup->request, config, reads, &lookup->walk);
	lookup->world = config ? config->world : 0;
	lookup->top_ignored = config ? config->top_ignored : 0;
}

/* The same of an ordinary request that has a start, to its tables. */
static void begin_from_start(struct smmu *unit, struct smmu_lookup *lookup, const struct smmu_start *start)
{
	struct smmu_walk *walk = &lookup->walk;
	unsigned question = smmu_question(lookup->request.op, lookup->request.privileged, lookup->request.execute);

	smmu_walk_begin(walk, unit, &lookup->request);
	walk->ste_known = walk->config_known = true;
	for (unsigned i = 0; i < 4; i++)
		walk->ste[i] = start->ste[i];
	for (unsigned i = 0; i < 3; i++)
		walk->cd[i] = start->cd[i];
	walk->stages = start->stages;
	walk->privileged = start->access.privileged >> question & 1;
	walk->instruction = start->access.instruction >> question & 1;
	walk->wants = start->access.wants[question];
	walk->regime = SMMU_REGIME_EL1;
	if (walk->stages & 2)
		walk->other = start->second;
	if (walk->stages & 1) {
		walk->upper = walk->input >> 55 & 1;
		walk->first = start->half[walk->upper];
		walk->level1 = walk->first.start;
	}
	smmu_walk_part(walk, smmu_part_of_tables(walk));
	lookup->world = start->world;
	lookup->top_ignored = 0;
}

/* A walk that does not ask. True: another one begins; else `out` is the answer. */
static __attribute__((noinline)) bool walk_again(struct smmu *unit, struct smmu_lookup *lookup, unsigned end,
						 struct translation *out)
{
	struct smmu_walk *walk = &lookup->walk;
	bool keeps = !lookup->without_caches && lookup->commands == unit->signals->commands;

	if (lookup->request.at != AT_UNTRANSLATED)
		return smmu_ats_walked(unit, lookup, end, out);
	translation_clear(out);
	if (lookup->loads_config) {
		struct smmu_config_entry config;
		lookup->loads_config = false;
		if (!smmu_load_end(unit, walk, end, lookup->ste_cached, keeps, &config, out) ||
		    smmu_answer_from_tlb(unit, &lookup->request, &config, out))
			return false;
		begin_from_config(unit, lookup, &config, out->reads);
		return true;
	}
	if (keeps && end == SMMU_EVENT_NONE && walk->stages) {
		struct smmu_found found;
		smmu_found_of(walk, lookup->world, lookup->top_ignored, &found);
		smmu_keep(unit, &found);
	}
	smmu_answer_reads(walk, out);
	if (end == SMMU_EVENT_NONE) {
		smmu_answer(walk, out);
		smmu_answer_space(walk, out);
	} else {
		smmu_block_walk(unit, walk, end, out);
	}
	return false;
}

/* What the descriptor says now counts (DDI 0487 D8.5.2.1, SGJBL); the entries that led to the tables are known. */
static IOSIM_COLD void begin_part_again(struct smmu_walk *walk)
{
	walk->hierarchy = 0;
	walk->second = false;
	walk->serves = SMMU_SERVES_INPUT;
	smmu_walk_part(walk, walk->part);
}

struct memory_ask *smmu_resume(struct iommu *iommu, struct iommu_lookup *room, struct translation *out)
{
	struct smmu_lookup *lookup = (struct smmu_lookup *)room;

	for (;;) {
		unsigned end = IOSIM_LIKELY(lookup->walk.part == SMMU_PART_TABLES) ? walk_cycles_tables(&lookup->walk)
										   : walk_whole(&lookup->walk);
		if (IOSIM_LIKELY(end == SMMU_WALK_ASKS))
			return &lookup->walk.ask;
		if (end == SMMU_WALK_AGAIN) {
			begin_part_again(&lookup->walk);
			continue;
		}
		if (!walk_again(smmu_of(iommu), lookup, end, out))
			return NULL;
	}
}

struct memory_ask *smmu_begin(struct iommu *iommu, const struct request *request, struct iommu_lookup *room,
			      struct translation *out)
{
	struct smmu *unit = smmu_of(iommu);
	struct smmu_lookup *lookup = (struct smmu_lookup *)room;
	const struct smmu_config_entry *config = NULL;

	if (smmu_is_ats(unit, request)) {
		lookup->dry = false;
		lookup->trace = NULL;
		lookup->trace_context = NULL;
		return smmu_ats_begin(unit, request, lookup, out) ? smmu_resume(iommu, room, out) : NULL;
	}
	const struct smmu_start *start = smmu_start_of(unit, request);
	translation_clear(out);
	bool ordinary = IOSIM_LIKELY(start != NULL) && smmu_is_ordinary(request);
	if (ordinary && smmu_hit_first(unit, request, start, out))
		return NULL;
	if (!ordinary && !smmu_is_plain(unit, request) && smmu_answer_early(unit, request, out))
		return NULL;
	lookup->request = *request;
	lookup->commands = unit->signals->commands;
	lookup->without_caches = unit->caches.off;
	lookup->loads_config = false;
	if (ordinary && !smmu_tlb_find_behind(&unit->caches, request->address, start->world,
					      unit->caches.live[SMMU_LIVE_CLASSES])) {
		begin_from_start(unit, lookup, start);
		return smmu_resume(iommu, room, out);
	}
	if (!unit->caches.off) {
		config = smmu_config_find(&unit->caches, smmu_config_tag_of(request));
		if (config && config->event) {
			smmu_config_event(unit, request, config, out);
			return NULL;
		}
		if (config && smmu_answer_from_tlb(unit, request, config, out))
			return NULL;
		lookup->loads_config = !config;
		if (config && !start) /* for the next one */
			smmu_start_make(unit, request);
	}
	if (!lookup->loads_config)
		begin_from_config(unit, lookup, config, 0);
	else if (!smmu_load_begin(unit, request, &lookup->walk, &lookup->ste_cached, out))
		return NULL;
	return smmu_resume(iommu, room, out);
}

/*
 * --- a unit whose accesses may be checked (3.25), at the moment when they take place ---
 *
 * The answer of a read that is refused is taken for an abort. An update must not take place then: its time is that of a
 * read, after which the unit checks and makes it, both at once.
 */

static struct memory_ask *checked(struct iommu *iommu, const struct request *request, struct memory_ask *ask,
				  struct translation *out)
{
	if (!ask)
		smmu_check_output(smmu_of(iommu), request, false, out);
	return ask;
}

struct memory_ask *smmu_begin_checked(struct iommu *iommu, const struct request *request, struct iommu_lookup *room,
				      struct translation *out)
{
	((struct smmu_lookup *)room)->updates = false;
	return checked(iommu, request, smmu_begin(iommu, request, room, out), out);
}

struct memory_ask *smmu_resume_checked(struct iommu *iommu, struct iommu_lookup *room, struct translation *out)
{
	struct smmu *unit = smmu_of(iommu);
	struct smmu_lookup *lookup = (struct smmu_lookup *)room;
	struct smmu_walk *walk = &lookup->walk;
	unsigned stage = walk->stage < SMMU_STAGE_L1CD_IPA ? walk->stage : walk->inner;

	/* 6.3.112: behind an Update of GPCEN nothing is unchecked, whenever the lookup began. */
	walk->root = smmu_is_checked(unit) ? unit->root : NULL;
	bool allowed = !walk->root || smmu_walk_may_read(walk, stage, walk->ask.pa);
	if (!allowed)
		walk->ask.answered = walk->ask.changed = false;
	else if (lookup->updates)
		memory_ask_update(unit->memory, &walk->ask);
	struct memory_ask *ask = smmu_resume(iommu, room, out);
	lookup->updates = ask && ask->bytes == 0;
	if (lookup->updates)
		ask->bytes = 8;
	if (!ask && out->granule_fault)
		out->lost = false;
	return checked(iommu, &lookup->request, ask, out);
}
