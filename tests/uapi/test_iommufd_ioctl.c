/* SPDX-License-Identifier: MIT */
/* The struct of a call, before the call: sizes of include/uapi/linux/iommufd.h of 7.0, written down a second time. */
#include "office.h"
#include "uapi/objects.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void open_office(struct office *o, const char *policy, const char *kernel)
{
	*o = (struct office){0};
	office_declare(o, policy, kernel);
	bench_start(&o->b);
}

static void test_ioctl_sizes_of_every_call(void **state)
{
	(void)state;
	static const struct {
		unsigned size, least;
	} rows[] = {
		{8, 8},   {12, 12}, {24, 24}, {40, 40}, {32, 32}, {40, 40}, {24, 24},
		{24, 24}, {12, 12}, {48, 24}, {40, 32}, {16, 16}, {48, 48}, {32, 32},
		{16, 16}, {40, 40}, {40, 24}, {24, 24}, {8, 8},   {32, 28}, {40, 40},
	};
	struct office o;

	open_office(&o, "iommufd", "7.0");
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t nr = 0x80 + i;
		assert_int_equal(uapi_iommufd_ioctl(o.b.uapi, nr, rows[i].least - 1, true, false), -EINVAL);
		assert_int_equal(uapi_iommufd_ioctl(o.b.uapi, nr, rows[i].least, true, false), 0);
		assert_int_equal(uapi_iommufd_ioctl(o.b.uapi, nr, rows[i].size, true, true), 0); /* nothing is behind */
		assert_int_equal(uapi_iommufd_ioctl(o.b.uapi, nr, rows[i].size + 1, true, true), -E2BIG);
		assert_int_equal(uapi_iommufd_ioctl(o.b.uapi, nr, rows[i].size + 8, true, false), 0);
		assert_int_equal(uapi_iommufd_ioctl(o.b.uapi, nr, rows[i].size, false, false), -EFAULT);
		assert_int_equal(uapi_iommufd_ioctl(o.b.uapi, nr, 0, false, false), -EFAULT);
	}
	bench_close(&o.b);
}

static void test_ioctl_numbers_that_nobody_knows(void **state)
{
	(void)state;
	static const struct {
		const char *policy, *kernel;
		uint32_t nr;
		int result;
	} rows[] = {
		{"iommufd", "7.0", 0x7f, -ENOTTY},    {"iommufd", "7.0", 0x95, -ENOTTY},
		{"iommufd", "6.15", 0x94, -ENOTTY},   {"iommufd", "6.6", 0x90, -ENOTTY},
		{"iommufd", "6.6", 0x89, -EFAULT},    {"iommufd", "6.2", 0x89, -ENOTTY},
		{"vfio-type1", "7.0", 0x80, -ENOTTY}, {"iommufd", "6.15", 0x90, -EFAULT},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct office o;
		open_office(&o, rows[i].policy, rows[i].kernel);
		assert_int_equal(uapi_iommufd_ioctl(o.b.uapi, rows[i].nr, 64, false, false), rows[i].result);
		bench_close(&o.b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ioctl_sizes_of_every_call),
		cmocka_unit_test(test_ioctl_numbers_that_nobody_knows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
