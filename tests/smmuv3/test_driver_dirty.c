/* SPDX-License-Identifier: MIT */
/*
 * Dirty tracking by the driver, words by hand: CD[43:42] HA and HD (IHI 0070 5.4), DBM 51, nG 11, AF 10, AP[2:1] 7:6 of
 * a page (DDI 0487 D8.3), commands (4.4).
 */
#include "driver_fake.h"

#include <errno.h>

#define HTTU_AF    UINT32_C(0x40) /* IDR0[7:6] */
#define HTTU_DIRTY UINT32_C(0x80)
#define COHACC     UINT32_C(0x10)
#define HA_HD      (UINT64_C(3) << 42)
#define CD_SIGNS   (UINT64_C(1) << 31 | UINT64_C(1) << 41) /* V, AA64 */
#define DBM        (UINT64_C(1) << 51)
#define IOVA       UINT64_C(0x10000)
#define TO         UINT64_C(0x80000000)
#define ASID_1     UINT64_C(0x0001000000000000)
#define STREAM     0x100u

static int wished(struct fake *fake, enum domain_type type, domain_handle *domain)
{
	return smmuv3_driver_ops.domain_alloc_wished(fake->driver, type, DOMAIN_TRACKS_DIRTY, domain);
}

static void test_dirty_needs_a_first_stage_of_a_unit_that_sets_flags(void **state)
{
	static const struct {
		struct fake_wish wish;
		enum domain_type type;
		int error;
	} rows[] = {
		{{.idr0 = FAKE_IDR0 | HTTU_DIRTY}, DOMAIN_USER, 0},
		{{.idr0 = FAKE_IDR0 | HTTU_DIRTY | HTTU_AF}, DOMAIN_USER, 0},
		{{.idr0 = FAKE_IDR0 | HTTU_DIRTY, .stage = DRIVER_STAGE_SECOND}, DOMAIN_USER, 0},
		{{.idr0 = FAKE_IDR0 | HTTU_AF}, DOMAIN_USER, -EOPNOTSUPP},
		{{.idr0 = FAKE_IDR0}, DOMAIN_USER, -EOPNOTSUPP},
		{{.idr0 = (FAKE_IDR0 | HTTU_DIRTY) & ~COHACC}, DOMAIN_USER, -EOPNOTSUPP},
		{{.idr0 = (FAKE_IDR0 | HTTU_DIRTY) & ~FAKE_IDR0_S1P}, DOMAIN_USER, -EOPNOTSUPP},
		{{.idr0 = FAKE_IDR0 | HTTU_DIRTY}, DOMAIN_NEST_PARENT, -EOPNOTSUPP},
		{{.idr0 = FAKE_IDR0 | HTTU_DIRTY}, DOMAIN_IDENTITY, -EOPNOTSUPP},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake *fake = fake_new(&rows[i].wish);
		domain_handle domain = 0;
		struct domain_geometry geometry;
		assert_int_equal(wished(fake, rows[i].type, &domain), rows[i].error);
		if (!rows[i].error) {
			smmuv3_driver_ops.domain_geometry(fake->driver, domain, &geometry);
			assert_true(geometry.tracks_dirty);
		}
		fake_free(fake);
	}
}

/* The word 0 of the context descriptor that was written last; 0: none. */
static uint64_t written_cd(const struct fake *fake)
{
	uint64_t found = 0;
	for (unsigned i = 0; i < fake->count; i++)
		if (fake->log[i].kind == EFFECT_WORD && (fake->log[i].value & CD_SIGNS) == CD_SIGNS)
			found = fake->log[i].value;
	return found;
}

static void test_dirty_is_on_in_the_context_descriptor_from_the_beginning(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.idr0 = FAKE_IDR0 | HTTU_DIRTY});
	domain_handle tracked, plain = fake_domain(fake, DOMAIN_USER);
	assert_int_equal(wished(fake, DOMAIN_USER, &tracked), 0);
	fake_attach(fake, STREAM, plain);
	assert_true(written_cd(fake) != 0 && (written_cd(fake) & HA_HD) == 0);
	fake_attach(fake, STREAM, tracked);
	assert_true((written_cd(fake) & HA_HD) == HA_HD);
	fake_forget(fake);
	assert_int_equal(smmuv3_driver_ops.dirty_track(fake->driver, tracked, true), 0);
	assert_int_equal(smmuv3_driver_ops.dirty_track(fake->driver, tracked, false), 0);
	assert_int_equal(fake->count, 0);
	assert_int_equal(smmuv3_driver_ops.dirty_track(fake->driver, plain, true), -EOPNOTSUPP);
	assert_int_equal(smmuv3_driver_ops.dirty_track(fake->driver, 99, true), -EINVAL);
	fake_free(fake);
}

