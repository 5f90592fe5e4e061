/* SPDX-License-Identifier: MIT */
#include "scenario/excerpt.h"

#include "base/assert.h"
#include "scenario/source.h"
#include "scenario/tree.h"

#include <string.h>

struct excerpt {
	const struct scenario_case *program;
	const struct node *root;
	GString *out;
	unsigned *made; /* per result slot: how often, so far */
};

/* --- nodes in flow style --- */

/* The result slot that the word begins with: "h", "h+0x1000". *length: of its name. -1: none. */
static int slot_of(const struct excerpt *excerpt, const char *word, size_t *length)
{
	*length = strcspn(word, "+ ");
	for (uint32_t i = 0; i < excerpt->program->slot_count; i++) {
		const char *name = excerpt->program->slots[i].name;
		if (strlen(name) == *length && strncmp(name, word, *length) == 0)
			return (int)i;
	}
	return -1;
}

static void put_scalar(struct excerpt *excerpt, const struct node *node)
{
	size_t length;
	int slot = excerpt->made ? slot_of(excerpt, node->text, &length) : -1;

	if (slot >= 0 && excerpt->made[slot] > 1) {
		g_string_append_len(excerpt->out, node->text, (gssize)length);
		g_string_append_printf(excerpt->out, "%u%s", excerpt->made[slot], node->text + length);
	} else if (node->plain) {
		g_string_append(excerpt->out, node->text);
	} else {
		g_autoptr(GString) text = g_string_new(node->text);
		g_string_replace(text, "'", "''", 0);
		g_string_append_printf(excerpt->out, "'%s'", text->str);
	}
}

struct open { /* a collection that is being written */
	const struct node *node;
	uint32_t next;
};

static void put_node(struct excerpt *excerpt, const struct node *node)
{
	struct open open[SCENARIO_MAX_DEPTH + 1] = {{.node = node}};
	unsigned depth = 1;

	while (depth) {
		struct open *top = &open[depth - 1];
		bool map = top->node->kind == NODE_MAP;

		if (top->node->kind == NODE_SCALAR) {
			put_scalar(excerpt, top->node);
			depth--;
		} else if (top->next == top->node->count) {
			g_string_append(excerpt->out, top->next ? (map ? "}" : "]") : (map ? "{}" : "[]"));
			depth--;
		} else {
			const struct entry *entry = &top->node->entries[top->next];

			g_string_append(excerpt->out, top->next ? ", " : (map ? "{" : "["));
			if (map)
				g_string_append_printf(excerpt->out, "%s: ", entry->key->text);
			top->next++;
			IOSIM_ASSERT(depth <= SCENARIO_MAX_DEPTH);
			open[depth++] = (struct open){.node = entry->value};
		}
	}
}

/* --- steps --- */

/* The mapping that begins there. */
static const struct node *find(const struct node *root, struct place place)
{
	struct open open[SCENARIO_MAX_DEPTH + 1] = {{.node = root}};
	unsigned depth = 1;

	while (depth) {
		struct open *top = &open[depth - 1];
		const struct node *next;

		if (top->node->kind == NODE_MAP && top->next == 0 && top->node->place.line == place.line &&
		    top->node->place.column == place.column)
			return top->node;
		if (top->next == top->node->count) {
			depth--;
			continue;
		}
		next = top->node->entries[top->next++].value;
		IOSIM_ASSERT(depth <= SCENARIO_MAX_DEPTH);
		open[depth++] = (struct open){.node = next};
	}
	return NULL;
}

static void put_step(struct excerpt *excerpt, const struct excerpt_step *wanted)
{
	const struct step *step = &excerpt->program->steps[wanted->step];
	const struct node *node = find(node_get(excerpt->root, "run"), step->place);
	const char *comma = "";

	IOSIM_ASSERT(node);
	if (step->as)
		excerpt->made[step->as - 1]++;
	g_string_append(excerpt->out, "  - {");
	if (wanted->label)
		g_string_append_printf(excerpt->out, "label: %s, ", wanted->label);
	for (uint32_t i = 0; i < node->count; i++) {
		const char *key = node->entries[i].key->text;
		if (strcmp(key, "only") == 0 || strcmp(key, "label") == 0 || strcmp(key, "expect") == 0)
			continue;
		g_string_append_printf(excerpt->out, "%s%s: ", comma, key);
		put_node(excerpt, node->entries[i].value);
		comma = ", ";
	}
	if (wanted->expect)
		g_string_append_printf(excerpt->out, ", expect: %s", wanted->expect);
	g_string_append(excerpt->out, "}\n");
}

/* --- */

/* A mapping, a line an entry. */
static void put_map(struct excerpt *excerpt, const char *key, const struct node *map)
{
	if (!map)
		return;
	g_string_append_printf(excerpt->out, "%s:\n", key);
	for (uint32_t i = 0; i < map->count; i++) {
		g_string_append_printf(excerpt->out, "  %s: ", map->entries[i].key->text);
		put_node(excerpt, map->entries[i].value);
		g_string_append_c(excerpt->out, '\n');
	}
}

static const struct node *machine_of(const struct excerpt *excerpt, const struct source *source, struct pool *pool)
{
	const struct node *machine = node_get(excerpt->root, "machine"), *cases = node_get(excerpt->root, "cases");

	if (!cases)
		return machine;
	return tree_patch(source, pool, machine, node_get(cases, excerpt->program->name), NULL);
}

char *scenario_excerpt(const struct scenario *scenario, unsigned case_index, const struct excerpt_step *steps,
		       uint32_t count)
{
	struct pool *pool = pool_new();
	struct source source;
	struct excerpt excerpt = {.program = &scenario->cases[case_index], .out = g_string_new(NULL)};

	source_init(&source, scenario->path, scenario->text, scenario->text_bytes);
	excerpt.root = tree_parse(&source, pool, NULL);
	IOSIM_ASSERT(excerpt.root); /* it was loaded */
	put_map(&excerpt, "machine", machine_of(&excerpt, &source, pool));
	put_map(&excerpt, "let", node_get(excerpt.root, "let"));
	excerpt.made = g_new0(unsigned, excerpt.program->slot_count + 1);
	g_string_append(excerpt.out, "run:\n");
	for (uint32_t i = 0; i < count; i++)
		put_step(&excerpt, &steps[i]);
	g_free(excerpt.made);
	source_clear(&source);
	pool_free(pool);
	return g_string_free(excerpt.out, FALSE);
}
