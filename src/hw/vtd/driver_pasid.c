/* SPDX-License-Identifier: MIT */
/*
 * Scalable mode: what serves a requester is a PASID-table entry, and the PASID of its requests without PASID is 0. As a
 * context entry in legacy mode, it is cleared and invalidated before another one is put in its place, and its word with
 * P comes last.
 */
#include "hw/vtd/driver.h"

#include <errno.h>

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
	VTD_PASID_set_PGSNP(words, domain->type != DOMAIN_DMA && !(second->wishes & DOMAIN_HONOURS_NO_SNOOP) &&
					   VTD_ECAP_SC(ecap));
	if (domain->type == DOMAIN_IDENTITY) {
		VTD_PASID_set_PGTT(words, VTD_PGTT_PASS_THROUGH);
	} else if (domain->stage == 1) {
		VTD_PASID_set_PGTT(words, VTD_PGTT_FIRST_STAGE);
		VTD_PASID_set_FSPTPTR(words, domain->pt.root >> FRAME_LG2);
	} else {
		VTD_PASID_set_PGTT(words, second == domain ? VTD_PGTT_SECOND_STAGE : VTD_PGTT_NESTED);
		VTD_PASID_set_AW(words, driver->state->aw);
		VTD_PASID_set_SSPTPTR(words, second->pt.root >> FRAME_LG2);
		VTD_PASID_set_SSADE(words, second->tracking);
	}
	if (domain->type == DOMAIN_NESTED) {
		VTD_PASID_set_FSPTPTR(words, domain->guest[0] >> FRAME_LG2);
		VTD_PASID_set_FSPM(words, domain->guest[1]);
	}
}

/* As structures and invalidations have it. */
static uint32_t table_pasid(uint32_t pasid)
{
	return pasid == PASID_NONE ? 0 : pasid;
}

/* Nothing is served by the old entry any more when this is over; table 28, "present bit transition from 1 to 0". */
static int clear_entry(struct vtd_driver *driver, uint64_t pa, domain_handle old, const struct vtd_driver_leaving *left)
{
	struct vtd_driver_invalidation pasid = {
		.cache = VTD_DRIVER_PASID_CACHE,
		.granularity = VTD_GRANULARITY_SELECTIVE,
		.did = (uint16_t)driver_domain_of(&driver->common, old)->tag,
		.pasid = table_pasid(left->pasid),
	};
	driver_word(&driver->config, pa, 0);
	return vtd_driver_flush(driver, old, &pasid, 1, left);
}

/* Only with CM may hardware have cached what was not there, PASID-table entries under tag 0 (6.2.2, 6.2.3). */
static int entry_became_present(struct vtd_driver *driver, uint32_t stream, uint32_t pasid,
				const struct vtd_driver_made *made)
{
	if (!VTD_CAP_CM(&driver->state->cap))
		return 0;
	if (made->root)
		return vtd_driver_invalidate_all(driver);
	const struct vtd_driver_invalidation list[] = {
		{.cache = VTD_DRIVER_CONTEXT_CACHE, .granularity = VTD_GRANULARITY_SELECTIVE, .sid = (uint16_t)stream},
		{.cache = VTD_DRIVER_PASID_CACHE,
		 .granularity = VTD_GRANULARITY_SELECTIVE,
		 .pasid = table_pasid(pasid)},
		{.cache = VTD_DRIVER_IOTLB, .granularity = VTD_GRANULARITY_DOMAIN},
	};
	return vtd_driver_invalidate(driver, made->context ? list : list + 1, made->context ? 3 : 2);
}

/* A PASID-table entry where none is present. */
static int install(struct vtd_driver *driver, struct vtd_driver_bus *bus, const struct vtd_driver_leaving *who,
		   domain_handle to, const uint64_t *words)
{
	domain_handle old = driver_attached_domain(driver->attachments, who->stream, who->pasid);
	struct vtd_driver_made made;
	int error = vtd_driver_make_directory(driver, bus, who->stream, table_pasid(who->pasid), &made);
	uint64_t pa = error ? 0 : vtd_driver_pasid_entry(driver, bus, who->stream, table_pasid(who->pasid));
	if (error)
		return error;
	if (pa == 0 || !driver_word(&driver->config, pa + 8, words[1]) ||
	    !driver_word(&driver->config, pa + 16, words[2]))
		return -ENOMEM;
	vtd_driver_move(driver, who->stream, who->pasid, to);
	vtd_driver_leave(driver, old, false);
	driver_word(&driver->config, pa, words[0]);
	return entry_became_present(driver, who->stream, who->pasid, &made);
}

/* From an entry that is present to another one or to none. */
static int replace(struct vtd_driver *driver, struct vtd_driver_bus *bus, const struct vtd_driver_leaving *left,
		   domain_handle old, const uint64_t *words)
{
	const struct vtd_driver_made made = {.root = false};
	uint64_t pa = vtd_driver_pasid_entry(driver, bus, left->stream, table_pasid(left->pasid));
	int error = clear_entry(driver, pa, old, left);
	driver_word(&driver->config, pa + 8, words[1]);
	driver_word(&driver->config, pa + 16, words[2]);
	if (words[0] == 0)
		return error;
	driver_word(&driver->config, pa, words[0]);
	int second = entry_became_present(driver, left->stream, left->pasid, &made);
	return error ? error : second;
}

int vtd_driver_change_pasid(struct vtd_driver *driver, struct vtd_driver_bus *bus,
			    const struct vtd_driver_leaving *left, domain_handle to)
{
	domain_handle old = driver_attached_domain(driver->attachments, left->stream, left->pasid);
	bool present = vtd_driver_translates(driver_domain_of(&driver->common, old));
	uint64_t words[3];
	describe(driver, driver_domain_of(&driver->common, to), words);
	if (!present && words[0])
		return install(driver, bus, left, to, words);
	vtd_driver_move(driver, left->stream, left->pasid, to);
	int error = present ? replace(driver, bus, left, old, words) : 0;
	vtd_driver_leave(driver, old, error != 0);
	return error;
}
