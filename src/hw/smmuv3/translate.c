/* SPDX-License-Identifier: MIT */
/*
 * A transaction's way through the unit, under both clocks: what is decided before any structure (3.4, 6.3.14, 7.3.3),
 * the configuration, the TLB, the walk, and what is kept of it (3.17, 5.2.1, 5.4.1).
 */
#include "hw/smmuv3/lookup.h"
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
#undef STALLS
#undef FIRST
#undef OTHER
#undef READ

/* The cycle clock: a READ returns, and the walk is called again with the answer. */
SMMU_INLINE const uint64_t *read_answered(struct smmu_walk *walk)
{
	if (IOSIM_LIKELY(walk->ask.answered))
		return walk->ask.data;
	walk->lost = true;
	walk->lost_pa = walk->ask.pa;
	return NULL;
}

#undef WALK_STOPS
#define WALK_STOPS   true
#define WALK_NAME    walk_cycles
#define WALK_LINKAGE inline __attribute__((always_inline))
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
#include "hw/smmuv3/walk.inc"

SMMU_INLINE void walk_from_config(struct smmu_walk *walk, const struct smmu_config_entry *config)
{
	walk->ste_known = true;
	walk->config_known = true;
	for (unsigned i = 0; i < 4; i++)
		walk->ste[i] = config->ste[i];
	for (unsigned i = 0; i < 3; i++)
		walk->cd[i] = config->cd[i];
	walk->stages = config->stages;
}

/* An event that the configuration itself has, or a right that a cached translation lacks. */
static IOSIM_COLD void block(struct smmu *unit, const struct smmu_walk *walk, unsigned end, struct translation *out)
{
	if (end == SMMU_WALK_ABORTS) {
		out->result = TRANSLATE_FAULT;
		return;
	}
	struct smmu_blocked blocked = smmu_blocked_of(walk, end);
	smmu_block(unit, &blocked, out);
}

SMMU_INLINE void hit(const struct smmu_tlb_entry *entry, uint64_t address, bool privileged, struct translation *out)
{
	unsigned lg2 = smmu_page_class_lg2[entry->page & 15];

	out->page_lg2 = (uint8_t)lg2;
	out->level = entry->level;
	out->permissions = entry->permissions[privileged];
	out->from_cache = true;
	out->pa = entry->frame | (address & smmu_mask_below(lg2));
}

