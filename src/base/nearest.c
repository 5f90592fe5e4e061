/* SPDX-License-Identifier: MIT */
#include "base/nearest.h"

#include <string.h>

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment, three rows at a time. */
unsigned nearest_distance(const char *a, const char *b, unsigned limit)
{
	size_t a_length = strnlen(a, NEAREST_NAME_MAX + 1), b_length = strnlen(b, NEAREST_NAME_MAX + 1);
	unsigned rows[3][NEAREST_NAME_MAX + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];

	if (a_length > NEAREST_NAME_MAX || b_length > NEAREST_NAME_MAX)
		return limit + 1;
	for (size_t j = 0; j <= b_length; j++)
		above[j] = (unsigned)j;
	for (size_t i = 1; i <= a_length; i++) {
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_length; j++) {
			unsigned exchange = above[j - 1] + (a[i - 1] != b[j - 1]);

			row[j] = smaller(exchange, smaller(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = smaller(row[j], before[j - 2] + 1);
		}
		unsigned *recycled = before;

		before = above;
		above = row;
		row = recycled;
	}
	return smaller(above[b_length], limit + 1);
}

const char *nearest_name(const char *name, const char *const *names)
{
	unsigned limit = (unsigned)(strnlen(name, NEAREST_NAME_MAX) + 2) / 3;
	const char *nearest = NULL;

	for (size_t i = 0; names[i] && limit > 0; i++) {
		unsigned distance = nearest_distance(name, names[i], limit);

		if (distance > limit || (nearest && distance >= nearest_distance(name, nearest, limit)))
			continue;
		nearest = names[i];
	}
	return nearest;
}
