/* SPDX-License-Identifier: MIT */
#include "uapi/fork.h"

#include "uapi/boot.h"
#include "uapi/mm.h"
#include "uapi/pasid.h"
#include "uapi/space.h"

#include <errno.h>

/* What was declared as the copy of the object; MACHINE_NONE: it is not inherited. */
static uint16_t copy_of(const struct uapi *uapi, uint16_t memory)
{
	for (uint32_t i = 0; i < uapi->machine->memory_count; i++)
		if (uapi->machine->memories[i].copy_of == memory)
			return (uint16_t)i;
	return MACHINE_NONE;
}

static uint16_t child_of(const struct uapi *uapi, uint16_t copy)
{
	return uapi->machine->memories[copy].owner;
}

static void tell(struct uapi *uapi, uint16_t memory, uint16_t copy, uint16_t copies)
{
	struct uapi_parting parting = {
		.memory = memory, .copy = copy, .keeps = uapi->memories[memory].owner, .copies = copies};

	if (uapi->platform.parted)
		uapi->platform.parted(uapi->platform.context, &parting);
}

/* --- forking --- */

/* In the parent's tables it is for reading from now on. */
static int share(struct uapi *uapi, uint16_t memory)
{
	mm_leave(uapi, memory);
	uapi->memories[memory].shared = uapi->memories[memory].write_faults = true;
	return mm_enter(uapi, memory);
}

/*
 * A space without a table will find by its address what it has to pin then. What is recorded here is the page: it stays
 * where it is, and its child gets the copy at once, which comes to the same.
 */
static bool is_recorded(const struct uapi *uapi, uint16_t parent, uint16_t memory)
{
	space_handle space = 0;
	const struct area *area;

	while ((space = space_next(uapi, space)))
		for (uint32_t at = areas_seek(&uapi->areas, space_set(space), 0);
		     space_of(uapi, space)->owner == parent && (area = areas_at(&uapi->areas, space_set(space), at));
		     at++)
			if (area->kind == UAPI_MEMORY && area->target == memory)
				return true;
	return false;
}

/* Whether the parent keeps the page, and the child has its own from the start. */
static bool is_copied(const struct uapi *uapi, uint16_t parent, uint16_t memory)
{
	if (uapi->memories[memory].pins || uapi->memories[memory].dma_maps)
		return uapi->rules.value[KNOB_FORK_PINNED] == FORK_PINNED_COPIED;
	return is_recorded(uapi, parent, memory);
}

static int inherit(struct uapi *uapi, uint16_t parent, uint16_t memory, uint16_t copy)
{
	struct uapi_memory *page = &uapi->memories[memory];

	uapi->memories[copy].faulted_in = false;
	uapi->memories[copy].unmapped = page->owner != parent || page->unmapped;
	if (uapi->memories[copy].unmapped || !page->faulted_in)
		return 0;
	if (!is_copied(uapi, parent, memory))
		return share(uapi, memory);
	uapi->memories[copy].faulted_in = true;
	tell(uapi, memory, copy, child_of(uapi, copy));
	return 0;
}

int uapi_fork(struct uapi *uapi, uint16_t parent, uint16_t child)
{
	IOSIM_ASSERT(parent < uapi->machine->owner_count && child < uapi->machine->owner_count);
	int error = boot_finish(uapi);

	if (error)
		return error;
	if (uapi->owners[parent].gone || uapi->owners[child].forked)
		return -EINVAL;
	for (uint32_t i = 0; i < uapi->machine->memory_count && !error; i++) {
		uint16_t memory = uapi->machine->memories[i].copy_of;
		if (memory != MACHINE_NONE && uapi->machine->memories[i].owner == child)
			error = inherit(uapi, parent, memory, (uint16_t)i);
	}
	uapi->owners[child].forked = true;
	uapi->owners[parent].children++;
	return error;
}

/* --- writing --- */

/* The first to write gets the new page, and the other one keeps the old, with whatever has it pinned. */
static int part(struct uapi *uapi, uint16_t memory, uint16_t writer)
{
	uint16_t copy = copy_of(uapi, memory);
	struct uapi_memory *page = &uapi->memories[memory], *made = &uapi->memories[copy];
	bool moves = page->owner == writer;
	int error = 0;

	if (moves) {
		mm_leave(uapi, memory);
		page->owner = child_of(uapi, copy);
		page->write_faults = false;
	}
	page->shared = false;
	made->owner = writer;
	made->faulted_in = true;
	if (moves)
		error = mm_enter(uapi, copy);
	tell(uapi, memory, copy, writer);
	return error;
}

