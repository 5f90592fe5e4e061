/* SPDX-License-Identifier: MIT */
/* iommufd, catalogue section 2.5: attaching, replacing, detaching, and what they do to groups. */
#include "office.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void open_iommufd(struct office *o)
{
	office_open(o, "iommufd", "7.0");
}

static void declare_iommufd(struct office *o)
{
	office_declare(o, "iommufd", "7.0");
}

static void test_iommufd_attach_is_group_wide_and_detach_counts(void **state)
{
	(void)state;
	struct office o;
	open_iommufd(&o);
	uapi_take(o.b.uapi, o.p1, o.f0);
	uapi_take(o.b.uapi, o.p1, o.f1);
	space_handle s = bench_space(&o.b, o.p1);
	bench_map(&o.b, o.p1, s, 0x10000, o.page);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.f0, s), 0);
	assert_int_equal(bench_reach(&o.b, o.f1, 0x10000), bench_pa(&o.b, o.page));
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.f1, s), 0);
	assert_int_equal(uapi_space_page_tables(o.b.uapi, s), 1);
	assert_int_equal(uapi_detach(o.b.uapi, o.p1, o.f1), 0);
	assert_int_equal(bench_reach(&o.b, o.f1, 0x10000), bench_pa(&o.b, o.page)); /* f0 keeps it there */
	assert_int_equal(uapi_detach(o.b.uapi, o.p1, o.f1), 0);                     /* nothing to do */
	assert_int_equal(uapi_detach(o.b.uapi, o.p1, o.f0), 0);
	assert_int_equal(bench_serving(&o.b, o.f0), DOMAIN_BLOCKED);
	assert_int_equal(bench_serving(&o.b, o.f1), DOMAIN_BLOCKED);
	assert_int_equal(uapi_space_page_tables(o.b.uapi, s), 0); /* the table went with its last device */
	assert_false(uapi_memory_pinned(o.b.uapi, o.page));
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.f1, s), 0); /* what was mapped is there again */
	assert_int_equal(bench_reach(&o.b, o.f0, 0x10000), bench_pa(&o.b, o.page));
	bench_close(&o.b);
}

static void test_iommufd_second_space_for_a_group_is_einval(void **state)
{
	(void)state;
	struct office o;
	open_iommufd(&o);
	uapi_take(o.b.uapi, o.p1, o.f0);
	uapi_take(o.b.uapi, o.p1, o.f1);
	space_handle s = bench_space(&o.b, o.p1), t = bench_space(&o.b, o.p1);
	uapi_attach(o.b.uapi, o.p1, o.f0, s);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.f1, t), -EINVAL);
	bench_close(&o.b);
}

/* A device that is attached itself is replaced by a second attach, and takes its group along. */
static void test_iommufd_second_attach_by_version(void **state)
{
	(void)state;
	static const struct {
		const char *kernel;
		int attach, replace;
	} rows[] = {{"6.2", -EBUSY, -ENOTTY}, {"6.6", 0, 0}, {"7.0", 0, 0}};
	for (unsigned i = 0; i < 3; i++) {
		struct office o;
		office_open(&o, "iommufd", rows[i].kernel);
		uapi_take(o.b.uapi, o.p1, o.f0);
		uapi_take(o.b.uapi, o.p1, o.f1);
		space_handle s = bench_space(&o.b, o.p1), t = bench_space(&o.b, o.p1);
		bench_map(&o.b, o.p1, t, 0x10000, o.page);
		uapi_attach(o.b.uapi, o.p1, o.f0, s);
		uapi_attach(o.b.uapi, o.p1, o.f1, s);
		assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.f0, t), rows[i].attach);
		assert_int_equal(bench_reach(&o.b, o.f1, 0x10000),
				 rows[i].attach ? UINT64_MAX : bench_pa(&o.b, o.page));
		assert_int_equal(uapi_replace(o.b.uapi, o.p1, o.f1, s), rows[i].replace);
		bench_close(&o.b);
	}
}

