/* SPDX-License-Identifier: MIT */
/* Homes: the path rule and its variant by slot, the reachability rule. Topologies worked out by hand. */
#include "bench.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RID(bus, device, function) ((uint16_t)((bus) << 8 | (device) << 3 | (function)))

static uint16_t port(struct bench *b, const char *name, enum port_kind kind, uint16_t parent, int acs)
{
	uint16_t index = machine_add_port(b->machine, name);
	b->machine->ports[index].kind = kind;
	b->machine->ports[index].parent = parent;
	b->machine->ports[index].acs = (uint8_t)(acs < 0 ? 0 : acs);
	b->machine->ports[index].acs_given = acs >= 0;
	return index;
}

static void acs(struct bench *b, uint16_t device, uint8_t bits)
{
	b->machine->devices[device].acs = bits;
	b->machine->devices[device].acs_given = true;
}

/* Whoever shares a group has something that joined it, and only who has none has no cause. */
static void assert_has_cause(struct bench *b, uint16_t device, unsigned members)
{
	struct uapi_group_why why;
	uapi_group_why(b->uapi, device, &why);
	bool none = why.cause == UAPI_GROUP_NONE || why.cause == UAPI_GROUP_PARENT;
	if (none != (members == 0) || (members > 1 && why.cause == UAPI_GROUP_ALONE))
		fail_msg("%s: cause %d of %u members", b->machine->devices[device].name, why.cause, members);
}

/* Whether the group of each device is exactly those devices whose letter it shares. */
static void assert_groups(struct bench *b, const char *letters)
{
	uint32_t devices = (uint32_t)strlen(letters);
	assert_int_equal(devices, b->machine->device_count);
	for (uint16_t i = 0; i < devices; i++) {
		uint16_t members[BENCH_DEVICES];
		unsigned count = uapi_group(b->uapi, i, members, BENCH_DEVICES), wanted = 0;
		for (uint16_t other = 0; other < devices; other++) {
			if (letters[i] == '-' || letters[other] != letters[i])
				continue;
			if (wanted >= count || members[wanted] != other)
				fail_msg("%s: group of %s lacks %s", letters, b->machine->devices[i].name,
					 b->machine->devices[other].name);
			wanted++;
		}
		if (wanted != count)
			fail_msg("%s: group of %s has %u members", letters, b->machine->devices[i].name, count);
		assert_has_cause(b, i, count);
	}
}

static void assert_under_rule(struct bench *b, const char *rule, const char *letters)
{
	bench_set(b, "group_rule", rule);
	bench_start(b);
	assert_groups(b, letters);
	bench_close(b);
}

static void check(void (*declare)(struct bench *b), const char *path, const char *by_slot, const char *reach)
{
	static const char *const rules[] = {"path_acs", "path_acs_by_slot", "reachable_set", "per_rid_subgroup"};
	const char *wanted[] = {path, by_slot, reach, path};
	for (int i = 0; i < 4; i++) {
		struct bench b;
		bench_open(&b, "iommufd");
		declare(&b);
		assert_under_rule(&b, rules[i], wanted[i]);
	}
}

static void isolated(struct bench *b)
{
	uint16_t sw = port(b, "sw", PORT_SWITCH, MACHINE_NONE, ACS_FULL);
	bench_device(b, "nic", DRIVER_USER);
	bench_device_under(b, "a", DRIVER_USER, sw);
	bench_device_under(b, "b", DRIVER_USER, sw);
}

static void test_group_isolated_devices_are_alone(void **state)
{
	(void)state;
	check(isolated, "xab", "xab", "xab");
}

/* The ports of a switch lie in different slots, so a kernel does not see that they can reach each other. */
static void switch_without_acs(struct bench *b)
{
	uint16_t sw = port(b, "sw", PORT_SWITCH, MACHINE_NONE, 0);
	bench_device_under(b, "nic", DRIVER_USER, sw);
	bench_device_under(b, "hba", DRIVER_USER, sw);
	bench_device(b, "far", DRIVER_USER);
}

static void test_group_switch_without_acs_is_one(void **state)
{
	(void)state;
	check(switch_without_acs, "aax", "abx", "aax");
}

/* No request turns round in a switch whose ports redirect; without source validation the kernel is careful anyway. */
static void switch_without_validation(struct bench *b)
{
	uint16_t sw = port(b, "sw", PORT_SWITCH, MACHINE_NONE, ACS_RR | ACS_CR | ACS_UF);
	bench_device_under(b, "nic", DRIVER_USER, sw);
	bench_device_under(b, "hba", DRIVER_USER, sw);
}

