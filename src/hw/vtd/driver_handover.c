/* SPDX-License-Identifier: MIT */
#include "hw/vtd/driver.h"

#include <errno.h>
#include <string.h>

/* A kernel that finds the unit as another one has left it: nothing is known of that, and no frame of it is free. */
static void forget(struct vtd_driver *driver)
{
	struct arena *arena = driver->config.arena;
	const arena_pool_id pools[] = {driver->buses, driver->irtes};
	for (unsigned i = 0; i < 2; i++)
		for (uint32_t slot = 0; (slot = arena_next(arena, pools[i], slot)) != ARENA_NONE;)
			arena_release(arena, pools[i], slot);
	driver_attachments_forget(arena, driver->attachments);
	driver_common_forget(&driver->common);
	memset(driver->state, 0, sizeof(*driver->state));
}

/* 0: no frame left. */
static uint64_t copy_of(struct vtd_driver *driver, uint64_t from)
{
	uint64_t to = frame_allocator_take(driver->config.frames, 0);
	for (uint32_t at = 0; to && at < FRAME_BYTES; at += 8) {
		uint64_t word = driver_load(&driver->config, from + at);
		if (word && !driver_word(&driver->config, to + at, word)) {
			frame_allocator_give(driver->config.frames, to, 0);
			return 0;
		}
	}
	return to;
}

/* Context tables are copied, and what leads to them in the new root table says so (9.1, 9.2). */
static int copy_contexts(struct vtd_driver *driver, uint64_t root, uint32_t bus)
{
	struct vtd_driver_bus *row = arena_slot(driver->config.arena, driver->buses, driver->state->bus[bus]);
	for (unsigned half = 0; half < 2; half++) {
		uint64_t entry = root + (uint64_t)bus * 16 + half * 8, word, table;
		if (!row->context_pa[half])
			continue;
		table = copy_of(driver, row->context_pa[half]);
		if (!table)
			return -ENOMEM;
		word = driver_load(&driver->config, entry);
		VTD_ROOT_set_CTP(&word, table >> FRAME_LG2);
		driver_word(&driver->config, entry, word);
		row->context_pa[half] = table;
	}
	return 0;
}

/*
 * Page tables, PASID directories and tags stay as they are, and so does what this driver knows of them: it could read
 * all of it in the tables. Hardware sees the old root table until the new one is complete.
 */
static int copy_tables(struct vtd_driver *driver)
{
	uint64_t root = copy_of(driver, driver->state->root_pa);
	int error = root ? 0 : -ENOMEM;
	for (uint32_t bus = 0; !error && bus < VTD_DRIVER_BUSES; bus++)
		if (driver->state->bus[bus])
			error = copy_contexts(driver, root, bus);
	if (error)
		return error;
	driver->state->root_pa = root;
	return vtd_driver_set_root(driver);
}

int vtd_driver_hand_over(struct driver *base, enum driver_handover way)
{
	struct vtd_driver *driver = vtd_driver_of(base);
	if (way == HANDOVER_KEEP)
		return copy_tables(driver);
	forget(driver);
	return vtd_driver_init(base);
}
