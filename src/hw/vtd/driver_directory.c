/* SPDX-License-Identifier: MIT */
/*
 * Scalable mode: a requester has a context entry, a PASID directory and PASID tables of its own. The context entry is
 * one word that says something (9.4), so it changes in one store, and each state is valid. A directory begins with the
 * smallest size, and a larger one takes its place when a PASID asks for it.
 */
#include "hw/vtd/driver.h"

#include <errno.h>

#define ROOT_BYTES      16
#define ENTRY_BYTES     8 /* of a directory */
#define FIRST_ORDER     1 /* the first directory, and in the next frame its first table */
#define PAGE_PDTS       (FRAME_LG2 - 3 - VTD_PASID_DIRECTORY_LG2) /* the directory that fills a frame */
#define FRAME_ADDRESSES (~(uint64_t)(FRAME_BYTES - 1))

/* --- context entry --- */

static uint64_t context_pa(const struct vtd_driver_bus *bus, uint32_t stream)
{
	return bus->context_pa[stream >> 7 & 1] + (stream & 0x7f) * VTD_SMCONTEXT_BYTES;
}

static uint64_t describe_context(const struct vtd_driver_function *function)
{
	uint64_t word = 0;
	VTD_SMCONTEXT_set_P(&word, 1);
	VTD_SMCONTEXT_set_DTE(&word, function->live & FEATURE_ATS ? 1 : 0);
	VTD_SMCONTEXT_set_PASIDE(&word, function->live & FEATURE_PASID ? 1 : 0);
	VTD_SMCONTEXT_set_PRE(&word, function->live & FEATURE_PRI ? 1 : 0);
	VTD_SMCONTEXT_set_PDTS(&word, function->pdts);
	VTD_SMCONTEXT_set_PASIDDIRPTR(&word, function->directory_pa >> FRAME_LG2);
	return word;
}

/* A domain that serves the requester; each is named once. */
static bool is_named(const struct driver_attachment *first, const struct driver_attachment *at)
{
	for (const struct driver_attachment *other = first; other < at; other++) {
		if (other->domain == at->domain)
			return true;
	}
	return false;
}

/* Table 28, "changes to a scalable-mode context-table entry"; more domains than fit are all domains. */
static int flush_context(struct vtd_driver *driver, uint32_t stream)
{
	enum { DOMAINS_MAX = (VTD_DRIVER_BATCH_MAX - 1) / 2 };
	const struct driver_attachments *attachments = driver->attachments;
	const struct driver_attachment *first =
		&attachments->list[driver_attachments_from(attachments, stream, PASID_NONE)];
	const struct driver_attachment *end = &attachments->list[attachments->count];
	struct vtd_driver_invalidation list[VTD_DRIVER_BATCH_MAX] = {
		{.cache = VTD_DRIVER_CONTEXT_CACHE, .granularity = VTD_GRANULARITY_SELECTIVE, .sid = (uint16_t)stream}};
	uint16_t tags[DOMAINS_MAX];
	unsigned count = 0, total = 1;
	bool all = false;
	for (const struct driver_attachment *at = first; at < end && at->stream == stream && !all; at++) {
		const struct driver_domain *domain = driver_domain_of(&driver->common, at->domain);
		if (!vtd_driver_translates(domain) || is_named(first, at))
			continue;
		all = count == DOMAINS_MAX;
		if (!all)
			tags[count++] = (uint16_t)domain->tag;
	}
	if (all) {
		list[total++] = (struct vtd_driver_invalidation){.cache = VTD_DRIVER_PASID_CACHE,
								 .granularity = VTD_GRANULARITY_GLOBAL};
		list[total++] = (struct vtd_driver_invalidation){.cache = VTD_DRIVER_IOTLB,
								 .granularity = VTD_GRANULARITY_GLOBAL};
		return vtd_driver_invalidate(driver, list, total);
	}
	for (unsigned i = 0; i < count; i++)
		list[total++] = (struct vtd_driver_invalidation){
			.cache = VTD_DRIVER_PASID_CACHE, .granularity = VTD_GRANULARITY_DOMAIN, .did = tags[i]};
	for (unsigned i = 0; i < count; i++)
		list[total++] = (struct vtd_driver_invalidation){
			.cache = VTD_DRIVER_IOTLB, .granularity = VTD_GRANULARITY_DOMAIN, .did = tags[i]};
	return vtd_driver_invalidate(driver, list, total);
}

int vtd_driver_rewrite_context(struct vtd_driver *driver, struct vtd_driver_bus *bus, uint32_t stream)
{
	const struct vtd_driver_function *function = vtd_driver_function_of(bus, stream);
	if (!function->directory_pa)
		return 0;
	driver_word(&driver->config, context_pa(bus, stream), describe_context(function));
	return flush_context(driver, stream);
}

int vtd_driver_made_present(struct vtd_driver *driver, uint32_t stream, const struct vtd_driver_made *made)
{
	const struct vtd_driver_invalidation context = {
		.cache = VTD_DRIVER_CONTEXT_CACHE, .granularity = VTD_GRANULARITY_SELECTIVE, .sid = (uint16_t)stream};
	if (!VTD_CAP_CM(&driver->state->cap))
		return 0;
	if (made->root)
		return vtd_driver_invalidate_all(driver);
	return made->context ? vtd_driver_invalidate(driver, &context, 1) : 0;
}

