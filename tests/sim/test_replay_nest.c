/* SPDX-License-Identifier: MIT */
/* Guests' tables through the whole of it: language, front end, driver, engine, model, invariants. On both kinds. */
#include "replayed.h"

#define HEAD                                                                                               \
	"name: t\ntitle: T\nsource: {author: A, date: 2021-06-14, document: d}\nclaim: c\n"                \
	"invariants: [dma-confined, unmap-effective, nest-bounded, request-scoped]\nlet: {i: 0x10000, j: " \
	"0x40000000}\n"
#define MACHINE                                                                     \
	"machine:\n  owners: {vm1: vm, p2: process}\n  devices: {d: {ats: true}}\n" \
	"  memory: {g: {of: vm1, size: 64K}, small: {of: vm1}, a: {of: vm1}, b: {of: vm1}, q: {of: p2}}\nrun:\n"
#define NESTED                                                                             \
	HEAD MACHINE "  - {by: vm1, take: {device: d}}\n"                                  \
		     "  - {by: vm1, space: {ram: true, nest-parent: true}, as: gpa}\n"     \
		     "  - {by: vm1, nest: {parent: gpa, root: g}, as: s}\n"                \
		     "  - {by: vm1, vdevice: {device: d, id: 5}, only: {iommu: smmuv3}}\n" \
		     "  - {by: vm1, attach: {device: d, space: s}}\n"
#define MAP(to)    "  - {by: vm1, guest-map: {root: g, at: i, to: gpa(" to ")}}\n"
#define READ(what) "  - {dma: {device: d, at: i}, expect: " what "}\n"
#define SAFE       "expect:\n  - {policy: iommufd, verdict: safe, basis: I}\n"

static void test_nest_translates_by_both_and_invalidates_each_way(void **state)
{
	(void)state;
	expect_passed(NESTED READ("fault") MAP("a") READ("reaches a") MAP(
		"b") "  - {by: vm1, invalidate: {what: range, device: d, at: i, size: 4K}}\n" READ("reaches b")
			      MAP("a") "  - {by: vm1, invalidate: {what: all, device: d}}\n" READ(
				      "reaches a") "  - {by: vm1, guest-unmap: {root: g, at: i}}\n"
						   "  - {by: vm1, invalidate: {what: all, space: s}}\n" READ("fault")
							   SAFE);
}

/* The second level of tables, and a second table in the same one: two pages far apart. */
static void test_nest_tables_are_made_as_needed(void **state)
{
	(void)state;
	expect_passed(NESTED MAP("a") "  - {by: vm1, guest-map: {root: g, at: j, to: gpa(g), size: 64K}}\n"
				      "  - {dma: {device: d, at: j+0x8000}, expect: reaches g}\n" READ("reaches a")
					      SAFE);
}

static void test_nest_read_only_entry_is_not_written(void **state)
{
	(void)state;
	expect_passed(NESTED "  - {by: vm1, guest-map: {root: g, at: i, to: gpa(a), access: read}}\n" READ(
		"reaches a") "  - {dma: {device: d, at: i, access: write}, expect: fault}\n" SAFE);
}

static void test_nest_stale_entry_is_the_guests_own_harm(void **state)
{
	(void)state;
	expect_passed(NESTED MAP("a") READ("reaches a")
			      MAP("b") "  - {label: stale, dma: {device: d, at: i}, expect: reaches b}\n"
				       "expect:\n  - {policy: iommufd, verdict: self-harm at stale, basis: I}\n");
}

/* A table that the guest puts into memory of another, or into the host's structures, is never read. */
static void test_nest_table_elsewhere_is_never_read(void **state)
{
	(void)state;
	expect_passed(NESTED "  - {by: vm1, guest-map: {root: g, at: i, to: hpa(q), table: true}}\n" READ(
		"fault") "  - {by: vm1, guest-map: {root: g, at: i, to: 0x0, table: true}}\n"
			 "  - {by: vm1, invalidate: {what: all, space: s}}\n" READ("fault") SAFE);
}

static void test_nest_what_the_parent_takes_back_is_gone_with_its_flush(void **state)
{
	(void)state;
	expect_passed(NESTED MAP("a") READ("reaches a") "  - {by: vm1, unmap: {space: gpa, at: gpa(a)}}\n" READ(
		"fault") "  - {reuse: {memory: a, to: p2}}\n" READ("fault") SAFE);
	expect_passed(NESTED MAP("a") READ(
		"reaches a") "  - {by: vm1, unmap: {space: gpa, at: gpa(a)}, inject: skip-iotlb-flush}\n"
			     "  - {label: stale, dma: {device: d, at: i}, expect: fault}\n"
			     "expect:\n  - {policy: iommufd, basis: I,\n"
			     "     verdict: [violates unmap-effective at stale, violates nest-bounded at stale]}\n");
}

