/* SPDX-License-Identifier: MIT */
/* What CPUs see of DMA, and what is reported as written, through the whole of it. */
#include "replayed.h"

#define HEAD                                                                                \
	"name: t\ntitle: T\nsource: {author: A, date: 2021-06-14, document: d}\nclaim: c\n" \
	"invariants: [coherent-dma, dirty-complete]\nlet: {i: 0x10000, j: 0x11000, k: 0x40000000}\n"
#define MACHINE(enforces)                                                                                \
	"machine:\n  iommus: {u: {enforce-snoop: " enforces "}}\n  owners: {p1: process, p2: process}\n" \
	"  devices: {d: {ats: true}}\n"                                                                  \
	"  memory: {a: {of: p1, size: 8K}, q: {of: p2}, big: {of: p1, size: 4M}}\nrun:\n"
#define ATTACHED(wish)                                  \
	"  - {by: p1, take: {device: d}}\n"             \
	"  - {by: p1, space: {" wish "}, as: s}\n"      \
	"  - {by: p1, attach: {device: d, space: s}}\n" \
	"  - {by: p1, map: {space: s, at: i, to: a}}\n"
#define WRITE(at)     "  - {dma: {device: d, at: " at ", access: write}}\n"
#define PAST(access)  "  - {dma: {device: d, at: i, nosnoop: true, access: " access "}, as: x}\n"
#define SAFE          "expect:\n  - {policy: iommufd, verdict: safe, basis: I}\n"
#define BOTH(verdict) "expect:\n  - {policy: iommufd, verdict: " verdict ", basis: I}\n"

static void test_load_sees_what_snooped_and_what_was_flushed(void **state)
{
	(void)state;
	expect_passed(HEAD MACHINE("false")
			      ATTACHED("") "  - {by: p1, load: a}\n" WRITE("i") "  - {by: p1, load: a}\n" PAST(
				      "write") "  - {by: p1, load: a, expect: stale}\n  - {by: p1, cache-flush: a}\n"
					       "  - {by: p1, load: {memory: a, result-of: x}}\n" SAFE);
}

/* What lies in a dirty line is written over what passed by. */
static void test_flush_of_a_dirty_line_undoes_what_passed_by(void **state)
{
	(void)state;
	expect_passed(HEAD MACHINE("false") ATTACHED("") "  - {by: p1, store: a, as: st}\n" PAST(
		"write") "  - {by: p1, cache-flush: a}\n  - {by: p1, load: {memory: a, result-of: st}}\n"
			 "  - {label: gone, by: p1, load: {memory: a, result-of: x}}\n"
			 "expect:\n  - {policy: iommufd, verdict: self-harm at gone, basis: I}\n");
}

#define DRIVEN(device)                                                                                  \
	"machine:\n  owners: {p1: user}\n  devices: {d: {" device "}}\n  memory: {a: {of: p1}}\nrun:\n" \
	"  - {by: p1, take: {device: d}}\n"
#define KERNEL_DMA(verdict) "expect:\n  - {policy: kernel-dma, verdict: " verdict ", basis: I}\n"
#define BUFFER(access)      "  - {by: p1, dma-map: {device: d, memory: a, size: 64, access: " access "}, as: h}\n"

/* Each side has its own data until the DMA API copies: the unmap does, too. */
static void test_bounced_buffer_is_seen_after_sync_or_unmap(void **state)
{
	(void)state;
	expect_passed(HEAD DRIVEN("trusted: false")
			      BUFFER("read-write") "  - {by: p1, store: a, as: st}\n"
						   "  - {dma: {device: d, at: h}, expect: stale}\n"
						   "  - {by: p1, dma-sync: {handle: h, for: device}}\n"
						   "  - {dma: {device: d, at: h}, expect: reaches a}\n"
						   "  - {dma: {device: d, at: h, access: write}, as: w}\n"
						   "  - {by: p1, load: a, expect: stale}\n"
						   "  - {by: p1, dma-unmap: {handle: h}}\n"
						   "  - {by: p1, load: {memory: a, result-of: w}}\n"
						   "  - {by: p1, dma-sync: {handle: h, for: cpu}, "
						   "expect: rejected EINVAL}\n" KERNEL_DMA("safe"));
}

/* What a driver stores into a buffer that the device has is gone when the CPU gets it back. */
static void test_sync_of_a_master_that_caches_do_not_see(void **state)
{
	(void)state;
	expect_passed(HEAD DRIVEN("kind: platform, coherent: false") "  - {by: p1, store: a, as: st}\n" BUFFER(
		"read-write") "  - {dma: {device: d, at: h}, expect: reaches a}\n"
			      "  - {by: p1, store: a}\n  - {dma: {device: d, at: h}, expect: stale}\n"
			      "  - {by: p1, dma-sync: {handle: h, for: device}}\n"
			      "  - {dma: {device: d, at: h}, expect: reaches a}\n"
			      "  - {dma: {device: d, at: h, access: write}, as: w}\n"
			      "  - {by: p1, load: a, expect: stale}\n"
			      "  - {by: p1, dma-unmap: {handle: h}}\n"
			      "  - {by: p1, load: {memory: a, result-of: w}}\n" KERNEL_DMA("safe"));
}

