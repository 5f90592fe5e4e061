/* SPDX-License-Identifier: MIT */
/* What confidential guests are told of writes that did not arrive, and what their hosts take away and give back. */
#include "replayed.h"

#define HEAD(invariants)                                                           \
	"name: t\ntitle: T\nclaim: C.\ninvariants: [" invariants "]\n"             \
	"source: {author: nobody, date: 2026-11-20, document: a test}\n"           \
	"machine:\n"                                                               \
	"  owners: {tvm1: {kind: vm, confidential: true}}\n"                       \
	"  devices: {d: {tdisp: run}, g: {tdisp: unlocked}}\n"                     \
	"  memory: {a: {of: tvm1, private: true}, b: {of: tvm1, private: true}}\n" \
	"run:\n"

/* The interface itself has stopped, which its guest can ask it. */
static void test_replay_write_that_was_never_sent_is_not_dropped(void **state)
{
	(void)state;
	expect_passed(HEAD("no-silent-drop") "  - {ide-fail: {device: d}}\n"
					     "  - {label: w, dma: {device: d, t: 1, at: gpa(a), access: write}, as: w, "
					     "expect: reaches a}\n"
					     "  - {load: {memory: a, result-of: w}, expect: stale}\n"
					     "expect:\n"
					     "  - {policy: rebind, verdict: availability at w, basis: I}\n");
}

/* What was meant for another page is not missed in this one. */
static void test_replay_dropped_write_is_missed_where_it_was_meant_to_be(void **state)
{
	(void)state;
	expect_passed(HEAD("no-silent-drop") "  - {stage2-unmap: {memory: a}}\n"
					     "  - {label: w, dma: {device: d, at: gpa(a), access: write}, as: w, "
					     "expect: reaches a}\n"
					     "  - {by: tvm1, load: {memory: b, result-of: w}, expect: stale}\n"
					     "expect:\n"
					     "  - {policy: rebind, set: {unmap_under_run: silent}, verdict: "
					     "availability at w, basis: I}\n");
}

/* A fence is for I/O: what lies in memory can be read, and handles of before mean what they did. */
static void test_replay_fenced_guest_reads_what_it_has(void **state)
{
	(void)state;
	expect_passed(HEAD(
		"no-silent-drop, dma-handle-epoch") "  - {dma-map: {device: d, memory: b}, as: hb}\n"
						    "  - {stage2-unmap: {memory: a}}\n"
						    "  - {label: w, dma: {device: d, at: gpa(a), access: write}, "
						    "expect: reaches a}\n"
						    "  - {label: other, dma: {device: d, at: hb, access: write}, as: "
						    "x, expect: reaches b}\n"
						    "  - {by: tvm1, load: b}\n"
						    "  - {by: tvm1, load: {memory: b, result-of: x}, expect: rejected "
						    "EIO}\n"
						    "expect:\n"
						    "  - {policy: rebind, set: {unmap_under_run: fence}, basis: I,\n"
						    "     verdict: [availability at w, availability at other]}\n");
}

/* One table serves T=0 and T=1: what the host takes from a guest, and gives it again, goes from there and comes. */
static void test_replay_hosts_table_that_serves_t_follows_what_the_guest_has(void **state)
{
	(void)state;
	expect_passed(HEAD(
		"t0-no-private, no-silent-drop") "  - {dma: {device: d, at: gpa(a)}, expect: reaches a}\n"
						 "  - {stage2-unmap: {memory: a}}\n"
						 "  - {label: gone, dma: {device: d, at: gpa(a)}, expect: reaches a}\n"
						 "  - {stage2-map: {memory: a, at: gpa(a), table: t1}}\n"
						 "  - {dma: {device: d, at: gpa(a)}, expect: reaches a}\n"
						 "  - {dma: {device: d, t: 0, xt: 1, at: gpa(a)}, expect: fault}\n"
						 "expect:\n"
						 "  - {policy: rebind, set: {unmap_under_run: silent, iommu_layout: "
						 "single_rmp}, basis: I,\n"
						 "     verdict: availability at gone}\n");
}

/* What a guest shares is the host's as well: nobody promises it what is there. */
static void test_replay_write_to_shared_memory_is_missed_by_nobody(void **state)
{
	(void)state;
	expect_passed(
		HEAD("no-silent-drop") "  - {by: tvm1, convert: {memory: b, to: shared}}\n"
				       "  - {label: w, dma: {device: d, at: gpa(b), access: write}, as: w, "
				       "expect: reaches b}\n"
				       "  - {by: tvm1, load: {memory: b, result-of: w}, expect: stale}\n"
				       "expect:\n"
				       "  - {policy: rebind, set: {t1_shared: forbid}, verdict: availability at w, "
				       "basis: I}\n");
}

/* A page whose contents are lost has no secret: who reaches it reaches what the host put there. */
static void test_replay_destroyed_page_is_no_secret(void **state)
{
	(void)state;
	expect_passed(
		HEAD("t0-no-private, unmap-effective, dma-confined") "  - {driver-bind: {device: g, driver: guest}}\n"
								     "  - {by: host, stage2-unmap: {memory: a}}\n"
								     "  - {by: host, stage2-map: {memory: a, guest: "
								     "tvm1, at: 0x7f000000}}\n"
								     "  - {dma: {device: g, t: 0, at: 0x7f000000, "
								     "access: write}, expect: ok or fault}\n"
								     "  - {label: look, by: tvm1, load: a}\n"
								     "expect:\n"
								     "  - {policy: rebind, set: {unmap_under_run: "
								     "destroy}, verdict: rejected EFAULT at look, "
								     "basis: I}\n"
								     "  - {policy: rebind, set: {unmap_under_run: "
								     "silent}, verdict: safe, basis: I}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replay_write_that_was_never_sent_is_not_dropped),
		cmocka_unit_test(test_replay_dropped_write_is_missed_where_it_was_meant_to_be),
		cmocka_unit_test(test_replay_fenced_guest_reads_what_it_has),
		cmocka_unit_test(test_replay_hosts_table_that_serves_t_follows_what_the_guest_has),
		cmocka_unit_test(test_replay_write_to_shared_memory_is_missed_by_nobody),
		cmocka_unit_test(test_replay_destroyed_page_is_no_secret),
	};

	return cmocka_run_group_tests_name("replay-dropped", tests, NULL, NULL);
}
