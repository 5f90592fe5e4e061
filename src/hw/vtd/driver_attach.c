/* SPDX-License-Identifier: MIT */
/*
 * Root and context entries. An entry is 16 bytes and a store is 8, so an entry that hardware may use is never changed:
 * the word with P is cleared first, then the caches are invalidated, then the high word is written, and the word with P
 * last (6.2.2.1). While P is 0 hardware ignores the rest, so each state that it can see is the old entry, none, or the
 * new one. A requester that moves from one table to another is blocked in between; the 16-byte store that would spare
 * it that (6.2.2.1) is not an operation of this memory, and two domains never differ in one word alone: the DID lies in
 * the high one, the root and the translation type in the low one.
 */
#include "hw/vtd/driver.h"

#include <errno.h>

#define ENTRY_BYTES 16

bool vtd_driver_translates(const struct driver_domain *domain)
{
	return domain && domain->type != DOMAIN_BLOCKED;
}

/* `ats`: translation requests and translated requests are accepted; pass-through has no such type. */
static void describe_entry(const struct vtd_driver *driver, const struct driver_domain *domain, bool ats,
			   uint64_t *words)
{
	words[0] = words[1] = 0;
	if (!vtd_driver_translates(domain))
		return;
	bool through = domain->type == DOMAIN_IDENTITY;
	VTD_CONTEXT_set_P(words, 1);
	VTD_CONTEXT_set_TT(words, through ? VTD_TT_PASS_THROUGH : ats ? VTD_TT_SECOND_STAGE_ATS : VTD_TT_SECOND_STAGE);
	VTD_CONTEXT_set_SSPTPTR(words, domain->pt.root >> FRAME_LG2);
	VTD_CONTEXT_set_DID(words, domain->tag);
	VTD_CONTEXT_set_AW(words, through ? driver->state->widest_aw : driver->state->aw);
}

struct vtd_driver_bus *vtd_driver_bus_of(const struct vtd_driver *driver, uint32_t stream)
{
	uint32_t handle = driver->state->bus[stream >> 8];
	return handle ? arena_slot(driver->config.arena, driver->buses, handle) : NULL;
}

struct vtd_driver_bus *vtd_driver_bus_make(struct vtd_driver *driver, uint32_t stream)
{
	if (!driver->state->bus[stream >> 8])
		driver->state->bus[stream >> 8] = arena_alloc(driver->config.arena, driver->buses);
	return vtd_driver_bus_of(driver, stream);
}

int vtd_driver_link_frame(struct vtd_driver *driver, uint64_t *pa, unsigned order, uint64_t entry, bool *made)
{
	*made = false;
	if (*pa)
		return 0;
	uint64_t word = 0, taken = frame_allocator_take(driver->config.frames, order);
	if (taken == 0)
		return -ENOMEM;
	/* The entries of root tables and PASID directories have P and the address in the same places. */
	VTD_ROOT_set_P(&word, 1);
	VTD_ROOT_set_CTP(&word, taken >> FRAME_LG2);
	*pa = taken;
	if (!driver_word(&driver->config, entry, word)) {
		*pa = 0;
		frame_allocator_give(driver->config.frames, taken, order);
		return -ENOMEM;
	}
	*made = true;
	return 0;
}

/* The bus gets an empty context table. *made: its root entry has changed. */
static int make_context_table(struct vtd_driver *driver, struct vtd_driver_bus *bus, uint32_t stream, bool *made)
{
	return vtd_driver_link_frame(driver, &bus->context_pa[0], 0,
				     driver->state->root_pa + (stream >> 8) * ENTRY_BYTES, made);
}

static uint64_t entry_pa(const struct vtd_driver_bus *bus, uint32_t stream)
{
	return bus->context_pa[0] + (stream & 0xff) * ENTRY_BYTES;
}

static struct vtd_driver_invalidation context_of(const struct vtd_driver *driver, uint32_t stream, domain_handle domain)
{
	return (struct vtd_driver_invalidation){
		.cache = VTD_DRIVER_CONTEXT_CACHE,
		.granularity = VTD_GRANULARITY_SELECTIVE,
		.did = (uint16_t)driver_domain_of(&driver->common, domain)->tag,
		.sid = (uint16_t)stream,
	};
}

