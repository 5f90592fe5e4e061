/* SPDX-License-Identifier: MIT */
/* `bench dma`: a run, and what it came to as text, JSON, or a line for each packet. */
#include "report/json_text.h"
#include "sim/argument.h"
#include "sim/dma.h"
#include "sim/figures.h"
#include "sim/profile.h"
#include "timing/tenants.h"

#include <string.h>

#define NS(ps) ((double)(ps) / 1000)

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV };
static const char *const format_names[] = {"text", "json", "csv", NULL};

struct report {
	const iosim_profile *profile;
	const iosim_dma *dma;
	struct timing_result result;
	uint32_t requesters, pages; /* of a trace */
	GArray *figures;
};

/* Of requests, not of packets: how far the device was behind the trace. */
static void add_lateness(struct report *report)
{
	const struct timing_result *result = &report->result;

	figures_add(report->figures, (double)result->transfers, "", "requests");
	figures_add(report->figures, figures_share(NS(result->late_ps), (double)result->transfers), "ns",
		    "late_mean_ns");
	figures_add(report->figures, NS(result->latest_ps), "ns", "late_max_ns");
}

static void add_throughput(struct report *report)
{
	const struct timing_result *result = &report->result;
	static const double shares[] = {0.5, 0.9, 0.95, 0.99, 0.999};

	figures_add(report->figures, (double)result->packets, "", "packets");
	figures_add(report->figures, (double)result->faults, "", "faults");
	figures_add(report->figures, NS(result->elapsed_ps), "ns", "elapsed_ns");
	figures_add(report->figures, timing_gbit_per_s(result), "Gbit/s", "throughput_gbit_per_s");
	figures_add(report->figures, figures_share(NS(result->elapsed_ps), (double)result->packets - 1), "ns",
		    "interval_ns");
	figures_add(report->figures, timing_mean_latency(result), "ns", "latency_mean_ns");
	for (unsigned i = 0; i < G_N_ELEMENTS(shares); i++)
		figures_add(report->figures, timing_percentile(result, shares[i]), "ns", "latency_p%g_ns",
			    shares[i] * 100);
	figures_add(report->figures, NS(result->longest_ps), "ns", "latency_max_ns");
}

static void add_parts(struct report *report)
{
	const struct timing_result *result = &report->result;

	for (unsigned part = 0; part < TIMING_PARTS; part++)
		figures_add(report->figures, figures_share(NS(result->part_ps[part]), (double)result->packets), "ns",
			    "%s_ns", timing_part_names[part]);
}

static void add_caches(struct report *report)
{
	const struct timing_result *result = &report->result;
	double packets = (double)result->packets;

	figures_add(report->figures, figures_share((double)result->hits, packets), "", "iotlb_hit_rate");
	for (unsigned level = 1; level < G_N_ELEMENTS(result->hits_by_level); level++)
		if (result->hits_by_level[level])
			figures_add(report->figures, figures_share((double)result->hits_by_level[level], packets), "",
				    "iotlb_hit_rate_level_%u", level);
	figures_add(report->figures, figures_share((double)result->merged, packets), "", "merged_rate");
	figures_add(report->figures, figures_share((double)result->walks, packets), "", "walk_rate");
	figures_add(report->figures,
		    figures_share((double)(result->tally.walks - result->tally.configured_walks),
				  (double)result->tally.walks),
		    "", "configuration_hit_rate_of_walks");
	/* A level that a walk did not read was found in the paging-structure caches. */
	for (unsigned level = 2; level <= timing_count(&report->profile->timing, TIMING_LEVELS); level++)
		if (report->profile->timing.value[TIMING_TABLE_ENTRIES] > 0)
			figures_add(report->figures,
				    1 - figures_share((double)result->tally.references[level - 1],
						      (double)result->tally.walks),
				    "", "table_hit_rate_level_%u", level);
}

static void add_references(struct report *report)
{
	const struct timing_result *result = &report->result;
	const struct timing_tally *tally = &result->tally;
	uint64_t references = 0;

	for (unsigned i = 0; i < TIMING_MAX_REFERENCES; i++)
		references += tally->references[i];
	figures_add(report->figures, figures_share((double)references, (double)tally->walks), "",
		    "table_references_per_walk");
	figures_add(report->figures, figures_share((double)references * 4096, (double)result->bytes), "",
		    "table_references_per_4KiB");
	figures_add(report->figures, (double)tally->configuration_references, "", "configuration_references");
	for (unsigned i = TIMING_MAX_REFERENCES; i > 0; i--)
		if (tally->references[i - 1])
			figures_add(report->figures,
				    figures_share(NS(tally->reference_ps[i - 1]), (double)tally->references[i - 1]),
				    "ns", "walk_level_%u_ns", i);
}

