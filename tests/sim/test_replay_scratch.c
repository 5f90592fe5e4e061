/* SPDX-License-Identifier: MIT */
/* What ends in the page that blocked devices reach, and what is found there. */
#include "replayed.h"

#define HEAD(devices)                                                    \
	"name: t\ntitle: T\nclaim: C.\ninvariants: [dma-confined]\n"     \
	"source: {author: nobody, date: 2026-11-20, document: a test}\n" \
	"machine:\n"                                                     \
	"  owners: {p1: process, p2: process}\n" devices "run:\n"        \
	"  - {by: p1, take: {device: d}}\n"                              \
	"  - {by: p2, take: {device: e}}\n"
#define ROW "expect:\n  - {policy: iommufd, set: {blocking_impl: scratch_page}, basis: I, verdict: "

static void test_replay_scratch_page_is_what_a_device_tlb_gets(void **state)
{
	(void)state;
	expect_passed(HEAD("  devices: {d: {ats: true}, e: {}}\n") "  - {by: p1, ats: {device: d, at: 0x5000}, as: t}\n"
								   "  - {by: p1, dma: {device: d, translated: t, "
								   "access: write}, expect: scratch}\n"
								   "  - {by: p2, label: read, dma: {device: e, at: "
								   "0x7000}, expect: scratch}\n" ROW
								   "violates dma-confined at read}\n");
}

/* AtomicOps return what was there (PCIe 6.15). */
static void test_replay_scratch_page_is_read_by_atomics(void **state)
{
	(void)state;
	expect_passed(
		HEAD("  devices: {d: {}, e: {}}\n") "  - {by: p1, dma: {device: d, at: 0x5000, access: write}, expect: "
						    "scratch}\n"
						    "  - {by: p2, label: fetch, dma: {device: e, at: 0x7000, access: "
						    "atomic}, expect: scratch}\n"
						    "  - {by: p2, dma: {device: e, at: 0x7000}, expect: scratch}\n" ROW
						    "violates dma-confined at fetch}\n");
}

static void test_replay_scratch_page_is_one_for_all_pages_of_a_request(void **state)
{
	(void)state;
	expect_passed(HEAD(
		"  devices: {d: {}, e: {}}\n") "  - {by: p1, dma: {device: d, at: 0x5ff8, size: 16, access: write}, "
					       "expect: scratch}\n"
					       "  - {by: p2, dma: {device: e, at: 0x7008, size: 4080}, expect: "
					       "scratch}\n"
					       "  - {by: p2, label: first, dma: {device: e, at: 0x7000}, expect: "
					       "scratch}\n"
					       "  - {by: p2, label: last, dma: {device: e, at: 0x7ff8}, expect: "
					       "scratch}\n" ROW
					       "[violates dma-confined at first, violates dma-confined at last]}\n");
}

static void test_replay_scratch_page_is_one_a_unit(void **state)
{
	(void)state;
	expect_passed(HEAD("  iommus: {u0: {}, u1: {}}\n"
			   "  devices: {d: {iommu: u0}, e: {iommu: u1}}\n") "  - {by: p1, dma: {device: d, at: 0x5000, "
									    "access: write}, expect: scratch}\n"
									    "  - {by: p2, dma: {device: e, at: "
									    "0x5000}, expect: scratch}\n" ROW
									    "safe}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replay_scratch_page_is_what_a_device_tlb_gets),
		cmocka_unit_test(test_replay_scratch_page_is_read_by_atomics),
		cmocka_unit_test(test_replay_scratch_page_is_one_for_all_pages_of_a_request),
		cmocka_unit_test(test_replay_scratch_page_is_one_a_unit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
