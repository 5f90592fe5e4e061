/* SPDX-License-Identifier: MIT */
/* Arm SMMUv3, IHI 0070 G.b: the registers of pages 0 and 1, and their fields. See layout.h. */
#ifndef IOSIM_HW_SMMUV3_LAYOUT_REGISTERS_H
#define IOSIM_HW_SMMUV3_LAYOUT_REGISTERS_H

#include "base/field.h"

/* Registers of page 0 and page 1: name, offset from the base, width in bits, section. */
#define SMMU_REGISTERS(X)                      \
	X(IDR0, 0x0, 32, "6.3.1")              \
	X(IDR1, 0x4, 32, "6.3.2")              \
	X(IDR2, 0x8, 32, "6.3.3")              \
	X(IDR3, 0xc, 32, "6.3.4")              \
	X(IDR4, 0x10, 32, "6.3.5")             \
	X(IDR5, 0x14, 32, "6.3.6")             \
	X(IIDR, 0x18, 32, "6.3.7")             \
	X(AIDR, 0x1c, 32, "6.3.8")             \
	X(CR0, 0x20, 32, "6.3.9")              \
	X(CR0ACK, 0x24, 32, "6.3.10")          \
	X(CR1, 0x28, 32, "6.3.11")             \
	X(CR2, 0x2c, 32, "6.3.12")             \
	X(STATUSR, 0x40, 32, "6.3.13")         \
	X(GBPA, 0x44, 32, "6.3.14")            \
	X(AGBPA, 0x48, 32, "6.3.15")           \
	X(IRQ_CTRL, 0x50, 32, "6.3.16")        \
	X(IRQ_CTRLACK, 0x54, 32, "6.3.18")     \
	X(GERROR, 0x60, 32, "6.3.19")          \
	X(GERRORN, 0x64, 32, "6.3.20")         \
	X(GERROR_IRQ_CFG0, 0x68, 64, "6.3.21") \
	X(GERROR_IRQ_CFG1, 0x70, 32, "6.3.22") \
	X(GERROR_IRQ_CFG2, 0x74, 32, "6.3.23") \
	X(STRTAB_BASE, 0x80, 64, "6.3.24")     \
	X(STRTAB_BASE_CFG, 0x88, 32, "6.3.25") \
	X(CMDQ_BASE, 0x90, 64, "6.3.26")       \
	X(CMDQ_PROD, 0x98, 32, "6.3.27")       \
	X(CMDQ_CONS, 0x9c, 32, "6.3.28")       \
	X(EVENTQ_BASE, 0xa0, 64, "6.3.29")     \
	X(EVENTQ_IRQ_CFG0, 0xb0, 64, "6.3.30") \
	X(EVENTQ_IRQ_CFG1, 0xb8, 32, "6.3.31") \
	X(EVENTQ_IRQ_CFG2, 0xbc, 32, "6.3.32") \
	X(PRIQ_BASE, 0xc0, 64, "6.3.33")       \
	X(PRIQ_IRQ_CFG0, 0xd0, 64, "6.3.34")   \
	X(PRIQ_IRQ_CFG1, 0xd8, 32, "6.3.35")   \
	X(PRIQ_IRQ_CFG2, 0xdc, 32, "6.3.36")   \
	X(EVENTQ_PROD, 0x100a8, 32, "6.3.95")  \
	X(EVENTQ_CONS, 0x100ac, 32, "6.3.96")  \
	X(PRIQ_PROD, 0x100c8, 32, "6.3.97")    \
	X(PRIQ_CONS, 0x100cc, 32, "6.3.98")

#define SMMU_REGISTER_OFFSET(name, offset, width, section) SMMU_REG_##name = (offset),
enum smmu_register_offset { SMMU_REGISTERS(SMMU_REGISTER_OFFSET) };

enum {
	SMMU_REGISTER_BYTES = 0x20000, /* two pages of 64 KiB (6.1) */
	SMMU_REGISTER_PAGE1 = 0x10000,
};