/* Of the time, or of the places, that there were. */
static void add_occupancy(struct report *report)
{
	const struct timing_result *result = &report->result;
	const struct timing_tally *tally = &result->tally;
	double elapsed = (double)result->elapsed_ps, places = elapsed * result->tags;
	bool write = report->dma->write && !report->dma->requests;

	figures_add(report->figures, figures_share((double)(result->latency_ps - result->write_latency_ps), places), "",
		    write ? "occupancy_posted_headers" : "occupancy_tags");
	if (report->dma->requests)
		figures_add(report->figures, figures_share((double)result->write_latency_ps, elapsed * result->posted),
			    "", "occupancy_posted_headers");
	figures_add(report->figures, figures_share((double)tally->walker_busy_ps, elapsed * result->walkers), "",
		    "occupancy_walkers");
	figures_add(report->figures, figures_share((double)tally->up_busy_ps, elapsed), "", "occupancy_link_upstream");
	figures_add(report->figures, figures_share((double)tally->down_busy_ps, elapsed), "",
		    "occupancy_link_downstream");
	figures_add(report->figures, figures_share((double)tally->stalled_ps, elapsed), "", "stalled_share");
}

/* l0 + lm * reads, per packet: what it would take if walks were all that there is, and nothing waited. */
static void add_estimate(struct report *report)
{
	const struct timing_result *result = &report->result;
	double l0 = timing_unloaded_ns(&report->profile->timing, report->dma->write, report->dma->bytes,
				       !report->dma->without_iommu);
	double lm = report->profile->timing.value[TIMING_TABLE], references = 0;

	if (report->dma->requests)
		l0 = figures_share(result->unloaded_ns, (double)result->packets);
	for (unsigned i = 0; i < TIMING_MAX_REFERENCES; i++)
		references += (double)result->tally.references[i];
	references = figures_share(references, (double)result->packets);
	figures_add(report->figures, l0, "ns", "linear_l0_ns");
	figures_add(report->figures, lm, "ns", "linear_lm_ns");
	figures_add(report->figures, references, "", "linear_reads_per_packet");
	figures_add(report->figures, l0 + lm * references, "ns", "linear_latency_ns");
	figures_add(
		report->figures,
		100 * figures_share(l0 + lm * references - timing_mean_latency(result), timing_mean_latency(result)),
		"%", "linear_error_percent");
}

static void append_trace_text(const struct report *report, GString *out)
{
	g_string_append_printf(out, "%s: requests of %s, %u requesters, %u pages of 4 KiB%s\n", report->profile->name,
			       report->dma->requests, report->requesters, report->pages,
			       report->dma->without_iommu ? ", no IOMMU" : "");
}

static void append_window_text(const struct report *report, GString *out)
{
	const iosim_dma *dma = report->dma;

	g_string_append_printf(out, "%s: %s %ss of %u bytes in a window of %" G_GUINT64_FORMAT " bytes, %s\n",
			       report->profile->name, dma->sequential ? "sequential" : "random",
			       dma->write ? "write" : "read", dma->bytes, dma->window,
			       dma->without_iommu ? "no IOMMU" : "4 KiB pages");
	if (dma->devices > 1 || dma->pasids)
		g_string_append_printf(out, "%u devices with %u PASIDs each, a window each\n", MAX(dma->devices, 1),
				       dma->pasids);
}

static char *as_text(const struct report *report)
{
	GString *out = g_string_new(NULL);

	if (report->dma->requests)
		append_trace_text(report, out);
	else
		append_window_text(report, out);
	figures_append_text(out, report->figures);
	return g_string_free(out, FALSE);
}

static void add_trace_json(const struct report *report, JsonBuilder *builder)
{
	json_text_add(builder, "requests_file", report->dma->requests);
	json_text_add_flag(builder, "iommu", !report->dma->without_iommu);
	json_text_add_count(builder, "outstanding", report->dma->outstanding);
	json_text_add_count(builder, "requesters", report->requesters);
	json_text_add_count(builder, "pages", report->pages);
}