/* A user's handle lies in a space of the front end's: there is nothing that would copy. */
static void test_sync_is_no_call_of_users(void **state)
{
	(void)state;
	expect_passed(
		HEAD MACHINE("true") "  - {by: p1, take: {device: d}}\n"
				     "  - {by: p1, dma-map: {device: d, memory: a}, as: h}\n"
				     "  - {by: p1, dma-sync: {handle: h, for: cpu}, expect: rejected ENOTTY}\n" SAFE);
}

static void test_load_without_flush_is_self_harm(void **state)
{
	(void)state;
	expect_passed(HEAD MACHINE("false") ATTACHED("") "  - {by: p1, load: a}\n" PAST(
		"write") "  - {label: old, by: p1, load: a}\n"
			 "expect:\n  - {policy: iommufd, verdict: self-harm at old, basis: I}\n");
}

static void test_no_snoop_is_taken_back_by_a_unit_that_can(void **state)
{
	(void)state;
	expect_passed(HEAD MACHINE("true") ATTACHED("") "  - {by: p1, store: a}\n" PAST(
		"write") "  - {by: p1, load: {memory: a, result-of: x}}\n" SAFE);
}

static void test_cpu_of_others_is_refused(void **state)
{
	(void)state;
	expect_passed(HEAD MACHINE("true") "  - {by: p2, load: a, expect: rejected EFAULT}\n"
					   "  - {by: p2, store: a, expect: rejected EFAULT}\n"
					   "  - {by: p2, cache-flush: a, expect: rejected EFAULT}\n"
					   "  - {by: host, load: a}\n" SAFE);
}

/* A device that has the translation writes without the unit; it has to ask again after the clearing. */
static void test_dirty_of_a_device_tlb_is_seen_again(void **state)
{
	(void)state;
	expect_passed(HEAD MACHINE("true")
			      ATTACHED("dirty: true") "  - {by: p1, dirty-start: {space: s}}\n"
						      "  - {ats: {device: d, at: i}, as: t}\n"
						      "  - {by: p1, dirty-read: {space: s, at: i}, expect: dirty}\n"
						      "  - {dma: {device: d, translated: t, access: write}, "
						      "expect: fault}\n" WRITE("i") "  - {by: p1, dirty-read: "
										    "{space: s, at: i}, "
										    "expect: dirty}\n" BOTH("safe"));
}

static void test_dirty_clear_without_device_tlb_flush_loses_writes(void **state)
{
	(void)state;
	expect_passed(HEAD MACHINE("true") ATTACHED(
		"dirty: true") "  - {by: p1, dirty-start: {space: s}}\n"
			       "  - {ats: {device: d, at: i}, as: t}\n"
			       "  - {by: p1, dirty-read: {space: s, at: i}, inject: skip-devtlb-flush, expect: dirty}\n"
			       "  - {dma: {device: d, translated: t, access: write}, expect: reaches a}\n"
			       "  - {label: lost, by: p1, dirty-read: {space: s, at: i}, expect: dirty}\n" BOTH(
				       "violates dirty-complete at lost"));
}

/* The flag of a large page stands for all of it, and goes with the first piece that is read. */
static void test_dirty_large_page_is_read_as_a_whole(void **state)
{
	(void)state;
	expect_passed(HEAD MACHINE("true") ATTACHED(
		"dirty: true") "  - {by: p1, map: {space: s, at: k, to: big}}\n"
			       "  - {by: p1, dirty-start: {space: s}}\n" WRITE(
				       "k+0x3000") "  - {label: first, by: p1, dirty-read: {space: s, at: k}, expect: "
						   "clean or dirty}\n"
						   "  - {label: own, by: p1, dirty-read: {space: s, at: k+0x3000}, "
						   "expect: dirty}\n" BOTH("violates dirty-complete at own"));
}

/* Both pages belong to one mapping; the second was never asked about. */
static void test_dirty_unmap_of_what_was_not_read_is_self_harm(void **state)
{
	(void)state;
	expect_passed(HEAD MACHINE("true") ATTACHED("dirty: true") "  - {by: p1, dirty-start: {space: s}}\n" WRITE(
		"j") "  - {by: p1, dirty-read: {space: s, at: i}, expect: clean}\n"
		     "  - {label: lost, by: p1, unmap: {space: s, at: i}}\n" BOTH("self-harm at lost"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load_sees_what_snooped_and_what_was_flushed),
		cmocka_unit_test(test_flush_of_a_dirty_line_undoes_what_passed_by),
		cmocka_unit_test(test_bounced_buffer_is_seen_after_sync_or_unmap),
		cmocka_unit_test(test_sync_of_a_master_that_caches_do_not_see),
		cmocka_unit_test(test_sync_is_no_call_of_users),
		cmocka_unit_test(test_load_without_flush_is_self_harm),
		cmocka_unit_test(test_no_snoop_is_taken_back_by_a_unit_that_can),
		cmocka_unit_test(test_cpu_of_others_is_refused),
		cmocka_unit_test(test_dirty_of_a_device_tlb_is_seen_again),
		cmocka_unit_test(test_dirty_clear_without_device_tlb_flush_loses_writes),
		cmocka_unit_test(test_dirty_large_page_is_read_as_a_whole),
		cmocka_unit_test(test_dirty_unmap_of_what_was_not_read_is_self_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
