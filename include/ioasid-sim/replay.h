/* SPDX-License-Identifier: MIT */
/*
 * Replaying scenarios: load a YAML file, run each row of its `expect`, read the verdicts.
 *
 * All objects are the caller's: what a function returns is freed with the matching _free function (or g_autoptr).
 * Strings returned as const belong to the object they came from. Nothing here is thread-safe on one object; different
 * objects may be used by different threads.
 */
#ifndef IOASID_SIM_REPLAY_H
#define IOASID_SIM_REPLAY_H

#include <ioasid-sim/api.h>
#include <ioasid-sim/error.h>
#include <ioasid-sim/front_end.h>
#include <ioasid-sim/timing.h>

#include <glib.h>

G_BEGIN_DECLS

typedef struct iosim_scenario iosim_scenario;
typedef struct iosim_results iosim_results;

/**
 * iosim_scenario_load:
 * @path: a scenario file (at most 1 MiB); the scenario's name must be the file's name without .yaml
 * @error: domain IOSIM_ERROR. IOSIM_ERROR_READ: the file cannot be read; IOSIM_ERROR_SYNTAX, IOSIM_ERROR_MEANING: what
 * the file says; the message is "path:line:column: ..." with the line and a caret.
 *
 * Returns: (transfer full): the checked scenario, or NULL.
 */
IOSIM_API iosim_scenario *iosim_scenario_load(const char *path, GError **error);

/**
 * iosim_scenario_load_data:
 * @name: what messages call it
 * @data: @bytes bytes of UTF-8 YAML
 *
 * As iosim_scenario_load(), from memory; the scenario may have any name.
 */
IOSIM_API iosim_scenario *iosim_scenario_load_data(const char *name, const char *data, gsize bytes, GError **error);
IOSIM_API void iosim_scenario_free(iosim_scenario *scenario);
IOSIM_API const char *iosim_scenario_name(const iosim_scenario *scenario);
IOSIM_API const char *iosim_scenario_title(const iosim_scenario *scenario);
IOSIM_API const char *iosim_scenario_claim(const iosim_scenario *scenario);

/**
 * iosim_front_end_load:
 * @path: a shared object that defines `ioasid_sim_front_end` (front_end.h)
 * @error: IOSIM_ERROR_READ: there is no such file, or it cannot be loaded; IOSIM_ERROR_MEANING: it has no such symbol,
 * or what that says of itself: another version, no name, one that is taken; IOSIM_ERROR_ARGUMENT: unknown base or knob
 *
 * From here on there is a policy of that name in this process, for scenarios and options: before any file that names it
 * is loaded, and while no other thread uses the library. It stays. Loading it twice is once.
 *
 * Returns: (transfer none): the policy's name, or NULL.
 */
IOSIM_API const char *iosim_front_end_load(const char *path, GError **error);

/** iosim_front_end_add: the same for a front end of this program; it and its strings stay the caller's, for ever. */
IOSIM_API gboolean iosim_front_end_add(const iosim_front_end *front_end, GError **error);

/**
 * iosim_replay_options:
 * @policy: only rows of this policy; with @settings, or where the scenario has no row for it, a what-if. NULL: all
 * rows. Of a plug-in's policy such a what-if is of the rows of its base, and each is run under both
 * @iommu: only this kind ("vtd", "smmuv3", "none"). NULL: every kind that can
 * @settings: NULL-terminated array of "knob=value". With any, the runs are what-ifs: verdicts are printed, not judged
 * @verbose: record every structure that a walk reads and every command
 * @order: where steps are `parallel`, this interleaving alone, "thread:label,thread:line" as reports print it; verdicts
 * are printed, not judged, and a run that has no such interleaving is IOSIM_NOT_RUN. NULL: every interleaving
 * @free_hardware: as if the scenario said `hardware: free`; verdicts are printed, not judged, and a scenario whose
 * hardware is manual is IOSIM_NOT_RUN
 * @timed: tell what the requests of each step take, on the machine of a profile; everything else is as without it
 * @profile: which; NULL: "bdw-e5-2630v4", and "smmuv3-generic" where the machine has an SMMUv3. Without @timed ignored
 */
typedef struct {
	const char *policy;
	const char *iommu;
	const char *const *settings;
	gboolean verbose;
	const char *order;
	gboolean free_hardware;
	gboolean timed;
	const iosim_profile *profile;
} iosim_replay_options;

/**
 * iosim_replay:
 * @options: (nullable): NULL is everything at its default
 * @results: rows are appended here, in the order of the file
 * @error: IOSIM_ERROR_ARGUMENT: unknown policy, kind, knob or value (the message names the nearest one); no
 * run has the order
 *
 * Runs are deterministic: same scenario, options and version, same rows.
 *
 * Returns: FALSE only if @error is set; verdicts that were not as expected are rows, not errors.
 */
