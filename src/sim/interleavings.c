/* SPDX-License-Identifier: MIT */
#include "sim/interleavings.h"

/* --- observations --- */

static void free_observation(gpointer data)
{
	struct observation *observation = data;

	g_free(observation->what);
	g_free(observation);
}

/* Items of one step stay in the order of the invariants: the sort is stable. */
static gint by_place(gconstpointer a, gconstpointer b)
{
	const struct observation *left = *(struct observation *const *)a, *right = *(struct observation *const *)b;

	return left->step < right->step ? -1 : left->step > right->step;
}

struct counting {
	GHashTable *known; /* what, to struct observation * */
	GPtrArray *list;   /* the same */
	const struct run_record *run;
};

static void count_item(void *context, const struct step_record *record, const char *what)
{
	struct counting *counting = context;
	struct observation *observation = g_hash_table_lookup(counting->known, what);

	if (!observation) {
		observation = g_new0(struct observation, 1);
		observation->what = g_strdup(what);
		observation->step = record->step;
		observation->with = counting->run;
		g_hash_table_insert(counting->known, observation->what, observation);
		g_ptr_array_add(counting->list, observation);
	}
	/* The less hardware does, the better it is understood. */
	if (counting->run && counting->run->choices < observation->with->choices)
		observation->with = counting->run;
	observation->positive++;
}

static bool happens_in(const struct scenario *scenario, const struct scenario_tables *tables,
		       const struct run_record *run, const char *what)
{
	struct counting counting = {.known = g_hash_table_new(g_str_hash, g_str_equal),
				    .list = g_ptr_array_new_with_free_func(free_observation)};
	bool there;

	verdict_items(scenario, tables, run, count_item, &counting);
	there = g_hash_table_contains(counting.known, what);
	g_hash_table_unref(counting.known);
	g_ptr_array_unref(counting.list);
	return there;
}

/* The first run in which it does not happen, of those with the fewest choices of hardware's. */
static const struct run_record *without(const struct scenario *scenario, const struct scenario_tables *tables,
					const struct exploration *exploration, const char *what)
{
	const struct run_record *found = NULL;

	for (unsigned i = 0; i < exploration->runs->len && !(found && found->choices == 0); i++) {
		const struct run_record *run = g_ptr_array_index(exploration->runs, i);

		if ((!found || run->choices < found->choices) && !happens_in(scenario, tables, run, what))
			found = run;
	}
	return found;
}

GPtrArray *interleavings_observe(const struct scenario *scenario, const struct scenario_tables *tables,
				 const struct exploration *exploration)
{
	struct counting counting = {.known = g_hash_table_new(g_str_hash, g_str_equal),
				    .list = g_ptr_array_new_with_free_func(free_observation)};

	for (unsigned i = 0; i < exploration->runs->len; i++) {
		counting.run = g_ptr_array_index(exploration->runs, i);
		verdict_items(scenario, tables, counting.run, count_item, &counting);
	}
	for (unsigned i = 0; i < counting.list->len; i++) {
		struct observation *observation = g_ptr_array_index(counting.list, i);

		observation->negative = exploration->runs->len - observation->positive;
		if (observation->negative)
			observation->without = without(scenario, tables, exploration, observation->what);
	}
	g_ptr_array_sort(counting.list, by_place);
	g_hash_table_unref(counting.known);
	return counting.list;
}

char *interleavings_words(const GPtrArray *observations)
{
	GString *out = g_string_new(NULL);

	for (unsigned i = 0; i < observations->len; i++) {
		const struct observation *observation = g_ptr_array_index(observations, i);

		g_string_append_printf(out, "%s%s%s", i ? ", " : "", observation->negative ? "sometimes " : "",
				       observation->what);
	}
	if (out->len == 0)
		g_string_append(out, "safe");
	return g_string_free(out, FALSE);
}

/* --- outcomes --- */

static void free_outcome(gpointer data)
{
	struct outcome_count *outcome = data;

	g_free(outcome->text);
	g_free(outcome);
}

/* Steps that did not do the same in all runs; `same` says when two records are the same. Pointers to struct step. */
static GHashTable *differing_steps(const struct exploration *exploration,
				   bool (*same)(const struct step_record *a, const struct step_record *b))
{
	GHashTable *seen = g_hash_table_new(NULL, NULL), *differing = g_hash_table_new(NULL, NULL);

	for (unsigned i = 0; i < exploration->records->len; i++) {
		struct step_record *record = g_ptr_array_index(exploration->records, i);
		const struct step_record *before = g_hash_table_lookup(seen, record->step);

		if (!before)
			g_hash_table_insert(seen, (gpointer)record->step, record);
		else if (!same(before, record))
			g_hash_table_add(differing, (gpointer)record->step);
	}
	g_hash_table_unref(seen);
	return differing;
}

static bool same_outcome(const struct step_record *a, const struct step_record *b)
{
	return a->violated == b->violated && g_strcmp0(a->outcome, b->outcome) == 0;
}

static gint by_step(gconstpointer a, gconstpointer b)
{
	const struct step_record *left = *(struct step_record *const *)a, *right = *(struct step_record *const *)b;

	return left->step < right->step ? -1 : left->step > right->step;
}

