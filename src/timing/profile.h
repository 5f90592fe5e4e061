/* SPDX-License-Identifier: MIT */
/*
 * What a timed machine is made of, in numbers: a device, its PCIe link, the root complex, the IOMMU and memory. One row
 * a number; the loader, the lists and the writer of profiles use the same rows. Each number of a file says where it
 * comes from. Times are in nanoseconds here, and in picoseconds (a cycle of the event kernel) in the machine.
 */
#ifndef IOSIM_TIMING_PROFILE_H
#define IOSIM_TIMING_PROFILE_H

#include "machine/machine.h"

#include <stdbool.h>
#include <stdint.h>

#define TIMING_MAX_POINTS 8

/* section, key, enumerator, lowest, highest, whole numbers alone, what it is */
#define TIMING_NUMBER_LIST(NUMBER)                                                                                   \
	NUMBER("device", "read-tags", READ_TAGS, 1, 1024, true, "read requests that can be outstanding")             \
	NUMBER("device", "in-order", IN_ORDER, 0, 1, true, "1: a tag is free when all tags given out before it are") \
	NUMBER("device", "read-overhead-ns", READ_OVERHEAD, 0, 1e6, false,                                           \
	       "of a read, what the device itself adds while the tag is taken")                                      \
	NUMBER("device", "read-byte-ns", READ_BYTE, 0, 100, false, "the same for each byte that is read")            \
	NUMBER("link", "generation", GENERATION, 1, 5, true, "of PCI Express: the rate of a lane and its encoding")  \
	NUMBER("link", "lanes", LANES, 1, 32, true, "in each direction")                                             \
	NUMBER("link", "max-payload-bytes", MAX_PAYLOAD, 64, 4096, true, "of a write or a completion (MPS)")         \
	NUMBER("link", "max-read-request-bytes", MAX_READ, 64, 4096, true, "of a read request (MRRS)")               \
	NUMBER("link", "read-header-bytes", READ_HEADER, 0, 64, true,                                                \
	       "of a read request on the wire, framing and all")                                                     \
	NUMBER("link", "write-header-bytes", WRITE_HEADER, 0, 64, true, "of a write beside its payload")             \
	NUMBER("link", "completion-header-bytes", COMPLETION_HEADER, 0, 64, true, "of a completion beside its data") \
	NUMBER("link", "propagation-ns", PROPAGATION, 0, 1e6, false, "in each direction")                            \
	NUMBER("root-complex", "posted-headers", POSTED_HEADERS, 1, 1024, true, "writes that it accepts (credits)")  \
	NUMBER("root-complex", "posted-data-units", POSTED_DATA, 1, 65536, true,                                     \
	       "their data, in units of 16 bytes (credits)")                                                         \
	NUMBER("root-complex", "ports", PORTS, 1, 16, true, "look-ups that can begin at a time")                     \
	NUMBER("root-complex", "port-interval-ns", PORT_INTERVAL, 0, 1e6, false, "between two look-ups of a port")   \
	NUMBER("root-complex", "pass-ns", PASS, 0, 1e6, false, "from the translation to memory")                     \
	NUMBER("root-complex", "read-window", READ_WINDOW, 1, 1024, true,                                            \
	       "reads that can be between look-up and memory, which they leave in order")                            \
	NUMBER("root-complex", "write-window", WRITE_WINDOW, 1, 1024, true, "the same of writes")                    \
	NUMBER("iommu", "levels", LEVELS, 3, 5, true, "of page tables")                                              \
	NUMBER("iommu", "iotlb-entries", IOTLB, 4, 65536, true, "in sets of four")                                   \
	NUMBER("iommu", "table-entries", TABLE_ENTRIES, 0, 65536, true,                                              \
	       "of paging-structure caches (VT-d 6.2.5), in sets of four; 0: there are none")                        \
	NUMBER("iommu", "lookup-ns", LOOKUP, 0, 1e6, false, "of the IOTLB, pipelined")                               \
	NUMBER("iommu", "walkers", WALKERS, 1, 256, true, "walks at a time")                                         \
	NUMBER("iommu", "merge", MERGE, 0, 1, true, "1: who misses a page that is being walked waits for that walk") \
	NUMBER("iommu", "replay-ns", REPLAY, 0, 1e6, false,                                                          \
	       "after the walk of a read, until its walker takes another: the read goes through the pipeline again") \
	NUMBER("iommu", "replay-line-ns", REPLAY_LINE, 0, 1e6, false, "the same for each 64 bytes of the read")      \
	NUMBER("iommu", "command-ns", COMMAND, 0, 1e6, false, "to read and check an entry of the unit's queue")      \
	NUMBER("iommu", "invalidate-ns", INVALIDATE, 0, 1e6, false, "to invalidate what one entry names")            \
	NUMBER("iommu", "complete-ns", COMPLETE, 0, 1e6, false,                                                      \
	       "to write that all before it is done: VT-d's wait descriptor, SMMUv3's CMD_SYNC")                     \
	NUMBER("cpu", "packet-ns", PACKET, 0, 1e6, false, "of driver and stack, for a packet")                       \
	NUMBER("cpu", "packet-byte-ns", PACKET_BYTE, 0, 100, false, "the same for each byte of it")                  \
	NUMBER("cpu", "map-ns", MAP, 0, 1e6, false, "an address, and its entry of the table")                        \
	NUMBER("cpu", "map-lock-ns", MAP_LOCK, 0, 1e6, false,                                                        \
	       "of mapping, behind the lock that invalidations are behind; 0: no lock")                              \
	NUMBER("cpu", "unmap-ns", UNMAP, 0, 1e6, false, "the entry is removed, and later the address given back")    \
	NUMBER("cpu", "post-ns", POST, 0, 1e6, false, "to write a batch of invalidations and to ring")               \
	NUMBER("cpu", "poll-ns", POLL, 0, 1e6, false, "until a CPU that polls sees what the unit wrote")             \
	NUMBER("cpu", "lock-ns", LOCK, 0, 1e6, false, "a lock that is waited for goes to the next one")              \
	NUMBER("cpu", "lock-waiter-ns", LOCK_WAITER, 0, 1e6, false, "the same for each one that goes on waiting")    \
	NUMBER("cpu", "spin-ns", SPIN, 0, 1e9, false, "who has waited longer for a lock sleeps")                     \
	NUMBER("cpu", "wake-ns", WAKE, 0, 1e6, false, "until somebody who sleeps goes on")                           \
	NUMBER("cpu", "exit-ns", EXIT, 0, 1e6, false,                                                                \
	       "of a guest: what trapping adds to a batch of invalidations, VMM and host kernel included")           \
	NUMBER("cpu", "interrupt-ns", INTERRUPT, 0, 1e6, false,                                                      \
	       "from a page request in its queue to a thread that takes it, if that sleeps")                         \
	NUMBER("cpu", "fault-ns", FAULT, 0, 1e6, false, "of a page request: a page is found for it; map-ns beside")  \
	NUMBER("memory", "table-ns", TABLE, 0, 1e6, false, "an access of a walk")                                    \
	NUMBER("memory", "table-outstanding", TABLE_OUTSTANDING, 0, 1024, true, "accesses of walks; 0: no limit")    \
	NUMBER("memory", "data-ns", DATA, 0, 1e6, false, "a read of the device that misses the last-level cache")    \
	NUMBER("memory", "data-hit-ns", DATA_HIT, 0, 1e6, false, "one that hits it")                                 \
	NUMBER("memory", "ddio-bytes", DDIO, 0, 1e12, true, "of a warm window that the cache holds")

