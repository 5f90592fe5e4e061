/* SPDX-License-Identifier: MIT */
#include "sim/free.h"

#include "base/assert.h"
#include "sim/free_candidates.h"
#include "sim/step.h"

#include <string.h>

/* Runs that differ in nothing are taken for one. */
static bool reduces(const struct free_hardware *free)
{
	return !free->whole && !free->follows;
}

static struct iommu *unit_of(const struct free_hardware *free, const struct free_choice *choice)
{
	return free->world->units[choice->iommu];
}

static bool is_fetch(const struct free_choice *choice)
{
	return choice->kind == FREE_FETCH || choice->kind == FREE_ASK;
}

/* --- what makes a difference --- */

/* Nothing in the caches of units and devices can change in it but by what requests fetch. */
static bool writes(const struct step *step)
{
	switch (step->operation) {
	case OP_DMA:
	case OP_ATS:
	case OP_RESUME:
	case OP_CHECK:
	case OP_REUSE:
	case OP_MMIO:
	case OP_MMAP:
		return false;
	default:
		return true;
	}
}

/* The step may look at what the choice takes away, or a device gets for itself. */
static bool uses(const struct free_hardware *free, const struct step *step, const struct free_choice *choice)
{
	g_autoptr(GArray) asked = NULL;

	if (step->split || step->operation == OP_RESUME)
		return true;
	if (step->operation != OP_DMA && step->operation != OP_ATS)
		return false;
	if (choice->kind == FREE_EVICT_DEVTLB || choice->kind == FREE_ASK)
		return machine_function(free->world->machine, step->with.device) == choice->device;
	asked = g_array_new(FALSE, TRUE, sizeof(struct free_choice));
	free_candidates_of(free->world, step, asked);
	for (unsigned i = 0; i < asked->len; i++) {
		const struct free_choice *own = &g_array_index(asked, struct free_choice, i);

		if (own->iommu != choice->iommu)
			continue;
		/* A translation may serve several streams (SMMUv3), what configures them does not. */
		if (choice->kind == FREE_EVICT_TRANSLATION ? own->iova == choice->iova : own->stream == choice->stream)
			return true;
	}
	return false;
}

static const struct step *next_of(const struct free_hardware *free, const struct position *position, unsigned thread)
{
	return &free->program->program->steps[position_step(position, thread)];
}

/* Some thread's next step uses it; NULL: or may change what memory says. */
static bool comes_before(const struct free_hardware *free, const struct position *position,
			 const struct free_choice *choice)
{
	uint32_t threads = position_choices(free->program, position);

	for (; threads; threads &= threads - 1) {
		const struct step *step = next_of(free, position, (unsigned)__builtin_ctz(threads));

		if (choice ? uses(free, step, choice) : writes(step))
			return true;
	}
	return false;
}

/* Memory has a translation now. */
static bool is_translated(const struct free_hardware *free, const struct free_choice *candidate)
{
	struct request request = free_request(free->world, candidate);
	struct translation found;

	request.at = AT_UNTRANSLATED;
	unit_of(free, candidate)->ops->explain(unit_of(free, candidate), &request, NULL, NULL, &found);
	return found.result == TRANSLATE_OK && !found.pass_through;
}

static bool is_cached(const struct free_hardware *free, const struct free_choice *candidate, enum cache_layer layer,
		      bool *current)
{
	struct request request = free_request(free->world, candidate);

	return unit_of(free, candidate)->ops->cached(unit_of(free, candidate), &request, layer, current);
}

/* The device holds a translation for it; *current: it would be given the same from memory now. */
static bool is_held(const struct free_hardware *free, const struct free_choice *candidate, bool *current)
{
	struct request request = free_request(free->world, candidate);
	struct translation found;
	unsigned permissions;
	uint64_t pa;

	if (!device_atc_find(free->world->devices, candidate->device, candidate->pasid, false, candidate->iova, &pa,
			     &permissions))
		return false;
	request.at = AT_TRANSLATION_REQUEST;
	unit_of(free, candidate)->ops->explain(unit_of(free, candidate), &request, NULL, NULL, &found);
	*current = found.result == TRANSLATE_OK && found.completion == ATS_SUCCESS &&
		   (found.pa ^ pa) >> FRAME_LG2 == 0 && (found.permissions & permissions) == permissions;
	return true;
}

