/* SPDX-License-Identifier: MIT */
/*
 * Messages that travel between devices and IOMMUs beside memory requests: address translation services and page
 * requests (PCIe 10.3, 10.4), the answer to a stalled transaction (IHI 0070 3.12.2), interrupts. Plain data.
 *
 * `stream` is what the unit knows the device by, as in struct request.
 */
#ifndef IOSIM_HW_MESSAGE_H
#define IOSIM_HW_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#define ATS_ITAGS           32u  /* PCIe 10.3.1: invalidations that a device can be sent at once */
#define PAGE_REQUEST_GROUPS 512u /* PCIe 10.4.1: the PRG index has 9 bits */

/* What an endpoint can be allowed, at itself and in the unit's structures. */
enum endpoint_feature {
	FEATURE_ATS = 1 << 0,
	FEATURE_PASID = 1 << 1,
	FEATURE_PRI = 1 << 2,   /* page requests; needs ATS */
	FEATURE_STALL = 1 << 3, /* faults of a platform master wait for an answer (SMMUv3) */
};

/* How a translation request was completed (PCIe 10.2.3). */
enum ats_completion {
	ATS_NONE,    /* it was no translation request, or nothing was answered */
	ATS_SUCCESS, /* with the permissions of the translation; none of them: there is no translation */
	ATS_UR,      /* unsupported request: the device is to stop using ATS */
	ATS_CA,      /* completer abort */
};

/* Invalidate Request (PCIe 10.3.1): forget translations of [first, last], untranslated addresses. */
struct ats_invalidation {
	uint64_t first, last;
	uint32_t stream;
	uint32_t pasid; /* PASID_NONE: those of requests without PASID */
	bool global;    /* with a PASID: of every PASID (Global Invalidate) */
	bool t;         /* sent with T: of what was asked for by a TEE's requests (IHI 0070 3.9.4.1) */
	bool both;      /* of that and of the rest: sent with T and without, by a unit that serves both */
	uint8_t itag;   /* which the completion names */
};

/* Page Request message (PCIe 10.4.1). */
struct page_request {
	uint64_t address; /* of the page: bits 11:0 are 0 */
	uint32_t stream;
	uint32_t pasid; /* PASID_NONE without the prefix */
	uint16_t group; /* PRG index, below PAGE_REQUEST_GROUPS */
	bool read, write;
	bool last; /* of its group. With neither read nor write and a PASID: a stop marker (10.4.1.2.1) */
	bool execute, privileged;
};

/* PRG Response codes (PCIe 10.4.2.1). */
enum page_response_code { PAGE_RESPONSE_SUCCESS = 0, PAGE_RESPONSE_INVALID = 1, PAGE_RESPONSE_FAILURE = 15 };

struct page_response {
	uint32_t stream;
	uint32_t pasid; /* PASID_NONE without the prefix */
	uint16_t group;
	uint8_t code; /* 4 bits: enum page_response_code; other values are reserved, and mean failure to a device */
};

/* What became of a page request that arrived at a unit. */
enum page_request_fate {
	PAGE_REQUEST_QUEUED,
	PAGE_REQUEST_ANSWERED, /* by the unit itself: the response is filled in */
	PAGE_REQUEST_DROPPED,  /* nobody will ever answer */
};

/* What a stalled transaction is told (IHI 0070 4.6.1). */
enum stall_action {
	STALL_RETRY,     /* as if it had just arrived */
	STALL_ABORT,     /* ended with an abort */
	STALL_TERMINATE, /* ended as RAZ/WI */
};
struct stall_answer {
	uint32_t stream;
	uint16_t tag; /* STAG, as translate() gave it out */
	uint8_t action;
};

/*
 * An interrupt message as the interrupt controller sees it: after VT-d's remapping, or as SMMUv3 let the write pass.
 * x86 (Intel SDM 3A 12.11; VT-d 5.1.5): destination, vector and modes. Arm: `data` is the EventID that was written to
 * the doorbell at `address`, `device_id` the DeviceID that came with it (IHI 0069 5.2).
 */
struct interrupt {
	uint64_t address;
	uint32_t data;
	uint32_t device_id;
	uint32_t destination; /* APIC ID or logical destination */
	uint8_t vector;
	uint8_t delivery_mode; /* 3 bits */
	bool logical;          /* destination mode */
	bool redirection_hint;
	bool level_triggered;
	bool remapped; /* an IRTE made it; else compatibility format */
	bool posted;   /* it was put into the posted-interrupt descriptor at `descriptor_pa` */
	bool notified; /* posted: and the notification `vector`, `destination` was sent */
	uint64_t descriptor_pa;
	uint8_t posted_vector;
};

/* The DeviceID that an IOMMU's own messages have: of no requester (IHI 0070 3.18). */
#define UNIT_DEVICE_ID(iommu) (UINT32_C(0xffff0000) | (iommu))

/* Where an IOMMU's own messages go; filled in by who wires the machine. No member is NULL. */
struct iommu_outlet {
	void *context;
	/* To the device: it completes with ops->invalidate_completed(), now or later, or never. */
	void (*invalidate)(void *context, uint16_t iommu, const struct ats_invalidation *message);
	void (*page_response)(void *context, uint16_t iommu, const struct page_response *message);
	void (*stall_answer)(void *context, uint16_t iommu, const struct stall_answer *answer);
	/* The unit's own interrupts: a write of `data` to `address` with the unit's own DeviceID (see device_id). */
	void (*interrupt)(void *context, uint16_t iommu, const struct interrupt *interrupt);
};

#endif
