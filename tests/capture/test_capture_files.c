/* SPDX-License-Identifier: MIT */
#include "capture/capture.h"
#include "scratch.h"

#include <ioasid-sim/error.h>

#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define REGISTERS "{\"iommu\": \"vtd\", \"mmio_base\": \"0xfed90000\", \"registers\": []}"

/* Two segments: 4 KiB of 0x5a at 0x7000, and 8 KiB at 0x1_0000_0000 of which the first 16 bytes are in the file. */
struct core {
	Elf64_Ehdr header;
	Elf64_Phdr segments[2];
	uint8_t first[4096], second[16];
};

static void make_core(struct core *core)
{
	memset(core, 0, sizeof(*core));
	memcpy(core->header.e_ident, ELFMAG, SELFMAG);
	core->header.e_ident[EI_CLASS] = ELFCLASS64;
	core->header.e_ident[EI_DATA] = ELFDATA2LSB;
	core->header.e_ident[EI_VERSION] = EV_CURRENT;
	core->header.e_type = ET_CORE;
	core->header.e_machine = EM_X86_64;
	core->header.e_version = EV_CURRENT;
	core->header.e_phoff = offsetof(struct core, segments);
	core->header.e_ehsize = sizeof(Elf64_Ehdr);
	core->header.e_phentsize = sizeof(Elf64_Phdr);
	core->header.e_phnum = 2;
	core->segments[0] = (Elf64_Phdr){.p_type = PT_LOAD,
					 .p_offset = offsetof(struct core, first),
					 .p_paddr = 0x7000,
					 .p_filesz = 4096,
					 .p_memsz = 4096};
	core->segments[1] = (Elf64_Phdr){.p_type = PT_LOAD,
					 .p_offset = offsetof(struct core, second),
					 .p_paddr = UINT64_C(0x100000000),
					 .p_filesz = 16,
					 .p_memsz = 8192};
	memset(core->first, 0x5a, sizeof(core->first));
	memset(core->second, 0xa5, sizeof(core->second));
}

static struct capture *open_bytes(const void *data, size_t bytes, bool raw, uint64_t base, GError **error)
{
	struct scratch scratch;
	struct capture *capture;
	g_autofree char *memory = NULL, *registers = NULL;

	scratch_begin(&scratch);
	scratch_write(&scratch, "memory", data, (gssize)bytes);
	scratch_write(&scratch, "registers.json", REGISTERS, -1);
	memory = scratch_path(&scratch, "memory");
	registers = scratch_path(&scratch, "registers.json");
	capture = capture_open_files(memory, raw, base, registers, error);
	scratch_end(&scratch);
	return capture;
}

static void expect_refused(const void *data, size_t bytes, uint64_t base, const char *message)
{
	g_autoptr(GError) error = NULL;

	assert_null(open_bytes(data, bytes, false, base, &error));
	assert_non_null(error);
	assert_true(error->domain == IOSIM_ERROR);
	if (!strstr(error->message, message))
		fail_msg("expected '%s' in '%s'", message, error->message);
}

static void test_capture_core_has_its_segments_at_their_physical_addresses(void **state)
{
	struct core core;
	struct capture *capture;
	const struct capture_range *ranges;

	(void)state;
	make_core(&core);
	capture = open_bytes(&core, sizeof(core), false, 0, NULL);
	assert_non_null(capture);
	ranges = (const struct capture_range *)(void *)capture->ranges->data;
	assert_int_equal(capture->ranges->len, 2);
	assert_int_equal(ranges[0].first, 0x7000);
	assert_int_equal(ranges[0].data[4095], 0x5a);
	assert_true(ranges[1].first == UINT64_C(0x100000000));
	assert_int_equal(ranges[1].bytes, 8192);
	assert_int_equal(ranges[1].data_bytes, 16);
	assert_int_equal(ranges[1].data[0], 0xa5);
	capture_free(capture);
}

static void test_capture_core_segment_outside_file_or_address_space_is_refused(void **state)
{
	struct core core;

	(void)state;
	make_core(&core);
	core.segments[0].p_offset = UINT64_MAX - 8;
	expect_refused(&core, sizeof(core), 0, "segment 0: expected it within the file");
	make_core(&core);
	core.segments[1].p_filesz = 17;
	expect_refused(&core, sizeof(core), 0, "segment 1: expected it within the file");
	make_core(&core);
	core.segments[1].p_memsz = 8;
	expect_refused(&core, sizeof(core), 0, "segment 1");
	make_core(&core);
	core.segments[0].p_paddr = UINT64_MAX - 4095;
	expect_refused(&core, sizeof(core), 0, "segment 0");
	make_core(&core);
	core.segments[0].p_memsz = UINT64_C(1) << 52;
	expect_refused(&core, sizeof(core), 0, "segment 0");
}

static void test_capture_core_of_another_kind_is_refused(void **state)
{
	struct core core;

	(void)state;
	make_core(&core);
	core.header.e_type = ET_EXEC;
	expect_refused(&core, sizeof(core), 0, "expected a little-endian ELF core");
	make_core(&core);
	core.segments[0].p_type = core.segments[1].p_type = PT_NOTE;
	expect_refused(&core, sizeof(core), 0, "no PT_LOAD segment");
	make_core(&core);
	core.header.e_phnum = 0xfff0;
	expect_refused(&core, sizeof(core), 0, "memory: ");
	make_core(&core);
	core.header.e_phoff = UINT64_MAX;
	expect_refused(&core, sizeof(core), 0, "memory: ");
	expect_refused(&core, EI_NIDENT + 1, 0, "memory: ");
}

static void test_capture_image_lies_at_its_base(void **state)
{
	static const uint8_t image[5000] = {[4999] = 7};
	struct capture *capture = open_bytes(image, sizeof(image), false, 0x4000, NULL);
	const struct capture_range *range;

	(void)state;
	assert_non_null(capture);
	range = (const struct capture_range *)(void *)capture->ranges->data;
	assert_int_equal(capture->ranges->len, 1);
	assert_int_equal(range->first, 0x4000);
	assert_int_equal(range->bytes, 5000);
	assert_int_equal(range->data[4999], 7);
	capture_free(capture);
}

static void test_capture_core_opened_as_an_image_is_one(void **state)
{
	struct core core;
	struct capture *capture;

	(void)state;
	make_core(&core);
	capture = open_bytes(&core, sizeof(core), true, 0x1000, NULL);
	assert_non_null(capture);
	assert_int_equal(g_array_index(capture->ranges, struct capture_range, 0).first, 0x1000);
	capture_free(capture);
}

static void test_capture_image_with_a_bad_base_is_refused(void **state)
{
	(void)state;
	expect_refused("abc", 3, 0x4001, "not a multiple of 4096");
	expect_refused("abc", 3, UINT64_MAX - 4095, "beyond 52 bits");
	expect_refused("", 0, 0, "empty");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_capture_core_has_its_segments_at_their_physical_addresses),
		cmocka_unit_test(test_capture_core_segment_outside_file_or_address_space_is_refused),
		cmocka_unit_test(test_capture_core_of_another_kind_is_refused),
		cmocka_unit_test(test_capture_image_lies_at_its_base),
		cmocka_unit_test(test_capture_core_opened_as_an_image_is_one),
		cmocka_unit_test(test_capture_image_with_a_bad_base_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
