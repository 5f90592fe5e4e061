/* SPDX-License-Identifier: MIT */
/*
 * Looking without touching: the traced walk, and views of what memory says right now. No cache, no fault record, no
 * register changes.
 */
#include "hw/vtd/decide.h"
#include "hw/vtd/engine.h"
#include "hw/vtd/walk.h"

#define ROWS(name) name, sizeof(name) / sizeof((name)[0])

static const struct field_row root_rows[] = FIELD_ROWS(VTD_ROOT_FIELDS);
static const struct field_row context_rows[] = FIELD_ROWS(VTD_CONTEXT_FIELDS);
static const struct field_row table_rows[] = FIELD_ROWS(VTD_SSTABLE_FIELDS);
static const struct field_row page4k_rows[] = FIELD_ROWS(VTD_SSPAGE4K_FIELDS);
static const struct field_row page2m_rows[] = FIELD_ROWS(VTD_SSPAGE2M_FIELDS);
static const struct field_row page1g_rows[] = FIELD_ROWS(VTD_SSPAGE1G_FIELDS);

struct form { /* how a structure is called and decoded */
	const char *name, *section;
	const struct field_row *rows;
	size_t count;
};

/* By level and whether the entry maps a page. */
static const struct form second_stage[VTD_LEVELS + 1][2] = {
	[5] = {{"SS-PML5E", "9.8 table 41", ROWS(table_rows)}, {"SS-PML5E", "9.8 table 41", ROWS(table_rows)}},
	[4] = {{"SS-PML4E", "9.8 table 42", ROWS(table_rows)}, {"SS-PML4E", "9.8 table 42", ROWS(table_rows)}},
	[3] = {{"SS-PDPE", "9.8 table 44", ROWS(table_rows)}, {"SS-PDPE", "9.8 table 43", ROWS(page1g_rows)}},
	[2] = {{"SS-PDE", "9.8 table 46", ROWS(table_rows)}, {"SS-PDE", "9.8 table 45", ROWS(page2m_rows)}},
	[1] = {{"SS-PTE", "9.8 table 47", ROWS(page4k_rows)}, {"SS-PTE", "9.8 table 47", ROWS(page4k_rows)}},
};

static struct form form_of(const struct vtd_walk *walk, unsigned stage, const uint64_t *entry)
{
	if (stage == VTD_STAGE_ROOT)
		return (struct form){"root entry", "9.1", ROWS(root_rows)};
	if (stage == VTD_STAGE_CONTEXT)
		return (struct form){"context entry", "9.3", ROWS(context_rows)};
	return second_stage[walk->level][vtd_is_page(walk->rules, walk->level, entry)];
}

static const uint64_t *read_traced(struct vtd_walk *walk, enum vtd_walk_stage stage, uint64_t frame, unsigned offset,
				   unsigned bytes)
{
	const uint64_t *words = memory_frame_or_zero(walk->memory, frame);

	walk->stage = stage;
	if (!words) {
		vtd_walk_lose(walk, frame, offset);
		return NULL;
	}
	words += offset / 8;
	if (walk->trace) {
		struct form form = form_of(walk, stage, words);
		struct walk_step step = {
			.structure = form.name,
			.section = form.section,
			.fields = form.rows,
			.field_count = (uint8_t)form.count,
			.word_count = (uint8_t)(bytes / 8),
			.pa = frame << FRAME_LG2 | offset,
		};
		for (unsigned i = 0; i < bytes / 8; i++)
			step.words[i] = words[i];
		walk->trace(walk->trace_context, &step);
	}
	return words;
}

#define WALK_NAME    walk_traced
#define WALK_LINKAGE __attribute__((noinline))
#define WALK_STOPS   true
#define WALK_BEGIN(walk)
#define WALK_END
#define READ(walk, at_stage, frame, offset, bytes, entry) \
	((entry) = read_traced((walk), (at_stage), (frame), (offset), (bytes)))
#include "hw/vtd/walk.inc"

void vtd_explain(struct iommu *iommu, const struct request *request, walk_trace_fn trace, void *context,
		 struct translation *out)
{
	const struct vtd *unit = vtd_of(iommu);
	unsigned end;

	*out = (struct translation){0};
	if (!vtd_decide_early(unit, request, out, &end)) {
		struct vtd_walk walk = {0};
		vtd_walk_ask(&walk, unit, request, false);
		walk.trace = trace;
		walk.trace_context = context;
		end = vtd_deviate(&unit->rules, walk_traced(&walk), walk.level, walk.pa);
		vtd_answer(&walk, end, out);
		if (vtd_answers_without_rights(request->at, end))
			return;
	}
	if (end != VTD_FAULT_NONE) {
		out->result = TRANSLATE_FAULT;
		out->fault = vtd_fault_reported(&unit->rules, end);
	}
}

