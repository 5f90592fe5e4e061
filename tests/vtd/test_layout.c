/* SPDX-License-Identifier: MIT */
/*
 * The layout, held to a second copy of it: each row below was read off specification 5.10 without looking at the
 * header. A row of the header that is moved by one bit, widened or put into another word is found.
 */
#include "hw/vtd/layout.h"

#include "vtd_test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct second { /* a field, written down again */
	const char *name;
	unsigned word, msb, lsb;
};

#define SECOND(list, ...) static const struct second second_##list[] = __VA_ARGS__

SECOND(VER, {{"MAX", 0, 7, 4}, {"MIN", 0, 3, 0}});
SECOND(CAP,
       {{"ESRTPS", 0, 63, 63}, {"ESIRTPS", 0, 62, 62}, {"ECMDS", 0, 61, 61}, {"FS5LP", 0, 60, 60}, {"PI", 0, 59, 59},
	{"FS1GP", 0, 56, 56},  {"DRD", 0, 55, 55},     {"DWD", 0, 54, 54},   {"MAMV", 0, 53, 48},  {"NFR", 0, 47, 40},
	{"PSI", 0, 39, 39},    {"SSLPS", 0, 37, 34},   {"FRO", 0, 33, 24},   {"ZLR", 0, 22, 22},   {"MGAW", 0, 21, 16},
	{"SAGAW", 0, 12, 8},   {"CM", 0, 7, 7},        {"PHMR", 0, 6, 6},    {"PLMR", 0, 5, 5},    {"RWBF", 0, 4, 4},
	{"ND", 0, 2, 0}});
SECOND(ECAP,
       {{"IRREQ", 0, 62, 62},  {"EIMER", 0, 61, 61}, {"RDTS", 0, 60, 60}, {"HPT1GPS", 0, 59, 59}, {"SMS", 0, 58, 58},
	{"SSIRWS", 0, 57, 57}, {"PTRS", 0, 56, 56},  {"HPTS", 0, 55, 55}, {"RPRIVS", 0, 53, 53},  {"ADMS", 0, 52, 52},
	{"PMS", 0, 51, 51},    {"TDXCS", 0, 50, 50}, {"RPS", 0, 49, 49},  {"SMPWCS", 0, 48, 48},  {"FSTS", 0, 47, 47},
	{"SSTS", 0, 46, 46},   {"SSADS", 0, 45, 45}, {"VCS", 0, 44, 44},  {"SMTS", 0, 43, 43},    {"PDS", 0, 42, 42},
	{"DIT", 0, 41, 41},    {"PASID", 0, 40, 40}, {"PSS", 0, 39, 35},  {"EAFS", 0, 34, 34},    {"NWFS", 0, 33, 33},
	{"SRS", 0, 31, 31},    {"ERS", 0, 30, 30},   {"PRS", 0, 29, 29},  {"NEST", 0, 26, 26},    {"MTS", 0, 25, 25},
	{"MHMV", 0, 23, 20},   {"IRO", 0, 17, 8},    {"SC", 0, 7, 7},     {"PT", 0, 6, 6},        {"EIM", 0, 4, 4},
	{"IR", 0, 3, 3},       {"DT", 0, 2, 2},      {"QI", 0, 1, 1},     {"C", 0, 0, 0}});
SECOND(GCMD, {{"TE", 0, 31, 31},
	      {"SRTP", 0, 30, 30},
	      {"WBF", 0, 27, 27},
	      {"QIE", 0, 26, 26},
	      {"IRE", 0, 25, 25},
	      {"SIRTP", 0, 24, 24},
	      {"CFI", 0, 23, 23}});
SECOND(GSTS, {{"TES", 0, 31, 31},
	      {"RTPS", 0, 30, 30},
	      {"WBFS", 0, 27, 27},
	      {"QIES", 0, 26, 26},
	      {"IRES", 0, 25, 25},
	      {"IRTPS", 0, 24, 24},
	      {"CFIS", 0, 23, 23}});
SECOND(RTADDR, {{"RTA", 0, 63, 12}, {"TTM", 0, 11, 10}, {"SSIRWE", 0, 7, 7}});
SECOND(CCMD, {{"ICC", 0, 63, 63},
	      {"CIRG", 0, 62, 61},
	      {"CAIG", 0, 60, 59},
	      {"FM", 0, 33, 32},
	      {"SID", 0, 31, 16},
	      {"DID", 0, 15, 0}});
