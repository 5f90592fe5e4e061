/* SPDX-License-Identifier: MIT */
/*
 * Kevin Tian's sketch (2021-05-12, <MWHPR11MB18866988310787FE573763878C529@MWHPR11MB1886.namprd11.prod.outlook.com>):
 * one domain an IOASID, made by its first device and shared by all that are compatible; a function attaches by its
 * requester ID, an mdev by its parent's and a PASID. Groups are not spoken of, so each device goes its own way, and
 * what becomes of the domain with the last device was left open: here it goes, and comes again with the next.
 */
#include "uapi/route.h"
#include "uapi/space.h"
#include "uapi/type1.h"

const struct uapi_front_end ioasid_kt_front_end = {
	.name = "ioasid-kt",
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
