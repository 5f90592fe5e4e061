/* SPDX-License-Identifier: MIT */
#include "scenario/tree.h"

#include <string.h>
#include <yaml.h>

_Static_assert(SCENARIO_MAX_FILE_BYTES == 1u << 20, "the message below says it");

/* A list or mapping whose end has not been read. */
struct open_node {
	struct node *node;
	GArray *entries;        /* struct entry */
	GHashTable *keys;       /* mapping: text to the key's node */
	const struct node *key; /* read, and waiting for its value */
};

struct builder {
	const struct source *source;
	struct pool *pool;
	GError **error;
	struct open_node open[SCENARIO_MAX_DEPTH];
	unsigned depth;
	struct node *root;
};

static struct place place_of(yaml_mark_t mark)
{
	return (struct place){(uint32_t)mark.line + 1, (uint32_t)mark.column + 1};
}

static bool refuse(struct builder *builder, struct place place, const char *message, const char *expected)
{
	struct problem problem = {.code = SCENARIO_ERROR_SYNTAX, .place = place, .expected = expected};

	return source_fail(builder->source, &problem, builder->error, "%s", message);
}

static struct node *new_node(struct builder *builder, enum node_kind kind, yaml_mark_t mark)
{
	struct node *node = pool_alloc(builder->pool, sizeof(*node));

	node->kind = kind;
	node->place = place_of(mark);
	node->text = "";
	return node;
}

/* Hangs a finished or just opened node into the innermost open one. */
static bool add(struct builder *builder, struct node *node)
{
	struct open_node *open;
	struct entry entry = {NULL, node};

	if (builder->depth == 0) {
		builder->root = node;
		return true;
	}
	open = &builder->open[builder->depth - 1];
	if (open->node->kind == NODE_MAP && !open->key) {
		const struct node *before = g_hash_table_lookup(open->keys, node->text);
		g_autofree char *found = NULL;
		struct problem problem = {.code = SCENARIO_ERROR_SYNTAX, .place = node->place};

		if (node->kind != NODE_SCALAR)
			return refuse(builder, node->place, "a key must be a word", "a name");
		if (before) {
			found = g_strdup_printf("it on line %u too", before->place.line);
			problem.expected = "each key once";
			problem.found = found;
			return source_fail(builder->source, &problem, builder->error, "duplicate key '%s'", node->text);
		}
		g_hash_table_insert(open->keys, (gpointer)node->text, node);
		open->key = node;
		return true;
	}
	entry.key = open->key;
	open->key = NULL;
	g_array_append_val(open->entries, entry);
	return true;
}

static bool open_collection(struct builder *builder, enum node_kind kind, yaml_mark_t mark)
{
	struct node *node = new_node(builder, kind, mark);
	struct open_node *open;

	if (!add(builder, node))
		return false;
	if (builder->depth == SCENARIO_MAX_DEPTH)
		return refuse(builder, node->place, "nested too deeply",
			      "at most " G_STRINGIFY(SCENARIO_MAX_DEPTH) " levels");
	open = &builder->open[builder->depth++];
	*open = (struct open_node){.node = node, .entries = g_array_new(FALSE, FALSE, sizeof(struct entry))};
	if (kind == NODE_MAP)
		open->keys = g_hash_table_new(g_str_hash, g_str_equal);
	return true;
}

static void close_collection(struct builder *builder)
{
	struct open_node *open = &builder->open[--builder->depth];
	size_t bytes = open->entries->len * sizeof(struct entry);
	struct entry *entries = pool_alloc(builder->pool, bytes);

	if (bytes)
		memcpy(entries, open->entries->data, bytes);
	open->node->entries = entries;
	open->node->count = open->entries->len;
	g_array_unref(open->entries);
	if (open->keys)
		g_hash_table_unref(open->keys);
}

static bool has_control(const char *text, size_t bytes)
{
	for (const char *at = text; at < text + bytes; at = g_utf8_next_char(at)) {
		gunichar character = g_utf8_get_char(at);

		if (character != '\n' && character != '\t' && g_unichar_iscntrl(character))
			return true;
	}
	return false;
}

static bool add_scalar(struct builder *builder, const yaml_event_t *event)
{
	const char *value = (const char *)event->data.scalar.value;
	size_t bytes = event->data.scalar.length;
	struct node *node = new_node(builder, NODE_SCALAR, event->start_mark);
	char *text;

	if (memchr(value, 0, bytes) || has_control(value, bytes))
		return refuse(builder, node->place, "a control character in a text", "printable text");
	text = pool_alloc(builder->pool, bytes + 1);
	memcpy(text, value, bytes);
	node->text = text;
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	if (node->plain && strcmp(text, "<<") == 0)
		return refuse(builder, node->place, "merge keys are not part of the language", "a key by its name");
	return add(builder, node);
}

/* Anchors and tags can stand before a scalar, a list or a mapping. */
static bool decorated(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return event->data.scalar.anchor || event->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.anchor || event->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.anchor || event->data.mapping_start.tag;
	default:
		return false;
	}
}

