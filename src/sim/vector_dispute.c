/* SPDX-License-Identifier: MIT */
#include "sim/vector_dispute.h"

#include <stddef.h>

static const struct vector_dispute rows[] = {
	{VECTOR_VTD, "context-coarse", "VT-d 6.5.2.1",
	 "a device-selective context-cache invalidation that names another domain need not reach the entry"},
	{VECTOR_VTD, "no-pasid-cache", "VT-d 6.2.3",
	 "a PASID-table entry may be cached until a PASID-cache invalidation that covers it"},
	{VECTOR_SMMUV3, "NEVER_GLOBAL", "IHI 0070 3.17.1",
	 "a translation with nG 0 serves every ASID of its VMID, and an invalidation by ASID leaves it"},
};

const struct vector_dispute *vector_dispute_row(enum vector_engine engine, unsigned index)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].engine == engine && index-- == 0)
			return &rows[i];
	return NULL;
}
