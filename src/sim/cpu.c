/* SPDX-License-Identifier: MIT */
/* The CPUs' side of memory, and the operations on it. */
#include "sim/cpu.h"

#include "base/assert.h"
#include "check/words.h"
#include "sim/confidential.h"

#include <errno.h>

void cpu_build(struct world *world)
{
	world->lines = arena_block(world->arena, "CPU cache",
				   sizeof(struct cpu_line) * (world->machine->memory_count + 1u), ARENA_HASHED);
}

uint32_t cpu_writer(const struct step_run *run)
{
	return (uint32_t)(run->step - run->world->program->steps) + 1;
}

static void write_back(struct cpu_line *line)
{
	if (line->state == CPU_LINE_DIRTY)
		line->memory = line->cached;
	line->state = CPU_LINE_ABSENT;
	line->cached = 0;
}

static void fetch(struct cpu_line *line)
{
	if (line->state != CPU_LINE_ABSENT)
		return;
	line->cached = line->memory;
	line->state = CPU_LINE_CLEAN;
}

uint32_t cpu_copies_from(struct world *world, uint16_t memory)
{
	fetch(&world->lines[memory]);
	return world->lines[memory].cached;
}

void cpu_copies_to(struct world *world, uint16_t memory, uint32_t writer)
{
	world->lines[memory].cached = writer;
	world->lines[memory].state = CPU_LINE_DIRTY;
}

void cpu_copies_page(struct world *world, uint16_t from, uint16_t to)
{
	uint32_t holds = cpu_copies_from(world, from);

	cpu_copies_to(world, to, holds);
	world->lines[to].newest = holds;
}

void cpu_sync(struct world *world, uint16_t memory, bool for_device)
{
	struct cpu_line *line = &world->lines[memory];

	if (for_device && line->state == CPU_LINE_DIRTY) {
		line->memory = line->cached;
		line->state = CPU_LINE_CLEAN;
	}
	if (for_device)
		return;
	line->state = CPU_LINE_ABSENT;
	line->cached = 0;
}

/* It was named by the object, and is elsewhere. */
static bool is_copy(const struct world *world, const struct hit *hit)
{
	return hit->memory != MACHINE_NONE && hit->pa != world->machine->memories[hit->memory].hpa + hit->offset;
}

/* A device has read or written the copy of an object, which itself is as it was. True: as below. */
static bool copy_access(struct world *world, const struct hit *hit, struct bounce_slot *copy, uint32_t writer)
{
	if (!hit->write)
		return copy->holds != world->lines[hit->memory].newest;
	copy->holds = world->lines[hit->memory].newest = writer;
	return false;
}

/*
 * The same in a guest's pool, which is an object of its own: the buffer has nothing newer before the copy is back, and
 * no cache is between them that somebody would have to flush.
 */
static bool pool_access(struct world *world, const struct hit *hit, uint32_t writer)
{
	bool pool = world->machine->memories[hit->memory].swiotlb;
	struct bounce_slot *copy = pool ? world_bounced_at(world, hit->pa) : NULL;

	if (copy && hit->write)
		copy->holds = writer;
	return copy && !hit->write && copy->holds != world->lines[copy->memory].newest;
}

/* A device has read or written the object. True: what it read was not the newest. */
static bool device_access(struct world *world, const struct hit *hit, bool snooped, uint32_t writer)
{
	IOSIM_ASSERT(hit->memory < world->machine->memory_count);
	struct cpu_line *line = &world->lines[hit->memory];

	if (snooped)
		write_back(line);
	if (!hit->write)
		return line->memory != line->newest;
	line->memory = line->newest = writer;
	return false;
}

void cpu_leave_traces(struct step_run *run, uint64_t iova, struct check_event *event)
{
	struct world *world = run->world;
	const struct request *request = event->request;
	const struct hit *hit = event->hit;
	bool resumed = run->step->operation == OP_RESUME;
	uint32_t writer = resumed ? step_slot(run, run->with->request)->writer : cpu_writer(run);

	event->past_caches =
		!hit->snooped || !world->machine->devices[machine_function(world->machine, request->device)].coherent;
	if (hit->kind != HIT_MEMORY || request->bytes == 0)
		return;
	if (is_copy(world, hit))
		event->stale = copy_access(world, hit, world_bounced_at(world, hit->pa), writer);
	else if (hit->memory != MACHINE_NONE && device_access(world, hit, !event->past_caches, writer))
		event->stale = true;
	if (hit->memory != MACHINE_NONE && pool_access(world, hit, writer))
		event->stale = true;
	if (hit->write && hit->route == ROUTE_IOMMU)
		model_written(world->model, request->device, request_pasid(world->check, request), iova);
}

/* --- operations --- */

