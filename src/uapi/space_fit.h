/* SPDX-License-Identifier: MIT */
/*
 * The page tables of a space: which of them a handle names, and whether one more may be added. All that are filled with
 * a space's areas are in the space's one list, those too that a call of their own made (OBJECT_HWPT).
 */
#ifndef IOSIM_UAPI_SPACE_FIT_H
#define IOSIM_UAPI_SPACE_FIT_H

#include "uapi/space.h"

/* Whose list the tables of a handle are in; and which of that they are: 0, those that attaching made. */
space_handle space_list_of(const struct uapi *uapi, space_handle handle);
space_handle space_table_in(const struct uapi *uapi, space_handle handle);
/* What says how the table is to be. */
const struct space *space_description(const struct uapi *uapi, const struct space_domain *domain);
/* The tables that the handle names, in the order in which they were made: 0 begins, and ends. */
uint32_t space_next_table(const struct uapi *uapi, space_handle handle, uint32_t slot);
/*
 * Of a table that is in no list yet: the one that the call which made it for its user gave him, on another unit; NULL:
 * this is that one, or there was no such call.
 */
const struct space_domain *space_table_original(const struct uapi *uapi, const struct space_domain *domain);
/* 0, or which of the errors: the table has just been made and is in no list yet. */
int space_table_fits(const struct uapi *uapi, const struct space *space, const struct space_domain *domain,
		     const struct space_errors *errors);

#endif
