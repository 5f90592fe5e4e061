/* SPDX-License-Identifier: MIT */
#include "sim/step.h"
#include "sim/confidential.h"

#include "base/assert.h"
#include "sim/inner.h"
#include "sim/timed.h"

#include <errno.h>
#include <string.h>

const struct step_row step_rows[OPERATIONS] = {
	[OP_TAKE] = {0, op_take},
	[OP_RELEASE] = {NEEDS_ACCESS, op_release},
	[OP_DRIVER_BIND] = {0, op_driver_bind},
	[OP_DRIVER_UNBIND] = {0, op_driver_unbind},
	[OP_RESET] = {NEEDS_ACCESS, op_reset},
	[OP_COMMAND] = {NEEDS_ACCESS, op_command},
	[OP_FORK] = {0, op_fork},
	[OP_EXIT] = {0, op_exit},
	[OP_HOTPLUG] = {0, op_hotplug},
	[OP_UNPLUG] = {0, op_unplug},
	[OP_SWAP] = {0, op_swap},
	[OP_SPACE] = {0, op_space},
	[OP_ATTACH] = {NEEDS_ACCESS | NEEDS_SPACE | NEEDS_PASID, op_attach},
	[OP_DETACH] = {NEEDS_ACCESS | NEEDS_PASID, op_detach},
	[OP_REPLACE] = {NEEDS_ACCESS | NEEDS_SPACE | NEEDS_PASID, op_replace},
	[OP_MAP] = {NEEDS_SPACE | NEEDS_AT | NEEDS_TARGET, op_map},
	[OP_UNMAP] = {NEEDS_SPACE | NEEDS_AT, op_unmap},
	[OP_DMA_MAP] = {NEEDS_ACCESS | NEEDS_TARGET, op_dma_map},
	[OP_DMA_UNMAP] = {NEEDS_HANDLE, op_dma_unmap},
	[OP_DMA_SYNC] = {NEEDS_HANDLE, op_dma_sync},
	[OP_PIN] = {NEEDS_AT, op_pin},
	[OP_UNPIN] = {NEEDS_PAGES, op_unpin},
	[OP_DESTROY] = {NEEDS_SPACE, op_destroy},
	[OP_PASID_ENABLE] = {0, op_pasid_enable},
	[OP_SVA_BIND] = {NEEDS_PASID, op_sva_bind},
	[OP_SVA_UNBIND] = {NEEDS_PASID, op_sva_unbind},
	[OP_MUNMAP] = {NEEDS_TARGET, op_munmap},
	[OP_DOMAIN_TYPE] = {0, op_domain_type},
	[OP_VPASID_MAP] = {NEEDS_PASID, op_vpasid_map},
	[OP_VPASID_UNMAP] = {0, op_vpasid_unmap},
	[OP_ENQCMD] = {NEEDS_AT | NEEDS_PORTAL | NEEDS_PASID, op_enqcmd},
	[OP_NEST] = {NEEDS_SPACE, op_nest},
	[OP_GUEST_MAP] = {NEEDS_AT, op_guest_map},
	[OP_GUEST_UNMAP] = {NEEDS_AT, op_guest_unmap},
	[OP_VDEVICE] = {NEEDS_ACCESS, op_vdevice},
	[OP_PASID_TABLE] = {NEEDS_ACCESS | NEEDS_SPACE, op_pasid_table},
	[OP_GUEST_PASID] = {0, op_guest_pasid},
	[OP_INVALIDATE] = {NEEDS_NAMED_SPACE | NEEDS_NAMED | NEEDS_ACCESS | NEEDS_PASID | NEEDS_AT, op_invalidate},
	[OP_DMA] = {NEEDS_AT | NEEDS_ACCESS_IF_BY | NEEDS_PASID, op_dma},
	[OP_ATS] = {NEEDS_AT | NEEDS_ACCESS_IF_BY | NEEDS_PASID, op_ats},
	[OP_RESUME] = {NEEDS_REQUEST, op_resume},
	[OP_PAGE_RESPONSE] = {NEEDS_REQUEST, op_page_response},
	[OP_QUIESCE] = {NEEDS_ACCESS | NEEDS_PASID, op_quiesce},
	[OP_RUN] = {0, op_run},
	[OP_ENABLE_TRANSLATION] = {0, op_enable_translation},
	[OP_KEXEC] = {0, op_kexec},
	[OP_MMAP] = {0, op_mmap},
	[OP_MMIO] = {NEEDS_ACCESS, op_mmio},
	[OP_REUSE] = {NEEDS_TARGET, op_reuse},
	[OP_LOCK] = {0, op_lock},
	[OP_ATTEST] = {0, op_attest},
	[OP_VALIDATE] = {0, op_validate},
	[OP_ACCEPT] = {0, op_accept},
	[OP_UNLOCK] = {0, op_unlock},
	[OP_TDI_BIND] = {0, op_tdi_bind},
	[OP_TDI_UNBIND] = {0, op_tdi_unbind},
	[OP_START] = {0, op_start},
	[OP_STOP] = {0, op_stop},
	[OP_IDE_FAIL] = {0, op_ide_fail},
	[OP_STAGE2_MAP] = {NEEDS_AT, op_stage2_map},
	[OP_STAGE2_UNMAP] = {0, op_stage2_unmap},
	[OP_RELEASE_MEMORY] = {0, op_release_memory},
	[OP_CONVERT] = {0, op_convert},
	[OP_CHECK] = {NEEDS_PASID, op_check},
	[OP_DIRTY_START] = {NEEDS_SPACE, op_dirty_start},
	[OP_DIRTY_READ] = {NEEDS_SPACE | NEEDS_AT, op_dirty_read},
	[OP_LOAD] = {NEEDS_RESULT_OF, op_load},
	[OP_STORE] = {0, op_store},
	[OP_CACHE_FLUSH] = {0, op_cache_flush},
	[OP_KVM_ADD] = {NEEDS_ACCESS, op_kvm_add},
	[OP_IOMMUFD_ALLOW] = {NEEDS_SPACE | NEEDS_AT, op_allow_iovas},
	[OP_IOMMUFD_RANGES] = {NEEDS_SPACE, op_iova_ranges},
	[OP_IOMMUFD_MAP_FILE] = {NEEDS_SPACE | NEEDS_AT | NEEDS_TARGET, op_map_file},
	[OP_IOMMUFD_COPY] = {NEEDS_SPACE | NEEDS_SOURCE | NEEDS_AT, op_copy},
	[OP_IOMMUFD_HWPT_ALLOC] = {NEEDS_NAMED_SPACE | NEEDS_NAMED, op_hwpt_alloc},
	[OP_IOMMUFD_FAULT_QUEUE] = {0, op_fault_queue},
	[OP_IOMMUFD_FAULT_READ] = {NEEDS_QUEUE | NEEDS_RESULT_OF, op_fault_read},
	[OP_IOMMUFD_FAULT_RESPOND] = {NEEDS_QUEUE, op_fault_respond},
	[OP_IOMMUFD_VIOMMU_ALLOC] = {NEEDS_SPACE, op_viommu_alloc},
	[OP_IOMMUFD_VDEVICE_ALLOC] = {NEEDS_OBJECT, op_vdevice_alloc},
	[OP_IOMMUFD_VEVENTQ_ALLOC] = {NEEDS_OBJECT, op_veventq_alloc},
	[OP_IOMMUFD_VEVENTQ_READ] = {NEEDS_QUEUE, op_veventq_read},
	[OP_IOMMUFD_INVALIDATE] = {NEEDS_NAMED_SPACE | NEEDS_NAMED, op_hwpt_invalidate},
	[OP_IOMMUFD_DIRTY_BITMAP] = {NEEDS_SPACE, op_dirty_bitmap},
	[OP_IOMMUFD_HW_QUEUE] = {NEEDS_OBJECT, op_hw_queue},
	[OP_IOMMUFD_IOCTL] = {0, op_ioctl},
	[OP_IOMMUFD_DESTROY] = {NEEDS_OBJECT, op_object_destroy},
	[OP_IOMMUFD_OPTION] = {NEEDS_NAMED_SPACE, op_option},
	[OP_IOMMUFD_HW_INFO] = {0, op_hw_info},
	[OP_IOMMUFD_CHANGE_PROCESS] = {0, op_change_process},
	[OP_IOMMUFD_VFIO_IOAS] = {NEEDS_NAMED_SPACE, op_vfio_ioas},
	[OP_IOMMUFD_VFIO_SET_IOMMU] = {0, op_vfio_set_iommu},
	[OP_IOMMUFD_VFIO_MAP] = {NEEDS_AT | NEEDS_TARGET, op_vfio_map},
	[OP_IOMMUFD_VFIO_UNMAP] = {NEEDS_AT, op_vfio_unmap},
};

