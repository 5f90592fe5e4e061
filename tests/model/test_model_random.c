/* SPDX-License-Identifier: MIT */
/*
 * Random intents against a naive model: pages in flat arrays, every answer by looking at all of them. Addresses and
 * memory are pages of 4 KiB here; a page of a space holds one page of one object, a DMA-API handle lies where its
 * memory does (so that handles may overlap, but never disagree).
 */
#include "build.h"

#include "base/random.h"

#include <string.h>

#define NONE    MACHINE_NONE
#define OWNERS  4 /* with the host */
#define DEVICES 4
#define OBJECTS 3
#define PAGES   6  /* of each object */
#define RANGE   24 /* pages of a space */
#define SPACES  5
#define HANDLES 64
#define TOMBS   4096
#define ROUNDS  40
#define STEPS   400

struct page {
	bool live;
	bool grants;
	uint8_t object, page, permissions;
};

struct handle {
	bool live, grants;
	uint16_t owner, device;
	uint8_t object, first, count, permissions;
};

struct tomb {
	bool live;
	bool dma; /* of `who`, a device; else of `who`, an owner */
	uint16_t who;
	int space; /* -1: gone */
	uint8_t at, object, page;
	uint32_t step;
};

struct naive {
	bool space_live[SPACES];
	uint16_t space_owner[SPACES];
	struct page pages[SPACES][RANGE];
	model_space names[SPACES];
	struct handle handles[HANDLES];
	struct tomb tombs[TOMBS];
	unsigned tomb_count;
	uint16_t owner[DEVICES], last_owner[DEVICES];
	bool driven[DEVICES], clean[DEVICES];
	int attached[DEVICES];
	uint16_t memory_owner[OBJECTS];
};

struct play {
	struct random random;
	struct bench bench;
	struct naive naive;
	uint32_t step;
};

static unsigned pick(struct play *play, unsigned limit)
{
	return (unsigned)random_below(&play->random, limit);
}

static uint64_t page_bytes(unsigned page)
{
	return (uint64_t)page << 12;
}

/* Where a DMA-API handle of that page lies. */
static uint8_t identity(uint8_t object, uint8_t page)
{
	return (uint8_t)(object * PAGES + page);
}

/* --- the naive model --- */

static void naive_bury(struct play *play, struct tomb tomb)
{
	struct naive *naive = &play->naive;
	tomb.live = true;
	tomb.step = play->step;
	assert_true(naive->tomb_count < TOMBS);
	naive->tombs[naive->tomb_count++] = tomb;
}

static void naive_unbury(struct play *play, struct tomb like)
{
	for (unsigned i = 0; i < play->naive.tomb_count; i++) {
		struct tomb *tomb = &play->naive.tombs[i];
		if (tomb->dma == like.dma && tomb->who == like.who && tomb->space == like.space &&
		    tomb->at == like.at && tomb->object == like.object && tomb->page == like.page)
			tomb->live = false;
	}
}

static void naive_lose(struct naive *naive, unsigned device)
{
	if (naive->owner[device] == MODEL_NEUTRAL)
		return;
	naive->last_owner[device] = naive->owner[device];
	naive->owner[device] = MODEL_NEUTRAL;
	naive->driven[device] = naive->clean[device] = false;
	naive->attached[device] = -1;
}

static void naive_gain(struct naive *naive, unsigned device, uint16_t owner, bool driven)
{
	if (naive->owner[device] != owner || naive->driven[device] != driven)
		naive_lose(naive, device);
	naive->owner[device] = owner;
	naive->driven[device] = driven;
}

static bool naive_meant(const struct naive *naive, unsigned device, unsigned at, struct page *out)
{
	int space = naive->attached[device];
	if (space >= 0 && naive->pages[space][at].live) {
		*out = naive->pages[space][at];
		return true;
	}
	*out = (struct page){0};
	for (unsigned i = 0; naive->driven[device] && i < HANDLES; i++) {
		const struct handle *handle = &naive->handles[i];
		unsigned first = identity(handle->object, handle->first);
		if (!handle->live || handle->device != device || at < first || at >= first + handle->count)
			continue;
		out->live = true;
		out->object = handle->object;
		out->page = (uint8_t)(handle->first + at - first);
		out->permissions |= handle->permissions;
	}
	return out->live;
}

