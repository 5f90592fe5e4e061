/* SPDX-License-Identifier: MIT */
#include "scenario/keys.h"
#include "scenario/schema.h"

#include <string.h>

/* --- truth, numbers, words --- */

static bool parse_truth(struct loader *loader, const struct key_row *row, const struct node *value, bool *truth)
{
	*truth = value->kind == NODE_SCALAR && strcmp(value->text, "true") == 0;
	if (*truth || (value->kind == NODE_SCALAR && strcmp(value->text, "false") == 0))
		return true;
	return fail_value(loader, value, row->name, "true or false");
}

static bool read_truth(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	bool truth;

	if (!parse_truth(loader, row, value, &truth))
		return false;
	memcpy(field, &truth, sizeof(truth));
	return true;
}

static bool read_tristate(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	bool truth;

	if (!parse_truth(loader, row, value, &truth))
		return false;
	*(int8_t *)field = truth;
	return true;
}

static void describe_truth(struct schema *schema, const struct key_row *row)
{
	(void)row;
	schema_text(schema, "type", "boolean");
}

static bool in_range(struct loader *loader, const struct key_row *row, const struct node *value, uint64_t number)
{
	g_autofree char *range = NULL;

	if ((row->low == 0 && row->high == 0) || (number >= row->low && number <= row->high))
		return true;
	range = g_strdup_printf("%" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, row->low, row->high);
	return fail_in(loader, value, 0, range, quoted(loader, value->text), NULL, "'%s' is out of range", row->name);
}

static bool parse_ranged(struct loader *loader, const struct key_row *row, const struct node *value, uint64_t *number)
{
	if (!want_scalar(loader, value, row->name, "a number"))
		return false;
	if (!number_parse(value->text, strlen(value->text), number))
		return fail_value(loader, value, row->name, "a number (decimal, 0x hex, or with K, M, G)");
	return in_range(loader, row, value, *number);
}

static bool read_number(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	return parse_ranged(loader, row, value, field);
}

static bool read_count(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	uint64_t number;

	if (!parse_ranged(loader, row, value, &number))
		return false;
	*(uint32_t *)field = (uint32_t)number;
	return true;
}

static void describe_number(struct schema *schema, const struct key_row *row)
{
	schema_amount(schema);
	schema_number(schema, "minimum", (int64_t)MIN(row->low, (uint64_t)INT64_MAX));
	if (row->high && row->high <= INT64_MAX)
		schema_number(schema, "maximum", (int64_t)row->high);
}

static const char **word_names(const struct word *words)
{
	GPtrArray *names = g_ptr_array_new();

	for (; words->name; words++)
		g_ptr_array_add(names, (gpointer)words->name);
	g_ptr_array_add(names, NULL);
	return (const char **)g_ptr_array_free(names, FALSE);
}

static bool read_word(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	g_autofree char *expected = words_join(row->words);
	const struct word *word;

	if (!want_scalar(loader, value, row->name, expected))
		return false;
	word = word_find(row->words, value->text);
	if (!word) {
		g_autofree const char **names = word_names(row->words);
		g_autofree char *of = g_strdup_printf(" for '%s'", row->name);

		return fail_unknown(loader, value, 0, "word", value->text, of, names);
	}
	memcpy(field, &word->value, sizeof(word->value));
	return true;
}

static void describe_word(struct schema *schema, const struct key_row *row)
{
	g_autofree const char **names = word_names(row->words);

	schema_words(schema, names);
}

struct flags {
	const struct key_row *row;
	uint32_t *bits;
};

static bool add_flag(struct loader *loader, const struct node *word, void *context)
{
	const struct flags *flags = context;
	const struct key_row row = {.name = flags->row->name, .words = flags->row->words};
	uint32_t bit;

	if (!value_word.read(loader, &row, word, &bit))
		return false;
	*flags->bits |= bit;
	return true;
}

static bool read_flags(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	struct flags flags = {row, field};

	*flags.bits = 0;
	return each_word(loader, value, row->name, add_flag, &flags);
}

