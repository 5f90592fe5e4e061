/* SPDX-License-Identifier: MIT */
/* What a run is: a case of a scenario under one policy, one set of rules and one kind of IOMMU. explore.h runs it. */
#ifndef IOSIM_SIM_RUN_H
#define IOSIM_SIM_RUN_H

#include "scenario/program.h"
#include "timing/profile.h"
#include "uapi/rules.h"

#include <stdbool.h>

struct run_request {
	const struct scenario *scenario;
	unsigned case_index;
	unsigned policy;
	struct rules rules;
	enum iommu_kind kind;
	bool verbose;
	bool free;            /* hardware is, whatever the scenario says of it */
	bool apart;           /* no two states are taken for one: slower, and the same result */
	uint32_t max_steps;   /* 0: EXPLORE_MAX_STEPS */
	bool whole;           /* `hardware: free`: every choice at every place; very slow, and the same result */
	uint32_t max_choices; /* of hardware's in a run; 0: FREE_MAX_CHOICES; at most FREE_CHOICES_LIMIT */
	const struct timing_profile *profile; /* what requests take is told; NULL: it is not */
	const char *order; /* NULL: every one; else this one alone, as exploration_order() writes it */
};

/* IOMMU_NONE, or engine and driver of that kind are there. */
bool run_kind_is_built(enum iommu_kind kind);
/* Bit per kind on which a machine can run: what it declares, or every kind that is built. */
uint32_t run_kinds(const struct machine *machine);

#endif
