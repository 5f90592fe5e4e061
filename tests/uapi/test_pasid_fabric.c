/* SPDX-License-Identifier: MIT */
/* pasid_fabric_rule: what a fabric and a group must be like so that a device of them gets PASIDs. */
#include "bench.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct slots {
	struct bench b;
	uint16_t x, d, e; /* d is in one slot of a switch, e comes into the other */
};

static uint16_t port(struct bench *b, const char *name, enum port_kind kind, uint16_t parent, uint8_t acs)
{
	uint16_t port = machine_add_port(b->machine, name);
	b->machine->ports[port].kind = kind;
	b->machine->ports[port].parent = parent;
	b->machine->ports[port].acs = acs;
	b->machine->ports[port].acs_given = true;
	return port;
}

static void declare(struct slots *s, const char *rule, uint8_t acs)
{
	struct bench *b = &s->b;
	bench_open(b, "iommufd");
	bench_set(b, "pasid_fabric_rule", rule);
	uint16_t root = port(b, "root", PORT_ROOT, MACHINE_NONE, acs);
	uint16_t sw = port(b, "sw", PORT_SWITCH, root, acs);
	s->x = bench_owner(b, "x");
	s->d = bench_device_under(b, "d", DRIVER_HOST, port(b, "left", PORT_DOWNSTREAM, sw, acs));
	s->e = bench_device_under(b, "e", DRIVER_HOST, port(b, "right", PORT_DOWNSTREAM, sw, acs));
	b->machine->devices[s->d].pasid_bits = 8;
	b->machine->devices[s->e].present = false;
}

static int bind(struct slots *s)
{
	return uapi_sva_bind(s->b.uapi, s->d, 5, s->x);
}

static void test_immutable_wants_all_isolation_on_the_way_up(void **state)
{
	static const struct {
		uint8_t acs;
		int result;
	} rows[] = {
		{ACS_SV | ACS_RR | ACS_CR | ACS_UF, 0}, {ACS_RR | ACS_CR | ACS_UF, -EINVAL},
		{ACS_SV | ACS_RR | ACS_UF, -EINVAL},    {ACS_SV | ACS_RR | ACS_CR, -EINVAL},
		{ACS_SV | ACS_CR | ACS_UF, -EINVAL},
	};
	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slots s;
		declare(&s, "immutable", rows[i].acs);
		bench_start(&s.b);
		assert_int_equal(uapi_pasid_enable(s.b.uapi, s.d), 0); /* nobody asks there */
		assert_int_equal(bind(&s), rows[i].result);
		assert_int_equal(uapi_hotplug(s.b.uapi, s.e), 0);
		bench_close(&s.b);
	}
}

/* Alone today is not enough, and a group of two is none of one whatever the fabric. */
static void test_immutable_counts_as_well(void **state)
{
	struct slots s;
	(void)state;
	declare(&s, "immutable", ACS_SV | ACS_RR | ACS_CR | ACS_UF);
	uint16_t f1 = bench_function(&s.b, "f1", DRIVER_NONE, s.d);
	(void)f1;
	bench_start(&s.b);
	assert_int_equal(bind(&s), -EINVAL);
	bench_close(&s.b);
}

static void test_refused_hotplug_leaves_the_slot_empty(void **state)
{
	struct slots s;
	(void)state;
	declare(&s, "refuse_hotplug", 0);
	bench_start(&s.b);
	assert_int_equal(bind(&s), 0);
	assert_int_equal(uapi_hotplug(s.b.uapi, s.e), -EBUSY);
	assert_false(s.b.present[s.e]);
	assert_int_equal(uapi_take(s.b.uapi, s.x, s.e), -ENODEV);
	/* Without PASIDs in the group there is nothing against it; then there can be none. */
	assert_int_equal(uapi_sva_unbind(s.b.uapi, s.x, s.d, 5), 0);
	assert_int_equal(uapi_hotplug(s.b.uapi, s.e), 0);
	assert_true(s.b.present[s.e]);
	assert_int_equal(bind(&s), -EINVAL);
	bench_close(&s.b);
}

static void test_refused_hotplug_is_of_the_same_group(void **state)
{
	struct slots s;
	(void)state;
	declare(&s, "refuse_hotplug", ACS_SV | ACS_RR | ACS_CR | ACS_UF);
	bench_start(&s.b);
	assert_int_equal(bind(&s), 0);
	assert_int_equal(uapi_hotplug(s.b.uapi, s.e), 0);
	bench_close(&s.b);
}

static void test_counting_lets_the_group_grow(void **state)
{
	struct slots s;
	(void)state;
	declare(&s, "count_at_attach", 0);
	bench_start(&s.b);
	assert_int_equal(bind(&s), 0);
	assert_int_equal(uapi_hotplug(s.b.uapi, s.e), 0);
	bench_close(&s.b);
}

/* Who can translate for itself is believed; others need what everybody needs. */
static void test_promise_is_for_those_that_translate(void **state)
{
	(void)state;
	for (int ats = 0; ats < 2; ats++) {
		struct slots s;
		declare(&s, "translated_only_promise", 0);
		s.b.machine->devices[s.d].ats = ats;
		bench_start(&s.b);
		assert_int_equal(uapi_pasid_enable(s.b.uapi, s.d), ats ? 0 : -EINVAL);
		assert_int_equal(bind(&s), ats ? 0 : -EINVAL);
		bench_close(&s.b);
	}
	struct slots s;
	declare(&s, "translated_only_promise", ACS_RR | ACS_UF);
	bench_start(&s.b);
	assert_int_equal(bind(&s), 0);
	bench_close(&s.b);
}

/* An IOMMU driver that does not ask binds what the device may never send. */
static void test_attach_that_trusts_needs_the_capability_alone(void **state)
{
	struct slots s;
	(void)state;
	declare(&s, "acs_required", 0);
	bench_set(&s.b, "pasid_attach_checks_enable", "false");
	uint16_t plain = bench_device(&s.b, "plain", DRIVER_HOST);
	bench_start(&s.b);
	assert_int_equal(uapi_pasid_enable(s.b.uapi, s.d), -EINVAL);
	assert_false(uapi_pasid_permitted(s.b.uapi, s.d));
	assert_int_equal(bind(&s), 0);
	assert_int_equal(uapi_sva_bind(s.b.uapi, plain, 5, s.x), -EINVAL);
	bench_close(&s.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_immutable_wants_all_isolation_on_the_way_up),
		cmocka_unit_test(test_immutable_counts_as_well),
		cmocka_unit_test(test_refused_hotplug_leaves_the_slot_empty),
		cmocka_unit_test(test_refused_hotplug_is_of_the_same_group),
		cmocka_unit_test(test_counting_lets_the_group_grow),
		cmocka_unit_test(test_promise_is_for_those_that_translate),
		cmocka_unit_test(test_attach_that_trusts_needs_the_capability_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
