/* SPDX-License-Identifier: MIT */
/* What is invalidated after an unmap (6.5.2.3, 6.5.3.3), when table pages are free again, and the planted bugs. */
#include "driver_fake.h"

#include <errno.h>

#define ROOT1 FAKE_FRAME3
#define WAIT  UINT64_C(0x0000000200000025) /* 6.5.2.9: type 5, SW, data 2 */

static int sync(struct fake *fake, struct gather *gather)
{
	return fake->driver->ops->sync(fake->driver, gather);
}

static uint32_t taken(struct fake *fake)
{
	return frame_allocator_taken(fake->frames);
}

/* A unit, and a domain with [0x1000, 0x11000) and [0x40000000, 0x40002000) mapped by pages of 4 KiB. */
static struct fake *with_pages(const struct fake_wish *wish, domain_handle *domain)
{
	struct fake *fake = fake_new(wish);
	*domain = fake_domain(fake, DOMAIN_DMA);
	fake_map(fake, *domain, 0x1000, UINT64_C(0x80001000), 0x10000);
	fake_map(fake, *domain, UINT64_C(0x40000000), UINT64_C(0x80200000), 0x2000);
	fake_forget(fake);
	return fake;
}

static void test_unmap_reports_the_leaf_after_its_word(void **state)
{
	(void)state;
	domain_handle domain;
	struct fake *fake = with_pages(NULL, &domain);
	struct gather gather = {0};
	fake_unmap(fake, domain, 0x3000, 0x1000, &gather);
	assert_int_equal(fake->count, 2);
	assert_int_equal(fake->log[0].kind, EFFECT_WORD);
	assert_int_equal(fake->log[0].address, ROOT1 + 0x3018);
	assert_int_equal(fake->log[0].old, UINT64_C(0x80003003));
	assert_int_equal(fake->log[0].value, 0);
	assert_int_equal(fake->log[1].kind, EFFECT_LEAF_CLEAR);
	assert_int_equal(fake->log[1].iommu, 3);
	assert_int_equal(fake->log[1].tag, 1);
	assert_int_equal(fake->log[1].address, 0x3000);
	assert_int_equal(fake->log[1].bytes_lg2, 12);
	assert_int_equal(fake->log[1].value, UINT64_C(0x80003000));
	assert_int_equal(gather.domain, domain);
	assert_int_equal(gather.count, 1);
	assert_int_equal(gather.first[0], 0x3000);
	assert_int_equal(gather.last[0], 0x3fff);
	fake_free(fake);
}

static void test_sync_one_page_is_page_selective_with_hint(void **state)
{
	(void)state;
	domain_handle domain;
	struct fake *fake = with_pages(NULL, &domain);
	struct gather gather = {0};
	fake_unmap(fake, domain, 0x3000, 0x1000, &gather);
	fake_forget(fake);
	assert_int_equal(sync(fake, &gather), 0);
	assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 2);
	fake_submitted(fake, 0, UINT64_C(0x100f2), 0x3040); /* DR, DW, G 11b, DID 1; ADDR 3000h, IH, AM 0 */
	fake_submitted(fake, 1, WAIT, FAKE_STATUS);
	assert_int_equal(gather.count, 0);
	assert_int_equal(gather.domain, 0);
	/* Nothing gathered, nothing asked for. */
	fake_forget(fake);
	assert_int_equal(sync(fake, &gather), 0);
	assert_int_equal(fake->count, 0);
	fake_free(fake);
}

static void test_sync_range_is_covered_exactly_by_aligned_masks(void **state)
{
	(void)state;
	domain_handle domain;
	struct fake *fake = with_pages(NULL, &domain);
	struct gather gather = {0};
	fake_unmap(fake, domain, 0x1000, 0x7000, &gather);
	fake_forget(fake);
	assert_int_equal(sync(fake, &gather), 0);
	fake_submitted(fake, 0, UINT64_C(0x100f2), 0x1040);
	fake_submitted(fake, 1, UINT64_C(0x100f2), 0x2041);
	fake_submitted(fake, 2, UINT64_C(0x100f2), 0x4042);
	fake_submitted(fake, 3, WAIT, FAKE_STATUS);
	fake_free(fake);
}

