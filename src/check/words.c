/* SPDX-License-Identifier: MIT */
#include "check/words.h"

#include <inttypes.h>
#include <stdio.h>

struct words words_where(const struct check_event *event)
{
	struct words words;
	if (event->label && event->label[0])
		snprintf(words.text, sizeof(words.text), "at '%s'", event->label);
	else
		snprintf(words.text, sizeof(words.text), "in step %" PRIu32, event->step);
	return words;
}

struct words words_owned(const struct check *check, uint16_t device)
{
	struct words words;
	snprintf(words.text, sizeof(words.text), "%s (owned by %s)", check_device_name(check, device),
		 check_owner_name(check, model_owner(check_model(check), device)));
	return words;
}

struct words words_sender(const struct check *check, uint16_t device, uint16_t originator)
{
	struct words words;
	uint16_t owner = model_owner(check_model(check), device);
	if (owner == originator)
		return words_owned(check, device);
	snprintf(words.text, sizeof(words.text), "%s (owned by %s, set up by %s)", check_device_name(check, device),
		 check_owner_name(check, owner), check_owner_name(check, originator));
	return words;
}

/* "+0x10", or nothing. */
static struct words offset_words(uint64_t offset)
{
	struct words words = {.text = ""};
	if (offset)
		snprintf(words.text, sizeof(words.text), "+0x%" PRIx64, offset);
	return words;
}

struct words words_target(const struct check *check, struct model_target target)
{
	const struct machine *machine = check_machine(check);
	const struct model *model = check_model(check);
	struct words words;

	switch (target.kind) {
	case MODEL_MEMORY:
		snprintf(words.text, sizeof(words.text), "'%s'%.24s of %s", machine->memories[target.index].name,
			 offset_words(target.offset).text,
			 check_owner_name(check, model_memory_owner(model, target.index)));
		return words;
	case MODEL_BAR: {
		const struct machine_bar *bar = &machine->bars[target.index];
		snprintf(words.text, sizeof(words.text), "%s%.24s (owned by %s)", bar->name,
			 offset_words(target.offset).text, check_owner_name(check, model_owner(model, bar->device)));
		return words;
	}
	case MODEL_FIRMWARE:
		snprintf(words.text, sizeof(words.text), "firmware range '%s'%.24s",
			 machine->reserved[target.index].name, offset_words(target.offset).text);
		return words;
	case MODEL_NOTHING:
		break;
	}
	snprintf(words.text, sizeof(words.text), "the kernel's own memory");
	return words;
}

struct words words_requester(const struct check *check, uint16_t device)
{
	struct words words;
	const struct machine_device *row = &check_machine(check)->devices[device];
	uint32_t id = model_requester(check_model(check), device);
	if (row->kind == DEVICE_PLATFORM)
		snprintf(words.text, sizeof(words.text), "stream 0x%" PRIx32, id);
	else
		snprintf(words.text, sizeof(words.text), "%04x:%02x:%02x.%x", row->segment, (unsigned)(id >> 8 & 0xff),
			 (unsigned)(id >> 3 & 0x1f), (unsigned)(id & 7));
	return words;
}

const char *words_access(const struct request *request)
{
	switch (request->op) {
	case REQUEST_READ:
		return "read";
	case REQUEST_WRITE:
		return "wrote";
	default:
		return "updated";
	}
}

const char *words_serving(enum check_serving serving)
{
	switch (serving) {
	case SERVED_BLOCKED:
		return "is blocked";
	case SERVED_IDENTITY:
		return "passes the IOMMU untranslated";
	case SERVED_KERNEL_DMA:
		return "translates by the kernel's DMA-API domain";
	case SERVED_USER:
		return "translates by a user's space";
	case SERVED_FREED:
		return "translates by a page table that was given back";
	case SERVED_NO_IOMMU:
		break;
	}
	return "meets no IOMMU";
}

struct model_target hit_target(const struct hit *hit)
{
	struct model_target target = {.kind = MODEL_NOTHING, .offset = hit->offset};

	if (hit->kind == HIT_BAR) {
		target.kind = MODEL_BAR;
		target.index = hit->bar;
	} else if (hit->kind == HIT_MEMORY && hit->memory != MACHINE_NONE) {
		target.kind = MODEL_MEMORY;
		target.index = hit->memory;
	} else if (hit->kind == HIT_MEMORY && hit->firmware != MACHINE_NONE) {
		target.kind = MODEL_FIRMWARE;
		target.index = hit->firmware;
	}
	return target;
}

unsigned request_needs(const struct request *request)
{
	switch (request->op) {
	case REQUEST_READ:
		return MODEL_READ;
	case REQUEST_WRITE:
		return MODEL_WRITE;
	default:
		return MODEL_READ | MODEL_WRITE;
	}
}

struct model_target target_at(const struct machine *machine, uint64_t pa, uint64_t *bytes)
{
	uint16_t memory = machine_memory_at(machine, pa), bar = machine_bar_at(machine, pa);
	uint16_t firmware = machine_firmware_at(machine, pa);
	struct model_target target = {.kind = MODEL_NOTHING};

	*bytes = 4096 - pa % 4096;
	if (memory != MACHINE_NONE) {
		const struct machine_memory *row = &machine->memories[memory];
		target = (struct model_target){.kind = MODEL_MEMORY, .index = memory, .offset = pa - row->hpa};
		*bytes = row->bytes - target.offset;
	} else if (bar != MACHINE_NONE) {
		const struct machine_bar *row = &machine->bars[bar];
		target = (struct model_target){.kind = MODEL_BAR, .index = bar, .offset = pa - row->bus};
		*bytes = row->bytes - target.offset;
	} else if (firmware != MACHINE_NONE) {
		const struct machine_reserved *row = &machine->reserved[firmware];
		target = (struct model_target){.kind = MODEL_FIRMWARE, .index = firmware, .offset = pa - row->first};
		*bytes = row->bytes - target.offset;
	}
	return target;
}

uint32_t request_pasid(const struct check *check, const struct request *request)
{
	return check_machine(check)->devices[request->device].kind == DEVICE_MDEV ? MODEL_NO_PASID : request->pasid;
}

bool request_iova(const struct check *check, const struct check_event *event, uint64_t *iova)
{
	const struct check_eyes *eyes = check_eyes(check);
	const struct request *request = event->request;

	*iova = request->address;
	if (request->at != AT_TRANSLATED)
		return true;
	return eyes->handed_out(eyes->context, request, iova) != HANDED_NEVER;
}
