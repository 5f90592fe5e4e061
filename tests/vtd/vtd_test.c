/* SPDX-License-Identifier: MIT */
#include "vtd_test.h"

static void remember(void *context, const struct effect *effect)
{
	struct bench *bench = context;
	if (bench->effect_count < EFFECTS_MAX)
		bench->effects[bench->effect_count++] = *effect;
}

void bench_setup(struct bench *bench, const struct iommu_config *config)
{
	struct iommu_config own = config ? *config : (struct iommu_config){0};

	memset(bench, 0, sizeof(*bench));
	if (!own.id[0])
		own.id[0] = BENCH_CAP;
	if (!own.id[1])
		own.id[1] = BENCH_ECAP;
	if (!own.address_width)
		own.address_width = BENCH_HAW;
	bench->arena = arena_new();
	bench->memory = memory_new(bench->arena, 4096);
	assert_true(memory_add_ram(bench->memory, 0, UINT64_C(0x7fffffff)));
	assert_true(memory_add_ram(bench->memory, UINT64_C(0x100000000), UINT64_C(0x1ffffffff)));
	bench->iommu = vtd_ops.create(bench->arena, bench->memory, &own);
	bench->hook = (struct effect_hook){remember, bench};
	bench->iommu->hook = &bench->hook;
	bench->next_table = NEXT_TABLE;
}

void bench_setup_on(struct bench *bench, const struct iommu_config *config)
{
	bench_setup(bench, config);
	bench_context(bench, SID, TOP_TABLE | 1, (uint64_t)DOMAIN << 8 | 2);
	bench_set(bench, REG_RTADDR, 8, ROOT_TABLE);
	bench_command(bench, GCMD_SRTP);
	bench_command(bench, GCMD_TE);
}

void bench_teardown(struct bench *bench)
{
	vtd_ops.destroy(bench->iommu);
	memory_free(bench->memory);
	arena_free(bench->arena);
}

void bench_settle(struct bench *bench)
{
	for (unsigned events = 0; vtd_ops.advance(bench->iommu); events++)
		assert_true(events < 100000);
}

uint64_t bench_get(struct bench *bench, uint32_t offset, unsigned width)
{
	return vtd_ops.read_register(bench->iommu, offset, width);
}

void bench_set(struct bench *bench, uint32_t offset, unsigned width, uint64_t value)
{
	vtd_ops.write_register(bench->iommu, offset, width, value);
}

void bench_command(struct bench *bench, uint32_t command)
{
	bench_set(bench, REG_GCMD, 4, command);
	bench_settle(bench);
}

void bench_put(struct bench *bench, uint64_t pa, uint64_t word)
{
	assert_true(memory_write64(bench->memory, pa, word));
}

uint64_t bench_word(struct bench *bench, uint64_t pa)
{
	uint64_t word = 0;
	assert_true(memory_read64(bench->memory, pa, &word));
	return word;
}

uint64_t bench_root_entry(uint16_t sid)
{
	return ROOT_TABLE + (sid >> 8) * 16u;
}

uint64_t bench_context_entry(uint16_t sid)
{
	return CONTEXT_TABLES + (sid >> 8) * 4096u + (sid & 0xffu) * 16u;
}

void bench_context(struct bench *bench, uint16_t sid, uint64_t low, uint64_t high)
{
	bench_put(bench, bench_root_entry(sid), (CONTEXT_TABLES + (sid >> 8) * 4096u) | 1);
	bench_put(bench, bench_context_entry(sid), low);
	bench_put(bench, bench_context_entry(sid) + 8, high);
}

uint64_t bench_entry(struct bench *bench, uint64_t top, unsigned levels, uint64_t iova, unsigned level)
{
	uint64_t table = top;
	for (unsigned at = levels;; at--) {
		uint64_t entry = table + (iova >> (12 + 9 * (at - 1)) & 0x1ff) * 8;
		if (at == level)
			return entry;
		if (bench_word(bench, entry) == 0) {
			bench_put(bench, entry, bench->next_table | 3);
			bench->next_table += 0x1000;
		}
		table = bench_word(bench, entry) & UINT64_C(0x000ffffffffff000);
	}
}

void bench_map(struct bench *bench, uint64_t iova, uint64_t word)
{
	bench_put(bench, bench_entry(bench, TOP_TABLE, 4, iova, 1), word);
}

struct translation bench_translate(struct bench *bench, const struct request *request)
{
	struct translation out;
	memset(&out, 0xa5, sizeof(out));
	vtd_ops.translate(bench->iommu, request, &out);
	return out;
}

struct request bench_request(uint16_t sid, uint64_t iova, enum request_op op)
{
	return (struct request){.address = iova, .bytes = 4, .stream = sid, .pasid = PASID_NONE, .op = (uint8_t)op};
}

struct translation bench_read(struct bench *bench, uint64_t iova)
{
	struct request request = bench_request(SID, iova, REQUEST_READ);
	return bench_translate(bench, &request);
}

struct translation bench_write(struct bench *bench, uint64_t iova)
{
	struct request request = bench_request(SID, iova, REQUEST_WRITE);
	return bench_translate(bench, &request);
}

void bench_submit(struct bench *bench, uint64_t low, uint64_t high)
{
	bench_put(bench, QUEUE + bench->tail, low);
	bench_put(bench, QUEUE + bench->tail + 8, high);
	bench->tail = (bench->tail + 16) % 4096;
	bench_set(bench, REG_IQT, 8, bench->tail);
}

void bench_queue_on(struct bench *bench)
{
	bench_set(bench, REG_IQA, 8, QUEUE);
	bench_set(bench, REG_IQT, 8, 0);
	bench_command(bench, (uint32_t)(bench_get(bench, REG_GSTS, 4) & 0x96ffffff) | GCMD_QIE);
}

const struct effect *bench_effect(const struct bench *bench, enum effect_kind kind)
{
	for (unsigned i = bench->effect_count; i-- > 0;)
		if (bench->effects[i].kind == kind)
			return &bench->effects[i];
	return NULL;
}

unsigned bench_effects(const struct bench *bench, enum effect_kind kind)
{
	unsigned count = 0;
	for (unsigned i = 0; i < bench->effect_count; i++)
		count += bench->effects[i].kind == kind;
	return count;
}
