/* SPDX-License-Identifier: MIT */
/* Invalidations as words worked out by hand (IHI 0070 4.4), what they free, and the command queue itself (3.5, 7.1). */
#include "driver_fake.h"

#include <errno.h>

#define ASID_1 UINT64_C(0x0001000000000000)
#define VMID_1 UINT64_C(0x0000000100000000)
#define PAGE   UINT64_C(0x1000)

static void test_sync_of_pages_of_a_first_stage_is_one_command_each(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	struct gather gather = {0};
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	fake_map(fake, domain, 0x10000, 0x80000000, 8 * PAGE);
	fake_unmap(fake, domain, 0x11000, 2 * PAGE, &gather);
	fake_forget(fake);
	fake_sync(fake, &gather);
	fake_submitted(fake, 0, ASID_1 | 0x12, 0x11001); /* CMD_TLBI_NH_VA, Leaf */
	fake_submitted(fake, 1, ASID_1 | 0x12, 0x12001);
	fake_submitted(fake, 2, 0x46, 0);
	assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 3);
	assert_int_equal(gather.count, 0);
	fake_free(fake);
}

static void test_sync_of_a_second_stage_names_the_ipa(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.stage = DRIVER_STAGE_SECOND});
	struct gather gather = {0};
	domain_handle domain = fake_domain(fake, DOMAIN_USER);
	fake_map(fake, domain, 0x10000, 0x80000000, 8 * PAGE);
	fake_unmap(fake, domain, 0x11000, PAGE, &gather);
	fake_forget(fake);
	fake_sync(fake, &gather);
	fake_submitted(fake, 0, VMID_1 | 0x2a, 0x11001); /* CMD_TLBI_S2_IPA, Leaf */
	fake_submitted(fake, 1, 0x46, 0);
	assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 2);
	fake_free(fake);
}

/* The guests' stages behind it, after a CMD_SYNC: they could be made again from the second stage before. */
static void test_sync_of_a_nest_parent_drops_the_nested_stages_too(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	struct gather gather = {0};
	domain_handle domain = fake_domain(fake, DOMAIN_NEST_PARENT);
	fake_map(fake, domain, 0x10000, 0x80000000, 8 * PAGE);
	fake_unmap(fake, domain, 0x11000, PAGE, &gather);
	fake_forget(fake);
	fake_sync(fake, &gather);
	fake_submitted(fake, 0, VMID_1 | 0x2a, 0x11001);
	fake_submitted(fake, 1, 0x46, 0);
	fake_submitted(fake, 2, VMID_1 | 0x10, 0); /* CMD_TLBI_NH_ALL */
	fake_submitted(fake, 3, 0x46, 0);
	assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 4);
	fake_free(fake);
}

/* 4.4.1.1: (NUM + 1) << SCALE granules of TG 1; 67 pages are 3 and 64. */
static void test_sync_with_ranges_uses_few_commands(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.idr3 = FAKE_IDR3_RIL});
	struct gather gather = {0};
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	fake_map(fake, domain, 0x100000, 0x80000000, 128 * PAGE);
	fake_unmap(fake, domain, 0x101000, 67 * PAGE, &gather);
	fake_forget(fake);
	fake_sync(fake, &gather);
	fake_submitted(fake, 0, ASID_1 | 0x2012, 0x101401);   /* NUM 2, SCALE 0, TG 1, Leaf */
	fake_submitted(fake, 1, ASID_1 | 0x600012, 0x104401); /* NUM 0, SCALE 6 */
	fake_submitted(fake, 2, 0x46, 0);
	fake_unmap(fake, domain, 0x100000, PAGE, &gather);
	fake_sync(fake, &gather);
	fake_submitted(fake, 3, ASID_1 | 0x12, 0x100001); /* one page is no range */
	fake_free(fake);
}

