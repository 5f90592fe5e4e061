/* SPDX-License-Identifier: MIT */
/* The way of a request from its function up: where it is stopped, turned round, or reaches the root complex. */
#ifndef IOSIM_HW_FABRIC_ROUTE_H
#define IOSIM_HW_FABRIC_ROUTE_H

#include "hw/fabric/fabric.h"

enum path_end {
	PATH_STOPPED, /* blocked: `reason` */
	PATH_LOST,    /* nobody claims it: `reason` */
	PATH_PEER,    /* turned round at `port` (MACHINE_NONE: inside the device): the address is a bus address */
	PATH_ROOT,    /* arrived at the root complex, at unit `iommu` */
};

struct path {
	enum path_end end;
	enum hit_reason reason;
	uint16_t port;
	uint16_t iommu;
	uint16_t rid; /* as the last stage sees it */
	bool completion_redirected;
};

void fabric_route(const struct fabric *fabric, const struct request *request, struct path *path);
/* The same for a message that is routed to the root complex, whatever its address. */
void fabric_route_up(const struct fabric *fabric, const struct request *request, struct path *path);
/* The BAR at a bus address whose device answers now; else MACHINE_NONE and why. *bar: whose address it is. */
uint16_t fabric_target(const struct fabric *fabric, uint64_t address, uint16_t *bar, enum hit_reason *reason);

#endif
