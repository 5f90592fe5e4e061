/* SPDX-License-Identifier: MIT */
/*
 * PASIDs, with the engine behind the driver. Words by hand from specification 5.10: 9.4 to 9.6 (entries), 6.5.2.2,
 * 6.5.2.4, 6.5.2.6 (descriptors), 6.5.3.3 table 28.
 */
#include "driver_pair.h"

#define PDEVTLB_ALL UINT64_C(0x7ffffffffffff800)

enum { CONTEXT = 1, IOTLB = 2, DEVTLB = 3, PIOTLB = 6, PASID_CACHE = 7, PDEVTLB = 8 };

static const struct pair_wish plain = {.stage = DRIVER_STAGE_ANY};

/* STREAM has features and nothing else: context table, directory, first table. */
#define CONTEXT_PA   (PAIR_FRAMES + 3 * PAGE + 8 * 32)
#define DIRECTORY_PA (PAIR_FRAMES + 4 * PAGE)
#define TABLE_PA     (PAIR_FRAMES + 5 * PAGE)

static struct pair *pair_with_pasids(const struct pair_wish *wish, unsigned more)
{
	struct pair *pair = pair_new(wish);
	pair_features(pair, STREAM, FEATURE_PASID | more);
	pair_forget(pair);
	return pair;
}

static void expect_entry(struct pair *pair, uint64_t pa, uint64_t first, uint64_t second, uint64_t third)
{
	assert_int_equal(pair_word(pair, pa), first);
	assert_int_equal(pair_word(pair, pa + 8), second);
	assert_int_equal(pair_word(pair, pa + 16), third);
	for (unsigned i = 3; i < 8; i++)
		assert_int_equal(pair_word(pair, pa + i * 8), 0);
}

/* 9.6: entry n of the table is 64 bytes; PWSNP is bit 87, DID bits 79:64. */
static void test_pasid_entries_are_those_of_the_specification(void **state)
{
	(void)state;
	struct pair *pair = pair_with_pasids(&plain, 0);
	domain_handle sva = pair_domain(pair, DOMAIN_SVA), identity = pair_domain(pair, DOMAIN_IDENTITY);
	domain_handle parent = pair_domain(pair, DOMAIN_NEST_PARENT), nested = 0;
	struct domain_guest guest = {.root = 0x7000, .address_width = 57};
	uint64_t root = DIRECTORY_PA + 2 * PAGE;
	assert_int_equal(pair_word(pair, CONTEXT_PA), DIRECTORY_PA | 9); /* PASIDE, P */
	assert_int_equal(pair_word(pair, DIRECTORY_PA), TABLE_PA | 1);
	assert_int_equal(vtd_driver_ops.domain_nest(pair->driver, parent, &guest, &nested), 0);
	pair_attach_pasid(pair, STREAM, 1, sva);
	expect_entry(pair, TABLE_PA + 64, 0x41, 0x800001, root); /* PGTT 001b; FSPTPTR */
	pair_attach_pasid(pair, STREAM, 2, identity);
	expect_entry(pair, TABLE_PA + 128, 0x101, 0x800002, 0); /* PGTT 100b */
	pair_attach_pasid(pair, STREAM, 3, parent);
	expect_entry(pair, TABLE_PA + 192, (root + PAGE) | 0x89, 0x800003, 0); /* PGTT 010b, AW 2, SSPTPTR */
	pair_attach_pasid(pair, STREAM, 63, nested);
	/* PGTT 011b, AW 2, the parent's SSPTPTR; FSPM 01b in the third word */
	expect_entry(pair, TABLE_PA + 63 * 64, (root + PAGE) | 0xc9, 0x800004, 0x7004);
	pair_expect_commands(pair, 0);
	pair_free(pair);
}

/* 9.5: PASID bits 19:6 find the entry of the directory. */
static void test_pasid_tables_are_made_where_they_are_asked_for(void **state)
{
	(void)state;
	struct pair *pair = pair_with_pasids(&plain, 0);
	domain_handle domain = pair_domain(pair, DOMAIN_SVA);
	uint64_t table = TABLE_PA + 2 * PAGE;
	pair_attach_pasid(pair, STREAM, 64 * 3 + 5, domain);
	assert_int_equal(pair_word(pair, DIRECTORY_PA + 3 * 8), table | 1);
	assert_int_equal(pair_word(pair, table + 5 * 64), 0x41);
	pair_attach_pasid(pair, STREAM, 64 * 3 + 6, domain);
	assert_int_equal(pair_word(pair, table + 6 * 64), 0x41);
	assert_int_equal(frame_allocator_taken(pair->frames), 8);
	pair_free(pair);
}

