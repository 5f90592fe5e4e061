/* SPDX-License-Identifier: MIT */
/*
 * ATS, PASID, PRI and stalls: the words that say so (IHI 0070 5.2, 5.4, 4.5.1), and the order of unit and endpoint
 * (3.9.2). What was done is a line of opcodes and endpoint switches, see fake_did(): 03 CMD_CFGI_STE, 05 CMD_CFGI_CD,
 * 12 CMD_TLBI_NH_VA, 11 CMD_TLBI_NH_ASID, 40 CMD_ATC_INV, 46 CMD_SYNC.
 */
#include "driver_fake.h"

#include <errno.h>

#define STREAM UINT32_C(0x0108)
#define PAGE   UINT64_C(0x1000)
#define ALL    (FEATURE_ATS | FEATURE_PASID | FEATURE_PRI)

static const struct fake_wish with_ats = {
	.idr0 = FAKE_ATS, .idr1 = FAKE_SSID20, .endpoint = ALL, .page_requests = true};

static uint64_t ste_word(struct fake *fake, uint32_t stream, unsigned word)
{
	uint64_t table = fake_word(fake, FAKE_STRTAB + 8 * (stream >> 8)) & UINT64_C(0xffffffffffffc0);
	return fake_word(fake, table + 64 * (stream & 0xff) + 8 * word);
}

static struct fake *fake_with_ats(domain_handle *domain)
{
	struct fake *fake = fake_new(&with_ats);
	*domain = fake_domain(fake, DOMAIN_DMA);
	fake_attach(fake, STREAM, *domain);
	fake_set_features(fake, STREAM, FEATURE_ATS);
	fake_forget(fake);
	return fake;
}

/* --- the order --- */

static void test_ats_is_on_in_the_entry_before_it_is_at_the_endpoint(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&with_ats);
	fake_attach(fake, STREAM, fake_domain(fake, DOMAIN_DMA));
	fake_forget(fake);
	fake_set_features(fake, STREAM, FEATURE_ATS);
	/* EATS (93:92) 1; SHCFG 1, S1CSH 3, S1COR 1, S1CIR 1, S1DSS 2 as without. */
	assert_int_equal(ste_word(fake, STREAM, 1), UINT64_C(0x00001000100000d6));
	fake_did(fake, "03 46 +ats");
	fake_set_features(fake, STREAM, FEATURE_ATS);
	fake_did(fake, "");
	fake_free(fake);
}

static void test_ats_is_off_at_the_endpoint_and_forgotten_before_the_entry(void **state)
{
	(void)state;
	domain_handle domain;
	struct fake *fake = fake_with_ats(&domain);
	fake_set_features(fake, STREAM, 0);
	fake_submitted(fake, 0, UINT64_C(0x0000010800000040), 0x34); /* Size 52: everything */
	assert_int_equal(ste_word(fake, STREAM, 1), UINT64_C(0x00001000000000d6));
	fake_did(fake, "-ats 40 46 03 46");
	fake_free(fake);
}

/* 3.9.2, PCIe 10.5: PASID below ATS below PRI, and PASID does not change while ATS is on. */
static void test_features_come_and_go_in_the_order_of_what_needs_what(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&with_ats);
	fake_attach(fake, STREAM, fake_domain(fake, DOMAIN_DMA));
	fake_forget(fake);
	fake_set_features(fake, STREAM, ALL);
	fake_did(fake, "03 46 +pasid 03 46 +ats +pri");
	fake_set_features(fake, STREAM, FEATURE_ATS);
	/* Without PASID, then every PASID: SSV (11), G (9). */
	fake_submitted(fake, 2, UINT64_C(0x0000010800000040), 0x34);
	fake_submitted(fake, 3, UINT64_C(0x0000010800000a40), 0x34);
	fake_did(fake, "-pri 03 46 -ats 40 40 46 -pasid 03 46 +ats");
	fake_set_features(fake, STREAM, FEATURE_ATS | FEATURE_PRI);
	/* PPAR (82). */
	assert_int_equal(ste_word(fake, STREAM, 1), UINT64_C(0x00001000100400d6));
	fake_did(fake, "03 46 +pri");
	fake_set_features(fake, STREAM, 0);
	fake_did(fake, "-pri -ats 40 46 03 46");
	fake_free(fake);
}