static void add_window_json(const struct report *report, JsonBuilder *builder)
{
	const iosim_dma *dma = report->dma;

	json_text_add(builder, "access", dma->write ? "write" : "read");
	json_text_add(builder, "pattern", dma->sequential ? "sequential" : "random");
	json_text_add_flag(builder, "iommu", !dma->without_iommu);
	json_text_add_count(builder, "bytes", dma->bytes);
	json_text_add_count(builder, "window_bytes", dma->window);
	json_text_add_count(builder, "outstanding", dma->outstanding);
	json_text_add_count(builder, "devices", MAX(dma->devices, 1));
	json_text_add_count(builder, "pasids", dma->pasids);
}

static char *as_json(const struct report *report)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	json_text_add(builder, "profile", report->profile->name);
	if (report->dma->requests)
		add_trace_json(report, builder);
	else
		add_window_json(report, builder);
	figures_append_json(builder, report->figures);
	json_builder_end_object(builder);
	return json_text_of(builder);
}

/* --- a line for each packet --- */

struct lines {
	iosim_write_fn write;
	gpointer context;
	uint64_t number;
	uint64_t base; /* of offsets; of a trace 0, they are addresses */
};

static void csv_heading(const struct lines *lines)
{
	g_autoptr(GString) line = g_string_new(NULL);

	g_string_printf(line, "packet,transfer,%s,bytes,stream,pasid,issued_ns,latency_ns",
			lines->base ? "offset" : "address");

	for (unsigned part = 0; part < TIMING_PARTS; part++)
		g_string_append_printf(line, ",%s_ns", timing_part_names[part]);
	g_string_append(line, ",references,iotlb\n");
	lines->write(lines->context, line->str);
}

static void append_ns(GString *line, uint64_t ps)
{
	g_string_append_printf(line, ",%" G_GUINT64_FORMAT ".%03u", (guint64)(ps / 1000), (unsigned)(ps % 1000));
}

static void csv_line(void *context, const struct timing_slot *slot, const uint64_t *parts_ps)
{
	struct lines *lines = context;
	g_autoptr(GString) line = g_string_new(NULL);

	g_string_append_printf(line, "%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT, (guint64)lines->number++,
			       (guint64)slot->dma.number);
	g_string_append_printf(line, lines->base ? ",%" G_GUINT64_FORMAT : ",0x%" G_GINT64_MODIFIER "x",
			       (guint64)(slot->dma.request.address - lines->base));
	g_string_append_printf(line, ",%u", slot->dma.request.bytes);
	g_string_append_printf(line, ",0x%x,", slot->dma.request.stream);
	if (slot->dma.request.pasid != PASID_NONE)
		g_string_append_printf(line, "%u", slot->dma.request.pasid);
	append_ns(line, slot->issued);
	append_ns(line, slot->ended - slot->issued);
	for (unsigned part = 0; part < TIMING_PARTS; part++)
		append_ns(line, parts_ps[part]);
	g_string_append_printf(line, ",%u,%s\n", slot->translation.reads,
			       slot->merged                   ? "merged"
			       : slot->translation.from_cache ? "hit"
							      : "miss");
	lines->write(lines->context, line->str);
}

/* --- */

static bool refuse(GError **error, const char *what)
{
	g_set_error_literal(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT, what);
	return false;
}

static bool check(const iosim_dma *dma, GError **error)
{
	if (dma->bytes < 1 || dma->bytes > 4096)
		return refuse(error, "the bytes of a transfer: expected 1 to 4096");
	if (dma->window < 4096 || dma->window > TIMING_MAX_WINDOW || dma->window % 4096)
		return refuse(error, "the window: expected a multiple of 4096 bytes, at most 1 GiB");
	if (dma->transfers < 1 || dma->transfers > UINT64_C(1) << 40 || dma->warm_up > UINT64_C(1) << 40)
		return refuse(error, "transfers: expected 1 to 2^40, and at most as many to warm up");
	return true;
}

/* Of how many tenants there can be. */
static bool check_tenants(const iosim_profile *profile, const struct timing_workload *workload, GError **error)
{
	const struct timing_tenants tenants = {workload->devices, workload->pasids, workload->window};

	if (!workload->devices ||
	    timing_tenants_fit(profile->timing.kind, timing_count(&profile->timing, TIMING_LEVELS), &tenants))
		return true;
	return refuse(error,
		      "devices and PASIDs: expected at most 65536 tenants, whose windows are at most 64 GiB, and "
		      "whose tables are at most 4 GiB");
}

