/* SPDX-License-Identifier: MIT */
#include "capture/json.h"

#include "capture/capture.h"
#include "capture/packed.h"

#include <ioasid-sim/error.h>

#include <errno.h>
#include <string.h>

/* What may stand outside strings. json-glib's comments are not JSON, and would hide brackets from screen_text(). */
static const char plain[] = " \t\r\n,:+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

GBytes *json_read_file(const char *path, GError **error)
{
	g_autoptr(GError) why = NULL;
	g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, &why);
	g_autoptr(GBytes) bytes = NULL;

	if (!file) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_READ, "%s: %s", path, why->message);
		return NULL;
	}
	if (g_mapped_file_get_length(file) > CAPTURE_MAX_TEXT) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_SYNTAX,
			    "%s: expected at most %" G_GUINT64_FORMAT " bytes of JSON, found %zu", path,
			    (guint64)CAPTURE_MAX_TEXT, g_mapped_file_get_length(file));
		return NULL;
	}
	bytes = g_mapped_file_get_bytes(file);
	return packed_is(bytes) ? packed_open(path, bytes, CAPTURE_MAX_TEXT, error) : g_steal_pointer(&bytes);
}

bool json_is_blank(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (!g_ascii_isspace(text[i]))
			return false;
	}
	return true;
}

struct screen {
	unsigned depth, line, column;
	bool in_string, escaped;
};

/* NULL, or what is wrong with the next character. */
static const char *screen_character(struct screen *screen, char character)
{
	if (screen->in_string) {
		if (!screen->escaped && character == '"')
			screen->in_string = false;
		screen->escaped = !screen->escaped && character == '\\';
		return NULL;
	}
	switch (character) {
	case '"':
		screen->in_string = true;
		return NULL;
	case '[':
	case '{':
		return screen->depth++ < JSON_MAX_DEPTH ? NULL : "nested too deeply";
	case ']':
	case '}':
		return screen->depth-- > 0 ? NULL : "a bracket closes nothing";
	default:
		return character != '\0' && strchr(plain, character) ? NULL : "not JSON";
	}
}

static bool screen_text(const char *path, unsigned first_line, const char *text, size_t bytes, GError **error)
{
	struct screen screen = {.line = first_line, .column = 1};

	for (size_t i = 0; i < bytes; i++) {
		const char *wrong = screen_character(&screen, text[i]);

		if (wrong) {
			g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_SYNTAX, "%s:%u:%u: %s", path, screen.line,
				    screen.column, wrong);
			return false;
		}
		screen.column++;
		if (text[i] == '\n') {
			screen.line++;
			screen.column = 1;
		}
	}
	return true;
}

/* json-glib says "<data>:LINE:COLUMN: message"; our text may begin further down in its file. */
static void report_parser(const char *path, unsigned first_line, const char *message, GError **error)
{
	const char *rest = g_str_has_prefix(message, "<data>:") ? message + strlen("<data>:") : NULL;
	char *end = NULL;
	guint64 line = rest ? g_ascii_strtoull(rest, &end, 10) : 0;

	if (end && end != rest && *end == ':')
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_SYNTAX, "%s:%" G_GUINT64_FORMAT "%s", path,
			    line + first_line - 1, end);
	else
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_SYNTAX, "%s:%u: %s", path, first_line, message);
}

JsonNode *json_parse_object(const char *path, unsigned first_line, const char *text, size_t bytes, GError **error)
{
	g_autoptr(JsonParser) parser = json_parser_new_immutable();
	g_autoptr(GError) why = NULL;
	JsonNode *root;

	if (bytes == 0)
		text = ""; /* an empty file has no address */
	if (!g_utf8_validate(text, (gssize)bytes, NULL)) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_SYNTAX, "%s:%u: not UTF-8", path, first_line);
		return NULL;
	}
	if (!screen_text(path, first_line, text, bytes, error))
		return NULL;
	if (!json_parser_load_from_data(parser, text, (gssize)bytes, &why)) {
		report_parser(path, first_line, why->message, error);
		return NULL;
	}
	root = json_parser_get_root(parser);
	if (!root || !JSON_NODE_HOLDS_OBJECT(root)) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING, "%s:%u: expected an object {...}", path,
			    first_line);
		return NULL;
	}
	return json_node_ref(root);
}

JsonNode *json_parse_file(const char *path, GError **error)
{
	g_autoptr(GBytes) bytes = json_read_file(path, error);

	if (!bytes)
		return NULL;
	return json_parse_object(path, 1, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), error);
}

/* What a node is, in an error message. */
static char *describe(JsonNode *node)
{
	g_autofree char *text = NULL;

	if (JSON_NODE_HOLDS_OBJECT(node))
		return g_strdup("an object");
	if (JSON_NODE_HOLDS_ARRAY(node))
		return g_strdup("an array");
	text = json_to_string(node, FALSE);
	return g_utf8_strlen(text, -1) <= 40 ? g_steal_pointer(&text) : g_strdup("a long text");
}

