/* SPDX-License-Identifier: MIT */
/* The device: fetches of descriptors on one side, packets and their completions on the other. */
#include "timing/nic_state.h"

/* PCIe 2.2.7, 2.3.1.1: within 4 KiB, and no larger than both ends agreed on. */
static uint32_t part_of(const struct nic *nic, const struct nic_transfer *transfer)
{
	uint32_t largest =
		timing_count(nic->profile, transfer->access == NIC_DESCRIPTOR ? TIMING_MAX_READ : TIMING_MAX_PAYLOAD);
	uint32_t to_boundary = (uint32_t)(FRAME_BYTES - transfer->address % FRAME_BYTES);
	uint32_t bytes = transfer->left < largest ? transfer->left : largest;

	return bytes < to_boundary ? bytes : to_boundary;
}

/* What comes back with the end of a request: access, ring, and a number. */
static uint64_t tag_of(const struct nic_transfer *transfer, bool last)
{
	return (uint64_t)transfer->access << 62 | (uint64_t)last << 61 | (uint64_t)transfer->ring << 48 |
	       transfer->number;
}

/* False: the machine takes no more of it now. */
static bool send_parts(struct nic *nic, struct nic_transfer *transfer)
{
	while (transfer->left) {
		uint32_t bytes = part_of(nic, transfer);
		bool write = transfer->access != NIC_DESCRIPTOR;
		if (!timing_can_issue(nic->machine, write, bytes))
			return false;
		struct timing_dma dma = {
			.request = {.address = transfer->address,
				    .bytes = bytes,
				    .stream = TIMING_STREAM,
				    .pasid = PASID_NONE,
				    .op = write ? REQUEST_WRITE : REQUEST_READ},
			.number = tag_of(transfer, transfer->left == bytes),
			.dma_bytes = transfer->bytes,
			.more = transfer->left > bytes,
			.warm = true,
		};
		timing_issue(nic->machine, &dma);
		transfer->address += bytes;
		transfer->left -= bytes;
	}
	return true;
}

/* --- descriptors --- */

static uint32_t line_of(const struct nic *nic, const struct nic_ring *ring)
{
	uint32_t place = (uint32_t)(ring->asked % nic->config->ring), in_line = NIC_LINE / NIC_DESCRIPTOR_BYTES;
	uint32_t count = in_line - place % in_line;

	if (count > nic->config->ring - place)
		count = nic->config->ring - place;
	return count < ring->given - ring->asked ? count : (uint32_t)(ring->given - ring->asked);
}

static bool wants_descriptors(const struct nic_ring *ring)
{
	return ring->asked < ring->given && ring->asked - ring->used < NIC_FETCH_AHEAD && ring->fetches < NIC_FETCHES;
}

/* The next fetch. False: no ring wants one. */
static bool next_fetch(struct nic *nic)
{
	for (uint32_t i = 0; i < nic->config->cpus; i++) {
		uint32_t index = (nic->next_fetch + i) % nic->config->cpus;
		struct nic_ring *ring = &nic->rings[index];
		if (!wants_descriptors(ring))
			continue;
		uint32_t count = line_of(nic, ring);
		nic->fetch = (struct nic_transfer){
			.access = NIC_DESCRIPTOR,
			.ring = index,
			.left = count * NIC_DESCRIPTOR_BYTES,
			.bytes = count * NIC_DESCRIPTOR_BYTES,
			.address =
				nic_descriptors_at(nic, index) + ring->asked % nic->config->ring * NIC_DESCRIPTOR_BYTES,
			.number = count,
		};
		ring->asked += count;
		ring->fetches++;
		nic->next_fetch = index + 1;
		return true;
	}
	return false;
}

/* --- packets --- */

static void begin_completion(struct nic *nic)
{
	const struct nic_ring *ring = &nic->rings[nic->packet_now.ring];
	uint64_t place = (ring->used - 1) % nic->config->ring;

	nic->packet_now.access = NIC_COMPLETION;
	nic->packet_now.left = nic->packet_now.bytes = NIC_COMPLETION_BYTES;
	nic->packet_now.address = nic_completions_at(nic, nic->packet_now.ring) + place * NIC_COMPLETION_BYTES;
	nic->completes = false;
}

/* The next packet. False: there is no descriptor for one. */
static bool next_packet(struct nic *nic)
{
	for (uint32_t i = 0; i < nic->config->cpus; i++) {
		uint32_t index = (nic->next_packet + i) % nic->config->cpus;
		struct nic_ring *ring = &nic->rings[index];
		if (ring->used == ring->here)
			continue;
		nic->packet_now = (struct nic_transfer){
			.access = NIC_PAYLOAD,
			.ring = index,
			.left = nic->config->bytes,
			.bytes = nic->config->bytes,
			.address = nic_address(ring->buffers[ring->used % nic->config->ring].page),
			.number = ring->used % nic->config->ring,
		};
		ring->used++;
		nic->completes = true;
		nic->next_packet = index + 1;
		return true;
	}
	return false;
}

static void count_dry(struct nic *nic, bool dry)
{
	uint64_t now = timing_now(nic->machine);

	if (nic->dry_since && !dry) {
		nic->result->dry_ps += now - nic->dry_since;
		nic->dry_since = 0;
	} else if (!nic->dry_since && dry) {
		nic->dry_since = now;
	}
}

static void send_packets(struct nic *nic)
{
	do {
		if (!send_parts(nic, &nic->packet_now))
			return;
		if (nic->completes)
			begin_completion(nic);
		else if (!next_packet(nic)) {
			count_dry(nic, true);
			return;
		}
		count_dry(nic, false);
	} while (true);
}

void nic_send(struct nic *nic)
{
	while (send_parts(nic, &nic->fetch) && next_fetch(nic))
		;
	send_packets(nic);
}

/* --- what ends --- */

static void count_request(struct nic *nic, const struct timing_slot *slot, enum nic_access access)
{
	struct timing_nic_result *result = nic->result;
	uint64_t address = slot->dma.request.address;
	uint32_t page = (uint32_t)((address - TIMING_WINDOW) / FRAME_BYTES);

	result->requests[access]++;
	if (nic->config->without_iommu)
		return;
	if (slot->translation.result != TRANSLATE_OK)
		result->faults++;
	else if (slot->translation.pa != nic_frame(nic, page) + address % FRAME_BYTES)
		result->stale++;
	if (slot->merged)
		result->merged[access]++;
	else if (slot->translation.from_cache)
		result->hits[access]++;
	else
		result->walks[access]++;
}

void nic_ended(struct nic *nic, const struct timing_slot *slot)
{
	uint64_t tag = slot->dma.number, number = tag & 0xffffffff;
	enum nic_access access = (enum nic_access)(tag >> 62);
	uint32_t index = tag >> 48 & 0xfff;
	struct nic_ring *ring = &nic->rings[index];

	count_request(nic, slot, access);
	if (!(tag >> 61 & 1))
		return;
	if (access == NIC_DESCRIPTOR) {
		ring->here += number;
		ring->fetches--;
	} else if (access == NIC_COMPLETION) {
		ring->buffers[number].complete = timing_now(nic->machine);
		ring->done++;
		nic_cpu_wakes(nic, index);
	}
}
