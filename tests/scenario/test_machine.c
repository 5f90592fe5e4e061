/* SPDX-License-Identifier: MIT */
/* What the loader makes of headings and machines. */
#include "loaded.h"

/* --- heading --- */

static void test_heading_read_fills_texts_and_sources(void **state)
{
	struct scenario *s = load("name: t\ntitle: 'A title'\n"
				  "source:\n"
				  "  - {author: A, date: 2021-06-14, message-id: a@b}\n"
				  "  - {author: B, date: 2022-02-28, subject: 's', commit: c0ffee, document: d}\n"
				  "claim: >\n  Something\n  is claimed.\n"
				  "invariants: [p2p-contained, dma-confined]\n"
				  "hardware: manual\n"
				  "machine: {devices: {d: {}}}\nrun: [{run: queues}]\n" TAIL);

	(void)state;
	assert_string_equal(s->name, "t");
	assert_string_equal(s->title, "A title");
	assert_string_equal(s->claim, "Something is claimed.\n");
	assert_int_equal(s->source_count, 2);
	assert_string_equal(s->sources[0].message_id, "a@b");
	assert_null(s->sources[0].subject);
	assert_string_equal(s->sources[1].author, "B");
	assert_string_equal(s->sources[1].commit, "c0ffee");
	assert_string_equal(s->sources[1].document, "d");
	assert_int_equal(s->invariants, 1u << 3 | 1u << 0);
	assert_int_equal(s->hardware, HARDWARE_MANUAL);
	assert_int_equal(s->case_count, 1);
	assert_string_equal(s->cases[0].name, "");
	scenario_free(s);
}

/* --- machine --- */

static void test_machine_empty_has_host_and_first_iommu(void **state)
{
	struct scenario *s = load(HEAD "machine: {}\nrun: [{run: all}]\n" TAIL);
	const struct machine *m = s->cases[0].machine;

	(void)state;
	assert_int_equal(m->owner_count, 1);
	assert_string_equal(m->owners[0].name, "host");
	assert_int_equal(m->iommu_count, 1);
	assert_string_equal(m->iommus[0].name, "iommu0");
	assert_true(m->iommus[0].on && m->iommus[0].interrupt_remapping && m->iommus[0].enforce_snoop);
	assert_false(m->iommus[0].kind_given);
	assert_int_equal(s->hardware, HARDWARE_AUTO);
	scenario_free(s);
}

static void test_iommus_declared_keep_their_keys(void **state)
{
	struct scenario *s =
		load(HEAD "machine:\n"
			  "  iommus:\n"
			  "    a: {kind: vtd, mode: legacy, on: false, pages: [4K, 1G]}\n"
			  "    b: {kind: none, interrupt-remapping: false, enforce-snoop: false, httu: none,\n"
			  "        msi-window: {at: 0xfe000000, size: 1M}}\n"
			  "run: [{enable-translation: {iommu: a}}]\n" TAIL);
	const struct machine *m = s->cases[0].machine;

	(void)state;
	assert_int_equal(m->iommu_count, 2);
	assert_int_equal(m->iommus[0].kind, IOMMU_VTD);
	assert_int_equal(m->iommus[0].httu, HTTU_AF_DIRTY);
	assert_int_equal(m->iommus[1].httu, HTTU_NONE);
	assert_true(m->iommus[0].kind_given);
	assert_false(m->iommus[0].on);
	assert_int_equal(m->iommus[0].page_lg2_mask_4k_2m_1g, 5);
	assert_int_equal(m->iommus[1].kind, IOMMU_NONE);
	assert_true(m->iommus[1].kind_given);
	assert_false(m->iommus[1].interrupt_remapping);
	assert_false(m->iommus[1].enforce_snoop);
	assert_int_equal(m->iommus[1].msi_first, 0xfe000000);
	assert_int_equal(m->iommus[1].msi_last, 0xfe0fffff);
	assert_int_equal(step_of(s, 0)->operation, OP_ENABLE_TRANSLATION);
	assert_int_equal(step_of(s, 0)->with.iommu, 0);
	scenario_free(s);
}

static void test_fabric_declared_builds_the_tree(void **state)
{
	struct scenario *s = load(HEAD "machine:\n"
				       "  fabric:\n"
				       "    dp: {kind: downstream-port, under: sw, acs: [sv, rr]}\n"
				       "    sw: {kind: switch, under: rp, acs: none}\n"
				       "    rp: {kind: root-port, acs: full}\n"
				       "    br: {kind: pci-bridge, under: dp}\n"
				       "  devices: {d: {under: br}, e: {under: sw}}\n"
				       "run: [{run: all}]\n" TAIL);
	const struct machine *m = s->cases[0].machine;
	const struct machine_port *dp = &m->ports[port_named(m, "dp")], *br = &m->ports[port_named(m, "br")];

	(void)state;
	assert_int_equal(dp->kind, PORT_DOWNSTREAM);
	assert_int_equal(dp->parent, port_named(m, "sw"));
	assert_int_equal(dp->acs, ACS_SV | ACS_RR);
	assert_int_equal(m->ports[port_named(m, "sw")].acs, 0);
	assert_int_equal(m->ports[port_named(m, "rp")].acs, ACS_FULL);
	assert_int_equal(br->kind, PORT_PCI_BRIDGE);
	assert_int_equal(m->devices[device_named(m, "d")].port, port_named(m, "br"));
	scenario_free(s);
}

