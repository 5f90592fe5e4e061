/* SPDX-License-Identifier: MIT */
/*
 * One interleaving in words: "kernel:unbind,device:serve,kernel:24". Each item is a step inside a `parallel`, in the
 * order in which they take place: its thread, and its label or, if it has none, its line. "device:probe@3" takes place
 * within the split step before it, behind its third visible effect. "hw:evict-iotlb(nic,0x10000)" is a choice of
 * hardware's (free.h).
 */
#ifndef IOSIM_SIM_ORDER_H
#define IOSIM_SIM_ORDER_H

#include "sim/split.h"

#include <glib.h>

struct order {
	char **items; /* NULL-terminated; NULL: none */
	unsigned count;
	unsigned at; /* the next one */
	GPtrArray
		*names; /* char *: for whoever fills in order_choices.hardware; of order_within(): what it can fetch */
};

/* What could be next. */
struct order_choices {
	const struct scenario_case *program;
	const struct position *position;
	uint32_t threads;    /* as a mask */
	GPtrArray *hardware; /* char *: names of its choices */
	bool found;          /* out: it is one of hardware's */
};

void order_read(struct order *order, const char *text);
void order_clear(struct order *order);
/* "kernel:unbind", of a step inside a block. The caller frees. */
char *order_item(const struct scenario_case *program, const struct step *step);
/*
 * The thread, as a mask, whose next step is the order's next item; 0 with choices->found and *index if that is one of
 * hardware's, 0 and a message (the caller frees) if nothing is.
 */
uint32_t order_choose(struct order *order, struct order_choices *choices, uint32_t *index, char **message);
/* What the items that follow say of the split step of that thread, which was chosen. */
void order_within(struct order *order, const struct position_program *program, const struct position *position,
		  unsigned thread, struct split_schedule *schedule, char **message);
/* The first item that was not chosen yet; NULL: there is none. */
const char *order_left(const struct order *order);

#endif
