/* SPDX-License-Identifier: MIT */
/* Errors about what a caller of the library named. */
#ifndef IOSIM_SIM_ARGUMENT_H
#define IOSIM_SIM_ARGUMENT_H

#include <glib.h>
#include <stdbool.h>

/* IOSIM_ERROR_ARGUMENT: "unknown policy 'iomufd'; did you mean 'iommufd'?". Always false. */
bool argument_unknown(GError **error, const char *what, const char *name, const char *const *names);

#endif
