/* SPDX-License-Identifier: MIT */
/*
 * Page requests (8) and stalled transactions (3.12.2), as the unit queues them, and what they are answered. A record of
 * the event queue that is no stall is taken, and handed on to whoever listens (driver_event.c).
 *
 * drain() takes records out of the middle of a queue. They stay there until all before them are taken, and a bit says
 * that they are dealt with.
 *
 * When the PRI queue has overflowed (8.1), what the unit had no room for was answered by itself: of a group whose last
 * request is missing nothing is left to be answered, so its requests are dropped. The overflow is acknowledged as the
 * queue becomes empty.
 */
#include "hw/smmuv3/driver.h"

#include <errno.h>

enum { RECORD_WORDS_MAX = 4 };

struct records { /* one of the two queues */
	uint64_t pa;
	uint64_t *taken; /* a bit an entry */
	uint32_t entries;
	uint32_t prod_offset, cons_offset;
	unsigned bytes; /* of a record */
	bool stalls;
};

static unsigned queues_of(const struct smmu_driver *driver, struct records *queues)
{
	struct smmu_driver_state *state = driver->state;
	unsigned count = 0;
	if (state->pri_pa)
		queues[count++] = (struct records){.pa = state->pri_pa,
						   .taken = state->pri_taken,
						   .entries = UINT32_C(1) << state->pri_lg2,
						   .prod_offset = SMMU_REG_PRIQ_PROD,
						   .cons_offset = SMMU_REG_PRIQ_CONS,
						   .bytes = SMMU_PRI_BYTES};
	queues[count++] = (struct records){.pa = state->event_pa,
					   .taken = state->event_taken,
					   .entries = UINT32_C(1) << state->event_lg2,
					   .prod_offset = SMMU_REG_EVENTQ_PROD,
					   .cons_offset = SMMU_REG_EVENTQ_CONS,
					   .bytes = SMMU_EVENT_BYTES,
					   .stalls = true};
	return count;
}

/* --- indexes (3.5.1) --- */

static uint32_t next_index(const struct records *queue, uint32_t index)
{
	return (index + 1) & (2 * queue->entries - 1);
}

static uint32_t index_in(const struct records *queue, uint64_t value)
{
	return (uint32_t)SMMU_INDEX_INDEX(&value) & (2 * queue->entries - 1);
}

static uint64_t read_prod(const struct smmu_driver *driver, const struct records *queue)
{
	return driver_read(&driver->config, queue->prod_offset, 4);
}

static uint64_t read_cons(const struct smmu_driver *driver, const struct records *queue)
{
	return driver_read(&driver->config, queue->cons_offset, 4);
}

/* Records from `index` up to what the unit wrote last. What it says is not believed beyond the size of the queue. */
static uint32_t left(const struct smmu_driver *driver, const struct records *queue, uint32_t index)
{
	uint32_t count = (index_in(queue, read_prod(driver, queue)) - index) & (2 * queue->entries - 1);
	return count <= queue->entries ? count : 0;
}

static bool has_overflowed(const struct smmu_driver *driver, const struct records *queue)
{
	uint64_t prod = read_prod(driver, queue), cons = read_cons(driver, queue);
	return SMMU_INDEX_OVERFLOW(&prod) != SMMU_INDEX_OVERFLOW(&cons);
}

static uint64_t *taken_word(const struct records *queue, uint32_t index)
{
	return &queue->taken[index % queue->entries / 64];
}

static bool is_taken(const struct records *queue, uint32_t index)
{
	return *taken_word(queue, index) >> (index % queue->entries % 64) & 1;
}

static void set_taken(const struct records *queue, uint32_t index, bool taken)
{
	uint64_t bit = UINT64_C(1) << (index % queue->entries % 64);
	*taken_word(queue, index) = (*taken_word(queue, index) & ~bit) | (taken ? bit : 0);
}

/* The first record is done with, and so are those behind it that were taken already: one store for the index. */
static void take_first(struct smmu_driver *driver, const struct records *queue)
{
	uint64_t prod = read_prod(driver, queue), cons = read_cons(driver, queue);
	uint32_t index = index_in(queue, cons), count = left(driver, queue, index);
	set_taken(queue, index, false);
	index = next_index(queue, index);
	while (--count > 0 && is_taken(queue, index)) {
		set_taken(queue, index, false);
		index = next_index(queue, index);
	}
	SMMU_INDEX_set_INDEX(&cons, index);
	if (count == 0)
		SMMU_INDEX_set_OVERFLOW(&cons, SMMU_INDEX_OVERFLOW(&prod));
	driver_write(&driver->config, queue->cons_offset, 4, cons);
}

/* --- records --- */