static void test_iommufd_replace_moves_all_members(void **state)
{
	(void)state;
	struct office o;
	open_iommufd(&o);
	uapi_take(o.b.uapi, o.p1, o.f0);
	uapi_take(o.b.uapi, o.p1, o.f1);
	space_handle s = bench_space(&o.b, o.p1), t = bench_space(&o.b, o.p1);
	assert_int_equal(uapi_replace(o.b.uapi, o.p1, o.f0, s), -EINVAL); /* attached to nothing */
	uapi_attach(o.b.uapi, o.p1, o.f0, s);
	assert_int_equal(uapi_replace(o.b.uapi, o.p1, o.f1, t), -EINVAL); /* f1 is not */
	uapi_attach(o.b.uapi, o.p1, o.f1, s);
	assert_int_equal(uapi_destroy(o.b.uapi, o.p1, s), -EBUSY);
	uint32_t before = o.b.units[0]->attaches;
	assert_int_equal(uapi_replace(o.b.uapi, o.p1, o.f0, t), 0);
	assert_int_equal(o.b.units[0]->attaches - before, 2); /* no stop in between */
	assert_int_equal(uapi_destroy(o.b.uapi, o.p1, s), 0);
	assert_int_equal(uapi_destroy(o.b.uapi, o.p1, t), -EBUSY);
	assert_int_equal(uapi_replace(o.b.uapi, o.p1, o.f1, t), 0); /* nothing changes */
	assert_int_equal(uapi_replace(o.b.uapi, o.p1, o.f1, s), -ENOENT);
	bench_close(&o.b);
}

/* By another domain each member moves twice, and a replace that fails behind the first move is undone. */
static void test_iommufd_replace_by_another_domain_comes_back(void **state)
{
	static const char *const ways[] = {"via_blocked", "via_default"};
	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct office o;
		declare_iommufd(&o);
		bench_set(&o.b, "switch_atomicity", ways[i]);
		bench_start(&o.b);
		uapi_take(o.b.uapi, o.p1, o.f0);
		uapi_take(o.b.uapi, o.p1, o.f1);
		space_handle s = bench_space(&o.b, o.p1), t = bench_space(&o.b, o.p1);
		bench_map(&o.b, o.p1, s, 0x10000, o.page);
		uapi_attach(o.b.uapi, o.p1, o.f0, s);
		uapi_attach(o.b.uapi, o.p1, o.f1, s);
		o.b.units[0]->fail_attach = -ENOMEM;
		o.b.units[0]->attach_after = 3;
		o.b.units[0]->attach_once = true;
		assert_int_equal(uapi_replace(o.b.uapi, o.p1, o.f0, t), -ENOMEM);
		assert_int_equal(bench_reach(&o.b, o.f0, 0x10000), bench_pa(&o.b, o.page));
		assert_int_equal(bench_reach(&o.b, o.f1, 0x10000), bench_pa(&o.b, o.page));
		assert_int_equal(uapi_destroy(o.b.uapi, o.p1, s), -EBUSY);
		uint32_t before = o.b.units[0]->attaches;
		assert_int_equal(uapi_replace(o.b.uapi, o.p1, o.f0, t), 0);
		assert_int_equal(o.b.units[0]->attaches - before, 4);
		assert_int_equal(uapi_destroy(o.b.uapi, o.p1, s), 0);
		bench_close(&o.b);
	}
}