static void test_sync_mask_is_limited_by_mamv(void **state)
{
	(void)state;
	domain_handle domain;
	uint64_t cap = (FAKE_CAP & ~FAKE_CAP_MAMV & ~(UINT64_C(0xf) << 34)) | UINT64_C(1) << 48;
	struct fake *fake = with_pages(&(struct fake_wish){.cap = cap}, &domain);
	struct gather gather = {0};
	fake_unmap(fake, domain, 0x4000, 0x4000, &gather);
	fake_forget(fake);
	assert_int_equal(sync(fake, &gather), 0);
	fake_submitted(fake, 0, UINT64_C(0x100f2), 0x4041);
	fake_submitted(fake, 1, UINT64_C(0x100f2), 0x6041);
	fake_free(fake);
}

static void test_sync_removed_table_goes_without_hint(void **state)
{
	(void)state;
	domain_handle domain;
	struct fake *fake = with_pages(NULL, &domain);
	struct gather gather = {0};
	fake_unmap(fake, domain, 0x1000, 0x1000, &gather);
	fake_unmap(fake, domain, UINT64_C(0x40000000), 0x2000, &gather);
	fake_forget(fake);
	assert_int_equal(sync(fake, &gather), 0);
	fake_submitted(fake, 0, UINT64_C(0x100f2), 0x1040);
	fake_submitted(fake, 1, UINT64_C(0x100f2), UINT64_C(0x40000001)); /* AM 1, IH 0: tables were removed there */
	fake_free(fake);
}

static void test_sync_large_page_uses_its_mask(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	struct gather gather = {0};
	fake_map(fake, domain, UINT64_C(0x200000), UINT64_C(0x80000000), UINT64_C(0x400000));
	fake_unmap(fake, domain, UINT64_C(0x200000), UINT64_C(0x200000), &gather);
	fake_forget(fake);
	assert_int_equal(sync(fake, &gather), 0);
	fake_submitted(fake, 0, UINT64_C(0x100f2), UINT64_C(0x200049)); /* AM 9, IH */
	fake_free(fake);
}

static void test_sync_large_page_beyond_mamv_takes_the_domain(void **state)
{
	(void)state;
	/* MAMV 8: a mask of 9, which a 2 MiB page needs, is not there. */
	uint64_t cap = (FAKE_CAP & ~FAKE_CAP_MAMV) | UINT64_C(8) << 48;
	struct fake *fake = fake_new(&(struct fake_wish){.cap = cap});
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	struct gather gather = {0};
	fake_map(fake, domain, UINT64_C(0x200000), UINT64_C(0x80000000), UINT64_C(0x200000));
	fake_unmap(fake, domain, UINT64_C(0x200000), UINT64_C(0x200000), &gather);
	fake_forget(fake);
	assert_int_equal(sync(fake, &gather), 0);
	fake_submitted(fake, 0, UINT64_C(0x100e2), 0);
	fake_free(fake);
}

static void test_sync_split_page_is_invalidated_whole(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle domain = fake_domain(fake, DOMAIN_USER);
	struct gather gather = {0};
	uint64_t pa;
	fake_map(fake, domain, UINT64_C(0x200000), UINT64_C(0x80000000), UINT64_C(0x200000));
	fake_unmap(fake, domain, UINT64_C(0x203000), 0x1000, &gather);
	assert_int_equal(fake_effects(fake, EFFECT_LEAF_CLEAR), 1);
	assert_int_equal(fake_effect(fake, EFFECT_LEAF_CLEAR, 0)->bytes_lg2, 12);
	fake_forget(fake);
	assert_int_equal(sync(fake, &gather), 0);
	assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 2);
	fake_submitted(fake, 0, UINT64_C(0x100f2), UINT64_C(0x200049));
	assert_false(fake->driver->ops->lookup(fake->driver, domain, UINT64_C(0x203000), &pa));
	assert_true(fake->driver->ops->lookup(fake->driver, domain, UINT64_C(0x204000), &pa));
	assert_int_equal(pa, UINT64_C(0x80004000));
	fake_free(fake);
}

static void test_unmap_split_without_memory_gathers_nothing(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.frames = 6});
	domain_handle domain = fake_domain(fake, DOMAIN_USER);
	struct gather gather = {0};
	uint64_t pa;
	fake_map(fake, domain, UINT64_C(0x200000), UINT64_C(0x80000000), UINT64_C(0x200000));
	assert_int_equal(fake->driver->ops->unmap(fake->driver, domain, UINT64_C(0x203000), 0x1000, &gather), -ENOMEM);
	assert_int_equal(gather.count, 0);
	assert_int_equal(fake_effects(fake, EFFECT_LEAF_CLEAR), 0);
	assert_true(fake->driver->ops->lookup(fake->driver, domain, UINT64_C(0x203000), &pa));
	assert_int_equal(taken(fake), 6);
	fake_free(fake);
}

