/* SPDX-License-Identifier: MIT */
/* What the language has, written once, and what the loader makes of it. */
#include "tables.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD                                                               \
	"name: t\n"                                                        \
	"title: A title\n"                                                 \
	"source: {author: A. Author, date: 2021-06-14, message-id: a@b}\n" \
	"claim: >\n  Something\n  is claimed.\n"                           \
	"invariants: [p2p-contained, dma-confined]\n"
#define TAIL "expect: [{policy: iommufd, verdict: safe, basis: K}]\n"

static struct scenario *load(const char *text)
{
	GError *error = NULL;
	struct scenario *scenario = scenario_load_data("t.yaml", text, strlen(text), &test_tables, &error);

	if (!scenario)
		print_error("%s\n", error->message);
	assert_non_null(scenario);
	return scenario;
}

static const struct step *step_of(const struct scenario *scenario, uint32_t index)
{
	assert_true(index < scenario->cases[0].step_count);
	return &scenario->cases[0].steps[index];
}

static uint16_t device_named(const struct machine *machine, const char *name)
{
	for (uint32_t i = 0; i < machine->device_count; i++)
		if (strcmp(machine->devices[i].name, name) == 0)
			return (uint16_t)i;
	fail_msg("no device %s", name);
	return 0;
}

static uint16_t port_named(const struct machine *machine, const char *name)
{
	for (uint32_t i = 0; i < machine->port_count; i++)
		if (strcmp(machine->ports[i].name, name) == 0)
			return (uint16_t)i;
	fail_msg("no port %s", name);
	return 0;
}

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
	struct scenario *s = load(HEAD "machine:\n"
				       "  iommus:\n"
				       "    a: {kind: vtd, mode: legacy, on: false, pages: [4K, 1G]}\n"
				       "    b: {kind: none, interrupt-remapping: false, enforce-snoop: false,\n"
				       "        msi-window: {at: 0xfe000000, size: 1M}}\n"
				       "run: [{enable-translation: {iommu: a}}]\n" TAIL);
	const struct machine *m = s->cases[0].machine;

	(void)state;
	assert_int_equal(m->iommu_count, 2);
	assert_int_equal(m->iommus[0].kind, IOMMU_VTD);
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
			  "  owners: {a: process, b: vm, c: {kind: user, rawio: false}}\n"
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

/* --- steps --- */

#define MACHINE                                                                      \
	"let: {i: 0x10000}\n"                                                        \
	"machine:\n"                                                                 \
	"  owners: {p1: process, p2: vm}\n"                                          \
	"  devices:\n"                                                               \
	"    d: {bars: {bar0: 8K}, mdevs: {m: {}}}\n"                                \
	"    e: {driver: host, reserved: {r: {at: 0x7000, size: 4K, kind: rmrr}}}\n" \
	"  memory: {p: {of: p1, size: 8K}, q: {of: p2}}\n"
#define RUN(steps) HEAD MACHINE "run:\n" steps TAIL

static void test_steps_of_ownership_name_device_and_actor(void **state)
{
	struct scenario *s = load(RUN("  - {by: p2, take: {device: d}}\n"
				      "  - {by: p2, release: {device: d}}\n"
				      "  - {driver-bind: {device: d, driver: stub}}\n"
				      "  - {by: host, driver-unbind: {device: e}}\n"
				      "  - {by: p1, reset: {device: d}}\n"
				      "  - {by: p1, command: {device: d, bus-master: false}}\n"
				      "  - {by: p1, command: {device: d, memory: true}}\n"
				      "  - {unplug: {device: d}}\n"
				      "  - {hotplug: {device: d}}\n"
				      "  - {by: p1, exit: {}}\n"));

	(void)state;
	assert_int_equal(step_of(s, 0)->operation, OP_TAKE);
	assert_int_equal(step_of(s, 0)->by, 2);
	assert_true(step_of(s, 0)->by_given);
	assert_int_equal(step_of(s, 0)->with.device, 0);
	assert_int_equal(step_of(s, 0)->times, 1);
	assert_int_equal(step_of(s, 1)->operation, OP_RELEASE);
	assert_int_equal(step_of(s, 2)->with.driver, DRIVER_STUB);
	assert_int_equal(step_of(s, 2)->by, MACHINE_HOST);
	assert_false(step_of(s, 2)->by_given);
	assert_int_equal(step_of(s, 3)->operation, OP_DRIVER_UNBIND);
	assert_int_equal(step_of(s, 4)->operation, OP_RESET);
	assert_int_equal(step_of(s, 5)->with.bus_master, 0);
	assert_int_equal(step_of(s, 5)->with.memory_space, -1);
	assert_int_equal(step_of(s, 6)->with.bus_master, -1);
	assert_int_equal(step_of(s, 6)->with.memory_space, 1);
	assert_int_equal(step_of(s, 7)->operation, OP_UNPLUG);
	assert_int_equal(step_of(s, 8)->operation, OP_HOTPLUG);
	assert_int_equal(step_of(s, 9)->operation, OP_EXIT);
	assert_int_equal(step_of(s, 9)->by, 1);
	scenario_free(s);
}