/* 5.2: in an entry that aborts or bypasses EATS is ignored: nobody asks there. */
static void test_ats_waits_for_an_entry_that_translates(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&with_ats);
	fake_set_features(fake, STREAM, FEATURE_ATS | FEATURE_PRI);
	fake_did(fake, "");
	fake_attach(fake, STREAM, fake_domain(fake, DOMAIN_IDENTITY));
	assert_int_equal(ste_word(fake, STREAM, 1), UINT64_C(0x0000100000000000));
	fake_did(fake, "03 46 03 46");
	fake_attach(fake, STREAM, fake_domain(fake, DOMAIN_NEST_PARENT));
	fake_did(fake, "03 46 03 46 +ats +pri");
	assert_int_equal(ste_word(fake, STREAM, 1), UINT64_C(0x0000100010040000));
	fake_attach(fake, STREAM, fake_domain(fake, DOMAIN_BLOCKED));
	assert_int_equal(ste_word(fake, STREAM, 1), 0);
	fake_did(fake, "-pri -ats 40 46 03 46 03 46");
	fake_attach(fake, STREAM, fake_domain(fake, DOMAIN_DMA));
	fake_did(fake, "05 46 05 46 03 46 03 46 +ats +pri");
	fake_attach(fake, STREAM, 0);
	fake_did(fake, "-pri -ats 40 46 03 46 03 46 05 46 05 46");
	assert_int_equal(fake->on[STREAM], 0);
	fake_free(fake);
}

/* From one first stage to another the device forgets after the unit has. */
static void test_attach_invalidates_the_device_that_keeps_ats(void **state)
{
	(void)state;
	domain_handle domain;
	struct fake *fake = fake_with_ats(&domain);
	fake_attach(fake, STREAM, fake_domain(fake, DOMAIN_DMA));
	fake_did(fake, "05 46 05 46 05 46 40 46");
	fake->driver->ops->inject(fake->driver, INJECT_DEVTLB_FIRST);
	fake_attach(fake, STREAM, domain);
	fake_did(fake, "40 46 05 46 05 46 05 46");
	fake->driver->ops->inject(fake->driver, 0);
	fake_free(fake);
}

static void test_inject_gets_the_order_of_ats_wrong(void **state)
{
	(void)state;
	static const struct {
		unsigned bugs;
		const char *on, *off;
	} rows[] = {
		{0, "03 46 +ats", "-ats 40 46 03 46"},
		{INJECT_ATS_BEFORE_UNIT, "+ats 03 46", "-ats 40 46 03 46"},
		{INJECT_ATS_AFTER_UNIT, "03 46 +ats", "03 46 -ats 40 46"},
		{INJECT_ATS_KEEPS_TLB, "03 46 +ats", "-ats 03 46"},
		{INJECT_SKIP_DEVTLB_FLUSH, "03 46 +ats", "-ats 03 46"},
		{INJECT_SKIP_SYNC, "03 +ats", "-ats 40 03"},
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake *fake = fake_new(&with_ats);
		fake_attach(fake, STREAM, fake_domain(fake, DOMAIN_DMA));
		fake_forget(fake);
		fake->driver->ops->inject(fake->driver, rows[i].bugs);
		fake_set_features(fake, STREAM, FEATURE_ATS);
		fake_did(fake, rows[i].on);
		fake_set_features(fake, STREAM, 0);
		fake_did(fake, rows[i].off);
		fake_free(fake);
	}
}

/* --- invalidations --- */

/* 4.5.1: Size (5:0) of word 1, the pages are 2^Size and aligned; CMD_ATC_INV after the CMD_SYNC of what it refills
 * from. */
static void test_sync_invalidates_devices_by_powers_of_two(void **state)
{
	(void)state;
	static const struct {
		uint64_t iova, pages, word;
	} rows[] = {
		{0x11000, 1, 0x11000},       /* Size 0 */
		{0x12000, 2, 0x12001},       /* pages 12h and 13h */
		{0x11000, 2, 0x10002},       /* 11h and 12h lie in 10h to 13h */
		{0x17000, 4, 0x10004},       /* 17h to 1ah in 10h to 1fh */
		{0x10000, 16, 0x10004},      /* 10h to 1fh */
		{0x7ffff000, 2, 0x00000014}, /* 7ffffh and 80000h: from 0, 2^20 pages */
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		domain_handle domain;
		struct fake *fake = fake_with_ats(&domain);
		struct gather gather = {0};
		fake_map(fake, domain, rows[i].iova, 0x80000000, rows[i].pages * PAGE);
		fake_map(fake, domain, 0x40000000, 0x80000000, PAGE);
		fake_unmap(fake, domain, rows[i].iova, rows[i].pages * PAGE, &gather);
		fake_forget(fake);
		fake_sync(fake, &gather);
		unsigned last = fake_effects(fake, EFFECT_SUBMIT) - 1;
		fake_submitted(fake, last - 2, 0x46, 0);
		if (rows[i].word == 0x14)
			fake_submitted(fake, last - 1, UINT64_C(0x0000010800000040), 0x14);
		else
			fake_submitted(fake, last - 1, UINT64_C(0x0000010800000040), rows[i].word);
		fake_submitted(fake, last, 0x46, 0);
		fake_free(fake);
	}
}

