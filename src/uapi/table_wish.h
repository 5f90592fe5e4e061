/* SPDX-License-Identifier: MIT */
/* What a page table is asked for with its space: dirty flags, and what becomes of No Snoop (KNOB_SNOOP_POLICY). */
#ifndef IOSIM_UAPI_TABLE_WISH_H
#define IOSIM_UAPI_TABLE_WISH_H

#include "uapi/state.h"

/* A domain for the space. Errors of the driver. */
int table_alloc(const struct uapi *uapi, const struct space *space, struct driver *driver, enum domain_type type,
		domain_handle *out);
/*
 * A table that was asked to make all requests snoop is no table for a unit that cannot, where the rule lets it be asked
 * for at all.
 */
bool table_snoops_as_wished(const struct uapi *uapi, const struct space *space, const struct space_domain *domain);

#endif
