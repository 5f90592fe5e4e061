/* SPDX-License-Identifier: MIT */
/*
 * A small table in the arena, sorted by key: equal contents are equal bytes, however they came about. Pointers into it
 * are valid until the next put or removal.
 */
#ifndef IOSIM_HW_DEVICE_KEYED_H
#define IOSIM_HW_DEVICE_KEYED_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct keyed_row {
	uint64_t key;
	uint64_t value;
};

struct keyed_list { /* state */
	uint64_t count;
	struct keyed_row rows[];
};

struct keyed {
	struct arena *arena;
	struct keyed_list *list;
	uint32_t capacity;
};

void keyed_init(struct keyed *rows, struct arena *arena, const char *name, uint32_t capacity);
/* Index of the first row with that key or a greater one; the count if there is none. */
uint32_t keyed_from(const struct keyed *rows, uint64_t key);
struct keyed_row *keyed_find(const struct keyed *rows, uint64_t key);
/* Replaces or adds. False: the table is full. */
bool keyed_put(struct keyed *rows, uint64_t key, uint64_t value);
void keyed_remove(struct keyed *rows, uint64_t key);
/* All rows with keys in [first, last]. */
void keyed_remove_between(struct keyed *rows, uint64_t first, uint64_t last);

#endif
