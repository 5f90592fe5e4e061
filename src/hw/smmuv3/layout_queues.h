/* SPDX-License-Identifier: MIT */
/* Arm SMMUv3, IHI 0070 G.b: commands, events and their fields. See layout.h. */
#ifndef IOSIM_HW_SMMUV3_LAYOUT_QUEUES_H
#define IOSIM_HW_SMMUV3_LAYOUT_QUEUES_H

#include "base/field.h"

/* CMDQ_CONS.ERR (7.1) */
enum smmu_cerror {
	SMMU_CERROR_NONE = 0,
	SMMU_CERROR_ILL = 1,
	SMMU_CERROR_ABT = 2,
	SMMU_CERROR_ATC_INV_SYNC = 3,
};

/* Commands, 16 bytes. */
#define SMMU_CMD_FIELDS(X) X(SMMU_CMD, OPCODE, 0, 7, 0, "4.1")

#define SMMU_CMD_PREFETCH_FIELDS(X)                  \
	X(SMMU_CMD_PREFETCH, OPCODE, 0, 7, 0, "4.2") \
	X(SMMU_CMD_PREFETCH, SSEC, 0, 10, 10, "4.2") \
	X(SMMU_CMD_PREFETCH, SSV, 0, 11, 11, "4.2")  \
	X(SMMU_CMD_PREFETCH, SSID, 0, 31, 12, "4.2") \
	X(SMMU_CMD_PREFETCH, SID, 0, 63, 32, "4.2")  \
	X(SMMU_CMD_PREFETCH, SIZE, 1, 4, 0, "4.2")   \
	X(SMMU_CMD_PREFETCH, STRIDE, 1, 9, 5, "4.2") \
	X(SMMU_CMD_PREFETCH, ADDR, 1, 63, 12, "4.2")

#define SMMU_CMD_CFGI_FIELDS(X)                  \
	X(SMMU_CMD_CFGI, OPCODE, 0, 7, 0, "4.3") \
	X(SMMU_CMD_CFGI, SSEC, 0, 10, 10, "4.3") \
	X(SMMU_CMD_CFGI, SSID, 0, 31, 12, "4.3") \
	X(SMMU_CMD_CFGI, SID, 0, 63, 32, "4.3")  \
	X(SMMU_CMD_CFGI, LEAF, 1, 0, 0, "4.3")

#define SMMU_CMD_CFGI_RANGE_FIELDS(X)                    \
	X(SMMU_CMD_CFGI_RANGE, OPCODE, 0, 7, 0, "4.3.2") \
	X(SMMU_CMD_CFGI_RANGE, SSEC, 0, 10, 10, "4.3.2") \
	X(SMMU_CMD_CFGI_RANGE, SID, 0, 63, 32, "4.3.2")  \
	X(SMMU_CMD_CFGI_RANGE, RANGE, 1, 4, 0, "4.3.2")

/* Address is a VA; of an IPA only bits 55:12 count (4.1.6). */
#define SMMU_CMD_TLBI_FIELDS(X)                   \
	X(SMMU_CMD_TLBI, OPCODE, 0, 7, 0, "4.4")  \
	X(SMMU_CMD_TLBI, NUM, 0, 16, 12, "4.4")   \
	X(SMMU_CMD_TLBI, SCALE, 0, 25, 20, "4.4") \
	X(SMMU_CMD_TLBI, VMID, 0, 47, 32, "4.4")  \
	X(SMMU_CMD_TLBI, ASID, 0, 63, 48, "4.4")  \
	X(SMMU_CMD_TLBI, LEAF, 1, 0, 0, "4.4")    \
	X(SMMU_CMD_TLBI, TTL128, 1, 7, 7, "4.4")  \
	X(SMMU_CMD_TLBI, TTL, 1, 9, 8, "4.4")     \
	X(SMMU_CMD_TLBI, TG, 1, 11, 10, "4.4")    \
	X(SMMU_CMD_TLBI, ADDR, 1, 63, 12, "4.4")

