/* SPDX-License-Identifier: MIT */
/* Writes that are interrupt messages: recognised where the physical address map ends, and carried to the controller. */
#ifndef IOSIM_HW_FABRIC_MESSAGE_H
#define IOSIM_HW_FABRIC_MESSAGE_H

#include "hw/fabric/fabric.h"

/* False: the physical address is no interrupt controller's; else the hit is complete. */
bool hit_message(const struct fabric *fabric, const struct request *request, uint16_t iommu, uint64_t pa,
		 struct hit *hit);
/* The hit is that message, which came through the unit (MACHINE_NONE: through none). */
void hit_interrupt(const struct fabric *fabric, uint16_t iommu, const struct interrupt *message, struct hit *hit);

#endif
