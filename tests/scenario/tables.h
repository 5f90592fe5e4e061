/* SPDX-License-Identifier: MIT */
/* Name tables for tests of the loader: what a runner would give it, small and fixed. */
#ifndef IOSIM_TESTS_SCENARIO_TABLES_H
#define IOSIM_TESTS_SCENARIO_TABLES_H

#include "scenario/program.h"

static const char *const test_policies[] = {"vfio-type1", "iommufd", "kernel-dma", "noiommu", NULL};
static const char *const test_invariants[] = {
	"dma-confined",    "group-single-owner",       "access-implies-context", "p2p-contained",  "rid-attributable",
	"unmap-effective", "pin-outlives-translation", "resv-honoured",          "teardown-order", NULL,
};
static const char *const flush_values[] = {"strict", "lazy", "identity", NULL};
static const char *const point_values[] = {"get_device_fd", "set_container", "bind", "none", NULL};
static const char *const kernel_values[] = {"5.18", "5.19", NULL};
static const char *const truth_values[] = {"true", "false", NULL};
static const struct scenario_knob test_knobs[] = {
	{"kernel_dma", flush_values}, {"flush_mode", flush_values},     {"group_check_point", point_values},
	{"kernel", kernel_values},    {"reset_on_close", truth_values}, {NULL, NULL},
};
static const struct scenario_tables test_tables = {test_policies, test_invariants, test_knobs};

#endif
