/* SPDX-License-Identifier: MIT */
/* What random programs brought to light (test_random_programs.c), each as small as it was made. */
#include "replayed.h"

#define HEAD(invariants)                                               \
	"name: t\ntitle: T\nclaim: C.\ninvariants: [" invariants "]\n" \
	"source: {author: nobody, date: 2026-11-20, document: a test}\n"

/* A user's driver that is unbound has closed the device first, mapped registers and all. */
static void test_replay_unbinding_a_users_driver_ends_what_the_user_had_mapped(void **state)
{
	(void)state;
	expect_passed(HEAD("teardown-order, access-implies-context") "machine:\n"
								     "  owners: {p: process}\n"
								     "  devices: {d: {bars: {bar0: 4K}}}\n"
								     "run:\n"
								     "  - {take: {device: d}}\n"
								     "  - {mmap: {bar: d.bar0}}\n"
								     "  - {driver-unbind: {device: d}}\n"
								     "expect:\n"
								     "  - {policy: [iommufd, vfio-type1], verdict: "
								     "safe, basis: K}\n");
}

/* Who shared memory with its last owner has nothing to do with the next one. */
static void test_replay_memory_that_went_on_is_shared_with_nobody(void **state)
{
	(void)state;
	expect_passed(
		HEAD("access-implies-context, dma-confined") "machine:\n"
							     "  owners: {p: process, q: process}\n"
							     "  devices: {d: {}}\n"
							     "  memory: {b: {of: q, shared-with: [p]}}\n"
							     "run:\n"
							     "  - {by: p, take: {device: d}}\n"
							     "  - {by: p, space: {}, as: s}\n"
							     "  - {by: p, attach: {device: d, space: s}}\n"
							     "  - {reuse: {memory: b, to: host}}\n"
							     "  - {by: p, map: {space: s, at: 0x10000, to: b}, expect: "
							     "rejected EFAULT}\n"
							     "  - {dma: {device: d, at: 0x10000}, expect: fault}\n"
							     "expect:\n"
							     "  - {policy: [iommufd, vfio-type1], verdict: safe, "
							     "basis: K}\n");
}

/* Nor is it a part of its last owner's memory that stays mapped. */
static void test_replay_memory_that_went_on_is_no_ram_of_its_last_owner(void **state)
{
	(void)state;
	expect_passed(HEAD("dma-confined") "machine:\n"
					   "  owners: {p: vm}\n"
					   "  devices: {d: {}}\n"
					   "  memory: {b: {of: p}}\n"
					   "run:\n"
					   "  - {reuse: {memory: b, to: host}}\n"
					   "  - {take: {device: d}}\n"
					   "  - {space: {ram: true}, as: s}\n"
					   "  - {attach: {device: d, space: s}}\n"
					   "  - {label: dma, dma: {device: d, at: gpa(b)}, expect: reaches b}\n"
					   "expect:\n"
					   "  - {policy: [iommufd, vfio-type1], verdict: fault at dma, basis: K}\n");
}

/* Page requests are of devices that may ask for translations: a unit that answers none takes none of them. */
static void test_replay_unit_without_ats_takes_no_page_requests(void **state)
{
	(void)state;
	expect_passed(HEAD("dma-confined") "machine:\n"
					   "  iommus: {u: {ats: false}}\n"
					   "  owners: {p: process}\n"
					   "  devices: {d: {driver: host, pri: true, pasid-bits: 4}}\n"
					   "  memory: {b: {of: p, present: false}}\n"
					   "run:\n"
					   "  - {by: p, sva-bind: {device: d, pasid: 3}}\n"
					   "  - {label: dma, dma: {device: d, pasid: 3, at: va(b)}}\n"
					   "expect:\n"
					   "  - {policy: kernel-dma, verdict: availability at dma, basis: I}\n");
}

/* Devices of one group have one table for the DMA API: what was mapped again for one of them serves the other. */
static void test_replay_what_is_mapped_again_for_the_group_is_not_stale(void **state)
{
	(void)state;
	expect_passed(HEAD("unmap-effective") "machine:\n"
					      "  fabric: {x: {kind: pci-bridge}}\n"
					      "  devices: {d: {under: x, driver: host}, e: {under: x, driver: host}}\n"
					      "  memory: {b: {of: host}}\n"
					      "run:\n"
					      "  - {dma-map: {device: e, memory: b}, as: h}\n"
					      "  - {dma-unmap: {handle: h}}\n"
					      "  - {dma: {device: e, at: h}, expect: fault}\n"
					      "  - {dma-map: {device: d, memory: b}, as: i}\n"
					      "  - {dma: {device: d, at: i}, expect: reaches b}\n"
					      "  - {dma: {device: e, at: h}, expect: reaches b}\n"
					      "expect:\n"
					      "  - {policy: kernel-dma, verdict: safe, basis: K}\n");
}

