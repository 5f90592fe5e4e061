/* SPDX-License-Identifier: MIT */
/* The public truth: what another implementation answered, against an engine. */
#include "base/field.h"
#include "capture/capture.h"
#include "sim/deviant.h"

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
			   .fault = question->has_event ? (guint)(question->event[0] & 0xff) : question->reason,
			   .recorded = question->has_event,
			   .record = {question->event[0], question->event[1], question->event[2], question->event[3]},
			   .fault_name = question->fault_name[0] ? question->fault_name : NULL},
		.any_fault = question->fault && !question->has_reason && !question->is_smmu,
		.is_event = question->fault && !question->has_reason && question->is_smmu,
	};
}

/* Fields of an event record (IHI 0070 7.3): which bits of its words are compared. */
#define EVENT_ANY_MASK   (FIELD_MASK(63, 32) | FIELD_MASK(11, 11) | FIELD_MASK(7, 0))   /* StreamID, SSV, TYPE */
#define EVENT_CAUSE_MASK (FIELD_MASK(41, 39) | FIELD_MASK(35, 33) | FIELD_MASK(31, 31)) /* CLASS, S2, RnW ... STALL */
#define EVENT_S2_MASK    FIELD_MASK(39, 39)
#define EVENT_IPA_MASK   FIELD_MASK(51, 12)
#define EVENT_FETCH_MASK FIELD_MASK(55, 3)

enum { F_STE_FETCH = 0x03, F_CD_FETCH = 0x09, F_WALK_EABT = 0x0b, F_TRANSLATION = 0x10, F_PERMISSION = 0x13 };

static bool is_same(const uint64_t *a, const uint64_t *b, unsigned word, uint64_t mask)
{
	return ((a[word] ^ b[word]) & mask) == 0;
}

static bool is_same_event(const uint64_t *truth, const uint64_t *found)
{
	unsigned type = truth[0] & 0xff;
	bool walked = type == F_WALK_EABT || (type >= F_TRANSLATION && type <= F_PERMISSION);

	if (!is_same(truth, found, 0, EVENT_ANY_MASK))
		return false;
	if (walked && !(is_same(truth, found, 1, EVENT_CAUSE_MASK) && is_same(truth, found, 2, UINT64_MAX)))
		return false;
	if (type == F_WALK_EABT || type == F_STE_FETCH || type == F_CD_FETCH)
		return is_same(truth, found, 3, EVENT_FETCH_MASK);
	return !walked || !(truth[1] & EVENT_S2_MASK) || is_same(truth, found, 3, EVENT_IPA_MASK);
}

static bool agrees_in_fault(const iosim_truth_line *line, const iosim_answer *answer)
{
	if (line->any_fault)
		return true;
	if (line->is_event && line->answer.recorded)
		return answer->recorded && is_same_event(line->answer.record, answer->record);
	if (line->is_event)
		return !answer->recorded;
	return line->answer.fault == answer->fault;
}

static bool agrees(const iosim_truth_line *line, const iosim_answer *answer)
{
	const iosim_answer *truth = &line->answer;

	if (truth->outcome != answer->outcome)
		return false;
	if (truth->outcome == IOSIM_FAULTED)
		return agrees_in_fault(line, answer);
	return truth->pa == answer->pa && (truth->page_bytes == 0 || truth->page_bytes == answer->page_bytes);
}

iosim_agreement iosim_truth_compare(iosim_engine *engine, const iosim_truth_line *line, iosim_answer *answer,
				    const char **deviation)
{
	iosim_answer deviant;

	*deviation = NULL;
	iosim_engine_explain(engine, &line->request, NULL, NULL, answer);
	if (agrees(line, answer))
		return IOSIM_AGREES;
	for (unsigned i = 0; deviation_row(i) && !engine->config.compat_qemu; i++) {
		if (!deviant_ask(engine, i, &line->request, &deviant) || !agrees(line, &deviant))
			continue;
		*deviation = deviation_row(i)->code;
		return IOSIM_KNOWN;
	}
	return IOSIM_DIFFERS;
}

const char *iosim_deviation_text(const char *code)
{
	for (unsigned i = 0; deviation_row(i); i++)
		if (strcmp(deviation_row(i)->code, code) == 0)
			return deviation_row(i)->text;
	return NULL;
}
