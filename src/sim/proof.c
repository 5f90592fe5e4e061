/* SPDX-License-Identifier: MIT */
#include "sim/proof.h"

#include "base/assert.h"
#include "sim/normal_form.h"
#include "sim/position.h"
#include "sim/step.h"
#include "sim/world.h"

#include <string.h>

/* A state from which every action is tried, by the way to it. */
struct proof_place {
	uint32_t before; /* index of the place that leads to it */
	uint16_t step;   /* by that action */
	uint8_t length;  /* of the sequence; 0: where the machine begins */
	uint8_t zero;
};

struct proof_search {
	const struct proof_wish *wish;
	const struct scenario_case *program;
	struct world *world;
	struct proof *found;
	GArray *places;    /* struct proof_place, in the order in which they were met */
	GHashTable *known; /* struct normal_form * */
	GArray *actions;   /* uint16_t: index of a step */
	struct arena_snapshot *begin;
	struct check_view *before_begin; /* world.before, there */
};

/* --- one action --- */

static struct slot *made_by(const struct proof_search *search, const struct step *step)
{
	return step->as ? &search->world->slots[step->as - 1] : NULL;
}

/* A handle is there of the device, or where that is MACHINE_NONE of the memory. */
static bool is_mapped(const struct proof_search *search, uint16_t device, uint32_t memory)
{
	for (uint32_t i = 0; i < search->program->step_count; i++) {
		const struct step *maker = &search->program->steps[i];
		const struct slot *made = made_by(search, maker);
		if (maker->operation != OP_DMA_MAP || !made || !made->made)
			continue;
		if (device == MACHINE_NONE ? maker->with.to.index == memory : maker->with.device == device)
			return true;
	}
	return false;
}

/* The guest would pull away what its own driver still has mapped. */
static bool is_disorderly(const struct proof_search *search, const struct step *step)
{
	switch (step->operation) {
	case OP_DRIVER_UNBIND:
		return is_mapped(search, step->with.device, 0);
	case OP_CONVERT:
	case OP_RELEASE_MEMORY:
		return is_mapped(search, MACHINE_NONE, step->with.to.index);
	default:
		return false;
	}
}

/* Whether a program would take the step here. What the runner skips shows when it is tried. */
static bool is_open(const struct proof_search *search, const struct step *step)
{
	const struct slot *made = made_by(search, step);

	return !(made && made->made) && (search->wish->careless || !is_disorderly(search, step));
}

/* The result that the step ends; NULL: none. */
static struct slot *ended_by(const struct proof_search *search, const struct step *step)
{
	struct slot *slots = search->world->slots;

	switch (step->operation) {
	case OP_DMA_UNMAP:
		return &slots[step->with.handle];
	case OP_DESTROY:
		return &slots[step->with.space];
	case OP_UNPIN:
		return &slots[step->with.pages];
	case OP_RESUME:
		return &slots[step->with.request];
	case OP_LOAD:
		return step->with.result_of_given ? &slots[step->with.request] : NULL;
	default:
		return NULL;
	}
}

static bool failed(const struct step_record *record)
{
	return record->did == DID_REJECTED || record->did == DID_CRASHED || record->did == DID_SKIPPED;
}

/* The record; the caller frees it. */
static struct step_record *take(const struct proof_search *search, uint16_t index, uint32_t number)
{
	const struct step *step = &search->program->steps[index];
	struct step_record *record = step_record_new(step);
	struct slot *ended;

	step_run(search->world, step, number, record);
	ended = failed(record) ? NULL : ended_by(search, step);
	if (ended)
		memset(ended, 0, sizeof(*ended));
	return record;
}

/* --- places --- */

static const struct proof_place *place_at(const struct proof_search *search, uint32_t index)
{
	return &g_array_index(search->places, struct proof_place, index);
}

static struct proof_sequence sequence_to(const struct proof_search *search, uint32_t index, uint16_t last)
{
	struct proof_sequence sequence = {.length = place_at(search, index)->length + 1u};

	sequence.steps[sequence.length - 1] = last;
	for (uint32_t at = sequence.length - 1; at-- > 0; index = place_at(search, index)->before)
		sequence.steps[at] = place_at(search, index)->step;
	return sequence;
}

static void recall(struct proof_search *search, const struct arena_snapshot *snapshot, const struct check_view *before)
{
	struct world *world = search->world;

	arena_restore(world->arena, snapshot);
	memcpy(world->before, before, sizeof(*before) * world->machine->device_count);
	world->overflowed = false;
}

/* The machine goes to the place from where it begins. */
static void go_to(struct proof_search *search, uint32_t index)
{
	uint32_t length = place_at(search, index)->length;
	struct proof_sequence way;

	recall(search, search->begin, search->before_begin);
	if (length == 0)
		return;
	way = sequence_to(search, place_at(search, index)->before, place_at(search, index)->step);
	for (uint32_t i = 0; i < length; i++)
		step_record_free(take(search, way.steps[i], i + 1));
}

static guint form_hash(gconstpointer key)
{
	const struct normal_form *form = key;

	return (guint)(form->hash ^ form->hash >> 32);
}

static gboolean form_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, sizeof(struct normal_form)) == 0;
}

