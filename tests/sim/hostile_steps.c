/* SPDX-License-Identifier: MIT */
/*
 * Steps that a hostile device, or its driver, might take: mostly such as could come to something, some that make no
 * sense. Drivers of the kernel keep their own rules; devices keep none.
 */
#include "hostile.h"

#define IOVA_FIRST UINT64_C(0x40000000)
#define IOVA_PAGES 4

static uint32_t slot_of(enum sort sort, unsigned number)
{
	return sort * SLOTS_A_SORT + number;
}

static uint64_t pick(struct play *play, uint64_t limit)
{
	return random_below(&play->random, limit);
}

/* A name that was given; mostly one that the step could make something of. */
static bool old_slot(struct play *play, enum sort sort, uint32_t *slot)
{
	uint32_t tried = 0;
	bool wanted = false;

	for (unsigned tries = 0; play->made[sort] && tries < 8 && !wanted; tries++) {
		tried = slot_of(sort, (unsigned)pick(play, play->made[sort]));
		wanted = play->world->slots[tried].made && (sort != SORT_REQUEST || play->world->slots[tried].waits);
	}
	if (!play->made[sort] || (!wanted && !random_chance(&play->random, 8)))
		return false;
	*slot = tried;
	return true;
}

static void name(struct play *play, enum sort sort, struct step *step)
{
	if (play->made[sort] < SLOTS_A_SORT)
		step->as = slot_of(sort, play->made[sort]++) + 1;
}

static void pick_pasid(struct play *play, struct step *step)
{
	step->with.pasid = (struct pasid_operand){.base = PASID_NUMBER, .value = (uint32_t)pick(play, 3) + 1};
}

static void pick_address(struct play *play, struct address *at)
{
	uint32_t object = (uint32_t)pick(play, play->world->machine->memory_count);

	*at = (struct address){.index = object};
	switch (pick(play, 4)) {
	case 0:
		at->base = random_chance(&play->random, 4) ? ADDRESS_HPA : ADDRESS_VA;
		break;
	case 1:
		at->base = old_slot(play, SORT_HANDLE, &at->index) ? ADDRESS_RESULT : ADDRESS_HPA;
		break;
	default:
		*at = (struct address){.number = IOVA_FIRST + pick(play, IOVA_PAGES) * FRAME_BYTES};
	}
}

static void make_access(struct play *play, struct step *step)
{
	struct operands *with = &step->with;

	with->access_given = true;
	with->access = pick(play, 2) ? ACCESS_READ : ACCESS_WRITE;
	with->bytes = 8;
	pick_address(play, &with->at);
	step->by_given = pick(play, 2);
	if (pick(play, 2))
		return;
	pick_pasid(play, step);
	/* Work with a PASID is its owner's: a driver that mixes up its clients is none of a device's lies. */
	step->by = play->oracle.pasid_of[with->device][with->pasid.value];
	step->by_given &= step->by != NOBODY;
	if (pick(play, 2))
		with->at = (struct address){.base = ADDRESS_VA, .index = (uint32_t)pick(play, 6)};
}

static void make_dma(struct play *play, struct step *step)
{
	struct operands *with = &step->with;

	step->operation = OP_DMA;
	make_access(play, step);
	if (random_chance(&play->random, 8)) {
		with->as_rid_given = true;
		with->as_rid = play->world->machine->devices[pick(play, play->world->machine->device_count)].rid;
	}
	if (random_chance(&play->random, 3)) {
		name(play, SORT_REQUEST, step);
		with->hold = step->as && pick(play, 2) ? HOLD_TRANSLATED : HOLD_NOT;
	}
}

/* Mostly by the device, and for the PASID, that it was given to. */
static void use_as_given(struct play *play, struct step *step)
{
	const struct slot *given = &play->world->slots[step->with.at.index];

	if (!given->made || random_chance(&play->random, 4))
		return;
	step->by_given = false;
	step->with.device = given->device;
	step->with.pasid = (struct pasid_operand){.base = given->pasid == PASID_NONE ? PASID_ABSENT : PASID_NUMBER,
						  .value = given->pasid};
}

