/* SPDX-License-Identifier: MIT */
/*
 * Every vector of the tree through a timed machine: each request ends as it does without it, and so do registers,
 * records and memory.
 */
#include "sim/vector_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct timing_profile machine(void)
{
	struct timing_profile profile = {.kind = IOMMU_VTD,
					 .interval = {{.count = 1, .bytes = {64}}, {.count = 1, .bytes = {64}}}};

	for (unsigned i = 0; i < TIMING_NUMBERS; i++)
		profile.value[i] = timing_numbers[i].low;
	profile.value[TIMING_TABLE] = 70;
	profile.value[TIMING_WALKERS] = 3;
	profile.value[TIMING_MERGE] = 1;
	profile.value[TIMING_POSTED_DATA] = 65536;
	return profile;
}

static void expect_text(const char *a, const char *b)
{
	assert_true((a == NULL) == (b == NULL));
	if (a)
		assert_string_equal(a, b);
}

static unsigned compare(const char *path, bool qemu, const struct timing_profile *profile)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) vectors = vectors_load(path, &error);
	unsigned requests = 0;

	assert_non_null(vectors);
	for (guint i = 0; i < vectors->len; i++) {
		const struct vector *vector = g_ptr_array_index(vectors, i);
		struct vector_run untimed, timed;
		vector_run(&untimed, vector, qemu);
		vector_run_timed(&timed, vector, qemu, profile);
		assert_int_equal(untimed.status, timed.status);
		assert_int_equal(untimed.failed_step, timed.failed_step);
		expect_text(untimed.reason, timed.reason);
		expect_text(untimed.got, timed.got);
		if (untimed.arena)
			assert_true(untimed.status == IOSIM_VECTOR_SKIPPED ||
				    arena_hash(untimed.arena) == arena_hash(timed.arena));
		requests += timed.machine != NULL;
		vector_run_clear(&untimed);
		vector_run_clear(&timed);
	}
	return requests;
}

static void test_vectors_end_the_same_under_the_cycle_clock(void **state)
{
	(void)state;
	static const char *const engines[] = {"vtd", "smmuv3"};
	struct timing_profile profile = machine();
	unsigned requests = 0;

	for (unsigned i = 0; i < 2; i++) {
		g_autofree char *folder =
			g_build_filename(g_getenv("IOSIM_SOURCE_ROOT"), "tests/data/vectors", engines[i], NULL);
		g_autoptr(GDir) files = g_dir_open(folder, 0, NULL);
		assert_non_null(files);
		for (const char *name; (name = g_dir_read_name(files));) {
			g_autofree char *path = g_build_filename(folder, name, NULL);
			requests += compare(path, false, &profile);
			requests += compare(path, true, &profile);
		}
	}
	assert_true(requests > 1000); /* else nothing was tested */
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors_end_the_same_under_the_cycle_clock)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
