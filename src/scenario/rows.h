/* SPDX-License-Identifier: MIT */
/* What rows.c and verdicts.c share. */
#ifndef IOSIM_SCENARIO_ROWS_H
#define IOSIM_SCENARIO_ROWS_H

#include "scenario/keys.h"

extern const struct key_row row_keys[];
extern const struct value_type value_verdict; /* struct expect_row: its items */

#endif