struct slot *step_slot(struct step_run *run, uint32_t index)
{
	IOSIM_ASSERT(index < run->world->program->slot_count);
	return &run->world->slots[index];
}

struct slot *step_result(struct step_run *run)
{
	return run->step->as ? step_slot(run, run->step->as - 1) : NULL;
}

void step_ok(struct step_run *run)
{
	run->record->did = DID_OK;
	g_free(run->record->outcome);
	run->record->outcome = g_strdup("ok");
}

bool step_returned(struct step_run *run, int result)
{
	const char *name;

	step_ok(run);
	if (result == 0)
		return true;
	g_free(run->record->outcome);
	if (result == UAPI_CRASH) {
		run->record->did = DID_CRASHED;
		run->record->outcome = g_strdup("crash");
		return false;
	}
	run->record->did = DID_REJECTED;
	run->record->error = -result;
	name = errno_name(-result);
	run->record->outcome = name ? g_strdup_printf("rejected %s", name) : g_strdup_printf("rejected %d", -result);
	return false;
}

void step_disagrees(struct step_run *run, char *what)
{
	run->record->did = DID_DISAGREED;
	g_free(run->record->outcome);
	run->record->outcome = what;
}

/* Hardware, the runner and a device on its own take steps that are nobody's; a guest's drivers are the guest's. */
static uint16_t actor_of(const struct step_run *run)
{
	const struct step *step = run->step;
	const struct machine_owner *owner = step->by == MACHINE_NONE ? NULL : &run->world->machine->owners[step->by];

	switch (step->operation) {
	case OP_DRIVER_BIND:
	case OP_DRIVER_UNBIND:
		return confidential_driver_of(run->world, run->with->device, step->by);
	case OP_RUN:
	case OP_ENABLE_TRANSLATION:
	case OP_CHECK:
	case OP_RESUME:
		return MACHINE_NONE;
	case OP_DMA:
	case OP_ATS:
		return step->by_given ? step->by : MACHINE_NONE;
	case OP_EXIT: /* what a child closes is its parent's */
		return owner->child ? owner->parent : step->by;
	default:
		return step->by;
	}
}

