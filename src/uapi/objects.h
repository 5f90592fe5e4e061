/* SPDX-License-Identifier: MIT */
/*
 * iommufd's objects that have calls of their own: page tables, queues of page requests, vIOMMUs, virtual devices,
 * queues of events; and what the calls say about devices and options. -ENOTTY: the front end is none of iommufd's, or
 * the kernel is older than the call.
 *
 * All handles are of one space of IDs, with those of spaces: uapi_destroy() takes any (-EBUSY: something stands on it).
 * A handle of the wrong kind is answered as a kernel does it: -EINVAL where several kinds are asked for, else -ENOENT.
 */
#ifndef IOSIM_UAPI_OBJECTS_H
#define IOSIM_UAPI_OBJECTS_H

#include "uapi/uapi.h"

/* --- page tables --- */

struct uapi_hwpt_wish {
	bool nest_parent, dirty, pasid;
	bool faults; /* its page requests go to `queue` */
	space_handle queue;
	const struct domain_guest *guest; /* what a guest says of its first stage; NULL: no data */
};
/*
 * A page table for the device in `parent`: of a space's areas; over a table that was made to be a parent, or in a
 * vIOMMU, of a guest's. It lives until it is destroyed, attached or not.
 *
 * -ENOENT: not the owner's device, or no such queue; -EINVAL: there is no parent of that name, or it is none for that,
 * or of another unit; -EOPNOTSUPP: a flag that nobody knows there, or the unit cannot; no data for a guest's, or data
 * for a space's; -EIO: what the guest says is none of what a guest may; as attach.
 */
int uapi_hwpt_alloc(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle parent,
		    const struct uapi_hwpt_wish *wish, space_handle *out);

/* --- page requests --- */

int uapi_fault_queue_alloc(struct uapi *uapi, uint16_t owner, space_handle *out);

struct uapi_page_fault {
	uint64_t address;
	uint32_t pasid; /* PASID_NONE */
	uint32_t cookie;
	uint16_t device;
	uint16_t group; /* as the device says it; of a stall its tag */
	bool read, write, execute, privileged, last;
};
#define UAPI_MAX_READ 64
struct uapi_page_faults {
	uint32_t room;  /* in: records that there is room for, at most UAPI_MAX_READ */
	uint32_t count; /* read; a group is read whole or not at all */
	struct uapi_page_fault list[UAPI_MAX_READ];
};
/*
 * read: the groups that came first; all records of one bear one cookie, by which it is answered. -ENOENT: no such
 * queue. respond: -EINVAL: nothing that was read and not answered has the cookie, or a code that is neither success
 * nor invalid.
 */
int uapi_fault_read(struct uapi *uapi, uint16_t owner, space_handle queue, struct uapi_page_faults *out);
int uapi_fault_respond(struct uapi *uapi, uint16_t owner, space_handle queue, uint32_t cookie,
		       enum page_response_code code);

/* --- vIOMMUs --- */

/*
 * A vIOMMU on the device's unit, over the table `parent`. -ENOENT: not the owner's device, no such table; -EOPNOTSUPP:
 * units of the kind have none (VT-d); -EINVAL: it is no nest parent, or another unit's.
 * vdevice: -ENOENT: no such vIOMMU or device; -EINVAL: the device is another unit's; -EEXIST: it has a number, or the
 * number is another's.
 */
int uapi_viommu_alloc(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle parent, space_handle *out);
int uapi_vdevice_alloc(struct uapi *uapi, uint16_t owner, space_handle viommu, uint16_t device, uint32_t id,
		       space_handle *out);

/* --- events of vIOMMUs --- */

enum uapi_event_type { UAPI_EVENTS_DEFAULT, UAPI_EVENTS_ARM_SMMUV3 };
/*
 * -EOPNOTSUPP: the default type, which is none; -EINVAL: a depth of 0; -ENOENT: no such vIOMMU; -EEXIST: it has a queue
 * of that type.
 */
