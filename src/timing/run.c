/* SPDX-License-Identifier: MIT */
#include "timing/run.h"

#include "base/random.h"
#include "timing/tenants.h"

#include <glib.h>

#define LINE             64 /* transfers begin on a line of the cache, and do not overlap */
#define PROGRESS_PACKETS 65536
#define OTHER_DUE        0 /* the event that the next request of a trace is due */

const char *const timing_part_names[TIMING_PARTS] = {"queue", "lookup", "wait", "walk", "order", "memory", "drain"};

/* What the workload sends next. */
struct source {
	const struct timing_workload *workload;
	struct random random;
	uint64_t units, unit_bytes; /* places of the window, a transfer each */
	uint64_t warm_from;         /* offset in the window */
	struct timing_tenants tenants;
	uint32_t tenant_count;
	uint32_t largest[2];    /* packet: of reads, of writes */
	uint32_t stream, pasid; /* of the transfer */
	uint32_t bytes;
	bool write;
	uint64_t base;      /* where the window begins: of a trace, all its pages one behind the other */
	uint64_t sent;      /* transfers */
	uint64_t address;   /* of the packet that comes next, */
	uint32_t left;      /* and what is left of its transfer */
	uint32_t in_flight; /* packets */
};

static void source_init(struct source *source, const struct timing_workload *workload,
			const struct timing_profile *profile)
{
	double ddio = profile->value[TIMING_DDIO];
	uint64_t window = workload->window;

	*source = (struct source){
		.workload = workload,
		.tenants = {workload->devices, workload->pasids, workload->window},
		.tenant_count = 1,
		.stream = TIMING_STREAM,
		.pasid = PASID_NONE,
		.bytes = workload->bytes,
		.write = workload->write,
		.base = TIMING_WINDOW,
		.largest = {timing_count(profile, TIMING_MAX_READ), timing_count(profile, TIMING_MAX_PAYLOAD)},
	};
	if (workload->devices)
		source->tenant_count = timing_tenant_count(&source->tenants);
	random_seed(&source->random, workload->seed);
	if (workload->requests)
		window = (uint64_t)workload->requests->pages->len << FRAME_LG2;
	source->warm_from = ddio < (double)window ? window - (uint64_t)ddio : 0;
	if (workload->requests)
		return;
	source->unit_bytes = (uint64_t)(workload->bytes + LINE - 1) / LINE * LINE;
	source->units = workload->window / source->unit_bytes;
}

/* Who sends the next transfer. */
static void next_tenant(struct source *source)
{
	uint32_t tenant =
		(uint32_t)(source->workload->sequential ? source->sent % source->tenant_count
							: random_below(&source->random, source->tenant_count));

	source->stream = timing_tenant_stream(&source->tenants, tenant);
	source->pasid = timing_tenant_pasid(&source->tenants, tenant);
}

static const struct timing_trace_request *request_at(const struct timing_workload *workload, uint64_t number)
{
	return &g_array_index(workload->requests->requests, struct timing_trace_request, number);
}

/* Whether the next one may be sent now; if not, an event says when. */
static bool is_due(const struct source *source, struct timing_machine *machine)
{
	if (!source->workload->requests)
		return true;
	uint64_t when = request_at(source->workload, source->sent)->time_ps;
	if (when <= timing_now(machine))
		return true;
	if (!timing_other_is_pending(machine, OTHER_DUE))
		timing_other_at(machine, OTHER_DUE, when);
	return false;
}

static void next_request(struct source *source)
{
	const struct timing_trace_request *request = request_at(source->workload, source->sent);
	uint64_t offset = ((uint64_t)request->page << FRAME_LG2) + request->address % FRAME_BYTES;

	source->stream = timing_request_stream(request->who);
	source->pasid = timing_request_pasid(request->who);
	source->bytes = source->left = request->bytes;
	source->write = request->write;
	source->address = request->address;
	source->base = request->address - offset;
	source->sent++;
}

static void next_transfer(struct source *source)
{
	const struct timing_workload *workload = source->workload;
	uint64_t place;

	if (workload->requests) {
		next_request(source);
		return;
	}
	if (workload->devices)
		next_tenant(source);
	if (workload->sequential)
		place = source->sent / source->tenant_count % source->units;
	else
		place = random_below(&source->random, source->units);
	source->address = TIMING_WINDOW + place * source->unit_bytes;
	source->left = workload->bytes;
	source->sent++;
}

/* PCIe 2.2.7, 2.3.1.1: within 4 KiB, and no larger than both ends agreed on. */
static uint32_t packet_bytes(const struct source *source)
{
	uint32_t to_boundary = (uint32_t)(FRAME_BYTES - source->address % FRAME_BYTES);
	uint32_t largest = source->largest[source->write];
	uint32_t bytes = source->left < largest ? source->left : largest;

	return bytes < to_boundary ? bytes : to_boundary;
}

