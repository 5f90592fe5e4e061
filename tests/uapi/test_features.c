/* SPDX-License-Identifier: MIT */
/*
 * What the kernel lets devices do beyond plain requests: PASIDs as the way up permits them (pci_enable_pasid(), Lu
 * Baolu 2022-08-17, <20220817012024.3251276-5-baolu.lu@linux.intel.com>), ATS for those it trusts, interrupt messages.
 */
#include "office.h"
#include "uapi/state.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* --- the fabric rule --- */

enum place { OWN_PORT, INTEGRATED, BEHIND_SWITCH, BEHIND_BRIDGE, TWO_FUNCTIONS, PLATFORM };

struct fabric_row {
	const char *what;
	enum place place;
	uint8_t root, downstream, function; /* ACS bits */
	int result;
};

#define REDIRECTS (ACS_RR | ACS_UF)

static const struct fabric_row fabric_rows[] = {
	{"a root port that isolates", OWN_PORT, ACS_FULL, 0, 0, 0},
	{"redirect and forwarding are enough", OWN_PORT, REDIRECTS, 0, 0, 0},
	{"no redirect", OWN_PORT, ACS_FULL & ~ACS_RR, 0, 0, -EINVAL},
	{"no forwarding", OWN_PORT, ACS_FULL & ~ACS_UF, 0, 0, -EINVAL},
	{"integrated into the root complex", INTEGRATED, 0, 0, 0, 0},
	{"a switch that redirects; its upstream port needs nothing", BEHIND_SWITCH, ACS_FULL, REDIRECTS, 0, 0},
	{"a switch that does not", BEHIND_SWITCH, ACS_FULL, 0, 0, -EINVAL},
	{"a switch that does under a root port that does not", BEHIND_SWITCH, 0, ACS_FULL, 0, -EINVAL},
	{"a shared bus", BEHIND_BRIDGE, ACS_FULL, 0, 0, -EINVAL},
	{"functions that reach each other", TWO_FUNCTIONS, ACS_FULL, 0, 0, -EINVAL},
	{"functions have no forwarding to redirect", TWO_FUNCTIONS, ACS_FULL, 0, ACS_RR, 0},
	{"no PCIe at all", PLATFORM, 0, 0, 0, 0},
};

static uint16_t add_port(struct bench *b, const char *name, enum port_kind kind, uint16_t parent, uint8_t acs)
{
	uint16_t port = machine_add_port(b->machine, name);
	b->machine->ports[port].kind = kind;
	b->machine->ports[port].parent = parent;
	b->machine->ports[port].acs = acs;
	b->machine->ports[port].acs_given = true;
	return port;
}

static uint16_t place(struct bench *b, const struct fabric_row *row)
{
	uint16_t port = MACHINE_NONE;
	if (row->place != INTEGRATED && row->place != PLATFORM)
		port = add_port(b, "root", PORT_ROOT, MACHINE_NONE, row->root);
	if (row->place == BEHIND_SWITCH) {
		port = add_port(b, "up", PORT_SWITCH, port, 0);
		port = add_port(b, "down", PORT_DOWNSTREAM, port, row->downstream);
	} else if (row->place == BEHIND_BRIDGE) {
		port = add_port(b, "bridge", PORT_PCI_BRIDGE, port, ACS_FULL);
	}
	uint16_t device = bench_device_under(b, "d", DRIVER_HOST, port);
	struct machine_device *d = &b->machine->devices[device];
	d->pasid_bits = 16;
	if (row->place == PLATFORM)
		d->kind = DEVICE_PLATFORM;
	if (row->place == INTEGRATED) {
		d->bdf_given = true;
		d->rid = 0x20;
	}
	if (row->place == TWO_FUNCTIONS) {
		d->acs = row->function;
		d->acs_given = true;
		bench_function(b, "e", DRIVER_NONE, device);
	}
	return device;
}

