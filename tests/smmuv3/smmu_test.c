/* SPDX-License-Identifier: MIT */
#include "smmu_test.h"

static void note(void *context, const struct effect *effect)
{
	struct bench *bench = context;

	if (bench->effect_count < EFFECTS_MAX)
		bench->effects[bench->effect_count++] = *effect;
}

void bench_memory(struct bench *bench)
{
	memset(bench, 0, sizeof(*bench));
	bench->arena = arena_new();
	bench->memory = memory_new(bench->arena, 1024);
	assert_true(memory_add_ram(bench->memory, 0, 0xffffff));
}

void bench_unit(struct bench *bench, const struct iommu_config *config)
{
	struct iommu_config used = config ? *config : (struct iommu_config){0};

	if (!used.id[0]) {
		used.id[0] = BENCH_IDR0 | BENCH_IDR1 << 32;
		used.id[1] = BENCH_IDR3 << 32;
		used.id[2] = BENCH_IDR5 << 32;
		used.id[3] = UINT64_C(1) << 32;
	}
	bench->iommu = iommu_ops_of(IOMMU_SMMUV3)->create(bench->arena, bench->memory, &used);
	bench->hook = (struct effect_hook){.seen = note, .context = bench};
	bench->iommu->hook = &bench->hook;
}

void bench_setup(struct bench *bench, const struct iommu_config *config)
{
	bench_memory(bench);
	bench_unit(bench, config);
}

void bench_setup_on(struct bench *bench, const struct iommu_config *config)
{
	bench_setup(bench, config);
	bench_on(bench);
}

void bench_on(struct bench *bench)
{
	bench_ste(bench, SID, STE_S1 | CD, 0, 0, 0);
	bench_cd(bench, CD, CD_WORD | UINT64_C(7) << 48, TABLE1);
	bench_set(bench, REG_STRTAB, 8, STREAM_TABLE);
	bench_set(bench, REG_STRTAB_CFG, 4, 6);
	bench_set(bench, REG_CMDQ_BASE, 8, COMMANDS | 4);
	bench_set(bench, REG_EVENTQ_BASE, 8, EVENTS | 2);
	bench_set(bench, REG_CR2, 4, 2);
	bench_set(bench, REG_CR0, 4, 0xd);
}

void bench_teardown(struct bench *bench)
{
	bench->iommu->ops->destroy(bench->iommu);
	memory_free(bench->memory);
	arena_free(bench->arena);
}

void bench_settle(struct bench *bench)
{
	for (unsigned i = 0; i < 10000 && bench->iommu->ops->advance(bench->iommu); i++)
		;
}

uint64_t bench_get(struct bench *bench, uint32_t offset, unsigned width)
{
	return bench->iommu->ops->read_register(bench->iommu, offset, width);
}

void bench_set(struct bench *bench, uint32_t offset, unsigned width, uint64_t value)
{
	bench->iommu->ops->write_register(bench->iommu, offset, width, value);
	bench_settle(bench);
}

void bench_put(struct bench *bench, uint64_t pa, uint64_t word)
{
	assert_true(memory_write64(bench->memory, pa, word));
}

void bench_ste(struct bench *bench, uint32_t sid, uint64_t word0, uint64_t word1, uint64_t word2, uint64_t word3)
{
	const uint64_t words[4] = {word0, word1, word2, word3};

	for (unsigned i = 0; i < 4; i++)
		bench_put(bench, STREAM_TABLE + sid * 64 + 8 * i, words[i]);
}

void bench_cd(struct bench *bench, uint64_t pa, uint64_t word0, uint64_t ttb0)
{
	bench_put(bench, pa, word0);
	bench_put(bench, pa + 8, ttb0);
}

static void map(struct bench *bench, uint64_t top, uint64_t address, uint64_t word)
{
	bench_put(bench, top + 8 * (address >> 30 & 511), (top + 0x1000) | 3);
	bench_put(bench, top + 0x1000 + 8 * (address >> 21 & 511), (top + 0x2000) | 3);
	bench_put(bench, top + 0x2000 + 8 * (address >> 12 & 511), word);
}

void bench_map1(struct bench *bench, uint64_t va, uint64_t word)
{
	map(bench, TABLE1, va, word);
}

void bench_map2(struct bench *bench, uint64_t ipa, uint64_t word)
{
	map(bench, TABLE2, ipa, word);
}

struct translation bench_ask(struct bench *bench, uint32_t sid, uint64_t address, enum request_op op)
{
	struct request request = {
		.address = address, .bytes = 4, .stream = sid, .pasid = PASID_NONE, .op = (uint8_t)op};
	struct translation out;

	bench->iommu->ops->translate(bench->iommu, &request, &out);
	return out;
}

void bench_submit(struct bench *bench, uint64_t word0, uint64_t word1)
{
	bench_put(bench, COMMANDS + 16 * (bench->commands & 15), word0);
	bench_put(bench, COMMANDS + 16 * (bench->commands & 15) + 8, word1);
	bench->commands = (bench->commands + 1) & 31;
	bench->iommu->ops->write_register(bench->iommu, REG_CMDQ_PROD, 4, bench->commands);
}

void bench_command(struct bench *bench, uint64_t word0, uint64_t word1)
{
	bench_submit(bench, word0, word1);
	bench_submit(bench, 0x46, 0);
	bench_settle(bench);
}

const struct effect *bench_effect(const struct bench *bench, enum effect_kind kind)
{
	for (unsigned i = bench->effect_count; i-- > 0;)
		if (bench->effects[i].kind == kind)
			return &bench->effects[i];
	return NULL;
}
