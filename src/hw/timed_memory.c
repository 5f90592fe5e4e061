/* SPDX-License-Identifier: MIT */
#include "hw/timed_memory.h"

#include <glib.h>

void memory_ask_update(struct memory *memory, struct memory_ask *ask)
{
	uint64_t word;
	bool found = memory_read64(memory, ask->pa, &word);

	ask->changed = found && word != ask->old;
	ask->answered = found && !ask->changed && memory_write64(memory, ask->pa, ask->fresh);
}

void memory_ask_unwritten(const struct memory *memory, struct memory_ask *ask)
{
	ask->answered = memory_frame_or_zero(memory, ask->pa >> FRAME_LG2) != NULL;
	for (unsigned word = 0; ask->answered && word < ask->bytes / 8; word++)
		ask->data[word] = 0;
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
