/* SPDX-License-Identifier: MIT */
#include "driver_pair.h"

#include <glib.h>

static uint64_t read_register(void *unit, uint32_t offset, unsigned width)
{
	return vtd_ops.read_register(((struct pair *)unit)->unit, offset, width);
}

static void write_register(void *unit, uint32_t offset, unsigned width, uint64_t value)
{
	vtd_ops.write_register(((struct pair *)unit)->unit, offset, width, value);
}

static bool advance(void *unit)
{
	struct pair *pair = unit;
	return vtd_ops.advance(pair->unit) || vtd_ops.invalidate_timed_out(pair->unit);
}

static struct pair_event *log_event(struct pair *pair, enum pair_kind kind)
{
	assert_true(pair->count < PAIR_EVENTS_MAX);
	pair->log[pair->count].kind = kind;
	return &pair->log[pair->count++];
}

static bool endpoint(void *unit, uint32_t stream, enum endpoint_feature feature, bool on)
{
	struct pair *pair = unit;
	struct pair_event *event = log_event(pair, PAIR_ENDPOINT);
	event->stream = stream;
	event->a = feature;
	event->b = on;
	return pair->has & feature;
}

static void seen(void *context, const struct effect *effect)
{
	struct pair *pair = context;
	struct pair_event *event;
	if (effect->kind == EFFECT_WORD)
		event = log_event(pair, PAIR_WORD);
	else if (effect->kind == EFFECT_REGISTER)
		event = log_event(pair, PAIR_REGISTER);
	else if (effect->kind == EFFECT_SUBMIT)
		event = log_event(pair, PAIR_SUBMIT);
	else
		return;
	event->a = effect->kind == EFFECT_SUBMIT ? effect->command[0] & 0xf : effect->address;
	event->b = effect->value;
	memcpy(event->words, effect->command, sizeof(event->words));
	if (effect->kind == EFFECT_WORD && pair->watch)
		pair->watch(pair);
}

static void invalidate(void *context, uint16_t iommu, const struct ats_invalidation *message)
{
	struct pair *pair = context;
	(void)iommu;
	pair->invalidations[pair->invalidation_count++ % 64] = *message;
	if (pair->mute)
		return;
	if (pair->sent)
		pair->sent(pair);
	vtd_ops.invalidate_completed(pair->unit, message->stream, UINT32_C(1) << message->itag);
}

static void page_response(void *context, uint16_t iommu, const struct page_response *message)
{
	struct pair *pair = context;
	(void)iommu;
	pair->responses[pair->response_count++ % 64] = *message;
}

static void stall_answer(void *context, uint16_t iommu, const struct stall_answer *answer)
{
	(void)context;
	(void)iommu;
	(void)answer;
}

static void interrupt(void *context, uint16_t iommu, const struct interrupt *message)
{
	(void)context;
	(void)iommu;
	(void)message;
}

struct pair *pair_new(const struct pair_wish *wish)
{
	struct pair *pair = g_new0(struct pair, 1);
	struct iommu_config unit = {.address_width = 46,
				    .id = {wish->cap ? wish->cap : PAIR_CAP, wish->ecap ? wish->ecap : PAIR_ALL}};
	uint64_t bytes = wish->frames ? wish->frames * PAGE : UINT64_C(0x10000000);
	pair->arena = arena_new();
	pair->memory = memory_new(pair->arena, 65536);
	memory_add_ram(pair->memory, 0, UINT64_C(0xbfffffff));
	pair->frames = frame_allocator_new(pair->memory, PAIR_FRAMES, PAIR_FRAMES + bytes - 1);
	pair->unit = vtd_ops.create(pair->arena, pair->memory, &unit);
	pair->outlet = (struct iommu_outlet){.context = pair,
					     .invalidate = invalidate,
					     .page_response = page_response,
					     .stall_answer = stall_answer,
					     .interrupt = interrupt};
	pair->unit->outlet = &pair->outlet;
	pair->hook = (struct effect_hook){.seen = seen, .context = pair};
	pair->has = FEATURE_ATS | FEATURE_PASID | FEATURE_PRI;
	struct driver_config config = {
		.arena = pair->arena,
		.memory = pair->memory,
		.frames = pair->frames,
		.port = {.unit = pair,
			 .read_register = read_register,
			 .write_register = write_register,
			 .advance = advance,
			 .endpoint = endpoint},
		.hook = &pair->hook,
		.stage = wish->stage,
		.page_requests = wish->requests,
		.interrupt_remapping = wish->remapping,
	};
	pair->driver = vtd_driver_ops.create(&config);
	assert_int_equal(vtd_driver_ops.init(pair->driver), 0);
	assert_int_equal(vtd_driver_ops.enable(pair->driver), 0);
	return pair;
}

void pair_free(struct pair *pair)
{
	vtd_driver_ops.destroy(pair->driver);
	vtd_ops.destroy(pair->unit);
	frame_allocator_free(pair->frames);
	memory_free(pair->memory);
	arena_free(pair->arena);
	g_free(pair);
}

