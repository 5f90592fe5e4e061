/* SPDX-License-Identifier: MIT */
/*
 * The layout, held to a second copy of it: a row of the headers that is moved by one bit, widened or put into another
 * word is found. Structures and registers of the copy were compared with the bit numbers in IHI 0070 G.b 5.1 to 5.4
 * and 6.3.
 */
#include "hw/smmuv3/gpt.h"
#include "hw/smmuv3/layout.h"
#include "hw/smmuv3/layout_root.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct second { /* a field, written down again */
	const char *name;
	unsigned word, msb, lsb;
};

/* clang-format off */
static const struct second second_IDR0[] = {
	{"RME_IMPL", 0, 30, 30}, {"ST_LEVEL", 0, 28, 27}, {"TERM_MODEL", 0, 26, 26}, {"STALL_MODEL", 0, 25, 24}, {"ATSRECERR", 0, 23, 23},
	{"TTENDIAN", 0, 22, 21}, {"VATOS", 0, 20, 20}, {"CD2L", 0, 19, 19}, {"VMID16", 0, 18, 18}, {"VMW", 0, 17, 17},
	{"PRI", 0, 16, 16}, {"ATOS", 0, 15, 15}, {"SEV", 0, 14, 14}, {"MSI", 0, 13, 13}, {"ASID16", 0, 12, 12},
	{"NS1ATS", 0, 11, 11}, {"ATS", 0, 10, 10}, {"HYP", 0, 9, 9}, {"DORMHINT", 0, 8, 8}, {"HTTU", 0, 7, 6},
	{"BTM", 0, 5, 5}, {"COHACC", 0, 4, 4}, {"TTF", 0, 3, 2}, {"S1P", 0, 1, 1}, {"S2P", 0, 0, 0},
};
static const struct second second_IDR1[] = {
	{"ECMDQ", 0, 31, 31}, {"TABLES_PRESET", 0, 30, 30}, {"QUEUES_PRESET", 0, 29, 29}, {"REL", 0, 28, 28},
	{"ATTR_TYPES_OVR", 0, 27, 27}, {"ATTR_PERMS_OVR", 0, 26, 26}, {"CMDQS", 0, 25, 21}, {"EVENTQS", 0, 20, 16},
	{"PRIQS", 0, 15, 11}, {"SSIDSIZE", 0, 10, 6}, {"SIDSIZE", 0, 5, 0},
};
static const struct second second_IDR3[] = {
	{"EPAN", 0, 17, 17}, {"PASIDTT", 0, 16, 16}, {"DPT", 0, 15, 15}, {"PTWNNC", 0, 14, 14}, {"E0PD", 0, 13, 13},
	{"BBML", 0, 12, 11}, {"RIL", 0, 10, 10}, {"STT", 0, 9, 9}, {"FWB", 0, 8, 8}, {"MPAM", 0, 7, 7},
	{"PPS", 0, 5, 5}, {"XNX", 0, 4, 4}, {"PBHA", 0, 3, 3}, {"HAD", 0, 2, 2},
};
static const struct second second_IDR5[] = {
	{"STALL_MAX", 0, 31, 16}, {"VAX", 0, 11, 10}, {"D128", 0, 8, 8}, {"DS", 0, 7, 7}, {"GRAN64K", 0, 6, 6},
	{"GRAN16K", 0, 5, 5}, {"GRAN4K", 0, 4, 4}, {"OAS", 0, 2, 0},
};
static const struct second second_R_IDR1[] = {
	{"RME_DA_IMPL", 0, 31, 31},
};
static const struct second second_R_IDR3[] = {
	{"XT", 0, 17, 17},
};
static const struct second second_ROOT_IDR0[] = {
	{"BA_REALM", 0, 31, 22}, {"REALM_IMPL", 0, 3, 3}, {"RGPTM", 0, 2, 2}, {"BGPTM", 0, 1, 1},
	{"ROOT_IMPL", 0, 0, 0},
};
static const struct second second_ROOT_CR0[] = {
	{"GPCEN", 0, 1, 1}, {"ACCESSEN", 0, 0, 0},
};
static const struct second second_ROOT_GPT_BASE[] = {
	{"ADDR", 0, 51, 12},
};
static const struct second second_GPT_CFG[] = {
	{"L0GPTSZ", 0, 23, 20}, {"GPCP", 0, 17, 17}, {"PGS", 0, 15, 14}, {"SH", 0, 13, 12}, {"ORGN", 0, 11, 10},
	{"IRGN", 0, 9, 8}, {"PPS", 0, 2, 0},
};
static const struct second second_ROOT_FAR[] = {
	{"FPAS", 0, 63, 62}, {"CFG_ERR", 0, 59, 56}, {"FADDR", 0, 55, 12}, {"FAULTCODE", 0, 11, 4},
	{"REASON", 0, 3, 1}, {"FAULT", 0, 0, 0},
};
static const struct second second_ROOT_TLBI[] = {
	{"ADDR", 0, 51, 12}, {"SIZE", 0, 7, 4}, {"L", 0, 1, 1}, {"ALL", 0, 0, 0},
};
static const struct second second_ROOT_TLBI_CTRL[] = {
	{"RUN", 0, 0, 0},
};
static const struct second second_AIDR[] = {
	{"MAJOR", 0, 7, 4}, {"MINOR", 0, 3, 0},
};
static const struct second second_CR0[] = {
	{"VMW", 0, 8, 6}, {"ATSCHK", 0, 4, 4}, {"CMDQEN", 0, 3, 3}, {"EVENTQEN", 0, 2, 2}, {"PRIQEN", 0, 1, 1},
	{"SMMUEN", 0, 0, 0},
};
static const struct second second_CR1[] = {
	{"TABLE_SH", 0, 11, 10}, {"TABLE_OC", 0, 9, 8}, {"TABLE_IC", 0, 7, 6}, {"QUEUE_SH", 0, 5, 4},
	{"QUEUE_OC", 0, 3, 2}, {"QUEUE_IC", 0, 1, 0},
};
static const struct second second_CR2[] = {
	{"REC_CFG_ATS", 0, 3, 3}, {"PTM", 0, 2, 2}, {"RECINVSID", 0, 1, 1}, {"E2H", 0, 0, 0},
};
static const struct second second_GBPA[] = {
	{"UPDATE", 0, 31, 31}, {"ABORT", 0, 20, 20}, {"INSTCFG", 0, 19, 18}, {"PRIVCFG", 0, 17, 16},
	{"SHCFG", 0, 13, 12}, {"ALLOCCFG", 0, 11, 8}, {"MTCFG", 0, 4, 4}, {"MEMATTR", 0, 3, 0},
};
static const struct second second_IRQ_CTRL[] = {
	{"EVENTQ_IRQEN", 0, 2, 2}, {"PRIQ_IRQEN", 0, 1, 1}, {"GERROR_IRQEN", 0, 0, 0},
};
static const struct second second_GERROR[] = {
	{"SFM_ERR", 0, 8, 8}, {"MSI_GERROR_ABT_ERR", 0, 7, 7}, {"MSI_PRIQ_ABT_ERR", 0, 6, 6},
	{"MSI_EVENTQ_ABT_ERR", 0, 5, 5}, {"MSI_CMDQ_ABT_ERR", 0, 4, 4}, {"PRIQ_ABT_ERR", 0, 3, 3},
	{"EVENTQ_ABT_ERR", 0, 2, 2}, {"CMDQ_ERR", 0, 0, 0},
};
static const struct second second_IRQ_CFG0[] = {
	{"ADDR", 0, 55, 2},
};
static const struct second second_IRQ_CFG2[] = {
	{"SH", 0, 5, 4}, {"MEMATTR", 0, 3, 0},
};
static const struct second second_PRIQ_IRQ_CFG2[] = {
	{"LO", 0, 31, 31},
};
static const struct second second_STRTAB_BASE[] = {
	{"RA", 0, 62, 62}, {"ADDR", 0, 55, 6},
};
static const struct second second_STRTAB_BASE_CFG[] = {
	{"FMT", 0, 17, 16}, {"SPLIT", 0, 10, 6}, {"LOG2SIZE", 0, 5, 0},
};
static const struct second second_QUEUE_BASE[] = {
	{"HINT", 0, 62, 62}, {"ADDR", 0, 55, 5}, {"LOG2SIZE", 0, 4, 0},
};
static const struct second second_CMDQ_CONS[] = {
	{"ERR", 0, 30, 24}, {"RD", 0, 19, 0},
};
static const struct second second_INDEX[] = {
	{"OVERFLOW", 0, 31, 31}, {"INDEX", 0, 19, 0},
};
static const struct second second_L1STD[] = {
	{"L2PTR", 0, 55, 6}, {"SPAN", 0, 4, 0},
};
static const struct second second_L1CD[] = {
	{"L2PTR", 0, 55, 12}, {"V", 0, 0, 0},
};
static const struct second second_STE[] = {
	{"V", 0, 0, 0}, {"CONFIG", 0, 3, 1}, {"S1FMT", 0, 5, 4}, {"S1CONTEXTPTR", 0, 55, 6}, {"S1CDMAX", 0, 63, 59},
	{"S1DSS", 1, 1, 0}, {"S1CIR", 1, 3, 2}, {"S1COR", 1, 5, 4}, {"S1CSH", 1, 7, 6}, {"DRE", 1, 12, 12},
	{"CONT", 1, 16, 13}, {"DCP", 1, 17, 17}, {"PPAR", 1, 18, 18}, {"MEV", 1, 19, 19}, {"IGNORED84", 1, 23, 20},
	{"S2FWB", 1, 25, 25}, {"S1MPAM", 1, 26, 26}, {"S1STALLD", 1, 27, 27}, {"EATS", 1, 29, 28},
	{"STRW", 1, 31, 30}, {"MEMATTR", 1, 35, 32}, {"MTCFG", 1, 36, 36}, {"ALLOCCFG", 1, 40, 37},
	{"SHCFG", 1, 45, 44}, {"NSCFG", 1, 47, 46}, {"PRIVCFG", 1, 49, 48}, {"INSTCFG", 1, 51, 50},
	{"IGNORED116", 1, 63, 52}, {"S2VMID", 2, 15, 0}, {"IGNORED144", 2, 31, 16}, {"S2T0SZ", 2, 37, 32},
	{"S2SL0", 2, 39, 38}, {"S2IR0", 2, 41, 40}, {"S2OR0", 2, 43, 42}, {"S2SH0", 2, 45, 44}, {"S2TG", 2, 47, 46},
	{"S2PS", 2, 50, 48}, {"S2AA64", 2, 51, 51}, {"S2ENDI", 2, 52, 52}, {"S2AFFD", 2, 53, 53},
	{"S2PTW", 2, 54, 54}, {"S2HD", 2, 55, 55}, {"S2HA", 2, 56, 56}, {"S2S", 2, 57, 57}, {"S2R", 2, 58, 58},
	{"S2SL0_2", 3, 2, 2}, {"S2DS", 3, 3, 3}, {"S2TTB", 3, 55, 4},
};
static const struct second second_CD[] = {
	{"T0SZ", 0, 5, 0}, {"TG0", 0, 7, 6}, {"IR0", 0, 9, 8}, {"OR0", 0, 11, 10}, {"SH0", 0, 13, 12},
	{"EPD0", 0, 14, 14}, {"ENDI", 0, 15, 15}, {"T1SZ", 0, 21, 16}, {"TG1", 0, 23, 22}, {"IR1", 0, 25, 24},
	{"OR1", 0, 27, 26}, {"SH1", 0, 29, 28}, {"EPD1", 0, 30, 30}, {"V", 0, 31, 31}, {"IPS", 0, 34, 32},
	{"AFFD", 0, 35, 35}, {"WXN", 0, 36, 36}, {"UWXN", 0, 37, 37}, {"TBI0", 0, 38, 38}, {"TBI1", 0, 39, 39},
	{"PAN", 0, 40, 40}, {"AA64", 0, 41, 41}, {"HD", 0, 42, 42}, {"HA", 0, 43, 43}, {"S", 0, 44, 44},
	{"R", 0, 45, 45}, {"A", 0, 46, 46}, {"ASET", 0, 47, 47}, {"ASID", 0, 63, 48}, {"NSCFG0", 1, 0, 0},
	{"HAD0", 1, 1, 1}, {"E0PD0", 1, 2, 2}, {"HAFT", 1, 3, 3}, {"TTB0", 1, 55, 4}, {"HWU059", 1, 60, 60},
	{"HWU060", 1, 61, 61}, {"HWU061", 1, 62, 62}, {"HWU062", 1, 63, 63}, {"NSCFG1", 2, 0, 0}, {"HAD1", 2, 1, 1},
	{"E0PD1", 2, 2, 2}, {"TTB1", 2, 55, 4}, {"HWU159", 2, 60, 60}, {"HWU160", 2, 61, 61}, {"HWU161", 2, 62, 62},
	{"HWU162", 2, 63, 63}, {"MAIR0", 3, 31, 0}, {"MAIR1", 3, 63, 32}, {"AMAIR0", 4, 31, 0}, {"AMAIR1", 4, 63, 32},
	{"IGNORED320", 5, 31, 0},
};
static const struct second second_S1TABLE[] = {
	{"NSTABLE", 0, 63, 63}, {"APTABLE", 0, 62, 61}, {"UXNTABLE", 0, 60, 60}, {"PXNTABLE", 0, 59, 59},
	{"IGNORED51", 0, 58, 51}, {"ADDR", 0, 47, 12}, {"IGNORED2", 0, 11, 2}, {"TYPE", 0, 1, 1}, {"VALID", 0, 0, 0},
};
static const struct second second_S1PAGE[] = {
	{"IGNORED59", 0, 63, 59}, {"IGNORED55", 0, 58, 55}, {"UXN", 0, 54, 54}, {"PXN", 0, 53, 53},
	{"CONT", 0, 52, 52}, {"DBM", 0, 51, 51}, {"ADDR", 0, 47, 12}, {"NG", 0, 11, 11}, {"AF", 0, 10, 10},
	{"SH", 0, 9, 8}, {"AP", 0, 7, 6}, {"NS", 0, 5, 5}, {"ATTRINDX", 0, 4, 2}, {"TYPE", 0, 1, 1},
	{"VALID", 0, 0, 0},
};
static const struct second second_S2TABLE[] = {
	{"IGNORED51", 0, 63, 51}, {"ADDR", 0, 47, 12}, {"IGNORED2", 0, 11, 2}, {"TYPE", 0, 1, 1}, {"VALID", 0, 0, 0},
};
static const struct second second_S2PAGE[] = {
	{"IGNORED59", 0, 63, 59}, {"IGNORED56", 0, 58, 56}, {"NS", 0, 55, 55}, {"XN", 0, 54, 53}, {"CONT", 0, 52, 52},
	{"DBM", 0, 51, 51}, {"ADDR", 0, 47, 12}, {"AF", 0, 10, 10}, {"SH", 0, 9, 8}, {"S2AP", 0, 7, 6},
	{"MEMATTR", 0, 5, 2}, {"TYPE", 0, 1, 1}, {"VALID", 0, 0, 0},
};
static const struct second second_CMD[] = {
	{"OPCODE", 0, 7, 0},
};
static const struct second second_CMD_PREFETCH[] = {
	{"OPCODE", 0, 7, 0}, {"SSEC", 0, 10, 10}, {"SSV", 0, 11, 11}, {"SSID", 0, 31, 12}, {"SID", 0, 63, 32},
	{"SIZE", 1, 4, 0}, {"STRIDE", 1, 9, 5}, {"ADDR", 1, 63, 12},
};
static const struct second second_CMD_CFGI[] = {
	{"OPCODE", 0, 7, 0}, {"SSEC", 0, 10, 10}, {"SSID", 0, 31, 12}, {"SID", 0, 63, 32}, {"LEAF", 1, 0, 0},
};
static const struct second second_CMD_CFGI_RANGE[] = {
	{"OPCODE", 0, 7, 0}, {"SSEC", 0, 10, 10}, {"SID", 0, 63, 32}, {"RANGE", 1, 4, 0},
};
static const struct second second_CMD_TLBI[] = {
	{"OPCODE", 0, 7, 0}, {"NUM", 0, 16, 12}, {"SCALE", 0, 25, 20}, {"VMID", 0, 47, 32}, {"ASID", 0, 63, 48},
	{"LEAF", 1, 0, 0}, {"TTL128", 1, 7, 7}, {"TTL", 1, 9, 8}, {"TG", 1, 11, 10}, {"ADDR", 1, 63, 12},
};
static const struct second second_CMD_ATC_INV[] = {
	{"OPCODE", 0, 7, 0}, {"GLOBAL", 0, 9, 9}, {"SSEC", 0, 10, 10}, {"SSV", 0, 11, 11}, {"SSID", 0, 31, 12},
	{"SID", 0, 63, 32}, {"SIZE", 1, 5, 0}, {"ADDR", 1, 63, 12},
};
static const struct second second_CMD_PRI_RESP[] = {
	{"OPCODE", 0, 7, 0}, {"SSEC", 0, 10, 10}, {"SSV", 0, 11, 11}, {"SSID", 0, 31, 12}, {"SID", 0, 63, 32},
	{"PRGINDEX", 1, 8, 0}, {"RESP", 1, 13, 12},
};
static const struct second second_CMD_RESUME[] = {
	{"OPCODE", 0, 7, 0}, {"SSEC", 0, 10, 10}, {"AC", 0, 12, 12}, {"AB", 0, 13, 13}, {"SID", 0, 63, 32},
	{"STAG", 1, 15, 0},
};
static const struct second second_CMD_SYNC[] = {
	{"OPCODE", 0, 7, 0}, {"CS", 0, 13, 12}, {"MSH", 0, 23, 22}, {"MSIATTR", 0, 27, 24}, {"MSIDATA", 0, 63, 32},
	{"MSIADDR", 1, 55, 2},
};
static const struct second second_EVENT[] = {
	{"TYPE", 0, 7, 0}, {"SSV", 0, 11, 11}, {"SSID", 0, 31, 12}, {"SID", 0, 63, 32}, {"STAG", 1, 15, 0},
	{"GPCF", 1, 16, 16},
	{"STALL", 1, 31, 31}, {"PNU", 1, 33, 33}, {"IND", 1, 34, 34}, {"RNW", 1, 35, 35}, {"NSIPA", 1, 36, 36},
	{"S2", 1, 39, 39}, {"CLASS", 1, 41, 40}, {"TTRNW", 1, 44, 44}, {"INPUTADDR", 2, 63, 0}, {"IPA", 3, 55, 12},
};
static const struct second second_EVENT_FETCH[] = {
	{"ADDR", 3, 55, 3},
};
static const struct second second_PRI[] = {
	{"SID", 0, 31, 0}, {"SSID", 0, 51, 32}, {"PRIV", 0, 58, 58}, {"EXEC", 0, 59, 59}, {"R", 0, 60, 60},
	{"W", 0, 61, 61}, {"LAST", 0, 62, 62}, {"SSV", 0, 63, 63}, {"PRGINDEX", 1, 8, 0}, {"ADDR", 1, 63, 12},
};
static const unsigned offsets[] = {
	0x0, 32, 0x4, 32, 0x8, 32, 0xc, 32, 0x10, 32, 0x14, 32, 0x18, 32, 0x1c, 32, 0x20, 32, 0x24, 32, 0x28, 32,
	0x2c, 32, 0x40, 32, 0x44, 32, 0x48, 32, 0x50, 32, 0x54, 32, 0x60, 32, 0x64, 32, 0x68, 64, 0x70, 32, 0x74, 32,
	0x80, 64, 0x88, 32, 0x90, 64, 0x98, 32, 0x9c, 32, 0xa0, 64, 0xb0, 64, 0xb8, 32, 0xbc, 32, 0xc0, 64, 0xd0, 64,
	0xd8, 32, 0xdc, 32, 0x100a8, 32, 0x100ac, 32, 0x100c8, 32, 0x100cc, 32,
};
static const unsigned opcodes[] = {
	0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x10, 0x11, 0x12, 0x13, 0x18, 0x1a, 0x20, 0x21, 0x22, 0x23, 0x28, 0x2a, 0x30, 0x40, 0x41, 0x44, 0x45, 0x46,
};
static const unsigned events[] = {
	0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x20, 0x21, 0x24, 0x25,
};
/* clang-format on */