void step_judge(struct step_run *run, const struct check_event *event)
{
	struct check_event full = *event;

	full.step = run->number;
	full.label = run->step->label;
	full.actor = actor_of(run);
	check_event(run->world->check, &full, &run->findings);
}

uint32_t step_pasid(const struct step_run *run)
{
	const struct pasid_operand *pasid = &run->with->pasid;
	const struct machine_device *device;

	if (pasid->base == PASID_RESULT)
		return run->world->slots[pasid->value].pasid;
	if (pasid->base == PASID_NUMBER)
		return pasid->value;
	if (run->with->device == MACHINE_NONE)
		return PASID_NONE;
	device = &run->world->machine->devices[run->with->device];
	return device->kind == DEVICE_MDEV && device->pasid != MACHINE_NO_PASID ? device->pasid : PASID_NONE;
}

struct msi_message step_message(const struct step_run *run, const struct address *address)
{
	struct msi_message message;

	uapi_msi_message(run->world->uapi, (uint16_t)address->index, address->vector, &message);
	return message;
}

uint64_t step_address(struct step_run *run, const struct address *address)
{
	const struct machine *machine = run->world->machine;

	switch (address->base) {
	case ADDRESS_NUMBER:
		return address->number;
	case ADDRESS_RESULT:
		return step_slot(run, address->index)->iova + address->number;
	case ADDRESS_HPA:
		return machine->memories[address->index].hpa + address->number;
	case ADDRESS_GPA:
		return machine->memories[address->index].gpa + address->number;
	case ADDRESS_VA:
		return machine->memories[address->index].va + address->number;
	case ADDRESS_BUS:
		return machine->bars[address->index].bus + address->number;
	case ADDRESS_RESERVED:
		return machine->reserved[address->index].first + address->number;
	case ADDRESS_MSI:
		return step_message(run, address).address + address->number;
	}
	return 0;
}

