/* SPDX-License-Identifier: MIT */
#include "hw/driver_common.h"

#include "base/assert.h"

#include <errno.h>
#include <string.h>

_Static_assert(sizeof(struct driver_domain) == 72 && sizeof(struct driver_retired) == 24,
	       "these lie in hashed memory and have no hidden padding");

#define MAX_DOMAINS 65536
/* Each retired page is a frame that the allocator gave out. */
#define MAX_RETIRED ((uint32_t)((LAYOUT_TABLES_LAST - LAYOUT_TABLES_FIRST + 1) / FRAME_BYTES))

/* --- the index by root --- */

static uint32_t root_slot(const struct driver_common *common, uint64_t root)
{
	return (uint32_t)(((root >> FRAME_LG2) * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & common->by_root_mask;
}

static uint64_t root_in(const struct driver_common *common, uint32_t slot)
{
	return driver_domain_of(common, common->by_root[slot])->pt.root;
}

static void root_enter(struct driver_common *common, domain_handle handle, uint64_t root)
{
	uint32_t slot = root_slot(common, root);
	while (common->by_root[slot])
		slot = (slot + 1) & common->by_root_mask;
	common->by_root[slot] = handle;
}

/* Later entries of the same run move down into the gap, so that a probe never meets one that was removed. */
static void root_remove(struct driver_common *common, domain_handle handle, uint64_t root)
{
	uint32_t mask = common->by_root_mask;
	uint32_t gap = root_slot(common, root);
	while (common->by_root[gap] != handle)
		gap = (gap + 1) & mask;
	for (uint32_t slot = (gap + 1) & mask; common->by_root[slot]; slot = (slot + 1) & mask) {
		uint32_t home = root_slot(common, root_in(common, slot));
		if (((slot - home) & mask) >= ((slot - gap) & mask)) {
			common->by_root[gap] = common->by_root[slot];
			gap = slot;
		}
	}
	common->by_root[gap] = 0;
}

static void rebuild_by_root(void *context)
{
	struct driver_common *common = context;
	memset(common->by_root, 0, (common->by_root_mask + UINT64_C(1)) * sizeof(*common->by_root));
	struct arena *arena = common->arena;
	for (uint32_t handle = arena_next(arena, common->domains, 0); handle != ARENA_NONE;
	     handle = arena_next(arena, common->domains, handle)) {
		uint64_t root = driver_domain_of(common, handle)->pt.root;
		if (root)
			root_enter(common, handle, root);
	}
}

void driver_common_init(struct driver_common *common, const struct driver_config *config)
{
	uint32_t domains = config->max_domains;
	if (domains == 0 || domains > MAX_DOMAINS)
		domains = MAX_DOMAINS;
	uint32_t slots = 2;
	while (slots < 2 * domains)
		slots *= 2;
	struct arena *arena = config->arena;
	common->arena = arena;
	common->frames = config->frames;
	common->domains =
		arena_pool(arena, "driver domains", sizeof(struct driver_domain), domains, false, ARENA_HASHED);
	common->tags = arena_pool(arena, "driver tags", sizeof(struct driver_tag), domains, false, ARENA_HASHED);
	common->retired = arena_pool(arena, "retired table pages", sizeof(struct driver_retired), MAX_RETIRED, true,
				     ARENA_HASHED);
	common->flights = arena_block(arena, "driver flights", sizeof(*common->flights), ARENA_HASHED);
	common->by_root = arena_block(arena, "driver domains by root", slots * sizeof(*common->by_root), ARENA_REBUILT);
	common->by_root_mask = slots - 1;
	arena_on_restore(arena, rebuild_by_root, common);
}

static void drop_pool(struct arena *arena, arena_pool_id pool)
{
	uint32_t slot = 0;
	while ((slot = arena_next(arena, pool, slot)) != ARENA_NONE)
		arena_release(arena, pool, slot);
}

void driver_common_forget(struct driver_common *common)
{
	drop_pool(common->arena, common->domains);
	drop_pool(common->arena, common->tags);
	drop_pool(common->arena, common->retired);
	*common->flights = 0;
	rebuild_by_root(common);
}

/* --- domains --- */

const struct driver_domain *driver_domain_paging(const struct driver_common *common, const struct driver_domain *domain)
{
	return domain->parent ? driver_domain_of(common, domain->parent) : domain;
}

struct driver_domain *driver_domain_of(const struct driver_common *common, domain_handle handle)
{
	if (!arena_live(common->arena, common->domains, handle))
		return NULL;
	return arena_slot(common->arena, common->domains, handle);
}

int driver_domain_take(struct driver_common *common, enum domain_type type, domain_handle *out)
{
	uint32_t handle = arena_alloc(common->arena, common->domains);
	if (handle == ARENA_NONE)
		return -ENOMEM;
	struct driver_domain *domain = driver_domain_of(common, handle);
	domain->type = (uint8_t)type;
	*out = handle;
	return 0;
}

int driver_domain_tag(struct driver_common *common, domain_handle handle, uint32_t limit)
{
	uint32_t tag = arena_alloc(common->arena, common->tags);
	if (tag == ARENA_NONE)
		return -ENOSPC;
	if (tag >= limit) {
		arena_release(common->arena, common->tags, tag);
		return -ENOSPC;
	}
	struct driver_tag *slot = arena_slot(common->arena, common->tags, tag);
	slot->domain = handle;
	driver_domain_of(common, handle)->tag = tag;
	return 0;
}

void driver_domain_enter_root(struct driver_common *common, domain_handle handle)
{
	root_enter(common, handle, driver_domain_of(common, handle)->pt.root);
}

void driver_domain_leave_root(struct driver_common *common, domain_handle handle)
{
	root_remove(common, handle, driver_domain_of(common, handle)->pt.root);
}

void driver_domain_release(struct driver_common *common, domain_handle handle)
{
	struct driver_domain *domain = driver_domain_of(common, handle);
	IOSIM_ASSERT(domain->pt.root == 0 && domain->attached == 0);
	if (domain->tag)
		arena_release(common->arena, common->tags, domain->tag);
	arena_release(common->arena, common->domains, handle);
}

domain_handle driver_domain_by_root(const struct driver_common *common, uint64_t root)
{
	for (uint32_t slot = root_slot(common, root); common->by_root[slot]; slot = (slot + 1) & common->by_root_mask) {
		if (root_in(common, slot) == root)
			return common->by_root[slot];
	}
	return 0;
}

domain_handle driver_domain_by_tag(const struct driver_common *common, uint32_t tag)
{
	if (!arena_live(common->arena, common->tags, tag))
		return 0;
	const struct driver_tag *slot = arena_slot(common->arena, common->tags, tag);
	return slot->domain;
}

/* --- retired table pages --- */

static struct driver_retired *retired_of(const struct driver_common *common, uint32_t slot)
{
	return arena_slot(common->arena, common->retired, slot);
}

static uint32_t next_retired(const struct driver_common *common, uint32_t after)
{
	return arena_next(common->arena, common->retired, after);
}

static void retire(struct driver_common *common, const struct driver_retired *page)
{
	uint32_t slot = arena_alloc(common->arena, common->retired);
	if (slot != ARENA_NONE)
		*retired_of(common, slot) = *page;
}

void driver_retire(struct driver_common *common, domain_handle handle, uint64_t pa, uint64_t iova)
{
	retire(common, &(struct driver_retired){.pa = pa, .iova = iova, .domain = handle});
}

void driver_retire_anywhere(struct driver_common *common, domain_handle handle, uint64_t pa)
{
	retire(common, &(struct driver_retired){.pa = pa, .whole = true, .domain = handle});
}

static bool covered(const struct driver_retired *page, domain_handle handle, uint64_t first, uint64_t last)
{
	if (page->domain != handle)
		return false;
	if (page->whole)
		return first == 0 && last == UINT64_MAX;
	return first <= page->iova && page->iova <= last;
}

bool driver_retired_within(const struct driver_common *common, domain_handle handle, uint64_t first, uint64_t last)
{
	for (uint32_t slot = next_retired(common, 0); slot != ARENA_NONE; slot = next_retired(common, slot)) {
		if (covered(retired_of(common, slot), handle, first, last))
			return true;
	}
	return false;
}

void driver_page_free(struct driver_common *common, uint64_t pa)
{
	if (pa % FRAME_BYTES == 0 && frame_allocator_is_taken(common->frames, pa))
		frame_allocator_give(common->frames, pa, 0);
}

uint16_t driver_flight_begin(struct driver_common *common)
{
	IOSIM_ASSERT(*common->flights < UINT16_MAX);
	return ++*common->flights;
}

void driver_flight_claim(struct driver_common *common, uint16_t flight, domain_handle handle, uint64_t first,
			 uint64_t last)
{
	for (uint32_t slot = next_retired(common, 0); slot != ARENA_NONE; slot = next_retired(common, slot)) {
		struct driver_retired *page = retired_of(common, slot);
		if (page->flight == 0 && covered(page, handle, first, last))
			page->flight = flight;
	}
}

void driver_flight_end(struct driver_common *common, uint16_t flight, bool completed)
{
	IOSIM_ASSERT(*common->flights == flight);
	--*common->flights;
	for (uint32_t slot = next_retired(common, 0); slot != ARENA_NONE; slot = next_retired(common, slot)) {
		struct driver_retired *page = retired_of(common, slot);
		if (page->flight != flight)
			continue;
		page->flight = 0;
		if (completed) {
			driver_page_free(common, page->pa);
			arena_release(common->arena, common->retired, slot);
		}
	}
}

/* --- what waits for an invalidation --- */

void gather_add(struct gather *gather, uint64_t first, uint64_t last)
{
	for (uint32_t i = 0; i < gather->count; i++) {
		if (gather->first[i] <= first && last <= gather->last[i])
			return;
	}
	if (gather->count && first - 1 == gather->last[gather->count - 1]) {
		gather->last[gather->count - 1] = last;
		return;
	}
	if (gather->count == GATHER_MAX) {
		gather->all = true;
		return;
	}
	gather->first[gather->count] = first;
	gather->last[gather->count++] = last;
}

bool gather_is_empty(const struct gather *gather)
{
	return gather->count == 0 && !gather->all;
}

void gather_clear(struct gather *gather)
{
	gather->domain = 0;
	gather->count = 0;
	gather->all = false;
}
