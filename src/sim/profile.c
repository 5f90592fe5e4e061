/* SPDX-License-Identifier: MIT */
#include "sim/profile.h"

#include "sim/argument.h"

#include <ioasid-sim/error.h>

#include <string.h>

const char *const *iosim_profile_names(void)
{
	static const char **names;

	if (g_once_init_enter(&names)) {
		GPtrArray *list = g_ptr_array_new();
		for (const struct profile_text *row = profile_texts; row->name; row++)
			g_ptr_array_add(list, (gpointer)row->name);
		g_ptr_array_add(list, NULL);
		g_once_init_leave(&names, (const char **)g_ptr_array_free(list, FALSE));
	}
	return names;
}

static bool is_path(const char *name)
{
	return strchr(name, '/') || g_str_has_suffix(name, ".yaml");
}

static iosim_profile *from_file(const char *path, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autofree char *text = NULL;
	gsize bytes;

	if (g_file_get_contents(path, &text, &bytes, &reason))
		return profile_parse(path, text, bytes, error);
	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_READ, "%s: %s", path, reason->message);
	return NULL;
}

iosim_profile *iosim_profile_load(const char *name, GError **error)
{
	if (is_path(name))
		return from_file(name, error);
	for (const struct profile_text *row = profile_texts; row->name; row++) {
		if (strcmp(row->name, name) != 0)
			continue;
		g_autofree char *path = g_strconcat(name, ".yaml", NULL);
		return profile_parse(path, row->text, strlen(row->text), error);
	}
	argument_unknown(error, "profile", name, iosim_profile_names());
	return NULL;
}

void iosim_profile_free(iosim_profile *profile)
{
	if (!profile)
		return;
	for (unsigned i = 0; i < PROFILE_NUMBERS; i++)
		g_free(profile->origins[i].text);
	g_free(profile->name);
	g_free(profile->summary);
	g_free(profile);
}

const char *iosim_profile_summary(const iosim_profile *profile)
{
	return profile->summary;
}

void profile_set_origin(iosim_profile *profile, unsigned number, bool calibrated, const char *text)
{
	struct profile_origin *origin = &profile->origins[number];

	g_free(origin->text);
	*origin = (struct profile_origin){calibrated, g_strdup(text)};
}

/* In double quotes, which end nothing and hide nothing in this text: white space is folded, the rest is escaped. */
static void append_text(GString *out, const char *text)
{
	g_string_append_c(out, '"');
	for (const char *at = text; *at; at++) {
		if (*at == '"' || *at == '\\')
			g_string_append_c(out, '\\');
		g_string_append_c(out, *at == '\n' || *at == '\t' ? ' ' : *at);
	}
	g_string_append_c(out, '"');
}

static void append_number(GString *out, double number)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	/* Enough for a picosecond of a millisecond. */
	g_string_append(out, g_ascii_formatd(text, sizeof(text), "%.10g", number));
}

static void append_origin(GString *out, const struct profile_origin *origin)
{
	g_string_append_printf(out, ", %s: ", origin->calibrated ? "calibrated-from" : "source");
	append_text(out, origin->text);
	g_string_append(out, "}\n");
}

static void append_section(GString *out, const iosim_profile *profile, const char *name)
{
	g_string_append_printf(out, "%s:\n", name);
	for (unsigned i = 0; i < TIMING_NUMBERS; i++) {
		if (strcmp(timing_numbers[i].section, name) != 0)
			continue;
		g_string_append_printf(out, "  %s: {value: ", timing_numbers[i].key);
		append_number(out, profile->timing.value[i]);
		append_origin(out, &profile->origins[i]);
	}
	for (unsigned i = 0; strcmp(name, "device") == 0 && i < TIMING_INTERVALS; i++) {
		const struct timing_points *points = &profile->timing.interval[i];
		g_string_append_printf(out, "  %s: {at: {", timing_interval_names[i]);
		for (uint32_t point = 0; point < points->count; point++) {
			g_string_append_printf(out, "%s%u: ", point ? ", " : "", points->bytes[point]);
			append_number(out, points->ns[point]);
		}
		g_string_append_c(out, '}');
		append_origin(out, &profile->origins[TIMING_NUMBERS + i]);
	}
}

char *profile_write(const iosim_profile *profile)
{
	GString *out = g_string_new("# SPDX-License-Identifier: MIT\n");

	g_string_append_printf(out, "profile: %s\nsummary: ", profile->name);
	append_text(out, profile->summary);
	g_string_append_printf(out, "\nunit: %s\n", machine_name_of_kind(profile->timing.kind));
	for (unsigned i = 0; i < TIMING_NUMBERS; i++)
		if (i == 0 || strcmp(timing_numbers[i].section, timing_numbers[i - 1].section) != 0)
			append_section(out, profile, timing_numbers[i].section);
	return g_string_free(out, FALSE);
}
