/* SPDX-License-Identifier: MIT */
/* Invalidations, requests in flight, stop, reset. */
#include "device_world.h"

#define PAGE UINT64_C(0x1000)

/*
 * Golden cases: which translation an invalidation takes away. PCIe 10.3.8 and 10.2.3.7: without PASID those without
 * PASID, with one those of that PASID, the global ones only if it is global; the range is of untranslated addresses.
 */
static void test_invalidation_takes_what_it_covers(void **state)
{
	(void)state;
	static const struct {
		uint32_t entry_pasid, message_pasid;
		bool entry_global, message_global;
		uint8_t page_lg2;
		uint64_t first, last;
		bool gone;
	} rows[] = {
		{PASID_NONE, PASID_NONE, false, false, 12, IOVA, IOVA + 0xfff, true},
		{PASID_NONE, PASID_NONE, false, false, 12, IOVA + PAGE, IOVA + 2 * PAGE - 1, false},
		{PASID_NONE, PASID_NONE, false, false, 12, IOVA - PAGE, IOVA - 1, false},
		{PASID_NONE, PASID_NONE, false, false, 12, 0, UINT64_MAX, true},
		{PASID_NONE, PASID_NONE, false, false, 21, IOVA + 0x1ff000, IOVA + 0x1fffff, true},
		{PASID_NONE, PASID_NONE, false, false, 21, IOVA + 0x200000, IOVA + 0x200fff, false},
		{PASID_NONE, PASID_NONE, false, false, 30, IOVA + 0x3ffff000, IOVA + 0x3fffffff, true},
		{PASID_NONE, PASID_NONE, false, false, 30, IOVA + 0x40000000, IOVA + 0x40000fff, false},
		{PASID_NONE, 3, false, false, 12, 0, UINT64_MAX, false},
		{PASID_NONE, 3, false, true, 12, 0, UINT64_MAX, false},
		{3, PASID_NONE, false, false, 12, 0, UINT64_MAX, false},
		{3, 3, false, false, 12, IOVA, IOVA + 0xfff, true},
		{3, 4, false, false, 12, 0, UINT64_MAX, false},
		{3, 4, false, true, 12, 0, UINT64_MAX, true},
		{3, 3, true, false, 12, 0, UINT64_MAX, false},
		{3, 4, true, true, 12, 0, UINT64_MAX, true},
		{3, 4, true, true, 12, IOVA + PAGE, UINT64_MAX, false},
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct device_world world;
		device_world_start(&world, IOMMU_VTD);
		device_world_enable(&world, world.nic);
		world.unit.answer.global = rows[i].entry_global;
		device_fill(&world, world.nic, rows[i].entry_pasid, IOVA, rows[i].page_lg2, PERM_READ);
		const struct iommu_outlet *outlet = world.unit.iommu.outlet;
		struct ats_invalidation message = {.first = rows[i].first,
						   .last = rows[i].last,
						   .stream = world.machine->devices[world.nic].stream,
						   .pasid = rows[i].message_pasid,
						   .global = rows[i].message_global,
						   .itag = 31};
		outlet->invalidate(outlet->context, 0, &message);
		assert_int_equal(device_atc_entries(world.devices, world.nic), 1);
		assert_int_equal(device_settle(&world), 1);
		assert_true(world.unit.completed == UINT32_C(0x80000000));
		if (device_atc_entries(world.devices, world.nic) != !rows[i].gone)
			fail_msg("row %u", i);
		device_world_free(&world);
	}
}

/* 10.3.5: not before the requests that used what it covers; others do not wait. */
static void test_invalidation_waits_for_what_used_it(void **state)
{
	(void)state;
	struct device_world world;
	struct hit hit;
	uint32_t flight;
	device_world_start(&world, IOMMU_VTD);
	device_world_enable(&world, world.nic);
	device_fill(&world, world.nic, 3, IOVA, 12, PERM_READ);
	struct request request = device_request(&world, world.nic, AT_TRANSLATED, BASE);
	assert_int_equal(device_hold(world.devices, &request, &hit, &flight), DEVICE_HELD);
	device_invalidate(&world, world.nic, 3, IOVA, IOVA + 0xfff, 0);
	device_invalidate(&world, world.nic, 4, IOVA, IOVA + 0xfff, 1);
	device_invalidate(&world, world.nic, 3, IOVA + PAGE, IOVA + 2 * PAGE - 1, 2);
	device_invalidate(&world, world.nic, PASID_NONE, 0, UINT64_MAX, 3);
	device_settle(&world);
	assert_int_equal(world.unit.completed, 0xe);
	/* What it covers is not used again meanwhile. */
	assert_int_equal(device_dma(world.devices, &request, NULL, &hit), DEVICE_NO_TRANSLATION);
	assert_int_equal(devices_owe(world.devices), 1);
	assert_false(device_is_quiet(world.devices, world.nic, 3));
	assert_true(device_is_quiet(world.devices, world.nic, 4));
	assert_true(device_resume(world.devices, flight, NULL, &hit));
	assert_int_equal(hit.kind, HIT_MEMORY);
	assert_false(device_resume(world.devices, flight, NULL, &hit));
	assert_int_equal(device_settle(&world), 1);
	assert_int_equal(world.unit.completed, 0xf);
	assert_true(device_is_quiet(world.devices, world.nic, PASID_NONE));
	device_world_free(&world);
}

