/* SPDX-License-Identifier: MIT */
/* The two witnesses together: what the driver writes, the engine reads back and caches. */
#include "hw/driver.h"
#include "hw/iommu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#define TABLES_FIRST UINT64_C(0x1000000)
#define PAGE         UINT64_C(0x1000)

/* CAP: DRD, DWD, MAMV 18, NFR 1, PSI, SSLPS 3, FRO 22h, ZLR, MGAW 47, SAGAW 48, ND 16 bits. */
#define CAP_48   UINT64_C(0x00d2018c226f0406)
#define CAP_CM   UINT64_C(0x80)
#define CAP_RWBF UINT64_C(0x10)
#define CAP_PSI  (UINT64_C(1) << 39)
/* ECAP: IRO Fh, SC, PT, QI, C. */
#define ECAP_QUEUE     UINT64_C(0xfc3)
#define ECAP_REGISTERS UINT64_C(0xfc1)

struct pair {
	struct arena *arena;
	struct memory *memory;
	struct frame_allocator *frames;
	struct iommu *unit;
	struct driver *driver;
	struct effect_hook hook;
	void (*watch)(struct pair *pair);
	void *watch_data;
	bool stopped; /* hardware does nothing */
};

static uint64_t read_register(void *unit, uint32_t offset, unsigned width)
{
	struct pair *pair = unit;
	return pair->unit->ops->read_register(pair->unit, offset, width);
}

static void write_register(void *unit, uint32_t offset, unsigned width, uint64_t value)
{
	struct pair *pair = unit;
	pair->unit->ops->write_register(pair->unit, offset, width, value);
}

static bool advance(void *unit)
{
	struct pair *pair = unit;
	return !pair->stopped && pair->unit->ops->advance(pair->unit);
}

static void seen(void *context, const struct effect *effect)
{
	struct pair *pair = context;
	(void)effect;
	if (pair->watch)
		pair->watch(pair);
}

static struct pair *pair_new(uint64_t cap, uint64_t ecap)
{
	struct pair *pair = g_new0(struct pair, 1);
	pair->arena = arena_new();
	pair->memory = memory_new(pair->arena, 16384);
	memory_add_ram(pair->memory, 0, UINT64_C(0xbfffffff));
	pair->frames = frame_allocator_new(pair->memory, TABLES_FIRST, UINT64_C(0x7fffffff));
	struct iommu_config unit = {.address_width = 46, .id = {cap, ecap}, .page_lg2_mask = 7};
	pair->unit = iommu_ops_of(IOMMU_VTD)->create(pair->arena, pair->memory, &unit);
	pair->hook = (struct effect_hook){.seen = seen, .context = pair};
	pair->unit->hook = &pair->hook;
	struct driver_config config = {
		.arena = pair->arena,
		.memory = pair->memory,
		.frames = pair->frames,
		.port = {.unit = pair,
			 .read_register = read_register,
			 .write_register = write_register,
			 .advance = advance},
		.hook = &pair->hook,
	};
	pair->driver = driver_ops_of(IOMMU_VTD)->create(&config);
	assert_int_equal(pair->driver->ops->init(pair->driver), 0);
	assert_int_equal(pair->driver->ops->enable(pair->driver), 0);
	return pair;
}

static void pair_free(struct pair *pair)
{
	pair->driver->ops->destroy(pair->driver);
	pair->unit->ops->destroy(pair->unit);
	frame_allocator_free(pair->frames);
	memory_free(pair->memory);
	arena_free(pair->arena);
	g_free(pair);
}

static domain_handle domain_new(struct pair *pair, enum domain_type type)
{
	domain_handle handle = 0;
	assert_int_equal(pair->driver->ops->domain_alloc(pair->driver, type, &handle), 0);
	return handle;
}

static void attach(struct pair *pair, uint32_t stream, domain_handle domain)
{
	assert_int_equal(pair->driver->ops->attach(pair->driver, stream, domain), 0);
}

static void map(struct pair *pair, domain_handle domain, uint64_t iova, uint64_t pa, uint64_t bytes)
{
	assert_int_equal(pair->driver->ops->map(pair->driver, domain, iova, pa, bytes, PERM_READ | PERM_WRITE), 0);
}

