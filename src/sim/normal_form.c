/* SPDX-License-Identifier: MIT */
#include "sim/normal_form.h"

#include "sim/confidential.h"
#include "sim/cpu.h"

#include <string.h>

#define REGIME_OVER UINT32_MAX /* of a handle: the device will never be in it again */

/* --- numbers by their order --- */

/* Numbers that were met, and where they stand: 0 is none and stays so. */
struct numbers {
	GPtrArray *places; /* uint32_t * */
};

static void note_number(void *context, uint32_t *number)
{
	struct numbers *numbers = context;

	if (*number)
		g_ptr_array_add(numbers->places, number);
}

static gint by_number(gconstpointer a, gconstpointer b)
{
	uint32_t left = **(uint32_t *const *)a, right = **(uint32_t *const *)b;

	return left < right ? -1 : left > right;
}

/* The lowest becomes 1, the next higher 2: they compare as before. */
static void close_up(struct numbers *numbers)
{
	uint32_t before = 0, rank = 0;

	g_ptr_array_sort(numbers->places, by_number);
	for (unsigned i = 0; i < numbers->places->len; i++) {
		uint32_t *number = g_ptr_array_index(numbers->places, i);
		rank += *number != before;
		before = *number;
		*number = rank;
	}
	g_ptr_array_set_size(numbers->places, 0);
}

/* --- sessions and nonces --- */

/* Sessions have an order: one that has ended is not above world.confidential->ended. */
static void close_up_sessions(struct world *world)
{
	struct confidential *c = world->confidential;
	struct numbers sessions = {.places = g_ptr_array_new()};

	note_number(&sessions, c->sessions);
	for (uint32_t i = 0; i < world->machine->device_count; i++)
		note_number(&sessions, &c->ended[i]);
	ide_each_session(c->ide, note_number, &sessions);
	tdis_each_session(c->tdis, note_number, &sessions);
	tee_each_session(c->tee, note_number, &sessions);
	close_up(&sessions);
	g_ptr_array_unref(sessions.places);
}

/* A nonce is compared with others of its device. */
struct nonces {
	uint64_t known[3][TDI_NONCE_WORDS]; /* the interface's, the TSM's, that of the evidence */
	uint32_t count;
};

static void rename_nonce(void *context, uint64_t nonce[TDI_NONCE_WORDS])
{
	static const uint64_t none[TDI_NONCE_WORDS];
	struct nonces *nonces = context;
	uint32_t at = 0;

	if (memcmp(nonce, none, sizeof(none)) == 0)
		return;
	while (at < nonces->count && memcmp(nonces->known[at], nonce, sizeof(none)) != 0)
		at++;
	if (at == nonces->count)
		memcpy(nonces->known[nonces->count++], nonce, sizeof(none));
	memset(nonce, 0, sizeof(none));
	nonce[0] = at + 1;
}

static void rename_nonces(struct world *world)
{
	struct confidential *c = world->confidential;

	for (uint16_t i = 0; i < world->machine->device_count; i++) {
		struct nonces nonces = {.count = 0};
		tdis_each_nonce(c->tdis, i, rename_nonce, &nonces);
		tee_each_nonce(c->tee, i, rename_nonce, &nonces);
	}
}

/* --- regimes --- */

/* What a handle has of its regime is whether the device is in it, or can come back to it without a new number. */
static uint32_t regime_seen(const struct world *world, uint16_t device, uint32_t regime)
{
	const struct confidential *c = world->confidential;

	if (regime == 0)
		return 0;
	if (regime == world->regimes[device].number)
		return 1;
	return c && regime == confidential_trusted_regime(world, device) ? 2 : REGIME_OVER;
}

static void rename_regimes(struct world *world)
{
	struct confidential *c = world->confidential;

	for (uint32_t i = 0; i < world->program->slot_count; i++)
		world->slots[i].regime = regime_seen(world, world->slots[i].device, world->slots[i].regime);
	for (uint16_t i = 0; i < world->machine->device_count; i++) {
		if (c) {
			c->attached_regime[i] = regime_seen(world, i, c->attached_regime[i]);
			c->crossings[i] = c->crossings[i] != 0;
		}
		world->regimes[i].number = world->regimes[i].number != 0;
	}
}

/* --- writers --- */

static bool is_asked_for(const struct world *world, uint32_t writer)
{
	for (uint32_t i = 0; i < world->program->slot_count; i++)
		if (world->slots[i].made && world->slots[i].writer == writer)
			return true;
	return false;
}

/*
 * Who wrote an object last matters to who asks for one writer's data, and where some place holds older data. A line
 * that is there keeps what it says: the same step may write again past it.
 */
static void forget_writer(const struct world *world, struct cpu_line *line)
{
	if (line->state == CPU_LINE_ABSENT && line->memory == line->newest && !is_asked_for(world, line->newest))
		line->memory = line->newest = 0;
}

/* --- */

static void forget_refusals(struct world *world)
{
	memset(world->refused_access, 0, sizeof(uint64_t) * world->machine->device_count);
	for (uint32_t i = 0; i < world->program->slot_count; i++)
		if (!world->slots[i].made)
			memset(&world->slots[i], 0, sizeof(world->slots[i]));
}

static void forget_done(struct iommu *unit, struct driver *driver)
{
	if (!unit)
		return;
	driver->ops->forget_done(driver);
	unit->ops->forget_done(unit);
}

struct normal_form normal_form_of(struct world *world)
{
	for (uint32_t i = 0; i < world->machine->iommu_count; i++) {
		forget_done(world->units[i], world->drivers[i]);
		if (world->confidential)
			forget_done(world->confidential->units[i], world->confidential->drivers[i]);
	}
	forget_refusals(world);
	rename_regimes(world);
	for (uint16_t i = 0; i < world->machine->memory_count; i++)
		forget_writer(world, &world->lines[i]);
	if (world->confidential) {
		close_up_sessions(world);
		rename_nonces(world);
	}
	return (struct normal_form){arena_hash(world->arena), arena_second_hash(world->arena)};
}
