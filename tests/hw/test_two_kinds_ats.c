/* SPDX-License-Identifier: MIT */
/*
 * PASIDs and ATS: the same program on every kind of IOMMU, driver and engine together, with a device behind it that
 * keeps every translation it was ever answered until it is told to forget it. Whoever does the same gets the same DMA,
 * and after each call of the driver no device holds anything that the tables do not say.
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

#define PAGE      UINT64_C(0x1000)
#define SEEDS     30
#define STEPS     500
#define DOMAINS   4 /* none, three tables */
#define STREAMS   2
#define PASIDS    4 /* none, and these */
#define UNITS     (sizeof(kinds) / sizeof(kinds[0]))
#define CACHE_MAX 4096

static const uint32_t pasids[PASIDS] = {PASID_NONE, 1, 0x41, 0x2345};

/*
 * VT-d CAP as in test_two_kinds.c with FS1GP; ECAP: PASID with 20 bits, FSTS, SSTS, SMTS, NEST, RPS, DT, IRO Fh, PT,
 * QI, C. SMMUv3 IDR0 with ATS (bit 10), IDR1 with 20 bits of SubstreamID (10:6).
 */
#define VTD_CAP    UINT64_C(0x01d2008c226f0406)
#define VTD_ECAP   (UINT64_C(0x0002c80000000f47) | UINT64_C(1) << 40 | UINT64_C(19) << 35 | UINT64_C(1) << 26)
#define SMMU_IDR01 (UINT64_C(0x01070510) << 32 | UINT64_C(0x0d4c141b))
#define SMMU_IDR23 (UINT64_C(0x1400) << 32)
#define SMMU_IDR45 (UINT64_C(0x15) << 32)

static const struct kind {
	const char *name;
	enum iommu_kind kind;
	enum driver_stage stage;
	uint64_t id[4];
} kinds[] = {
	{"VT-d first stage", IOMMU_VTD, DRIVER_STAGE_FIRST, {VTD_CAP, VTD_ECAP}},
	{"VT-d first stage, caching mode", IOMMU_VTD, DRIVER_STAGE_FIRST, {VTD_CAP | 0x80, VTD_ECAP}},
	{"VT-d second stage", IOMMU_VTD, DRIVER_STAGE_SECOND, {VTD_CAP, VTD_ECAP}},
	{"SMMUv3", IOMMU_SMMUV3, DRIVER_STAGE_FIRST, {SMMU_IDR01, SMMU_IDR23, SMMU_IDR45}},
};

struct cached {
	uint64_t iova, pa;
	uint32_t stream, pasid;
};

