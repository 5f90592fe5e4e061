/* SPDX-License-Identifier: MIT */
/* ioasid-sim walk: requests to the IOMMU of a capture, explained one by one or held against known answers. */
#include "verbs.h"
#include "walk.h"

#include <string.h>

struct walk_options {
	char *capture, *memory, *registers;
	char *truth, *compat;
	char *device, *access, *format;
	gboolean json;
};

static void clear_options(struct walk_options *options)
{
	g_free(options->capture);
	g_free(options->memory);
	g_free(options->registers);
	g_free(options->truth);
	g_free(options->compat);
	g_free(options->device);
	g_free(options->access);
	g_free(options->format);
}

static enum cli_parsed parse(const struct cli_verb *verb, struct walk_options *options, int *argc, char ***argv)
{
	const GOptionEntry entries[] = {
		{"capture", 0, 0, G_OPTION_ARG_FILENAME, &options->capture,
		 "folder with pages.json, pages.bin and registers.json", "FOLDER"},
		{"memory", 0, 0, G_OPTION_ARG_FILENAME, &options->memory,
		 "ELF core, or image of the memory from BASE on (0 if not given)", "FILE[@BASE]"},
		{"registers", 0, 0, G_OPTION_ARG_FILENAME, &options->registers,
		 "registers.json that belongs to --memory", "FILE"},
		{"truth", 0, 0, G_OPTION_ARG_FILENAME, &options->truth,
		 "compare with the answers of that file, line by line", "FILE"},
		{"compat", 0, 0, G_OPTION_ARG_STRING, &options->compat,
		 "answer as that implementation does where it deviates from the specification", "qemu"},
		{"device", 0, 0, G_OPTION_ARG_STRING, &options->device, "who asks (00:00.0 if not given)", "BDF"},
		{"access", 0, 0, G_OPTION_ARG_STRING, &options->access, "read (if not given) or write", "r|w"},
		{"format", 0, 0, G_OPTION_ARG_STRING, &options->format, "text (if not given) or json", "text|json"},
		{NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
	};

	return cli_parse(verb, entries, argc, argv);
}

/* Options that exclude or need each other; CLI_AS_EXPECTED if nothing is wrong. */
static int check_options(struct walk_options *options, int questions)
{
	static const char *const compats[] = {"qemu", NULL}, *const formats[] = {"text", "json", NULL};

	if (!options->capture == !options->memory)
		return cli_fail("walk: expected either --capture or --memory");
	if (!options->memory != !options->registers)
		return cli_fail("walk: --memory and --registers belong together");
	if (options->compat && !g_strv_contains(compats, options->compat))
		return cli_fail_unknown("implementation", options->compat, compats);
	if (options->format && !g_strv_contains(formats, options->format))
		return cli_fail_unknown("format", options->format, formats);
	options->json = g_strcmp0(options->format, "json") == 0;
	if (options->truth && (questions > 0 || options->device || options->access))
		return cli_fail("walk: --truth has the requests; no --device, --access or IOVA beside it");
	if (!options->truth && questions == 0)
		return cli_fail("walk: expected an IOVA, or --truth");
	return CLI_AS_EXPECTED;
}

/* "FILE@BASE", unless there is a file with that very name. */
static iosim_capture *open_memory(const struct walk_options *options, GError **error)
{
	g_autofree char *path = g_strdup(options->memory);
	char *mark = strrchr(path, '@');
	guint64 base = 0;
	bool based = mark && !g_file_test(path, G_FILE_TEST_EXISTS) && cli_number(mark + 1, G_MAXUINT64, &base);

	if (based)
		*mark = '\0';
	return iosim_capture_open_memory(path, based, base, options->registers, error);
}

static iosim_engine *open_engine(const struct walk_options *options, GError **error)
{
	const iosim_engine_options engine_options = {.compat_qemu = options->compat != NULL};
	g_autoptr(iosim_capture) capture =
		options->capture ? iosim_capture_open(options->capture, error) : open_memory(options, error);

	return capture ? iosim_engine_new_from_capture(capture, &engine_options, error) : NULL;
}

static int explain_all(iosim_engine *engine, const struct walk_options *options, int count, char **iovas)
{
	const char *device = options->device ? options->device : "00:00.0";
	const char *access = options->access ? options->access : "r";
	iosim_request request = {.write = strcmp(access, "w") == 0};
	g_autoptr(JsonArray) walks = json_array_new();
	guint16 rid;

	if (!cli_bdf(device, &rid))
		return cli_fail("walk: --device: expected a BDF such as 01:00.0, found '%s'", device);
	if (!request.write && strcmp(access, "r") != 0)
		return cli_fail("walk: --access: expected r or w, found '%s'", access);
	request.stream = rid;
	for (int i = 0; i < count; i++) {
		if (!cli_number(iovas[i], G_MAXUINT64, &request.iova))
			return cli_fail("walk: expected an IOVA such as 0xfffff000, found '%s'", iovas[i]);
		if (options->json)
			json_array_add_object_element(walks, walk_to_json(engine, device, &request));
		else
			walk_print(engine, device, &request);
	}
	if (options->json)
		walk_print_json(json_node_init_array(json_node_alloc(), walks));
	return CLI_AS_EXPECTED;
}

static int run_walk(const struct cli_verb *verb, int argc, char **argv)
{
	struct walk_options options = {.json = FALSE};
	enum cli_parsed parsed = parse(verb, &options, &argc, &argv);
	int status = parsed == CLI_HELPED ? CLI_AS_EXPECTED : CLI_CANNOT;
	g_autoptr(iosim_engine) engine = NULL;
	g_autoptr(iosim_truth) truth = NULL;
	g_autoptr(GError) error = NULL;

	if (parsed == CLI_PARSED && check_options(&options, argc - 1) == CLI_AS_EXPECTED) {
		engine = open_engine(&options, &error);
		if (engine && options.truth)
			truth = iosim_truth_load(options.truth, &error);
		if (error)
			cli_fail("%s", error->message);
		else if (truth)
			status = walk_compare(engine, truth, options.json);
		else
			status = explain_all(engine, &options, argc - 1, argv + 1);
	}
	clear_options(&options);
	return status;
}

const struct cli_verb verb_walk = {
	.name = "walk",
	.arguments = "IOVA...",
	.summary = "ask the IOMMU of a captured system, structure by structure",
	.details = "With --truth, each line of that file is asked and compared. Lines that differ are printed,\n"
		   "documented deviations of QEMU are counted by their code, and the last line is\n"
		   "  N agree, N differ, N known\n"
		   "The exit status is 0 only if none differs. With --compat qemu there is no known deviation.",
	.run = run_walk,
};