static void test_iommufd_failed_replace_keeps_the_old_table(void **state)
{
	(void)state;
	struct office o;
	declare_iommufd(&o);
	bench_reserve(&o.b, o.f1, RESERVED_HOLE, 0x20000, 0x1000);
	bench_start(&o.b);
	uapi_take(o.b.uapi, o.p1, o.f0);
	uapi_take(o.b.uapi, o.p1, o.f1);
	space_handle s = bench_space(&o.b, o.p1), t = bench_space(&o.b, o.p1);
	bench_map(&o.b, o.p1, s, 0x10000, o.page);
	bench_map(&o.b, o.p1, t, 0x1f000, o.page);
	uapi_attach(o.b.uapi, o.p1, o.f0, s);
	uapi_attach(o.b.uapi, o.p1, o.f1, s);
	uint64_t hash = arena_hash(o.b.arena);
	assert_int_equal(uapi_replace(o.b.uapi, o.p1, o.f0, t), -EADDRINUSE); /* f1's hole */
	assert_true(arena_hash(o.b.arena) == hash);
	bench_unmap(&o.b, o.p1, t, 0x1f000, 0x2000);
	hash = arena_hash(o.b.arena);
	o.b.units[0]->fail_attach = -ENOMEM;
	o.b.units[0]->attach_after = 1;
	o.b.units[0]->attach_once = true;
	assert_int_equal(uapi_replace(o.b.uapi, o.p1, o.f0, t), -ENOMEM);
	assert_true(arena_hash(o.b.arena) == hash);
	assert_int_equal(bench_reach(&o.b, o.f0, 0x10000), bench_pa(&o.b, o.page));
	assert_int_equal(bench_reach(&o.b, o.f1, 0x10000), bench_pa(&o.b, o.page));
	assert_int_equal(uapi_space_page_tables(o.b.uapi, t), 0);
	bench_close(&o.b);
}

static void test_iommufd_attach_failure_of_second_member_is_rolled_back(void **state)
{
	(void)state;
	struct office o;
	open_iommufd(&o);
	uapi_take(o.b.uapi, o.p1, o.f0);
	space_handle s = bench_space(&o.b, o.p1);
	bench_map(&o.b, o.p1, s, 0x10000, o.page);
	uint64_t hash = arena_hash(o.b.arena);
	static const int errors[] = {-ENOMEM, -ETIMEDOUT};
	for (int i = 0; i < 2; i++) {
		o.b.units[0]->fail_attach = errors[i];
		o.b.units[0]->attach_after = 1;
		o.b.units[0]->attach_once = true;
		assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.f0, s), errors[i]);
		assert_int_equal(bench_serving(&o.b, o.f0), DOMAIN_BLOCKED);
		assert_int_equal(bench_serving(&o.b, o.f1), DOMAIN_BLOCKED);
		assert_true(arena_hash(o.b.arena) == hash);
	}
	bench_close(&o.b);
}

static void test_iommufd_attach_conflicts_are_eaddrinuse(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		uint64_t iova, offset, bytes;
		int error;
	} rows[] = {
		{"own hole", 0x20000, 0, 0x1000, -EADDRINUSE},
		{"interrupt window", 0xfee00000, 0, 0x1000, -EADDRINUSE},
		{"beyond the table", UINT64_C(1) << 40, 0, 0x1000, -EADDRINUSE},
		{"address misaligned", 0x30001, 0, 0x1000, -EADDRINUSE},
		{"size misaligned", 0x30000, 0, 0x801, -EADDRINUSE},
		{"memory misaligned", 0x30000, 0x800, 0x1000, -EADDRINUSE},
		{"no memory behind it", 0x30000, 0x1000, 0x2000, -EFAULT},
		{"relaxable range", 0x7a000000, 0, 0x1000, 0},
		{"good", 0x30000, 0, 0x1000, 0},
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct office o;
		declare_iommufd(&o);
		bench_reserve(&o.b, o.nic, RESERVED_HOLE, 0x20000, 0x1000);
		bench_reserve(&o.b, o.nic, RESERVED_RELAXABLE, 0x7a000000, 0x1000);
		bench_start(&o.b);
		o.b.units[0]->last = 0xffffffff;
		uapi_take(o.b.uapi, o.p1, o.nic);
		space_handle s = bench_space(&o.b, o.p1);
		struct uapi_target target = {.kind = UAPI_MEMORY, .index = o.page, .offset = rows[i].offset};
		assert_int_equal(uapi_map(o.b.uapi, o.p1, s, rows[i].iova, target, rows[i].bytes, 3), 0);
		int error = uapi_attach(o.b.uapi, o.p1, o.nic, s);
		if (error != rows[i].error)
			fail_msg("%s: %d", rows[i].what, error);
		assert_int_equal(bench_serving(&o.b, o.nic), error ? DOMAIN_BLOCKED : DOMAIN_USER);
		assert_int_equal(uapi_memory_pinned(o.b.uapi, o.page), !error);
		bench_close(&o.b);
	}
}

