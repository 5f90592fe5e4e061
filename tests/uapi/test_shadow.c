/* SPDX-License-Identifier: MIT */
/* Spaces that the kernel nests in others, under the proposals of 2021; and guests' tables under them. */
#include "office.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define GPA  UINT64_C(0x1000)
#define IOVA UINT64_C(0x20000)
#define RW   (UAPI_READ | UAPI_WRITE)

static const struct domain_guest guest = {.root = 0x10000, .address_width = 48, .ste = {1, 2}};

/* p1 has nic in a child of a space that leads from GPA to both pages of o.page. */
struct nest {
	struct office o;
	space_handle parent, child;
};

static int map_to(struct nest *n, uint64_t iova, uint64_t address, uint64_t bytes, unsigned permissions)
{
	struct uapi_target target = {.kind = UAPI_PARENT, .offset = address};
	return uapi_map(n->o.b.uapi, n->o.p1, n->child, iova, target, bytes, permissions);
}

static void open_attached(struct nest *n, const char *policy, const char *knob, const char *value)
{
	office_declare(&n->o, policy, "7.0");
	if (knob)
		bench_set(&n->o.b, knob, value);
	bench_start(&n->o.b);
	assert_int_equal(uapi_take(n->o.b.uapi, n->o.p1, n->o.nic), 0);
	n->parent = bench_space(&n->o.b, n->o.p1);
	assert_int_equal(uapi_attach(n->o.b.uapi, n->o.p1, n->o.nic, n->parent), 0);
	assert_int_equal(bench_map(&n->o.b, n->o.p1, n->parent, GPA, n->o.page), 0);
	assert_int_equal(uapi_nest(n->o.b.uapi, n->o.p1, n->parent, NULL, &n->child), 0);
	assert_int_equal(uapi_attach(n->o.b.uapi, n->o.p1, n->o.nic, n->child), 0);
}

static void open_nest(struct nest *n, const char *knob, const char *value)
{
	open_attached(n, "iommu-v2", knob, value);
	assert_int_equal(map_to(n, IOVA, GPA, 0x2000, RW), 0);
}

static uint64_t reach(const struct nest *n, uint64_t iova)
{
	return bench_reach(&n->o.b, n->o.nic, iova);
}

static void test_shadow_is_the_child_composed_with_the_parent(void **state)
{
	(void)state;
	struct nest n;
	uint64_t unmapped;
	open_nest(&n, NULL, NULL);
	uint64_t page = bench_pa(&n.o.b, n.o.page);
	assert_int_equal(reach(&n, IOVA), page);
	assert_int_equal(reach(&n, IOVA + 0x1000), page + 0x1000);
	assert_int_equal(reach(&n, GPA), UINT64_MAX); /* the child's table alone serves */
	assert_int_equal(map_to(&n, 0x90000, GPA + 0x1000, 0x1000, RW), 0);
	assert_int_equal(reach(&n, 0x90000), page + 0x1000); /* another way to the same page */
	assert_int_equal(uapi_unmap(n.o.b.uapi, n.o.p1, n.child, IOVA, 0x2000, &unmapped), 0);
	assert_int_equal(unmapped, 0x2000);
	assert_int_equal(reach(&n, IOVA), UINT64_MAX);
	assert_int_equal(reach(&n, 0x90000), page + 0x1000);
	bench_close(&n.o.b);
}

/* Two areas of the parent under one of the child, with the rights of both. */
static void test_shadow_has_a_piece_for_each_area_of_the_parent(void **state)
{
	(void)state;
	struct nest n;
	open_attached(&n, "iommu-v2", NULL, NULL);
	struct uapi_target second = {.kind = UAPI_MEMORY, .index = n.o.page};
	assert_int_equal(uapi_map(n.o.b.uapi, n.o.p1, n.parent, GPA + 0x2000, second, 0x1000, UAPI_READ), 0);
	assert_int_equal(map_to(&n, IOVA, GPA + 0x1000, 0x2000, RW), 0);
	assert_int_equal(reach(&n, IOVA), bench_pa(&n.o.b, n.o.page) + 0x1000);
	assert_int_equal(reach(&n, IOVA + 0x1000), bench_pa(&n.o.b, n.o.page));
	const struct fake_driver *unit = bench_unit_of(&n.o.b, n.o.nic);
	const struct fake_domain *domain =
		&unit->domains[fake_serving_domain(unit, n.o.b.machine->devices[n.o.nic].stream)];
	assert_int_equal(domain->count, 2);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(domain->mappings[i].permissions, domain->mappings[i].iova == IOVA ? RW : UAPI_READ);
	bench_close(&n.o.b);
}

