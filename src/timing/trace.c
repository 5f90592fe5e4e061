/* SPDX-License-Identifier: MIT */
/*
 * Trace events (JSON array format, "traceEvents"): a track for each tag and each place of a write, for each queue (who
 * is first in it), for the pipeline (why it stands still) and for each walker; counters beside them.
 *
 * Times are microseconds with three decimals. Begin and end are cut to whole nanoseconds, which is all that viewers
 * keep: so what lies in a slice, or behind it, still does. What is then empty is left out.
 */
#include "timing/run.h"
#include "timing/watch_state.h"

enum process { PROCESS_DEVICE = 1, PROCESS_ROOT_COMPLEX, PROCESS_WALKERS };
enum { THREAD_PIPELINE = RINGS }; /* of the root complex; before it the queues */

static const char *const queue_names[RINGS] = {
	[RING_ARRIVED] = "queue of the look-up",
	[RING_TAGS] = NULL, /* a matter of the device */
	[RING_WINDOWS + READS] = "window of reads",
	[RING_WINDOWS + WRITES] = "window of writes",
};

static void flush(struct timing_watch *watch)
{
	watch->config.trace.write(watch->config.trace.context, watch->text->str);
	g_string_truncate(watch->text, 0);
}

static void append_us(GString *text, uint64_t ns)
{
	g_string_append_printf(text, "%" G_GUINT64_FORMAT ".%03u", (guint64)(ns / 1000), (unsigned)(ns % 1000));
}

static void begin_event(struct timing_watch *watch)
{
	g_string_append(watch->text, watch->has_event ? ",\n" : "\n");
	watch->has_event = true;
}

static void name_track(struct timing_watch *watch, enum process process, int thread, const char *name)
{
	begin_event(watch);
	if (thread < 0)
		g_string_append_printf(watch->text,
				       "{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":%d,\"args\":{\"name\":\"%s\"}}",
				       process, name);
	else
		g_string_append_printf(
			watch->text,
			"{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":%d,\"tid\":%d,\"args\":{\"name\":\"%s\"}}",
			process, thread, name);
}

static void append_request(GString *text, const struct timing_dma *dma)
{
	g_string_append_printf(text,
			       "\"transfer\":%" G_GUINT64_FORMAT ",\"iova\":\"0x%" G_GINT64_MODIFIER
			       "x\",\"stream\":\"0x%x\",\"pasid\":",
			       (guint64)dma->number, (guint64)dma->request.address, dma->request.stream);
	if (dma->request.pasid == PASID_NONE)
		g_string_append(text, "null");
	else
		g_string_append_printf(text, "%u", dma->request.pasid);
}

/* Up to the begin of `args`, which who calls adds, with end_slice(). False: there is nothing to be seen of it. */
static bool begin_slice(struct timing_watch *watch, enum process process, uint32_t thread, uint64_t from, uint64_t to)
{
	if (from / 1000 >= to / 1000)
		return false;
	begin_event(watch);
	g_string_append_printf(watch->text, "{\"ph\":\"X\",\"pid\":%d,\"tid\":%u,\"ts\":", process, thread);
	append_us(watch->text, from / 1000);
	g_string_append(watch->text, ",\"dur\":");
	append_us(watch->text, to / 1000 - from / 1000);
	return true;
}

static void end_slice(struct timing_watch *watch)
{
	g_string_append(watch->text, "}}");
	flush(watch);
}

/* --- walkers --- */

static bool is_over(const struct watched_walker *seen, const struct timing_walker *walker)
{
	return walker->state != WALKER_ASKS || walker->slot != seen->slot || walker->begun != seen->begun ||
	       walker->read < seen->read;
}

static void write_references(struct timing_watch *watch, uint32_t index)
{
	const struct watched_walker *seen = &watch->walkers[index];
	uint32_t last = seen->read < TIMING_MAX_REFERENCES ? seen->read : TIMING_MAX_REFERENCES - 1;

	for (uint32_t i = 0; i <= last; i++) {
		const struct watched_reference *reference = &seen->references[i];
		uint64_t until = i == last ? watch->now : seen->references[i + 1].begun;
		if (!begin_slice(watch, PROCESS_WALKERS, index, reference->begun, until))
			continue;
		if (reference->level)
			g_string_append_printf(watch->text, ",\"name\":\"level %u\",\"args\":{\"level\":%u",
					       reference->level, reference->level);
		else
			g_string_append_printf(watch->text, ",\"name\":\"%s\",\"args\":{\"level\":null",
					       reference->bytes ? "configuration" : "update");
		g_string_append_printf(watch->text, ",\"pa\":\"0x%" G_GINT64_MODIFIER "x\",\"bytes\":%u",
				       (guint64)reference->pa, reference->bytes);
		end_slice(watch);
	}
}

