/* SPDX-License-Identifier: MIT */
/* Root and context entries (9.1, 9.3), what is invalidated with them (6.5.3.3), and each state in between. */
#include "driver_fake.h"

#include <errno.h>

#define CONTEXT_OF(context_pa, stream) ((context_pa) + ((stream)&0xff) * UINT64_C(16))

static int attach(struct fake *fake, uint32_t stream, domain_handle domain)
{
	return fake->driver->ops->attach(fake->driver, stream, domain);
}

static domain_handle attached(struct fake *fake, uint32_t stream)
{
	return fake->driver->ops->attached(fake->driver, stream);
}

/* The first table after init has its root in FAKE_FRAME3; the first context table lies behind it. */
#define ROOT1   FAKE_FRAME3
#define CONTEXT (FAKE_FRAME3 + 0x1000)

static void test_attach_dma_domain_writes_golden_entries(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	fake_forget(fake);
	fake_attach(fake, 0x0208, domain);
	assert_int_equal(attached(fake, 0x0208), domain);
	/* Root entry of bus 2: P, CTP. Context entry of 01.0: TT 00b, DID 1 (87:72), AW 010b (66:64). */
	assert_int_equal(fake_word(fake, FAKE_ROOT + 0x20), UINT64_C(0x1004001));
	assert_int_equal(fake_word(fake, FAKE_ROOT + 0x28), 0);
	assert_int_equal(fake_word(fake, CONTEXT + 0x80), UINT64_C(0x1003001));
	assert_int_equal(fake_word(fake, CONTEXT + 0x88), UINT64_C(0x102));
	/* The word with P is the last one, and nothing else is written. */
	assert_int_equal(fake->count, 3);
	assert_int_equal(fake->log[0].address, FAKE_ROOT + 0x20);
	assert_int_equal(fake->log[1].address, CONTEXT + 0x88);
	assert_int_equal(fake->log[2].address, CONTEXT + 0x80);
	fake_free(fake);
}

static void test_attach_identity_passes_through_with_the_widest_width(void **state)
{
	(void)state;
	/* SAGAW: 39 and 48 and 57 bits. */
	struct fake *fake = fake_new(&(struct fake_wish){.cap = FAKE_CAP | UINT64_C(0xe00)});
	domain_handle domain = fake_domain(fake, DOMAIN_IDENTITY);
	fake_attach(fake, 0x0010, domain);
	assert_int_equal(fake_word(fake, FAKE_FRAME3 + 0x100), 0x9);   /* TT 10b, P */
	assert_int_equal(fake_word(fake, FAKE_FRAME3 + 0x108), 0x103); /* DID 1, AW 011b */
	fake_free(fake);
}

static void test_attach_table_width_prefers_four_levels(void **state)
{
	(void)state;
	static const struct {
		uint64_t sagaw;
		uint64_t aw;
	} rows[] = {{0x2, 1}, {0x4, 2}, {0x6, 2}, {0x8, 3}, {0xa, 1}, {0xe, 2}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t cap = (FAKE_CAP & ~UINT64_C(0x1f00)) | rows[i].sagaw << 8;
		struct fake *fake = fake_new(&(struct fake_wish){.cap = cap});
		fake_attach(fake, 0, fake_domain(fake, DOMAIN_DMA));
		assert_int_equal(fake_word(fake, CONTEXT + 8) & 7, rows[i].aw);
		fake_free(fake);
	}
}

static void test_attach_blocked_writes_nothing_and_is_remembered(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle blocked = fake_domain(fake, DOMAIN_BLOCKED);
	fake_attach(fake, 0x0300, blocked);
	assert_int_equal(attached(fake, 0x0300), blocked);
	assert_int_equal(fake->count, 0);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, blocked), -EBUSY);
	/* From a table to blocked: the entry goes, the domain stays. */
	fake_attach(fake, 0x0300, fake_domain(fake, DOMAIN_DMA));
	fake_attach(fake, 0x0300, blocked);
	assert_int_equal(fake_word(fake, CONTEXT), 0);
	assert_int_equal(attached(fake, 0x0300), blocked);
	fake_attach(fake, 0x0300, 0);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, blocked), 0);
	fake_free(fake);
}

static void test_attach_same_domain_again_does_nothing(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	fake_attach(fake, 8, domain);
	fake_forget(fake);
	fake_attach(fake, 8, domain);
	assert_int_equal(fake->count, 0);
	fake_attach(fake, 8, 0);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, domain), 0);
	fake_free(fake);
}

