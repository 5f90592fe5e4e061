/* SPDX-License-Identifier: MIT */
/*
 * The first /dev/ioasid proposal (Kevin Tian 2021-05-27,
 * <MWHPR11MB1886422D4839B372C6AB245F8C239@MWHPR11MB1886.namprd11.prod.outlook.com>): groups are not in its calls, but
 * an IOASID takes no command while a group is attached to it in part. Where such a device's requests go meanwhile is
 * not said: here to where they went before, which KNOB_CLAIM_DOMAIN decides.
 */
#include "uapi/guest_table.h"
#include "uapi/route.h"
#include "uapi/space.h"
#include "uapi/type1.h"

const struct uapi_front_end ioasid_v1_front_end = {
	.name = "ioasid-v1",
	.has_subgroups = true,
	.guests_enqcmd = true,
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