static bool naive_alive_elsewhere(const struct naive *naive, uint16_t owner, const struct tomb *tomb)
{
	for (unsigned space = 0; space < SPACES; space++) {
		const struct page *page = &naive->pages[space][tomb->at];
		if (naive->space_live[space] && naive->space_owner[space] == owner && page->live &&
		    page->object == tomb->object && page->page == tomb->page)
			return true;
	}
	return false;
}

static bool naive_unmapped(const struct naive *naive, unsigned device, unsigned at, unsigned object, unsigned page)
{
	struct page meant;
	if (naive_meant(naive, device, at, &meant) && meant.object == object && meant.page == page)
		return false;
	for (unsigned i = 0; i < naive->tomb_count; i++) {
		const struct tomb *tomb = &naive->tombs[i];
		if (!tomb->live || tomb->at != at || tomb->object != object || tomb->page != page)
			continue;
		if (tomb->dma && tomb->who == device)
			return true;
		if (tomb->dma || (tomb->who != naive->owner[device] && tomb->who != naive->last_owner[device]))
			continue;
		if ((tomb->space >= 0 && tomb->space == naive->attached[device]) ||
		    !naive_alive_elsewhere(naive, tomb->who, tomb))
			return true;
	}
	return false;
}

static unsigned naive_granted(const struct naive *naive, uint16_t owner, unsigned object, unsigned page)
{
	unsigned permissions = 0;
	if (naive->memory_owner[object] == owner)
		return MODEL_READ | MODEL_WRITE;
	for (unsigned space = 0; space < SPACES; space++)
		for (unsigned at = 0; at < RANGE; at++) {
			const struct page *row = &naive->pages[space][at];
			if (naive->space_live[space] && naive->space_owner[space] == owner && row->live &&
			    row->grants && row->object == object && row->page == page)
				permissions |= row->permissions;
		}
	for (unsigned i = 0; i < HANDLES; i++) {
		const struct handle *handle = &naive->handles[i];
		if (handle->live && handle->grants && handle->owner == owner && handle->object == object &&
		    page >= handle->first && page < (unsigned)handle->first + handle->count)
			permissions |= handle->permissions;
	}
	return permissions;
}

/* --- intents --- */

static void do_own(struct play *play)
{
	struct naive *naive = &play->naive;
	uint16_t device = (uint16_t)pick(play, DEVICES), owner = (uint16_t)(1 + pick(play, OWNERS - 1));

	switch (pick(play, 5)) {
	case 0:
		model_take(play->bench.model, owner, device);
		naive_gain(naive, device, owner, false);
		break;
	case 1:
		model_release(play->bench.model, owner, device);
		if (naive->owner[device] == owner)
			naive_lose(naive, device);
		break;
	case 2:
		model_driver_bind(play->bench.model, MACHINE_HOST, device);
		naive_gain(naive, device, MACHINE_HOST, true);
		break;
	case 3:
		model_driver_unbind(play->bench.model, device);
		naive_lose(naive, device);
		for (unsigned i = 0; i < HANDLES; i++)
			if (naive->handles[i].device == device)
				naive->handles[i].live = false;
		break;
	default:
		model_reset(play->bench.model, device);
		naive->clean[device] = true;
		break;
	}
}

static void do_space(struct play *play)
{
	struct naive *naive = &play->naive;
	unsigned space = pick(play, SPACES), device = pick(play, DEVICES);

	if (!naive->space_live[space]) {
		naive->space_owner[space] = (uint16_t)pick(play, OWNERS);
		naive->names[space] = model_space_new(play->bench.model, naive->space_owner[space]);
		naive->space_live[space] = true;
		memset(naive->pages[space], 0, sizeof(naive->pages[space]));
		return;
	}
	if (!random_chance(&play->random, 6)) {
		if (random_chance(&play->random, 4)) {
			model_detach(play->bench.model, (uint16_t)device);
			naive->attached[device] = -1;
			return;
		}
		model_attach(play->bench.model, (uint16_t)device, naive->names[space]);
		naive->attached[device] = (int)space;
		return;
	}
	model_space_destroy(play->bench.model, naive->names[space]);
	naive->space_live[space] = false;
	for (unsigned i = 0; i < DEVICES; i++)
		if (naive->attached[i] == (int)space)
			naive->attached[i] = -1;
	for (unsigned i = 0; i < naive->tomb_count; i++)
		if (!naive->tombs[i].dma && naive->tombs[i].space == (int)space)
			naive->tombs[i].space = -1;
}