/* Sends what the machine takes and the workload allows now. */
static void send(struct source *source, struct timing_machine *machine)
{
	const struct timing_workload *workload = source->workload;

	for (;;) {
		if (source->left == 0) {
			if (source->sent == workload->warm_up + workload->transfers ||
			    (workload->outstanding && source->in_flight >= workload->outstanding) ||
			    !is_due(source, machine))
				return;
			next_transfer(source);
		}
		uint32_t bytes = packet_bytes(source);
		if (!timing_can_issue(machine, source->write, bytes))
			return;
		struct timing_dma dma = {
			.request = {.address = source->address,
				    .bytes = bytes,
				    .stream = source->stream,
				    .pasid = source->pasid,
				    .op = source->write ? REQUEST_WRITE : REQUEST_READ},
			.number = source->sent - 1,
			.dma_bytes = source->bytes,
			.more = source->left > bytes,
			.warm = source->address - source->base >= source->warm_from,
		};
		timing_issue(machine, &dma);
		source->address += bytes;
		source->left -= bytes;
		source->in_flight++;
	}
}

void timing_parts_of(const struct timing_slot *slot, uint64_t lookup_ps, uint64_t parts[TIMING_PARTS])
{
	parts[PART_QUEUE] = slot->looked - slot->issued - lookup_ps;
	parts[PART_LOOKUP] = lookup_ps;
	parts[PART_WAIT] = slot->walk_begun - slot->looked;
	parts[PART_WALK] = slot->walked - slot->walk_begun;
	parts[PART_ORDER] = slot->released - slot->walked;
	parts[PART_MEMORY] = slot->answered - slot->released;
	parts[PART_DRAIN] = slot->ended - slot->answered;
}

static void count(struct timing_result *result, const struct timing_slot *slot, const uint64_t parts[TIMING_PARTS])
{
	uint64_t latency = slot->ended - slot->issued, bucket = latency / 1000;

	for (unsigned part = 0; part < TIMING_PARTS; part++)
		result->part_ps[part] += parts[part];
	result->packets++;
	result->bytes += slot->dma.request.bytes;
	result->latency_ps += latency;
	if (latency > result->longest_ps)
		result->longest_ps = latency;
	result->latencies[bucket < TIMING_LATENCY_BUCKETS ? bucket : TIMING_LATENCY_BUCKETS - 1]++;
	if (slot->translation.result != TRANSLATE_OK)
		result->faults++;
	else
		result->checksum += slot->translation.pa;
	if (!result->with_iommu)
		return;
	if (slot->merged) {
		result->merged++;
	} else if (slot->translation.from_cache) {
		result->hits++;
		result->hits_by_level[slot->translation.level & 7]++;
	} else {
		result->walks++;
	}
}

static void subtract(struct timing_tally *tally, const struct timing_tally *before)
{
	uint64_t *words = (uint64_t *)tally;
	const uint64_t *old = (const uint64_t *)before;

	_Static_assert(sizeof(*tally) % sizeof(uint64_t) == 0, "it is counts alone");
	for (size_t i = 0; i < sizeof(*tally) / sizeof(uint64_t); i++)
		words[i] -= old[i];
}

/* A run under way: the workload's machine, and who looks at it. */
struct course {
	const struct timing_profile *profile;
	struct timing_machine *machine;
	struct source *source;
	const struct timing_spectators *spectators;
	struct timing_watch *watch; /* NULL: none */
	struct timing_result *result;
	struct timing_tally before; /* the measurement began */
	uint64_t lookup_ps, begun, ended;
	bool measuring;
};

static void tell_progress(const struct course *course, bool last)
{
	const struct timing_workload *workload = course->source->workload;
	uint64_t all = workload->warm_up + workload->transfers;

	if (course->spectators->progress && (last || course->ended % PROGRESS_PACKETS == 0))
		course->spectators->progress(course->spectators->progress_context, last ? all : course->source->sent,
					     all);
}

static void begin_measuring(struct course *course, const struct timing_slot *first)
{
	course->measuring = true;
	course->begun = timing_now(course->machine);
	if (course->source->workload->warm_up)
		course->before = *timing_tally_of(course->machine);
	course->result->first_bytes = first->dma.request.bytes;
}

/* What a trace has beside the figures of every run. */
static void count_request(struct course *course, const struct timing_slot *ended)
{
	const struct timing_trace_request *request = request_at(course->source->workload, ended->dma.number);
	struct timing_result *result = course->result;
	uint64_t late = ended->issued - request->time_ps;

	result->unloaded_ns +=
		timing_unloaded_ns(course->profile, request->write, ended->dma.request.bytes, result->with_iommu);
	if (request->write)
		result->write_latency_ps += ended->ended - ended->issued;
	if (ended->dma.request.address != request->address)
		return; /* the transfer was sent when its first packet was */
	result->transfers++;
	result->late_ps += late;
	if (late > result->latest_ps)
		result->latest_ps = late;
}