static void test_attach_second_function_shares_the_context_table(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	fake_attach(fake, 0x0208, domain);
	fake_forget(fake);
	fake_attach(fake, 0x02ff, domain);
	assert_int_equal(fake_word(fake, CONTEXT + 0xff0), UINT64_C(0x1003001));
	assert_int_equal(fake_word(fake, CONTEXT + 0xff8), 0x102);
	assert_int_equal(fake->count, 2);
	fake_free(fake);
}

static void test_detach_clears_p_then_invalidates_context_before_iotlb(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	fake_attach(fake, 0x0208, fake_domain(fake, DOMAIN_DMA));
	fake_forget(fake);
	fake_attach(fake, 0x0208, 0);
	assert_int_equal(attached(fake, 0x0208), 0);
	assert_int_equal(fake->log[0].kind, EFFECT_WORD);
	assert_int_equal(fake->log[0].address, CONTEXT + 0x80);
	assert_int_equal(fake->log[0].old, UINT64_C(0x1003001));
	assert_int_equal(fake->log[0].value, 0);
	assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 3);
	fake_submitted(fake, 0, UINT64_C(0x0000020800010031), 0); /* device-selective, SID 0208h, DID 1 */
	fake_submitted(fake, 1, UINT64_C(0x00000000000100e2), 0); /* domain-selective, DR, DW, DID 1 */
	fake_submitted(fake, 2, UINT64_C(0x0000000200000025), FAKE_STATUS);
	assert_int_equal(fake_word(fake, CONTEXT + 0x88), 0);
	/* The context table stays: its root entry does not change. */
	assert_int_equal(fake_word(fake, FAKE_ROOT + 0x20), UINT64_C(0x1004001));
	fake_free(fake);
}

static void test_detach_by_registers_uses_ccmd_then_iotlb(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.ecap = FAKE_ECAP & ~FAKE_ECAP_QI});
	fake_attach(fake, 0x0208, fake_domain(fake, DOMAIN_DMA));
	fake_forget(fake);
	fake_attach(fake, 0x0208, 0);
	fake_wrote(fake, 0, 0x28, UINT64_C(0xe000000002080001));  /* ICC, CIRG 11b, SID, DID */
	fake_wrote(fake, 1, 0x108, UINT64_C(0xa003000100000000)); /* IVT, IIRG 10b, DR, DW, DID */
	assert_int_equal(fake_effects(fake, EFFECT_REGISTER), 2);
	fake_free(fake);
}

/* What hardware could see of the requester's entry: the old one, none, the new one, never a mixture. */
struct entry_watch {
	uint64_t pa;
	uint64_t allowed[3][2]; /* low and high word; low without P: not present */
	unsigned stage;         /* never goes back */
	unsigned seen[3];
	bool invalidated; /* since P was cleared */
};

static void watch_entry(struct fake *fake, const struct effect *effect)
{
	struct entry_watch *watch = fake->watch_data;
	uint64_t low = fake_word(fake, watch->pa), high = fake_word(fake, watch->pa + 8);
	unsigned stage = 3;
	for (unsigned i = watch->stage; i < 3 && stage == 3; i++) {
		bool present = watch->allowed[i][0] & 1;
		if (present ? low == watch->allowed[i][0] && high == watch->allowed[i][1] : !(low & 1))
			stage = i;
	}
	assert_true(stage < 3);
	if (effect->kind == EFFECT_SUBMIT && (effect->command[0] & 0xf) == 2 && stage == 1)
		watch->invalidated = true;
	if (stage == 2 && watch->stage == 1)
		assert_true(watch->invalidated);
	watch->stage = stage;
	watch->seen[stage]++;
}

static void check_replace(uint32_t stream, enum domain_type from, enum domain_type to)
{
	struct fake *fake = fake_new(NULL);
	domain_handle old = fake_domain(fake, from);
	domain_handle new = fake_domain(fake, to);
	uint64_t tables = (from == DOMAIN_DMA) + (to == DOMAIN_DMA);
	uint64_t context = FAKE_FRAME3 + tables * 0x1000;
	uint64_t old_root = from == DOMAIN_DMA ? ROOT1 | 1 : 9;
	uint64_t new_root = to == DOMAIN_DMA ? (from == DOMAIN_DMA ? ROOT1 + 0x1000 : ROOT1) | 1 : 9;
	struct entry_watch watch = {.pa = CONTEXT_OF(context, stream),
				    .allowed = {{old_root, 0x102}, {0, 0}, {new_root, 0x202}}};
	fake_attach(fake, stream, old);
	fake_forget(fake);
	fake->watch = watch_entry;
	fake->watch_data = &watch;
	fake_attach(fake, stream, new);
	assert_int_equal(watch.stage, 2);
	assert_true(watch.seen[1] >= 2);
	assert_int_equal(fake_word(fake, watch.pa), new_root);
	assert_int_equal(fake_word(fake, watch.pa + 8), 0x202);
	/* The old domain's tag is what gets invalidated. */
	fake_submitted(fake, 0, UINT64_C(0x10031) | (uint64_t)stream << 32, 0);
	fake_submitted(fake, 1, UINT64_C(0x100e2), 0);
	assert_int_equal(attached(fake, stream), new);
	fake->watch = NULL;
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, old), 0);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, new), -EBUSY);
	fake_free(fake);
}

