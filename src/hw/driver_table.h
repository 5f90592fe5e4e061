/* SPDX-License-Identifier: MIT */
/*
 * One call of a driver into a domain's page table (pgtable/pt.h): the table's words go through driver_word(), its pages
 * come from the allocator and are retired (hw/driver_common.h), and each leaf that is removed is gathered and reported.
 */
#ifndef IOSIM_HW_DRIVER_TABLE_H
#define IOSIM_HW_DRIVER_TABLE_H

#include "hw/driver_common.h"
#include "hw/driver_port.h"

struct driver_table {
	const struct driver_config *config;
	struct driver_common *common;
	domain_handle domain;
	uint32_t tag;                                                          /* in reports (hw/effect.h) */
	struct gather *gather;                                                 /* gets what is removed */
	void *driver;                                                          /* for `broken` */
	int (*broken)(struct driver_table *table, const struct pt_leaf *leaf); /* struct pt_ops; NULL: one store */
	/* Its own: a leaf was removed, so that tables which are retired now translated `iova`. */
	bool removing;
	uint64_t iova;
};

/* Valid as long as *table stays where it is. */
struct pt_ops driver_table_ops(struct driver_table *table);
/*
 * Makes the table of DOMAIN_SCRATCH, and takes the page that all of it leads to. Hardware learns of the tables by their
 * root: what is written before is no effect. -ENOMEM; errors of pt_init().
 */
int driver_table_make_scratch(struct driver_table *table, struct pt *pt, const struct pt_config *config);
/* Hardware cannot reach the table any more: its pages are free, and *pt is zero. */
void driver_table_destroy(struct driver_table *table, struct pt *pt);
/* The callback of pt_unmap(), with the table as context. */
void driver_table_leaf_removed(void *table, const struct pt_leaf *leaf);
/*
 * Gathers the leaves that reach beyond the range and will be split. What was cached of one is of its size, so all of it
 * has to be invalidated though only a part goes away.
 */
void driver_table_gather_split(struct driver_table *table, const struct pt *pt, uint64_t iova, uint64_t bytes);

/*
 * The domain that a call about dirty pages names. -EINVAL: there is none, or the gather is another domain's;
 * -EOPNOTSUPP: it was not made to track dirty pages.
 */
int driver_table_dirty_domain(const struct driver_common *common, domain_handle handle, const struct gather *gather,
			      struct driver_domain **domain);

/*
 * The dirty leaves of a table that tracks them, as driver_ops.dirty_read() says; what is made clean is gathered.
 * table->gather is the caller's.
 */
int driver_table_dirty_read(struct driver_table *table, struct pt *pt, uint64_t iova, uint64_t bytes, bool clear,
			    pt_leaf_fn dirty, void *context);

#endif
