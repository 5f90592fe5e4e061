/* SPDX-License-Identifier: MIT */
#include "sim/invent.h"

#include "uapi/rules.h"

#include <string.h>

#define STEPS_LEAST 6
#define STEPS_MOST  18
#define OBJECTS     4  /* one in so many of iommufd's ends with calls about objects */
#define FORKS       6  /* one in so many programs ends with a fork */
#define KEXECS      12 /* and one in so many with another kernel */

/* How likely a step is where the scenario is about that; a column a theme, in their order. */
struct choice {
	invent_function *make;
	uint8_t weights[THEMES];
};

/* clang-format off */
static const struct choice choices[] = {
	{invent_take, {4, 8, 3, 4, 3, 5, 4, 6, 3, 4, 0, 1, 4}},
	{invent_release, {1, 3, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1}},
	{invent_exit, {1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
	{invent_bind, {1, 5, 4, 1, 1, 1, 0, 1, 1, 1, 1, 3, 1}},
	{invent_unbind, {1, 3, 3, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1}},
	{invent_reset, {1, 2, 1, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
	{invent_command, {1, 1, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1}},
	{invent_plug, {1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 6, 1}},
	{invent_unplug, {1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1}},
	{invent_reuse, {3, 2, 3, 3, 1, 3, 2, 0, 1, 3, 1, 1, 3}},
	{invent_mmap, {0, 1, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0}},
	{invent_mmio, {0, 1, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0}},
	{invent_space, {4, 4, 1, 4, 3, 4, 4, 2, 3, 4, 1, 1, 4}},
	{invent_attach, {5, 5, 1, 5, 4, 6, 5, 3, 4, 5, 1, 1, 5}},
	{invent_detach, {2, 3, 1, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2}},
	{invent_replace, {2, 1, 0, 2, 1, 1, 1, 0, 1, 2, 1, 1, 2}},
	{invent_destroy, {1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1}},
	{invent_map, {7, 4, 1, 7, 3, 6, 5, 3, 3, 7, 1, 1, 7}},
	{invent_unmap, {4, 1, 1, 4, 2, 3, 3, 1, 2, 4, 2, 2, 4}},
	{invent_dma_map, {1, 1, 7, 2, 1, 5, 0, 1, 1, 2, 1, 1, 1}},
	{invent_dma_unmap, {1, 1, 5, 1, 1, 3, 0, 0, 1, 1, 1, 1, 1}},
	{invent_pin, {0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0}},
	{invent_unpin, {0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0}},
	{invent_enable, {0, 0, 0, 0, 3, 0, 0, 0, 3, 0, 3, 3, 0}},
	{invent_sva_bind, {0, 0, 1, 1, 8, 0, 0, 0, 0, 0, 8, 8, 0}},
	{invent_sva_unbind, {0, 0, 1, 1, 4, 0, 0, 0, 0, 0, 4, 4, 0}},
	{invent_munmap, {0, 0, 0, 0, 2, 0, 0, 0, 2, 0, 2, 2, 0}},
	{invent_response, {0, 0, 0, 0, 3, 0, 0, 0, 6, 0, 0, 0, 0}},
	{invent_quiesce, {0, 0, 1, 1, 2, 1, 0, 0, 2, 1, 2, 2, 0}},
	{invent_nest, {0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0}},
	{invent_guest_map, {0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0}},
	{invent_guest_unmap, {0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0}},
	{invent_vdevice, {0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0}},
	{invent_invalidate, {1, 0, 0, 2, 1, 0, 5, 0, 1, 2, 1, 1, 1}},
	{invent_dma, {12, 9, 10, 8, 12, 10, 12, 12, 12, 8, 12, 12, 12}},
	{invent_ats, {0, 0, 0, 8, 3, 0, 2, 0, 3, 8, 8, 3, 0}},
	{invent_translated, {0, 0, 0, 8, 2, 0, 1, 0, 2, 8, 8, 2, 0}},
	{invent_resume, {2, 1, 2, 3, 4, 1, 2, 0, 4, 3, 4, 4, 2}},
	{invent_run, {1, 1, 3, 2, 2, 1, 1, 1, 2, 2, 2, 2, 1}},
	{invent_refill, {0, 0, 0, 2, 0, 0, 0, 0, 0, 6, 0, 0, 0}},
	{invent_park, {0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 6, 0, 0}},
	{invent_domain_type, {0, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1}},
	{invent_enqcmd, {0, 0, 0, 0, 3, 2, 0, 0, 0, 0, 1, 1, 0}},
	{invent_vpasid, {0, 0, 0, 0, 1, 3, 0, 0, 0, 0, 0, 0, 0}},
	{invent_swap, {0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0}},
	{invent_dirty, {0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 5}},
	{invent_store, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5}},
	{invent_load, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5}},
	{invent_flush, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3}},
	{invent_kvm_add, {0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 3}},
	{invent_dma_sync, {0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1}},
	{invent_raw, {2, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 4}},
};
/* clang-format on */

/* --- for all of them --- */

uint32_t invent_new_step(struct invention *in, const char *operation, uint8_t owner)
{
	uint32_t step = sketch_add(in->sketch, SKETCH_RUN, operation);

	if (owner != INVENT_NOBODY)
		g_snprintf(in->sketch->parts[step].by, SKETCH_NAME_MAX, "p%u", owner + 1u);
	return step;
}

bool invent_pick(struct invention *in, bool (*good)(const struct invented_device *device), uint8_t *device)
{
	*device = in->favourite;
	if (*device < in->device_count && !invent_chance(in, 3) && (!good || good(&in->devices[*device])))
		return true;
	for (unsigned tries = 0; in->device_count && tries < 6; tries++) {
		*device = (uint8_t)invent_below(in, in->device_count);
		if (!good || good(&in->devices[*device]))
			return true;
	}
	return in->device_count && invent_chance(in, 4);
}

void invent_thing_name(enum thing sort, uint8_t number, char *name)
{
	static const char letters[] = {[THING_SPACE] = 's',   [THING_HANDLE] = 'h', [THING_GIVEN] = 't',
				       [THING_REQUEST] = 'r', [THING_PASID] = 'w',  [THING_PAGES] = 'g'};

	g_snprintf(name, SKETCH_NAME_MAX, "%c%u", letters[sort], number + 1u);
}

bool invent_old(struct invention *in, enum thing sort, uint8_t *number, char *name)
{
	uint8_t count = in->thing_count[sort];

	if (count == 0)
		return false;
	*number = (uint8_t)(invent_chance(in, 2) ? count - 1u : invent_below(in, count));
	if (sort == THING_PAGES && *number < in->pages_from)
		return false;
	invent_thing_name(sort, *number, name);
	return true;
}

bool invent_name(struct invention *in, uint32_t step, enum thing sort, struct invented_thing thing)
{
	uint8_t number = in->thing_count[sort];

	if (number == INVENT_THINGS || in->sketch->full)
		return false;
	in->things[sort][in->thing_count[sort]++] = thing;
	invent_thing_name(sort, number, in->sketch->parts[step].as);
	return true;
}

void invent_note(struct invention *in, enum thing sort, struct invented_thing thing)
{
	if (in->thing_count[sort] < INVENT_THINGS)
		in->things[sort][in->thing_count[sort]++] = thing;
}

void invent_let_go(struct invention *in)
{
	in->pages_from = in->thing_count[THING_PAGES];
}

bool invent_has_lent(const struct invention *in, uint8_t device)
{
	for (uint8_t i = 0; i < in->thing_count[THING_HANDLE]; i++) {
		const struct invented_thing *handle = &in->things[THING_HANDLE][i];

		if (handle->device == device && !handle->over && (handle->owner == INVENT_NOBODY || in->kernel))
			return true;
	}
	return false;
}

uint8_t invent_user(struct invention *in, uint8_t device)
{
	uint8_t user = in->devices[device].user;

	return user == INVENT_NOBODY || invent_chance(in, 12) ? (uint8_t)invent_below(in, in->owner_count) : user;
}

uint8_t invent_memory_of(struct invention *in, uint8_t owner)
{
	uint8_t memory = 0;

	for (unsigned tries = 0; tries < 6; tries++) {
		memory = (uint8_t)invent_below(in, in->memory_count);
		if (in->memory_of[memory] == owner)
			break;
	}
	return memory;
}

/* --- the whole --- */

/* What has to come one after the other for a device to reach anything; other steps may come in between. */
static invent_function *const spines[THEMES][8] = {
	[THEME_PLAIN] = {invent_take, invent_space, invent_attach, invent_map, invent_dma, invent_unmap, invent_dma},
	[THEME_OWNERS] = {invent_take, invent_space, invent_attach, invent_map, invent_take, invent_dma},
	[THEME_KERNEL] = {invent_dma_map, invent_dma, invent_dma_unmap, invent_dma},
	[THEME_ATS] = {invent_take, invent_space, invent_attach, invent_map, invent_ats, invent_translated,
		       invent_unmap, invent_translated},
	[THEME_PASIDS] = {invent_sva_bind, invent_dma, invent_dma, invent_sva_unbind, invent_sva_bind},
	[THEME_MDEVS] = {invent_take, invent_space, invent_attach, invent_map, invent_pin, invent_dma_map, invent_dma},
	[THEME_NESTED] = {invent_take, invent_space, invent_nest, invent_vdevice, invent_attach, invent_guest_map,
			  invent_dma},
	[THEME_SIGNALS] = {invent_take, invent_space, invent_attach, invent_map, invent_dma, invent_mmap, invent_mmio},
	[THEME_ANSWERS] = {invent_take, invent_space, invent_attach, invent_dma, invent_response, invent_resume},
	[THEME_STALE] = {invent_take, invent_space, invent_attach, invent_map, invent_ats, invent_refill, invent_reuse,
			 invent_translated},
	[THEME_PARKED] = {invent_sva_bind, invent_ats, invent_park, invent_munmap, invent_reuse, invent_park,
			  invent_translated},
	[THEME_LATE] = {invent_sva_bind, invent_plug, invent_bind, invent_dma},
	[THEME_WRITES] = {invent_take, invent_space, invent_attach, invent_map, invent_store, invent_dma, invent_load},
};

static void invent_any_step(struct invention *in)
{
	uint32_t all = 0, chosen, i;

	for (i = 0; i < G_N_ELEMENTS(choices); i++)
		all += choices[i].weights[in->theme];
	chosen = invent_below(in, all);
	for (i = 0; chosen >= choices[i].weights[in->theme]; i++)
		chosen -= choices[i].weights[in->theme];
	choices[i].make(in);
}

static void invent_spine(struct invention *in)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(spines[0]) && spines[in->theme][i]; i++) {
		for (unsigned tries = 0; tries < 4 && !spines[in->theme][i](in); tries++)
			;
		while (invent_chance(in, 4))
			invent_any_step(in);
	}
}