SECOND(IOTLB, {{"IVT", 0, 63, 63},
	       {"IIRG", 0, 61, 60},
	       {"IAIG", 0, 58, 57},
	       {"DR", 0, 49, 49},
	       {"DW", 0, 48, 48},
	       {"DID", 0, 47, 32}});
SECOND(IVA, {{"ADDR", 0, 63, 12}, {"IH", 0, 6, 6}, {"AM", 0, 5, 0}});
SECOND(FSTS,
       {{"FRI", 0, 15, 8}, {"ITE", 0, 6, 6}, {"ICE", 0, 5, 5}, {"IQE", 0, 4, 4}, {"PPF", 0, 1, 1}, {"PFO", 0, 0, 0}});
SECOND(ECTL, {{"IM", 0, 31, 31}, {"IP", 0, 30, 30}});
SECOND(EDATA, {{"IMD", 0, 15, 0}});
SECOND(EADDR, {{"MA", 0, 31, 2}});
SECOND(EUADDR, {{"MUA", 0, 31, 0}});
SECOND(FRCD, {{"FI", 0, 63, 12},
	      {"F", 1, 63, 63},
	      {"T1", 1, 62, 62},
	      {"AT", 1, 61, 60},
	      {"PV", 1, 59, 40},
	      {"FR", 1, 39, 32},
	      {"PP", 1, 31, 31},
	      {"EXE", 1, 30, 30},
	      {"PRIV", 1, 29, 29},
	      {"T2", 1, 28, 28},
	      {"SID", 1, 15, 0}});
SECOND(PMEN, {{"EPM", 0, 31, 31}, {"PRS", 0, 0, 0}});
SECOND(IQH, {{"QH", 0, 18, 4}});
SECOND(IQT, {{"QT", 0, 18, 4}});
SECOND(IQA, {{"IQA", 0, 63, 12}, {"DW", 0, 11, 11}, {"QS", 0, 2, 0}});
SECOND(ICS, {{"IWC", 0, 0, 0}});
SECOND(IQERCD, {{"ICESID", 0, 63, 48}, {"ITESID", 0, 47, 32}, {"IQEI", 0, 3, 0}});
SECOND(IRTA, {{"IRTA", 0, 63, 12}, {"EIME", 0, 11, 11}, {"S", 0, 3, 0}});
SECOND(ROOT, {{"CTP", 0, 63, 12}, {"P", 0, 0, 0}});
SECOND(CONTEXT, {{"SSPTPTR", 0, 63, 12},
		 {"TT", 0, 3, 2},
		 {"FPD", 0, 1, 1},
		 {"P", 0, 0, 0},
		 {"DID", 1, 23, 8},
		 {"IGNORED", 1, 6, 3},
		 {"AW", 1, 2, 0}});
SECOND(SSTABLE, {{"IGNORED63", 0, 63, 63},
		 {"IW", 0, 62, 62},
		 {"IR", 0, 61, 61},
		 {"IGNORED52", 0, 60, 52},
		 {"ADDR", 0, 51, 12},
		 {"IGNORED9", 0, 10, 9},
		 {"A", 0, 8, 8},
		 {"PS", 0, 7, 7},
		 {"IGNORED2", 0, 6, 2},
		 {"W", 0, 1, 1},
		 {"R", 0, 0, 0}});
#define SECOND_PAGE                                                                                                   \
	{"IGNORED63", 0, 63, 63}, {"IW", 0, 62, 62}, {"IR", 0, 61, 61}, {"IGNORED52", 0, 60, 52}, {"SNP", 0, 11, 11}, \
		{"IGNORED10", 0, 10, 10}, {"D", 0, 9, 9}, {"A", 0, 8, 8}, {"IPAT", 0, 6, 6}, {"EMT", 0, 5, 3},        \
		{"IGNORED2", 0, 2, 2}, {"W", 0, 1, 1},                                                                \
	{                                                                                                             \
		"R", 0, 0, 0                                                                                          \
	}
