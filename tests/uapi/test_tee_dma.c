/* SPDX-License-Identifier: MIT */
/* The DMA API of a confidential guest, and the spaces of its vIOMMU. */
#include "tee_world.h"

static void start(struct tee_world *w, const char *policy, const char *layout, bool viommu, enum device_tdisp tdisp)
{
	world_open(w, policy);
	bench_set(&w->bench, "iommu_layout", layout);
	w->viommu = viommu;
	w->tdisp = tdisp;
	world_start(w);
}

static int map(struct tee_world *w, uint16_t memory, uint64_t *iova)
{
	return tee_dma_map(w->tee, w->g1, w->dev, memory, 0, 0x1000, RW, iova);
}

static int unmap(struct tee_world *w, uint64_t iova)
{
	return tee_dma_unmap(w->tee, w->g1, w->dev, iova, 0x1000);
}

static void test_tee_dma_without_driver_is_no_device(void **state)
{
	(void)state;
	struct tee_world w;
	uint64_t iova;

	start(&w, "inflight", "split", false, TDISP_UNLOCKED);
	assert_int_equal(map(&w, w.pool, &iova), -ENODEV);
	assert_int_equal(unmap(&w, 0x1000), -ENODEV);
	assert_int_equal(tee_driver_bind(w.tee, w.g1, w.dev), 0);
	assert_int_equal(tee_dma_map(w.tee, w.g2, w.dev, w.theirs, 0, 0x1000, RW, &iova), -ENODEV);
	world_close(&w);
}

/* Not whole pages of its own memory, as long as it is that. */
static void test_tee_dma_takes_pages_of_the_guests_memory(void **state)
{
	(void)state;
	struct tee_world w;
	uint64_t iova;

	start(&w, "inflight", "split", false, TDISP_RUNNING);
	assert_int_equal(map(&w, w.theirs, &iova), -EINVAL);
	assert_int_equal(tee_dma_map(w.tee, w.g1, w.dev, w.secret, 0x800, 0x1000, RW, &iova), -EINVAL);
	assert_int_equal(tee_dma_map(w.tee, w.g1, w.dev, w.secret, 0, 0, RW, &iova), -EINVAL);
	assert_int_equal(tee_dma_map(w.tee, w.g1, w.dev, w.secret, 0x1000, 0x2000, RW, &iova), -EINVAL);
	assert_int_equal(tee_dma_map(w.tee, w.g1, w.dev, w.secret, 0x2000, 0x1000, RW, &iova), -EINVAL);
	assert_int_equal(tee_dma_map(w.tee, w.g1, w.dev, w.secret, 0x1000, 0x1000, RW, &iova), 0);
	assert_int_equal(iova, world_gpa(&w, w.secret) + 0x1000);
	assert_int_equal(tee_release_memory(w.tee, w.g1, w.secret), 0);
	assert_int_equal(map(&w, w.secret, &iova), -EINVAL);
	world_close(&w);
}

static void test_tee_dma_at_t0_needs_shared_memory(void **state)
{
	(void)state;
	struct tee_world w;
	uint64_t iova;

	start(&w, "inflight", "split", false, TDISP_UNLOCKED);
	assert_int_equal(tee_driver_bind(w.tee, w.g1, w.dev), 0);
	assert_int_equal(map(&w, w.secret, &iova), -ENOMEM); /* there is no bounce pool */
	assert_int_equal(map(&w, w.pool, &iova), 0);
	assert_int_equal(iova, world_gpa(&w, w.pool));
	assert_int_equal(unmap(&w, iova), 0);
	assert_int_equal(tee_convert(w.tee, w.g1, w.secret, false), 0);
	assert_int_equal(map(&w, w.secret, &iova), 0);
	world_close(&w);
}

/* Without a vIOMMU an address is the memory's own under T=0 and T=1: crossing changes nothing for it. */
static void test_tee_dma_identity_handle_survives_the_crossing(void **state)
{
	(void)state;
	struct tee_world w;
	uint64_t iova;

	start(&w, "inflight", "split", false, TDISP_UNLOCKED);
	assert_int_equal(tee_driver_bind(w.tee, w.g1, w.dev), 0);
	assert_int_equal(map(&w, w.pool, &iova), 0);
	world_prepare(&w);
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), 0);
	assert_int_equal(world_t1(&w, iova), world_pa(&w, w.pool));
	assert_int_equal(unmap(&w, iova), 0);
	world_close(&w);
}

/* What was mapped while nothing was translated is unmapped in a table that never had it. */
static void test_tee_dma_handle_of_t0_crashes_under_the_viommu_of_t1(void **state)
{
	(void)state;
	struct tee_world w;
	uint64_t iova;

	start(&w, "inflight", "split", true, TDISP_UNLOCKED);
	assert_int_equal(tee_driver_bind(w.tee, w.g1, w.dev), 0);
	assert_int_equal(map(&w, w.pool, &iova), 0);
	assert_int_equal(iova, world_gpa(&w, w.pool));
	world_prepare(&w);
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), 0);
	assert_int_equal(world_t1(&w, iova), BLOCKED);
	assert_int_equal(unmap(&w, iova), UAPI_CRASH);
	world_close(&w);
}