#define TABLES(X)          \
	X(IDR0)            \
	X(IDR1)            \
	X(IDR3)            \
	X(IDR5)            \
	X(R_IDR1)          \
	X(R_IDR3)          \
	X(ROOT_IDR0)       \
	X(ROOT_CR0)        \
	X(ROOT_GPT_BASE)   \
	X(GPT_CFG)         \
	X(ROOT_FAR)        \
	X(ROOT_TLBI)       \
	X(ROOT_TLBI_CTRL)  \
	X(AIDR)            \
	X(CR0)             \
	X(CR1)             \
	X(CR2)             \
	X(GBPA)            \
	X(IRQ_CTRL)        \
	X(GERROR)          \
	X(IRQ_CFG0)        \
	X(IRQ_CFG2)        \
	X(PRIQ_IRQ_CFG2)   \
	X(STRTAB_BASE)     \
	X(STRTAB_BASE_CFG) \
	X(QUEUE_BASE)      \
	X(CMDQ_CONS)       \
	X(INDEX)           \
	X(L1STD)           \
	X(L1CD)            \
	X(STE)             \
	X(CD)              \
	X(S1TABLE)         \
	X(S1PAGE)          \
	X(S2TABLE)         \
	X(S2PAGE)          \
	X(CMD)             \
	X(CMD_PREFETCH)    \
	X(CMD_CFGI)        \
	X(CMD_CFGI_RANGE)  \
	X(CMD_TLBI)        \
	X(CMD_ATC_INV)     \
	X(CMD_PRI_RESP)    \
	X(CMD_RESUME)      \
	X(CMD_SYNC)        \
	X(EVENT)           \
	X(EVENT_FETCH)     \
	X(PRI)

