/* SPDX-License-Identifier: MIT */
/* The page request interface (PCIe 10.4). */
#include "hw/device/state.h"

#define PAGE_MASK UINT64_C(0xfff)
#define NO_KEY    UINT64_MAX

/* Rows of the function's groups: from the first to the one before `end`. */
static uint32_t groups_begin(const struct devices *devices, uint16_t function, uint32_t *end)
{
	*end = keyed_from(&devices->groups, work_key(function, UINT32_MAX, UINT16_MAX));
	return keyed_from(&devices->groups, work_key(function, 0, 0));
}

static struct keyed_row *group_at(const struct devices *devices, uint32_t index)
{
	return &devices->groups.list->rows[index];
}

static uint32_t pasid_of_key(uint64_t key)
{
	return (uint32_t)(key >> 16);
}

uint32_t page_count_open(const struct devices *devices, struct requester who)
{
	uint32_t end, count = 0;

	for (uint32_t i = groups_begin(devices, who.function, &end); i < end; i++) {
		const struct keyed_row *row = group_at(devices, i);
		count += row->value == ANSWER_NONE &&
			 (who.pasid == DEVICE_ANY_PASID || pasid_of_key(row->key) == who.pasid);
	}
	return count;
}

uint32_t device_page_requests_open(const struct devices *devices, uint16_t device, uint32_t pasid)
{
	return page_count_open(devices, requester_of(devices, device, pasid));
}

static bool lowest_free(const struct devices *devices, struct requester who, uint16_t *group)
{
	for (uint16_t i = 0; i < PAGE_REQUEST_GROUPS; i++)
		if (!keyed_find(&devices->groups, work_key(who.function, who.pasid, i))) {
			*group = i;
			return true;
		}
	return false;
}

/*
 * Puts a message on its way; `tee`: to the half of the unit that serves such requests. What the unit answers by itself
 * is the caller's.
 */
static enum page_request_fate send(struct devices *devices, const struct request *from, bool tee,
				   struct page_request *message, struct page_response *response, uint16_t *iommu)
{
	struct request way = {.device = from->device, .rid = from->rid, .pasid = message->pasid, .op = REQUEST_WRITE};
	struct hit hit;

	fabric_message(devices->fabric, &way, &hit);
	if (hit.route != ROUTE_IOMMU)
		return PAGE_REQUEST_DROPPED;
	struct iommu *unit = devices->units[hit.iommu];
	if (tee && devices->trusted[hit.iommu])
		unit = devices->trusted[hit.iommu];
	*iommu = hit.iommu;
	message->stream = hit.stream;
	return unit && unit->ops->page_request ? unit->ops->page_request(unit, message, response)
					       : PAGE_REQUEST_DROPPED;
}

enum device_sent device_page_request(struct devices *devices, const struct request *request, uint16_t *group)
{
	struct requester who = requester_of(devices, request->device, request->pasid);
	enum device_sent may = may_send(devices, who, FEATURE_ATS | FEATURE_PRI);
	struct page_request message = {.address = request->address & ~PAGE_MASK,
				       .pasid = who.pasid,
				       .read = request->op != REQUEST_WRITE,
				       .write = request->op != REQUEST_READ,
				       .last = true,
				       .execute = request->execute,
				       .privileged = request->privileged};
	struct page_response response = {0};
	uint16_t iommu;

	if (may != DEVICE_SENT)
		return may;
	if (devices->interface[who.function] == NO_INTERFACE)
		return DEVICE_DISABLED;
	if (!fabric_bus_master(devices->fabric, who.function))
		return DEVICE_STOPPED;
	struct requester all = {.function = who.function, .pasid = DEVICE_ANY_PASID};
	if (page_count_open(devices, all) >= devices->page_requests || !lowest_free(devices, who, group) ||
	    !keyed_put(&devices->groups, work_key(who.function, who.pasid, *group), ANSWER_NONE))
		return DEVICE_FULL;
	message.group = *group;
	if (send(devices, request, request_is_tee(request), &message, &response, &iommu) == PAGE_REQUEST_ANSWERED)
		page_receive(devices, iommu, &response);
	return DEVICE_SENT;
}

