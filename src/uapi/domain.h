/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own domains: one that blocks and one that is the identity a unit, and the default domain of each home
 * group, with the firmware ranges of its members mapped 1:1. They are made when they are first needed and stay.
 */
#ifndef IOSIM_UAPI_DOMAIN_H
#define IOSIM_UAPI_DOMAIN_H

#include "uapi/state.h"

/* As KNOB_BLOCKING_IMPL says. Errors as of domain_alloc. */
int domain_blocking(struct uapi *uapi, uint16_t unit, domain_handle *out);
/*
 * The default domain that serves the device; its firmware ranges are in it before it is attached. An untrusted
 * member forces strict translation for its whole group; where the unit has no pass-through, identity becomes strict.
 */
int domain_default(struct uapi *uapi, uint16_t device, domain_handle *out);
/* The home group is no more: its default domains go, with what is mapped in them. */
void domain_forget(struct uapi *uapi, uint32_t home);
/* The slot of the device's default domain; 0: its DMA is not translated. */
uint32_t domain_default_slot(const struct uapi *uapi, uint16_t device);

/* A range with RESERVED_RMRR that the firmware insists on. */
bool device_needs_firmware_range(const struct uapi *uapi, uint16_t device);
/*
 * Whether a reserved range of the device (relaxable ones do not count) or its unit's interrupt window overlaps [first,
 * last]; *end: last byte of what does.
 */
bool device_reserves(const struct uapi *uapi, uint16_t device, uint64_t first, uint64_t last, uint64_t *end);

#endif
