/* SPDX-License-Identifier: MIT */
#include "hw/smmuv3/root.h"

#include <glib.h>

struct smmu_root *smmu_root_new(struct arena *arena, struct memory *memory, const struct smmu_root_config *config)
{
	struct smmu_root *root = g_new0(struct smmu_root, 1);

	root->memory = memory;
	root->config = *config;
	root->state = arena_block(arena, "smmu root page", sizeof *root->state, ARENA_HASHED);
	root->signals = arena_block(arena, "smmu root signals", sizeof *root->signals, ARENA_UNHASHED);
	SMMU_GPT_CFG_set_L0GPTSZ(&root->state->gpt_cfg, config->l0gptsz);
	return root;
}

void smmu_root_free(struct smmu_root *root)
{
	g_free(root);
}

void smmu_root_attach(struct smmu_root *root, uint64_t *changes)
{
	unsigned place = 0;

	while (place < SMMU_ROOT_UNITS && root->changes[place])
		place++;
	IOSIM_ASSERT(place < SMMU_ROOT_UNITS);
	root->changes[place] = changes;
}

/* --- what is cached --- */

static struct smmu_gpc_entry *granule_of(const struct smmu_root *root, uint64_t pa)
{
	return &root->state->granules[(pa >> gpt_granule_lg2(root->state->gpt_cfg)) % SMMU_GPC_GRANULES];
}

static bool holds(const struct smmu_gpc_entry *entry, uint64_t pa)
{
	return entry->lg2 && entry->first == (pa & ~((UINT64_C(1) << entry->lg2) - 1));
}

static const struct smmu_gpc_entry *find(const struct smmu_root *root, uint64_t pa)
{
	const struct smmu_gpc_entry *entry = granule_of(root, pa);

	if (holds(entry, pa))
		return entry;
	for (unsigned i = 0; i < SMMU_GPC_RANGES; i++)
		if (holds(&root->state->ranges[i], pa))
			return &root->state->ranges[i];
	return NULL;
}

static void keep(struct smmu_root *root, const struct gpt_lookup *lookup)
{
	struct smmu_root_state *state = root->state;
	bool single = lookup->lg2 == lookup->granule_lg2;

	if (root->config.no_cache || !lookup->lg2)
		return;
	struct smmu_gpc_entry *entry = single ? granule_of(root, lookup->pa) : &state->ranges[state->next_range];
	if (!single)
		state->next_range = (state->next_range + 1) % SMMU_GPC_RANGES;
	*entry = (struct smmu_gpc_entry){
		.first = lookup->pa & ~((UINT64_C(1) << lookup->lg2) - 1), .lg2 = lookup->lg2, .gpi = lookup->gpi};
}

static void drop(struct smmu_gpc_entry *entry, uint64_t first, uint64_t last)
{
	if (entry->lg2 && first <= entry->first && entry->first + ((UINT64_C(1) << entry->lg2) - 1) <= last)
		*entry = (struct smmu_gpc_entry){0};
}

/*
 * 6.3.119: the range is that of a TLBI RPAOS. Its size is at least a granule, and bits of the address below a granule
 * do not count; nothing need be invalidated where a size or granule is reserved or the address is not aligned to the
 * size (DDI 0487 C5.5.28), and nothing is. False: so it is.
 */
static bool range_of(const struct smmu_root *root, uint64_t *first, uint64_t *last)
{
	static const uint8_t sizes[16] = {12, 14, 16, 21, 25, 29, 30, 34, 36, 39};
	const uint64_t *tlbi = &root->state->tlbi;
	unsigned granule = gpt_granule_lg2(root->state->gpt_cfg), lg2 = sizes[SMMU_ROOT_TLBI_SIZE(tlbi)];

	if (!granule || !lg2)
		return false;
	if (lg2 < granule)
		lg2 = granule;
	*first = *tlbi & SMMU_ROOT_TLBI_ADDR_MASK & ~((UINT64_C(1) << granule) - 1);
	*last = *first | ((UINT64_C(1) << lg2) - 1);
	return !(*first & ((UINT64_C(1) << lg2) - 1));
}

static void invalidate(struct smmu_root *root)
{
	uint64_t first = 0, last = UINT64_MAX;

	if (!SMMU_ROOT_TLBI_ALL(&root->state->tlbi) && !range_of(root, &first, &last))
		return;
	for (unsigned i = 0; i < SMMU_GPC_GRANULES; i++)
		drop(&root->state->granules[i], first, last);
	for (unsigned i = 0; i < SMMU_GPC_RANGES; i++)
		drop(&root->state->ranges[i], first, last);
}

/* --- checks --- */

static enum gpt_result look_up(const struct smmu_root *root, uint64_t pa, enum pa_space space,
			       struct gpt_lookup *lookup)
{
	const struct gpt_config config = {.base = root->state->gpt_base,
					  .cfg = root->state->gpt_cfg,
					  .oas_lg2 = root->config.oas_lg2,
					  .granules = root->config.granules};
	enum gpt_result result = gpt_begin(&config, pa, space, lookup);

