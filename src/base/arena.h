/* SPDX-License-Identifier: MIT */
/*
 * The state arena: everything that a running simulation may change, in one reserved address range, so that
 * a state can be saved, restored and hashed without knowing what it means.
 *
 * A region is defined once, before the first step, in a fixed order (that order is part of the identity of
 * a state: same modules, same order). Regions never move; a module keeps the plain pointer that it got.
 *
 *   arena_block()  a fixed piece of zeroed bytes: a module's singleton state or a declared array.
 *   arena_pool()   slots of one size, addressed by 32-bit handles (slot index + 1; 0 is "none"). Allocation
 *                  takes the lowest free index; a slot is zero when allocated and zeroed when released.
 *
 * Equal states hash equal: no pointer, time stamp or use counter may be stored in a HASHED region, padding is
 * explicit and zero, and what an allocation history leaves behind is gone (lowest-free-index, zeroed slots).
 * ARENA_DERIVED marks what can be rebuilt (lookup indexes): saved and restored, never hashed. ARENA_UNHASHED
 * marks clocks, statistics and traces: saved and restored too, never hashed.
 *
 * Only the part of a region below its high-water mark is copied. Reservation: ARENA_RESERVE_BYTES, lazily
 * committed by the system.
 */
#ifndef IOSIM_BASE_ARENA_H
#define IOSIM_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARENA_RESERVE_BYTES (UINT64_C(8) << 30)
#define ARENA_MAX_REGIONS   256
#define ARENA_NONE          0u

enum arena_class { ARENA_HASHED, ARENA_DERIVED, ARENA_UNHASHED };

struct arena;
struct arena_snapshot;

typedef uint16_t arena_pool_id;

struct arena *arena_new(void);
void arena_free(struct arena *arena);

/* Zeroed, 64-byte aligned, `bytes` long, valid as long as the arena. */
void *arena_block(struct arena *arena, const char *name, size_t bytes, enum arena_class class);

/*
 * A pool of at most `capacity` slots of `slot_bytes`. With `keyed`, the first uint64_t of a live slot is its
 * identity and the hash uses it in place of the slot index (a simulated frame is its frame number, wherever
 * it lies). The identity of a live slot may not change.
 */
arena_pool_id arena_pool(struct arena *arena, const char *name, size_t slot_bytes, uint32_t capacity, bool keyed,
			 enum arena_class class);

/* The lowest free slot, zeroed; ARENA_NONE when all are taken. */
uint32_t arena_alloc(struct arena *arena, arena_pool_id pool);
void arena_release(struct arena *arena, arena_pool_id pool, uint32_t handle);
/* Whether the handle names a live slot; any 32-bit value may be asked. */
bool arena_live(const struct arena *arena, arena_pool_id pool, uint32_t handle);
/* The slot of a live handle. */
void *arena_slot(const struct arena *arena, arena_pool_id pool, uint32_t handle);
/* The base of the pool's slots: slot of handle h is base + (h - 1) * slot_bytes. Fixed for the arena's life. */
void *arena_pool_base(const struct arena *arena, arena_pool_id pool);
/* The first live handle greater than `after` (0 to begin), in index order; ARENA_NONE after the last. */
uint32_t arena_next(const struct arena *arena, arena_pool_id pool, uint32_t after);
uint32_t arena_count(const struct arena *arena, arena_pool_id pool);

/* A copy of all regions. A snapshot belongs to the arena that made it and outlives any number of restores. */
struct arena_snapshot *arena_save(const struct arena *arena);
void arena_restore(struct arena *arena, const struct arena_snapshot *snapshot);
void arena_snapshot_free(struct arena_snapshot *snapshot);

/*
 * Called after each restore, in the order of registration, so that what is derived outside the arena (none
 * should be) or cheaper to rebuild than to copy follows.
 */
void arena_on_restore(struct arena *arena, void (*rebuild)(void *context), void *context);

/* Sum over all HASHED bytes, in 256-byte blocks keyed by (region, slot identity, block); a zero block adds 0. */
uint64_t arena_hash(const struct arena *arena);

#endif
