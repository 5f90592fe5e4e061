/* SPDX-License-Identifier: MIT */
/* Lookup arrays of a finished machine, sorted; owned by the machine. */
#ifndef IOSIM_MACHINE_INDEX_H
#define IOSIM_MACHINE_INDEX_H

#include <stdbool.h>
#include <stdint.h>

struct requester {
	uint32_t key; /* segment, requester ID */
	uint16_t index;
	bool port; /* of a port, else of a device */
};

struct start {
	uint64_t first;
	uint16_t index;
};

struct machine_index {
	struct requester *requesters; /* by key; each key once */
	struct start *bars;           /* by bus address; disjoint */
	struct start *firmware;       /* by physical address; disjoint or equal */
	uint32_t requester_count, bar_count, firmware_count;
};

#endif
