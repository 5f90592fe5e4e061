/* SPDX-License-Identifier: MIT */
/* A sweep's table as text: cells, notes, and kinds of IOMMU that are alike. */
#include "report/sweep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *const values[] = {"off", "on", NULL};

static void add(struct sweep_table *table, const char *policy, const char *iommu, const char *off, const char *on)
{
	struct sweep_row *row = sweep_table_add(table, "s", policy, NULL, iommu);

	row->usual = 1;
	g_ptr_array_add(row->verdicts, g_strdup(off));
	g_ptr_array_add(row->verdicts, g_strdup(on));
}

/* The cell of the first value, in a table of one row. The caller frees. */
static char *first_cell(const char *verdict)
{
	struct sweep_table *table = sweep_table_new("k", values);
	g_autofree char *text = NULL, *line = NULL;
	const char *begin;

	add(table, "p", "vtd", verdict, "safe");
	text = sweep_text(table, true);
	sweep_table_free(table);
	begin = strstr(text, "vtd    ");
	assert_non_null(begin);
	line = g_strndup(begin + strlen("vtd    "), strcspn(begin, "\n"));
	*strstr(line, "  safe *") = '\0';
	return g_strdup(line);
}

static void test_sweep_text_cell_is_the_worst_word(void **state)
{
	static const char *const rows[][2] = {
		{"safe", "safe"},
		{"rejected EPERM at a", "rejected [1]"},
		{"rejected EPERM at a, violates x at b", "violates [1]"},
		{"violates x at a, crash at b", "crash [1]"},
		{"sometimes violates x at a, fault at b", "sometimes violates [1]"},
		{"sometimes violates x at a, violates y at b", "violates [1]"},
		{"sometimes rejected EBUSY at a", "sometimes rejected [1]"},
		{"safe (incomplete)", "safe [1]"},
	};

	(void)state;
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *cell = first_cell(rows[i][0]);

		assert_string_equal(g_strchomp(cell), rows[i][1]);
	}
}

static void test_sweep_text_joins_kinds_that_are_alike(void **state)
{
	struct sweep_table *table = sweep_table_new("k", values);
	g_autofree char *text = NULL, *all = NULL;

	(void)state;
	add(table, "p", "vtd", "crash at a", "safe");
	add(table, "p", "smmuv3", "crash at a", "safe");
	add(table, "q", "vtd", "crash at a", "safe");
	add(table, "q", "smmuv3", "crash at b", "safe");
	add(table, "r", "vtd", "safe", "safe");
	text = sweep_text(table, false);
	all = sweep_text(table, true);
	sweep_table_free(table);
	assert_string_equal(text, "k\n"
				  "scenario  policy  case  iommu        off        on\n"
				  "s         p       -     vtd, smmuv3  crash [1]  safe *\n"
				  "s         q       -     vtd          crash [1]  safe *\n"
				  "s         q       -     smmuv3       crash [2]  safe *\n"
				  "[1] crash at a\n[2] crash at b\n"
				  "*: the policy's own value\n"
				  "3 of 4 rows depend on k\n");
	assert_non_null(strstr(all, "s         r       -     vtd          safe       safe *\n"));
	assert_true(g_str_has_suffix(all, "\n4 rows\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sweep_text_cell_is_the_worst_word),
		cmocka_unit_test(test_sweep_text_joins_kinds_that_are_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
