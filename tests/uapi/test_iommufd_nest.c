/* SPDX-License-Identifier: MIT */
/* iommufd's nested page tables, vIOMMUs and virtual devices, on both kinds of unit. */
#include "office.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct domain_guest guest = {.root = 0x10000, .address_width = 48, .ste = {1, 2}};

struct nested {
	struct office o;
	space_handle parent, space;
};

static space_handle parent_space(struct office *o, uint16_t owner)
{
	struct uapi_space_wish wish = {.nest_parent = true};
	space_handle space = 0;
	assert_int_equal(uapi_space(o->b.uapi, owner, &wish, &space), 0);
	return space;
}

/* p1 has nic and a space nested in a parent. */
static void open_nested(struct nested *n, enum iommu_kind kind)
{
	office_declare(&n->o, "iommufd", "7.0");
	n->o.b.kind = kind;
	bench_start(&n->o.b);
	assert_int_equal(uapi_take(n->o.b.uapi, n->o.p1, n->o.nic), 0);
	n->parent = parent_space(&n->o, n->o.p1);
	assert_int_equal(uapi_nest(n->o.b.uapi, n->o.p1, n->parent, &guest, &n->space), 0);
}

static const struct fake_domain *serving(const struct nested *n)
{
	const struct fake_driver *unit = bench_unit_of(&n->o.b, n->o.nic);
	return &unit->domains[fake_serving_domain(unit, n->o.b.machine->devices[n->o.nic].stream)];
}

static int ask(struct nested *n, uint16_t owner, struct uapi_invalidation what)
{
	what.last = what.last ? what.last : UINT64_MAX;
	return uapi_invalidate(n->o.b.uapi, owner, &what);
}

static void test_iommufd_nest_needs_a_parent_that_was_made_for_it(void **state)
{
	(void)state;
	struct nested n;
	space_handle out;
	open_nested(&n, IOMMU_VTD);
	space_handle plain = bench_space(&n.o.b, n.o.p1);
	assert_int_equal(uapi_nest(n.o.b.uapi, n.o.p1, plain, &guest, &out), -EINVAL);
	assert_int_equal(uapi_nest(n.o.b.uapi, n.o.p1, n.space, &guest, &out), -EINVAL); /* nested on nested */
	assert_int_equal(uapi_nest(n.o.b.uapi, n.o.p2, n.parent, &guest, &out), -ENOENT);
	bench_close(&n.o.b);
}

static void test_iommufd_nest_by_version_and_front_end(void **state)
{
	(void)state;
	static const struct {
		const char *policy, *kernel;
	} rows[] = {{"vfio-type1", "7.0"}, {"noiommu", "7.0"}, {"kernel-dma", "7.0"}, {"iommufd", "6.6"}};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct office o;
		space_handle out;
		office_open(&o, rows[i].policy, rows[i].kernel);
		struct uapi_invalidation all = {.of = UAPI_OF_SPACE, .space = 1};
		assert_int_equal(uapi_nest(o.b.uapi, o.p1, 1, &guest, &out), -ENOTTY);
		assert_int_equal(uapi_vdevice(o.b.uapi, o.p1, o.nic, 5), -ENOTTY);
		assert_int_equal(uapi_invalidate(o.b.uapi, o.p1, &all), -ENOTTY);
		bench_close(&o.b);
	}
}

