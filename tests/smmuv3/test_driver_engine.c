/* SPDX-License-Identifier: MIT */
/*
 * Driver and engine together where two-kinds does not go: a guest's first stage nested in a parent, PASIDs beside
 * bypass, page requests, stalls, and devices that do not answer. The guest's tables are words by hand (IHI 0070 5.4,
 * DDI 0487 D8.3), in its memory: guest physical X is host physical 9000_0000h + X.
 */
#include "hw/driver.h"
#include "hw/iommu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <glib.h>

#define HOST        UINT64_C(0x90000000)
#define GUEST_BYTES UINT64_C(0x100000)
#define PAGE        UINT64_C(0x1000)
#define STREAM      0x18

struct pair {
	struct arena *arena;
	struct memory *memory;
	struct frame_allocator *frames;
	struct iommu *unit;
	struct driver *driver;
	struct iommu_outlet outlet;
	bool mute; /* the device does not complete invalidations */
	uint32_t owed;
	unsigned invalidations, responses, answers;
	struct page_response response; /* the last one */
	struct stall_answer answer;
};

static uint64_t read_register(void *context, uint32_t offset, unsigned width)
{
	struct pair *pair = context;
	return pair->unit->ops->read_register(pair->unit, offset, width);
}

static void write_register(void *context, uint32_t offset, unsigned width, uint64_t value)
{
	struct pair *pair = context;
	pair->unit->ops->write_register(pair->unit, offset, width, value);
}

/* When nothing else is left to do the device answers, or the time for that is over. */
static bool advance(void *context)
{
	struct pair *pair = context;
	uint32_t owed = pair->owed;
	if (pair->unit->ops->advance(pair->unit))
		return true;
	pair->owed = 0;
	if (owed && !pair->mute)
		pair->unit->ops->invalidate_completed(pair->unit, STREAM, owed);
	return owed && (!pair->mute || pair->unit->ops->invalidate_timed_out(pair->unit));
}

static bool endpoint(void *context, uint32_t stream, enum endpoint_feature feature, bool on)
{
	(void)context, (void)stream, (void)feature, (void)on;
	return true;
}

static bool may_stall(void *context, uint32_t stream)
{
	(void)context, (void)stream;
	return true;
}

static void invalidate(void *context, uint16_t iommu, const struct ats_invalidation *message)
{
	struct pair *pair = context;
	(void)iommu;
	pair->owed |= UINT32_C(1) << message->itag;
	pair->invalidations++;
}

static void page_response(void *context, uint16_t iommu, const struct page_response *message)
{
	struct pair *pair = context;
	(void)iommu;
	pair->response = *message;
	pair->responses++;
}

static void stall_answer(void *context, uint16_t iommu, const struct stall_answer *answer)
{
	struct pair *pair = context;
	(void)iommu;
	pair->answer = *answer;
	pair->answers++;
}

static void interrupt(void *context, uint16_t iommu, const struct interrupt *message)
{
	(void)context, (void)iommu, (void)message;
}

static struct pair *pair_new(void)
{
	struct pair *pair = g_new0(struct pair, 1);
	pair->arena = arena_new();
	pair->memory = memory_new(pair->arena, 16384);
	memory_add_ram(pair->memory, 0, UINT64_C(0xbfffffff));
	pair->frames = frame_allocator_new(pair->memory, UINT64_C(0x1000000), UINT64_C(0x7fffffff));
	struct iommu_config unit = {
		.address_width = 48, .page_lg2_mask = 7, .ats = true, .pri = true, .pasid_bits = 20, .stall = true};
	pair->unit = iommu_ops_of(IOMMU_SMMUV3)->create(pair->arena, pair->memory, &unit);
	pair->outlet = (struct iommu_outlet){.context = pair,
					     .invalidate = invalidate,
					     .page_response = page_response,
					     .stall_answer = stall_answer,
					     .interrupt = interrupt};
	pair->unit->outlet = &pair->outlet;
	struct driver_config config = {
		.arena = pair->arena,
		.memory = pair->memory,
		.frames = pair->frames,
		.port = {.unit = pair,
			 .read_register = read_register,
			 .write_register = write_register,
			 .advance = advance,
			 .endpoint = endpoint,
			 .may_stall = may_stall},
		.page_requests = true,
	};
	pair->driver = driver_ops_of(IOMMU_SMMUV3)->create(&config);
	assert_int_equal(pair->driver->ops->init(pair->driver), 0);
	assert_int_equal(pair->driver->ops->enable(pair->driver), 0);
	return pair;
}

