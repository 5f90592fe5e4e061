/* SPDX-License-Identifier: MIT */
/*
 * The `run` section, compiled for one case: steps that belong to other cases are left out, names that steps make are
 * given slots, and then each step is read by its operation's row.
 */
#include "scenario/steps.h"

#include "scenario/schema.h"

#include <string.h>

/* --- the keys of a step, besides its operation --- */

static const struct word inject_words[] = {
	{"skip-iotlb-flush", STEP_SKIP_IOTLB_FLUSH},
	{"skip-devtlb-flush", STEP_SKIP_DEVTLB_FLUSH},
	{"devtlb-first", STEP_DEVTLB_FIRST},
	{"skip-sync", STEP_SKIP_SYNC},
	{"skip-drain", STEP_SKIP_DRAIN},
	{"ats-before-unit", STEP_ATS_BEFORE_UNIT},
	{"ats-after-unit", STEP_ATS_AFTER_UNIT},
	{"ats-keeps-tlb", STEP_ATS_KEEPS_TLB},
	{"skip-iec-flush", STEP_SKIP_IEC_FLUSH},
	{"skip-viability", STEP_SKIP_VIABILITY},
	{NULL, 0},
};

static bool read_elsewhere(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	(void)loader, (void)row, (void)value, (void)field;
	return true;
}

static bool read_label(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	const char *fault;

	if (!want_scalar(loader, value, row->name, "a name"))
		return false;
	fault = name_fault(value->text);
	if (fault)
		return fail(loader, value, "[a-z][a-z0-9-]*", "'%s' %s", value->text, fault);
	g_strlcpy(field, value->text, MACHINE_NAME_MAX);
	return true;
}

static void describe_only(struct schema *schema, const struct key_row *row)
{
	(void)row;
	schema_keys(schema, only_keys);
}

static void describe_expect(struct schema *schema, const struct key_row *row)
{
	(void)row;
	schema_expectation(schema);
}

static const struct value_type value_label = {"a name", read_label, describe_name};
static const struct value_type value_result_name = {"a name", read_elsewhere, describe_name};
static const struct value_type value_expect = {"what should happen", read_elsewhere, describe_expect};
static const struct value_type value_only = {"a mapping", read_elsewhere, describe_only};

/* What reads `expect`, `as` and `only` needs to know the operation or the whole run. */
const struct key_row step_keys[] = {
	KEY("label", label, "a name for 'at' in verdicts", .offset = offsetof(struct step, label)),
	KEY("by", owner, "who acts", .fallback = "the only declared owner", .offset = offsetof(struct step, by),
	    .given = offsetof(struct step, by_given)),
	KEY("as", result_name, "names what the step makes", .offset = 0),
	KEY("expect", expect, "what should happen in every policy", .fallback = "ok", .offset = 0),
	KEY("only", only, "elsewhere the step does not exist", .fallback = "everywhere", .offset = 0),
	KEY("inject", word, "one driver bug in this step alone", .fallback = "none",
	    .offset = offsetof(struct step, inject), .words = inject_words),
	KEY("in", inside, "the call is made by this guest's own kernel", .fallback = "the host's",
	    .offset = offsetof(struct step, in)),
	KEY("split", truth, "in 'parallel': others run between its visible effects too", .fallback = "false",
	    .offset = offsetof(struct step, split)),
	KEY("times", count, "how often", .fallback = "1", .offset = offsetof(struct step, times), .low = 1,
	    .high = SCENARIO_MAX_TIMES),
	KEYS_END,
};

/* --- the run as a flat list --- */

static bool unknown_step_key(struct loader *loader, const struct node *key)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (int i = 0; i < OPERATIONS; i++)
		g_ptr_array_add(names, (gpointer)operation_rows[i].name);
	for (const struct key_row *row = step_keys; row->name; row++)
		g_ptr_array_add(names, (gpointer)row->name);
	g_ptr_array_add(names, (gpointer)parallel_keys[0].name);
	g_ptr_array_add(names, NULL);
	return fail_unknown(loader, key, 0, "operation or key", key->text, " of a step",
			    (const char *const *)names->pdata);
}

