/* SPDX-License-Identifier: MIT */
#include "driver_fake.h"

#include <glib.h>

enum { CR0 = 0x20, CR0ACK = 0x24, GBPA = 0x44, GERROR = 0x60, GERRORN = 0x64 };
enum { CMDQ_BASE = 0x90, CMDQ_PROD = 0x98, CMDQ_CONS = 0x9c };

static void set_register(struct fake *fake, uint32_t offset, unsigned width, uint64_t value)
{
	memcpy(fake->registers + offset, &value, width);
}

uint64_t fake_register(struct fake *fake, uint32_t offset, unsigned width)
{
	uint64_t value = 0;
	assert_true(offset + width <= FAKE_REGISTERS && offset % width == 0);
	memcpy(&value, fake->registers + offset, width);
	return value;
}

static uint64_t read_register(void *unit, uint32_t offset, unsigned width)
{
	return fake_register(unit, offset, width);
}

/* 6.3.9: tables and queues do not change while they are on; 7.1: an acknowledged error lets the queue go on. */
static void write_register(void *unit, uint32_t offset, unsigned width, uint64_t value)
{
	struct fake *fake = unit;
	uint64_t ack = fake_register(fake, CR0ACK, 4);
	assert_true(offset >= 0x20 && offset != CR0ACK && offset != GERROR);
	if (offset >= 0x80 && offset < 0x90)
		assert_int_equal(ack & 1, 0);
	if (offset == CMDQ_BASE || offset == CMDQ_CONS)
		assert_int_equal(ack & 8, 0);
	set_register(fake, offset, width, value);
	if (offset == GERRORN && !((fake_register(fake, GERROR, 4) ^ value) & 1))
		set_register(fake, CMDQ_CONS, 4, fake_register(fake, CMDQ_CONS, 4) & 0xfffff);
}

static bool do_handshake(struct fake *fake)
{
	uint64_t gbpa = fake_register(fake, GBPA, 4);
	if (fake_register(fake, CR0, 4) != fake_register(fake, CR0ACK, 4)) {
		set_register(fake, CR0ACK, 4, fake_register(fake, CR0, 4));
		return true;
	}
	if (gbpa >> 31) {
		set_register(fake, GBPA, 4, gbpa & 0x7fffffff);
		return true;
	}
	return false;
}

static bool do_command(struct fake *fake)
{
	uint64_t base = fake_register(fake, CMDQ_BASE, 8), cons = fake_register(fake, CMDQ_CONS, 4);
	uint64_t entries = UINT64_C(1) << (base & 0x1f), wrap = 2 * entries - 1;
	if (!(fake_register(fake, CR0ACK, 4) & 8) || cons == fake_register(fake, CMDQ_PROD, 4))
		return false;
	if ((fake_register(fake, GERROR, 4) ^ fake_register(fake, GERRORN, 4)) & 1)
		return false;
	uint64_t opcode = fake_word(fake, (base & UINT64_C(0xffffffffffff00)) + 16 * (cons & (entries - 1))) & 0xff;
	if (opcode == 0x46 && fake->held)
		return false;
	fake->atc_inv |= opcode == 0x40;
	if (opcode == 0x46 && fake->atc_inv) {
		fake->atc_inv = false;
		if (fake->late) {
			fake->late--;
			set_register(fake, CMDQ_CONS, 4, cons | 3u << 24);
			set_register(fake, GERROR, 4, fake_register(fake, GERROR, 4) ^ 1);
			return true;
		}
	}
	if (fake->refuse && opcode == fake->refuse) {
		set_register(fake, CMDQ_CONS, 4, cons | 1u << 24);
		set_register(fake, GERROR, 4, fake_register(fake, GERROR, 4) ^ 1);
		return true;
	}
	set_register(fake, CMDQ_CONS, 4, (cons + 1) & wrap);
	if (opcode == 0x46 && fake->synced)
		fake->synced(fake);
	return true;
}

