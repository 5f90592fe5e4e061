/* SPDX-License-Identifier: MIT */
/*
 * Stream table entries and context descriptors: golden words (IHI 0070 5.2, 5.4), and every state that hardware could
 * see on the way from one to another, with masks of its own.
 *
 * How the states between two are put together is in driver_watch.h; each has to be the old entry, the new one, or
 * invalid.
 */
#include "driver_fake.h"
#include "driver_watch.h"

#include <errno.h>
#include <glib.h>

#define STREAM UINT32_C(0x0108)
/* Second level of the stream table, 16 KiB aligned; its entry 8. */
#define L2_PA  UINT64_C(0x1008000)
#define STE_PA (L2_PA + 8 * 64)

static void assert_words(struct fake *fake, uint64_t pa, const uint64_t *words)
{
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(fake_word(fake, pa + 8 * i), words[i]);
}

static void test_attach_to_a_first_stage_writes_descriptor_and_entry(void **state)
{
	(void)state;
	/* V; Config 5 S1; S1ContextPtr 100_4000h. S1DSS 2, S1CIR 1, S1COR 1, S1CSH 3, SHCFG 1. */
	static const uint64_t ste[8] = {0x100400b, UINT64_C(0x00001000000000d6)};
	/*
	 * T0SZ 16, TG0 0, IR0 1, OR0 1, SH0 3, EPD1, V, IPS 5, AA64, R, A, ASET, ASID 1; TTB0 100_3000h; MAIR: byte 0
	 * write-back, byte 1 nGnRE.
	 */
	static const uint64_t cd[8] = {UINT64_C(0x0001e205c0003510), 0x1003000, 0, 0x04ff};
	struct fake *fake = fake_new(NULL);
	domain_handle domain = fake_domain(fake, DOMAIN_DMA);
	fake_attach(fake, STREAM, domain);
	assert_int_equal(fake_word(fake, FAKE_STRTAB + 8 * 1), L2_PA | 9); /* L1STD: 256 entries */
	assert_words(fake, STE_PA, ste);
	assert_words(fake, 0x1004000, cd);
	assert_int_equal(fake->driver->ops->attached(fake->driver, STREAM), domain);
	assert_int_equal(fake->driver->ops->domain_by_root(fake->driver, 0x1003000), domain);
	assert_int_equal(fake->driver->ops->domain_by_root(fake->driver, 1), domain);
	assert_int_equal(fake->driver->ops->table_pages(fake->driver, domain), 1);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, domain), -EBUSY);
	fake_free(fake);
}

static void test_attach_to_a_second_stage_writes_the_entry(void **state)
{
	(void)state;
	/*
	 * V, Config 6 S2; SHCFG 1; VMID 1, S2T0SZ 16, S2SL0 2, S2IR0 1, S2OR0 1, S2SH0 3, S2TG 0, S2PS 5, S2AA64,
	 * S2PTW, S2R; S2TTB 100_3000h.
	 */
	static const uint64_t ste[8] = {0xd, UINT64_C(0x0000100000000000), UINT64_C(0x044d359000000001), 0x1003000};
	struct fake *fake = fake_new(&(struct fake_wish){.stage = DRIVER_STAGE_SECOND});
	fake_attach(fake, STREAM, fake_domain(fake, DOMAIN_USER));
	assert_words(fake, 0x1004000 + 8 * 64, ste); /* no descriptor: the second level takes the next 16 KiB */
	fake_free(fake);
}

/* OAS 40 bits: three levels from two concatenated tables (D8.2.2), S2T0SZ 24, S2SL0 1, S2PS 2. 64 KiB: S2TG 1. */
static void test_attach_to_a_second_stage_says_where_a_walk_begins(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.stage = DRIVER_STAGE_SECOND, .idr5 = 0x72});
	domain_handle domain = fake_domain(fake, DOMAIN_USER);
	fake_attach(fake, STREAM, domain);
	assert_int_equal(fake->driver->ops->table_pages(fake->driver, domain), 2);
	assert_int_equal(fake->driver->ops->domain_by_root(fake->driver, 0x1004000), domain);
	assert_int_equal(fake_word(fake, STE_PA + 16), UINT64_C(0x044a355800000001));
	assert_int_equal(fake_word(fake, STE_PA + 24), 0x1004000);
	fake_free(fake);
	fake = fake_new(&(struct fake_wish){.stage = DRIVER_STAGE_SECOND, .idr5 = 0x45});
	domain = fake_domain(fake, DOMAIN_USER);
	fake_attach(fake, STREAM, domain);
	/* 48 bits of 64 KiB: two levels cover 42 bits, 16 tables of them 46: three levels, S2SL0 2. */
	assert_int_equal(fake_word(fake, 0x1004000 + 8 * 64 + 16), UINT64_C(0x044d759000000001));
	assert_int_equal(fake_word(fake, 0x1004000 + 8 * 64 + 24), 0x1010000);
	fake_free(fake);
}

