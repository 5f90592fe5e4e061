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
	uint64_t pa; /* 8-byte aligned */
	/*
	 * To be read, within the frame: a multiple of 8, 8 * MEMORY_ASK_MAX_WORDS at most. 0: an update instead, which
	 * sets `bits` in the word there, in one atomic step with the check that the word is still `old`.
	 */
	uint32_t bytes;
	/*
	 * The answer. Not answered: no memory there; an update: no frame left for it, or, with `changed`, the word was
	 * another one.
	 */
	bool answered, changed;
	uint64_t old, bits;
	uint64_t data[MEMORY_ASK_MAX_WORDS];
};

/* Does the access and fills in the answer. */
void memory_ask_answer(struct memory *memory, struct memory_ask *ask);

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
uint64_t timed_memory_ask(struct timed_memory *timed, uint64_t now_cycles);

#endif
