/* SPDX-License-Identifier: MIT */
#include "sim/order.h"

#include "sim/explore.h"

#include <string.h>

/* At commas, but for those in parentheses. */
static char **split_items(const char *text)
{
	GPtrArray *items = g_ptr_array_new();
	const char *begin = text;
	unsigned depth = 0;

	for (const char *at = text;; at++) {
		if (*at == '(')
			depth++;
		else if (*at == ')' && depth > 0)
			depth--;
		if (*at != '\0' && (*at != ',' || depth > 0))
			continue;
		g_ptr_array_add(items, g_strstrip(g_strndup(begin, (gsize)(at - begin))));
		if (*at == '\0')
			break;
		begin = at + 1;
	}
	g_ptr_array_add(items, NULL);
	return (char **)g_ptr_array_free(items, FALSE);
}

void order_read(struct order *order, const char *text)
{
	/* An empty text is an order with one empty item in it, which is never one. */
	*order = (struct order){.items = text ? split_items(text) : NULL,
				.names = g_ptr_array_new_with_free_func(g_free)};
	order->count = order->items ? g_strv_length(order->items) : 0;
}

void order_clear(struct order *order)
{
	g_strfreev(order->items);
	g_ptr_array_unref(order->names);
	*order = (struct order){.items = NULL};
}

char *order_item(const struct scenario_case *program, const struct step *step)
{
	const char *thread = step->block ? program->blocks[step->block - 1].threads[step->thread] : PARALLEL_OUTSIDE;

	return step->label[0] ? g_strdup_printf("%s:%s", thread, step->label)
			      : g_strdup_printf("%s:%u", thread, step->place.line);
}

const char *order_left(const struct order *order)
{
	return order->at < order->count ? order->items[order->at] : NULL;
}

static void could_be(GString *could, const char *item)
{
	g_string_append_printf(could, "%s%s", could->len ? " or " : "", item);
}

uint32_t order_choose(struct order *order, struct order_choices *choices, uint32_t *index, char **message)
{
	g_autoptr(GString) could = g_string_new(NULL);
	const char *wanted = order_left(order);

	for (uint32_t left = choices->threads; left; left &= left - 1) {
		unsigned choice = (unsigned)__builtin_ctz(left);
		g_autofree char *item = order_item(choices->program,
						   &choices->program->steps[position_step(choices->position, choice)]);

		if (wanted && strcmp(wanted, item) == 0) {
			order->at++;
			return 1u << choice;
		}
		could_be(could, item);
	}
	for (*index = 0; choices->hardware && *index < choices->hardware->len; ++*index) {
		const char *item = g_ptr_array_index(choices->hardware, *index);

		choices->found = wanted && strcmp(wanted, item) == 0;
		if (choices->found) {
			order->at++;
			return 0;
		}
		could_be(could, item);
	}
	if (wanted)
		*message = g_strdup_printf("order: '%s' cannot be next; expected %s", wanted, could->str);
	else
		*message = g_strdup_printf("order: it ends too early; expected %s", could->str);
	return 0;
}

/* "device:probe@3" as thread and effect; false: it is another step's, or within nothing. */
static bool is_within(const struct order *order, const struct position_program *program,
		      const struct position *position, unsigned own, struct split_item *out)
{
	const char *item = order_left(order), *at = strchr(item, '@');
	guint64 gap;

	if (!at || !g_ascii_string_to_unsigned(at + 1, 10, 1, UINT32_MAX, &gap, NULL))
		return false;
	out->gap = (uint32_t)gap;
	for (unsigned i = 0; i < order->names->len; i++) {
		const char *name = g_ptr_array_index(order->names, i);

		out->thread = SPLIT_HARDWARE + i;
		if (strlen(name) == (size_t)(at - item) && strncmp(name, item, strlen(name)) == 0)
			return true;
	}
	for (out->thread = 0; out->thread < SCENARIO_MAX_THREADS && position->block; out->thread++) {
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

		if (!is_within(order, program, &now, thread, &item) || item.gap < before ||
		    schedule->count == SCENARIO_MAX_STEPS) {
			*message = g_strdup_printf("order: '%s' cannot be within the split step", order_left(order));
			return;
		}
		schedule->items[schedule->count++] = item;
		before = item.gap;
		if (item.thread < SPLIT_HARDWARE)
			now = position_after(program, &now, item.thread);
		order->at++;
	}
}

char *exploration_order(const struct scenario_case *program, const struct run_record *run)
{
	GString *out = g_string_new(NULL);

	for (unsigned i = 0; i < run->steps->len; i++) {
		const struct step_record *record = g_ptr_array_index(run->steps, i);
		g_autofree char *item = record->hardware                   ? g_strdup(record->step->text)
					: record->step->block || run->free ? order_item(program, record->step)
									   : NULL;

		if (item)
			g_string_append_printf(out, "%s%s", out->len ? "," : "", item);
		if (item && record->within)
			g_string_append_printf(out, "@%u", record->within);
	}
	return g_string_free(out, FALSE);
}
