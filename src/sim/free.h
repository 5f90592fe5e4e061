/* SPDX-License-Identifier: MIT */
/*
 * `hardware: free`: between any two steps hardware does what it may (hw/free.h): lose what is cached, fetch
 * ahead, complete what was consumed, or nothing. explore.h takes every choice.
 *
 * Which choices. Requesters and pages are those that steps of the run ask with (`dma`, `ats`): what nobody asks for
 * cannot be seen. A request of more than FREE_MAX_PAGES pages counts with its first ones. Devices whose ATS is on fetch
 * for themselves, too, and lose what they hold. A driver that waits gets what it waits for in the order of the queue,
 * and nothing else happens within a step; but between the effects of one with `split` hardware fetches once (split.h).
 * Devices do not leave an invalidation unanswered as long as they can answer.
 *
 * Which of them are taken (unless `whole`, which takes all): of runs that differ in nothing that a step can see, one.
 *
 *  1. What is silent (a command is consumed, a wait is complete) is done at once: nobody but the unit's driver can
 * tell, and no driver acts between two steps.
 *  2. An entry goes directly before what uses it, a step or a fetch of the same unit: before that nobody looks. One
 * that says what memory says does not go at all: the walk that follows would find the same.
 *  3. A fetch comes directly before what makes it differ from memory, a call or a completed command: later it would
 * find something else, earlier it would find the same. Where nothing differs afterwards, it made no difference. A
 * device's own fetch comes as well directly before a request that it serves.
 *  4. Of choices between the same two steps that cannot tell in which order they were (depends()), one order is taken:
 *     whatever the order, exchanging neighbours that are out of order ends in that one.
 *
 * 2 and 3 hold because in between nothing reads the entry: an access of hardware to a cache is a request, a fetch, or
 * an invalidation, which takes away what would have gone. An entry that another one pushes out of its set is not
 * counted: sets have four ways, and scenarios few pages.
 */
#ifndef IOSIM_SIM_FREE_H
#define IOSIM_SIM_FREE_H

#include "sim/position.h"
#include "sim/record.h"
#include "sim/world.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define FREE_MAX_CHOICES    12u /* in a run; run_request.max_choices is another number */
#define FREE_CHOICES_LIMIT  16u /* that number at most */
#define FREE_MAX_PAGES      4u
#define FREE_MAX_CANDIDATES 64u /* requesters and pages */

/* In the order in which choices that do not depend on each other are taken. */
enum free_kind {
	FREE_EVICT_TRANSLATION,
	FREE_EVICT_PASID,
	FREE_EVICT_CONTEXT,
	FREE_EVICT_DEVTLB,
	FREE_FETCH,
	FREE_ASK,    /* a device fetches for itself */
	FREE_TURN,   /* of a unit */
	FREE_DEVICE, /* a device goes on with invalidations */
	FREE_SERVE,  /* the kernel answers the oldest page request or stall */
};

/* Plain data, compared by memcmp; what a kind does not need is 0. */
struct free_choice {
	uint32_t kind;
	uint16_t device, iommu;
	uint32_t stream, pasid;
	uint64_t iova;  /* of the page */
	uint32_t place; /* FREE_TURN */
	uint16_t ats;   /* the requester asks for translations alone */
	uint16_t zero;
};

/* Where hardware is: part of what tells states apart. */
struct free_place {
	uint32_t done;  /* choices in this run */
	uint32_t count; /* of them since the last step, or since the last one that is no cache's */
	struct free_choice taken[FREE_CHOICES_LIMIT];
};

struct free_hardware {
	struct world *world;
	const struct position_program *program;
	bool whole;   /* every choice at every place */
	bool follows; /* an order that somebody gave: it may be any */
	uint32_t most;
	bool cut;     /* out: somewhere there were more choices than `most` */
	bool crowded; /* out: more candidates than FREE_MAX_CANDIDATES */
};

/* The choices there, in a fixed order: struct free_choice. */
GArray *free_choices(struct free_hardware *free, const struct position *position, const struct free_place *place);
/* Those threads whose next step may follow what was chosen last. */
uint32_t free_threads(const struct free_hardware *free, const struct position *position, const struct free_place *place,
		      uint32_t threads);
/* Does it, and changes the place. False: it cannot be done, or made no difference. */
bool free_take(struct free_hardware *free, const struct position *position, const struct free_choice *choice,
	       const struct step *step, struct step_record *record, struct free_place *place);
/* What hardware could fetch at that place, whether or not it can now; for between the effects of a split step. */
GArray *free_fetches(struct free_hardware *free, const struct position *position, const struct free_place *place);
bool free_take_within(const struct free_hardware *free, const struct free_choice *choice, const struct step *step,
		      struct step_record *record);
/* What was fetched says what memory does not say. */
bool free_is_stale(const struct free_hardware *free, const struct free_choice *fetched);
/* A step was taken. False: what was fetched for it made no difference. */
bool free_step_taken(struct free_hardware *free, const struct position *before, unsigned thread,
		     struct free_place *place);
/* Does what is silent. */
void free_settle(const struct free_hardware *free);

/* free_words.c: "hw:evict-iotlb(nic,0x10000)". The caller frees. */
char *free_name(const struct world *world, const struct free_choice *choice);
/* A `step` that stands for the choice with that name; it is on no line. */
struct step *free_step(const char *name);

#endif
