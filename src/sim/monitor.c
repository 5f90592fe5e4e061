/* SPDX-License-Identifier: MIT */
#include "sim/monitor.h"

#include "sim/confidential.h"

#include <glib.h>

/* Entries of level 0 are for 1 GiB, granules for 4 KiB: tables of level 1 have 128 KiB. */
enum {
	L0_LG2 = 30,
	L0_ENTRIES_LG2 = 10, /* PPS is 40 bits: all that LAYOUT_* has is below it */
	L1_ORDER = 5,
	L1_BYTES = FRAME_BYTES << L1_ORDER,
	REALM_ORDER = 11,
};
#define PAGES_OF_AN_ENTRY 16
/* SMMU_ROOT_GPT_BASE_CFG (6.3.115): write-back, inner shareable */
enum { WRITE_BACK = 1, INNER_SHAREABLE = 3, PPS_36 = 1, PPS_40 = 2 };

struct monitor {
	struct frame_allocator *frames; /* of the Realm's pool */
	struct smmu_root **roots;       /* per IOMMU */
	GArray *tables;                 /* uint64_t: numbers of the GiB that have a table of level 1, in their order */
	uint64_t own, level0, realm; /* the Root pool: tables of level 1, then the one of level 0; the Realm's pool */
	unsigned order;              /* of the Root pool */
};

static bool is_there(const struct monitor *monitor, uint64_t number)
{
	for (unsigned i = 0; i < monitor->tables->len; i++)
		if (g_array_index(monitor->tables, uint64_t, i) == number)
			return true;
	return false;
}

static void want_tables(struct monitor *monitor, uint64_t first, uint64_t last)
{
	for (uint64_t number = first >> L0_LG2; number <= last >> L0_LG2; number++)
		if (!is_there(monitor, number))
			g_array_append_val(monitor->tables, number);
}

/* GPI of what no table of level 1 is for: register pages are in all spaces (DDI 0487 D9.6.5, I YDVBY). */
static unsigned block_of(uint64_t number)
{
	uint64_t pa = number << L0_LG2;
	bool registers = (pa >= LAYOUT_MMIO32_FIRST && pa < LAYOUT_MEMORY_FIRST) ||
			 (pa >= LAYOUT_MMIO64_FIRST && pa <= LAYOUT_MMIO64_LAST);

	return registers ? GPT_ANY : GPT_NON_SECURE;
}

/* The entry of level 1 for the page; its GiB has a table. */
static uint64_t entry_of(const struct monitor *monitor, uint64_t pa)
{
	uint64_t within = pa & ((UINT64_C(1) << L0_LG2) - 1);
	unsigned place = 0;

	while (g_array_index(monitor->tables, uint64_t, place) != pa >> L0_LG2)
		place++;
	return monitor->own + place * (uint64_t)L1_BYTES + within / (FRAME_BYTES * PAGES_OF_AN_ENTRY) * 8;
}

static void write_entry(struct world *world, uint64_t entry, uint64_t old, uint64_t word)
{
	if (word == old)
		return;
	memory_write64(world->memory, entry, word);
	world_seen(world, &(struct effect){.kind = EFFECT_WORD, .address = entry, .value = word, .old = old},
		   WORLD_HALF_ROOT);
}

static void set_pages(struct world *world, uint64_t pa, uint64_t bytes, enum gpt_gpi gpi)
{
	uint64_t next;

	for (uint64_t at = pa; at < pa + bytes; at = next) {
		uint64_t entry = entry_of(world->monitor, at), word = 0, mask = 0;
		next = at;
		do { /* all that is in this entry */
			mask |= UINT64_C(15) << 4 * (next / FRAME_BYTES % PAGES_OF_AN_ENTRY);
			next += FRAME_BYTES;
		} while (next < pa + bytes && next % (FRAME_BYTES * PAGES_OF_AN_ENTRY));
		memory_read64(world->memory, entry, &word);
		write_entry(world, entry, word, (word & ~mask) | (UINT64_C(0x1111111111111111) * gpi & mask));
	}
}