/* 9.4, PDTS: 2^(PDTS + 7) entries of 64 PASIDs. The context entry changes in one store, table 28 says what follows. */
static void test_pasid_directory_grows_and_keeps_what_it_had(void **state)
{
	(void)state;
	struct pair *pair = pair_with_pasids(&plain, 0);
	domain_handle domain = pair_domain(pair, DOMAIN_SVA);
	pair_map(pair, domain, 0x5000, BASE, PAGE);
	pair_attach_pasid(pair, STREAM, 7, domain);
	pair_forget(pair);
	pair_attach_pasid(pair, STREAM, 0x1fff, domain); /* the last of 128 * 64 */
	assert_int_equal(pair_find(pair, PAIR_WORD, CONTEXT_PA, 0), -1);
	pair_attach_pasid(pair, STREAM, 0x2000, domain);
	assert_int_equal(pair_word(pair, CONTEXT_PA), DIRECTORY_PA | 0x209); /* PDTS 1, in the same frame */
	pair_expect_command(pair, 0, UINT64_C(0x18800000031), 0);
	pair_expect_command(pair, 1, 0x10007, 0);
	pair_expect_command(pair, 2, 0x100e2, 0);
	pair_expect_wait(pair, 3);
	pair_expect_pa(pair, STREAM, 0x2000, 0x5008, BASE + 8);
	pair_attach_pasid(pair, STREAM, 0xfffff, domain);
	uint64_t context = pair_word(pair, CONTEXT_PA), directory = context & ~UINT64_C(0xfff);
	assert_int_equal(context & 0xfff, 0xe09); /* PDTS 7 */
	assert_int_equal(directory % 0x20000, 0); /* 128 KiB */
	assert_int_equal(pair_word(pair, directory), TABLE_PA | 1);
	/* The old frame was free again, and is the new table. */
	assert_int_equal(pair_word(pair, directory + 0x3fff * 8), DIRECTORY_PA | 1);
	static const uint32_t pasids[] = {7, 0x1fff, 0x2000, 0xfffff};
	for (unsigned i = 0; i < 4; i++)
		pair_expect_pa(pair, STREAM, pasids[i], 0x5008, BASE + 8);
	for (unsigned i = 0; i < 4; i++)
		pair_attach_pasid(pair, STREAM, pasids[i], 0);
	pair_expect_fault(pair, STREAM, 0xfffff, 0x5008, 0x59);
	pair_free(pair);
}

/* 6.5.3.3: entry cleared, then PASID cache, IOTLB, device TLB, and a wait. */
static void test_pasid_teardown_is_in_order(void **state)
{
	(void)state;
	static const struct {
		enum domain_type type;
		uint64_t iotlb;
	} cases[] = {
		{DOMAIN_SVA, UINT64_C(0x500010026)}, /* P_IOTLB, PASID-selective, DID 1, PASID 5 */
		{DOMAIN_NEST_PARENT, 0x100e2},       /* second stage: domain-selective */
		{DOMAIN_IDENTITY, 0x100e2},
	};
	for (unsigned i = 0; i < 3; i++) {
		struct pair *pair = pair_with_pasids(&plain, FEATURE_ATS);
		domain_handle keep = 0;
		pair_attach_pasid(pair, STREAM, 5, pair_domain(pair, cases[i].type));
		keep = pair_domain(pair, DOMAIN_SVA);
		pair_attach_pasid(pair, STREAM, 6, keep); /* so that ATS stays on */
		pair_forget(pair);
		pair_attach_pasid(pair, STREAM, 5, 0);
		assert_int_equal(pair->log[0].kind, PAIR_WORD);
		assert_int_equal(pair->log[0].a, TABLE_PA + 5 * 64);
		assert_int_equal(pair->log[0].b, 0);
		pair_expect_command(pair, 0, UINT64_C(0x500010017), 0);
		pair_expect_command(pair, 1, cases[i].iotlb, 0);
		pair_expect_command(pair, 2, UINT64_C(0x501880008), PDEVTLB_ALL);
		pair_expect_wait(pair, 3);
		pair_expect_commands(pair, 4);
		assert_int_equal(pair_find(pair, PAIR_ENDPOINT, FEATURE_ATS, 0), -1);
		assert_int_equal(pair->invalidations[0].pasid, 5);
		assert_false(pair->invalidations[0].global);
		pair_free(pair);
	}
}

