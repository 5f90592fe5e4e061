/* SPDX-License-Identifier: MIT */
#include "sim/confidential.h"

#include "sim/monitor.h"

#include <errno.h>

/* Regimes of the trusted half: its own, and each acceptance's. */
#define TRUSTED_REGIME (UINT32_C(1) << 31)

/* --- what the TSM asks of the machine --- */

/* One default stream a device, keyed over a session of its own. */
static uint32_t tsm_connect(void *context, uint16_t device)
{
	struct world *world = context;
	struct confidential *c = world->confidential;
	uint16_t package = world->machine->devices[device].package;
	ide_stream stream = ide_default(c->ide, device);
	uint32_t session = ide_session(c->ide, stream);

	if (session && ide_is_secure(c->ide, stream))
		return session;
	session = ++*c->sessions;
	if (!ide_needed(c->ide, device))
		return session;
	if (stream == IDE_NO_STREAM)
		stream = ide_add(c->ide, &(struct ide_stream_config){.device = package,
								     .stream_id = (uint8_t)(package & 0xff),
								     .default_stream = true,
								     .rid_limit = UINT16_MAX});
	for (unsigned i = 0; i < IDE_SUB_STREAMS * IDE_DIRECTIONS; i++)
		if (!ide_key(c->ide, stream, session, (enum ide_sub_stream)(i / IDE_DIRECTIONS),
			     (enum ide_direction)(i % IDE_DIRECTIONS)))
			return 0;
	return ide_enable(c->ide, stream) ? session : 0;
}

static uint8_t tsm_stream_id(void *context, uint16_t device)
{
	const struct confidential *c = ((struct world *)context)->confidential;

	return ide_stream_id(c->ide, ide_default(c->ide, device));
}

static size_t tsm_message(void *context, uint16_t device, uint32_t session, const uint8_t *request, size_t bytes,
			  uint8_t response[TDISP_MESSAGE_MAX])
{
	struct world *world = context;

	if (!fabric_present(world->fabric, device) || session <= world->confidential->ended[device])
		return 0;
	return tdisp_respond(world->confidential->tdis, device, session, request, bytes, response);
}

/* Identity and configuration of the function: which device it is, what is enabled, where its registers are. */
static uint64_t measure(void *context, uint16_t device)
{
	const struct world *world = context;
	const struct machine_device *row = &world->machine->devices[device];
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ world->standing[device];

	for (uint32_t i = 0; i < row->bar_count; i++)
		hash = (hash ^ world->machine->bars[row->first_bar + i].bus) * UINT64_C(0x100000001b3);
	for (unsigned feature = 1; feature <= FEATURE_PRI; feature <<= 1)
		hash = (hash ^ device_is_enabled(world->devices, device, (enum endpoint_feature)feature)) *
		       UINT64_C(0x100000001b3);
	return hash;
}

static bool tsm_page_set(void *context, uint64_t pa, uint64_t bytes, const struct page_row *row)
{
	struct world *world = context;

	if (!page_states_set(world->confidential->pages, pa, bytes, row))
		return false;
	monitor_give(world, pa, bytes, row->state != PAGE_UNTRUSTED);
	return true;
}

static void keep_from_all(void *context, uint64_t pa, uint64_t bytes)
{
	const struct page_row row = {.state = PAGE_TSM};

	page_states_set(((struct world *)context)->confidential->pages, pa, bytes, &row);
}

static void tsm_bus_master(void *context, uint16_t device, bool on)
{
	fabric_set_bus_master(((struct world *)context)->fabric, device, on);
}

static void tsm_memory_space(void *context, uint16_t device, bool on)
{
	fabric_set_memory_space(((struct world *)context)->fabric, device, on);
}

static uint16_t gate(void *context, uint16_t device)
{
	return tee_gate(((struct world *)context)->confidential->tee, device);
}

static bool tsm_ats(void *context, uint16_t device)
{
	return device_is_enabled(((struct world *)context)->devices, device, FEATURE_ATS);
}

/* --- the machine --- */

/*
 * PCIe 11.3.9, 11.3.16: before LOCK or STOP is answered the interface's DMA is complete or aborted. What has been
 * translated has left it: it completes, pushed ahead by the answer, which cannot pass it on the link (2.4.1).
 */
static void abort_work(void *context, uint16_t device)
{
	struct world *world = context;

	world_complete(world, device);
	device_abort(world->devices, device);
	handed_stop(((struct world *)context)->handed, device);
}

