/* SPDX-License-Identifier: MIT */
/*
 * ATS, PASIDs and page requests of an endpoint, with the engine behind the driver. Words by hand from specification
 * 5.10: 9.3, 9.4 (entries), 6.5.2.1 to 6.5.2.6 (descriptors), 6.5.3.3 table 28, 4.5 (order).
 */
#include "driver_pair.h"

#define ATS   FEATURE_ATS
#define PASID FEATURE_PASID
#define PRI   FEATURE_PRI

/* Descriptor types. */
enum { CONTEXT = 1, IOTLB = 2, DEVTLB = 3, WAIT = 5, PIOTLB = 6, PASID_CACHE = 7, PDEVTLB = 8 };

/* Every page of the address space: S, and all of the address but bit 63 (6.5.3.3). */
#define DEVTLB_ALL  UINT64_C(0x7ffffffffffff001)
#define PDEVTLB_ALL UINT64_C(0x7ffffffffffff800)

static const struct pair_wish legacy = {.ecap = PAIR_LEGACY | PAIR_ECAP_DT};
static const struct pair_wish scalable = {.requests = true};

/* The entry of STREAM's function, in the table that is made after the domain's. */
#define LEGACY_ENTRY (PAIR_FOURTH + PAGE + 0x88 * 16)

static int set(struct pair *pair, unsigned features)
{
	return vtd_driver_ops.set_features(pair->driver, STREAM, features);
}

static unsigned completion(struct pair *pair, uint32_t pasid, uint64_t iova)
{
	return pair_ask(pair, STREAM, pasid, iova, AT_TRANSLATION_REQUEST).completion;
}

/* 9.3: TT 01b; table 28, "changes to a context-table entry": DID 1, SID 188h. */
static void test_features_ats_of_legacy_mode_is_unit_then_endpoint(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&legacy);
	domain_handle domain = pair_domain(pair, DOMAIN_DMA);
	pair_attach(pair, STREAM, domain);
	pair_map(pair, domain, 0x5000, BASE, PAGE);
	assert_true(pair_word(pair, LEGACY_ENTRY) == (PAIR_FOURTH | 1));
	assert_int_not_equal(completion(pair, PASID_NONE, 0x5000), ATS_SUCCESS);
	pair_forget(pair);
	pair_features(pair, STREAM, ATS);
	assert_true(pair_word(pair, LEGACY_ENTRY) == (PAIR_FOURTH | 5));
	assert_true(pair_word(pair, LEGACY_ENTRY + 8) == 0x102); /* DID 1, AW 2: as before */
	pair_expect_command(pair, 0, UINT64_C(0x18800010031), 0);
	pair_expect_command(pair, 1, 0x100e2, 0); /* DR, DW, domain-selective */
	pair_expect_wait(pair, 2);
	pair_expect_commands(pair, 3);
	int probed = pair_find(pair, PAIR_ENDPOINT, ATS, 0), on = pair_find(pair, PAIR_ENDPOINT, ATS, 1);
	assert_int_equal(pair->log[probed].b, false);
	assert_int_equal(pair->log[on].b, true);
	assert_int_equal(on, (int)pair->count - 1);
	assert_int_equal(completion(pair, PASID_NONE, 0x5000), ATS_SUCCESS);
	pair_free(pair);
}

/* 4.5.2: endpoint off, global device-TLB invalidation and wait, entry; then its invalidations. */
static void test_features_ats_off_is_endpoint_device_tlb_unit(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&legacy);
	domain_handle domain = pair_domain(pair, DOMAIN_DMA);
	pair_attach(pair, STREAM, domain);
	pair_features(pair, STREAM, ATS);
	pair_forget(pair);
	pair_features(pair, STREAM, 0);
	assert_int_equal(pair_find(pair, PAIR_ENDPOINT, ATS, 0), 0);
	assert_int_equal(pair->log[0].b, false);
	pair_expect_command(pair, 0, UINT64_C(0x18800000003), DEVTLB_ALL);
	pair_expect_wait(pair, 1);
	int entry = pair_find(pair, PAIR_WORD, LEGACY_ENTRY, 0);
	assert_true(pair_find(pair, PAIR_SUBMIT, WAIT, 0) < entry && entry < pair_find(pair, PAIR_SUBMIT, CONTEXT, 0));
	assert_true(pair->log[entry].b == (PAIR_FOURTH | 1));
	pair_expect_commands(pair, 5);
	pair_free(pair);
}

