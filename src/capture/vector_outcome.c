/* SPDX-License-Identifier: MIT */
#include "capture/vector_outcome.h"

#include "capture/capture.h"

#include <ioasid-sim/error.h>

#include <string.h>

/* Keys of an outcome that are numbers; `pv` of a record is one too. */
static const struct number_key {
	const char *key;
	enum vector_field field;
} answer_keys[] = {
	{"pa", VECTOR_PA},           {"data", VECTOR_DATA},        {"sid", VECTOR_SOURCE},
	{"addr", VECTOR_FAULT_INFO}, {"pp", VECTOR_PASID_PRESENT}, {"pv", VECTOR_PASID},
	{"fsts", VECTOR_FSTS},
};

static const struct number_key event_keys[] = {
	{"type", VECTOR_EVENT},
	{"sid", VECTOR_EVENT_STREAM},
	{"ssv", VECTOR_EVENT_SSV},
	{"stall", VECTOR_EVENT_STALL},
	{"pnu", VECTOR_EVENT_PNU},
	{"ind", VECTOR_EVENT_IND},
	{"rnw", VECTOR_EVENT_RNW},
	{"s2", VECTOR_EVENT_S2},
	{"addr", VECTOR_EVENT_INPUT},
	{"ipa", VECTOR_EVENT_IPA},
	{"fetch_addr", VECTOR_EVENT_FETCH},
};

static void say(struct vector_outcome *outcome, enum vector_field field, uint64_t value)
{
	outcome->fields |= UINT32_C(1) << field;
	outcome->value[field] = value;
}

static bool read_numbers(JsonObject *object, const char *where, const struct number_key *keys, size_t count,
			 struct vector_outcome *outcome, GError **error)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t value;

		if (!json_object_has_member(object, keys[i].key))
			continue;
		if (!json_number(object, where, keys[i].key, UINT64_MAX, &value, error))
			return false;
		say(outcome, keys[i].field, value);
	}
	return true;
}

/* A text at `key` that is one of `words` (NULL-terminated): its place among them. */
static bool read_word_of(JsonObject *object, const char *where, const char *key, const char *const *words,
			 unsigned *place, GError **error)
{
	const char *text = json_text(object, where, key, error);
	g_autofree char *list = NULL;

	if (!text)
		return false;
	for (*place = 0; words[*place]; ++*place)
		if (strcmp(words[*place], text) == 0)
			return true;
	list = g_strjoinv(", ", (char **)(void *)words);
	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING, "%s: \"%s\": expected one of %s, found \"%s\"", where, key,
		    list, text);
	return false;
}

static bool is_null(JsonObject *object, const char *key)
{
	JsonNode *node = json_object_get_member(object, key);

	return !node || JSON_NODE_HOLDS_NULL(node);
}

static bool read_reasons(JsonObject *object, const char *where, struct vector_outcome *outcome, GError **error)
{
	JsonArray *reasons =
		json_object_has_member(object, "reasons") ? json_array(object, where, "reasons", error) : NULL;
	uint64_t reason;

	if (!is_null(object, "reason")) {
		if (!json_number(object, where, "reason", UINT16_MAX, &reason, error))
			return false;
		outcome->reasons[outcome->reason_count++] = (uint16_t)reason;
	}
	if (!json_object_has_member(object, "reasons"))
		return true;
	if (!reasons)
		return false;
	for (guint i = 0; i < MIN(json_array_get_length(reasons), VECTOR_MAX_REASONS - 1); i++) {
		if (!json_element_number(reasons, where, "reasons", i, UINT16_MAX, &reason, error))
			return false;
		outcome->reasons[outcome->reason_count++] = (uint16_t)reason;
	}
	return true;
}

bool vector_read_word(JsonArray *words, const char *where, const char *key, guint index, struct vector_word *word,
		      GError **error)
{
	JsonArray *pair = json_element_array(words, where, key, index, 2, error);

	return pair && json_element_number(pair, where, key, 0, CAPTURE_MAX_PA, &word->pa, error) &&
	       json_element_number(pair, where, key, 1, UINT64_MAX, &word->value, error);
}

static bool read_flags(JsonObject *object, const char *where, struct vector_outcome *outcome, GError **error)
{
	JsonArray *words;

	if (!json_object_has_member(object, "mem64"))
		return true;
	words = json_array(object, where, "mem64", error);
	if (!words)
		return false;
	if (json_array_get_length(words) > VECTOR_MAX_FLAGS) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING, "%s: \"mem64\": expected at most %u words", where,
			    VECTOR_MAX_FLAGS);
		return false;
	}
	for (guint i = 0; i < json_array_get_length(words); i++)
		if (!vector_read_word(words, where, "mem64", i, &outcome->flags[outcome->flag_count++], error))
			return false;
	return true;
}