static unsigned features_of(void *context, uint16_t device)
{
	const struct world *world = context;
	unsigned features = 0;

	for (unsigned feature = 1; feature <= FEATURE_PRI; feature <<= 1)
		if (device_is_enabled(world->devices, device, (enum endpoint_feature)feature))
			features |= feature;
	return features;
}

struct iommu *world_trusted_unit(const struct world *world, uint16_t iommu)
{
	return world->confidential ? world->confidential->units[iommu] : NULL;
}

static void trusted_seen(void *context, const struct effect *effect)
{
	world_seen(context, effect, WORLD_HALF_TRUSTED);
}

/*
 * IHI 0070 3.10: the Realm programming interface is as good as a unit of its own; VT-d's trusted half is one by our
 * abstraction.
 */
static bool build_trusted(struct world *world, uint16_t index)
{
	const struct machine_iommu *declared = &world->machine->iommus[index];
	struct iommu_config config = {
		.index = index,
		.registers_pa = declared->registers_pa,
		.address_width = declared->address_width ? declared->address_width : 48,
		.page_lg2_mask = declared->page_lg2_mask_4k_2m_1g,
		.root = monitor_root(world, index),
		.realm = declared->kind == IOMMU_SMMUV3,
		.trusted = true,
		/* IHI 0070 6.3.122: R_IDR0 has what IDR0 has. VT-d's page requests need scalable mode. */
		.ats = declared->ats,
		.httu = declared->httu,
		.scalable = world_unit_is_scalable(world->machine, index),
		.pri = declared->kind == IOMMU_SMMUV3 && world_unit_has_page_requests(world->machine, index),
		.no_pasids = !declared->pasid,
		.no_snoop_control = !declared->enforce_snoop};
	struct confidential *c = world->confidential;

	if (declared->kind == IOMMU_NONE)
		return true;
	c->units[index] = iommu_ops_of(declared->kind)->create(world->arena, world->memory, &config);
	c->hook = (struct effect_hook){.seen = trusted_seen, .context = world};
	c->units[index]->hook = &c->hook;
	struct driver_config driver = {.index = index,
				       .arena = world->arena,
				       .memory = world->memory,
				       .frames = config.realm ? monitor_frames(world) : world->frames,
				       .hook = &c->hook,
				       .page_requests = config.pri,
				       .realm = config.realm,
				       .checks_xt = world->rules.value[KNOB_T1_SHARED] != T1_SHARED_ALLOW,
				       .stage = DRIVER_STAGE_SECOND,
				       .port = world_driver_port(world, index, true),
				       .max_domains = 256,
				       .max_streams = 65536};
	c->drivers[index] = driver_ops_of(declared->kind)->create(&driver);
	return c->drivers[index]->ops->init(c->drivers[index]) == 0 &&
	       c->drivers[index]->ops->enable(c->drivers[index]) == 0;
}

bool confidential_is_wanted(const struct world *world)
{
	if (world->rules.value[KNOB_GUEST] == GUEST_NONE)
		return false;
	for (uint32_t i = 0; i < world->machine->owner_count; i++)
		if (world->machine->owners[i].confidential)
			return true;
	return false;
}

uint32_t confidential_serve(struct world *world)
{
	return world->confidential && world->confidential->tee ? tee_page_requests(world->confidential->tee) : 0;
}

/* Where T walks the host's tables, pages are checked by the addresses at which their guests have them. */
static uint64_t reverse_mapped(const struct world *world)
{
	uint64_t guests = 0;

	if (world->rules.value[KNOB_IOMMU_LAYOUT] != IOMMU_LAYOUT_SINGLE_RMP)
		return 0;
	for (uint32_t i = 0; i < world->machine->owner_count && i < 64; i++) {
		const struct machine_owner *owner = &world->machine->owners[i];
		guests |= owner->confidential && !owner->viommu ? UINT64_C(1) << i : 0;
	}
	return guests;
}

