/* SPDX-License-Identifier: MIT */
/*
 * Dirty tracking and snooping, with the engine behind the driver. Words by hand from specification 5.10: 9.6 (SSADE is
 * bit 9, PGSNP bit 88), 9.8 (A bit 8, D bit 9, SNP bit 11), 3.7.2, 6.5.2.4 and 6.5.2.3 (descriptors).
 */
#include "driver_pair.h"

#define SSADE UINT64_C(0x200)
#define DIRTY UINT64_C(0x200)
#define PGSNP (UINT64_C(1) << 24)
#define SNP   (UINT64_C(1) << 11)
#define IOVA  UINT64_C(0x5000)
#define SC    UINT64_C(0x80)

static const struct pair_wish plain = {.stage = DRIVER_STAGE_ANY};

static domain_handle wished(struct pair *pair, unsigned wishes)
{
	domain_handle domain = 0;
	assert_int_equal(vtd_driver_ops.domain_alloc_wished(pair->driver, DOMAIN_USER, wishes, &domain), 0);
	return domain;
}

/* STREAM in a domain that can be tracked: root, context table, directory, first table, in the order of frames. */
static struct pair *open_tracked(domain_handle *domain)
{
	struct pair *pair = pair_new(&plain);
	*domain = wished(pair, DOMAIN_TRACKS_DIRTY);
	pair_map(pair, *domain, IOVA, BASE, 2 * PAGE);
	pair_attach(pair, STREAM, *domain);
	pair_forget(pair);
	return pair;
}

static void found(void *context, const struct pt_leaf *leaf)
{
	*(uint64_t *)context = leaf->iova;
}

/* The address that is dirty, 0: none. */
static uint64_t look(struct pair *pair, domain_handle domain, bool clear, unsigned bugs)
{
	struct gather gather = {.domain = domain};
	uint64_t dirty = 0;
	assert_int_equal(vtd_driver_ops.dirty_read(pair->driver, domain, IOVA, 2 * PAGE, clear, found, &dirty, &gather),
			 0);
	vtd_driver_ops.inject(pair->driver, bugs);
	assert_int_equal(vtd_driver_ops.sync(pair->driver, &gather), 0);
	vtd_driver_ops.inject(pair->driver, 0);
	return dirty;
}

static void write_to(struct pair *pair, uint64_t iova)
{
	struct request request = {
		.address = iova, .bytes = 4, .stream = STREAM, .rid = STREAM, .pasid = PASID_NONE, .op = REQUEST_WRITE};
	struct translation out;
	vtd_ops.translate(pair->unit, &request, &out);
	assert_int_equal(out.result, TRANSLATE_OK);
}

static void test_dirty_tracking_sets_ssade_and_invalidates(void **state)
{
	(void)state;
	domain_handle domain;
	struct pair *pair = open_tracked(&domain);
	write_to(pair, IOVA);
	assert_int_equal(look(pair, domain, false, 0), 0); /* not tracked */
	pair_forget(pair);
	assert_int_equal(vtd_driver_ops.dirty_track(pair->driver, domain, true), 0);
	assert_int_equal(pair->log[0].kind, PAIR_WORD);
	assert_int_equal(pair->log[0].b & (SSADE | 0x1c1), SSADE | 0x081); /* PGTT 010b, P */
	pair_expect_command(pair, 0, UINT64_C(0x10017), 0);                /* PASID cache, of PASID 0 within domain 1 */
	pair_expect_command(pair, 1, UINT64_C(0x100e2), 0);                /* IOTLB of domain 1 */
	pair_expect_wait(pair, 2);
	write_to(pair, IOVA + PAGE);
	assert_int_equal(look(pair, domain, false, 0), IOVA + PAGE);
	pair_forget(pair);
	assert_int_equal(vtd_driver_ops.dirty_track(pair->driver, domain, true), 0); /* it is on */
	pair_expect_commands(pair, 0);
	assert_int_equal(vtd_driver_ops.dirty_track(pair->driver, domain, false), 0);
	assert_int_equal(pair->log[0].b & SSADE, 0);
	pair_free(pair);
}

static void test_dirty_attached_later_is_tracked(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&plain);
	domain_handle domain = wished(pair, DOMAIN_TRACKS_DIRTY);
	pair_map(pair, domain, IOVA, BASE, 2 * PAGE);
	assert_int_equal(vtd_driver_ops.dirty_track(pair->driver, domain, true), 0);
	pair_attach(pair, STREAM, domain);
	write_to(pair, IOVA);
	assert_int_equal(look(pair, domain, true, 0), IOVA);
	pair_free(pair);
}

/* 6.2.4: a cached translation with D lets writes pass; it is gone when the clearing is over. */
static void test_dirty_cleared_is_seen_again_after_the_invalidation_alone(void **state)
{
	(void)state;
	for (unsigned forgotten = 0; forgotten < 2; forgotten++) {
		domain_handle domain;
		struct pair *pair = open_tracked(&domain);
		assert_int_equal(vtd_driver_ops.dirty_track(pair->driver, domain, true), 0);
		write_to(pair, IOVA);
		assert_int_equal(look(pair, domain, true, forgotten ? INJECT_SKIP_IOTLB_FLUSH : 0), IOVA);
		assert_int_equal(look(pair, domain, false, 0), 0);
		write_to(pair, IOVA);
		assert_int_equal(look(pair, domain, false, 0), forgotten ? 0 : IOVA);
		pair_free(pair);
	}
}

