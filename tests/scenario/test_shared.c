/* SPDX-License-Identifier: MIT */
/*
 * The thirteen scenarios that the language was designed with. Those that today's parts can carry out load; each of the
 * others is refused at the first thing that is not there yet, by name and place. They are not part of the project: the
 * test looks for them in $IOSIM_SHARED/examples or beside the source tree, and is skipped without them.
 */
#include "scenario/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const policies[] = {"vfio-type1", "iommufd",    "kernel-dma", "noiommu", "ioasid-kt", "ioasid-v1",
				       "iommu-v2",   "aux-domain", "t0-only",    "rebind",  "inflight",  NULL};
static const char *const names[] = {"dma-confined",
				    "group-single-owner",
				    "access-implies-context",
				    "p2p-contained",
				    "rid-attributable",
				    "unmap-effective",
				    "pin-outlives-translation",
				    "ats-trust",
				    "pasid-exclusive",
				    "pasid-quiesced-reuse",
				    "nest-bounded",
				    "request-scoped",
				    "msi-isolated",
				    "resv-honoured",
				    "t0-no-private",
				    "t1-run-gated",
				    "dma-handle-epoch",
				    "private-mmio-exclusive",
				    "teardown-order",
				    "no-silent-drop",
				    NULL};
static const char *const flush_values[] = {"strict", "lazy", NULL};
static const char *const point_values[] = {"get_device_fd", "set_container", "bind", "none", NULL};
static const char *const truth_values[] = {"true", "false", NULL};
static const char *const rule_values[] = {"none", "acs_required", NULL};
static const char *const tracking_values[] = {"delegated", "all", NULL};
static const char *const unmap_values[] = {"refuse", "fence", "destroy", "silent", NULL};
static const char *const layout_values[] = {"split", "single_checked", "single_rmp", NULL};
static const struct scenario_knob knobs[] = {
	{"unmap_under_run", unmap_values},  {"iommu_layout", layout_values},

	{"flush_mode", flush_values},       {"group_check_point", point_values},       {"prq_drain", truth_values},
	{"pasid_fabric_rule", rule_values}, {"guest_table_tracking", tracking_values}, {NULL, NULL}};
static const struct scenario_tables all_tables = {policies, names, knobs};

static const struct {
	const char *name;
	const char *refused; /* the message behind the path, as far as the place and the name; NULL: it loads */
	uint32_t cases, rows;
} examples[] = {
	{"attach-order-capability", NULL, 3, 5},
	{"aux-domain-first-level-only", ":18:28: unknown key 'stages'", 0, 0},
	{"first-attach-allocates-domain", ":13:21: unknown key 'stages'", 0, 0},
	{"goto-t1-in-flight", NULL, 2, 5},
	{"guest-owned-pasid-table", NULL, 1, 3},
	{"host-unmaps-under-run", NULL, 2, 5},
	{"lazy-unmap-window", NULL, 2, 4},
	{"mdev-type1-special-path", NULL, 1, 3},
	{"no-acs-p2p-takeover", NULL, 2, 5},
	{"no-acs-pasid", NULL, 2, 7},
	{"pasid-reuse-before-drain", NULL, 1, 2},
	{"pcie-to-pci-bridge", NULL, 2, 4},
	{"split-iommu-identity-for-t0", NULL, 1, 3},
};

static char *folder(void)
{
	const char *shared = g_getenv("IOSIM_SHARED"), *root = g_getenv("IOSIM_SOURCE_ROOT");
	g_autofree char *beside = g_build_filename(root ? root : ".", "..", "shared", NULL);

	return g_build_filename(shared ? shared : beside, "examples", NULL);
}

static void test_shared_examples_load_as_far_as_the_language_goes(void **state)
{
	g_autofree char *path = folder();

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
		g_autofree char *base = g_strconcat(examples[i].name, ".yaml", NULL);
		g_autofree char *file = g_build_filename(path, base, NULL);
		g_autofree char *prefix = g_strconcat(file, examples[i].refused, NULL);
		GError *error = NULL;
		struct scenario *scenario = scenario_load_file(file, &all_tables, &error);

		if ((scenario != NULL) != (examples[i].refused == NULL) ||
		    (error && !g_str_has_prefix(error->message, prefix)))
			fail_msg("%s", error ? error->message : file);
		if (scenario) {
			assert_int_equal(scenario->case_count, examples[i].cases);
			assert_int_equal(scenario->row_count, examples[i].rows);
		}
		scenario_free(scenario);
		g_clear_error(&error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shared_examples_load_as_far_as_the_language_goes),
	};
	g_autofree char *path = folder();

	/* Not skip(): what this version of CMocka prints for it is a failure to readers of TAP. */
	if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
		print_message("1..0 # SKIP %s is not there, set IOSIM_SHARED\n", path);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
