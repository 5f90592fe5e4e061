/* SPDX-License-Identifier: MIT */
#include "bench.h"

#define NAME "access-implies-context"

static void serve(struct bench *b, uint16_t device, enum check_serving serving)
{
	b->view[device].serving = serving;
}

static void add_leaf(struct bench *b, uint16_t device, uint64_t iova, uint64_t pa, unsigned page_lg2,
		     unsigned permissions)
{
	serve(b, device, SERVED_USER);
	b->leaves[b->leaf_count++] = (struct bench_leaf){iova, pa, page_lg2, permissions, device};
}

static void take(struct bench *b, uint16_t device, const char *label)
{
	bench_begin(b);
	model_take(b->model, b->p1, device);
	bench_end(b, b->p1, label);
}

static void test_access_context_of_the_kernel_is_a_violation(void **state)
{
	(void)state;
	static const struct {
		enum check_serving serving;
		const char *words;
	} table[] = {
		{SERVED_IDENTITY, "p1 can program alone at 'take' while that passes the IOMMU untranslated"},
		{SERVED_KERNEL_DMA,
		 "p1 can program alone at 'take' while that translates by the kernel's DMA-API domain"},
		{SERVED_FREED,
		 "p1 can program alone at 'take' while that translates by a page table that was given back"},
		{SERVED_NO_IOMMU, "p1 can program alone at 'take' while that meets no IOMMU"},
	};
	for (unsigned i = 0; i < 4; i++) {
		struct bench *b = bench_open();
		serve(b, b->alone, table[i].serving);
		take(b, b->alone, "take");
		assert_violated(b, NAME, table[i].words);
		bench_close(b);
	}
}

static void test_access_blocked_or_own_space_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	serve(b, b->alone, SERVED_BLOCKED);
	take(b, b->alone, "");
	assert_safe(b, NAME);
	add_leaf(b, b->alone, 0x1000, b->machine->memories[b->buf].hpa, 12, PERM_READ | PERM_WRITE);
	add_leaf(b, b->alone, 0x5000, b->machine->memories[b->shared].hpa, 12, PERM_READ);
	add_leaf(b, b->alone, 0x7000, b->machine->bars[b->alone_bar].bus, 12, PERM_READ);
	bench_begin(b);
	bench_end(b, b->p1, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_access_without_a_user_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	serve(b, b->hba, SERVED_KERNEL_DMA);
	serve(b, b->alone, SERVED_IDENTITY);
	bench_begin(b);
	model_driver_bind(b->model, b->u, b->alone);
	bench_end(b, b->u, "");
	assert_safe(b, NAME);
	bench_close(b);
}

/* The user commands its neighbour, so that counts too. */
static void test_access_to_a_device_that_commands_another_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	serve(b, b->hba, SERVED_KERNEL_DMA);
	take(b, b->nic, "take");
	assert_violated(b, NAME,
			"p1 can program nic, which commands hba, at 'take' while that translates by the kernel's "
			"DMA-API domain");
	bench_begin(b);
	serve(b, b->hba, SERVED_BLOCKED);
	bench_end(b, b->p1, "");
	assert_safe(b, NAME);
	bench_close(b);
}

/* What the user cannot command does not matter. */
static void test_access_next_to_an_isolated_device_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	serve(b, b->fw, SERVED_KERNEL_DMA);
	take(b, b->alone, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_access_own_table_with_a_foreign_page_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	add_leaf(b, b->alone, 0x1000, b->machine->memories[b->buf].hpa, 12, PERM_READ);
	add_leaf(b, b->alone, 0x9000, b->machine->memories[b->other].hpa, 12, PERM_READ);
	take(b, b->alone, "take");
	assert_violated(
		b, NAME,
		"p1 can program alone at 'take' while that translates 0x9000 to 'other' of p2, which is not p1's");
	bench_close(b);
}

/* A large leaf reaches beyond the object that it begins in. */
static void test_access_leaf_beyond_the_object_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	add_leaf(b, b->alone, 0x200000, b->machine->memories[b->buf].hpa, 13, PERM_READ);
	take(b, b->alone, "");
	assert_safe(b, NAME);
	b->leaves[0].page_lg2 = 14;
	bench_begin(b);
	bench_end(b, b->p1, "grown");
	assert_int_equal(bench_found(b, NAME), 1);
	assert_non_null(strstr(b->findings.list[0].text, "translates 0x202000 to "));
	bench_close(b);
}

static void test_access_firmware_range_mapped_one_to_one_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	model_driver_unbind(b->model, b->fw);
	add_leaf(b, b->fw, R_FIRST, R_FIRST, 12, PERM_READ | PERM_WRITE);
	take(b, b->fw, "");
	assert_safe(b, NAME);
	/* Elsewhere, or for a device that has no such range, it is not. */
	b->leaves[0].iova += 0x100000;
	bench_begin(b);
	bench_end(b, b->p1, "moved");
	assert_violated(b, NAME,
			"p1 can program fw at 'moved' while that translates 0x2100000 to firmware range 'r', which "
			"is not p1's");
	add_leaf(b, b->alone, R_FIRST, R_FIRST, 12, PERM_READ);
	take(b, b->alone, "other");
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