static void test_sync_invalidates_each_device_of_the_domain_and_no_other(void **state)
{
	(void)state;
	domain_handle domain;
	struct fake *fake = fake_with_ats(&domain);
	struct gather gather = {0};
	fake_attach(fake, 0x0203, domain); /* without ATS */
	fake_attach(fake, 0x0310, domain);
	fake_set_features(fake, 0x0310, FEATURE_ATS);
	fake_attach(fake, 0x0311, fake_domain(fake, DOMAIN_DMA));
	fake_set_features(fake, 0x0311, FEATURE_ATS);
	fake_map(fake, domain, 0x10000, 0x80000000, 8 * PAGE);
	fake_unmap(fake, domain, 0x11000, PAGE, &gather);
	fake_forget(fake);
	fake_sync(fake, &gather);
	fake_submitted(fake, 2, UINT64_C(0x0000010800000040), 0x11000);
	fake_submitted(fake, 3, UINT64_C(0x0000031000000040), 0x11000);
	fake_did(fake, "12 46 40 40 46");
	assert_int_equal(fake->driver->ops->flush_domain(fake->driver, domain), 0);
	fake_submitted(fake, 2, UINT64_C(0x0000010800000040), 0x34);
	fake_did(fake, "11 46 40 40 46");
	fake_attach(fake, STREAM, 0);
	fake_forget(fake);
	assert_int_equal(fake->driver->ops->flush_domain(fake->driver, domain), 0);
	fake_did(fake, "11 46 40 46");
	fake_free(fake);
}

static void test_sync_with_a_bug_leaves_out_or_comes_first(void **state)
{
	(void)state;
	static const struct {
		unsigned bugs;
		const char *did;
	} rows[] = {
		{INJECT_SKIP_DEVTLB_FLUSH, "12 46"},
		{INJECT_DEVTLB_FIRST, "40 46 12 46"},
		{INJECT_SKIP_IOTLB_FLUSH, "40 46"},
		{INJECT_SKIP_SYNC, "12 40"},
		{INJECT_SKIP_DEVTLB_FLUSH | INJECT_SKIP_IOTLB_FLUSH, ""},
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		domain_handle domain;
		struct fake *fake = fake_with_ats(&domain);
		struct gather gather = {0};
		fake_map(fake, domain, 0x10000, 0x80000000, 8 * PAGE);
		fake_unmap(fake, domain, 0x11000, PAGE, &gather);
		fake_forget(fake);
		fake->driver->ops->inject(fake->driver, rows[i].bugs);
		fake_sync(fake, &gather);
		fake_did(fake, rows[i].did);
		fake->driver->ops->inject(fake->driver, 0);
		fake_free(fake);
	}
}

/* 3.9.1: what a device cached comes of both stages, at addresses of the first, with whatever PASID. */
static void test_sync_of_a_nest_parent_invalidates_all_of_its_guests_devices(void **state)
{
	(void)state;
	const struct domain_guest guest = {.ste = {UINT64_C(0x500000123450001b), 0xd6}};
	struct fake *fake = fake_new(&with_ats);
	struct gather gather = {0};
	domain_handle parent = fake_domain(fake, DOMAIN_NEST_PARENT), nested = 0;
	assert_int_equal(fake->driver->ops->domain_nest(fake->driver, parent, &guest, &nested), 0);
	fake_attach(fake, STREAM, nested);
	fake_set_features(fake, STREAM, FEATURE_ATS | FEATURE_PASID);
	fake_attach(fake, 0x0310, parent);
	fake_set_features(fake, 0x0310, FEATURE_ATS);
	fake_map(fake, parent, 0x10000, 0x80000000, 8 * PAGE);
	fake_unmap(fake, parent, 0x11000, PAGE, &gather);
	fake_forget(fake);
	fake_sync(fake, &gather);
	fake_submitted(fake, 4, UINT64_C(0x0000010800000040), 0x34);
	fake_submitted(fake, 5, UINT64_C(0x0000010800000a40), 0x34);
	fake_submitted(fake, 6, UINT64_C(0x0000031000000040), 0x11000);
	fake_did(fake, "2a 46 10 46 40 40 40 46");
	assert_int_equal(fake->driver->ops->flush_domain(fake->driver, nested), 0);
	fake_did(fake, "06 46 10 46 40 40 46");
	fake_attach(fake, STREAM, fake_domain(fake, DOMAIN_DMA)); /* no PASID of the guest's may stay */
	fake_did(fake, "05 46 05 46 03 46 03 46 03 46 40 40 46");
	fake_free(fake);
}

