/* SPDX-License-Identifier: MIT */
#include "hw/vtd/driver.h"

/*
 * 11.4.4.1: a write says for every control what it shall be, so those that are on have to be said again; the one-shot
 * controls (SRTP, WBF, SIRTP) are not repeated.
 */
int vtd_driver_command(struct vtd_driver *driver, uint64_t bit, bool set, uint64_t status_mask, uint64_t status)
{
	uint64_t lasting = VTD_GSTS_TES_MASK | VTD_GSTS_QIES_MASK | VTD_GSTS_IRES_MASK | VTD_GSTS_CFIS_MASK;
	uint64_t command = driver_read(&driver->config, VTD_REG_GSTS, 4) & lasting;
	command = set ? command | bit : command & ~bit;
	driver_write(&driver->config, VTD_REG_GCMD, 4, command);
	return driver_poll(&driver->config, VTD_REG_GSTS, 4, status_mask, status);
}

int vtd_driver_flush_write_buffer(struct vtd_driver *driver)
{
	if (!VTD_CAP_RWBF(&driver->state->cap))
		return 0;
	return vtd_driver_command(driver, VTD_GCMD_WBF_MASK, true, VTD_GSTS_WBFS_MASK, 0);
}
