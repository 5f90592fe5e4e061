/* SPDX-License-Identifier: MIT */
/*
 * A YAML document as a tree of nodes that know their places. Read-only once built: patched trees share what they do not
 * change. Everything lives in a pool and is freed with it.
 *
 * Only what the language needs gets through: one document of UTF-8 text, mappings with scalar keys that occur once,
 * no anchors, aliases or tags, at most SCENARIO_MAX_DEPTH levels. Nothing here recurses.
 */
#ifndef IOSIM_SCENARIO_TREE_H
#define IOSIM_SCENARIO_TREE_H

#include "scenario/program.h"
#include "scenario/source.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node;
struct entry {
	const struct node *key; /* NULL in a list */
	const struct node *value;
};

struct node {
	enum node_kind kind;
	bool plain;       /* scalar without quotes */
	const char *text; /* scalar: without NUL and control characters; else "" */
	struct place place;
	const struct entry *entries;
	uint32_t count;
};

struct pool;
struct pool *pool_new(void);
void pool_free(struct pool *pool);
/* Zeroed. */
void *pool_alloc(struct pool *pool, size_t bytes);

/* NULL on error. */
const struct node *tree_parse(const struct source *source, struct pool *pool, GError **error);

/* The value of a key; NULL: not there. */
const struct node *node_get(const struct node *map, const char *key);
/* The plain word null. */
bool node_is_null(const struct node *node);

/*
 * RFC 7396: `target` with `patch` merged into it; both are mappings. A null that removes nothing is an error. NULL on
 * error.
 */
const struct node *tree_patch(const struct source *source, struct pool *pool, const struct node *target,
			      const struct node *patch, GError **error);

/* Where in the file the byte `offset` of a scalar's text is: exact for what was written without escapes. */
struct place node_place_at(const struct source *source, const struct node *scalar, size_t offset);

#endif
