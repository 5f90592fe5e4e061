/* SPDX-License-Identifier: MIT */
/* What devices send, what waits, and how it goes on. */
#include "sim/arrival.h"
#include "sim/confidential.h"
#include "sim/step.h"

#include "check/words.h"
#include "sim/cpu.h"
#include "sim/words.h"

#include <errno.h>

#define DMA_DEFAULT_BYTES 4
#define DMA_MAX_BYTES     (UINT64_C(16) << 20)
#define WORK_MAX_TRIES    8 /* page requests for one piece */

static const char not_in_state[] = "not sent: the TEE device interface is not in the state for it";

/* A device works for whom the PASID is, or for its owner; one that nobody drives still works on what was queued. */
static uint16_t works_for(const struct world *world, const struct request *request)
{
	bool own_pasid = request->pasid != PASID_NONE && request_pasid(world->check, request) != MODEL_NO_PASID;
	uint16_t owner = own_pasid ? model_pasid_owner(world->model, request->device, request->pasid)
				   : model_owner(world->model, request->device);

	if (own_pasid && owner == MODEL_NEUTRAL)
		owner = model_pasid_last_owner(world->model, request->device, request->pasid);
	if (owner == MODEL_NEUTRAL)
		owner = model_owner(world->model, request->device);
	return owner == MODEL_NEUTRAL ? world->last_owner[request->device] : owner;
}

struct request step_request(struct step_run *run)
{
	const struct world *world = run->world;
	const struct operands *with = run->with;
	uint16_t function = machine_function(world->machine, with->device);
	const struct machine_device *device = &world->machine->devices[function];
	enum access access = with->access_given ? with->access : ACCESS_READ;
	struct request request = {.segment = device->segment,
				  .rid = device->rid,
				  .stream = device->stream,
				  .device = with->device,
				  .pasid = step_pasid(run),
				  .at = with->translated ? AT_TRANSLATED : AT_UNTRANSLATED,
				  .no_snoop = with->nosnoop,
				  .may_stall = device->kind == DEVICE_PLATFORM,
				  .by_owner = run->step->by_given};

	if (with->as_rid_given)
		request.rid = with->as_rid;
	request.op = access == ACCESS_READ ? REQUEST_READ : access == ACCESS_WRITE ? REQUEST_WRITE : REQUEST_ATOMIC;
	request.originator = run->step->by_given ? run->step->by : works_for(world, &request);
	if (with->at.base == ADDRESS_MSI)
		request.data = step_message(run, &with->at).data;
	return request;
}

struct work {
	struct step_run *run;
	struct request request; /* the piece that is sent now */
	uint64_t left;          /* bytes, from request.address on */
	enum waits waits;
	uint16_t number; /* PRG index, STAG */
	uint32_t flight;
	struct hit hit;         /* of what is held */
	struct request carried; /* what is held, as it was sent */
};

static void wait_for(struct work *work, enum waits waits, uint16_t number)
{
	struct step_record *record = work->run->record;

	work->waits = waits;
	work->number = number;
	g_free(record->outcome);
	record->outcome = g_strdup(waits == WAITS_HELD      ? "held in flight"
				   : waits == WAITS_STALLED ? "stalled in the IOMMU"
							    : "page request");
	record->did = waits == WAITS_HELD ? DID_OK : DID_WAITS;
	if (waits != WAITS_HELD)
		world_asked(work->run->world, &work->request, waits == WAITS_STALLED, number);
}

/* Though a translated request shows no PASID, a device that keeps the rules does not use what another PASID was given.
 */
static bool may_use(const struct world *world, const struct request *request)
{
	uint16_t function = machine_function(world->machine, request->device);

	return request->at != AT_TRANSLATED ||
	       world->machine->devices[function].quirks & QUIRK_TRANSLATED_WITHOUT_ATS ||
	       device_atc_leads(world->devices, request);
}

/* As request->at says; or up to the point where it is held. */
static void carry(struct work *work, const struct request *request)
{
	struct step_run *run = work->run;
	struct devices *devices = run->world->devices;
	struct hit *hit = &work->hit;
	struct request wire = *request;
	enum device_sent sent;

	/* A translated request has no PASID: its address says all (PCIe 10.2.2). */
	if (wire.at == AT_TRANSLATED)
		wire.pasid = PASID_NONE;
	arrival_explain(run, &wire);
	if (!confidential_may_send(run->world, request)) {
		arrival_blocked(run, request, not_in_state);
		return;
	}
	if (!may_use(run->world, request))
		sent = DEVICE_NO_TRANSLATION;
	else if (run->step->operation == OP_DMA && run->with->hold == HOLD_TRANSLATED)
		sent = device_hold(devices, &wire, hit, &work->flight);
	else
		sent = device_dma(devices, &wire, run->world->payload, hit);
	world_name_hit(run->world, hit);
	work->carried = *request;
	if (sent == DEVICE_HELD) {
		wait_for(work, WAITS_HELD, 0);
		return;
	}
	if (sent != DEVICE_SENT) {
		arrival_not_sent(run, request, sent);
		return;
	}
	if (hit->kind == HIT_STALLED) {
		wait_for(work, WAITS_STALLED, hit->translation.stall_tag);
		return;
	}
	arrival_record(run, request, hit);
	arrival_judge(run, request, hit, false);
	if (run->world->verbose)
		g_ptr_array_add(run->record->notes, words_of_route(run->world, hit));
}