static void test_shadow_takes_addresses_of_the_parent_alone(void **state)
{
	(void)state;
	struct nest n;
	struct uapi_target address = {.kind = UAPI_PARENT, .offset = GPA};
	open_attached(&n, "iommu-v2", NULL, NULL);
	assert_int_equal(bench_map(&n.o.b, n.o.p1, n.child, IOVA, n.o.page), -EINVAL);
	assert_int_equal(uapi_map(n.o.b.uapi, n.o.p1, n.parent, IOVA, address, 0x1000, RW), -EINVAL);
	assert_int_equal(map_to(&n, IOVA, GPA, 0x3000, RW), -EINVAL); /* the last page is not there */
	assert_int_equal(map_to(&n, IOVA, GPA - 0x1000, 0x1000, RW), -EINVAL);
	assert_int_equal(map_to(&n, IOVA, UINT64_MAX - 0xfff, 0x2000, RW), -EINVAL);
	assert_int_equal(map_to(&n, IOVA, GPA + 0x10, 0x1000, RW), -EINVAL); /* no page of hardware's */
	assert_int_equal(reach(&n, IOVA), UINT64_MAX);
	bench_close(&n.o.b);
}

static void test_shadow_recompute_follows_each_change(void **state)
{
	(void)state;
	struct nest n;
	open_nest(&n, "parent_change", "recompute");
	assert_int_equal(bench_unmap(&n.o.b, n.o.p1, n.parent, GPA, 0x2000), 0);
	assert_int_equal(reach(&n, IOVA), UINT64_MAX);
	assert_false(uapi_memory_pinned(n.o.b.uapi, n.o.page));
	const struct fake_driver *unit = bench_unit_of(&n.o.b, n.o.nic);
	for (unsigned i = 1; i < FAKE_DOMAINS; i++)
		assert_int_equal(unit->domains[i].dirty, 0); /* and nothing is cached */
	assert_int_equal(bench_map(&n.o.b, n.o.p1, n.parent, GPA, n.o.page), 0);
	assert_int_equal(reach(&n, IOVA + 0x1000), bench_pa(&n.o.b, n.o.page) + 0x1000);
	bench_close(&n.o.b);
}

static void test_shadow_forbid_refuses_what_a_child_needs(void **state)
{
	(void)state;
	struct nest n;
	open_nest(&n, "parent_change", "forbid");
	struct uapi_target page = {.kind = UAPI_MEMORY, .index = n.o.page};
	assert_int_equal(uapi_map(n.o.b.uapi, n.o.p1, n.parent, 0x9000, page, 0x1000, RW), 0);
	assert_int_equal(bench_unmap(&n.o.b, n.o.p1, n.parent, GPA, 0x2000), -EBUSY);
	assert_int_equal(reach(&n, IOVA), bench_pa(&n.o.b, n.o.page));
	assert_int_equal(bench_unmap(&n.o.b, n.o.p1, n.parent, 0x9000, 0x1000), 0); /* no child leads there */
	assert_int_equal(bench_unmap(&n.o.b, n.o.p1, n.child, IOVA, 0x2000), 0);
	assert_int_equal(bench_unmap(&n.o.b, n.o.p1, n.parent, GPA, 0x2000), 0);
	bench_close(&n.o.b);
}

static void test_shadow_lazy_follows_when_the_child_changes(void **state)
{
	(void)state;
	struct nest n;
	open_nest(&n, "parent_change", "lazy");
	struct uapi_target page = {.kind = UAPI_MEMORY, .index = n.o.page};
	assert_int_equal(uapi_map(n.o.b.uapi, n.o.p1, n.parent, 0x9000, page, 0x1000, RW), 0);
	assert_int_equal(bench_unmap(&n.o.b, n.o.p1, n.parent, GPA, 0x2000), 0);
	assert_int_equal(reach(&n, IOVA), bench_pa(&n.o.b, n.o.page)); /* stale */
	assert_int_equal(map_to(&n, 0x90000, 0x9000, 0x1000, RW), 0);
	assert_int_equal(reach(&n, IOVA), UINT64_MAX);
	assert_int_equal(reach(&n, 0x90000), bench_pa(&n.o.b, n.o.page));
	bench_close(&n.o.b);
}

