/* SPDX-License-Identifier: MIT */
/*
 * What an endpoint may do beside untranslated requests: the unit's structures have to allow it, and its own capability
 * has to be on. The unit comes first when something is switched on (4.5.1), the endpoint when it is switched off, and
 * its device TLB is emptied before the unit stops to accept what it holds (4.5.2). At the endpoint PASIDs never change
 * while ATS is on (PCIe 10.5.1).
 *
 * ATS is live while a domain translates for the requester: in legacy mode that of its context entry, which has no type
 * for pass-through with ATS (9.3), in scalable mode any of its PASIDs'.
 */
#include "hw/vtd/driver.h"

#include <errno.h>

static const enum endpoint_feature in_order[] = {FEATURE_PASID, FEATURE_ATS, FEATURE_PRI};
enum { FEATURE_COUNT = sizeof(in_order) / sizeof(in_order[0]) };

static bool endpoint(struct vtd_driver *driver, uint32_t stream, enum endpoint_feature feature, bool on)
{
	const struct driver_port *port = &driver->config.port;
	return port->endpoint && port->endpoint(port->unit, stream, feature, on);
}

static void endpoint_on(struct vtd_driver *driver, uint32_t stream, unsigned features)
{
	for (unsigned i = 0; i < FEATURE_COUNT; i++) {
		if (features & in_order[i])
			endpoint(driver, stream, in_order[i], true);
	}
}

static void endpoint_off(struct vtd_driver *driver, uint32_t stream, unsigned features)
{
	for (unsigned i = FEATURE_COUNT; i-- > 0;) {
		if (features & in_order[i])
			endpoint(driver, stream, in_order[i], false);
	}
}

void vtd_driver_endpoint_before(struct vtd_driver *driver, uint32_t stream, unsigned live, unsigned next)
{
	if (driver->state->bugs & INJECT_ATS_BEFORE_UNIT)
		endpoint_on(driver, stream, next & ~live);
	if (!(driver->state->bugs & INJECT_ATS_AFTER_UNIT))
		endpoint_off(driver, stream, live & ~next);
}

void vtd_driver_endpoint_after(struct vtd_driver *driver, uint32_t stream, unsigned live, unsigned next)
{
	if (driver->state->bugs & INJECT_ATS_AFTER_UNIT)
		endpoint_off(driver, stream, live & ~next);
	if (!(driver->state->bugs & INJECT_ATS_BEFORE_UNIT))
		endpoint_on(driver, stream, next & ~live);
}

void vtd_driver_set_live(struct vtd_driver *driver, struct vtd_driver_function *function, unsigned live)
{
	if (live & FEATURE_ATS)
		driver->state->ats += !(function->live & FEATURE_ATS);
	else
		driver->state->ats -= function->live & FEATURE_ATS ? 1 : 0;
	function->live = (uint8_t)live;
}

static bool has_ats(const struct vtd_driver *driver, domain_handle handle)
{
	const struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	return vtd_driver_translates(domain) && (driver->state->scalable || domain->type != DOMAIN_IDENTITY);
}

unsigned vtd_driver_live_with(const struct vtd_driver *driver, const struct vtd_driver_function *function,
			      uint32_t stream, uint32_t pasid, domain_handle to)
{
	const struct driver_attachments *attachments = driver->attachments;
	bool ats = has_ats(driver, to);
	for (uint32_t i = driver_attachments_from(attachments, stream, PASID_NONE);
	     !ats && i < attachments->count && attachments->list[i].stream == stream; i++)
		ats = attachments->list[i].pasid != pasid && has_ats(driver, attachments->list[i].domain);
	return ats ? function->features : function->features & ~(unsigned)(FEATURE_ATS | FEATURE_PRI);
}

int vtd_driver_flush_devtlb(struct vtd_driver *driver, const struct vtd_driver_function *function, uint32_t stream)
{
	const struct vtd_driver_invalidation list[] = {
		{.cache = VTD_DRIVER_DEVTLB,
		 .granularity = VTD_GRANULARITY_DOMAIN,
		 .sid = (uint16_t)stream,
		 .pasid = PASID_NONE},
		{.cache = VTD_DRIVER_DEVTLB, .granularity = VTD_GRANULARITY_GLOBAL, .sid = (uint16_t)stream},
	};
	return vtd_driver_invalidate(driver, list, function->live & FEATURE_PASID ? 2 : 1);
}

