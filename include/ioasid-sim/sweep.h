/* SPDX-License-Identifier: MIT */
/*
 * Knobs: what each is, which scenarios tell its values apart, and what each value makes of a scenario.
 *
 * Ownership and threads as in replay.h.
 */
#ifndef IOASID_SIM_SWEEP_H
#define IOASID_SIM_SWEEP_H

#include <ioasid-sim/replay.h>

G_BEGIN_DECLS

typedef struct iosim_sweep iosim_sweep;

/**
 * iosim_sweep_new:
 * @knob: the knob whose values are tried, one after the other ("list knobs")
 * @options: (nullable): @policy, @iommu as for iosim_replay(); @settings hold for every value; @verbose means nothing,
 * @order is NULL. Copied
 * @error: IOSIM_ERROR_ARGUMENT: unknown knob, policy, kind or value; @settings set @knob; @order is set
 *
 * Returns: (transfer full): a table without rows, or NULL.
 */
IOSIM_API iosim_sweep *iosim_sweep_new(const char *knob, const iosim_replay_options *options, GError **error);
IOSIM_API void iosim_sweep_free(iosim_sweep *sweep);

/**
 * iosim_sweep_add:
 * @error: IOSIM_ERROR_ARGUMENT: what iosim_replay() says of the options
 *
 * Runs the scenario once for each value, under each policy and case that its rows have (with the option @policy: that
 * policy and every case), on each kind of IOMMU that can. Verdicts are noted, not judged. Deterministic.
 *
 * Returns: FALSE only if @error is set.
 */
IOSIM_API gboolean iosim_sweep_add(iosim_sweep *sweep, const iosim_scenario *scenario, GError **error);

/** iosim_sweep_values: how many values the knob has. */
IOSIM_API unsigned iosim_sweep_values(const iosim_sweep *sweep);
/** iosim_sweep_value: the name of a value; NULL if @index is not below iosim_sweep_values(). */
IOSIM_API const char *iosim_sweep_value(const iosim_sweep *sweep, unsigned index);

/**
 * iosim_sweep_row:
 * One run of the table. @case_name may be NULL; @usual is the index of the value that the policy has by itself (with
 * the sweep's settings); @verdicts has an entry for each value, in the language's words.
 */
typedef struct {
	const char *scenario;
	const char *policy;
	const char *case_name;
	const char *iommu;
	unsigned usual;
	gboolean differs;
	const char *const *verdicts;
} iosim_sweep_row;

IOSIM_API unsigned iosim_sweep_rows(const iosim_sweep *sweep);
/** iosim_sweep_get_row: @index below iosim_sweep_rows(); FALSE otherwise. @row points into @sweep. */
IOSIM_API gboolean iosim_sweep_get_row(const iosim_sweep *sweep, unsigned index, iosim_sweep_row *row);

/**
 * iosim_sweep_format:
 * @format: "text" or "json"
 * @all: text: also rows on which all values agree (JSON always has them)
 * @error: IOSIM_ERROR_ARGUMENT: no such format
 *
 * Returns: (transfer full): the table, ending with a newline.
 */
IOSIM_API char *iosim_sweep_format(const iosim_sweep *sweep, const char *format, gboolean all, GError **error);

/**
 * iosim_list_knobs:
 * @scenarios: (array length=count) (nullable): whose rows are compared
 * @format: "text" or "json"
 * @error: IOSIM_ERROR_ARGUMENT: no such format
 *
 * As iosim_list("knobs"), and for each knob the scenarios that separate its values: two rows of one case that differ
 * in nothing but this knob (and what follows it when it is not given) expect different verdicts.
 *
 * Returns: (transfer full): text, or an array of objects.
 */
IOSIM_API char *iosim_list_knobs(const iosim_scenario *const *scenarios, unsigned count, const char *format,
				 GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(iosim_sweep, iosim_sweep_free)

G_END_DECLS

#endif