struct target step_target(struct step_run *run, const struct target *target)
{
	const struct slot *slot;

	if (target->kind != TARGET_RESULT)
		return *target;
	slot = step_slot(run, target->index);
	return (struct target){.kind = TARGET_MEMORY, .index = slot->memory, .offset = slot->offset + target->offset};
}

struct model_target step_model_target(const struct target *target)
{
	static const int kinds[] = {
		[TARGET_NONE] = MODEL_NOTHING,      [TARGET_MEMORY] = MODEL_MEMORY,  [TARGET_BAR] = MODEL_BAR,
		[TARGET_RESERVED] = MODEL_FIRMWARE, [TARGET_RESULT] = MODEL_NOTHING, [TARGET_ADDRESS] = MODEL_NOTHING};
	struct model_target out = {.index = (uint16_t)target->index, .offset = target->offset};

	out.kind = kinds[target->kind];
	return out;
}

uint64_t step_target_bytes(const struct step_run *run, const struct target *target)
{
	const struct machine *machine = run->world->machine;
	uint64_t whole = target->kind == TARGET_MEMORY     ? machine->memories[target->index].bytes
			 : target->kind == TARGET_BAR      ? machine->bars[target->index].bytes
			 : target->kind == TARGET_RESERVED ? machine->reserved[target->index].bytes
							   : 0;

	return whole - target->offset;
}

struct check_handle step_handle(const struct slot *slot)
{
	return (struct check_handle){
		.iova = slot->iova, .regime = slot->regime, .device = slot->device, .owner = slot->owner};
}

void step_new_owner(struct step_run *run, uint16_t device, uint16_t owner, bool kernel_driver)
{
	struct check_event event = {.kind = CHECK_NEW_OWNER,
				    .device = device,
				    .new_owner = owner,
				    .kernel_driver = kernel_driver,
				    .old_owner = run->world->last_owner[device],
				    .memory = MACHINE_NONE};

	step_judge(run, &event);
}

/* --- whether the step takes place --- */

static char *slot_missing(struct step_run *run, uint32_t index, bool *follows)
{
	const struct slot *slot = step_slot(run, index);

	if (slot->made)
		return NULL;
	*follows = slot->refused;
	return g_strdup_printf("skipped: '%s' was never made", run->world->program->slots[index].name);
}

/* What no driver has the kernel itself can stop: PCI's part of it needs none. */
static bool reaches_configuration_of_nobodys(const struct world *world, enum operation operation, uint16_t device)
{
	return (operation == OP_RESET || operation == OP_COMMAND) && model_owner(world->model, device) == MODEL_NEUTRAL;
}

