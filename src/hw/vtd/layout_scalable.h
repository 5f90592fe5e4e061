/* SPDX-License-Identifier: MIT */
/*
 * Intel VT-d, specification revision 5.10: what scalable mode adds to the layout; see layout.h, which includes this.
 */
#ifndef IOSIM_HW_VTD_LAYOUT_SCALABLE_H
#define IOSIM_HW_VTD_LAYOUT_SCALABLE_H

#include "base/field.h"

/* Scalable-mode root entry, 16 bytes, one a bus: the lower half leads to devices 0 to 15, the upper to 16 to 31. */
#define VTD_SMROOT_FIELDS(X)                  \
	X(VTD_SMROOT, LCTP, 0, 63, 12, "9.2") \
	X(VTD_SMROOT, LP, 0, 0, 0, "9.2")     \
	X(VTD_SMROOT, UCTP, 1, 63, 12, "9.2") \
	X(VTD_SMROOT, UP, 1, 0, 0, "9.2")

/* Scalable-mode context entry, 32 bytes, one a function. */
#define VTD_SMCONTEXT_FIELDS(X)                         \
	X(VTD_SMCONTEXT, PASIDDIRPTR, 0, 63, 12, "9.4") \
	X(VTD_SMCONTEXT, PDTS, 0, 11, 9, "9.4")         \
	X(VTD_SMCONTEXT, EPTR, 0, 6, 6, "9.4")          \
	X(VTD_SMCONTEXT, HPTE, 0, 5, 5, "9.4")          \
	X(VTD_SMCONTEXT, PRE, 0, 4, 4, "9.4")           \
	X(VTD_SMCONTEXT, PASIDE, 0, 3, 3, "9.4")        \
	X(VTD_SMCONTEXT, DTE, 0, 2, 2, "9.4")           \
	X(VTD_SMCONTEXT, FPD, 0, 1, 1, "9.4")           \
	X(VTD_SMCONTEXT, P, 0, 0, 0, "9.4")             \
	X(VTD_SMCONTEXT, RID_PRIV, 1, 20, 20, "9.4")    \
	X(VTD_SMCONTEXT, RID_PASID, 1, 19, 0, "9.4")

/* Scalable-mode PASID-directory entry, 8 bytes, for 64 PASIDs. */
#define VTD_PASIDDIR_FIELDS(X)                       \
	X(VTD_PASIDDIR, SMPTBLPTR, 0, 63, 12, "9.5") \
	X(VTD_PASIDDIR, FPD, 0, 1, 1, "9.5")         \
	X(VTD_PASIDDIR, P, 0, 0, 0, "9.5")

/* Scalable-mode PASID-table entry, 64 bytes, one a PASID. */
#define VTD_PASID_FIELDS(X)                     \
	X(VTD_PASID, SSPTPTR, 0, 63, 12, "9.6") \
	X(VTD_PASID, SSADE, 0, 9, 9, "9.6")     \
	X(VTD_PASID, PGTT, 0, 8, 6, "9.6")      \
	X(VTD_PASID, AW, 0, 4, 2, "9.6")        \
	X(VTD_PASID, FPD, 0, 1, 1, "9.6")       \
	X(VTD_PASID, P, 0, 0, 0, "9.6")         \
	X(VTD_PASID, PAT, 1, 63, 32, "9.6")     \
	X(VTD_PASID, EMTE, 1, 26, 26, "9.6")    \
	X(VTD_PASID, CD, 1, 25, 25, "9.6")      \
	X(VTD_PASID, PGSNP, 1, 24, 24, "9.6")   \
	X(VTD_PASID, PWSNP, 1, 23, 23, "9.6")   \
	X(VTD_PASID, DID, 1, 15, 0, "9.6")      \
	X(VTD_PASID, FSPTPTR, 2, 63, 12, "9.6") \
	X(VTD_PASID, EAFE, 2, 7, 7, "9.6")      \
	X(VTD_PASID, IGNORED, 2, 6, 5, "9.6")   \
	X(VTD_PASID, WPE, 2, 4, 4, "9.6")       \
	X(VTD_PASID, FSPM, 2, 3, 2, "9.6")      \
	X(VTD_PASID, SRE, 2, 0, 0, "9.6")       \
	X(VTD_PASID, HPTPTR, 4, 63, 12, "9.6")  \
	X(VTD_PASID, HPTPFD, 4, 2, 2, "9.6")    \
	X(VTD_PASID, HPTSZ, 4, 1, 0, "9.6")     \
	X(VTD_PASID, HPTDID, 5, 15, 0, "9.6")

