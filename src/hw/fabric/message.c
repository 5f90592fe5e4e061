/* SPDX-License-Identifier: MIT */
#include "hw/fabric/message.h"

#include "hw/fabric/state.h"

#define MESSAGE_BYTES                       4u
#define MESSAGE_DATA_BITS(data, lsb, width) ((data) >> (lsb) & ((1u << (width)) - 1))

void fabric_set_interrupts(struct fabric *fabric, struct interrupts *interrupts)
{
	fabric->interrupts = interrupts;
}

void fabric_set_clock(struct fabric *fabric, const struct fabric_clock *clock)
{
	fabric->clock = clock;
}

/* Whose interrupt controller a request meets: its unit's; without a unit that of the machine, which is Arm's if any is.
 */
static enum iommu_kind platform_kind(const struct machine *machine, uint16_t iommu)
{
	if (iommu != MACHINE_NONE)
		return machine->iommus[iommu].kind;
	for (uint32_t i = 0; i < machine->iommu_count; i++)
		if (machine->iommus[i].kind == IOMMU_SMMUV3)
			return IOMMU_SMMUV3;
	return IOMMU_NONE;
}

void hit_interrupt(const struct fabric *fabric, uint16_t iommu, const struct interrupt *message, struct hit *hit)
{
	struct interrupt_target target = {.device = MACHINE_NONE};

	hit->kind = HIT_INTERRUPT;
	hit->reason = REASON_NONE;
	hit->interrupt = *message;
	if (fabric->interrupts)
		hit->raised =
			interrupts_raise(fabric->interrupts, platform_kind(fabric->machine, iommu), message, &target);
	hit->raised_device = target.device;
	hit->raised_index = target.index;
}

void fabric_raise(struct fabric *fabric, uint16_t iommu, const struct interrupt *message)
{
	struct interrupt_target target;

	if (fabric->interrupts)
		interrupts_raise(fabric->interrupts, platform_kind(fabric->machine, iommu), message, &target);
}

/* Nothing answers there. */
static void hit_nobody(struct hit *hit)
{
	hit->kind = HIT_NOTHING;
	hit->reason = REASON_NO_TARGET;
}

static bool is_message(const struct request *request, uint64_t pa)
{
	return request->bytes == MESSAGE_BYTES && pa % MESSAGE_BYTES == 0;
}

/* Compatibility format: Intel SDM 3A 12.11.1 (address) and 12.11.2 (data). */
static struct interrupt compatibility_message(uint64_t pa, uint32_t data)
{
	return (struct interrupt){
		.address = pa,
		.data = data,
		.destination = (uint32_t)(pa >> 12 & 0xff),
		.redirection_hint = pa >> 3 & 1,
		.logical = pa >> 2 & 1,
		.vector = (uint8_t)data,
		.delivery_mode = (uint8_t)MESSAGE_DATA_BITS(data, 8, 3),
		.level_triggered = MESSAGE_DATA_BITS(data, 15, 1),
	};
}

static bool hit_apic(const struct fabric *fabric, const struct request *request, uint16_t iommu, uint64_t pa,
		     struct hit *hit)
{
	uint64_t first, last;

	machine_msi_window(fabric->machine, iommu, &first, &last);
	if (pa < first || pa > last)
		return false;
	if (!hit->posted) {
		hit_nobody(hit);
		return true;
	}
	if (is_message(request, pa)) {
		struct interrupt message = compatibility_message(pa, request->data);
		hit_interrupt(fabric, iommu, &message, hit);
		return true;
	}
	hit->kind = HIT_INTERRUPT;
	hit->reason = REASON_NONE;
	return true;
}

static bool hit_its(const struct fabric *fabric, const struct request *request, uint16_t iommu, uint64_t pa,
		    struct hit *hit)
{
	uint64_t doorbell;

	if (!fabric->interrupts)
		return false;
	doorbell = interrupts_doorbell(fabric->interrupts);
	if (pa / FRAME_BYTES != doorbell / FRAME_BYTES)
		return false;
	if (hit->posted && is_message(request, pa) && pa == doorbell + INTERRUPTS_TRANSLATER_OFFSET) {
		struct interrupt message = {.address = pa, .data = request->data, .device_id = hit->stream};
		hit_interrupt(fabric, iommu, &message, hit);
	} else {
		hit_nobody(hit);
	}
	return true;
}

/*
 * An SMMUv3's interrupt window is of IOVAs: what a message is translated to is the doorbell's own address, and
 * FEEx_xxxxh is nothing special there.
 */
bool hit_message(const struct fabric *fabric, const struct request *request, uint16_t iommu, uint64_t pa,
		 struct hit *hit)
{
	if (platform_kind(fabric->machine, iommu) == IOMMU_SMMUV3)
		return hit_its(fabric, request, iommu, pa, hit);
	return hit_apic(fabric, request, iommu, pa, hit);
}