/* 9.4: DTE, PASIDE, PRE are bits 2 to 4; all in one word, and in one store. */
static void test_features_of_scalable_mode_are_in_the_context_entry(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&scalable);
	domain_handle domain = pair_domain(pair, DOMAIN_DMA);
	uint64_t table = PAIR_FOURTH + PAGE, context = table + PAGE + 8 * 32, directory = PAIR_FOURTH + 3 * PAGE;
	pair_attach(pair, STREAM, domain);
	assert_true(pair_word(pair, context) == (directory | 1));
	pair_forget(pair);
	pair_features(pair, STREAM, ATS | PASID | PRI);
	assert_true(pair_word(pair, context) == (directory | 0x1d));
	pair_expect_command(pair, 0, UINT64_C(0x18800000031), 0); /* device-selective */
	pair_expect_command(pair, 1, 0x10007, 0);                 /* domain-selective, DID 1 */
	pair_expect_command(pair, 2, 0x100e2, 0);
	pair_expect_wait(pair, 3);
	pair_expect_commands(pair, 4);
	unsigned n = pair->count - 3; /* PASID before ATS, PRI last */
	assert_true(pair->log[n].a == PASID && pair->log[n + 1].a == ATS && pair->log[n + 2].a == PRI);
	assert_true(pair->log[n].b && pair->log[n + 1].b && pair->log[n + 2].b);
	pair_forget(pair);
	pair_features(pair, STREAM, 0);
	assert_true(pair->log[0].a == PRI && pair->log[1].a == ATS);
	assert_true(pair_find(pair, PAIR_ENDPOINT, PASID, 0) > pair_find(pair, PAIR_SUBMIT, PDEVTLB, 0));
	pair_expect_command(pair, 0, UINT64_C(0x18800000003), DEVTLB_ALL);
	pair_expect_command(pair, 1, 0x1880008, PDEVTLB_ALL | 1); /* GI */
	pair_expect_wait(pair, 2);
	assert_true(pair_word(pair, context) == (directory | 1));
	pair_free(pair);
}

static void test_features_before_any_domain_wait_for_one(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&scalable);
	pair_features(pair, STREAM, ATS | PASID | PRI);
	uint64_t context = PAIR_FOURTH + PAGE + 8 * 32;
	assert_int_equal(pair_word(pair, context) & 0xfff, 9); /* PASIDE: a PASID may come first */
	assert_int_equal(pair_find(pair, PAIR_ENDPOINT, ATS, 1), -1);
	assert_int_equal(pair->log[pair->count - 1].a, PASID);
	domain_handle domain = pair_domain(pair, DOMAIN_SVA);
	pair_map(pair, domain, 0x5000, BASE, PAGE);
	pair_forget(pair);
	pair_attach_pasid(pair, STREAM, 5, domain);
	assert_int_equal(pair_word(pair, context) & 0xfff, 0x1d);
	assert_int_equal(pair_find(pair, PAIR_ENDPOINT, ATS, 0), (int)pair->count - 2);
	assert_int_equal(completion(pair, 5, 0x5000), ATS_SUCCESS);
	pair_forget(pair);
	pair_attach_pasid(pair, STREAM, 5, 0);
	assert_int_equal(pair_word(pair, context) & 0xfff, 9);
	assert_int_equal(pair->log[0].a, PRI);
	assert_int_equal(pair->log[1].a, ATS);
	pair_expect_command(pair, 0, UINT64_C(0x500010017), 0);           /* PASID cache: PASID 5, DID 1 */
	pair_expect_command(pair, 1, UINT64_C(0x500010026), 0);           /* P_IOTLB */
	pair_expect_command(pair, 2, UINT64_C(0x501880008), PDEVTLB_ALL); /* device TLB: SID, PASID */
	pair_expect_wait(pair, 3);
	assert_int_equal(vtd_driver_ops.features(pair->driver, STREAM), ATS | PASID | PRI);
	pair_free(pair);
}

