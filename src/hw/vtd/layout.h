/* SPDX-License-Identifier: MIT */
/*
 * Intel VT-d, specification revision 5.10: where things lie. Registers, the fields of registers, table entries and
 * queue descriptors, and the fault reasons; the only thing that the driver and the engine share.
 *
 * Each list is an X-macro for base/field.h: one row a field (prefix, NAME, word, high bit, low bit, section). A row
 * named IGNORED* is a field that hardware ignores; what no row names is reserved. Rows that depend on a capability are
 * listed as if it were there: whoever checks reserved bits adds them back where the capability is missing.
 */
#ifndef IOSIM_HW_VTD_LAYOUT_H
#define IOSIM_HW_VTD_LAYOUT_H

#include "base/field.h"
#include "hw/vtd/layout_interrupt.h"
#include "hw/vtd/layout_scalable.h"

/* Registers: name, offset, width in bits, section. IVA, IOTLB and FRCD lie where ECAP.IRO and CAP.FRO say. */
#define VTD_REGISTERS(X)                   \
	X(VER, 0x000, 32, "11.4.1")        \
	X(CAP, 0x008, 64, "11.4.2")        \
	X(ECAP, 0x010, 64, "11.4.3")       \
	X(GCMD, 0x018, 32, "11.4.4.1")     \
	X(GSTS, 0x01c, 32, "11.4.4.2")     \
	X(RTADDR, 0x020, 64, "11.4.5")     \
	X(CCMD, 0x028, 64, "11.4.6.1")     \
	X(FSTS, 0x034, 32, "11.4.7.1")     \
	X(FECTL, 0x038, 32, "11.4.7.2")    \
	X(FEDATA, 0x03c, 32, "11.4.7.3")   \
	X(FEADDR, 0x040, 32, "11.4.7.4")   \
	X(FEUADDR, 0x044, 32, "11.4.7.5")  \
	X(PMEN, 0x064, 32, "11.4.8.1")     \
	X(PLMBASE, 0x068, 32, "11.4.8.2")  \
	X(PLMLIMIT, 0x06c, 32, "11.4.8.3") \
	X(PHMBASE, 0x070, 64, "11.4.8.4")  \
	X(PHMLIMIT, 0x078, 64, "11.4.8.5") \
	X(IQH, 0x080, 64, "11.4.9.1")      \
	X(IQT, 0x088, 64, "11.4.9.2")      \
	X(IQA, 0x090, 64, "11.4.9.3")      \
	X(ICS, 0x09c, 32, "11.4.9.4")      \
	X(IECTL, 0x0a0, 32, "11.4.9.5")    \
	X(IEDATA, 0x0a4, 32, "11.4.9.6")   \
	X(IEADDR, 0x0a8, 32, "11.4.9.7")   \
	X(IEUADDR, 0x0ac, 32, "11.4.9.8")  \
	X(IQERCD, 0x0b0, 64, "11.4.9.9")   \
	X(IRTA, 0x0b8, 64, "11.4.10")      \
	X(PQH, 0x0c0, 64, "11.4.11.1")     \
	X(PQT, 0x0c8, 64, "11.4.11.2")     \
	X(PQA, 0x0d0, 64, "11.4.11.3")     \
	X(PRS, 0x0dc, 32, "11.4.11.4")     \
	X(PECTL, 0x0e0, 32, "11.4.11.5")   \
	X(PEDATA, 0x0e4, 32, "11.4.11.6")  \
	X(PEADDR, 0x0e8, 32, "11.4.11.7")  \
	X(PEUADDR, 0x0ec, 32, "11.4.11.8")

#define VTD_REGISTER_OFFSET(name, offset, width, section) VTD_REG_##name = (offset),
enum vtd_register_offset { VTD_REGISTERS(VTD_REGISTER_OFFSET) };

/* Relative to 16 * ECAP.IRO and 16 * CAP.FRO. */
enum {
	VTD_REG_IVA_FROM_IRO = 0,   /* 11.4.6.4 */
	VTD_REG_IOTLB_FROM_IRO = 8, /* 11.4.6.3 */
	VTD_FRCD_BYTES = 16,        /* 11.4.7.6 */
	VTD_OFFSET_UNIT_BYTES = 16, /* of IRO and FRO */
	VTD_REGISTER_PAGE_BYTES = 4096,
};

