/* SPDX-License-Identifier: MIT */
/*
 * The guest's kernel: drivers, a DMA API that is either the identity (guest physical addresses) or the vIOMMU's, with
 * a bounce pool (tee_bounce.c), and the steps by which an interface crosses between T=0 and T=1.
 */
#include "uapi/tee_state.h"

#include <errno.h>
#include <string.h>

#define PAGE_BYTES UINT64_C(4096)
/* Where the DMA API of a guest begins with addresses, and where it has no more. */
#define DMA_FIRST UINT64_C(0x10000000)
#define DMA_END   UINT64_C(0x80000000)

static bool has(const struct tee *tee, uint16_t guest, uint16_t device)
{
	return tee->devices[device].guest == guest;
}

bool tee_is_translated(const struct tee *tee, uint16_t device)
{
	const struct tee_device *state = &tee->devices[device];

	return tee_has_viommu(tee, state->guest) && (!tee_is_split(tee) || state->gate);
}

/* --- drivers --- */

int tee_driver_bind(struct tee *tee, uint16_t guest, uint16_t device)
{
	if (!has(tee, guest, device))
		return -ENODEV;
	if (tee->devices[device].driven)
		return -EBUSY;
	tee->devices[device].driven = true;
	tee->platform.memory_space(tee->platform.context, device, true);
	tee->platform.bus_master(tee->platform.context, device, true);
	return 0;
}

/*
 * Drivers switch bus mastering off when they leave (TDISP or not: Aneesh Kumar K.V 2025-06-04): pci_disable_device().
 * Between lock and accept too that is an error of the interface (11.2.6, Command).
 */
int tee_driver_unbind(struct tee *tee, uint16_t guest, uint16_t device)
{
	struct tee_device *state = &tee->devices[device];

	if (!has(tee, guest, device) || !state->driven)
		return -ENODEV;
	state->driven = false;
	tee->platform.bus_master(tee->platform.context, device, false);
	if (!state->space)
		return 0;
	tee_table_of(tee, state->space)->attached--;
	state->space = 0;
	return tee_follow(tee, device);
}

/* --- the vIOMMU --- */

struct tee_table *tee_space_of(const struct tee *tee, uint16_t guest, tee_space space)
{
	struct tee_table *table = tee_table_of(tee, space);

	return table && table->guest == guest && table->kind != TEE_STAGE2 ? table : NULL;
}

int tee_space_new(struct tee *tee, uint16_t guest, tee_space *out)
{
	if (!tee_has_viommu(tee, guest))
		return -ENOTTY;
	*out = tee_table_new(tee, guest, TEE_SPACE);
	return *out ? 0 : -ENOMEM;
}

int tee_space_destroy(struct tee *tee, uint16_t guest, tee_space space)
{
	const struct tee_table *table = tee_space_of(tee, guest, space);

	if (!table)
		return -ENOENT;
	if (table->attached)
		return -EBUSY;
	tee_table_free(tee, space);
	return 0;
}

int tee_attach(struct tee *tee, uint16_t guest, uint16_t device, tee_space space)
{
	struct tee_device *state = &tee->devices[device];
	struct tee_table *table = tee_space_of(tee, guest, space);

	if (!has(tee, guest, device))
		return -ENODEV;
	if (!table)
		return -ENOENT;
	if (table->kind == TEE_PARENT)
		return -EINVAL;
	if (state->space)
		tee_table_of(tee, state->space)->attached--;
	state->space = space;
	table->attached++;
	return tee_follow(tee, device);
}

int tee_detach(struct tee *tee, uint16_t guest, uint16_t device)
{
	struct tee_device *state = &tee->devices[device];

	if (!has(tee, guest, device))
		return -ENODEV;
	if (!state->space)
		return -EINVAL;
	tee_table_of(tee, state->space)->attached--;
	state->space = 0;
	return tee_follow(tee, device);
}