static void pair_free(struct pair *pair)
{
	pair->driver->ops->destroy(pair->driver);
	pair->unit->ops->destroy(pair->unit);
	frame_allocator_free(pair->frames);
	memory_free(pair->memory);
	arena_free(pair->arena);
	g_free(pair);
}

static void guest_word(struct pair *pair, uint64_t ipa, uint64_t value)
{
	assert_true(memory_write64(pair->memory, HOST + ipa, value));
}

/* A descriptor at 1000h (T0SZ 25, ASID 7), tables at 2000h, 3000h and 4000h, IOVA 5000h to guest physical 8000h. */
static void guest_boot(struct pair *pair)
{
	guest_word(pair, 0x1000, UINT64_C(0x0007e205c0003519));
	guest_word(pair, 0x1008, 0x2000);
	guest_word(pair, 0x1018, 0xff);
	guest_word(pair, 0x2000, 0x3003);
	guest_word(pair, 0x3000, 0x4003);
	guest_word(pair, 0x4000 + 8 * 5, 0x8f43);
}

static struct translation send(struct pair *pair, uint64_t iova, uint32_t pasid, enum request_at at, bool waits)
{
	struct translation out;
	struct request request = {.address = iova,
				  .bytes = 8,
				  .stream = STREAM,
				  .pasid = pasid,
				  .rid = STREAM,
				  .at = (uint8_t)at,
				  .op = at == AT_TRANSLATION_REQUEST ? REQUEST_READ : REQUEST_WRITE,
				  .may_stall = waits};
	memset(&out, 0, sizeof(out));
	pair->unit->ops->translate(pair->unit, &request, &out);
	return out;
}

static struct translation dma(struct pair *pair, uint64_t iova)
{
	return send(pair, iova, PASID_NONE, AT_UNTRANSLATED, false);
}

static domain_handle nest(struct pair *pair, domain_handle *parent)
{
	const struct domain_guest guest = {.ste = {0x100b, 0xd6}}; /* V, S1, linear, descriptor at 1000h */
	const struct driver_ops *ops = pair->driver->ops;
	domain_handle nested = 0;
	assert_int_equal(ops->domain_alloc(pair->driver, DOMAIN_NEST_PARENT, parent), 0);
	assert_int_equal(ops->map(pair->driver, *parent, 0, HOST, GUEST_BYTES, PERM_READ | PERM_WRITE), 0);
	assert_int_equal(ops->domain_nest(pair->driver, *parent, &guest, &nested), 0);
	assert_int_equal(ops->attach(pair->driver, STREAM, nested), 0);
	return nested;
}

static void test_nested_domain_translates_by_both_stages(void **state)
{
	(void)state;
	struct pair *pair = pair_new();
	domain_handle parent;
	nest(pair, &parent);
	guest_boot(pair);
	struct translation out = dma(pair, 0x5008);
	assert_int_equal(out.result, TRANSLATE_OK);
	assert_int_equal(out.pa, HOST + 0x8008);
	out = dma(pair, 0x6008);
	assert_int_equal(out.result, TRANSLATE_FAULT);
	assert_int_equal(out.fault, 0x10); /* F_TRANSLATION of the guest's stage */
	pair_free(pair);
}

/* What the parent took back is out of reach though the guest's stage, and both in one, were cached. */
static void test_nested_domain_loses_what_the_parent_unmaps(void **state)
{
	(void)state;
	struct pair *pair = pair_new();
	struct gather gather = {0};
	const struct driver_ops *ops = pair->driver->ops;
	domain_handle parent;
	nest(pair, &parent);
	guest_boot(pair);
	assert_int_equal(dma(pair, 0x5008).pa, HOST + 0x8008);
	assert_int_equal(ops->unmap(pair->driver, parent, 0x8000, PAGE, &gather), 0);
	assert_int_equal(dma(pair, 0x5008).result, TRANSLATE_OK); /* stale, until it is invalidated */
	assert_int_equal(ops->sync(pair->driver, &gather), 0);
	assert_int_equal(dma(pair, 0x5008).result, TRANSLATE_FAULT);
	assert_int_equal(ops->map(pair->driver, parent, 0x8000, HOST + 0xa0000, PAGE, PERM_READ | PERM_WRITE), 0);
	assert_int_equal(dma(pair, 0x5008).pa, HOST + 0xa0008);
	pair_free(pair);
}

