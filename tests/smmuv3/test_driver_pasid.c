/* SPDX-License-Identifier: MIT */
/*
 * Context descriptors of PASIDs: golden words (IHI 0070 5.2 to 5.4, 4.3.3, 4.5.1), every state in between, and what
 * becomes of requests without PASID (5.2, S1DSS). See test_driver_features.c for the lines of what was done.
 */
#include "driver_fake.h"
#include "driver_watch.h"

#include <errno.h>

#define STREAM UINT32_C(0x0108)
#define SID    (UINT64_C(0x0108) << 32)
#define PASID  UINT32_C(0x12345)
#define PAGE   UINT64_C(0x1000)
#define BOTH   (FEATURE_ATS | FEATURE_PASID)
/* Frames as they are taken: two roots, descriptors 0 to 63, the page of PASID's, entries of the bus, first level. */
#define ROOT_A  UINT64_C(0x1003000)
#define ROOT_B  UINT64_C(0x1004000)
#define CD_0    UINT64_C(0x1005000)
#define CD_LEAF UINT64_C(0x1006000)
#define CD_L1   UINT64_C(0x1020000)

static const struct fake_wish two_level = {.idr0 = FAKE_ATS, .idr1 = FAKE_IDR1 | FAKE_IDR1_SSID20, .endpoint = BOTH};
static const struct fake_wish one_level = {.idr0 = FAKE_ATS, .idr1 = FAKE_IDR1 | FAKE_IDR1_SSID6, .endpoint = BOTH};

static uint64_t ste_pa(struct fake *fake)
{
	return (fake_word(fake, FAKE_STRTAB + 8 * (STREAM >> 8)) & UINT64_C(0xffffffffffffc0)) + 64 * (STREAM & 0xff);
}

static uint64_t ste_word(struct fake *fake, unsigned word)
{
	return fake_word(fake, ste_pa(fake) + 8 * word);
}

/* Domains a and b, the requester in a. */
static struct fake *fake_with_pasids(const struct fake_wish *wish, domain_handle *a, domain_handle *b)
{
	struct fake *fake = fake_new(wish);
	*a = fake_domain(fake, DOMAIN_DMA);
	*b = fake_domain(fake, DOMAIN_SVA);
	fake_attach(fake, STREAM, *a);
	fake_set_features(fake, STREAM, FEATURE_PASID);
	fake_forget(fake);
	return fake;
}

/* --- words --- */

/* V, Config 5, S1Fmt (5:4) 1: 4 KiB leaves, S1ContextPtr, S1CDMax (63:59) 20; or linear, S1CDMax 6. */
static void test_features_with_pasid_change_one_word_of_the_entry(void **state)
{
	(void)state;
	static const struct {
		const struct fake_wish *wish;
		uint64_t word;
	} rows[] = {{&two_level, UINT64_C(0xa00000000102001b)}, {&one_level, UINT64_C(0x300000000100500b)}};
	for (unsigned i = 0; i < 2; i++) {
		domain_handle a, b;
		struct fake *fake = fake_with_pasids(rows[i].wish, &a, &b);
		assert_int_equal(ste_word(fake, 0), rows[i].word);
		assert_int_equal(ste_word(fake, 1), UINT64_C(0x00001000000000d6));
		fake_set_features(fake, STREAM, 0);
		assert_int_equal(ste_word(fake, 0), 0x100500b);
		fake_did(fake, "-pasid 03 46");
		fake_set_features(fake, STREAM, FEATURE_PASID);
		fake_did(fake, "03 46 +pasid");
		fake_free(fake);
	}
}

