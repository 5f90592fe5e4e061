/* SPDX-License-Identifier: MIT */
/*
 * The text of one scenario file: places in it, and error messages that point at them. Lines and columns count from 1,
 * columns in characters. Borrows path and text.
 */
#ifndef IOSIM_SCENARIO_SOURCE_H
#define IOSIM_SCENARIO_SOURCE_H

#include "scenario/program.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source {
	const char *path;
	const char *text;
	size_t bytes;
	size_t *lines; /* offset of each line's first byte */
	uint32_t line_count;
};

void source_init(struct source *source, const char *path, const char *text, size_t bytes);
void source_clear(struct source *source);

/* Offset of the character at that place; the end of the text when there is no such place. */
size_t source_offset(const struct source *source, struct place place);
struct place source_place(const struct source *source, size_t offset);

/* What is wrong. Strings that are NULL are left out of the message. */
struct problem {
	enum scenario_error_code code;
	struct place place;
	const char *expected;
	const char *found;
	const char *meant; /* the valid name that is nearest */
};

/*
 * Fills `error` with "path:line:column: what; expected ..., found ...; did you mean '...'?", the line and a caret.
 * Always false, so that a caller can return it.
 */
bool source_fail(const struct source *source, const struct problem *problem, GError **error, const char *format, ...)
	G_GNUC_PRINTF(4, 5);
bool source_fail_va(const struct source *source, const struct problem *problem, GError **error, const char *format,
		    va_list arguments) G_GNUC_PRINTF(4, 0);

#endif
