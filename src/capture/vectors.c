/* SPDX-License-Identifier: MIT */
#include "capture/vectors.h"

#include "capture/capture.h"
#include "capture/vector_outcome.h"

#include <ioasid-sim/error.h>

#include <stdio.h>
#include <string.h>

#define SMMU_CMDQ_PROD_BYTES 4u
#define MAX_STREAM           UINT32_MAX

const char *vector_field_name(enum vector_field field)
{
	static const char *const names[] = {
#define FIELD_TEXT(name, text) text,
		VECTOR_FIELDS(FIELD_TEXT)};

	return field < VECTOR_FIELD_COUNT ? names[field] : "";
}

static void request_free(struct vector_request *request)
{
	if (!request)
		return;
	g_free(request->caveats);
	g_free(request);
}

static void step_clear(gpointer data)
{
	request_free(((struct vector_step *)data)->request);
}

static void vector_free(gpointer data)
{
	struct vector *vector = data;

	g_free(vector->id);
	g_free(vector->mode);
	g_free(vector->shape);
	g_free(vector->relax);
	g_array_unref(vector->memory);
	g_array_unref(vector->steps);
	g_free(vector);
}

static bool fail(const char *where, const char *what, GError **error)
{
	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING, "%s: %s", where, what);
	return false;
}

/* The words of an array of strings, separated by a space each; NULL if there is none. A string is one word, up to ':'.
 */
static bool read_codes(JsonObject *object, const char *where, const char *key, char **codes, GError **error)
{
	g_autoptr(GString) joined = g_string_new(NULL);
	JsonNode *node = json_object_get_member(object, key);

	if (!node)
		return true;
	if (JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING) {
		const char *text = json_node_get_string(node);

		*codes = g_strndup(text, strcspn(text, ":"));
		return true;
	}
	if (!JSON_NODE_HOLDS_ARRAY(node))
		return fail(where, "a list of codes is no array of strings", error);
	for (guint i = 0; i < json_array_get_length(json_node_get_array(node)); i++) {
		JsonNode *element = json_array_get_element(json_node_get_array(node), i);

		if (!JSON_NODE_HOLDS_VALUE(element) || json_node_get_value_type(element) != G_TYPE_STRING)
			return fail(where, "a list of codes is no array of strings", error);
		g_string_append_printf(joined, "%s%s", i ? " " : "", json_node_get_string(element));
	}
	*codes = g_strdup(joined->str);
	return true;
}

/* "bus:dev.fn" in hex; strict, so that a slip in a file is not a request of another device. */
static bool parse_bdf(const char *text, uint32_t *rid)
{
	unsigned bus, device, function;
	int used = 0;

	if (strlen(text) != strlen("00:00.0") || sscanf(text, "%2x:%2x.%1x%n", &bus, &device, &function, &used) != 3 ||
	    text[used] != '\0' || device > 0x1f || function > 7)
		return false;
	*rid = bus << 8 | device << 3 | function;
	return true;
}

static bool read_requester(JsonObject *dma, const char *where, struct vector_request *request, GError **error)
{
	const char *device = json_text(dma, where, "bdf", error);
	uint64_t stream = 0;

	if (!device)
		return false;
	if (!parse_bdf(device, &request->stream)) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING, "%s: \"bdf\": expected a BDF such as \"01:00.0\"",
			    where);
		return false;
	}
	g_strlcpy(request->device, device, sizeof(request->device));
	if (!json_optional_number(dma, where, "sid", MAX_STREAM, &stream, error))
		return false;
	if (json_object_has_member(dma, "sid"))
		request->stream = (uint32_t)stream;
	return true;
}