/* The state of now is a place to go on from, unless it was met before. The world is of no use afterwards. */
static void meet(struct proof_search *search, uint32_t from, uint16_t step)
{
	struct proof_place place = {
		.before = from, .step = step, .length = (uint8_t)(place_at(search, from)->length + 1)};
	struct normal_form form;

	if (!search->wish->apart) {
		form = normal_form_of(search->world);
		if (g_hash_table_contains(search->known, &form)) {
			search->found->merged++;
			return;
		}
		g_hash_table_add(search->known, g_memdup2(&form, sizeof(form)));
	}
	g_array_append_val(search->places, place);
}

/* --- the search --- */

static void note(struct proof_search *search, uint32_t from, uint16_t index, const struct step_record *record)
{
	struct proof *found = search->found;

	for (uint64_t left = record->violated; left; left &= left - 1) {
		unsigned invariant = (unsigned)__builtin_ctzll(left);
		if (found->violations[invariant].length == 0)
			found->violations[invariant] = sequence_to(search, from, index);
	}
	if (record->did == DID_CRASHED && found->crash.length == 0)
		found->crash = sequence_to(search, from, index);
}

/* One action from the place whose state the snapshot has. */
static void try(struct proof_search *search, uint32_t from, uint16_t index)
{
	uint32_t length = place_at(search, from)->length + 1u;
	struct step_record *record;

	if (!is_open(search, &search->program->steps[index]))
		return;
	record = take(search, index, length);
	if (record->did != DID_SKIPPED) {
		search->found->taken++;
		note(search, from, index, record);
		if (record->did != DID_CRASHED && length < search->wish->length)
			meet(search, from, index);
	}
	step_record_free(record);
}

static void go_on_from(struct proof_search *search, uint32_t from)
{
	struct world *world = search->world;
	size_t bytes = sizeof(struct check_view) * world->machine->device_count;
	g_autofree struct check_view *before = NULL;
	struct arena_snapshot *snapshot;

	go_to(search, from);
	before = g_memdup2(world->before, bytes);
	snapshot = arena_save(world->arena);
	for (uint32_t i = 0; i < search->actions->len; i++) {
		if (i)
			recall(search, snapshot, before);
		try(search, from, g_array_index(search->actions, uint16_t, i));
	}
	arena_snapshot_free(snapshot);
	search->found->states++;
}

/* Whether more states are there than may be. */
static bool too_many(const struct proof_search *search)
{
	uint32_t most = search->wish->max_states ? search->wish->max_states : PROOF_MAX_STATES;

	return search->places->len > most;
}

static void look(struct proof_search *search)
{
	struct proof_place begin = {.length = 0};

	g_array_append_val(search->places, begin);
	for (uint32_t at = 0; at < search->places->len; at++) {
		if (too_many(search)) {
			search->found->incomplete = true;
			search->found->length = place_at(search, at)->length;
			return;
		}
		go_on_from(search, at);
	}
	search->found->length = search->wish->length;
}

/* --- */

static char *refusal(const struct proof_wish *wish, const struct scenario_case *program)
{
	if (program->block_count)
		return g_strdup("a 'parallel' block: actions are single steps");
	if (wish->scenario->hardware == HARDWARE_FREE)
		return g_strdup("'hardware: free': hardware would choose between any two actions");
	for (uint32_t i = 0; i < program->step_count; i++)
		if (program->steps[i].split)
			return g_strdup_printf("line %u: a split step is no single action",
					       program->steps[i].place.line);
	return NULL;
}

static void search_clear(struct proof_search *search)
{
	g_hash_table_unref(search->known);
	g_array_unref(search->places);
	g_array_unref(search->actions);
	g_free(search->before_begin);
	arena_snapshot_free(search->begin);
	world_free(search->world);
}

static GArray *actions_of(const struct proof_wish *wish, const struct scenario_case *program)
{
	struct position_program run = {program, wish->policy, wish->kind};
	GArray *actions = g_array_new(FALSE, FALSE, sizeof(uint16_t));

	for (uint32_t i = 0; i < program->step_count; i++) {
		uint16_t index = (uint16_t)i;
		if (position_has(&run, i))
			g_array_append_val(actions, index);
	}
	return actions;
}

struct proof *proof_run(const struct proof_wish *wish, char **message)
{
	struct proof_search search = {.wish = wish, .program = &wish->scenario->cases[wish->case_index]};
	struct proof *found;

	IOSIM_ASSERT(wish->length > 0 && wish->length <= PROOF_MAX_LENGTH);
	*message = refusal(wish, search.program);
	if (*message)
		return NULL;
	search.world = world_new(search.program, wish->scenario->hardware, wish->kind, &wish->rules, false, message);
	if (!search.world)
		return NULL;
	found = search.found = g_new0(struct proof, 1);
	search.actions = actions_of(wish, search.program);
	search.places = g_array_new(FALSE, FALSE, sizeof(struct proof_place));
	search.known = g_hash_table_new_full(form_hash, form_equal, g_free, NULL);
	search.begin = arena_save(search.world->arena);
	search.before_begin =
		g_memdup2(search.world->before, sizeof(struct check_view) * (search.world->machine->device_count + 1u));
	found->actions = search.actions->len;
	look(&search);
	search_clear(&search);
	return found;
}

void proof_free(struct proof *proof)
{
	g_free(proof);
}