enum {
	VTD_SMCONTEXT_BYTES = 32,
	VTD_PASID_BYTES = 64,
	VTD_PASID_WORDS = 8,
	VTD_PASID_LOW_BITS = 6,      /* of a PASID, index in a PASID table */
	VTD_PASID_DIRECTORY_LG2 = 7, /* entries of a directory with PDTS 0 */
};

enum vtd_pgtt { /* 9.6 */
		VTD_PGTT_FIRST_STAGE = 1,
		VTD_PGTT_SECOND_STAGE = 2,
		VTD_PGTT_NESTED = 3,
		VTD_PGTT_PASS_THROUGH = 4,
};

enum vtd_fspm { VTD_FSPM_4_LEVEL = 0, VTD_FSPM_5_LEVEL = 1 };

/* First-stage entries: one that references a table (tables 34, 35, 37, 39), and one that maps a page of each size. */
#define VTD_FSTABLE_FIELDS(X)                       \
	X(VTD_FSTABLE, IGNORED52, 0, 63, 52, "9.7") \
	X(VTD_FSTABLE, ADDR, 0, 51, 12, "9.7")      \
	X(VTD_FSTABLE, IGNORED11, 0, 11, 11, "9.7") \
	X(VTD_FSTABLE, EA, 0, 10, 10, "9.7")        \
	X(VTD_FSTABLE, IGNORED8, 0, 9, 8, "9.7")    \
	X(VTD_FSTABLE, PS, 0, 7, 7, "9.7")          \
	X(VTD_FSTABLE, IGNORED6, 0, 6, 6, "9.7")    \
	X(VTD_FSTABLE, A, 0, 5, 5, "9.7")           \
	X(VTD_FSTABLE, IGNORED3, 0, 4, 3, "9.7")    \
	X(VTD_FSTABLE, US, 0, 2, 2, "9.7")          \
	X(VTD_FSTABLE, RW, 0, 1, 1, "9.7")          \
	X(VTD_FSTABLE, P, 0, 0, 0, "9.7")

#define VTD_FSPAGE_COMMON_FIELDS(X, prefix, section) \
	X(prefix, IGNORED52, 0, 63, 52, section)     \
	X(prefix, IGNORED11, 0, 11, 11, section)     \
	X(prefix, EA, 0, 10, 10, section)            \
	X(prefix, IGNORED8, 0, 9, 8, section)        \
	X(prefix, D, 0, 6, 6, section)               \
	X(prefix, A, 0, 5, 5, section)               \
	X(prefix, PCD, 0, 4, 4, section)             \
	X(prefix, PWT, 0, 3, 3, section)             \
	X(prefix, US, 0, 2, 2, section)              \
	X(prefix, RW, 0, 1, 1, section)              \
	X(prefix, P, 0, 0, 0, section)

#define VTD_FSPAGE4K_FIELDS(X)                                    \
	VTD_FSPAGE_COMMON_FIELDS(X, VTD_FSPAGE4K, "9.7 table 40") \
	X(VTD_FSPAGE4K, ADDR, 0, 51, 12, "9.7 table 40")          \
	X(VTD_FSPAGE4K, PAT, 0, 7, 7, "9.7 table 40")

#define VTD_FSPAGE2M_FIELDS(X)                                    \
	VTD_FSPAGE_COMMON_FIELDS(X, VTD_FSPAGE2M, "9.7 table 38") \
	X(VTD_FSPAGE2M, ADDR, 0, 51, 21, "9.7 table 38")          \
	X(VTD_FSPAGE2M, PAT, 0, 12, 12, "9.7 table 38")           \
	X(VTD_FSPAGE2M, PS, 0, 7, 7, "9.7 table 38")

#define VTD_FSPAGE1G_FIELDS(X)                                    \
	VTD_FSPAGE_COMMON_FIELDS(X, VTD_FSPAGE1G, "9.7 table 36") \
	X(VTD_FSPAGE1G, ADDR, 0, 51, 30, "9.7 table 36")          \
	X(VTD_FSPAGE1G, PAT, 0, 12, 12, "9.7 table 36")           \
	X(VTD_FSPAGE1G, PS, 0, 7, 7, "9.7 table 36")