struct unit {
	const struct kind *kind;
	struct arena *arena;
	struct memory *memory;
	struct frame_allocator *frames;
	struct iommu *iommu;
	struct driver *driver;
	struct iommu_outlet outlet;
	domain_handle domains[DOMAINS];
	unsigned on[STREAMS]; /* features of endpoints */
	struct cached cached[CACHE_MAX];
	unsigned count;
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

/* --- the device --- */

static bool endpoint(void *context, uint32_t stream, enum endpoint_feature feature, bool on)
{
	struct unit *unit = context;
	unit->on[stream] = on ? unit->on[stream] | feature : unit->on[stream] & ~(unsigned)feature;
	return true;
}

/* What is of requests without PASID is forgotten by invalidations without PASID alone. */
static void invalidate(void *context, uint16_t iommu, const struct ats_invalidation *message)
{
	struct unit *unit = context;
	(void)iommu;
	for (unsigned i = unit->count; i-- > 0;) {
		const struct cached *entry = &unit->cached[i];
		bool all = message->global && entry->pasid != PASID_NONE;
		if (entry->stream == message->stream && (all || entry->pasid == message->pasid) &&
		    message->first <= entry->iova && entry->iova <= message->last)
			unit->cached[i] = unit->cached[--unit->count];
	}
	unit->iommu->ops->invalidate_completed(unit->iommu, message->stream, UINT32_C(1) << message->itag);
}

static void ignore_response(void *context, uint16_t iommu, const struct page_response *message)
{
	(void)context;
	(void)iommu;
	(void)message;
}

static void ignore_answer(void *context, uint16_t iommu, const struct stall_answer *answer)
{
	(void)context;
	(void)iommu;
	(void)answer;
}

static void ignore_interrupt(void *context, uint16_t iommu, const struct interrupt *interrupt)
{
	(void)context;
	(void)iommu;
	(void)interrupt;
}

static struct translation ask(struct unit *unit, uint32_t stream, uint32_t pasid, uint64_t iova, enum request_at at)
{
	struct translation out;
	struct request request = {.address = iova,
				  .bytes = 8,
				  .stream = stream,
				  .pasid = pasid,
				  .rid = (uint16_t)stream,
				  .at = (uint8_t)at,
				  .op = REQUEST_READ};
	memset(&out, 0, sizeof(out));
	unit->iommu->ops->translate(unit->iommu, &request, &out);
	return out;
}

/* 1: there is none. Only who has ATS asks. */
static uint64_t fetch(struct unit *unit, uint32_t stream, uint32_t pasid, uint64_t iova)
{
	if (!(unit->on[stream] & FEATURE_ATS))
		return 1;
	struct translation out = ask(unit, stream, pasid, iova, AT_TRANSLATION_REQUEST);
	if (out.completion != ATS_SUCCESS || !(out.permissions & PERM_READ))
		return 1;
	assert_true(unit->count < CACHE_MAX);
	unit->cached[unit->count++] = (struct cached){iova, out.pa & ~(PAGE - 1), stream, pasid};
	return out.pa & ~(PAGE - 1);
}

/* --- the program --- */

static void unit_init(struct unit *unit, const struct kind *kind)
{
	static const enum domain_type types[DOMAINS] = {DOMAIN_BLOCKED, DOMAIN_DMA, DOMAIN_USER, DOMAIN_DMA};
	memset(unit, 0, sizeof(*unit));
	unit->kind = kind;
	unit->arena = arena_new();
	unit->memory = memory_new(unit->arena, 16384);
	memory_add_ram(unit->memory, 0, UINT64_C(0xbfffffff));
	unit->frames = frame_allocator_new(unit->memory, UINT64_C(0x1000000), UINT64_C(0x7fffffff));
	struct iommu_config config = {.address_width = 48, .page_lg2_mask = 7};
	memcpy(config.id, kind->id, sizeof(config.id));
	unit->iommu = iommu_ops_of(kind->kind)->create(unit->arena, unit->memory, &config);
	unit->outlet = (struct iommu_outlet){unit, invalidate, ignore_response, ignore_answer, ignore_interrupt};
	unit->iommu->outlet = &unit->outlet;
	struct driver_config driver = {
		.arena = unit->arena,
		.memory = unit->memory,
		.frames = unit->frames,
		.port = {.unit = unit,
			 .read_register = read_register,
			 .write_register = write_register,
			 .advance = advance,
			 .endpoint = endpoint},
		.stage = kind->stage,
	};
	unit->driver = driver_ops_of(kind->kind)->create(&driver);
	assert_int_equal(unit->driver->ops->init(unit->driver), 0);
	assert_int_equal(unit->driver->ops->enable(unit->driver), 0);
	for (unsigned i = 1; i < DOMAINS; i++)
		assert_int_equal(unit->driver->ops->domain_alloc(unit->driver, types[i], &unit->domains[i]), 0);
	for (uint32_t stream = 0; stream < STREAMS; stream++) {
		assert_int_equal(unit->driver->ops->attach(unit->driver, stream, unit->domains[1]), 0);
		assert_int_equal(unit->driver->ops->set_features(unit->driver, stream, FEATURE_PASID), 0);
	}
}

static void unit_free(struct unit *unit)
{
	const struct driver_ops *ops = unit->driver->ops;
	for (uint32_t stream = 0; stream < STREAMS; stream++) {
		for (unsigned i = 1; i < PASIDS; i++)
			assert_int_equal(ops->attach_pasid(unit->driver, stream, pasids[i], 0), 0);
		assert_int_equal(ops->set_features(unit->driver, stream, 0), 0);
		assert_int_equal(ops->attach(unit->driver, stream, 0), 0);
		assert_int_equal(unit->on[stream], 0);
	}
	assert_int_equal(unit->count, 0);
	for (unsigned i = 1; i < DOMAINS; i++)
		assert_int_equal(ops->domain_free(unit->driver, unit->domains[i]), 0);
	ops->destroy(unit->driver);
	unit->iommu->ops->destroy(unit->iommu);
	frame_allocator_free(unit->frames);
	memory_free(unit->memory);
	arena_free(unit->arena);
}

enum operation { ATTACH, SWITCH, MAP, UNMAP, FLUSH, FETCH, DMA };

struct step {
	enum operation operation;
	unsigned domain;
	uint32_t stream, pasid;
	uint64_t iova, pa, bytes;
	bool on;
};

static struct step random_step(struct random *random)
{
	static const uint64_t pages[] = {1, 1, 2, 3, 512};
	static const enum operation often[] = {ATTACH, ATTACH, SWITCH, MAP,   MAP,   MAP,   UNMAP, UNMAP,
					       FLUSH,  FETCH,  FETCH,  FETCH, FETCH, FETCH, DMA,   DMA};
	struct step step = {
		.operation = often[random_below(random, 16)],
		.domain = 1 + (unsigned)random_below(random, DOMAINS - 1),
		.stream = (uint32_t)random_below(random, STREAMS),
		.pasid = pasids[random_below(random, PASIDS)],
		.iova = (random_chance(random, 2) ? 0x40000000 : 0) + PAGE * random_below(random, 4),
		.pa = 0x100000000 + PAGE * random_below(random, 4096),
		.bytes = PAGE * pages[random_below(random, 5)],
		.on = random_chance(random, 2),
	};
	/* Requests without PASID always have a table: without one SMMUv3 has no PASIDs either (IHI 0070 5.2). */
	if (step.operation == ATTACH && step.pasid != PASID_NONE && random_chance(random, 4))
		step.domain = 0;
	return step;
}

/* What the step answers: an errno, or an address, 1 for none. */
static uint64_t do_step(struct unit *unit, const struct step *step)
{
	const struct driver_ops *ops = unit->driver->ops;
	domain_handle domain = unit->domains[step->domain];
	struct gather gather = {0};
	struct translation out;
	int error = 0;
	switch (step->operation) {
	case ATTACH:
		error = step->pasid == PASID_NONE ? ops->attach(unit->driver, step->stream, domain)
						  : ops->attach_pasid(unit->driver, step->stream, step->pasid, domain);
		break;
	case SWITCH:
		error = ops->set_features(unit->driver, step->stream, FEATURE_PASID | (step->on ? FEATURE_ATS : 0));
		break;
	case MAP:
		error = ops->map(unit->driver, domain, step->iova, step->pa, step->bytes, PERM_READ | PERM_WRITE);
		break;
	case UNMAP:
		error = ops->unmap(unit->driver, domain, step->iova, step->bytes, &gather);
		assert_int_equal(ops->sync(unit->driver, &gather), 0);
		break;
	case FLUSH:
		error = ops->flush_domain(unit->driver, domain);
		break;
	case FETCH:
		return fetch(unit, step->stream, step->pasid, step->iova);
	default:
		out = ask(unit, step->stream, step->pasid, step->iova, AT_UNTRANSLATED);
		return out.result == TRANSLATE_OK ? out.pa : 1;
	}
	return (uint64_t)(int64_t)error;
}

/* Nothing is cached that is not so, nor by who has no ATS. */
static void check_cached(struct unit *unit, uint64_t seed, unsigned n)
{
	const struct driver_ops *ops = unit->driver->ops;
	for (unsigned i = 0; i < unit->count; i++) {
		const struct cached *entry = &unit->cached[i];
		domain_handle domain = entry->pasid == PASID_NONE
					       ? ops->attached(unit->driver, entry->stream)
					       : ops->attached_pasid(unit->driver, entry->stream, entry->pasid);
		uint64_t pa;
		if (!(unit->on[entry->stream] & FEATURE_ATS) || !ops->lookup(unit->driver, domain, entry->iova, &pa) ||
		    pa != entry->pa)
			fail_msg("seed %u step %u %s: stream %u PASID %x has %llx still", (unsigned)seed, n,
				 unit->kind->name, entry->stream, entry->pasid, (unsigned long long)entry->iova);
	}
}

static struct unit units[UNITS];

static void run(uint64_t seed, unsigned *fetched)
{
	struct random random;
	random_seed(&random, seed);
	for (unsigned i = 0; i < UNITS; i++)
		unit_init(&units[i], &kinds[i]);
	for (unsigned n = 0; n < STEPS; n++) {
		struct step step = random_step(&random);
		uint64_t first = do_step(&units[0], &step);
		*fetched += step.operation == FETCH && first != 1;
		for (unsigned i = 1; i < UNITS; i++) {
			uint64_t other = do_step(&units[i], &step);
			if (other != first)
				fail_msg("seed %u step %u operation %u: %s: %llx, %s: %llx", (unsigned)seed, n,
					 (unsigned)step.operation, kinds[0].name, (unsigned long long)first,
					 kinds[i].name, (unsigned long long)other);
		}
		for (unsigned i = 0; i < UNITS; i++)
			check_cached(&units[i], seed, n);
	}
	for (unsigned i = 0; i < UNITS; i++)
		unit_free(&units[i]);
}

static void test_two_kinds_with_ats_never_leave_a_device_stale(void **state)
{
	(void)state;
	unsigned fetched = 0;
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		run(seed, &fetched);
	assert_true(fetched > SEEDS * STEPS / 40);
}

/* The checker bites: with the bug a device holds what is not so any more. */
static void test_two_kinds_with_ats_see_a_flush_that_was_skipped(void **state)
{
	(void)state;
	for (unsigned i = 0; i < UNITS; i++) {
		struct unit *unit = &units[0];
		struct gather gather = {0};
		unit_init(unit, &kinds[i]);
		const struct driver_ops *ops = unit->driver->ops;
		assert_int_equal(ops->set_features(unit->driver, 0, FEATURE_PASID | FEATURE_ATS), 0);
		assert_int_equal(ops->attach_pasid(unit->driver, 0, 0x41, unit->domains[2]), 0);
		assert_int_equal(ops->map(unit->driver, unit->domains[2], 0x5000, 0x100000000, PAGE, PERM_READ), 0);
		assert_true(fetch(unit, 0, 0x41, 0x5000) == 0x100000000);
		assert_int_equal(ops->unmap(unit->driver, unit->domains[2], 0x5000, PAGE, &gather), 0);
		ops->inject(unit->driver, INJECT_SKIP_DEVTLB_FLUSH);
		assert_int_equal(ops->sync(unit->driver, &gather), 0);
		assert_int_equal(unit->count, 1);
		ops->inject(unit->driver, 0);
		assert_int_equal(ops->flush_domain(unit->driver, unit->domains[2]), 0);
		assert_int_equal(unit->count, 0);
		unit_free(unit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_kinds_with_ats_never_leave_a_device_stale),
		cmocka_unit_test(test_two_kinds_with_ats_see_a_flush_that_was_skipped),
	};
	return cmocka_run_group_tests_name("two-kinds-ats", tests, NULL, NULL);
}