static void test_steps_of_spaces_name_slots(void **state)
{
	struct scenario *s =
		load(RUN("  - {by: p1, space: {}, as: s}\n"
			 "  - {by: p1, space: {ram: true, pages: [4K, 2M]}, as: t}\n"
			 "  - {by: p1, attach: {device: d, space: t}}\n"
			 "  - {by: p1, replace: {device: d, space: s}}\n"
			 "  - {by: p1, map: {space: t, at: i, to: p+4K, size: 4K, access: read}}\n"
			 "  - {by: p1, map: {space: t, at: i+0x1000, to: d.bar0}}\n"
			 "  - {by: p1, unmap: {space: t, at: i, size: 4K}}\n"
			 "  - {by: p1, iommufd.ioas-copy: {space: s, at: 0, source: t, from: i, size: 4K}}\n"
			 "  - {by: p1, detach: {device: d}}\n"
			 "  - {by: p1, destroy: {space: s}}\n"));
	const struct operands *map = &step_of(s, 4)->with, *copy = &step_of(s, 7)->with;

	(void)state;
	assert_int_equal(s->cases[0].slot_count, 2);
	assert_string_equal(s->cases[0].slots[1].name, "t");
	assert_int_equal(s->cases[0].slots[1].kind, RESULT_SPACE);
	assert_int_equal(step_of(s, 0)->as, 1);
	assert_int_equal(step_of(s, 1)->as, 2);
	assert_true(step_of(s, 1)->with.ram);
	assert_int_equal(step_of(s, 1)->with.page_lg2_mask, 3);
	assert_int_equal(step_of(s, 2)->as, 0);
	assert_int_equal(step_of(s, 2)->with.space, 1);
	assert_int_equal(step_of(s, 3)->operation, OP_REPLACE);
	assert_int_equal(step_of(s, 3)->with.space, 0);
	assert_int_equal(map->at.base, ADDRESS_NUMBER);
	assert_int_equal(map->at.number, 0x10000);
	assert_int_equal(map->to.kind, TARGET_MEMORY);
	assert_int_equal(map->to.index, 0);
	assert_int_equal(map->to.offset, 4096);
	assert_int_equal(map->bytes, 4096);
	assert_int_equal(map->access, ACCESS_READ);
	assert_true(map->access_given);
	assert_int_equal(step_of(s, 5)->with.at.number, 0x11000);
	assert_int_equal(step_of(s, 5)->with.to.kind, TARGET_BAR);
	assert_int_equal(step_of(s, 5)->with.access, ACCESS_READ_WRITE);
	assert_false(step_of(s, 5)->with.access_given);
	assert_int_equal(step_of(s, 5)->with.bytes, 0);
	assert_int_equal(copy->space, 0);
	assert_int_equal(copy->source, 1);
	assert_int_equal(copy->from.number, 0x10000);
	assert_int_equal(step_of(s, 9)->operation, OP_DESTROY);
	scenario_free(s);
}

