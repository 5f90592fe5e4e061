/* SPDX-License-Identifier: MIT */
#include "sim/trial.h"

#include "sim/explore.h"
#include "sim/tables.h"

#include <string.h>

static const enum iommu_kind kinds[TRIAL_KINDS] = {IOMMU_VTD, IOMMU_SMMUV3};

void trial_rules_fill(const struct trial_rules *tried, struct rules *rules)
{
	rules_of_policy(tried->policy, rules);
	for (unsigned i = 0; i < tried->setting_count; i++)
		rules_set(rules, tried->settings[i].knob, tried->settings[i].value);
}

char *trial_text(const struct sketch *sketch, const struct trial_rules *rules)
{
	g_autofree char *row =
		g_strdup_printf("  - {policy: %s, verdict: safe, basis: I}\n", policy_name(rules->policy));
	const struct sketch_frame frame = {.name = "found",
					   .title = "A trial",
					   .source = "{author: nobody, date: 2026-01-01, document: a trial}",
					   .claim = "None.",
					   .invariants = "dma-confined",
					   .rows = row};

	return sketch_text(sketch, &frame);
}

/* --- running --- */

static bool run_on(struct trial *trial, const struct trial_rules *tried, unsigned which)
{
	struct run_request request = {.scenario = trial->scenario, .policy = tried->policy, .kind = kinds[which]};
	struct exploration *exploration;

	request.rules = trial->rules;
	exploration = explore_case(&request, &trial->message);
	if (!exploration)
		return false;
	trial->explorations[which] = exploration;
	trial->runs[which] = g_ptr_array_index(exploration->runs, 0);
	return true;
}

const struct step_record *trial_record(const struct trial *trial, unsigned which, unsigned step)
{
	return g_ptr_array_index(trial->runs[which]->steps, step);
}

/* --- judging --- */

static bool same_outcome(const struct step_record *one, const struct step_record *two)
{
	return one->did == two->did && one->error == two->error && one->violated == two->violated &&
	       (one->did != DID_REACHED ||
		(one->reached.kind == two->reached.kind && one->reached.index == two->reached.index &&
		 one->reached.offset == two->reached.offset)) &&
	       (one->did != DID_RAISED ||
		(one->raised.device == two->raised.device && one->raised.index == two->raised.index)) &&
	       ((one->did != DID_BLOCKED && one->did != DID_SCRATCH) || one->meant == two->meant);
}

static struct fault fault_at(enum fault_sort sort, const struct step_record *one, const struct step_record *two)
{
	return (struct fault){.sort = sort,
			      .operation = one->step->operation,
			      .did = {one->did, two->did},
			      .error = {one->error, two->error}};
}

static void compare(struct trial *trial)
{
	unsigned steps = MIN(trial->runs[0]->steps->len, trial->runs[1]->steps->len);

	for (trial->judged = 0; trial->judged < steps; trial->judged++) {
		unsigned at = trial->judged;
		const struct step_record *one = trial_record(trial, 0, at), *two = trial_record(trial, 1, at);
		bool same = same_outcome(one, two);

		if (!same || one->violated)
			trial->excused = trial_excuse(trial, at, !same);
		if (same && !trial->excused)
			continue;
		trial->alone = trial->excused && trial_goes_on_alone(trial, at);
		if (!trial->excused) {
			trial->difference = fault_at(FAULT_DIFFERENCE, one, two);
			trial->difference_at = at;
		}
		return;
	}
}

static bool is_judged(const struct trial *trial, unsigned which, unsigned at)
{
	return at < trial->judged ||
	       (trial->alone && which == 1 && at < trial->runs[0]->steps->len && !trial_excuse(trial, at, false));
}

static void look_for_losses(struct trial *trial)
{
	for (unsigned i = 0; i < trial->judged; i++) {
		const struct step_record *record = trial_record(trial, 0, i);

		trial->reached += record->did == DID_REACHED;
		trial->refused += record->did == DID_REJECTED;
		trial->blocked += record->did == DID_BLOCKED || record->did == DID_SCRATCH;
		if (trial->loss.sort != FAULT_NONE || !trial_is_loss(trial, i))
			continue;
		trial->loss = fault_at(FAULT_LOSS, record, record);
		trial->loss_at = i;
	}
}

void trial_run(const char *text, const struct trial_rules *rules, struct trial *trial)
{
	GError *error = NULL;

	*trial = (struct trial){.ran = false};
	trial_rules_fill(rules, &trial->rules);
	trial->settings = rules->setting_count > 0;
	trial->scenario = scenario_load_data("found", text, strlen(text), sim_tables(), &error);
	if (!trial->scenario) {
		trial->message = g_strdup(error->message);
		g_error_free(error);
		return;
	}
	for (unsigned i = 0; i < TRIAL_KINDS; i++)
		if (!run_on(trial, rules, i))
			return;
	trial->ran = true;
	compare(trial);
	for (unsigned which = 0; which < TRIAL_KINDS; which++)
		for (unsigned i = 0; i < trial->runs[which]->steps->len; i++) {
			uint64_t violated = trial_record(trial, which, i)->violated;

			trial->violated[which] |= is_judged(trial, which, i) ? violated : 0;
			trial->all_violated |= violated;
		}
	look_for_losses(trial);
}

void trial_clear(struct trial *trial)
{
	for (unsigned i = 0; i < TRIAL_KINDS; i++)
		if (trial->explorations[i])
			exploration_free(trial->explorations[i]);
	if (trial->scenario)
		scenario_free(trial->scenario);
	g_free(trial->message);
	*trial = (struct trial){.ran = false};
}

static bool same_fault(const struct fault *one, const struct fault *two)
{
	return one->sort == two->sort && one->operation == two->operation &&
	       memcmp(one->did, two->did, sizeof(one->did)) == 0 &&
	       memcmp(one->error, two->error, sizeof(one->error)) == 0;
}

bool trial_has(const struct trial *trial, const struct fault *fault)
{
	if (!trial->ran)
		return false;
	/* What goes with a setting is the setting's fault, wherever it is. */
	if (fault->sort == FAULT_VIOLATION && trial->settings)
		return trial->all_violated >> fault->invariant & 1;
	if (fault->sort == FAULT_VIOLATION)
		return (trial->violated[0] | trial->violated[1]) >> fault->invariant & 1;
	return same_fault(fault->sort == FAULT_LOSS ? &trial->loss : &trial->difference, fault);
}

bool trial_has_without_settings(const char *text, const struct trial_rules *rules, const struct fault *fault)
{
	struct trial_rules plain = {.policy = rules->policy};
	struct trial trial;
	bool has;

	if (rules->setting_count == 0)
		return false;
	trial_run(text, &plain, &trial);
	trial.settings = true; /* judged in the same way */
	has = trial_has(&trial, fault);
	trial_clear(&trial);
	return has;
}
