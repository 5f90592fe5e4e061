/* SPDX-License-Identifier: MIT */
/* Set-up, the host's second stages, and register pages in guests' address spaces. */
#include "uapi/tee_state.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

struct tee *tee_new(const struct tee_config *config)
{
	const struct machine *machine = config->machine;
	struct tee *tee = g_new0(struct tee, 1);

	tee->arena = config->arena;
	tee->machine = machine;
	tee->rules = config->rules;
	tee->uapi = config->uapi;
	tee->platform = config->platform;
	tee->drivers = g_new0(struct driver *, machine->iommu_count + 1);
	tee->trusted = g_new0(struct driver *, machine->iommu_count + 1);
	for (uint32_t i = 0; i < machine->iommu_count; i++) {
		tee->drivers[i] = config->drivers[i];
		tee->trusted[i] = config->trusted[i];
	}
	tee->devices = arena_block(config->arena, "TSM devices", (machine->device_count + 1) * sizeof *tee->devices,
				   ARENA_HASHED);
	tee->guests = arena_block(config->arena, "confidential guests",
				  (machine->owner_count + 1) * sizeof *tee->guests, ARENA_HASHED);
	tee->memories = arena_block(config->arena, "guest memory", (machine->memory_count + 1) * sizeof *tee->memories,
				    ARENA_HASHED);
	tee->stage2 = arena_block(config->arena, "guests' second stages",
				  (machine->owner_count + 1) * sizeof *tee->stage2, ARENA_HASHED);
	tee->tables =
		arena_pool(config->arena, "TSM tables", sizeof(struct tee_table), TEE_MAX_SPACES, false, ARENA_HASHED);
	tee->areas =
		arena_pool(config->arena, "TSM areas", sizeof(struct tee_area), TEE_MAX_AREAS, false, ARENA_HASHED);
	tee->mmio = arena_pool(config->arena, "guests' MMIO", sizeof(struct tee_mmio_row), TEE_MAX_MMIO, false,
			       ARENA_HASHED);
	tee->slots =
		arena_pool(config->arena, "bounce pool", sizeof(struct tee_slot), TEE_MAX_SLOTS, false, ARENA_HASHED);
	for (uint32_t i = 0; i < machine->device_count; i++)
		tee->devices[i].guest = MACHINE_NONE;
	return tee;
}

void tee_free(struct tee *tee)
{
	if (!tee)
		return;
	g_free(tee->drivers);
	g_free(tee->trusted);
	g_free(tee);
}

uint16_t tee_guest_of(const struct tee *tee, uint16_t device)
{
	return tee->devices[device].guest;
}

uint16_t tee_gate(const struct tee *tee, uint16_t device)
{
	const struct tee_device *state = &tee->devices[device];

	return state->gate && !tee->guests[state->guest].fenced ? state->guest : MACHINE_NONE;
}

bool tee_sends_t(const struct tee *tee, uint16_t device)
{
	return tee->devices[device].accepted;
}

bool tee_accepted(const struct tee *tee, uint16_t device)
{
	return tee->devices[device].accepted;
}

bool tee_is_fenced(const struct tee *tee, uint16_t guest)
{
	return tee->guests[guest].fenced;
}

/* --- second stages --- */

/* The host may say of its own table what it likes. */
static int map_shared(struct tee *tee, uint16_t guest, uint16_t memory, uint64_t gpa)
{
	const struct machine_memory *row = &tee->machine->memories[memory];
	struct uapi_target target = {.kind = UAPI_MEMORY, .index = memory};
	int error =
		uapi_map(tee->uapi, guest, tee->guests[guest].shared, gpa, target, row->bytes, UAPI_READ | UAPI_WRITE);

	if (!error && gpa == tee_address(tee, memory, false))
		tee->memories[memory].shared = true;
	return error;
}

int tee_unmap_shared(struct tee *tee, uint16_t memory)
{
	const struct machine_memory *row = &tee->machine->memories[memory];
	struct tee_memory *state = &tee->memories[memory];
	uint64_t unmapped;

	if (!state->shared)
		return -ENOENT;
	int error = uapi_unmap(tee->uapi, row->owner, tee->guests[row->owner].shared, tee_address(tee, memory, false),
			       row->bytes, &unmapped);
	if (!error)
		state->shared = false;
	return error;
}

