/* SPDX-License-Identifier: MIT */
/*
 * Memory under the cycle clock. Every access takes the same time. At most `outstanding` accesses are under way; who
 * asks while there are as many waits for the oldest one to end, so accesses begin and end in the order of asking.
 *
 * An access happens when its answer arrives: what is written before that is seen. An ask is what some hardware waits
 * for: it says what is to be read or updated, and has room for the answer.
 *
 * When accesses end is state in the arena: saved, restored, never hashed.
 */
#ifndef IOSIM_HW_TIMED_MEMORY_H
#define IOSIM_HW_TIMED_MEMORY_H

#include "hw/memory.h"

#include <stdbool.h>
#include <stdint.h>

#define MEMORY_ASK_MAX_WORDS         8
#define TIMED_MEMORY_MAX_OUTSTANDING 1024

struct memory_ask {
	uint64_t pa; /* aligned to `bytes`, of an update to the word */
	/*
	 * To be read: 8, 16, 32 or 64. 0: an update instead, which makes the word there `fresh`, in one atomic step
	 * with the check that it is still `old`.
	 */
	uint32_t bytes;
	/*
	 * The answer. Not answered: no memory there; an update: no frame left for it, or, with `changed`, the word was
	 * another one.
	 */
	bool answered, changed;
	uint64_t old, fresh;
	uint64_t data[MEMORY_ASK_MAX_WORDS];
};

/* memory_ask_answer() of an update, and of a frame that was never written. */
void memory_ask_update(struct memory *memory, struct memory_ask *ask);
void memory_ask_unwritten(const struct memory *memory, struct memory_ask *ask);

/* Does the access and fills in the answer. */
static inline void memory_ask_answer(struct memory *memory, struct memory_ask *ask)
{
	if (IOSIM_UNLIKELY(ask->bytes == 0)) {
		memory_ask_update(memory, ask);
		return;
	}
	/* So it does not cross a frame either. */
	IOSIM_ASSERT(ask->bytes <= 8 * MEMORY_ASK_MAX_WORDS && (ask->pa & (ask->bytes - 1)) == 0);
	const uint64_t *words = memory_frame(memory, ask->pa >> FRAME_LG2);
	uint64_t offset = ask->pa % FRAME_BYTES;
	if (IOSIM_UNLIKELY(!words)) {
		memory_ask_unwritten(memory, ask);
		return;
	}
	ask->answered = true;
	ask->data[0] = words[offset / 8];
	for (unsigned word = 1; word < ask->bytes / 8; word++)
		ask->data[word] = words[offset / 8 + word];
}

struct timed_memory {
	struct memory *memory;
	uint32_t latency_cycles;
	uint32_t outstanding;
	struct timed_memory_state {
		uint64_t accesses;      /* asked for so far */
		uint64_t waited_cycles; /* by all of them, for others to end */
		uint64_t last_asked_cycles;
		uint32_t oldest; /* in `ends` */
		uint32_t zero;
	} * state;
	uint64_t *ends; /* of the last `outstanding` accesses */
};

/*
 * `outstanding`: 0 for no limit, TIMED_MEMORY_MAX_OUTSTANDING at most; defines its regions of the memory's arena. NULL
 * never.
 */
struct timed_memory *timed_memory_new(struct memory *memory, uint32_t latency_cycles, uint32_t outstanding);
void timed_memory_free(struct timed_memory *timed);
/* One access asked for now. When its answer arrives. Time does not go back from call to call. */
static inline uint64_t timed_memory_ask(struct timed_memory *timed, uint64_t now_cycles)
{
	struct timed_memory_state *state = timed->state;
	uint64_t begins = now_cycles;

	state->accesses++;
	if (timed->outstanding == 0)
		return begins + timed->latency_cycles;
	IOSIM_ASSERT(now_cycles >= state->last_asked_cycles);
	state->last_asked_cycles = now_cycles;
	/* All take the same time, so the one that has to end first is the one that was asked for first. */
	uint64_t *end = &timed->ends[state->oldest];
	if (*end > now_cycles) {
		begins = *end;
		state->waited_cycles += begins - now_cycles;
	}
	*end = begins + timed->latency_cycles;
	if (++state->oldest == timed->outstanding)
		state->oldest = 0;
	return *end;
}

#endif