/* Something that serves the requester says what memory does not say any more. */
bool free_is_stale(const struct free_hardware *free, const struct free_choice *fetched)
{
	bool current;

	if (fetched->kind == FREE_ASK)
		return is_held(free, fetched, &current) && !current;
	for (enum cache_layer layer = 0; layer < CACHE_LAYERS; layer++)
		if (is_cached(free, fetched, layer, &current) && !current)
			return true;
	return false;
}

static bool all_differ(const struct free_hardware *free, const struct free_place *place)
{
	for (uint32_t i = 0; i < place->count; i++)
		if (is_fetch(&place->taken[i]) && !free_is_stale(free, &place->taken[i]))
			return false;
	return true;
}

/* What went at `index` is looked for by a fetch after it. */
static bool is_fetched_after(const struct free_place *place, uint32_t index)
{
	for (uint32_t i = index + 1; i < place->count; i++)
		if (is_fetch(&place->taken[i]) && place->taken[i].iommu == place->taken[index].iommu)
			return true;
	return false;
}

/* Nothing went that nobody will have looked for. */
static bool all_evicts_used(const struct free_hardware *free, const struct free_place *place, const struct step *step)
{
	for (uint32_t i = 0; i < place->count; i++)
		if (free_is_evict(&place->taken[i]) && !is_fetched_after(place, i) &&
		    !(step && uses(free, step, &place->taken[i])))
			return false;
	return true;
}

uint32_t free_threads(const struct free_hardware *free, const struct position *position, const struct free_place *place,
		      uint32_t threads)
{
	uint32_t may = 0;

	if (!reduces(free))
		return threads;
	for (; threads; threads &= threads - 1) {
		unsigned thread = (unsigned)__builtin_ctz(threads);
		const struct step *step = next_of(free, position, thread);
		bool follows = all_evicts_used(free, place, step);

		for (uint32_t i = 0; i < place->count && follows; i++)
			if (is_fetch(&place->taken[i]))
				follows = writes(step) ||
					  (place->taken[i].kind == FREE_ASK && uses(free, step, &place->taken[i]));
		if (follows)
			may |= 1u << thread;
	}
	return may;
}

/* --- the choices --- */

struct listing {
	struct free_hardware *free;
	const struct position *position;
	bool all;
	bool writes; /* what may change memory comes next, or a command may be completed */
	GArray *list;
};

static void add(struct listing *listing, const struct free_choice *choice)
{
	for (unsigned i = 0; i < listing->list->len; i++)
		if (free_compare(&g_array_index(listing->list, struct free_choice, i), choice) == 0)
			return;
	g_array_append_val(listing->list, *choice);
}

static void add_evict(struct listing *listing, const struct free_choice *candidate, enum cache_layer layer)
{
	static const enum free_kind kinds[CACHE_LAYERS] = {[CACHED_TRANSLATION] = FREE_EVICT_TRANSLATION,
							   [CACHED_CONTEXT] = FREE_EVICT_CONTEXT,
							   [CACHED_PASID] = FREE_EVICT_PASID};
	struct free_choice choice = *candidate;
	bool current;

	choice.kind = kinds[layer];
	choice.ats = 0;
	choice.iova = layer == CACHED_TRANSLATION ? candidate->iova : 0;
	if (!is_cached(listing->free, candidate, layer, &current))
		return;
	if (listing->all || (!current && (comes_before(listing->free, listing->position, &choice) ||
					  (listing->writes && is_translated(listing->free, candidate)))))
		add(listing, &choice);
}

static void add_fetch(struct listing *listing, const struct free_choice *candidate)
{
	struct free_choice choice = *candidate;
	bool current;

	choice.kind = FREE_FETCH;
	choice.ats = 0;
	if ((listing->all || listing->writes) && !is_cached(listing->free, candidate, CACHED_TRANSLATION, &current))
		add(listing, &choice);
}

/* The device's own: what it holds, and what it could ask for. */
static void add_device(struct listing *listing, const struct free_choice *candidate)
{
	const struct world *world = listing->free->world;
	struct free_choice choice = *candidate;
	bool current = true, held;

	choice.ats = 0;
	if (!free_may_ask(world, candidate))
		return;
	held = is_held(listing->free, candidate, &current);
	choice.kind = held ? FREE_EVICT_DEVTLB : FREE_ASK;
	if (listing->all || (held ? !current : listing->writes) ||
	    (!held && comes_before(listing->free, listing->position, &choice)))
		add(listing, &choice);
}

