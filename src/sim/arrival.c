/* SPDX-License-Identifier: MIT */
/* Where requests ended, in the words of a scenario, and whether that was meant. */
#include "sim/arrival.h"

#include "check/words.h"
#include "sim/confidential.h"
#include "sim/cpu.h"
#include "sim/walk_step.h"
#include "sim/words.h"

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
	unsigned need = request_needs(request);

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

uint64_t arrival_address(const struct world *world, const struct request *request)
{
	uint64_t iova = request->address;

	if (request->at == AT_TRANSLATED)
		world->eyes.handed_out(world->eyes.context, request, &iova);
	return iova;
}

/* Writes the outcome of one piece into the record. */
void arrival_record(struct step_run *run, const struct request *request, const struct hit *hit)
{
	struct step_record *record = run->record;
	struct model_meaning meaning;

	model_meaning(run->world->model, request->device, request_pasid(run->world->check, request),
		      arrival_address(run->world, request), request->bytes, &meaning);
	g_free(record->outcome);
	record->outcome = words_of_hit(run->world, hit);
	if (hit->kind == HIT_INTERRUPT && hit->raised) {
		record->did = DID_RAISED;
		record->raised = (struct device_vector){.device = hit->raised_device, .index = hit->raised_index};
		return;
	}
	if (hit->kind == HIT_MEMORY || hit->kind == HIT_BAR) {
		record->did = DID_REACHED;
		record->reached = target_of_hit(hit);
		record->own = !hit_is_meant(&meaning, &record->reached) &&
			      owned_by_originator(run->world, request, &record->reached);
		return;
	}
	if (hit->kind != HIT_SCRATCH)
		confidential_blocked(run->world, request);
	record->did = hit->kind == HIT_SCRATCH ? DID_SCRATCH : DID_BLOCKED;
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

uint32_t step_stream(const struct world *world, const struct request *request)
{
	uint32_t stream = model_requester(world->model, request->device);

	/* A forged requester ID arrives as it is, unless a bridge or an alias puts its own in its place. */
	return stream == world->machine->devices[machine_function(world->machine, request->device)].rid ? request->rid
													: stream;
}

/* -v: the walk as the IOMMU would make it now without its caches, before the request itself. */
void arrival_explain(struct step_run *run, const struct request *request)
{
	struct world *world = run->world;
	uint16_t index = world->machine->devices[request->device].iommu;
	struct request asked = *request;
	struct translation translation;

	if (!world->verbose || index == MACHINE_NONE || !world->units[index])
		return;
	struct iommu *trusted = request_is_tee(request) ? world_trusted_unit(world, index) : NULL;
	struct iommu *unit = trusted ? trusted : world->units[index];
	asked.stream = step_stream(world, request);
	unit->ops->explain(unit, &asked, note_walk_step, run->record->notes, &translation);
}

/* The step that sends it names a handle of the DMA API, and the device is the one that this was made for. */
static bool names_handle(struct step_run *run, const struct request *request, struct check_handle *handle)
{
	const struct operands *with = run->with;
	const struct slot *slot;

	if (run->step->operation != OP_DMA || with->translated || with->at.base != ADDRESS_RESULT)
		return false;
	slot = step_slot(run, with->at.index);
	*handle = step_handle(slot);
	return slot->dma_api && slot->device == machine_function(run->world->machine, request->device) &&
	       request->pasid == PASID_NONE;
}

/* Its owner's own: what others have and the device should not see at all is not a matter of age. */
static void record_stale(struct step_run *run, const struct request *request)
{
	struct step_record *record = run->record;

	if (record->did != DID_REACHED || !owned_by_originator(run->world, request, &record->reached))
		return;
	record->did = DID_STALE;
	record->own = true;
	g_free(record->outcome);
	record->outcome = g_strdup("stale");
}

void arrival_judge(struct step_run *run, const struct request *request, const struct hit *hit, bool held)
{
	struct check_event event = {.kind = CHECK_REQUEST,
				    .held = held,
				    .memory = MACHINE_NONE,
				    .device = request->device,
				    .request = request,
				    .hit = hit};
	struct check_handle handle;

	if (names_handle(run, request, &handle) || confidential_handle(run->world, request, &handle))
		event.handle = &handle;
	cpu_leave_traces(run, arrival_address(run->world, request), &event);
	event.old_owner = scratch_access(run->world, request, hit);
	if (event.stale && !held)
		record_stale(run, request);
	step_judge(run, &event);
}

void step_arrived_late(struct step_run *run, const struct request *request, const struct hit *hit)
{
	arrival_judge(run, request, hit, true);
}

/* --- work: a request, split into pages, that may have to wait --- */

void arrival_blocked(struct step_run *run, const struct request *request, const char *why)
{
	struct model_meaning meaning;

	model_meaning(run->world->model, request->device, request_pasid(run->world->check, request),
		      arrival_address(run->world, request), request->bytes, &meaning);
	g_free(run->record->outcome);
	run->record->outcome = g_strdup(why);
	run->record->did = DID_BLOCKED;
	run->record->fault = 0;
	run->record->meant = allowed(&meaning, request);
}

void arrival_not_sent(struct step_run *run, const struct request *request, enum device_sent sent)
{
	static const char *const why[] = {
		[DEVICE_STOPPED] = "not sent: the device is stopped",
		[DEVICE_NO_TRANSLATION] = "not sent: its device TLB has no such translation",
		[DEVICE_DISABLED] = "not sent: the device is not allowed to",
		[DEVICE_FULL] = "not sent: too many are open",
	};

	arrival_blocked(run, request, why[sent]);
}