/* 9.3: a pass-through entry has no ATS, and a blocked requester no entry. */
static void test_features_ats_of_legacy_mode_is_off_without_table(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&legacy);
	domain_handle dma = pair_domain(pair, DOMAIN_DMA);
	const enum domain_type types[] = {DOMAIN_IDENTITY, DOMAIN_BLOCKED};
	pair_features(pair, STREAM, ATS);
	for (unsigned i = 0; i < 2; i++) {
		domain_handle without = pair_domain(pair, types[i]);
		pair_forget(pair);
		pair_attach(pair, STREAM, dma);
		assert_true(pair_word(pair, LEGACY_ENTRY) == (PAIR_FOURTH | 5));
		assert_int_equal(pair->log[pair->count - 1].kind, PAIR_ENDPOINT);
		assert_int_equal(pair->log[pair->count - 1].b, true);
		pair_forget(pair);
		pair_attach(pair, STREAM, without);
		assert_int_equal(pair->log[0].kind, PAIR_ENDPOINT);
		assert_int_equal(pair->log[0].b, false);
		assert_true(pair_word(pair, LEGACY_ENTRY) == (types[i] == DOMAIN_IDENTITY ? 9 : 0));
		pair_expect_command(pair, 2, UINT64_C(0x18800000003), DEVTLB_ALL);
		assert_int_equal(pair_find(pair, PAIR_ENDPOINT, ATS, 1), -1);
	}
	assert_int_equal(vtd_driver_ops.features(pair->driver, STREAM), ATS);
	pair_free(pair);
}

/* Scalable mode has pass-through with ATS (9.6). */
static void test_features_ats_of_scalable_mode_stays_on_with_identity(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&scalable);
	pair_features(pair, STREAM, ATS);
	pair_attach(pair, STREAM, pair_domain(pair, DOMAIN_DMA));
	pair_forget(pair);
	pair_attach(pair, STREAM, pair_domain(pair, DOMAIN_IDENTITY));
	assert_int_equal(pair_find(pair, PAIR_ENDPOINT, ATS, 0), -1);
	assert_int_equal(completion(pair, PASID_NONE, BASE), ATS_SUCCESS);
	pair_free(pair);
}

static void test_features_wrong_orders_are_what_their_bugs_say(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&legacy);
	pair_attach(pair, STREAM, pair_domain(pair, DOMAIN_DMA));
	pair_forget(pair);
	vtd_driver_ops.inject(pair->driver, INJECT_ATS_BEFORE_UNIT);
	pair_features(pair, STREAM, ATS);
	assert_true(pair_find(pair, PAIR_ENDPOINT, ATS, 1) < pair_find(pair, PAIR_WORD, LEGACY_ENTRY, 0));
	assert_int_equal(pair_find(pair, PAIR_ENDPOINT, ATS, 2), -1);
	pair_forget(pair);
	vtd_driver_ops.inject(pair->driver, INJECT_ATS_AFTER_UNIT);
	pair_features(pair, STREAM, 0);
	assert_int_equal(pair_find(pair, PAIR_ENDPOINT, ATS, 0), (int)pair->count - 1);
	vtd_driver_ops.inject(pair->driver, 0);
	pair_features(pair, STREAM, ATS);
	pair_forget(pair);
	vtd_driver_ops.inject(pair->driver, INJECT_ATS_KEEPS_TLB);
	pair_features(pair, STREAM, 0);
	assert_int_equal(pair_find(pair, PAIR_SUBMIT, DEVTLB, 0), -1);
	pair_features(pair, STREAM, ATS);
	pair_forget(pair);
	pair_attach(pair, STREAM, 0);
	assert_int_equal(pair_find(pair, PAIR_SUBMIT, DEVTLB, 0), -1);
	pair_free(pair);
}

static void test_features_that_are_not_there_change_nothing(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&scalable);
	uint64_t hash = arena_hash(pair->arena);
	assert_int_equal(set(pair, PRI), -EINVAL);
	assert_int_equal(set(pair, FEATURE_STALL), -ENODEV);
	assert_int_equal(vtd_driver_ops.set_features(pair->driver, 0x10000, ATS), -ENODEV);
	pair->has = PASID | PRI;
	assert_int_equal(set(pair, ATS | PASID), -ENODEV);
	assert_int_equal(pair_find(pair, PAIR_WORD, PAIR_FRAMES + 0x18, 0), -1);
	pair->has = ATS | PASID;
	assert_int_equal(set(pair, ATS | PASID | PRI), -ENODEV);
	assert_int_equal(vtd_driver_ops.features(pair->driver, STREAM), 0);
	assert_true(arena_hash(pair->arena) == hash);
	pair_features(pair, STREAM, PASID);
	pair_attach_pasid(pair, STREAM, 9, pair_domain(pair, DOMAIN_USER));
	assert_int_equal(set(pair, 0), -EBUSY);
	pair_attach_pasid(pair, STREAM, 9, 0);
	pair_features(pair, STREAM, 0);
	pair_free(pair);
	const struct pair_wish wishes[] = {
		{.ecap = PAIR_LEGACY | PAIR_ECAP_DT | PAIR_ECAP_PASID},
		{.ecap = PAIR_ALL & ~PAIR_ECAP_DT},
		{.ecap = PAIR_ALL & ~PAIR_ECAP_PASID},
		{.ecap = PAIR_ALL},
	};
	const unsigned lacks[] = {PASID, ATS, PASID, ATS | PRI};
	for (unsigned i = 0; i < 4; i++) {
		pair = pair_new(&wishes[i]);
		assert_int_equal(set(pair, lacks[i]), -ENODEV);
		pair_free(pair);
	}
}