static IOSIM_COLD void hit_without_rights(struct smmu *unit, const struct request *request,
					  const struct smmu_config_entry *config, const struct smmu_tlb_entry *entry,
					  uint16_t wants, struct translation *out)
{
	struct smmu_walk walk = {0};
	uint64_t below = smmu_mask_below(smmu_page_class_lg2[entry->page & 15]);

	smmu_walk_begin(&walk, unit, request);
	walk_from_config(&walk, config);
	smmu_prepare_stream(&walk);
	smmu_prepare_regime(&walk, unit->rules.hyp);
	/* Stage 1 comes first (7.3.22). */
	walk.second = !(wants & ~entry->rights & SMMU_RIGHTS_STAGE1);
	walk.serves = SMMU_SERVES_INPUT;
	walk.ipa = entry->ipa | (request->address & below);
	out->from_cache = true;
	if (IOSIM_UNLIKELY(unit->rules.deviations) && walk.second) {
		bool read = request->op == REQUEST_READ;
		if (read && walk.stages == 3 && smmu_deviates(&unit->rules, SMMU_DEVIATION_WO_READ_CACHED)) {
			hit(entry, request->address, walk.privileged, out);
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
	block(unit, &walk, SMMU_F_PERMISSION, out);
}

/* The tag of what a configuration translates; 0: nothing. */
SMMU_INLINE uint64_t world_of(const struct smmu_walk *walk)
{
	uint64_t world = SMMU_WORLD_VALID | (uint64_t)walk->regime << SMMU_WORLD_REGIME_LSB;

	if (!walk->stages)
		return 0;
	if (walk->rules->stage2 && walk->regime == SMMU_REGIME_EL1)
		world |= SMMU_STE_S2VMID(walk->ste) << SMMU_WORLD_VMID_LSB;
	if (!(walk->stages & 1))
		return world | SMMU_WORLD_IPA;
	if (walk->regime != SMMU_REGIME_EL2)
		world |= SMMU_CD_ASID(walk->cd) | (SMMU_CD_ASET(walk->cd) ? SMMU_WORLD_ASET : 0);
	return world;
}

/* Where TBI lets the top byte of an address of each half be ignored, so does the TLB. */
SMMU_INLINE uint8_t top_ignored(const struct smmu_walk *walk)
{
	if (!(walk->stages & 1))
		return 0;
	return (uint8_t)(SMMU_CD_TBI0(walk->cd) |
			 (smmu_deviates(walk->rules, SMMU_DEVIATION_TBI1) ? SMMU_CD_TBI0(walk->cd)
									  : SMMU_CD_TBI1(walk->cd))
				 << 1);
}

/* What a walk for a configuration found. An entry whose event is of its own is one, too. */
static struct smmu_config_entry config_of(const struct smmu_walk *walk, unsigned end)
{
	struct smmu_config_entry config = {.event = end};

	for (unsigned i = 0; i < 4; i++)
		config.ste[i] = walk->ste[i];
	for (unsigned i = 0; i < 3 && walk->stages & 1; i++)
		config.cd[i] = walk->cd[i];
	config.substream = walk->substream;
	config.stages = walk->stages;
	config.world = world_of(walk);
	config.top_ignored = top_ignored(walk);
	config.access = smmu_stream_memo(walk->rules, walk->memo, walk->ste)->access;
	return config;
}

SMMU_INLINE uint64_t tlb_address(const struct smmu_config_entry *config, uint64_t address)
{
	if (IOSIM_LIKELY(!config->top_ignored) || !(config->top_ignored >> (address >> 55 & 1) & 1))
		return address;
	return (uint64_t)((int64_t)(address << 8) >> 8);
}

SMMU_INLINE void keep_translation(struct smmu *unit, const struct smmu_walk *walk)
{
	unsigned lg2 = smmu_page_lg2(walk);
	struct smmu_config_entry config = {.top_ignored = top_ignored(walk)};
	struct smmu_tlb_entry entry = {
		.world = world_of(walk),
		.frame = walk->pa >> lg2 << lg2,
		.ipa = walk->stages & 2 ? walk->ipa >> lg2 << lg2 : 0,
		.rights = walk->rights,
		.stages = walk->stages,
		.granule = (uint8_t)(walk->stages & 1 ? walk->first.granule : walk->other.granule),
		.level = (uint8_t)(walk->stages & 1 ? walk->level1 : walk->level2),
		.page_lg2 = (uint8_t)(walk->stages & 1 ? walk->shift1 : walk->shift2),
	};
	if (walk->stages & 1 && walk->global && walk->regime != SMMU_REGIME_EL2 &&
	    !smmu_deviates(walk->rules, SMMU_DEVIATION_NEVER_GLOBAL))
		entry.world = (entry.world & ~SMMU_WORLD_ASID_MASK) | SMMU_WORLD_GLOBAL;
	if (walk->stages & 1 && smmu_deviates(walk->rules, SMMU_DEVIATION_APTABLE_TLB))
		entry.rights |= smmu_plain_rights[walk->index1];
	for (unsigned privileged = 0; privileged < 2; privileged++)
		entry.permissions[privileged] = smmu_permissions(entry.rights, privileged);
	smmu_tlb_keep(&unit->caches, tlb_address(&config, walk->input), lg2, &entry);
}

void smmu_keep_found(struct smmu *unit, const struct smmu_walk *walk)
{
	keep_translation(unit, walk);
}

static void keep_ste(struct smmu *unit, const struct smmu_walk *walk)
{
	struct smmu_ste_entry ste = {.event = walk->ste_known ? SMMU_EVENT_NONE : SMMU_C_BAD_STE};

	for (unsigned i = 0; i < 4; i++)
		ste.ste[i] = walk->ste[i];
	smmu_ste_keep(&unit->caches, walk->stream, &ste);
}

/*
 * The configuration of a stream that has none cached: from its STE, cached or not, to its CD. begin_load() sets what
 * the walk starts from; false: there is nothing to be walked, `out` is filled in.
 */
static bool begin_load(struct smmu *unit, const struct request *request, struct smmu_walk *walk, bool *ste_cached,
		       struct translation *out)
{
	const struct smmu_ste_entry *ste = smmu_ste_find(&unit->caches, request->stream);

	*walk = (struct smmu_walk){0};
	smmu_walk_begin(walk, unit, request);
	walk->config_alone = true;
	*ste_cached = ste;
	if (ste && ste->event) {
		out->from_cache = true;
		block(unit, walk, ste->event, out);
		return false;
	}
	if (ste) {
		walk->ste_known = true;
		for (unsigned i = 0; i < 4; i++)
			walk->ste[i] = ste->ste[i];
	}
	return true;
}

void smmu_keep_loaded(struct smmu *unit, const struct smmu_walk *walk, unsigned end, bool ste_cached, bool keeps,
		      struct smmu_config_entry *config)
{
	bool own_event = end == SMMU_C_BAD_CD || end == SMMU_WALK_ABORTS;

	/* With SMMU_DEVIATION_L1STD_SPAN there is C_BAD_STE without an STE. */
	if (keeps && !ste_cached && walk->ste_read)
		keep_ste(unit, walk);
	if (walk->ste_known && (walk->config_known || own_event)) {
		*config = config_of(walk, own_event ? end : SMMU_EVENT_NONE);
		if (keeps)
			smmu_config_keep(&unit->caches,
					 smmu_config_tag(walk->stream, walk->substream, walk->has_substream), config);
	}
}

/* What follows the walk. False: it ended with an event, `out` is filled in. */
static bool end_load(struct smmu *unit, const struct smmu_walk *walk, unsigned end, bool ste_cached, bool keeps,
		     struct smmu_config_entry *config, struct translation *out)
{
	smmu_answer_reads(walk, out);
	smmu_keep_loaded(unit, walk, end, ste_cached, keeps, config);
	if (end == SMMU_EVENT_NONE)
		return true;
	block(unit, walk, end, out);
	return false;
}

static __attribute__((noinline)) bool load_config(struct smmu *unit, const struct request *request,
						  struct smmu_config_entry *config, struct translation *out)
{
	struct smmu_walk walk;
	bool ste_cached;

	if (!begin_load(unit, request, &walk, &ste_cached, out))
		return false;
	unsigned end = smmu_walk_traced(&walk);
	return end_load(unit, &walk, end, ste_cached, true, config, out);
}

/* From the configuration, or without caches (NULL) from the stream table. */
SMMU_INLINE void begin_walk(struct smmu *unit, const struct request *request, const struct smmu_config_entry *config,
			    uint16_t reads, struct smmu_walk *walk)
{
	smmu_walk_begin(walk, unit, request);
	walk->reads = reads;
	if (config)
		walk_from_config(walk, config);
}

/* The same to the end, whatever it is. */
static __attribute__((noinline)) void walk_in_full(struct smmu *unit, const struct request *request,
						   const struct smmu_config_entry *config, struct translation *out)
{
	struct smmu_walk walk = {0};

	begin_walk(unit, request, config, out->reads, &walk);
	unsigned end = smmu_walk_traced(&walk);
	if (config && end == SMMU_EVENT_NONE && walk.stages)
		keep_translation(unit, &walk);
	smmu_answer_reads(&walk, out);
	if (end == SMMU_EVENT_NONE)
		smmu_answer(&walk, out);
	else
		block(unit, &walk, end, out);
}

/*
 * The same, fast where it ends well. No function gets the walk, so that it stays in registers: what meets an event is
 * walked again for the event's fields, from memory that is as it was. Whether there is a `config` is a constant for
 * each caller.
 */
SMMU_INLINE void walk_on(struct smmu *unit, const struct request *request, const struct smmu_config_entry *config,
			 struct translation *out)
{
	struct smmu_walk walk = {0};

	begin_walk(unit, request, config, out->reads, &walk);
	if (IOSIM_UNLIKELY(unit->rules.unusual) || IOSIM_UNLIKELY(walk_functional(&walk) != SMMU_EVENT_NONE)) {
		walk_in_full(unit, request, config, out);
		return;
	}
	if (config && walk.stages)
		keep_translation(unit, &walk);
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

static IOSIM_COLD void config_event(struct smmu *unit, const struct request *request,
				    const struct smmu_config_entry *config, struct translation *out)
{
	struct smmu_walk walk = {0};

	smmu_walk_begin(&walk, unit, request);
	block(unit, &walk, config->event, out);
	out->from_cache = true;
}

/* What is decided before any structure. False: the way begins. */
static IOSIM_COLD bool answer_early(struct smmu *unit, const struct request *request, struct translation *out)
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
		block(unit, &walk, event, out);
	}
	return true;
}

SMMU_INLINE uint64_t config_tag_of(const struct request *request)
{
	bool has_substream = request->pasid != PASID_NONE;

	return smmu_config_tag(request->stream, has_substream ? request->pasid : 0, has_substream);
}

SMMU_INLINE const struct smmu_tlb_entry *cached_translation(const struct smmu *unit, const struct request *request,
							    const struct smmu_config_entry *config)
{
	if (!config->world)
		return NULL;
	return smmu_tlb_find(&unit->caches, tlb_address(config, request->address), config->world);
}

const struct smmu_tlb_entry *smmu_find_cached(const struct smmu *unit, const struct request *request,
					      const struct smmu_config_entry *config)
{
	return cached_translation(unit, request, config);
}

/* False: not in the TLB. */
static bool answer_from_tlb(struct smmu *unit, const struct request *request, const struct smmu_config_entry *config,
			    struct translation *out)
{
	const struct smmu_tlb_entry *entry = cached_translation(unit, request, config);
	unsigned question = smmu_question(request->op, request->privileged, request->execute);

	if (!entry)
		return false;
	if (config->access.wants[question] & ~entry->rights)
		hit_without_rights(unit, request, config, entry, config->access.wants[question], out);
	else
		hit(entry, request->address, config->access.privileged >> question & 1, out);
	return true;
}

/* Any request of a unit with caches; `out` is zeroed. */
static __attribute__((noinline)) void translate_in_full(struct smmu *unit, const struct request *request,
							struct translation *out)
{
	struct smmu_config_entry loaded;
	const struct smmu_config_entry *config = smmu_config_find(&unit->caches, config_tag_of(request));

	if (!config) {
		if (!load_config(unit, request, &loaded, out))
			return;
		config = &loaded;
	} else if (config->event) {
		config_event(unit, request, config, out);
		return;
	}
	if (!answer_from_tlb(unit, request, config, out))
		walk_configured(unit, request, config, out);
}

/* A hit is a short way; all others are in translate_in_full(), it among them. */
void smmu_translate(struct iommu *iommu, const struct request *request, struct translation *out)
{
	struct smmu *unit = smmu_of(iommu);

	*out = (struct translation){0};
	if (IOSIM_UNLIKELY(!smmu_is_plain(unit, request)) && answer_early(unit, request, out))
		return;
	if (unit->caches.off) {
		walk_bare(unit, request, out);
		return;
	}
	const struct smmu_config_entry *config = smmu_config_first(&unit->caches, config_tag_of(request));
	if (IOSIM_LIKELY(config && config->world)) {
		unsigned question = smmu_question(request->op, request->privileged, request->execute);
		const struct smmu_tlb_entry *entry =
			smmu_tlb_first(&unit->caches, tlb_address(config, request->address), config->world);
		if (IOSIM_LIKELY(entry && !(config->access.wants[question] & ~entry->rights))) {
			hit(entry, request->address, config->access.privileged >> question & 1, out);
			return;
		}
	}
	translate_in_full(unit, request, out);
}

/* A walk that does not ask. True: another one begins; else `out` is the answer. */
static __attribute__((noinline)) bool walk_again(struct smmu *unit, struct smmu_lookup *lookup, unsigned end,
						 struct translation *out)
{
	struct smmu_walk *walk = &lookup->walk;
	bool keeps = !lookup->without_caches && lookup->commands == unit->signals->commands;

	if (lookup->request.at != AT_UNTRANSLATED)
		return smmu_ats_walked(unit, lookup, end, out);
	*out = (struct translation){0};
	if (lookup->loads_config) {
		struct smmu_config_entry config;
		lookup->loads_config = false;
		if (!end_load(unit, walk, end, lookup->ste_cached, keeps, &config, out) ||
		    answer_from_tlb(unit, &lookup->request, &config, out))
			return false;
		begin_walk(unit, &lookup->request, &config, out->reads, walk);
		return true;
	}
	if (keeps && end == SMMU_EVENT_NONE && walk->stages)
		keep_translation(unit, walk);
	smmu_answer_reads(walk, out);
	if (end == SMMU_EVENT_NONE)
		smmu_answer(walk, out);
	else
		block(unit, walk, end, out);
	return false;
}

struct memory_ask *smmu_resume(struct iommu *iommu, struct iommu_lookup *room, struct translation *out)
{
	struct smmu_lookup *lookup = (struct smmu_lookup *)room;

	for (;;) {
		unsigned end = walk_cycles(&lookup->walk);
		if (IOSIM_LIKELY(end == SMMU_WALK_ASKS))
			return &lookup->walk.ask;
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
	*out = (struct translation){0};
	if (!smmu_is_plain(unit, request) && answer_early(unit, request, out))
		return NULL;
	lookup->request = *request;
	lookup->commands = unit->signals->commands;
	lookup->without_caches = unit->caches.off;
	lookup->loads_config = false;
	if (!unit->caches.off) {
		config = smmu_config_find(&unit->caches, config_tag_of(request));
		if (config && config->event) {
			config_event(unit, request, config, out);
			return NULL;
		}
		if (config && answer_from_tlb(unit, request, config, out))
			return NULL;
		lookup->loads_config = !config;
	}
	if (!lookup->loads_config)
		begin_walk(unit, request, config, 0, &lookup->walk);
	else if (!begin_load(unit, request, &lookup->walk, &lookup->ste_cached, out))
		return NULL;
	return smmu_resume(iommu, room, out);
}
