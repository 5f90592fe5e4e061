/* SPDX-License-Identifier: MIT */
/*
 * The interrupt controller behind the IOMMUs: who may raise which vector, and what was raised. Two kinds, as IOMMUs
 * come with them: x86 local APICs, which take any message with a vector and a destination, and an Arm ITS, which looks
 * up (DeviceID, EventID) in its table (IHI 0069 5.2) and ignores what it does not find.
 *
 * A vector is one of a device's, (device, index) of the machine. The kernel gives each an identity that hardware knows
 * it by: a (destination, vector) pair of APICs, a DeviceID and EventID of the ITS. State is in the arena.
 */
#ifndef IOSIM_HW_INTERRUPTS_H
#define IOSIM_HW_INTERRUPTS_H

#include "base/arena.h"
#include "hw/message.h"
#include "machine/machine.h"

#include <stdbool.h>
#include <stdint.h>

/* Vectors that software may use are those from 32 on (Intel SDM 3A 7.2). */
#define INTERRUPT_VECTOR_FIRST 32u
#define INTERRUPT_VECTOR_LAST  254u

/* Of GITS_TRANSLATER in the doorbell page (IHI 0069 12.19.9). */
#define INTERRUPTS_TRANSLATER_OFFSET 0x40u

struct interrupts;

/* A vector of the machine that an interrupt message raised; device MACHINE_NONE: of nobody that was declared. */
struct interrupt_target {
	uint16_t device;
	uint32_t index; /* of the device's vectors */
};

/*
 * For `vectors` of all devices together (the sum of machine_device.vectors), of which the first INTERRUPTS_MAX have an
 * identity. The machine must live as long.
 */
#define INTERRUPTS_MAX 65536u
struct interrupts *interrupts_new(struct arena *arena, const struct machine *machine);
void interrupts_free(struct interrupts *interrupts);

/*
 * The identity of a device's vector, assigned in declaration order: x86 the vector and (physical) destination that the
 * kernel allocates, Arm the EventID, which is the index: *destination is the EventID, *vector is 0. Which of both the
 * kind of the device's IOMMU decides. False: there is no such vector.
 */
bool interrupts_identity(const struct interrupts *interrupts, uint16_t device, uint32_t index, uint8_t *vector,
			 uint32_t *destination);
/*
 * Arm: the ITS's table has (DeviceID, EventID) -> the vector from here on, or not any more. False: there is no such
 * vector, or the table (INTERRUPTS_ITS_MAX) is full.
 */
#define INTERRUPTS_ITS_MAX 65536u
bool interrupts_its_map(struct interrupts *interrupts, uint32_t device_id, uint32_t event_id, uint16_t device,
			uint32_t index);
void interrupts_its_unmap(struct interrupts *interrupts, uint32_t device_id, uint32_t event_id);
/* The page of the ITS that devices write EventIDs to (GITS_TRANSLATER, IHI 0069 12.19), at offset 0x40 of it. */
uint64_t interrupts_doorbell(const struct interrupts *interrupts);

/*
 * A message arrives: true if it raised something; *target says what.
 *
 * x86: delivery modes fixed and lowest priority raise `vector` at each APIC that `destination` names: physical IDs (ffh
 * is all), or a bit per APIC ID below 8 (flat logical IDs, SDM 3A 12.6.2.2); *target is the first declared one. Vectors
 * below 16 are illegal there. SMI, NMI, INIT and ExtINT raise what is nobody's vector. What was posted raises what the
 * notification raises. Arm: see above; a message to another address than GITS_TRANSLATER raises nothing.
 */
bool interrupts_raise(struct interrupts *interrupts, enum iommu_kind kind, const struct interrupt *message,
		      struct interrupt_target *target);
/* How often it was raised. */
uint64_t interrupts_raised(const struct interrupts *interrupts, uint16_t device, uint32_t index);

#endif
