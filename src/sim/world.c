/* SPDX-License-Identifier: MIT */
#include "sim/world.h"
#include "sim/monitor.h"

#include "base/assert.h"
#include "sim/confidential.h"
#include "sim/cpu.h"
#include "sim/inner.h"

#include <errno.h>
#include <string.h>

void world_tell_resets(struct world *world)
{
	for (unsigned i = 0; i < world->resets->len; i++)
		model_reset(world->model, g_array_index(world->resets, uint16_t, i));
	g_array_set_size(world->resets, 0);
}

static void seen(void *context, const struct effect *effect)
{
	world_seen(context, effect, WORLD_HALF_PLAIN);
}

static bool has_page_requests(const struct machine_device *device)
{
	return device->pri;
}

static bool is_platform(const struct machine_device *device)
{
	return device->kind == DEVICE_PLATFORM;
}

static bool has_pasid(const struct machine_device *device)
{
	return device->pasid_bits > 0;
}

static bool any_device(const struct machine *machine, uint16_t iommu, bool (*has)(const struct machine_device *device))
{
	for (unsigned i = 0; i < machine->device_count; i++)
		if (machine->devices[i].iommu == iommu && has(&machine->devices[i]))
			return true;
	return false;
}

/* VT-d has PASIDs in scalable mode alone: that is used where a device has them, unless the scenario says otherwise. */
bool world_unit_is_scalable(const struct machine *machine, uint16_t iommu)
{
	const struct machine_iommu *declared = &machine->iommus[iommu];

	return declared->scalable ||
	       (!declared->scalable_given && declared->pasid && any_device(machine, iommu, has_pasid));
}

bool world_unit_has_page_requests(const struct machine *machine, uint16_t iommu)
{
	const struct machine_iommu *declared = &machine->iommus[iommu];

	return declared->ats && declared->pri && any_device(machine, iommu, has_page_requests);
}

static char *build_unit(struct world *world, uint16_t index)
{
	const struct machine_iommu *declared = &world->machine->iommus[index];
	const struct iommu_ops *ops = iommu_ops_of(declared->kind);
	const struct driver_ops *driver_ops = driver_ops_of(declared->kind);
	struct iommu_config config = {.index = index,
				      .registers_pa = declared->registers_pa,
				      .address_width = declared->address_width ? declared->address_width : 48,
				      .page_lg2_mask = declared->page_lg2_mask_4k_2m_1g,
				      .quirks = declared->quirks,
				      .scalable = world_unit_is_scalable(world->machine, index),
				      .ats = declared->ats,
				      .pri = world_unit_has_page_requests(world->machine, index),
				      .stall = any_device(world->machine, index, is_platform),
				      .root = monitor_root(world, index),
				      .interrupt_remapping = declared->interrupt_remapping,
				      .httu = declared->httu,
				      .no_pasids = !declared->pasid,
				      .no_snoop_control = !declared->enforce_snoop};
	struct driver_config driver = {.index = index,
				       .arena = world->arena,
				       .memory = world->memory,
				       .frames = world->frames,
				       .hook = &world->hook,
				       .port = world_driver_port(world, index, false),
				       .interrupt_remapping = declared->interrupt_remapping,
				       .page_requests = config.pri,
				       .coherent_masters = declared->enforce_snoop,
				       .max_domains = 4096,
				       .max_streams = 65536};
	int error;

	if (declared->kind == IOMMU_NONE)
		return NULL;
	if (!ops || !driver_ops)
		return g_strdup_printf("iommu '%s': no engine of kind '%s'", declared->name,
				       machine_name_of_kind(declared->kind));
	world->units[index] = ops->create(world->arena, world->memory, &config);
	world->units[index]->hook = &world->hook;
	world->drivers[index] = driver_ops->create(&driver);
	error = driver_ops->init(world->drivers[index]);
	if (error)
		return g_strdup_printf("iommu '%s': the driver's set-up failed: %s", declared->name,
				       errno_name(-error));
	return NULL;
}

static void build_memory(struct world *world)
{
	const struct machine *machine = world->machine;

	world->memory = memory_new(world->arena, WORLD_MAX_FRAMES);
	IOSIM_ASSERT(memory_add_ram(world->memory, 0, LAYOUT_MMIO32_FIRST - 1));
	IOSIM_ASSERT(memory_add_ram(world->memory, LAYOUT_MEMORY_FIRST, LAYOUT_MEMORY_LAST));
	world->frames = frame_allocator_new(world->memory, machine->tables_first, machine->tables_last);
	for (unsigned i = 0; i < machine->memory_count; i++)
		memory_write(world->memory, machine->memories[i].hpa, machine->memories[i].name,
			     strlen(machine->memories[i].name) + 1);
}

