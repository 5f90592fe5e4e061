/* SPDX-License-Identifier: MIT */
#include "report/proof.h"

#include "report/json_text.h"

#include <string.h>

static void free_break(gpointer data)
{
	struct proof_break *broken = data;

	g_free(broken->what);
	g_ptr_array_unref(broken->steps);
	g_free(broken);
}

static void free_row(gpointer data)
{
	struct proof_row *row = data;

	g_free(row->policy);
	g_free(row->iommu);
	g_free(row->setting);
	g_free(row->case_name);
	g_free(row->not_run);
	g_ptr_array_unref(row->breaks);
	g_free(row);
}

struct proof_table *proof_table_new(void)
{
	struct proof_table *table = g_new0(struct proof_table, 1);

	table->rows = g_ptr_array_new_with_free_func(free_row);
	return table;
}

void proof_table_free(struct proof_table *table)
{
	if (!table)
		return;
	g_free(table->scenario);
	g_free(table->settings);
	g_ptr_array_unref(table->rows);
	g_free(table);
}

struct proof_row *proof_table_add(struct proof_table *table)
{
	struct proof_row *row = g_new0(struct proof_row, 1);

	row->breaks = g_ptr_array_new_with_free_func(free_break);
	g_ptr_array_add(table->rows, row);
	return row;
}

static bool is_broken(const struct proof_table *table, const char *invariant)
{
	for (unsigned i = 0; i < table->rows->len; i++) {
		const struct proof_row *row = g_ptr_array_index(table->rows, i);
		for (unsigned j = 0; j < row->breaks->len; j++)
			if (strcmp(((struct proof_break *)g_ptr_array_index(row->breaks, j))->what, invariant) == 0)
				return true;
	}
	return false;
}

/* --- text --- */

enum { POLICY, SETTING, CASE, IOMMU, STATES, MERGED, TAKEN, BREAKS, COLUMNS };

static char *sequence_words(const struct proof_break *broken)
{
	GString *out = g_string_new(broken->what);

	for (unsigned i = 0; i < broken->steps->len; i++)
		g_string_append_printf(out, "%s%s", i ? "; " : ": ", (const char *)g_ptr_array_index(broken->steps, i));
	return g_string_free(out, FALSE);
}

/* The number of the note that says it, from 1. */
static unsigned note_of(GPtrArray *notes, char *words)
{
	unsigned index;

	if (!g_ptr_array_find_with_equal_func(notes, words, g_str_equal, &index)) {
		index = notes->len;
		g_ptr_array_add(notes, words);
	} else {
		g_free(words);
	}
	return index + 1;
}

static char *breaks_words(const struct proof_table *table, const struct proof_row *row, GPtrArray *notes)
{
	GString *out = g_string_new(NULL);

	if (row->not_run) {
		g_string_append_printf(out, "not run: %s", row->not_run);
		return g_string_free(out, FALSE);
	}
	for (unsigned i = 0; i < row->breaks->len; i++) {
		const struct proof_break *broken = g_ptr_array_index(row->breaks, i);
		g_string_append_printf(out, "%s%s %u [%u]", i ? ", " : "", broken->what, broken->steps->len,
				       note_of(notes, sequence_words(broken)));
	}
	if (row->breaks->len == 0)
		g_string_append(out, "nothing");
	if (row->length < table->length)
		g_string_append_printf(out, "; incomplete beyond %u", row->length);
	return g_string_free(out, FALSE);
}

static char **cells_of(const struct proof_table *table, const struct proof_row *row, GPtrArray *notes)
{
	char **cells = g_new0(char *, COLUMNS + 1);

	cells[POLICY] = g_strdup(row->policy);
	cells[SETTING] = g_strdup(row->setting ? row->setting : "-");
	cells[CASE] = g_strdup(row->case_name ? row->case_name : "-");
	cells[IOMMU] = g_strdup(row->iommu);
	cells[STATES] = g_strdup_printf("%" G_GUINT64_FORMAT, row->states);
	cells[MERGED] = g_strdup_printf("%" G_GUINT64_FORMAT, row->merged);
	cells[TAKEN] = g_strdup_printf("%" G_GUINT64_FORMAT, row->taken);
	cells[BREAKS] = breaks_words(table, row, notes);
	return cells;
}

