/* SPDX-License-Identifier: MIT */
/* Mediated devices from text to verdict: what they may reach, and how their drivers let go. */
#include "replayed.h"

#define HEAD                                                                                     \
	"name: t\ntitle: T\nsource: {author: A, date: 2021-06-08, document: d}\nclaim: c\n"      \
	"invariants: [dma-confined, unmap-effective, pin-outlives-translation, teardown-order, " \
	"rid-attributable, group-single-owner]\nlet: {i: 0x10000}\n"
#define SAFE  "expect:\n  - {policy: [vfio-type1, iommufd], verdict: safe, basis: I}\n"
#define OWNED "owners: {v1: vm, v2: vm}\n"
#define PAGE  "  memory: {a: {of: v1}, b: {of: v2}}\nrun:\n"
/* v1 has m, of which the driver has the page at i pinned and mapped at k. */
#define WITH_MDEV(mdevs)                                                                                            \
	HEAD "machine:\n  " OWNED "  devices: {p: {driver: host, mdevs: {" mdevs "}}, q: {}}\n" PAGE                \
	     "  - {by: v1, take: {device: m}}\n  - {by: v1, space: {}, as: s}\n"                                    \
	     "  - {by: v1, attach: {device: m, space: s}}\n  - {by: v1, map: {space: s, at: i, to: a}}\n"           \
	     "  - {pin: {device: m, at: i}, as: page}\n  - {by: host, dma-map: {device: p, memory: page}, as: k}\n" \
	     "  - {by: v1, dma: {device: m, at: k, access: write}, expect: reaches a}\n"
#define MDEV WITH_MDEV("m: {}, m2: {}")

/* However v1 loses m, nothing of m works afterwards and its page is free. */
static void test_mdevs_stop_when_their_user_loses_them(void **state)
{
	static const char *const ways[] = {"{by: v1, unmap: {space: s, at: i}}", "{by: v1, release: {device: m}}",
					   "{by: v1, detach: {device: m}}",      "{by: v1, exit: {}}",
					   "{driver-unbind: {device: p}}",       "{unplug: {device: p}}"};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
		g_autofree char *text =
			g_strconcat(MDEV "  - ", ways[i],
				    "\n  - {check: {memory: a, pinned: false}}\n"
				    "  - {reuse: {memory: a, to: v2}}\n"
				    "  - {dma: {device: m, at: k, access: write}, expect: fault}\n"
				    "  - {dma: {device: p, at: k, access: write}, expect: fault}\n" SAFE,
				    NULL);

		expect_passed(text);
	}
}

static void test_mdevs_go_to_the_next_user_as_new(void **state)
{
	(void)state;
	expect_passed(MDEV "  - {by: v1, release: {device: m}}\n  - {by: v2, take: {device: m}}\n"
			   "  - {by: v2, space: {}, as: s2}\n  - {by: v2, attach: {device: m, space: s2}}\n"
			   "  - {by: v2, map: {space: s2, at: i, to: b}}\n"
			   "  - {pin: {device: m, at: i}, as: page2}\n"
			   "  - {by: host, dma-map: {device: p, memory: page2}, as: k2}\n"
			   "  - {by: v2, dma: {device: m, at: k2, access: write}, expect: reaches b}\n" SAFE);
}

/* A driver that lets the one mdev use what it mapped for the other. */
static void test_mdevs_that_are_mixed_up_are_found(void **state)
{
	(void)state;
	expect_passed(
		MDEV "  - {by: v2, take: {device: m2}}\n"
		     "  - {label: mix, by: v2, dma: {device: m2, at: k, access: write}, expect: fault}\n"
		     "expect:\n  - {policy: [vfio-type1, iommufd], basis: I, verdict: violates dma-confined at mix}\n");
}

/* The same with a page of the mdev's own user that it did not map for this mdev: its own harm. */
static void test_mdevs_reach_what_their_user_did_not_map(void **state)
{
	(void)state;
	expect_passed(MDEV "  - {by: v1, take: {device: m2}}\n"
			   "  - {label: mix, by: v1, dma: {device: m2, at: k, access: write}, expect: fault}\n"
			   "expect:\n  - {policy: [vfio-type1, iommufd], basis: I, verdict: self-harm at mix}\n");
}

static void test_mdevs_have_no_more_than_their_driver_mapped(void **state)
{
	(void)state;
	expect_passed(MDEV "  - {by: host, dma-unmap: {handle: k}}\n"
			   "  - {label: lost, by: v1, dma: {device: m, at: k, access: write}, expect: fault}\n" SAFE);
	expect_passed(MDEV "  - {by: host, dma-map: {device: p, memory: page, access: read}, as: r}\n"
			   "  - {by: v1, dma: {device: m, at: r}, expect: reaches a}\n"
			   "  - {by: v1, dma: {device: m, at: r, access: write}, expect: fault}\n" SAFE);
}

