/* SPDX-License-Identifier: MIT */
/* What devices do beside plain requests, from text to verdict: on both kinds unless a row says which. */
#include "replayed.h"

#define HEAD                                                                                                \
	"name: t\ntitle: T\nsource: {author: A, date: 2021-06-14, document: d}\nclaim: c\n"                 \
	"invariants: [dma-confined, unmap-effective, pin-outlives-translation, ats-trust, request-scoped, " \
	"pasid-quiesced-reuse, msi-isolated]\nlet: {i: 0x40000000}\n"
#define OWNERS         "  owners: {p1: process, p2: process}\n"
#define MEMORY         "  memory: {p: {of: p1}, q: {of: p2}}\n"
#define SAFE(policies) "expect:\n  - {policy: " policies ", verdict: safe, basis: I}\n"

#define WITH_ATS                                                                                     \
	"machine:\n" OWNERS "  devices: {d: {ats: true}}\n" MEMORY "run:\n"                          \
	"  - {by: p1, take: {device: d}}\n  - {by: p1, space: {}, as: s}\n"                          \
	"  - {by: p1, attach: {device: d, space: s}}\n  - {by: p1, map: {space: s, at: i, to: p}}\n" \
	"  - {by: p1, ats: {device: d, at: i}, as: t}\n"

/* A user that answers the page requests of its PASID 4. */
#define WITH_FAULTS                                                                                          \
	"hardware: manual\nmachine:\n" OWNERS "  devices: {d: {pasid-bits: 8, pri: true}}\n" MEMORY "run:\n" \
	"  - {by: p1, take: {device: d}}\n  - {by: p1, space: {pasid: true, faults: true}, as: s}\n"         \
	"  - {by: p1, attach: {device: d, pasid: 4, space: s}}\n"                                            \
	"  - {by: p1, dma: {device: d, pasid: 4, at: i, access: write}, as: w, expect: page-request}\n"

static void test_devices_held_requests_arrive_before_an_unmap_ends(void **state)
{
	(void)state;
	expect_passed(HEAD WITH_ATS "  - {dma: {device: d, translated: t, hold: translated, access: write}, as: w}\n"
				    "  - {dma: {device: d, at: i, hold: translated, access: write}, as: w2}\n"
				    "  - {by: p1, unmap: {space: s, at: i}}\n"
				    "  - {reuse: {memory: p, to: p2}}\n"
				    "  - {resume: {request: w}, expect: reaches p}\n"
				    "  - {resume: {request: w2}, expect: reaches p}\n" SAFE("[iommufd, vfio-type1]"));
}

/* VT-d 6.5.2.3: without a device TLB it is the IOTLB's invalidation that waits for what went through. */
static void test_devices_iotlb_invalidation_waits_for_held_requests(void **state)
{
	(void)state;
	expect_passed(HEAD "machine:\n" OWNERS "  devices: {d: {}}\n" MEMORY "run:\n"
			   "  - {by: p1, take: {device: d}}\n  - {by: p1, space: {}, as: s}\n"
			   "  - {by: p1, attach: {device: d, space: s}}\n  - {by: p1, map: {space: s, at: i, to: p}}\n"
			   "  - {dma: {device: d, at: i, hold: translated, access: write}, as: w}\n"
			   "  - {by: p1, unmap: {space: s, at: i}}\n"
			   "  - {reuse: {memory: p, to: p2}}\n"
			   "  - {resume: {request: w}, expect: reaches p}\n" SAFE("[iommufd, vfio-type1]"));
}

/* PCIe 10.3.5: nothing but the device's own invalidation is under way, and it waits. */
static void test_devices_completion_waits_for_held_requests(void **state)
{
	(void)state;
	expect_passed(HEAD WITH_ATS "  - {dma: {device: d, translated: t, hold: translated, access: write}, as: w}\n"
				    "  - {by: p1, unmap: {space: s, at: i}}\n"
				    "  - {reuse: {memory: p, to: p2}}\n"
				    "  - {resume: {request: w}, expect: reaches p}\n"
				    "expect:\n  - {policy: [iommufd, vfio-type1], basis: I, verdict: safe,\n"
				    "     set: {devtlb_order: devtlb_first}}\n");
}

static void test_devices_address_that_was_taken_back_is_not_sent(void **state)
{
	(void)state;
	expect_passed(HEAD WITH_ATS "  - {by: p1, dma: {device: d, translated: t}, expect: reaches p}\n"
				    "  - {by: p1, unmap: {space: s, at: i}}\n"
				    "  - {by: p1, dma: {device: d, translated: t}, expect: fault}\n"
				    "  - {ats: {device: d, at: i}, expect: fault}\n" SAFE("[iommufd, vfio-type1]"));
}

