/* SPDX-License-Identifier: MIT */
/* DMA: the request, what it hit, and whether that was meant. */
#include "sim/step.h"

#include "base/assert.h"
#include "sim/walk_step.h"
#include "sim/words.h"

#include <errno.h>
#include <string.h>

#define DMA_DEFAULT_BYTES 4
#define DMA_MAX_BYTES     (UINT64_C(16) << 20)

static struct request build_request(struct step_run *run)
{
	const struct world *world = run->world;
	const struct operands *with = run->with;
	uint16_t function = machine_function(world->machine, with->device);
	const struct machine_device *device = &world->machine->devices[function];
	uint16_t owner = model_owner(world->model, with->device);
	enum access access = with->access_given ? with->access : ACCESS_READ;
	struct request request = {.segment = device->segment,
				  .rid = device->rid,
				  .stream = device->stream,
				  .device = with->device,
				  .pasid = PASID_NONE,
				  .at = AT_UNTRANSLATED,
				  .no_snoop = with->nosnoop,
				  .by_owner = run->step->by_given};

	if (with->as_rid_given)
		request.rid = with->as_rid;
	request.op = access == ACCESS_READ ? REQUEST_READ : access == ACCESS_WRITE ? REQUEST_WRITE : REQUEST_ATOMIC;
	/* A device that nobody drives still works on what its last driver queued. */
	request.originator = run->step->by_given      ? run->step->by
			     : owner == MODEL_NEUTRAL ? world->last_owner[with->device]
						      : owner;
	return request;
}

/* What the request hit, as a scenario names it. */
static struct target target_of_hit(const struct hit *hit)
{
	struct target target = {.kind = TARGET_NONE, .offset = hit->offset};

	if (hit->kind == HIT_BAR) {
		target.kind = TARGET_BAR;
		target.index = hit->bar;
	} else if (hit->kind == HIT_MEMORY && hit->memory != MACHINE_NONE) {
		target.kind = TARGET_MEMORY;
		target.index = hit->memory;
	} else if (hit->kind == HIT_MEMORY && hit->firmware != MACHINE_NONE) {
		target.kind = TARGET_RESERVED;
		target.index = hit->firmware;
	}
	return target;
}

static bool allowed(const struct model_meaning *meaning, const struct request *request)
{
	unsigned need = request->op == REQUEST_READ    ? MODEL_READ
			: request->op == REQUEST_WRITE ? MODEL_WRITE
						       : MODEL_READ | MODEL_WRITE;

	return meaning->meant && (meaning->permissions & need) == need;
}

static bool hit_is_meant(const struct model_meaning *meaning, const struct target *target)
{
	struct model_target got = step_model_target(target);

	return meaning->meant && meaning->target.kind == got.kind && meaning->target.index == got.index &&
	       meaning->target.offset == got.offset;
}

static bool owned_by_originator(const struct world *world, const struct request *request, const struct target *target)
{
	if (target->kind == TARGET_MEMORY)
		return model_memory_owner(world->model, (uint16_t)target->index) == request->originator;
	if (target->kind == TARGET_BAR)
		return model_owner(world->model, world->machine->bars[target->index].device) == request->originator;
	return false;
}

/* Writes the outcome of one piece into the record. */
static void record_hit(struct step_run *run, const struct request *request, const struct hit *hit)
{
	struct step_record *record = run->record;
	struct model_meaning meaning;

	model_meaning(run->world->model, request->device, request->address, request->bytes, &meaning);
	g_free(record->outcome);
	record->outcome = words_of_hit(run->world, hit);
	if (hit->kind == HIT_MEMORY || hit->kind == HIT_BAR || hit->kind == HIT_INTERRUPT) {
		record->did = DID_REACHED;
		record->reached = target_of_hit(hit);
		record->own = !hit_is_meant(&meaning, &record->reached) &&
			      owned_by_originator(run->world, request, &record->reached);
		return;
	}
	record->did = DID_BLOCKED;
	record->fault = hit->kind == HIT_FAULT ? hit->translation.fault : 0;
	record->meant = allowed(&meaning, request);
}

static void note_walk_step(void *context, const struct walk_step *step)
{
	GPtrArray *notes = context;
	iosim_field fields[WALK_STEP_MAX_FIELDS];
	iosim_walk_step decoded;
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	walk_step_decode(step, fields, &decoded);
	text = iosim_walk_step_format(&decoded, FALSE);
	lines = g_strsplit(g_strchomp(text), "\n", -1);
	for (unsigned i = 0; lines[i]; i++)
		g_ptr_array_add(notes, g_strdup(lines[i]));
}

/* -v: the walk as the IOMMU would make it now without its caches, before the request itself. */
static void explain(struct step_run *run, const struct request *request)
{
	struct world *world = run->world;
	uint16_t index = world->machine->devices[request->device].iommu;
	struct request asked = *request;
	struct translation translation;

	if (!world->verbose || index == MACHINE_NONE || !world->units[index])
		return;
	/* A forged requester ID arrives as it is, unless a bridge or an alias puts its own in its place. */
	asked.stream = model_requester(world->model, request->device);
	if (asked.stream == world->machine->devices[machine_function(world->machine, request->device)].rid)
		asked.stream = request->rid;
	world->units[index]->ops->explain(world->units[index], &asked, note_walk_step, run->record->notes,
					  &translation);
}

static void send(struct step_run *run, struct request *request)
{
	struct check_event event = {.kind = CHECK_REQUEST, .memory = MACHINE_NONE, .device = request->device};
	struct hit hit;

	explain(run, request);
	fabric_dma(run->world->fabric, request, NULL, &hit);
	record_hit(run, request, &hit);
	event.request = request;
	event.hit = &hit;
	step_judge(run, &event);
	if (run->world->verbose)
		g_ptr_array_add(run->record->notes, words_of_route(run->world, &hit));
}

void op_dma(struct step_run *run)
{
	const struct operands *with = run->with;
	uint64_t address = step_address(run, &with->at);
	uint64_t left = with->bytes ? with->bytes : DMA_DEFAULT_BYTES;
	struct request request = build_request(run);

	if (left > DMA_MAX_BYTES || address + left - 1 < address) {
		step_returned(run, -EINVAL);
		return;
	}
	/* Devices split at 4 KiB boundaries (PCIe 2.2.7); the first piece that is stopped decides the outcome. */
	while (left) {
		uint64_t room = FRAME_BYTES - (address & (FRAME_BYTES - 1));

		request.address = address;
		request.bytes = (uint32_t)(left < room ? left : room);
		send(run, &request);
		if (run->record->did == DID_BLOCKED)
			return;
		address += request.bytes;
		left -= request.bytes;
	}
}
