/* SPDX-License-Identifier: MIT */
/*
 * The bounce pool of a confidential guest's kernel: memory that it shares for good, and through which go the buffers
 * that a device cannot reach where they are. A handle of such a buffer leads to its place in the pool.
 */
#include "uapi/tee_state.h"

#include "uapi/bounce.h"

#include <errno.h>

#define PAGE_BYTES UINT64_C(4096)

static struct tee_slot *slot_of(const struct tee *tee, uint32_t handle)
{
	return arena_slot(tee->arena, tee->slots, handle);
}

/*
 * A device that is not accepted reaches what is shared and nothing else (force_dma_unencrypted()); one that is has no
 * need of the pool, unless bouncing is forced on all (Alexey Kardashevskiy, 2026-02-25,
 * <20260225053806.3311234-5-aik@amd.com>).
 */
bool tee_bounce_is_wanted(const struct tee *tee, uint16_t device, uint16_t memory)
{
	if (!tee->memories[memory].private)
		return false;
	return !tee_sends_t(tee, device) || tee_rule(tee, KNOB_GUEST_BOUNCE) == GUEST_BOUNCE_ALL;
}

static bool is_taken(const struct tee *tee, uint16_t pool, uint64_t at, uint64_t bytes)
{
	for (uint32_t handle = 0; (handle = arena_next(tee->arena, tee->slots, handle)) != ARENA_NONE;) {
		const struct tee_slot *slot = slot_of(tee, handle);
		if (slot->pool == pool && slot->at < at + bytes && at < slot->at + slot->bytes)
			return true;
	}
	return false;
}

/* The lowest place in a pool of the guest. A pool that it keeps to itself or has given back is none. */
static bool find_place(const struct tee *tee, uint16_t guest, uint64_t bytes, uint16_t *pool, uint64_t *at)
{
	for (uint16_t i = 0; i < tee->machine->memory_count; i++) {
		const struct machine_memory *row = &tee->machine->memories[i];
		const struct tee_memory *state = &tee->memories[i];
		if (row->owner != guest || !row->swiotlb || state->private || state->released)
			continue;
		for (uint64_t place = 0; place + bytes <= row->bytes; place += PAGE_BYTES) {
			if (is_taken(tee, i, place, bytes))
				continue;
			*pool = i;
			*at = place;
			return true;
		}
	}
	return false;
}

static uint64_t pa_of(const struct tee *tee, uint16_t memory, uint64_t offset)
{
	return tee->machine->memories[memory].hpa + offset;
}

int tee_bounce_begin(struct tee *tee, const struct tee_slot *wanted, uint32_t *out)
{
	struct tee_slot slot = *wanted;
	uint16_t guest = tee->machine->memories[slot.memory].owner;

	if (slot.bytes > BOUNCE_MAX_BYTES || !find_place(tee, guest, slot.bytes, &slot.pool, &slot.at))
		return -ENOMEM;
	uint32_t handle = arena_alloc(tee->arena, tee->slots);
	if (handle == ARENA_NONE)
		return -ENOMEM;
	if (!tee->platform.bounce(tee->platform.context, pa_of(tee, slot.pool, slot.at),
				  pa_of(tee, slot.memory, slot.offset), slot.bytes)) {
		arena_release(tee->arena, tee->slots, handle);
		return -ENOMEM;
	}
	*slot_of(tee, handle) = slot;
	*out = handle;
	return 0;
}

struct tee_slot *tee_bounce_slot(const struct tee *tee, uint32_t handle)
{
	return slot_of(tee, handle);
}

uint32_t tee_bounce_find(const struct tee *tee, uint16_t device, uint64_t iova, uint64_t bytes)
{
	for (uint32_t handle = 0; (handle = arena_next(tee->arena, tee->slots, handle)) != ARENA_NONE;) {
		const struct tee_slot *slot = slot_of(tee, handle);
		if (slot->device == device && slot->iova == iova && slot->bytes == bytes)
			return handle;
	}
	return 0;
}

/* The guest's CPU takes the fault: the buffer is not its own any more. */
int tee_bounce_check(const struct tee *tee, uint32_t handle)
{
	const struct tee_memory *memory = &tee->memories[slot_of(tee, handle)->memory];

	return memory->destroyed || memory->released ? -EFAULT : 0;
}

static void copy(struct tee *tee, const struct tee_slot *slot, bool to_pool)
{
	tee->platform.bounce_sync(tee->platform.context, pa_of(tee, slot->pool, slot->at),
				  pa_of(tee, slot->memory, slot->offset), slot->bytes, to_pool);
}

void tee_bounce_end(struct tee *tee, uint32_t handle)
{
	const struct tee_slot *slot = slot_of(tee, handle);

	if (slot->permissions & UAPI_WRITE)
		copy(tee, slot, false);
	tee_bounce_drop(tee, handle);
}

void tee_bounce_drop(struct tee *tee, uint32_t handle)
{
	const struct tee_slot *slot = slot_of(tee, handle);

	tee->platform.bounce_end(tee->platform.context, pa_of(tee, slot->pool, slot->at));
	arena_release(tee->arena, tee->slots, handle);
}

int tee_dma_sync(struct tee *tee, uint16_t guest, uint16_t device, uint64_t iova, uint64_t bytes, bool to_device)
{
	if (tee->devices[device].guest != guest || !tee->devices[device].driven)
		return -ENODEV;
	uint32_t handle = tee_bounce_find(tee, device, iova, bytes);
	int error = handle ? tee_bounce_check(tee, handle) : 0;
	if (!handle || error)
		return error;
	const struct tee_slot *slot = slot_of(tee, handle);
	bool out = slot->permissions & UAPI_READ || tee_rule(tee, KNOB_BOUNCE_SYNC) == BOUNCE_SYNC_ALWAYS;
	if (to_device ? out : (slot->permissions & UAPI_WRITE) != 0)
		copy(tee, slot, to_device);
	return 0;
}

bool tee_bounced(const struct tee *tee, uint16_t device, uint64_t iova, uint64_t bytes, uint16_t *pool, uint64_t *at)
{
	uint32_t handle = tee_bounce_find(tee, device, iova, bytes);

	if (!handle)
		return false;
	*pool = slot_of(tee, handle)->pool;
	*at = slot_of(tee, handle)->at;
	return true;
}