static bool find_operation(struct loader *loader, struct raw_step *raw)
{
	const struct node *found = NULL;

	if (raw->node->kind != NODE_MAP)
		return fail_value(loader, raw->node, "run", "a step: a mapping with one operation");
	for (uint32_t i = 0; i < raw->node->count; i++) {
		const struct node *key = raw->node->entries[i].key;
		int operation = operation_find(key->text);

		if (operation < 0) {
			if (!keys_find(step_keys, key->text))
				return unknown_step_key(loader, key);
			continue;
		}
		if (found)
			return fail(loader, key, "one operation a step", "a second operation '%s' beside '%s'",
				    key->text, found->text);
		found = key;
		raw->operation = (enum operation)operation;
		raw->operand = raw->node->entries[i].value;
	}
	return found || fail(loader, raw->node, "one operation a step", "a step without operation");
}

/* Appends the step unless it belongs to other cases. */
bool add_step(struct loader *loader, const struct node *node, const struct step_list *to)
{
	struct raw_step raw = {.node = node, .condition = to->condition, .block = to->block, .thread = to->thread};
	const struct node *only = node_get(node, "only");

	if (!find_operation(loader, &raw))
		return false;
	if (only && !read_condition(loader, only, &raw.condition))
		return false;
	if (!(raw.condition.cases & 1u << loader->case_number))
		return true;
	if (to->steps->len == SCENARIO_MAX_STEPS)
		return fail(loader, node, "at most " G_STRINGIFY(SCENARIO_MAX_STEPS), "too many steps");
	g_array_append_val(to->steps, raw);
	return true;
}

/* {only: {...}, do: [...]} */
static bool add_group(struct loader *loader, const struct node *group, GArray *steps)
{
	static const struct key_row keys[] = {
		KEY("only", only, NULL, .required = true),
		KEY("do", only, NULL, .required = true),
		KEYS_END,
	};
	struct step_list to = {.steps = steps, .condition = CONDITION_ALWAYS};
	const struct node *list = node_get(group, "do");

	if (!keys_check(loader, keys, group, "a group of steps") ||
	    !read_condition(loader, node_get(group, "only"), &to.condition))
		return false;
	if (list->kind != NODE_LIST || list->count == 0)
		return fail_value(loader, list, "do", "a list of steps");
	for (uint32_t i = 0; i < list->count; i++) {
		const struct node *step = list->entries[i].value;
		const struct node *inner = node_get(step, "do") ? node_get(step, "do") : node_get(step, "only");

		if (inner)
			return fail(loader, inner, NULL, "a group of steps does not nest: no 'only' and 'do' inside");
		if (node_get(step, "parallel"))
			return fail(loader, step, "'only' as a key of 'parallel' itself",
				    "'parallel' in a group of steps");
		if (!add_step(loader, step, &to))
			return false;
	}
	return true;
}

static bool flatten(struct loader *loader, GArray *steps)
{
	const struct step_list to = {.steps = steps, .condition = CONDITION_ALWAYS};

	if (loader->run->kind != NODE_LIST || loader->run->count == 0)
		return fail_value(loader, loader->run, "run", "a list of steps");
	for (uint32_t i = 0; i < loader->run->count; i++) {
		const struct node *step = loader->run->entries[i].value;

		if (node_get(step, "parallel") ? !add_parallel(loader, step, steps)
		    : node_get(step, "do")     ? !add_group(loader, step, steps)
					       : !add_step(loader, step, &to))
			return false;
	}
	return check_orders(loader, steps);
}

/* --- names that steps make, and labels --- */

