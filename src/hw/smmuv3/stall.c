/* SPDX-License-Identifier: MIT */
/* Transactions that wait for software's answer (3.12.2), and the answers (4.7.1, 4.7.2). */
#include "hw/smmuv3/engine.h"

int smmu_stall_take(struct smmu *unit, uint32_t stream, bool recorded)
{
	for (unsigned tag = 0; tag < unit->rules.stalls && tag < SMMU_STALLS_MAX; tag++) {
		struct smmu_stall *stall = &unit->state->stalls[tag];
		if (stall->state != SMMU_STALL_FREE)
			continue;
		stall->stream = stream;
		stall->state = recorded ? SMMU_STALL_RECORDED : SMMU_STALL_UNRECORDED;
		return (int)tag;
	}
	return -1;
}

/* The tag is free before the answer is given: who is told to retry may do so at once. */
static void answer(struct smmu *unit, unsigned tag, enum stall_action action)
{
	struct stall_answer message = {
		.stream = unit->state->stalls[tag].stream, .tag = (uint16_t)tag, .action = (uint8_t)action};

	unit->state->stalls[tag] = (struct smmu_stall){0};
	if (unit->iommu.outlet)
		unit->iommu.outlet->stall_answer(unit->iommu.outlet->context, unit->iommu.index, &message);
}

/* 4.7.1: without effect unless STAG and StreamID both name the transaction, and its record has been written. */
static void resume(struct smmu *unit, const uint64_t *words)
{
	uint64_t tag = SMMU_CMD_RESUME_STAG(words);
	bool aborts = SMMU_CMD_RESUME_AB(words) || !unit->rules.raz_wi;

	if (tag >= SMMU_STALLS_MAX || unit->state->stalls[tag].state != SMMU_STALL_RECORDED ||
	    unit->state->stalls[tag].stream != SMMU_CMD_RESUME_SID(words))
		return;
	answer(unit, (unsigned)tag, SMMU_CMD_RESUME_AC(words) ? STALL_RETRY : aborts ? STALL_ABORT : STALL_TERMINATE);
}

void smmu_stall_command(struct smmu *unit, const uint64_t *words)
{
	bool stalled[SMMU_STALLS_MAX];

	if (SMMU_CMD_OPCODE(words) == SMMU_OP_RESUME) {
		resume(unit, words);
		return;
	}
	/* 4.7.2: those that wait now; what an answer makes arrive is not meant. */
	for (unsigned tag = 0; tag < SMMU_STALLS_MAX; tag++)
		stalled[tag] = unit->state->stalls[tag].state != SMMU_STALL_FREE &&
			       unit->state->stalls[tag].stream == SMMU_CMD_RESUME_SID(words);
	for (unsigned tag = 0; tag < SMMU_STALLS_MAX; tag++)
		if (stalled[tag])
			answer(unit, tag, STALL_ABORT);
}

bool smmu_stall_retry(struct smmu *unit)
{
	unsigned tag = 0;

	if (unit->rules.stall_model == SMMU_STALL_NEVER)
		return false;
	while (tag < SMMU_STALLS_MAX && unit->state->stalls[tag].state != SMMU_STALL_UNRECORDED)
		tag++;
	if (tag == SMMU_STALLS_MAX || !smmu_events_are_writable(unit))
		return false;
	answer(unit, tag, STALL_RETRY);
	return true;
}

void smmu_stalls_end(struct smmu *unit)
{
	for (unsigned tag = 0; tag < SMMU_STALLS_MAX; tag++)
		if (unit->state->stalls[tag].state != SMMU_STALL_FREE)
			answer(unit, tag, STALL_ABORT);
}
