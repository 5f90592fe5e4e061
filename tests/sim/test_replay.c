/* SPDX-License-Identifier: MIT */
/* Scenarios from text to verdict through the public interface: each operation, the skipping rules, what-ifs, errors. */
#include "replayed.h"

#define HEAD                                                                                \
	"name: t\ntitle: T\nsource: {author: A, date: 2021-06-14, document: d}\nclaim: c\n" \
	"invariants: [dma-confined, unmap-effective, group-single-owner, teardown-order, pin-outlives-translation]\n"

/* One machine for most: a device, its user, a page of the user's and one of the kernel's. */
#define MACHINE                                                                     \
	"machine:\n  owners: {p1: process}\n  devices: {nic: {bars: {bar0: 4K}}}\n" \
	"  memory: {buf: {of: p1}, two: {of: p1, size: 8K}, kbuf: {of: host}}\n"

#define IOMMUFD_SAFE "expect:\n  - {policy: iommufd, verdict: safe, basis: I}\n"
#define ATTACHED                                                                                     \
	"  - {take: {device: nic}}\n  - {space: {}, as: s}\n  - {attach: {device: nic, space: s}}\n" \
	"  - {map: {space: s, at: 0x10000, to: buf}}\n"

static void test_replay_map_unmap_is_safe(void **state)
{
	(void)state;
	expect_passed(HEAD MACHINE "run:\n" ATTACHED
				   "  - {dma: {device: nic, at: 0x10000, access: write}, expect: reaches buf}\n"
				   "  - {unmap: {space: s, at: 0x10000}}\n"
				   "  - {dma: {device: nic, at: 0x10000}, expect: fault}\n" IOMMUFD_SAFE);
}

static void test_replay_fault_code_is_checked(void **state)
{
	struct replayed out;

	(void)state;
	expect_passed(HEAD MACHINE "run:\n" ATTACHED
				   "  - {dma: {device: nic, at: 0x20000}, expect: {fault: {vtd: 0x6}}}\n" IOMMUFD_SAFE);
	replay_with(HEAD MACHINE "run:\n" ATTACHED
				 "  - {dma: {device: nic, at: 0x20000}, expect: {fault: {vtd: 0x5}}}\n" IOMMUFD_SAFE,
		    NULL, &out);
	assert_int_equal(out.status, IOSIM_FAILED);
	clear(&out);
}

/* The whole group is the user's then, and is blocked: what the firmware would relax for one member is over for all. */
static void test_replay_relaxable_range_of_a_group_member_is_over(void **state)
{
	(void)state;
	expect_passed(HEAD "machine:\n  owners: {p1: process}\n  devices:\n"
			   "    b: {reserved: {rs: {at: 0x20000, kind: relaxable}}}\n    g: {alias: b}\n"
			   "run:\n  - {dma: {device: b, at: rs}, expect: reaches rs}\n  - {take: {device: g}}\n"
			   "  - {dma: {device: b, at: rs}, expect: fault}\n"
			   "expect:\n  - {policy: [vfio-type1, iommufd], verdict: safe, basis: I}\n");
	expect_passed(HEAD "machine:\n  owners: {p1: process}\n  devices:\n"
			   "    b: {reserved: {rs: {at: 0x20000, kind: relaxable}}}\n    g: {}\n"
			   "run:\n  - {take: {device: g}}\n  - {dma: {device: b, at: rs}, expect: reaches rs}\n"
			   "expect:\n  - {policy: [vfio-type1, iommufd], verdict: safe, basis: I}\n");
}

/* On both kinds: VT-d source IDs have 16 bits, StreamIDs may have more. */
static void test_replay_platform_masters_are_served(void **state)
{
	static const char *const kinds[] = {"vtd", "smmuv3"};

	(void)state;
	for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
		iosim_replay_options options = {.iommu = kinds[i]};
		struct replayed out;

		replay_with(HEAD "machine:\n  owners: {p1: process, p2: process}\n"
				 "  devices: {one: {kind: platform}, two: {kind: platform}}\n"
				 "  memory: {buf: {of: p1}}\nrun:\n"
				 "  - {by: p1, take: {device: one}}\n  - {by: p2, take: {device: two}}\n"
				 "  - {by: p1, dma-map: {device: one, memory: buf}, as: h}\n"
				 "  - {by: p1, dma: {device: one, at: h}, expect: reaches buf}\n"
				 "  - {by: p2, dma: {device: two, at: h}, expect: fault}\n"
				 "expect:\n  - {policy: [vfio-type1, iommufd, kernel-dma], verdict: safe, basis: I}\n",
			    &options, &out);
		assert_int_equal(iosim_results_count(out.results, IOSIM_PASSED), 3);
		assert_int_equal(iosim_results_rows(out.results), 3);
		clear(&out);
	}
}

