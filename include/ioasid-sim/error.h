/* SPDX-License-Identifier: MIT */
/* The one error domain of the library: the tool could not do what it was asked. Simulated errors are data. */
#ifndef IOASID_SIM_ERROR_H
#define IOASID_SIM_ERROR_H

#include <ioasid-sim/api.h>

#include <glib.h>

G_BEGIN_DECLS

#define IOSIM_ERROR iosim_error_quark()
IOSIM_API GQuark iosim_error_quark(void);

typedef enum {
	IOSIM_ERROR_READ,     /* a file cannot be read */
	IOSIM_ERROR_SYNTAX,   /* it is not the format that it should be */
	IOSIM_ERROR_MEANING,  /* the format is right, what it says is not */
	IOSIM_ERROR_ARGUMENT, /* an argument of the call */
} iosim_error;

G_END_DECLS

#endif