static void test_fabric_rule_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fabric_rows) / sizeof(fabric_rows[0]); i++) {
		const struct fabric_row *row = &fabric_rows[i];
		for (int strict = 0; strict < 2; strict++) {
			struct bench b;
			bench_open(&b, "iommufd");
			bench_set(&b, "pasid_fabric_rule", strict ? "acs_required" : "none");
			uint16_t device = place(&b, row);
			bench_start(&b);
			int result = uapi_pasid_enable(b.uapi, device);
			if (result != (strict ? row->result : 0))
				fail_msg("%s: %d", row->what, result);
			bool on = bench_features(&b, device) & FEATURE_PASID;
			if (on != (result == 0))
				fail_msg("%s: PASIDs are %s", row->what, on ? "on" : "off");
			bench_close(&b);
		}
	}
}

static void test_pasid_enable_without_capability_or_unit_is_refused(void **state)
{
	struct bench b;
	(void)state;
	bench_open(&b, "iommufd");
	uint16_t plain = bench_device(&b, "plain", DRIVER_HOST), d = bench_device(&b, "d", DRIVER_HOST);
	uint16_t empty = bench_device(&b, "empty", DRIVER_HOST);
	b.machine->devices[d].pasid_bits = b.machine->devices[empty].pasid_bits = 8;
	b.machine->devices[empty].present = false;
	bench_start(&b);
	struct driver *driver = &b.units[0]->base;
	assert_int_equal(uapi_pasid_enable(b.uapi, plain), -EINVAL);
	assert_int_equal(uapi_pasid_enable(b.uapi, empty), -ENODEV);
	assert_int_equal(driver->ops->set_features(driver, b.machine->devices[d].stream, 0), 0);
	b.units[0]->supported = FEATURE_ATS;
	assert_int_equal(uapi_pasid_enable(b.uapi, d), -ENODEV);
	b.units[0]->supported = FEATURE_PASID;
	assert_int_equal(uapi_pasid_enable(b.uapi, d), 0);
	bench_close(&b);
}

/* PCIe 9.3.7: a VF has no PASID capability of its own. */
static void test_pasids_of_a_vf_are_its_pfs(void **state)
{
	(void)state;
	for (int redirects = 0; redirects < 2; redirects++) {
		struct bench b;
		bench_open(&b, "iommufd");
		uint16_t root = add_port(&b, "root", PORT_ROOT, MACHINE_NONE, redirects ? ACS_FULL : 0);
		uint16_t pf = bench_device_under(&b, "pf", DRIVER_HOST, root);
		uint16_t vf = bench_device_under(&b, "vf", DRIVER_HOST, root);
		b.machine->devices[pf].pasid_bits = 8;
		b.machine->devices[vf].kind = DEVICE_VF;
		b.machine->devices[vf].parent = pf;
		bench_start(&b);
		assert_int_equal(uapi_pasid_enable(b.uapi, vf), redirects ? 0 : -EINVAL);
		assert_int_equal(bench_features(&b, vf), redirects ? FEATURE_PASID : 0);
		bench_close(&b);
	}
}

/* --- placing --- */

static uint16_t capable(struct bench *b, const char *name)
{
	uint16_t device = bench_device(b, name, DRIVER_HOST);
	b->machine->devices[device].ats = b->machine->devices[device].pri = true;
	b->machine->devices[device].pasid_bits = 20;
	return device;
}

static void test_features_pasids_are_on_before_ats(void **state)
{
	struct bench b;
	(void)state;
	bench_open(&b, "kernel-dma");
	uint16_t d = capable(&b, "d");
	bench_start(&b);
	assert_int_equal(b.units[0]->feature_call_count, 2);
	assert_int_equal(b.units[0]->feature_calls[0], FEATURE_PASID);
	assert_int_equal(b.units[0]->feature_calls[1], FEATURE_PASID | FEATURE_ATS);
	assert_int_equal(bench_features(&b, d), FEATURE_PASID | FEATURE_ATS); /* page requests: when they are wanted */
	bench_close(&b);
}

static void test_features_untrusted_have_no_ats_and_no_page_requests(void **state)
{
	struct bench b;
	(void)state;
	bench_open(&b, "kernel-dma");
	uint16_t x = bench_owner(&b, "x"), d = capable(&b, "d");
	b.machine->devices[d].trusted = false;
	bench_start(&b);
	assert_int_equal(bench_features(&b, d), FEATURE_PASID);
	assert_int_equal(uapi_sva_bind(b.uapi, d, 4, x), 0);
	assert_int_equal(bench_features(&b, d), FEATURE_PASID);
	bench_close(&b);
}