static void test_sync_many_ranges_take_the_domain(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	/* 32 pieces go one by one, the 33rd is too many; beyond GATHER_MAX ranges are not even remembered. */
	static const struct {
		unsigned pages, submitted;
		uint64_t low;
	} rows[] = {{32, 33, UINT64_C(0x100f2)}, {33, 2, UINT64_C(0x100e2)}, {70, 2, UINT64_C(0x100e2)}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct gather gather = {0};
		fake_map(fake, domain, 0, UINT64_C(0x80000000), UINT64_C(0x200000) - 0x1000);
		for (uint64_t page = 0; page < rows[i].pages; page++)
			fake_unmap(fake, domain, page * 0x2000, 0x1000, &gather);
		fake_forget(fake);
		assert_int_equal(sync(fake, &gather), 0);
		assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), rows[i].submitted);
		fake_submitted(fake, 0, rows[i].low, i == 0 ? 0x40 : 0);
		fake_unmap(fake, domain, 0, UINT64_C(0x200000), &gather);
		assert_int_equal(sync(fake, &gather), 0);
	}
	fake_free(fake);
}

static void test_sync_without_page_selective_takes_the_domain(void **state)
{
	(void)state;
	domain_handle domain;
	struct fake *fake = with_pages(&(struct fake_wish){.cap = FAKE_CAP & ~FAKE_CAP_PSI}, &domain);
	struct gather gather = {0};
	fake_unmap(fake, domain, 0x3000, 0x1000, &gather);
	fake_forget(fake);
	assert_int_equal(sync(fake, &gather), 0);
	fake_submitted(fake, 0, UINT64_C(0x100e2), 0);
	fake_free(fake);
}

static void test_sync_by_registers_writes_address_then_command(void **state)
{
	(void)state;
	domain_handle domain;
	struct fake *fake = fake_new(&(struct fake_wish){.ecap = FAKE_ECAP & ~FAKE_ECAP_QI});
	struct gather gather = {0};
	domain = fake_domain(fake, DOMAIN_DMA);
	fake_map(fake, domain, 0x1000, UINT64_C(0x80001000), 0x10000);
	fake_unmap(fake, domain, 0x2000, 0x2000, &gather);
	fake_forget(fake);
	assert_int_equal(sync(fake, &gather), 0);
	fake_wrote(fake, 0, 0x100, 0x2041);                       /* IVA: ADDR, IH, AM 1 */
	fake_wrote(fake, 1, 0x108, UINT64_C(0xb003000100000000)); /* IVT, IIRG 11b, DR, DW, DID 1 */
	assert_int_equal(fake_effects(fake, EFFECT_REGISTER), 2);
	fake_unmap(fake, domain, 0x4000, 0x1000, &gather);
	fake->refusing = true;
	assert_int_equal(sync(fake, &gather), -EIO);
	assert_int_equal(gather.count, 1);
	fake_free(fake);
}

static void test_sync_unit_without_draining_is_not_asked_to_drain(void **state)
{
	(void)state;
	domain_handle domain;
	struct fake *fake = with_pages(&(struct fake_wish){.cap = FAKE_CAP & ~(UINT64_C(3) << 54)}, &domain);
	struct gather gather = {0};
	fake_unmap(fake, domain, 0x3000, 0x1000, &gather);
	fake_forget(fake);
	assert_int_equal(sync(fake, &gather), 0);
	fake_submitted(fake, 0, UINT64_C(0x10032), 0x3040);
	fake_free(fake);
}

static void test_flush_domain_is_domain_selective(void **state)
{
	(void)state;
	domain_handle domain;
	struct fake *fake = with_pages(NULL, &domain);
	struct gather gather = {0};
	fake_unmap(fake, domain, UINT64_C(0x40000000), 0x2000, &gather);
	uint32_t before = taken(fake);
	fake_forget(fake);
	assert_int_equal(fake->driver->ops->flush_domain(fake->driver, domain), 0);
	fake_submitted(fake, 0, UINT64_C(0x100e2), 0);
	fake_submitted(fake, 1, WAIT, FAKE_STATUS);
	assert_int_equal(taken(fake), before - 2);
	assert_int_equal(fake->driver->ops->flush_domain(fake->driver, 99), -EINVAL);
	fake_forget(fake);
	assert_int_equal(fake->driver->ops->flush_domain(fake->driver, fake_domain(fake, DOMAIN_BLOCKED)), 0);
	assert_int_equal(fake->count, 0);
	fake_free(fake);
}

