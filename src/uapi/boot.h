/* SPDX-License-Identifier: MIT */
/* From power-on to step 1, and units that are enabled later. */
#ifndef IOSIM_UAPI_BOOT_H
#define IOSIM_UAPI_BOOT_H

#include "uapi/state.h"

/* Puts the devices of freshly enabled units into their domains, where that was left for later. */
int boot_finish(struct uapi *uapi);
/* Its devices are in their domains, and it is on; one that stays off may get its devices when it is switched on. */
int boot_unit(struct uapi *uapi, uint16_t unit, bool on);
/* kexec.c: the device leaves what another kernel had it in, if it still is there. */
int kexec_attach(struct uapi *uapi, uint16_t device);

#endif
