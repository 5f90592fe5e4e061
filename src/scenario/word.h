/* SPDX-License-Identifier: MIT */
/* The smallest pieces of the language: names, numbers, and lists of words that say what was expected. */
#ifndef IOSIM_SCENARIO_WORD_H
#define IOSIM_SCENARIO_WORD_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAME_MAX_CHARACTERS 40 /* leaves room for ".bar0" in MACHINE_NAME_MAX */

/* A word and what it stands for; tables end with a NULL name. */
struct word {
	const char *name;
	uint32_t value;
};

/* [a-z][a-z0-9-]*, at most NAME_MAX_CHARACTERS, and no word that a YAML reader takes for a truth value or null. */
bool name_is_good(const char *text);
/* What is wrong with it, for a message; NULL: nothing. */
const char *name_fault(const char *text);

/* Decimal without leading zeros, with K, M or G behind it, or 0x hexadecimal; at most 64 bits. */
bool number_parse(const char *text, size_t bytes, uint64_t *number);

const struct word *word_find(const struct word *words, const char *name);
/* "a, b or c", names at most `max` of them (0: all); the caller frees. */
char *words_join(const struct word *words);
char *names_join(const char *const *names, unsigned max);

/* The errno names that the language knows, NULL-terminated. */
const char *const *errno_names(void);

/* A word of a phrase such as "reaches p or fault". */
struct token {
	char *text;
	size_t offset; /* in the phrase, bytes */
};
/* Splits at white space; ends with a NULL text. */
struct token *tokens_split(const char *phrase);
void tokens_free(struct token *tokens);

#endif
