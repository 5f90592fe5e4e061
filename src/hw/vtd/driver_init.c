/* SPDX-License-Identifier: MIT */
#include "hw/vtd/driver.h"

#include <errno.h>

enum { INTERRUPTS_ORDER = VTD_DRIVER_IRTES_LG2 + 4 - FRAME_LG2 }; /* entries of 16 bytes */

/* The width of the page tables: four levels where the unit walks them, else three, else five. 0: none. */
static uint8_t table_width(uint64_t sagaw)
{
	static const uint8_t wishes[] = {VTD_AW_48, VTD_AW_39, VTD_AW_57};
	for (unsigned i = 0; i < sizeof(wishes); i++) {
		if (sagaw >> wishes[i] & 1)
			return wishes[i];
	}
	return 0;
}

static uint8_t widest_width(uint64_t sagaw)
{
	return (uint8_t)(sagaw >> VTD_AW_57 & 1 ? VTD_AW_57 : sagaw >> VTD_AW_48 & 1 ? VTD_AW_48 : VTD_AW_39);
}

/* Registers as a command interface are gone with major version 6 (6.5). */
static int read_capabilities(struct vtd_driver *driver)
{
	struct vtd_driver_state *state = driver->state;
	uint64_t version = driver_read(&driver->config, VTD_REG_VER, 4);
	state->cap = driver_read(&driver->config, VTD_REG_CAP, 8);
	state->ecap = driver_read(&driver->config, VTD_REG_ECAP, 8);
	state->aw = table_width(VTD_CAP_SAGAW(&state->cap));
	state->scalable = VTD_ECAP_SMTS(&state->ecap);
	if (state->aw == 0 && !(state->scalable && VTD_ECAP_FSTS(&state->ecap)))
		return -ENODEV;
	state->widest_aw = widest_width(VTD_CAP_SAGAW(&state->cap));
	if (!VTD_ECAP_QI(&state->ecap) && VTD_VER_MAX(&version) >= 6)
		return -ENODEV;
	return 0;
}

/* Page requests are of scalable mode (7.4), their answers go through the queue. */
static bool wants_requests(const struct vtd_driver *driver)
{
	const struct vtd_driver_state *state = driver->state;
	return driver->config.page_requests && state->scalable && VTD_ECAP_PRS(&state->ecap) &&
	       VTD_ECAP_QI(&state->ecap);
}

/* Entries that change are invalidated through the queue alone (6.5.2.8). */
static bool wants_remapping(const struct vtd_driver *driver)
{
	const uint64_t *ecap = &driver->state->ecap;
	return driver->config.interrupt_remapping && VTD_ECAP_IR(ecap) && VTD_ECAP_QI(ecap);
}

/* What an earlier, failed set-up took is used again. */
static int take_frames(struct vtd_driver *driver)
{
	struct vtd_driver_state *state = driver->state;
	uint64_t *const frames[] = {&state->root_pa, &state->queue_pa, &state->status_pa, &state->requests_pa};
	unsigned count = wants_requests(driver) ? 4 : VTD_ECAP_QI(&state->ecap) ? 3 : 1;
	for (unsigned i = 0; i < count; i++) {
		if (*frames[i] == 0)
			*frames[i] = frame_allocator_take(driver->config.frames, 0);
		if (*frames[i] == 0)
			return -ENOMEM;
	}
	if (!wants_remapping(driver) || state->interrupts_pa)
		return 0;
	state->interrupts_pa = frame_allocator_take(driver->config.frames, INTERRUPTS_ORDER);
	return state->interrupts_pa ? 0 : -ENOMEM;
}

/* What firmware left on is turned off; interrupt remapping where it will be this driver's. */
static int quiesce(struct vtd_driver *driver)
{
	uint64_t gsts = driver_read(&driver->config, VTD_REG_GSTS, 4);
	int error = 0;
	if (VTD_GSTS_TES(&gsts))
		error = vtd_driver_command(driver, VTD_GCMD_TE_MASK, false, VTD_GSTS_TES_MASK, 0);
	if (!error && VTD_GSTS_IRES(&gsts) && driver->state->interrupts_pa)
		error = vtd_driver_command(driver, VTD_GCMD_IRE_MASK, false, VTD_GSTS_IRES_MASK, 0);
	if (!error && VTD_GSTS_QIES(&gsts))
		error = vtd_driver_command(driver, VTD_GCMD_QIE_MASK, false, VTD_GSTS_QIES_MASK, 0);
	return error;
}