static bool exclude_each_other(const struct raw_step *a, const struct raw_step *b)
{
	return !(a->condition.policies & b->condition.policies) || !(a->condition.kinds & b->condition.kinds);
}

/* Whether a step before `index` with the same value at `key` exists in the same run; its line. */
static uint32_t same_before(const GArray *steps, uint32_t index, const char *key)
{
	const struct raw_step *step = &g_array_index(steps, struct raw_step, index);

	for (uint32_t i = 0; i < index; i++) {
		const struct raw_step *other = &g_array_index(steps, struct raw_step, i);
		const struct node *value = node_get(other->node, key);

		if (value && strcmp(value->text, node_get(step->node, key)->text) == 0 &&
		    !exclude_each_other(step, other))
			return value->place.line;
	}
	return 0;
}

static bool declare_result(struct loader *loader, const GArray *steps, uint32_t index, GArray *slots)
{
	const struct raw_step *raw = &g_array_index(steps, struct raw_step, index);
	const struct operation_row *row = &operation_rows[raw->operation];
	const struct node *as = node_get(raw->node, "as");
	struct result_slot slot = {
		.kind = (enum result_kind)row->makes, .maker = raw->operation, .in = inside_of(loader, raw->node)};
	struct name *name;
	uint32_t line;

	if (!want_scalar(loader, as, "as", "a name"))
		return false;
	if (row->makes == RESULT_OWNER) { /* which is a name of the machine */
		line = same_before(steps, index, "as");
		return !line || fail(loader, as, "another name, or conditions that exclude each other",
				     "duplicate name '%s': the step on line %u makes it too", as->text, line);
	}
	if (row->makes == MAKES_NOTHING)
		return fail(loader, as, NULL, "'%s' makes nothing that 'as' could name", row->name);
	if (row->makes == RESULT_SPACE && is_domain_word(as->text))
		return fail(loader, as, "another name", "'%s' is a word of 'check' and no name of a space", as->text);
	name = scope_find(loader, as->text);
	if (name && name->kind == NAME_RESULT) {
		line = same_before(steps, index, "as");
		if (line)
			return fail(loader, as, "another name, or conditions that exclude each other",
				    "duplicate name '%s': the step on line %u makes it too", as->text, line);
		if (g_array_index(slots, struct result_slot, name->index).maker == slot.maker &&
		    g_array_index(slots, struct result_slot, name->index).in == slot.in)
			return true;
		return fail(loader, as, "another name", "'%s' names another kind of thing on line %u", as->text,
			    name->place.line);
	}
	if (!scope_add(loader, as, NAME_RESULT, slots->len, &name))
		return false;
	name->from_step = index;
	name->block = raw->block;
	name->thread = raw->thread;
	g_strlcpy(slot.name, as->text, sizeof(slot.name));
	g_array_append_val(slots, slot);
	return true;
}

static bool declare_results(struct loader *loader, const GArray *steps)
{
	GArray *slots = g_array_new(FALSE, FALSE, sizeof(struct result_slot));
	bool good = true;

	for (uint32_t i = 0; i < steps->len && good; i++) {
		const struct node *node = g_array_index(steps, struct raw_step, i).node;
		const struct node *label = node_get(node, "label");
		uint32_t line = label && label->kind == NODE_SCALAR ? same_before(steps, i, "label") : 0;

		if (line)
			good = fail(loader, label, "another name", "duplicate label '%s': it is on line %u too",
				    label->text, line);
		/* The slots have to be readable while names are checked. */
		if (good && node_get(node, "as"))
			good = declare_result(loader, steps, i, slots);
		loader->now->slots = (struct result_slot *)(void *)slots->data;
		loader->now->slot_count = slots->len;
	}
	loader->now->slot_count = slots->len;
	loader->now->slots = (struct result_slot *)(void *)g_array_free(slots, FALSE);
	return good;
}

/* --- one step --- */