static void test_attach_without_a_table_writes_config_alone(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle blocked = fake_domain(fake, DOMAIN_BLOCKED), through = fake_domain(fake, DOMAIN_IDENTITY);
	fake_attach(fake, STREAM, blocked);
	assert_words(fake, 0x1004000 + 8 * 64, (const uint64_t[8]){1});
	fake_attach(fake, STREAM, through);
	assert_words(fake, 0x1004000 + 8 * 64, (const uint64_t[8]){9, UINT64_C(0x0000100000000000)});
	fake_attach(fake, STREAM, 0);
	assert_words(fake, 0x1004000 + 8 * 64, (const uint64_t[8]){0});
	fake_free(fake);
}

/* --- nesting --- */

static domain_handle nest(struct fake *fake, domain_handle parent, uint64_t low, uint64_t high)
{
	const struct domain_guest guest = {.ste = {low, high}};
	domain_handle handle = 0;
	assert_int_equal(fake->driver->ops->domain_nest(fake->driver, parent, &guest, &handle), 0);
	return handle;
}

static void test_attach_to_a_nested_domain_joins_both_stages(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle parent = fake_domain(fake, DOMAIN_NEST_PARENT);
	/* The guest: V, S1, two-level CD table (S1Fmt 1), S1ContextPtr 12_3450_0000h, S1CDMax 10; S1DSS 2, WB, ISH. */
	domain_handle nested = nest(fake, parent, UINT64_C(0x500000123450001b), 0xd6);
	fake_attach(fake, STREAM, nested);
	static const uint64_t ste[8] = {UINT64_C(0x500000123450001f), UINT64_C(0x00001000000000d6),
					UINT64_C(0x044d359000000001), 0x1003000};
	assert_words(fake, 0x1004000 + 8 * 64, ste);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, parent), -EBUSY);
	fake_forget(fake);
	assert_int_equal(fake->driver->ops->flush_domain(fake->driver, nested), 0);
	fake_submitted(fake, 0, UINT64_C(0x0000010800000006), 0); /* CMD_CFGI_CD_ALL of the stream */
	fake_submitted(fake, 1, 0x46, 0);
	fake_submitted(fake, 2, UINT64_C(0x0000000100000010), 0); /* CMD_TLBI_NH_ALL of the VMID */
	fake_attach(fake, STREAM, 0);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, nested), 0);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, parent), 0);
	fake_free(fake);
}

static void test_attach_to_a_nested_domain_that_bypasses_or_aborts(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle parent = fake_domain(fake, DOMAIN_NEST_PARENT);
	fake_attach(fake, STREAM, nest(fake, parent, 0x9, 0)); /* guest bypass: the second stage alone */
	assert_int_equal(fake_word(fake, 0x1004000 + 8 * 64), 0xd);
	assert_int_equal(fake_word(fake, 0x1004000 + 8 * 64 + 24), 0x1003000);
	fake_attach(fake, STREAM, nest(fake, parent, 0x1, 0));
	assert_int_equal(fake_word(fake, 0x1004000 + 8 * 64), 0x1);
	fake_attach(fake, STREAM, nest(fake, parent, 0x1f0, 0)); /* V is 0 */
	assert_int_equal(fake_word(fake, 0x1004000 + 8 * 64), 0x1);
	fake_free(fake);
}

