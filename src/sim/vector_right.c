/* SPDX-License-Identifier: MIT */
#include "sim/vector_right.h"

#include <glib.h>
#include <string.h>

bool vector_has_caveat(const struct vector_request *request, const char *code)
{
	g_auto(GStrv) codes = g_strsplit(request->caveats ? request->caveats : "", " ", -1);

	return g_strv_contains((const char *const *)codes, code);
}

static void unsay(struct vector_outcome *outcome, enum vector_field field)
{
	outcome->fields &= ~(UINT32_C(1) << field);
}

static void unsay_registers(struct vector_outcome *outcome)
{
	unsay(outcome, VECTOR_FSTS);
	unsay(outcome, VECTOR_FRCD_LOW);
	unsay(outcome, VECTOR_FRCD_HIGH);
}

/* The fields of a fault record that follow from the request. */
static void say_requester(struct vector_outcome *outcome, const struct vector_request *request)
{
	vector_say(outcome, VECTOR_SOURCE, request->stream);
	vector_say(outcome, VECTOR_TYPE, request->write ? VECTOR_TYPE_WRITE : VECTOR_TYPE_READ);
}

/* What was measured, without what says nothing. */
static void measured(const struct vector_request *request, struct vector_outcome *out)
{
	bool recorded;

	*out = request->expect;
	recorded = vector_says(out, VECTOR_RECORDED) && out->value[VECTOR_RECORDED];
	if (!recorded) {
		unsay(out, VECTOR_FRCD_LOW);
		unsay(out, VECTOR_FRCD_HIGH);
	}
	if (vector_says(out, VECTOR_PASID_PRESENT) && out->value[VECTOR_PASID_PRESENT] == 0)
		unsay(out, VECTOR_PASID);
}

/* `asked` with what it leaves unsaid taken from what was measured; registers show too much of what differs. */
static void complete(const struct vector_request *request, const struct vector_outcome *asked,
		     struct vector_outcome *out)
{
	struct vector_outcome base;

	measured(request, &base);
	*out = *asked;
	if (asked->result == base.result) {
		uint32_t missing = base.fields & ~asked->fields;

		for (unsigned field = 0; field < VECTOR_FIELD_COUNT; field++)
			if (missing >> field & 1)
				vector_say(out, field, base.value[field]);
		if (asked->reason_count == 0) {
			out->reason_count = base.reason_count;
			memcpy(out->reasons, base.reasons, sizeof(out->reasons));
		}
	} else if (asked->result == VECTOR_FAULT && !vector_says(asked, VECTOR_RECORDED)) {
		vector_say(out, VECTOR_RECORDED, 1);
	}
	if (vector_has_caveat(request, "iotlb-perm-norecord") && !vector_says(asked, VECTOR_RECORDED))
		vector_say(out, VECTOR_RECORDED, 1);
	unsay_registers(out);
	if (out->result != VECTOR_FAULT)
		return;
	if (vector_says(out, VECTOR_RECORDED) && out->value[VECTOR_RECORDED] == 1) {
		say_requester(out, request);
		return;
	}
	for (unsigned field = VECTOR_SOURCE; field <= VECTOR_PASID; field++)
		unsay(out, field);
}

static void add(struct vector_right *right, const struct vector_outcome *outcome)
{
	if (right->count < VECTOR_RIGHT_MAX)
		right->outcomes[right->count++] = *outcome;
}

/* "open": any recorded fault, or a certain one beside what the specification is read to ask for. */
static void add_open(const struct vector_request *request, struct vector_right *right)
{
	struct vector_outcome fault = {.given = true, .result = VECTOR_FAULT};

	if (!request->spec.any_fault && !request->spec.other_reason)
		return;
	vector_say(&fault, VECTOR_RECORDED, 1);
	say_requester(&fault, request);
	if (request->spec.other_reason)
		fault.reasons[fault.reason_count++] = request->spec.other_reason;
	add(right, &fault);
}

