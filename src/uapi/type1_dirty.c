/* SPDX-License-Identifier: MIT */
/*
 * VFIO_IOMMU_DIRTY_PAGES: no page table is asked. As long as a device with an IOMMU of its own is in the container,
 * every mapped page is pinned for it and counts as written; with mdevs alone, what their drivers have or had pinned.
 * A report always clears, and an unmap can be asked to report (VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP).
 */
#include "uapi/dirty.h"
#include "uapi/space.h"

#include <errno.h>

int type1_dirty_start(struct uapi *uapi, uint16_t owner, space_handle handle)
{
	struct space *space = space_get(uapi, owner, handle);
	if (!space)
		return -ENOENT;
	if (!space_in_use(uapi, handle))
		return -EINVAL; /* the container has no IOMMU, which has the call */
	dirty_forget_pins(uapi, handle);
	space->dirty |= SPACE_DIRTY_TRACKING;
	return 0;
}

int type1_dirty_read(struct uapi *uapi, uint16_t owner, space_handle handle, uint64_t iova, bool clear, bool *dirty)
{
	const struct space *space = space_get(uapi, owner, handle);
	if (!space)
		return -ENOENT;
	if (!(space->dirty & SPACE_DIRTY_TRACKING) || !clear)
		return -EINVAL;
	if (!areas_overlap(&uapi->areas, space_set(handle), iova, iova))
		return 0;
	*dirty = dirty_of_pins(uapi, handle, iova, true) || space->domains;
	return 0;
}

void type1_report_unmapped(struct uapi *uapi, space_handle handle, uint64_t first, uint64_t last)
{
	if (dirty_unmap_reports(uapi, handle) && space_of(uapi, handle)->domains && uapi->platform.written)
		uapi->platform.written(uapi->platform.context, handle, first, last - first + 1);
}