static char *access_missing(struct step_run *run, bool *follows)
{
	const struct world *world = run->world;
	uint16_t owner = run->step->by, device = run->with->device;

	if (run->step->operation == OP_MMIO)
		device = world->machine->bars[run->with->to.index].device;

	if (device == MACHINE_NONE || owner == MACHINE_NONE || model_has_access(world->model, owner, device))
		return NULL;
	if (run->step->operation == OP_MMIO && confidential_registers(world, owner, device))
		return NULL;
	/* Configuration space is the host's, whoever has the device (PCIe 11.2: it needs no protection). */
	if (owner == MACHINE_HOST && confidential_registers(world, owner, device))
		return NULL;
	if (owner == MACHINE_HOST && reaches_configuration_of_nobodys(world, run->step->operation, device))
		return NULL;
	/* Who has a PASID of the device can give it work with that PASID. */
	if (run->with->pasid.base != PASID_ABSENT && model_pasid_owner(world->model, device, step_pasid(run)) == owner)
		return NULL;
	if (step_rows[run->step->operation].needs & NEEDS_PORTAL && owner < 64 && world->portals[device] >> owner & 1)
		return NULL;
	*follows = owner < 64 && (world->refused_access[device] >> owner & 1);
	return g_strdup_printf("skipped: %s has no access to %s", world->machine->owners[owner].name,
			       world->machine->devices[device].name);
}

static char *why_skip(struct step_run *run, bool *follows)
{
	const struct operands *with = run->with;
	unsigned needs = step_rows[run->step->operation].needs;
	char *why = NULL;

	if (run->step->by != MACHINE_NONE && !uapi_is_there(run->world->uapi, run->step->by))
		return g_strdup_printf("skipped: there is no %s", run->world->machine->owners[run->step->by].name);
	if (needs & NEEDS_SPACE || (needs & NEEDS_NAMED_SPACE && with->space_given))
		why = slot_missing(run, with->space, follows);
	if (!why && (needs & NEEDS_OBJECT || (needs & NEEDS_NAMED && with->object_given)))
		why = slot_missing(run, with->object, follows);
	if (!why && (needs & NEEDS_QUEUE || (needs & NEEDS_NAMED && with->queue_given)))
		why = slot_missing(run, with->queue, follows);
	if (!why && needs & NEEDS_SOURCE)
		why = slot_missing(run, with->source, follows);
	if (!why && needs & NEEDS_HANDLE)
		why = slot_missing(run, with->handle, follows);
	if (!why && needs & NEEDS_AT && with->at.base == ADDRESS_RESULT)
		why = slot_missing(run, with->at.index, follows);
	if (!why && needs & NEEDS_PASID && with->pasid.base == PASID_RESULT)
		why = slot_missing(run, with->pasid.value, follows);
	if (!why && needs & NEEDS_REQUEST)
		why = slot_missing(run, with->request, follows);
	if (!why && needs & NEEDS_RESULT_OF && with->result_of_given)
		why = slot_missing(run, with->request, follows);
	if (!why && needs & NEEDS_PAGES)
		why = slot_missing(run, with->pages, follows);
	if (!why && needs & NEEDS_TARGET && with->to.kind == TARGET_RESULT)
		why = slot_missing(run, with->to.index, follows);
	if (!why && needs & (NEEDS_ACCESS | NEEDS_PORTAL))
		why = access_missing(run, follows);
	if (!why && needs & NEEDS_ACCESS_IF_BY && run->step->by_given)
		why = access_missing(run, follows);
	return why;
}

