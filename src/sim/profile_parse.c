/* SPDX-License-Identifier: MIT */
/* Profiles from YAML: the rows of timing/profile.h say which keys there are. All are required, and no other is known.
 */
#include "sim/profile.h"

#include "base/nearest.h"
#include "scenario/tree.h"

#include <ioasid-sim/error.h>

#include <math.h>
#include <string.h>

#define MAX_KEYS 32 /* of a mapping */

struct parser {
	struct source source;
	iosim_profile *profile;
	GError **error;
};

static bool fail_at(const struct parser *parser, const struct node *node, const char *expected, const char *meant,
		    const char *format, ...) G_GNUC_PRINTF(5, 6);

static bool fail_at(const struct parser *parser, const struct node *node, const char *expected, const char *meant,
		    const char *format, ...)
{
	struct problem problem = {
		.code = SCENARIO_ERROR_MEANING, .place = node->place, .expected = expected, .meant = meant};
	va_list arguments;

	va_start(arguments, format);
	source_fail_va(&parser->source, &problem, parser->error, format, arguments);
	va_end(arguments);
	return false;
}

static const char *kind_of(const struct node *node)
{
	return node->kind == NODE_MAP ? "keys" : node->kind == NODE_LIST ? "a list" : "a value";
}

/* A mapping with exactly these keys; `names` is ended by NULL. */
static bool has_keys(const struct parser *parser, const struct node *map, const char *where, const char *const *names)
{
	g_autofree char *list = g_strjoinv(", ", (char **)(void *)names);

	if (map->kind != NODE_MAP)
		return fail_at(parser, map, list, NULL, "%s is %s", where, kind_of(map));
	for (uint32_t i = 0; i < map->count; i++) {
		const struct node *key = map->entries[i].key;
		if (!g_strv_contains(names, key->text))
			return fail_at(parser, key, NULL, nearest_name(key->text, names), "unknown key '%s' of %s",
				       key->text, where);
	}
	for (unsigned i = 0; names[i]; i++)
		if (!node_get(map, names[i]))
			return fail_at(parser, map, list, NULL, "%s has no key '%s'", where, names[i]);
	return true;
}

static bool read_number(const struct parser *parser, const struct node *node, double low, double high, bool whole,
			const char *what, double *number)
{
	g_autofree char *expected =
		g_strdup_printf("%s from %g to %g", whole ? "a whole number" : "a number", low, high);
	char *end = NULL;

	if (node->kind == NODE_SCALAR && node->plain && node->text[0] != '\0')
		*number = g_ascii_strtod(node->text, &end);
	if (!end || *end != '\0' || !isfinite(*number) || *number < low || *number > high ||
	    (whole && *number != floor(*number)))
		return fail_at(parser, node, expected, NULL, "wrong value for '%s'", what);
	return true;
}

/* The one of `source` and `calibrated-from` that is there. */
static bool read_origin(const struct parser *parser, const struct node *leaf, const char *key, const char *value_key,
			unsigned number)
{
	const struct node *source = node_get(leaf, "source"), *calibrated = node_get(leaf, "calibrated-from");
	const char *names[] = {value_key, source || !calibrated ? "source" : "calibrated-from", NULL};
	const struct node *origin = source ? source : calibrated;

	if (leaf->kind != NODE_MAP)
		return fail_at(parser, leaf, NULL, NULL,
			       "'%s' does not say where it comes from; expected {%s: ..., source: ...}", key,
			       value_key);
	if (source && calibrated)
		return fail_at(parser, calibrated, "one of them", NULL, "'%s' has both source and calibrated-from",
			       key);
	for (uint32_t i = 0; i < leaf->count; i++) {
		const struct node *at = leaf->entries[i].key;
		const char *known[] = {value_key, "source", "calibrated-from", NULL};
		if (!g_strv_contains(known, at->text))
			return fail_at(parser, at, NULL, nearest_name(at->text, known), "unknown key '%s' of '%s'",
				       at->text, key);
	}
	if (!origin)
		return fail_at(parser, leaf, "source or calibrated-from", NULL, "'%s' does not say where it comes from",
			       key);
	if (!has_keys(parser, leaf, key, names))
		return false;
	if (origin->kind != NODE_SCALAR || strspn(origin->text, " \t\n") == strlen(origin->text))
		return fail_at(parser, origin, "a text", NULL, "the origin of '%s' is %s", key,
			       origin->kind == NODE_SCALAR ? "empty" : kind_of(origin));
	profile_set_origin(parser->profile, number, origin == calibrated, origin->text);
	return true;
}

static bool read_points(const struct parser *parser, const struct node *leaf, enum timing_interval which)
{
	struct timing_points *points = &parser->profile->timing.interval[which];
	const char *key = timing_interval_names[which];

	if (!read_origin(parser, leaf, key, "at", TIMING_NUMBERS + which))
		return false;
	const struct node *at = node_get(leaf, "at");
	if (at->kind != NODE_MAP || at->count == 0 || at->count > TIMING_MAX_POINTS)
		return fail_at(parser, at, "BYTES: NANOSECONDS, at most " G_STRINGIFY(TIMING_MAX_POINTS) " times", NULL,
			       "wrong value for '%s'", key);
	for (uint32_t i = 0; i < at->count; i++) {
		double bytes = 0;
		if (!read_number(parser, at->entries[i].key, 1, 4096, true, key, &bytes) ||
		    !read_number(parser, at->entries[i].value, 0, 1e6, false, key, &points->ns[i]))
			return false;
		points->bytes[i] = (uint32_t)bytes;
		if (i > 0 && points->bytes[i] <= points->bytes[i - 1])
			return fail_at(parser, at->entries[i].key, "sizes that rise", NULL, "wrong size for '%s'", key);
	}
	points->count = at->count;
	return true;
}

