/* SPDX-License-Identifier: MIT */
/* `parallel`: a block of threads, whose steps may run in any order that keeps each thread's own. */
#include "scenario/schema.h"
#include "scenario/steps.h"

#include <string.h>

/* --- the keys --- */

/* The threads are read with the steps around them. */
static bool read_threads(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	(void)loader, (void)row, (void)value, (void)field;
	return true;
}

void describe_parallel(struct schema *schema, const struct key_row *row)
{
	(void)row;
	schema_text(schema, "type", "object");
	schema_begin(schema, "propertyNames");
	schema_string(schema, SCHEMA_NAME_PATTERN);
	schema_end(schema);
	schema_number(schema, "minProperties", 2);
	schema_number(schema, "maxProperties", SCENARIO_MAX_THREADS);
	schema_begin(schema, "additionalProperties");
	schema_text(schema, "type", "array");
	schema_number(schema, "minItems", 1);
	schema_begin(schema, "items");
	schema_text(schema, "$ref", "#/definitions/step");
	schema_end(schema);
	schema_end(schema);
}

static const struct value_type value_threads = {"a mapping of threads to lists of steps", read_threads,
						describe_parallel};

const struct key_row parallel_keys[] = {
	KEY("parallel", threads, "threads of steps: every interleaving of them is run", .required = true),
	KEYS_END,
};

/* --- the threads --- */

static bool add_thread(struct loader *loader, const struct node *list, const char *thread, const struct step_list *to)
{
	if (list->kind != NODE_LIST || list->count == 0)
		return fail_value(loader, list, thread, "a list of steps");
	for (uint32_t i = 0; i < list->count; i++) {
		const struct node *step = list->entries[i].value;
		bool inside = to->condition.cases != UINT32_MAX || to->condition.policies != UINT64_MAX ||
			      to->condition.kinds != UINT32_MAX;

		if (node_get(step, "parallel"))
			return fail(loader, step, NULL, "'parallel' in 'parallel'");
		if (node_get(step, "do"))
			return fail(loader, step, "'only' as a key of each step", "a group of steps in 'parallel'");
		if (inside && node_get(step, "only"))
			return fail(loader, node_get(step, "only"), NULL,
				    "conditions do not nest: this 'parallel' has one already");
		if (!add_step(loader, step, to))
			return false;
	}
	return true;
}

static bool read_thread_names(struct loader *loader, const struct node *threads, struct parallel_block *block)
{
	if (!want_map(loader, threads, "parallel"))
		return false;
	if (threads->count < 2)
		return fail_value(loader, threads, "parallel", "two threads or more");
	if (threads->count > SCENARIO_MAX_THREADS)
		return fail(loader, threads->entries[SCENARIO_MAX_THREADS].key,
			    "at most " G_STRINGIFY(SCENARIO_MAX_THREADS), "too many threads");
	for (uint32_t i = 0; i < threads->count; i++) {
		const struct node *key = threads->entries[i].key;
		const char *fault = name_fault(key->text);

		if (fault)
			return fail(loader, key, "[a-z][a-z0-9-]*", "'%s' %s", key->text, fault);
		if (loader->scenario->hardware == HARDWARE_FREE &&
		    (strcmp(key->text, PARALLEL_HARDWARE) == 0 || strcmp(key->text, PARALLEL_OUTSIDE) == 0))
			return fail(loader, key, "another name", "in orders '%s' is no thread of yours", key->text);
		g_strlcpy(block->threads[i], key->text, sizeof(block->threads[i]));
	}
	block->thread_count = (uint8_t)threads->count;
	return true;
}