SECOND(SSPAGE4K, {SECOND_PAGE, {"ADDR", 0, 51, 12}, {"IGNORED7", 0, 7, 7}});
SECOND(SSPAGE2M, {SECOND_PAGE, {"ADDR", 0, 51, 21}, {"PS", 0, 7, 7}});
SECOND(SSPAGE1G, {SECOND_PAGE, {"ADDR", 0, 51, 30}, {"PS", 0, 7, 7}});
#define SECOND_TYPE              \
	{"TYPE_HIGH", 0, 11, 9}, \
	{                        \
		"TYPE", 0, 3, 0  \
	}
SECOND(DESC, {SECOND_TYPE});
SECOND(DESC_CONTEXT, {SECOND_TYPE, {"FM", 0, 49, 48}, {"SID", 0, 47, 32}, {"DID", 0, 31, 16}, {"G", 0, 5, 4}});
SECOND(DESC_IOTLB, {SECOND_TYPE,
		    {"DID", 0, 31, 16},
		    {"DR", 0, 7, 7},
		    {"DW", 0, 6, 6},
		    {"G", 0, 5, 4},
		    {"ADDR", 1, 63, 12},
		    {"IH", 1, 6, 6},
		    {"AM", 1, 5, 0}});
SECOND(DESC_DEVTLB, {SECOND_TYPE,
		     {"PFSID_HIGH", 0, 63, 52},
		     {"SID", 0, 47, 32},
		     {"MIP", 0, 20, 16},
		     {"PFSID_LOW", 0, 15, 12},
		     {"ADDR", 1, 63, 12},
		     {"S", 1, 0, 0}});
SECOND(DESC_IEC, {SECOND_TYPE, {"IIDX", 0, 47, 32}, {"IM", 0, 31, 27}, {"G", 0, 4, 4}});
SECOND(DESC_WAIT, {SECOND_TYPE,
		   {"DATA", 0, 63, 32},
		   {"PD", 0, 7, 7},
		   {"FN", 0, 6, 6},
		   {"SW", 0, 5, 5},
		   {"IF", 0, 4, 4},
		   {"ADDR", 1, 63, 2}});

SECOND(SMROOT, {{"LCTP", 0, 63, 12}, {"LP", 0, 0, 0}, {"UCTP", 1, 63, 12}, {"UP", 1, 0, 0}});
/* Figure 9-4: the second word begins at bit 64. */
SECOND(SMCONTEXT, {{"PASIDDIRPTR", 0, 63, 12},
		   {"PDTS", 0, 11, 9},
		   {"EPTR", 0, 6, 6},
		   {"HPTE", 0, 5, 5},
		   {"PRE", 0, 4, 4},
		   {"PASIDE", 0, 3, 3},
		   {"DTE", 0, 2, 2},
		   {"FPD", 0, 1, 1},
		   {"P", 0, 0, 0},
		   {"RID_PRIV", 1, 84 - 64, 84 - 64},
		   {"RID_PASID", 1, 83 - 64, 0}});
SECOND(PASIDDIR, {{"SMPTBLPTR", 0, 63, 12}, {"FPD", 0, 1, 1}, {"P", 0, 0, 0}});
/* Figure 9-6. */
SECOND(PASID, {{"SSPTPTR", 0, 63, 12},
	       {"SSADE", 0, 9, 9},
	       {"PGTT", 0, 8, 6},
	       {"AW", 0, 4, 2},
	       {"FPD", 0, 1, 1},
	       {"P", 0, 0, 0},
	       {"PAT", 1, 127 - 64, 96 - 64},
	       {"EMTE", 1, 90 - 64, 90 - 64},
	       {"CD", 1, 89 - 64, 89 - 64},
	       {"PGSNP", 1, 88 - 64, 88 - 64},
	       {"PWSNP", 1, 87 - 64, 87 - 64},
	       {"DID", 1, 79 - 64, 0},
	       {"FSPTPTR", 2, 191 - 128, 140 - 128},
	       {"EAFE", 2, 135 - 128, 135 - 128},
	       {"IGNORED", 2, 134 - 128, 133 - 128},
	       {"WPE", 2, 132 - 128, 132 - 128},
	       {"FSPM", 2, 131 - 128, 130 - 128},
	       {"SRE", 2, 0, 0},
	       {"HPTPTR", 4, 319 - 256, 268 - 256},
	       {"HPTPFD", 4, 258 - 256, 258 - 256},
	       {"HPTSZ", 4, 257 - 256, 0},
	       {"HPTDID", 5, 335 - 320, 0}});