static bool take_event(struct builder *builder, const yaml_event_t *event)
{
	struct place place = place_of(event->start_mark);

	if (decorated(event))
		return refuse(builder, place, "anchors and tags are not part of the language", "a plain value");
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (builder->root)
			return refuse(builder, place, "a second document", "one scenario a file");
		return true;
	case YAML_ALIAS_EVENT:
		return refuse(builder, place, "aliases are not part of the language", "a plain value");
	case YAML_SCALAR_EVENT:
		return add_scalar(builder, event);
	case YAML_SEQUENCE_START_EVENT:
		return open_collection(builder, NODE_LIST, event->start_mark);
	case YAML_MAPPING_START_EVENT:
		return open_collection(builder, NODE_MAP, event->start_mark);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		close_collection(builder);
		return true;
	default:
		return true;
	}
}

static bool not_yaml(struct builder *builder, const yaml_parser_t *parser)
{
	struct problem problem = {.code = SCENARIO_ERROR_SYNTAX, .place = place_of(parser->problem_mark)};

	if (problem.place.line > builder->source->line_count)
		problem.place = source_place(builder->source, builder->source->bytes);
	return source_fail(builder->source, &problem, builder->error, "not YAML: %s",
			   parser->problem ? parser->problem : "cannot be read");
}

/* Each event consumes input, so the length of the text bounds the loop. */
static bool build(struct builder *builder, yaml_parser_t *parser)
{
	bool good = true, done = false;

	while (good && !done) {
		yaml_event_t event;

		if (!yaml_parser_parse(parser, &event))
			return not_yaml(builder, parser);
		good = take_event(builder, &event);
		done = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	if (good && !builder->root)
		return refuse(builder, (struct place){1, 1}, "the file is empty", "a scenario");
	return good;
}

/* UTF-8 without NUL, and no character that one reader takes for a line end and the other does not. */
static bool check_text(const struct source *source, GError **error)
{
	struct problem problem = {.code = SCENARIO_ERROR_SYNTAX, .expected = "UTF-8 text"};
	const char *end;

	if (source->bytes > SCENARIO_MAX_FILE_BYTES) {
		problem.place = (struct place){1, 1};
		problem.expected = "at most 1 MiB";
		return source_fail(source, &problem, error, "the file is too large");
	}
	if (!g_utf8_validate_len(source->text, source->bytes, &end)) {
		problem.place = source_place(source, (size_t)(end - source->text));
		return source_fail(source, &problem, error, *end ? "not UTF-8" : "a NUL byte");
	}
	for (const char *at = source->text; at < source->text + source->bytes; at = g_utf8_next_char(at)) {
		gunichar character = g_utf8_get_char(at);
		bool line = character == 0x85 || character == 0x2028 || character == 0x2029;

		if (line || (g_unichar_iscntrl(character) && !strchr("\t\n\r", (int)character))) {
			problem.place = source_place(source, (size_t)(at - source->text));
			problem.expected = "printable text";
			return source_fail(source, &problem, error, "a control character (U+%04X)", character);
		}
	}
	return true;
}

const struct node *tree_parse(const struct source *source, struct pool *pool, GError **error)
{
	struct builder builder = {.source = source, .pool = pool, .error = error};
	yaml_parser_t parser;
	bool good;

	if (!check_text(source, error))
		return NULL;
	if (!yaml_parser_initialize(&parser)) {
		refuse(&builder, (struct place){0}, "out of memory", NULL);
		return NULL;
	}
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)source->text, source->bytes);
	good = build(&builder, &parser);
	while (builder.depth > 0)
		close_collection(&builder);
	yaml_parser_delete(&parser);
	return good ? builder.root : NULL;
}

const struct node *node_get(const struct node *map, const char *key)
{
	if (!map || map->kind != NODE_MAP)
		return NULL;
	for (uint32_t i = 0; i < map->count; i++)
		if (strcmp(map->entries[i].key->text, key) == 0)
			return map->entries[i].value;
	return NULL;
}

bool node_is_null(const struct node *node)
{
	return node->kind == NODE_SCALAR && node->plain && strcmp(node->text, "null") == 0;
}

/* Where a scalar's first character is: behind its quote, or below the head line of a block. */
static size_t scalar_start(const struct source *source, const struct node *scalar)
{
	size_t at = source_offset(source, scalar->place);

	if (scalar->plain || at >= source->bytes)
		return at;
	if (source->text[at] == '"' || source->text[at] == '\'')
		return at + 1;
	while (at < source->bytes && source->text[at] != '\n')
		at++;
	return at;
}

static bool is_space(char character)
{
	return character == ' ' || character == '\t' || character == '\n' || character == '\r';
}

struct place node_place_at(const struct source *source, const struct node *scalar, size_t offset)
{
	size_t at = scalar_start(source, scalar), read = 0;
	const char *text = scalar->text;

	if (scalar->place.line == 0 || offset == 0)
		return scalar->place;
	/* White space may be folded differently in the file; everything else must be the same. */
	while (read < offset && text[read]) {
		while (read < offset && is_space(text[read]))
			read++;
		while (at < source->bytes && is_space(source->text[at]))
			at++;
		while (read < offset && text[read] && !is_space(text[read])) {
			if (at >= source->bytes || source->text[at] != text[read])
				return scalar->place;
			read++;
			at++;
		}
	}
	if (text[read] && !is_space(text[read]) && read > 0 && is_space(text[read - 1]))
		while (at < source->bytes && is_space(source->text[at]))
			at++;
	return source_place(source, at);
}
