/* SPDX-License-Identifier: MIT */
/* Domains of the proposals: when they are made, who shares one, and by which requests it is reached. */
#include "proposal_lab.h"

#include <errno.h>

#define PAGE_4K (UINT64_C(1) << 12)
#define PAGE_2M (UINT64_C(1) << 21)

/* --- one domain an IOASID --- */

static void test_kt_maps_from_the_first_attach_on(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l, "ioasid-kt");
	space_handle a = space(&l);
	assert_int_equal(map(&l, a), -EINVAL);
	assert_int_equal(bench_unmap(&l.o.b, l.o.p1, a, IOVA, 0x2000), -EINVAL);
	assert_int_equal(uapi_space_page_tables(l.o.b.uapi, a), 0);
	assert_int_equal(take(&l, l.o.nic), 0);
	assert_int_equal(attach(&l, l.o.nic, a), 0);
	assert_int_equal(uapi_space_page_tables(l.o.b.uapi, a), 1);
	assert_int_equal(map(&l, a), 0);
	assert_true(reach(&l, l.o.nic) == page(&l));
	bench_close(&l.o.b);
}

static void test_kt_function_and_mdev_share_the_domain(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l, "ioasid-kt");
	space_handle a = space(&l);
	take(&l, l.o.nic);
	take(&l, l.m2);
	assert_int_equal(attach(&l, l.o.nic, a), 0);
	assert_int_equal(attach(&l, l.m2, a), 0);
	assert_int_equal(map(&l, a), 0);
	assert_int_equal(uapi_space_page_tables(l.o.b.uapi, a), 1);
	assert_int_equal(uapi_space_map_calls(l.o.b.uapi, a), 1);
	assert_true(reach_pasid(&l, l.host, 2) == page(&l));
	assert_true(reach_pasid(&l, l.host, 3) == NOWHERE);
	assert_int_equal(bench_serving(&l.o.b, l.host), DOMAIN_DMA);
	assert_int_equal(detach(&l, l.o.nic), 0);
	assert_true(reach_pasid(&l, l.host, 2) == page(&l));
	assert_int_equal(detach(&l, l.m2), 0);
	assert_true(reach_pasid(&l, l.host, 2) == NOWHERE);
	assert_int_equal(fake_domains_live(l.o.b.units[0], DOMAIN_USER), 0);
	bench_close(&l.o.b);
}

static void test_kt_domains_of_drivers_cannot_share(void **state)
{
	struct lab l;
	(void)state;
	for (int i = 0; i < 2; i++) {
		lab_declare(&l, "ioasid-kt");
		bench_set(&l.o.b, "domain_alloc_point", "driver");
		if (i)
			bench_set(&l.o.b, "incompatible_attach", "second_table");
		bench_start(&l.o.b);
		space_handle a = space(&l);
		take(&l, l.o.nic);
		take(&l, l.m2);
		assert_int_equal(attach(&l, l.o.nic, a), 0);
		assert_int_equal(attach(&l, l.m2, a), i ? 0 : -EINVAL);
		assert_int_equal(uapi_space_page_tables(l.o.b.uapi, a), i ? 2 : 1);
		assert_int_equal(map(&l, a), 0);
		assert_true(reach(&l, l.o.nic) == page(&l));
		assert_true(reach_pasid(&l, l.host, 2) == (i ? page(&l) : NOWHERE));
		assert_int_equal(detach(&l, l.o.nic), 0);
		assert_int_equal(uapi_space_page_tables(l.o.b.uapi, a), i ? 1 : 0);
		assert_true(reach_pasid(&l, l.host, 2) == (i ? page(&l) : NOWHERE));
		bench_close(&l.o.b);
	}
}

static void furnished(struct lab *l, const char *policy, const char *incompatible)
{
	lab_declare(l, policy);
	bench_set(&l->o.b, "domain_alloc_point", "alloc");
	if (incompatible)
		bench_set(&l->o.b, "incompatible_attach", incompatible);
	bench_start(&l->o.b);
	l->o.b.units[0]->page_sizes = PAGE_4K | PAGE_2M;
	l->o.b.units[1]->page_sizes = PAGE_4K;
	take(l, l->o.nic);
	take(l, l->far);
}

