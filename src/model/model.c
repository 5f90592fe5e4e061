/* SPDX-License-Identifier: MIT */
/* Life of the model, and the facts about devices: who has them, how, and what that opens. */
#include "model/model.h"

#include "base/assert.h"
#include "model/area.h"
#include "model/facts.h"

#include <stdlib.h>

struct model *model_new(struct arena *arena, const struct machine *machine)
{
	struct model *model = calloc(1, sizeof(*model));
	if (!model)
		abort();
	model->arena = arena;
	model->machine = machine;
	model->closure = closure_new(machine);
	model->devices = arena_block(arena, "model devices", (machine->device_count + 1) * sizeof(struct device_fact),
				     ARENA_HASHED);
	model->owners = arena_block(arena, "model owners", (machine->owner_count + 1) * sizeof(struct owner_fact),
				    ARENA_HASHED);
	model->memories = arena_block(arena, "model memory", (machine->memory_count + 1) * sizeof(struct memory_fact),
				      ARENA_HASHED);
	model->singles = arena_block(arena, "model singles", sizeof(struct singles), ARENA_HASHED);
	model->clocks = arena_block(arena, "model clocks", sizeof(struct clocks), ARENA_UNHASHED);
	model->spaces =
		arena_pool(arena, "model spaces", sizeof(struct space_fact), MODEL_MAX_SPACES, false, ARENA_HASHED);
	rows_open(&model->mmaps, arena, "model mmaps", sizeof(struct mmap_fact), MODEL_MAX_MMAPS, ARENA_HASHED);
	rows_open(&model->pasids, arena, "model PASIDs", sizeof(struct pasid_fact), MODEL_MAX_PASIDS, ARENA_HASHED);
	rows_open(&model->written, arena, "model written pages", sizeof(struct written_fact), MODEL_MAX_WRITTEN,
		  ARENA_HASHED);
	areas_open(model);
	for (uint32_t i = 0; i < machine->device_count; i++) {
		bool host = machine->devices[i].driver == DRIVER_HOST && machine->devices[i].present;
		model->devices[i] = (struct device_fact){.owner = host ? MACHINE_HOST : MODEL_NEUTRAL,
							 .last_owner = MODEL_NEUTRAL,
							 .driven = host,
							 .present = machine->devices[i].present,
							 .clean = true,
							 .accepted_by = MODEL_NEUTRAL};
	}
	for (uint32_t i = 0; i < machine->memory_count; i++)
		model->memories[i] = (struct memory_fact){.owner = machine->memories[i].owner,
							  .private = machine->memories[i].private};
	model->owners[MACHINE_HOST].kernel = true;
	return model;
}

void model_free(struct model *model)
{
	if (!model)
		return;
	closure_free(model->closure);
	free(model);
}

bool model_overflowed(const struct model *model)
{
	return model->singles->overflowed;
}

void model_step(struct model *model, uint32_t step)
{
	model->clocks->step = step;
}

static struct device_fact *fact_of(const struct model *model, uint16_t device)
{
	IOSIM_ASSERT(device < model->machine->device_count);
	return &model->devices[device];
}

/* --- mappings of register pages --- */

