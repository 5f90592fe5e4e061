/* SPDX-License-Identifier: MIT */
#include "hw/driver_table.h"

#include <errno.h>

static uint64_t table_load(void *context, uint64_t pa)
{
	const struct driver_table *table = context;
	return driver_load(table->config, pa);
}

static bool table_store(void *context, uint64_t pa, uint64_t value)
{
	const struct driver_table *table = context;
	return driver_word(table->config, pa, value);
}

static uint64_t table_alloc(void *context, unsigned bytes_lg2)
{
	const struct driver_table *table = context;
	return frame_allocator_take(table->config->frames, bytes_lg2 - FRAME_LG2);
}

/* A table is retired right after its last leaf was removed. */
static void table_retire(void *context, uint64_t pa, unsigned bytes_lg2)
{
	struct driver_table *table = context;
	for (uint64_t at = 0; at >> bytes_lg2 == 0; at += FRAME_BYTES) {
		if (table->removing)
			driver_retire(table->common, table->domain, pa + at, table->iova);
		else
			driver_retire_anywhere(table->common, table->domain, pa + at);
	}
}

static void table_free(void *context, uint64_t pa, unsigned bytes_lg2)
{
	const struct driver_table *table = context;
	for (uint64_t at = 0; at >> bytes_lg2 == 0; at += FRAME_BYTES)
		driver_page_free(table->common, pa + at);
}

static int table_broken(void *context, const struct pt_leaf *leaf)
{
	struct driver_table *table = context;
	return table->broken(table, leaf);
}

struct pt_ops driver_table_ops(struct driver_table *table)
{
	return (struct pt_ops){.context = table,
			       .load64 = table_load,
			       .store64 = table_store,
			       .alloc_table = table_alloc,
			       .retire_table = table_retire,
			       .broken = table->broken ? table_broken : NULL};
}

static bool table_store_unseen(void *context, uint64_t pa, uint64_t value)
{
	const struct driver_table *table = context;
	return memory_write64(table->config->memory, pa, value);
}

int driver_table_make_scratch(struct driver_table *table, struct pt *pt, const struct pt_config *config)
{
	struct pt_ops ops = driver_table_ops(table);
	uint64_t page = table_alloc(table, config->granule_lg2);
	if (page == 0)
		return -ENOMEM;
	ops.store64 = table_store_unseen;
	ops.retire_table = table_free;
	int error = pt_init_uniform(pt, &ops, config, page, PT_READ | PT_WRITE);
	if (error)
		table_free(table, page, config->granule_lg2);
	return error;
}

void driver_table_destroy(struct driver_table *table, struct pt *pt)
{
	struct pt_ops ops = driver_table_ops(table);
	struct pt_leaf scratch;
	unsigned granule_lg2 = pt->granule_lg2;
	bool leads = driver_domain_of(table->common, table->domain)->type == DOMAIN_SCRATCH &&
		     pt_lookup(pt, &ops, 0, &scratch);
	ops.retire_table = table_free;
	driver_domain_leave_root(table->common, table->domain);
	pt_destroy(pt, &ops);
	if (leads)
		table_free(table, scratch.pa, granule_lg2);
}

void driver_table_leaf_removed(void *context, const struct pt_leaf *leaf)
{
	struct driver_table *table = context;
	table->removing = true;
	table->iova = leaf->iova;
	if (leaf->attributes & PT_DIRTY && table->gather->dirty)
		table->gather->dirty(table->gather->dirty_context, leaf);
	gather_add(table->gather, leaf->iova, leaf->iova + ((UINT64_C(1) << leaf->lg2) - 1));
	effect_report(table->config->hook, &(struct effect){.kind = EFFECT_LEAF_CLEAR,
							    .iommu = table->config->index,
							    .bytes_lg2 = leaf->lg2,
							    .tag = table->tag,
							    .address = leaf->iova,
							    .value = leaf->pa});
}

void driver_table_gather_split(struct driver_table *table, const struct pt *pt, uint64_t iova, uint64_t bytes)
{
	const uint64_t ends[2] = {iova, iova + (bytes - 1)};
	struct pt_ops ops = driver_table_ops(table);
	struct pt_leaf leaf;
	for (unsigned i = 0; i < 2; i++) {
		if (!pt_lookup(pt, &ops, ends[i], &leaf))
			continue;
		uint64_t last = leaf.iova + ((UINT64_C(1) << leaf.lg2) - 1);
		if (leaf.iova < ends[0] || last > ends[1])
			gather_add(table->gather, leaf.iova, last);
	}
}

struct dirty_call {
	struct driver_table *table;
	pt_leaf_fn dirty;
	void *context;
	bool clear;
};

static void leaf_was_dirty(void *context, const struct pt_leaf *leaf)
{
	const struct dirty_call *call = context;
	call->dirty(call->context, leaf);
	/* A translation that is cached as dirty lets writes pass that would not be noticed any more. */
	if (call->clear)
		gather_add(call->table->gather, leaf->iova, leaf->iova + ((UINT64_C(1) << leaf->lg2) - 1));
}

int driver_table_dirty_domain(const struct driver_common *common, domain_handle handle, const struct gather *gather,
			      struct driver_domain **domain)
{
	*domain = driver_domain_of(common, handle);
	if (!*domain || (gather && !gather_is_empty(gather) && gather->domain != handle))
		return -EINVAL;
	return (*domain)->wishes & DOMAIN_TRACKS_DIRTY ? 0 : -EOPNOTSUPP;
}

int driver_table_dirty_read(struct driver_table *table, struct pt *pt, uint64_t iova, uint64_t bytes, bool clear,
			    pt_leaf_fn dirty, void *context)
{
	struct pt_ops ops = driver_table_ops(table);
	struct dirty_call call = {.table = table, .dirty = dirty, .context = context, .clear = clear};
	return pt_dirty_read(pt, &ops, iova, bytes, clear, leaf_was_dirty, &call);
}
