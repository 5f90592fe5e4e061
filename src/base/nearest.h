/* SPDX-License-Identifier: MIT */
/* The valid name that a misspelt one was probably meant to be, for error messages. */
#ifndef IOSIM_BASE_NEAREST_H
#define IOSIM_BASE_NEAREST_H

#include <stddef.h>

#define NEAREST_NAME_MAX 64 /* longer names have no neighbours */

/*
 * Single characters left out, added, exchanged, or two neighbours swapped. At most `limit` (a distance above it is
 * limit + 1).
 */
unsigned nearest_distance(const char *a, const char *b, unsigned limit);

/*
 * The name of `names` (NULL-terminated) with the least distance, the first of equals; NULL if none is near: more
 * than a third of the letters would have to change.
 */
const char *nearest_name(const char *name, const char *const *names);

#endif
