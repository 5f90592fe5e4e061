/* SPDX-License-Identifier: MIT */
/*
 * Function level resets in two parts, and what may happen in between: pci_dev_reset_iommu_prepare() and _done().
 * Machine: nic has ATS and PASIDs, f0 and f1 are one group with ATS, plain has none; k is a kernel driver's.
 */
#include "bench.h"
#include "uapi/state.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct ward {
	struct bench b;
	uint16_t p1, p2, nic, f0, f1, plain, k, page;
	space_handle space;
};

static void with_ats(struct ward *w, uint16_t device)
{
	w->b.machine->devices[device].ats = w->b.machine->devices[device].pri = true;
	w->b.machine->devices[device].pasid_bits = 20;
}

static void ward_declare(struct ward *w, const char *kernel)
{
	struct bench *b = &w->b;
	bench_open(b, "iommufd");
	bench_set(b, "kernel", kernel);
	w->p1 = bench_owner(b, "p1");
	w->p2 = bench_owner(b, "p2");
	w->nic = bench_device(b, "nic", DRIVER_USER);
	w->f0 = bench_device(b, "f0", DRIVER_USER);
	w->f1 = bench_function(b, "f1", DRIVER_USER, w->f0);
	w->plain = bench_device(b, "plain", DRIVER_USER);
	w->k = bench_device(b, "k", DRIVER_HOST);
	with_ats(w, w->nic);
	with_ats(w, w->f0);
	with_ats(w, w->f1);
	with_ats(w, w->k);
	w->page = bench_memory(b, "page", w->p1, 0x1000);
}

/* p1 has the device, attached to a space that has the page at 0x10000. */
static void ward_open(struct ward *w, const char *kernel, uint16_t *device)
{
	ward_declare(w, kernel);
	bench_start(&w->b);
	assert_int_equal(uapi_take(w->b.uapi, w->p1, *device), 0);
	w->space = bench_fault_space(&w->b, w->p1);
	assert_int_equal(uapi_attach(w->b.uapi, w->p1, *device, w->space), 0);
	assert_int_equal(bench_map(&w->b, w->p1, w->space, 0x10000, w->page), 0);
	w->b.resets[*device] = 0;
}

static bool reaches(const struct ward *w, uint16_t device)
{
	return bench_reach(&w->b, device, 0x10000) == bench_pa(&w->b, w->page);
}

static void test_reset_with_ats_is_blocked_meanwhile(void **state)
{
	struct ward w;
	(void)state;
	ward_open(&w, "7.0", &w.nic);
	assert_int_equal(uapi_reset_begin(w.b.uapi, w.p1, w.nic), 0);
	assert_int_equal(w.b.reset_under[w.nic], DOMAIN_BLOCKED); /* before it began */
	assert_int_equal(bench_serving(&w.b, w.nic), DOMAIN_BLOCKED);
	assert_int_equal(uapi_reset_end(w.b.uapi, w.p1, w.nic), 0);
	assert_int_equal(w.b.reset_ended[w.nic], DOMAIN_BLOCKED); /* still, when it ended */
	assert_int_equal(w.b.resets[w.nic], 1);
	assert_true(reaches(&w, w.nic));
	bench_close(&w.b);
}

static void test_reset_where_kernels_ignore_ats_goes_on_serving(void **state)
{
	struct ward w;
	(void)state;
	ward_open(&w, "6.15", &w.nic);
	assert_int_equal(uapi_reset_begin(w.b.uapi, w.p1, w.nic), 0);
	assert_true(reaches(&w, w.nic));
	space_handle other = bench_pasid_space(&w.b, w.p1);
	assert_int_equal(uapi_attach_pasid(w.b.uapi, w.p1, w.nic, 5, w.space), 0);
	assert_int_equal(uapi_replace(w.b.uapi, w.p1, w.nic, other), 0);
	assert_int_equal(uapi_reset_end(w.b.uapi, w.p1, w.nic), 0);
	assert_int_equal(bench_serving(&w.b, w.nic), DOMAIN_USER);
	bench_close(&w.b);
}

