/* SPDX-License-Identifier: MIT */
/* What a request takes alone, added up by hand and held against a machine with events. */
#include "timed.h"
#include "timing/alone.h"

#define PAGE(n) (TIMING_WINDOW + UINT64_C(4096) * (n))

static struct request request_at(uint64_t page, bool write, uint32_t bytes)
{
	return (struct request){.address = PAGE(page),
				.bytes = bytes,
				.stream = TIMING_STREAM,
				.pasid = PASID_NONE,
				.op = write ? REQUEST_WRITE : REQUEST_READ};
}

static struct timing_alone alone(struct timed *timed, const struct request *request, struct translation *out)
{
	struct timing_alone sum = {0};

	timing_alone_add(&sum, &timed->profile, timed->host.memory, timed->host.unit, request, out);
	return sum;
}

/* Two hosts that are the same: one has a machine, one has none. */
static void compare(const struct timing_profile *profile, bool with_iommu)
{
	struct timed events, plain;
	timed_setup(&events, profile, with_iommu);
	timed_setup(&plain, profile, with_iommu);
	for (unsigned i = 0; i < 12; i++) {
		bool write = i & 1;
		uint64_t page = i / 4; /* each once without and three times with an entry of the IOTLB */
		struct request request = request_at(page, write, 64);
		struct translation translation;
		const struct timing_slot *slot = timed_alone(&events, page, write);
		struct timing_alone sum = alone(&plain, &request, &translation);
		assert_int_equal(timing_alone_ps(&sum), slot->ended - slot->issued);
		assert_int_equal(sum.part_ps[PART_WALK], slot->walked - slot->walk_begun);
		assert_int_equal(sum.part_ps[PART_DRAIN], slot->ended - slot->answered);
		assert_int_equal(sum.requests, 1);
		if (!with_iommu)
			continue;
		assert_true(translation.pa == slot->translation.pa);
		assert_int_equal(sum.walks, i % 4 == 0);
		assert_int_equal(sum.references, i % 4 == 0 ? 4 : 0);
		assert_int_equal(sum.configuration_references, i == 0 ? 2 : 0);
	}
	timed_teardown(&events);
	timed_teardown(&plain);
}

static void test_alone_is_what_a_machine_takes_that_is_idle(void **state)
{
	(void)state;
	static const enum iommu_kind kinds[] = {IOMMU_VTD, IOMMU_SMMUV3};

	for (unsigned i = 0; i < 2; i++) {
		struct timing_profile profile = timed_profile(kinds[i]);
		compare(&profile, true);
		compare(&profile, false);
		profile.value[TIMING_GENERATION] = 3; /* times that are not whole nanoseconds */
		profile.value[TIMING_READ_BYTE] = 0.3;
		compare(&profile, true);
	}
}

static void test_alone_large_requests_are_packets_behind_each_other(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct timed timed;
	struct translation translation;
	timed_setup(&timed, &profile, true);
	struct request write = request_at(1, true, 300), read = request_at(1, false, 1024);
	struct timing_alone sum = alone(&timed, &write, &translation);
	/* MPS 128: 128 + 128 + 44 and 20 each; there; look-up, 6 references, on */
	assert_int_equal(timing_alone_ps(&sum), (300 + 60 + 10 + 3 + 6 * 50 + 7) * NS);
	sum = alone(&timed, &read, &translation);
	/* MRRS 512: 20 + 20; there; look-up, on, memory; 8 completions of 128 and 16; back; the device */
	assert_int_equal(timing_alone_ps(&sum), (40 + 10 + 3 + 7 + 90 + 8 * 144 + 10 + 100) * NS);
	timed_teardown(&timed);
}

static void test_alone_translation_request_reads_no_data(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct timed timed;
	struct translation translation;
	timed_setup(&timed, &profile, true);
	struct request ask = request_at(1, false, 1);
	ask.at = AT_TRANSLATION_REQUEST;
	struct timing_alone sum = alone(&timed, &ask, &translation);
	/* The unit has no ATS: it reads what configures the requester, and says so in a completion without data. */
	assert_int_equal(translation.result, TRANSLATE_FAULT);
	assert_int_equal(timing_alone_ps(&sum), (20 + 10 + 3 + sum.configuration_references * 50 + 7 + 16 + 10) * NS);
	timed_teardown(&timed);
}

static void test_alone_request_that_is_stopped_carries_no_data(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct timed timed;
	struct translation translation;
	timed_setup(&timed, &profile, true);
	struct request read = request_at(1 << 20, false, 64);
	struct timing_alone sum = alone(&timed, &read, &translation);
	assert_int_equal(translation.result, TRANSLATE_FAULT);
	uint64_t walk = 50 * (sum.references + sum.configuration_references);
	assert_int_equal(timing_alone_ps(&sum), (20 + 10 + 3 + walk + 7 + 16 + 10 + 100) * NS);
	timed_teardown(&timed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alone_is_what_a_machine_takes_that_is_idle),
		cmocka_unit_test(test_alone_large_requests_are_packets_behind_each_other),
		cmocka_unit_test(test_alone_translation_request_reads_no_data),
		cmocka_unit_test(test_alone_request_that_is_stopped_carries_no_data),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