/* Of devices with a table each it is: the other one's mapping is none of this one. */
static void test_replay_what_is_mapped_for_another_group_is_stale(void **state)
{
	(void)state;
	expect_passed(HEAD("unmap-effective") "machine:\n"
					      "  devices: {d: {driver: host}, e: {driver: host}}\n"
					      "  memory: {b: {of: host}}\n"
					      "run:\n"
					      "  - {dma-map: {device: e, memory: b}, as: h}\n"
					      "  - {dma: {device: e, at: h}, expect: reaches b}\n"
					      "  - {dma-unmap: {handle: h}}\n"
					      "  - {dma-map: {device: d, memory: b}, as: i}\n"
					      "  - {dma: {device: d, at: i}, expect: reaches b}\n"
					      "  - {label: late, dma: {device: e, at: h}, expect: fault}\n"
					      "expect:\n"
					      "  - {policy: kernel-dma, verdict: safe, basis: K}\n"
					      "  - {policy: kernel-dma, set: {kernel_dma: lazy}, basis: K,\n"
					      "     verdict: violates unmap-effective at late}\n");
}

/* The driver of an mdev with a PASID resets its part of the function when its user closes it, as VFIO does a whole. */
static void test_replay_mdev_that_was_closed_works_for_nobody(void **state)
{
	(void)state;
	expect_passed(
		HEAD("teardown-order") "machine:\n"
				       "  owners: {p: process, q: process}\n"
				       "  devices: {d: {driver: host, mdevs: {m: {pasid: 1}}}}\n"
				       "run:\n"
				       "  - {by: p, take: {device: m}}\n"
				       "  - {by: p, release: {device: m}}\n"
				       "  - {by: q, label: next, take: {device: m}}\n"
				       "expect:\n"
				       "  - {policy: [iommufd, ioasid-v1], verdict: safe, basis: I}\n"
				       "  - {policy: [iommufd, ioasid-v1], set: {reset_on_close: false}, basis: I,\n"
				       "     verdict: violates teardown-order at next}\n");
}

/* Functions with one requester ID have one table of PASIDs, although each is driven by itself. */
static void test_replay_pasid_of_an_alias_is_taken(void **state)
{
	(void)state;
	expect_passed(HEAD("dma-confined") "machine:\n"
					   "  owners: {p: process, q: process}\n"
					   "  devices: {d: {acs: full, functions: {a: {pasid-bits: 4, driver: host},\n"
					   "                                       b: {alias: a, driver: host}}}}\n"
					   "  memory: {x: {of: p}}\n"
					   "run:\n"
					   "  - {by: p, sva-bind: {device: a, pasid: 2}}\n"
					   "  - {by: q, label: second, sva-bind: {device: b, pasid: 2}}\n"
					   "  - {dma: {device: a, pasid: 2, at: va(x)}, expect: reaches x}\n"
					   "expect:\n"
					   "  - {policy: kernel-dma, verdict: rejected EBUSY at second, basis: I}\n");
}

/* What is parked is what the requester ID can send: PASIDs that were bound by way of an alias, too. */
static void test_replay_reset_parks_what_an_alias_bound(void **state)
{
	(void)state;
	expect_passed(HEAD("pin-outlives-translation") "machine:\n"
						       "  owners: {p: process}\n"
						       "  devices: {d: {acs: full, driver: host, functions: {\n"
						       "    a: {pri: true, pasid-bits: 4}, b: {alias: a}}}}\n"
						       "  memory: {x: {of: p}}\n"
						       "run:\n"
						       "  - {by: p, sva-bind: {device: b, pasid: 3}}\n"
						       "  - {ats: {device: a, pasid: 3, at: va(x)}}\n"
						       "  - {by: host, reset: {device: a, phase: start}}\n"
						       "  - {by: p, munmap: {memory: x}}\n"
						       "  - {label: reuse, reuse: {memory: x, to: host}}\n"
						       "  - {by: host, reset: {device: a, phase: done}}\n"
						       "expect:\n"
						       "  - {policy: iommufd, verdict: safe, basis: I}\n");
}

