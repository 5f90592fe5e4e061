/* SPDX-License-Identifier: MIT */
/* Confidential guests from text to verdict: resets, slots and regimes of their devices. */
#include "replayed.h"

#define HEAD(invariants)                                                                                            \
	"name: t\ntitle: T\nsource: {author: A, date: 2024-07-15, document: d}\nclaim: c\ninvariants: [" invariants \
	"]\n"
#define GATED HEAD("t1-run-gated, t0-no-private")
#define MACHINE                                                     \
	"machine:\n  owners: {g: {kind: vm, confidential: true}}\n" \
	"  devices: {d: {tdisp: run, bars: {bar0: 8K}}}\n  memory: {a: {of: g, private: true}, s: {of: g}}\nrun:\n"
#define FLIGHT(state)                                               \
	"machine:\n  owners: {g: {kind: vm, confidential: true}}\n" \
	"  devices: {d: {tdisp: " state "}}\n  memory: {a: {of: g, private: true}, s: {of: g}}\nrun:\n"
#define WRITE(expect) "  - {dma: {device: d, at: gpa(a), access: write}, expect: " expect "}\n"
#define ROW(knobs)    "expect:\n  - {policy: rebind, set: {" knobs "}, verdict: safe, basis: I}\n"

/* PCIe 11.4.9: a function level reset is an error of a locked interface, if nothing stops the host from it. */
static void test_confidential_raw_reset_ends_in_error(void **state)
{
	(void)state;
	expect_passed(GATED MACHINE WRITE(
		"reaches a") "  - {by: host, reset: {device: d}}\n"
			     "  - {by: host, command: {device: d, bus-master: true}}\n"
			     "  - {dma: {device: d, at: gpa(a), t: 1}, expect: fault}\n"
			     "  - {accept: d, expect: rejected EBUSY}\n"
			     "  - {driver-unbind: {device: d}}\n  - {unlock: d}\n"
			     "  - {lock: d}\n  - {attest: d}\n  - {validate: {bar: d.bar0}}\n"
			     "  - {accept: d}\n  - {driver-bind: {device: d, driver: guest}}\n" WRITE("reaches a")
				     ROW("reset_bound: raw"));
}

/* PCIe 11.3.9: what was sent before the lock has arrived when the lock is answered, and nothing of it comes later. */
static void test_confidential_lock_waits_for_what_is_in_flight(void **state)
{
	(void)state;
	expect_passed(HEAD("t1-run-gated, unmap-effective") FLIGHT(
		"unlocked") "  - {driver-bind: {device: d, driver: guest}}\n"
			    "  - {dma: {device: d, t: 0, at: gpa(s), access: write, hold: translated}, as: w}\n"
			    "  - {lock: d}\n  - {by: g, release-memory: {memory: s}}\n"
			    "  - {label: late, resume: {request: w}, expect: reaches s}\n"
			    "expect:\n  - {policy: inflight, verdict: safe, basis: S}\n");
}

/* 11.3.16: and before STOP is answered. */
static void test_confidential_stop_waits_for_what_is_in_flight(void **state)
{
	(void)state;
	expect_passed(HEAD("t1-run-gated, t0-no-private, unmap-effective") FLIGHT(
		"run") "  - {dma: {device: d, t: 1, at: gpa(a), access: write, hold: translated}, as: w}\n"
		       "  - {by: host, tdi-unbind: {device: d}}\n  - {by: g, release-memory: {memory: a}}\n"
		       "  - {label: late, resume: {request: w}, expect: reaches a}\n"
		       "expect:\n  - {policy: inflight, verdict: safe, basis: S}\n");
}

/* 11.2.6: a driver that leaves between lock and accept clears bus master, and the interface is in ERROR. */
static void test_confidential_driver_that_leaves_a_locked_interface_ends_in_error(void **state)
{
	(void)state;
	expect_passed(HEAD("t1-run-gated") FLIGHT(
		"unlocked") "  - {lock: d}\n  - {attest: d}\n  - {driver-bind: {device: d, driver: guest}}\n"
			    "  - {driver-unbind: {device: d}}\n  - {accept: d, expect: rejected EIO}\n"
			    "  - {unlock: d}\n  - {lock: d}\n  - {attest: d}\n  - {accept: d}\n" ROW("run_by: guest"));
}

