/* SPDX-License-Identifier: MIT */
/* Spaces that the kernel nests in others, through the whole of it: language, front end, driver, engine, model, checks.
 */
#include "replayed.h"

#define HEAD                                                                                        \
	"name: t\ntitle: T\nsource: {author: A, date: 2021-06-14, document: d}\nclaim: c\n"         \
	"invariants: [dma-confined, unmap-effective, nest-bounded]\nlet: {i: 0x20000, g: 0x1000}\n" \
	"machine:\n  owners: {p1: process, vm1: vm}\n  devices: {d: {ats: true}}\n"                 \
	"  memory: {p: {of: vm1, size: 8K}, q: {of: vm1}, x: {of: p1}}\nrun:\n"
#define TAKE                                                                                           \
	"  - {by: vm1, take: {device: d}}\n  - {by: vm1, space: {}, as: s}\n"                          \
	"  - {by: vm1, attach: {device: d, space: s}}\n  - {by: vm1, map: {space: s, at: g, to: p}}\n" \
	"  - {by: vm1, nest: {parent: s}, as: c}\n  - {by: vm1, attach: {device: d, space: c}}\n"
#define MAP        "  - {by: vm1, map: {space: c, at: i, to: g, size: 8K}}\n"
#define READ(what) "  - {dma: {device: d, at: i}, expect: " what "}\n"
#define SAFE       "expect:\n  - {policy: [ioasid-v1, iommu-v2], verdict: safe, basis: I}\n"

static void test_shadow_child_means_what_the_parent_makes_of_it(void **state)
{
	(void)state;
	expect_passed(HEAD TAKE READ("fault")
			      MAP READ("reaches p") "  - {dma: {device: d, at: i+4K}, expect: reaches p}\n"
						    "  - {dma: {device: d, at: g}, expect: fault}\n"
						    "  - {by: vm1, unmap: {space: c, at: i}}\n" READ("fault") SAFE);
}

static void test_shadow_right_of_the_child_counts(void **state)
{
	(void)state;
	expect_passed(HEAD TAKE "  - {by: vm1, map: {space: c, at: i, to: g, access: read}}\n" READ(
		"reaches p") "  - {dma: {device: d, at: i, access: write}, expect: fault}\n" SAFE);
}

/* What was there is gone with its pages; what comes in its place is reached. */
static void test_shadow_follows_the_parent_to_another_page(void **state)
{
	(void)state;
	expect_passed(HEAD TAKE MAP READ(
		"reaches p") "  - {by: vm1, unmap: {space: s, at: g}}\n"
			     "  - {reuse: {memory: p, to: p1}}\n" READ(
				     "fault") "  - {by: vm1, map: {space: s, at: g, to: q}}\n" READ("reaches q") SAFE);
}

/* The device's own cache is flushed with the unit's. */
static void test_shadow_parent_unmap_reaches_the_device_cache(void **state)
{
	(void)state;
#define ATS "  - {ats: {device: d, at: i}, as: t}\n"
#define USE "  - {label: use, dma: {device: d, translated: t}, expect: fault}\n"
	expect_passed(HEAD TAKE MAP ATS "  - {by: vm1, unmap: {space: s, at: g}}\n" USE SAFE);
	expect_passed(HEAD TAKE MAP ATS
		      "  - {by: vm1, unmap: {space: s, at: g}}\n" USE
		      "expect:\n  - {policy: iommu-v2, set: {flush_scope: own}, basis: I,\n"
		      "     verdict: [violates unmap-effective at use, violates nest-bounded at use]}\n");
}

static void test_shadow_unmap_of_the_child_without_flush_is_seen(void **state)
{
	(void)state;
	expect_passed(
		HEAD TAKE MAP READ("reaches p") "  - {by: vm1, unmap: {space: c, at: i}, inject: skip-iotlb-flush}\n"
						"  - {label: stale, dma: {device: d, at: i}, expect: fault}\n"
						"expect:\n  - {policy: [ioasid-v1, iommu-v2], basis: I,\n"
						"     verdict: violates unmap-effective at stale}\n");
}

static void test_shadow_lazy_child_follows_when_it_changes(void **state)
{
	(void)state;
	expect_passed(HEAD TAKE MAP READ("reaches p") "  - {by: vm1, unmap: {space: s, at: g}}\n"
						      "  - {by: vm1, map: {space: s, at: 0x9000, to: q}}\n"
						      "  - {by: vm1, map: {space: c, at: 0x90000, to: 0x9000}}\n" READ(
							      "fault") "expect:\n  - {policy: iommu-v2, set: "
								       "{parent_change: lazy}, verdict: safe, basis: "
								       "I}\n");
}

static void test_shadow_refusals(void **state)
{
	(void)state;
	expect_passed(HEAD TAKE "  - {by: vm1, map: {space: c, at: i, to: q}, expect: rejected EINVAL}\n"
				"  - {by: vm1, map: {space: s, at: i, to: g}, expect: rejected EINVAL}\n"
				"  - {by: vm1, map: {space: c, at: i, to: 0x9000}, expect: rejected EINVAL}\n"
				"  - {by: vm1, nest: {parent: c}, expect: rejected EINVAL}\n"
				"  - {by: vm1, invalidate: {what: all, space: c}, expect: rejected EINVAL}\n" SAFE);
	expect_passed(HEAD "  - {by: vm1, take: {device: d}}\n  - {by: vm1, space: {nest-parent: true}, as: s}\n"
			   "  - {label: nest, by: vm1, nest: {parent: s}}\n"
			   "expect:\n  - {policy: [iommufd, vfio-type1, ioasid-kt], verdict: rejected ENOTTY at nest, "
			   "basis: K}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shadow_child_means_what_the_parent_makes_of_it),
		cmocka_unit_test(test_shadow_right_of_the_child_counts),
		cmocka_unit_test(test_shadow_follows_the_parent_to_another_page),
		cmocka_unit_test(test_shadow_parent_unmap_reaches_the_device_cache),
		cmocka_unit_test(test_shadow_unmap_of_the_child_without_flush_is_seen),
		cmocka_unit_test(test_shadow_lazy_child_follows_when_it_changes),
		cmocka_unit_test(test_shadow_refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