static void test_replay_repeated_finding_is_told_once(void **state)
{
	struct replayed out;

	(void)state;
	replay_with(HEAD MACHINE "run:\n" ATTACHED "  - {dma: {device: nic, at: 0x10000}, expect: reaches buf}\n"
				 "  - {inject: skip-iotlb-flush, unmap: {space: s, at: 0x10000}}\n"
				 "  - {label: stale, dma: {device: nic, at: 0x10000}, times: 70, expect: fault}\n"
				 "expect:\n  - {policy: iommufd, verdict: violates unmap-effective at stale, "
				 "basis: I}\n",
		    NULL, &out);
	assert_int_equal(out.status, IOSIM_PASSED);
	assert_non_null(strstr(out.text, "unmapped in step 6 (70 times)\n"));
	assert_null(strstr(out.text, "more findings"));
	clear(&out);
}

static void test_replay_pinned_is_checked_in_words(void **state)
{
	struct replayed out;

	(void)state;
	replay_with(HEAD MACHINE "run:\n" ATTACHED "  - {check: {memory: buf, pinned: false}}\n" IOMMUFD_SAFE, NULL,
		    &out);
	assert_int_equal(out.status, IOSIM_FAILED);
	assert_non_null(strstr(out.text, "pinned: expected false, found true"));
	clear(&out);
}

static void test_replay_refused_files_are_in_the_report(void **state)
{
	g_autoptr(iosim_results) results = iosim_results_new();
	g_autofree char *json = NULL, *tap = NULL, *junit = NULL;

	(void)state;
	iosim_results_refuse(results, "x.yaml:1:2: wrong\n  a: <\n  ^");
	json = iosim_results_format(results, "json", FALSE, FALSE, NULL);
	tap = iosim_results_format(results, "tap", FALSE, FALSE, NULL);
	junit = iosim_results_format(results, "junit", FALSE, FALSE, NULL);
	assert_non_null(strstr(json, "x.yaml:1:2: wrong\\n"));
	assert_string_equal(tap, "TAP version 13\n1..1\nnot ok 1 - x.yaml:1:2: wrong\n#   a: <\n#   ^\n");
	assert_non_null(strstr(junit, "tests=\"1\" failures=\"0\" errors=\"1\""));
	assert_non_null(strstr(junit, "<error>x.yaml:1:2: wrong\n  a: &lt;\n  ^</error>"));
}

/* First-stage tables: a missing entry is SFS.1 (71h) there, not 6 of legacy mode. */
static void test_replay_scalable_mode_has_its_own_faults(void **state)
{
	(void)state;
	expect_passed(HEAD "machine:\n  iommus: {iommu0: {kind: vtd, mode: scalable}}\n  owners: {p1: process}\n"
			   "  devices: {nic: {}}\n  memory: {buf: {of: p1}}\nrun:\n" ATTACHED
			   "  - {dma: {device: nic, at: 0x10000, access: write}, expect: reaches buf}\n"
			   "  - {dma: {device: nic, at: 0x20000}, expect: {fault: {vtd: 0x71}}}\n"
			   "  - {unmap: {space: s, at: 0x10000}}\n"
			   "  - {dma: {device: nic, at: 0x10000}, expect: {fault: {vtd: 0x71}}}\n" IOMMUFD_SAFE);
}

static void test_replay_skipped_flush_is_seen(void **state)
{
	(void)state;
	expect_passed(HEAD MACHINE "run:\n" ATTACHED "  - {dma: {device: nic, at: 0x10000}, expect: reaches buf}\n"
				   "  - {inject: skip-iotlb-flush, unmap: {space: s, at: 0x10000}}\n"
				   "  - {label: stale, dma: {device: nic, at: 0x10000}, expect: fault}\n"
				   "expect:\n  - {policy: iommufd, verdict: violates unmap-effective at stale, "
				   "basis: I}\n");
}

static void test_replay_skipped_viability_lets_the_group_split(void **state)
{
	(void)state;
	expect_passed(HEAD "machine:\n  owners: {p1: process}\n"
			   "  devices: {nic: {functions: {f0: {}, f1: {driver: host}}}}\n"
			   "run:\n  - {inject: skip-viability, label: take, take: {device: f0}}\n"
			   "expect:\n  - {policy: iommufd, verdict: violates group-single-owner at take, basis: I}\n");
}

