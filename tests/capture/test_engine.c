/* SPDX-License-Identifier: MIT */
/*
 * The public engine and the comparison with a truth, on tables whose words are written out here (VT-d 5.10: root entry
 * 9.1, context entry 9.3, second-stage entries 9.8, CAP 11.4.2, ECAP 11.4.3, GSTS 11.4.4.2, RTADDR 11.4.5).
 */
#include <ioasid-sim/ioasid-sim.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define CAP_OFFSET    0x08
#define ECAP_OFFSET   0x10
#define GSTS_OFFSET   0x1c
#define RTADDR_OFFSET 0x20

#define CAP_48_BITS UINT64_C(0x80d2008c222f0606) /* MGAW 47, SAGAW 3 and 4 levels, 2 MiB and 1 GiB pages */
#define ECAP_PT     UINT64_C(0xf42)              /* pass-through */
#define GSTS_ON     UINT64_C(0xc0000000)         /* TES, RTPS: translation is on, the root pointer is set */

#define ROOT    UINT64_C(0x100000)
#define CONTEXT UINT64_C(0x101000)
#define LEVEL4  UINT64_C(0x102000)
#define LEVEL3  UINT64_C(0x103000)
#define LEVEL2  UINT64_C(0x104000)
#define LEVEL1  UINT64_C(0x105000)

#define PASSING 0x08 /* 00:01.0: pass-through */
#define MAPPED  0x10 /* 00:02.0: 0x5000 is 0xabc000, readable only; 0x200000 a large page at 0x40000000 */

static void put_word(iosim_engine *engine, uint64_t pa, uint64_t value)
{
	assert_true(iosim_engine_put_memory(engine, pa, &value, sizeof(value), sizeof(value), NULL));
}

static iosim_engine *make_engine(gboolean compat_qemu)
{
	static const iosim_register registers[] = {
		{CAP_OFFSET, 8, CAP_48_BITS},
		{ECAP_OFFSET, 8, ECAP_PT},
		{GSTS_OFFSET, 4, GSTS_ON},
		{RTADDR_OFFSET, 8, ROOT},
	};
	const iosim_engine_options options = {.compat_qemu = compat_qemu};
	iosim_engine *engine = iosim_engine_new("vtd", registers, G_N_ELEMENTS(registers), &options, NULL);

	assert_non_null(engine);
	put_word(engine, ROOT, CONTEXT | 1);
	put_word(engine, CONTEXT + 16 * PASSING, 0x9); /* TT 2, P */
	put_word(engine, CONTEXT + 16 * PASSING + 8, 0x102);
	put_word(engine, CONTEXT + 16 * MAPPED, LEVEL4 | 1);
	put_word(engine, CONTEXT + 16 * MAPPED + 8, 0x202); /* DID 2, AW 2: 4 levels */
	put_word(engine, LEVEL4, LEVEL3 | 3);
	put_word(engine, LEVEL3, LEVEL2 | 3);
	put_word(engine, LEVEL2, LEVEL1 | 3);
	put_word(engine, LEVEL2 + 8, 0x40000083); /* PS, W, R */
	put_word(engine, LEVEL1 + 8 * 5, 0xabc001);
	return engine;
}

static iosim_answer ask(iosim_engine *engine, uint32_t stream, gboolean write, uint64_t iova)
{
	const iosim_request request = {.stream = stream, .write = write, .iova = iova};
	iosim_answer answer;

	iosim_engine_translate(engine, &request, &answer);
	return answer;
}

static void test_engine_mapped_page_is_translated(void **state)
{
	g_autoptr(iosim_engine) engine = make_engine(FALSE);
	iosim_answer answer = ask(engine, MAPPED, FALSE, 0x5123);

	(void)state;
	assert_int_equal(answer.outcome, IOSIM_TRANSLATED);
	assert_int_equal(answer.pa, 0xabc123);
	assert_int_equal(answer.page_bytes, 0x1000);
	assert_int_equal(answer.level, 1);
	assert_false(answer.pass_through);
	answer = ask(engine, MAPPED, TRUE, 0x234567);
	assert_int_equal(answer.outcome, IOSIM_TRANSLATED);
	assert_int_equal(answer.pa, 0x40034567);
	assert_int_equal(answer.page_bytes, 0x200000);
	assert_int_equal(answer.level, 2);
}

static void test_engine_forbidden_write_faults_with_reason_5(void **state)
{
	g_autoptr(iosim_engine) engine = make_engine(FALSE);
	iosim_answer answer = ask(engine, MAPPED, TRUE, 0x5123);

	(void)state;
	assert_int_equal(answer.outcome, IOSIM_FAULTED);
	assert_int_equal(answer.fault, 5);
	assert_non_null(answer.fault_name);
	assert_non_null(answer.fault_section);
}

