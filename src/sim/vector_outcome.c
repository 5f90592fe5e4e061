/* SPDX-License-Identifier: MIT */
#include "sim/vector_outcome.h"

#include <glib.h>

#define HEX "0x%" G_GINT64_MODIFIER "x"

struct record_field {
	enum vector_field field;
	struct field_row row;
	bool keeps_place; /* an address: its low bits are not moved down */
};

/* VT-d 11.4.7.6: FRCD */
static const struct record_field fault_fields[] = {
	{VECTOR_SOURCE, {"SID", 1, 15, 0, "11.4.7.6"}, false},
	{VECTOR_TYPE, {"T1", 1, 62, 62, "11.4.7.6"}, false},
	{VECTOR_FAULT_INFO, {"FI", 0, 63, 12, "11.4.7.6"}, true},
	{VECTOR_PASID_PRESENT, {"PP", 1, 31, 31, "11.4.7.6"}, false},
	{VECTOR_PASID, {"PV", 1, 59, 40, "11.4.7.6"}, false},
};

/* IHI 0070 7.3: event records */
static const struct record_field any_event_fields[] = {
	{VECTOR_EVENT, {"TYPE", 0, 7, 0, "7.3"}, false},
	{VECTOR_EVENT_SSV, {"SSV", 0, 11, 11, "7.3"}, false},
	{VECTOR_EVENT_STREAM, {"StreamID", 0, 63, 32, "7.3"}, false},
	{VECTOR_EVENT_STALL, {"STALL", 1, 31, 31, "7.3"}, false},
	{VECTOR_EVENT_PNU, {"PnU", 1, 33, 33, "7.3"}, false},
	{VECTOR_EVENT_IND, {"InD", 1, 34, 34, "7.3"}, false},
	{VECTOR_EVENT_RNW, {"RnW", 1, 35, 35, "7.3"}, false},
	{VECTOR_EVENT_S2, {"S2", 1, 39, 39, "7.3"}, false},
	{VECTOR_EVENT_CLASS, {"CLASS", 1, 41, 40, "7.3"}, false},
	{VECTOR_EVENT_INPUT, {"InputAddr", 2, 63, 0, "7.3"}, false},
	{VECTOR_EVENT_IPA, {"IPA", 3, 51, 12, "7.3"}, true},
	{VECTOR_EVENT_FETCH, {"FetchAddr", 3, 55, 3, "7.3"}, true},
};

static void say_fields(struct vector_outcome *out, const struct record_field *fields, size_t count,
		       const uint64_t *record)
{
	for (size_t i = 0; i < count; i++)
		vector_say(out, fields[i].field,
			   fields[i].keeps_place ? record[fields[i].row.word] & field_mask(&fields[i].row)
						 : field_value(record, &fields[i].row));
}

static void vtd_outcome(struct iommu *unit, const struct translation *translation, struct vector_outcome *out)
{
	vector_say(out, VECTOR_RECORDED, translation->recorded);
	vector_say(out, VECTOR_FSTS, unit->ops->read_register(unit, VECTOR_VTD_FSTS, 4));
	if (out->result != VECTOR_FAULT)
		return;
	out->reasons[out->reason_count++] = translation->fault;
	if (!translation->recorded)
		return;
	say_fields(out, fault_fields, G_N_ELEMENTS(fault_fields), translation->record);
	vector_say(out, VECTOR_FRCD_LOW, unit->ops->read_register(unit, VECTOR_VTD_FRCD, 8));
	vector_say(out, VECTOR_FRCD_HIGH, unit->ops->read_register(unit, VECTOR_VTD_FRCD + 8, 8));
}

void vector_outcome_of(struct iommu *unit, enum vector_engine engine, const struct translation *translation,
		       struct vector_outcome *out)
{
	*out = (struct vector_outcome){.given = true, .result = VECTOR_FAULT};
	if (translation->result == TRANSLATE_OK) {
		out->result = VECTOR_OK;
		vector_say(out, VECTOR_PA, translation->pa);
	} else if (translation->result == TRANSLATE_INTERRUPT) {
		out->result = VECTOR_INTERRUPT;
	} else if (engine == VECTOR_SMMUV3 && !translation->recorded) {
		out->result = VECTOR_ABORT;
	}
	if (engine == VECTOR_VTD)
		vtd_outcome(unit, translation, out);
	else if (out->result == VECTOR_FAULT)
		say_fields(out, any_event_fields, G_N_ELEMENTS(any_event_fields), translation->record);
}

/* The PASID of a fault record without one (PP 0) means nothing (11.4.7.6). */
static uint64_t meaningless(const struct vector_outcome *expected, enum vector_field field)
{
	if (field == VECTOR_FRCD_HIGH && !expected->value[VECTOR_PASID_PRESENT])
		return FIELD_MASK(59, 40);
	return 0;
}

static bool has_reason(const struct vector_outcome *expected, unsigned reason)
{
	for (unsigned i = 0; i < expected->reason_count; i++)
		if (expected->reasons[i] == reason)
			return true;
	return expected->reason_count == 0;
}

bool vector_outcome_agrees(const struct vector_outcome *expected, const struct vector_outcome *got)
{
	if (!expected->given || expected->result != got->result ||
	    !has_reason(expected, got->reason_count ? got->reasons[0] : 0))
		return false;
	for (unsigned field = 0; field < VECTOR_FIELD_COUNT; field++)
		if (vector_says(expected, field) &&
		    !(vector_says(got, field) &&
		      ((expected->value[field] ^ got->value[field]) & ~meaningless(expected, field)) == 0))
			return false;
	return true;
}

char *vector_outcome_text(const struct vector_outcome *outcome)
{
	static const char *const results[] = {[VECTOR_OK] = "ok",
					      [VECTOR_FAULT] = "fault",
					      [VECTOR_ABORT] = "abort",
					      [VECTOR_INTERRUPT] = "interrupt"};
	g_autoptr(GString) text = g_string_new(results[outcome->result]);

	for (unsigned i = 0; i < outcome->reason_count; i++)
		g_string_append_printf(text, "%s0x%x", i ? " or " : " ", outcome->reasons[i]);
	for (unsigned field = 0; field < VECTOR_FIELD_COUNT; field++)
		if (vector_says(outcome, field))
			g_string_append_printf(text, ", %s " HEX, vector_field_name(field), outcome->value[field]);
	for (unsigned i = 0; i < outcome->flag_count; i++)
		g_string_append_printf(text, ", [" HEX "] " HEX, outcome->flags[i].pa, outcome->flags[i].value);
	return g_strdup(text->str);
}
