/* SPDX-License-Identifier: MIT */
/* What a function may send, by what is enabled, what its ATC holds, and what it is. */
#include "device_world.h"

static enum device_sent send_one(struct device_world *world, struct request request, struct hit *hit)
{
	return device_dma(world->devices, &request, NULL, hit);
}

/*
 * Golden cases: what each function may send with nothing enabled (off), everything enabled (on), and with a page in its
 * ATC that is readable alone (full). Sections: PCIe 10.2.4 (translated requests: from translations that are
 * held), 10.5.1 (ATS enable), 6.20.1 (PASID enable), 9.3.7.
 */
static void test_device_sends_what_it_may(void **state)
{
	(void)state;
	enum { NIC, LIAR, MDEV };
	enum { OFF, ON, FULL };
	static const struct {
		uint8_t who, how, at, op;
		uint32_t pasid;
		uint64_t address;
		enum device_sent sent;
	} rows[] = {
		{NIC, OFF, AT_UNTRANSLATED, REQUEST_WRITE, PASID_NONE, IOVA, DEVICE_SENT},
		{NIC, OFF, AT_UNTRANSLATED, REQUEST_READ, 3, IOVA, DEVICE_DISABLED},
		{NIC, OFF, AT_TRANSLATED, REQUEST_READ, PASID_NONE, BASE, DEVICE_DISABLED},
		{NIC, OFF, AT_TRANSLATION_REQUEST, REQUEST_READ, PASID_NONE, IOVA, DEVICE_DISABLED},
		{NIC, ON, AT_UNTRANSLATED, REQUEST_READ, 255, IOVA, DEVICE_SENT},
		{NIC, ON, AT_UNTRANSLATED, REQUEST_READ, 256, IOVA, DEVICE_DISABLED},
		{NIC, ON, AT_TRANSLATED, REQUEST_READ, PASID_NONE, BASE, DEVICE_NO_TRANSLATION},
		{NIC, ON, AT_TRANSLATION_REQUEST, REQUEST_READ, 3, IOVA, DEVICE_SENT},
		{NIC, FULL, AT_TRANSLATED, REQUEST_READ, PASID_NONE, BASE, DEVICE_SENT},
		{NIC, FULL, AT_TRANSLATED, REQUEST_READ, PASID_NONE, BASE + 0xffc, DEVICE_SENT},
		{NIC, FULL, AT_TRANSLATED, REQUEST_READ, PASID_NONE, BASE + 0x1000, DEVICE_NO_TRANSLATION},
		{NIC, FULL, AT_TRANSLATED, REQUEST_READ, PASID_NONE, BASE - 4, DEVICE_NO_TRANSLATION},
		{NIC, FULL, AT_TRANSLATED, REQUEST_WRITE, PASID_NONE, BASE, DEVICE_NO_TRANSLATION},
		{NIC, FULL, AT_TRANSLATED, REQUEST_ATOMIC, PASID_NONE, BASE, DEVICE_NO_TRANSLATION},
		{NIC, FULL, AT_TRANSLATED, REQUEST_READ, 3, BASE, DEVICE_NO_TRANSLATION},
		{LIAR, OFF, AT_TRANSLATED, REQUEST_WRITE, PASID_NONE, BASE, DEVICE_SENT},
		{LIAR, OFF, AT_UNTRANSLATED, REQUEST_WRITE, 0xfffff, IOVA, DEVICE_SENT},
		{LIAR, OFF, AT_UNTRANSLATED, REQUEST_WRITE, 0x100000, IOVA, DEVICE_DISABLED},
		{MDEV, OFF, AT_UNTRANSLATED, REQUEST_WRITE, PASID_NONE, IOVA, DEVICE_DISABLED},
		{MDEV, ON, AT_UNTRANSLATED, REQUEST_WRITE, PASID_NONE, IOVA, DEVICE_SENT},
		{MDEV, FULL, AT_TRANSLATED, REQUEST_READ, PASID_NONE, BASE, DEVICE_NO_TRANSLATION},
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct device_world world;
		struct hit hit;
		device_world_start(&world, IOMMU_VTD);
		uint16_t device = rows[i].who == NIC ? world.nic : rows[i].who == LIAR ? world.liar : world.mdev;
		if (rows[i].how != OFF)
			device_world_enable(&world, device);
		if (rows[i].how == FULL)
			device_fill(&world, world.nic, PASID_NONE, IOVA, 12, PERM_READ);
		struct request request = device_request(&world, device, (enum request_at)rows[i].at, rows[i].address);
		request.pasid = rows[i].pasid;
		request.op = rows[i].op;
		enum device_sent sent = send_one(&world, request, &hit);
		if (sent != rows[i].sent)
			fail_msg("row %u: %d, not %d", i, sent, rows[i].sent);
		device_world_free(&world);
	}
}

