/* SPDX-License-Identifier: MIT */
#include "hw/vtd/driver.h"

#include <errno.h>

/* A call into the domain's table; what it removes is gathered. */
static struct driver_table table_of(struct vtd_driver *driver, domain_handle handle, struct gather *gather)
{
	return (struct driver_table){
		.config = &driver->config,
		.common = &driver->common,
		.domain = handle,
		.tag = driver_domain_of(&driver->common, handle)->tag,
		.gather = gather,
	};
}

static bool has_table(const struct driver_domain *domain)
{
	return domain && domain->pt.root;
}

static bool can_be_mapped(const struct driver_domain *domain)
{
	return has_table(domain) && domain->type != DOMAIN_SCRATCH;
}

/* --- domains --- */

/* IOVAs that a table of that width translates: CAP.MGAW limits what any can (11.4.2). */
static unsigned width_lg2(const struct vtd_driver *driver, unsigned width)
{
	unsigned mgaw = (unsigned)VTD_CAP_MGAW(&driver->state->cap) + 1;
	return mgaw < width ? mgaw : width;
}

/* Of the first stage it is the lower half of four levels (3.6). */
static unsigned input_lg2(const struct vtd_driver *driver, const struct driver_domain *domain)
{
	if (domain->stage == 1)
		return width_lg2(driver, 47);
	bool through = domain->type == DOMAIN_IDENTITY;
	return width_lg2(driver, 30u + 9u * (through ? driver->state->widest_aw : driver->state->aw));
}

/* The table itself reaches at least as far as the second entry of its root. */
static unsigned table_lg2(const struct vtd_driver *driver, const struct driver_domain *domain)
{
	unsigned least = domain->stage == 1 ? 40u : 22u + 9u * driver->state->aw;
	unsigned input = input_lg2(driver, domain);
	return input > least ? input : least;
}

static bool in_geometry(const struct vtd_driver *driver, const struct driver_domain *domain, uint64_t iova,
			uint64_t bytes)
{
	uint64_t last = (UINT64_C(1) << input_lg2(driver, domain)) - 1;
	return bytes > 0 && iova <= last && bytes - 1 <= last - iova;
}

static uint64_t page_sizes(const struct vtd_driver *driver, const struct driver_domain *domain)
{
	uint64_t sslps = VTD_CAP_SSLPS(&driver->state->cap);
	uint64_t sizes = UINT64_C(1) << 12;
	if (domain->stage == 1)
		sslps = VTD_CAP_FS1GP(&driver->state->cap) ? 3 : 1;
	if (sslps & 1)
		sizes |= UINT64_C(1) << 21;
	if ((sslps & 3) == 3)
		sizes |= UINT64_C(1) << 30;
	if (domain->stage == 1)
		return sizes & pt_format_page_sizes(PT_FORMAT_VTDFS, FRAME_LG2, 4);
	return sizes & pt_format_page_sizes(PT_FORMAT_VTDSS, FRAME_LG2, driver->state->aw + 2u);
}

/* CAP.ND: 4 bits, and 2 more each step, up to 16. Tag 0 stays unused, as CM demands (9.3). */
uint32_t vtd_driver_did_limit(const struct vtd_driver *driver)
{
	uint64_t nd = VTD_CAP_ND(&driver->state->cap);
	return UINT32_C(1) << (nd > 6 ? 16 : 4 + 2 * nd);
}

/*
 * 1 or 2; 0: the unit has no such stage. Outside scalable mode there is nothing but the second. Dirty pages are tracked
 * by second stages alone, as kernels do it.
 */
static uint8_t stage_of(const struct vtd_driver *driver, enum domain_type type, unsigned wishes)
{
	const struct vtd_driver_state *state = driver->state;
	enum driver_stage wish = type == DOMAIN_NEST_PARENT ? DRIVER_STAGE_SECOND : driver->config.stage;
	bool first = state->scalable && VTD_ECAP_FSTS(&state->ecap);
	bool second = state->aw && (!state->scalable || VTD_ECAP_SSTS(&state->ecap));
	if (type == DOMAIN_NEST_PARENT && !VTD_ECAP_NEST(&state->ecap))
		return 0;
	if (wishes & DOMAIN_TRACKS_DIRTY) {
		wish = DRIVER_STAGE_SECOND;
		second &= state->scalable && VTD_ECAP_SSADS(&state->ecap);
	}
	if (type == DOMAIN_SVA)
		wish = DRIVER_STAGE_FIRST;
	if (first && wish != DRIVER_STAGE_SECOND)
		return 1;
	return second && wish != DRIVER_STAGE_FIRST ? 2 : 0;
}

