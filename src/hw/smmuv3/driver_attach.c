/* SPDX-License-Identifier: MIT */
/* A requester's stream table entry: where it lies, and from one domain to another. */
#include "hw/smmuv3/driver.h"

#include <errno.h>

#define WORDS SMMU_DRIVER_ENTRY_WORDS

/* --- where they lie --- */

static struct smmu_driver_bus *bus_of(const struct smmu_driver *driver, uint32_t stream)
{
	uint32_t handle = driver->state->bus[stream / SMMU_DRIVER_FUNCTIONS];
	return handle ? arena_slot(driver->config.arena, driver->buses, handle) : NULL;
}

bool smmu_driver_has_stream(const struct smmu_driver *driver, uint32_t stream)
{
	uint32_t streams = driver->config.max_streams;
	return driver->state->ready && stream >> driver->state->stream_lg2 == 0 && (streams == 0 || stream < streams);
}

struct smmu_driver_requester *smmu_driver_requester_of(const struct smmu_driver *driver, uint32_t stream)
{
	if (stream >> SMMU_DRIVER_STREAM_LG2_MAX != 0)
		return NULL;
	struct smmu_driver_bus *bus = bus_of(driver, stream);
	return bus ? &bus->requesters[stream % SMMU_DRIVER_FUNCTIONS] : NULL;
}

struct smmu_driver_requester *smmu_driver_requester_make(struct smmu_driver *driver, uint32_t stream)
{
	uint32_t *handle = &driver->state->bus[stream / SMMU_DRIVER_FUNCTIONS];
	if (!*handle)
		*handle = arena_alloc(driver->config.arena, driver->buses);
	return smmu_driver_requester_of(driver, stream);
}

/* The bus gets its entries, none of them valid. */
int smmu_driver_make_entry(struct smmu_driver *driver, uint32_t stream, bool *made)
{
	struct smmu_driver_bus *bus = bus_of(driver, stream);
	uint32_t number = stream / SMMU_DRIVER_FUNCTIONS;
	uint64_t l1std = 0, bytes = SMMU_DRIVER_FUNCTIONS * SMMU_STE_BYTES;
	unsigned order = SMMU_DRIVER_SPLIT + 6 - FRAME_LG2;
	*made = false;
	if (bus->table_pa)
		return 0;
	if (!driver->state->two_level) {
		bus->table_pa = driver->state->strtab_pa + number * bytes;
		return 0;
	}
	uint64_t pa = frame_allocator_take(driver->config.frames, order);
	if (pa == 0)
		return -ENOMEM;
	bus->table_pa = pa;
	SMMU_L1STD_set_L2PTR(&l1std, pa >> SMMU_L1STD_L2PTR_LSB);
	SMMU_L1STD_set_SPAN(&l1std, SMMU_DRIVER_SPLIT + 1);
	if (!driver_word(&driver->config, driver->state->strtab_pa + number * SMMU_L1_BYTES, l1std)) {
		bus->table_pa = 0;
		frame_allocator_give(driver->config.frames, pa, order);
		return -ENOMEM;
	}
	*made = true;
	return 0;
}

int smmu_driver_write_ste(struct smmu_driver *driver, uint32_t stream, bool made)
{
	const struct smmu_driver_bus *bus = bus_of(driver, stream);
	uint32_t function = stream % SMMU_DRIVER_FUNCTIONS;
	struct smmu_driver_entry ste = {
		.pa = bus->table_pa + function * (uint64_t)SMMU_STE_BYTES,
		.used = smmu_driver_ste_used,
		.invalidate = smmu_driver_cfgi_ste(stream, !made),
	};
	uint64_t words[WORDS];
	if (bus->table_pa == 0)
		return 0;
	smmu_driver_describe_ste(driver, &bus->requesters[function], words);
	return smmu_driver_write_entry(driver, &ste, words);
}

/* Hardware sees it at once if the requester's entry leads to it already. */
int smmu_driver_write_cd(struct smmu_driver *driver, uint32_t stream, uint32_t pasid, uint64_t pa, bool leaf,
			 const struct driver_domain *domain)
{
	const struct smmu_driver_requester *requester = smmu_driver_requester_of(driver, stream);
	struct smmu_driver_entry cd = {
		.pa = pa, .used = smmu_driver_cd_used, .invalidate = smmu_driver_cfgi_cd(stream, pasid, leaf)};
	uint64_t words[WORDS];
	smmu_driver_describe_cd(driver, domain, requester->features & FEATURE_STALL, words);
	return smmu_driver_write_entry(driver, &cd, words);
}

/* --- from one domain to another --- */

void smmu_driver_leave(struct smmu_driver *driver, domain_handle handle, bool unsettled)
{
	struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	if (!domain)
		return;
	domain->attached--;
	domain->unsettled |= unsettled;
}

