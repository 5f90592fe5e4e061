/* SPDX-License-Identifier: MIT */
/*
 * Translation regimes: which function requests of a device without PASID meet. Read from memory by a walk, as all that
 * checks see; numbered from 1 in the order in which a device meets them. While a device is blocked its last one goes
 * on.
 */
#include "sim/confidential.h"
#include "sim/world.h"

static bool is_another(const struct regime *regime, const struct check_view *view)
{
	if (view->serving == SERVED_BLOCKED)
		return false;
	return !regime->number || view->serving != regime->serving || view->root != regime->root ||
	       view->tag != regime->tag;
}

void world_remember_regime(struct world *world, uint16_t device, const struct check_view *view)
{
	struct regime *regime = &world->regimes[device];

	if (!is_another(regime, view))
		return;
	*regime = (struct regime){
		.root = view->root, .tag = view->tag, .number = regime->number + 1, .serving = (uint8_t)view->serving};
}

/* Within a step it may have changed already. */
uint32_t world_regime(const struct world *world, uint16_t device)
{
	const struct regime *regime = &world->regimes[device];
	struct check_view view;

	world->eyes.view(world->eyes.context, device, &view);
	uint32_t number = regime->number + is_another(regime, &view);
	confidential_regime(world, device, number, &number);
	return number;
}