IOSIM_API gboolean iosim_replay(const iosim_scenario *scenario, const iosim_replay_options *options,
				iosim_results *results, GError **error);

/**
 * iosim_replay_options_check:
 * @options: (nullable)
 * @error: as of iosim_replay()
 *
 * Returns: whether iosim_replay() takes them.
 */
IOSIM_API gboolean iosim_replay_options_check(const iosim_replay_options *options, GError **error);

typedef enum {
	IOSIM_PASSED, /* the verdict is the row's */
	IOSIM_FAILED,
	IOSIM_NOT_RUN, /* this kind of IOMMU lacks what the scenario needs */
	IOSIM_PRINTED, /* a what-if */
} iosim_status;

/**
 * iosim_row:
 * One run of one row. @case_name, @settings, @expected and @reason may be NULL; @verdict is NULL if @status is
 * IOSIM_NOT_RUN. @base, @base_verdict: of a plug-in's what-if the policy that it builds on, and what that gives in the
 * same run, NULL elsewhere; @differs: it is something else. @incomplete: there are more interleavings than were looked
 * at, so the verdict may lack something.
 */
typedef struct {
	iosim_status status;
	const char *scenario;
	const char *policy;
	const char *case_name;
	const char *iommu;
	const char *settings;
	const char *expected;
	const char *verdict;
	const char *reason;
	unsigned line;
	gboolean incomplete;
	const char *base;
	const char *base_verdict;
	gboolean differs;
} iosim_row;

IOSIM_API iosim_results *iosim_results_new(void);
IOSIM_API void iosim_results_free(iosim_results *results);
/**
 * iosim_results_refuse: notes in the report that a file could not be replayed; @message is the error's. JSON, TAP and
 * JUnit name it, text does not. No row, no count.
 */
IOSIM_API void iosim_results_refuse(iosim_results *results, const char *message);
/** iosim_results_count: how many rows have that status. */
IOSIM_API unsigned iosim_results_count(const iosim_results *results, iosim_status status);
IOSIM_API unsigned iosim_results_rows(const iosim_results *results);
/** iosim_results_row: @index below iosim_results_rows(); FALSE otherwise. @row points into @results. */
IOSIM_API gboolean iosim_results_row(const iosim_results *results, unsigned index, iosim_row *row);

/**
 * iosim_results_format:
 * @format: "text", "json", "tap" or "junit"
 * @verbose: text: every step of every row
 * @colour: text: ANSI colours
 * @error: IOSIM_ERROR_ARGUMENT: no such format
 *
 * Returns: (transfer full): the whole report, ending with a newline.
 */
IOSIM_API char *iosim_results_format(const iosim_results *results, const char *format, gboolean verbose,
				     gboolean colour, GError **error);
/** iosim_results_summary: "12 passed, 0 failed" and, where there are any, not run and what-ifs; a line. (transfer full)
 */
IOSIM_API char *iosim_results_summary(const iosim_results *results);
/** iosim_results_format_row: one row as text. (transfer full) */
IOSIM_API char *iosim_results_format_row(const iosim_results *results, unsigned index, gboolean verbose,
					 gboolean colour);

/**
 * iosim_show:
 * @case_name: (nullable): one case; NULL: all
 * @format: "text", or "dot" for Graphviz: the machine, its groups and who can reach whom, one graph
 * @error: IOSIM_ERROR_ARGUMENT: no such case or format
 *
 * What a scenario is about: its units and what they can do, the fabric as a tree with what its devices can do, who owns
 * what, the groups that a kernel computes (rule path_acs) and what joined each member, who can reach whom without the
 * IOMMU, and the steps with what they expect.
 *
 * Returns: (transfer full): text.
 */
IOSIM_API char *iosim_show(const iosim_scenario *scenario, const char *case_name, const char *format, GError **error);

/**
 * iosim_list:
 * @what: "invariants", "policies", "operations", "knobs", "iommus"
 * @format: "text" or "json"
 * @error: IOSIM_ERROR_ARGUMENT: no such list or format
 *
 * Returns: (transfer full): one entry a line (text), or an array of objects.
 */
IOSIM_API char *iosim_list(const char *what, const char *format, GError **error);

/** iosim_scenario_schema: JSON Schema (draft-07) of the scenario language. (transfer full) */
IOSIM_API char *iosim_scenario_schema(void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(iosim_scenario, iosim_scenario_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(iosim_results, iosim_results_free)

G_END_DECLS

#endif