void smmu_driver_join(struct smmu_driver *driver, domain_handle handle)
{
	struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	if (domain)
		domain->attached++;
}

/* -ENOMEM before the stream table entry is touched: nobody sees a descriptor that no entry leads to. */
static int write_entries(struct smmu_driver *driver, uint32_t stream, bool made, domain_handle old, domain_handle to)
{
	uint64_t cd_pa = smmu_driver_requester_of(driver, stream)->cd_pa;
	const struct driver_domain *domain = driver_domain_of(&driver->common, to);
	bool context = smmu_driver_has_context(domain);
	int error = context ? smmu_driver_write_cd(driver, stream, 0, cd_pa, true, domain) : 0;
	if (error == -ENOMEM)
		return error;
	int second = smmu_driver_write_ste(driver, stream, made);
	if (second == -ENOMEM)
		return second;
	error = error ? error : second;
	if (smmu_driver_has_context(driver_domain_of(&driver->common, old)) && !context) {
		second = smmu_driver_write_cd(driver, stream, 0, cd_pa, true, NULL);
		error = error ? error : second;
	}
	return error;
}

/* What can fail comes before anything that hardware or anybody else sees. */
static int prepare(struct smmu_driver *driver, struct smmu_driver_requester *requester, uint32_t stream,
		   domain_handle to, bool *made)
{
	bool context = smmu_driver_has_context(driver_domain_of(&driver->common, to));
	if (context && requester->cd_pa == 0)
		requester->cd_pa = frame_allocator_take(driver->config.frames, 0);
	if (context && requester->cd_pa == 0)
		return -ENOMEM;
	return smmu_driver_make_entry(driver, stream, made);
}

/*
 * What the device cached of the old domain, where its ATS stays on. A guest's PASIDs are not the driver's, so nothing
 * of any of them may stay.
 */
static int forget_old(struct smmu_driver *driver, uint32_t stream, domain_handle old)
{
	const struct smmu_driver_requester *requester = smmu_driver_requester_of(driver, stream);
	const struct driver_domain *domain = driver_domain_of(&driver->common, old);
	if (!(requester->on & FEATURE_ATS))
		return 0;
	return smmu_driver_forget_device(driver, stream, domain && domain->type == DOMAIN_NESTED);
}

static int move(struct smmu_driver *driver, uint32_t stream, bool made, domain_handle old, domain_handle to)
{
	const struct smmu_driver_leaving leaving = {driver->leaving, {stream, PASID_NONE, old}};
	bool forgets_first = driver->state->bugs & INJECT_DEVTLB_FIRST;
	driver->leaving = &leaving;
	int error = smmu_driver_before_entry(driver, stream, 0);
	int second = forgets_first ? forget_old(driver, stream, old) : 0;
	error = error ? error : second;
	second = write_entries(driver, stream, made, old, to);
	error = error && second != -ENOMEM ? error : second;
	if (second != -ENOMEM) {
		second = forgets_first ? 0 : forget_old(driver, stream, old);
		error = error ? error : second;
		second = smmu_driver_after_entry(driver, stream);
		error = error ? error : second;
	}
	driver->leaving = leaving.outer;
	return error;
}

static int may_attach(const struct smmu_driver *driver, uint32_t stream, domain_handle to)
{
	const struct driver_domain *domain = driver_domain_of(&driver->common, to);
	const struct smmu_driver_requester *requester = smmu_driver_requester_of(driver, stream);
	if (to && (!domain || domain->type == DOMAIN_SVA))
		return -EINVAL;
	return requester && requester->pasids && !smmu_driver_hosts_pasids(domain) ? -EBUSY : 0;
}

int smmu_driver_attach(struct driver *base, uint32_t stream, domain_handle to)
{
	struct smmu_driver *driver = smmu_driver_of(base);
	bool made = false;
	if (!smmu_driver_has_stream(driver, stream))
		return -ENODEV;
	int error = may_attach(driver, stream, to);
	domain_handle old = smmu_driver_attached(base, stream);
	if (error || old == to)
		return error;
	struct smmu_driver_requester *requester = smmu_driver_requester_make(driver, stream);
	error = requester ? prepare(driver, requester, stream, to, &made) : -ENOMEM;
	if (error)
		return error;
	smmu_driver_join(driver, to);
	requester->domain = to;
	error = move(driver, stream, made, old, to);
	if (error == -ENOMEM) {
		smmu_driver_leave(driver, to, false);
		requester->domain = old;
		smmu_driver_after_entry(driver, stream);
		return error;
	}
	smmu_driver_leave(driver, old, error != 0);
	return error;
}

domain_handle smmu_driver_attached(struct driver *base, uint32_t stream)
{
	const struct smmu_driver_requester *requester = smmu_driver_requester_of(smmu_driver_of(base), stream);
	return requester ? requester->domain : 0;
}