static void build_interfaces(struct world *world)
{
	static const enum fabric_t_shared shared[] = {[T1_SHARED_ALLOW] = T_SHARED_ALLOWED,
						      [T1_SHARED_FORBID] = T_SHARED_FORBIDDEN,
						      [T1_SHARED_XT] = T_SHARED_BY_XT};
	struct confidential *c = world->confidential;
	unsigned guard = world->rules.value[KNOB_MMIO_GUARD];

	c->ide = ide_new(world->arena, world->machine);
	c->pages = page_states_new(world->arena);
	monitor_own(world, keep_from_all, world);
	c->tdis = tdis_new(&(struct tdis_config){
		.arena = world->arena,
		.machine = world->machine,
		.ide = c->ide,
		.device = {.context = world, .features = features_of, .measure = measure, .abort = abort_work},
		.strict = guard == MMIO_GUARD_DEVICE,
		.open = guard == MMIO_GUARD_NONE});
	fabric_set_security(world->fabric,
			    &(struct fabric_security){
				    .ide = c->ide,
				    .tdis = c->tdis,
				    .pages = world->rules.value[KNOB_T0_TABLE] == T0_TABLE_UNCHECKED ? NULL : c->pages,
				    .trusted = c->units,
				    .checks_itself = world->monitor ? UINT64_MAX : 0,
				    .reverse_mapped = reverse_mapped(world),
				    .t_reaches_shared = shared[world->rules.value[KNOB_T1_SHARED]],
				    .guest = gate,
				    .context = world});
}

bool confidential_build(struct world *world)
{
	const struct machine *machine = world->machine;
	struct confidential *c;

	if (!confidential_is_wanted(world))
		return true;
	c = world->confidential = g_new0(struct confidential, 1);
	c->units = g_new0(struct iommu *, machine->iommu_count + 1);
	c->drivers = g_new0(struct driver *, machine->iommu_count + 1);
	c->memory = arena_block(world->arena, "guests' meanings", (machine->owner_count + 1) * sizeof *c->memory,
				ARENA_HASHED);
	c->attached_regime = arena_block(world->arena, "regimes of attachments",
					 (machine->device_count + 1) * sizeof *c->attached_regime, ARENA_HASHED);
	c->crossings = arena_block(world->arena, "crossings", (machine->device_count + 1) * sizeof *c->crossings,
				   ARENA_HASHED);
	c->ended = arena_block(world->arena, "ended sessions", (machine->device_count + 1) * sizeof *c->ended,
			       ARENA_HASHED);
	c->sessions = arena_block(world->arena, "SPDM sessions", sizeof *c->sessions, ARENA_HASHED);
	for (uint16_t i = 0; world->rules.value[KNOB_IOMMU_LAYOUT] == IOMMU_LAYOUT_SPLIT && i < machine->iommu_count;
	     i++)
		if (!build_trusted(world, i))
			return false;
	devices_set_trusted(world->devices, c->units);
	build_interfaces(world);
	return true;
}

void confidential_free(struct world *world)
{
	struct confidential *c = world->confidential;

	if (!c)
		return;
	tee_free(c->tee);
	devices_set_trusted(world->devices, NULL);
	for (uint32_t i = 0; i < world->machine->iommu_count; i++) {
		if (c->drivers[i])
			c->drivers[i]->ops->destroy(c->drivers[i]);
		if (c->units[i])
			c->units[i]->ops->destroy(c->units[i]);
	}
	tdis_free(c->tdis);
	ide_free(c->ide);
	page_states_free(c->pages);
	g_free(c->units);
	g_free(c->drivers);
	g_free(c);
	world->confidential = NULL;
}

/* --- boot: what the model has to know of it --- */

/* Of an object: where guests and devices know it, without the shared bit and with it. */
static unsigned known_at(const struct world *world, uint16_t memory)
{
	unsigned alias = world->rules.value[KNOB_SHARED_ALIAS], layout = world->rules.value[KNOB_IOMMU_LAYOUT];
	unsigned plain = 1, with_bit = 2;

	if (model_is_private(world->model, memory) || alias == SHARED_ALIAS_NONE)
		return plain;
	if (alias == SHARED_ALIAS_ALWAYS || layout == IOMMU_LAYOUT_SINGLE_CHECKED)
		return with_bit;
	return layout == IOMMU_LAYOUT_SPLIT ? plain | with_bit : plain;
}

void confidential_place(struct world *world, uint16_t memory, bool there)
{
	const struct machine_memory *row = &world->machine->memories[memory];
	model_space space = world->confidential->memory[row->owner];
	struct model_target target = {.kind = MODEL_MEMORY, .index = memory};

	for (unsigned i = 0; i < 2; i++) {
		uint64_t gpa = row->gpa | (i ? TEE_SHARED_BIT : 0);
		if (!(known_at(world, memory) >> i & 1))
			continue;
		if (there)
			model_map(world->model, space, gpa, row->bytes, target, MODEL_READ | MODEL_WRITE);
		else
			model_unmap(world->model, space, gpa, row->bytes);
	}
}