static void unmap(struct pair *pair, domain_handle domain, uint64_t iova, uint64_t bytes, struct gather *gather)
{
	assert_int_equal(pair->driver->ops->unmap(pair->driver, domain, iova, bytes, gather), 0);
}

static void sync(struct pair *pair, struct gather *gather)
{
	assert_int_equal(pair->driver->ops->sync(pair->driver, gather), 0);
}

static struct translation translate(struct pair *pair, uint32_t stream, uint64_t iova, bool write)
{
	struct translation out;
	struct request request = {.address = iova,
				  .bytes = 8,
				  .stream = stream,
				  .pasid = PASID_NONE,
				  .rid = (uint16_t)stream,
				  .op = write ? REQUEST_WRITE : REQUEST_READ};
	memset(&out, 0, sizeof(out));
	pair->unit->ops->translate(pair->unit, &request, &out);
	return out;
}

static void expect_pa(struct pair *pair, uint32_t stream, uint64_t iova, uint64_t pa)
{
	struct translation out = translate(pair, stream, iova, false);
	assert_int_equal(out.result, TRANSLATE_OK);
	assert_int_equal(out.pa, pa);
}

/* Table 30. */
static void expect_fault(struct pair *pair, uint32_t stream, uint64_t iova, unsigned reason)
{
	struct translation out = translate(pair, stream, iova, false);
	assert_int_equal(out.result, TRANSLATE_FAULT);
	assert_int_equal(out.fault, reason);
}

static void check_unmap_until_sync(uint64_t cap, uint64_t ecap)
{
	struct pair *pair = pair_new(cap, ecap);
	struct gather gather = {0};
	domain_handle domain = domain_new(pair, DOMAIN_USER);
	attach(pair, 0x0100, domain);
	expect_fault(pair, 0x0100, 0x5000, 6); /* no read permission: nothing is mapped */
	map(pair, domain, 0x5000, UINT64_C(0x80005000), 2 * PAGE);
	expect_pa(pair, 0x0100, 0x5123, UINT64_C(0x80005123));
	expect_pa(pair, 0x0100, 0x6123, UINT64_C(0x80006123));
	unmap(pair, domain, 0x5000, PAGE, &gather);
	struct translation out = translate(pair, 0x0100, 0x5000, true);
	assert_int_equal(out.result, TRANSLATE_OK);
	assert_true(out.from_cache);
	sync(pair, &gather);
	expect_fault(pair, 0x0100, 0x5000, 6);
	assert_int_equal(translate(pair, 0x0100, 0x5000, true).fault, 5); /* no write permission */
	expect_pa(pair, 0x0100, 0x6000, UINT64_C(0x80006000));
	pair_free(pair);
}

static void test_unmap_is_stale_until_sync(void **state)
{
	(void)state;
	check_unmap_until_sync(CAP_48, ECAP_QUEUE);
	check_unmap_until_sync(CAP_48, ECAP_REGISTERS);
	check_unmap_until_sync(CAP_48 & ~CAP_PSI, ECAP_QUEUE);
	check_unmap_until_sync(CAP_48 | CAP_CM, ECAP_QUEUE);
	check_unmap_until_sync(CAP_48 | CAP_RWBF, ECAP_QUEUE);
	check_unmap_until_sync(CAP_48 | CAP_CM, ECAP_REGISTERS);
}

static void test_attach_and_detach_open_and_close_the_way(void **state)
{
	(void)state;
	struct pair *pair = pair_new(CAP_48, ECAP_QUEUE);
	domain_handle domain = domain_new(pair, DOMAIN_DMA);
	map(pair, domain, 0, UINT64_C(0x80000000), PAGE);
	expect_fault(pair, 0x0100, 0, 1); /* root entry not present */
	attach(pair, 0x0108, domain_new(pair, DOMAIN_BLOCKED));
	expect_fault(pair, 0x0108, 0, 1);
	attach(pair, 0x0100, domain);
	expect_pa(pair, 0x0100, 0x10, UINT64_C(0x80000010));
	expect_fault(pair, 0x0108, 0, 2); /* context entry not present */
	attach(pair, 0x0100, 0);
	expect_fault(pair, 0x0100, 0, 2);
	pair_free(pair);
}

