/* SPDX-License-Identifier: MIT */
/* IOMMU_OPTION, IOMMU_GET_HW_INFO and IOMMU_IOAS_CHANGE_PROCESS: what is asked about objects and devices. */
#include "uapi/features.h"
#include "uapi/iommufd_objects.h"

#include <errno.h>

/* --- options --- */

static bool has_objects(const struct uapi *uapi, uint16_t owner)
{
	space_handle next = 0;
	for (uint32_t i = 0; i < uapi->machine->device_count; i++)
		if (uapi->devices[i].user == owner)
			return true;
	while ((next = space_next(uapi, next)))
		if (space_of(uapi, next)->owner == owner)
			return true;
	return false;
}

static int set_accounting(struct uapi *uapi, uint16_t owner, space_handle object, uint64_t value)
{
	if (object)
		return -EOPNOTSUPP;
	if (!uapi->machine->owners[owner].resource)
		return -EPERM;
	if (has_objects(uapi, owner))
		return -EBUSY;
	if (value > 1)
		return -EINVAL;
	uapi->owners[owner].accounting = (uint8_t)value;
	return 0;
}

int iommufd_set_huge_pages(struct uapi *uapi, space_handle handle, bool on)
{
	struct space *space = space_of(uapi, handle);
	if (on) {
		space->flags &= (uint16_t)~SPACE_SMALL;
		return 0;
	}
	if (space->flags & SPACE_SMALL)
		return 0;
	if (space->domains && space->areas)
		return -EINVAL; /* a table may have large pages already */
	if (!space_aligned(uapi, handle, UNIT_PAGE_BYTES))
		return -EADDRINUSE;
	space->flags |= SPACE_SMALL;
	return 0;
}

static struct space *plain_space(const struct uapi *uapi, uint16_t owner, space_handle handle)
{
	struct space *row = object_get(uapi, owner, handle, OBJECT_SPACE);
	return row && !(row->flags & SPACE_NESTED) ? row : NULL;
}

int uapi_option_set(struct uapi *uapi, uint16_t owner, enum uapi_option option, space_handle object, uint64_t value)
{
	int error = object_enter(uapi, KERNEL_6_2);
	if (error)
		return error;
	if (option == UAPI_OPTION_RLIMIT_MODE)
		return set_accounting(uapi, owner, object, value);
	if (!plain_space(uapi, owner, object))
		return -ENOENT;
	return value <= 1 ? iommufd_set_huge_pages(uapi, object, value) : -EINVAL;
}

int uapi_option_get(struct uapi *uapi, uint16_t owner, enum uapi_option option, space_handle object, uint64_t *value)
{
	int error = object_enter(uapi, KERNEL_6_2);
	if (error)
		return error;
	if (option == UAPI_OPTION_RLIMIT_MODE) {
		*value = uapi->owners[owner].accounting;
		return object ? -EOPNOTSUPP : 0;
	}
	const struct space *space = plain_space(uapi, owner, object);
	if (!space)
		return -ENOENT;
	*value = !(space->flags & SPACE_SMALL);
	return 0;
}

/* --- devices --- */

static enum uapi_hw_info_type type_of(const struct driver *driver)
{
	return driver->ops->kind == IOMMU_VTD ? UAPI_HW_INFO_VTD : UAPI_HW_INFO_SMMUV3;
}

int uapi_hw_info(struct uapi *uapi, uint16_t owner, uint16_t device, struct uapi_hw_info *info)
{
	int error = object_enter(uapi, KERNEL_6_6);
	if (error)
		return error;
	if (uapi->devices[device].user != owner || device_is_mdev(uapi, device))
		return -ENOENT;
	struct driver *driver = device_unit(uapi, device);
	if (info->type != UAPI_HW_INFO_DEFAULT && info->type != type_of(driver))
		return -EOPNOTSUPP;
	driver->ops->hw_info(driver, &info->hw);
	info->type = type_of(driver);
	info->dirty_tracking = info->hw.tracks_dirty;
	info->ats_not_supported = !features_have(uapi, device, FEATURE_ATS);
	info->max_pasid_lg2 = 0;
	if (features_have(uapi, device, FEATURE_PASID)) {
		uint8_t bits = uapi->machine->devices[device].pasid_bits;
		info->max_pasid_lg2 = bits < info->hw.pasid_lg2 ? bits : info->hw.pasid_lg2;
	}
	return 0;
}

/* --- processes --- */

int uapi_change_process(struct uapi *uapi, uint16_t owner)
{
	space_handle next = 0;
	int error = object_enter(uapi, KERNEL_6_15);
	while (!error && (next = space_next(uapi, next))) {
		const struct area *area;
		if (space_of(uapi, next)->owner != owner)
			continue;
		for (uint32_t at = areas_seek(&uapi->areas, space_set(next), 0);
		     (area = areas_at(&uapi->areas, space_set(next), at)); at++)
			if (!(area->flags & AREA_OF_FILE))
				return -EINVAL;
	}
	return error;
}