static bool atc_grants(const struct work *work, uint64_t *pa)
{
	const struct request *request = &work->request;
	unsigned need = request_needs(request); /* PERM_* are MODEL_* */
	unsigned permissions;

	return device_atc_find(work->run->world->devices, request->device, request->pasid, request_is_tee(request),
			       request->address, pa, &permissions) &&
	       (permissions & need) == need;
}

enum device_sent step_ask(struct step_run *run, const struct request *request, struct hit *hit)
{
	struct request asked = *request;
	enum device_sent sent;

	asked.at = AT_TRANSLATION_REQUEST;
	asked.op = REQUEST_READ;
	arrival_explain(run, &asked);
	sent = device_ats(run->world->devices, &asked, hit);
	if (sent == DEVICE_SENT)
		handed_answer(run->world->handed, &asked, hit);
	return sent;
}

/*
 * A device with a page request interface asks for the translation first, and for the page if there is none (PCIe 10.4);
 * what it then sends is translated.
 */
static void send_with_pages(struct work *work)
{
	struct step_run *run = work->run;
	struct request translated = work->request;
	enum device_sent sent = DEVICE_SENT;
	uint16_t group;

	if (!atc_grants(work, &translated.address)) {
		sent = step_ask(run, &work->request, &work->hit);
		if (sent != DEVICE_SENT) {
			arrival_not_sent(run, &work->request, sent);
			return;
		}
		if (work->hit.kind != HIT_TRANSLATION) {
			arrival_record(run, &work->request, &work->hit);
			return;
		}
		if (work->hit.translation.untranslated_only) {
			carry(work, &work->request);
			return;
		}
	}
	if (atc_grants(work, &translated.address)) {
		translated.at = AT_TRANSLATED;
		carry(work, &translated);
		return;
	}
	sent = device_page_request(run->world->devices, &work->request, &group);
	if (sent == DEVICE_SENT)
		wait_for(work, WAITS_PAGE, group);
	else
		arrival_not_sent(run, &work->request, sent);
}

static void send_piece(struct work *work)
{
	const struct request *request = &work->request;

	work->waits = WAITS_NOT;
	if (request->at == AT_UNTRANSLATED && request->pasid != PASID_NONE &&
	    device_is_enabled(work->run->world->devices, request->device, FEATURE_PRI))
		send_with_pages(work);
	else
		carry(work, request);
}

/* The answer, if it is there. True: the piece is to be sent again; else it still waits, or was refused. */
static bool answered(struct work *work)
{
	struct devices *devices = work->run->world->devices;
	const struct request *request = &work->request;

	if (work->waits == WAITS_STALLED) {
		int action = device_stall_answer(devices, request->device, work->number);
		if (action < 0 || action == STALL_RETRY)
			return action == STALL_RETRY;
	} else {
		enum device_answer answer = device_page_answer(devices, request->device, request->pasid, work->number);
		if (answer == ANSWER_NONE)
			return false;
		device_page_forget(devices, request->device, request->pasid, work->number);
		if (answer == ANSWER_SUCCESS)
			return true;
	}
	work->waits = WAITS_NOT;
	arrival_blocked(work->run, request, "its page request was refused");
	return false;
}

/* Sends the rest, a page at a time (PCIe 2.2.7): the first piece that is stopped or has to wait decides the outcome. */
static void go_on(struct work *work)
{
	struct world *world = work->run->world;

	while (work->left) {
		uint64_t room = FRAME_BYTES - (work->request.address & (FRAME_BYTES - 1));

		work->request.bytes = (uint32_t)(work->left < room ? work->left : room);
		send_piece(work);
		for (unsigned tries = 0; tries < WORK_MAX_TRIES && !world->manual && work->waits > WAITS_HELD;
		     tries++) {
			world_serve(world);
			if (!answered(work))
				break;
			send_piece(work);
		}
		if (work->waits != WAITS_NOT || work->run->record->did == DID_BLOCKED)
			return;
		work->request.address += work->request.bytes;
		work->left -= work->request.bytes;
	}
}

/*
 * A write that its guest meant, and that went nowhere: for whoever reads the memory for it. What the guest shares is
 * the host's to change and to take back at any time: what it reads there nobody promises to be what its device wrote.
 */
static void keep_dropped(struct work *work, struct slot *slot)
{
	const struct world *world = work->run->world;
	const struct request *request = &slot->request;
	struct model_meaning meaning;

	slot->dropped = false;
	if (work->run->record->did != DID_BLOCKED || !work->run->record->meant ||
	    !confidential_is_posted(world, request))
		return;
	model_meaning(world->model, request->device, request_pasid(world->check, request),
		      arrival_address(world, request), request->bytes, &meaning);
	slot->dropped = meaning.target.kind == MODEL_MEMORY && model_is_private(world->model, meaning.target.index);
	slot->memory = meaning.target.index;
}

