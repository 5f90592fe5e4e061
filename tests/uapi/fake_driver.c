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

static int fake_domain_alloc_wished(struct driver *base, enum domain_type type, unsigned wishes, domain_handle *out)
{
	if (wishes & DOMAIN_TRACKS_DIRTY && of(base)->no_dirty)
		return -EOPNOTSUPP;
	int error = fake_domain_alloc(base, type, out);
	if (!error)
		of(base)->domains[*out].wishes = wishes;
	return error;
}

static int fake_dirty_track(struct driver *base, domain_handle handle, bool on)
{
	struct fake_domain *domain = &of(base)->domains[handle];
	if (!(domain->wishes & DOMAIN_TRACKS_DIRTY))
		return -EOPNOTSUPP;
	domain->tracking = on;
	return 0;
}

static int fake_dirty_read(struct driver *base, domain_handle handle, uint64_t iova, uint64_t bytes, bool clear,
			   pt_leaf_fn dirty, void *context, struct gather *gather)
{
	struct fake_domain *domain = &of(base)->domains[handle];
	g_assert(domain->wishes & DOMAIN_TRACKS_DIRTY && gather->domain == handle);
	if (!domain->written || domain->written < iova || domain->written - iova >= bytes)
		return 0;
	dirty(context, &(struct pt_leaf){.iova = domain->written, .lg2 = 12});
	if (clear) {
		domain->written = 0;
		domain->dirty++;
		gather->count++;
	}
	return 0;
}

static int fake_domain_nest(struct driver *base, domain_handle parent, const struct domain_guest *guest,
			    domain_handle *out)
{
	struct fake_driver *driver = of(base);
	if (driver->fail_nest)
		return driver->fail_nest;
	if (driver->domains[parent].type != DOMAIN_NEST_PARENT)
		return -EINVAL;
	int error = fake_domain_alloc(base, DOMAIN_NESTED, out);
	if (error)
		return error;
	driver->domains[*out].parent = parent;
	driver->domains[*out].guest = *guest;
	return 0;
}

static int fake_guest_invalidate(struct driver *base, domain_handle nested, const struct guest_invalidation *what)
{
	struct fake_driver *driver = of(base);
	if (driver->domains[nested].type != DOMAIN_NESTED)
		return -EINVAL;
	if (base->ops->kind == IOMMU_VTD && what->what != GUEST_FORGETS_RANGE)
		return -EOPNOTSUPP;
	g_assert(driver->forget_count < FAKE_FORGETS);
	driver->forget_domains[driver->forget_count] = nested;
	driver->forgets[driver->forget_count++] = *what;
	return 0;
}

static int fake_domain_free(struct driver *base, domain_handle handle)
{
	struct fake_driver *driver = of(base);
	if (driver->fail_free)
		return driver->fail_free;
	for (uint32_t i = 1; i < FAKE_DOMAINS; i++)
		if (driver->domains[i].live && driver->domains[i].parent == handle)
			return -EBUSY;
	for (uint32_t i = 0; i < driver->stream_count; i++)
		if (driver->serving[i] == handle)
			return -EBUSY;
	for (uint32_t i = 0; i < driver->pasid_count; i++)
		if (driver->pasids[i].domain == handle)
			return -EBUSY;
	g_free(driver->domains[handle].mappings);
	driver->domains[handle] = (struct fake_domain){.live = false};
	return 0;
}

static void fake_geometry(struct driver *base, domain_handle handle, struct domain_geometry *out)
{
	const struct fake_driver *driver = of(base);
	*out = (struct domain_geometry){.first = driver->first,
					.last = driver->last,
					.page_sizes = driver->page_sizes,
					.enforce_snoop = !driver->no_snoop_control &&
							 !(driver->domains[handle].wishes & DOMAIN_HONOURS_NO_SNOOP)};
}

static enum domain_type fake_type(struct driver *base, domain_handle handle)
{
	return of(base)->domains[handle].type;
}