/* The sentences by which a file says that the specification leaves more than one answer. */
static bool read_open(JsonObject *object, const char *where, struct vector_outcome *outcome, GError **error)
{
	static const char fault[] = "ok, or fault ";
	const char *text;
	guint64 reason;

	if (!json_object_has_member(object, "open"))
		return true;
	text = json_text(object, where, "open", error);
	if (!text)
		return false;
	outcome->any_fault = strcmp(text, "any recorded fault") == 0;
	if (outcome->any_fault)
		return true;
	if (g_str_has_prefix(text, fault) &&
	    g_ascii_string_to_unsigned(text + strlen(fault), 10, 1, UINT16_MAX, &reason, NULL)) {
		outcome->other_reason = (uint16_t)reason;
		return true;
	}
	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING,
		    "%s: \"open\": expected \"any recorded fault\" or \"ok, or fault N\"", where);
	return false;
}

/* The raw words of a fault record. */
static bool read_record(JsonObject *object, const char *where, struct vector_outcome *outcome, GError **error)
{
	JsonArray *words;

	if (!json_object_has_member(object, "frcd"))
		return true;
	words = json_array(object, where, "frcd", error);
	for (guint i = 0; words && i < 2; i++) {
		uint64_t value;

		if (i >= json_array_get_length(words))
			break;
		if (!json_element_number(words, where, "frcd", i, UINT64_MAX, &value, error))
			return false;
		say(outcome, VECTOR_FRCD_LOW + i, value);
	}
	return words != NULL;
}

static bool read_answer(JsonObject *object, const char *where, struct vector_outcome *outcome, GError **error)
{
	static const char *const types[] = {[VECTOR_TYPE_WRITE] = "write", [VECTOR_TYPE_READ] = "read", NULL};
	bool recorded = false;
	unsigned type;

	if (!read_numbers(object, where, answer_keys, G_N_ELEMENTS(answer_keys), outcome, error) ||
	    !json_optional_true(object, where, "recorded", &recorded, error))
		return false;
	if (json_object_has_member(object, "recorded"))
		say(outcome, VECTOR_RECORDED, recorded);
	if (json_object_has_member(object, "type")) {
		if (!read_word_of(object, where, "type", types, &type, error))
			return false;
		say(outcome, VECTOR_TYPE, type);
	}
	return read_reasons(object, where, outcome, error) && read_record(object, where, outcome, error) &&
	       read_flags(object, where, outcome, error) && read_open(object, where, outcome, error);
}

static bool read_event(JsonObject *object, const char *where, struct vector_outcome *outcome, GError **error)
{
	static const char *const classes[] = {
		[VECTOR_CLASS_CD] = "CD", [VECTOR_CLASS_TT] = "TT", [VECTOR_CLASS_IN] = "IN", NULL};
	JsonNode *node = json_object_get_member(object, "event");
	JsonObject *event = node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
	unsigned class;

	if (!node)
		return true;
	if (!event) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING, "%s: \"event\": expected an object", where);
		return false;
	}
	if (!read_numbers(event, where, event_keys, G_N_ELEMENTS(event_keys), outcome, error))
		return false;
	if (json_object_has_member(event, "class")) {
		if (!read_word_of(event, where, "class", classes, &class, error))
			return false;
		say(outcome, VECTOR_EVENT_CLASS, class);
	}
	return true;
}

bool vector_read_outcome(JsonObject *request, const char *where, const char *key, struct vector_outcome *outcome,
			 GError **error)
{
	static const char *const results[] = {[VECTOR_OK] = "ok",
					      [VECTOR_FAULT] = "fault",
					      [VECTOR_ABORT] = "abort",
					      [VECTOR_INTERRUPT] = "interrupt",
					      NULL};
	JsonNode *node = json_object_get_member(request, key);
	g_autofree char *place = g_strdup_printf("%s: \"%s\"", where, key);
	unsigned result;

	if (!node)
		return true;
	if (!JSON_NODE_HOLDS_OBJECT(node)) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING, "%s: expected an object", place);
		return false;
	}
	if (!read_word_of(json_node_get_object(node), place, "result", results, &result, error))
		return false;
	outcome->given = true;
	outcome->result = result;
	return read_answer(json_node_get_object(node), place, outcome, error) &&
	       read_event(json_node_get_object(node), place, outcome, error);
}
