/* SPDX-License-Identifier: MIT */
/*
 * The choices that the unit has (hw/free.h). Looking for them changes nothing. A configuration is asked first, because
 * it says how translations are tagged; an STE matters where there is none.
 */
#include "hw/smmuv3/lookup.h"
#include "hw/smmuv3/trace.h"

/* What memory says of the request; its configuration alone, or all of it. */
static unsigned look(const struct smmu *unit, const struct request *request, bool config_alone, struct smmu_walk *walk)
{
	struct request read = *request;

	read.at = AT_UNTRANSLATED;
	read.op = REQUEST_READ;
	*walk = (struct smmu_walk){0};
	smmu_walk_begin(walk, unit, &read);
	walk->quiet = true;
	walk->config_alone = config_alone;
	return smmu_walk_traced(walk);
}

/* The configuration that the request would be served by: cached, or from the STE, which may be cached itself. */
struct config {
	uint64_t world;
	uint8_t top_ignored;
};

static bool config_of(const struct smmu *unit, const struct request *request, struct config *out)
{
	const struct smmu_config_entry *cached = smmu_config_peek(&unit->caches, smmu_config_tag_of(request));
	const struct smmu_ste_entry *ste = smmu_ste_peek(&unit->caches, request->stream);
	struct smmu_walk walk = {0};

	if (cached) {
		*out = (struct config){.world = cached->world, .top_ignored = cached->top_ignored};
		return !cached->event;
	}
	if (ste && ste->event)
		return false;
	smmu_walk_begin(&walk, unit, request);
	walk.quiet = true;
	walk.config_alone = true;
	walk.ste_known = ste;
	for (unsigned i = 0; i < 4 && ste; i++)
		walk.ste[i] = ste->ste[i];
	if (smmu_walk_traced(&walk) != SMMU_EVENT_NONE)
		return false;
	*out = (struct config){.world = smmu_world_of(&walk), .top_ignored = smmu_top_ignored(&walk)};
	return true;
}

static const struct smmu_tlb_entry *translation_of(const struct smmu *unit, const struct request *request)
{
	struct config config;

	if (!config_of(unit, request, &config) || !config.world)
		return NULL;
	return smmu_tlb_peek(&unit->caches, smmu_tlb_address(config.top_ignored, request->address), config.world);
}

static bool translation_is_current(const struct smmu *unit, const struct request *request,
				   const struct smmu_tlb_entry *entry)
{
	struct smmu_walk walk;
	struct smmu_found found;
	uint64_t mask = entry->world & SMMU_WORLD_GLOBAL ? SMMU_WORLD_ASID_MASK | SMMU_WORLD_GLOBAL : 0;

	if (look(unit, request, false, &walk) != SMMU_EVENT_NONE || !walk.stages)
		return false;
	smmu_found_of(&walk, smmu_world_of(&walk), smmu_top_ignored(&walk), &found);
	uint64_t below = smmu_mask_below(found.lg2);
	return ((found.world ^ entry->world) & ~mask) == 0 && smmu_page_class_lg2[entry->page & 15] == found.lg2 &&
	       entry->frame == (found.pa & ~below) && entry->rights == found.rights && entry->clean == found.clean &&
	       !walk.flags_due;
}