/* Later steps that need what this one did not make are skipped with a reason. */
static void remember_refusal(struct step_run *run)
{
	struct slot *slot = step_result(run);
	enum operation operation = run->step->operation;
	uint16_t device = MACHINE_NONE;

	if (slot && !slot->made)
		slot->refused = true;
	if (operation == OP_TAKE || operation == OP_DRIVER_BIND)
		device = run->with->device;
	else if (operation == OP_MMAP)
		device = run->world->machine->bars[run->with->to.index].device;
	if (device != MACHINE_NONE && run->step->by < 64)
		run->world->refused_access[device] |= UINT64_C(1) << run->step->by;
}

/* --- carrying it out --- */

/* Rules under which every step of a driver is wrong. */
static unsigned bugs_of_rules(const struct world *world)
{
	switch (world->rules.value[KNOB_DEVTLB_ORDER]) {
	case DEVTLB_FIRST:
		return INJECT_DEVTLB_FIRST;
	case DEVTLB_NONE:
		return INJECT_SKIP_DEVTLB_FLUSH;
	default:
		return 0;
	}
}

static void set_injections(struct step_run *run, uint32_t inject)
{
	struct world *world = run->world;
	unsigned bugs = (inject & STEP_SKIP_IOTLB_FLUSH ? INJECT_SKIP_IOTLB_FLUSH : 0) |
			(inject & STEP_SKIP_DEVTLB_FLUSH ? INJECT_SKIP_DEVTLB_FLUSH : 0) |
			(inject & STEP_SKIP_SYNC ? INJECT_SKIP_SYNC : 0) |
			(inject & STEP_DEVTLB_FIRST ? INJECT_DEVTLB_FIRST : 0) |
			(inject & STEP_SKIP_DRAIN ? INJECT_SKIP_DRAIN : 0) |
			(inject & STEP_ATS_BEFORE_UNIT ? INJECT_ATS_BEFORE_UNIT : 0) |
			(inject & STEP_ATS_AFTER_UNIT ? INJECT_ATS_AFTER_UNIT : 0) |
			(inject & STEP_ATS_KEEPS_TLB ? INJECT_ATS_KEEPS_TLB : 0) |
			(inject & STEP_SKIP_IEC_FLUSH ? INJECT_SKIP_IEC_FLUSH : 0);

	for (unsigned i = 0; i < world->machine->iommu_count; i++)
		if (world->drivers[i])
			world->drivers[i]->ops->inject(world->drivers[i], bugs | bugs_of_rules(world));
	/* The host's rules are not the TSM's. */
	for (unsigned i = 0; world->confidential && i < world->machine->iommu_count; i++) {
		struct driver *trusted = world->confidential->drivers[i];
		if (trusted)
			trusted->ops->inject(trusted, bugs);
	}
	uapi_skip_viability(world->uapi, inject & STEP_SKIP_VIABILITY);
}

/* By the kernel that the step says. */
static void call(struct step_run *run)
{
	const struct step_row *row = confidential_row(run);

	if (run->step->in != MACHINE_HOST)
		inner_carry_out(run);
	else
		(row ? row : &step_rows[run->step->operation])->carry_out(run);
}

static void carry_out(struct step_run *run)
{
	set_injections(run, run->step->inject);
	for (uint32_t turn = 0; turn < run->step->times; turn++) {
		g_array_set_size(run->world->reported, 0);
		call(run);
		world_tell_resets(run->world);
		if (run->record->did == DID_REJECTED || run->record->did == DID_CRASHED)
			break;
	}
	if (run->step->inject)
		set_injections(run, 0);
}

static void note_findings(struct step_run *run)
{
	for (unsigned i = 0; i < run->findings.count; i++) {
		const struct finding *finding = &run->findings.list[i];
		g_autofree char *times = finding->times > 1 ? g_strdup_printf(" (%u times)", finding->times) : NULL;

		g_ptr_array_add(run->record->notes,
				g_strdup_printf("violates %s: %s%s", invariants[finding->invariant]->name,
						finding->text, times ? times : ""));
	}
	run->record->violated |= run->findings.violated;
	if (run->findings.dropped)
		g_ptr_array_add(run->record->notes, g_strdup_printf("and %u more findings", run->findings.dropped));
}

