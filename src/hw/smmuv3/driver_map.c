/* SPDX-License-Identifier: MIT */
#include "hw/smmuv3/driver.h"

#include "pgtable/format.h"

#include <errno.h>

static bool has_table(const struct driver_domain *domain)
{
	return domain && domain->pt.root;
}

static bool can_be_mapped(const struct driver_domain *domain)
{
	return has_table(domain) && domain->type != DOMAIN_SCRATCH;
}

/*
 * Without IDR3.BBML a leaf may not become a table while it is cached (DDI 0487 D8.16): hardware forgets it in between,
 * and requests to all of it fault meanwhile.
 */
static int broken(struct driver_table *table, const struct pt_leaf *leaf)
{
	struct gather gather = {.domain = table->domain};
	gather_add(&gather, leaf->iova, leaf->iova + ((UINT64_C(1) << leaf->lg2) - 1));
	return smmu_driver_flush_ranges(table->driver, &gather);
}

static bool breaks_first(const struct smmu_driver *driver)
{
	return SMMU_IDR3_BBML(&driver->state->idr3) < 2;
}

static struct driver_table table_of(struct smmu_driver *driver, domain_handle handle, struct gather *gather)
{
	const struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	return (struct driver_table){
		.config = &driver->config,
		.common = &driver->common,
		.domain = handle,
		.tag = domain->stage == 2 ? EFFECT_TAG_VMID | domain->tag : domain->tag,
		.gather = gather,
		.driver = driver,
		.broken = breaks_first(driver) ? broken : NULL,
	};
}

/* --- domains --- */

/* Levels that a walk from `input_lg2` has; of a second stage the root takes up to 4 bits more (D8.2.2). */
static uint8_t levels_of(unsigned granule_lg2, unsigned input_lg2, unsigned stage)
{
	unsigned more = stage == 2 ? 4 : 0, least = stage == 2 && granule_lg2 != 12 ? 1 : 2;
	uint8_t levels = (uint8_t)least;
	while (pt_level_lg2(granule_lg2, levels + 1u) + more < input_lg2)
		levels++;
	return levels;
}

/* A first stage has the widest addresses of this format; a second stage translates what could be physical addresses. */
static uint8_t input_lg2_of(const struct smmu_driver *driver, unsigned stage)
{
	return stage == 1 ? 48 : driver->state->output_lg2;
}

static int make_table(struct smmu_driver *driver, domain_handle handle)
{
	struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	struct driver_table table = table_of(driver, handle, NULL);
	struct pt_ops ops = driver_table_ops(&table);
	enum pt_format_id format = domain->stage == 1 ? PT_FORMAT_ARMV8S1 : PT_FORMAT_ARMV8S2;
	struct pt_config config = {
		.format = format,
		.granule_lg2 = driver->state->granule_lg2,
		.input_lg2 = input_lg2_of(driver, domain->stage),
		.output_lg2 = driver->state->output_lg2,
		.features = domain->wishes & DOMAIN_TRACKS_DIRTY ? PT_TRACKS_DIRTY : 0,
	};
	config.levels = levels_of(config.granule_lg2, config.input_lg2, domain->stage);
	config.page_sizes = pt_format_page_sizes(format, config.granule_lg2, config.levels);
	int error = domain->type == DOMAIN_SCRATCH ? driver_table_make_scratch(&table, &domain->pt, &config)
						   : pt_init(&domain->pt, &ops, &config);
	if (!error)
		driver_domain_enter_root(&driver->common, handle);
	return error;
}

bool smmu_driver_may_track(const struct smmu_driver *driver)
{
	return SMMU_IDR0_HTTU(&driver->state->idr0) >= SMMU_DRIVER_HTTU_DIRTY && SMMU_IDR0_COHACC(&driver->state->idr0);
}