static void write_tables(struct world *world)
{
	struct monitor *monitor = world->monitor;

	for (uint64_t number = 0; number < UINT64_C(1) << L0_ENTRIES_LG2; number++) {
		uint64_t entry = GPT_BLOCK;
		GPT_ENTRY_set_GPI(&entry, block_of(number));
		memory_write64(world->memory, monitor->level0 + number * 8, entry);
	}
	for (unsigned i = 0; i < monitor->tables->len; i++) {
		uint64_t table = monitor->own + i * (uint64_t)L1_BYTES;
		uint64_t number = g_array_index(monitor->tables, uint64_t, i);
		for (uint64_t at = 0; at < L1_BYTES; at += 8)
			memory_write64(world->memory, table + at, UINT64_C(0x1111111111111111) * block_of(number));
		memory_write64(world->memory, monitor->level0 + number * 8, table | GPT_TABLE);
	}
	set_pages(world, monitor->own, (uint64_t)FRAME_BYTES << monitor->order, GPT_ROOT);
	set_pages(world, monitor->realm, (uint64_t)FRAME_BYTES << REALM_ORDER, GPT_REALM);
}

/* Where guests have memory, and where the pools are. */
static bool take_pools(struct world *world)
{
	const struct machine *machine = world->machine;
	struct monitor *monitor = world->monitor;

	monitor->realm = frame_allocator_take(world->frames, REALM_ORDER);
	if (!monitor->realm)
		return false;
	want_tables(monitor, monitor->realm, monitor->realm + ((uint64_t)FRAME_BYTES << REALM_ORDER) - 1);
	for (unsigned i = 0; i < machine->memory_count; i++) {
		const struct machine_memory *row = &machine->memories[i];
		if (machine->owners[row->owner].confidential)
			want_tables(monitor, row->hpa, row->hpa + row->bytes - 1);
	}
	/* The pool may lie in one more GiB; level 0 takes two pages. */
	while (UINT64_C(1) << monitor->order < (monitor->tables->len + 1) * (UINT64_C(1) << L1_ORDER) + 2)
		monitor->order++;
	monitor->own = frame_allocator_take(world->frames, monitor->order);
	if (!monitor->own)
		return false;
	want_tables(monitor, monitor->own, monitor->own + ((uint64_t)FRAME_BYTES << monitor->order) - 1);
	monitor->level0 = monitor->own + monitor->tables->len * (uint64_t)L1_BYTES;
	return true;
}

bool monitor_build(struct world *world)
{
	struct monitor *monitor;

	if (world->kind != IOMMU_SMMUV3 || !confidential_is_wanted(world) ||
	    world->rules.value[KNOB_IOMMU_LAYOUT] != IOMMU_LAYOUT_SPLIT)
		return true;
	monitor = world->monitor = g_new0(struct monitor, 1);
	monitor->roots = g_new0(struct smmu_root *, world->machine->iommu_count + 1);
	monitor->tables = g_array_new(FALSE, FALSE, sizeof(uint64_t));
	if (!take_pools(world))
		return false;
	write_tables(world);
	monitor->frames = frame_allocator_new(world->memory, monitor->realm,
					      monitor->realm + ((uint64_t)FRAME_BYTES << REALM_ORDER) - 1);
	return true;
}

void monitor_free(struct world *world)
{
	struct monitor *monitor = world->monitor;

	if (!monitor)
		return;
	for (unsigned i = 0; i < world->machine->iommu_count; i++)
		smmu_root_free(monitor->roots[i]);
	if (monitor->frames)
		frame_allocator_free(monitor->frames);
	g_array_unref(monitor->tables);
	g_free(monitor->roots);
	g_free(monitor);
	world->monitor = NULL;
}

struct frame_allocator *monitor_frames(const struct world *world)
{
	return world->monitor ? world->monitor->frames : NULL;
}

/* --- the Root pages --- */

static void write_root(struct world *world, uint16_t iommu, uint32_t offset, unsigned width, uint64_t value)
{
	struct smmu_root *root = world->monitor->roots[iommu];

	smmu_root_write(root, offset, width, value, PA_ROOT);
	world_seen(world, &(struct effect){.kind = EFFECT_REGISTER, .iommu = iommu, .address = offset, .value = value},
		   WORLD_HALF_ROOT);
	while (smmu_root_advance(root))
		;
}