/* L1CD 48dh: L2Ptr, V; descriptor 5 of that page: ASID 2, TTB0; CMD_CFGI_CD with SSID (31:12), not the leaf alone. */
static void test_attach_pasid_writes_descriptor_and_first_level(void **state)
{
	(void)state;
	static const uint64_t cd[8] = {UINT64_C(0x0002e205c0003510), ROOT_B, 0, 0x04ff};
	domain_handle a, b;
	struct fake *fake = fake_with_pasids(&two_level, &a, &b);
	assert_int_equal(fake_word(fake, CD_L1), CD_0 | 1);
	fake_attach_pasid(fake, STREAM, PASID, b);
	assert_int_equal(fake_word(fake, CD_L1 + 8 * 0x48d), CD_LEAF | 1);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(fake_word(fake, CD_LEAF + 64 * 5 + 8 * i), cd[i]);
	fake_submitted(fake, 0, SID | UINT64_C(0x12345005), 0);
	fake_did(fake, "05 46 05 46");
	/* Its neighbour and one of the first page: below 64 the descriptors lie where number 0 is. */
	fake_attach_pasid(fake, STREAM, PASID + 1, b);
	assert_int_equal(fake_word(fake, CD_LEAF + 64 * 6 + 8), ROOT_B);
	fake_forget(fake);
	fake_attach_pasid(fake, STREAM, 63, a);
	assert_int_equal(fake_word(fake, CD_0 + 64 * 63), UINT64_C(0x0001e205c0003510));
	fake_submitted(fake, 0, SID | UINT64_C(0x0003f005), 1);
	assert_int_equal(fake->driver->ops->attached_pasid(fake->driver, STREAM, PASID), b);
	assert_int_equal(fake->driver->ops->attached(fake->driver, STREAM), a);
	fake_free(fake);
}

static void test_detach_of_a_pasid_clears_v_then_the_rest(void **state)
{
	(void)state;
	domain_handle a, b;
	struct fake *fake = fake_with_pasids(&two_level, &a, &b);
	fake_attach_pasid(fake, STREAM, PASID, b);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, b), -EBUSY);
	fake_forget(fake);
	fake_attach_pasid(fake, STREAM, PASID, 0);
	assert_int_equal(fake_effect(fake, EFFECT_WORD, 0)->address, CD_LEAF + 64 * 5);
	assert_int_equal(fake_effect(fake, EFFECT_WORD, 0)->value, 0);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(fake_word(fake, CD_LEAF + 64 * 5 + 8 * i), 0);
	fake_did(fake, "05 46 05 46");
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, b), 0);
	fake_free(fake);
}

/* S1DSS (65:64): 0 terminates, 1 bypasses, 2 uses descriptor 0. */
static void test_pasid_beside_each_domain_of_requests_without_one(void **state)
{
	(void)state;
	static const struct {
		int type; /* -1: none */
		uint64_t before[2], with[2];
		const char *first, *last;
	} rows[] = {
		{-1, {0, 0}, {0xb, 0xd4}, "05 46 05 46 03 46 03 46", "05 46 05 46 03 46 03 46"},
		{DOMAIN_BLOCKED, {1, 0}, {0xb, 0xd4}, "05 46 05 46 03 46 03 46", "05 46 05 46 03 46 03 46"},
		{DOMAIN_IDENTITY, {9, 0}, {0xb, 0xd5}, "05 46 05 46 03 46 03 46", "05 46 05 46 03 46 03 46"},
		{DOMAIN_DMA, {0xb, 0xd6}, {0xb, 0xd6}, "05 46 05 46", "05 46 05 46"},
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake *fake = fake_new(&one_level);
		domain_handle sva = fake_domain(fake, DOMAIN_SVA);
		if (rows[i].type >= 0)
			fake_attach(fake, STREAM, fake_domain(fake, (enum domain_type)rows[i].type));
		fake_set_features(fake, STREAM, FEATURE_PASID);
		fake_forget(fake);
		fake_attach_pasid(fake, STREAM, 7, sva);
		assert_int_equal(ste_word(fake, 0) & 0xf, rows[i].with[0]);
		assert_int_equal(ste_word(fake, 0) >> 59, 6);
		assert_int_equal(ste_word(fake, 1) & 0xff, rows[i].with[1]);
		fake_did(fake, rows[i].first);
		fake_attach_pasid(fake, STREAM, 8, sva);
		fake_did(fake, "05 46 05 46");
		fake_attach_pasid(fake, STREAM, 7, 0);
		fake_forget(fake);
		fake_attach_pasid(fake, STREAM, 8, 0);
		assert_int_equal(ste_word(fake, 0) & 0xf, rows[i].before[0]);
		assert_int_equal(ste_word(fake, 1) & 0xff, rows[i].before[1]);
		fake_did(fake, rows[i].last);
		fake_free(fake);
	}
}

/* --- device TLBs --- */