#define SMMU_IDR0_FIELDS(X)                           \
	X(SMMU_IDR0, RME_IMPL, 0, 30, 30, "6.3.1")    \
	X(SMMU_IDR0, ST_LEVEL, 0, 28, 27, "6.3.1")    \
	X(SMMU_IDR0, TERM_MODEL, 0, 26, 26, "6.3.1")  \
	X(SMMU_IDR0, STALL_MODEL, 0, 25, 24, "6.3.1") \
	X(SMMU_IDR0, ATSRECERR, 0, 23, 23, "6.3.1")   \
	X(SMMU_IDR0, TTENDIAN, 0, 22, 21, "6.3.1")    \
	X(SMMU_IDR0, VATOS, 0, 20, 20, "6.3.1")       \
	X(SMMU_IDR0, CD2L, 0, 19, 19, "6.3.1")        \
	X(SMMU_IDR0, VMID16, 0, 18, 18, "6.3.1")      \
	X(SMMU_IDR0, VMW, 0, 17, 17, "6.3.1")         \
	X(SMMU_IDR0, PRI, 0, 16, 16, "6.3.1")         \
	X(SMMU_IDR0, ATOS, 0, 15, 15, "6.3.1")        \
	X(SMMU_IDR0, SEV, 0, 14, 14, "6.3.1")         \
	X(SMMU_IDR0, MSI, 0, 13, 13, "6.3.1")         \
	X(SMMU_IDR0, ASID16, 0, 12, 12, "6.3.1")      \
	X(SMMU_IDR0, NS1ATS, 0, 11, 11, "6.3.1")      \
	X(SMMU_IDR0, ATS, 0, 10, 10, "6.3.1")         \
	X(SMMU_IDR0, HYP, 0, 9, 9, "6.3.1")           \
	X(SMMU_IDR0, DORMHINT, 0, 8, 8, "6.3.1")      \
	X(SMMU_IDR0, HTTU, 0, 7, 6, "6.3.1")          \
	X(SMMU_IDR0, BTM, 0, 5, 5, "6.3.1")           \
	X(SMMU_IDR0, COHACC, 0, 4, 4, "6.3.1")        \
	X(SMMU_IDR0, TTF, 0, 3, 2, "6.3.1")           \
	X(SMMU_IDR0, S1P, 0, 1, 1, "6.3.1")           \
	X(SMMU_IDR0, S2P, 0, 0, 0, "6.3.1")

#define SMMU_IDR1_FIELDS(X)                              \
	X(SMMU_IDR1, ECMDQ, 0, 31, 31, "6.3.2")          \
	X(SMMU_IDR1, TABLES_PRESET, 0, 30, 30, "6.3.2")  \
	X(SMMU_IDR1, QUEUES_PRESET, 0, 29, 29, "6.3.2")  \
	X(SMMU_IDR1, REL, 0, 28, 28, "6.3.2")            \
	X(SMMU_IDR1, ATTR_TYPES_OVR, 0, 27, 27, "6.3.2") \
	X(SMMU_IDR1, ATTR_PERMS_OVR, 0, 26, 26, "6.3.2") \
	X(SMMU_IDR1, CMDQS, 0, 25, 21, "6.3.2")          \
	X(SMMU_IDR1, EVENTQS, 0, 20, 16, "6.3.2")        \
	X(SMMU_IDR1, PRIQS, 0, 15, 11, "6.3.2")          \
	X(SMMU_IDR1, SSIDSIZE, 0, 10, 6, "6.3.2")        \
	X(SMMU_IDR1, SIDSIZE, 0, 5, 0, "6.3.2")