/* --- retired table pages --- */

static void watch_taken(struct fake *fake, const struct effect *effect)
{
	(void)effect;
	assert_int_equal(taken(fake), *(uint32_t *)fake->watch_data);
}

static void test_retired_pages_are_taken_until_the_invalidation_completed(void **state)
{
	(void)state;
	domain_handle domain;
	struct fake *fake = with_pages(NULL, &domain);
	struct gather gather = {0};
	uint32_t before = taken(fake);
	fake_unmap(fake, domain, UINT64_C(0x40000000), 0x2000, &gather);
	assert_int_equal(fake->driver->ops->table_pages(fake->driver, domain), 4);
	assert_int_equal(taken(fake), before);
	/* What is allocated now lies elsewhere. */
	domain_handle other = fake_domain(fake, DOMAIN_DMA);
	assert_int_equal(fake->driver->ops->domain_by_root(fake->driver, ROOT1 + 0x6000), other);
	before = taken(fake);
	fake->watch = watch_taken;
	fake->watch_data = &before;
	assert_int_equal(sync(fake, &gather), 0);
	assert_int_equal(taken(fake), before - 2);
	fake->watch = NULL;
	fake_free(fake);
}

static void test_retired_pages_survive_a_wait_that_timed_out(void **state)
{
	(void)state;
	domain_handle domain;
	struct fake *fake = with_pages(NULL, &domain);
	struct gather gather = {0};
	fake_unmap(fake, domain, UINT64_C(0x40000000), 0x2000, &gather);
	uint32_t before = taken(fake);
	fake->held = true;
	assert_int_equal(sync(fake, &gather), -ETIMEDOUT);
	assert_int_equal(taken(fake), before);
	assert_int_equal(gather.count, 1);
	/* The abandoned wait is answered now; a second one must not take that for its own answer. */
	fake_forget(fake);
	fake->held = false;
	assert_int_equal(sync(fake, &gather), 0);
	fake_submitted(fake, 0, UINT64_C(0x100f2), UINT64_C(0x40000001));
	fake_submitted(fake, 1, WAIT, FAKE_STATUS + 8);
	assert_int_equal(taken(fake), before - 2);
	/* Both words are free again: the lowest is taken. */
	fake_unmap(fake, domain, 0x1000, 0x1000, &gather);
	fake_forget(fake);
	assert_int_equal(sync(fake, &gather), 0);
	fake_submitted(fake, 1, WAIT, FAKE_STATUS);
	fake_free(fake);
}

static void test_retired_pages_wait_for_a_flush_that_covers_them(void **state)
{
	(void)state;
	domain_handle domain;
	struct fake *fake = with_pages(NULL, &domain);
	struct gather one = {0}, two = {0};
	fake_unmap(fake, domain, UINT64_C(0x40000000), 0x2000, &one);
	fake_unmap(fake, domain, 0x1000, 0x1000, &two);
	uint32_t before = taken(fake);
	assert_int_equal(sync(fake, &two), 0);
	assert_int_equal(taken(fake), before);
	assert_int_equal(sync(fake, &one), 0);
	assert_int_equal(taken(fake), before - 2);
	fake_free(fake);
}

static void test_detach_frees_what_was_retired(void **state)
{
	(void)state;
	domain_handle domain;
	struct fake *fake = with_pages(NULL, &domain);
	struct gather gather = {0};
	fake_attach(fake, 8, domain);
	fake_unmap(fake, domain, UINT64_C(0x40000000), 0x2000, &gather);
	uint32_t before = taken(fake);
	fake_attach(fake, 8, 0);
	assert_int_equal(taken(fake), before - 2);
	fake_free(fake);
}

/* --- the planted bugs --- */