static void test_replay_replace_moves_the_device(void **state)
{
	(void)state;
	expect_passed(HEAD MACHINE "run:\n" ATTACHED "  - {space: {}, as: t}\n"
				   "  - {map: {space: t, at: 0x10000, to: two}}\n"
				   "  - {replace: {device: nic, space: t}}\n"
				   "  - {dma: {device: nic, at: 0x11000}, expect: reaches two}\n"
				   "  - {detach: {device: nic}}\n"
				   "  - {dma: {device: nic, at: 0x11000}, expect: fault}\n"
				   "  - {destroy: {space: t}}\n" IOMMUFD_SAFE);
}

static void test_replay_refused_attach_means_nothing(void **state)
{
	(void)state;
	expect_passed(HEAD "machine:\n  owners: {p1: process}\n"
			   "  devices: {nic: {functions: {f0: {}, f1: {}}}}\n  memory: {buf: {of: p1}}\n"
			   "run:\n  - {take: {device: f0}}\n  - {take: {device: f1}}\n"
			   "  - {space: {}, as: s}\n  - {space: {}, as: t}\n"
			   "  - {attach: {device: f0, space: s}}\n"
			   "  - {attach: {device: f1, space: t}, expect: rejected EINVAL}\n"
			   "  - {map: {space: t, at: 0x20000, to: buf}}\n"
			   "  - {label: blocked, dma: {device: f1, at: 0x20000}, expect: reaches buf}\n"
			   "expect:\n  - {policy: iommufd, verdict: fault at blocked, basis: K}\n");
}

static void test_replay_copy_shares_pages_between_spaces(void **state)
{
	(void)state;
	expect_passed(HEAD MACHINE
		      "run:\n" ATTACHED "  - {space: {}, as: t}\n"
		      "  - {iommufd.ioas-copy: {space: t, at: 0x40000, source: s, from: 0x10000, size: 4K}}\n"
		      "  - {replace: {device: nic, space: t}}\n"
		      "  - {dma: {device: nic, at: 0x40000}, expect: reaches buf}\n" IOMMUFD_SAFE);
}

static void test_replay_dma_longer_than_a_page_is_split(void **state)
{
	(void)state;
	expect_passed(HEAD MACHINE "run:\n" ATTACHED "  - {map: {space: s, at: 0x20000, to: two}}\n"
				   "  - {dma: {device: nic, at: 0x20800, size: 6K}, expect: reaches two}\n"
				   "  - {dma: {device: nic, at: 0x20800, size: 8K}, expect: fault}\n" IOMMUFD_SAFE);
}

static void test_replay_command_register_stops_dma(void **state)
{
	(void)state;
	expect_passed(HEAD MACHINE "run:\n" ATTACHED "  - {command: {device: nic, bus-master: false}}\n"
				   "  - {dma: {device: nic, at: 0x10000}, expect: fault}\n"
				   "  - {command: {device: nic, bus-master: true}}\n"
				   "  - {dma: {device: nic, at: 0x10000}, expect: reaches buf}\n"
				   "  - {reset: {device: nic, phase: start}}\n"
				   "  - {dma: {device: nic, at: 0x10000}, expect: fault}\n"
				   /* The kernel puts the command register back as it was. */
				   "  - {reset: {device: nic, phase: done}}\n"
				   "  - {dma: {device: nic, at: 0x10000}, expect: reaches buf}\n"
				   "  - {command: {device: nic, bus-master: false}}\n"
				   "  - {reset: {device: nic}}\n"
				   "  - {dma: {device: nic, at: 0x10000}, expect: fault}\n"
				   "expect:\n  - {policy: iommufd, verdict: safe, basis: I}\n");
}

static void test_replay_forged_sibling_requester_passes(void **state)
{
	(void)state;
	expect_passed(HEAD "machine:\n  owners: {p1: process}\n"
			   "  devices: {nic: {functions: {f0: {}, f1: {}}}}\n  memory: {buf: {of: p1}}\n"
			   "run:\n  - {take: {device: f0}}\n  - {take: {device: f1}}\n"
			   "  - {dma-map: {device: f0, memory: buf}, as: h}\n"
			   "  - {label: forged, dma: {device: f1, as-rid: f0, at: h}, expect: fault}\n"
			   "expect:\n  - {policy: iommufd, verdict: self-harm at forged, basis: I}\n");
}

