/* SPDX-License-Identifier: MIT */
#include "walkers_world.h"

#define RAM_LAST     UINT64_C(0x3ffffff)
#define ROOT         UINT64_C(0x100000) /* root table, stream table */
#define CONTEXTS     UINT64_C(0x110000)
#define DIRECTORIES  UINT64_C(0x120000)
#define PASID_TABLES UINT64_C(0x130000)
#define DESCRIPTORS  UINT64_C(0x140000) /* CDs */
#define EVENTS       UINT64_C(0x200000)
#define TABLES       UINT64_C(0x400000)
#define TABLE_COUNT  12u
#define SECOND       UINT64_C(0x500000) /* a second stage that maps memory to itself: levels 4 to 2 */
#define BUS          0x0000u

/* FSTS, SSTS, SSADS, SMTS, PASID, PSS 19, SRS, NEST, SMPWCS, IRO Fh, PT, QI, C (11.4.3) */
#define ECAP_SCALABLE UINT64_C(0x0001e99884000f43)
#define ECAP_LEGACY   UINT64_C(0xf43)

static uint64_t below(struct world *world, uint64_t limit)
{
	return random_below(&world->random, limit);
}

static bool chance(struct world *world, uint64_t one_in)
{
	return random_chance(&world->random, one_in);
}

static void put(struct world *world, uint64_t pa, uint64_t word)
{
	assert_true(memory_write64(world->memory, pa, word));
}

/* Once in a while a bit is wrong. */
static uint64_t worn(struct world *world, uint64_t word)
{
	return chance(world, 30) ? word ^ UINT64_C(1) << below(world, 64) : word;
}

static uint64_t random_table(struct world *world)
{
	return TABLES + 0x1000 * below(world, TABLE_COUNT);
}

static uint64_t random_entry(struct world *world)
{
	static const uint64_t bits[WORLD_KINDS] = {0x3, 0x7, 0xc43};
	uint64_t word = random_table(world) | bits[world->kind];

	if (chance(world, 12))
		return 0;
	if (world->kind == WORLD_VTD_SCALABLE)
		word |= below(world, 4) << 5; /* A, D */
	if (chance(world, 8) && world->kind != WORLD_SMMU)
		word = (word & ~UINT64_C(0x1ff000)) | 0x80;
	if (chance(world, 8) && world->kind == WORLD_SMMU)
		word &= ~UINT64_C(0x1ff002);
	if (chance(world, 10))
		word ^= world->kind == WORLD_SMMU ? UINT64_C(0x80) : 2; /* read only */
	if (chance(world, 60))
		word |= UINT64_C(0x0000200000000000); /* no memory there */
	return worn(world, word);
}

static void write_second_stage(struct world *world, bool good)
{
	bool smmu = world->kind == WORLD_SMMU;

	put(world, SECOND, (SECOND + 0x1000) | 3);
	put(world, SECOND + 0x1000, (SECOND + 0x2000) | 3);
	for (uint64_t i = 0; i < 32; i++) {
		uint64_t word = i << 21 | (smmu ? UINT64_C(0x4fd) : 0x83 | (good ? 0 : below(world, 4) << 8));
		put(world, SECOND + 0x2000 + 8 * i, good ? word : worn(world, word));
	}
}

static void write_legacy(struct world *world, uint32_t stream, bool good)
{
	uint64_t type = !good && chance(world, 6) ? 2 : 0; /* pass-through */
	uint64_t words[2] = {random_table(world) | type << 2 | 1, (uint64_t)(stream % 2 + 1) << 8 | 2};

	put(world, ROOT + BUS * 16, CONTEXTS | 1);
	for (unsigned i = 0; i < 2; i++)
		put(world, CONTEXTS + 16 * stream + 8 * i, good ? words[i] : worn(world, words[i]));
}

static void write_pasid_entry(struct world *world, uint64_t pa, uint32_t domain, bool good)
{
	static const uint8_t types[] = {1, 1, 3, 3, 2, 4}; /* first, nested, second, pass-through */
	uint64_t type = types[below(world, good ? 4 : 6)], flags = chance(world, 2);
	uint64_t words[3] = {SECOND | (type == 1 || type == 4 ? 0 : flags << 9) | type << 6 | 2 << 2 | 1,
			     1 << 23 | domain, /* PWSNP */
			     random_table(world)};

	for (unsigned i = 0; i < 3; i++)
		put(world, pa + 8 * i, good ? words[i] : worn(world, words[i]));
}

static void write_scalable(struct world *world, uint32_t stream, bool good)
{
	uint64_t directory = DIRECTORIES + 0x1000 * (stream - WORLD_STREAM);
	uint64_t table = PASID_TABLES + 0x1000 * (stream - WORLD_STREAM);
	uint64_t word = directory | 1 << 3 | 1; /* PASIDE */

	put(world, ROOT + BUS * 16, CONTEXTS | 1);
	put(world, CONTEXTS + 32 * stream, good ? word : worn(world, word));
	put(world, CONTEXTS + 32 * stream + 8, 0);
	put(world, directory, table | 1);
	for (uint32_t pasid = 0; pasid < 3; pasid++)
		write_pasid_entry(world, table + 64 * pasid, stream % 2 + pasid + 1, good);
}

