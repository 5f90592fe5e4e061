/* SPDX-License-Identifier: MIT */
/*
 * Front ends that are not built in (<ioasid-sim/front_end.h>): calls of a plug-in in the place of its base's, and what
 * it may ask and do while it answers one. The registry only grows, and is not changed while anything runs.
 *
 *   plugin.c           the registry, and a plug-in's calls as the front ends' table wants them
 *   plugin_base.c      the base's calls as a plug-in makes them
 *   plugin_guest.c     both, for calls about guests' tables
 *   plugin_pages.c     both, for pins, dirty tracking, and the raw calls about addresses
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

/* What the function answered, where that is an errno; switches that it set are as they were. */
int plugin_answered(struct uapi *uapi, bool skip_viability, int result);

#define PLUGIN_ANSWER(answer, uapi_, function, ...)                                                                  \
	do {                                                                                                         \
		struct plugin_call call_ = {.call = {.services = &plugin_services}, .uapi = (uapi_)};                \
		bool skipped_ = (uapi_)->skip_viability;                                                             \
		(answer) =                                                                                           \
			plugin_answered((uapi_), skipped_, (uapi_)->plugin->own.function(&call_.call, __VA_ARGS__)); \
	} while (0)

/* A row of the plug-in's takes the place of its base's. */
#define PLUGIN_TAKES_PLACE(plugin, function)                 \
	do {                                                 \
		if ((plugin)->own.function)                  \
			(plugin)->calls.function = function; \
	} while (0)

void plugin_guest_put(struct plugin *plugin);
void plugin_pages_put(struct plugin *plugin);

/* SPACE_* as enum iosim_space_flag. */
unsigned plugin_public_flags(unsigned flags);
/* A target that a plug-in names, for a mapping into that space; -EFAULT: there is no such thing. */
int plugin_inner_target(const struct uapi *uapi, space_handle space, const iosim_target *target,
			struct uapi_target *out);
iosim_target plugin_public_target(struct uapi_target target);

/* Whether the base may be asked: -EINVAL, -ENODEV; for spaces also -ENOTTY, a kernel driver drives the device. */
int plugin_check_owner(const struct uapi *uapi, uint16_t owner);
int plugin_check_device(const struct uapi *uapi, uint16_t owner, uint16_t device);
int plugin_check_for_spaces(const struct uapi *uapi, uint16_t owner, uint16_t device);

int plugin_base_nest(iosim_call *call, iosim_owner owner, iosim_space parent, const iosim_guest *guest,
		     iosim_space *out);
int plugin_base_vdevice(iosim_call *call, iosim_owner owner, iosim_device device, uint32_t id);
int plugin_base_invalidate(iosim_call *call, iosim_owner owner, const iosim_invalidation *what);
int plugin_base_pasid_table(iosim_call *call, iosim_owner owner, iosim_device device, const iosim_guest_table *table,
			    iosim_space *out);
int plugin_base_pin(iosim_call *call, iosim_device device, uint64_t iova, unsigned permissions, iosim_target *target);
int plugin_base_dirty_start(iosim_call *call, iosim_owner owner, iosim_space space);
int plugin_base_dirty_read(iosim_call *call, iosim_owner owner, iosim_space space, uint64_t iova, bool clear,
			   bool *dirty);
int plugin_base_allow(iosim_call *call, iosim_owner owner, iosim_space space, uint64_t iova, uint64_t bytes);
int plugin_base_ranges(iosim_call *call, iosim_owner owner, iosim_space space, iosim_ranges *out);
int plugin_base_map_file(iosim_call *call, iosim_owner owner, iosim_space space, uint64_t iova,
			 const iosim_target *target, uint64_t bytes, unsigned permissions);

extern const iosim_front_end plugin_base_calls;
extern const iosim_services plugin_services;

#endif
