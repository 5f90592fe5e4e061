/* SPDX-License-Identifier: MIT */
/*
 * Device TLBs. A device caches what the unit answered for a (StreamID, PASID), and the unit does not know it by the
 * domain: so each (StreamID, PASID) that is in the domain is named, also one that is on its way out of it. An address
 * that a guest's first stage leads to is none of the second stage's, so of requesters in a nested domain everything is
 * invalidated, with whatever PASIDs the guest uses.
 */
#include "hw/smmuv3/driver.h"

enum { RANGES_MAX = 16 }; /* more of them: everything */

/* --- commands, as many at a time as a batch has --- */

struct batch {
	struct smmu_driver *driver;
	struct smmu_driver_command commands[SMMU_DRIVER_BATCH_MAX];
	unsigned count;
	int error;
};

static void finish(struct batch *batch)
{
	if (batch->count == 0)
		return;
	int error = smmu_driver_submit(batch->driver, batch->commands, batch->count);
	batch->error = batch->error ? batch->error : error;
	batch->count = 0;
}

static void add(struct batch *batch, struct smmu_driver_command command)
{
	if (batch->count == SMMU_DRIVER_BATCH_MAX)
		finish(batch);
	batch->commands[batch->count++] = command;
}

static void add_everything(struct batch *batch, uint32_t stream, uint32_t pasid)
{
	add(batch, smmu_driver_atc_inv(stream, pasid, false, true, 0, 0));
}

/* Of every PASID, where the requester has any. */
static void add_all_pasids(struct batch *batch, uint32_t stream, const struct smmu_driver_requester *requester)
{
	if (requester->on & FEATURE_PASID)
		add(batch, smmu_driver_atc_inv(stream, 0, true, true, 0, 0));
}

static void add_gathered(struct batch *batch, uint32_t stream, uint32_t pasid, const struct gather *gather)
{
	if (gather->all || gather->count > RANGES_MAX) {
		add_everything(batch, stream, pasid);
		return;
	}
	for (uint32_t i = 0; i < gather->count; i++)
		add(batch, smmu_driver_atc_inv(stream, pasid, false, false, gather->first[i], gather->last[i]));
}

/* --- who --- */

uint32_t smmu_driver_next_stream(const struct smmu_driver *driver, uint32_t from)
{
	uint32_t bus = from / SMMU_DRIVER_FUNCTIONS, streams = UINT32_C(1) << driver->state->stream_lg2;
	if (from >= streams)
		return UINT32_MAX;
	if (driver->state->bus[bus])
		return from;
	while (++bus < SMMU_DRIVER_BUSES && bus * SMMU_DRIVER_FUNCTIONS < streams) {
		if (driver->state->bus[bus])
			return bus * SMMU_DRIVER_FUNCTIONS;
	}
	return UINT32_MAX;
}

static bool has_ats(const struct smmu_driver *driver, uint32_t stream)
{
	const struct smmu_driver_requester *requester = smmu_driver_requester_of(driver, stream);
	return requester && requester->on & FEATURE_ATS;
}

/* `domain` is one that the requester has or is leaving. */
static void add_requester(struct batch *batch, uint32_t stream, domain_handle handle, const struct gather *gather)
{
	const struct smmu_driver *driver = batch->driver;
	const struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	bool nested = domain && domain->type == DOMAIN_NESTED;
	if (nested && (handle == gather->domain || domain->parent == gather->domain)) {
		add_everything(batch, stream, PASID_NONE);
		add_all_pasids(batch, stream, smmu_driver_requester_of(driver, stream));
	} else if (domain && handle == gather->domain) {
		add_gathered(batch, stream, PASID_NONE, gather);
	}
}

static void add_requesters(struct batch *batch, const struct gather *gather)
{
	const struct smmu_driver *driver = batch->driver;
	for (uint32_t stream = smmu_driver_next_stream(driver, 0); stream != UINT32_MAX;
	     stream = smmu_driver_next_stream(driver, stream + 1)) {
		if (has_ats(driver, stream))
			add_requester(batch, stream, smmu_driver_requester_of(driver, stream)->domain, gather);
	}
}

static void add_pasids(struct batch *batch, const struct gather *gather)
{
	const struct smmu_driver *driver = batch->driver;
	const struct driver_attachments *pasids = driver->pasids;
	for (uint32_t i = 0; i < pasids->count;) {
		const struct driver_attachment at = pasids->list[i];
		if (at.domain == gather->domain && has_ats(driver, at.stream))
			add_gathered(batch, at.stream, at.pasid, gather);
		i = driver_attachments_after(pasids, at.stream, at.pasid);
	}
}

/* Once more if it is there, too: that does no harm. */
static void add_leaving(struct batch *batch, const struct gather *gather)
{
	const struct smmu_driver *driver = batch->driver;
	for (const struct smmu_driver_leaving *leaving = driver->leaving; leaving; leaving = leaving->outer) {
		const struct driver_attachment *from = &leaving->from;
		if (!has_ats(driver, from->stream))
			continue;
		if (from->pasid == PASID_NONE)
			add_requester(batch, from->stream, from->domain, gather);
		else if (from->domain == gather->domain)
			add_gathered(batch, from->stream, from->pasid, gather);
	}
}

/* --- what --- */

int smmu_driver_flush_devices(struct smmu_driver *driver, const struct gather *gather)
{
	struct batch batch = {.driver = driver};
	if (driver->state->ats == 0)
		return 0;
	add_requesters(&batch, gather);
	add_pasids(&batch, gather);
	add_leaving(&batch, gather);
	finish(&batch);
	return batch.error;
}

int smmu_driver_forget_device(struct smmu_driver *driver, uint32_t stream, bool pasids)
{
	struct batch batch = {.driver = driver};
	add_everything(&batch, stream, PASID_NONE);
	if (pasids)
		add_all_pasids(&batch, stream, smmu_driver_requester_of(driver, stream));
	finish(&batch);
	return batch.error;
}

int smmu_driver_forget_pasid(struct smmu_driver *driver, uint32_t stream, uint32_t pasid)
{
	struct batch batch = {.driver = driver};
	add_everything(&batch, stream, pasid);
	finish(&batch);
	return batch.error;
}

int smmu_driver_flush_all_devices(struct smmu_driver *driver)
{
	struct batch batch = {.driver = driver};
	for (uint32_t stream = smmu_driver_next_stream(driver, 0); stream != UINT32_MAX;
	     stream = smmu_driver_next_stream(driver, stream + 1)) {
		if (!has_ats(driver, stream))
			continue;
		add_everything(&batch, stream, PASID_NONE);
		add_all_pasids(&batch, stream, smmu_driver_requester_of(driver, stream));
	}
	finish(&batch);
	return batch.error;
}
