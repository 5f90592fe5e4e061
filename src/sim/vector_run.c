/* SPDX-License-Identifier: MIT */
#include "sim/vector_run.h"

#include "sim/vector_dispute.h"

#include <string.h>

#define HEX "0x%" G_GINT64_MODIFIER "x"

#define SETTLE_MAX 100000u /* events until a unit must be idle */

#define VTD_CCMD 0x28u

/* IHI 0070 6.3: registers that a runner must know. */
#define SMMU_GERROR         0x60u
#define SMMU_CMDQ_PROD      0x98u
#define SMMU_CMDQ_CONS      0x9cu
#define SMMU_EVENTQ_BASE    0xa0u
#define SMMU_EVENTQ_PROD    0x100a8u
#define SMMU_CMDQ_ERR       1u /* GERROR 6.3.17 */
#define SMMU_EVENTQ_ABT     4u /* GERROR */
#define SMMU_CERROR_ILLEGAL 1u /* CMDQ_CONS.ERR 6.3.28 */
#define SMMU_CERROR_MASK    0x7f000000u
#define SMMU_OVFLG          0x80000000u /* EVENTQ_PROD 6.3.32 */
#define SMMU_QUEUE_ADDRESS  FIELD_MASK(51, 5)
#define SMMU_EVENT_LG2      5

void vector_run_clear(struct vector_run *run)
{
	if (run->machine)
		timing_machine_free(run->machine);
	if (run->unit)
		run->ops->destroy(run->unit);
	if (run->memory)
		memory_free(run->memory);
	if (run->arena)
		arena_free(run->arena);
	vector_watch_free(run->watch);
	if (run->changes)
		g_array_unref(run->changes);
	g_free(run->reason);
	g_free(run->step_text);
	g_free(run->expected);
	g_free(run->got);
	g_free(run->walk);
	*run = (struct vector_run){.step = 0};
}

void vector_run_fail(struct vector_run *run, char *step_text, char *expected, char *got)
{
	if (run->status == IOSIM_VECTOR_FAILED) {
		g_free(step_text);
		g_free(expected);
		g_free(got);
		return;
	}
	run->status = IOSIM_VECTOR_FAILED;
	run->failed_step = run->step;
	run->step_text = step_text;
	run->expected = expected;
	run->got = got;
}

void vector_run_settle(struct vector_run *run)
{
	unsigned events = 0;

	while (run->ops->advance(run->unit))
		if (++events == SETTLE_MAX) {
			vector_run_fail(run, g_strdup("hardware at work"), g_strdup("an end of it"),
					g_strdup_printf("%u events", events));
			return;
		}
}

/* What the unit writes to its event queue is judged as an event. */
static bool is_event(const struct vector_run *run, uint64_t pa)
{
	uint64_t base, first;

	if (run->vector->engine != VECTOR_SMMUV3)
		return false;
	base = run->ops->read_register(run->unit, SMMU_EVENTQ_BASE, 8);
	first = base & SMMU_QUEUE_ADDRESS;
	return pa >= first && (pa - first) >> SMMU_EVENT_LG2 >> (base & 31) == 0;
}

static void add_change(void *context, uint64_t pa, uint64_t old, uint64_t now)
{
	struct vector_run *run = context;
	struct vector_change change = {
		.pa = pa, .old = old, .now = now, .step = run->step, .early = run->early_changes};

	if (!is_event(run, pa))
		g_array_append_val(run->changes, change);
}

void vector_run_look(struct vector_run *run)
{
	vector_watch_look(run->watch, add_change, run);
}

/* Memory may change only as a check says that directly follows. */
static void expect_no_change(struct vector_run *run, bool at_end)
{
	for (guint i = 0; i < run->changes->len; i++) {
		const struct vector_change *change = &g_array_index(run->changes, struct vector_change, i);

		if (change->early && !at_end)
			continue;
		run->step = change->step;
		vector_run_fail(run, g_strdup("memory after it"),
				g_strdup_printf("[" HEX "] " HEX, change->pa, change->old),
				g_strdup_printf("[" HEX "] " HEX, change->pa, change->now));
		return;
	}
}

