/* SPDX-License-Identifier: MIT */
#include "hw/interrupts.h"

#include <glib.h>
#include <string.h>

#define VECTORS_PER_DESTINATION (INTERRUPT_VECTOR_LAST - INTERRUPT_VECTOR_FIRST + 1)
#define VECTOR_LEGAL            16u /* Intel SDM 3A 12.5.2: the APIC takes none below */
#define DESTINATION_ALL         0xffu
#define FLAT_APICS              8u
#define TRANSLATER_OFFSET       0x40u

enum delivery { DELIVERY_FIXED, DELIVERY_LOWEST, DELIVERY_SMI, DELIVERY_NMI = 4, DELIVERY_INIT, DELIVERY_EXTINT = 7 };

/* State: an entry of the ITS's table, which is sorted by the first two. */
struct its_entry {
	uint32_t device_id, event_id;
	uint32_t ordinal; /* of the vector */
};

struct its_table {
	uint32_t count;
	struct its_entry entries[INTERRUPTS_ITS_MAX];
};

struct interrupts {
	struct arena *arena;
	const struct machine *machine;
	uint32_t *first; /* per device, and one more: ordinal of its first vector */
	uint32_t count;
	struct its_table *its;
	uint64_t *raised; /* by ordinal; statistics */
};

static size_t table_bytes(uint32_t entries)
{
	return offsetof(struct its_table, entries) + entries * sizeof(struct its_entry);
}

struct interrupts *interrupts_new(struct arena *arena, const struct machine *machine)
{
	struct interrupts *interrupts = g_new0(struct interrupts, 1);
	uint32_t count = 0;

	interrupts->arena = arena;
	interrupts->machine = machine;
	interrupts->first = g_new0(uint32_t, machine->device_count + 1);
	for (uint32_t i = 0; i < machine->device_count; i++) {
		uint32_t room = INTERRUPTS_MAX - count, asked = machine->devices[i].vectors;
		interrupts->first[i] = count;
		count += asked < room ? asked : room;
	}
	interrupts->first[machine->device_count] = count;
	interrupts->count = count;
	interrupts->its = arena_block(arena, "ITS table", sizeof(*interrupts->its), ARENA_HASHED);
	arena_block_used(arena, interrupts->its, table_bytes(0));
	interrupts->raised =
		arena_block(arena, "interrupts raised", (count + 1) * sizeof(*interrupts->raised), ARENA_UNHASHED);
	return interrupts;
}

void interrupts_free(struct interrupts *interrupts)
{
	if (!interrupts)
		return;
	g_free(interrupts->first);
	g_free(interrupts);
}

static bool ordinal_of(const struct interrupts *interrupts, uint16_t device, uint32_t index, uint32_t *ordinal)
{
	if (device >= interrupts->machine->device_count)
		return false;
	*ordinal = interrupts->first[device] + index;
	return index < interrupts->first[device + 1] - interrupts->first[device];
}

/* The device whose vectors hold the ordinal: the last that begins at or before it and has any. */
static struct interrupt_target target_of(const struct interrupts *interrupts, uint32_t ordinal)
{
	uint32_t low = 0, high = interrupts->machine->device_count;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (interrupts->first[middle] <= ordinal)
			low = middle;
		else
			high = middle;
	}
	return (struct interrupt_target){.device = (uint16_t)low, .index = ordinal - interrupts->first[low]};
}

static bool is_arm(const struct machine *machine, uint16_t device)
{
	uint16_t unit = machine->devices[device].iommu;

	return unit != MACHINE_NONE && machine->iommus[unit].kind == IOMMU_SMMUV3;
}

bool interrupts_identity(const struct interrupts *interrupts, uint16_t device, uint32_t index, uint8_t *vector,
			 uint32_t *destination)
{
	uint32_t ordinal;

	if (!ordinal_of(interrupts, device, index, &ordinal))
		return false;
	if (is_arm(interrupts->machine, device)) {
		*vector = 0;
		*destination = index;
		return true;
	}
	*vector = (uint8_t)(INTERRUPT_VECTOR_FIRST + ordinal % VECTORS_PER_DESTINATION);
	*destination = ordinal / VECTORS_PER_DESTINATION;
	return true;
}