static void test_confidential_reset_of_a_bound_interface_is_refused(void **state)
{
	(void)state;
	expect_passed(GATED MACHINE "  - {by: host, reset: {device: d}, expect: rejected EBUSY}\n" WRITE("reaches a")
			      ROW("reset_bound: refuse"));
}

/* IHI 0070 3.9.4.1, 6.3.125: the SMMU's R_IDR3.XT, which is 0 without ATS, and no device's. */
static void test_confidential_xt_is_the_smmus(void **state)
{
#define XT(ats, at, expected)                                                                                    \
	HEAD("t0-no-private")                                                                                    \
	"machine:\n  iommus: {i: {ats: " ats "}}\n  owners: {g: {kind: vm, confidential: true}}\n"               \
	"  devices: {d: {tdisp: run, iommu: i}}\n  memory: {a: {of: g, private: true}, s: {of: g}}\nrun:\n"      \
	"  - {dma: {device: d, at: gpa(" at "), access: write, t: 0, xt: 1}, expect: " expected                  \
	"}\n" WRITE("reaches a") "expect:\n  - {policy: rebind, iommu: smmuv3, set: {t1_shared: xt}, basis: S, " \
				 "verdict: safe}\n"
	(void)state;
	expect_passed(XT("true", "s", "reaches s"));
	expect_passed(XT("true", "a", "fault"));
	/* It is a request without T, which an interface in RUN does not send (PCIe 11.2.1). */
	expect_passed(XT("false", "s", "fault"));
	expect_passed(XT("false", "a", "fault"));
#undef XT
}

/* Unbound first: it is T=0 that the device sends then, and its guest has accepted nothing. */
static void test_confidential_reset_unbinds_where_it_may(void **state)
{
	(void)state;
	expect_passed(GATED MACHINE "  - {by: host, reset: {device: d}}\n"
				    "  - {by: host, command: {device: d, bus-master: true}}\n"
				    "  - {dma: {device: d, at: gpa(s)}, expect: reaches s}\n" WRITE("fault")
					    ROW("reset_bound: auto_unbind"));
}

static void test_confidential_device_that_is_pulled_is_nobodys(void **state)
{
	(void)state;
	expect_passed(GATED MACHINE "  - {unplug: {device: d}}\n" WRITE(
		"fault") "  - {hotplug: {device: d}}\n"
			 "  - {lock: d, expect: rejected ENODEV}\n" WRITE("fault") ROW("reset_bound: refuse"));
}

#define SLOT                                                                                           \
	"machine:\n  owners: {g: {kind: vm, confidential: true}}\n"                                    \
	"  devices: {d: {tdisp: unlocked, bars: {bar0: 8K}}, x: {present: false, bars: {bar0: 8K}}}\n" \
	"  memory: {a: {of: g, private: true}, s: {of: g}}\nrun:\n"                                    \
	"  - {by: host, command: {device: d, bus-master: true}}\n  - {lock: d}\n  - {attest: d}\n"     \
	"  - {validate: {bar: d.bar0}}\n"
#define SWAP "  - {swap: {device: d, with: x}}\n"

/* What stands in the slot is measured, nobody answers in the first one's session, and there is nothing to stop. */
static void test_confidential_swapped_device_is_not_the_locked_one(void **state)
{
	(void)state;
	expect_passed(GATED SLOT SWAP "  - {accept: d, expect: rejected EINVAL}\n"
				      "  - {validate: {bar: d.bar0}, expect: rejected EIO}\n"
				      "  - {unlock: d}\n  - {dma: {device: d, at: gpa(s)}, expect: reaches s}\n" WRITE(
					      "fault") "  - {lock: d}\n  - {accept: d, expect: rejected EINVAL}\n"
						       "  - {attest: d}\n  - {validate: {bar: d.bar0}}\n"
						       "  - {accept: d}\n" WRITE("reaches a") ROW("reset_bound: raw"));
}

/* The first device comes back without its keys. */
static void test_confidential_device_swapped_back_is_locked_anew(void **state)
{
	(void)state;
	expect_passed(GATED SLOT "  - {accept: d}\n" WRITE("reaches a") SWAP SWAP
		      "  - {dma: {device: d, at: gpa(a), t: 1}, expect: fault}\n"
		      "  - {unlock: d}\n  - {lock: d}\n  - {attest: d}\n  - {validate: {bar: d.bar0}}\n"
		      "  - {accept: d}\n" WRITE("reaches a") ROW("reset_bound: raw"));
}

