/* SPDX-License-Identifier: MIT */
#include "capture/capture.h"
#include "scratch.h"

#include <ioasid-sim/error.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <zstd.h>

#include <cmocka.h>

#define PAGES \
	"{\"page_size\": 4096, \"pages\": [\"0x3000\", \"0x1000\"], \"zero_pages\": [\"0x8000\"], \"note\": \"x\"}"
#define REGISTERS                                                                                     \
	"{\"iommu\": \"vtd\", \"mmio_base\": \"0xfed90000\", \"registers\": ["                        \
	"{\"name\": \"CAP\", \"offset\": \"0x8\", \"width\": 64, \"value\": \"0x80d2008c222f0606\"}," \
	"{\"name\": \"GSTS\", \"offset\": \"0x1c\", \"width\": 32, \"value\": \"0xc4000000\"}],"      \
	"\"all_words\": {\"0x8\": \"0x222f0606\", \"0xc\": \"0x80d2008c\", \"0x90\": \"0x1b53000\"}}"

static void write_folder(const struct scratch *scratch, const char *pages, const char *registers)
{
	uint8_t contents[2 * CAPTURE_PAGE_BYTES];

	memset(contents, 0x33, CAPTURE_PAGE_BYTES);
	memset(contents + CAPTURE_PAGE_BYTES, 0x11, CAPTURE_PAGE_BYTES);
	scratch_write(scratch, "pages.json", pages, -1);
	scratch_write(scratch, "registers.json", registers, -1);
	scratch_write(scratch, "pages.bin", contents, sizeof(contents));
}

/* Opening fails, with a message that names the file and says this. */
static void expect_refused(const struct scratch *scratch, const char *file, const char *message)
{
	g_autoptr(GError) error = NULL;

	assert_null(capture_open_folder(scratch->folder, &error));
	assert_non_null(error);
	assert_true(error->domain == IOSIM_ERROR);
	if (!strstr(error->message, file) || !strstr(error->message, message))
		fail_msg("expected '%s' and '%s' in '%s'", file, message, error->message);
}

static void expect_pages_refused(const char *pages, const char *message)
{
	struct scratch scratch;

	scratch_begin(&scratch);
	write_folder(&scratch, pages, REGISTERS);
	expect_refused(&scratch, "pages.json", message);
	scratch_end(&scratch);
}

static void expect_registers_refused(const char *registers, const char *message)
{
	struct scratch scratch;

	scratch_begin(&scratch);
	write_folder(&scratch, PAGES, registers);
	expect_refused(&scratch, "registers.json", message);
	scratch_end(&scratch);
}

static void check_pages(const struct capture *capture)
{
	const struct capture_range *ranges = (const struct capture_range *)(void *)capture->ranges->data;

	assert_int_equal(capture->ranges->len, 3);
	assert_int_equal(ranges[0].first, 0x3000);
	assert_int_equal(ranges[0].data[4095], 0x33);
	assert_int_equal(ranges[1].first, 0x1000);
	assert_int_equal(ranges[1].data[0], 0x11);
	assert_int_equal(ranges[1].data_bytes, 4096);
	assert_int_equal(ranges[2].first, 0x8000);
	assert_int_equal(ranges[2].bytes, 4096);
	assert_int_equal(ranges[2].data_bytes, 0);
}

static void test_capture_folder_has_pages_in_their_order(void **state)
{
	struct scratch scratch;
	struct capture *capture;

	(void)state;
	scratch_begin(&scratch);
	write_folder(&scratch, PAGES, REGISTERS);
	capture = capture_open_folder(scratch.folder, NULL);
	assert_non_null(capture);
	check_pages(capture);
	capture_free(capture);
	scratch_end(&scratch);
}

