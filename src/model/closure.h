/* SPDX-License-Identifier: MIT */
/*
 * Which devices can get at each other behind the IOMMU's back, from the declared machine and the PCIe specification
 * alone. Computed for one device when first asked, and kept; no state of a run.
 *
 * "d reaches e directly" is true when a memory request that d sends may be delivered to e before it meets an IOMMU:
 *
 *   - d and e are functions of one device, and d's ACS controls let it (6.12.1.2). Egress control counts as closed:
 *     its vector is not declared, all of its bits are taken as set.
 *   - d and e are below the same PCIe-to-PCI bridge: a conventional bus delivers to whoever claims the address, and
 *     the bridge puts one requester ID on everything.
 *   - the request enters a switch's downstream port and e is below another one of the same switch, unless request
 *     redirect or egress control is on. Direct translated P2P opens the way again for translated requests, which
 *     translation blocking stops (6.12.1.1).
 *   - the request was redirected, enters a downstream port further up, and e is below that same port: with upstream
 *     forwarding it goes on towards the root, without it the specification does not say that it may not come back.
 *
 * A request that arrives at a root port meets the IOMMU. Completion redirect is about completions, and source
 * validation about devices that lie in the header; neither delivers a request.
 */
#ifndef IOSIM_MODEL_CLOSURE_H
#define IOSIM_MODEL_CLOSURE_H

#include "machine/machine.h"

#include <stdbool.h>
#include <stdint.h>

#define CLOSURE_CACHE_BYTES (64u << 20) /* rows that are kept; beyond it all are dropped and made again */

struct closure;

struct closure *closure_new(const struct machine *machine);
void closure_free(struct closure *closure);
/* The devices that a device reaches, itself included, in ascending order. */
struct closure_row {
	uint32_t count;
	uint16_t devices[];
};

/* Valid until the next call. */
const struct closure_row *closure_row(struct closure *closure, uint16_t device);
uint32_t closure_requester(const struct closure *closure, uint16_t device);
bool closure_same_requester(const struct closure *closure, uint16_t a, uint16_t b);

#endif
