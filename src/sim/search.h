/* SPDX-License-Identifier: MIT */
/* explore.c from inside: the graph of states that was found so far, and the way that is taken through it. */
#ifndef IOSIM_SIM_SEARCH_H
#define IOSIM_SIM_SEARCH_H

#include "sim/explore.h"
#include "sim/free.h"
#include "sim/order.h"
#include "sim/split.h"
#include "sim/world.h"

#define CHOICE_OF_HARDWARE SCENARIO_MAX_THREADS /* beside the threads */

/* What tells states apart. */
struct identity {
	struct position position;
	uint32_t ended; /* the host crashed */
	uint32_t zero;
	struct free_place free; /* what hardware chose since */
	uint64_t hash, second;
};

struct edge {
	uint32_t first, count; /* of the exploration's records: one, or a split step and what took place within it */
	uint32_t to;           /* node */
};

struct node {
	struct identity identity;
	GArray *edges; /* struct edge, in the order of the threads */
};

/* A state that has choices left. */
struct branch {
	uint32_t node;
	uint32_t choices;                /* those that are left, as a mask */
	GArray *hardware;                /* struct free_choice: its choices there; NULL: it has none */
	uint32_t next;                   /* of them */
	struct arena_snapshot *snapshot; /* NULL: there is one choice */
	struct split_schedule *schedule; /* of the split step that is tried now; NULL: none is */
	unsigned split;                  /* its thread */
	GArray *within;                  /* struct free_choice: hardware's, between its effects; NULL: none */
	bool left;                       /* the world is in another state by now */
};

struct search {
	const struct run_request *request;
	struct position_program program;
	struct world *world;
	struct exploration *found;
	GPtrArray *nodes;   /* struct node * */
	GHashTable *known;  /* struct identity * of a node, to its index + 1 */
	GArray *branches;   /* struct branch */
	struct order order; /* empty: every one */
	struct free_hardware free;
	uint32_t split_runs; /* how often a split step was begun: an interleaving at least each */
	char *message;
};

gboolean identity_equal(gconstpointer a, gconstpointer b);
/* The world's state. */
struct identity identify(const struct search *search, const struct position *position, const struct free_place *free,
			 bool ended);

/* explore_free.c */
void search_set_free(struct search *search);
/* What the order says comes next: of the branch's choices one is left. */
void search_follow_order(struct search *search, const struct position *position, struct branch *branch);
/* Takes a choice of hardware's, which changes its place. False: it is none, or makes no difference. */
bool search_let_hardware(struct search *search, const struct position *position, const struct free_choice *choice,
			 struct free_place *free);
/* What the items of the order that follow say of the branch's split step. */
void search_order_within(struct search *search, struct branch *branch, const struct position *position);
/* Runs the split step; hardware may choose between its effects. */
void search_split(struct search *search, const struct branch *branch, struct split *split);
/* Counts what it chose there. False: it made no difference. */
bool search_split_counts(const struct search *search, const struct branch *branch, struct free_place *free);
/*
 * Since the last step hardware was in the state of now already: whatever follows follows from there as well, and takes
 * fewer of its choices.
 */
bool search_was_there(const struct search *search, const struct position *position);

#endif