/* A trace says itself how much there is to send. */
static bool load_requests(const iosim_profile *profile, const iosim_dma *dma, struct timing_workload *workload,
			  GError **error)
{
	g_autofree struct timing_requests *requests = g_new0(struct timing_requests, 1);

	if (!timing_requests_load(requests, &profile->timing, dma->requests, error))
		return false;
	if (dma->warm_up >= requests->requests->len) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT,
			    "requests to warm up: expected fewer than the %u of %s, found %" G_GUINT64_FORMAT,
			    requests->requests->len, dma->requests, dma->warm_up);
		timing_requests_clear(requests);
		return false;
	}
	*workload = (struct timing_workload){.outstanding = dma->outstanding,
					     .warm_up = dma->warm_up,
					     .transfers = requests->requests->len - dma->warm_up,
					     .requests = requests};
	requests = NULL;
	return true;
}

void dma_workload_clear(struct timing_workload *workload)
{
	if (workload->requests) {
		timing_requests_clear((struct timing_requests *)workload->requests);
		g_free((gpointer)workload->requests);
	}
	workload->requests = NULL;
}

bool dma_workload(const iosim_profile *profile, const iosim_dma *dma, struct timing_workload *workload, GError **error)
{
	if (dma->requests)
		return load_requests(profile, dma, workload, error);

	bool many = dma->devices > 1 || dma->pasids > 0;

	*workload = (struct timing_workload){
		.write = dma->write,
		.sequential = dma->sequential,
		.bytes = dma->bytes,
		.window = dma->window,
		.outstanding = dma->outstanding,
		.transfers = dma->transfers,
		.warm_up = dma->warm_up,
		.seed = dma->seed,
		.devices = many ? MAX(dma->devices, 1) : 0,
		.pasids = dma->pasids,
	};
	return check(dma, error) && check_tenants(profile, workload, error);
}

static char *summary(struct report *report, enum format format)
{
	char *text;

	report->figures = figures_new();
	if (report->dma->requests)
		add_lateness(report);
	add_throughput(report);
	add_parts(report);
	if (!report->dma->without_iommu) {
		add_caches(report);
		add_references(report);
	}
	add_occupancy(report);
	add_estimate(report);
	text = format == FORMAT_JSON ? as_json(report) : as_text(report);
	g_array_unref(report->figures);
	return text;
}

void dma_watch(const iosim_watch *watch, struct timing_watch_config *config, struct timing_spectators *spectators)
{
	*config = (struct timing_watch_config){
		.vcd = {watch->vcd, watch->vcd_context},
		.trace = {watch->trace, watch->trace_context},
		.skip = watch->skip,
		.packets = watch->packets,
	};
	spectators->watch = watch->vcd || watch->trace ? config : NULL;
	spectators->progress = watch->progress;
	spectators->progress_context = watch->progress_context;
}

gboolean iosim_dma_run(const iosim_profile *profile, const iosim_dma *dma, const char *format, iosim_write_fn write,
		       gpointer context, GError **error)
{
	struct report report = {.profile = profile, .dma = dma};
	struct lines lines = {.write = write, .context = context, .base = dma->requests ? 0 : TIMING_WINDOW};
	enum format as = FORMAT_TEXT;

	while (format_names[as] && strcmp(format_names[as], format) != 0)
		as++;
	if (!format_names[as])
		return argument_unknown(error, "format", format, format_names);
	struct timing_workload workload;
	if (!dma_workload(profile, dma, &workload, error))
		return FALSE;
	if (workload.requests) {
		report.requesters = workload.requests->requesters;
		report.pages = workload.requests->pages->len;
	}
	if (as == FORMAT_CSV)
		csv_heading(&lines);
	struct timing_watch_config watch;
	struct timing_spectators spectators = {.each = as == FORMAT_CSV ? csv_line : NULL, .context = &lines};
	if (dma->watch)
		dma_watch(dma->watch, &watch, &spectators);
	timing_run(&profile->timing, !dma->without_iommu, &workload, &spectators, &report.result);
	if (as != FORMAT_CSV) {
		g_autofree char *text = summary(&report, as);
		write(context, text);
	}
	timing_result_clear(&report.result);
	dma_workload_clear(&workload);
	return TRUE;
}
