/* SPDX-License-Identifier: MIT */
/* Workloads: what is sent, and that the figures are those of the packets. */
#include "timing/run.h"

#include "timed.h"

struct seen {
	uint64_t packets, first, last, lowest, highest, parts, latency;
	bool aligned;
};

static void see(void *context, const struct timing_slot *slot, const uint64_t *parts_ps)
{
	struct seen *seen = context;
	uint64_t offset = slot->dma.request.address - TIMING_WINDOW;
	uint32_t bytes = slot->dma.request.bytes;

	if (seen->packets++ == 0)
		seen->first = seen->lowest = offset;
	seen->last = offset;
	seen->lowest = offset < seen->lowest ? offset : seen->lowest;
	seen->highest = offset > seen->highest ? offset : seen->highest;
	seen->latency += slot->ended - slot->issued;
	seen->aligned &= offset % 64 == 0;
	assert_true(offset % 4096 + bytes <= 4096 && bytes <= (slot->dma.request.op == REQUEST_WRITE ? 128 : 512));
	for (unsigned part = 0; part < TIMING_PARTS; part++)
		seen->parts += parts_ps[part];
}

static struct timing_result run(const struct timing_profile *profile, const struct timing_workload *workload,
				struct seen *seen)
{
	struct timing_result result;

	*seen = (struct seen){.aligned = true};
	struct timing_spectators spectators = {.each = see, .context = seen};
	timing_run(profile, true, workload, &spectators, &result);
	assert_int_equal(seen->packets, result.packets);
	assert_int_equal(seen->latency, result.latency_ps);
	assert_int_equal(seen->parts, result.latency_ps); /* no time is lost, and none is counted twice */
	assert_int_equal(result.hits + result.merged + result.walks, result.packets);
	return result;
}

static void test_run_sequential_goes_round(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct timing_workload workload = {
		.sequential = true, .bytes = 64, .window = 8192, .transfers = 129, .outstanding = 1};
	struct seen seen;
	struct timing_result result = run(&profile, &workload, &seen);

	assert_int_equal(result.packets, 129);
	assert_int_equal(seen.first, 0);
	assert_int_equal(seen.highest, 8192 - 64);
	assert_int_equal(seen.last, 0);
	assert_int_equal(result.walks, 2);
	timing_result_clear(&result);
}

static void test_run_random_stays_in_its_window(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_SMMUV3);
	struct timing_workload workload = {.bytes = 100, .window = 1 << 20, .transfers = 5000, .seed = 3};
	struct seen seen;
	struct timing_result result = run(&profile, &workload, &seen);

	assert_true(seen.aligned && seen.lowest < 4096 && seen.highest > (1 << 20) - 4096);
	assert_true(seen.highest + 100 <= 1 << 20);
	assert_int_equal(result.faults, 0);
	timing_result_clear(&result);
}

/* PCIe 2.2.7, 2.2.5.2: a write is at most MPS, a read at most MRRS, and none crosses 4 KiB. */
static void test_run_splits_transfers_into_packets(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct timing_workload workload = {
		.write = true, .sequential = true, .bytes = 320, .window = 1 << 20, .transfers = 100};
	struct seen seen;
	struct timing_result result = run(&profile, &workload, &seen);

	assert_int_equal(result.packets, 300); /* 128, 128, 64; the last ones split otherwise at a boundary */
	assert_int_equal(result.bytes, 32000);
	timing_result_clear(&result);
	workload.write = false;
	result = run(&profile, &workload, &seen);
	assert_int_equal(result.bytes, 32000);
	timing_result_clear(&result);
}

static void test_run_one_outstanding_is_alone(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct timing_workload workload = {
		.bytes = 64, .window = 64 * 4096, .transfers = 1000, .warm_up = 1000, .outstanding = 1, .seed = 1};
	struct seen seen;

	profile.value[TIMING_IOTLB] = 1024;
	struct timing_result result = run(&profile, &workload, &seen);
	assert_true(timing_unloaded_ns(&profile, false, 64, true) == 320);
	assert_int_equal(result.hits, 1000);
	assert_true(timing_mean_latency(&result) == 320);
	assert_true(timing_percentile(&result, 0.5) == 320 && timing_percentile(&result, 1) == 320);
	assert_true(timing_gbit_per_s(&result) == 64 * 8 / 320.0);
	timing_result_clear(&result);
	workload.write = true;
	result = run(&profile, &workload, &seen);
	assert_true(timing_unloaded_ns(&profile, true, 64, true) == 104);
	assert_true(timing_mean_latency(&result) == 104);
	timing_result_clear(&result);
}

static void test_run_warm_part_of_the_window_hits(void **state)
{
	(void)state;
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct timing_workload workload = {
		.bytes = 64, .window = 65536, .transfers = 4000, .outstanding = 1, .seed = 1};
	struct seen seen;

	profile.value[TIMING_IOTLB] = 1024;
	profile.value[TIMING_DDIO] = 16384;
	struct timing_result result = run(&profile, &workload, &seen);
	assert_true(timing_percentile(&result, 0.2) == 270 && timing_percentile(&result, 0.3) == 320);
	timing_result_clear(&result);
}

/* Where requests end does not depend on what the machine is made of. */
static void test_run_translates_the_same_on_every_machine(void **state)
{
	(void)state;
	static const struct {
		enum timing_number number;
		double value;
	} rows[] = {{TIMING_WALKERS, 1}, {TIMING_MERGE, 0},    {TIMING_READ_WINDOW, 1}, {TIMING_READ_TAGS, 1},
		    {TIMING_IOTLB, 4},   {TIMING_IN_ORDER, 1}, {TIMING_TABLE, 0},       {TIMING_TABLE_OUTSTANDING, 1}};
	struct timing_workload workload = {.bytes = 64, .window = 1 << 20, .transfers = 3000, .seed = 7};
	struct timing_profile profile = timed_profile(IOMMU_VTD);
	struct seen seen;
	struct timing_result first = run(&profile, &workload, &seen);

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		profile = timed_profile(i % 2 ? IOMMU_VTD : IOMMU_SMMUV3);
		profile.value[rows[i].number] = rows[i].value;
		struct timing_result result = run(&profile, &workload, &seen);
		assert_int_equal(result.faults, 0);
		assert_true(result.checksum == first.checksum);
		timing_result_clear(&result);
	}
	timing_result_clear(&first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run_sequential_goes_round),
		cmocka_unit_test(test_run_random_stays_in_its_window),
		cmocka_unit_test(test_run_splits_transfers_into_packets),
		cmocka_unit_test(test_run_one_outstanding_is_alone),
		cmocka_unit_test(test_run_warm_part_of_the_window_hits),
		cmocka_unit_test(test_run_translates_the_same_on_every_machine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
