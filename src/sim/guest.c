/* SPDX-License-Identifier: MIT */
#include "sim/guest.h"

#include "pgtable/format.h"
#include "sim/step.h"

#include <errno.h>
#include <string.h>

struct guest_table {
	struct pt pt;      /* root 0: there is none yet */
	uint64_t used;     /* bit per page of the object */
	uint64_t contexts; /* instead of a page table the object has contexts: how many PASIDs; 0: none yet */
};

/* A table and the object that it is in. */
struct guest_place {
	struct world *world;
	struct guest_table *table;
	const struct machine_memory *memory;
};

void world_build_guests(struct world *world)
{
	world->guests = arena_block(world->arena, "guest tables",
				    sizeof(struct guest_table) * (world->machine->memory_count + 1), ARENA_HASHED);
}

/* The unit whose format guests write: the first. NULL: there is no IOMMU. */
static struct driver *driver_of(const struct world *world)
{
	for (unsigned i = 0; i < world->machine->iommu_count; i++)
		if (world->drivers[i])
			return world->drivers[i];
	return NULL;
}

/* --- memory of the guest --- */

/* False: the guest's entries lead out of the object. Its driver knows nothing of tables there. */
static bool hpa_of(const struct guest_place *place, uint64_t gpa, uint64_t *hpa)
{
	*hpa = place->memory->hpa + (gpa - place->memory->gpa);
	return gpa >= place->memory->gpa && gpa - place->memory->gpa < place->memory->bytes;
}

static uint64_t load64(void *context, uint64_t gpa)
{
	const struct guest_place *place = context;
	uint64_t hpa, word = 0;

	if (hpa_of(place, gpa, &hpa))
		memory_read64(place->world->memory, hpa, &word);
	return word;
}

static bool store64(void *context, uint64_t gpa, uint64_t word)
{
	const struct guest_place *place = context;
	uint64_t hpa;

	return hpa_of(place, gpa, &hpa) && memory_write64(place->world->memory, hpa, word);
}

static uint64_t alloc_table(void *context, unsigned bytes_lg2)
{
	const struct guest_place *place = context;
	uint64_t pages = place->memory->bytes / FRAME_BYTES;

	if (bytes_lg2 != FRAME_LG2)
		return 0;
	for (unsigned i = 0; i < GUEST_MAX_PAGES && i < pages; i++) {
		uint64_t gpa = place->memory->gpa + (uint64_t)i * FRAME_BYTES;
		if (place->table->used >> i & 1)
			continue;
		for (unsigned at = 0; at < FRAME_BYTES; at += 8)
			if (!store64(context, gpa + at, 0))
				return 0;
		place->table->used |= UINT64_C(1) << i;
		return gpa;
	}
	return 0;
}

static void retire_table(void *context, uint64_t gpa, unsigned bytes_lg2)
{
	const struct guest_place *place = context;
	uint64_t page = (gpa - place->memory->gpa) / FRAME_BYTES;

	(void)bytes_lg2;
	if (gpa >= place->memory->gpa && page < GUEST_MAX_PAGES)
		place->table->used &= ~(UINT64_C(1) << page);
}

static struct pt_ops ops_of(struct guest_place *place)
{
	return (struct pt_ops){.context = place,
			       .load64 = load64,
			       .store64 = store64,
			       .alloc_table = alloc_table,
			       .retire_table = retire_table};
}

/* --- the table --- */

/* An empty table if there is none. */
static int begin(struct guest_place *place, struct driver *driver)
{
	struct pt_ops ops = ops_of(place);
	struct guest_format format;

	if (place->table->pt.root)
		return 0;
	if (place->table->contexts)
		return -EINVAL;
	if (!driver->ops->guest_format)
		return -EOPNOTSUPP;
	driver->ops->guest_format(driver, &format);
	if (format.context_bytes && !alloc_table(place, FRAME_LG2))
		return -ENOMEM;
	int error = pt_init(&place->table->pt, &ops, &format.table);
	if (error)
		place->table->used = 0;
	return error;
}

static struct guest_place place_of(struct world *world, uint16_t memory)
{
	return (struct guest_place){
		.world = world, .table = &world->guests[memory], .memory = &world->machine->memories[memory]};
}