static void operands_init(struct operands *with, const struct operation_row *row)
{
	with->device = MACHINE_NONE;
	with->with = MACHINE_NONE;
	with->iommu = MACHINE_NONE;
	with->owner = MACHINE_NONE;
	with->bus_master = -1;
	with->clear = true;
	with->hw_queue = 1; /* tegra241-cmdqv */
	with->mapped = true;
	with->memory_space = -1;
	with->lost = -1;
	with->says_dirty = -1;
	with->says_ats = -1;
	with->access = row->access ? row->access : ACCESS_READ;
}

static bool need_by(struct loader *loader, const struct raw_step *raw)
{
	const struct machine *machine = loader->now->machine;
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	g_autofree char *expected = NULL;

	for (uint32_t i = 1; i < machine->owner_count; i++)
		if (!machine->owners[i].child)
			g_ptr_array_add(names, machine->owners[i].name);
	g_ptr_array_add(names, NULL);
	expected = names_join((const char *const *)names->pdata, 0);
	return fail(loader, raw->node, expected, "'%s' needs 'by': there are several owners",
		    operation_rows[raw->operation].name);
}

static bool is_guest(const struct loader *loader, uint16_t owner)
{
	return loader->now->machine->owners[owner].kind == OWNER_VM && owner != MACHINE_HOST;
}

/* Not the host, nor those that a step makes, which come last. */
static uint32_t declared_owners(const struct machine *machine)
{
	uint32_t count = machine->owner_count - 1;

	while (count && machine->owners[count].child)
		count--;
	return count;
}

/* step->by: who takes the step. */
static bool set_actor(struct loader *loader, const struct raw_step *raw, struct step *step)
{
	const struct operation_row *row = &operation_rows[raw->operation];
	const struct node *by = node_get(raw->node, "by");
	uint32_t declared = declared_owners(loader->now->machine);

	if (by && row->actor == ACTOR_NONE)
		return fail(loader, by, NULL, "'%s' is nobody's step: it takes no 'by'", row->name);
	if (by && row->actor == ACTOR_HOST && step->by != MACHINE_HOST)
		return fail(loader, by, "host", "'%s' is the host kernel's", row->name);
	if (row->actor == ACTOR_DECLARED && (by ? step->by == MACHINE_HOST : declared == 0))
		return fail(loader, by ? by : raw->node, "a declared owner", "the host kernel cannot '%s'", row->name);
	if (by && row->actor == ACTOR_GUEST && !is_guest(loader, step->by))
		return fail(loader, by, "a vm", "'%s' is a guest's, and '%s' is none", row->name, by->text);
	if (step->in != MACHINE_HOST && by)
		return fail(loader, by, NULL, "a step in '%s' is that guest's: it takes no 'by'",
			    loader->now->machine->owners[step->in].name);
	if (step->in != MACHINE_HOST)
		step->by = step->in;
	if (by || step->in != MACHINE_HOST || row->actor == ACTOR_NONE || row->actor == ACTOR_DEVICE)
		return true;
	if (row->actor != ACTOR_HOST && declared > 1)
		return need_by(loader, raw);
	step->by = (uint16_t)(row->actor == ACTOR_HOST || declared == 0 ? MACHINE_HOST : 1);
	return row->actor != ACTOR_GUEST || is_guest(loader, step->by) ||
	       fail(loader, raw->node, "a vm", "'%s' is a guest's, and there is none", row->name);
}

static bool read_operands(struct loader *loader, const struct raw_step *raw, struct step *step)
{
	const struct operation_row *row = &operation_rows[raw->operation];
	g_autofree char *where = g_strdup_printf("'%s'", row->name);

	operands_init(&step->with, row);
	if (raw->operation == OP_SVA_BIND)
		step->with.owner = step->by;
	if (row->word_key && raw->operand->kind == NODE_SCALAR) {
		const struct key_row *key = keys_find(row->keys, row->word_key);

		return key->type->read(loader, key, raw->operand, (char *)&step->with + key->offset);
	}
	if (!keys_read(loader, row->keys, raw->operand, where, &step->with))
		return false;
	return !row->check || row->check(loader, raw->operand, &step->with);
}

