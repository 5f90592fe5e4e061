/* SPDX-License-Identifier: MIT */
#include "sim/timed.h"

static void pass(void *context, struct iommu *unit, const struct request *request, struct translation *out)
{
	struct world_clock *clock = context;

	timing_alone_add(&clock->spent, clock->profile, clock->world->memory, unit, request, out);
}

void world_set_clock(struct world *world, const struct timing_profile *profile)
{
	struct world_clock *clock = g_new0(struct world_clock, 1);

	clock->hook = (struct fabric_clock){.pass = pass, .context = clock};
	clock->world = world;
	clock->profile = profile;
	world->clock = clock;
	fabric_set_clock(world->fabric, &clock->hook);
}

struct timing_alone world_take_time(struct world *world)
{
	struct timing_alone spent = {0};

	if (world->clock) {
		spent = world->clock->spent;
		world->clock->spent = (struct timing_alone){0};
	}
	return spent;
}

void world_give_time(struct world *world, const struct timing_alone *spent)
{
	if (world->clock)
		world->clock->spent = *spent;
}
