/* SPDX-License-Identifier: MIT */
/*
 * Driver and engine in scalable mode: the words that one writes (by hand from specification 5.10, 9.2, 9.4 to 9.6,
 * 6.5.2) and what the other makes of them.
 */
#include "hw/driver.h"
#include "hw/iommu.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#define FRAMES UINT64_C(0x1000000) /* root table, queue, status words, and what the test makes it take */
#define FOURTH UINT64_C(0x1003000)
#define PAGE   UINT64_C(0x1000)
#define BASE   UINT64_C(0x80000000)
#define STREAM 0x0188u /* bus 1, device 17: upper half */

/* CAP: FS5LP, FS1GP, DRD, DWD, MAMV 18, PSI, SSLPS 3, FRO 22h, ZLR, MGAW 48, SAGAW 39 and 48, ND 16 bits. */
#define CAP UINT64_C(0x11d2008c226f0606)
/* ECAP: RPS, SMPWCS, FSTS, SSTS, SSADS, SMTS, NEST, IRO Fh, PT, QI, C. */
#define ECAP    UINT64_C(0x0003e80004000f43)
#define ECAP_SC UINT64_C(0x80)
#define CAP_CM  UINT64_C(0x80)

struct pair {
	struct arena *arena;
	struct memory *memory;
	struct frame_allocator *frames;
	struct iommu *unit;
	struct driver *driver;
	struct effect_hook hook;
	uint64_t commands[256][4]; /* submitted */
	unsigned count;
};

static uint64_t read_register(void *unit, uint32_t offset, unsigned width)
{
	return vtd_ops.read_register(((struct pair *)unit)->unit, offset, width);
}

static void write_register(void *unit, uint32_t offset, unsigned width, uint64_t value)
{
	vtd_ops.write_register(((struct pair *)unit)->unit, offset, width, value);
}

static bool advance(void *unit)
{
	return vtd_ops.advance(((struct pair *)unit)->unit);
}

static void seen(void *context, const struct effect *effect)
{
	struct pair *pair = context;
	if (effect->kind != EFFECT_SUBMIT)
		return;
	assert_true(pair->count < 256);
	memcpy(pair->commands[pair->count++], effect->command, sizeof(effect->command));
}

static struct pair *pair_new(uint64_t cap, uint64_t ecap, enum driver_stage stage)
{
	struct pair *pair = g_new0(struct pair, 1);
	struct iommu_config unit = {.address_width = 46, .id = {cap, ecap}};
	pair->arena = arena_new();
	pair->memory = memory_new(pair->arena, 16384);
	memory_add_ram(pair->memory, 0, UINT64_C(0xbfffffff));
	pair->frames = frame_allocator_new(pair->memory, FRAMES, UINT64_C(0x7fffffff));
	pair->unit = vtd_ops.create(pair->arena, pair->memory, &unit);
	pair->hook = (struct effect_hook){.seen = seen, .context = pair};
	struct driver_config config = {
		.arena = pair->arena,
		.memory = pair->memory,
		.frames = pair->frames,
		.port = {.unit = pair,
			 .read_register = read_register,
			 .write_register = write_register,
			 .advance = advance},
		.hook = &pair->hook,
		.stage = stage,
	};
	pair->driver = vtd_driver_ops.create(&config);
	assert_int_equal(pair->driver->ops->init(pair->driver), 0);
	assert_int_equal(pair->driver->ops->enable(pair->driver), 0);
	pair->count = 0;
	return pair;
}

static void pair_free(struct pair *pair)
{
	vtd_driver_ops.destroy(pair->driver);
	vtd_ops.destroy(pair->unit);
	frame_allocator_free(pair->frames);
	memory_free(pair->memory);
	arena_free(pair->arena);
	g_free(pair);
}

static uint64_t word(struct pair *pair, uint64_t pa)
{
	uint64_t value = 0;
	assert_true(memory_read64(pair->memory, pa, &value));
	return value;
}

static domain_handle domain_new(struct pair *pair, enum domain_type type)
{
	domain_handle handle = 0;
	assert_int_equal(vtd_driver_ops.domain_alloc(pair->driver, type, &handle), 0);
	return handle;
}

static void attach(struct pair *pair, uint32_t stream, domain_handle domain)
{
	assert_int_equal(vtd_driver_ops.attach(pair->driver, stream, domain), 0);
}

static void map(struct pair *pair, domain_handle domain, uint64_t iova, uint64_t pa, uint64_t bytes)
{
	assert_int_equal(vtd_driver_ops.map(pair->driver, domain, iova, pa, bytes, PERM_READ | PERM_WRITE), 0);
}