static void look_at_walker(struct timing_watch *watch, uint32_t index)
{
	const struct timing_walker *walker = &watch->machine->walkers[index];
	const struct watched_walker *seen = &watch->walkers[index];

	if (seen->state == WALKER_REPLAYS && walker->state != WALKER_REPLAYS && seen->whole &&
	    begin_slice(watch, PROCESS_WALKERS, index, seen->replays_since, watch->now)) {
		g_string_append(watch->text, ",\"name\":\"replay\",\"args\":{");
		append_request(watch->text, &seen->dma);
		end_slice(watch);
	}
	if (seen->state != WALKER_ASKS || !seen->whole || !is_over(seen, walker))
		return;
	const struct translation *found = &slot_of(watch->machine, seen->slot)->translation;
	if (begin_slice(watch, PROCESS_WALKERS, index, seen->begun, watch->now)) {
		g_string_append_printf(watch->text,
				       ",\"name\":\"walk\",\"args\":{\"references\":%u,\"level\":%u,"
				       "\"result\":\"%s\",",
				       seen->read + 1, found->level, found->result == TRANSLATE_OK ? "ok" : "fault");
		append_request(watch->text, &seen->dma);
		end_slice(watch);
	}
	write_references(watch, index);
}

/* --- queues and the pipeline --- */

/* Who is first is another one now, which may be nobody. */
static bool has_changed(const struct timing_watch *watch, const struct watched_head *seen, uint32_t place)
{
	if (place != seen->slot)
		return true;
	return place != TIMING_NONE && slot_of(watch->machine, place)->issued != seen->issued;
}

static void take_head(const struct timing_watch *watch, struct watched_head *seen, uint32_t place)
{
	seen->slot = place;
	if (place == TIMING_NONE)
		return;
	seen->dma = slot_of(watch->machine, place)->dma;
	seen->issued = slot_of(watch->machine, place)->issued;
	seen->since = watch->now;
	seen->whole = true;
}

static void write_head(struct timing_watch *watch, const struct watched_head *seen, uint32_t thread, const char *name)
{
	if (seen->slot == TIMING_NONE || !seen->whole ||
	    !begin_slice(watch, PROCESS_ROOT_COMPLEX, thread, seen->since, watch->now))
		return;
	g_string_append_printf(watch->text, ",\"name\":\"%s\",\"args\":{", name);
	append_request(watch->text, &seen->dma);
	end_slice(watch);
}

static void look_at_queue(struct timing_watch *watch, enum timing_ring_name ring)
{
	struct watched_head *seen = &watch->heads[ring];
	uint32_t place = ring_first(watch->machine, ring);

	if (!has_changed(watch, seen, place))
		return;
	write_head(watch, seen, ring, "first");
	take_head(watch, seen, place);
	/* The queue of the look-up begins behind the link. */
	if (place != TIMING_NONE && ring == RING_ARRIVED && slot_of(watch->machine, place)->arrived > watch->now)
		seen->since = slot_of(watch->machine, place)->arrived;
}

static void look_at_pipeline(struct timing_watch *watch)
{
	const struct timing_machine_state *state = watch->machine->state;
	struct watched_head *seen = &watch->stalled;

	if (!has_changed(watch, seen, state->stalled) && state->needs_walker == watch->needs_walker)
		return;
	write_head(watch, seen, THREAD_PIPELINE, watch->needs_walker ? "no walker is free" : "the window is full");
	take_head(watch, seen, state->stalled);
	watch->needs_walker = state->needs_walker;
}

void trace_look(struct timing_watch *watch)
{
	for (uint32_t i = 0; i < watch->machine->walker_count; i++)
		look_at_walker(watch, i);
	for (enum timing_ring_name ring = 0; ring < RINGS; ring++)
		if (queue_names[ring])
			look_at_queue(watch, ring);
	look_at_pipeline(watch);
}

static void write_counter(struct timing_watch *watch, enum watch_signal signal, uint64_t when)
{
	const char *name = machine_signals[signal].name;

	begin_event(watch);
	g_string_append_printf(watch->text, "{\"ph\":\"C\",\"pid\":%d,\"name\":\"%s\",\"ts\":",
			       signal <= SIGNAL_POSTED_UNITS   ? PROCESS_DEVICE
			       : signal == SIGNAL_WALKERS_BUSY ? PROCESS_WALKERS
							       : PROCESS_ROOT_COMPLEX,
			       name);
	append_us(watch->text, when / 1000);
	g_string_append_printf(watch->text, ",\"args\":{\"%s\":%" G_GUINT64_FORMAT "}}", name,
			       (guint64)watch->values[signal]);
}