#define VTD_VER_FIELDS(X)                  \
	X(VTD_VER, MAX, 0, 7, 4, "11.4.1") \
	X(VTD_VER, MIN, 0, 3, 0, "11.4.1")

#define VTD_CAP_FIELDS(X)                        \
	X(VTD_CAP, ESRTPS, 0, 63, 63, "11.4.2")  \
	X(VTD_CAP, ESIRTPS, 0, 62, 62, "11.4.2") \
	X(VTD_CAP, ECMDS, 0, 61, 61, "11.4.2")   \
	X(VTD_CAP, FS5LP, 0, 60, 60, "11.4.2")   \
	X(VTD_CAP, PI, 0, 59, 59, "11.4.2")      \
	X(VTD_CAP, FS1GP, 0, 56, 56, "11.4.2")   \
	X(VTD_CAP, DRD, 0, 55, 55, "11.4.2")     \
	X(VTD_CAP, DWD, 0, 54, 54, "11.4.2")     \
	X(VTD_CAP, MAMV, 0, 53, 48, "11.4.2")    \
	X(VTD_CAP, NFR, 0, 47, 40, "11.4.2")     \
	X(VTD_CAP, PSI, 0, 39, 39, "11.4.2")     \
	X(VTD_CAP, SSLPS, 0, 37, 34, "11.4.2")   \
	X(VTD_CAP, FRO, 0, 33, 24, "11.4.2")     \
	X(VTD_CAP, ZLR, 0, 22, 22, "11.4.2")     \
	X(VTD_CAP, MGAW, 0, 21, 16, "11.4.2")    \
	X(VTD_CAP, SAGAW, 0, 12, 8, "11.4.2")    \
	X(VTD_CAP, CM, 0, 7, 7, "11.4.2")        \
	X(VTD_CAP, PHMR, 0, 6, 6, "11.4.2")      \
	X(VTD_CAP, PLMR, 0, 5, 5, "11.4.2")      \
	X(VTD_CAP, RWBF, 0, 4, 4, "11.4.2")      \
	X(VTD_CAP, ND, 0, 2, 0, "11.4.2")

#define VTD_ECAP_FIELDS(X)                        \
	X(VTD_ECAP, IRREQ, 0, 62, 62, "11.4.3")   \
	X(VTD_ECAP, EIMER, 0, 61, 61, "11.4.3")   \
	X(VTD_ECAP, RDTS, 0, 60, 60, "11.4.3")    \
	X(VTD_ECAP, HPT1GPS, 0, 59, 59, "11.4.3") \
	X(VTD_ECAP, SMS, 0, 58, 58, "11.4.3")     \
	X(VTD_ECAP, SSIRWS, 0, 57, 57, "11.4.3")  \
	X(VTD_ECAP, PTRS, 0, 56, 56, "11.4.3")    \
	X(VTD_ECAP, HPTS, 0, 55, 55, "11.4.3")    \
	X(VTD_ECAP, RPRIVS, 0, 53, 53, "11.4.3")  \
	X(VTD_ECAP, ADMS, 0, 52, 52, "11.4.3")    \
	X(VTD_ECAP, PMS, 0, 51, 51, "11.4.3")     \
	X(VTD_ECAP, TDXCS, 0, 50, 50, "11.4.3")   \
	X(VTD_ECAP, RPS, 0, 49, 49, "11.4.3")     \
	X(VTD_ECAP, SMPWCS, 0, 48, 48, "11.4.3")  \
	X(VTD_ECAP, FSTS, 0, 47, 47, "11.4.3")    \
	X(VTD_ECAP, SSTS, 0, 46, 46, "11.4.3")    \
	X(VTD_ECAP, SSADS, 0, 45, 45, "11.4.3")   \
	X(VTD_ECAP, VCS, 0, 44, 44, "11.4.3")     \
	X(VTD_ECAP, SMTS, 0, 43, 43, "11.4.3")    \
	X(VTD_ECAP, PDS, 0, 42, 42, "11.4.3")     \
	X(VTD_ECAP, DIT, 0, 41, 41, "11.4.3")     \
	X(VTD_ECAP, PASID, 0, 40, 40, "11.4.3")   \
	X(VTD_ECAP, PSS, 0, 39, 35, "11.4.3")     \
	X(VTD_ECAP, EAFS, 0, 34, 34, "11.4.3")    \
	X(VTD_ECAP, NWFS, 0, 33, 33, "11.4.3")    \
	X(VTD_ECAP, SRS, 0, 31, 31, "11.4.3")     \
	X(VTD_ECAP, ERS, 0, 30, 30, "11.4.3")     \
	X(VTD_ECAP, PRS, 0, 29, 29, "11.4.3")     \
	X(VTD_ECAP, NEST, 0, 26, 26, "11.4.3")    \
	X(VTD_ECAP, MTS, 0, 25, 25, "11.4.3")     \
	X(VTD_ECAP, MHMV, 0, 23, 20, "11.4.3")    \
	X(VTD_ECAP, IRO, 0, 17, 8, "11.4.3")      \
	X(VTD_ECAP, SC, 0, 7, 7, "11.4.3")        \
	X(VTD_ECAP, PT, 0, 6, 6, "11.4.3")        \
	X(VTD_ECAP, EIM, 0, 4, 4, "11.4.3")       \
	X(VTD_ECAP, IR, 0, 3, 3, "11.4.3")        \
	X(VTD_ECAP, DT, 0, 2, 2, "11.4.3")        \
	X(VTD_ECAP, QI, 0, 1, 1, "11.4.3")        \
	X(VTD_ECAP, C, 0, 0, 0, "11.4.3")