static void test_sync_of_too_much_invalidates_the_domain(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	struct gather gather = {0};
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	fake_map(fake, domain, 0x100000, 0x80000000, 128 * PAGE);
	fake_unmap(fake, domain, 0x101000, 67 * PAGE, &gather);
	fake_forget(fake);
	fake_sync(fake, &gather);
	fake_submitted(fake, 0, ASID_1 | 0x11, 0); /* CMD_TLBI_NH_ASID */
	assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 2);
	fake_free(fake);
	fake = fake_new(&(struct fake_wish){.stage = DRIVER_STAGE_SECOND});
	domain = fake_domain(fake, DOMAIN_DMA);
	assert_int_equal(fake->driver->ops->flush_domain(fake->driver, domain), 0);
	fake_submitted(fake, 0, VMID_1 | 0x28, 0); /* CMD_TLBI_S12_VMALL */
	fake_free(fake);
}

/* Where a table page goes, Leaf is 0, and the page is free when the CMD_SYNC is complete, not before. */
static void test_sync_frees_table_pages_after_it_is_complete(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	struct gather gather = {0};
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	uint32_t empty = frame_allocator_taken(fake->frames);
	fake_map(fake, domain, 0x10000, 0x80000000, PAGE);
	fake_unmap(fake, domain, 0x10000, PAGE, &gather);
	assert_int_equal(frame_allocator_taken(fake->frames), empty + 3);
	fake->held = true;
	assert_int_equal(fake->driver->ops->sync(fake->driver, &gather), -ETIMEDOUT);
	assert_int_equal(frame_allocator_taken(fake->frames), empty + 3);
	assert_int_equal(gather.count, 1);
	fake->held = false;
	fake_forget(fake);
	fake_sync(fake, &gather);
	fake_submitted(fake, 0, ASID_1 | 0x12, 0x10000);
	assert_int_equal(frame_allocator_taken(fake->frames), empty);
	fake_free(fake);
}

/* EFFECT_LEAF_CLEAR: the tag as hw/effect.h says. */
static void test_unmap_reports_leaves_with_the_tag_of_the_stage(void **state)
{
	(void)state;
	for (unsigned stage = 1; stage <= 2; stage++) {
		struct fake *fake =
			fake_new(&(struct fake_wish){.stage = stage == 1 ? DRIVER_STAGE_FIRST : DRIVER_STAGE_SECOND});
		struct gather gather = {0};
		fake_domain(fake, DOMAIN_DMA);
		domain_handle domain = fake_domain(fake, DOMAIN_DMA);
		fake_map(fake, domain, 0x200000, 0x80000000, 0x200000);
		fake_unmap(fake, domain, 0x200000, 0x200000, &gather);
		const struct effect *effect = fake_effect(fake, EFFECT_LEAF_CLEAR, 0);
		assert_int_equal(effect->tag, stage == 1 ? 2 : 0x10002);
		assert_int_equal(effect->address, 0x200000);
		assert_int_equal(effect->bytes_lg2, 21);
		assert_int_equal(effect->value, 0x80000000);
		fake_sync(fake, &gather);
		fake_free(fake);
	}
}

/* DDI 0487 D8.16: empty, invalidated, and only then a table. */
static void test_unmap_of_a_part_breaks_the_block_before_it_makes_a_table(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	struct gather gather = {0};
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	fake_map(fake, domain, 0x200000, 0x80000000, 0x200000);
	uint64_t block_pa = fake_effect(fake, EFFECT_WORD, fake_effects(fake, EFFECT_WORD) - 1)->address;
	fake_forget(fake);
	fake_unmap(fake, domain, 0x201000, PAGE, &gather);
	fake_submitted(fake, 0, ASID_1 | 0x11, 0); /* 512 addresses: the domain */
	unsigned step = 0;
	for (unsigned i = 0; i < fake->count; i++) {
		const struct effect *effect = &fake->log[i];
		if (effect->kind == EFFECT_WORD && effect->address == block_pa)
			assert_int_equal(effect->value & 3, step++ == 0 ? 0 : 3);
		else if (effect->kind == EFFECT_SUBMIT)
			assert_int_equal(step, 1);
	}
	assert_int_equal(step, 2);
	fake_sync(fake, &gather);
	fake_free(fake);
}

