/* SPDX-License-Identifier: MIT */
/* The key tables of a file's top level and of a source. */
#ifndef IOSIM_SCENARIO_HEADING_H
#define IOSIM_SCENARIO_HEADING_H

#include "scenario/keys.h"

extern const struct key_row top_keys[];
extern const struct key_row source_keys[];

#endif
