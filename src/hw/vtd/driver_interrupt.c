/* SPDX-License-Identifier: MIT */
/*
 * Interrupt remapping: each message of a requester has an entry of the table, which says whose message it is and what
 * it raises; the message itself is but the entry's index (5.1.5.2). An entry that is not present is ignored but for its
 * word with P, so that one is written last and cleared first; while an entry is present its other word never changes.
 *
 * Messages in compatibility format are blocked once remapping is on: GCMD.CFI stays clear (5.1.4).
 */
#include "hw/vtd/driver.h"

#include <errno.h>

#define MESSAGES_MAX 2048u /* of a requester: what MSI-X has */

static uint64_t entry_pa(const struct vtd_driver *driver, uint32_t handle)
{
	return driver->state->interrupts_pa + (handle - 1) * (uint64_t)VTD_IRTE_BYTES;
}

/* x2APIC mode has destinations of 32 bits. */
static bool is_extended(const struct vtd_driver *driver)
{
	return VTD_ECAP_EIM(&driver->state->ecap);
}

static int flush_entries(struct vtd_driver *driver, enum vtd_granularity granularity, uint32_t handle)
{
	const struct vtd_driver_invalidation entries = {
		.cache = VTD_DRIVER_IEC, .granularity = granularity, .address = handle ? handle - 1 : 0};
	return vtd_driver_invalidate(driver, &entries, 1);
}

/* 6.7. A unit with CAP.ESIRTPS invalidates by itself; to ask again does no harm. */
int vtd_driver_set_interrupts(struct vtd_driver *driver)
{
	uint64_t irta = 0;
	if (!driver->state->interrupts_pa)
		return 0;
	VTD_IRTA_set_IRTA(&irta, driver->state->interrupts_pa >> FRAME_LG2);
	VTD_IRTA_set_EIME(&irta, is_extended(driver));
	VTD_IRTA_set_S(&irta, VTD_DRIVER_IRTES_LG2 - 1);
	driver_write(&driver->config, VTD_REG_IRTA, 8, irta);
	int error = vtd_driver_command(driver, VTD_GCMD_SIRTP_MASK, true, VTD_GSTS_IRTPS_MASK, VTD_GSTS_IRTPS_MASK);
	return error ? error : flush_entries(driver, VTD_GRANULARITY_GLOBAL, 0);
}

int vtd_driver_enable_interrupts(struct vtd_driver *driver)
{
	if (!driver->state->interrupts_pa)
		return 0;
	return vtd_driver_command(driver, VTD_GCMD_IRE_MASK, true, VTD_GSTS_IRES_MASK, VTD_GSTS_IRES_MASK);
}

/* 0: none. */
static uint32_t find_entry(const struct vtd_driver *driver, uint32_t stream, uint32_t index)
{
	const struct arena *arena = driver->config.arena;
	uint32_t handle = arena_next(arena, driver->irtes, 0);
	for (; handle != ARENA_NONE; handle = arena_next(arena, driver->irtes, handle)) {
		const struct vtd_driver_irte *irte = arena_slot(arena, driver->irtes, handle);
		if (irte->stream == stream && irte->index == index)
			break;
	}
	return handle;
}

/* Fixed delivery, edge-triggered, to one physical destination; SVT 01b: of this requester alone. */
static void describe(const struct vtd_driver *driver, uint32_t stream, uint8_t vector, uint32_t destination,
		     uint64_t *words)
{
	uint64_t xapic = 0;
	VTD_XAPIC_DESTINATION_set_ID(&xapic, destination & 0xff);
	words[0] = words[1] = 0;
	VTD_IRTE_set_P(words, 1);
	VTD_IRTE_set_V(words, vector);
	VTD_IRTE_set_DST(words, is_extended(driver) ? destination : xapic);
	VTD_IRTE_set_SVT(words, VTD_SVT_REQUESTER);
	VTD_IRTE_set_SID(words, stream);
}