static void test_devices_lie_is_found_out(void **state)
{
	(void)state;
	expect_passed(HEAD
		      "machine:\n" OWNERS "  devices: {d: {ats: true, quirks: [translated-without-ats]}}\n" MEMORY
		      "run:\n  - {by: p1, take: {device: d}}\n  - {by: p1, space: {}, as: s}\n"
		      "  - {by: p1, attach: {device: d, space: s}}\n"
		      "  - {label: lie, by: p1, dma: {device: d, translated: hpa(q), access: write}, expect: fault}\n"
		      "expect:\n  - {policy: [iommufd, vfio-type1], basis: I,\n"
		      "     verdict: [violates ats-trust at lie, violates dma-confined at lie]}\n");
}

static void test_devices_platform_master_stalls(void **state)
{
	(void)state;
	expect_passed(HEAD "machine:\n" OWNERS "  devices: {d: {kind: platform, driver: host, pasid-bits: 8}}\n"
			   "  memory: {h: {of: p1, present: false}}\nrun:\n"
			   "  - {by: p1, sva-bind: {device: d, pasid: 4}}\n"
			   "  - {by: p1, dma: {device: d, pasid: 4, at: va(h), access: write}, expect: reaches h}\n"
			   "  - {by: p1, munmap: h}\n"
			   "  - {by: p1, dma: {device: d, pasid: 4, at: va(h), access: write}, expect: fault}\n"
			   "  - {by: p1, sva-unbind: {device: d, pasid: 4}}\n"
			   "expect:\n  - {policy: kernel-dma, iommu: smmuv3, verdict: safe, basis: I}\n");
}

static void test_devices_user_answers_its_page_request(void **state)
{
	(void)state;
	expect_passed(HEAD WITH_FAULTS "  - {run: page-requests}\n"
				       "  - {by: p1, map: {space: s, at: i, to: p}}\n"
				       "  - {resume: {request: w}, expect: page-request}\n"
				       "  - {by: p1, page-response: {request: w, code: success}}\n"
				       "  - {run: queues}\n"
				       "  - {resume: {request: w}, expect: reaches p}\n" SAFE("iommufd"));
}

static void test_devices_refused_page_ends_the_work(void **state)
{
	(void)state;
	expect_passed(HEAD WITH_FAULTS "  - {run: page-requests}\n"
				       "  - {by: p1, page-response: {request: w, code: invalid}}\n"
				       "  - {run: queues}\n"
				       "  - {resume: {request: w}, expect: fault}\n" SAFE("iommufd"));
}

#define FORGED                       \
	WITH_FAULTS                  \
	"  - {run: page-requests}\n" \
	"  - {by: p2, label: forge, page-response: {request: w, code: success}, expect: rejected ENOENT}\n"

static void test_devices_response_of_another_is_refused(void **state)
{
	(void)state;
	expect_passed(HEAD FORGED SAFE("iommufd"));
}

static void test_devices_response_matched_by_group_alone_is_a_violation(void **state)
{
	(void)state;
	expect_passed(HEAD FORGED "expect:\n  - {policy: iommufd, set: {response_match: prgi_only}, basis: I,\n"
				  "     verdict: violates request-scoped at forge}\n");
}

static void test_devices_quiesce_waits_for_page_requests(void **state)
{
	(void)state;
	expect_passed(HEAD "machine:\n" OWNERS "  devices: {d: {driver: host, pasid-bits: 8, pri: true}}\n" MEMORY
			   "run:\n  - {by: p1, sva-bind: {device: d, pasid: 4}}\n"
			   "  - {by: p1, dma: {device: d, pasid: 4, at: va(p)}, expect: reaches p}\n"
			   "  - {by: p1, quiesce: {device: d, pasid: 4}}\n"
			   "  - {by: p1, dma: {device: d, pasid: 4, at: va(p)}, expect: fault}\n"
			   "  - {by: p1, sva-unbind: {device: d, pasid: 4}}\n" SAFE("[iommufd, kernel-dma]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_devices_held_requests_arrive_before_an_unmap_ends),
		cmocka_unit_test(test_devices_iotlb_invalidation_waits_for_held_requests),
		cmocka_unit_test(test_devices_completion_waits_for_held_requests),
		cmocka_unit_test(test_devices_address_that_was_taken_back_is_not_sent),
		cmocka_unit_test(test_devices_lie_is_found_out),
		cmocka_unit_test(test_devices_platform_master_stalls),
		cmocka_unit_test(test_devices_user_answers_its_page_request),
		cmocka_unit_test(test_devices_refused_page_ends_the_work),
		cmocka_unit_test(test_devices_response_of_another_is_refused),
		cmocka_unit_test(test_devices_response_matched_by_group_alone_is_a_violation),
		cmocka_unit_test(test_devices_quiesce_waits_for_page_requests),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
