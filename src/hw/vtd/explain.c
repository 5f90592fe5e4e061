/* SPDX-License-Identifier: MIT */
/* Looking without touching: the traced walk. No cache, no fault record, no flag, no register changes. */
#include "hw/vtd/decide.h"
#include "hw/vtd/engine.h"
#include "hw/vtd/interrupt.h"
#include "hw/vtd/walk.h"

#define ROWS(name) name, sizeof(name) / sizeof((name)[0])

static const struct field_row root_rows[] = FIELD_ROWS(VTD_ROOT_FIELDS);
static const struct field_row context_rows[] = FIELD_ROWS(VTD_CONTEXT_FIELDS);
static const struct field_row table_rows[] = FIELD_ROWS(VTD_SSTABLE_FIELDS);
static const struct field_row page4k_rows[] = FIELD_ROWS(VTD_SSPAGE4K_FIELDS);
static const struct field_row page2m_rows[] = FIELD_ROWS(VTD_SSPAGE2M_FIELDS);
static const struct field_row page1g_rows[] = FIELD_ROWS(VTD_SSPAGE1G_FIELDS);
static const struct field_row smroot_rows[] = FIELD_ROWS(VTD_SMROOT_FIELDS);
static const struct field_row smcontext_rows[] = FIELD_ROWS(VTD_SMCONTEXT_FIELDS);
static const struct field_row pasiddir_rows[] = FIELD_ROWS(VTD_PASIDDIR_FIELDS);
static const struct field_row pasid_rows[] = FIELD_ROWS(VTD_PASID_FIELDS);
static const struct field_row first_table_rows[] = FIELD_ROWS(VTD_FSTABLE_FIELDS);
static const struct field_row first_page4k_rows[] = FIELD_ROWS(VTD_FSPAGE4K_FIELDS);
static const struct field_row first_page2m_rows[] = FIELD_ROWS(VTD_FSPAGE2M_FIELDS);
static const struct field_row first_page1g_rows[] = FIELD_ROWS(VTD_FSPAGE1G_FIELDS);

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

static const struct form first_stage[VTD_LEVELS + 1][2] = {
	[5] = {{"FS-PML5E", "9.7 table 34", ROWS(first_table_rows)},
	       {"FS-PML5E", "9.7 table 34", ROWS(first_table_rows)}},
	[4] = {{"FS-PML4E", "9.7 table 35", ROWS(first_table_rows)},
	       {"FS-PML4E", "9.7 table 35", ROWS(first_table_rows)}},
	[3] = {{"FS-PDPE", "9.7 table 37", ROWS(first_table_rows)},
	       {"FS-PDPE", "9.7 table 36", ROWS(first_page1g_rows)}},
	[2] = {{"FS-PDE", "9.7 table 39", ROWS(first_table_rows)}, {"FS-PDE", "9.7 table 38", ROWS(first_page2m_rows)}},
	[1] = {{"FS-PTE", "9.7 table 40", ROWS(first_page4k_rows)},
	       {"FS-PTE", "9.7 table 40", ROWS(first_page4k_rows)}},
};

static const struct form structures[] = {
	[VTD_STAGE_ROOT] = {"root entry", "9.1", ROWS(root_rows)},
	[VTD_STAGE_CONTEXT] = {"context entry", "9.3", ROWS(context_rows)},
	[VTD_STAGE_SMROOT] = {"scalable-mode root entry", "9.2", ROWS(smroot_rows)},
	[VTD_STAGE_SMCONTEXT] = {"scalable-mode context entry", "9.4", ROWS(smcontext_rows)},
	[VTD_STAGE_PASIDDIR] = {"PASID-directory entry", "9.5", ROWS(pasiddir_rows)},
	[VTD_STAGE_PASID] = {"PASID-table entry", "9.6", ROWS(pasid_rows)},
};

static struct form form_of(const struct vtd_walk *walk, unsigned stage, const uint64_t *entry)
{
	if (stage == VTD_STAGE_SECOND || stage == VTD_STAGE_SECOND_LAST)
		return second_stage[walk->level][vtd_is_page(walk->rules, walk->level, entry)];
	if (stage == VTD_STAGE_FIRST)
		return first_stage[walk->first_level][(entry[0] & walk->rules->first_page_bit[walk->first_level]) != 0];
	return structures[stage];
}

static const uint64_t *read_traced(struct vtd_walk *walk, enum vtd_walk_stage stage, uint64_t frame, uint64_t offset,
				   unsigned bytes)
{
	const uint64_t *words = memory_frame_or_zero(walk->memory, frame);

	walk->stage = stage;
	walk->reads++;
	if (!words) {
		vtd_walk_lose(walk, frame, (unsigned)offset);
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
			.guest = stage == VTD_STAGE_FIRST && walk->second,
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
#define UPDATE(walk, at_stage, frame, offset, old, bits, done) ((done) = true)
#define FIND_PASID(walk)                                       NULL
#include "hw/vtd/walk.inc"

unsigned vtd_walk_look(struct vtd_walk *walk)
{
	return walk_traced(walk);
}

void vtd_explain(struct iommu *iommu, const struct request *request, walk_trace_fn trace, void *context,
		 struct translation *out)
{
	struct vtd *unit = vtd_of(iommu);
	unsigned end;

	*out = (struct translation){0};
	if (!vtd_decide_early(unit, request, out, &end)) {
		struct vtd_walk walk = {0};
		vtd_walk_ask(&walk, unit, request, false, unit->state->mode == VTD_MODE_SCALABLE);
		walk.trace = trace;
		walk.trace_context = context;
		end = walk_traced(&walk);
		end = vtd_deviate(&unit->rules, end, walk.scalable, walk.level, walk.pa);
		vtd_answer(&walk, end, out);
		if (request->at == AT_TRANSLATION_REQUEST) {
			struct vtd_found found;
			vtd_walk_found(&walk, end, &found);
			vtd_ats_complete(&unit->rules, request, end, &found, out);
		}
		if (vtd_answers_without_rights(request->at, end))
			return;
	} else if (request->at == AT_TRANSLATION_REQUEST) {
		vtd_ats_complete(&unit->rules, request, end, NULL, out);
	}
	if (end == VTD_FAULT_NONE && out->result == TRANSLATE_INTERRUPT) {
		vtd_interrupt_explain(unit, request, trace, context, out);
	} else if (end != VTD_FAULT_NONE) {
		out->result = TRANSLATE_FAULT;
		out->fault = vtd_fault_reported(&unit->rules, end);
	}
}

/* The snoop bit of the page (9.8), as the IOTLB or memory has it, or of the PASID-table entry (9.6). */
bool vtd_snoops(struct iommu *iommu, const struct request *request)
{
	struct vtd *unit = vtd_of(iommu);
	struct translation out = {0};
	struct vtd_walk walk = {0};
	struct vtd_found found;
	unsigned end;

	if (request->at != AT_UNTRANSLATED || vtd_decide_early(unit, request, &out, &end))
		return false;
	const struct vtd_iotlb_entry *entry = vtd_iotlb_find(
		&unit->caches, request->address, vtd_iotlb_source((uint16_t)request->stream, request->pasid));
	if (entry)
		return entry->non_snooped;
	vtd_walk_ask(&walk, unit, request, false, unit->state->mode == VTD_MODE_SCALABLE);
	end = walk_traced(&walk);
	vtd_walk_found(&walk, end, &found);
	return found.non_snooped;
}