static void count_dirty(void *context, const struct pt_leaf *leaf)
{
	assert_true(leaf->iova == IOVA);
	++*(unsigned *)context;
}

static unsigned look(struct fake *fake, domain_handle domain, bool clear, struct gather *gather)
{
	unsigned found = 0;
	assert_int_equal(
		smmuv3_driver_ops.dirty_read(fake->driver, domain, IOVA, 0x1000, clear, count_dirty, &found, gather),
		0);
	return found;
}

static void test_dirty_page_is_mapped_read_and_cleared(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.idr0 = FAKE_IDR0 | HTTU_DIRTY});
	struct gather gather = {0};
	domain_handle domain;
	assert_int_equal(wished(fake, DOMAIN_USER, &domain), 0);
	fake_map(fake, domain, IOVA, TO, 0x1000);
	const struct effect *leaf = fake_effect(fake, EFFECT_WORD, fake_effects(fake, EFFECT_WORD) - 1);
	uint64_t pa = leaf->address, dirty = UINT64_C(0x0068000080000f43);
	assert_true(leaf->value == dirty);
	assert_int_equal(look(fake, domain, false, &gather), 1);
	assert_true(fake_word(fake, pa) == dirty);
	assert_true(gather.count == 0);
	assert_int_equal(look(fake, domain, true, &gather), 1);
	assert_true(fake_word(fake, pa) == (dirty | 0x80)); /* clean: read-only, with DBM and AF */
	fake_forget(fake);
	fake_sync(fake, &gather);
	fake_submitted(fake, 0, ASID_1 | 0x12, IOVA | 1); /* CMD_TLBI_NH_VA */
	assert_int_equal(look(fake, domain, true, &gather), 0);
	assert_true((dirty & DBM) != 0);
	fake_free(fake);
}

/* What cannot be written is never dirty. */
static void test_dirty_of_read_only_pages_and_of_others(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.idr0 = FAKE_IDR0 | HTTU_DIRTY});
	struct gather gather = {0};
	unsigned found = 0;
	domain_handle domain, plain = fake_domain(fake, DOMAIN_USER);
	assert_int_equal(wished(fake, DOMAIN_USER, &domain), 0);
	assert_int_equal(smmuv3_driver_ops.map(fake->driver, domain, IOVA, TO, 0x1000, PT_READ), 0);
	const struct effect *leaf = fake_effect(fake, EFFECT_WORD, fake_effects(fake, EFFECT_WORD) - 1);
	assert_true(leaf->value == UINT64_C(0x0060000080000fc3));
	assert_int_equal(look(fake, domain, true, &gather), 0);
	assert_int_equal(smmuv3_driver_ops.dirty_read(fake->driver, plain, IOVA, 0x1000, true, count_dirty, &found,
						      &(struct gather){0}),
			 -EOPNOTSUPP);
	assert_int_equal(smmuv3_driver_ops.dirty_read(fake->driver, 99, IOVA, 0x1000, true, count_dirty, &found,
						      &(struct gather){0}),
			 -EINVAL);
	gather = (struct gather){.domain = plain, .count = 1, .first = {0}, .last = {0xfff}};
	assert_int_equal(
		smmuv3_driver_ops.dirty_read(fake->driver, domain, IOVA, 0x1000, true, count_dirty, &found, &gather),
		-EINVAL);
	fake_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dirty_needs_a_first_stage_of_a_unit_that_sets_flags),
		cmocka_unit_test(test_dirty_is_on_in_the_context_descriptor_from_the_beginning),
		cmocka_unit_test(test_dirty_page_is_mapped_read_and_cleared),
		cmocka_unit_test(test_dirty_of_read_only_pages_and_of_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
