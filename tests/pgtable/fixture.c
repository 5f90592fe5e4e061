/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIGS_MAX 32

static uint64_t load64(void *context, uint64_t pa)
{
	struct fixture *fixture = context;
	uint64_t value = 0;
	fixture->loads++;
	memory_read64(fixture->memory, pa, &value);
	return value;
}

static bool store64(void *context, uint64_t pa, uint64_t value)
{
	struct fixture *fixture = context;
	uint64_t old = 0;
	if (!fixture->hostile)
		assert_true(frame_allocator_is_taken(fixture->frames, pa));
	memory_read64(fixture->memory, pa, &old);
	if (old == 0 && value != 0 && fixture->stores_left != NEVER && fixture->stores_left-- == 0) {
		fixture->stores_left = 0;
		return false;
	}
	fixture->stores++;
	if (!memory_write64(fixture->memory, pa, value)) {
		assert_true(fixture->hostile);
		return false;
	}
	if (fixture->after_store)
		fixture->after_store(fixture);
	return true;
}

static uint64_t alloc_table(void *context, unsigned bytes_lg2)
{
	struct fixture *fixture = context;
	if (fixture->allocs_left != NEVER && fixture->allocs_left-- == 0) {
		fixture->allocs_left = 0;
		return 0;
	}
	return frame_allocator_take(fixture->frames, bytes_lg2 - FRAME_LG2);
}

/* No entry of a table in use leads to `pa`: every format keeps bits 47:12 of a table's address where they are. */
static void assert_linked_nowhere(const struct fixture *fixture, uint64_t pa)
{
	const struct memory *memory = fixture->memory;
	for (uint32_t handle = 0; (handle = arena_next(memory->arena, memory->pool, handle)) != ARENA_NONE;) {
		const struct frame *frame = &memory->frames[handle - 1];
		if (frame->number == pa >> FRAME_LG2)
			continue;
		for (unsigned i = 0; i < FRAME_BYTES / 8; i++)
			assert_int_not_equal(frame->words[i] & UINT64_C(0x0000fffffffff000), pa);
	}
}

/* Whether all of a table at `pa` may be given back. */
static bool table_is_taken(const struct fixture *fixture, uint64_t pa, unsigned bytes_lg2)
{
	for (uint64_t at = 0; at >> bytes_lg2 == 0; at += FRAME_BYTES)
		if (pa >> bytes_lg2 << bytes_lg2 != pa || !frame_allocator_is_taken(fixture->frames, pa + at))
			return false;
	return true;
}

static void retire_table(void *context, uint64_t pa, unsigned bytes_lg2)
{
	struct fixture *fixture = context;
	fixture->retired++;
	if (fixture->hostile && !table_is_taken(fixture, pa, bytes_lg2))
		return;
	assert_true(frame_allocator_is_taken(fixture->frames, pa));
	if (fixture->check_links)
		assert_linked_nowhere(fixture, pa);
	frame_allocator_give(fixture->frames, pa, bytes_lg2 - FRAME_LG2);
}

void fixture_init(struct fixture *fixture, const struct pt_config *config)
{
	memset(fixture, 0, sizeof(*fixture));
	fixture->arena = arena_new();
	fixture->memory = memory_new(fixture->arena, 1u << 16);
	memory_add_ram(fixture->memory, 0, UINT64_C(0xffffffff));
	fixture->frames = frame_allocator_new(fixture->memory, TABLES_FIRST, TABLES_LAST);
	fixture->ops = (struct pt_ops){.context = fixture,
				       .load64 = load64,
				       .store64 = store64,
				       .alloc_table = alloc_table,
				       .retire_table = retire_table};
	fixture->allocs_left = fixture->stores_left = NEVER;
	fixture->format = pt_format_of(config->format);
	fixture->granule_lg2 = config->granule_lg2;
	assert_int_equal(pt_init(&fixture->pt, &fixture->ops, config), 0);
}

void fixture_free(struct fixture *fixture)
{
	fixture->check_links = false; /* pt_destroy() unlinks nothing */
	pt_destroy(&fixture->pt, &fixture->ops);
	if (!fixture->hostile)
		assert_int_equal(frame_allocator_taken(fixture->frames), 0);
	frame_allocator_free(fixture->frames);
	memory_free(fixture->memory);
	arena_free(fixture->arena);
}

const struct pt_config *config_at(unsigned index)
{
	static struct pt_config configs[CONFIGS_MAX];
	static unsigned count;
#define ADD_CONFIGS(id, name)                                                                              \
	for (unsigned i = 0; i < sizeof(pt_##name##_configs) / sizeof(struct pt_config); i++) {            \
		struct pt_config *config = &configs[count++];                                              \
		*config = pt_##name##_configs[i];                                                          \
		if (config->page_sizes == 0)                                                               \
			config->page_sizes =                                                               \
				pt_format_page_sizes(config->format, config->granule_lg2, config->levels); \
	}
	if (count == 0) {
		PT_FORMAT_LIST(ADD_CONFIGS)
	}
	return index < count ? &configs[index] : NULL;
}

int run_for_each_config(const char *group, const struct pt_test *tests, unsigned count)
{
	unsigned configs = 0, n = 0;
	while (config_at(configs))
		configs++;
	struct CMUnitTest *all = calloc((size_t)configs * count, sizeof(*all));
	char(*names)[160] = calloc((size_t)configs * count, sizeof(*names));
	for (unsigned c = 0; c < configs; c++) {
		const struct pt_config *config = config_at(c);
		for (unsigned t = 0; t < count; t++, n++) {
			snprintf(names[n], sizeof(names[n]), "%s (%s, granule 2^%u, %u levels, %u bits)", tests[t].name,
				 pt_format_of(config->format)->name, config->granule_lg2, config->levels,
				 config->input_lg2);
			all[n] = (struct CMUnitTest){names[n], tests[t].function, NULL, NULL, (void *)config};
		}
	}
	int failed = _cmocka_run_group_tests(group, all, n, NULL, NULL);
	free(all);
	free(names);
	return failed;
}

static bool count_leaf(void *context, const struct pt_leaf *leaf)
{
	struct leaf_count *count = context;
	count->bytes += UINT64_C(1) << leaf->lg2;
	count->by_lg2[leaf->lg2]++;
	count->leaves++;
	return true;
}

struct leaf_count count_leaves(struct fixture *fixture)
{
	struct leaf_count count = {0};
	uint64_t calls = pt_for_each(&fixture->pt, &fixture->ops, 0, UINT64_MAX, count_leaf, &count);
	assert_int_equal(calls, count.leaves);
	return count;
}

uint32_t tables_taken(const struct fixture *fixture)
{
	uint32_t frames = frame_allocator_taken(fixture->frames), granule = 1u << (fixture->granule_lg2 - FRAME_LG2);
	assert_int_equal(frames % granule, 0);
	return frames / granule;
}

uint64_t smallest_page(const struct pt *pt)
{
	return pt->page_sizes & -pt->page_sizes;
}

uint64_t largest_page(const struct pt *pt)
{
	return UINT64_C(1) << (63 - __builtin_clzll(pt->page_sizes));
}
