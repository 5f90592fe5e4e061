/* SPDX-License-Identifier: MIT */
/* Errors about what a caller of the library named. */
#ifndef IOSIM_SIM_ARGUMENT_H
#define IOSIM_SIM_ARGUMENT_H

#include "scenario/program.h"

#include <glib.h>
#include <stdbool.h>

/* IOSIM_ERROR_ARGUMENT: "unknown policy 'iomufd'; did you mean 'iommufd'?". Always false. */
bool argument_unknown(GError **error, const char *what, const char *name, const char *const *names);
/* "knob=value" by the table of knobs; false: IOSIM_ERROR_ARGUMENT says what is unknown. */
bool argument_setting(const char *text, struct setting *out, GError **error);

#endif
