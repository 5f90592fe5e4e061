/* SPDX-License-Identifier: MIT */
/*
 * iommufd's dirty tracking: a page table is made for it (HWPT_ALLOC with DIRTY_TRACKING), switched to it
 * (SET_DIRTY_TRACKING, which begins with clean flags) and read (GET_DIRTY_BITMAP, which clears what it reports unless
 * it is told NO_CLEAR). A space that was made without the wish has the page tables that attaching makes, which cannot.
 *
 * A bitmap may be of any part of the space; here it is of one page. The flag of a large page goes with that, whatever
 * else it stood for: who reads piece by piece asks for small pages.
 */
#include "uapi/dirty.h"
#include "uapi/space_fit.h"

#include <errno.h>

/* Of what the calls name there has to be a page table. */
static int named(const struct uapi *uapi, uint16_t owner, space_handle handle)
{
	if (!uapi_kernel_is(uapi, KERNEL_6_15))
		return -ENOTTY;
	const struct space *space = space_get(uapi, owner, handle);
	if (!space || space->flags & SPACE_NESTED || !space_next_table(uapi, handle, 0))
		return -ENOENT;
	return space->dirty & SPACE_DIRTY_TABLES ? 0 : -EOPNOTSUPP;
}

int iommufd_dirty_start(struct uapi *uapi, uint16_t owner, space_handle space)
{
	int error = named(uapi, owner, space);
	return error ? error : dirty_track(uapi, space);
}

int iommufd_dirty_read(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, bool clear, bool *dirty)
{
	int error = named(uapi, owner, space);
	return error ? error : dirty_of_tables(uapi, space, iova, clear, dirty);
}
