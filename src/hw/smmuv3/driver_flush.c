/* SPDX-License-Identifier: MIT */
/*
 * What has to be invalidated after a table has changed, and the table pages that are free then (4.4). Commands that
 * name an address also drop what was cached of the tables on the way, unless they say that only leaves have changed
 * (Leaf), which they may where no table page is retired.
 *
 * What a guest nested in a second stage is cached together with that: its own stage, and both in one. Only invalidating
 * all of the VMID's first stage drops it, and only after the second stage's part is complete, since hardware could make
 * it again from that.
 */
#include "hw/smmuv3/driver.h"

#include <errno.h>

enum { RANGE_NUM_MAX = 32, RANGE_SCALE_MAX = 31 }; /* 4.4.1.1: (NUM + 1) << SCALE granules */

struct batch {
	struct smmu_driver_command commands[SMMU_DRIVER_BATCH_MAX];
	unsigned count;
};

static uint16_t vmid_of(const struct driver_domain *domain)
{
	return (uint16_t)(domain->stage == 2 ? domain->tag : 0);
}

static uint16_t asid_of(const struct driver_domain *domain)
{
	return (uint16_t)(domain->stage == 1 ? domain->tag : 0);
}

/* Of a parent: the guests' stages behind the second stage that `batch` invalidates. */
static void add_nested(const struct driver_domain *domain, struct batch *batch)
{
	if (domain->type != DOMAIN_NEST_PARENT)
		return;
	batch->commands[batch->count++] = smmu_driver_sync_command();
	batch->commands[batch->count++] = smmu_driver_tlbi(SMMU_OP_TLBI_NH_ALL, vmid_of(domain), 0);
}

/* TLBI_S12_VMALL drops both stages of the VMID. */
static struct smmu_driver_command whole_domain(const struct driver_domain *domain)
{
	enum smmu_opcode opcode = domain->stage == 1 ? SMMU_OP_TLBI_NH_ASID : SMMU_OP_TLBI_S12_VMALL;
	return smmu_driver_tlbi(opcode, vmid_of(domain), asid_of(domain));
}

static int flush_whole_domain(struct smmu_driver *driver, domain_handle handle)
{
	struct smmu_driver_command command = whole_domain(driver_domain_of(&driver->common, handle));
	uint16_t flight = driver_flight_begin(&driver->common);
	driver_flight_claim(&driver->common, flight, handle, 0, UINT64_MAX);
	int error = smmu_driver_submit(driver, &command, 1);
	driver_flight_end(&driver->common, flight, !error);
	return error;
}

static struct smmu_driver_command select_address(const struct driver_domain *domain, uint64_t first)
{
	enum smmu_opcode opcode = domain->stage == 1 ? SMMU_OP_TLBI_NH_VA : SMMU_OP_TLBI_S2_IPA;
	struct smmu_driver_command command = smmu_driver_tlbi(opcode, vmid_of(domain), asid_of(domain));
	SMMU_CMD_TLBI_set_ADDR(command.words, first >> SMMU_CMD_TLBI_ADDR_LSB);
	return command;
}

/*
 * One command for addresses from `first`, at most up to `last`: a page, or where the unit has ranges (IDR3.RIL) as many
 * granules as one range names. Returns what follows them.
 */
static uint64_t select_range(const struct smmu_driver *driver, domain_handle handle, uint64_t first, uint64_t last,
			     struct smmu_driver_command *out)
{
	const struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	unsigned granule_lg2 = domain->pt.granule_lg2, scale = 0;
	uint64_t granules = ((last - first) >> granule_lg2) + 1, count = 1;
	*out = select_address(domain, first);
	if (SMMU_IDR3_RIL(&driver->state->idr3) && granules > 1) {
		while (scale < RANGE_SCALE_MAX && (granules >> scale & 1) == 0)
			scale++;
		count = granules >> scale;
		if (count > RANGE_NUM_MAX)
			count = count % RANGE_NUM_MAX;
		SMMU_CMD_TLBI_set_NUM(out->words, count - 1);
		SMMU_CMD_TLBI_set_SCALE(out->words, scale);
		/* 1, 2, 3; without it there is no range, and one granule with TG and no level is reserved. */
		if (count > 1 || scale > 0)
			SMMU_CMD_TLBI_set_TG(out->words, (granule_lg2 - 10u) / 2u);
	}
	uint64_t end = first + (count << scale << granule_lg2);
	SMMU_CMD_TLBI_set_LEAF(out->words, !driver_retired_within(&driver->common, handle, first, end - 1));
	return end;
}

