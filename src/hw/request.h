/* SPDX-License-Identifier: MIT */
/*
 * A request as it travels from a device through the fabric into an IOMMU: one struct for every bus and every
 * IOMMU. Plain data.
 */
#ifndef IOSIM_HW_REQUEST_H
#define IOSIM_HW_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

enum request_at { /* PCIe 10.2.2, the AT field */
		  AT_UNTRANSLATED,
		  AT_TRANSLATION_REQUEST,
		  AT_TRANSLATED,
};

enum request_op { REQUEST_READ, REQUEST_WRITE, REQUEST_ATOMIC };
enum request_world { WORLD_NONSECURE, WORLD_SECURE, WORLD_REALM };

#define PASID_NONE UINT32_MAX

struct request {
	uint64_t address;    /* byte address as the device sent it */
	uint32_t bytes;      /* length; 0 is a zero-length read */
	uint32_t stream;     /* what the IOMMU is asked with: requester ID after aliasing, or StreamID */
	uint32_t pasid;      /* 20 bits, PASID_NONE without the prefix; also the SubstreamID */
	uint32_t attributes; /* memory type and shareability as the bus carries them */
	uint32_t data;       /* of a 4-byte write that may be an interrupt message; 0 where it does not matter */
	uint16_t segment;
	uint16_t rid;        /* as the device put it into the header */
	uint16_t device;     /* index of the machine's device that really sent it */
	uint16_t originator; /* owner on whose behalf it was sent */
	uint8_t at;          /* enum request_at */
	uint8_t op;          /* enum request_op */
	uint8_t world;       /* enum request_world */
	bool execute;        /* PASID prefix: execute requested */
	bool privileged;     /* PASID prefix: privileged mode requested */
	bool may_stall;      /* from a master that can wait for software (IHI 0070 3.12.2): never a PCIe function */
	bool no_write;       /* translation request: no write permission is asked for (PCIe 10.2.2.5) */
	bool t;              /* TDISP: T bit of the IDE prefix */
	bool xt;             /* its XT extension: T says what memory it is for, not who sends */
	bool no_snoop;
	bool by_owner; /* the owner programmed it; else the device sent it on its own */
	bool posted;   /* filled in by the fabric */
};

/* Of a trusted execution environment: TDISP's T, and XT of its extension. */
static inline bool request_is_tee(const struct request *request)
{
	return request->t || request->xt;
}

static inline bool request_is_write(const struct request *request)
{
	return request->op != REQUEST_READ;
}

#endif