/* --- time-outs --- */

/* 7.1: the CMD_SYNC stays at the head, the error is acknowledged, and it is tried again. */
static void test_device_that_does_not_answer_is_etimedout_and_the_queue_goes_on(void **state)
{
	(void)state;
	domain_handle domain;
	struct fake *fake = fake_with_ats(&domain);
	struct gather gather = {0};
	fake_map(fake, domain, 0x10000, 0x80000000, 8 * PAGE);
	fake_unmap(fake, domain, 0x11000, PAGE, &gather);
	fake->late = 1;
	fake_forget(fake);
	assert_int_equal(fake->driver->ops->sync(fake->driver, &gather), -ETIMEDOUT);
	fake_did(fake, "12 46 40 46");
	assert_int_equal(fake_register(fake, 0x60, 4), fake_register(fake, 0x64, 4));
	assert_int_equal(fake_register(fake, 0x98, 4), fake_register(fake, 0x9c, 4));
	assert_int_equal(gather.count, 1);
	fake_sync(fake, &gather);
	fake_did(fake, "12 46 40 46");
	assert_int_equal(gather.count, 0);
	fake_free(fake);
}

static void flush_within(struct fake *fake, const struct effect *effect)
{
	if (effect->kind != EFFECT_SUBMIT || (effect->command[0] & 0xff) != 0x40)
		return;
	fake->watch = NULL;
	assert_int_equal(fake->driver->ops->flush_domain(fake->driver, *(domain_handle *)fake->watch_data), -ETIMEDOUT);
}

/* Somebody else's wait meets the error of this one's CMD_SYNC: neither may believe that its own was done. */
static void test_time_out_that_somebody_else_met_counts_too(void **state)
{
	(void)state;
	domain_handle domain, other;
	struct fake *fake = fake_with_ats(&domain);
	other = fake_domain(fake, DOMAIN_DMA);
	fake->late = 1;
	fake->watch_data = &other;
	fake->watch = flush_within;
	assert_int_equal(fake->driver->ops->flush_domain(fake->driver, domain), -ETIMEDOUT);
	assert_null(fake->watch);
	assert_int_equal(fake->driver->ops->flush_domain(fake->driver, domain), 0);
	fake_free(fake);
}

/* The device may still know the domain that it left: its pages are not free before it has forgotten. */
static void test_domain_that_a_late_device_left_is_freed_when_it_has_forgotten(void **state)
{
	(void)state;
	domain_handle domain;
	struct fake *fake = fake_with_ats(&domain);
	fake->late = 2;
	assert_int_equal(fake->driver->ops->attach(fake->driver, STREAM, fake_domain(fake, DOMAIN_DMA)), -ETIMEDOUT);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, domain), -ETIMEDOUT);
	fake_forget(fake);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, domain), 0);
	fake_did(fake, "04 46 40 46 11 46");
	fake_free(fake);
}

static void unmap_within(struct fake *fake, const struct effect *effect)
{
	struct gather gather = {0};
	domain_handle domain = *(domain_handle *)fake->watch_data;
	if (effect->kind != EFFECT_SUBMIT)
		return;
	fake->watch = NULL;
	fake_unmap(fake, domain, 0x11000, PAGE, &gather);
	fake_sync(fake, &gather);
}

/* While a requester is on its way out of a domain, its device may still know what is unmapped there. */
static void test_unmap_during_an_attach_invalidates_the_device_of_the_domain_that_it_leaves(void **state)
{
	(void)state;
	domain_handle domain;
	struct fake *fake = fake_with_ats(&domain);
	fake_map(fake, domain, 0x10000, 0x80000000, 8 * PAGE);
	fake->watch_data = &domain;
	fake->watch = unmap_within;
	fake_forget(fake);
	fake_attach(fake, STREAM, fake_domain(fake, DOMAIN_DMA));
	fake_did(fake, "05 12 46 40 46 46 05 46 05 46 40 46");
	fake_free(fake);
}

