/* SPDX-License-Identifier: MIT */
/*
 * What all interleavings of a run have in common, and what only some have: the verdict, held against a row.
 */
#ifndef IOSIM_SIM_INTERLEAVINGS_H
#define IOSIM_SIM_INTERLEAVINGS_H

#include "sim/explore.h"
#include "sim/verdict.h"

/* Something that happened: in how many interleavings, and one of each sort. Strings are its own. */
struct observation {
	const struct step *step;
	char *what; /* "violates request-scoped at serve" */
	uint32_t positive, negative;
	const struct run_record *with, *without; /* NULL: there is none */
};

/* Interleavings that cannot be told apart by what their steps did. */
struct outcome_count {
	char *text; /* of the steps that differ: "serve=ok; retry=fault"; "" if none does */
	uint32_t count;
};

/* struct observation *, in the order of the file. */
GPtrArray *interleavings_observe(const struct scenario *scenario, const struct scenario_tables *tables,
				 const struct exploration *exploration);
/* struct outcome_count *, in the order in which they were found. */
GPtrArray *interleavings_outcomes(const struct exploration *exploration);
/* The verdict in the language's words: "safe", "sometimes violates dma-confined at retry". */
char *interleavings_words(const GPtrArray *observations);

/*
 * Whether every interleaving is as the row says, and what it says happens sometimes does and does not. If not, *reason
 * (the caller frees) says where it differs; *differing, if not NULL, is the interleaving that does. `also` as in
 * verdict_matches().
 */
bool interleavings_match(const struct scenario *scenario, const struct scenario_tables *tables,
			 const struct expect_row *row, const struct scenario_case *program,
			 const struct exploration *exploration, char **reason, const struct run_record **differing,
			 GPtrArray *also);

#endif