/* A completion is a message: it does not pass posted writes (2.4.1), whatever they used; it passes reads. */
static void test_invalidation_completion_pushes_writes(void **state)
{
	(void)state;
	struct device_world world;
	struct hit hit;
	uint32_t write, read;
	device_world_start(&world, IOMMU_VTD);
	device_world_enable(&world, world.nic);
	struct request request = device_request(&world, world.nic, AT_UNTRANSLATED, IOVA);
	assert_int_equal(device_hold(world.devices, &request, &hit, &read), DEVICE_HELD);
	request.op = REQUEST_WRITE;
	assert_int_equal(device_hold(world.devices, &request, &hit, &write), DEVICE_HELD);
	device_invalidate(&world, world.nic, PASID_NONE, IOVA, IOVA + 0xfff, 9);
	device_settle(&world);
	assert_int_equal(world.unit.completed, 0);
	assert_true(device_resume(world.devices, write, NULL, &hit));
	device_settle(&world);
	assert_int_equal(world.unit.completed, 0x200);
	assert_true(device_resume(world.devices, read, NULL, &hit));
	assert_int_equal(fabric_in_flight(world.fabric), 0);
	device_world_free(&world);
}

static void test_invalidation_by_who_gets_it(void **state)
{
	(void)state;
	struct device_world world;
	device_world_start(&world, IOMMU_VTD);
	device_world_enable(&world, world.nic);
	device_world_enable(&world, world.deaf);
	/* It answers and forgets nothing. */
	device_fill(&world, world.deaf, PASID_NONE, IOVA, 12, PERM_READ);
	device_invalidate(&world, world.deaf, PASID_NONE, 0, UINT64_MAX, 0);
	device_settle(&world);
	assert_int_equal(world.unit.completed, 1);
	assert_true(device_holds(&world, world.deaf, PASID_NONE, IOVA));
	/* Without the capability, or not there: no answer. With the capability and switched off: an answer. */
	device_invalidate(&world, world.liar, PASID_NONE, 0, UINT64_MAX, 1);
	device_invalidate(&world, world.master, PASID_NONE, 0, UINT64_MAX, 2);
	device_invalidate(&world, world.other, PASID_NONE, 0, UINT64_MAX, 3);
	fabric_set_present(world.fabric, world.undead, false);
	device_invalidate(&world, world.undead, PASID_NONE, 0, UINT64_MAX, 4);
	assert_int_equal(devices_owe(world.devices), 1);
	device_settle(&world);
	assert_int_equal(world.unit.completed, 9);
	/* There are 32 ITags (10.3.1). */
	for (unsigned i = 0; i < 40; i++)
		device_invalidate(&world, world.nic, PASID_NONE, 0, UINT64_MAX, (uint8_t)i);
	assert_int_equal(devices_owe(world.devices), 32);
	world.unit.completions = 0;
	device_settle(&world);
	assert_int_equal(world.unit.completions, 32);
	assert_true(world.unit.completed == UINT32_MAX);
	device_world_free(&world);
}

/* ATS that is off leaves the ATC: what nobody invalidated is back when it is on again. */
static void test_device_switched_off_keeps_its_cache(void **state)
{
	(void)state;
	struct device_world world;
	struct hit hit;
	device_world_start(&world, IOMMU_VTD);
	device_world_enable(&world, world.nic);
	device_fill(&world, world.nic, PASID_NONE, IOVA, 12, PERM_READ);
	device_enable(world.devices, world.nic, FEATURE_ATS, false);
	struct request request = device_request(&world, world.nic, AT_TRANSLATED, BASE);
	assert_int_equal(device_dma(world.devices, &request, NULL, &hit), DEVICE_DISABLED);
	device_enable(world.devices, world.nic, FEATURE_ATS, true);
	assert_int_equal(device_dma(world.devices, &request, NULL, &hit), DEVICE_SENT);
	device_world_free(&world);
}

