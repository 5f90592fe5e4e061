/* SPDX-License-Identifier: MIT */
#include "timing/queue.h"

#include "hw/smmuv3/layout.h"

#include <string.h>

enum { QUEUE_IDLE, QUEUE_DRAINS, QUEUE_WORKS };

void timing_queue_init(struct timing_queue *queue, const struct timing_config *config, struct timing_machine *machine,
		       uint32_t other)
{
	const double *value = config->profile->value;

	*queue = (struct timing_queue){
		.machine = machine,
		.unit = config->unit,
		.other = other,
		.command = timing_ps(value[TIMING_COMMAND]),
		.invalidate = timing_ps(value[TIMING_INVALIDATE]),
		.complete = timing_ps(value[TIMING_COMPLETE]),
	};
	queue->state = arena_block(config->arena, "timed queue", sizeof(*queue->state), ARENA_UNHASHED);
}

/* SMMUv3: the command at the head, which is consumed and completed in one. */
static bool is_sync(const struct timing_queue *queue)
{
	struct iommu *unit = queue->unit;
	uint64_t base = unit->ops->read_register(unit, SMMU_REG_CMDQ_BASE, 8);
	uint64_t cons = unit->ops->read_register(unit, SMMU_REG_CMDQ_CONS, 4), word = 0;
	uint64_t entry = SMMU_CMDQ_CONS_RD(&cons) & ((UINT64_C(1) << SMMU_QUEUE_BASE_LOG2SIZE(&base)) - 1);

	return memory_read64(timing_memory(queue->machine),
			     (base & SMMU_QUEUE_BASE_ADDR_MASK) + entry * SMMU_COMMAND_BYTES, &word) &&
	       SMMU_CMD_OPCODE(&word) == SMMU_OP_SYNC;
}

/* What was read is done before more is read. False: there is nothing to do. */
static bool choose(struct timing_queue *queue)
{
	struct timing_queue_state *state = queue->state;
	struct unit_turn turns[2];
	uint32_t count = queue->unit->ops->turns(queue->unit, turns, 2);

	if (count == 0)
		return false;
	const struct unit_turn *turn = &turns[count > 1 && turns[0].place == UNIT_TURN_NEXT];
	state->place = turn->place;
	state->is_reading = turn->place == UNIT_TURN_NEXT;
	state->completes = state->is_reading ? queue->unit->ops->kind == IOMMU_SMMUV3 && is_sync(queue)
					     : strcmp(turn->what, "wait") == 0;
	state->responds = !state->is_reading && strcmp(turn->what, "response") == 0;
	return true;
}

static void work(struct timing_queue *queue)
{
	struct timing_queue_state *state = queue->state;
	uint64_t takes = (state->is_reading ? queue->command : 0) + (state->completes ? queue->complete : 0);

	if (!state->is_reading && !state->completes && !state->responds)
		takes = queue->invalidate;
	state->phase = QUEUE_WORKS;
	state->tally.busy_ps += takes;
	timing_other_at(queue->machine, queue->other, timing_now(queue->machine) + takes);
}

static void next(struct timing_queue *queue)
{
	struct timing_queue_state *state = queue->state;

	state->phase = QUEUE_IDLE;
	if (!choose(queue))
		return;
	if (state->completes && state->owes_drain) {
		state->owes_drain = false;
		if (!timing_drain(queue->machine, queue->other)) {
			state->phase = QUEUE_DRAINS;
			state->since = timing_now(queue->machine);
			return;
		}
	}
	work(queue);
}

void timing_queue_ring(struct timing_queue *queue)
{
	if (queue->state->phase == QUEUE_IDLE)
		next(queue);
}

bool timing_queue_event(struct timing_queue *queue)
{
	struct timing_queue_state *state = queue->state;

	if (state->phase == QUEUE_DRAINS) {
		state->tally.drain_ps += timing_now(queue->machine) - state->since;
		work(queue);
		return false;
	}
	queue->unit->ops->take_turn(queue->unit, state->place);
	state->tally.commands += state->is_reading;
	state->tally.completions += state->completes;
	state->tally.responses += state->responds;
	if (!state->is_reading && !state->completes && !state->responds) {
		state->tally.invalidations++;
		state->owes_drain = true;
	}
	next(queue);
	return true;
}
