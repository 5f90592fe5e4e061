/* SPDX-License-Identifier: MIT */
/* PASIDs in CPUs: what of ENQCMD gets to a device. The proposals' machine, with a VM: p2. */
#include "proposal_lab.h"

#include <errno.h>

static void vm_open(struct lab *l, const char *policy)
{
	lab_declare(l, policy);
	bench_set(&l->o.b, "pasid_fabric_rule", "none");
	l->o.b.machine->owners[l->o.p2].kind = OWNER_VM;
	bench_start(&l->o.b);
}

/* p2 has m2 of `host`, by PASID 2. */
static space_handle give_m2(struct lab *l)
{
	space_handle space = bench_space(&l->o.b, l->o.p2);

	assert_int_equal(uapi_take(l->o.b.uapi, l->o.p2, l->m2), 0);
	assert_int_equal(uapi_attach(l->o.b.uapi, l->o.p2, l->m2, space), 0);
	return space;
}

static int enqcmd(const struct lab *l, uint16_t owner, uint16_t device, uint32_t value, uint32_t *pasid)
{
	*pasid = 0xdead;
	return uapi_enqcmd(l->o.b.uapi, owner, device, value, pasid);
}

static int map_vpasid(const struct lab *l, uint32_t vpasid, uint32_t pasid)
{
	return uapi_vpasid_map(l->o.b.uapi, l->o.p2, vpasid, pasid);
}

static void test_enqcmd_of_a_process_has_its_address_spaces(void **state)
{
	struct lab l;
	uint32_t pasid;
	(void)state;
	vm_open(&l, "iommufd");
	assert_int_equal(enqcmd(&l, l.o.p1, l.host, 4, &pasid), -EFAULT);
	assert_int_equal(enqcmd(&l, l.o.p1, l.host, 0, &pasid), -EFAULT);
	assert_int_equal(uapi_sva_bind(l.o.b.uapi, l.host, 4, l.o.p1), 0);
	assert_int_equal(enqcmd(&l, l.o.p1, l.host, 5, &pasid), -EFAULT);
	assert_int_equal(enqcmd(&l, l.o.p1, l.host, 4, &pasid), 0);
	assert_int_equal(pasid, 4);
	assert_int_equal(uapi_exit(l.o.b.uapi, l.o.p1), 0);
	assert_int_equal(enqcmd(&l, l.o.p1, l.host, 4, &pasid), -EFAULT);
	bench_close(&l.o.b);
}

static void test_enqcmd_register_keeps_what_was_loaded(void **state)
{
	struct lab l;
	uint32_t pasid;
	(void)state;
	for (int loaded = 0; loaded < 2; loaded++) {
		lab_declare(&l, "iommufd");
		bench_set(&l.o.b, "pasid_fabric_rule", "none");
		bench_set(&l.o.b, "pasid_lifetime", "unbind");
		bench_start(&l.o.b);
		assert_int_equal(uapi_sva_bind(l.o.b.uapi, l.host, 4, l.o.p1), 0);
		if (loaded)
			assert_int_equal(enqcmd(&l, l.o.p1, l.host, 4, &pasid), 0);
		assert_int_equal(uapi_sva_unbind(l.o.b.uapi, l.o.p1, l.host, 4), 0);
		assert_int_equal(enqcmd(&l, l.o.p1, l.host, 4, &pasid), loaded ? 0 : -EFAULT);
		bench_close(&l.o.b);
	}
}

static void test_enqcmd_of_the_host_is_as_it_says(void **state)
{
	struct lab l;
	uint32_t pasid;
	(void)state;
	vm_open(&l, "iommufd");
	assert_int_equal(enqcmd(&l, MACHINE_HOST, l.host, 77, &pasid), 0);
	assert_int_equal(pasid, 77);
	assert_int_equal(uapi_unplug(l.o.b.uapi, l.host), 0);
	assert_int_equal(enqcmd(&l, MACHINE_HOST, l.host, 77, &pasid), -ENODEV);
	bench_close(&l.o.b);
}

static void test_enqcmd_of_a_guest_is_replaced_once_something_is_mapped(void **state)
{
	struct lab l;
	uint32_t pasid;
	(void)state;
	vm_open(&l, "ioasid-v1");
	give_m2(&l);
	assert_int_equal(enqcmd(&l, l.o.p2, l.m2, 3, &pasid), 0);
	assert_int_equal(pasid, 3); /* somebody else's */
	assert_int_equal(map_vpasid(&l, 1, 2), 0);
	assert_int_equal(enqcmd(&l, l.o.p2, l.m2, 1, &pasid), 0);
	assert_int_equal(pasid, 2);
	assert_int_equal(enqcmd(&l, l.o.p2, l.m2, 3, &pasid), -EFAULT);
	assert_int_equal(uapi_vpasid_unmap(l.o.b.uapi, l.o.p2, 1), 0);
	assert_int_equal(uapi_vpasid_unmap(l.o.b.uapi, l.o.p2, 1), -EINVAL);
	assert_int_equal(enqcmd(&l, l.o.p2, l.m2, 1, &pasid), -EFAULT); /* still on */
	assert_int_equal(uapi_vpasid_unmap_all(l.o.b.uapi, l.o.p2), 0);
	assert_int_equal(enqcmd(&l, l.o.p2, l.m2, 1, &pasid), 0);
	assert_int_equal(pasid, 1);
	bench_close(&l.o.b);
}