/* 4.5.1: SSV (11), SSID (31:12); the descriptor is forgotten before the device is. */
static void test_detach_of_a_pasid_invalidates_the_device(void **state)
{
	(void)state;
	domain_handle a, b;
	struct fake *fake = fake_with_pasids(&two_level, &a, &b);
	fake_set_features(fake, STREAM, BOTH);
	fake_attach_pasid(fake, STREAM, PASID, b);
	fake_forget(fake);
	fake_attach_pasid(fake, STREAM, PASID, a);
	fake_submitted(fake, 6, SID | UINT64_C(0x12345840), 0x34);
	fake_did(fake, "05 46 05 46 05 46 40 46");
	fake->driver->ops->inject(fake->driver, INJECT_DEVTLB_FIRST);
	fake_attach_pasid(fake, STREAM, PASID, 0);
	fake_did(fake, "40 46 05 46 05 46");
	fake->driver->ops->inject(fake->driver, INJECT_SKIP_DEVTLB_FLUSH);
	fake_attach_pasid(fake, STREAM, PASID, b);
	fake_forget(fake);
	fake_attach_pasid(fake, STREAM, PASID, 0);
	fake_did(fake, "05 46 05 46");
	fake_free(fake);
}

static void test_sync_names_each_pasid_of_the_domain(void **state)
{
	(void)state;
	domain_handle a, b;
	struct fake *fake = fake_with_pasids(&two_level, &a, &b);
	struct gather gather = {0};
	fake_set_features(fake, STREAM, BOTH);
	fake_attach_pasid(fake, STREAM, PASID, b);
	fake_attach_pasid(fake, STREAM, 3, b);
	fake_attach_pasid(fake, STREAM, 4, a);
	fake_map(fake, b, 0x10000, 0x80000000, 8 * PAGE);
	fake_unmap(fake, b, 0x12000, 2 * PAGE, &gather);
	fake_forget(fake);
	fake_sync(fake, &gather);
	fake_submitted(fake, 3, SID | UINT64_C(0x00003840), 0x12001);
	fake_submitted(fake, 4, SID | UINT64_C(0x12345840), 0x12001);
	fake_did(fake, "12 12 46 40 40 46");
	assert_int_equal(fake->driver->ops->flush_domain(fake->driver, a), 0);
	fake_submitted(fake, 2, SID | 0x40, 0x34);
	fake_submitted(fake, 3, SID | UINT64_C(0x00004840), 0x34);
	fake_did(fake, "11 46 40 40 46");
	fake_free(fake);
}

/* With a first stage behind S1DSS 1 requests without PASID can have ATS too (13.6.4); without it they cannot. */
static void test_first_pasid_brings_ats_and_the_last_takes_it_away(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&one_level);
	domain_handle sva = fake_domain(fake, DOMAIN_SVA);
	fake_attach(fake, STREAM, fake_domain(fake, DOMAIN_IDENTITY));
	fake_set_features(fake, STREAM, BOTH);
	fake_forget(fake);
	fake_attach_pasid(fake, STREAM, 7, sva);
	assert_int_equal(ste_word(fake, 1), UINT64_C(0x00001000100000d5));
	fake_did(fake, "05 46 05 46 03 46 03 46 +ats");
	fake_attach_pasid(fake, STREAM, 7, 0);
	assert_int_equal(ste_word(fake, 1), UINT64_C(0x0000100000000000));
	fake_did(fake, "05 46 05 46 40 46 -ats 40 40 46 03 46 03 46");
	fake_free(fake);
}

/* More than a batch of devices: several, each with its CMD_SYNC. */
static void test_flush_of_many_pasids_is_more_than_one_batch(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&one_level);
	domain_handle sva = fake_domain(fake, DOMAIN_SVA);
	fake_set_features(fake, STREAM, BOTH);
	for (uint32_t pasid = 1; pasid < 64; pasid++)
		fake_attach_pasid(fake, STREAM, pasid, sva);
	fake_forget(fake);
	assert_int_equal(fake->driver->ops->flush_domain(fake->driver, sva), 0);
	assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 2 + 32 + 1 + 31 + 1);
	fake_submitted(fake, 2 + 32, 0x46, 0);
	fake_submitted(fake, 2 + 32 + 31, SID | UINT64_C(0x0003f840), 0x34);
	fake_free(fake);
}

/* --- every state in between --- */

struct watcher {
	struct seen_entry ste, cd;
	uint64_t old_ste[8], new_ste[8], old_cd[8], new_cd[8];
	bool invalid_ste, invalid_cd;
	unsigned checks;
};