/* --- stalls --- */

/* 5.2: S1STALLD is bit 27 of word 1; 5.4: S is bit 44 of word 0; 5.5: the entry allows it before a descriptor has it.
 */
static void test_stalls_are_allowed_in_the_entry_before_the_descriptor(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.idr0 = FAKE_IDR0 & ~FAKE_IDR0_NO_STALL, .may_stall = true});
	fake_attach(fake, STREAM, fake_domain(fake, DOMAIN_DMA));
	uint64_t cd = ste_word(fake, STREAM, 0) & UINT64_C(0xffffffffffffc0);
	assert_int_equal(ste_word(fake, STREAM, 1), UINT64_C(0x00001000080000d6));
	assert_int_equal(fake_word(fake, cd), UINT64_C(0x0001e205c0003510));
	fake_forget(fake);
	fake_set_features(fake, STREAM, FEATURE_STALL);
	assert_int_equal(ste_word(fake, STREAM, 1), UINT64_C(0x00001000000000d6));
	assert_int_equal(fake_word(fake, cd), UINT64_C(0x0001f205c0003510));
	fake_did(fake, "03 46 05 46");
	fake_set_features(fake, STREAM, 0);
	fake_did(fake, "05 46 03 46");
	fake_set_features(fake, STREAM, FEATURE_STALL);
	fake_attach(fake, STREAM, fake_domain(fake, DOMAIN_NEST_PARENT));
	/* S2S is bit 57 of word 2. */
	assert_int_equal(ste_word(fake, STREAM, 2) & UINT64_C(0x0600000000000000), UINT64_C(0x0600000000000000));
	fake_free(fake);
}

/* A guest cannot make a PCIe stream stall (3.12.2.3). */
static void test_guest_does_not_stall_unless_the_requester_may(void **state)
{
	(void)state;
	const struct domain_guest guest = {.ste = {UINT64_C(0x12345000b), 0xd6}};
	struct fake *fake = fake_new(&(struct fake_wish){.idr0 = FAKE_IDR0 & ~FAKE_IDR0_NO_STALL, .may_stall = true});
	domain_handle parent = fake_domain(fake, DOMAIN_NEST_PARENT), nested = 0;
	assert_int_equal(fake->driver->ops->domain_nest(fake->driver, parent, &guest, &nested), 0);
	fake_attach(fake, STREAM, nested);
	assert_int_equal(ste_word(fake, STREAM, 1), UINT64_C(0x00001000080000d6));
	fake_set_features(fake, STREAM, FEATURE_STALL);
	assert_int_equal(ste_word(fake, STREAM, 1), UINT64_C(0x00001000000000d6));
	fake_free(fake);
}

/* STALL_MODEL (25:24) 2: a descriptor or a second stage that does not stall is illegal (5.5). */
static void test_unit_that_can_only_stall_gets_words_that_stall(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.idr0 = (FAKE_IDR0 & ~FAKE_IDR0_NO_STALL) | 0x2000000});
	fake_attach(fake, STREAM, fake_domain(fake, DOMAIN_DMA));
	assert_int_equal(fake_word(fake, ste_word(fake, STREAM, 0) & UINT64_C(0xffffffffffffc0)),
			 UINT64_C(0x0001f205c0003510));
	fake_attach(fake, STREAM, fake_domain(fake, DOMAIN_NEST_PARENT));
	assert_int_equal(ste_word(fake, STREAM, 2) >> 57 & 1, 1);
	fake_free(fake);
}

/* --- errors --- */