static void test_steps_of_dma_take_every_address(void **state)
{
	struct scenario *s =
		load(RUN("  - {by: host, dma-map: {device: e, memory: p, access: write}, as: h}\n"
			 "  - {dma: {device: e, at: h}}\n"
			 "  - {dma: {device: e, at: h+0x10, access: write}}\n"
			 "  - {dma: {device: e, at: hpa(p)+4K}}\n"
			 "  - {dma: {device: e, at: gpa(q)}}\n"
			 "  - {dma: {device: e, at: va(q)+1}}\n"
			 "  - {by: p1, dma: {device: m, at: bus(d.bar0), size: 64, nosnoop: true, as-rid: e}}\n"
			 "  - {dma: {device: e, at: r, as-rid: '00:02.1'}, expect: reaches r}\n"
			 "  - {dma: {device: e, at: 0x1234+1}, as: w}\n"
			 "  - {by: host, dma-unmap: {handle: h}}\n"));
	const struct machine *m = s->cases[0].machine;
	const struct operands *as_rid = &step_of(s, 6)->with;

	(void)state;
	assert_int_equal(step_of(s, 0)->with.to.kind, TARGET_MEMORY);
	assert_int_equal(step_of(s, 0)->with.access, ACCESS_WRITE);
	assert_int_equal(s->cases[0].slots[0].kind, RESULT_HANDLE);
	assert_int_equal(s->cases[0].slots[1].kind, RESULT_REQUEST);
	assert_int_equal(step_of(s, 1)->by, MACHINE_NONE);
	assert_int_equal(step_of(s, 1)->with.at.base, ADDRESS_RESULT);
	assert_int_equal(step_of(s, 1)->with.at.index, 0);
	assert_int_equal(step_of(s, 1)->with.access, ACCESS_READ);
	assert_int_equal(step_of(s, 2)->with.at.number, 0x10);
	assert_int_equal(step_of(s, 3)->with.at.base, ADDRESS_HPA);
	assert_int_equal(step_of(s, 3)->with.at.number, 4096);
	assert_int_equal(step_of(s, 4)->with.at.base, ADDRESS_GPA);
	assert_int_equal(step_of(s, 4)->with.at.index, 1);
	assert_int_equal(step_of(s, 5)->with.at.base, ADDRESS_VA);
	assert_int_equal(step_of(s, 5)->with.at.number, 1);
	assert_int_equal(as_rid->at.base, ADDRESS_BUS);
	assert_int_equal(as_rid->bytes, 64);
	assert_true(as_rid->nosnoop && as_rid->as_rid_given);
	assert_int_equal(as_rid->as_rid, m->devices[device_named(m, "e")].rid);
	assert_int_equal(as_rid->device, device_named(m, "m"));
	assert_int_equal(step_of(s, 6)->by, 1);
	assert_int_equal(step_of(s, 7)->with.at.base, ADDRESS_RESERVED);
	assert_int_equal(step_of(s, 7)->with.as_rid, 0x0011); /* bus 0, device 2, function 1 */
	assert_int_equal(step_of(s, 7)->expect[0].kind, EXPECT_REACHES);
	assert_int_equal(step_of(s, 7)->expect[0].reaches.kind, TARGET_RESERVED);
	assert_int_equal(step_of(s, 8)->with.at.number, 0x1235);
	assert_int_equal(step_of(s, 9)->with.handle, 0);
	scenario_free(s);
}

static void test_steps_of_hardware_and_cpu_are_read(void **state)
{
	struct scenario *s = load(RUN("  - {run: queues}\n"
				      "  - {run: {what: deferred-flush, count: 3}}\n"
				      "  - {by: p1, mmap: {bar: d.bar0}}\n"
				      "  - {by: p1, mmio: {bar: d.bar0, offset: 4K, access: write}}\n"
				      "  - {reuse: {memory: p, to: p2}}\n"
				      "  - {by: p1, inject: skip-sync, times: 7, label: here, take: {device: d}}\n"));

	(void)state;
	assert_int_equal(step_of(s, 0)->with.run, RUN_QUEUES);
	assert_int_equal(step_of(s, 0)->with.run_count, 0);
	assert_int_equal(step_of(s, 0)->by, MACHINE_NONE);
	assert_int_equal(step_of(s, 1)->with.run, RUN_DEFERRED_FLUSH);
	assert_int_equal(step_of(s, 1)->with.run_count, 3);
	assert_int_equal(step_of(s, 2)->with.to.kind, TARGET_BAR);
	assert_int_equal(step_of(s, 3)->with.offset, 4096);
	assert_int_equal(step_of(s, 3)->with.access, ACCESS_WRITE);
	assert_int_equal(step_of(s, 4)->with.to.index, 0);
	assert_int_equal(step_of(s, 4)->with.owner, 2);
	assert_int_equal(step_of(s, 5)->inject, STEP_SKIP_SYNC);
	assert_int_equal(step_of(s, 5)->times, 7);
	assert_string_equal(step_of(s, 5)->label, "here");
	scenario_free(s);
}

