/* SPDX-License-Identifier: MIT */
/* What serves a group between two spaces, of which one replaces the other (KNOB_SWITCH_ATOMICITY). */
#ifndef IOSIM_UAPI_SWITCH_H
#define IOSIM_UAPI_SWITCH_H

#include "uapi/state.h"

/* Before the new one: the group goes where the rules say, or stays. Errors of group_move(). */
int switch_away(struct uapi *uapi, uint32_t group);
/* It got no new one: `from` serves it again, which cannot fail but where a driver does. */
void switch_back(struct uapi *uapi, uint32_t group, space_handle from);

#endif