#define TIMING_ENUMERATOR(section, key, name, low, high, whole, what) TIMING_##name,
enum timing_number { TIMING_NUMBER_LIST(TIMING_ENUMERATOR) TIMING_NUMBERS };
#undef TIMING_ENUMERATOR

struct timing_number_row {
	const char *section, *key, *what;
	double low, high;
	bool whole;
};
extern const struct timing_number_row timing_numbers[TIMING_NUMBERS];

/* What depends on the size of a request: a time at some sizes, straight lines between them, and on beyond them. */
struct timing_points {
	uint32_t count;
	uint32_t bytes[TIMING_MAX_POINTS]; /* rising */
	double ns[TIMING_MAX_POINTS];
};

enum timing_interval { TIMING_READ_INTERVAL, TIMING_WRITE_INTERVAL, TIMING_INTERVALS };
extern const char *const timing_interval_names[TIMING_INTERVALS]; /* keys of `device` */

struct timing_profile {
	enum iommu_kind kind;
	double value[TIMING_NUMBERS];
	/* From the begin of a request to that of the next one: what the device, or its link, can do at most. */
	struct timing_points interval[TIMING_INTERVALS];
};

/* In nanoseconds; never negative. */
double timing_points_at(const struct timing_points *points, uint32_t bytes);

static inline uint32_t timing_count(const struct timing_profile *profile, enum timing_number number)
{
	return (uint32_t)profile->value[number];
}

static inline uint64_t timing_ps(double ns)
{
	return (uint64_t)(ns * 1000 + 0.5);
}

/* Bytes that the link moves a nanosecond, after its encoding. */
double timing_link_bytes_per_ns(const struct timing_profile *profile);

/* The way of a read that meets no other one, beside the look-up, the data and the device's own overhead. */
double timing_read_way_ns(const struct timing_profile *profile, uint32_t bytes);

#endif
