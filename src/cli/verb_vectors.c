/* SPDX-License-Identifier: MIT */
/* ioasid-sim vectors: programs that were run on another implementation, run here. */
#include "cli.h"
#include "verbs.h"

#include <ioasid-sim/ioasid-sim.h>

#include <json-glib/json-glib.h>
#include <string.h>
#include <unistd.h>

#define STATUSES (IOSIM_VECTOR_DISPUTED + 1)

static const char *const status_names[STATUSES] = {
	[IOSIM_VECTOR_PASSED] = "passed",
	[IOSIM_VECTOR_FAILED] = "failed",
	[IOSIM_VECTOR_SKIPPED] = "skipped",
	[IOSIM_VECTOR_DISPUTED] = "disputed",
};

struct tally {
	guint count[STATUSES];
	GHashTable *skipped; /* reason: count */
	bool json;
	JsonArray *rows;
};

struct choice {
	char *compat, *format;
};

static void print_verdict(const char *path, const iosim_vector_verdict *verdict)
{
	bool colour = cli_colour(stdout);

	if (verdict->status == IOSIM_VECTOR_DISPUTED)
		printf("disputed: %s:%u: %s: %s\n", path, verdict->line, verdict->id, verdict->reason);
	if (verdict->status != IOSIM_VECTOR_FAILED)
		return;
	printf("%sfailed%s: %s:%u: %s (%s%s%s)\n", colour ? "\033[31m" : "", colour ? "\033[0m" : "", path,
	       verdict->line, verdict->id, verdict->mode, verdict->shape[0] ? ", " : "", verdict->shape);
	printf("  step %u: %s\n  expected: %s\n  got:      %s\n", verdict->step, verdict->step_text, verdict->expected,
	       verdict->got);
	if (verdict->walk)
		fputs(verdict->walk, stdout);
}

static void set_text(JsonObject *object, const char *key, const char *text)
{
	if (text)
		json_object_set_string_member(object, key, text);
}

static void add_verdict(JsonArray *rows, const char *path, const iosim_vector_verdict *verdict)
{
	JsonObject *row = json_object_new();

	set_text(row, "id", verdict->id);
	set_text(row, "file", path);
	json_object_set_int_member(row, "line", verdict->line);
	set_text(row, "engine", verdict->engine);
	set_text(row, "mode", verdict->mode);
	set_text(row, "shape", verdict->shape);
	set_text(row, "status", status_names[verdict->status]);
	set_text(row, "reason", verdict->reason);
	if (verdict->status == IOSIM_VECTOR_FAILED)
		json_object_set_int_member(row, "step", verdict->step);
	set_text(row, "step_text", verdict->step_text);
	set_text(row, "expected", verdict->expected);
	set_text(row, "got", verdict->got);
	set_text(row, "walk", verdict->walk);
	json_array_add_object_element(rows, row);
}

static void count_skipped(struct tally *tally, const char *reason)
{
	guint count = GPOINTER_TO_UINT(g_hash_table_lookup(tally->skipped, reason));

	g_hash_table_replace(tally->skipped, g_strdup(reason), GUINT_TO_POINTER(count + 1));
}

static void run_file(const char *path, iosim_vectors *vectors, bool qemu, struct tally *tally)
{
	for (guint i = 0; i < iosim_vectors_count(vectors); i++) {
		iosim_vector_verdict verdict;

		iosim_vectors_run(vectors, i, qemu, &verdict);
		tally->count[verdict.status]++;
		if (verdict.status == IOSIM_VECTOR_SKIPPED)
			count_skipped(tally, verdict.reason);
		if (tally->json)
			add_verdict(tally->rows, path, &verdict);
		else
			print_verdict(path, &verdict);
	}
}