#define VTD_GCMD_FIELDS(X)                        \
	X(VTD_GCMD, TE, 0, 31, 31, "11.4.4.1")    \
	X(VTD_GCMD, SRTP, 0, 30, 30, "11.4.4.1")  \
	X(VTD_GCMD, WBF, 0, 27, 27, "11.4.4.1")   \
	X(VTD_GCMD, QIE, 0, 26, 26, "11.4.4.1")   \
	X(VTD_GCMD, IRE, 0, 25, 25, "11.4.4.1")   \
	X(VTD_GCMD, SIRTP, 0, 24, 24, "11.4.4.1") \
	X(VTD_GCMD, CFI, 0, 23, 23, "11.4.4.1")

#define VTD_GSTS_FIELDS(X)                        \
	X(VTD_GSTS, TES, 0, 31, 31, "11.4.4.2")   \
	X(VTD_GSTS, RTPS, 0, 30, 30, "11.4.4.2")  \
	X(VTD_GSTS, WBFS, 0, 27, 27, "11.4.4.2")  \
	X(VTD_GSTS, QIES, 0, 26, 26, "11.4.4.2")  \
	X(VTD_GSTS, IRES, 0, 25, 25, "11.4.4.2")  \
	X(VTD_GSTS, IRTPS, 0, 24, 24, "11.4.4.2") \
	X(VTD_GSTS, CFIS, 0, 23, 23, "11.4.4.2")

#define VTD_RTADDR_FIELDS(X)                    \
	X(VTD_RTADDR, RTA, 0, 63, 12, "11.4.5") \
	X(VTD_RTADDR, TTM, 0, 11, 10, "11.4.5") \
	X(VTD_RTADDR, SSIRWE, 0, 7, 7, "11.4.5")

enum vtd_ttm { VTD_TTM_LEGACY = 0, VTD_TTM_SCALABLE = 1, VTD_TTM_RESERVED = 2, VTD_TTM_ABORT = 3 };

#define VTD_CCMD_FIELDS(X)                       \
	X(VTD_CCMD, ICC, 0, 63, 63, "11.4.6.1")  \
	X(VTD_CCMD, CIRG, 0, 62, 61, "11.4.6.1") \
	X(VTD_CCMD, CAIG, 0, 60, 59, "11.4.6.1") \
	X(VTD_CCMD, FM, 0, 33, 32, "11.4.6.1")   \
	X(VTD_CCMD, SID, 0, 31, 16, "11.4.6.1")  \
	X(VTD_CCMD, DID, 0, 15, 0, "11.4.6.1")

#define VTD_IOTLB_FIELDS(X)                       \
	X(VTD_IOTLB, IVT, 0, 63, 63, "11.4.6.3")  \
	X(VTD_IOTLB, IIRG, 0, 61, 60, "11.4.6.3") \
	X(VTD_IOTLB, IAIG, 0, 58, 57, "11.4.6.3") \
	X(VTD_IOTLB, DR, 0, 49, 49, "11.4.6.3")   \
	X(VTD_IOTLB, DW, 0, 48, 48, "11.4.6.3")   \
	X(VTD_IOTLB, DID, 0, 47, 32, "11.4.6.3")

