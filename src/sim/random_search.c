/* SPDX-License-Identifier: MIT */
#include "sim/random_search.h"

#include "sim/invent.h"
#include "sim/shrink.h"

#include <string.h>

static struct fault any_violation(const struct trial *trial)
{
	uint64_t violated = trial->violated[0] | trial->violated[1];

	if (!violated)
		return (struct fault){.sort = FAULT_NONE};
	return (struct fault){.sort = FAULT_VIOLATION, .invariant = (unsigned)__builtin_ctzll(violated)};
}

static struct fault fault_of(const struct trial *trial, int invariant)
{
	struct fault wanted = {.sort = FAULT_VIOLATION, .invariant = (unsigned)invariant};

	if (!trial->ran)
		return (struct fault){.sort = FAULT_NONE};
	if (invariant != SEARCH_ANY)
		return trial_has(trial, &wanted) ? wanted : (struct fault){.sort = FAULT_NONE};
	if (trial->difference.sort != FAULT_NONE)
		return trial->difference;
	wanted = any_violation(trial);
	return wanted.sort != FAULT_NONE ? wanted : trial->loss;
}

struct fault search_fault(const struct sketch *sketch, const struct search_wish *wish)
{
	g_autofree char *text = trial_text(sketch, &wish->rules);
	struct trial trial;
	struct fault fault;

	trial_run(text, &wish->rules, &trial);
	fault = fault_of(&trial, wish->invariant);
	trial_clear(&trial);
	if (fault.sort != FAULT_NONE && trial_has_without_settings(text, &wish->rules, &fault))
		fault.sort = FAULT_NONE;
	return fault;
}

bool search(const struct search_wish *wish, struct search_found *found)
{
	memset(found, 0, sizeof(*found));
	for (; found->programs < wish->programs; found->programs++) {
		struct random random;

		found->seed = wish->seed + found->programs;
		random_seed(&random, found->seed);
		invent(&found->sketch, &random, wish->rules.policy);
		found->fault = search_fault(&found->sketch, wish);
		if (found->fault.sort == FAULT_NONE)
			continue;
		found->programs++;
		found->steps_before = sketch_size(&found->sketch, SKETCH_RUN);
		found->runs = shrink(&found->sketch, &wish->rules, &found->fault);
		found->steps = sketch_size(&found->sketch, SKETCH_RUN);
		return true;
	}
	return false;
}
