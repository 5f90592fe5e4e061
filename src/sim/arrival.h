/* SPDX-License-Identifier: MIT */
/* Where requests ended, in the words of a scenario, and whether that was meant. */
#ifndef IOSIM_SIM_ARRIVAL_H
#define IOSIM_SIM_ARRIVAL_H

#include "sim/step.h"

/* Writes the outcome of one piece into the record. */
void arrival_record(struct step_run *run, const struct request *request, const struct hit *hit);
/* Judges it. `held`: it has been in flight. */
void arrival_judge(struct step_run *run, const struct request *request, const struct hit *hit, bool held);
/* It was stopped before it came to a unit, and why; the same of one that its device did not even send. */
void arrival_blocked(struct step_run *run, const struct request *request, const char *why);
void arrival_not_sent(struct step_run *run, const struct request *request, enum device_sent sent);
/* With -v: the structures that a walk for it would read. */
void arrival_explain(struct step_run *run, const struct request *request);
/* The address that the owner knows the request by. */
uint64_t arrival_address(const struct world *world, const struct request *request);

#endif
