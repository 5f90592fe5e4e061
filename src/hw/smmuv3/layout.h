/* SPDX-License-Identifier: MIT */
/*
 * Arm SMMUv3, IHI 0070 G.b (and the translation-table descriptors of DDI 0487): where things lie. The configuration
 * structures and descriptors are here, registers in layout_registers.h, commands and events in layout_queues.h; that
 * is the only thing that the driver and the engine share.
 *
 * Each list is an X-macro for base/field.h: one row a field (prefix, NAME, word, high bit, low bit, section). Words are
 * 64 bits; bit 70 of the specification is bit 6 of word 1. What no row names is reserved or belongs to a feature that
 * the identification registers of this engine never report; hardware ignores it either way (5.2, 5.4).
 */
#ifndef IOSIM_HW_SMMUV3_LAYOUT_H
#define IOSIM_HW_SMMUV3_LAYOUT_H

#include "base/field.h"
#include "hw/smmuv3/layout_queues.h"
#include "hw/smmuv3/layout_registers.h"

/* bytes */
enum {
	SMMU_STE_BYTES = 64,
	SMMU_CD_BYTES = 64,
	SMMU_L1_BYTES = 8, /* L1STD, L1CD */
	SMMU_COMMAND_BYTES = 16,
	SMMU_EVENT_BYTES = 32,
	SMMU_PRI_BYTES = 16,
};

/* Level 1 descriptors of a stream table and of a table of context descriptors. */
#define SMMU_L1STD_FIELDS(X)                  \
	X(SMMU_L1STD, L2PTR, 0, 55, 6, "5.1") \
	X(SMMU_L1STD, SPAN, 0, 4, 0, "5.1")

#define SMMU_L1CD_FIELDS(X)                   \
	X(SMMU_L1CD, L2PTR, 0, 55, 12, "5.3") \
	X(SMMU_L1CD, V, 0, 0, 0, "5.3")

/* Stream table entry, 64 bytes. */
#define SMMU_STE_FIELDS(X)                         \
	X(SMMU_STE, V, 0, 0, 0, "5.2")             \
	X(SMMU_STE, CONFIG, 0, 3, 1, "5.2")        \
	X(SMMU_STE, S1FMT, 0, 5, 4, "5.2")         \
	X(SMMU_STE, S1CONTEXTPTR, 0, 55, 6, "5.2") \
	X(SMMU_STE, S1CDMAX, 0, 63, 59, "5.2")     \
	X(SMMU_STE, S1DSS, 1, 1, 0, "5.2")         \
	X(SMMU_STE, S1CIR, 1, 3, 2, "5.2")         \
	X(SMMU_STE, S1COR, 1, 5, 4, "5.2")         \
	X(SMMU_STE, S1CSH, 1, 7, 6, "5.2")         \
	X(SMMU_STE, DRE, 1, 12, 12, "5.2")         \
	X(SMMU_STE, CONT, 1, 16, 13, "5.2")        \
	X(SMMU_STE, DCP, 1, 17, 17, "5.2")         \
	X(SMMU_STE, PPAR, 1, 18, 18, "5.2")        \
	X(SMMU_STE, MEV, 1, 19, 19, "5.2")         \
	X(SMMU_STE, IGNORED84, 1, 23, 20, "5.2")   \
	X(SMMU_STE, S2FWB, 1, 25, 25, "5.2")       \
	X(SMMU_STE, S1MPAM, 1, 26, 26, "5.2")      \
	X(SMMU_STE, S1STALLD, 1, 27, 27, "5.2")    \
	X(SMMU_STE, EATS, 1, 29, 28, "5.2")        \
	X(SMMU_STE, STRW, 1, 31, 30, "5.2")        \
	X(SMMU_STE, MEMATTR, 1, 35, 32, "5.2")     \
	X(SMMU_STE, MTCFG, 1, 36, 36, "5.2")       \
	X(SMMU_STE, ALLOCCFG, 1, 40, 37, "5.2")    \
	X(SMMU_STE, SHCFG, 1, 45, 44, "5.2")       \
	X(SMMU_STE, NSCFG, 1, 47, 46, "5.2")       \
	X(SMMU_STE, PRIVCFG, 1, 49, 48, "5.2")     \
	X(SMMU_STE, INSTCFG, 1, 51, 50, "5.2")     \
	X(SMMU_STE, IGNORED116, 1, 63, 52, "5.2")  \
	X(SMMU_STE, S2VMID, 2, 15, 0, "5.2")       \
	X(SMMU_STE, IGNORED144, 2, 31, 16, "5.2")  \
	X(SMMU_STE, S2T0SZ, 2, 37, 32, "5.2")      \
	X(SMMU_STE, S2SL0, 2, 39, 38, "5.2")       \
	X(SMMU_STE, S2IR0, 2, 41, 40, "5.2")       \
	X(SMMU_STE, S2OR0, 2, 43, 42, "5.2")       \
	X(SMMU_STE, S2SH0, 2, 45, 44, "5.2")       \
	X(SMMU_STE, S2TG, 2, 47, 46, "5.2")        \
	X(SMMU_STE, S2PS, 2, 50, 48, "5.2")        \
	X(SMMU_STE, S2AA64, 2, 51, 51, "5.2")      \
	X(SMMU_STE, S2ENDI, 2, 52, 52, "5.2")      \
	X(SMMU_STE, S2AFFD, 2, 53, 53, "5.2")      \
	X(SMMU_STE, S2PTW, 2, 54, 54, "5.2")       \
	X(SMMU_STE, S2HD, 2, 55, 55, "5.2")        \
	X(SMMU_STE, S2HA, 2, 56, 56, "5.2")        \
	X(SMMU_STE, S2S, 2, 57, 57, "5.2")         \
	X(SMMU_STE, S2R, 2, 58, 58, "5.2")         \
	X(SMMU_STE, S2SL0_2, 3, 2, 2, "5.2")       \
	X(SMMU_STE, S2DS, 3, 3, 3, "5.2")          \
	X(SMMU_STE, S2TTB, 3, 55, 4, "5.2")