/* -EINVAL: not whole pages of the guest's own memory. */
static int check_memory(const struct tee *tee, uint16_t guest, uint64_t iova, uint16_t memory, uint64_t offset,
			uint64_t bytes)
{
	const struct machine_memory *row = &tee->machine->memories[memory];
	bool pages = (iova | offset | bytes) % PAGE_BYTES == 0 && bytes > 0;

	if (!pages || offset >= row->bytes || bytes > row->bytes - offset || iova + (bytes - 1) < iova)
		return -EINVAL;
	return row->owner == guest && !tee->memories[memory].released ? 0 : -EINVAL;
}

int tee_map(struct tee *tee, uint16_t guest, tee_space space, uint64_t iova, uint16_t memory, uint64_t offset,
	    uint64_t bytes, unsigned permissions)
{
	struct tee_area area = {.iova = iova,
				.bytes = bytes,
				.offset = offset,
				.space = space,
				.memory = memory,
				.permissions = (uint8_t)permissions};

	if (!tee_space_of(tee, guest, space))
		return -ENOENT;
	if (tee_space_of(tee, guest, space)->kind != TEE_SPACE)
		return -EINVAL;
	int error = check_memory(tee, guest, iova, memory, offset, bytes);
	if (error)
		return error;
	return tee_area_overlaps(tee, space, iova, bytes) ? -EEXIST : tee_area_add(tee, &area);
}

int tee_unmap(struct tee *tee, uint16_t guest, tee_space space, uint64_t iova, uint64_t bytes)
{
	const struct tee_area *area = tee_space_of(tee, guest, space) ? tee_area_at(tee, space, iova) : NULL;

	if (!area || area->iova != iova)
		return -ENOENT;
	return tee_area_remove(tee, space, iova, bytes ? bytes : area->bytes);
}

/* --- the DMA API --- */

/* The lowest address of the device's space that is free for so many bytes, aligned to them; 0: none. */
static uint64_t free_address(const struct tee *tee, tee_space space, uint64_t bytes)
{
	for (uint64_t iova = DMA_FIRST; iova + bytes <= DMA_END; iova += PAGE_BYTES)
		if (!tee_area_overlaps(tee, space, iova, bytes))
			return iova;
	return 0;
}

/* What the DMA API maps in: a space that is attached, or one of its own. */
static int dma_space(struct tee *tee, uint16_t guest, uint16_t device, tee_space *out)
{
	struct tee_device *state = &tee->devices[device];

	if (!state->space && !state->own) {
		int error = tee_space_new(tee, guest, &state->own);
		if (error)
			return error;
		/* The DMA API does not let go of it. */
		tee_table_of(tee, state->own)->attached++;
		error = tee_follow(tee, device);
		if (error)
			return error;
	}
	*out = state->space ? state->space : state->own;
	return 0;
}

/*
 * Untranslated: the guest physical address, with or without the shared bit. by_device is force_dma_unencrypted() as it
 * was posted, of which Jason Gunthorpe asked whether shared memory has another address for T=1 than for T=0
 * (2025-07-28, <20250728143318.GD26511@ziepe.ca>).
 */
static uint64_t plain_address(const struct tee *tee, uint16_t device, uint16_t memory)
{
	bool trusted = tee_is_split(tee) ? tee->devices[device].gate : !tee_hosts_table_serves(tee);

	if (tee_rule(tee, KNOB_DMA_ADDRESS) == DMA_ADDRESS_BY_DEVICE && tee_sends_t(tee, device))
		return tee->machine->memories[memory].gpa;
	return tee_address(tee, memory, trusted);
}

static int map_where_it_is(struct tee *tee, uint16_t guest, uint16_t device, uint16_t memory, uint64_t offset,
			   uint64_t bytes, unsigned permissions, uint64_t *iova)
{
	tee_space space;

	if (!tee_is_translated(tee, device)) {
		*iova = plain_address(tee, device, memory) + offset;
		return 0;
	}
	int error = dma_space(tee, guest, device, &space);
	if (error)
		return error;
	*iova = free_address(tee, space, bytes);
	return *iova ? tee_map(tee, guest, space, *iova, memory, offset, bytes, permissions) : -ENOMEM;
}

