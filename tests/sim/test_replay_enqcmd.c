/* SPDX-License-Identifier: MIT */
/* Work that CPUs submit, from text to verdict, on both kinds. */
#include "replayed.h"

#define HEAD                                                                                         \
	"name: t\ntitle: T\nsource: {author: A, date: 2021-06-14, document: d}\nclaim: c\n"          \
	"invariants: [dma-confined, pasid-exclusive, unmap-effective]\n"                             \
	"machine:\n  owners: {p1: process, p2: process, v1: vm}\n"                                   \
	"  devices: {d: {driver: host, pasid-bits: 8, pri: true, mdevs: {m1: {pasid: 9}}}, e: {}}\n" \
	"  memory: {heap: {of: p1, va: 0x10000}, late: {of: p1, present: false}, kbuf: {of: host}}\nrun:\n"
#define BOUND HEAD "  - {by: p1, sva-bind: {device: d}, as: w}\n"
#define WORK  "  - {by: p1, label: work, enqcmd: {device: d, pasid: w, at: va(heap)}, expect: reaches heap}\n"
#define SAFE  "expect:\n  - {policy: [iommufd, kernel-dma], verdict: safe, basis: I}\n"

/* The run fails, since nothing explains why the step does not take place. */
static void expect_no_portal(const char *text)
{
	struct replayed out;

	replay_with(text, NULL, &out);
	assert_int_equal(out.status, IOSIM_FAILED);
	assert_non_null(strstr(out.text, "skipped: p1 has no access to d"));
	clear(&out);
}

static void test_enqcmd_needs_a_portal(void **state)
{
	(void)state;
	expect_passed(BOUND WORK SAFE);
	expect_no_portal(HEAD "  - {by: p2, sva-bind: {device: d}, as: w}\n" WORK SAFE);
}

/* After the last unbind it is still mapped, and nothing is behind the PASID. */
static void test_enqcmd_portal_outlives_the_bond(void **state)
{
	(void)state;
	expect_passed(BOUND "  - {by: p1, sva-bind: {device: d}, as: w2}\n"
			    "  - {by: p1, sva-unbind: {device: d, pasid: w}}\n" WORK
			    "  - {by: p1, sva-unbind: {device: d, pasid: w2}}\n"
			    "  - {by: p1, enqcmd: {device: d, pasid: w, at: va(heap)}, expect: fault}\n" SAFE);
}

static void test_enqcmd_portal_is_gone_with_process_driver_and_device(void **state)
{
	static const char *const ends[] = {"{by: p1, exit: {}}", "{driver-unbind: {device: d}}",
					   "{unplug: {device: d}}"};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
		g_autofree char *text =
			g_strconcat(BOUND WORK "  - ", ends[i],
				    "\n  - {by: p1, enqcmd: {device: d, pasid: w, at: va(heap)}}\n" SAFE, NULL);

		expect_no_portal(text);
	}
}

static void test_enqcmd_page_is_asked_for(void **state)
{
	(void)state;
	expect_passed(BOUND
		      "  - {by: p1, enqcmd: {device: d, pasid: w, at: va(late), access: write}, expect: reaches late}\n"
		      "  - {by: p1, enqcmd: {device: d, pasid: w, at: 0x5000}, expect: fault}\n" SAFE);
}

/* The kernel gives the PASID with the instruction, and is not checked. */
static void test_enqcmd_of_the_host_goes_by_any_pasid(void **state)
{
	(void)state;
	expect_passed(BOUND "  - {by: host, label: any, enqcmd: {device: d, pasid: w, at: va(heap)}, expect: fault}\n"
			    "expect:\n  - {policy: iommufd, basis: I,\n     verdict: [violates dma-confined at any, "
			    "violates pasid-exclusive at any]}\n");
}

/* An instruction of the CPU waits for no call of the kernel. */
static void test_enqcmd_takes_place_within_a_call(void **state)
{
	(void)state;
	expect_passed(BOUND WORK "  - {by: p1, sva-bind: {device: d}, as: again}\n"
				 "  - parallel:\n"
				 "      one: [{by: p1, split: true, munmap: heap}]\n"
				 "      two: [{by: p1, label: within, enqcmd: {device: d, pasid: w, at: va(heap)}, "
				 "expect: reaches heap or fault or page-request}]\n" SAFE);
}

static void test_sva_bond_again_is_one_bond(void **state)
{
	(void)state;
	expect_passed(BOUND "  - {by: p1, sva-bind: {device: d}}\n"
			    "  - {by: p1, dma: {device: d, pasid: w, at: va(heap)}, expect: reaches heap}\n"
			    "  - {by: host, sva-unbind: {device: d, pasid: w}}\n"
			    "  - {by: p1, dma: {device: d, pasid: w, at: va(heap)}, expect: reaches heap}\n"
			    "  - {by: host, sva-unbind: {device: d, pasid: w}}\n"
			    "  - {dma: {device: d, pasid: w, at: va(heap)}, expect: fault}\n" SAFE);
}

/* Twice bound, the kernel's own PASID goes by the DMA API until both are undone. */
static void test_kernel_pasid_goes_by_the_dma_api(void **state)
{
	(void)state;
	expect_passed(HEAD "  - {by: host, sva-bind: {device: d, pasid: 3}}\n"
			   "  - {by: host, sva-bind: {device: d, pasid: 3}}\n"
			   "  - {by: host, dma-map: {device: d, memory: kbuf}, as: k}\n"
			   "  - {by: host, sva-unbind: {device: d, pasid: 3}}\n"
			   "  - {dma: {device: d, pasid: 3, at: k, access: write}, expect: reaches kbuf}\n"
			   "  - {dma: {device: d, pasid: 3, at: va(kbuf)}, expect: fault}\n"
			   "  - {by: host, dma-unmap: {handle: k}}\n"
			   "  - {dma: {device: d, pasid: 3, at: k}, expect: fault}\n"
			   "  - {by: host, sva-unbind: {device: d, pasid: 3}}\n" SAFE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enqcmd_needs_a_portal),
		cmocka_unit_test(test_enqcmd_portal_outlives_the_bond),
		cmocka_unit_test(test_enqcmd_portal_is_gone_with_process_driver_and_device),
		cmocka_unit_test(test_enqcmd_page_is_asked_for),
		cmocka_unit_test(test_enqcmd_of_the_host_goes_by_any_pasid),
		cmocka_unit_test(test_enqcmd_takes_place_within_a_call),
		cmocka_unit_test(test_sva_bond_again_is_one_bond),
		cmocka_unit_test(test_kernel_pasid_goes_by_the_dma_api),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
