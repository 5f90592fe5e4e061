/* SPDX-License-Identifier: MIT */
#include "scenario/source.h"

#include <string.h>

#define EXCERPT_BEFORE 76u /* characters of a long line that are shown before and after the place */
#define EXCERPT_AFTER  60u

G_DEFINE_QUARK(iosim_scenario_error, scenario_error)

void source_init(struct source *source, const char *path, const char *text, size_t bytes)
{
	GArray *lines = g_array_new(FALSE, FALSE, sizeof(size_t));
	size_t first = 0;

	g_array_append_val(lines, first);
	for (size_t i = 0; i < bytes; i++) {
		bool ends = text[i] == '\n' || (text[i] == '\r' && (i + 1 == bytes || text[i + 1] != '\n'));

		first = i + 1;
		if (ends)
			g_array_append_val(lines, first);
	}
	*source = (struct source){.path = path, .text = text, .bytes = bytes, .line_count = lines->len};
	source->lines = (size_t *)(void *)g_array_free(lines, FALSE);
}

void source_clear(struct source *source)
{
	g_free(source->lines);
	*source = (struct source){0};
}

/* The bytes of the character at `offset`, one for a byte that is no UTF-8. */
static size_t character_bytes(const struct source *source, size_t offset, gunichar *character)
{
	gunichar value = g_utf8_get_char_validated(source->text + offset, (gssize)MIN(source->bytes - offset, 6));

	if (value == (gunichar)-1 || value == (gunichar)-2) {
		*character = 0xfffd;
		return 1;
	}
	*character = value;
	return value ? (size_t)g_utf8_skip[(unsigned char)source->text[offset]] : 1;
}

static bool line_ends(const struct source *source, size_t offset)
{
	return offset >= source->bytes || source->text[offset] == '\n' || source->text[offset] == '\r';
}

size_t source_offset(const struct source *source, struct place place)
{
	size_t offset;
	gunichar ignored;

	if (place.line == 0 || place.line > source->line_count)
		return source->bytes;
	offset = source->lines[place.line - 1];
	for (uint32_t column = 1; column < place.column && !line_ends(source, offset); column++)
		offset += character_bytes(source, offset, &ignored);
	return offset;
}

struct place source_place(const struct source *source, size_t offset)
{
	uint32_t low = 0, high = source->line_count;
	struct place place = {0};
	gunichar ignored;

	while (high - low > 1) { /* the last line that begins at or before the offset */
		uint32_t middle = low + (high - low) / 2;

		if (source->lines[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	place.line = low + 1;
	place.column = 1;
	for (size_t at = source->lines[low]; at < offset && at < source->bytes; place.column++)
		at += character_bytes(source, at, &ignored);
	return place;
}

/* The line around the place and a caret below; what a terminal would not print as one cell or two is replaced. */
static void append_excerpt(const struct source *source, struct place place, GString *message)
{
	uint32_t first = place.column > EXCERPT_BEFORE + 4 ? place.column - EXCERPT_BEFORE : 1;
	size_t offset = source_offset(source, (struct place){place.line, first});
	g_autoptr(GString) caret = g_string_new("\n  ");

	g_string_append(message, first > 1 ? "\n  ..." : "\n  ");
	g_string_append(caret, first > 1 ? "   " : "");
	for (uint32_t column = first; !line_ends(source, offset); column++) {
		gunichar character;

		if (column > place.column + EXCERPT_AFTER) {
			g_string_append(message, "...");
			break;
		}
		offset += character_bytes(source, offset, &character);
		if (character == '\t')
			character = ' ';
		if (!g_unichar_isprint(character))
			character = 0xfffd;
		g_string_append_unichar(message, character);
		if (column < place.column && !g_unichar_iszerowidth(character))
			g_string_append(caret, g_unichar_iswide(character) ? "  " : " ");
	}
	g_string_append(message, caret->str);
	g_string_append_c(message, '^');
}

#define HEAD_MAX_CHARACTERS 900

/* One line of bounded length, whatever names and values are quoted in it. */
static void tidy(GString *head)
{
	g_strdelimit(head->str, "\n\t", ' ');
	if (g_utf8_strlen(head->str, (gssize)head->len) > HEAD_MAX_CHARACTERS) {
		g_string_truncate(head, (gsize)(g_utf8_offset_to_pointer(head->str, HEAD_MAX_CHARACTERS) - head->str));
		g_string_append(head, "...");
	}
}

bool source_fail_va(const struct source *source, const struct problem *problem, GError **error, const char *format,
		    va_list arguments)
{
	g_autoptr(GString) message = g_string_new(NULL);

	if (!error)
		return false;
	g_string_append(message, source->path);
	if (problem->place.line)
		g_string_append_printf(message, ":%u:%u", problem->place.line, problem->place.column);
	g_string_append(message, ": ");
	g_string_append_vprintf(message, format, arguments);
	if (problem->expected)
		g_string_append_printf(message, "; expected %s", problem->expected);
	if (problem->found)
		g_string_append_printf(message, "%s found %s", problem->expected ? "," : ";", problem->found);
	if (problem->meant)
		g_string_append_printf(message, "; did you mean '%s'?", problem->meant);
	tidy(message);
	if (problem->place.line)
		append_excerpt(source, problem->place, message);
	g_set_error_literal(error, SCENARIO_ERROR, (int)problem->code, message->str);
	return false;
}

bool source_fail(const struct source *source, const struct problem *problem, GError **error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	source_fail_va(source, problem, error, format, arguments);
	va_end(arguments);
	return false;
}
