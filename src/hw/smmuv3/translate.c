/* SPDX-License-Identifier: MIT */
/*
 * A transaction's way through the unit under the functional clock: what is decided before any structure (3.4, 6.3.14,
 * 7.3.3), the configuration, the TLB, the walk. cycles.c is the same under the other clock, quick.c what is short of
 * it.
 */
#include "hw/smmuv3/lookup.h"
#include "hw/smmuv3/quick.h"
#include "hw/smmuv3/trace.h"

/* The functional clock: a READ is a memory access. For units that are not unusual. */
SMMU_INLINE const uint64_t *read_now(struct smmu_walk *walk, uint64_t pa)
{
	const uint64_t *words = memory_frame(walk->memory, pa >> FRAME_LG2);

	walk->reads++;
	if (IOSIM_UNLIKELY(!words)) {
		words = memory_frame_or_zero(walk->memory, pa >> FRAME_LG2);
		if (!words) {
			walk->lost = true;
			walk->lost_pa = pa;
			return NULL;
		}
	}
	return (const uint64_t *)((const char *)words + pa % FRAME_BYTES);
}

#define WALK_NAME        walk_functional
#define WALK_LINKAGE     inline __attribute__((always_inline))
#define WALK_STOPS       false
#define WALK_BEGIN(walk) (void)(walk)->stage;
#define WALK_END
#define RESUMES(stage)
#define DEVIATIONS(walk) UINT64_C(0)
#define HYP(walk)        false
#define REALM(walk)      false
#define STALLS(walk)     false
/* Nothing else walks meanwhile: the memo stays as it is. */
#define FIRST(walk)                            ((walk)->first_memo)
#define OTHER(walk)                            ((walk)->other_memo)
#define READ(walk, at_stage, pa, bytes, entry) ((entry) = read_now((walk), (pa)))
#include "hw/smmuv3/walk.inc"
#undef WALK_NAME
#undef WALK_LINKAGE
#undef WALK_BEGIN
#undef WALK_END
#undef RESUMES
#undef DEVIATIONS
#undef HYP
#undef REALM
#undef STALLS
#undef FIRST
#undef OTHER
#undef READ

/* An event that the configuration itself has, or a right that a cached translation lacks. */
IOSIM_COLD void smmu_block_walk(struct smmu *unit, const struct smmu_walk *walk, unsigned end, struct translation *out)
{
	if (end == SMMU_WALK_ABORTS) {
		out->result = TRANSLATE_FAULT;
		return;
	}
	struct smmu_blocked blocked = smmu_blocked_of(walk, end);
	smmu_block(unit, &blocked, out);
}

static IOSIM_COLD void hit_without_rights(struct smmu *unit, const struct request *request,
					  const struct smmu_config_entry *config, const struct smmu_tlb_entry *entry,
					  unsigned rights, uint16_t wants, struct translation *out)
{
	struct smmu_walk walk = {0};
	uint64_t below = smmu_mask_below(smmu_page_class_lg2[entry->page & 15]);

	smmu_walk_begin(&walk, unit, request);
	smmu_walk_from_config(&walk, config);
	smmu_prepare_stream(&walk);
	smmu_prepare_regime(&walk, unit->rules.hyp);
	/* Stage 1 comes first (7.3.22). */
	walk.second = !(wants & ~(rights | entry->clean) & SMMU_RIGHTS_STAGE1);
	walk.serves = SMMU_SERVES_INPUT;
	walk.ipa = entry->ipa | (request->address & below);
	out->from_cache = true;
	if (IOSIM_UNLIKELY(unit->rules.deviations) && walk.second) {
		bool read = request->op == REQUEST_READ;
		if (read && walk.stages == 3 && smmu_deviates(&unit->rules, SMMU_DEVIATION_WO_READ_CACHED)) {
			smmu_hit(entry, smmu_tlb_address(config->top_ignored, request->address), walk.privileged, out);
			return;
		}
		if (walk.stages == 2 && smmu_deviates(&unit->rules, read ? SMMU_DEVIATION_WO_READ_CACHED
									 : SMMU_DEVIATION_TLB_PERM_S2ONLY)) {
			out->result = TRANSLATE_FAULT;
			out->fault = SMMU_F_PERMISSION;
			return;
		}
		if (smmu_deviates(&unit->rules, SMMU_DEVIATION_TLB_PERM_IPA))
			walk.ipa = 0;
	}
	smmu_block_walk(unit, &walk, SMMU_F_PERMISSION, out);
}

