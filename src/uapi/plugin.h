/* SPDX-License-Identifier: MIT */
/*
 * Front ends that are not built in (<ioasid-sim/front_end.h>): calls of a plug-in in the place of its base's, and what
 * it may ask and do while it answers one. The registry only grows, and is not changed while anything runs.
 *
 *   plugin.c           the registry, and a plug-in's calls as the front ends' table wants them
 *   plugin_base.c      the base's calls as a plug-in makes them
 *   plugin_services.c  its questions, its state, its acts
 */
#ifndef IOSIM_UAPI_PLUGIN_H
#define IOSIM_UAPI_PLUGIN_H

#include <ioasid-sim/front_end.h>

#include "uapi/state.h"

#define PLUGINS_MAX 16

struct plugin {
	iosim_front_end own;               /* what it does not have is NULL */
	const struct uapi_front_end *base; /* a built-in one */
	struct uapi_front_end calls;       /* the base's, with the plug-in's in their places */
};

/*
 * Adds a front end; strings are the caller's and stay. Returns its number for struct rules, from 1; 0: PLUGINS_MAX are
 * there. `user_api`: the built-in one that answers the rest.
 */
unsigned plugin_add(const iosim_front_end *front_end, unsigned user_api);
const struct plugin *plugin_by_number(unsigned number);

/* The plug-in of a run's rules, and its state in the arena; nothing where there is none. */
void plugin_set_up(struct uapi *uapi);
/* A space's slot is used anew, or free: the plug-in's state of it is zero. */
void plugin_clear_space(struct uapi *uapi, uint32_t slot);

/* A call that a plug-in answers. */
struct plugin_call {
	iosim_call call;
	struct uapi *uapi;
};

static inline struct uapi *plugin_uapi(const iosim_call *call)
{
	return ((const struct plugin_call *)call)->uapi;
}

/* SPACE_* as enum iosim_space_flag. */
unsigned plugin_public_flags(unsigned flags);

extern const iosim_front_end plugin_base_calls;
extern const iosim_services plugin_services;

#endif
