/* SPDX-License-Identifier: MIT */
/*
 * A SMMUv3 that keeps its part of the handshakes (IHI 0070 3.5, 4.7.3, 6.3.9, 6.3.14, 7.1) and does nothing else, and a
 * log of all that the driver did. Offsets and bits are literal: nothing here comes from the layout headers.
 */
#ifndef IOSIM_TESTS_SMMUV3_DRIVER_FAKE_H
#define IOSIM_TESTS_SMMUV3_DRIVER_FAKE_H

#include "hw/driver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define FAKE_LOG_MAX 65536

/* Host frames of the driver, in the order in which it takes them. */
#define FAKE_STRTAB  UINT64_C(0x1000000)
#define FAKE_COMMAND UINT64_C(0x1001000)
#define FAKE_EVENT   UINT64_C(0x1002000)
#define FAKE_FRAME3  UINT64_C(0x1003000) /* the first one after init */

/*
 * IDR0: ST_LEVEL (28:27) 1, TERM_MODEL (26), STALL_MODEL (25:24) 1: none, CD2L (19), VMID16 (18), ASID16 (12), COHACC
 * (4), TTF (3:2) AArch64, S1P (1), S2P (0); 6.3.1. IDR1: CMDQS (25:21) 8, EVENTQS (20:16) 7, SIDSIZE (5:0) 16; 6.3.2.
 * IDR5: 64, 16 and 4 KiB (6:4), OAS (2:0) 48 bits; 6.3.6.
 */
#define FAKE_IDR0          UINT32_C(0x0d0c101b)
#define FAKE_IDR0_ST_LEVEL UINT32_C(0x08000000)
#define FAKE_IDR0_S1P      UINT32_C(0x2)
#define FAKE_IDR0_S2P      UINT32_C(0x1)
#define FAKE_IDR1          UINT32_C(0x01070010)
#define FAKE_IDR3_RIL      UINT32_C(0x400)
#define FAKE_IDR3_BBML2    UINT32_C(0x1000)
#define FAKE_IDR5          UINT32_C(0x75)

/* IDR0: PRI (16), ATS (10); STALL_MODEL is both where it is 0. IDR1: PRIQS (15:11) 7; SSIDSIZE (10:6) 20 and 6. */
#define FAKE_IDR0_ATS      UINT32_C(0x400)
#define FAKE_IDR0_PRI      UINT32_C(0x10000)
#define FAKE_IDR0_CD2L     UINT32_C(0x80000)
#define FAKE_IDR0_NO_STALL UINT32_C(0x1000000)
#define FAKE_IDR1_PRIQ     UINT32_C(0x3800)
#define FAKE_IDR1_SSID20   UINT32_C(0x500)
#define FAKE_IDR1_SSID6    UINT32_C(0x180)
#define FAKE_ATS           (FAKE_IDR0 | FAKE_IDR0_ATS | FAKE_IDR0_PRI)
#define FAKE_SSID20        (FAKE_IDR1 | FAKE_IDR1_PRIQ | FAKE_IDR1_SSID20)

#define FAKE_REGISTERS 0x20000

/* In the log: an endpoint was told to switch feature `value` of stream `address` on (`old` 1) or off (0). */
#define FAKE_ENDPOINT ((enum effect_kind)100)

struct fake {
	struct arena *arena;
	struct memory *memory;
	struct frame_allocator *frames;
	struct driver *driver;
	uint8_t registers[FAKE_REGISTERS];
	bool dead;         /* hardware does nothing any more */
	bool held;         /* no CMD_SYNC completes */
	uint32_t refuse;   /* an opcode that is illegal; 0: none */
	uint32_t late;     /* so many CMD_SYNC behind a CMD_ATC_INV find that a device did not answer in time */
	bool atc_inv;      /* there was one since the last CMD_SYNC */
	unsigned endpoint; /* enum endpoint_feature: what every endpoint is capable of */
	bool may_stall;
	uint8_t on[65536]; /* of them, by stream */
	uint64_t advances;
	struct effect_hook hook;
	void (*watch)(struct fake *fake, const struct effect *effect);
	void (*synced)(struct fake *fake); /* a CMD_SYNC has completed */
	void *watch_data;
	struct effect log[FAKE_LOG_MAX];
	unsigned count;
};

struct fake_wish {
	uint32_t idr0, idr1, idr3, idr5; /* 0: the defaults above, IDR3 0 */
	uint32_t cr0;                    /* firmware left this on */
	uint32_t gerror;
	uint32_t frames; /* that the allocator has; 0: plenty */
	uint32_t max_domains, max_streams;
	enum driver_stage stage;
	unsigned endpoint; /* what every endpoint is capable of; 0: there is no way to tell them */
	bool may_stall, page_requests;
	bool no_init;
};

struct fake *fake_new(const struct fake_wish *wish);
void fake_free(struct fake *fake);
/* Forgets what was logged. */
void fake_forget(struct fake *fake);
uint64_t fake_word(struct fake *fake, uint64_t pa);
uint64_t fake_register(struct fake *fake, uint32_t offset, unsigned width);
/* The n-th effect of that kind since fake_forget(); fails the test if there is none. */
const struct effect *fake_effect(struct fake *fake, enum effect_kind kind, unsigned n);
unsigned fake_effects(struct fake *fake, enum effect_kind kind);
/* The words of the n-th submitted command are these. */
void fake_submitted(struct fake *fake, unsigned n, uint64_t low, uint64_t high);
/*
 * What was submitted and told to endpoints since fake_forget() is this: opcodes as two digits, "+ats", "-ats",
 * "+pasid",
 * "+pri" and so on, with one space between them. Forgets it.
 */
void fake_did(struct fake *fake, const char *expected);
/* The n-th register write is this. */
void fake_wrote(struct fake *fake, unsigned n, uint32_t offset, uint64_t value);
/* The driver's calls that a test makes all the time; they must succeed. */
domain_handle fake_domain(struct fake *fake, enum domain_type type);
void fake_attach(struct fake *fake, uint32_t stream, domain_handle domain);
void fake_map(struct fake *fake, domain_handle domain, uint64_t iova, uint64_t pa, uint64_t bytes);
void fake_unmap(struct fake *fake, domain_handle domain, uint64_t iova, uint64_t bytes, struct gather *gather);
void fake_sync(struct fake *fake, struct gather *gather);
void fake_set_features(struct fake *fake, uint32_t stream, unsigned features);
void fake_attach_pasid(struct fake *fake, uint32_t stream, uint32_t pasid, domain_handle domain);

#endif
