/* SPDX-License-Identifier: MIT */
/*
 * Processes' address spaces behind PASIDs: drivers/iommu/iommu-sva.c and io-pgfault.c. Machine: x and y are processes;
 * nic, far (on another unit) and plain (no capability) have kernel drivers, mine is a user's to take, soc is a platform
 * master. Of x's memory `late` is not faulted in yet.
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

struct lab {
	struct bench b;
	uint16_t x, y, nic, far, plain, mine, soc, page, late, other;
};

static uint16_t capable(struct bench *b, const char *name, enum device_driver driver)
{
	uint16_t device = bench_device(b, name, driver);
	b->machine->devices[device].ats = b->machine->devices[device].pri = true;
	b->machine->devices[device].pasid_bits = 20;
	return device;
}

static void lab_declare(struct lab *l)
{
	struct bench *b = &l->b;
	bench_open(b, "iommufd");
	uint16_t second = bench_unit(b, "iommu1");
	l->x = bench_owner(b, "x");
	l->y = bench_owner(b, "y");
	l->nic = capable(b, "nic", DRIVER_HOST);
	l->far = capable(b, "far", DRIVER_HOST);
	l->plain = bench_device(b, "plain", DRIVER_HOST);
	l->mine = capable(b, "mine", DRIVER_USER);
	l->soc = bench_device(b, "soc", DRIVER_HOST);
	b->machine->devices[l->soc].kind = DEVICE_PLATFORM;
	b->machine->devices[l->soc].pasid_bits = 8;
	bench_serve(b, l->far, second);
	l->page = bench_memory(b, "page", l->x, 0x2000);
	l->late = bench_memory(b, "late", l->x, 0x1000);
	l->other = bench_memory(b, "other", l->y, 0x1000);
	b->machine->memories[l->late].present = false;
	b->machine->memories[l->other].va = UINT64_C(0x123456000); /* where x has nothing */
	b->machine->memories[l->other].va_given = true;
}

static void lab_open(struct lab *l)
{
	lab_declare(l);
	bench_start(&l->b);
}

static uint32_t stream_of(const struct lab *l, uint16_t device)
{
	return l->b.machine->devices[device].stream;
}

static uint64_t reach(const struct lab *l, uint16_t device, uint32_t pasid, uint16_t memory)
{
	return bench_reach_pasid(&l->b, device, pasid, bench_va(&l->b, memory));
}

/* --- bonds --- */

static void test_sva_bind_has_what_is_resident(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	assert_true(reach(&l, l.nic, 4, l.page) == bench_pa(&l.b, l.page));
	assert_true(reach(&l, l.nic, 4, l.late) == UINT64_MAX);
	assert_true(reach(&l, l.nic, 4, l.other) == UINT64_MAX);
	assert_true(reach(&l, l.nic, 5, l.page) == UINT64_MAX);
	bench_close(&l.b);
}

static void test_sva_bind_one_table_a_unit_until_the_last_goes(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 9, l.x), 0);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 5, l.y), 0);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.far, 4, l.x), 0);
	assert_int_equal(fake_domains_live(l.b.units[0], DOMAIN_SVA), 2);
	assert_int_equal(fake_domains_live(l.b.units[1], DOMAIN_SVA), 1);
	assert_int_equal(uapi_sva_unbind(l.b.uapi, l.x, l.nic, 4), 0);
	assert_true(reach(&l, l.nic, 4, l.page) == UINT64_MAX);
	assert_true(reach(&l, l.nic, 9, l.page) == bench_pa(&l.b, l.page));
	assert_int_equal(uapi_sva_unbind(l.b.uapi, l.x, l.nic, 9), 0);
	assert_int_equal(fake_domains_live(l.b.units[0], DOMAIN_SVA), 1);
	bench_close(&l.b);
}