void pair_forget(struct pair *pair)
{
	memset(pair->log, 0, pair->count * sizeof(pair->log[0]));
	pair->count = 0;
	pair->invalidation_count = 0;
	pair->response_count = 0;
}

uint64_t pair_word(struct pair *pair, uint64_t pa)
{
	uint64_t value = 0;
	assert_true(memory_read64(pair->memory, pa, &value));
	return value;
}

uint64_t pair_register(struct pair *pair, uint32_t offset, unsigned width)
{
	return vtd_ops.read_register(pair->unit, offset, width);
}

domain_handle pair_domain(struct pair *pair, enum domain_type type)
{
	domain_handle handle = 0;
	assert_int_equal(vtd_driver_ops.domain_alloc(pair->driver, type, &handle), 0);
	return handle;
}

void pair_attach(struct pair *pair, uint32_t stream, domain_handle domain)
{
	assert_int_equal(vtd_driver_ops.attach(pair->driver, stream, domain), 0);
	assert_int_equal(vtd_driver_ops.attached(pair->driver, stream), domain);
}

void pair_attach_pasid(struct pair *pair, uint32_t stream, uint32_t pasid, domain_handle domain)
{
	assert_int_equal(vtd_driver_ops.attach_pasid(pair->driver, stream, pasid, domain), 0);
	assert_int_equal(vtd_driver_ops.attached_pasid(pair->driver, stream, pasid), domain);
}

void pair_features(struct pair *pair, uint32_t stream, unsigned features)
{
	assert_int_equal(vtd_driver_ops.set_features(pair->driver, stream, features), 0);
	assert_int_equal(vtd_driver_ops.features(pair->driver, stream), features);
}

void pair_map(struct pair *pair, domain_handle domain, uint64_t iova, uint64_t pa, uint64_t bytes)
{
	assert_int_equal(vtd_driver_ops.map(pair->driver, domain, iova, pa, bytes, PERM_READ | PERM_WRITE), 0);
}

void pair_unmap(struct pair *pair, domain_handle domain, uint64_t iova, uint64_t bytes, struct gather *gather)
{
	assert_int_equal(vtd_driver_ops.unmap(pair->driver, domain, iova, bytes, gather), 0);
}

int pair_take(struct pair *pair, domain_handle domain, uint64_t iova, uint64_t bytes, unsigned bugs)
{
	struct gather gather = {0};
	pair_unmap(pair, domain, iova, bytes, &gather);
	pair_forget(pair);
	vtd_driver_ops.inject(pair->driver, bugs);
	int error = vtd_driver_ops.sync(pair->driver, &gather);
	vtd_driver_ops.inject(pair->driver, 0);
	return error;
}

struct translation pair_ask(struct pair *pair, uint32_t stream, uint32_t pasid, uint64_t address, enum request_at at)
{
	struct translation out;
	struct request request = {.address = address,
				  .bytes = 8,
				  .stream = stream,
				  .pasid = pasid,
				  .at = (uint8_t)at,
				  .op = REQUEST_READ};
	vtd_ops.translate(pair->unit, &request, &out);
	return out;
}

void pair_expect_pa(struct pair *pair, uint32_t stream, uint32_t pasid, uint64_t iova, uint64_t pa)
{
	struct translation out = pair_ask(pair, stream, pasid, iova, AT_UNTRANSLATED);
	assert_int_equal(out.result, TRANSLATE_OK);
	assert_true(out.pa == pa);
}

void pair_expect_fault(struct pair *pair, uint32_t stream, uint32_t pasid, uint64_t iova, unsigned reason)
{
	struct translation out = pair_ask(pair, stream, pasid, iova, AT_UNTRANSLATED);
	assert_int_equal(out.result, TRANSLATE_FAULT);
	assert_int_equal(out.fault, reason);
}

static const struct pair_event *command(struct pair *pair, unsigned n)
{
	for (unsigned i = 0; i < pair->count; i++) {
		if (pair->log[i].kind == PAIR_SUBMIT && n-- == 0)
			return &pair->log[i];
	}
	fail_msg("no such command");
	return NULL;
}

void pair_expect_command(struct pair *pair, unsigned n, uint64_t first, uint64_t second)
{
	const struct pair_event *event = command(pair, n);
	assert_int_equal(event->words[0], first);
	assert_int_equal(event->words[1], second);
	assert_true(event->words[2] == 0 && event->words[3] == 0);
}

void pair_expect_wait(struct pair *pair, unsigned n)
{
	assert_int_equal(command(pair, n)->words[0], UINT64_C(0x200000025));
}

void pair_expect_commands(struct pair *pair, unsigned count)
{
	unsigned found = 0;
	for (unsigned i = 0; i < pair->count; i++)
		found += pair->log[i].kind == PAIR_SUBMIT;
	assert_int_equal(found, count);
}

int pair_find(struct pair *pair, enum pair_kind kind, uint64_t a, unsigned n)
{
	for (unsigned i = 0; i < pair->count; i++) {
		if (pair->log[i].kind == kind && pair->log[i].a == a && n-- == 0)
			return (int)i;
	}
	return -1;
}
