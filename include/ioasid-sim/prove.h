/* SPDX-License-Identifier: MIT */
/*
 * Small scope, all of it: every sequence of a scenario's steps up to a length.
 *
 * Ownership and threads as in replay.h.
 */
#ifndef IOASID_SIM_PROVE_H
#define IOASID_SIM_PROVE_H

#include <ioasid-sim/replay.h>

G_BEGIN_DECLS

typedef struct iosim_proof iosim_proof;

/**
 * iosim_prove_options:
 * @policy: (nullable): whose rules. NULL: those of every policy that the scenario's rows name
 * @iommu: (nullable): "vtd", "smmuv3" or "none". NULL: every kind that can
 * @case_name: (nullable): NULL: every case
 * @settings: (nullable): NULL-terminated array of "knob=value", for every row
 * @vary: (nullable): NULL-terminated array of knobs: rows for each other value of each of them, one at a time
 * @length: of the longest sequences, 1 to 16; 0 is 3
 * @states: how many a row tells apart at most, then it goes no further; 0 is 1000000
 * @careless: the guest's drivers go, and its pages are converted or given back, with handles of the DMA API still there
 * @apart: no two states are taken for one: slower, and breaks the same
 * @row_done: (nullable): called when a row is done, with @context, words for it and seconds
 * @context: (nullable): for @row_done
 */
typedef struct {
	const char *policy;
	const char *iommu;
	const char *case_name;
	const char *const *settings;
	const char *const *vary;
	guint length;
	guint states;
	gboolean careless;
	gboolean apart;
	void (*row_done)(gpointer context, const char *row, gdouble seconds);
	gpointer context;
} iosim_prove_options;

/**
 * iosim_prove:
 * @options: (nullable): NULL is everything at its default
 * @error: IOSIM_ERROR_ARGUMENT: unknown policy, kind, case, knob or value; a length that is none; the scenario has
 * steps that are no single actions (`parallel`, `split`, `hardware: free`)
 *
 * Tries every sequence of the scenario's steps, under each policy, case and kind of IOMMU. Deterministic but for the
 * seconds.
 *
 * Returns: (transfer full): what can break and how, or NULL.
 */
IOSIM_API iosim_proof *iosim_prove(const iosim_scenario *scenario, const iosim_prove_options *options, GError **error);
IOSIM_API void iosim_proof_free(iosim_proof *proof);

/**
 * iosim_proof_format:
 * @format: "text" or "json"
 * @error: IOSIM_ERROR_ARGUMENT: no such format
 *
 * Returns: (transfer full): the table, ending with a newline.
 */
IOSIM_API char *iosim_proof_format(const iosim_proof *proof, const char *format, GError **error);

/** iosim_proof_broken: in how many rows something breaks. */
IOSIM_API guint iosim_proof_broken(const iosim_proof *proof);

/** iosim_proof_scenarios: how many shortest sequences there are, each written as a scenario. */
IOSIM_API guint iosim_proof_scenarios(const iosim_proof *proof);
/**
 * iosim_proof_scenario:
 * @name: (out) (transfer none): the scenario's name; its file is to be called so
 * @text: (out) (transfer none): the scenario; it replays as its rows say
 *
 * Returns: FALSE if @index is not below iosim_proof_scenarios().
 */
IOSIM_API gboolean iosim_proof_scenario(const iosim_proof *proof, guint index, const char **name, const char **text);

G_END_DECLS

#endif