/* 1 or 2; 0: the unit has no such stage. Dirty pages are tracked by first stages alone, as kernels do it. */
static uint8_t stage_of(const struct smmu_driver *driver, enum domain_type type, unsigned wishes)
{
	bool first = SMMU_IDR0_S1P(&driver->state->idr0), second = SMMU_IDR0_S2P(&driver->state->idr0);
	if (wishes & DOMAIN_TRACKS_DIRTY)
		return type == DOMAIN_USER && first ? 1 : 0;
	if (type == DOMAIN_NEST_PARENT)
		return first && second ? 2 : 0;
	if (type == DOMAIN_SVA)
		return first ? 1 : 0;
	if (driver->config.stage == DRIVER_STAGE_SECOND)
		return second ? 2 : 0;
	if (driver->config.stage == DRIVER_STAGE_FIRST)
		return first ? 1 : 0;
	return first ? 1 : 2;
}

/* Tag 0 is VMID 0, under which the first stages are. */
static uint32_t tag_limit(const struct smmu_driver *driver, unsigned stage)
{
	bool wide = stage == 1 ? SMMU_IDR0_ASID16(&driver->state->idr0) : SMMU_IDR0_VMID16(&driver->state->idr0);
	return UINT32_C(1) << (wide ? 16 : 8);
}

static int give_table(struct smmu_driver *driver, domain_handle handle, uint8_t stage)
{
	int error = driver_domain_tag(&driver->common, handle, tag_limit(driver, stage));
	if (error)
		return error;
	driver_domain_of(&driver->common, handle)->stage = stage;
	return make_table(driver, handle);
}

int smmu_driver_domain_alloc_wished(struct driver *base, enum domain_type type, unsigned wishes, domain_handle *out)
{
	struct smmu_driver *driver = smmu_driver_of(base);
	bool table = type == DOMAIN_DMA || type == DOMAIN_USER || type == DOMAIN_NEST_PARENT || type == DOMAIN_SVA ||
		     type == DOMAIN_SCRATCH;
	domain_handle handle;
	if (!driver->state->ready)
		return -ENODEV;
	if (type == DOMAIN_NESTED)
		return -EINVAL;
	if (wishes & DOMAIN_TRACKS_DIRTY && (!table || !smmu_driver_may_track(driver)))
		return -EOPNOTSUPP;
	uint8_t stage = table ? stage_of(driver, type, wishes) : 0;
	if (table && stage == 0)
		return -EOPNOTSUPP;
	int error = driver_domain_take(&driver->common, type, &handle);
	if (error)
		return error;
	driver_domain_of(&driver->common, handle)->wishes = (uint8_t)wishes;
	error = table ? give_table(driver, handle, stage) : 0;
	if (error) {
		driver_domain_release(&driver->common, handle);
		return error;
	}
	*out = handle;
	return 0;
}

int smmu_driver_domain_alloc(struct driver *driver, enum domain_type type, domain_handle *out)
{
	return smmu_driver_domain_alloc_wished(driver, type, 0, out);
}