bool add_parallel(struct loader *loader, const struct node *step, GArray *steps)
{
	static const struct key_row keys[] = {
		KEY("parallel", threads, NULL, .required = true),
		KEY("only", threads, NULL, .required = false),
		KEYS_END,
	};
	struct step_list to = {.steps = steps, .condition = CONDITION_ALWAYS};
	const struct node *threads = node_get(step, "parallel"), *only = node_get(step, "only");
	struct scenario_case *now = loader->now;
	struct parallel_block *block = &now->blocks[now->block_count];

	if (!keys_check(loader, keys, step, "'parallel'") || (only && !read_condition(loader, only, &to.condition)))
		return false;
	if (now->block_count == SCENARIO_MAX_BLOCKS)
		return fail(loader, step, "at most " G_STRINGIFY(SCENARIO_MAX_BLOCKS), "too many 'parallel'");
	*block = (struct parallel_block){.place = threads->place};
	if (!read_thread_names(loader, threads, block))
		return false;
	to.block = ++now->block_count;
	for (to.thread = 0; to.thread < block->thread_count; to.thread++)
		if (!add_thread(loader, threads->entries[to.thread].value, block->threads[to.thread], &to))
			return false;
	return true;
}

/* --- how many orders there are --- */

/* n over k, of n at most SCENARIO_MAX_STEPS; UINT64_MAX: more. */
static uint64_t choose(uint64_t n, uint64_t k)
{
	uint64_t ways = 1;

	for (uint64_t i = 1; i <= k; i++) {
		if (__builtin_mul_overflow(ways, n - k + i, &ways))
			return UINT64_MAX;
		ways /= i;
	}
	return ways;
}

/* Interleavings of all blocks together, under one policy on one kind. */
static uint64_t orders_of(const struct scenario_case *now, const GArray *steps, unsigned policy, unsigned kind)
{
	uint32_t lengths[SCENARIO_MAX_BLOCKS][SCENARIO_MAX_THREADS] = {{0}};
	uint64_t orders = 1;

	for (uint32_t i = 0; i < steps->len; i++) {
		const struct raw_step *step = &g_array_index(steps, struct raw_step, i);

		if (step->block && step->condition.policies >> policy & 1 && step->condition.kinds >> kind & 1)
			lengths[step->block - 1][step->thread]++;
	}
	for (uint32_t block = 0; block < now->block_count; block++) {
		uint32_t sum = 0;

		for (uint32_t thread = 0; thread < now->blocks[block].thread_count; thread++) {
			sum += lengths[block][thread];
			if (__builtin_mul_overflow(orders, choose(sum, lengths[block][thread]), &orders))
				return UINT64_MAX;
		}
	}
	return orders;
}

bool check_orders(struct loader *loader, const GArray *steps)
{
	const struct scenario_case *now = loader->now;

	for (unsigned policy = 0; loader->tables->policies[policy] && now->block_count; policy++)
		for (unsigned kind = 0; kind < IOMMU_KINDS; kind++) {
			struct node at = {.kind = NODE_MAP, .text = "", .place = now->blocks[0].place};
			uint64_t orders = orders_of(now, steps, policy, kind);

			if (orders > SCENARIO_MAX_ORDERS)
				return fail(loader, &at, "at most " G_STRINGIFY(SCENARIO_MAX_ORDERS),
					    "%s%" G_GUINT64_FORMAT " interleavings",
					    orders == UINT64_MAX ? "more than " : "", orders);
		}
	return true;
}

bool check_split(struct loader *loader, const struct raw_step *raw)
{
	const struct step *steps = loader->now->steps, *step = &steps[loader->step_number];
	const struct node *split = node_get(raw->node, "split");

	if (!step->split)
		return true;
	if (!step->block)
		return loader->scenario->hardware == HARDWARE_FREE ||
		       fail(loader, split, NULL, "'split' outside of 'parallel'");
	for (uint32_t i = 0; i < loader->step_number; i++)
		if (steps[i].split && steps[i].block == step->block)
			return fail(loader, split, "one a 'parallel'", "a second 'split': there is one on line %u",
				    steps[i].place.line);
	return true;
}

/* --- hardware that is free --- */

bool check_free_step(struct loader *loader, const struct raw_step *raw)
{
	const struct step *step = &loader->now->steps[loader->step_number];

	if (loader->scenario->hardware != HARDWARE_FREE || step->operation != OP_RUN || step->with.run_count == 0)
		return true;
	return fail(loader, node_get(raw->operand, "count"), "no 'count'",
		    "with 'hardware: free' hardware has done as many events as it likes");
}