static bool wrong_type(const char *where, const char *key, const char *expected, JsonNode *node, GError **error)
{
	g_autofree char *found = describe(node);

	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING, "%s: \"%s\": expected %s, found %s", where, key, expected,
		    found);
	return false;
}

static bool missing(const char *where, const char *key, GError **error)
{
	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING, "%s: \"%s\" is missing", where, key);
	return false;
}

static bool parse_number(JsonNode *node, uint64_t maximum, uint64_t *value)
{
	const char *text;
	char *end;
	bool hexadecimal;

	if (json_node_get_value_type(node) == G_TYPE_INT64) {
		*value = (uint64_t)json_node_get_int(node);
		return json_node_get_int(node) >= 0 && *value <= maximum;
	}
	text = json_node_get_value_type(node) == G_TYPE_STRING ? json_node_get_string(node) : NULL;
	if (!text)
		return false;
	hexadecimal = g_str_has_prefix(text, "0x");
	text += hexadecimal ? 2 : 0;
	if (hexadecimal ? !g_ascii_isxdigit(*text) : !g_ascii_isdigit(*text))
		return false;
	errno = 0;
	*value = g_ascii_strtoull(text, &end, hexadecimal ? 16 : 10);
	return errno == 0 && *end == '\0' && *value <= maximum;
}

static bool number_of(JsonNode *node, const char *where, const char *key, uint64_t maximum, uint64_t *value,
		      GError **error)
{
	g_autofree char *expected = NULL;

	if (JSON_NODE_HOLDS_VALUE(node) && parse_number(node, maximum, value))
		return true;
	expected = g_strdup_printf("a number such as \"0x1000\", at most 0x%" G_GINT64_MODIFIER "x", maximum);
	return wrong_type(where, key, expected, node, error);
}

bool json_optional_number(JsonObject *object, const char *where, const char *key, uint64_t maximum, uint64_t *value,
			  GError **error)
{
	JsonNode *node = json_object_get_member(object, key);

	return !node || number_of(node, where, key, maximum, value, error);
}

bool json_number(JsonObject *object, const char *where, const char *key, uint64_t maximum, uint64_t *value,
		 GError **error)
{
	if (!json_object_has_member(object, key))
		return missing(where, key, error);
	return json_optional_number(object, where, key, maximum, value, error);
}

bool json_optional_true(JsonObject *object, const char *where, const char *key, bool *value, GError **error)
{
	JsonNode *node = json_object_get_member(object, key);

	if (!node)
		return true;
	if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_BOOLEAN)
		return wrong_type(where, key, "true or false", node, error);
	*value = json_node_get_boolean(node);
	return true;
}

const char *json_text(JsonObject *object, const char *where, const char *key, GError **error)
{
	JsonNode *node = json_object_get_member(object, key);

	if (!node)
		missing(where, key, error);
	else if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_STRING)
		wrong_type(where, key, "a string", node, error);
	else
		return json_node_get_string(node);
	return NULL;
}

JsonArray *json_array(JsonObject *object, const char *where, const char *key, GError **error)
{
	JsonNode *node = json_object_get_member(object, key);

	if (!node)
		missing(where, key, error);
	else if (!JSON_NODE_HOLDS_ARRAY(node))
		wrong_type(where, key, "an array", node, error);
	else
		return json_node_get_array(node);
	return NULL;
}

bool json_element_number(JsonArray *array, const char *where, const char *key, guint index, uint64_t maximum,
			 uint64_t *value, GError **error)
{
	g_autofree char *place = g_strdup_printf("%s[%u]", key, index);

	return number_of(json_array_get_element(array, index), where, place, maximum, value, error);
}

JsonObject *json_element_object(JsonArray *array, const char *where, const char *key, guint index, GError **error)
{
	g_autofree char *place = g_strdup_printf("%s[%u]", key, index);
	JsonNode *node = json_array_get_element(array, index);

	if (JSON_NODE_HOLDS_OBJECT(node))
		return json_node_get_object(node);
	wrong_type(where, place, "an object", node, error);
	return NULL;
}

JsonArray *json_element_array(JsonArray *array, const char *where, const char *key, guint index, guint length,
			      GError **error)
{
	g_autofree char *place = g_strdup_printf("%s[%u]", key, index);
	g_autofree char *expected = g_strdup_printf("an array of %u", length);
	JsonNode *node = json_array_get_element(array, index);

	if (JSON_NODE_HOLDS_ARRAY(node) && json_array_get_length(json_node_get_array(node)) == length)
		return json_node_get_array(node);
	wrong_type(where, place, expected, node, error);
	return NULL;
}