static void add_turns(struct listing *listing)
{
	const struct world *world = listing->free->world;
	struct unit_turn turns[UNIT_TURNS_MAX];

	for (uint16_t iommu = 0; iommu < world->machine->iommu_count; iommu++) {
		struct iommu *unit = world->units[iommu];
		uint32_t count = unit ? unit->ops->turns(unit, turns, UNIT_TURNS_MAX) : 0;

		for (uint32_t i = 0; i < count; i++) {
			struct free_choice choice = {.kind = FREE_TURN, .iommu = iommu, .place = turns[i].place};
			if (!turns[i].silent || listing->free->whole)
				add(listing, &choice);
		}
	}
	for (uint16_t device = 0; device < world->machine->device_count; device++)
		if (device_can_advance(world->devices, device)) {
			struct free_choice choice = {.kind = FREE_DEVICE, .device = device};
			add(listing, &choice);
		}
	for (unsigned i = 0; i < WORLD_MAX_ASKED; i++)
		if (world->asked[i].used) {
			struct free_choice choice = {.kind = FREE_SERVE};
			add(listing, &choice);
			return;
		}
}

/* What may be chosen after what was chosen since the last step. */
static void keep_followers(struct listing *listing, const struct free_place *place)
{
	const struct free_choice *last = place->count ? &place->taken[place->count - 1] : NULL;
	guint i = 0;

	while (i < listing->list->len) {
		const struct free_choice *choice = &g_array_index(listing->list, struct free_choice, i);
		bool follows = !last || free_depends(last, choice) || free_compare(last, choice) < 0;

		if (choice->kind >= FREE_TURN)
			follows = follows && all_evicts_used(listing->free, place, NULL);
		if (follows)
			i++;
		else
			g_array_remove_index(listing->list, i);
	}
}

GArray *free_choices(struct free_hardware *free, const struct position *position, const struct free_place *place)
{
	g_autoptr(GArray) candidates = g_array_new(FALSE, TRUE, sizeof(struct free_choice));
	struct listing listing = {.free = free,
				  .position = position,
				  .all = !reduces(free),
				  .list = g_array_new(FALSE, TRUE, sizeof(struct free_choice))};

	add_turns(&listing);
	listing.writes = listing.list->len > 0 || comes_before(free, position, NULL);
	free->crowded |= !free_candidates(free->world, free->program, listing.all ? NULL : position, candidates);
	for (unsigned i = 0; i < candidates->len; i++) {
		const struct free_choice *candidate = &g_array_index(candidates, struct free_choice, i);

		for (enum cache_layer layer = 0; layer < CACHE_LAYERS; layer++)
			add_evict(&listing, candidate, layer);
		add_fetch(&listing, candidate);
		add_device(&listing, candidate);
	}
	g_array_sort(listing.list, free_compare);
	if (reduces(free))
		keep_followers(&listing, place);
	if (place->done >= free->most && !free->follows) {
		free->cut |= listing.list->len > 0;
		g_array_set_size(listing.list, 0);
	}
	return listing.list;
}

/* --- taking one --- */

struct taking {
	const struct free_hardware *free;
	const struct free_choice *choice;
};

static bool evict(const struct free_hardware *free, const struct free_choice *choice)
{
	static const enum cache_layer layers[] = {[FREE_EVICT_TRANSLATION] = CACHED_TRANSLATION,
						  [FREE_EVICT_PASID] = CACHED_PASID,
						  [FREE_EVICT_CONTEXT] = CACHED_CONTEXT};
	struct request request = free_request(free->world, choice);

	return unit_of(free, choice)->ops->evict(unit_of(free, choice), &request, layers[choice->kind]);
}

static bool ask(struct step_run *run, const struct free_choice *choice)
{
	struct request request = free_request(run->world, choice);
	struct hit hit;

	return step_ask(run, &request, &hit) == DEVICE_SENT && hit.kind == HIT_TRANSLATION &&
	       hit.translation.permissions & (PERM_READ | PERM_WRITE);
}

