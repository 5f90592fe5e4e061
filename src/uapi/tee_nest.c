/* SPDX-License-Identifier: MIT */
/*
 * A first stage of the guest's own for T=1: its table lies in its memory, hardware walks it, and the TSM's second stage
 * for the guest translates what it leads to and the table itself (VT-d 3.8; IHI 0070 3.3.2, in a Realm stream's STE).
 */
#include "uapi/tee_state.h"

#include <errno.h>

/* The TSM has no second stage to nest in where the host's table serves T as well. */
int tee_parent_new(struct tee *tee, uint16_t guest, tee_space *out)
{
	if (!tee_has_viommu(tee, guest))
		return -ENOTTY;
	if (tee_hosts_table_serves(tee))
		return -EOPNOTSUPP;
	*out = tee_table_new(tee, guest, TEE_PARENT);
	return *out ? 0 : -ENOMEM;
}

int tee_nest(struct tee *tee, uint16_t guest, tee_space parent, const struct domain_guest *says, tee_space *out)
{
	struct tee_table *below = tee_space_of(tee, guest, parent);

	if (!below)
		return -ENOENT;
	if (below->kind != TEE_PARENT)
		return -EINVAL;
	*out = tee_table_new(tee, guest, TEE_NESTED);
	if (!*out)
		return -ENOMEM;
	struct tee_table *table = tee_table_of(tee, *out);
	table->parent = parent;
	table->root = says->root;
	table->address_width = says->address_width;
	table->ste[0] = says->ste[0];
	table->ste[1] = says->ste[1];
	tee_table_of(tee, parent)->attached++;
	return 0;
}

int tee_invalidate(struct tee *tee, uint16_t guest, tee_space space, uint64_t first, uint64_t last)
{
	const struct guest_invalidation what = {.what = GUEST_FORGETS_RANGE, .first = first, .last = last};
	const struct tee_table *table = tee_space_of(tee, guest, space);

	if (!table)
		return -ENOENT;
	if (table->kind != TEE_NESTED)
		return -EINVAL;
	for (uint16_t unit = 0; unit < tee->machine->iommu_count; unit++) {
		struct driver *driver = tee->trusted[unit] ? tee->trusted[unit] : tee->drivers[unit];
		if (!table->domains[unit])
			continue;
		int error = driver->ops->guest_invalidate(driver, table->domains[unit], &what);
		if (error)
			return error;
	}
	return 0;
}

tee_space tee_attached(const struct tee *tee, uint16_t guest, uint16_t device)
{
	return tee->devices[device].guest == guest ? tee->devices[device].space : 0;
}
