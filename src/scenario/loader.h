/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the loader share while one file is read: the text, the tables, the scenario as far as it is made,
 * and the names of the case that is compiled now. Every function that can fail returns false after it has filled
 * loader->error.
 */
#ifndef IOSIM_SCENARIO_LOADER_H
#define IOSIM_SCENARIO_LOADER_H

#include "scenario/program.h"
#include "scenario/source.h"
#include "scenario/tree.h"

#include <glib.h>

/* What a name can stand for; bits, so that a mask says what a key accepts. All of them share one name space. */
enum name_kind {
	NAME_NUMBER = 1 << 0, /* of `let` */
	NAME_IOMMU = 1 << 1,
	NAME_PORT = 1 << 2,
	NAME_OWNER = 1 << 3,
	NAME_DEVICE = 1 << 4,
	NAME_PACKAGE = 1 << 5, /* a device that is declared by its functions */
	NAME_BAR = 1 << 6,
	NAME_RESERVED = 1 << 7,
	NAME_MEMORY = 1 << 8,
	NAME_RESULT = 1 << 9,  /* of `as` */
	NAME_VECTOR = 1 << 10, /* of the device `index`: `number` */
};

struct name {
	char text[MACHINE_NAME_MAX];
	enum name_kind kind;
	uint32_t index;        /* row of the machine, or result slot */
	uint64_t number;       /* NAME_NUMBER, NAME_VECTOR */
	uint32_t from_step;    /* NAME_RESULT: the first step that makes it */
	uint8_t block, thread; /* NAME_RESULT: of that step */
	struct place place;
};

struct scope {
	GArray *names;       /* struct name, in order of declaration */
	GHashTable *by_text; /* text to index + 1 */
};

/* Where the rows of one of the machine's tables were declared: struct place each. */
#define MACHINE_TABLES (TABLE_MEMORY + 1)

struct loader {
	struct source source;
	struct pool *pool;
	const struct scenario_tables *tables;
	GError **error;
	struct scenario *scenario;
	const struct node *let, *run; /* shared by all cases */
	/* the case that is compiled now */
	struct scenario_case *now;
	uint32_t case_number;
	struct scope scope;
	GArray *places[MACHINE_TABLES];
	uint32_t step_number;
	uint8_t block, thread; /* of the step that is compiled now */
};

/* --- complaints: all return false --- */
bool fail(struct loader *loader, const struct node *at, const char *expected, const char *format, ...)
	G_GNUC_PRINTF(4, 5);
/* At byte `offset` of a scalar's text; expected, found and meant may be NULL. */
bool fail_in(struct loader *loader, const struct node *at, size_t offset, const char *expected, const char *found,
	     const char *meant, const char *format, ...) G_GNUC_PRINTF(7, 8);
/* The text in quotes, cut if it is long; lives as long as the load. */
const char *quoted(struct loader *loader, const char *text);
/* Says what was found in place of what was expected. */
bool fail_found(struct loader *loader, const struct node *value, const char *expected, const char *format, ...)
	G_GNUC_PRINTF(4, 5);
/* The value is not what its key wants: "wrong value for 'KEY'; expected WHAT, found ...". */
bool fail_value(struct loader *loader, const struct node *value, const char *key, const char *expected);
/* "unknown WHAT 'word' WHERE", with the nearest of the NULL-terminated names; `where` may be "". */
bool fail_unknown(struct loader *loader, const struct node *at, size_t offset, const char *what, const char *word,
		  const char *where, const char *const *names);

/* --- lists and words --- */
/* A word or a list of words; calls `take` for each. An empty list is an error. */
typedef bool (*take_word)(struct loader *loader, const struct node *word, void *context);
bool each_word(struct loader *loader, const struct node *value, const char *key, take_word take, void *context);
bool want_scalar(struct loader *loader, const struct node *value, const char *key, const char *expected);
bool want_map(struct loader *loader, const struct node *value, const char *key);
/* The number of `name` in a NULL-terminated list; -1. */
int list_find(const char *const *names, const char *name);

/* --- the name space of a case --- */
void scope_clear(struct loader *loader);
bool scope_add(struct loader *loader, const struct node *key, enum name_kind kind, uint32_t index, struct name **added);
/* Under a text that is not the key's own: "nic.bar0". */
bool scope_add_as(struct loader *loader, const struct node *key, const char *text, enum name_kind kind, uint32_t index,
		  struct name **added);
struct name *scope_find(const struct loader *loader, const char *text);
/* A name of another kind than is wanted: "'p' is memory and no device", with those that would be right. */
bool fail_kind(struct loader *loader, const struct node *at, size_t offset, const struct name *name, unsigned kinds,
	       const char *what);
/* The name at byte `offset` of a scalar; it must be of one of the kinds and, for a result, have been made before. */
const struct name *scope_want(struct loader *loader, const struct node *at, size_t offset, const char *text,
			      unsigned kinds, const char *what);
const char *name_kind_text(const struct loader *loader, const struct name *name);

/* --- the parts, in the order in which a file is read --- */
bool load_heading(struct loader *loader, const struct node *root);
bool load_let(struct loader *loader);
bool load_machine(struct loader *loader, const struct node *machine);
bool load_steps(struct loader *loader);
bool load_rows(struct loader *loader, const struct node *expect);

#endif
