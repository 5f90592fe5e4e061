/* SPDX-License-Identifier: MIT */
/*
 * IOMMU_HWPT_INVALIDATE as it is called: an array of entries, and how many of them were done
 * (drivers/iommu/iommufd/hw_pagetable.c). A page table takes ranges of VT-d's first stage, one after the other
 * (intel/nested.c). A vIOMMU takes commands of an SMMUv3: the array is copied as a whole, then commands are translated
 * one by one and sent as many at a time as fit a batch (arm-smmu-v3-iommufd.c). Where one cannot be translated, the
 * call ends with those of its batch counted and not sent.
 */
#include "uapi/iommufd_nest.h"
#include "uapi/iommufd_objects.h"
#include "uapi/space_fit.h"

#include <errno.h>

#define VTD_ENTRY_BYTES  24 /* struct iommu_hwpt_vtd_s1_invalidate */
#define SMMU_ENTRY_BYTES 16 /* struct iommu_viommu_arm_smmuv3_invalidate: a command */
#define PAGE_MASK        (UNIT_PAGE_BYTES - 1)

static uint64_t bytes_of(const struct uapi_entries_array *array, uint64_t known)
{
	return array->bytes_given ? array->bytes : known;
}

static int of_page_table(struct uapi *uapi, uint16_t owner, space_handle table, struct uapi_entries_array *array)
{
	uint64_t bytes = bytes_of(array, VTD_ENTRY_BYTES);
	int error = 0;
	if (array->type == UAPI_ENTRIES_ARM_SMMUV3)
		return -EINVAL;
	for (uint32_t i = 0; i < array->count && !error; i++) {
		struct uapi_invalidation what = {.what = UAPI_FORGET_RANGE,
						 .of = UAPI_OF_SPACE,
						 .space = table,
						 .first = array->list[i],
						 .last = array->list[i] | PAGE_MASK};
		if (bytes < VTD_ENTRY_BYTES)
			error = -EINVAL;
		else if (bytes > VTD_ENTRY_BYTES && array->tail)
			error = -E2BIG;
		else if (array->list[i] & PAGE_MASK)
			error = -EINVAL;
		else
			error = nest_invalidate(uapi, owner, &what);
		array->done += !error;
	}
	return error;
}

/* What is left of a word of a command when an entry ends in it. */
static uint64_t read_word(uint64_t word, unsigned number, uint64_t bytes)
{
	uint64_t there = bytes > 8u * number ? bytes - 8u * number : 0;
	return there >= 8 ? word : word & ((UINT64_C(1) << 8 * there) - 1);
}

/* A range's address is in the second word (IHI 0070 4.4), a stream ID in the upper half of the first (4.3, 4.5). */
static struct uapi_invalidation command_of(const struct uapi_entries_array *array, uint32_t index, space_handle viommu)
{
	uint64_t bytes = bytes_of(array, SMMU_ENTRY_BYTES);
	struct uapi_invalidation what = {
		.of = UAPI_OF_VIOMMU, .space = viommu, .pasid = UINT32_MAX, .last = UINT64_MAX};
	what.what = array->what == UAPI_ENTRIES_RANGE    ? UAPI_FORGET_RANGE
		    : array->what == UAPI_ENTRIES_DEVTLB ? UAPI_FORGET_DEVTLB
							 : UAPI_FORGET_CONFIG;
	if (array->what == UAPI_ENTRIES_RANGE) {
		what.first = read_word(array->list[index], 1, bytes) & ~PAGE_MASK;
		what.last = what.first | PAGE_MASK;
		return what;
	}
	what.id = (uint32_t)(read_word(array->list[index] << 32, 0, bytes) >> 32);
	if (array->what == UAPI_ENTRIES_DEVTLB && bytes < SMMU_ENTRY_BYTES)
		what.last = PAGE_MASK; /* 4.5.1: address 0 and Size 0, a page */
	return what;
}

static int of_viommu(struct uapi *uapi, uint16_t owner, space_handle viommu, struct uapi_entries_array *array)
{
	int error = 0;
	if (array->type == UAPI_ENTRIES_VTD_S1 || !array->count)
		return -EINVAL;
	if (bytes_of(array, SMMU_ENTRY_BYTES) > SMMU_ENTRY_BYTES && array->tail)
		return -E2BIG;
	_Static_assert(UAPI_MAX_ENTRIES < 63, "all commands are of one batch");
	for (; array->done < array->count; array->done++) {
		struct uapi_invalidation what = command_of(array, array->done, viommu);
		if (what.what != UAPI_FORGET_RANGE && !nest_has_number(uapi, owner, viommu, what.id))
			return -EIO;
	}
	for (uint32_t i = 0; i < array->count && !error; i++) {
		struct uapi_invalidation what = command_of(array, i, viommu);
		error = nest_invalidate(uapi, owner, &what);
	}
	array->done -= error != 0;
	return error;
}

int uapi_hwpt_invalidate(struct uapi *uapi, uint16_t owner, space_handle handle, struct uapi_entries_array *array)
{
	int error = object_enter(uapi, KERNEL_6_15);
	array->done = 0;
	if (error)
		return error;
	if (array->count && array->bytes_given && !array->bytes)
		return -EINVAL;
	const struct space *row = space_get(uapi, owner, handle);
	if (!row)
		return -ENOENT;
	if (row->kind == OBJECT_VIOMMU)
		return of_viommu(uapi, owner, handle, array);
	if (!(row->flags & SPACE_NESTED))
		return -EINVAL;
	uint32_t table = space_next_table(uapi, handle, 0);
	if (!table)
		return -ENOENT; /* attaching makes it */
	if (uapi->drivers[space_domain_slot(uapi, table)->unit]->ops->kind != IOMMU_VTD)
		return -EOPNOTSUPP;
	return of_page_table(uapi, owner, handle, array);
}
