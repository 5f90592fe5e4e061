/* SPDX-License-Identifier: MIT */
/*
 * Driver and engine together where two-kinds does not go: a guest's first stage nested in a parent. The guest's tables
 * are words by hand (IHI 0070 5.4, DDI 0487 D8.3), in its memory: guest physical X is host physical 9000_0000h + X.
 */
#include "hw/driver.h"
#include "hw/iommu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#define HOST        UINT64_C(0x90000000)
#define GUEST_BYTES UINT64_C(0x100000)
#define PAGE        UINT64_C(0x1000)
#define STREAM      0x18

struct pair {
	struct arena *arena;
	struct memory *memory;
	struct frame_allocator *frames;
	struct iommu *unit;
	struct driver *driver;
};

static uint64_t read_register(void *context, uint32_t offset, unsigned width)
{
	struct pair *pair = context;
	return pair->unit->ops->read_register(pair->unit, offset, width);
}

static void write_register(void *context, uint32_t offset, unsigned width, uint64_t value)
{
	struct pair *pair = context;
	pair->unit->ops->write_register(pair->unit, offset, width, value);
}

static bool advance(void *context)
{
	struct pair *pair = context;
	return pair->unit->ops->advance(pair->unit);
}

static struct pair *pair_new(void)
{
	struct pair *pair = g_new0(struct pair, 1);
	pair->arena = arena_new();
	pair->memory = memory_new(pair->arena, 16384);
	memory_add_ram(pair->memory, 0, UINT64_C(0xbfffffff));
	pair->frames = frame_allocator_new(pair->memory, UINT64_C(0x1000000), UINT64_C(0x7fffffff));
	struct iommu_config unit = {.address_width = 48, .page_lg2_mask = 7};
	pair->unit = iommu_ops_of(IOMMU_SMMUV3)->create(pair->arena, pair->memory, &unit);
	struct driver_config config = {
		.arena = pair->arena,
		.memory = pair->memory,
		.frames = pair->frames,
		.port = {.unit = pair,
			 .read_register = read_register,
			 .write_register = write_register,
			 .advance = advance},
	};
	pair->driver = driver_ops_of(IOMMU_SMMUV3)->create(&config);
	assert_int_equal(pair->driver->ops->init(pair->driver), 0);
	assert_int_equal(pair->driver->ops->enable(pair->driver), 0);
	return pair;
}

static void pair_free(struct pair *pair)
{
	pair->driver->ops->destroy(pair->driver);
	pair->unit->ops->destroy(pair->unit);
	frame_allocator_free(pair->frames);
	memory_free(pair->memory);
	arena_free(pair->arena);
	g_free(pair);
}

static void guest_word(struct pair *pair, uint64_t ipa, uint64_t value)
{
	assert_true(memory_write64(pair->memory, HOST + ipa, value));
}

/* A descriptor at 1000h (T0SZ 25, ASID 7), tables at 2000h, 3000h and 4000h, IOVA 5000h to guest physical 8000h. */
static void guest_boot(struct pair *pair)
{
	guest_word(pair, 0x1000, UINT64_C(0x0007e205c0003519));
	guest_word(pair, 0x1008, 0x2000);
	guest_word(pair, 0x1018, 0xff);
	guest_word(pair, 0x2000, 0x3003);
	guest_word(pair, 0x3000, 0x4003);
	guest_word(pair, 0x4000 + 8 * 5, 0x8f43);
}

static struct translation dma(struct pair *pair, uint64_t iova)
{
	struct translation out;
	struct request request = {
		.address = iova, .bytes = 8, .stream = STREAM, .pasid = PASID_NONE, .rid = STREAM, .op = REQUEST_WRITE};
	memset(&out, 0, sizeof(out));
	pair->unit->ops->translate(pair->unit, &request, &out);
	return out;
}

static domain_handle nest(struct pair *pair, domain_handle *parent)
{
	const struct domain_guest guest = {.ste = {0x100b, 0xd6}}; /* V, S1, linear, descriptor at 1000h */
	const struct driver_ops *ops = pair->driver->ops;
	domain_handle nested = 0;
	assert_int_equal(ops->domain_alloc(pair->driver, DOMAIN_NEST_PARENT, parent), 0);
	assert_int_equal(ops->map(pair->driver, *parent, 0, HOST, GUEST_BYTES, PERM_READ | PERM_WRITE), 0);
	assert_int_equal(ops->domain_nest(pair->driver, *parent, &guest, &nested), 0);
	assert_int_equal(ops->attach(pair->driver, STREAM, nested), 0);
	return nested;
}