static void test_sva_bind_impossible_says_why(void **state)
{
	struct lab l;
	struct uapi *uapi;
	(void)state;
	lab_declare(&l);
	uint16_t none = capable(&l.b, "none", DRIVER_NONE);
	bench_start(&l.b);
	uapi = l.b.uapi;
	l.b.units[0]->last_pasid = 0xff;
	assert_int_equal(uapi_take(uapi, l.y, l.mine), 0);
	assert_int_equal(uapi_sva_bind(uapi, l.mine, 4, l.x), -ENOTTY);
	assert_int_equal(uapi_sva_bind(uapi, none, 4, l.x), -ENODEV);
	assert_int_equal(uapi_sva_bind(uapi, l.plain, 4, l.x), -EINVAL);
	assert_int_equal(uapi_sva_bind(uapi, l.nic, 0, l.x), -EINVAL);
	assert_int_equal(uapi_sva_bind(uapi, l.nic, 1u << 20, l.x), -EOVERFLOW);
	assert_int_equal(uapi_sva_bind(uapi, l.nic, 0x100, l.x), -EINVAL);
	assert_int_equal(fake_domains_live(l.b.units[0], DOMAIN_SVA), 0);
	assert_int_equal(uapi_sva_bind(uapi, l.nic, 0xff, l.x), 0);
	assert_int_equal(uapi_sva_bind(uapi, l.nic, 0xff, l.y), -EBUSY);
	assert_int_equal(uapi_sva_bind(uapi, l.nic, 0xff, MACHINE_HOST), -EBUSY);
	bench_close(&l.b);
}

static void test_sva_bind_refused_leaves_nothing(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l);
	uint64_t hash = arena_hash(l.b.arena);
	unsigned features = bench_features(&l.b, l.nic);
	static const int errors[] = {-ENOMEM, -ETIMEDOUT, -EOPNOTSUPP};
	for (int i = 0; i < 3; i++) {
		l.b.units[0]->fail_pasid = errors[i];
		l.b.units[0]->pasid_once = true;
		assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), errors[i]);
		assert_int_equal(l.b.units[0]->pasid_count, 0);
	}
	l.b.units[0]->fail_map = -ENOMEM;
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), -ENOMEM);
	assert_int_equal(fake_domains_live(l.b.units[0], DOMAIN_SVA), 0);
	assert_int_equal(bench_features(&l.b, l.nic), features);
	assert_true(arena_hash(l.b.arena) == hash);
	bench_close(&l.b);
}

static void test_sva_bind_faults_wait_for_answers_until_the_driver_goes(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l);
	assert_int_equal(bench_features(&l.b, l.nic), FEATURE_ATS | FEATURE_PASID);
	assert_int_equal(bench_features(&l.b, l.soc), FEATURE_PASID);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.soc, 4, l.x), 0);
	assert_int_equal(bench_features(&l.b, l.nic), FEATURE_ATS | FEATURE_PASID | FEATURE_PRI);
	assert_int_equal(bench_features(&l.b, l.soc), FEATURE_PASID | FEATURE_STALL);
	assert_int_equal(uapi_driver_unbind(l.b.uapi, l.nic), 0);
	assert_int_equal(bench_features(&l.b, l.nic), FEATURE_ATS | FEATURE_PASID);
	assert_int_equal(l.b.units[0]->pasid_count, 1);
	bench_close(&l.b);
}

/* iommu_sva_bind_device(): a reference for each bind, one number for an address space. */
static void test_sva_bind_again_lasts_for_as_many_unbinds(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	assert_int_equal(uapi_sva_unbind(l.b.uapi, l.x, l.nic, 4), 0);
	assert_true(reach(&l, l.nic, 4, l.page) == bench_pa(&l.b, l.page));
	assert_int_equal(uapi_sva_unbind(l.b.uapi, l.x, l.nic, 4), 0);
	assert_true(reach(&l, l.nic, 4, l.page) == UINT64_MAX);
	assert_int_equal(uapi_sva_unbind(l.b.uapi, l.x, l.nic, 4), -EINVAL);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	assert_int_equal(uapi_exit(l.b.uapi, l.x), 0); /* whatever was not undone */
	assert_true(reach(&l, l.nic, 4, l.page) == UINT64_MAX);
	bench_close(&l.b);
}

