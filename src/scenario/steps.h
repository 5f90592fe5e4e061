/* SPDX-License-Identifier: MIT */
/* What the reading of steps shares: who runs a step, what it expects, how it reads in one line. */
#ifndef IOSIM_SCENARIO_STEPS_H
#define IOSIM_SCENARIO_STEPS_H

#include "scenario/keys.h"
#include "scenario/operations.h"

/* The kinds of IOMMU that a scenario can name. */
extern const struct word kind_words[];

/* Where a step or a group of steps exists. */
struct condition {
	uint32_t cases;
	uint64_t policies;
	uint32_t kinds;
};
#define CONDITION_ALWAYS ((struct condition){UINT32_MAX, UINT64_MAX, UINT32_MAX})

bool read_condition(struct loader *loader, const struct node *only, struct condition *condition);
/* Each adds the word's bit to a mask. */
bool add_case(struct loader *loader, const struct node *word, void *mask32);
bool add_policy(struct loader *loader, const struct node *word, void *mask64);
bool add_kind(struct loader *loader, const struct node *word, void *mask32);

/* A step as it stands in the file, with the condition of its group and its own. */
struct raw_step {
	const struct node *node;
	struct condition condition;
	enum operation operation;
	const struct node *operand; /* value of the operation's key */
	uint8_t block, thread;      /* as in struct step */
};

extern const struct key_row step_keys[], only_keys[], parallel_keys[];
extern const struct value_type value_cases, value_policies, value_kinds; /* uint32_t, uint64_t, uint32_t masks */

bool read_expectation(struct loader *loader, const struct node *value, const struct operation_row *row,
		      struct step *step);
void schema_expectation(struct schema *schema);

/* A step that may be there, of thread `thread` of block number `block` - 1; both 0 outside. */
struct step_list {
	GArray *steps; /* struct raw_step */
	struct condition condition;
	uint8_t block, thread;
};
bool add_step(struct loader *loader, const struct node *node, const struct step_list *to);
/* parallel.c: a block of threads. */
bool add_parallel(struct loader *loader, const struct node *step, GArray *steps);
/* No policy on any kind has more interleavings than can be looked at. */
bool check_orders(struct loader *loader, const GArray *steps);
/* The step that was compiled last: `split` once in a block, and nowhere else. */
/* `hardware: free`: whether the step can be one. */
bool check_free_step(struct loader *loader, const struct raw_step *raw);
bool check_split(struct loader *loader, const struct raw_step *raw);
/* fork.c: what a process that was forked may do, and of `fork` itself which process it makes. */
bool check_processes(struct loader *loader, const struct raw_step *raw, struct step *step);
void describe_parallel(struct schema *schema, const struct key_row *row);
/* "map s at i to p". */
void write_step_text(const struct raw_step *raw, struct step *step);

#endif
