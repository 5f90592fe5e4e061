/* SPDX-License-Identifier: MIT */
/* What `walk` prints. */
#ifndef IOSIM_CLI_WALK_H
#define IOSIM_CLI_WALK_H

#include "cli.h"

#include <ioasid-sim/ioasid-sim.h>
#include <json-glib/json-glib.h>

/* "01:00.0" for a requester ID. The caller frees. */
char *walk_device(guint32 stream);

/* The walk of one request as text on standard output: each structure, then the answer. */
void walk_print(iosim_engine *engine, const char *device, const iosim_request *request);
JsonObject *walk_to_json(iosim_engine *engine, const char *device, const iosim_request *request);
/* Indented, on standard output. Takes `root`. */
void walk_print_json(JsonNode *root);

/* Asks and compares every line; returns an enum cli_exit. */
int walk_compare(iosim_engine *engine, const iosim_truth *truth, bool json);

/* An answer in a line: "ok, pa 0x..., page of 0x1000 bytes (level 1)". The caller frees. */
char *walk_answer_text(const iosim_answer *answer);
/* The same as members of `object`. */
void walk_answer_to_json(const iosim_answer *answer, JsonObject *object);
/* Numbers are strings, so that no reader rounds them. */
void walk_set_hex(JsonObject *object, const char *key, guint64 value);

#endif
