/* SPDX-License-Identifier: MIT */
/*
 * The same program on every kind of IOMMU, driver and engine together: whoever attaches, maps, unmaps and invalidates
 * the same gets the same DMA. And after each invalidation no translation is left that the engine may still know, by the
 * tags that the driver reports and the engine answers with (hw/effect.h).
 *
 * With ATS each requester has a device TLB of its own, which keeps what it was answered until it is invalidated, and
 * what it holds has to lead where the unit would.
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
#define UNITS_MAX   6
#define PASIDS      3 /* 1, 2, 63; in steps 0 is none */
#define ATC_MAX     32
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
	unsigned features; /* that its requesters may get */
	bool scalable;
} plain_kinds[] = {
	{"VT-d by queue", IOMMU_VTD, DRIVER_STAGE_ANY, {UINT64_C(0x00d2018c226f0406), 0xf43}, 0, false},
	{"VT-d by registers", IOMMU_VTD, DRIVER_STAGE_ANY, {UINT64_C(0x00d2018c226f0406), 0xf41}, 0, false},
	{"SMMUv3 stage 1", IOMMU_SMMUV3, DRIVER_STAGE_FIRST, {SMMU_IDR01, SMMU_IDR23, SMMU_IDR45}, 0, false},
	{"SMMUv3 stage 2", IOMMU_SMMUV3, DRIVER_STAGE_SECOND, {SMMU_IDR01, SMMU_IDR23, SMMU_IDR45}, 0, false},
	{"SMMUv3 stage 1, plain", IOMMU_SMMUV3, DRIVER_STAGE_FIRST, {SMMU_LINEAR, 0, SMMU_IDR45}, 0, false},
	{"SMMUv3 stage 2, plain", IOMMU_SMMUV3, DRIVER_STAGE_SECOND, {SMMU_LINEAR, 0, SMMU_IDR45}, 0, false},
};

static const struct kind ats_kinds[] = {
	{"VT-d", IOMMU_VTD, DRIVER_STAGE_ANY, {0}, FEATURE_ATS, false},
	{"VT-d scalable", IOMMU_VTD, DRIVER_STAGE_ANY, {0}, FEATURE_ATS, true},
	{"SMMUv3 stage 1", IOMMU_SMMUV3, DRIVER_STAGE_FIRST, {0}, FEATURE_ATS, false},
	{"SMMUv3 stage 2", IOMMU_SMMUV3, DRIVER_STAGE_SECOND, {0}, FEATURE_ATS, false},
};

static const struct kind pasid_kinds[] = {
	{"VT-d", IOMMU_VTD, DRIVER_STAGE_FIRST, {0}, FEATURE_ATS | FEATURE_PASID, true},
	{"SMMUv3", IOMMU_SMMUV3, DRIVER_STAGE_FIRST, {0}, FEATURE_ATS | FEATURE_PASID, false},
};

static const uint32_t pasids[PASIDS] = {1, 2, 63};

struct cleared {
	uint64_t iova, last;
	uint32_t tag;
};