static int make_table(struct vtd_driver *driver, domain_handle handle)
{
	struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	struct driver_table table = table_of(driver, handle, NULL);
	struct pt_ops ops = driver_table_ops(&table);
	struct pt_config config = {
		.format = domain->stage == 1 ? PT_FORMAT_VTDFS : PT_FORMAT_VTDSS,
		.granule_lg2 = FRAME_LG2,
		.levels = (uint8_t)(domain->stage == 1 ? 4 : driver->state->aw + 2),
		.input_lg2 = (uint8_t)table_lg2(driver, domain),
		.output_lg2 = 52,
		.features = domain->wishes & DOMAIN_TRACKS_DIRTY ? PT_TRACKS_DIRTY : 0,
		.page_sizes = page_sizes(driver, domain),
	};
	int error = domain->type == DOMAIN_SCRATCH ? driver_table_make_scratch(&table, &domain->pt, &config)
						   : pt_init(&domain->pt, &ops, &config);
	if (!error)
		driver_domain_enter_root(&driver->common, handle);
	return error;
}

int vtd_driver_domain_alloc_wished(struct driver *base, enum domain_type type, unsigned wishes, domain_handle *out)
{
	struct vtd_driver *driver = vtd_driver_of(base);
	bool table = type == DOMAIN_DMA || type == DOMAIN_USER || type == DOMAIN_NEST_PARENT || type == DOMAIN_SVA ||
		     type == DOMAIN_SCRATCH;
	if (!driver->state->ready)
		return -ENODEV;
	if (type == DOMAIN_NESTED)
		return -EINVAL;
	if (wishes & DOMAIN_TRACKS_DIRTY && type != DOMAIN_USER && type != DOMAIN_NEST_PARENT)
		return -EOPNOTSUPP;
	uint8_t stage = table ? stage_of(driver, type, wishes) : 0;
	if ((type == DOMAIN_IDENTITY && !VTD_ECAP_PT(&driver->state->ecap)) || (table && stage == 0))
		return -EOPNOTSUPP;
	domain_handle handle;
	int error = driver_domain_take(&driver->common, type, &handle);
	if (error)
		return error;
	driver_domain_of(&driver->common, handle)->stage = stage;
	driver_domain_of(&driver->common, handle)->wishes = (uint8_t)wishes;
	if (type != DOMAIN_BLOCKED)
		error = driver_domain_tag(&driver->common, handle, vtd_driver_did_limit(driver));
	if (!error && table)
		error = make_table(driver, handle);
	if (error) {
		driver_domain_release(&driver->common, handle);
		return error;
	}
	*out = handle;
	return 0;
}

int vtd_driver_domain_alloc(struct driver *driver, enum domain_type type, domain_handle *out)
{
	return vtd_driver_domain_alloc_wished(driver, type, 0, out);
}

/*
 * After the last requester left, nothing of the domain is cached: each detach invalidated it. Where one never completed
 * it is asked for again, by tag, since its requester may be in another domain now.
 */
static int settle(struct vtd_driver *driver, domain_handle handle)
{
	struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	if (domain->unsettled) {
		struct vtd_driver_invalidation context = {
			.cache = driver->state->scalable ? VTD_DRIVER_PASID_CACHE : VTD_DRIVER_CONTEXT_CACHE,
			.granularity = VTD_GRANULARITY_DOMAIN,
			.did = (uint16_t)domain->tag,
		};
		int error = vtd_driver_flush(driver, handle, &context, 1, NULL);
		return error ? error : vtd_driver_flush_stale(driver);
	}
	uint16_t flight = driver_flight_begin(&driver->common);
	driver_flight_claim(&driver->common, flight, handle, 0, UINT64_MAX);
	driver_flight_end(&driver->common, flight, true);
	return 0;
}

int vtd_driver_domain_free(struct driver *base, domain_handle handle)
{
	struct vtd_driver *driver = vtd_driver_of(base);
	struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	if (!domain)
		return -EINVAL;
	if (domain->attached || domain->nested)
		return -EBUSY;
	int error = settle(driver, handle);
	if (error)
		return error;
	if (has_table(domain)) {
		struct driver_table table = table_of(driver, handle, NULL);
		driver_table_destroy(&table, &domain->pt);
	}
	if (domain->parent)
		driver_domain_of(&driver->common, domain->parent)->nested--;
	driver_domain_release(&driver->common, handle);
	return 0;
}

bool vtd_driver_forces_snoop(const struct vtd_driver *driver, const struct driver_domain *domain)
{
	const struct driver_domain *paging = driver_domain_paging(&driver->common, domain);
	bool user = paging->type == DOMAIN_USER || (paging->type == DOMAIN_NEST_PARENT && driver->state->scalable);
	return user && !(paging->wishes & DOMAIN_HONOURS_NO_SNOOP) && VTD_ECAP_SC(&driver->state->ecap);
}