static void test_engine_structure_outside_memory_is_lost(void **state)
{
	g_autoptr(iosim_engine) engine = make_engine(FALSE);
	iosim_answer answer;

	(void)state;
	put_word(engine, LEVEL4, 0x7777000 | 3);
	answer = ask(engine, MAPPED, FALSE, 0x5123);
	assert_int_equal(answer.outcome, IOSIM_LOST);
	assert_int_equal(answer.lost_pa, 0x7777000);
}

struct seen {
	guint count;
	uint64_t pa[8];
	uint64_t first_word[8];
	gboolean has_present;
};

static void note_step(const iosim_walk_step *step, gpointer data)
{
	struct seen *seen = data;

	assert_true(seen->count < 8);
	seen->pa[seen->count] = step->pa;
	seen->first_word[seen->count] = step->words[0];
	seen->count++;
	for (guint i = 0; i < step->field_count; i++) {
		assert_true(step->fields[i].word < step->word_count);
		if (strcmp(step->fields[i].name, "P") == 0 && step->fields[i].value == 1)
			seen->has_present = TRUE;
	}
}

static void test_engine_explain_shows_each_structure_in_order(void **state)
{
	static const uint64_t expected[6] = {ROOT, CONTEXT + 16 * MAPPED, LEVEL4, LEVEL3, LEVEL2, LEVEL1 + 8 * 5};
	g_autoptr(iosim_engine) engine = make_engine(FALSE);
	const iosim_request request = {.stream = MAPPED, .iova = 0x5000};
	struct seen seen = {.count = 0};
	iosim_answer answer;

	(void)state;
	iosim_engine_explain(engine, &request, note_step, &seen, &answer);
	assert_int_equal(answer.outcome, IOSIM_TRANSLATED);
	assert_int_equal(seen.count, 6);
	for (guint i = 0; i < 6; i++)
		assert_int_equal(seen.pa[i], expected[i]);
	assert_int_equal(seen.first_word[5], 0xabc001);
	assert_true(seen.has_present);
}

static void test_engine_step_as_text_has_address_words_section_and_fields(void **state)
{
	static const uint64_t words[2] = {0x9, 0x102};
	static const iosim_field fields[] = {
		{.name = "P", .section = "9.3", .value = 1},
		{.name = "DID", .section = "6.2", .value = 0x1f},
		{.name = "IGNORED", .section = "9.3", .value = 0},
		{.name = "IGNORED9", .section = "9.3", .value = 1},
	};
	const iosim_walk_step step = {.structure = "context entry",
				      .section = "9.3",
				      .pa = 0x101080,
				      .word_count = 2,
				      .words = words,
				      .field_count = 4,
				      .fields = fields};
	g_autofree char *text = iosim_walk_step_format(&step, FALSE);

	(void)state;
	assert_string_equal(text, "  context entry at 0x101080: 0000000000000009 0000000000000102 (9.3)\n"
				  "      P 1, DID 0x1f (6.2), IGNORED9 1\n");
}

static void expect_no_engine(const char *iommu, const iosim_register *registers, gsize count, guint pages,
			     iosim_error code, const char *message)
{
	const iosim_engine_options options = {.max_pages = pages};
	g_autoptr(GError) error = NULL;

	assert_null(iosim_engine_new(iommu, registers, count, &options, &error));
	assert_true(g_error_matches(error, IOSIM_ERROR, (int)code));
	if (!strstr(error->message, message))
		fail_msg("expected '%s' in '%s'", message, error->message);
}

static void test_engine_that_cannot_be_is_refused(void **state)
{
	static const iosim_register good = {CAP_OFFSET, 8, CAP_48_BITS};
	static const iosim_register narrow = {CAP_OFFSET, 8, UINT64_C(0x80d2008c22000606)};
	static const iosim_register odd = {CAP_OFFSET + 4, 8, 0}, large = {CAP_OFFSET, 4, UINT64_C(1) << 32};

	(void)state;
	expect_no_engine("vdt", &good, 1, 0, IOSIM_ERROR_ARGUMENT, "no engine for an IOMMU 'vdt', did you mean vtd");
	expect_no_engine("vtd", &narrow, 1, 0, IOSIM_ERROR_MEANING, "address width of 39 to 52 bits, found 1");
	expect_no_engine("vtd", NULL, 0, 0, IOSIM_ERROR_MEANING, "address width");
	expect_no_engine("vtd", &odd, 1, 0, IOSIM_ERROR_ARGUMENT, "register at offset 0xc");
	expect_no_engine("vtd", &large, 1, 0, IOSIM_ERROR_ARGUMENT, "a value that fits");
	expect_no_engine("vtd", &good, 1, 1u << 21, IOSIM_ERROR_ARGUMENT, "at most 1048576 pages");
}