#define SMMU_CMD_ATC_INV_FIELDS(X)                    \
	X(SMMU_CMD_ATC_INV, OPCODE, 0, 7, 0, "4.5.1") \
	X(SMMU_CMD_ATC_INV, GLOBAL, 0, 9, 9, "4.5.1") \
	X(SMMU_CMD_ATC_INV, SSEC, 0, 10, 10, "4.5.1") \
	X(SMMU_CMD_ATC_INV, SSV, 0, 11, 11, "4.5.1")  \
	X(SMMU_CMD_ATC_INV, SSID, 0, 31, 12, "4.5.1") \
	X(SMMU_CMD_ATC_INV, SID, 0, 63, 32, "4.5.1")  \
	X(SMMU_CMD_ATC_INV, SIZE, 1, 5, 0, "4.5.1")   \
	X(SMMU_CMD_ATC_INV, ADDR, 1, 63, 12, "4.5.1")

#define SMMU_CMD_PRI_RESP_FIELDS(X)                      \
	X(SMMU_CMD_PRI_RESP, OPCODE, 0, 7, 0, "4.5.2")   \
	X(SMMU_CMD_PRI_RESP, SSEC, 0, 10, 10, "4.5.2")   \
	X(SMMU_CMD_PRI_RESP, SSV, 0, 11, 11, "4.5.2")    \
	X(SMMU_CMD_PRI_RESP, SSID, 0, 31, 12, "4.5.2")   \
	X(SMMU_CMD_PRI_RESP, SID, 0, 63, 32, "4.5.2")    \
	X(SMMU_CMD_PRI_RESP, PRGINDEX, 1, 8, 0, "4.5.2") \
	X(SMMU_CMD_PRI_RESP, RESP, 1, 13, 12, "4.5.2")

#define SMMU_CMD_RESUME_FIELDS(X)                    \
	X(SMMU_CMD_RESUME, OPCODE, 0, 7, 0, "4.7.1") \
	X(SMMU_CMD_RESUME, SSEC, 0, 10, 10, "4.7.1") \
	X(SMMU_CMD_RESUME, AC, 0, 12, 12, "4.7.1")   \
	X(SMMU_CMD_RESUME, AB, 0, 13, 13, "4.7.1")   \
	X(SMMU_CMD_RESUME, SID, 0, 63, 32, "4.7.1")  \
	X(SMMU_CMD_RESUME, STAG, 1, 15, 0, "4.7.1")

#define SMMU_CMD_SYNC_FIELDS(X)                       \
	X(SMMU_CMD_SYNC, OPCODE, 0, 7, 0, "4.7.3")    \
	X(SMMU_CMD_SYNC, CS, 0, 13, 12, "4.7.3")      \
	X(SMMU_CMD_SYNC, MSH, 0, 23, 22, "4.7.3")     \
	X(SMMU_CMD_SYNC, MSIATTR, 0, 27, 24, "4.7.3") \
	X(SMMU_CMD_SYNC, MSIDATA, 0, 63, 32, "4.7.3") \
	X(SMMU_CMD_SYNC, MSIADDR, 1, 55, 2, "4.7.3")