static bool same_words(const uint64_t *a, const uint64_t *b, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

static bool ste_is_current(const struct smmu *unit, const struct request *request, const struct smmu_ste_entry *entry)
{
	struct smmu_walk walk;

	look(unit, request, true, &walk);
	return same_words(walk.ste, entry->ste, 4) && walk.ste_known == !entry->event;
}

static bool config_is_current(const struct smmu *unit, const struct request *request,
			      const struct smmu_config_entry *entry)
{
	struct smmu_walk walk;
	unsigned end = look(unit, request, true, &walk);

	if (entry->event)
		return end == entry->event;
	return end == SMMU_EVENT_NONE && same_words(walk.ste, entry->ste, 4) && walk.stages == entry->stages &&
	       (!(walk.stages & 1) || same_words(walk.cd, entry->cd, 3));
}

bool smmu_cached(struct iommu *iommu, const struct request *request, enum cache_layer what, bool *current)
{
	const struct smmu *unit = smmu_of(iommu);
	const struct smmu_config_entry *config = smmu_config_peek(&unit->caches, smmu_config_tag_of(request));
	const struct smmu_ste_entry *ste = smmu_ste_peek(&unit->caches, request->stream);
	const struct smmu_tlb_entry *translation;

	*current = true;
	if (!smmu_is_enabled(unit) || unit->caches.off || (uint64_t)request->stream >> unit->state->stream_lg2)
		return false;
	switch (what) {
	case CACHED_TRANSLATION:
		translation = translation_of(unit, request);
		*current = translation && translation_is_current(unit, request, translation);
		return translation;
	case CACHED_CONTEXT:
		*current = ste && ste_is_current(unit, request, ste);
		return ste && !config;
	case CACHED_PASID:
		*current = config && config_is_current(unit, request, config);
		return config;
	case CACHE_LAYERS:
		break;
	}
	return false;
}

bool smmu_evict(struct iommu *iommu, const struct request *request, enum cache_layer what)
{
	struct smmu *unit = smmu_of(iommu);
	const struct smmu_ste_entry *ste = smmu_ste_peek(&unit->caches, request->stream);
	const struct smmu_config_entry *config = smmu_config_peek(&unit->caches, smmu_config_tag_of(request));
	const struct smmu_tlb_entry *translation = smmu_is_enabled(unit) ? translation_of(unit, request) : NULL;

	if (what == CACHED_TRANSLATION && translation)
		smmu_tlb_evict(&unit->caches, translation);
	else if (what == CACHED_CONTEXT && ste)
		smmu_ste_evict(&unit->caches, ste);
	else if (what == CACHED_PASID && config)
		smmu_config_evict(&unit->caches, config);
	else
		return false;
	return true;
}

/* The configuration of a stream that has none cached, kept with its STE. False: it has none that is good. */
static bool fetch_config(struct smmu *unit, const struct request *request, struct smmu_config_entry *config)
{
	const struct smmu_ste_entry *ste = smmu_ste_peek(&unit->caches, request->stream);
	struct smmu_walk walk = {0};
	unsigned end;

	if (ste && ste->event)
		return false;
	smmu_walk_begin(&walk, unit, request);
	walk.quiet = true;
	walk.config_alone = true;
	walk.ste_known = ste;
	for (unsigned i = 0; i < 4 && ste; i++)
		walk.ste[i] = ste->ste[i];
	end = smmu_walk_traced(&walk);
	if (walk.flags_due)
		return false;
	smmu_keep_loaded(unit, &walk, end, ste, true, config);
	return end == SMMU_EVENT_NONE;
}

/* What nobody accessed yet stays so: it is permitted to be marked ahead of an access (3.14), and may not be kept else.
 */
bool smmu_fetch(struct iommu *iommu, const struct request *request)
{
	struct smmu *unit = smmu_of(iommu);
	const struct smmu_config_entry *cached = smmu_config_peek(&unit->caches, smmu_config_tag_of(request));
	struct smmu_config_entry config = {0};
	struct request read = *request;
	struct smmu_walk walk = {0};

	read.at = AT_UNTRANSLATED;
	read.op = REQUEST_READ;
	if (!smmu_is_plain(unit, &read) || unit->caches.translations_off || translation_of(unit, request))
		return false;
	if (cached)
		config = *cached;
	else if (!fetch_config(unit, &read, &config))
		return false;
	if (config.event || !config.stages)
		return false;
	smmu_walk_on_begin(unit, &read, &config, 0, &walk);
	walk.quiet = true;
	if (smmu_walk_traced(&walk) != SMMU_EVENT_NONE || walk.flags_due)
		return false;
	smmu_keep_found(unit, &walk);
	return true;
}

/* --- the queue --- */

static const char *word_of(unsigned opcode)
{
	switch (opcode) {
	case SMMU_OP_CFGI_STE:
	case SMMU_OP_CFGI_STE_RANGE:
	case SMMU_OP_CFGI_CD:
	case SMMU_OP_CFGI_CD_ALL:
		return "config";
	case SMMU_OP_ATC_INV:
		return "devtlb";
	case SMMU_OP_PRI_RESP:
		return "response";
	case SMMU_OP_RESUME:
	case SMMU_OP_STALL_TERM:
		return "resume";
	case SMMU_OP_PREFETCH_CONFIG:
	case SMMU_OP_PREFETCH_ADDR:
		return "prefetch";
	default:
		return "tlb";
	}
}

uint32_t smmu_turns(struct iommu *iommu, struct unit_turn *out, uint32_t most)
{
	const struct smmu *unit = smmu_of(iommu);
	uint32_t count = 0;

	if (most > 0 && smmu_update_is_pending(unit))
		out[count++] = (struct unit_turn){.place = UNIT_TURN_NEXT, .what = "register"};
	else if (most > 0 && smmu_queue_may_consume(unit))
		out[count++] = (struct unit_turn){.place = UNIT_TURN_NEXT, .silent = true, .what = "consume"};
	for (uint32_t place = 0; place < unit->state->pending_count && count < most; place++)
		if (smmu_queue_may_complete(unit, place))
			out[count++] = (struct unit_turn){
				.place = place,
				.what = word_of((unsigned)SMMU_CMD_OPCODE(unit->state->pending[place]))};
	return count;
}

void smmu_take_turn(struct iommu *iommu, uint32_t place)
{
	if (place == UNIT_TURN_NEXT)
		iommu->ops->advance(iommu);
	else
		smmu_queue_complete(smmu_of(iommu), place);
}
