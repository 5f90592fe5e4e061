/* SPDX-License-Identifier: MIT */
/*
 * What a request of a vector came to, in the terms of the vector: read from what the unit answered, its registers and
 * its record, with the positions of fields written down here once more (a mistake in the unit's own layout is seen).
 */
#ifndef IOSIM_SIM_VECTOR_OUTCOME_H
#define IOSIM_SIM_VECTOR_OUTCOME_H

#include "capture/vectors.h"
#include "hw/iommu.h"

/* Where a VT-d unit of the vectors keeps its fault status and its one fault record (CAP.FRO 22h). */
#define VECTOR_VTD_FSTS      0x34u
#define VECTOR_VTD_FRCD      0x220u
#define VECTOR_VTD_FRCD_LAST 0x22cu
#define VECTOR_VTD_F         (UINT64_C(1) << 31) /* in its last 32 bits */

static inline bool vector_says(const struct vector_outcome *outcome, enum vector_field field)
{
	return outcome->fields >> field & 1;
}

static inline void vector_say(struct vector_outcome *outcome, enum vector_field field, uint64_t value)
{
	outcome->fields |= UINT32_C(1) << field;
	outcome->value[field] = value;
}

void vector_outcome_of(struct iommu *unit, enum vector_engine engine, const struct translation *translation,
		       struct vector_outcome *out);
/* Whether all that `expected` says of result, fields and reasons is so. */
bool vector_outcome_agrees(const struct vector_outcome *expected, const struct vector_outcome *got);
/* "fault 0x5, recorded 1, sid 0x80". The caller frees. */
char *vector_outcome_text(const struct vector_outcome *outcome);

#endif