static void test_nested_domain_flush_drops_the_guests_stage(void **state)
{
	(void)state;
	struct pair *pair = pair_new();
	domain_handle parent, nested = nest(pair, &parent);
	guest_boot(pair);
	assert_int_equal(dma(pair, 0x5008).pa, HOST + 0x8008);
	guest_word(pair, 0x4000 + 8 * 5, 0x9f43);
	assert_int_equal(dma(pair, 0x5008).pa, HOST + 0x8008);
	assert_int_equal(pair->driver->ops->flush_domain(pair->driver, nested), 0);
	assert_int_equal(dma(pair, 0x5008).pa, HOST + 0x9008);
	guest_word(pair, 0x1008, 0x7000); /* another table, empty: the descriptor was cached too */
	assert_int_equal(pair->driver->ops->flush_domain(pair->driver, nested), 0);
	assert_int_equal(dma(pair, 0x5008).result, TRANSLATE_FAULT);
	pair_free(pair);
}

/* The runner asks the engine who serves a stream, and the driver whose table that is. */
static void test_view_of_each_domain_leads_back_to_it(void **state)
{
	(void)state;
	static const enum domain_type types[] = {DOMAIN_DMA, DOMAIN_USER, DOMAIN_NEST_PARENT};
	struct pair *pair = pair_new();
	const struct driver_ops *ops = pair->driver->ops;
	struct iommu_view view;
	domain_handle handle;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(ops->domain_alloc(pair->driver, types[i], &handle), 0);
		assert_int_equal(ops->attach(pair->driver, STREAM, handle), 0);
		pair->unit->ops->view(pair->unit, STREAM, PASID_NONE, &view);
		assert_int_equal(view.kind, VIEW_TABLE);
		assert_int_equal(ops->domain_by_root(pair->driver, view.root), handle);
		assert_int_equal(ops->domain_type(pair->driver, handle), types[i]);
	}
	assert_int_equal(ops->domain_alloc(pair->driver, DOMAIN_IDENTITY, &handle), 0);
	assert_int_equal(ops->attach(pair->driver, STREAM, handle), 0);
	pair->unit->ops->view(pair->unit, STREAM, PASID_NONE, &view);
	assert_int_equal(view.kind, VIEW_PASS_THROUGH);
	assert_int_equal(ops->attach(pair->driver, STREAM, 0), 0);
	pair->unit->ops->view(pair->unit, STREAM, PASID_NONE, &view);
	assert_int_equal(view.kind, VIEW_BLOCKED);
	assert_int_equal(view.fault, 0x04); /* C_BAD_STE */
	pair_free(pair);
}

/* --- PASIDs --- */

static domain_handle domain_of(struct pair *pair, enum domain_type type, uint64_t iova, uint64_t pa)
{
	const struct driver_ops *ops = pair->driver->ops;
	domain_handle domain = 0;
	assert_int_equal(ops->domain_alloc(pair->driver, type, &domain), 0);
	if (pa)
		assert_int_equal(ops->map(pair->driver, domain, iova, pa, PAGE, PERM_READ | PERM_WRITE), 0);
	return domain;
}

static void test_pasid_beside_bypass_and_nothing(void **state)
{
	(void)state;
	static const uint32_t pasids[] = {1, 63, 64, 0x12345, 0xfffff};
	struct pair *pair = pair_new();
	const struct driver_ops *ops = pair->driver->ops;
	domain_handle sva = domain_of(pair, DOMAIN_SVA, 0x5000, HOST);
	assert_int_equal(ops->set_features(pair->driver, STREAM, FEATURE_PASID), 0);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(ops->attach_pasid(pair->driver, STREAM, pasids[i], sva), 0);
		assert_int_equal(send(pair, 0x5008, pasids[i], AT_UNTRANSLATED, false).pa, HOST + 8);
		assert_int_equal(send(pair, 0x5008, pasids[i] - 1, AT_UNTRANSLATED, false).result,
				 i == 2 ? TRANSLATE_OK : TRANSLATE_FAULT);
	}
	struct translation out = dma(pair, 0x5008);
	assert_int_equal(out.result, TRANSLATE_FAULT);
	assert_int_equal(out.fault, 0x06); /* F_STREAM_DISABLED */
	assert_int_equal(ops->attach(pair->driver, STREAM, domain_of(pair, DOMAIN_IDENTITY, 0, 0)), 0);
	assert_int_equal(dma(pair, 0x5008).pa, 0x5008);
	assert_int_equal(send(pair, 0x5008, 0x12345, AT_UNTRANSLATED, false).pa, HOST + 8);
	assert_int_equal(ops->attach_pasid(pair->driver, STREAM, 0x12345, 0), 0);
	assert_int_equal(send(pair, 0x5008, 0x12345, AT_UNTRANSLATED, false).fault, 0x0a); /* C_BAD_CD */
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(ops->attach_pasid(pair->driver, STREAM, pasids[i], 0), 0);
	assert_int_equal(dma(pair, 0x5008).pa, 0x5008);
	pair_free(pair);
}

