/* SPDX-License-Identifier: MIT */
#include "fake_driver.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

static struct fake_driver *of(struct driver *driver)
{
	return (struct fake_driver *)driver;
}

static int fails(int error, uint32_t *after)
{
	if (!error)
		return 0;
	if (*after) {
		--*after;
		return 0;
	}
	return error;
}

static int fake_enable(struct driver *driver)
{
	of(driver)->enabled = true;
	return 0;
}

static int fake_domain_alloc(struct driver *base, enum domain_type type, domain_handle *out)
{
	struct fake_driver *driver = of(base);
	if (driver->fail_alloc)
		return driver->fail_alloc;
	if (type == DOMAIN_IDENTITY && driver->no_identity)
		return -EOPNOTSUPP;
	for (uint32_t i = 1; i < FAKE_DOMAINS; i++) {
		if (driver->domains[i].live)
			continue;
		driver->domains[i].live = true;
		driver->domains[i].type = type;
		*out = i;
		return 0;
	}
	return -ENOSPC;
}

static int fake_domain_free(struct driver *base, domain_handle handle)
{
	struct fake_driver *driver = of(base);
	for (uint32_t i = 0; i < driver->stream_count; i++)
		if (driver->serving[i] == handle)
			return -EBUSY;
	g_free(driver->domains[handle].mappings);
	driver->domains[handle] = (struct fake_domain){.live = false};
	return 0;
}

static void fake_geometry(struct driver *base, domain_handle handle, struct domain_geometry *out)
{
	const struct fake_driver *driver = of(base);
	(void)handle;
	*out = (struct domain_geometry){
		.first = driver->first, .last = driver->last, .page_sizes = driver->page_sizes, .enforce_snoop = true};
}

static enum domain_type fake_type(struct driver *base, domain_handle handle)
{
	return of(base)->domains[handle].type;
}

static int fake_attach(struct driver *base, uint32_t stream, domain_handle domain)
{
	struct fake_driver *driver = of(base);
	uint32_t slot = 0;
	int error = fails(driver->fail_attach, &driver->attach_after);
	driver->attaches++;
	if (error && driver->attach_once)
		driver->fail_attach = 0;
	if (error && error != -ETIMEDOUT)
		return error;
	while (slot < driver->stream_count && driver->streams[slot] != stream)
		slot++;
	if (slot == FAKE_STREAMS)
		return -ENODEV;
	driver->streams[slot] = stream;
	driver->serving[slot] = domain;
	driver->stream_count = MAX(driver->stream_count, slot + 1);
	return error;
}

static domain_handle fake_attached(struct driver *base, uint32_t stream)
{
	return fake_serving_domain(of(base), stream);
}

static bool overlaps(const struct fake_mapping *mapping, uint64_t iova, uint64_t bytes)
{
	return mapping->iova <= iova + (bytes - 1) && mapping->iova + (mapping->bytes - 1) >= iova;
}

static int fake_map(struct driver *base, domain_handle handle, uint64_t iova, uint64_t pa, uint64_t bytes,
		    unsigned permissions)
{
	struct fake_driver *driver = of(base);
	struct fake_domain *domain = &driver->domains[handle];
	int error = fails(driver->fail_map, &driver->map_after);
	g_assert(domain->live && (domain->type == DOMAIN_DMA || domain->type == DOMAIN_USER));
	g_assert((iova | pa | bytes) % 4096 == 0 && bytes && permissions);
	if (error && driver->map_once)
		driver->fail_map = 0;
	if (error)
		return error;
	if (iova < driver->first || iova + (bytes - 1) > driver->last)
		return -EINVAL;
	for (uint32_t i = 0; i < domain->count; i++)
		if (overlaps(&domain->mappings[i], iova, bytes))
			return -EEXIST;
	if (domain->count == FAKE_MAPPINGS)
		return -ENOMEM;
	if (!domain->mappings)
		domain->mappings = g_new(struct fake_mapping, FAKE_MAPPINGS);
	domain->mappings[domain->count++] = (struct fake_mapping){iova, pa, bytes, permissions};
	driver->maps++;
	return 0;
}

/* Whole mappings only: nothing in the rules cuts one. */
static int fake_unmap(struct driver *base, domain_handle handle, uint64_t iova, uint64_t bytes, struct gather *gather)
{
	struct fake_driver *driver = of(base);
	struct fake_domain *domain = &driver->domains[handle];
	g_assert(domain->live && gather->domain == handle);
	for (uint32_t i = 0; i < domain->count;) {
		if (!overlaps(&domain->mappings[i], iova, bytes)) {
			i++;
			continue;
		}
		g_assert(domain->mappings[i].iova == iova && domain->mappings[i].bytes == bytes);
		domain->mappings[i] = domain->mappings[--domain->count];
		domain->dirty++;
		gather->count++;
	}
	driver->unmaps++;
	return 0;
}