/* 5.2 Config; values below 4 abort */
enum smmu_ste_config {
	SMMU_CONFIG_ABORT = 0,
	SMMU_CONFIG_BYPASS = 4,
	SMMU_CONFIG_S1 = 5,
	SMMU_CONFIG_S2 = 6,
	SMMU_CONFIG_NESTED = 7,
};

enum smmu_s1fmt { SMMU_S1FMT_LINEAR = 0, SMMU_S1FMT_4K_L2 = 1, SMMU_S1FMT_64K_L2 = 2 };
enum smmu_s1dss { SMMU_S1DSS_TERMINATE = 0, SMMU_S1DSS_BYPASS = 1, SMMU_S1DSS_SSID0 = 2 };
enum smmu_eats { SMMU_EATS_NONE = 0, SMMU_EATS_FULL = 1, SMMU_EATS_SPLIT = 2, SMMU_EATS_DPT = 3 };
enum smmu_strw { SMMU_STRW_NSEL1 = 0, SMMU_STRW_NSEL2 = 2 };
enum smmu_override { SMMU_OVERRIDE_NONE = 0, SMMU_OVERRIDE_LOW = 2, SMMU_OVERRIDE_HIGH = 3 }; /* PRIVCFG, INSTCFG */
enum smmu_s2tg { SMMU_S2TG_4K = 0, SMMU_S2TG_64K = 1, SMMU_S2TG_16K = 2 };                    /* 5.2 S2TG, 5.4 TG0 */
enum smmu_tg1 { SMMU_TG1_16K = 1, SMMU_TG1_4K = 2, SMMU_TG1_64K = 3 };                        /* 5.4 TG1 */