static void check(struct watcher *watcher, const struct seen_entry *entry, const uint64_t *old, const uint64_t *new,
		  void (*look)(const uint64_t *, uint64_t *), uint64_t valid, bool *invalid)
{
	unsigned choice[8] = {0};
	uint64_t words[8];
	bool more = true;
	while (more) {
		more = watch_next(entry, choice, words);
		watcher->checks++;
		*invalid |= !(words[0] & valid);
		assert_true(!(words[0] & valid) || watch_same(words, old, look) || watch_same(words, new, look));
	}
}

static void watch(struct fake *fake, const struct effect *effect)
{
	struct watcher *watcher = fake->watch_data;
	if (effect->kind != EFFECT_WORD)
		return;
	watch_note(&watcher->ste, effect);
	watch_note(&watcher->cd, effect);
	check(watcher, &watcher->ste, watcher->old_ste, watcher->new_ste, watch_ste, 1, &watcher->invalid_ste);
	check(watcher, &watcher->cd, watcher->old_cd, watcher->new_cd, watch_cd, UINT64_C(0x80000000),
	      &watcher->invalid_cd);
}

static void synced(struct fake *fake)
{
	struct watcher *watcher = fake->watch_data;
	watch_forget(&watcher->ste);
	watch_forget(&watcher->cd);
}

static void go(struct fake *fake, domain_handle rid, domain_handle pasid)
{
	if (fake->driver->ops->attached(fake->driver, STREAM) != rid)
		fake_attach(fake, STREAM, rid);
	if (fake->driver->ops->attached_pasid(fake->driver, STREAM, 9) != pasid)
		fake_attach_pasid(fake, STREAM, 9, pasid);
}

/* From one pair of domains to another that differs in one, watched; where it ends was found by going there before. */
static void go_watched(struct fake *fake, struct watcher *watcher, const domain_handle *from, const domain_handle *to)
{
	go(fake, from[0], from[1]);
	watch_load(fake, &watcher->ste, watcher->ste.pa);
	watch_load(fake, &watcher->cd, watcher->cd.pa);
	memcpy(watcher->old_ste, watcher->ste.now, 64);
	memcpy(watcher->old_cd, watcher->cd.now, 64);
	go(fake, to[0], to[1]);
	watch_load(fake, &watcher->ste, watcher->ste.pa);
	watch_load(fake, &watcher->cd, watcher->cd.pa);
	memcpy(watcher->new_ste, watcher->ste.now, 64);
	memcpy(watcher->new_cd, watcher->cd.now, 64);
	go(fake, from[0], from[1]);
	synced(fake);
	watch_load(fake, &watcher->ste, watcher->ste.pa);
	watch_load(fake, &watcher->cd, watcher->cd.pa);
	watcher->invalid_ste = watcher->invalid_cd = false;
	fake->watch = watch;
	fake->synced = synced;
	go(fake, to[0], to[1]);
	fake->watch = NULL;
	fake->synced = NULL;
	fake_forget(fake);
}

/* A PASID's requests notice nothing of what becomes of those without, and these nothing of it. */
static void test_attach_pasid_shows_only_the_old_the_new_or_an_invalid_entry(void **state)
{
	(void)state;
	struct watcher watcher = {.checks = 0};
	struct fake *fake = fake_new(&one_level);
	const domain_handle a = fake_domain(fake, DOMAIN_SVA), b = fake_domain(fake, DOMAIN_SVA);
	const domain_handle rids[] = {0, fake_domain(fake, DOMAIN_BLOCKED), fake_domain(fake, DOMAIN_IDENTITY),
				      fake_domain(fake, DOMAIN_DMA), fake_domain(fake, DOMAIN_USER)};
	const domain_handle pasids[] = {0, a, b};
	fake_attach(fake, STREAM, rids[3]);
	fake_set_features(fake, STREAM, FEATURE_PASID);
	watcher.ste.pa = ste_pa(fake);
	watcher.cd.pa = (ste_word(fake, 0) & UINT64_C(0xffffffffffffc0)) + 9 * 64;
	fake->watch_data = &watcher;
	for (unsigned rid = 0; rid < 5; rid++) {
		for (unsigned i = 0; i < 9; i++) {
			const domain_handle from[2] = {rids[rid], pasids[i / 3]}, to[2] = {rids[rid], pasids[i % 3]};
			if (from[1] == to[1])
				continue;
			go_watched(fake, &watcher, from, to);
			assert_int_equal(watcher.invalid_ste, rid == 0 && (!from[1] || !to[1]));
			assert_true(watcher.invalid_cd); /* none, or on its way between two */
		}
		for (unsigned next = 0; next < 5; next++) {
			const domain_handle from[2] = {rids[rid], a}, to[2] = {rids[next], a};
			if (next == rid)
				continue;
			go_watched(fake, &watcher, from, to);
			assert_false(watcher.invalid_ste);
			assert_false(watcher.invalid_cd);
		}
	}
	assert_true(watcher.checks > 300);
	fake_free(fake);
}

