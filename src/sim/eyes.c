/* SPDX-License-Identifier: MIT */
/*
 * What checks may see of the hardware side: which structures serve a requester, read from memory by a walk without
 * side effects, and which kind of domain the table belongs to. Nothing here asks a front end.
 */
#include "sim/confidential.h"
#include "sim/world.h"

#define VIEW_MAX_LEAVES (UINT64_C(1) << 20)

static struct iommu *unit_of(const struct world *world, uint16_t device)
{
	uint16_t index = world->machine->devices[device].iommu;

	return index == MACHINE_NONE ? NULL : world->units[index];
}

/* FNV-1a over 64-bit words. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
	return (hash ^ word) * UINT64_C(0x100000001b3);
}

static void hash_leaf(void *context, uint64_t iova, uint64_t pa, unsigned page_lg2, unsigned permissions)
{
	uint64_t *hash = context;

	*hash = mix(mix(mix(mix(*hash, iova), pa), page_lg2), permissions);
}

static enum check_serving serving_of_table(const struct world *world, uint16_t iommu, uint64_t root)
{
	struct driver *driver = world->drivers[iommu];
	domain_handle domain = driver->ops->domain_by_root(driver, root);

	if (!domain)
		return SERVED_FREED;
	switch (driver->ops->domain_type(driver, domain)) {
	case DOMAIN_BLOCKED:
	case DOMAIN_SCRATCH:
		return SERVED_BLOCKED;
	case DOMAIN_IDENTITY:
		return SERVED_IDENTITY;
	case DOMAIN_DMA:
		return SERVED_KERNEL_DMA;
	case DOMAIN_USER:
	case DOMAIN_NEST_PARENT:
	case DOMAIN_NESTED:
	case DOMAIN_SVA:
		break;
	}
	return SERVED_USER;
}

void world_view(const struct world *world, uint16_t device, uint32_t pasid, struct check_view *out)
{
	struct iommu *unit = unit_of(world, device);
	uint32_t stream = model_requester(world->model, device);
	struct iommu_view seen = {.kind = VIEW_OFF};

	*out = (struct check_view){.serving = SERVED_NO_IOMMU};
	if (unit)
		unit->ops->view(unit, stream, pasid, &seen);
	switch (seen.kind) {
	case VIEW_OFF:
		return;
	case VIEW_BLOCKED:
		out->serving = SERVED_BLOCKED;
		return;
	case VIEW_PASS_THROUGH:
		out->serving = SERVED_IDENTITY;
		return;
	case VIEW_TABLE:
		break;
	}
	out->root = seen.root;
	out->tag = seen.tag;
	out->serving = serving_of_table(world, unit->index, seen.root);
	if (out->serving == SERVED_BLOCKED) /* a scratch page has 2^36 leaves */
		return;
	out->contents = UINT64_C(0xcbf29ce484222325);
	unit->ops->view_leaves(unit, stream, pasid, hash_leaf, &out->contents, VIEW_MAX_LEAVES);
}

static void view(void *context, uint16_t device, struct check_view *out)
{
	world_view(context, device, PASID_NONE, out);
}

static void view_before(void *context, uint16_t device, struct check_view *out)
{
	const struct world *world = context;

	*out = world->before[device];
}

static void leaves(void *context, uint16_t device, view_leaf_fn leaf, void *leaf_context)
{
	const struct world *world = context;
	struct iommu *unit = unit_of(world, device);
	struct iommu_view seen = {.kind = VIEW_OFF};

	if (!unit)
		return;
	unit->ops->view(unit, model_requester(world->model, device), PASID_NONE, &seen);
	if (seen.kind != VIEW_TABLE || serving_of_table(world, unit->index, seen.root) != SERVED_BLOCKED)
		unit->ops->view_leaves(unit, model_requester(world->model, device), PASID_NONE, leaf, leaf_context,
				       VIEW_MAX_LEAVES);
}

static bool probe(void *context, uint16_t device, uint64_t iova, bool write, uint64_t *pa)
{
	const struct world *world = context;
	struct iommu *unit = unit_of(world, device);
	struct request request = {.address = iova,
				  .bytes = 4,
				  .stream = model_requester(world->model, device),
				  .pasid = PASID_NONE,
				  .segment = world->machine->devices[device].segment,
				  .rid = world->machine->devices[device].rid,
				  .device = device,
				  .op = write ? REQUEST_WRITE : REQUEST_READ};
	struct translation translation;

	*pa = iova;
	if (!unit)
		return true;
	unit->ops->explain(unit, &request, NULL, NULL, &translation);
	*pa = translation.pa;
	return translation.result == TRANSLATE_OK;
}