	while (result == GPT_READS) {
		uint64_t word;
		root->signals->fetches++;
		result = gpt_step(lookup, memory_read64(root->memory, lookup->entry_pa, &word) ? &word : NULL);
	}
	return result;
}

/* 3.25.5: the first one is told, until software has cleared it. */
static void report(struct smmu_root *root, const struct smmu_access_of *access, enum gpt_result result, unsigned error)
{
	bool forbidden = result == GPT_FORBIDDEN;
	uint64_t *far = forbidden ? &root->state->gpf_far : &root->state->cfg_far;

	if (SMMU_ROOT_FAR_FAULT(far))
		return;
	*far = access->pa & SMMU_ROOT_FAR_FADDR_MASK;
	SMMU_ROOT_FAR_set_FPAS(far, access->space);
	SMMU_ROOT_FAR_set_CFG_ERR(far, forbidden ? 0 : error);
	SMMU_ROOT_FAR_set_FAULTCODE(far, access->reason == SMMU_ROOT_TRANSACTION ? 0 : access->code);
	SMMU_ROOT_FAR_set_REASON(far, access->reason);
	SMMU_ROOT_FAR_set_FAULT(far, 1);
	if (forbidden)
		root->signals->gpf++;
	else
		root->signals->cfg++;
}

/* Without a table: ACCESSEN is stronger than GPCEN (6.3.112). *result is set where this is true. */
static bool is_decided(const struct smmu_root *root, uint64_t pa, enum pa_space space, enum gpt_result *result)
{
	const struct smmu_gpc_entry *entry;

	*result = GPT_PASSES;
	if (!SMMU_ROOT_CR0_ACCESSEN(&root->state->cr0ack)) {
		*result = GPT_FORBIDDEN;
		return true;
	}
	if (!SMMU_ROOT_CR0_GPCEN(&root->state->cr0ack))
		return true;
	entry = find(root, pa);
	if (entry && !gpt_allows(entry->gpi, space))
		*result = GPT_FORBIDDEN;
	return entry;
}

bool smmu_root_allows(struct smmu_root *root, const struct smmu_access_of *access)
{
	struct gpt_lookup lookup = {0};
	enum gpt_result result;

	if (!is_decided(root, access->pa, access->space, &result)) {
		result = look_up(root, access->pa, access->space, &lookup);
		if (result != GPT_ERROR)
			keep(root, &lookup);
	}
	if (result != GPT_PASSES)
		report(root, access, result, lookup.error);
	return result == GPT_PASSES;
}

bool smmu_root_would_allow(const struct smmu_root *root, uint64_t pa, enum pa_space space)
{
	struct gpt_lookup lookup;
	enum gpt_result result;

	return (is_decided(root, pa, space, &result) ? result : look_up(root, pa, space, &lookup)) == GPT_PASSES;
}

unsigned smmu_root_region(const struct smmu_root *root, uint64_t pa, enum pa_space space, unsigned lg2)
{
	const struct smmu_gpc_entry *entry;
	struct gpt_lookup lookup;
	unsigned known;

	if (!SMMU_ROOT_CR0_GPCEN(&root->state->cr0ack))
		return lg2;
	entry = find(root, pa);
	if (!entry)
		look_up(root, pa, space, &lookup);
	known = entry ? entry->lg2 : lookup.lg2;
	return known && known < lg2 ? known : lg2;
}

/* --- registers --- */

static uint64_t *register_at(struct smmu_root_state *state, uint32_t offset)
{
	switch (offset & ~7u) {
	case SMMU_ROOT_REG_CR0: /* with CR0ACK behind it */
		return offset & 4 ? &state->cr0ack : &state->cr0;
	case SMMU_ROOT_REG_GPT_BASE:
		return &state->gpt_base;
	case SMMU_ROOT_REG_GPT_BASE_CFG:
		return &state->gpt_cfg;
	case SMMU_ROOT_REG_GPF_FAR:
		return &state->gpf_far;
	case SMMU_ROOT_REG_GPT_CFG_FAR:
		return &state->cfg_far;
	case SMMU_ROOT_REG_TLBI:
		return &state->tlbi;
	case SMMU_ROOT_REG_TLBI_CTRL:
		return &state->tlbi_ctrl;
	default:
		return NULL;
	}
}

static bool is_32_bit(uint32_t offset)
{
	return (offset & ~7u) == SMMU_ROOT_REG_CR0;
}

static uint64_t idr0(const struct smmu_root *root)
{
	uint64_t value = 0;

	SMMU_ROOT_IDR0_set_REALM_IMPL(&value, root->config.realm);
	SMMU_ROOT_IDR0_set_RGPTM(&value, 1);
	SMMU_ROOT_IDR0_set_ROOT_IMPL(&value, 1);
	return value;
}