/* The mdev's PASID is in the header; a translated request has none unless it was asked for. */
static void test_device_mdev_sends_with_its_pasid(void **state)
{
	(void)state;
	struct device_world world;
	struct hit hit;
	device_world_start(&world, IOMMU_VTD);
	device_world_enable(&world, world.nic);
	send_one(&world, device_request(&world, world.mdev, AT_UNTRANSLATED, IOVA), &hit);
	assert_int_equal(world.unit.last.pasid, 7);
	assert_int_equal(world.unit.last.stream, world.machine->devices[world.nic].stream);
	device_fill(&world, world.mdev, PASID_NONE, IOVA, 12, PERM_READ);
	assert_int_equal(world.unit.last.pasid, 7);
	assert_true(device_holds(&world, world.nic, 7, IOVA));
	assert_true(device_holds(&world, world.mdev, PASID_NONE, IOVA));
	assert_false(device_holds(&world, world.nic, PASID_NONE, IOVA));
	assert_int_equal(send_one(&world, device_request(&world, world.mdev, AT_TRANSLATED, BASE), &hit), DEVICE_SENT);
	assert_int_equal(world.unit.last.pasid, PASID_NONE);
	device_world_free(&world);
}

/* PCIe 10.2.2: a translation request is a read of 8 bytes a translation, of a page's first byte. */
static void test_device_translation_request_is_as_on_the_bus(void **state)
{
	(void)state;
	struct device_world world;
	struct hit hit;
	device_world_start(&world, IOMMU_VTD);
	device_world_enable(&world, world.nic);
	struct request request = device_request(&world, world.nic, AT_UNTRANSLATED, IOVA + 0x234);
	request.op = REQUEST_WRITE;
	request.no_write = true;
	request.bytes = 3;
	assert_int_equal(device_ats(world.devices, &request, &hit), DEVICE_SENT);
	assert_int_equal(world.unit.last.address, IOVA);
	assert_int_equal(world.unit.last.bytes, 8);
	assert_int_equal(world.unit.last.op, REQUEST_READ);
	assert_int_equal(world.unit.last.at, AT_TRANSLATION_REQUEST);
	assert_true(world.unit.last.no_write);
	device_world_free(&world);
}

/* PCIe 10.2.3.2: UR, and it asks no more until it is enabled anew; CA is about that request alone. */
static void test_device_unsupported_translation_requests_end(void **state)
{
	(void)state;
	struct device_world world;
	struct hit hit;
	device_world_start(&world, IOMMU_VTD);
	device_world_enable(&world, world.nic);
	struct request request = device_request(&world, world.nic, AT_TRANSLATION_REQUEST, IOVA);
	world.unit.answer.result = TRANSLATE_FAULT;
	world.unit.answer.completion = ATS_CA;
	assert_int_equal(device_ats(world.devices, &request, &hit), DEVICE_SENT);
	world.unit.answer.completion = ATS_UR;
	assert_int_equal(device_ats(world.devices, &request, &hit), DEVICE_SENT);
	assert_int_equal(hit.kind, HIT_FAULT);
	assert_int_equal(device_ats(world.devices, &request, &hit), DEVICE_DISABLED);
	assert_int_equal(world.unit.asked, 2);
	assert_int_equal(device_atc_entries(world.devices, world.nic), 0);
	device_enable(world.devices, world.nic, FEATURE_ATS, false);
	device_enable(world.devices, world.nic, FEATURE_ATS, true);
	assert_int_equal(device_ats(world.devices, &request, &hit), DEVICE_SENT);
	device_world_free(&world);
}

static void test_device_enables_need_the_capability(void **state)
{
	(void)state;
	struct device_world world;
	device_world_start(&world, IOMMU_SMMUV3);
	struct devices *devices = world.devices;
	assert_false(device_enable(devices, world.liar, FEATURE_ATS, true));
	assert_false(device_enable(devices, world.liar, FEATURE_PASID, true));
	assert_false(device_enable(devices, world.nic, FEATURE_STALL, true));
	assert_true(device_enable(devices, world.master, FEATURE_STALL, true));
	assert_false(device_enable(devices, world.master, FEATURE_ATS, true));
	assert_false(device_enable(devices, world.vf, FEATURE_PRI, true));
	/* PRI without ATS: PCIe 10.4. */
	assert_false(device_enable(devices, world.nic, FEATURE_PRI, true));
	assert_true(device_enable(devices, world.nic, FEATURE_ATS, true));
	assert_true(device_enable(devices, world.nic, FEATURE_PRI, true));
	assert_true(device_is_enabled(devices, world.nic, FEATURE_PRI));
	assert_true(device_is_enabled(devices, world.mdev, FEATURE_ATS));
	assert_false(device_is_enabled(devices, world.other, FEATURE_ATS));
	device_world_free(&world);
}

