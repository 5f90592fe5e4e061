/* SPDX-License-Identifier: MIT */
/* What is whose after a process has forked: pages, open files, what is bound. */
#include "replayed.h"

#define HEAD                                                                                \
	"name: t\ntitle: T\nsource: {author: A, date: 2021-06-14, document: d}\nclaim: c\n" \
	"invariants: [dma-confined, pin-outlives-translation, coherent-dma]\nlet: {i: 0x10000}\n"
#define MACHINE                                                                                                     \
	"machine:\n  owners: {p1: process, p2: process}\n"                                                          \
	"  devices: {nic: {}, acc: {driver: host, pasid-bits: 8, pri: true}, par: {driver: host, mdevs: {m: {}}}, " \
	"old: {driver: host, pasid-bits: 8}}\n"                                                                     \
	"  memory: {a: {of: p1, va: 0x10000}, b: {of: c, copy-of: a}, k: {of: p1}, z: {of: p2}}\nrun:\n"
#define MAPPED                                                                \
	"  - {by: p1, take: {device: nic}}\n  - {by: p1, space: {}, as: s}\n" \
	"  - {by: p1, attach: {device: nic, space: s}}\n  - {by: p1, map: {space: s, at: i, to: a}}\n"
#define FORK "  - {by: p1, fork: {}, as: c}\n"

static const char *const kinds[] = {"vtd", "smmuv3"};

static void passes_on_both(const char *steps)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
		g_autofree char *text =
			g_strconcat(HEAD MACHINE, steps, "expect:\n  - {policy: iommufd, iommu: ", kinds[i],
				    ", verdict: safe, basis: I}\n", NULL);
		expect_passed(text);
	}
}

/* Contents are the same at first; what either writes then the other does not see, whichever writes first. */
static void test_pages_part_with_the_first_write(void **state)
{
	(void)state;
	passes_on_both("  - {by: p1, store: a, as: w1}\n" FORK "  - {by: c, load: {memory: b, result-of: w1}}\n"
		       "  - {by: p1, store: a, as: w2}\n  - {by: c, load: {memory: b, result-of: w1}}\n"
		       "  - {by: p1, load: {memory: a, result-of: w2}}\n  - {check: {memory: a, owner: c}}\n"
		       "  - {by: c, store: b, as: w3}\n  - {by: p1, load: {memory: b, result-of: w2}}\n");
	passes_on_both("  - {by: p1, store: a, as: w1}\n" FORK "  - {by: c, store: a, as: w2}\n"
		       "  - {by: p1, load: {memory: a, result-of: w1}}\n  - {by: c, load: {memory: a, result-of: w2}}\n"
		       "  - {check: {memory: a, owner: p1}}\n  - {check: {memory: b, owner: c}}\n");
}

/* A child that has ended shares nothing: the page is its parent's, and stays. */
static void test_last_of_a_page_keeps_it(void **state)
{
	(void)state;
	passes_on_both(FORK "  - {by: c, exit: {}}\n  - {by: p1, store: a}\n  - {check: {memory: a, owner: p1}}\n");
	passes_on_both(FORK "  - {by: p1, exit: {}}\n  - {by: c, store: a, as: w}\n  - {check: {memory: a, owner: c}}\n"
			    "  - {by: c, load: {memory: a, result-of: w}}\n");
}

/* What is not inherited, and what was not there, a child does not have. */
static void test_child_has_what_was_copied_alone(void **state)
{
	(void)state;
	passes_on_both(FORK "  - {by: c, load: k, expect: rejected EFAULT}\n"
			    "  - {by: c, load: z, expect: rejected EFAULT}\n  - {by: c, load: a}\n");
}