/* FAKE_STREAMS: there is no room for one more. */
static uint32_t slot_of(struct fake_driver *driver, uint32_t stream)
{
	uint32_t slot = 0;
	while (slot < driver->stream_count && driver->streams[slot] != stream)
		slot++;
	if (slot < FAKE_STREAMS)
		driver->streams[slot] = stream;
	driver->stream_count = MAX(driver->stream_count, MIN(slot + 1, FAKE_STREAMS));
	return slot;
}

static int fake_attach(struct driver *base, uint32_t stream, domain_handle domain)
{
	struct fake_driver *driver = of(base);
	int error = fails(driver->fail_attach, &driver->attach_after);
	driver->attaches++;
	if (error && driver->attach_once)
		driver->fail_attach = 0;
	if (error && error != -ETIMEDOUT)
		return error;
	uint32_t slot = slot_of(driver, stream);
	if (slot == FAKE_STREAMS)
		return -ENODEV;
	driver->serving[slot] = domain;
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
	g_assert(domain->live && (domain->type == DOMAIN_DMA || domain->type == DOMAIN_USER ||
				  domain->type == DOMAIN_NEST_PARENT || domain->type == DOMAIN_SVA));
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
		if (domain->written >= iova && domain->written - iova < bytes && gather->dirty)
			gather->dirty(gather->dirty_context, &(struct pt_leaf){.iova = domain->written, .lg2 = 12});
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
	if (domain->type == DOMAIN_SCRATCH) {
		*pa = FAKE_SCRATCH | (iova & 0xfff);
		return true;
	}
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

/* --- features and PASIDs --- */

static bool has_pasids(const struct fake_driver *driver, uint32_t stream)
{
	for (uint32_t i = 0; i < driver->pasid_count; i++)
		if (driver->pasids[i].stream == stream)
			return true;
	return false;
}

static int fake_set_features(struct driver *base, uint32_t stream, unsigned features)
{
	struct fake_driver *driver = of(base);
	uint32_t slot = slot_of(driver, stream);
	if (features & ~driver->supported)
		return -ENODEV;
	if (features & FEATURE_PRI && !(features & FEATURE_ATS))
		return -EINVAL;
	if (driver->features[slot] & ~features & FEATURE_PASID && has_pasids(driver, stream))
		return -EBUSY;
	driver->features[slot] = features;
	driver->feature_calls[driver->feature_call_count++ % 16] = features;
	return 0;
}

static unsigned fake_features_of(struct driver *base, uint32_t stream)
{
	return fake_features(of(base), stream);
}

static struct fake_pasid *pasid_of(struct fake_driver *driver, uint32_t stream, uint32_t pasid)
{
	for (uint32_t i = 0; i < driver->pasid_count; i++)
		if (driver->pasids[i].stream == stream && driver->pasids[i].pasid == pasid)
			return &driver->pasids[i];
	return NULL;
}

static int fake_attach_pasid(struct driver *base, uint32_t stream, uint32_t pasid, domain_handle domain)
{
	struct fake_driver *driver = of(base);
	struct fake_pasid *row = pasid_of(driver, stream, pasid);
	int error = fails(driver->fail_pasid, &driver->pasid_after);
	g_assert(pasid && pasid < 1u << 20);
	if (error && driver->pasid_once)
		driver->fail_pasid = 0;
	if (error != -ETIMEDOUT && !domain)
		error = 0; /* what goes needs nothing */
	if (error && error != -ETIMEDOUT)
		return error;
	if (domain && (!(fake_features(driver, stream) & FEATURE_PASID) || pasid > driver->last_pasid))
		return -ENODEV;
	g_assert(!domain || driver->domains[domain].live);
	if (!domain) {
		if (row)
			*row = driver->pasids[--driver->pasid_count];
		return error;
	}
	if (!row) {
		g_assert(driver->pasid_count < FAKE_PASIDS);
		row = &driver->pasids[driver->pasid_count++];
	}
	*row = (struct fake_pasid){.stream = stream, .pasid = pasid, .domain = domain};
	return error;
}

static domain_handle fake_attached_pasid(struct driver *base, uint32_t stream, uint32_t pasid)
{
	const struct fake_pasid *row = pasid_of(of(base), stream, pasid);
	return row ? row->domain : 0;
}

/* --- page requests --- */

static void take_out(struct fake_driver *driver, uint32_t at)
{
	memmove(&driver->faults[at], &driver->faults[at + 1],
		(driver->fault_count - at - 1) * sizeof(driver->faults[0]));
	driver->fault_count--;
}

static bool fake_fault_next(struct driver *base, struct driver_fault *out)
{
	struct fake_driver *driver = of(base);
	if (!driver->fault_count)
		return false;
	*out = driver->faults[0];
	take_out(driver, 0);
	return true;
}

static void fake_hear(struct driver *base, void (*told)(void *context, uint16_t unit, const struct driver_event *event),
		      void *context)
{
	of(base)->told = told;
	of(base)->told_context = context;
}

void fake_event(struct fake_driver *driver, uint32_t stream, uint8_t type, bool second_stage)
{
	struct driver_event event = {
		.stream = stream, .second_stage = second_stage, .words = {(uint64_t)stream << 32 | type, 1, 2, 3}};
	driver->told(driver->told_context, driver->base.index, &event);
}

static void fake_event_rename(uint64_t words[4], uint32_t stream)
{
	words[0] = (words[0] & UINT32_MAX) | (uint64_t)stream << 32;
}

static void fake_abilities(struct driver *base, struct driver_abilities *out)
{
	*out = (struct driver_abilities){.pasid_lg2 = of(base)->pasid_lg2,
					 .keeps_guests_coherent = !of(base)->no_snoop_control};
}

static void fake_hw_info(struct driver *base, struct driver_hw_info *out)
{
	*out = (struct driver_hw_info){.bytes = base->ops->kind == IOMMU_VTD ? 24 : 40,
				       .words = {0, 0, 0x1234},
				       .tracks_dirty = !of(base)->no_dirty,
				       .pasid_lg2 = of(base)->pasid_lg2};
}

static int fake_fault_respond(struct driver *base, const struct driver_fault *fault, enum page_response_code code)
{
	struct fake_driver *driver = of(base);
	g_assert(fault->request.last || fault->stalled);
	g_assert(driver->answer_count < FAKE_FAULTS);
	driver->answers[driver->answer_count++] = (struct fake_answer){.fault = *fault, .code = code};
	return 0;
}

static int fake_drain(struct driver *base, uint32_t stream, uint32_t pasid,
		      void (*rest)(void *context, const struct driver_fault *fault), void *context)
{
	struct fake_driver *driver = of(base);
	driver->drains++;
	g_assert(!pasid_of(driver, stream, pasid)); /* first the entry, so that nothing more comes */
	for (uint32_t i = 0; i < driver->fault_count;) {
		struct driver_fault fault = driver->faults[i];
		if (fault.request.stream != stream || fault.request.pasid != pasid) {
			i++;
			continue;
		}
		take_out(driver, i);
		rest(context, &fault);
	}
	return 0;
}

void fake_page_request(struct fake_driver *driver, uint32_t stream, uint32_t pasid, uint16_t group, uint64_t address,
		       bool last)
{
	g_assert(driver->fault_count < FAKE_FAULTS);
	driver->faults[driver->fault_count++].request = (struct page_request){
		.address = address, .stream = stream, .pasid = pasid, .group = group, .read = true, .last = last};
}

int fake_answered(const struct fake_driver *driver, uint32_t stream, uint32_t pasid, uint16_t group)
{
	int code = -1;
	for (uint32_t i = 0; i < driver->answer_count; i++) {
		const struct page_request *request = &driver->answers[i].fault.request;
		if (request->stream == stream && request->pasid == pasid && request->group == group)
			code = (int)driver->answers[i].code;
	}
	return code;
}

/* --- interrupts --- */

static int fake_interrupt_unmap(struct driver *base, uint32_t stream, uint32_t index)
{
	struct fake_driver *driver = of(base);
	for (uint32_t i = 0; i < driver->interrupt_count; i++)
		if (driver->interrupts[i].stream == stream && driver->interrupts[i].index == index) {
			driver->interrupts[i] = driver->interrupts[--driver->interrupt_count];
			return 0;
		}
	return -EINVAL;
}

/* Where remapping is on, the message names an entry. */
static int fake_interrupt_map(struct driver *base, uint32_t stream, uint32_t index, uint8_t vector,
			      uint32_t destination, struct msi_message *message)
{
	struct fake_driver *driver = of(base);
	if (!driver->enabled)
		return 0;
	fake_interrupt_unmap(base, stream, index);
	if (driver->interrupt_count == FAKE_ENTRIES)
		return -ENOSPC;
	driver->interrupts[driver->interrupt_count++] =
		(struct fake_interrupt){.stream = stream, .index = index, .destination = destination, .vector = vector};
	*message = (struct msi_message){.address = 0xfee00010, .data = stream << 8 | index};
	return 0;
}

static const struct driver_ops ops[IOMMU_KINDS] = {
#define FAKE_OPS(which)                                             \
	[which] = {.kind = which,                                   \
		   .enable = fake_enable,                           \
		   .domain_alloc = fake_domain_alloc,               \
		   .domain_alloc_wished = fake_domain_alloc_wished, \
		   .dirty_track = fake_dirty_track,                 \
		   .dirty_read = fake_dirty_read,                   \
		   .domain_nest = fake_domain_nest,                 \
		   .guest_invalidate = fake_guest_invalidate,       \
		   .domain_free = fake_domain_free,                 \
		   .domain_geometry = fake_geometry,                \
		   .domain_type = fake_type,                        \
		   .attach = fake_attach,                           \
		   .attached = fake_attached,                       \
		   .set_features = fake_set_features,               \
		   .features = fake_features_of,                    \
		   .attach_pasid = fake_attach_pasid,               \
		   .attached_pasid = fake_attached_pasid,           \
		   .fault_next = fake_fault_next,                   \
		   .hear = fake_hear,                               \
		   .event_rename = fake_event_rename,               \
		   .hw_info = fake_hw_info,                         \
		   .abilities = fake_abilities,                     \
		   .fault_respond = fake_fault_respond,             \
		   .drain = fake_drain,                             \
		   .interrupt_map = fake_interrupt_map,             \
		   .interrupt_unmap = fake_interrupt_unmap,         \
		   .map = fake_map,                                 \
		   .unmap = fake_unmap,                             \
		   .sync = fake_sync,                               \
		   .flush_domain = fake_flush,                      \
		   .lookup = fake_lookup,                           \
		   .table_pages = fake_table_pages,                 \
		   .domain_by_root = fake_by_root,                  \
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
	driver->supported = FEATURE_ATS | FEATURE_PASID | FEATURE_PRI | FEATURE_STALL;
	driver->last_pasid = (1u << 20) - 1;
	driver->pasid_lg2 = 20;
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

bool fake_translate_pasid(const struct fake_driver *driver, uint32_t stream, uint32_t pasid, uint64_t iova,
			  uint64_t *pa)
{
	struct driver *base = (struct driver *)&driver->base;
	domain_handle domain = fake_attached_pasid(base, stream, pasid);
	return domain && fake_lookup(base, domain, iova, pa);
}

unsigned fake_features(const struct fake_driver *driver, uint32_t stream)
{
	for (uint32_t i = 0; i < driver->stream_count; i++)
		if (driver->streams[i] == stream)
			return driver->features[i];
	return 0;
}

uint32_t fake_domains_live(const struct fake_driver *driver, enum domain_type type)
{
	uint32_t count = 0;
	for (uint32_t i = 1; i < FAKE_DOMAINS; i++)
		count += driver->domains[i].live && driver->domains[i].type == type;
	return count;
}