/* Invalidation descriptors of 256 bits; the others of layout.h have zeros in their upper half (6.5.2.1). */
#define VTD_DESC_PASID_FIELDS(X)                           \
	VTD_DESC_TYPE_FIELDS(X, VTD_DESC_PASID, "6.5.2.2") \
	X(VTD_DESC_PASID, PASID, 0, 51, 32, "6.5.2.2")     \
	X(VTD_DESC_PASID, DID, 0, 31, 16, "6.5.2.2")       \
	X(VTD_DESC_PASID, G, 0, 5, 4, "6.5.2.2")

enum vtd_pasid_granularity { /* G of the PASID-cache descriptor */
			     VTD_PASID_CACHE_DOMAIN = 0,
			     VTD_PASID_CACHE_PASID = 1,
			     VTD_PASID_CACHE_GLOBAL = 3,
};

#define VTD_DESC_PIOTLB_FIELDS(X)                           \
	VTD_DESC_TYPE_FIELDS(X, VTD_DESC_PIOTLB, "6.5.2.4") \
	X(VTD_DESC_PIOTLB, PASID, 0, 51, 32, "6.5.2.4")     \
	X(VTD_DESC_PIOTLB, DID, 0, 31, 16, "6.5.2.4")       \
	X(VTD_DESC_PIOTLB, G, 0, 5, 4, "6.5.2.4")           \
	X(VTD_DESC_PIOTLB, ADDR, 1, 63, 12, "6.5.2.4")      \
	X(VTD_DESC_PIOTLB, IH, 1, 6, 6, "6.5.2.4")          \
	X(VTD_DESC_PIOTLB, AM, 1, 5, 0, "6.5.2.4")

enum vtd_piotlb_granularity { VTD_PIOTLB_PASID = 2, VTD_PIOTLB_PAGES = 3 };

#define VTD_DESC_PDEVTLB_FIELDS(X)                            \
	VTD_DESC_TYPE_FIELDS(X, VTD_DESC_PDEVTLB, "6.5.2.6")  \
	X(VTD_DESC_PDEVTLB, PFSID_HIGH, 0, 63, 52, "6.5.2.6") \
	X(VTD_DESC_PDEVTLB, PASID, 0, 51, 32, "6.5.2.6")      \
	X(VTD_DESC_PDEVTLB, SID, 0, 31, 16, "6.5.2.6")        \
	X(VTD_DESC_PDEVTLB, PFSID_LOW, 0, 15, 12, "6.5.2.6")  \
	X(VTD_DESC_PDEVTLB, MIP, 0, 8, 4, "6.5.2.6")          \
	X(VTD_DESC_PDEVTLB, ADDR, 1, 63, 12, "6.5.2.6")       \
	X(VTD_DESC_PDEVTLB, S, 1, 11, 11, "6.5.2.6")          \
	X(VTD_DESC_PDEVTLB, GI, 1, 0, 0, "6.5.2.6")

/* What software answers to a page request: goes through the invalidation queue, 256 bits. */
#define VTD_DESC_RESPONSE_FIELDS(X)                         \
	VTD_DESC_TYPE_FIELDS(X, VTD_DESC_RESPONSE, "7.6.1") \
	X(VTD_DESC_RESPONSE, PASID, 0, 51, 32, "7.6.1")     \
	X(VTD_DESC_RESPONSE, RID, 0, 31, 16, "7.6.1")       \
	X(VTD_DESC_RESPONSE, RC, 0, 15, 12, "7.6.1")        \
	X(VTD_DESC_RESPONSE, PP, 0, 4, 4, "7.6.1")          \
	X(VTD_DESC_RESPONSE, PRGI, 1, 11, 3, "7.6.1")       \
	X(VTD_DESC_RESPONSE, IGNORED, 1, 2, 2, "7.6.1")

/* Page request descriptor, 256 bits: written by hardware into the page request queue. */
#define VTD_PAGEREQ_FIELDS(X)                       \
	X(VTD_PAGEREQ, PMR, 0, 53, 53, "7.4.1.1")   \
	X(VTD_PAGEREQ, EXR, 0, 52, 52, "7.4.1.1")   \
	X(VTD_PAGEREQ, PASID, 0, 51, 32, "7.4.1.1") \
	X(VTD_PAGEREQ, RID, 0, 31, 16, "7.4.1.1")   \
	X(VTD_PAGEREQ, PP, 0, 8, 8, "7.4.1.1")      \
	X(VTD_PAGEREQ, TYPE, 0, 7, 0, "7.4.1.1")    \
	X(VTD_PAGEREQ, ADDR, 1, 63, 12, "7.4.1.1")  \
	X(VTD_PAGEREQ, PRGI, 1, 11, 3, "7.4.1.1")   \
	X(VTD_PAGEREQ, LPIG, 1, 2, 2, "7.4.1.1")    \
	X(VTD_PAGEREQ, WRR, 1, 1, 1, "7.4.1.1")     \
	X(VTD_PAGEREQ, RDR, 1, 0, 0, "7.4.1.1")

