/* SPDX-License-Identifier: MIT */
#include "base/field.h"

#include <string.h>

uint64_t field_mask(const struct field_row *row)
{
	return FIELD_MASK(row->msb, row->lsb);
}

uint64_t field_value(const uint64_t *words, const struct field_row *row)
{
	return (words[row->word] & field_mask(row)) >> row->lsb;
}

uint64_t field_defined(const struct field_row *rows, size_t count, unsigned word)
{
	uint64_t mask = 0;
	for (size_t i = 0; i < count; i++)
		if (rows[i].word == word)
			mask |= field_mask(&rows[i]);
	return mask;
}

uint64_t field_reserved(const struct field_row *rows, size_t count, unsigned word)
{
	return ~field_defined(rows, count, word);
}

const struct field_row *field_find(const struct field_row *rows, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

const struct field_row *field_first_bad(const struct field_row *rows, size_t count, unsigned word_count)
{
	for (size_t i = 0; i < count; i++) {
		const struct field_row *row = &rows[i];
		if (row->word >= word_count || row->msb > 63 || row->lsb > row->msb)
			return row;
		if (field_mask(row) & field_defined(rows, i, row->word))
			return row;
		if (field_find(rows, i, row->name))
			return row;
	}
	return NULL;
}
