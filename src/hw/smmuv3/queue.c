/* SPDX-License-Identifier: MIT */
/*
 * The command queue (3.5, 4.1, 4.8, 7.1). A command is consumed (read, checked, the head moves on) and completed (it
 * has taken effect) in two events; only CMD_SYNC orders them: it is consumed when all that is ahead of it is complete.
 */
#include "hw/smmuv3/engine.h"

#include <string.h>

unsigned smmu_queue_lg2(uint64_t base, unsigned most)
{
	unsigned lg2 = (unsigned)SMMU_QUEUE_BASE_LOG2SIZE(&base);
	return lg2 < most ? lg2 : most;
}

uint64_t smmu_queue_slot(const struct smmu *unit, uint64_t base, unsigned lg2, uint64_t index, unsigned entry_bytes)
{
	uint64_t bytes = (uint64_t)entry_bytes << lg2;

	/* 6.3.26: aligned to the size of the queue, 32 bytes at least. */
	base &= SMMU_QUEUE_BASE_ADDR_MASK & ~unit->rules.oas_beyond & -(bytes < 32 ? 32 : bytes);
	return base + (index & ((UINT64_C(1) << lg2) - 1)) * entry_bytes;
}

static bool has_commands(const struct smmu *unit)
{
	const uint64_t *registers = unit->state->registers;
	uint32_t mask = smmu_index_mask(smmu_queue_lg2(registers[SMMU_R_CMDQ_BASE], unit->rules.command_lg2_max));

	return SMMU_CR0_CMDQEN(&registers[SMMU_R_CR0ACK]) && !(smmu_active_errors(unit) & SMMU_GERROR_CMDQ_ERR_MASK) &&
	       (registers[SMMU_R_CMDQ_PROD] ^ registers[SMMU_R_CMDQ_CONS]) & mask;
}

/* Where the command at the head lies. */
static uint64_t head_of(const struct smmu *unit)
{
	const uint64_t *registers = unit->state->registers;
	unsigned lg2 = smmu_queue_lg2(registers[SMMU_R_CMDQ_BASE], unit->rules.command_lg2_max);

	return smmu_queue_slot(unit, registers[SMMU_R_CMDQ_BASE], lg2, registers[SMMU_R_CMDQ_CONS], SMMU_COMMAND_BYTES);
}

/* Whether the next command is one that waits for nothing; what cannot be read does not say so. */
static bool is_ready(const struct smmu *unit)
{
	uint64_t words[2], head = head_of(unit);

	if (smmu_is_checked(unit) && !smmu_root_would_allow(unit->root, head, unit->space))
		return false;
	return memory_read(unit->memory, head, words, SMMU_COMMAND_BYTES) && SMMU_CMD_OPCODE(words) != SMMU_OP_SYNC;
}

/* False: it cannot be read. */
static bool fetch(struct smmu *unit, uint64_t *words)
{
	uint64_t head = head_of(unit);

	return smmu_may_access(unit, head, SMMU_ROOT_CMDQ_GPF) &&
	       memory_read(unit->memory, head, words, SMMU_COMMAND_BYTES);
}

bool smmu_queue_may_consume(const struct smmu *unit)
{
	if (!has_commands(unit))
		return false;
	if (unit->state->pending_count == 0 && !smmu_atc_is_owed(unit))
		return true;
	return unit->state->pending_count < SMMU_PENDING_MAX && is_ready(unit);
}

static void complete_sync(struct smmu *unit, const uint64_t *words)
{
	struct effect effect = {
		.kind = EFFECT_COMPLETE,
		.iommu = unit->iommu.index,
		.command = {words[0], words[1]},
		.scope = {.what = INVALIDATED_NOTHING},
	};

	if (SMMU_CMD_SYNC_CS(words) == SMMU_SYNC_IRQ) {
		unit->signals->syncs++;
		if (SMMU_IDR0_MSI(&unit->ids.idr0))
			smmu_send_message(unit, words[1] & SMMU_CMD_SYNC_MSIADDR_MASK,
					  (uint32_t)SMMU_CMD_SYNC_MSIDATA(words), SMMU_GERROR_MSI_CMDQ_ABT_ERR_MASK);
	} else if (SMMU_CMD_SYNC_CS(words) == SMMU_SYNC_SEV && SMMU_IDR0_SEV(&unit->ids.idr0)) {
		unit->signals->wakes++;
	}
	effect_report(unit->iommu.hook, &effect);
}

void smmu_queue_consume(struct smmu *unit)
{
	struct smmu_state *state = unit->state;
	uint64_t *cons = &state->registers[SMMU_R_CMDQ_CONS], words[2];
	unsigned error = fetch(unit, words) ? smmu_command_error(unit, words) : SMMU_CERROR_ABT;
	bool sync = !error && SMMU_CMD_OPCODE(words) == SMMU_OP_SYNC;

	if (sync && state->atc_failed) { /* once: the same command may be tried again */
		state->atc_failed = false;
		error = SMMU_CERROR_ATC_INV_SYNC;
	}
	if (error) {
		SMMU_CMDQ_CONS_set_ERR(cons, error);
		smmu_global_error(unit, SMMU_GERROR_CMDQ_ERR_MASK);
		return;
	}
	struct effect effect = {
		.kind = EFFECT_CONSUME,
		.iommu = unit->iommu.index,
		.address = SMMU_CMDQ_CONS_RD(cons),
		.command = {words[0], words[1]},
	};
	uint32_t mask =
		smmu_index_mask(smmu_queue_lg2(state->registers[SMMU_R_CMDQ_BASE], unit->rules.command_lg2_max));

	if (sync)
		complete_sync(unit, words);
	else
		memcpy(state->pending[state->pending_count++], words, sizeof(words));
	SMMU_CMDQ_CONS_set_RD(cons, (SMMU_CMDQ_CONS_RD(cons) + 1) & mask);
	effect_report(unit->iommu.hook, &effect);
}

bool smmu_queue_may_complete(const struct smmu *unit, uint32_t place)
{
	const uint64_t *words = unit->state->pending[place];

	return SMMU_CMD_OPCODE(words) != SMMU_OP_ATC_INV || smmu_atc_may_send(unit, words);
}

uint32_t smmu_queue_next(const struct smmu *unit)
{
	uint32_t place = 0;

	while (place < unit->state->pending_count && !smmu_queue_may_complete(unit, place))
		place++;
	return place;
}

void smmu_queue_complete(struct smmu *unit, uint32_t place)
{
	struct smmu_state *state = unit->state;
	uint64_t words[2] = {state->pending[place][0], state->pending[place][1]};

	state->pending_count--;
	memmove(state->pending[place], state->pending[place + 1],
		(state->pending_count - place) * sizeof(state->pending[0]));
	memset(state->pending[state->pending_count], 0, sizeof(state->pending[0]));
	smmu_command_complete(unit, words);
}