static void test_capture_folder_with_packed_pages_is_the_same(void **state)
{
	struct scratch scratch;
	struct capture *capture;
	char packed[4096];
	uint8_t contents[2 * CAPTURE_PAGE_BYTES];
	g_autofree char *plain = NULL;
	size_t bytes;

	(void)state;
	scratch_begin(&scratch);
	write_folder(&scratch, PAGES, REGISTERS);
	memset(contents, 0x33, CAPTURE_PAGE_BYTES);
	memset(contents + CAPTURE_PAGE_BYTES, 0x11, CAPTURE_PAGE_BYTES);
	bytes = ZSTD_compress(packed, sizeof(packed), contents, sizeof(contents), 3);
	assert_false(ZSTD_isError(bytes));
	scratch_write(&scratch, "pages.bin.zst", packed, (gssize)bytes);
	plain = scratch_path(&scratch, "pages.bin");
	g_unlink(plain);
	capture = capture_open_folder(scratch.folder, NULL);
	assert_non_null(capture);
	check_pages(capture);
	capture_free(capture);

	scratch_write(&scratch, "pages.bin.zst", packed, (gssize)bytes - 5);
	expect_refused(&scratch, "pages.bin.zst", "expected one zstd frame of 8192 bytes");
	scratch_write(&scratch, "pages.bin.zst", "", 0);
	expect_refused(&scratch, "pages.bin.zst", "expected one zstd frame of 8192 bytes");
	scratch_end(&scratch);
}

static void test_capture_registers_named_ones_and_remaining_words_are_there(void **state)
{
	struct scratch scratch;
	struct capture *capture;
	const struct capture_register *rows;

	(void)state;
	scratch_begin(&scratch);
	write_folder(&scratch, PAGES, REGISTERS);
	capture = capture_open_folder(scratch.folder, NULL);
	assert_non_null(capture);
	rows = (const struct capture_register *)(void *)capture->registers->data;
	assert_string_equal(capture->iommu, "vtd");
	assert_int_equal(capture->registers_pa, 0xfed90000);
	assert_int_equal(capture->registers->len, 3);
	assert_string_equal(rows[0].name, "CAP");
	assert_int_equal(rows[0].bytes, 8);
	assert_true(rows[0].value == UINT64_C(0x80d2008c222f0606));
	assert_int_equal(rows[1].offset, 0x1c);
	assert_int_equal(rows[1].bytes, 4);
	/* The words 0x8 and 0xc are CAP's. */
	assert_int_equal(rows[2].offset, 0x90);
	assert_int_equal(rows[2].value, 0x1b53000);
	capture_free(capture);
	scratch_end(&scratch);
}

static void test_capture_pages_with_mistakes_are_refused(void **state)
{
	(void)state;
	expect_pages_refused("", "expected an object");
	expect_pages_refused("[]", "expected an object");
	expect_pages_refused("{\"page_size\": 4096", ":1:");
	expect_pages_refused("{\n\n  \"page_size\": 4096,, }", ":3:");
	expect_pages_refused("{\"pages\": [], \"zero_pages\": []}", "\"page_size\" is missing");
	expect_pages_refused("{\"page_size\": 65536, \"pages\": []}", "\"page_size\": expected 4096");
	expect_pages_refused("{\"page_size\": 4096}", "\"pages\" is missing");
	expect_pages_refused("{\"page_size\": 4096, \"pages\": 7}", "\"pages\": expected an array, found 7");
	expect_pages_refused("{\"page_size\": 4096, \"pages\": [\"0x1000\", \"soup\"]}",
			     "\"pages[1]\": expected a number");
	expect_pages_refused("{\"page_size\": 4096, \"pages\": [-4096]}", "\"pages[0]\": expected a number");
	expect_pages_refused("{\"page_size\": 4096, \"pages\": [{}]}", "found an object");
	expect_pages_refused("{\"page_size\": 4096, \"pages\": [\"0x1001\"]}",
			     "expected a multiple of 4096, found 0x1001");
	expect_pages_refused("{\"page_size\": 4096, \"pages\": [\"0x10000000000000\"]}", "at most 0xfffffffffffff");
	expect_pages_refused("{\"page_size\": 4096, \"pages\": [\"0x11111111111111111\"]}", "expected a number");
	expect_pages_refused("{\"page_size\": 4096, \"pages\": [\"0x1000\"], \"zero_pages\": [\"0x1000\"]}",
			     "page 0x1000 is listed twice");
	expect_pages_refused("{\"page_size\": 4096, \"pages\": [\"\xff\"]}", "not UTF-8");
}