static void test_shadow_flush_scope_own_leaves_the_child_cached(void **state)
{
	(void)state;
	struct nest n;
	open_nest(&n, "flush_scope", "own");
	struct fake_driver *unit = bench_unit_of(&n.o.b, n.o.nic);
	const struct fake_domain *child =
		&unit->domains[fake_serving_domain(unit, n.o.b.machine->devices[n.o.nic].stream)];
	uint32_t syncs = unit->syncs;
	assert_int_equal(bench_unmap(&n.o.b, n.o.p1, n.parent, GPA, 0x2000), 0);
	assert_int_equal(unit->syncs, syncs + 1); /* the parent's */
	assert_int_equal(child->dirty, 1);
	assert_int_equal(reach(&n, IOVA), UINT64_MAX);
	bench_close(&n.o.b);
}

/* Hardware does not answer: whoever fails, all is as it was. */
static void test_shadow_unmap_that_times_out_changes_nothing(void **state)
{
	(void)state;
	for (unsigned after = 0; after < 2; after++) { /* the child's invalidation, the parent's */
		struct nest n;
		open_nest(&n, NULL, NULL);
		struct fake_driver *unit = bench_unit_of(&n.o.b, n.o.nic);
		unit->fail_sync = -ETIMEDOUT;
		unit->sync_after = after;
		unit->sync_once = true;
		assert_int_equal(bench_unmap(&n.o.b, n.o.p1, n.parent, GPA, 0x2000), -ETIMEDOUT);
		unit->fail_sync = 0;
		assert_int_equal(reach(&n, IOVA), bench_pa(&n.o.b, n.o.page));
		assert_true(uapi_memory_pinned(n.o.b.uapi, n.o.page));
		assert_int_equal(bench_unmap(&n.o.b, n.o.p1, n.parent, GPA, 0x2000), 0);
		assert_int_equal(reach(&n, IOVA), UINT64_MAX);
		bench_close(&n.o.b);
	}
}

/* No table for the second of two children's pieces: neither child nor parent has any of it. */
static void test_shadow_map_that_fails_changes_nothing(void **state)
{
	(void)state;
	struct nest n;
	open_nest(&n, NULL, NULL);
	assert_int_equal(map_to(&n, 0x90000, GPA, 0x1000, RW), 0);
	assert_int_equal(bench_unmap(&n.o.b, n.o.p1, n.parent, GPA, 0x2000), 0);
	struct fake_driver *unit = bench_unit_of(&n.o.b, n.o.nic);
	unit->fail_map = -ENOMEM;
	unit->map_after = 2; /* the parent's, the first area's */
	assert_int_equal(bench_map(&n.o.b, n.o.p1, n.parent, GPA, n.o.page), -ENOMEM);
	unit->fail_map = 0;
	assert_int_equal(reach(&n, IOVA), UINT64_MAX);
	assert_false(uapi_memory_pinned(n.o.b.uapi, n.o.page));
	assert_int_equal(bench_map(&n.o.b, n.o.p1, n.parent, GPA, n.o.page), 0);
	assert_int_equal(reach(&n, IOVA), bench_pa(&n.o.b, n.o.page));
	assert_int_equal(reach(&n, 0x90000), bench_pa(&n.o.b, n.o.page));
	bench_close(&n.o.b);
}