int tee_dma_map(struct tee *tee, uint16_t guest, uint16_t device, uint16_t memory, uint64_t offset, uint64_t bytes,
		unsigned permissions, uint64_t *iova)
{
	struct tee_slot wanted = {.bytes = bytes,
				  .offset = offset,
				  .memory = memory,
				  .device = device,
				  .permissions = (uint8_t)permissions};
	uint32_t slot;

	if (!has(tee, guest, device) || !tee->devices[device].driven)
		return -ENODEV;
	int error = check_memory(tee, guest, 0, memory, offset, bytes);
	if (error)
		return error;
	if (!tee_bounce_is_wanted(tee, device, memory))
		return map_where_it_is(tee, guest, device, memory, offset, bytes, permissions, iova);
	error = tee_bounce_begin(tee, &wanted, &slot);
	if (error)
		return error;
	const struct tee_slot *place = tee_bounce_slot(tee, slot);
	error = map_where_it_is(tee, guest, device, place->pool, place->at, bytes, permissions, iova);
	if (error)
		tee_bounce_drop(tee, slot);
	else
		tee_bounce_slot(tee, slot)->iova = *iova;
	return error;
}

int tee_dma_unmap(struct tee *tee, uint16_t guest, uint16_t device, uint64_t iova, uint64_t bytes)
{
	const struct tee_device *state = &tee->devices[device];

	if (!has(tee, guest, device) || !state->driven)
		return -ENODEV;
	uint32_t slot = tee_bounce_find(tee, device, iova, bytes);
	int error = slot ? tee_bounce_check(tee, slot) : 0;
	if (error)
		return error;
	/* Nothing is remembered of an address that was the memory's own. */
	tee_space space = state->space ? state->space : state->own;
	if (tee_is_translated(tee, device) && (!space || tee_unmap(tee, guest, space, iova, bytes)))
		return UAPI_CRASH;
	if (slot)
		tee_bounce_end(tee, slot);
	return 0;
}

/* --- crossing between T=0 and T=1 --- */

/* What the guest's kernel says before it asks the TSM for anything that moves the interface. */
static int may_cross(const struct tee *tee, uint16_t guest, uint16_t device)
{
	if (tee_rule(tee, KNOB_GUEST) == GUEST_T0_ONLY)
		return -ENOTTY;
	if (!has(tee, guest, device))
		return -ENODEV;
	return tee_rule(tee, KNOB_GUEST) == GUEST_REBIND && tee->devices[device].driven ? -EBUSY : 0;
}

int tee_lock(struct tee *tee, uint16_t guest, uint16_t device)
{
	int error = may_cross(tee, guest, device);

	return error ? error : tee_bind(tee, device);
}

int tee_attest(struct tee *tee, uint16_t guest, uint16_t device)
{
	struct tee_device *state = &tee->devices[device];

	tee->tdisp_error = TDISP_OK;
	if (tee_rule(tee, KNOB_GUEST) == GUEST_T0_ONLY)
		return -ENOTTY;
	if (!has(tee, guest, device))
		return -ENODEV;
	if (!state->bound && tee_rule(tee, KNOB_ATTEST_ORDER) == ATTEST_LOCK_FIRST)
		return -EINVAL;
	memcpy(state->evidence, state->nonce, sizeof state->evidence);
	state->measured = tee->platform.measure(tee->platform.context, device);
	state->attested = true;
	return 0;
}

bool tee_evidence_holds(const struct tee *tee, uint16_t device)
{
	const struct tee_device *state = &tee->devices[device];

	return state->attested && memcmp(state->evidence, state->nonce, sizeof state->nonce) == 0 &&
	       state->measured == tee->platform.measure(tee->platform.context, device);
}

/* Every page that the interface reports is where its guest was told, and was looked at. */
static bool all_validated(struct tee *tee, uint16_t device)
{
	const struct machine_device *row = &tee->machine->devices[device];

	for (uint32_t i = 0; i < row->bar_count; i++) {
		uint64_t bytes = 0;
		for (uint32_t at = 0; (at = arena_next(tee->arena, tee->mmio, at)) != ARENA_NONE;) {
			const struct tee_mmio_row *mmio = arena_slot(tee->arena, tee->mmio, at);
			if (mmio->bar == row->first_bar + i && mmio->validated)
				bytes += mmio->bytes;
		}
		if (bytes != tee->machine->bars[row->first_bar + i].bytes)
			return false;
	}
	return true;
}

