/* SPDX-License-Identifier: MIT */
/* truth.jsonl: one question and its answer a line. */
#include "capture/capture.h"
#include "capture/json.h"

#include <ioasid-sim/error.h>

#include <string.h>

/* One of two words at `key`; *second says which. */
static bool either(JsonObject *object, const char *where, const char *key, const char *first, const char *other,
		   bool *second, GError **error)
{
	const char *text = json_text(object, where, key, error);

	if (!text)
		return false;
	*second = strcmp(text, other) == 0;
	if (*second || strcmp(text, first) == 0)
		return true;
	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING, "%s: \"%s\": expected \"%s\" or \"%s\", found \"%s\"",
		    where, key, first, other, text);
	return false;
}

static bool copy_optional_text(JsonObject *object, const char *where, const char *key, char *target, GError **error)
{
	const char *text;

	if (!json_object_has_member(object, key))
		return true;
	text = json_text(object, where, key, error);
	if (text)
		g_strlcpy(target, text, CAPTURE_NAME_MAX);
	return text != NULL;
}

/* 32 bytes as they lie in memory, in hexadecimal digits. */
static bool read_event(JsonObject *object, const char *where, struct capture_question *question, GError **error)
{
	const char *text;

	if (!json_object_has_member(object, "event_record"))
		return true;
	text = json_text(object, where, "event_record", error);
	if (!text)
		return false;
	for (unsigned i = 0; i < sizeof(question->event) * 2; i++) {
		if (!g_ascii_isxdigit(text[i]) || (i + 1 == sizeof(question->event) * 2 && text[i + 1] != '\0')) {
			g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING,
				    "%s: \"event_record\": expected 64 hexadecimal digits", where);
			return false;
		}
		/* The high digit of a byte comes first. */
		question->event[i / 16] |= (uint64_t)g_ascii_xdigit_value(text[i]) << ((i % 16 ^ 1) * 4);
	}
	question->has_event = true;
	return true;
}

static bool read_answer(JsonObject *object, const char *where, struct capture_question *question, GError **error)
{
	uint64_t reason = UINT64_MAX;

	if (!json_optional_true(object, where, "pass_through", &question->pass_through, error) ||
	    !copy_optional_text(object, where, "fault_name", question->fault_name, error) ||
	    !json_optional_number(object, where, "fault_reason", UINT16_MAX, &reason, error) ||
	    !json_optional_number(object, where, "page_size", UINT64_MAX, &question->page_bytes, error))
		return false;
	if (!read_event(object, where, question, error))
		return false;
	question->has_reason = reason != UINT64_MAX;
	question->reason = question->has_reason ? (uint16_t)reason : 0;
	return question->fault || json_number(object, where, "pa", UINT64_MAX, &question->pa, error);
}

static bool read_question(JsonObject *object, const char *where, struct capture_question *question, GError **error)
{
	const char *stream_key = json_object_has_member(object, "sid") ? "sid" : "rid";
	uint64_t stream;

	if (!json_number(object, where, stream_key, UINT32_MAX, &stream, error) ||
	    !json_number(object, where, "iova", UINT64_MAX, &question->iova, error) ||
	    !either(object, where, "access", "r", "w", &question->write, error) ||
	    !either(object, where, "result", "ok", "fault", &question->fault, error) ||
	    !copy_optional_text(object, where, "bdf", question->device, error))
		return false;
	question->stream = (uint32_t)stream;
	question->is_smmu = strcmp(stream_key, "sid") == 0;
	return read_answer(object, where, question, error);
}

static bool load_line(GArray *questions, const char *path, uint32_t line, const char *text, size_t bytes,
		      GError **error)
{
	struct capture_question question = {.line = line};
	g_autofree char *where = g_strdup_printf("%s:%u", path, line);
	g_autoptr(JsonNode) root = json_parse_object(path, line, text, bytes, error);

	if (!root || !read_question(json_node_get_object(root), where, &question, error))
		return false;
	if (questions->len == CAPTURE_MAX_QUESTIONS) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING, "%s: expected at most %u questions", where,
			    CAPTURE_MAX_QUESTIONS);
		return false;
	}
	g_array_append_val(questions, question);
	return true;
}

GArray *capture_load_truth(const char *path, GError **error)
{
	g_autoptr(GBytes) file = json_read_file(path, error);
	g_autoptr(GArray) questions = g_array_new(FALSE, FALSE, sizeof(struct capture_question));
	gsize bytes = 0;
	const char *text = file ? g_bytes_get_data(file, &bytes) : NULL;
	uint32_t line = 1;

	if (!file)
		return NULL;
	for (gsize begin = 0; begin < bytes; line++) {
		const char *end = memchr(text + begin, '\n', bytes - begin);
		size_t length = end ? (size_t)(end - (text + begin)) : bytes - begin;

		if (!json_is_blank(text + begin, length) &&
		    !load_line(questions, path, line, text + begin, length, error))
			return NULL;
		begin += length + 1;
	}
	if (questions->len == 0) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING, "%s: no line holds a question", path);
		return NULL;
	}
	return g_steal_pointer(&questions);
}
