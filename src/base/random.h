/* SPDX-License-Identifier: MIT */
/*
 * A small seeded generator (xoshiro256**, its state filled by splitmix64) for tests, property runs and benchmarks: the
 * same seed gives the same numbers everywhere. Not for secrets.
 */
#ifndef IOSIM_BASE_RANDOM_H
#define IOSIM_BASE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
	uint64_t state[4];
};

void random_seed(struct random *random, uint64_t seed);
/* All 64 bits are random. */
uint64_t random_next(struct random *random);
/* Evenly in [0, limit); limit > 0. */
uint64_t random_below(struct random *random, uint64_t limit);
/* Evenly in [first, last]; first <= last. */
uint64_t random_between(struct random *random, uint64_t first, uint64_t last);
/* True once in `one_in` times on average; one_in > 0. */
bool random_chance(struct random *random, uint64_t one_in);

#endif