static void test_replace_every_visible_state_is_whole(void **state)
{
	(void)state;
	check_replace(0x0100, DOMAIN_DMA, DOMAIN_DMA);
	check_replace(0x01ff, DOMAIN_DMA, DOMAIN_IDENTITY);
	check_replace(0x0018, DOMAIN_IDENTITY, DOMAIN_DMA);
}

static void test_attach_and_detach_every_visible_state_is_whole(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	struct entry_watch watch = {.pa = CONTEXT_OF(CONTEXT, 8), .allowed = {{0, 0}, {ROOT1 | 1, 0x102}, {0, 0}}};
	fake->watch = watch_entry;
	fake->watch_data = &watch;
	fake_attach(fake, 8, domain);
	assert_int_equal(watch.stage, 1);
	watch.invalidated = true;
	fake_attach(fake, 8, 0);
	assert_int_equal(watch.stage, 2);
	fake_free(fake);
}

static void test_attach_caching_mode_invalidates_what_was_not_present(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.cap = FAKE_CAP | FAKE_CAP_CM});
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	fake_forget(fake);
	/* The root entry is new: everything (6.5.3.3, changes to a root-table entry). */
	fake_attach(fake, 0x0208, domain);
	fake_submitted(fake, 0, 0x11, 0);
	fake_submitted(fake, 1, 0xd2, 0);
	fake_forget(fake);
	/* Only the context entry is new: it was cached under tag 0 (6.2.2). */
	fake_attach(fake, 0x0210, domain);
	fake_submitted(fake, 0, UINT64_C(0x0000021000000031), 0);
	fake_submitted(fake, 1, 0xe2, 0);
	fake_free(fake);
}

static void test_attach_write_buffer_is_flushed_where_required(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.cap = FAKE_CAP | FAKE_CAP_RWBF});
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	fake_forget(fake);
	fake_attach(fake, 0x0208, domain);
	fake_wrote(fake, 0, 0x18, UINT64_C(0x0c000000)); /* WBF; QIE stays */
	assert_int_equal(fake->log[fake->count - 1].kind, EFFECT_REGISTER);
	assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 0);
	fake_free(fake);
}

static void test_attach_streams_that_cannot_be_are_refused(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.max_streams = 0x200});
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	assert_int_equal(attach(fake, 0x200, domain), -ENODEV);
	assert_int_equal(attach(fake, 0x10000, domain), -ENODEV);
	assert_int_equal(attach(fake, 0x1ff, domain + 7), -EINVAL);
	assert_int_equal(attach(fake, 0x1ff, domain), 0);
	assert_int_equal(attached(fake, 0xffffffff), 0);
	fake_free(fake);
}

static void test_attach_without_memory_changes_nothing(void **state)
{
	(void)state;
	/* Root, queue, status, one table: no frame for a context table. */
	struct fake *fake = fake_new(&(struct fake_wish){.frames = 4});
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	domain_handle blocked = fake_domain(fake, DOMAIN_BLOCKED);
	fake_attach(fake, 8, blocked);
	fake_forget(fake);
	assert_int_equal(attach(fake, 8, domain), -ENOMEM);
	assert_int_equal(attached(fake, 8), blocked);
	assert_int_equal(fake->count, 0);
	assert_int_equal(fake_word(fake, FAKE_ROOT), 0);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, domain), 0);
	fake_free(fake);
}

static void test_detach_dead_unit_times_out_and_old_table_is_kept(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle old = fake_domain(fake, DOMAIN_DMA);
	domain_handle new = fake_domain(fake, DOMAIN_DMA);
	fake_attach(fake, 8, old);
	uint32_t taken = frame_allocator_taken(fake->frames);
	fake->dead = true;
	/* The structures are changed all the same. */
	assert_int_equal(attach(fake, 8, new), -ETIMEDOUT);
	assert_int_equal(attached(fake, 8), new);
	assert_int_equal(fake_word(fake, FAKE_FRAME3 + 0x2000 + 0x80), (ROOT1 + 0x1000) | 1);
	/* Hardware may still use the old table. */
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, old), -ETIMEDOUT);
	assert_int_equal(frame_allocator_taken(fake->frames), taken);
	assert_int_equal(fake->driver->ops->domain_type(fake->driver, old), DOMAIN_DMA);
	fake->dead = false;
	fake_forget(fake);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, old), 0);
	fake_submitted(fake, 0, UINT64_C(0x10021), 0); /* context-cache, domain-selective (10b), DID 1 */
	fake_submitted(fake, 1, UINT64_C(0x100e2), 0);
	assert_int_equal(frame_allocator_taken(fake->frames), taken - 1);
	fake_free(fake);
}

