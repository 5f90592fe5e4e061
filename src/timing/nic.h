/* SPDX-License-Identifier: MIT */
/*
 * A network device that receives, and the CPUs that take its packets. Each CPU has a ring of descriptors and one of
 * completions, which are always mapped, and buffers of a page, which are mapped and unmapped. There is always a packet
 * on the wire: the device takes one whenever a ring has a descriptor, the rings in turn.
 *
 *   device   fetches descriptors, a line of four at a time; writes the packet, and behind it a completion of 16 bytes
 *   CPU      takes what is complete, unmaps it, has the unit forget it, handles it, maps another page in its place
 *
 *   strict   each packet's page is forgotten before the packet is handled, and its address is used again at once
 *   batched  the same for all packets that are there, up to `batch`: a command for each page, one to wait for
 *   lazy     addresses are put aside, with no invalidation of their own; when TIMING_FLUSH_ENTRIES are, or the oldest
 *            is TIMING_FLUSH_PS old, the whole domain is forgotten (Linux drivers/iommu/dma-iommu.c, a flush queue for
 *            each CPU)
 *
 * Of `every` packets of a ring one page is replaced; the others stay mapped and are used again (a page pool).
 *
 * A buffer's page is another one each time that it is mapped, and each packet that reaches a page which is not mapped
 * at its address is counted: such a count above 0 is a missing invalidation.
 */
#ifndef IOSIM_TIMING_NIC_H
#define IOSIM_TIMING_NIC_H

#include "timing/cpu.h"
#include "timing/run.h"

#define TIMING_FLUSH_ENTRIES 256                   /* IOVA_DEFAULT_FQ_SIZE */
#define TIMING_FLUSH_PS      UINT64_C(10000000000) /* IOVA_FQ_TIMEOUT, 10 ms */
#define TIMING_MAX_RING      4096
#define NIC_DESCRIPTOR_BYTES 16
#define NIC_COMPLETION_BYTES 16

enum timing_nic_mode { NIC_STRICT, NIC_LAZY, NIC_BATCHED, NIC_MODES };

struct timing_nic {
	uint32_t cpus, ring, bytes, every, batch; /* bytes of a packet, at most 4096 */
	enum timing_nic_mode mode;
	bool guest, without_iommu;
	uint64_t packets, warm_up;                  /* handled by all CPUs: that are measured, and before these */
	const struct timing_spectators *spectators; /* their `watch` and `progress`; NULL: nobody */
};

/* Bytes of addresses that it takes: at most TIMING_MAX_WINDOW. */
uint64_t timing_nic_window(const struct timing_nic *nic);

enum nic_access { NIC_DESCRIPTOR, NIC_PAYLOAD, NIC_COMPLETION, NIC_ACCESSES };

struct timing_nic_result {
	uint64_t packets, bytes, elapsed_ps;
	uint64_t requests[NIC_ACCESSES], hits[NIC_ACCESSES], merged[NIC_ACCESSES], walks[NIC_ACCESSES];
	uint64_t faults, stale; /* requests that were blocked; that reached another page than the one mapped there */
	uint64_t maps, unmaps, flushes, batches, contended;
	uint64_t work_ps, lock_ps, post_ps, wait_ps; /* of all CPUs */
	uint64_t dry_ps;                             /* time that no ring had a descriptor for the device */
	struct timing_queue_tally queue;
};

/* A packet that a CPU has handled. Times are those of the clock; those of the lock and the wait are its round's. */
struct timing_nic_packet {
	uint32_t cpu;
	uint64_t complete, taken,
		handled; /* when its completion was in memory, when the CPU took it, when it was done */
	uint64_t lock_ps, wait_ps;
};
typedef void (*timing_nic_fn)(void *context, const struct timing_nic_packet *packet);

/* `each`, which may be NULL, sees every packet that is measured. */
void timing_nic_run(const struct timing_profile *profile, const struct timing_nic *nic, timing_nic_fn each,
		    void *context, struct timing_nic_result *result);

#endif
