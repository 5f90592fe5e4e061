/* SPDX-License-Identifier: MIT */
#include "base/random.h"
#include "hw/driver_attachment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void set(struct arena *arena, struct driver_attachments *list, uint32_t stream, uint32_t pasid, uint32_t domain)
{
	assert_true(driver_attachment_has_room(list, stream, pasid));
	driver_attachment_set(arena, list, stream, pasid, domain);
}

static void expect(const struct driver_attachments *list, uint32_t index, uint32_t stream, uint32_t pasid,
		   uint32_t domain)
{
	assert_true(index < list->count);
	assert_int_equal(list->list[index].stream, stream);
	assert_int_equal(list->list[index].pasid, pasid);
	assert_int_equal(list->list[index].domain, domain);
}

static void test_driver_attachment_order_is_stream_then_pasid(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct driver_attachments *list = driver_attachments_new(arena);
	set(arena, list, 8, 0xfffff, 1);
	set(arena, list, 8, PASID_NONE, 2);
	set(arena, list, 7, 5, 3);
	set(arena, list, 8, 1, 4);
	assert_int_equal(list->count, 4);
	assert_int_equal(list->with_pasid, 3);
	expect(list, 0, 7, 5, 3);
	expect(list, 1, 8, PASID_NONE, 2);
	expect(list, 2, 8, 1, 4);
	expect(list, 3, 8, 0xfffff, 1);
	assert_int_equal(driver_attachments_from(list, 8, PASID_NONE), 1);
	assert_int_equal(driver_attachments_from(list, 8, 2), 3);
	assert_int_equal(driver_attachments_after(list, 8, 1), 3);
	assert_int_equal(driver_attachments_after(list, 7, 5), 1);
	assert_int_equal(driver_attachments_after(list, 9, 0), 4);
	assert_int_equal(driver_attached_domain(list, 8, 1), 4);
	assert_int_equal(driver_attached_domain(list, 8, 2), 0);
	arena_free(arena);
}

static void test_driver_attachment_history_leaves_nothing(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct driver_attachments *list = driver_attachments_new(arena);
	uint64_t empty = arena_hash(arena);
	set(arena, list, 1, PASID_NONE, 9);
	uint64_t one = arena_hash(arena);
	struct arena_snapshot *saved = arena_save(arena);
	set(arena, list, 0, 4, 1);
	set(arena, list, 2, 4, 1);
	set(arena, list, 1, PASID_NONE, 3);
	set(arena, list, 2, 4, 0);
	set(arena, list, 0, 4, 0);
	set(arena, list, 0, 4, 0);
	assert_int_equal(list->with_pasid, 0);
	set(arena, list, 1, PASID_NONE, 9);
	assert_true(arena_hash(arena) == one);
	set(arena, list, 1, PASID_NONE, 0);
	assert_true(arena_hash(arena) == empty);
	arena_restore(arena, saved);
	assert_int_equal(driver_attached_domain(list, 1, PASID_NONE), 9);
	arena_snapshot_free(saved);
	arena_free(arena);
}

/* Against a plain table. */
static void test_driver_attachment_random_program_is_what_a_table_says(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct driver_attachments *list = driver_attachments_new(arena);
	struct random random = {0};
	uint32_t table[4][8] = {{0}}, live = 0;
	random_seed(&random, 1);
	for (unsigned step = 0; step < 2000; step++) {
		uint32_t stream = (uint32_t)random_below(&random, 4), pasid = (uint32_t)random_below(&random, 8) - 1;
		uint32_t domain = (uint32_t)random_below(&random, 3), *cell = &table[stream][pasid + 1];
		live = live + (domain != 0) - (*cell != 0);
		*cell = domain;
		set(arena, list, stream, pasid, domain);
		assert_int_equal(list->count, live);
	}
	for (uint32_t stream = 0; stream < 4; stream++)
		for (uint32_t pasid = 0; pasid < 8; pasid++)
			assert_int_equal(driver_attached_domain(list, stream, pasid - 1), table[stream][pasid]);
	arena_free(arena);
}

static void test_driver_attachment_full_list_has_room_for_what_it_holds(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct driver_attachments *list = driver_attachments_new(arena);
	for (uint32_t i = 0; i < DRIVER_ATTACHMENTS_MAX; i++)
		set(arena, list, 1, i + 1, 5);
	assert_false(driver_attachment_has_room(list, 1, PASID_NONE));
	assert_true(driver_attachment_has_room(list, 1, 77));
	set(arena, list, 1, 77, 0);
	assert_true(driver_attachment_has_room(list, 1, PASID_NONE));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_driver_attachment_order_is_stream_then_pasid),
		cmocka_unit_test(test_driver_attachment_history_leaves_nothing),
		cmocka_unit_test(test_driver_attachment_random_program_is_what_a_table_says),
		cmocka_unit_test(test_driver_attachment_full_list_has_room_for_what_it_holds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