static void test_replay_exit_closes_everything(void **state)
{
	(void)state;
	expect_passed(HEAD MACHINE
		      "run:\n" ATTACHED "  - {exit: {}}\n"
		      "  - {label: late, dma: {device: nic, at: 0x10000}, expect: fault}\n"
		      "  - {by: host, driver-bind: {device: nic, driver: host}}\n"
		      "  - {by: host, dma-map: {device: nic, memory: kbuf}, as: k}\n"
		      "  - {dma: {device: nic, at: k, access: write}, expect: reaches kbuf}\n" IOMMUFD_SAFE);
}

static void test_replay_checks_look_at_the_kernels_side(void **state)
{
	struct replayed out;

	(void)state;
	expect_passed(HEAD MACHINE "run:\n" ATTACHED "  - {check: {memory: buf, pinned: true}}\n"
				   "  - {check: {memory: kbuf, pinned: false, owner: host}}\n"
				   "  - {check: {space: s, page-tables: 1}}\n"
				   "  - {check: {device: nic, domain: s, group: [nic]}}\n" IOMMUFD_SAFE);
	replay_with(HEAD MACHINE "run:\n" ATTACHED "  - {check: {memory: buf, pinned: false}}\n" IOMMUFD_SAFE, NULL,
		    &out);
	assert_int_equal(out.status, IOSIM_FAILED);
	assert_non_null(strstr(out.reason, "pinned: expected false, found true"));
	clear(&out);
}

static void test_replay_reuse_of_a_pinned_page_is_refused(void **state)
{
	(void)state;
	expect_passed(HEAD "machine:\n  owners: {p1: process, p2: process}\n  devices: {nic: {}}\n"
			   "  memory: {buf: {of: p1}}\n"
			   "run:\n  - {by: p1, take: {device: nic}}\n"
			   "  - {by: p1, dma-map: {device: nic, memory: buf}, as: h}\n"
			   "  - {reuse: {memory: buf, to: p2}, expect: rejected EBUSY}\n"
			   "  - {by: p1, dma-unmap: {handle: h}}\n"
			   "  - {reuse: {memory: buf, to: p2}}\n"
			   "  - {dma: {device: nic, at: h}, expect: fault}\n" IOMMUFD_SAFE);
}

static void test_replay_manual_queues_wait_for_run(void **state)
{
	(void)state;
	expect_passed(HEAD "hardware: manual\n" MACHINE "run:\n" ATTACHED
			   "  - {dma: {device: nic, at: 0x10000}, expect: reaches buf}\n"
			   "  - {inject: skip-sync, unmap: {space: s, at: 0x10000}}\n"
			   "  - {label: early, dma: {device: nic, at: 0x10000}, expect: fault}\n"
			   "  - {run: queues}\n"
			   "  - {dma: {device: nic, at: 0x10000}, expect: fault}\n"
			   "expect:\n  - {policy: iommufd, verdict: violates unmap-effective at early, basis: I}\n");
}

static void test_replay_hotplug_and_unplug(void **state)
{
	(void)state;
	expect_passed(HEAD "machine:\n  owners: {p1: process}\n  devices: {nic: {present: false}}\n"
			   "  memory: {buf: {of: p1}}\n"
			   "run:\n  - {by: host, hotplug: {device: nic}}\n"
			   "  - {take: {device: nic}}\n  - {dma-map: {device: nic, memory: buf}, as: h}\n"
			   "  - {dma: {device: nic, at: h}, expect: reaches buf}\n"
			   "  - {by: host, unplug: {device: nic}}\n"
			   "  - {dma: {device: nic, at: h}, expect: fault}\n" IOMMUFD_SAFE);
}

static void test_replay_times_repeats(void **state)
{
	(void)state;
	expect_passed(HEAD MACHINE
		      "run:\n" ATTACHED "  - {times: 100, dma: {device: nic, at: 0x10000}, expect: reaches buf}\n"
		      "  - {times: 3, map: {space: s, at: 0x30000, to: buf}, expect: rejected EEXIST}\n" IOMMUFD_SAFE);
}

static void test_replay_skip_without_rejection_fails_the_run(void **state)
{
	struct replayed out;

	(void)state;
	replay_with(HEAD MACHINE "run:\n  - {space: {}, as: s}\n  - {attach: {device: nic, space: s}}\n" IOMMUFD_SAFE,
		    NULL, &out);
	assert_int_equal(out.status, IOSIM_FAILED);
	assert_non_null(strstr(out.reason, "skipped: p1 has no access to nic"));
	clear(&out);
}

