/* SPDX-License-Identifier: MIT */
#include "capture/vectors.h"
#include "scratch.h"

#include <ioasid-sim/error.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEAD_OF(engine, caps)                                                      \
	"{\"id\":\"a-1\",\"engine\":\"" engine "\",\"mode\":\"m\",\"caps\":{" caps \
	"},\"setup\":{\"memory\":[[\"0x1000\",\"0x7\"]]},"
#define VTD                                                                                                       \
	HEAD_OF("vtd", "\"cap\":\"0x11\",\"ecap\":\"0x22\",\"haw\":48,\"ram\":[[\"0x0\",\"0x2000\"],[\"0x8000\"," \
		       "\"0x9000\"]]")
#define SMMU HEAD_OF("smmuv3", "\"IDR0\":\"0xa\",\"IDR5\":\"0xb\",\"AIDR\":\"0x1\",\"ram\":[\"0x4000\",\"0x8000\"]")

static GPtrArray *load(const char *text, GError **error)
{
	struct scratch scratch;
	g_autofree char *path = NULL;
	GPtrArray *vectors;

	scratch_begin(&scratch);
	scratch_write(&scratch, "vectors.jsonl", text, -1);
	path = scratch_path(&scratch, "vectors.jsonl");
	vectors = vectors_load(path, error);
	scratch_end(&scratch);
	return vectors;
}

static void expect_refused(const char *text, const char *message)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) vectors = load(text, &error);

	assert_null(vectors);
	assert_non_null(error);
	assert_true(error->domain == IOSIM_ERROR);
	if (!strstr(error->message, message))
		fail_msg("expected '%s' in '%s'", message, error->message);
}

static const struct vector *first(GPtrArray *vectors)
{
	assert_non_null(vectors);
	return g_ptr_array_index(vectors, 0);
}

static const struct vector_step *step_of(const struct vector *vector, guint index)
{
	assert_true(index < vector->steps->len);
	return &g_array_index(vector->steps, struct vector_step, index);
}

static void test_vectors_vtd_head_has_capabilities_memory_and_ram(void **state)
{
	g_autoptr(GPtrArray) vectors =
		load("\n" VTD "\"scenario\":\"s\",\"title\":\"t\",\"relax\":[\"x\",\"y\"],\"steps\":[]}", NULL);
	const struct vector *vector = first(vectors);

	(void)state;
	assert_int_equal(vector->line, 2);
	assert_string_equal(vector->id, "a-1");
	assert_string_equal(vector->shape, "s: t");
	assert_string_equal(vector->relax, "x y");
	assert_int_equal(vector->engine, VECTOR_VTD);
	assert_int_equal(vector->identification[0], 0x11);
	assert_int_equal(vector->identification[1], 0x22);
	assert_int_equal(vector->address_width, 48);
	assert_int_equal(vector->range_count, 2);
	assert_int_equal(vector->ranges[1].first, 0x8000);
	assert_int_equal(vector->ranges[1].last, 0x8fff);
	assert_int_equal(vector->memory->len, 1);
	assert_int_equal(g_array_index(vector->memory, struct vector_word, 0).value, 7);
}

static void test_vectors_smmu_head_has_identification_in_register_order(void **state)
{
	g_autoptr(GPtrArray) vectors = load(SMMU "\"steps\":[]}", NULL);
	const struct vector *vector = first(vectors);

	(void)state;
	assert_int_equal(vector->engine, VECTOR_SMMUV3);
	assert_int_equal(vector->identification[0], 0xa);
	assert_int_equal(vector->identification[5], 0xb);
	assert_int_equal(vector->identification[6], 0);
	assert_int_equal(vector->identification[7], 1);
	assert_int_equal(vector->range_count, 1);
	assert_int_equal(vector->ranges[0].last, 0x7fff);
}