static void test_reset_without_ats_is_not_parked(void **state)
{
	struct ward w;
	(void)state;
	ward_open(&w, "7.0", &w.plain);
	assert_int_equal(uapi_reset_begin(w.b.uapi, w.p1, w.plain), 0);
	assert_true(reaches(&w, w.plain));
	assert_int_equal(uapi_replace(w.b.uapi, w.p1, w.plain, bench_space(&w.b, w.p1)), 0);
	assert_int_equal(uapi_reset_end(w.b.uapi, w.p1, w.plain), 0);
	bench_close(&w.b);
}

/* What a kernel asks is whether the device could use ATS, not whether its unit lets it. */
static void test_reset_with_ats_that_the_unit_lacks_is_parked_all_the_same(void **state)
{
	struct ward w;
	(void)state;
	ward_open(&w, "7.0", &w.nic);
	w.b.units[0]->base.ops->set_features(&w.b.units[0]->base, w.b.machine->devices[w.nic].stream, 0);
	assert_int_equal(uapi_reset_begin(w.b.uapi, w.p1, w.nic), 0);
	assert_int_equal(bench_serving(&w.b, w.nic), DOMAIN_BLOCKED);
	bench_close(&w.b);
}

static void test_reset_untrusted_is_not_parked(void **state)
{
	struct ward w;
	(void)state;
	ward_declare(&w, "7.0");
	w.b.machine->devices[w.nic].trusted = false;
	bench_start(&w.b);
	assert_int_equal(uapi_take(w.b.uapi, w.p1, w.nic), 0);
	w.space = bench_space(&w.b, w.p1);
	assert_int_equal(uapi_attach(w.b.uapi, w.p1, w.nic, w.space), 0);
	assert_int_equal(uapi_reset_begin(w.b.uapi, w.p1, w.nic), 0);
	assert_int_equal(bench_serving(&w.b, w.nic), DOMAIN_USER);
	bench_close(&w.b);
}

static void test_reset_attach_meanwhile_is_busy(void **state)
{
	struct ward w;
	(void)state;
	ward_open(&w, "7.0", &w.nic);
	struct uapi *uapi = w.b.uapi;
	space_handle other = bench_pasid_space(&w.b, w.p1);
	assert_int_equal(uapi_attach_pasid(uapi, w.p1, w.nic, 5, w.space), 0);
	assert_int_equal(uapi_reset_begin(uapi, w.p1, w.nic), 0);
	uint64_t hash = arena_hash(w.b.arena);
	assert_int_equal(uapi_attach(uapi, w.p1, w.nic, other), -EBUSY);
	assert_int_equal(uapi_replace(uapi, w.p1, w.nic, other), -EBUSY);
	assert_int_equal(uapi_attach_pasid(uapi, w.p1, w.nic, 6, other), -EBUSY);
	assert_int_equal(uapi_replace_pasid(uapi, w.p1, w.nic, 5, other), -EBUSY);
	assert_int_equal(uapi_replace(uapi, w.p1, w.nic, w.space), 0); /* it is there already */
	assert_int_equal(uapi_replace_pasid(uapi, w.p1, w.nic, 5, w.space), 0);
	assert_true(arena_hash(w.b.arena) == hash);
	assert_int_equal(uapi_reset_end(uapi, w.p1, w.nic), 0);
	assert_int_equal(uapi_attach_pasid(uapi, w.p1, w.nic, 6, other), 0);
	bench_close(&w.b);
}

static void test_reset_claim_and_sva_meanwhile_are_busy(void **state)
{
	struct ward w;
	(void)state;
	ward_declare(&w, "7.0");
	bench_start(&w.b);
	assert_int_equal(uapi_reset_begin(w.b.uapi, MACHINE_HOST, w.k), 0);
	assert_int_equal(uapi_sva_bind(w.b.uapi, w.k, 4, w.p1), -EBUSY);
	assert_int_equal(uapi_reset_end(w.b.uapi, MACHINE_HOST, w.k), 0);
	assert_int_equal(uapi_sva_bind(w.b.uapi, w.k, 4, w.p1), 0);
	assert_int_equal(uapi_reset_begin(w.b.uapi, MACHINE_HOST, w.nic), 0);
	assert_int_equal(uapi_take(w.b.uapi, w.p1, w.nic), -EBUSY);
	assert_int_equal(uapi_reset_end(w.b.uapi, MACHINE_HOST, w.nic), 0);
	assert_int_equal(uapi_take(w.b.uapi, w.p1, w.nic), 0);
	bench_close(&w.b);
}

