/* SPDX-License-Identifier: MIT */
/* What the parts of iommufd know of each other's objects (hw_pagetable.c, eventq.c, viommu.c of the kernel). */
#ifndef IOSIM_UAPI_IOMMUFD_OBJECTS_H
#define IOSIM_UAPI_IOMMUFD_OBJECTS_H

#include "uapi/objects.h"
#include "uapi/space.h"

/* A page table that existing areas do not fit: the addresses are in use. */
extern const struct space_errors iommufd_errors;

/* The owner's, of that kind; NULL. */
struct space *object_get(const struct uapi *uapi, uint16_t owner, space_handle handle, enum object_kind kind);
/* The front end has such objects, and its kernel is not older; what boot left to do is done. */
int object_enter(struct uapi *uapi, unsigned since);
/* An object is about to go: what is kept outside its row goes first. */
void object_forget(struct uapi *uapi, space_handle handle);

/* What can be attached: a space or a page table. 0, -ENOENT, -EINVAL. */
int hwpt_attachable(const struct uapi *uapi, uint16_t owner, space_handle handle);
/* A table with a queue needs a device that can ask for pages; *wanted: that was off before. -ENODEV. */
int hwpt_want_faults(struct uapi *uapi, uint16_t device, space_handle space, bool *wanted);

/* The vIOMMU that the device has a number in by an object; 0: none. */
/*
 * The unit's driver has vIOMMUs, SMMUv3's where what a guest says cannot pass by the caches: No Snoop has no effect, or
 * the second stage has the last word (arm_smmu_get_viommu_size()).
 */
bool viommu_possible(const struct uapi *uapi, uint16_t unit);
space_handle viommu_of(const struct uapi *uapi, uint16_t device);
/* The device is not the owner's any more: its virtual device goes with it. */
void viommu_lose_device(struct uapi *uapi, uint16_t device);

/* HUGE_PAGES of a space. 0, -EINVAL, -EADDRINUSE. */
int iommufd_set_huge_pages(struct uapi *uapi, space_handle handle, bool on);

/* A unit has recorded an event; whoever has it in a vIOMMU is told. */
void veventq_hear(void *uapi, uint16_t unit, const struct driver_event *event);

#endif
