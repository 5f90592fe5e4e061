/* SPDX-License-Identifier: MIT */
/* The page request interface. */
#include "device_world.h"

static uint16_t ask(struct device_world *world, uint32_t pasid, uint64_t address)
{
	struct request request = device_request(world, world->nic, AT_UNTRANSLATED, address);
	uint16_t group = UINT16_MAX;

	request.pasid = pasid;
	assert_int_equal(device_page_request(world->devices, &request, &group), DEVICE_SENT);
	return group;
}

/*
 * Golden cases: the message of each request (PCIe 10.4.1): page address, R and W of the operation, Exe and Priv of the
 * PASID's prefix, L of a group of one.
 */
static void test_page_request_is_as_on_the_bus(void **state)
{
	(void)state;
	static const struct {
		uint8_t op;
		bool execute, privileged, read, write;
		uint32_t pasid;
		uint64_t address, page;
	} rows[] = {
		{REQUEST_READ, false, false, true, false, PASID_NONE, 0x7f0000001fff, 0x7f0000001000},
		{REQUEST_WRITE, false, false, false, true, 5, 0x1000, 0x1000},
		{REQUEST_ATOMIC, false, true, true, true, 5, 0x1004, 0x1000},
		{REQUEST_READ, true, false, true, false, 0xff, 0, 0},
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct device_world world;
		uint16_t group;
		device_world_start(&world, IOMMU_VTD);
		device_world_enable(&world, world.nic);
		struct request request = device_request(&world, world.nic, AT_UNTRANSLATED, rows[i].address);
		request.op = rows[i].op;
		request.pasid = rows[i].pasid;
		request.execute = rows[i].execute;
		request.privileged = rows[i].privileged;
		assert_int_equal(device_page_request(world.devices, &request, &group), DEVICE_SENT);
		const struct page_request *page = &world.unit.page;
		assert_int_equal(page->stream, world.machine->devices[world.nic].stream);
		assert_int_equal(page->pasid, rows[i].pasid);
		assert_true(page->address == rows[i].page && page->last && page->group == group && group == 0);
		assert_true(page->read == rows[i].read && page->write == rows[i].write);
		assert_true(page->execute == rows[i].execute && page->privileged == rows[i].privileged);
		device_world_free(&world);
	}
}

/* 10.4.1: an index is used again when its group was answered; groups of other PASIDs have indexes of their own. */
static void test_page_group_is_the_lowest_unused(void **state)
{
	(void)state;
	struct device_world world;
	device_world_start(&world, IOMMU_VTD);
	device_world_enable(&world, world.nic);
	assert_int_equal(ask(&world, 3, 0x1000), 0);
	assert_int_equal(ask(&world, 3, 0x2000), 1);
	assert_int_equal(ask(&world, 4, 0x2000), 0);
	device_answer_pages(&world, world.nic, 3, 0, 0);
	assert_int_equal(device_page_answer(world.devices, world.nic, 3, 0), ANSWER_SUCCESS);
	assert_int_equal(device_page_answer(world.devices, world.nic, 3, 1), ANSWER_NONE);
	assert_int_equal(device_page_answer(world.devices, world.nic, 4, 0), ANSWER_NONE);
	/* The answer is kept until somebody has used it. */
	assert_int_equal(ask(&world, 3, 0x3000), 2);
	device_page_forget(world.devices, world.nic, 3, 0);
	assert_int_equal(device_page_answer(world.devices, world.nic, 3, 0), ANSWER_NO_SUCH_GROUP);
	assert_int_equal(ask(&world, 3, 0x3000), 0);
	/* An open one is not forgotten. */
	device_page_forget(world.devices, world.nic, 3, 1);
	assert_int_equal(device_page_answer(world.devices, world.nic, 3, 1), ANSWER_NONE);
	assert_int_equal(device_page_requests_open(world.devices, world.nic, 3), 3);
	assert_int_equal(device_page_requests_open(world.devices, world.nic, DEVICE_ANY_PASID), 4);
	device_world_free(&world);
}