/* Where the entry is, or would be. */
static uint32_t its_place(const struct its_table *its, uint32_t device_id, uint32_t event_id)
{
	uint64_t key = (uint64_t)device_id << 32 | event_id;
	uint32_t low = 0, high = its->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct its_entry *entry = &its->entries[middle];
		if (((uint64_t)entry->device_id << 32 | entry->event_id) < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool its_has(const struct its_table *its, uint32_t place, uint32_t device_id, uint32_t event_id)
{
	return place < its->count && its->entries[place].device_id == device_id &&
	       its->entries[place].event_id == event_id;
}

bool interrupts_its_map(struct interrupts *interrupts, uint32_t device_id, uint32_t event_id, uint16_t device,
			uint32_t index)
{
	struct its_table *its = interrupts->its;
	uint32_t place = its_place(its, device_id, event_id);
	uint32_t ordinal;

	if (!ordinal_of(interrupts, device, index, &ordinal))
		return false;
	if (!its_has(its, place, device_id, event_id)) {
		if (its->count == INTERRUPTS_ITS_MAX)
			return false;
		arena_block_used(interrupts->arena, its, table_bytes(its->count + 1));
		memmove(&its->entries[place + 1], &its->entries[place], (its->count - place) * sizeof(*its->entries));
		its->count++;
	}
	its->entries[place] = (struct its_entry){device_id, event_id, ordinal};
	return true;
}

void interrupts_its_unmap(struct interrupts *interrupts, uint32_t device_id, uint32_t event_id)
{
	struct its_table *its = interrupts->its;
	uint32_t place = its_place(its, device_id, event_id);

	if (!its_has(its, place, device_id, event_id))
		return;
	its->count--;
	memmove(&its->entries[place], &its->entries[place + 1], (its->count - place) * sizeof(*its->entries));
	memset(&its->entries[its->count], 0, sizeof(*its->entries));
	arena_block_used(interrupts->arena, its, table_bytes(its->count));
}

uint64_t interrupts_doorbell(const struct interrupts *interrupts)
{
	(void)interrupts;
	return LAYOUT_ITS_TRANSLATER;
}

static bool raise_ordinal(struct interrupts *interrupts, uint32_t ordinal, struct interrupt_target *target)
{
	interrupts->raised[ordinal]++;
	if (target->device == MACHINE_NONE)
		*target = target_of(interrupts, ordinal);
	return true;
}

/* One APIC: the vector there, if it is a declared device's. */
static void raise_at(struct interrupts *interrupts, uint32_t apic, uint8_t vector, struct interrupt_target *target)
{
	uint64_t ordinal = (uint64_t)apic * VECTORS_PER_DESTINATION + vector - INTERRUPT_VECTOR_FIRST;

	if (ordinal < interrupts->count &&
	    !is_arm(interrupts->machine, target_of(interrupts, (uint32_t)ordinal).device))
		raise_ordinal(interrupts, (uint32_t)ordinal, target);
}

static bool named(const struct interrupt *message, uint32_t apic)
{
	if (message->destination == DESTINATION_ALL)
		return true;
	return apic < FLAT_APICS && message->destination >> apic & 1;
}

static bool raise_apic(struct interrupts *interrupts, const struct interrupt *message, struct interrupt_target *target)
{
	uint32_t apics = (interrupts->count + VECTORS_PER_DESTINATION - 1) / VECTORS_PER_DESTINATION;
	bool single = !message->logical && message->destination != DESTINATION_ALL;

	if (message->posted && !message->notified)
		return false;
	if (message->delivery_mode > DELIVERY_LOWEST)
		return message->delivery_mode == DELIVERY_SMI || message->delivery_mode == DELIVERY_NMI ||
		       message->delivery_mode == DELIVERY_INIT || message->delivery_mode == DELIVERY_EXTINT;
	if (message->vector < VECTOR_LEGAL)
		return false;
	if (message->vector < INTERRUPT_VECTOR_FIRST || message->vector > INTERRUPT_VECTOR_LAST)
		return true;
	if (single)
		raise_at(interrupts, message->destination, message->vector, target);
	for (uint32_t apic = 0; apic < apics && !single; apic++)
		if (named(message, apic))
			raise_at(interrupts, apic, message->vector, target);
	return true;
}

static bool raise_its(struct interrupts *interrupts, const struct interrupt *message, struct interrupt_target *target)
{
	const struct its_table *its = interrupts->its;
	uint32_t place = its_place(its, message->device_id, message->data);

	return message->address == LAYOUT_ITS_TRANSLATER + TRANSLATER_OFFSET &&
	       its_has(its, place, message->device_id, message->data) &&
	       raise_ordinal(interrupts, its->entries[place].ordinal, target);
}

bool interrupts_raise(struct interrupts *interrupts, enum iommu_kind kind, const struct interrupt *message,
		      struct interrupt_target *target)
{
	*target = (struct interrupt_target){.device = MACHINE_NONE};
	if (kind == IOMMU_SMMUV3)
		return raise_its(interrupts, message, target);
	return raise_apic(interrupts, message, target);
}

uint64_t interrupts_raised(const struct interrupts *interrupts, uint16_t device, uint32_t index)
{
	uint32_t ordinal;

	return ordinal_of(interrupts, device, index, &ordinal) ? interrupts->raised[ordinal] : 0;
}