/* The table itself is taken back: what is cached of it may serve on, what is not faults. */
static void test_nest_table_in_memory_taken_back_is_not_read(void **state)
{
	(void)state;
	expect_passed(NESTED MAP("a") "  - {by: vm1, unmap: {space: gpa, at: gpa(g), size: 64K}}\n" READ("fault") SAFE);
}

static void test_nest_refusals(void **state)
{
	(void)state;
	expect_passed(HEAD MACHINE "  - {by: vm1, take: {device: d}}\n  - {by: vm1, space: {ram: true}, as: plain}\n"
				   "  - {by: vm1, space: {nest-parent: true}, as: gpa}\n"
				   "  - {by: vm1, nest: {parent: plain, root: g}, expect: rejected EINVAL}\n"
				   "  - {by: vm1, nest: {parent: gpa}, expect: rejected ENOTTY}\n"
				   "  - {by: vm1, nest: {parent: gpa, root: q}, expect: rejected EFAULT}\n"
				   "  - {by: vm1, nest: {parent: gpa, root: small}, as: n1}\n"
				   "  - {by: vm1, guest-map: {root: small, at: i, to: 0}, expect: rejected ENOMEM}\n"
				   "  - {by: vm1, guest-map: {root: g, at: 0x123, to: 0}, expect: rejected EINVAL}\n"
				   "  - {by: vm1, guest-map: {root: q, at: i, to: 0}, expect: rejected EFAULT}\n"
				   "  - {by: vm1, invalidate: {what: all, space: plain}, expect: rejected EINVAL}\n"
				   "  - {by: vm1, invalidate: {what: all, device: d}, expect: rejected EINVAL}\n"
				   "expect:\n  - {policy: iommufd, iommu: vtd, verdict: safe, basis: I}\n");
}

/* SMMUv3: the device's cache is the guest's to invalidate, by its number; VT-d's range is of both. */
static void test_nest_device_cache_by_number(void **state)
{
	(void)state;
#define ASK       "  - {ats: {device: d, at: i}, as: t}\n"
#define USE(what) "  - {label: use, dma: {device: d, translated: t}, expect: " what "}\n"
	expect_passed(NESTED MAP("a") ASK "  - {by: vm1, invalidate: {what: range, space: s, at: i, size: 4K}}\n" USE(
		"reaches a") "expect:\n  - {policy: iommufd, iommu: smmuv3, verdict: safe, basis: I}\n");
	expect_passed(NESTED MAP("a") ASK "  - {by: vm1, invalidate: {what: range, space: s, at: i, size: 4K}}\n" USE(
		"fault") "expect:\n  - {policy: iommufd, iommu: vtd, verdict: availability at use, basis: I}\n");
	expect_passed(NESTED MAP("a") ASK "  - {by: vm1, invalidate: {what: devtlb, id: 5}}\n" USE(
		"fault") "expect:\n  - {policy: iommufd, iommu: smmuv3, verdict: availability at use, basis: I}\n");
	expect_passed(NESTED MAP("a") ASK "  - {by: vm1, invalidate: {what: devtlb, id: 5, at: j, size: 4K}}\n" USE(
		"reaches a") "  - {by: vm1, invalidate: {what: config, id: 5}}\n"
			     "  - {by: vm1, invalidate: {what: pasid, id: 5, pasid: 0}}\n"
			     "  - {by: vm1, invalidate: {what: config, id: 4}, expect: rejected EIO}\n"
			     "expect:\n  - {policy: iommufd, iommu: smmuv3, verdict: safe, basis: I}\n");
}

/* --- a guest's table of PASIDs: SMMUv3 alone --- */

#define PASIDS_MACHINE(bits, table)                                                                                  \
	"machine:\n  owners: {vm1: vm, p2: process}\n  devices: {d: {pasid-bits: " bits "}}\n"                       \
	"  memory: {t: {of: vm1, size: " table "}, g: {of: vm1, size: 64K}, h: {of: vm1, size: 64K}, a: {of: vm1}, " \
	"b: {of: vm1}, q: {of: p2}}\nrun:\n"
