/* SPDX-License-Identifier: MIT */
/* The public face of the random search. */
#include <ioasid-sim/search.h>

#include "sim/argument.h"
#include "sim/random_search.h"
#include "sim/tables.h"

#include <string.h>

#define PROGRAMS 1000

static bool bad(GError **error, const char *what, const char *text, const char *expected)
{
	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT, "%s '%s': expected %s", what, text, expected);
	return false;
}

static bool read_rules(const iosim_search_options *options, struct search_wish *wish, GError **error)
{
	const char *policy = options->policy ? options->policy : "iommufd";
	int found = policy_by_name(policy);

	if (found < 0)
		return argument_unknown(error, "policy", policy, sim_tables()->policies);
	wish->rules.policy = (unsigned)found;
	for (unsigned i = 0; options->settings && options->settings[i]; i++) {
		if (wish->rules.setting_count == SCENARIO_MAX_SETTINGS)
			return bad(error, "setting", options->settings[i], "fewer of them");
		if (!argument_setting(options->settings[i], &wish->rules.settings[wish->rules.setting_count++], error))
			return false;
	}
	return true;
}

static bool read_wish(const iosim_search_options *options, struct search_wish *wish, GError **error)
{
	*wish = (struct search_wish){.invariant = SEARCH_ANY,
				     .seed = options->seed,
				     .programs = options->programs ? options->programs : PROGRAMS};
	if (options->violates) {
		const char *const *names = sim_tables()->invariants;

		for (int i = 0; names[i]; i++)
			if (strcmp(names[i], options->violates) == 0)
				wish->invariant = i;
		if (wish->invariant == SEARCH_ANY)
			return argument_unknown(error, "invariant", options->violates, names);
	}
	return read_rules(options, wish, error);
}

/* What the scenario says of where it comes from: a call that makes it again. */
static char *source_of(const iosim_search_options *options, const struct search_wish *wish, uint64_t seed)
{
	GString *out = g_string_new(NULL);

	g_string_append_printf(out, "{author: ioasid-sim, date: %s,\n  document: \"ioasid-sim search --policy=%s",
			       options->date ? options->date : "1970-01-01", policy_name(wish->rules.policy));
	for (unsigned i = 0; options->settings && options->settings[i]; i++)
		g_string_append_printf(out, " --set=%s", options->settings[i]);
	if (options->violates)
		g_string_append_printf(out, " --violates=%s", options->violates);
	g_string_append_printf(out, " --seed=%" G_GUINT64_FORMAT "\"}", seed);
	return g_string_free(out, FALSE);
}

/* Whatever the caller calls it has to be what the loader takes. */
static bool is_loaded(const char *text, GError **error)
{
	GError *inner = NULL;
	struct scenario *scenario = scenario_load_data("found", text, strlen(text), sim_tables(), &inner);

	if (scenario) {
		scenario_free(scenario);
		return true;
	}
	g_set_error_literal(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT, inner->message);
	g_error_free(inner);
	return false;
}

char *iosim_search(const iosim_search_options *options, iosim_search_report *report, GError **error)
{
	static const iosim_search_options usual;
	g_autofree struct search_found *found = g_new0(struct search_found, 1);
	g_autofree char *text = NULL, *source = NULL;
	struct search_words words;
	struct search_wish wish;
	bool any;

	options = options ? options : &usual;
	if (!read_wish(options, &wish, error))
		return NULL;
	any = search(&wish, found);
	if (report)
		*report = (iosim_search_report){.seed = found->seed,
						.programs = found->programs,
						.steps_before = found->steps_before,
						.steps = found->steps,
						.runs = found->runs};
	if (!any)
		return NULL;
	source = source_of(options, &wish, found->seed);
	words = (struct search_words){.name = options->name ? options->name : "found", .source = source};
	text = search_scenario(&wish, found, &words);
	return is_loaded(text, error) ? g_steal_pointer(&text) : NULL;
}
