/* SPDX-License-Identifier: MIT */
#include "sim/position.h"

#include <string.h>

bool position_has(const struct position_program *program, uint32_t index)
{
	const struct step *step = &program->program->steps[index];

	return (step->only_policies >> program->policy & 1) && (step->only_kinds >> program->kind & 1);
}

/* The first step from `index` on of that thread of that block. */
static uint32_t thread_step(const struct position_program *program, uint32_t index, uint32_t block, unsigned thread)
{
	for (; index < program->program->step_count; index++) {
		const struct step *step = &program->program->steps[index];

		if (step->block != block)
			return POSITION_NO_STEP;
		if (step->thread == thread && position_has(program, index))
			return index;
	}
	return POSITION_NO_STEP;
}

static void enter(const struct position_program *program, struct position *position)
{
	position->first = position->step;
	position->block = program->program->steps[position->step].block;
	for (unsigned thread = 0; thread < SCENARIO_MAX_THREADS; thread++)
		position->next[thread] = thread_step(program, position->first, position->block, thread);
	while (position->step < program->program->step_count &&
	       program->program->steps[position->step].block == position->block)
		position->step++;
}

static bool block_ended(const struct position *position)
{
	for (unsigned thread = 0; thread < SCENARIO_MAX_THREADS; thread++)
		if (position->next[thread] != POSITION_NO_STEP)
			return false;
	return true;
}

/* Passes what does not exist; there is one form of each place. */
static void settle(const struct position_program *program, struct position *position)
{
	if (position->block && block_ended(position))
		*position = (struct position){.step = position->step};
	while (!position->block && position->step < program->program->step_count) {
		if (!position_has(program, position->step))
			position->step++;
		else if (program->program->steps[position->step].block)
			enter(program, position);
		else
			return;
	}
}

struct position position_begin(const struct position_program *program)
{
	struct position position;

	memset(&position, 0, sizeof(position));
	settle(program, &position);
	return position;
}

uint32_t position_choices(const struct position_program *program, const struct position *position)
{
	uint32_t mask = 0;

	if (!position->block)
		return position->step < program->program->step_count;
	for (unsigned thread = 0; thread < SCENARIO_MAX_THREADS; thread++)
		if (position->next[thread] != POSITION_NO_STEP)
			mask |= 1u << thread;
	return mask;
}

uint32_t position_step(const struct position *position, unsigned choice)
{
	return position->block ? position->next[choice] : position->step;
}

uint32_t position_number(const struct position *position)
{
	return position->block ? position->first + position->done + 1 : position->step + 1;
}

struct position position_after(const struct position_program *program, const struct position *position, unsigned choice)
{
	struct position after = *position;

	if (position->block) {
		after.next[choice] = thread_step(program, position->next[choice] + 1, position->block, choice);
		after.done++;
	} else {
		after.step++;
	}
	settle(program, &after);
	return after;
}
