/* SPDX-License-Identifier: MIT */
/*
 * The same program on every kind of IOMMU, driver and engine together: whoever attaches, maps, unmaps and invalidates
 * the same gets the same DMA. And after each invalidation no translation is left that the engine may still know, by the
 * tags that the driver reports and the engine answers with (hw/effect.h).
 */
#include "base/random.h"
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

#define PAGE        UINT64_C(0x1000)
#define SEEDS       40
#define STEPS       400
#define DOMAINS     6 /* nowhere, blocked, identity, three tables */
#define STREAMS     5
#define UNITS       (sizeof(kinds) / sizeof(kinds[0]))
#define CLEARED_MAX 65536

/*
 * VT-d CAP: DRD, DWD, MAMV 18, NFR 1, PSI, SSLPS 3, FRO 22h, ZLR, MGAW 47, SAGAW 48, ND 16 bits (11.4.2); ECAP: IRO Fh,
 * PT, QI, C (11.4.3). SMMUv3 IDR0 and IDR1, IDR2 and IDR3, IDR4 and IDR5 (6.3.1 to 6.3.6): two-level stream table,
 * 16-bit VMIDs and ASIDs, AArch64; 256 commands, 128 events, 16-bit StreamIDs; RIL and BBML 2, or neither; 4 KiB, 46
 * bits are not a size of IDR5.OAS: 48.
 */
#define SMMU_IDR01  (UINT64_C(0x01070010) << 32 | UINT64_C(0x0d4c101b))
#define SMMU_LINEAR (UINT64_C(0x01070010) << 32 | UINT64_C(0x054c101b))
#define SMMU_IDR23  (UINT64_C(0x1400) << 32)
#define SMMU_IDR45  (UINT64_C(0x15) << 32)

static const struct kind {
	const char *name;
	enum iommu_kind kind;
	enum driver_stage stage;
	uint64_t id[4];
} kinds[] = {
	{"VT-d by queue", IOMMU_VTD, DRIVER_STAGE_ANY, {UINT64_C(0x00d2018c226f0406), 0xf43}},
	{"VT-d by registers", IOMMU_VTD, DRIVER_STAGE_ANY, {UINT64_C(0x00d2018c226f0406), 0xf41}},
	{"SMMUv3 stage 1", IOMMU_SMMUV3, DRIVER_STAGE_FIRST, {SMMU_IDR01, SMMU_IDR23, SMMU_IDR45}},
	{"SMMUv3 stage 2", IOMMU_SMMUV3, DRIVER_STAGE_SECOND, {SMMU_IDR01, SMMU_IDR23, SMMU_IDR45}},
	{"SMMUv3 stage 1, plain", IOMMU_SMMUV3, DRIVER_STAGE_FIRST, {SMMU_LINEAR, 0, SMMU_IDR45}},
	{"SMMUv3 stage 2, plain", IOMMU_SMMUV3, DRIVER_STAGE_SECOND, {SMMU_LINEAR, 0, SMMU_IDR45}},
};

struct cleared {
	uint64_t iova, last;
	uint32_t tag;
};