#define VTD_IVA_FIELDS(X)                       \
	X(VTD_IVA, ADDR, 0, 63, 12, "11.4.6.4") \
	X(VTD_IVA, IH, 0, 6, 6, "11.4.6.4")     \
	X(VTD_IVA, AM, 0, 5, 0, "11.4.6.4")

/* CIRG, IIRG and G of the descriptors; as CAIG and IAIG the first means an error (6.5.2.1, 6.5.2.3). */
enum vtd_granularity {
	VTD_GRANULARITY_RESERVED = 0,
	VTD_GRANULARITY_GLOBAL = 1,
	VTD_GRANULARITY_DOMAIN = 2,
	VTD_GRANULARITY_SELECTIVE = 3, /* device-selective, page-selective-within-domain */
};

#define VTD_FSTS_FIELDS(X)                     \
	X(VTD_FSTS, FRI, 0, 15, 8, "11.4.7.1") \
	X(VTD_FSTS, ITE, 0, 6, 6, "11.4.7.1")  \
	X(VTD_FSTS, ICE, 0, 5, 5, "11.4.7.1")  \
	X(VTD_FSTS, IQE, 0, 4, 4, "11.4.7.1")  \
	X(VTD_FSTS, PPF, 0, 1, 1, "11.4.7.1")  \
	X(VTD_FSTS, PFO, 0, 0, 0, "11.4.7.1")

/* FECTL and IECTL (11.4.9.5) have the same form; so have the pairs of message data and address registers. */
#define VTD_ECTL_FIELDS(X)                     \
	X(VTD_ECTL, IM, 0, 31, 31, "11.4.7.2") \
	X(VTD_ECTL, IP, 0, 30, 30, "11.4.7.2")

#define VTD_EDATA_FIELDS(X)  X(VTD_EDATA, IMD, 0, 15, 0, "11.4.7.3")
#define VTD_EADDR_FIELDS(X)  X(VTD_EADDR, MA, 0, 31, 2, "11.4.7.4")
#define VTD_EUADDR_FIELDS(X) X(VTD_EUADDR, MUA, 0, 31, 0, "11.4.7.5")

/* Words 0 and 1 of a fault recording register. T1 and T2 are the two bits of the request's type. */
#define VTD_FRCD_FIELDS(X)                       \
	X(VTD_FRCD, FI, 0, 63, 12, "11.4.7.6")   \
	X(VTD_FRCD, F, 1, 63, 63, "11.4.7.6")    \
	X(VTD_FRCD, T1, 1, 62, 62, "11.4.7.6")   \
	X(VTD_FRCD, AT, 1, 61, 60, "11.4.7.6")   \
	X(VTD_FRCD, PV, 1, 59, 40, "11.4.7.6")   \
	X(VTD_FRCD, FR, 1, 39, 32, "11.4.7.6")   \
	X(VTD_FRCD, PP, 1, 31, 31, "11.4.7.6")   \
	X(VTD_FRCD, EXE, 1, 30, 30, "11.4.7.6")  \
	X(VTD_FRCD, PRIV, 1, 29, 29, "11.4.7.6") \
	X(VTD_FRCD, T2, 1, 28, 28, "11.4.7.6")   \
	X(VTD_FRCD, SID, 1, 15, 0, "11.4.7.6")

/* FI of the faults of interrupt requests. */
#define VTD_FRCD_INTERRUPT_FIELDS(X) X(VTD_FRCD_INTERRUPT, INDEX, 0, 63, 48, "11.4.7.6")

#define VTD_PMEN_FIELDS(X)                      \
	X(VTD_PMEN, EPM, 0, 31, 31, "11.4.8.1") \
	X(VTD_PMEN, PRS, 0, 0, 0, "11.4.8.1")

#define VTD_IQH_FIELDS(X) X(VTD_IQH, QH, 0, 18, 4, "11.4.9.1")
#define VTD_IQT_FIELDS(X) X(VTD_IQT, QT, 0, 18, 4, "11.4.9.2")

#define VTD_IQA_FIELDS(X)                      \
	X(VTD_IQA, IQA, 0, 63, 12, "11.4.9.3") \
	X(VTD_IQA, DW, 0, 11, 11, "11.4.9.3")  \
	X(VTD_IQA, QS, 0, 2, 0, "11.4.9.3")

