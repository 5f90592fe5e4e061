/* SPDX-License-Identifier: MIT */
/*
 * Looking for trouble: random machines and steps, until one breaks an invariant, and that one made as small as it can
 * be.
 *
 * Ownership and threads as in replay.h.
 */
#ifndef IOASID_SIM_SEARCH_H
#define IOASID_SIM_SEARCH_H

#include <ioasid-sim/api.h>
#include <ioasid-sim/error.h>

#include <glib.h>

G_BEGIN_DECLS

/**
 * iosim_search_options:
 * @policy: (nullable): whose rules are tried. NULL: iommufd
 * @settings: (nullable): NULL-terminated array of "knob=value". With any, only what does not happen in the same program
 * without them counts: they are to blame
 * @violates: (nullable): the invariant that is to be broken. NULL: any; or VT-d and SMMUv3 do not do the same, or a
 * request is blocked that should not be
 * @seed: of the first program; each later one has the next number
 * @programs: how many at most; 0 is 1000
 * @name: (nullable): the scenario's name. NULL: "found"
 * @date: (nullable): of its source, YYYY-MM-DD. NULL: 1970-01-01
 */
typedef struct {
	const char *policy;
	const char *const *settings;
	const char *violates;
	guint64 seed;
	guint programs;
	const char *name;
	const char *date;
} iosim_search_options;

/**
 * iosim_search_report:
 * @seed: of the program in which it was found
 * @programs: that were tried
 * @steps_before: that program's
 * @steps: the small one's
 * @runs: how often one was run to make it small
 */
typedef struct {
	guint64 seed;
	guint programs;
	guint steps_before;
	guint steps;
	guint runs;
} iosim_search_report;

/**
 * iosim_search:
 * @options: (nullable): NULL is everything at its default
 * @report: (out caller-allocates) (nullable): what it took
 * @error: IOSIM_ERROR_ARGUMENT: unknown policy, knob, value or invariant, or a bad name or date
 *
 * Deterministic: same options and version, same scenario.
 *
 * Returns: (transfer full) (nullable): a scenario that replays as its rows say; NULL without @error: none was found.
 */
IOSIM_API char *iosim_search(const iosim_search_options *options, iosim_search_report *report, GError **error);

G_END_DECLS

#endif