static void test_identity_passes_through(void **state)
{
	(void)state;
	struct pair *pair = pair_new(CAP_48, ECAP_QUEUE);
	attach(pair, 0x0100, domain_new(pair, DOMAIN_IDENTITY));
	struct translation out = translate(pair, 0x0100, UINT64_C(0x12345678), true);
	assert_int_equal(out.result, TRANSLATE_OK);
	assert_true(out.pass_through);
	assert_int_equal(out.pa, UINT64_C(0x12345678));
	pair_free(pair);
}

static void test_every_width_and_page_size_is_understood(void **state)
{
	(void)state;
	static const struct {
		uint64_t mgaw, sagaw;
	} rows[] = {{47, 0x4}, {38, 0x2}, {56, 0x8}, {47, 0x6}, {38, 0x4}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t cap = CAP_48 & ~(UINT64_C(0x3f) << 16 | UINT64_C(0x1f) << 8);
		struct pair *pair = pair_new(cap | rows[i].mgaw << 16 | rows[i].sagaw << 8, ECAP_QUEUE);
		domain_handle domain = domain_new(pair, DOMAIN_USER);
		struct domain_geometry geometry;
		struct gather gather = {0};
		pair->driver->ops->domain_geometry(pair->driver, domain, &geometry);
		attach(pair, 0x0100, domain);
		/* 4 KiB, 2 MiB and 1 GiB at the end of the geometry. */
		uint64_t base = geometry.last + 1 - (UINT64_C(2) << 30);
		uint64_t bytes = (UINT64_C(1) << 30) + (UINT64_C(1) << 21) + PAGE;
		map(pair, domain, base, UINT64_C(0x2000000000), bytes);
		assert_int_equal(translate(pair, 0x0100, base, false).page_lg2, 30);
		assert_int_equal(translate(pair, 0x0100, base + (UINT64_C(1) << 30), false).page_lg2, 21);
		assert_int_equal(translate(pair, 0x0100, base + bytes - 8, false).page_lg2, 12);
		expect_pa(pair, 0x0100, base + bytes - 8, UINT64_C(0x2000000000) + bytes - 8);
		/* A hole of one page in the middle of what was one leaf of 1 GiB. */
		unmap(pair, domain, base + UINT64_C(0x12345000), PAGE, &gather);
		sync(pair, &gather);
		expect_fault(pair, 0x0100, base + UINT64_C(0x12345000), 6);
		expect_pa(pair, 0x0100, base + UINT64_C(0x12346000), UINT64_C(0x2012346000));
		expect_pa(pair, 0x0100, base, UINT64_C(0x2000000000));
		pair_free(pair);
	}
}

/* The requester's page is at the old place, nowhere, or at the new place, and never goes back. */
struct move {
	uint64_t places[3]; /* 0: blocked */
	unsigned stage;
	unsigned asked;
};

static void watch_move(struct pair *pair)
{
	struct move *move = pair->watch_data;
	struct translation out = translate(pair, 0x0100, 0x7000, true);
	uint64_t place = out.result == TRANSLATE_OK ? out.pa : 0;
	while (move->stage < 2 && place != move->places[move->stage])
		move->stage++;
	assert_int_equal(place, move->places[move->stage]);
	move->asked++;
}

static void check_replace(uint64_t cap, uint64_t ecap)
{
	struct pair *pair = pair_new(cap, ecap);
	domain_handle old = domain_new(pair, DOMAIN_USER), new = domain_new(pair, DOMAIN_USER);
	struct move move = {.places = {UINT64_C(0x80000000), 0, UINT64_C(0x90000000)}};
	map(pair, old, 0x7000, UINT64_C(0x80000000), PAGE);
	map(pair, new, 0x7000, UINT64_C(0x90000000), PAGE);
	attach(pair, 0x0100, old);
	pair->watch = watch_move;
	pair->watch_data = &move;
	attach(pair, 0x0100, new);
	pair->watch = NULL;
	assert_true(move.asked >= 5);
	expect_pa(pair, 0x0100, 0x7000, UINT64_C(0x90000000));
	/* The old domain's table and tag go to a third one; nothing of the old one is left. */
	assert_int_equal(pair->driver->ops->domain_free(pair->driver, old), 0);
	domain_handle third = domain_new(pair, DOMAIN_USER);
	assert_int_equal(third, old);
	attach(pair, 0x0100, third);
	expect_fault(pair, 0x0100, 0x7000, 6);
	pair_free(pair);
}