#define VTD_ICS_FIELDS(X) X(VTD_ICS, IWC, 0, 0, 0, "11.4.9.4")

#define VTD_IQERCD_FIELDS(X)                         \
	X(VTD_IQERCD, ICESID, 0, 63, 48, "11.4.9.9") \
	X(VTD_IQERCD, ITESID, 0, 47, 32, "11.4.9.9") \
	X(VTD_IQERCD, IQEI, 0, 3, 0, "11.4.9.9")

enum vtd_iqei {                          /* 11.4.9.9 */
		VTD_IQEI_TAIL = 1,       /* the tail lies outside the queue */
		VTD_IQEI_FETCH = 2,      /* a descriptor could not be read */
		VTD_IQEI_TYPE = 3,       /* not a descriptor of this mode (table 26) */
		VTD_IQEI_RESERVED = 4,   /* a reserved field or value of a valid type */
		VTD_IQEI_WIDTH = 5,      /* IQA.DW does not fit the mode */
		VTD_IQEI_TAIL_ALIGN = 6, /* the tail is not a multiple of the descriptor */
		VTD_IQEI_TTM = 7,        /* RTADDR.TTM is not valid */
};

#define VTD_IRTA_FIELDS(X)                      \
	X(VTD_IRTA, IRTA, 0, 63, 12, "11.4.10") \
	X(VTD_IRTA, EIME, 0, 11, 11, "11.4.10") \
	X(VTD_IRTA, S, 0, 3, 0, "11.4.10")

/* Root entry, 16 bytes, one a bus. */
#define VTD_ROOT_FIELDS(X)                 \
	X(VTD_ROOT, CTP, 0, 63, 12, "9.1") \
	X(VTD_ROOT, P, 0, 0, 0, "9.1")

/* Context entry, 16 bytes, one a function. */
#define VTD_CONTEXT_FIELDS(X)                     \
	X(VTD_CONTEXT, SSPTPTR, 0, 63, 12, "9.3") \
	X(VTD_CONTEXT, TT, 0, 3, 2, "9.3")        \
	X(VTD_CONTEXT, FPD, 0, 1, 1, "9.3")       \
	X(VTD_CONTEXT, P, 0, 0, 0, "9.3")         \
	X(VTD_CONTEXT, DID, 1, 23, 8, "9.3")      \
	X(VTD_CONTEXT, IGNORED, 1, 6, 3, "9.3")   \
	X(VTD_CONTEXT, AW, 1, 2, 0, "9.3")

enum vtd_tt {                              /* 9.3 */
	      VTD_TT_SECOND_STAGE = 0,     /* untranslated requests only */
	      VTD_TT_SECOND_STAGE_ATS = 1, /* translation and translated requests too */
	      VTD_TT_PASS_THROUGH = 2,
	      VTD_TT_RESERVED = 3,
};

/* AW is the number of levels less 2, so is a bit of CAP.SAGAW. */
enum vtd_aw { VTD_AW_39 = 1, VTD_AW_48 = 2, VTD_AW_57 = 3 };

/* Second-stage entries: one that references a table (tables 41, 42, 44, 46), and one that maps a page of each size. */
#define VTD_SSTABLE_FIELDS(X)                       \
	X(VTD_SSTABLE, IGNORED63, 0, 63, 63, "9.8") \
	X(VTD_SSTABLE, IW, 0, 62, 62, "9.8")        \
	X(VTD_SSTABLE, IR, 0, 61, 61, "9.8")        \
	X(VTD_SSTABLE, IGNORED52, 0, 60, 52, "9.8") \
	X(VTD_SSTABLE, ADDR, 0, 51, 12, "9.8")      \
	X(VTD_SSTABLE, IGNORED9, 0, 10, 9, "9.8")   \
	X(VTD_SSTABLE, A, 0, 8, 8, "9.8")           \
	X(VTD_SSTABLE, PS, 0, 7, 7, "9.8")          \
	X(VTD_SSTABLE, IGNORED2, 0, 6, 2, "9.8")    \
	X(VTD_SSTABLE, W, 0, 1, 1, "9.8")           \
	X(VTD_SSTABLE, R, 0, 0, 0, "9.8")

