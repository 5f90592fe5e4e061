/* SPDX-License-Identifier: MIT */
/* The bounce pool of a confidential guest, and the addresses of what it shares. */
#include "tee_world.h"

/* `pool` has two pages, and is one; the device is driven. */
static void start(struct tee_world *w, const char *policy, const char *layout, bool viommu, enum device_tdisp tdisp)
{
	world_open(w, policy);
	bench_set(&w->bench, "iommu_layout", layout);
	w->bench.machine->memories[w->pool].bytes = 0x2000;
	w->bench.machine->memories[w->pool].swiotlb = true;
	w->viommu = viommu;
	w->tdisp = tdisp;
	world_start(w);
	if (tdisp != TDISP_RUNNING)
		assert_int_equal(tee_driver_bind(w->tee, w->g1, w->dev), 0);
}

static int map(struct tee_world *w, uint16_t memory, uint64_t bytes, unsigned permissions, uint64_t *iova)
{
	return tee_dma_map(w->tee, w->g1, w->dev, memory, 0, bytes, permissions, iova);
}

static int unmap(struct tee_world *w, uint64_t iova, uint64_t bytes)
{
	return tee_dma_unmap(w->tee, w->g1, w->dev, iova, bytes);
}

static void test_tee_bounce_handle_leads_to_the_pool(void **state)
{
	(void)state;
	struct tee_world w;
	uint64_t iova, at;
	uint16_t pool;

	start(&w, "t0-only", "split", false, TDISP_UNLOCKED);
	assert_int_equal(map(&w, w.secret, 0x1000, RW, &iova), 0);
	assert_int_equal(iova, world_gpa(&w, w.pool));
	assert_int_equal(world_t0(&w, iova), world_pa(&w, w.pool));
	assert_int_equal(w.slot_pa, world_pa(&w, w.pool));
	assert_int_equal(w.copied_pa, world_pa(&w, w.secret));
	assert_true(tee_bounced(w.tee, w.dev, iova, 0x1000, &pool, &at));
	assert_int_equal(pool, w.pool);
	assert_int_equal(at, 0);
	assert_int_equal(tee_dma_map(w.tee, w.g1, w.dev, w.secret, 0x1000, 0x1000, RW, &iova), 0);
	assert_int_equal(iova, world_gpa(&w, w.pool) + 0x1000);
	assert_int_equal(w.copied_pa, world_pa(&w, w.secret) + 0x1000);
	assert_false(tee_bounced(w.tee, w.dev, iova, 0x2000, &pool, &at));
	world_close(&w);
}

/* What is shared is reached where it is, by T=0 as well. */
static void test_tee_bounce_is_for_private_buffers(void **state)
{
	(void)state;
	struct tee_world w;
	uint64_t iova;

	start(&w, "inflight", "split", false, TDISP_UNLOCKED);
	assert_int_equal(map(&w, w.pool, 0x1000, RW, &iova), 0);
	assert_int_equal(tee_convert(w.tee, w.g1, w.spare, false), 0);
	assert_int_equal(map(&w, w.spare, 0x1000, RW, &iova), 0);
	assert_int_equal(iova, world_gpa(&w, w.spare));
	assert_int_equal(w.slots, 0);
	world_close(&w);
}

static void test_tee_bounce_pool_is_full(void **state)
{
	(void)state;
	struct tee_world w;
	uint64_t first, second;

	start(&w, "t0-only", "split", false, TDISP_UNLOCKED);
	assert_int_equal(map(&w, w.spare, 0x1000, RW, &first), 0);
	assert_int_equal(map(&w, w.secret, 0x2000, RW, &second), -ENOMEM);
	assert_int_equal(unmap(&w, first, 0x1000), 0);
	assert_int_equal(w.slots, 0);
	assert_int_equal(map(&w, w.secret, 0x2000, RW, &second), 0);
	assert_int_equal(second, first);
	assert_int_equal(map(&w, w.spare, 0x1000, RW, &first), -ENOMEM);
	world_close(&w);
}