static void test_checks_read_all_subjects(void **state)
{
	struct scenario *s = load(RUN("  - {by: p1, space: {}, as: s}\n"
				      "  - {check: {space: s, page-tables: 1, map-calls: 2}}\n"
				      "  - {check: {memory: p, pinned: false, owner: p2}}\n"
				      "  - {check: {device: d, domain: blocked, group: [e, d]}}\n"
				      "  - {check: {device: d, domain: s, group: d}}\n"));
	const struct operands *space = &step_of(s, 1)->with, *memory = &step_of(s, 2)->with;
	const struct operands *device = &step_of(s, 3)->with, *served = &step_of(s, 4)->with;

	(void)state;
	assert_int_equal(space->check_count, 2);
	assert_int_equal(space->space, 0);
	assert_int_equal(space->checks[0].key, CHECK_PAGE_TABLES);
	assert_int_equal(space->checks[0].number, 1);
	assert_int_equal(space->checks[1].key, CHECK_MAP_CALLS);
	assert_int_equal(memory->to.index, 0);
	assert_int_equal(memory->checks[0].key, CHECK_PINNED);
	assert_int_equal(memory->checks[0].number, 0);
	assert_int_equal(memory->checks[1].key, CHECK_OWNER);
	assert_int_equal(memory->checks[1].number, 2);
	assert_int_equal(device->checks[0].number, CHECK_IS_BLOCKED);
	assert_int_equal(device->checks[1].device_count, 2);
	assert_int_equal(device->checks[1].devices[0], 2); /* d, its mdev m, then e */
	assert_int_equal(served->checks[0].number, CHECK_IS_SPACE);
	assert_int_equal(served->checks[0].slot, 0);
	assert_int_equal(served->checks[1].device_count, 1);
	scenario_free(s);
}

static void test_expectations_read_all_forms(void **state)
{
	struct scenario *s =
		load(RUN("  - {by: p1, take: {device: d}, expect: rejected}\n"
			 "  - {by: p1, take: {device: d}, expect: ok or rejected EPERM or rejected EBUSY}\n"
			 "  - {dma: {device: d, at: 0}, expect: reaches p or reaches d.bar0 or fault}\n"
			 "  - {dma: {device: d, at: 0}, expect: {fault: {vtd: 0x5}}}\n"));

	(void)state;
	assert_int_equal(step_of(s, 0)->expect_count, 1);
	assert_int_equal(step_of(s, 0)->expect[0].kind, EXPECT_REJECTED);
	assert_int_equal(step_of(s, 0)->expect[0].error, 0);
	assert_int_equal(step_of(s, 1)->expect_count, 3);
	assert_int_equal(step_of(s, 1)->expect[0].kind, EXPECT_OK);
	assert_int_equal(step_of(s, 1)->expect[1].error, EPERM);
	assert_int_equal(step_of(s, 1)->expect[2].error, EBUSY);
	assert_int_equal(step_of(s, 2)->expect_count, 3);
	assert_int_equal(step_of(s, 2)->expect[0].reaches.kind, TARGET_MEMORY);
	assert_int_equal(step_of(s, 2)->expect[1].reaches.kind, TARGET_BAR);
	assert_int_equal(step_of(s, 2)->expect[2].kind, EXPECT_FAULT);
	assert_int_equal(step_of(s, 3)->expect[0].fault[IOMMU_VTD], 5);
	scenario_free(s);
}

