/* SPDX-License-Identifier: MIT */
#include "sim/verdict.h"

#include <string.h>

static bool target_same(const struct target *want, const struct target *got)
{
	return want->kind == got->kind && want->index == got->index;
}

static bool alternative_met(const struct expectation *want, const struct step_record *record, enum iommu_kind kind)
{
	switch (want->kind) {
	case EXPECT_OK:
		return record->did == DID_OK || record->did == DID_REACHED || record->did == DID_RAISED ||
		       record->did == DID_DIRTY || record->did == DID_CLEAN;
	case EXPECT_REJECTED:
		return record->did == DID_REJECTED && (want->error == 0 || want->error == record->error);
	case EXPECT_FAULT:
		return record->did == DID_BLOCKED && (want->fault[kind] == 0 || want->fault[kind] == record->fault);
	case EXPECT_REACHES:
		return record->did == DID_REACHED && target_same(&want->reaches, &record->reached);
	case EXPECT_RAISES:
		return record->did == DID_RAISED && record->raised.device == want->raises.device &&
		       record->raised.index == want->raises.index;
	case EXPECT_PAGE_REQUEST:
		return record->did == DID_WAITS;
	case EXPECT_DIRTY:
		return record->did == DID_DIRTY;
	case EXPECT_CLEAN:
		return record->did == DID_CLEAN;
	case EXPECT_STALE:
		return record->did == DID_STALE;
	case EXPECT_SCRATCH:
		return record->did == DID_SCRATCH;
	}
	return false;
}

/* A request that its owner was promised went nowhere. */
static bool lost_service(const struct step_record *record)
{
	return (record->did == DID_BLOCKED || record->did == DID_SCRATCH) && record->meant;
}

bool verdict_step_as_expected(const struct step_record *record, enum iommu_kind kind)
{
	if (record->did == DID_SKIPPED)
		return record->skip_follows;
	if (lost_service(record) && record->tolerated)
		return true;
	for (unsigned i = 0; i < record->step->expect_count; i++)
		if (alternative_met(&record->step->expect[i], record, kind))
			return true;
	return false;
}

static char *item_at(const char *what, const struct step *step)
{
	return step->label[0] ? g_strdup_printf("%s at %s", what, step->label)
			      : g_strdup_printf("%s at line %u", what, step->place.line);
}

static char *rejected_words(int error)
{
	const char *name = errno_name(error);

	return name ? g_strdup_printf("rejected %s", name) : g_strdup_printf("rejected %d", error);
}

/* The language's word for an outcome that the step did not expect. */
static char *outcome_word(const struct step_record *record)
{
	switch (record->did) {
	case DID_REJECTED:
		return rejected_words(record->error);
	case DID_BLOCKED:
		return g_strdup(record->meant ? "availability" : "fault");
	case DID_SCRATCH:
		return g_strdup(record->meant ? "availability" : "scratch");
	case DID_REACHED:
	case DID_LOST:
	case DID_STALE:
		return g_strdup(record->own ? "self-harm" : record->outcome);
	case DID_CRASHED:
		return g_strdup("crash");
	case DID_OK:
	case DID_SKIPPED:
	case DID_DISAGREED:
	case DID_RAISED:
	case DID_WAITS:
	case DID_DIRTY:
	case DID_CLEAN:
		break;
	}
	return g_strdup(record->outcome);
}

void verdict_items(const struct scenario *scenario, const struct scenario_tables *tables, const struct run_record *run,
		   void (*take)(void *context, const struct step_record *record, const char *item), void *context)
{
	for (unsigned i = 0; i < run->steps->len; i++) {
		const struct step_record *record = g_ptr_array_index(run->steps, i);
		uint64_t violated = record->violated & scenario->invariants;

		for (unsigned bit = 0; tables->invariants[bit]; bit++)
			if (violated >> bit & 1) {
				g_autofree char *what = g_strdup_printf("violates %s", tables->invariants[bit]);
				g_autofree char *item = item_at(what, record->step);
				take(context, record, item);
			}
		if (!violated && !verdict_step_as_expected(record, run->kind)) {
			g_autofree char *what = outcome_word(record);
			g_autofree char *item = item_at(what, record->step);
			take(context, record, item);
		}
	}
}

