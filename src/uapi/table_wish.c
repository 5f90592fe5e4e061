/* SPDX-License-Identifier: MIT */
#include "uapi/table_wish.h"

#include <errno.h>

/* Bits of enum domain_wish. */
static unsigned wishes_of(const struct uapi *uapi, const struct space *space)
{
	bool user_chooses = uapi->rules.value[KNOB_SNOOP_POLICY] == SNOOP_USER_CHOOSES;
	return (space->dirty & SPACE_DIRTY_TABLES ? DOMAIN_TRACKS_DIRTY : 0u) |
	       (user_chooses && space->snoop == UAPI_SNOOP_ASKED ? DOMAIN_HONOURS_NO_SNOOP : 0u);
}

int table_alloc(const struct uapi *uapi, const struct space *space, struct driver *driver, enum domain_type type,
		domain_handle *out)
{
	unsigned wishes = wishes_of(uapi, space);
	if (!wishes)
		return driver->ops->domain_alloc(driver, type, out);
	return driver->ops->domain_alloc_wished ? driver->ops->domain_alloc_wished(driver, type, wishes, out)
						: -EOPNOTSUPP;
}

bool table_snoops_as_wished(const struct uapi *uapi, const struct space *space, const struct space_domain *domain)
{
	struct driver *driver = uapi->drivers[domain->unit];
	struct domain_geometry geometry;
	if (space->snoop != UAPI_SNOOP_ALWAYS || uapi->rules.value[KNOB_SNOOP_POLICY] == SNOOP_ALWAYS_ENFORCE)
		return true;
	driver->ops->domain_geometry(driver, domain->domain, &geometry);
	return geometry.enforce_snoop;
}
