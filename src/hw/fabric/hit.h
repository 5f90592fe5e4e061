/* SPDX-License-Identifier: MIT */
/*
 * How a request ended: plain data that the fabric fills in and checks and reports read. Indexes are those of the
 * machine; MACHINE_NONE where there is no such thing.
 */
#ifndef IOSIM_HW_FABRIC_HIT_H
#define IOSIM_HW_FABRIC_HIT_H

#include "hw/iommu.h"
#include "hw/message.h"
#include "machine/machine.h"

#include <stdbool.h>
#include <stdint.h>

enum hit_kind {
	HIT_MEMORY,         /* RAM at `pa`: a declared object, firmware memory, or neither (the kernel's own) */
	HIT_BAR,            /* a register page of `device` */
	HIT_INTERRUPT,      /* an interrupt message at `pa` */
	HIT_NOTHING,        /* nobody claimed it: unsupported request, master abort */
	HIT_BLOCKED_FABRIC, /* it was stopped on its way, before any IOMMU */
	HIT_FAULT,          /* the IOMMU blocked it: `translation` */
	HIT_STALLED,        /* it waits in the IOMMU: `translation.stall_tag` */
	HIT_TRANSLATION,    /* a translation request that was answered: `translation` */
	HIT_SCRATCH,        /* the page that blocked devices reach, for want of a fault: nobody's memory, at `pa` */
};

enum hit_route {
	ROUTE_NONE,   /* it never got anywhere */
	ROUTE_PEER,   /* turned round below the root complex, at `port` or inside its own device: no IOMMU saw it */
	ROUTE_IOMMU,  /* through `iommu` */
	ROUTE_DIRECT, /* reached the root complex, which has no IOMMU there */
};

/* Why a request was stopped in the fabric (HIT_BLOCKED_FABRIC) or hit nothing. */
enum hit_reason {
	REASON_NONE,
	REASON_ABSENT,               /* the sender is not there */
	REASON_BUS_MASTER,           /* its bus master enable is off (PCIe 7.5.1.1.3) */
	REASON_SOURCE_VALIDATION,    /* ACS: bus number outside the port's range (PCIe 6.12.1.1) */
	REASON_TRANSLATION_BLOCKING, /* ACS: an address type other than untranslated */
	REASON_EGRESS_CONTROL,       /* ACS: no direct peer, and no redirect */
	REASON_NO_FORWARDING,       /* addressed to the port that it came through, and ACS upstream forwarding is off */
	REASON_UNCLAIMED,           /* inside the windows on its way, but nobody's */
	REASON_NO_TARGET,           /* neither RAM nor a BAR */
	REASON_TARGET_ABSENT,       /* a BAR of a device that is not there */
	REASON_TARGET_OFF,          /* its memory space enable is off */
	REASON_NOT_A_MEMORY_ACCESS, /* a translation request that met no IOMMU */
	REASON_INSECURE,            /* T without a secure IDE stream (PCIe 6.33.4) */
	REASON_STREAM_RID,          /* T, with a requester ID outside of the stream's RID association (6.33.4) */
	REASON_GATE,                /* T, and the TSM has not opened the way for the interface */
	REASON_PAGE_STATE,          /* the page's state forbids it (IHI 0070 3.25) */
	REASON_INTERFACE,           /* rejected by the TEE device interface whose registers it is for (11.2.1) */
	REASON_NO_FRAME,            /* the simulator has no frame left to store it */
	HIT_REASONS
};

struct hit {
	enum hit_kind kind;
	enum hit_route route;
	enum hit_reason reason;
	uint16_t port;     /* ROUTE_PEER: where it turned; MACHINE_NONE: inside its own device */
	uint16_t iommu;    /* ROUTE_IOMMU */
	uint16_t segment;  /* with `rid`: the requester as the last stage of the route saw it, after aliasing */
	uint16_t rid;      /* platform master: its stream */
	uint16_t memory;   /* HIT_MEMORY in a declared object */
	uint16_t firmware; /* HIT_MEMORY in a reserved range of firmware memory */
	uint16_t bar;      /* HIT_BAR; also HIT_NOTHING where the target was absent or off */
	uint16_t device;   /* whose BAR */
	uint32_t stream;   /* as the IOMMU was asked */
	uint32_t bytes;
	uint64_t pa;     /* where it ended, as a host physical (= bus) address */
	uint64_t offset; /* into the object, range or BAR */
	bool write;
	bool posted;
	bool snooped; /* the access went through CPU caches: it did not ask for No Snoop, or the unit did not let it */
	bool completion_redirected;     /* ROUTE_PEER read: its completion goes through the root complex (ACS CR) */
	struct translation translation; /* ROUTE_IOMMU */
	struct interrupt interrupt;     /* HIT_INTERRUPT: as the interrupt controller saw it */
	bool raised;                    /* HIT_INTERRUPT: some interrupt */
	uint16_t raised_device;         /* HIT_INTERRUPT: whose vector it raised; MACHINE_NONE: nothing of anybody's */
	uint32_t raised_index;          /* of that device's vectors */
};

/* A copy for the arena: its padding, and what of its union means nothing, is 0. */
void hit_store(struct hit *to, const struct hit *from);
/* "bus mastering is off"; "" for REASON_NONE. */
const char *hit_reason_text(enum hit_reason reason);

#endif
