/* SPDX-License-Identifier: MIT */
/* The DMA API, catalogue section 2.7; kernel drivers. */
#include "bench.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct host {
	struct bench b;
	uint16_t u, v, nic, page, buffer;
};

static void declare(struct host *h, const char *mode)
{
	bench_open(&h->b, "kernel-dma");
	if (mode)
		bench_set(&h->b, "kernel_dma", mode);
	h->u = bench_owner(&h->b, "u");
	h->v = bench_owner(&h->b, "v");
	h->nic = bench_device(&h->b, "nic", DRIVER_HOST);
	h->page = bench_memory(&h->b, "page", MACHINE_HOST, 0x1000);
	h->buffer = bench_memory(&h->b, "buffer", MACHINE_HOST, 0x3000);
}

static void open_host(struct host *h, const char *mode)
{
	declare(h, mode);
	bench_start(&h->b);
}

static uint64_t map(struct host *h, uint16_t memory)
{
	uint64_t iova = 0;
	assert_int_equal(bench_dma_map(&h->b, MACHINE_HOST, h->nic, memory, &iova), 0);
	assert_int_equal(h->b.implied, 0);
	return iova;
}

static int unmap(struct host *h, uint16_t memory, uint64_t iova)
{
	return bench_dma_unmap(&h->b, MACHINE_HOST, h->nic, memory, iova);
}

static const struct fake_domain *domain(const struct host *h)
{
	uint32_t stream = h->b.machine->devices[h->nic].stream;
	return &h->b.units[0]->domains[fake_serving_domain(h->b.units[0], stream)];
}

static void test_kdma_strict_unmap_is_flushed_before_it_returns(void **state)
{
	(void)state;
	struct host h;
	open_host(&h, "strict");
	uint64_t iova = map(&h, h.page);
	assert_int_equal(bench_reach(&h.b, h.nic, iova), bench_pa(&h.b, h.page));
	assert_int_equal(uapi_page_release(h.b.uapi, h.page), -EBUSY);
	assert_false(uapi_memory_pinned(h.b.uapi, h.page)); /* held, not pinned */
	assert_int_equal(unmap(&h, h.page, iova), 0);
	assert_int_equal(domain(&h)->dirty, 0);
	assert_int_equal(bench_reach(&h.b, h.nic, iova), UINT64_MAX);
	assert_int_equal(uapi_page_release(h.b.uapi, h.page), 0);
	assert_int_equal(map(&h, h.page), iova); /* the lowest is free again */
	bench_close(&h.b);
}

/* The page is free before anything was flushed; its address is not. */
static void test_kdma_lazy_unmap_leaves_a_window(void **state)
{
	(void)state;
	struct host h;
	open_host(&h, "lazy");
	uint64_t first = map(&h, h.page);
	assert_int_equal(unmap(&h, h.page, first), 0);
	assert_int_equal(domain(&h)->dirty, 1);
	assert_int_equal(uapi_page_release(h.b.uapi, h.page), 0);
	assert_int_not_equal(map(&h, h.page), first);
	assert_int_equal(unmap(&h, h.page, first), -EINVAL); /* it is not mapped any more */
	assert_int_equal(domain(&h)->flushes, 0);
	assert_int_equal(uapi_deferred_flush(h.b.uapi), 0);
	assert_int_equal(domain(&h)->dirty, 0);
	assert_int_equal(domain(&h)->flushes, 1);
	assert_int_equal(map(&h, h.page), first);
	assert_int_equal(uapi_deferred_flush(h.b.uapi), 0); /* nothing to do */
	assert_int_equal(domain(&h)->flushes, 1);
	bench_close(&h.b);
}

