/* SPDX-License-Identifier: MIT */
/*
 * What comes after all else: a process forks, and parent and child write what both have. It is made up last so that it
 * changes nothing of what comes before.
 */
#include "sim/invent.h"

#include <string.h>

#define CHILD "k1"
#define COPY  "c1"

/* The process has it as `fork` copies it, unless a step has taken it away. */
static bool is_plain(const struct invention *in, uint8_t memory)
{
	char name[SKETCH_NAME_MAX];
	uint32_t part;

	g_snprintf(name, sizeof(name), "b%u", memory + 1u);
	part = sketch_find(in->sketch, name);
	return part != SKETCH_NOBODY && !sketch_get(in->sketch, part, "present") &&
	       !sketch_get(in->sketch, part, "shared-with");
}

/* Whose pages a device shares that cannot ask for them: it gets a fault where a page waits for a write. */
static bool is_bound_without_requests(const struct invention *in, uint8_t owner)
{
	for (uint8_t i = 0; i < in->thing_count[THING_PASID]; i++)
		if (in->things[THING_PASID][i].owner == owner && !in->devices[in->things[THING_PASID][i].device].pri)
			return true;
	return false;
}

/* It was somebody's when the machine began, whoever was given it since. */
static bool pick_page(struct invention *in, uint8_t *owner, uint8_t *memory)
{
	char name[SKETCH_NAME_MAX];
	const char *of;

	*memory = (uint8_t)invent_below(in, in->memory_count);
	g_snprintf(name, sizeof(name), "b%u", *memory + 1u);
	of = sketch_get(in->sketch, sketch_find(in->sketch, name), "of");
	if (!is_plain(in, *memory) || !of || of[0] != 'p')
		return false;
	*owner = (uint8_t)(of[1] - '1');
	return *owner < in->owner_count && !in->guests[*owner] && !is_bound_without_requests(in, *owner);
}

static uint32_t step_of(struct invention *in, const char *operation, const char *by, uint8_t memory)
{
	uint32_t step = invent_new_step(in, operation, INVENT_NOBODY);

	g_strlcpy(in->sketch->parts[step].by, by, SKETCH_NAME_MAX);
	if (memory != INVENT_NOBODY)
		sketch_set(in->sketch, step, "memory", "b%u", memory + 1u);
	return step;
}

bool invent_fork(struct invention *in)
{
	char parent[SKETCH_NAME_MAX];
	uint8_t owner, memory;
	uint32_t part;

	if (!pick_page(in, &owner, &memory))
		return false;
	g_snprintf(parent, sizeof(parent), "p%u", owner + 1u);
	part = sketch_add(in->sketch, SKETCH_MEMORY, COPY);
	sketch_set(in->sketch, part, "of", CHILD);
	sketch_set(in->sketch, part, "copy-of", "b%u", memory + 1u);
	g_strlcpy(in->sketch->parts[step_of(in, "fork", parent, INVENT_NOBODY)].as, CHILD, SKETCH_NAME_MAX);
	for (unsigned i = 0; i < 3; i++) {
		step_of(in, "store", invent_chance(in, 3) ? CHILD : parent, memory);
		invent_dma(in);
	}
	if (invent_chance(in, 2))
		step_of(in, "exit", parent, INVENT_NOBODY);
	invent_dma(in);
	step_of(in, "exit", CHILD, INVENT_NOBODY);
	return true;
}
