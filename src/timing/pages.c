/* SPDX-License-Identifier: MIT */
#include "timing/pages.h"

#include <glib.h>

#define OTHER_QUEUE   0 /* events of the machine: the unit's queue, then CPUs, then accesses */
#define OTHER_CPUS    1
#define ANSWER_BYTES  8 /* of a translation, PCIe 10.2.3 */
#define MISSED(entry) ((entry)->sent > 0)

enum access_state {
	ACCESS_WANTS, /* to send a translation request */
	ACCESS_ASKS,
	ACCESS_REQUESTS, /* its page request is on its way */
	ACCESS_WAITS,    /* for the response */
	ACCESS_ANSWERED, /* the response is on its way */
};

/* Its index is the PRG index of its page requests. */
struct access {
	enum access_state state;
	bool by_unit;
	uint64_t number; /* of all accesses, and its page */
	uint64_t begun, sent, queued, taken, mapped;
};

enum cpu_state { CPU_SLEEPS, CPU_WAKES, CPU_HANDLES, CPU_POSTS, CPU_WAITS, CPU_SEES };

struct pages_cpu {
	enum cpu_state state;
	uint64_t since;
	struct page_request request;
};

struct pages {
	const struct timing_pages *config;
	struct timing_pages_result *result;
	struct pages_host host;
	struct timing_machine *machine;
	struct timing_queue queue;
	struct iommu_outlet outlet;
	struct access *accesses;
	struct pages_cpu *cpus;
	uint32_t *wanting; /* accesses that want to ask, first come, first served: a ring */
	uint32_t wanting_first, wanting_count;
	uint64_t next, ended;
	uint64_t waiting_since;
	uint64_t lookup, pass, interrupt, handling, post, poll;
};

static uint64_t now(const struct pages *pages)
{
	return timing_now(pages->machine);
}

static uint64_t address_of(uint64_t number)
{
	return TIMING_WINDOW + number * FRAME_BYTES;
}

static uint64_t frame_of(uint64_t address)
{
	return address - TIMING_WINDOW + TIMING_PAGES;
}

static bool misses(const struct timing_pages *config, uint64_t number)
{
	return number * config->miss_percent / 100 != (number + 1) * config->miss_percent / 100;
}

/* --- the device --- */

static void want(struct pages *pages, uint32_t index)
{
	uint32_t size = pages->config->outstanding;

	pages->accesses[index].state = ACCESS_WANTS;
	pages->wanting[(pages->wanting_first + pages->wanting_count++) % size] = index;
}

static void begin_access(struct pages *pages, uint32_t index)
{
	pages->accesses[index] = (struct access){.number = pages->next++, .begun = now(pages)};
	want(pages, index);
}

static void send(struct pages *pages)
{
	while (pages->wanting_count && timing_can_issue(pages->machine, false, ANSWER_BYTES)) {
		uint32_t index = pages->wanting[pages->wanting_first];
		struct access *access = &pages->accesses[index];
		struct timing_dma dma = {
			.request = {.address = address_of(access->number),
				    .bytes = ANSWER_BYTES,
				    .stream = TIMING_STREAM,
				    .pasid = PASID_NONE,
				    .at = AT_TRANSLATION_REQUEST,
				    .op = REQUEST_READ},
			.number = index,
			.dma_bytes = ANSWER_BYTES,
		};
		timing_issue(pages->machine, &dma);
		access->state = ACCESS_ASKS;
		pages->wanting_first = (pages->wanting_first + 1) % pages->config->outstanding;
		pages->wanting_count--;
	}
}

static void end_access(struct pages *pages, uint32_t index)
{
	struct timing_pages_result *result = pages->result;
	const struct access *access = &pages->accesses[index];

	result->accesses++;
	result->missed += MISSED(access);
	result->access_ps[MISSED(access)] += now(pages) - access->begun;
	pages->ended++;
	begin_access(pages, index);
}