static void test_pasid_moves_between_domains_while_absent(void **state)
{
	(void)state;
	struct pair *pair = pair_with_pasids(&plain, 0);
	domain_handle one = pair_domain(pair, DOMAIN_SVA), two = pair_domain(pair, DOMAIN_USER);
	pair_map(pair, one, 0x5000, BASE, PAGE);
	pair_map(pair, two, 0x5000, BASE + PAGE, PAGE);
	pair_attach_pasid(pair, STREAM, 9, one);
	pair_expect_pa(pair, STREAM, 9, 0x5000, BASE);
	pair_forget(pair);
	pair_attach_pasid(pair, STREAM, 9, two);
	int gone = pair_find(pair, PAIR_WORD, TABLE_PA + 9 * 64, 0),
	    back = pair_find(pair, PAIR_WORD, TABLE_PA + 9 * 64, 1);
	int flushed = pair_find(pair, PAIR_SUBMIT, PIOTLB, 0),
	    third = pair_find(pair, PAIR_WORD, TABLE_PA + 9 * 64 + 16, 0);
	assert_true(gone < flushed && flushed < third && third < back);
	pair_expect_pa(pair, STREAM, 9, 0x5000, BASE + PAGE);
	assert_int_equal(vtd_driver_ops.domain_free(pair->driver, two), -EBUSY);
	assert_int_equal(vtd_driver_ops.domain_free(pair->driver, one), 0);
	pair_attach_pasid(pair, STREAM, 9, pair_domain(pair, DOMAIN_BLOCKED));
	pair_expect_fault(pair, STREAM, 9, 0x5000, 0x59);
	assert_int_equal(vtd_driver_ops.domain_free(pair->driver, two), 0);
	pair_free(pair);
}

/* Table 28, "changes to first-stage page-tables": for every PASID that uses it; its device TLBs with and without PASID.
 */
static void test_pasid_sync_is_for_every_pasid_of_a_first_stage(void **state)
{
	(void)state;
	struct pair *pair = pair_with_pasids(&plain, FEATURE_ATS);
	domain_handle domain = pair_domain(pair, DOMAIN_USER);
	pair_map(pair, domain, 0x4000, BASE, 4 * PAGE);
	pair_attach(pair, STREAM, domain);
	pair_attach_pasid(pair, STREAM, 0x12345, domain);
	pair_expect_pa(pair, STREAM, PASID_NONE, 0x5000, BASE + PAGE);
	pair_expect_pa(pair, STREAM, 0x12345, 0x5000, BASE + PAGE);
	assert_int_equal(pair_take(pair, domain, 0x5000, PAGE, 0), 0);
	pair_expect_command(pair, 0, 0x10036, 0x5040);
	pair_expect_command(pair, 1, UINT64_C(0x1234500010036), 0x5040);
	pair_expect_command(pair, 2, UINT64_C(0x18800000003), 0x5000);
	pair_expect_command(pair, 3, UINT64_C(0x1234501880008), 0x5000);
	pair_expect_wait(pair, 4);
	pair_expect_commands(pair, 5);
	pair_expect_fault(pair, STREAM, PASID_NONE, 0x5000, 0x71);
	pair_expect_fault(pair, STREAM, 0x12345, 0x5000, 0x71);
	pair_forget(pair);
	assert_int_equal(vtd_driver_ops.flush_domain(pair->driver, domain), 0);
	pair_expect_command(pair, 0, 0x100e2, 0); /* several PASIDs: by domain */
	pair_free(pair);
}

static void test_pasid_sync_of_many_pasids_is_by_domain(void **state)
{
	(void)state;
	struct pair *pair = pair_with_pasids(&plain, 0);
	domain_handle domain = pair_domain(pair, DOMAIN_SVA);
	pair_map(pair, domain, 0x4000, BASE, 4 * PAGE);
	for (uint32_t pasid = 1; pasid <= 40; pasid++) {
		pair_attach_pasid(pair, STREAM, pasid, domain);
		pair_expect_pa(pair, STREAM, pasid, 0x5000, BASE + PAGE);
	}
	assert_int_equal(pair_take(pair, domain, 0x5000, PAGE, 0), 0);
	pair_expect_command(pair, 0, 0x100e2, 0);
	pair_expect_commands(pair, 2);
	for (uint32_t pasid = 1; pasid <= 40; pasid++)
		pair_expect_fault(pair, STREAM, pasid, 0x5000, 0x71);
	pair_free(pair);
}

