/* SPDX-License-Identifier: MIT */
/* Where a group goes that nobody is attached to any more: detach_target previous. */
#include "office.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void open_going_back(struct office *o)
{
	office_declare(o, "iommufd", "7.0");
	bench_set(&o->b, "detach_target", "previous");
	bench_start(&o->b);
	uapi_take(o->b.uapi, o->p1, o->nic);
}

/* A table for what it goes back to is made anew, with what was mapped meanwhile; it goes with the claim. */
static void test_group_detach_goes_back_to_the_space_before(void **state)
{
	(void)state;
	struct office o;
	open_going_back(&o);
	space_handle s = bench_space(&o.b, o.p1), t = bench_space(&o.b, o.p1);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.nic, s), 0);
	assert_int_equal(uapi_detach(o.b.uapi, o.p1, o.nic), 0);
	assert_int_equal(bench_serving(&o.b, o.nic), DOMAIN_BLOCKED); /* as the claim had it */
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.nic, s), 0);
	assert_int_equal(uapi_replace(o.b.uapi, o.p1, o.nic, t), 0);
	assert_int_equal(uapi_space_page_tables(o.b.uapi, s), 0);
	bench_map(&o.b, o.p1, s, 0x10000, o.page);
	assert_int_equal(uapi_detach(o.b.uapi, o.p1, o.nic), 0);
	assert_int_equal(uapi_space_page_tables(o.b.uapi, s), 1);
	assert_int_equal(uapi_space_page_tables(o.b.uapi, t), 0);
	assert_int_equal(bench_reach(&o.b, o.nic, 0x10000), bench_pa(&o.b, o.page));
	/* Attached there, and detached again: it had that before. */
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.nic, s), 0);
	assert_int_equal(uapi_detach(o.b.uapi, o.p1, o.nic), 0);
	assert_int_equal(bench_reach(&o.b, o.nic, 0x10000), bench_pa(&o.b, o.page));
	assert_int_equal(uapi_release(o.b.uapi, o.p1, o.nic), 0);
	assert_int_equal(bench_serving(&o.b, o.nic), DOMAIN_DMA);
	assert_int_equal(uapi_space_page_tables(o.b.uapi, s), 0);
	assert_false(uapi_memory_pinned(o.b.uapi, o.page));
	bench_close(&o.b);
}

/* Destroyed before the detach or after it: then the group is blocked, whatever is in that slot now. */
static void test_group_detach_survives_the_end_of_the_space_before(void **state)
{
	(void)state;
	for (int early = 0; early < 2; early++) {
		struct office o;
		open_going_back(&o);
		space_handle s = bench_space(&o.b, o.p1), t = bench_space(&o.b, o.p1), other;
		assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.nic, s), 0);
		assert_int_equal(uapi_replace(o.b.uapi, o.p1, o.nic, t), 0);
		if (early)
			assert_int_equal(uapi_destroy(o.b.uapi, o.p1, s), 0);
		assert_int_equal(uapi_detach(o.b.uapi, o.p1, o.nic), 0);
		assert_int_equal(bench_serving(&o.b, o.nic), early ? DOMAIN_BLOCKED : DOMAIN_USER);
		if (!early)
			assert_int_equal(uapi_destroy(o.b.uapi, o.p1, s), 0);
		other = bench_space(&o.b, o.p1);
		bench_map(&o.b, o.p1, other, 0x10000, o.page);
		assert_int_equal(bench_serving(&o.b, o.nic), DOMAIN_BLOCKED);
		assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.nic, t), 0);
		assert_int_equal(uapi_detach(o.b.uapi, o.p1, o.nic), 0);
		assert_int_equal(bench_serving(&o.b, o.nic), DOMAIN_BLOCKED);
		assert_int_equal(uapi_release(o.b.uapi, o.p1, o.nic), 0);
		bench_close(&o.b);
	}
}

/* What was mapped meanwhile is where the device has a reserved range, or comes to be once it is back. */
static void test_group_detach_goes_back_only_where_it_fits(void **state)
{
	(void)state;
	struct office o;
	open_going_back(&o);
	uint64_t msi_first, msi_last;
	machine_msi_window(o.b.machine, o.b.machine->devices[o.nic].iommu, &msi_first, &msi_last);
	space_handle s = bench_space(&o.b, o.p1), t = bench_space(&o.b, o.p1);
	uapi_attach(o.b.uapi, o.p1, o.nic, s);
	uapi_replace(o.b.uapi, o.p1, o.nic, t);
	uapi_detach(o.b.uapi, o.p1, o.nic);
	struct uapi_target page = {.kind = UAPI_MEMORY, .index = o.page};
	assert_int_equal(uapi_map(o.b.uapi, o.p1, s, msi_first, page, 0x1000, UAPI_READ | UAPI_WRITE), -EINVAL);
	uapi_attach(o.b.uapi, o.p1, o.nic, t);
	assert_int_equal(uapi_map(o.b.uapi, o.p1, s, msi_first, page, 0x1000, UAPI_READ | UAPI_WRITE), 0);
	assert_int_equal(uapi_detach(o.b.uapi, o.p1, o.nic), 0);
	assert_int_equal(bench_serving(&o.b, o.nic), DOMAIN_BLOCKED);
	bench_close(&o.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_group_detach_goes_back_to_the_space_before),
		cmocka_unit_test(test_group_detach_survives_the_end_of_the_space_before),
		cmocka_unit_test(test_group_detach_goes_back_only_where_it_fits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
