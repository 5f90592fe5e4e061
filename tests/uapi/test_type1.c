/* SPDX-License-Identifier: MIT */
/* VFIO type1, catalogue section 2.1: who gets a device, and how it is given back. */
#include "office.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_type1_take_group_with_kernel_driver_is_refused_by_version(void **state)
{
	(void)state;
	static const struct {
		const char *kernel;
		int error;
	} rows[] = {{"5.18", -EINVAL}, {"5.19", -EPERM}, {"6.2", -EPERM}, {"7.0", -EPERM}};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct office o;
		office_declare(&o, "vfio-type1", rows[i].kernel);
		o.b.machine->devices[o.f0].driver = DRIVER_HOST;
		bench_start(&o.b);
		assert_int_equal(uapi_take(o.b.uapi, o.p1, o.f1), rows[i].error);
		/* nothing is left of the attempt */
		assert_int_equal(bench_serving(&o.b, o.f0), DOMAIN_DMA);
		assert_int_equal(bench_serving(&o.b, o.f1), DOMAIN_DMA);
		assert_int_equal(fake_domains_live(o.b.units[0], DOMAIN_USER), 0);
		assert_int_equal(o.b.resets[o.f1], 0);
		assert_int_equal(uapi_driver_unbind(o.b.uapi, o.f0), 0);
		assert_int_equal(uapi_take(o.b.uapi, o.p1, o.f1), 0);
		bench_close(&o.b);
	}
}

static void test_type1_check_point_given_decides_the_errno(void **state)
{
	(void)state;
	struct office o;
	office_declare(&o, "vfio-type1", "7.0");
	bench_set(&o.b, "group_check_point", "get_device_fd");
	o.b.machine->devices[o.f0].driver = DRIVER_HOST;
	bench_start(&o.b);
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.f1), -EINVAL);
	assert_int_equal(bench_serving(&o.b, o.f0), DOMAIN_DMA);
	bench_close(&o.b);
}

/* The viability check of 5.18 comes after SET_IOMMU: the neighbour's domain is taken away and given back. */
static void test_type1_before_5_19_refusal_comes_after_the_move(void **state)
{
	(void)state;
	struct office o;
	office_declare(&o, "vfio-type1", "5.18");
	o.b.machine->devices[o.f0].driver = DRIVER_HOST;
	bench_start(&o.b);
	uint32_t before = o.b.units[0]->attaches;
	uapi_take(o.b.uapi, o.p1, o.f1);
	assert_int_equal(o.b.units[0]->attaches - before, 4); /* both functions, there and back */
	bench_close(&o.b);
}

static void test_type1_stub_and_driverless_siblings_are_viable(void **state)
{
	(void)state;
	static const enum device_driver siblings[] = {DRIVER_STUB, DRIVER_NONE, DRIVER_USER};
	for (unsigned i = 0; i < 3; i++) {
		struct office o;
		office_declare(&o, "vfio-type1", "5.18");
		o.b.machine->devices[o.f0].driver = siblings[i];
		bench_start(&o.b);
		assert_int_equal(uapi_take(o.b.uapi, o.p1, o.f1), 0);
		bench_close(&o.b);
	}
}

static void test_type1_take_stub_device_is_enodev(void **state)
{
	(void)state;
	struct office o;
	office_declare(&o, "vfio-type1", "7.0");
	o.b.machine->devices[o.nic].driver = DRIVER_STUB;
	bench_start(&o.b);
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), -ENODEV);
	assert_int_equal(bench_serving(&o.b, o.nic), DOMAIN_DMA);
	bench_close(&o.b);
}

static void test_type1_group_opens_once(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "vfio-type1", "7.0");
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.f0), 0);
	assert_int_equal(uapi_take(o.b.uapi, o.p2, o.f1), -EBUSY);
	assert_int_equal(uapi_take(o.b.uapi, o.p2, o.f0), -EBUSY);
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.f1), 0);
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.f1), 0); /* a device file more */
	assert_int_equal(uapi_release(o.b.uapi, o.p1, o.f0), 0);
	assert_int_equal(uapi_take(o.b.uapi, o.p2, o.f0), -EBUSY); /* f1 still holds the group */
	assert_int_equal(uapi_release(o.b.uapi, o.p1, o.f1), 0);
	assert_int_equal(uapi_take(o.b.uapi, o.p2, o.f0), 0);
	bench_close(&o.b);
}