static void do_map(struct play *play)
{
	struct naive *naive = &play->naive;
	unsigned space = pick(play, SPACES), at = pick(play, RANGE), first = pick(play, PAGES);
	unsigned object = pick(play, OBJECTS), permissions = 1 + pick(play, 3);
	unsigned count = 1 + pick(play, PAGES - first);
	uint16_t owner = naive->space_owner[space];

	for (unsigned i = 0; i < count; i++)
		if (at + i >= RANGE || naive->pages[space][at + i].live)
			return;
	if (!naive->space_live[space])
		return;
	bool grants = true;
	for (unsigned i = 0; i < count; i++)
		grants &= (naive_granted(naive, owner, object, first + i) & permissions) == permissions;
	model_map(play->bench.model, naive->names[space], page_bytes(at), page_bytes(count),
		  memory_target((uint16_t)object, page_bytes(first)), permissions);
	for (unsigned i = 0; i < count; i++) {
		naive->pages[space][at + i] = (struct page){.live = true,
							    .grants = grants,
							    .object = (uint8_t)object,
							    .page = (uint8_t)(first + i),
							    .permissions = (uint8_t)permissions};
		naive_unbury(play, (struct tomb){.who = owner,
						 .space = (int)space,
						 .at = (uint8_t)(at + i),
						 .object = (uint8_t)object,
						 .page = (uint8_t)(first + i)});
	}
}

static void do_unmap(struct play *play)
{
	struct naive *naive = &play->naive;
	unsigned space = pick(play, SPACES), at = pick(play, RANGE), count = 1 + pick(play, 8);

	if (!naive->space_live[space])
		return;
	model_unmap(play->bench.model, naive->names[space], page_bytes(at), page_bytes(count));
	for (unsigned i = at; i < at + count && i < RANGE; i++) {
		struct page *page = &naive->pages[space][i];
		if (page->live)
			naive_bury(play, (struct tomb){.who = naive->space_owner[space],
						       .space = (int)space,
						       .at = (uint8_t)i,
						       .object = page->object,
						       .page = page->page});
		page->live = false;
	}
}

static void do_dma(struct play *play)
{
	struct naive *naive = &play->naive;
	struct handle *handle = &naive->handles[pick(play, HANDLES)];
	unsigned where;

	if (handle->live) {
		where = identity(handle->object, handle->first);
		model_dma_unmap(play->bench.model, handle->device, page_bytes(where), page_bytes(handle->count));
		for (unsigned i = 0; i < handle->count; i++)
			naive_bury(play, (struct tomb){.dma = true,
						       .who = handle->device,
						       .at = (uint8_t)(where + i),
						       .object = handle->object,
						       .page = (uint8_t)(handle->first + i)});
		handle->live = false;
		return;
	}
	struct handle made = {.live = true,
			      .grants = true,
			      .owner = MACHINE_HOST,
			      .device = (uint16_t)pick(play, DEVICES),
			      .object = (uint8_t)pick(play, OBJECTS),
			      .first = (uint8_t)pick(play, PAGES),
			      .permissions = (uint8_t)(1 + pick(play, 3))};
	made.count = (uint8_t)(1 + pick(play, (unsigned)(PAGES - made.first)));
	for (unsigned i = 0; i < HANDLES; i++) {
		const struct handle *other = &naive->handles[i];
		if (other->live && other->device == made.device && other->object == made.object &&
		    other->first == made.first && other->count == made.count)
			return;
	}
	*handle = made;
	where = identity(made.object, made.first);
	model_dma_map(play->bench.model, MACHINE_HOST, made.device, page_bytes(where), page_bytes(made.count),
		      memory_target(made.object, page_bytes(made.first)), made.permissions);
	for (unsigned i = 0; i < made.count; i++)
		naive_unbury(play, (struct tomb){.dma = true,
						 .who = made.device,
						 .at = (uint8_t)(where + i),
						 .object = made.object,
						 .page = (uint8_t)(made.first + i)});
}

