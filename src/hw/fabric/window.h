/* SPDX-License-Identifier: MIT */
/* Which port claims an address: the bridges' windows, nested and, between siblings, disjoint. Configuration, no state.
 */
#ifndef IOSIM_HW_FABRIC_WINDOW_H
#define IOSIM_HW_FABRIC_WINDOW_H

#include "machine/machine.h"

#include <stdbool.h>
#include <stdint.h>

struct window {
	uint64_t first;
	uint16_t depth; /* of the port below its root port */
	uint16_t port;
};

struct windows {
	struct window *list; /* by first address, outer before inner */
	uint32_t count;
};

void windows_build(struct windows *windows, const struct machine *machine);
void windows_free(struct windows *windows);

/* Whether the port's own windows hold the address. */
bool window_claims(const struct machine *machine, uint16_t port, uint64_t address);
/* The port directly below `parent` that claims the address; MACHINE_NONE: none does. */
uint16_t windows_child(const struct windows *windows, const struct machine *machine, uint16_t parent, uint64_t address);

#endif
