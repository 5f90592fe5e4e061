/* SPDX-License-Identifier: MIT */
/* Explores a scenario from text below the public interface. */
#ifndef IOSIM_TESTS_SIM_EXPLORED_H
#define IOSIM_TESTS_SIM_EXPLORED_H

#include "sim/explore.h"
#include "sim/tables.h"

#include "replayed.h"

static inline struct scenario *load_text(const char *text)
{
	GError *error = NULL;
	struct scenario *scenario = scenario_load_data("t.yaml", text, strlen(text), sim_tables(), &error);

	if (!scenario)
		print_error("%s\n", error->message);
	assert_non_null(scenario);
	return scenario;
}

/* The first case under iommufd. */
static inline struct run_request request_of(const struct scenario *scenario, enum iommu_kind kind)
{
	struct run_request request = {
		.scenario = scenario, .policy = (unsigned)policy_by_name("iommufd"), .kind = kind};

	rules_of_policy(request.policy, &request.rules);
	return request;
}

static inline struct exploration *explored(const struct run_request *request)
{
	g_autofree char *message = NULL;
	struct exploration *exploration = explore_case(request, &message);

	if (!exploration)
		print_error("%s\n", message);
	assert_non_null(exploration);
	return exploration;
}

#endif