static void test_sva_pasid_is_the_same_on_all_devices(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 1, l.y), 0);
	assert_int_equal(uapi_sva_pasid(l.b.uapi, l.nic, l.x), 2);
	assert_int_equal(uapi_sva_pasid(l.b.uapi, l.far, l.x), 2); /* though 1 is free there */
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.far, 7, l.x), 0);
	assert_int_equal(uapi_sva_pasid(l.b.uapi, l.nic, l.x), 7);
	assert_int_equal(uapi_sva_pasid(l.b.uapi, l.nic, l.y), 1);
	bench_close(&l.b);
}

static void test_sva_pasid_is_free_when_the_rule_says_so(void **state)
{
	struct lab l;
	(void)state;
	for (int unbind = 0; unbind < 2; unbind++) {
		lab_declare(&l);
		bench_set(&l.b, "pasid_lifetime", unbind ? "unbind" : "mm");
		bench_start(&l.b);
		assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 1, l.x), 0);
		assert_int_equal(uapi_sva_bind(l.b.uapi, l.far, 1, l.x), 0);
		assert_int_equal(uapi_sva_unbind(l.b.uapi, l.x, l.nic, 1), 0);
		assert_int_equal(uapi_sva_pasid(l.b.uapi, l.nic, l.y), 2);
		assert_int_equal(uapi_sva_unbind(l.b.uapi, l.x, l.far, 1), 0);
		assert_int_equal(uapi_sva_pasid(l.b.uapi, l.nic, l.y), unbind ? 1 : 2);
		assert_int_equal(uapi_exit(l.b.uapi, l.x), 0);
		assert_int_equal(uapi_sva_pasid(l.b.uapi, l.nic, l.y), 1);
		bench_close(&l.b);
	}
}

/* --- the kernel's own --- */

static void test_kernel_pasid_has_what_the_dma_api_maps(void **state)
{
	struct lab l;
	uint64_t iova;
	(void)state;
	lab_open(&l);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 3, MACHINE_HOST), 0);
	assert_int_equal(bench_dma_map(&l.b, MACHINE_HOST, l.nic, l.page, &iova), 0);
	assert_true(bench_reach_pasid(&l.b, l.nic, 3, iova) == bench_pa(&l.b, l.page));
	assert_true(reach(&l, l.nic, 3, l.page) == UINT64_MAX);
	assert_true(bench_reach_pasid(&l.b, l.nic, 3, LAYOUT_DIRECT_MAP + bench_pa(&l.b, l.page)) == UINT64_MAX);
	assert_int_equal(fake_domains_live(l.b.units[0], DOMAIN_SVA), 0);
	assert_int_equal(bench_features(&l.b, l.nic), FEATURE_ATS | FEATURE_PASID); /* nobody serves page requests */
	assert_int_equal(bench_page_request(&l.b, l.nic, 3, 1, bench_va(&l.b, l.page)), PAGE_RESPONSE_INVALID);
	assert_int_equal(uapi_sva_unbind(l.b.uapi, l.x, l.nic, 3), -EINVAL);
	assert_int_equal(uapi_sva_unbind(l.b.uapi, MACHINE_HOST, l.nic, 3), 0);
	assert_true(bench_reach_pasid(&l.b, l.nic, 3, iova) == UINT64_MAX);
	assert_true(bench_reach(&l.b, l.nic, iova) == bench_pa(&l.b, l.page));
	bench_close(&l.b);
}

static void test_kernel_pasid_follows_the_default_domain(void **state)
{
	struct lab l;
	uint64_t iova;
	(void)state;
	lab_declare(&l);
	bench_set(&l.b, "domain_type_change", "any");
	bench_start(&l.b);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 3, MACHINE_HOST), 0);
	domain_handle old = l.b.units[0]->pasids[0].domain;
	assert_int_equal(uapi_domain_type(l.b.uapi, l.nic, KERNEL_DMA_IDENTITY), 0);
	assert_int_not_equal(l.b.units[0]->pasids[0].domain, old);
	assert_int_equal(uapi_domain_type(l.b.uapi, l.nic, KERNEL_DMA_STRICT), 0);
	assert_int_equal(bench_dma_map(&l.b, MACHINE_HOST, l.nic, l.page, &iova), 0);
	assert_true(bench_reach_pasid(&l.b, l.nic, 3, iova) == bench_pa(&l.b, l.page));
	bench_close(&l.b);
}

