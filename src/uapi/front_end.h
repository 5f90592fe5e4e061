/* SPDX-License-Identifier: MIT */
/*
 * A front end: the rules of one way in which user space gets at devices, as a table of calls. A call that it does not
 * have is NULL: the intent is answered with -ENOTTY. Each call that fails has changed nothing, but for what drivers of
 * mdevs did when they were told of an unmap, and for what iommufd's unmap took away before it failed.
 *
 * What every front end may rely on: owner and device are indexes of the machine; the device is present; no kernel
 * driver drives it where `space` or later calls are made for it.
 */
#ifndef IOSIM_UAPI_FRONT_END_H
#define IOSIM_UAPI_FRONT_END_H

#include "uapi/uapi.h"

struct uapi_front_end {
	const char *name;    /* as the knob user_api says it */
	bool has_subgroups;  /* the rule of that name tells its attaches apart; else a group is in one place (type1) */
	bool moves_devices;  /* a claim is the whole group's, but each member is attached by itself */
	bool formats;        /* the page sizes of a space are chosen with it */
	bool dirty_tables;   /* a space can be made with page tables that say which pages were written */
	bool objects;        /* iommufd's other objects, objects.h */
	bool software_mdevs; /* route.h: a space serves mdevs without a PASID as well */
	bool guests_enqcmd;  /* VMs' CPUs can replace their guests' PASIDs, and guests have the instruction */
	bool gates_portals;  /* and have an mdev's work queue mapped only while they do */
	int (*take)(struct uapi *uapi, uint16_t owner, uint16_t device);
	/* The owner has the device. A close cannot fail. */
	void (*release)(struct uapi *uapi, uint16_t owner, uint16_t device);
	/* A register page of a device that the owner does not have. */
	int (*mmap)(struct uapi *uapi, uint16_t owner, uint16_t device);
	/* A kernel driver is about to bind; NULL: nothing to say that is not a rule of all front ends. */
	int (*probe)(struct uapi *uapi, uint16_t device);
	int (*space)(struct uapi *uapi, uint16_t owner, unsigned flags, space_handle *out);
	int (*destroy)(struct uapi *uapi, uint16_t owner, space_handle space);
	int (*attach)(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space);
	int (*detach)(struct uapi *uapi, uint16_t owner, uint16_t device);
	int (*replace)(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space);
	/* All three, or none. The PASID is one that can be. */
	int (*attach_pasid)(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid, space_handle space);
	int (*detach_pasid)(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid);
	int (*replace_pasid)(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid, space_handle space);
	/*
	 * Whoever nests can invalidate. nest: `guest` is NULL where the kernel is to compose the tables. `table` is
	 * never NULL; the device of a request, if any, is present and has an IOMMU.
	 */
	int (*nest)(struct uapi *uapi, uint16_t owner, space_handle parent, const struct domain_guest *guest,
		    space_handle *out);
	int (*vdevice)(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t id);
	int (*invalidate)(struct uapi *uapi, uint16_t owner, const struct uapi_invalidation *what);
	int (*pasid_table)(struct uapi *uapi, uint16_t owner, uint16_t device, const struct uapi_guest_table *table,
			   space_handle *out);
	int (*map)(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, struct uapi_target target,
		   uint64_t bytes, unsigned permissions);
	int (*unmap)(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, uint64_t bytes,
		     uint64_t *unmapped);
	/* The page of an open mdev's space; whether it has a space is asked here. */
	int (*pin)(struct uapi *uapi, uint16_t device, uint64_t iova, unsigned permissions, struct uapi_target *target);
	/* Both, or none. The address is a page's. */
	int (*dirty_start)(struct uapi *uapi, uint16_t owner, space_handle space);
	int (*dirty_read)(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, bool clear,
			  bool *dirty);
	int (*copy)(struct uapi *uapi, uint16_t owner, space_handle to, uint64_t to_iova, space_handle from,
		    uint64_t from_iova, uint64_t bytes, unsigned permissions);
	int (*allow)(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, uint64_t bytes);
	int (*ranges)(struct uapi *uapi, uint16_t owner, space_handle space, struct uapi_ranges *out);
	int (*map_file)(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, struct uapi_target target,
			uint64_t bytes, unsigned permissions);
};

extern const struct uapi_front_end type1_front_end, iommufd_front_end, noiommu_front_end, kernel_dma_front_end;
extern const struct uapi_front_end ioasid_kt_front_end, ioasid_v1_front_end, iommu_v2_front_end, aux_domain_front_end;

/* One row a value of KNOB_USER_API, in that order. */
extern const struct uapi_front_end *const front_ends[];
unsigned front_end_count(void);

#endif
