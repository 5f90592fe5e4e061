/* SPDX-License-Identifier: MIT */
#include "sim/record.h"

void step_record_free(gpointer data)
{
	struct step_record *step = data;

	g_free(step->outcome);
	g_ptr_array_unref(step->notes);
	g_free(step);
}

struct step_record *step_record_new(const struct step *step)
{
	struct step_record *record = g_new0(struct step_record, 1);

	record->step = step;
	record->notes = g_ptr_array_new_with_free_func(g_free);
	return record;
}

struct run_record *run_record_new(void)
{
	struct run_record *record = g_new0(struct run_record, 1);

	record->steps = g_ptr_array_new_with_free_func(step_record_free);
	return record;
}

struct run_record *run_record_borrowing(void)
{
	struct run_record *record = g_new0(struct run_record, 1);

	record->steps = g_ptr_array_new();
	return record;
}

void run_record_free(struct run_record *record)
{
	if (!record)
		return;
	g_ptr_array_unref(record->steps);
	g_free(record);
}

struct step_record *run_record_add(struct run_record *record, const struct step *step)
{
	struct step_record *row = step_record_new(step);

	g_ptr_array_add(record->steps, row);
	return row;
}