static bool has_memory(const struct world *world, uint16_t owner, uint16_t memory)
{
	const struct machine_memory *row = &world->machine->memories[memory];

	return owner == MACHINE_HOST || model_memory_owner(world->model, memory) == owner ||
	       (owner < 64 && row->shared_with >> owner & 1);
}

/* Two processes have one page, until one of them writes: the child finds it where its copy will be. */
static bool shares(const struct world *world, uint16_t owner, uint16_t memory)
{
	for (uint16_t i = 0; i < world->machine->memory_count; i++)
		if (world->machine->memories[i].copy_of == memory && world->machine->memories[i].owner == owner)
			return uapi_page_of(world->uapi, owner, i) == memory;
	return false;
}

/* NULL: the owner has no such memory, and the step is over. *memory: what it has where that was. */
static struct cpu_line *line_of(struct step_run *run, bool write, uint16_t *memory)
{
	struct world *world = run->world;
	uint16_t owner = run->step->by;

	*memory = (uint16_t)run->with->to.index;
	*memory = write ? uapi_cpu_write(world->uapi, owner, *memory) : uapi_page_of(world->uapi, owner, *memory);
	if (has_memory(world, owner, *memory) || shares(world, owner, *memory))
		return &world->lines[*memory];
	step_returned(run, -EFAULT);
	return NULL;
}

/* What lies in the object, if that is a guest's pool. */
static void overwrite_copies(struct world *world, uint16_t memory, uint32_t writer)
{
	const struct machine_memory *row = &world->machine->memories[memory];

	for (unsigned i = 0; row->swiotlb && i < WORLD_MAX_BOUNCED; i++)
		if (world->bounced[i].bytes && world->bounced[i].pa - row->hpa < row->bytes)
			world->bounced[i].holds = writer;
}

void op_store(struct step_run *run)
{
	uint16_t memory;
	struct cpu_line *line = line_of(run, true, &memory);
	struct slot *slot = step_result(run);

	if (!line)
		return;
	line->cached = line->newest = cpu_writer(run);
	line->state = CPU_LINE_DIRTY;
	overwrite_copies(run->world, memory, cpu_writer(run));
	step_ok(run);
	if (!slot)
		return;
	slot->made = true;
	slot->owner = run->step->by;
	slot->writer = cpu_writer(run);
}

/* The owner had another page there before it forked, and that is what was written. */
static bool is_elsewhere(const struct world *world, uint16_t memory, uint32_t wanted)
{
	for (uint32_t i = 0; i < world->machine->memory_count; i++) {
		const struct cpu_line *line = &world->lines[i];
		if ((world->machine->memories[i].copy_of == memory || world->machine->memories[memory].copy_of == i) &&
		    (line->memory == wanted || line->cached == wanted))
			return true;
	}
	return false;
}

static void judge_load(struct step_run *run, uint16_t memory, bool elsewhere)
{
	struct check_event event = {.kind = CHECK_LOAD,
				    .memory = memory,
				    .device = MACHINE_NONE,
				    .new_owner = run->step->by,
				    .elsewhere = elsewhere};

	step_judge(run, &event);
}

void op_load(struct step_run *run)
{
	uint16_t memory;
	struct cpu_line *line = line_of(run, false, &memory);
	const struct slot *of = run->with->result_of_given ? step_slot(run, run->with->request) : NULL;
	uint32_t wanted;
	int error;

	if (!line)
		return;
	error = confidential_load(run, memory, of);
	if (error) {
		step_returned(run, error);
		return;
	}
	wanted = of ? of->writer : line->newest;
	fetch(line);
	step_ok(run);
	if (line->cached == wanted)
		return;
	run->record->did = DID_STALE;
	run->record->own = line->cached != line->newest;
	g_free(run->record->outcome);
	run->record->outcome =
		g_strdup(run->record->own ? "stale" : "not what was to be seen, though nothing is newer");
	if (run->record->own || is_elsewhere(run->world, memory, wanted))
		judge_load(run, memory, !run->record->own);
}

/* Whoever cannot flush does not notice: a hypervisor that knows of no need carries out nothing. */
void op_cache_flush(struct step_run *run)
{
	struct world *world = run->world;
	uint16_t memory;
	struct cpu_line *line = line_of(run, false, &memory);

	if (!line)
		return;
	step_ok(run);
	if (world->eyes.can_flush(world->eyes.context, run->step->by))
		write_back(line);
	else if (world->verbose)
		g_ptr_array_add(run->record->notes, g_strdup("the hypervisor does not carry it out"));
}

void op_kvm_add(struct step_run *run)
{
	step_returned(run, uapi_kvm_add(run->world->uapi, run->step->by, run->with->device));
}
