/* SPDX-License-Identifier: MIT */
/* The fabric from inside, for the files of this folder. */
#ifndef IOSIM_HW_FABRIC_STATE_H
#define IOSIM_HW_FABRIC_STATE_H

#include "hw/fabric/fabric.h"
#include "hw/fabric/window.h"

/* State, one per device. */
struct command {
	uint8_t bus_master;
	uint8_t memory_space;
	uint8_t present;
	uint8_t reserved;
};

/* State: a request or message between translation and access. The hit so far is kept beside it, outside the hash. */
struct flight {
	uint64_t pa;
	uint32_t next; /* sent after this one; ARENA_NONE: the last */
	uint32_t bytes;
	uint16_t device;
	uint16_t link; /* root port that it goes through; MACHINE_NONE: the device's own way */
	uint16_t turn; /* port at which it turns to a peer; MACHINE_NONE: it goes up */
	uint8_t traffic;
	uint8_t op;
	uint8_t peer; /* enum hit_route is ROUTE_PEER */
	uint8_t message;
	uint8_t reserved[6];
};

/* State: the flights, first sent first. */
struct flight_list {
	uint32_t first, last;
};

struct fabric {
	struct arena *arena;
	const struct machine *machine;
	struct memory *memory;
	struct memory *registers; /* contents of BARs, at their bus addresses */
	struct interrupts *interrupts;
	const struct fabric_clock *clock; /* NULL: no time is taken */
	struct iommu **units;
	struct iommu **trusted; /* per unit: its half for requests with T; the unit itself where it has none */
	struct ide *ide;        /* NULL: there is no TEE-I/O */
	struct tdis *tdis;
	uint64_t checks_itself; /* see struct fabric_security */
	const struct page_states *pages;
	enum fabric_t_shared t_reaches_shared;
	uint64_t reverse_mapped;
	uint16_t (*guest)(void *context, uint16_t device);
	void *guest_context;
	struct command *commands;
	struct flight_list *list;
	arena_pool_id flights;
	struct hit *flight_hits; /* by handle - 1 */
	struct windows windows;
};

/* security.c. What the root complex says of a TEE's request; REASON_NONE: it is accepted. */
enum hit_reason security_at_root(const struct fabric *fabric, const struct request *request, uint16_t rid);
/* Whether the request may reach that memory. */
bool security_reaches(const struct fabric *fabric, const struct request *request, uint64_t pa);
/* Whether a register page is served. `down`: the root complex sends it to the device. */
bool security_completes(const struct fabric *fabric, uint16_t bar, bool t, bool down);

#endif