static void test_kernel_page_table_has_all_and_is_not_flushed(void **state)
{
	struct lab l;
	(void)state;
	lab_declare(&l);
	uint16_t module = bench_memory(&l.b, "module", MACHINE_HOST, 0x1000);
	bench_set(&l.b, "kernel_pasid", "supervisor_sva");
	bench_start(&l.b);
	uint64_t direct = LAYOUT_DIRECT_MAP + bench_pa(&l.b, l.other);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 3, MACHINE_HOST), 0);
	assert_true(reach(&l, l.nic, 3, module) == bench_pa(&l.b, module));
	assert_true(bench_reach_pasid(&l.b, l.nic, 3, direct) == bench_pa(&l.b, l.other));
	assert_int_equal(uapi_munmap(l.b.uapi, MACHINE_HOST, module), 0);
	assert_true(reach(&l, l.nic, 3, module) == UINT64_MAX);
	assert_int_equal(l.b.units[0]->syncs, 0);
	assert_int_equal(uapi_sva_unbind(l.b.uapi, MACHINE_HOST, l.nic, 3), 0);
	assert_int_equal(fake_domains_live(l.b.units[0], DOMAIN_SVA), 0);
	bench_close(&l.b);
}

static void test_sva_unbind_by_others_is_refused(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	assert_int_equal(uapi_sva_unbind(l.b.uapi, l.y, l.nic, 4), -EINVAL);
	assert_int_equal(uapi_sva_unbind(l.b.uapi, l.x, l.nic, 5), -EINVAL);
	assert_int_equal(uapi_sva_unbind(l.b.uapi, MACHINE_HOST, l.nic, 4), 0);
	assert_int_equal(uapi_sva_unbind(l.b.uapi, l.x, l.nic, 4), -EINVAL);
	bench_close(&l.b);
}

static void test_sva_table_that_hardware_keeps_is_emptied_and_not_used_again(void **state)
{
	struct lab l;
	uint64_t pa;
	(void)state;
	lab_open(&l);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	domain_handle old = l.b.units[0]->pasids[0].domain;
	l.b.units[0]->fail_free = -ETIMEDOUT;
	assert_int_equal(uapi_sva_unbind(l.b.uapi, l.x, l.nic, 4), 0);
	assert_false(l.b.units[0]->base.ops->lookup(&l.b.units[0]->base, old, bench_va(&l.b, l.page), &pa));
	assert_int_equal(uapi_page_release(l.b.uapi, l.page), 0);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	assert_int_not_equal(l.b.units[0]->pasids[0].domain, old);
	l.b.units[0]->fail_free = 0;
	assert_int_equal(uapi_sva_unbind(l.b.uapi, l.x, l.nic, 4), 0);
	assert_int_equal(fake_domains_live(l.b.units[0], DOMAIN_SVA), 0);
	bench_close(&l.b);
}

static void test_exit_ends_the_bonds_of_its_address_space(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 5, l.y), 0);
	assert_int_equal(uapi_exit(l.b.uapi, l.x), 0);
	assert_true(reach(&l, l.nic, 4, l.page) == UINT64_MAX);
	assert_true(reach(&l, l.nic, 5, l.other) == bench_pa(&l.b, l.other));
	bench_close(&l.b);
}

static void test_unplug_takes_bonds_and_waiting_requests_along(void **state)
{
	struct lab l;
	(void)state;
	lab_declare(&l);
	bench_set(&l.b, "prq_drain", "false");
	bench_start(&l.b);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	fake_page_request(l.b.units[0], stream_of(&l, l.nic), 4, 1, 0x123000, false);
	assert_int_equal(uapi_page_requests(l.b.uapi, 8), 1);
	assert_int_equal(arena_count(l.b.arena, l.b.uapi->pending), 1);
	assert_int_equal(uapi_unplug(l.b.uapi, l.nic), 0);
	assert_int_equal(arena_count(l.b.arena, l.b.uapi->pending), 0);
	assert_int_equal(l.b.units[0]->pasid_count, 0);
	assert_int_equal(bench_features(&l.b, l.nic), 0);
	assert_int_equal(uapi_hotplug(l.b.uapi, l.nic), 0);
	assert_int_equal(bench_features(&l.b, l.nic), FEATURE_ATS | FEATURE_PASID);
	bench_close(&l.b);
}

