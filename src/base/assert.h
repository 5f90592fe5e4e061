/* SPDX-License-Identifier: MIT */
/*
 * Our own bugs. An assertion is never compiled out, and nothing that a guest, a scenario, a dump or a
 * vector contains may reach one: such input is data and gets an error, an errno or a fault.
 */
#ifndef IOSIM_BASE_ASSERT_H
#define IOSIM_BASE_ASSERT_H

#if defined(__GNUC__)
#define IOSIM_LIKELY(x)   __builtin_expect(!!(x), 1)
#define IOSIM_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define IOSIM_COLD        __attribute__((cold, noinline))
#else
#define IOSIM_LIKELY(x)   (x)
#define IOSIM_UNLIKELY(x) (x)
#define IOSIM_COLD
#endif

_Noreturn void iosim_assert_failed(const char *file, int line, const char *condition);

#define IOSIM_ASSERT(condition)                                              \
	do {                                                                 \
		if (IOSIM_UNLIKELY(!(condition)))                            \
			iosim_assert_failed(__FILE__, __LINE__, #condition); \
	} while (0)

#endif
