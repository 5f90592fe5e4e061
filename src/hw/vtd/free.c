/* SPDX-License-Identifier: MIT */
/*
 * The choices that the unit has (hw/free.h). Looking for them changes nothing. The IOTLB is asked before the other
 * caches (cache.h), so what these hold matters to an ordinary request only where it has nothing; to a translation
 * request the context entry always does (ats.c).
 */
#include "hw/vtd/decide.h"
#include "hw/vtd/engine.h"
#include "hw/vtd/walk.h"

/* What memory says of the request; its structures alone, or all of it. */
static unsigned look(const struct vtd *unit, const struct request *request, bool structures, struct vtd_walk *walk)
{
	struct request read = *request;

	read.at = AT_UNTRANSLATED;
	read.op = REQUEST_READ;
	*walk = (struct vtd_walk){0};
	vtd_walk_ask(walk, unit, &read, false, unit->state->mode == VTD_MODE_SCALABLE);
	walk->structures_alone = structures;
	return vtd_walk_look(walk);
}

static bool translates(const struct vtd *unit)
{
	return unit->state->mode == VTD_MODE_LEGACY || unit->state->mode == VTD_MODE_SCALABLE;
}

static const struct vtd_iotlb_entry *translation_of(const struct vtd *unit, const struct request *request)
{
	return vtd_iotlb_peek(&unit->caches, request->address,
			      vtd_iotlb_source((uint16_t)request->stream, request->pasid));
}

static bool translation_is_current(const struct vtd *unit, const struct request *request,
				   const struct vtd_iotlb_entry *entry)
{
	struct vtd_walk walk;
	struct vtd_found found;

	vtd_walk_found(&walk, look(unit, request, false, &walk), &found);
	return vtd_would_keep(unit, &found, entry);
}

static const struct vtd_context_entry *context_of(const struct vtd *unit, const struct request *request)
{
	return vtd_context_peek(&unit->caches, (uint16_t)request->stream);
}

static bool context_is_current(const struct vtd *unit, const struct request *request,
			       const struct vtd_context_entry *entry)
{
	struct vtd_walk walk;
	unsigned end = look(unit, request, true, &walk);

	if (entry->fault)
		return end == entry->fault;
	return walk.context_known && walk.context[0] == entry->words[0] && walk.context[1] == entry->words[1];
}

/* The entry that the request's PASID, or that of requests without one, has (9.4 RID_PASID). */
static const struct vtd_pasid_entry *pasid_entry_of(const struct vtd *unit, const struct request *request)
{
	const struct vtd_context_entry *context = context_of(unit, request);
	uint32_t pasid = request->pasid;
	struct vtd_walk walk;

	if (unit->state->mode != VTD_MODE_SCALABLE)
		return NULL;
	if (pasid == PASID_NONE && context && !context->fault) {
		pasid = (uint32_t)VTD_SMCONTEXT_RID_PASID(context->words);
	} else if (pasid == PASID_NONE) {
		look(unit, request, true, &walk);
		pasid = walk.context_known ? (uint32_t)VTD_SMCONTEXT_RID_PASID(walk.context) : 0;
	}
	return vtd_pasid_peek(&unit->caches, (uint16_t)request->stream, pasid);
}

static bool pasid_entry_is_current(const struct vtd *unit, const struct request *request,
				   const struct vtd_pasid_entry *entry)
{
	struct vtd_walk walk;
	unsigned end = look(unit, request, true, &walk);

	if (entry->fault)
		return end == entry->fault;
	return walk.pasid_known && walk.pasid == entry->pasid && walk.pasid_entry[0] == entry->words[0] &&
	       walk.pasid_entry[1] == entry->words[1] && walk.pasid_entry[2] == entry->words[2];
}