static void test_features_that_the_unit_lacks_stay_off(void **state)
{
	static const unsigned supported[] = {FEATURE_ATS, FEATURE_PASID, FEATURE_ATS | FEATURE_PASID, 0};
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct bench b;
		bench_open(&b, "iommufd");
		uint16_t x = bench_owner(&b, "x"), d = capable(&b, "d");
		b.machine->devices[d].present = false;
		bench_start(&b);
		b.units[0]->supported = supported[i];
		assert_int_equal(uapi_hotplug(b.uapi, d), 0);
		assert_int_equal(bench_features(&b, d), supported[i]);
		bool pasids = supported[i] & FEATURE_PASID;
		assert_int_equal(uapi_sva_bind(b.uapi, d, 4, x), pasids ? 0 : -EINVAL);
		assert_int_equal(bench_features(&b, d), supported[i]);
		bench_close(&b);
	}
}

/* --- interrupts --- */

static struct msi_message message_of(const struct bench *b, uint16_t device, uint32_t index, bool open)
{
	struct msi_message message;
	assert_int_equal(uapi_msi_message(b->uapi, device, index, &message), open);
	return message;
}

static void test_interrupts_remapped_where_the_unit_is_on(void **state)
{
	struct office o;
	(void)state;
	office_declare(&o, "iommufd", "7.0");
	uint16_t k = bench_device(&o.b, "k", DRIVER_HOST);
	o.b.machine->devices[k].vectors = 2;
	o.b.machine->devices[o.nic].vectors = 1;
	bench_start(&o.b);
	struct fake_driver *unit = o.b.units[0];
	assert_int_equal(unit->interrupt_count, 2);
	assert_true(message_of(&o.b, k, 1, true).address == 0xfee00010);
	assert_int_equal(unit->interrupts[1].vector, 0x21);
	assert_int_equal(unit->interrupts[1].destination, k);
	message_of(&o.b, o.nic, 0, false);
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), 0);
	assert_int_equal(unit->interrupt_count, 3);
	message_of(&o.b, o.nic, 0, true);
	assert_int_equal(uapi_release(o.b.uapi, o.p1, o.nic), 0);
	message_of(&o.b, o.nic, 0, false);
	assert_int_equal(uapi_driver_unbind(o.b.uapi, k), 0);
	assert_int_equal(unit->interrupt_count, 0);
	assert_int_equal(uapi_driver_bind(o.b.uapi, k, DRIVER_HOST), 0);
	assert_int_equal(unit->interrupt_count, 2);
	assert_int_equal(uapi_unplug(o.b.uapi, k), 0);
	assert_int_equal(unit->interrupt_count, 0);
	bench_close(&o.b);
}

/* Intel SDM 3A 12.11.1: destination in bits 19:12; 12.11.2: the vector is the data. */
static void test_interrupts_of_a_unit_that_is_off_change_when_it_is_on(void **state)
{
	struct bench b;
	(void)state;
	bench_open(&b, "kernel-dma");
	bench_device(&b, "other", DRIVER_NONE);
	uint16_t k = bench_device(&b, "k", DRIVER_HOST);
	b.machine->devices[k].vectors = 1;
	b.machine->iommus[0].on = false;
	bench_start(&b);
	assert_true(message_of(&b, k, 0, true).address == 0xfee01000);
	assert_int_equal(message_of(&b, k, 0, true).data, 0x20);
	assert_int_equal(uapi_enable_translation(b.uapi, 0), 0);
	assert_true(message_of(&b, k, 0, true).address == 0xfee00010);
	bench_close(&b);
}

static void test_interrupts_beyond_the_table_are_let_through_to_nobody(void **state)
{
	struct bench b;
	(void)state;
	bench_open(&b, "kernel-dma");
	uint16_t k = bench_device(&b, "k", DRIVER_HOST);
	b.machine->devices[k].vectors = BENCH_VECTORS + 1; /* the last has no identity */
	bench_start(&b);
	message_of(&b, k, BENCH_VECTORS - 1, true);
	message_of(&b, k, BENCH_VECTORS, false);
	bench_close(&b);
}