/* A table before any device is there, mappings in it, and one that comes and goes leaves it where it is. */
static void test_kt_domain_is_the_spaces_from_the_beginning(void **state)
{
	struct lab l;
	(void)state;
	furnished(&l, "ioasid-kt", NULL);
	space_handle a = space(&l);
	assert_int_equal(uapi_space_page_tables(l.o.b.uapi, a), 1);
	assert_int_equal(map(&l, a), 0);
	assert_int_equal(uapi_space_map_calls(l.o.b.uapi, a), 1);
	assert_true(uapi_memory_pinned(l.o.b.uapi, l.o.page));
	assert_int_equal(attach(&l, l.o.nic, a), 0);
	assert_int_equal(uapi_space_page_tables(l.o.b.uapi, a), 1);
	assert_int_equal(uapi_space_map_calls(l.o.b.uapi, a), 1);
	assert_true(reach(&l, l.o.nic) == page(&l));
	assert_int_equal(detach(&l, l.o.nic), 0);
	assert_int_equal(uapi_space_page_tables(l.o.b.uapi, a), 1);
	assert_true(uapi_memory_pinned(l.o.b.uapi, l.o.page));
	assert_true(reach(&l, l.o.nic) == NOWHERE);
	assert_int_equal(uapi_destroy(l.o.b.uapi, l.o.p1, a), 0);
	assert_false(uapi_memory_pinned(l.o.b.uapi, l.o.page));
	assert_int_equal(fake_domains_live(l.o.b.units[0], DOMAIN_USER), 0);
	bench_close(&l.o.b);
}

/* It is of the first unit: a device of another is the one too many, though it is the first that is attached. */
static void test_kt_domain_from_the_beginning_is_of_the_first_unit(void **state)
{
	struct lab l;
	(void)state;
	for (int i = 0; i < 2; i++) {
		furnished(&l, i ? "iommufd" : "ioasid-kt", NULL);
		space_handle a = space(&l);
		assert_int_equal(attach(&l, l.far, a), i ? 0 : -EINVAL);
		assert_int_equal(uapi_space_page_tables(l.o.b.uapi, a), i ? 2 : 1);
		assert_int_equal(attach(&l, l.o.nic, a), 0);
		if (i)
			assert_int_equal(detach(&l, l.far), 0);
		assert_int_equal(uapi_space_page_tables(l.o.b.uapi, a), 1);
		bench_close(&l.o.b);
	}
}

/* What cannot have a table is no space. */
static void test_kt_space_without_a_domain_is_refused(void **state)
{
	struct lab l;
	(void)state;
	furnished(&l, "ioasid-kt", NULL);
	struct uapi_space_wish wish = {.ram = false};
	space_handle a;
	l.o.b.units[0]->fail_alloc = -ENOMEM;
	assert_int_equal(uapi_space(l.o.b.uapi, l.o.p1, &wish, &a), -ENOMEM);
	l.o.b.units[0]->fail_alloc = 0;
	assert_int_equal(uapi_space(l.o.b.uapi, l.o.p1, &wish, &a), 0);
	bench_close(&l.o.b);
}

static void test_kt_knows_no_groups(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l, "ioasid-kt");
	space_handle a = space(&l), b = space(&l);
	assert_int_equal(take(&l, l.o.f0), 0);
	assert_int_equal(bench_serving(&l.o.b, l.o.f1), DOMAIN_DMA);
	assert_int_equal(take(&l, l.o.f1), 0);
	assert_int_equal(attach(&l, l.o.f0, a), 0);
	assert_int_equal(attach(&l, l.o.f1, b), 0);
	assert_int_equal(map(&l, a), 0);
	assert_true(reach(&l, l.o.f0) == page(&l));
	assert_true(reach(&l, l.o.f1) == NOWHERE);
	bench_close(&l.o.b);
}

/* --- what is compatible --- */

static void order(struct lab *l, const char *policy, uint16_t *first, uint16_t *second, int accepted)
{
	lab_open(l, policy);
	l->o.b.units[0]->page_sizes = PAGE_4K | PAGE_2M;
	l->o.b.units[1]->page_sizes = PAGE_4K;
	space_handle a = space(l);
	take(l, *first);
	take(l, *second);
	assert_int_equal(attach(l, *first, a), 0);
	assert_int_equal(attach(l, *second, a), accepted);
	assert_int_equal(uapi_space_page_tables(l->o.b.uapi, a), accepted ? 1 : 2);
	bench_close(&l->o.b);
}

