/* SPDX-License-Identifier: MIT */
#include "timing/alone.h"

#define TRANSLATION_BYTES 8 /* of a completion with one translation (PCIe 10.2.3) */

/* Each packet by itself: a link moves whole picoseconds. */
static uint64_t move_ps(const struct timing_profile *profile, uint64_t bytes)
{
	return (uint64_t)((double)bytes * 1000 / timing_link_bytes_per_ns(profile) + 0.5);
}

static uint64_t ps_of(const struct timing_profile *profile, enum timing_number number)
{
	return timing_ps(profile->value[number]);
}

/* The way up of a request of at most `largest` bytes a packet, with `header` each. */
static uint64_t up_ps(const struct timing_profile *profile, bool write, uint32_t bytes)
{
	uint32_t largest = timing_count(profile, write ? TIMING_MAX_PAYLOAD : TIMING_MAX_READ), left = bytes;
	uint32_t header = timing_count(profile, write ? TIMING_WRITE_HEADER : TIMING_READ_HEADER);
	uint64_t sum = 0;

	do {
		uint32_t packet = left < largest ? left : largest;
		sum += move_ps(profile, header + (write ? packet : 0));
		left -= packet;
	} while (left > 0);
	return sum + ps_of(profile, TIMING_PROPAGATION);
}

static uint64_t down_ps(const struct timing_profile *profile, uint32_t bytes)
{
	uint32_t largest = timing_count(profile, TIMING_MAX_PAYLOAD);
	uint32_t packets = bytes ? (bytes + largest - 1) / largest : 1;

	return move_ps(profile, bytes + (uint64_t)packets * timing_count(profile, TIMING_COMPLETION_HEADER)) +
	       ps_of(profile, TIMING_PROPAGATION);
}

static void translate(struct timing_alone *sum, const struct timing_profile *profile, struct memory *memory,
		      struct iommu *unit, const struct request *request, struct translation *out)
{
	struct iommu_lookup room;
	struct memory_ask *ask = unit->ops->begin(unit, request, &room, out);

	sum->part_ps[PART_LOOKUP] += ps_of(profile, TIMING_LOOKUP);
	sum->walks += ask != NULL;
	for (; ask; ask = unit->ops->resume(unit, &room, out)) {
		if (ask->bytes > sizeof(uint64_t))
			sum->configuration_references++;
		else
			sum->references++;
		sum->part_ps[PART_WALK] += ps_of(profile, TIMING_TABLE);
		memory_ask_answer(memory, ask);
	}
}

void timing_alone_add(struct timing_alone *sum, const struct timing_profile *profile, struct memory *memory,
		      struct iommu *unit, const struct request *request, struct translation *out)
{
	bool write = request_is_write(request), asks = request->at == AT_TRANSLATION_REQUEST;

	sum->requests++;
	sum->part_ps[PART_QUEUE] += up_ps(profile, write, asks ? 0 : request->bytes);
	if (unit)
		translate(sum, profile, memory, unit, request, out);
	bool reaches = !unit || out->result == TRANSLATE_OK;
	uint64_t pass = ps_of(profile, TIMING_PASS);
	if (asks) {
		sum->part_ps[PART_DRAIN] += pass + down_ps(profile, reaches ? TRANSLATION_BYTES : 0);
	} else if (write) {
		sum->part_ps[PART_DRAIN] += pass;
	} else {
		uint32_t bytes = reaches ? request->bytes : 0;
		sum->part_ps[PART_MEMORY] += pass + (reaches ? ps_of(profile, TIMING_DATA) : 0);
		sum->part_ps[PART_DRAIN] += down_ps(profile, bytes) + ps_of(profile, TIMING_READ_OVERHEAD) +
					    (uint64_t)(profile->value[TIMING_READ_BYTE] * 1000 * bytes);
	}
}

uint64_t timing_alone_ps(const struct timing_alone *sum)
{
	uint64_t all = 0;

	for (unsigned part = 0; part < TIMING_PARTS; part++)
		all += sum->part_ps[part];
	return all;
}