static bool in_reset(void *context, uint16_t device)
{
	const struct world *world = context;

	return device_in_reset(world->devices, device);
}

static bool bus_master(void *context, uint16_t device)
{
	return fabric_bus_master(((const struct world *)context)->fabric, device);
}

static bool ats_on(void *context, uint16_t device)
{
	const struct world *world = context;
	uint16_t function = machine_function(world->machine, device);
	uint16_t iommu = world->machine->devices[function].iommu;
	struct driver *driver = iommu == MACHINE_NONE ? NULL : world->drivers[iommu];

	return driver && driver->ops->features(driver, world->machine->devices[function].stream) & FEATURE_ATS;
}

static enum check_handed handed_out(void *context, const struct request *request, uint64_t *iova)
{
	return handed_find(((const struct world *)context)->handed, request, iova);
}

static const char *pasid_used(void *context, uint16_t device, uint32_t pasid)
{
	const struct world *world = context;

	uint16_t function = machine_function(world->machine, device);

	if (device_page_requests_open(world->devices, device, pasid))
		return "a page request that waits";
	for (uint32_t i = 0; i < WORLD_MAX_ASKED; i++) {
		const struct asked *row = &world->asked[i];
		if (row->used && row->stalled && row->device == function && row->pasid == pasid &&
		    device_stall_answer(world->devices, device, row->number) < 0)
			return "a stalled transaction";
	}
	return device_is_quiet(world->devices, device, pasid)
		       ? NULL
		       : "a request in flight or a translation in its device TLB";
}

static void walk(void *context, const struct request *request, walk_trace_fn read, void *read_context)
{
	const struct world *world = context;
	uint16_t function = machine_function(world->machine, request->device);
	uint16_t index = world->machine->devices[function].iommu;
	struct iommu *unit = unit_of(world, function);
	struct request asked = *request;
	struct translation translation;

	if (unit && request_is_tee(request) && world_trusted_unit(world, index))
		unit = world_trusted_unit(world, index);
	asked.stream = model_requester(world->model, request->device);
	if (unit)
		unit->ops->explain(unit, &asked, read, read_context, &translation);
}

struct search {
	uint64_t first, last;
	bool found;
};

static void search_leaf(void *context, uint64_t iova, uint64_t pa, unsigned page_lg2, unsigned permissions)
{
	struct search *search = context;

	(void)iova;
	(void)permissions;
	search->found |= pa <= search->last && pa + ((UINT64_C(1) << page_lg2) - 1) >= search->first;
}

static bool referenced(void *context, uint16_t memory, uint16_t *device)
{
	const struct world *world = context;
	const struct machine_memory *row = &world->machine->memories[memory];
	struct search search = {.first = row->hpa, .last = row->hpa + row->bytes - 1};
	uint16_t iommu;
	uint64_t iova;

	*device = MACHINE_NONE;
	for (uint16_t i = 0; i < world->machine->device_count; i++) {
		leaves(context, i, search_leaf, &search);
		if (search.found) {
			*device = i;
			return true;
		}
	}
	*device = vendor_of(world, memory);
	if (*device != MACHINE_NONE)
		return true;
	return handed_refers(world->handed, row->hpa, row->bytes, device) ||
	       ledger_refers(world->ledger, row->hpa, row->bytes, &iommu, &iova);
}

static uint32_t regime(void *context, uint16_t device)
{
	return world_regime(context, device);
}

static bool can_flush(void *context, uint16_t owner)
{
	return uapi_flushes_caches(((struct world *)context)->uapi, owner);
}

static bool interface(void *context, uint16_t device, struct check_interface *out)
{
	return confidential_interface(context, device, out);
}

void world_open_eyes(struct world *world)
{
	world->eyes = (struct check_eyes){.context = world,
					  .view = view,
					  .view_before = view_before,
					  .leaves = leaves,
					  .probe = probe,
					  .bus_master = bus_master,
					  .in_reset = in_reset,
					  .ats_on = ats_on,
					  .handed_out = handed_out,
					  .pasid_used = pasid_used,
					  .walk = walk,
					  .referenced = referenced,
					  .regime = regime,
					  .grants_bytes = world->rules.value[KNOB_GRANT_GRANULARITY] == GRANT_BYTE,
					  .can_flush = can_flush,
					  .interface = interface};
}