static void test_replace_requester_sees_old_none_or_new(void **state)
{
	(void)state;
	check_replace(CAP_48, ECAP_QUEUE);
	check_replace(CAP_48, ECAP_REGISTERS);
	check_replace(CAP_48 | CAP_CM, ECAP_QUEUE);
	check_replace(CAP_48 | CAP_RWBF, ECAP_QUEUE);
}

static void test_inject_skip_iotlb_flush_leaves_it_stale(void **state)
{
	(void)state;
	struct pair *pair = pair_new(CAP_48, ECAP_QUEUE);
	struct gather gather = {0};
	domain_handle domain = domain_new(pair, DOMAIN_USER);
	attach(pair, 0x0100, domain);
	map(pair, domain, 0x5000, UINT64_C(0x80005000), PAGE);
	expect_pa(pair, 0x0100, 0x5000, UINT64_C(0x80005000));
	unmap(pair, domain, 0x5000, PAGE, &gather);
	pair->driver->ops->inject(pair->driver, INJECT_SKIP_IOTLB_FLUSH);
	sync(pair, &gather);
	pair->driver->ops->inject(pair->driver, 0);
	expect_pa(pair, 0x0100, 0x5000, UINT64_C(0x80005000));
	assert_int_equal(pair->driver->ops->flush_domain(pair->driver, domain), 0);
	expect_fault(pair, 0x0100, 0x5000, 6);
	pair_free(pair);
}

static void test_inject_skip_sync_leaves_it_stale_until_hardware_gets_to_it(void **state)
{
	(void)state;
	struct pair *pair = pair_new(CAP_48, ECAP_QUEUE);
	struct gather gather = {0};
	domain_handle domain = domain_new(pair, DOMAIN_USER);
	attach(pair, 0x0100, domain);
	map(pair, domain, 0x5000, UINT64_C(0x80005000), PAGE);
	expect_pa(pair, 0x0100, 0x5000, UINT64_C(0x80005000));
	unmap(pair, domain, 0x5000, PAGE, &gather);
	pair->driver->ops->inject(pair->driver, INJECT_SKIP_SYNC);
	sync(pair, &gather);
	pair->driver->ops->inject(pair->driver, 0);
	expect_pa(pair, 0x0100, 0x5000, UINT64_C(0x80005000));
	while (advance(pair))
		;
	expect_fault(pair, 0x0100, 0x5000, 6);
	pair_free(pair);
}

static void test_view_names_the_driver_s_domain(void **state)
{
	(void)state;
	struct pair *pair = pair_new(CAP_48, ECAP_QUEUE);
	const struct driver_ops *ops = pair->driver->ops;
	struct iommu_view view;
	domain_handle table = domain_new(pair, DOMAIN_USER), through = domain_new(pair, DOMAIN_IDENTITY);
	attach(pair, 0x0100, table);
	attach(pair, 0x0108, through);
	pair->unit->ops->view(pair->unit, 0x0100, PASID_NONE, &view);
	assert_int_equal(view.kind, VIEW_TABLE);
	assert_int_equal(ops->domain_by_root(pair->driver, view.root), table);
	assert_int_equal(ops->domain_by_root(pair->driver, view.tag), table);
	pair->unit->ops->view(pair->unit, 0x0108, PASID_NONE, &view);
	assert_int_equal(view.kind, VIEW_PASS_THROUGH);
	assert_int_equal(ops->domain_by_root(pair->driver, view.tag), through);
	pair_free(pair);
}

/* --- random operations --- */

enum { DOMAINS = 3, STREAMS = 6, SLOTS = 96 };

struct play {
	struct pair *pair;
	uint64_t random;
	domain_handle domains[DOMAINS];
	int serving[STREAMS]; /* index of the domain; -1 none */
	uint64_t pages[DOMAINS][SLOTS];
};

static const uint32_t streams[STREAMS] = {0x0000, 0x0008, 0x0100, 0x01ff, 0xff00, 0xffff};

static unsigned draw(struct play *play, unsigned below)
{
	play->random = play->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(play->random >> 33) % below;
}

/* Slots lie in three places, so that tables come and go: 32 pages each around a border of 2 MiB, 1 GiB, 512 GiB. */
static uint64_t iova_of(unsigned slot)
{
	static const uint64_t borders[3] = {UINT64_C(1) << 21, UINT64_C(1) << 30, UINT64_C(1) << 39};
	return borders[slot / 32] + (slot % 32 * PAGE) - 16 * PAGE;
}

