/* SPDX-License-Identifier: MIT */
#include "hw/timed_memory.h"

#include <glib.h>

static void update(struct memory *memory, struct memory_ask *ask)
{
	uint64_t word;
	bool found = memory_read64(memory, ask->pa, &word);

	ask->changed = found && word != ask->old;
	ask->answered = found && !ask->changed && memory_write64(memory, ask->pa, word | ask->bits);
}

void memory_ask_answer(struct memory *memory, struct memory_ask *ask)
{
	uint64_t offset = ask->pa % FRAME_BYTES;

	IOSIM_ASSERT(ask->pa % 8 == 0 && ask->bytes % 8 == 0 && ask->bytes <= 8 * MEMORY_ASK_MAX_WORDS &&
		     offset + ask->bytes <= FRAME_BYTES);
	if (ask->bytes == 0) {
		update(memory, ask);
		return;
	}
	const uint64_t *words = memory_frame(memory, ask->pa >> FRAME_LG2);
	if (IOSIM_UNLIKELY(!words))
		words = memory_frame_or_zero(memory, ask->pa >> FRAME_LG2);
	ask->answered = words;
	if (!words)
		return;
	words += offset / 8;
	for (unsigned word = 0; word < ask->bytes / 8; word++)
		ask->data[word] = words[word];
}

struct timed_memory *timed_memory_new(struct memory *memory, uint32_t latency_cycles, uint32_t outstanding)
{
	IOSIM_ASSERT(outstanding <= TIMED_MEMORY_MAX_OUTSTANDING);
	struct timed_memory *timed = g_new0(struct timed_memory, 1);

	timed->memory = memory;
	timed->latency_cycles = latency_cycles;
	timed->outstanding = outstanding;
	timed->state = arena_block(memory->arena, "timed memory", sizeof(*timed->state), ARENA_UNHASHED);
	if (outstanding)
		timed->ends = arena_block(memory->arena, "timed memory accesses", sizeof(timed->ends[0]) * outstanding,
					  ARENA_UNHASHED);
	return timed;
}

void timed_memory_free(struct timed_memory *timed)
{
	g_free(timed);
}

uint64_t timed_memory_ask(struct timed_memory *timed, uint64_t now_cycles)
{
	struct timed_memory_state *state = timed->state;
	uint64_t begins = now_cycles;

	IOSIM_ASSERT(now_cycles >= state->last_asked_cycles);
	state->last_asked_cycles = now_cycles;
	state->accesses++;
	if (timed->outstanding == 0)
		return begins + timed->latency_cycles;
	/* All take the same time, so the one that has to end first is the one that was asked for first. */
	uint64_t *end = &timed->ends[state->oldest];
	if (*end > begins)
		begins = *end;
	state->waited_cycles += begins - now_cycles;
	*end = begins + timed->latency_cycles;
	if (++state->oldest == timed->outstanding)
		state->oldest = 0;
	return *end;
}