/* Table pages are not free while a PASID may still walk them. */
static void test_pasid_detach_flushes_what_other_pasids_cached_of_retired_tables(void **state)
{
	(void)state;
	struct pair *pair = pair_with_pasids(&plain, 0);
	domain_handle domain = pair_domain(pair, DOMAIN_SVA);
	struct gather gather = {0};
	pair_map(pair, domain, 0x4000, BASE, PAGE);
	pair_attach_pasid(pair, STREAM, 1, domain);
	pair_attach_pasid(pair, STREAM, 2, domain);
	pair_expect_pa(pair, STREAM, 1, 0x4000, BASE);
	pair_unmap(pair, domain, 0x4000, PAGE, &gather);
	uint32_t taken = frame_allocator_taken(pair->frames);
	pair_forget(pair);
	pair_attach_pasid(pair, STREAM, 2, 0);
	assert_true(frame_allocator_taken(pair->frames) < taken);
	pair_expect_command(pair, 1, 0x100e2, 0);
	pair_expect_fault(pair, STREAM, 1, 0x4000, 0x71);
	pair_free(pair);
}

/* 6.2.3: with CM what was not there may be cached, under DID 0. */
static void test_pasid_with_caching_mode_invalidates_what_was_not_there(void **state)
{
	(void)state;
	const struct pair_wish wish = {.cap = PAIR_CAP | PAIR_CAP_CM};
	struct pair *pair = pair_with_pasids(&wish, 0);
	domain_handle domain = pair_domain(pair, DOMAIN_SVA);
	pair_map(pair, domain, 0x5000, BASE, PAGE);
	pair_expect_fault(pair, STREAM, 5, 0x5000, 0x59);
	pair_forget(pair);
	pair_attach_pasid(pair, STREAM, 5, domain);
	pair_expect_command(pair, 0, UINT64_C(0x500000017), 0);
	pair_expect_command(pair, 1, 0xe2, 0);
	pair_expect_pa(pair, STREAM, 5, 0x5000, BASE);
	pair_free(pair);
}

static void test_pasid_that_cannot_be_is_refused(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&plain);
	const struct driver_ops *ops = &vtd_driver_ops;
	domain_handle domain = pair_domain(pair, DOMAIN_SVA);
	assert_int_equal(ops->attach_pasid(pair->driver, STREAM, 5, domain), -ENODEV);
	pair_features(pair, STREAM, FEATURE_PASID);
	assert_int_equal(ops->attach_pasid(pair->driver, STREAM, 0, domain), -ENODEV);
	assert_int_equal(ops->attach_pasid(pair->driver, STREAM, 0x100000, domain), -ENODEV);
	assert_int_equal(ops->attach_pasid(pair->driver, STREAM, PASID_NONE, domain), -ENODEV);
	assert_int_equal(ops->attach_pasid(pair->driver, 0x10000, 5, domain), -ENODEV);
	assert_int_equal(ops->attach_pasid(pair->driver, STREAM, 5, 1000), -EINVAL);
	assert_int_equal(ops->attach(pair->driver, STREAM, domain), -EOPNOTSUPP);
	assert_int_equal(ops->attached_pasid(pair->driver, STREAM, 5), 0);
	pair_free(pair);
	const struct pair_wish small = {.ecap = PAIR_SCALABLE | UINT64_C(1) << 40 |
						UINT64_C(7) << 35}; /* PSS: 8 bits */
	pair = pair_with_pasids(&small, 0);
	domain = pair_domain(pair, DOMAIN_SVA);
	assert_int_equal(ops->attach_pasid(pair->driver, STREAM, 0x100, domain), -ENODEV);
	pair_attach_pasid(pair, STREAM, 0xff, domain);
	pair_free(pair);
	const struct pair_wish second = {.ecap = PAIR_ALL & ~(UINT64_C(1) << 47)}; /* no first stage */
	pair = pair_new(&second);
	assert_int_equal(ops->domain_alloc(pair->driver, DOMAIN_SVA, &domain), -EOPNOTSUPP);
	pair_free(pair);
}

/* --- what hardware may see at any time, read from memory alone --- */

static void no_trace(void *context, const struct walk_step *step)
{
	(void)context;
	(void)step;
}

static struct translation look(struct pair *pair, uint32_t pasid)
{
	struct translation out;
	struct request request = {.address = 0x5000, .bytes = 8, .stream = STREAM, .pasid = pasid, .op = REQUEST_READ};
	vtd_ops.explain(pair->unit, &request, no_trace, NULL, &out);
	return out;
}

static void watch_served(struct pair *pair)
{
	struct translation out = look(pair, 7);
	assert_int_equal(out.result, TRANSLATE_OK);
	assert_true(out.pa == BASE);
}

