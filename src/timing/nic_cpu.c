/* SPDX-License-Identifier: MIT */
/* The CPUs: rounds of unmapping, forgetting, handling and mapping. */
#include "timing/nic_state.h"

/* The CPUs begin at different packets, so that their unmaps are not all at once. */
static bool is_replaced(const struct nic *nic, uint32_t index, uint64_t count)
{
	uint32_t every = nic->config->every;

	return !nic->config->without_iommu && (count + (uint64_t)index * every / nic->config->cpus) % every == 0;
}

static uint64_t packet_at(const struct nic *nic, uint32_t index, uint32_t at)
{
	return nic->rings[index].taken + at;
}

static struct nic_buffer *buffer_at(const struct nic *nic, uint32_t index, uint32_t at)
{
	return &nic->rings[index].buffers[packet_at(nic, index, at) % nic->config->ring];
}

/* --- addresses --- */

static void put_back(struct nic_cpu *cpu, uint32_t page)
{
	cpu->spare[cpu->spare_count++] = page;
}

/* What was put aside before the last flush that is over began. */
static void take_back(struct nic *nic, struct nic_cpu *cpu)
{
	while (cpu->aside_count && cpu->aside[cpu->aside_first].flush < nic->flush_over) {
		put_back(cpu, cpu->aside[cpu->aside_first].page);
		cpu->aside_first = (cpu->aside_first + 1) % TIMING_FLUSH_ENTRIES;
		cpu->aside_count--;
	}
}

static void put_aside(struct nic *nic, struct nic_cpu *cpu, uint32_t page)
{
	IOSIM_ASSERT(cpu->aside_count < TIMING_FLUSH_ENTRIES);
	cpu->aside[(cpu->aside_first + cpu->aside_count++) % TIMING_FLUSH_ENTRIES] =
		(struct nic_aside){.page = page, .flush = nic->flush_begun, .since = timing_now(nic->machine)};
}

static bool has_to_flush(struct nic *nic, struct nic_cpu *cpu)
{
	take_back(nic, cpu);
	return cpu->aside_count == TIMING_FLUSH_ENTRIES ||
	       (cpu->aside_count && timing_now(nic->machine) - cpu->aside[cpu->aside_first].since >= TIMING_FLUSH_PS);
}

/* The entry is gone from the table; what happens to the address depends on the mode. */
static void unmap(struct nic *nic, uint32_t index)
{
	struct nic_cpu *cpu = &nic->states[index];
	uint32_t page = buffer_at(nic, index, cpu->at)->page;

	timing_host_unmap(&nic->host, nic_address(page));
	nic->result->unmaps++;
	if (nic->config->mode == NIC_LAZY)
		put_aside(nic, cpu, page);
	else
		cpu->forget.iova[cpu->forget.count++] = nic_address(page);
}

static void map(struct nic *nic, uint32_t index, uint32_t at)
{
	struct nic_cpu *cpu = &nic->states[index];
	uint32_t page = cpu->spare[--cpu->spare_count];

	nic->generation[page] = !nic->generation[page];
	timing_host_map(&nic->host, nic_address(page), nic_frame(nic, page));
	buffer_at(nic, index, at)->page = page;
	nic->result->maps++;
}

/* --- steps --- */

static void begin_round(struct nic *nic, uint32_t index)
{
	struct nic_cpu *cpu = &nic->states[index];
	const struct nic_ring *ring = &nic->rings[index];
	const struct timing_cpu_tally *tally = &nic->cpus.cpus[index].tally;
	uint64_t there = ring->done - ring->taken, most = nic->config->mode == NIC_BATCHED ? nic->config->batch : 1;

	cpu->step = there ? STEP_UNMAPS : STEP_IDLE;
	cpu->count = (uint32_t)(there < most ? there : most);
	cpu->at = 0;
	cpu->begun = timing_now(nic->machine);
	cpu->lock_ps = tally->lock_ps;
	cpu->wait_ps = tally->post_ps + tally->wait_ps;
	cpu->forget = (struct timing_forget){.count = 0};
}

static void report(struct nic *nic, uint32_t index)
{
	const struct nic_cpu *cpu = &nic->states[index];
	const struct timing_cpu_tally *tally = &nic->cpus.cpus[index].tally;

	for (uint32_t at = 0; nic->each && at < cpu->count; at++) {
		struct timing_nic_packet packet = {
			.cpu = index,
			.complete = buffer_at(nic, index, at)->complete,
			.taken = cpu->begun,
			.handled = timing_now(nic->machine),
			.lock_ps = tally->lock_ps - cpu->lock_ps,
			.wait_ps = tally->post_ps + tally->wait_ps - cpu->wait_ps,
		};
		nic->each(nic->context, &packet);
	}
	nic->handled += cpu->count;
}