static void test_compatible_is_whoever_walks_what_the_first_does(void **state)
{
	static const char *const policies[] = {"ioasid-kt", "ioasid-v1", "iommu-v2", "aux-domain"};
	struct lab l;
	(void)state;
	for (int i = 0; i < 4; i++) {
		order(&l, policies[i], &l.o.nic, &l.far, -EINVAL);
		order(&l, policies[i], &l.far, &l.o.nic, 0);
	}
	order(&l, "iommufd", &l.o.nic, &l.far, 0);
}

static void test_compatible_is_no_further_than_the_second_translates(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l, "ioasid-v1");
	l.o.b.units[1]->last = l.o.b.units[0]->last >> 1;
	space_handle a = space(&l);
	take(&l, l.o.nic);
	take(&l, l.far);
	assert_int_equal(attach(&l, l.o.nic, a), 0);
	assert_int_equal(attach(&l, l.far, a), -EINVAL);
	bench_close(&l.o.b);
}

static void test_v2_format_is_chosen_with_the_space(void **state)
{
	struct uapi_space_wish wish = {.page_lg2_mask = 1};
	struct lab l;
	space_handle a;
	(void)state;
	for (int i = 0; i < 2; i++) {
		lab_open(&l, "iommu-v2");
		l.o.b.units[0]->page_sizes = PAGE_4K | PAGE_2M;
		l.o.b.units[1]->page_sizes = PAGE_4K;
		wish.page_lg2_mask = i ? 3 : 1;
		assert_int_equal(uapi_space(l.o.b.uapi, l.o.p1, &wish, &a), 0);
		take(&l, l.o.nic);
		take(&l, l.far);
		assert_int_equal(attach(&l, l.o.nic, a), 0);
		assert_int_equal(attach(&l, l.far, a), i ? -EINVAL : 0);
		bench_close(&l.o.b);
	}
}

/* --- auxiliary domains --- */

static void test_aux_leaves_the_functions_own_domain_alone(void **state)
{
	struct lab l;
	uint64_t iova = 0;
	(void)state;
	lab_declare(&l, "aux-domain");
	uint16_t kernels = bench_memory(&l.o.b, "kernels", MACHINE_HOST, 0x1000);
	bench_start(&l.o.b);
	assert_int_equal(bench_dma_map(&l.o.b, MACHINE_HOST, l.host, kernels, &iova), 0);
	space_handle a = space(&l), b = space(&l);
	take(&l, l.m2);
	take(&l, l.m3);
	assert_int_equal(map(&l, a), 0); /* a domain takes mappings from the start */
	assert_int_equal(attach(&l, l.m2, a), 0);
	assert_int_equal(attach(&l, l.m3, b), 0);
	assert_true(reach_pasid(&l, l.host, 2) == page(&l));
	assert_true(reach_pasid(&l, l.host, 3) == NOWHERE);
	assert_true(bench_reach(&l.o.b, l.host, iova) == bench_pa(&l.o.b, kernels));
	assert_int_equal(uapi_release(l.o.b.uapi, l.o.p1, l.m2), 0);
	assert_true(reach_pasid(&l, l.host, 2) == NOWHERE);
	assert_false(uapi_memory_pinned(l.o.b.uapi, l.o.page));
	bench_close(&l.o.b);
}

static void test_aux_pasid_is_the_iommus_to_choose(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l, "aux-domain");
	space_handle a = space(&l);
	take(&l, l.o.nic);
	assert_int_equal(uapi_attach_pasid(l.o.b.uapi, l.o.p1, l.o.nic, 5, a), -ENOTTY);
	take(&l, l.soft);
	assert_int_equal(attach(&l, l.soft, a), -ENOTTY);
	bench_close(&l.o.b);
}

static void test_aux_functions_are_assigned_by_groups(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l, "aux-domain");
	space_handle a = space(&l), b = space(&l);
	take(&l, l.o.f0);
	assert_int_equal(uapi_take(l.o.b.uapi, l.o.p2, l.o.f1), -EPERM);
	take(&l, l.o.f1);
	assert_int_equal(map(&l, a), 0);
	assert_int_equal(attach(&l, l.o.f0, a), 0);
	assert_true(reach(&l, l.o.f1) == page(&l));
	assert_int_equal(attach(&l, l.o.f1, b), -EINVAL);
	assert_int_equal(attach(&l, l.o.f1, a), 0);
	assert_int_equal(detach(&l, l.o.f0), 0);
	assert_true(reach(&l, l.o.f0) == page(&l));
	assert_int_equal(detach(&l, l.o.f1), 0);
	assert_true(reach(&l, l.o.f0) == NOWHERE);
	bench_close(&l.o.b);
}