/* --- page requests --- */

static void test_page_request_faults_in_for_every_unit(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.far, 7, l.x), 0);
	assert_int_equal(bench_page_request(&l.b, l.nic, 4, 1, bench_va(&l.b, l.late)), PAGE_RESPONSE_SUCCESS);
	assert_true(reach(&l, l.nic, 4, l.late) == bench_pa(&l.b, l.late));
	assert_true(reach(&l, l.far, 7, l.late) == bench_pa(&l.b, l.late));
	assert_int_equal(l.b.answers[0].by, l.x);
	assert_int_equal(l.b.answers[0].device, l.nic);
	assert_int_equal(l.b.answers[0].code, PAGE_RESPONSE_SUCCESS);
	bench_close(&l.b);
}

static void test_page_request_beyond_the_address_space_is_invalid(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	assert_int_equal(bench_page_request(&l.b, l.nic, 4, 1, bench_va(&l.b, l.other)), PAGE_RESPONSE_INVALID);
	assert_int_equal(bench_page_request(&l.b, l.nic, 4, 2, 0), PAGE_RESPONSE_INVALID);
	assert_int_equal(l.b.answers[1].by, l.x);
	assert_int_equal(bench_page_request(&l.b, l.nic, 6, 3, bench_va(&l.b, l.page)), PAGE_RESPONSE_INVALID);
	assert_int_equal(l.b.answers[2].by, MACHINE_NONE);
	bench_close(&l.b);
}

static void test_page_request_that_one_unit_has_no_room_for_is_taken_back(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.far, 7, l.x), 0);
	l.b.units[1]->fail_map = -ENOMEM;
	assert_int_equal(bench_page_request(&l.b, l.nic, 4, 1, bench_va(&l.b, l.late)), PAGE_RESPONSE_INVALID);
	assert_true(reach(&l, l.nic, 4, l.late) == UINT64_MAX);
	assert_int_equal(l.b.units[0]->syncs, 1);
	l.b.units[1]->fail_map = 0;
	assert_int_equal(bench_page_request(&l.b, l.nic, 4, 2, bench_va(&l.b, l.late)), PAGE_RESPONSE_SUCCESS);
	assert_true(reach(&l, l.nic, 4, l.late) == bench_pa(&l.b, l.late));
	bench_close(&l.b);
}

static void test_page_request_group_is_answered_once_and_errors_stick(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l);
	struct fake_driver *unit = l.b.units[0];
	uint32_t nic = stream_of(&l, l.nic);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	fake_page_request(unit, nic, 4, 1, bench_va(&l.b, l.page), false);
	fake_page_request(unit, nic, 4, 1, 0, false);
	fake_page_request(unit, nic, 4, 2, bench_va(&l.b, l.page), true);
	fake_page_request(unit, nic, 4, 1, bench_va(&l.b, l.late), true);
	assert_int_equal(uapi_page_requests(l.b.uapi, 8), 4);
	assert_int_equal(unit->answer_count, 2);
	assert_int_equal(fake_answered(unit, nic, 4, 2), PAGE_RESPONSE_SUCCESS);
	assert_int_equal(fake_answered(unit, nic, 4, 1), PAGE_RESPONSE_INVALID);
	assert_true(reach(&l, l.nic, 4, l.late) == UINT64_MAX); /* not looked at any more */
	assert_int_equal(bench_page_request(&l.b, l.nic, 4, 1, bench_va(&l.b, l.late)), PAGE_RESPONSE_SUCCESS);
	bench_close(&l.b);
}

static void test_page_request_stop_marker_is_not_answered(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	fake_page_request(l.b.units[0], stream_of(&l, l.nic), 4, 1, 0, true);
	l.b.units[0]->faults[0].request.read = false;
	assert_int_equal(uapi_page_requests(l.b.uapi, 8), 1);
	assert_int_equal(l.b.units[0]->answer_count, 0);
	assert_int_equal(l.b.answer_count, 0);
	bench_close(&l.b);
}