/* PCIe 10.5.1: PASIDs do not change while ATS is on. */
static void test_features_pasid_comes_while_ats_is_off(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&scalable);
	pair_attach(pair, STREAM, pair_domain(pair, DOMAIN_DMA));
	pair_features(pair, STREAM, ATS);
	pair_forget(pair);
	pair_features(pair, STREAM, ATS | PASID);
	int off = pair_find(pair, PAIR_ENDPOINT, ATS, 0), on = pair_find(pair, PAIR_ENDPOINT, ATS, 1);
	int pasid = pair_find(pair, PAIR_ENDPOINT, PASID, 1);
	assert_int_equal(pair->log[off].b, false);
	assert_int_equal(pair->log[on].b, true);
	assert_true(off < pasid && pasid < on);
	pair_free(pair);
}

static void test_features_said_again_after_a_reset_are_on_again(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&scalable);
	pair_attach(pair, STREAM, pair_domain(pair, DOMAIN_DMA));
	pair_features(pair, STREAM, ATS | PRI);
	pair_forget(pair);
	pair_features(pair, STREAM, ATS | PRI);
	assert_int_equal(pair->count, 2);
	assert_true(pair->log[0].a == ATS && pair->log[0].b && pair->log[1].a == PRI && pair->log[1].b);
	pair_free(pair);
}

/* --- device TLBs --- */

/*
 * 6.5.2.5: one page has S 0; of 2^n pages, the lowest n - 1 bits of the page number are 1 and the next is 0. The IOTLB
 * comes first.
 */
static void test_features_sync_invalidates_device_tlbs_exactly(void **state)
{
	(void)state;
	static const struct {
		uint64_t iova, bytes, iotlb, devtlb;
	} cases[] = {
		{0x7000, 0x1000, 0x7040, 0x7000},
		{0x8000, 0x2000, 0x8041, 0x8001},
		{0x8000, 0x8000, 0x8043, 0xb001},
		{0x400000, 0x200000, 0x400049, 0x4ff001},
	};
	struct pair *pair = pair_new(&legacy);
	domain_handle domain = pair_domain(pair, DOMAIN_DMA);
	pair_features(pair, STREAM, ATS);
	pair_attach(pair, STREAM, domain);
	pair_attach(pair, OTHER, domain);             /* without ATS */
	pair_map(pair, domain, 0x1000, BASE, 0x1000); /* so that no table goes */
	pair_map(pair, domain, 0x600000, BASE, 0x1000);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pair_map(pair, domain, cases[i].iova, BASE, cases[i].bytes);
		assert_int_equal(pair_take(pair, domain, cases[i].iova, cases[i].bytes, 0), 0);
		pair_expect_command(pair, 0, 0x100f2, cases[i].iotlb);
		pair_expect_command(pair, 1, UINT64_C(0x18800000003), cases[i].devtlb);
		pair_expect_wait(pair, 2);
		pair_expect_commands(pair, 3);
		assert_int_equal(pair->invalidations[0].first, cases[i].iova);
		assert_int_equal(pair->invalidations[0].last, cases[i].iova + cases[i].bytes - 1);
	}
	pair_forget(pair);
	assert_int_equal(vtd_driver_ops.flush_domain(pair->driver, domain), 0);
	pair_expect_command(pair, 0, 0x100e2, 0);
	pair_expect_command(pair, 1, UINT64_C(0x18800000003), DEVTLB_ALL);
	pair_free(pair);
}