static void take_ended(struct course *course, const struct timing_slot *ended)
{
	struct timing_result *result = course->result;
	uint64_t parts[TIMING_PARTS];

	course->source->in_flight--;
	course->ended++;
	tell_progress(course, false);
	if (ended->dma.number < course->source->workload->warm_up)
		return;
	if (course->watch)
		timing_watch_ended(course->watch, ended);
	if (!course->measuring) {
		begin_measuring(course, ended);
		if (course->watch && course->source->workload->warm_up)
			timing_watch_begin(course->watch);
	}
	timing_parts_of(ended, course->lookup_ps, parts);
	count(result, ended, parts);
	if (course->source->workload->requests)
		count_request(course, ended);
	result->elapsed_ps = timing_now(course->machine) - course->begun;
	if (course->spectators->each)
		course->spectators->each(course->spectators->context, ended, parts);
}

static void run(struct course *course)
{
	const struct timing_slot *ended;
	enum timing_event event = TIMING_ROOM;

	if (course->watch && course->source->workload->warm_up == 0)
		timing_watch_begin(course->watch);
	do {
		/* Whether it is looked at or not, requests are sent at the same events. */
		if (event != TIMING_STEPPED)
			send(course->source, course->machine);
		if (course->watch)
			timing_watch_look(course->watch);
		event = timing_next(course->machine, &ended);
		if (event == TIMING_ENDED)
			take_ended(course, ended);
	} while (event != TIMING_IDLE);
	tell_progress(course, true);
	course->result->tally = *timing_tally_of(course->machine);
	subtract(&course->result->tally, &course->before);
}

static void init_host(struct timing_host *host, const struct timing_profile *profile, bool with_iommu,
		      const struct timing_workload *workload)
{
	const struct timing_tenants tenants = {workload->devices, workload->pasids, workload->window};

	if (with_iommu && workload->requests)
		timing_requests_host_init(host, profile, workload->requests);
	else if (with_iommu && workload->devices)
		timing_tenants_init(host, profile, &tenants);
	else
		timing_host_init(host, profile, with_iommu, workload->requests ? 0 : workload->window);
}

void timing_run(const struct timing_profile *profile, bool with_iommu, const struct timing_workload *workload,
		const struct timing_spectators *spectators, struct timing_result *result)
{
	static const struct timing_spectators nobody;
	struct timing_host host;
	struct source source;

	*result = (struct timing_result){
		.latencies = g_new0(uint64_t, TIMING_LATENCY_BUCKETS),
		.with_iommu = with_iommu,
		.walkers = timing_count(profile, TIMING_WALKERS),
		.tags = timing_count(profile, workload->write ? TIMING_POSTED_HEADERS : TIMING_READ_TAGS),
		.posted = timing_count(profile, TIMING_POSTED_HEADERS),
	};
	init_host(&host, profile, with_iommu, workload);
	struct timing_config config = {.arena = host.arena,
				       .memory = host.memory,
				       .unit = host.unit,
				       .profile = profile,
				       .others = 1,
				       .undisturbed = true};
	struct course course = {
		.profile = profile,
		.machine = timing_machine_new(&config),
		.source = &source,
		.spectators = spectators ? spectators : &nobody,
		.result = result,
		.lookup_ps = with_iommu ? timing_ps(profile->value[TIMING_LOOKUP]) : 0,
	};
	source_init(&source, workload, profile);
	if (course.spectators->watch)
		course.watch = timing_watch_new(course.machine, course.spectators->watch);
	run(&course);
	if (course.watch)
		timing_watch_free(course.watch);
	timing_machine_free(course.machine);
	timing_host_clear(&host);
}

void timing_result_clear(struct timing_result *result)
{
	g_free(result->latencies);
}

double timing_percentile(const struct timing_result *result, double share)
{
	uint64_t wanted = (uint64_t)(share * (double)result->packets), seen = 0;

	if ((double)wanted < share * (double)result->packets)
		wanted++;
	for (uint32_t bucket = 0; bucket < TIMING_LATENCY_BUCKETS - 1; bucket++) {
		seen += result->latencies[bucket];
		if (seen >= wanted && seen > 0)
			return bucket;
	}
	return (double)result->longest_ps / 1000;
}

double timing_mean_latency(const struct timing_result *result)
{
	return result->packets ? (double)result->latency_ps / 1000 / (double)result->packets : 0;
}

double timing_gbit_per_s(const struct timing_result *result)
{
	double bytes = (double)(result->bytes - result->first_bytes);

	return result->elapsed_ps ? bytes * 8 * 1000 / (double)result->elapsed_ps : 0;
}

double timing_unloaded_ns(const struct timing_profile *profile, bool write, uint32_t bytes, bool with_iommu)
{
	const double *value = profile->value;
	double lookup = with_iommu ? value[TIMING_LOOKUP] : 0, rate = timing_link_bytes_per_ns(profile);

	if (write)
		return (value[TIMING_WRITE_HEADER] + bytes) / rate + value[TIMING_PROPAGATION] + lookup +
		       value[TIMING_PASS];
	return timing_read_way_ns(profile, bytes) + lookup + value[TIMING_DATA] + value[TIMING_READ_OVERHEAD];
}