/* --- errors --- */

static void test_pasid_that_cannot_be_is_refused(void **state)
{
	(void)state;
	domain_handle a, b;
	struct fake *fake = fake_with_pasids(&one_level, &a, &b);
	const struct driver_ops *ops = fake->driver->ops;
	domain_handle identity = fake_domain(fake, DOMAIN_IDENTITY), parent = fake_domain(fake, DOMAIN_NEST_PARENT);
	assert_int_equal(ops->attach_pasid(fake->driver, STREAM, 64, b), -ENODEV);
	assert_int_equal(ops->attach_pasid(fake->driver, STREAM, UINT32_MAX, b), -ENODEV);
	assert_int_equal(ops->attach_pasid(fake->driver, STREAM + 1, 1, b), -ENODEV);
	assert_int_equal(ops->attach_pasid(fake->driver, UINT32_C(0x10000), 1, b), -ENODEV);
	assert_int_equal(ops->attach_pasid(fake->driver, STREAM, 0, b), -EINVAL);
	assert_int_equal(ops->attach_pasid(fake->driver, STREAM, 1, 99), -EINVAL);
	assert_int_equal(ops->attach_pasid(fake->driver, STREAM, 1, identity), -EOPNOTSUPP);
	assert_int_equal(ops->attach_pasid(fake->driver, STREAM, 1, parent), -EOPNOTSUPP);
	assert_int_equal(ops->attached_pasid(fake->driver, STREAM, UINT32_MAX), 0);
	assert_int_equal(ops->attach(fake->driver, STREAM, b), -EINVAL); /* a process's address space */
	fake_attach_pasid(fake, STREAM, 1, b);
	assert_int_equal(ops->attach(fake->driver, STREAM, parent), -EBUSY);
	assert_int_equal(ops->set_features(fake->driver, STREAM, FEATURE_ATS), -EBUSY);
	fake_attach_pasid(fake, STREAM, 1, 0);
	fake_attach(fake, STREAM, parent);
	assert_int_equal(ops->attach_pasid(fake->driver, STREAM, 1, b), -EOPNOTSUPP);
	fake_set_features(fake, STREAM, 0);
	fake_free(fake);
}

/* A blocked PASID is attached, and has a descriptor that is none. */
static void test_blocked_pasid_has_no_descriptor(void **state)
{
	(void)state;
	domain_handle a, b;
	struct fake *fake = fake_with_pasids(&one_level, &a, &b);
	domain_handle blocked = fake_domain(fake, DOMAIN_BLOCKED);
	fake_attach_pasid(fake, STREAM, 7, b);
	assert_int_not_equal(fake_word(fake, CD_0 + 64 * 7), 0);
	fake_attach_pasid(fake, STREAM, 7, blocked);
	assert_int_equal(fake_word(fake, CD_0 + 64 * 7), 0);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, blocked), -EBUSY);
	fake_free(fake);
}

/* Without two levels (CD2L 0) there is one page, whatever SSIDSIZE says. */
static void test_unit_without_two_levels_has_64_descriptors(void **state)
{
	(void)state;
	struct fake_wish wish = two_level;
	wish.idr0 &= ~FAKE_IDR0_CD2L;
	domain_handle a, b;
	struct fake *fake = fake_with_pasids(&wish, &a, &b);
	assert_int_equal(ste_word(fake, 0), UINT64_C(0x300000000100500b));
	assert_int_equal(fake->driver->ops->attach_pasid(fake->driver, STREAM, 64, b), -ENODEV);
	fake_attach_pasid(fake, STREAM, 63, b);
	fake_free(fake);
}

