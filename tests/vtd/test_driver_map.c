/* SPDX-License-Identifier: MIT */
/* Domains and their tables: the words of each entry (9.8), roll-back, what may be asked. */
#include "driver_fake.h"

#include <errno.h>

#define ROOT1 FAKE_FRAME3

static int map(struct fake *fake, domain_handle domain, uint64_t iova, uint64_t pa, uint64_t bytes,
	       unsigned permissions)
{
	return fake->driver->ops->map(fake->driver, domain, iova, pa, bytes, permissions);
}

static bool lookup(struct fake *fake, domain_handle domain, uint64_t iova, uint64_t *pa)
{
	return fake->driver->ops->lookup(fake->driver, domain, iova, pa);
}

static uint32_t table_pages(struct fake *fake, domain_handle domain)
{
	return fake->driver->ops->table_pages(fake->driver, domain);
}

static void test_map_page_writes_golden_words_without_a_flush(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	fake_forget(fake);
	fake_map(fake, domain, UINT64_C(0x40201000), UINT64_C(0x80005000), 0x1000);
	assert_int_equal(fake_word(fake, ROOT1), UINT64_C(0x1004003));          /* SS-PML4E 0: table, R, W */
	assert_int_equal(fake_word(fake, ROOT1 + 0x1008), UINT64_C(0x1005003)); /* SS-PDPE 1 */
	assert_int_equal(fake_word(fake, ROOT1 + 0x2008), UINT64_C(0x1006003)); /* SS-PDE 1 */
	assert_int_equal(fake_word(fake, ROOT1 + 0x3008), UINT64_C(0x80005003));
	assert_int_equal(table_pages(fake, domain), 4);
	assert_int_equal(fake->count, 4);
	assert_int_equal(fake_effects(fake, EFFECT_WORD), 4);
	assert_int_equal(fake->log[3].address, ROOT1 + 0x3008);
	assert_int_equal(fake->log[3].iommu, 3);
	fake_free(fake);
}

static void test_map_large_pages_where_they_fit(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	fake_map(fake, domain, UINT64_C(0x40000000), UINT64_C(0x80000000), UINT64_C(0x40200000));
	assert_int_equal(fake_word(fake, ROOT1 + 0x1008), UINT64_C(0x80000083)); /* SS-PDPE 1: 1 GiB, PS */
	assert_int_equal(fake_word(fake, ROOT1 + 0x1010), UINT64_C(0x1005003));
	assert_int_equal(fake_word(fake, ROOT1 + 0x2000), UINT64_C(0xc0000083)); /* SS-PDE 0: 2 MiB */
	fake_free(fake);
	/* SSLPS 0000b: 4 KiB only. */
	fake = fake_new(&(struct fake_wish){.cap = FAKE_CAP & ~(UINT64_C(0xf) << 34)});
	domain = fake_domain(fake, DOMAIN_DMA);
	fake_map(fake, domain, UINT64_C(0x40000000), UINT64_C(0x80000000), UINT64_C(0x200000));
	assert_int_equal(fake_word(fake, ROOT1 + 0x3000), UINT64_C(0x80000003));
	assert_int_equal(fake_word(fake, ROOT1 + 0x3ff8), UINT64_C(0x801ff003));
	fake_free(fake);
}

static void test_map_user_domain_snoops_where_the_unit_can(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.ecap = FAKE_ECAP | FAKE_ECAP_SC});
	struct domain_geometry geometry;
	domain_handle user = fake_domain(fake, DOMAIN_USER);
	fake_map(fake, user, 0, UINT64_C(0x80005000), 0x1000);
	assert_int_equal(fake_word(fake, ROOT1 + 0x3000), UINT64_C(0x80005803)); /* SNP is bit 11 */
	fake->driver->ops->domain_geometry(fake->driver, user, &geometry);
	assert_true(geometry.enforce_snoop);
	domain_handle dma = fake_domain(fake, DOMAIN_DMA);
	fake_map(fake, dma, 0, UINT64_C(0x80005000), 0x1000);
	assert_int_equal(fake_word(fake, ROOT1 + 0x7000), UINT64_C(0x80005003));
	fake_free(fake);
}

