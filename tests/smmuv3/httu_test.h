/* SPDX-License-Identifier: MIT */
/* The bench of ats_test.h with HTTU: descriptors that lack flags, and where they lie. Numbers are the specifications'.
 */
#ifndef TESTS_SMMUV3_HTTU_TEST_H
#define TESTS_SMMUV3_HTTU_TEST_H

#include "ats_test.h"

#define VA    UINT64_C(0x5000)
#define FRAME UINT64_C(0x700000) /* of stage 1, or the IPA */
#define PAGE2 UINT64_C(0x800000) /* of stage 2 */
#define LEAF1 (TABLE1 + 0x2000 + 8 * (VA >> 12))
#define LEAF2 (TABLE2 + 0x2000 + 8 * (FRAME >> 12 & 511))
/* The leaves of stage 2 for the pages that LEAF1, the table above it, and the CD lie in. */
#define BEHIND_LEAF1 (TABLE2 + 0x2000 + 8 * ((TABLE1 + 0x2000) >> 12 & 511))
#define BEHIND_TABLE (TABLE2 + 0x2000 + 8 * ((TABLE1 + 0x1000) >> 12 & 511))
#define BEHIND_CD    (TABLE2 + 0x2000 + 8 * (CD >> 12 & 511))

#define BEHIND (TABLE1 + 0x2000)

#define HTTU_ACCESS UINT64_C(0x40) /* IDR0[7:6] */
#define HTTU_DIRTY  UINT64_C(0x80)
#define HTTU_TABLES UINT64_C(0xc0)

#define HA      (UINT64_C(1) << 43) /* CD word 0 */
#define HD      (UINT64_C(1) << 42)
#define AFFD    (UINT64_C(1) << 35)
#define WXN     (UINT64_C(1) << 36)
#define S2HA    (UINT64_C(1) << 56) /* STE word 2 */
#define S2HD    (UINT64_C(1) << 55)
#define S2PTW   (UINT64_C(1) << 54)
#define S2AFFD  (UINT64_C(1) << 53)
#define DBM     (UINT64_C(1) << 51)
#define AF      UINT64_C(0x400)
#define AP_RO   UINT64_C(0x80)
#define S2_W    UINT64_C(0x80)
#define DIRTY1  (FRAME | S1_PAGE) /* all may read and write */
#define READ1   (DIRTY1 | AP_RO)
#define CLEAN1  (READ1 | DBM)
#define DIRTY2  (PAGE2 | S2_PAGE)
#define READ2   (DIRTY2 & ~S2_W)
#define CLEAN2  (READ2 | DBM)
#define APTABLE (UINT64_C(1) << 62) /* of a table descriptor: nothing below may be written */

#define S1     (STE_S1 | CD)
#define S2     STE_S2
#define NESTED (STE_NESTED | CD)
#define R      REQUEST_READ
#define W      REQUEST_WRITE
#define A      REQUEST_ATOMIC
#define TO     0 /* no event: it goes on */

#define CFG_S2      UINT64_C(0x4)
#define EVENT_CLASS 40

static inline void set_up(struct ats_bench *bench, uint64_t idr0, uint64_t ste0, uint64_t cd, uint64_t ste2)
{
	struct ats_ids ids = IDS_ATS;

	ids.idr0 |= idr0;
	ats_setup(bench, ids);
	bench_ste(&bench->unit, SID, ste0, EATS_FULL, ste0 & CFG_S2 ? STE_WORD2 | ste2 : 0, ste0 & CFG_S2 ? TABLE2 : 0);
	bench_cd(&bench->unit, CD, CD_WORD | UINT64_C(7) << 48 | cd, TABLE1);
	ats_map_structures(bench);
	bench_map1(&bench->unit, VA, DIRTY1);
	bench_map2(&bench->unit, FRAME, DIRTY2);
}

static inline uint64_t word_at(struct ats_bench *bench, uint64_t pa)
{
	uint64_t word;

	assert_true(memory_read64(bench->unit.memory, pa, &word));
	return word;
}

#endif
