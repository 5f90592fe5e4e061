/* SPDX-License-Identifier: MIT */
/* A device in a user's hands: what VFIO's drivers do when a device file is opened and closed. */
#ifndef IOSIM_UAPI_DEVICE_H
#define IOSIM_UAPI_DEVICE_H

#include "uapi/state.h"

/* It has an IOMMU that translates: without one there is no group. */
bool device_translated(const struct uapi *uapi, uint16_t device);
/* VFIO's driver is bound, or can be since no other driver is. */
bool device_has_user_driver(const struct uapi *uapi, uint16_t device);
/* Its interrupt messages are told from others': remapped, or looked up by the sender. */
bool device_interrupts_isolated(const struct uapi *uapi, uint16_t device);
/* The user has register access from here on: bus mastering off and, as KNOB_RESET_ON_CLOSE says, reset. */
void device_open(struct uapi *uapi, uint16_t device, uint16_t owner);
/* The same on the way out. */
void device_close(struct uapi *uapi, uint16_t device);

/*
 * A function level reset, its two ends: with RESET_ATS_BLOCKED a device with ATS has left its domains before and is
 * back in them after. -EBUSY: it is under way already, or a member of its group is parked; errors of the driver: then
 * nothing was reset.
 */
int device_begin_reset(struct uapi *uapi, uint16_t device);
void device_end_reset(struct uapi *uapi, uint16_t device);
/* Whoever wants the device away waits for its reset. */
void device_finish_reset(struct uapi *uapi, uint16_t device);

#endif