static void test_kdma_untrusted_member_is_strict_and_translated(void **state)
{
	(void)state;
	static const char *const modes[] = {"lazy", "identity"};
	for (int i = 0; i < 2; i++) {
		struct host h;
		declare(&h, modes[i]);
		uint16_t f1 = bench_function(&h.b, "f1", DRIVER_HOST, h.nic);
		h.b.machine->devices[f1].trusted = false;
		bench_start(&h.b);
		uint64_t iova = map(&h, h.page); /* for the trusted one of the group */
		assert_int_equal(bench_serving(&h.b, h.nic), DOMAIN_DMA);
		assert_int_equal(unmap(&h, h.page, iova), 0);
		assert_int_equal(domain(&h)->dirty, 0);
		struct uapi_target part = {.kind = UAPI_MEMORY, .index = h.page, .offset = 0x10};
		space_handle space;
		assert_int_equal(uapi_dma_map(h.b.uapi, MACHINE_HOST, h.nic, part, 0x20, 3, &iova, &space), 0);
		assert_int_equal(iova & 0xfff, 0x10);
		assert_int_equal(uapi_dma_unmap(h.b.uapi, MACHINE_HOST, h.nic, 0, iova, 0x20), 0);
		bench_close(&h.b);
	}
}

struct shared_page {
	struct host h;
	struct uapi_target part; /* 20h bytes of it are the buffer */
	uint64_t iova;
};

static void open_untrusted(struct shared_page *s)
{
	declare(&s->h, "strict");
	s->h.b.machine->devices[s->h.nic].trusted = false;
	bench_start(&s->h.b);
	s->part = (struct uapi_target){.kind = UAPI_MEMORY, .index = s->h.buffer, .offset = 0x1010};
}

static int map_part(struct shared_page *s, uint64_t bytes, unsigned permissions)
{
	space_handle space;
	return uapi_dma_map(s->h.b.uapi, MACHINE_HOST, s->h.nic, s->part, bytes, permissions, &s->iova, &space);
}

static int unmap_part(struct shared_page *s, uint64_t bytes)
{
	return uapi_dma_unmap(s->h.b.uapi, MACHINE_HOST, s->h.nic, 0, s->iova, bytes);
}

/* What the device reaches is the copy, and no byte of the page that the buffer is in. */
static void test_kdma_untrusted_part_of_a_page_is_bounced(void **state)
{
	(void)state;
	struct shared_page s;
	open_untrusted(&s);
	assert_int_equal(map_part(&s, 0x20, UAPI_READ | UAPI_WRITE), 0);
	assert_int_equal(s.h.b.bounces, 1);
	assert_int_equal(s.iova & 0xfff, 0x10);
	assert_int_equal(bench_reach(&s.h.b, s.h.nic, s.iova), s.h.b.bounce_slot);
	assert_int_equal(bench_reach(&s.h.b, s.h.nic, s.iova + 0x20), s.h.b.bounce_slot + 0x20);
	assert_int_equal(uapi_page_release(s.h.b.uapi, s.h.buffer), -EBUSY);
	assert_int_equal(unmap_part(&s, 0x20), 0);
	assert_int_equal(s.h.b.bounces, 0);
	assert_true(s.h.b.bounce_written);
	assert_int_equal(bench_reach(&s.h.b, s.h.nic, s.iova), UINT64_MAX);
	assert_int_equal(domain(&s.h)->dirty, 0); /* flushed before the copy went back to the pool */
	assert_int_equal(uapi_page_release(s.h.b.uapi, s.h.buffer), 0);
	bench_close(&s.h.b);
}

static void test_kdma_bounce_that_was_only_read_is_not_copied_back(void **state)
{
	(void)state;
	struct shared_page s;
	open_untrusted(&s);
	assert_int_equal(map_part(&s, 0x20, UAPI_READ), 0);
	assert_int_equal(unmap_part(&s, 0x20), 0);
	assert_int_equal(s.h.b.bounces, 0);
	assert_false(s.h.b.bounce_written);
	bench_close(&s.h.b);
}

static void test_kdma_whole_pages_are_never_bounced(void **state)
{
	(void)state;
	struct shared_page s;
	open_untrusted(&s);
	s.part.offset = 0x1000;
	assert_int_equal(map_part(&s, 0x2000, UAPI_READ), 0);
	assert_int_equal(s.h.b.bounces, 0);
	assert_int_equal(bench_reach(&s.h.b, s.h.nic, s.iova), bench_pa(&s.h.b, s.h.buffer) + 0x1000);
	assert_int_equal(unmap_part(&s, 0x2000), 0);
	bench_close(&s.h.b);
}