/* --- ATS --- */

/* 3.9.1.3: what claims to be translated is refused as soon as the entry does not allow ATS. */
static void test_translated_requests_pass_while_ats_is_on(void **state)
{
	(void)state;
	struct pair *pair = pair_new();
	const struct driver_ops *ops = pair->driver->ops;
	assert_int_equal(ops->attach(pair->driver, STREAM, domain_of(pair, DOMAIN_DMA, 0x5000, HOST)), 0);
	assert_int_equal(send(pair, HOST, PASID_NONE, AT_TRANSLATED, false).fault, 0x07); /* F_TRANSL_FORBIDDEN */
	assert_int_equal(ops->set_features(pair->driver, STREAM, FEATURE_ATS), 0);
	struct translation out = send(pair, 0x5000, PASID_NONE, AT_TRANSLATION_REQUEST, false);
	assert_int_equal(out.completion, ATS_SUCCESS);
	assert_int_equal(out.pa, HOST);
	assert_int_equal(send(pair, HOST, PASID_NONE, AT_TRANSLATED, false).result, TRANSLATE_OK);
	assert_int_equal(ops->attach(pair->driver, STREAM, domain_of(pair, DOMAIN_BLOCKED, 0, 0)), 0);
	assert_int_equal(pair->invalidations, 1);
	assert_int_equal(send(pair, HOST, PASID_NONE, AT_TRANSLATED, false).result, TRANSLATE_FAULT);
	pair_free(pair);
}

static void test_device_that_never_answers_is_a_time_out_and_no_end(void **state)
{
	(void)state;
	struct pair *pair = pair_new();
	const struct driver_ops *ops = pair->driver->ops;
	struct gather gather = {0};
	domain_handle domain = domain_of(pair, DOMAIN_DMA, 0x5000, HOST);
	assert_int_equal(ops->attach(pair->driver, STREAM, domain), 0);
	assert_int_equal(ops->set_features(pair->driver, STREAM, FEATURE_ATS), 0);
	assert_int_equal(ops->unmap(pair->driver, domain, 0x5000, PAGE, &gather), 0);
	pair->mute = true;
	assert_int_equal(ops->sync(pair->driver, &gather), -ETIMEDOUT);
	assert_int_equal(dma(pair, 0x5000).result, TRANSLATE_FAULT);
	pair->mute = false;
	assert_int_equal(ops->sync(pair->driver, &gather), 0);
	assert_int_equal(pair->invalidations, 2);
	pair_free(pair);
}

/* --- page requests --- */

static enum page_request_fate ask(struct pair *pair, uint32_t pasid, uint16_t group, uint64_t address)
{
	const struct page_request request = {
		.address = address, .stream = STREAM, .pasid = pasid, .group = group, .read = true, .last = true};
	struct page_response response;
	return pair->unit->ops->page_request(pair->unit, &request, &response);
}

static void test_page_request_is_answered(void **state)
{
	(void)state;
	struct pair *pair = pair_new();
	const struct driver_ops *ops = pair->driver->ops;
	struct driver_fault fault;
	domain_handle sva = domain_of(pair, DOMAIN_SVA, 0, 0);
	assert_int_equal(ops->set_features(pair->driver, STREAM, FEATURE_ATS | FEATURE_PASID | FEATURE_PRI), 0);
	assert_int_equal(ops->attach_pasid(pair->driver, STREAM, 9, sva), 0);
	struct translation out = send(pair, 0x5000, 9, AT_TRANSLATION_REQUEST, false);
	assert_int_equal(out.completion, ATS_SUCCESS);
	assert_int_equal(out.permissions, 0);
	assert_int_equal(ask(pair, 9, 17, 0x5000), PAGE_REQUEST_QUEUED);
	assert_true(ops->fault_next(pair->driver, &fault));
	assert_int_equal(fault.request.address, 0x5000);
	assert_int_equal(fault.request.pasid, 9);
	assert_int_equal(ops->map(pair->driver, sva, 0x5000, HOST, PAGE, PERM_READ | PERM_WRITE), 0);
	assert_int_equal(ops->fault_respond(pair->driver, &fault, PAGE_RESPONSE_SUCCESS), 0);
	assert_int_equal(pair->responses, 1);
	assert_int_equal(pair->response.pasid, 9);
	assert_int_equal(pair->response.group, 17);
	assert_int_equal(pair->response.code, PAGE_RESPONSE_SUCCESS);
	assert_int_equal(send(pair, 0x5000, 9, AT_TRANSLATION_REQUEST, false).pa, HOST);
	assert_false(ops->fault_next(pair->driver, &fault));
	pair_free(pair);
}