void vtd_driver_domain_geometry(struct driver *base, domain_handle handle, struct domain_geometry *out)
{
	const struct vtd_driver *driver = vtd_driver_of(base);
	const struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	*out = (struct domain_geometry){.first = 0};
	if (!domain || domain->type == DOMAIN_BLOCKED || domain->type == DOMAIN_SCRATCH ||
	    domain->type == DOMAIN_NESTED)
		return;
	out->last = (UINT64_C(1) << input_lg2(driver, domain)) - 1;
	out->page_sizes = domain->pt.page_sizes;
	out->enforce_snoop = vtd_driver_forces_snoop(driver, domain);
	out->tracks_dirty = domain->wishes & DOMAIN_TRACKS_DIRTY;
}

/* --- mapping --- */

/* With CM hardware may have cached that nothing was there, tables included (6.1). */
static int leaves_became_present(struct vtd_driver *driver, domain_handle handle, uint64_t iova, uint64_t bytes)
{
	if (!VTD_CAP_CM(&driver->state->cap))
		return vtd_driver_flush_write_buffer(driver);
	struct gather gather = {.domain = handle};
	gather_add(&gather, iova, iova + bytes - 1);
	return vtd_driver_flush_ranges(driver, &gather, false);
}

/* What hardware saw on the way to an -ENOMEM, leaves and tables, is gone again and may be cached. */
static int undone(struct vtd_driver *driver, domain_handle handle, int error)
{
	if (error == -ENOMEM && vtd_driver_flush(driver, handle, NULL, 0, NULL) != 0)
		driver_domain_of(&driver->common, handle)->unsettled = true;
	return error;
}

static int remove_leaves(struct vtd_driver *driver, domain_handle handle, uint64_t iova, uint64_t bytes,
			 struct gather *gather)
{
	struct driver_table table = table_of(driver, handle, gather);
	struct pt_ops ops = driver_table_ops(&table);
	struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	return undone(driver, handle, pt_unmap(&domain->pt, &ops, iova, bytes, driver_table_leaf_removed, &table));
}

int vtd_driver_map(struct driver *base, domain_handle handle, uint64_t iova, uint64_t pa, uint64_t bytes,
		   unsigned permissions)
{
	struct vtd_driver *driver = vtd_driver_of(base);
	struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	if (!can_be_mapped(domain) || permissions & ~(unsigned)(PT_READ | PT_WRITE) ||
	    !in_geometry(driver, domain, iova, bytes))
		return -EINVAL;
	/* A first stage has no pages that cannot be read; there a PASID-table entry asks for snooping. */
	if (domain->stage == 1 && permissions & PT_WRITE)
		permissions |= PT_READ;
	/* As user APIs ask for wherever the unit can: no-snoop requests of a user's device do no harm (3.10). */
	if (domain->type == DOMAIN_USER && domain->stage == 2 && vtd_driver_forces_snoop(driver, domain))
		permissions |= PT_SNOOP;
	struct driver_table table = table_of(driver, handle, NULL);
	struct pt_ops ops = driver_table_ops(&table);
	int error = pt_map(&domain->pt, &ops, iova, pa, bytes, permissions);
	if (error)
		return undone(driver, handle, error);
	error = leaves_became_present(driver, handle, iova, bytes);
	if (error) {
		struct gather lost = {.domain = handle};
		remove_leaves(driver, handle, iova, bytes, &lost);
		domain->unsettled = true;
	}
	return error;
}

int vtd_driver_unmap(struct driver *base, domain_handle handle, uint64_t iova, uint64_t bytes, struct gather *gather)
{
	struct vtd_driver *driver = vtd_driver_of(base);
	struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	if (!can_be_mapped(domain) || !in_geometry(driver, domain, iova, bytes))
		return -EINVAL;
	if (!gather_is_empty(gather) && gather->domain != handle)
		return -EINVAL;
	const struct gather before = *gather;
	gather->domain = handle;
	struct driver_table table = table_of(driver, handle, gather);
	driver_table_gather_split(&table, &domain->pt, iova, bytes);
	int error = remove_leaves(driver, handle, iova, bytes, gather);
	if (error)
		*gather = before;
	return error;
}

bool vtd_driver_lookup(struct driver *base, domain_handle handle, uint64_t iova, uint64_t *pa)
{
	struct vtd_driver *driver = vtd_driver_of(base);
	struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	struct pt_leaf leaf;
	if (!has_table(domain))
		return false;
	struct driver_table table = table_of(driver, handle, NULL);
	struct pt_ops ops = driver_table_ops(&table);
	if (!pt_lookup(&domain->pt, &ops, iova, &leaf))
		return false;
	*pa = leaf.pa + (iova - leaf.iova);
	return true;
}
