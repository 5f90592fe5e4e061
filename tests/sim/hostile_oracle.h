/* SPDX-License-Identifier: MIT */
/*
 * What the random test of hostile devices knows by itself: plain arrays, filled from what successful calls asked for,
 * and the contents of memory. It sees neither the model nor what hardware said about a request.
 */
#ifndef IOSIM_TESTS_SIM_HOSTILE_ORACLE_H
#define IOSIM_TESTS_SIM_HOSTILE_ORACLE_H

#include "sim/step.h"
#include "sim/world.h"

#include <stdbool.h>
#include <string.h>

#define ORACLE_OBJECTS 8
#define ORACLE_DEVICES 4
#define ORACLE_PASIDS  4 /* 0 to 3 */
#define ORACLE_GRANTS  64
#define ORACLE_GIVEN   256
#define NOBODY         UINT16_MAX
#define NO_OBJECT      UINT16_MAX

struct oracle_grant { /* of the DMA API: by handle */
	bool live;
	uint16_t owner, device, object;
	uint32_t slot;
	bool write;
};

struct oracle_given {
	uint16_t device, object;
	uint32_t pasid;
	bool write;
};

struct oracle {
	uint16_t owner_of[ORACLE_OBJECTS];
	bool read_only[ORACLE_OBJECTS]; /* somebody mapped it for reading once */
	uint16_t driven_by[ORACLE_DEVICES], last[ORACLE_DEVICES];
	uint16_t pasid_of[ORACLE_DEVICES][ORACLE_PASIDS], pasid_last[ORACLE_DEVICES][ORACLE_PASIDS];
	bool kernel[8]; /* the owner drove a device as a kernel driver */
	struct oracle_grant grants[ORACLE_GRANTS];
	unsigned grant_count;
	struct oracle_given given[ORACLE_GIVEN]; /* translations, ever */
	unsigned given_count;
};

static inline uint64_t oracle_name(unsigned object)
{
	return UINT64_C(0x4e414d4500000000) + object; /* "NAME" */
}

static inline void oracle_begin(struct oracle *oracle, struct world *world)
{
	const struct machine *machine = world->machine;

	memset(oracle, 0, sizeof(*oracle));
	for (unsigned i = 0; i < machine->memory_count; i++) {
		oracle->owner_of[i] = machine->memories[i].owner;
		memory_write64(world->memory, machine->memories[i].hpa, oracle_name(i));
	}
	for (unsigned i = 0; i < machine->device_count; i++) {
		oracle->driven_by[i] = machine->devices[i].driver == DRIVER_HOST ? MACHINE_HOST : NOBODY;
		oracle->last[i] = MACHINE_HOST;
		for (unsigned j = 0; j < ORACLE_PASIDS; j++)
			oracle->pasid_of[i][j] = oracle->pasid_last[i][j] = NOBODY;
	}
}

static inline void oracle_end_pasid(struct oracle *oracle, uint16_t device, unsigned pasid)
{
	if (oracle->pasid_of[device][pasid] != NOBODY)
		oracle->pasid_last[device][pasid] = oracle->pasid_of[device][pasid];
	oracle->pasid_of[device][pasid] = NOBODY;
}

static inline void oracle_lose(struct oracle *oracle, uint16_t device)
{
	oracle->driven_by[device] = NOBODY;
	for (unsigned i = 0; i < ORACLE_PASIDS; i++)
		oracle_end_pasid(oracle, device, i);
}

static inline void oracle_bind(struct oracle *oracle, uint16_t device, uint32_t pasid, uint16_t owner)
{
	oracle_end_pasid(oracle, device, pasid);
	oracle->pasid_of[device][pasid] = owner;
}

/* For whom the device works that nobody programs now. */
static inline uint16_t oracle_works_for(const struct oracle *oracle, uint16_t device, uint32_t pasid)
{
	uint16_t owner = NOBODY;

	if (pasid < ORACLE_PASIDS)
		owner = oracle->pasid_of[device][pasid];
	if (pasid < ORACLE_PASIDS && owner == NOBODY)
		owner = oracle->pasid_last[device][pasid];
	if (owner == NOBODY)
		owner = oracle->driven_by[device];
	return owner == NOBODY ? oracle->last[device] : owner;
}

static inline bool oracle_may(const struct oracle *oracle, uint16_t owner, uint16_t object, bool write)
{
	if (oracle->owner_of[object] == owner)
		return true;
	for (unsigned i = 0; i < oracle->grant_count; i++) {
		const struct oracle_grant *grant = &oracle->grants[i];
		if (grant->live && grant->owner == owner && grant->object == object && (grant->write || !write))
			return true;
	}
	return false;
}

static inline bool oracle_was_given(const struct oracle *oracle, uint16_t device, uint32_t pasid, uint16_t object,
				    bool write)
{
	for (unsigned i = 0; i < oracle->given_count; i++) {
		const struct oracle_given *given = &oracle->given[i];
		if (given->device == device && given->pasid == pasid && given->object == object &&
		    (given->write || !write))
			return true;
	}
	return false;
}

/* What the payload says after a step: the object that was read or written; NO_OBJECT: none. Names are put back. */
static inline uint16_t oracle_touched(struct world *world, const uint8_t *payload, uint64_t canary, bool *write)
{
	uint64_t word;

	memcpy(&word, payload, sizeof(word));
	*write = false;
	for (unsigned i = 0; word != canary && i < world->machine->memory_count; i++)
		if (word == oracle_name(i))
			return (uint16_t)i;
	for (unsigned i = 0; i < world->machine->memory_count; i++) {
		uint64_t hpa = world->machine->memories[i].hpa, now = 0;

		memory_read64(world->memory, hpa, &now);
		if (now == oracle_name(i))
			continue;
		memory_write64(world->memory, hpa, oracle_name(i));
		*write = true;
		return (uint16_t)i;
	}
	return NO_OBJECT;
}

