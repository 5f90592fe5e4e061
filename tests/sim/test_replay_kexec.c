/* SPDX-License-Identifier: MIT */
/* What is left of one kernel when another has the machine. */
#include "replayed.h"

#define HEAD                                                                                \
	"name: t\ntitle: T\nsource: {author: A, date: 2021-06-14, document: d}\nclaim: c\n" \
	"invariants: [dma-confined, unmap-effective, pin-outlives-translation]\nlet: {i: 0x10000, j: 0x40000}\n"
#define MACHINE(iommu, device)                                                         \
	"machine:\n  iommus: {u: {" iommu "}}\n  owners: {p1: process, p2: process}\n" \
	"  devices: {d: {" device "}, e: {driver: host}}\n"                            \
	"  memory: {a: {of: p1}, b: {of: p2}, k: {of: host}, c: {of: host}}\nrun:\n"
#define ATTACHED                                        \
	"  - {by: p1, take: {device: d}}\n"             \
	"  - {by: p1, space: {}, as: s}\n"              \
	"  - {by: p1, attach: {device: d, space: s}}\n" \
	"  - {by: p1, map: {space: s, at: i, to: a}}\n" \
	"  - {dma: {device: d, at: i}, expect: reaches a}\n"
#define ROW(set) "expect:\n  - {policy: iommufd, set: {" set "}, verdict: safe, basis: I}\n"

/* The tables that hardware walks are copies, or the same; in either mode, also after they are not cached any more. */
static void test_kexec_keeps_what_tables_say(void **state)
{
	(void)state;
	static const char *const modes[] = {
		HEAD MACHINE("mode: legacy", "") ATTACHED,
		HEAD MACHINE("mode: scalable", "") ATTACHED,
		HEAD MACHINE("", "ats: true") ATTACHED,
	};
	for (unsigned i = 0; i < G_N_ELEMENTS(modes); i++) {
		g_autofree char *text =
			g_strconcat(modes[i],
				    "  - {by: host, dma-map: {device: e, memory: k}, as: h}\n  - {kexec: {}}\n"
				    "  - {dma: {device: d, at: i, access: write}, expect: reaches a}\n"
				    "  - {dma: {device: e, at: h}, expect: reaches k}\n  - {kexec: {}}\n"
				    "  - {dma: {device: d, at: i}, expect: reaches a}\n",
				    ROW("kexec_tables: keep"), NULL);
		expect_passed(text);
	}
}

/* A driver that probes changes nothing; its first mapping takes the device out of what was left of the old kernel. */
static void test_kexec_moves_a_device_with_its_first_mapping(void **state)
{
	(void)state;
	expect_passed(HEAD MACHINE("", "") "  - {by: host, dma-map: {device: e, memory: k}, as: h}\n  - {kexec: {}}\n"
					   "  - {by: host, command: {device: e, bus-master: false}}\n"
					   "  - {driver-bind: {device: e, driver: host}}\n"
					   "  - {dma: {device: e, at: h}, expect: reaches k}\n"
					   "  - {by: host, dma-map: {device: e, memory: c}, as: h2}\n"
					   "  - {by: host, dma-map: {device: e, memory: c}, as: h3}\n"
					   "  - {dma: {device: e, at: h3}, expect: reaches c}\n"
					   "  - {check: {device: e, domain: default}}\n" ROW("kexec_tables: keep"));
}

/* Nobody of the old kernel's has anything: names of its spaces and handles mean nothing to the new one. */
static void test_kexec_forgets_owners_and_spaces(void **state)
{
	(void)state;
	static const char *const ways[] = {"kexec_tables: keep", "kexec_tables: reset"};
	for (unsigned i = 0; i < G_N_ELEMENTS(ways); i++) {
		g_autofree char *text = g_strdup_printf(
			HEAD MACHINE("", "") ATTACHED
			"  - {by: host, dma-map: {device: e, memory: k}, as: h}\n  - {kexec: {}}\n"
			"  - {check: {memory: a, pinned: false}}\n  - {by: p1, space: {}, as: s3}\n"
			"  - {by: p1, map: {space: s, at: j, to: a}, expect: rejected ENOENT}\n"
			"  - {by: host, reset: {device: d}}\n"
			"  - {by: p2, take: {device: d}}\n  - {by: p2, space: {}, as: s2}\n"
			"  - {by: p2, attach: {device: d, space: s2}}\n  - {by: p2, map: {space: s2, at: j, to: b}}\n"
			"  - {dma: {device: d, at: j}, expect: reaches b}\n"
			"  - {dma: {device: d, at: i}, expect: fault}\n"
			"  - {check: {space: s2, page-tables: 1}}\n"
			"  - {by: p1, map: {space: s, at: j, to: a}, expect: rejected ENOENT}\n"
			"expect:\n  - {policy: iommufd, set: {%s}, verdict: safe, basis: I}\n",
			ways[i]);
		expect_passed(text);
	}
}

