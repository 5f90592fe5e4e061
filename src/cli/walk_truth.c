/* SPDX-License-Identifier: MIT */
/* `walk --truth`: every line of a file of known answers is asked; what differs is told, the rest counted. */
#include "walk.h"

#include <string.h>

struct tally {
	guint agree, differ, known;
	GArray *codes; /* struct code_count, in the order of the first line each */
};

struct code_count {
	const char *code;
	guint count;
};

static void count_code(GArray *codes, const char *code)
{
	struct code_count first = {.code = code, .count = 1};

	for (guint i = 0; i < codes->len; i++) {
		struct code_count *row = &g_array_index(codes, struct code_count, i);

		if (strcmp(row->code, code) == 0) {
			row->count++;
			return;
		}
	}
	g_array_append_val(codes, first);
}

static char *line_device(const iosim_truth_line *line)
{
	return line->device[0] != '\0' ? g_strdup(line->device) : walk_device(line->request.stream);
}

static void print_difference(const iosim_truth_line *line, const iosim_answer *answer)
{
	g_autofree char *device = line_device(line);
	g_autofree char *expected = line->any_fault ? g_strdup("a fault") : walk_answer_text(&line->answer);
	g_autofree char *found = walk_answer_text(answer);

	printf("line %u: %s %s 0x%" G_GINT64_MODIFIER "x\n  expected: %s\n  found:    %s\n", line->line, device,
	       line->request.write ? "write" : "read", line->request.iova, expected, found);
}

static void add_difference(JsonArray *lines, const iosim_truth_line *line, const iosim_answer *answer)
{
	JsonObject *object = json_object_new(), *expected = json_object_new(), *found = json_object_new();
	g_autofree char *device = line_device(line);

	json_object_set_int_member(object, "line", line->line);
	json_object_set_string_member(object, "device", device);
	walk_set_hex(object, "iova", line->request.iova);
	json_object_set_string_member(object, "access", line->request.write ? "w" : "r");
	walk_answer_to_json(&line->answer, expected);
	walk_answer_to_json(answer, found);
	json_object_set_object_member(object, "expected", expected);
	json_object_set_object_member(object, "found", found);
	json_array_add_object_element(lines, object);
}

static void print_tally(const struct tally *tally)
{
	for (guint i = 0; i < tally->codes->len; i++) {
		const struct code_count *row = &g_array_index(tally->codes, struct code_count, i);

		printf("known: %s, %u line%s: QEMU: %s\n", row->code, row->count, row->count == 1 ? "" : "s",
		       iosim_deviation_text(row->code));
	}
	printf("%u agree, %u differ, %u known\n", tally->agree, tally->differ, tally->known);
}

static void print_tally_json(const struct tally *tally, JsonArray *lines)
{
	JsonObject *object = json_object_new(), *codes = json_object_new();
	JsonNode *root = json_node_alloc();

	json_object_set_int_member(object, "agree", tally->agree);
	json_object_set_int_member(object, "differ", tally->differ);
	json_object_set_int_member(object, "known", tally->known);
	for (guint i = 0; i < tally->codes->len; i++) {
		const struct code_count *row = &g_array_index(tally->codes, struct code_count, i);

		json_object_set_int_member(codes, row->code, row->count);
	}
	json_object_set_object_member(object, "deviations", codes);
	json_object_set_array_member(object, "differing", lines);
	walk_print_json(json_node_init_object(root, object));
	json_object_unref(object);
}

int walk_compare(iosim_engine *engine, const iosim_truth *truth, bool json)
{
	g_autoptr(GArray) codes = g_array_new(FALSE, FALSE, sizeof(struct code_count));
	struct tally tally = {.codes = codes};
	JsonArray *lines = json_array_new();

	for (guint i = 0; i < iosim_truth_count(truth); i++) {
		iosim_truth_line line;
		iosim_answer answer;
		const char *deviation;
		iosim_agreement agreement;

		iosim_truth_get(truth, i, &line);
		agreement = iosim_truth_compare(engine, &line, &answer, &deviation);
		tally.agree += agreement == IOSIM_AGREES;
		tally.differ += agreement == IOSIM_DIFFERS;
		tally.known += agreement == IOSIM_KNOWN;
		if (agreement == IOSIM_KNOWN)
			count_code(codes, deviation);
		if (agreement == IOSIM_DIFFERS && json)
			add_difference(lines, &line, &answer);
		else if (agreement == IOSIM_DIFFERS)
			print_difference(&line, &answer);
	}
	if (json) {
		print_tally_json(&tally, lines);
	} else {
		json_array_unref(lines);
		print_tally(&tally);
	}
	return tally.differ ? CLI_NOT_AS_EXPECTED : CLI_AS_EXPECTED;
}
