/* SPDX-License-Identifier: MIT */
/* What a guest's own kernel does with a device that the guest was given; on both kinds. */
#include "replayed.h"

#define HEAD(bits)                                                                                       \
	"name: t\ntitle: T\nsource: {author: A, date: 2018-09-14, document: d}\nclaim: c\n"              \
	"invariants: [dma-confined, unmap-effective, nest-bounded, request-scoped]\nlet: {i: 0x10000}\n" \
	"machine:\n  owners: {vm1: {kind: vm, viommu: true}, p2: process}\n"                             \
	"  devices: {d: {pasid-bits: " bits ", ats: true}, e: {}}\n"                                     \
	"  memory: {ring: {of: vm1}, a: {of: vm1}, b: {of: vm1}, q: {of: p2}}\nrun:\n"
#define START                                                                          \
	HEAD("4")                                                                      \
	"  - {by: vm1, take: {device: d}}\n"                                           \
	"  - {by: vm1, space: {ram: true, nest-parent: true, pasid: true}, as: gpa}\n" \
	"  - {by: vm1, attach: {device: d, space: gpa}}\n"                             \
	"  - {in: vm1, space: {}, as: s}\n"
#define INNER(operation, tail) "  - {in: vm1, " operation tail "}\n"
#define REFUSED(error)         ", expect: rejected " error
#define ATTACH(pasid, tail)    INNER("attach: {device: d, space: s, pasid: " pasid "}", tail)
#define MAP(to, tail)          INNER("map: {space: s, at: i, to: " to "}", tail)
#define SEND(what)             "  - {dma: {device: d, pasid: 1, at: i}, expect: " what "}\n"
#define SAFE                   "expect:\n  - {policy: [iommufd, ioasid-v1, iommu-v2], verdict: safe, basis: I}\n"

/* On both kinds, under all three. */
static void expect_all_passed(const char *text, unsigned rows)
{
	struct replayed out;
	iosim_row row;

	replay_with(text, NULL, &out);
	for (unsigned i = 0; i < rows; i++) {
		assert_true(iosim_results_row(out.results, i, &row));
		if (row.status != IOSIM_PASSED)
			print_error("%s\n", out.text);
		assert_int_equal(row.status, IOSIM_PASSED);
	}
	assert_false(iosim_results_row(out.results, rows, &row));
	clear(&out);
}

static void test_inner_space_serves_whatever_pasids_it_is_attached_to(void **state)
{
	(void)state;
	expect_all_passed(START MAP("a", "") ATTACH("1", "") ATTACH("2", "")
				  SEND("reaches a") "  - {dma: {device: d, pasid: 2, at: i, access: write}, expect: "
						    "reaches a}\n" INNER("detach: {device: d, pasid: 1}", "")
							    SEND("fault") "  - {dma: {device: d, pasid: 2, at: i}, "
									  "expect: reaches a}\n" ATTACH("1", "")
										  SEND("reaches a") SAFE,
			  6);
}

static void test_inner_unmap_is_effective(void **state)
{
	(void)state;
	expect_all_passed(START MAP("a", "") ATTACH("1", "") SEND("reaches a") INNER("unmap: {space: s, at: i}", "")
				  SEND("fault") MAP("b", "") SEND("reaches b") SAFE,
			  6);
	/* What the guest's kernel forgets to invalidate is the guest's own harm. */
	expect_all_passed(START MAP("a", "") ATTACH("1", "") SEND("reaches a") INNER(
				  "unmap: {space: s, at: i}",
				  ", inject: skip-iotlb-flush") "  - {label: stale, dma: {device: d, pasid: 1, at: i}, "
								"expect: fault}\n"
								"expect:\n  - {policy: iommufd, verdict: self-harm at "
								"stale, basis: I}\n",
			  2);
}