static bool advance(void *unit)
{
	struct fake *fake = unit;
	fake->advances++;
	return !fake->dead && (do_handshake(fake) || do_command(fake));
}

/* PCIe 10.5.1.3, 10.5.2: PASID does not change under ATS, nor is there PRI without it. */
static bool endpoint(void *unit, uint32_t stream, enum endpoint_feature feature, bool on)
{
	struct fake *fake = unit;
	unsigned now = fake->on[stream], then = on ? now | feature : now & ~(unsigned)feature;
	if (!(fake->endpoint & feature))
		return false;
	if (now == then)
		return true;
	assert_true(feature != FEATURE_PASID || !(now & FEATURE_ATS));
	assert_true(!(then & FEATURE_PRI) || then & FEATURE_ATS);
	fake->on[stream] = (uint8_t)then;
	assert_true(fake->count < FAKE_LOG_MAX);
	fake->log[fake->count++] =
		(struct effect){.kind = FAKE_ENDPOINT, .address = stream, .value = feature, .old = on};
	return true;
}

static bool may_stall(void *unit, uint32_t stream)
{
	struct fake *fake = unit;
	(void)stream;
	return fake->may_stall;
}

static void seen(void *context, const struct effect *effect)
{
	struct fake *fake = context;
	assert_true(fake->count < FAKE_LOG_MAX);
	fake->log[fake->count++] = *effect;
	if (fake->watch)
		fake->watch(fake, effect);
}

struct fake *fake_new(const struct fake_wish *wish)
{
	static const struct fake_wish none;
	if (!wish)
		wish = &none;
	struct fake *fake = g_new0(struct fake, 1);
	fake->arena = arena_new();
	fake->memory = memory_new(fake->arena, 65536);
	memory_add_ram(fake->memory, 0, UINT64_C(0xbfffffff));
	uint64_t bytes = wish->frames ? wish->frames * UINT64_C(4096) : UINT64_C(0x10000000);
	fake->frames = frame_allocator_new(fake->memory, FAKE_STRTAB, FAKE_STRTAB + bytes - 1);
	fake->hook = (struct effect_hook){.seen = seen, .context = fake};
	fake->endpoint = wish->endpoint;
	fake->may_stall = wish->may_stall;
	set_register(fake, 0x00, 4, wish->idr0 ? wish->idr0 : FAKE_IDR0);
	set_register(fake, 0x04, 4, wish->idr1 ? wish->idr1 : FAKE_IDR1);
	set_register(fake, 0x0c, 4, wish->idr3);
	set_register(fake, 0x14, 4, wish->idr5 ? wish->idr5 : FAKE_IDR5);
	set_register(fake, CR0, 4, wish->cr0);
	set_register(fake, CR0ACK, 4, wish->cr0);
	set_register(fake, GERROR, 4, wish->gerror);
	struct driver_config config = {
		.index = 3,
		.arena = fake->arena,
		.memory = fake->memory,
		.frames = fake->frames,
		.port = {.unit = fake,
			 .read_register = read_register,
			 .write_register = write_register,
			 .advance = advance,
			 .endpoint = wish->endpoint ? endpoint : NULL,
			 .may_stall = may_stall},
		.hook = &fake->hook,
		.max_domains = wish->max_domains,
		.max_streams = wish->max_streams,
		.stage = wish->stage,
		.page_requests = wish->page_requests,
	};
	fake->driver = driver_ops_of(IOMMU_SMMUV3)->create(&config);
	if (!wish->no_init) {
		assert_int_equal(fake->driver->ops->init(fake->driver), 0);
		fake_forget(fake);
	}
	return fake;
}

void fake_free(struct fake *fake)
{
	fake->driver->ops->destroy(fake->driver);
	frame_allocator_free(fake->frames);
	memory_free(fake->memory);
	arena_free(fake->arena);
	g_free(fake);
}

void fake_forget(struct fake *fake)
{
	fake->count = 0;
}