/* A translation request is completed. */
static void completed(struct pages *pages, const struct timing_slot *slot)
{
	uint32_t index = (uint32_t)slot->dma.number;
	struct access *access = &pages->accesses[index];
	const struct translation *translation = &slot->translation;

	if (translation->completion == ATS_SUCCESS && translation->permissions) {
		pages->result->wrong += translation->pa != frame_of(slot->dma.request.address);
		end_access(pages, index);
		return;
	}
	pages->result->faults += translation->completion != ATS_SUCCESS;
	access->state = ACCESS_REQUESTS;
	access->sent = now(pages);
	timing_other_at(pages->machine, OTHER_CPUS + pages->config->cpus + index,
			timing_message(pages->machine, true) + pages->lookup + pages->pass);
}

static void count_trip(struct pages *pages, const struct access *access)
{
	struct timing_pages_result *result = pages->result;
	uint64_t trip = now(pages) - access->sent, bucket = trip / PAGES_BUCKET_PS;

	result->trips++;
	result->trip_ps += trip;
	result->part_ps[PAGES_LINK] += access->queued - access->sent;
	result->part_ps[PAGES_QUEUE] += access->taken - access->queued;
	result->part_ps[PAGES_HANDLING] += access->mapped - access->taken;
	result->part_ps[PAGES_RESPONSE] += now(pages) - access->mapped;
	result->longest_ps = trip > result->longest_ps ? trip : result->longest_ps;
	result->latencies[bucket < PAGES_BUCKETS ? bucket : PAGES_BUCKETS - 1]++;
}

/* The unit sends a response, its own or software's. */
static void respond(void *context, uint16_t iommu, const struct page_response *response)
{
	struct pages *pages = context;
	struct access *access = &pages->accesses[response->group];

	(void)iommu;
	IOSIM_ASSERT(response->group < pages->config->outstanding && access->state == ACCESS_WAITS &&
		     response->code == PAGE_RESPONSE_SUCCESS);
	access->state = ACCESS_ANSWERED;
	timing_other_at(pages->machine, OTHER_CPUS + pages->config->cpus + response->group,
			timing_message(pages->machine, false));
}

/* --- the page request queue --- */

static void count_waiting(struct pages *pages, uint32_t before)
{
	pages->result->waiting_ps += before * (now(pages) - pages->waiting_since);
	pages->waiting_since = now(pages);
}

static void enter_cpu(struct pages *pages, uint32_t index, enum cpu_state state, uint64_t ps)
{
	pages->cpus[index].state = state;
	pages->cpus[index].since = now(pages);
	timing_other_at(pages->machine, OTHER_CPUS + index, now(pages) + ps);
}

static void wake_cpu(struct pages *pages)
{
	for (uint32_t i = 0; i < pages->config->cpus; i++)
		if (pages->cpus[i].state == CPU_SLEEPS) {
			pages->result->interrupts++;
			enter_cpu(pages, i, CPU_WAKES, pages->interrupt);
			return;
		}
}

static void request_arrives(struct pages *pages, uint32_t index)
{
	struct access *access = &pages->accesses[index];
	struct iommu *unit = pages->host.host.unit;
	struct page_request request = {
		.address = address_of(access->number),
		.stream = TIMING_STREAM,
		.pasid = PASID_NONE,
		.group = (uint16_t)index,
		.read = true,
		.write = true,
		.last = true,
	};
	struct page_response response;

	access->state = ACCESS_WAITS;
	access->queued = now(pages);
	count_waiting(pages, pages_host_waiting(&pages->host));
	enum page_request_fate fate = unit->ops->page_request(unit, &request, &response);
	uint32_t waiting = pages_host_waiting(&pages->host);
	IOSIM_ASSERT(fate != PAGE_REQUEST_DROPPED);
	access->by_unit = fate == PAGE_REQUEST_ANSWERED;
	if (waiting > pages->result->most_waiting)
		pages->result->most_waiting = waiting;
	if (access->by_unit) {
		pages->result->by_unit++;
		respond(pages, 0, &response);
	} else {
		wake_cpu(pages);
	}
}