static void test_reset_pasids_are_parked_and_come_back(void **state)
{
	struct ward w;
	(void)state;
	ward_open(&w, "7.0", &w.nic);
	struct uapi *uapi = w.b.uapi;
	assert_int_equal(uapi_attach_pasid(uapi, w.p1, w.nic, 5, w.space), 0);
	assert_int_equal(uapi_reset_begin(uapi, w.p1, w.nic), 0);
	assert_true(bench_reach_pasid(&w.b, w.nic, 5, 0x10000) == UINT64_MAX);
	assert_int_equal(uapi_detach(uapi, w.p1, w.nic), 0);
	assert_int_equal(uapi_destroy(uapi, w.p1, w.space), -EBUSY); /* the PASID has it still */
	assert_int_equal(uapi_reset_end(uapi, w.p1, w.nic), 0);
	assert_true(bench_reach_pasid(&w.b, w.nic, 5, 0x10000) == bench_pa(&w.b, w.page));
	bench_close(&w.b);
}

static void test_reset_of_sva_comes_back_to_the_address_space_as_it_is_then(void **state)
{
	struct ward w;
	(void)state;
	ward_declare(&w, "7.0");
	uint16_t second = bench_memory(&w.b, "second", w.p1, 0x1000);
	bench_start(&w.b);
	struct uapi *uapi = w.b.uapi;
	assert_int_equal(uapi_sva_bind(uapi, w.k, 4, w.p1), 0);
	assert_int_equal(uapi_reset_begin(uapi, MACHINE_HOST, w.k), 0);
	assert_int_equal(w.b.units[0]->pasid_count, 0);
	assert_int_equal(uapi_munmap(uapi, w.p1, second), 0);
	assert_int_equal(uapi_reset_end(uapi, MACHINE_HOST, w.k), 0);
	assert_true(bench_reach_pasid(&w.b, w.k, 4, bench_va(&w.b, w.page)) == bench_pa(&w.b, w.page));
	assert_true(bench_reach_pasid(&w.b, w.k, 4, bench_va(&w.b, second)) == UINT64_MAX);
	bench_close(&w.b);
}

static void test_reset_refuses_what_waits_for_an_answer(void **state)
{
	struct ward w;
	(void)state;
	ward_open(&w, "7.0", &w.nic);
	struct uapi *uapi = w.b.uapi;
	struct fake_driver *unit = w.b.units[0];
	uint32_t stream = w.b.machine->devices[w.nic].stream;
	assert_int_equal(uapi_attach_pasid(uapi, w.p1, w.nic, 5, w.space), 0);
	assert_int_equal(bench_page_request(&w.b, w.nic, 5, 1, 0x20000), -1);
	fake_page_request(unit, stream, 5, 2, 0x30000, true);
	assert_int_equal(uapi_reset_begin(uapi, w.p1, w.nic), 0);
	assert_int_equal(fake_answered(unit, stream, 5, 1), PAGE_RESPONSE_INVALID);
	assert_int_equal(fake_answered(unit, stream, 5, 2), PAGE_RESPONSE_INVALID);
	assert_int_equal(uapi_page_response(uapi, w.p1, w.nic, 5, 1, PAGE_RESPONSE_SUCCESS), -ENOENT);
	bench_close(&w.b);
}

static void test_reset_twice_or_by_others_is_refused(void **state)
{
	struct ward w;
	(void)state;
	ward_open(&w, "7.0", &w.nic);
	struct uapi *uapi = w.b.uapi;
	assert_int_equal(uapi_reset_end(uapi, w.p1, w.nic), -EINVAL);
	assert_int_equal(uapi_reset_begin(uapi, w.p2, w.nic), -EINVAL);
	assert_int_equal(uapi_reset_begin(uapi, w.p1, w.nic), 0);
	assert_int_equal(uapi_reset_begin(uapi, w.p1, w.nic), -EBUSY);
	assert_int_equal(uapi_reset(uapi, w.p1, w.nic), -EBUSY);
	assert_int_equal(uapi_reset_end(uapi, w.p2, w.nic), -EINVAL);
	assert_int_equal(uapi_reset_end(uapi, MACHINE_HOST, w.nic), 0);
	assert_int_equal(uapi_reset(uapi, w.p1, w.nic), 0);
	assert_int_equal(w.b.resets[w.nic], 2);
	bench_close(&w.b);
}

