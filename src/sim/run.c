/* SPDX-License-Identifier: MIT */
#include "sim/run.h"

#include "sim/step.h"
#include "sim/world.h"

static bool exists(const struct step *step, const struct run_request *request)
{
	return (step->only_policies >> request->policy & 1) && (step->only_kinds >> request->kind & 1);
}

struct run_record *run_case(const struct run_request *request, char **message)
{
	const struct scenario_case *program = &request->scenario->cases[request->case_index];
	struct world *world = world_new(program, request->scenario->hardware, request->kind, &request->rules,
					request->verbose, message);
	struct run_record *record;

	if (!world)
		return NULL;
	record = run_record_new();
	record->kind = request->kind;
	for (unsigned i = 0; i < program->step_count; i++) {
		const struct step *step = &program->steps[i];
		struct step_record *row;

		if (!exists(step, request))
			continue;
		row = run_record_add(record, step);
		step_run(world, step, i + 1, row);
		if (row->did == DID_CRASHED)
			break;
	}
	world_free(world);
	return record;
}