static void test_iommufd_one_pin_however_many_tables(void **state)
{
	(void)state;
	struct office o;
	declare_iommufd(&o);
	bench_serve(&o.b, o.f0, bench_unit(&o.b, "iommu1"));
	bench_start(&o.b);
	uapi_take(o.b.uapi, o.p1, o.nic);
	uapi_take(o.b.uapi, o.p1, o.f0);
	space_handle s = bench_space(&o.b, o.p1);
	bench_map(&o.b, o.p1, s, 0x10000, o.page);
	assert_false(uapi_memory_pinned(o.b.uapi, o.page)); /* lazy while there is no table */
	uapi_attach(o.b.uapi, o.p1, o.nic, s);
	uapi_attach(o.b.uapi, o.p1, o.f0, s);
	assert_int_equal(uapi_space_page_tables(o.b.uapi, s), 2);
	assert_int_equal(bench_reach(&o.b, o.f0, 0x11000), bench_pa(&o.b, o.page) + 0x1000);
	uapi_detach(o.b.uapi, o.p1, o.nic);
	assert_true(uapi_memory_pinned(o.b.uapi, o.page));
	assert_int_equal(uapi_space_page_tables(o.b.uapi, s), 1);
	uapi_detach(o.b.uapi, o.p1, o.f0);
	assert_false(uapi_memory_pinned(o.b.uapi, o.page));
	uapi_attach(o.b.uapi, o.p1, o.nic, s);
	assert_int_equal(bench_unmap(&o.b, o.p1, s, 0x10000, 0x2000), 0);
	assert_false(uapi_memory_pinned(o.b.uapi, o.page));
	bench_close(&o.b);
}

static void test_iommufd_detach_target_knob(void **state)
{
	(void)state;
	struct office o;
	declare_iommufd(&o);
	bench_set(&o.b, "detach_target", "default");
	bench_start(&o.b);
	uapi_take(o.b.uapi, o.p1, o.nic);
	space_handle s = bench_space(&o.b, o.p1);
	uapi_attach(o.b.uapi, o.p1, o.nic, s);
	assert_int_equal(uapi_detach(o.b.uapi, o.p1, o.nic), 0);
	assert_int_equal(bench_serving(&o.b, o.nic), DOMAIN_DMA);
	bench_close(&o.b);
}

/* Before the fix, claiming and detaching changed nothing for units whose driver did not know how to detach. */
static void test_iommufd_keep_default_leaves_the_domain_in_place(void **state)
{
	(void)state;
	struct office o;
	declare_iommufd(&o);
	bench_set(&o.b, "claim_domain", "keep_default");
	bench_start(&o.b);
	space_handle s, named;
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), 0);
	assert_int_equal(bench_serving(&o.b, o.nic), DOMAIN_DMA);
	s = bench_space(&o.b, o.p1);
	bench_map(&o.b, o.p1, s, 0x10000, o.page);
	uapi_attach(o.b.uapi, o.p1, o.nic, s);
	domain_handle left = fake_serving_domain(o.b.units[0], o.b.machine->devices[o.nic].stream);
	assert_int_equal(uapi_domain_role(o.b.uapi, 0, left, &named), UAPI_DOMAIN_SPACE);
	assert_int_equal(named, s);
	assert_int_equal(uapi_detach(o.b.uapi, o.p1, o.nic), 0);
	assert_int_equal(uapi_destroy(o.b.uapi, o.p1, s), 0);
	assert_int_equal(fake_serving_domain(o.b.units[0], o.b.machine->devices[o.nic].stream), left);
	assert_int_equal(uapi_domain_role(o.b.uapi, 0, left, &named), UAPI_DOMAIN_GIVEN_UP);
	assert_false(uapi_memory_pinned(o.b.uapi, o.page));
	assert_int_equal(bench_reach(&o.b, o.nic, 0x10000), UINT64_MAX); /* emptied before its memory went */
	assert_int_equal(uapi_release(o.b.uapi, o.p1, o.nic), 0);
	assert_int_equal(bench_serving(&o.b, o.nic), DOMAIN_DMA);
	assert_int_equal(uapi_domain_role(o.b.uapi, 0, left, &named), UAPI_DOMAIN_UNKNOWN); /* freed at last */
	bench_close(&o.b);
}