static void test_nested_domain_translates_by_both_stages(void **state)
{
	(void)state;
	struct pair *pair = pair_new();
	domain_handle parent;
	nest(pair, &parent);
	guest_boot(pair);
	struct translation out = dma(pair, 0x5008);
	assert_int_equal(out.result, TRANSLATE_OK);
	assert_int_equal(out.pa, HOST + 0x8008);
	out = dma(pair, 0x6008);
	assert_int_equal(out.result, TRANSLATE_FAULT);
	assert_int_equal(out.fault, 0x10); /* F_TRANSLATION of the guest's stage */
	pair_free(pair);
}

/* What the parent took back is out of reach though the guest's stage, and both in one, were cached. */
static void test_nested_domain_loses_what_the_parent_unmaps(void **state)
{
	(void)state;
	struct pair *pair = pair_new();
	struct gather gather = {0};
	const struct driver_ops *ops = pair->driver->ops;
	domain_handle parent;
	nest(pair, &parent);
	guest_boot(pair);
	assert_int_equal(dma(pair, 0x5008).pa, HOST + 0x8008);
	assert_int_equal(ops->unmap(pair->driver, parent, 0x8000, PAGE, &gather), 0);
	assert_int_equal(dma(pair, 0x5008).result, TRANSLATE_OK); /* stale, until it is invalidated */
	assert_int_equal(ops->sync(pair->driver, &gather), 0);
	assert_int_equal(dma(pair, 0x5008).result, TRANSLATE_FAULT);
	assert_int_equal(ops->map(pair->driver, parent, 0x8000, HOST + 0xa0000, PAGE, PERM_READ | PERM_WRITE), 0);
	assert_int_equal(dma(pair, 0x5008).pa, HOST + 0xa0008);
	pair_free(pair);
}

static void test_nested_domain_flush_drops_the_guests_stage(void **state)
{
	(void)state;
	struct pair *pair = pair_new();
	domain_handle parent, nested = nest(pair, &parent);
	guest_boot(pair);
	assert_int_equal(dma(pair, 0x5008).pa, HOST + 0x8008);
	guest_word(pair, 0x4000 + 8 * 5, 0x9f43);
	assert_int_equal(dma(pair, 0x5008).pa, HOST + 0x8008);
	assert_int_equal(pair->driver->ops->flush_domain(pair->driver, nested), 0);
	assert_int_equal(dma(pair, 0x5008).pa, HOST + 0x9008);
	guest_word(pair, 0x1008, 0x7000); /* another table, empty: the descriptor was cached too */
	assert_int_equal(pair->driver->ops->flush_domain(pair->driver, nested), 0);
	assert_int_equal(dma(pair, 0x5008).result, TRANSLATE_FAULT);
	pair_free(pair);
}

/* The runner asks the engine who serves a stream, and the driver whose table that is. */
static void test_view_of_each_domain_leads_back_to_it(void **state)
{
	(void)state;
	static const enum domain_type types[] = {DOMAIN_DMA, DOMAIN_USER, DOMAIN_NEST_PARENT};
	struct pair *pair = pair_new();
	const struct driver_ops *ops = pair->driver->ops;
	struct iommu_view view;
	domain_handle handle;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(ops->domain_alloc(pair->driver, types[i], &handle), 0);
		assert_int_equal(ops->attach(pair->driver, STREAM, handle), 0);
		pair->unit->ops->view(pair->unit, STREAM, PASID_NONE, &view);
		assert_int_equal(view.kind, VIEW_TABLE);
		assert_int_equal(ops->domain_by_root(pair->driver, view.root), handle);
		assert_int_equal(ops->domain_type(pair->driver, handle), types[i]);
	}
	assert_int_equal(ops->domain_alloc(pair->driver, DOMAIN_IDENTITY, &handle), 0);
	assert_int_equal(ops->attach(pair->driver, STREAM, handle), 0);
	pair->unit->ops->view(pair->unit, STREAM, PASID_NONE, &view);
	assert_int_equal(view.kind, VIEW_PASS_THROUGH);
	assert_int_equal(ops->attach(pair->driver, STREAM, 0), 0);
	pair->unit->ops->view(pair->unit, STREAM, PASID_NONE, &view);
	assert_int_equal(view.kind, VIEW_BLOCKED);
	assert_int_equal(view.fault, 0x04); /* C_BAD_STE */
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nested_domain_translates_by_both_stages),
		cmocka_unit_test(test_nested_domain_loses_what_the_parent_unmaps),
		cmocka_unit_test(test_nested_domain_flush_drops_the_guests_stage),
		cmocka_unit_test(test_view_of_each_domain_leads_back_to_it),
	};
	return cmocka_run_group_tests_name("smmuv3-driver-engine", tests, NULL, NULL);
}
