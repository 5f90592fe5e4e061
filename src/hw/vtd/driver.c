/* SPDX-License-Identifier: MIT */
#include "hw/vtd/driver.h"

#include <glib.h>

_Static_assert(sizeof(struct vtd_driver_state) == 72 + 4 * VTD_DRIVER_BUSES &&
		       sizeof(struct vtd_driver_bus) == 16 + 24 * VTD_DRIVER_FUNCTIONS,
	       "these lie in hashed memory and have no hidden padding");

struct vtd_driver *vtd_driver_of(struct driver *driver)
{
	return (struct vtd_driver *)driver;
}

static struct driver *create(const struct driver_config *config)
{
	struct vtd_driver *driver = g_new0(struct vtd_driver, 1);
	driver->base.ops = &vtd_driver_ops;
	driver->base.index = config->index;
	driver->config = *config;
	driver->state = arena_block(config->arena, "vtd driver", sizeof(*driver->state), ARENA_HASHED);
	driver->buses = arena_pool(config->arena, "vtd driver buses", sizeof(struct vtd_driver_bus), VTD_DRIVER_BUSES,
				   false, ARENA_HASHED);
	driver->irtes = arena_pool(config->arena, "vtd driver interrupts", sizeof(struct vtd_driver_irte),
				   1u << VTD_DRIVER_IRTES_LG2, false, ARENA_HASHED);
	driver->attachments = driver_attachments_new(config->arena);
	driver_common_init(&driver->common, config);
	return &driver->base;
}

static void destroy(struct driver *base)
{
	g_free(base);
}

static enum domain_type domain_type(struct driver *base, domain_handle handle)
{
	const struct vtd_driver *driver = vtd_driver_of(base);
	const struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	return domain ? (enum domain_type)domain->type : DOMAIN_BLOCKED;
}

static uint32_t table_pages(struct driver *base, domain_handle handle)
{
	const struct vtd_driver *driver = vtd_driver_of(base);
	const struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	return domain ? pt_table_count(&domain->pt) : 0;
}

/* A number that is no root and below 2^16 is a DID. */
static domain_handle domain_by_root(struct driver *base, uint64_t root)
{
	const struct vtd_driver *driver = vtd_driver_of(base);
	domain_handle handle = driver_domain_by_root(&driver->common, root);
	if (handle == 0 && root <= 0xffff)
		handle = driver_domain_by_tag(&driver->common, (uint32_t)root);
	return handle;
}

static uint8_t pasid_lg2(const struct vtd_driver_state *state)
{
	return state->scalable && VTD_ECAP_PASID(&state->ecap) ? (uint8_t)(VTD_ECAP_PSS(&state->ecap) + 1) : 0;
}

static void abilities(struct driver *base, struct driver_abilities *out)
{
	*out = (struct driver_abilities){.pasid_lg2 = pasid_lg2(vtd_driver_of(base)->state)};
}

/* struct iommu_hw_info_vtd: flags (none: no erratum of this unit's), a reserved word, CAP, ECAP. */
static void hw_info(struct driver *base, struct driver_hw_info *out)
{
	const struct vtd_driver_state *state = vtd_driver_of(base)->state;
	*out = (struct driver_hw_info){
		.bytes = 24,
		.words = {0, 0, (uint32_t)state->cap, (uint32_t)(state->cap >> 32), (uint32_t)state->ecap,
			  (uint32_t)(state->ecap >> 32)},
		.tracks_dirty = state->scalable && VTD_ECAP_SSTS(&state->ecap) && VTD_ECAP_SSADS(&state->ecap),
		.pasid_lg2 = pasid_lg2(state),
	};
}

static void inject(struct driver *base, unsigned bugs)
{
	vtd_driver_of(base)->state->bugs = bugs;
}

const struct driver_ops vtd_driver_ops = {
	.kind = IOMMU_VTD,
	.create = create,
	.destroy = destroy,
	.init = vtd_driver_init,
	.enable = vtd_driver_enable,
	.hand_over = vtd_driver_hand_over,
	.domain_alloc = vtd_driver_domain_alloc,
	.domain_alloc_wished = vtd_driver_domain_alloc_wished,
	.dirty_track = vtd_driver_dirty_track,
	.dirty_read = vtd_driver_dirty_read,
	.domain_nest = vtd_driver_domain_nest,
	.guest_invalidate = vtd_driver_guest_invalidate,
	.guest_format = vtd_driver_guest_format,
	.guest_describe = vtd_driver_guest_describe,
	.domain_free = vtd_driver_domain_free,
	.domain_geometry = vtd_driver_domain_geometry,
	.domain_type = domain_type,
	.attach = vtd_driver_attach,
	.attached = vtd_driver_attached,
	.set_features = vtd_driver_set_features,
	.features = vtd_driver_features,
	.attach_pasid = vtd_driver_attach_pasid,
	.attached_pasid = vtd_driver_attached_pasid,
	.fault_next = vtd_driver_fault_next,
	.hw_info = hw_info,
	.abilities = abilities,
	.fault_respond = vtd_driver_fault_respond,
	.drain = vtd_driver_drain,
	.interrupt_map = vtd_driver_interrupt_map,
	.interrupt_unmap = vtd_driver_interrupt_unmap,
	.map = vtd_driver_map,
	.unmap = vtd_driver_unmap,
	.sync = vtd_driver_sync,
	.flush_domain = vtd_driver_flush_domain,
	.lookup = vtd_driver_lookup,
	.table_pages = table_pages,
	.domain_by_root = domain_by_root,
	.inject = inject,
	.forget_done = vtd_driver_forget_done,
};
