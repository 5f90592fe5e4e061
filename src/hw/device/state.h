/* SPDX-License-Identifier: MIT */
/* The devices from inside, for the files of this folder. */
#ifndef IOSIM_HW_DEVICE_STATE_H
#define IOSIM_HW_DEVICE_STATE_H

#include "hw/device/atc.h"
#include "hw/device/device.h"
#include "hw/device/keyed.h"

/* State, one per device. */
struct function {
	uint8_t features; /* enum endpoint_feature: switched on */
	uint8_t in_reset;
	uint8_t ats_refused; /* a translation request was completed with UR */
	uint8_t page_failure;
	uint8_t page_unexpected;
	uint8_t owed; /* invalidations */
	uint16_t zero;
};

/* State: an invalidation that a function has been sent and has not completed, oldest first. */
struct owed {
	uint64_t first, last;
	uint32_t stream;
	uint32_t pasid;
	uint16_t iommu;
	uint8_t itag;
	uint8_t global;
	uint8_t seen;    /* what it covers is out of the ATC */
	uint8_t t, both; /* as in the message */
	uint8_t zero;
};

/* State: what a request in flight used, by the fabric's handle less 1. */
struct held {
	uint64_t first, last; /* translated: of the page that it was translated with */
	uint32_t pasid;
	uint16_t function;
	uint8_t live;
	uint8_t translated;
	uint8_t flags; /* enum atc_flag of the ATC's entry */
	uint8_t zero[7];
};

/* Functions that have an ATC and a page request interface, in the machine's order. */
#define NO_INTERFACE UINT32_MAX

struct stream_key {
	uint32_t stream;
	uint16_t iommu;
	uint16_t device;
	bool own; /* it is the device's own requester ID */
};

struct devices {
	struct arena *arena;
	const struct machine *machine;
	struct fabric *fabric;
	struct iommu **units;
	struct iommu **trusted; /* per unit: what sends with T; NULL rows: nobody */
	struct iommu_outlet outlet;
	struct stream_key *streams; /* sorted */
	uint32_t stream_count;
	uint32_t *interface; /* by device */
	uint32_t interface_count;
	uint32_t atc_sets, atc_ways;
	uint32_t page_requests;
	struct function *functions;
	struct atc_entry *entries; /* by interface */
	struct owed *owed;         /* by interface, ATS_ITAGS each */
	uint32_t *owing;           /* all of them */
	struct held *held;
	/* Keys: work_key(). */
	struct keyed groups; /* page request groups; value: enum device_answer, ANSWER_NONE is open */
	struct keyed stops;
	struct keyed stalls;  /* value: 0 not answered, else 1 + enum stall_action */
	uint32_t *unexpected; /* by device; statistics */
};

/* A function and a PASID of it. */
struct requester {
	uint16_t function;
	uint32_t pasid;
};

static inline uint64_t work_key(uint16_t function, uint32_t pasid, uint16_t last)
{
	return (uint64_t)function << 48 | (uint64_t)pasid << 16 | last;
}

/* An mdev's index stands for its parent with its PASID. */
static inline struct requester requester_of(const struct devices *devices, uint16_t device, uint32_t pasid)
{
	const struct machine_device *row = &devices->machine->devices[device];
	bool backed = row->kind == DEVICE_MDEV && row->pasid != MACHINE_NO_PASID;

	return (struct requester){.function = machine_function(devices->machine, device),
				  .pasid = backed && (pasid == PASID_NONE || pasid == DEVICE_ANY_PASID) ? row->pasid
													: pasid};
}

static inline bool has_quirk(const struct devices *devices, uint16_t function, enum device_quirk quirk)
{
	return devices->machine->devices[function].quirks & quirk;
}

/* The function's ATC; without one it has no sets. */
struct atc atc_of(const struct devices *devices, uint16_t function);
bool has_capability(const struct devices *devices, uint16_t function, enum endpoint_feature feature);
/* It is there and not in reset. */
bool is_alive(const struct devices *devices, uint16_t function);
#define PASID_BITS_MAX 20u /* PCIe 6.20.2.2 */
/* Work with the PASID, or without one (PASID_NONE); DEVICE_ANY_PASID: all of the function. */
bool is_stopped(const struct devices *devices, struct requester who);
/* DEVICE_SENT: the function may send with that PASID; DEVICE_DISABLED, DEVICE_STOPPED. */
enum device_sent may_send(const struct devices *devices, struct requester who, unsigned features);

/* page.c */
void page_receive(struct devices *devices, uint16_t iommu, const struct page_response *response);
void page_stop_marker(struct devices *devices, struct requester who);
uint32_t page_count_open(const struct devices *devices, struct requester who);
void page_forget_all(struct devices *devices, struct requester who);
/* invalidate.c */
void invalidate_receive(struct devices *devices, uint16_t iommu, const struct ats_invalidation *message);
void invalidate_forget_all(struct devices *devices, uint16_t function);
/* send.c */
void stall_receive(struct devices *devices, uint16_t iommu, const struct stall_answer *answer);

#endif
