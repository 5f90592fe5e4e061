/* SPDX-License-Identifier: MIT */
/*
 * What is asked of the argument of an iommufd's call before the call itself: its number, and a struct that begins with
 * its own size, so that programs and kernels of different years understand each other (include/uapi/linux/iommufd.h;
 * iommufd_fops_ioctl()). Sizes are those of 7.0.
 */
#include "uapi/iommufd_objects.h"

#include <errno.h>

#define FIRST_CALL 0x80

static const struct call {
	uint16_t bytes, least; /* of the struct as this kernel knows it; that are taken */
	uint8_t since;
} calls[] = {
	{8, 8, KERNEL_6_2},    /* DESTROY */
	{12, 12, KERNEL_6_2},  /* IOAS_ALLOC */
	{24, 24, KERNEL_6_2},  /* IOAS_ALLOW_IOVAS */
	{40, 40, KERNEL_6_2},  /* IOAS_COPY */
	{32, 32, KERNEL_6_2},  /* IOAS_IOVA_RANGES */
	{40, 40, KERNEL_6_2},  /* IOAS_MAP */
	{24, 24, KERNEL_6_2},  /* IOAS_UNMAP */
	{24, 24, KERNEL_6_2},  /* OPTION */
	{12, 12, KERNEL_6_2},  /* VFIO_IOAS */
	{48, 24, KERNEL_6_6},  /* HWPT_ALLOC */
	{40, 32, KERNEL_6_6},  /* GET_HW_INFO */
	{16, 16, KERNEL_6_15}, /* HWPT_SET_DIRTY_TRACKING */
	{48, 48, KERNEL_6_15}, /* HWPT_GET_DIRTY_BITMAP */
	{32, 32, KERNEL_6_15}, /* HWPT_INVALIDATE */
	{16, 16, KERNEL_6_15}, /* FAULT_QUEUE_ALLOC */
	{40, 40, KERNEL_6_15}, /* IOAS_MAP_FILE */
	{40, 24, KERNEL_6_15}, /* VIOMMU_ALLOC */
	{24, 24, KERNEL_6_15}, /* VDEVICE_ALLOC */
	{8, 8, KERNEL_6_15},   /* IOAS_CHANGE_PROCESS */
	{32, 28, KERNEL_6_15}, /* VEVENTQ_ALLOC */
	{40, 40, KERNEL_7_0},  /* HW_QUEUE_ALLOC */
};

int uapi_iommufd_ioctl(struct uapi *uapi, uint32_t nr, uint64_t bytes, bool mapped, bool tail)
{
	int error = object_enter(uapi, KERNEL_6_2);

	if (error)
		return error;
	if (nr < FIRST_CALL || nr - FIRST_CALL >= sizeof(calls) / sizeof(calls[0]))
		return -ENOTTY;
	const struct call *call = &calls[nr - FIRST_CALL];
	if (!uapi_kernel_is(uapi, call->since))
		return -ENOTTY;
	if (!mapped)
		return -EFAULT; /* nor can its size be read */
	if (bytes < call->least)
		return -EINVAL;
	return bytes > call->bytes && tail ? -E2BIG : 0;
}