static void test_map_permissions_are_those_asked_for(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle domain = fake_domain(fake, DOMAIN_USER);
	assert_int_equal(map(fake, domain, 0x1000, UINT64_C(0x80001000), 0x1000, 1), 0);
	assert_int_equal(map(fake, domain, 0x2000, UINT64_C(0x80002000), 0x1000, 2), 0);
	assert_int_equal(fake_word(fake, ROOT1 + 0x3008), UINT64_C(0x80001001));
	assert_int_equal(fake_word(fake, ROOT1 + 0x3010), UINT64_C(0x80002002));
	fake_free(fake);
}

static void test_map_what_cannot_be_is_refused(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle domain = fake_domain(fake, DOMAIN_USER);
	domain_handle identity = fake_domain(fake, DOMAIN_IDENTITY);
	domain_handle blocked = fake_domain(fake, DOMAIN_BLOCKED);
	struct gather gather = {0};
	assert_int_equal(map(fake, domain, 0x800, 0x1000, 0x1000, 3), -EINVAL);
	assert_int_equal(map(fake, domain, 0x1000, 0x1800, 0x1000, 3), -EINVAL);
	assert_int_equal(map(fake, domain, 0x1000, 0x1000, 0x800, 3), -EINVAL);
	assert_int_equal(map(fake, domain, 0x1000, 0x1000, 0, 3), -EINVAL);
	assert_int_equal(map(fake, domain, 0x1000, 0x1000, 0x1000, 0), -EINVAL);
	assert_int_equal(map(fake, domain, 0x1000, 0x1000, 0x1000, 4), -EINVAL);
	assert_int_equal(map(fake, domain, 0x1000, 0x1000, 0x1000, 0x23), -EINVAL);
	assert_int_equal(map(fake, domain, UINT64_C(0xfffffffff000), 0x1000, 0x2000, 3), -EINVAL);
	assert_int_equal(map(fake, domain, UINT64_MAX - 0xfff, 0x1000, 0x2000, 3), -EINVAL);
	assert_int_equal(map(fake, identity, 0x1000, 0x1000, 0x1000, 3), -EINVAL);
	assert_int_equal(map(fake, blocked, 0x1000, 0x1000, 0x1000, 3), -EINVAL);
	assert_int_equal(map(fake, 99, 0x1000, 0x1000, 0x1000, 3), -EINVAL);
	assert_int_equal(map(fake, domain, UINT64_C(0xfffffffff000), 0x1000, 0x1000, 3), 0);
	assert_int_equal(map(fake, domain, UINT64_C(0xffffffffe000), 0x1000, 0x2000, 3), -EEXIST);
	assert_false(lookup(fake, domain, UINT64_C(0xffffffffe000), &(uint64_t){0}));
	assert_int_equal(fake->driver->ops->unmap(fake->driver, domain, 0x800, 0x1000, &gather), -EINVAL);
	assert_int_equal(fake->driver->ops->unmap(fake->driver, domain, 0x1000, 0, &gather), -EINVAL);
	assert_int_equal(fake->driver->ops->unmap(fake->driver, domain, UINT64_C(1) << 48, 0x1000, &gather), -EINVAL);
	assert_int_equal(fake->driver->ops->unmap(fake->driver, blocked, 0x1000, 0x1000, &gather), -EINVAL);
	assert_int_equal(gather.count, 0);
	assert_int_equal(gather.domain, 0);
	fake_free(fake);
}

