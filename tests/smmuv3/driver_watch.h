/* SPDX-License-Identifier: MIT */
/*
 * What hardware could see of an entry while the driver changes it. Hardware may read the words of an entry at any time
 * and in any order, so between two completed CMD_SYNC it may put together any mixture of the values that they had.
 */
#ifndef IOSIM_TESTS_SMMUV3_DRIVER_WATCH_H
#define IOSIM_TESTS_SMMUV3_DRIVER_WATCH_H

#include "driver_fake.h"

#define WATCH_VALUES 4

struct seen_entry {
	uint64_t pa;
	uint64_t now[8];
	uint64_t values[8][WATCH_VALUES]; /* that each word had since the last completed CMD_SYNC */
	unsigned count[8];
};

/* As it is in memory, and nothing else. */
void watch_load(struct fake *fake, struct seen_entry *entry, uint64_t pa);
/* Of a word that was written, if it is one of the entry. */
void watch_note(struct seen_entry *entry, const struct effect *effect);
/* A CMD_SYNC is complete: earlier values are not seen any more. */
void watch_forget(struct seen_entry *entry);
/* The next mixture, `choice` all zero at first; false: it was the last. */
bool watch_next(const struct seen_entry *entry, unsigned *choice, uint64_t *words);

/* What hardware looks at: 5.2, 5.4. Not valid: nothing but that. */
void watch_ste(const uint64_t *words, uint64_t *seen);
void watch_cd(const uint64_t *words, uint64_t *seen);
bool watch_same(const uint64_t *a, const uint64_t *b, void (*look)(const uint64_t *, uint64_t *));

#endif