void trace_count(struct timing_watch *watch, uint64_t when)
{
	for (enum watch_signal signal = 0; signal < MACHINE_SIGNALS; signal++)
		if (machine_signals[signal].counted && watch->values[signal] != watch->known[signal])
			write_counter(watch, signal, when);
	flush(watch);
}

/* --- packets --- */

static void write_parts(struct timing_watch *watch, const struct timing_slot *slot, uint32_t track)
{
	uint64_t parts[TIMING_PARTS], from = slot->issued;

	timing_parts_of(slot, watch->machine->lookup, parts);
	for (unsigned part = 0; part < TIMING_PARTS; part++) {
		uint64_t to = from + parts[part];
		if (begin_slice(watch, PROCESS_DEVICE, track, from, to)) {
			g_string_append_printf(watch->text, ",\"name\":\"%s\",\"args\":{\"ps\":%" G_GUINT64_FORMAT,
					       timing_part_names[part], (guint64)parts[part]);
			end_slice(watch);
		}
		from = to;
	}
}

void trace_packet(struct timing_watch *watch, const struct timing_slot *slot)
{
	uint32_t track = (uint32_t)(slot - watch->machine->slots);
	const struct translation *found = &slot->translation;

	if (!begin_slice(watch, PROCESS_DEVICE, track, slot->issued, slot->ended))
		return;
	g_string_append_printf(watch->text,
			       ",\"name\":\"%s\",\"args\":{\"bytes\":%u,\"ps\":%" G_GUINT64_FORMAT
			       ",\"iotlb\":\"%s\",\"level\":%u,\"result\":\"%s\",",
			       direction_of(slot) == WRITES ? "write" : "read", slot->dma.request.bytes,
			       (guint64)(slot->ended - slot->issued),
			       !watch->machine->config.unit ? "none"
			       : slot->merged               ? "merged"
			       : found->from_cache          ? "hit"
							    : "miss",
			       found->level, found->result == TRANSLATE_OK ? "ok" : "fault");
	append_request(watch->text, &slot->dma);
	end_slice(watch);
	write_parts(watch, slot, track);
}

/* --- */

static void name_tracks(struct timing_watch *watch)
{
	const struct timing_machine *machine = watch->machine;
	char name[32];

	name_track(watch, PROCESS_DEVICE, -1, "device");
	name_track(watch, PROCESS_ROOT_COMPLEX, -1, "root complex");
	name_track(watch, PROCESS_WALKERS, -1, "walkers");
	for (uint32_t i = 0; i < machine->slot_count; i++) {
		bool read = i < machine->read_slots;
		g_snprintf(name, sizeof(name), "%s %u", read ? "read tag" : "posted write",
			   read ? i : i - machine->read_slots);
		name_track(watch, PROCESS_DEVICE, (int)i, name);
	}
	for (unsigned ring = 0; ring < RINGS; ring++)
		if (queue_names[ring])
			name_track(watch, PROCESS_ROOT_COMPLEX, (int)ring, queue_names[ring]);
	name_track(watch, PROCESS_ROOT_COMPLEX, THREAD_PIPELINE, "pipeline stands still");
	for (uint32_t i = 0; i < machine->walker_count; i++) {
		g_snprintf(name, sizeof(name), "walker %u", i);
		name_track(watch, PROCESS_WALKERS, (int)i, name);
	}
}

void trace_begin(struct timing_watch *watch)
{
	g_string_append(watch->text, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
	name_tracks(watch);
	for (enum watch_signal signal = 0; signal < MACHINE_SIGNALS; signal++)
		if (machine_signals[signal].counted)
			write_counter(watch, signal, watch->now);
	flush(watch);
	for (unsigned ring = 0; ring < RINGS; ring++) {
		take_head(watch, &watch->heads[ring], ring_first(watch->machine, ring));
		watch->heads[ring].whole = false;
	}
	take_head(watch, &watch->stalled, watch->machine->state->stalled);
	watch->stalled.whole = false;
	watch->needs_walker = watch->machine->state->needs_walker;
}

void trace_end(struct timing_watch *watch)
{
	g_string_append(watch->text, "\n]}\n");
	flush(watch);
}
