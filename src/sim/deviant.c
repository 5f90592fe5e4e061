/* SPDX-License-Identifier: MIT */
#include "sim/deviant.h"

#define AW_TEXT    "AW of PASID-table entries is not 0 though ECAP.SSTS is"
#define SNOOP_TEXT "A and D are set without snooping though ECAP.SMPWC is 0"
#define RANGE_TEXT "pass-through is not limited to the width of host addresses"
#define CODES_TEXT "root, context and second-stage faults of scalable mode have the reasons of legacy mode"

static const struct deviation_row rows[] = {
	{IOMMU_VTD, "pt-no-range", RANGE_TEXT},
	{IOMMU_VTD, "sm-legacy-reason", CODES_TEXT},
	{IOMMU_VTD, "pe-aw", AW_TEXT},
	{IOMMU_VTD, "pe-aw smpwc", AW_TEXT ", and " SNOOP_TEXT},
	{IOMMU_VTD, "pe-aw pt-no-range", AW_TEXT ", and " RANGE_TEXT},
	{IOMMU_SMMUV3, "BYPASS_OAS", "a bypassed address is not checked against the output address size"},
	{IOMMU_SMMUV3, "S2ONLY_IAS", "stage 2 only: an input address that is too large is not recorded"},
};

struct deviant {
	struct arena *arena; /* NULL: not made yet */
	struct iommu *unit;
};

const struct deviation_row *deviation_row(unsigned index)
{
	return index < G_N_ELEMENTS(rows) ? &rows[index] : NULL;
}

/* The bits of the row's names; 0: the engine lacks one of them. */
static uint64_t bits_of(const struct iommu_ops *ops, const char *code)
{
	g_auto(GStrv) names = g_strsplit(code, " ", -1);
	uint64_t bits = 0;

	for (unsigned i = 0; names[i]; i++) {
		uint64_t bit = ops->deviation ? ops->deviation(names[i]) : 0;

		if (!bit)
			return 0;
		bits |= bit;
	}
	return bits;
}

static struct deviant *deviant_of(iosim_engine *engine, unsigned index)
{
	struct iommu_config config = engine->config;
	struct deviant *deviant;

	if (!engine->deviants)
		engine->deviants = g_new0(struct deviant, G_N_ELEMENTS(rows));
	deviant = &engine->deviants[index];
	if (deviant->unit)
		return deviant;
	config.deviations = bits_of(engine->ops, rows[index].code);
	if (!config.deviations)
		return NULL;
	deviant->arena = arena_new();
	deviant->unit = engine->ops->create(deviant->arena, engine->memory, &config);
	engine_load_registers(engine, deviant->unit);
	return deviant;
}

bool deviant_ask(iosim_engine *engine, unsigned index, const iosim_request *request, iosim_answer *answer)
{
	struct request asked = engine_bus_request(request);
	struct translation translation = {.pa = 0};
	struct deviant *deviant = rows[index].kind == engine->ops->kind ? deviant_of(engine, index) : NULL;

	if (!deviant)
		return false;
	engine->ops->explain(deviant->unit, &asked, NULL, NULL, &translation);
	engine_public_answer(engine, &translation, answer);
	return true;
}

void deviants_free(iosim_engine *engine)
{
	for (unsigned i = 0; engine->deviants && i < G_N_ELEMENTS(rows); i++) {
		if (!engine->deviants[i].unit)
			continue;
		engine->ops->destroy(engine->deviants[i].unit);
		arena_free(engine->deviants[i].arena);
	}
	g_free(engine->deviants);
	engine->deviants = NULL;
}