static void describe_flags(struct schema *schema, const struct key_row *row)
{
	g_autofree const char **names = word_names(row->words);

	schema_word_or_list(schema, names);
}

static const struct word page_words[] = {{"4K", 1 << 0}, {"2M", 1 << 1}, {"1G", 1 << 2}, {NULL, 0}};

static bool add_page(struct loader *loader, const struct node *word, void *context)
{
	const struct word *page = word_find(page_words, word->text);

	if (!page)
		return fail_value(loader, word, "pages", "4K, 2M or 1G");
	*(uint8_t *)context |= (uint8_t)page->value;
	return true;
}

static bool read_pages(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	uint8_t *mask = field;

	*mask = 0;
	if (!each_word(loader, value, row->name, add_page, mask))
		return false;
	if (!(*mask & 1))
		return fail_value(loader, value, row->name, "a list with 4K");
	return true;
}

static void describe_pages(struct schema *schema, const struct key_row *row)
{
	static const char *const names[] = {"4K", "2M", "1G", NULL};

	(void)row;
	schema_word_or_list(schema, names);
}

static bool read_keys(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	g_autofree char *where = g_strdup_printf("'%s'", row->name);

	return keys_read(loader, row->keys, value, where, field);
}

static void describe_keys(struct schema *schema, const struct key_row *row)
{
	schema_keys(schema, row->keys);
}

/* --- names --- */

static bool read_index(struct loader *loader, const struct key_row *row, const struct node *value, unsigned kinds,
		       const char *what, void *field)
{
	const struct name *name;

	if (!want_scalar(loader, value, row->name, row->type->what))
		return false;
	name = scope_want(loader, value, 0, value->text, kinds, what);
	if (!name)
		return false;
	*(uint16_t *)field = (uint16_t)name->index;
	return true;
}

static const char *const device_kind_texts[] = {
	[DEVICE_FUNCTION] = "functions",
	[DEVICE_VF] = "VFs",
	[DEVICE_MDEV] = "mdevs",
	[DEVICE_PLATFORM] = "platform masters",
};

static bool read_device(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	const struct machine_device *device;
	g_autoptr(GString) expected = NULL;

	if (!read_index(loader, row, value, NAME_DEVICE, "device", field))
		return false;
	device = &loader->now->machine->devices[*(uint16_t *)field];
	if (!row->mask || (row->mask & 1u << device->kind))
		return true;
	expected = g_string_new(NULL);
	for (unsigned kind = 0; kind < G_N_ELEMENTS(device_kind_texts); kind++)
		if (row->mask & 1u << kind)
			g_string_append_printf(expected, "%s%s", expected->len ? ", " : "", device_kind_texts[kind]);
	return fail_in(loader, value, 0, expected->str, NULL, NULL, "'%s' is one of the %s, which this does not take",
		       value->text, device_kind_texts[device->kind]);
}

static bool read_owner(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	return read_index(loader, row, value, NAME_OWNER, "owner", field);
}

static bool read_iommu(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	return read_index(loader, row, value, NAME_IOMMU, "IOMMU", field);
}

static bool read_port(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	return read_index(loader, row, value, NAME_PORT, "port", field);
}

bool parse_bdf(const char *text, uint16_t *segment, uint16_t *rid)
{
	unsigned numbers[4] = {0};
	const char *at = text;
	unsigned count = 0;

	for (; count < 4; count++) {
		char *end;
		gint64 number = g_ascii_isxdigit(*at) ? g_ascii_strtoll(at, &end, 16) : -1;

		if (number < 0 || end - at > 4)
			return false;
		numbers[count] = (unsigned)number;
		at = end;
		if (*at == '.' || *at != ':')
			break;
		at++;
	}
	if (*at != '.' || (count != 1 && count != 2) || at[1] < '0' || at[1] > '7' || at[2])
		return false;
	if (count == 1) {
		numbers[2] = numbers[1];
		numbers[1] = numbers[0];
		numbers[0] = 0;
	}
	if (numbers[1] > 0xff || numbers[2] > 0x1f)
		return false;
	*segment = (uint16_t)numbers[0];
	*rid = (uint16_t)(numbers[1] << 8 | numbers[2] << 3 | (unsigned)(at[1] - '0'));
	return true;
}