#define SMMU_OPCODES(X)                    \
	X(PREFETCH_CONFIG, 0x01, "4.2.1")  \
	X(PREFETCH_ADDR, 0x02, "4.2.2")    \
	X(CFGI_STE, 0x03, "4.3.1")         \
	X(CFGI_STE_RANGE, 0x04, "4.3.2")   \
	X(CFGI_CD, 0x05, "4.3.3")          \
	X(CFGI_CD_ALL, 0x06, "4.3.4")      \
	X(CFGI_VMS_PIDM, 0x07, "4.3.5")    \
	X(TLBI_NH_ALL, 0x10, "4.4.2.1")    \
	X(TLBI_NH_ASID, 0x11, "4.4.2.2")   \
	X(TLBI_NH_VA, 0x12, "4.4.2.4")     \
	X(TLBI_NH_VAA, 0x13, "4.4.2.3")    \
	X(TLBI_EL3_ALL, 0x18, "4.4.2.5")   \
	X(TLBI_EL3_VA, 0x1a, "4.4.2.6")    \
	X(TLBI_EL2_ALL, 0x20, "4.4.2.7")   \
	X(TLBI_EL2_ASID, 0x21, "4.4.2.10") \
	X(TLBI_EL2_VA, 0x22, "4.4.2.8")    \
	X(TLBI_EL2_VAA, 0x23, "4.4.2.9")   \
	X(TLBI_S12_VMALL, 0x28, "4.4.3.2") \
	X(TLBI_S2_IPA, 0x2a, "4.4.3.1")    \
	X(TLBI_NSNH_ALL, 0x30, "4.4.4.1")  \
	X(ATC_INV, 0x40, "4.5.1")          \
	X(PRI_RESP, 0x41, "4.5.2")         \
	X(RESUME, 0x44, "4.7.1")           \
	X(STALL_TERM, 0x45, "4.7.2")       \
	X(SYNC, 0x46, "4.7.3")

#define SMMU_OPCODE_NUMBER(name, number, section) SMMU_OP_##name = (number),
enum smmu_opcode { SMMU_OPCODES(SMMU_OPCODE_NUMBER) };

enum smmu_sync_signal { SMMU_SYNC_NONE = 0, SMMU_SYNC_IRQ = 1, SMMU_SYNC_SEV = 2 };          /* 4.7.3 CS */
enum smmu_pri_response { SMMU_PRI_FAILURE = 0, SMMU_PRI_INVALID = 1, SMMU_PRI_SUCCESS = 2 }; /* 4.5.2 Resp */
enum { SMMU_ATC_INV_SIZE_ALL = 52 };                                                         /* 4.5.1 Size */
enum { SMMU_CFGI_RANGE_ALL = 31 };                                                           /* 4.3.6 */

/* Event record, 32 bytes. Word 3 is the IPA of translation faults, the address fetched of the others. */
#define SMMU_EVENT_FIELDS(X)                      \
	X(SMMU_EVENT, TYPE, 0, 7, 0, "7.3")       \
	X(SMMU_EVENT, SSV, 0, 11, 11, "7.3")      \
	X(SMMU_EVENT, SSID, 0, 31, 12, "7.3")     \
	X(SMMU_EVENT, SID, 0, 63, 32, "7.3")      \
	X(SMMU_EVENT, STAG, 1, 15, 0, "7.3")      \
	X(SMMU_EVENT, GPCF, 1, 16, 16, "7.3")     \
	X(SMMU_EVENT, STALL, 1, 31, 31, "7.3")    \
	X(SMMU_EVENT, PNU, 1, 33, 33, "7.3")      \
	X(SMMU_EVENT, IND, 1, 34, 34, "7.3")      \
	X(SMMU_EVENT, RNW, 1, 35, 35, "7.3")      \
	X(SMMU_EVENT, NSIPA, 1, 36, 36, "7.3")    \
	X(SMMU_EVENT, S2, 1, 39, 39, "7.3")       \
	X(SMMU_EVENT, CLASS, 1, 41, 40, "7.3")    \
	X(SMMU_EVENT, TTRNW, 1, 44, 44, "7.3")    \
	X(SMMU_EVENT, INPUTADDR, 2, 63, 0, "7.3") \
	X(SMMU_EVENT, IPA, 3, 55, 12, "7.3")

#define SMMU_EVENT_FETCH_FIELDS(X) X(SMMU_EVENT_FETCH, ADDR, 3, 55, 3, "7.3.4")

enum smmu_event_class { SMMU_CLASS_CD = 0, SMMU_CLASS_TT = 1, SMMU_CLASS_IN = 2 }; /* 7.3 */

