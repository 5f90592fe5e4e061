/* SPDX-License-Identifier: MIT */
/* The inside of timing/nic.h: rings, which the device and the CPUs share. */
#ifndef IOSIM_TIMING_NIC_STATE_H
#define IOSIM_TIMING_NIC_STATE_H

#include "timing/nic.h"

#define NIC_LINE        64
#define NIC_FETCHES     4  /* of a ring under way at a time */
#define NIC_FETCH_AHEAD 32 /* descriptors of a ring that the device holds */

struct nic_buffer {
	uint32_t page;     /* of the window */
	uint64_t complete; /* when its packet was */
};

/* Counts since the beginning; a count's place in the ring is its remainder. */
struct nic_ring {
	uint64_t given; /* descriptors, by the CPU */
	uint64_t asked; /* that fetches were sent for, */
	uint64_t here;  /* and that the device has */
	uint64_t used;  /* for packets */
	uint64_t done;  /* packets whose completion is in memory */
	uint64_t taken; /* by the CPU */
	uint32_t fetches;
	struct nic_buffer *buffers;
};

/* A page address that is put aside: free when a flush that began after that is over. */
struct nic_aside {
	uint32_t page;
	uint64_t flush;
	uint64_t since;
};

/* Where a CPU is in its round: a round is the packets that it took at once. */
enum nic_step { STEP_IDLE, STEP_UNMAPS, STEP_FORGETS, STEP_HANDLES, STEP_MAPS, STEP_ENTERS };

struct nic_cpu {
	enum nic_step step;
	uint32_t count, at;        /* packets of the round; the one that it is at */
	uint64_t begun;            /* the round */
	uint64_t lock_ps, wait_ps; /* of the CPU's tally, when it began */
	uint32_t *spare;           /* addresses that it can map, a stack */
	uint32_t spare_count;
	struct nic_aside *aside; /* a ring of TIMING_FLUSH_ENTRIES */
	uint32_t aside_first, aside_count;
	uint64_t flush; /* that it has asked for */
	struct timing_forget forget;
};

/* A transfer of the device, packet of the link by packet. */
struct nic_transfer {
	enum nic_access access;
	uint32_t ring;
	uint32_t left, bytes; /* left 0: there is none */
	uint64_t address;
	uint64_t number; /* comes back with the ends: descriptors of a fetch */
};

struct nic {
	const struct timing_nic *config;
	const struct timing_profile *profile;
	struct timing_host host;
	struct timing_machine *machine;
	struct timing_watch *watch; /* NULL: none */
	struct timing_software software;
	struct timing_queue queue;
	struct timing_cpus cpus;
	struct nic_ring *rings;
	struct nic_cpu *states;
	uint8_t *generation; /* of each page of the window: which of its two frames it was mapped to last */
	uint64_t unmap, map, map_lock, packet; /* picoseconds */
	struct nic_transfer fetch, packet_now;
	uint32_t next_fetch, next_packet; /* rings whose turn it is */
	bool completes;                   /* the packet is written, its completion is not */
	uint64_t handled;                 /* packets */
	uint64_t flush_begun, flush_over;
	uint64_t dry_since; /* the device has no descriptor; 0: it has */
	struct timing_nic_result *result;
	timing_nic_fn each;
	void *context;
};

/* Pages of the window that belong to a ring: its descriptors, its completions, its buffers. */
uint32_t nic_ring_pages(const struct timing_nic *config);
uint64_t nic_descriptors_at(const struct nic *nic, uint32_t ring);
uint64_t nic_completions_at(const struct nic *nic, uint32_t ring);

static inline uint64_t nic_address(uint32_t page)
{
	return TIMING_WINDOW + (uint64_t)page * FRAME_BYTES;
}

/* Of two frames for each page of the window. */
static inline uint64_t nic_frame(const struct nic *nic, uint32_t page)
{
	return TIMING_PAGES + ((uint64_t)page * 2 + nic->generation[page]) * FRAME_BYTES;
}

/* --- nic_device.c --- */
/* Sends what device and machine are ready for. */
void nic_send(struct nic *nic);
/* One of its requests has ended. */
void nic_ended(struct nic *nic, const struct timing_slot *slot);

/* --- nic_cpu.c --- */
/* Maps all buffers and gives their descriptors to the device. */
void nic_cpus_begin(struct nic *nic);
/* A CPU's action is over. */
void nic_cpu_goes_on(struct nic *nic, uint32_t cpu);
/* There is a packet for a CPU. */
void nic_cpu_wakes(struct nic *nic, uint32_t cpu);

#endif