static char *outcome_of(const struct run_record *run, GHashTable *differing)
{
	g_autoptr(GPtrArray) records = g_ptr_array_new();
	GString *out = g_string_new(NULL);

	for (unsigned i = 0; i < run->steps->len; i++) {
		struct step_record *record = g_ptr_array_index(run->steps, i);

		if (g_hash_table_contains(differing, record->step))
			g_ptr_array_add(records, record);
	}
	g_ptr_array_sort(records, by_step);
	for (unsigned i = 0; i < records->len; i++) {
		const struct step_record *record = g_ptr_array_index(records, i);

		if (record->step->label[0])
			g_string_append(out, record->step->label);
		else
			g_string_append_printf(out, "line %u", record->step->place.line);
		g_string_append_printf(out, "=%s%s;%s", record->outcome, record->violated ? " (violation)" : "",
				       i + 1 < records->len ? " " : "");
	}
	return g_string_free(out, FALSE);
}

GPtrArray *interleavings_outcomes(const struct exploration *exploration)
{
	GPtrArray *list = g_ptr_array_new_with_free_func(free_outcome);
	GHashTable *differing = differing_steps(exploration, same_outcome);
	GHashTable *known = g_hash_table_new(g_str_hash, g_str_equal);

	for (unsigned i = 0; i < exploration->runs->len; i++) {
		char *text = outcome_of(g_ptr_array_index(exploration->runs, i), differing);
		struct outcome_count *outcome = g_hash_table_lookup(known, text);

		if (outcome) {
			outcome->count++;
			g_free(text);
			continue;
		}
		outcome = g_new0(struct outcome_count, 1);
		outcome->text = text;
		outcome->count = 1;
		g_hash_table_insert(known, text, outcome);
		g_ptr_array_add(list, outcome);
	}
	g_hash_table_unref(known);
	g_hash_table_unref(differing);
	return list;
}

/* --- against a row --- */

static bool is_refusal(const struct step_record *record)
{
	return record->did == DID_REJECTED || record->did == DID_BLOCKED || record->did == DID_SCRATCH;
}

/* What order-dependent is about: what was refused, and how, and what was blocked. */
static bool same_refusal(const struct step_record *a, const struct step_record *b)
{
	bool refused_a = is_refusal(a), refused_b = is_refusal(b);

	if (!refused_a && !refused_b)
		return true;
	return a->did == b->did && a->error == b->error;
}

static const char *order_dependent_words(const struct expect_row *row)
{
	return row->items[0].kind == OUTCOME_ORDER_DEPENDENT ? "order-dependent" : NULL;
}

/* What the row says happens sometimes: in how many interleavings it does. */
static char *sometimes_differs(const struct scenario_tables *tables, const struct verdict_item *item,
			       const struct exploration *exploration)
{
	unsigned met = 0;

	for (unsigned i = 0; i < exploration->runs->len; i++)
		met += verdict_item_met(item, g_ptr_array_index(exploration->runs, i));
	if (met > 0 && met < exploration->runs->len)
		return NULL;
	g_autofree char *words = verdict_item_words(tables, item);
	return g_strdup_printf("the row says '%s', and that is so in %s of the %u interleavings", words,
			       met ? "every one" : "none", exploration->runs->len);
}

static void add_new(GPtrArray *list, GPtrArray *from)
{
	for (unsigned i = 0; i < from->len; i++)
		if (!g_ptr_array_find_with_equal_func(list, g_ptr_array_index(from, i), g_str_equal, NULL))
			g_ptr_array_add(list, g_strdup(g_ptr_array_index(from, i)));
}

static char *each_differs(const struct scenario *scenario, const struct scenario_tables *tables,
			  const struct expect_row *row, const struct scenario_case *program,
			  const struct exploration *exploration, GHashTable *free_steps,
			  const struct run_record **differing, GPtrArray *also)
{
	for (unsigned i = 0; i < exploration->runs->len; i++) {
		const struct run_record *run = g_ptr_array_index(exploration->runs, i);
		g_autoptr(GPtrArray) others = g_ptr_array_new_with_free_func(g_free);
		g_autofree char *order = NULL, *why = NULL;

		if (verdict_matches(scenario, tables, row, run, free_steps, &why, others)) {
			add_new(also, others);
			continue;
		}
		*differing = run;
		order = exploration_order(program, run);
		return *order ? g_strdup_printf("%s; in %s", why, order) : g_steal_pointer(&why);
	}
	return NULL;
}

bool interleavings_match(const struct scenario *scenario, const struct scenario_tables *tables,
			 const struct expect_row *row, const struct scenario_case *program,
			 const struct exploration *exploration, char **reason, const struct run_record **differing,
			 GPtrArray *also)
{
	GHashTable *refused = order_dependent_words(row) ? differing_steps(exploration, same_refusal) : NULL;

	*differing = NULL;
	*reason = NULL;
	if (exploration->incomplete)
		*reason = g_strdup_printf("incomplete: %u steps were carried out, %u interleavings seen",
					  exploration->steps, exploration->runs->len);
	if (!*reason && refused && g_hash_table_size(refused) == 0)
		*reason = g_strdup_printf("the row says '%s', and the same is refused and blocked in every one of the "
					  "%u interleavings",
					  order_dependent_words(row), exploration->runs->len);
	for (unsigned i = 0; i < row->item_count && !*reason; i++)
		if (row->items[i].sometimes)
			*reason = sometimes_differs(tables, &row->items[i], exploration);
	if (!*reason)
		*reason = each_differs(scenario, tables, row, program, exploration, refused, differing, also);
	if (refused)
		g_hash_table_unref(refused);
	return *reason == NULL;
}