static void test_map_without_memory_leaves_nothing_behind(void **state)
{
	(void)state;
	/* Root, queue, status, and five for tables: a root, three for the first page, and one too few for the second.
	 */
	struct fake *fake = fake_new(&(struct fake_wish){.frames = 7});
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	fake_forget(fake);
	assert_int_equal(map(fake, domain, UINT64_C(0x1ff000), UINT64_C(0x80003000), 0x2000, 3), -ENOMEM);
	assert_false(lookup(fake, domain, UINT64_C(0x1ff000), &(uint64_t){0}));
	assert_int_equal(table_pages(fake, domain), 1);
	assert_int_equal(fake_word(fake, ROOT1), 0);
	/* The first page was there for a moment: all of the domain is invalidated before its tables are free. */
	fake_submitted(fake, 0, UINT64_C(0x100e2), 0);
	assert_int_equal(frame_allocator_taken(fake->frames), 4);
	fake_map(fake, domain, UINT64_C(0x1ff000), UINT64_C(0x80003000), 0x1000);
	fake_free(fake);
}

static void test_map_without_memory_on_dead_unit_keeps_the_tables(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.frames = 7});
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	fake->dead = true;
	assert_int_equal(map(fake, domain, UINT64_C(0x1ff000), UINT64_C(0x80003000), 0x2000, 3), -ENOMEM);
	assert_int_equal(frame_allocator_taken(fake->frames), 7);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, domain), -ETIMEDOUT);
	fake->dead = false;
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, domain), 0);
	assert_int_equal(frame_allocator_taken(fake->frames), 3);
	fake_free(fake);
}

static void test_map_caching_mode_invalidates_with_tables(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.cap = FAKE_CAP | FAKE_CAP_CM});
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	fake_forget(fake);
	fake_map(fake, domain, 0x4000, UINT64_C(0x80004000), 0x4000);
	fake_submitted(fake, 0, UINT64_C(0x100f2), 0x4002); /* page-selective, AM 2, IH 0 */
	assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 2);
	fake->dead = true;
	assert_int_equal(map(fake, domain, 0x8000, UINT64_C(0x80008000), 0x1000, 3), -ETIMEDOUT);
	assert_false(lookup(fake, domain, 0x8000, &(uint64_t){0}));
	fake_free(fake);
}

static void test_map_write_buffer_is_flushed_where_required(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.cap = FAKE_CAP | FAKE_CAP_RWBF});
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	fake_forget(fake);
	fake_map(fake, domain, 0, UINT64_C(0x80004000), 0x1000);
	fake_wrote(fake, 0, 0x18, UINT64_C(0x0c000000));
	assert_int_equal(fake_effects(fake, EFFECT_REGISTER), 1);
	fake_free(fake);
}

static void test_lookup_is_the_driver_s_own_table(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	uint64_t pa = 0;
	fake_map(fake, domain, UINT64_C(0x200000), UINT64_C(0x80000000), UINT64_C(0x200000));
	assert_true(lookup(fake, domain, UINT64_C(0x212345), &pa));
	assert_int_equal(pa, UINT64_C(0x80012345));
	assert_false(lookup(fake, domain, UINT64_C(0x400000), &pa));
	assert_false(lookup(fake, domain, UINT64_MAX, &pa));
	assert_false(lookup(fake, 77, UINT64_C(0x212345), &pa));
	fake_free(fake);
}

