/* SPDX-License-Identifier: MIT */
#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void iosim_assert_failed(const char *file, int line, const char *condition)
{
	fprintf(stderr, "ioasid-sim: bug at %s:%d: %s\n", file, line, condition);
	abort();
}