static void test_iommufd_nested_attach_makes_both_tables_and_takes_both_away(void **state)
{
	(void)state;
	struct nested n;
	open_nested(&n, IOMMU_VTD);
	assert_int_equal(bench_map(&n.o.b, n.o.p1, n.parent, 0x10000, n.o.page), 0);
	assert_int_equal(uapi_space_page_tables(n.o.b.uapi, n.parent), 0);
	assert_int_equal(uapi_attach(n.o.b.uapi, n.o.p1, n.o.nic, n.space), 0);
	const struct fake_domain *domain = serving(&n);
	const struct fake_driver *unit = bench_unit_of(&n.o.b, n.o.nic);
	assert_int_equal(domain->type, DOMAIN_NESTED);
	assert_int_equal(unit->domains[domain->parent].type, DOMAIN_NEST_PARENT);
	assert_int_equal(unit->domains[domain->parent].count, 1); /* what was mapped before */
	assert_memory_equal(&domain->guest, &guest, sizeof(guest));
	assert_true(uapi_memory_pinned(n.o.b.uapi, n.o.page));
	assert_int_equal(uapi_destroy(n.o.b.uapi, n.o.p1, n.space), -EBUSY);
	assert_int_equal(uapi_detach(n.o.b.uapi, n.o.p1, n.o.nic), 0);
	assert_int_equal(fake_domains_live(unit, DOMAIN_NESTED), 0);
	assert_int_equal(fake_domains_live(unit, DOMAIN_NEST_PARENT), 0);
	assert_false(uapi_memory_pinned(n.o.b.uapi, n.o.page));
	assert_int_equal(uapi_destroy(n.o.b.uapi, n.o.p1, n.parent), -EBUSY); /* it has a child */
	assert_int_equal(uapi_destroy(n.o.b.uapi, n.o.p1, n.space), 0);
	assert_int_equal(uapi_destroy(n.o.b.uapi, n.o.p1, n.parent), 0);
	bench_close(&n.o.b);
}

static void test_iommufd_nested_attach_that_fails_leaves_nothing(void **state)
{
	(void)state;
	struct nested n;
	open_nested(&n, IOMMU_VTD);
	struct fake_driver *unit = bench_unit_of(&n.o.b, n.o.nic);
	unit->fail_nest = -EIO;
	assert_int_equal(uapi_attach(n.o.b.uapi, n.o.p1, n.o.nic, n.space), -EIO);
	assert_int_equal(fake_domains_live(unit, DOMAIN_NEST_PARENT), 0);
	assert_int_equal(bench_serving(&n.o.b, n.o.nic), DOMAIN_BLOCKED);
	bench_close(&n.o.b);
}

static void test_iommufd_nested_space_takes_no_mappings(void **state)
{
	(void)state;
	struct nested n;
	open_nested(&n, IOMMU_VTD);
	assert_int_equal(bench_map(&n.o.b, n.o.p1, n.space, 0x10000, n.o.page), -ENOENT);
	assert_int_equal(bench_unmap(&n.o.b, n.o.p1, n.space, 0x10000, 0x1000), -ENOENT);
	assert_int_equal(uapi_copy(n.o.b.uapi, n.o.p1, n.space, 0, n.parent, 0, 0x1000, UAPI_READ), -ENOENT);
	bench_close(&n.o.b);
}

/* The parent's areas are what collides with reserved ranges of what is attached to the child. */
static void test_iommufd_nested_attach_reserves_in_the_parent(void **state)
{
	(void)state;
	struct nested n;
	office_declare(&n.o, "iommufd", "7.0");
	bench_reserve(&n.o.b, n.o.nic, RESERVED_HOLE, 0x40000000, 0x1000);
	bench_start(&n.o.b);
	uapi_take(n.o.b.uapi, n.o.p1, n.o.nic);
	n.parent = parent_space(&n.o, n.o.p1);
	uapi_nest(n.o.b.uapi, n.o.p1, n.parent, &guest, &n.space);
	bench_map(&n.o.b, n.o.p1, n.parent, 0x40000000, n.o.page);
	assert_int_equal(uapi_attach(n.o.b.uapi, n.o.p1, n.o.nic, n.space), -EADDRINUSE);
	bench_unmap(&n.o.b, n.o.p1, n.parent, 0x40000000, 0x2000);
	assert_int_equal(uapi_attach(n.o.b.uapi, n.o.p1, n.o.nic, n.space), 0);
	assert_int_equal(bench_map(&n.o.b, n.o.p1, n.parent, 0x40000000, n.o.page), -EINVAL);
	bench_close(&n.o.b);
}

static void test_iommufd_exit_takes_any_graph_down(void **state)
{
	(void)state;
	struct nested n;
	open_nested(&n, IOMMU_SMMUV3);
	uapi_vdevice(n.o.b.uapi, n.o.p1, n.o.nic, 5);
	assert_int_equal(uapi_attach(n.o.b.uapi, n.o.p1, n.o.nic, n.space), 0);
	assert_int_equal(uapi_exit(n.o.b.uapi, n.o.p1), 0);
	assert_int_equal(fake_domains_live(bench_unit_of(&n.o.b, n.o.nic), DOMAIN_NEST_PARENT), 0);
	assert_int_equal(uapi_take(n.o.b.uapi, n.o.p1, n.o.nic), 0);
	assert_int_equal(uapi_vdevice(n.o.b.uapi, n.o.p1, n.o.nic, 5), -ENOENT); /* no vIOMMU any more */
	bench_close(&n.o.b);
}