/* Page request, 16 bytes: a record of the PRI queue. */
#define SMMU_PRI_FIELDS(X)                  \
	X(SMMU_PRI, SID, 0, 31, 0, "8")     \
	X(SMMU_PRI, SSID, 0, 51, 32, "8")   \
	X(SMMU_PRI, PRIV, 0, 58, 58, "8")   \
	X(SMMU_PRI, EXEC, 0, 59, 59, "8")   \
	X(SMMU_PRI, R, 0, 60, 60, "8")      \
	X(SMMU_PRI, W, 0, 61, 61, "8")      \
	X(SMMU_PRI, LAST, 0, 62, 62, "8")   \
	X(SMMU_PRI, SSV, 0, 63, 63, "8")    \
	X(SMMU_PRI, PRGINDEX, 1, 8, 0, "8") \
	X(SMMU_PRI, ADDR, 1, 63, 12, "8")

/* NAME, number, section, short name. */
#define SMMU_EVENTS(X)                                                             \
	X(F_UUT, 0x01, "7.3.2", "unsupported upstream transaction")                \
	X(C_BAD_STREAMID, 0x02, "7.3.3", "StreamID out of range")                  \
	X(F_STE_FETCH, 0x03, "7.3.4", "STE not readable")                          \
	X(C_BAD_STE, 0x04, "7.3.5", "STE invalid")                                 \
	X(F_BAD_ATS_TREQ, 0x05, "7.3.6", "ATS translation request not allowed")    \
	X(F_STREAM_DISABLED, 0x06, "7.3.7", "substream not to be used")            \
	X(F_TRANSL_FORBIDDEN, 0x07, "7.3.8", "translated transaction not allowed") \
	X(C_BAD_SUBSTREAMID, 0x08, "7.3.9", "SubstreamID out of range")            \
	X(F_CD_FETCH, 0x09, "7.3.10", "CD not readable")                           \
	X(C_BAD_CD, 0x0a, "7.3.11", "CD invalid")                                  \
	X(F_WALK_EABT, 0x0b, "7.3.12", "descriptor not readable")                  \
	X(F_TRANSLATION, 0x10, "7.3.13", "translation fault")                      \
	X(F_ADDR_SIZE, 0x11, "7.3.14", "address size fault")                       \
	X(F_ACCESS, 0x12, "7.3.15", "access flag fault")                           \
	X(F_PERMISSION, 0x13, "7.3.16", "permission fault")                        \
	X(F_TLB_CONFLICT, 0x20, "7.3.17", "conflict of TLB entries")               \
	X(F_CFG_CONFLICT, 0x21, "7.3.18", "conflict of cached configuration")      \
	X(E_PAGE_REQUEST, 0x24, "7.3.19", "page request hint")                     \
	X(F_VMS_FETCH, 0x25, "7.3.20", "VMS not readable")

#define SMMU_EVENT_NUMBER(name, number, section, text) SMMU_##name = (number),
enum smmu_event { SMMU_EVENT_NONE = 0, SMMU_EVENTS(SMMU_EVENT_NUMBER) };

FIELD_DEFINE(SMMU_CMD_FIELDS)
FIELD_DEFINE(SMMU_CMD_PREFETCH_FIELDS)
FIELD_DEFINE(SMMU_CMD_CFGI_FIELDS)
FIELD_DEFINE(SMMU_CMD_CFGI_RANGE_FIELDS)
FIELD_DEFINE(SMMU_CMD_TLBI_FIELDS)
FIELD_DEFINE(SMMU_CMD_ATC_INV_FIELDS)
FIELD_DEFINE(SMMU_CMD_PRI_RESP_FIELDS)
FIELD_DEFINE(SMMU_CMD_RESUME_FIELDS)
FIELD_DEFINE(SMMU_CMD_SYNC_FIELDS)
FIELD_DEFINE(SMMU_EVENT_FIELDS)
FIELD_DEFINE(SMMU_EVENT_FETCH_FIELDS)
FIELD_DEFINE(SMMU_PRI_FIELDS)

#endif