/* Nothing is served by the old entry any more when this is over; table 28, "changes to a context-table entry". */
static int clear_entry(struct vtd_driver *driver, uint64_t pa, domain_handle old, const struct vtd_driver_leaving *left)
{
	struct vtd_driver_invalidation context = context_of(driver, left->stream, old);
	driver_word(&driver->config, pa, 0);
	return vtd_driver_flush(driver, old, &context, 1, left);
}

/*
 * An entry became present where none was. Only with CM may hardware have cached that: a context entry that is not
 * present under tag 0 (6.2.2), a root entry that is not present for every function of the bus.
 */
static int entry_became_present(struct vtd_driver *driver, uint32_t stream, bool root_made)
{
	if (!VTD_CAP_CM(&driver->state->cap))
		return vtd_driver_flush_write_buffer(driver);
	if (root_made)
		return vtd_driver_invalidate_all(driver);
	const struct vtd_driver_invalidation list[] = {
		{.cache = VTD_DRIVER_CONTEXT_CACHE, .granularity = VTD_GRANULARITY_SELECTIVE, .sid = (uint16_t)stream},
		{.cache = VTD_DRIVER_IOTLB, .granularity = VTD_GRANULARITY_DOMAIN},
	};
	return vtd_driver_invalidate(driver, list, 2);
}

/* From an entry that is present to another one or to none. */
static int replace(struct vtd_driver *driver, const struct vtd_driver_bus *bus, const struct vtd_driver_leaving *left,
		   domain_handle old, const uint64_t *words)
{
	uint64_t pa = entry_pa(bus, left->stream);
	int error = clear_entry(driver, pa, old, left);
	driver_word(&driver->config, pa + 8, words[1]);
	if (words[0] == 0)
		return error;
	driver_word(&driver->config, pa, words[0]);
	int second = entry_became_present(driver, left->stream, false);
	return error ? error : second;
}

void vtd_driver_move(struct vtd_driver *driver, uint32_t stream, uint32_t pasid, domain_handle to)
{
	struct driver_domain *domain = driver_domain_of(&driver->common, to);
	driver_attachment_set(driver->config.arena, driver->attachments, stream, pasid, to);
	if (domain)
		domain->attached++;
}

void vtd_driver_leave(struct vtd_driver *driver, domain_handle handle, bool unsettled)
{
	struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	if (!domain)
		return;
	domain->attached--;
	domain->unsettled |= unsettled;
}

/* From none to an entry. What can fail comes before anything that hardware or anybody else sees. */
static int install(struct vtd_driver *driver, struct vtd_driver_bus *bus, uint32_t stream, domain_handle to,
		   const uint64_t *words)
{
	domain_handle old = driver_attached_domain(driver->attachments, stream, PASID_NONE);
	bool root_made;
	int error = make_context_table(driver, bus, stream, &root_made);
	if (error)
		return error;
	uint64_t pa = entry_pa(bus, stream);
	if (!driver_word(&driver->config, pa + 8, words[1]))
		return -ENOMEM;
	vtd_driver_move(driver, stream, PASID_NONE, to);
	vtd_driver_leave(driver, old, false);
	driver_word(&driver->config, pa, words[0]);
	return entry_became_present(driver, stream, root_made);
}

/* Without scalable mode; `ats` will be live. */
static int change_context(struct vtd_driver *driver, struct vtd_driver_bus *bus, const struct vtd_driver_leaving *left,
			  domain_handle to, bool ats)
{
	domain_handle old = driver_attached_domain(driver->attachments, left->stream, PASID_NONE);
	uint64_t words[2];
	describe_entry(driver, driver_domain_of(&driver->common, to), ats, words);
	bool present = vtd_driver_translates(driver_domain_of(&driver->common, old));
	if (!present && words[0])
		return install(driver, bus, left->stream, to, words);
	vtd_driver_move(driver, left->stream, PASID_NONE, to);
	int error = present ? replace(driver, bus, left, old, words) : 0;
	vtd_driver_leave(driver, old, error != 0);
	return error;
}

