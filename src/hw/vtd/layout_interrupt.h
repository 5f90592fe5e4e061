/* SPDX-License-Identifier: MIT */
/*
 * Intel VT-d, specification revision 5.10: interrupt remapping and posting; see layout.h, which includes this.
 */
#ifndef IOSIM_HW_VTD_LAYOUT_INTERRUPT_H
#define IOSIM_HW_VTD_LAYOUT_INTERRUPT_H

#include "base/field.h"

/* An interrupt request as it arrives: word 0 is the address, word 1 the data. */
#define VTD_MSI_FIELDS(X)                                  \
	X(VTD_MSI, RANGE, 0, 31, 20, "5.1.2.2 table 13")   \
	X(VTD_MSI, HANDLE, 0, 19, 5, "5.1.2.2 table 13")   \
	X(VTD_MSI, FORMAT, 0, 4, 4, "5.1.2.2 table 13")    \
	X(VTD_MSI, SHV, 0, 3, 3, "5.1.2.2 table 13")       \
	X(VTD_MSI, HANDLE_15, 0, 2, 2, "5.1.2.2 table 13") \
	X(VTD_MSI, IGNORED, 0, 1, 0, "5.1.2.2 table 13")   \
	X(VTD_MSI, SUBHANDLE, 1, 15, 0, "5.1.2.2 table 14")

/* The same in compatibility format. DESTINATION_HIGH: of messages of the unit itself in x2APIC mode (5.1.6.2). */
#define VTD_COMPAT_FIELDS(X)                                  \
	X(VTD_COMPAT, DESTINATION_HIGH, 0, 63, 40, "5.1.6.2") \
	X(VTD_COMPAT, RANGE, 0, 31, 20, "5.1.2.1")            \
	X(VTD_COMPAT, DESTINATION, 0, 19, 12, "5.1.2.1")      \
	X(VTD_COMPAT, FORMAT, 0, 4, 4, "5.1.2.1")             \
	X(VTD_COMPAT, RH, 0, 3, 3, "5.1.2.1")                 \
	X(VTD_COMPAT, DM, 0, 2, 2, "5.1.2.1")                 \
	X(VTD_COMPAT, TM, 1, 15, 15, "5.1.2.1")               \
	X(VTD_COMPAT, LEVEL, 1, 14, 14, "5.1.2.1")            \
	X(VTD_COMPAT, DLM, 1, 10, 8, "5.1.2.1")               \
	X(VTD_COMPAT, V, 1, 7, 0, "5.1.2.1")

#define VTD_MSI_RANGE_VALUE 0xfeeu

/* Interrupt remapping table entry, 16 bytes; what both forms have, then each form. */
#define VTD_IRTE_COMMON_FIELDS(X, prefix, section) \
	X(prefix, SVT, 1, 19, 18, section)         \
	X(prefix, SQ, 1, 17, 16, section)          \
	X(prefix, SID, 1, 15, 0, section)          \
	X(prefix, IM, 0, 15, 15, section)          \
	X(prefix, IGNORED, 0, 11, 8, section)      \
	X(prefix, FPD, 0, 1, 1, section)           \
	X(prefix, P, 0, 0, 0, section)

#define VTD_IRTE_FIELDS(X)                         \
	VTD_IRTE_COMMON_FIELDS(X, VTD_IRTE, "9.9") \
	X(VTD_IRTE, DST, 0, 63, 32, "9.9")         \
	X(VTD_IRTE, V, 0, 23, 16, "9.9")           \
	X(VTD_IRTE, DLM, 0, 7, 5, "9.9")           \
	X(VTD_IRTE, TM, 0, 4, 4, "9.9")            \
	X(VTD_IRTE, RH, 0, 3, 3, "9.9")            \
	X(VTD_IRTE, DM, 0, 2, 2, "9.9")

