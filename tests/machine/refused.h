/* SPDX-License-Identifier: MIT */
/* What machine_finish() says to a machine, which is freed. */
#ifndef IOSIM_TESTS_MACHINE_REFUSED_H
#define IOSIM_TESTS_MACHINE_REFUSED_H

#include "build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NONE MACHINE_NONE

static inline void assert_refused(struct machine *machine, enum machine_table table, uint16_t index, const char *words)
{
	struct machine_error error = {0};

	assert_false(machine_finish(machine, &error));
	if (!strstr(error.message, words))
		fail_msg("'%s' says nothing of '%s'", error.message, words);
	assert_int_equal(error.table, table);
	assert_int_equal(error.index, index);
	machine_free(machine);
}

static inline void assert_accepted(struct machine *machine)
{
	struct machine_error error = {0};

	if (!machine_finish(machine, &error))
		fail_msg("refused: %s", error.message);
	machine_free(machine);
}

#endif