static void test_devices_with_functions_form_one_package(void **state)
{
	struct scenario *s =
		load(HEAD "machine:\n"
			  "  fabric: {sw: {kind: switch}}\n"
			  "  devices:\n"
			  "    nic:\n"
			  "      under: sw\n"
			  "      driver: stub\n"
			  "      acs: [rr, uf]\n"
			  "      functions: {f0: {driver: host}, f1: {acs: none, present: false}}\n"
			  "    pf: {acs: none, vfs: {v0: {}, v1: {driver: none, mdevs: {m1: {}}}}, mdevs: {m: {}}}\n"
			  "run: [{run: all}]\n" TAIL);
	const struct machine *m = s->cases[0].machine;
	const struct machine_device *f0 = &m->devices[device_named(m, "f0")], *f1 = &m->devices[device_named(m, "f1")];
	uint16_t pf = device_named(m, "pf"), v1 = device_named(m, "v1");

	(void)state;
	assert_int_equal(m->device_count, 7);
	assert_int_equal(f0->package, f1->package);
	assert_int_equal(f0->driver, DRIVER_HOST);
	assert_int_equal(f1->driver, DRIVER_STUB);
	assert_int_equal(f0->acs, ACS_RR | ACS_UF);
	assert_int_equal(f1->acs, 0);
	assert_true(f0->present);
	assert_false(f1->present);
	assert_int_equal(f0->rid >> 3, f1->rid >> 3);
	assert_int_equal(m->devices[v1].kind, DEVICE_VF);
	assert_int_equal(m->devices[v1].parent, pf);
	assert_int_equal(m->devices[v1].driver, DRIVER_NONE);
	assert_int_equal(m->devices[device_named(m, "m")].kind, DEVICE_MDEV);
	assert_int_equal(m->devices[device_named(m, "m")].parent, pf);
	assert_int_equal(m->devices[device_named(m, "m1")].parent, v1);
	scenario_free(s);
}

static void test_devices_keep_their_keys(void **state)
{
	struct scenario *s = load(
		HEAD "machine:\n"
		     "  iommus: {a: {}, b: {}}\n"
		     "  devices:\n"
		     "    d: {bdf: '03:00.0', trusted: false, bars: {bar0: 16K, bar2: 1M}}\n"
		     "    e: {iommu: b, alias: d, reserved: {r: {at: 0x5000, size: 8K, kind: rmrr}, h: {at: 64K}}}\n"
		     "    f: {alias: '04:01.3'}\n"
		     "    p: {kind: platform, iommu: b, driver: host}\n"
		     "run: [{run: all}]\n" TAIL);
	const struct machine *m = s->cases[0].machine;
	const struct machine_device *d = &m->devices[0], *e = &m->devices[1], *f = &m->devices[2], *p = &m->devices[3];

	(void)state;
	assert_int_equal(d->rid, 0x0300);
	assert_false(d->trusted);
	assert_int_equal(d->bar_count, 2);
	assert_string_equal(m->bars[1].name, "d.bar2");
	assert_int_equal(m->bars[1].index, 2);
	assert_int_equal(m->bars[1].bytes, 1 << 20);
	assert_int_equal(e->iommu, 1);
	assert_true(e->aliased);
	assert_int_equal(e->alias_device, 0);
	assert_int_equal(e->reserved_count, 2);
	assert_int_equal(m->reserved[0].kind, RESERVED_RMRR);
	assert_int_equal(m->reserved[0].bytes, 8192);
	assert_int_equal(m->reserved[1].first, 0x10000);
	assert_int_equal(m->reserved[1].kind, RESERVED_HOLE);
	assert_int_equal(m->reserved[1].bytes, 4096);
	assert_int_equal(f->alias_rid, 0x040b); /* bus 4, device 1, function 3 */
	assert_int_equal(p->kind, DEVICE_PLATFORM);
	assert_int_equal(p->iommu, 1);
	assert_int_equal(p->driver, DRIVER_HOST);
	scenario_free(s);
}

static void test_owners_and_memory_keep_their_keys(void **state)
{
	struct scenario *s =
		load(HEAD "machine:\n"
			  "  owners: {a: process, b: vm, c: {kind: user, rawio: false, resource: false}}\n"
			  "  memory:\n"
			  "    k: {of: host}\n"
			  "    m: {of: b, size: 2M, gpa: 0x40000000, present: false, shared-with: [a, host]}\n"
			  "    o: {of: c, va: 0x10000, shared-with: a}\n"
			  "run: [{run: all}]\n" TAIL);
	const struct machine *m = s->cases[0].machine;

	(void)state;
	assert_int_equal(m->owners[2].kind, OWNER_VM);
	assert_true(m->owners[2].rawio);
	assert_int_equal(m->owners[3].kind, OWNER_USER);
	assert_false(m->owners[3].rawio);
	assert_true(m->owners[2].resource);
	assert_false(m->owners[3].resource);
	assert_int_equal(m->memories[0].owner, MACHINE_HOST);
	assert_int_equal(m->memories[0].bytes, 4096);
	assert_true(m->memories[0].present);
	assert_int_equal(m->memories[1].owner, 2);
	assert_int_equal(m->memories[1].bytes, 2u << 20);
	assert_true(m->memories[1].gpa_given);
	assert_int_equal(m->memories[1].gpa, 0x40000000);
	assert_false(m->memories[1].present);
	assert_int_equal(m->memories[1].shared_with, 1u << 1 | 1u << 0);
	assert_true(m->memories[2].va_given);
	assert_int_equal(m->memories[2].va, 0x10000);
	assert_int_equal(m->memories[2].shared_with, 1u << 1);
	scenario_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heading_read_fills_texts_and_sources),
		cmocka_unit_test(test_machine_empty_has_host_and_first_iommu),
		cmocka_unit_test(test_iommus_declared_keep_their_keys),
		cmocka_unit_test(test_fabric_declared_builds_the_tree),
		cmocka_unit_test(test_devices_with_functions_form_one_package),
		cmocka_unit_test(test_devices_keep_their_keys),
		cmocka_unit_test(test_owners_and_memory_keep_their_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