/* --- what a successful step means --- */

static inline void oracle_grant(struct oracle *oracle, const struct step *step)
{
	if (oracle->grant_count == ORACLE_GRANTS)
		return;
	oracle->grants[oracle->grant_count++] = (struct oracle_grant){.live = true,
								      .owner = step->by,
								      .device = step->with.device,
								      .object = (uint16_t)step->with.to.index,
								      .slot = step->as,
								      .write = step->with.access & ACCESS_WRITE};
}

static inline void oracle_ungrant(struct oracle *oracle, uint16_t device, uint32_t slot)
{
	for (unsigned i = 0; i < oracle->grant_count; i++)
		if (oracle->grants[i].live &&
		    (slot ? oracle->grants[i].slot == slot : oracle->grants[i].device == device))
			oracle->grants[i].live = false;
}

static inline void oracle_given(struct oracle *oracle, const struct world *world, const struct step *step)
{
	const struct slot *slot = &world->slots[step->as - 1];

	for (unsigned i = 0; i < world->machine->memory_count && oracle->given_count < ORACLE_GIVEN; i++)
		if (slot->iova >> 12 == world->machine->memories[i].hpa >> 12)
			oracle->given[oracle->given_count++] = (struct oracle_given){
				.device = step->with.device,
				.object = (uint16_t)i,
				.pasid = step->with.pasid.base == PASID_NUMBER ? step->with.pasid.value : PASID_NONE,
				.write = true};
}

/* A device with a page request interface asks for translations by itself: it may have been given what its owner has. */
static inline void oracle_asked_itself(struct oracle *oracle, uint16_t device, uint32_t pasid, uint16_t owner)
{
	for (unsigned i = 0; i < ORACLE_OBJECTS && oracle->given_count < ORACLE_GIVEN; i++)
		if (oracle->owner_of[i] == owner && !oracle_was_given(oracle, device, pasid, (uint16_t)i, true))
			oracle->given[oracle->given_count++] = (struct oracle_given){
				.device = device, .object = (uint16_t)i, .pasid = pasid, .write = true};
}

static inline void oracle_exit(struct oracle *oracle, uint16_t owner)
{
	for (unsigned i = 0; i < ORACLE_DEVICES; i++) {
		if (oracle->driven_by[i] == owner)
			oracle_lose(oracle, (uint16_t)i);
		for (unsigned j = 0; j < ORACLE_PASIDS; j++)
			if (oracle->pasid_of[i][j] == owner)
				oracle_end_pasid(oracle, (uint16_t)i, j);
	}
	for (unsigned i = 0; i < oracle->grant_count; i++)
		oracle->grants[i].live &= oracle->grants[i].owner != owner;
}

static inline void oracle_ownership(struct oracle *oracle, const struct step *step, bool kernel)
{
	uint16_t device = step->with.device;

	switch (step->operation) {
	case OP_TAKE:
	case OP_DRIVER_BIND:
		if (oracle->driven_by[device] != step->by)
			oracle_lose(oracle, device);
		oracle->driven_by[device] = step->by;
		oracle->kernel[step->by] |= kernel || step->operation == OP_DRIVER_BIND;
		break;
	case OP_RELEASE:
	case OP_DRIVER_UNBIND:
		oracle_lose(oracle, device);
		oracle_ungrant(oracle, device, 0);
		break;
	case OP_EXIT:
		oracle_exit(oracle, step->by);
		break;
	default:
		break;
	}
	for (unsigned i = 0; i < ORACLE_DEVICES; i++)
		if (oracle->driven_by[i] != NOBODY)
			oracle->last[i] = oracle->driven_by[i];
}

/* The step succeeded. `kernel`: users are kernel drivers. */
static inline void oracle_learn(struct oracle *oracle, const struct world *world, const struct step *step, bool kernel)
{
	const struct operands *with = &step->with;

	switch (step->operation) {
	case OP_SVA_BIND:
		oracle_bind(oracle, with->device, with->pasid.value, with->owner);
		break;
	case OP_SVA_UNBIND:
		oracle_end_pasid(oracle, with->device, with->pasid.value);
		break;
	case OP_ATTACH:
	case OP_REPLACE:
		if (with->pasid.base == PASID_NUMBER)
			oracle_bind(oracle, with->device, with->pasid.value, step->by);
		break;
	case OP_DETACH:
		if (with->pasid.base == PASID_NUMBER)
			oracle_end_pasid(oracle, with->device, with->pasid.value);
		break;
	case OP_MAP:
		oracle->read_only[with->to.index] |= !(with->access & ACCESS_WRITE);
		break;
	case OP_DMA_MAP:
		oracle->read_only[with->to.index] |= !(with->access & ACCESS_WRITE);
		if (step->as)
			oracle_grant(oracle, step);
		break;
	case OP_DMA_UNMAP:
		oracle_ungrant(oracle, MACHINE_NONE, with->handle + 1);
		break;
	case OP_REUSE:
		oracle->owner_of[with->to.index] = with->owner;
		break;
	case OP_ATS:
		if (step->as)
			oracle_given(oracle, world, step);
		break;
	default:
		oracle_ownership(oracle, step, kernel);
	}
}

#endif