static void test_nest_of_what_a_guest_may_not_say_is_refused(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	const struct driver_ops *ops = fake->driver->ops;
	domain_handle parent = fake_domain(fake, DOMAIN_NEST_PARENT), user = fake_domain(fake, DOMAIN_USER), out;
	static const uint64_t bad[][2] = {
		{0xd, 0},                               /* Config S2 */
		{0xf, 0},                               /* Config nested */
		{0x5, 0},                               /* a reserved Config */
		{0xb, UINT64_C(1) << 28},               /* EATS */
		{0xb, UINT64_C(1) << 44},               /* SHCFG */
		{0xb, UINT64_C(2) << 30},               /* STRW: another exception level */
		{UINT64_C(1) << 56 | UINT64_C(0xb), 0}, /* reserved */
	};
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct domain_guest guest = {.ste = {bad[i][0], bad[i][1]}};
		assert_int_equal(ops->domain_nest(fake->driver, parent, &guest, &out), -EIO);
	}
	const struct domain_guest good = {.ste = {0xb}};
	assert_int_equal(ops->domain_nest(fake->driver, user, &good, &out), -EINVAL);
	assert_int_equal(ops->domain_nest(fake->driver, 99, &good, &out), -EINVAL);
	assert_int_equal(ops->domain_alloc(fake->driver, DOMAIN_NESTED, &out), -EINVAL);
	fake_free(fake);
	fake = fake_new(&(struct fake_wish){.idr0 = FAKE_IDR0 & ~FAKE_IDR0_S1P});
	assert_int_equal(fake->driver->ops->domain_alloc(fake->driver, DOMAIN_NEST_PARENT, &out), -EOPNOTSUPP);
	assert_int_equal(fake->driver->ops->domain_nest(fake->driver, 1, &good, &out), -EOPNOTSUPP);
	fake_free(fake);
}

/* --- every state in between --- */

enum place { NOWHERE, BLOCKED, IDENTITY, FIRST_A, FIRST_B, SECOND_A, SECOND_B, NESTED_A, NESTED_B, PLACES };

struct watcher {
	struct seen_entry ste, cd;
	uint64_t old_ste[8], new_ste[8], old_cd[8], new_cd[8];
	bool invalid_ste, invalid_cd; /* seen while moving */
	unsigned checks;
};

static void check_cd(struct watcher *watcher, const uint64_t *ste)
{
	unsigned choice[8] = {0};
	uint64_t words[8];
	bool from_first = (watcher->old_ste[0] & 0xf) == 0xb, to_first = (watcher->new_ste[0] & 0xf) == 0xb;
	if ((ste[0] & 0xf) != 0xb)
		return;
	assert_int_equal(ste[0] >> 6 << 6, watcher->cd.pa);
	do {
		watch_next(&watcher->cd, choice, words);
		bool valid = words[0] >> 31 & 1;
		watcher->invalid_cd |= !valid;
		if (!valid)
			assert_true(from_first && to_first);
		else
			assert_true((from_first && watch_same(words, watcher->old_cd, watch_cd)) ||
				    (to_first && watch_same(words, watcher->new_cd, watch_cd)));
	} while (choice[0] + choice[1] + choice[2] + choice[3] + choice[4] + choice[5] + choice[6] + choice[7]);
}

static void check_mixtures(struct watcher *watcher)
{
	unsigned choice[8] = {0};
	uint64_t words[8];
	bool more = true;
	while (more) {
		more = watch_next(&watcher->ste, choice, words);
		watcher->checks++;
		watcher->invalid_ste |= !(words[0] & 1);
		assert_true(!(words[0] & 1) || watch_same(words, watcher->old_ste, watch_ste) ||
			    watch_same(words, watcher->new_ste, watch_ste));
		check_cd(watcher, words);
	}
}

static void watch(struct fake *fake, const struct effect *effect)
{
	struct watcher *watcher = fake->watch_data;
	if (effect->kind != EFFECT_WORD)
		return;
	watch_note(&watcher->ste, effect);
	watch_note(&watcher->cd, effect);
	check_mixtures(watcher);
}

static void synced(struct fake *fake)
{
	struct watcher *watcher = fake->watch_data;
	watch_forget(&watcher->ste);
	watch_forget(&watcher->cd);
}

static void make_places(struct fake *fake, domain_handle *places)
{
	domain_handle parents[2];
	for (unsigned i = 0; i < 2; i++) {
		places[FIRST_A + i] = fake_domain(fake, DOMAIN_USER);
		parents[i] = places[SECOND_A + i] = fake_domain(fake, DOMAIN_NEST_PARENT);
	}
	places[NOWHERE] = 0;
	places[BLOCKED] = fake_domain(fake, DOMAIN_BLOCKED);
	places[IDENTITY] = fake_domain(fake, DOMAIN_IDENTITY);
	places[NESTED_A] = nest(fake, parents[0], UINT64_C(0x500000123450001b), 0xd6);
	places[NESTED_B] = nest(fake, parents[0], UINT64_C(0x500000123460001b), 0xd6);
}