/*
 * The configuration of a stream that has none cached: from its STE, cached or not, to its CD. smmu_load_begin() sets
 * what the walk starts from; false: there is nothing to be walked, `out` is filled in.
 */
bool smmu_load_begin(struct smmu *unit, const struct request *request, struct smmu_walk *walk, bool *ste_cached,
		     struct translation *out)
{
	const struct smmu_ste_entry *ste = smmu_ste_find(&unit->caches, request->stream);

	*walk = (struct smmu_walk){0};
	smmu_walk_begin(walk, unit, request);
	walk->config_alone = true;
	*ste_cached = ste;
	if (ste && ste->event) {
		out->from_cache = true;
		smmu_block_walk(unit, walk, ste->event, out);
		return false;
	}
	if (ste) {
		walk->ste_known = true;
		for (unsigned i = 0; i < 4; i++)
			walk->ste[i] = ste->ste[i];
	}
	return true;
}

/* What follows the walk. False: it ended with an event, `out` is filled in. */
bool smmu_load_end(struct smmu *unit, const struct smmu_walk *walk, unsigned end, bool ste_cached, bool keeps,
		   struct smmu_config_entry *config, struct translation *out)
{
	smmu_answer_reads(walk, out);
	smmu_keep_loaded(unit, walk, end, ste_cached, keeps, config);
	if (end == SMMU_EVENT_NONE)
		return true;
	smmu_block_walk(unit, walk, end, out);
	return false;
}

static __attribute__((noinline)) bool load_config(struct smmu *unit, const struct request *request,
						  struct smmu_config_entry *config, struct translation *out)
{
	struct smmu_walk walk;
	bool ste_cached;

	if (!smmu_load_begin(unit, request, &walk, &ste_cached, out))
		return false;
	walk.sets_flags = true;
	unsigned end = smmu_walk_traced(&walk);
	return smmu_load_end(unit, &walk, end, ste_cached, true, config, out);
}

/* The same to the end, whatever it is. */
static __attribute__((noinline)) void walk_in_full(struct smmu *unit, const struct request *request,
						   const struct smmu_config_entry *config, struct translation *out)
{
	struct smmu_walk walk = {0};

	smmu_walk_on_begin(unit, request, config, out->reads, &walk);
	walk.sets_flags = true;
	unsigned end = smmu_walk_traced(&walk);
	if (config && end == SMMU_EVENT_NONE && walk.stages)
		smmu_keep_found(unit, &walk);
	smmu_answer_reads(&walk, out);
	if (end == SMMU_EVENT_NONE) {
		smmu_answer(&walk, out);
		smmu_answer_space(&walk, out);
	} else {
		smmu_block_walk(unit, &walk, end, out);
	}
}

/*
 * The same, fast where it ends well. No function gets the walk, so that it stays in registers: what meets an event, or
 * a flag that is to be set, is walked again, from memory that is as it was. Whether there is a `config` is a constant
 * for each caller.
 */
SMMU_INLINE void walk_on(struct smmu *unit, const struct request *request, const struct smmu_config_entry *config,
			 struct translation *out)
{
	struct smmu_walk walk = {0};

	smmu_walk_on_begin(unit, request, config, out->reads, &walk);
	if (IOSIM_UNLIKELY(unit->rules.unusual || smmu_is_checked(unit)) ||
	    IOSIM_UNLIKELY(walk_functional(&walk) != SMMU_EVENT_NONE)) {
		walk_in_full(unit, request, config, out);
		return;
	}
	if (config && walk.stages) {
		struct smmu_found found;
		smmu_found_of(&walk, smmu_world_of(&walk), smmu_top_ignored(&walk), &found);
		smmu_keep(unit, &found);
	}
	out->reads = walk.reads;
	smmu_answer(&walk, out);
}

static __attribute__((noinline)) void walk_bare(struct smmu *unit, const struct request *request,
						struct translation *out)
{
	walk_on(unit, request, NULL, out);
}

