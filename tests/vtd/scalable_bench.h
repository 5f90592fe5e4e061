/* SPDX-License-Identifier: MIT */
/*
 * The bench of vtd_test.h in scalable mode, with words written down from specification 5.10, 9.2 and 9.4 to 9.8: the
 * function FUNCTION has PASID 45h, which leads to a first stage, a second stage, both or none; requests without PASID
 * have PASID 46h, whose entry is likewise. Both map IOVA and no other page, the second stage also the tables.
 */
#ifndef TESTS_VTD_SCALABLE_BENCH_H
#define TESTS_VTD_SCALABLE_BENCH_H

#include "vtd_test.h"

/*
 * 11.4.3: SMS, RPS, SMPWCS, FSTS, SSTS, SSADS, SMTS, PDS, PASID, PSS of 19 bits, NWFS, SRS, PRS, NEST, IRO Fh, SC, PT,
 * DT, QI, C.
 */
#define ECAP_PAGES UINT64_C(0x0403ed92a4000fc7)
#define ECAP_DIT   (UINT64_C(1) << 41)
#define ECAP_NWFS  (UINT64_C(1) << 33)
#define ECAP_PRS   (UINT64_C(1) << 29)
#define ECAP_PDS   (UINT64_C(1) << 42)

#define LOWER     UINT64_C(0x201000)
#define DIRECTORY UINT64_C(0x202000)
#define PASIDS    UINT64_C(0x204000)
#define FIRST     UINT64_C(0x300000) /* four tables of the first stage */
#define SECOND    UINT64_C(0x310000) /* four tables of the second stage, and one for IOVA */
#define IOVA      UINT64_C(0x0000123456789000)
#define LOW_IOVA  UINT64_C(0x12345000) /* what the second stage alone maps */
#define PAGE_PA   UINT64_C(0x150000)
#define FUNCTION  0x0008u
#define PASID     0x45u
#define RID_PASID 0x46u
#define NONE      UINT32_MAX

#define SM_ROOT    ROOT_TABLE
#define SM_CONTEXT (LOWER + FUNCTION * 32)
/* 9.4: P, DTE, PASIDE, PRE. */
#define CONTEXT_ALL UINT64_C(0x1d)

enum { PGTT_FIRST = 1, PGTT_SECOND, PGTT_NESTED, PGTT_PASS };

uint64_t pasid_entry(uint32_t pasid);
/* Entries that lead to the page of IOVA in the first stage, of LOW_IOVA in the second. */
uint64_t first_entry(unsigned level);
uint64_t second_entry(unsigned level);

/* Translation on; `ecap` 0: ECAP_PAGES. */
void scalable_setup(struct bench *bench, unsigned pgtt, uint64_t ecap, bool caches);
void scalable_setup_with(struct bench *bench, unsigned pgtt, const struct iommu_config *config);
/* The invalidation queue, of 256-bit descriptors; a descriptor with its two words that are not 0. */
void scalable_queue_on(struct bench *bench);
void scalable_submit(struct bench *bench, uint64_t word0, uint64_t word1);

#endif
