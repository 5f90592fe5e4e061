/* SPDX-License-Identifier: MIT */
/*
 * Verdicts: "safe", or "violates INVARIANT at LABEL", "rejected ERRNO at LABEL", and "fault", "availability",
 * "scratch", "self-harm", "crash" at LABEL, each with "sometimes" before it where only some interleavings are meant; or
 * a list of these in step order. Or "order-dependent".
 */
#include "scenario/rows.h"

#include "scenario/schema.h"

#include <string.h>

static const char *const outcome_names[] = {
	[OUTCOME_VIOLATES] = "violates",
	[OUTCOME_REJECTED] = "rejected",
	[OUTCOME_FAULT] = "fault",
	[OUTCOME_AVAILABILITY] = "availability",
	[OUTCOME_SCRATCH] = "scratch",
	[OUTCOME_SELF_HARM] = "self-harm",
	[OUTCOME_CRASH] = "crash",
	[OUTCOME_SAFE] = "safe",
	[OUTCOME_ORDER_DEPENDENT] = "order-dependent",
	NULL,
};

static bool want_invariant(struct loader *loader, const struct node *value, const struct token *word,
			   struct verdict_item *item)
{
	const char *const *all = loader->tables->invariants;
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	int invariant = word->text ? list_find(all, word->text) : -1;

	for (int i = 0; all[i]; i++)
		if (loader->scenario->invariants >> i & 1)
			g_ptr_array_add(names, (gpointer)all[i]);
	g_ptr_array_add(names, NULL);
	if (!word->text) {
		g_autofree char *expected = names_join((const char *const *)names->pdata, 0);

		return fail_in(loader, value, 0, expected, "nothing", NULL, "'violates' without an invariant");
	}
	if (invariant < 0)
		return fail_unknown(loader, value, word->offset, "invariant", word->text, "",
				    (const char *const *)names->pdata);
	if (!(loader->scenario->invariants >> invariant & 1)) {
		g_autofree char *expected = names_join((const char *const *)names->pdata, 0);

		return fail_in(loader, value, word->offset, expected, NULL, NULL,
			       "'%s' is not among the scenario's invariants", word->text);
	}
	item->invariant = (uint16_t)invariant;
	return true;
}

static bool want_errno(struct loader *loader, const struct node *value, const struct token *word,
		       struct verdict_item *item)
{
	if (!word->text)
		return fail_in(loader, value, 0, "rejected ERRNO at LABEL", "nothing", NULL,
			       "'rejected' without errno");
	item->error = errno_by_name(word->text);
	return item->error || fail_unknown(loader, value, word->offset, "errno", word->text, "", errno_names());
}

/* "at LABEL" and the end. Whether there is such a label is seen when all cases are known. */
static bool want_label(struct loader *loader, const struct node *value, const struct token *word,
		       struct verdict_item *item)
{
	const struct token *label = word->text ? word + 1 : word;

	if (!word->text || strcmp(word->text, "at") != 0)
		return fail_in(loader, value, word->text ? word->offset : strlen(value->text), "'at' and a label",
			       word->text ? quoted(loader, word->text) : "nothing", NULL, "wrong verdict");
	if (!label->text)
		return fail_in(loader, value, word->offset, "a label behind 'at'", "nothing", NULL, "wrong verdict");
	if (!name_is_good(label->text))
		return fail_in(loader, value, label->offset, "a label", quoted(loader, label->text), NULL,
			       "wrong verdict");
	if (label[1].text)
		return fail_in(loader, value, label[1].offset, "the end; several items are a list",
			       quoted(loader, label[1].text), NULL, "wrong verdict");
	g_strlcpy(item->label, label->text, sizeof(item->label));
	item->place = node_place_at(&loader->source, value, label->offset);
	return true;
}

static bool alone(struct loader *loader, const struct node *value, const struct token *word)
{
	return !word->text ||
	       fail_in(loader, value, word->offset, "the end", quoted(loader, word->text), NULL, "wrong verdict");
}

