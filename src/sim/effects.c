/* SPDX-License-Identifier: MIT */
/* What is made of each visible effect (hw/effect.h), whoever has it: bookkeeping, gaps of split steps, and words. */
#include "sim/world.h"

static const char *const effect_words[] = {
	[EFFECT_WORD] = "driver writes",
	[EFFECT_REGISTER] = "driver writes register",
	[EFFECT_SUBMIT] = "driver submits",
	[EFFECT_CONSUME] = "hardware consumes",
	[EFFECT_COMPLETE] = "hardware completes",
	[EFFECT_FAULT] = "hardware records fault",
	[EFFECT_LEAF_CLEAR] = "driver clears leaf",
	[EFFECT_GUEST_FLAGS] = "a walk sets flags of a guest's entry",
};

/* Of a trusted half, and of the tables that say whose pages are. */
static const char *const tsm_words[] = {
	[EFFECT_WORD] = "TSM writes",
	[EFFECT_REGISTER] = "TSM writes register",
	[EFFECT_SUBMIT] = "TSM submits",
	[EFFECT_CONSUME] = "hardware consumes",
	[EFFECT_COMPLETE] = "hardware completes",
	[EFFECT_FAULT] = "hardware records fault",
	[EFFECT_LEAF_CLEAR] = "TSM clears leaf",
	[EFFECT_GUEST_FLAGS] = "a walk sets flags of a guest's entry",
};
static const char *const root_words[] = {
	[EFFECT_WORD] = "firmware writes",
	[EFFECT_REGISTER] = "firmware writes register",
};

static char *scope_text(const char *unit, const char *words, const struct invalidation_scope *scope)
{
	static const char *const what[] = {[INVALIDATED_CONTEXT] = "context-cache",
					   [INVALIDATED_IOTLB] = "IOTLB",
					   [INVALIDATED_DEVTLB] = "device-TLB",
					   [INVALIDATED_PASID] = "PASID-cache",
					   [INVALIDATED_INTERRUPTS] = "interrupt-entry"};
	GString *out = g_string_new(NULL);

	if (scope->what == INVALIDATED_NOTHING) {
		g_string_append_printf(out, "%s: %s a wait", unit, words);
		return g_string_free(out, FALSE);
	}
	g_string_append_printf(out, "%s: %s %s invalidation", unit, words, what[scope->what]);
	if (scope->what == INVALIDATED_INTERRUPTS) {
		g_string_append_printf(out, ", indexes %#" G_GINT64_MODIFIER "x to %#" G_GINT64_MODIFIER "x",
				       scope->first, scope->last);
		return g_string_free(out, FALSE);
	}
	if (scope->all_tags)
		g_string_append(out, ", all domains");
	else
		g_string_append_printf(out, ", domain %u", scope->tag);
	if (scope->what == INVALIDATED_CONTEXT && !scope->all_streams)
		g_string_append_printf(out, ", requester %#x", scope->stream);
	if (scope->what == INVALIDATED_IOTLB && !scope->all_addresses)
		g_string_append_printf(out, ", %#" G_GINT64_MODIFIER "x to %#" G_GINT64_MODIFIER "x", scope->first,
				       scope->last);
	return g_string_free(out, FALSE);
}

/* A trusted half: IHI 0070 3.10.3 has the name on Arm. The granule protection table is of all units. */
static char *half_name(const struct world *world, const struct effect *effect, enum world_half half)
{
	const char *name = world->machine->iommus[effect->iommu].name;

	if (half == WORLD_HALF_ROOT)
		return effect->kind == EFFECT_WORD ? g_strdup("granule protection table")
						   : g_strdup_printf("%s (Root)", name);
	if (half == WORLD_HALF_PLAIN)
		return g_strdup(name);
	return g_strdup_printf("%s (%s)", name,
			       world->machine->iommus[effect->iommu].kind == IOMMU_SMMUV3 ? "Realm" : "trusted");
}

static char *effect_text(const struct world *world, const struct effect *effect, enum world_half half)
{
	g_autofree char *unit = half_name(world, effect, half);
	const char *words = half == WORLD_HALF_PLAIN     ? effect_words[effect->kind]
			    : half == WORLD_HALF_TRUSTED ? tsm_words[effect->kind]
							 : root_words[effect->kind];

	switch (effect->kind) {
	case EFFECT_WORD:
	case EFFECT_GUEST_FLAGS:
		return g_strdup_printf("%s: %s %016" G_GINT64_MODIFIER "x at %#" G_GINT64_MODIFIER
				       "x (was %016" G_GINT64_MODIFIER "x)",
				       unit, words, effect->value, effect->address, effect->old);
	case EFFECT_SUBMIT:
	case EFFECT_CONSUME:
		return g_strdup_printf("%s: %s %016" G_GINT64_MODIFIER "x %016" G_GINT64_MODIFIER "x", unit, words,
				       effect->command[0], effect->command[1]);
	case EFFECT_REGISTER:
	case EFFECT_FAULT:
	case EFFECT_LEAF_CLEAR:
		return g_strdup_printf("%s: %s %#" G_GINT64_MODIFIER "x: %#" G_GINT64_MODIFIER "x", unit, words,
				       effect->address, effect->value);
	case EFFECT_COMPLETE:
		return scope_text(unit, words, &effect->scope);
	}
	return g_strdup(words);
}

/* Whose translations the unit takes back from devices. */
static enum handed_for served_by(const struct world *world, uint16_t iommu, enum world_half half)
{
	if (half == WORLD_HALF_TRUSTED)
		return HANDED_FOR_TEE;
	return world_trusted_unit(world, iommu) ? HANDED_FOR_OTHERS : HANDED_FOR_ALL;
}

void world_seen(struct world *world, const struct effect *effect, enum world_half half)
{
	if (half == WORLD_HALF_PLAIN)
		ledger_effect(world->ledger, effect);
	if (half != WORLD_HALF_ROOT) {
		enum handed_for whom = served_by(world, effect->iommu, half);
		handed_effect(world->handed, effect, whom, world->devices);
		if (effect->kind == EFFECT_COMPLETE && effect->scope.what == INVALIDATED_IOTLB)
			world_let_go(world, effect->iommu, whom);
		world_forgotten(world, effect, half);
		world_walk_wrote(world, effect);
	}
	if (world->verbose)
		g_ptr_array_add(world->effects, effect_text(world, effect, half));
	if (effect->kind == EFFECT_WORD || effect->kind == EFFECT_REGISTER || effect->kind == EFFECT_SUBMIT)
		world_gap(world);
	else if (effect->kind == EFFECT_CONSUME || effect->kind == EFFECT_COMPLETE)
		world->gaps.pending = true; /* in the midst of the unit's work */
}