/* What the entries become, found by doing it once. */
static void move_twice(struct fake *fake, struct watcher *watcher, domain_handle from, domain_handle to)
{
	fake->watch = NULL;
	fake->synced = NULL;
	fake_attach(fake, STREAM, to);
	watch_load(fake, &watcher->ste, watcher->ste.pa);
	watch_load(fake, &watcher->cd, watcher->cd.pa);
	memcpy(watcher->new_ste, watcher->ste.now, 64);
	memcpy(watcher->new_cd, watcher->cd.now, 64);
	fake_attach(fake, STREAM, from);
	watch_load(fake, &watcher->ste, watcher->ste.pa);
	watch_load(fake, &watcher->cd, watcher->cd.pa);
	memcpy(watcher->old_ste, watcher->ste.now, 64);
	memcpy(watcher->old_cd, watcher->cd.now, 64);
	watcher->invalid_ste = watcher->invalid_cd = false;
	fake->watch = watch;
	fake->synced = synced;
	fake_attach(fake, STREAM, to);
	assert_true(watch_same(watcher->ste.now, watcher->new_ste, watch_ste));
}

/*
 * Moves that need more than one word of the entry, so that requests are refused in between: between stages (Config in
 * word 0, VMID in word 2), and between second stages (word 2 and S2TTB in word 3).
 */
static bool breaks_ste(enum place from, enum place to)
{
	bool table_from = from >= FIRST_A, table_to = to >= FIRST_A;
	unsigned stage_from = from >= SECOND_A ? 2 : 1, stage_to = to >= SECOND_A ? 2 : 1;
	if (from == NOWHERE || to == NOWHERE)
		return true; /* the entry as it was or will be is none */
	if (!table_from || !table_to)
		return false;
	if (stage_from != stage_to)
		return true;
	return (from == SECOND_B) != (to == SECOND_B);
}

static void test_attach_shows_only_the_old_the_new_or_an_invalid_entry(void **state)
{
	(void)state;
	domain_handle places[PLACES];
	struct watcher watcher = {.checks = 0};
	struct fake *fake = fake_new(NULL);
	make_places(fake, places);
	fake_attach(fake, STREAM, places[FIRST_A]);
	watcher.ste.pa = (fake_word(fake, FAKE_STRTAB + 8) & UINT64_C(0xffffffffffffc0)) + 8 * 64;
	watcher.cd.pa = fake_word(fake, watcher.ste.pa) & UINT64_C(0xffffffffffffc0);
	fake->watch_data = &watcher;
	for (unsigned from = 0; from < PLACES; from++) {
		for (unsigned to = 0; to < PLACES; to++) {
			if (from == to)
				continue;
			move_twice(fake, &watcher, places[from], places[to]);
			assert_int_equal(watcher.invalid_ste, breaks_ste(from, to));
			bool between = (from == FIRST_A || from == FIRST_B) && (to == FIRST_A || to == FIRST_B);
			assert_int_equal(watcher.invalid_cd, between);
			fake_forget(fake);
		}
	}
	assert_true(watcher.checks > 500);
	fake_free(fake);
}

/* 4.3: what makes hardware read again. From none to a first stage: descriptor, then the entry with its L1STD. */
static void test_attach_submits_configuration_invalidations(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle first = fake_domain(fake, DOMAIN_DMA), other = fake_domain(fake, DOMAIN_DMA);
	fake_attach(fake, STREAM, first);
	uint64_t sid = (uint64_t)STREAM << 32;
	fake_submitted(fake, 0, sid | 0x05, 1); /* CMD_CFGI_CD, Leaf: unused words of the descriptor */
	fake_submitted(fake, 1, 0x46, 0);
	fake_submitted(fake, 2, sid | 0x05, 1); /* its word with V */
	fake_submitted(fake, 4, sid | 0x03, 0); /* CMD_CFGI_STE, not only the leaf */
	fake_submitted(fake, 6, sid | 0x03, 0);
	assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 8);
	fake_forget(fake);
	fake_attach(fake, STREAM, other);
	for (unsigned i = 0; i < 3; i++) {
		fake_submitted(fake, 2 * i, sid | 0x05, 1);
		fake_submitted(fake, 2 * i + 1, 0x46, 0);
	}
	assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 6);
	fake_forget(fake);
	fake_attach(fake, STREAM, 0);
	fake_submitted(fake, 0, sid | 0x03, 1);
	fake_free(fake);
}

