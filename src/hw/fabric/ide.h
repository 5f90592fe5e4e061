/* SPDX-License-Identifier: MIT */
/*
 * Integrity and Data Encryption (PCIe 6.33): the streams between a device's port and its root port, as far as somebody
 * depends on them: which there are, who keyed them, whether they are secure, and whose requests they carry. What is
 * encrypted how is left out: a TLP that was tampered with is a stream that is insecure from then on.
 *
 * A stream belongs to the device at its lower end (the `package` of the machine) and to the root port above it. An
 * endpoint that is integrated in the root complex has no link to protect and needs none (11.1).
 *
 * All state is in the arena. Indexes are the machine's and must be valid.
 */
#ifndef IOSIM_HW_FABRIC_IDE_H
#define IOSIM_HW_FABRIC_IDE_H

#include "base/arena.h"
#include "machine/machine.h"

#include <stdbool.h>
#include <stdint.h>

#define IDE_STREAMS_MAX 256u /* of all devices together */
#define IDE_NO_STREAM   0u

struct ide;
typedef uint32_t ide_stream; /* IDE_NO_STREAM: none */

enum ide_sub_stream { /* 6.33.4: their identifiers; each is keyed for both directions */
		      IDE_POSTED = 0,
		      IDE_NON_POSTED = 1,
		      IDE_COMPLETION = 2,
		      IDE_SUB_STREAMS = 3,
};
enum ide_direction { IDE_RECEIVE, IDE_TRANSMIT, IDE_DIRECTIONS };

/* What software writes into the registers of both partner ports (7.9.26.5). */
struct ide_stream_config {
	uint16_t device;     /* any function of it */
	uint8_t stream_id;   /* of a root port each stream has its own */
	bool default_stream; /* carries what no other stream of the device is for; one a device */
	bool tee_limited;    /* only requests with T are associated with it */
	uint16_t rid_base, rid_limit;
};

struct ide *ide_new(struct arena *arena, const struct machine *machine);
void ide_free(struct ide *ide);
/* A stream has left the secure state. Called with the stream, after it did. */
void ide_on_insecure(struct ide *ide, void (*fn)(void *context, ide_stream stream), void *context);

/*
 * Configured, insecure, without keys. IDE_NO_STREAM: there are IDE_STREAMS_MAX; the root port has a stream with that
 * ID; the device has a default stream; base is above limit; the device has no link.
 */
ide_stream ide_add(struct ide *ide, const struct ide_stream_config *config);
void ide_remove(struct ide *ide, ide_stream stream);
/* False: there is no such stream, or another session has keyed a sub-stream of it (11.4.5). */
bool ide_key(struct ide *ide, ide_stream stream, uint32_t session, enum ide_sub_stream sub_stream,
	     enum ide_direction direction);
/* Every sub-stream has its keys: the stream is secure from now on. False: it is not keyed. */
bool ide_enable(struct ide *ide, ide_stream stream);
/*
 * An integrity check failed, a key reached its limit, the link went down or a register of the stream was written: its
 * keys are gone. Nothing if there is no such stream or it was insecure.
 */
void ide_fail(struct ide *ide, ide_stream stream);
/* The SPDM session ends, and with it every stream that it keyed (11.4.5). Sessions are never 0. */
void ide_session_ends(struct ide *ide, uint32_t session);

bool ide_is_secure(const struct ide *ide, ide_stream stream);
/*
 * Every number of a session that is remembered, 0 where there is none. Whoever has all places where sessions are named
 * may give them other numbers.
 */
void ide_each_session(struct ide *ide, void (*fn)(void *context, uint32_t *session), void *context);
/* The session that keyed all of the stream; 0: none did. */
uint32_t ide_session(const struct ide *ide, ide_stream stream);
/* The device's default stream; IDE_NO_STREAM. */
ide_stream ide_default(const struct ide *ide, uint16_t device);
uint8_t ide_stream_id(const struct ide *ide, ide_stream stream);
/* Whether the stream is one of the device that the function belongs to. */
bool ide_is_of(const struct ide *ide, ide_stream stream, uint16_t device);
/* False: an endpoint of the root complex, whose requests nobody on a link can touch. */
bool ide_needed(const struct ide *ide, uint16_t device);

/*
 * What a root port says of a request with T that the device sent on its default stream: accepted, or unsupported
 * because no stream of the device is secure (T is reserved outside of IDE), or because the requester ID is outside the
 * stream's RID association (6.33.4).
 */
enum ide_verdict { IDE_ACCEPTED, IDE_INSECURE, IDE_RID_OUTSIDE };
enum ide_verdict ide_receive(const struct ide *ide, uint16_t device, uint16_t rid);

#endif