static void unmap(struct pair *pair, domain_handle domain, uint64_t iova, uint64_t bytes, struct gather *gather)
{
	assert_int_equal(vtd_driver_ops.unmap(pair->driver, domain, iova, bytes, gather), 0);
}

static struct translation translate(struct pair *pair, uint64_t iova, enum request_op op)
{
	struct translation out;
	struct request request = {
		.address = iova, .bytes = 8, .stream = STREAM, .pasid = PASID_NONE, .op = (uint8_t)op};
	vtd_ops.translate(pair->unit, &request, &out);
	return out;
}

static void expect_pa(struct pair *pair, uint64_t iova, uint64_t pa)
{
	struct translation out = translate(pair, iova, REQUEST_WRITE);
	assert_int_equal(out.result, TRANSLATE_OK);
	assert_true(out.pa == pa);
}

static void expect_fault(struct pair *pair, uint64_t iova, unsigned reason)
{
	struct translation out = translate(pair, iova, REQUEST_READ);
	assert_int_equal(out.result, TRANSLATE_FAULT);
	assert_int_equal(out.fault, reason);
}

static void expect_command(struct pair *pair, unsigned n, uint64_t first, uint64_t second)
{
	assert_true(n < pair->count);
	assert_true(pair->commands[n][0] == first);
	assert_true(pair->commands[n][1] == second);
	assert_true(pair->commands[n][2] == 0 && pair->commands[n][3] == 0);
}

/* A page table at FOURTH, a context table, then PASID directory and table. */
static void test_scalable_driver_writes_the_entries_of_the_specification(void **state)
{
	(void)state;
	struct pair *pair = pair_new(CAP, ECAP, DRIVER_STAGE_ANY);
	domain_handle domain = domain_new(pair, DOMAIN_DMA);
	attach(pair, STREAM, domain);
	uint64_t context = FOURTH + PAGE, directory = FOURTH + 3 * PAGE; /* two frames, aligned */
	assert_true(word(pair, FRAMES + 0x18) == (context | 1));         /* UP and UCTP of bus 1 */
	assert_true(word(pair, FRAMES + 0x10) == 0);
	assert_true(word(pair, context + 8 * 32) == (directory | 1)); /* function 88h is the 9th of the upper table */
	assert_true(word(pair, context + 8 * 32 + 8) == 0);           /* RID_PASID 0 */
	assert_true(word(pair, directory) == ((directory + PAGE) | 1));
	assert_true(word(pair, directory + PAGE) == 0x41);         /* PGTT 001, P */
	assert_true(word(pair, directory + PAGE + 8) == 0x800001); /* PWSNP, DID 1 */
	assert_true(word(pair, directory + PAGE + 16) == FOURTH);  /* FSPTPTR, four levels */
	assert_int_equal(pair->count, 0);                          /* nothing was cached, nothing is invalidated */
	pair_free(pair);
}

static void test_scalable_driver_of_second_stage_writes_its_width(void **state)
{
	(void)state;
	struct pair *pair = pair_new(CAP, ECAP | ECAP_SC, DRIVER_STAGE_SECOND);
	attach(pair, STREAM, domain_new(pair, DOMAIN_USER));
	uint64_t entry = FOURTH + 4 * PAGE;
	assert_true(word(pair, entry) == (FOURTH | 0x89)); /* SSPTPTR, PGTT 010, AW 2, P */
	assert_true(word(pair, entry + 8) == 0x1800001);   /* PGSNP, PWSNP, DID 1 */
	assert_true(word(pair, entry + 16) == 0);
	attach(pair, STREAM, domain_new(pair, DOMAIN_IDENTITY));
	assert_true(word(pair, entry) == 0x101); /* PGTT 100, P */
	expect_pa(pair, BASE + 0x123000, BASE + 0x123000);
	pair_free(pair);
}