struct unit {
	struct arena *arena;
	struct memory *memory;
	struct frame_allocator *frames;
	struct iommu *iommu;
	struct driver *driver;
	struct effect_hook hook;
	domain_handle domains[DOMAINS];
	struct gather gather[DOMAINS];
	struct cleared *cleared; /* leaves that may still be cached */
	unsigned cleared_count;
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

static bool covers(const struct invalidation_scope *scope, const struct cleared *cleared)
{
	return (scope->all_tags || scope->tag == cleared->tag) &&
	       (scope->all_addresses || (scope->first <= cleared->last && scope->last >= cleared->iova));
}

static void seen(void *context, const struct effect *effect)
{
	struct unit *unit = context;
	if (effect->kind == EFFECT_LEAF_CLEAR) {
		assert_true(unit->cleared_count < CLEARED_MAX);
		unit->cleared[unit->cleared_count++] = (struct cleared){
			effect->address, effect->address + (UINT64_C(1) << effect->bytes_lg2) - 1, effect->tag};
	}
	if (effect->kind != EFFECT_COMPLETE || effect->scope.what != INVALIDATED_IOTLB)
		return;
	for (unsigned i = unit->cleared_count; i-- > 0;)
		if (covers(&effect->scope, &unit->cleared[i]))
			unit->cleared[i] = unit->cleared[--unit->cleared_count];
}

static void unit_init(struct unit *unit, const struct kind *kind)
{
	static const enum domain_type types[DOMAINS] = {DOMAIN_BLOCKED, DOMAIN_BLOCKED, DOMAIN_IDENTITY,
							DOMAIN_DMA,     DOMAIN_USER,    DOMAIN_DMA};
	*unit = (struct unit){.arena = arena_new(), .cleared = g_new0(struct cleared, CLEARED_MAX)};
	unit->memory = memory_new(unit->arena, 16384);
	memory_add_ram(unit->memory, 0, UINT64_C(0xbfffffff));
	unit->frames = frame_allocator_new(unit->memory, UINT64_C(0x1000000), UINT64_C(0x7fffffff));
	struct iommu_config config = {.address_width = 48, .page_lg2_mask = 7};
	memcpy(config.id, kind->id, sizeof(config.id));
	unit->hook = (struct effect_hook){.seen = seen, .context = unit};
	unit->iommu = iommu_ops_of(kind->kind)->create(unit->arena, unit->memory, &config);
	unit->iommu->hook = &unit->hook;
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
	for (unsigned i = 1; i < DOMAINS; i++)
		assert_int_equal(unit->driver->ops->domain_alloc(unit->driver, types[i], &unit->domains[i]), 0);
}

static void unit_free(struct unit *unit)
{
	for (uint32_t stream = 0; stream < STREAMS; stream++)
		assert_int_equal(unit->driver->ops->attach(unit->driver, stream * 0x77, 0), 0);
	uint32_t taken = frame_allocator_taken(unit->frames), tables = 0;
	for (unsigned i = 1; i < DOMAINS; i++) {
		tables += unit->driver->ops->table_pages(unit->driver, unit->domains[i]);
		assert_int_equal(unit->driver->ops->domain_free(unit->driver, unit->domains[i]), 0);
	}
	assert_int_equal(frame_allocator_taken(unit->frames), taken - tables);
	unit->driver->ops->destroy(unit->driver);
	unit->iommu->ops->destroy(unit->iommu);
	frame_allocator_free(unit->frames);
	memory_free(unit->memory);
	arena_free(unit->arena);
	g_free(unit->cleared);
}

enum operation { ATTACH, MAP, UNMAP, FLUSH, DMA };

struct step {
	enum operation operation;
	unsigned domain;
	uint32_t stream;
	uint64_t iova, pa, bytes;
	unsigned permissions;
	bool write;
};

/* Near the beginning of a few regions, so that ranges meet; in pages, and sometimes whole large pages. */
static uint64_t random_iova(struct random *random)
{
	static const uint64_t regions[] = {0, 0x40000000, UINT64_C(0x7fc0000000), UINT64_C(0x3fffffc00000)};
	uint64_t iova = regions[random_below(random, 4)];
	if (random_chance(random, 2))
		return iova + 0x200000 * random_below(random, 2);
	return iova + PAGE * random_below(random, 1024);
}

static struct step random_step(struct random *random)
{
	static const uint64_t pages[] = {1, 1, 2, 7, 512, 513, 1024};
	struct step step = {
		.domain = (unsigned)random_below(random, DOMAINS),
		.stream = (uint32_t)random_below(random, STREAMS) * 0x77,
		.iova = random_iova(random),
		.bytes = PAGE * pages[random_below(random, 7)],
		.pa = 0x100000000 + (random_chance(random, 2) ? 0x200000 * random_below(random, 8)
							      : PAGE * random_below(random, 4096)),
		.permissions = random_chance(random, 3) ? PERM_READ : PERM_READ | PERM_WRITE,
		.write = random_chance(random, 2),
	};
	uint64_t roll = random_below(random, 100);
	step.operation = roll < 8 ? ATTACH : roll < 25 ? MAP : roll < 38 ? UNMAP : roll < 39 ? FLUSH : DMA;
	if (step.operation == MAP || step.operation == UNMAP)
		step.domain = 3 + step.domain % 3;
	return step;
}

static struct translation dma(struct unit *unit, const struct step *step)
{
	struct translation out;
	struct request request = {.address = step->iova + 8,
				  .bytes = 8,
				  .stream = step->stream,
				  .pasid = PASID_NONE,
				  .rid = (uint16_t)step->stream,
				  .op = step->write ? REQUEST_WRITE : REQUEST_READ};
	memset(&out, 0, sizeof(out));
	unit->iommu->ops->translate(unit->iommu, &request, &out);
	return out;
}

/* What the step answers: an errno, or of DMA the address that it reaches, 1 for a fault. */
static uint64_t do_step(struct unit *unit, const struct step *step)
{
	const struct driver_ops *ops = unit->driver->ops;
	domain_handle domain = unit->domains[step->domain];
	struct gather *gather = &unit->gather[step->domain];
	int error = 0;
	switch (step->operation) {
	case ATTACH:
		error = ops->attach(unit->driver, step->stream, domain);
		break;
	case MAP:
		error = ops->map(unit->driver, domain, step->iova, step->pa, step->bytes, step->permissions);
		break;
	case UNMAP:
		error = ops->unmap(unit->driver, domain, step->iova, step->bytes, gather);
		assert_int_equal(ops->sync(unit->driver, gather), 0);
		assert_int_equal(unit->cleared_count, 0);
		break;
	case FLUSH:
		error = domain ? ops->flush_domain(unit->driver, domain) : 0;
		break;
	default: {
		struct translation out = dma(unit, step);
		return out.result == TRANSLATE_OK ? out.pa : 1;
	}
	}
	return (uint64_t)(int64_t)error;
}

static void run(uint64_t seed, unsigned *permitted)
{
	struct unit units[UNITS];
	struct random random;
	random_seed(&random, seed);
	for (unsigned i = 0; i < UNITS; i++)
		unit_init(&units[i], &kinds[i]);
	for (unsigned n = 0; n < STEPS; n++) {
		struct step step = random_step(&random);
		uint64_t first = do_step(&units[0], &step);
		*permitted += step.operation == DMA && first != 1;
		for (unsigned i = 1; i < UNITS; i++) {
			uint64_t other = do_step(&units[i], &step);
			if (other != first)
				fail_msg("seed %u step %u operation %u domain %u iova %llx bytes %llx: %s: %llx, %s: "
					 "%llx",
					 (unsigned)seed, n, (unsigned)step.operation, step.domain,
					 (unsigned long long)step.iova, (unsigned long long)step.bytes, kinds[0].name,
					 (unsigned long long)first, kinds[i].name, (unsigned long long)other);
		}
	}
	for (unsigned i = 0; i < UNITS; i++)
		unit_free(&units[i]);
}

static void test_two_kinds_random_programs_permit_the_same(void **state)
{
	(void)state;
	unsigned permitted = 0;
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		run(seed, &permitted);
	assert_true(permitted > SEEDS * STEPS / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_kinds_random_programs_permit_the_same),
	};
	return cmocka_run_group_tests_name("two-kinds", tests, NULL, NULL);
}
