/* SPDX-License-Identifier: MIT */
/*
 * A VT-d driver and its unit, with endpoints behind the unit whose capabilities a test chooses, and a log of all that
 * happened, in order. Whoever looks at words has them by hand: nothing here comes from the layout header.
 */
#ifndef IOSIM_TESTS_VTD_DRIVER_PAIR_H
#define IOSIM_TESTS_VTD_DRIVER_PAIR_H

#include "hw/driver.h"
#include "hw/iommu.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PAIR_FRAMES UINT64_C(0x1000000) /* the driver's first frame: root table; then queue and status words */
#define PAIR_FOURTH UINT64_C(0x1003000)
#define PAGE        UINT64_C(0x1000)
#define BASE        UINT64_C(0x80000000)
#define STREAM      0x0188u /* bus 1, device 17: of the upper context table */
#define OTHER       0x0010u

/* CAP: FS5LP, FS1GP, DRD, DWD, MAMV 18, PSI, SSLPS 3, FRO 22h, ZLR, MGAW 48, SAGAW 39 and 48, ND 16 bits. */
#define PAIR_CAP    UINT64_C(0x11d2008c226f0606)
#define PAIR_CAP_CM UINT64_C(0x80)
/* ECAP: RPS, SMPWCS, FSTS, SSTS, SSADS, SMTS, NEST, IRO Fh, PT, QI, C. */
#define PAIR_SCALABLE   UINT64_C(0x0003e80004000f43)
#define PAIR_LEGACY     UINT64_C(0x0000000000000f43)
#define PAIR_ECAP_DT    UINT64_C(0x4)
#define PAIR_ECAP_PASID (UINT64_C(1) << 40 | UINT64_C(19) << 35) /* PSS: 20 bits */
#define PAIR_ECAP_PRS   (UINT64_C(1) << 29 | UINT64_C(1) << 42)  /* and PDS */
#define PAIR_ALL        (PAIR_SCALABLE | PAIR_ECAP_DT | PAIR_ECAP_PASID | PAIR_ECAP_PRS)

enum pair_kind {
	PAIR_WORD,     /* a: address, b: value */
	PAIR_REGISTER, /* a: offset, b: value */
	PAIR_SUBMIT,   /* words */
	PAIR_ENDPOINT, /* a: feature, b: on */
};

struct pair_event {
	enum pair_kind kind;
	uint32_t stream;
	uint64_t a, b;
	uint64_t words[4];
};

#define PAIR_EVENTS_MAX 8192

struct pair {
	struct arena *arena;
	struct memory *memory;
	struct frame_allocator *frames;
	struct iommu *unit;
	struct driver *driver;
	struct effect_hook hook;
	struct iommu_outlet outlet;
	unsigned has;                     /* enum endpoint_feature: what endpoints are capable of */
	bool mute;                        /* devices do not answer invalidations; a time-out ends that */
	void (*sent)(struct pair *pair);  /* an invalidation was sent to a device, which answers it then */
	void (*watch)(struct pair *pair); /* after each word that the driver wrote */
	struct pair_event log[PAIR_EVENTS_MAX];
	unsigned count;
	struct ats_invalidation invalidations[64]; /* that devices were sent */
	unsigned invalidation_count;
	struct page_response responses[64];
	unsigned response_count;
};

struct pair_wish {
	uint64_t cap, ecap; /* 0: PAIR_CAP, PAIR_ALL */
	enum driver_stage stage;
	bool requests; /* page requests */
	bool remapping;
	uint32_t frames; /* that the driver has; 0: plenty */
};

struct pair *pair_new(const struct pair_wish *wish);
void pair_free(struct pair *pair);
void pair_forget(struct pair *pair);
uint64_t pair_word(struct pair *pair, uint64_t pa);
uint64_t pair_register(struct pair *pair, uint32_t offset, unsigned width);
/* Calls that have to succeed. */
domain_handle pair_domain(struct pair *pair, enum domain_type type);
void pair_attach(struct pair *pair, uint32_t stream, domain_handle domain);
void pair_attach_pasid(struct pair *pair, uint32_t stream, uint32_t pasid, domain_handle domain);
void pair_features(struct pair *pair, uint32_t stream, unsigned features);
void pair_map(struct pair *pair, domain_handle domain, uint64_t iova, uint64_t pa, uint64_t bytes);
void pair_unmap(struct pair *pair, domain_handle domain, uint64_t iova, uint64_t bytes, struct gather *gather);
/* unmap and sync with that bug. */
int pair_take(struct pair *pair, domain_handle domain, uint64_t iova, uint64_t bytes, unsigned bugs);
struct translation pair_ask(struct pair *pair, uint32_t stream, uint32_t pasid, uint64_t address, enum request_at at);
void pair_expect_pa(struct pair *pair, uint32_t stream, uint32_t pasid, uint64_t iova, uint64_t pa);
void pair_expect_fault(struct pair *pair, uint32_t stream, uint32_t pasid, uint64_t iova, unsigned reason);
/* The n-th submitted descriptor since pair_forget() has these words, and 0 in the upper half. */
void pair_expect_command(struct pair *pair, unsigned n, uint64_t first, uint64_t second);
/* The n-th command is a wait that writes a status. */
void pair_expect_wait(struct pair *pair, unsigned n);
/* There were as many commands. */
void pair_expect_commands(struct pair *pair, unsigned count);
/* The place in the log of the n-th event of that kind with that `a` (submit: type of the descriptor); -1: none. */
int pair_find(struct pair *pair, enum pair_kind kind, uint64_t a, unsigned n);

#endif