static void play_check(struct play *play)
{
	for (unsigned i = 0; i < STREAMS; i++) {
		unsigned slot = draw(play, SLOTS);
		int serving = play->serving[i];
		uint64_t pa = serving < 0 ? 0 : play->pages[serving][slot];
		struct translation out = translate(play->pair, streams[i], iova_of(slot), draw(play, 2));
		assert_int_equal(out.result, pa ? TRANSLATE_OK : TRANSLATE_FAULT);
		if (pa)
			assert_int_equal(out.pa, pa);
	}
}

static void play_map(struct play *play, unsigned domain, unsigned slot)
{
	uint64_t pa = UINT64_C(0x80000000) + draw(play, 4096) * PAGE;
	int error = play->pair->driver->ops->map(play->pair->driver, play->domains[domain], iova_of(slot), pa, PAGE, 3);
	assert_int_equal(error == 0, play->pages[domain][slot] == 0);
	if (!error)
		play->pages[domain][slot] = pa;
}

static void play_unmap(struct play *play, unsigned domain, unsigned slot)
{
	struct gather gather = {0};
	unsigned count = 1 + draw(play, 32 - slot % 32);
	unmap(play->pair, play->domains[domain], iova_of(slot), count * PAGE, &gather);
	memset(&play->pages[domain][slot], 0, count * sizeof(uint64_t));
	sync(play->pair, &gather);
}

static void play_attach(struct play *play, unsigned stream)
{
	int to = (int)draw(play, DOMAINS + 1) - 1;
	attach(play->pair, streams[stream], to < 0 ? 0 : play->domains[to]);
	play->serving[stream] = to;
}

static void check_random(uint64_t cap, uint64_t ecap)
{
	struct play *play = g_new0(struct play, 1);
	play->pair = pair_new(cap, ecap);
	for (unsigned i = 0; i < DOMAINS; i++)
		play->domains[i] = domain_new(play->pair, DOMAIN_USER);
	for (unsigned i = 0; i < STREAMS; i++)
		play->serving[i] = -1;
	for (unsigned step = 0; step < 3000; step++) {
		unsigned what = draw(play, 16), domain = draw(play, DOMAINS), slot = draw(play, SLOTS);
		if (what < 9)
			play_map(play, domain, slot);
		else if (what < 14)
			play_unmap(play, domain, slot);
		else
			play_attach(play, draw(play, STREAMS));
		play_check(play);
	}
	for (unsigned i = 0; i < STREAMS; i++)
		attach(play->pair, streams[i], 0);
	for (unsigned i = 0; i < DOMAINS; i++)
		assert_int_equal(play->pair->driver->ops->domain_free(play->pair->driver, play->domains[i]), 0);
	/* Left: root, context tables of 3 buses, and with a queue two more. */
	assert_int_equal(frame_allocator_taken(play->pair->frames), ecap & 2 ? 6 : 4);
	pair_free(play->pair);
	g_free(play);
}

static void test_random_operations_agree_after_each_sync(void **state)
{
	(void)state;
	check_random(CAP_48, ECAP_QUEUE);
	check_random(CAP_48, ECAP_REGISTERS);
	check_random(CAP_48 | CAP_CM, ECAP_QUEUE);
	check_random(CAP_48 & ~CAP_PSI, ECAP_QUEUE);
	check_random((CAP_48 & ~(UINT64_C(0x3f) << 48)) | UINT64_C(1) << 48, ECAP_QUEUE); /* MAMV 1 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unmap_is_stale_until_sync),
		cmocka_unit_test(test_attach_and_detach_open_and_close_the_way),
		cmocka_unit_test(test_identity_passes_through),
		cmocka_unit_test(test_every_width_and_page_size_is_understood),
		cmocka_unit_test(test_replace_requester_sees_old_none_or_new),
		cmocka_unit_test(test_inject_skip_iotlb_flush_leaves_it_stale),
		cmocka_unit_test(test_inject_skip_sync_leaves_it_stale_until_hardware_gets_to_it),
		cmocka_unit_test(test_view_names_the_driver_s_domain),
		cmocka_unit_test(test_random_operations_agree_after_each_sync),
	};
	return cmocka_run_group_tests_name("vtd-driver-engine", tests, NULL, NULL);
}