static void test_type1_take_without_iommu_or_translation_is_einval(void **state)
{
	(void)state;
	for (int off = 0; off < 2; off++) {
		struct office o;
		office_declare(&o, "vfio-type1", "7.0");
		if (off)
			o.b.machine->iommus[0].on = false;
		else
			o.b.kind = IOMMU_NONE;
		bench_start(&o.b);
		assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), -EINVAL);
		bench_close(&o.b);
	}
}

static void test_type1_without_interrupt_remapping_is_eperm(void **state)
{
	(void)state;
	struct office o;
	office_declare(&o, "vfio-type1", "7.0");
	o.b.machine->iommus[0].interrupt_remapping = false;
	bench_start(&o.b);
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), -EPERM);
	assert_int_equal(bench_serving(&o.b, o.nic), DOMAIN_DMA);
	bench_close(&o.b);
}

/* Taken but not attached: an empty table of the user's own, never the kernel's domain. */
static void test_type1_taken_device_reaches_nothing(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "vfio-type1", "7.0");
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.f0), 0);
	assert_int_equal(bench_serving(&o.b, o.f1), DOMAIN_USER);
	assert_int_equal(bench_reach(&o.b, o.f1, 0x1000), UINT64_MAX);
	assert_int_equal(uapi_release(o.b.uapi, o.p1, o.f0), 0);
	assert_int_equal(bench_serving(&o.b, o.f1), DOMAIN_DMA);
	assert_int_equal(fake_domains_live(o.b.units[0], DOMAIN_USER), 0);
	bench_close(&o.b);
}

static void test_type1_locked_firmware_range_is_refused_by_version_and_unit(void **state)
{
	(void)state;
	static const struct {
		const char *kernel;
		enum iommu_kind kind;
		int error;
	} rows[] = {
		{"5.18", IOMMU_VTD, -EPERM}, {"6.2", IOMMU_VTD, -EPERM}, {"6.6", IOMMU_VTD, -EINVAL},
		{"7.0", IOMMU_VTD, -EINVAL}, {"5.18", IOMMU_SMMUV3, 0},  {"6.6", IOMMU_SMMUV3, -EINVAL},
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct office o;
		office_declare(&o, "vfio-type1", rows[i].kernel);
		o.b.kind = rows[i].kind;
		bench_reserve(&o.b, o.nic, RESERVED_RMRR, 0x7a000000, 0x10000);
		bench_start(&o.b);
		assert_int_equal(bench_reach(&o.b, o.nic, 0x7a001000), 0x7a001000);
		assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), rows[i].error);
		if (rows[i].error)
			assert_int_equal(bench_reach(&o.b, o.nic, 0x7a001000), 0x7a001000);
		bench_close(&o.b);
	}
}

static void test_type1_relaxable_range_is_no_obstacle_and_no_hole(void **state)
{
	(void)state;
	struct office o;
	office_declare(&o, "vfio-type1", "7.0");
	bench_reserve(&o.b, o.nic, RESERVED_RELAXABLE, 0x7a000000, 0x10000);
	bench_start(&o.b);
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), 0);
	space_handle s = bench_space(&o.b, o.p1);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.nic, s), 0);
	assert_int_equal(bench_map(&o.b, o.p1, s, 0x7a000000, o.page), 0);
	assert_int_equal(bench_reach(&o.b, o.nic, 0x7a001004), bench_pa(&o.b, o.page) + 0x1004);
	bench_close(&o.b);
}

