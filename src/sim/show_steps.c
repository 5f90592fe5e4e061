/* SPDX-License-Identifier: MIT */
/* The steps of a case, with what they expect. */
#include "sim/show.h"

#include "uapi/rules.h"

static const char *target_name(const struct scenario_case *program, const struct target *target)
{
	switch (target->kind) {
	case TARGET_MEMORY:
		return program->machine->memories[target->index].name;
	case TARGET_BAR:
		return program->machine->bars[target->index].name;
	case TARGET_RESERVED:
		return program->machine->reserved[target->index].name;
	case TARGET_RESULT:
		return program->slots[target->index].name;
	case TARGET_NONE:
	case TARGET_ADDRESS:
		break;
	}
	return "nothing";
}

static void append_fault(GString *out, const struct expectation *want)
{
	g_string_append(out, "fault");
	for (enum iommu_kind kind = IOMMU_NONE; kind < IOMMU_KINDS; kind++)
		if (want->fault[kind])
			g_string_append_printf(out, " %s %#x", machine_name_of_kind(kind), want->fault[kind]);
}

static void append_expectation(GString *out, const struct scenario_case *program, const struct expectation *want)
{
	switch (want->kind) {
	case EXPECT_OK:
		g_string_append(out, "ok");
		return;
	case EXPECT_REJECTED:
		g_string_append(out, "rejected");
		if (want->error)
			g_string_append_printf(out, " %s", errno_name(want->error));
		return;
	case EXPECT_FAULT:
		append_fault(out, want);
		return;
	case EXPECT_REACHES:
		g_string_append_printf(out, "reaches %s", target_name(program, &want->reaches));
		return;
	case EXPECT_RAISES:
		g_string_append_printf(out, "raises %s.v%u", program->machine->devices[want->raises.device].name,
				       want->raises.index);
		return;
	case EXPECT_PAGE_REQUEST:
		g_string_append(out, "page-request");
		return;
	case EXPECT_DIRTY:
		g_string_append(out, "dirty");
		return;
	case EXPECT_CLEAN:
		g_string_append(out, "clean");
		return;
	case EXPECT_STALE:
		g_string_append(out, "stale");
		return;
	case EXPECT_SCRATCH:
		g_string_append(out, "scratch");
		return;
	}
}

static bool expects_ok_alone(const struct step *step)
{
	return step->expect_count == 1 && step->expect[0].kind == EXPECT_OK;
}

/* Under which policies and kinds the step exists, where it does not under all. */
static void append_only(GString *out, const struct step *step)
{
	uint64_t policies = policy_count() < 64 ? (UINT64_C(1) << policy_count()) - 1 : UINT64_MAX;

	if ((step->only_policies & policies) != policies) {
		g_string_append(out, " [only");
		for (unsigned policy = 0; policy < policy_count(); policy++)
			if (step->only_policies >> policy & 1)
				g_string_append_printf(out, " %s", policy_name(policy));
		g_string_append_c(out, ']');
	}
	if (step->only_kinds != UINT32_MAX) {
		g_string_append(out, " [only");
		for (enum iommu_kind kind = IOMMU_NONE; kind < IOMMU_KINDS; kind++)
			if (step->only_kinds >> kind & 1)
				g_string_append_printf(out, " %s", machine_name_of_kind(kind));
		g_string_append_c(out, ']');
	}
}

static void append_step(GString *out, const struct scenario_case *program, const struct step *step)
{
	g_string_append_printf(out, "  line %u%s%s", step->place.line, step->label[0] ? " " : "", step->label);
	if (step->block)
		g_string_append_printf(out, " [thread %s%s]", program->blocks[step->block - 1].threads[step->thread],
				       step->split ? ", split" : "");
	g_string_append_c(out, ':');
	if (step->by != MACHINE_NONE)
		g_string_append_printf(out, " %s:", program->machine->owners[step->by].name);
	g_string_append_printf(out, " %s", step->text);
	for (unsigned i = 0; i < step->expect_count && !expects_ok_alone(step); i++) {
		g_string_append(out, i ? " or " : ", expects ");
		append_expectation(out, program, &step->expect[i]);
	}
	append_only(out, step);
	g_string_append_c(out, '\n');
}

void show_steps(GString *out, const struct scenario *scenario, const struct scenario_case *program)
{
	static const char *const hardware[] = {
		[HARDWARE_AUTO] = "",
		[HARDWARE_MANUAL] = " (hardware: manual, queues wait for `run`)",
		[HARDWARE_FREE] = " (hardware: free, whatever it may do)",
	};

	g_string_append_printf(out, "steps%s:\n", hardware[scenario->hardware]);
	for (unsigned i = 0; i < program->step_count; i++)
		append_step(out, program, &program->steps[i]);
}