/* Finds the requester's context entry. VTD_FAULT_NONE: `walk` holds it. */
static unsigned find_context(const struct vtd *unit, uint32_t stream, uint32_t pasid, struct vtd_walk *walk)
{
	struct request request = {.stream = stream, .pasid = pasid};
	struct translation unused = {0};
	unsigned fault;

	/* Address 0, no length: nothing but the mode and PASID can decide it early. */
	if (vtd_decide_early(unit, &request, &unused, &fault))
		return fault;
	vtd_walk_ask(walk, unit, &request, false);
	walk->context_alone = true;
	return walk_traced(walk);
}

void vtd_view(struct iommu *iommu, uint32_t stream, uint32_t pasid, struct iommu_view *out)
{
	const struct vtd *unit = vtd_of(iommu);
	struct vtd_walk walk = {0};

	*out = (struct iommu_view){.kind = VIEW_OFF};
	if (unit->state->mode == VTD_MODE_OFF)
		return;
	unsigned fault = find_context(unit, stream, pasid, &walk);
	if (fault) {
		out->kind = VIEW_BLOCKED;
		out->fault = vtd_fault_reported(&unit->rules, fault);
		return;
	}
	out->tag = (uint32_t)VTD_CONTEXT_DID(walk.context);
	out->kind = VTD_CONTEXT_TT(walk.context) == VTD_TT_PASS_THROUGH ? VIEW_PASS_THROUGH : VIEW_TABLE;
	if (out->kind == VIEW_TABLE)
		out->root = walk.context[0] & VTD_CONTEXT_SSPTPTR_MASK;
}

/* Where an enumeration of leaves is: one table a level, all on the way to `iova`. */
struct leaf_walk {
	const struct vtd *unit;
	const uint64_t *tables[VTD_LEVELS + 1];
	uint8_t rights[VTD_LEVELS + 1]; /* granted by the entries above */
	unsigned next[VTD_LEVELS + 1];  /* index of the next entry */
	unsigned level;
	uint64_t iova[VTD_LEVELS + 1]; /* of the table's first entry */
	uint64_t entries;              /* looked at so far */
};

/* Hostile tables can refer to each other so that there are 512^5 ways through them. */
#define LEAF_WALK_MAX_ENTRIES (UINT64_C(1) << 22)

static void enter_table(struct leaf_walk *at, uint64_t frame, uint64_t iova, uint8_t rights)
{
	const uint64_t *words = memory_frame_or_zero(at->unit->memory, frame);

	if (!words)
		return;
	at->level--;
	at->tables[at->level] = words;
	at->rights[at->level] = rights;
	at->iova[at->level] = iova;
	at->next[at->level] = 0;
}

/* The next entry of the table at the current level. True: it is a leaf with rights. */
static bool look_at_entry(struct leaf_walk *at, uint64_t *iova, uint64_t *pa, unsigned *level, unsigned *rights)
{
	const uint64_t *entry = &at->tables[at->level][at->next[at->level]];
	uint64_t here = at->iova[at->level] + ((uint64_t)at->next[at->level] << vtd_level_lg2(at->level));
	uint8_t granted = at->rights[at->level] & (uint8_t)entry[0];

	at->next[at->level]++;
	at->entries++;
	if (!granted || vtd_entry_is_bad(&at->unit->rules, at->level, entry))
		return false;
	if (!vtd_is_page(&at->unit->rules, at->level, entry)) {
		enter_table(at, VTD_SSTABLE_ADDR(entry), here, granted);
		return false;
	}
	*iova = here;
	*pa = vtd_page_pa(&at->unit->rules, at->level, entry, 0);
	*level = at->level;
	*rights = granted;
	return true;
}

uint64_t vtd_view_leaves(struct iommu *iommu, uint32_t stream, uint32_t pasid, view_leaf_fn leaf, void *context,
			 uint64_t limit)
{
	struct leaf_walk at = {.unit = vtd_of(iommu)};
	struct vtd_walk walk = {0};
	uint64_t count = 0;

	if (at.unit->state->mode == VTD_MODE_OFF || find_context(at.unit, stream, pasid, &walk) != VTD_FAULT_NONE ||
	    VTD_CONTEXT_TT(walk.context) == VTD_TT_PASS_THROUGH)
		return 0;
	unsigned top = (unsigned)VTD_CONTEXT_AW(walk.context) + 2;
	uint64_t last = at.unit->rules.iova_last[VTD_CONTEXT_AW(walk.context)];
	at.level = top + 1;
	enter_table(&at, VTD_CONTEXT_SSPTPTR(walk.context), 0, PERM_READ | PERM_WRITE);
	while (at.level <= top && count <= limit && at.entries < LEAF_WALK_MAX_ENTRIES) {
		uint64_t iova, pa;
		unsigned level, rights;
		if (at.next[at.level] == FRAME_BYTES / 8) {
			at.level++;
		} else if (look_at_entry(&at, &iova, &pa, &level, &rights)) {
			if (iova > last)
				break;
			if (count < limit)
				leaf(context, iova, pa, vtd_level_lg2(level), rights);
			count++;
		}
	}
	return at.entries < LEAF_WALK_MAX_ENTRIES || limit == UINT64_MAX ? count : limit + 1;
}
