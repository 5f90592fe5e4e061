/* SPDX-License-Identifier: MIT */
/*
 * Timing profiles as files: profiles/NAME.yaml, which are in the library too, or a file of the user's. Every number
 * must be there, and says where it comes from; docs/timing.md describes the format.
 */
#ifndef IOSIM_SIM_PROFILE_H
#define IOSIM_SIM_PROFILE_H

#include "timing/profile.h"

#include <ioasid-sim/timing.h>

#define PROFILE_NUMBERS (TIMING_NUMBERS + TIMING_INTERVALS) /* origins: of the numbers, then of the intervals */

struct profile_origin {
	bool calibrated; /* `calibrated-from`; else `source` */
	char *text;
};

struct iosim_profile {
	struct timing_profile timing;
	char *name, *summary;
	struct profile_origin origins[PROFILE_NUMBERS];
};

/* profile_text.c: those that are in the library; ended by a row whose name is NULL. */
struct profile_text {
	const char *name;
	const char *text;
};
extern const struct profile_text profile_texts[];

iosim_profile *profile_parse(const char *path, const char *text, size_t bytes, GError **error);
/* As a file that profile_parse() reads the same from. */
char *profile_write(const iosim_profile *profile);
void profile_set_origin(iosim_profile *profile, unsigned number, bool calibrated, const char *text);

#endif
