/* SPDX-License-Identifier: MIT */
#include "scenario/loader.h"

#include "base/nearest.h"
#include "scenario/word.h"

#include <string.h>

#define FOUND_MAX_CHARACTERS 40
#define EXPECTED_MAX_NAMES   12u

const char *quoted(struct loader *loader, const char *text)
{
	bool long_text = g_utf8_strlen(text, -1) > FOUND_MAX_CHARACTERS;
	g_autofree char *head = g_utf8_substring(text, 0, long_text ? FOUND_MAX_CHARACTERS : -1);
	g_autofree char *all = g_strdup_printf("'%s%s'", head, long_text ? "..." : "");
	char *kept = pool_alloc(loader->pool, strlen(all) + 1);

	return strcpy(kept, all);
}

/* A value as a message quotes it. */
static const char *found_text(struct loader *loader, const struct node *node)
{
	if (node->kind == NODE_LIST)
		return node->count ? "a list" : "an empty list";
	if (node->kind == NODE_MAP)
		return node->count ? "a mapping" : "an empty mapping";
	return *node->text ? quoted(loader, node->text) : "nothing";
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
	g_autofree char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	return fail_in(loader, value, 0, expected, found_text(loader, value), NULL, "%s", text);
}

bool fail_value(struct loader *loader, const struct node *value, const char *key, const char *expected)
{
	return fail_found(loader, value, expected, "wrong value for '%s'", key);
}

bool fail_unknown(struct loader *loader, const struct node *at, size_t offset, const char *what, const char *word,
		  const char *where, const char *const *names)
{
	g_autofree char *expected = names[0] ? names_join(names, EXPECTED_MAX_NAMES) : NULL;

	/* One letter that is wrong is near to nothing. */
	return fail_in(loader, at, offset, expected, NULL, strlen(word) > 1 ? nearest_name(word, names) : NULL,
		       "unknown %s %s%s%s", what, quoted(loader, word), where, names[0] ? "" : ": there is none");
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