static void test_tee_dma_viommu_of_t1_has_its_own_addresses(void **state)
{
	(void)state;
	struct tee_world w;
	uint64_t first, second;

	start(&w, "inflight", "split", true, TDISP_RUNNING);
	assert_int_equal(map(&w, w.secret, &first), 0);
	assert_int_equal(map(&w, w.pool, &second), 0);
	assert_int_not_equal(first, world_gpa(&w, w.secret));
	assert_int_not_equal(first, second);
	assert_int_equal(world_t1(&w, first + 8), world_pa(&w, w.secret) + 8);
	assert_int_equal(world_t1(&w, second), world_pa(&w, w.pool));
	assert_int_equal(world_t1(&w, world_gpa(&w, w.secret)), BLOCKED);
	assert_int_equal(unmap(&w, first), 0);
	assert_int_equal(world_t1(&w, first), BLOCKED);
	assert_int_equal(unmap(&w, first), UAPI_CRASH);
	assert_int_equal(world_t1(&w, second), world_pa(&w, w.pool));
	world_close(&w);
}

/* One unit for both translates at T=0 already. */
static void test_tee_dma_single_layout_translates_at_t0(void **state)
{
	(void)state;
	struct tee_world w;
	uint64_t iova;

	start(&w, "inflight", "single_checked", true, TDISP_UNLOCKED);
	assert_int_equal(tee_driver_bind(w.tee, w.g1, w.dev), 0);
	assert_int_equal(world_t0(&w, world_gpa(&w, w.pool)), BLOCKED);
	assert_int_equal(map(&w, w.pool, &iova), 0);
	assert_int_equal(world_t0(&w, iova), world_pa(&w, w.pool));
	world_prepare(&w);
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), 0);
	assert_int_equal(world_t1(&w, iova), world_pa(&w, w.pool));
	assert_int_equal(unmap(&w, iova), 0);
	world_close(&w);
}

/* --- spaces --- */

static void test_tee_space_without_viommu_is_no_call(void **state)
{
	(void)state;
	struct tee_world w;
	tee_space space;

	start(&w, "inflight", "split", false, TDISP_RUNNING);
	assert_int_equal(tee_space_new(w.tee, w.g1, &space), -ENOTTY);
	world_close(&w);
}

static void test_tee_space_serves_what_is_attached_at_t1(void **state)
{
	(void)state;
	struct tee_world w;
	tee_space space;

	start(&w, "inflight", "split", true, TDISP_UNLOCKED);
	assert_int_equal(tee_space_new(w.tee, w.g1, &space), 0);
	assert_int_equal(tee_map(w.tee, w.g1, space, 0x5000, w.secret, 0x1000, 0x1000, RW), 0);
	assert_int_equal(tee_attach(w.tee, w.g1, w.dev, space), 0);
	assert_int_equal(world_t1(&w, 0x5000), BLOCKED);
	assert_int_equal(world_t0(&w, world_gpa(&w, w.pool)), world_pa(&w, w.pool));
	world_prepare(&w);
	assert_int_equal(tee_accept(w.tee, w.g1, w.dev), 0);
	assert_int_equal(world_t1(&w, 0x5008), world_pa(&w, w.secret) + 0x1008);
	assert_int_equal(tee_map(w.tee, w.g1, space, 0x6000, w.pool, 0, 0x1000, RW), 0);
	assert_int_equal(world_t1(&w, 0x6000), world_pa(&w, w.pool));
	uint32_t syncs = w.trusted->syncs;
	assert_int_equal(tee_unmap(w.tee, w.g1, space, 0x5000, 0), 0);
	assert_int_equal(world_t1(&w, 0x5000), BLOCKED);
	assert_int_equal(w.trusted->syncs, syncs + 1);
	assert_int_equal(tee_detach(w.tee, w.g1, w.dev), 0);
	assert_int_equal(world_t1(&w, 0x6000), BLOCKED);
	assert_int_equal(tee_detach(w.tee, w.g1, w.dev), -EINVAL);
	world_close(&w);
}

/* What is taken from the guest is in none of its spaces, now and later. */
static void test_tee_space_follows_the_second_stage(void **state)
{
	(void)state;
	struct tee_world w;
	tee_space space;

	world_open(&w, "inflight");
	bench_set(&w.bench, "unmap_under_run", "silent");
	w.viommu = true;
	w.tdisp = TDISP_RUNNING;
	world_start(&w);
	assert_int_equal(tee_space_new(w.tee, w.g1, &space), 0);
	assert_int_equal(tee_attach(w.tee, w.g1, w.dev, space), 0);
	assert_int_equal(tee_map(w.tee, w.g1, space, 0x5000, w.secret, 0, 0x1000, RW), 0);
	assert_int_equal(tee_stage2_unmap(w.tee, w.secret), 0);
	assert_int_equal(world_t1(&w, 0x5000), BLOCKED);
	assert_int_equal(tee_map(w.tee, w.g1, space, 0x6000, w.secret, 0x1000, 0x1000, RW), 0);
	assert_int_equal(world_t1(&w, 0x6000), BLOCKED);
	assert_int_equal(tee_stage2_map(w.tee, w.g1, w.secret, world_gpa(&w, w.secret), true), 0);
	assert_int_equal(world_t1(&w, 0x5000), world_pa(&w, w.secret));
	assert_int_equal(world_t1(&w, 0x6000), world_pa(&w, w.secret) + 0x1000);
	world_close(&w);
}