static void test_kdma_bounce_without_room_leaves_nothing(void **state)
{
	(void)state;
	struct shared_page s;
	open_untrusted(&s);
	s.h.b.no_bounce = true;
	assert_int_equal(map_part(&s, 0x20, UAPI_READ), -ENOMEM);
	s.h.b.no_bounce = false;
	bench_unit_of(&s.h.b, s.h.nic)->fail_map = -ENOMEM;
	assert_int_equal(map_part(&s, 0x20, UAPI_READ), -ENOMEM);
	assert_int_equal(s.h.b.bounces, 0);
	bench_unit_of(&s.h.b, s.h.nic)->fail_map = 0;
	assert_int_equal(uapi_page_release(s.h.b.uapi, s.h.buffer), 0);
	bench_close(&s.h.b);
}

/* A unit that does not answer may still use the copy. */
static void test_kdma_bounce_stays_while_hardware_may_use_it(void **state)
{
	(void)state;
	struct shared_page s;
	open_untrusted(&s);
	assert_int_equal(map_part(&s, 0x20, UAPI_READ), 0);
	bench_unit_of(&s.h.b, s.h.nic)->fail_sync = -ETIMEDOUT;
	assert_int_equal(unmap_part(&s, 0x20), -ETIMEDOUT);
	assert_int_equal(s.h.b.bounces, 1);
	assert_int_equal(bench_reach(&s.h.b, s.h.nic, s.iova), s.h.b.bounce_slot);
	bench_unit_of(&s.h.b, s.h.nic)->fail_sync = 0;
	assert_int_equal(unmap_part(&s, 0x20), 0);
	assert_int_equal(s.h.b.bounces, 0);
	bench_close(&s.h.b);
}

static int sync_part(struct shared_page *s, bool for_device)
{
	return uapi_dma_sync(s->h.b.uapi, MACHINE_HOST, s->h.nic, 0, s->iova, 0x20, for_device);
}

/* Only in the direction that the mapping has: commit bddac7c1e02b. */
static void test_kdma_sync_copies_as_the_mapping_permits(void **state)
{
	(void)state;
	static const struct {
		const char *rule;
		unsigned permissions, to_cpu, to_device;
	} rows[] = {
		{"by_direction", UAPI_READ, 0, 1},
		{"by_direction", UAPI_WRITE, 1, 0},
		{"by_direction", UAPI_READ | UAPI_WRITE, 1, 1},
		{"always", UAPI_WRITE, 1, 1},
		{"always", UAPI_READ, 0, 1},
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct shared_page s;
		declare(&s.h, "strict");
		s.h.b.machine->devices[s.h.nic].trusted = false;
		bench_set(&s.h.b, "bounce_sync", rows[i].rule);
		bench_start(&s.h.b);
		s.part = (struct uapi_target){.kind = UAPI_MEMORY, .index = s.h.buffer, .offset = 0x1010};
		assert_int_equal(map_part(&s, 0x20, rows[i].permissions), 0);
		assert_int_equal(sync_part(&s, false), 0);
		assert_int_equal(sync_part(&s, true), 0);
		assert_int_equal(s.h.b.bounce_syncs[0], rows[i].to_cpu);
		assert_int_equal(s.h.b.bounce_syncs[1], rows[i].to_device);
		assert_int_equal(s.h.b.bounces, 1);
		assert_int_equal(unmap_part(&s, 0x20), 0);
		bench_close(&s.h.b);
	}
}

static void test_kdma_sync_of_what_is_not_mapped(void **state)
{
	(void)state;
	struct shared_page s;
	open_untrusted(&s);
	assert_int_equal(sync_part(&s, true), -EINVAL);
	assert_int_equal(map_part(&s, 0x20, UAPI_READ | UAPI_WRITE), 0);
	assert_int_equal(uapi_dma_sync(s.h.b.uapi, MACHINE_HOST, s.h.nic, 0, s.iova, 0x1020, true), -EINVAL);
	assert_int_equal(uapi_dma_sync(s.h.b.uapi, MACHINE_HOST, s.h.nic, 1, s.iova, 0x20, true), -ENOTTY);
	assert_int_equal(unmap_part(&s, 0x20), 0);
	assert_int_equal(sync_part(&s, false), -EINVAL);
	assert_int_equal(s.h.b.bounce_syncs[0] + s.h.b.bounce_syncs[1], 0);
	bench_close(&s.h.b);
}

