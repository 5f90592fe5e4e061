/* SPDX-License-Identifier: MIT */
#include "scenario/loader.h"
#include "scenario/word.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SUFFIX ".yaml"

/* --- one case --- */

bool load_let(struct loader *loader)
{
	if (!loader->let)
		return true;
	if (!want_map(loader, loader->let, "let"))
		return false;
	for (uint32_t i = 0; i < loader->let->count; i++) {
		const struct node *value = loader->let->entries[i].value;
		struct name *name;

		if (!scope_add(loader, loader->let->entries[i].key, NAME_NUMBER, 0, &name))
			return false;
		if (value->kind != NODE_SCALAR || !number_parse(value->text, strlen(value->text), &name->number))
			return fail_value(loader, value, "let", "a number (decimal, 0x hex, or with K, M, G)");
	}
	return true;
}

static bool compile_case(struct loader *loader, uint32_t number, const struct node *machine)
{
	bool good;

	loader->case_number = number;
	loader->now = &loader->scenario->cases[number];
	for (unsigned i = 0; i < MACHINE_TABLES; i++)
		loader->places[i] = g_array_new(FALSE, TRUE, sizeof(struct place));
	good = load_machine(loader, machine) && load_let(loader) && load_steps(loader);
	for (unsigned i = 0; i < MACHINE_TABLES; i++)
		g_clear_pointer(&loader->places[i], g_array_unref);
	scope_clear(loader);
	return good;
}

/* --- all cases --- */

static bool name_cases(struct loader *loader, const struct node *cases)
{
	struct scenario *scenario = loader->scenario;

	if (!want_map(loader, cases, "cases"))
		return false;
	if (cases->count == 0)
		return fail_value(loader, cases, "cases", "at least one case");
	if (cases->count > SCENARIO_MAX_CASES)
		return fail(loader, cases->entries[SCENARIO_MAX_CASES].key, "at most " G_STRINGIFY(SCENARIO_MAX_CASES),
			    "too many cases");
	scenario->cases = g_new0(struct scenario_case, cases->count);
	scenario->case_count = cases->count;
	for (uint32_t i = 0; i < cases->count; i++) {
		const struct node *key = cases->entries[i].key;
		const char *fault = name_fault(key->text);

		if (fault)
			return fail(loader, key, "[a-z][a-z0-9-]*", "'%s' %s", key->text, fault);
		if (!want_map(loader, cases->entries[i].value, key->text))
			return false;
		g_strlcpy(scenario->cases[i].name, key->text, sizeof(scenario->cases[i].name));
	}
	return true;
}

static bool load_cases(struct loader *loader, const struct node *machine, const struct node *cases)
{
	if (!want_map(loader, machine, "machine"))
		return false;
	if (!cases) {
		loader->scenario->cases = g_new0(struct scenario_case, 1);
		loader->scenario->case_count = 1;
		return compile_case(loader, 0, machine);
	}
	if (!name_cases(loader, cases))
		return false;
	for (uint32_t i = 0; i < cases->count; i++) {
		const struct node *patched =
			tree_patch(&loader->source, loader->pool, machine, cases->entries[i].value, loader->error);

		if (!patched || !compile_case(loader, i, patched))
			return false;
	}
	return true;
}

/* --- the file --- */

static bool load_root(struct loader *loader, const struct node *root)
{
	if (root->kind != NODE_MAP)
		return fail_found(loader, root, "a scenario: a mapping with name, title, machine, run ...",
				  "this is no scenario");
	loader->let = node_get(root, "let");
	loader->run = node_get(root, "run");
	if (!load_heading(loader, root))
		return false;
	loader->scenario->name_place = node_get(root, "name")->place;
	return load_cases(loader, node_get(root, "machine"), node_get(root, "cases")) &&
	       load_rows(loader, node_get(root, "expect"));
}