static bool read_section(const struct parser *parser, const struct node *section, const char *name)
{
	const char *names[MAX_KEYS + 1] = {NULL};
	unsigned count = 0;
	bool device = strcmp(name, "device") == 0;

	for (unsigned i = 0; i < TIMING_NUMBERS; i++)
		if (strcmp(timing_numbers[i].section, name) == 0)
			names[count++] = timing_numbers[i].key;
	for (unsigned i = 0; device && i < TIMING_INTERVALS; i++)
		names[count++] = timing_interval_names[i];
	if (!has_keys(parser, section, name, names))
		return false;
	for (unsigned i = 0; i < TIMING_NUMBERS; i++) {
		const struct timing_number_row *row = &timing_numbers[i];
		if (strcmp(row->section, name) != 0)
			continue;
		const struct node *leaf = node_get(section, row->key);
		if (!read_origin(parser, leaf, row->key, "value", i) ||
		    !read_number(parser, node_get(leaf, "value"), row->low, row->high, row->whole, row->key,
				 &parser->profile->timing.value[i]))
			return false;
	}
	for (unsigned i = 0; device && i < TIMING_INTERVALS; i++)
		if (!read_points(parser, node_get(section, timing_interval_names[i]), i))
			return false;
	return true;
}

static bool read_text(const struct parser *parser, const struct node *node, const char *key, char **text)
{
	if (node->kind != NODE_SCALAR || node->text[0] == '\0')
		return fail_at(parser, node, "a text", NULL, "wrong value for '%s'", key);
	*text = g_strdup(node->text);
	return true;
}

static bool read_unit(const struct parser *parser, const struct node *node)
{
	static const enum iommu_kind kinds[] = {IOMMU_VTD, IOMMU_SMMUV3};
	const char *names[G_N_ELEMENTS(kinds) + 1] = {NULL};

	for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
		names[i] = machine_name_of_kind(kinds[i]);
		if (strcmp(node->text, names[i]) == 0) {
			parser->profile->timing.kind = kinds[i];
			return true;
		}
	}
	return fail_at(parser, node, "vtd or smmuv3", nearest_name(node->text, names), "wrong value for 'unit'");
}

/* What one number says is only possible together with another. */
static bool agree(const struct parser *parser, const struct node *root)
{
	const struct timing_profile *timing = &parser->profile->timing;
	const struct node *iommu = node_get(root, "iommu"), *complex = node_get(root, "root-complex");
	uint32_t units = (timing_count(timing, TIMING_MAX_PAYLOAD) + 15) / 16;

	if (timing->kind == IOMMU_SMMUV3 && timing->value[TIMING_LEVELS] > 4)
		return fail_at(parser, node_get(node_get(iommu, "levels"), "value"),
			       "3 or 4: stage 1 with 4 KiB granules here", NULL, "wrong value for 'levels'");
	if (timing->kind == IOMMU_SMMUV3 && timing->value[TIMING_TABLE_ENTRIES] > 0)
		return fail_at(parser, node_get(node_get(iommu, "table-entries"), "value"),
			       "0: an SMMUv3 has none here", NULL, "wrong value for 'table-entries'");
	if (timing_count(timing, TIMING_POSTED_DATA) < units)
		return fail_at(parser, node_get(node_get(complex, "posted-data-units"), "value"),
			       "room for one write of max-payload-bytes", NULL, "wrong value for 'posted-data-units'");
	return true;
}

static bool read_profile(const struct parser *parser, const struct node *root)
{
	static const char *const names[] = {"profile",      "summary", "unit", "device", "link",
					    "root-complex", "iommu",   "cpu",  "memory", NULL};

	if (!has_keys(parser, root, "the profile", names) ||
	    !read_text(parser, node_get(root, "profile"), "profile", &parser->profile->name) ||
	    !read_text(parser, node_get(root, "summary"), "summary", &parser->profile->summary) ||
	    !read_unit(parser, node_get(root, "unit")))
		return false;
	for (unsigned i = 3; names[i]; i++)
		if (!read_section(parser, node_get(root, names[i]), names[i]))
			return false;
	return agree(parser, root);
}

iosim_profile *profile_parse(const char *path, const char *text, size_t bytes, GError **error)
{
	g_autoptr(GError) wrong = NULL;
	iosim_profile *profile = g_new0(iosim_profile, 1);
	struct parser parser = {.profile = profile, .error = &wrong};
	struct pool *pool = pool_new();

	source_init(&parser.source, path, text, bytes);
	const struct node *root = tree_parse(&parser.source, pool, &wrong);
	if (!root || !read_profile(&parser, root)) {
		bool syntax = g_error_matches(wrong, SCENARIO_ERROR, SCENARIO_ERROR_SYNTAX);
		g_set_error_literal(error, IOSIM_ERROR, syntax ? IOSIM_ERROR_SYNTAX : IOSIM_ERROR_MEANING,
				    wrong->message);
		g_clear_pointer(&profile, iosim_profile_free);
	}
	source_clear(&parser.source);
	pool_free(pool);
	return profile;
}
