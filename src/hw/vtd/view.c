/* SPDX-License-Identifier: MIT */
/* Views of what memory says right now: which structures serve a requester, and every page that its tables map. */
#include "hw/vtd/decide.h"
#include "hw/vtd/engine.h"
#include "hw/vtd/walk.h"

/* Finds what serves the requester. VTD_FAULT_NONE: `walk` knows it, and no table was read yet. */
static unsigned find_structures(const struct vtd *unit, uint32_t stream, uint32_t pasid, struct vtd_walk *walk)
{
	struct request request = {.stream = stream, .pasid = pasid};
	struct translation unused = {0};
	unsigned fault;

	/* Address 0, no length: nothing but the mode and PASID can decide it early. */
	if (vtd_decide_early(unit, &request, &unused, &fault))
		return fault;
	vtd_walk_ask(walk, unit, &request, false, unit->state->mode == VTD_MODE_SCALABLE);
	walk->structures_alone = true;
	return vtd_walk_look(walk);
}

/* The tables of a walk that found its structures. */
struct tables {
	bool first, second;
	unsigned first_top, second_top; /* levels */
	uint64_t first_root, second_root;
	uint64_t second_last; /* input address */
	uint32_t tag;
};

static struct tables tables_of(const struct vtd_walk *walk)
{
	const uint64_t *entry = walk->pasid_entry;
	struct tables tables = {0};
	uint64_t aw;

	if (!walk->scalable) {
		aw = VTD_CONTEXT_AW(walk->context);
		tables.tag = (uint32_t)VTD_CONTEXT_DID(walk->context);
		tables.second = VTD_CONTEXT_TT(walk->context) != VTD_TT_PASS_THROUGH;
		tables.second_root = walk->context[0] & VTD_CONTEXT_SSPTPTR_MASK;
	} else {
		aw = VTD_PASID_AW(entry);
		tables.tag = (uint32_t)VTD_PASID_DID(entry);
		tables.first =
			VTD_PASID_PGTT(entry) == VTD_PGTT_FIRST_STAGE || VTD_PASID_PGTT(entry) == VTD_PGTT_NESTED;
		tables.second =
			VTD_PASID_PGTT(entry) == VTD_PGTT_SECOND_STAGE || VTD_PASID_PGTT(entry) == VTD_PGTT_NESTED;
		tables.first_root = entry[2] & VTD_PASID_FSPTPTR_MASK;
		tables.first_top = (unsigned)VTD_PASID_FSPM(entry) + 4;
		tables.second_root = entry[0] & VTD_PASID_SSPTPTR_MASK;
	}
	tables.second_top = (unsigned)aw + 2;
	tables.second_last = walk->rules->iova_last[aw];
	return tables;
}

void vtd_view(struct iommu *iommu, uint32_t stream, uint32_t pasid, struct iommu_view *out)
{
	const struct vtd *unit = vtd_of(iommu);
	struct vtd_walk walk = {0};

	*out = (struct iommu_view){.kind = VIEW_OFF};
	if (unit->state->mode == VTD_MODE_OFF)
		return;
	unsigned fault = find_structures(unit, stream, pasid, &walk);
	if (fault) {
		out->kind = VIEW_BLOCKED;
		out->fault = vtd_fault_reported(&unit->rules, fault);
		return;
	}
	struct tables tables = tables_of(&walk);
	out->tag = tables.tag;
	out->kind = tables.first || tables.second ? VIEW_TABLE : VIEW_PASS_THROUGH;
	out->root = tables.second ? tables.second_root : tables.first ? tables.first_root : 0;
}

/* Where an enumeration of leaves is: one table a level, all on the way to `iova`. */
struct leaf_walk {
	const struct vtd *unit;
	struct tables tables;
	const uint64_t *words[VTD_LEVELS + 1];
	uint64_t rights[VTD_LEVELS + 1]; /* granted by the entries above, as bits of an entry */
	unsigned next[VTD_LEVELS + 1];   /* index of the next entry */
	unsigned level;
	uint64_t iova[VTD_LEVELS + 1]; /* of the table's first entry */
	uint64_t entries;              /* looked at so far */
	view_leaf_fn leaf;
	void *context;
	uint64_t count, limit;
};

/* Hostile tables can refer to each other so that there are 512^5 ways through them. */
#define LEAF_WALK_MAX_ENTRIES (UINT64_C(1) << 22)

/* Through the second stage of nested tables. False: it blocks. */
static bool through_second_stage(struct leaf_walk *at, uint64_t gpa, uint64_t *pa, unsigned *level, unsigned *rights)
{
	const struct vtd_rules *rules = &at->unit->rules;
	uint64_t frame = at->tables.second_root >> FRAME_LG2;

	if (gpa > at->tables.second_last)
		return false;
	*rights = PERM_READ | PERM_WRITE;
	for (unsigned here = at->tables.second_top; here > 0; here--) {
		const uint64_t *words = memory_frame_or_zero(at->unit->memory, frame);
		at->entries++;
		if (!words)
			return false;
		const uint64_t *entry = words + vtd_table_offset(here, gpa) / 8;
		*rights &= (unsigned)entry[0];
		if (!*rights || vtd_entry_is_bad(rules, here, entry))
			return false;
		if (vtd_is_page(rules, here, entry)) {
			*level = here;
			*pa = vtd_page_pa(rules, here, entry, gpa);
			return true;
		}
		frame = VTD_SSTABLE_ADDR(entry);
	}
	return false;
}