/* Nothing is copied of what is not bounced, translated or not. */
static void test_kdma_sync_of_whole_pages(void **state)
{
	(void)state;
	static const char *const modes[] = {"strict", "lazy", "identity"};
	for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct host h;
		declare(&h, modes[i]);
		bench_start(&h.b);
		uint64_t iova = map(&h, h.page);
		assert_int_equal(uapi_dma_sync(h.b.uapi, MACHINE_HOST, h.nic, 0, iova, 0x1000, false), 0);
		assert_int_equal(uapi_dma_sync(h.b.uapi, MACHINE_HOST, h.nic, 0, iova, 0x1000, true), 0);
		assert_int_equal(h.b.bounce_syncs[0] + h.b.bounce_syncs[1], 0);
		assert_int_equal(unmap(&h, h.page, iova), 0);
		bench_close(&h.b);
	}
}

static void test_kdma_full_queue_is_flushed(void **state)
{
	(void)state;
	struct host h;
	open_host(&h, "lazy");
	uint64_t first = map(&h, h.page);
	assert_int_equal(unmap(&h, h.page, first), 0);
	for (int i = 1; i < 255; i++)
		assert_int_equal(unmap(&h, h.page, map(&h, h.page)), 0);
	assert_int_equal(domain(&h)->flushes, 0);
	uint64_t last = map(&h, h.page);
	h.b.units[0]->fail_flush = -ETIMEDOUT;
	assert_int_equal(unmap(&h, h.page, last), -ETIMEDOUT);
	assert_int_equal(bench_reach(&h.b, h.nic, last), bench_pa(&h.b, h.page)); /* still mapped */
	assert_int_equal(uapi_page_release(h.b.uapi, h.page), -EBUSY);
	h.b.units[0]->fail_flush = 0;
	assert_int_equal(unmap(&h, h.page, last), 0);
	assert_int_equal(domain(&h)->flushes, 1);
	assert_int_equal(map(&h, h.page), first);
	bench_close(&h.b);
}

static void test_kdma_no_address_left_forces_the_flush(void **state)
{
	(void)state;
	struct host h;
	open_host(&h, "lazy");
	h.b.units[0]->last = 0x2fff;
	uint64_t first = map(&h, h.page), iova;
	map(&h, h.page);
	assert_int_equal(bench_dma_map(&h.b, MACHINE_HOST, h.nic, h.page, &iova), -ENOMEM);
	assert_int_equal(unmap(&h, h.page, first), 0);
	assert_int_equal(map(&h, h.page), first);
	assert_int_equal(domain(&h)->flushes, 1);
	bench_close(&h.b);
}

static void test_kdma_identity_gives_the_address_itself(void **state)
{
	(void)state;
	struct host h;
	open_host(&h, "identity");
	assert_int_equal(bench_serving(&h.b, h.nic), DOMAIN_IDENTITY);
	uint64_t iova = map(&h, h.page);
	assert_int_equal(iova, bench_pa(&h.b, h.page));
	assert_int_equal(map(&h, h.page), iova); /* twice */
	assert_int_equal(uapi_dma_unmap(h.b.uapi, MACHINE_HOST, h.nic, 0, iova, 0x2000), -EINVAL);
	assert_int_equal(unmap(&h, h.page, iova), 0);
	assert_int_equal(uapi_page_release(h.b.uapi, h.page), -EBUSY);
	assert_int_equal(unmap(&h, h.page, iova), 0);
	assert_int_equal(uapi_page_release(h.b.uapi, h.page), 0);
	assert_int_equal(unmap(&h, h.page, iova), -EINVAL);
	bench_close(&h.b);
}

static void test_kdma_without_iommu_or_translation_is_direct(void **state)
{
	(void)state;
	for (int off = 0; off < 2; off++) {
		struct host h;
		declare(&h, "strict");
		if (off)
			h.b.machine->iommus[0].on = false;
		else
			h.b.kind = IOMMU_NONE;
		bench_start(&h.b);
		assert_int_equal(map(&h, h.page), bench_pa(&h.b, h.page));
		assert_int_equal(unmap(&h, h.page, bench_pa(&h.b, h.page)), 0);
		bench_close(&h.b);
	}
}