SECOND(FSTABLE, {{"IGNORED52", 0, 63, 52},
		 {"ADDR", 0, 51, 12},
		 {"IGNORED11", 0, 11, 11},
		 {"EA", 0, 10, 10},
		 {"IGNORED8", 0, 9, 8},
		 {"PS", 0, 7, 7},
		 {"IGNORED6", 0, 6, 6},
		 {"A", 0, 5, 5},
		 {"IGNORED3", 0, 4, 3},
		 {"US", 0, 2, 2},
		 {"RW", 0, 1, 1},
		 {"P", 0, 0, 0}});
#define SECOND_FIRST_PAGE                                                                                             \
	{"IGNORED52", 0, 63, 52}, {"IGNORED11", 0, 11, 11}, {"EA", 0, 10, 10}, {"IGNORED8", 0, 9, 8}, {"D", 0, 6, 6}, \
		{"A", 0, 5, 5}, {"PCD", 0, 4, 4}, {"PWT", 0, 3, 3}, {"US", 0, 2, 2}, {"RW", 0, 1, 1},                 \
	{                                                                                                             \
		"P", 0, 0, 0                                                                                          \
	}
SECOND(FSPAGE4K, {SECOND_FIRST_PAGE, {"ADDR", 0, 51, 12}, {"PAT", 0, 7, 7}});
SECOND(FSPAGE2M, {SECOND_FIRST_PAGE, {"ADDR", 0, 51, 21}, {"PAT", 0, 12, 12}, {"PS", 0, 7, 7}});
SECOND(FSPAGE1G, {SECOND_FIRST_PAGE, {"ADDR", 0, 51, 30}, {"PAT", 0, 12, 12}, {"PS", 0, 7, 7}});
SECOND(DESC_PASID, {SECOND_TYPE, {"PASID", 0, 51, 32}, {"DID", 0, 31, 16}, {"G", 0, 5, 4}});
SECOND(DESC_PIOTLB, {SECOND_TYPE,
		     {"PASID", 0, 51, 32},
		     {"DID", 0, 31, 16},
		     {"G", 0, 5, 4},
		     {"ADDR", 1, 63, 12},
		     {"IH", 1, 70 - 64, 70 - 64},
		     {"AM", 1, 69 - 64, 0}});
SECOND(DESC_PDEVTLB, {SECOND_TYPE,
		      {"PFSID_HIGH", 0, 63, 52},
		      {"PASID", 0, 51, 32},
		      {"SID", 0, 31, 16},
		      {"PFSID_LOW", 0, 15, 12},
		      {"MIP", 0, 8, 4},
		      {"ADDR", 1, 63, 12},
		      {"S", 1, 75 - 64, 75 - 64},
		      {"GI", 1, 0, 0}});

/* Figure 7-2. */
SECOND(DESC_RESPONSE, {SECOND_TYPE,
		       {"PASID", 0, 51, 32},
		       {"RID", 0, 31, 16},
		       {"RC", 0, 15, 12},
		       {"PP", 0, 4, 4},
		       {"PRGI", 1, 75 - 64, 67 - 64},
		       {"IGNORED", 1, 66 - 64, 66 - 64}});
/* Figure 7-1. */
SECOND(PAGEREQ, {{"PMR", 0, 53, 53},
		 {"EXR", 0, 52, 52},
		 {"PASID", 0, 51, 32},
		 {"RID", 0, 31, 16},
		 {"PP", 0, 8, 8},
		 {"TYPE", 0, 7, 0},
		 {"ADDR", 1, 127 - 64, 76 - 64},
		 {"PRGI", 1, 75 - 64, 67 - 64},
		 {"LPIG", 1, 66 - 64, 66 - 64},
		 {"WRR", 1, 65 - 64, 65 - 64},
		 {"RDR", 1, 0, 0}});
SECOND(PQH, {{"PQH", 0, 18, 5}});
SECOND(PQT, {{"PQT", 0, 18, 5}});
SECOND(PQA, {{"PQA", 0, 63, 12}, {"PQS", 0, 2, 0}});
SECOND(PRS, {{"PRO", 0, 1, 1}, {"PPR", 0, 0, 0}});

#include "layout_interrupt_rows.h"