uint64_t fake_word(struct fake *fake, uint64_t pa)
{
	uint64_t value;
	assert_true(memory_read64(fake->memory, pa, &value));
	return value;
}

const struct effect *fake_effect(struct fake *fake, enum effect_kind kind, unsigned n)
{
	for (unsigned i = 0; i < fake->count; i++) {
		if (fake->log[i].kind == kind && n-- == 0)
			return &fake->log[i];
	}
	fail_msg("no such effect of kind %d", (int)kind);
	return NULL;
}

unsigned fake_effects(struct fake *fake, enum effect_kind kind)
{
	unsigned count = 0;
	for (unsigned i = 0; i < fake->count; i++)
		count += fake->log[i].kind == kind;
	return count;
}

void fake_submitted(struct fake *fake, unsigned n, uint64_t low, uint64_t high)
{
	const struct effect *effect = fake_effect(fake, EFFECT_SUBMIT, n);
	assert_int_equal(effect->command[0], low);
	assert_int_equal(effect->command[1], high);
}

void fake_did(struct fake *fake, const char *expected)
{
	GString *text = g_string_new(NULL);
	for (unsigned i = 0; i < fake->count; i++) {
		const struct effect *effect = &fake->log[i];
		const char *space = text->len ? " " : "";
		if (effect->kind == EFFECT_SUBMIT)
			g_string_append_printf(text, "%s%02x", space, (unsigned)effect->command[0] & 0xff);
		if (effect->kind != FAKE_ENDPOINT)
			continue;
		const char *name = effect->value == FEATURE_ATS   ? "ats"
				   : effect->value == FEATURE_PRI ? "pri"
								  : "pasid";
		g_string_append_printf(text, "%s%s%s", space, effect->old ? "+" : "-", name);
	}
	assert_string_equal(text->str, expected);
	g_string_free(text, TRUE);
	fake_forget(fake);
}

void fake_wrote(struct fake *fake, unsigned n, uint32_t offset, uint64_t value)
{
	const struct effect *effect = fake_effect(fake, EFFECT_REGISTER, n);
	assert_int_equal(effect->iommu, 3);
	assert_int_equal(effect->address, offset);
	assert_int_equal(effect->value, value);
}

domain_handle fake_domain(struct fake *fake, enum domain_type type)
{
	domain_handle handle = 0;
	assert_int_equal(fake->driver->ops->domain_alloc(fake->driver, type, &handle), 0);
	assert_int_not_equal(handle, 0);
	return handle;
}

void fake_attach(struct fake *fake, uint32_t stream, domain_handle domain)
{
	assert_int_equal(fake->driver->ops->attach(fake->driver, stream, domain), 0);
}

void fake_map(struct fake *fake, domain_handle domain, uint64_t iova, uint64_t pa, uint64_t bytes)
{
	assert_int_equal(fake->driver->ops->map(fake->driver, domain, iova, pa, bytes, 3), 0);
}

void fake_unmap(struct fake *fake, domain_handle domain, uint64_t iova, uint64_t bytes, struct gather *gather)
{
	assert_int_equal(fake->driver->ops->unmap(fake->driver, domain, iova, bytes, gather), 0);
}

void fake_sync(struct fake *fake, struct gather *gather)
{
	assert_int_equal(fake->driver->ops->sync(fake->driver, gather), 0);
}

void fake_set_features(struct fake *fake, uint32_t stream, unsigned features)
{
	assert_int_equal(fake->driver->ops->set_features(fake->driver, stream, features), 0);
	assert_int_equal(fake->driver->ops->features(fake->driver, stream), features);
}

void fake_attach_pasid(struct fake *fake, uint32_t stream, uint32_t pasid, domain_handle domain)
{
	assert_int_equal(fake->driver->ops->attach_pasid(fake->driver, stream, pasid, domain), 0);
	assert_int_equal(fake->driver->ops->attached_pasid(fake->driver, stream, pasid), domain);
}
