/* SPDX-License-Identifier: MIT */
#include "scenario/loader.h"

#include "base/nearest.h"
#include "scenario/word.h"

#include <string.h>

static const struct word kind_texts[] = {
	{"a number of 'let'", NAME_NUMBER},
	{"an IOMMU", NAME_IOMMU},
	{"a port", NAME_PORT},
	{"an owner", NAME_OWNER},
	{"a device", NAME_DEVICE},
	{"a device with functions of its own", NAME_PACKAGE},
	{"a BAR", NAME_BAR},
	{"an interrupt vector", NAME_VECTOR},
	{"a reserved range", NAME_RESERVED},
	{"memory", NAME_MEMORY},
	{NULL, 0},
};
static const char *const result_texts[] = {
	[RESULT_SPACE] = "a space",    [RESULT_HANDLE] = "a handle", [RESULT_REQUEST] = "a request",
	[RESULT_OWNER] = "an owner",   [RESULT_PASID] = "a PASID",   [RESULT_MEMORY] = "a pinned page",
	[RESULT_OBJECT] = "an object",
};

const char *name_kind_text(const struct loader *loader, const struct name *name)
{
	const struct word *text = kind_texts;

	if (name->kind == NAME_RESULT)
		return result_texts[loader->now->slots[name->index].kind];
	while (text->name && text->value != name->kind)
		text++;
	return text->name;
}

void scope_clear(struct loader *loader)
{
	g_clear_pointer(&loader->scope.names, g_array_unref);
	g_clear_pointer(&loader->scope.by_text, g_hash_table_unref);
}

struct name *scope_find(const struct loader *loader, const char *text)
{
	uint32_t number;

	if (!loader->scope.by_text)
		return NULL;
	number = GPOINTER_TO_UINT(g_hash_table_lookup(loader->scope.by_text, text));
	return number ? &g_array_index(loader->scope.names, struct name, number - 1) : NULL;
}

bool scope_add_as(struct loader *loader, const struct node *key, const char *text, enum name_kind kind, uint32_t index,
		  struct name **added)
{
	struct scope *scope = &loader->scope;
	const struct name *before = scope_find(loader, text);
	struct name name = {.kind = kind, .index = index, .place = key->place};

	if (before && before->place.line == 0)
		return fail(loader, key, "another name", "'%s' is always the host kernel", text);
	if (before)
		return fail(loader, key, "another name", "duplicate name '%s': it is %s since line %u", text,
			    name_kind_text(loader, before), before->place.line);
	if (!scope->names) {
		scope->names = g_array_new(FALSE, FALSE, sizeof(struct name));
		scope->by_text = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	}
	if (scope->names->len == SCENARIO_MAX_NAMES)
		return fail(loader, key, "at most " G_STRINGIFY(SCENARIO_MAX_NAMES), "too many names");
	g_strlcpy(name.text, text, sizeof(name.text));
	g_array_append_val(scope->names, name);
	g_hash_table_insert(scope->by_text, g_strdup(text), GUINT_TO_POINTER(scope->names->len));
	if (added)
		*added = &g_array_index(scope->names, struct name, scope->names->len - 1);
	return true;
}

bool scope_add(struct loader *loader, const struct node *key, enum name_kind kind, uint32_t index, struct name **added)
{
	const char *fault = name_fault(key->text);

	if (fault)
		return fail(loader, key, "[a-z][a-z0-9-]*", "'%s' %s", key->text, fault);
	return scope_add_as(loader, key, key->text, kind, index, added);
}

/* The names that would be right, NULL-terminated. */
static GPtrArray *names_of(const struct loader *loader, unsigned kinds)
{
	GPtrArray *names = g_ptr_array_new();

	for (uint32_t i = 0; loader->scope.names && i < loader->scope.names->len; i++) {
		struct name *name = &g_array_index(loader->scope.names, struct name, i);

		if (name->kind & kinds)
			g_ptr_array_add(names, name->text);
	}
	g_ptr_array_add(names, NULL);
	return names;
}

bool fail_kind(struct loader *loader, const struct node *at, size_t offset, const struct name *name, unsigned kinds,
	       const char *what)
{
	g_autoptr(GPtrArray) names = names_of(loader, kinds);
	g_autofree char *expected = names->len > 1 ? names_join((const char *const *)names->pdata, 12) : NULL;

	return fail_in(loader, at, offset, expected, NULL, NULL, "'%s' is %s and no %s", name->text,
		       name_kind_text(loader, name), what);
}

static bool unknown_name(struct loader *loader, const struct node *at, size_t offset, const char *text, unsigned kinds,
			 const char *what)
{
	g_autoptr(GPtrArray) names = names_of(loader, kinds);
	g_autofree char *in_case = NULL;

	if (*loader->now->name)
		in_case = g_strdup_printf(" in case '%s'", loader->now->name);
	return fail_unknown(loader, at, offset, what, text, in_case ? in_case : "", (const char *const *)names->pdata);
}

const struct name *scope_want(struct loader *loader, const struct node *at, size_t offset, const char *text,
			      unsigned kinds, const char *what)
{
	const struct name *name = scope_find(loader, text);

	if (!name) {
		unknown_name(loader, at, offset, text, kinds, what);
		return NULL;
	}
	if (!(name->kind & kinds)) {
		fail_kind(loader, at, offset, name, kinds, what);
		return NULL;
	}
	if (name->kind == NAME_RESULT && name->from_step >= loader->step_number) {
		fail_in(loader, at, offset, "a name that an earlier step made", NULL, NULL,
			"'%s' is made by a later step, on line %u", text, name->place.line);
		return NULL;
	}
	if (name->kind == NAME_RESULT && name->block && name->block == loader->block &&
	    name->thread != loader->thread) {
		fail_in(loader, at, offset, "a name that a step before 'parallel' or of the same thread made", NULL,
			NULL, "'%s' may not be there yet: thread '%s' makes it, on line %u", text,
			loader->now->blocks[name->block - 1].threads[name->thread], name->place.line);
		return NULL;
	}
	return name;
}