static void test_iommufd_blocking_impl_decides_what_blocks(void **state)
{
	(void)state;
	static const struct {
		const char *value;
		enum domain_type type;
		enum uapi_domain_role role;
		uint64_t reach;
	} rows[] = {
		{"fault", DOMAIN_BLOCKED, UAPI_DOMAIN_BLOCKING, UINT64_MAX},
		{"empty_table", DOMAIN_USER, UAPI_DOMAIN_BLOCKING, UINT64_MAX},
		{"bypass", DOMAIN_IDENTITY, UAPI_DOMAIN_IDENTITY, 0x1000},
		{"scratch_page", DOMAIN_SCRATCH, UAPI_DOMAIN_BLOCKING, FAKE_SCRATCH},
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct office o;
		declare_iommufd(&o);
		bench_set(&o.b, "blocking_impl", rows[i].value);
		bench_start(&o.b);
		uapi_take(o.b.uapi, o.p1, o.nic);
		domain_handle domain = fake_serving_domain(o.b.units[0], o.b.machine->devices[o.nic].stream);
		space_handle space;
		assert_int_equal(bench_serving(&o.b, o.nic), rows[i].type);
		assert_int_equal(bench_reach(&o.b, o.nic, 0x1000), rows[i].reach);
		assert_int_equal(uapi_domain_role(o.b.uapi, 0, domain, &space), rows[i].role);
		assert_int_equal(uapi_scratch_page(o.b.uapi, 0, FAKE_SCRATCH + 0xfff), rows[i].type == DOMAIN_SCRATCH);
		assert_false(uapi_scratch_page(o.b.uapi, 0, FAKE_SCRATCH + 0x1000));
		bench_close(&o.b);
	}
}

/* Members that the unit cannot tell apart move once. */
static void test_iommufd_shared_requester_moves_once(void **state)
{
	(void)state;
	struct bench b;
	bench_open(&b, "iommufd");
	uint16_t p1 = bench_owner(&b, "p1"), bridge = machine_add_port(b.machine, "br");
	b.machine->ports[bridge].kind = PORT_PCI_BRIDGE;
	b.machine->ports[bridge].parent = MACHINE_NONE;
	uint16_t nic = bench_device_under(&b, "nic", DRIVER_USER, bridge);
	uint16_t hba = bench_device_under(&b, "hba", DRIVER_USER, bridge);
	bench_start(&b);
	assert_int_equal(b.machine->devices[nic].stream, b.machine->devices[hba].stream);
	uint32_t before = b.units[0]->attaches;
	assert_int_equal(uapi_take(b.uapi, p1, nic), 0);
	assert_int_equal(b.units[0]->attaches - before, 1);
	bench_close(&b);
}

static void test_iommufd_without_check_owners_share_a_group(void **state)
{
	(void)state;
	for (int by_rule = 0; by_rule < 2; by_rule++) {
		struct office o;
		declare_iommufd(&o);
		if (by_rule)
			bench_set(&o.b, "group_check_point", "none");
		bench_start(&o.b);
		uapi_take(o.b.uapi, o.p1, o.f0);
		uapi_skip_viability(o.b.uapi, !by_rule);
		assert_int_equal(uapi_take(o.b.uapi, o.p2, o.f1), 0);
		uapi_skip_viability(o.b.uapi, false);
		space_handle s = bench_space(&o.b, o.p1), t = bench_space(&o.b, o.p2);
		bench_map(&o.b, o.p1, s, 0x10000, o.page);
		bench_map(&o.b, o.p2, t, 0x10000, o.other);
		assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.f0, s), 0);
		assert_int_equal(uapi_attach(o.b.uapi, o.p2, o.f1, t), 0);
		assert_int_equal(bench_reach(&o.b, o.f0, 0x10000), bench_pa(&o.b, o.page));
		assert_int_equal(bench_reach(&o.b, o.f1, 0x10000), bench_pa(&o.b, o.other));
		uint16_t members[2];
		assert_int_equal(uapi_group(o.b.uapi, o.f0, members, 2), 2); /* what the rule computes is the same */
		bench_close(&o.b);
	}
}

