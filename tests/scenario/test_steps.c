/* SPDX-License-Identifier: MIT */
/* What the loader makes of steps. */
#include "loaded.h"

/* --- steps --- */

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

static void test_steps_of_mdevs_name_pages(void **state)
{
	struct scenario *s = load(RUN("  - {pin: {device: m, at: i+4K, access: read}, as: g}\n"
				      "  - {by: host, dma-map: {device: e, memory: g+8}, as: h}\n"
				      "  - {unpin: {pages: g}}\n"));

	(void)state;
	assert_int_equal(step_of(s, 0)->operation, OP_PIN);
	assert_int_equal(step_of(s, 0)->by, MACHINE_HOST);
	assert_int_equal(step_of(s, 0)->with.at.number, 0x11000);
	assert_int_equal(step_of(s, 0)->with.access, ACCESS_READ);
	assert_int_equal(step_of(s, 0)->as, 1);
	assert_int_equal(s->cases[0].slots[0].kind, RESULT_MEMORY);
	assert_int_equal(step_of(s, 1)->with.to.kind, TARGET_RESULT);
	assert_int_equal(step_of(s, 1)->with.to.index, 0);
	assert_int_equal(step_of(s, 1)->with.to.offset, 8);
	assert_int_equal(step_of(s, 2)->operation, OP_UNPIN);
	assert_int_equal(step_of(s, 2)->with.pages, 0);
	scenario_free(s);
}

static void test_steps_of_raw_calls_say_what_is_given(void **state)
{
	struct scenario *s =
		load(RUN("  - {by: p1, space: {}, as: s}\n"
			 "  - {by: p1, iommufd.ioas-allow-iovas: {space: s, at: i, size: 4K}}\n"
			 "  - {by: p1, iommufd.ioas-allow-iovas: {space: s}}\n"
			 "  - {by: p1, iommufd.ioas-iova-ranges: {space: s}}\n"
			 "  - {by: p1, iommufd.ioas-iova-ranges: {space: s, room: 0, count: 0, alignment: 4K}}\n"
			 "  - {by: p1, iommufd.ioas-map-file: {space: s, at: i, to: p+4K}}\n"));
	const struct operands *none = &step_of(s, 3)->with, *all = &step_of(s, 4)->with;

	(void)state;
	assert_true(step_of(s, 1)->with.at_given);
	assert_int_equal(step_of(s, 1)->with.at.number, 0x10000);
	assert_int_equal(step_of(s, 1)->with.bytes, 4096);
	assert_false(step_of(s, 2)->with.at_given);
	assert_int_equal(step_of(s, 2)->with.bytes, 0);
	assert_false(none->room_given || none->count_given || none->alignment);
	assert_true(all->room_given && all->count_given);
	assert_int_equal(all->room + all->count, 0);
	assert_int_equal(all->alignment, 4096);
	assert_int_equal(step_of(s, 5)->operation, OP_IOMMUFD_MAP_FILE);
	assert_int_equal(step_of(s, 5)->with.to.offset, 4096);
	scenario_free(s);
}

static void test_steps_of_objects_name_what_they_make(void **state)
{
	struct scenario *s =
		load(RUN("  - {by: p1, space: {}, as: s}\n"
			 "  - {by: p1, iommufd.fault-queue-alloc: {}, as: fq}\n"
			 "  - {by: p1, iommufd.hwpt-alloc: {device: d, space: s, pasid: true, faults: fq}, as: t}\n"
			 "  - {by: p1, iommufd.fault-read: {queue: fq, count: 0}}\n"
			 "  - {by: p1, iommufd.option: {option: huge-pages, space: t, get: 1}}\n"
			 "  - {by: p1, iommufd.destroy: fq}\n"));
	const struct operands *hwpt = &step_of(s, 2)->with, *option = &step_of(s, 4)->with;

	(void)state;
	assert_int_equal(s->cases[0].slots[1].kind, RESULT_OBJECT);
	assert_int_equal(s->cases[0].slots[2].kind, RESULT_SPACE);
	assert_true(hwpt->space_given && hwpt->queue_given && hwpt->for_pasids);
	assert_false(hwpt->object_given || hwpt->root_given || hwpt->nest_parent);
	assert_int_equal(hwpt->queue, 1);
	assert_true(step_of(s, 3)->with.count_given);
	assert_false(step_of(s, 3)->with.cookie_given || step_of(s, 3)->with.result_of_given);
	assert_int_equal(step_of(s, 3)->with.lost, -1);
	assert_int_equal(option->option, OPTION_HUGE_PAGES);
	assert_int_equal(option->get_value, 1);
	assert_false(option->set_given);
	assert_int_equal(step_of(s, 5)->with.object, 1);
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
			 "  - {dma: {device: e, at: h+0x10, access: atomic}}\n"
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
	assert_int_equal(step_of(s, 2)->with.access, ACCESS_READ_WRITE);
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
				      "  - {check: {space: s, page-tables: 1, map-calls: 2, pins: 3}}\n"
				      "  - {check: {memory: p, pinned: false, owner: p2}}\n"
				      "  - {check: {device: d, domain: blocked, group: [e, d]}}\n"
				      "  - {check: {device: d, domain: s, group: d}}\n"));
	const struct operands *space = &step_of(s, 1)->with, *memory = &step_of(s, 2)->with;
	const struct operands *device = &step_of(s, 3)->with, *served = &step_of(s, 4)->with;

	(void)state;
	assert_int_equal(space->check_count, 3);
	assert_int_equal(space->space, 0);
	assert_int_equal(space->checks[0].key, CHECK_PAGE_TABLES);
	assert_int_equal(space->checks[0].number, 1);
	assert_int_equal(space->checks[1].key, CHECK_MAP_CALLS);
	assert_int_equal(space->checks[2].key, CHECK_PINS);
	assert_int_equal(space->checks[2].number, 3);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps_of_ownership_name_device_and_actor),
		cmocka_unit_test(test_steps_of_mdevs_name_pages),
		cmocka_unit_test(test_steps_of_raw_calls_say_what_is_given),
		cmocka_unit_test(test_steps_of_objects_name_what_they_make),
		cmocka_unit_test(test_steps_of_spaces_name_slots),
		cmocka_unit_test(test_steps_of_dma_take_every_address),
		cmocka_unit_test(test_steps_of_hardware_and_cpu_are_read),
		cmocka_unit_test(test_checks_read_all_subjects),
		cmocka_unit_test(test_expectations_read_all_forms),
		cmocka_unit_test(test_step_texts_read_aloud),
		cmocka_unit_test(test_actor_default_is_the_only_declared_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
