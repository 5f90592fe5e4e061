/* SPDX-License-Identifier: MIT */
#include "driver_fake.h"

#include <glib.h>

enum { GCMD = 0x18, GSTS = 0x1c, CCMD = 0x28, FSTS = 0x34, PMEN = 0x64, IQH = 0x80, IQT = 0x88, IQA = 0x90 };
enum { IOTLB = 0x108, FRCD = 0x200 };

uint64_t fake_register(struct fake *fake, uint32_t offset, unsigned width)
{
	uint64_t value = 0;
	assert_true(offset + width <= FAKE_REGISTERS && offset % width == 0);
	memcpy(&value, fake->registers + offset, width);
	return value;
}

void fake_set_register(struct fake *fake, uint32_t offset, unsigned width, uint64_t value)
{
	memcpy(fake->registers + offset, &value, width);
}

static uint64_t read_register(void *unit, uint32_t offset, unsigned width)
{
	return fake_register(unit, offset, width);
}

/* RW1C registers clear what is written as 1; commands wait for advance(). */
static void write_register(void *unit, uint32_t offset, unsigned width, uint64_t value)
{
	struct fake *fake = unit;
	if (offset == GCMD) {
		assert_false(fake->command_pending);
		fake->command = (uint32_t)value;
		fake->command_pending = true;
		uint32_t gsts = (uint32_t)fake_register(fake, GSTS, 4);
		if (value & 0x40000000)
			gsts &= ~UINT32_C(0x40000000);
		if (value & 0x08000000)
			gsts |= 0x08000000;
		fake_set_register(fake, GSTS, 4, gsts);
		return;
	}
	if (offset == FSTS || (offset >= FRCD && offset < FRCD + 0x20))
		value = fake_register(fake, offset, width) & ~value;
	fake_set_register(fake, offset, width, value);
}

static bool do_command(struct fake *fake)
{
	if (!fake->command_pending)
		return false;
	fake->command_pending = false;
	uint32_t gsts = fake->command & 0xe6800000;
	gsts |= (uint32_t)fake_register(fake, GSTS, 4) & 0x40000000;
	fake_set_register(fake, GSTS, 4, gsts);
	if (!(gsts & 0x04000000))
		fake_set_register(fake, IQH, 8, 0);
	return true;
}

static bool do_invalidate(struct fake *fake)
{
	uint64_t ccmd = fake_register(fake, CCMD, 8);
	uint64_t iotlb = fake_register(fake, IOTLB, 8);
	uint64_t pmen = fake_register(fake, PMEN, 4);
	if (ccmd >> 63) {
		uint64_t granularity = fake->refusing ? 0 : ccmd >> 61 & 3;
		ccmd &= ~(UINT64_C(0x93) << 56);
		fake_set_register(fake, CCMD, 8, (ccmd & ~(UINT64_C(3) << 59)) | granularity << 59);
		return true;
	}
	if (iotlb >> 63) {
		uint64_t granularity = fake->refusing ? 0 : iotlb >> 60 & 3;
		iotlb &= ~(UINT64_C(1) << 63 | UINT64_C(3) << 57);
		fake_set_register(fake, IOTLB, 8, iotlb | granularity << 57);
		return true;
	}
	if (pmen >> 31 != (pmen & 1)) {
		fake_set_register(fake, PMEN, 4, (pmen & ~UINT64_C(1)) | pmen >> 31);
		return true;
	}
	return false;
}

static bool do_queue(struct fake *fake)
{
	uint64_t head = fake_register(fake, IQH, 8);
	if (fake->owed && !fake->held) {
		assert_true(memory_write32(fake->memory, fake->owed, 2));
		fake->owed = 0;
		return true;
	}
	if (!(fake_register(fake, GSTS, 4) & 0x04000000) || head == fake_register(fake, IQT, 8) || fake->owed)
		return false;
	uint64_t pa = (fake_register(fake, IQA, 8) & ~UINT64_C(0xfff)) + head;
	uint64_t low = fake_word(fake, pa);
	if ((low & 0xf) == 5)
		fake->owed = fake_word(fake, pa + 8);
	fake_set_register(fake, IQH, 8, (head + 16) & 0xfff);
	return true;
}

static bool advance(void *unit)
{
	struct fake *fake = unit;
	fake->advances++;
	if (fake->dead)
		return fake->endless;
	return do_command(fake) || do_invalidate(fake) || do_queue(fake) || fake->endless;
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
	fake->frames = frame_allocator_new(fake->memory, FAKE_ROOT, FAKE_ROOT + bytes - 1);
	fake->hook = (struct effect_hook){.seen = seen, .context = fake};
	fake_set_register(fake, 0x00, 4, wish->version ? wish->version : 0x10);
	fake_set_register(fake, 0x08, 8, wish->cap ? wish->cap : FAKE_CAP);
	fake_set_register(fake, 0x10, 8, wish->ecap ? wish->ecap : FAKE_ECAP);
	struct driver_config config = {
		.index = 3,
		.arena = fake->arena,
		.memory = fake->memory,
		.frames = fake->frames,
		.port = {.unit = fake,
			 .read_register = read_register,
			 .write_register = write_register,
			 .advance = advance},
		.hook = &fake->hook,
		.max_domains = wish->max_domains,
		.max_streams = wish->max_streams,
	};
	fake->driver = driver_ops_of(IOMMU_VTD)->create(&config);
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