static uint32_t read_half(const struct smmu_root *root, uint32_t offset)
{
	const uint64_t *word = register_at(root->state, offset);

	if (offset == SMMU_ROOT_REG_IDR0)
		return (uint32_t)idr0(root);
	if (!word)
		return 0;
	return (uint32_t)(*word >> (is_32_bit(offset) ? 0 : 8 * (offset & 4)));
}

static bool is_aligned(uint32_t offset, unsigned width)
{
	return (width == 4 || width == 8) && offset % width == 0 && offset < SMMU_ROOT_BYTES;
}

uint64_t smmu_root_read(const struct smmu_root *root, uint32_t offset, unsigned width, enum pa_space by)
{
	if (by != PA_ROOT || !is_aligned(offset, width))
		return 0;
	uint64_t value = read_half(root, offset);
	if (width == 8)
		value |= (uint64_t)read_half(root, offset + 4) << 32;
	return value;
}

/* Bits that software sets now. */
static uint64_t writable(const struct smmu_root *root, uint32_t offset)
{
	const struct smmu_root_state *state = root->state;
	uint64_t enabled = state->cr0 | state->cr0ack;

	switch (offset & ~7u) {
	case SMMU_ROOT_REG_CR0: /* neither field while the Update of one of them is going on */
		return offset & 4 || state->cr0 != state->cr0ack
			       ? 0
			       : SMMU_ROOT_CR0_GPCEN_MASK | SMMU_ROOT_CR0_ACCESSEN_MASK;
	case SMMU_ROOT_REG_GPT_BASE:
		return SMMU_ROOT_CR0_GPCEN(&enabled)
			       ? 0
			       : SMMU_ROOT_GPT_BASE_ADDR_MASK & ((UINT64_C(1) << root->config.oas_lg2) - 1);
	case SMMU_ROOT_REG_GPT_BASE_CFG:
		return SMMU_ROOT_CR0_GPCEN(&enabled)
			       ? 0
			       : SMMU_GPT_CFG_PGS_MASK | SMMU_GPT_CFG_SH_MASK | SMMU_GPT_CFG_ORGN_MASK |
					 SMMU_GPT_CFG_IRGN_MASK | SMMU_GPT_CFG_PPS_MASK;
	case SMMU_ROOT_REG_TLBI:
		return SMMU_ROOT_TLBI_CTRL_RUN(&state->tlbi_ctrl)
			       ? 0
			       : SMMU_ROOT_TLBI_ADDR_MASK | SMMU_ROOT_TLBI_SIZE_MASK | SMMU_ROOT_TLBI_L_MASK |
					 SMMU_ROOT_TLBI_ALL_MASK;
	default:
		return 0;
	}
}

static void write_half(struct smmu_root *root, uint32_t offset, uint32_t value)
{
	uint64_t *word = register_at(root->state, offset);
	unsigned shift = is_32_bit(offset) ? 0 : 8 * (offset & 4);
	uint64_t bits = writable(root, offset) & UINT64_C(0xffffffff) << shift;

	switch (offset) {
	case SMMU_ROOT_REG_GPF_FAR: /* 6.3.116, 6.3.117: FAULT can be cleared, and takes the rest with it */
	case SMMU_ROOT_REG_GPT_CFG_FAR:
		if (!SMMU_ROOT_FAR_FAULT(&(uint64_t){value}))
			*word = 0;
		return;
	case SMMU_ROOT_REG_TLBI_CTRL: /* 6.3.119: RUN can be set */
		*word |= value & SMMU_ROOT_TLBI_CTRL_RUN_MASK;
		return;
	default:
		if (word)
			*word = (*word & ~bits) | ((uint64_t)value << shift & bits);
	}
}

void smmu_root_write(struct smmu_root *root, uint32_t offset, unsigned width, uint64_t value, enum pa_space by)
{
	if (by != PA_ROOT || !is_aligned(offset, width))
		return;
	write_half(root, offset, (uint32_t)value);
	if (width == 8)
		write_half(root, offset + 4, (uint32_t)(value >> 32));
}

bool smmu_root_is_pending(const struct smmu_root *root)
{
	return root->state->cr0 != root->state->cr0ack || SMMU_ROOT_TLBI_CTRL_RUN(&root->state->tlbi_ctrl);
}

bool smmu_root_advance(struct smmu_root *root)
{
	struct smmu_root_state *state = root->state;

	if (state->cr0 != state->cr0ack) {
		state->cr0ack = state->cr0;
		for (unsigned i = 0; i < SMMU_ROOT_UNITS && root->changes[i]; i++)
			++*root->changes[i];
		return true;
	}
	if (!SMMU_ROOT_TLBI_CTRL_RUN(&state->tlbi_ctrl))
		return false;
	invalidate(root);
	state->tlbi_ctrl = 0;
	return true;
}