static void check_unmap_until_sync(uint64_t cap, enum driver_stage stage, unsigned reason)
{
	struct pair *pair = pair_new(cap, ECAP, stage);
	struct gather gather = {0};
	domain_handle domain = domain_new(pair, DOMAIN_DMA);
	attach(pair, STREAM, domain);
	map(pair, domain, 0x5000, BASE, 2 * PAGE);
	map(pair, domain, UINT64_C(0x40000000), UINT64_C(0x40000000), UINT64_C(0x40000000));
	expect_pa(pair, 0x5128, BASE + 0x128);
	expect_pa(pair, 0x6128, BASE + 0x1128);
	expect_pa(pair, UINT64_C(0x51234568), UINT64_C(0x51234568));
	unmap(pair, domain, 0x5000, PAGE, &gather);
	assert_true(translate(pair, 0x5000, REQUEST_WRITE).from_cache);
	assert_int_equal(vtd_driver_ops.sync(pair->driver, &gather), 0);
	expect_fault(pair, 0x5000, reason);
	expect_pa(pair, 0x6128, BASE + 0x1128);
	attach(pair, STREAM, 0);
	expect_fault(pair, 0x6128, 0x59);
	pair_free(pair);
}

static void test_scalable_unmap_is_stale_until_sync(void **state)
{
	(void)state;
	check_unmap_until_sync(CAP, DRIVER_STAGE_FIRST, 0x71);
	check_unmap_until_sync(CAP, DRIVER_STAGE_SECOND, 0x79);
	check_unmap_until_sync(CAP | CAP_CM, DRIVER_STAGE_FIRST, 0x71);
	check_unmap_until_sync(CAP | CAP_CM, DRIVER_STAGE_SECOND, 0x79);
}

/* 6.5.2.2, 6.5.2.3, 6.5.2.4 */
static void test_scalable_driver_submits_descriptors_of_256_bits(void **state)
{
	(void)state;
	struct pair *pair = pair_new(CAP, ECAP, DRIVER_STAGE_FIRST);
	struct gather gather = {0};
	domain_handle domain = domain_new(pair, DOMAIN_DMA);
	attach(pair, STREAM, domain);
	map(pair, domain, 0x8000, BASE, 4 * PAGE);
	unmap(pair, domain, 0x8000, 2 * PAGE, &gather);
	assert_int_equal(vtd_driver_ops.sync(pair->driver, &gather), 0);
	expect_command(pair, 0, 0x10036, 0x8041); /* P_IOTLB, page-selective, DID 1; AM 1, IH */
	pair->count = 0;
	attach(pair, STREAM, 0);
	expect_command(pair, 0, 0x10017, 0);                 /* PASID cache, PASID 0 of DID 1 */
	expect_command(pair, 1, 0x10026, 0);                 /* P_IOTLB, PASID-selective */
	assert_int_equal(pair->commands[2][0] & 0xff, 0x25); /* wait, SW */
	pair_free(pair);
}

/* The guest's table is where the parent maps it; both stages decide. */
static void test_scalable_nested_domain_is_both_stages(void **state)
{
	(void)state;
	struct pair *pair = pair_new(CAP, ECAP, DRIVER_STAGE_ANY);
	domain_handle parent = domain_new(pair, DOMAIN_NEST_PARENT), nested = 0;
	struct domain_guest guest = {.root = 0x10000, .address_width = 48};
	map(pair, parent, 0x10000, BASE, 0x10000);
	/* Guest tables at 10000h to 13000h, A and D set; the page is guest 18000h. */
	for (unsigned i = 0; i < 3; i++)
		assert_true(memory_write64(pair->memory, BASE + i * PAGE, 0x10000 + (i + 1) * PAGE + 0x27));
	assert_true(memory_write64(pair->memory, BASE + 3 * PAGE + 8 * 5, 0x18067));
	assert_true(memory_write64(pair->memory, BASE + 3 * PAGE + 8 * 6, 0x30067));
	assert_int_equal(vtd_driver_ops.domain_nest(pair->driver, parent, &guest, &nested), 0);
	attach(pair, STREAM, nested);
	expect_pa(pair, 0x5128, BASE + 0x8128);
	expect_fault(pair, 0x7000, 0x71); /* the guest has nothing there */
	expect_fault(pair, 0x6000, 0x79); /* the parent has nothing there */
	assert_int_equal(vtd_driver_ops.domain_free(pair->driver, parent), -EBUSY);
	struct gather gather = {0};
	unmap(pair, parent, 0x18000, PAGE, &gather);
	assert_true(translate(pair, 0x5128, REQUEST_WRITE).from_cache);
	assert_int_equal(vtd_driver_ops.sync(pair->driver, &gather), 0);
	expect_fault(pair, 0x5128, 0x79);
	attach(pair, STREAM, 0);
	assert_int_equal(vtd_driver_ops.domain_free(pair->driver, nested), 0);
	assert_int_equal(vtd_driver_ops.domain_free(pair->driver, parent), 0);
	pair_free(pair);
}

