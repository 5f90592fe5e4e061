/* SPDX-License-Identifier: MIT */
/* The registries, for people and for programs. */
#include <ioasid-sim/sweep.h>
#include <ioasid-sim/timing.h>

#include "base/assert.h"
#include "check/check.h"
#include "hw/driver.h"
#include "hw/iommu.h"
#include "report/json_text.h"
#include "scenario/program.h"
#include "sim/argument.h"
#include "uapi/rules.h"

#include <string.h>

/* An entry: names and values in turn, ended by NULL. The first value names it. */
typedef GPtrArray entry;

static entry *entry_new(GPtrArray *entries)
{
	entry *one = g_ptr_array_new_with_free_func(g_free);

	g_ptr_array_add(entries, one);
	return one;
}

static void entry_add(entry *one, const char *key, const char *value)
{
	g_ptr_array_add(one, g_strdup(key));
	g_ptr_array_add(one, g_strdup(value));
}

static void list_invariants(GPtrArray *entries)
{
	for (unsigned i = 0; invariants[i]; i++) {
		entry *one = entry_new(entries);
		g_autofree char *number = g_strdup_printf("%u", invariants[i]->number);

		entry_add(one, "name", invariants[i]->name);
		entry_add(one, "summary", invariants[i]->summary);
		entry_add(one, "number", number);
		entry_add(one, "judged", invariants[i]->state ? "after each step" : "at each request or use");
		entry_add(one, "statement", invariants[i]->statement);
	}
}

static const char *value_name(unsigned policy, unsigned knob, const struct rules *rules)
{
	if (knob == KNOB_USER_API && rules->plugin)
		return policy_name(policy); /* the plug-in itself */
	return knob_rows[knob].values[rules->value[knob]];
}

static void list_policies(GPtrArray *entries)
{
	for (unsigned i = 0; i < policy_count(); i++) {
		entry *one = entry_new(entries);
		struct rules rules;

		rules_of_policy(i, &rules);
		entry_add(one, "name", policy_name(i));
		entry_add(one, "summary", policy_summary(i));
		if (policy_base(i) != i)
			entry_add(one, "base", policy_name(policy_base(i)));
		for (unsigned knob = 0; knob < KNOBS; knob++)
			entry_add(one, knob_rows[knob].name, value_name(i, knob, &rules));
	}
}

static void list_operations(GPtrArray *entries)
{
	for (enum operation operation = 0; operation < OPERATIONS; operation++) {
		entry *one = entry_new(entries);

		entry_add(one, "name", operation_name(operation));
		entry_add(one, "summary", operation_summary(operation));
	}
}

static void list_iommus(GPtrArray *entries)
{
	for (enum iommu_kind kind = IOMMU_NONE; kind < IOMMU_KINDS; kind++) {
		const struct iommu_ops *ops = iommu_ops_of(kind);

		if (kind != IOMMU_NONE && (!ops || !driver_ops_of(kind)))
			continue;
		entry *one = entry_new(entries);
		entry_add(one, "name", machine_name_of_kind(kind));
		entry_add(one, "summary", ops ? ops->specification : "no IOMMU: bus addresses are physical");
	}
}

static void list_profiles(GPtrArray *entries)
{
	for (const char *const *name = iosim_profile_names(); *name; name++) {
		g_autoptr(iosim_profile) profile = iosim_profile_load(*name, NULL);
		entry *one = entry_new(entries);

		IOSIM_ASSERT(profile);
		entry_add(one, "name", *name);
		entry_add(one, "summary", iosim_profile_summary(profile));
	}
}

static const struct {
	const char *name;
	void (*list)(GPtrArray *entries);
} lists[] = {
	{"invariants", list_invariants}, {"policies", list_policies}, {"operations", list_operations}, {"knobs", NULL},
	{"iommus", list_iommus},         {"profiles", list_profiles}, /* list_knobs.c has the knobs */
};

static char *as_text(const GPtrArray *entries)
{
	GString *out = g_string_new(NULL);

	for (unsigned i = 0; i < entries->len; i++) {
		const entry *one = g_ptr_array_index(entries, i);

		g_string_append_printf(out, "%-24s %s\n", (const char *)g_ptr_array_index(one, 1),
				       (const char *)g_ptr_array_index(one, 3));
		for (unsigned pair = 4; pair + 1 < one->len; pair += 2)
			g_string_append_printf(out, "    %s: %s\n", (const char *)g_ptr_array_index(one, pair),
					       (const char *)g_ptr_array_index(one, pair + 1));
	}
	return g_string_free(out, FALSE);
}

static char *as_json(const GPtrArray *entries)
{
	g_autoptr(JsonBuilder) builder = json_builder_new();

	json_builder_begin_array(builder);
	for (unsigned i = 0; i < entries->len; i++) {
		const entry *one = g_ptr_array_index(entries, i);

		json_builder_begin_object(builder);
		for (unsigned pair = 0; pair + 1 < one->len; pair += 2) {
			json_text_add(builder, g_ptr_array_index(one, pair), g_ptr_array_index(one, pair + 1));
		}
		json_builder_end_object(builder);
	}
	json_builder_end_array(builder);
	return json_text_of(builder);
}

char *iosim_list(const char *what, const char *format, GError **error)
{
	static const char *const formats[] = {"text", "json", NULL};
	const char *names[G_N_ELEMENTS(lists) + 1] = {NULL};
	g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);

	if (strcmp(format, "text") != 0 && strcmp(format, "json") != 0) {
		argument_unknown(error, "format", format, formats);
		return NULL;
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(lists); i++) {
		names[i] = lists[i].name;
		if (strcmp(what, lists[i].name) != 0)
			continue;
		if (!lists[i].list)
			return iosim_list_knobs(NULL, 0, format, error);
		lists[i].list(entries);
		return strcmp(format, "json") == 0 ? as_json(entries) : as_text(entries);
	}
	argument_unknown(error, "list", what, names);
	return NULL;
}