static void test_shadow_wants_the_device_on_the_parent_and_leaves_both(void **state)
{
	(void)state;
	struct nest n;
	space_handle out;
	open_nest(&n, NULL, NULL);
	struct uapi *uapi = n.o.b.uapi;
	assert_int_equal(uapi_take(uapi, n.o.p1, n.o.f0), 0);
	assert_int_equal(uapi_take(uapi, n.o.p1, n.o.f1), 0);
	assert_int_equal(uapi_attach(uapi, n.o.p1, n.o.f0, n.child), -EINVAL);
	assert_int_equal(uapi_attach(uapi, n.o.p1, n.o.nic, n.parent), -EBUSY);
	assert_int_equal(uapi_nest(uapi, n.o.p1, n.child, NULL, &out), -EINVAL);
	assert_int_equal(uapi_nest(uapi, n.o.p2, n.parent, NULL, &out), -ENOENT);
	assert_int_equal(uapi_destroy(uapi, n.o.p1, n.parent), -EBUSY);
	assert_int_equal(uapi_space_page_tables(uapi, n.parent), 1); /* its pages stay pinned */
	assert_int_equal(uapi_detach(uapi, n.o.p1, n.o.nic), 0);
	assert_int_equal(bench_serving(&n.o.b, n.o.nic), DOMAIN_BLOCKED);
	assert_int_equal(uapi_space_page_tables(uapi, n.parent), 0);
	assert_int_equal(uapi_space_page_tables(uapi, n.child), 0);
	assert_int_equal(uapi_detach(uapi, n.o.p1, n.o.nic), -EINVAL);
	assert_int_equal(uapi_replace(uapi, n.o.p1, n.o.nic, n.child), -EINVAL); /* nothing to replace */
	assert_int_equal(uapi_attach(uapi, n.o.p1, n.o.nic, n.parent), 0);
	assert_int_equal(uapi_replace(uapi, n.o.p1, n.o.nic, n.child), 0);
	assert_int_equal(reach(&n, IOVA), bench_pa(&n.o.b, n.o.page));
	assert_int_equal(uapi_replace(uapi, n.o.p1, n.o.nic, n.parent), 0);
	assert_int_equal(reach(&n, GPA), bench_pa(&n.o.b, n.o.page));
	assert_int_equal(uapi_exit(uapi, n.o.p1), 0);
	assert_false(uapi_memory_pinned(uapi, n.o.page));
	bench_close(&n.o.b);
}

/* May 2021: all of a group is on the parent, and then all of it goes to the child. */
static void test_shadow_of_a_group_moves_when_it_is_complete(void **state)
{
	(void)state;
	struct nest n;
	open_attached(&n, "ioasid-v1", NULL, NULL);
	struct uapi *uapi = n.o.b.uapi;
	const uint16_t both[] = {n.o.f0, n.o.f1};
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(uapi_take(uapi, n.o.p1, both[i]), 0);
	assert_int_equal(uapi_attach(uapi, n.o.p1, n.o.f0, n.parent), 0);
	assert_int_equal(bench_unmap(&n.o.b, n.o.p1, n.parent, GPA, 0x2000), -EPERM); /* in part */
	assert_int_equal(uapi_attach(uapi, n.o.p1, n.o.f1, n.parent), 0);
	assert_int_equal(map_to(&n, IOVA, GPA, 0x2000, RW), 0);
	assert_int_equal(uapi_attach(uapi, n.o.p1, n.o.f0, n.child), 0);
	assert_int_equal(bench_reach(&n.o.b, n.o.f0, GPA), bench_pa(&n.o.b, n.o.page)); /* still */
	assert_int_equal(map_to(&n, 0x90000, GPA, 0x1000, RW), -EPERM);
	assert_int_equal(uapi_attach(uapi, n.o.p1, n.o.f1, n.child), 0);
	assert_int_equal(bench_reach(&n.o.b, n.o.f0, IOVA), bench_pa(&n.o.b, n.o.page));
	assert_int_equal(bench_reach(&n.o.b, n.o.f1, IOVA), bench_pa(&n.o.b, n.o.page));
	bench_close(&n.o.b);
}