/* The ranges, exactly; false: that would be too many commands. Claims what they cover. */
static bool select_ranges(struct smmu_driver *driver, const struct gather *gather, struct batch *batch)
{
	unsigned room = SMMU_DRIVER_BATCH_MAX - 2; /* see add_nested() */
	if (gather->all)
		return false;
	for (uint32_t i = 0; i < gather->count; i++) {
		uint64_t first = gather->first[i];
		while (first < gather->last[i]) {
			if (batch->count == room)
				return false;
			first = select_range(driver, gather->domain, first, gather->last[i],
					     &batch->commands[batch->count++]);
		}
	}
	return true;
}

/* The unit's own caches. */
static int flush_unit(struct smmu_driver *driver, const struct gather *gather)
{
	struct batch batch = {.count = 0};
	if (!select_ranges(driver, gather, &batch))
		return flush_whole_domain(driver, gather->domain);
	add_nested(driver_domain_of(&driver->common, gather->domain), &batch);
	uint16_t flight = driver_flight_begin(&driver->common);
	for (uint32_t i = 0; i < gather->count; i++)
		driver_flight_claim(&driver->common, flight, gather->domain, gather->first[i], gather->last[i]);
	int error = smmu_driver_submit(driver, batch.commands, batch.count);
	driver_flight_end(&driver->common, flight, !error);
	return error;
}

/* What devices cached comes last: they refill from the unit (4.5.1). */
int smmu_driver_flush_ranges(struct smmu_driver *driver, const struct gather *gather)
{
	bool devices_first = driver->state->bugs & INJECT_DEVTLB_FIRST;
	int error = devices_first ? smmu_driver_flush_devices(driver, gather) : flush_unit(driver, gather);
	if (error)
		return error;
	return devices_first ? flush_unit(driver, gather) : smmu_driver_flush_devices(driver, gather);
}

int smmu_driver_flush(struct smmu_driver *driver, domain_handle handle)
{
	const struct gather everything = {.domain = handle, .all = true};
	return smmu_driver_flush_ranges(driver, &everything);
}

int smmu_driver_sync(struct driver *base, struct gather *gather)
{
	struct smmu_driver *driver = smmu_driver_of(base);
	if (gather_is_empty(gather)) {
		gather_clear(gather);
		return 0;
	}
	const struct driver_domain *domain = driver_domain_of(&driver->common, gather->domain);
	if (!domain || domain->pt.root == 0)
		return -EINVAL;
	int error = smmu_driver_flush_ranges(driver, gather);
	if (!error)
		gather_clear(gather);
	return error;
}

/* A guest's descriptors may be cached for every requester that is in its domain, one command each. */
static int forget_contexts(struct smmu_driver *driver, domain_handle handle)
{
	for (uint32_t stream = smmu_driver_next_stream(driver, 0); stream != UINT32_MAX;
	     stream = smmu_driver_next_stream(driver, stream + 1)) {
		if (smmu_driver_attached(&driver->base, stream) != handle)
			continue;
		struct smmu_driver_command command = smmu_driver_cfgi_cd_all(stream);
		int error = smmu_driver_submit(driver, &command, 1);
		if (error)
			return error;
	}
	return 0;
}

/* Both of the guest's and all that both stages made together; devices know nothing else of it. */
static int flush_nested(struct smmu_driver *driver, domain_handle handle)
{
	const struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	const struct driver_domain *parent = driver_domain_of(&driver->common, domain->parent);
	const struct gather everything = {.domain = handle, .all = true};
	struct smmu_driver_command command = smmu_driver_tlbi(SMMU_OP_TLBI_NH_ALL, vmid_of(parent), 0);
	bool devices_first = driver->state->bugs & INJECT_DEVTLB_FIRST;
	int error = devices_first ? smmu_driver_flush_devices(driver, &everything) : 0;
	if (!error)
		error = forget_contexts(driver, handle);
	if (!error)
		error = smmu_driver_submit(driver, &command, 1);
	return error || devices_first ? error : smmu_driver_flush_devices(driver, &everything);
}

int smmu_driver_flush_domain(struct driver *base, domain_handle handle)
{
	struct smmu_driver *driver = smmu_driver_of(base);
	const struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	if (!domain)
		return -EINVAL;
	if (domain->type == DOMAIN_NESTED)
		return flush_nested(driver, handle);
	return domain->tag ? smmu_driver_flush(driver, handle) : 0;
}