static bool read_words(struct loader *loader, const struct node *value, const struct token *word,
		       struct verdict_item *item)
{
	int outcome;

	if (!word->text)
		return fail_value(loader, value, "verdict", "what happens");
	item->sometimes = strcmp(word->text, "sometimes") == 0;
	if (item->sometimes && !(++word)->text)
		return fail_in(loader, value, 0, "what happens sometimes", "nothing", NULL, "wrong verdict");
	outcome = list_find(outcome_names, word->text);
	if (outcome < 0)
		return fail_unknown(loader, value, word->offset, "outcome", word->text, "", outcome_names);
	item->kind = (enum outcome_kind)outcome;
	item->place = node_place_at(&loader->source, value, word->offset);
	word++;
	switch (item->kind) {
	case OUTCOME_SAFE:
	case OUTCOME_ORDER_DEPENDENT:
		if (item->sometimes)
			return fail_in(loader, value, word[-1].offset, "an outcome at a label", NULL, NULL,
				       "'%s' is said of all interleavings together", outcome_names[item->kind]);
		return alone(loader, value, word);
	case OUTCOME_VIOLATES:
		if (!want_invariant(loader, value, word++, item))
			return false;
		break;
	case OUTCOME_REJECTED:
		if (!want_errno(loader, value, word++, item))
			return false;
		break;
	default:
		break;
	}
	return want_label(loader, value, word, item);
}

static bool same_item(const struct verdict_item *a, const struct verdict_item *b)
{
	return a->kind == b->kind && a->invariant == b->invariant && a->error == b->error &&
	       strcmp(a->label, b->label) == 0;
}

static bool read_item(struct loader *loader, const struct node *value, void *context)
{
	struct expect_row *row = context;
	struct verdict_item *item = &row->items[row->item_count];
	struct token *words;
	bool good;

	if (row->item_count == SCENARIO_MAX_ITEMS)
		return fail(loader, value, "at most " G_STRINGIFY(SCENARIO_MAX_ITEMS), "too many items");
	words = tokens_split(value->text);
	good = read_words(loader, value, words, item);
	tokens_free(words);
	if (!good)
		return false;
	for (uint8_t i = 0; i < row->item_count; i++)
		if (same_item(item, &row->items[i]))
			return fail(loader, value, "each item once", "the same item twice");
	row->item_count++;
	return true;
}

/* `safe` stands alone, or last: nothing is violated or refused from there on. */
static bool read_verdict(struct loader *loader, const struct key_row *key, const struct node *value, void *field)
{
	struct expect_row *row = field;

	if (!each_word(loader, value, key->name, read_item, row))
		return false;
	for (uint8_t i = 0; i < row->item_count && row->item_count > 1; i++) {
		struct node at = {.kind = NODE_SCALAR, .text = "", .place = row->items[i].place};

		if (row->items[i].kind == OUTCOME_ORDER_DEPENDENT)
			return fail(loader, &at, "'order-dependent' alone", "another item beside 'order-dependent'");
	}
	for (uint8_t i = 0; i + 1 < row->item_count; i++) {
		struct node at = {.kind = NODE_SCALAR, .text = "", .place = row->items[i].place};

		if (row->items[i].kind == OUTCOME_SAFE)
			return fail(loader, &at, "'safe' alone or at the end", "nothing can follow 'safe'");
	}
	return true;
}

static void describe_verdict(struct schema *schema, const struct key_row *row)
{
	static const char *const types[] = {"string", "array", NULL};
	const char *pattern = "^(safe|order-dependent|(sometimes +)?(violates [a-z0-9-]+|rejected "
			      "E[A-Z0-9]+|fault|availability|scratch|self-harm|crash) +at "
			      "+[a-z][a-z0-9-]*)$";

	(void)row;
	schema_list(schema, "type", types);
	schema_text(schema, "pattern", pattern);
	schema_begin(schema, "items");
	schema_string(schema, pattern);
	schema_end(schema);
	schema_number(schema, "minItems", 1);
}

const struct value_type value_verdict = {"a verdict or a list of items", read_verdict, describe_verdict};