static void test_inner_dma_api_is_of_requests_without_pasid(void **state)
{
	(void)state;
	expect_all_passed(START INNER("dma-map: {device: d, memory: ring}",
				      ", as: k") INNER("dma-map: {device: d, memory: b, access: read}", ", as: l")
				  ATTACH("1", "") "  - {dma: {device: d, at: k, access: write}, expect: reaches ring}\n"
						  "  - {dma: {device: d, at: l}, expect: reaches b}\n"
						  "  - {dma: {device: d, at: l, access: write}, expect: fault}\n"
						  "  - {dma: {device: d, pasid: 1, at: k}, expect: fault}\n"
						  "  - {dma: {device: d, at: gpa(a)}, expect: fault}\n" INNER(
							  "dma-unmap: {handle: k}",
							  "") "  - {dma: {device: d, at: k}, expect: fault}\n"
							      "  - {dma: {device: d, at: l}, expect: reaches b}\n" SAFE,
			  6);
}

static void test_inner_calls_say_why_they_are_refused(void **state)
{
	(void)state;
	expect_all_passed(START MAP("a", "") MAP("b", REFUSED("EEXIST")) MAP("q", REFUSED("EFAULT"))
				  INNER("map: {space: s, at: 0x20100, to: a}", REFUSED("EINVAL")) ATTACH("1", "")
					  ATTACH("1", REFUSED("EBUSY"))
						  INNER("detach: {device: d, pasid: 2}", REFUSED("EINVAL"))
							  INNER("destroy: {space: s}", REFUSED("EBUSY"))
								  INNER("detach: {device: d, pasid: 1}", "")
									  INNER("destroy: {space: s}", "") SAFE,
			  6);
}

/* A device that is attached to nothing, and one that the host's front end cannot nest. */
static void test_inner_device_needs_a_parent(void **state)
{
	(void)state;
	expect_all_passed(HEAD("4") "  - {by: vm1, take: {device: d}}\n"
				    "  - {in: vm1, space: {}, as: s}\n" ATTACH("1", REFUSED("ENODEV")) SAFE,
			  6);
	expect_all_passed(HEAD("4") "  - {by: vm1, take: {device: d}}\n"
				    "  - {by: vm1, space: {ram: true}, as: gpa}\n"
				    "  - {by: vm1, attach: {device: d, space: gpa}}\n"
				    "  - {in: vm1, space: {}, as: s}\n"
				    "  - {label: plain, in: vm1, attach: {device: d, space: s, pasid: 1}}\n"
				    "  - {dma: {device: d, at: gpa(a)}, expect: reaches a}\n"
				    "expect:\n  - {policy: iommufd, verdict: rejected EINVAL at plain, basis: I}\n",
			  2);
}

/* Two tables stand for the device on an SMMUv3, one on VT-d; the guest has eight. */
static void test_inner_tables_run_out_and_come_back(void **state)
{
	(void)state;
	expect_all_passed(
		START ATTACH("1", "") INNER("space: {}", ", as: s2") INNER("space: {}", ", as: s3") INNER(
			"space: {}", ", as: s4") INNER("space: {}", ", as: s5")
			INNER("space: {}", ", as: s6") "  - {in: vm1, space: {}, as: s7, only: {iommu: vtd}}\n" INNER(
				"space: {}", REFUSED("ENOMEM")) INNER("destroy: {space: s3}", "")
				INNER("space: {}", ", as: s8") SAFE,
		6);
}

/* The monitor takes the device elsewhere: what its guest had there is over, and begins anew. */
static void test_inner_device_that_the_monitor_moves_begins_anew(void **state)
{
	(void)state;
	expect_all_passed(START MAP("a", "") ATTACH("1", "") SEND(
				  "reaches a") "  - {by: vm1, release: {device: d}}\n"
					       "  - {by: vm1, take: {device: d}}\n"
					       "  - {by: vm1, attach: {device: d, space: gpa}}\n"
					       "  - {dma: {device: d, at: gpa(b)}, expect: reaches b}\n" SEND("fault")
						       ATTACH("1", "") SEND("reaches a") SAFE,
			  6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inner_space_serves_whatever_pasids_it_is_attached_to),
		cmocka_unit_test(test_inner_unmap_is_effective),
		cmocka_unit_test(test_inner_dma_api_is_of_requests_without_pasid),
		cmocka_unit_test(test_inner_calls_say_why_they_are_refused),
		cmocka_unit_test(test_inner_device_needs_a_parent),
		cmocka_unit_test(test_inner_tables_run_out_and_come_back),
		cmocka_unit_test(test_inner_device_that_the_monitor_moves_begins_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
