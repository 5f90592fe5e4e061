/* SPDX-License-Identifier: MIT */
#include "hw/fabric/hit.h"

const char *hit_reason_text(enum hit_reason reason)
{
	static const char *const texts[HIT_REASONS] = {
		[REASON_NONE] = "",
		[REASON_ABSENT] = "the device is not there",
		[REASON_BUS_MASTER] = "bus mastering is off",
		[REASON_SOURCE_VALIDATION] = "ACS source validation: the requester's bus is not behind the port",
		[REASON_TRANSLATION_BLOCKING] = "ACS translation blocking: the address is not untranslated",
		[REASON_EGRESS_CONTROL] = "ACS egress control: no request to a peer",
		[REASON_NO_FORWARDING] = "the address is behind the port it came from, upstream forwarding is off",
		[REASON_UNCLAIMED] = "inside the switch's window, but no port's",
		[REASON_NO_TARGET] = "nothing has that address",
		[REASON_TARGET_ABSENT] = "the target is not there",
		[REASON_TARGET_OFF] = "memory space of the target is off",
		[REASON_NOT_A_MEMORY_ACCESS] = "a translation request that met no IOMMU",
		[REASON_NO_FRAME] = "the simulator has no room left to carry it out",
	};

	return (unsigned)reason < HIT_REASONS ? texts[reason] : "";
}
