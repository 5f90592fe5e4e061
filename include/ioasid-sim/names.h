/* SPDX-License-Identifier: MIT */
/* Help with names that a person typed. */
#ifndef IOASID_SIM_NAMES_H
#define IOASID_SIM_NAMES_H

#include <ioasid-sim/api.h>

IOSIM_BEGIN_DECLS

/*
 * The one of `names` (NULL-terminated) that `name` was probably meant to be, the first of several; NULL if none is
 * near. The result belongs to `names`.
 */
IOSIM_API const char *iosim_nearest_name(const char *name, const char *const *names);

IOSIM_END_DECLS

#endif
