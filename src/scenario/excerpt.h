/* SPDX-License-Identifier: MIT */
/*
 * A part of a scenario as a text of its own: the machine of one case, and steps of it in any order and as often as is
 * wanted.
 */
#ifndef IOSIM_SCENARIO_EXCERPT_H
#define IOSIM_SCENARIO_EXCERPT_H

#include "scenario/program.h"

struct excerpt_step {
	uint16_t step;      /* of the case */
	const char *label;  /* NULL: none */
	const char *expect; /* NULL: none, so ok */
};

/*
 * The keys `machine`, `let` (if there is one) and `run`, ending with a newline. Conditions, labels and expectations of
 * the steps are left out. What a step makes for the n-th time has the number n after its name, and so in the steps
 * behind it. The caller frees.
 */
char *scenario_excerpt(const struct scenario *scenario, unsigned case_index, const struct excerpt_step *steps,
		       uint32_t count);

#endif