static void do_write(struct vector_run *run, const struct vector_step *step)
{
	bool clears_record = run->vector->engine == VECTOR_VTD && step->place == VECTOR_VTD_FRCD_LAST &&
			     step->bytes == 4 && step->value & VECTOR_VTD_F;

	if (clears_record && run->skip_clear) {
		run->skip_clear = false;
		return;
	}
	run->ops->write_register(run->unit, (uint32_t)step->place, step->bytes, step->value);
	/*
	 * A queue that had stopped for an error goes on when the error is cleared (VT-d 6.5.2.11); what was measured
	 * went on at the next write to its tail.
	 */
	run->early_changes = run->vector->engine == VECTOR_VTD && step->place == VECTOR_VTD_FSTS;
	vector_run_settle(run);
	vector_run_look(run);
	run->early_changes = false;
}

/* A check whose caveat says that the measured value is not the specified one, and by which rule that is derived. */
static uint64_t specified(struct vector_run *run, const struct vector_step *step, uint64_t *mask)
{
	if (run->qemu || step->caveat[0] == '\0')
		return step->value;
	if (strcmp(step->caveat, "CMD_NO_ILL") == 0 && step->place == SMMU_GERROR)
		return step->value ^ SMMU_CMDQ_ERR; /* 7.5: GERRORN is 0 where such a check stands */
	if (strcmp(step->caveat, "CMD_NO_ILL") == 0 && step->place == SMMU_CMDQ_CONS) {
		uint64_t index = (run->last_command - 1) & step->mask & ~(uint64_t)SMMU_CERROR_MASK;

		*mask |= SMMU_CERROR_MASK;
		return index | SMMU_CERROR_ILLEGAL << 24; /* 7.1: the index stays at the command */
	}
	if (strcmp(step->caveat, "EVTQ_OVERFLOW") == 0 && step->place == SMMU_EVENTQ_PROD)
		return step->value ^ SMMU_OVFLG; /* 7.4 */
	if (strcmp(step->caveat, "EVTQ_OVERFLOW") == 0 && step->place == SMMU_GERROR)
		return step->value & ~(uint64_t)SMMU_EVENTQ_ABT; /* 7.4 */
	return step->value;
}

/*
 * VT-d registers that say at which granularity an invalidation was done (1 is the coarsest): any that covers what was
 * asked for is right. The IOTLB registers lie where ECAP says.
 */
static uint64_t granularity_mask(const struct vector_run *run, const struct vector_step *step)
{
	const struct field_row iro = {"IRO", 1, 17, 8, "11.4.3"};
	uint64_t iotlb = field_value(run->vector->identification, &iro) * 16 + 8;

	if (run->vector->engine != VECTOR_VTD || step->bytes != 8 || run->qemu)
		return 0;
	if (step->place == VTD_CCMD)
		return FIELD_MASK(60, 59);                    /* CAIG, 11.4.6.1 */
	return step->place == iotlb ? FIELD_MASK(58, 57) : 0; /* IAIG, 11.4.6.3 */
}

static void do_check(struct vector_run *run, const struct vector_step *step)
{
	uint64_t mask = step->mask, expected = specified(run, step, &mask);
	uint64_t value = run->ops->read_register(run->unit, (uint32_t)step->place, step->bytes);
	uint64_t granularity = granularity_mask(run, step);

	/* Asked for in the two bits above. */
	if (value & granularity && (value & granularity) << 2 <= (value & granularity << 2))
		mask &= ~granularity;
	if (((value ^ expected) & mask) == 0)
		return;
	vector_run_fail(run,
			g_strdup_printf("register " HEX ", mask " HEX "%s%s", step->place, mask,
					step->caveat[0] ? ", caveat " : "", step->caveat),
			g_strdup_printf(HEX, expected & mask), g_strdup_printf(HEX, value & mask));
}