static void test_confidential_swap_needs_one_device_and_one_empty_slot(void **state)
{
	(void)state;
	expect_passed(GATED SLOT
		      "  - {hotplug: {device: x}}\n  - {swap: {device: d, with: x}, expect: rejected EBUSY}\n"
		      "  - {unplug: {device: x}}\n  - {unplug: {device: d}}\n"
		      "  - {swap: {device: d, with: x}, expect: rejected ENODEV}\n" ROW("reset_bound: raw"));
}

/* A second acceptance is another regime than the first. */
static void test_confidential_handle_of_an_earlier_acceptance_is_not_of_now(void **state)
{
	(void)state;
	expect_passed(
		HEAD("dma-handle-epoch") MACHINE
		"  - {dma-map: {device: d, memory: a}, as: h}\n"
		"  - {dma: {device: d, at: h, access: write}, expect: reaches a}\n"
		"  - {unlock: d}\n  - {lock: d}\n  - {attest: d}\n  - {validate: {bar: d.bar0}}\n  - {accept: d}\n"
		"  - {label: late, dma: {device: d, at: h, access: write}, expect: reaches a}\n"
		"expect:\n  - {policy: inflight, basis: I, verdict: violates dma-handle-epoch at late}\n");
}

#define ATS_MACHINE                                                   \
	"machine:\n  owners: {g: {kind: vm, confidential: true}}\n"   \
	"  devices: {d: {tdisp: run, ats: true, bars: {bar0: 8K}}}\n" \
	"  memory: {a: {of: g, private: true}, s: {of: g}}\nrun:\n"   \
	"  - {ats: {device: d, at: gpa(a)}, as: x}\n"                 \
	"  - {dma: {device: d, translated: x, access: write}, expect: reaches a}\n"

/* The last step passes, and what was said of it has the words. */
static void expect_words(const char *text, const char *iommu, const char *words)
{
	const iosim_replay_options options = {.iommu = iommu, .verbose = TRUE};
	struct replayed out;

	replay_with(text, &options, &out);
	if (out.status != IOSIM_PASSED)
		print_error("%s\n", out.text);
	assert_int_equal(out.status, IOSIM_PASSED);
	assert_non_null(strstr(out.text, words));
	clear(&out);
}

/*
 * IHI 0070 3.9.4.1: what was asked for with T is translated by the trusted half's table, and forgotten when it leaves
 * that. Neither the check of the page nor the way for T stops it: the device knows the address no more.
 */
static void test_confidential_ats_is_the_trusted_halfs(void **state)
{
	static const char text[] =
		GATED ATS_MACHINE "  - {by: g, convert: {memory: a, to: shared}}\n"
				  "  - {dma: {device: d, translated: x}, expect: fault}\n" ROW("iommu_layout: split");

	(void)state;
	expect_words(text, "smmuv3", "not sent: its device TLB has no such translation");
	expect_words(text, "vtd", "not sent: its device TLB has no such translation");
}

/* A unit that serves T=0 and T=1 takes back what it was asked for with T. */
static void test_confidential_ats_of_one_unit_is_taken_back(void **state)
{
	static const char text[] = GATED ATS_MACHINE
		"  - {by: g, release-memory: a}\n"
		"  - {by: host, stage2-unmap: {memory: a}}\n"
		"  - {dma: {device: d, translated: x}, expect: fault}\n" ROW("iommu_layout: single_rmp");

	(void)state;
	expect_words(text, "smmuv3", "not sent: its device TLB has no such translation");
	expect_words(text, "vtd", "not sent: its device TLB has no such translation");
}

/* PCIe 11.2.1: in RUN every request has T, translation requests too. */
static void test_confidential_ats_has_T_in_run(void **state)
{
	static const char text[] = GATED ATS_MACHINE
		"  - {ats: {device: d, t: 0, at: gpa(s)}, expect: fault}\n" ROW("iommu_layout: split");

	(void)state;
	expect_words(text, "vtd", "not sent: the TEE device interface is not in the state for it");
}

