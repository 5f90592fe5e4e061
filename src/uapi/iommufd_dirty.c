/* SPDX-License-Identifier: MIT */
/*
 * iommufd's dirty tracking: a page table is made for it (HWPT_ALLOC with DIRTY_TRACKING), switched to it
 * (SET_DIRTY_TRACKING, which begins with clean flags) and read (GET_DIRTY_BITMAP, which clears what it reports unless
 * it is told NO_CLEAR). A space that was made without the wish has the page tables that attaching makes, which cannot.
 *
 * A bitmap may be of any part of the space; dirty-read's is of one page. The flag of a large page goes with that,
 * whatever else it stood for: who reads piece by piece asks for small pages.
 */
#include "uapi/dirty.h"
#include "uapi/iommufd_objects.h"
#include "uapi/space_fit.h"

#include <errno.h>

/* Of what the calls name there has to be a page table. */
static int named(const struct uapi *uapi, uint16_t owner, space_handle handle)
{
	if (!uapi_kernel_is(uapi, KERNEL_6_15))
		return -ENOTTY;
	const struct space *space = space_get(uapi, owner, handle);
	return space && !(space->flags & SPACE_NESTED) && space_next_table(uapi, handle, 0) ? 0 : -ENOENT;
}

static int can_track(const struct uapi *uapi, space_handle space)
{
	return space_of(uapi, space)->dirty & SPACE_DIRTY_TABLES ? 0 : -EOPNOTSUPP;
}

int iommufd_dirty_start(struct uapi *uapi, uint16_t owner, space_handle space)
{
	int error = named(uapi, owner, space);
	if (!error)
		error = can_track(uapi, space);
	return error ? error : dirty_track(uapi, space);
}

int iommufd_dirty_read(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, bool clear, bool *dirty)
{
	int error = named(uapi, owner, space);
	if (!error)
		error = can_track(uapi, space);
	return error ? error : dirty_of_tables(uapi, space, iova, clear, dirty);
}

/* --- of a range --- */

static bool ends_of(const struct uapi_dirty_bitmap *bitmap, uint64_t page_bytes)
{
	return !((bitmap->iova | bitmap->bytes) & (page_bytes - 1));
}

static int check_range(const struct uapi *uapi, space_handle table, const struct uapi_dirty_bitmap *bitmap)
{
	if (bitmap->iova + (bitmap->bytes - 1) < bitmap->iova)
		return -EOVERFLOW;
	const struct space *row = space_of(uapi, table);
	space_handle space = row->kind == OBJECT_HWPT ? row->parent : table;
	if (!ends_of(bitmap, space_alignment(uapi, space)) || !bitmap->page_bytes)
		return -EINVAL;
	return ends_of(bitmap, bitmap->page_bytes) ? 0 : -EINVAL;
}

static void mark(void *context, const struct pt_leaf *leaf)
{
	struct uapi_dirty_bitmap *bitmap = context;
	uint64_t first = leaf->iova, last = leaf->iova + ((UINT64_C(1) << leaf->lg2) - 1);
	uint64_t end = bitmap->iova + (bitmap->bytes - 1);
	first = first > bitmap->iova ? first : bitmap->iova;
	last = last < end ? last : end;
	for (uint64_t bit = (first - bitmap->iova) / bitmap->page_bytes;
	     bit <= (last - bitmap->iova) / bitmap->page_bytes; bit++)
		bitmap->bits[bit / 8] |= (uint8_t)(1u << bit % 8);
}

int uapi_dirty_bitmap(struct uapi *uapi, uint16_t owner, space_handle table, struct uapi_dirty_bitmap *bitmap)
{
	int error = object_enter(uapi, KERNEL_6_15);
	for (unsigned i = 0; i < sizeof(bitmap->bits); i++)
		bitmap->bits[i] = 0;
	if (!error)
		error = named(uapi, owner, table);
	if (!error)
		error = check_range(uapi, table, bitmap);
	if (!error)
		error = can_track(uapi, table);
	return error ? error
		     : dirty_of_range(uapi, table, bitmap->iova, bitmap->iova + (bitmap->bytes - 1), bitmap->clear,
				      mark, bitmap);
}
