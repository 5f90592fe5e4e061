/* SPDX-License-Identifier: MIT */
/* First stages of a confidential guest's own, over the TSM's second stage. */
#include "sim/confidential.h"
#include "sim/guest.h"

#include <errno.h>
#include <string.h>

model_space confidential_memory(const struct step_run *run)
{
	return run->world->confidential->memory[run->step->by];
}

/* A guest writes its own memory alone. What a kernel composes needs the host's, which has no part in T=1. */
void op_guest_nest(struct step_run *run)
{
	const struct operands *with = run->with;
	const struct slot *parent = step_slot(run, with->space);
	uint16_t root = (uint16_t)with->root.index, guest = run->step->by;
	struct slot *slot = step_result(run);
	struct domain_guest says;
	tee_space space;
	int error = -EOPNOTSUPP;

	if (with->root_given)
		error = model_memory_owner(run->world->model, root) == guest ? guest_describe(run->world, root, &says)
									     : -EFAULT;
	if (!error)
		error = tee_nest(run->world->confidential->tee, guest, parent->space, &says, &space);
	if (!step_returned(run, error) || !slot)
		return;
	memset(slot, 0, sizeof *slot);
	slot->made = true;
	slot->owner = guest;
	slot->space = space;
	slot->meant = model_space_new(run->world->model, guest);
	model_nest(run->world->model, slot->meant, confidential_memory(run), root);
}

/* All or a range, of a space or of what a device is attached to: the TSM takes no other request. */
void op_guest_invalidate(struct step_run *run)
{
	const struct operands *with = run->with;
	uint64_t first = with->at_given ? step_address(run, &with->at) : 0;
	uint64_t last = with->at_given ? first + (with->bytes - 1) : UINT64_MAX;
	tee_space space = with->space_given ? step_slot(run, with->space)->space
					    : tee_attached(run->world->confidential->tee, run->step->by, with->device);

	if ((with->invalidate != INVALIDATE_ALL && with->invalidate != INVALIDATE_RANGE) || with->id_given ||
	    with->pasid.base != PASID_ABSENT)
		step_returned(run, -EOPNOTSUPP);
	else
		step_returned(run, last < first ? -EINVAL
						: tee_invalidate(run->world->confidential->tee, run->step->by, space,
								 first, last));
}

/* The TSM knows a device by what it is bound to, and walks no table of PASIDs. */
void op_guest_cannot(struct step_run *run)
{
	step_returned(run, -EOPNOTSUPP);
}