static void test_dirty_unmap_tells_what_was_written(void **state)
{
	(void)state;
	domain_handle domain;
	struct pair *pair = open_tracked(&domain);
	uint64_t dirty = 0;
	struct gather gather = {.domain = domain, .dirty = found, .dirty_context = &dirty};
	assert_int_equal(vtd_driver_ops.dirty_track(pair->driver, domain, true), 0);
	write_to(pair, IOVA + PAGE);
	pair_unmap(pair, domain, IOVA, 2 * PAGE, &gather);
	assert_int_equal(dirty, IOVA + PAGE);
	assert_int_equal(vtd_driver_ops.sync(pair->driver, &gather), 0);
	pair_free(pair);
}

static void test_dirty_needs_scalable_mode_ssads_and_the_wish(void **state)
{
	(void)state;
	static const struct pair_wish lacking[] = {
		{.stage = DRIVER_STAGE_ANY, .ecap = PAIR_LEGACY},
		{.stage = DRIVER_STAGE_ANY, .ecap = PAIR_ALL & ~(UINT64_C(1) << 45)}};
	domain_handle domain = 0;
	uint64_t dirty;
	for (unsigned i = 0; i < 2; i++) {
		struct pair *pair = pair_new(&lacking[i]);
		assert_int_equal(
			vtd_driver_ops.domain_alloc_wished(pair->driver, DOMAIN_USER, DOMAIN_TRACKS_DIRTY, &domain),
			-EOPNOTSUPP);
		pair_free(pair);
	}
	struct pair *pair = pair_new(&plain);
	assert_int_equal(vtd_driver_ops.domain_alloc_wished(pair->driver, DOMAIN_DMA, DOMAIN_TRACKS_DIRTY, &domain),
			 -EOPNOTSUPP);
	domain = wished(pair, 0);
	struct gather gather = {.domain = domain};
	assert_int_equal(vtd_driver_ops.dirty_track(pair->driver, domain, true), -EOPNOTSUPP);
	assert_int_equal(vtd_driver_ops.dirty_read(pair->driver, domain, IOVA, PAGE, false, found, &dirty, &gather),
			 -EOPNOTSUPP);
	assert_int_equal(vtd_driver_ops.dirty_track(pair->driver, 77, true), -EINVAL);
	pair_free(pair);
}

static bool snoops(struct pair *pair)
{
	struct request request = {.address = IOVA,
				  .bytes = 4,
				  .stream = STREAM,
				  .rid = STREAM,
				  .pasid = PASID_NONE,
				  .op = REQUEST_READ,
				  .no_snoop = true};
	struct translation out;
	bool before = vtd_ops.snoops(pair->unit, &request); /* as memory has it */
	vtd_ops.translate(pair->unit, &request, &out);
	assert_int_equal(out.result, TRANSLATE_OK);
	assert_int_equal(vtd_ops.snoops(pair->unit, &request), before); /* as the IOTLB has it */
	return before;
}

/* 3.10: by the page in legacy mode, by the PASID-table entry in scalable mode; where ECAP.SC is. */
static void test_snoop_is_enforced_unless_it_is_wished_otherwise(void **state)
{
	(void)state;
	static const struct {
		uint64_t ecap;
		unsigned wishes;
		bool snoops;
	} rows[] = {
		{PAIR_LEGACY | SC, 0, true},
		{PAIR_LEGACY | SC, DOMAIN_HONOURS_NO_SNOOP, false},
		{PAIR_LEGACY, 0, false},
		{PAIR_ALL | SC, 0, true},
		{PAIR_ALL | SC, DOMAIN_HONOURS_NO_SNOOP, false},
		{PAIR_ALL, 0, false},
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct pair_wish wish = {.stage = DRIVER_STAGE_ANY, .ecap = rows[i].ecap};
		struct pair *pair = pair_new(&wish);
		struct domain_geometry geometry;
		domain_handle domain = wished(pair, rows[i].wishes);
		vtd_driver_ops.domain_geometry(pair->driver, domain, &geometry);
		assert_int_equal(geometry.enforce_snoop, rows[i].snoops);
		pair_map(pair, domain, IOVA, BASE, PAGE);
		pair_attach(pair, STREAM, domain);
		assert_int_equal(snoops(pair), rows[i].snoops);
		pair_free(pair);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dirty_tracking_sets_ssade_and_invalidates),
		cmocka_unit_test(test_dirty_attached_later_is_tracked),
		cmocka_unit_test(test_dirty_cleared_is_seen_again_after_the_invalidation_alone),
		cmocka_unit_test(test_dirty_unmap_tells_what_was_written),
		cmocka_unit_test(test_dirty_needs_scalable_mode_ssads_and_the_wish),
		cmocka_unit_test(test_snoop_is_enforced_unless_it_is_wished_otherwise),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