static void load(const struct smmu_driver *driver, const struct records *queue, uint32_t index, uint64_t *words)
{
	uint64_t pa = queue->pa + index % queue->entries * (uint64_t)queue->bytes;
	for (unsigned i = 0; i < queue->bytes / 8; i++)
		words[i] = driver_load(&driver->config, pa + 8 * i);
}

static bool same_group(const uint64_t *a, const uint64_t *b)
{
	return SMMU_PRI_SID(a) == SMMU_PRI_SID(b) && SMMU_PRI_SSV(a) == SMMU_PRI_SSV(b) &&
	       (!SMMU_PRI_SSV(a) || SMMU_PRI_SSID(a) == SMMU_PRI_SSID(b)) &&
	       SMMU_PRI_PRGINDEX(a) == SMMU_PRI_PRGINDEX(b);
}

/* Whether the last of its group was lost. */
static bool is_truncated(const struct smmu_driver *driver, const struct records *queue, uint32_t index,
			 const uint64_t *words)
{
	if (SMMU_PRI_LAST(words) || !has_overflowed(driver, queue))
		return false;
	for (uint32_t count = left(driver, queue, index); count > 1; count--) {
		uint64_t other[RECORD_WORDS_MAX];
		index = next_index(queue, index);
		load(driver, queue, index, other);
		if (SMMU_PRI_LAST(other) && same_group(words, other))
			return false;
	}
	return true;
}

static void decode_request(const uint64_t *words, struct driver_fault *out)
{
	*out = (struct driver_fault){.request = {
					     .address = words[1] & SMMU_PRI_ADDR_MASK,
					     .stream = (uint32_t)SMMU_PRI_SID(words),
					     .pasid = SMMU_PRI_SSV(words) ? (uint32_t)SMMU_PRI_SSID(words) : PASID_NONE,
					     .group = (uint16_t)SMMU_PRI_PRGINDEX(words),
					     .read = SMMU_PRI_R(words),
					     .write = SMMU_PRI_W(words),
					     .last = SMMU_PRI_LAST(words),
					     .execute = SMMU_PRI_EXEC(words),
					     .privileged = SMMU_PRI_PRIV(words),
				     }};
}

static void decode_stall(const uint64_t *words, struct driver_fault *out)
{
	uint32_t pasid = SMMU_EVENT_SSV(words) ? (uint32_t)SMMU_EVENT_SSID(words) : PASID_NONE;
	*out = (struct driver_fault){
		.request =
			{
				.address = SMMU_EVENT_INPUTADDR(words) >> FRAME_LG2 << FRAME_LG2,
				.stream = (uint32_t)SMMU_EVENT_SID(words),
				.pasid = pasid,
				.read = SMMU_EVENT_RNW(words),
				.write = !SMMU_EVENT_RNW(words),
				.last = true,
				.execute = SMMU_EVENT_IND(words),
				.privileged = SMMU_EVENT_PNU(words),
			},
		.stall_tag = (uint16_t)SMMU_EVENT_STAG(words),
		.stalled = true,
	};
}

/* Whether somebody waits for an answer to that record. */
static bool read_record(const struct smmu_driver *driver, const struct records *queue, uint32_t index,
			struct driver_fault *out)
{
	uint64_t words[RECORD_WORDS_MAX];
	if (is_taken(queue, index))
		return false;
	load(driver, queue, index, words);
	if (queue->stalls) {
		decode_stall(words, out);
		return SMMU_EVENT_STALL(words);
	}
	decode_request(words, out);
	return !is_truncated(driver, queue, index, words);
}

/* 7.2.2, 8.2: while a write to a queue is known to have failed, nothing more is written to it. */
static void acknowledge_aborts(struct smmu_driver *driver)
{
	uint64_t gerror = driver_read(&driver->config, SMMU_REG_GERROR, 4);
	uint64_t gerrorn = driver_read(&driver->config, SMMU_REG_GERRORN, 4);
	uint64_t active = (gerror ^ gerrorn) & (SMMU_GERROR_PRIQ_ABT_ERR_MASK | SMMU_GERROR_EVENTQ_ABT_ERR_MASK);
	if (active)
		driver_write(&driver->config, SMMU_REG_GERRORN, 4, gerrorn ^ active);
}

bool smmu_driver_fault_next(struct driver *base, struct driver_fault *out)
{
	struct smmu_driver *driver = smmu_driver_of(base);
	struct records queues[2];
	if (!driver->state->ready)
		return false;
	acknowledge_aborts(driver);
	unsigned count = queues_of(driver, queues);
	for (unsigned i = 0; i < count; i++) {
		const struct records *queue = &queues[i];
		for (uint32_t tries = 2 * queue->entries; tries > 0; tries--) {
			uint32_t index = index_in(queue, read_cons(driver, queue));
			if (left(driver, queue, index) == 0)
				break;
			uint64_t words[RECORD_WORDS_MAX];
			bool found = read_record(driver, queue, index, out);
			bool taken = is_taken(queue, index);
			load(driver, queue, index, words);
			take_first(driver, queue);
			if (queue->stalls && !taken)
				smmu_driver_event(driver, words);
			if (found)
				return true;
		}
	}
	return false;
}