/* A call means the page that the caller has at that address: a map after the parting pins the new one. */
static void test_map_pins_what_is_there_now(void **state)
{
	(void)state;
	passes_on_both("  - {by: p1, take: {device: nic}}\n  - {by: p1, space: {}, as: s}\n"
		       "  - {by: p1, attach: {device: nic, space: s}}\n" FORK
		       "  - {by: p1, map: {space: s, at: i, to: a}}\n"
		       "  - {dma: {device: nic, at: i, access: write}, as: w, expect: reaches b}\n"
		       "  - {by: p1, load: {memory: a, result-of: w}}\n  - {check: {memory: b, pinned: true}}\n");
	passes_on_both(MAPPED FORK
		       "  - {by: p1, store: a}\n"
		       "  - {dma: {device: nic, at: i, access: write}, as: w, expect: reaches a}\n"
		       "  - {by: p1, load: {memory: a, result-of: w}}\n  - {check: {memory: a, owner: p1}}\n");
}

/* A space that has no table yet pins later: then it is the parent's page all the same. */
static void test_space_without_a_table_means_the_parent(void **state)
{
	(void)state;
	passes_on_both("  - {by: p1, take: {device: nic}}\n  - {by: p1, space: {}, as: s}\n"
		       "  - {by: p1, map: {space: s, at: i, to: a}}\n" FORK "  - {by: p1, store: a}\n"
		       "  - {by: p1, attach: {device: nic, space: s}}\n"
		       "  - {dma: {device: nic, at: i, access: write}, as: w, expect: reaches a}\n"
		       "  - {by: p1, load: {memory: a, result-of: w}}\n");
}

/* A page of two processes is not free. */
static void test_shared_page_is_not_handed_on(void **state)
{
	(void)state;
	passes_on_both(FORK "  - {reuse: {memory: a, to: p2}, expect: rejected EBUSY}\n  - {by: c, exit: {}}\n"
			    "  - {reuse: {memory: a, to: p2}}\n");
}

/* A device that shares the tables of its process writes what its process has, whoever parts the page; for reading the
   page is there, for writing one that cannot ask for it gets a fault. */
static void test_bound_pasid_means_the_parent(void **state)
{
	(void)state;
	passes_on_both("  - {by: p1, sva-bind: {device: acc}, as: w}\n"
		       "  - {dma: {device: acc, pasid: w, at: va(a), access: write}, expect: reaches a}\n" FORK
		       "  - {by: c, store: b}\n  - {by: p1, store: a, as: w1}\n"
		       "  - {dma: {device: acc, pasid: w, at: va(a), access: write}, as: w2, expect: reaches a}\n"
		       "  - {by: p1, load: {memory: a, result-of: w2}}\n");
	passes_on_both("  - {by: p1, sva-bind: {device: acc}, as: w}\n" FORK "  - {by: p1, store: a}\n"
		       "  - {dma: {device: acc, pasid: w, at: va(a), access: write}, expect: reaches b}\n"
		       "  - {dma: {device: acc, pasid: w, at: va(a)}, expect: reaches b}\n"
		       "  - {by: p1, munmap: a}\n  - {dma: {device: acc, pasid: w, at: va(a)}, expect: fault}\n");
	passes_on_both("  - {by: p1, sva-bind: {device: old}, as: w}\n" FORK
		       "  - {dma: {device: old, pasid: w, at: va(a)}, expect: reaches a}\n"
		       "  - {dma: {device: old, pasid: w, at: va(a), access: write}, expect: fault}\n"
		       "  - {by: p1, store: a}\n"
		       "  - {dma: {device: old, pasid: w, at: va(a), access: write}, expect: reaches b}\n");
	passes_on_both("  - {by: p1, sva-bind: {device: old}, as: w}\n" FORK "  - {by: c, exit: {}}\n"
		       "  - {dma: {device: old, pasid: w, at: va(a), access: write}, expect: fault}\n"
		       "  - {by: p1, store: a}\n"
		       "  - {dma: {device: old, pasid: w, at: va(a), access: write}, expect: reaches a}\n");
}