/* The formatter has no resting place for a list of this length. */
/* clang-format off */
#define TABLES(X) \
	X(VER) X(CAP) X(ECAP) X(GCMD) X(GSTS) X(RTADDR) X(CCMD) X(IOTLB) X(IVA) X(FSTS) X(ECTL) X(EDATA) \
	X(EADDR) X(EUADDR) X(FRCD) X(PMEN) X(IQH) X(IQT) X(IQA) X(ICS) X(IQERCD) X(IRTA) X(ROOT) \
	X(CONTEXT) X(SSTABLE) X(SSPAGE4K) X(SSPAGE2M) X(SSPAGE1G) X(DESC) X(DESC_CONTEXT) X(DESC_IOTLB) \
	X(DESC_DEVTLB) X(DESC_IEC) X(DESC_WAIT) X(SMROOT) X(SMCONTEXT) X(PASIDDIR) X(PASID) X(FSTABLE) \
	X(FSPAGE4K) X(FSPAGE2M) X(FSPAGE1G) X(DESC_PASID) X(DESC_PIOTLB) X(DESC_PDEVTLB) \
	X(DESC_RESPONSE) X(PAGEREQ) X(PQH) X(PQT) X(PQA) X(PRS) \
	X(FRCD_INTERRUPT) X(MSI) X(COMPAT) X(IRTE) X(PIRTE) X(PID) X(XAPIC_DESTINATION)
/* clang-format on */

#define ROWS(list) static const struct field_row rows_##list[] = FIELD_ROWS(VTD_##list##_FIELDS);
TABLES(ROWS)

static const struct table {
	const char *name;
	const struct field_row *rows;
	size_t count;
	const struct second *second;
	size_t second_count;
} tables[] = {
#define TABLE(list) {#list, rows_##list, COUNT(rows_##list), second_##list, COUNT(second_##list)},
	TABLES(TABLE)};

/* Whether the rows say what the second copy says. */
static bool agree(const struct field_row *rows, size_t count, const struct second *second, size_t second_count)
{
	if (count != second_count)
		return false;
	for (size_t i = 0; i < second_count; i++) {
		const struct field_row *row = field_find(rows, count, second[i].name);
		if (!row || row->word != second[i].word || row->msb != second[i].msb || row->lsb != second[i].lsb)
			return false;
	}
	return true;
}

static void test_layout_rows_are_those_of_the_specification(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(tables); i++)
		if (!agree(tables[i].rows, tables[i].count, tables[i].second, tables[i].second_count))
			fail_msg("table %s", tables[i].name);
}

static void test_layout_fields_do_not_overlap(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(tables); i++)
		assert_null(field_first_bad(tables[i].rows, tables[i].count, 8));
}

static bool found(const struct table *table, size_t row, int word, int msb, int lsb)
{
	struct field_row changed[64];
	memcpy(changed, table->rows, table->count * sizeof(changed[0]));
	changed[row].word = (uint8_t)(changed[row].word + word);
	changed[row].msb = (uint8_t)(changed[row].msb + msb);
	changed[row].lsb = (uint8_t)(changed[row].lsb + lsb);
	return !agree(changed, table->count, table->second, table->second_count);
}

static void test_layout_row_that_is_perturbed_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(tables); i++) {
		assert_true(tables[i].count <= 64);
		for (size_t row = 0; row < tables[i].count; row++) {
			assert_true(found(&tables[i], row, 1, 0, 0));
			assert_true(found(&tables[i], row, 0, 1, 0));
			assert_true(found(&tables[i], row, 0, -1, 0));
			assert_true(found(&tables[i], row, 0, 0, 1));
			assert_true(found(&tables[i], row, 0, 0, -1));
			assert_true(found(&tables[i], row, 0, 1, 1));
			assert_true(found(&tables[i], row, 0, -1, -1));
		}
	}
}