int guest_map(struct world *world, uint16_t memory, uint64_t iova, uint64_t gpa, uint64_t bytes, unsigned attributes)
{
	struct guest_place place = place_of(world, memory);
	struct driver *driver = driver_of(world);
	struct pt_ops ops = ops_of(&place);
	int error = driver ? begin(&place, driver) : -ENODEV;

	if (!error)
		error = pt_unmap(&place.table->pt, &ops, iova, bytes, NULL, NULL);
	return error ? error : pt_map(&place.table->pt, &ops, iova, gpa, bytes, attributes);
}

int guest_unmap(struct world *world, uint16_t memory, uint64_t iova, uint64_t bytes)
{
	struct guest_place place = place_of(world, memory);
	struct driver *driver = driver_of(world);
	struct pt_ops ops = ops_of(&place);
	int error = driver ? begin(&place, driver) : -ENODEV;

	return error ? error : pt_unmap(&place.table->pt, &ops, iova, bytes, NULL, NULL);
}

bool guest_maps(struct world *world, uint16_t memory, uint64_t iova, uint64_t bytes)
{
	struct guest_place place = place_of(world, memory);
	struct pt_ops ops = ops_of(&place);
	struct pt_leaf leaf;

	for (uint64_t at = 0; place.table->pt.root && at < bytes; at += FRAME_BYTES)
		if (pt_lookup(&place.table->pt, &ops, iova + at, &leaf))
			return true;
	return false;
}

void guest_forget(struct world *world, uint16_t memory)
{
	memset(&world->guests[memory], 0, sizeof(world->guests[memory]));
}

int guest_link(struct world *world, uint16_t memory, uint64_t iova, uint64_t gpa)
{
	struct guest_place place = place_of(world, memory);
	struct pt *pt = &place.table->pt;
	/* Tables down to the last level; what the page itself leads to does not matter. */
	int error = guest_map(world, memory, iova, place.memory->gpa, FRAME_BYTES, PT_READ | PT_ACCESSED);
	uint64_t at = pt->root;

	if (error || gpa % FRAME_BYTES || gpa >> pt->output_lg2)
		return error ? error : -EINVAL;
	const struct pt_format *format = pt_format_of(pt->format);
	for (unsigned level = pt->levels; level >= 2; level--) {
		unsigned lg2 = pt_level_lg2(pt->granule_lg2, level);
		uint64_t entry = at + (iova >> lg2 & ((UINT64_C(1) << pt_index_bits(pt->granule_lg2)) - 1)) * 8;
		if (level == 2)
			return store64(&place, entry, format->make_table(pt, 2, gpa)) ? 0 : -ENOMEM;
		at = format->table_pa(pt, level, load64(&place, entry));
	}
	return 0;
}

/* Guests give each of their tables a name of its own, or their TLB entries would be mixed up. */
static uint16_t asid_of(uint16_t root)
{
	return (uint16_t)(root + 1u);
}

int guest_describe(struct world *world, uint16_t memory, struct domain_guest *out)
{
	struct guest_place place = place_of(world, memory);
	struct driver *driver = driver_of(world);
	uint64_t words[GUEST_CONTEXT_WORDS];
	struct guest_format format;
	int error = driver ? begin(&place, driver) : -ENODEV;

	if (error)
		return error;
	driver->ops->guest_format(driver, &format);
	driver->ops->guest_describe(driver, place.memory->gpa, asid_of(memory), place.table->pt.root, words, out);
	for (unsigned i = 0; format.context_bytes && i < GUEST_CONTEXT_WORDS; i++)
		store64(&place, place.memory->gpa + 8 * i, words[i]);
	return 0;
}

/* --- contexts, one a PASID --- */

/* What there is, or an empty first page. */
static int begin_contexts(struct guest_place *place, struct driver *driver, struct guest_contexts *layout,
			  struct domain_guest *said)
{
	uint64_t pages = place->memory->bytes / FRAME_BYTES;

	if (!driver->ops->guest_contexts)
		return -EOPNOTSUPP;
	if (place->table->pt.root || !pages)
		return -EINVAL;
	driver->ops->guest_contexts(driver, place->memory->gpa, pages, layout, said);
	if (!place->table->contexts && !alloc_table(place, FRAME_LG2))
		return -ENOMEM;
	place->table->contexts = layout->count;
	return 0;
}

int guest_contexts_describe(struct world *world, uint16_t memory, struct domain_guest *out)
{
	struct guest_place place = place_of(world, memory);
	struct driver *driver = driver_of(world);
	struct guest_contexts layout;

	return driver ? begin_contexts(&place, driver, &layout, out) : -ENODEV;
}