int fork_write_fault(struct uapi *uapi, uint16_t owner, uint16_t memory)
{
	struct uapi_memory *page = &uapi->memories[memory];

	if (page->shared)
		return part(uapi, memory, owner);
	if (!page->write_faults)
		return 0;
	mm_leave(uapi, memory);
	page->write_faults = false;
	return mm_enter(uapi, memory);
}

uint16_t uapi_page_of(const struct uapi *uapi, uint16_t owner, uint16_t memory)
{
	IOSIM_ASSERT(memory < uapi->machine->memory_count);
	uint16_t first = uapi->machine->memories[memory].copy_of == MACHINE_NONE
				 ? memory
				 : uapi->machine->memories[memory].copy_of;
	uint16_t copy = copy_of(uapi, first);

	if (copy == MACHINE_NONE)
		return memory;
	if (uapi->memories[first].owner == owner || (uapi->memories[first].shared && child_of(uapi, copy) == owner))
		return first;
	return uapi->memories[copy].owner == owner ? copy : memory;
}

uint16_t uapi_cpu_write(struct uapi *uapi, uint16_t owner, uint16_t memory)
{
	uint16_t page = uapi_page_of(uapi, owner, memory);

	if (uapi->memories[page].shared || uapi->memories[page].owner == owner)
		fork_write_fault(uapi, owner, page);
	return uapi_page_of(uapi, owner, memory);
}

/* --- ending --- */

/* What the process shares with a child of it is the child's alone. */
static void leave_to_child(struct uapi *uapi, uint16_t memory)
{
	struct uapi_memory *page = &uapi->memories[memory];

	page->owner = child_of(uapi, copy_of(uapi, memory));
	page->shared = page->write_faults = false;
	tell(uapi, memory, MACHINE_NONE, MACHINE_NONE);
}

/* Its address space goes: out of the tables that devices share with it, which stay with whoever has them bound. */
static void end_address_space(struct uapi *uapi, uint16_t owner)
{
	for (uint32_t i = 0; i < uapi->machine->memory_count; i++) {
		struct uapi_memory *page = &uapi->memories[i];
		if (page->owner != owner)
			continue;
		if (page->faulted_in && !page->unmapped)
			mm_leave(uapi, (uint16_t)i);
		if (page->shared) {
			leave_to_child(uapi, (uint16_t)i);
			continue;
		}
		page->unmapped = true;
		page->faulted_in = false;
	}
}

/* Nothing of the process is left: its memory is where it is when it starts again. */
static void begin_anew(struct uapi *uapi, uint16_t owner)
{
	uapi->owners[owner].gone = false;
	for (uint32_t i = 0; i < uapi->machine->memory_count; i++) {
		struct uapi_memory *page = &uapi->memories[i];
		if (page->owner != owner || page->taken_out || page->given)
			continue;
		page->unmapped = false;
		page->faulted_in = uapi->machine->memories[i].present;
	}
}

static void end_child(struct uapi *uapi, uint16_t child, uint16_t *last)
{
	uint16_t parent = uapi->machine->owners[child].parent;

	for (uint32_t i = 0; i < uapi->machine->memory_count; i++) {
		uint16_t memory = uapi->machine->memories[i].copy_of;
		if (memory != MACHINE_NONE && child_of(uapi, (uint16_t)i) == child)
			uapi->memories[memory].shared = false; /* a write of its owner's still faults */
	}
	uapi->owners[child].forked = false;
	if (--uapi->owners[parent].children || !uapi->owners[parent].gone)
		return;
	begin_anew(uapi, parent);
	*last = parent;
}

bool fork_exit(struct uapi *uapi, uint16_t owner, uint16_t *last)
{
	*last = MACHINE_NONE;
	if (uapi->owners[owner].forked)
		end_child(uapi, owner, last);
	if (!uapi->owners[owner].children)
		return false;
	uapi->owners[owner].gone = true;
	end_address_space(uapi, owner);
	pasid_end_process(uapi, owner);
	return true;
}

bool uapi_is_there(const struct uapi *uapi, uint16_t owner)
{
	IOSIM_ASSERT(owner < uapi->machine->owner_count);
	return !uapi->machine->owners[owner].child || uapi->owners[owner].forked;
}

bool uapi_files_open(const struct uapi *uapi, uint16_t owner)
{
	IOSIM_ASSERT(owner < uapi->machine->owner_count);
	return uapi->owners[owner].gone;
}
