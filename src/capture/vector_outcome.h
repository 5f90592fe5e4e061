/* SPDX-License-Identifier: MIT */
/* The outcomes of one request of a vector, from JSON. */
#ifndef IOSIM_CAPTURE_VECTOR_OUTCOME_H
#define IOSIM_CAPTURE_VECTOR_OUTCOME_H

#include "capture/json.h"
#include "capture/vectors.h"

/* "expect", "spec" ... of a request. `key` may be missing: then `outcome` stays as it is. */
bool vector_read_outcome(JsonObject *request, const char *where, const char *key, struct vector_outcome *outcome,
			 GError **error);
/* [address, value] at `index`. */
bool vector_read_word(JsonArray *words, const char *where, const char *key, guint index, struct vector_word *word,
		      GError **error);

#endif