static void append_lines(GString *out, GPtrArray *lines)
{
	size_t width[COLUMNS] = {0};

	for (unsigned i = 0; i < lines->len; i++)
		for (unsigned column = 0; column < COLUMNS; column++)
			width[column] = MAX(width[column], strlen(((char **)g_ptr_array_index(lines, i))[column]));
	for (unsigned i = 0; i < lines->len; i++) {
		char **cells = g_ptr_array_index(lines, i);
		for (unsigned column = 0; column < BREAKS; column++) {
			bool number = column >= STATES;
			g_string_append_printf(out, number ? "%*s  " : "%-*s  ", (int)width[column], cells[column]);
		}
		g_string_append_printf(out, "%s\n", cells[BREAKS]);
	}
}

static void append_unbroken(GString *out, const struct proof_table *table)
{
	const char *before = "broken by no sequence of any row: ";
	unsigned others = 0;

	for (unsigned i = 0; table->invariants[i]; i++) {
		if (is_broken(table, table->invariants[i]))
			continue;
		if (table->named >> i & 1) {
			g_string_append_printf(out, "%s%s", before, table->invariants[i]);
			before = ", ";
		} else {
			others++;
		}
	}
	g_string_append_printf(out, "%s%u that the scenario does not name\n", before, others);
}

char *proof_text(const struct proof_table *table)
{
	static const char *const heads[] = {"policy", "with",    "case",   "iommu", "states",
					    "merged", "actions", "breaks", NULL};
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
	g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
	GString *out = g_string_new(NULL);

	g_string_append_printf(out, "%s%s%s: every sequence of up to %u actions\n", table->scenario,
			       table->settings ? " " : "", table->settings ? table->settings : "", table->length);
	g_ptr_array_add(lines, g_strdupv((char **)(gpointer)heads));
	for (unsigned i = 0; i < table->rows->len; i++)
		g_ptr_array_add(lines, cells_of(table, g_ptr_array_index(table->rows, i), notes));
	append_lines(out, lines);
	for (unsigned i = 0; i < notes->len; i++)
		g_string_append_printf(out, "[%u] %s\n", i + 1, (const char *)g_ptr_array_index(notes, i));
	append_unbroken(out, table);
	return g_string_free(out, FALSE);
}

/* --- JSON --- */

static void build_breaks(JsonBuilder *builder, const struct proof_row *row)
{
	json_text_begin_array(builder, "breaks");
	for (unsigned i = 0; i < row->breaks->len; i++) {
		const struct proof_break *broken = g_ptr_array_index(row->breaks, i);
		json_builder_begin_object(builder);
		json_text_add(builder, "what", broken->what);
		json_text_add_count(builder, "length", broken->steps->len);
		json_text_begin_array(builder, "steps");
		for (unsigned j = 0; j < broken->steps->len; j++)
			json_builder_add_string_value(builder, g_ptr_array_index(broken->steps, j));
		json_builder_end_array(builder);
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
}

static void build_row(JsonBuilder *builder, const struct proof_table *table, const struct proof_row *row)
{
	json_builder_begin_object(builder);
	json_text_add(builder, "policy", row->policy);
	json_text_add(builder, "with", row->setting);
	json_text_add(builder, "case", row->case_name);
	json_text_add(builder, "iommu", row->iommu);
	json_text_add(builder, "not-run", row->not_run);
	if (!row->not_run) {
		json_text_add_count(builder, "alphabet", row->actions);
		json_text_add_count(builder, "states", row->states);
		json_text_add_count(builder, "merged", row->merged);
		json_text_add_count(builder, "actions", row->taken);
		json_text_add_count(builder, "complete-to", row->length);
		json_text_add_flag(builder, "incomplete", row->length < table->length);
		build_breaks(builder, row);
	}
	json_builder_end_object(builder);
}

char *proof_json(const struct proof_table *table)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	json_text_add(builder, "scenario", table->scenario);
	json_text_add(builder, "set", table->settings);
	json_text_add_count(builder, "length", table->length);
	json_text_begin_array(builder, "invariants");
	for (unsigned i = 0; table->invariants[i]; i++)
		json_builder_add_string_value(builder, table->invariants[i]);
	json_builder_end_array(builder);
	json_text_begin_array(builder, "rows");
	for (unsigned i = 0; i < table->rows->len; i++)
		build_row(builder, table, g_ptr_array_index(table->rows, i));
	json_builder_end_array(builder);
	json_builder_end_object(builder);
	return json_text_of(builder);
}
