/* SPDX-License-Identifier: MIT */
/*
 * DOMAIN_SCRATCH on every kind of IOMMU, driver and engine together: whatever a requester asks for, it gets one page,
 * and all of that is given back.
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

#define PAGE UINT64_C(0x1000)
#define ONE  0x100u
#define TWO  0x208u

/* IDR0 and IDR1, IDR2 and IDR3, IDR4 and IDR5 (IHI 0070 6.3.1 to 6.3.6): as test_two_kinds.c, but for GRAN64K alone. */
#define SMMU_64K                                                                                                \
	{                                                                                                       \
		UINT64_C(0x01070010) << 32 | UINT64_C(0x0d4c101b), UINT64_C(0x1400) << 32, UINT64_C(0x45) << 32 \
	}

static const struct kind {
	const char *name;
	enum iommu_kind kind;
	enum driver_stage stage;
	bool scalable;
	uint64_t granule, width;
	uint64_t id[4];
} kinds[] = {
	{"VT-d legacy mode", IOMMU_VTD, DRIVER_STAGE_ANY, false, PAGE, 46, {0}},
	{"VT-d second stage", IOMMU_VTD, DRIVER_STAGE_SECOND, true, PAGE, 46, {0}},
	{"VT-d first stage", IOMMU_VTD, DRIVER_STAGE_FIRST, true, PAGE, 46, {0}},
	{"SMMUv3 stage 1", IOMMU_SMMUV3, DRIVER_STAGE_FIRST, false, PAGE, 48, {0}},
	{"SMMUv3 stage 2", IOMMU_SMMUV3, DRIVER_STAGE_SECOND, false, PAGE, 48, {0}},
	{"SMMUv3 stage 1, 64 KiB", IOMMU_SMMUV3, DRIVER_STAGE_FIRST, false, 16 * PAGE, 48, SMMU_64K},
	{"SMMUv3 stage 2, 64 KiB", IOMMU_SMMUV3, DRIVER_STAGE_SECOND, false, 16 * PAGE, 48, SMMU_64K},
};

struct unit {
	struct arena *arena;
	struct memory *memory;
	struct frame_allocator *frames;
	struct iommu *iommu;
	struct driver *driver;
	struct effect_hook hook;
	unsigned words; /* that hardware was shown */
};

static uint64_t read_register(void *context, uint32_t offset, unsigned width)
{
	struct unit *unit = context;
	return unit->iommu->ops->read_register(unit->iommu, offset, width);
}

static void write_register(void *context, uint32_t offset, unsigned width, uint64_t value)
{
	struct unit *unit = context;
	unit->iommu->ops->write_register(unit->iommu, offset, width, value);
}

static bool advance(void *context)
{
	struct unit *unit = context;
	return unit->iommu->ops->advance(unit->iommu);
}

static void seen(void *context, const struct effect *effect)
{
	struct unit *unit = context;
	unit->words += effect->kind == EFFECT_WORD;
}

static void unit_init(struct unit *unit, const struct kind *kind)
{
	struct iommu_config config = {.address_width = 48, .page_lg2_mask = 7, .scalable = kind->scalable};
	memcpy(config.id, kind->id, sizeof(config.id));
	*unit = (struct unit){.arena = arena_new()};
	unit->memory = memory_new(unit->arena, 16384);
	memory_add_ram(unit->memory, 0, UINT64_C(0xbfffffff));
	unit->frames = frame_allocator_new(unit->memory, UINT64_C(0x1000000), UINT64_C(0x7fffffff));
	unit->hook = (struct effect_hook){.seen = seen, .context = unit};
	unit->iommu = iommu_ops_of(kind->kind)->create(unit->arena, unit->memory, &config);
	struct driver_config driver = {
		.arena = unit->arena,
		.memory = unit->memory,
		.frames = unit->frames,
		.port = {.unit = unit,
			 .read_register = read_register,
			 .write_register = write_register,
			 .advance = advance},
		.hook = &unit->hook,
		.stage = kind->stage,
	};
	unit->driver = driver_ops_of(kind->kind)->create(&driver);
	assert_int_equal(unit->driver->ops->init(unit->driver), 0);
	assert_int_equal(unit->driver->ops->enable(unit->driver), 0);
}

static void unit_free(struct unit *unit)
{
	unit->driver->ops->destroy(unit->driver);
	unit->iommu->ops->destroy(unit->iommu);
	frame_allocator_free(unit->frames);
	memory_free(unit->memory);
	arena_free(unit->arena);
}

static struct translation send(struct unit *unit, uint32_t stream, uint64_t address, bool write)
{
	struct translation out;
	struct request request = {.address = address,
				  .bytes = 8,
				  .stream = stream,
				  .pasid = PASID_NONE,
				  .rid = (uint16_t)stream,
				  .op = write ? REQUEST_WRITE : REQUEST_READ};
	memset(&out, 0, sizeof(out));
	unit->iommu->ops->translate(unit->iommu, &request, &out);
	return out;
}

