/* SPDX-License-Identifier: MIT */
/* One scenario under one policy on every kind of IOMMU that can: what was violated, and where the kinds differ. */
#ifndef IOSIM_SIM_TRIAL_H
#define IOSIM_SIM_TRIAL_H

#include "scenario/program.h"
#include "sim/record.h"
#include "sim/sketch.h"
#include "uapi/rules.h"

#include <stdbool.h>
#include <stdint.h>

#define TRIAL_KINDS 2 /* VT-d, SMMUv3 */

/* The rules that are tried. */
struct trial_rules {
	unsigned policy;
	struct setting settings[SCENARIO_MAX_SETTINGS];
	unsigned setting_count;
};

/* What can be wrong with a run. Two runs have the same fault if all of this is the same. */
enum fault_sort {
	FAULT_NONE,
	FAULT_VIOLATION,  /* of `invariant` */
	FAULT_DIFFERENCE, /* the kinds did not do the same at a step of that operation */
	FAULT_LOSS,       /* a request was blocked that the model allows, and nothing explains it */
};
struct fault {
	enum fault_sort sort;
	unsigned invariant;       /* FAULT_VIOLATION */
	enum operation operation; /* FAULT_DIFFERENCE, FAULT_LOSS */
	enum did did[TRIAL_KINDS];
	int error[TRIAL_KINDS];
};

struct trial {
	bool ran;                  /* the loader took it, and it ran on both kinds */
	struct scenario *scenario; /* NULL: the loader refused it */
	struct rules rules;
	bool settings; /* they are not the policy's own */
	struct run_record *runs[TRIAL_KINDS];
	void *explorations[TRIAL_KINDS];    /* own the records */
	char *message;                      /* why it did not run; NULL */
	uint64_t violated[TRIAL_KINDS];     /* in steps that are judged */
	uint64_t all_violated;              /* in any step, on any kind */
	struct fault difference, loss;      /* the first of each */
	uint32_t difference_at, loss_at;    /* steps */
	const char *excused;                /* why the kinds differ, where they may; NULL */
	bool alone;                         /* what is behind that is judged on SMMUv3 alone: VT-d has no such thing */
	uint32_t judged;                    /* steps before the first difference: what is behind it is not looked at */
	uint32_t reached, refused, blocked; /* steps, on the first kind: what a random program is worth */
};

void trial_rules_fill(const struct trial_rules *tried, struct rules *rules);
/* The sketch with a row of that policy. The caller frees. */
char *trial_text(const struct sketch *sketch, const struct trial_rules *rules);
/* Runs the scenario's text. It has to be given back in any case. */
void trial_run(const char *text, const struct trial_rules *rules, struct trial *trial);
void trial_clear(struct trial *trial);
/* The record of that step on VT-d (0) or SMMUv3 (1). */
const struct step_record *trial_record(const struct trial *trial, unsigned which, unsigned step);

/*
 * trial_excuse.c: what no rule is to blame for. Why the kinds may do different things at that step (`differs`), or why
 * what is violated there says nothing of a rule; NULL: nothing explains it. The runs go different ways, or wrong, from
 * there on, and nothing behind it is compared or judged.
 */
const char *trial_excuse(const struct trial *trial, unsigned at, bool differs);
/* It is that VT-d has no such object: the other kind goes on, and what it violates counts. */
bool trial_goes_on_alone(const struct trial *trial, unsigned at);
/* The IOMMU blocked what it should not have: nothing on the way to it did, and the page is there. */
bool trial_is_loss(const struct trial *trial, unsigned at);
/* With settings: whether it has the fault without them too, so that they are not to blame. Else false. */
bool trial_has_without_settings(const char *text, const struct trial_rules *rules, const struct fault *fault);
bool trial_has(const struct trial *trial, const struct fault *fault);

#endif