/* 48 bits of 4 KiB pages for each stage. */
static void write_stream(struct world *world, uint32_t stream, bool good)
{
	static const uint8_t kinds[] = {5, 5, 7, 7, 6, 4, 0};
	uint64_t ste = ROOT + 64 * stream, cd = DESCRIPTORS + 0x1000 * (stream - WORLD_STREAM);
	uint64_t kind = kinds[below(world, good ? 4 : 7)], tag = good ? stream : stream % 2 + 1;
	uint64_t stage2 = UINT64_C(1) << 58 | UINT64_C(1) << 51 | UINT64_C(5) << 48 | UINT64_C(2) << 38 |
			  UINT64_C(16) << 32 | tag;
	uint64_t words[4] = {cd | kind << 1 | 1, 0, stage2, SECOND};
	uint64_t descriptor = tag << 48 | UINT64_C(0x6205) << 32 | 0xc0000010;

	for (unsigned i = 0; i < 4; i++)
		put(world, ste + 8 * i, good ? words[i] : worn(world, words[i]));
	put(world, cd, good ? descriptor : worn(world, descriptor));
	put(world, cd + 8, random_table(world));
}

static void write_structures(struct world *world, bool good)
{
	static const uint64_t bits[WORLD_KINDS] = {0x3, 0x7, 0xc43};

	write_second_stage(world, good);
	for (uint32_t stream = WORLD_STREAM; stream < WORLD_STREAM + WORLD_STREAMS; stream++) {
		if (world->kind == WORLD_VTD_LEGACY)
			write_legacy(world, stream, good);
		else if (world->kind == WORLD_VTD_SCALABLE)
			write_scalable(world, stream, good);
		else
			write_stream(world, stream, good);
	}
	for (unsigned table = 0; table < TABLE_COUNT; table++)
		for (unsigned index = 0; index < 3; index++)
			put(world, TABLES + 0x1000 * table + 8 * index,
			    good ? random_table(world) | bits[world->kind] : random_entry(world));
}

void world_set(struct world *world, uint32_t offset, unsigned width, uint64_t value)
{
	world->unit->ops->write_register(world->unit, offset, width, value);
	for (unsigned events = 0; world->unit->ops->advance(world->unit); events++)
		assert_true(events < 1000);
}

void world_setup(struct world *world, enum world_kind kind, uint64_t seed, bool no_cache)
{
	bool smmu = kind == WORLD_SMMU;
	struct iommu_config config = {
		.no_cache = no_cache, .address_width = smmu ? 48 : 46, .iotlb_entries = 16, .context_entries = 4};

	if (!smmu)
		config.id[1] = kind == WORLD_VTD_SCALABLE ? ECAP_SCALABLE : ECAP_LEGACY;
	*world = (struct world){.kind = kind, .arena = arena_new()};
	random_seed(&world->random, seed);
	world->memory = memory_new(world->arena, 4096);
	assert_true(memory_add_ram(world->memory, 0, RAM_LAST));
	world->unit = iommu_ops_of(smmu ? IOMMU_SMMUV3 : IOMMU_VTD)->create(world->arena, world->memory, &config);
	write_structures(world, false);
	if (smmu) {
		world_set(world, 0x80, 8, ROOT);       /* STRTAB_BASE */
		world_set(world, 0x88, 4, 9);          /* STRTAB_BASE_CFG: linear, 512 entries */
		world_set(world, 0xa0, 8, EVENTS | 7); /* EVENTQ_BASE */
		world_set(world, 0x20, 4, 5);          /* CR0: EVENTQEN, SMMUEN */
	} else {
		world_set(world, 0x20, 8, ROOT | (kind == WORLD_VTD_SCALABLE) << 10); /* RTADDR */
		world_set(world, 0x18, 4, UINT32_C(0x40000000));                      /* GCMD: SRTP */
		world_set(world, 0x18, 4, UINT32_C(0x80000000));                      /* TE */
	}
}

void world_mend(struct world *world)
{
	write_structures(world, true);
}

void world_teardown(struct world *world)
{
	world->unit->ops->destroy(world->unit);
	memory_free(world->memory);
	arena_free(world->arena);
}

/* A few indexes, so that walks meet. */
struct request world_request(struct world *world)
{
	uint64_t iova = below(world, 4096) & ~UINT64_C(7);

	for (unsigned level = 0; level < 4; level++)
		iova |= below(world, 3) << (12 + 9 * level);
	if (chance(world, 40))
		iova |= UINT64_C(1) << random_between(&world->random, 47, 63);
	return (struct request){
		.address = iova,
		.bytes = chance(world, 30) ? 0 : 8,
		.stream = WORLD_STREAM + (uint32_t)below(world, chance(world, 30) ? WORLD_STREAMS + 1 : WORLD_STREAMS),
		.pasid = world->kind == WORLD_VTD_SCALABLE && chance(world, 3) ? (uint32_t)below(world, 3) : PASID_NONE,
		.op = (uint8_t)below(world, 3),
	};
}

uint64_t world_structures(const struct world *world)
{
	static const uint64_t frames[] = {ROOT,        CONTEXTS, CONTEXTS,      DIRECTORIES,      PASID_TABLES,
					  DESCRIPTORS, SECOND,   SECOND + 4096, SECOND + 2 * 4096};
	uint64_t sum = 0, factor = 1, word;

	for (unsigned frame = 0; frame < sizeof(frames) / sizeof(frames[0]) + TABLE_COUNT; frame++) {
		uint64_t first = frame < TABLE_COUNT ? TABLES + 0x1000 * frame : frames[frame - TABLE_COUNT];
		for (uint64_t pa = first; pa < first + 4096; pa += 8, factor += 2)
			if (memory_read64(world->memory, pa, &word))
				sum += word * factor * UINT64_C(0x9e3779b97f4a7c15);
	}
	return sum;
}