int smmu_driver_domain_free(struct driver *base, domain_handle handle)
{
	struct smmu_driver *driver = smmu_driver_of(base);
	struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	if (!domain)
		return -EINVAL;
	if (domain->attached || domain->nested)
		return -EBUSY;
	if (domain->unsettled) {
		/* A requester's entry may still lead here, or its device know it, whichever it was. */
		struct smmu_driver_command everything = smmu_driver_cfgi_all();
		int error = smmu_driver_submit(driver, &everything, 1);
		if (!error)
			error = smmu_driver_flush_all_devices(driver);
		if (error)
			return error;
		domain->unsettled = false;
	}
	int error = smmu_driver_flush_domain(base, handle);
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

void smmu_driver_domain_geometry(struct driver *base, domain_handle handle, struct domain_geometry *out)
{
	const struct smmu_driver *driver = smmu_driver_of(base);
	const struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	*out = (struct domain_geometry){.first = 0};
	if (!domain || domain->type == DOMAIN_BLOCKED || domain->type == DOMAIN_SCRATCH ||
	    domain->type == DOMAIN_NESTED)
		return;
	unsigned input_lg2 = has_table(domain) ? domain->pt.input_lg2 : driver->state->output_lg2;
	out->last = (UINT64_C(1) << input_lg2) - 1;
	out->page_sizes = domain->pt.page_sizes;
	out->enforce_snoop = driver->config.coherent_masters;
	out->tracks_dirty = domain->wishes & DOMAIN_TRACKS_DIRTY;
}

/* --- mapping --- */

/* What hardware saw on the way to an error, leaves and tables, is gone again and may be cached. */
static int undone(struct smmu_driver *driver, domain_handle handle, int error)
{
	if (error && error != -EINVAL && error != -EEXIST && smmu_driver_flush(driver, handle) != 0)
		driver_domain_of(&driver->common, handle)->unsettled = true;
	return error;
}

int smmu_driver_map(struct driver *base, domain_handle handle, uint64_t iova, uint64_t pa, uint64_t bytes,
		    unsigned permissions)
{
	struct smmu_driver *driver = smmu_driver_of(base);
	struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	unsigned known = PT_READ | PT_WRITE | (driver->config.realm ? PT_NON_SECURE : 0);
	if (!can_be_mapped(domain) || permissions & ~known)
		return -EINVAL;
	if (domain->stage == 1 && permissions & PT_WRITE)
		permissions |= PT_READ;
	/* As kernels make them: accessed, and dirty until tracking begins or the page is read. */
	if (domain->wishes & DOMAIN_TRACKS_DIRTY)
		permissions |= PT_ACCESSED | (permissions & PT_WRITE ? PT_DIRTY : 0u);
	struct driver_table table = table_of(driver, handle, NULL);
	struct pt_ops ops = driver_table_ops(&table);
	return undone(driver, handle, pt_map(&domain->pt, &ops, iova, pa, bytes, permissions));
}

int smmu_driver_unmap(struct driver *base, domain_handle handle, uint64_t iova, uint64_t bytes, struct gather *gather)
{
	struct smmu_driver *driver = smmu_driver_of(base);
	struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	if (!can_be_mapped(domain) || (!gather_is_empty(gather) && gather->domain != handle))
		return -EINVAL;
	const struct gather before = *gather;
	struct driver_table table = table_of(driver, handle, gather);
	struct pt_ops ops = driver_table_ops(&table);
	gather->domain = handle;
	if (!breaks_first(driver) && bytes > 0)
		driver_table_gather_split(&table, &domain->pt, iova, bytes);
	int error = pt_unmap(&domain->pt, &ops, iova, bytes, driver_table_leaf_removed, &table);
	if (error)
		*gather = before;
	return undone(driver, handle, error);
}

bool smmu_driver_lookup(struct driver *base, domain_handle handle, uint64_t iova, uint64_t *pa)
{
	struct smmu_driver *driver = smmu_driver_of(base);
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

/* --- dirty pages --- */

/* HA and HD are in the context descriptor from the beginning: nothing is switched. */
int smmu_driver_dirty_track(struct driver *base, domain_handle handle, bool on)
{
	struct smmu_driver *driver = smmu_driver_of(base);
	struct driver_domain *domain;
	int error = driver_table_dirty_domain(&driver->common, handle, NULL, &domain);
	if (error)
		return error;
	domain->tracking = on;
	return 0;
}

int smmu_driver_dirty_read(struct driver *base, domain_handle handle, uint64_t iova, uint64_t bytes, bool clear,
			   pt_leaf_fn dirty, void *context, struct gather *gather)
{
	struct smmu_driver *driver = smmu_driver_of(base);
	struct driver_domain *domain;
	int error = driver_table_dirty_domain(&driver->common, handle, gather, &domain);
	if (error)
		return error;
	gather->domain = handle;
	struct driver_table table = table_of(driver, handle, gather);
	return driver_table_dirty_read(&table, &domain->pt, iova, bytes, clear, dirty, context);
}
