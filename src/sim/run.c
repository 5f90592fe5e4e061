/* SPDX-License-Identifier: MIT */
#include "sim/run.h"

#include "hw/driver.h"
#include "hw/iommu.h"
#include "sim/step.h"
#include "sim/world.h"

bool run_kind_is_built(enum iommu_kind kind)
{
	return kind == IOMMU_NONE || (iommu_ops_of(kind) && driver_ops_of(kind));
}

uint32_t run_kinds(const struct machine *machine)
{
	uint32_t all = 0, declared = 0;

	for (enum iommu_kind kind = IOMMU_VTD; kind < IOMMU_KINDS; kind++)
		if (run_kind_is_built(kind))
			all |= 1u << kind;
	for (unsigned i = 0; i < machine->iommu_count; i++) {
		if (!machine->iommus[i].kind_given)
			return all;
		declared |= 1u << machine->iommus[i].kind;
	}
	/* Every unit says what it is: the run is named after the first that is an IOMMU. */
	for (enum iommu_kind kind = IOMMU_VTD; kind < IOMMU_KINDS; kind++)
		if (declared >> kind & 1)
			return 1u << kind;
	return 1u << IOMMU_NONE;
}

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
	if (world->overflowed || model_overflowed(world->model) || handed_overflowed(world->handed)) {
		*message = g_strdup_printf("more than %d spaces, %d areas or %d live areas: too much to judge",
					   WORLD_MAX_SPACES, WORLD_MAX_AREAS, MODEL_MAX_AREAS);
		g_clear_pointer(&record, run_record_free);
	}
	world_free(world);
	return record;
}