#define SMMU_IDR3_FIELDS(X)                       \
	X(SMMU_IDR3, EPAN, 0, 17, 17, "6.3.4")    \
	X(SMMU_IDR3, PASIDTT, 0, 16, 16, "6.3.4") \
	X(SMMU_IDR3, DPT, 0, 15, 15, "6.3.4")     \
	X(SMMU_IDR3, PTWNNC, 0, 14, 14, "6.3.4")  \
	X(SMMU_IDR3, E0PD, 0, 13, 13, "6.3.4")    \
	X(SMMU_IDR3, BBML, 0, 12, 11, "6.3.4")    \
	X(SMMU_IDR3, RIL, 0, 10, 10, "6.3.4")     \
	X(SMMU_IDR3, STT, 0, 9, 9, "6.3.4")       \
	X(SMMU_IDR3, FWB, 0, 8, 8, "6.3.4")       \
	X(SMMU_IDR3, MPAM, 0, 7, 7, "6.3.4")      \
	X(SMMU_IDR3, PPS, 0, 5, 5, "6.3.4")       \
	X(SMMU_IDR3, XNX, 0, 4, 4, "6.3.4")       \
	X(SMMU_IDR3, PBHA, 0, 3, 3, "6.3.4")      \
	X(SMMU_IDR3, HAD, 0, 2, 2, "6.3.4")

#define SMMU_IDR5_FIELDS(X)                         \
	X(SMMU_IDR5, STALL_MAX, 0, 31, 16, "6.3.6") \
	X(SMMU_IDR5, VAX, 0, 11, 10, "6.3.6")       \
	X(SMMU_IDR5, D128, 0, 8, 8, "6.3.6")        \
	X(SMMU_IDR5, DS, 0, 7, 7, "6.3.6")          \
	X(SMMU_IDR5, GRAN64K, 0, 6, 6, "6.3.6")     \
	X(SMMU_IDR5, GRAN16K, 0, 5, 5, "6.3.6")     \
	X(SMMU_IDR5, GRAN4K, 0, 4, 4, "6.3.6")      \
	X(SMMU_IDR5, OAS, 0, 2, 0, "6.3.6")

/* Of the Realm interface (6.2.8); R_IDR0 has STALL_MODEL, PRI, MSI and ATS where IDR0 does. */
#define SMMU_R_IDR1_FIELDS(X) X(SMMU_R_IDR1, RME_DA_IMPL, 0, 31, 31, "6.3.123")
#define SMMU_R_IDR3_FIELDS(X) X(SMMU_R_IDR3, XT, 0, 17, 17, "6.3.125")

#define SMMU_AIDR_FIELDS(X)                   \
	X(SMMU_AIDR, MAJOR, 0, 7, 4, "6.3.8") \
	X(SMMU_AIDR, MINOR, 0, 3, 0, "6.3.8")

enum smmu_stall_model { SMMU_STALL_CHOICE = 0, SMMU_STALL_NEVER = 1, SMMU_STALL_ALWAYS = 2 }; /* IDR0.STALL_MODEL */
enum smmu_ttf { SMMU_TTF_AARCH32 = 1, SMMU_TTF_AARCH64 = 2 }; /* bits of IDR0.TTF (6.3.1) */

/* CR0ACK has the same form. */
#define SMMU_CR0_FIELDS(X)                      \
	X(SMMU_CR0, VMW, 0, 8, 6, "6.3.9")      \
	X(SMMU_CR0, ATSCHK, 0, 4, 4, "6.3.9")   \
	X(SMMU_CR0, CMDQEN, 0, 3, 3, "6.3.9")   \
	X(SMMU_CR0, EVENTQEN, 0, 2, 2, "6.3.9") \
	X(SMMU_CR0, PRIQEN, 0, 1, 1, "6.3.9")   \
	X(SMMU_CR0, SMMUEN, 0, 0, 0, "6.3.9")