static void test_vectors_plain_steps_have_place_value_mask(void **state)
{
	g_autoptr(GPtrArray) vectors = load(
		SMMU "\"steps\":[{\"write32\":[\"0x20\",\"0x1\"]},{\"check32\":[\"0x60\",\"0x2\",\"0xff\"],"
		     "\"caveat\":\"CODE: a sentence\"},{\"mem64\":[\"0x4008\",\"0x3\"]},{\"check_mem64\":[\"0x4010\","
		     "\"0x4\"]},{\"cmd\":[\"0x5\",\"0x6\"],\"slot\":\"0x4020\",\"prod\":\"0x7\"},{\"check64\":["
		     "\"0x28\",\"0x8\"]}]}",
		NULL);
	const struct vector *vector = first(vectors);

	(void)state;
	assert_int_equal(vector->steps->len, 6);
	assert_int_equal(step_of(vector, 0)->kind, VECTOR_WRITE);
	assert_int_equal(step_of(vector, 0)->bytes, 4);
	assert_int_equal(step_of(vector, 0)->place, 0x20);
	assert_int_equal(step_of(vector, 1)->kind, VECTOR_CHECK);
	assert_int_equal(step_of(vector, 1)->mask, 0xff);
	assert_string_equal(step_of(vector, 1)->caveat, "CODE");
	assert_int_equal(step_of(vector, 2)->kind, VECTOR_STORE);
	assert_int_equal(step_of(vector, 3)->kind, VECTOR_CHECK_STORE);
	assert_int_equal(step_of(vector, 3)->value, 4);
	assert_int_equal(step_of(vector, 4)->kind, VECTOR_COMMAND);
	assert_int_equal(step_of(vector, 4)->command[1], 6);
	assert_int_equal(step_of(vector, 4)->place, 0x4020);
	assert_int_equal(step_of(vector, 4)->value, 7);
	assert_true(step_of(vector, 5)->mask == UINT64_MAX);
}

static void test_vectors_vtd_request_has_its_outcomes(void **state)
{
	g_autoptr(GPtrArray) vectors = load(VTD "\"steps\":[{\"dma\":{\"bdf\":\"8a:1f.2\",\"pasid\":null,\"iova\":"
						"\"0x1004\",\"access\":\"write\",\"size\":4,"
						"\"data\":\"0x12345678\",\"cache\":true,\"expect\":{\"result\":"
						"\"fault\",\"reason\":5,\"recorded\":true,"
						"\"sid\":\"0x8afa\",\"type\":\"read\",\"frcd\":[\"0x1\",\"0x2\"]},"
						"\"uncached\":{\"result\":\"ok\",\"pa\":\"0x4\"},"
						"\"caveat\":[\"one\",\"two\"],\"spec\":{\"result\":\"fault\","
						"\"reasons\":[6,7],\"open\":\"ok, or fault 58\","
						"\"mem64\":[[\"0x1000\",\"0x9\"]]}}}]}",
					    NULL);
	const struct vector_request *request = step_of(first(vectors), 0)->request;

	(void)state;
	assert_int_equal(request->stream, 0x8afa);
	assert_int_equal(request->iova, 0x1004);
	assert_true(request->write && request->cache);
	assert_int_equal(request->data, 0x12345678);
	assert_string_equal(request->caveats, "one two");
	assert_int_equal(request->expect.reason_count, 1);
	assert_int_equal(request->expect.reasons[0], 5);
	assert_int_equal(request->expect.value[VECTOR_RECORDED], 1);
	assert_int_equal(request->expect.value[VECTOR_TYPE], VECTOR_TYPE_READ);
	assert_int_equal(request->expect.value[VECTOR_FRCD_HIGH], 2);
	assert_int_equal(request->uncached.value[VECTOR_PA], 4);
	assert_int_equal(request->spec.reasons[1], 7);
	assert_int_equal(request->spec.other_reason, 58);
	assert_int_equal(request->spec.flags[0].value, 9);
	assert_true(request->spec.fields == 0);
}

static void test_vectors_smmu_request_has_its_event(void **state)
{
	g_autoptr(GPtrArray) vectors = load(
		SMMU
		"\"steps\":[{\"dma\":{\"bdf\":\"00:01.0\",\"sid\":\"0x10008\",\"iova\":\"0x8\",\"access\":\"read\","
		"\"expect\":{\"result\":\"fault\",\"event\":{\"type\":\"0x10\",\"name\":\"N\",\"class\":\"TT\",\"s2\":"
		"1,"
		"\"ipa\":\"0x5000\"}},\"caveat\":\"C: s\",\"spec_reading\":{\"result\":\"abort\"}}}]}",
		NULL);
	const struct vector_request *request = step_of(first(vectors), 0)->request;

	(void)state;
	assert_int_equal(request->stream, 0x10008);
	assert_string_equal(request->caveats, "C");
	assert_int_equal(request->expect.value[VECTOR_EVENT], 0x10);
	assert_int_equal(request->expect.value[VECTOR_EVENT_CLASS], VECTOR_CLASS_TT);
	assert_int_equal(request->expect.value[VECTOR_EVENT_IPA], 0x5000);
	assert_int_equal(request->spec.result, VECTOR_ABORT);
	assert_false(request->uncached.given);
}