/* 128 slots of 2 KiB are the most that a pool gives out in one piece, however large it is. */
static void test_tee_bounce_gives_so_much_in_one_piece(void **state)
{
	(void)state;
	struct tee_world w;
	uint64_t iova;

	world_open(&w, "t0-only");
	w.bench.machine->memories[w.pool].bytes = 0x100000;
	w.bench.machine->memories[w.pool].swiotlb = true;
	w.bench.machine->memories[w.secret].bytes = 0x80000;
	world_start(&w);
	assert_int_equal(tee_driver_bind(w.tee, w.g1, w.dev), 0);
	assert_int_equal(map(&w, w.secret, 0x41000, RW, &iova), -ENOMEM);
	assert_int_equal(map(&w, w.secret, 0x40000, RW, &iova), 0);
	world_close(&w);
}

static void test_tee_bounce_pool_that_is_no_more_shared_is_none(void **state)
{
	(void)state;
	struct tee_world w;
	uint64_t iova;

	start(&w, "inflight", "split", false, TDISP_UNLOCKED);
	assert_int_equal(tee_convert(w.tee, w.g1, w.pool, true), 0);
	assert_int_equal(map(&w, w.spare, 0x1000, RW, &iova), -ENOMEM);
	assert_int_equal(tee_convert(w.tee, w.g1, w.pool, false), 0);
	assert_int_equal(map(&w, w.spare, 0x1000, RW, &iova), 0);
	world_close(&w);
}

/* Directions: what a device may not write is not copied back, what it may not read not to the pool. */
static void test_tee_bounce_copies_as_the_direction_says(void **state)
{
	static const struct {
		unsigned permissions, to_pool, back, at_unmap;
	} rows[] = {{UAPI_READ, 1, 0, 0}, {UAPI_WRITE, 0, 1, 2}, {RW, 1, 1, 2}};

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct tee_world w;
		uint64_t iova;
		start(&w, "t0-only", "split", false, TDISP_UNLOCKED);
		assert_int_equal(map(&w, w.spare, 0x1000, rows[i].permissions, &iova), 0);
		assert_int_equal(tee_dma_sync(w.tee, w.g1, w.dev, iova, 0x1000, true), 0);
		assert_int_equal(tee_dma_sync(w.tee, w.g1, w.dev, iova, 0x1000, false), 0);
		assert_int_equal(w.synced_to_pool, rows[i].to_pool);
		assert_int_equal(w.synced_back, rows[i].back);
		assert_int_equal(unmap(&w, iova, 0x1000), 0);
		assert_int_equal(w.synced_back, rows[i].at_unmap);
		assert_int_equal(w.slot_pa, world_pa(&w, w.pool));
		world_close(&w);
	}
}

static void test_tee_bounce_sync_of_others_is_nothing(void **state)
{
	(void)state;
	struct tee_world w;
	uint64_t iova;

	start(&w, "t0-only", "split", false, TDISP_UNLOCKED);
	assert_int_equal(map(&w, w.pool, 0x1000, RW, &iova), 0);
	assert_int_equal(tee_dma_sync(w.tee, w.g1, w.dev, iova, 0x1000, false), 0);
	assert_int_equal(w.synced_back, 0);
	assert_int_equal(tee_dma_sync(w.tee, w.g2, w.dev, iova, 0x1000, false), -ENODEV);
	assert_int_equal(tee_driver_unbind(w.tee, w.g1, w.dev), 0);
	assert_int_equal(tee_dma_sync(w.tee, w.g1, w.dev, iova, 0x1000, false), -ENODEV);
	world_close(&w);
}

