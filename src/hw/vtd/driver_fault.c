/* SPDX-License-Identifier: MIT */
/*
 * Recoverable faults: the page request queue, which hardware fills and software empties (7.4), the answers, which go
 * through the invalidation queue (7.6), and the draining of both (7.10).
 */
#include "hw/vtd/driver.h"

#include <errno.h>

#define QUEUE_ENTRIES (FRAME_BYTES / VTD_PAGEREQ_BYTES) /* PQA.PQS = 0 */
/* An overflow is followed by another round (7.10 d): as many of them before the device counts as never quiet. */
#define DRAIN_ROUNDS 16

static uint64_t entry_pa(const struct vtd_driver *driver, uint64_t entry)
{
	return driver->state->requests_pa + entry % QUEUE_ENTRIES * VTD_PAGEREQ_BYTES;
}

static uint64_t head_of(const struct vtd_driver *driver)
{
	uint64_t pqh = driver_read(&driver->config, VTD_REG_PQH, 8);
	return VTD_PQH_PQH(&pqh) % QUEUE_ENTRIES;
}

static uint64_t tail_of(const struct vtd_driver *driver)
{
	uint64_t pqt = driver_read(&driver->config, VTD_REG_PQT, 8);
	return VTD_PQT_PQT(&pqt) % QUEUE_ENTRIES;
}

static void set_head(struct vtd_driver *driver, uint64_t entry)
{
	uint64_t pqh = 0;
	VTD_PQH_set_PQH(&pqh, entry % QUEUE_ENTRIES);
	driver_write(&driver->config, VTD_REG_PQH, 8, pqh);
}

/* The bits of PRS that are set among those are cleared; which ones (11.4.11.4). */
static uint64_t clear_status(struct vtd_driver *driver, uint64_t bits)
{
	uint64_t set = driver_read(&driver->config, VTD_REG_PRS, 4) & bits;
	if (set)
		driver_write(&driver->config, VTD_REG_PRS, 4, set);
	return set;
}

/* False: there is no request in that entry. */
static bool read_entry(const struct vtd_driver *driver, uint64_t entry, struct driver_fault *out)
{
	uint64_t words[2] = {driver_load(&driver->config, entry_pa(driver, entry)),
			     driver_load(&driver->config, entry_pa(driver, entry) + 8)};
	*out = (struct driver_fault){
		.request = {.address = VTD_PAGEREQ_ADDR(words) << FRAME_LG2,
			    .stream = (uint32_t)VTD_PAGEREQ_RID(words),
			    .pasid = VTD_PAGEREQ_PP(words) ? (uint32_t)VTD_PAGEREQ_PASID(words) : PASID_NONE,
			    .group = (uint16_t)VTD_PAGEREQ_PRGI(words),
			    .read = VTD_PAGEREQ_RDR(words),
			    .write = VTD_PAGEREQ_WRR(words),
			    .last = VTD_PAGEREQ_LPIG(words),
			    .execute = VTD_PAGEREQ_EXR(words),
			    .privileged = VTD_PAGEREQ_PMR(words)},
	};
	return VTD_PAGEREQ_TYPE(words) == VTD_PAGEREQ_TYPE_REQUEST;
}

void vtd_driver_start_requests(struct vtd_driver *driver)
{
	uint64_t pqa = 0;
	if (!driver->state->requests_pa)
		return;
	VTD_PQA_set_PQA(&pqa, driver->state->requests_pa >> FRAME_LG2);
	driver_write(&driver->config, VTD_REG_PQH, 8, 0);
	driver_write(&driver->config, VTD_REG_PQT, 8, 0);
	driver_write(&driver->config, VTD_REG_PQA, 8, pqa);
	clear_status(driver, VTD_PRS_PPR_MASK | VTD_PRS_PRO_MASK);
}

/*
 * PPR is cleared before the queue is looked at, so that what comes in between is told again; an overflow when there is
 * room again, for hardware drops everything until then.
 */
bool vtd_driver_fault_next(struct driver *base, struct driver_fault *out)
{
	struct vtd_driver *driver = vtd_driver_of(base);
	if (!driver->state->requests_pa)
		return false;
	clear_status(driver, VTD_PRS_PPR_MASK);
	uint64_t head = head_of(driver), tail = tail_of(driver);
	bool found = false;
	for (unsigned i = 0; i < QUEUE_ENTRIES && head != tail && !found; i++) {
		found = read_entry(driver, head, out);
		head = (head + 1) % QUEUE_ENTRIES;
		set_head(driver, head);
	}
	if (head == tail)
		clear_status(driver, VTD_PRS_PRO_MASK);
	return found;
}

/* A stop marker says that nothing follows; nobody waits for an answer (PCIe 10.4.1.2.1). */
static bool is_stop_marker(const struct page_request *request)
{
	return request->pasid != PASID_NONE && !request->read && !request->write;
}

