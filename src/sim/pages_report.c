/* SPDX-License-Identifier: MIT */
/* `bench pages`: a run, and what it came to as text or JSON. */
#include "report/json_text.h"
#include "sim/argument.h"
#include "sim/figures.h"
#include "sim/profile.h"
#include "timing/pages.h"

#include <string.h>

#define NS(ps) ((double)(ps) / 1000)

static const char *const format_names[] = {"text", "json", NULL};
static const char *const part_names[PAGES_PARTS] = {"link", "queue", "handling", "response"};

struct report {
	const iosim_profile *profile;
	struct timing_pages pages;
	struct timing_pages_result result;
	GArray *figures;
};

static void add_accesses(const struct report *report)
{
	const struct timing_pages_result *result = &report->result;
	double elapsed = NS(result->elapsed_ps), missed = (double)result->missed, all = (double)result->accesses;

	figures_add(report->figures, all, "", "accesses");
	figures_add(report->figures, missed, "", "accesses_that_missed");
	figures_add(report->figures, elapsed, "ns", "elapsed_ns");
	figures_add(report->figures, figures_share(all * 1e9, elapsed), "", "accesses_per_s");
	figures_add(report->figures, figures_share((double)result->trips * 1e9, elapsed), "", "round_trips_per_s");
	figures_add(report->figures, figures_share(NS(result->access_ps[0]), all - missed), "ns", "mapped_access_ns");
	figures_add(report->figures, figures_share(NS(result->access_ps[1]), missed), "ns", "missing_access_ns");
}

static void add_trips(const struct report *report)
{
	const struct timing_pages_result *result = &report->result;
	static const double shares[] = {0.5, 0.9, 0.95, 0.99, 0.999};
	double trips = (double)result->trips;

	figures_add(report->figures, trips, "", "round_trips");
	figures_add(report->figures, figures_share(NS(result->trip_ps), trips), "ns", "round_trip_mean_ns");
	for (unsigned i = 0; i < G_N_ELEMENTS(shares); i++)
		figures_add(report->figures, timing_pages_percentile(result, shares[i]), "ns", "round_trip_p%g_ns",
			    shares[i] * 100);
	figures_add(report->figures, NS(result->longest_ps), "ns", "round_trip_max_ns");
	for (unsigned i = 0; i < PAGES_PARTS; i++)
		figures_add(report->figures, figures_share(NS(result->part_ps[i]), trips), "ns", "%s_ns",
			    part_names[i]);
}

static void add_queues(const struct report *report)
{
	const struct timing_pages_result *result = &report->result;
	double elapsed = NS(result->elapsed_ps), cpus = elapsed * report->pages.cpus;

	figures_add(report->figures, figures_share(NS(result->waiting_ps), elapsed), "", "queue_entries_mean");
	figures_add(report->figures, result->most_waiting, "", "queue_entries_max");
	figures_add(report->figures, (double)result->overflows, "", "overflows");
	figures_add(report->figures, (double)result->by_unit, "", "answered_by_unit");
	figures_add(report->figures, (double)result->interrupts, "", "interrupts");
	figures_add(report->figures, figures_share(NS(result->work_ps), cpus), "", "cpu_work_share");
	figures_add(report->figures, figures_share(NS(result->post_ps), cpus), "", "cpu_post_share");
	figures_add(report->figures, figures_share(NS(result->wait_ps), cpus), "", "cpu_wait_share");
	figures_add(report->figures, (double)result->commands.responses, "", "responses");
	figures_add(report->figures, figures_share(NS(result->commands.busy_ps), elapsed), "",
		    "response_queue_busy_share");
	figures_add(report->figures, (double)result->faults, "", "faults");
	figures_add(report->figures, (double)result->wrong, "", "wrong_translations");
}

static char *as_text(const struct report *report)
{
	GString *out = g_string_new(NULL);

	g_string_append_printf(out,
			       "%s: %u accesses at a time, %u%% to pages that are missing, a queue of %u, %u CPUs\n",
			       report->profile->name, report->pages.outstanding, report->pages.miss_percent,
			       report->pages.queue, report->pages.cpus);
	figures_append_text(out, report->figures);
	return g_string_free(out, FALSE);
}

static char *as_json(const struct report *report)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	json_text_add(builder, "profile", report->profile->name);
	json_text_add_count(builder, "cores", report->pages.cpus);
	json_text_add_count(builder, "outstanding", report->pages.outstanding);
	json_text_add_count(builder, "queue", report->pages.queue);
	json_text_add_count(builder, "miss_percent", report->pages.miss_percent);
	figures_append_json(builder, report->figures);
	json_builder_end_object(builder);
	return json_text_of(builder);
}

static bool refuse(GError **error, const char *what)
{
	g_set_error_literal(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT, what);
	return false;
}

static bool check(const struct report *report, GError **error)
{
	const struct timing_pages *pages = &report->pages;

	if (pages->cpus < 1 || pages->cpus > PAGES_MAX_CPUS)
		return refuse(error, "the cores: expected 1 to 64");
	if (pages->outstanding < 1 || pages->outstanding > PAGES_MAX_OUTSTANDING)
		return refuse(error, "accesses at a time: expected 1 to 512");
	if (pages->queue < 1 || pages->queue > PAGES_MAX_QUEUE || pages->queue & (pages->queue - 1))
		return refuse(error, "entries of the page request queue: expected a power of two, at most 4096");
	if (report->profile->timing.kind == IOMMU_VTD && pages->queue < PAGES_MIN_QUEUE_VTD)
		return refuse(error, "entries of the page request queue: expected at least 128 of VT-d (11.4.11.3)");
	if (pages->miss_percent > 100)
		return refuse(error, "accesses that miss: expected 0 to 100 percent");
	if (pages->accesses < 1 || pages->accesses > PAGES_MAX || pages->warm_up > PAGES_MAX ||
	    timing_pages_count(pages) > PAGES_MAX)
		return refuse(error, "accesses: expected at least 1, and with those to warm up and those at a time at "
				     "most 262144");
	return true;
}

char *iosim_pages_run(const iosim_profile *profile, const iosim_pages *asked, const char *format, GError **error)
{
	struct report report = {
		.profile = profile,
		.pages = {.cpus = asked->cores,
			  .outstanding = asked->outstanding,
			  .queue = asked->queue,
			  .miss_percent = asked->miss_percent,
			  .accesses = asked->accesses,
			  .warm_up = asked->warm_up},
	};
	bool json = strcmp(format, "json") == 0;

	if (!json && strcmp(format, "text") != 0) {
		argument_unknown(error, "format", format, format_names);
		return NULL;
	}
	if (!check(&report, error))
		return NULL;
	timing_pages_run(&profile->timing, &report.pages, &report.result);
	report.figures = figures_new();
	add_accesses(&report);
	add_trips(&report);
	add_queues(&report);
	char *text = json ? as_json(&report) : as_text(&report);
	g_array_unref(report.figures);
	timing_pages_clear(&report.result);
	return text;
}
