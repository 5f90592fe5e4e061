/* SPDX-License-Identifier: MIT */
/* The receiving network device: what a packet costs a CPU, by hand, and that no mode leaves anything stale. */
#include "timed.h"

#include "timing/nic.h"

#include <string.h>

#define UNMAP_NS    30
#define MAP_NS      40
#define MAP_LOCK_NS 6
#define PACKET_NS   (200 + 100) /* 100 bytes of 1 ns */
#define BATCH_NS    (2 * 10 + 1000 + 20)
#define POST_NS     5
#define POLL_NS     2

static const enum iommu_kind kinds[] = {IOMMU_VTD, IOMMU_SMMUV3};

static struct timing_profile profile_of(enum iommu_kind kind)
{
	struct timing_profile profile = timed_profile(kind);

	profile.value[TIMING_COMMAND] = 10;
	profile.value[TIMING_INVALIDATE] = 1000;
	profile.value[TIMING_COMPLETE] = 20;
	profile.value[TIMING_POST] = POST_NS;
	profile.value[TIMING_POLL] = POLL_NS;
	profile.value[TIMING_LOCK] = 4;
	profile.value[TIMING_UNMAP] = UNMAP_NS;
	profile.value[TIMING_MAP] = MAP_NS;
	profile.value[TIMING_MAP_LOCK] = MAP_LOCK_NS;
	profile.value[TIMING_PACKET] = 200;
	profile.value[TIMING_PACKET_BYTE] = 1;
	return profile;
}

static struct timing_nic nic_of(enum timing_nic_mode mode)
{
	return (struct timing_nic){.cpus = 1,
				   .ring = 64,
				   .bytes = 100,
				   .every = 1,
				   .batch = 16,
				   .mode = mode,
				   .packets = 1024,
				   .warm_up = 512};
}

/* A packet a round; the ring is full of packets all the time, so the CPU is never idle. */
static void test_nic_strict_packet_takes_the_sum_of_its_steps(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct timing_profile profile = profile_of(kinds[i]);
		struct timing_nic nic = nic_of(NIC_STRICT);
		struct timing_nic_result result;
		timing_nic_run(&profile, &nic, NULL, NULL, &result);
		uint64_t work = UNMAP_NS + PACKET_NS + MAP_NS + MAP_LOCK_NS;
		assert_int_equal(result.packets, 1024);
		assert_int_equal(result.unmaps, 1024);
		assert_int_equal(result.queue.invalidations, 1024);
		assert_int_equal(result.batches, 1024);
		assert_int_equal(result.work_ps, 1024 * work * NS);
		assert_int_equal(result.post_ps, 1024 * POST_NS * NS);
		assert_int_equal(result.wait_ps, 1024 * (BATCH_NS + POLL_NS) * NS + result.queue.drain_ps);
		assert_int_equal(result.elapsed_ps, result.work_ps + result.post_ps + result.wait_ps);
	}
}

static void test_nic_batched_waits_once_for_many(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct timing_profile profile = profile_of(kinds[i]);
		struct timing_nic nic = nic_of(NIC_BATCHED);
		struct timing_nic_result result;
		timing_nic_run(&profile, &nic, NULL, NULL, &result);
		assert_int_equal(result.queue.invalidations, 1024);
		assert_int_equal(result.batches, 1024 / 16);
		assert_int_equal(result.post_ps, 1024 / 16 * POST_NS * NS);
		assert_int_equal(result.wait_ps,
				 1024 / 16 * (17 * 10 + 16 * 1000 + 20 + POLL_NS) * NS + result.queue.drain_ps);
	}
}

static void test_nic_lazy_flushes_when_enough_is_put_aside(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct timing_profile profile = profile_of(kinds[i]);
		struct timing_nic nic = nic_of(NIC_LAZY);
		struct timing_nic_result result;
		timing_nic_run(&profile, &nic, NULL, NULL, &result);
		assert_int_equal(result.unmaps, 1024);
		assert_int_equal(result.flushes, 1024 / TIMING_FLUSH_ENTRIES);
		assert_int_equal(result.queue.invalidations, result.flushes);
	}
}

/* 10 ms: at 100 microseconds a packet, the 101st finds the first one to be as old. */
static void test_nic_lazy_flushes_what_is_old(void **state)
{
	(void)state;
	struct timing_profile profile = profile_of(IOMMU_VTD);
	struct timing_nic nic = nic_of(NIC_LAZY);
	struct timing_nic_result result;

	profile.value[TIMING_PACKET] = 100000;
	timing_nic_run(&profile, &nic, NULL, NULL, &result);
	assert_in_range(result.flushes, 1024 / 101, 1024 / 100 + 1);
}