/* What the TSM's driver took back is no address to be used, whoever lets it through. */
static void test_confidential_ats_taken_back_by_the_tsm_is_over(void **state)
{
	(void)state;
	expect_passed(
		HEAD("ats-trust") "machine:\n  iommus: {i: {kind: vtd}}\n"
				  "  owners: {g: {kind: vm, confidential: true}}\n"
				  "  devices: {d: {iommu: i, tdisp: run, ats: true, "
				  "quirks: translated-without-ats}}\n"
				  "  memory: {a: {of: g, private: true}}\nrun:\n"
				  "  - {ats: {device: d, at: gpa(a)}, as: x}\n"
				  "  - {dma: {device: d, translated: x, access: write}, expect: reaches a}\n"
				  "  - {by: g, convert: {memory: a, to: shared}}\n"
				  "  - {label: late, dma: {device: d, translated: x}, expect: fault}\n"
				  "expect:\n  - {policy: rebind, verdict: violates ats-trust at late, basis: I}\n");
}

/*
 * IHI 0070 3.24: without a device permission table the unit believes a translated address, and the granule says Realm,
 * not whose. The owner of a page that the root complex looks at (VT-d) is the device's guest or not.
 */
static void test_confidential_forged_address_of_another_guest(void **state)
{
	(void)state;
	expect_passed(GATED
		      "machine:\n  owners: {g: {kind: vm, confidential: true}, h: {kind: vm, confidential: true}}\n"
		      "  devices: {d: {guest: g, tdisp: run, ats: true, quirks: translated-without-ats}}\n"
		      "  memory: {b: {of: h, private: true}}\nrun:\n"
		      "  - {label: lie, dma: {device: d, translated: hpa(b), access: write}, expect: fault}\n"
		      "expect:\n  - {policy: rebind, iommu: vtd, verdict: safe, basis: I}\n"
		      "  - {policy: rebind, iommu: smmuv3, verdict: violates t0-no-private at lie, basis: I}\n");
}

/* -v has the tables that serve the request: T of a guest's device meets the TSM's. */
static void test_confidential_walks_are_those_that_T_chooses(void **state)
{
	static const char text[] =
		GATED MACHINE "  - {dma: {device: d, at: gpa(a)}}\n"
			      "  - {dma: {device: d, at: gpa(s), t: 0}}\n" ROW("iommu_layout: split");
	const iosim_replay_options options = {.iommu = "smmuv3", .verbose = TRUE};
	struct replayed out;

	(void)state;
	replay_with(text, &options, &out);
	assert_non_null(strstr(out.text, "S2 page level 3"));
	assert_non_null(strstr(out.text, "S1 page level 3"));
	clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_confidential_ats_is_the_trusted_halfs),
		cmocka_unit_test(test_confidential_ats_of_one_unit_is_taken_back),
		cmocka_unit_test(test_confidential_ats_has_T_in_run),
		cmocka_unit_test(test_confidential_forged_address_of_another_guest),
		cmocka_unit_test(test_confidential_ats_taken_back_by_the_tsm_is_over),
		cmocka_unit_test(test_confidential_walks_are_those_that_T_chooses),
		cmocka_unit_test(test_confidential_raw_reset_ends_in_error),
		cmocka_unit_test(test_confidential_lock_waits_for_what_is_in_flight),
		cmocka_unit_test(test_confidential_stop_waits_for_what_is_in_flight),
		cmocka_unit_test(test_confidential_driver_that_leaves_a_locked_interface_ends_in_error),
		cmocka_unit_test(test_confidential_reset_of_a_bound_interface_is_refused),
		cmocka_unit_test(test_confidential_reset_unbinds_where_it_may),
		cmocka_unit_test(test_confidential_xt_is_the_smmus),
		cmocka_unit_test(test_confidential_device_that_is_pulled_is_nobodys),
		cmocka_unit_test(test_confidential_swapped_device_is_not_the_locked_one),
		cmocka_unit_test(test_confidential_device_swapped_back_is_locked_anew),
		cmocka_unit_test(test_confidential_swap_needs_one_device_and_one_empty_slot),
		cmocka_unit_test(test_confidential_handle_of_an_earlier_acceptance_is_not_of_now),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