static void test_vectors_mistakes_are_refused_with_their_place(void **state)
{
	(void)state;
	expect_refused(VTD "\"steps\":[{\"write32\":[\"0x21\",\"0x1\"]}]}",
		       "\"steps[0]\": a step: its place is not aligned");
	expect_refused(VTD "\"steps\":[{\"write32\":[\"0x20\"]}]}", "expected a place, a value");
	expect_refused(VTD "\"steps\":[{\"write32\":[\"0x20\",\"0x100000000\"]}]}", "at most 0xffffffff");
	expect_refused(VTD "\"steps\":[{\"wait\":1}]}", "expected a step");
	expect_refused(VTD "\"steps\":[{\"dma\":1}]}", "\"dma\": expected an object");
	expect_refused(VTD "\"steps\":1}", "\"steps\": expected an array");
	expect_refused(SMMU "\"steps\":[{\"cmd\":[\"0x0\"],\"slot\":\"0x0\",\"prod\":\"0x0\"}]}", "expected two words");
	expect_refused(HEAD_OF("vtd", "\"ram\":[\"0x2000\",\"0x1000\"]") "\"steps\":[]}", "\"ram\": an empty range");
	expect_refused(HEAD_OF("vtd", "\"ram\":[[\"0x2000\"]]") "\"steps\":[]}", "an array of 2");
	expect_refused(HEAD_OF("amd", "\"ram\":[]") "\"steps\":[]}", "\"vtd\" or \"smmuv3\"");
}

#define REQUEST(rest) VTD "\"steps\":[{\"dma\":{" rest "}}]}"
#define ASKED         "\"bdf\":\"00:01.0\",\"iova\":\"0x0\",\"access\":\"read\","

static void test_vectors_mistakes_in_a_request_are_refused(void **state)
{
	(void)state;
	expect_refused(REQUEST("\"bdf\":\"0:1.0\",\"iova\":\"0x0\",\"access\":\"read\""), "expected a BDF");
	expect_refused(REQUEST("\"bdf\":\"00:20.0\",\"iova\":\"0x0\",\"access\":\"read\""), "expected a BDF");
	expect_refused(REQUEST("\"bdf\":\"00:01.0\",\"iova\":\"0x2\",\"access\":\"read\""), "a multiple of 4");
	expect_refused(REQUEST("\"bdf\":\"00:01.0\",\"iova\":\"0x0\",\"access\":\"r\""), "\"read\" or \"write\"");
	expect_refused(REQUEST("\"bdf\":\"00:01.0\",\"iova\":\"0x0\",\"access\":\"read\""), "\"expect\" is missing");
	expect_refused(REQUEST(ASKED "\"expect\":{\"result\":\"yes\"}"), "expected one of ok, fault");
	expect_refused(REQUEST(ASKED "\"expect\":{\"result\":\"fault\",\"open\":\"perhaps\"}"), "\"open\": expected");
	expect_refused(REQUEST(ASKED "\"expect\":{\"result\":\"fault\",\"event\":3}"), "\"event\": expected an object");
	expect_refused(REQUEST(ASKED "\"expect\":{\"result\":\"fault\",\"mem64\":[[\"0x0\"]]}"), "an array of 2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors_vtd_head_has_capabilities_memory_and_ram),
		cmocka_unit_test(test_vectors_smmu_head_has_identification_in_register_order),
		cmocka_unit_test(test_vectors_plain_steps_have_place_value_mask),
		cmocka_unit_test(test_vectors_vtd_request_has_its_outcomes),
		cmocka_unit_test(test_vectors_smmu_request_has_its_event),
		cmocka_unit_test(test_vectors_mistakes_are_refused_with_their_place),
		cmocka_unit_test(test_vectors_mistakes_in_a_request_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