static void test_domain_tags_are_lowest_first_and_limited(void **state)
{
	(void)state;
	/* ND 000b: 4 bits, 16 tags, of which 0 is not used. */
	struct fake *fake = fake_new(&(struct fake_wish){.cap = FAKE_CAP & ~UINT64_C(7)});
	domain_handle domains[16];
	for (unsigned i = 1; i <= 15; i++)
		domains[i] = fake_domain(fake, DOMAIN_IDENTITY);
	assert_int_equal(fake->driver->ops->domain_alloc(fake->driver, DOMAIN_DMA, &domains[0]), -ENOSPC);
	/* A blocked domain needs none. */
	domain_handle blocked = fake_domain(fake, DOMAIN_BLOCKED);
	fake_attach(fake, 0, domains[15]);
	assert_int_equal(fake_word(fake, FAKE_FRAME3 + 8), 0xf02);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, domains[7]), 0);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, domains[4]), 0);
	fake_attach(fake, 1, fake_domain(fake, DOMAIN_IDENTITY));
	assert_int_equal(fake_word(fake, FAKE_FRAME3 + 0x18), 0x402);
	assert_int_equal(fake->driver->ops->domain_type(fake->driver, blocked), DOMAIN_BLOCKED);
	fake_free(fake);
}

static void test_domain_identity_without_pass_through_is_not_supported(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.ecap = FAKE_ECAP & ~FAKE_ECAP_PT});
	domain_handle domain;
	assert_int_equal(fake->driver->ops->domain_alloc(fake->driver, DOMAIN_IDENTITY, &domain), -EOPNOTSUPP);
	fake_free(fake);
}

static void test_attach_65536_requesters_each_has_its_entry(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.max_domains = 2});
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	for (uint32_t stream = 0; stream < 65536; stream++) {
		fake_forget(fake);
		fake_attach(fake, stream, domain);
		assert_true(fake->count <= 3);
	}
	assert_int_equal(frame_allocator_taken(fake->frames), 3 + 1 + 256);
	for (uint32_t stream = 0; stream < 65536; stream += 257) {
		uint64_t context = fake_word(fake, FAKE_ROOT + (stream >> 8) * 16) & ~UINT64_C(1);
		assert_int_equal(fake_word(fake, CONTEXT_OF(context, stream)), ROOT1 | 1);
		assert_int_equal(attached(fake, stream), domain);
	}
	fake_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attach_dma_domain_writes_golden_entries),
		cmocka_unit_test(test_attach_identity_passes_through_with_the_widest_width),
		cmocka_unit_test(test_attach_table_width_prefers_four_levels),
		cmocka_unit_test(test_attach_blocked_writes_nothing_and_is_remembered),
		cmocka_unit_test(test_attach_same_domain_again_does_nothing),
		cmocka_unit_test(test_attach_second_function_shares_the_context_table),
		cmocka_unit_test(test_detach_clears_p_then_invalidates_context_before_iotlb),
		cmocka_unit_test(test_detach_by_registers_uses_ccmd_then_iotlb),
		cmocka_unit_test(test_replace_every_visible_state_is_whole),
		cmocka_unit_test(test_attach_and_detach_every_visible_state_is_whole),
		cmocka_unit_test(test_attach_caching_mode_invalidates_what_was_not_present),
		cmocka_unit_test(test_attach_write_buffer_is_flushed_where_required),
		cmocka_unit_test(test_attach_streams_that_cannot_be_are_refused),
		cmocka_unit_test(test_attach_without_memory_changes_nothing),
		cmocka_unit_test(test_detach_dead_unit_times_out_and_old_table_is_kept),
		cmocka_unit_test(test_domain_tags_are_lowest_first_and_limited),
		cmocka_unit_test(test_domain_identity_without_pass_through_is_not_supported),
		cmocka_unit_test(test_attach_65536_requesters_each_has_its_entry),
	};
	return cmocka_run_group_tests_name("vtd-driver-attach", tests, NULL, NULL);
}