/* One at a time: the group remembers one blocked state. */
static void test_reset_of_two_members_at_once_is_busy(void **state)
{
	struct ward w;
	(void)state;
	ward_open(&w, "7.0", &w.f0);
	struct uapi *uapi = w.b.uapi;
	assert_int_equal(uapi_take(uapi, w.p1, w.f1), 0);
	assert_int_equal(uapi_reset_begin(uapi, w.p1, w.f0), 0);
	assert_true(reaches(&w, w.f1)); /* only the one that is reset is parked */
	assert_int_equal(uapi_reset_begin(uapi, w.p1, w.f1), -EBUSY);
	assert_int_equal(uapi_reset_end(uapi, w.p1, w.f1), -EINVAL);
	assert_int_equal(uapi_reset_end(uapi, w.p1, w.f0), 0);
	assert_int_equal(uapi_reset(uapi, w.p1, w.f1), 0);
	bench_close(&w.b);
}

static void test_reset_whose_parking_fails_has_not_begun(void **state)
{
	struct ward w;
	static const int errors[] = {-ENOMEM, -ETIMEDOUT};
	(void)state;
	ward_open(&w, "7.0", &w.nic);
	for (int i = 0; i < 2; i++) {
		w.b.units[0]->fail_attach = errors[i];
		w.b.units[0]->attach_once = true;
		assert_int_equal(uapi_reset(w.b.uapi, w.p1, w.nic), errors[i]);
		assert_int_equal(w.b.resets[w.nic], 0);
		assert_false(w.b.in_reset[w.nic]);
		assert_true(reaches(&w, w.nic));
	}
	assert_int_equal(uapi_reset(w.b.uapi, w.p1, w.nic), 0);
	bench_close(&w.b);
}

/* --- leaving in the middle --- */

static void test_reset_detach_of_a_sibling_moves_the_device_when_it_is_back(void **state)
{
	struct ward w;
	(void)state;
	ward_declare(&w, "7.0");
	bench_set(&w.b, "detach_target", "default");
	bench_start(&w.b);
	struct uapi *uapi = w.b.uapi;
	assert_int_equal(uapi_take(uapi, w.p1, w.f0), 0);
	assert_int_equal(uapi_take(uapi, w.p1, w.f1), 0);
	w.space = bench_space(&w.b, w.p1);
	assert_int_equal(uapi_attach(uapi, w.p1, w.f1, w.space), 0);
	assert_int_equal(uapi_reset_begin(uapi, w.p1, w.f0), 0);
	assert_int_equal(uapi_detach(uapi, w.p1, w.f1), 0);
	assert_int_equal(bench_serving(&w.b, w.f1), DOMAIN_DMA);
	assert_int_equal(bench_serving(&w.b, w.f0), DOMAIN_BLOCKED);
	assert_int_equal(uapi_destroy(uapi, w.p1, w.space), 0);
	assert_int_equal(uapi_reset_end(uapi, w.p1, w.f0), 0);
	assert_int_equal(bench_serving(&w.b, w.f0), DOMAIN_DMA);
	bench_close(&w.b);
}

static void test_reset_release_in_the_middle_ends_it(void **state)
{
	struct ward w;
	(void)state;
	ward_open(&w, "7.0", &w.nic);
	assert_int_equal(uapi_attach_pasid(w.b.uapi, w.p1, w.nic, 5, w.space), 0);
	assert_int_equal(uapi_reset_begin(w.b.uapi, w.p1, w.nic), 0);
	assert_int_equal(uapi_release(w.b.uapi, w.p1, w.nic), 0);
	assert_false(w.b.in_reset[w.nic]);
	assert_int_equal(w.b.resets[w.nic], 2); /* and once more for the next user */
	assert_int_equal(bench_serving(&w.b, w.nic), DOMAIN_DMA);
	assert_int_equal(w.b.units[0]->pasid_count, 0);
	assert_int_equal(uapi_take(w.b.uapi, w.p2, w.nic), 0);
	bench_close(&w.b);
}

