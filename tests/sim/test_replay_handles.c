/* SPDX-License-Identifier: MIT */
/* Handles of the DMA API from text to verdict. */
#include "replayed.h"

#define HEAD(invariants)                                                                                            \
	"name: t\ntitle: T\nsource: {author: A, date: 2024-07-15, document: d}\nclaim: c\ninvariants: [" invariants \
	"]\n"
#define EPOCH HEAD("dma-handle-epoch")
#define MACHINE(more)                                                                       \
	"machine:\n  owners: {p1: process}\n  devices: {nic: {driver: host, ats: true" more \
	"}}\n  memory: {k: {of: host}, a: {of: p1}}\nrun:\n  - {by: host, dma-map: {device: nic, memory: k}, as: h}\n"
#define SAFE "expect:\n  - {policy: iommufd, set: {reset_ats: blocked}, verdict: safe, basis: I}\n"

/* While it was parked nothing was translated; what is translated after is what was before. */
static void test_handles_survive_a_reset(void **state)
{
	(void)state;
	expect_passed(EPOCH MACHINE("") "  - {by: host, reset: {device: nic, phase: start}}\n"
					"  - {check: {device: nic, domain: blocked}}\n"
					"  - {by: host, reset: {device: nic, phase: done}}\n"
					"  - {command: {device: nic, bus-master: true}, by: host}\n"
					"  - {dma: {device: nic, at: h}, expect: reaches k}\n"
					"  - {by: host, dma-unmap: {handle: h}}\n" SAFE);
}

/* A driver that left its handle behind and comes back finds the same table. */
static void test_handles_survive_another_driver(void **state)
{
	(void)state;
	expect_passed(EPOCH MACHINE("") "  - {driver-unbind: {device: nic}}\n"
					"  - {driver-bind: {device: nic, driver: host}}\n"
					"  - {dma: {device: nic, at: h}, expect: reaches k}\n" SAFE);
}

/* Not where a user's space served the device meanwhile, though it is the same table again. */
static void test_handles_do_not_survive_a_user(void **state)
{
	(void)state;
	expect_passed(EPOCH MACHINE(
		"") "  - {driver-unbind: {device: nic}}\n"
		    "  - {by: p1, take: {device: nic}}\n  - {by: p1, space: {}, as: s}\n"
		    "  - {by: p1, attach: {device: nic, space: s}}\n"
		    "  - {by: p1, dma: {device: nic, at: h}, expect: fault}\n"
		    "  - {by: p1, release: {device: nic}}\n"
		    "  - {driver-unbind: {device: nic}}\n"
		    "  - {driver-bind: {device: nic, driver: host}}\n"
		    "  - {label: late, dma: {device: nic, at: h}, expect: reaches k}\n"
		    "expect:\n  - {policy: iommufd, basis: I, verdict: violates dma-handle-epoch at late}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handles_survive_a_reset),
		cmocka_unit_test(test_handles_survive_another_driver),
		cmocka_unit_test(test_handles_do_not_survive_a_user),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
