/* SPDX-License-Identifier: MIT */
#include "hw/driver_attachment.h"

#include "base/assert.h"

#include <stddef.h>
#include <string.h>

_Static_assert(sizeof(struct driver_attachment) == 12 && offsetof(struct driver_attachments, list) == 8,
	       "these lie in hashed memory and have no hidden padding");

/* PASID_NONE wraps around to 0. */
static uint64_t key_of(uint32_t stream, uint32_t pasid)
{
	return (uint64_t)stream << 32 | (pasid + UINT32_C(1));
}

static uint64_t key_at(const struct driver_attachments *attachments, uint32_t index)
{
	return key_of(attachments->list[index].stream, attachments->list[index].pasid);
}

struct driver_attachments *driver_attachments_new(struct arena *arena)
{
	struct driver_attachments *attachments =
		arena_block(arena, "driver attachments", sizeof(*attachments), ARENA_HASHED);
	arena_block_used(arena, attachments, offsetof(struct driver_attachments, list));
	return attachments;
}

uint32_t driver_attachments_from(const struct driver_attachments *attachments, uint32_t stream, uint32_t pasid)
{
	uint64_t key = key_of(stream, pasid);
	uint32_t low = 0, high = attachments->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (key_at(attachments, middle) < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct driver_attachments *attachments, uint32_t index, uint32_t stream, uint32_t pasid)
{
	return index < attachments->count && key_at(attachments, index) == key_of(stream, pasid);
}

uint32_t driver_attachments_after(const struct driver_attachments *attachments, uint32_t stream, uint32_t pasid)
{
	uint32_t index = driver_attachments_from(attachments, stream, pasid);
	return index + is_at(attachments, index, stream, pasid);
}

domain_handle driver_attached_domain(const struct driver_attachments *attachments, uint32_t stream, uint32_t pasid)
{
	uint32_t index = driver_attachments_from(attachments, stream, pasid);
	return is_at(attachments, index, stream, pasid) ? attachments->list[index].domain : 0;
}

bool driver_attachment_has_room(const struct driver_attachments *attachments, uint32_t stream, uint32_t pasid)
{
	return attachments->count < DRIVER_ATTACHMENTS_MAX ||
	       is_at(attachments, driver_attachments_from(attachments, stream, pasid), stream, pasid);
}

static size_t used_bytes(const struct driver_attachments *attachments)
{
	return offsetof(struct driver_attachments, list) + attachments->count * sizeof(attachments->list[0]);
}

static void remove_at(struct arena *arena, struct driver_attachments *attachments, uint32_t index)
{
	struct driver_attachment *at = &attachments->list[index];
	attachments->count--;
	attachments->with_pasid -= at->pasid != PASID_NONE;
	memmove(at, at + 1, (attachments->count - index) * sizeof(*at));
	memset(&attachments->list[attachments->count], 0, sizeof(*at));
	arena_block_used(arena, attachments, used_bytes(attachments));
}

static void insert_at(struct arena *arena, struct driver_attachments *attachments, uint32_t index,
		      const struct driver_attachment *attachment)
{
	struct driver_attachment *at = &attachments->list[index];
	IOSIM_ASSERT(attachments->count < DRIVER_ATTACHMENTS_MAX);
	attachments->count++;
	attachments->with_pasid += attachment->pasid != PASID_NONE;
	arena_block_used(arena, attachments, used_bytes(attachments));
	memmove(at + 1, at, (attachments->count - 1 - index) * sizeof(*at));
	*at = *attachment;
}

void driver_attachment_set(struct arena *arena, struct driver_attachments *attachments, uint32_t stream, uint32_t pasid,
			   domain_handle domain)
{
	const struct driver_attachment attachment = {.stream = stream, .pasid = pasid, .domain = domain};
	uint32_t index = driver_attachments_from(attachments, stream, pasid);
	bool there = is_at(attachments, index, stream, pasid);
	if (there && domain)
		attachments->list[index].domain = domain;
	else if (there)
		remove_at(arena, attachments, index);
	else if (domain)
		insert_at(arena, attachments, index, &attachment);
}

void driver_attachments_forget(struct arena *arena, struct driver_attachments *attachments)
{
	while (attachments->count)
		remove_at(arena, attachments, attachments->count - 1);
}