/* SHV with the subhandle 0, as 5.1.5.2 has it. */
static void describe_message(uint32_t handle, struct msi_message *message)
{
	uint64_t words[2] = {0};
	uint32_t index = handle - 1;
	VTD_MSI_set_RANGE(words, VTD_MSI_RANGE_VALUE);
	VTD_MSI_set_HANDLE(words, index & 0x7fff);
	VTD_MSI_set_HANDLE_15(words, index >> 15);
	VTD_MSI_set_FORMAT(words, 1);
	VTD_MSI_set_SHV(words, 1);
	*message = (struct msi_message){.address = words[0], .data = (uint32_t)words[1]};
}

static void describe_compatible(uint8_t vector, uint32_t destination, struct msi_message *message)
{
	uint64_t words[2] = {0};
	VTD_COMPAT_set_RANGE(words, VTD_MSI_RANGE_VALUE);
	VTD_COMPAT_set_DESTINATION(words, destination);
	VTD_COMPAT_set_V(words, vector);
	*message = (struct msi_message){.address = words[0], .data = (uint32_t)words[1]};
}

/* Only with CM may hardware have cached that it was not there (6.1). */
static int make_entry(struct vtd_driver *driver, uint32_t stream, uint32_t index, const uint64_t *words,
		      uint32_t *handle)
{
	*handle = arena_alloc(driver->config.arena, driver->irtes);
	if (*handle == ARENA_NONE)
		return -ENOSPC;
	if (!driver_word(&driver->config, entry_pa(driver, *handle) + 8, words[1])) {
		arena_release(driver->config.arena, driver->irtes, *handle);
		return -ENOMEM;
	}
	struct vtd_driver_irte *irte = arena_slot(driver->config.arena, driver->irtes, *handle);
	irte->stream = stream;
	irte->index = index;
	driver_word(&driver->config, entry_pa(driver, *handle), words[0]);
	if (VTD_CAP_CM(&driver->state->cap))
		return flush_entries(driver, VTD_GRANULARITY_SELECTIVE, *handle);
	return vtd_driver_flush_write_buffer(driver);
}

int vtd_driver_interrupt_map(struct driver *base, uint32_t stream, uint32_t index, uint8_t vector, uint32_t destination,
			     struct msi_message *message)
{
	struct vtd_driver *driver = vtd_driver_of(base);
	bool remapped = driver->state->interrupts_pa;
	uint64_t words[2];
	int error = 0;
	if (!vtd_driver_has_stream(driver, stream))
		return -ENODEV;
	if (index >= MESSAGES_MAX || (destination > 0xff && !(remapped && is_extended(driver))))
		return -EINVAL;
	if (!remapped) {
		describe_compatible(vector, destination, message);
		return 0;
	}
	describe(driver, stream, vector, destination, words);
	uint32_t handle = find_entry(driver, stream, index);
	if (handle) {
		driver_word(&driver->config, entry_pa(driver, handle), words[0]);
		error = flush_entries(driver, VTD_GRANULARITY_SELECTIVE, handle);
	} else {
		error = make_entry(driver, stream, index, words, &handle);
	}
	if (handle)
		describe_message(handle, message);
	return error;
}

/* The entry is nobody else's before hardware has forgotten it. */
int vtd_driver_interrupt_unmap(struct driver *base, uint32_t stream, uint32_t index)
{
	struct vtd_driver *driver = vtd_driver_of(base);
	if (!vtd_driver_has_stream(driver, stream))
		return -ENODEV;
	if (!driver->state->interrupts_pa)
		return 0;
	uint32_t handle = find_entry(driver, stream, index);
	if (!handle)
		return -EINVAL;
	driver_word(&driver->config, entry_pa(driver, handle), 0);
	int error = flush_entries(driver, VTD_GRANULARITY_SELECTIVE, handle);
	if (error)
		return error;
	driver_word(&driver->config, entry_pa(driver, handle) + 8, 0);
	arena_release(driver->config.arena, driver->irtes, handle);
	return 0;
}