/* What waits is known by the name that the step gave it. */
static void keep(struct work *work, struct slot *slot)
{
	if (!slot)
		return;
	slot->made = true;
	slot->owner = work->request.originator;
	slot->device = work->request.device;
	slot->waits = (uint8_t)work->waits;
	slot->request = work->waits == WAITS_HELD ? work->carried : work->request;
	slot->bytes = work->left;
	slot->flight = work->flight;
	slot->writer = cpu_writer(work->run);
	slot->group = slot->stall_tag = work->number;
	hit_store(&slot->hit, &work->hit);
	keep_dropped(work, slot);
}

void step_send(struct step_run *run, const struct request *request, uint64_t bytes)
{
	struct work work = {
		.run = run, .flight = DEVICE_NO_FLIGHT, .request = *request, .left = bytes ? bytes : DMA_DEFAULT_BYTES};

	confidential_bits(run, &work.request);
	work.request.address = step_address(run, &run->with->at);
	if (work.left > DMA_MAX_BYTES || work.request.address + work.left - 1 < work.request.address) {
		step_returned(run, -EINVAL);
		return;
	}
	go_on(&work);
	keep(&work, step_result(run));
}

void op_dma(struct step_run *run)
{
	struct request request = step_request(run);

	step_send(run, &request, run->with->bytes);
}

void op_ats(struct step_run *run)
{
	struct request request = step_request(run);
	struct slot *slot = step_result(run);
	enum device_sent sent;
	struct hit hit;

	confidential_bits(run, &request);
	request.address = step_address(run, &run->with->at);
	request.bytes = 1;
	if (!confidential_may_send(run->world, &request)) {
		arrival_blocked(run, &request, not_in_state);
		return;
	}
	sent = step_ask(run, &request, &hit);
	if (sent != DEVICE_SENT) {
		arrival_not_sent(run, &request, sent);
		return;
	}
	if (hit.kind != HIT_TRANSLATION) {
		arrival_record(run, &request, &hit);
		return;
	}
	if (!(hit.translation.permissions & (PERM_READ | PERM_WRITE))) {
		arrival_blocked(run, &request, "answered: no translation");
		return;
	}
	step_ok(run);
	if (!slot)
		return;
	slot->made = true;
	slot->device = request.device;
	slot->owner = request.originator;
	slot->iova = hit.translation.untranslated_only ? request.address : hit.translation.pa;
	slot->pasid = request.pasid;
}

static void resume_held(struct step_run *run, struct slot *slot)
{
	struct world *world = run->world;
	struct hit hit = slot->hit;

	if (slot->flight != DEVICE_NO_FLIGHT && !device_resume(world->devices, slot->flight, world->payload, &hit)) {
		step_disagrees(run, g_strdup("something that was sent before it has to arrive first"));
		return;
	}
	world_name_hit(world, &hit);
	arrival_record(run, &slot->request, &hit);
	if (slot->flight != DEVICE_NO_FLIGHT)
		step_arrived_late(run, &slot->request, &hit);
	hit_store(&slot->hit, &hit);
	slot->waits = WAITS_NOT;
}

void op_resume(struct step_run *run)
{
	struct slot *slot = step_slot(run, run->with->request);
	struct work work = {.run = run,
			    .request = slot->request,
			    .left = slot->bytes,
			    .waits = (enum waits)slot->waits,
			    .number = slot->waits == WAITS_STALLED ? slot->stall_tag : slot->group,
			    .flight = slot->flight,
			    .hit = slot->hit};

	if (slot->waits == WAITS_NOT) {
		step_disagrees(run, g_strdup("it does not wait for anything"));
		return;
	}
	if (slot->waits == WAITS_HELD) {
		resume_held(run, slot);
		return;
	}
	if (answered(&work)) {
		go_on(&work);
	} else if (work.waits != WAITS_NOT) {
		run->record->did = DID_WAITS;
		g_free(run->record->outcome);
		run->record->outcome = g_strdup("no answer yet");
	}
	keep(&work, slot);
}

void op_page_response(struct step_run *run)
{
	static const enum page_response_code codes[] = {[RESPONSE_SUCCESS] = PAGE_RESPONSE_SUCCESS,
							[RESPONSE_INVALID] = PAGE_RESPONSE_INVALID,
							[RESPONSE_FAILURE] = PAGE_RESPONSE_FAILURE};
	const struct operands *with = run->with;
	const struct slot *slot = step_slot(run, with->request);
	uint16_t group = with->as_group_given ? (uint16_t)with->as_group : slot->group;

	step_returned(run, uapi_page_response(run->world->uapi, run->step->by, slot->device, slot->request.pasid, group,
					      codes[with->code]));
}

void op_quiesce(struct step_run *run)
{
	struct world *world = run->world;
	uint32_t pasid = step_pasid(run);

	device_stop(world->devices, run->with->device, pasid);
	world_serve(world);
	if (device_page_requests_open(world->devices, run->with->device,
				      pasid == PASID_NONE ? DEVICE_ANY_PASID : pasid))
		step_returned(run, -ETIMEDOUT);
	else
		step_ok(run);
}
