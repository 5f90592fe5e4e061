/* SPDX-License-Identifier: MIT */
/* The public face of what a replay produced. */
#include "sim/results_handle.h"

#include "sim/argument.h"

iosim_results *iosim_results_new(void)
{
	iosim_results *results = g_new0(iosim_results, 1);

	results->list = result_list_new();
	return results;
}

void iosim_results_free(iosim_results *results)
{
	if (!results)
		return;
	result_list_free(results->list);
	g_free(results);
}

void iosim_results_refuse(iosim_results *results, const char *message)
{
	result_list_refuse(results->list, message);
}

unsigned iosim_results_count(const iosim_results *results, iosim_status status)
{
	switch (status) {
	case IOSIM_PASSED:
		return results->list->passed;
	case IOSIM_FAILED:
		return results->list->failed;
	case IOSIM_NOT_RUN:
		return results->list->not_run;
	case IOSIM_PRINTED:
		return results->list->printed;
	}
	return 0;
}

unsigned iosim_results_rows(const iosim_results *results)
{
	return results->list->rows->len;
}

gboolean iosim_results_row(const iosim_results *results, unsigned index, iosim_row *row)
{
	static const iosim_status statuses[] = {[RESULT_PASSED] = IOSIM_PASSED,
						[RESULT_FAILED] = IOSIM_FAILED,
						[RESULT_NOT_RUN] = IOSIM_NOT_RUN,
						[RESULT_PRINTED] = IOSIM_PRINTED};
	const struct result_row *from;

	if (index >= results->list->rows->len)
		return FALSE;
	from = g_ptr_array_index(results->list->rows, index);
	*row = (iosim_row){.status = statuses[from->status],
			   .scenario = from->scenario,
			   .policy = from->policy,
			   .case_name = from->case_name,
			   .iommu = from->iommu,
			   .settings = from->settings,
			   .expected = from->expected,
			   .verdict = from->got,
			   .reason = from->reason,
			   .line = from->line,
			   .incomplete = from->orders.incomplete,
			   .base = from->base,
			   .base_verdict = from->base_got,
			   .differs = from->differs};
	return TRUE;
}

char *iosim_results_format(const iosim_results *results, const char *format, gboolean verbose, gboolean colour,
			   GError **error)
{
	static const char *const formats[] = {"text", "json", "tap", "junit", NULL};
	struct report_options options = {.verbose = verbose, .colour = colour};
	int which = report_format_by_name(format);

	if (which < 0) {
		argument_unknown(error, "format", format, formats);
		return NULL;
	}
	return report_format(results->list, (enum report_format)which, &options);
}

char *iosim_results_summary(const iosim_results *results)
{
	return report_text_summary(results->list);
}

char *iosim_results_format_row(const iosim_results *results, unsigned index, gboolean verbose, gboolean colour)
{
	struct report_options options = {.verbose = verbose, .colour = colour};

	if (index >= results->list->rows->len)
		return g_strdup("");
	return report_text_row(g_ptr_array_index(results->list->rows, index), &options);
}