/* 10.5.2.6: no more than were allocated to it; this one was given 4. */
static void test_page_requests_stay_below_their_limit(void **state)
{
	(void)state;
	struct device_world world;
	uint16_t group;
	device_world_start(&world, IOMMU_VTD);
	device_world_enable(&world, world.nic);
	struct request request = device_request(&world, world.nic, AT_UNTRANSLATED, 0x1000);
	for (unsigned i = 0; i < 4; i++)
		ask(&world, i, 0x1000);
	assert_int_equal(device_page_request(world.devices, &request, &group), DEVICE_FULL);
	device_answer_pages(&world, world.nic, 2, 0, 1);
	assert_int_equal(device_page_answer(world.devices, world.nic, 2, 0), ANSWER_INVALID);
	assert_int_equal(device_page_request(world.devices, &request, &group), DEVICE_SENT);
	assert_int_equal(device_page_request(world.devices, &request, &group), DEVICE_FULL);
	device_world_free(&world);
}

/* 10.5.3: a response with an index that is not open, or that PASID's, is unexpected and changes nothing. */
static void test_page_response_unexpected_is_counted(void **state)
{
	(void)state;
	struct device_world world;
	device_world_start(&world, IOMMU_VTD);
	device_world_enable(&world, world.nic);
	ask(&world, 3, 0x1000);
	device_answer_pages(&world, world.nic, 3, 1, 0);
	device_answer_pages(&world, world.nic, 4, 0, 0);
	device_answer_pages(&world, world.nic, PASID_NONE, 0, 15);
	assert_int_equal(device_page_unexpected(world.devices, world.nic), 3);
	assert_int_equal(device_page_answer(world.devices, world.nic, 3, 0), ANSWER_NONE);
	assert_false(device_page_failure(world.devices, world.nic));
	device_answer_pages(&world, world.nic, 3, 0, 0);
	device_answer_pages(&world, world.nic, 3, 0, 1);
	assert_int_equal(device_page_unexpected(world.devices, world.nic), 4);
	assert_int_equal(device_page_answer(world.devices, world.nic, 3, 0), ANSWER_SUCCESS);
	device_answer_pages(&world, world.liar, 3, 0, 0);
	device_answer_pages(&world, world.master, 3, 0, 0);
	assert_int_equal(device_page_unexpected(world.devices, world.master), 0);
	device_world_free(&world);
}

/* 10.4.2.1: failure, and reserved codes likewise, disable the interface until it is enabled again. */
static void test_page_response_failure_disables(void **state)
{
	(void)state;
	static const struct {
		uint8_t code;
		enum device_answer answer;
		bool failure;
	} rows[] = {
		{0, ANSWER_SUCCESS, false}, {1, ANSWER_INVALID, false}, {15, ANSWER_FAILURE, true},
		{2, ANSWER_FAILURE, true},  {14, ANSWER_FAILURE, true},
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct device_world world;
		uint16_t group;
		device_world_start(&world, IOMMU_VTD);
		device_world_enable(&world, world.nic);
		struct request request = device_request(&world, world.nic, AT_UNTRANSLATED, 0x1000);
		ask(&world, 3, 0x1000);
		ask(&world, 4, 0x1000);
		device_answer_pages(&world, world.nic, 3, 0, rows[i].code);
		bool failure = rows[i].failure;
		assert_int_equal(device_page_answer(world.devices, world.nic, 3, 0), rows[i].answer);
		assert_int_equal(device_page_answer(world.devices, world.nic, 4, 0),
				 failure ? ANSWER_FAILURE : ANSWER_NONE);
		assert_int_equal(device_page_failure(world.devices, world.nic), failure);
		assert_int_equal(device_page_request(world.devices, &request, &group),
				 failure ? DEVICE_DISABLED : DEVICE_SENT);
		assert_true(device_enable(world.devices, world.nic, FEATURE_PRI, true));
		assert_false(device_page_failure(world.devices, world.nic));
		assert_int_equal(device_page_request(world.devices, &request, &group), DEVICE_SENT);
		device_world_free(&world);
	}
}

static void test_page_request_that_the_unit_answers_or_drops(void **state)
{
	(void)state;
	struct device_world world;
	device_world_start(&world, IOMMU_SMMUV3);
	device_world_enable(&world, world.nic);
	world.unit.fate = PAGE_REQUEST_ANSWERED;
	world.unit.response = (struct page_response){
		.stream = world.machine->devices[world.nic].stream, .pasid = 3, .group = 0, .code = 1};
	assert_int_equal(ask(&world, 3, 0x1000), 0);
	assert_int_equal(device_page_answer(world.devices, world.nic, 3, 0), ANSWER_INVALID);
	world.unit.fate = PAGE_REQUEST_DROPPED;
	assert_int_equal(ask(&world, 4, 0x1000), 0);
	assert_int_equal(device_page_answer(world.devices, world.nic, 4, 0), ANSWER_NONE);
	device_world_free(&world);
}