static __attribute__((noinline)) void walk_configured(struct smmu *unit, const struct request *request,
						      const struct smmu_config_entry *config, struct translation *out)
{
	walk_on(unit, request, config, out);
}

IOSIM_COLD void smmu_config_event(struct smmu *unit, const struct request *request,
				  const struct smmu_config_entry *config, struct translation *out)
{
	struct smmu_walk walk = {0};

	smmu_walk_begin(&walk, unit, request);
	smmu_block_walk(unit, &walk, config->event, out);
	out->from_cache = true;
}

/* What is decided before any structure. False: the way begins. */
IOSIM_COLD bool smmu_answer_early(struct smmu *unit, const struct request *request, struct translation *out)
{
	unsigned event;

	if (smmu_is_ats(unit, request)) {
		smmu_ats_translate(unit, request, false, NULL, NULL, out);
		return true;
	}
	if (!smmu_decide_early(unit, request, out, &event))
		return false;
	if (event) {
		struct smmu_walk walk = {0};
		smmu_walk_begin(&walk, unit, request);
		smmu_block_walk(unit, &walk, event, out);
	}
	return true;
}

SMMU_INLINE const struct smmu_tlb_entry *cached_translation(const struct smmu *unit, const struct request *request,
							    const struct smmu_config_entry *config)
{
	if (!config->world)
		return NULL;
	return smmu_tlb_find(&unit->caches, smmu_tlb_address(config->top_ignored, request->address), config->world);
}

const struct smmu_tlb_entry *smmu_find_cached(const struct smmu *unit, const struct request *request,
					      const struct smmu_config_entry *config)
{
	return cached_translation(unit, request, config);
}

/* False: not in the TLB, or what it holds is clean and would be written. */
bool smmu_answer_from_tlb(struct smmu *unit, const struct request *request, const struct smmu_config_entry *config,
			  struct translation *out)
{
	const struct smmu_tlb_entry *entry = cached_translation(unit, request, config);
	unsigned question = smmu_question(request->op, request->privileged, request->execute), rights;

	if (!entry)
		return false;
	rights = entry->rights;
	if (IOSIM_UNLIKELY(unit->rules.realm))
		rights = smmu_realm_rights_of(&unit->rules, config->ste, config->stages, request->t, request->xt,
					      rights);
	unsigned lacks = config->access.wants[question] & ~rights;
	/* DDI 0487 D8.5.2.1, SGJBL: what is cached has to be compared with memory before that is marked as written. */
	if (lacks && !(lacks & ~(unsigned)entry->clean))
		return false;
	if (IOSIM_UNLIKELY(unit->rules.realm))
		out->realm =
			smmu_realm_output(&unit->rules, config->ste, config->stages, request->t, request->xt, rights);
	if (lacks)
		hit_without_rights(unit, request, config, entry, rights, config->access.wants[question], out);
	else
		smmu_hit(entry, smmu_tlb_address(config->top_ignored, request->address),
			 config->access.privileged >> question & 1, out);
	return true;
}

void smmu_translate_in_full(struct smmu *unit, const struct request *request, struct translation *out)
{
	struct smmu_config_entry loaded;
	const struct smmu_config_entry *config = smmu_config_find(&unit->caches, smmu_config_tag_of(request));

	if (!config) {
		if (!load_config(unit, request, &loaded, out))
			return;
		config = &loaded;
	} else if (config->event) {
		smmu_config_event(unit, request, config, out);
		return;
	}
	if (!smmu_answer_from_tlb(unit, request, config, out))
		walk_configured(unit, request, config, out);
}

static void translate_slowly(struct smmu *unit, const struct request *request, struct translation *out)
{
	if (IOSIM_UNLIKELY(!smmu_is_plain(unit, request)) && smmu_answer_early(unit, request, out))
		return;
	if (unit->caches.off)
		walk_bare(unit, request, out);
	else if (!smmu_translate_by_start(unit, request, out))
		smmu_translate_in_full(unit, request, out);
}

void smmu_translate_slowly(struct smmu *unit, const struct request *request, struct translation *out)
{
	translate_slowly(unit, request, out);
	if (unit->root)
		smmu_check_output(unit, request, false, out);
}
