/* SPDX-License-Identifier: MIT */
/* `bench nic`: a run, and what it came to as text, JSON, or a line for each packet. */
#include "report/json_text.h"
#include "sim/argument.h"
#include "sim/dma.h"
#include "sim/figures.h"
#include "sim/profile.h"
#include "timing/nic.h"

#include <string.h>

#define NS(ps)          ((double)(ps) / 1000)
#define MAX_CPUS        64
#define MAX_PACKETS_LG2 40

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV };
static const char *const format_names[] = {"text", "json", "csv", NULL};
static const char *const mode_names[] = {"strict", "lazy", "batched", NULL};
static const char *const access_names[NIC_ACCESSES] = {"descriptor", "payload", "completion"};

struct report {
	const iosim_profile *profile;
	struct timing_nic nic;
	struct timing_nic_result result;
	GArray *figures;
};

static void add_throughput(const struct report *report)
{
	const struct timing_nic_result *result = &report->result;
	double elapsed = NS(result->elapsed_ps), packets = (double)result->packets;

	figures_add(report->figures, packets, "", "packets");
	figures_add(report->figures, elapsed, "ns", "elapsed_ns");
	figures_add(report->figures, figures_share((double)result->bytes * 8, elapsed), "Gbit/s",
		    "throughput_gbit_per_s");
	figures_add(report->figures, figures_share(packets * 1e9, elapsed), "", "packets_per_s");
	figures_add(report->figures, figures_share(NS(result->dry_ps), elapsed), "",
		    "device_without_descriptors_share");
}

static void add_cpus(const struct report *report)
{
	const struct timing_nic_result *result = &report->result;
	double all = NS(result->elapsed_ps) * report->nic.cpus, packets = (double)result->packets;
	double busy = NS(result->work_ps + result->lock_ps + result->post_ps + result->wait_ps);

	figures_add(report->figures, figures_share(busy, all), "", "cpu_share");
	figures_add(report->figures, figures_share(NS(result->work_ps), all), "", "cpu_work_share");
	figures_add(report->figures, figures_share(NS(result->lock_ps), all), "", "cpu_lock_share");
	figures_add(report->figures, figures_share(NS(result->post_ps), all), "", "cpu_post_share");
	figures_add(report->figures, figures_share(NS(result->wait_ps), all), "", "cpu_wait_share");
	figures_add(report->figures, figures_share(busy, packets), "ns", "cpu_ns_per_packet");
}

static void add_invalidations(const struct report *report)
{
	const struct timing_nic_result *result = &report->result;
	const struct timing_queue_tally *queue = &result->queue;
	double packets = (double)result->packets, batches = (double)result->batches;
	double elapsed = NS(result->elapsed_ps);

	figures_add(report->figures, (double)result->maps, "", "maps");
	figures_add(report->figures, (double)result->unmaps, "", "unmaps");
	figures_add(report->figures, (double)queue->invalidations, "", "invalidations");
	figures_add(report->figures, figures_share((double)queue->invalidations, packets), "",
		    "invalidations_per_packet");
	figures_add(report->figures, batches, "", "batches");
	figures_add(report->figures, (double)result->flushes, "", "flushes");
	figures_add(report->figures, figures_share(NS(result->lock_ps), packets), "ns", "lock_ns_per_packet");
	figures_add(report->figures, figures_share(NS(result->post_ps + result->wait_ps), packets), "ns",
		    "invalidation_ns_per_packet");
	figures_add(report->figures, figures_share(NS(result->post_ps + result->wait_ps), batches), "ns",
		    "invalidation_ns_per_batch");
	figures_add(report->figures, (double)result->contended, "", "lock_waits");
	figures_add(report->figures, figures_share(NS(queue->busy_ps), elapsed), "", "queue_busy_share");
	figures_add(report->figures, figures_share(NS(queue->drain_ps), elapsed), "", "queue_drain_share");
	figures_add(report->figures, figures_share(NS(queue->drain_ps), batches), "ns", "drain_ns_per_batch");
}

static void add_caches(const struct report *report)
{
	const struct timing_nic_result *result = &report->result;
	uint64_t walks = 0;

	for (unsigned i = 0; i < NIC_ACCESSES; i++) {
		double requests = (double)result->requests[i];
		figures_add(report->figures, requests, "", "%s_requests", access_names[i]);
		figures_add(report->figures, figures_share((double)result->hits[i], requests), "", "%s_iotlb_hit_rate",
			    access_names[i]);
		figures_add(report->figures, figures_share((double)result->merged[i], requests), "", "%s_merged_rate",
			    access_names[i]);
		walks += result->walks[i];
	}
	figures_add(report->figures, figures_share((double)walks * 4096, (double)result->bytes), "",
		    "iotlb_misses_per_4KiB");
	figures_add(report->figures, (double)result->faults, "", "faults");
	figures_add(report->figures, (double)result->stale, "", "stale_translations");
}

static char *as_text(const struct report *report)
{
	GString *out = g_string_new(NULL);

	g_string_append_printf(out, "%s: %u %s, packets of %u bytes in rings of %u, %s\n", report->profile->name,
			       report->nic.cpus, report->nic.guest ? "CPUs of a guest" : "CPUs", report->nic.bytes,
			       report->nic.ring, report->nic.without_iommu ? "no IOMMU" : mode_names[report->nic.mode]);
	figures_append_text(out, report->figures);
	return g_string_free(out, FALSE);
}