static void test_aux_mdev_needs_pasids_and_its_parents_driver(void **state)
{
	struct lab l;
	(void)state;
	for (int i = 0; i < 2; i++) {
		lab_declare(&l, "aux-domain");
		if (i)
			l.o.b.machine->devices[l.host].driver = DRIVER_NONE;
		bench_start(&l.o.b);
		if (!i)
			l.o.b.units[0]->features[0] = 0;
		for (uint32_t s = 0; !i && s < FAKE_STREAMS; s++)
			l.o.b.units[0]->features[s] = 0;
		space_handle a = space(&l);
		take(&l, l.m2);
		assert_int_equal(attach(&l, l.m2, a), i ? -ENODEV : -EINVAL);
		bench_close(&l.o.b);
	}
}

static void test_software_mdev_is_emulated_and_pins(void **state)
{
	struct uapi_target target;
	struct lab l;
	(void)state;
	lab_open(&l, "iommu-v2");
	space_handle a = space(&l);
	take(&l, l.soft);
	assert_int_equal(attach(&l, l.soft, a), 0);
	assert_int_equal(map(&l, a), 0);
	assert_int_equal(uapi_space_page_tables(l.o.b.uapi, a), 0);
	assert_int_equal(uapi_pin(l.o.b.uapi, l.soft, IOVA, UAPI_READ, &target), 0);
	assert_int_equal(target.index, l.o.page);
	assert_true(uapi_memory_pinned(l.o.b.uapi, l.o.page));
	assert_int_equal(detach(&l, l.soft), 0);
	assert_false(uapi_memory_pinned(l.o.b.uapi, l.o.page));
	assert_int_equal(uapi_destroy(l.o.b.uapi, l.o.p1, a), 0);
	bench_close(&l.o.b);
}

/* The second version added them, as an attach without routing information (Kevin Tian 2021-07-09). */
static void test_software_mdev_is_not_covered_by_the_first_version(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l, "ioasid-v1");
	space_handle a = space(&l);
	take(&l, l.soft);
	assert_int_equal(attach(&l, l.soft, a), -ENOTTY);
	bench_close(&l.o.b);
}

/* --- PASID tables --- */

static void test_shared_table_serves_every_device_of_the_unit(void **state)
{
	struct lab l;
	(void)state;
	for (int i = 0; i < 2; i++) {
		lab_declare(&l, "ioasid-v1");
		bench_set(&l.o.b, "pasid_space", i ? "shared" : "per_rid");
		bench_start(&l.o.b);
		space_handle a = space(&l), b = space(&l);
		take(&l, l.o.nic);
		take(&l, l.o.f0);
		assert_int_equal(uapi_attach_pasid(l.o.b.uapi, l.o.p1, l.o.nic, 5, a), 0);
		assert_int_equal(map(&l, a), 0);
		assert_true(reach_pasid(&l, l.o.nic, 5) == page(&l));
		assert_true(reach_pasid(&l, l.o.f0, 5) == (i ? page(&l) : NOWHERE));
		assert_true(reach_pasid(&l, l.far, 5) == NOWHERE);
		assert_int_equal(uapi_attach_pasid(l.o.b.uapi, l.o.p1, l.o.f0, 5, b), i ? -EBUSY : 0);
		if (i)
			assert_int_equal(uapi_attach_pasid(l.o.b.uapi, l.o.p1, l.o.f0, 5, a), 0);
		assert_int_equal(uapi_detach_pasid(l.o.b.uapi, l.o.p1, l.o.nic, 5), 0);
		assert_true(reach_pasid(&l, l.o.f0, 5) == (i ? page(&l) : NOWHERE));
		assert_true(reach_pasid(&l, l.o.nic, 5) == (i ? page(&l) : NOWHERE));
		assert_int_equal(uapi_detach_pasid(l.o.b.uapi, l.o.p1, l.o.f0, 5), 0);
		assert_true(reach_pasid(&l, l.o.f0, 5) == NOWHERE);
		assert_true(reach_pasid(&l, l.o.nic, 5) == NOWHERE);
		bench_close(&l.o.b);
	}
}

