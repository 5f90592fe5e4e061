/* SPDX-License-Identifier: MIT */
/* A request of a vector: asked, held against what is right, and the access itself done. */
#include "sim/vector_right.h"
#include "sim/vector_run.h"
#include "sim/walk_step.h"

#define HEX "0x%" G_GINT64_MODIFIER "x"

#define REQUEST_BYTES 4

static struct request bus_request(const struct vector_request *request)
{
	return (struct request){
		.address = request->iova,
		.bytes = REQUEST_BYTES,
		.stream = request->stream,
		.rid = (uint16_t)request->stream,
		.pasid = PASID_NONE,
		.at = AT_UNTRANSLATED,
		.op = request->write ? REQUEST_WRITE : REQUEST_READ,
		.device = MACHINE_NONE,
	};
}

static void add_step(void *context, const struct walk_step *step)
{
	iosim_field fields[WALK_STEP_MAX_FIELDS];
	iosim_walk_step decoded;
	g_autofree char *text = NULL;

	walk_step_decode(step, fields, &decoded);
	text = iosim_walk_step_format(&decoded, FALSE);
	g_string_append(context, text);
}

/* The walk in memory as text, and what it would have come to without any cache. */
static char *walk_text(struct vector_run *run, const struct vector_request *request, struct translation *cold)
{
	struct request asked = bus_request(request);
	GString *text = g_string_new(NULL);

	run->ops->explain(run->unit, &asked, add_step, text, cold);
	return g_string_free(text, FALSE);
}

static bool is_right_when_cold(const struct vector_right *right, const struct translation *cold)
{
	for (unsigned i = 0; i < right->count; i++) {
		const struct vector_outcome *outcome = &right->outcomes[i];

		if (outcome->result == VECTOR_OK && cold->result == TRANSLATE_OK &&
		    outcome->value[VECTOR_PA] == cold->pa)
			return true;
		if (outcome->result == VECTOR_FAULT && cold->result == TRANSLATE_FAULT &&
		    (outcome->value[VECTOR_EVENT] == cold->fault || outcome->reasons[0] == cold->fault))
			return true;
	}
	return false;
}

static char *request_text(const struct vector_request *request)
{
	return g_strdup_printf("request %s %s " HEX "%s%s", request->device, request->write ? "write" : "read",
			       request->iova, request->caveats ? ", caveat " : "",
			       request->caveats ? request->caveats : "");
}

static char *right_text(const struct vector_right *right)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (unsigned i = 0; i < right->count; i++) {
		g_autofree char *outcome = vector_outcome_text(&right->outcomes[i]);

		g_string_append_printf(text, "%s%s", i ? "\n            or " : "", outcome);
	}
	return g_strdup(text->str);
}

static void fail(struct vector_run *run, const struct vector_request *request, char *expected, char *got)
{
	struct translation cold = {.pa = 0};

	if (run->status == IOSIM_VECTOR_PASSED)
		run->walk = walk_text(run, request, &cold);
	vector_run_fail(run, request_text(request), expected, got);
}

static void fail_outcome(struct vector_run *run, const struct vector_request *request, const struct vector_right *right,
			 const struct vector_outcome *got)
{
	struct translation cold = {.pa = 0};

	if (run->status == IOSIM_VECTOR_PASSED) {
		run->walk = walk_text(run, request, &cold);
		run->stale = is_right_when_cold(right, &cold);
	}
	vector_run_fail(run, request_text(request), right_text(right), vector_outcome_text(got));
}

/* The access that a translated request makes, as far as there is memory. */
static void do_access(struct vector_run *run, const struct vector_request *request, uint64_t pa,
		      struct vector_outcome *got)
{
	uint32_t data;

	if (!memory_is_ram(run->memory, pa))
		return;
	if (request->write) {
		if (!memory_write32(run->memory, pa, request->data))
			fail(run, request, g_strdup("a write to memory"), g_strdup("no page left for it"));
		vector_watch_accept(run->watch, pa);
	} else if (memory_read32(run->memory, pa, &data)) {
		vector_say(got, VECTOR_DATA, data);
	}
}

