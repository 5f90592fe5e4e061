/* SPDX-License-Identifier: MIT */
/*
 * Fields of hardware words, as tables. A structure is an X-macro list, one row a field:
 *
 *   #define VTD_CTX_FIELDS(X) \
 *           X(VTD_CTX, P, 0, 0, 0, "9.3")      prefix, NAME, word, high bit, low bit, section
 *
 * FIELD_DEFINE(list) expands each row to the getter `VTD_CTX_P(words)`, the setter `VTD_CTX_set_P(words, v)` (a
 * value that does not fit is our bug: assertion) and the constants VTD_CTX_P_WORD, _LSB, _MSB and _MASK; all fold to
 * a load and a mask. FIELD_ROWS(list) expands to struct field_row initialisers for the decoder (-v output),
 * the reserved masks and the overlap test. Words are 64-bit little endian as the specification numbers them.
 */
#ifndef IOSIM_BASE_FIELD_H
#define IOSIM_BASE_FIELD_H

#include "base/assert.h"

#include <stddef.h>
#include <stdint.h>

struct field_row {
	const char *name;
	uint8_t word;
	uint8_t msb;
	uint8_t lsb;
	const char *section;
};

#define FIELD_MASK(msb, lsb) (((UINT64_MAX >> (63 - (msb) + (lsb))) << (lsb)))

#define FIELD_ACCESSORS(prefix, name, word, msb, lsb, section)                                                  \
	enum { prefix##_##name##_WORD = (word), prefix##_##name##_MSB = (msb), prefix##_##name##_LSB = (lsb) }; \
	static const uint64_t prefix##_##name##_MASK = FIELD_MASK(msb, lsb);                                    \
	static inline uint64_t prefix##_##name(const uint64_t *words)                                           \
	{                                                                                                       \
		return (words[word] & FIELD_MASK(msb, lsb)) >> (lsb);                                           \
	}                                                                                                       \
	static inline void prefix##_set_##name(uint64_t *words, uint64_t value)                                 \
	{                                                                                                       \
		IOSIM_ASSERT(value <= FIELD_MASK(msb, lsb) >> (lsb));                                           \
		words[word] = (words[word] & ~FIELD_MASK(msb, lsb)) | (value << (lsb));                         \
	}

#define FIELD_ROW(prefix, name, word, msb, lsb, section) {#name, (word), (msb), (lsb), (section)},

#define FIELD_DEFINE(list) list(FIELD_ACCESSORS)
#define FIELD_ROWS(list)        \
	{                       \
		list(FIELD_ROW) \
	}

/* The row's bits in its word. */
uint64_t field_mask(const struct field_row *row);
/* The field's value, moved down to bit 0. `words` has at least row->word + 1 words. */
uint64_t field_value(const uint64_t *words, const struct field_row *row);
/* The bits of a word that some row names, and those that none does. */
uint64_t field_defined(const struct field_row *rows, size_t count, unsigned word);
uint64_t field_reserved(const struct field_row *rows, size_t count, unsigned word);
/* NULL: no row has that name. */
const struct field_row *field_find(const struct field_row *rows, size_t count, const char *name);
/*
 * The first row that lies outside `word_count` words, has its bits the wrong way round, overlaps an earlier row or
 * repeats an earlier name; NULL when the table is sound.
 */
const struct field_row *field_first_bad(const struct field_row *rows, size_t count, unsigned word_count);

#endif
