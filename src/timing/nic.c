/* SPDX-License-Identifier: MIT */
#include "timing/nic_state.h"

#include <glib.h>

#define OTHER_QUEUE 0 /* events of the machine: the unit's queue, then the CPUs */
#define OTHER_CPUS  1

#define PROGRESS_PACKETS 4096

static uint32_t pages_of(uint32_t bytes)
{
	return (bytes + FRAME_BYTES - 1) / FRAME_BYTES;
}

uint32_t nic_ring_pages(const struct timing_nic *config)
{
	return pages_of(config->ring * NIC_DESCRIPTOR_BYTES) + pages_of(config->ring * NIC_COMPLETION_BYTES) +
	       config->ring + TIMING_FLUSH_ENTRIES;
}

uint64_t timing_nic_window(const struct timing_nic *config)
{
	return (uint64_t)config->cpus * nic_ring_pages(config) * FRAME_BYTES;
}

uint64_t nic_descriptors_at(const struct nic *nic, uint32_t ring)
{
	return nic_address(ring * nic_ring_pages(nic->config));
}

uint64_t nic_completions_at(const struct nic *nic, uint32_t ring)
{
	return nic_descriptors_at(nic, ring) +
	       (uint64_t)pages_of(nic->config->ring * NIC_DESCRIPTOR_BYTES) * FRAME_BYTES;
}

static void take_numbers(struct nic *nic)
{
	const double *value = nic->profile->value;

	nic->unmap = timing_ps(value[TIMING_UNMAP]);
	nic->map = timing_ps(value[TIMING_MAP]);
	nic->map_lock = timing_ps(value[TIMING_MAP_LOCK]);
	nic->packet = timing_ps(value[TIMING_PACKET] + value[TIMING_PACKET_BYTE] * nic->config->bytes);
}

static void make(struct nic *nic)
{
	const struct timing_profile *profile = nic->profile;
	uint32_t cpus = nic->config->cpus, pages = nic_ring_pages(nic->config);

	timing_host_init(&nic->host, profile, !nic->config->without_iommu, 0);
	struct timing_config config = {.arena = nic->host.arena,
				       .memory = nic->host.memory,
				       .unit = nic->host.unit,
				       .profile = profile,
				       .others = OTHER_CPUS + cpus};
	nic->machine = timing_machine_new(&config);
	if (nic->host.unit)
		timing_software_init(&nic->software, &nic->host);
	timing_queue_init(&nic->queue, &config, nic->machine, OTHER_QUEUE);
	timing_cpus_init(&nic->cpus, &config, nic->machine, &nic->software, &nic->queue, cpus, OTHER_CPUS,
			 nic->config->guest);
	take_numbers(nic);
	nic->generation = g_new0(uint8_t, (size_t)cpus * pages);
	nic->rings = g_new0(struct nic_ring, cpus);
	nic->states = g_new0(struct nic_cpu, cpus);
	for (uint32_t i = 0; i < cpus; i++) {
		nic->rings[i].buffers = g_new0(struct nic_buffer, nic->config->ring);
		nic->states[i].spare = g_new(uint32_t, pages);
		nic->states[i].aside = g_new(struct nic_aside, TIMING_FLUSH_ENTRIES);
	}
}

static void clear(struct nic *nic)
{
	for (uint32_t i = 0; i < nic->config->cpus; i++) {
		g_free(nic->rings[i].buffers);
		g_free(nic->states[i].spare);
		g_free(nic->states[i].aside);
	}
	g_free(nic->states);
	g_free(nic->rings);
	g_free(nic->generation);
	timing_machine_free(nic->machine);
	timing_host_clear(&nic->host);
}