static void test_type1_stale_and_foreign_containers_are_enoent(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "vfio-type1", "7.0");
	space_handle s = bench_space(&o.b, o.p1), t;
	uapi_take(o.b.uapi, o.p2, o.nic);
	assert_int_equal(uapi_attach(o.b.uapi, o.p2, o.nic, s), -ENOENT);
	assert_int_equal(uapi_destroy(o.b.uapi, o.p2, s), -ENOENT);
	assert_int_equal(uapi_destroy(o.b.uapi, o.p1, s), 0);
	t = bench_space(&o.b, o.p1); /* the slot is used again, the handle is not */
	assert_int_not_equal(t, s);
	assert_int_equal(bench_map(&o.b, o.p1, s, 0x10000, o.page), -ENOENT);
	assert_int_equal(uapi_destroy(o.b.uapi, o.p1, s), -ENOENT);
	assert_int_equal(uapi_space_page_tables(o.b.uapi, s), 0);
	assert_int_equal(bench_map(&o.b, o.p1, t, 0x10000, o.page), -EINVAL);
	bench_close(&o.b);
}

static void test_type1_intents_without_a_call_are_enotty(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "vfio-type1", "7.0");
	space_handle s = bench_space(&o.b, o.p1);
	assert_int_equal(uapi_copy(o.b.uapi, o.p1, s, 0, s, 0, 0x1000, 3), -ENOTTY);
	bench_close(&o.b);
}

static void test_type1_access_needs_a_device_file(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "vfio-type1", "7.0");
	space_handle s = bench_space(&o.b, o.p1);
	assert_int_equal(uapi_mmap(o.b.uapi, o.p1, o.bar), -EINVAL);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.nic, s), -EINVAL);
	assert_int_equal(uapi_detach(o.b.uapi, o.p1, o.nic), -EINVAL);
	assert_int_equal(uapi_release(o.b.uapi, o.p1, o.nic), -EINVAL);
	assert_int_equal(uapi_reset(o.b.uapi, o.p1, o.nic), -EINVAL);
	uapi_take(o.b.uapi, o.p1, o.nic);
	assert_int_equal(uapi_mmap(o.b.uapi, o.p1, o.bar), 0);
	assert_int_equal(uapi_mmap(o.b.uapi, o.p2, o.bar), -EINVAL);
	assert_int_equal(uapi_reset(o.b.uapi, o.p1, o.nic), 0);
	bench_close(&o.b);
}

static void test_type1_opening_and_closing_stop_the_device(void **state)
{
	(void)state;
	for (int knob = 0; knob < 2; knob++) {
		struct office o;
		office_declare(&o, "vfio-type1", "7.0");
		bench_set(&o.b, "reset_on_close", knob ? "true" : "false");
		bench_start(&o.b);
		o.b.bus_master[o.nic] = true;
		uapi_take(o.b.uapi, o.p1, o.nic);
		assert_false(o.b.bus_master[o.nic]);
		assert_int_equal(o.b.resets[o.nic], knob);
		o.b.bus_master[o.nic] = true;
		uapi_release(o.b.uapi, o.p1, o.nic);
		assert_false(o.b.bus_master[o.nic]);
		assert_int_equal(o.b.resets[o.nic], 2 * knob);
		bench_close(&o.b);
	}
}

static void test_type1_late_bind_by_version_and_knob(void **state)
{
	(void)state;
	static const struct {
		const char *kernel, *knob;
		int result;
	} rows[] = {
		{"5.18", NULL, UAPI_CRASH}, {"5.19", NULL, -EBUSY},       {"7.0", NULL, -EBUSY},
		{"7.0", "unmonitored", 0},  {"7.0", "crash", UAPI_CRASH},
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct office o;
		office_declare(&o, "vfio-type1", rows[i].kernel);
		if (rows[i].knob)
			bench_set(&o.b, "late_bind", rows[i].knob);
		o.b.machine->devices[o.f1].driver = DRIVER_NONE;
		bench_start(&o.b);
		uapi_take(o.b.uapi, o.p1, o.f0);
		assert_int_equal(uapi_driver_bind(o.b.uapi, o.f1, DRIVER_HOST), rows[i].result);
		assert_int_equal(uapi_driver_bind(o.b.uapi, o.nic, DRIVER_HOST), 0); /* elsewhere is fine */
		bench_close(&o.b);
	}
}

