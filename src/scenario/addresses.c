/* SPDX-License-Identifier: MIT */
/* Addresses and targets: BASE or BASE+NUMBER. */
#include "scenario/keys.h"
#include "scenario/schema.h"

#include <string.h>

struct address_function {
	const char *name;
	enum address_base base;
	unsigned kinds;
	const char *what;
};

static const struct address_function address_functions[] = {
	{"hpa", ADDRESS_HPA, NAME_MEMORY, "memory"}, {"gpa", ADDRESS_GPA, NAME_MEMORY, "memory"},
	{"va", ADDRESS_VA, NAME_MEMORY, "memory"},   {"bus", ADDRESS_BUS, NAME_BAR, "BAR"},
	{"msi", ADDRESS_MSI, NAME_VECTOR, "vector"},
};
#define ADDRESS_EXPECTED                                                                                             \
	"a number, a name, hpa(), gpa() or va() of memory, bus() of a BAR, msi() of a vector; each with +NUMBER or " \
	"without"

/* Cuts "+NUMBER" off. *base_bytes: length of what is before it. */
static bool split_offset(struct loader *loader, const struct node *value, const char *text, size_t offset,
			 size_t *base_bytes, uint64_t *number)
{
	const char *plus = strchr(text, '+');
	size_t skipped;

	*number = 0;
	*base_bytes = plus ? (size_t)(plus - text) : strlen(text);
	if (!plus)
		return true;
	skipped = *base_bytes + 1;
	if (number_parse(plus + 1, strlen(plus + 1), number))
		return true;
	return fail_in(loader, value, offset + skipped, "a number", plus[1] ? quoted(loader, plus + 1) : "nothing",
		       NULL, "wrong offset behind '+'");
}

static bool parse_function(struct loader *loader, const struct node *value, const char *base, struct address *address)
{
	const char *open = strchr(base, '('), *close = strchr(base, ')');
	g_autofree char *argument = NULL;
	const struct name *name;

	if (!close || close < open || close[1])
		return fail_in(loader, value, 0, ADDRESS_EXPECTED, quoted(loader, base), NULL, "wrong address");
	argument = g_strndup(open + 1, (gsize)(close - open - 1));
	for (size_t i = 0; i < G_N_ELEMENTS(address_functions); i++) {
		const struct address_function *function = &address_functions[i];

		if (strlen(function->name) != (size_t)(open - base) ||
		    strncmp(function->name, base, strlen(function->name)) != 0)
			continue;
		name = scope_want(loader, value, (size_t)(open + 1 - base), argument, function->kinds, function->what);
		if (!name)
			return false;
		address->base = function->base;
		address->index = name->index;
		if (name->kind == NAME_VECTOR)
			address->vector = (uint32_t)name->number;
		return true;
	}
	return fail_in(loader, value, 0, "hpa(), gpa(), va(), bus() or msi()", quoted(loader, base), NULL,
		       "unknown address function");
}

/* Handles are addresses, and where `results` has the bit also what a translation request returned. */
static bool is_address(struct loader *loader, const struct node *value, const struct name *name, unsigned results)
{
	const struct result_slot *slot = &loader->now->slots[name->index];

	if (slot->kind == RESULT_HANDLE)
		return true;
	if (!(results & 1u << slot->kind))
		return fail_kind(loader, value, 0, name, 0, "handle");
	return slot->maker == OP_ATS ||
	       fail_in(loader, value, 0, "what 'ats' made", NULL, NULL, "'%s' is a request of '%s' and no translation",
		       name->text, operation_name(slot->maker));
}

static bool parse_name(struct loader *loader, const struct node *value, const char *base, unsigned results,
		       struct address *address)
{
	unsigned kinds = NAME_NUMBER | NAME_RESULT | NAME_RESERVED;
	const struct name *name = scope_want(loader, value, 0, base, kinds, "address");

	if (!name)
		return false;
	if (name->kind == NAME_NUMBER) {
		if (!__builtin_add_overflow(address->number, name->number, &address->number))
			return true;
		return fail_value(loader, value, "address", "an address of at most 64 bits");
	}
	if (name->kind == NAME_RESULT && !is_address(loader, value, name, results))
		return false;
	address->base = name->kind == NAME_RESULT ? ADDRESS_RESULT : ADDRESS_RESERVED;
	address->index = name->index;
	return true;
}

static bool read_address(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	struct address *address = field;
	g_autofree char *base = NULL;
	uint64_t number;
	size_t bytes;

	*address = (struct address){.base = ADDRESS_NUMBER};
	if (!want_scalar(loader, value, row->name, ADDRESS_EXPECTED) ||
	    !split_offset(loader, value, value->text, 0, &bytes, &address->number))
		return false;
	base = g_strndup(value->text, bytes);
	if (strchr(base, '('))
		return parse_function(loader, value, base, address);
	if (!g_ascii_isdigit(base[0]))
		return *base ? parse_name(loader, value, base, row->mask, address)
			     : fail_value(loader, value, row->name, ADDRESS_EXPECTED);
	if (!number_parse(base, bytes, &number) || __builtin_add_overflow(address->number, number, &address->number))
		return fail_value(loader, value, row->name, ADDRESS_EXPECTED);
	return true;
}