int tee_accept(struct tee *tee, uint16_t guest, uint16_t device)
{
	struct tee_device *state = &tee->devices[device];
	int error = may_cross(tee, guest, device);

	tee->tdisp_error = TDISP_OK;
	if (error)
		return error;
	if (!state->bound || state->accepted)
		return -EINVAL;
	if (tee_rule(tee, KNOB_NONCE_CHECK) && !tee_evidence_holds(tee, device))
		return -EINVAL;
	if (tee_rule(tee, KNOB_MMIO_VALIDATE) == MMIO_VALIDATE_PER_RANGE && !all_validated(tee, device))
		return -EINVAL;
	error = tsm_state(tee, device) == TDI_RUN ? 0 : tsm_start(tee, device);
	if (error)
		return error;
	state->accepted = state->gate = true;
	return tee_follow(tee, device);
}

int tee_unlock(struct tee *tee, uint16_t guest, uint16_t device)
{
	int error = may_cross(tee, guest, device);

	return error ? error : tee_unbind(tee, device);
}

/* --- memory --- */

static int set_page(struct tee *tee, uint16_t memory, enum page_state page)
{
	const struct machine_memory *row = &tee->machine->memories[memory];
	struct page_row wanted = {.state = page, .owner = row->owner, .gpa = row->gpa};

	if (page != PAGE_PRIVATE)
		wanted = (struct page_row){.state = page};
	return tee->platform.page_set(tee->platform.context, row->hpa, row->bytes, &wanted) ? 0 : -ENOMEM;
}

/*
 * What was private is nobody's until the host takes it, whoever's table still has it (a granule that is delegated; RMP:
 * no more validated). What was shared the host takes out of its own table when it is told.
 */
int tee_release_memory(struct tee *tee, uint16_t guest, uint16_t memory)
{
	struct tee_memory *state = &tee->memories[memory];

	if (tee->machine->memories[memory].owner != guest || state->released || state->destroyed)
		return -EINVAL;
	int error = !state->private && state->shared ? tee_stage2_unmap(tee, memory) : 0;
	if (!error && state->private)
		error = set_page(tee, memory, PAGE_TSM);
	if (error)
		return error;
	state->released = true;
	state->mapped = false;
	return tee_memory_follow(tee, memory);
}

/*
 * Out of every table first, with caches flushed; then the page is something else; then in again. What is private leaves
 * the host's table, but for where T walks that one too and the page's state is the only guard.
 */
int tee_convert(struct tee *tee, uint16_t guest, uint16_t memory, bool private)
{
	struct tee_memory *state = &tee->memories[memory];
	bool mapped = state->mapped;

	if (tee->machine->memories[memory].owner != guest || state->released || state->destroyed ||
	    state->private == private)
		return -EINVAL;
	state->destroyed = true;
	int error = tee_memory_follow(tee, memory);
	state->destroyed = false;
	if (error)
		return error;
	bool moves = tee_rule(tee, KNOB_SHARED_ALIAS) == SHARED_ALIAS_ALWAYS;
	bool leaves = private && !tee_hosts_table_serves(tee), again = state->shared && moves && !leaves;
	if (state->shared && (moves || leaves))
		error = tee_unmap_shared(tee, memory);
	if (!error)
		error = set_page(tee, memory, private ? PAGE_PRIVATE : PAGE_UNTRUSTED);
	if (error) {
		tee_memory_follow(tee, memory);
		return error;
	}
	state->private = private;
	tee_memory_moves(tee, memory);
	if (again)
		error = tee_stage2_map(tee, guest, memory, tee_address(tee, memory, false), false);
	if (error)
		return error;
	state->mapped = private || mapped;
	return tee_memory_follow(tee, memory);
}

int tee_load(const struct tee *tee, uint16_t guest, uint16_t memory)
{
	if (tee->memories[memory].destroyed)
		return -EFAULT;
	return tee->guests[guest].fenced ? -EIO : 0;
}