/* 8.1: nothing is queued until the overflow is acknowledged, which is when the queue was read. */
static void test_page_requests_go_on_after_an_overflow(void **state)
{
	(void)state;
	struct pair *pair = pair_new();
	struct driver_fault fault;
	unsigned queued = 0, taken = 0;
	while (ask(pair, PASID_NONE, 0, (uint64_t)queued << 12) == PAGE_REQUEST_QUEUED)
		assert_true(++queued <= 4096);
	assert_int_equal(ask(pair, PASID_NONE, 0, 0), PAGE_REQUEST_ANSWERED);
	for (; pair->driver->ops->fault_next(pair->driver, &fault); taken++)
		assert_int_equal(fault.request.address, (uint64_t)taken << 12);
	assert_int_equal(taken, queued);
	assert_int_equal(ask(pair, PASID_NONE, 0, 0), PAGE_REQUEST_QUEUED);
	assert_true(pair->driver->ops->fault_next(pair->driver, &fault));
	pair_free(pair);
}

/* --- stalls --- */

static void test_stalled_transaction_goes_on_when_its_page_has_come(void **state)
{
	(void)state;
	struct pair *pair = pair_new();
	const struct driver_ops *ops = pair->driver->ops;
	struct driver_fault fault;
	domain_handle domain = domain_of(pair, DOMAIN_DMA, 0, 0);
	assert_int_equal(ops->attach(pair->driver, STREAM, domain), 0);
	assert_int_equal(send(pair, 0x5008, PASID_NONE, AT_UNTRANSLATED, true).result, TRANSLATE_FAULT);
	assert_int_equal(ops->set_features(pair->driver, STREAM, FEATURE_STALL), 0);
	struct translation out = send(pair, 0x5008, PASID_NONE, AT_UNTRANSLATED, true);
	assert_int_equal(out.result, TRANSLATE_STALLED);
	assert_true(ops->fault_next(pair->driver, &fault));
	assert_true(fault.stalled);
	assert_int_equal(fault.stall_tag, out.stall_tag);
	assert_int_equal(fault.request.address, 0x5000);
	assert_true(fault.request.write);
	assert_int_equal(ops->map(pair->driver, domain, 0x5000, HOST, PAGE, PERM_READ | PERM_WRITE), 0);
	assert_int_equal(ops->fault_respond(pair->driver, &fault, PAGE_RESPONSE_SUCCESS), 0);
	assert_int_equal(pair->answers, 1);
	assert_int_equal(pair->answer.action, STALL_RETRY);
	assert_int_equal(send(pair, 0x5008, PASID_NONE, AT_UNTRANSLATED, true).pa, HOST + 8);
	assert_int_equal(send(pair, 0x6008, PASID_NONE, AT_UNTRANSLATED, true).result, TRANSLATE_STALLED);
	assert_true(ops->fault_next(pair->driver, &fault));
	assert_int_equal(ops->fault_respond(pair->driver, &fault, PAGE_RESPONSE_INVALID), 0);
	assert_int_equal(pair->answer.action, STALL_ABORT);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nested_domain_translates_by_both_stages),
		cmocka_unit_test(test_nested_domain_loses_what_the_parent_unmaps),
		cmocka_unit_test(test_nested_domain_flush_drops_the_guests_stage),
		cmocka_unit_test(test_view_of_each_domain_leads_back_to_it),
		cmocka_unit_test(test_pasid_beside_bypass_and_nothing),
		cmocka_unit_test(test_translated_requests_pass_while_ats_is_on),
		cmocka_unit_test(test_device_that_never_answers_is_a_time_out_and_no_end),
		cmocka_unit_test(test_page_request_is_answered),
		cmocka_unit_test(test_page_requests_go_on_after_an_overflow),
		cmocka_unit_test(test_stalled_transaction_goes_on_when_its_page_has_come),
	};
	return cmocka_run_group_tests_name("smmuv3-driver-engine", tests, NULL, NULL);
}