static void access_event(struct pages *pages, uint32_t index)
{
	const struct access *access = &pages->accesses[index];

	if (access->state == ACCESS_REQUESTS) {
		request_arrives(pages, index);
		return;
	}
	IOSIM_ASSERT(access->state == ACCESS_ANSWERED);
	if (!access->by_unit)
		count_trip(pages, access);
	want(pages, index);
}

/* --- CPUs --- */

/* The next entry of the queue; where there is none, an overflow is over. */
static void go_on(struct pages *pages, uint32_t index)
{
	struct pages_cpu *cpu = &pages->cpus[index];

	count_waiting(pages, pages_host_waiting(&pages->host));
	if (pages_host_take(&pages->host, &cpu->request)) {
		pages->accesses[cpu->request.group].taken = now(pages);
		enter_cpu(pages, index, CPU_HANDLES, pages->handling);
		return;
	}
	if (pages_host_overflowed(&pages->host)) {
		pages_host_acknowledge(&pages->host);
		pages->result->overflows++;
	}
	cpu->state = CPU_SLEEPS;
}

static void cpu_event(struct pages *pages, uint32_t index)
{
	struct pages_cpu *cpu = &pages->cpus[index];
	struct timing_pages_result *result = pages->result;
	uint64_t took = now(pages) - cpu->since;

	switch (cpu->state) {
	case CPU_HANDLES:
		result->work_ps += took;
		pages->accesses[cpu->request.group].mapped = now(pages);
		timing_host_map(&pages->host.host, cpu->request.address, frame_of(cpu->request.address));
		enter_cpu(pages, index, CPU_POSTS, pages->post);
		return;
	case CPU_POSTS:
		result->post_ps += took;
		cpu->state = CPU_WAITS;
		cpu->since = now(pages);
		pages_host_respond(&pages->host, &cpu->request, index);
		timing_queue_ring(&pages->queue);
		if (!pages->host.vtd)
			go_on(pages, index);
		return;
	case CPU_SEES:
		result->wait_ps += took;
		go_on(pages, index);
		return;
	default:
		IOSIM_ASSERT(cpu->state == CPU_WAKES);
		go_on(pages, index);
	}
}

/* VT-d: those whose wait descriptor is done see it. */
static void cpus_look(struct pages *pages)
{
	for (uint32_t i = 0; i < pages->config->cpus; i++) {
		struct pages_cpu *cpu = &pages->cpus[i];
		if (cpu->state != CPU_WAITS || !pages_host_is_done(&pages->host, i))
			continue;
		pages->result->wait_ps += now(pages) - cpu->since;
		enter_cpu(pages, i, CPU_SEES, pages->poll);
	}
}

/* --- the run --- */

static void no_invalidation(void *context, uint16_t iommu, const struct ats_invalidation *message)
{
	(void)context, (void)iommu, (void)message;
	IOSIM_ASSERT(false);
}

static void no_stall_answer(void *context, uint16_t iommu, const struct stall_answer *answer)
{
	(void)context, (void)iommu, (void)answer;
	IOSIM_ASSERT(false);
}

/* Who handles page requests is woken by its entry, see wake_cpu(). */
static void no_interrupt(void *context, uint16_t iommu, const struct interrupt *interrupt)
{
	(void)context, (void)iommu, (void)interrupt;
}

static void take_numbers(struct pages *pages, const double *value)
{
	pages->lookup = timing_ps(value[TIMING_LOOKUP]);
	pages->pass = timing_ps(value[TIMING_PASS]);
	pages->interrupt = timing_ps(value[TIMING_INTERRUPT]);
	pages->handling = timing_ps(value[TIMING_FAULT] + value[TIMING_MAP]);
	pages->post = timing_ps(value[TIMING_POST]);
	pages->poll = timing_ps(value[TIMING_POLL]);
}