static void test_kdma_addresses_avoid_what_is_reserved(void **state)
{
	(void)state;
	struct host h;
	declare(&h, "strict");
	bench_reserve(&h.b, h.nic, RESERVED_RMRR, 0x1000, 0x2000);
	bench_reserve(&h.b, h.nic, RESERVED_RELAXABLE, 0x4000, 0x1000);
	bench_reserve(&h.b, h.nic, RESERVED_HOLE, 0x5000, 0x1000);
	uint16_t other = bench_device(&h.b, "other", DRIVER_HOST);
	bench_reserve(&h.b, other, RESERVED_HOLE, 0x3000, 0x1000);
	bench_start(&h.b);
	assert_int_equal(map(&h, h.page), 0x3000); /* the other's hole is not ours */
	assert_int_equal(map(&h, h.page), 0x6000);
	assert_int_equal(bench_reach(&h.b, h.nic, 0x2004), 0x2004); /* firmware ranges are there, 1:1 */
	assert_int_equal(bench_reach(&h.b, h.nic, 0x4004), 0x4004);
	assert_int_equal(bench_reach(&h.b, h.nic, 0x5004), UINT64_MAX);
	h.b.units[0]->first = LAYOUT_MSI_FIRST;
	assert_int_equal(map(&h, h.page), LAYOUT_MSI_LAST + 1);
	bench_close(&h.b);
}

static void test_kdma_shared_firmware_range_is_mapped_once(void **state)
{
	(void)state;
	struct host h;
	declare(&h, "strict");
	uint16_t f1 = bench_function(&h.b, "f1", DRIVER_HOST, h.nic);
	bench_reserve(&h.b, h.nic, RESERVED_RMRR, 0x7a000000, 0x2000);
	bench_reserve(&h.b, f1, RESERVED_RMRR, 0x7a000000, 0x2000);
	bench_start(&h.b);
	assert_int_equal(bench_reach(&h.b, f1, 0x7a001000), 0x7a001000);
	assert_int_equal(h.b.units[0]->maps, 1);
	bench_close(&h.b);
}

static void test_kdma_errno_table(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		uint64_t offset, bytes;
		unsigned permissions;
		int error;
	} rows[] = {
		{"nothing", 0, 0, 3, -EINVAL},
		{"no direction", 0, 0x1000, 0, -EINVAL},
		{"beyond the object", 0x2000, 0x1001, 3, -EINVAL},
		{"far beyond", UINT64_MAX, 1, 3, -EINVAL},
		{"a piece", 0x1ff0, 0x20, 1, 0},
	};
	struct host h;
	open_host(&h, "strict");
	uint64_t iova;
	space_handle space;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct uapi_target target = {.kind = UAPI_MEMORY, .index = h.buffer, .offset = rows[i].offset};
		int error = uapi_dma_map(h.b.uapi, MACHINE_HOST, h.nic, target, rows[i].bytes, rows[i].permissions,
					 &iova, &space);
		if (error != rows[i].error)
			fail_msg("%s: %d", rows[i].what, error);
	}
	assert_int_equal(iova & 0xfff, 0xff0); /* two pages, since it lies across */
	assert_int_equal(bench_reach(&h.b, h.nic, iova + 0x1f), bench_pa(&h.b, h.buffer) + 0x200f);
	assert_int_equal(uapi_dma_unmap(h.b.uapi, MACHINE_HOST, h.nic, 0, iova, 0x10), -EINVAL);
	assert_int_equal(uapi_dma_unmap(h.b.uapi, MACHINE_HOST, h.nic, 0, iova, 0), -EINVAL);
	assert_int_equal(uapi_dma_unmap(h.b.uapi, h.u, h.nic, 0, iova, 0x20), -EPERM);
	assert_int_equal(uapi_dma_unmap(h.b.uapi, MACHINE_HOST, h.nic, 0, iova, 0x20), 0);
	bench_close(&h.b);
}

static void test_kdma_map_driver_failure_is_rolled_back(void **state)
{
	(void)state;
	struct host h;
	open_host(&h, "strict");
	uint64_t iova, hash = arena_hash(h.b.arena);
	h.b.units[0]->fail_map = -ENOMEM;
	assert_int_equal(bench_dma_map(&h.b, MACHINE_HOST, h.nic, h.page, &iova), -ENOMEM);
	assert_true(arena_hash(h.b.arena) == hash);
	h.b.units[0]->fail_map = 0;
	assert_int_equal(map(&h, h.page), 0x1000);
	h.b.units[0]->fail_sync = -ETIMEDOUT;
	assert_int_equal(unmap(&h, h.page, 0x1000), -ETIMEDOUT);
	assert_int_equal(bench_reach(&h.b, h.nic, 0x1000), bench_pa(&h.b, h.page));
	assert_int_equal(uapi_page_release(h.b.uapi, h.page), -EBUSY);
	bench_close(&h.b);
}

