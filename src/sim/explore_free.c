/* SPDX-License-Identifier: MIT */
/* Hardware's choices in the search. */
#include "sim/search.h"

#include <string.h>

void search_set_free(struct search *search)
{
	const struct run_request *request = search->request;
	struct exploration *found = search->found;

	found->most = request->max_choices ? MIN(request->max_choices, FREE_CHOICES_LIMIT) : FREE_MAX_CHOICES;
	search->free = (struct free_hardware){.world = search->world,
					      .program = &search->program,
					      .whole = request->whole,
					      .follows = request->order,
					      .most = found->most};
}

void search_follow_order(struct search *search, const struct position *position, struct branch *branch)
{
	struct order_choices could = {
		.program = search->program.program, .position = position, .threads = branch->choices};

	for (unsigned i = 0; branch->hardware && i < branch->hardware->len; i++)
		g_ptr_array_add(search->order.names,
				free_name(search->world, &g_array_index(branch->hardware, struct free_choice, i)));
	could.hardware = search->order.names;
	branch->choices = order_choose(&search->order, &could, &branch->next, &search->message);
	/* One of hardware's alone, or none. */
	if (branch->hardware)
		g_array_set_size(branch->hardware, could.found ? branch->next + 1 : 0);
	branch->next = could.found ? branch->next : 0;
	g_ptr_array_set_size(search->order.names, 0);
}

/* The step that stands for the choice, one a name. */
static struct step *stand_for(struct exploration *found, char *name)
{
	struct step *step = g_hash_table_lookup(found->stands, name);

	if (step) {
		g_free(name);
		return step;
	}
	step = free_step(name);
	g_hash_table_insert(found->stands, name, step);
	return step;
}

static struct step_record *add_record(struct exploration *found, struct step *step)
{
	struct step_record *record = step_record_new(step);

	g_ptr_array_add(found->records, record);
	found->choices++;
	return record;
}

bool search_let_hardware(struct search *search, const struct position *position, const struct free_choice *choice,
			 struct free_place *free)
{
	struct step *step = stand_for(search->found, free_name(search->world, choice));
	bool taken;

	search->found->steps++;
	taken = free_take(&search->free, position, choice, step, add_record(search->found, step), free);
	if (!taken && search->free.follows && !search->message)
		search->message = g_strdup_printf("order: hardware cannot do '%s' there", step->text);
	return taken;
}

/* --- between the effects of a split step --- */

void search_order_within(struct search *search, struct branch *branch, const struct position *position)
{
	for (unsigned i = 0; branch->within && i < branch->within->len; i++)
		g_ptr_array_add(search->order.names,
				free_name(search->world, &g_array_index(branch->within, struct free_choice, i)));
	order_within(&search->order, &search->program, position, branch->split, branch->schedule, &search->message);
	g_ptr_array_set_size(search->order.names, 0);
}

struct within {
	struct search *search;
	const struct branch *branch;
};

static bool let_within(struct split *split, uint32_t choice)
{
	const struct within *within = split->context;
	const struct free_choice *chosen = &g_array_index(within->branch->within, struct free_choice, choice);
	struct search *search = within->search;
	struct step *step = stand_for(search->found, free_name(search->world, chosen));
	struct step_record *record = add_record(search->found, step);
	bool taken;

	record->within = split->effects;
	taken = free_take_within(&search->free, chosen, step, record);
	if (!taken && search->free.follows && !search->message)
		search->message = g_strdup_printf("order: hardware cannot do '%s' there", step->text);
	return taken;
}

void search_split(struct search *search, const struct branch *branch, struct split *split)
{
	struct within within = {.search = search, .branch = branch};

	split->let_hardware = let_within;
	split->context = &within;
	split_run(split);
}

bool search_split_counts(const struct search *search, const struct branch *branch, struct free_place *free)
{
	const struct split_schedule *schedule = branch->schedule;

	for (uint32_t i = 0; i < schedule->count; i++) {
		const struct free_choice *chosen;

		if (schedule->items[i].thread < SPLIT_HARDWARE)
			continue;
		free->done++;
		chosen = &g_array_index(branch->within, struct free_choice, schedule->items[i].thread - SPLIT_HARDWARE);
		/* Others within may have met it. */
		if (schedule->count == 1 && !search->free.whole && !search->free.follows &&
		    !free_is_stale(&search->free, chosen))
			return false;
	}
	return true;
}

bool search_was_there(const struct search *search, const struct position *position)
{
	struct free_place nothing;
	struct identity now;

	memset(&nothing, 0, sizeof(nothing));
	now = identify(search, position, &nothing, false);
	for (unsigned i = search->branches->len; i-- > 0;) {
		const struct node *node =
			g_ptr_array_index(search->nodes, g_array_index(search->branches, struct branch, i).node);
		struct identity then = node->identity;

		then.free = nothing;
		if (memcmp(&then.position, position, sizeof(*position)) != 0)
			return false;
		if (identity_equal(&then, &now))
			return true;
	}
	return false;
}