/* IDR3.BBML 2: one store; what was cached is the block, so all of it is invalidated. */
static void test_unmap_of_a_part_with_bbml_2_is_one_store(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.idr3 = FAKE_IDR3_BBML2 | FAKE_IDR3_RIL});
	struct gather gather = {0};
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	fake_map(fake, domain, 0x200000, 0x80000000, 0x200000);
	fake_forget(fake);
	fake_unmap(fake, domain, 0x201000, PAGE, &gather);
	assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 0);
	fake_sync(fake, &gather);
	fake_submitted(fake, 0, ASID_1 | 0x900012, 0x200401); /* 1 << 9 granules */
	fake_free(fake);
}

static void test_unmap_whose_break_does_not_complete_changes_nothing(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	struct gather gather = {0};
	uint64_t pa = 0;
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	fake_map(fake, domain, 0x200000, 0x80000000, 0x200000);
	fake->held = true;
	assert_int_equal(fake->driver->ops->unmap(fake->driver, domain, 0x201000, PAGE, &gather), -ETIMEDOUT);
	fake->held = false;
	assert_int_equal(gather.count, 0);
	assert_true(fake->driver->ops->lookup(fake->driver, domain, 0x201234, &pa));
	assert_int_equal(pa, 0x80001234);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, domain), 0);
	fake_free(fake);
}

static void test_inject_leaves_out_what_it_says(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	struct gather gather = {0};
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	fake_map(fake, domain, 0x10000, 0x80000000, 8 * PAGE);
	fake_unmap(fake, domain, 0x11000, PAGE, &gather);
	fake_forget(fake);
	fake->driver->ops->inject(fake->driver, INJECT_SKIP_IOTLB_FLUSH);
	fake_sync(fake, &gather);
	assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 0);
	fake_unmap(fake, domain, 0x12000, PAGE, &gather);
	fake->driver->ops->inject(fake->driver, INJECT_SKIP_SYNC);
	fake->dead = true;
	fake_sync(fake, &gather);
	fake_submitted(fake, 0, ASID_1 | 0x12, 0x12001);
	assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 1);
	fake_free(fake);
}

/* 7.1: the refused command becomes a CMD_SYNC, the error is acknowledged, and the queue goes on. */
static void test_refused_command_is_eio_and_the_queue_goes_on(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	fake->refuse = 0x11;
	assert_int_equal(fake->driver->ops->flush_domain(fake->driver, domain), -EIO);
	assert_int_equal(fake_word(fake, FAKE_COMMAND + 16 * 3), 0x46);
	assert_int_equal(fake_register(fake, 0x60, 4), fake_register(fake, 0x64, 4));
	assert_int_equal(fake_register(fake, 0x98, 4), fake_register(fake, 0x9c, 4));
	fake->refuse = 0;
	assert_int_equal(fake->driver->ops->flush_domain(fake->driver, domain), 0);
	fake_free(fake);
}

static void test_queue_wraps_and_fills(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	for (unsigned i = 0; i < 600; i++)
		assert_int_equal(fake->driver->ops->flush_domain(fake->driver, domain), 0);
	assert_int_equal(fake_register(fake, 0x98, 4), (3 + 1200) % 512);
	fake->dead = true;
	fake->driver->ops->inject(fake->driver, INJECT_SKIP_SYNC);
	for (unsigned i = 0; i < 256; i++)
		assert_int_equal(fake->driver->ops->flush_domain(fake->driver, domain), 0);
	assert_int_equal(fake->driver->ops->flush_domain(fake->driver, domain), -ETIMEDOUT);
	assert_int_equal(fake_register(fake, 0x98, 4) ^ fake_register(fake, 0x9c, 4), 256);
	fake->dead = false;
	fake->driver->ops->inject(fake->driver, 0);
	assert_int_equal(fake->driver->ops->flush_domain(fake->driver, domain), 0);
	fake_free(fake);
}