/* The page is private: where it is the guest's, and in the table for it: the TSM's, or the one that serves both. */
static int map_private(struct tee *tee, uint16_t guest, uint16_t memory, uint64_t gpa)
{
	const struct machine_memory *row = &tee->machine->memories[memory];
	struct tee_memory *state = &tee->memories[memory];

	if (row->owner != guest || !state->private || state->released || state->destroyed || row->gpa != gpa)
		return -EPERM;
	if (state->mapped)
		return -EEXIST;
	state->mapped = true;
	int error = tee_memory_follow(tee, memory);
	return error || !tee_hosts_table_serves(tee) || state->shared ? error : map_shared(tee, guest, memory, gpa);
}

int tee_stage2_map(struct tee *tee, uint16_t guest, uint16_t memory, uint64_t gpa, bool trusted)
{
	return trusted ? map_private(tee, guest, memory, gpa) : map_shared(tee, guest, memory, gpa);
}

static bool guest_runs(const struct tee *tee, uint16_t guest)
{
	for (uint32_t i = 0; i < tee->machine->device_count; i++)
		if (tee->devices[i].guest == guest && tee->devices[i].accepted)
			return true;
	return false;
}

/*
 * RMM wipes what leaves the state DELEGATED (DEN0137 A2.2.4). On TDX the host reads what it took with another key than
 * the guest's: Linux stopped to clear such pages (01fb93a363e0). To a guest both are the TSM's doing.
 */
static int give_back(struct tee *tee, uint16_t memory)
{
	const struct machine_memory *row = &tee->machine->memories[memory];
	struct page_row free_page = {.state = PAGE_UNTRUSTED};

	if (!tee->platform.page_set(tee->platform.context, row->hpa, row->bytes, &free_page))
		return -ENOMEM;
	tee->memories[memory].left = tee_rule(tee, KNOB_SCRUB_BY) != SCRUB_BY_TSM;
	return 0;
}

bool tee_left(const struct tee *tee, uint16_t memory)
{
	return tee->memories[memory].left;
}

void tee_taken(struct tee *tee, uint16_t memory)
{
	if (tee_rule(tee, KNOB_SCRUB_BY) == SCRUB_BY_HOST)
		tee->memories[memory].left = false;
}

static int unmap_private(struct tee *tee, uint16_t memory)
{
	struct tee_memory *state = &tee->memories[memory];
	unsigned rule = tee_rule(tee, KNOB_UNMAP_UNDER_RUN);

	if (state->released) {
		int error = state->shared ? tee_unmap_shared(tee, memory) : 0;
		return error ? error : give_back(tee, memory);
	}
	if (!state->mapped)
		return -ENOENT;
	if (rule == UNMAP_UNDER_RUN_REFUSE && guest_runs(tee, tee->machine->memories[memory].owner))
		return -EBUSY;
	state->mapped = false;
	state->destroyed = rule == UNMAP_UNDER_RUN_DESTROY;
	int error = tee_memory_follow(tee, memory);
	if (!error && state->shared)
		error = tee_unmap_shared(tee, memory);
	return error || !state->destroyed ? error : give_back(tee, memory);
}

int tee_stage2_unmap(struct tee *tee, uint16_t memory)
{
	return tee->memories[memory].private ? unmap_private(tee, memory) : tee_unmap_shared(tee, memory);
}

bool tee_is_destroyed(const struct tee *tee, uint16_t memory)
{
	return tee->memories[memory].destroyed;
}

