/* SPDX-License-Identifier: MIT */
/* Operations on hardware and time, page hand-over, and looking. */
#include "sim/confidential.h"
#include "sim/step.h"

#include <errno.h>

void op_run(struct step_run *run)
{
	struct world *world = run->world;
	const struct operands *with = run->with;
	int result = 0;

	if (with->run == RUN_DEFERRED_FLUSH || with->run == RUN_ALL)
		result = uapi_deferred_flush(world->uapi);
	if (with->run == RUN_QUEUES || with->run == RUN_ALL) {
		if (with->run_count)
			world_run_events(world, with->run_count);
		else
			world_run_queues(world);
	}
	if (with->run == RUN_PAGE_REQUESTS)
		uapi_page_requests(world->uapi, with->run_count ? with->run_count : UINT32_MAX);
	if (with->run == RUN_ALL)
		world_serve(world);
	step_returned(run, result);
}

void op_enable_translation(struct step_run *run)
{
	step_returned(run, uapi_enable_translation(run->world->uapi, run->with->iommu));
}

/* The allocator hands the page on: refused while it is pinned; judged before the model is told. */
void op_reuse(struct step_run *run)
{
	struct world *world = run->world;
	uint16_t memory = (uint16_t)run->with->to.index;
	struct check_event event = {.kind = CHECK_REUSE,
				    .memory = memory,
				    .device = MACHINE_NONE,
				    .new_owner = run->with->owner,
				    .old_owner = model_memory_owner(world->model, memory),
				    .unscrubbed = confidential_left(world, memory)};

	if (!step_returned(run, uapi_page_release(world->uapi, memory)))
		return;
	step_judge(run, &event);
	model_reuse(world->model, memory, run->with->owner);
	uapi_page_given(world->uapi, memory, run->with->owner);
}

static char *check_number(const char *what, uint64_t want, uint64_t got)
{
	if (want == got)
		return NULL;
	return g_strdup_printf("%s: expected %" G_GUINT64_FORMAT ", found %" G_GUINT64_FORMAT, what, want, got);
}

static char *check_truth(const char *what, bool want, bool got)
{
	if (want == got)
		return NULL;
	return g_strdup_printf("%s: expected %s, found %s", what, want ? "true" : "false", got ? "true" : "false");
}

static const char *const domain_words[] = {
	[SERVED_BLOCKED] = "blocked",
	[SERVED_IDENTITY] = "identity",
	[SERVED_KERNEL_DMA] = "default",
	[SERVED_USER] = "a user's space",
	[SERVED_FREED] = "a table that was freed",
	[SERVED_NO_IOMMU] = "no IOMMU",
};

static char *check_domain(struct step_run *run, const struct check_item *item)
{
	static const enum check_serving wanted[] = {[CHECK_IS_BLOCKED] = SERVED_BLOCKED,
						    [CHECK_IS_IDENTITY] = SERVED_IDENTITY,
						    [CHECK_IS_DEFAULT] = SERVED_KERNEL_DMA,
						    [CHECK_IS_SPACE] = SERVED_USER};
	struct check_view view;

	world_view(run->world, run->with->device, step_pasid(run), &view);
	if (view.serving == wanted[item->number])
		return NULL;
	return g_strdup_printf("domain: expected %s, found %s", domain_words[wanted[item->number]],
			       domain_words[view.serving]);
}

static char *check_group(struct step_run *run, const struct check_item *item)
{
	uint16_t members[32];
	unsigned count = uapi_group(run->world->uapi, run->with->device, members, G_N_ELEMENTS(members));
	GString *found = g_string_new("group:");
	bool same = count == item->device_count;

	for (unsigned i = 0; i < count && i < G_N_ELEMENTS(members); i++) {
		bool listed = false;

		for (unsigned other = 0; other < item->device_count; other++)
			listed |= item->devices[other] == members[i];
		same &= listed;
		g_string_append_printf(found, " %s", run->world->machine->devices[members[i]].name);
	}
	if (!same)
		return g_string_free(found, FALSE);
	g_string_free(found, TRUE);
	return NULL;
}

/* An mdev's own PASID, or none. */
static uint32_t own_pasid(const struct world *world, uint16_t device)
{
	const struct machine_device *row = &world->machine->devices[device];

	return row->kind == DEVICE_MDEV && row->pasid != MACHINE_NO_PASID ? row->pasid : PASID_NONE;
}

/* By a walk: one root on one unit, of a table that translates. */
static char *check_table(struct step_run *run, const struct check_item *item)
{
	const struct machine_device *devices = run->world->machine->devices;
	uint16_t device = run->with->device, other = item->devices[0];
	struct check_view view, seen;
	bool same;

	world_view(run->world, device, step_pasid(run), &view);
	world_view(run->world, other, own_pasid(run->world, other), &seen);
	same = view.root && view.root == seen.root && devices[device].iommu == devices[other].iommu;
	if (same == (item->key == CHECK_SAME_TABLE))
		return NULL;
	return g_strdup_printf("%s and %s are served by %s", devices[device].name, devices[other].name,
			       same ? "one page table" : "different page tables");
}

static char *check_item(struct step_run *run, const struct check_item *item)
{
	struct world *world = run->world;
	uint16_t memory = (uint16_t)run->with->to.index;

	switch (item->key) {
	case CHECK_PAGE_TABLES:
		return check_number("page-tables", item->number,
				    uapi_space_page_tables(world->uapi, step_slot(run, run->with->space)->space));
	case CHECK_MAP_CALLS:
		return check_number("map-calls", item->number,
				    uapi_space_map_calls(world->uapi, step_slot(run, run->with->space)->space));
	case CHECK_PINS:
		return check_number("pins", item->number,
				    uapi_space_pins(world->uapi, step_slot(run, run->with->space)->space));
	case CHECK_PINNED:
		return check_truth("pinned", item->number, uapi_memory_pinned(world->uapi, memory));
	case CHECK_OWNER:
		if (model_memory_owner(world->model, memory) == item->number)
			return NULL;
		return g_strdup_printf("owner: expected %s, found %s", world->machine->owners[item->number].name,
				       world->machine->owners[model_memory_owner(world->model, memory)].name);
	case CHECK_DOMAIN:
		return check_domain(run, item);
	case CHECK_GROUP:
		return check_group(run, item);
	case CHECK_SAME_TABLE:
	case CHECK_OTHER_TABLE:
		return check_table(run, item);
	}
	return NULL;
}

void op_check(struct step_run *run)
{
	step_ok(run);
	for (unsigned i = 0; i < run->with->check_count; i++) {
		char *differs = check_item(run, &run->with->checks[i]);

		if (differs) {
			step_disagrees(run, differs);
			return;
		}
	}
}