static const struct vector_outcome *find_right(const struct vector_right *right, const struct vector_request *request,
					       const struct vector_outcome *got, bool from_cache)
{
	for (unsigned i = 0; i < right->count; i++)
		if (vector_outcome_agrees(&right->outcomes[i], got))
			return &right->outcomes[i];
	if (right->stale_too && from_cache && vector_outcome_agrees(&request->expect, got))
		return &request->expect;
	return NULL;
}

/* Words that must have been written: no change that is still to be explained. */
static void check_flags(struct vector_run *run, const struct vector_request *request,
			const struct vector_outcome *outcome)
{
	for (unsigned i = 0; i < outcome->flag_count; i++) {
		const struct vector_word *flag = &outcome->flags[i];
		uint64_t value = 0;

		if (!memory_read64(run->memory, flag->pa, &value) || value != flag->value)
			fail(run, request, g_strdup_printf("[" HEX "] " HEX, flag->pa, flag->value),
			     g_strdup_printf("[" HEX "] " HEX, flag->pa, value));
		for (guint change = run->changes->len; change-- > 0;)
			if (g_array_index(run->changes, struct vector_change, change).pa == flag->pa)
				g_array_remove_index(run->changes, change);
	}
}

/* First-stage accessed and dirty flags (VT-d 9.7): where the specification leaves it open, they may be set. */
static void forgive_flags(struct vector_run *run)
{
	const uint64_t flags = FIELD_MASK(6, 5);

	for (guint i = run->changes->len; i-- > 0;) {
		const struct vector_change *change = &g_array_index(run->changes, struct vector_change, i);

		if ((change->old | flags) == (change->now | flags) && (change->old & ~change->now) == 0)
			g_array_remove_index(run->changes, i);
	}
}

/*
 * The vector goes on as if the unit had recorded what was measured: a record that it has beyond that is cleared here,
 * and of one that it has not the vector's own clearing is left out.
 */
static void align_records(struct vector_run *run, const struct vector_request *request, bool recorded)
{
	bool vector_recorded = vector_says(&request->expect, VECTOR_RECORDED) && request->expect.value[VECTOR_RECORDED];
	uint64_t status;

	if (run->vector->engine != VECTOR_VTD)
		return;
	if (recorded && !vector_recorded) {
		run->ops->write_register(run->unit, VECTOR_VTD_FRCD_LAST, 4, VECTOR_VTD_F);
		status = run->ops->read_register(run->unit, VECTOR_VTD_FSTS, 4);
		run->ops->write_register(run->unit, VECTOR_VTD_FSTS, 4, status);
	}
	run->skip_clear = vector_recorded && !recorded;
}

/* By the unit, or by the machine around it: a request that is alone in it ends as it would without it. */
static void translate(struct vector_run *run, const struct request *asked, struct translation *translation)
{
	const struct timing_slot *ended;
	struct timing_dma dma = {.request = *asked, .dma_bytes = asked->bytes};
	struct timing_config config = {
		.arena = run->arena, .memory = run->memory, .unit = run->unit, .profile = run->profile};

	if (!run->profile) {
		run->ops->translate(run->unit, asked, translation);
		return;
	}
	if (!run->machine)
		run->machine = timing_machine_new(&config);
	timing_issue(run->machine, &dma);
	while (timing_next(run->machine, &ended) != TIMING_ENDED)
		;
	*translation = ended->translation;
	while (timing_next(run->machine, &ended) != TIMING_IDLE)
		;
}

void vector_run_request(struct vector_run *run, const struct vector_request *request)
{
	struct request asked = bus_request(request);
	struct translation translation = {.pa = 0};
	const struct vector_outcome *matched;
	struct vector_right right;
	struct vector_outcome got;

	translate(run, &asked, &translation);
	vector_run_look(run);
	vector_outcome_of(run->unit, run->vector->engine, &translation, &got);
	if (got.result == VECTOR_OK)
		do_access(run, request, translation.pa, &got);
	vector_right_of(request, run->vector->engine, run->qemu, &right);
	matched = find_right(&right, request, &got, translation.from_cache);
	if (!matched) {
		fail_outcome(run, request, &right, &got);
		return;
	}
	check_flags(run, request, matched);
	run->take_over = right.loose;
	if (right.loose)
		forgive_flags(run);
	align_records(run, request, translation.recorded);
	vector_run_settle(run);
}
