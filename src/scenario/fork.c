/* SPDX-License-Identifier: MIT */
/*
 * Processes that `fork` makes, and the pages that are copied for them. Their names are those of steps, but memory can
 * be theirs: they are declared with the machine.
 */
#include "scenario/machine.h"
#include "scenario/steps.h"

#include <string.h>

#define FORK "fork"

/* --- the names --- */

static bool declare_child(struct loader *loader, const struct node *step)
{
	struct machine *machine = loader->now->machine;
	const struct node *as = node_get(step, "as");
	const struct name *before;
	uint16_t index;

	if (!as)
		return fail(loader, step, "a name for the new process", "'fork' needs the key 'as'");
	if (!want_scalar(loader, as, "as", "a name"))
		return false;
	before = scope_find(loader, as->text);
	if (before && before->kind == NAME_OWNER && machine->owners[before->index].child)
		return true; /* steps whose conditions exclude each other; else the run finds out */
	index = machine_add_owner(machine, as->text);
	if (!declare_place(loader, TABLE_OWNER, as, index) || !scope_add(loader, as, NAME_OWNER, index, NULL))
		return false;
	machine->owners[index].kind = OWNER_PROCESS;
	machine->owners[index].child = true;
	machine->owners[index].parent = MACHINE_NONE;
	return true;
}

static bool declare_if_fork(struct loader *loader, const struct node *step)
{
	return step->kind != NODE_MAP || !node_get(step, FORK) || declare_child(loader, step);
}

/* A run that is no list, or a step that is no mapping, is refused when the run is read. */
bool declare_children(struct loader *loader)
{
	const struct node *run = loader->run;

	for (uint32_t i = 0; run->kind == NODE_LIST && i < run->count; i++) {
		const struct node *step = run->entries[i].value;
		const struct node *group = step->kind == NODE_MAP ? node_get(step, "do") : NULL;

		if (!declare_if_fork(loader, step))
			return false;
		for (uint32_t j = 0; group && group->kind == NODE_LIST && j < group->count; j++)
			if (!declare_if_fork(loader, group->entries[j].value))
				return false;
	}
	return true;
}

/* --- copies --- */

static bool is_plain(const struct machine_memory *row)
{
	return row->present && !row->private && !row->swiotlb && !row->shared_with;
}

/* Of the row: what it is a copy of, and that nothing else is. */
static bool check_copy(struct loader *loader, uint16_t index, const struct node *at)
{
	const struct machine *machine = loader->now->machine;
	const struct machine_memory *row = &machine->memories[index], *page = &machine->memories[row->copy_of];

	if (page->copy_of != MACHINE_NONE)
		return fail(loader, at, "a page that a process has before it forks", "'%s' is a copy itself",
			    page->name);
	if (!machine->owners[row->owner].child)
		return fail(loader, at, "memory of what 'fork' makes", "'%s' is of '%s', which no 'fork' makes",
			    row->name, machine->owners[row->owner].name);
	if (!is_plain(page) || !is_plain(row) || row->va_given || row->gpa_given)
		return fail(loader, at,
			    "a private page that is present, and a copy with nothing but 'of' and 'copy-of'",
			    "'%s' cannot be a copy of '%s'", row->name, page->name);
	for (uint16_t i = 0; i < index; i++)
		if (machine->memories[i].copy_of == row->copy_of)
			return fail(loader, at, "a page that is copied once", "'%s' is a copy of '%s' already",
				    machine->memories[i].name, page->name);
	return true;
}

bool settle_copies(struct loader *loader, const struct node *memories)
{
	struct machine *machine = loader->now->machine;

	for (uint32_t i = 0; memories && i < memories->count; i++) {
		const struct node *key = memories->entries[i].key;
		uint16_t index = (uint16_t)scope_find(loader, key->text)->index;
		struct machine_memory *row = &machine->memories[index];
		const struct node *at = node_get(memories->entries[i].value, "copy-of");

		if (!at && machine->owners[row->owner].child)
			return fail(loader, key, "the key 'copy-of'",
				    "'%s' is of '%s', which has nothing of its own before 'fork'", key->text,
				    machine->owners[row->owner].name);
		if (at && !check_copy(loader, index, at))
			return false;
		if (at)
			row->bytes = machine->memories[row->copy_of].bytes;
	}
	return true;
}

void place_copies(struct machine *machine)
{
	for (uint32_t i = 0; i < machine->memory_count; i++)
		if (machine->memories[i].copy_of != MACHINE_NONE)
			machine->memories[i].va = machine->memories[machine->memories[i].copy_of].va;
}

/* --- steps --- */

/* What a child does: it looks at its memory, changes it, and ends. What it has inherited is its parent's to use. */
static bool may_child(enum operation operation)
{
	return operation == OP_LOAD || operation == OP_STORE || operation == OP_CACHE_FLUSH || operation == OP_EXIT;
}

static bool names_parent(struct loader *loader, const struct raw_step *raw, const struct step *step)
{
	struct machine *machine = loader->now->machine;
	const struct node *as = node_get(raw->node, "as");
	struct machine_owner *child = &machine->owners[step->with.owner];

	if (step->times > 1)
		return fail(loader, raw->node, "'fork' once", "'%s' is one process", as->text);
	if (machine->owners[step->by].kind != OWNER_PROCESS || machine->owners[step->by].child)
		return fail(loader, raw->node, "a declared process", "'%s' cannot fork here",
			    machine->owners[step->by].name);
	if (child->parent != MACHINE_NONE && child->parent != step->by)
		return fail(loader, as, "another name", "'%s' is a process of '%s' already", as->text,
			    machine->owners[child->parent].name);
	child->parent = step->by;
	for (uint32_t i = 0; i < machine->memory_count; i++) {
		const struct machine_memory *row = &machine->memories[i];

		if (row->copy_of != MACHINE_NONE && &machine->owners[row->owner] == child &&
		    machine->memories[row->copy_of].owner != step->by)
			return fail(loader, as, "a copy of what the parent has",
				    "'%s' is a copy of '%s', which is not of '%s'", row->name,
				    machine->memories[row->copy_of].name, machine->owners[step->by].name);
	}
	return true;
}

bool check_processes(struct loader *loader, const struct raw_step *raw, struct step *step)
{
	const struct machine *machine = loader->now->machine;
	const struct machine_owner *actor = step->by == MACHINE_NONE ? NULL : &machine->owners[step->by];
	bool of_child = step->with.owner != MACHINE_NONE && machine->owners[step->with.owner].child;

	if (actor && actor->child && actor->parent == MACHINE_NONE)
		return fail(loader, node_get(raw->node, "by"), "a process that an earlier step forked",
			    "'%s' is made by a later step", actor->name);
	if (actor && actor->child && !may_child(raw->operation))
		return fail(loader, raw->node, "load, store, cache-flush or exit", "'%s' was forked, and does not '%s'",
			    actor->name, operation_rows[raw->operation].name);
	if (of_child && raw->operation == OP_SVA_BIND)
		return fail(loader, raw->node, "a declared process", "'%s' was forked, and is bound to nothing",
			    machine->owners[step->with.owner].name);
	if (raw->operation != OP_FORK)
		return true;
	if (raw->block)
		return fail(loader, raw->node, "a step outside of 'parallel'", "'fork' in 'parallel'");
	step->with.owner = (uint16_t)scope_find(loader, node_get(raw->node, "as")->text)->index;
	return names_parent(loader, raw, step);
}