static void test_replay_registers_need_access(void **state)
{
	struct replayed out;

	(void)state;
	expect_passed(HEAD MACHINE "run:\n  - {take: {device: nic}}\n  - {mmap: {bar: nic.bar0}}\n"
				   "  - {mmio: {bar: nic.bar0, access: write}}\n" IOMMUFD_SAFE);
	replay_with(HEAD MACHINE "run:\n  - {mmio: {bar: nic.bar0, access: write}}\n" IOMMUFD_SAFE, NULL, &out);
	assert_int_equal(out.status, IOSIM_FAILED);
	assert_non_null(strstr(out.reason, "skipped: p1 has no access to nic"));
	clear(&out);
}

static void test_replay_skip_after_rejection_is_fine(void **state)
{
	(void)state;
	expect_passed(HEAD "machine:\n  owners: {p1: process}\n  devices: {nic: {driver: host}}\n"
			   "  memory: {buf: {of: p1}}\n"
			   "run:\n  - {label: take, take: {device: nic}}\n"
			   "  - {dma-map: {device: nic, memory: buf}, as: h}\n"
			   "  - {dma: {device: nic, at: h}, expect: reaches buf}\n"
			   "expect:\n  - {policy: iommufd, verdict: [rejected EPERM at take, safe], basis: K}\n");
}

static void test_replay_same_input_same_bytes(void **state)
{
	static const char *const text = HEAD MACHINE
		"run:\n" ATTACHED "  - {dma: {device: nic, at: 0x10000}, expect: reaches buf}\n" IOMMUFD_SAFE;
	iosim_replay_options options = {.verbose = TRUE};
	struct replayed first, second;

	(void)state;
	replay_with(text, &options, &first);
	replay_with(text, &options, &second);
	assert_string_equal(first.text, second.text);
	assert_non_null(strstr(first.text, "context entry at"));
	clear(&first);
	clear(&second);
}

static void test_replay_settings_print_a_what_if(void **state)
{
	static const char *const settings[] = {"flush_mode=lazy", NULL};
	iosim_replay_options options = {.policy = "kernel-dma", .settings = settings};
	struct replayed out;

	(void)state;
	replay_with(HEAD "hardware: manual\nmachine:\n  owners: {u: user}\n  devices: {nic: {}}\n"
			 "  memory: {p: {of: u}}\n"
			 "run:\n  - {take: {device: nic}}\n  - {dma-map: {device: nic, memory: p}, as: h}\n"
			 "  - {dma: {device: nic, at: h}, expect: reaches p}\n  - {dma-unmap: {handle: h}}\n"
			 "  - {label: window, dma: {device: nic, at: h}, expect: fault}\n"
			 "expect:\n  - {policy: kernel-dma, verdict: safe, basis: S}\n",
		    &options, &out);
	assert_int_equal(out.status, IOSIM_PRINTED);
	assert_string_equal(out.verdict, "violates unmap-effective at window");
	clear(&out);
}

static void test_replay_unknown_names_are_refused_with_the_nearest(void **state)
{
	static const char *const knob[] = {"flush_mod=lazy", NULL};
	static const char *const value[] = {"flush_mode=lazzy", NULL};
	static const char *const shape[] = {"flush_mode", NULL};
	static const struct {
		iosim_replay_options options;
		const char *says;
	} rows[] = {
		{{.policy = "iomufd"}, "unknown policy 'iomufd'; did you mean 'iommufd'?"},
		{{.iommu = "vtdd"}, "unknown iommu 'vtdd'; did you mean 'vtd'?"},
		{{.settings = knob}, "unknown knob 'flush_mod'; did you mean 'flush_mode'?"},
		{{.settings = value}, "unknown value of flush_mode 'lazzy'; did you mean 'lazy'?"},
		{{.settings = shape}, "expected KNOB=VALUE, found 'flush_mode'"},
	};
	static const char *const text = HEAD MACHINE "run:\n" ATTACHED IOMMUFD_SAFE;
	g_autoptr(iosim_scenario) scenario = iosim_scenario_load_data("t", text, strlen(text), NULL);

	(void)state;
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(iosim_results) results = iosim_results_new();
		g_autoptr(GError) error = NULL;

		assert_false(iosim_replay(scenario, &rows[i].options, results, &error));
		assert_true(g_error_matches(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT));
		assert_string_equal(error->message, rows[i].says);
	}
}