/* The guest's memory where it has it, shared and private. */
static void learn_memory(struct world *world, uint16_t guest)
{
	model_space space = model_space_new(world->model, guest);

	world->confidential->memory[guest] = space;
	for (uint16_t i = 0; i < world->machine->memory_count; i++) {
		if (world->machine->memories[i].owner == guest)
			confidential_place(world, i, true);
	}
}

int confidential_boot(struct world *world)
{
	struct confidential *c = world->confidential;

	if (!c)
		return 0;
	struct tee_config config = {.arena = world->arena,
				    .machine = world->machine,
				    .rules = world->rules,
				    .uapi = world->uapi,
				    .drivers = world->drivers,
				    .trusted = c->drivers,
				    .platform = {.context = world,
						 .connect = tsm_connect,
						 .stream_id = tsm_stream_id,
						 .tdisp = tsm_message,
						 .measure = measure,
						 .page_set = tsm_page_set,
						 .bounce = world_pool_bounce,
						 .bounce_sync = world_bounce_sync,
						 .bounce_end = world_pool_end,
						 .bus_master = tsm_bus_master,
						 .memory_space = tsm_memory_space,
						 .ats = tsm_ats}};
	c->tee = tee_new(&config);
	int error = tee_boot(c->tee);
	if (error)
		return error;
	world_tell_resets(world);
	for (uint16_t i = 0; i < world->machine->owner_count; i++)
		if (world->machine->owners[i].confidential)
			learn_memory(world, i);
	for (uint16_t i = 0; i < world->machine->device_count; i++) {
		uint16_t guest = tee_guest_of(c->tee, i);
		if (guest == MACHINE_NONE)
			continue;
		model_take(world->model, guest, i);
		model_attach(world->model, i, c->memory[guest]);
		if (tee_accepted(c->tee, i))
			model_accept(world->model, guest, i);
	}
	return 0;
}

/* --- requests --- */

/* IHI 0070 3.9.4.1, 6.3.125: an SMMU without ATS knows nothing of XT, and T alone says whose a request is. */
static bool has_xt(const struct machine *machine, uint16_t device)
{
	uint16_t iommu = machine->devices[device].iommu;

	return iommu == MACHINE_NONE || machine->iommus[iommu].kind != IOMMU_SMMUV3 || machine->iommus[iommu].ats;
}

void confidential_bits(const struct step_run *run, struct request *request)
{
	const struct confidential *c = run->world->confidential;
	uint16_t function = machine_function(run->world->machine, request->device);

	request->xt = run->with->xt && has_xt(run->world->machine, request->device);
	if (run->with->t_given)
		request->t = run->with->t;
	else
		request->t = c && tee_sends_t(c->tee, function) && tdi_state(c->tdis, function) == TDI_RUN;
}

uint32_t confidential_trusted_regime(const struct world *world, uint16_t device)
{
	return TRUSTED_REGIME | world->confidential->crossings[device];
}

/* The trusted half has a regime of its own; what was met before goes on where T goes back. */
bool confidential_regime(const struct world *world, uint16_t device, uint32_t untrusted, uint32_t *regime)
{
	const struct confidential *c = world->confidential;

	if (!c || tee_guest_of(c->tee, device) == MACHINE_NONE)
		return false;
	uint16_t unit = world->machine->devices[device].iommu;
	/* A fence is a wall, and no other function: what passed before is still meant as it was. */
	bool fenced = tee_is_fenced(c->tee, tee_guest_of(c->tee, device)) && tee_accepted(c->tee, device);
	bool open = fenced || tee_gate(c->tee, device) != MACHINE_NONE;
	bool trusted = unit != MACHINE_NONE && c->units[unit] && open;
	*regime = trusted ? confidential_trusted_regime(world, device) : untrusted;
	return true;
}

void confidential_blocked(struct world *world, const struct request *request)
{
	if (world->confidential && request_is_tee(request))
		tee_blocked(world->confidential->tee, machine_function(world->machine, request->device));
}

bool confidential_is_posted(const struct world *world, const struct request *request)
{
	const struct confidential *c = world->confidential;

	return c && request->op == REQUEST_WRITE && request_is_tee(request) && confidential_may_send(world, request) &&
	       tee_accepted(c->tee, machine_function(world->machine, request->device));
}