static bool compile_step(struct loader *loader, const struct raw_step *raw, struct step *step)
{
	const struct operation_row *row = &operation_rows[raw->operation];
	const struct node *expect = node_get(raw->node, "expect"), *inject = node_get(raw->node, "inject");
	const struct node *as = node_get(raw->node, "as");

	step->operation = raw->operation;
	step->place = raw->node->place;
	step->by = MACHINE_NONE;
	step->times = 1;
	step->only_policies = raw->condition.policies;
	step->only_kinds = raw->condition.kinds;
	step->block = raw->block;
	step->thread = raw->thread;
	step->expect_count = 1; /* ok */
	for (uint32_t i = 0; i < raw->node->count; i++) {
		const struct key_row *key = keys_find(step_keys, raw->node->entries[i].key->text);

		if (key && !key->type->read(loader, key, raw->node->entries[i].value, (char *)step + key->offset))
			return false;
		if (key && key->given)
			step->by_given = true;
	}
	if (as && row->makes != RESULT_OWNER)
		step->as = scope_find(loader, as->text)->index + 1;
	if (step->split && (row->actor == ACTOR_NONE || row->actor == ACTOR_DEVICE))
		return fail(loader, node_get(raw->node, "split"), NULL, "'%s' is no call: there is nothing to split",
			    row->name);
	if (inject && !row->may_inject)
		return fail(loader, inject, NULL, "'%s' is no work of a driver: nothing to inject", row->name);
	if (!set_actor(loader, raw, step) || !read_operands(loader, raw, step) || !check_processes(loader, raw, step) ||
	    !check_inside(loader, raw->node, raw->operand, step))
		return false;
	if (step->with.hold != HOLD_NOT && (!as || step->times > 1))
		return fail(loader, node_get(raw->operand, "hold"), "'as', and once",
			    "nobody could resume what is held");
	if (expect && !read_expectation(loader, expect, row, step))
		return false;
	write_step_text(raw, step);
	return true;
}

/* VT-d nests in scalable mode alone (3.4.3), and says there alone which pages were written (3.7.2). */
static void choose_mode(struct scenario_case *now)
{
	bool scalable = false;

	for (uint32_t i = 0; i < now->step_count; i++) {
		const struct step *step = &now->steps[i];
		bool makes_table = step->operation == OP_NEST || step->operation == OP_IOMMUFD_HWPT_ALLOC;

		scalable |= (makes_table && (step->with.root_given || step->with.nest_parent)) || step->with.dirty ||
			    step->with.says_dirty > 0;
	}
	for (uint32_t i = 0; scalable && i < now->machine->iommu_count; i++)
		if (!now->machine->iommus[i].scalable_given)
			now->machine->iommus[i].scalable = true;
}

bool load_steps(struct loader *loader)
{
	g_autoptr(GArray) steps = g_array_new(FALSE, TRUE, sizeof(struct raw_step));
	struct scenario_case *now = loader->now;

	if (!flatten(loader, steps) || !declare_results(loader, steps))
		return false;
	if (steps->len == 0)
		return fail(loader, loader->run, "at least one step", "nothing runs in case '%s'", now->name);
	now->steps = g_new0(struct step, steps->len);
	now->step_count = steps->len;
	for (loader->step_number = 0; loader->step_number < steps->len; loader->step_number++) {
		const struct raw_step *raw = &g_array_index(steps, struct raw_step, loader->step_number);

		loader->block = raw->block;
		loader->thread = raw->thread;
		if (!compile_step(loader, raw, &now->steps[loader->step_number]) || !check_split(loader, raw) ||
		    !check_free_step(loader, raw))
			return false;
	}
	choose_mode(now);
	return true;
}