static void enter_table(struct leaf_walk *at, uint64_t pa, uint64_t iova, uint64_t rights)
{
	unsigned level, second_rights;

	if (at->tables.first && at->tables.second &&
	    (!through_second_stage(at, pa, &pa, &level, &second_rights) || !(second_rights & PERM_READ)))
		return;
	const uint64_t *words = memory_frame_or_zero(at->unit->memory, pa >> FRAME_LG2);
	if (!words)
		return;
	at->level--;
	at->words[at->level] = words;
	at->rights[at->level] = rights;
	at->iova[at->level] = iova;
	at->next[at->level] = 0;
}

static void found(struct leaf_walk *at, uint64_t iova, uint64_t pa, unsigned level, unsigned rights)
{
	if (at->count < at->limit)
		at->leaf(at->context, iova, pa, vtd_level_lg2(level), rights);
	at->count++;
}

/* The page of a first stage, in pieces as the second stage has it. */
static void found_first(struct leaf_walk *at, uint64_t iova, uint64_t gpa, unsigned level, unsigned rights)
{
	uint64_t bytes = UINT64_C(1) << vtd_level_lg2(level), piece;

	if (!at->tables.second) {
		found(at, iova, gpa, level, rights);
		return;
	}
	for (uint64_t done = 0; done < bytes && at->count <= at->limit && at->entries < LEAF_WALK_MAX_ENTRIES;
	     done += piece) {
		unsigned second_level = 1, second_rights;
		uint64_t pa;
		bool mapped = through_second_stage(at, gpa + done, &pa, &second_level, &second_rights);
		if (second_level > level)
			second_level = level;
		piece = UINT64_C(1) << vtd_level_lg2(second_level);
		if (mapped && rights & second_rights)
			found(at, iova + done, pa, second_level, rights & second_rights);
	}
}

static void look_at_first(struct leaf_walk *at, const uint64_t *entry, uint64_t here)
{
	const struct vtd_rules *rules = &at->unit->rules;
	bool page = entry[0] & rules->first_page_bit[at->level];
	uint64_t granted = at->rights[at->level] & entry[0];

	if (!VTD_FSTABLE_P(entry) || !VTD_FSTABLE_US(&granted) ||
	    entry[0] & (page ? rules->first_page_bad[at->level] : rules->first_table_bad))
		return;
	if (page)
		found_first(at, here, entry[0] & VTD_FSTABLE_ADDR_MASK & ~rules->page_offset[at->level], at->level,
			    VTD_FSTABLE_RW(&granted) ? PERM_READ | PERM_WRITE : PERM_READ);
	else
		enter_table(at, entry[0] & VTD_FSTABLE_ADDR_MASK, here, granted);
}

static void look_at_second(struct leaf_walk *at, const uint64_t *entry, uint64_t here)
{
	const struct vtd_rules *rules = &at->unit->rules;
	uint64_t granted = at->rights[at->level] & entry[0] & (PERM_READ | PERM_WRITE);

	if (!granted || vtd_entry_is_bad(rules, at->level, entry) || here > at->tables.second_last)
		return;
	if (vtd_is_page(rules, at->level, entry))
		found(at, here, vtd_page_pa(rules, at->level, entry, 0), at->level, (unsigned)granted);
	else
		enter_table(at, VTD_SSTABLE_ADDR(entry) << FRAME_LG2, here, granted);
}

/* The next entry of the table at the current level. */
static void look_at_entry(struct leaf_walk *at)
{
	const uint64_t *entry = &at->words[at->level][at->next[at->level]];
	uint64_t here = at->iova[at->level] + ((uint64_t)at->next[at->level] << vtd_level_lg2(at->level));

	at->next[at->level]++;
	at->entries++;
	if (!at->tables.first) {
		look_at_second(at, entry, here);
		return;
	}
	/* The upper half of the first stage's addresses is that of the canonical ones. */
	unsigned bits = at->tables.first_top == 5 ? 57 : 48;
	look_at_first(at, entry, (uint64_t)((int64_t)(here << (64 - bits)) >> (64 - bits)));
}

uint64_t vtd_view_leaves(struct iommu *iommu, uint32_t stream, uint32_t pasid, view_leaf_fn leaf, void *context,
			 uint64_t limit)
{
	struct leaf_walk at = {.unit = vtd_of(iommu), .leaf = leaf, .context = context, .limit = limit};
	struct vtd_walk walk = {0};

	if (at.unit->state->mode == VTD_MODE_OFF || find_structures(at.unit, stream, pasid, &walk) != VTD_FAULT_NONE)
		return 0;
	at.tables = tables_of(&walk);
	if (!at.tables.first && !at.tables.second)
		return 0;
	unsigned top = at.tables.first ? at.tables.first_top : at.tables.second_top;
	at.level = top + 1;
	enter_table(&at, at.tables.first ? at.tables.first_root : at.tables.second_root, 0, UINT64_MAX);
	while (at.level <= top && at.count <= limit && at.entries < LEAF_WALK_MAX_ENTRIES) {
		if (at.next[at.level] == FRAME_BYTES / 8)
			at.level++;
		else
			look_at_entry(&at);
	}
	return at.entries < LEAF_WALK_MAX_ENTRIES || limit == UINT64_MAX ? at.count : limit + 1;
}
