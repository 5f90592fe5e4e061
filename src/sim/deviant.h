/* SPDX-License-Identifier: MIT */
/*
 * Documented deviations of QEMU from the specification, and units that deviate in them: beside an engine that follows
 * the specification, the same registers and the same memory, asked without effect. That an answer of QEMU differs for
 * such a deviation is recognised by a unit that answers as QEMU did, never by which request it is.
 */
#ifndef IOSIM_SIM_DEVIANT_H
#define IOSIM_SIM_DEVIANT_H

#include "sim/engine.h"

struct deviation_row {
	enum iommu_kind kind;
	const char *code; /* names of the engine's deviations, separated by a space each */
	const char *text;
};

/* In the order in which they are tried: few at a time first. NULL after the last. */
const struct deviation_row *deviation_row(unsigned index);
/* What the unit with the deviations of that row answers. False: the engine is of another kind, or has no such ones. */
bool deviant_ask(iosim_engine *engine, unsigned index, const iosim_request *request, iosim_answer *answer);
/* The units that deviant_ask() made. */
void deviants_free(iosim_engine *engine);

#endif