static void test_inject_skip_iotlb_flush_submits_nothing(void **state)
{
	(void)state;
	domain_handle domain;
	struct fake *fake = with_pages(NULL, &domain);
	struct gather gather = {0};
	fake_unmap(fake, domain, UINT64_C(0x40000000), 0x2000, &gather);
	uint32_t before = taken(fake);
	fake_forget(fake);
	fake->driver->ops->inject(fake->driver, INJECT_SKIP_IOTLB_FLUSH);
	assert_int_equal(sync(fake, &gather), 0);
	assert_int_equal(fake->count, 0);
	assert_int_equal(gather.count, 0);
	assert_int_equal(taken(fake), before - 2);
	fake->driver->ops->inject(fake->driver, 0);
	assert_int_equal(fake->driver->ops->flush_domain(fake->driver, domain), 0);
	assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 2);
	fake_free(fake);
}

static void test_inject_skip_iotlb_flush_detach_keeps_the_context_invalidation(void **state)
{
	(void)state;
	domain_handle domain;
	struct fake *fake = with_pages(NULL, &domain);
	fake_attach(fake, 8, domain);
	fake_forget(fake);
	fake->driver->ops->inject(fake->driver, INJECT_SKIP_IOTLB_FLUSH);
	fake_attach(fake, 8, 0);
	assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 2);
	fake_submitted(fake, 0, UINT64_C(0x0000000800010031), 0);
	fake_submitted(fake, 1, WAIT, FAKE_STATUS);
	fake_free(fake);
}

static void test_inject_skip_sync_submits_and_does_not_wait(void **state)
{
	(void)state;
	domain_handle domain;
	struct fake *fake = with_pages(NULL, &domain);
	struct gather gather = {0};
	fake_unmap(fake, domain, UINT64_C(0x40000000), 0x2000, &gather);
	uint32_t before = taken(fake);
	fake_forget(fake);
	fake->dead = true;
	fake->driver->ops->inject(fake->driver, INJECT_SKIP_SYNC);
	assert_int_equal(sync(fake, &gather), 0);
	assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 1);
	fake_submitted(fake, 0, UINT64_C(0x100f2), UINT64_C(0x40000001));
	assert_int_equal(taken(fake), before - 2);
	assert_int_equal(gather.count, 0);
	fake_free(fake);
}

static void test_inject_skip_sync_by_registers_leaves_the_last_command_pending(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.ecap = FAKE_ECAP & ~FAKE_ECAP_QI});
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	fake_attach(fake, 8, domain);
	fake->driver->ops->inject(fake->driver, INJECT_SKIP_SYNC);
	fake_attach(fake, 8, 0);
	assert_int_equal(fake_register(fake, 0x28, 8) >> 63, 0);
	assert_int_equal(fake_register(fake, 0x108, 8) >> 63, 1);
	/* The next command waits for it (6.9). */
	fake->driver->ops->inject(fake->driver, 0);
	assert_int_equal(fake->driver->ops->flush_domain(fake->driver, domain), 0);
	assert_int_equal(fake_register(fake, 0x108, 8) >> 63, 0);
	fake_free(fake);
}

/* --- the queue --- */

static void test_queue_wraps_and_keeps_one_entry_empty(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	for (unsigned i = 0; i < 300; i++) {
		fake_forget(fake);
		assert_int_equal(fake->driver->ops->flush_domain(fake->driver, domain), 0);
	}
	/* 3 entries by init, 600 since: 603 mod 256. */
	assert_int_equal(fake_register(fake, 0x88, 8), (603 % 256) * 16);
	fake_wrote(fake, 0, 0x88, (603 % 256) * 16);
	/* Nobody takes entries, nobody waits: after 255 of them there is no room. */
	fake->dead = true;
	fake->driver->ops->inject(fake->driver, INJECT_SKIP_SYNC);
	for (unsigned i = 0; i < 255; i++)
		assert_int_equal(fake->driver->ops->flush_domain(fake->driver, domain), 0);
	assert_int_equal(fake->driver->ops->flush_domain(fake->driver, domain), -ETIMEDOUT);
	assert_int_equal(fake_register(fake, 0x88, 8), ((603 + 255) % 256) * 16);
	fake->dead = false;
	assert_int_equal(fake->driver->ops->flush_domain(fake->driver, domain), 0);
	fake_free(fake);
}

static void test_queue_error_is_an_input_output_error(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	fake->dead = true;
	assert_int_equal(fake->driver->ops->flush_domain(fake->driver, domain), -ETIMEDOUT);
	fake_set_register(fake, 0x34, 4, 0x10); /* FSTS.IQE */
	assert_int_equal(fake->driver->ops->flush_domain(fake->driver, domain), -EIO);
	fake_free(fake);
}

