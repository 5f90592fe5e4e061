/* SPDX-License-Identifier: MIT */
/* Delta debugging (Zeller and Hildebrandt 2002) over parts: pieces of half the size each time, down to one. */
#include "sim/shrink.h"

#include <string.h>

struct shrinking {
	struct sketch *best;
	struct sketch next;
	const struct trial_rules *rules;
	const struct fault *fault;
	uint32_t runs;
};

/* Whether `next` has the fault too: then it is the best one. */
static bool is_better(struct shrinking *shrinking)
{
	g_autofree char *text = NULL;
	struct trial trial;
	bool has;

	if (shrinking->runs == SHRINK_MAX_RUNS)
		return false;
	shrinking->runs++;
	text = trial_text(&shrinking->next, shrinking->rules);
	trial_run(text, shrinking->rules, &trial);
	has = trial_has(&trial, shrinking->fault);
	trial_clear(&trial);
	has = has && !trial_has_without_settings(text, shrinking->rules, shrinking->fault);
	if (has)
		*shrinking->best = shrinking->next;
	return has;
}

/* --- parts --- */

/* The parts of the run, or of the machine, from the last one: what hangs on others goes before them. */
static uint32_t list_parts(const struct sketch *sketch, bool of_run, uint16_t *parts)
{
	uint32_t count = 0;

	for (uint32_t i = sketch->count; i-- > 0;)
		if ((sketch->parts[i].table == SKETCH_RUN) == of_run)
			parts[count++] = (uint16_t)i;
	return count;
}

static bool without(struct shrinking *shrinking, const uint16_t *parts, uint32_t first, uint32_t count)
{
	bool dropped[SKETCH_MAX_PARTS] = {false};

	for (uint32_t i = 0; i < count; i++)
		dropped[parts[first + i]] = true;
	shrinking->next = *shrinking->best;
	sketch_drop(&shrinking->next, dropped);
	return is_better(shrinking);
}

/* True: something went. */
static bool drop_parts(struct shrinking *shrinking, bool of_run)
{
	uint16_t parts[SKETCH_MAX_PARTS];
	uint32_t count = list_parts(shrinking->best, of_run, parts);
	bool any = false;

	for (uint32_t piece = (count + 1) / 2; piece > 0; piece /= 2) {
		for (uint32_t first = 0; first < count;) {
			if (!without(shrinking, parts, first, MIN(piece, count - first))) {
				first += piece;
				continue;
			}
			any = true;
			count = list_parts(shrinking->best, of_run, parts);
		}
	}
	return any;
}

/* --- keys --- */

static bool drop_keys(struct shrinking *shrinking)
{
	bool any = false;

	for (uint32_t part = 0; part < shrinking->best->count; part++)
		for (uint32_t key = 0; key < shrinking->best->parts[part].key_count;) {
			shrinking->next = *shrinking->best;
			sketch_drop_key(&shrinking->next, part, key);
			if (is_better(shrinking))
				any = true;
			else
				key++;
		}
	return any;
}

/* What a step makes and nobody uses, who acts where nobody has to, and hardware that works by hand. */
static bool drop_rest(struct shrinking *shrinking)
{
	bool any = false;

	if (shrinking->best->manual) {
		shrinking->next = *shrinking->best;
		shrinking->next.manual = false;
		any |= is_better(shrinking);
	}
	for (uint32_t i = 0; i < shrinking->best->count; i++) {
		if (shrinking->best->parts[i].as[0]) {
			shrinking->next = *shrinking->best;
			shrinking->next.parts[i].as[0] = '\0';
			any |= is_better(shrinking);
		}
		if (shrinking->best->parts[i].inject[0]) {
			shrinking->next = *shrinking->best;
			shrinking->next.parts[i].inject[0] = '\0';
			any |= is_better(shrinking);
		}
		if (shrinking->best->parts[i].by[0]) {
			shrinking->next = *shrinking->best;
			shrinking->next.parts[i].by[0] = '\0';
			any |= is_better(shrinking);
		}
	}
	return any;
}

/* An owner, or memory, that another can stand for: two names become one. */
static bool merge_names(struct shrinking *shrinking)
{
	bool any = false;

	for (uint32_t i = 0; i < shrinking->best->count; i++)
		for (uint32_t j = 0; j < i && i < shrinking->best->count; j++) {
			const struct sketch_part *one = &shrinking->best->parts[i], *two = &shrinking->best->parts[j];

			if (one->table != two->table || one->table == SKETCH_RUN || one->inside || two->inside)
				continue;
			shrinking->next = *shrinking->best;
			sketch_merge(&shrinking->next, i, j);
			any |= is_better(shrinking);
		}
	return any;
}

uint32_t shrink(struct sketch *sketch, const struct trial_rules *rules, const struct fault *fault)
{
	g_autofree struct shrinking *shrinking = g_new0(struct shrinking, 1);
	bool more = true;

	shrinking->best = sketch;
	shrinking->rules = rules;
	shrinking->fault = fault;
	while (more && shrinking->runs < SHRINK_MAX_RUNS) {
		more = drop_parts(shrinking, true);
		more |= drop_parts(shrinking, false);
		more |= drop_keys(shrinking);
		more |= merge_names(shrinking);
		more |= drop_rest(shrinking);
	}
	return shrinking->runs;
}
