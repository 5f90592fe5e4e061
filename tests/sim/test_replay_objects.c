/* SPDX-License-Identifier: MIT */
/* Raw calls of iommufd about objects from text to verdict: what the model knows of them, and what is compared. */
#include "replayed.h"

#define HEAD                                                                                                           \
	"name: t\ntitle: T\nsource: {author: A, date: 2024-07-15, document: d}\nclaim: c\ninvariants: [dma-confined, " \
	"unmap-effective]\nmachine:\n  owners: {p1: process}\n  devices: {nic: {ats: true, pri: true, pasid-bits: "    \
	"8}}\n"                                                                                                        \
	"  memory: {a: {of: p1}, b: {of: p1}, c: {of: p1, size: 8K}}\nrun:\n  - {take: {device: nic}}\n  - {space: "   \
	"{}, as: "                                                                                                     \
	"s}\n"                                                                                                         \
	"  - {map: {space: s, at: 0x10000, to: a}}\n"
#define VERDICT(text) "expect:\n  - {policy: iommufd, basis: I, verdict: " text "}\n"

/* The space is what the model knows a page table as: it is there after the table is gone. */
static void test_space_outlives_its_page_table(void **state)
{
	(void)state;
	expect_passed(HEAD "  - {iommufd.hwpt-alloc: {device: nic, space: s}, as: t}\n"
			   "  - {attach: {device: nic, space: t}}\n"
			   "  - {replace: {device: nic, space: s}}\n"
			   "  - {destroy: {space: t}}\n"
			   "  - {dma: {device: nic, at: 0x10000}, expect: reaches a}\n"
			   "  - {unmap: {space: s, at: 0x10000}, inject: skip-iotlb-flush}\n"
			   "  - {label: late, dma: {device: nic, at: 0x10000}, expect: fault}\n" VERDICT(
				   "violates unmap-effective at late"));
}

/* What VFIO's calls map and unmap is the model's to know, too. */
static void test_vfio_calls_are_known_to_the_model(void **state)
{
	(void)state;
	expect_passed(HEAD "  - {attach: {device: nic, space: s}}\n"
			   "  - {iommufd.vfio-ioas: {what: set, space: s}}\n"
			   "  - {iommufd.vfio-map: {at: 0x20000, to: b}}\n"
			   "  - {dma: {device: nic, at: 0x20000}, expect: reaches b}\n"
			   "  - {iommufd.vfio-unmap: {at: 0x20000, size: 4K}, inject: skip-iotlb-flush}\n"
			   "  - {label: late, dma: {device: nic, at: 0x20000}, expect: fault}\n" VERDICT(
				   "violates unmap-effective at late"));
}

/* Of an unmap that fails at a part of an area: what lies before it is gone, for the model too, and the rest is not. */
static void test_what_a_failed_unmap_took_is_known_to_the_model(void **state)
{
	(void)state;
	expect_passed(HEAD
		      "  - {attach: {device: nic, space: s}}\n  - {map: {space: s, at: 0x11000, to: b}}\n"
		      "  - {map: {space: s, at: 0x20000, to: c}}\n"
		      "  - {dma: {device: nic, at: 0x11000}, expect: reaches b}\n"
		      "  - {label: part, unmap: {space: s, at: 0x11000, size: 0x10000}, inject: skip-iotlb-flush}\n"
		      "  - {dma: {device: nic, at: 0x20000}, expect: reaches c}\n"
		      "  - {dma: {device: nic, at: 0x10000}, expect: reaches a}\n"
		      "  - {label: late, dma: {device: nic, at: 0x11000}, expect: fault}\n" VERDICT(
			      "[rejected ENOENT at part, violates unmap-effective at late]"));
	expect_passed(HEAD "  - {attach: {device: nic, space: s}}\n  - {iommufd.vfio-ioas: {what: set, space: s}}\n"
			   "  - {map: {space: s, at: 0x20000, to: c}}\n"
			   "  - {dma: {device: nic, at: 0x10000}, expect: reaches a}\n"
			   "  - {label: part, iommufd.vfio-unmap: {at: 0x10000, size: 0x11000}, inject: "
			   "skip-iotlb-flush}\n"
			   "  - {label: late, dma: {device: nic, at: 0x10000}, expect: fault}\n" VERDICT(
				   "[rejected ENOENT at part, violates unmap-effective at late]"));
}

