/* SPDX-License-Identifier: MIT */
/*
 * A guest's CPUs that unmap, on a host that has to invalidate for each of them: measured throughput by number of CPUs,
 * and what the machine of timing/nic.h makes of it. The numbers of the CPUs are calibrated from the row with the fewest
 * of them; the others are predicted, under one assumption after the other about what happens behind the lock.
 */
#ifndef IOSIM_TIMING_NESTED_H
#define IOSIM_TIMING_NESTED_H

#include "timing/nic.h"

#include <glib.h>

/* A row of the file, in its columns. Times are means of the guest's functions: nanoseconds. */
struct nested_row {
	double cores, gbit_per_s;
	double misses;    /* of the IOTLB, a page of 4 KiB */
	double unmaps;    /* likewise */
	double map;       /* iommu_map() */
	double map_flush; /* in it, cache_tag_flush_range_np(), under the lock */
	double unmap;     /* __iommu_unmap() */
	double sync;      /* intel_iommu_tlb_sync() */
	double flush;     /* in it, cache_tag_flush_range(), under the lock */
	double submit;    /* in it, qi_submit_sync(), which traps */
};

enum nested_model {
	NESTED_SERIALISED, /* trapping takes as long whoever waits: everything is from the first row */
	NESTED_GROWING,    /* the lock changes hands the slower the more wait for it */
	NESTED_SLEEPING,   /* who waits longer than anybody could before the fall sleeps, and has to be woken */
	NESTED_EXITS,      /* qi_submit_sync() takes what was measured with as many CPUs: no prediction of that */
	NESTED_MODELS
};
extern const char *const nested_model_names[NESTED_MODELS];

struct nested_rows {
	GArray *rows;   /* struct nested_row, cores rising; two at least */
	uint32_t every; /* pages to an unmap: the median of the rows */
	guint fall;     /* the first row with less throughput than the one before; 0: there is none */
};

struct nested_prediction {
	double gbit_per_s, misses, lock_share, invalidation_ns; /* a page; of the CPUs' time; a batch */
};

/* IOSIM_ERROR_READ, _SYNTAX, _MEANING with file and line. */
bool nested_load(struct nested_rows *rows, const char *path, GError **error);
void nested_clear(struct nested_rows *rows);
/* The structure's numbers but those that rows tell under that model: for that row, if the model asks for it. */
void nested_calibrate(const struct nested_rows *rows, const struct timing_profile *structure, enum nested_model model,
		      guint row, struct timing_profile *out);
void nested_predict(const struct nested_rows *rows, const struct timing_profile *structure, enum nested_model model,
		    guint row, struct nested_prediction *out);

#endif
