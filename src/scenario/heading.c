/* SPDX-License-Identifier: MIT */
/* The top level of a file: what the scenario is called, claims, and where it comes from. */
#include "scenario/heading.h"

#include "scenario/schema.h"
#include "scenario/steps.h"

#include <string.h>

/* --- values --- */

static bool set_text(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	if (!want_scalar(loader, value, row->name, row->type->what))
		return false;
	g_free(*(char **)field);
	*(char **)field = g_strdup(value->text);
	return true;
}

static bool read_name(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	const char *fault;

	if (!want_scalar(loader, value, row->name, row->type->what))
		return false;
	fault = name_fault(value->text);
	if (fault)
		return fail(loader, value, "[a-z][a-z0-9-]*", "'%s' %s", value->text, fault);
	return set_text(loader, row, value, field);
}

static bool read_line(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	if (value->kind == NODE_SCALAR && strchr(value->text, '\n'))
		return fail_value(loader, value, row->name, "one line");
	return set_text(loader, row, value, field);
}

static bool read_date(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	static const char shape[] = "dddd-dd-dd";
	bool good = value->kind == NODE_SCALAR && strlen(value->text) == strlen(shape);

	for (size_t i = 0; good && shape[i]; i++)
		good = shape[i] == 'd' ? g_ascii_isdigit(value->text[i]) : value->text[i] == '-';
	if (!good)
		return fail_value(loader, value, row->name, "a date: YYYY-MM-DD");
	if (!g_date_valid_dmy((GDateDay)atoi(value->text + 8), (GDateMonth)atoi(value->text + 5),
			      (GDateYear)atoi(value->text)))
		return fail_value(loader, value, row->name, "a day of the calendar");
	return set_text(loader, row, value, field);
}

static bool add_invariant(struct loader *loader, const struct node *word, void *mask)
{
	int invariant = list_find(loader->tables->invariants, word->text);

	if (invariant < 0)
		return fail_unknown(loader, word, 0, "invariant", word->text, "", loader->tables->invariants);
	if (*(uint64_t *)mask >> invariant & 1)
		return fail(loader, word, "each invariant once", "'%s' is in the list twice", word->text);
	*(uint64_t *)mask |= UINT64_C(1) << invariant;
	return true;
}

static bool read_invariants(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	if (value->kind != NODE_LIST || value->count == 0)
		return fail_value(loader, value, row->name, row->type->what);
	return each_word(loader, value, row->name, add_invariant, field);
}

static bool read_source(struct loader *loader, const struct node *value)
{
	struct scenario *scenario = loader->scenario;
	struct scenario_source *source;

	scenario->sources = g_renew(struct scenario_source, scenario->sources, scenario->source_count + 1);
	source = &scenario->sources[scenario->source_count++];
	*source = (struct scenario_source){0};
	if (!keys_read(loader, source_keys, value, "'source'", source))
		return false;
	return source->subject || source->message_id || source->commit || source->document ||
	       fail(loader, value, "subject, message-id, commit or document", "a source that cannot be found again");
}

static bool read_sources(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	(void)field;
	if (value->kind != NODE_LIST)
		return read_source(loader, value);
	if (value->count == 0)
		return fail_value(loader, value, row->name, row->type->what);
	for (uint32_t i = 0; i < value->count; i++)
		if (!read_source(loader, value->entries[i].value))
			return false;
	return true;
}

static bool read_later(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	(void)loader, (void)row, (void)value, (void)field;
	return true;
}

/* --- their schemas --- */

static void describe_date(struct schema *schema, const struct key_row *row)
{
	(void)row;
	schema_string(schema, "^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
}

static void describe_invariants(struct schema *schema, const struct key_row *row)
{
	(void)row;
	schema_text(schema, "type", "array");
	schema_number(schema, "minItems", 1);
	schema_truth(schema, "uniqueItems", true);
	schema_begin(schema, "items");
	schema_words(schema, schema->tables->invariants);
	schema_end(schema);
}

static const struct value_type value_name = {"a name", read_name, describe_name};
static const struct value_type value_line = {"one line of text", read_line, describe_text};
static const struct value_type value_text = {"a text", set_text, describe_text};
static const struct value_type value_date = {"a date: YYYY-MM-DD", read_date, describe_date};
static const struct value_type value_invariants = {"a list of invariants", read_invariants, describe_invariants};
static const struct value_type value_sources = {"a source or a list of sources", read_sources, describe_sources};
static const struct value_type value_let = {"a mapping of names to numbers", read_later, describe_let};
static const struct value_type value_machine = {"a mapping", read_later, describe_machine};
static const struct value_type value_patches = {"a mapping of names to patches of 'machine'", read_later,
						describe_patches};
static const struct value_type value_run = {"a list of steps", read_later, describe_run};
static const struct value_type value_rows = {"a list of rows", read_later, describe_rows};

/* --- keys --- */

#define FIELD(member) .offset = offsetof(struct scenario_source, member)
const struct key_row source_keys[] = {
	KEY("author", line, "who wrote it", .required = true, FIELD(author)),
	KEY("date", date, "when", .required = true, FIELD(date)),
	KEY("subject", line, "of the mail", FIELD(subject)),
	KEY("message-id", line, "of the mail", FIELD(message_id)),
	KEY("commit", line, "of the change", FIELD(commit)),
	KEY("document", line, "what and where in it", FIELD(document)),
	KEYS_END,
};
#undef FIELD

static const struct word hardware_words[] = {
	{"auto", HARDWARE_AUTO}, {"manual", HARDWARE_MANUAL}, {"free", HARDWARE_FREE}, {NULL, 0}};

#define FIELD(member) .offset = offsetof(struct scenario, member)
const struct key_row top_keys[] = {
	KEY("name", name, "the file's name without .yaml", .required = true, FIELD(name)),
	KEY("title", line, "one line", .required = true, FIELD(title)),
	KEY("source", sources, "where it comes from", .required = true),
	KEY("claim", text, "what is said there, in one to three sentences", .required = true, FIELD(claim)),
	KEY("invariants", invariants, "what the scenario is about", .required = true, FIELD(invariants)),
	KEY("let", let, "names for numbers", .fallback = "none", .offset = 0),
	KEY("machine", machine, "what exists before step 1", .required = true),
	KEY("cases", patches, "patches of the machine; the scenario runs once for each",
	    .fallback = "the machine as it is", .offset = 0),
	KEY("hardware", word,
	    "auto: queues run after each step; manual: only through 'run'; free: in every way that hardware may",
	    .fallback = "auto", FIELD(hardware), .words = hardware_words),
	KEY("run", run, "the steps", .required = true),
	KEY("expect", rows, "the verdicts", .required = true),
	KEYS_END,
};

bool load_heading(struct loader *loader, const struct node *root)
{
	return keys_read(loader, top_keys, root, "a scenario", loader->scenario);
}