#define DELEGATED(bits, table)                                                                                     \
	HEAD PASIDS_MACHINE(bits, table) "  - {by: vm1, take: {device: d}}\n"                                      \
					 "  - {by: vm1, space: {ram: true, nest-parent: true}, as: gpa}\n"         \
					 "  - {by: vm1, pasid-table: {device: d, parent: gpa, table: t}, as: s}\n" \
					 "  - {by: vm1, guest-map: {root: g, at: i, to: gpa(a)}}\n"                \
					 "  - {by: vm1, guest-map: {root: h, at: i, to: gpa(b)}}\n"
#define CONTEXT(pasid, root) "  - {by: vm1, guest-pasid: {table: t, pasid: " pasid ", root: " root "}}\n"
#define SEND(pasid, what)    "  - {dma: {device: d, pasid: " pasid ", at: i}, expect: " what "}\n"

/* The first row is VT-d's. */
static void expect_smmu_passed(const char *text)
{
	const iosim_replay_options options = {.iommu = "smmuv3"};
	struct replayed out;

	replay_with(text, &options, &out);
	if (out.status != IOSIM_PASSED)
		print_error("%s\n", out.text);
	assert_int_equal(out.status, IOSIM_PASSED);
	clear(&out);
}

static void test_pasid_table_gives_each_pasid_its_table(void **state)
{
	(void)state;
	expect_smmu_passed(DELEGATED("4", "4K") CONTEXT("1", "g") CONTEXT("2", "h") SEND("1", "reaches a")
				   SEND("2", "reaches b") SEND("3", "fault")
					   READ("fault") "  - {check: {device: d, pasid: 1, domain: s}}\n"
							 "  - {by: vm1, guest-pasid: {table: t, root: h}}\n"
							 "  - {by: vm1, invalidate: {what: config, device: d}}\n" READ(
								 "reaches b") SAFE);
}

/* More than a page: the second level is made as needed, in the guest's memory. */
static void test_pasid_table_of_two_levels(void **state)
{
	(void)state;
	expect_smmu_passed(DELEGATED("12", "16K") CONTEXT("1", "g") CONTEXT("4000", "h") SEND("1", "reaches a")
				   SEND("4000", "reaches b") SEND("300", "fault") SAFE);
	expect_smmu_passed(DELEGATED("12", "8K")
				   CONTEXT("1", "g") "  - {by: vm1, guest-pasid: {table: t, pasid: 4000, root: h}, "
						     "expect: rejected ENOMEM}\n" SEND("1", "reaches a") SAFE);
	expect_smmu_passed(DELEGATED("12", "4K") "  - {by: vm1, guest-pasid: {table: t, pasid: 64, root: h}, "
						 "expect: rejected EINVAL}\n" SEND("64", "fault") SAFE);
}

static void test_pasid_table_taken_away_from_a_pasid(void **state)
{
	(void)state;
	expect_smmu_passed(DELEGATED("4", "4K") CONTEXT("1", "g") SEND(
		"1", "reaches a") "  - {by: vm1, guest-pasid: {table: t, pasid: 1}}\n"
				  "  - {label: stale, dma: {device: d, pasid: 1, at: i}, expect: fault}\n"
				  "  - {by: vm1, invalidate: {what: pasid, device: d, pasid: 1}}\n" SEND(
					  "1", "fault") "expect:\n  - {policy: iommufd, verdict: self-harm at stale, "
							"basis: I}\n");
}

/* What the contexts lead to, and they themselves, lie where the parent leads, or nothing is read. */
static void test_pasid_table_passes_the_parent(void **state)
{
	(void)state;
	expect_smmu_passed(DELEGATED("4", "4K") CONTEXT(
		"1", "g") "  - {by: vm1, guest-map: {root: g, at: i, to: hpa(q)}}\n" SEND("1", "fault") SAFE);
	expect_smmu_passed(DELEGATED("4", "4K") CONTEXT(
		"1", "g") "  - {by: vm1, unmap: {space: gpa, at: gpa(t)}}\n"
			  "  - {label: lost, dma: {device: d, pasid: 1, at: i}, expect: fault}\n" SAFE);
	expect_smmu_passed(DELEGATED(
		"4", "4K") "  - {by: vm1, unmap: {space: gpa, at: gpa(t)}}\n"
			   "  - {reuse: {memory: t, to: p2}}\n"
			   "  - {by: vm1, guest-pasid: {table: t, pasid: 1, root: g}, expect: rejected EFAULT}\n" SEND(
				   "1", "fault") SAFE);
}

