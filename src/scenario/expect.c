/* SPDX-License-Identifier: MIT */
/* What a step should do in every policy: "ok", "rejected EPERM", "reaches p or fault", {fault: {vtd: 0x71}}. */
#include "scenario/schema.h"
#include "scenario/steps.h"

#include <string.h>

static const char *const expect_names[] = {
	[EXPECT_OK] = "ok",
	[EXPECT_REJECTED] = "rejected",
	[EXPECT_FAULT] = "fault",
	[EXPECT_REACHES] = "reaches",
	[EXPECT_RAISES] = "raises",
	[EXPECT_PAGE_REQUEST] = "page-request",
	[EXPECT_DIRTY] = "dirty",
	[EXPECT_CLEAN] = "clean",
	[EXPECT_STALE] = "stale",
	[EXPECT_SCRATCH] = "scratch",
	NULL,
};
#define REACHABLE (1u << TARGET_MEMORY | 1u << TARGET_BAR | 1u << TARGET_RESERVED)

/* The expectations that this operation can have, NULL-terminated; the caller frees the array. */
static const char **names_for(const struct operation_row *row)
{
	const char **names = g_new0(const char *, G_N_ELEMENTS(expect_names));
	unsigned count = 0;

	for (unsigned i = 0; expect_names[i]; i++)
		if (row->expects & 1u << i)
			names[count++] = expect_names[i];
	return names;
}

static bool want_kind(struct loader *loader, const struct node *value, const struct token *word,
		      const struct operation_row *row, enum expect_kind *kind)
{
	g_autofree const char **names = names_for(row);
	int found = list_find(expect_names, word->text);

	if (found >= 0 && row->expects & 1u << found) {
		*kind = (enum expect_kind)found;
		return true;
	}
	if (found >= 0) {
		g_autofree char *expected = names_join(names, 0);

		return fail_in(loader, value, word->offset, expected, NULL, NULL, "'%s' cannot be %s", row->name,
			       word->text);
	}
	return fail_unknown(loader, value, word->offset, "expectation", word->text, "", names);
}

/* "reaches NAME" and "raises VECTOR"; *word is behind the verb. */
static bool read_object(struct loader *loader, const struct node *value, struct token **word,
			struct expectation *expect)
{
	const struct token *object = (*word)++, *verb = object - 1;

	if (!object->text)
		return fail_in(loader, value, verb->offset,
			       expect->kind == EXPECT_RAISES ? "raises VECTOR" : "reaches NAME", NULL, NULL,
			       "'%s' without a name", verb->text);
	if (strchr(object->text, '+'))
		return fail_in(loader, value, object->offset, "a name", quoted(loader, object->text), NULL,
			       "'%s' takes a name and no offset", verb->text);
	if (expect->kind == EXPECT_RAISES)
		return read_vector(loader, value, object->offset, object->text, &expect->raises);
	return read_target(loader, value, object->offset, object->text, REACHABLE, &expect->reaches);
}

/* One alternative from *word on; *word: the first one behind it. */
static bool read_alternative(struct loader *loader, const struct node *value, const struct operation_row *row,
			     struct token **word, struct expectation *expect)
{
	struct token *first = *word, *second = first + 1;

	if (!want_kind(loader, value, first, row, &expect->kind))
		return false;
	*word = second;
	if (expect->kind == EXPECT_REACHES || expect->kind == EXPECT_RAISES)
		return read_object(loader, value, word, expect);
	if (expect->kind != EXPECT_REJECTED || !second->text || strcmp(second->text, "or") == 0)
		return true;
	*word = second + 1;
	expect->error = errno_by_name(second->text);
	if (!expect->error)
		return fail_unknown(loader, value, second->offset, "errno", second->text, "", errno_names());
	return true;
}

static bool read_phrase(struct loader *loader, const struct node *value, const struct operation_row *row,
			struct token *word, struct step *step)
{
	for (step->expect_count = 0; word->text; word++) {
		if (step->expect_count == STEP_MAX_ALTERNATIVES)
			return fail_in(loader, value, word->offset, "at most " G_STRINGIFY(STEP_MAX_ALTERNATIVES), NULL,
				       NULL, "too many alternatives");
		if (!read_alternative(loader, value, row, &word, &step->expect[step->expect_count++]))
			return false;
		if (!word->text)
			return true;
		if (strcmp(word->text, "or") != 0)
			return fail_in(loader, value, word->offset, "'or' or the end", quoted(loader, word->text), NULL,
				       "wrong expectation");
		if (!word[1].text)
			return fail_in(loader, value, word->offset, "another expectation", "nothing", NULL,
				       "nothing behind 'or'");
	}
	return fail_value(loader, value, "expect", "what should happen");
}

/* {fault: {vtd: 0x71}} */
static bool read_codes(struct loader *loader, const struct node *value, const struct operation_row *row,
		       struct step *step)
{
	const struct node *codes = node_get(value, "fault");
	const struct key_row number = {.name = "fault", .low = 1, .high = UINT16_MAX};

	if (!codes || value->count != 1)
		return fail_value(loader, value, "expect", "a phrase, or {fault: {KIND: CODE}}");
	if (!(row->expects & 1u << EXPECT_FAULT))
		return fail(loader, value, NULL, "'%s' cannot fault", row->name);
	if (!want_map(loader, codes, "fault"))
		return false;
	step->expect[0].kind = EXPECT_FAULT;
	step->expect_count = 1;
	for (uint32_t i = 0; i < codes->count; i++) {
		uint32_t mask = 0;
		uint64_t code;

		if (!add_kind(loader, codes->entries[i].key, &mask) ||
		    !value_number.read(loader, &number, codes->entries[i].value, &code))
			return false;
		for (unsigned kind = 0; kind < IOMMU_KINDS; kind++)
			if (mask & 1u << kind)
				step->expect[0].fault[kind] = (uint16_t)code;
	}
	return true;
}

bool read_expectation(struct loader *loader, const struct node *value, const struct operation_row *row,
		      struct step *step)
{
	struct token *words;
	bool good;

	if (value->kind == NODE_MAP)
		return read_codes(loader, value, row, step);
	if (!want_scalar(loader, value, "expect", "a phrase, or {fault: {KIND: CODE}}"))
		return false;
	words = tokens_split(value->text);
	good = read_phrase(loader, value, row, words, step);
	tokens_free(words);
	return good;
}

void schema_expectation(struct schema *schema)
{
	static const char *const types[] = {"string", "object", NULL};

	schema_list(schema, "type", types);
	schema_text(schema, "pattern", "^(ok|rejected|fault|reaches|raises|page-request|dirty|clean|stale)( |$)");
}
