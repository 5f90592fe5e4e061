/* SPDX-License-Identifier: MIT */
/* Hardware's choices by name, as an order has them. */
#include "sim/free_candidates.h"

/* What a unit of each kind calls its caches. */
static const char *const evicts[][FREE_EVICT_CONTEXT + 1] = {
	[IOMMU_VTD] = {"evict-iotlb", "evict-pasid", "evict-context"},
	[IOMMU_SMMUV3] = {"evict-tlb", "evict-config", "evict-ste"},
};

static const char *turn_word(const struct world *world, const struct free_choice *choice)
{
	struct unit_turn turns[UNIT_TURNS_MAX];
	struct iommu *unit = world->units[choice->iommu];
	uint32_t count = unit->ops->turns(unit, turns, UNIT_TURNS_MAX);

	for (uint32_t i = 0; i < count; i++)
		if (turns[i].place == choice->place)
			return turns[i].what;
	return "nothing";
}

static char *turn_name(const struct world *world, const struct free_choice *choice)
{
	const char *unit = world->machine->iommus[choice->iommu].name, *what = turn_word(world, choice);

	if (choice->place == UNIT_TURN_NEXT)
		return g_strdup_printf("hw:%s(%s)", what, unit);
	return g_strdup_printf("hw:complete-%s(%s,%u)", what, unit, choice->place);
}

static const char *verb_of(const struct world *world, const struct free_choice *choice)
{
	switch ((enum free_kind)choice->kind) {
	case FREE_EVICT_TRANSLATION:
	case FREE_EVICT_PASID:
	case FREE_EVICT_CONTEXT:
		return evicts[world->machine->iommus[choice->iommu].kind][choice->kind];
	case FREE_EVICT_DEVTLB:
		return "evict-devtlb";
	case FREE_FETCH:
		return "fetch";
	case FREE_ASK:
		return "fetch-devtlb";
	case FREE_TURN:
	case FREE_DEVICE:
	case FREE_SERVE:
		break;
	}
	return "";
}

char *free_name(const struct world *world, const struct free_choice *choice)
{
	GString *out;

	if (choice->kind == FREE_TURN)
		return turn_name(world, choice);
	if (choice->kind == FREE_SERVE)
		return g_strdup("hw:serve");
	if (choice->kind == FREE_DEVICE)
		return g_strdup_printf("hw:invalidate(%s)", world->machine->devices[choice->device].name);
	out = g_string_new(NULL);
	g_string_append_printf(out, "hw:%s(%s", verb_of(world, choice), world->machine->devices[choice->device].name);
	if (choice->kind != FREE_EVICT_PASID && choice->kind != FREE_EVICT_CONTEXT)
		g_string_append_printf(out, ",0x%" G_GINT64_MODIFIER "x", choice->iova);
	if (choice->pasid != PASID_NONE && choice->kind != FREE_EVICT_CONTEXT)
		g_string_append_printf(out, ",pasid=%u", choice->pasid);
	if (!free_is_own(world, choice))
		g_string_append_printf(out, ",as=0x%x", choice->stream);
	g_string_append_c(out, ')');
	return g_string_free(out, FALSE);
}

struct step *free_step(const char *name)
{
	struct step *step = g_new0(struct step, 1);

	/* It is nobody's, as what `run` lets hardware do. */
	step->operation = OP_RUN;
	step->by = MACHINE_NONE;
	step->times = 1;
	step->only_policies = UINT64_MAX;
	step->only_kinds = UINT32_MAX;
	step->expect_count = 1;
	step->with.device = step->with.with = step->with.iommu = step->with.owner = MACHINE_NONE;
	g_strlcpy(step->text, name, sizeof(step->text));
	return step;
}
