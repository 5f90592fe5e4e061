/* SPDX-License-Identifier: MIT */
/*
 * PCIe's ordering rules (2.4.1, table 2-40): whether a later transaction may overtake an earlier one on its way
 * through the same link. Memory writes and messages are posted; an ATS invalidation completion is a message, so it
 * pushes the writes before it.
 */
#ifndef IOSIM_HW_FABRIC_ORDER_H
#define IOSIM_HW_FABRIC_ORDER_H

#include <stdbool.h>

enum traffic {
	TRAFFIC_POSTED,          /* memory write, message */
	TRAFFIC_READ,            /* read request */
	TRAFFIC_NONPOSTED_WRITE, /* non-posted request with data: atomic */
	TRAFFIC_COMPLETION,
};

enum passing {
	PASSING_NO,
	PASSING_MAY,
	PASSING_MUST, /* has to be able to, or the links could deadlock */
};

/*
 * May `later` pass `earlier`? `relaxed`: the later one carries the relaxed-ordering attribute, or ID-based ordering
 * with another requester (or another PASID) than the earlier one. `same_request` matters between completions only.
 */
enum passing traffic_may_pass(enum traffic later, enum traffic earlier, bool relaxed, bool same_request);

#endif