/*
 * A cold answer is written with the reasons of the specification; QEMU has legacy ones in scalable mode too
 * (sm-legacy-reason).
 */
static void add_legacy_reasons(struct vector_outcome *outcome)
{
	static const struct {
		uint16_t scalable, legacy;
	} pairs[] = {{0x39, 0x1}, {0x41, 0x2}, {0x7b, 0x3}, {0x84, 0x4}, {0x85, 0x5}, {0x79, 0x5}, {0x86, 0x6},
		     {0x79, 0x6}, {0x78, 0x7}, {0x38, 0x8}, {0x40, 0x9}, {0x3a, 0xa}, {0x42, 0xb}, {0x7a, 0xc}};
	unsigned count = outcome->reason_count;

	for (unsigned i = 0; i < count; i++)
		for (size_t pair = 0; pair < G_N_ELEMENTS(pairs); pair++)
			if (outcome->reasons[i] == pairs[pair].scalable && outcome->reason_count < VECTOR_MAX_REASONS)
				outcome->reasons[outcome->reason_count++] = pairs[pair].legacy;
}

/* What cold caches give; a fault is recorded as the specification asks for. */
static void add_uncached(const struct vector_request *request, bool qemu, struct vector_right *right)
{
	struct vector_outcome uncached = request->uncached, outcome;

	if (qemu)
		add_legacy_reasons(&uncached);
	if (qemu || !request->spec.given || uncached.result != request->spec.result) {
		add(right, &uncached);
		return;
	}
	for (unsigned field = 0; field < VECTOR_FIELD_COUNT; field++)
		if (vector_says(&request->spec, field) && !vector_says(&uncached, field))
			vector_say(&uncached, field, request->spec.value[field]);
	complete(request, &uncached, &outcome);
	add(right, &outcome);
}

static void vtd_right(const struct vector_request *request, bool qemu, struct vector_right *right)
{
	bool caveat = request->spec.given && !qemu;
	struct vector_outcome outcome;

	if (caveat) {
		complete(request, &request->spec, &outcome);
		add(right, &outcome);
		add_open(request, right);
	} else {
		measured(request, &outcome);
		add(right, &outcome);
	}
	if (request->cache && request->uncached.given)
		add_uncached(request, qemu, right);
}

/*
 * S1ContextPtr beyond the OAS with stage 2: a stage-2 translation fault on the CD is as right as C_BAD_STE (IHI 0070
 * 3.4.3, 5.2).
 */
static void add_context_pointer(const struct vector_request *request, struct vector_right *right)
{
	struct vector_outcome fault = {.given = true, .result = VECTOR_FAULT};

	if (!vector_has_caveat(request, "S1CTXPTR_OAS"))
		return;
	vector_say(&fault, VECTOR_EVENT, 0x10);
	vector_say(&fault, VECTOR_EVENT_STREAM, request->stream);
	vector_say(&fault, VECTOR_EVENT_S2, 1);
	vector_say(&fault, VECTOR_EVENT_CLASS, VECTOR_CLASS_CD);
	vector_say(&fault, VECTOR_EVENT_INPUT, request->iova);
	vector_say(&fault, VECTOR_EVENT_RNW, !request->write);
	add(right, &fault);
}

static void smmu_right(const struct vector_request *request, bool qemu, struct vector_right *right)
{
	if (request->spec.given && !qemu) {
		add(right, &request->spec);
		add_context_pointer(request, right);
		return;
	}
	add(right, &request->expect);
	if (request->cache && request->uncached.given)
		add(right, &request->uncached);
}

void vector_right_of(const struct vector_request *request, enum vector_engine engine, bool qemu,
		     struct vector_right *right)
{
	*right = (struct vector_right){.loose = request->spec.given && !qemu};
	if (engine == VECTOR_VTD)
		vtd_right(request, qemu, right);
	else
		smmu_right(request, qemu, right);
	right->stale_too = engine == VECTOR_VTD && right->loose && request->cache;
}
