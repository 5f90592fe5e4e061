/* SPDX-License-Identifier: MIT */
/* What the TSM and Root firmware do to their structures, seen by everybody else. */
#include "replayed.h"

#define HEAD(invariants)                                                                                            \
	"name: t\ntitle: T\nsource: {author: A, date: 2024-07-15, document: d}\nclaim: c\ninvariants: [" invariants \
	"]\n"
#define MACHINE                                                     \
	"machine:\n  owners: {g: {kind: vm, confidential: true}}\n" \
	"  devices: {d: {tdisp: run}, f: {tdisp: unlocked}}\n"      \
	"  memory: {a: {of: g, private: true}, s: {of: g}}\nrun:\n"
#define SAFE "expect:\n  - {policy: inflight, verdict: safe, basis: S}\n"

/* On both kinds. */
static void expect_all_passed(const char *text)
{
	struct replayed out;
	iosim_row row;

	replay_with(text, NULL, &out);
	for (guint i = 0; iosim_results_row(out.results, i, &row); i++) {
		if (row.status != IOSIM_PASSED)
			print_error("%s\n", out.text);
		assert_int_equal(row.status, IOSIM_PASSED);
	}
	clear(&out);
}

/* VT-d 6.5.2.3, IHI 0070 4.4: what a trusted half has translated has arrived when its invalidation is complete. */
static void test_tsm_invalidation_waits_for_what_is_in_flight(void **state)
{
	(void)state;
	expect_all_passed(HEAD("unmap-effective, t1-run-gated") MACHINE
			  "  - {dma: {device: d, at: gpa(a), access: write, hold: translated}, as: w}\n"
			  "  - {by: g, release-memory: a}\n  - {by: host, stage2-unmap: {memory: a}}\n"
			  "  - {label: late, resume: {request: w}, expect: reaches a}\n" SAFE);
}

/* IHI 0070 6.3.119: so it has when a TLBI by PA is; the host's table was not even flushed. */
static void test_tsm_page_changes_hands_behind_what_is_in_flight(void **state)
{
	(void)state;
	expect_all_passed(HEAD("unmap-effective, t0-no-private") MACHINE
			  "  - {driver-bind: {device: f, driver: guest}}\n"
			  "  - {dma: {device: f, at: gpa(s), access: write, hold: translated}, as: w}\n"
			  "  - {by: g, convert: {memory: s, to: private}, inject: skip-iotlb-flush}\n"
			  "  - {label: late, resume: {request: w}, expect: reaches s}\n"
			  "expect:\n  - {policy: inflight, iommu: smmuv3, verdict: safe, basis: S}\n");
}

#define CONVERTED(split)                                                                         \
	HEAD("t0-no-private")                                                                    \
	MACHINE "  - parallel:\n"                                                                \
		"      tsm: [{by: g, label: back, " split "convert: {memory: a, to: shared}}]\n" \
		"      device: [{label: probe, dma: {device: d, at: gpa(a), access: write}, "    \
		"expect: reaches a}]\nexpect:\n"

/* Between the entry that goes and the one that comes a request with T meets neither. */
static void test_tsm_writes_are_effects_of_a_split_step(void **state)
{
	(void)state;
	expect_all_passed(CONVERTED("") "  - {policy: inflight, verdict: safe, basis: S}\n");
	expect_all_passed(CONVERTED(
		"split: true, ") "  - {policy: inflight, verdict: sometimes availability at probe, basis: S}\n");
}

static void expect_words(const char *text, const char *iommu, const char *words)
{
	const iosim_replay_options options = {.iommu = iommu, .verbose = TRUE};
	struct replayed out;

	replay_with(text, &options, &out);
	assert_int_equal(out.status, IOSIM_PASSED);
	if (!strstr(out.text, words))
		print_error("%s\n", out.text);
	assert_non_null(strstr(out.text, words));
	clear(&out);
}

/*
 * PCIe 11.2.1: an interface in ERROR sends nothing, whatever its ATC holds; the only way on is STOP, which empties it
 * (11.3.16).
 */
static void test_tsm_interface_in_error_uses_no_address(void **state)
{
	static const char text[] = HEAD(
		"ats-trust") "machine:\n  owners: {g: {kind: vm, confidential: true}}\n"
			     "  devices: {d: {tdisp: run, ats: true}}\n  memory: {a: {of: g, private: true}}\nrun:\n"
			     "  - {ats: {device: d, at: gpa(a)}, as: x}\n"
			     "  - {by: host, command: {device: d, bus-master: false}}\n"
			     "  - {by: host, command: {device: d, bus-master: true}}\n"
			     "  - {dma: {device: d, t: 1, translated: x}, expect: fault}\n  - {unlock: d}\n"
			     "  - {dma: {device: d, t: 0, translated: x}, expect: fault}\n" SAFE;

	(void)state;
	expect_words(text, "smmuv3", "not sent: the TEE device interface is not in the state for it");
	expect_words(text, "smmuv3", "not sent: its device TLB has no such translation");
}

static void test_tsm_writes_are_told(void **state)
{
	static const char text[] = HEAD("t0-no-private") MACHINE "  - {by: g, convert: {memory: a, to: shared}}\n" SAFE;

	(void)state;
	expect_words(text, "vtd", "iommu0 (trusted): TSM writes 0000000000000000 at ");
	expect_words(text, "vtd", "iommu0 (trusted): hardware completes IOTLB invalidation");
	expect_words(text, "smmuv3", "iommu0 (Realm): TSM submits ");
	expect_words(text, "smmuv3", "granule protection table: firmware writes ");
	expect_words(text, "smmuv3", "iommu0 (Root): firmware writes register 0x58: 0x1");
}