struct atc_entry { /* 4 KiB */
	uint64_t iova, pa;
	uint32_t stream, pasid;
	unsigned permissions; /* 0: free */
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
	struct iommu_outlet outlet;
	struct atc_entry atc[ATC_MAX];
	unsigned held;           /* how often a device went where its own translation led */
	unsigned next;           /* place in it */
	unsigned on[STREAMS];    /* what is enabled at the endpoint */
	uint32_t itags[STREAMS]; /* invalidations that it has not completed */
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

/* Devices complete when the unit has nothing else to do. */
static bool advance(void *context)
{
	struct unit *unit = context;
	if (unit->iommu->ops->advance(unit->iommu))
		return true;
	for (uint32_t i = 0; i < STREAMS; i++) {
		uint32_t itags = unit->itags[i];
		unit->itags[i] = 0;
		if (itags) {
			unit->iommu->ops->invalidate_completed(unit->iommu, i * 0x77, itags);
			return true;
		}
	}
	return false;
}

/* --- the devices --- */

static bool endpoint(void *context, uint32_t stream, enum endpoint_feature feature, bool on)
{
	struct unit *unit = context;
	unsigned *now = &unit->on[stream / 0x77];
	*now = on ? *now | feature : *now & ~(unsigned)feature;
	return true;
}

static void invalidate(void *context, uint16_t iommu, const struct ats_invalidation *message)
{
	struct unit *unit = context;
	(void)iommu;
	for (unsigned i = 0; i < ATC_MAX; i++) {
		struct atc_entry *entry = &unit->atc[i];
		bool of_pasid = entry->pasid == message->pasid || (message->global && entry->pasid != PASID_NONE);
		if (entry->stream == message->stream && of_pasid && entry->iova <= message->last &&
		    message->first <= entry->iova + (PAGE - 1))
			entry->permissions = 0;
	}
	unit->itags[message->stream / 0x77] |= UINT32_C(1) << message->itag;
}

static void no_response(void *context, uint16_t iommu, const struct page_response *message)
{
	(void)context, (void)iommu, (void)message;
}

static void no_answer(void *context, uint16_t iommu, const struct stall_answer *answer)
{
	(void)context, (void)iommu, (void)answer;
}

static void no_interrupt(void *context, uint16_t iommu, const struct interrupt *interrupt)
{
	(void)context, (void)iommu, (void)interrupt;
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
	struct iommu_config config = {.address_width = 48,
				      .page_lg2_mask = 7,
				      .ats = kind->features & FEATURE_ATS,
				      .pasid_bits = kind->features & FEATURE_PASID ? 20 : 0,
				      .scalable = kind->scalable};
	memcpy(config.id, kind->id, sizeof(config.id));
	unit->hook = (struct effect_hook){.seen = seen, .context = unit};
	unit->iommu = iommu_ops_of(kind->kind)->create(unit->arena, unit->memory, &config);
	unit->iommu->hook = &unit->hook;
	unit->outlet = (struct iommu_outlet){.context = unit,
					     .invalidate = invalidate,
					     .page_response = no_response,
					     .stall_answer = no_answer,
					     .interrupt = no_interrupt};
	unit->iommu->outlet = kind->features ? &unit->outlet : NULL;
	struct driver_config driver = {
		.arena = unit->arena,
		.memory = unit->memory,
		.frames = unit->frames,
		.port = {.unit = unit,
			 .read_register = read_register,
			 .write_register = write_register,
			 .advance = advance,
			 .endpoint = endpoint},
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
	for (uint32_t stream = 0; stream < STREAMS; stream++) {
		for (unsigned i = 0; i < PASIDS && unit->driver->ops->features(unit->driver, stream * 0x77); i++)
			unit->driver->ops->attach_pasid(unit->driver, stream * 0x77, pasids[i], 0);
		assert_int_equal(unit->driver->ops->set_features(unit->driver, stream * 0x77, 0), 0);
		assert_int_equal(unit->on[stream], 0);
		assert_int_equal(unit->driver->ops->attach(unit->driver, stream * 0x77, 0), 0);
	}
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

enum operation { ATTACH, MAP, UNMAP, FLUSH, DMA, FEATURES, ATTACH_PASID };

struct step {
	enum operation operation;
	unsigned domain;
	uint32_t stream;
	uint64_t iova, pa, bytes;
	unsigned permissions;
	uint32_t pasid;
	unsigned features;
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

/* What a plain kind has no use for is drawn all the same, and is nothing. */
static void add_features(struct random *random, unsigned features, struct step *step)
{
	uint64_t roll = random_below(random, 100), pasid = random_below(random, 2 * PASIDS),
		 wish = random_below(random, 4);
	step->pasid = PASID_NONE;
	if (features && step->operation == DMA) /* few places, so that devices come back to them */
		step->iova &= ~UINT64_C(0x1ff000);
	if (features & FEATURE_PASID && pasid < PASIDS)
		step->pasid = pasids[pasid];
	if (features && roll < 3 && step->operation == DMA) {
		step->operation = FEATURES;
		step->features = (wish ? FEATURE_ATS : 0) | (wish & 2 ? FEATURE_PASID : 0);
		step->features &= features;
	} else if (step->pasid != PASID_NONE && step->operation == ATTACH) {
		step->operation = ATTACH_PASID;
		step->domain = step->domain < 3 ? 0 : step->domain; /* a table, or none */
	}
}

static struct step random_step(struct random *random, unsigned features)
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
	add_features(random, features, &step);
	return step;
}

static struct translation send(struct unit *unit, const struct step *step, uint64_t address, enum request_at at)
{
	struct translation out;
	struct request request = {.address = address,
				  .bytes = 8,
				  .stream = step->stream,
				  .pasid = at == AT_TRANSLATED ? PASID_NONE : step->pasid,
				  .rid = (uint16_t)step->stream,
				  .at = (uint8_t)at,
				  .no_write = at == AT_TRANSLATION_REQUEST && !step->write,
				  .op = step->write && at != AT_TRANSLATION_REQUEST ? REQUEST_WRITE : REQUEST_READ};
	memset(&out, 0, sizeof(out));
	unit->iommu->ops->translate(unit->iommu, &request, &out);
	return out;
}

static struct atc_entry *atc_find(struct unit *unit, const struct step *step)
{
	unsigned wanted = step->write ? PERM_WRITE : PERM_READ;
	for (unsigned i = 0; i < ATC_MAX; i++) {
		struct atc_entry *entry = &unit->atc[i];
		if (entry->permissions & wanted && entry->stream == step->stream && entry->pasid == step->pasid &&
		    entry->iova == step->iova)
			return entry;
	}
	return NULL;
}

/* NULL: the device may not. */
static struct atc_entry *atc_ask(struct unit *unit, const struct step *step)
{
	struct translation out = send(unit, step, step->iova, AT_TRANSLATION_REQUEST);
	if (out.completion != ATS_SUCCESS || !(out.permissions & (step->write ? PERM_WRITE : PERM_READ)))
		return NULL;
	struct atc_entry *entry = &unit->atc[unit->next++ % ATC_MAX];
	*entry = (struct atc_entry){.iova = step->iova,
				    .pa = out.pa & ~(PAGE - 1),
				    .stream = step->stream,
				    .pasid = step->pasid,
				    .permissions = out.permissions};
	return entry;
}

/* Where the request goes: 1 is nowhere. A device with ATS gets there by translations of its own, if at all. */
static uint64_t dma(struct unit *unit, const struct step *step)
{
	struct translation plain = send(unit, step, step->iova + 8, AT_UNTRANSLATED);
	uint64_t pa = plain.result == TRANSLATE_OK ? plain.pa : 1;
	if (!(unit->on[step->stream / 0x77] & FEATURE_ATS))
		return pa;
	struct atc_entry *entry = atc_find(unit, step);
	unit->held += entry != NULL;
	if (!entry)
		entry = atc_ask(unit, step);
	assert_int_equal(entry ? entry->pa + 8 : 1, pa);
	if (entry) {
		struct translation translated = send(unit, step, entry->pa + 8, AT_TRANSLATED);
		assert_int_equal(translated.result, TRANSLATE_OK);
		assert_int_equal(translated.pa, pa);
	}
	return pa;
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
	case FEATURES:
		error = ops->set_features(unit->driver, step->stream, step->features);
		break;
	case ATTACH_PASID:
		error = ops->attach_pasid(unit->driver, step->stream, step->pasid, domain);
		break;
	default:
		return dma(unit, step);
	}
	return (uint64_t)(int64_t)error;
}

static void run(uint64_t seed, const struct kind *kinds, unsigned count, unsigned *permitted, unsigned *held)
{
	struct unit units[UNITS_MAX];
	struct random random;
	random_seed(&random, seed);
	for (unsigned i = 0; i < count; i++)
		unit_init(&units[i], &kinds[i]);
	for (unsigned n = 0; n < STEPS; n++) {
		struct step step = random_step(&random, kinds[0].features);
		uint64_t first = do_step(&units[0], &step);
		*permitted += step.operation == DMA && first != 1;
		for (unsigned i = 1; i < count; i++) {
			uint64_t other = do_step(&units[i], &step);
			if (other != first)
				fail_msg("seed %u step %u operation %u domain %u iova %llx bytes %llx: %s: %llx, %s: "
					 "%llx",
					 (unsigned)seed, n, (unsigned)step.operation, step.domain,
					 (unsigned long long)step.iova, (unsigned long long)step.bytes, kinds[0].name,
					 (unsigned long long)first, kinds[i].name, (unsigned long long)other);
		}
	}
	for (unsigned i = 0; i < count; i++) {
		*held += units[i].held;
		unit_free(&units[i]);
	}
}

static void run_seeds(const struct kind *kinds, size_t count)
{
	unsigned permitted = 0, held = 0;
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		run(seed, kinds, (unsigned)count, &permitted, &held);
	assert_true(permitted > SEEDS * STEPS / 20);
	assert_true(kinds[0].features ? held > 50 * count : held == 0);
}

static void test_two_kinds_random_programs_permit_the_same(void **state)
{
	(void)state;
	run_seeds(plain_kinds, sizeof(plain_kinds) / sizeof(plain_kinds[0]));
}

static void test_two_kinds_with_ats_permit_the_same(void **state)
{
	(void)state;
	run_seeds(ats_kinds, sizeof(ats_kinds) / sizeof(ats_kinds[0]));
}

static void test_two_kinds_with_pasids_permit_the_same(void **state)
{
	(void)state;
	run_seeds(pasid_kinds, sizeof(pasid_kinds) / sizeof(pasid_kinds[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_kinds_random_programs_permit_the_same),
		cmocka_unit_test(test_two_kinds_with_ats_permit_the_same),
		cmocka_unit_test(test_two_kinds_with_pasids_permit_the_same),
	};
	return cmocka_run_group_tests_name("two-kinds", tests, NULL, NULL);
}