static void test_nic_reused_buffers_are_not_unmapped(void **state)
{
	(void)state;
	struct timing_profile profile = profile_of(IOMMU_VTD);
	struct timing_nic nic = nic_of(NIC_STRICT);
	struct timing_nic_result result;

	nic.every = 8;
	timing_nic_run(&profile, &nic, NULL, NULL, &result);
	assert_int_equal(result.unmaps, 1024 / 8);
	assert_int_equal(result.maps, 1024 / 8);
	assert_int_equal(result.queue.invalidations, 1024 / 8);
}

/* On VT-d invalidations are one after the other, whoever asks: twice the CPUs are no more packets. */
static void test_nic_strict_does_not_scale_where_the_lock_is_kept(void **state)
{
	(void)state;
	struct timing_profile profile = profile_of(IOMMU_VTD);
	struct timing_nic nic = nic_of(NIC_STRICT);
	struct timing_nic_result two, four;

	nic.cpus = 2;
	timing_nic_run(&profile, &nic, NULL, NULL, &two);
	nic.cpus = 4;
	timing_nic_run(&profile, &nic, NULL, NULL, &four);
	/* Two hand-overs of the lock a packet, to post and to map. */
	uint64_t least = 1024 * (POST_NS + BATCH_NS + POLL_NS + MAP_LOCK_NS) * NS;
	assert_in_range(four.elapsed_ps, least, least + 1024 * 2 * 4 * NS + four.queue.drain_ps);
	assert_true(four.elapsed_ps * 10 > two.elapsed_ps * 9);
	assert_true(four.lock_ps > 2 * two.lock_ps);
}

/* Every access reaches the page that is mapped at its address, in every mode, whoever else invalidates. */
static void test_nic_no_mode_leaves_anything_stale(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		for (unsigned mode = 0; mode < NIC_MODES; mode++) {
			struct timing_profile profile = profile_of(kinds[i]);
			struct timing_nic nic = nic_of((enum timing_nic_mode)mode);
			struct timing_nic_result result;
			nic.cpus = 3;
			nic.packets = 4000;
			timing_nic_run(&profile, &nic, NULL, NULL, &result);
			assert_int_equal(result.faults, 0);
			assert_int_equal(result.stale, 0);
			for (unsigned access = 0; access < NIC_ACCESSES; access++)
				assert_int_equal(result.requests[access],
						 result.hits[access] + result.merged[access] + result.walks[access]);
			assert_true(result.walks[NIC_PAYLOAD] > 0 && result.hits[NIC_DESCRIPTOR] > 0);
		}
	}
}

static void test_nic_without_iommu_maps_nothing(void **state)
{
	(void)state;
	struct timing_profile profile = profile_of(IOMMU_VTD);
	struct timing_nic nic = nic_of(NIC_STRICT);
	struct timing_nic_result result;

	nic.without_iommu = true;
	timing_nic_run(&profile, &nic, NULL, NULL, &result);
	assert_int_equal(result.elapsed_ps, 1024 * PACKET_NS * NS);
	assert_int_equal(result.unmaps, 0);
	assert_int_equal(result.batches, 0);
}

struct seen {
	unsigned count;
	uint64_t last;
};

static void see(void *context, const struct timing_nic_packet *packet)
{
	struct seen *seen = context;

	seen->count++;
	assert_true(packet->complete <= packet->taken && packet->taken < packet->handled);
	assert_true(packet->handled > seen->last);
	assert_true(packet->handled - packet->taken >= packet->wait_ps + packet->lock_ps + PACKET_NS * NS);
	seen->last = packet->handled;
}

static void test_nic_each_packet_is_told(void **state)
{
	(void)state;
	struct timing_profile profile = profile_of(IOMMU_VTD);
	struct timing_nic nic = nic_of(NIC_STRICT);
	struct timing_nic_result result;
	struct seen seen = {0};

	timing_nic_run(&profile, &nic, see, &seen, &result);
	assert_int_equal(seen.count, 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nic_strict_packet_takes_the_sum_of_its_steps),
		cmocka_unit_test(test_nic_batched_waits_once_for_many),
		cmocka_unit_test(test_nic_lazy_flushes_when_enough_is_put_aside),
		cmocka_unit_test(test_nic_lazy_flushes_what_is_old),
		cmocka_unit_test(test_nic_reused_buffers_are_not_unmapped),
		cmocka_unit_test(test_nic_strict_does_not_scale_where_the_lock_is_kept),
		cmocka_unit_test(test_nic_no_mode_leaves_anything_stale),
		cmocka_unit_test(test_nic_without_iommu_maps_nothing),
		cmocka_unit_test(test_nic_each_packet_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
