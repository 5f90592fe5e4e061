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

char *exploration_order(const struct scenario_case *program, const struct run_record *run)
{
	GString *out = g_string_new(NULL);

	for (unsigned i = 0; i < run->steps->len; i++) {
		const struct step_record *record = g_ptr_array_index(run->steps, i);
		g_autofree char *item = record->step->block ? order_item(program, record->step) : NULL;

		if (item)
			g_string_append_printf(out, "%s%s", out->len ? "," : "", item);
	}
	return g_string_free(out, FALSE);
}