static bool is_queued(const struct smmu_driver *driver, const struct records *queue, uint32_t index)
{
	uint32_t ahead = left(driver, queue, index_in(queue, read_cons(driver, queue)));
	uint32_t count = left(driver, queue, index);
	return count > 0 && count <= ahead;
}

/* Those of the requester and PASID go to `rest`, wherever they are in the queue; `rest` may take others meanwhile. */
static void drain_queue(struct smmu_driver *driver, const struct records *queue, uint32_t stream, uint32_t pasid,
			void (*rest)(void *context, const struct driver_fault *fault), void *context)
{
	uint32_t index = index_in(queue, read_cons(driver, queue));
	for (uint32_t count = left(driver, queue, index); count > 0; count--) {
		struct driver_fault fault;
		if (is_queued(driver, queue, index) && read_record(driver, queue, index, &fault) &&
		    fault.request.stream == stream && fault.request.pasid == pasid) {
			if (index == index_in(queue, read_cons(driver, queue)))
				take_first(driver, queue);
			else
				set_taken(queue, index, true);
			rest(context, &fault);
		}
		index = next_index(queue, index);
	}
}

/*
 * The device has stopped, so that its page requests have arrived and are in the queue; a CMD_SYNC makes the records of
 * transactions before it visible (4.7.3).
 */
int smmu_driver_drain(struct driver *base, uint32_t stream, uint32_t pasid,
		      void (*rest)(void *context, const struct driver_fault *fault), void *context)
{
	struct smmu_driver *driver = smmu_driver_of(base);
	struct records queues[2];
	if (!driver->state->ready || driver->state->bugs & INJECT_SKIP_DRAIN)
		return 0;
	int error = smmu_driver_submit(driver, NULL, 0);
	unsigned count = queues_of(driver, queues);
	for (unsigned i = 0; i < count; i++)
		drain_queue(driver, &queues[i], stream, pasid, rest, context);
	return error;
}

/* --- answers --- */

static struct smmu_driver_command resume(const struct driver_fault *fault, enum page_response_code code)
{
	struct smmu_driver_command command = {{0, 0}};
	SMMU_CMD_RESUME_set_OPCODE(command.words, SMMU_OP_RESUME);
	SMMU_CMD_RESUME_set_SID(command.words, fault->request.stream);
	SMMU_CMD_RESUME_set_STAG(command.words, fault->stall_tag);
	SMMU_CMD_RESUME_set_AC(command.words, code == PAGE_RESPONSE_SUCCESS);
	SMMU_CMD_RESUME_set_AB(command.words, code != PAGE_RESPONSE_SUCCESS);
	return command;
}

static struct smmu_driver_command response(const struct page_request *request, enum page_response_code code)
{
	struct smmu_driver_command command = {{0, 0}};
	bool tagged = request->pasid != PASID_NONE;
	SMMU_CMD_PRI_RESP_set_OPCODE(command.words, SMMU_OP_PRI_RESP);
	SMMU_CMD_PRI_RESP_set_SSV(command.words, tagged);
	SMMU_CMD_PRI_RESP_set_SSID(command.words, tagged ? request->pasid : 0);
	SMMU_CMD_PRI_RESP_set_SID(command.words, request->stream);
	SMMU_CMD_PRI_RESP_set_PRGINDEX(command.words, request->group);
	SMMU_CMD_PRI_RESP_set_RESP(command.words, code == PAGE_RESPONSE_SUCCESS   ? SMMU_PRI_SUCCESS
						  : code == PAGE_RESPONSE_INVALID ? SMMU_PRI_INVALID
										  : SMMU_PRI_FAILURE);
	return command;
}

/* Without read and write it asks for nothing but to be the last of its PASID (8, Stop Marker). */
static bool wants_answer(const struct page_request *request)
{
	return request->last && (request->read || request->write || request->pasid == PASID_NONE);
}

int smmu_driver_fault_respond(struct driver *base, const struct driver_fault *fault, enum page_response_code code)
{
	struct smmu_driver *driver = smmu_driver_of(base);
	struct smmu_driver_command command = fault->stalled ? resume(fault, code) : response(&fault->request, code);
	if (!driver->state->ready)
		return -EIO;
	return fault->stalled || wants_answer(&fault->request) ? smmu_driver_submit(driver, &command, 1) : 0;
}
