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
 * marks clocks, statistics and traces: saved and restored too, never hashed. ARENA_REBUILT is neither saved nor
 * hashed, and a restore leaves it as it is: its owner brings it up to date in an arena_on_restore() callback.
 *
 * Only live slots are copied and hashed, and of a block the part below its used mark (arena_block_used(); the whole
 * block unless said otherwise). Reservation: ARENA_RESERVE_BYTES, lazily committed by the system.
 */
#ifndef IOSIM_BASE_ARENA_H
#define IOSIM_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARENA_RESERVE_BYTES (UINT64_C(8) << 30)
#define ARENA_MAX_REGIONS   256
#define ARENA_MAX_CALLBACKS 64
#define ARENA_NONE          0u

enum arena_class { ARENA_HASHED, ARENA_DERIVED, ARENA_UNHASHED, ARENA_REBUILT };

struct arena;
struct arena_snapshot;

typedef uint16_t arena_pool_id;

struct arena *arena_new(void);
void arena_free(struct arena *arena);

/* Zeroed, 64-byte aligned, `bytes` long, valid as long as the arena. */
void *arena_block(struct arena *arena, const char *name, size_t bytes, enum arena_class class);
/*
 * Says that every byte of the block from `bytes` on is zero, so that only those below it are copied and hashed. The
 * owner of a large block that fills from the bottom raises the mark before it writes above it. The mark is no part of
 * the hash; a restore brings it back.
 */
void arena_block_used(struct arena *arena, const void *block, size_t bytes);

/*
 * A pool of at most `capacity` slots of `slot_bytes`. With `keyed`, the first uint64_t of a live slot is its
 * identity and the hash uses it in place of the slot index (a simulated frame is its frame number, wherever
 * it lies). The identity of a live slot may not change. Only what follows the identity is content: a keyed slot
 * whose content is zero hashes like one that does not exist, as a frame of zeros reads like one never written.
 * In a pool without keys, which slots are live is part of the hash. slot_bytes of a keyed pool: a multiple of 8.
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

/* How many bytes of state there are, which a snapshot copies: what is live or used, with what says so. */
size_t arena_bytes(const struct arena *arena);
/* A copy of all regions. A snapshot belongs to the arena that made it and outlives any number of restores. */
struct arena_snapshot *arena_save(const struct arena *arena);
void arena_restore(struct arena *arena, const struct arena_snapshot *snapshot);
void arena_snapshot_free(struct arena_snapshot *snapshot);

/*
 * Called after each restore, in the order of registration, so that what is derived outside the arena (none
 * should be) or cheaper to rebuild than to copy follows.
 */
void arena_on_restore(struct arena *arena, void (*rebuild)(void *context), void *context);

/*
 * Sum over all HASHED bytes, in 256-byte blocks keyed by (region, slot identity or index, block); a zero block adds 0.
 * 64 bits: two different states collide with a probability of 2^-64.
 */
uint64_t arena_hash(const struct arena *arena);
/* The same bytes under another hash: two states for which both are equal are the same, for all that can be counted. */
uint64_t arena_second_hash(const struct arena *arena);

#endif