static void test_engine_capabilities_may_come_as_two_words(void **state)
{
	static const iosim_register halves[] = {{CAP_OFFSET, 4, 0x222f0606}, {CAP_OFFSET + 4, 4, 0x80d2008c}};
	g_autoptr(iosim_engine) engine = iosim_engine_new("vtd", halves, 2, NULL, NULL);

	(void)state;
	assert_non_null(engine);
}

static void test_engine_memory_that_cannot_be_is_refused(void **state)
{
	static const iosim_register cap = {CAP_OFFSET, 8, CAP_48_BITS};
	const iosim_engine_options options = {.max_pages = 1};
	g_autoptr(iosim_engine) engine = iosim_engine_new("vtd", &cap, 1, &options, NULL);
	const uint64_t word = 1;

	(void)state;
	assert_false(iosim_engine_put_memory(engine, 0, &word, 8, 0, NULL));
	assert_false(iosim_engine_put_memory(engine, 0, &word, 8, 4, NULL));
	assert_false(iosim_engine_put_memory(engine, UINT64_MAX, &word, 8, 8, NULL));
	assert_false(iosim_engine_put_memory(engine, 0x1000, &word, 8, UINT64_C(1) << 52, NULL));
	assert_true(iosim_engine_put_memory(engine, 0x1000, NULL, 0, 0x1000000, NULL));
	assert_true(iosim_engine_put_memory(engine, 0x1000, &word, 8, 8, NULL));
	assert_false(iosim_engine_put_memory(engine, 0x2000, &word, 8, 8, NULL));
}

/* What `iosim_truth_compare` says of a line about the engine with these tables. */
static iosim_agreement compare(gboolean compat_qemu, const iosim_truth_line *line)
{
	g_autoptr(iosim_engine) engine = make_engine(compat_qemu);
	iosim_answer answer;
	const char *deviation;
	iosim_agreement agreement = iosim_truth_compare(engine, line, &answer, &deviation);

	assert_true((agreement == IOSIM_KNOWN) == (deviation != NULL));
	if (deviation)
		assert_non_null(iosim_deviation_text(deviation));
	return agreement;
}

static void test_truth_compare_pass_through_beyond_the_width_is_known(void **state)
{
	iosim_truth_line line = {
		.request = {.stream = PASSING, .iova = UINT64_C(1) << 48},
		.answer = {.outcome = IOSIM_TRANSLATED, .pass_through = TRUE, .pa = UINT64_C(1) << 48}};

	(void)state;
	assert_int_equal(compare(FALSE, &line), IOSIM_KNOWN);
	assert_int_equal(compare(TRUE, &line), IOSIM_AGREES);
	/* Another address, another device, another answer: not that deviation. */
	line.answer.pa++;
	assert_int_equal(compare(FALSE, &line), IOSIM_DIFFERS);
	line.answer.pa--;
	line.request.stream = MAPPED;
	assert_int_equal(compare(FALSE, &line), IOSIM_DIFFERS);
	line.request.stream = PASSING;
	line.answer = (iosim_answer){.outcome = IOSIM_FAULTED, .fault = 5};
	assert_int_equal(compare(FALSE, &line), IOSIM_DIFFERS);
	line.answer.fault = 4;
	assert_int_equal(compare(FALSE, &line), IOSIM_AGREES);
}

static void test_truth_compare_looks_at_what_is_given(void **state)
{
	iosim_truth_line line = {.request = {.stream = MAPPED, .iova = 0x5123},
				 .answer = {.outcome = IOSIM_TRANSLATED, .pa = 0xabc123}};

	(void)state;
	assert_int_equal(compare(FALSE, &line), IOSIM_AGREES);
	line.answer.page_bytes = 0x1000;
	assert_int_equal(compare(FALSE, &line), IOSIM_AGREES);
	line.answer.page_bytes = 0x200000;
	assert_int_equal(compare(FALSE, &line), IOSIM_DIFFERS);
	line.request.write = TRUE;
	line.answer = (iosim_answer){.outcome = IOSIM_FAULTED, .fault = 6};
	assert_int_equal(compare(FALSE, &line), IOSIM_DIFFERS);
	line.any_fault = TRUE;
	assert_int_equal(compare(FALSE, &line), IOSIM_AGREES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_engine_mapped_page_is_translated),
		cmocka_unit_test(test_engine_forbidden_write_faults_with_reason_5),
		cmocka_unit_test(test_engine_structure_outside_memory_is_lost),
		cmocka_unit_test(test_engine_explain_shows_each_structure_in_order),
		cmocka_unit_test(test_engine_step_as_text_has_address_words_section_and_fields),
		cmocka_unit_test(test_engine_that_cannot_be_is_refused),
		cmocka_unit_test(test_engine_capabilities_may_come_as_two_words),
		cmocka_unit_test(test_engine_memory_that_cannot_be_is_refused),
		cmocka_unit_test(test_truth_compare_pass_through_beyond_the_width_is_known),
		cmocka_unit_test(test_truth_compare_looks_at_what_is_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