#define VTD_SSPAGE_COMMON_FIELDS(X, prefix, section) \
	X(prefix, IGNORED63, 0, 63, 63, section)     \
	X(prefix, IW, 0, 62, 62, section)            \
	X(prefix, IR, 0, 61, 61, section)            \
	X(prefix, IGNORED52, 0, 60, 52, section)     \
	X(prefix, SNP, 0, 11, 11, section)           \
	X(prefix, IGNORED10, 0, 10, 10, section)     \
	X(prefix, D, 0, 9, 9, section)               \
	X(prefix, A, 0, 8, 8, section)               \
	X(prefix, IPAT, 0, 6, 6, section)            \
	X(prefix, EMT, 0, 5, 3, section)             \
	X(prefix, IGNORED2, 0, 2, 2, section)        \
	X(prefix, W, 0, 1, 1, section)               \
	X(prefix, R, 0, 0, 0, section)

#define VTD_SSPAGE4K_FIELDS(X)                                    \
	VTD_SSPAGE_COMMON_FIELDS(X, VTD_SSPAGE4K, "9.8 table 47") \
	X(VTD_SSPAGE4K, ADDR, 0, 51, 12, "9.8 table 47")          \
	X(VTD_SSPAGE4K, IGNORED7, 0, 7, 7, "9.8 table 47")

#define VTD_SSPAGE2M_FIELDS(X)                                    \
	VTD_SSPAGE_COMMON_FIELDS(X, VTD_SSPAGE2M, "9.8 table 45") \
	X(VTD_SSPAGE2M, ADDR, 0, 51, 21, "9.8 table 45")          \
	X(VTD_SSPAGE2M, PS, 0, 7, 7, "9.8 table 45")

#define VTD_SSPAGE1G_FIELDS(X)                                    \
	VTD_SSPAGE_COMMON_FIELDS(X, VTD_SSPAGE1G, "9.8 table 43") \
	X(VTD_SSPAGE1G, ADDR, 0, 51, 30, "9.8 table 43")          \
	X(VTD_SSPAGE1G, PS, 0, 7, 7, "9.8 table 43")

/* Invalidation descriptors; those that have a 128-bit form. TYPE is bits 3:0, TYPE_HIGH bits 11:9 of the first word. */
enum vtd_descriptor_type {
	VTD_DESCRIPTOR_CONTEXT = 1,  /* 6.5.2.1 */
	VTD_DESCRIPTOR_IOTLB = 2,    /* 6.5.2.3 */
	VTD_DESCRIPTOR_DEVTLB = 3,   /* 6.5.2.5 */
	VTD_DESCRIPTOR_IEC = 4,      /* 6.5.2.8 */
	VTD_DESCRIPTOR_WAIT = 5,     /* 6.5.2.9 */
	VTD_DESCRIPTOR_PIOTLB = 6,   /* 6.5.2.4 */
	VTD_DESCRIPTOR_PASID = 7,    /* 6.5.2.2 */
	VTD_DESCRIPTOR_PDEVTLB = 8,  /* 6.5.2.6 */
	VTD_DESCRIPTOR_RESPONSE = 9, /* 7.6.1 */
};

#define VTD_DESC_TYPE_FIELDS(X, prefix, section) \
	X(prefix, TYPE_HIGH, 0, 11, 9, section)  \
	X(prefix, TYPE, 0, 3, 0, section)

#define VTD_DESC_FIELDS(X) VTD_DESC_TYPE_FIELDS(X, VTD_DESC, "6.5.2")

#define VTD_DESC_CONTEXT_FIELDS(X)                           \
	VTD_DESC_TYPE_FIELDS(X, VTD_DESC_CONTEXT, "6.5.2.1") \
	X(VTD_DESC_CONTEXT, FM, 0, 49, 48, "6.5.2.1")        \
	X(VTD_DESC_CONTEXT, SID, 0, 47, 32, "6.5.2.1")       \
	X(VTD_DESC_CONTEXT, DID, 0, 31, 16, "6.5.2.1")       \
	X(VTD_DESC_CONTEXT, G, 0, 5, 4, "6.5.2.1")