static int fake_sync(struct driver *base, struct gather *gather)
{
	struct fake_driver *driver = of(base);
	int error = fails(driver->fail_sync, &driver->sync_after);
	driver->syncs++;
	if (error && driver->sync_once)
		driver->fail_sync = 0;
	if (!error)
		driver->domains[gather->domain].dirty = 0;
	return error;
}

static int fake_flush(struct driver *base, domain_handle handle)
{
	struct fake_driver *driver = of(base);
	if (driver->fail_flush)
		return driver->fail_flush;
	driver->domains[handle].dirty = 0;
	driver->domains[handle].flushes++;
	return 0;
}

static bool fake_lookup(struct driver *base, domain_handle handle, uint64_t iova, uint64_t *pa)
{
	const struct fake_domain *domain = &of(base)->domains[handle];
	for (uint32_t i = 0; i < domain->count; i++) {
		if (!overlaps(&domain->mappings[i], iova, 1))
			continue;
		*pa = domain->mappings[i].pa + (iova - domain->mappings[i].iova);
		return true;
	}
	return false;
}

static uint32_t fake_table_pages(struct driver *base, domain_handle handle)
{
	return of(base)->domains[handle].count ? 4 : 1;
}

static domain_handle fake_by_root(struct driver *base, uint64_t root)
{
	(void)base;
	(void)root;
	return 0;
}

static void fake_inject(struct driver *base, unsigned bugs)
{
	(void)base;
	(void)bugs;
}

static const struct driver_ops ops[IOMMU_KINDS] = {
#define FAKE_OPS(which)                               \
	[which] = {.kind = which,                     \
		   .enable = fake_enable,             \
		   .domain_alloc = fake_domain_alloc, \
		   .domain_free = fake_domain_free,   \
		   .domain_geometry = fake_geometry,  \
		   .domain_type = fake_type,          \
		   .attach = fake_attach,             \
		   .attached = fake_attached,         \
		   .map = fake_map,                   \
		   .unmap = fake_unmap,               \
		   .sync = fake_sync,                 \
		   .flush_domain = fake_flush,        \
		   .lookup = fake_lookup,             \
		   .table_pages = fake_table_pages,   \
		   .domain_by_root = fake_by_root,    \
		   .inject = fake_inject}
	FAKE_OPS(IOMMU_VTD),
	FAKE_OPS(IOMMU_SMMUV3),
};

struct fake_driver *fake_driver_new(uint16_t index, enum iommu_kind kind)
{
	struct fake_driver *driver = g_new0(struct fake_driver, 1);
	driver->base = (struct driver){.ops = &ops[kind], .index = index};
	driver->last = (UINT64_C(1) << 48) - 1;
	driver->page_sizes = UINT64_C(0x40201000);
	return driver;
}

void fake_driver_free(struct fake_driver *driver)
{
	for (uint32_t i = 0; driver && i < FAKE_DOMAINS; i++)
		g_free(driver->domains[i].mappings);
	g_free(driver);
}

domain_handle fake_serving_domain(const struct fake_driver *driver, uint32_t stream)
{
	for (uint32_t i = 0; i < driver->stream_count; i++)
		if (driver->streams[i] == stream)
			return driver->serving[i];
	return 0;
}

enum domain_type fake_serving(const struct fake_driver *driver, uint32_t stream)
{
	domain_handle domain = fake_serving_domain(driver, stream);
	return domain ? driver->domains[domain].type : DOMAIN_BLOCKED;
}

bool fake_translate(const struct fake_driver *driver, uint32_t stream, uint64_t iova, uint64_t *pa)
{
	domain_handle domain = fake_serving_domain(driver, stream);
	*pa = iova;
	if (!driver->enabled || fake_serving(driver, stream) == DOMAIN_IDENTITY)
		return true;
	return domain && fake_lookup((struct driver *)&driver->base, domain, iova, pa);
}

uint32_t fake_domains_live(const struct fake_driver *driver, enum domain_type type)
{
	uint32_t count = 0;
	for (uint32_t i = 1; i < FAKE_DOMAINS; i++)
		count += driver->domains[i].live && driver->domains[i].type == type;
	return count;
}
