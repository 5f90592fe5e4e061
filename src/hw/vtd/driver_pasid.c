/* SPDX-License-Identifier: MIT */
/*
 * Scalable mode: a requester has a PASID directory and one PASID table of its own, and the PASID of its requests
 * without PASID is 0. The context entry is written once. What changes is the PASID-table entry: as a context entry in
 * legacy mode, it is cleared and invalidated before another one is put in its place, and its word with P comes last.
 */
#include "hw/vtd/driver.h"

#include <errno.h>

#define ROOT_BYTES 16

/* Words 0 to 2 of the entry; the others are zero (9.6). */
static void describe(const struct vtd_driver *driver, const struct driver_domain *domain, uint64_t *words)
{
	const uint64_t *ecap = &driver->state->ecap;
	words[0] = words[1] = words[2] = 0;
	if (!vtd_driver_translates(domain))
		return;
	const struct driver_domain *second =
		domain->type == DOMAIN_NESTED ? driver_domain_of(&driver->common, domain->parent) : domain;
	VTD_PASID_set_P(words, 1);
	VTD_PASID_set_DID(words, domain->tag);
	VTD_PASID_set_PWSNP(words, VTD_ECAP_SMPWCS(ecap));
	VTD_PASID_set_PGSNP(words, domain->type != DOMAIN_DMA && VTD_ECAP_SC(ecap));
	if (domain->type == DOMAIN_IDENTITY) {
		VTD_PASID_set_PGTT(words, VTD_PGTT_PASS_THROUGH);
	} else if (domain->stage == 1) {
		VTD_PASID_set_PGTT(words, VTD_PGTT_FIRST_STAGE);
		VTD_PASID_set_FSPTPTR(words, domain->pt.root >> FRAME_LG2);
	} else {
		VTD_PASID_set_PGTT(words, second == domain ? VTD_PGTT_SECOND_STAGE : VTD_PGTT_NESTED);
		VTD_PASID_set_AW(words, driver->state->aw);
		VTD_PASID_set_SSPTPTR(words, second->pt.root >> FRAME_LG2);
	}
	if (domain->type == DOMAIN_NESTED) {
		VTD_PASID_set_FSPTPTR(words, domain->guest[0] >> FRAME_LG2);
		VTD_PASID_set_FSPM(words, domain->guest[1]);
	}
}

static uint64_t entry_pa(const struct vtd_driver_bus *bus, uint32_t stream)
{
	return bus->directory_pa[stream & 0xff] + FRAME_BYTES;
}

/* Root and context entry, PASID directory and table; *root_made, *context_made: that entry has become present. */
static int make_structures(struct vtd_driver *driver, struct vtd_driver_bus *bus, uint32_t stream, bool *root_made,
			   bool *context_made)
{
	unsigned half = stream >> 7 & 1;
	uint64_t directory = 0, context = 0, *directory_pa = &bus->directory_pa[stream & 0xff];
	*context_made = false;
	int error = vtd_driver_link_frame(driver, &bus->context_pa[half], 0,
					  driver->state->root_pa + (stream >> 8) * ROOT_BYTES + half * sizeof(uint64_t),
					  root_made);
	if (error || *directory_pa)
		return error;
	uint64_t pa = frame_allocator_take(driver->config.frames, 1);
	if (pa == 0)
		return -ENOMEM;
	VTD_PASIDDIR_set_P(&directory, 1);
	VTD_PASIDDIR_set_SMPTBLPTR(&directory, (pa >> FRAME_LG2) + 1);
	VTD_SMCONTEXT_set_P(&context, 1);
	VTD_SMCONTEXT_set_PASIDDIRPTR(&context, pa >> FRAME_LG2);
	if (!driver_word(&driver->config, pa, directory) ||
	    !driver_word(&driver->config, bus->context_pa[half] + (stream & 0x7f) * VTD_SMCONTEXT_BYTES, context)) {
		frame_allocator_give(driver->config.frames, pa, 1);
		return -ENOMEM;
	}
	*directory_pa = pa;
	*context_made = true;
	return 0;
}

/* Nothing is served by the old entry any more when this is over; table 28, "present bit transition from 1 to 0". */
static int clear_entry(struct vtd_driver *driver, uint64_t pa, domain_handle old)
{
	struct vtd_driver_invalidation pasid = {
		.cache = VTD_DRIVER_PASID_CACHE,
		.granularity = VTD_GRANULARITY_DOMAIN,
		.did = (uint16_t)driver_domain_of(&driver->common, old)->tag,
	};
	driver_word(&driver->config, pa, 0);
	return vtd_driver_flush(driver, old, &pasid, 1);
}

/* Only with CM may hardware have cached what was not there, PASID-table entries under tag 0 (6.2.2, 6.2.3). */
static int entry_became_present(struct vtd_driver *driver, uint32_t stream, bool root_made, bool context_made)
{
	if (!VTD_CAP_CM(&driver->state->cap))
		return 0;
	if (root_made)
		return vtd_driver_invalidate_all(driver);
	const struct vtd_driver_invalidation list[] = {
		{.cache = VTD_DRIVER_CONTEXT_CACHE, .granularity = VTD_GRANULARITY_SELECTIVE, .sid = (uint16_t)stream},
		{.cache = VTD_DRIVER_PASID_CACHE, .granularity = VTD_GRANULARITY_DOMAIN},
		{.cache = VTD_DRIVER_IOTLB, .granularity = VTD_GRANULARITY_DOMAIN},
	};
	return vtd_driver_invalidate(driver, context_made ? list : list + 1, context_made ? 3 : 2);
}

/* A PASID-table entry where none is present. */
static int install(struct vtd_driver *driver, struct vtd_driver_bus *bus, uint32_t stream, domain_handle to,
		   const uint64_t *words)
{
	domain_handle old = bus->domain[stream & 0xff];
	bool root_made, context_made;
	int error = make_structures(driver, bus, stream, &root_made, &context_made);
	if (error)
		return error;
	uint64_t pa = entry_pa(bus, stream);
	if (!driver_word(&driver->config, pa + 8, words[1]) || !driver_word(&driver->config, pa + 16, words[2]))
		return -ENOMEM;
	vtd_driver_move(driver, bus, stream, to);
	vtd_driver_leave(driver, old, false);
	driver_word(&driver->config, pa, words[0]);
	return entry_became_present(driver, stream, root_made, context_made);
}

/* From an entry that is present to another one or to none. */
static int replace(struct vtd_driver *driver, const struct vtd_driver_bus *bus, uint32_t stream, domain_handle old,
		   const uint64_t *words)
{
	uint64_t pa = entry_pa(bus, stream);
	int error = clear_entry(driver, pa, old);
	driver_word(&driver->config, pa + 8, words[1]);
	driver_word(&driver->config, pa + 16, words[2]);
	if (words[0] == 0)
		return error;
	driver_word(&driver->config, pa, words[0]);
	int second = entry_became_present(driver, stream, false, false);
	return error ? error : second;
}

int vtd_driver_attach_pasid(struct vtd_driver *driver, struct vtd_driver_bus *bus, uint32_t stream, domain_handle to)
{
	domain_handle old = bus->domain[stream & 0xff];
	bool present = vtd_driver_translates(driver_domain_of(&driver->common, old));
	uint64_t words[3];
	describe(driver, driver_domain_of(&driver->common, to), words);
	if (!present && words[0])
		return install(driver, bus, stream, to, words);
	vtd_driver_move(driver, bus, stream, to);
	int error = present ? replace(driver, bus, stream, old, words) : 0;
	vtd_driver_leave(driver, old, error != 0);
	return error;
}