int vtd_driver_fault_respond(struct driver *base, const struct driver_fault *fault, enum page_response_code code)
{
	struct vtd_driver *driver = vtd_driver_of(base);
	const struct page_request *request = &fault->request;
	struct vtd_driver_batch batch = {.count = 1};
	uint64_t *words = batch.words[0];
	if (!driver->state->requests_pa || fault->stalled)
		return -ENODEV;
	if (request->stream > 0xffff || request->group >= PAGE_REQUEST_GROUPS ||
	    (request->pasid != PASID_NONE && request->pasid > VTD_DRIVER_PASID_LAST))
		return -EINVAL;
	if (!request->last || is_stop_marker(request))
		return 0;
	VTD_DESC_RESPONSE_set_TYPE(words, VTD_DESCRIPTOR_RESPONSE);
	VTD_DESC_RESPONSE_set_RID(words, request->stream);
	VTD_DESC_RESPONSE_set_PRGI(words, request->group);
	VTD_DESC_RESPONSE_set_RC(words, code);
	if (request->pasid != PASID_NONE) {
		VTD_DESC_RESPONSE_set_PP(words, 1);
		VTD_DESC_RESPONSE_set_PASID(words, request->pasid);
	}
	return vtd_driver_submit(driver, &batch);
}

/* --- drain --- */

/* Steps a to c: what was submitted before is done, and what the device has sent before its completion is queued. */
static int drain_once(struct vtd_driver *driver, uint32_t stream, uint32_t pasid)
{
	domain_handle handle = driver_attached_domain(driver->attachments, stream, pasid);
	const struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	struct vtd_driver_batch batch = {.count = 3, .drain = VTD_ECAP_PDS(&driver->state->ecap)};
	const struct vtd_driver_invalidation iotlb = {.cache = VTD_DRIVER_IOTLB,
						      .granularity = VTD_GRANULARITY_DOMAIN,
						      .did = (uint16_t)(domain ? domain->tag : 0)};
	const struct vtd_driver_invalidation devtlb = {.cache = VTD_DRIVER_DEVTLB,
						       .granularity = VTD_GRANULARITY_DOMAIN,
						       .sid = (uint16_t)stream,
						       .pasid = pasid};
	VTD_DESC_WAIT_set_TYPE(batch.words[0], VTD_DESCRIPTOR_WAIT);
	VTD_DESC_WAIT_set_FN(batch.words[0], 1);
	vtd_driver_describe(driver, &iotlb, batch.words[1]);
	vtd_driver_describe(driver, &devtlb, batch.words[2]);
	return vtd_driver_submit(driver, &batch);
}

static void move_entry(struct vtd_driver *driver, uint64_t from, uint64_t to)
{
	for (uint64_t at = 0; at < VTD_PAGEREQ_BYTES && from != to; at += sizeof(uint64_t))
		driver_word(&driver->config, entry_pa(driver, to) + at,
			    driver_load(&driver->config, entry_pa(driver, from) + at));
}

/*
 * Takes the requests of (stream, pasid) out of the queue; the others move up to the tail, in their order. Entries
 * between head and tail are software's. Returns how many were taken.
 */
static unsigned take_out(struct vtd_driver *driver, uint32_t stream, uint32_t pasid, struct driver_fault *taken)
{
	uint64_t head = head_of(driver), tail = tail_of(driver), to = tail;
	uint64_t queued = (tail - head) % QUEUE_ENTRIES;
	unsigned count = 0;
	for (uint64_t i = 1; i <= queued; i++) {
		struct driver_fault fault;
		uint64_t from = tail - i;
		bool request = read_entry(driver, from, &fault);
		if (request && fault.request.stream == stream && fault.request.pasid == pasid)
			taken[count++] = fault;
		else
			move_entry(driver, from, --to);
	}
	if (count)
		set_head(driver, to);
	return count;
}

/* The last that was taken out is the first that had come. */
int vtd_driver_drain(struct driver *base, uint32_t stream, uint32_t pasid,
		     void (*rest)(void *context, const struct driver_fault *fault), void *context)
{
	struct vtd_driver *driver = vtd_driver_of(base);
	struct vtd_driver_bus *bus = stream <= 0xffff ? vtd_driver_bus_of(driver, stream) : NULL;
	if (!driver->state->requests_pa || !bus || driver->state->bugs & INJECT_SKIP_DRAIN)
		return 0;
	for (unsigned round = 0; round < DRAIN_ROUNDS; round++) {
		struct driver_fault taken[QUEUE_ENTRIES];
		bool asks = vtd_driver_function_of(bus, stream)->features & FEATURE_PRI;
		int error = asks ? drain_once(driver, stream, pasid) : 0;
		for (unsigned i = take_out(driver, stream, pasid, taken); i-- > 0;)
			rest(context, &taken[i]);
		if (error || !clear_status(driver, VTD_PRS_PRO_MASK))
			return error;
	}
	return -ETIMEDOUT;
}