/* Without a check every device goes its own way: what the kernel drives next door stays in its domain. */
static void test_type1_without_check_only_the_device_moves(void **state)
{
	(void)state;
	for (int by_rule = 0; by_rule < 2; by_rule++) {
		struct office o;
		office_declare(&o, "vfio-type1", "7.0");
		if (by_rule)
			bench_set(&o.b, "group_check_point", "none");
		o.b.machine->devices[o.f0].driver = DRIVER_HOST;
		bench_start(&o.b);
		uapi_skip_viability(o.b.uapi, !by_rule);
		assert_int_equal(uapi_take(o.b.uapi, o.p1, o.f0), -ENODEV); /* still not VFIO's */
		assert_int_equal(uapi_take(o.b.uapi, o.p1, o.f1), 0);
		uapi_skip_viability(o.b.uapi, false);
		assert_int_equal(bench_serving(&o.b, o.f0), DOMAIN_DMA);
		assert_int_equal(bench_serving(&o.b, o.f1), DOMAIN_USER);
		space_handle s = bench_space(&o.b, o.p1);
		assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.f1, s), 0);
		bench_map(&o.b, o.p1, s, 0x10000, o.page);
		assert_int_equal(bench_reach(&o.b, o.f1, 0x10000), bench_pa(&o.b, o.page));
		assert_int_equal(bench_reach(&o.b, o.f0, 0x10000), UINT64_MAX);
		assert_int_equal(uapi_release(o.b.uapi, o.p1, o.f1), 0);
		assert_int_equal(bench_serving(&o.b, o.f1), DOMAIN_DMA);
		assert_int_equal(uapi_take(o.b.uapi, o.p1, o.f1), by_rule ? 0 : -EPERM);
		bench_close(&o.b);
	}
}

/* The group is not asked about, the device itself has one user all the same. */
static void test_type1_take_without_checks_of_another_users_device_is_ebusy(void **state)
{
	(void)state;
	for (unsigned by_rule = 0; by_rule < 2; by_rule++) {
		struct office o;
		office_declare(&o, "vfio-type1", "7.0");
		if (by_rule)
			bench_set(&o.b, "group_check_point", "none");
		bench_start(&o.b);
		assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), 0);
		uapi_skip_viability(o.b.uapi, !by_rule);
		assert_int_equal(uapi_take(o.b.uapi, o.p2, o.nic), -EBUSY);
		assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), 0);
		uapi_skip_viability(o.b.uapi, false);
		assert_int_equal(uapi_exit(o.b.uapi, o.p1), 0);
		assert_int_equal(uapi_take(o.b.uapi, o.p2, o.nic), 0);
		bench_close(&o.b);
	}
}

static void test_type1_skipped_check_lets_a_second_process_in(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "vfio-type1", "7.0");
	uapi_take(o.b.uapi, o.p1, o.f0);
	uapi_skip_viability(o.b.uapi, true);
	assert_int_equal(uapi_take(o.b.uapi, o.p2, o.f1), 0);
	uapi_skip_viability(o.b.uapi, false);
	space_handle s = bench_space(&o.b, o.p1), t = bench_space(&o.b, o.p2);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.f0, s), 0);
	assert_int_equal(uapi_attach(o.b.uapi, o.p2, o.f1, t), 0);
	bench_map(&o.b, o.p1, s, 0x10000, o.page);
	bench_map(&o.b, o.p2, t, 0x10000, o.other);
	assert_int_equal(bench_reach(&o.b, o.f0, 0x10000), bench_pa(&o.b, o.page));
	assert_int_equal(bench_reach(&o.b, o.f1, 0x10000), bench_pa(&o.b, o.other));
	assert_int_equal(uapi_release(o.b.uapi, o.p2, o.f1), 0);
	assert_int_equal(bench_reach(&o.b, o.f1, 0x10000), bench_pa(&o.b, o.page)); /* with its group again */
	assert_int_equal(uapi_release(o.b.uapi, o.p1, o.f0), 0);
	assert_int_equal(bench_serving(&o.b, o.f1), DOMAIN_DMA);
	bench_close(&o.b);
}