bool confidential_registers(const struct world *world, uint16_t owner, uint16_t device)
{
	const struct confidential *c = world->confidential;

	return c && tee_guest_of(c->tee, device) != MACHINE_NONE && (owner == MACHINE_HOST || c->memory[owner]);
}

int confidential_load(struct step_run *run, uint16_t memory, const struct slot *of)
{
	const struct confidential *c = run->world->confidential;
	uint16_t by = run->step->by;

	if (!c || by == MACHINE_HOST || !c->memory[by])
		return 0;
	int error = tee_load(c->tee, by, memory);
	if (error == -EIO && !of)
		error = 0;
	if (error || !of || !of->dropped || of->memory != memory)
		return error;
	struct check_event event = {
		.kind = CHECK_USED, .memory = memory, .device = of->device, .request = &of->request};
	step_judge(run, &event);
	return 0;
}

bool confidential_left(const struct world *world, uint16_t memory)
{
	return world->confidential && tee_left(world->confidential->tee, memory);
}

bool confidential_may_send(const struct world *world, const struct request *request)
{
	const struct confidential *c = world->confidential;
	uint16_t function = machine_function(world->machine, request->device);

	return !c || !tdi_exists(c->tdis, function) || tdi_may_send(c->tdis, function, request_is_tee(request), false);
}

bool confidential_interface(const struct world *world, uint16_t device, struct check_interface *out)
{
	const struct confidential *c = world->confidential;
	const struct machine_device *row = &world->machine->devices[device];

	if (!c || !c->tee || tee_guest_of(c->tee, device) == MACHINE_NONE)
		return false;
	*out = (struct check_interface){.running = tdi_state(c->tdis, device) == TDI_RUN,
					.secure = !ide_needed(c->ide, device) ||
						  ide_is_secure(c->ide, ide_default(c->ide, device)),
					.evidence_holds = tee_evidence_holds(c->tee, device),
					.in_order = true};
	for (uint32_t i = 0; i < row->bar_count; i++) {
		bool in_order;
		out->mappers |= tee_mmio_mappers(c->tee, (uint16_t)(row->first_bar + i), &in_order);
		out->in_order &= in_order;
	}
	return true;
}

bool confidential_handle(const struct world *world, const struct request *request, struct check_handle *out)
{
	const struct confidential *c = world->confidential;
	uint16_t function = machine_function(world->machine, request->device);

	if (!c || !c->attached_regime[function])
		return false;
	*out = (struct check_handle){.iova = request->address,
				     .regime = c->attached_regime[function],
				     .device = function,
				     .owner = tee_guest_of(c->tee, function)};
	return true;
}

uint16_t confidential_driver_of(const struct world *world, uint16_t device, uint16_t host)
{
	uint16_t guest = world->confidential ? tee_guest_of(world->confidential->tee, device) : MACHINE_NONE;

	return guest == MACHINE_NONE ? host : guest;
}

int confidential_mmio(const struct world *world, uint16_t by, uint16_t *bar, uint64_t *offset, bool *t)
{
	const struct confidential *c = world->confidential;
	uint64_t gpa = world->machine->bars[*bar].bus + *offset;

	*t = false;
	if (!c || (by != MACHINE_HOST && !c->memory[by]))
		return 0;
	return tee_mmio(c->tee, by, bar, offset, gpa, t);
}

static bool is_guests(const struct world *world, uint16_t device)
{
	return world->confidential && tee_guest_of(world->confidential->tee, device) != MACHINE_NONE;
}

/* What the TSM does not let in any more, its guest has not accepted any more. */
static void follow_acceptance(struct world *world, uint16_t device)
{
	if (!tee_accepted(world->confidential->tee, device))
		model_accept(world->model, MODEL_NEUTRAL, device);
}

int confidential_before_reset(struct world *world, uint16_t device)
{
	if (!is_guests(world, device))
		return 0;
	int error = tee_before_reset(world->confidential->tee, device);
	follow_acceptance(world, device);
	return error;
}

void confidential_was_reset(struct world *world, uint16_t device)
{
	if (world->confidential)
		tdi_disturb(world->confidential->tdis, device, TDI_FLR);
}

void confidential_swapped(struct world *world, uint16_t device)
{
	if (world->confidential)
		world->confidential->ended[device] = *world->confidential->sessions;
}

void confidential_gone(struct world *world, uint16_t device)
{
	if (!is_guests(world, device))
		return;
	tee_gone(world->confidential->tee, device);
	follow_acceptance(world, device);
}
