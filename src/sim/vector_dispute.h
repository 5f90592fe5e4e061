/* SPDX-License-Identifier: MIT */
/*
 * Where a vector asks for what only QEMU does and does not say so: docs/disputes.md. A row is a deviation of the
 * engine; a vector is disputed by it if the unit fails for a cached entry alone (what it answers from memory would be
 * right), and passes when it deviates in this one way. No row knows of single vectors.
 */
#ifndef IOSIM_SIM_VECTOR_DISPUTE_H
#define IOSIM_SIM_VECTOR_DISPUTE_H

#include "capture/vectors.h"

struct vector_dispute {
	enum vector_engine engine;
	const char *deviation; /* of the engine */
	const char *section;
	const char *text; /* what we read there */
};

/* The row number `index` for that engine; NULL after the last. */
const struct vector_dispute *vector_dispute_row(enum vector_engine engine, unsigned index);

#endif