/* Whether the place lies inside the object. */
static bool offset_fits(struct loader *loader, const struct node *value, size_t offset, const struct target *target)
{
	const struct machine *machine = loader->now->machine;
	g_autofree char *expected = NULL;
	uint64_t bytes;

	if (target->kind == TARGET_RESULT)
		bytes = PIN_BYTES;
	else if (target->kind == TARGET_BAR)
		bytes = machine->bars[target->index].bytes;
	else if (target->kind == TARGET_RESERVED)
		bytes = machine->reserved[target->index].bytes;
	else
		bytes = machine->memories[target->index].bytes;
	expected = g_strdup_printf("less than 0x%" G_GINT64_MODIFIER "x", bytes);
	if (target->offset < bytes)
		return true;
	return fail_in(loader, value, offset, expected, NULL, NULL, "the offset is beyond the object");
}

static bool set_target(struct loader *loader, const struct node *value, size_t offset, const struct name *name,
		       struct target *target)
{
	const struct machine_reserved *range;

	target->index = name->index;
	if (name->kind == NAME_RESULT) {
		target->kind = TARGET_RESULT;
		return loader->now->slots[name->index].kind == RESULT_MEMORY ||
		       fail_kind(loader, value, offset, name, 0, "memory");
	}
	if (name->kind != NAME_RESERVED) {
		target->kind = name->kind == NAME_BAR ? TARGET_BAR : TARGET_MEMORY;
		return true;
	}
	target->kind = TARGET_RESERVED;
	range = &loader->now->machine->reserved[name->index];
	if (range->kind == RESERVED_RMRR || range->kind == RESERVED_RELAXABLE)
		return true;
	return fail_in(loader, value, offset, "a range of kind rmrr or relaxable", NULL, NULL,
		       "there is no memory behind the reserved range '%s'", name->text);
}

bool read_target(struct loader *loader, const struct node *value, size_t offset, const char *text, unsigned kinds,
		 struct target *target)
{
	unsigned names = (kinds & 1u << TARGET_MEMORY ? NAME_MEMORY : 0) | (kinds & 1u << TARGET_BAR ? NAME_BAR : 0) |
			 (kinds & 1u << TARGET_RESERVED ? NAME_RESERVED : 0) |
			 (kinds & 1u << TARGET_RESULT ? NAME_RESULT : 0);
	const char *what = names == NAME_BAR ? "BAR" : names & NAME_BAR ? "memory or BAR" : "memory";
	g_autofree char *base = NULL;
	const struct name *name;
	size_t bytes;

	*target = (struct target){0};
	if (!split_offset(loader, value, text, offset, &bytes, &target->offset))
		return false;
	base = g_strndup(text, bytes);
	name = scope_want(loader, value, offset, base, names, what);
	if (!name)
		return false;
	return set_target(loader, value, offset, name, target) && offset_fits(loader, value, offset, target);
}

static bool read_target_key(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	return want_scalar(loader, value, row->name, row->type->what) &&
	       read_target(loader, value, 0, value->text, row->mask, field);
}

static void describe_address(struct schema *schema, const struct key_row *row)
{
	static const char *const types[] = {"integer", "string", NULL};

	(void)row;
	schema_list(schema, "type", types);
	schema_number(schema, "minimum", 0);
}

/* A name of something that can be mapped, or anything else: the message then says what an address is. */
static bool names_target(struct loader *loader, const char *text)
{
	g_autofree char *base = g_strndup(text, strcspn(text, "+"));
	const struct name *name = scope_find(loader, base);

	return !strchr(base, '(') && !g_ascii_isdigit(base[0]) &&
	       (!name || !(name->kind & (NAME_NUMBER | NAME_RESERVED | NAME_RESULT)));
}

static bool read_mapped(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	struct operands *with = field;

	if (!want_scalar(loader, value, row->name, row->type->what))
		return false;
	if (names_target(loader, value->text))
		return read_target(loader, value, 0, value->text, row->mask, &with->to);
	if (!read_address(loader, row, value, &with->from))
		return false;
	with->to = (struct target){.kind = TARGET_ADDRESS};
	return with->from.base != ADDRESS_RESULT ||
	       fail_value(loader, value, row->name, "memory, a BAR, or an address of the parent");
}

static bool read_addresses(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	struct address_list *out = field;

	*out = (struct address_list){0};
	if (value->kind != NODE_LIST)
		return fail_value(loader, value, row->name, row->type->what);
	if (value->count > SCENARIO_MAX_ENTRIES)
		return fail(loader, value->entries[SCENARIO_MAX_ENTRIES].value, "at most 8", "too many '%s'",
			    row->name);
	for (; out->count < value->count; out->count++) {
		const struct node *entry = value->entries[out->count].value;

		if (!want_scalar(loader, entry, row->name, "an address") ||
		    !read_address(loader, row, entry, &out->list[out->count]))
			return false;
		if (out->list[out->count].base == ADDRESS_RESULT)
			return fail_value(loader, entry, row->name, "an address that no step made");
	}
	return true;
}

static void describe_addresses(struct schema *schema, const struct key_row *row)
{
	schema_text(schema, "type", "array");
	schema_number(schema, "maxItems", SCENARIO_MAX_ENTRIES);
	schema_begin(schema, "items");
	describe_address(schema, row);
	schema_end(schema);
}

const struct value_type value_mapped = {"memory or a BAR, or an address of the parent", read_mapped, describe_address};
const struct value_type value_address = {"an address", read_address, describe_address};
const struct value_type value_addresses = {"a list of addresses", read_addresses, describe_addresses};
const struct value_type value_target = {"memory or a BAR, with +NUMBER or without", read_target_key, describe_text};
