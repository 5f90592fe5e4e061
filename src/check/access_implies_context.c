/* SPDX-License-Identifier: MIT */
/*
 * Whoever can write a device's registers can make it, and every device it commands, send any request. So all of these
 * have to be blocked, or translate by tables that lead to nothing but what that user may reach.
 */
#include "check/check.h"
#include "check/invariants.h"
#include "check/words.h"

#include <inttypes.h>
#include <stdio.h>

_Static_assert((int)PERM_READ == MODEL_READ && (int)PERM_WRITE == MODEL_WRITE, "permissions are compared");

struct leaf_search {
	struct check *check;
	uint16_t user;
	uint16_t device;
	bool found;
	uint64_t iova; /* of the first byte that is not the user's */
	struct model_target target;
};

/* A firmware range, mapped 1:1, of a device that is served by that table. */
static bool is_firmware_map(const struct leaf_search *search, uint64_t iova, uint64_t pa, uint64_t bytes)
{
	const struct machine *machine = check_machine(search->check);

	for (uint32_t i = 0; iova == pa && i < machine->reserved_count; i++) {
		const struct machine_reserved *range = &machine->reserved[i];
		if ((range->kind == RESERVED_RMRR || range->kind == RESERVED_RELAXABLE) && pa >= range->first &&
		    pa - range->first < range->bytes && bytes <= range->bytes - (pa - range->first) &&
		    (range->device == search->device ||
		     model_reaches(check_model(search->check), search->device, range->device)))
			return true;
	}
	return false;
}

/* Whoever writes there raises its own interrupts alone: the controller asks who it is (IHI 0069 5.2). */
static bool is_doorbell(uint64_t pa)
{
	return pa >> 12 == LAYOUT_ITS_TRANSLATER >> 12;
}

static void see_leaf(void *context, uint64_t iova, uint64_t pa, unsigned page_lg2, unsigned permissions)
{
	struct leaf_search *search = context;
	const struct model *model = check_model(search->check);
	uint64_t left = UINT64_C(1) << (page_lg2 < 63 ? page_lg2 : 63);
	unsigned need = permissions & (PERM_READ | PERM_WRITE), granted;

	while (!search->found && left) {
		uint64_t bytes;
		struct model_target target = target_at(check_machine(search->check), pa, &bytes);
		bytes = bytes < left ? bytes : left;
		if (!is_doorbell(pa) && !is_firmware_map(search, iova, pa, bytes) &&
		    (!model_granted(model, search->user, target, bytes, &granted) || (granted & need) != need)) {
			search->found = true;
			search->iova = iova;
			search->target = target;
		}
		left -= bytes;
		iova += bytes;
		pa += bytes;
	}
}

/* Whether the device's requests may go where the user has no right to; `search` tells where, if a table says so. */
static bool is_exposed(struct check *check, uint16_t user, uint16_t device, struct leaf_search *search)
{
	const struct check_eyes *eyes = check_eyes(check);

	*search = (struct leaf_search){.check = check, .user = user, .device = device};
	switch (check_view_now(check, device)->serving) {
	case SERVED_BLOCKED:
		return false;
	case SERVED_USER:
		eyes->leaves(eyes->context, device, see_leaf, search);
		return search->found;
	case SERVED_IDENTITY:
	case SERVED_KERNEL_DMA:
	case SERVED_FREED:
	case SERVED_NO_IOMMU:
		break;
	}
	return true;
}

/* What has become broken in this step: how much, and the first. */
struct exposure {
	uint32_t count;
	uint16_t user, device, reached;
	struct leaf_search search;
};

/* The first user with access to the device to whom what it reaches is exposed; MACHINE_NONE: nobody. */
static uint16_t exposed_user(struct check *check, uint16_t device, uint16_t reached, struct leaf_search *search)
{
	const struct model *model = check_model(check);

	for (int user = -1; (user = model_next_user(model, device, user)) != MACHINE_NONE;)
		if (is_exposed(check, (uint16_t)user, reached, search))
			return (uint16_t)user;
	return MACHINE_NONE;
}

static void look(struct check *check, uint16_t device, uint16_t reached, struct exposure *first)
{
	struct leaf_search search;

	/* What an mdev sends is told apart by its PASID; its parent's view is not its own. */
	if (!model_is_present(check_model(check), reached) ||
	    check_machine(check)->devices[reached].kind == DEVICE_MDEV)
		return;
	uint16_t user = exposed_user(check, device, reached, &search);
	if (!check_turned(check, check_pair(check, device, reached), user != MACHINE_NONE))
		return;
	/* A device that the user has itself is the better example. */
	if (first->count++ == 0 || (device == reached && first->device != first->reached)) {
		first->user = user;
		first->device = device;
		first->reached = reached;
		first->search = search;
	}
}

static void report(struct check *check, const struct check_event *event, const struct exposure *first)
{
	const char *device = check_device_name(check, first->device), *user = check_owner_name(check, first->user);
	char who[FINDING_TEXT_BYTES], more[64] = "";

	if (first->device == first->reached)
		snprintf(who, sizeof(who), "%s can program %s", user, device);
	else
		snprintf(who, sizeof(who), "%s can program %s, which commands %s,", user, device,
			 check_device_name(check, first->reached));
	if (first->count > 1)
		snprintf(more, sizeof(more), " (and %u more)", (unsigned)(first->count - 1));
	if (first->search.found)
		check_report(check, event, "%s %s while that translates 0x%" PRIx64 " to %s, which is not %s's%s", who,
			     words_where(event).text, first->search.iova,
			     words_target(check, first->search.target).text, user, more);
	else
		check_report(check, event, "%s %s while that %s%s", who, words_where(event).text,
			     words_serving(check_view_now(check, first->reached)->serving), more);
}

static void judge(struct check *check, const struct check_event *event)
{
	const struct model *model = check_model(check);
	struct exposure first = {.count = 0};

	if (event->kind != CHECK_STEP)
		return;
	for (uint32_t i = 0; i < check_machine(check)->device_count; i++)
		for (int to = -1; model_user_access(model, (uint16_t)i) &&
				  (to = model_next_reached(model, (uint16_t)i, to)) != MACHINE_NONE;)
			look(check, (uint16_t)i, (uint16_t)to, &first);
	if (first.count)
		report(check, event, &first);
}

const struct invariant access_implies_context = {
	.name = "access-implies-context",
	.number = 3,
	.summary = "no user register access unless the whole group is blocked or in that user's spaces",
	.statement =
		"For every user u that can write registers of d, and all e that d reaches without the IOMMU or that "
		"hardware cannot tell from d, d included: e is blocked, or translates by a user's table of which "
		"every entry leads to what u may reach (or maps a firmware range of e 1:1). At no time the kernel's "
		"domain, identity, a table that was given back, or no IOMMU at all.",
	.state = true,
	.judge = judge,
};