static bool read_request(JsonObject *dma, const char *where, struct vector_request *request, GError **error)
{
	const char *access = json_text(dma, where, "access", error);
	uint64_t data = 0;

	if (!access || !read_requester(dma, where, request, error) ||
	    !json_number(dma, where, "iova", UINT64_MAX, &request->iova, error) ||
	    !json_optional_number(dma, where, "data", UINT32_MAX, &data, error) ||
	    !json_optional_true(dma, where, "cache", &request->cache, error) ||
	    !read_codes(dma, where, "caveat", &request->caveats, error))
		return false;
	request->write = strcmp(access, "write") == 0;
	if (!request->write && strcmp(access, "read") != 0)
		return fail(where, "\"access\": expected \"read\" or \"write\"", error);
	if (request->iova % 4 != 0)
		return fail(where, "\"iova\": expected a multiple of 4", error);
	request->data = (uint32_t)data;
	if (!vector_read_outcome(dma, where, "expect", &request->expect, error) ||
	    !vector_read_outcome(dma, where, "uncached", &request->uncached, error) ||
	    !vector_read_outcome(dma, where, "expect_fresh", &request->uncached, error) ||
	    !vector_read_outcome(dma, where, "spec", &request->spec, error) ||
	    !vector_read_outcome(dma, where, "spec_reading", &request->spec, error))
		return false;
	return request->expect.given || fail(where, "\"expect\" is missing", error);
}

static bool read_request_step(JsonObject *object, const char *where, struct vector_step *step, GError **error)
{
	JsonNode *node = json_object_get_member(object, "dma");

	if (!JSON_NODE_HOLDS_OBJECT(node))
		return fail(where, "\"dma\": expected an object", error);
	step->kind = VECTOR_REQUEST;
	step->request = g_new0(struct vector_request, 1);
	return read_request(json_node_get_object(node), where, step->request, error);
}

/* {"cmd":[w0,w1],"slot":address,"prod":index} */
static bool read_command(JsonObject *object, const char *where, struct vector_step *step, GError **error)
{
	JsonArray *words = json_array(object, where, "cmd", error);

	step->kind = VECTOR_COMMAND;
	step->bytes = SMMU_CMDQ_PROD_BYTES;
	if (!words)
		return false;
	if (json_array_get_length(words) != 2)
		return fail(where, "\"cmd\": expected two words", error);
	return json_element_number(words, where, "cmd", 0, UINT64_MAX, &step->command[0], error) &&
	       json_element_number(words, where, "cmd", 1, UINT64_MAX, &step->command[1], error) &&
	       json_number(object, where, "slot", CAPTURE_MAX_PA, &step->place, error) &&
	       json_number(object, where, "prod", UINT32_MAX, &step->value, error);
}

static const struct plain_step {
	const char *key;
	enum vector_step_kind kind;
	unsigned bytes;
} plain_steps[] = {
	{"write32", VECTOR_WRITE, 4}, {"write64", VECTOR_WRITE, 8}, {"check32", VECTOR_CHECK, 4},
	{"check64", VECTOR_CHECK, 8}, {"mem64", VECTOR_STORE, 8},   {"check_mem64", VECTOR_CHECK_STORE, 8},
};

/* [place, value] or, of a check, [place, value, mask] */
static bool read_plain(JsonObject *object, const char *where, const struct plain_step *plain, struct vector_step *step,
		       GError **error)
{
	bool in_memory = plain->kind == VECTOR_STORE || plain->kind == VECTOR_CHECK_STORE;
	uint64_t most = plain->bytes == 4 ? UINT32_MAX : UINT64_MAX;
	JsonArray *words = json_array(object, where, plain->key, error);
	g_autofree char *caveat = NULL;

	step->kind = plain->kind;
	step->bytes = plain->bytes;
	step->mask = most;
	if (!words)
		return false;
	if (json_array_get_length(words) < 2 || json_array_get_length(words) > 3)
		return fail(where, "a step: expected a place, a value, and of a check a mask", error);
	if (!json_element_number(words, where, plain->key, 0, in_memory ? CAPTURE_MAX_PA : UINT32_MAX, &step->place,
				 error) ||
	    !json_element_number(words, where, plain->key, 1, most, &step->value, error) ||
	    (json_array_get_length(words) == 3 &&
	     !json_element_number(words, where, plain->key, 2, most, &step->mask, error)) ||
	    !read_codes(object, where, "caveat", &caveat, error))
		return false;
	if (step->place % plain->bytes != 0)
		return fail(where, "a step: its place is not aligned", error);
	if (caveat)
		g_strlcpy(step->caveat, caveat, sizeof(step->caveat));
	return true;
}

