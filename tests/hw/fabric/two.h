/* SPDX-License-Identifier: MIT */
#ifndef IOSIM_TESTS_HW_FABRIC_TWO_H
#define IOSIM_TESTS_HW_FABRIC_TWO_H

#include "fixture.h"

#define PAGE_A UINT64_C(0x100000000)
#define PAGE_B UINT64_C(0x100002000)

/* Two devices behind root ports of their own and two units; two pages; firmware memory at 2 GiB - 1 page. */
struct two {
	struct fixture f;
	uint16_t a, b, a_bar, b_bar, firmware;
};

static inline void two_start(struct two *two, unsigned real_units)
{
	struct machine *machine = machine_new();
	build_iommu(machine, "iommu0");
	build_iommu(machine, "iommu1");
	two->a = build_device(machine, "a", NONE);
	two->b = build_device(machine, "b", NONE);
	machine->devices[two->b].iommu = 1;
	machine->devices[two->b].iommu_given = true;
	two->a_bar = build_bar(machine, "a.bar0", two->a, 0, 8192);
	two->b_bar = build_bar(machine, "b.bar0", two->b, 0, 4096);
	two->firmware = build_reserved(machine, "r", two->a, RESERVED_RMRR, 0x7ffff000, 0x1000);
	build_memory(machine, "page-a", MACHINE_HOST, 4096);
	build_memory(machine, "page-b", MACHINE_HOST, 4096);
	fixture_start(&two->f, machine, real_units);
	assert_int_equal(machine->memories[0].hpa, PAGE_A);
	assert_int_equal(machine->memories[1].hpa, PAGE_B);
}

#endif