/* A page that the old tables lead to is not free because nobody has it pinned. */
static void test_kexec_leaves_pages_in_tables(void **state)
{
	(void)state;
	expect_passed(HEAD MACHINE("", "") ATTACHED
		      "  - {kexec: {}}\n  - {label: given, reuse: {memory: a, to: p2}}\n"
		      "expect:\n  - {policy: iommufd, set: {kexec_tables: keep}, basis: I, "
		      "verdict: violates pin-outlives-translation at given}\n"
		      "  - {policy: vfio-type1, set: "
		      "{kexec_tables: reset}, verdict: safe, basis: I}\n");
}

static void test_kexec_resets_a_unit(void **state)
{
	(void)state;
	expect_passed(HEAD MACHINE("", "") ATTACHED
		      "  - {kexec: {}}\n  - {dma: {device: d, at: i}, expect: fault}\n"
		      "  - {check: {device: d, domain: default}}\n"
		      "  - {dma: {device: d, at: hpa(c)}, expect: fault}\n"
		      "  - {by: host, command: {device: e, bus-master: false}}\n"
		      "  - {driver-bind: {device: e, driver: host}}\n"
		      "  - {by: host, dma-map: {device: e, memory: c}, as: h2}\n"
		      "  - {dma: {device: e, at: h2}, expect: reaches c}\n" ROW("kexec_tables: reset"));
}

/* What is off lets everything through until it is on again, and then nothing of the old kernel's. */
static void test_kexec_switches_a_unit_off(void **state)
{
	(void)state;
	expect_passed(
		HEAD MACHINE("", "") "  - {dma: {device: e, at: hpa(c)}, expect: fault}\n  - {kexec: {}}\n"
				     "  - {dma: {device: e, at: hpa(c)}, expect: reaches c}\n"
				     "  - {enable-translation: {iommu: u}}\n"
				     "  - {dma: {device: e, at: hpa(c)}, expect: fault}\n" ROW("kexec_tables: off"));
}

/* A unit that nobody has switched on stays off, whatever the rule. */
static void test_kexec_of_a_unit_that_is_off(void **state)
{
	(void)state;
	expect_passed(HEAD MACHINE("on: false", "") "  - {kexec: {}}\n"
						    "  - {dma: {device: e, at: hpa(c)}, expect: reaches c}\n"
						    "  - {enable-translation: {iommu: u}}\n"
						    "  - {dma: {device: e, at: hpa(c)}, expect: fault}\n" ROW(
							    "kexec_tables: reset"));
}

/* The drivers of mdevs are gone with their pins, and a process with its PASIDs. */
static void test_kexec_ends_mdevs_and_pasids(void **state)
{
	(void)state;
	expect_passed(HEAD "machine:\n  owners: {p1: process, p2: process}\n"
			   "  devices: {d: {driver: host, pasid-bits: 8, mdevs: {m: {}}}}\n"
			   "  memory: {a: {of: p1, va: 0x10000}, b: {of: p2, va: 0x10000}}\nrun:\n"
			   "  - {by: p1, take: {device: m}}\n  - {by: p1, space: {}, as: s}\n"
			   "  - {by: p1, attach: {device: m, space: s}}\n"
			   "  - {by: p1, map: {space: s, at: i, to: a}}\n  - {pin: {device: m, at: i}, as: g}\n"
			   "  - {by: p1, sva-bind: {device: d}, as: w}\n  - {kexec: {}}\n"
			   "  - {check: {memory: a, pinned: false}}\n"
			   "  - {by: host, command: {device: d, bus-master: false}}\n"
			   "  - {driver-bind: {device: d, driver: host}}\n"
			   "  - {by: p2, sva-bind: {device: d}, as: w2}\n"
			   "  - {dma: {device: d, pasid: w2, at: va(b)}, expect: reaches b}\n"
			   "expect:\n  - {policy: iommufd, set: {kexec_tables: reset}, verdict: safe, basis: I}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kexec_keeps_what_tables_say),
		cmocka_unit_test(test_kexec_moves_a_device_with_its_first_mapping),
		cmocka_unit_test(test_kexec_forgets_owners_and_spaces),
		cmocka_unit_test(test_kexec_leaves_pages_in_tables),
		cmocka_unit_test(test_kexec_resets_a_unit),
		cmocka_unit_test(test_kexec_switches_a_unit_off),
		cmocka_unit_test(test_kexec_of_a_unit_that_is_off),
		cmocka_unit_test(test_kexec_ends_mdevs_and_pasids),
	};
	return cmocka_run_group_tests_name("replay-kexec", tests, NULL, NULL);
}