/* --- directory --- */

static uint32_t directory_entries(const struct vtd_driver_function *function)
{
	return UINT32_C(1) << (function->pdts + VTD_PASID_DIRECTORY_LG2);
}

static unsigned directory_order(unsigned pdts)
{
	return pdts > PAGE_PDTS ? pdts - PAGE_PDTS : 0;
}

static uint64_t directory_entry(const struct vtd_driver_function *function, uint32_t pasid)
{
	return function->directory_pa + (pasid >> VTD_PASID_LOW_BITS) * (uint64_t)ENTRY_BYTES;
}

/* The first one, with the table of the first PASIDs, and the context entry that leads to it. */
static int make_first(struct vtd_driver *driver, struct vtd_driver_bus *bus, uint32_t stream)
{
	struct vtd_driver_function *function = vtd_driver_function_of(bus, stream);
	uint64_t pa = frame_allocator_take(driver->config.frames, FIRST_ORDER), word = 0;
	if (pa == 0)
		return -ENOMEM;
	VTD_PASIDDIR_set_P(&word, 1);
	VTD_PASIDDIR_set_SMPTBLPTR(&word, (pa >> FRAME_LG2) + 1);
	function->directory_pa = pa;
	function->table_pa = pa + FRAME_BYTES;
	if (driver_word(&driver->config, pa, word) &&
	    driver_word(&driver->config, context_pa(bus, stream), describe_context(function)))
		return 0;
	function->directory_pa = function->table_pa = 0;
	frame_allocator_give(driver->config.frames, pa, FIRST_ORDER);
	return -ENOMEM;
}

static bool copy_directory(struct vtd_driver *driver, const struct vtd_driver_function *function, uint64_t to)
{
	for (uint32_t i = 0; i < directory_entries(function); i++) {
		uint64_t word = driver_load(&driver->config, function->directory_pa + i * (uint64_t)ENTRY_BYTES);
		if (word && !driver_word(&driver->config, to + i * (uint64_t)ENTRY_BYTES, word))
			return false;
	}
	return true;
}

/*
 * A size that has the PASID. What it says of the PASIDs that were there is the same, so either directory serves while
 * hardware changes over; the old one is free when no cache refers to it.
 */
static int grow(struct vtd_driver *driver, struct vtd_driver_bus *bus, uint32_t stream, uint32_t pasid)
{
	struct vtd_driver_function *function = vtd_driver_function_of(bus, stream);
	const struct vtd_driver_function before = *function;
	uint8_t pdts = before.pdts;
	while (pasid >> (VTD_PASID_LOW_BITS + VTD_PASID_DIRECTORY_LG2 + pdts))
		pdts++;
	if (pdts == before.pdts)
		return 0;
	uint64_t pa = before.directory_pa;
	if (pdts > PAGE_PDTS) {
		pa = frame_allocator_take(driver->config.frames, directory_order(pdts));
		if (pa == 0)
			return -ENOMEM;
		if (!copy_directory(driver, function, pa)) {
			frame_allocator_give(driver->config.frames, pa, directory_order(pdts));
			return -ENOMEM;
		}
	}
	function->directory_pa = pa;
	function->pdts = pdts;
	int error = vtd_driver_rewrite_context(driver, bus, stream);
	if (!error && pa != before.directory_pa)
		frame_allocator_give(driver->config.frames, before.directory_pa, directory_order(before.pdts));
	return error;
}

int vtd_driver_make_directory(struct vtd_driver *driver, struct vtd_driver_bus *bus, uint32_t stream, uint32_t pasid,
			      struct vtd_driver_made *made)
{
	unsigned half = stream >> 7 & 1;
	struct vtd_driver_function *function = vtd_driver_function_of(bus, stream);
	*made = (struct vtd_driver_made){.root = false};
	int error = vtd_driver_link_frame(driver, &bus->context_pa[half], 0,
					  driver->state->root_pa + (stream >> 8) * ROOT_BYTES + half * sizeof(uint64_t),
					  &made->root);
	if (!error && !function->directory_pa) {
		error = make_first(driver, bus, stream);
		made->context = !error;
	}
	if (!error)
		error = grow(driver, bus, stream, pasid);
	if (error || pasid >> VTD_PASID_LOW_BITS == 0)
		return error;
	bool table_made;
	uint64_t entry = directory_entry(function, pasid), table = driver_load(&driver->config, entry);
	return vtd_driver_link_frame(driver, &table, 0, entry, &table_made);
}

uint64_t vtd_driver_pasid_entry(const struct vtd_driver *driver, struct vtd_driver_bus *bus, uint32_t stream,
				uint32_t pasid)
{
	const struct vtd_driver_function *function = vtd_driver_function_of(bus, stream);
	uint64_t table = function->table_pa;
	if (pasid >> VTD_PASID_LOW_BITS) {
		if (!function->directory_pa || pasid >> VTD_PASID_LOW_BITS >= directory_entries(function))
			return 0;
		table = driver_load(&driver->config, directory_entry(function, pasid)) & FRAME_ADDRESSES;
	}
	return table ? table + (pasid & ((1u << VTD_PASID_LOW_BITS) - 1)) * (uint64_t)VTD_PASID_BYTES : 0;
}
