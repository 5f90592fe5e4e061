/* SPDX-License-Identifier: MIT */
/* One run: a case of a scenario under one policy, one set of rules and one kind of IOMMU, from step 1 to the last. */
#ifndef IOSIM_SIM_RUN_H
#define IOSIM_SIM_RUN_H

#include "scenario/program.h"
#include "sim/record.h"
#include "uapi/rules.h"

#include <stdbool.h>

struct run_request {
	const struct scenario *scenario;
	unsigned case_index;
	unsigned policy;
	struct rules rules;
	enum iommu_kind kind;
	bool verbose;
};

/* IOMMU_NONE, or engine and driver of that kind are there. */
bool run_kind_is_built(enum iommu_kind kind);
/* Bit per kind on which a machine can run: what it declares, or every kind that is built. */
uint32_t run_kinds(const struct machine *machine);

/* NULL and a message (the caller frees) if the machine cannot be built or booted. */
struct run_record *run_case(const struct run_request *request, char **message);

#endif