static void do_reuse(struct play *play)
{
	struct naive *naive = &play->naive;
	unsigned object = pick(play, OBJECTS);
	uint16_t owner = (uint16_t)pick(play, OWNERS);

	model_reuse(play->bench.model, (uint16_t)object, owner);
	if (naive->memory_owner[object] == owner)
		return;
	naive->memory_owner[object] = owner;
	for (unsigned space = 0; space < SPACES; space++)
		for (unsigned at = 0; at < RANGE; at++)
			if (naive->pages[space][at].object == object)
				naive->pages[space][at].grants = false;
	for (unsigned i = 0; i < HANDLES; i++)
		if (naive->handles[i].object == object)
			naive->handles[i].grants = false;
}

/* --- comparison --- */

static void compare_device(struct play *play, uint16_t device)
{
	const struct naive *naive = &play->naive;
	struct model *model = play->bench.model;

	assert_int_equal(model_owner(model, device), naive->owner[device]);
	assert_int_equal(model_last_owner(model, device), naive->last_owner[device]);
	assert_int_equal(model_reset_since_owner_change(model, device), naive->clean[device]);
	for (unsigned at = 0; at < RANGE; at++) {
		struct page want;
		struct model_meaning got;
		bool meant = naive_meant(naive, device, at, &want);
		model_meaning(model, device, MODEL_NO_PASID, page_bytes(at) + 8, 4, &got);
		assert_int_equal(got.meant, meant);
		if (!meant)
			continue;
		assert_int_equal(got.target.index, want.object);
		assert_int_equal(got.target.offset, page_bytes(want.page) + 8);
		assert_int_equal(got.permissions, want.permissions);
	}
	for (unsigned i = 0; i < 20; i++) {
		unsigned at = pick(play, RANGE), object = pick(play, OBJECTS), page = pick(play, PAGES);
		uint32_t step;
		bool got = model_unmapped(model, device, MODEL_NO_PASID, page_bytes(at) + 8,
					  memory_target((uint16_t)object, page_bytes(page) + 8), &step);
		assert_int_equal(got, naive_unmapped(naive, device, at, object, page));
	}
}

static void compare(struct play *play)
{
	for (uint16_t device = 0; device < DEVICES; device++)
		compare_device(play, device);
	for (uint16_t owner = 0; owner < OWNERS; owner++)
		for (unsigned object = 0; object < OBJECTS; object++)
			for (unsigned page = 0; page < PAGES; page++) {
				unsigned got, want = naive_granted(&play->naive, owner, object, page);
				bool granted =
					model_granted(play->bench.model, owner,
						      memory_target((uint16_t)object, page_bytes(page)), 4096, &got);
				assert_int_equal(got, want);
				assert_int_equal(granted, want != 0);
			}
}

static void play_open(struct play *play, uint64_t seed)
{
	struct machine *machine = machine_new();
	static const char *const names[] = {"a", "b", "c", "d"};

	memset(play, 0, sizeof(*play));
	random_seed(&play->random, seed);
	for (unsigned i = 1; i < OWNERS; i++)
		build_owner(machine, (const char *[]){"", "o1", "o2", "o3"}[i], OWNER_PROCESS);
	for (unsigned i = 0; i < DEVICES; i++)
		build_device(machine, names[i], NONE);
	for (unsigned i = 0; i < OBJECTS; i++) {
		play->naive.memory_owner[i] = (uint16_t)i;
		build_memory(machine, (const char *[]){"m0", "m1", "m2"}[i], (uint16_t)i, page_bytes(PAGES));
	}
	for (unsigned i = 0; i < DEVICES; i++) {
		play->naive.owner[i] = play->naive.last_owner[i] = MODEL_NEUTRAL;
		play->naive.clean[i] = true;
		play->naive.attached[i] = -1;
	}
	play->bench = bench_open(machine);
}

static void test_model_random_intents_agree_with_a_naive_model(void **state)
{
	(void)state;
	static void (*const intents[])(struct play *) = {do_own, do_space, do_map,   do_map,  do_unmap,
							 do_dma, do_dma,   do_reuse, do_space};
	static struct play play;

	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		play_open(&play, seed);
		for (play.step = 1; play.step <= STEPS; play.step++) {
			model_step(play.bench.model, play.step);
			intents[pick(&play, sizeof(intents) / sizeof(intents[0]))](&play);
			compare(&play);
		}
		bench_close(&play.bench);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model_random_intents_agree_with_a_naive_model),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