static void test_iommufd_exit_tears_down_in_any_state(void **state)
{
	(void)state;
	struct office o;
	open_iommufd(&o);
	uint64_t hash = arena_hash(o.b.arena);
	uapi_take(o.b.uapi, o.p1, o.nic);
	uapi_take(o.b.uapi, o.p1, o.f0);
	uapi_take(o.b.uapi, o.p1, o.f1);
	space_handle s = bench_space(&o.b, o.p1), t = bench_space(&o.b, o.p1);
	bench_map(&o.b, o.p1, s, 0x10000, o.page);
	uapi_attach(o.b.uapi, o.p1, o.f0, s);
	uapi_attach(o.b.uapi, o.p1, o.nic, t);
	assert_int_equal(uapi_exit(o.b.uapi, o.p1), 0);
	assert_true(arena_hash(o.b.arena) == hash);
	assert_int_equal(fake_domains_live(o.b.units[0], DOMAIN_USER), 0);
	assert_int_equal(uapi_exit(o.b.uapi, o.p1), 0);
	bench_close(&o.b);
}

/* A group whose new member arrives while it is owned: the newcomer is where the group is. */
static void test_iommufd_hotplug_into_owned_group(void **state)
{
	(void)state;
	struct office o;
	declare_iommufd(&o);
	o.b.machine->devices[o.f1].present = false;
	o.b.machine->devices[o.f1].driver = DRIVER_HOST;
	bench_start(&o.b);
	uapi_take(o.b.uapi, o.p1, o.f0);
	space_handle s = bench_space(&o.b, o.p1);
	bench_map(&o.b, o.p1, s, 0x10000, o.page);
	uapi_attach(o.b.uapi, o.p1, o.f0, s);
	assert_int_equal(uapi_hotplug(o.b.uapi, o.f1), 0);
	assert_int_equal(bench_reach(&o.b, o.f1, 0x10000), bench_pa(&o.b, o.page));
	uint64_t iova;
	assert_int_equal(bench_dma_map(&o.b, MACHINE_HOST, o.f1, o.page, &iova),
			 -EINVAL); /* no driver: its probe failed */
	assert_int_equal(uapi_unplug(o.b.uapi, o.f1), 0);
	assert_int_equal(bench_reach(&o.b, o.f1, 0x10000), UINT64_MAX);
	assert_int_equal(uapi_unplug(o.b.uapi, o.f0), 0); /* from under its user */
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.f0), -ENODEV);
	assert_int_equal(uapi_destroy(o.b.uapi, o.p1, s), 0);
	bench_close(&o.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_iommufd_attach_is_group_wide_and_detach_counts),
		cmocka_unit_test(test_iommufd_second_space_for_a_group_is_einval),
		cmocka_unit_test(test_iommufd_second_attach_by_version),
		cmocka_unit_test(test_iommufd_replace_moves_all_members),
		cmocka_unit_test(test_iommufd_replace_by_another_domain_comes_back),
		cmocka_unit_test(test_iommufd_failed_replace_keeps_the_old_table),
		cmocka_unit_test(test_iommufd_attach_failure_of_second_member_is_rolled_back),
		cmocka_unit_test(test_iommufd_attach_conflicts_are_eaddrinuse),
		cmocka_unit_test(test_iommufd_one_pin_however_many_tables),
		cmocka_unit_test(test_iommufd_detach_target_knob),
		cmocka_unit_test(test_iommufd_keep_default_leaves_the_domain_in_place),
		cmocka_unit_test(test_iommufd_blocking_impl_decides_what_blocks),
		cmocka_unit_test(test_iommufd_shared_requester_moves_once),
		cmocka_unit_test(test_iommufd_without_check_owners_share_a_group),
		cmocka_unit_test(test_iommufd_exit_tears_down_in_any_state),
		cmocka_unit_test(test_iommufd_hotplug_into_owned_group),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
