/* SPDX-License-Identifier: MIT */
#include "hw/vtd/driver.h"

#include <errno.h>

void vtd_driver_report_word(struct vtd_driver *driver, uint64_t pa, uint64_t old, uint64_t value)
{
	effect_report(
		driver->config.hook,
		&(struct effect){
			.kind = EFFECT_WORD, .iommu = driver->base.index, .address = pa, .value = value, .old = old});
}

void vtd_driver_report_register(struct vtd_driver *driver, uint32_t offset, uint64_t value)
{
	effect_report(driver->config.hook,
		      &(struct effect){
			      .kind = EFFECT_REGISTER, .iommu = driver->base.index, .address = offset, .value = value});
}

bool vtd_driver_word(struct vtd_driver *driver, uint64_t pa, uint64_t value)
{
	uint64_t old;
	if (!memory_read64(driver->config.memory, pa, &old) || !memory_write64(driver->config.memory, pa, value))
		return false;
	vtd_driver_report_word(driver, pa, old, value);
	return true;
}

uint64_t vtd_driver_read(struct vtd_driver *driver, uint32_t offset, unsigned width)
{
	return driver->config.port.read_register(driver->config.port.unit, offset, width);
}

void vtd_driver_write(struct vtd_driver *driver, uint32_t offset, unsigned width, uint64_t value)
{
	driver->config.port.write_register(driver->config.port.unit, offset, width, value);
	vtd_driver_report_register(driver, offset, value);
}

bool vtd_driver_event(struct vtd_driver *driver, uint32_t *events)
{
	if (*events == 0)
		return false;
	--*events;
	return driver->config.port.advance(driver->config.port.unit);
}

int vtd_driver_poll(struct vtd_driver *driver, uint32_t offset, unsigned width, uint64_t mask, uint64_t value)
{
	uint32_t events = VTD_DRIVER_EVENTS_MAX;
	while ((vtd_driver_read(driver, offset, width) & mask) != value) {
		if (!vtd_driver_event(driver, &events))
			return -ETIMEDOUT;
	}
	return 0;
}

/*
 * 11.4.4.1: a write says for every control what it shall be, so those that are on have to be said again; the one-shot
 * controls (SRTP, WBF, SIRTP) are not repeated.
 */
int vtd_driver_command(struct vtd_driver *driver, uint64_t bit, bool set, uint64_t status_mask, uint64_t status)
{
	uint64_t lasting = VTD_GSTS_TES_MASK | VTD_GSTS_QIES_MASK | VTD_GSTS_IRES_MASK | VTD_GSTS_CFIS_MASK;
	uint64_t command = vtd_driver_read(driver, VTD_REG_GSTS, 4) & lasting;
	command = set ? command | bit : command & ~bit;
	vtd_driver_write(driver, VTD_REG_GCMD, 4, command);
	return vtd_driver_poll(driver, VTD_REG_GSTS, 4, status_mask, status);
}

int vtd_driver_flush_write_buffer(struct vtd_driver *driver)
{
	if (!VTD_CAP_RWBF(&driver->state->cap))
		return 0;
	return vtd_driver_command(driver, VTD_GCMD_WBF_MASK, true, VTD_GSTS_WBFS_MASK, 0);
}
