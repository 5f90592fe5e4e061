/* SPDX-License-Identifier: MIT */
#include "hw/vtd/layout.h"
#include "sim/vector_run.h"

#define MAX_FRAMES 8192

static enum iommu_kind kind_of(const struct vector *vector)
{
	return vector->engine == VECTOR_VTD ? IOMMU_VTD : IOMMU_SMMUV3;
}

/* Identification as iommu_config has it: VT-d a register a word, SMMUv3 two. */
static void configure(const struct vector_run *run, struct iommu_config *config)
{
	const uint64_t *given = run->vector->identification;
	bool wide = run->vector->engine == VECTOR_VTD;

	*config = (struct iommu_config){.address_width = run->vector->address_width, .compat_qemu = run->qemu};
	for (unsigned i = 0; i < G_N_ELEMENTS(config->id); i++)
		config->id[i] = wide ? given[i] : given[2 * i] | given[2 * i + 1] << 32;
}

/* By name, with what the vector needs granted. False: the engine knows one of them not, run->reason says which. */
static bool deviate(struct vector_run *run, struct iommu_config *config)
{
	g_auto(GStrv) names = g_strsplit(run->vector->relax ? run->vector->relax : "", " ", -1);

	for (unsigned i = 0; names[i]; i++) {
		uint64_t bit = run->ops->deviation ? run->ops->deviation(names[i]) : 0;

		if (!bit) {
			run->reason = g_strdup_printf("the engine cannot be told to grant '%s'", names[i]);
			return false;
		}
		config->deviations |= bit;
	}
	if (run->deviation && run->ops->deviation)
		config->deviations |= run->ops->deviation(run->deviation);
	return true;
}

/* What the vector is about, and the unit does not have whatever it is asked for. */
static char *missing(const struct vector_run *run)
{
	if (run->vector->engine == VECTOR_VTD) {
		uint64_t ecap = run->ops->read_register(run->unit, VTD_REG_ECAP, 8);

		if (g_str_has_prefix(run->vector->mode, "sm-") && !VTD_ECAP_SMTS(&ecap))
			return g_strdup("the engine has no scalable mode");
	}
	return NULL;
}

static bool fill_memory(struct vector_run *run)
{
	for (unsigned i = 0; i < run->vector->range_count; i++)
		if (!memory_add_ram(run->memory, run->vector->ranges[i].first, run->vector->ranges[i].last))
			return false;
	for (guint i = 0; i < run->vector->memory->len; i++) {
		const struct vector_word *word = &g_array_index(run->vector->memory, struct vector_word, i);

		if (!memory_write64(run->memory, word->pa, word->value))
			return false;
	}
	return true;
}

bool vector_unit_create(struct vector_run *run)
{
	struct iommu_config config;

	run->ops = iommu_ops_of(kind_of(run->vector));
	if (!run->ops) {
		run->reason = g_strdup("there is no engine for this kind of IOMMU");
		return false;
	}
	configure(run, &config);
	if (!deviate(run, &config))
		return false;
	run->arena = arena_new();
	run->memory = memory_new(run->arena, MAX_FRAMES);
	run->unit = run->ops->create(run->arena, run->memory, &config);
	run->reason = missing(run);
	if (!run->reason && !fill_memory(run))
		run->reason = g_strdup("its memory lies outside its RAM, or is too much");
	run->watch = vector_watch_new(run->memory);
	return !run->reason;
}