/* --- errors --- */

static void test_attach_of_a_stream_or_domain_that_is_none(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.max_streams = 1000});
	domain_handle blocked = fake_domain(fake, DOMAIN_BLOCKED);
	assert_int_equal(fake->driver->ops->attach(fake->driver, 1000, blocked), -ENODEV);
	assert_int_equal(fake->driver->ops->attach(fake->driver, 0x10000, blocked), -ENODEV);
	assert_int_equal(fake->driver->ops->attach(fake->driver, UINT32_MAX, blocked), -ENODEV);
	assert_int_equal(fake->driver->ops->attach(fake->driver, 1, 77), -EINVAL);
	assert_int_equal(fake->driver->ops->attached(fake->driver, 0x10000), 0);
	fake_attach(fake, 999, blocked);
	fake_free(fake);
}

/* With any number of frames: attached, or as before and free again. */
static void test_attach_without_memory_changes_nothing(void **state)
{
	(void)state;
	bool succeeded = false;
	for (uint32_t frames = 3; frames < 40 && !succeeded; frames++) {
		struct fake *fake = fake_new(&(struct fake_wish){.frames = frames});
		domain_handle domain = 0;
		int error = fake->driver->ops->domain_alloc(fake->driver, DOMAIN_DMA, &domain);
		if (!error) {
			error = fake->driver->ops->attach(fake->driver, STREAM, domain);
			succeeded = !error;
			assert_int_equal(fake->driver->ops->attached(fake->driver, STREAM), error ? 0 : domain);
			if (error)
				assert_int_equal(fake->driver->ops->domain_free(fake->driver, domain), 0);
		}
		assert_true(error == 0 || error == -ENOMEM);
		fake_free(fake);
	}
	assert_true(succeeded);
}

static void test_attach_when_hardware_does_not_answer_is_etimedout_and_done(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	domain_handle first = fake_domain(fake, DOMAIN_DMA);
	fake_attach(fake, STREAM, first);
	fake->held = true;
	assert_int_equal(fake->driver->ops->attach(fake->driver, STREAM, 0), -ETIMEDOUT);
	assert_int_equal(fake->driver->ops->attached(fake->driver, STREAM), 0);
	assert_int_equal(fake_word(fake, STE_PA), 0);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, first), -ETIMEDOUT);
	assert_int_equal(fake->driver->ops->domain_by_root(fake->driver, 0x1003000), first);
	fake->held = false;
	fake_forget(fake);
	assert_int_equal(fake->driver->ops->domain_free(fake->driver, first), 0);
	fake_submitted(fake, 0, 0x04, 31); /* whoever still knew the domain forgets it */
	fake_submitted(fake, 2, UINT64_C(0x0001000000000011), 0);
	fake_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attach_to_a_first_stage_writes_descriptor_and_entry),
		cmocka_unit_test(test_attach_to_a_second_stage_writes_the_entry),
		cmocka_unit_test(test_attach_to_a_second_stage_says_where_a_walk_begins),
		cmocka_unit_test(test_attach_without_a_table_writes_config_alone),
		cmocka_unit_test(test_attach_to_a_nested_domain_joins_both_stages),
		cmocka_unit_test(test_attach_to_a_nested_domain_that_bypasses_or_aborts),
		cmocka_unit_test(test_nest_of_what_a_guest_may_not_say_is_refused),
		cmocka_unit_test(test_attach_shows_only_the_old_the_new_or_an_invalid_entry),
		cmocka_unit_test(test_attach_submits_configuration_invalidations),
		cmocka_unit_test(test_attach_of_a_stream_or_domain_that_is_none),
		cmocka_unit_test(test_attach_without_memory_changes_nothing),
		cmocka_unit_test(test_attach_when_hardware_does_not_answer_is_etimedout_and_done),
	};
	return cmocka_run_group_tests_name("smmuv3-driver-entry", tests, NULL, NULL);
}