/* False: a file could not be read; said so. The others are run all the same. */
static bool run_all(int count, char **paths, bool qemu, struct tally *tally)
{
	gint64 started = g_get_monotonic_time();
	bool good = true;

	for (int i = 0; i < count; i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(iosim_vectors) vectors = iosim_vectors_load(paths[i], &error);

		if (vectors)
			run_file(paths[i], vectors, qemu, tally);
		else
			cli_fail("%s", error->message);
		good = good && vectors;
		if (isatty(STDERR_FILENO) && g_get_monotonic_time() - started > G_USEC_PER_SEC)
			fprintf(stderr, "\r%d of %d files%s", i + 1, count, i + 1 == count ? "\n" : "");
	}
	return good;
}

static gint compare_texts(gconstpointer a, gconstpointer b)
{
	return strcmp(a, b);
}

static void print_tally(const struct tally *tally)
{
	GList *reasons = g_list_sort(g_hash_table_get_keys(tally->skipped), compare_texts);

	for (GList *reason = reasons; reason; reason = reason->next)
		printf("skipped: %u: %s\n", GPOINTER_TO_UINT(g_hash_table_lookup(tally->skipped, reason->data)),
		       (const char *)reason->data);
	g_list_free(reasons);
	for (unsigned status = 0; status < STATUSES; status++)
		printf("%u %s%s", tally->count[status], status_names[status], status + 1 < STATUSES ? ", " : "\n");
}

static void print_json(const struct tally *tally)
{
	g_autoptr(JsonNode) root = json_node_alloc();
	JsonObject *object = json_object_new();
	g_autofree char *text = NULL;

	for (unsigned status = 0; status < STATUSES; status++)
		json_object_set_int_member(object, status_names[status], tally->count[status]);
	json_object_set_array_member(object, "vectors", json_array_ref(tally->rows));
	json_node_take_object(json_node_init(root, JSON_NODE_OBJECT), object);
	text = json_to_string(root, TRUE);
	puts(text);
}

static int run_vectors(const struct cli_verb *verb, int argc, char **argv)
{
	static const char *const compats[] = {"qemu", NULL}, *const formats[] = {"text", "json", NULL};
	struct choice choice = {.compat = NULL};
	const GOptionEntry entries[] = {
		{"compat", 0, 0, G_OPTION_ARG_STRING, &choice.compat,
		 "answer as that implementation does where it deviates from the specification", "qemu"},
		{"format", 'f', 0, G_OPTION_ARG_STRING, &choice.format, "text (if not given) or json", "text|json"},
		{NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
	};
	enum cli_parsed parsed = cli_parse(verb, entries, &argc, &argv);
	g_autofree char *compat = choice.compat, *format = choice.format;
	g_autoptr(GHashTable) skipped = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(JsonArray) rows = json_array_new();
	struct tally tally = {.skipped = skipped, .rows = rows, .json = g_strcmp0(format, "json") == 0};
	bool good;

	if (parsed != CLI_PARSED)
		return parsed == CLI_HELPED ? CLI_AS_EXPECTED : CLI_CANNOT;
	if (compat && !g_strv_contains(compats, compat))
		return cli_fail_unknown("implementation", compat, compats);
	if (format && !g_strv_contains(formats, format))
		return cli_fail_unknown("format", format, formats);
	if (argc < 2)
		return cli_fail("vectors: expected a file of vectors");
	good = run_all(argc - 1, argv + 1, compat != NULL, &tally);
	if (tally.json)
		print_json(&tally);
	else
		print_tally(&tally);
	if (!good)
		return CLI_CANNOT;
	return tally.count[IOSIM_VECTOR_FAILED] ? CLI_NOT_AS_EXPECTED : CLI_AS_EXPECTED;
}

const struct cli_verb verb_vectors = {
	.name = "vectors",
	.arguments = "FILE...",
	.summary = "run vectors measured on another IOMMU, and compare",
	.details =
		"Each vector runs on a fresh unit with its own capabilities. What a vector marks as deviating from "
		"the\n"
		"specification is held to the specification; with --compat qemu to what was measured. A vector is\n"
		"skipped where the engine lacks what it needs, and disputed where docs/disputes.md says why. FILE may\n"
		"be compressed by zstd. The last line is\n"
		"  N passed, N failed, N skipped, N disputed\n"
		"The exit status is 0 only if none failed.",
	.run = run_vectors,
};