static void test_step_texts_read_aloud(void **state)
{
	struct scenario *s = load(RUN("  - {by: p1, space: {pages: [4K]}, as: s}\n"
				      "  - {by: p1, map: {to: p, at: i, space: s, access: read}}\n"
				      "  - {dma: {device: d, at: gpa(q), access: write}}\n"
				      "  - {by: p1, exit: {}, times: 2}\n"
				      "  - {check: {device: d, group: [d, e]}}\n"));

	(void)state;
	assert_string_equal(step_of(s, 0)->text, "space pages [4K] -> s");
	assert_string_equal(step_of(s, 1)->text, "map s at i to p read");
	assert_string_equal(step_of(s, 2)->text, "dma d at gpa(q) write");
	assert_string_equal(step_of(s, 3)->text, "exit, 2 times");
	assert_string_equal(step_of(s, 4)->text, "check d group [d, e]");
	scenario_free(s);
}

static void test_actor_default_is_the_only_declared_owner(void **state)
{
	struct scenario *one = load(HEAD "machine: {owners: {p: process}, devices: {d: {}}}\n"
					 "run: [{take: {device: d}}]\n" TAIL);
	struct scenario *none = load(HEAD "machine: {devices: {d: {}}}\nrun: [{take: {device: d}}]\n" TAIL);

	(void)state;
	assert_int_equal(step_of(one, 0)->by, 1);
	assert_false(step_of(one, 0)->by_given);
	assert_int_equal(step_of(none, 0)->by, MACHINE_HOST);
	scenario_free(one);
	scenario_free(none);
}

/* --- cases, conditions, rows --- */

static void test_cases_compile_their_own_machine_and_steps(void **state)
{
	struct scenario *s = load(HEAD "machine: {owners: {p: process}, devices: {d: {}, e: {bars: {bar0: 4K}}}}\n"
				       "cases:\n"
				       "  base: {}\n"
				       "  hosted: {devices: {d: {driver: host}, e: null, f: {}}}\n"
				       "run:\n"
				       "  - {label: t, take: {device: d}}\n"
				       "  - {only: {case: base}, mmap: {bar: e.bar0}}\n"
				       "  - only: {case: hosted, policy: [iommufd, noiommu], iommu: vtd}\n"
				       "    do:\n"
				       "      - {space: {}, as: s}\n"
				       "      - {attach: {device: f, space: s}}\n"
				       "expect:\n"
				       "  - {policy: iommufd, case: base, verdict: safe, basis: K}\n"
				       "  - {policy: iommufd, case: hosted, verdict: rejected EPERM at t, basis: K}\n");
	const struct scenario_case *base = &s->cases[0], *hosted = &s->cases[1];

	(void)state;
	assert_int_equal(s->case_count, 2);
	assert_string_equal(hosted->name, "hosted");
	assert_int_equal(base->machine->devices[0].driver, DRIVER_USER);
	assert_int_equal(hosted->machine->devices[0].driver, DRIVER_HOST);
	assert_int_equal(base->machine->device_count, 2);
	assert_string_equal(hosted->machine->devices[1].name, "f");
	assert_int_equal(base->step_count, 2);
	assert_int_equal(hosted->step_count, 3);
	assert_int_equal(base->steps[1].only_policies, UINT64_MAX);
	assert_int_equal(hosted->steps[1].only_policies, 1u << 1 | 1u << 3);
	assert_int_equal(hosted->steps[2].only_kinds, 1u << IOMMU_VTD);
	assert_int_equal(hosted->steps[2].place.line, 18);
	assert_int_equal(hosted->steps[2].place.column, 9);
	assert_int_equal(base->slot_count, 0);
	assert_int_equal(hosted->slot_count, 1);
	assert_int_equal(s->rows[1].cases, 2);
	scenario_free(s);
}

static void test_names_made_under_excluding_conditions_share_a_slot(void **state)
{
	struct scenario *s =
		load(RUN("  - {only: {policy: iommufd}, by: p1, space: {}, as: s, label: x}\n"
			 "  - {only: {policy: vfio-type1}, by: p1, space: {pages: [4K]}, as: s, label: x}\n"
			 "  - {by: p1, destroy: {space: s}}\n"));

	(void)state;
	assert_int_equal(s->cases[0].slot_count, 1);
	assert_int_equal(step_of(s, 0)->as, 1);
	assert_int_equal(step_of(s, 1)->as, 1);
	scenario_free(s);
}