int uapi_veventq_alloc(struct uapi *uapi, uint16_t owner, space_handle viommu, enum uapi_event_type type,
		       uint32_t depth, space_handle *out);

struct uapi_vevent {
	uint32_t sequence;
	bool lost;         /* a header alone: events were lost up to that number */
	uint64_t words[4]; /* of an SMMUv3: the event record as the guest's own would be */
};
struct uapi_vevents {
	uint32_t room, count; /* as of struct uapi_page_faults */
	struct uapi_vevent list[UAPI_MAX_READ];
};
int uapi_veventq_read(struct uapi *uapi, uint16_t owner, space_handle queue, struct uapi_vevents *out);

/* --- arrays of invalidations --- */

enum uapi_entries { UAPI_ENTRIES_RANGE, UAPI_ENTRIES_DEVTLB, UAPI_ENTRIES_CONFIG };
enum uapi_entries_type { UAPI_ENTRIES_OWN, UAPI_ENTRIES_VTD_S1, UAPI_ENTRIES_ARM_SMMUV3 };
#define UAPI_MAX_ENTRIES 8
struct uapi_entries_array {
	enum uapi_entries what;
	enum uapi_entries_type type; /* that its owner says; OWN: the right one */
	bool bytes_given;            /* of an entry; else what the kernel knows */
	uint64_t bytes;
	bool tail; /* what is behind that in an entry is not zero */
	uint32_t count;
	uint64_t list[UAPI_MAX_ENTRIES]; /* addresses of pages; of DEVTLB and CONFIG virtual stream IDs */
	uint32_t done;                   /* out, on error too: what the call says */
};
/*
 * To a guest's page table, whose entries are ranges of addresses (VT-d), or a vIOMMU, whose are commands (SMMUv3).
 * -ENOENT: no such object; -EOPNOTSUPP: such page tables take none; -EINVAL: another object, entries without a length,
 * of another type or too short, an address that is no page's; commands: none at all; -E2BIG: an entry says more than
 * the kernel knows; -EIO: a number that the vIOMMU does not have.
 *
 * A command that is wrong counts as the first that was not done; those before it in its batch were not sent (see
 * iommufd_arrays.c).
 */
int uapi_hwpt_invalidate(struct uapi *uapi, uint16_t owner, space_handle handle, struct uapi_entries_array *array);

enum uapi_hw_queue_type { UAPI_HW_QUEUE_DEFAULT, UAPI_HW_QUEUE_TEGRA241_CMDQV };
/*
 * A queue in the guest's memory that hardware reads. -EOPNOTSUPP: the default type, which is none, and any other: no
 * unit here has such queues; before that -EINVAL: no bytes; -EOVERFLOW: they end behind the last address; -ENOENT: no
 * such vIOMMU.
 */
int uapi_hw_queue_alloc(struct uapi *uapi, uint16_t owner, space_handle viommu, enum uapi_hw_queue_type type,
			uint64_t iova, uint64_t bytes);

/*
 * A call by its number (80h: IOMMU_DESTROY) with a struct of so many bytes, as far as that is looked at before the call
 * itself; nothing is carried out. `mapped`: the struct can be read; `tail`: behind what the kernel knows is something
 * that is not 0. -ENOTTY: no such call; -EFAULT; -EINVAL: too short; -E2BIG.
 */
int uapi_iommufd_ioctl(struct uapi *uapi, uint32_t nr, uint64_t bytes, bool mapped, bool tail);

/* --- dirty bitmaps --- */

