/* SPDX-License-Identifier: MIT */
/*
 * JSON from files that nobody vouches for, by json-glib, which recurses into what is nested: the text is looked through
 * first. Each getter names the place (`where`, as "path" or "path:line") and the key in its error.
 */
#ifndef IOSIM_CAPTURE_JSON_H
#define IOSIM_CAPTURE_JSON_H

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

#define JSON_MAX_DEPTH 16

/* The whole file, at most CAPTURE_MAX_TEXT bytes; if it is a zstd frame, what that holds. */
GBytes *json_read_file(const char *path, GError **error);
/* A line without anything in it. */
bool json_is_blank(const char *text, size_t bytes);
/* The object that the text is. `first_line`: the number of its first line in `path`. */
JsonNode *json_parse_object(const char *path, unsigned first_line, const char *text, size_t bytes, GError **error);
JsonNode *json_parse_file(const char *path, GError **error);

/*
 * Numbers are written as integers or as strings ("0x1b54000"). Of a key that is not there, an optional getter returns
 * true and leaves *value alone; a required one fails.
 */
bool json_number(JsonObject *object, const char *where, const char *key, uint64_t maximum, uint64_t *value,
		 GError **error);
bool json_optional_number(JsonObject *object, const char *where, const char *key, uint64_t maximum, uint64_t *value,
			  GError **error);
bool json_optional_true(JsonObject *object, const char *where, const char *key, bool *value, GError **error);
/* NULL and `error`. The string belongs to the object. */
const char *json_text(JsonObject *object, const char *where, const char *key, GError **error);
JsonArray *json_array(JsonObject *object, const char *where, const char *key, GError **error);
/* Number `index` of the array that is at `key`. */
bool json_element_number(JsonArray *array, const char *where, const char *key, guint index, uint64_t maximum,
			 uint64_t *value, GError **error);
JsonObject *json_element_object(JsonArray *array, const char *where, const char *key, guint index, GError **error);
/* That element as an array of `length` elements. */
JsonArray *json_element_array(JsonArray *array, const char *where, const char *key, guint index, guint length,
			      GError **error);

#endif