/* With any number of frames: attached, or as before and free again. */
static void test_attach_pasid_without_memory_changes_nothing(void **state)
{
	(void)state;
	bool succeeded = false;
	unsigned failures = 0;
	for (uint32_t frames = 4; frames < 100 && !succeeded; frames++) {
		struct fake_wish wish = one_level;
		wish.frames = frames;
		struct fake *fake = fake_new(&wish);
		const struct driver_ops *ops = fake->driver->ops;
		domain_handle sva = 0;
		int error = ops->domain_alloc(fake->driver, DOMAIN_SVA, &sva);
		if (!error)
			error = ops->set_features(fake->driver, STREAM, FEATURE_PASID);
		if (!error) {
			error = ops->attach_pasid(fake->driver, STREAM, 7, sva);
			assert_int_equal(ops->attached_pasid(fake->driver, STREAM, 7), error ? 0 : sva);
			failures += error != 0;
			succeeded = !error;
		}
		assert_true(error == 0 || error == -ENOMEM);
		if (error && sva)
			assert_int_equal(ops->domain_free(fake->driver, sva), 0);
		fake_free(fake);
	}
	assert_true(succeeded);
	assert_true(failures > 0);
}

static void test_attach_pasid_without_a_page_of_descriptors_changes_nothing(void **state)
{
	(void)state;
	domain_handle a, b;
	struct fake *fake = fake_with_pasids(&two_level, &a, &b);
	while (frame_allocator_take(fake->frames, 0) != 0)
		;
	assert_int_equal(fake->driver->ops->attach_pasid(fake->driver, STREAM, PASID, b), -ENOMEM);
	assert_int_equal(fake_word(fake, CD_L1 + 8 * 0x48d), 0);
	assert_int_equal(fake->driver->ops->attached_pasid(fake->driver, STREAM, PASID), 0);
	frame_allocator_give(fake->frames, CD_LEAF, 0);
	fake_attach_pasid(fake, STREAM, PASID, b);
	assert_int_equal(fake_word(fake, CD_L1 + 8 * 0x48d), CD_LEAF | 1);
	fake_free(fake);
}

static void test_detach_of_a_pasid_with_a_late_device_is_done_and_keeps_the_domain(void **state)
{
	(void)state;
	domain_handle a, b;
	struct fake *fake = fake_with_pasids(&two_level, &a, &b);
	fake_set_features(fake, STREAM, BOTH);
	fake_attach_pasid(fake, STREAM, PASID, b);
	fake->late = 2;
	assert_int_equal(fake->driver->ops->attach_pasid(fake->driver, STREAM, PASID, 0), -ETIMEDOUT);
	assert_int_equal(fake->driver->ops->attached_pasid(fake->driver, STREAM, PASID), 0);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, b), -ETIMEDOUT);
	fake_forget(fake);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, b), 0);
	fake_submitted(fake, 3, SID | UINT64_C(0x00000a40), 0x34); /* every PASID */
	fake_did(fake, "04 46 40 40 46 11 46");
	fake_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_features_with_pasid_change_one_word_of_the_entry),
		cmocka_unit_test(test_attach_pasid_writes_descriptor_and_first_level),
		cmocka_unit_test(test_detach_of_a_pasid_clears_v_then_the_rest),
		cmocka_unit_test(test_pasid_beside_each_domain_of_requests_without_one),
		cmocka_unit_test(test_detach_of_a_pasid_invalidates_the_device),
		cmocka_unit_test(test_sync_names_each_pasid_of_the_domain),
		cmocka_unit_test(test_first_pasid_brings_ats_and_the_last_takes_it_away),
		cmocka_unit_test(test_flush_of_many_pasids_is_more_than_one_batch),
		cmocka_unit_test(test_attach_pasid_shows_only_the_old_the_new_or_an_invalid_entry),
		cmocka_unit_test(test_pasid_that_cannot_be_is_refused),
		cmocka_unit_test(test_blocked_pasid_has_no_descriptor),
		cmocka_unit_test(test_unit_without_two_levels_has_64_descriptors),
		cmocka_unit_test(test_attach_pasid_without_memory_changes_nothing),
		cmocka_unit_test(test_attach_pasid_without_a_page_of_descriptors_changes_nothing),
		cmocka_unit_test(test_detach_of_a_pasid_with_a_late_device_is_done_and_keeps_the_domain),
	};
	return cmocka_run_group_tests_name("smmuv3-driver-pasid", tests, NULL, NULL);
}