#define ROWS(list) static const struct field_row rows_##list[] = FIELD_ROWS(SMMU_##list##_FIELDS);
TABLES(ROWS)

static const struct {
	const char *name;
	const struct field_row *rows;
	const struct second *second;
	size_t count, second_count;
} tables[] = {
#define TABLE(list) {#list, rows_##list, second_##list, COUNT(rows_##list), COUNT(second_##list)},
	TABLES(TABLE)};

static void test_layout_fields_are_where_the_second_copy_has_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(tables); i++) {
		assert_int_equal(tables[i].count, tables[i].second_count);
		for (size_t row = 0; row < tables[i].count; row++) {
			const struct field_row *field = &tables[i].rows[row];
			const struct second *second = &tables[i].second[row];
			if (strcmp(field->name, second->name) != 0 || field->word != second->word ||
			    field->msb != second->msb || field->lsb != second->lsb)
				fail_msg("%s.%s is not word %u, bits %u:%u", tables[i].name, second->name, second->word,
					 second->msb, second->lsb);
		}
		assert_null(field_first_bad(tables[i].rows, tables[i].count, 8));
	}
}

static void test_layout_registers_are_where_the_second_copy_has_them(void **state)
{
#define PLACE(name, offset, width, section) (offset), (width),
	static const unsigned places[] = {SMMU_REGISTERS(PLACE)};

	(void)state;
	assert_int_equal(COUNT(places), COUNT(offsets));
	assert_memory_equal(places, offsets, sizeof(places));
}