static void test_reset_unplug_in_the_middle_ends_it(void **state)
{
	struct ward w;
	(void)state;
	ward_declare(&w, "7.0");
	uint16_t none = bench_device(&w.b, "none", DRIVER_NONE);
	with_ats(&w, none);
	bench_start(&w.b);
	uint16_t devices[] = {w.k, w.nic, none};
	for (int i = 0; i < 3; i++) {
		assert_int_equal(uapi_reset_begin(w.b.uapi, MACHINE_HOST, devices[i]), 0);
		assert_int_equal(uapi_unplug(w.b.uapi, devices[i]), 0);
		assert_false(w.b.in_reset[devices[i]]);
		assert_int_equal(uapi_hotplug(w.b.uapi, devices[i]), 0);
		assert_int_equal(bench_serving(&w.b, devices[i]), DOMAIN_DMA);
		assert_int_equal(uapi_reset(w.b.uapi, MACHINE_HOST, devices[i]), 0);
	}
	bench_close(&w.b);
}

static void test_reset_driver_that_leaves_in_the_middle_waits_for_its_end(void **state)
{
	struct ward w;
	(void)state;
	ward_declare(&w, "7.0");
	bench_start(&w.b);
	assert_int_equal(uapi_sva_bind(w.b.uapi, w.k, 4, w.p1), 0);
	assert_int_equal(uapi_reset_begin(w.b.uapi, MACHINE_HOST, w.k), 0);
	assert_int_equal(uapi_driver_unbind(w.b.uapi, w.k), 0);
	assert_false(w.b.in_reset[w.k]);
	assert_int_equal(w.b.units[0]->pasid_count, 0);
	assert_int_equal(fake_domains_live(w.b.units[0], DOMAIN_SVA), 0);
	assert_int_equal(bench_serving(&w.b, w.k), DOMAIN_DMA);
	bench_close(&w.b);
}

static void test_reset_exit_of_the_address_space_in_the_middle_leaves_nothing_to_come_back(void **state)
{
	struct ward w;
	(void)state;
	ward_declare(&w, "7.0");
	bench_start(&w.b);
	assert_int_equal(uapi_sva_bind(w.b.uapi, w.k, 4, w.p1), 0);
	assert_int_equal(uapi_reset_begin(w.b.uapi, MACHINE_HOST, w.k), 0);
	assert_int_equal(uapi_exit(w.b.uapi, w.p1), 0);
	assert_int_equal(uapi_reset_end(w.b.uapi, MACHINE_HOST, w.k), 0);
	assert_int_equal(w.b.units[0]->pasid_count, 0);
	assert_int_equal(fake_domains_live(w.b.units[0], DOMAIN_SVA), 0);
	bench_close(&w.b);
}

/* --- reset_ats: defer --- */

static void ward_defer(struct ward *w)
{
	ward_declare(w, "7.0");
	bench_set(&w->b, "reset_ats", "defer");
	bench_start(&w->b);
}

static void test_reset_deferred_attach_takes_effect_when_it_is_over(void **state)
{
	struct ward w;
	(void)state;
	ward_defer(&w);
	struct uapi *uapi = w.b.uapi;
	assert_int_equal(uapi_reset_begin(uapi, MACHINE_HOST, w.nic), 0);
	assert_int_equal(uapi_take(uapi, w.p1, w.nic), 0); /* a claim is one that may wait too */
	space_handle first = bench_pasid_space(&w.b, w.p1), second = bench_pasid_space(&w.b, w.p1);
	assert_int_equal(bench_map(&w.b, w.p1, second, 0x10000, w.page), 0);
	assert_int_equal(uapi_attach(uapi, w.p1, w.nic, first), 0);
	assert_int_equal(uapi_replace(uapi, w.p1, w.nic, second), 0);
	assert_int_equal(uapi_attach_pasid(uapi, w.p1, w.nic, 5, first), 0);
	assert_int_equal(uapi_replace_pasid(uapi, w.p1, w.nic, 5, second), 0);
	assert_int_equal(uapi_attach_pasid(uapi, w.p1, w.nic, 6, second), 0);
	assert_int_equal(uapi_detach_pasid(uapi, w.p1, w.nic, 6), 0);
	assert_int_equal(bench_serving(&w.b, w.nic), DOMAIN_BLOCKED);
	assert_int_equal(w.b.units[0]->pasid_count, 0);
	assert_int_equal(uapi_reset_end(uapi, MACHINE_HOST, w.nic), 0);
	assert_true(reaches(&w, w.nic));
	assert_true(bench_reach_pasid(&w.b, w.nic, 5, 0x10000) == bench_pa(&w.b, w.page));
	assert_int_equal(w.b.units[0]->pasid_count, 1);
	bench_close(&w.b);
}

