/* SPDX-License-Identifier: MIT */
#include "scenario/word.h"

#include <string.h>

/* YAML 1.1 readers take these for truth values or null; no name may be read differently elsewhere. */
static const char *const forbidden[] = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", NULL};

const char *name_fault(const char *text)
{
	size_t length = strlen(text);

	if (g_strv_contains(forbidden, text))
		return "is a word of YAML and no name";
	if (length == 0 || length > NAME_MAX_CHARACTERS)
		return length ? "is too long for a name" : "is no name";
	if (text[0] < 'a' || text[0] > 'z')
		return "is no name: it must begin with a small letter";
	if (strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") != length)
		return "is no name: only small letters, digits and '-'";
	return NULL;
}

bool name_is_good(const char *text)
{
	return !name_fault(text);
}

static bool read_digits(const char *text, size_t bytes, unsigned base, uint64_t *number)
{
	*number = 0;
	for (size_t i = 0; i < bytes; i++) {
		int digit = g_ascii_xdigit_value(text[i]);

		if (digit < 0 || (unsigned)digit >= base)
			return false;
		if (__builtin_mul_overflow(*number, base, number) ||
		    __builtin_add_overflow(*number, (unsigned)digit, number))
			return false;
	}
	return bytes > 0;
}

bool number_parse(const char *text, size_t bytes, uint64_t *number)
{
	uint64_t factor = 1;

	if (bytes > 2 && text[0] == '0' && text[1] == 'x')
		return read_digits(text + 2, bytes - 2, 16, number);
	if (bytes > 1) {
		const char *suffix = strchr("KMG", text[bytes - 1]);

		if (suffix && *suffix) {
			factor = UINT64_C(1) << (10 * (suffix[0] == 'K' ? 1 : suffix[0] == 'M' ? 2 : 3));
			bytes--;
		}
	}
	if (bytes > 1 && text[0] == '0')
		return false;
	return read_digits(text, bytes, 10, number) && !__builtin_mul_overflow(*number, factor, number);
}

const struct word *word_find(const struct word *words, const char *name)
{
	for (; words->name; words++)
		if (strcmp(words->name, name) == 0)
			return words;
	return NULL;
}

char *names_join(const char *const *names, unsigned max)
{
	GString *joined = g_string_new(NULL);

	for (unsigned i = 0; names[i]; i++) {
		bool last = !names[i + 1];

		if (max && i == max) {
			g_string_append(joined, " ...");
			break;
		}
		if (i > 0)
			g_string_append(joined, last ? " or " : ", ");
		g_string_append(joined, names[i]);
	}
	return g_string_free(joined, FALSE);
}

char *words_join(const struct word *words)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (; words->name; words++)
		g_ptr_array_add(names, (gpointer)words->name);
	g_ptr_array_add(names, NULL);
	return names_join((const char *const *)names->pdata, 0);
}

struct token *tokens_split(const char *phrase)
{
	GArray *tokens = g_array_new(TRUE, TRUE, sizeof(struct token));
	const char *at = phrase;

	while (*(at += strspn(at, " \t\n"))) {
		size_t bytes = strcspn(at, " \t\n");
		struct token token = {g_strndup(at, bytes), (size_t)(at - phrase)};

		g_array_append_val(tokens, token);
		at += bytes;
	}
	return (struct token *)(void *)g_array_free(tokens, FALSE);
}

void tokens_free(struct token *tokens)
{
	for (struct token *token = tokens; token->text; token++)
		g_free(token->text);
	g_free(tokens);
}