/* F of each record, then the sticky errors, are cleared by writing 1 (11.4.7.6, 11.4.7.1). */
static void clear_faults(struct vtd_driver *driver)
{
	struct vtd_driver_state *state = driver->state;
	uint32_t base = (uint32_t)VTD_CAP_FRO(&state->cap) * VTD_OFFSET_UNIT_BYTES;
	for (uint32_t i = 0; i <= VTD_CAP_NFR(&state->cap); i++) {
		uint32_t offset = base + i * VTD_FRCD_BYTES + 8;
		if (driver_read(&driver->config, offset, 8) & VTD_FRCD_F_MASK)
			driver_write(&driver->config, offset, 8, VTD_FRCD_F_MASK);
	}
	uint64_t errors = VTD_FSTS_PFO_MASK | VTD_FSTS_IQE_MASK | VTD_FSTS_ICE_MASK | VTD_FSTS_ITE_MASK;
	errors &= driver_read(&driver->config, VTD_REG_FSTS, 4);
	if (errors)
		driver_write(&driver->config, VTD_REG_FSTS, 4, errors);
}

/* 6.5.2: tail, address and size, then QIE. */
static int start_queue(struct vtd_driver *driver)
{
	if (!driver->state->queue_pa)
		return 0;
	uint64_t iqa = 0;
	VTD_IQA_set_IQA(&iqa, driver->state->queue_pa >> FRAME_LG2);
	VTD_IQA_set_DW(&iqa, driver->state->scalable);
	driver->state->tail = 0;
	driver_write(&driver->config, VTD_REG_IQT, 8, 0);
	driver_write(&driver->config, VTD_REG_IQA, 8, iqa);
	return vtd_driver_command(driver, VTD_GCMD_QIE_MASK, true, VTD_GSTS_QIES_MASK, VTD_GSTS_QIES_MASK);
}

/* 6.6. A unit with CAP.ESRTPS invalidates by itself; to ask again does no harm. */
int vtd_driver_set_root(struct vtd_driver *driver)
{
	uint64_t rtaddr = 0;
	VTD_RTADDR_set_RTA(&rtaddr, driver->state->root_pa >> FRAME_LG2);
	VTD_RTADDR_set_TTM(&rtaddr, driver->state->scalable ? VTD_TTM_SCALABLE : VTD_TTM_LEGACY);
	driver_write(&driver->config, VTD_REG_RTADDR, 8, rtaddr);
	int error = vtd_driver_command(driver, VTD_GCMD_SRTP_MASK, true, VTD_GSTS_RTPS_MASK, VTD_GSTS_RTPS_MASK);
	return error ? error : vtd_driver_invalidate_all(driver);
}

int vtd_driver_init(struct driver *base)
{
	struct vtd_driver *driver = vtd_driver_of(base);
	if (driver->state->ready)
		return 0;
	int error = read_capabilities(driver);
	if (!error)
		error = take_frames(driver);
	if (!error)
		error = quiesce(driver);
	if (error)
		return error;
	clear_faults(driver);
	error = start_queue(driver);
	if (!error)
		error = vtd_driver_set_root(driver);
	if (!error)
		error = vtd_driver_set_interrupts(driver);
	if (!error)
		vtd_driver_start_requests(driver);
	driver->state->ready = !error;
	return error;
}

/* Firmware's protected ranges would block DMA that the tables allow (11.4.8.1). */
static int disable_protected_memory(struct vtd_driver *driver)
{
	if (!VTD_CAP_PLMR(&driver->state->cap) && !VTD_CAP_PHMR(&driver->state->cap))
		return 0;
	uint64_t pmen = driver_read(&driver->config, VTD_REG_PMEN, 4);
	if (!VTD_PMEN_EPM(&pmen))
		return 0;
	driver_write(&driver->config, VTD_REG_PMEN, 4, pmen & ~VTD_PMEN_EPM_MASK);
	return driver_poll(&driver->config, VTD_REG_PMEN, 4, VTD_PMEN_PRS_MASK, 0);
}

int vtd_driver_enable(struct driver *base)
{
	struct vtd_driver *driver = vtd_driver_of(base);
	if (!driver->state->ready)
		return -ENODEV;
	int error = vtd_driver_enable_interrupts(driver);
	if (!error)
		error = vtd_driver_command(driver, VTD_GCMD_TE_MASK, true, VTD_GSTS_TES_MASK, VTD_GSTS_TES_MASK);
	return error ? error : disable_protected_memory(driver);
}
