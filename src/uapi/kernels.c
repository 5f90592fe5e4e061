/* SPDX-License-Identifier: MIT */
/* What the values of KNOB_KERNEL stand for, each rule with the mail or commit that it comes from. */
#include "uapi/rules.h"

#include <stddef.h>

const struct kernel_rule kernel_rules[] = {
	{KERNEL_5_18,
	 "whether a group is free is asked when its first device file is opened (EINVAL); a kernel driver that binds "
	 "in it afterwards is a BUG_ON",
	 "Lu Baolu 2022-01-04, 'PATCH v5 00/14 Fix BUG_ON in vfio_iommu_group_notifier': what it mends",
	 "<20220104015644.2294354-1-baolu.lu@linux.intel.com>"},
	{KERNEL_5_19,
	 "a group's DMA ownership is claimed when it enters a container, and a kernel driver's probe is refused in a "
	 "claimed group",
	 "Lu Baolu 2022-01-04, 'PATCH v5 00/14 Fix BUG_ON in vfio_iommu_group_notifier'",
	 "<20220104015644.2294354-1-baolu.lu@linux.intel.com>"},
	{KERNEL_5_19, "VFIO has no devices whose DMA is not coherent (EINVAL); before, their users found out",
	 "Jason Gunthorpe 2022-04-11, 'PATCH v3 4/4 vfio: Require that devices support DMA cache coherence'",
	 "<4-v3-2cf356649677+a32-intel_no_snoop_jgg@nvidia.com>"},
	{KERNEL_6_2, "iommufd exists",
	 "Jason Gunthorpe 2022-11-16, the overview of iommufd in v5 of the series that brings it",
	 "<5-v5-4001c2997bd0+30c-iommufd_jgg@nvidia.com>"},
	{KERNEL_6_6,
	 "a device with a firmware range cannot enter a blocking domain (EINVAL at the claim); before, VT-d's driver "
	 "alone refused it, at the attach to a user's domain (EPERM)",
	 "Lu Baolu 2023-07-24, 'iommu: Prevent RESV_DIRECT devices from blocking domains'",
	 "<20230724060352.113458-2-baolu.lu@linux.intel.com>"},
	{KERNEL_6_6,
	 "VFIO's device files, whose second attach is a replace; before, it was EBUSY and there was no replace",
	 "Yi Liu 2023-06-02, 'PATCH v12 19/24 vfio: Add VFIO_DEVICE_[AT|DE]TACH_IOMMUFD_PT'",
	 "<20230602121653.80017-20-yi.l.liu@intel.com>"},
	{KERNEL_6_6, "iommufd has a call that makes a page table, without flags, and one that tells of hardware",
	 "Jason Gunthorpe 2023-07-17, 'PATCH v8 17/19 iommufd: Add IOMMU_HWPT_ALLOC'",
	 "<17-v8-6659224517ea+532-iommufd_alloc_jgg@nvidia.com>"},
	{KERNEL_6_15, "iommufd attaches PASIDs", "Yi Liu 2025-03-21, 'iommufd: Support pasid attach/replace'",
	 "<20250321171940.7213-12-yi.l.liu@intel.com>"},
	{KERNEL_6_15,
	 "iommufd nests guests' tables (some of it is a few versions older: between 6.6 and 6.15 none is known here)",
	 "Yi Liu 2023-09-21, 'Disallow read-only mappings to nest parent domain'",
	 "<20230921075431.125239-12-yi.l.liu@intel.com>"},
	{KERNEL_6_15, "iommufd hands on guests' invalidations",
	 "Nicolin Chen 2024-08-07, 'iommu/arm-smmu-v3: Add viommu cache invalidation support'",
	 "<729dfd0808f85d88fd3ef8bcea0168cc1d2c0d59.1723061378.git.nicolinc@nvidia.com>"},
	{KERNEL_6_15,
	 "iommufd tracks dirty pages (since a few versions before: none between 6.6 and 6.15 is known here)",
	 "Joao Martins 2023-10-18, 'IOMMUFD Dirty Tracking'", "<20231018202715.69734-1-joao.m.martins@oracle.com>"},
	{KERNEL_6_15,
	 "iommufd has queues of page requests, vIOMMUs and their events, and flags of page tables (some of it is a few "
	 "versions older: none between 6.6 and 6.15 is known here)",
	 "Nicolin Chen 2025-01-03, 'PATCH v4 06/14 iommufd: Add IOMMUFD_OBJ_VEVENTQ and IOMMUFD_CMD_VEVENTQ_ALLOC'",
	 "<d0edfde78e75b6941589392e618f6d43b3f10e6b.1735933254.git.nicolinc@nvidia.com>"},
	{KERNEL_6_15,
	 "iommufd maps pages of a file, and another process takes over what is mapped so (since a few versions "
	 "before: none between 6.6 and 6.15 is known here)",
	 "Steve Sistare 2024-10-25, 'iommufd: Add IOMMU_IOAS_MAP_FILE', merged by commit f4986a72d6e4",
	 "<1729861919-234514-8-git-send-email-steven.sistare@oracle.com>"},
	{KERNEL_7_0,
	 "VFIO's unmap of nothing succeeds on an iommufd as on a container; before, it was ENOENT (it is a few "
	 "versions older, and in the stable kernels of that time: a value stands for the first release of its name)",
	 "Greg Kroah-Hartman 2025-11-21, 'PATCH 6.6 380/529 iommufd: Make vfio_compats unmap succeed if the range is "
	 "already empty', commit afb47765f923 by Jason Gunthorpe",
	 "<20251121130244.545148533@linuxfoundation.org>"},
	{KERNEL_7_0, "a device with ATS is parked in blocking domains while it is reset",
	 "Nicolin Chen 2025-06-28, 'Disable ATS via iommu during PCI resets', merged by commit f5b16b802174",
	 "<cover.1751096303.git.nicolinc@nvidia.com>"},
	{KERNEL_7_0,
	 "a register page of another device can be mapped through iommufd, as a dma-buf that its driver revokes at "
	 "close; before, such memory could not be pinned (EFAULT)",
	 "Jason Gunthorpe 2025-11-21, 'PATCH v2 0/9 Initial DMABUF support for iommufd'",
	 "<0-v2-b2c110338e3f+5c2-iommufd_dmabuf_jgg@nvidia.com>"},
	{0, NULL, NULL, NULL},
};
