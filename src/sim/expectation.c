/* SPDX-License-Identifier: MIT */
#include "sim/expectation.h"

static char *name_of_target(const struct machine *machine, const struct target *target)
{
	switch (target->kind) {
	case TARGET_MEMORY:
		return g_strdup(machine->memories[target->index].name);
	case TARGET_BAR:
		return g_strdup(machine->bars[target->index].name);
	case TARGET_RESERVED:
		return g_strdup(machine->reserved[target->index].name);
	default:
		return NULL;
	}
}

char *record_expectation(const struct machine *machine, const struct step_record *record, bool violates)
{
	enum operation operation = record->step->operation;
	bool requests = operation == OP_DMA || operation == OP_RESUME;
	const char *error = errno_name(record->error);
	g_autofree char *target = NULL;

	if (requests && violates)
		return g_strdup("fault");
	switch (record->did) {
	case DID_BLOCKED:
		return record->meant ? NULL : g_strdup("fault");
	case DID_SCRATCH:
		return record->meant ? NULL : g_strdup("scratch");
	case DID_REACHED:
		target = name_of_target(machine, &record->reached);
		return target ? g_strdup_printf("reaches %s", target) : NULL;
	case DID_RAISED:
		return record->raised.device == MACHINE_NONE
			       ? NULL
			       : g_strdup_printf("raises %s.v%u", machine->devices[record->raised.device].name,
						 record->raised.index);
	case DID_WAITS:
		return g_strdup("page-request");
	case DID_REJECTED:
		return error ? g_strdup_printf("rejected %s", error) : NULL;
	default:
		return NULL;
	}
}
