/* SPDX-License-Identifier: MIT */
/*
 * The /dev/iommu proposal ('[RFC v2] /dev/iommu uAPI proposal', Kevin Tian 2021-07-09): the first bind in a group asks
 * whether all of it is free and blocks all of it; from then on each device moves between that and its space, one space
 * a group. The format is chosen with the space, and a device that cannot walk it is refused. There is no unbind but
 * closing.
 */
#include "uapi/guest_table.h"
#include "uapi/route.h"
#include "uapi/space.h"
#include "uapi/type1.h"

const struct uapi_front_end iommu_v2_front_end = {
	.name = "iommu-v2",
	.has_subgroups = true,
	.moves_devices = true,
	.formats = true,
	.software_mdevs = true,
	.guests_enqcmd = true,
	.gates_portals = true,
	.take = route_take,
	.release = route_release,
	.mmap = route_mmap,
	.space = space_new,
	.destroy = route_destroy,
	.attach = route_attach,
	.detach = route_detach,
	.replace = route_replace,
	.attach_pasid = route_attach_pasid,
	.detach_pasid = route_detach_pasid,
	.replace_pasid = route_replace_pasid,
	.nest = route_nest,
	.invalidate = route_invalidate,
	.pasid_table = guest_table_delegate_attached,
	.map = type1_map,
	.unmap = type1_unmap,
	.pin = type1_pin,
};