static void test_counting_rule_refuses_only_the_first_of_two(void **state)
{
	struct lab l;
	(void)state;
	lab_declare(&l, "ioasid-kt");
	bench_set(&l.o.b, "pasid_fabric_rule", "count_at_attach");
	l.o.b.machine->devices[l.o.f0].driver = l.o.b.machine->devices[l.o.nic].driver = DRIVER_HOST;
	bench_start(&l.o.b);
	assert_int_equal(uapi_sva_bind(l.o.b.uapi, l.o.f0, 5, l.o.p1), -EINVAL);
	assert_int_equal(uapi_sva_bind(l.o.b.uapi, l.o.nic, 5, l.o.p1), 0);
	bench_close(&l.o.b);
}

/* --- calls --- */

static void test_every_proposal_refuses_what_is_not_the_owners(void **state)
{
	static const char *const policies[] = {"ioasid-kt", "ioasid-v1", "iommu-v2", "aux-domain"};
	struct lab l;
	(void)state;
	for (int i = 0; i < 4; i++) {
		lab_open(&l, policies[i]);
		space_handle a = space(&l), theirs = bench_space(&l.o.b, l.o.p2);
		assert_int_equal(uapi_mmap(l.o.b.uapi, l.o.p1, l.o.bar), -EINVAL);
		assert_int_equal(attach(&l, l.o.nic, a), -EINVAL);
		assert_int_equal(take(&l, l.o.nic), 0);
		assert_int_equal(attach(&l, l.o.nic, theirs), -ENOENT);
		assert_int_equal(detach(&l, l.o.nic), -EINVAL);
		assert_int_equal(uapi_destroy(l.o.b.uapi, l.o.p1, theirs), -ENOENT);
		assert_int_equal(attach(&l, l.o.nic, a), 0);
		assert_int_equal(attach(&l, l.o.nic, a), 0);
		assert_int_equal(attach(&l, l.o.nic, space(&l)), -EBUSY);
		assert_int_equal(uapi_exit(l.o.b.uapi, l.o.p1), 0);
		assert_int_equal(bench_serving(&l.o.b, l.o.nic), DOMAIN_DMA);
		assert_int_equal(fake_domains_live(l.o.b.units[0], DOMAIN_USER), 0);
		bench_close(&l.o.b);
	}
}

static void test_replace_that_fails_puts_the_old_space_back(void **state)
{
	struct lab l;
	(void)state;
	lab_open(&l, "iommu-v2");
	space_handle a = space(&l), b = space(&l);
	take(&l, l.o.nic);
	assert_int_equal(map(&l, a), 0);
	assert_int_equal(attach(&l, l.o.nic, a), 0);
	l.o.b.units[0]->fail_attach = -ENOMEM;
	l.o.b.units[0]->attach_after = 1; /* after the detach */
	l.o.b.units[0]->attach_once = true;
	assert_int_equal(uapi_replace(l.o.b.uapi, l.o.p1, l.o.nic, b), -ENOMEM);
	assert_true(reach(&l, l.o.nic) == page(&l));
	assert_int_equal(uapi_replace(l.o.b.uapi, l.o.p1, l.o.nic, b), 0);
	assert_true(reach(&l, l.o.nic) == NOWHERE);
	bench_close(&l.o.b);
}

#define TEST(name) cmocka_unit_test(test_##name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(kt_maps_from_the_first_attach_on),
		TEST(kt_function_and_mdev_share_the_domain),
		TEST(kt_domains_of_drivers_cannot_share),
		TEST(kt_domain_is_the_spaces_from_the_beginning),
		TEST(kt_domain_from_the_beginning_is_of_the_first_unit),
		TEST(kt_space_without_a_domain_is_refused),
		TEST(kt_knows_no_groups),
		TEST(compatible_is_whoever_walks_what_the_first_does),
		TEST(compatible_is_no_further_than_the_second_translates),
		TEST(v2_format_is_chosen_with_the_space),
		TEST(aux_leaves_the_functions_own_domain_alone),
		TEST(aux_pasid_is_the_iommus_to_choose),
		TEST(aux_functions_are_assigned_by_groups),
		TEST(aux_mdev_needs_pasids_and_its_parents_driver),
		TEST(software_mdev_is_emulated_and_pins),
		TEST(software_mdev_is_not_covered_by_the_first_version),
		TEST(shared_table_serves_every_device_of_the_unit),
		TEST(counting_rule_refuses_only_the_first_of_two),
		TEST(every_proposal_refuses_what_is_not_the_owners),
		TEST(replace_that_fails_puts_the_old_space_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