static bool read_rid(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	uint16_t segment, device;

	if (!want_scalar(loader, value, row->name, row->type->what))
		return false;
	if (parse_bdf(value->text, &segment, field))
		return true;
	if (!read_index(loader, row, value, NAME_DEVICE, "device", &device))
		return false;
	*(uint16_t *)field = loader->now->machine->devices[device].rid;
	return true;
}

static const char *const result_whats[] = {
	[RESULT_SPACE] = "space",   [RESULT_HANDLE] = "handle", [RESULT_REQUEST] = "request",
	[RESULT_OWNER] = "owner",   [RESULT_PASID] = "PASID",   [RESULT_MEMORY] = "pinned page",
	[RESULT_OBJECT] = "object",
};

static bool read_result(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	const struct name *name;

	if (!want_scalar(loader, value, row->name, result_whats[row->mask]))
		return false;
	name = scope_want(loader, value, 0, value->text, NAME_RESULT, result_whats[row->mask]);
	if (!name)
		return false;
	if (loader->now->slots[name->index].kind != row->mask)
		return fail_kind(loader, value, 0, name, 0, result_whats[row->mask]);
	*(uint32_t *)field = name->index;
	return true;
}

static bool read_pasid(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	struct pasid_operand *pasid = field;
	const struct name *name;
	uint64_t number;

	if (!want_scalar(loader, value, row->name, row->type->what))
		return false;
	if (g_ascii_isdigit(value->text[0])) {
		if (!parse_ranged(loader, row, value, &number))
			return false;
		*pasid = (struct pasid_operand){PASID_NUMBER, (uint32_t)number};
		return true;
	}
	name = scope_want(loader, value, 0, value->text, NAME_NUMBER | NAME_RESULT, "PASID");
	if (!name)
		return false;
	if (name->kind == NAME_NUMBER) {
		*pasid = (struct pasid_operand){PASID_NUMBER, (uint32_t)name->number};
		return in_range(loader, row, value, name->number);
	}
	if (loader->now->slots[name->index].kind != RESULT_PASID)
		return fail_kind(loader, value, 0, name, 0, "PASID");
	*pasid = (struct pasid_operand){PASID_RESULT, name->index};
	return true;
}

static void describe_pasid(struct schema *schema, const struct key_row *row)
{
	static const char *const types[] = {"integer", "string", NULL};

	schema_list(schema, "type", types);
	schema_number(schema, "minimum", (int64_t)row->low);
	schema_number(schema, "maximum", (int64_t)row->high);
}

bool read_vector(struct loader *loader, const struct node *value, size_t offset, const char *text,
		 struct device_vector *vector)
{
	const struct name *name = scope_want(loader, value, offset, text, NAME_VECTOR, "vector");

	if (name)
		*vector = (struct device_vector){(uint16_t)name->index, (uint32_t)name->number};
	return name != NULL;
}

const struct value_type value_truth = {"true or false", read_truth, describe_truth};
const struct value_type value_tristate = {"true or false", read_tristate, describe_truth};
const struct value_type value_number = {"a number", read_number, describe_number};
const struct value_type value_count = {"a number", read_count, describe_number};
const struct value_type value_word = {"a word", read_word, describe_word};
const struct value_type value_flags = {"a word or a list of words", read_flags, describe_flags};
const struct value_type value_pages = {"a list of page sizes", read_pages, describe_pages};
const struct value_type value_keys = {"a mapping", read_keys, describe_keys};
const struct value_type value_device = {"a device", read_device, describe_name};
const struct value_type value_owner = {"an owner", read_owner, describe_name};
const struct value_type value_iommu = {"an IOMMU", read_iommu, describe_name};
const struct value_type value_port = {"a port", read_port, describe_name};
const struct value_type value_rid = {"a device or BUS:DEVICE.FUNCTION", read_rid, describe_rid};
const struct value_type value_pasid = {"a PASID: a number, or the name of one", read_pasid, describe_pasid};
const struct value_type value_result = {"a name that a step made", read_result, describe_name};