/* A unit that takes no PASIDs: none can be attached, and a request with one reaches nothing. */
static void test_unit_without_pasids_attaches_none(void **state)
{
	(void)state;
	expect_passed("name: t\ntitle: T\nsource: {author: A, date: 2024-07-15, document: d}\nclaim: c\ninvariants: "
		      "[dma-confined]\nmachine:\n  iommus: {u: {pasid: false}}\n  owners: {p1: process}\n  devices: "
		      "{nic: {pasid-bits: 8}}\n  memory: {a: {of: p1}}\nrun:\n  - {take: {device: nic}}\n  - {space: "
		      "{pasid: true}, as: s}\n  - {map: {space: s, at: 0x10000, to: a}}\n  - {label: there, attach: "
		      "{device: nic, pasid: 5, space: s}}\n  - {dma: {device: nic, pasid: 5, at: 0x10000}, expect: "
		      "fault}\n" VERDICT("rejected EINVAL at there"));
}

/* A page request of a page table with a queue waits until it is answered, whatever is done meanwhile. */
static void test_page_request_waits_for_its_cookie(void **state)
{
	(void)state;
	expect_passed(HEAD "  - {iommufd.fault-queue-alloc: {}, as: fq}\n"
			   "  - {iommufd.hwpt-alloc: {device: nic, space: s, pasid: true, faults: fq}, as: t}\n"
			   "  - {attach: {device: nic, space: t, pasid: 5}}\n"
			   "  - {dma: {device: nic, pasid: 5, at: 0x20000}, as: one, expect: page-request}\n"
			   "  - {dma: {device: nic, pasid: 5, at: 0x30000}, as: two, expect: page-request}\n"
			   "  - {iommufd.fault-read: {queue: fq, room: 1, request: one, cookie: 1, count: 1}}\n"
			   "  - {iommufd.fault-read: {queue: fq, request: two, cookie: 2, count: 1}}\n"
			   "  - {map: {space: s, at: 0x30000, to: b}}\n"
			   "  - {iommufd.fault-respond: {queue: fq, cookie: 2, code: success}}\n"
			   "  - {resume: {request: two}, expect: reaches b}\n"
			   "  - {iommufd.fault-respond: {queue: fq, cookie: 1, code: invalid}}\n"
			   "  - {resume: {request: one}, expect: fault}\n" VERDICT("safe"));
}

/* Each comparison can fail. */
static void test_answers_that_differ_are_told(void **state)
{
	static const struct {
		const char *step, *said;
	} rows[] = {
		{"  - {iommufd.fault-read: {queue: fq, count: 1}}\n", "there are 0 requests"},
		{"  - {iommufd.fault-read: {queue: fq, cookie: 1}}\n", "there is no request"},
		{"  - {iommufd.option: {option: huge-pages, space: s, get: 0}}\n", "it is 1"},
		{"  - {iommufd.option: {option: rlimit-mode, get: 1}}\n", "it is 0"},
		{"  - {iommufd.get-hw-info: {device: nic, pasid-bits: 7}}\n", "a PASID has 8 bits"},
		{"  - {iommufd.get-hw-info: {device: nic, ats: false}}\n", "ATS: it can"},
		{"  - {iommufd.vfio-ioas: {what: set, space: s2}}\n  - {iommufd.vfio-ioas: {what: get, space: s}}\n",
		 "it is another space"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		g_autofree char *text =
			g_strconcat(HEAD "  - {iommufd.fault-queue-alloc: {}, as: fq}\n  - {space: {}, as: s2}\n",
				    rows[i].step, VERDICT("safe"), NULL);
		struct replayed out;

		replay_with(text, NULL, &out);
		assert_int_equal(out.status, IOSIM_FAILED);
		if (!strstr(out.text, rows[i].said))
			fail_msg("not '%s' in:\n%s", rows[i].said, out.text);
		clear(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_space_outlives_its_page_table),
		cmocka_unit_test(test_vfio_calls_are_known_to_the_model),
		cmocka_unit_test(test_unit_without_pasids_attaches_none),
		cmocka_unit_test(test_what_a_failed_unmap_took_is_known_to_the_model),
		cmocka_unit_test(test_page_request_waits_for_its_cookie),
		cmocka_unit_test(test_answers_that_differ_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