static void test_enqcmd_portal_of_an_mdev_waits_for_translation(void **state)
{
	struct lab l;
	uint32_t pasid;
	(void)state;
	vm_open(&l, "iommu-v2");
	give_m2(&l);
	assert_int_equal(enqcmd(&l, l.o.p2, l.m2, 2, &pasid), -EACCES);
	assert_int_equal(enqcmd(&l, l.o.p2, l.o.nic, 2, &pasid), 0); /* a function is its own */
	assert_int_equal(map_vpasid(&l, 1, 2), 0);
	assert_int_equal(enqcmd(&l, l.o.p2, l.m2, 1, &pasid), 0);
	assert_int_equal(pasid, 2);
	bench_close(&l.o.b);
}

static void test_vpasid_map_to_what_the_vm_has_not_is_refused(void **state)
{
	struct lab l;
	uint32_t pasid;
	(void)state;
	vm_open(&l, "ioasid-v1");
	assert_int_equal(map_vpasid(&l, 1, 2), -EINVAL);
	give_m2(&l);
	take(&l, l.m3);
	assert_int_equal(attach(&l, l.m3, space(&l)), 0);
	assert_int_equal(map_vpasid(&l, 1, 3), -EINVAL);
	assert_int_equal(enqcmd(&l, l.o.p2, l.m2, 2, &pasid), 0); /* and translation is not on */
	assert_int_equal(map_vpasid(&l, 1, 2), 0);
	assert_int_equal(uapi_detach(l.o.b.uapi, l.o.p2, l.m2), 0);
	assert_int_equal(enqcmd(&l, l.o.p2, l.m2, 1, &pasid), -EFAULT); /* the PASID is gone, and with it the entry */
	bench_close(&l.o.b);
}

static void test_vpasid_ends_with_its_vm(void **state)
{
	struct lab l;
	uint32_t pasid;
	(void)state;
	vm_open(&l, "ioasid-v1");
	give_m2(&l);
	assert_int_equal(map_vpasid(&l, 1, 2), 0);
	assert_int_equal(uapi_exit(l.o.b.uapi, l.o.p2), 0);
	assert_int_equal(arena_count(l.o.b.arena, l.o.b.uapi->vpasids), 0);
	assert_int_equal(enqcmd(&l, l.o.p2, l.m2, 1, &pasid), 0);
	assert_int_equal(pasid, 1);
	bench_close(&l.o.b);
}

static void test_vpasid_calls_were_never_merged(void **state)
{
	static const char *const policies[] = {"iommufd", "vfio-type1", "kernel-dma", "aux-domain", "ioasid-kt"};
	struct lab l;
	uint32_t pasid;
	(void)state;
	for (int i = 0; i < 5; i++) {
		vm_open(&l, policies[i]);
		assert_int_equal(map_vpasid(&l, 1, 2), -ENOTTY);
		assert_int_equal(uapi_vpasid_unmap(l.o.b.uapi, l.o.p2, 1), -ENOTTY);
		assert_int_equal(uapi_vpasid_unmap_all(l.o.b.uapi, l.o.p2), -ENOTTY);
		assert_int_equal(enqcmd(&l, l.o.p2, l.m2, 1, &pasid), -ENOTTY);
		bench_close(&l.o.b);
	}
}

/* One number means one thing, and one thing has one number. */
static void test_global_pasids_mean_the_same_everywhere(void **state)
{
	struct lab l;
	(void)state;
	lab_declare(&l, "ioasid-v1");
	bench_set(&l.o.b, "pasid_space", "global");
	bench_start(&l.o.b);
	struct uapi *uapi = l.o.b.uapi;
	space_handle a = space(&l), b = space(&l);
	take(&l, l.o.nic);
	take(&l, l.far);
	assert_int_equal(uapi_attach_pasid(uapi, l.o.p1, l.o.nic, 5, a), 0);
	assert_int_equal(uapi_attach_pasid(uapi, l.o.p1, l.far, 5, b), -EBUSY);
	assert_int_equal(uapi_attach_pasid(uapi, l.o.p1, l.far, 6, a), -EBUSY);
	assert_int_equal(uapi_sva_bind(uapi, l.host, 5, l.o.p2), -EBUSY);
	assert_int_equal(uapi_attach_pasid(uapi, l.o.p1, l.o.nic, 6, a), -EBUSY);
	assert_int_equal(uapi_attach_pasid(uapi, l.o.p1, l.o.nic, 6, b), 0);
	assert_int_equal(uapi_attach_pasid(uapi, l.o.p1, l.far, 6, b), 0);
	assert_true(bench_reach_pasid(&l.o.b, l.far, 5, IOVA) == NOWHERE);
	bench_close(&l.o.b);
}

#define TEST(name) cmocka_unit_test(test_##name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(enqcmd_of_a_process_has_its_address_spaces),
		TEST(enqcmd_register_keeps_what_was_loaded),
		TEST(enqcmd_of_the_host_is_as_it_says),
		TEST(enqcmd_of_a_guest_is_replaced_once_something_is_mapped),
		TEST(enqcmd_portal_of_an_mdev_waits_for_translation),
		TEST(vpasid_map_to_what_the_vm_has_not_is_refused),
		TEST(vpasid_ends_with_its_vm),
		TEST(vpasid_calls_were_never_merged),
		TEST(global_pasids_mean_the_same_everywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
