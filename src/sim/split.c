/* SPDX-License-Identifier: MIT */
#include "sim/split.h"

#include "base/assert.h"
#include "sim/step.h"

bool split_is(const struct step *step)
{
	return step->split;
}

bool split_can_be_within(const struct step *step)
{
	switch (step->operation) {
	case OP_DMA:
	case OP_ATS:
	case OP_ENQCMD:
	case OP_RESUME:
		return true;
	case OP_RUN:
		return step->with.run == RUN_QUEUES;
	default:
		return false;
	}
}

/* --- carrying it out --- */

static void take_within(struct split *split, unsigned thread)
{
	if (thread >= SPLIT_HARDWARE) {
		split->refused |= !split->let_hardware(split, thread - SPLIT_HARDWARE);
		return;
	}
	uint32_t index = position_step(&split->position, thread);
	const struct step *step = &split->program->program->steps[index];
	struct step_record *record = step_record_new(step);

	record->within = split->effects;
	g_ptr_array_add(split->records, record);
	/* The split step has its own number: what is within comes behind it. */
	step_run_within(split->world, step, position_number(&split->position) + 1, record);
	split->position = position_after(split->program, &split->position, thread);
}

static void at_gap(void *context)
{
	struct split *split = context;
	const struct split_schedule *schedule = split->schedule;

	split->effects++;
	while (split->done < schedule->count && schedule->items[split->done].gap == split->effects)
		take_within(split, schedule->items[split->done++].thread);
}

void split_run(struct split *split)
{
	uint32_t index = position_step(&split->position, split->thread);
	const struct step *step = &split->program->program->steps[index];
	struct step_record *record = step_record_new(step);

	g_ptr_array_add(split->records, record);
	split->world->gaps = (struct world_gaps){.at = at_gap, .context = split};
	step_run(split->world, step, position_number(&split->position), record);
	split->world->gaps = (struct world_gaps){.at = NULL};
	split->schedule->effects[split->schedule->count] = split->effects;
	split->position = position_after(split->program, &split->position, split->thread);
}

/* --- the choices --- */

/* Where the others are when the first `count` items took place. */
static struct position behind(const struct position_program *program, const struct position *before,
			      const struct split_schedule *schedule, uint32_t count)
{
	struct position position = *before;

	for (uint32_t i = 0; i < count; i++)
		if (schedule->items[i].thread < SPLIT_HARDWARE)
			position = position_after(program, &position, schedule->items[i].thread);
	return position;
}

#define NOBODY UINT32_MAX

static bool hardware_has_chosen(const struct split_schedule *schedule, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (schedule->items[i].thread >= SPLIT_HARDWARE)
			return true;
	return false;
}

/* The first thread from `from` on whose next step can be within, then what hardware can choose; NOBODY. */
static uint32_t thread_within(const struct position_program *program, const struct position *before, unsigned own,
			      const struct split_schedule *schedule, uint32_t count, uint32_t from)
{
	struct position position = behind(program, before, schedule, count);

	for (uint32_t thread = from; thread < SCENARIO_MAX_THREADS && position.block; thread++)
		if (thread != own && position.next[thread] != POSITION_NO_STEP &&
		    split_can_be_within(&program->program->steps[position.next[thread]]))
			return thread;
	if (hardware_has_chosen(schedule, count))
		return NOBODY;
	if (from < SPLIT_HARDWARE)
		from = SPLIT_HARDWARE;
	return from - SPLIT_HARDWARE < schedule->hardware ? from : NOBODY;
}

/* One item more. */
static bool extend(const struct position_program *program, const struct position *before, unsigned own,
		   struct split_schedule *schedule)
{
	uint32_t thread = thread_within(program, before, own, schedule, schedule->count, 0);
	uint32_t gap = schedule->count ? schedule->items[schedule->count - 1].gap : 1;

	if (thread == NOBODY || gap > schedule->effects[schedule->count])
		return false;
	IOSIM_ASSERT(schedule->count < SCENARIO_MAX_STEPS);
	schedule->items[schedule->count++] = (struct split_item){.gap = gap, .thread = thread};
	return true;
}

bool split_next(const struct position_program *program, const struct position *before, unsigned own,
		struct split_schedule *schedule)
{
	if (extend(program, before, own, schedule))
		return true;
	while (schedule->count) {
		struct split_item *last = &schedule->items[schedule->count - 1];

		last->thread = thread_within(program, before, own, schedule, schedule->count - 1, last->thread + 1);
		if (last->thread != NOBODY)
			return true;
		last->thread = thread_within(program, before, own, schedule, schedule->count - 1, 0);
		if (++last->gap <= schedule->effects[schedule->count - 1])
			return true;
		schedule->count--;
	}
	return false;
}
