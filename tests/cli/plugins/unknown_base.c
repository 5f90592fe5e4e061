/* SPDX-License-Identifier: MIT */
#include <ioasid-sim/front_end.h>

const iosim_front_end ioasid_sim_front_end = {IOSIM_FRONT_END_VERSION, .name = "unknown-base",
					      .summary = "builds on nothing", .base = "iommu-v3"};
