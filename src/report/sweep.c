/* SPDX-License-Identifier: MIT */
#include "report/sweep.h"

#include "report/json_text.h"

#include <string.h>

/* --- the table --- */

static void free_row(gpointer data)
{
	struct sweep_row *row = data;

	g_free(row->scenario);
	g_free(row->policy);
	g_free(row->case_name);
	g_free(row->iommu);
	g_ptr_array_unref(row->verdicts);
	g_free(row);
}

struct sweep_table *sweep_table_new(const char *knob, const char *const *values)
{
	struct sweep_table *table = g_new0(struct sweep_table, 1);

	table->knob = knob;
	table->values = values;
	table->rows = g_ptr_array_new_with_free_func(free_row);
	return table;
}

void sweep_table_free(struct sweep_table *table)
{
	if (!table)
		return;
	g_free(table->settings);
	g_ptr_array_unref(table->rows);
	g_free(table);
}

struct sweep_row *sweep_table_add(struct sweep_table *table, const char *scenario, const char *policy,
				  const char *case_name, const char *iommu)
{
	struct sweep_row *row = g_new0(struct sweep_row, 1);

	row->scenario = g_strdup(scenario);
	row->policy = g_strdup(policy);
	row->case_name = g_strdup(case_name);
	row->iommu = g_strdup(iommu);
	row->verdicts = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(table->rows, row);
	return row;
}

bool sweep_row_differs(const struct sweep_row *row)
{
	for (unsigned i = 1; i < row->verdicts->len; i++)
		if (strcmp(g_ptr_array_index(row->verdicts, i), g_ptr_array_index(row->verdicts, 0)) != 0)
			return true;
	return false;
}

/* --- text --- */

enum { COLUMN_SCENARIO, COLUMN_POLICY, COLUMN_CASE, COLUMN_IOMMU, FIRST_VALUE };

/* Whether the verdict has the word, with "sometimes" before it or without. */
static bool says(const char *verdict, const char *word, bool sometimes)
{
	for (const char *at = strstr(verdict, word); at; at = strstr(at + 1, word)) {
		g_autofree char *before = g_strndup(verdict, (gsize)(at - verdict));

		if (g_str_has_suffix(before, "sometimes ") == sometimes)
			return true;
	}
	return false;
}

/* The worst that the verdict says. */
static char *worst_word(const char *verdict)
{
	static const char *const words[] = {"crash", "violates", "did not run"};
	const char *sometimes = g_str_has_prefix(verdict, "sometimes ") ? "sometimes " : "";

	for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
		if (says(verdict, words[i], false))
			return g_strdup(words[i]);
	for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
		if (says(verdict, words[i], true))
			return g_strdup_printf("sometimes %s", words[i]);
	verdict += strlen(sometimes);
	return g_strdup_printf("%s%.*s", sometimes, (int)strcspn(verdict, " "), verdict);
}

/* The number of the note that says it, from 1; 0: it needs none. */
static unsigned note_of(GPtrArray *notes, const char *verdict)
{
	unsigned index;

	if (strcmp(verdict, "safe") == 0)
		return 0;
	if (!g_ptr_array_find_with_equal_func(notes, verdict, g_str_equal, &index)) {
		index = notes->len;
		g_ptr_array_add(notes, (gpointer)verdict);
	}
	return index + 1;
}

static char *cell(GPtrArray *notes, const char *verdict, bool usual)
{
	g_autofree char *word = worst_word(verdict);
	unsigned note = note_of(notes, verdict);

	if (note == 0)
		return g_strdup_printf("%s%s", word, usual ? " *" : "");
	return g_strdup_printf("%s [%u]%s", word, note, usual ? " *" : "");
}

static bool same_but_kind(const struct sweep_row *a, const struct sweep_row *b)
{
	if (strcmp(a->scenario, b->scenario) != 0 || strcmp(a->policy, b->policy) != 0 || a->usual != b->usual ||
	    g_strcmp0(a->case_name, b->case_name) != 0)
		return false;
	for (unsigned i = 0; i < a->verdicts->len; i++)
		if (strcmp(g_ptr_array_index(a->verdicts, i), g_ptr_array_index(b->verdicts, i)) != 0)
			return false;
	return true;
}

/* Takes cells[]; the line belongs to the list. */
static void add_line(GPtrArray *lines, unsigned columns, char **cells)
{
	char **line = g_new0(char *, columns + 1);

	for (unsigned i = 0; i < columns; i++)
		line[i] = cells[i];
	g_ptr_array_add(lines, line);
}

static void add_row(GPtrArray *lines, GPtrArray *notes, const struct sweep_row *row, unsigned columns)
{
	g_autofree char **cells = g_new0(char *, columns);

	cells[COLUMN_SCENARIO] = g_strdup(row->scenario);
	cells[COLUMN_POLICY] = g_strdup(row->policy);
	cells[COLUMN_CASE] = g_strdup(row->case_name ? row->case_name : "-");
	cells[COLUMN_IOMMU] = g_strdup(row->iommu);
	for (unsigned i = 0; i < row->verdicts->len; i++)
		cells[FIRST_VALUE + i] = cell(notes, g_ptr_array_index(row->verdicts, i), i == row->usual);
	add_line(lines, columns, cells);
}

