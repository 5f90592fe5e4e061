/* SPDX-License-Identifier: MIT */
#include "base/random.h"

#include "base/assert.h"

static uint64_t splitmix64(uint64_t *state)
{
	uint64_t value = (*state += UINT64_C(0x9e3779b97f4a7c15));
	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

static uint64_t rotate_left(uint64_t value, unsigned bits)
{
	return value << bits | value >> (64 - bits);
}

void random_seed(struct random *random, uint64_t seed)
{
	for (unsigned i = 0; i < 4; i++)
		random->state[i] = splitmix64(&seed);
}

uint64_t random_next(struct random *random)
{
	uint64_t *s = random->state;
	uint64_t result = rotate_left(s[1] * 5, 7) * 9;
	uint64_t shifted = s[1] << 17;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= shifted;
	s[3] = rotate_left(s[3], 45);
	return result;
}

uint64_t random_below(struct random *random, uint64_t limit)
{
	IOSIM_ASSERT(limit > 0);
	/* Values below 2^64 mod limit would make the low results likelier; each try passes with at least 1/2. */
	uint64_t skip = -limit % limit;
	uint64_t value = random_next(random);
	for (unsigned tries = 0; value < skip && tries < 64; tries++)
		value = random_next(random);
	return value % limit;
}

uint64_t random_between(struct random *random, uint64_t first, uint64_t last)
{
	IOSIM_ASSERT(first <= last);
	uint64_t span = last - first;
	return span == UINT64_MAX ? random_next(random) : first + random_below(random, span + 1);
}

bool random_chance(struct random *random, uint64_t one_in)
{
	return random_below(random, one_in) == 0;
}
