/* SPDX-License-Identifier: MIT */
#include "sim/order.h"

#include "sim/explore.h"

#include <string.h>

void order_read(struct order *order, const char *text)
{
	/* An empty text is an order with nothing in it, which is never one. */
	*order = (struct order){.items = text ? g_strsplit(*text ? text : " ", ",", -1) : NULL};
	order->count = order->items ? g_strv_length(order->items) : 0;
	for (unsigned i = 0; i < order->count; i++)
		g_strstrip(order->items[i]);
}

void order_clear(struct order *order)
{
	g_strfreev(order->items);
	*order = (struct order){.items = NULL};
}

char *order_item(const struct scenario_case *program, const struct step *step)
{
	const char *thread = program->blocks[step->block - 1].threads[step->thread];

	return step->label[0] ? g_strdup_printf("%s:%s", thread, step->label)
			      : g_strdup_printf("%s:%u", thread, step->place.line);
}

const char *order_left(const struct order *order)
{
	return order->at < order->count ? order->items[order->at] : NULL;
}

uint32_t order_choose(struct order *order, const struct scenario_case *program, const struct position *position,
		      uint32_t choices, char **message)
{
	g_autoptr(GString) could = g_string_new(NULL);
	const char *wanted = order_left(order);

	for (uint32_t left = choices; left; left &= left - 1) {
		unsigned choice = (unsigned)__builtin_ctz(left);
		g_autofree char *item = order_item(program, &program->steps[position_step(position, choice)]);

		if (wanted && strcmp(wanted, item) == 0) {
			order->at++;
			return 1u << choice;
		}
		g_string_append_printf(could, "%s%s", could->len ? " or " : "", item);
	}
	if (wanted)
		*message = g_strdup_printf("order: '%s' cannot be next; expected %s", wanted, could->str);
	else
		*message = g_strdup_printf("order: it ends too early; expected %s", could->str);
	return 0;
}

/* "device:probe@3" as thread and effect; false: it is another step's, or within nothing. */
static bool is_within(const char *item, const struct position_program *program, const struct position *position,
		      unsigned own, struct split_item *out)
{
	const char *at = strchr(item, '@');
	guint64 gap;

	if (!at || !g_ascii_string_to_unsigned(at + 1, 10, 1, UINT32_MAX, &gap, NULL))
		return false;
	out->gap = (uint32_t)gap;
	for (out->thread = 0; out->thread < SCENARIO_MAX_THREADS; out->thread++) {
		uint32_t index = position->next[out->thread];
		g_autofree char *name = NULL;

		if (out->thread == own || index == POSITION_NO_STEP)
			continue;
		name = order_item(program->program, &program->program->steps[index]);
		if (strlen(name) == (size_t)(at - item) && strncmp(name, item, strlen(name)) == 0)
			return split_can_be_within(&program->program->steps[index]);
	}
	return false;
}

void order_within(struct order *order, const struct position_program *program, const struct position *position,
		  unsigned thread, struct split_schedule *schedule, char **message)
{
	struct position now = *position;
	uint32_t before = 1;

	while (order_left(order) && strchr(order_left(order), '@')) {
		struct split_item item;

		if (!is_within(order_left(order), program, &now, thread, &item) || item.gap < before) {
			*message = g_strdup_printf("order: '%s' cannot be within the split step", order_left(order));
			return;
		}
		schedule->items[schedule->count++] = item;
		before = item.gap;
		now = position_after(program, &now, item.thread);
		order->at++;
	}
}

char *exploration_order(const struct scenario_case *program, const struct run_record *run)
{
	GString *out = g_string_new(NULL);

	for (unsigned i = 0; i < run->steps->len; i++) {
		const struct step_record *record = g_ptr_array_index(run->steps, i);
		g_autofree char *item = record->step->block ? order_item(program, record->step) : NULL;

		if (item)
			g_string_append_printf(out, "%s%s", out->len ? "," : "", item);
		if (item && record->within)
			g_string_append_printf(out, "@%u", record->within);
	}
	return g_string_free(out, FALSE);
}