enum { VTD_PAGEREQ_TYPE_REQUEST = 1, VTD_PAGEREQ_WORDS = 4, VTD_PAGEREQ_BYTES = 32 };

/* The registers of the page request queue; PECTL and the three after it have the form of FECTL and its. */
#define VTD_PQH_FIELDS(X) X(VTD_PQH, PQH, 0, 18, 5, "11.4.11.1")
#define VTD_PQT_FIELDS(X) X(VTD_PQT, PQT, 0, 18, 5, "11.4.11.2")

#define VTD_PQA_FIELDS(X)                       \
	X(VTD_PQA, PQA, 0, 63, 12, "11.4.11.3") \
	X(VTD_PQA, PQS, 0, 2, 0, "11.4.11.3")

#define VTD_PRS_FIELDS(X)                     \
	X(VTD_PRS, PRO, 0, 1, 1, "11.4.11.4") \
	X(VTD_PRS, PPR, 0, 0, 0, "11.4.11.4")

/* Table 30, as VTD_FAULTS of layout.h. */
#define VTD_SCALABLE_FAULTS(X)                                                                                     \
	X(SM_ROOT_ACCESS, 0x38, "7.1.3 SRT.1", false, "scalable-mode root entry not readable")                     \
	X(SM_ROOT_NOT_PRESENT, 0x39, "7.1.3 SRT.2", false, "scalable-mode root entry not present")                 \
	X(SM_ROOT_RESERVED, 0x3a, "7.1.3 SRT.3", false, "reserved field set in scalable-mode root entry")          \
	X(SM_CONTEXT_ACCESS, 0x40, "7.1.3 SCT.1", false, "scalable-mode context entry not readable")               \
	X(SM_CONTEXT_NOT_PRESENT, 0x41, "7.1.3 SCT.2", true, "scalable-mode context entry not present")            \
	X(SM_CONTEXT_RESERVED, 0x42, "7.1.3 SCT.3", true, "reserved field set in scalable-mode context entry")     \
	X(SM_CONTEXT_INVALID, 0x43, "7.1.3 SCT.4", true, "scalable-mode context entry programmed invalidly")       \
	X(SM_ATS_BLOCKED, 0x44, "7.1.3 SCT.5", true, "device TLB not enabled for the function")                    \
	X(SM_PASID_BLOCKED, 0x45, "7.1.3 SCT.6", true, "PASID not enabled for the function")                       \
	X(SM_PASID_BEYOND, 0x46, "7.1.3 SCT.7", true, "PASID beyond the PASID directory")                          \
	X(SM_PAGE_REQUEST_BLOCKED, 0x47, "7.1.3 SCT.8", true, "page requests not enabled for the function")        \
	X(SM_PASID_OF_RID, 0x48, "7.1.3 SCT.9", true, "PASID is that of requests without PASID")                   \
	X(SM_TRANSLATED_PASID, 0x49, "7.1.3 SCT.10", true, "PASID in a translated request not enabled")            \
	X(PASIDDIR_ACCESS, 0x50, "7.1.3 SPD.1", false, "PASID-directory entry not readable")                       \
	X(PASIDDIR_NOT_PRESENT, 0x51, "7.1.3 SPD.2", true, "PASID-directory entry not present")                    \
	X(PASIDDIR_RESERVED, 0x52, "7.1.3 SPD.3", true, "reserved field set in PASID-directory entry")             \
	X(PASID_ACCESS, 0x58, "7.1.3 SPT.1", false, "PASID-table entry not readable")                              \
	X(PASID_NOT_PRESENT, 0x59, "7.1.3 SPT.2", true, "PASID-table entry not present")                           \
	X(PASID_RESERVED, 0x5a, "7.1.3 SPT.3", true, "reserved field set in PASID-table entry")                    \
	X(PASID_INVALID, 0x5b, "7.1.3 SPT.4", true, "PASID-table entry programmed invalidly")                      \
	X(PASID_EXECUTE, 0x5c, "7.1.3 SPT.5", true, "execute requested, which is not supported")                   \
	X(PASID_SUPERVISOR, 0x5d, "7.1.3 SPT.6", true, "privileged requests not enabled for the PASID")            \
	X(FS_ACCESS, 0x70, "7.1.3 SFS.1", true, "first-stage entry not readable")                                  \
	X(FS_NOT_PRESENT, 0x71, "7.1.3 SFS.2", true, "first-stage entry not present")                              \
	X(FS_RESERVED, 0x72, "7.1.3 SFS.3", true, "reserved field set in first-stage entry")                       \
	X(FS_ROOT_ACCESS, 0x73, "7.1.3 SFS.4", true, "top first-stage entry not readable")                         \
	X(FS_BEYOND, 0x74, "7.1.3 SFS.5", true, "address in first-stage entry beyond the supported width")         \
	X(FS_ROOT_BLOCKED, 0x75, "7.1.3 SFS.6", true, "no second-stage read permission for top first-stage entry") \
	X(FS_BLOCKED, 0x76, "7.1.3 SFS.7", true, "no second-stage read permission for first-stage entry")          \
	X(FS_UPDATE_BLOCKED, 0x77, "7.1.3 SFS.8", true,                                                            \
	  "no second-stage write permission to update first-stage entry")                                          \
	X(SM_SS_ACCESS, 0x78, "7.1.3 SSS.1", true, "second-stage entry not readable")                              \
	X(SM_SS_NOT_PRESENT, 0x79, "7.1.3 SSS.2", true, "second-stage entry without permissions")                  \
	X(SM_SS_RESERVED, 0x7a, "7.1.3 SSS.3", true, "reserved field set in second-stage entry")                   \
	X(SM_SS_ROOT_ACCESS, 0x7b, "7.1.3 SSS.4", true, "top second-stage entry not readable")                     \
	X(SM_SS_NO_SNOOP, 0x7c, "7.1.3 SSS.5", true, "second-stage flags to be set without snooping")              \
	X(SM_SS_UPDATE, 0x7d, "7.1.3 SSS.6", true, "second-stage flags could not be set")                          \
	X(SM_NOT_CANONICAL, 0x80, "7.1.3 SGN.1", true, "address not canonical")                                    \
	X(SM_PRIVILEGE, 0x81, "7.1.3 SGN.2", true, "user request to a supervisor page")                            \
	X(SM_HOST_BEYOND, 0x83, "7.1.3 SGN.4", true, "address beyond the host address width")                      \
	X(SM_ADDRESS_BEYOND, 0x84, "7.1.3 SGN.5", true, "address beyond the supported width")                      \
	X(SM_NO_WRITE, 0x85, "7.1.3 SGN.6", true, "no write permission")                                           \
	X(SM_NO_READ, 0x86, "7.1.3 SGN.7", true, "no read permission")                                             \
	X(SM_INTERRUPT_RANGE, 0x87, "7.1.3 SGN.8", true, "address in the interrupt range")                         \
	X(SM_PASID_TOO_LARGE, 0x89, "7.1.3 SGN.10", false, "PASID beyond the supported size")                      \
	X(FS_NO_SNOOP, 0x90, "7.1.3 SFS.9", true, "first-stage flags to be set without snooping")                  \
	X(FS_UPDATE, 0x91, "7.1.3 SFS.10", true, "first-stage flags could not be set")

FIELD_DEFINE(VTD_SMROOT_FIELDS)
FIELD_DEFINE(VTD_SMCONTEXT_FIELDS)
FIELD_DEFINE(VTD_PASIDDIR_FIELDS)
FIELD_DEFINE(VTD_PASID_FIELDS)
FIELD_DEFINE(VTD_FSTABLE_FIELDS)
FIELD_DEFINE(VTD_FSPAGE4K_FIELDS)
FIELD_DEFINE(VTD_FSPAGE2M_FIELDS)
FIELD_DEFINE(VTD_FSPAGE1G_FIELDS)
FIELD_DEFINE(VTD_PAGEREQ_FIELDS)
FIELD_DEFINE(VTD_PQH_FIELDS)
FIELD_DEFINE(VTD_PQT_FIELDS)
FIELD_DEFINE(VTD_PQA_FIELDS)
FIELD_DEFINE(VTD_PRS_FIELDS)

#endif