/* SEV's rule, as Xu Yilun has it (2025-06-04): what does not reach a page of the guest's stops all its I/O. */
void tee_blocked(struct tee *tee, uint16_t device)
{
	uint16_t guest = tee->devices[device].guest;
	bool taken = false;

	if (guest == MACHINE_NONE || tee_rule(tee, KNOB_UNMAP_UNDER_RUN) != UNMAP_UNDER_RUN_FENCE ||
	    tee->guests[guest].fenced)
		return;
	for (uint32_t i = 0; i < tee->machine->memory_count; i++) {
		const struct tee_memory *memory = &tee->memories[i];
		taken |= tee->machine->memories[i].owner == guest && memory->private && !memory->mapped &&
			 !memory->released;
	}
	if (!taken)
		return;
	tee->guests[guest].fenced = true;
	for (uint16_t i = 0; i < tee->machine->device_count; i++)
		if (tee->devices[i].guest == guest)
			tee_follow(tee, i);
}

/* --- register pages --- */

static struct tee_mmio_row *mmio_at(const struct tee *tee, uint16_t guest, uint64_t gpa)
{
	for (uint32_t at = 0; (at = arena_next(tee->arena, tee->mmio, at)) != ARENA_NONE;) {
		struct tee_mmio_row *row = arena_slot(tee->arena, tee->mmio, at);
		if (row->guest == guest && gpa - row->gpa < row->bytes)
			return row;
	}
	return NULL;
}

/*
 * Whether the guest has some of those pages in another place than `at`; `validated`: only such places count. Platforms
 * know one guest physical address of a register page, as of memory: what an RMP or a PAMT has for it.
 */
static bool is_elsewhere(const struct tee *tee, uint16_t bar, const struct tee_mmio_row *at, bool validated)
{
	for (uint32_t i = 0; (i = arena_next(tee->arena, tee->mmio, i)) != ARENA_NONE;) {
		const struct tee_mmio_row *row = arena_slot(tee->arena, tee->mmio, i);
		bool meets = row->offset < at->offset + at->bytes && at->offset < row->offset + row->bytes;
		if (row->guest == at->guest && row->bar == bar && meets &&
		    row->gpa - row->offset != at->gpa - at->offset && (row->validated || !validated))
			return true;
	}
	return false;
}

/*
 * A frozen place stays what it was validated to be; pages of a bound interface are its guest's alone, and validated
 * ones in no second place.
 */
int tee_mmio_map(struct tee *tee, uint16_t guest, uint16_t bar, uint64_t offset, uint64_t bytes, uint64_t gpa)
{
	const struct tee_device *behind = &tee->devices[tee->machine->bars[bar].device];
	bool guarded = tee_rule(tee, KNOB_MMIO_GUARD) != MMIO_GUARD_NONE;
	struct tee_mmio_row *there = mmio_at(tee, guest, gpa);
	struct tee_mmio_row wanted = {.gpa = gpa, .bytes = bytes, .offset = offset, .guest = guest, .bar = bar};

	if (there && there->validated)
		return -EBUSY;
	if (guarded && behind->bound && behind->guest != guest)
		return -EBUSY;
	if (guarded && is_elsewhere(tee, bar, &wanted, true))
		return -EBUSY;
	uint32_t handle = there ? ARENA_NONE : arena_alloc(tee->arena, tee->mmio);
	if (!there && handle == ARENA_NONE)
		return -ENOMEM;
	if (!there)
		there = arena_slot(tee->arena, tee->mmio, handle);
	*there = wanted;
	return 0;
}

static bool is_frozen(const struct tee *tee, uint16_t guest, uint16_t bar)
{
	for (uint32_t at = 0; (at = arena_next(tee->arena, tee->mmio, at)) != ARENA_NONE;) {
		const struct tee_mmio_row *row = arena_slot(tee->arena, tee->mmio, at);
		if (row->guest == guest && row->bar == bar && row->validated)
			return true;
	}
	return false;
}

/* All of the BAR's pages, or none. */
int tee_mmio_unmap(struct tee *tee, uint16_t guest, uint16_t bar)
{
	bool found = false;

	if (is_frozen(tee, guest, bar))
		return -EBUSY;
	for (uint32_t at = 0; (at = arena_next(tee->arena, tee->mmio, at)) != ARENA_NONE;) {
		const struct tee_mmio_row *row = arena_slot(tee->arena, tee->mmio, at);
		if (row->guest != guest || row->bar != bar)
			continue;
		arena_release(tee->arena, tee->mmio, at);
		found = true;
	}
	return found ? 0 : -ENOENT;
}

