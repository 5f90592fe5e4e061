/* SPDX-License-Identifier: MIT */
/* BARs, ranges, memory and IOMMUs that machine_finish() refuses: which row it blames and what it says. */
#include "refused.h"

#define K UINT64_C(1024)
#define M (K * K)
#define G (K * M)

static void test_machine_bad_bar_is_refused(void **state)
{
	(void)state;
	static const struct {
		uint64_t bytes;
		uint8_t index;
		const char *words;
	} bad[] = {{0, 0, "no power of two"},
		   {2 * K, 0, "no power of two"},
		   {12 * K, 0, "no power of two"},
		   {4 * K, 6, "numbered 0 to 5"}};
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct machine *machine = machine_new();
		build_bar(machine, "a.bar", build_device(machine, "a", NONE), bad[i].index, bad[i].bytes);
		assert_refused(machine, TABLE_BAR, 0, bad[i].words);
	}

	struct machine *machine = machine_new();
	uint16_t a = build_device(machine, "a", NONE);
	build_bar(machine, "a.bar0", a, 0, 4 * K);
	build_bar(machine, "a.bar0", a, 0, 4 * K);
	assert_refused(machine, TABLE_BAR, 1, "'a' has BAR 0 twice");

	machine = machine_new();
	a = build_device(machine, "a", NONE);
	uint16_t b = build_device(machine, "b", NONE);
	build_bar(machine, "a.bar0", a, 0, 4 * K);
	build_bar(machine, "b.bar0", b, 0, 4 * K);
	build_bar(machine, "a.bar1", a, 1, 4 * K);
	assert_refused(machine, TABLE_BAR, 2, "apart from the other BARs of 'a'");

	machine = machine_new();
	build_bar(machine, "x.bar0", 9, 0, 4 * K);
	assert_refused(machine, TABLE_BAR, 0, "belongs to no device");
}

static void test_machine_windows_exhausted_is_refused(void **state)
{
	(void)state;
	/* C0000000h to FEBFFFFFh has three places for 256 MiB. */
	struct machine *machine = machine_new();
	for (unsigned i = 0; i < 4; i++)
		build_bar(machine, "bar", build_device(machine, "dev", NONE), 0, 256 * M);
	assert_refused(machine, TABLE_BAR, 3, "no room is left for 'bar' among the BARs below 4 GiB");

	/* 128 GiB above. */
	machine = machine_new();
	build_bar(machine, "a.bar0", build_device(machine, "a", NONE), 0, 128 * G);
	build_bar(machine, "b.bar0", build_device(machine, "b", NONE), 0, 512 * M);
	assert_refused(machine, TABLE_BAR, 1, "among the BARs above 4 GiB");

	machine = machine_new();
	build_bar(machine, "a.bar0", build_device(machine, "a", NONE), 0, UINT64_C(1) << 63);
	assert_refused(machine, TABLE_BAR, 0, "among the BARs above 4 GiB");
}

static void test_machine_bad_reserved_range_is_refused(void **state)
{
	(void)state;
	static const struct {
		uint64_t first, bytes;
		const char *words;
	} bad[] = {
		{0x1000, 0, "4K boundary"},
		{0x1800, 0x1000, "4K boundary"},
		{0x1000, 0x800, "4K boundary"},
		{UINT64_C(0xfffffffffffff000), 0x2000, "beyond the last address"},
		{0xbffff000, 0x2000, "outside RAM"},
		{0xd0000000, 0x1000, "outside RAM"},
		{UINT64_C(0x2000000000), 0x1000, "outside RAM"},
	};
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct machine *machine = machine_new();
		uint16_t a = build_device(machine, "a", NONE);
		build_reserved(machine, "r", a, RESERVED_RMRR, bad[i].first, bad[i].bytes);
		assert_refused(machine, TABLE_RESERVED, 0, bad[i].words);
	}
}

static void test_machine_overlapping_reserved_ranges_are_refused(void **state)
{
	(void)state;
	/* Of one device, whatever they are. */
	struct machine *machine = machine_new();
	uint16_t a = build_device(machine, "a", NONE);
	build_reserved(machine, "r", a, RESERVED_HOLE, 0x10000, 0x2000);
	build_reserved(machine, "s", a, RESERVED_MSI, 0x11000, 0x2000);
	assert_refused(machine, TABLE_RESERVED, 1, "'s' overlaps 'r'");

	/* Firmware memory of two devices: partly. */
	machine = machine_new();
	a = build_device(machine, "a", NONE);
	uint16_t b = build_device(machine, "b", NONE);
	build_reserved(machine, "r", a, RESERVED_RMRR, 0x10000, 0x2000);
	build_reserved(machine, "s", b, RESERVED_RELAXABLE, 0x11000, 0x2000);
	assert_refused(machine, TABLE_RESERVED, 1, "'s' overlaps 'r'");

	/* The same range, or ranges that are no memory: fine. */
	machine = machine_new();
	a = build_device(machine, "a", NONE);
	b = build_device(machine, "b", NONE);
	build_reserved(machine, "r", a, RESERVED_RMRR, 0x10000, 0x2000);
	build_reserved(machine, "h", a, RESERVED_HOLE, 0x40000, 0x2000);
	build_reserved(machine, "s", b, RESERVED_RMRR, 0x10000, 0x2000);
	build_reserved(machine, "i", b, RESERVED_HOLE, 0x41000, 0x2000);
	assert_accepted(machine);
}