/* Its next packet whose page is replaced. False: there is none. */
static bool next_replaced(const struct nic *nic, uint32_t index)
{
	struct nic_cpu *cpu = &nic->states[index];

	while (cpu->at < cpu->count && !is_replaced(nic, index, packet_at(nic, index, cpu->at)))
		cpu->at++;
	return cpu->at < cpu->count;
}

/* True: it has something to do in this step, and does it. */
static bool act(struct nic *nic, uint32_t index)
{
	struct nic_cpu *cpu = &nic->states[index];

	switch (cpu->step) {
	case STEP_UNMAPS:
	case STEP_MAPS:
		if (next_replaced(nic, index))
			timing_cpu_work(&nic->cpus, index, cpu->step == STEP_MAPS ? nic->map : nic->unmap);
		return cpu->at < cpu->count;
	case STEP_FORGETS:
		if (nic->config->mode == NIC_LAZY && !nic->config->without_iommu && has_to_flush(nic, cpu)) {
			cpu->forget.all = true;
			cpu->flush = ++nic->flush_begun;
		}
		if (!cpu->forget.all && cpu->forget.count == 0)
			return false;
		timing_cpu_invalidate(&nic->cpus, index, &cpu->forget);
		return true;
	case STEP_HANDLES:
		timing_cpu_work(&nic->cpus, index, nic->packet * cpu->count);
		return true;
	case STEP_ENTERS:
		if (nic->map_lock)
			timing_cpu_hold(&nic->cpus, index, nic->map_lock);
		return nic->map_lock != 0;
	case STEP_IDLE:
		break;
	}
	return false;
}

static void forgotten(struct nic *nic, struct nic_cpu *cpu)
{
	for (uint32_t i = 0; i < cpu->forget.count; i++)
		put_back(cpu, (uint32_t)((cpu->forget.iova[i] - TIMING_WINDOW) / FRAME_BYTES));
	if (!cpu->forget.all)
		return;
	nic->result->flushes++;
	if (nic->flush_over < cpu->flush)
		nic->flush_over = cpu->flush;
	take_back(nic, cpu);
}

/* The action of this step is over, or there was none to take: the step that follows. */
static void advance(struct nic *nic, uint32_t index, bool acted)
{
	struct nic_cpu *cpu = &nic->states[index];

	switch (cpu->step) {
	case STEP_UNMAPS:
		if (acted)
			unmap(nic, index);
		cpu->at += acted;
		cpu->step = acted ? STEP_UNMAPS : STEP_FORGETS;
		return;
	case STEP_FORGETS:
		if (acted)
			forgotten(nic, cpu);
		cpu->step = STEP_HANDLES;
		return;
	case STEP_HANDLES:
		report(nic, index);
		cpu->at = 0;
		cpu->step = STEP_MAPS;
		return;
	case STEP_MAPS:
		if (acted) {
			map(nic, index, cpu->at);
			cpu->step = STEP_ENTERS;
			return;
		}
		nic->rings[index].taken += cpu->count;
		nic->rings[index].given += cpu->count;
		begin_round(nic, index);
		return;
	case STEP_ENTERS:
		cpu->at++;
		cpu->step = STEP_MAPS;
		return;
	case STEP_IDLE:
		return;
	}
}

static void run(struct nic *nic, uint32_t index)
{
	const struct nic_cpu *cpu = &nic->states[index];

	while (cpu->step != STEP_IDLE && !act(nic, index))
		advance(nic, index, false);
}

void nic_cpu_goes_on(struct nic *nic, uint32_t index)
{
	advance(nic, index, true);
	run(nic, index);
}

void nic_cpu_wakes(struct nic *nic, uint32_t index)
{
	if (nic->states[index].step != STEP_IDLE)
		return;
	begin_round(nic, index);
	run(nic, index);
}

void nic_cpus_begin(struct nic *nic)
{
	for (uint32_t index = 0; index < nic->config->cpus; index++) {
		struct nic_cpu *cpu = &nic->states[index];
		uint32_t first = index * nic_ring_pages(nic->config), pages = nic_ring_pages(nic->config);
		uint32_t buffers = (uint32_t)((nic_completions_at(nic, index) - TIMING_WINDOW) / FRAME_BYTES) +
				   (nic->config->ring * NIC_COMPLETION_BYTES + FRAME_BYTES - 1) / FRAME_BYTES;
		for (uint32_t page = first + pages; page > buffers; page--)
			put_back(cpu, page - 1);
		for (uint32_t page = first; page < buffers && !nic->config->without_iommu; page++)
			timing_host_map(&nic->host, nic_address(page), nic_frame(nic, page));
		for (uint32_t place = 0; place < nic->config->ring; place++) {
			if (nic->config->without_iommu)
				buffer_at(nic, index, place)->page = cpu->spare[--cpu->spare_count];
			else
				map(nic, index, place);
		}
		nic->rings[index].given = nic->config->ring;
	}
	nic->result->maps = 0;
}