static void test_features_sync_with_bugs_skips_or_swaps(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&legacy);
	domain_handle domain = pair_domain(pair, DOMAIN_DMA);
	pair_features(pair, STREAM, ATS);
	pair_attach(pair, STREAM, domain);
	pair_map(pair, domain, 0x1000, BASE, 0x10000);
	assert_int_equal(pair_take(pair, domain, 0x2000, PAGE, INJECT_SKIP_DEVTLB_FLUSH), 0);
	assert_int_equal(pair_find(pair, PAIR_SUBMIT, DEVTLB, 0), -1);
	assert_true(pair_find(pair, PAIR_SUBMIT, IOTLB, 0) >= 0);
	assert_int_equal(pair_take(pair, domain, 0x3000, PAGE, INJECT_SKIP_IOTLB_FLUSH), 0);
	assert_int_equal(pair_find(pair, PAIR_SUBMIT, IOTLB, 0), -1);
	assert_true(pair_find(pair, PAIR_SUBMIT, DEVTLB, 0) >= 0);
	assert_int_equal(pair_take(pair, domain, 0x4000, PAGE, INJECT_DEVTLB_FIRST), 0);
	assert_true(pair_find(pair, PAIR_SUBMIT, DEVTLB, 0) < pair_find(pair, PAIR_SUBMIT, IOTLB, 0));
	pair_free(pair);
}

/* More requesters than one batch has room for: each is told, once. */
static void test_features_sync_of_many_requesters_tells_each(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&scalable);
	domain_handle domain = pair_domain(pair, DOMAIN_DMA);
	uint32_t seen[64] = {0};
	for (uint32_t i = 0; i < 50; i++) {
		pair_features(pair, i, ATS);
		pair_attach(pair, i, domain);
	}
	pair_map(pair, domain, 0x1000, BASE, 0x10000);
	assert_int_equal(pair_take(pair, domain, 0x2000, PAGE, 0), 0);
	assert_int_equal(pair->invalidation_count, 50);
	for (uint32_t i = 0; i < 50; i++)
		seen[pair->invalidations[i].stream]++;
	for (uint32_t i = 0; i < 50; i++)
		assert_int_equal(seen[i], 1);
	assert_int_equal(pair_find(pair, PAIR_SUBMIT, PIOTLB, 1), -1);
	pair_free(pair);
}

/* A nest parent changes: device TLBs of who is in a domain that is nested in it hold its translations. */
static void test_features_sync_of_a_parent_tells_its_guests_devices(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&scalable);
	domain_handle parent = pair_domain(pair, DOMAIN_NEST_PARENT), nested = 0;
	struct domain_guest guest = {.root = 0x10000, .address_width = 48};
	pair_map(pair, parent, 0x10000, BASE, 0x10000);
	assert_int_equal(vtd_driver_ops.domain_nest(pair->driver, parent, &guest, &nested), 0);
	pair_features(pair, STREAM, ATS | PASID);
	pair_attach_pasid(pair, STREAM, 3, nested);
	assert_int_equal(pair_take(pair, parent, 0x18000, PAGE, 0), 0);
	assert_int_equal(pair->invalidation_count, 1);
	assert_int_equal(pair->invalidations[0].pasid, 3);
	assert_true(pair->invalidations[0].first == 0 && pair->invalidations[0].last == UINT64_MAX);
	assert_true(pair_find(pair, PAIR_SUBMIT, IOTLB, 1) < pair_find(pair, PAIR_SUBMIT, PDEVTLB, 0));
	pair_free(pair);
}

/* --- time-outs, 6.5.2.11 --- */

static void test_features_device_that_does_not_answer_is_a_time_out(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&scalable);
	domain_handle domain = pair_domain(pair, DOMAIN_DMA);
	struct gather gather = {0};
	pair_features(pair, STREAM, ATS);
	pair_attach(pair, STREAM, domain);
	pair_map(pair, domain, 0x1000, BASE, 0x4000);
	pair_unmap(pair, domain, 0x2000, PAGE, &gather);
	pair->mute = true;
	/* More often than there are status words: what was given up does not stay. */
	for (unsigned i = 0; i < 600; i++) {
		pair_forget(pair);
		assert_int_equal(vtd_driver_ops.sync(pair->driver, &gather), -ETIMEDOUT);
		assert_int_equal(gather.count, 1);
		assert_int_equal(pair_register(pair, 0x34, 4) & 0x70, 0); /* no error is left in FSTS */
	}
	pair->mute = false;
	assert_int_equal(vtd_driver_ops.sync(pair->driver, &gather), 0);
	assert_int_equal(gather.count, 0);
	pair_free(pair);
}