static void build_state(struct world *world)
{
	const struct machine *machine = world->machine;

	world->slots = arena_block(world->arena, "slots", sizeof(struct slot) * (world->program->slot_count + 1),
				   ARENA_HASHED);
	world->spaces =
		arena_block(world->arena, "known spaces", sizeof(struct known_space) * WORLD_MAX_SPACES, ARENA_HASHED);
	world->areas =
		arena_block(world->arena, "known areas", sizeof(struct known_area) * WORLD_MAX_AREAS, ARENA_HASHED);
	world->asked =
		arena_block(world->arena, "page requests sent", sizeof(struct asked) * WORLD_MAX_ASKED, ARENA_HASHED);
	world->held = arena_block(world->arena, "pages of mdevs", sizeof(struct held) * WORLD_MAX_HELD, ARENA_HASHED);
	world->copies = arena_block(world->arena, "copies", sizeof *world->copies, ARENA_HASHED);
	world->bounced =
		arena_block(world->arena, "bounce slots", sizeof(struct bounce_slot) * WORLD_MAX_BOUNCED, ARENA_HASHED);
	world->address_spaces = arena_block(world->arena, "address spaces",
					    sizeof(model_space) * (machine->owner_count + 1), ARENA_HASHED);
	world->saved_features =
		arena_block(world->arena, "saved endpoint state", machine->device_count + 1u, ARENA_HASHED);
	world->standing = arena_block(world->arena, "what stands in slots",
				      sizeof(uint16_t) * (machine->device_count + 1), ARENA_HASHED);
	for (uint16_t i = 0; i < machine->device_count; i++)
		world->standing[i] = i;
	world->regimes =
		arena_block(world->arena, "regimes", sizeof(struct regime) * (machine->device_count + 1), ARENA_HASHED);
	world->last_owner =
		arena_block(world->arena, "last owners", sizeof(uint16_t) * (machine->device_count + 1), ARENA_HASHED);
	world->portals =
		arena_block(world->arena, "portals", sizeof(uint64_t) * (machine->device_count + 1), ARENA_HASHED);
	world->refused_access = arena_block(world->arena, "refused access",
					    sizeof(uint64_t) * (machine->device_count + 1), ARENA_HASHED);
	scratch_build(world);
	world_build_guests(world);
	cpu_build(world);
	world_build_inner(world);
	world->before = g_new0(struct check_view, machine->device_count + 1);
	world->effects = g_ptr_array_new_with_free_func(g_free);
	world->reported = g_array_new(false, false, sizeof(struct reported));
	world->resets = g_array_new(FALSE, FALSE, sizeof(uint16_t));
}

static struct uapi *build_uapi(struct world *world)
{
	struct uapi_config config = {
		.arena = world->arena,
		.machine = world->machine,
		.rules = world->rules,
		.drivers = world->drivers,
	};

	world_fill_platform(world, &config.platform);
	return uapi_new(&config);
}

static char *build(struct world *world)
{
	const struct machine *machine = world->machine;
	int error;

	world->arena = arena_new();
	world->ledger = ledger_new(world->arena);
	world->handed = handed_new(world->arena, machine);
	world->hook = (struct effect_hook){.seen = seen, .context = world};
	build_memory(world);
	build_state(world);
	world->units = g_new0(struct iommu *, machine->iommu_count + 1);
	world->drivers = g_new0(struct driver *, machine->iommu_count + 1);
	world->ports = g_new0(struct world_port, 2 * machine->iommu_count + 2);
	if (!monitor_build(world))
		return g_strdup("no memory is left for the granule protection table");
	for (uint16_t i = 0; i < machine->iommu_count; i++) {
		char *message = build_unit(world, i);

		if (message)
			return message;
	}
	world->fabric = fabric_new(world->arena, machine, world->memory, world->units);
	world_build_devices(world);
	if (!confidential_build(world))
		return g_strdup("the TSM's IOMMU driver cannot be set up");
	world->model = model_new(world->arena, machine);
	world->uapi = build_uapi(world);
	world_open_eyes(world);
	world->check = check_new(world->arena, machine, world->model, &world->eyes);
	error = uapi_boot(world->uapi);
	if (!error)
		error = confidential_boot(world);
	if (error)
		return g_strdup_printf("the machine does not boot under these rules: %s", errno_name(-error));
	world_run_queues(world);
	world_remember_views(world);
	g_ptr_array_set_size(world->effects, 0); /* -v tells the steps, not the boot */
	return NULL;
}

struct world *world_new(const struct scenario_case *program, enum hardware_mode mode, enum iommu_kind kind,
			const struct rules *rules, bool verbose, char **message)
{
	struct world *world = g_new0(struct world, 1);

	machine_set_kind(program->machine, kind);
	world->program = program;
	world->machine = program->machine;
	world->kind = kind;
	world->manual = mode != HARDWARE_AUTO;
	world->rules = *rules;
	world->verbose = verbose;
	*message = build(world);
	if (!*message)
		return world;
	world_free(world);
	return NULL;
}

