/* SPDX-License-Identifier: MIT */
/*
 * Translations that another implementation gave, line by line (truth.jsonl), and whether an engine agrees: the same
 * result; the same address and, where given, page size; or the same fault reason, where given; or the same event in its
 * fields.
 */
#ifndef IOASID_SIM_TRUTH_H
#define IOASID_SIM_TRUTH_H

#include <ioasid-sim/api.h>
#include <ioasid-sim/engine.h>
#include <ioasid-sim/error.h>

#include <glib.h>

G_BEGIN_DECLS

typedef struct iosim_truth iosim_truth;

/**
 * iosim_truth_load:
 * @path: one JSON object a line
 * @error: IOSIM_ERROR_READ, IOSIM_ERROR_SYNTAX, IOSIM_ERROR_MEANING; the message names file and line
 *
 * Returns: (transfer full): at least one line, or NULL.
 */
IOSIM_API iosim_truth *iosim_truth_load(const char *path, GError **error);
IOSIM_API void iosim_truth_free(iosim_truth *truth);
IOSIM_API guint iosim_truth_count(const iosim_truth *truth);

/**
 * iosim_truth_line:
 * @line: number in the file
 * @device: its address as the file writes it, may be empty
 * @answer: outcome IOSIM_TRANSLATED or IOSIM_FAULTED; @page_bytes 0 where the file says nothing of it
 * @any_fault: IOSIM_FAULTED: the file gives no reason
 * @is_event: IOSIM_FAULTED, SMMUv3: the answer's @recorded and @record say which event there was, if any
 */
typedef struct {
	guint line;
	const char *device;
	iosim_request request;
	iosim_answer answer;
	gboolean any_fault;
	gboolean is_event;
} iosim_truth_line;

/** iosim_truth_get: @index below iosim_truth_count(). @line points into @truth. */
IOSIM_API void iosim_truth_get(const iosim_truth *truth, guint index, iosim_truth_line *line);

typedef enum {
	IOSIM_AGREES,
	IOSIM_DIFFERS,
	IOSIM_KNOWN, /* differs as QEMU is documented to deviate from the specification */
} iosim_agreement;

/**
 * iosim_truth_compare:
 * @engine: asked without any effect on it
 * @answer: (out): what it says
 * @deviation: (out): IOSIM_KNOWN: the code of the deviation, or the codes of several. Static
 *
 * An engine made with compat_qemu has no known deviations.
 */
IOSIM_API iosim_agreement iosim_truth_compare(iosim_engine *engine, const iosim_truth_line *line, iosim_answer *answer,
					      const char **deviation);
/** iosim_deviation_text: what the deviation with that code is, in a sentence; NULL if there is none. Static */
IOSIM_API const char *iosim_deviation_text(const char *code);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(iosim_truth, iosim_truth_free)

G_END_DECLS

#endif