static void test_device_is_found_by_its_stream(void **state)
{
	(void)state;
	struct device_world world;
	device_world_start(&world, IOMMU_SMMUV3);
	const struct machine_device *rows = world.machine->devices;
	const uint16_t known[] = {world.nic, world.vf, world.master, world.undead};
	for (unsigned i = 0; i < sizeof(known) / sizeof(*known); i++)
		assert_int_equal(device_of_stream(world.devices, 0, rows[known[i]].stream), known[i]);
	assert_int_equal(device_of_stream(world.devices, 0, 0xfffe), NONE);
	assert_int_equal(device_of_stream(world.devices, 1, rows[world.nic].stream), NONE);
	device_world_free(&world);
}

static void test_device_stalled_transaction_is_answered_once(void **state)
{
	(void)state;
	struct device_world world;
	struct hit hit;
	device_world_start(&world, IOMMU_SMMUV3);
	const struct iommu_outlet *outlet = world.unit.iommu.outlet;
	struct stall_answer answer = {
		.stream = world.machine->devices[world.master].stream, .tag = 5, .action = STALL_ABORT};
	/* Of nothing that waits: nobody's. */
	outlet->stall_answer(outlet->context, 0, &answer);
	assert_int_equal(device_stall_answer(world.devices, world.master, 5), -1);
	world.unit.answer.result = TRANSLATE_STALLED;
	world.unit.answer.stall_tag = 5;
	send_one(&world, device_request(&world, world.master, AT_UNTRANSLATED, IOVA), &hit);
	assert_int_equal(hit.kind, HIT_STALLED);
	assert_int_equal(device_stall_answer(world.devices, world.master, 5), -1);
	outlet->stall_answer(outlet->context, 0, &answer);
	assert_int_equal(device_stall_answer(world.devices, world.master, 5), STALL_ABORT);
	answer.action = STALL_RETRY;
	outlet->stall_answer(outlet->context, 0, &answer);
	assert_int_equal(device_stall_answer(world.devices, world.master, 5), STALL_ABORT);
	/* The same tag again. */
	send_one(&world, device_request(&world, world.master, AT_UNTRANSLATED, IOVA), &hit);
	assert_int_equal(device_stall_answer(world.devices, world.master, 5), -1);
	outlet->stall_answer(outlet->context, 0, &answer);
	assert_int_equal(device_stall_answer(world.devices, world.master, 5), STALL_RETRY);
	assert_int_equal(device_stall_answer(world.devices, world.nic, 5), -1);
	device_world_free(&world);
}

static void test_device_without_bus_mastering_is_stopped_by_the_fabric(void **state)
{
	(void)state;
	struct device_world world;
	struct hit hit;
	uint16_t group;
	device_world_start(&world, IOMMU_VTD);
	device_world_enable(&world, world.nic);
	fabric_set_bus_master(world.fabric, world.nic, false);
	struct request request = device_request(&world, world.nic, AT_TRANSLATION_REQUEST, IOVA);
	assert_int_equal(device_ats(world.devices, &request, &hit), DEVICE_SENT);
	assert_int_equal(hit.kind, HIT_BLOCKED_FABRIC);
	assert_int_equal(device_atc_entries(world.devices, world.nic), 0);
	assert_int_equal(device_page_request(world.devices, &request, &group), DEVICE_STOPPED);
	/* Completions are messages: 7.5.1.1.3 does not gate them. */
	device_invalidate(&world, world.nic, PASID_NONE, 0, UINT64_MAX, 4);
	device_settle(&world);
	assert_int_equal(world.unit.completed, 0x10);
	fabric_set_present(world.fabric, world.nic, false);
	assert_int_equal(device_ats(world.devices, &request, &hit), DEVICE_STOPPED);
	device_world_free(&world);
}

/* ACS translation blocking (6.12.1.1) is off by default above trusted devices with ATS, on above all others. */
static void test_device_port_blocks_what_the_untrusted_translates(void **state)
{
	(void)state;
	struct device_world world;
	struct hit hit;
	device_world_start(&world, IOMMU_VTD);
	assert_int_equal(send_one(&world, device_request(&world, world.liar, AT_TRANSLATED, BASE), &hit), DEVICE_SENT);
	assert_int_equal(hit.kind, HIT_BLOCKED_FABRIC);
	assert_int_equal(hit.reason, REASON_TRANSLATION_BLOCKING);
	device_world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_device_sends_what_it_may),
		cmocka_unit_test(test_device_mdev_sends_with_its_pasid),
		cmocka_unit_test(test_device_translation_request_is_as_on_the_bus),
		cmocka_unit_test(test_device_unsupported_translation_requests_end),
		cmocka_unit_test(test_device_enables_need_the_capability),
		cmocka_unit_test(test_device_is_found_by_its_stream),
		cmocka_unit_test(test_device_stalled_transaction_is_answered_once),
		cmocka_unit_test(test_device_without_bus_mastering_is_stopped_by_the_fabric),
		cmocka_unit_test(test_device_port_blocks_what_the_untrusted_translates),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