/* --- drivers --- */

static void test_kdma_take_is_to_be_the_driver(void **state)
{
	(void)state;
	struct host h;
	open_host(&h, "strict");
	uint64_t iova;
	assert_int_equal(uapi_take(h.b.uapi, h.u, h.nic), -EBUSY); /* the host's driver is there */
	assert_int_equal(uapi_driver_unbind(h.b.uapi, h.nic), 0);
	assert_int_equal(uapi_driver_unbind(h.b.uapi, h.nic), -ENODEV);
	h.b.bus_master[h.nic] = false;
	assert_int_equal(uapi_take(h.b.uapi, h.u, h.nic), 0);
	assert_true(h.b.bus_master[h.nic]);
	assert_int_equal(uapi_take(h.b.uapi, h.v, h.nic), -EBUSY);
	assert_int_equal(bench_dma_map(&h.b, h.u, h.nic, h.page, &iova), 0);
	assert_int_equal(bench_dma_map(&h.b, h.v, h.nic, h.page, &iova), -EPERM);
	assert_int_equal(uapi_release(h.b.uapi, h.v, h.nic), -EINVAL);
	assert_int_equal(uapi_release(h.b.uapi, h.u, h.nic), 0);
	assert_int_equal(bench_dma_map(&h.b, h.u, h.nic, h.page, &iova), -ENOTTY); /* nobody drives it */
	bench_close(&h.b);
}

/* What a driver leaves behind stays mapped, and its page belongs to nobody any more. */
static void test_kdma_leaked_mapping_outlives_its_driver(void **state)
{
	(void)state;
	struct host h;
	open_host(&h, "strict");
	uint64_t leaked = map(&h, h.page);
	assert_int_equal(uapi_driver_unbind(h.b.uapi, h.nic), 0);
	assert_int_equal(uapi_page_release(h.b.uapi, h.page), 0);
	assert_int_equal(bench_reach(&h.b, h.nic, leaked), bench_pa(&h.b, h.page));
	assert_int_equal(unmap(&h, h.page, leaked), -ENODEV);
	assert_int_equal(uapi_driver_bind(h.b.uapi, h.nic, DRIVER_HOST), 0);
	assert_int_equal(unmap(&h, h.page, leaked), -EINVAL);
	assert_int_not_equal(map(&h, h.page), leaked);
	bench_close(&h.b);
}

static void test_kdma_bind_makes_an_idle_driver_leave(void **state)
{
	(void)state;
	struct host h;
	declare(&h, "strict");
	uint16_t idle = bench_device(&h.b, "idle", DRIVER_USER), stub = bench_device(&h.b, "stub", DRIVER_STUB);
	bench_start(&h.b);
	assert_int_equal(uapi_driver_bind(h.b.uapi, h.nic, DRIVER_HOST), -EBUSY);
	assert_int_equal(uapi_driver_bind(h.b.uapi, h.nic, DRIVER_USER), -EBUSY);
	assert_int_equal(uapi_driver_bind(h.b.uapi, idle, DRIVER_HOST), 0);
	assert_int_equal(uapi_driver_bind(h.b.uapi, stub, DRIVER_HOST), 0);
	assert_int_equal(uapi_driver_bind(h.b.uapi, stub, DRIVER_NONE), 0);
	assert_int_equal(uapi_take(h.b.uapi, MACHINE_HOST, stub), 0);
	assert_int_equal(uapi_release(h.b.uapi, MACHINE_HOST, stub), 0);
	bench_close(&h.b);
}

