/* SPDX-License-Identifier: MIT */
/* A sequence of actions as a scenario of its own, whose rows say what happens. */
#ifndef IOSIM_SIM_PROOF_SCENARIO_H
#define IOSIM_SIM_PROOF_SCENARIO_H

#include "sim/proof.h"

struct proof_story {
	const struct scenario *scenario; /* whose actions they are */
	unsigned case_index, policy;
	const struct setting *settings; /* beside the policy's own */
	unsigned setting_count;
	uint32_t kinds;      /* bit per enum iommu_kind: on which the sequence does the same */
	const char *name;    /* of the new scenario */
	const char *command; /* what found it */
	int invariant;       /* that its last step violates; -1: it crashes the host */
	struct proof_sequence sequence;
};

/* NULL and a message (the caller frees): as a scenario it does something else. The caller frees. */
char *proof_scenario(const struct proof_story *story, char **message);

#endif
