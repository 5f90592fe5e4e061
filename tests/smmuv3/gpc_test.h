/* SPDX-License-Identifier: MIT */
/*
 * The bench of smmu_test.h with granule protection: a GPT in its memory, whose words are written down as DDI 0487 D9.6
 * numbers them, and the Root Control Page. All of memory begins as the Non-secure address space's.
 */
#ifndef TESTS_SMMUV3_GPC_TEST_H
#define TESTS_SMMUV3_GPC_TEST_H

#include "smmu_test.h"

#include "hw/smmuv3/root.h"

#define GPT0 UINT64_C(0xf00000) /* level 0: 4 entries of 1 GiB */
#define GPT1 UINT64_C(0xe00000) /* level 1 of the first GiB, 128 KiB */

#define ROOT_CR0      0x20
#define ROOT_BASE     0x28
#define ROOT_CFG      0x30
#define ROOT_GPF_FAR  0x38
#define ROOT_CFG_FAR  0x40
#define ROOT_TLBI     0x50
#define ROOT_TLBI_RUN 0x58
#define GPI_NS        9u
#define GPI_ROOT      10u
#define GPI_REALM     11u
#define BAD_GRANULE   2u /* a reserved GPI */

struct gpc_bench {
	struct bench unit;
	struct smmu_root *root;
};

/* Checks on, queues and translation on (as bench_on() has them), for the Non-secure or the Realm interface. */
void gpc_setup(struct gpc_bench *bench, const struct iommu_config *config);
/* Up to the registers of the unit, and with its caches or without. */
void gpc_setup_off(struct gpc_bench *bench, const struct iommu_config *config);
void gpc_teardown(struct gpc_bench *bench);
void gpc_page(struct gpc_bench *bench, uint64_t pa, unsigned gpi); /* in memory alone */
void gpc_set(struct gpc_bench *bench, uint32_t offset, uint64_t value);
uint64_t gpc_get(struct gpc_bench *bench, uint32_t offset);
/* A TLBI by PA that has completed. */
void gpc_tlbi(struct gpc_bench *bench, uint64_t word);

#endif