static void test_kdma_has_no_calls_for_spaces(void **state)
{
	(void)state;
	struct host h;
	declare(&h, "strict");
	uint16_t bar = bench_bar(&h.b, h.nic, 0x1000);
	bench_start(&h.b);
	space_handle s;
	struct uapi_space_wish wish = {.ram = false};
	struct uapi_target target = {.kind = UAPI_MEMORY, .index = h.page};
	uint64_t unmapped;
	assert_int_equal(uapi_space(h.b.uapi, h.u, &wish, &s), -ENOTTY);
	assert_int_equal(uapi_destroy(h.b.uapi, h.u, 1), -ENOTTY);
	assert_int_equal(uapi_attach(h.b.uapi, h.u, h.nic, 1), -ENOTTY);
	assert_int_equal(uapi_detach(h.b.uapi, h.u, h.nic), -ENOTTY);
	assert_int_equal(uapi_replace(h.b.uapi, h.u, h.nic, 1), -ENOTTY);
	assert_int_equal(uapi_map(h.b.uapi, h.u, 1, 0, target, 0x1000, 3), -ENOTTY);
	assert_int_equal(uapi_unmap(h.b.uapi, h.u, 1, 0, 0x1000, &unmapped), -ENOTTY);
	assert_int_equal(uapi_copy(h.b.uapi, h.u, 1, 0, 1, 0, 0x1000, 3), -ENOTTY);
	assert_int_equal(uapi_mmap(h.b.uapi, h.u, bar), -ENOTTY);
	assert_int_equal(uapi_mmap(h.b.uapi, MACHINE_HOST, bar), 0);
	bench_close(&h.b);
}

/* Under the user APIs the kernel's devices are the DMA API's all the same. */
static void test_kdma_serves_kernel_devices_under_every_policy(void **state)
{
	(void)state;
	for (unsigned policy = 0; policy < policy_count(); policy++) {
		struct bench b;
		bench_open(&b, policy_name(policy));
		uint16_t p1 = bench_owner(&b, "p1");
		uint16_t nic = bench_device(&b, "nic", DRIVER_HOST);
		uint16_t page = bench_memory(&b, "page", MACHINE_HOST, 0x1000);
		bench_start(&b);
		uint64_t iova;
		assert_int_equal(bench_dma_map(&b, MACHINE_HOST, nic, page, &iova), 0);
		assert_int_equal(bench_reach(&b, nic, iova), bench_pa(&b, page));
		assert_int_equal(bench_dma_map(&b, p1, nic, page, &iova), -EPERM);
		assert_int_equal(uapi_attach(b.uapi, p1, nic, 1), -ENOTTY);
		bench_close(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kdma_strict_unmap_is_flushed_before_it_returns),
		cmocka_unit_test(test_kdma_lazy_unmap_leaves_a_window),
		cmocka_unit_test(test_kdma_untrusted_member_is_strict_and_translated),
		cmocka_unit_test(test_kdma_sync_copies_as_the_mapping_permits),
		cmocka_unit_test(test_kdma_sync_of_what_is_not_mapped),
		cmocka_unit_test(test_kdma_sync_of_whole_pages),
		cmocka_unit_test(test_kdma_untrusted_part_of_a_page_is_bounced),
		cmocka_unit_test(test_kdma_bounce_that_was_only_read_is_not_copied_back),
		cmocka_unit_test(test_kdma_whole_pages_are_never_bounced),
		cmocka_unit_test(test_kdma_bounce_without_room_leaves_nothing),
		cmocka_unit_test(test_kdma_bounce_stays_while_hardware_may_use_it),
		cmocka_unit_test(test_kdma_full_queue_is_flushed),
		cmocka_unit_test(test_kdma_no_address_left_forces_the_flush),
		cmocka_unit_test(test_kdma_identity_gives_the_address_itself),
		cmocka_unit_test(test_kdma_without_iommu_or_translation_is_direct),
		cmocka_unit_test(test_kdma_addresses_avoid_what_is_reserved),
		cmocka_unit_test(test_kdma_shared_firmware_range_is_mapped_once),
		cmocka_unit_test(test_kdma_errno_table),
		cmocka_unit_test(test_kdma_map_driver_failure_is_rolled_back),
		cmocka_unit_test(test_kdma_take_is_to_be_the_driver),
		cmocka_unit_test(test_kdma_leaked_mapping_outlives_its_driver),
		cmocka_unit_test(test_kdma_bind_makes_an_idle_driver_leave),
		cmocka_unit_test(test_kdma_has_no_calls_for_spaces),
		cmocka_unit_test(test_kdma_serves_kernel_devices_under_every_policy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