struct scenario *scenario_load_data(const char *path, const char *data, size_t bytes,
				    const struct scenario_tables *tables, GError **error)
{
	struct scenario *scenario = g_new0(struct scenario, 1);
	struct loader loader = {.tables = tables, .error = error, .scenario = scenario};
	const struct node *root;
	bool good;

	scenario->path = g_strdup(path);
	scenario->text_bytes = MIN(bytes, (size_t)SCENARIO_MAX_FILE_BYTES + 1); /* enough to be too much */
	scenario->text = g_malloc(scenario->text_bytes + 1);
	memcpy(scenario->text, data, scenario->text_bytes);
	scenario->text[scenario->text_bytes] = 0;
	source_init(&loader.source, scenario->path, scenario->text, scenario->text_bytes);
	loader.pool = pool_new();
	root = tree_parse(&loader.source, loader.pool, error);
	good = root && load_root(&loader, root);
	pool_free(loader.pool);
	source_clear(&loader.source);
	if (good)
		return scenario;
	scenario_free(scenario);
	return NULL;
}

/* At most one byte more than is allowed, whatever is behind the name. */
static char *read_file(const char *path, size_t *bytes, GError **error)
{
	size_t most = (size_t)SCENARIO_MAX_FILE_BYTES + 1;
	FILE *file = fopen(path, "rb");
	char *data = g_malloc(most);

	*bytes = file ? fread(data, 1, most, file) : 0;
	if (file && !ferror(file)) {
		fclose(file);
		return data;
	}
	g_set_error(error, SCENARIO_ERROR, SCENARIO_ERROR_READ, "%s: %s", path, g_strerror(errno));
	if (file)
		fclose(file);
	g_free(data);
	return NULL;
}

/* The name of the scenario is the name of its file. */
static bool check_file_name(const struct scenario *scenario, GError **error)
{
	g_autofree char *base = g_path_get_basename(scenario->path);
	g_autofree char *expected = g_strconcat(scenario->name, SUFFIX, NULL);
	g_autofree char *found = g_strdup_printf("'%s'", base);
	struct problem problem = {
		.code = SCENARIO_ERROR_MEANING, .place = scenario->name_place, .expected = expected, .found = found};
	struct source source;

	if (strcmp(base, expected) == 0)
		return true;
	source_init(&source, scenario->path, scenario->text, scenario->text_bytes);
	source_fail(&source, &problem, error, "the file is not named after the scenario '%s'", scenario->name);
	source_clear(&source);
	return false;
}

struct scenario *scenario_load_file(const char *path, const struct scenario_tables *tables, GError **error)
{
	struct scenario *scenario;
	size_t bytes;
	g_autofree char *data = read_file(path, &bytes, error);

	if (!data)
		return NULL;
	scenario = scenario_load_data(path, data, bytes, tables, error);
	if (!scenario || check_file_name(scenario, error))
		return scenario;
	scenario_free(scenario);
	return NULL;
}

static void free_source(struct scenario_source *source)
{
	g_free(source->author);
	g_free(source->date);
	g_free(source->subject);
	g_free(source->message_id);
	g_free(source->commit);
	g_free(source->document);
}

void scenario_free(struct scenario *scenario)
{
	if (!scenario)
		return;
	for (uint32_t i = 0; i < scenario->source_count; i++)
		free_source(&scenario->sources[i]);
	for (uint32_t i = 0; i < scenario->case_count; i++) {
		machine_free(scenario->cases[i].machine);
		g_free(scenario->cases[i].steps);
		g_free(scenario->cases[i].slots);
	}
	for (uint32_t i = 0; i < scenario->row_count; i++)
		g_free(scenario->rows[i].note);
	g_free(scenario->sources);
	g_free(scenario->cases);
	g_free(scenario->rows);
	g_free(scenario->path);
	g_free(scenario->text);
	g_free(scenario->name);
	g_free(scenario->title);
	g_free(scenario->claim);
	g_free(scenario);
}