/* One object is one kind of table. */
static void test_pasid_table_is_no_page_table(void **state)
{
	(void)state;
	expect_smmu_passed(DELEGATED(
		"4", "4K") "  - {by: vm1, guest-map: {root: t, at: i, to: gpa(a)}, expect: rejected EINVAL}\n"
			   "  - {by: vm1, guest-pasid: {table: g, pasid: 1, root: h}, expect: rejected EINVAL}\n"
			   "  - {by: vm1, guest-pasid: {table: t, pasid: 1, root: t}, expect: rejected EINVAL}\n" SAFE);
}

static void test_pasid_table_is_nothing_that_vtd_walks(void **state)
{
	(void)state;
	struct replayed out;
	iosim_row row;
	replay_with(DELEGATED("4", "4K") CONTEXT("1", "g") SEND("1", "reaches a") SAFE, NULL, &out);
	assert_int_equal(out.status, IOSIM_NOT_RUN);
	assert_non_null(strstr(out.reason, "VT-d hardware never walks a PASID table that a guest owns"));
	assert_true(iosim_results_row(out.results, 1, &row)); /* SMMUv3 */
	assert_int_equal(row.status, IOSIM_PASSED);
	clear(&out);
	/* Where it has no such step it runs. */
	replay_with(HEAD PASIDS_MACHINE("4", "4K") "  - {by: vm1, take: {device: d}}\n"
						   "  - {by: vm1, guest-pasid: {table: t, root: g}, "
						   "only: {iommu: smmuv3}}\n" SAFE,
		    NULL, &out);
	assert_int_equal(out.status, IOSIM_PASSED);
	clear(&out);
}

/* Flags that are left to hardware are set in the guest's memory; an SMMUv3 without HTTU faults (7.3.15). */
static void test_nest_flags_by_hardware(void **state)
{
	(void)state;
#define BY_HARDWARE "  - {by: vm1, guest-map: {root: g, at: i, to: gpa(a), flags-by-hardware: true}}\n"
#define WITHOUT     "  iommus: {u: {httu: none}}\n"
	expect_passed(NESTED BY_HARDWARE "  - {dma: {device: d, at: i, access: write}, expect: reaches a}\n" SAFE);
	g_auto(GStrv) pieces = g_strsplit(
		NESTED BY_HARDWARE
		"  - {dma: {device: d, at: i}, only: {iommu: smmuv3}, expect: {fault: {smmuv3: 0x12}}}\n" SAFE,
		"machine:\n", 2);
	g_autofree char *without = g_strconcat(pieces[0], "machine:\n" WITHOUT, pieces[1], NULL);
	expect_passed(without);
}

/* A unit that takes the guest's address of a table for a host's: nobody is hit, and it is seen all the same. */
static void test_nest_unit_that_walks_past_the_parent_is_seen(void **state)
{
	(void)state;
#define QUIRK "  iommus: {u: {quirks: [bypass-stage2-walk]}}\n"
#define WALK  "  - {label: walk, dma: {device: d, at: i}, expect: reaches a}\n"
	g_auto(GStrv) pieces = g_strsplit(NESTED MAP("a") WALK, "machine:\n", 2);
	g_autofree char *quirk = g_strconcat(pieces[0], "machine:\n" QUIRK, pieces[1],
					     "expect:\n  - {policy: iommufd, verdict: [availability at walk, violates "
					     "nest-bounded at walk], basis: I}\n",
					     NULL);
	expect_passed(quirk);
	expect_passed(NESTED MAP("a") WALK SAFE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nest_flags_by_hardware),
		cmocka_unit_test(test_nest_unit_that_walks_past_the_parent_is_seen),
		cmocka_unit_test(test_nest_translates_by_both_and_invalidates_each_way),
		cmocka_unit_test(test_nest_tables_are_made_as_needed),
		cmocka_unit_test(test_nest_read_only_entry_is_not_written),
		cmocka_unit_test(test_nest_stale_entry_is_the_guests_own_harm),
		cmocka_unit_test(test_nest_table_elsewhere_is_never_read),
		cmocka_unit_test(test_nest_what_the_parent_takes_back_is_gone_with_its_flush),
		cmocka_unit_test(test_nest_table_in_memory_taken_back_is_not_read),
		cmocka_unit_test(test_nest_refusals),
		cmocka_unit_test(test_nest_device_cache_by_number),
		cmocka_unit_test(test_pasid_table_gives_each_pasid_its_table),
		cmocka_unit_test(test_pasid_table_of_two_levels),
		cmocka_unit_test(test_pasid_table_taken_away_from_a_pasid),
		cmocka_unit_test(test_pasid_table_passes_the_parent),
		cmocka_unit_test(test_pasid_table_is_no_page_table),
		cmocka_unit_test(test_pasid_table_is_nothing_that_vtd_walks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
