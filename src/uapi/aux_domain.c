/* SPDX-License-Identifier: MIT */
/*
 * Auxiliary domains (Jean-Philippe Brucker 2018-09-14, 'Re: [RFC PATCH v2 00/10] vfio/mdev: IOMMU aware mediated
 * device'): a domain as any other, which serves requests of a function with a PASID and leaves the function's own
 * domain as it is. Functions are assigned by groups, mdevs by PASID; the IOMMU's driver picks it, so users cannot name
 * one. The domain is there from the start and takes mappings, whatever is attached.
 */
#include "uapi/route.h"
#include "uapi/space.h"
#include "uapi/type1.h"

const struct uapi_front_end aux_domain_front_end = {
	.name = "aux-domain",
	.take = route_take,
	.release = route_release,
	.mmap = route_mmap,
	.space = space_new,
	.destroy = route_destroy,
	.attach = route_attach,
	.detach = route_detach,
	.replace = route_replace,
	.map = type1_map,
	.unmap = type1_unmap,
};