static bool read_step(JsonObject *object, const char *where, struct vector_step *step, GError **error)
{
	if (json_object_has_member(object, "dma"))
		return read_request_step(object, where, step, error);
	if (json_object_has_member(object, "cmd"))
		return read_command(object, where, step, error);
	for (size_t i = 0; i < G_N_ELEMENTS(plain_steps); i++)
		if (json_object_has_member(object, plain_steps[i].key))
			return read_plain(object, where, &plain_steps[i], step, error);
	return fail(where, "expected a step: write32, write64, check32, check64, mem64, check_mem64, cmd or dma",
		    error);
}

static bool read_steps(struct vector *vector, JsonObject *object, const char *where, GError **error)
{
	JsonArray *steps = json_array(object, where, "steps", error);

	if (!steps)
		return false;
	if (json_array_get_length(steps) > VECTOR_MAX_STEPS)
		return fail(where, "\"steps\": too many", error);
	for (guint i = 0; i < json_array_get_length(steps); i++) {
		g_autofree char *place = g_strdup_printf("%s: \"steps[%u]\"", where, i);
		JsonObject *step = json_element_object(steps, where, "steps", i, error);

		if (!step)
			return false;
		g_array_set_size(vector->steps, i + 1);
		if (!read_step(step, place, &g_array_index(vector->steps, struct vector_step, i), error))
			return false;
	}
	return true;
}

static bool read_memory(struct vector *vector, JsonObject *setup, const char *where, GError **error)
{
	JsonArray *words = json_array(setup, where, "memory", error);

	if (!words)
		return false;
	if (json_array_get_length(words) > VECTOR_MAX_WORDS)
		return fail(where, "\"memory\": too many words", error);
	g_array_set_size(vector->memory, json_array_get_length(words));
	for (guint i = 0; i < vector->memory->len; i++) {
		struct vector_word *word = &g_array_index(vector->memory, struct vector_word, i);

		if (!vector_read_word(words, where, "memory", i, word, error))
			return false;
		if (word->pa % 8 != 0)
			return fail(where, "\"memory\": an address is not a multiple of 8", error);
	}
	return true;
}

/* [first, end) */
static bool add_range(struct vector *vector, JsonArray *pair, const char *where, GError **error)
{
	uint64_t first, end;

	if (!json_element_number(pair, where, "ram", 0, CAPTURE_MAX_PA, &first, error) ||
	    !json_element_number(pair, where, "ram", 1, CAPTURE_MAX_PA + 1, &end, error))
		return false;
	if (end <= first || vector->range_count == VECTOR_MAX_RANGES)
		return fail(where, "\"ram\": an empty range, or too many", error);
	vector->ranges[vector->range_count++] = (struct vector_range){first, end - 1};
	return true;
}

/* One range, or an array of ranges. */
static bool read_ram(struct vector *vector, JsonObject *caps, const char *where, GError **error)
{
	JsonArray *ram = json_array(caps, where, "ram", error);
	guint count = ram ? json_array_get_length(ram) : 0;

	if (!ram)
		return false;
	if (count == 2 && !JSON_NODE_HOLDS_ARRAY(json_array_get_element(ram, 0)))
		return add_range(vector, ram, where, error);
	for (guint i = 0; i < count; i++) {
		JsonArray *pair = json_element_array(ram, where, "ram", i, 2, error);

		if (!pair || !add_range(vector, pair, where, error))
			return false;
	}
	return true;
}

static bool read_caps(struct vector *vector, JsonObject *caps, const char *where, GError **error)
{
	static const char *const vtd[] = {"cap", "ecap", NULL};
	static const char *const smmu[] = {"IDR0", "IDR1", "IDR2", "IDR3", "IDR4", "IDR5", "IIDR", "AIDR", NULL};
	const char *const *keys = vector->engine == VECTOR_VTD ? vtd : smmu;
	uint64_t most = vector->engine == VECTOR_VTD ? UINT64_MAX : UINT32_MAX, width = 0;

	for (unsigned i = 0; keys[i]; i++)
		if (!json_optional_number(caps, where, keys[i], most, &vector->identification[i], error))
			return false;
	if (!json_optional_number(caps, where, "haw", 64, &width, error))
		return false;
	vector->address_width = (unsigned)width;
	return read_ram(vector, caps, where, error);
}