/* 11.4, the register summary. */
static void test_layout_registers_are_at_their_offsets(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		unsigned offset, width;
	} second[] = {
		{"VER", 0x00, 32},      {"CAP", 0x08, 64},     {"ECAP", 0x10, 64},     {"GCMD", 0x18, 32},
		{"GSTS", 0x1c, 32},     {"RTADDR", 0x20, 64},  {"CCMD", 0x28, 64},     {"FSTS", 0x34, 32},
		{"FECTL", 0x38, 32},    {"FEDATA", 0x3c, 32},  {"FEADDR", 0x40, 32},   {"FEUADDR", 0x44, 32},
		{"PMEN", 0x64, 32},     {"PLMBASE", 0x68, 32}, {"PLMLIMIT", 0x6c, 32}, {"PHMBASE", 0x70, 64},
		{"PHMLIMIT", 0x78, 64}, {"IQH", 0x80, 64},     {"IQT", 0x88, 64},      {"IQA", 0x90, 64},
		{"ICS", 0x9c, 32},      {"IECTL", 0xa0, 32},   {"IEDATA", 0xa4, 32},   {"IEADDR", 0xa8, 32},
		{"IEUADDR", 0xac, 32},  {"IQERCD", 0xb0, 64},  {"IRTA", 0xb8, 64},     {"PQH", 0xc0, 64},
		{"PQT", 0xc8, 64},      {"PQA", 0xd0, 64},     {"PRS", 0xdc, 32},      {"PECTL", 0xe0, 32},
		{"PEDATA", 0xe4, 32},   {"PEADDR", 0xe8, 32},  {"PEUADDR", 0xec, 32},
	};
	static const struct {
		const char *name;
		unsigned offset, width;
	} rows[] = {
#define REGISTER(name, offset, width, section) {#name, offset, width},
		VTD_REGISTERS(REGISTER)};
	assert_int_equal(COUNT(rows), COUNT(second));
	for (size_t i = 0; i < COUNT(second); i++) {
		assert_string_equal(rows[i].name, second[i].name);
		assert_int_equal(rows[i].offset, second[i].offset);
		assert_int_equal(rows[i].width, second[i].width);
	}
	assert_int_equal(VTD_REG_IOTLB_FROM_IRO, 8);
	assert_int_equal(VTD_REG_IVA_FROM_IRO, 0);
}

/* 7.1.3, table 30: the number and the column "Qualified". */
static void test_layout_fault_reasons_are_those_of_table_30(void **state)
{
	(void)state;
	static const struct {
		unsigned number;
		const char *condition;
		bool qualified;
	} second[] = {
		{0x1, "LRT.2", false},  {0x2, "LCT.2", true},   {0x3, "LCT.4", true},    {0x4, "LGN.1", true},
		{0x5, "LGN.2", true},   {0x6, "LGN.3", true},   {0x7, "LSS.1", true},    {0x8, "LRT.1", false},
		{0x9, "LCT.1", false},  {0xa, "LRT.3", false},  {0xb, "LCT.3", true},    {0xc, "LSS.2", true},
		{0xd, "LCT.5", true},   {0xe, "LGN.4", true},   {0x30, "RTA.1", false},  {0x31, "RTA.2", false},
		{0x32, "RTA.3", false}, {0x33, "RTA.4", false}, {0x34, "RTA.5", false},  {0x38, "SRT.1", false},
		{0x39, "SRT.2", false}, {0x3a, "SRT.3", false}, {0x40, "SCT.1", false},  {0x41, "SCT.2", true},
		{0x42, "SCT.3", true},  {0x43, "SCT.4", true},  {0x44, "SCT.5", true},   {0x45, "SCT.6", true},
		{0x46, "SCT.7", true},  {0x47, "SCT.8", true},  {0x48, "SCT.9", true},   {0x49, "SCT.10", true},
		{0x50, "SPD.1", false}, {0x51, "SPD.2", true},  {0x52, "SPD.3", true},   {0x58, "SPT.1", false},
		{0x59, "SPT.2", true},  {0x5a, "SPT.3", true},  {0x5b, "SPT.4", true},   {0x5c, "SPT.5", true},
		{0x5d, "SPT.6", true},  {0x70, "SFS.1", true},  {0x71, "SFS.2", true},   {0x72, "SFS.3", true},
		{0x73, "SFS.4", true},  {0x74, "SFS.5", true},  {0x75, "SFS.6", true},   {0x76, "SFS.7", true},
		{0x77, "SFS.8", true},  {0x78, "SSS.1", true},  {0x79, "SSS.2", true},   {0x7a, "SSS.3", true},
		{0x7b, "SSS.4", true},  {0x7c, "SSS.5", true},  {0x7d, "SSS.6", true},   {0x80, "SGN.1", true},
		{0x81, "SGN.2", true},  {0x83, "SGN.4", true},  {0x84, "SGN.5", true},   {0x85, "SGN.6", true},
		{0x86, "SGN.7", true},  {0x87, "SGN.8", true},  {0x89, "SGN.10", false}, {0x90, "SFS.9", true},
		{0x91, "SFS.10", true},
	};
	static const struct {
		unsigned number;
		const char *condition;
		bool qualified;
	} rows[] = {
#define FAULT(name, number, condition, qualified, text) {number, condition, qualified},
		VTD_FAULTS(FAULT) VTD_SCALABLE_FAULTS(FAULT)};
	assert_int_equal(COUNT(rows), COUNT(second));
	for (size_t i = 0; i < COUNT(second); i++) {
		assert_int_equal(rows[i].number, second[i].number);
		assert_non_null(strstr(rows[i].condition, second[i].condition));
		assert_int_equal(rows[i].qualified, second[i].qualified);
		assert_non_null(vtd_ops.fault_name((uint16_t)second[i].number));
		assert_non_null(strstr(vtd_ops.fault_section((uint16_t)second[i].number), second[i].condition));
	}
	assert_null(vtd_ops.fault_name(0));
	assert_null(vtd_ops.fault_section(0xffff));
}