static void test_group_redirect_without_validation_is_reach_isolated(void **state)
{
	(void)state;
	check(switch_without_validation, "aa", "ab", "ab");
}

/* One port controls requests, the other does not: ACS is about what leaves a port, not about what reaches it. */
static void one_port_open(struct bench *b)
{
	uint16_t sw = port(b, "sw", PORT_SWITCH, MACHINE_NONE, ACS_FULL);
	uint16_t open = port(b, "open", PORT_DOWNSTREAM, sw, 0);
	bench_device_under(b, "nic", DRIVER_USER, open);
	bench_device_under(b, "hba", DRIVER_USER, sw);
}

static void test_group_one_open_port_reaches_its_isolated_neighbour(void **state)
{
	(void)state;
	check(one_port_open, "ab", "ab", "aa");
}

static void lonely_open_port(struct bench *b)
{
	uint16_t sw = port(b, "sw", PORT_SWITCH, MACHINE_NONE, 0);
	uint16_t f0 = bench_device_under(b, "f0", DRIVER_USER, sw);
	bench_function(b, "f1", DRIVER_USER, f0);
	acs(b, f0, ACS_RR | ACS_CR);
	acs(b, (uint16_t)(f0 + 1), ACS_RR | ACS_CR);
}

/* The functions redirect, and the port has nobody else to hand a request to; for the path it is still a bad port. */
static void test_group_functions_behind_the_only_port_are_reach_isolated(void **state)
{
	(void)state;
	check(lonely_open_port, "aa", "aa", "ab");
}

/* Each of the four bits that isolate a path; the others have no say. */
static void test_group_path_needs_each_of_its_bits(void **state)
{
	(void)state;
	static const struct {
		uint8_t bits;
		const char *groups;
	} rows[] = {
		{ACS_SV | ACS_RR | ACS_CR | ACS_UF, "ab"}, {ACS_RR | ACS_CR | ACS_UF, "aa"},
		{ACS_SV | ACS_CR | ACS_UF, "aa"},          {ACS_SV | ACS_RR | ACS_UF, "aa"},
		{ACS_SV | ACS_RR | ACS_CR, "aa"},          {ACS_TB | ACS_EC | ACS_DT, "aa"},
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench b;
		bench_open(&b, "iommufd");
		uint16_t sw = port(&b, "sw", PORT_SWITCH, MACHINE_NONE, rows[i].bits);
		bench_device_under(&b, "nic", DRIVER_USER, sw);
		bench_device_under(&b, "hba", DRIVER_USER, sw);
		assert_under_rule(&b, "path_acs", rows[i].groups);
	}
}

/* Root port without ACS: every port below shares its group, however good its own bits are. */
static void bad_root(struct bench *b)
{
	uint16_t root = port(b, "root", PORT_ROOT, MACHINE_NONE, 0);
	uint16_t sw = port(b, "sw", PORT_SWITCH, root, ACS_FULL);
	bench_device_under(b, "a", DRIVER_USER, sw);
	bench_device_under(b, "b", DRIVER_USER, sw);
	bench_device(b, "far", DRIVER_USER);
}

static void test_group_root_port_without_acs_holds_all_below(void **state)
{
	(void)state;
	check(bad_root, "aax", "aax", "abx");
}

static void conventional_bus(struct bench *b)
{
	uint16_t br = port(b, "br", PORT_PCI_BRIDGE, MACHINE_NONE, -1);
	bench_device_under(b, "nic", DRIVER_USER, br);
	bench_device_under(b, "hba", DRIVER_USER, br);
	bench_device(b, "far", DRIVER_USER);
}

static void test_group_conventional_bus_is_one(void **state)
{
	(void)state;
	check(conventional_bus, "aax", "aax", "aax");
}

static void functions(struct bench *b)
{
	uint16_t f0 = bench_device(b, "f0", DRIVER_USER);
	bench_function(b, "f1", DRIVER_USER, f0);
	bench_device(b, "far", DRIVER_USER);
}

static void test_group_functions_without_acs_are_one(void **state)
{
	(void)state;
	check(functions, "aax", "aax", "aax");
}

/* Functions have neither source validation nor forwarding to offer: redirecting is enough. */
static void redirecting_functions(struct bench *b)
{
	functions(b);
	acs(b, 0, ACS_RR | ACS_CR);
	acs(b, 1, ACS_RR | ACS_CR);
}

static void test_group_redirecting_functions_are_alone(void **state)
{
	(void)state;
	check(redirecting_functions, "abx", "abx", "abx");
}