/* Accepted it needs no pool, unless all are to go through it; what is in the pool comes back all the same. */
static void test_tee_bounce_ends_with_the_acceptance(void **state)
{
	(void)state;
	for (int all = 0; all < 2; all++) {
		struct tee_world w;
		uint64_t old, new;
		world_open(&w, "inflight");
		bench_set(&w.bench, "guest_bounce", all ? "all" : "unaccepted");
		w.bench.machine->memories[w.pool].bytes = 0x2000;
		w.bench.machine->memories[w.pool].swiotlb = true;
		world_start(&w);
		assert_int_equal(tee_driver_bind(w.tee, w.g1, w.dev), 0);
		assert_int_equal(map(&w, w.spare, 0x1000, RW, &old), 0);
		world_prepare(&w);
		assert_int_equal(tee_accept(w.tee, w.g1, w.dev), 0);
		assert_int_equal(map(&w, w.secret, 0x1000, RW, &new), 0);
		assert_int_equal(new, all ? world_gpa(&w, w.pool) + 0x1000 : world_gpa(&w, w.secret));
		assert_int_equal(world_t1(&w, old), world_pa(&w, w.pool));
		assert_int_equal(unmap(&w, old, 0x1000), 0);
		assert_int_equal(w.synced_back, 1);
		assert_int_equal(w.slots, all);
		world_close(&w);
	}
}

/* One unit for both: the vIOMMU leads to the place in the pool. */
static void test_tee_bounce_through_the_viommu(void **state)
{
	(void)state;
	struct tee_world w;
	uint64_t iova;

	start(&w, "inflight", "single_checked", true, TDISP_UNLOCKED);
	assert_int_equal(map(&w, w.spare, 0x1000, RW, &iova), 0);
	assert_int_not_equal(iova, world_gpa(&w, w.pool));
	assert_int_equal(world_t0(&w, iova), world_pa(&w, w.pool));
	assert_int_equal(unmap(&w, iova, 0x1000), 0);
	assert_int_equal(world_t0(&w, iova), BLOCKED);
	assert_int_equal(w.slots, 0);
	world_close(&w);
}

/* It was no address of the vIOMMU that is met now: the kernel is dead, and nothing is copied. */
static void test_tee_bounce_handle_of_t0_crashes_under_the_viommu_of_t1(void **state)
{
	(void)state;
	struct tee_world w;
	uint64_t iova;

	start(&w, "inflight", "split", true, TDISP_UNLOCKED);
	assert_int_equal(map(&w, w.spare, 0x1000, RW, &iova), 0);
	world_prepare(&w);
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), 0);
	assert_int_equal(unmap(&w, iova, 0x1000), UAPI_CRASH);
	assert_int_equal(w.synced_back, 0);
	assert_int_equal(w.slots, 1);
	world_close(&w);
}

/* The copy back faults on what is not the guest's any more, and the place stays taken. */
static void test_tee_bounce_to_what_was_given_back_is_a_fault(void **state)
{
	(void)state;
	struct tee_world w;
	uint64_t iova;

	start(&w, "t0-only", "split", false, TDISP_UNLOCKED);
	assert_int_equal(map(&w, w.spare, 0x1000, RW, &iova), 0);
	assert_int_equal(tee_release_memory(w.tee, w.g1, w.spare), 0);
	assert_int_equal(tee_dma_sync(w.tee, w.g1, w.dev, iova, 0x1000, false), -EFAULT);
	assert_int_equal(unmap(&w, iova, 0x1000), -EFAULT);
	assert_int_equal(w.synced_back, 0);
	assert_int_equal(w.slots, 1);
	world_close(&w);
}

static void test_tee_bounce_that_cannot_be_copied_takes_no_place(void **state)
{
	(void)state;
	struct tee_world w;
	uint64_t iova;

	start(&w, "t0-only", "split", false, TDISP_UNLOCKED);
	w.no_room = true;
	assert_int_equal(map(&w, w.spare, 0x1000, RW, &iova), -ENOMEM);
	w.no_room = false;
	assert_int_equal(map(&w, w.secret, 0x2000, RW, &iova), 0);
	world_close(&w);
}

