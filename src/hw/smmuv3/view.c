/* SPDX-License-Identifier: MIT */
/* Views of what memory says right now: which tables serve a stream, and every page that they map. */
#include "hw/smmuv3/trace.h"

/* Hostile tables can refer to each other so that there are very many ways through them. */
#define LEAF_WALK_MAX_ENTRIES (UINT64_C(1) << 22)
#define LEVELS                4

/* Finds the configuration. SMMU_EVENT_NONE: `walk` holds it. */
static unsigned find_config(const struct smmu *unit, uint32_t stream, uint32_t pasid, struct smmu_walk *walk)
{
	struct request request = {.stream = stream, .pasid = pasid};
	struct translation unused = {0};
	unsigned event;

	if (smmu_decide_early(unit, &request, &unused, &event))
		return event;
	*walk = (struct smmu_walk){0};
	smmu_walk_begin(walk, unit, &request);
	walk->quiet = true;
	walk->config_alone = true;
	return smmu_walk_traced(walk);
}

/* The tables of stage 1 for an address. False: there are none. */
static bool enter_half(struct smmu_walk *walk, uint64_t address)
{
	walk->input = address;
	return smmu_prepare_context(walk) && smmu_is_inside(&walk->first, address);
}

void smmu_view(struct iommu *iommu, uint32_t stream, uint32_t pasid, struct iommu_view *out)
{
	const struct smmu *unit = smmu_of(iommu);
	struct smmu_walk walk = {0};

	*out = (struct iommu_view){.kind = VIEW_OFF};
	if (!smmu_is_enabled(unit)) {
		if (SMMU_GBPA_ABORT(&unit->state->gbpa))
			out->kind = VIEW_BLOCKED;
		return;
	}
	unsigned event = find_config(unit, stream, pasid, &walk);
	if (event) {
		out->kind = VIEW_BLOCKED;
		out->fault = event == SMMU_WALK_ABORTS ? 0 : (uint16_t)event;
		return;
	}
	out->kind = walk.stages ? VIEW_TABLE : VIEW_PASS_THROUGH;
	if (walk.stages & 2) {
		out->tag = EFFECT_TAG_VMID | (uint32_t)SMMU_STE_S2VMID(walk.ste);
		out->root = walk.other.base;
	} else if (walk.stages & 1) {
		out->tag = (uint32_t)SMMU_CD_ASID(walk.cd);
		/* The lower half is what devices use; with EPD0 there is only the upper one. */
		if (!enter_half(&walk, 0))
			enter_half(&walk, UINT64_MAX);
		out->root = walk.first.base;
	}
}

struct leaf_walk {
	const struct smmu *unit;
	const struct smmu_walk *config;
	const struct smmu_tables *tables;
	bool second; /* these are the tables of stage 2 */
	view_leaf_fn leaf;
	void *context;
	uint64_t count, limit, entries;
	unsigned level;
	uint64_t table[LEVELS], next[LEVELS], last[LEVELS], address[LEVELS], hierarchy[LEVELS];
	uint64_t upper; /* bits above the region */
};

/* The physical address of what stage 1 calls `ipa`, and how many bytes are contiguous there as log2. */
static bool translate_ipa(const struct leaf_walk *at, uint64_t ipa, uint64_t *pa, unsigned *lg2, unsigned *rights)
{
	struct smmu_walk walk = *at->config;

	walk.config_alone = false;
	walk.stages = 2;
	walk.input = ipa;
	walk.op = REQUEST_READ;
	walk.second = false;
	unsigned end = smmu_walk_traced(&walk);
	*lg2 = walk.second ? walk.shift2 : FRAME_LG2;
	*pa = walk.pa;
	*rights = walk.rights | walk.clean;
	return end == SMMU_EVENT_NONE || (end == SMMU_F_PERMISSION && walk.rights & SMMU_RIGHTS_STAGE2);
}

static bool read_entry(const struct leaf_walk *at, uint64_t address, uint64_t *word)
{
	uint64_t pa = address;
	unsigned lg2, rights;

	if (!at->second && at->config->stages & 2 &&
	    (!translate_ipa(at, address, &pa, &lg2, &rights) || !(rights & SMMU_RIGHTS_STAGE2_READ)))
		return false;
	return memory_read64(at->unit->memory, pa, word);
}

static void emit(struct leaf_walk *at, uint64_t address, uint64_t pa, unsigned lg2, unsigned rights)
{
	unsigned permissions = smmu_permissions(rights, at->config->privileged);

	if (!permissions)
		return;
	if (at->count < at->limit)
		at->leaf(at->context, address | at->upper, pa, lg2, permissions);
	at->count++;
}

