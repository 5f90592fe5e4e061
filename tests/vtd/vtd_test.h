/* SPDX-License-Identifier: MIT */
/*
 * A VT-d unit on a bench: memory, tables built from literal words, requests, and a record of the effects. Nothing
 * here comes from the layout header: offsets and masks are those of specification 5.10, written down a second time.
 */
#ifndef TESTS_VTD_TEST_H
#define TESTS_VTD_TEST_H

#include "hw/iommu.h"
#include "hw/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/*
 * 11.4.2: ESRTPS, DRD, DWD, MAMV 18, NFR 1 (two records), PSI, 2 MiB and 1 GiB, FRO 22h, ZLR, MGAW 48, 3 and 4 levels,
 * 16-bit domains. 11.4.3: IRO Fh, SC, PT, QI, C.
 */
#define BENCH_CAP  UINT64_C(0x80d2018c226f0606)
#define BENCH_ECAP UINT64_C(0x0000000000000fc3)
#define ECAP_DT    UINT64_C(0x4)
#define ECAP_ADMS  (UINT64_C(1) << 52)
#define ECAP_IR    UINT64_C(0x8)
#define CAP_CM     UINT64_C(0x80)
#define CAP_5LEVEL UINT64_C(0x800)
#define BENCH_HAW  46

#define REG_VER    0x000
#define REG_CAP    0x008
#define REG_ECAP   0x010
#define REG_GCMD   0x018
#define REG_GSTS   0x01c
#define REG_RTADDR 0x020
#define REG_CCMD   0x028
#define REG_FSTS   0x034
#define REG_FECTL  0x038
#define REG_IQH    0x080
#define REG_IQT    0x088
#define REG_IQA    0x090
#define REG_ICS    0x09c
#define REG_IECTL  0x0a0
#define REG_IQERCD 0x0b0
#define REG_IVA    0x0f0 /* IRO Fh */
#define REG_IOTLB  0x0f8
#define REG_FRCD   0x220 /* FRO 22h */

#define GCMD_TE   UINT32_C(0x80000000)
#define GCMD_SRTP UINT32_C(0x40000000)
#define GCMD_WBF  UINT32_C(0x08000000)
#define GCMD_QIE  UINT32_C(0x04000000)

#define ROOT_TABLE     UINT64_C(0x100000)
#define CONTEXT_TABLES UINT64_C(0x200000) /* one frame a bus */
#define TOP_TABLE      UINT64_C(0x400000) /* of the bench domain */
#define NEXT_TABLE     UINT64_C(0x800000) /* the others, as they are needed */
#define QUEUE          UINT64_C(0x700000)
#define STATUS         UINT64_C(0x710000)
#define SID            0x0120
#define DOMAIN         0x0012

#define EFFECTS_MAX 256

struct bench {
	struct arena *arena;
	struct memory *memory;
	struct iommu *iommu;
	uint64_t next_table;
	uint32_t tail; /* of the queue, as written */
	struct effect_hook hook;
	struct effect effects[EFFECTS_MAX];
	unsigned effect_count;
};

/* The unit out of reset; fields of `config` that are 0 get the bench's values. */
void bench_setup(struct bench *bench, const struct iommu_config *config);
/* The same with the bench domain: SID has a present context entry for an empty 4-level table; translation on. */
void bench_setup_on(struct bench *bench, const struct iommu_config *config);
void bench_teardown(struct bench *bench);

/* Lets hardware work until it is idle. */
void bench_settle(struct bench *bench);
uint64_t bench_get(struct bench *bench, uint32_t offset, unsigned width);
void bench_set(struct bench *bench, uint32_t offset, unsigned width, uint64_t value);
void bench_command(struct bench *bench, uint32_t command); /* writes GCMD and settles */

void bench_put(struct bench *bench, uint64_t pa, uint64_t word);
uint64_t bench_word(struct bench *bench, uint64_t pa);
/* Where the entries of a requester are. */
uint64_t bench_root_entry(uint16_t sid);
uint64_t bench_context_entry(uint16_t sid);
/* Writes the context entry, and the root entry that leads to it. */
void bench_context(struct bench *bench, uint16_t sid, uint64_t low, uint64_t high);
/* Where the entry for `iova` is at `level` of a table with `levels` at `top`; tables are made on the way. */
uint64_t bench_entry(struct bench *bench, uint64_t top, unsigned levels, uint64_t iova, unsigned level);
/* A 4 KiB page of the bench domain; `word` is the whole entry. */
void bench_map(struct bench *bench, uint64_t iova, uint64_t word);

struct translation bench_translate(struct bench *bench, const struct request *request);
struct request bench_request(uint16_t sid, uint64_t iova, enum request_op op);
struct translation bench_read(struct bench *bench, uint64_t iova);
struct translation bench_write(struct bench *bench, uint64_t iova);

/* Puts a descriptor at the tail and moves the tail; nothing is consumed yet. */
void bench_submit(struct bench *bench, uint64_t low, uint64_t high);
void bench_queue_on(struct bench *bench);
/* The last effect of that kind; NULL: none. */
const struct effect *bench_effect(const struct bench *bench, enum effect_kind kind);
unsigned bench_effects(const struct bench *bench, enum effect_kind kind);

#define assert_goes_to(answer, address)                    \
	do {                                               \
		struct translation t_ = (answer);          \
		assert_int_equal(t_.result, TRANSLATE_OK); \
		assert_int_equal(t_.fault, 0);             \
		assert_true(t_.pa == (uint64_t)(address)); \
	} while (0)

#define assert_faults(answer, reason)                         \
	do {                                                  \
		struct translation t_ = (answer);             \
		assert_int_equal(t_.result, TRANSLATE_FAULT); \
		assert_int_equal(t_.fault, (reason));         \
	} while (0)

#endif