static void note_effects(struct step_run *run)
{
	GPtrArray *effects = run->world->effects;

	for (unsigned i = 0; i < effects->len; i++)
		g_ptr_array_add(run->record->notes, g_strdup(g_ptr_array_index(effects, i)));
	g_ptr_array_set_size(effects, 0);
}

static void remember_owners(struct world *world)
{
	for (uint16_t i = 0; i < world->machine->device_count; i++) {
		uint16_t owner = model_owner(world->model, i);

		if (owner != MODEL_NEUTRAL)
			world->last_owner[i] = owner;
	}
}

static bool is_skipped(struct step_run *run)
{
	struct step_record *record = run->record;

	record->outcome = why_skip(run, &record->skip_follows);
	if (!record->outcome)
		return false;
	record->did = DID_SKIPPED;
	if (record->skip_follows)
		remember_refusal(run);
	return true;
}

static bool tolerates_lost_service(const struct world *world)
{
	return world->rules.value[KNOB_AVAILABILITY_COUNTS] == AVAILABILITY_IS_OUT_OF_SCOPE;
}

void step_run_within(struct world *world, const struct step *step, uint32_t number, struct step_record *record)
{
	struct step_run run = {.world = world, .step = step, .with = &step->with, .record = record, .number = number};
	struct step_run *outer = world->running;
	bool manual = world->manual;
	struct timing_alone before;

	if (is_skipped(&run))
		return;
	before = world_take_time(world);
	model_step(world->model, number);
	world->running = &run;
	world->manual = true; /* the kernel is busy, and nobody else waits for hardware */
	for (uint32_t turn = 0; turn < step->times; turn++)
		call(&run);
	world->manual = manual;
	world->running = outer;
	record->time = world_take_time(world);
	record->tolerated = tolerates_lost_service(world);
	world_give_time(world, &before);
	model_step(world->model, outer->number);
	note_findings(&run);
}

/* All that was to be done is done. */
static void end_step(struct step_run *run)
{
	struct check_event ended = {.kind = CHECK_STEP, .memory = MACHINE_NONE, .device = MACHINE_NONE};

	run->world->running = NULL;
	run->record->time = world_take_time(run->world);
	run->record->tolerated = tolerates_lost_service(run->world);
	if (run->record->did != DID_CRASHED) {
		step_judge(run, &ended);
		remember_owners(run->world);
		world_remember_views(run->world);
	}
	note_effects(run);
	note_findings(run);
}

bool step_run_hardware(struct world *world, const struct step *step, uint32_t number, struct step_record *record,
		       bool (*act)(struct step_run *run, const void *context), const void *context)
{
	struct step_run run = {.world = world, .step = step, .with = &step->with, .record = record, .number = number};
	bool acted;

	model_step(world->model, number);
	world->running = &run;
	step_ok(&run);
	acted = act(&run, context);
	end_step(&run);
	return acted;
}

bool step_run_hardware_within(struct world *world, const struct step *step, struct step_record *record,
			      bool (*act)(struct step_run *run, const void *context), const void *context)
{
	struct step_run *outer = world->running;
	struct step_run run = {
		.world = world, .step = step, .with = &step->with, .record = record, .number = outer->number};
	bool acted;

	world->running = &run;
	step_ok(&run);
	acted = act(&run, context);
	world->running = outer;
	note_findings(&run);
	return acted;
}

void step_run(struct world *world, const struct step *step, uint32_t number, struct step_record *record)
{
	struct step_run run = {.world = world, .step = step, .with = &step->with, .record = record, .number = number};

	if (is_skipped(&run))
		return;
	model_step(world->model, number);
	world->running = &run;
	carry_out(&run);
	if (record->did == DID_REJECTED)
		remember_refusal(&run);
	if (!world->manual)
		world_serve(world);
	end_step(&run);
}