/* From what is live to `next`. */
static int switch_to(struct vtd_driver *driver, struct vtd_driver_bus *bus, uint32_t stream, unsigned next)
{
	struct vtd_driver_function *function = vtd_driver_function_of(bus, stream);
	unsigned live = function->live;
	int error = 0;
	if (live == next)
		return 0;
	vtd_driver_endpoint_before(driver, stream, live, next);
	if (live & ~next & FEATURE_ATS && !(driver->state->bugs & INJECT_ATS_KEEPS_TLB))
		error = vtd_driver_flush_devtlb(driver, function, stream);
	vtd_driver_set_live(driver, function, next);
	int second = driver->state->scalable ? vtd_driver_rewrite_context(driver, bus, stream)
					     : vtd_driver_rewrite_entry(driver, bus, stream);
	vtd_driver_endpoint_after(driver, stream, live, next);
	return error ? error : second;
}

/* Without a queue of invalidations there are none of device TLBs (6.5.1). */
static unsigned supported(const struct vtd_driver *driver)
{
	const struct vtd_driver_state *state = driver->state;
	unsigned features = 0;
	if (state->queue_pa && VTD_ECAP_DT(&state->ecap))
		features |= FEATURE_ATS;
	if (state->scalable && VTD_ECAP_PASID(&state->ecap))
		features |= FEATURE_PASID;
	if (state->scalable && VTD_ECAP_PRS(&state->ecap) && state->requests_pa)
		features |= FEATURE_PRI;
	return features;
}

/* What is off already is switched off once more: an endpoint without the capability says so. */
static bool endpoint_has(struct vtd_driver *driver, uint32_t stream, unsigned features)
{
	for (unsigned i = 0; i < FEATURE_COUNT; i++) {
		if (features & in_order[i] && !endpoint(driver, stream, in_order[i], false))
			return false;
	}
	return true;
}

static bool has_pasids(const struct vtd_driver *driver, uint32_t stream)
{
	const struct driver_attachments *attachments = driver->attachments;
	uint32_t i = driver_attachments_after(attachments, stream, PASID_NONE);
	return i < attachments->count && attachments->list[i].stream == stream;
}

static int check(struct vtd_driver *driver, uint32_t stream, const struct vtd_driver_function *now, unsigned features)
{
	if (features & ~supported(driver))
		return -ENODEV;
	if (features & FEATURE_PRI && !(features & FEATURE_ATS))
		return -EINVAL;
	if (now->features & ~features & FEATURE_PASID && has_pasids(driver, stream))
		return -EBUSY;
	return endpoint_has(driver, stream, features & ~(unsigned)(now->features | now->live)) ? 0 : -ENODEV;
}

/* Said again, as after a reset of the endpoint, what is live is switched on again there. */
int vtd_driver_set_features(struct driver *base, uint32_t stream, unsigned features)
{
	static const struct vtd_driver_function nothing;
	struct vtd_driver *driver = vtd_driver_of(base);
	if (!vtd_driver_has_stream(driver, stream))
		return -ENODEV;
	struct vtd_driver_bus *bus = vtd_driver_bus_of(driver, stream);
	int error = check(driver, stream, bus ? vtd_driver_function_of(bus, stream) : &nothing, features);
	if (error)
		return error;
	bus = vtd_driver_bus_make(driver, stream);
	if (!bus)
		return -ENOMEM;
	struct vtd_driver_function *function = vtd_driver_function_of(bus, stream);
	if (function->features == features) {
		endpoint_on(driver, stream, function->live);
		return 0;
	}
	struct vtd_driver_made made = {.root = false};
	if (driver->state->scalable)
		error = vtd_driver_make_directory(driver, bus, stream, 0, &made);
	if (error)
		return error;
	error = vtd_driver_made_present(driver, stream, &made);
	if ((function->features ^ features) & FEATURE_PASID && function->live & FEATURE_ATS) {
		int off = switch_to(driver, bus, stream, function->live & ~(unsigned)(FEATURE_ATS | FEATURE_PRI));
		error = error ? error : off;
	}
	function->features = (uint8_t)features;
	int second = switch_to(
		driver, bus, stream,
		vtd_driver_live_with(driver, function, stream, PASID_NONE, vtd_driver_attached(base, stream)));
	return error ? error : second;
}

unsigned vtd_driver_features(struct driver *base, uint32_t stream)
{
	const struct vtd_driver *driver = vtd_driver_of(base);
	struct vtd_driver_bus *bus = stream <= 0xffff ? vtd_driver_bus_of(driver, stream) : NULL;
	return bus ? vtd_driver_function_of(bus, stream)->features : 0;
}
