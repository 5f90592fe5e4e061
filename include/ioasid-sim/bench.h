/* SPDX-License-Identifier: MIT */
/*
 * Benchmarks of the simulator itself. All preparation happens in iosim_bench_new(), so that the difference between two
 * runs with different counts is the cost of the operations alone (count instructions rather than time).
 */
#ifndef IOASID_SIM_BENCH_H
#define IOASID_SIM_BENCH_H

#include <ioasid-sim/api.h>
#include <ioasid-sim/error.h>

#include <glib.h>

G_BEGIN_DECLS

typedef struct iosim_bench iosim_bench;

/**
 * iosim_bench_case:
 * @name: what iosim_bench_new() takes
 * @summary: one line about it
 * @goal: machine instructions that an operation may take at most; 0: it has no goal
 */
typedef struct {
	const char *name;
	const char *summary;
	guint goal;
} iosim_bench_case;

/**
 * iosim_bench_cases:
 *
 * Returns: the cases, in a fixed order, ended by a row whose name is NULL. Static.
 */
IOSIM_API const iosim_bench_case *iosim_bench_cases(void);

/**
 * iosim_bench_new:
 * @case_name: one of iosim_bench_cases()
 * @error: IOSIM_ERROR_ARGUMENT: no such case (the message names the nearest one)
 *
 * Prepares a case: the machine, its tables, warm or absent caches.
 *
 * Returns: (transfer full): the case, ready to run; NULL with @error set.
 */
IOSIM_API iosim_bench *iosim_bench_new(const char *case_name, GError **error);
IOSIM_API void iosim_bench_free(iosim_bench *bench);

/**
 * iosim_bench_run:
 * @count: operations; 0 is allowed
 *
 * Does the case's operation @count times. May be called again; every operation does the same work.
 *
 * Returns: the sum of what the operations found (physical addresses), the same for the same case and count.
 */
IOSIM_API guint64 iosim_bench_run(iosim_bench *bench, guint64 count);

/**
 * iosim_bench_references:
 *
 * Does the case's operation once.
 *
 * Returns: how often it read memory: entries of page tables, and what configures the walk where the case says that it
 * is not cached. 0 in a case whose operations differ.
 */
IOSIM_API guint iosim_bench_references(iosim_bench *bench);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(iosim_bench, iosim_bench_free)

G_END_DECLS

#endif