void invent(struct sketch *sketch, struct random *random, unsigned policy)
{
	static const enum theme of_kernel[] = {THEME_KERNEL, THEME_KERNEL, THEME_PASIDS,
					       THEME_OWNERS, THEME_PARKED, THEME_LATE};
	struct invention in = {.sketch = sketch, .random = random};
	struct rules rules;
	uint32_t steps;

	rules_of_policy(policy, &rules);
	in.kernel = rules.value[KNOB_USER_API] == USER_API_NONE;
	in.raw = strcmp(policy_name(policy), "iommufd") == 0;
	memset(sketch, 0, sizeof(*sketch));
	in.theme = in.kernel ? of_kernel[random_below(random, G_N_ELEMENTS(of_kernel))]
			     : (enum theme)random_below(random, THEMES);
	sketch->manual = in.theme == THEME_STALE ? !random_chance(random, 4) : random_chance(random, 6);
	in.allocates = random_chance(random, 2);
	invent_machine(&in);
	in.favourite = (uint8_t)invent_below(&in, in.theme == THEME_LATE ? 1 : in.device_count);
	steps = STEPS_LEAST + invent_below(&in, STEPS_MOST - STEPS_LEAST + 1);
	invent_switch_on(&in);
	if (!invent_chance(&in, 5))
		invent_spine(&in);
	for (unsigned tries = 0; sketch_size(sketch, SKETCH_RUN) < steps && !sketch->full && tries < 4 * steps; tries++)
		invent_any_step(&in);
	if (invent_chance(&in, FORKS) && !sketch->full)
		invent_fork(&in);
	if (in.raw && invent_chance(&in, OBJECTS) && !sketch->full)
		invent_objects(&in);
	if (invent_chance(&in, KEXECS) && !sketch->full)
		invent_kexec(&in);
}