/* --- vIOMMU --- */

static void test_iommufd_vdevice_of_vtd_is_eopnotsupp(void **state)
{
	(void)state;
	struct nested n;
	open_nested(&n, IOMMU_VTD);
	assert_int_equal(uapi_vdevice(n.o.b.uapi, n.o.p1, n.o.nic, 5), -EOPNOTSUPP);
	bench_close(&n.o.b);
}

static void test_iommufd_vdevice_is_one_number_for_one_device(void **state)
{
	(void)state;
	struct nested n;
	open_nested(&n, IOMMU_SMMUV3);
	uapi_take(n.o.b.uapi, n.o.p1, n.o.f0);
	assert_int_equal(uapi_vdevice(n.o.b.uapi, n.o.p2, n.o.nic, 5), -ENOENT);
	assert_int_equal(uapi_attach(n.o.b.uapi, n.o.p1, n.o.nic, n.space), -ENOENT); /* not before it has one */
	assert_int_equal(uapi_vdevice(n.o.b.uapi, n.o.p1, n.o.nic, 5), 0);
	assert_int_equal(uapi_vdevice(n.o.b.uapi, n.o.p1, n.o.nic, 6), -EEXIST);
	assert_int_equal(uapi_vdevice(n.o.b.uapi, n.o.p1, n.o.f0, 5), -EEXIST);
	assert_int_equal(uapi_vdevice(n.o.b.uapi, n.o.p1, n.o.f0, 6), 0);
	assert_int_equal(uapi_attach(n.o.b.uapi, n.o.p1, n.o.nic, n.space), 0);
	uapi_release(n.o.b.uapi, n.o.p1, n.o.f0); /* and with it its number */
	uapi_take(n.o.b.uapi, n.o.p1, n.o.f0);
	assert_int_equal(uapi_vdevice(n.o.b.uapi, n.o.p1, n.o.f0, 6), 0);
	bench_close(&n.o.b);
}

static void test_iommufd_replace_by_a_nested_space_needs_a_number_too(void **state)
{
	(void)state;
	struct nested n;
	open_nested(&n, IOMMU_SMMUV3);
	uapi_attach(n.o.b.uapi, n.o.p1, n.o.nic, bench_space(&n.o.b, n.o.p1));
	assert_int_equal(uapi_replace(n.o.b.uapi, n.o.p1, n.o.nic, n.space), -ENOENT);
	assert_int_equal(uapi_attach(n.o.b.uapi, n.o.p1, n.o.nic, n.space), -ENOENT);
	uapi_vdevice(n.o.b.uapi, n.o.p1, n.o.nic, 0);
	assert_int_equal(uapi_replace(n.o.b.uapi, n.o.p1, n.o.nic, n.space), 0);
	assert_int_equal(serving(&n)->type, DOMAIN_NESTED);
	bench_close(&n.o.b);
}

/* --- invalidation --- */

static void test_iommufd_invalidate_of_a_page_table_is_for_nested_ones(void **state)
{
	(void)state;
	struct nested n;
	open_nested(&n, IOMMU_VTD);
	uapi_attach(n.o.b.uapi, n.o.p1, n.o.nic, n.space);
	struct fake_driver *unit = bench_unit_of(&n.o.b, n.o.nic);
	assert_int_equal(ask(&n, n.o.p1, (struct uapi_invalidation){.space = n.parent}), -EINVAL);
	assert_int_equal(ask(&n, n.o.p2, (struct uapi_invalidation){.space = n.space}), -ENOENT);
	assert_int_equal(unit->forget_count, 0);
	assert_int_equal(ask(&n, n.o.p1,
			     (struct uapi_invalidation){
				     .what = UAPI_FORGET_RANGE, .space = n.space, .first = 0x3000, .last = 0x4fff}),
			 0);
	assert_int_equal(unit->forget_count, 1);
	assert_int_equal(unit->forgets[0].first, 0x3000);
	assert_int_equal(unit->forgets[0].last, 0x4fff);
	assert_int_equal(ask(&n, n.o.p1, (struct uapi_invalidation){.space = n.space}), 0);
	assert_int_equal(unit->forgets[1].first, 0);
	assert_int_equal(unit->forgets[1].last, UINT64_MAX);
	bench_close(&n.o.b);
}