#define UAPI_MAX_BITS 4096
struct uapi_dirty_bitmap {
	uint64_t iova, bytes;
	uint64_t page_bytes; /* that a bit stands for: a power of 2, or 0; at most UAPI_MAX_BITS bits are asked for */
	bool clear;
	uint8_t bits[UAPI_MAX_BITS / 8]; /* out */
};
static inline bool uapi_dirty_bit(const struct uapi_dirty_bitmap *bitmap, uint64_t bit)
{
	return bitmap->bits[bit / 8] >> bit % 8 & 1;
}
/*
 * Of one page table, from the first address as far as areas follow each other: behind a gap no bit is set, and that is
 * no error. -ENOENT: no such table; -EOVERFLOW: the range ends behind the last address; -EINVAL: its ends are none of
 * a page, of the table's or of the bitmap's, or the bitmap has no page size; -EOPNOTSUPP: the table was not made for
 * it.
 */
int uapi_dirty_bitmap(struct uapi *uapi, uint16_t owner, space_handle table, struct uapi_dirty_bitmap *bitmap);

/* --- options, and what there is --- */

enum uapi_option { UAPI_OPTION_RLIMIT_MODE, UAPI_OPTION_HUGE_PAGES };
/*
 * RLIMIT_MODE: 0, pages are accounted to the user, 1, to the process; of no object (-EOPNOTSUPP), and set before there
 * is one (-EBUSY) by who has CAP_SYS_RESOURCE (-EPERM). HUGE_PAGES of a space (-ENOENT): 0, none are used, and every
 * address is a page's; -EINVAL: page tables have something mapped; -EADDRINUSE: what is mapped does not fit. Any other
 * value: -EINVAL.
 */
int uapi_option_get(struct uapi *uapi, uint16_t owner, enum uapi_option option, space_handle object, uint64_t *value);
int uapi_option_set(struct uapi *uapi, uint16_t owner, enum uapi_option option, space_handle object, uint64_t value);

enum uapi_hw_info_type { UAPI_HW_INFO_DEFAULT, UAPI_HW_INFO_VTD, UAPI_HW_INFO_SMMUV3 };
struct uapi_hw_info {
	enum uapi_hw_info_type type; /* in: which is asked for, DEFAULT any; out */
	struct driver_hw_info hw;    /* registers, and how many bytes the kernel has of them */
	bool dirty_tracking, ats_not_supported;
	uint8_t max_pasid_lg2;
};
/* -ENOENT: not the owner's device; -EOPNOTSUPP: another kind's data are asked for. */
int uapi_hw_info(struct uapi *uapi, uint16_t owner, uint16_t device, struct uapi_hw_info *info);

/*
 * Whoever has the file now answers for what is mapped. -EINVAL: something is mapped by an address of the process that
 * mapped it, and not by file.
 */
int uapi_change_process(struct uapi *uapi, uint16_t owner);

/* --- VFIO's calls on an iommufd --- */

enum uapi_compat { UAPI_COMPAT_GET, UAPI_COMPAT_SET, UAPI_COMPAT_CLEAR };
/* Which space they mean. get: -ENODEV, none, or it is gone; set: -ENOENT. */
int uapi_vfio_ioas(struct uapi *uapi, uint16_t owner, enum uapi_compat what, space_handle *space);
enum uapi_vfio_type { UAPI_VFIO_TYPE1, UAPI_VFIO_TYPE1V2, UAPI_VFIO_NOIOMMU };
/*
 * -ENODEV: they mean none. set_iommu: TYPE1 switches huge pages off, with the errors of that; -EINVAL: neither it nor
 * TYPE1v2. unmap: as type1's, and nothing there is no error; without huge pages areas are cut, else -ENOENT; `all` has
 * neither address nor size: -EINVAL.
 */
int uapi_vfio_set_iommu(struct uapi *uapi, uint16_t owner, enum uapi_vfio_type type);
int uapi_vfio_map(struct uapi *uapi, uint16_t owner, uint64_t iova, struct uapi_target target, uint64_t bytes,
		  unsigned permissions);
int uapi_vfio_unmap(struct uapi *uapi, uint16_t owner, uint64_t iova, uint64_t bytes, bool all, uint64_t *unmapped);

#endif