/* f2 redirects; f0 and f1 do not, and can write to f2. The path rule lets f2 go. */
static void one_good_function(struct bench *b)
{
	uint16_t f0 = bench_device(b, "f0", DRIVER_USER);
	bench_function(b, "f1", DRIVER_USER, f0);
	bench_function(b, "f2", DRIVER_USER, f0);
	acs(b, 2, ACS_FULL);
}

static void test_group_good_function_is_reached_by_bad_ones(void **state)
{
	(void)state;
	check(one_good_function, "aab", "aab", "aaa");
}

static void aliases(struct bench *b)
{
	uint16_t a = bench_device(b, "a", DRIVER_USER), other = bench_device(b, "b", DRIVER_USER);
	b->machine->devices[a].aliased = true;
	b->machine->devices[a].alias_device = other;
	bench_device(b, "far", DRIVER_USER);
}

static void test_group_requester_alias_joins(void **state)
{
	(void)state;
	check(aliases, "aax", "aax", "aax");
}

/* a and b alias c, which is probed last: found over c although c has no group yet. */
static void alias_chain(struct bench *b)
{
	uint16_t c = 2;
	for (uint16_t i = 0; i < 3; i++)
		bench_device(b, i == 0 ? "a" : i == 1 ? "b" : "c", DRIVER_USER);
	for (uint16_t i = 0; i < 2; i++) {
		b->machine->devices[i].aliased = true;
		b->machine->devices[i].alias_device = c;
	}
}

static void test_group_alias_of_a_later_device_joins(void **state)
{
	(void)state;
	check(alias_chain, "aaa", "aaa", "aaa");
}

static void virtual_functions(struct bench *b)
{
	uint16_t pf = bench_device(b, "pf", DRIVER_HOST);
	for (int i = 0; i < 2; i++) {
		uint16_t vf = bench_device(b, i ? "vf1" : "vf0", DRIVER_USER);
		b->machine->devices[vf].kind = DEVICE_VF;
		b->machine->devices[vf].parent = pf;
	}
	uint16_t mdev = bench_device(b, "m", DRIVER_USER);
	b->machine->devices[mdev].kind = DEVICE_MDEV;
	b->machine->devices[mdev].parent = pf;
}

static void test_group_virtual_functions_are_alone_and_mdevs_have_none(void **state)
{
	(void)state;
	check(virtual_functions, "pvw-", "pvw-", "pvw-");
}

static void platform(struct bench *b)
{
	for (int i = 0; i < 2; i++) {
		uint16_t device = bench_device(b, i ? "dma1" : "dma0", DRIVER_USER);
		b->machine->devices[device].kind = DEVICE_PLATFORM;
	}
}

static void test_group_platform_masters_are_alone(void **state)
{
	(void)state;
	check(platform, "ab", "ab", "ab");
}

static void test_group_device_without_iommu_has_none(void **state)
{
	(void)state;
	struct bench b;
	bench_open(&b, "noiommu");
	b.kind = IOMMU_NONE;
	bench_device(&b, "nic", DRIVER_USER);
	bench_start(&b);
	assert_groups(&b, "-");
	bench_close(&b);
}

/* The slot below the switch fills later: the newcomer joins whom it can reach. */
static void test_group_hotplugged_device_joins(void **state)
{
	(void)state;
	static const char *const rules[] = {"path_acs", "reachable_set"};
	for (int i = 0; i < 2; i++) {
		struct bench b;
		bench_open(&b, "iommufd");
		switch_without_acs(&b);
		b.machine->devices[0].present = false;
		bench_set(&b, "group_rule", rules[i]);
		bench_start(&b);
		assert_groups(&b, "-ax");
		assert_int_equal(uapi_hotplug(b.uapi, 0), 0);
		assert_true(b.present[0]);
		assert_groups(&b, "aax");
		assert_int_equal(uapi_hotplug(b.uapi, 0), -EBUSY);
		assert_int_equal(uapi_unplug(b.uapi, 0), 0);
		assert_false(b.present[0]);
		assert_groups(&b, "-ax");
		bench_close(&b);
	}
}

static void test_group_virtual_functions_come_and_go_with_their_parent(void **state)
{
	(void)state;
	struct bench b;
	bench_open(&b, "iommufd");
	virtual_functions(&b);
	bench_start(&b);
	assert_int_equal(uapi_unplug(b.uapi, 0), 0);
	assert_groups(&b, "----");
	assert_false(b.present[1]);
	assert_int_equal(uapi_hotplug(b.uapi, 1), -ENODEV);
	assert_int_equal(uapi_hotplug(b.uapi, 0), 0);
	assert_groups(&b, "pvw-");
	assert_true(b.present[2]);
	bench_close(&b);
}

/* --- causes --- */

