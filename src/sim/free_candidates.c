/* SPDX-License-Identifier: MIT */
#include "sim/free_candidates.h"

#include "sim/confidential.h"
#include "sim/step.h"

#include <string.h>

#define REQUEST_BYTES 4u

/* The names that the address is made of are known by now, and it is one that a unit translates. */
static bool has_address(const struct world *world, const struct step *step)
{
	const struct address *at = &step->with.at;

	if (at->base == ADDRESS_MSI || (step->operation == OP_DMA && step->with.translated))
		return false;
	if (step->with.pasid.base == PASID_RESULT && !world->slots[step->with.pasid.value].made)
		return false;
	return at->base != ADDRESS_RESULT || world->slots[at->index].made;
}

void free_candidates_of(const struct world *world, const struct step *step, GArray *out)
{
	/* Nothing of the world is changed by asking for an address or a request. */
	struct step_run run = {.world = (struct world *)world, .step = step, .with = &step->with};
	uint16_t iommu;
	struct request request;
	uint64_t first, bytes;

	if ((step->operation != OP_DMA && step->operation != OP_ATS) || !has_address(world, step))
		return;
	iommu = world->machine->devices[step->with.device].iommu;
	if (iommu == MACHINE_NONE || !world->units[iommu])
		return;
	request = step_request(&run);
	first = step_address(&run, &step->with.at);
	bytes = step->with.bytes ? step->with.bytes : REQUEST_BYTES;
	for (uint64_t page = 0; page < FREE_MAX_PAGES && page <= (first % FRAME_BYTES + bytes - 1) >> FRAME_LG2;
	     page++) {
		struct free_choice candidate = {.device = machine_function(world->machine, step->with.device),
						.iommu = iommu,
						.stream = step_stream(world, &request),
						.pasid = request.pasid,
						.iova = (first & ~(uint64_t)(FRAME_BYTES - 1)) + page * FRAME_BYTES,
						.ats = step->operation == OP_ATS};
		g_array_append_val(out, candidate);
	}
}

/* The step is still to come. */
static bool is_ahead(const struct position_program *program, const struct position *position, uint32_t index)
{
	const struct step *step = &program->program->steps[index];

	if (position->block && step->block == position->block)
		return position->next[step->thread] != POSITION_NO_STEP && index >= position->next[step->thread];
	return index >= position->step;
}

/* A step that is still to come uses what the device holds, or was asked for before: for any address. */
static bool is_used_later(const struct world *world, const struct position_program *program,
			  const struct position *position, const struct step *asked)
{
	for (uint32_t index = 0; index < program->program->step_count; index++) {
		const struct step *step = &program->program->steps[index];

		if (!is_ahead(program, position, index) || !position_has(program, index))
			continue;
		if (step->operation == OP_RESUME || (step->operation == OP_DMA && step->with.translated &&
						     machine_function(world->machine, step->with.device) ==
							     machine_function(world->machine, asked->with.device)))
			return true;
	}
	return false;
}

/* The same for the same pages: what asks for translations does so of both. */
static bool is_known(const GArray *list, const struct free_choice *candidate)
{
	for (unsigned i = 0; i < list->len; i++) {
		struct free_choice *known = &g_array_index(list, struct free_choice, i);

		if (known->iommu != candidate->iommu || known->stream != candidate->stream ||
		    known->pasid != candidate->pasid || known->iova != candidate->iova)
			continue;
		known->ats |= candidate->ats;
		return true;
	}
	return false;
}

bool free_candidates(const struct world *world, const struct position_program *program, const struct position *position,
		     GArray *out)
{
	g_autoptr(GArray) own = g_array_new(FALSE, TRUE, sizeof(struct free_choice));
	bool fits = true;

	for (uint32_t index = 0; index < program->program->step_count; index++) {
		const struct step *step = &program->program->steps[index];

		if (!position_has(program, index) || (step->operation != OP_DMA && step->operation != OP_ATS) ||
		    (position && !is_ahead(program, position, index) && !is_used_later(world, program, position, step)))
			continue;
		g_array_set_size(own, 0);
		free_candidates_of(world, step, own);
		for (unsigned i = 0; i < own->len; i++) {
			const struct free_choice *candidate = &g_array_index(own, struct free_choice, i);

			if (is_known(out, candidate))
				continue;
			if (out->len == FREE_MAX_CANDIDATES)
				fits = false;
			else
				g_array_append_val(out, *candidate);
		}
	}
	return fits;
}

static uint32_t own_stream(const struct world *world, uint16_t device)
{
	struct request own = {.device = device, .rid = world->machine->devices[device].rid};

	return step_stream(world, &own);
}

struct request free_request(const struct world *world, const struct free_choice *choice)
{
	struct step step = {.operation = OP_ATS, .by = MACHINE_NONE, .times = 1};
	struct step_run run = {.world = (struct world *)world, .step = &step, .with = &step.with};
	struct request request;

	step.with.device = choice->device;
	if (choice->pasid != PASID_NONE)
		step.with.pasid = (struct pasid_operand){.base = PASID_NUMBER, .value = choice->pasid};
	request = step_request(&run);
	request.at = choice->ats ? AT_TRANSLATION_REQUEST : AT_UNTRANSLATED;
	request.pasid = choice->pasid;
	request.address = choice->iova;
	request.bytes = REQUEST_BYTES;
	request.stream = choice->stream;
	return request;
}

bool free_is_own(const struct world *world, const struct free_choice *choice)
{
	return choice->stream == own_stream(world, choice->device);
}

bool free_may_ask(const struct world *world, const struct free_choice *choice)
{
	struct request request = free_request(world, choice);

	return device_is_enabled(world->devices, choice->device, FEATURE_ATS) && free_is_own(world, choice) &&
	       confidential_may_send(world, &request);
}

/* --- order --- */

gint free_compare(gconstpointer a, gconstpointer b)
{
	const struct free_choice *left = a, *right = b;
	const uint64_t keys[][2] = {{left->kind, right->kind},     {left->iommu, right->iommu},
				    {left->device, right->device}, {left->stream, right->stream},
				    {left->pasid, right->pasid},   {left->iova, right->iova},
				    {left->place, right->place}};

	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		if (keys[i][0] != keys[i][1])
			return keys[i][0] < keys[i][1] ? -1 : 1;
	return 0;
}

bool free_depends(const struct free_choice *a, const struct free_choice *b)
{
	if (a->kind >= FREE_TURN || b->kind >= FREE_TURN)
		return true;
	if (a->kind == FREE_FETCH && b->kind == FREE_FETCH)
		return false;
	if (free_is_evict(a) && free_is_evict(b))
		return a->iommu == b->iommu && a->stream == b->stream;
	return a->iommu == b->iommu;
}
