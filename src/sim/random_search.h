/* SPDX-License-Identifier: MIT */
/* Random scenarios until one has a fault that is asked for; that one as small as it can be made. */
#ifndef IOSIM_SIM_RANDOM_SEARCH_H
#define IOSIM_SIM_RANDOM_SEARCH_H

#include "sim/sketch.h"
#include "sim/trial.h"

#include <stdbool.h>
#include <stdint.h>

#define SEARCH_ANY (-1)

struct search_wish {
	struct trial_rules rules;
	int invariant;     /* a violation of that one; SEARCH_ANY: any, a difference between the kinds, or a loss */
	uint64_t seed;     /* of the first program; each later one has the next number */
	uint32_t programs; /* at most */
};

struct search_found {
	struct sketch sketch; /* as small as it could be made */
	struct fault fault;
	uint64_t seed;         /* of the program in which it was found */
	uint32_t programs;     /* that were looked at */
	uint32_t steps_before; /* of the program as it was made up */
	uint32_t steps, runs;  /* of the small one; how often one was run to get there */
};

/* The fault of one program; FAULT_NONE. With settings: that it does not have without them. */
struct fault search_fault(const struct sketch *sketch, const struct search_wish *wish);
/* False: none has it. */
bool search(const struct search_wish *wish, struct search_found *found);

/* What the written scenario says of itself. */
struct search_words {
	const char *name, *source; /* source: a mapping */
};
/* random_scenario.c: the small one as a scenario whose rows say what happens. The caller frees. */
char *search_scenario(const struct search_wish *wish, const struct search_found *found,
		      const struct search_words *words);
/* "violates unmap-effective", "loses availability at dma": what the program does. The caller frees. */
char *search_fault_words(const struct fault *fault);

#endif
