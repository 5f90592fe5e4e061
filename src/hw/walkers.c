/* SPDX-License-Identifier: MIT */
#include "hw/walkers.h"

#include <glib.h>

struct waiting {
	struct request request;
	uint64_t asked_cycles;
	uint32_t tag;
	uint32_t zero;
};

struct walker {
	struct waiting job;
	uint64_t begun_cycles;
	struct memory_ask *ask; /* within `lookup`; NULL: the job is not begun */
	struct iommu_lookup lookup;
};

struct walkers_state {
	uint64_t free[WALKERS_MAX / 64]; /* bit n: walker n has no job */
	uint32_t head, waiting;          /* of the queue: its first request, and how many there are */
	uint32_t busy;
	uint32_t zero;
};

struct walkers {
	struct walkers_config config;
	struct walkers_state *state;
	struct walker *walkers;
	struct waiting *queue; /* a ring */
};

struct walkers *walkers_new(const struct walkers_config *config)
{
	IOSIM_ASSERT(config->count > 0 && config->count <= WALKERS_MAX);
	IOSIM_ASSERT(config->queue > 0 && config->queue <= WALKERS_MAX_QUEUE);
	struct walkers *walkers = g_new0(struct walkers, 1);

	walkers->config = *config;
	walkers->state = arena_block(config->arena, "walkers", sizeof(*walkers->state), ARENA_UNHASHED);
	walkers->walkers =
		arena_block(config->arena, "walks", sizeof(walkers->walkers[0]) * config->count, ARENA_UNHASHED);
	walkers->queue = arena_block(config->arena, "requests for walkers", sizeof(walkers->queue[0]) * config->queue,
				     ARENA_UNHASHED);
	for (uint32_t i = 0; i < config->count; i++)
		walkers->state->free[i / 64] |= UINT64_C(1) << i % 64;
	return walkers;
}

void walkers_free(struct walkers *walkers)
{
	g_free(walkers);
}

uint32_t walkers_busy(const struct walkers *walkers)
{
	return walkers->state->busy;
}

/* The lowest free walker; `count` if there is none. */
static uint32_t take_free(struct walkers *walkers)
{
	for (uint32_t word = 0; word * 64 < walkers->config.count; word++) {
		uint64_t *free = &walkers->state->free[word];
		if (*free) {
			uint32_t walker = word * 64 + (uint32_t)__builtin_ctzll(*free);
			*free &= *free - 1;
			return walker;
		}
	}
	return walkers->config.count;
}

bool walkers_submit(struct walkers *walkers, const struct request *request, uint32_t tag)
{
	const struct walkers_config *config = &walkers->config;
	struct walkers_state *state = walkers->state;
	uint64_t now = events_now(config->events);
	uint32_t walker = take_free(walkers);
	struct waiting *place;

	if (walker < config->count) {
		place = &walkers->walkers[walker].job;
		events_at(config->events, config->first_owner + walker, now);
	} else if (state->waiting < config->queue) {
		place = &walkers->queue[(state->head + state->waiting++) % config->queue];
	} else {
		return false;
	}
	place->request = *request;
	place->asked_cycles = now;
	place->tag = tag;
	state->busy++;
	return true;
}

/* A lookup has ended: what waits longest begins, in an event of its own. */
static void begin_next(struct walkers *walkers, uint32_t index)
{
	const struct walkers_config *config = &walkers->config;
	struct walkers_state *state = walkers->state;

	state->busy--;
	if (state->waiting == 0) {
		state->free[index / 64] |= UINT64_C(1) << index % 64;
		return;
	}
	walkers->walkers[index].job = walkers->queue[state->head];
	if (++state->head == config->queue)
		state->head = 0;
	state->waiting--;
	events_at(config->events, config->first_owner + index, events_now(config->events));
}

static inline void end_lookup(struct walkers *walkers, uint32_t index, struct walkers_answer *answer)
{
	struct walker *walker = &walkers->walkers[index];

	answer->asked_cycles = walker->job.asked_cycles;
	answer->begun_cycles = walker->begun_cycles;
	answer->ended_cycles = events_now(walkers->config.events);
	answer->tag = walker->job.tag;
	answer->walker = index;
	begin_next(walkers, index);
}

/* `alone`: where there are no other events, nobody acts before this walker is done. */
static inline __attribute__((always_inline)) bool act(struct walkers *walkers, uint32_t owner, bool alone,
						      struct walkers_answer *answer)
{
	const struct walkers_config *config = &walkers->config;
	struct iommu *unit = config->unit;
	uint32_t index = owner - config->first_owner;
	uint64_t when = events_now(config->events);

	IOSIM_ASSERT(index < config->count);
	struct walker *walker = &walkers->walkers[index];
	struct memory_ask *ask = walker->ask;
	bool ahead = alone && events_is_idle(config->events);
	do {
		if (ask) {
			memory_ask_answer(config->memory->memory, ask);
			ask = unit->ops->resume(unit, &walker->lookup, &answer->translation);
		} else {
			walker->begun_cycles = when;
			ask = unit->ops->begin(unit, &walker->job.request, &walker->lookup, &answer->translation);
		}
		if (!ask) {
			if (ahead)
				events_run_ahead(config->events, when);
			walker->ask = NULL;
			end_lookup(walkers, index, answer);
			return true;
		}
		when = timed_memory_ask(config->memory, when);
	} while (ahead);
	walker->ask = ask;
	events_at(config->events, owner, when);
	return false;
}

bool walkers_event(struct walkers *walkers, uint32_t owner, struct walkers_answer *answer)
{
	return act(walkers, owner, false, answer);
}

bool walkers_next(struct walkers *walkers, struct walkers_answer *answer)
{
	uint32_t owner;

	while (events_next(walkers->config.events, &owner))
		if (act(walkers, owner, true, answer))
			return true;
	return false;
}