static void test_rows_read_all_keys_and_items(void **state)
{
	struct scenario *s =
		load(HEAD "machine: {owners: {p: process}, devices: {d: {}}}\n"
			  "run: [{label: a, take: {device: d}}, {label: b, release: {device: d}}]\n"
			  "expect:\n"
			  "  - {policy: [vfio-type1, iommufd], set: {kernel: 5.18, reset_on_close: false}, basis: S,\n"
			  "     iommu: vtd, note: remark, verdict: [violates p2p-contained at a, rejected EPERM at a,\n"
			  "       fault at b, availability at b, self-harm at b, crash at b]}\n"
			  "  - {policy: iommufd, verdict: safe, basis: I}\n"
			  "  - {policy: noiommu, verdict: [rejected EPERM at b, safe], basis: I}\n");
	const struct expect_row *row = &s->rows[0];

	(void)state;
	assert_int_equal(s->row_count, 3);
	assert_int_equal(row->policies, 3);
	assert_int_equal(row->cases, 1);
	assert_int_equal(row->kinds, 1u << IOMMU_VTD);
	assert_int_equal(row->set_count, 2);
	assert_int_equal(row->set[0].knob, 3);
	assert_int_equal(row->set[0].value, 0);
	assert_int_equal(row->set[1].knob, 4);
	assert_int_equal(row->set[1].value, 1);
	assert_int_equal(row->basis, BASIS_SETTLED);
	assert_string_equal(row->note, "remark");
	assert_int_equal(row->item_count, 6);
	assert_int_equal(row->items[0].kind, OUTCOME_VIOLATES);
	assert_int_equal(row->items[0].invariant, 3);
	assert_string_equal(row->items[0].label, "a");
	assert_int_equal(row->items[1].kind, OUTCOME_REJECTED);
	assert_int_equal(row->items[1].error, EPERM);
	assert_int_equal(row->items[2].kind, OUTCOME_FAULT);
	assert_int_equal(row->items[3].kind, OUTCOME_AVAILABILITY);
	assert_int_equal(row->items[4].kind, OUTCOME_SELF_HARM);
	assert_int_equal(row->items[5].kind, OUTCOME_CRASH);
	assert_int_equal(s->rows[1].kinds, UINT32_MAX);
	assert_int_equal(s->rows[1].items[0].kind, OUTCOME_SAFE);
	assert_int_equal(s->rows[2].items[1].kind, OUTCOME_SAFE);
	scenario_free(s);
}

static void test_operations_all_have_name_and_summary(void **state)
{
	(void)state;
	for (int i = 0; i < OPERATIONS; i++) {
		assert_non_null(operation_name((enum operation)i));
		assert_true(strlen(operation_summary((enum operation)i)) > 0);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(operation_name((enum operation)i), operation_name((enum operation)j));
	}
	assert_null(operation_name(OPERATIONS));
	assert_string_equal(operation_name(OP_DMA_UNMAP), "dma-unmap");
}

static void test_errnos_go_both_ways(void **state)
{
	(void)state;
	assert_string_equal(errno_name(EPERM), "EPERM");
	assert_int_equal(errno_by_name("EADDRINUSE"), EADDRINUSE);
	assert_int_equal(errno_by_name("EPREM"), 0);
	assert_null(errno_name(100000));
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
		cmocka_unit_test(test_steps_of_ownership_name_device_and_actor),
		cmocka_unit_test(test_steps_of_spaces_name_slots),
		cmocka_unit_test(test_steps_of_dma_take_every_address),
		cmocka_unit_test(test_steps_of_hardware_and_cpu_are_read),
		cmocka_unit_test(test_checks_read_all_subjects),
		cmocka_unit_test(test_expectations_read_all_forms),
		cmocka_unit_test(test_step_texts_read_aloud),
		cmocka_unit_test(test_actor_default_is_the_only_declared_owner),
		cmocka_unit_test(test_cases_compile_their_own_machine_and_steps),
		cmocka_unit_test(test_names_made_under_excluding_conditions_share_a_slot),
		cmocka_unit_test(test_rows_read_all_keys_and_items),
		cmocka_unit_test(test_operations_all_have_name_and_summary),
		cmocka_unit_test(test_errnos_go_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