/* One word of an entry that stays present; the translation type alone differs, so each state is valid. */
int vtd_driver_rewrite_entry(struct vtd_driver *driver, struct vtd_driver_bus *bus, uint32_t stream)
{
	domain_handle handle = driver_attached_domain(driver->attachments, stream, PASID_NONE);
	const struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	uint64_t words[2];
	if (!vtd_driver_translates(domain) || domain->type == DOMAIN_IDENTITY)
		return 0;
	describe_entry(driver, domain, vtd_driver_function_of(bus, stream)->live & FEATURE_ATS, words);
	driver_word(&driver->config, entry_pa(bus, stream), words[0]);
	const struct vtd_driver_invalidation list[] = {
		context_of(driver, stream, handle),
		{.cache = VTD_DRIVER_IOTLB, .granularity = VTD_GRANULARITY_DOMAIN, .did = (uint16_t)domain->tag},
	};
	return vtd_driver_invalidate(driver, list, 2);
}

/* What of the requester's features goes or comes with the domain changes in the order of set_features(). */
static int change(struct vtd_driver *driver, struct vtd_driver_bus *bus, uint32_t stream, uint32_t pasid,
		  domain_handle to)
{
	struct vtd_driver_function *function = vtd_driver_function_of(bus, stream);
	unsigned live = function->live, next = vtd_driver_live_with(driver, function, stream, pasid, to);
	bool kept = live & ~next & FEATURE_ATS && driver->state->bugs & INJECT_ATS_KEEPS_TLB;
	const struct vtd_driver_leaving left = {
		.stream = stream, .pasid = pasid, .devtlb = live & FEATURE_ATS && !kept};
	vtd_driver_endpoint_before(driver, stream, live, next);
	int error = driver->state->scalable ? vtd_driver_change_pasid(driver, bus, &left, to)
					    : change_context(driver, bus, &left, to, next & FEATURE_ATS);
	if (driver_attached_domain(driver->attachments, stream, pasid) != to) {
		vtd_driver_endpoint_before(driver, stream, next, live);
		vtd_driver_endpoint_after(driver, stream, next, live);
		return error;
	}
	function->stale |= error && left.devtlb;
	vtd_driver_set_live(driver, function, next);
	int second = driver->state->scalable && live != next ? vtd_driver_rewrite_context(driver, bus, stream) : 0;
	vtd_driver_endpoint_after(driver, stream, live, next);
	return error ? error : second;
}

bool vtd_driver_has_stream(const struct vtd_driver *driver, uint32_t stream)
{
	uint32_t streams = driver->config.max_streams;
	return driver->state->ready && stream <= 0xffff && (streams == 0 || stream < streams);
}

static int attach(struct vtd_driver *driver, uint32_t stream, uint32_t pasid, domain_handle to)
{
	if (to && !driver_domain_of(&driver->common, to))
		return -EINVAL;
	if (driver_attached_domain(driver->attachments, stream, pasid) == to)
		return 0;
	struct vtd_driver_bus *bus = vtd_driver_bus_make(driver, stream);
	if (!bus || !driver_attachment_has_room(driver->attachments, stream, pasid))
		return -ENOMEM;
	return change(driver, bus, stream, pasid, to);
}

int vtd_driver_attach(struct driver *base, uint32_t stream, domain_handle to)
{
	struct vtd_driver *driver = vtd_driver_of(base);
	const struct driver_domain *domain = driver_domain_of(&driver->common, to);
	if (!vtd_driver_has_stream(driver, stream))
		return -ENODEV;
	if (domain && domain->type == DOMAIN_SVA)
		return -EOPNOTSUPP;
	return attach(driver, stream, PASID_NONE, to);
}

domain_handle vtd_driver_attached(struct driver *base, uint32_t stream)
{
	return driver_attached_domain(vtd_driver_of(base)->attachments, stream, PASID_NONE);
}

/* ECAP.PSS is the bits of a PASID less 1. */
int vtd_driver_attach_pasid(struct driver *base, uint32_t stream, uint32_t pasid, domain_handle to)
{
	struct vtd_driver *driver = vtd_driver_of(base);
	if (!vtd_driver_has_stream(driver, stream) || pasid == 0 || pasid > VTD_DRIVER_PASID_LAST ||
	    pasid >> VTD_ECAP_PSS(&driver->state->ecap) > 1)
		return -ENODEV;
	if (!(vtd_driver_features(base, stream) & FEATURE_PASID))
		return -ENODEV;
	return attach(driver, stream, pasid, to);
}

domain_handle vtd_driver_attached_pasid(struct driver *base, uint32_t stream, uint32_t pasid)
{
	return driver_attached_domain(vtd_driver_of(base)->attachments, stream, pasid);
}