bool vtd_cached(struct iommu *iommu, const struct request *request, enum cache_layer what, bool *current)
{
	const struct vtd *unit = vtd_of(iommu);
	const void *entry;

	*current = true;
	if (!translates(unit))
		return false;
	switch (what) {
	case CACHED_TRANSLATION:
		entry = translation_of(unit, request);
		*current = entry && translation_is_current(unit, request, entry);
		return entry;
	case CACHED_CONTEXT:
		entry = context_of(unit, request);
		*current = entry && context_is_current(unit, request, entry);
		return entry && (request->at != AT_UNTRANSLATED || !translation_of(unit, request));
	case CACHED_PASID:
		entry = pasid_entry_of(unit, request);
		*current = entry && pasid_entry_is_current(unit, request, entry);
		return entry && !translation_of(unit, request);
	case CACHE_LAYERS:
		break;
	}
	return false;
}

bool vtd_evict(struct iommu *iommu, const struct request *request, enum cache_layer what)
{
	struct vtd *unit = vtd_of(iommu);
	const struct vtd_iotlb_entry *translation = translation_of(unit, request);
	const struct vtd_context_entry *context = context_of(unit, request);
	const struct vtd_pasid_entry *pasid = pasid_entry_of(unit, request);

	if (what == CACHED_TRANSLATION && translation)
		vtd_iotlb_evict(&unit->caches, translation);
	else if (what == CACHED_CONTEXT && context)
		vtd_context_evict(&unit->caches, context);
	else if (what == CACHED_PASID && pasid)
		vtd_pasid_evict(&unit->caches, pasid);
	else
		return false;
	return true;
}

bool vtd_fetch(struct iommu *iommu, const struct request *request)
{
	struct request read = *request;

	read.at = AT_UNTRANSLATED;
	read.op = REQUEST_READ;
	return vtd_fetch_ahead(vtd_of(iommu), &read);
}

/* --- the queue --- */

static const char *word_of(unsigned type)
{
	switch (type) {
	case VTD_DESCRIPTOR_CONTEXT:
		return "context";
	case VTD_DESCRIPTOR_PASID:
		return "pasid";
	case VTD_DESCRIPTOR_IOTLB:
	case VTD_DESCRIPTOR_PIOTLB:
		return "iotlb";
	case VTD_DESCRIPTOR_DEVTLB:
	case VTD_DESCRIPTOR_PDEVTLB:
		return "devtlb";
	case VTD_DESCRIPTOR_IEC:
		return "interrupts";
	case VTD_DESCRIPTOR_RESPONSE:
		return "response";
	default:
		return "wait";
	}
}

/* What advance() does before it looks at what was consumed. */
static bool next_turn(const struct vtd *unit, struct unit_turn *out)
{
	const uint64_t *registers = unit->state->registers;

	*out = (struct unit_turn){.place = UNIT_TURN_NEXT, .what = "register"};
	if (unit->state->command_pending || VTD_CCMD_ICC(&registers[VTD_R_CCMD]) ||
	    VTD_IOTLB_IVT(&registers[VTD_R_IOTLB]))
		return true;
	out->what = "consume";
	out->silent = true;
	return vtd_queue_may_consume(unit);
}

uint32_t vtd_turns(struct iommu *iommu, struct unit_turn *out, uint32_t most)
{
	const struct vtd *unit = vtd_of(iommu);
	uint32_t count = most > 0 && next_turn(unit, &out[0]);

	for (uint32_t place = 0; place < unit->state->pending_count && count < most; place++) {
		unsigned type = vtd_descriptor_type(unit->state->pending[place]);

		if (vtd_queue_may_proceed(unit, place))
			out[count++] = (struct unit_turn){
				.place = place, .silent = type == VTD_DESCRIPTOR_WAIT, .what = word_of(type)};
	}
	return count;
}

void vtd_take_turn(struct iommu *iommu, uint32_t place)
{
	if (place == UNIT_TURN_NEXT)
		iommu->ops->advance(iommu);
	else
		vtd_queue_proceed_with(vtd_of(iommu), place);
}