/* 10.4.1.2.1: L without R and W, with the PASID; once, and only of a function that has sent requests with PASIDs. */
static void test_page_stop_marker_ends_the_pasid(void **state)
{
	(void)state;
	struct device_world world;
	device_world_start(&world, IOMMU_VTD);
	device_stop(world.devices, world.nic, 3);
	device_start(world.devices, world.nic, 3);
	assert_int_equal(world.unit.page_requests, 0);
	device_world_enable(&world, world.nic);
	ask(&world, 3, 0x1000);
	device_stop(world.devices, world.nic, 3);
	assert_int_equal(world.unit.page_requests, 2);
	const struct page_request *marker = &world.unit.page;
	assert_int_equal(marker->pasid, 3);
	assert_true(marker->last && !marker->read && !marker->write && marker->address == 0);
	device_stop(world.devices, world.nic, 3);
	device_stop(world.devices, world.nic, PASID_NONE);
	assert_int_equal(world.unit.page_requests, 2);
	/* The request before it stays open. */
	assert_int_equal(device_page_requests_open(world.devices, world.nic, 3), 1);
	assert_false(device_is_quiet(world.devices, world.nic, 3));
	device_answer_pages(&world, world.nic, 3, 0, 0);
	assert_true(device_is_quiet(world.devices, world.nic, 3));
	device_world_free(&world);
}

/* Answers that nobody asks for do not pile up. */
static void test_page_answers_kept_are_limited(void **state)
{
	(void)state;
	struct device_world world;
	device_world_start(&world, IOMMU_VTD);
	device_world_enable(&world, world.nic);
	for (unsigned i = 0; i < 40; i++) {
		uint16_t group = ask(&world, 3, 0x1000);
		device_answer_pages(&world, world.nic, 3, group, 0);
		assert_int_equal(device_page_answer(world.devices, world.nic, 3, group), ANSWER_SUCCESS);
	}
	unsigned kept = 0;
	for (uint16_t i = 0; i < 64; i++)
		kept += device_page_answer(world.devices, world.nic, 3, i) == ANSWER_SUCCESS;
	assert_int_equal(kept, PAGE_ANSWERS_MAX);
	device_world_free(&world);
}

/* PCIe 11.3.9: whose interface is locked forgets what it was given and what it asked for, of every PASID. */
static void test_page_requests_and_atc_go_with_a_lock(void **state)
{
	(void)state;
	struct device_world world;
	device_world_start(&world, IOMMU_VTD);
	device_world_enable(&world, world.nic);
	device_world_enable(&world, world.other);
	device_fill(&world, world.nic, PASID_NONE, IOVA, 12, PERM_READ);
	device_fill(&world, world.nic, 5, IOVA, 12, PERM_READ);
	device_fill(&world, world.other, PASID_NONE, IOVA, 12, PERM_READ);
	ask(&world, 5, IOVA);
	device_abort(world.devices, world.nic);
	assert_int_equal(device_atc_entries(world.devices, world.nic), 0);
	assert_int_equal(device_page_requests_open(world.devices, world.nic, DEVICE_ANY_PASID), 0);
	assert_int_equal(device_atc_entries(world.devices, world.other), 1);
	assert_true(device_is_enabled(world.devices, world.nic, FEATURE_ATS));
	device_fill(&world, world.nic, PASID_NONE, IOVA, 12, PERM_READ);
	assert_int_equal(device_atc_entries(world.devices, world.nic), 1);
	device_world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page_request_is_as_on_the_bus),
		cmocka_unit_test(test_page_group_is_the_lowest_unused),
		cmocka_unit_test(test_page_requests_stay_below_their_limit),
		cmocka_unit_test(test_page_response_unexpected_is_counted),
		cmocka_unit_test(test_page_response_failure_disables),
		cmocka_unit_test(test_page_request_that_the_unit_answers_or_drops),
		cmocka_unit_test(test_page_stop_marker_ends_the_pasid),
		cmocka_unit_test(test_page_answers_kept_are_limited),
		cmocka_unit_test(test_page_requests_and_atc_go_with_a_lock),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
