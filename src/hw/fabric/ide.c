/* SPDX-License-Identifier: MIT */
#include "hw/fabric/ide.h"

#include <glib.h>

/* State. */
struct stream {
	uint32_t session; /* that keyed what is keyed; 0: none */
	uint16_t package;
	uint16_t root; /* port */
	uint16_t rid_base, rid_limit;
	uint8_t stream_id;
	uint8_t keyed; /* bit per sub-stream and direction */
	uint8_t secure;
	uint8_t default_stream;
	uint8_t tee_limited;
	uint8_t zero[3];
};

#define ALL_KEYS ((1u << IDE_SUB_STREAMS * IDE_DIRECTIONS) - 1)

struct ide {
	struct arena *arena;
	const struct machine *machine;
	arena_pool_id streams;
	void (*on_insecure)(void *context, ide_stream stream);
	void *context;
};

struct ide *ide_new(struct arena *arena, const struct machine *machine)
{
	struct ide *ide = g_new0(struct ide, 1);

	ide->arena = arena;
	ide->machine = machine;
	ide->streams = arena_pool(arena, "IDE streams", sizeof(struct stream), IDE_STREAMS_MAX, false, ARENA_HASHED);
	return ide;
}

void ide_free(struct ide *ide)
{
	g_free(ide);
}

void ide_on_insecure(struct ide *ide, void (*fn)(void *context, ide_stream stream), void *context)
{
	ide->on_insecure = fn;
	ide->context = context;
}

static struct stream *stream_of(const struct ide *ide, ide_stream stream)
{
	return arena_live(ide->arena, ide->streams, stream) ? arena_slot(ide->arena, ide->streams, stream) : NULL;
}

static uint16_t package_of(const struct ide *ide, uint16_t device)
{
	return ide->machine->devices[machine_function(ide->machine, device)].package;
}

/* The root port above the device; MACHINE_NONE: it has no link. */
static uint16_t root_of(const struct ide *ide, uint16_t device)
{
	uint16_t port = ide->machine->devices[machine_function(ide->machine, device)].port;

	while (port != MACHINE_NONE && ide->machine->ports[port].parent != MACHINE_NONE)
		port = ide->machine->ports[port].parent;
	return port;
}

ide_stream ide_add(struct ide *ide, const struct ide_stream_config *config)
{
	uint16_t package = package_of(ide, config->device), root = root_of(ide, config->device);

	if (root == MACHINE_NONE || config->rid_base > config->rid_limit)
		return IDE_NO_STREAM;
	for (uint32_t at = 0; (at = arena_next(ide->arena, ide->streams, at)) != ARENA_NONE;) {
		const struct stream *other = stream_of(ide, at);

		if (other->root == root && other->stream_id == config->stream_id)
			return IDE_NO_STREAM;
		if (other->package == package && other->default_stream && config->default_stream)
			return IDE_NO_STREAM;
	}
	ide_stream handle = arena_alloc(ide->arena, ide->streams);
	if (handle == ARENA_NONE)
		return IDE_NO_STREAM;
	*stream_of(ide, handle) = (struct stream){.package = package,
						  .root = root,
						  .rid_base = config->rid_base,
						  .rid_limit = config->rid_limit,
						  .stream_id = config->stream_id,
						  .default_stream = config->default_stream,
						  .tee_limited = config->tee_limited};
	return handle;
}

void ide_remove(struct ide *ide, ide_stream stream)
{
	if (!stream_of(ide, stream))
		return;
	ide_fail(ide, stream);
	arena_release(ide->arena, ide->streams, stream);
}

void ide_each_session(struct ide *ide, void (*fn)(void *context, uint32_t *session), void *context)
{
	for (uint32_t at = 0; (at = arena_next(ide->arena, ide->streams, at)) != ARENA_NONE;)
		fn(context, &stream_of(ide, at)->session);
}

bool ide_key(struct ide *ide, ide_stream stream, uint32_t session, enum ide_sub_stream sub_stream,
	     enum ide_direction direction)
{
	struct stream *row = stream_of(ide, stream);

	if (!row || session == 0 || (row->keyed && row->session != session))
		return false;
	row->session = session;
	row->keyed |= (uint8_t)(1u << (sub_stream * IDE_DIRECTIONS + direction));
	return true;
}

bool ide_enable(struct ide *ide, ide_stream stream)
{
	struct stream *row = stream_of(ide, stream);

	if (!row || row->keyed != ALL_KEYS)
		return false;
	row->secure = true;
	return true;
}

void ide_fail(struct ide *ide, ide_stream stream)
{
	struct stream *row = stream_of(ide, stream);

	if (!row)
		return;
	bool was_secure = row->secure;
	row->secure = false;
	row->keyed = 0;
	row->session = 0;
	if (was_secure && ide->on_insecure)
		ide->on_insecure(ide->context, stream);
}

void ide_session_ends(struct ide *ide, uint32_t session)
{
	for (uint32_t at = 0; (at = arena_next(ide->arena, ide->streams, at)) != ARENA_NONE;) {
		if (session != 0 && stream_of(ide, at)->session == session)
			ide_fail(ide, at);
	}
}

bool ide_is_secure(const struct ide *ide, ide_stream stream)
{
	const struct stream *row = stream_of(ide, stream);

	return row && row->secure;
}

uint32_t ide_session(const struct ide *ide, ide_stream stream)
{
	const struct stream *row = stream_of(ide, stream);

	return row && row->keyed == ALL_KEYS ? row->session : 0;
}

ide_stream ide_default(const struct ide *ide, uint16_t device)
{
	uint16_t package = package_of(ide, device);

	for (uint32_t at = 0; (at = arena_next(ide->arena, ide->streams, at)) != ARENA_NONE;) {
		const struct stream *row = stream_of(ide, at);
		if (row->package == package && row->default_stream)
			return at;
	}
	return IDE_NO_STREAM;
}

uint8_t ide_stream_id(const struct ide *ide, ide_stream stream)
{
	const struct stream *row = stream_of(ide, stream);

	return row ? row->stream_id : 0;
}

bool ide_is_of(const struct ide *ide, ide_stream stream, uint16_t device)
{
	const struct stream *row = stream_of(ide, stream);

	return row && row->package == package_of(ide, device);
}

bool ide_needed(const struct ide *ide, uint16_t device)
{
	return root_of(ide, device) != MACHINE_NONE;
}

enum ide_verdict ide_receive(const struct ide *ide, uint16_t device, uint16_t rid)
{
	if (!ide_needed(ide, device))
		return IDE_ACCEPTED;
	const struct stream *row = stream_of(ide, ide_default(ide, device));
	if (!row || !row->secure)
		return IDE_INSECURE;
	return rid < row->rid_base || rid > row->rid_limit ? IDE_RID_OUTSIDE : IDE_ACCEPTED;
}