static void flush_often(struct fake *fake, const struct effect *effect)
{
	if (effect->kind != EFFECT_SUBMIT)
		return;
	fake->watch = NULL;
	for (unsigned i = 0; i < *(unsigned *)fake->watch_data; i++)
		assert_int_equal(fake->driver->ops->flush_domain(fake->driver, 1), 0);
}

/* Others' commands go some of the way around the queue, or twice around it, before the driver waits. */
static void test_wait_ends_when_others_use_the_queue_meanwhile(void **state)
{
	(void)state;
	static unsigned often[] = {1, 50, 127, 128, 200, 255, 256, 300};
	struct fake *fake = fake_new(NULL);
	fake_domain(fake, DOMAIN_DMA);
	for (unsigned i = 0; i < sizeof(often) / sizeof(often[0]); i++) {
		fake_forget(fake);
		fake->watch_data = &often[i];
		fake->watch = flush_often;
		assert_int_equal(fake->driver->ops->flush_domain(fake->driver, 1), 0);
	}
	fake_free(fake);
}

static void test_domains_end_where_tags_do(void **state)
{
	(void)state;
	/* 8-bit ASIDs: 255 domains. */
	struct fake *fake = fake_new(&(struct fake_wish){.idr0 = FAKE_IDR0 & ~UINT32_C(0x1000), .max_domains = 1000});
	domain_handle domain = 0;
	for (unsigned i = 0; i < 255; i++)
		domain = fake_domain(fake, DOMAIN_USER);
	assert_int_equal(fake->driver->ops->domain_alloc(fake->driver, DOMAIN_USER, &domain), -ENOSPC);
	assert_int_equal(fake->driver->ops->domain_alloc(fake->driver, DOMAIN_BLOCKED, &domain), 0);
	fake_free(fake);
}

static void test_geometry_and_permissions_of_each_stage(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	struct domain_geometry geometry;
	const struct driver_ops *ops = fake->driver->ops;
	domain_handle first = fake_domain(fake, DOMAIN_USER), second = fake_domain(fake, DOMAIN_NEST_PARENT);
	ops->domain_geometry(fake->driver, first, &geometry);
	assert_int_equal(geometry.last, UINT64_C(0xffffffffffff));
	assert_int_equal(geometry.page_sizes, 0x40201000);
	assert_false(geometry.enforce_snoop);
	ops->domain_geometry(fake->driver, second, &geometry);
	assert_int_equal(geometry.last, UINT64_C(0xffffffffffff));
	fake_forget(fake);
	/* A first stage knows no write-only page, a second stage does. */
	assert_int_equal(ops->map(fake->driver, first, 0, 0x80000000, PAGE, 2), 0);
	uint64_t leaf = fake_effect(fake, EFFECT_WORD, fake_effects(fake, EFFECT_WORD) - 1)->value;
	assert_int_equal(leaf, UINT64_C(0x0060000080000f43));
	assert_int_equal(ops->map(fake->driver, second, 0, 0x80000000, PAGE, 2), 0);
	leaf = fake_effect(fake, EFFECT_WORD, fake_effects(fake, EFFECT_WORD) - 1)->value;
	assert_int_equal(leaf, UINT64_C(0x00400000800007bf));
	assert_int_equal(ops->map(fake->driver, first, PAGE, 0x80000000, PAGE, 4), -EINVAL);
	assert_int_equal(ops->map(fake->driver, first, UINT64_C(1) << 48, 0x80000000, PAGE, 3), -EINVAL);
	assert_int_equal(ops->map(fake->driver, fake_domain(fake, DOMAIN_IDENTITY), 0, 0, PAGE, 3), -EINVAL);
	fake_free(fake);
}

/* Words 0 and 1 of the guest's stream table entry: V, S1, linear, descriptor at 1000h. */
static domain_handle guest_new(struct fake *fake, domain_handle *parent)
{
	const struct domain_guest guest = {.ste = {0x100b, 0xd6}};
	domain_handle nested = 0;
	*parent = fake_domain(fake, DOMAIN_NEST_PARENT);
	assert_int_equal(smmuv3_driver_ops.domain_nest(fake->driver, *parent, &guest, &nested), 0);
	fake_attach(fake, 0x18, nested);
	fake_forget(fake);
	return nested;
}