/* Attached and detached within: no attach is left to be carried out. */
static void test_reset_deferred_attach_can_be_taken_back(void **state)
{
	struct ward w;
	(void)state;
	ward_defer(&w);
	struct uapi *uapi = w.b.uapi;
	assert_int_equal(uapi_take(uapi, w.p1, w.nic), 0);
	space_handle space = bench_space(&w.b, w.p1);
	assert_int_equal(uapi_reset_begin(uapi, w.p1, w.nic), 0);
	assert_int_equal(uapi_attach(uapi, w.p1, w.nic, space), 0);
	assert_int_equal(uapi_detach(uapi, w.p1, w.nic), 0);
	assert_int_equal(uapi_destroy(uapi, w.p1, space), 0);
	assert_int_equal(uapi_reset_end(uapi, w.p1, w.nic), 0);
	assert_int_equal(bench_serving(&w.b, w.nic), DOMAIN_BLOCKED);
	assert_int_equal(fake_domains_live(w.b.units[0], DOMAIN_USER), 0);
	bench_close(&w.b);
}

/* A sibling with a requester ID of its own need not wait; one with the same would unblock the one that is reset. */
static void test_reset_defers_for_the_requester_not_for_the_group(void **state)
{
	(void)state;
	for (int same = 0; same < 2; same++) {
		struct ward w;
		ward_declare(&w, "7.0");
		bench_set(&w.b, "reset_ats", "defer");
		bench_start(&w.b);
		if (same)
			w.b.machine->devices[w.f1].stream = w.b.machine->devices[w.f0].stream;
		struct uapi *uapi = w.b.uapi;
		assert_int_equal(uapi_take(uapi, w.p1, w.f0), 0);
		assert_int_equal(uapi_take(uapi, w.p1, w.f1), 0);
		space_handle space = bench_space(&w.b, w.p1);
		assert_int_equal(bench_map(&w.b, w.p1, space, 0x10000, w.page), 0);
		assert_int_equal(uapi_reset_begin(uapi, w.p1, w.f0), 0);
		assert_int_equal(uapi_attach(uapi, w.p1, w.f1, space), 0);
		assert_true(reaches(&w, w.f1) == !same);
		assert_int_equal(bench_serving(&w.b, w.f0), DOMAIN_BLOCKED);
		assert_int_equal(uapi_reset_end(uapi, w.p1, w.f0), 0);
		assert_true(reaches(&w, w.f0) && reaches(&w, w.f1));
		bench_close(&w.b);
	}
}

#define TEST(name) cmocka_unit_test(test_reset_##name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(with_ats_is_blocked_meanwhile),
		TEST(deferred_attach_takes_effect_when_it_is_over),
		TEST(deferred_attach_can_be_taken_back),
		TEST(defers_for_the_requester_not_for_the_group),
		TEST(where_kernels_ignore_ats_goes_on_serving),
		TEST(without_ats_is_not_parked),
		TEST(with_ats_that_the_unit_lacks_is_parked_all_the_same),
		TEST(untrusted_is_not_parked),
		TEST(attach_meanwhile_is_busy),
		TEST(claim_and_sva_meanwhile_are_busy),
		TEST(pasids_are_parked_and_come_back),
		TEST(of_sva_comes_back_to_the_address_space_as_it_is_then),
		TEST(refuses_what_waits_for_an_answer),
		TEST(twice_or_by_others_is_refused),
		TEST(of_two_members_at_once_is_busy),
		TEST(whose_parking_fails_has_not_begun),
		TEST(detach_of_a_sibling_moves_the_device_when_it_is_back),
		TEST(release_in_the_middle_ends_it),
		TEST(unplug_in_the_middle_ends_it),
		TEST(driver_that_leaves_in_the_middle_waits_for_its_end),
		TEST(exit_of_the_address_space_in_the_middle_leaves_nothing_to_come_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