static void test_geometry_follows_the_capabilities(void **state)
{
	(void)state;
	static const struct {
		uint64_t mgaw, sagaw, sslps; /* fields of CAP */
		uint64_t last, sizes;
	} rows[] = {
		{47, 0x4, 3, UINT64_C(0xffffffffffff), 0x40201000},
		{47, 0x4, 1, UINT64_C(0xffffffffffff), 0x201000},
		{47, 0x4, 0, UINT64_C(0xffffffffffff), 0x1000},
		{38, 0x6, 3, UINT64_C(0x7fffffffff), 0x40201000},
		{47, 0x2, 3, UINT64_C(0x7fffffffff), 0x40201000},
		{56, 0x8, 3, UINT64_C(0x1ffffffffffffff), 0x40201000},
		{45, 0x4, 2, UINT64_C(0x3fffffffffff), 0x1000},
		{47, 0x8, 3, UINT64_C(0xffffffffffff), 0x40201000},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t cap = FAKE_CAP & ~(UINT64_C(0x3f) << 16 | UINT64_C(0x1f) << 8 | UINT64_C(0xf) << 34);
		cap |= rows[i].mgaw << 16 | rows[i].sagaw << 8 | rows[i].sslps << 34;
		struct fake *fake = fake_new(&(struct fake_wish){.cap = cap});
		struct domain_geometry geometry;
		domain_handle domain = fake_domain(fake, DOMAIN_DMA);
		fake->driver->ops->domain_geometry(fake->driver, domain, &geometry);
		assert_int_equal(geometry.first, 0);
		assert_int_equal(geometry.last, rows[i].last);
		assert_int_equal(geometry.page_sizes, rows[i].sizes);
		assert_false(geometry.enforce_snoop);
		fake_map(fake, domain, rows[i].last - 0xfff, UINT64_C(0x80000000), 0x1000);
		assert_int_equal(map(fake, domain, rows[i].last + 1, UINT64_C(0x80000000), 0x1000, 3), -EINVAL);
		fake_free(fake);
	}
}

static void test_geometry_without_table_has_no_pages(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	struct domain_geometry geometry;
	fake->driver->ops->domain_geometry(fake->driver, fake_domain(fake, DOMAIN_BLOCKED), &geometry);
	assert_int_equal(geometry.last, 0);
	assert_int_equal(geometry.page_sizes, 0);
	fake->driver->ops->domain_geometry(fake->driver, fake_domain(fake, DOMAIN_IDENTITY), &geometry);
	assert_int_equal(geometry.last, UINT64_C(0xffffffffffff));
	assert_int_equal(geometry.page_sizes, 0);
	fake->driver->ops->domain_geometry(fake->driver, 1234, &geometry);
	assert_int_equal(geometry.last, 0);
	fake_free(fake);
}

static void test_domain_is_found_by_root_and_by_tag(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	const struct driver_ops *ops = fake->driver->ops;
	domain_handle first = fake_domain(fake, DOMAIN_DMA);
	domain_handle through = fake_domain(fake, DOMAIN_IDENTITY);
	domain_handle second = fake_domain(fake, DOMAIN_USER);
	assert_int_equal(ops->domain_by_root(fake->driver, ROOT1), first);
	assert_int_equal(ops->domain_by_root(fake->driver, ROOT1 + 0x1000), second);
	assert_int_equal(ops->domain_by_root(fake->driver, 2), through);
	assert_int_equal(ops->domain_by_root(fake->driver, 0), 0);
	assert_int_equal(ops->domain_by_root(fake->driver, 4), 0);
	assert_int_equal(ops->domain_by_root(fake->driver, ROOT1 + 0x2000), 0);
	assert_int_equal(ops->domain_type(fake->driver, second), DOMAIN_USER);
	assert_int_equal(ops->domain_free(fake->driver, first), 0);
	assert_int_equal(ops->domain_by_root(fake->driver, ROOT1), 0);
	assert_int_equal(ops->domain_by_root(fake->driver, 1), 0);
	assert_int_equal(ops->domain_free(fake->driver, first), -EINVAL);
	fake_free(fake);
}

static void test_domain_free_gives_every_frame_back(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle domain = fake_domain(fake, DOMAIN_USER);
	struct gather gather = {0};
	for (uint64_t i = 0; i < 64; i++)
		fake_map(fake, domain, i << 30, UINT64_C(0x80000000), 0x1000);
	/* Unmapped and never synced: nobody is attached, so nothing of it can be cached. */
	fake_unmap(fake, domain, 0, UINT64_C(8) << 30, &gather);
	fake_forget(fake);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, domain), 0);
	assert_int_equal(frame_allocator_taken(fake->frames), 3);
	assert_int_equal(fake->count, 0);
	fake_free(fake);
}

