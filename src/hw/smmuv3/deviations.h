/* SPDX-License-Identifier: MIT */
/*
 * Where QEMU's emulated SMMUv3 (10.2) answers otherwise than IHI 0070 G.b has it: one row a deviation, with the section
 * that it deviates from. A unit made with `compat_qemu` has them all.
 */
#ifndef IOSIM_HW_SMMUV3_DEVIATIONS_H
#define IOSIM_HW_SMMUV3_DEVIATIONS_H

#include <stdint.h>

/* NAME, section, what happens instead. */
#define SMMU_DEVIATIONS(X)                                                                          \
	X(GBPA_OAS, "3.4", "disabled: the address is not checked against the OAS")                  \
	X(BYPASS_OAS, "3.4", "bypass: the address is not checked against the OAS")                  \
	X(S2ONLY_IAS, "3.4", "stage 2 only: an address beyond the IAS is not recorded")             \
	X(RECINVSID, "6.3.12", "C_BAD_STREAMID is recorded whatever CR2.RECINVSID says")            \
	X(L1STD_SPAN, "5.1", "a span is twice as long, never too long, and too short is C_BAD_STE") \
	X(STRTAB_ALIGN, "6.3.24", "the stream table is aligned to half its size")                   \
	X(L2PTR_ALIGN, "5.1", "L1STD.L2Ptr is not aligned to the level 2 array")                    \
	X(S1CDMAX, "5.2", "S1CDMax that is not 0 is C_BAD_STE")                                     \
	X(S1STALLD_S2, "5.2", "S1STALLD is C_BAD_STE for stage 2 only too")                         \
	X(S2HAHD, "5.2", "S2HA and S2HD are ignored")                                               \
	X(S2SL0_HIGH, "5.2", "a start level that resolves no IPA bits is accepted")                 \
	X(S2T0SZ_PS, "5.2", "the least S2T0SZ follows from S2PS")                                   \
	X(S2_CONCAT, "DDI 0487 D8.2", "the base loses the bits that select a concatenated table")   \
	X(S1CTXPTR_OAS, "3.4.3", "S1ContextPtr beyond the OAS is fetched")                          \
	X(CD_FETCH_FIELD, "7.3.10", "F_CD_FETCH has its address in the place of InputAddr")         \
	X(RNW_CONFIG_FETCH, "7.3", "RnW is 1 where a CD or a table base meets a stage 2 fault")     \
	X(TT_IPA, "7.3.13", "CLASS TT: the IPA is that of the table")                               \
	X(TT_S2_BIT, "7.3.13", "CLASS TT below the start level: S2 is 0, recorded as CD.R says")    \
	X(TTB_EAGER, "7.3.22", "both table bases go through stage 2 when the CD is read")           \
	X(S1TAB_GT_S2PAGE, "3.4.3", "a table is contiguous from where its base is translated to")   \
	X(TBI1, "5.4", "TBI1 is read from TBI0")                                                    \
	X(AP1, "13.7", "every access is privileged")                                                \
	X(APTABLE_TLB, "DDI 0487 D8.4", "a cached translation forgets APTable")                     \
	X(BLOCK_LEVEL, "DDI 0487 D8.3", "a block is accepted at every level")                       \
	X(TABLE_ADDR_SIZE, "5.4", "addresses of next tables are not checked for their size")        \
	X(PRIO_ADDR_SIZE, "7.3.22", "access flag and permission faults come before address size")   \
	X(WO_READ_CACHED, "7.3.16", "a read that hits a write-only translation is not recorded")    \
	X(TLB_PERM_IPA, "7.3.16", "a permission fault of a cached translation has no IPA")          \
	X(TLB_PERM_S2ONLY, "7.3.16", "stage 2 only: a cached translation without rights is silent") \
	X(EVTQ_OVERFLOW, "7.4", "a full event queue raises EVENTQ_ABT_ERR")                         \
	X(CMD_NO_ILL, "4.1.3", "commands of features that are absent are consumed")                 \
	X(STRTAB_FMT_STICKY, "6.3.25", "a stream table that had two levels once keeps them")        \
	X(NEVER_GLOBAL, "3.17.1", "a cached translation is never global")

#define SMMU_DEVIATION_NUMBER(name, section, text) SMMU_DEVIATION_##name,
enum smmu_deviation { SMMU_DEVIATIONS(SMMU_DEVIATION_NUMBER) SMMU_DEVIATION_COUNT };

#define SMMU_DEVIATES_ALL ((UINT64_C(1) << SMMU_DEVIATION_COUNT) - 1)

/* What QEMU does right and some units do wrong: bits of the same set, without a name. */
#define SMMU_QUIRK_FLAGS_IGNORE_READ_ONLY    (UINT64_C(1) << 62) /* those of stage 1 need no write of stage 2 */
#define SMMU_QUIRK_STRUCTURES_NOT_TRANSLATED (UINT64_C(1) << 63) /* stage 1's are not sent through 2 */

/* The bit of a name, "GBPA_OAS"; 0: there is none. */
uint64_t smmu_deviation_named(const char *name);
const char *smmu_deviation_name(enum smmu_deviation deviation);

#endif