/* Hardware takes no more than 32 descriptors: a wait that it had not taken completes, and says nothing. */
static void test_features_time_out_of_a_full_batch_is_told(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&scalable);
	domain_handle domain = pair_domain(pair, DOMAIN_DMA);
	for (uint32_t i = 0; i < 40; i++) {
		pair_features(pair, i, ATS);
		pair_attach(pair, i, domain);
	}
	pair_map(pair, domain, 0x1000, BASE, 0x10000);
	pair->mute = true;
	assert_int_equal(pair_take(pair, domain, 0x2000, PAGE, INJECT_DEVTLB_FIRST), -ETIMEDOUT);
	assert_int_equal(pair->invalidation_count, 32);
	assert_int_equal(pair_register(pair, 0x80, 8), pair_register(pair, 0x88, 8));
	pair_free(pair);
}

/* A requester leaves while its device is mute: the domain stays until the device TLB is known to be empty. */
static void test_features_domain_stays_until_a_mute_device_answers(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&scalable);
	domain_handle domain = pair_domain(pair, DOMAIN_DMA);
	pair_features(pair, STREAM, ATS);
	pair_attach(pair, STREAM, domain);
	pair->mute = true;
	assert_int_equal(vtd_driver_ops.attach(pair->driver, STREAM, 0), -ETIMEDOUT);
	assert_int_equal(vtd_driver_ops.attached(pair->driver, STREAM), 0);
	pair_expect_fault(pair, STREAM, PASID_NONE, 0x1000, 0x59);
	assert_int_equal(vtd_driver_ops.domain_free(pair->driver, domain), -ETIMEDOUT);
	pair->mute = false;
	pair_forget(pair);
	assert_int_equal(vtd_driver_ops.domain_free(pair->driver, domain), 0);
	assert_int_equal(pair->invalidation_count, 1);
	assert_int_equal(pair->invalidations[0].stream, STREAM);
	pair_free(pair);
}

/* Nobody waited for the one that failed; who comes next is not to blame. */
static void test_features_time_out_of_somebody_else_is_cleared(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&scalable);
	domain_handle domain = pair_domain(pair, DOMAIN_DMA);
	pair_features(pair, STREAM, ATS);
	pair_attach(pair, STREAM, domain);
	pair_map(pair, domain, 0x1000, BASE, 0x4000);
	pair->mute = true;
	assert_int_equal(pair_take(pair, domain, 0x2000, PAGE, INJECT_SKIP_SYNC), 0);
	while (vtd_ops.advance(pair->unit))
		;
	assert_true(vtd_ops.invalidate_timed_out(pair->unit));
	pair->mute = false;
	assert_int_equal(pair_take(pair, domain, 0x3000, PAGE, 0), 0);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_features_ats_of_legacy_mode_is_unit_then_endpoint),
		cmocka_unit_test(test_features_ats_off_is_endpoint_device_tlb_unit),
		cmocka_unit_test(test_features_of_scalable_mode_are_in_the_context_entry),
		cmocka_unit_test(test_features_before_any_domain_wait_for_one),
		cmocka_unit_test(test_features_ats_of_legacy_mode_is_off_without_table),
		cmocka_unit_test(test_features_ats_of_scalable_mode_stays_on_with_identity),
		cmocka_unit_test(test_features_wrong_orders_are_what_their_bugs_say),
		cmocka_unit_test(test_features_that_are_not_there_change_nothing),
		cmocka_unit_test(test_features_pasid_comes_while_ats_is_off),
		cmocka_unit_test(test_features_said_again_after_a_reset_are_on_again),
		cmocka_unit_test(test_features_sync_invalidates_device_tlbs_exactly),
		cmocka_unit_test(test_features_sync_with_bugs_skips_or_swaps),
		cmocka_unit_test(test_features_sync_of_many_requesters_tells_each),
		cmocka_unit_test(test_features_sync_of_a_parent_tells_its_guests_devices),
		cmocka_unit_test(test_features_device_that_does_not_answer_is_a_time_out),
		cmocka_unit_test(test_features_time_out_of_a_full_batch_is_told),
		cmocka_unit_test(test_features_domain_stays_until_a_mute_device_answers),
		cmocka_unit_test(test_features_time_out_of_somebody_else_is_cleared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