/* A page of a BAR is where the guest's firmware put the BAR, in order: at its own bus address. */
static bool is_in_order(const struct tee *tee, const struct tee_mmio_row *row)
{
	return row->gpa == tee->machine->bars[row->bar].bus + row->offset;
}

/* The range as it was reported has to be what the guest finds at its BAR (11.2.7, question 4). */
int tee_validate(struct tee *tee, uint16_t guest, uint16_t bar, uint64_t offset, uint64_t bytes)
{
	const struct machine_bar *row = &tee->machine->bars[bar];
	struct tdi_report report;

	tee->tdisp_error = TDISP_OK;
	if (tee->devices[row->device].guest != guest)
		return -ENODEV;
	int error = tsm_report(tee, row->device, &report);
	if (error)
		return tee->tdisp_error == TDISP_INVALID_INTERFACE_STATE ? -EINVAL : error;
	for (uint32_t i = 0; i < report.range_count; i++) {
		const struct tdi_range *range = &report.ranges[i];
		if (range->attributes >> TDI_RANGE_ID_SHIFT != row->index)
			continue;
		if (offset + bytes > (uint64_t)range->pages * 4096)
			return -EINVAL;
		for (uint64_t at = offset; at < offset + bytes;) {
			struct tee_mmio_row *mapped = mmio_at(tee, guest, row->bus + at);
			/* The place has to be of that BAR and offset, and the report's page its page alone. */
			if (!mapped || mapped->bar != bar || !is_in_order(tee, mapped) ||
			    range->first_page * 4096 + at != row->bus + at || is_elsewhere(tee, bar, mapped, false))
				return -EINVAL;
			at = mapped->offset + mapped->bytes;
		}
		for (uint64_t at = offset; at < offset + bytes;) {
			struct tee_mmio_row *mapped = mmio_at(tee, guest, row->bus + at);
			mapped->validated = true;
			at = mapped->offset + mapped->bytes;
		}
		return 0;
	}
	return -EINVAL;
}

/* The state of the page (RMP, GPT) is asked whoever's tables led there. */
static bool is_kept_from(const struct tee *tee, uint16_t who, uint16_t bar)
{
	const struct tee_device *behind = &tee->devices[tee->machine->bars[bar].device];

	return behind->bound && behind->guest != who && tee_rule(tee, KNOB_MMIO_GUARD) == MMIO_GUARD_PAGE_STATE;
}

int tee_mmio(const struct tee *tee, uint16_t who, uint16_t *bar, uint64_t *offset, uint64_t gpa, bool *t)
{
	*t = false;
	if (who == MACHINE_HOST)
		return is_kept_from(tee, who, *bar) ? -EFAULT : 0;
	const struct tee_mmio_row *row = mmio_at(tee, who, gpa);
	if (!row || is_kept_from(tee, who, row->bar))
		return -EFAULT;
	*bar = row->bar;
	*offset = row->offset + (gpa - row->gpa);
	*t = row->validated && tee->devices[tee->machine->bars[row->bar].device].accepted;
	return 0;
}

/* In order: all of the BAR is there, and each page at the reported place. */
uint64_t tee_mmio_mappers(const struct tee *tee, uint16_t bar, bool *in_order)
{
	uint16_t guest = tee->devices[tee->machine->bars[bar].device].guest;
	uint64_t mappers = 0, bytes = 0;

	*in_order = true;
	for (uint32_t at = 0; (at = arena_next(tee->arena, tee->mmio, at)) != ARENA_NONE;) {
		const struct tee_mmio_row *row = arena_slot(tee->arena, tee->mmio, at);
		if (row->bar != bar)
			continue;
		mappers |= row->guest < 64 ? UINT64_C(1) << row->guest : 0;
		*in_order &= is_in_order(tee, row);
		bytes += row->guest == guest ? row->bytes : 0;
	}
	*in_order &= bytes == tee->machine->bars[bar].bytes;
	return mappers;
}

/* --- boot --- */