static void test_page_requests_as_many_as_asked(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	for (uint16_t i = 0; i < 3; i++)
		fake_page_request(l.b.units[0], stream_of(&l, l.nic), 4, i, bench_va(&l.b, l.page), true);
	assert_int_equal(uapi_page_requests(l.b.uapi, 2), 2);
	assert_int_equal(l.b.units[0]->answer_count, 2);
	assert_int_equal(uapi_page_requests(l.b.uapi, 2), 1);
	bench_close(&l.b);
}

static void test_stall_of_a_platform_master_is_served_and_answered(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.soc, 4, l.x), 0);
	fake_page_request(l.b.units[0], stream_of(&l, l.soc), 4, 0, bench_va(&l.b, l.late), false);
	l.b.units[0]->faults[0].stalled = true;
	assert_int_equal(uapi_page_requests(l.b.uapi, 8), 1);
	assert_int_equal(fake_answered(l.b.units[0], stream_of(&l, l.soc), 4, 0), PAGE_RESPONSE_SUCCESS);
	bench_close(&l.b);
}

/* --- draining --- */

static void test_sva_unbind_refuses_what_waits(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l);
	struct fake_driver *unit = l.b.units[0];
	uint32_t nic = stream_of(&l, l.nic);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 5, l.x), 0);
	fake_page_request(unit, nic, 4, 1, bench_va(&l.b, l.late), true);
	fake_page_request(unit, nic, 5, 2, bench_va(&l.b, l.late), true);
	fake_page_request(unit, nic, 4, 3, bench_va(&l.b, l.late), false);
	assert_int_equal(uapi_sva_unbind(l.b.uapi, l.x, l.nic, 4), 0);
	assert_int_equal(unit->drains, 1);
	assert_int_equal(unit->fault_count, 1);
	assert_int_equal(unit->answer_count, 1);
	assert_int_equal(fake_answered(unit, nic, 4, 1), PAGE_RESPONSE_INVALID);
	assert_int_equal(l.b.answers[0].by, MACHINE_NONE); /* it was looked up nowhere */
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.y), 0);
	assert_int_equal(uapi_page_requests(l.b.uapi, 8), 1);
	assert_int_equal(fake_answered(unit, nic, 5, 2), PAGE_RESPONSE_SUCCESS);
	bench_close(&l.b);
}

static void test_sva_unbind_error_of_a_group_does_not_reach_the_next_owner(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	fake_page_request(l.b.units[0], stream_of(&l, l.nic), 4, 1, 0, false);
	assert_int_equal(uapi_page_requests(l.b.uapi, 8), 1);
	assert_int_equal(uapi_sva_unbind(l.b.uapi, l.x, l.nic, 4), 0);
	assert_int_equal(arena_count(l.b.arena, l.b.uapi->pending), 0);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.y), 0);
	assert_int_equal(bench_page_request(&l.b, l.nic, 4, 1, bench_va(&l.b, l.other)), PAGE_RESPONSE_SUCCESS);
	bench_close(&l.b);
}

static void test_sva_unbind_without_draining_the_next_owner_answers(void **state)
{
	struct lab l;
	(void)state;
	lab_declare(&l);
	bench_set(&l.b, "prq_drain", "false");
	bench_start(&l.b);
	struct fake_driver *unit = l.b.units[0];
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	fake_page_request(unit, stream_of(&l, l.nic), 4, 1, bench_va(&l.b, l.other), true);
	assert_int_equal(uapi_sva_unbind(l.b.uapi, l.x, l.nic, 4), 0);
	assert_int_equal(unit->drains, 0);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.y), 0);
	assert_int_equal(uapi_page_requests(l.b.uapi, 8), 1);
	assert_int_equal(fake_answered(unit, stream_of(&l, l.nic), 4, 1), PAGE_RESPONSE_SUCCESS);
	assert_int_equal(l.b.answers[0].by, l.y);
	bench_close(&l.b);
}

/* --- memory --- */

