/* SPDX-License-Identifier: MIT */
/*
 * An SMMU on a bench: memory, structures built from literal words, requests, commands, and a record of the effects.
 * Nothing here comes from the layout headers: offsets and masks are those of IHI 0070 G.b, written down a second time.
 */
#ifndef TESTS_SMMUV3_SMMU_TEST_H
#define TESTS_SMMUV3_SMMU_TEST_H

#include "hw/iommu.h"
#include "hw/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* 6.3.1: 2-level streams, abort, no stalls, little endian, CD2L, VMID16, ASID16, AArch64, both stages. */
#define BENCH_IDR0 UINT64_C(0x0d4c101f)
#define IDR0_HYP   UINT64_C(0x200)
#define IDR0_MSI   UINT64_C(0x2000)
/* 6.3.2: queues of 2^10, SSIDSIZE 8, SIDSIZE 10. 6.3.4: BBML 2, RIL, XNX, HAD. 6.3.6: OAS 44, all granules. */
#define BENCH_IDR1 UINT64_C(0x014a020a)
#define BENCH_IDR3 UINT64_C(0x1414)
#define BENCH_IDR5 UINT64_C(0x74)

#define REG_CR0         0x20
#define REG_CR0ACK      0x24
#define REG_CR2         0x2c
#define REG_GBPA        0x44
#define REG_IRQ_CTRL    0x50
#define REG_GERROR      0x60
#define REG_GERRORN     0x64
#define REG_STRTAB      0x80
#define REG_STRTAB_CFG  0x88
#define REG_CMDQ_BASE   0x90
#define REG_CMDQ_PROD   0x98
#define REG_CMDQ_CONS   0x9c
#define REG_EVENTQ_BASE 0xa0
#define REG_EVENTQ_PROD 0x100a8
#define REG_EVENTQ_CONS 0x100ac

#define STREAM_TABLE UINT64_C(0x100000) /* linear, 64 entries */
#define COMMANDS     UINT64_C(0x110000) /* 16 */
#define EVENTS       UINT64_C(0x111000) /* 4 */
#define CD           UINT64_C(0x112000)
#define OTHER_CD     UINT64_C(0x112040)
#define TABLE1       UINT64_C(0x120000) /* stage 1: a frame a level, 39 bits, levels 1 to 3 */
#define TABLE2       UINT64_C(0x130000) /* stage 2: the same */
#define SID          5u
#define OTHER_SID    6u

/* 5.2: V; Config 5, 6, 7. 5.4: T0SZ 25, EPD1, V, IPS 44 bits, AA64, R, A. */
#define STE_S1     UINT64_C(0xb)
#define STE_S2     UINT64_C(0xd)
#define STE_NESTED UINT64_C(0xf)
#define CD_WORD    UINT64_C(0x00006204c0000019)
/* S2T0SZ 25, S2SL0 1 (level 1), S2PS 44 bits, S2AA64, S2R; VMID 9 */
#define STE_WORD2 UINT64_C(0x040c005900000009)
#define S1_PAGE   UINT64_C(0xc43) /* nG, AF, AP 01: all may read and write, valid page */
#define S2_PAGE   UINT64_C(0x4ff) /* AF, S2AP read and write, write-back */

#define EFFECTS_MAX 256

struct bench {
	struct arena *arena;
	struct memory *memory;
	struct iommu *iommu;
	struct effect_hook hook;
	struct effect effects[EFFECTS_MAX];
	unsigned effect_count;
	uint32_t commands; /* CMDQ_PROD */
};

/* The unit out of reset; `config` NULL or its ids 0: the bench's. */
void bench_setup(struct bench *bench, const struct iommu_config *config);
/* The two halves of that: memory alone, and a unit that looks at it. */
void bench_memory(struct bench *bench);
void bench_unit(struct bench *bench, const struct iommu_config *config);
/* Queues and translation on, stream SID with stage 1 (ASID 7), everything else invalid. */
void bench_setup_on(struct bench *bench, const struct iommu_config *config);
void bench_on(struct bench *bench); /* what it does to a unit that is set up */
void bench_teardown(struct bench *bench);
void bench_settle(struct bench *bench);
uint64_t bench_get(struct bench *bench, uint32_t offset, unsigned width);
void bench_set(struct bench *bench, uint32_t offset, unsigned width, uint64_t value); /* and settles */
void bench_put(struct bench *bench, uint64_t pa, uint64_t word);
void bench_ste(struct bench *bench, uint32_t sid, uint64_t word0, uint64_t word1, uint64_t word2, uint64_t word3);
void bench_cd(struct bench *bench, uint64_t pa, uint64_t word0, uint64_t ttb0);
/* A 4 KiB page of the tables at TABLE1 (39 bits of VA) or TABLE2; `word`: the whole level 3 descriptor. */
void bench_map1(struct bench *bench, uint64_t va, uint64_t word);
void bench_map2(struct bench *bench, uint64_t ipa, uint64_t word);
struct translation bench_ask(struct bench *bench, uint32_t sid, uint64_t address, enum request_op op);
/* Puts a command into the queue; nothing is consumed yet. */
void bench_submit(struct bench *bench, uint64_t word0, uint64_t word1);
/* The same, a CMD_SYNC, and lets hardware work. */
void bench_command(struct bench *bench, uint64_t word0, uint64_t word1);
const struct effect *bench_effect(const struct bench *bench, enum effect_kind kind); /* the last one; NULL: none */

#define assert_goes_to(answer, address)                    \
	do {                                               \
		struct translation t_ = (answer);          \
		assert_int_equal(t_.result, TRANSLATE_OK); \
		assert_true(t_.pa == (uint64_t)(address)); \
	} while (0)

#define assert_blocked(answer, event)                         \
	do {                                                  \
		struct translation t_ = (answer);             \
		assert_int_equal(t_.result, TRANSLATE_FAULT); \
		assert_int_equal(t_.fault, event);            \
	} while (0)

#endif
