/* SPDX-License-Identifier: MIT */
#include "scenario/loader.h"

#include "base/nearest.h"
#include "scenario/word.h"

#include <string.h>

#define FOUND_MAX_CHARACTERS 40
#define EXPECTED_MAX_NAMES   12u

/* A value as a message quotes it; the caller frees. */
static char *found_text(const struct node *node)
{
	if (node->kind == NODE_LIST)
		return g_strdup(node->count ? "a list" : "an empty list");
	if (node->kind == NODE_MAP)
		return g_strdup(node->count ? "a mapping" : "an empty mapping");
	if (!*node->text)
		return g_strdup("nothing");
	if (g_utf8_strlen(node->text, -1) > FOUND_MAX_CHARACTERS) {
		g_autofree char *head = g_utf8_substring(node->text, 0, FOUND_MAX_CHARACTERS);

		return g_strdup_printf("'%s...'", head);
	}
	return g_strdup_printf("'%s'", node->text);
}

bool fail(struct loader *loader, const struct node *at, const char *expected, const char *format, ...)
{
	struct problem problem = {SCENARIO_ERROR_MEANING, at->place, expected, NULL, NULL};
	va_list arguments;

	va_start(arguments, format);
	source_fail_va(&loader->source, &problem, loader->error, format, arguments);
	va_end(arguments);
	return false;
}

bool fail_in(struct loader *loader, const struct node *at, size_t offset, const char *expected, const char *found,
	     const char *meant, const char *format, ...)
{
	struct problem problem = {SCENARIO_ERROR_MEANING, {0}, expected, found, meant};
	va_list arguments;

	problem.place = node_place_at(&loader->source, at, offset);
	va_start(arguments, format);
	source_fail_va(&loader->source, &problem, loader->error, format, arguments);
	va_end(arguments);
	return false;
}

bool fail_found(struct loader *loader, const struct node *value, const char *expected, const char *format, ...)
{
	g_autofree char *found = found_text(value), *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	return fail_in(loader, value, 0, expected, found, NULL, "%s", text);
}

bool fail_value(struct loader *loader, const struct node *value, const char *key, const char *expected)
{
	return fail_found(loader, value, expected, "wrong value for '%s'", key);
}

bool fail_unknown(struct loader *loader, const struct node *at, size_t offset, const char *what, const char *word,
		  const char *where, const char *const *names)
{
	g_autofree char *expected = names[0] ? names_join(names, EXPECTED_MAX_NAMES) : NULL;

	return fail_in(loader, at, offset, expected, NULL, nearest_name(word, names), "unknown %s '%s'%s%s", what, word,
		       where, names[0] ? "" : ": there is none");
}

bool want_scalar(struct loader *loader, const struct node *value, const char *key, const char *expected)
{
	if (value->kind == NODE_SCALAR && *value->text)
		return true;
	return fail_value(loader, value, key, expected);
}

bool want_map(struct loader *loader, const struct node *value, const char *key)
{
	return value->kind == NODE_MAP || fail_value(loader, value, key, "a mapping");
}

bool each_word(struct loader *loader, const struct node *value, const char *key, take_word take, void *context)
{
	if (value->kind != NODE_LIST)
		return want_scalar(loader, value, key, "a word or a list of words") && take(loader, value, context);
	if (value->count == 0)
		return fail_value(loader, value, key, "a word or a list of words");
	for (uint32_t i = 0; i < value->count; i++) {
		const struct node *word = value->entries[i].value;

		if (!want_scalar(loader, word, key, "a word") || !take(loader, word, context))
			return false;
	}
	return true;
}

int list_find(const char *const *names, const char *name)
{
	for (int i = 0; names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}
