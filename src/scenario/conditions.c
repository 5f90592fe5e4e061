/* SPDX-License-Identifier: MIT */
/* Where something applies: cases, policies, kinds of IOMMU. Each key is a word or a list of words. */
#include "scenario/schema.h"
#include "scenario/steps.h"

#include <string.h>

static const char *const kind_names[] = {"vtd", "smmuv3", "none", NULL};

const struct word kind_words[] = {{"vtd", IOMMU_VTD}, {"smmuv3", IOMMU_SMMUV3}, {"none", IOMMU_NONE}, {NULL, 0}};

bool add_kind(struct loader *loader, const struct node *word, void *mask32)
{
	const struct word *kind = word_find(kind_words, word->text);

	if (!kind)
		return fail_unknown(loader, word, 0, "kind of IOMMU", word->text, "", kind_names);
	*(uint32_t *)mask32 |= 1u << kind->value;
	return true;
}

bool add_case(struct loader *loader, const struct node *word, void *mask32)
{
	const struct scenario *scenario = loader->scenario;
	const char *names[SCENARIO_MAX_CASES + 1] = {NULL};

	if (!*scenario->cases[0].name)
		return fail(loader, word, NULL, "unknown case '%s': the scenario has no cases", word->text);
	for (uint32_t i = 0; i < scenario->case_count; i++)
		names[i] = scenario->cases[i].name;
	for (uint32_t i = 0; i < scenario->case_count; i++)
		if (strcmp(names[i], word->text) == 0) {
			*(uint32_t *)mask32 |= 1u << i;
			return true;
		}
	return fail_unknown(loader, word, 0, "case", word->text, "", names);
}

bool add_policy(struct loader *loader, const struct node *word, void *mask64)
{
	int policy = list_find(loader->tables->policies, word->text);

	if (policy < 0)
		return fail_unknown(loader, word, 0, "policy", word->text, "", loader->tables->policies);
	*(uint64_t *)mask64 |= UINT64_C(1) << policy;
	return true;
}

static bool read_case_words(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	*(uint32_t *)field = 0;
	return each_word(loader, value, row->name, add_case, field);
}

static bool read_policy_words(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	*(uint64_t *)field = 0;
	return each_word(loader, value, row->name, add_policy, field);
}

static bool read_kind_words(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	*(uint32_t *)field = 0;
	return each_word(loader, value, row->name, add_kind, field);
}

static void describe_policies(struct schema *schema, const struct key_row *row)
{
	(void)row;
	schema_word_or_list(schema, schema->tables->policies);
}

static void describe_kinds(struct schema *schema, const struct key_row *row)
{
	(void)row;
	schema_word_or_list(schema, kind_names);
}

const struct value_type value_cases = {"a case or a list of cases", read_case_words, describe_names};
const struct value_type value_policies = {"a policy or a list of policies", read_policy_words, describe_policies};
const struct value_type value_kinds = {"a kind of IOMMU or a list of kinds", read_kind_words, describe_kinds};

const struct key_row only_keys[] = {
	KEY("case", cases, "in these cases", .offset = offsetof(struct condition, cases)),
	KEY("policy", policies, "under these policies", .offset = offsetof(struct condition, policies)),
	KEY("iommu", kinds, "on these kinds of IOMMU", .offset = offsetof(struct condition, kinds)),
	KEYS_END,
};

bool read_condition(struct loader *loader, const struct node *only, struct condition *condition)
{
	if (!keys_read(loader, only_keys, only, "'only'", condition))
		return false;
	return only->count > 0 || fail_value(loader, only, "only", "case, policy or iommu");
}
