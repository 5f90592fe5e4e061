/* SPDX-License-Identifier: MIT */
/*
 * The bench of smmu_test.h with ATS, page requests, stalls and messages, and a record of what the unit sends. Offsets
 * and masks are those of IHI 0070 G.b.
 */
#ifndef TESTS_SMMUV3_ATS_TEST_H
#define TESTS_SMMUV3_ATS_TEST_H

#include "smmu_test.h"

#define IDR0_ATS         UINT64_C(0x400)
#define IDR0_NS1ATS      UINT64_C(0x800)
#define IDR0_PRI         UINT64_C(0x10000)
#define IDR0_ATSRECERR   UINT64_C(0x800000)
#define IDR0_STALL_NEVER UINT64_C(0x1000000) /* STALL_MODEL 1 */
#define IDR0_STALL_FORCE UINT64_C(0x2000000) /* STALL_MODEL 2 */
#define IDR0_TERM_MODEL  UINT64_C(0x4000000)
#define IDR1_PRIQS_10    UINT64_C(0x5000)
#define IDR1_OVERRIDES   UINT64_C(0x4000000) /* ATTR_PERMS_OVR */
#define IDR3_PPS         UINT64_C(0x20)
#define IDR5_STALLS      UINT64_C(0x40000) /* STALL_MAX 4 */

#define REG_IRQ_CTRLACK 0x54
#define REG_PRIQ_BASE   0xc0
#define REG_PRIQ_IRQ0   0xd0
#define REG_PRIQ_IRQ1   0xd8
#define REG_PRIQ_IRQ2   0xdc
#define REG_PRIQ_PROD   0x100c8
#define REG_PRIQ_CONS   0x100cc
#define CR0_ON          0xdu  /* SMMUEN, EVENTQEN, CMDQEN */
#define CR0_ATSCHK      0x10u /* 6.3.9 */
#define CR0_PRIQEN      0x2u
#define CR2_REC_CFG_ATS 0x8u /* 6.3.12 */
#define CR2_RECINVSID   0x2u
#define REQUESTS        UINT64_C(0x114000) /* the PRI queue: 4 records */

#define EATS_FULL    UINT64_C(0x10000000) /* STE[93:92] */
#define EATS_SPLIT   UINT64_C(0x20000000)
#define EATS_DPT     UINT64_C(0x30000000)
#define S1DSS_BYPASS 1u
#define S1DSS_SSID0  2u
#define S1CDMAX_1    (UINT64_C(1) << 59) /* two CDs, in a linear table */

#define SENT_MAX 80

struct ats_bench {
	struct bench unit;
	struct iommu_outlet outlet;
	struct ats_invalidation invalidations[SENT_MAX];
	struct page_response responses[SENT_MAX];
	struct stall_answer answers[SENT_MAX];
	struct interrupt interrupts[SENT_MAX];
	unsigned invalidation_count, response_count, answer_count, interrupt_count;
};

/* IDR0, IDR1, IDR3 and IDR5: what they have that the bench's do not, and the other way round (XOR). */
struct ats_ids {
	uint64_t idr0, idr1, idr3, idr5;
};
#define IDS_ATS                                                                             \
	(struct ats_ids)                                                                    \
	{                                                                                   \
		.idr0 = IDR0_ATS | IDR0_ATSRECERR | IDR0_PRI | IDR0_STALL_NEVER | IDR0_MSI, \
		.idr1 = IDR1_PRIQS_10 | IDR1_OVERRIDES, .idr5 = IDR5_STALLS                 \
	}

void ats_setup(struct ats_bench *bench, struct ats_ids ids);
void ats_teardown(struct ats_bench *bench);
/* The pages that CD and stage 1 lie in, mapped to themselves by stage 2. */
void ats_map_structures(struct ats_bench *bench);
struct translation ats_send(struct ats_bench *bench, const struct request *request);
/* A translation request of stream SID for the page of an address, without PASID. */
struct translation ats_ask(struct ats_bench *bench, uint64_t address);
/* A translated transaction of stream SID. */
struct translation ats_use(struct ats_bench *bench, uint64_t address, enum request_op op);
/* Records in the event queue since the last time; consumes them. *type: of the last one. */
unsigned ats_events(struct ats_bench *bench, uint64_t record[4]);

#endif
