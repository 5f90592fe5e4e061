/* SPDX-License-Identifier: MIT */
/* Whose data is where, when a guest's buffers are copied to its pool. */
#include "replayed.h"

#define SOURCE                                                                      \
	"name: t\ntitle: T\nclaim: C.\ninvariants: [dma-confined, t0-no-private]\n" \
	"source: {author: nobody, date: 2026-11-20, document: a test}\n"

#define GUEST                                                                                                    \
	SOURCE "machine:\n"                                                                                      \
	       "  owners: {tvm1: {kind: vm, confidential: true}}\n"                                              \
	       "  devices: {d: {tdisp: unlocked}}\n"                                                             \
	       "  memory: {a: {of: tvm1, private: true, size: 8K}, pool: {of: tvm1, swiotlb: true, size: 8K}}\n" \
	       "run:\n"                                                                                          \
	       "  - {driver-bind: {device: d, driver: guest}}\n"

#define SAFE(policy) "expect:\n  - {policy: " policy ", verdict: safe, basis: I}\n"

/* Two buffers in one pool: what the device writes to one does not come back with the other. */
static void test_bounce_places_of_a_pool_are_apart(void **state)
{
	(void)state;
	expect_passed(GUEST "  - {dma-map: {device: d, memory: a, size: 4K}, as: h1}\n"
			    "  - {dma-map: {device: d, memory: a+4K, size: 4K}, as: h2}\n"
			    "  - {dma: {device: d, at: h1, access: write}, as: w, expect: reaches pool}\n"
			    "  - {dma-unmap: {handle: h2}}\n"
			    "  - {load: {memory: a, result-of: w}, expect: stale}\n"
			    "  - {dma-unmap: {handle: h1}}\n"
			    "  - {load: {memory: a, result-of: w}}\n" SAFE("t0-only"));
}

/* The pool is shared: what its host puts there comes back as the device's. */
static void test_bounce_host_writes_the_pool(void **state)
{
	(void)state;
	expect_passed(GUEST "  - {dma-map: {device: d, memory: a, size: 4K}, as: h}\n"
			    "  - {dma: {device: d, at: h, access: write}, as: w, expect: reaches pool}\n"
			    "  - {by: host, store: pool, as: s}\n"
			    "  - {dma-unmap: {handle: h}}\n"
			    "  - {load: {memory: a, result-of: w}, expect: stale}\n"
			    "  - {load: {memory: a, result-of: s}}\n" SAFE("t0-only"));
}

/* `size` is what is mapped: the rest of the object stays out of reach. */
static void test_bounce_maps_as_much_as_is_asked(void **state)
{
	(void)state;
	expect_passed(GUEST
		      "  - {dma-map: {device: d, memory: a, size: 4K}, as: h}\n"
		      "  - {dma-map: {device: d, memory: a, size: 4K}, as: h2}\n"
		      "  - {dma-map: {device: d, memory: a, size: 4K}, expect: rejected ENOMEM}\n" SAFE("t0-only"));
}

/* The copy that comes back overwrites what the CPU stored meanwhile; it is in the pool where it was synced to. */
static void test_bounce_store_meanwhile_needs_a_sync(void **state)
{
	(void)state;
	expect_passed(GUEST "  - {dma-map: {device: d, memory: a, size: 4K}, as: h}\n"
			    "  - {store: a, as: s}\n"
			    "  - {dma: {device: d, at: h}, expect: stale}\n"
			    "  - {dma-sync: {handle: h, for: device}}\n"
			    "  - {dma: {device: d, at: h}, expect: reaches pool}\n"
			    "  - {dma-unmap: {handle: h}}\n"
			    "  - {load: {memory: a, result-of: s}}\n" SAFE("t0-only"));
	expect_passed(GUEST "  - {dma-map: {device: d, memory: a, size: 4K}, as: h}\n"
			    "  - {store: a, as: s}\n"
			    "  - {dma-unmap: {handle: h}}\n"
			    "  - {load: {memory: a, result-of: s}, expect: stale}\n" SAFE("t0-only"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounce_places_of_a_pool_are_apart),
		cmocka_unit_test(test_bounce_host_writes_the_pool),
		cmocka_unit_test(test_bounce_maps_as_much_as_is_asked),
		cmocka_unit_test(test_bounce_store_meanwhile_needs_a_sync),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