/* What it was given, what it was not, and now and then the kernel's own tables. */
static void make_translated(struct play *play, struct step *step)
{
	const struct machine *machine = play->world->machine;
	struct operands *with = &step->with;

	step->operation = OP_DMA;
	make_access(play, step);
	with->translated = true;
	with->at = (struct address){.base = ADDRESS_HPA, .index = (uint32_t)pick(play, machine->memory_count)};
	if (pick(play, 4) && old_slot(play, SORT_ATS, &with->at.index)) {
		with->at.base = ADDRESS_RESULT;
		use_as_given(play, step);
	}
	if (random_chance(&play->random, 32))
		with->at = (struct address){.number = machine->tables_first + pick(play, 64) * FRAME_BYTES};
}

static void make_ats(struct play *play, struct step *step)
{
	step->operation = OP_ATS;
	make_access(play, step);
	name(play, SORT_ATS, step);
}

/* The first that the owner drives, or any. */
static uint16_t device_of(struct play *play, uint16_t owner)
{
	for (uint16_t i = 0; i < play->world->machine->device_count; i++)
		if (play->oracle.driven_by[i] == owner)
			return i;
	return (uint16_t)pick(play, play->world->machine->device_count);
}

static void make_space_step(struct play *play, struct step *step)
{
	static const enum operation operations[] = {OP_SPACE, OP_ATTACH, OP_ATTACH, OP_DETACH, OP_REPLACE,
						    OP_MAP,   OP_MAP,    OP_MAP,    OP_UNMAP,  OP_DESTROY};
	struct operands *with = &step->with;

	step->operation = operations[pick(play, sizeof(operations) / sizeof(operations[0]))];
	with->for_pasids = pick(play, 2);
	with->faults = pick(play, 2);
	with->at.number = IOVA_FIRST + pick(play, IOVA_PAGES) * FRAME_BYTES;
	with->access_given = true;
	with->access = pick(play, 3) ? ACCESS_READ_WRITE : ACCESS_READ;
	with->to = (struct target){.kind = TARGET_MEMORY, .index = (uint32_t)pick(play, 6)};
	if (step->operation == OP_SPACE)
		name(play, SORT_SPACE, step);
	else if (!old_slot(play, SORT_SPACE, &with->space))
		step->operation = OP_TAKE;
	else if (!random_chance(&play->random, 8))
		step->by = play->world->slots[with->space].owner;
	if (pick(play, 2))
		with->device = device_of(play, step->by);
	if (step->operation >= OP_ATTACH && step->operation <= OP_REPLACE && pick(play, 2))
		pick_pasid(play, step);
}

static void make_dma_api_step(struct play *play, struct step *step)
{
	struct operands *with = &step->with;

	step->operation = OP_DMA_MAP;
	with->access_given = true;
	with->access = pick(play, 3) ? ACCESS_READ_WRITE : ACCESS_READ;
	with->to = (struct target){.kind = TARGET_MEMORY, .index = (uint32_t)pick(play, 6)};
	if (pick(play, 2) && old_slot(play, SORT_HANDLE, &with->handle))
		step->operation = OP_DMA_UNMAP;
	else
		name(play, SORT_HANDLE, step);
	if (step->operation == OP_DMA_MAP && !step->as)
		step->operation = OP_QUIESCE;
}

static void make_pasid_step(struct play *play, struct step *step)
{
	step->operation = pick(play, 3) ? OP_SVA_BIND : OP_SVA_UNBIND;
	step->with.device = random_chance(&play->random, 4) ? 1 : 2;
	step->with.owner = (uint16_t)(pick(play, 2) + 1);
	step->by = pick(play, 2) ? MACHINE_HOST : step->with.owner;
	pick_pasid(play, step);
}