static void add_head(GPtrArray *lines, const struct sweep_table *table, unsigned columns)
{
	g_autofree char **cells = g_new0(char *, columns);

	cells[COLUMN_SCENARIO] = g_strdup("scenario");
	cells[COLUMN_POLICY] = g_strdup("policy");
	cells[COLUMN_CASE] = g_strdup("case");
	cells[COLUMN_IOMMU] = g_strdup("iommu");
	for (unsigned i = FIRST_VALUE; i < columns; i++)
		cells[i] = g_strdup(table->values[i - FIRST_VALUE]);
	add_line(lines, columns, cells);
}

static void free_line(gpointer line)
{
	g_strfreev(line);
}

static void append_lines(GString *out, const GPtrArray *lines, unsigned columns)
{
	g_autofree size_t *widths = g_new0(size_t, columns);

	for (unsigned i = 0; i < lines->len; i++)
		for (unsigned column = 0; column < columns; column++) {
			const char *const *line = g_ptr_array_index(lines, i);

			widths[column] = MAX(widths[column], strlen(line[column]));
		}
	for (unsigned i = 0; i < lines->len; i++) {
		const char *const *line = g_ptr_array_index(lines, i);

		for (unsigned column = 0; column + 1 < columns; column++)
			g_string_append_printf(out, "%-*s  ", (int)widths[column], line[column]);
		g_string_append_printf(out, "%s\n", line[columns - 1]);
	}
}

/* Rows that are alike on several kinds become one, with all of them as its kind. */
static unsigned add_rows(const struct sweep_table *table, bool all, unsigned columns, GPtrArray *lines,
			 GPtrArray *notes)
{
	unsigned count = 0;

	for (unsigned i = 0, end; i < table->rows->len; i = end) {
		const struct sweep_row *row = g_ptr_array_index(table->rows, i);
		g_autoptr(GString) kinds = g_string_new(row->iommu);
		struct sweep_row merged = *row;

		for (end = i + 1; end < table->rows->len; end++) {
			const struct sweep_row *next = g_ptr_array_index(table->rows, end);

			if (!same_but_kind(row, next))
				break;
			g_string_append_printf(kinds, ", %s", next->iommu);
		}
		merged.iommu = kinds->str;
		count++;
		if (all || sweep_row_differs(row))
			add_row(lines, notes, &merged, columns);
	}
	return count;
}

char *sweep_text(const struct sweep_table *table, bool all)
{
	GString *out = g_string_new(table->knob);
	unsigned columns = FIRST_VALUE + g_strv_length((char **)(void *)table->values), count;
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(free_line);
	g_autoptr(GPtrArray) notes = g_ptr_array_new();

	g_string_append_printf(out, "%s%s\n", table->settings ? ", with " : "", table->settings ? table->settings : "");
	add_head(lines, table, columns);
	count = add_rows(table, all, columns, lines, notes);
	if (lines->len > 1)
		append_lines(out, lines, columns);
	for (unsigned i = 0; i < notes->len; i++)
		g_string_append_printf(out, "[%u] %s\n", i + 1, (const char *)g_ptr_array_index(notes, i));
	if (lines->len > 1)
		g_string_append(out, "*: the policy's own value\n");
	if (all)
		g_string_append_printf(out, "%u rows\n", count);
	else
		g_string_append_printf(out, "%u of %u rows depend on %s\n", lines->len - 1, count, table->knob);
	return g_string_free(out, FALSE);
}

/* --- JSON --- */

static void build_row(JsonBuilder *builder, const struct sweep_table *table, const struct sweep_row *row)
{
	json_builder_begin_object(builder);
	json_text_add(builder, "scenario", row->scenario);
	json_text_add(builder, "policy", row->policy);
	if (row->case_name)
		json_text_add(builder, "case", row->case_name);
	json_text_add(builder, "iommu", row->iommu);
	json_text_add(builder, "default", table->values[row->usual]);
	json_text_add_flag(builder, "differs", sweep_row_differs(row));
	json_text_begin_object(builder, "verdicts");
	for (unsigned i = 0; i < row->verdicts->len; i++)
		json_text_add(builder, table->values[i], g_ptr_array_index(row->verdicts, i));
	json_builder_end_object(builder);
	json_builder_end_object(builder);
}

char *sweep_json(const struct sweep_table *table)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	json_text_add(builder, "knob", table->knob);
	if (table->settings)
		json_text_add(builder, "set", table->settings);
	json_text_begin_array(builder, "values");
	for (unsigned i = 0; table->values[i]; i++)
		json_builder_add_string_value(builder, table->values[i]);
	json_builder_end_array(builder);
	json_text_begin_array(builder, "rows");
	for (unsigned i = 0; i < table->rows->len; i++)
		build_row(builder, table, g_ptr_array_index(table->rows, i));
	json_builder_end_array(builder);
	json_builder_end_object(builder);
	return json_text_of(builder);
}
