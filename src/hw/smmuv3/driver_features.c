/* SPDX-License-Identifier: MIT */
/*
 * ATS, PASIDs, page requests and stalls of a requester. The structures allow a feature before the endpoint has it, and
 * the endpoint has it no more before they forbid it (3.9.2): what the device cached is invalidated in between, since an
 * entry that forbids ATS answers nothing any more.
 *
 * At the endpoint PASID comes before ATS and goes after it (PCIe 10.5.1.3: the width of what the ATC holds does not
 * change while it is in use), and PRI comes last.
 */
#include "hw/smmuv3/driver.h"

#include <errno.h>

enum { STALL_NONE = 1 }; /* 6.3.1, STALL_MODEL */

#define ENDPOINT_FEATURES ((unsigned)(FEATURE_ATS | FEATURE_PASID | FEATURE_PRI))
#define KNOWN_FEATURES    (ENDPOINT_FEATURES | FEATURE_STALL)
#define ATS_FEATURES      ((unsigned)(FEATURE_ATS | FEATURE_PRI))

/* --- the endpoint --- */

static bool tell_endpoint(const struct smmu_driver *driver, uint32_t stream, enum endpoint_feature feature, bool on)
{
	const struct driver_port *port = &driver->config.port;
	return port->endpoint && port->endpoint(port->unit, stream, feature, on);
}

/* What its entry and its features allow the endpoint. */
static unsigned allowed(const struct smmu_driver *driver, const struct smmu_driver_requester *requester)
{
	unsigned features = requester->features & ENDPOINT_FEATURES;
	return smmu_driver_translates(driver, requester) ? features : features & ~ATS_FEATURES;
}

/* Until its device TLB is invalidated, whoever unmaps has to think of it: `on` keeps ATS so long. */
static int stop_ats(struct smmu_driver *driver, uint32_t stream, struct smmu_driver_requester *requester)
{
	tell_endpoint(driver, stream, FEATURE_ATS, false);
	int error = driver->state->bugs & INJECT_ATS_KEEPS_TLB ? 0 : smmu_driver_forget_device(driver, stream, true);
	requester->on &= (uint8_t)~FEATURE_ATS;
	driver->state->ats--;
	return error;
}

static int lower(struct smmu_driver *driver, uint32_t stream, unsigned features)
{
	struct smmu_driver_requester *requester = smmu_driver_requester_of(driver, stream);
	unsigned off = requester->on & ~features;
	int error = 0;
	if (off & FEATURE_PRI) {
		tell_endpoint(driver, stream, FEATURE_PRI, false);
		requester->on &= (uint8_t)~FEATURE_PRI;
	}
	if (off & FEATURE_ATS)
		error = stop_ats(driver, stream, requester);
	if (off & FEATURE_PASID) {
		tell_endpoint(driver, stream, FEATURE_PASID, false);
		requester->on &= (uint8_t)~FEATURE_PASID;
	}
	return error;
}

static int raise(struct smmu_driver *driver, uint32_t stream, unsigned features)
{
	static const uint8_t order[] = {FEATURE_PASID, FEATURE_ATS, FEATURE_PRI};
	struct smmu_driver_requester *requester = smmu_driver_requester_of(driver, stream);
	for (unsigned i = 0; i < sizeof(order); i++) {
		if (!(features & order[i]) || requester->on & order[i])
			continue;
		if (!tell_endpoint(driver, stream, (enum endpoint_feature)order[i], true))
			return -ENODEV;
		requester->on |= order[i];
		driver->state->ats += order[i] == FEATURE_ATS;
	}
	return 0;
}

int smmu_driver_before_entry(struct smmu_driver *driver, uint32_t stream, unsigned without)
{
	const struct smmu_driver_requester *requester = smmu_driver_requester_of(driver, stream);
	unsigned features = allowed(driver, requester) & ~without, bugs = driver->state->bugs;
	int error = lower(driver, stream, bugs & INJECT_ATS_AFTER_UNIT ? requester->on & ~without : features);
	int second = bugs & INJECT_ATS_BEFORE_UNIT ? raise(driver, stream, features) : 0;
	return error ? error : second;
}

int smmu_driver_after_entry(struct smmu_driver *driver, uint32_t stream)
{
	const struct smmu_driver_requester *requester = smmu_driver_requester_of(driver, stream);
	int error = lower(driver, stream, allowed(driver, requester));
	int second = raise(driver, stream, allowed(driver, requester));
	return error ? error : second;
}

