/* SPDX-License-Identifier: MIT */
/*
 * What the kernel lets devices do beyond plain requests: ATS, PASIDs, page requests, interrupts. It is decided when the
 * device is placed, as IOMMU drivers do at probe time, and what is refused then is silently left off; who needs it
 * finds out later.
 */
#ifndef IOSIM_UAPI_FEATURES_H
#define IOSIM_UAPI_FEATURES_H

#include "uapi/state.h"

/*
 * A device was placed: ATS where it has it and is trusted, PASIDs where KNOB_PASID_FABRIC_RULE permits them, stalls of
 * platform masters. What a unit or an endpoint lacks stays off.
 */
void features_place(struct uapi *uapi, uint16_t device);
/* Everything on the way from the function to the root redirects requests and forwards them upstream (ACS). */
bool features_path_redirects(const struct uapi *uapi, uint16_t device);
/* What pci_enable_pasid() says: 0; -EINVAL: no capability, or the way up does not redirect everything. */
int features_pasid_rule(const struct uapi *uapi, uint16_t device);
/* Nothing can join the group of a device that is alone in it: all of the way up isolates it. */
bool features_group_cannot_grow(const struct uapi *uapi, uint16_t device);
bool features_have(const struct uapi *uapi, uint16_t device, enum endpoint_feature feature);
/* Kernels would use ATS: the device has it, and is trusted. The unit may still lack it. */
bool features_could_ats(const struct uapi *uapi, uint16_t device);
/*
 * Page requests (PCIe) or stalls are on from now on, if device and unit have them; true if they were not before. Off:
 * when the device has no driver and no user any more.
 */
bool features_want_faults(struct uapi *uapi, uint16_t device);
bool features_have_faults(const struct uapi *uapi, uint16_t device);
/*
 * The same for a page table whose page requests come into a queue. -EINVAL: iommufd, of a VF with page requests;
 * -ENODEV: VT-d, and the device has none.
 */
int features_queue_faults(struct uapi *uapi, uint16_t device, bool *wanted);
void features_drop_faults(struct uapi *uapi, uint16_t device);
/* The requester is not there any more: nothing is on. */
void features_leave(struct uapi *uapi, uint16_t device);

/*
 * Bits of the PASIDs of the device that its unit knows too, switched on or not (dev_iommu_get_max_pasids()); 0: it has
 * none. Whether `pasid` is one that the whole group can have: members without PASIDs are not asked.
 */
unsigned features_pasid_bits(const struct uapi *uapi, uint16_t device);
bool features_pasid_fits(const struct uapi *uapi, uint16_t device, uint32_t pasid);

/* --- interrupts --- */
/* Each vector of the device gets an identity and is let through, as far as there is room; the device learns what to
 * write. */
void interrupts_open(struct uapi *uapi, uint16_t device);
void interrupts_close(struct uapi *uapi, uint16_t device);
/*
 * Arm: a table that serves devices has the ITS's doorbell at the kernel's window for it, as far as it is free. Errors
 * of the driver.
 */
int interrupts_doorbell_map(struct uapi *uapi, uint16_t unit, domain_handle domain);

#endif