static void test_machine_firmware_everywhere_is_refused(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	uint16_t a = build_device(machine, "a", NONE);
	build_reserved(machine, "r", a, RESERVED_RMRR, 0, 0x80000000);
	assert_refused(machine, TABLE_RESERVED, 0, "no room for IOMMU structures");
}

static void test_machine_bad_memory_is_refused(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	build_memory(machine, "p", MACHINE_HOST, 0);
	assert_refused(machine, TABLE_MEMORY, 0, "no multiple of 4K");

	machine = machine_new();
	build_memory(machine, "p", MACHINE_HOST, 4097);
	assert_refused(machine, TABLE_MEMORY, 0, "no multiple of 4K");

	machine = machine_new();
	build_memory(machine, "p", 5, 4 * K);
	assert_refused(machine, TABLE_MEMORY, 0, "'p' has no owner");

	machine = machine_new();
	build_memory(machine, "p", MACHINE_HOST, UINT64_C(1) << 60);
	assert_refused(machine, TABLE_MEMORY, 0, "larger than all memory");

	machine = machine_new();
	build_memory(machine, "p", MACHINE_HOST, 100 * G);
	build_memory(machine, "q", MACHINE_HOST, 100 * G);
	assert_refused(machine, TABLE_MEMORY, 1, "no physical memory is left for 'q'");

	machine = machine_new();
	uint16_t shared = build_memory(machine, "p", MACHINE_HOST, 4 * K);
	machine->memories[shared].shared_with = 1 << 1;
	assert_refused(machine, TABLE_MEMORY, 0, "shared with an owner that does not exist");
}

static void give_gpa(struct machine *machine, uint16_t memory, uint64_t gpa)
{
	machine->memories[memory].gpa = gpa;
	machine->memories[memory].gpa_given = true;
}

static void give_va(struct machine *machine, uint16_t memory, uint64_t va)
{
	machine->memories[memory].va = va;
	machine->memories[memory].va_given = true;
}

static void test_machine_bad_given_address_is_refused(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	give_gpa(machine, build_memory(machine, "p", MACHINE_HOST, 4 * K), 0x1234);
	assert_refused(machine, TABLE_MEMORY, 0, "address of 'p' is no multiple of 4K");

	machine = machine_new();
	give_va(machine, build_memory(machine, "p", MACHINE_HOST, 8 * K), UINT64_C(0x7ffffffff000));
	assert_refused(machine, TABLE_MEMORY, 0, "beyond the last virtual address");

	machine = machine_new();
	give_gpa(machine, build_memory(machine, "p", MACHINE_HOST, 8 * K), UINT64_C(0xffffffffff000));
	assert_refused(machine, TABLE_MEMORY, 0, "beyond the last guest physical address");

	machine = machine_new();
	give_gpa(machine, build_memory(machine, "p", MACHINE_HOST, 8 * K), 0x10000);
	give_gpa(machine, build_memory(machine, "q", MACHINE_HOST, 4 * K), 0x11000);
	assert_refused(machine, TABLE_MEMORY, 1, "'q' overlaps 'p' in guest physical addresses");

	/* Two owners may use the same ones. */
	machine = machine_new();
	uint16_t other = build_owner(machine, "p1", OWNER_PROCESS);
	give_va(machine, build_memory(machine, "p", MACHINE_HOST, 8 * K), 0x10000);
	give_va(machine, build_memory(machine, "q", other, 8 * K), 0x10000);
	assert_accepted(machine);
}

static void test_machine_bad_iommu_is_refused(void **state)
{
	(void)state;
	struct machine *machine = machine_new();
	for (unsigned i = 0; i < 65; i++)
		build_iommu(machine, "unit");
	assert_refused(machine, TABLE_IOMMU, 64, "more than 64 IOMMUs");

	machine = machine_new();
	build_iommu(machine, "unit");
	machine->iommus[0].page_lg2_mask_4k_2m_1g = 2;
	assert_refused(machine, TABLE_IOMMU, 0, "lacks 4 KiB pages");

	machine = machine_new();
	build_iommu(machine, "unit");
	machine->iommus[0].address_width = 53;
	assert_refused(machine, TABLE_IOMMU, 0, "32 to 52 are possible");

	machine = machine_new();
	build_iommu(machine, "unit");
	machine->iommus[0].msi_first = 0x2000;
	machine->iommus[0].msi_last = 0x1fff;
	assert_refused(machine, TABLE_IOMMU, 0, "ends before it begins");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_machine_bad_bar_is_refused),
		cmocka_unit_test(test_machine_windows_exhausted_is_refused),
		cmocka_unit_test(test_machine_bad_reserved_range_is_refused),
		cmocka_unit_test(test_machine_overlapping_reserved_ranges_are_refused),
		cmocka_unit_test(test_machine_firmware_everywhere_is_refused),
		cmocka_unit_test(test_machine_bad_memory_is_refused),
		cmocka_unit_test(test_machine_bad_given_address_is_refused),
		cmocka_unit_test(test_machine_bad_iommu_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
