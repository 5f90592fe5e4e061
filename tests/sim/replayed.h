/* SPDX-License-Identifier: MIT */
/* Replays a scenario from text through the public interface. */
#ifndef IOSIM_TESTS_SIM_REPLAYED_H
#define IOSIM_TESTS_SIM_REPLAYED_H

#include <ioasid-sim/ioasid-sim.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct replayed {
	iosim_results *results;
	char *verdict;
	char *reason;
	char *text;
	iosim_status status;
};

static inline void replay_with(const char *text, const iosim_replay_options *options, struct replayed *out)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(iosim_scenario) scenario = iosim_scenario_load_data("t", text, strlen(text), &error);
	iosim_row row;

	if (!scenario)
		print_error("%s\n", error->message);
	assert_non_null(scenario);
	*out = (struct replayed){.results = iosim_results_new()};
	assert_true(iosim_replay(scenario, options, out->results, &error));
	assert_true(iosim_results_row(out->results, 0, &row));
	out->status = row.status;
	out->verdict = g_strdup(row.verdict);
	out->reason = g_strdup(row.reason);
	out->text = iosim_results_format(out->results, "text", TRUE, FALSE, NULL);
}

static inline void clear(struct replayed *out)
{
	iosim_results_free(out->results);
	g_free(out->verdict);
	g_free(out->reason);
	g_free(out->text);
}

static inline void expect_passed(const char *text)
{
	struct replayed out;

	replay_with(text, NULL, &out);
	if (out.status != IOSIM_PASSED)
		print_error("%s\n", out.text);
	assert_int_equal(out.status, IOSIM_PASSED);
	clear(&out);
}

#endif
