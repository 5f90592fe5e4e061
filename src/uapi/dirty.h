/* SPDX-License-Identifier: MIT */
/*
 * Which pages of a space were written: what is common to the front ends that tell. Tables of a space that was made for
 * it carry dirty flags; what drivers of mdevs had pinned is remembered beside them, as nobody sees what they do.
 *
 * What becomes of a page that was written, not reported, and is unmapped then, is KNOB_DIRTY_RACE: the unmap reports it
 * (the flag is read with the entry that goes away, so that nothing is written in between), or nobody does.
 */
#ifndef IOSIM_UAPI_DIRTY_H
#define IOSIM_UAPI_DIRTY_H

#include "uapi/state.h"

/* Told of each part of the space that was written. */
struct dirty_report {
	struct uapi *uapi;
	space_handle space;
};
/* A callback for leaves of a page table, with a struct dirty_report. */
void dirty_report_leaf(void *report, const struct pt_leaf *leaf);
/* An unmap of the space reports what was written; else it is lost. */
bool dirty_unmap_reports(const struct uapi *uapi, space_handle space);

/* All of its tables are clean, and tracked from now on. Errors of the driver. */
int dirty_track(struct uapi *uapi, space_handle space);
/* A table has just been made for a space that is tracked. */
int dirty_track_table(struct uapi *uapi, const struct space_domain *domain);
/* Whether a table of the space says so of the page; with `clear` it does not any more. */
int dirty_of_tables(struct uapi *uapi, space_handle space, uint64_t iova, bool clear, bool *dirty);

/* The same of all that is mapped from `first` on without a gap: each page that was written is told. */
int dirty_of_range(struct uapi *uapi, space_handle space, uint64_t first, uint64_t last, bool clear, pt_leaf_fn dirty,
		   void *context);

/* The driver of an mdev pins the page. */
void dirty_pinned(struct uapi *uapi, space_handle space, uint64_t iova);
/* Whether somebody did since it was last asked with `clear`, or does. */
bool dirty_of_pins(struct uapi *uapi, space_handle space, uint64_t iova, bool clear);
/* Nothing is known of pins of the space but those that there are. */
void dirty_forget_pins(struct uapi *uapi, space_handle space);

/* The calls of struct uapi_front_end. */
int iommufd_dirty_start(struct uapi *uapi, uint16_t owner, space_handle space);
int iommufd_dirty_read(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, bool clear, bool *dirty);
int type1_dirty_start(struct uapi *uapi, uint16_t owner, space_handle space);
int type1_dirty_read(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, bool clear, bool *dirty);
/* Every page of a range that is gone, but of a container of mdevs alone. */
void type1_report_unmapped(struct uapi *uapi, space_handle space, uint64_t first, uint64_t last);

#endif