/* The host's address space for the guest: what it shares, or all of it (KNOB_T0_TABLE). */
static int boot_shared(struct tee *tee, uint16_t guest)
{
	struct uapi_space_wish wish = {0};
	bool all = tee_host_maps_all(tee);
	int error = uapi_space(tee->uapi, guest, &wish, &tee->guests[guest].shared);

	for (uint16_t i = 0; !error && i < tee->machine->memory_count; i++) {
		const struct machine_memory *row = &tee->machine->memories[i];
		if (row->owner != guest)
			continue;
		tee->memories[i].private = row->private;
		if (all || !row->private)
			error = map_shared(tee, guest, i, tee_address(tee, i, false));
	}
	return error;
}

/* Second stage of the TSM: each object at its guest physical address, as far as its state lets it be there. */
static int boot_stage2(struct tee *tee, uint16_t guest)
{
	tee->stage2[guest] = tee_table_new(tee, guest, TEE_STAGE2);
	if (!tee->stage2[guest])
		return -ENOMEM;
	for (uint16_t i = 0; i < tee->machine->memory_count; i++) {
		const struct machine_memory *row = &tee->machine->memories[i];
		struct tee_area area = {.iova = tee_address(tee, i, true),
					.bytes = row->bytes,
					.space = tee->stage2[guest],
					.memory = i,
					.permissions = UAPI_READ | UAPI_WRITE};
		struct page_row page = {.state = PAGE_PRIVATE, .owner = guest, .gpa = row->gpa};
		if (row->owner != guest)
			continue;
		tee->memories[i].mapped = row->private;
		if (row->private && !tee->platform.page_set(tee->platform.context, row->hpa, row->bytes, &page))
			return -ENOMEM;
		int error = tee_area_add(tee, &area);
		if (error)
			return error;
	}
	return 0;
}

static int boot_mmio(struct tee *tee, uint16_t guest, uint16_t device)
{
	const struct machine_device *row = &tee->machine->devices[device];
	int error = 0;

	for (uint32_t i = 0; !error && i < row->bar_count; i++) {
		const struct machine_bar *bar = &tee->machine->bars[row->first_bar + i];
		for (uint64_t at = 0; !error && at < bar->bytes; at += 4096)
			error = tee_mmio_map(tee, guest, (uint16_t)(row->first_bar + i), at, 4096, bar->bus + at);
	}
	return error;
}

/* Locked, attested, validated, accepted, driven. */
static int boot_running(struct tee *tee, uint16_t guest, uint16_t device)
{
	const struct machine_device *row = &tee->machine->devices[device];
	int error = tee_bind(tee, device);

	if (!error)
		error = tee_attest(tee, guest, device);
	for (uint32_t i = 0; !error && i < row->bar_count; i++)
		error = tee_validate(tee, guest, (uint16_t)(row->first_bar + i), 0,
				     tee->machine->bars[row->first_bar + i].bytes);
	if (!error)
		error = tee_accept(tee, guest, device);
	return error ? error : tee_driver_bind(tee, guest, device);
}

static int boot_device(struct tee *tee, uint16_t guest, uint16_t device)
{
	int error = uapi_take(tee->uapi, guest, device);

	if (!error)
		error = uapi_attach(tee->uapi, guest, device, tee->guests[guest].shared);
	if (error)
		return error;
	tee->devices[device].guest = guest;
	error = boot_mmio(tee, guest, device);
	if (!error)
		error = tee_follow(tee, device);
	if (error || tee->machine->devices[device].tdisp != TDISP_RUNNING || tee_rule(tee, KNOB_GUEST) == GUEST_T0_ONLY)
		return error;
	return boot_running(tee, guest, device);
}

int tee_boot(struct tee *tee)
{
	for (uint16_t guest = 0; guest < tee->machine->owner_count; guest++) {
		if (!tee_is_confidential(tee, guest))
			continue;
		int error = boot_shared(tee, guest);
		if (!error)
			error = boot_stage2(tee, guest);
		for (uint16_t i = 0; !error && i < tee->machine->device_count; i++)
			if (tee->machine->devices[i].guest == guest && tee->machine->devices[i].present)
				error = boot_device(tee, guest, i);
		if (error)
			return error;
	}
	return 0;
}
