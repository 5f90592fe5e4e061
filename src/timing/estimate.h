/* SPDX-License-Identifier: MIT */
/*
 * The numbers of a structure that no calibration sees (how many walkers, how wide the windows), estimated from
 * predictions of some hosts: for each count of walkers, each other number in turn takes the value of its row with the
 * least error, until none changes. Where the search begins is no knowledge of any host.
 */
#ifndef IOSIM_TIMING_ESTIMATE_H
#define IOSIM_TIMING_ESTIMATE_H

#include "timing/predict.h"

#define ESTIMATE_MAX_VALUES 12

struct estimate_row {
	enum timing_number number;
	double values[ESTIMATE_MAX_VALUES]; /* the search begins with the first one */
	unsigned count;
};
extern const struct estimate_row estimate_rows[];
extern const unsigned estimate_row_count;

/* `structure` with the estimated numbers; `hosts` is ended by NULL. False: *error is set. */
bool estimate_structure(const struct measured *measured, const char *const *hosts, struct timing_profile *structure,
			GError **error);

#endif