/* A leaf of stage 1 whose output stage 2 translates in pieces. */
static void emit_nested(struct leaf_walk *at, uint64_t address, uint64_t ipa, unsigned lg2, unsigned rights)
{
	for (uint64_t done = 0;
	     done < UINT64_C(1) << lg2 && at->count <= at->limit && at->entries < LEAF_WALK_MAX_ENTRIES;) {
		uint64_t pa;
		unsigned piece, second;
		bool mapped = translate_ipa(at, ipa + done, &pa, &piece, &second);
		if (piece > lg2)
			piece = lg2;
		if (mapped)
			emit(at, address + done, pa, piece, rights & (second | SMMU_RIGHTS_STAGE1));
		done += UINT64_C(1) << piece;
		at->entries++;
	}
}

static void enter_table(struct leaf_walk *at, uint64_t table, uint64_t address, uint64_t last, uint64_t hierarchy)
{
	at->table[at->level] = table;
	at->address[at->level] = address;
	at->last[at->level] = last;
	at->hierarchy[at->level] = hierarchy;
	at->next[at->level] = 0;
}

static unsigned shift_of(const struct smmu_tables *tables, unsigned level)
{
	return tables->shift - (level - tables->start) * tables->stride;
}

/* What a write would make writable is. */
static void map_leaf(struct leaf_walk *at, uint64_t word, uint64_t output, uint64_t address)
{
	unsigned lg2 = shift_of(at->tables, at->level), index = smmu_rights_index(word);
	struct smmu_walk walk = *at->config;

	walk.hierarchy = at->hierarchy[at->level];
	output &= ~smmu_mask_below(lg2);
	/* Without AF there is nothing, unless hardware sets it or nobody asks. */
	if (~word & at->tables->leaf_needs & SMMU_LEAF_AF && !at->tables->httu)
		return;
	if (at->second) {
		if (smmu_is_clean(at->tables, word, word ^ SMMU_LEAF2_USED))
			index |= SMMU_INDEX_WRITE;
		emit(at, address, output, lg2,
		     SMMU_RIGHTS_STAGE1 | (unsigned)smmu_stage2_rights[walk.rules->xnx][index]
						  << SMMU_RIGHTS_STAGE2_LSB);
		return;
	}
	if (smmu_is_clean(at->tables, word, word ^ SMMU_LEAF1_USED))
		index &= ~(unsigned)SMMU_INDEX_WRITE;
	unsigned rights = smmu_rights1(&walk, index) | SMMU_RIGHTS_STAGE2;
	if (walk.stages & 2)
		emit_nested(at, address, output, lg2, rights);
	else
		emit(at, address, output, lg2, rights);
}

static void look_at_entry(struct leaf_walk *at)
{
	unsigned level = at->level;
	uint64_t index = at->next[level]++, word;
	uint64_t address = at->address[level] + (index << shift_of(at->tables, level));

	at->entries++;
	if (!read_entry(at, at->table[level] + index * 8, &word))
		return;
	uint64_t output = smmu_output(at->tables, word);
	if (!(word & SMMU_S1PAGE_VALID_MASK) || output & at->tables->beyond ||
	    (!(word & SMMU_S1PAGE_TYPE_MASK) && !smmu_is_block(at->tables, level)))
		return;
	if (level == 3 || !(word & SMMU_S1PAGE_TYPE_MASK)) {
		map_leaf(at, word, output, address);
		return;
	}
	at->level++;
	enter_table(at, output, address, (UINT64_C(1) << at->tables->stride) - 1, at->hierarchy[level] | word);
}

static void walk_region(struct leaf_walk *at, const struct smmu_tables *tables)
{
	at->tables = tables;
	at->level = tables->start;
	enter_table(at, tables->base, 0, tables->size_mask >> tables->shift, 0);
	while (at->count <= at->limit && at->entries < LEAF_WALK_MAX_ENTRIES) {
		if (at->next[at->level] <= at->last[at->level])
			look_at_entry(at);
		else if (at->level > tables->start)
			at->level--;
		else
			break;
	}
}

uint64_t smmu_view_leaves(struct iommu *iommu, uint32_t stream, uint32_t pasid, view_leaf_fn leaf, void *context,
			  uint64_t limit)
{
	struct smmu_walk walk = {0};
	struct leaf_walk at = {
		.unit = smmu_of(iommu), .config = &walk, .leaf = leaf, .context = context, .limit = limit};

	if (!smmu_is_enabled(at.unit) || find_config(at.unit, stream, pasid, &walk) != SMMU_EVENT_NONE || !walk.stages)
		return 0;
	if (!(walk.stages & 1)) {
		at.second = true;
		walk_region(&at, &walk.other);
	} else {
		for (unsigned half = 0; half < 2; half++) {
			if (!enter_half(&walk, half ? UINT64_MAX : 0) || walk.upper != half)
				continue;
			at.upper = half ? ~walk.first.size_mask : 0;
			walk_region(&at, &walk.first);
		}
	}
	return at.entries < LEAF_WALK_MAX_ENTRIES || limit == UINT64_MAX ? at.count : limit + 1;
}