#define VTD_DESC_IOTLB_FIELDS(X)                           \
	VTD_DESC_TYPE_FIELDS(X, VTD_DESC_IOTLB, "6.5.2.3") \
	X(VTD_DESC_IOTLB, DID, 0, 31, 16, "6.5.2.3")       \
	X(VTD_DESC_IOTLB, DR, 0, 7, 7, "6.5.2.3")          \
	X(VTD_DESC_IOTLB, DW, 0, 6, 6, "6.5.2.3")          \
	X(VTD_DESC_IOTLB, G, 0, 5, 4, "6.5.2.3")           \
	X(VTD_DESC_IOTLB, ADDR, 1, 63, 12, "6.5.2.3")      \
	X(VTD_DESC_IOTLB, IH, 1, 6, 6, "6.5.2.3")          \
	X(VTD_DESC_IOTLB, AM, 1, 5, 0, "6.5.2.3")

#define VTD_DESC_DEVTLB_FIELDS(X)                            \
	VTD_DESC_TYPE_FIELDS(X, VTD_DESC_DEVTLB, "6.5.2.5")  \
	X(VTD_DESC_DEVTLB, PFSID_HIGH, 0, 63, 52, "6.5.2.5") \
	X(VTD_DESC_DEVTLB, SID, 0, 47, 32, "6.5.2.5")        \
	X(VTD_DESC_DEVTLB, MIP, 0, 20, 16, "6.5.2.5")        \
	X(VTD_DESC_DEVTLB, PFSID_LOW, 0, 15, 12, "6.5.2.5")  \
	X(VTD_DESC_DEVTLB, ADDR, 1, 63, 12, "6.5.2.5")       \
	X(VTD_DESC_DEVTLB, S, 1, 0, 0, "6.5.2.5")

#define VTD_DESC_IEC_FIELDS(X)                           \
	VTD_DESC_TYPE_FIELDS(X, VTD_DESC_IEC, "6.5.2.8") \
	X(VTD_DESC_IEC, IIDX, 0, 47, 32, "6.5.2.8")      \
	X(VTD_DESC_IEC, IM, 0, 31, 27, "6.5.2.8")        \
	X(VTD_DESC_IEC, G, 0, 4, 4, "6.5.2.8")

#define VTD_DESC_WAIT_FIELDS(X)                           \
	VTD_DESC_TYPE_FIELDS(X, VTD_DESC_WAIT, "6.5.2.9") \
	X(VTD_DESC_WAIT, DATA, 0, 63, 32, "6.5.2.9")      \
	X(VTD_DESC_WAIT, PD, 0, 7, 7, "6.5.2.9")          \
	X(VTD_DESC_WAIT, FN, 0, 6, 6, "6.5.2.9")          \
	X(VTD_DESC_WAIT, SW, 0, 5, 5, "6.5.2.9")          \
	X(VTD_DESC_WAIT, IF, 0, 4, 4, "6.5.2.9")          \
	X(VTD_DESC_WAIT, ADDR, 1, 63, 2, "6.5.2.9")

/*
 * Fault reasons of table 30 (7.1.3): NAME, number, condition, whether FPD suppresses the record, short name.
 */
#define VTD_FAULTS(X)                                                                            \
	X(ROOT_NOT_PRESENT, 0x01, "7.1.3 LRT.2", false, "root entry not present")                \
	X(CONTEXT_NOT_PRESENT, 0x02, "7.1.3 LCT.2", true, "context entry not present")           \
	X(CONTEXT_INVALID, 0x03, "7.1.3 LCT.4", true, "context entry programmed invalidly")      \
	X(ADDRESS_BEYOND, 0x04, "7.1.3 LGN.1", true, "address beyond the supported width")       \
	X(NO_WRITE, 0x05, "7.1.3 LGN.2", true, "no write permission")                            \
	X(NO_READ, 0x06, "7.1.3 LGN.3", true, "no read permission")                              \
	X(SS_ACCESS, 0x07, "7.1.3 LSS.1", true, "second-stage entry not readable")               \
	X(ROOT_ACCESS, 0x08, "7.1.3 LRT.1", false, "root entry not readable")                    \
	X(CONTEXT_ACCESS, 0x09, "7.1.3 LCT.1", false, "context entry not readable")              \
	X(ROOT_RESERVED, 0x0a, "7.1.3 LRT.3", false, "reserved field set in root entry")         \
	X(CONTEXT_RESERVED, 0x0b, "7.1.3 LCT.3", true, "reserved field set in context entry")    \
	X(SS_RESERVED, 0x0c, "7.1.3 LSS.2", true, "reserved field set in second-stage entry")    \
	X(TT_BLOCKED, 0x0d, "7.1.3 LCT.5", true, "translation type blocks ATS requests")         \
	X(INTERRUPT_RANGE, 0x0e, "7.1.3 LGN.4", true, "address in the interrupt range")          \
	X(RTADDR_INVALID, 0x30, "7.1.3 RTA.1", false, "root table address programmed invalidly") \
	X(PASID_IN_LEGACY, 0x31, "7.1.3 RTA.2", false, "request with PASID in legacy mode")      \
	X(PAGE_REQUEST_IN_LEGACY, 0x32, "7.1.3 RTA.3", false, "page request in legacy mode")     \
	X(ABORT_MODE, 0x33, "7.1.3 RTA.4", false, "abort-DMA mode")                              \
	X(EXECUTE_REQUESTED, 0x34, "7.1.3 RTA.5", false, "execute requested")

