/* SPDX-License-Identifier: MIT */
/* ioasid-sim bench: how fast the simulator itself is. The clock is only for people: count instructions to compare. */
#include "bench.h"
#include "verbs.h"

#include <ioasid-sim/ioasid-sim.h>
#include <json-glib/json-glib.h>

#include <string.h>

#define DEFAULT_COUNT 1000000

static const char *const subjects[] = {"translate", "dma", "nested", "nic", "pages", "pcie", NULL};

struct bench_options {
	char *name, *format;
	gint64 count;
	gboolean list;
};

struct measure {
	const char *name;
	guint references; /* of memory, an operation; 0: they differ */
	guint64 sum;
	gint64 microseconds;
};

static double nanoseconds_each(const struct measure *measure, gint64 count)
{
	return count > 0 ? (double)measure->microseconds * 1000 / (double)count : 0;
}

static void print_measure(const struct measure *measure, gint64 count)
{
	printf("%-20s %" G_GINT64_FORMAT " operations, %.1f ns each, ", measure->name, count,
	       nanoseconds_each(measure, count));
	if (measure->references)
		printf("%u memory references each, ", measure->references);
	printf("sum 0x%" G_GINT64_MODIFIER "x\n", measure->sum);
}

static JsonObject *measure_to_json(const struct measure *measure, gint64 count)
{
	JsonObject *object = json_object_new();
	g_autofree char *sum = g_strdup_printf("0x%" G_GINT64_MODIFIER "x", measure->sum);

	json_object_set_string_member(object, "case", measure->name);
	json_object_set_int_member(object, "count", count);
	json_object_set_double_member(object, "nanoseconds_each", nanoseconds_each(measure, count));
	if (measure->references)
		json_object_set_int_member(object, "references_each", measure->references);
	json_object_set_string_member(object, "sum", sum);
	return object;
}

static bool run_case(const char *name, gint64 count, struct measure *measure, GError **error)
{
	g_autoptr(iosim_bench) bench = iosim_bench_new(name, error);
	gint64 begin;

	if (!bench)
		return false;
	begin = g_get_monotonic_time();
	measure->name = name;
	measure->sum = iosim_bench_run(bench, (guint64)count);
	measure->microseconds = g_get_monotonic_time() - begin;
	measure->references = iosim_bench_references(bench);
	return true;
}

static int run_cases(const struct bench_options *options)
{
	g_autoptr(JsonArray) rows = json_array_new();
	bool json = g_strcmp0(options->format, "json") == 0;

	for (const iosim_bench_case *row = iosim_bench_cases(); row->name; row++) {
		g_autoptr(GError) error = NULL;
		struct measure measure;
		/* A name that is none is refused by iosim_bench_new(), which knows the nearest. */
		const char *name = options->name ? options->name : row->name;

		if (!run_case(name, options->count, &measure, &error))
			return cli_fail("%s", error->message);
		if (json)
			json_array_add_object_element(rows, measure_to_json(&measure, options->count));
		else
			print_measure(&measure, options->count);
		if (options->name)
			break;
	}
	if (json) {
		g_autoptr(JsonNode) root = json_node_init_array(json_node_alloc(), rows);
		g_autofree char *text = json_to_string(root, TRUE);

		puts(text);
	}
	return CLI_AS_EXPECTED;
}

static int list_cases(void)
{
	for (const iosim_bench_case *row = iosim_bench_cases(); row->name; row++) {
		g_autofree char *goal = row->goal ? g_strdup_printf("%u", row->goal) : g_strdup("-");

		printf("%-20s %4s  %s\n", row->name, goal, row->summary);
	}
	return CLI_AS_EXPECTED;
}

static int check_and_run(const struct bench_options *options, int argc, char **argv)
{
	static const char *const formats[] = {"text", "json", NULL};

	if (argc != 2)
		return cli_fail("bench: expected what to measure: translate, dma, nested, nic, pages or pcie");
	if (!g_strv_contains(subjects, argv[1]))
		return cli_fail_unknown("benchmark", argv[1], subjects);
	if (strcmp(argv[1], "translate") != 0)
		return cli_fail("bench: '%s' comes before its options", argv[1]);
	if (options->format && !g_strv_contains(formats, options->format))
		return cli_fail_unknown("format", options->format, formats);
	if (options->count < 0)
		return cli_fail("bench: --count: expected a number that is not negative");
	return options->list ? list_cases() : run_cases(options);
}

static int run_bench(const struct cli_verb *verb, int argc, char **argv)
{
	struct bench_options options = {.count = DEFAULT_COUNT};
	const GOptionEntry entries[] = {
		{"case", 0, 0, G_OPTION_ARG_STRING, &options.name, "only this one", "NAME"},
		{"count", 0, 0, G_OPTION_ARG_INT64, &options.count, "operations (1000000 if not given)", "N"},
		{"format", 0, 0, G_OPTION_ARG_STRING, &options.format, "text (if not given) or json", "text|json"},
		{"list", 0, 0, G_OPTION_ARG_NONE, &options.list, "only say which cases there are, and their goals",
		 NULL},
		{NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
	};
	const struct cli_verb *const others[] = {&bench_dma, &bench_nested, &bench_nic, &bench_pages, &bench_pcie};

	for (unsigned i = 0; i < G_N_ELEMENTS(others); i++)
		if (argc > 1 && strcmp(argv[1], others[i]->name + strlen("bench ")) == 0)
			return others[i]->run(others[i], argc - 1, argv + 1);
	enum cli_parsed parsed = cli_parse(verb, entries, &argc, &argv);
	int status = parsed == CLI_HELPED ? CLI_AS_EXPECTED : CLI_CANNOT;

	if (parsed == CLI_PARSED)
		status = check_and_run(&options, argc, argv);
	g_free(options.name);
	g_free(options.format);
	return status;
}

const struct cli_verb verb_bench = {
	.name = "bench",
	.arguments = "translate | dma ... | nested ... | nic ... | pages ... | pcie ...",
	.summary = "time translations, of simulated hardware or of the simulator itself",
	.details = "bench dma --help, and so on: what translations cost; each has options of its own.\n"
		   "bench translate: the simulator itself. Preparation is not counted: of two runs under an "
		   "instruction counter, the difference of the\n"
		   "totals divided by the difference of the counts is the cost of one operation.",
	.run = run_bench,
};
