/* SPDX-License-Identifier: MIT */
#include "check/check.h"

#include "base/assert.h"
#include "check/invariants.h"
#include "model/rows.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
const struct invariant *const invariants[] = {
	&dma_confined,
	&group_single_owner,
	&access_implies_context,
	&p2p_contained,
	&rid_attributable,
	&unmap_effective,
	&pin_outlives_translation,
	&ats_trust,
	&pasid_exclusive,
	&pasid_quiesced_reuse,
	&nest_bounded,
	&request_scoped,
	&msi_isolated,
	&resv_honoured,
	&t0_no_private,
	&t1_run_gated,
	&dma_handle_epoch,
	&private_mmio_exclusive,
	&teardown_order,
	&no_silent_drop,
	&coherent_dma,
	&dirty_complete,
	NULL,
};
/* clang-format on */

#define INVARIANT_COUNT (sizeof(invariants) / sizeof(invariants[0]) - 1)

struct check {
	const struct machine *machine;
	const struct model *model;
	const struct check_eyes *eyes;
	/* Per invariant: the subjects that are broken, ascending. In the arena. */
	struct rows broken[INVARIANT_COUNT];
	/* Of the event that is judged. */
	struct findings *out;
	unsigned current; /* invariant */
	bool turning;     /* subjects may be named */
	uint32_t *now;    /* those that the step names as broken */
	uint32_t now_count;
	struct check_view *views;
	bool *viewed; /* per device: views[] is of this event */
};

unsigned invariant_count(void)
{
	return INVARIANT_COUNT;
}

int invariant_by_name(const char *name)
{
	for (unsigned i = 0; i < INVARIANT_COUNT; i++)
		if (strcmp(invariants[i]->name, name) == 0)
			return (int)i;
	return -1;
}

static void *allocate(size_t count, size_t bytes)
{
	void *memory = calloc(count + 1, bytes);
	if (!memory)
		abort();
	return memory;
}

struct check *check_new(struct arena *arena, const struct machine *machine, const struct model *model,
			const struct check_eyes *eyes)
{
	struct check *check = allocate(1, sizeof(*check));

	check->machine = machine;
	check->model = model;
	check->eyes = eyes;
	check->now = allocate(CHECK_MAX_SUBJECTS, sizeof(*check->now));
	check->views = allocate(machine->device_count, sizeof(*check->views));
	check->viewed = allocate(machine->device_count, sizeof(*check->viewed));
	for (unsigned i = 0; i < INVARIANT_COUNT; i++)
		if (invariants[i]->state)
			rows_open(&check->broken[i], arena, invariants[i]->name, sizeof(uint32_t), CHECK_MAX_SUBJECTS,
				  ARENA_HASHED);
	return check;
}

void check_free(struct check *check)
{
	if (!check)
		return;
	free(check->now);
	free(check->views);
	free(check->viewed);
	free(check);
}

/* --- subjects --- */

static int compare_subjects(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
	return a < b ? -1 : a > b;
}

/* What the step named becomes what is broken. */
static void settle(struct check *check)
{
	struct rows *rows = &check->broken[check->current];

	qsort(check->now, check->now_count, sizeof(*check->now), compare_subjects);
	while (rows_count(rows) < check->now_count)
		rows_insert(rows, rows_count(rows));
	rows_truncate(rows, check->now_count);
	memcpy(rows_at(rows, 0), check->now, check->now_count * sizeof(*check->now));
}

bool check_was_broken(const struct check *check, uint32_t subject)
{
	IOSIM_ASSERT(invariants[check->current]->state);
	const struct rows *rows = &check->broken[check->current];
	return bsearch(&subject, rows_at(rows, 0), rows_count(rows), sizeof(subject), compare_subjects) != NULL;
}

bool check_turned(struct check *check, uint32_t subject, bool broken)
{
	IOSIM_ASSERT(check->turning);
	if (!broken || check->now_count == CHECK_MAX_SUBJECTS)
		return false;
	check->now[check->now_count++] = subject;
	return !check_was_broken(check, subject);
}

uint32_t check_pair(const struct check *check, uint16_t a, uint16_t b)
{
	return (uint32_t)a * check->machine->device_count + b;
}

void check_event(struct check *check, const struct check_event *event, struct findings *out)
{
	check->out = out;
	memset(check->viewed, 0, check->machine->device_count);
	for (unsigned i = 0; i < INVARIANT_COUNT; i++) {
		check->current = i;
		check->turning = event->kind == CHECK_STEP && invariants[i]->state;
		check->now_count = 0;
		invariants[i]->judge(check, event);
		if (check->turning)
			settle(check);
	}
	check->turning = false;
	check->out = NULL;
}

/* --- for the invariants --- */

static struct finding *find_same(struct findings *in, const struct finding *finding)
{
	for (uint32_t i = 0; i < in->count; i++) {
		struct finding *known = &in->list[i];

		if (known->invariant == finding->invariant && known->step == finding->step &&
		    strcmp(known->text, finding->text) == 0)
			return known;
	}
	return NULL;
}

void check_report(struct check *check, const struct check_event *event, const char *format, ...)
{
	struct findings *out = check->out;
	struct finding finding = {.invariant = (uint16_t)check->current, .step = event->step, .times = 1};
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(finding.text, sizeof(finding.text), format, arguments);
	va_end(arguments);
	out->violated |= UINT64_C(1) << finding.invariant;
	struct finding *known = find_same(out, &finding);
	if (known)
		known->times++;
	else if (out->count == CHECK_MAX_FINDINGS)
		out->dropped++;
	else
		out->list[out->count++] = finding;
}

const struct machine *check_machine(const struct check *check)
{
	return check->machine;
}

const struct model *check_model(const struct check *check)
{
	return check->model;
}

const struct check_eyes *check_eyes(const struct check *check)
{
	return check->eyes;
}

const struct check_view *check_view_now(struct check *check, uint16_t device)
{
	if (!check->viewed[device]) {
		check->eyes->view(check->eyes->context, device, &check->views[device]);
		check->viewed[device] = true;
	}
	return &check->views[device];
}

const char *check_device_name(const struct check *check, uint16_t device)
{
	return device < check->machine->device_count ? check->machine->devices[device].name : "some device";
}

const char *check_owner_name(const struct check *check, uint16_t owner)
{
	return owner < check->machine->owner_count ? check->machine->owners[owner].name : "nobody";
}