#define NESTED                                                                                                 \
	HEAD("nest-bounded, t0-no-private")                                                                    \
	"machine:\n  owners: {g: {kind: vm, confidential: true, viommu: true}, h: {kind: vm}}\n"               \
	"  devices: {d: {guest: g, tdisp: run}}\n"                                                             \
	"  memory: {a: {of: g, private: true}, t: {of: g, private: true, size: 64K}, z: {of: h, size: 64K}}\n" \
	"run:\n  - {by: g, space: {nest-parent: true}, as: p}\n"                                               \
	"  - {by: g, guest-map: {root: t, at: 0x10000, to: gpa(a)}}\n"

/* What a guest cannot have, and what it has to let go of first. */
static void test_tsm_nested_tables_are_refused(void **state)
{
	(void)state;
	expect_all_passed(NESTED "  - {by: g, nest: {parent: p, root: z}, as: x, expect: rejected EFAULT}\n"
				 "  - {by: g, nest: {parent: p}, as: v, expect: rejected EOPNOTSUPP}\n"
				 "  - {by: g, space: {}, as: s}\n  - {by: g, map: {space: s, at: 0x10000, to: a}}\n"
				 "  - {by: g, nest: {parent: s, root: t}, as: w, expect: rejected EINVAL}\n"
				 "  - {by: g, attach: {device: d, space: p}, expect: rejected EINVAL}\n"
				 "  - {by: g, map: {space: p, at: 0x10000, to: a}, expect: rejected EINVAL}\n"
				 "  - {by: g, invalidate: {what: all, space: s}, expect: rejected EINVAL}\n"
				 "  - {by: g, nest: {parent: p, root: t}, as: q}\n"
				 "  - {by: g, map: {space: q, at: 0x10000, to: a}, expect: rejected EINVAL}\n"
				 "  - {by: g, destroy: {space: p}, expect: rejected EBUSY}\n"
				 "  - {by: g, attach: {device: d, space: q}}\n"
				 "  - {dma: {device: d, at: 0x10000, access: write}, expect: reaches a}\n"
				 "  - {by: g, destroy: {space: q}, expect: rejected EBUSY}\n"
				 "  - {by: g, vdevice: {device: d, id: 4}, expect: rejected EOPNOTSUPP}\n"
				 "  - {by: g, invalidate: {what: config, device: d}, expect: rejected EOPNOTSUPP}\n"
				 "  - {by: g, detach: {device: d}}\n  - {by: g, destroy: {space: q}}\n"
				 "  - {by: g, destroy: {space: p}}\n" SAFE);
	expect_all_passed(HEAD("t0-no-private") MACHINE
			  "  - {by: g, space: {nest-parent: true}, as: p, expect: rejected ENOTTY}\n" SAFE);
}

/* VT-d 3.4.3: legacy mode nests nothing, which the unit's driver says when there is a device. */
static void test_tsm_nests_in_scalable_mode_alone(void **state)
{
	(void)state;
	expect_all_passed(
		HEAD("nest-bounded") "machine:\n  iommus: {i: {kind: vtd, mode: legacy}}\n"
				     "  owners: {g: {kind: vm, confidential: true, viommu: true}}\n"
				     "  devices: {d: {iommu: i, tdisp: run}}\n"
				     "  memory: {t: {of: g, private: true, size: 64K}}\nrun:\n"
				     "  - {by: g, space: {nest-parent: true}, as: p}\n"
				     "  - {by: g, nest: {parent: p, root: t}, as: q}\n"
				     "  - {by: g, attach: {device: d, space: q}, expect: rejected EOPNOTSUPP}\n" SAFE);
}

/* What the guest rewrites in its own table goes on being cached until it asks, as on any vIOMMU. */
static void test_tsm_nested_entry_lasts_until_it_is_invalidated(void **state)
{
	(void)state;
	expect_all_passed(NESTED "  - {by: g, nest: {parent: p, root: t}, as: q}\n"
				 "  - {by: g, attach: {device: d, space: q}}\n"
				 "  - {dma: {device: d, at: 0x10000, access: write}, expect: reaches a}\n"
				 "  - {by: g, guest-unmap: {root: t, at: 0x10000}}\n"
				 "  - {by: g, invalidate: {what: range, device: d, at: 0x10000, size: 4K}}\n"
				 "  - {dma: {device: d, at: 0x10000, access: write}, expect: fault}\n" SAFE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tsm_invalidation_waits_for_what_is_in_flight),
		cmocka_unit_test(test_tsm_page_changes_hands_behind_what_is_in_flight),
		cmocka_unit_test(test_tsm_writes_are_effects_of_a_split_step),
		cmocka_unit_test(test_tsm_writes_are_told),
		cmocka_unit_test(test_tsm_nested_tables_are_refused),
		cmocka_unit_test(test_tsm_nests_in_scalable_mode_alone),
		cmocka_unit_test(test_tsm_nested_entry_lasts_until_it_is_invalidated),
		cmocka_unit_test(test_tsm_interface_in_error_uses_no_address),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