static void test_replay_row_without_a_kind_fails(void **state)
{
	struct replayed out;

	(void)state;
	replay_with(HEAD "machine:\n  iommus: {iommu0: {kind: none}}\n  owners: {p1: process}\n  devices: {nic: {}}\n"
			 "run:\n  - {label: take, take: {device: nic}}\n"
			 "expect:\n  - {policy: iommufd, iommu: vtd, verdict: rejected EINVAL at take, basis: K}\n",
		    NULL, &out);
	assert_int_equal(iosim_results_count(out.results, IOSIM_FAILED), 1);
	clear(&out);
}

static void test_replay_show_tells_groups_and_reach(void **state)
{
	static const char *const text =
		HEAD "machine:\n  owners: {p1: process}\n  devices: {nic: {functions: {f0: {}, f1: {}}}, x: {}}\n"
		     "run:\n  - {take: {device: f0}}\n" IOMMUFD_SAFE;
	g_autoptr(iosim_scenario) scenario = iosim_scenario_load_data("t", text, strlen(text), NULL);
	g_autoptr(GError) error = NULL;
	g_autofree char *shown = iosim_show(scenario, NULL, "text", &error);

	(void)state;
	assert_non_null(strstr(
		shown, "groups (rule path_acs):\n  f0 f1\n    f0: a function beside f1, and it lacks ACS rr cr\n"));
	assert_non_null(strstr(shown, "  f0 -> f1\n  f1 -> f0\n"));
	assert_null(iosim_show(scenario, "nosuch", "text", &error));
	assert_true(g_error_matches(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT));
}

static void test_replay_lists_have_every_registry(void **state)
{
	static const char *const lists[] = {"invariants", "policies", "operations", "knobs", "iommus"};
	static const char *const has[] = {"dma-confined", "vfio-type1", "dma-unmap", "flush_mode", "vtd"};

	(void)state;
	for (unsigned i = 0; i < G_N_ELEMENTS(lists); i++) {
		g_autofree char *text = iosim_list(lists[i], "text", NULL);
		g_autofree char *json = iosim_list(lists[i], "json", NULL);

		assert_non_null(strstr(text, has[i]));
		assert_non_null(strstr(json, has[i]));
	}
	assert_null(iosim_list("policy", "text", NULL));
	assert_null(iosim_list("policies", "xml", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replay_map_unmap_is_safe),
		cmocka_unit_test(test_replay_fault_code_is_checked),
		cmocka_unit_test(test_replay_relaxable_range_of_a_group_member_is_over),
		cmocka_unit_test(test_replay_platform_masters_are_served),
		cmocka_unit_test(test_replay_repeated_finding_is_told_once),
		cmocka_unit_test(test_replay_pinned_is_checked_in_words),
		cmocka_unit_test(test_replay_refused_files_are_in_the_report),
		cmocka_unit_test(test_replay_scalable_mode_has_its_own_faults),
		cmocka_unit_test(test_replay_skipped_flush_is_seen),
		cmocka_unit_test(test_replay_skipped_viability_lets_the_group_split),
		cmocka_unit_test(test_replay_replace_moves_the_device),
		cmocka_unit_test(test_replay_refused_attach_means_nothing),
		cmocka_unit_test(test_replay_copy_shares_pages_between_spaces),
		cmocka_unit_test(test_replay_dma_longer_than_a_page_is_split),
		cmocka_unit_test(test_replay_command_register_stops_dma),
		cmocka_unit_test(test_replay_forged_sibling_requester_passes),
		cmocka_unit_test(test_replay_exit_closes_everything),
		cmocka_unit_test(test_replay_checks_look_at_the_kernels_side),
		cmocka_unit_test(test_replay_reuse_of_a_pinned_page_is_refused),
		cmocka_unit_test(test_replay_manual_queues_wait_for_run),
		cmocka_unit_test(test_replay_hotplug_and_unplug),
		cmocka_unit_test(test_replay_times_repeats),
		cmocka_unit_test(test_replay_skip_without_rejection_fails_the_run),
		cmocka_unit_test(test_replay_registers_need_access),
		cmocka_unit_test(test_replay_skip_after_rejection_is_fine),
		cmocka_unit_test(test_replay_same_input_same_bytes),
		cmocka_unit_test(test_replay_settings_print_a_what_if),
		cmocka_unit_test(test_replay_unknown_names_are_refused_with_the_nearest),
		cmocka_unit_test(test_replay_row_without_a_kind_fails),
		cmocka_unit_test(test_replay_show_tells_groups_and_reach),
		cmocka_unit_test(test_replay_lists_have_every_registry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