/* 5.1.4.1, table 15. */
static void test_layout_fault_reasons_are_those_of_table_15(void **state)
{
	(void)state;
	static const bool qualified[] = {false, false, true, false, true, false, true, true, true, false, false, false};
	static const struct {
		unsigned number;
		bool qualified;
	} rows[] = {
#define INTERRUPT_FAULT(name, number, condition, qualified, text) {number, qualified},
		VTD_INTERRUPT_FAULTS(INTERRUPT_FAULT)};
	assert_int_equal(COUNT(rows), COUNT(qualified));
	for (unsigned i = 0; i < COUNT(qualified); i++) {
		assert_int_equal(rows[i].number, 0x20 + i);
		assert_int_equal(rows[i].qualified, qualified[i]);
		assert_non_null(vtd_ops.fault_name((uint16_t)(0x20 + i)));
		assert_non_null(strstr(vtd_ops.fault_section((uint16_t)(0x20 + i)), "5.1.4.1"));
	}
	assert_null(vtd_ops.fault_name(0x2c));
}

/* A word that a real unit reported, taken apart by hand. */
static void test_layout_accessors_read_a_golden_capability(void **state)
{
	(void)state;
	uint64_t cap = UINT64_C(0x80d2008c222f0606), ecap = UINT64_C(0xf00f4a);
	assert_int_equal(VTD_CAP_ESRTPS(&cap), 1);
	assert_int_equal(VTD_CAP_MAMV(&cap), 18);
	assert_int_equal(VTD_CAP_NFR(&cap), 0);
	assert_int_equal(VTD_CAP_PSI(&cap), 1);
	assert_int_equal(VTD_CAP_SSLPS(&cap), 3);
	assert_int_equal(VTD_CAP_FRO(&cap), 0x22);
	assert_int_equal(VTD_CAP_ZLR(&cap), 0);
	assert_int_equal(VTD_CAP_MGAW(&cap), 47);
	assert_int_equal(VTD_CAP_SAGAW(&cap), 6);
	assert_int_equal(VTD_CAP_ND(&cap), 6);
	assert_int_equal(VTD_ECAP_IRO(&ecap), 0xf);
	assert_int_equal(VTD_ECAP_MHMV(&ecap), 0xf);
	assert_int_equal(VTD_ECAP_QI(&ecap), 1);
	assert_int_equal(VTD_ECAP_DT(&ecap), 0);
	assert_int_equal(VTD_ECAP_PT(&ecap), 1);
	VTD_CAP_set_MGAW(&cap, 38);
	assert_true(cap == UINT64_C(0x80d2008c22260606));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout_rows_are_those_of_the_specification),
		cmocka_unit_test(test_layout_fields_do_not_overlap),
		cmocka_unit_test(test_layout_row_that_is_perturbed_is_found),
		cmocka_unit_test(test_layout_registers_are_at_their_offsets),
		cmocka_unit_test(test_layout_fault_reasons_are_those_of_table_30),
		cmocka_unit_test(test_layout_fault_reasons_are_those_of_table_15),
		cmocka_unit_test(test_layout_accessors_read_a_golden_capability),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