static char *as_json(const struct report *report)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_object(builder);
	json_text_add(builder, "profile", report->profile->name);
	json_text_add(builder, "mode", report->nic.without_iommu ? "off" : mode_names[report->nic.mode]);
	json_text_add_flag(builder, "guest", report->nic.guest);
	json_text_add_count(builder, "cores", report->nic.cpus);
	json_text_add_count(builder, "ring", report->nic.ring);
	json_text_add_count(builder, "packet_bytes", report->nic.bytes);
	json_text_add_count(builder, "batch", report->nic.batch);
	json_text_add_count(builder, "unmap_every", report->nic.every);
	figures_append_json(builder, report->figures);
	json_builder_end_object(builder);
	return json_text_of(builder);
}

/* --- a line for each packet --- */

struct lines {
	iosim_write_fn write;
	gpointer context;
	uint64_t number;
};

static void append_ns(GString *line, uint64_t ps)
{
	g_string_append_printf(line, ",%" G_GUINT64_FORMAT ".%03u", (guint64)(ps / 1000), (unsigned)(ps % 1000));
}

static void csv_line(void *context, const struct timing_nic_packet *packet)
{
	struct lines *lines = context;
	g_autoptr(GString) line = g_string_new(NULL);

	g_string_append_printf(line, "%" G_GUINT64_FORMAT ",%u", (guint64)lines->number++, packet->cpu);
	append_ns(line, packet->complete);
	append_ns(line, packet->taken - packet->complete);
	append_ns(line, packet->lock_ps);
	append_ns(line, packet->wait_ps);
	append_ns(line, packet->handled - packet->taken);
	g_string_append_c(line, '\n');
	lines->write(lines->context, line->str);
}

/* --- */

static bool refuse(GError **error, const char *what)
{
	g_set_error_literal(error, IOSIM_ERROR, IOSIM_ERROR_ARGUMENT, what);
	return false;
}

static bool check(const struct report *report, GError **error)
{
	const struct timing_nic *nic = &report->nic;

	if (nic->cpus < 1 || nic->cpus > MAX_CPUS)
		return refuse(error, "the cores: expected 1 to 64");
	if (nic->ring < 4 || nic->ring > TIMING_MAX_RING || nic->ring % 4)
		return refuse(error, "the descriptors of a ring: expected a multiple of 4, at most 4096");
	if (nic->bytes < 1 || nic->bytes > 4096)
		return refuse(error, "the bytes of a packet: expected 1 to 4096");
	if (nic->batch < 1 || nic->batch > SOFTWARE_BATCH_MAX)
		return refuse(error, "the packets of a batch: expected 1 to 128");
	if (nic->every < 1)
		return refuse(error, "packets to an unmap: expected at least 1");
	if (nic->packets < 1 || nic->packets > UINT64_C(1) << MAX_PACKETS_LG2 ||
	    nic->warm_up > UINT64_C(1) << MAX_PACKETS_LG2)
		return refuse(error, "packets: expected 1 to 2^40, and at most as many to warm up");
	if (timing_nic_window(nic) > TIMING_MAX_WINDOW)
		return refuse(error, "cores and rings: expected less than 1 GiB of buffers");
	return true;
}

static char *summary(struct report *report, enum format format)
{
	char *text;

	report->figures = figures_new();
	add_throughput(report);
	add_cpus(report);
	if (!report->nic.without_iommu) {
		add_invalidations(report);
		add_caches(report);
	}
	text = format == FORMAT_JSON ? as_json(report) : as_text(report);
	g_array_unref(report->figures);
	return text;
}

static int index_of(const char *const *names, const char *name)
{
	int index = 0;

	while (names[index] && strcmp(names[index], name) != 0)
		index++;
	return index;
}

gboolean iosim_nic_run(const iosim_profile *profile, const iosim_nic *asked, const char *format, iosim_write_fn write,
		       gpointer context, GError **error)
{
	struct lines lines = {.write = write, .context = context};
	enum format as = (enum format)index_of(format_names, format);
	struct report report = {
		.profile = profile,
		.nic = {.cpus = asked->cores,
			.ring = asked->ring,
			.bytes = asked->bytes,
			.every = asked->unmap_every,
			.batch = asked->batch,
			.mode = (enum timing_nic_mode)index_of(mode_names, asked->mode),
			.guest = asked->guest,
			.without_iommu = asked->without_iommu,
			.packets = asked->packets,
			.warm_up = asked->warm_up},
	};

	if (!format_names[as])
		return argument_unknown(error, "format", format, format_names);
	if (!mode_names[report.nic.mode])
		return argument_unknown(error, "mode", asked->mode, mode_names);
	if (!check(&report, error))
		return FALSE;
	if (as == FORMAT_CSV)
		write(context, "packet,core,complete_ns,taken_after_ns,lock_ns,invalidation_ns,handled_after_ns\n");
	struct timing_watch_config watch;
	struct timing_spectators spectators = {.each = NULL};
	if (asked->watch) {
		dma_watch(asked->watch, &watch, &spectators);
		report.nic.spectators = &spectators;
	}
	timing_nic_run(&profile->timing, &report.nic, as == FORMAT_CSV ? csv_line : NULL, &lines, &report.result);
	if (as != FORMAT_CSV) {
		g_autofree char *text = summary(&report, as);
		write(context, text);
	}
	return TRUE;
}