static void test_shadow_serves_a_pasid(void **state)
{
	(void)state;
	struct nest n;
	office_declare(&n.o, "iommu-v2", "7.0");
	n.o.b.machine->devices[n.o.nic].pasid_bits = 8;
	bench_start(&n.o.b);
	struct uapi *uapi = n.o.b.uapi;
	assert_int_equal(uapi_take(uapi, n.o.p1, n.o.nic), 0);
	n.parent = bench_space(&n.o.b, n.o.p1);
	assert_int_equal(bench_map(&n.o.b, n.o.p1, n.parent, GPA, n.o.page), 0);
	assert_int_equal(uapi_nest(uapi, n.o.p1, n.parent, NULL, &n.child), 0);
	assert_int_equal(map_to(&n, IOVA, GPA, 0x2000, RW), 0);
	assert_int_equal(uapi_attach_pasid(uapi, n.o.p1, n.o.nic, 5, n.child), -EINVAL);
	assert_int_equal(uapi_attach_pasid(uapi, n.o.p1, n.o.nic, 5, n.parent), 0);
	assert_int_equal(uapi_attach_pasid(uapi, n.o.p1, n.o.nic, 5, n.child), 0);
	assert_int_equal(bench_reach_pasid(&n.o.b, n.o.nic, 5, IOVA), bench_pa(&n.o.b, n.o.page));
	assert_int_equal(uapi_replace_pasid(uapi, n.o.p1, n.o.nic, 5, n.parent), 0);
	assert_int_equal(bench_reach_pasid(&n.o.b, n.o.nic, 5, GPA), bench_pa(&n.o.b, n.o.page));
	assert_int_equal(uapi_replace_pasid(uapi, n.o.p1, n.o.nic, 5, n.child), 0);
	assert_int_equal(uapi_detach_pasid(uapi, n.o.p1, n.o.nic, 5), 0);
	assert_int_equal(bench_reach_pasid(&n.o.b, n.o.nic, 5, IOVA), UINT64_MAX);
	assert_int_equal(uapi_destroy(uapi, n.o.p1, n.child), 0);
	bench_close(&n.o.b);
}

/* A register page that its device's close takes away is gone from the child as well. */
static void test_shadow_loses_revoked_registers(void **state)
{
	(void)state;
	struct nest n;
	open_attached(&n, "iommu-v2", "parent_change", "lazy");
	struct uapi *uapi = n.o.b.uapi;
	uint16_t gpu_bar = n.o.bar;
	struct uapi_target bar = {.kind = UAPI_BAR, .index = gpu_bar};
	assert_int_equal(uapi_take(uapi, n.o.p1, n.o.f0), 0);
	assert_int_equal(uapi_take(uapi, n.o.p1, n.o.f1), 0);
	int error = uapi_map(uapi, n.o.p1, n.parent, 0x9000, bar, 0x1000, RW);
	assert_int_equal(error, 0);
	assert_int_equal(map_to(&n, IOVA, 0x9000, 0x1000, RW), 0);
	assert_int_equal(reach(&n, IOVA), n.o.b.machine->bars[gpu_bar].bus);
	assert_int_equal(uapi_unplug(uapi, n.o.nic), 0);
	const struct fake_driver *unit = bench_unit_of(&n.o.b, n.o.nic);
	for (unsigned i = 1; i < FAKE_DOMAINS; i++)
		for (unsigned at = 0; unit->domains[i].live && at < unit->domains[i].count; at++)
			assert_int_not_equal(unit->domains[i].mappings[at].pa, n.o.b.machine->bars[gpu_bar].bus);
	bench_close(&n.o.b);
}

/* --- guests' tables --- */

static void test_proposals_nest_guests_tables_over_a_space_made_for_it(void **state)
{
	(void)state;
	static const char *const policies[] = {"ioasid-v1", "iommu-v2"};
	for (unsigned i = 0; i < 2; i++) {
		struct nest n;
		space_handle out;
		struct uapi_space_wish wish = {.nest_parent = true};
		office_open(&n.o, policies[i], "7.0");
		struct uapi *uapi = n.o.b.uapi;
		assert_int_equal(uapi_take(uapi, n.o.p1, n.o.nic), 0);
		assert_int_equal(uapi_space(uapi, n.o.p1, &wish, &n.parent), 0);
		/* May 2021: no command before a device is there. */
		assert_int_equal(uapi_nest(uapi, n.o.p1, n.parent, &guest, &out), i == 0 ? -EINVAL : 0);
		assert_int_equal(uapi_attach(uapi, n.o.p1, n.o.nic, n.parent), 0);
		assert_int_equal(uapi_nest(uapi, n.o.p1, n.parent, &guest, &n.child), 0);
		assert_int_equal(uapi_nest(uapi, n.o.p1, bench_space(&n.o.b, n.o.p1), &guest, &out), -EINVAL);
		assert_int_equal(uapi_attach(uapi, n.o.p1, n.o.nic, n.child), 0);
		assert_int_equal(bench_serving(&n.o.b, n.o.nic), DOMAIN_NESTED);
		assert_int_equal(uapi_vdevice(uapi, n.o.p1, n.o.nic, 5), -ENOTTY);
		bench_close(&n.o.b);
	}
}