/* It ends what came before with that PASID, and has no answer (10.4.1.2.1). */
void page_stop_marker(struct devices *devices, struct requester who)
{
	const struct function *function = &devices->functions[who.function];
	const struct request from = {.device = who.function, .rid = devices->machine->devices[who.function].rid};
	struct page_request marker = {.pasid = who.pasid, .last = true};
	struct page_response none;
	uint16_t iommu;

	if (function->features & FEATURE_PRI && function->features & FEATURE_PASID && is_alive(devices, who.function))
		send(devices, &from, false, &marker, &none, &iommu);
}

/* Answers that nobody came for; the one to `fresh` stays. */
static void limit_answers(struct devices *devices, uint16_t function, uint64_t fresh)
{
	uint32_t end, answered = 0;
	uint64_t oldest = NO_KEY;

	for (uint32_t i = groups_begin(devices, function, &end); i < end; i++) {
		const struct keyed_row *row = group_at(devices, i);
		if (row->value == ANSWER_NONE)
			continue;
		answered++;
		if (oldest == NO_KEY && row->key != fresh)
			oldest = row->key;
	}
	if (answered > PAGE_ANSWERS_MAX)
		keyed_remove(&devices->groups, oldest);
}

/* The interface is disabled; nothing that it asked for will be served (10.4.2.1). */
static void fail_all(struct devices *devices, uint16_t at, uint64_t fresh)
{
	struct function *function = &devices->functions[at];
	uint32_t end;

	function->page_failure = true;
	function->features &= (uint8_t) ~(unsigned)FEATURE_PRI;
	for (uint32_t i = groups_begin(devices, at, &end); i < end; i++)
		if (group_at(devices, i)->value == ANSWER_NONE)
			group_at(devices, i)->value = ANSWER_FAILURE;
	/* The number of rows is bounded by what may be open and what may be kept: each pass takes one away. */
	for (uint32_t i = 0; i < devices->page_requests; i++)
		limit_answers(devices, at, fresh);
}

void page_receive(struct devices *devices, uint16_t iommu, const struct page_response *response)
{
	uint16_t at = device_of_stream(devices, iommu, response->stream);

	if (at == MACHINE_NONE || !is_alive(devices, at) || devices->interface[at] == NO_INTERFACE)
		return;
	struct keyed_row *row = keyed_find(&devices->groups, work_key(at, response->pasid, response->group));
	if (!row || row->value != ANSWER_NONE) {
		devices->functions[at].page_unexpected = true;
		devices->unexpected[at]++;
		return;
	}
	switch (response->code) {
	case PAGE_RESPONSE_SUCCESS:
		row->value = ANSWER_SUCCESS;
		break;
	case PAGE_RESPONSE_INVALID:
		row->value = ANSWER_INVALID;
		break;
	default:
		fail_all(devices, at, row->key);
		return;
	}
	limit_answers(devices, at, work_key(at, response->pasid, response->group));
}

enum device_answer device_page_answer(const struct devices *devices, uint16_t device, uint32_t pasid, uint16_t group)
{
	struct requester who = requester_of(devices, device, pasid);
	const struct keyed_row *row = keyed_find(&devices->groups, work_key(who.function, who.pasid, group));

	return row ? (enum device_answer)row->value : ANSWER_NO_SUCH_GROUP;
}

void device_page_forget(struct devices *devices, uint16_t device, uint32_t pasid, uint16_t group)
{
	struct requester who = requester_of(devices, device, pasid);
	uint64_t key = work_key(who.function, who.pasid, group);
	const struct keyed_row *row = keyed_find(&devices->groups, key);

	if (row && row->value != ANSWER_NONE)
		keyed_remove(&devices->groups, key);
}

void page_forget_all(struct devices *devices, struct requester who)
{
	bool any = who.pasid == DEVICE_ANY_PASID;

	keyed_remove_between(&devices->groups, work_key(who.function, any ? 0 : who.pasid, 0),
			     work_key(who.function, any ? UINT32_MAX : who.pasid, UINT16_MAX));
}

bool device_page_failure(const struct devices *devices, uint16_t device)
{
	return devices->functions[machine_function(devices->machine, device)].page_failure;
}

uint32_t device_page_unexpected(const struct devices *devices, uint16_t device)
{
	return devices->unexpected[machine_function(devices->machine, device)];
}
