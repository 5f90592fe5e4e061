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

bool search_let_hardware(struct search *search, const struct position *position, const struct free_choice *choice,
			 struct free_place *free)
{
	struct exploration *found = search->found;
	char *name = free_name(search->world, choice);
	struct step *step = g_hash_table_lookup(found->stands, name);
	bool taken;

	if (step) {
		g_free(name);
	} else {
		step = free_step(name);
		g_hash_table_insert(found->stands, name, step);
	}
	g_ptr_array_add(found->records, step_record_new(step));
	found->choices++;
	found->steps++;
	taken = free_take(&search->free, position, choice, step,
			  g_ptr_array_index(found->records, found->records->len - 1), free);
	if (!taken && search->free.follows && !search->message)
		search->message = g_strdup_printf("order: hardware cannot do '%s' there", step->text);
	return taken;
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