static void test_munmap_takes_the_page_from_every_table_and_waits(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.far, 4, l.x), 0);
	assert_int_equal(uapi_munmap(l.b.uapi, l.y, l.page), -EINVAL);
	assert_int_equal(uapi_munmap(l.b.uapi, l.x, l.page), 0);
	assert_true(reach(&l, l.nic, 4, l.page) == UINT64_MAX);
	assert_true(reach(&l, l.far, 4, l.page) == UINT64_MAX);
	assert_int_equal(l.b.units[0]->syncs, 1);
	assert_int_equal(l.b.units[1]->syncs, 1);
	assert_int_equal(uapi_munmap(l.b.uapi, l.x, l.page), -EINVAL);
	assert_int_equal(bench_page_request(&l.b, l.nic, 4, 1, bench_va(&l.b, l.page)), PAGE_RESPONSE_INVALID);
	assert_int_equal(uapi_munmap(l.b.uapi, l.x, l.late), 0); /* where nothing was behind it yet */
	assert_int_equal(l.b.units[0]->syncs, 1);
	bench_close(&l.b);
}

static void test_munmap_time_out_does_not_bring_the_page_back(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	l.b.units[0]->fail_sync = -ETIMEDOUT;
	assert_int_equal(uapi_munmap(l.b.uapi, l.x, l.page), 0);
	assert_true(reach(&l, l.nic, 4, l.page) == UINT64_MAX);
	assert_int_equal(uapi_page_release(l.b.uapi, l.page), 0);
	bench_close(&l.b);
}

static void test_page_release_waits_for_address_spaces_in_use(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.x), 0);
	assert_int_equal(uapi_page_release(l.b.uapi, l.page), -EBUSY);
	assert_int_equal(uapi_page_release(l.b.uapi, l.late), 0);
	assert_int_equal(uapi_page_release(l.b.uapi, l.other), 0);
	assert_int_equal(uapi_sva_unbind(l.b.uapi, l.x, l.nic, 4), 0);
	assert_int_equal(uapi_page_release(l.b.uapi, l.page), 0);
	uapi_page_given(l.b.uapi, l.page, l.y);
	assert_int_equal(uapi_sva_bind(l.b.uapi, l.nic, 4, l.y), 0);
	assert_true(reach(&l, l.nic, 4, l.page) == UINT64_MAX); /* nothing says where y would have it */
	bench_close(&l.b);
}

#define TEST(name) cmocka_unit_test(test_##name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sva_bind_has_what_is_resident),
		TEST(sva_bind_one_table_a_unit_until_the_last_goes),
		TEST(sva_bind_impossible_says_why),
		TEST(sva_bind_refused_leaves_nothing),
		TEST(sva_bind_faults_wait_for_answers_until_the_driver_goes),
		TEST(sva_bind_again_lasts_for_as_many_unbinds),
		TEST(sva_pasid_is_the_same_on_all_devices),
		TEST(sva_pasid_is_free_when_the_rule_says_so),
		TEST(kernel_pasid_has_what_the_dma_api_maps),
		TEST(kernel_pasid_follows_the_default_domain),
		TEST(kernel_page_table_has_all_and_is_not_flushed),
		TEST(sva_unbind_by_others_is_refused),
		TEST(sva_table_that_hardware_keeps_is_emptied_and_not_used_again),
		TEST(exit_ends_the_bonds_of_its_address_space),
		TEST(unplug_takes_bonds_and_waiting_requests_along),
		TEST(page_request_faults_in_for_every_unit),
		TEST(page_request_beyond_the_address_space_is_invalid),
		TEST(page_request_that_one_unit_has_no_room_for_is_taken_back),
		TEST(page_request_group_is_answered_once_and_errors_stick),
		TEST(page_request_stop_marker_is_not_answered),
		TEST(page_requests_as_many_as_asked),
		TEST(stall_of_a_platform_master_is_served_and_answered),
		TEST(sva_unbind_refuses_what_waits),
		TEST(sva_unbind_error_of_a_group_does_not_reach_the_next_owner),
		TEST(sva_unbind_without_draining_the_next_owner_answers),
		TEST(munmap_takes_the_page_from_every_table_and_waits),
		TEST(munmap_time_out_does_not_bring_the_page_back),
		TEST(page_release_waits_for_address_spaces_in_use),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
