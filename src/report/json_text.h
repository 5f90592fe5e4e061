/* SPDX-License-Identifier: MIT */
/* The members that every report writes with json-glib, and the text that it ends in. */
#ifndef IOSIM_REPORT_JSON_TEXT_H
#define IOSIM_REPORT_JSON_TEXT_H

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

/* A member of the object that is being built; json_text_add() leaves one out whose text is NULL. */
void json_text_add(JsonBuilder *builder, const char *name, const char *text);
void json_text_add_count(JsonBuilder *builder, const char *name, uint64_t count);
void json_text_add_number(JsonBuilder *builder, const char *name, double number);
void json_text_add_flag(JsonBuilder *builder, const char *name, bool flag);

/* A member that is an object or an array; json_builder_end_object() or json_builder_end_array() ends it. */
void json_text_begin_object(JsonBuilder *builder, const char *name);
void json_text_begin_array(JsonBuilder *builder, const char *name);

/* What was built, indented, with a newline at its end. The caller frees the text. */
char *json_text_of(JsonBuilder *builder);

#endif