static void store(struct vector_run *run, uint64_t pa, uint64_t value)
{
	if (!memory_write64(run->memory, pa, value))
		vector_run_fail(run, g_strdup("software writes memory"), g_strdup_printf("RAM at " HEX, pa),
				g_strdup("none, or no page left"));
	vector_watch_accept(run->watch, pa);
}

static void do_check_store(struct vector_run *run, const struct vector_step *step)
{
	uint64_t value = 0;
	bool is_ram = memory_read64(run->memory, step->place, &value);

	for (guint i = run->changes->len; i-- > 0;)
		if (g_array_index(run->changes, struct vector_change, i).pa == step->place)
			g_array_remove_index(run->changes, i);
	if (run->take_over)
		store(run, step->place, step->value);
	else if (!is_ram || value != step->value)
		vector_run_fail(run, g_strdup_printf("memory at " HEX, step->place), g_strdup_printf(HEX, step->value),
				g_strdup_printf(HEX, value));
}

static void do_command(struct vector_run *run, const struct vector_step *step)
{
	store(run, step->place, step->command[0]);
	store(run, step->place + 8, step->command[1]);
	run->last_command = (uint32_t)step->value;
	run->ops->write_register(run->unit, SMMU_CMDQ_PROD, step->bytes, step->value);
	vector_run_settle(run);
	vector_run_look(run);
}

static void do_step(struct vector_run *run, const struct vector_step *step)
{
	switch (step->kind) {
	case VECTOR_WRITE:
		do_write(run, step);
		break;
	case VECTOR_CHECK:
		do_check(run, step);
		break;
	case VECTOR_STORE:
		store(run, step->place, step->value);
		break;
	case VECTOR_CHECK_STORE:
		do_check_store(run, step);
		break;
	case VECTOR_COMMAND:
		do_command(run, step);
		break;
	case VECTOR_REQUEST:
		vector_run_request(run, step->request);
		break;
	}
}

void vector_run_once(struct vector_run *run, const struct vector *vector, bool qemu, const char *deviation,
		     const struct timing_profile *profile)
{
	*run = (struct vector_run){.vector = vector,
				   .qemu = qemu,
				   .deviation = deviation,
				   .profile = profile,
				   .status = IOSIM_VECTOR_PASSED};
	run->changes = g_array_new(FALSE, FALSE, sizeof(struct vector_change));
	if (!vector_unit_create(run)) {
		run->status = IOSIM_VECTOR_SKIPPED;
		return;
	}
	vector_run_look(run);
	g_array_set_size(run->changes, 0); /* that was the set-up */
	for (guint i = 0; i < vector->steps->len && run->status != IOSIM_VECTOR_FAILED; i++) {
		const struct vector_step *step = &g_array_index(vector->steps, struct vector_step, i);
		bool checks = step->kind == VECTOR_CHECK || step->kind == VECTOR_CHECK_STORE;

		if (!checks)
			expect_no_change(run, false);
		if (step->kind != VECTOR_CHECK_STORE)
			run->take_over = false;
		run->step = i;
		if (run->status != IOSIM_VECTOR_FAILED)
			do_step(run, step);
	}
	if (run->status != IOSIM_VECTOR_FAILED)
		expect_no_change(run, true);
}

void vector_run(struct vector_run *run, const struct vector *vector, bool qemu)
{
	vector_run_timed(run, vector, qemu, NULL);
}

void vector_run_timed(struct vector_run *run, const struct vector *vector, bool qemu,
		      const struct timing_profile *profile)
{
	const struct vector_dispute *row;

	vector_run_once(run, vector, qemu, NULL, profile);
	for (unsigned i = 0; run->status == IOSIM_VECTOR_FAILED && run->stale && !qemu; i++) {
		struct vector_run again;

		row = vector_dispute_row(vector->engine, i);
		if (!row)
			return;
		vector_run_once(&again, vector, qemu, row->deviation, profile);
		if (again.status == IOSIM_VECTOR_PASSED) {
			run->status = IOSIM_VECTOR_DISPUTED;
			run->reason = g_strdup_printf("%s (%s)", row->text, row->section);
		}
		vector_run_clear(&again);
	}
}
