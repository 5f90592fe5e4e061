/* SPDX-License-Identifier: MIT */
/*
 * Which outcomes of a request are right, by the rules of tests/data/vectors/README.md: what was measured, and, where
 * that is not what the specification asks for or depends on what is cached, something else.
 */
#ifndef IOSIM_SIM_VECTOR_RIGHT_H
#define IOSIM_SIM_VECTOR_RIGHT_H

#include "sim/vector_outcome.h"

#define VECTOR_RIGHT_MAX 6

struct vector_right {
	unsigned count; /* at least 1; the first is what a failure is told against */
	struct vector_outcome outcomes[VECTOR_RIGHT_MAX];
	bool stale_too; /* what was measured is right too, if a cache gave the answer */
	bool loose;     /* not what was measured: how flags of tables changed meanwhile is not held against it */
};

/* qemu: only what was measured. */
void vector_right_of(const struct vector_request *request, enum vector_engine engine, bool qemu,
		     struct vector_right *right);
bool vector_has_caveat(const struct vector_request *request, const char *code);

#endif