#define VTD_FAULT_NUMBER(name, number, condition, qualified, text) VTD_FAULT_##name = (number),
enum vtd_fault {
	VTD_FAULT_NONE = 0,
	VTD_FAULTS(VTD_FAULT_NUMBER) VTD_SCALABLE_FAULTS(VTD_FAULT_NUMBER) VTD_INTERRUPT_FAULTS(VTD_FAULT_NUMBER)
};

/* Requests to FEEx_xxxxh without PASID are interrupts or errors, and no translation may end there (3.15). */
#define VTD_INTERRUPT_FIRST UINT64_C(0xfee00000)
#define VTD_INTERRUPT_LAST  UINT64_C(0xfeefffff)

FIELD_DEFINE(VTD_VER_FIELDS)
FIELD_DEFINE(VTD_CAP_FIELDS)
FIELD_DEFINE(VTD_ECAP_FIELDS)
FIELD_DEFINE(VTD_GCMD_FIELDS)
FIELD_DEFINE(VTD_GSTS_FIELDS)
FIELD_DEFINE(VTD_RTADDR_FIELDS)
FIELD_DEFINE(VTD_CCMD_FIELDS)
FIELD_DEFINE(VTD_IOTLB_FIELDS)
FIELD_DEFINE(VTD_IVA_FIELDS)
FIELD_DEFINE(VTD_FSTS_FIELDS)
FIELD_DEFINE(VTD_ECTL_FIELDS)
FIELD_DEFINE(VTD_EDATA_FIELDS)
FIELD_DEFINE(VTD_EADDR_FIELDS)
FIELD_DEFINE(VTD_EUADDR_FIELDS)
FIELD_DEFINE(VTD_FRCD_FIELDS)
FIELD_DEFINE(VTD_FRCD_INTERRUPT_FIELDS)
FIELD_DEFINE(VTD_PMEN_FIELDS)
FIELD_DEFINE(VTD_IQH_FIELDS)
FIELD_DEFINE(VTD_IQT_FIELDS)
FIELD_DEFINE(VTD_IQA_FIELDS)
FIELD_DEFINE(VTD_ICS_FIELDS)
FIELD_DEFINE(VTD_IQERCD_FIELDS)
FIELD_DEFINE(VTD_IRTA_FIELDS)
FIELD_DEFINE(VTD_ROOT_FIELDS)
FIELD_DEFINE(VTD_CONTEXT_FIELDS)
FIELD_DEFINE(VTD_SSTABLE_FIELDS)
FIELD_DEFINE(VTD_SSPAGE4K_FIELDS)
FIELD_DEFINE(VTD_SSPAGE2M_FIELDS)
FIELD_DEFINE(VTD_SSPAGE1G_FIELDS)
FIELD_DEFINE(VTD_DESC_FIELDS)
FIELD_DEFINE(VTD_DESC_CONTEXT_FIELDS)
FIELD_DEFINE(VTD_DESC_IOTLB_FIELDS)
FIELD_DEFINE(VTD_DESC_DEVTLB_FIELDS)
FIELD_DEFINE(VTD_DESC_IEC_FIELDS)
FIELD_DEFINE(VTD_DESC_WAIT_FIELDS)
FIELD_DEFINE(VTD_DESC_PASID_FIELDS)
FIELD_DEFINE(VTD_DESC_PIOTLB_FIELDS)
FIELD_DEFINE(VTD_DESC_PDEVTLB_FIELDS)
FIELD_DEFINE(VTD_DESC_RESPONSE_FIELDS)

#endif