#define SMMU_CR1_FIELDS(X)                         \
	X(SMMU_CR1, TABLE_SH, 0, 11, 10, "6.3.11") \
	X(SMMU_CR1, TABLE_OC, 0, 9, 8, "6.3.11")   \
	X(SMMU_CR1, TABLE_IC, 0, 7, 6, "6.3.11")   \
	X(SMMU_CR1, QUEUE_SH, 0, 5, 4, "6.3.11")   \
	X(SMMU_CR1, QUEUE_OC, 0, 3, 2, "6.3.11")   \
	X(SMMU_CR1, QUEUE_IC, 0, 1, 0, "6.3.11")

#define SMMU_CR2_FIELDS(X)                          \
	X(SMMU_CR2, REC_CFG_ATS, 0, 3, 3, "6.3.12") \
	X(SMMU_CR2, PTM, 0, 2, 2, "6.3.12")         \
	X(SMMU_CR2, RECINVSID, 0, 1, 1, "6.3.12")   \
	X(SMMU_CR2, E2H, 0, 0, 0, "6.3.12")

#define SMMU_GBPA_FIELDS(X)                        \
	X(SMMU_GBPA, UPDATE, 0, 31, 31, "6.3.14")  \
	X(SMMU_GBPA, ABORT, 0, 20, 20, "6.3.14")   \
	X(SMMU_GBPA, INSTCFG, 0, 19, 18, "6.3.14") \
	X(SMMU_GBPA, PRIVCFG, 0, 17, 16, "6.3.14") \
	X(SMMU_GBPA, SHCFG, 0, 13, 12, "6.3.14")   \
	X(SMMU_GBPA, ALLOCCFG, 0, 11, 8, "6.3.14") \
	X(SMMU_GBPA, MTCFG, 0, 4, 4, "6.3.14")     \
	X(SMMU_GBPA, MEMATTR, 0, 3, 0, "6.3.14")

/* IRQ_CTRLACK has the same form. */
#define SMMU_IRQ_CTRL_FIELDS(X)                           \
	X(SMMU_IRQ_CTRL, EVENTQ_IRQEN, 0, 2, 2, "6.3.16") \
	X(SMMU_IRQ_CTRL, PRIQ_IRQEN, 0, 1, 1, "6.3.16")   \
	X(SMMU_IRQ_CTRL, GERROR_IRQEN, 0, 0, 0, "6.3.16")

/* A bit is active while it differs from that of GERRORN (7.5). */
#define SMMU_GERROR_FIELDS(X)                                 \
	X(SMMU_GERROR, SFM_ERR, 0, 8, 8, "6.3.19")            \
	X(SMMU_GERROR, MSI_GERROR_ABT_ERR, 0, 7, 7, "6.3.19") \
	X(SMMU_GERROR, MSI_PRIQ_ABT_ERR, 0, 6, 6, "6.3.19")   \
	X(SMMU_GERROR, MSI_EVENTQ_ABT_ERR, 0, 5, 5, "6.3.19") \
	X(SMMU_GERROR, MSI_CMDQ_ABT_ERR, 0, 4, 4, "6.3.19")   \
	X(SMMU_GERROR, PRIQ_ABT_ERR, 0, 3, 3, "6.3.19")       \
	X(SMMU_GERROR, EVENTQ_ABT_ERR, 0, 2, 2, "6.3.19")     \
	X(SMMU_GERROR, CMDQ_ERR, 0, 0, 0, "6.3.19")

/* The interrupt configuration of each source has the same form. */
#define SMMU_IRQ_CFG0_FIELDS(X) X(SMMU_IRQ_CFG0, ADDR, 0, 55, 2, "6.3.30")

#define SMMU_IRQ_CFG2_FIELDS(X)                 \
	X(SMMU_IRQ_CFG2, SH, 0, 5, 4, "6.3.32") \
	X(SMMU_IRQ_CFG2, MEMATTR, 0, 3, 0, "6.3.32")

/* PRIQ_IRQ_CFG2 has this beside them. */
#define SMMU_PRIQ_IRQ_CFG2_FIELDS(X) X(SMMU_PRIQ_IRQ_CFG2, LO, 0, 31, 31, "6.3.36")