static void test_layout_root_registers_are_where_the_second_copy_has_them(void **state)
{
	static const unsigned root_offsets[] = {0x0,  32, 0x8,  32, 0x20, 32, 0x24, 32, 0x28, 64,
						0x30, 64, 0x38, 64, 0x40, 64, 0x50, 64, 0x58, 32};
	static const unsigned places[] = {SMMU_ROOT_REGISTERS(PLACE)};

	(void)state;
	assert_int_equal(COUNT(places), COUNT(root_offsets));
	assert_memory_equal(places, root_offsets, sizeof(places));
}

static void test_layout_numbers_are_those_of_the_second_copy(void **state)
{
#define OPCODE(name, number, section)      (number),
#define EVENT(name, number, section, text) (number),
	static const unsigned opcode_numbers[] = {SMMU_OPCODES(OPCODE)}, event_numbers[] = {SMMU_EVENTS(EVENT)};

	(void)state;
	assert_int_equal(COUNT(opcode_numbers), COUNT(opcodes));
	assert_memory_equal(opcode_numbers, opcodes, sizeof(opcodes));
	assert_int_equal(COUNT(event_numbers), COUNT(events));
	assert_memory_equal(event_numbers, events, sizeof(events));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout_fields_are_where_the_second_copy_has_them),
		cmocka_unit_test(test_layout_registers_are_where_the_second_copy_has_them),
		cmocka_unit_test(test_layout_root_registers_are_where_the_second_copy_has_them),
		cmocka_unit_test(test_layout_numbers_are_those_of_the_second_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