static void test_features_that_somebody_lacks_are_enodev_and_change_nothing(void **state)
{
	(void)state;
	static const struct {
		struct fake_wish wish;
		unsigned features;
		int error;
	} rows[] = {
		{{.idr0 = FAKE_IDR0, .endpoint = ALL}, FEATURE_ATS, -ENODEV},
		{{.idr0 = FAKE_ATS}, FEATURE_ATS, -ENODEV},
		{{.idr0 = FAKE_ATS, .endpoint = FEATURE_PASID}, FEATURE_ATS, -ENODEV},
		{{.idr0 = FAKE_ATS, .endpoint = ALL}, FEATURE_PASID, -ENODEV}, /* SSIDSIZE 0 */
		{{.idr0 = FAKE_ATS & ~FAKE_IDR0_S1P, .idr1 = FAKE_SSID20, .endpoint = ALL}, FEATURE_PASID, -ENODEV},
		{{.idr0 = FAKE_ATS, .idr1 = FAKE_SSID20, .endpoint = ALL}, FEATURE_ATS | FEATURE_PRI, -ENODEV},
		{{.idr0 = FAKE_ATS, .idr1 = FAKE_SSID20, .endpoint = FEATURE_ATS, .page_requests = true},
		 FEATURE_ATS | FEATURE_PRI,
		 -ENODEV},
		{{.idr0 = FAKE_ATS, .idr1 = FAKE_SSID20, .endpoint = ALL, .page_requests = true}, FEATURE_PRI, -EINVAL},
		{{.idr0 = FAKE_ATS, .endpoint = ALL, .may_stall = true}, FEATURE_STALL, -ENODEV}, /* STALL_MODEL 1 */
		{{.idr0 = FAKE_ATS & ~FAKE_IDR0_NO_STALL, .endpoint = ALL}, FEATURE_STALL, -ENODEV},
		{{.idr0 = FAKE_ATS & ~FAKE_IDR0_NO_STALL, .endpoint = ALL, .may_stall = true},
		 FEATURE_STALL | FEATURE_ATS,
		 -ENODEV},
		{{.idr0 = FAKE_ATS, .endpoint = ALL}, 1 << 4, -ENODEV},
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake *fake = fake_new(&rows[i].wish);
		fake_attach(fake, STREAM, fake_domain(fake, DOMAIN_IDENTITY));
		fake_forget(fake);
		assert_int_equal(fake->driver->ops->set_features(fake->driver, STREAM, rows[i].features),
				 rows[i].error);
		assert_int_equal(fake->driver->ops->features(fake->driver, STREAM), 0);
		fake_did(fake, "");
		fake_free(fake);
	}
}

static void test_features_of_a_stream_that_is_none(void **state)
{
	(void)state;
	struct fake_wish wish = with_ats;
	wish.max_streams = 1000;
	struct fake *fake = fake_new(&wish);
	assert_int_equal(fake->driver->ops->set_features(fake->driver, 1000, FEATURE_ATS), -ENODEV);
	assert_int_equal(fake->driver->ops->set_features(fake->driver, UINT32_MAX, FEATURE_ATS), -ENODEV);
	assert_int_equal(fake->driver->ops->features(fake->driver, UINT32_MAX), 0);
	assert_int_equal(fake->driver->ops->features(fake->driver, 5), 0);
	fake_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ats_is_on_in_the_entry_before_it_is_at_the_endpoint),
		cmocka_unit_test(test_ats_is_off_at_the_endpoint_and_forgotten_before_the_entry),
		cmocka_unit_test(test_features_come_and_go_in_the_order_of_what_needs_what),
		cmocka_unit_test(test_ats_waits_for_an_entry_that_translates),
		cmocka_unit_test(test_attach_invalidates_the_device_that_keeps_ats),
		cmocka_unit_test(test_inject_gets_the_order_of_ats_wrong),
		cmocka_unit_test(test_sync_invalidates_devices_by_powers_of_two),
		cmocka_unit_test(test_sync_invalidates_each_device_of_the_domain_and_no_other),
		cmocka_unit_test(test_sync_with_a_bug_leaves_out_or_comes_first),
		cmocka_unit_test(test_sync_of_a_nest_parent_invalidates_all_of_its_guests_devices),
		cmocka_unit_test(test_device_that_does_not_answer_is_etimedout_and_the_queue_goes_on),
		cmocka_unit_test(test_time_out_that_somebody_else_met_counts_too),
		cmocka_unit_test(test_domain_that_a_late_device_left_is_freed_when_it_has_forgotten),
		cmocka_unit_test(test_unmap_during_an_attach_invalidates_the_device_of_the_domain_that_it_leaves),
		cmocka_unit_test(test_stalls_are_allowed_in_the_entry_before_the_descriptor),
		cmocka_unit_test(test_guest_does_not_stall_unless_the_requester_may),
		cmocka_unit_test(test_unit_that_can_only_stall_gets_words_that_stall),
		cmocka_unit_test(test_features_that_somebody_lacks_are_enodev_and_change_nothing),
		cmocka_unit_test(test_features_of_a_stream_that_is_none),
	};
	return cmocka_run_group_tests_name("smmuv3-driver-features", tests, NULL, NULL);
}
