/* SPDX-License-Identifier: MIT */
/* The memory of bounce buffers: what is copied, and by what name a request's target goes. */
#include "sim/tables.h"
#include "sim/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char text[] = "name: t\ntitle: T\nsource: {author: A, date: 2019-09-06, document: d}\nclaim: c\n"
			   "invariants: [dma-confined]\nmachine:\n  devices: {nic: {driver: host, trusted: false}}\n"
			   "  memory: {a: {of: host, size: 8K}, b: {of: host}}\nrun:\n"
			   "  - {by: host, dma-map: {device: nic, memory: a}, as: h}\n"
			   "expect:\n  - {policy: kernel-dma, verdict: safe, basis: I}\n";

struct fixture {
	struct scenario *scenario;
	struct world *world;
	uint64_t a, b; /* physical */
};

static void open_world(struct fixture *f)
{
	g_autoptr(GError) error = NULL;
	struct rules rules;
	char *message = NULL;

	f->scenario = scenario_load_data("t", text, strlen(text), sim_tables(), &error);
	assert_null(error);
	rules_of_policy((unsigned)policy_by_name("kernel-dma"), &rules);
	f->world = world_new(&f->scenario->cases[0], HARDWARE_AUTO, IOMMU_VTD, &rules, false, &message);
	assert_null(message);
	f->a = f->world->machine->memories[0].hpa;
	f->b = f->world->machine->memories[1].hpa;
}

static void close_world(struct fixture *f)
{
	world_free(f->world);
	scenario_free(f->scenario);
}

static void assert_bytes(const struct fixture *f, uint64_t pa, const char *want, uint64_t bytes)
{
	char found[64];

	assert_true(memory_read(f->world->memory, pa, found, bytes));
	assert_memory_equal(found, want, bytes);
}

static void put(const struct fixture *f, uint64_t pa, const char *bytes)
{
	assert_true(memory_write(f->world->memory, pa, bytes, strlen(bytes)));
}

/* Also over the end of a page and of a piece of the copy. */
static void test_bounce_copies_the_buffer_and_nothing_beside_it(void **state)
{
	static const char zeros[16];
	struct fixture f;

	(void)state;
	open_world(&f);
	put(&f, f.a + 0xef0, "secret before    buffer begins");
	put(&f, f.a + 0x10fe, "end secret behind");
	uint64_t slot = world_bounce(f.world, f.a + 0xf01, 0x200);
	assert_int_equal(slot & 0xfff, 0xf01);
	assert_bytes(&f, slot, "buffer begins", 13);
	assert_bytes(&f, slot + 0x1fd, "end", 3);
	assert_bytes(&f, slot + 0x200, zeros, 16);
	assert_bytes(&f, slot - 16, zeros, 16);
	close_world(&f);
}

static void test_bounce_back_gives_the_buffer_what_was_written(void **state)
{
	struct fixture f;

	(void)state;
	open_world(&f);
	put(&f, f.a + 0x80, "old");
	uint64_t slot = world_bounce(f.world, f.a + 0x80, 3);
	put(&f, slot, "new and more");
	world_bounce_back(f.world, slot, f.a + 0x80, 3, false);
	assert_bytes(&f, f.a + 0x80, "old", 4);
	slot = world_bounce(f.world, f.a + 0x80, 3);
	put(&f, slot, "new and more");
	world_bounce_back(f.world, slot, f.a + 0x80, 3, true);
	assert_bytes(&f, f.a + 0x80, "new", 4);
	close_world(&f);
}

static struct hit at(const struct fixture *f, uint64_t pa, uint32_t bytes)
{
	struct hit hit = {
		.kind = HIT_MEMORY, .memory = MACHINE_NONE, .firmware = MACHINE_NONE, .pa = pa, .bytes = bytes};

	world_name_hit(f->world, &hit);
	return hit;
}

static void test_bounce_hits_have_the_name_of_the_buffer(void **state)
{
	struct fixture f;

	(void)state;
	open_world(&f);
	uint64_t first = world_bounce(f.world, f.a + 0x1080, 64), second = world_bounce(f.world, f.b + 0x100, 32);
	assert_int_equal(at(&f, first + 60, 4).memory, 0);
	assert_int_equal(at(&f, first + 60, 4).offset, 0x10bc);
	assert_int_equal(at(&f, second, 4).memory, 1);
	assert_int_equal(at(&f, first + 61, 4).memory, MACHINE_NONE);
	assert_int_equal(at(&f, first - 1, 1).memory, MACHINE_NONE);
	world_bounce_back(f.world, first, f.a + 0x1080, 64, false);
	assert_int_equal(at(&f, first, 4).memory, MACHINE_NONE);
	assert_int_equal(at(&f, second, 4).memory, 1);
	/* The lowest free pages, as if they had never been used. */
	assert_int_equal(world_bounce(f.world, f.a + 0x1080, 64), first);
	close_world(&f);
}

/* In pages that somebody else has chosen, and copied whenever that is asked for. */
static void test_bounce_in_a_pool_is_copied_both_ways(void **state)
{
	struct fixture f;

	(void)state;
	open_world(&f);
	uint64_t place = f.b, buffer = f.a + 0x1000;
	put(&f, buffer, "old");
	assert_true(world_pool_bounce(f.world, place, buffer, 0x1000));
	assert_bytes(&f, place, "old", 4);
	put(&f, place, "new");
	world_bounce_sync(f.world, place, buffer, 0x1000, true);
	assert_bytes(&f, place, "old", 4);
	put(&f, place, "new");
	world_bounce_sync(f.world, place, buffer, 0x1000, false);
	assert_bytes(&f, buffer, "new", 4);
	assert_ptr_equal(world_bounced_at(f.world, place + 0xfff), world_bounced_at(f.world, place));
	assert_null(world_bounced_at(f.world, place + 0x1000));
	/* The pool has a name of its own. */
	struct hit hit = {.kind = HIT_MEMORY, .memory = 1, .pa = place, .bytes = 4};
	world_name_hit(f.world, &hit);
	assert_int_equal(hit.memory, 1);
	world_pool_end(f.world, place);
	assert_null(world_bounced_at(f.world, place));
	close_world(&f);
}

static void test_bounce_of_no_declared_memory_is_refused(void **state)
{
	struct fixture f;

	(void)state;
	open_world(&f);
	assert_false(world_pool_bounce(f.world, f.b, 0x1000, 0x1000));
	assert_int_equal(world_bounce(f.world, 0x1000, 0x10), 0);
	for (unsigned i = 0; i < WORLD_MAX_BOUNCED; i++)
		assert_true(world_pool_bounce(f.world, f.b + i, f.a, 1));
	assert_false(world_pool_bounce(f.world, f.b + WORLD_MAX_BOUNCED, f.a, 1));
	close_world(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounce_copies_the_buffer_and_nothing_beside_it),
		cmocka_unit_test(test_bounce_back_gives_the_buffer_what_was_written),
		cmocka_unit_test(test_bounce_hits_have_the_name_of_the_buffer),
		cmocka_unit_test(test_bounce_in_a_pool_is_copied_both_ways),
		cmocka_unit_test(test_bounce_of_no_declared_memory_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