/* 4.4.2: every ASID of the parent's VMID, which is 2 here, whatever the guest wrote; a page is one command. */
static void test_guest_range_is_of_the_parents_vmid(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle parent, nested;
	fake_domain(fake, DOMAIN_NEST_PARENT); /* VMID 1 */
	nested = guest_new(fake, &parent);
	struct guest_invalidation what = {.what = GUEST_FORGETS_RANGE, .first = 0x5800, .last = 0x6fff};
	assert_int_equal(smmuv3_driver_ops.guest_invalidate(fake->driver, nested, &what), 0);
	fake_submitted(fake, 0, 2 * VMID_1 | 0x13, 0x5000); /* CMD_TLBI_NH_VAA, table pointers too */
	fake_submitted(fake, 1, 2 * VMID_1 | 0x13, 0x6000);
	fake_submitted(fake, 2, 0x46, 0);
	assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 3);
	fake_forget(fake);
	what = (struct guest_invalidation){.what = GUEST_FORGETS_RANGE, .last = UINT64_MAX};
	assert_int_equal(smmuv3_driver_ops.guest_invalidate(fake->driver, nested, &what), 0);
	fake_submitted(fake, 0, 2 * VMID_1 | 0x10, 0); /* CMD_TLBI_NH_ALL */
	assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 2);
	fake_free(fake);
}

/* 4.3.3, 4.3.4 */
static void test_guest_context_is_of_that_stream(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle parent, nested = guest_new(fake, &parent);
	struct guest_invalidation what = {
		.what = GUEST_FORGETS_CONTEXT, .stream = 0x18, .pasid = UINT32_MAX, .last = UINT64_MAX};
	assert_int_equal(smmuv3_driver_ops.guest_invalidate(fake->driver, nested, &what), 0);
	fake_submitted(fake, 0, UINT64_C(0x0000001800000006), 0); /* CMD_CFGI_CD_ALL */
	fake_forget(fake);
	what.pasid = 0;
	assert_int_equal(smmuv3_driver_ops.guest_invalidate(fake->driver, nested, &what), 0);
	fake_submitted(fake, 0, UINT64_C(0x0000001800000005), 0); /* CMD_CFGI_CD */
	fake_free(fake);
}

static void test_guest_invalidation_is_of_nested_domains_alone(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle parent, nested = guest_new(fake, &parent);
	struct guest_invalidation what = {.what = GUEST_FORGETS_RANGE, .last = UINT64_MAX};
	assert_int_equal(smmuv3_driver_ops.guest_invalidate(fake->driver, parent, &what), -EINVAL);
	assert_int_equal(smmuv3_driver_ops.guest_invalidate(fake->driver, 999, &what), -EINVAL);
	what.first = 1, what.last = 0;
	assert_int_equal(smmuv3_driver_ops.guest_invalidate(fake->driver, nested, &what), -EINVAL);
	what = (struct guest_invalidation){
		.what = GUEST_FORGETS_DEVTLB, .stream = 0x18, .pasid = UINT32_MAX, .last = UINT64_MAX};
	assert_int_equal(smmuv3_driver_ops.guest_invalidate(fake->driver, nested, &what), 0); /* no ATS: no cache */
	assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 0);
	fake_free(fake);
}

/* What a guest would write for a table at 3000h, its descriptor at 2000h: 5.2, 5.4. */
static void test_guest_describes_a_descriptor_and_where_it_is(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	struct domain_guest guest;
	uint64_t words[GUEST_CONTEXT_WORDS];
	smmuv3_driver_ops.guest_describe(fake->driver, 0x2000, 1, 0x3000, words, &guest);
	assert_int_equal(words[0] & 0x3f, 16);   /* T0SZ: 48 bits */
	assert_int_equal(words[0] >> 31 & 1, 1); /* V */
	assert_int_equal(words[0] >> 48, 1);     /* ASID */
	assert_int_equal(words[1], 0x3000);
	assert_true(guest.ste[0] == 0x200b); /* V, Config S1, linear */
	struct guest_format format;
	smmuv3_driver_ops.guest_format(fake->driver, &format);
	assert_int_equal(format.context_bytes, 0x1000);
	assert_int_equal(format.table.format, PT_FORMAT_ARMV8S1);
	fake_free(fake);
}