static void append_item(void *context, const struct step_record *record, const char *item)
{
	GString *out = context;

	(void)record;
	g_string_append_printf(out, "%s%s", out->len ? ", " : "", item);
}

char *verdict_words(const struct scenario *scenario, const struct scenario_tables *tables, const struct run_record *run)
{
	GString *out = g_string_new(NULL);

	verdict_items(scenario, tables, run, append_item, out);
	if (out->len == 0)
		g_string_append(out, "safe");
	return g_string_free(out, FALSE);
}

static char *outcome_words(const struct scenario_tables *tables, const struct verdict_item *item)
{
	switch (item->kind) {
	case OUTCOME_SAFE:
		return g_strdup("safe");
	case OUTCOME_ORDER_DEPENDENT:
		return g_strdup("order-dependent");
	case OUTCOME_VIOLATES:
		return g_strdup_printf("violates %s at %s", tables->invariants[item->invariant], item->label);
	case OUTCOME_REJECTED: {
		g_autofree char *what = rejected_words(item->error);
		return g_strdup_printf("%s at %s", what, item->label);
	}
	case OUTCOME_FAULT:
		return g_strdup_printf("fault at %s", item->label);
	case OUTCOME_AVAILABILITY:
		return g_strdup_printf("availability at %s", item->label);
	case OUTCOME_SCRATCH:
		return g_strdup_printf("scratch at %s", item->label);
	case OUTCOME_SELF_HARM:
		return g_strdup_printf("self-harm at %s", item->label);
	case OUTCOME_CRASH:
		return g_strdup_printf("crash at %s", item->label);
	}
	return NULL;
}

char *verdict_item_words(const struct scenario_tables *tables, const struct verdict_item *item)
{
	g_autofree char *words = outcome_words(tables, item);

	return g_strconcat(item->sometimes ? "sometimes " : "", words, NULL);
}

char *verdict_expected(const struct scenario_tables *tables, const struct expect_row *row)
{
	GString *out = g_string_new(NULL);

	for (unsigned i = 0; i < row->item_count; i++) {
		g_autofree char *item = verdict_item_words(tables, &row->items[i]);
		g_string_append_printf(out, "%s%s", i ? ", " : "", item);
	}
	return g_string_free(out, FALSE);
}

/* Whether a step's outcome is what an item says, violations aside. */
static bool item_met(const struct verdict_item *item, const struct step_record *record)
{
	switch (item->kind) {
	case OUTCOME_VIOLATES:
		return record->violated >> item->invariant & 1;
	case OUTCOME_REJECTED:
		return record->did == DID_REJECTED && record->error == item->error;
	case OUTCOME_FAULT:
		return record->did == DID_BLOCKED && !record->meant;
	case OUTCOME_AVAILABILITY:
		return (lost_service(record) && !record->tolerated) ||
		       (record->did == DID_REJECTED && record->error == errno_by_name("ETIMEDOUT"));
	case OUTCOME_SCRATCH:
		return record->did == DID_SCRATCH && !record->meant;
	case OUTCOME_SELF_HARM:
		return record->own &&
		       (record->did == DID_REACHED || record->did == DID_LOST || record->did == DID_STALE);
	case OUTCOME_CRASH:
		return record->did == DID_CRASHED;
	case OUTCOME_SAFE:
	case OUTCOME_ORDER_DEPENDENT:
		return true;
	}
	return false;
}

static bool has_label(const struct verdict_item *item)
{
	return item->kind != OUTCOME_SAFE && item->kind != OUTCOME_ORDER_DEPENDENT;
}

struct match {
	const struct scenario *scenario;
	const struct scenario_tables *tables;
	const struct expect_row *row;
	const struct run_record *run;
	GHashTable *free_steps;
	GPtrArray *also;
	bool strict;    /* no violation at all is allowed */
	int claimed_to; /* steps after this one are not held to their expectation; -1: all are */
};

