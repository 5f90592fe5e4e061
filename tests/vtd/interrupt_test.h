/* SPDX-License-Identifier: MIT */
/* The bench with interrupt remapping: see vtd_test.h. Offsets and bits are those of specification 5.10. */
#ifndef TESTS_VTD_INTERRUPT_TEST_H
#define TESTS_VTD_INTERRUPT_TEST_H

#include "vtd_test.h"

#define REG_FEDATA  0x03c
#define REG_FEADDR  0x040
#define REG_FEUADDR 0x044
#define REG_IEDATA  0x0a4
#define REG_IEADDR  0x0a8
#define REG_IRTA    0x0b8

#define GCMD_IRE   UINT32_C(0x02000000)
#define GCMD_SIRTP UINT32_C(0x01000000)
#define GCMD_CFI   UINT32_C(0x00800000)

#define CAP_PI      (UINT64_C(1) << 59)
#define CAP_ESIRTPS (UINT64_C(1) << 62)
#define ECAP_EIM    UINT64_C(0x10)
#define ECAP_EIMER  (UINT64_C(1) << 61)
#define ECAP_IRREQ  (UINT64_C(1) << 62)
#define ECAP_MHMV   UINT64_C(0xf00000)

#define INTERRUPT_TABLE UINT64_C(0x300000)
#define TABLE_SIZE_256  UINT64_C(0x7)
#define IRTA_EIME       UINT64_C(0x800)
#define DESCRIPTOR      UINT64_C(0x340040) /* of posted interrupts */

#define INTERRUPT_CAP  (BENCH_CAP | CAP_PI)
#define INTERRUPT_ECAP (BENCH_ECAP | ECAP_IR | ECAP_EIM | ECAP_MHMV)

/* Interrupt remapping on, with that IRTA and those bits of GCMD besides; DMA remapping is off. */
static inline void interrupt_setup(struct bench *bench, uint64_t cap, uint64_t ecap, uint64_t irta, uint32_t gcmd)
{
	struct iommu_config config = {.id = {cap, ecap}};
	bench_setup(bench, &config);
	bench_set(bench, REG_IRTA, 8, irta);
	bench_command(bench, GCMD_SIRTP);
	bench_command(bench, GCMD_IRE | gcmd);
}

static inline void interrupt_entry(struct bench *bench, unsigned index, uint64_t low, uint64_t high)
{
	bench_put(bench, INTERRUPT_TABLE + index * 16u, low);
	bench_put(bench, INTERRUPT_TABLE + index * 16u + 8, high);
}

static inline struct translation interrupt_send(struct bench *bench, uint16_t sid, uint64_t address, uint32_t data)
{
	struct request request = bench_request(sid, address, REQUEST_WRITE);
	request.data = data;
	return bench_translate(bench, &request);
}

/* Index 5 without a subhandle: handle 5 in bits 19:5, bit 4. */
#define MESSAGE_5 UINT64_C(0xfee000b0)

#endif