/* 5.2: S1CDMax is bits 63:59 and S1Fmt 5:4 of word 0, S1DSS 1:0 of word 1; 5.3: L1CD.V is bit 0. */
static void test_guest_describes_a_table_of_descriptors(void **state)
{
	(void)state;
	struct fake_wish wish = {.idr0 = FAKE_ATS | FAKE_IDR0_CD2L, .idr1 = FAKE_SSID20};
	struct fake *fake = fake_new(&wish);
	struct guest_contexts layout;
	struct domain_guest guest;
	smmuv3_driver_ops.guest_contexts(fake->driver, 0x5000, 1, &layout, &guest);
	assert_int_equal(layout.count, 64);
	assert_int_equal(layout.leaf, 64);
	assert_true(guest.ste[0] == (0x500b | UINT64_C(6) << 59)); /* V, S1, linear, 64 descriptors */
	assert_int_equal(guest.ste[1] & 3, 2);                     /* without PASID: descriptor 0 */
	smmuv3_driver_ops.guest_contexts(fake->driver, 0x5000, 3, &layout, &guest);
	assert_true(guest.ste[0] == (0x501b | UINT64_C(15) << 59)); /* two levels, pages of 4 KiB: 512 of 64 */
	assert_int_equal(layout.count, 512 * 64);
	assert_int_equal(layout.leaf, 64);
	assert_int_equal(layout.link, 1);
	wish.idr1 = FAKE_IDR1; /* no PASIDs at all: one descriptor */
	struct fake *plain = fake_new(&wish);
	smmuv3_driver_ops.guest_contexts(plain->driver, 0x5000, 1, &layout, &guest);
	assert_int_equal(layout.count, 1);
	assert_true(guest.ste[0] == 0x500b);
	assert_int_equal(guest.ste[1] & 3, 0);
	fake_free(plain);
	fake_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guest_range_is_of_the_parents_vmid),
		cmocka_unit_test(test_guest_context_is_of_that_stream),
		cmocka_unit_test(test_guest_invalidation_is_of_nested_domains_alone),
		cmocka_unit_test(test_guest_describes_a_descriptor_and_where_it_is),
		cmocka_unit_test(test_guest_describes_a_table_of_descriptors),
		cmocka_unit_test(test_sync_of_pages_of_a_first_stage_is_one_command_each),
		cmocka_unit_test(test_sync_of_a_second_stage_names_the_ipa),
		cmocka_unit_test(test_sync_of_a_nest_parent_drops_the_nested_stages_too),
		cmocka_unit_test(test_sync_with_ranges_uses_few_commands),
		cmocka_unit_test(test_sync_of_too_much_invalidates_the_domain),
		cmocka_unit_test(test_sync_frees_table_pages_after_it_is_complete),
		cmocka_unit_test(test_unmap_reports_leaves_with_the_tag_of_the_stage),
		cmocka_unit_test(test_unmap_of_a_part_breaks_the_block_before_it_makes_a_table),
		cmocka_unit_test(test_unmap_of_a_part_with_bbml_2_is_one_store),
		cmocka_unit_test(test_unmap_whose_break_does_not_complete_changes_nothing),
		cmocka_unit_test(test_inject_leaves_out_what_it_says),
		cmocka_unit_test(test_refused_command_is_eio_and_the_queue_goes_on),
		cmocka_unit_test(test_queue_wraps_and_fills),
		cmocka_unit_test(test_wait_ends_when_others_use_the_queue_meanwhile),
		cmocka_unit_test(test_domains_end_where_tags_do),
		cmocka_unit_test(test_geometry_and_permissions_of_each_stage),
	};
	return cmocka_run_group_tests_name("smmuv3-driver-flush", tests, NULL, NULL);
}