/* --- the requester --- */

/* An endpoint is asked to switch off what is off, which it does if it has the capability. */
static bool endpoint_has(const struct smmu_driver *driver, uint32_t stream, unsigned features)
{
	for (unsigned feature = 1; feature <= ENDPOINT_FEATURES; feature <<= 1) {
		if (features & feature && !tell_endpoint(driver, stream, (enum endpoint_feature)feature, false))
			return false;
	}
	return true;
}

/* PCIe streams never stall (3.12.1); an entry with both would be illegal where it has a second stage (5.2, EATS). */
static bool may_stall(const struct smmu_driver *driver, uint32_t stream)
{
	const struct driver_port *port = &driver->config.port;
	return SMMU_IDR0_STALL_MODEL(&driver->state->idr0) != STALL_NONE && port->may_stall &&
	       port->may_stall(port->unit, stream);
}

static bool unit_has(const struct smmu_driver *driver, uint32_t stream, unsigned features)
{
	const struct smmu_driver_state *state = driver->state;
	if (features & FEATURE_ATS && !SMMU_IDR0_ATS(&state->idr0))
		return false;
	if (features & FEATURE_PRI && state->pri_pa == 0)
		return false;
	if (features & FEATURE_PASID && state->substream_lg2 == 0)
		return false;
	return !(features & FEATURE_STALL) || (!(features & FEATURE_ATS) && may_stall(driver, stream));
}

/* The entry allows stalls before a descriptor asks for them, and as long as one does (5.5). */
static int write_structures(struct smmu_driver *driver, uint32_t stream, unsigned old)
{
	const struct smmu_driver_requester *requester = smmu_driver_requester_of(driver, stream);
	bool stall = requester->features & FEATURE_STALL, changed = stall != ((old & FEATURE_STALL) != 0);
	int error = changed && !stall ? smmu_driver_rewrite_contexts(driver, stream) : 0;
	int second = smmu_driver_write_ste(driver, stream, false);
	if (second == -ENOMEM)
		return second;
	error = error ? error : second;
	second = changed && stall ? smmu_driver_rewrite_contexts(driver, stream) : 0;
	return error ? error : second;
}

static int change(struct smmu_driver *driver, uint32_t stream, unsigned features)
{
	struct smmu_driver_requester *requester = smmu_driver_requester_of(driver, stream);
	unsigned old = requester->features, without = (old ^ features) & FEATURE_PASID ? ATS_FEATURES : 0;
	requester->features = (uint8_t)features;
	int error = smmu_driver_before_entry(driver, stream, without);
	int second = write_structures(driver, stream, old);
	error = error ? error : second;
	second = smmu_driver_after_entry(driver, stream);
	return error ? error : second;
}

int smmu_driver_set_features(struct driver *base, uint32_t stream, unsigned features)
{
	struct smmu_driver *driver = smmu_driver_of(base);
	if (features & FEATURE_PRI && !(features & FEATURE_ATS))
		return -EINVAL;
	if (features & ~KNOWN_FEATURES || !smmu_driver_has_stream(driver, stream))
		return -ENODEV;
	struct smmu_driver_requester *requester = smmu_driver_requester_make(driver, stream);
	if (!requester)
		return -ENOMEM;
	unsigned old = requester->features;
	if (!unit_has(driver, stream, features) || !endpoint_has(driver, stream, features & ~old & ENDPOINT_FEATURES))
		return -ENODEV;
	if (old & ~features & FEATURE_PASID && requester->pasids)
		return -EBUSY;
	int error = features & FEATURE_PASID ? smmu_driver_make_contexts(driver, requester) : 0;
	if (error)
		return error;
	/* PASID is in another word of the entry than the rest: alone, each is one store (3.21.3). */
	unsigned first = features & FEATURE_PASID ? old | FEATURE_PASID : features | (old & FEATURE_PASID);
	error = change(driver, stream, first);
	int second = change(driver, stream, features);
	return error ? error : second;
}

unsigned smmu_driver_features(struct driver *base, uint32_t stream)
{
	const struct smmu_driver_requester *requester = smmu_driver_requester_of(smmu_driver_of(base), stream);
	return requester ? requester->features : 0;
}