static void test_pasid_is_served_while_features_and_directory_change(void **state)
{
	(void)state;
	struct pair *pair = pair_with_pasids(&plain, 0);
	domain_handle domain = pair_domain(pair, DOMAIN_SVA);
	pair_map(pair, domain, 0x5000, BASE, PAGE);
	pair_attach_pasid(pair, STREAM, 7, domain);
	pair->watch = watch_served;
	pair_attach_pasid(pair, STREAM, 0x2000, domain);
	pair_attach_pasid(pair, STREAM, 0x8000, domain);
	pair_attach_pasid(pair, STREAM, 0xfffff, domain);
	pair_attach(pair, STREAM, domain = pair_domain(pair, DOMAIN_USER));
	pair_features(pair, STREAM, FEATURE_PASID | FEATURE_ATS);
	pair_features(pair, STREAM, FEATURE_PASID);
	pair_attach(pair, STREAM, 0);
	pair_free(pair);
}

/* The old one, none, or the new one. */
static void watch_moved(struct pair *pair)
{
	struct translation out = look(pair, 7);
	if (out.result == TRANSLATE_OK)
		assert_true(out.pa == BASE || out.pa == BASE + PAGE);
	else
		assert_int_equal(out.fault, 0x59);
}

static void test_pasid_that_moves_has_no_state_in_between(void **state)
{
	(void)state;
	static const enum domain_type types[] = {DOMAIN_SVA, DOMAIN_NEST_PARENT};
	for (unsigned i = 0; i < 4; i++) {
		struct pair *pair = pair_with_pasids(&plain, FEATURE_ATS);
		domain_handle one = pair_domain(pair, types[i & 1]), two = pair_domain(pair, types[i >> 1]);
		pair_map(pair, one, 0x5000, BASE, PAGE);
		pair_map(pair, two, 0x5000, BASE + PAGE, PAGE);
		pair_attach_pasid(pair, STREAM, 3, one); /* so that ATS stays on */
		pair->watch = watch_moved;
		pair_attach_pasid(pair, STREAM, 7, one);
		pair_attach_pasid(pair, STREAM, 7, two);
		assert_true(look(pair, 7).pa == BASE + PAGE);
		pair_attach_pasid(pair, STREAM, 7, 0);
		pair_free(pair);
	}
}

/* Out of memory at each place: nothing that was is changed. */
static void test_pasid_without_memory_changes_nothing(void **state)
{
	(void)state;
	static const uint32_t pasids[] = {1, 0x40, 0x2000, 0x8000, 0xfffff};
	unsigned refused = 0;
	for (uint32_t frames = 9; frames < 70; frames++) {
		const struct pair_wish wish = {.frames = frames};
		struct pair *pair = pair_with_pasids(&wish, 0);
		domain_handle domain = pair_domain(pair, DOMAIN_SVA);
		for (unsigned i = 0; i < 5; i++) {
			int error = vtd_driver_ops.attach_pasid(pair->driver, STREAM, pasids[i], domain);
			assert_true(error == 0 || error == -ENOMEM);
			refused += error != 0;
			assert_int_equal(vtd_driver_ops.attached_pasid(pair->driver, STREAM, pasids[i]),
					 error ? 0 : domain);
			if (error)
				assert_int_equal(pair_ask(pair, STREAM, pasids[i], 0, AT_UNTRANSLATED).result,
						 TRANSLATE_FAULT);
		}
		for (unsigned i = 0; i < 5; i++)
			pair_attach_pasid(pair, STREAM, pasids[i], 0);
		assert_int_equal(vtd_driver_ops.domain_free(pair->driver, domain), 0);
		pair_free(pair);
	}
	assert_true(refused > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pasid_entries_are_those_of_the_specification),
		cmocka_unit_test(test_pasid_tables_are_made_where_they_are_asked_for),
		cmocka_unit_test(test_pasid_directory_grows_and_keeps_what_it_had),
		cmocka_unit_test(test_pasid_teardown_is_in_order),
		cmocka_unit_test(test_pasid_moves_between_domains_while_absent),
		cmocka_unit_test(test_pasid_sync_is_for_every_pasid_of_a_first_stage),
		cmocka_unit_test(test_pasid_sync_of_many_pasids_is_by_domain),
		cmocka_unit_test(test_pasid_detach_flushes_what_other_pasids_cached_of_retired_tables),
		cmocka_unit_test(test_pasid_with_caching_mode_invalidates_what_was_not_there),
		cmocka_unit_test(test_pasid_that_cannot_be_is_refused),
		cmocka_unit_test(test_pasid_is_served_while_features_and_directory_change),
		cmocka_unit_test(test_pasid_that_moves_has_no_state_in_between),
		cmocka_unit_test(test_pasid_without_memory_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