/* 6.6.2: nothing is answered or sent; then everything is off and empty, unless the device is broken in that way. */
static void test_device_reset_forgets(void **state)
{
	(void)state;
	struct device_world world;
	struct hit hit;
	uint16_t group;
	device_world_start(&world, IOMMU_VTD);
	const uint16_t both[] = {world.nic, world.undead};
	for (unsigned i = 0; i < 2; i++) {
		uint16_t device = both[i];
		device_world_enable(&world, device);
		device_fill(&world, device, PASID_NONE, IOVA, 12, PERM_READ);
		struct request request = device_request(&world, device, AT_TRANSLATED, BASE);
		assert_int_equal(device_page_request(world.devices, &request, &group), DEVICE_SENT);
		device_invalidate(&world, device, PASID_NONE, 0, UINT64_MAX, 0);
		device_reset_begin(world.devices, device);
		assert_true(device_in_reset(world.devices, device));
		device_invalidate(&world, device, PASID_NONE, 0, UINT64_MAX, 1);
		device_answer_pages(&world, device, PASID_NONE, 0, 0);
		assert_int_equal(device_settle(&world), 0);
		assert_int_equal(devices_owe(world.devices), 0);
		assert_int_equal(device_dma(world.devices, &request, NULL, &hit), DEVICE_STOPPED);
		device_reset_end(world.devices, device);
		assert_false(device_in_reset(world.devices, device));
		assert_int_equal(device_settle(&world), 0);
		assert_int_equal(device_page_requests_open(world.devices, device, DEVICE_ANY_PASID), 0);
		assert_int_equal(device_page_answer(world.devices, device, PASID_NONE, 0), ANSWER_NO_SUCH_GROUP);
		bool survives = device == world.undead;
		assert_int_equal(device_is_enabled(world.devices, device, FEATURE_ATS), survives ? FEATURE_ATS : 0);
		assert_int_equal(device_dma(world.devices, &request, NULL, &hit),
				 survives ? DEVICE_SENT : DEVICE_DISABLED);
		assert_int_equal(device_atc_entries(world.devices, device), survives);
	}
	assert_int_equal(world.unit.completed, 0);
	device_world_free(&world);
}

static void test_device_reset_of_pf_and_mdev(void **state)
{
	(void)state;
	struct device_world world;
	device_world_start(&world, IOMMU_VTD);
	assert_true(device_enable(world.devices, world.vf, FEATURE_ATS, true));
	device_fill(&world, world.vf, PASID_NONE, IOVA, 12, PERM_READ);
	device_reset_begin(world.devices, world.pf);
	assert_true(device_in_reset(world.devices, world.vf));
	device_reset_end(world.devices, world.pf);
	assert_false(device_in_reset(world.devices, world.vf));
	assert_int_equal(device_atc_entries(world.devices, world.vf), 0);

	device_world_enable(&world, world.nic);
	device_fill(&world, world.mdev, PASID_NONE, IOVA, 12, PERM_READ);
	device_fill(&world, world.nic, 8, IOVA, 12, PERM_READ);
	device_reset_begin(world.devices, world.mdev);
	assert_false(device_in_reset(world.devices, world.nic));
	assert_true(device_is_stopped(world.devices, world.nic, 7));
	assert_false(device_is_stopped(world.devices, world.nic, 8));
	device_reset_end(world.devices, world.mdev);
	assert_false(device_is_stopped(world.devices, world.nic, 7));
	assert_false(device_holds(&world, world.nic, 7, IOVA));
	assert_true(device_holds(&world, world.nic, 8, IOVA));
	device_reset_begin(world.devices, world.soft);
	assert_false(device_is_stopped(world.devices, world.nic, 8));
	device_reset_end(world.devices, world.soft);
	device_world_free(&world);
}

static void test_device_stopped_work_goes_on_no_more(void **state)
{
	(void)state;
	struct device_world world;
	struct hit hit;
	uint32_t flight;
	device_world_start(&world, IOMMU_VTD);
	device_world_enable(&world, world.nic);
	device_fill(&world, world.nic, 3, IOVA, 12, PERM_READ);
	struct request translated = device_request(&world, world.nic, AT_TRANSLATED, BASE);
	struct request with = device_request(&world, world.nic, AT_UNTRANSLATED, IOVA);
	struct request without = with;
	with.pasid = 3;
	assert_int_equal(device_hold(world.devices, &with, &hit, &flight), DEVICE_HELD);
	device_stop(world.devices, world.nic, 3);
	assert_int_equal(device_dma(world.devices, &with, NULL, &hit), DEVICE_STOPPED);
	assert_int_equal(device_ats(world.devices, &with, &hit), DEVICE_STOPPED);
	/* Its translation is not used without the PASID in the header either. */
	assert_int_equal(device_dma(world.devices, &translated, NULL, &hit), DEVICE_STOPPED);
	assert_int_equal(device_dma(world.devices, &without, NULL, &hit), DEVICE_SENT);
	assert_true(device_resume(world.devices, flight, NULL, &hit));
	device_start(world.devices, world.nic, 3);
	assert_int_equal(device_dma(world.devices, &translated, NULL, &hit), DEVICE_SENT);
	device_stop(world.devices, world.nic, PASID_NONE);
	assert_int_equal(device_dma(world.devices, &without, NULL, &hit), DEVICE_STOPPED);
	assert_true(device_is_stopped(world.devices, world.nic, 5));
	device_start(world.devices, world.nic, PASID_NONE);
	assert_false(device_is_stopped(world.devices, world.nic, 3));
	device_world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_invalidation_takes_what_it_covers),
		cmocka_unit_test(test_invalidation_waits_for_what_used_it),
		cmocka_unit_test(test_invalidation_completion_pushes_writes),
		cmocka_unit_test(test_invalidation_by_who_gets_it),
		cmocka_unit_test(test_device_switched_off_keeps_its_cache),
		cmocka_unit_test(test_device_reset_forgets),
		cmocka_unit_test(test_device_reset_of_pf_and_mdev),
		cmocka_unit_test(test_device_stopped_work_goes_on_no_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