/* The declared driver of a device that is plugged in later drives it, and its interrupts are the kernel's. */
static void test_replay_driver_of_a_late_device_drives_it(void **state)
{
	(void)state;
	expect_passed(HEAD("msi-isolated") "machine:\n"
					   "  devices: {d: {driver: host, present: false, vectors: 2}}\n"
					   "  memory: {x: {of: host}}\n"
					   "run:\n"
					   "  - {hotplug: {device: d}}\n"
					   "  - {dma: {device: d, at: msi(d.v1), access: write}, expect: raises d.v1}\n"
					   "  - {dma-map: {device: d, memory: x}, as: h}\n"
					   "  - {dma: {device: d, at: h}, expect: reaches x}\n"
					   "expect:\n"
					   "  - {policy: iommufd, verdict: safe, basis: I}\n");
}

/* A device that is being reset asks for nothing: its firmware's range may be blocked until the end. */
static void test_replay_firmware_range_is_blocked_in_a_reset(void **state)
{
	(void)state;
	expect_passed(HEAD("resv-honoured") "machine:\n"
					    "  devices: {d: {driver: host, ats: true,\n"
					    "                reserved: {z: {at: 0x40002000, kind: rmrr}}}}\n"
					    "run:\n"
					    "  - {by: host, reset: {device: d, phase: start}}\n"
					    "  - {by: host, reset: {device: d, phase: done}}\n"
					    "  - {dma: {device: d, at: 0x40002000}, expect: reaches z}\n"
					    "expect:\n"
					    "  - {policy: kernel-dma, verdict: safe, basis: K}\n");
}

/* A user who attaches a PASID once more takes it from nobody. */
static void test_replay_pasid_that_stays_its_owners_is_no_reuse(void **state)
{
	(void)state;
	expect_passed(HEAD("pasid-quiesced-reuse") "machine:\n"
						   "  owners: {p: process}\n"
						   "  devices: {d: {pri: true, pasid-bits: 4}}\n"
						   "  memory: {x: {of: p}}\n"
						   "run:\n"
						   "  - {take: {device: d}}\n"
						   "  - {space: {pasid: true, faults: true}, as: s}\n"
						   "  - {attach: {device: d, space: s, pasid: 3}}\n"
						   "  - {dma: {device: d, pasid: 3, at: va(x)}, expect: page-request}\n"
						   "  - {attach: {device: d, space: s, pasid: 3}}\n"
						   "expect:\n"
						   "  - {policy: iommufd, verdict: safe, basis: I}\n");
}

/* A function of a conventional bus claims its own registers there: no unit was asked, and no table is stale. */
static void test_replay_own_registers_on_a_conventional_bus_are_not_stale(void **state)
{
	(void)state;
	expect_passed(HEAD("unmap-effective") "machine:\n"
					      "  owners: {p: process}\n"
					      "  fabric: {x: {kind: pci-bridge}}\n"
					      "  devices: {d: {under: x, bars: {bar0: 4K}}}\n"
					      "run:\n"
					      "  - {take: {device: d}}\n"
					      "  - {space: {}, as: s}\n"
					      "  - {map: {space: s, at: bus(d.bar0), to: d.bar0}}\n"
					      "  - {unmap: {space: s, at: bus(d.bar0)}}\n"
					      "  - {dma: {device: d, at: bus(d.bar0)}, expect: reaches d.bar0}\n"
					      "expect:\n"
					      "  - {policy: iommufd, verdict: safe, basis: I}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replay_unbinding_a_users_driver_ends_what_the_user_had_mapped),
		cmocka_unit_test(test_replay_memory_that_went_on_is_shared_with_nobody),
		cmocka_unit_test(test_replay_memory_that_went_on_is_no_ram_of_its_last_owner),
		cmocka_unit_test(test_replay_unit_without_ats_takes_no_page_requests),
		cmocka_unit_test(test_replay_what_is_mapped_again_for_the_group_is_not_stale),
		cmocka_unit_test(test_replay_what_is_mapped_for_another_group_is_stale),
		cmocka_unit_test(test_replay_mdev_that_was_closed_works_for_nobody),
		cmocka_unit_test(test_replay_pasid_of_an_alias_is_taken),
		cmocka_unit_test(test_replay_reset_parks_what_an_alias_bound),
		cmocka_unit_test(test_replay_driver_of_a_late_device_drives_it),
		cmocka_unit_test(test_replay_firmware_range_is_blocked_in_a_reset),
		cmocka_unit_test(test_replay_pasid_that_stays_its_owners_is_no_reuse),
		cmocka_unit_test(test_replay_own_registers_on_a_conventional_bus_are_not_stale),
	};

	return cmocka_run_group_tests_name("replay-found", tests, NULL, NULL);
}