#define SMMU_STRTAB_BASE_FIELDS(X)                   \
	X(SMMU_STRTAB_BASE, RA, 0, 62, 62, "6.3.24") \
	X(SMMU_STRTAB_BASE, ADDR, 0, 55, 6, "6.3.24")

#define SMMU_STRTAB_BASE_CFG_FIELDS(X)                     \
	X(SMMU_STRTAB_BASE_CFG, FMT, 0, 17, 16, "6.3.25")  \
	X(SMMU_STRTAB_BASE_CFG, SPLIT, 0, 10, 6, "6.3.25") \
	X(SMMU_STRTAB_BASE_CFG, LOG2SIZE, 0, 5, 0, "6.3.25")

enum smmu_strtab_format { SMMU_STRTAB_LINEAR = 0, SMMU_STRTAB_2LEVEL = 1 }; /* FMT (6.3.25) */

/* CMDQ_BASE, EVENTQ_BASE and PRIQ_BASE; HINT is RA or WA. */
#define SMMU_QUEUE_BASE_FIELDS(X)                     \
	X(SMMU_QUEUE_BASE, HINT, 0, 62, 62, "6.3.26") \
	X(SMMU_QUEUE_BASE, ADDR, 0, 55, 5, "6.3.26")  \
	X(SMMU_QUEUE_BASE, LOG2SIZE, 0, 4, 0, "6.3.26")

/* The other indexes are SMMU_INDEX: entry number and wrap bit (3.5.1). */
#define SMMU_CMDQ_CONS_FIELDS(X)                    \
	X(SMMU_CMDQ_CONS, ERR, 0, 30, 24, "6.3.28") \
	X(SMMU_CMDQ_CONS, RD, 0, 19, 0, "6.3.28")

/* OVERFLOW is OVFLG of EVENTQ_PROD and PRIQ_PROD, and OVACKFLG of EVENTQ_CONS and PRIQ_CONS. */
#define SMMU_INDEX_FIELDS(X)                         \
	X(SMMU_INDEX, OVERFLOW, 0, 31, 31, "6.3.95") \
	X(SMMU_INDEX, INDEX, 0, 19, 0, "6.3.95")

FIELD_DEFINE(SMMU_IDR0_FIELDS)
FIELD_DEFINE(SMMU_IDR1_FIELDS)
FIELD_DEFINE(SMMU_IDR3_FIELDS)
FIELD_DEFINE(SMMU_IDR5_FIELDS)
FIELD_DEFINE(SMMU_R_IDR1_FIELDS)
FIELD_DEFINE(SMMU_R_IDR3_FIELDS)
FIELD_DEFINE(SMMU_AIDR_FIELDS)
FIELD_DEFINE(SMMU_CR0_FIELDS)
FIELD_DEFINE(SMMU_CR1_FIELDS)
FIELD_DEFINE(SMMU_CR2_FIELDS)
FIELD_DEFINE(SMMU_GBPA_FIELDS)
FIELD_DEFINE(SMMU_IRQ_CTRL_FIELDS)
FIELD_DEFINE(SMMU_GERROR_FIELDS)
FIELD_DEFINE(SMMU_IRQ_CFG0_FIELDS)
FIELD_DEFINE(SMMU_IRQ_CFG2_FIELDS)
FIELD_DEFINE(SMMU_PRIQ_IRQ_CFG2_FIELDS)
FIELD_DEFINE(SMMU_STRTAB_BASE_FIELDS)
FIELD_DEFINE(SMMU_STRTAB_BASE_CFG_FIELDS)
FIELD_DEFINE(SMMU_QUEUE_BASE_FIELDS)
FIELD_DEFINE(SMMU_CMDQ_CONS_FIELDS)
FIELD_DEFINE(SMMU_INDEX_FIELDS)

#endif
