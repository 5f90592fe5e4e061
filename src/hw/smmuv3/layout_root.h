/* SPDX-License-Identifier: MIT */
/* Arm SMMUv3, IHI 0070 G.b: the Root Control Page (6.2.6). See layout.h; SMMU_ROOT_GPT_BASE_CFG is in gpt.h. */
#ifndef IOSIM_HW_SMMUV3_LAYOUT_ROOT_H
#define IOSIM_HW_SMMUV3_LAYOUT_ROOT_H

#include "base/field.h"

/* Name, offset from the base of the page, width in bits, section. */
#define SMMU_ROOT_REGISTERS(X)               \
	X(IDR0, 0x0, 32, "6.3.110")          \
	X(IIDR, 0x8, 32, "6.3.111")          \
	X(CR0, 0x20, 32, "6.3.112")          \
	X(CR0ACK, 0x24, 32, "6.3.113")       \
	X(GPT_BASE, 0x28, 64, "6.3.114")     \
	X(GPT_BASE_CFG, 0x30, 64, "6.3.115") \
	X(GPF_FAR, 0x38, 64, "6.3.116")      \
	X(GPT_CFG_FAR, 0x40, 64, "6.3.117")  \
	X(TLBI, 0x50, 64, "6.3.118")         \
	X(TLBI_CTRL, 0x58, 32, "6.3.119")

#define SMMU_ROOT_REGISTER_OFFSET(name, offset, width, section) SMMU_ROOT_REG_##name = (offset),
enum smmu_root_register_offset { SMMU_ROOT_REGISTERS(SMMU_ROOT_REGISTER_OFFSET) };
enum { SMMU_ROOT_BYTES = 0x10000 };

#define SMMU_ROOT_IDR0_FIELDS(X)                          \
	X(SMMU_ROOT_IDR0, BA_REALM, 0, 31, 22, "6.3.110") \
	X(SMMU_ROOT_IDR0, REALM_IMPL, 0, 3, 3, "6.3.110") \
	X(SMMU_ROOT_IDR0, RGPTM, 0, 2, 2, "6.3.110")      \
	X(SMMU_ROOT_IDR0, BGPTM, 0, 1, 1, "6.3.110")      \
	X(SMMU_ROOT_IDR0, ROOT_IMPL, 0, 0, 0, "6.3.110")

/* CR0ACK has the same form. */
#define SMMU_ROOT_CR0_FIELDS(X)                     \
	X(SMMU_ROOT_CR0, GPCEN, 0, 1, 1, "6.3.112") \
	X(SMMU_ROOT_CR0, ACCESSEN, 0, 0, 0, "6.3.112")

#define SMMU_ROOT_GPT_BASE_FIELDS(X) X(SMMU_ROOT_GPT_BASE, ADDR, 0, 51, 12, "6.3.114")

/* GPF_FAR has no CFG_ERR. */
#define SMMU_ROOT_FAR_FIELDS(X)                          \
	X(SMMU_ROOT_FAR, FPAS, 0, 63, 62, "6.3.116")     \
	X(SMMU_ROOT_FAR, CFG_ERR, 0, 59, 56, "6.3.117")  \
	X(SMMU_ROOT_FAR, FADDR, 0, 55, 12, "6.3.116")    \
	X(SMMU_ROOT_FAR, FAULTCODE, 0, 11, 4, "6.3.116") \
	X(SMMU_ROOT_FAR, REASON, 0, 3, 1, "6.3.116")     \
	X(SMMU_ROOT_FAR, FAULT, 0, 0, 0, "6.3.116")

enum smmu_root_reason { SMMU_ROOT_TRANSLATION = 1, SMMU_ROOT_GERROR = 2, SMMU_ROOT_TRANSACTION = 3 };

/* FAULTCODE with SMMU_ROOT_GERROR; with SMMU_ROOT_TRANSLATION it is the number of the event. */
enum smmu_root_code {
	SMMU_ROOT_CMDQ_GPF = 0,
	SMMU_ROOT_EVENTQ_GPF = 2,
	SMMU_ROOT_PRIQ_GPF = 3,
	SMMU_ROOT_MSI_CMDQ_GPF = 4,
	SMMU_ROOT_MSI_EVENTQ_GPF = 5,
	SMMU_ROOT_MSI_PRIQ_GPF = 6,
	SMMU_ROOT_MSI_GERROR_GPF = 7,
};

#define SMMU_ROOT_TLBI_FIELDS(X)                      \
	X(SMMU_ROOT_TLBI, ADDR, 0, 51, 12, "6.3.118") \
	X(SMMU_ROOT_TLBI, SIZE, 0, 7, 4, "6.3.118")   \
	X(SMMU_ROOT_TLBI, L, 0, 1, 1, "6.3.118")      \
	X(SMMU_ROOT_TLBI, ALL, 0, 0, 0, "6.3.118")

#define SMMU_ROOT_TLBI_CTRL_FIELDS(X) X(SMMU_ROOT_TLBI_CTRL, RUN, 0, 0, 0, "6.3.119")

FIELD_DEFINE(SMMU_ROOT_IDR0_FIELDS)
FIELD_DEFINE(SMMU_ROOT_CR0_FIELDS)
FIELD_DEFINE(SMMU_ROOT_GPT_BASE_FIELDS)
FIELD_DEFINE(SMMU_ROOT_FAR_FIELDS)
FIELD_DEFINE(SMMU_ROOT_TLBI_FIELDS)
FIELD_DEFINE(SMMU_ROOT_TLBI_CTRL_FIELDS)

#endif
