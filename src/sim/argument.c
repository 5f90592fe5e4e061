/* SPDX-License-Identifier: MIT */
#include "sim/argument.h"

#include <ioasid-sim/error.h>
#include <ioasid-sim/names.h>

bool argument_unknown(GError **error, const char *what, const char *name, const char *const *names)
{
	const char *near = iosim_nearest_name(name, names);

	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT, "unknown %s '%s'%s%s%s", what, name,
		    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	return false;
}