static bool act(struct step_run *run, const void *context)
{
	const struct taking *taking = context;
	const struct free_choice *choice = taking->choice;
	struct iommu *unit = unit_of(taking->free, choice);
	struct request request;

	switch ((enum free_kind)choice->kind) {
	case FREE_EVICT_TRANSLATION:
	case FREE_EVICT_PASID:
	case FREE_EVICT_CONTEXT:
		return evict(taking->free, choice);
	case FREE_EVICT_DEVTLB:
		return device_atc_evict(run->world->devices, choice->device, choice->pasid, choice->iova);
	case FREE_FETCH:
		request = free_request(run->world, choice);
		return unit->ops->fetch(unit, &request);
	case FREE_ASK:
		return ask(run, choice);
	case FREE_TURN:
		unit->ops->take_turn(unit, choice->place);
		return true;
	case FREE_DEVICE:
		return device_advance(run->world->devices, choice->device);
	case FREE_SERVE:
		return uapi_page_requests(run->world->uapi, 1) > 0;
	}
	return false;
}

static void remember(struct free_place *place, const struct free_choice *choice)
{
	/* What is no cache's comes between all that went before it and all that follows. */
	if (choice->kind >= FREE_TURN) {
		memset(place->taken, 0, sizeof(place->taken));
		place->count = 0;
	}
	IOSIM_ASSERT(place->count < FREE_CHOICES_LIMIT);
	place->taken[place->count++] = *choice;
}

bool free_take(struct free_hardware *free, const struct position *position, const struct free_choice *choice,
	       const struct step *step, struct step_record *record, struct free_place *place)
{
	struct taking taking = {.free = free, .choice = choice};

	record->hardware = true;
	if (!step_run_hardware(free->world, step, position_number(position), record, act, &taking))
		return false;
	if (reduces(free) && choice->kind >= FREE_TURN && !all_differ(free, place))
		return false;
	if (reduces(free))
		remember(place, choice);
	place->done++;
	if (choice->kind >= FREE_TURN)
		free_settle(free);
	return true;
}

GArray *free_fetches(struct free_hardware *free, const struct position *position, const struct free_place *place)
{
	g_autoptr(GArray) candidates = g_array_new(FALSE, TRUE, sizeof(struct free_choice));
	GArray *list = g_array_new(FALSE, TRUE, sizeof(struct free_choice));

	if (place->done >= free->most && !free->follows)
		return list;
	free->crowded |= !free_candidates(free->world, free->program, reduces(free) ? position : NULL, candidates);
	for (unsigned i = 0; i < candidates->len; i++) {
		struct free_choice choice = g_array_index(candidates, struct free_choice, i);

		choice.ats = 0;
		choice.kind = FREE_FETCH;
		g_array_append_val(list, choice);
		choice.kind = FREE_ASK;
		if (free_may_ask(free->world, &choice))
			g_array_append_val(list, choice);
	}
	return list;
}

bool free_take_within(const struct free_hardware *free, const struct free_choice *choice, const struct step *step,
		      struct step_record *record)
{
	struct taking taking = {.free = free, .choice = choice};

	record->hardware = true;
	return step_run_hardware_within(free->world, step, record, act, &taking);
}

bool free_step_taken(struct free_hardware *free, const struct position *before, unsigned thread,
		     struct free_place *place)
{
	const struct step *step = next_of(free, before, thread);
	bool differs = !reduces(free) || step->split || !writes(step) || all_differ(free, place);
	uint32_t done = place->done;

	memset(place, 0, sizeof(*place));
	place->done = done;
	free_settle(free);
	return differs;
}

void free_settle(const struct free_hardware *free)
{
	const struct world *world = free->world;
	struct unit_turn turns[UNIT_TURNS_MAX];
	bool did = !free->whole;

	for (uint32_t events = 0; did && events < WORLD_MAX_EVENTS; events++) {
		did = false;
		for (uint16_t iommu = 0; iommu < world->machine->iommu_count && !did; iommu++) {
			struct iommu *unit = world->units[iommu];
			uint32_t count = unit ? unit->ops->turns(unit, turns, UNIT_TURNS_MAX) : 0;

			for (uint32_t i = 0; i < count && !did; i++)
				if (turns[i].silent) {
					unit->ops->take_turn(unit, turns[i].place);
					did = true;
				}
		}
	}
}