/* Where the context lies; its page is made if need be. 0: there is no room. */
static uint64_t context_at(struct guest_place *place, const struct guest_contexts *layout, uint32_t index)
{
	uint64_t page = place->memory->gpa, first = page + index / layout->leaf * 8;
	uint64_t bytes = FRAME_BYTES / layout->leaf;

	if (layout->count > layout->leaf) {
		page = load64(place, first) & ~(uint64_t)(FRAME_BYTES - 1);
		if (!page)
			page = alloc_table(place, FRAME_LG2);
		if (!page)
			return 0;
		store64(place, first, page | layout->link);
	}
	return page + index % layout->leaf * bytes;
}

int guest_context(struct world *world, uint16_t memory, uint32_t pasid, uint16_t root)
{
	struct guest_place place = place_of(world, memory), to = place_of(world, root == MACHINE_NONE ? memory : root);
	struct driver *driver = driver_of(world);
	uint64_t words[GUEST_CONTEXT_WORDS] = {0};
	struct guest_contexts layout;
	struct domain_guest unused;
	int error = driver ? begin_contexts(&place, driver, &layout, &unused) : -ENODEV;

	if (!error && pasid != PASID_NONE && pasid >= layout.count)
		error = -EINVAL;
	if (!error && root != MACHINE_NONE)
		error = begin(&to, driver);
	if (error)
		return error;
	uint64_t at = context_at(&place, &layout, pasid == PASID_NONE ? 0 : pasid);
	if (!at)
		return -ENOMEM;
	if (root != MACHINE_NONE)
		driver->ops->guest_describe(driver, at, asid_of(root), to.table->pt.root, words, &unused);
	for (unsigned i = GUEST_CONTEXT_WORDS; i > 0; i--)
		store64(&place, at + 8 * (i - 1), words[i - 1]);
	return 0;
}

/* --- what its invalidations reach --- */

/* What the half of the unit that the effect is of knows the device's translations by. False: it translates nothing. */
static bool tag_of(const struct world *world, uint16_t device, enum world_half half, uint32_t *tag)
{
	struct iommu *unit = world_trusted_unit(world, world->machine->devices[device].iommu);
	struct iommu_view seen;
	struct check_view view;

	if (half == WORLD_HALF_TRUSTED) {
		unit->ops->view(unit, model_requester(world->model, device), PASID_NONE, &seen);
		*tag = seen.tag;
		return seen.kind == VIEW_TABLE;
	}
	world_view(world, device, PASID_NONE, &view);
	*tag = view.tag;
	return view.root;
}

static bool reaches(const struct world *world, const struct effect *effect, uint16_t device, enum world_half half)
{
	const struct machine_device *row = &world->machine->devices[device];
	const struct invalidation_scope *scope = &effect->scope;
	uint32_t tag;

	if (row->kind == DEVICE_MDEV || row->iommu != effect->iommu)
		return false;
	if (scope->what == INVALIDATED_DEVTLB || scope->what == INVALIDATED_PASID)
		return scope->all_streams || !((row->stream ^ scope->stream) & ~scope->stream_mask);
	if (scope->what != INVALIDATED_IOTLB)
		return false;
	return scope->all_tags || (tag_of(world, device, half, &tag) && ((tag ^ scope->tag) & ~scope->tag_mask) == 0);
}

void world_forgotten(struct world *world, const struct effect *effect, enum world_half half)
{
	struct check_event event = {.kind = CHECK_FORGOTTEN, .memory = MACHINE_NONE};

	if (!world->running || world->running->step->operation != OP_INVALIDATE || effect->kind != EFFECT_COMPLETE)
		return;
	for (uint16_t i = 0; i < world->machine->device_count; i++) {
		event.device = i;
		if (reaches(world, effect, i, half))
			step_judge(world->running, &event);
	}
}

void world_walk_wrote(struct world *world, const struct effect *effect)
{
	struct check_event event = {.kind = CHECK_WALK_WROTE, .memory = MACHINE_NONE};

	if (!world->running || effect->kind != EFFECT_GUEST_FLAGS)
		return;
	event.pasid = effect->scope.pasid;
	event.pa = effect->address;
	for (uint16_t i = 0; i < world->machine->device_count; i++) {
		const struct machine_device *row = &world->machine->devices[i];
		event.device = i;
		if (row->kind != DEVICE_MDEV && row->iommu == effect->iommu && row->stream == effect->scope.stream) {
			step_judge(world->running, &event);
			return;
		}
	}
}
