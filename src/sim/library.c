/* SPDX-License-Identifier: MIT */
/* What the public interface says about the library itself. */
#include "base/nearest.h"

#include <ioasid-sim/error.h>
#include <ioasid-sim/names.h>
#include <ioasid-sim/version.h>

const char *iosim_version(void)
{
	return IOSIM_VERSION;
}

const char *iosim_nearest_name(const char *name, const char *const *names)
{
	return nearest_name(name, names);
}

G_DEFINE_QUARK(iosim - error - quark, iosim_error)