static domain_handle scratch_of(struct unit *unit)
{
	domain_handle scratch = 0;
	assert_int_equal(unit->driver->ops->domain_alloc(unit->driver, DOMAIN_SCRATCH, &scratch), 0);
	return scratch;
}

static void attach(struct unit *unit, uint32_t stream, domain_handle domain)
{
	assert_int_equal(unit->driver->ops->attach(unit->driver, stream, domain), 0);
}

static void test_scratch_domain_leads_every_address_to_one_page(void **state)
{
	(void)state;
	for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
		const struct kind *kind = &kinds[i];
		struct unit unit;
		uint64_t page;
		unit_init(&unit, kind);
		domain_handle scratch = scratch_of(&unit);
		attach(&unit, ONE, scratch);
		attach(&unit, TWO, scratch);
		assert_true(unit.driver->ops->lookup(unit.driver, scratch, 0, &page));
		assert_true(frame_allocator_is_taken(unit.frames, page));
		assert_int_equal(page & (kind->granule - 1), 0);
		for (unsigned lg2 = 3; lg2 < kind->width; lg2++) {
			uint64_t address = UINT64_C(1) << lg2 | 0x100;
			struct translation out = send(&unit, lg2 & 1 ? ONE : TWO, address, lg2 & 2);
			if (out.result != TRANSLATE_OK || out.pa != (page | (address & (kind->granule - 1))))
				fail_msg("%s: 2^%u: result %d, at %#llx", kind->name, lg2, out.result,
					 (unsigned long long)out.pa);
			assert_false(out.pass_through);
		}
		attach(&unit, ONE, 0);
		assert_int_equal(send(&unit, ONE, 0x100, false).result, TRANSLATE_FAULT);
		assert_int_equal(send(&unit, TWO, 0x100, false).pa, page | 0x100);
		attach(&unit, TWO, 0);
		unit_free(&unit);
	}
}

static void test_scratch_domain_is_given_back_once(void **state)
{
	(void)state;
	for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
		struct unit unit;
		unit_init(&unit, &kinds[i]);
		const struct driver_ops *ops = unit.driver->ops;
		attach(&unit, ONE, scratch_of(&unit)); /* structures of the stream exist */
		uint32_t before = frame_allocator_taken(unit.frames);
		unit.words = 0;
		domain_handle scratch = scratch_of(&unit);
		assert_int_equal(unit.words, 0); /* nothing leads to the table yet */
		assert_int_equal(frame_allocator_taken(unit.frames),
				 before + (ops->table_pages(unit.driver, scratch) + 1) * kinds[i].granule / PAGE);
		attach(&unit, ONE, scratch);
		assert_int_equal(ops->domain_free(unit.driver, scratch), -EBUSY);
		attach(&unit, ONE, 0);
		assert_int_equal(ops->domain_free(unit.driver, scratch), 0);
		assert_int_equal(frame_allocator_taken(unit.frames), before);
		unit_free(&unit);
	}
}

/* It is the driver's own, and says what a blocking domain says. */
static void test_scratch_domain_cannot_be_mapped(void **state)
{
	(void)state;
	for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
		struct domain_geometry geometry;
		struct gather gather = {0};
		struct iommu_view view;
		struct unit unit;
		unit_init(&unit, &kinds[i]);
		const struct driver_ops *ops = unit.driver->ops;
		domain_handle scratch = scratch_of(&unit);
		assert_int_equal(ops->map(unit.driver, scratch, 0, PAGE, PAGE, PERM_READ), -EINVAL);
		assert_int_equal(ops->unmap(unit.driver, scratch, 0, PAGE, &gather), -EINVAL);
		ops->domain_geometry(unit.driver, scratch, &geometry);
		assert_int_equal(geometry.last, 0);
		assert_int_equal(geometry.page_sizes, 0);
		assert_int_equal(ops->domain_type(unit.driver, scratch), DOMAIN_SCRATCH);
		attach(&unit, ONE, scratch);
		unit.iommu->ops->view(unit.iommu, ONE, PASID_NONE, &view);
		assert_int_equal(view.kind, VIEW_TABLE);
		assert_int_equal(ops->domain_by_root(unit.driver, view.root), scratch);
		unit_free(&unit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scratch_domain_leads_every_address_to_one_page),
		cmocka_unit_test(test_scratch_domain_is_given_back_once),
		cmocka_unit_test(test_scratch_domain_cannot_be_mapped),
	};
	return cmocka_run_group_tests_name("scratch-domain", tests, NULL, NULL);
}