static void test_proposals_invalidate_spaces_and_own_devices(void **state)
{
	(void)state;
	for (unsigned v2 = 0; v2 < 2; v2++) {
		struct nest n;
		struct uapi_space_wish wish = {.nest_parent = true};
		office_declare(&n.o, v2 ? "iommu-v2" : "ioasid-v1", "7.0");
		n.o.b.kind = IOMMU_SMMUV3;
		bench_start(&n.o.b);
		struct uapi *uapi = n.o.b.uapi;
		assert_int_equal(uapi_take(uapi, n.o.p1, n.o.nic), 0);
		assert_int_equal(uapi_space(uapi, n.o.p1, &wish, &n.parent), 0);
		assert_int_equal(uapi_attach(uapi, n.o.p1, n.o.nic, n.parent), 0);
		assert_int_equal(uapi_nest(uapi, n.o.p1, n.parent, &guest, &n.child), 0);
		assert_int_equal(uapi_attach(uapi, n.o.p1, n.o.nic, n.child), 0);
		struct fake_driver *unit = bench_unit_of(&n.o.b, n.o.nic);
		struct uapi_invalidation what = {.what = UAPI_FORGET_RANGE,
						 .of = UAPI_OF_SPACE,
						 .space = n.child,
						 .first = 0x1000,
						 .last = 0x1fff};
		assert_int_equal(uapi_invalidate(uapi, n.o.p1, &what), 0);
		assert_int_equal(unit->forget_count, 2); /* and what the device has, which is not the guest's to say */
		assert_int_equal(unit->forgets[0].what, GUEST_FORGETS_RANGE);
		assert_int_equal(unit->forgets[1].what, GUEST_FORGETS_DEVTLB);
		assert_int_equal(unit->forgets[1].last, 0x1fff);
		assert_int_equal(uapi_invalidate(uapi, n.o.p2, &what), -ENOENT);
		what.space = n.parent;
		assert_int_equal(uapi_invalidate(uapi, n.o.p1, &what), -EINVAL); /* the kernel's own */
		what.of = UAPI_OF_DEVICE;
		what.device = n.o.nic;
		what.what = UAPI_FORGET_CONFIG;
		assert_int_equal(uapi_invalidate(uapi, n.o.p1, &what), 0);
		assert_int_equal(uapi_invalidate(uapi, n.o.p2, &what), -EINVAL);
		assert_int_equal(unit->forget_count, 3);
		what.of = UAPI_OF_ID;
		assert_int_equal(uapi_invalidate(uapi, n.o.p1, &what), -ENOTTY);
		bench_close(&n.o.b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shadow_is_the_child_composed_with_the_parent),
		cmocka_unit_test(test_shadow_has_a_piece_for_each_area_of_the_parent),
		cmocka_unit_test(test_shadow_takes_addresses_of_the_parent_alone),
		cmocka_unit_test(test_shadow_recompute_follows_each_change),
		cmocka_unit_test(test_shadow_forbid_refuses_what_a_child_needs),
		cmocka_unit_test(test_shadow_lazy_follows_when_the_child_changes),
		cmocka_unit_test(test_shadow_flush_scope_own_leaves_the_child_cached),
		cmocka_unit_test(test_shadow_unmap_that_times_out_changes_nothing),
		cmocka_unit_test(test_shadow_map_that_fails_changes_nothing),
		cmocka_unit_test(test_shadow_wants_the_device_on_the_parent_and_leaves_both),
		cmocka_unit_test(test_shadow_of_a_group_moves_when_it_is_complete),
		cmocka_unit_test(test_shadow_serves_a_pasid),
		cmocka_unit_test(test_shadow_loses_revoked_registers),
		cmocka_unit_test(test_proposals_nest_guests_tables_over_a_space_made_for_it),
		cmocka_unit_test(test_proposals_invalidate_spaces_and_own_devices),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