/* Counts of parts that go on counting: what they are now, with `sign` 1, or less what they were, with -1. */
static void add_parts(const struct nic *nic, struct timing_nic_result *result, uint64_t sign)
{
	const struct timing_queue_tally *queue = &nic->queue.state->tally;

	result->queue.commands += sign * queue->commands;
	result->queue.invalidations += sign * queue->invalidations;
	result->queue.completions += sign * queue->completions;
	result->queue.busy_ps += sign * queue->busy_ps;
	result->queue.drain_ps += sign * queue->drain_ps;
	for (uint32_t i = 0; i < nic->config->cpus; i++) {
		const struct timing_cpu_tally *tally = &nic->cpus.cpus[i].tally;
		result->work_ps += sign * tally->work_ps;
		result->lock_ps += sign * tally->lock_ps;
		result->post_ps += sign * tally->post_ps;
		result->wait_ps += sign * tally->wait_ps;
		result->batches += sign * tally->batches;
		result->contended += sign * tally->contended;
	}
}

static void step(struct nic *nic)
{
	const struct timing_slot *ended;

	if (nic->watch)
		timing_watch_look(nic->watch);
	enum timing_event event = timing_next(nic->machine, &ended);
	IOSIM_ASSERT(event != TIMING_IDLE);
	if (event == TIMING_ENDED) {
		if (nic->watch)
			timing_watch_ended(nic->watch, ended);
		nic_ended(nic, ended);
	} else if (event == TIMING_OTHER) {
		uint32_t other = timing_other(nic->machine);
		if (other == OTHER_QUEUE) {
			if (timing_queue_event(&nic->queue))
				timing_cpus_look(&nic->cpus);
		} else if (timing_cpu_event(&nic->cpus, other - OTHER_CPUS)) {
			nic_cpu_goes_on(nic, other - OTHER_CPUS);
		}
	}
	/* Whether it is looked at or not, requests are sent at the same events. */
	if (event != TIMING_STEPPED)
		nic_send(nic);
}

/* Until so many packets have been handled. */
static void run_to(struct nic *nic, uint64_t packets)
{
	const struct timing_spectators *spectators = nic->config->spectators;
	uint64_t all = nic->config->warm_up + nic->config->packets, told = 0;

	while (nic->handled < packets) {
		step(nic);
		if (!spectators || !spectators->progress || nic->handled - told < PROGRESS_PACKETS)
			continue;
		told = nic->handled;
		spectators->progress(spectators->progress_context, told < all ? told : all, all);
	}
}

void timing_nic_run(const struct timing_profile *profile, const struct timing_nic *config, timing_nic_fn each,
		    void *context, struct timing_nic_result *result)
{
	struct nic nic = {.config = config, .profile = profile, .result = result, .context = context};

	IOSIM_ASSERT(timing_nic_window(config) <= TIMING_MAX_WINDOW && config->every > 0 && config->ring > 0);
	*result = (struct timing_nic_result){0};
	make(&nic);
	if (config->spectators && config->spectators->watch)
		nic.watch = timing_watch_new(nic.machine, config->spectators->watch);
	nic_cpus_begin(&nic);
	nic_send(&nic);
	run_to(&nic, config->warm_up);
	uint64_t begun = timing_now(nic.machine), before = nic.handled;
	*result = (struct timing_nic_result){.faults = result->faults, .stale = result->stale};
	if (nic.dry_since)
		nic.dry_since = begun;
	add_parts(&nic, result, UINT64_MAX);
	nic.each = each;
	if (nic.watch)
		timing_watch_begin(nic.watch);
	run_to(&nic, before + config->packets);
	add_parts(&nic, result, 1);
	result->packets = nic.handled - before;
	result->bytes = result->packets * config->bytes;
	result->elapsed_ps = timing_now(nic.machine) - begun;
	if (nic.dry_since)
		result->dry_ps += timing_now(nic.machine) - nic.dry_since;
	if (nic.watch)
		timing_watch_free(nic.watch);
	if (config->spectators && config->spectators->progress)
		config->spectators->progress(config->spectators->progress_context, 1, 1);
	clear(&nic);
}
