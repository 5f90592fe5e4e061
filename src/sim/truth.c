/* SPDX-License-Identifier: MIT */
/* The public truth: what another implementation answered, against an engine. */
#include "capture/capture.h"
#include "hw/vtd/layout.h"
#include "sim/engine.h"

#include <ioasid-sim/truth.h>

#include <string.h>

struct iosim_truth {
	GArray *questions; /* struct capture_question */
};

iosim_truth *iosim_truth_load(const char *path, GError **error)
{
	GArray *questions = capture_load_truth(path, error);
	iosim_truth *truth = questions ? g_new(iosim_truth, 1) : NULL;

	if (truth)
		truth->questions = questions;
	return truth;
}

void iosim_truth_free(iosim_truth *truth)
{
	if (!truth)
		return;
	g_array_unref(truth->questions);
	g_free(truth);
}

guint iosim_truth_count(const iosim_truth *truth)
{
	return truth->questions->len;
}

void iosim_truth_get(const iosim_truth *truth, guint index, iosim_truth_line *line)
{
	const struct capture_question *question;

	IOSIM_ASSERT(index < truth->questions->len);
	question = &g_array_index(truth->questions, struct capture_question, index);
	*line = (iosim_truth_line){
		.line = question->line,
		.device = question->device,
		.request = {.stream = question->stream, .write = question->write, .iova = question->iova},
		.answer = {.outcome = question->fault ? IOSIM_FAULTED : IOSIM_TRANSLATED,
			   .pass_through = question->pass_through,
			   .pa = question->pa,
			   .page_bytes = question->page_bytes,
			   .fault = question->reason,
			   .fault_name = question->fault_name[0] ? question->fault_name : NULL},
		.any_fault = question->fault && !question->has_reason,
	};
}

static bool agrees(const iosim_truth_line *line, const iosim_answer *answer)
{
	const iosim_answer *truth = &line->answer;

	if (truth->outcome != answer->outcome)
		return false;
	if (truth->outcome == IOSIM_FAULTED)
		return line->any_fault || truth->fault == answer->fault;
	return truth->pa == answer->pa && (truth->page_bytes == 0 || truth->page_bytes == answer->page_bytes);
}

/*
 * A documented deviation of QEMU from the specification, recognised by what the two answer to a request, never by which
 * request it is.
 */
struct deviation {
	const char *code;
	const char *text;
	bool (*is)(const iosim_engine *engine, const iosim_truth_line *line, const iosim_answer *answer);
};

/* A device in pass-through mode, an address that the specification bounds by the unit's width (fault reason 4). */
static bool is_pt_no_range(const iosim_engine *engine, const iosim_truth_line *line, const iosim_answer *answer)
{
	struct iommu_view view;

	if (engine->ops->kind != IOMMU_VTD || line->answer.outcome != IOSIM_TRANSLATED ||
	    answer->outcome != IOSIM_FAULTED || answer->fault != VTD_FAULT_ADDRESS_BEYOND)
		return false;
	engine->ops->view(engine->unit, line->request.stream, PASID_NONE, &view);
	return view.kind == VIEW_PASS_THROUGH && line->answer.pa == line->request.iova &&
	       line->request.iova >> engine->config.address_width != 0;
}

static const struct deviation deviations[] = {
	{"pt-no-range", "pass-through is not limited to the width of host addresses", is_pt_no_range},
};

iosim_agreement iosim_truth_compare(iosim_engine *engine, const iosim_truth_line *line, iosim_answer *answer,
				    const char **deviation)
{
	*deviation = NULL;
	iosim_engine_explain(engine, &line->request, NULL, NULL, answer);
	if (agrees(line, answer))
		return IOSIM_AGREES;
	for (size_t i = 0; i < G_N_ELEMENTS(deviations) && !engine->config.compat_qemu; i++) {
		if (!deviations[i].is(engine, line, answer))
			continue;
		*deviation = deviations[i].code;
		return IOSIM_KNOWN;
	}
	return IOSIM_DIFFERS;
}

const char *iosim_deviation_text(const char *code)
{
	for (size_t i = 0; i < G_N_ELEMENTS(deviations); i++) {
		if (strcmp(deviations[i].code, code) == 0)
			return deviations[i].text;
	}
	return NULL;
}