static void test_iommufd_invalidate_by_device_is_of_its_nested_table(void **state)
{
	(void)state;
	struct nested n;
	open_nested(&n, IOMMU_VTD);
	struct uapi_invalidation what = {.of = UAPI_OF_DEVICE, .device = n.o.nic};
	assert_int_equal(ask(&n, n.o.p1, what), -EINVAL); /* not attached */
	uapi_attach(n.o.b.uapi, n.o.p1, n.o.nic, n.space);
	assert_int_equal(ask(&n, n.o.p2, what), -EINVAL);
	assert_int_equal(ask(&n, n.o.p1, what), 0);
	what.what = UAPI_FORGET_DEVTLB;
	assert_int_equal(ask(&n, n.o.p1, what), -EOPNOTSUPP); /* VT-d's guests have ranges alone */
	assert_int_equal(bench_unit_of(&n.o.b, n.o.nic)->forget_count, 1);
	bench_close(&n.o.b);
}

static void test_iommufd_invalidate_by_number_is_looked_up_among_the_owners(void **state)
{
	(void)state;
	struct nested n;
	space_handle theirs;
	open_nested(&n, IOMMU_SMMUV3);
	uapi_vdevice(n.o.b.uapi, n.o.p1, n.o.nic, 5);
	uapi_attach(n.o.b.uapi, n.o.p1, n.o.nic, n.space);
	struct uapi_invalidation what = {.what = UAPI_FORGET_DEVTLB, .of = UAPI_OF_ID, .id = 5, .pasid = UINT32_MAX};
	assert_int_equal(ask(&n, n.o.p2, what), -ENOENT); /* no vIOMMU */
	assert_int_equal(uapi_nest(n.o.b.uapi, n.o.p2, parent_space(&n.o, n.o.p2), &guest, &theirs), 0);
	assert_int_equal(ask(&n, n.o.p2, what), -EIO);
	what.id = 6;
	assert_int_equal(ask(&n, n.o.p1, what), -EIO);
	const struct fake_driver *unit = bench_unit_of(&n.o.b, n.o.nic);
	assert_int_equal(unit->forget_count, 0);
	what.id = 5;
	assert_int_equal(ask(&n, n.o.p1, what), 0);
	assert_int_equal(unit->forgets[0].what, GUEST_FORGETS_DEVTLB);
	assert_int_equal(unit->forgets[0].stream, n.o.b.machine->devices[n.o.nic].stream);
	what.what = UAPI_FORGET_PASID;
	what.pasid = 9;
	assert_int_equal(ask(&n, n.o.p1, what), 0);
	assert_int_equal(unit->forgets[1].what, GUEST_FORGETS_CONTEXT);
	assert_int_equal(unit->forgets[1].pasid, 9);
	what.what = UAPI_FORGET_ALL; /* `id` is a VMID then, and the kernel puts in its own */
	what.id = 77;
	assert_int_equal(ask(&n, n.o.p1, what), 0);
	assert_int_equal(unit->forgets[2].what, GUEST_FORGETS_RANGE);
	assert_int_equal(unit->forget_count, 3);
	bench_close(&n.o.b);
}

/* The explicit page table is made for one of the owner's devices: on VT-d it has no read-only mappings. */
static void test_iommufd_nest_parent_takes_no_read_only_mapping_on_vtd(void **state)
{
	(void)state;
	static const struct {
		enum iommu_kind kind;
		const char *rule;
		int early, late;
	} rows[] = {
		{IOMMU_VTD, "refuse", -EINVAL, -EINVAL}, {IOMMU_VTD, "allow", 0, 0}, {IOMMU_SMMUV3, "refuse", 0, 0}};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct office o;
		struct uapi_target page = {.kind = UAPI_MEMORY};
		office_declare(&o, "iommufd", "7.0");
		o.b.kind = rows[i].kind;
		bench_set(&o.b, "nest_readonly", rows[i].rule);
		bench_start(&o.b);
		page.index = o.page;
		space_handle early = parent_space(&o, o.p1);
		/* Without a device nobody knows the unit; then it is the attach that finds it. */
		assert_int_equal(uapi_map(o.b.uapi, o.p1, early, 0x10000, page, 0x1000, UAPI_READ), 0);
		assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), 0);
		assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.nic, early), rows[i].late);
		space_handle late = parent_space(&o, o.p1), plain = bench_space(&o.b, o.p1);
		assert_int_equal(uapi_map(o.b.uapi, o.p1, late, 0x10000, page, 0x1000, UAPI_READ), rows[i].early);
		assert_int_equal(uapi_map(o.b.uapi, o.p1, late, 0x20000, page, 0x1000, UAPI_READ | UAPI_WRITE), 0);
		assert_int_equal(uapi_map(o.b.uapi, o.p1, plain, 0x10000, page, 0x1000, UAPI_READ), 0);
		bench_close(&o.b);
	}
}