/* A kernel driver unmaps what it mapped before it goes; what happens otherwise is not the device's doing. */
static bool leaves_mappings(const struct play *play, const struct step *step)
{
	bool leaves = false;

	for (unsigned i = 0; i < play->oracle.grant_count; i++) {
		const struct oracle_grant *grant = &play->oracle.grants[i];
		leaves |= grant->live && (grant->device == step->with.device ||
					  (step->operation == OP_EXIT && grant->owner == step->by));
	}
	return leaves &&
	       (step->operation == OP_EXIT || step->operation == OP_RELEASE || step->operation == OP_DRIVER_UNBIND);
}

static void make_other_step(struct play *play, struct step *step)
{
	static const enum operation operations[] = {
		OP_TAKE,  OP_TAKE, OP_RELEASE, OP_RESET, OP_RESET,       OP_QUIESCE,       OP_MUNMAP,
		OP_REUSE, OP_RUN,  OP_COMMAND, OP_EXIT,  OP_DRIVER_BIND, OP_DRIVER_UNBIND, OP_PAGE_RESPONSE};
	struct operands *with = &step->with;

	step->operation = operations[pick(play, sizeof(operations) / sizeof(operations[0]))];
	with->phase = (enum reset_phase)pick(play, 3);
	with->to = (struct target){.kind = TARGET_MEMORY, .index = (uint32_t)pick(play, 6)};
	with->owner = (uint16_t)pick(play, 3);
	with->run = (enum run_what)pick(play, 4);
	with->driver = DRIVER_HOST;
	with->bus_master = (int8_t)pick(play, 2);
	with->code = (enum response_code)pick(play, 3);
	if (step->operation == OP_QUIESCE && pick(play, 2))
		pick_pasid(play, step);
	if (step->operation == OP_DRIVER_BIND || step->operation == OP_DRIVER_UNBIND)
		step->by = MACHINE_HOST;
	if (step->operation == OP_PAGE_RESPONSE && !old_slot(play, SORT_REQUEST, &with->request))
		step->operation = OP_RUN;
	if (step->operation == OP_EXIT && pick(play, 2))
		step->by = 1;
	if ((step->operation == OP_EXIT && step->by == MACHINE_HOST) || leaves_mappings(play, step))
		step->operation = OP_RUN;
}

struct step hostile_step(struct play *play)
{
	struct step step = {.by = (uint16_t)pick(play, 3),
			    .by_given = true,
			    .times = 1,
			    .only_policies = UINT64_MAX,
			    .only_kinds = UINT32_MAX,
			    .expect_count = 1,
			    .with = {.device = (uint16_t)pick(play, 3), .memory_space = -1, .bus_master = -1}};

	/* Most programs begin with devices that are somebody's, and most steps are taken by who has the device. */
	if (play->steps < 2 && !random_chance(&play->random, 4)) {
		step.operation = OP_TAKE;
		step.with.device = (uint16_t)play->steps;
		step.by = (uint16_t)(play->steps + 1);
		return step;
	}
	if (play->oracle.driven_by[step.with.device] != NOBODY && !random_chance(&play->random, 4))
		step.by = play->oracle.driven_by[step.with.device];
	/* One request at most is in flight, and nothing else is sent meanwhile: else it is not clear whose access it
	 * was. */
	switch (pick(play, play->held ? 6 : 12)) {
	case 0:
	case 1:
		make_space_step(play, &step);
		break;
	case 2:
		make_dma_api_step(play, &step);
		break;
	case 3:
		make_pasid_step(play, &step);
		break;
	case 4:
		make_other_step(play, &step);
		break;
	case 5:
		step.operation = OP_RESUME;
		if (play->held)
			step.with.request = play->held - 1;
		else if (!old_slot(play, SORT_REQUEST, &step.with.request))
			make_other_step(play, &step);
		break;
	case 6:
	case 7:
		make_ats(play, &step);
		break;
	case 8:
	case 9:
		make_translated(play, &step);
		break;
	default:
		make_dma(play, &step);
	}
	return step;
}