/* Context descriptor, 64 bytes. */
#define SMMU_CD_FIELDS(X)                    \
	X(SMMU_CD, T0SZ, 0, 5, 0, "5.4")     \
	X(SMMU_CD, TG0, 0, 7, 6, "5.4")      \
	X(SMMU_CD, IR0, 0, 9, 8, "5.4")      \
	X(SMMU_CD, OR0, 0, 11, 10, "5.4")    \
	X(SMMU_CD, SH0, 0, 13, 12, "5.4")    \
	X(SMMU_CD, EPD0, 0, 14, 14, "5.4")   \
	X(SMMU_CD, ENDI, 0, 15, 15, "5.4")   \
	X(SMMU_CD, T1SZ, 0, 21, 16, "5.4")   \
	X(SMMU_CD, TG1, 0, 23, 22, "5.4")    \
	X(SMMU_CD, IR1, 0, 25, 24, "5.4")    \
	X(SMMU_CD, OR1, 0, 27, 26, "5.4")    \
	X(SMMU_CD, SH1, 0, 29, 28, "5.4")    \
	X(SMMU_CD, EPD1, 0, 30, 30, "5.4")   \
	X(SMMU_CD, V, 0, 31, 31, "5.4")      \
	X(SMMU_CD, IPS, 0, 34, 32, "5.4")    \
	X(SMMU_CD, AFFD, 0, 35, 35, "5.4")   \
	X(SMMU_CD, WXN, 0, 36, 36, "5.4")    \
	X(SMMU_CD, UWXN, 0, 37, 37, "5.4")   \
	X(SMMU_CD, TBI0, 0, 38, 38, "5.4")   \
	X(SMMU_CD, TBI1, 0, 39, 39, "5.4")   \
	X(SMMU_CD, PAN, 0, 40, 40, "5.4")    \
	X(SMMU_CD, AA64, 0, 41, 41, "5.4")   \
	X(SMMU_CD, HD, 0, 42, 42, "5.4")     \
	X(SMMU_CD, HA, 0, 43, 43, "5.4")     \
	X(SMMU_CD, S, 0, 44, 44, "5.4")      \
	X(SMMU_CD, R, 0, 45, 45, "5.4")      \
	X(SMMU_CD, A, 0, 46, 46, "5.4")      \
	X(SMMU_CD, ASET, 0, 47, 47, "5.4")   \
	X(SMMU_CD, ASID, 0, 63, 48, "5.4")   \
	X(SMMU_CD, NSCFG0, 1, 0, 0, "5.4")   \
	X(SMMU_CD, HAD0, 1, 1, 1, "5.4")     \
	X(SMMU_CD, E0PD0, 1, 2, 2, "5.4")    \
	X(SMMU_CD, HAFT, 1, 3, 3, "5.4")     \
	X(SMMU_CD, TTB0, 1, 55, 4, "5.4")    \
	X(SMMU_CD, HWU059, 1, 60, 60, "5.4") \
	X(SMMU_CD, HWU060, 1, 61, 61, "5.4") \
	X(SMMU_CD, HWU061, 1, 62, 62, "5.4") \
	X(SMMU_CD, HWU062, 1, 63, 63, "5.4") \
	X(SMMU_CD, NSCFG1, 2, 0, 0, "5.4")   \
	X(SMMU_CD, HAD1, 2, 1, 1, "5.4")     \
	X(SMMU_CD, E0PD1, 2, 2, 2, "5.4")    \
	X(SMMU_CD, TTB1, 2, 55, 4, "5.4")    \
	X(SMMU_CD, HWU159, 2, 60, 60, "5.4") \
	X(SMMU_CD, HWU160, 2, 61, 61, "5.4") \
	X(SMMU_CD, HWU161, 2, 62, 62, "5.4") \
	X(SMMU_CD, HWU162, 2, 63, 63, "5.4") \
	X(SMMU_CD, MAIR0, 3, 31, 0, "5.4")   \
	X(SMMU_CD, MAIR1, 3, 63, 32, "5.4")  \
	X(SMMU_CD, AMAIR0, 4, 31, 0, "5.4")  \
	X(SMMU_CD, AMAIR1, 4, 63, 32, "5.4") \
	X(SMMU_CD, IGNORED320, 5, 31, 0, "5.4")

/* Translation-table descriptors of VMSAv8-64: those that reference a table, and those that map a block or a page. */
#define SMMU_S1TABLE_FIELDS(X)                                   \
	X(SMMU_S1TABLE, NSTABLE, 0, 63, 63, "DDI 0487 D8.3.1")   \
	X(SMMU_S1TABLE, APTABLE, 0, 62, 61, "DDI 0487 D8.3.1")   \
	X(SMMU_S1TABLE, UXNTABLE, 0, 60, 60, "DDI 0487 D8.3.1")  \
	X(SMMU_S1TABLE, PXNTABLE, 0, 59, 59, "DDI 0487 D8.3.1")  \
	X(SMMU_S1TABLE, IGNORED51, 0, 58, 51, "DDI 0487 D8.3.1") \
	X(SMMU_S1TABLE, ADDR, 0, 47, 12, "DDI 0487 D8.3.1")      \
	X(SMMU_S1TABLE, IGNORED2, 0, 11, 2, "DDI 0487 D8.3.1")   \
	X(SMMU_S1TABLE, TYPE, 0, 1, 1, "DDI 0487 D8.3.1")        \
	X(SMMU_S1TABLE, VALID, 0, 0, 0, "DDI 0487 D8.3.1")

