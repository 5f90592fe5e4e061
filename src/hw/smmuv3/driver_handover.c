/* SPDX-License-Identifier: MIT */
#include "hw/smmuv3/driver.h"

#include <string.h>

/* A kernel that finds the unit as another one has left it: nothing is known of that, and no frame of it is free. */
static void forget(struct smmu_driver *driver)
{
	struct arena *arena = driver->config.arena;
	const arena_pool_id pools[] = {driver->buses, driver->leaves};
	for (unsigned i = 0; i < 2; i++)
		for (uint32_t slot = 0; (slot = arena_next(arena, pools[i], slot)) != ARENA_NONE;)
			arena_release(arena, pools[i], slot);
	driver_attachments_forget(arena, driver->pasids);
	driver_common_forget(&driver->common);
	memset(driver->state, 0, sizeof(*driver->state));
}

/*
 * SMMU_STRTAB_BASE cannot be written while SMMUEN is 1 (IHI 0070 6.3.24), so to keep a stream table is to adopt it as
 * it is. Else the unit is off and aborts everything until it is enabled again; or lets it pass (6.3.14).
 */
int smmu_driver_hand_over(struct driver *base, enum driver_handover way)
{
	struct smmu_driver *driver = smmu_driver_of(base);
	if (way == HANDOVER_KEEP)
		return 0;
	forget(driver);
	int error = smmu_driver_init(base);
	if (error || way == HANDOVER_RESET)
		return error;
	uint64_t gbpa = driver_read(&driver->config, SMMU_REG_GBPA, 4);
	gbpa = (gbpa & ~(uint64_t)SMMU_GBPA_ABORT_MASK) | SMMU_GBPA_UPDATE_MASK;
	driver_write(&driver->config, SMMU_REG_GBPA, 4, gbpa);
	return driver_poll(&driver->config, SMMU_REG_GBPA, 4, SMMU_GBPA_UPDATE_MASK, 0);
}