static JsonObject *object_at(JsonObject *object, const char *where, const char *key, GError **error)
{
	JsonNode *node = json_object_get_member(object, key);

	if (node && JSON_NODE_HOLDS_OBJECT(node))
		return json_node_get_object(node);
	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING, "%s: \"%s\": expected an object", where, key);
	return NULL;
}

/* "scenario" and "title", or "note". */
static bool read_shape(struct vector *vector, JsonObject *object, const char *where, GError **error)
{
	static const char *const keys[] = {"scenario", "title", "note"};
	g_autoptr(GString) shape = g_string_new(NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
		const char *text;

		if (!json_object_has_member(object, keys[i]))
			continue;
		text = json_text(object, where, keys[i], error);
		if (!text)
			return false;
		g_string_append_printf(shape, "%s%s", shape->len ? ": " : "", text);
	}
	vector->shape = g_strdup(shape->str);
	return true;
}

static bool read_vector(struct vector *vector, JsonObject *object, const char *where, GError **error)
{
	const char *id = json_text(object, where, "id", error);
	const char *engine = id ? json_text(object, where, "engine", error) : NULL;
	const char *mode = engine ? json_text(object, where, "mode", error) : NULL;
	JsonObject *caps = mode ? object_at(object, where, "caps", error) : NULL;
	JsonObject *setup = caps ? object_at(object, where, "setup", error) : NULL;

	if (!setup)
		return false;
	vector->id = g_strdup(id);
	vector->mode = g_strdup(mode);
	vector->engine = strcmp(engine, "smmuv3") == 0 ? VECTOR_SMMUV3 : VECTOR_VTD;
	if (vector->engine == VECTOR_VTD && strcmp(engine, "vtd") != 0)
		return fail(where, "\"engine\": expected \"vtd\" or \"smmuv3\"", error);
	return read_shape(vector, object, where, error) && read_codes(object, where, "relax", &vector->relax, error) &&
	       read_caps(vector, caps, where, error) && read_memory(vector, setup, where, error) &&
	       read_steps(vector, json_object_has_member(setup, "steps") ? setup : object, where, error);
}

static bool load_line(GPtrArray *vectors, const char *path, uint32_t line, const char *text, size_t bytes,
		      GError **error)
{
	g_autofree char *where = g_strdup_printf("%s:%u", path, line);
	g_autoptr(JsonNode) root = json_parse_object(path, line, text, bytes, error);
	struct vector *vector;

	if (!root)
		return false;
	if (vectors->len == VECTOR_MAX_LINES)
		return fail(where, "too many vectors", error);
	vector = g_new0(struct vector, 1);
	vector->line = line;
	vector->memory = g_array_new(FALSE, TRUE, sizeof(struct vector_word));
	vector->steps = g_array_new(FALSE, TRUE, sizeof(struct vector_step));
	g_array_set_clear_func(vector->steps, step_clear);
	g_ptr_array_add(vectors, vector);
	return read_vector(vector, json_node_get_object(root), where, error);
}

GPtrArray *vectors_load(const char *path, GError **error)
{
	g_autoptr(GBytes) file = json_read_file(path, error);
	g_autoptr(GPtrArray) vectors = g_ptr_array_new_with_free_func(vector_free);
	gsize bytes = 0;
	const char *text = file ? g_bytes_get_data(file, &bytes) : NULL;
	uint32_t line = 1;

	if (!file)
		return NULL;
	for (gsize begin = 0; begin < bytes; line++) {
		const char *end = memchr(text + begin, '\n', bytes - begin);
		size_t length = end ? (size_t)(end - (text + begin)) : bytes - begin;

		if (!json_is_blank(text + begin, length) &&
		    !load_line(vectors, path, line, text + begin, length, error))
			return NULL;
		begin += length + 1;
	}
	if (vectors->len == 0) {
		fail(path, "no line holds a vector", error);
		return NULL;
	}
	return g_steal_pointer(&vectors);
}