#define SMMU_S1PAGE_FIELDS(X)                                   \
	X(SMMU_S1PAGE, IGNORED59, 0, 63, 59, "DDI 0487 D8.3.1") \
	X(SMMU_S1PAGE, IGNORED55, 0, 58, 55, "DDI 0487 D8.3.1") \
	X(SMMU_S1PAGE, UXN, 0, 54, 54, "DDI 0487 D8.3.1")       \
	X(SMMU_S1PAGE, PXN, 0, 53, 53, "DDI 0487 D8.3.1")       \
	X(SMMU_S1PAGE, CONT, 0, 52, 52, "DDI 0487 D8.3.1")      \
	X(SMMU_S1PAGE, DBM, 0, 51, 51, "DDI 0487 D8.3.1")       \
	X(SMMU_S1PAGE, ADDR, 0, 47, 12, "DDI 0487 D8.3.1")      \
	X(SMMU_S1PAGE, NG, 0, 11, 11, "DDI 0487 D8.3.1")        \
	X(SMMU_S1PAGE, AF, 0, 10, 10, "DDI 0487 D8.3.1")        \
	X(SMMU_S1PAGE, SH, 0, 9, 8, "DDI 0487 D8.3.1")          \
	X(SMMU_S1PAGE, AP, 0, 7, 6, "DDI 0487 D8.3.1")          \
	X(SMMU_S1PAGE, NS, 0, 5, 5, "DDI 0487 D8.3.1")          \
	X(SMMU_S1PAGE, ATTRINDX, 0, 4, 2, "DDI 0487 D8.3.1")    \
	X(SMMU_S1PAGE, TYPE, 0, 1, 1, "DDI 0487 D8.3.1")        \
	X(SMMU_S1PAGE, VALID, 0, 0, 0, "DDI 0487 D8.3.1")

#define SMMU_S2TABLE_FIELDS(X)                                   \
	X(SMMU_S2TABLE, IGNORED51, 0, 63, 51, "DDI 0487 D8.3.1") \
	X(SMMU_S2TABLE, ADDR, 0, 47, 12, "DDI 0487 D8.3.1")      \
	X(SMMU_S2TABLE, IGNORED2, 0, 11, 2, "DDI 0487 D8.3.1")   \
	X(SMMU_S2TABLE, TYPE, 0, 1, 1, "DDI 0487 D8.3.1")        \
	X(SMMU_S2TABLE, VALID, 0, 0, 0, "DDI 0487 D8.3.1")

#define SMMU_S2PAGE_FIELDS(X)                                   \
	X(SMMU_S2PAGE, IGNORED59, 0, 63, 59, "DDI 0487 D8.3.1") \
	X(SMMU_S2PAGE, IGNORED56, 0, 58, 56, "DDI 0487 D8.3.1") \
	X(SMMU_S2PAGE, NS, 0, 55, 55, "DDI 0487 D8.3.1")        \
	X(SMMU_S2PAGE, XN, 0, 54, 53, "DDI 0487 D8.3.1")        \
	X(SMMU_S2PAGE, CONT, 0, 52, 52, "DDI 0487 D8.3.1")      \
	X(SMMU_S2PAGE, DBM, 0, 51, 51, "DDI 0487 D8.3.1")       \
	X(SMMU_S2PAGE, ADDR, 0, 47, 12, "DDI 0487 D8.3.1")      \
	X(SMMU_S2PAGE, AF, 0, 10, 10, "DDI 0487 D8.3.1")        \
	X(SMMU_S2PAGE, SH, 0, 9, 8, "DDI 0487 D8.3.1")          \
	X(SMMU_S2PAGE, S2AP, 0, 7, 6, "DDI 0487 D8.3.1")        \
	X(SMMU_S2PAGE, MEMATTR, 0, 5, 2, "DDI 0487 D8.3.1")     \
	X(SMMU_S2PAGE, TYPE, 0, 1, 1, "DDI 0487 D8.3.1")        \
	X(SMMU_S2PAGE, VALID, 0, 0, 0, "DDI 0487 D8.3.1")

FIELD_DEFINE(SMMU_L1STD_FIELDS)
FIELD_DEFINE(SMMU_L1CD_FIELDS)
FIELD_DEFINE(SMMU_STE_FIELDS)
FIELD_DEFINE(SMMU_CD_FIELDS)
FIELD_DEFINE(SMMU_S1TABLE_FIELDS)
FIELD_DEFINE(SMMU_S1PAGE_FIELDS)
FIELD_DEFINE(SMMU_S2TABLE_FIELDS)
FIELD_DEFINE(SMMU_S2PAGE_FIELDS)

#endif
