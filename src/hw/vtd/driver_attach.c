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

static void describe_entry(const struct vtd_driver *driver, const struct driver_domain *domain, uint64_t *words)
{
	words[0] = words[1] = 0;
	if (!vtd_driver_translates(domain))
		return;
	bool through = domain->type == DOMAIN_IDENTITY;
	VTD_CONTEXT_set_P(words, 1);
	VTD_CONTEXT_set_TT(words, through ? VTD_TT_PASS_THROUGH : VTD_TT_SECOND_STAGE);
	VTD_CONTEXT_set_SSPTPTR(words, domain->pt.root >> FRAME_LG2);
	VTD_CONTEXT_set_DID(words, domain->tag);
	VTD_CONTEXT_set_AW(words, through ? driver->state->widest_aw : driver->state->aw);
}

static struct vtd_driver_bus *bus_of(const struct vtd_driver *driver, uint32_t stream)
{
	uint32_t handle = driver->state->bus[stream >> 8];
	return handle ? arena_slot(driver->config.arena, driver->buses, handle) : NULL;
}

static struct vtd_driver_bus *bus_make(struct vtd_driver *driver, uint32_t stream)
{
	if (!driver->state->bus[stream >> 8])
		driver->state->bus[stream >> 8] = arena_alloc(driver->config.arena, driver->buses);
	return bus_of(driver, stream);
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

/* Nothing is served by the old entry any more when this is over; table 28, "changes to a context-table entry". */
static int clear_entry(struct vtd_driver *driver, uint64_t pa, uint32_t stream, domain_handle old)
{
	struct vtd_driver_invalidation context = {
		.cache = VTD_DRIVER_CONTEXT_CACHE,
		.granularity = VTD_GRANULARITY_SELECTIVE,
		.did = (uint16_t)driver_domain_of(&driver->common, old)->tag,
		.sid = (uint16_t)stream,
	};
	driver_word(&driver->config, pa, 0);
	return vtd_driver_flush(driver, old, &context, 1);
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
static int replace(struct vtd_driver *driver, const struct vtd_driver_bus *bus, uint32_t stream, domain_handle old,
		   const uint64_t *words)
{
	uint64_t pa = entry_pa(bus, stream);
	int error = clear_entry(driver, pa, stream, old);
	driver_word(&driver->config, pa + 8, words[1]);
	if (words[0] == 0)
		return error;
	driver_word(&driver->config, pa, words[0]);
	int second = entry_became_present(driver, stream, false);
	return error ? error : second;
}

void vtd_driver_move(struct vtd_driver *driver, struct vtd_driver_bus *bus, uint32_t stream, domain_handle to)
{
	struct driver_domain *domain = driver_domain_of(&driver->common, to);
	bus->domain[stream & 0xff] = to;
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
	domain_handle old = bus->domain[stream & 0xff];
	bool root_made;
	int error = make_context_table(driver, bus, stream, &root_made);
	if (error)
		return error;
	uint64_t pa = entry_pa(bus, stream);
	if (!driver_word(&driver->config, pa + 8, words[1]))
		return -ENOMEM;
	vtd_driver_move(driver, bus, stream, to);
	vtd_driver_leave(driver, old, false);
	driver_word(&driver->config, pa, words[0]);
	return entry_became_present(driver, stream, root_made);
}

int vtd_driver_attach(struct driver *base, uint32_t stream, domain_handle to)
{
	struct vtd_driver *driver = vtd_driver_of(base);
	uint32_t streams = driver->config.max_streams;
	if (!driver->state->ready || stream > 0xffff || (streams && stream >= streams))
		return -ENODEV;
	if (to && !driver_domain_of(&driver->common, to))
		return -EINVAL;
	domain_handle old = vtd_driver_attached(base, stream);
	if (old == to)
		return 0;
	struct vtd_driver_bus *bus = bus_make(driver, stream);
	if (!bus)
		return -ENOMEM;
	if (driver->state->scalable)
		return vtd_driver_attach_pasid(driver, bus, stream, to);
	uint64_t words[2];
	describe_entry(driver, driver_domain_of(&driver->common, to), words);
	bool present = vtd_driver_translates(driver_domain_of(&driver->common, old));
	if (!present && words[0])
		return install(driver, bus, stream, to, words);
	vtd_driver_move(driver, bus, stream, to);
	int error = present ? replace(driver, bus, stream, old, words) : 0;
	vtd_driver_leave(driver, old, error != 0);
	return error;
}

domain_handle vtd_driver_attached(struct driver *base, uint32_t stream)
{
	const struct vtd_driver *driver = vtd_driver_of(base);
	if (stream > 0xffff)
		return 0;
	const struct vtd_driver_bus *bus = bus_of(driver, stream);
	return bus ? bus->domain[stream & 0xff] : 0;
}