/* What joined device `index` under that rule. */
static struct uapi_group_why why(void (*declare)(struct bench *b), const char *rule, uint16_t index)
{
	struct bench b;
	struct uapi_group_why out;
	bench_open(&b, "iommufd");
	declare(&b);
	bench_set(&b, "group_rule", rule);
	bench_start(&b);
	uapi_group_why(b.uapi, index, &out);
	bench_close(&b);
	return out;
}

static void test_group_why_names_the_port_and_what_it_lacks(void **state)
{
	(void)state;
	struct uapi_group_why out = why(bad_root, "path_acs", 1);
	assert_int_equal(out.cause, UAPI_GROUP_PATH);
	assert_int_equal(out.port, 0);
	assert_int_equal(out.acs, 0x1d); /* PCIe 7.7.11.2: bits 0, 2, 3, 4 */
	assert_int_equal(out.peer, MACHINE_NONE);
}

static void test_group_why_names_the_neighbour_of_the_same_switch(void **state)
{
	(void)state;
	struct uapi_group_why out = why(switch_without_acs, "path_acs", 0), other;
	assert_int_equal(out.cause, UAPI_GROUP_PEER);
	assert_int_not_equal(out.peer, MACHINE_NONE);
	other = why(switch_without_acs, "path_acs", 1);
	assert_int_equal(other.port, out.peer);
	assert_int_equal(other.peer, out.port);
	/* By slot the neighbour is none. */
	assert_int_equal(why(switch_without_acs, "path_acs_by_slot", 0).cause, UAPI_GROUP_PATH);
	assert_int_equal(why(switch_without_acs, "path_acs", 2).cause, UAPI_GROUP_ALONE);
}

static void test_group_why_tells_buses_aliases_and_functions_apart(void **state)
{
	(void)state;
	struct uapi_group_why out = why(conventional_bus, "path_acs", 1);
	assert_int_equal(out.cause, UAPI_GROUP_BUS);
	assert_int_equal(out.port, 0);
	out = why(aliases, "path_acs", 1);
	assert_int_equal(out.cause, UAPI_GROUP_ALIAS);
	assert_int_equal(out.device, 0);
	out = why(one_good_function, "path_acs", 0);
	assert_int_equal(out.cause, UAPI_GROUP_FUNCTION);
	assert_int_equal(out.device, 1);
	assert_int_equal(out.acs, 0x0c); /* PCIe 7.7.11.2: bits 2, 3 */
	assert_int_equal(why(one_good_function, "path_acs", 2).cause, UAPI_GROUP_ALONE);
	out = why(one_good_function, "reachable_set", 2);
	assert_int_equal(out.cause, UAPI_GROUP_REACH);
	assert_int_equal(out.device, 0);
}

static void test_group_why_of_an_mdev_names_its_parent(void **state)
{
	(void)state;
	struct uapi_group_why out = why(virtual_functions, "path_acs", 3);
	assert_int_equal(out.cause, UAPI_GROUP_PARENT);
	assert_int_equal(out.device, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_group_isolated_devices_are_alone),
		cmocka_unit_test(test_group_switch_without_acs_is_one),
		cmocka_unit_test(test_group_redirect_without_validation_is_reach_isolated),
		cmocka_unit_test(test_group_one_open_port_reaches_its_isolated_neighbour),
		cmocka_unit_test(test_group_functions_behind_the_only_port_are_reach_isolated),
		cmocka_unit_test(test_group_path_needs_each_of_its_bits),
		cmocka_unit_test(test_group_root_port_without_acs_holds_all_below),
		cmocka_unit_test(test_group_conventional_bus_is_one),
		cmocka_unit_test(test_group_functions_without_acs_are_one),
		cmocka_unit_test(test_group_redirecting_functions_are_alone),
		cmocka_unit_test(test_group_good_function_is_reached_by_bad_ones),
		cmocka_unit_test(test_group_requester_alias_joins),
		cmocka_unit_test(test_group_alias_of_a_later_device_joins),
		cmocka_unit_test(test_group_virtual_functions_are_alone_and_mdevs_have_none),
		cmocka_unit_test(test_group_platform_masters_are_alone),
		cmocka_unit_test(test_group_device_without_iommu_has_none),
		cmocka_unit_test(test_group_hotplugged_device_joins),
		cmocka_unit_test(test_group_virtual_functions_come_and_go_with_their_parent),
		cmocka_unit_test(test_group_why_names_the_port_and_what_it_lacks),
		cmocka_unit_test(test_group_why_names_the_neighbour_of_the_same_switch),
		cmocka_unit_test(test_group_why_tells_buses_aliases_and_functions_apart),
		cmocka_unit_test(test_group_why_of_an_mdev_names_its_parent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
