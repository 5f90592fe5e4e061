/* SPDX-License-Identifier: MIT */
/* The global command register (11.4.4) and what follows from it: the mode in which requests are handled. */
#include "hw/vtd/engine.h"

/* What RTADDR.TTM says of the root table in use; a unit that deviates looks at its lower bit alone. */
static uint64_t table_mode(const struct vtd *unit)
{
	const uint64_t *root = &unit->state->root;

	if (!(unit->rules.deviations & VTD_DEVIATES(TTM_IGNORED)))
		return VTD_RTADDR_TTM(root);
	return VTD_ECAP_SMTS(&unit->state->registers[VTD_R_ECAP]) ? VTD_RTADDR_TTM(root) & VTD_TTM_SCALABLE
								  : VTD_TTM_LEGACY;
}

/* 7.1.3, RTA.1 */
static unsigned mode_of(const struct vtd *unit)
{
	const uint64_t *registers = unit->state->registers;
	uint64_t mode = table_mode(unit);

	if (!VTD_GSTS_TES(&registers[VTD_R_GSTS]))
		return VTD_MODE_OFF;
	if (mode == VTD_TTM_LEGACY && !VTD_RTADDR_SSIRWE(&unit->state->root))
		return VTD_MODE_LEGACY;
	if (mode == VTD_TTM_SCALABLE && VTD_ECAP_SMTS(&registers[VTD_R_ECAP]))
		return VTD_MODE_SCALABLE;
	if (mode == VTD_TTM_ABORT && VTD_ECAP_ADMS(&registers[VTD_R_ECAP]))
		return VTD_MODE_ABORT;
	return VTD_MODE_INVALID;
}

void vtd_mode_derive(struct vtd *unit)
{
	uint64_t *status = &unit->state->registers[VTD_R_GSTS];

	unit->state->mode = mode_of(unit);
	unit->state->scalable = table_mode(unit) == VTD_TTM_SCALABLE;
	/* 7.2.1: the index starts again when nothing is translated. */
	if (!VTD_GSTS_TES(status) && !VTD_GSTS_IRES(status))
		unit->state->fault_index = 0;
}

/* Status bits that the command would set or clear; one-shot bits that are set always count. */
static bool has_effect(const struct vtd *unit, const uint64_t *command)
{
	const uint64_t *status = &unit->state->registers[VTD_R_GSTS];
	const uint64_t *ecap = &unit->state->registers[VTD_R_ECAP];
	const uint64_t *cap = &unit->state->registers[VTD_R_CAP];

	return VTD_GCMD_SRTP(command) || VTD_GCMD_TE(command) != VTD_GSTS_TES(status) ||
	       (VTD_CAP_RWBF(cap) && VTD_GCMD_WBF(command)) ||
	       (VTD_ECAP_QI(ecap) && VTD_GCMD_QIE(command) != VTD_GSTS_QIES(status)) ||
	       (VTD_ECAP_IR(ecap) && (VTD_GCMD_SIRTP(command) || VTD_GCMD_IRE(command) != VTD_GSTS_IRES(status) ||
				      VTD_GCMD_CFI(command) != VTD_GSTS_CFIS(status)));
}

void vtd_command_written(struct vtd *unit, uint32_t value)
{
	uint64_t command = value;
	uint64_t *status = &unit->state->registers[VTD_R_GSTS];

	/* Software that does not wait (6.9) finds that the earlier command was just done. */
	if (unit->state->command_pending)
		vtd_command_finish(unit);
	if (!has_effect(unit, &command))
		return;
	if (VTD_GCMD_SRTP(&command))
		VTD_GSTS_set_RTPS(status, 0);
	if (VTD_ECAP_IR(&unit->state->registers[VTD_R_ECAP]) && VTD_GCMD_SIRTP(&command))
		VTD_GSTS_set_IRTPS(status, 0);
	if (VTD_CAP_RWBF(&unit->state->registers[VTD_R_CAP]) && VTD_GCMD_WBF(&command))
		VTD_GSTS_set_WBFS(status, 1);
	unit->state->command = value;
	unit->state->command_pending = 1;
}

static void set_root(struct vtd *unit)
{
	unit->state->root = unit->state->registers[VTD_R_RTADDR];
	VTD_GSTS_set_RTPS(&unit->state->registers[VTD_R_GSTS], 1);
	/* 6.6 */
	if (VTD_CAP_ESRTPS(&unit->state->registers[VTD_R_CAP]))
		vtd_invalidate_all(unit);
}

static void drop_interrupt_entries(struct vtd *unit)
{
	struct vtd_invalidation all = {.what = INVALIDATED_INTERRUPTS, .granularity = VTD_GRANULARITY_GLOBAL};
	vtd_invalidate(unit, &all, NULL);
}

/* 6.7; 11.4.4.1, IRE */
static void finish_interrupt_command(struct vtd *unit, const uint64_t *command)
{
	uint64_t *status = &unit->state->registers[VTD_R_GSTS];
	bool enhanced = VTD_CAP_ESIRTPS(&unit->state->registers[VTD_R_CAP]);

	if (VTD_GCMD_SIRTP(command)) {
		unit->state->interrupt_table = unit->state->registers[VTD_R_IRTA];
		VTD_GSTS_set_IRTPS(status, 1);
	}
	if (enhanced && (VTD_GCMD_SIRTP(command) || (VTD_GSTS_IRES(status) && !VTD_GCMD_IRE(command))))
		drop_interrupt_entries(unit);
	VTD_GSTS_set_IRES(status, VTD_GCMD_IRE(command));
	VTD_GSTS_set_CFIS(status, VTD_GCMD_CFI(command));
}

void vtd_command_finish(struct vtd *unit)
{
	uint64_t command = unit->state->command;
	uint64_t *status = &unit->state->registers[VTD_R_GSTS];
	const uint64_t *ecap = &unit->state->registers[VTD_R_ECAP];

	unit->state->command = 0;
	unit->state->command_pending = 0;
	if (VTD_GCMD_SRTP(&command))
		set_root(unit);
	if (VTD_ECAP_IR(ecap))
		finish_interrupt_command(unit, &command);
	if (VTD_ECAP_QI(ecap)) {
		VTD_GSTS_set_QIES(status, VTD_GCMD_QIE(&command));
		if (!VTD_GCMD_QIE(&command))
			vtd_queue_disable(unit);
	}
	VTD_GSTS_set_WBFS(status, 0);
	/* 11.4.4.1, TE: with scalable mode supported, to turn translation off empties the caches. */
	if (VTD_ECAP_SMTS(ecap) && VTD_GSTS_TES(status) && !VTD_GCMD_TE(&command))
		vtd_invalidate_all(unit);
	VTD_GSTS_set_TES(status, VTD_GCMD_TE(&command));
	vtd_mode_derive(unit);
}
