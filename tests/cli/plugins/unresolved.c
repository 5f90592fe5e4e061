/* SPDX-License-Identifier: MIT */
/* It cannot be loaded: nobody has the function that it calls. */
#include <ioasid-sim/front_end.h>

int ioasid_sim_nobody_has_this(void);

static int attach(iosim_call *call, iosim_owner owner, iosim_device device, iosim_space space)
{
	(void)call;
	(void)owner;
	(void)device;
	(void)space;
	return ioasid_sim_nobody_has_this();
}

const iosim_front_end ioasid_sim_front_end = {IOSIM_FRONT_END_VERSION, .name = "unresolved", .summary = "s",
					      .base = "iommufd", .attach = attach};
