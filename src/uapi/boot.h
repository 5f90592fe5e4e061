/* SPDX-License-Identifier: MIT */
/* From power-on to step 1, and units that are enabled later. */
#ifndef IOSIM_UAPI_BOOT_H
#define IOSIM_UAPI_BOOT_H

#include "uapi/state.h"

/* Puts the devices of freshly enabled units into their domains, where that was left for later. */
int boot_finish(struct uapi *uapi);

#endif