/* An address in the user's space is none to the parent's hardware. */
static void test_mdevs_do_not_translate_by_their_users_space(void **state)
{
	(void)state;
	expect_passed(MDEV "  - {by: v1, dma: {device: m, at: i, access: write}, expect: fault}\n"
			   "  - {by: v1, dma: {device: m, at: k+4K, access: write}, expect: fault}\n" SAFE);
}

static void test_mdevs_unpin_by_a_step_frees_the_page(void **state)
{
	(void)state;
	expect_passed(MDEV "  - {label: busy, reuse: {memory: a, to: v2}, expect: rejected EBUSY}\n"
			   "  - {by: host, dma-unmap: {handle: k}}\n  - {unpin: {pages: page}}\n"
			   "  - {unpin: {pages: page}, expect: rejected EINVAL}\n"
			   "  - {reuse: {memory: a, to: v2}}\n" SAFE);
}

/* The second page of an object, and the first bytes of what was pinned. */
static void test_mdevs_pin_single_pages(void **state)
{
	(void)state;
	expect_passed(HEAD "machine:\n  " OWNED "  devices: {p: {driver: host, mdevs: {m: {}}}}\n"
			   "  memory: {a: {of: v1, size: 8K}}\nrun:\n"
			   "  - {by: v1, take: {device: m}}\n  - {by: v1, space: {}, as: s}\n"
			   "  - {by: v1, attach: {device: m, space: s}}\n  - {by: v1, map: {space: s, at: i, to: a}}\n"
			   "  - {pin: {device: m, at: i+0x1010}, as: page}\n"
			   "  - {by: host, dma-map: {device: p, memory: page+0x10}, as: k}\n"
			   "  - {by: v1, dma: {device: m, at: k}, expect: reaches a}\n"
			   "  - {by: v1, dma: {device: m, at: k+0x1000}, expect: fault}\n" SAFE);
}

static void test_mdevs_driver_that_is_late_harms_its_own_user_first(void **state)
{
	(void)state;
	expect_passed(WITH_MDEV(
		"m: {on-unmap: late}") "  - {by: v1, unmap: {space: s, at: i}}\n"
				       "  - {label: late, by: v1, dma: {device: m, at: k, access: write}, expect: "
				       "fault}\n"
				       "  - {by: host, dma-unmap: {handle: k}}\n  - {reuse: {memory: a, to: v2}}\n"
				       "  - {by: v1, dma: {device: m, at: k, access: write}, expect: fault}\n"
				       "expect:\n  - {policy: [vfio-type1, iommufd], basis: I, verdict: [self-harm at "
				       "late, safe]}\n");
}

/* The mdev works on while its user unmaps, between any two words that the driver writes. */
#define AT_WORK                                                                                         \
	"  - parallel:\n      kernel:\n"                                                                \
	"        - {by: v1, label: unmap, split: true, unmap: {space: s, at: i}}\n"                     \
	"        - {label: reuse, reuse: {memory: a, to: v2}}\n      device:\n"                         \
	"        - {label: late, dma: {device: m, at: k, access: write}, expect: reaches a or fault}\n" \
	"  - {label: after, dma: {device: m, at: k, access: write}, expect: fault}\n"

static void test_mdevs_at_work_while_their_user_unmaps_are_stopped_in_every_order(void **state)
{
	(void)state;
	expect_passed(MDEV AT_WORK SAFE);
	expect_passed(
		WITH_MDEV("m: {on-unmap: late}") AT_WORK
		"expect:\n  - {policy: [vfio-type1, iommufd], basis: I,\n"
		"     verdict: [violates pin-outlives-translation at reuse, sometimes violates dma-confined at late,\n"
		"       violates dma-confined at after]}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mdevs_stop_when_their_user_loses_them),
		cmocka_unit_test(test_mdevs_go_to_the_next_user_as_new),
		cmocka_unit_test(test_mdevs_that_are_mixed_up_are_found),
		cmocka_unit_test(test_mdevs_reach_what_their_user_did_not_map),
		cmocka_unit_test(test_mdevs_have_no_more_than_their_driver_mapped),
		cmocka_unit_test(test_mdevs_do_not_translate_by_their_users_space),
		cmocka_unit_test(test_mdevs_unpin_by_a_step_frees_the_page),
		cmocka_unit_test(test_mdevs_pin_single_pages),
		cmocka_unit_test(test_mdevs_driver_that_is_late_harms_its_own_user_first),
		cmocka_unit_test(test_mdevs_at_work_while_their_user_unmaps_are_stopped_in_every_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