/* A device wrote over a table: entries that lead to a page of the queue, to nowhere, and to one table twice. */
static void test_domain_free_survives_tables_that_somebody_overwrote(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle domain = fake_domain(fake, DOMAIN_USER);
	struct gather gather = {0};
	fake_map(fake, domain, 0, UINT64_C(0x80000000), 0x1000);
	fake_map(fake, domain, UINT64_C(0x40000000), UINT64_C(0x80000000), 0x1000);
	memory_write64(fake->memory, ROOT1 + 0x1008, UINT64_C(0x1005003));
	memory_write64(fake->memory, ROOT1 + 0x1010, UINT64_C(0xfffff00000003));
	memory_write64(fake->memory, ROOT1 + 0x1018, ROOT1 | 3);
	fake_unmap(fake, domain, 0, UINT64_C(5) << 30, &gather);
	assert_int_equal(fake->driver->ops->sync(fake->driver, &gather), 0);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, domain), 0);
	fake_free(fake);
}

static void test_domain_alloc_without_memory_gives_the_tag_back(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.frames = 3, .max_domains = 1});
	domain_handle domain;
	assert_int_equal(fake->driver->ops->domain_alloc(fake->driver, DOMAIN_DMA, &domain), -ENOMEM);
	fake_domain(fake, DOMAIN_IDENTITY);
	assert_int_equal(fake->driver->ops->domain_by_root(fake->driver, 1), 1);
	assert_int_equal(fake->driver->ops->domain_alloc(fake->driver, DOMAIN_BLOCKED, &domain), -ENOMEM);
	fake_free(fake);
}

static void test_restore_brings_domains_and_their_roots_back(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	const struct driver_ops *ops = fake->driver->ops;
	domain_handle first = fake_domain(fake, DOMAIN_DMA);
	fake_attach(fake, 8, first);
	uint64_t hash = arena_hash(fake->arena);
	struct arena_snapshot *snapshot = arena_save(fake->arena);
	domain_handle second = fake_domain(fake, DOMAIN_DMA);
	fake_attach(fake, 8, second);
	assert_int_equal(ops->domain_free(fake->driver, first), 0);
	assert_int_equal(ops->domain_by_root(fake->driver, ROOT1), 0);
	arena_restore(fake->arena, snapshot);
	assert_int_equal(arena_hash(fake->arena), hash);
	assert_int_equal(ops->domain_by_root(fake->driver, ROOT1), first);
	assert_int_equal(ops->domain_by_root(fake->driver, ROOT1 + 0x2000), 0);
	assert_int_equal(ops->attached(fake->driver, 8), first);
	arena_snapshot_free(snapshot);
	fake_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_page_writes_golden_words_without_a_flush),
		cmocka_unit_test(test_map_large_pages_where_they_fit),
		cmocka_unit_test(test_map_user_domain_snoops_where_the_unit_can),
		cmocka_unit_test(test_map_permissions_are_those_asked_for),
		cmocka_unit_test(test_map_what_cannot_be_is_refused),
		cmocka_unit_test(test_map_without_memory_leaves_nothing_behind),
		cmocka_unit_test(test_map_without_memory_on_dead_unit_keeps_the_tables),
		cmocka_unit_test(test_map_caching_mode_invalidates_with_tables),
		cmocka_unit_test(test_map_write_buffer_is_flushed_where_required),
		cmocka_unit_test(test_lookup_is_the_driver_s_own_table),
		cmocka_unit_test(test_geometry_follows_the_capabilities),
		cmocka_unit_test(test_geometry_without_table_has_no_pages),
		cmocka_unit_test(test_domain_is_found_by_root_and_by_tag),
		cmocka_unit_test(test_domain_free_gives_every_frame_back),
		cmocka_unit_test(test_domain_free_survives_tables_that_somebody_overwrote),
		cmocka_unit_test(test_domain_alloc_without_memory_gives_the_tag_back),
		cmocka_unit_test(test_restore_brings_domains_and_their_roots_back),
	};
	return cmocka_run_group_tests_name("vtd-driver-map", tests, NULL, NULL);
}