static uint32_t mmap_lower_bound(const struct model *model, uint16_t bar, uint16_t owner)
{
	uint32_t low = 0, high = rows_count(&model->mmaps);
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct mmap_fact *row = rows_at(&model->mmaps, middle);
		if (row->bar < bar || (row->bar == bar && row->owner < owner))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The mappings of a device's BARs are neighbours: rows [*first, *end). */
static void mmaps_of(const struct model *model, uint16_t device, uint32_t *first, uint32_t *end)
{
	const struct machine_device *row = &model->machine->devices[device];
	*first = *end = 0;
	if (row->bar_count == 0)
		return;
	*first = mmap_lower_bound(model, row->first_bar, 0);
	*end = mmap_lower_bound(model, (uint16_t)(row->first_bar + row->bar_count), 0);
}

static bool has_mmap(const struct model *model, uint16_t owner, uint16_t device)
{
	uint32_t i, end;
	for (mmaps_of(model, device, &i, &end); i < end; i++)
		if (((const struct mmap_fact *)rows_at(&model->mmaps, i))->owner == owner)
			return true;
	return false;
}

/* `owner` MODEL_NEUTRAL: everybody's. */
static void drop_mmaps(struct model *model, uint16_t owner, uint16_t device)
{
	uint32_t first, i;
	for (mmaps_of(model, device, &first, &i); i-- > first;)
		if (owner == MODEL_NEUTRAL || ((struct mmap_fact *)rows_at(&model->mmaps, i))->owner == owner)
			rows_remove(&model->mmaps, i);
}

void model_mmap(struct model *model, uint16_t owner, uint16_t bar)
{
	IOSIM_ASSERT(bar < model->machine->bar_count);
	uint32_t i = mmap_lower_bound(model, bar, owner);
	struct mmap_fact *row = rows_at(&model->mmaps, i);

	if (i == rows_count(&model->mmaps) || row->bar != bar || row->owner != owner) {
		row = rows_insert(&model->mmaps, i);
		if (!row) {
			model->singles->overflowed = true;
			return;
		}
		*row = (struct mmap_fact){.bar = bar, .owner = owner};
	}
	row->taken |= fact_of(model, model->machine->bars[bar].device)->owner == owner;
}

/* --- ownership --- */

struct registers {
	const struct machine *machine;
	uint16_t owner; /* MODEL_NEUTRAL: everybody */
	uint16_t device;
};

static bool leads_to_registers(const struct area *area, const void *context)
{
	const struct registers *of = context;
	return area->kind == MODEL_BAR && of->machine->bars[area->index].device == of->device &&
	       (of->owner == MODEL_NEUTRAL || of->owner == area->owner);
}

static void end_areas_to_registers(struct model *model, uint16_t owner, uint16_t device)
{
	struct registers registers = {.machine = model->machine, .owner = owner, .device = device};
	areas_end(model, leads_to_registers, &registers);
}

static void lose_owner(struct model *model, uint16_t device)
{
	struct device_fact *fact = fact_of(model, device);
	if (fact->owner == MODEL_NEUTRAL)
		return;
	end_areas_to_registers(model, fact->owner, device);
	fact->last_owner = fact->owner;
	fact->last_driven = fact->driven;
	fact->owner = MODEL_NEUTRAL;
	fact->driven = false;
	fact->clean = false;
	fact->space = 0;
	model_pasids_end(model, device, 0);
}

static void gain_owner(struct model *model, uint16_t device, uint16_t owner, bool driven)
{
	struct device_fact *fact = fact_of(model, device);
	uint32_t i, end;

	if (fact->owner != owner || fact->driven != driven)
		lose_owner(model, device);
	fact->owner = owner;
	fact->driven = driven;
	for (mmaps_of(model, device, &i, &end); i < end; i++) {
		struct mmap_fact *row = rows_at(&model->mmaps, i);
		row->taken |= row->owner == owner;
	}
}

/* A user has the device, and with it whatever cannot be isolated from it: relaxable ranges of all of them are over. */
static void relax(struct model *model, uint16_t device)
{
	const struct machine *machine = model->machine;
	fact_of(model, device)->relaxed = true;
	for (uint32_t i = 0; i < machine->reserved_count; i++) {
		uint16_t other = machine->reserved[i].device;
		if (machine->reserved[i].kind == RESERVED_RELAXABLE &&
		    (model_reaches(model, device, other) || model_reaches(model, other, device)))
			fact_of(model, other)->relaxed = true;
	}
}

void model_take(struct model *model, uint16_t owner, uint16_t device)
{
	bool driven = owner == MACHINE_HOST;
	gain_owner(model, device, owner, driven);
	if (!driven)
		relax(model, device);
}

void model_release(struct model *model, uint16_t owner, uint16_t device)
{
	if (fact_of(model, device)->owner == owner)
		lose_owner(model, device);
	drop_mmaps(model, owner, device);
}

void model_driver_bind(struct model *model, uint16_t owner, uint16_t device)
{
	IOSIM_ASSERT(owner < model->machine->owner_count);
	gain_owner(model, device, owner, true);
	model->owners[owner].kernel = true;
}

static bool is_of_scope(const struct area *area, const void *context)
{
	return area->scope == *(const uint32_t *)context;
}

static void end_scope(struct model *model, uint32_t scope)
{
	areas_end(model, is_of_scope, &scope);
}

void model_driver_unbind(struct model *model, uint16_t device)
{
	lose_owner(model, device);
	end_scope(model, SCOPE_DEVICE | device);
}

static bool is_of_owner(const struct area *area, const void *context)
{
	return area->owner == *(const uint16_t *)context;
}

void model_exit(struct model *model, uint16_t owner)
{
	for (uint32_t i = 0; i < model->machine->device_count; i++)
		model_release(model, owner, (uint16_t)i);
	for (uint32_t space = 0; (space = arena_next(model->arena, model->spaces, space)) != ARENA_NONE;)
		if (model_space_fact(model, space)->owner == owner)
			model_space_destroy(model, space);
	areas_end(model, is_of_owner, &owner);
}

static bool is_any(const struct area *area, const void *context)
{
	(void)area, (void)context;
	return true;
}

void model_reboot(struct model *model)
{
	areas_end(model, is_any, NULL);
	for (uint32_t i = 0; i < model->machine->device_count; i++) {
		lose_owner(model, (uint16_t)i);
		drop_mmaps(model, MODEL_NEUTRAL, (uint16_t)i);
	}
	for (uint32_t space = 0; (space = arena_next(model->arena, model->spaces, space)) != ARENA_NONE;)
		model_space_destroy(model, space);
}

static void set_present(struct model *model, uint16_t device, bool present)
{
	struct device_fact *fact = fact_of(model, device);
	if (!present) {
		lose_owner(model, device);
		drop_mmaps(model, MODEL_NEUTRAL, device);
		end_areas_to_registers(model, MODEL_NEUTRAL, device);
		end_scope(model, SCOPE_DEVICE | device);
		fact->last_owner = MODEL_NEUTRAL;
		fact->last_driven = false;
		fact->relaxed = false;
		fact->clean = true;
	}
	fact->present = present;
}

void model_present(struct model *model, uint16_t device, bool present)
{
	set_present(model, device, present);
	/* Its VFs and mdevs, and the mdevs of its VFs: there is no third level. */
	for (uint32_t i = 0; i < model->machine->device_count; i++) {
		uint16_t parent = model->machine->devices[i].parent;
		bool below = parent == device ||
			     (parent != MACHINE_NONE && model->machine->devices[parent].parent == device);
		if (below)
			set_present(model, (uint16_t)i, present);
	}
}

void model_reset(struct model *model, uint16_t device)
{
	fact_of(model, device)->clean = true;
}

/* --- questions --- */

uint16_t model_owner(const struct model *model, uint16_t device)
{
	return fact_of(model, device)->owner;
}

uint16_t model_last_owner(const struct model *model, uint16_t device)
{
	return fact_of(model, device)->last_owner;
}

uint16_t model_party(const struct model *model, uint16_t device)
{
	const struct device_fact *fact = fact_of(model, device);
	return fact->driven ? MACHINE_HOST : fact->owner;
}

uint16_t model_last_party(const struct model *model, uint16_t device)
{
	const struct device_fact *fact = fact_of(model, device);
	return fact->last_driven ? MACHINE_HOST : fact->last_owner;
}

uint16_t model_party_of_owner(const struct model *model, uint16_t owner)
{
	return owner < model->machine->owner_count && model->owners[owner].kernel ? MACHINE_HOST : owner;
}

bool model_user_access(const struct model *model, uint16_t device)
{
	return model_next_user(model, device, -1) != MACHINE_NONE;
}

uint16_t model_next_user(const struct model *model, uint16_t device, int after)
{
	const struct device_fact *fact = fact_of(model, device);
	uint16_t next = MACHINE_NONE;
	uint32_t i, end;

	if (fact->owner != MODEL_NEUTRAL && !fact->driven && fact->owner > after)
		next = fact->owner;
	for (mmaps_of(model, device, &i, &end); i < end; i++) {
		uint16_t owner = ((const struct mmap_fact *)rows_at(&model->mmaps, i))->owner;
		if (owner > after && owner < next && !model->owners[owner].kernel)
			next = owner;
	}
	return next;
}

bool model_has_access(const struct model *model, uint16_t owner, uint16_t device)
{
	return fact_of(model, device)->owner == owner || has_mmap(model, owner, device);
}

bool model_reset_since_owner_change(const struct model *model, uint16_t device)
{
	return fact_of(model, device)->clean;
}

bool model_stale_mmap(const struct model *model, uint16_t device, uint16_t *owner)
{
	const struct device_fact *fact = fact_of(model, device);
	uint32_t i, end;

	for (mmaps_of(model, device, &i, &end); i < end; i++) {
		const struct mmap_fact *row = rows_at(&model->mmaps, i);
		if (!row->taken || row->owner == fact->owner || model->owners[row->owner].kernel)
			continue;
		*owner = row->owner;
		return true;
	}
	return false;
}

bool model_is_present(const struct model *model, uint16_t device)
{
	return fact_of(model, device)->present;
}

model_space model_attached(const struct model *model, uint16_t device)
{
	return fact_of(model, device)->space;
}

uint16_t model_memory_owner(const struct model *model, uint16_t memory)
{
	IOSIM_ASSERT(memory < model->machine->memory_count);
	return model->memories[memory].owner;
}

bool model_reserved_live(const struct model *model, uint16_t reserved)
{
	IOSIM_ASSERT(reserved < model->machine->reserved_count);
	const struct machine_reserved *row = &model->machine->reserved[reserved];
	const struct device_fact *fact = fact_of(model, row->device);
	return fact->present && (row->kind == RESERVED_RMRR || (row->kind == RESERVED_RELAXABLE && !fact->relaxed));
}

/* The place in a row of the first device from `device` on. */
static uint32_t row_lower_bound(const struct closure_row *row, uint32_t device)
{
	uint32_t low = 0, high = row->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (row->devices[middle] < device)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint16_t model_next_reached(const struct model *model, uint16_t a, int after)
{
	const struct closure_row *row = closure_row(model->closure, a);
	uint32_t i = row_lower_bound(row, (uint32_t)(after + 1));
	return i < row->count ? row->devices[i] : MACHINE_NONE;
}

bool model_reaches(const struct model *model, uint16_t a, uint16_t b)
{
	IOSIM_ASSERT(b < model->machine->device_count);
	return model_next_reached(model, a, b - 1) == b;
}

bool model_same_requester(const struct model *model, uint16_t a, uint16_t b)
{
	return closure_same_requester(model->closure, a, b);
}

uint32_t model_requester(const struct model *model, uint16_t device)
{
	return closure_requester(model->closure, device);
}

void model_convert(struct model *model, uint16_t memory, bool private)
{
	model->memories[memory].private = private;
}

bool model_is_private(const struct model *model, uint16_t memory)
{
	return model->memories[memory].private;
}

void model_accept(struct model *model, uint16_t guest, uint16_t device)
{
	fact_of(model, device)->accepted_by = guest;
}

uint16_t model_accepted_by(const struct model *model, uint16_t device)
{
	return fact_of(model, device)->accepted_by;
}
