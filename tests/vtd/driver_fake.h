/* SPDX-License-Identifier: MIT */
/*
 * A VT-d unit that keeps its part of the handshakes (11.4.4, 11.4.6, 6.5.2) and does nothing else, and a log of all
 * that the driver did. Offsets and bits are literal: nothing here comes from the layout header.
 */
#ifndef IOSIM_TESTS_VTD_DRIVER_FAKE_H
#define IOSIM_TESTS_VTD_DRIVER_FAKE_H

#include "hw/driver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define FAKE_LOG_MAX 65536

/* Host frames of the driver, in the order in which it takes them. */
#define FAKE_ROOT   UINT64_C(0x1000000)
#define FAKE_QUEUE  UINT64_C(0x1001000)
#define FAKE_STATUS UINT64_C(0x1002000)
#define FAKE_FRAME3 UINT64_C(0x1003000) /* the first one after init */

/*
 * CAP: DRD, DWD (55, 54), MAMV 18 (53:48), NFR 1 (47:40), PSI (39), SSLPS 2M and 1G (37:34), FRO 20h (33:24), MGAW 47
 * (21:16), SAGAW 48 (12:8), ND 8 bits (2:0); 11.4.2.
 */
#define FAKE_CAP      UINT64_C(0x00d2018c202f0402)
#define FAKE_CAP_CM   (UINT64_C(1) << 7)
#define FAKE_CAP_RWBF (UINT64_C(1) << 4)
#define FAKE_CAP_PSI  (UINT64_C(1) << 39)
#define FAKE_CAP_MAMV (UINT64_C(0x3f) << 48)
/* ECAP: IRO 10h (17:8), PT (6), QI (1), C (0); 11.4.3. */
#define FAKE_ECAP    UINT64_C(0x1043)
#define FAKE_ECAP_QI UINT64_C(0x2)
#define FAKE_ECAP_PT UINT64_C(0x40)
#define FAKE_ECAP_SC UINT64_C(0x80)

#define FAKE_REGISTERS 1024

struct fake {
	struct arena *arena;
	struct memory *memory;
	struct frame_allocator *frames;
	struct driver *driver;
	uint8_t registers[FAKE_REGISTERS];
	uint32_t command; /* GCMD written and not carried out */
	bool command_pending;
	bool dead;     /* hardware does nothing any more */
	bool held;     /* it takes descriptors, but no wait completes */
	bool endless;  /* it always says that there was an event */
	bool refusing; /* registers answer with granularity 0 */
	uint64_t owed; /* status address of a wait that was taken and not completed */
	uint64_t advances;
	struct effect_hook hook;
	void (*watch)(struct fake *fake, const struct effect *effect);
	void *watch_data;
	struct effect log[FAKE_LOG_MAX];
	unsigned count;
};

struct fake_wish {
	uint64_t cap, ecap; /* 0: FAKE_CAP, FAKE_ECAP */
	uint32_t frames;    /* that the allocator has; 0: plenty */
	uint32_t max_domains, max_streams;
	uint32_t version; /* 0: 1.0 */
	bool no_init;
};

struct fake *fake_new(const struct fake_wish *wish);
void fake_free(struct fake *fake);
/* Forgets what was logged. */
void fake_forget(struct fake *fake);
uint64_t fake_word(struct fake *fake, uint64_t pa);
uint64_t fake_register(struct fake *fake, uint32_t offset, unsigned width);
void fake_set_register(struct fake *fake, uint32_t offset, unsigned width, uint64_t value);
/* The n-th effect of that kind since fake_forget(); fails the test if there is none. */
const struct effect *fake_effect(struct fake *fake, enum effect_kind kind, unsigned n);
unsigned fake_effects(struct fake *fake, enum effect_kind kind);
/* The words of the n-th submitted descriptor are these. */
void fake_submitted(struct fake *fake, unsigned n, uint64_t low, uint64_t high);
/* The n-th register write is this. */
void fake_wrote(struct fake *fake, unsigned n, uint32_t offset, uint64_t value);
/* The driver's calls that a test makes all the time; they must succeed. */
domain_handle fake_domain(struct fake *fake, enum domain_type type);
void fake_attach(struct fake *fake, uint32_t stream, domain_handle domain);
void fake_map(struct fake *fake, domain_handle domain, uint64_t iova, uint64_t pa, uint64_t bytes);
void fake_unmap(struct fake *fake, domain_handle domain, uint64_t iova, uint64_t bytes, struct gather *gather);

#endif