static void test_interrupts_closing_leaves_no_trace(void **state)
{
	struct office o;
	(void)state;
	office_declare(&o, "iommufd", "7.0");
	o.b.machine->devices[o.nic].vectors = 2;
	bench_start(&o.b);
	uint64_t hash = arena_hash(o.b.arena);
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), 0);
	assert_int_equal(uapi_release(o.b.uapi, o.p1, o.nic), 0);
	assert_int_equal(uapi_driver_unbind(o.b.uapi, o.nic), 0);
	assert_int_equal(uapi_driver_bind(o.b.uapi, o.nic, DRIVER_USER), 0);
	assert_true(arena_hash(o.b.arena) == hash);
	bench_close(&o.b);
}

/* --- the doorbell --- */

#define WINDOW UINT64_C(0x8000000) /* MSI_IOVA_BASE of kernels' Arm drivers */

static void open_arm(struct office *o, const char *dma, const char *blocking, uint32_t vectors)
{
	office_declare(o, "iommufd", "7.0");
	bench_set(&o->b, "kernel_dma", dma);
	bench_set(&o->b, "blocking_impl", blocking);
	o->b.kind = IOMMU_SMMUV3;
	o->b.machine->devices[o->nic].vectors = vectors;
	bench_start(&o->b);
}

static void test_doorbell_is_mapped_where_devices_see_it(void **state)
{
	struct office o;
	(void)state;
	open_arm(&o, "strict", "fault", 2);
	assert_true(bench_reach(&o.b, o.nic, WINDOW | 0x40) == BENCH_DOORBELL); /* the default domain */
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), 0);
	assert_true(o.b.routed[o.nic][1]);
	assert_true(bench_reach(&o.b, o.nic, WINDOW | 0x40) == UINT64_MAX);
	space_handle space = bench_space(&o.b, o.p1);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.nic, space), 0);
	assert_true(bench_reach(&o.b, o.nic, WINDOW | 0x40) == BENCH_DOORBELL);
	assert_true(message_of(&o.b, o.nic, 1, true).address == (WINDOW | 0x40));
	assert_int_equal(message_of(&o.b, o.nic, 1, true).data, 1);
	/* No user puts its own page there. */
	assert_int_equal(bench_map(&o.b, o.p1, space, WINDOW, o.page), -EINVAL);
	assert_int_equal(uapi_release(o.b.uapi, o.p1, o.nic), 0);
	assert_false(o.b.routed[o.nic][1]);
	bench_close(&o.b);
}

static void test_doorbell_is_seen_as_it_is_where_nothing_translates(void **state)
{
	struct office o;
	(void)state;
	open_arm(&o, "identity", "bypass", 1);
	assert_int_equal(uapi_take(o.b.uapi, o.p1, o.nic), 0);
	assert_true(message_of(&o.b, o.nic, 0, true).address == BENCH_DOORBELL);
	space_handle space = bench_space(&o.b, o.p1);
	assert_int_equal(uapi_attach(o.b.uapi, o.p1, o.nic, space), 0);
	assert_true(message_of(&o.b, o.nic, 0, true).address == (WINDOW | 0x40));
	bench_close(&o.b);
}

static void test_doorbell_without_vectors_is_not_mapped(void **state)
{
	struct office o;
	(void)state;
	open_arm(&o, "strict", "fault", 0);
	assert_true(bench_reach(&o.b, o.nic, WINDOW | 0x40) == UINT64_MAX);
	bench_close(&o.b);
}

#define TEST(name) cmocka_unit_test(test_##name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fabric_rule_rows),
		TEST(pasid_enable_without_capability_or_unit_is_refused),
		TEST(pasids_of_a_vf_are_its_pfs),
		TEST(features_pasids_are_on_before_ats),
		TEST(features_untrusted_have_no_ats_and_no_page_requests),
		TEST(features_that_the_unit_lacks_stay_off),
		TEST(interrupts_remapped_where_the_unit_is_on),
		TEST(interrupts_of_a_unit_that_is_off_change_when_it_is_on),
		TEST(interrupts_beyond_the_table_are_let_through_to_nobody),
		TEST(interrupts_closing_leaves_no_trace),
		TEST(doorbell_is_mapped_where_devices_see_it),
		TEST(doorbell_is_seen_as_it_is_where_nothing_translates),
		TEST(doorbell_without_vectors_is_not_mapped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
