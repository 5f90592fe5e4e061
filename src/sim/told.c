/* SPDX-License-Identifier: MIT */
#include "sim/told.h"

#include "sim/interleavings.h"
#include "sim/tables.h"

_Static_assert((int)TIMING_PARTS <= RESULT_PARTS, "a report has room for the parts of a request's time");

static struct result_time copy_time(const struct timing_alone *spent)
{
	struct result_time time = {.requests = spent->requests,
				   .walks = spent->walks,
				   .references = spent->references,
				   .configuration_references = spent->configuration_references,
				   .ps = timing_alone_ps(spent)};

	for (unsigned part = 0; part < TIMING_PARTS; part++) {
		if (spent->part_ps[part] == 0)
			continue;
		time.part_names[time.parts] = timing_part_names[part];
		time.part_ps[time.parts++] = spent->part_ps[part];
	}
	return time;
}

static void copy_steps(const struct run_record *run, struct result_row *row)
{
	for (unsigned i = 0; i < run->steps->len; i++) {
		const struct step_record *record = g_ptr_array_index(run->steps, i);
		struct result_step *step = result_step_new();

		step->line = record->step->place.line;
		step->label = record->step->label[0] ? g_strdup(record->step->label) : NULL;
		step->text = g_strdup(record->step->text);
		step->outcome = g_strdup(record->outcome);
		step->time = copy_time(&record->time);
		step->unexpected = !verdict_step_as_expected(record, run->kind);
		for (unsigned note = 0; note < record->notes->len; note++)
			g_ptr_array_add(step->notes, g_strdup(g_ptr_array_index(record->notes, note)));
		g_ptr_array_add(row->steps, step);
	}
}

static char *order_or_none(const struct scenario_case *program, const struct run_record *run)
{
	return run ? exploration_order(program, run) : NULL;
}

/* What the interleavings have in common. */
static void copy_orders(const struct scenario_case *program, const struct exploration *exploration,
			const GPtrArray *observations, struct result_row *row)
{
	struct result_orders *orders = &row->orders;
	GPtrArray *outcomes = interleavings_outcomes(exploration);

	orders->interleavings = exploration->runs->len;
	orders->states = exploration->states;
	orders->merged = exploration->merged;
	orders->incomplete = exploration->incomplete;
	orders->free = exploration->free;
	orders->choices = exploration->choices;
	orders->most = exploration->most;
	orders->cut = exploration->cut;
	for (unsigned i = 0; i < outcomes->len; i++) {
		const struct outcome_count *outcome = g_ptr_array_index(outcomes, i);

		result_add_outcome(row, g_strdup(outcome->text), outcome->count);
	}
	for (unsigned i = 0; i < observations->len; i++) {
		const struct observation *seen = g_ptr_array_index(observations, i);

		result_add_observation(row,
				       &(struct result_observation){.what = g_strdup(seen->what),
								    .positive = seen->positive,
								    .negative = seen->negative,
								    .with = order_or_none(program, seen->with),
								    .without = order_or_none(program, seen->without)});
	}
	g_ptr_array_unref(outcomes);
}

/* The interleaving whose steps are shown: one in which something happened that does not in others, if there is one. */
static const struct run_record *run_to_show(const struct exploration *exploration, const GPtrArray *observations)
{
	for (unsigned i = 0; i < observations->len; i++) {
		const struct observation *seen = g_ptr_array_index(observations, i);

		if (seen->negative)
			return seen->with;
	}
	return exploration->runs->len ? g_ptr_array_index(exploration->runs, 0) : NULL;
}

/* The interleaving that differs from the row; NULL: none alone does. */
static const struct run_record *judge(const struct run_request *request, const struct expect_row *expect,
				      const struct exploration *exploration, struct result_row *row)
{
	const struct scenario *scenario = request->scenario;
	const struct run_record *differing;

	row->line = expect->place.line;
	row->expected = verdict_expected(sim_tables(), expect);
	row->basis = g_strdup_printf("%c", expect->basis);
	row->note = g_strdup(expect->note);
	row->status = interleavings_match(scenario, sim_tables(), expect, &scenario->cases[request->case_index],
					  exploration, &row->reason, &differing, row->also)
			      ? RESULT_PASSED
			      : RESULT_FAILED;
	return differing;
}

void told_fill(const struct run_request *request, const struct expect_row *expect,
	       const struct exploration *exploration, struct result_row *row)
{
	const struct scenario_case *program = &request->scenario->cases[request->case_index];
	GPtrArray *observations = interleavings_observe(request->scenario, sim_tables(), exploration);
	const struct run_record *shown = run_to_show(exploration, observations), *differing = NULL;

	row->got = interleavings_words(observations);
	row->status = RESULT_PRINTED;
	if (expect)
		differing = judge(request, expect, exploration, row);
	if (differing)
		shown = differing;
	if (shown)
		copy_steps(shown, row);
	if (exploration->parallel) {
		if (!request->order)
			copy_orders(program, exploration, observations, row);
		row->orders.shown = order_or_none(program, shown);
	}
	g_ptr_array_unref(observations);
}
