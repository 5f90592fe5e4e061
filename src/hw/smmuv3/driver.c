/* SPDX-License-Identifier: MIT */
#include "hw/smmuv3/driver.h"

#include <glib.h>

_Static_assert(sizeof(struct smmu_driver_state) == 136 + 4 * SMMU_DRIVER_BUSES &&
		       sizeof(struct smmu_driver_requester) == 32 &&
		       sizeof(struct smmu_driver_bus) == 8 + 32 * SMMU_DRIVER_FUNCTIONS &&
		       sizeof(struct smmu_driver_leaf) == 16,
	       "these lie in hashed memory and have no hidden padding");

struct smmu_driver *smmu_driver_of(struct driver *driver)
{
	return (struct smmu_driver *)driver;
}

static struct driver *create(const struct driver_config *config)
{
	struct smmu_driver *driver = g_new0(struct smmu_driver, 1);
	driver->base.ops = &smmuv3_driver_ops;
	driver->base.index = config->index;
	driver->config = *config;
	driver->state = arena_block(config->arena, "smmuv3 driver", sizeof(*driver->state), ARENA_HASHED);
	driver->buses = arena_pool(config->arena, "smmuv3 driver buses", sizeof(struct smmu_driver_bus),
				   SMMU_DRIVER_BUSES, false, ARENA_HASHED);
	driver->leaves = arena_pool(config->arena, "smmuv3 driver descriptors", sizeof(struct smmu_driver_leaf),
				    SMMU_DRIVER_LEAVES, false, ARENA_HASHED);
	driver->pasids = driver_attachments_new(config->arena);
	driver->atc_timeouts =
		arena_block(config->arena, "smmuv3 driver time-outs", sizeof(*driver->atc_timeouts), ARENA_UNHASHED);
	driver_common_init(&driver->common, config);
	return &driver->base;
}

static void destroy(struct driver *base)
{
	g_free(base);
}

static enum domain_type domain_type(struct driver *base, domain_handle handle)
{
	const struct smmu_driver *driver = smmu_driver_of(base);
	const struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	return domain ? (enum domain_type)domain->type : DOMAIN_BLOCKED;
}

static uint32_t table_pages(struct driver *base, domain_handle handle)
{
	const struct smmu_driver *driver = smmu_driver_of(base);
	const struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	return domain ? pt_table_count(&domain->pt) : 0;
}

/* A number that is no root and below 2^16 is an ASID or a VMID. */
static domain_handle domain_by_root(struct driver *base, uint64_t root)
{
	const struct smmu_driver *driver = smmu_driver_of(base);
	domain_handle handle = driver_domain_by_root(&driver->common, root);
	if (handle == 0 && root <= 0xffff)
		handle = driver_domain_by_tag(&driver->common, (uint32_t)root);
	return handle;
}

/* The message is the doorbell's; what a device may write there is the interrupt controller's to say. */
static int interrupt_map(struct driver *base, uint32_t stream, uint32_t index, uint8_t vector, uint32_t destination,
			 struct msi_message *message)
{
	(void)base, (void)stream, (void)index, (void)vector, (void)destination, (void)message;
	return 0;
}

static int interrupt_unmap(struct driver *base, uint32_t stream, uint32_t index)
{
	(void)base, (void)stream, (void)index;
	return 0;
}

static void inject(struct driver *base, unsigned bugs)
{
	smmu_driver_of(base)->state->bugs = bugs;
}

const struct driver_ops smmuv3_driver_ops = {
	.kind = IOMMU_SMMUV3,
	.create = create,
	.destroy = destroy,
	.init = smmu_driver_init,
	.enable = smmu_driver_enable,
	.hand_over = smmu_driver_hand_over,
	.domain_alloc = smmu_driver_domain_alloc,
	.domain_alloc_wished = smmu_driver_domain_alloc_wished,
	.dirty_track = smmu_driver_dirty_track,
	.dirty_read = smmu_driver_dirty_read,
	.domain_nest = smmu_driver_domain_nest,
	.guest_invalidate = smmu_driver_guest_invalidate,
	.guest_format = smmu_driver_guest_format,
	.guest_describe = smmu_driver_guest_describe,
	.guest_contexts = smmu_driver_guest_contexts,
	.domain_free = smmu_driver_domain_free,
	.domain_geometry = smmu_driver_domain_geometry,
	.domain_type = domain_type,
	.attach = smmu_driver_attach,
	.attached = smmu_driver_attached,
	.set_features = smmu_driver_set_features,
	.features = smmu_driver_features,
	.attach_pasid = smmu_driver_attach_pasid,
	.attached_pasid = smmu_driver_attached_pasid,
	.fault_next = smmu_driver_fault_next,
	.hear = smmu_driver_hear,
	.event_rename = smmu_driver_event_rename,
	.hw_info = smmu_driver_hw_info,
	.abilities = smmu_driver_abilities,
	.fault_respond = smmu_driver_fault_respond,
	.drain = smmu_driver_drain,
	.interrupt_map = interrupt_map,
	.interrupt_unmap = interrupt_unmap,
	.map = smmu_driver_map,
	.unmap = smmu_driver_unmap,
	.sync = smmu_driver_sync,
	.flush_domain = smmu_driver_flush_domain,
	.lookup = smmu_driver_lookup,
	.table_pages = table_pages,
	.domain_by_root = domain_by_root,
	.inject = inject,
	.forget_done = smmu_driver_forget_done,
};