/* Only firmware ranges have to be mapped; a hole has not. */
static void test_access_hole_mapped_one_to_one_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	model_driver_unbind(b->model, b->fw);
	add_leaf(b, b->fw, H_FIRST, H_FIRST, 12, PERM_READ);
	take(b, b->fw, "");
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

static void test_access_leaf_that_permits_more_than_the_user_has_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	model_dma_map(b->model, b->p1, b->alone, 0x1000, 0x1000, bench_memory(b->kbuf, 0), MODEL_READ);
	add_leaf(b, b->alone, 0x1000, b->machine->memories[b->kbuf].hpa, 12, PERM_READ);
	take(b, b->alone, "");
	assert_safe(b, NAME);
	b->leaves[0].permissions = PERM_READ | PERM_WRITE;
	bench_begin(b);
	bench_end(b, b->p1, "");
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

/* Its parent is the kernel's, and translates by the kernel's domain. */
static void test_access_to_an_mdev_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	serve(b, b->fw, SERVED_KERNEL_DMA);
	serve(b, b->m, SERVED_KERNEL_DMA);
	take(b, b->m, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_access_of_two_users_to_one_device_is_one_finding(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	serve(b, b->alone, SERVED_IDENTITY);
	model_mmap(b->model, b->p2, b->alone_bar);
	take(b, b->alone, "take");
	assert_violated(b, NAME, "p1 can program alone at 'take' while that passes the IOMMU untranslated");
	bench_close(b);
}

static void test_access_by_mapping_alone_counts(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	serve(b, b->alone, SERVED_IDENTITY);
	bench_begin(b);
	model_mmap(b->model, b->p2, b->alone_bar);
	bench_end(b, b->p2, "mmap");
	assert_violated(b, NAME, "p2 can program alone at 'mmap' while that passes the IOMMU untranslated");
	bench_close(b);
}

/* Each user that has access is asked for, whoever owns the device. */
static void test_access_of_two_users_needs_both_rights(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	add_leaf(b, b->alone, 0x1000, b->machine->memories[b->buf].hpa, 12, PERM_READ);
	take(b, b->alone, "");
	assert_safe(b, NAME);
	bench_begin(b);
	model_mmap(b->model, b->p2, b->alone_bar);
	bench_end(b, b->p2, "mmap");
	assert_violated(
		b, NAME,
		"p2 can program alone at 'mmap' while that translates 0x1000 to 'buf' of p1, which is not p2's");
	bench_close(b);
}

static void test_access_gap_between_two_states_is_seen_each_time(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	take(b, b->alone, "");
	for (unsigned i = 0; i < 2; i++) {
		bench_begin(b);
		serve(b, b->alone, SERVED_KERNEL_DMA);
		bench_end(b, b->p1, "detach");
		assert_int_equal(bench_found(b, NAME), 1);
		bench_begin(b);
		serve(b, b->alone, SERVED_IDENTITY);
		bench_end(b, b->p1, "still");
		assert_safe(b, NAME);
		bench_begin(b);
		serve(b, b->alone, SERVED_BLOCKED);
		bench_end(b, b->p1, "");
		assert_safe(b, NAME);
	}
	bench_close(b);
}

static void test_access_several_devices_are_one_finding(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	serve(b, b->nic, SERVED_NO_IOMMU);
	serve(b, b->hba, SERVED_NO_IOMMU);
	take(b, b->nic, "take");
	assert_violated(b, NAME, "p1 can program nic at 'take' while that meets no IOMMU (and 1 more)");
	bench_close(b);
}

/* A device that is not plugged in sends nothing. */
static void test_access_absent_neighbour_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	serve(b, b->hba, SERVED_IDENTITY);
	model_present(b->model, b->hba, false);
	take(b, b->nic, "");
	assert_safe(b, NAME);
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_access_context_of_the_kernel_is_a_violation),
		cmocka_unit_test(test_access_blocked_or_own_space_is_safe),
		cmocka_unit_test(test_access_without_a_user_is_safe),
		cmocka_unit_test(test_access_to_a_device_that_commands_another_is_a_violation),
		cmocka_unit_test(test_access_next_to_an_isolated_device_is_safe),
		cmocka_unit_test(test_access_own_table_with_a_foreign_page_is_a_violation),
		cmocka_unit_test(test_access_leaf_beyond_the_object_is_a_violation),
		cmocka_unit_test(test_access_firmware_range_mapped_one_to_one_is_safe),
		cmocka_unit_test(test_access_hole_mapped_one_to_one_is_a_violation),
		cmocka_unit_test(test_access_leaf_that_permits_more_than_the_user_has_is_a_violation),
		cmocka_unit_test(test_access_to_an_mdev_is_safe),
		cmocka_unit_test(test_access_of_two_users_to_one_device_is_one_finding),
		cmocka_unit_test(test_access_by_mapping_alone_counts),
		cmocka_unit_test(test_access_of_two_users_needs_both_rights),
		cmocka_unit_test(test_access_gap_between_two_states_is_seen_each_time),
		cmocka_unit_test(test_access_several_devices_are_one_finding),
		cmocka_unit_test(test_access_absent_neighbour_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