static uint8_t output_lg2(const struct machine_iommu *declared)
{
	static const uint8_t sizes[] = {52, 48, 44, 42, 40, 36, 32}; /* 6.3.6 OAS */
	unsigned width = declared->address_width ? declared->address_width : 48, i = 0;

	while (i < sizeof(sizes) - 1 && sizes[i] > width)
		i++;
	return sizes[i];
}

struct smmu_root *monitor_root(struct world *world, uint16_t iommu)
{
	struct monitor *monitor = world->monitor;
	const struct machine_iommu *declared = &world->machine->iommus[iommu];
	const struct smmu_root_config config = {
		.oas_lg2 = output_lg2(declared), .granules = 7, .l0gptsz = GPT_L0_1G, .realm = true};
	uint64_t cfg = 0, on = 0;

	if (!monitor || declared->kind == IOMMU_NONE)
		return NULL;
	if (monitor->roots[iommu])
		return monitor->roots[iommu];
	monitor->roots[iommu] = smmu_root_new(world->arena, world->memory, &config);
	SMMU_GPT_CFG_set_PPS(&cfg, config.oas_lg2 < 40 ? PPS_36 : PPS_40);
	SMMU_GPT_CFG_set_SH(&cfg, INNER_SHAREABLE);
	SMMU_GPT_CFG_set_ORGN(&cfg, WRITE_BACK);
	SMMU_GPT_CFG_set_IRGN(&cfg, WRITE_BACK);
	write_root(world, iommu, SMMU_ROOT_REG_GPT_BASE, 8, monitor->level0);
	write_root(world, iommu, SMMU_ROOT_REG_GPT_BASE_CFG, 8, cfg);
	/* 6.3.112: accesses are enabled when checks are. */
	SMMU_ROOT_CR0_set_GPCEN(&on, world->rules.value[KNOB_T0_TABLE] != T0_TABLE_UNCHECKED);
	write_root(world, iommu, SMMU_ROOT_REG_CR0, 4, on);
	SMMU_ROOT_CR0_set_ACCESSEN(&on, 1);
	write_root(world, iommu, SMMU_ROOT_REG_CR0, 4, on);
	return monitor->roots[iommu];
}

/* The largest range that a TLBI by PA can name from there on (6.3.118, SIZE); no entry is of more than a page here. */
static unsigned tlbi_size(uint64_t pa, uint64_t bytes, unsigned *lg2)
{
	static const uint8_t sizes[] = {12, 14, 16, 21, 25, 29, 30};
	unsigned size = sizeof(sizes) - 1;

	while (size && (pa % (UINT64_C(1) << sizes[size]) || bytes < UINT64_C(1) << sizes[size]))
		size--;
	*lg2 = sizes[size];
	return size;
}

/* No SMMU remembers whose the pages were. */
static void forget(struct world *world, uint64_t pa, uint64_t bytes)
{
	struct monitor *monitor = world->monitor;

	world_let_arrive(world, pa, bytes);
	for (uint16_t i = 0; i < world->machine->iommu_count; i++) {
		unsigned lg2;
		for (uint64_t at = pa; monitor->roots[i] && at < pa + bytes; at += UINT64_C(1) << lg2) {
			uint64_t tlbi = at;
			SMMU_ROOT_TLBI_set_SIZE(&tlbi, tlbi_size(at, pa + bytes - at, &lg2));
			write_root(world, i, SMMU_ROOT_REG_TLBI, 8, tlbi);
			write_root(world, i, SMMU_ROOT_REG_TLBI_CTRL, 4, SMMU_ROOT_TLBI_CTRL_RUN_MASK);
		}
	}
}

void monitor_own(const struct world *world, void (*fn)(void *context, uint64_t pa, uint64_t bytes), void *context)
{
	const struct monitor *monitor = world->monitor;

	if (!monitor)
		return;
	fn(context, monitor->realm, (uint64_t)FRAME_BYTES << REALM_ORDER);
	fn(context, monitor->own, (uint64_t)FRAME_BYTES << monitor->order);
}

void monitor_give(struct world *world, uint64_t pa, uint64_t bytes, bool realm)
{
	if (!world->monitor)
		return;
	set_pages(world, pa, bytes, realm ? GPT_REALM : GPT_NON_SECURE);
	forget(world, pa, bytes);
}
