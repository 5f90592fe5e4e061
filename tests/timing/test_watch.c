/* SPDX-License-Identifier: MIT */
/* What a watch writes about requests whose times can be added up by hand. */
#include "timing/watch.h"

#include "timed.h"

#include <glib.h>
#include <string.h>

static void append(void *context, const char *text)
{
	g_string_append(context, text);
}

struct watched {
	struct timed timed;
	struct timing_watch *watch;
	GString *vcd, *trace;
};

static void setup(struct watched *watched, const struct timing_profile *profile, uint64_t packets)
{
	timed_setup(&watched->timed, profile, true);
	watched->vcd = g_string_new(NULL);
	watched->trace = g_string_new(NULL);
	struct timing_watch_config config = {
		.vcd = {append, watched->vcd}, .trace = {append, watched->trace}, .packets = packets};
	watched->watch = timing_watch_new(watched->timed.machine, &config);
}

static void teardown(struct watched *watched)
{
	g_string_free(watched->vcd, TRUE);
	g_string_free(watched->trace, TRUE);
	timed_teardown(&watched->timed);
}

/* timed_send() and timed_finish() do not look: this does. */
static void finish(struct watched *watched)
{
	const struct timing_slot *ended;
	enum timing_event event;

	do {
		timing_watch_look(watched->watch);
		event = timing_next(watched->timed.machine, &ended);
		if (event == TIMING_ENDED)
			timing_watch_ended(watched->watch, ended);
	} while (event != TIMING_IDLE);
}

/* The values of a signal, "time=value time=value ..."; times in nanoseconds. */
static char *values_of(const struct watched *watched, const char *name)
{
	g_auto(GStrv) lines = g_strsplit(watched->vcd->str, "\n", -1);
	GString *out = g_string_new(NULL);
	g_autofree char *code = NULL;
	guint64 time = 0;

	for (unsigned i = 0; lines[i]; i++) {
		g_auto(GStrv) words = g_strsplit(lines[i], " ", -1);
		unsigned count = g_strv_length(words);
		if (count > 4 && strcmp(words[0], "$var") == 0 && strcmp(words[4], name) == 0 && !code)
			code = g_strdup(words[3]);
		if (lines[i][0] == '#')
			time = g_ascii_strtoull(lines[i] + 1, NULL, 10);
		if (!code || lines[i][0] == '$')
			continue;
		char *value = NULL;
		if (count == 2 && words[0][0] == 'b' && strcmp(words[1], code) == 0)
			value = words[0] + 1;
		else if (count == 1 && (lines[i][0] == '0' || lines[i][0] == '1') && strcmp(lines[i] + 1, code) == 0)
			lines[i][1] = '\0', value = lines[i];
		if (value)
			g_string_append_printf(out, "%s%" G_GUINT64_FORMAT "=%" G_GUINT64_FORMAT, out->len ? " " : "",
					       time / 1000, g_ascii_strtoull(value, NULL, 2));
	}
	return g_string_free(out, FALSE);
}

static void check(const struct watched *watched, const char *name, const char *expected)
{
	g_autofree char *found = values_of(watched, name);

	assert_string_equal(found, expected);
}

/* 20 up, 10 there, 3 look-up; two references of 50 for root and context entry, four for the walk; 7, 90 memory. */
static void test_watch_signals_of_one_read(void **state)
{
	(void)state;
	static struct watched watched;
	struct timing_profile profile = timed_profile(IOMMU_VTD);

	setup(&watched, &profile, 0);
	timing_watch_begin(watched.watch);
	timed_send(&watched.timed, 1, false);
	finish(&watched);
	timing_watch_free(watched.watch);
	check(&watched, "read_tags", "0=0 0=1 620=0");
	check(&watched, "upstream_busy", "0=0 0=1 20=0");
	check(&watched, "downstream_busy", "0=0 430=1 510=0");
	check(&watched, "busy", "0=0 33=1 333=0");
	check(&watched, "state", "0=0 33=2 333=0");
	check(&watched, "level", "0=0 133=4 183=3 233=2 283=1 333=0");
	check(&watched, "read_window", "0=0 33=1 333=0");
	check(&watched, "posted_headers", "0=0");
	teardown(&watched);
}

/* One walker, and three pages. */
static void test_watch_says_why_the_pipeline_stands_still(void **state)
{
	(void)state;
	static struct watched watched;
	struct timing_profile profile = timed_profile(IOMMU_VTD);

	profile.value[TIMING_WALKERS] = 1;
	setup(&watched, &profile, 0);
	timing_watch_begin(watched.watch);
	for (unsigned page = 1; page <= 3; page++)
		timed_send(&watched.timed, page, false);
	finish(&watched);
	timing_watch_free(watched.watch);
	/*
	 * They arrive at 33, 53 and 73. The first walk takes until 333; so does the second one until 633, whose look-up
	 * found no context entry either.
	 */
	check(&watched, "queue", "0=0 53=1 73=2 333=1 633=0");
	check(&watched, "stalled", "0=0 53=1 333=0 338=1 633=0");
	assert_non_null(
		strstr(watched.trace->str, "\"tid\":4,\"ts\":0.053,\"dur\":0.280,\"name\":\"no walker is free\""));
	assert_non_null(strstr(watched.trace->str, "\"pid\":3,\"tid\":0,\"ts\":0.333,\"dur\":0.300,\"name\":\"walk\""));
	teardown(&watched);
}

static void test_watch_stops_after_its_packets(void **state)
{
	(void)state;
	static struct watched watched;
	struct timing_profile profile = timed_profile(IOMMU_VTD);

	setup(&watched, &profile, 2);
	timing_watch_begin(watched.watch);
	for (unsigned page = 1; page <= 6; page++)
		timed_send(&watched.timed, 1, false);
	finish(&watched);
	gsize bytes = watched.vcd->len + watched.trace->len;
	unsigned packets = 0;
	for (const char *at = watched.trace->str; (at = strstr(at, "\"name\":\"read\"")); at++)
		packets++;
	assert_int_equal(packets, 2);
	timing_watch_free(watched.watch);
	assert_int_equal(bytes, watched.vcd->len + watched.trace->len);
	assert_true(g_str_has_suffix(watched.trace->str, "\n]}\n"));
	teardown(&watched);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_watch_signals_of_one_read),
		cmocka_unit_test(test_watch_says_why_the_pipeline_stands_still),
		cmocka_unit_test(test_watch_stops_after_its_packets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
