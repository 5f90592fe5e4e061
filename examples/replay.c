/* SPDX-License-Identifier: MIT */
/* Does a rule change break a scenario? Replays one file, first as its rows say, then under another rule. */
#include <ioasid-sim/ioasid-sim.h>

#include <stdio.h>

int main(int argc, char **argv)
{
	const char *const lazy[] = {"flush_mode=lazy", NULL};
	iosim_replay_options what_if = {.policy = "kernel-dma", .settings = lazy};
	g_autoptr(GError) error = NULL;
	g_autoptr(iosim_results) results = iosim_results_new();
	g_autoptr(iosim_scenario) scenario = iosim_scenario_load(argc > 1 ? argv[1] : "scenario.yaml", &error);

	if (!scenario || !iosim_replay(scenario, NULL, results, &error) ||
	    !iosim_replay(scenario, &what_if, results, &error)) {
		fprintf(stderr, "%s\n", error->message);
		return 2;
	}
	for (unsigned i = 0; i < iosim_results_rows(results); i++) {
		iosim_row row;

		iosim_results_row(results, i, &row);
		printf("%s, %s: %s\n", row.policy, row.case_name ? row.case_name : "only case", row.verdict);
	}
	return iosim_results_count(results, IOSIM_FAILED) > 0;
}