/* 6.5.2.4: P_IOTLB of the guest's own DID (2) and of PASID 0, page-selective; no hint, tables may have changed. */
static void test_scalable_guest_invalidates_its_own_pages(void **state)
{
	(void)state;
	struct pair *pair = pair_new(CAP, ECAP, DRIVER_STAGE_ANY);
	domain_handle parent = domain_new(pair, DOMAIN_NEST_PARENT), nested = 0;
	struct domain_guest guest = {.root = 0x10000, .address_width = 48};
	struct guest_invalidation what = {.what = GUEST_FORGETS_RANGE, .first = 0x5123, .last = 0x5123};
	map(pair, parent, 0x10000, BASE, 0x10000);
	for (unsigned i = 0; i < 3; i++)
		assert_true(memory_write64(pair->memory, BASE + i * PAGE, 0x10000 + (i + 1) * PAGE + 0x27));
	assert_true(memory_write64(pair->memory, BASE + 3 * PAGE + 8 * 5, 0x18067));
	assert_int_equal(vtd_driver_ops.domain_nest(pair->driver, parent, &guest, &nested), 0);
	attach(pair, STREAM, nested);
	expect_pa(pair, 0x5128, BASE + 0x8128);
	assert_true(memory_write64(pair->memory, BASE + 3 * PAGE + 8 * 5, 0x19067));
	expect_pa(pair, 0x5128, BASE + 0x8128); /* stale: nobody was told */
	pair->count = 0;
	assert_int_equal(vtd_driver_ops.guest_invalidate(pair->driver, nested, &what), 0);
	expect_command(pair, 0, 0x20036, 0x5000);
	expect_pa(pair, 0x5128, BASE + 0x9128);
	pair->count = 0;
	what = (struct guest_invalidation){.what = GUEST_FORGETS_RANGE, .last = UINT64_MAX};
	assert_int_equal(vtd_driver_ops.guest_invalidate(pair->driver, nested, &what), 0);
	expect_command(pair, 0, 0x200e2, 0); /* IOTLB, domain-selective, drains: table 23 has nested ones there */
	what.what = GUEST_FORGETS_CONTEXT;
	assert_int_equal(vtd_driver_ops.guest_invalidate(pair->driver, nested, &what), -EOPNOTSUPP);
	what.what = GUEST_FORGETS_RANGE;
	assert_int_equal(vtd_driver_ops.guest_invalidate(pair->driver, parent, &what), -EINVAL);
	pair_free(pair);
}

static void test_scalable_nesting_refuses_what_a_guest_may_not_say(void **state)
{
	(void)state;
	struct pair *pair = pair_new(CAP & ~(UINT64_C(1) << 60), ECAP, DRIVER_STAGE_ANY);
	domain_handle parent = domain_new(pair, DOMAIN_NEST_PARENT), user = domain_new(pair, DOMAIN_USER), nested = 0;
	struct domain_guest guests[] = {{.root = 0x10008, .address_width = 48},
					{.root = UINT64_C(1) << 48, .address_width = 48},
					{.root = 0x10000, .address_width = 57},
					{.root = 0x10000, .address_width = 39}};
	for (unsigned i = 0; i < sizeof(guests) / sizeof(guests[0]); i++)
		assert_int_equal(vtd_driver_ops.domain_nest(pair->driver, parent, &guests[i], &nested), -EIO);
	guests[0].root = 0x10000;
	assert_int_equal(vtd_driver_ops.domain_nest(pair->driver, user, &guests[0], &nested), -EINVAL);
	pair_free(pair);
	pair = pair_new(CAP, ECAP & ~(UINT64_C(1) << 26), DRIVER_STAGE_ANY);
	assert_int_equal(vtd_driver_ops.domain_alloc(pair->driver, DOMAIN_NEST_PARENT, &parent), -EOPNOTSUPP);
	assert_int_equal(vtd_driver_ops.domain_nest(pair->driver, parent, &guests[0], &nested), -EOPNOTSUPP);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scalable_driver_writes_the_entries_of_the_specification),
		cmocka_unit_test(test_scalable_driver_of_second_stage_writes_its_width),
		cmocka_unit_test(test_scalable_unmap_is_stale_until_sync),
		cmocka_unit_test(test_scalable_driver_submits_descriptors_of_256_bits),
		cmocka_unit_test(test_scalable_nested_domain_is_both_stages),
		cmocka_unit_test(test_scalable_guest_invalidates_its_own_pages),
		cmocka_unit_test(test_scalable_nesting_refuses_what_a_guest_may_not_say),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