/* Files stay open until the last process that has them ends, and so do spaces, attachments and pins. */
static void test_files_stay_open(void **state)
{
	(void)state;
	passes_on_both(MAPPED FORK "  - {by: p1, exit: {}}\n  - {check: {memory: a, pinned: true}}\n"
				   "  - {dma: {device: nic, at: i}, expect: reaches a}\n"
				   "  - {by: p2, take: {device: nic}, expect: rejected}\n"
				   "  - {reuse: {memory: a, to: p2}, expect: rejected EBUSY}\n"
				   "  - {by: c, exit: {}}\n  - {dma: {device: nic, at: i}, expect: fault}\n"
				   "  - {reuse: {memory: a, to: p2}}\n  - {by: p2, take: {device: nic}}\n");
	passes_on_both(MAPPED FORK "  - {by: c, exit: {}}\n  - {dma: {device: nic, at: i}, expect: reaches a}\n"
				   "  - {by: p1, exit: {}}\n  - {dma: {device: nic, at: i}, expect: fault}\n");
	passes_on_both(MAPPED FORK "  - {by: p1, exit: {}}\n  - {by: c, exit: {}}\n"
				   "  - {by: p1, take: {device: nic}}\n  - {by: p1, space: {}, as: again}\n"
				   "  - {by: p1, attach: {device: nic, space: again}}\n"
				   "  - {by: p1, map: {space: again, at: i, to: a}}\n"
				   "  - {dma: {device: nic, at: i}, expect: reaches a}\n");
}

/* The last child that ends closes what was its parent's, in its parent's name: also what an mdev's driver has pinned.
 */
static void test_last_child_closes_in_its_parents_name(void **state)
{
	(void)state;
	passes_on_both("  - {by: p1, take: {device: m}}\n  - {by: p1, space: {}, as: s}\n"
		       "  - {by: p1, attach: {device: m, space: s}}\n  - {by: p1, map: {space: s, at: i, to: a}}\n"
		       "  - {pin: {device: m, at: i}, as: g}\n"
		       "  - {by: host, dma-map: {device: par, memory: g}, as: h}\n" FORK
		       "  - {by: p1, exit: {}}\n  - {dma: {device: m, at: h}, expect: reaches a}\n"
		       "  - {by: c, exit: {}}\n  - {dma: {device: m, at: h}, expect: fault}\n");
}

/* The tables of a process that has ended are empty, and page requests find nothing; the PASID is bound until the end.
 */
static void test_bond_outlives_the_address_space(void **state)
{
	(void)state;
	passes_on_both("  - {by: p1, sva-bind: {device: acc}, as: w}\n" FORK "  - {by: p1, exit: {}}\n"
		       "  - {dma: {device: acc, pasid: w, at: va(a)}, expect: fault}\n"
		       "  - {by: p2, sva-bind: {device: acc}, as: w2}\n"
		       "  - {dma: {device: acc, pasid: w2, at: va(z)}, expect: reaches z}\n"
		       "  - {by: c, exit: {}}\n  - {dma: {device: acc, pasid: w2, at: va(z)}, expect: reaches z}\n");
}

/* A crash kernel has no processes. */
static void test_kexec_ends_children(void **state)
{
	(void)state;
	expect_passed(HEAD MACHINE MAPPED FORK
		      "  - {by: p1, exit: {}}\n  - {kexec: {}}\n  - {by: p1, fork: {}, as: e}\n"
		      "  - {by: e, exit: {}}\n  - {by: p1, exit: {}}\n"
		      "expect:\n  - {policy: iommufd, set: {kexec_tables: reset}, verdict: safe, basis: I}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages_part_with_the_first_write),
		cmocka_unit_test(test_last_of_a_page_keeps_it),
		cmocka_unit_test(test_child_has_what_was_copied_alone),
		cmocka_unit_test(test_map_pins_what_is_there_now),
		cmocka_unit_test(test_space_without_a_table_means_the_parent),
		cmocka_unit_test(test_shared_page_is_not_handed_on),
		cmocka_unit_test(test_bound_pasid_means_the_parent),
		cmocka_unit_test(test_files_stay_open),
		cmocka_unit_test(test_last_child_closes_in_its_parents_name),
		cmocka_unit_test(test_bond_outlives_the_address_space),
		cmocka_unit_test(test_kexec_ends_children),
	};
	return cmocka_run_group_tests_name("replay-fork", tests, NULL, NULL);
}
