/* SPDX-License-Identifier: MIT */
#include "sim/words.h"

static const char *unit_name(const struct world *world, uint16_t index)
{
	return index == MACHINE_NONE ? "no IOMMU" : world->machine->iommus[index].name;
}

static char *fault_words(const struct world *world, const struct hit *hit)
{
	const struct iommu *unit = world->units[hit->iommu];
	const char *name = unit->ops->fault_name(hit->translation.fault);

	/* IHI 0070 3.25.1: an output address; what the unit cannot fetch is an event. */
	if (hit->translation.granule_fault && !hit->translation.fault)
		return g_strdup_printf("granule protection fault at %s for %#" G_GINT64_MODIFIER "x",
				       unit_name(world, hit->iommu), hit->translation.lost_pa);
	if (hit->translation.granule_fault)
		name = "granule protection fault: GPCF";
	return g_strdup_printf("fault %#x (%s) at %s%s", hit->translation.fault, name ? name : "?",
			       unit_name(world, hit->iommu),
			       hit->translation.recorded   ? ""
			       : hit->translation.overflow ? ", not recorded: no free record"
							   : ", not recorded");
}

static char *memory_words(const struct world *world, const struct hit *hit)
{
	if (hit->memory != MACHINE_NONE)
		return g_strdup_printf("reaches %s", world->machine->memories[hit->memory].name);
	if (hit->firmware != MACHINE_NONE)
		return g_strdup_printf("reaches %s", world->machine->reserved[hit->firmware].name);
	return g_strdup_printf("reaches kernel memory at %#" G_GINT64_MODIFIER "x", hit->pa);
}

static char *interrupt_words(const struct world *world, const struct hit *hit)
{
	if (!hit->raised)
		return g_strdup_printf("interrupt message to %#" G_GINT64_MODIFIER "x that raises nothing", hit->pa);
	if (hit->raised_device == MACHINE_NONE)
		return g_strdup_printf("raises vector %u, which is no device's", hit->interrupt.vector);
	return g_strdup_printf("raises %s.v%u", world->machine->devices[hit->raised_device].name, hit->raised_index);
}

char *words_of_hit(const struct world *world, const struct hit *hit)
{
	switch (hit->kind) {
	case HIT_MEMORY:
		return memory_words(world, hit);
	case HIT_BAR:
		return g_strdup_printf("reaches %s", world->machine->bars[hit->bar].name);
	case HIT_INTERRUPT:
		return interrupt_words(world, hit);
	case HIT_FAULT:
		return fault_words(world, hit);
	case HIT_NOTHING:
		return g_strdup_printf("unsupported request: %s", hit_reason_text(hit->reason));
	case HIT_BLOCKED_FABRIC:
		return g_strdup_printf("stopped in the fabric: %s", hit_reason_text(hit->reason));
	case HIT_STALLED:
		return g_strdup("stalled in the IOMMU");
	case HIT_TRANSLATION:
		return g_strdup("translation answered");
	case HIT_SCRATCH:
		return g_strdup("reaches the scratch page");
	}
	return g_strdup("?");
}

char *words_of_route(const struct world *world, const struct hit *hit)
{
	switch (hit->route) {
	case ROUTE_PEER:
		return hit->port == MACHINE_NONE ? g_strdup("route: inside its own device, no IOMMU saw it")
						 : g_strdup_printf("route: peer to peer, turned at %s; no IOMMU saw it",
								   world->machine->ports[hit->port].name);
	case ROUTE_IOMMU:
		return g_strdup_printf("route: %s as %02x:%02x.%x%s, at %#" G_GINT64_MODIFIER "x",
				       unit_name(world, hit->iommu), hit->rid >> 8, hit->rid >> 3 & 31, hit->rid & 7,
				       hit->translation.from_cache ? " (IOTLB)" : "", hit->pa);
	case ROUTE_DIRECT:
		return g_strdup_printf("route: no IOMMU, at %#" G_GINT64_MODIFIER "x", hit->pa);
	case ROUTE_NONE:
		break;
	}
	return g_strdup("route: none");
}