static void test_capture_pages_nested_deeply_or_hidden_in_comments_are_refused(void **state)
{
	g_autoptr(GString) deep = g_string_new("{\"page_size\": ");

	(void)state;
	for (unsigned i = 0; i < 1000000; i++)
		g_string_append_c(deep, '[');
	expect_pages_refused(deep->str, "nested too deeply");
	/* A quote in a comment would make the brackets behind it look like a string's. */
	g_string_prepend(deep, "/* \" */");
	expect_pages_refused(deep->str, "not JSON");
	expect_pages_refused("]", "closes nothing");
}

static void test_capture_contents_of_another_length_are_refused(void **state)
{
	struct scratch scratch;

	(void)state;
	scratch_begin(&scratch);
	write_folder(&scratch, "{\"page_size\": 4096, \"pages\": [\"0x1000\"]}", REGISTERS);
	expect_refused(&scratch, "pages.bin", "expected 4096 bytes, as pages.json lists, found 8192");
	scratch_end(&scratch);
}

static void test_capture_folder_that_is_absent_is_refused(void **state)
{
	g_autoptr(GError) error = NULL;

	(void)state;
	assert_null(capture_open_folder("/nonexistent/capture", &error));
	assert_true(g_error_matches(error, IOSIM_ERROR, IOSIM_ERROR_READ));
	assert_non_null(strstr(error->message, "/nonexistent/capture/pages.json"));
}

static void test_capture_registers_with_mistakes_are_refused(void **state)
{
	(void)state;
	expect_registers_refused("{}", "\"iommu\" is missing");
	expect_registers_refused("{\"iommu\": 3}", "\"iommu\": expected a string, found 3");
	expect_registers_refused("{\"iommu\": \"vtd\", \"registers\": []}", "\"mmio_base\" is missing");
	expect_registers_refused("{\"iommu\": \"vtd\", \"mmio_base\": 0, \"registers\": [7]}",
				 "\"registers[0]\": expected an object, found 7");
	expect_registers_refused("{\"iommu\": \"vtd\", \"mmio_base\": 0, \"registers\": [{\"name\": \"X\"}]}",
				 "registers[0]: \"offset\" is missing");
	expect_registers_refused("{\"iommu\": \"vtd\", \"mmio_base\": 0, \"registers\": [{\"name\": \"X\", "
				 "\"offset\": 8, \"width\": 16, \"value\": 0}]}",
				 "register X: expected a width of 32 or 64 bits");
	expect_registers_refused("{\"iommu\": \"vtd\", \"mmio_base\": 0, \"registers\": [{\"name\": \"X\", "
				 "\"offset\": 4, \"width\": 64, \"value\": 0}]}",
				 "register X: expected a width of 32 or 64 bits and an offset that is a multiple");
	expect_registers_refused("{\"iommu\": \"vtd\", \"mmio_base\": 0, \"registers\": [{\"name\": \"X\", "
				 "\"offset\": 4, \"width\": 32, \"value\": \"0x100000000\"}]}",
				 "\"value\": expected a number");
	expect_registers_refused("{\"iommu\": \"vtd\", \"mmio_base\": 0, \"registers\": [], \"all_words\": [1]}",
				 "\"all_words\": expected an object");
	expect_registers_refused("{\"iommu\": \"vtd\", \"mmio_base\": 0, \"registers\": [], \"all_words\": {\"3\": 1}}",
				 "register 3: expected");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_capture_folder_has_pages_in_their_order),
		cmocka_unit_test(test_capture_folder_with_packed_pages_is_the_same),
		cmocka_unit_test(test_capture_registers_named_ones_and_remaining_words_are_there),
		cmocka_unit_test(test_capture_pages_with_mistakes_are_refused),
		cmocka_unit_test(test_capture_pages_nested_deeply_or_hidden_in_comments_are_refused),
		cmocka_unit_test(test_capture_contents_of_another_length_are_refused),
		cmocka_unit_test(test_capture_folder_that_is_absent_is_refused),
		cmocka_unit_test(test_capture_registers_with_mistakes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
