/* SPDX-License-Identifier: MIT */
/* Who decides about No Snoop, what a hypervisor makes of its guest's flushes, and devices that are not coherent. */
#include "office.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define AT UINT64_C(0x10000)

/* p1 is a guest; nic's unit makes requests snoop, f0's (`lax`) cannot. */
static void open_units(struct office *o, const char *policy)
{
	bench_open(&o->b, policy);
	o->p1 = bench_owner(&o->b, "p1");
	o->b.machine->owners[o->p1].kind = OWNER_VM;
	o->p2 = bench_owner(&o->b, "p2");
	o->nic = bench_device(&o->b, "nic", DRIVER_USER);
	o->f0 = bench_device(&o->b, "f0", DRIVER_USER);
	uint16_t strict = bench_unit(&o->b, "strict"), lax = bench_unit(&o->b, "lax");
	bench_serve(&o->b, o->nic, strict);
	bench_serve(&o->b, o->f0, lax);
	bench_start(&o->b);
	bench_unit_of(&o->b, o->f0)->no_snoop_control = true;
	assert_int_equal(uapi_take(o->b.uapi, o->p1, o->nic), 0);
	assert_int_equal(uapi_take(o->b.uapi, o->p1, o->f0), 0);
}

static space_handle wished(struct office *o, enum uapi_snoop snoop)
{
	struct uapi_space_wish wish = {.snoop = snoop};
	space_handle space = 0;
	assert_int_equal(uapi_space(o->b.uapi, o->p1, &wish, &space), 0);
	return space;
}

static int attach(struct office *o, uint16_t device, space_handle space)
{
	return uapi_attach(o->b.uapi, o->p1, device, space);
}

static unsigned nic_wishes(const struct office *o)
{
	const struct fake_driver *unit = bench_unit_of(&o->b, o->nic);
	return unit->domains[fake_serving_domain(unit, o->b.machine->devices[o->nic].stream)].wishes;
}

static void test_snoop_policy_says_who_is_refused_and_who_may_choose(void **state)
{
	(void)state;
	static const struct {
		const char *policy;
		int asked;
		unsigned chosen;
	} rows[] = {{"vfio-type1", 0, 0}, {"iommufd", -EINVAL, 0}, {"iommu-v2", -EINVAL, DOMAIN_HONOURS_NO_SNOOP}};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct office o;
		open_units(&o, rows[i].policy);
		space_handle asked = wished(&o, UAPI_SNOOP_ALWAYS);
		assert_int_equal(attach(&o, o.nic, asked), 0);
		assert_int_equal(nic_wishes(&o), 0);
		assert_int_equal(attach(&o, o.f0, asked), rows[i].asked);
		bench_close(&o.b);
		open_units(&o, rows[i].policy);
		assert_int_equal(attach(&o, o.nic, wished(&o, UAPI_SNOOP_ASKED)), 0);
		assert_int_equal(nic_wishes(&o), rows[i].chosen);
		bench_close(&o.b);
	}
}

static void test_kvm_flushes_for_a_guest_while_it_knows_of_a_reason(void **state)
{
	(void)state;
	struct office o;
	open_units(&o, "iommufd");
	assert_true(uapi_flushes_caches(o.b.uapi, o.p2)); /* a process */
	assert_int_equal(attach(&o, o.nic, wished(&o, UAPI_SNOOP_AS_IT_IS)), 0);
	assert_int_equal(attach(&o, o.f0, wished(&o, UAPI_SNOOP_AS_IT_IS)), 0);
	assert_false(uapi_flushes_caches(o.b.uapi, o.p1));
	assert_int_equal(uapi_kvm_add(o.b.uapi, o.p2, o.f0), -EINVAL);
	assert_int_equal(uapi_kvm_add(o.b.uapi, o.p1, o.nic), 0);
	assert_false(uapi_flushes_caches(o.b.uapi, o.p1)); /* all of its DMA snoops */
	assert_int_equal(uapi_kvm_add(o.b.uapi, o.p1, o.f0), 0);
	assert_true(uapi_flushes_caches(o.b.uapi, o.p1));
	assert_int_equal(uapi_detach(o.b.uapi, o.p1, o.f0), 0);
	assert_false(uapi_flushes_caches(o.b.uapi, o.p1));
	assert_int_equal(attach(&o, o.f0, wished(&o, UAPI_SNOOP_AS_IT_IS)), 0);
	assert_true(uapi_flushes_caches(o.b.uapi, o.p1));
	assert_int_equal(uapi_release(o.b.uapi, o.p1, o.f0), 0);
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.f0), 0);
	assert_int_equal(attach(&o, o.f0, wished(&o, UAPI_SNOOP_AS_IT_IS)), 0);
	assert_false(uapi_flushes_caches(o.b.uapi, o.p1)); /* it was closed, and nobody was told again */
	bench_close(&o.b);
}

static void test_kvm_add_of_a_kernel_drivers_device_is_refused(void **state)
{
	(void)state;
	struct office o;
	office_open(&o, "kernel-dma", "7.0");
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), 0);
	assert_int_equal(uapi_kvm_add(o.b.uapi, o.p1, o.nic), -ENOTTY);
	bench_close(&o.b);
}

static void test_take_of_a_device_that_is_not_coherent_by_version(void **state)
{
	(void)state;
	static const struct {
		const char *policy, *kernel;
		int error;
	} rows[] = {{"iommufd", "7.0", -EINVAL}, {"vfio-type1", "5.19", -EINVAL}, {"vfio-type1", "5.18", 0}};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct office o;
		office_declare(&o, rows[i].policy, rows[i].kernel);
		o.b.machine->devices[o.nic].coherent = false;
		bench_start(&o.b);
		assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), rows[i].error);
		bench_close(&o.b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_snoop_policy_says_who_is_refused_and_who_may_choose),
		cmocka_unit_test(test_kvm_flushes_for_a_guest_while_it_knows_of_a_reason),
		cmocka_unit_test(test_kvm_add_of_a_kernel_drivers_device_is_refused),
		cmocka_unit_test(test_take_of_a_device_that_is_not_coherent_by_version),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
