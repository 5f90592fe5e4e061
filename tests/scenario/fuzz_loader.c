/* SPDX-License-Identifier: MIT */
/* Any bytes as a scenario: refused with a message, or a program whose every index is in range. */
#include "tables.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void want(bool truth)
{
	if (!truth)
		abort();
}

static void check_target(const struct scenario_case *program, const struct target *target)
{
	const struct machine *machine = program->machine;

	switch (target->kind) {
	case TARGET_MEMORY:
		want(target->index < machine->memory_count && target->offset < machine->memories[target->index].bytes);
		break;
	case TARGET_BAR:
		want(target->index < machine->bar_count && target->offset < machine->bars[target->index].bytes);
		break;
	case TARGET_RESERVED:
		want(target->index < machine->reserved_count);
		break;
	case TARGET_RESULT:
		want(target->index < program->slot_count && target->offset < PIN_BYTES &&
		     program->slots[target->index].kind == RESULT_MEMORY);
		break;
	default:
		want(target->kind == TARGET_NONE || target->kind == TARGET_ADDRESS);
	}
}

static void check_address(const struct scenario_case *program, const struct address *address)
{
	const struct machine *machine = program->machine;
	const uint32_t limits[] = {
		[ADDRESS_NUMBER] = 1,
		[ADDRESS_RESULT] = program->slot_count,
		[ADDRESS_HPA] = machine->memory_count,
		[ADDRESS_GPA] = machine->memory_count,
		[ADDRESS_VA] = machine->memory_count,
		[ADDRESS_BUS] = machine->bar_count,
		[ADDRESS_RESERVED] = machine->reserved_count,
		[ADDRESS_MSI] = machine->device_count,
	};

	want(address->base < G_N_ELEMENTS(limits));
	want(address->index < limits[address->base]);
	if (address->base == ADDRESS_MSI)
		want(address->vector < machine->devices[address->index].vectors);
}

static void check_pasid(const struct scenario_case *program, const struct pasid_operand *pasid)
{
	want(pasid->base <= PASID_RESULT);
	want(pasid->base != PASID_NUMBER || pasid->value < 1u << 20);
	want(pasid->base != PASID_RESULT ||
	     (pasid->value < program->slot_count && program->slots[pasid->value].kind == RESULT_PASID));
}

static void check_expectation(const struct scenario_case *program, const struct expectation *expect)
{
	const struct machine *machine = program->machine;

	check_target(program, &expect->reaches);
	want(expect->reaches.kind != TARGET_ADDRESS);
	if (expect->kind == EXPECT_RAISES)
		want(expect->raises.device < machine->device_count &&
		     expect->raises.index < machine->devices[expect->raises.device].vectors);
}

static void check_step(const struct scenario_case *program, const struct step *step)
{
	const struct machine *machine = program->machine;
	const struct operands *with = &step->with;

	want(step->operation < OPERATIONS && step->times >= 1 && step->place.line >= 1);
	want(step->by == MACHINE_NONE || step->by < machine->owner_count);
	want(step->as <= program->slot_count);
	want(step->expect_count >= 1 && step->expect_count <= STEP_MAX_ALTERNATIVES);
	for (unsigned i = 0; i < step->expect_count; i++)
		check_expectation(program, &step->expect[i]);
	want(with->device == MACHINE_NONE || with->device < machine->device_count);
	want(with->iommu == MACHINE_NONE || with->iommu < machine->iommu_count);
	want(with->owner == MACHINE_NONE || with->owner < machine->owner_count);
	if (step->operation == OP_ATTACH || step->operation == OP_MAP)
		want(with->space < program->slot_count);
	want(with->check_count <= CHECK_KEYS);
	check_target(program, &with->to);
	want(with->to.kind != TARGET_RESULT || step->operation == OP_DMA_MAP);
	want(with->to.kind != TARGET_ADDRESS || step->operation == OP_MAP);
	if (step->operation == OP_UNPIN)
		want(with->pages < program->slot_count && program->slots[with->pages].kind == RESULT_MEMORY);
	if (step->operation == OP_DMA || step->operation == OP_MAP || step->operation == OP_ATS || with->at_given)
		check_address(program, &with->at);
	if (step->operation == OP_RESUME || step->operation == OP_PAGE_RESPONSE)
		want(with->request < program->slot_count && program->slots[with->request].maker == OP_DMA);
	if (with->space_given)
		want(with->space < program->slot_count);
	check_pasid(program, &with->pasid);
	want(memchr(step->text, 0, sizeof(step->text)) != NULL);
}

static void check_row(const struct scenario *scenario, const struct expect_row *row)
{
	want(row->policies && row->cases && !(row->cases >> scenario->case_count));
	want(row->item_count >= 1 && row->item_count <= SCENARIO_MAX_ITEMS);
	for (unsigned i = 0; i < row->item_count; i++)
		want(row->items[i].kind == OUTCOME_SAFE || *row->items[i].label);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	GError *error = NULL;
	struct scenario *scenario = scenario_load_data("fuzz", (const char *)data, bytes, &test_tables, &error);

	want((scenario == NULL) == (error != NULL));
	if (!scenario) {
		want(g_str_has_prefix(error->message, "fuzz:") && g_utf8_validate(error->message, -1, NULL));
		g_error_free(error);
		return 0;
	}
	for (uint32_t i = 0; i < scenario->case_count; i++)
		for (uint32_t k = 0; k < scenario->cases[i].step_count; k++)
			check_step(&scenario->cases[i], &scenario->cases[i].steps[k]);
	for (uint32_t i = 0; i < scenario->row_count; i++)
		check_row(scenario, &scenario->rows[i]);
	scenario_free(scenario);
	return 0;
}
