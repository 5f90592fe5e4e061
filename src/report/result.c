/* SPDX-License-Identifier: MIT */
#include "report/result.h"

#include <string.h>

static void free_step(gpointer data)
{
	struct result_step *step = data;

	g_free(step->label);
	g_free(step->text);
	g_free(step->outcome);
	g_ptr_array_unref(step->notes);
	g_free(step);
}

static void free_outcome(gpointer data)
{
	struct result_outcome *outcome = data;

	g_free(outcome->text);
	g_free(outcome);
}

static void free_observation(gpointer data)
{
	struct result_observation *observation = data;

	g_free(observation->what);
	g_free(observation->with);
	g_free(observation->without);
	g_free(observation);
}

void result_row_free(struct result_row *row)
{
	g_free(row->path);
	g_free(row->scenario);
	g_free(row->title);
	g_free(row->policy);
	g_free(row->case_name);
	g_free(row->iommu);
	g_free(row->settings);
	g_free(row->expected);
	g_free(row->got);
	g_free(row->base);
	g_free(row->base_got);
	g_free(row->basis);
	g_free(row->note);
	g_free(row->reason);
	g_free(row->profile);
	g_ptr_array_unref(row->also);
	g_ptr_array_unref(row->steps);
	g_ptr_array_unref(row->orders.outcomes);
	g_ptr_array_unref(row->orders.observations);
	g_free(row->orders.shown);
	g_free(row);
}

static void free_row(gpointer data)
{
	result_row_free(data);
}

struct result_step *result_step_new(void)
{
	struct result_step *step = g_new0(struct result_step, 1);

	step->notes = g_ptr_array_new_with_free_func(g_free);
	return step;
}

struct result_row *result_row_new(void)
{
	struct result_row *row = g_new0(struct result_row, 1);

	row->also = g_ptr_array_new_with_free_func(g_free);
	row->steps = g_ptr_array_new_with_free_func(free_step);
	row->orders.outcomes = g_ptr_array_new_with_free_func(free_outcome);
	row->orders.observations = g_ptr_array_new_with_free_func(free_observation);
	return row;
}

void result_add_outcome(struct result_row *row, char *text, uint32_t count)
{
	struct result_outcome *outcome = g_new(struct result_outcome, 1);

	*outcome = (struct result_outcome){.text = text, .count = count};
	g_ptr_array_add(row->orders.outcomes, outcome);
}

void result_add_observation(struct result_row *row, const struct result_observation *observation)
{
	struct result_observation *copy = g_new(struct result_observation, 1);

	*copy = *observation;
	g_ptr_array_add(row->orders.observations, copy);
}

struct result_list *result_list_new(void)
{
	struct result_list *list = g_new0(struct result_list, 1);

	list->rows = g_ptr_array_new_with_free_func(free_row);
	list->refused = g_ptr_array_new_with_free_func(g_free);
	return list;
}

void result_list_free(struct result_list *list)
{
	if (!list)
		return;
	g_ptr_array_unref(list->rows);
	g_ptr_array_unref(list->refused);
	g_free(list);
}

void result_list_add(struct result_list *list, struct result_row *row)
{
	g_ptr_array_add(list->rows, row);
	switch (row->status) {
	case RESULT_PASSED:
		list->passed++;
		break;
	case RESULT_FAILED:
		list->failed++;
		break;
	case RESULT_NOT_RUN:
		list->not_run++;
		break;
	case RESULT_PRINTED:
		list->printed++;
		list->compared += row->base != NULL;
		list->differing += row->differs;
		break;
	}
}

void result_list_refuse(struct result_list *list, const char *message)
{
	g_ptr_array_add(list->refused, g_strdup(message));
}

int report_format_by_name(const char *name)
{
	static const char *const names[] = {"text", "json", "tap", "junit"};

	for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(name, names[i]) == 0)
			return (int)i;
	return -1;
}