#define VTD_PIRTE_FIELDS(X)                          \
	VTD_IRTE_COMMON_FIELDS(X, VTD_PIRTE, "9.10") \
	X(VTD_PIRTE, PDAH, 1, 63, 32, "9.10")        \
	X(VTD_PIRTE, PDAL, 0, 63, 38, "9.10")        \
	X(VTD_PIRTE, VV, 0, 23, 16, "9.10")          \
	X(VTD_PIRTE, URG, 0, 14, 14, "9.10")

enum vtd_svt { /* 9.9 */
	       VTD_SVT_NONE = 0,
	       VTD_SVT_REQUESTER = 1,
	       VTD_SVT_BUSES = 2,
	       VTD_SVT_RESERVED = 3,
};

/* Posted interrupt descriptor, 64 bytes. */
#define VTD_PID_FIELDS(X)                   \
	X(VTD_PID, PIR0, 0, 63, 0, "9.11")  \
	X(VTD_PID, PIR1, 1, 63, 0, "9.11")  \
	X(VTD_PID, PIR2, 2, 63, 0, "9.11")  \
	X(VTD_PID, PIR3, 3, 63, 0, "9.11")  \
	X(VTD_PID, NDST, 4, 63, 32, "9.11") \
	X(VTD_PID, NV, 4, 23, 16, "9.11")   \
	X(VTD_PID, SN, 4, 1, 1, "9.11")     \
	X(VTD_PID, ON, 4, 0, 0, "9.11")

/* DST and NDST in xAPIC mode: the rest is reserved. */
#define VTD_XAPIC_DESTINATION_FIELDS(X) X(VTD_XAPIC_DESTINATION, ID, 0, 15, 8, "11.4.10")

enum {
	VTD_IRTE_BYTES = 16,
	VTD_PID_BYTES = 64,
	VTD_PID_WORDS = 8,
	VTD_PID_PIR_WORDS = 4,
};

/* Interrupt remapping fault conditions (table 15), as VTD_FAULTS of layout.h. */
#define VTD_INTERRUPT_FAULTS(X)                                                                                      \
	X(IR_REQUEST_RESERVED, 0x20, "5.1.4.1 20h", false, "reserved field set in interrupt request")                \
	X(IR_INDEX_BEYOND, 0x21, "5.1.4.1 21h", false, "interrupt index beyond the interrupt remapping table")       \
	X(IR_NOT_PRESENT, 0x22, "5.1.4.1 22h", true, "interrupt remapping table entry not present")                  \
	X(IR_ACCESS, 0x23, "5.1.4.1 23h", false, "interrupt remapping table entry not readable")                     \
	X(IR_RESERVED, 0x24, "5.1.4.1 24h", true, "reserved field set in interrupt remapping table entry")           \
	X(IR_COMPATIBILITY, 0x25, "5.1.4.1 25h", false, "interrupt request in compatibility format blocked")         \
	X(IR_SOURCE, 0x26, "5.1.4.1 26h", true, "interrupt request of another requester than the entry's")           \
	X(PID_ACCESS, 0x27, "5.1.4.1 27h", true, "posted interrupt descriptor not accessible")                       \
	X(PID_RESERVED, 0x28, "5.1.4.1 28h", true, "reserved field set in posted interrupt descriptor")              \
	X(IR_MALFORMED, 0x29, "5.1.4.1 29h", false, "request to the interrupt range that is no interrupt")           \
	X(IR_EIME_REQUIRED, 0x2a, "5.1.4.1 2Ah", false, "interrupt request without the extended mode that it needs") \
	X(IR_REQUIRED, 0x2b, "5.1.4.1 2Bh", false, "interrupt request while interrupt remapping is off")

FIELD_DEFINE(VTD_MSI_FIELDS)
FIELD_DEFINE(VTD_COMPAT_FIELDS)
FIELD_DEFINE(VTD_IRTE_FIELDS)
FIELD_DEFINE(VTD_PIRTE_FIELDS)
FIELD_DEFINE(VTD_PID_FIELDS)
FIELD_DEFINE(VTD_XAPIC_DESTINATION_FIELDS)

#endif