/* Somebody else's unmap and sync run at each effect of ours, as they may in a step that is interrupted. */
struct intruder {
	domain_handle domain;
	uint64_t next;
	bool inside;
	unsigned done;
};

static void intrude(struct fake *fake, const struct effect *effect)
{
	struct intruder *intruder = fake->watch_data;
	struct gather gather = {0};
	(void)effect;
	if (intruder->inside)
		return;
	intruder->inside = true;
	fake_unmap(fake, intruder->domain, intruder->next, 0x1000, &gather);
	assert_int_equal(sync(fake, &gather), 0);
	intruder->next += UINT64_C(1) << 30;
	intruder->done++;
	intruder->inside = false;
}

static void test_hook_may_call_the_driver_at_each_effect(void **state)
{
	(void)state;
	domain_handle domain;
	struct fake *fake = with_pages(NULL, &domain);
	struct gather gather = {0};
	struct intruder intruder = {.domain = fake_domain(fake, DOMAIN_USER)};
	for (uint64_t i = 0; i < 64; i++)
		fake_map(fake, intruder.domain, i << 30, UINT64_C(0x80000000), 0x1000);
	fake_attach(fake, 8, domain);
	uint32_t before = taken(fake);
	fake->watch = intrude;
	fake->watch_data = &intruder;
	fake_unmap(fake, domain, UINT64_C(0x40000000), 0x2000, &gather);
	assert_int_equal(sync(fake, &gather), 0);
	fake_attach(fake, 8, 0);
	fake->watch = NULL;
	assert_true(intruder.done > 15 && intruder.done < 64);
	assert_int_equal(taken(fake), before - 2 - 2 * intruder.done);
	/* Hardware has taken all that was submitted. */
	assert_int_equal(fake_register(fake, 0x80, 8), fake_register(fake, 0x88, 8));
	assert_int_equal(fake->driver->ops->table_pages(fake->driver, intruder.domain), 2 + 2 * (64 - intruder.done));
	fake_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unmap_reports_the_leaf_after_its_word),
		cmocka_unit_test(test_sync_one_page_is_page_selective_with_hint),
		cmocka_unit_test(test_sync_range_is_covered_exactly_by_aligned_masks),
		cmocka_unit_test(test_sync_mask_is_limited_by_mamv),
		cmocka_unit_test(test_sync_removed_table_goes_without_hint),
		cmocka_unit_test(test_sync_large_page_uses_its_mask),
		cmocka_unit_test(test_sync_large_page_beyond_mamv_takes_the_domain),
		cmocka_unit_test(test_sync_split_page_is_invalidated_whole),
		cmocka_unit_test(test_unmap_split_without_memory_gathers_nothing),
		cmocka_unit_test(test_sync_many_ranges_take_the_domain),
		cmocka_unit_test(test_sync_without_page_selective_takes_the_domain),
		cmocka_unit_test(test_sync_by_registers_writes_address_then_command),
		cmocka_unit_test(test_sync_unit_without_draining_is_not_asked_to_drain),
		cmocka_unit_test(test_flush_domain_is_domain_selective),
		cmocka_unit_test(test_retired_pages_are_taken_until_the_invalidation_completed),
		cmocka_unit_test(test_retired_pages_survive_a_wait_that_timed_out),
		cmocka_unit_test(test_retired_pages_wait_for_a_flush_that_covers_them),
		cmocka_unit_test(test_detach_frees_what_was_retired),
		cmocka_unit_test(test_inject_skip_iotlb_flush_submits_nothing),
		cmocka_unit_test(test_inject_skip_iotlb_flush_detach_keeps_the_context_invalidation),
		cmocka_unit_test(test_inject_skip_sync_submits_and_does_not_wait),
		cmocka_unit_test(test_inject_skip_sync_by_registers_leaves_the_last_command_pending),
		cmocka_unit_test(test_queue_wraps_and_keeps_one_entry_empty),
		cmocka_unit_test(test_queue_error_is_an_input_output_error),
		cmocka_unit_test(test_hook_may_call_the_driver_at_each_effect),
	};
	return cmocka_run_group_tests_name("vtd-driver-flush", tests, NULL, NULL);
}