void world_free(struct world *world)
{
	if (!world)
		return;
	if (world->check)
		check_free(world->check);
	if (world->uapi)
		uapi_free(world->uapi);
	confidential_free(world);
	if (world->model)
		model_free(world->model);
	devices_free(world->devices);
	interrupts_free(world->interrupts);
	if (world->fabric)
		fabric_free(world->fabric);
	for (unsigned i = 0; world->drivers && i < world->machine->iommu_count; i++) {
		if (world->drivers[i])
			world->drivers[i]->ops->destroy(world->drivers[i]);
		if (world->units[i])
			world->units[i]->ops->destroy(world->units[i]);
	}
	monitor_free(world);
	ledger_free(world->ledger);
	handed_free(world->handed);
	frame_allocator_free(world->frames);
	memory_free(world->memory);
	arena_free(world->arena);
	g_ptr_array_unref(world->effects);
	g_array_unref(world->reported);
	g_array_unref(world->resets);
	g_free(world->units);
	g_free(world->drivers);
	g_free(world->ports);
	g_free(world->before);
	g_free(world->clock);
	g_free(world);
}

void world_remember_views(struct world *world)
{
	for (uint16_t i = 0; i < world->machine->device_count; i++) {
		world->eyes.view(world, i, &world->before[i]);
		world_remember_regime(world, i, &world->before[i]);
	}
}

model_space world_space_known(const struct world *world, space_handle space)
{
	for (unsigned i = 0; i < WORLD_MAX_SPACES && world->spaces[i].space; i++)
		if (world->spaces[i].space == space)
			return world->spaces[i].meant;
	return 0;
}

model_space world_space_learn(struct world *world, space_handle space, uint16_t owner)
{
	for (unsigned i = 0; i < WORLD_MAX_SPACES; i++) {
		if (world->spaces[i].space && world->spaces[i].space != space)
			continue;
		world->spaces[i].space = space;
		world->spaces[i].owner = owner;
		world->spaces[i].meant = model_space_new(world->model, owner);
		return world->spaces[i].meant;
	}
	world->overflowed = true;
	return 0;
}

void world_area_add(struct world *world, model_space meant, uint64_t iova, uint64_t bytes, struct model_target target,
		    unsigned permissions)
{
	for (unsigned i = 0; i < WORLD_MAX_AREAS; i++) {
		struct known_area *area = &world->areas[i];

		if (area->meant)
			continue;
		area->meant = meant;
		area->iova = iova;
		area->bytes = bytes;
		area->target = target;
		area->permissions = (uint16_t)permissions;
		return;
	}
	world->overflowed = true;
}

const struct known_area *world_area_at(const struct world *world, model_space meant, uint64_t iova)
{
	for (unsigned i = 0; i < WORLD_MAX_AREAS; i++) {
		const struct known_area *area = &world->areas[i];

		if (area->meant == meant && meant && iova >= area->iova && iova - area->iova < area->bytes)
			return area;
	}
	return NULL;
}

void world_areas_remove(struct world *world, model_space meant, uint64_t iova, uint64_t bytes)
{
	for (unsigned i = 0; i < WORLD_MAX_AREAS; i++) {
		struct known_area *area = &world->areas[i];

		if (area->meant == meant && area->iova >= iova && area->iova - iova < bytes)
			memset(area, 0, sizeof(*area));
	}
}

void world_asked(struct world *world, const struct request *request, bool stalled, uint16_t number)
{
	struct asked asked = {.device = machine_function(world->machine, request->device),
			      .originator = request->originator,
			      .number = number,
			      .used = true,
			      .stalled = stalled,
			      .pasid = request->pasid};
	struct asked *room = NULL;

	/* A number that is used again was answered, if only by hardware, or forgotten. */
	for (unsigned i = 0; i < WORLD_MAX_ASKED; i++) {
		struct asked *row = &world->asked[i];

		if (row->used && row->device == asked.device && row->pasid == asked.pasid && row->stalled == stalled &&
		    row->number == number) {
			*row = asked;
			return;
		}
		if (!row->used && !room)
			room = row;
	}
	if (room)
		*room = asked;
	else
		world->overflowed = true;
}

model_space world_address_space(struct world *world, uint16_t owner)
{
	const struct machine *machine = world->machine;
	model_space *space = &world->address_spaces[owner];

	if (*space)
		return *space;
	*space = model_space_new(world->model, owner);
	if (!*space) {
		world->overflowed = true;
		return 0;
	}
	for (uint16_t i = 0; i < machine->memory_count; i++)
		if (model_memory_owner(world->model, i) == owner)
			model_map(world->model, *space, machine->memories[i].va, machine->memories[i].bytes,
				  (struct model_target){.kind = MODEL_MEMORY, .index = i}, MODEL_READ | MODEL_WRITE);
	return *space;
}