/* KNOB_SHARED_ALIAS: with the bit where the platform has it, and a page that is converted moves. */
static void test_tee_shared_memory_is_where_the_platform_has_it(void **state)
{
	static const struct {
		const char *alias, *layout;
		bool t0, t1;
	} rows[] = {
		{"none", "split", false, false},          {"t1", "split", false, true},
		{"always", "split", true, true},          {"t1", "single_checked", true, true},
		{"always", "single_checked", true, true}, {"t1", "single_rmp", false, false},
		{"always", "single_rmp", true, true},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct tee_world w;
		uint64_t iova;
		world_open(&w, "inflight");
		bench_set(&w.bench, "shared_alias", rows[i].alias);
		bench_set(&w.bench, "iommu_layout", rows[i].layout);
		world_start(&w);
		assert_int_equal(tee_driver_bind(w.tee, w.g1, w.dev), 0);
		uint64_t plain = world_gpa(&w, w.pool), high = plain | TEE_SHARED_BIT;
		assert_int_equal(map(&w, w.pool, 0x1000, RW, &iova), 0);
		assert_int_equal(iova, rows[i].t0 ? high : plain);
		assert_int_equal(world_t0(&w, iova), world_pa(&w, w.pool));
		assert_int_equal(world_t0(&w, iova ^ TEE_SHARED_BIT), BLOCKED);
		world_prepare(&w);
		assert_int_equal(tee_accept(w.tee, w.g1, w.dev), 0);
		assert_int_equal(map(&w, w.pool, 0x1000, RW, &iova), 0);
		assert_int_equal(iova, rows[i].t1 ? high : plain);
		assert_int_equal(world_t1(&w, iova), world_pa(&w, w.pool));
		assert_int_equal(world_t1(&w, iova ^ TEE_SHARED_BIT), BLOCKED);
		assert_int_equal(tee_convert(w.tee, w.g1, w.pool, true), 0);
		assert_int_equal(world_t1(&w, plain), world_pa(&w, w.pool));
		assert_int_equal(world_t1(&w, high), BLOCKED);
		assert_int_equal(tee_convert(w.tee, w.g1, w.pool, false), 0);
		assert_int_equal(world_t1(&w, iova), world_pa(&w, w.pool));
		assert_int_equal(world_t1(&w, iova ^ TEE_SHARED_BIT), BLOCKED);
		world_close(&w);
	}
}

/* As force_dma_unencrypted() had it: for a device that sends T shared memory is where private memory would be. */
static void test_tee_address_by_device_has_no_bit_once_accepted(void **state)
{
	(void)state;
	struct tee_world w;
	uint64_t iova;

	world_open(&w, "inflight");
	bench_set(&w.bench, "shared_alias", "always");
	bench_set(&w.bench, "dma_address", "by_device");
	world_start(&w);
	assert_int_equal(tee_driver_bind(w.tee, w.g1, w.dev), 0);
	assert_int_equal(map(&w, w.pool, 0x1000, RW, &iova), 0);
	assert_int_equal(iova, world_gpa(&w, w.pool) | TEE_SHARED_BIT);
	world_prepare(&w);
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), 0);
	assert_int_equal(map(&w, w.pool, 0x1000, RW, &iova), 0);
	assert_int_equal(iova, world_gpa(&w, w.pool));
	assert_int_equal(world_t1(&w, iova), BLOCKED);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tee_bounce_handle_leads_to_the_pool),
		cmocka_unit_test(test_tee_bounce_is_for_private_buffers),
		cmocka_unit_test(test_tee_bounce_pool_is_full),
		cmocka_unit_test(test_tee_bounce_gives_so_much_in_one_piece),
		cmocka_unit_test(test_tee_bounce_pool_that_is_no_more_shared_is_none),
		cmocka_unit_test(test_tee_bounce_copies_as_the_direction_says),
		cmocka_unit_test(test_tee_bounce_sync_of_others_is_nothing),
		cmocka_unit_test(test_tee_bounce_ends_with_the_acceptance),
		cmocka_unit_test(test_tee_bounce_through_the_viommu),
		cmocka_unit_test(test_tee_bounce_handle_of_t0_crashes_under_the_viommu_of_t1),
		cmocka_unit_test(test_tee_bounce_to_what_was_given_back_is_a_fault),
		cmocka_unit_test(test_tee_bounce_that_cannot_be_copied_takes_no_place),
		cmocka_unit_test(test_tee_shared_memory_is_where_the_platform_has_it),
		cmocka_unit_test(test_tee_address_by_device_has_no_bit_once_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
