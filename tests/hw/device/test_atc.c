/* SPDX-License-Identifier: MIT */
/* The address translation cache: what it keeps of a completion, and against a plain list. */
#include "base/random.h"
#include "hw/device/atc.h"
#include "hw/device/device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SETS     4
#define WAYS     3
#define SEEDS    60
#define STEPS    400
#define LIST_MAX 4096

static struct atc fresh_atc(struct atc_entry *entries)
{
	memset(entries, 0, SETS * WAYS * sizeof(*entries));
	return (struct atc){.entries = entries, .sets = SETS, .ways = WAYS};
}

/*
 * Golden cases: what is kept of a completion. PCIe 10.2.3: S gives the size, U sends the function back to untranslated
 * addresses, R = W = 0 is no translation, Global counts with a PASID alone (10.2.3.7), Priv and Exe with one.
 */
static void test_atc_keeps_what_the_completion_says(void **state)
{
	(void)state;
	static const struct {
		uint32_t pasid;
		uint8_t completion, page_lg2, permissions;
		bool global, privileged, untranslated;
		bool kept;
		uint64_t iova, pa;
		uint8_t lg2, flags;
	} rows[] = {
		{PASID_NONE, ATS_SUCCESS, 12, 3, false, false, false, true, 0x40212000, 0x7abcd000, 12, 0},
		{PASID_NONE, ATS_SUCCESS, 21, 3, false, false, false, true, 0x40200000, 0x7aa00000, 21, 0},
		{PASID_NONE, ATS_SUCCESS, 30, 1, false, false, false, true, 0x40000000, 0x40000000, 30, 0},
		/* Sizes between those that it has: the smaller one. Pass-through has none. */
		{PASID_NONE, ATS_SUCCESS, 16, 1, false, false, false, true, 0x40212000, 0x7abcd000, 12, 0},
		{PASID_NONE, ATS_SUCCESS, 39, 1, false, false, false, true, 0x40000000, 0x40000000, 30, 0},
		{PASID_NONE, ATS_SUCCESS, 0, 3, false, false, false, true, 0x40212000, 0x7abcd000, 12, 0},
		{PASID_NONE, ATS_SUCCESS, 12, 0, false, false, false, false, 0, 0, 0, 0},
		{PASID_NONE, ATS_UR, 12, 3, false, false, false, false, 0, 0, 0, 0},
		{PASID_NONE, ATS_CA, 12, 3, false, false, false, false, 0, 0, 0, 0},
		{PASID_NONE, ATS_NONE, 12, 3, false, false, false, false, 0, 0, 0, 0},
		{PASID_NONE, ATS_SUCCESS, 12, 1, true, false, false, true, 0x40212000, 0x7abcd000, 12, 0},
		{3, ATS_SUCCESS, 12, 1, true, false, false, true, 0x40212000, 0x7abcd000, 12, ATC_GLOBAL},
		{3, ATS_SUCCESS, 12, 7, false, true, false, true, 0x40212000, 0x7abcd000, 12, ATC_PRIVILEGED},
		{3, ATS_SUCCESS, 12, 3, false, false, true, true, 0x40212000, 0, 12, ATC_UNTRANSLATED},
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct translation answer = {.completion = rows[i].completion,
					     .page_lg2 = rows[i].page_lg2,
					     .permissions = rows[i].permissions,
					     .global = rows[i].global,
					     .privileged = rows[i].privileged,
					     .untranslated_only = rows[i].untranslated,
					     .pa = 0x7abcd000};
		struct atc_entry entry;
		bool kept = atc_entry_of(0x40212000, rows[i].pasid, &answer, &entry);
		assert_int_equal(kept, rows[i].kept);
		if (kept && (entry.iova != rows[i].iova || entry.pa != rows[i].pa || entry.page_lg2 != rows[i].lg2 ||
			     entry.flags != rows[i].flags || entry.permissions != rows[i].permissions))
			fail_msg("row %u", i);
	}
}

/* Who may use which entry: its PASID, its mode, its rights (10.2.4), and not a page that is to be asked untranslated.
 */