/* A PASID's table may be a guest's where the parent's tables may serve PASIDs; what is invalidated for it is that. */
static void test_iommufd_nested_space_serves_a_pasid(void **state)
{
	(void)state;
	struct nested n;
	struct uapi_space_wish wish = {.nest_parent = true, .pasid = true};
	office_declare(&n.o, "iommufd", "7.0");
	n.o.b.kind = IOMMU_VTD;
	n.o.b.machine->devices[n.o.nic].pasid_bits = 8;
	bench_start(&n.o.b);
	struct uapi *uapi = n.o.b.uapi;
	space_handle plain = parent_space(&n.o, n.o.p1), over_plain;
	uapi_take(uapi, n.o.p1, n.o.nic);
	uapi_space(uapi, n.o.p1, &wish, &n.parent);
	uapi_nest(uapi, n.o.p1, plain, &guest, &over_plain);
	uapi_nest(uapi, n.o.p1, n.parent, &guest, &n.space);
	assert_int_equal(uapi_attach(uapi, n.o.p1, n.o.nic, n.parent), 0);
	assert_int_equal(uapi_attach_pasid(uapi, n.o.p1, n.o.nic, 3, over_plain), -EINVAL);
	assert_int_equal(uapi_attach_pasid(uapi, n.o.p1, n.o.nic, 3, n.space), 0);
	const struct fake_driver *unit = bench_unit_of(&n.o.b, n.o.nic);
	assert_int_equal(unit->domains[unit->pasids[0].domain].type, DOMAIN_NESTED);
	struct uapi_invalidation what = {
		.what = UAPI_FORGET_RANGE, .of = UAPI_OF_DEVICE, .device = n.o.nic, .pasid = 3, .first = 0x1000};
	assert_int_equal(ask(&n, n.o.p1, what), 0);
	assert_int_equal(unit->forget_domains[0], unit->pasids[0].domain);
	what.pasid = UINT32_MAX; /* without: the device's own space is no guest's */
	assert_int_equal(ask(&n, n.o.p1, what), -EINVAL);
	bench_close(&n.o.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_iommufd_nest_parent_takes_no_read_only_mapping_on_vtd),
		cmocka_unit_test(test_iommufd_nest_needs_a_parent_that_was_made_for_it),
		cmocka_unit_test(test_iommufd_nest_by_version_and_front_end),
		cmocka_unit_test(test_iommufd_nested_attach_makes_both_tables_and_takes_both_away),
		cmocka_unit_test(test_iommufd_nested_attach_that_fails_leaves_nothing),
		cmocka_unit_test(test_iommufd_nested_space_takes_no_mappings),
		cmocka_unit_test(test_iommufd_nested_attach_reserves_in_the_parent),
		cmocka_unit_test(test_iommufd_exit_takes_any_graph_down),
		cmocka_unit_test(test_iommufd_vdevice_of_vtd_is_eopnotsupp),
		cmocka_unit_test(test_iommufd_vdevice_is_one_number_for_one_device),
		cmocka_unit_test(test_iommufd_replace_by_a_nested_space_needs_a_number_too),
		cmocka_unit_test(test_iommufd_invalidate_of_a_page_table_is_for_nested_ones),
		cmocka_unit_test(test_iommufd_invalidate_by_device_is_of_its_nested_table),
		cmocka_unit_test(test_iommufd_invalidate_by_number_is_looked_up_among_the_owners),
		cmocka_unit_test(test_iommufd_nested_space_serves_a_pasid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