static char *place_of(const struct step *step)
{
	return step->label[0] ? g_strdup_printf("line %u (%s)", step->place.line, step->label)
			      : g_strdup_printf("line %u", step->place.line);
}

/* NULL if the step is as the row says. */
static char *step_differs(struct match *match, int index, const struct step_record *record)
{
	uint64_t listed = 0;
	bool named = false;
	uint64_t judged = match->strict ? UINT64_MAX : match->scenario->invariants;
	g_autofree char *place = place_of(record->step);

	for (unsigned i = 0; i < match->row->item_count; i++) {
		const struct verdict_item *item = &match->row->items[i];

		if (!has_label(item) || strcmp(item->label, record->step->label) != 0)
			continue;
		if (item->sometimes && !item_met(item, record))
			continue;
		named = true;
		if (item->kind == OUTCOME_VIOLATES)
			listed |= UINT64_C(1) << item->invariant;
		if (!item_met(item, record)) {
			g_autofree char *words = verdict_item_words(match->tables, item);
			return g_strdup_printf("%s: the row says '%s', the step: %s", place, words, record->outcome);
		}
	}
	for (unsigned bit = 0; match->tables->invariants[bit]; bit++) {
		if (!(record->violated >> bit & 1) || (listed >> bit & 1))
			continue;
		if (judged >> bit & 1)
			return g_strdup_printf("%s: violates %s", place, match->tables->invariants[bit]);
		g_ptr_array_add(match->also,
				g_strdup_printf("violates %s at %s", match->tables->invariants[bit], place));
	}
	if (named || (match->free_steps && g_hash_table_contains(match->free_steps, record->step)) ||
	    (match->claimed_to >= 0 && index > match->claimed_to))
		return NULL;
	if (verdict_step_as_expected(record, match->run->kind))
		return NULL;
	return g_strdup_printf("%s: %s: %s", place, record->step->text, record->outcome);
}

/* The index of the step with that label in the run; -1 if it did not take place. */
static int step_by_label(const struct run_record *run, const char *label)
{
	for (unsigned i = 0; i < run->steps->len; i++) {
		const struct step_record *record = g_ptr_array_index(run->steps, i);

		if (strcmp(record->step->label, label) == 0)
			return record->did == DID_SKIPPED ? -1 : (int)i;
	}
	return -1;
}

bool verdict_item_met(const struct verdict_item *item, const struct run_record *run)
{
	int index = step_by_label(run, item->label);

	return index >= 0 && item_met(item, g_ptr_array_index(run->steps, (guint)index));
}

static char *run_differs(struct match *match)
{
	const struct expect_row *row = match->row;

	for (unsigned i = 0; i < row->item_count; i++) {
		if (!has_label(&row->items[i]) || row->items[i].sometimes)
			continue;
		if (step_by_label(match->run, row->items[i].label) < 0) {
			g_autofree char *words = verdict_item_words(match->tables, &row->items[i]);
			return g_strdup_printf("the row says '%s', and that step did not take place", words);
		}
	}
	for (unsigned i = 0; i < match->run->steps->len; i++) {
		char *differs = step_differs(match, (int)i, g_ptr_array_index(match->run->steps, i));

		if (differs)
			return differs;
	}
	return NULL;
}

bool verdict_matches(const struct scenario *scenario, const struct scenario_tables *tables,
		     const struct expect_row *row, const struct run_record *run, GHashTable *free_steps, char **reason,
		     GPtrArray *also)
{
	struct match match = {.scenario = scenario,
			      .tables = tables,
			      .row = row,
			      .run = run,
			      .free_steps = free_steps,
			      .also = also,
			      .strict = true,
			      .claimed_to = -1};
	const struct verdict_item *last = &row->items[row->item_count - 1];

	for (unsigned i = 0; i < row->item_count; i++)
		match.strict &= row->items[i].kind != OUTCOME_VIOLATES;
	if (last->kind == OUTCOME_REJECTED && (!last->sometimes || verdict_item_met(last, run)))
		match.claimed_to = step_by_label(run, last->label);
	*reason = run_differs(&match);
	return *reason == NULL;
}