static void test_type1_exit_closes_everything(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "vfio-type1", "7.0");
	uint64_t hash = arena_hash(o.b.arena);
	uapi_take(o.b.uapi, o.p1, o.nic);
	uapi_take(o.b.uapi, o.p1, o.f0);
	uapi_take(o.b.uapi, o.p1, o.f1);
	space_handle s = bench_space(&o.b, o.p1), t = bench_space(&o.b, o.p1);
	uapi_attach(o.b.uapi, o.p1, o.nic, s);
	uapi_attach(o.b.uapi, o.p1, o.f1, t);
	bench_map(&o.b, o.p1, s, 0x10000, o.page);
	bench_map(&o.b, o.p1, t, 0x10000, o.page);
	assert_int_equal(uapi_exit(o.b.uapi, o.p1), 0);
	assert_false(uapi_memory_pinned(o.b.uapi, o.page));
	assert_int_equal(fake_domains_live(o.b.units[0], DOMAIN_USER), 0);
	assert_int_equal(bench_serving(&o.b, o.f0), DOMAIN_DMA);
	assert_true(arena_hash(o.b.arena) == hash); /* as on the first day */
	bench_close(&o.b);
}

static void test_type1_unbind_takes_the_device_from_its_user(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "vfio-type1", "7.0");
	uapi_take(o.b.uapi, o.p1, o.nic);
	assert_int_equal(uapi_driver_bind(o.b.uapi, o.nic, DRIVER_HOST), -EBUSY);
	assert_int_equal(uapi_driver_unbind(o.b.uapi, o.nic), 0);
	assert_int_equal(bench_serving(&o.b, o.nic), DOMAIN_DMA);
	assert_int_equal(uapi_release(o.b.uapi, o.p1, o.nic), -EINVAL);
	assert_int_equal(uapi_driver_unbind(o.b.uapi, o.nic), -ENODEV);
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), 0); /* the administrator's part is implied */
	bench_close(&o.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_type1_take_group_with_kernel_driver_is_refused_by_version),
		cmocka_unit_test(test_type1_check_point_given_decides_the_errno),
		cmocka_unit_test(test_type1_before_5_19_refusal_comes_after_the_move),
		cmocka_unit_test(test_type1_stub_and_driverless_siblings_are_viable),
		cmocka_unit_test(test_type1_take_stub_device_is_enodev),
		cmocka_unit_test(test_type1_group_opens_once),
		cmocka_unit_test(test_type1_take_without_iommu_or_translation_is_einval),
		cmocka_unit_test(test_type1_without_interrupt_remapping_is_eperm),
		cmocka_unit_test(test_type1_taken_device_reaches_nothing),
		cmocka_unit_test(test_type1_locked_firmware_range_is_refused_by_version_and_unit),
		cmocka_unit_test(test_type1_relaxable_range_is_no_obstacle_and_no_hole),
		cmocka_unit_test(test_type1_stale_and_foreign_containers_are_enoent),
		cmocka_unit_test(test_type1_intents_without_a_call_are_enotty),
		cmocka_unit_test(test_type1_access_needs_a_device_file),
		cmocka_unit_test(test_type1_opening_and_closing_stop_the_device),
		cmocka_unit_test(test_type1_late_bind_by_version_and_knob),
		cmocka_unit_test(test_type1_without_check_only_the_device_moves),
		cmocka_unit_test(test_type1_take_without_checks_of_another_users_device_is_ebusy),
		cmocka_unit_test(test_type1_skipped_check_lets_a_second_process_in),
		cmocka_unit_test(test_type1_exit_closes_everything),
		cmocka_unit_test(test_type1_unbind_takes_the_device_from_its_user),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
