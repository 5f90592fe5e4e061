/* SPDX-License-Identifier: MIT */
/*
 * Tables of files that must be refused, and how: one row a test. A row gives the message up to the end of its first
 * line; that the source line and a caret at that column follow is worked out here.
 */
#ifndef IOSIM_TESTS_SCENARIO_REFUSED_H
#define IOSIM_TESTS_SCENARIO_REFUSED_H

#include "tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct refused {
	const char *name, *text;
	size_t bytes;
	const char *message; /* without "t.yaml:" */
};
#define REFUSED(name, text, message)                  \
	{                                             \
		name, text, sizeof(text) - 1, message \
	}

/* A good file in pieces; a row spoils one of them. Steps begin on line 12, rows on line 15. */
#define NAME       "name: t\n"
#define TITLE      "title: A title\n"
#define SOURCE     "source: {author: A, date: 2021-06-14, message-id: a@b}\n"
#define CLAIM      "claim: Something.\n"
#define INVARIANTS "invariants: [p2p-contained, dma-confined]\n"
#define HEAD       NAME TITLE SOURCE CLAIM INVARIANTS
#define MACHINE                                                                                                  \
	"let: {i: 0x10000}\n"                                                                                    \
	"machine:\n"                                                                                             \
	"  owners: {p1: process, p2: vm}\n"                                                                      \
	"  devices: {d: {bars: {bar0: 8K}, mdevs: {m: {}}}, e: {driver: host, reserved: {r: {at: 0x7000, kind: " \
	"hole}}}}\n"                                                                                             \
	"  memory: {p: {of: p1, size: 8K}, q: {of: p2}}\n"
#define EMPTY_RUN         "machine: {}\nrun: [{run: all}]\n"
#define EXPECT            "expect: [{policy: iommufd, verdict: safe, basis: K}]\n"
#define REST              EMPTY_RUN EXPECT
#define IN_MACHINE(lines) HEAD "machine:\n" lines "run: [{run: all}]\n" EXPECT
#define STEPS(lines)      HEAD MACHINE "run:\n" lines EXPECT
#define STEP(step)        STEPS("  - " step "\n")
#define INSIDE_OF(first, step)                                                 \
	HEAD "let: {i: 0x10000}\n"                                             \
	     "machine:\n"                                                      \
	     "  owners: {p1: process, p2: vm, v1: {kind: vm, viommu: true}}\n" \
	     "  devices: {d: {bars: {bar0: 8K}, mdevs: {m: {}}}}\n"            \
	     "  memory: {p: {of: p1, size: 8K}, q: {of: p2}}\n"                \
	     "run:\n  - " first "\n  - " step "\n" EXPECT
#define INSIDE(step) INSIDE_OF("{in: v1, space: {}, as: s}", step)
#define ROWS(lines)                                                      \
	HEAD MACHINE "run:\n  - {label: a, by: p1, take: {device: d}}\n" \
		     "  - {label: b, by: p1, release: {device: d}}\nexpect:\n" lines

/* Appends the line that the message is about and the caret, where the line is short and plain. */
static inline bool append_excerpt(GString *message, const struct refused *row)
{
	unsigned line = (unsigned)strtoul(row->message, NULL, 10);
	unsigned column = (unsigned)strtoul(strchr(row->message, ':') + 1, NULL, 10);
	g_auto(GStrv) lines = g_strsplit(row->text, "\n", -1);
	const char *text = lines[0] ? lines[line - 1] : "";

	if (strlen(row->text) != row->bytes || strlen(text) > column + 60 || !g_str_is_ascii(text) ||
	    strpbrk(text, "\t\x01"))
		return false;
	g_string_append_printf(message, "\n  %s\n  %*s", text, (int)column, "^");
	return true;
}

static inline void check_refused(void **state)
{
	const struct refused *row = *state;
	GError *error = NULL;
	struct scenario *scenario = scenario_load_data("t.yaml", row->text, row->bytes, &test_tables, &error);
	g_autoptr(GString) expected = g_string_new("t.yaml:");

	assert_null(scenario);
	assert_non_null(error);
	assert_true(error->domain == SCENARIO_ERROR);
	g_string_append(expected, row->message);
	if (append_excerpt(expected, row)) {
		assert_string_equal(error->message, expected->str);
	} else {
		g_string_append_c(expected, '\n');
		assert_true(g_str_has_prefix(error->message, expected->str));
		assert_true(g_str_has_suffix(error->message, "^"));
	}
	g_error_free(error);
}

static inline int run_refused(const char *group, const struct refused *rows, size_t count)
{
	struct CMUnitTest *tests = g_new0(struct CMUnitTest, count);
	int failed;

	for (size_t i = 0; i < count; i++) {
		char *name = g_strdup_printf("test_loader_%s_is_refused", rows[i].name);

		g_strdelimit(name, " ", '_');
		tests[i] = (struct CMUnitTest){
			.name = name, .test_func = check_refused, .initial_state = (void *)&rows[i]};
	}
	failed = _cmocka_run_group_tests(group, tests, count, NULL, NULL);
	for (size_t i = 0; i < count; i++)
		g_free((char *)tests[i].name);
	g_free(tests);
	return failed;
}

#endif