static void test_atc_entry_leads_whom_it_may(void **state)
{
	(void)state;
	static const struct {
		uint32_t entry_pasid, pasid;
		uint8_t flags, permissions, op;
		bool execute, privileged, leads;
	} rows[] = {
		{PASID_NONE, PASID_NONE, 0, 1, REQUEST_READ, false, false, true},
		{PASID_NONE, PASID_NONE, 0, 2, REQUEST_READ, false, false, false},
		{PASID_NONE, PASID_NONE, 0, 2, REQUEST_WRITE, false, false, true},
		{PASID_NONE, PASID_NONE, 0, 2, REQUEST_ATOMIC, false, false, false},
		{PASID_NONE, PASID_NONE, 0, 3, REQUEST_ATOMIC, false, false, true},
		{PASID_NONE, PASID_NONE, 0, 3, 9, false, false, true},
		{3, 3, 0, 1, REQUEST_READ, true, false, false},
		{3, 3, 0, 5, REQUEST_READ, true, false, true},
		{3, 4, 0, 1, REQUEST_READ, false, false, false},
		{3, DEVICE_ANY_PASID, 0, 1, REQUEST_READ, false, false, true},
		{0, 4, ATC_GLOBAL, 1, REQUEST_READ, false, false, true},
		{0, PASID_NONE, ATC_GLOBAL, 1, REQUEST_READ, false, false, false},
		{3, 3, ATC_PRIVILEGED, 1, REQUEST_READ, false, false, false},
		{3, 3, ATC_PRIVILEGED, 1, REQUEST_READ, false, true, true},
		{3, 3, ATC_UNTRANSLATED, 3, REQUEST_READ, false, false, false},
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct atc_entry entry = {.iova = 0x1000,
					  .pa = 0x5000,
					  .pasid = rows[i].entry_pasid,
					  .page_lg2 = 12,
					  .permissions = rows[i].permissions,
					  .flags = rows[i].flags};
		struct request request = {.address = 0x5ffc,
					  .op = rows[i].op,
					  .execute = rows[i].execute,
					  .privileged = rows[i].privileged};
		if (atc_entry_leads(&entry, rows[i].pasid, &request) != rows[i].leads)
			fail_msg("row %u", i);
		request.address = 0x6000;
		assert_false(atc_entry_leads(&entry, rows[i].pasid, &request));
	}
}

/* --- the same as a plain list, newest first --- */

struct list {
	struct atc_entry entries[LIST_MAX];
	unsigned count;
};

static void list_remove(struct list *list, unsigned at)
{
	memmove(&list->entries[at], &list->entries[at + 1], (--list->count - at) * sizeof(*list->entries));
}

static bool same_place(const struct atc_entry *a, const struct atc_entry *b)
{
	return a->page_lg2 == b->page_lg2 && a->iova == b->iova && a->pasid == b->pasid &&
	       (a->flags & 3) == (b->flags & 3);
}

static unsigned place_of(const struct atc_entry *entry)
{
	return (unsigned)(entry->iova >> entry->page_lg2) % SETS;
}

static void list_keep(struct list *list, const struct atc_entry *entry)
{
	for (unsigned i = list->count; i-- > 0;)
		if (same_place(&list->entries[i], entry))
			list_remove(list, i);
	memmove(&list->entries[1], &list->entries[0], list->count++ * sizeof(*list->entries));
	list->entries[0] = *entry;
	unsigned in_set = 0;
	for (unsigned i = 0; i < list->count; i++)
		if (place_of(&list->entries[i]) == place_of(entry) && ++in_set > WAYS) {
			list_remove(list, i);
			return;
		}
}

static bool list_covers(const struct ats_invalidation *message, const struct atc_entry *entry)
{
	uint64_t last = entry->iova + (UINT64_C(1) << entry->page_lg2) - 1;
	bool global = entry->flags & 1, plain = !global && entry->pasid == PASID_NONE;

	if (entry->iova > message->last || last < message->first)
		return false;
	if (message->pasid == PASID_NONE)
		return plain;
	return message->global ? !plain : !global && entry->pasid == message->pasid;
}

static const struct atc_entry *list_find(const struct list *list, uint32_t pasid, uint64_t iova)
{
	for (unsigned mode = 0; mode < 2; mode++)
		for (unsigned lg2 = 12; lg2 <= 30; lg2 += 9)
			for (unsigned i = 0; i < list->count; i++) {
				const struct atc_entry *entry = &list->entries[i];
				bool own = entry->flags & 1 ? pasid != PASID_NONE : entry->pasid == pasid;
				if (own && entry->page_lg2 == lg2 && entry->iova >> lg2 == iova >> lg2 &&
				    (entry->flags >> 1 & 1) == mode)
					return entry;
			}
	return NULL;
}

static uint32_t any_pasid(struct random *random)
{
	static const uint32_t pasids[] = {PASID_NONE, 0, 1, 7};
	return pasids[random_below(random, 4)];
}

static uint64_t any_iova(struct random *random)
{
	return random_below(random, 6) << 12 | random_below(random, 4) << 21 | random_below(random, 3) << 30;
}