static void make(struct pages *pages, const struct timing_profile *profile)
{
	const struct timing_pages *config = pages->config;

	pages_host_init(&pages->host, profile, config->queue);
	struct timing_config machine = {.arena = pages->host.host.arena,
					.memory = pages->host.host.memory,
					.unit = pages->host.host.unit,
					.profile = profile,
					.others = OTHER_CPUS + config->cpus + config->outstanding};
	pages->machine = timing_machine_new(&machine);
	timing_queue_init(&pages->queue, &machine, pages->machine, OTHER_QUEUE);
	pages->outlet = (struct iommu_outlet){pages, no_invalidation, respond, no_stall_answer, no_interrupt};
	pages->host.host.unit->outlet = &pages->outlet;
	take_numbers(pages, profile->value);
	pages->accesses = g_new0(struct access, config->outstanding);
	pages->cpus = g_new0(struct pages_cpu, config->cpus);
	pages->wanting = g_new0(uint32_t, config->outstanding);
	for (uint64_t i = 0; i < timing_pages_count(config); i++)
		if (!misses(config, i))
			timing_host_map(&pages->host.host, address_of(i), frame_of(address_of(i)));
	for (uint32_t i = 0; i < config->outstanding; i++)
		begin_access(pages, i);
}

static void clear(struct pages *pages)
{
	g_free(pages->accesses);
	g_free(pages->cpus);
	g_free(pages->wanting);
	timing_machine_free(pages->machine);
	timing_host_clear(&pages->host.host);
}

static void run_to(struct pages *pages, uint64_t accesses)
{
	const struct timing_slot *slot;

	send(pages);
	while (pages->ended < accesses) {
		enum timing_event event = timing_next(pages->machine, &slot);
		IOSIM_ASSERT(event != TIMING_IDLE);
		if (event == TIMING_ENDED) {
			completed(pages, slot);
		} else if (event == TIMING_OTHER) {
			uint32_t other = timing_other(pages->machine);
			if (other >= OTHER_CPUS + pages->config->cpus)
				access_event(pages, other - OTHER_CPUS - pages->config->cpus);
			else if (other >= OTHER_CPUS)
				cpu_event(pages, other - OTHER_CPUS);
			else if (timing_queue_event(&pages->queue) && pages->host.vtd)
				cpus_look(pages);
		}
		send(pages);
	}
}

void timing_pages_run(const struct timing_profile *profile, const struct timing_pages *config,
		      struct timing_pages_result *result)
{
	struct pages pages = {.config = config, .result = result};
	uint64_t *latencies = g_new0(uint64_t, PAGES_BUCKETS);

	IOSIM_ASSERT(timing_pages_count(config) <= PAGES_MAX && config->outstanding <= PAGES_MAX_OUTSTANDING &&
		     config->cpus <= PAGES_MAX_CPUS && config->queue <= PAGES_MAX_QUEUE);
	*result = (struct timing_pages_result){.latencies = latencies};
	make(&pages, profile);
	run_to(&pages, config->warm_up);
	for (uint32_t i = 0; i < PAGES_BUCKETS; i++)
		latencies[i] = 0;
	uint64_t begun = now(&pages), faults = result->faults, wrong = result->wrong;
	*result = (struct timing_pages_result){.latencies = latencies, .faults = faults, .wrong = wrong};
	pages.queue.state->tally = (struct timing_queue_tally){0};
	pages.waiting_since = begun;
	run_to(&pages, config->warm_up + config->accesses);
	count_waiting(&pages, pages_host_waiting(&pages.host));
	result->commands = pages.queue.state->tally;
	result->elapsed_ps = now(&pages) - begun;
	clear(&pages);
}

void timing_pages_clear(struct timing_pages_result *result)
{
	g_free(result->latencies);
	result->latencies = NULL;
}

double timing_pages_percentile(const struct timing_pages_result *result, double share)
{
	uint64_t wanted = (uint64_t)((double)result->trips * share), seen = 0;

	if ((double)wanted < (double)result->trips * share)
		wanted++;
	for (uint32_t bucket = 0; bucket < PAGES_BUCKETS - 1; bucket++) {
		seen += result->latencies[bucket];
		if (seen >= wanted && seen > 0)
			return (double)bucket * PAGES_BUCKET_PS / 1000;
	}
	return (double)result->longest_ps / 1000;
}
