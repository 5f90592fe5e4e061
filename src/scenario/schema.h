/* SPDX-License-Identifier: MIT */
/*
 * Pieces from which the types of values describe themselves in JSON Schema (draft-07). Each writes members into the
 * object that is open.
 */
#ifndef IOSIM_SCENARIO_SCHEMA_H
#define IOSIM_SCENARIO_SCHEMA_H

#include "scenario/keys.h"

struct schema {
	void *builder; /* JsonBuilder */
	const struct scenario_tables *tables;
};

#define SCHEMA_NAME_PATTERN   "^[a-z][a-z0-9-]*$"
#define SCHEMA_NUMBER_PATTERN "^(0x[0-9a-fA-F]+|[0-9]+[KMG]?)$"
#define SCHEMA_BDF_PATTERN    "^([0-9a-fA-F]{1,4}:)?[0-9a-fA-F]{1,2}:[0-9a-fA-F]{1,2}\\.[0-7]$"

void schema_begin(struct schema *schema, const char *member);
void schema_end(struct schema *schema);
void schema_text(struct schema *schema, const char *member, const char *text);
void schema_number(struct schema *schema, const char *member, int64_t number);
void schema_truth(struct schema *schema, const char *member, bool truth);
/* A list of strings. */
void schema_list(struct schema *schema, const char *member, const char *const *texts);

/* A string of that form; NULL: any. */
void schema_string(struct schema *schema, const char *pattern);
/* A number as YAML readers see it: an integer, or a string such as 4K. */
void schema_amount(struct schema *schema);
void schema_words(struct schema *schema, const char *const *words);
/* The same where YAML readers may see truth values and numbers. */
void schema_values(struct schema *schema, const char *const *words);
void schema_word_or_list(struct schema *schema, const char *const *words);
/* A mapping with exactly these keys. */
void schema_keys(struct schema *schema, const struct key_row *rows);
/* The value of one key. */
void schema_value(struct schema *schema, const struct key_row *row);

/* For use in a struct value_type. */
void describe_name(struct schema *schema, const struct key_row *row);
void describe_names(struct schema *schema, const struct key_row *row);
void describe_text(struct schema *schema, const struct key_row *row);
void describe_rid(struct schema *schema, const struct key_row *row);
/* Any names, each with a mapping of the row's keys. */
void describe_table(struct schema *schema, const struct key_row *row);

/* Parts of the top level. */
void describe_sources(struct schema *schema, const struct key_row *row);
void describe_let(struct schema *schema, const struct key_row *row);
void describe_machine(struct schema *schema, const struct key_row *row);
void describe_patches(struct schema *schema, const struct key_row *row);
void describe_run(struct schema *schema, const struct key_row *row);
void describe_rows(struct schema *schema, const struct key_row *row);

#endif