static struct atc_entry any_entry(struct random *random)
{
	struct translation answer = {.completion = ATS_SUCCESS,
				     .page_lg2 = (uint8_t)(12 + 9 * random_below(random, 3)),
				     .permissions = (uint8_t)random_between(random, 1, 7),
				     .global = random_chance(random, 4),
				     .privileged = random_chance(random, 4),
				     .untranslated_only = random_chance(random, 6),
				     .pa = random_next(random) >> 16};
	struct atc_entry entry;

	assert_true(atc_entry_of(any_iova(random), any_pasid(random), &answer, &entry));
	return entry;
}

static void compare(const struct atc *atc, const struct list *list, struct random *random)
{
	uint32_t pasid = any_pasid(random);
	uint64_t iova = any_iova(random);
	const struct atc_entry *expected = list_find(list, pasid, iova), *found = atc_find(atc, pasid, false, iova);

	assert_int_equal(atc_count(atc, DEVICE_ANY_PASID), list->count);
	if (!expected || !found) {
		assert_ptr_equal(expected, found);
		return;
	}
	assert_true(found->pa == expected->pa && found->page_lg2 == expected->page_lg2);
	assert_true(found->permissions == expected->permissions && found->flags == expected->flags);
}

static void test_atc_answers_like_a_plain_list(void **state)
{
	(void)state;
	static struct list list;
	struct atc_entry entries[SETS * WAYS];

	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		struct atc atc = fresh_atc(entries);
		struct random random;
		random_seed(&random, seed);
		list.count = 0;
		for (unsigned step = 0; step < STEPS; step++) {
			if (random_chance(&random, 5)) {
				uint64_t first = any_iova(&random);
				struct ats_invalidation message = {
					.first = first,
					.last = first + (UINT64_C(0x1000) << random_below(&random, 20)) - 1,
					.pasid = any_pasid(&random),
					.global = random_chance(&random, 3)};
				atc_invalidate(&atc, &message);
				for (unsigned i = list.count; i-- > 0;)
					if (list_covers(&message, &list.entries[i]))
						list_remove(&list, i);
			} else {
				struct atc_entry entry = any_entry(&random);
				atc_keep(&atc, &entry);
				list_keep(&list, &entry);
			}
			compare(&atc, &list, &random);
		}
	}
}

/* What was asked for with T serves requests with T, and is forgotten when an invalidation with T says so. */
static void test_atc_keeps_T_apart(void **state)
{
	static const struct {
		bool entry, t, xt, serves;
	} rows[] = {
		{false, false, false, true}, {false, true, false, false}, {false, false, true, false},
		{true, false, false, false}, {true, true, false, true},   {true, false, true, true},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct atc_entry entry = {.iova = 0x5000,
						.pa = 0x7000,
						.pasid = PASID_NONE,
						.page_lg2 = 12,
						.permissions = PERM_READ,
						.flags = rows[i].entry ? ATC_TEE : 0};
		const struct request request = {.address = 0x7010, .t = rows[i].t, .xt = rows[i].xt};
		const struct ats_invalidation message = {
			.first = 0, .last = UINT64_MAX, .pasid = PASID_NONE, .t = rows[i].t || rows[i].xt};
		assert_int_equal(atc_entry_leads(&entry, PASID_NONE, &request), rows[i].serves);
		assert_int_equal(atc_covers(&message, PASID_NONE, entry.flags, 0x5000, 0x5fff), rows[i].serves);
		struct ats_invalidation both = message;
		both.both = true;
		assert_true(atc_covers(&both, PASID_NONE, entry.flags, 0x5000, 0x5fff));
	}
}

/* One address, asked for with T and without: each kind of request finds its own. */
static void test_atc_finds_by_T(void **state)
{
	struct atc_entry entries[4] = {{0}}, entry = {.iova = 0x5000,
						      .pa = 0x7000,
						      .pasid = PASID_NONE,
						      .page_lg2 = 12,
						      .permissions = PERM_READ};
	const struct atc atc = {.entries = entries, .sets = 1, .ways = 4};

	(void)state;
	atc_keep(&atc, &entry);
	assert_null(atc_find(&atc, PASID_NONE, true, 0x5010));
	entry.flags = ATC_TEE;
	entry.pa = 0x9000;
	atc_keep(&atc, &entry);
	assert_int_equal(atc_find(&atc, PASID_NONE, false, 0x5010)->pa, 0x7000);
	assert_int_equal(atc_find(&atc, PASID_NONE, true, 0x5010)->pa, 0x9000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_atc_keeps_T_apart),
		cmocka_unit_test(test_atc_finds_by_T),
		cmocka_unit_test(test_atc_keeps_what_the_completion_says),
		cmocka_unit_test(test_atc_entry_leads_whom_it_may),
		cmocka_unit_test(test_atc_answers_like_a_plain_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