static void test_tee_space_refusals(void **state)
{
	(void)state;
	struct tee_world w;
	tee_space space;

	start(&w, "inflight", "split", true, TDISP_RUNNING);
	assert_int_equal(tee_space_new(w.tee, w.g1, &space), 0);
	assert_int_equal(tee_map(w.tee, w.g1, space, 0x5000, w.secret, 0, 0x2000, RW), 0);
	assert_int_equal(tee_map(w.tee, w.g1, space, 0x6000, w.pool, 0, 0x1000, RW), -EEXIST);
	assert_int_equal(tee_map(w.tee, w.g1, space, 0x7800, w.pool, 0, 0x1000, RW), -EINVAL);
	assert_int_equal(tee_map(w.tee, w.g1, space, 0x7000, w.theirs, 0, 0x1000, RW), -EINVAL);
	assert_int_equal(tee_map(w.tee, w.g2, space, 0x7000, w.theirs, 0, 0x1000, RW), -ENOENT);
	assert_int_equal(tee_unmap(w.tee, w.g1, space, 0x6000, 0x1000), -ENOENT);
	assert_int_equal(tee_unmap(w.tee, w.g1, space, 0x5000, 0x1000), -ENOENT);
	assert_int_equal(tee_unmap(w.tee, w.g2, space, 0x5000, 0x2000), -ENOENT);
	assert_int_equal(tee_attach(w.tee, w.g2, w.dev, space), -ENODEV);
	assert_int_equal(tee_detach(w.tee, w.g2, w.dev), -ENODEV);
	assert_int_equal(tee_attach(w.tee, w.g1, w.dev, space + 40), -ENOENT);
	assert_int_equal(tee_attach(w.tee, w.g1, w.dev, space), 0);
	assert_int_equal(tee_attach(w.tee, w.g1, w.dev, space), 0);
	assert_int_equal(tee_space_destroy(w.tee, w.g2, space), -ENOENT);
	assert_int_equal(tee_space_destroy(w.tee, w.g1, space), -EBUSY);
	/* The driver takes its attachment along. */
	assert_int_equal(tee_driver_unbind(w.tee, w.g1, w.dev), 0);
	assert_int_equal(world_t1(&w, 0x5000), BLOCKED);
	assert_int_equal(tee_space_destroy(w.tee, w.g1, space), 0);
	assert_int_equal(tee_space_destroy(w.tee, w.g1, space), -ENOENT);
	world_close(&w);
}

/* Neither a second stage nor the space of a DMA API is one that the guest has made. */
static void test_tee_space_of_somebody_else_stays(void **state)
{
	(void)state;
	struct tee_world w;
	uint64_t iova;

	start(&w, "inflight", "split", true, TDISP_RUNNING);
	assert_int_equal(map(&w, w.secret, &iova), 0);
	for (tee_space space = 0; space <= TEE_MAX_SPACES; space++)
		assert_int_not_equal(tee_space_destroy(w.tee, w.g1, space), 0);
	assert_int_equal(world_t1(&w, iova), world_pa(&w, w.secret));
	world_close(&w);
}

static void test_tee_spaces_are_so_many(void **state)
{
	(void)state;
	struct tee_world w;
	tee_space space;
	unsigned made = 0;

	start(&w, "inflight", "split", true, TDISP_UNLOCKED);
	while (made <= TEE_MAX_SPACES && tee_space_new(w.tee, w.g1, &space) == 0)
		made++;
	assert_int_equal(made, TEE_MAX_SPACES - 2); /* both guests have a second stage */
	assert_int_equal(tee_space_new(w.tee, w.g1, &space), -ENOMEM);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tee_dma_without_driver_is_no_device),
		cmocka_unit_test(test_tee_dma_takes_pages_of_the_guests_memory),
		cmocka_unit_test(test_tee_dma_at_t0_needs_shared_memory),
		cmocka_unit_test(test_tee_dma_identity_handle_survives_the_crossing),
		cmocka_unit_test(test_tee_dma_handle_of_t0_crashes_under_the_viommu_of_t1),
		cmocka_unit_test(test_tee_dma_viommu_of_t1_has_its_own_addresses),
		cmocka_unit_test(test_tee_dma_single_layout_translates_at_t0),
		cmocka_unit_test(test_tee_space_without_viommu_is_no_call),
		cmocka_unit_test(test_tee_space_serves_what_is_attached_at_t1),
		cmocka_unit_test(test_tee_space_follows_the_second_stage),
		cmocka_unit_test(test_tee_space_refusals),
		cmocka_unit_test(test_tee_space_of_somebody_else_stays),
		cmocka_unit_test(test_tee_spaces_are_so_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
