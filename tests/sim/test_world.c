/* SPDX-License-Identifier: MIT */
/*
 * The whole machine's state is in its arena: two worlds that did the same hash the same (so no pointer or address of
 * the host is in it), and a world that was put back to an earlier step does the rest again in the same way. Over all of
 * scenarios/, each policy and kind. And a scenario has the same verdict in both modes of VT-d.
 */
#include "sim/explore.h"
#include "sim/interleavings.h"
#include "sim/step.h"
#include "sim/tables.h"
#include "sim/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define STEPS_MAX 64

struct trace {
	uint64_t hash[STEPS_MAX + 1];
	char *outcome[STEPS_MAX];
	unsigned count;
};

static void clear_trace(struct trace *trace)
{
	for (unsigned i = 0; i < trace->count; i++)
		g_free(trace->outcome[i]);
	*trace = (struct trace){.count = 0};
}

static bool exists(const struct step *step, unsigned policy, enum iommu_kind kind)
{
	return (step->only_policies >> policy & 1) && (step->only_kinds >> kind & 1);
}

/* Carries out the steps from `first` on and notes what they did. False: the host crashed. */
static bool run_from(struct world *world, unsigned policy, unsigned first, struct trace *trace)
{
	const struct scenario_case *program = world->program;
	struct run_record *record = run_record_new();
	bool alive = true;

	for (unsigned i = first; alive && i < program->step_count && i < STEPS_MAX; i++) {
		struct step_record *row;

		trace->hash[i] = arena_hash(world->arena);
		trace->outcome[i] = NULL;
		trace->count = i + 1;
		if (!exists(&program->steps[i], policy, world->kind))
			continue;
		row = run_record_add(record, &program->steps[i]);
		step_run(world, &program->steps[i], i + 1, row);
		trace->outcome[i] = g_strdup(row->outcome);
		alive = row->did != DID_CRASHED;
	}
	trace->hash[trace->count] = arena_hash(world->arena);
	run_record_free(record);
	return alive;
}

static void assert_same_from(const struct trace *a, const struct trace *b, unsigned first, const char *what)
{
	assert_int_equal(a->count, b->count);
	for (unsigned i = first; i < a->count; i++) {
		if (a->hash[i] != b->hash[i] || g_strcmp0(a->outcome[i], b->outcome[i]) != 0)
			print_error("%s: step %u: %s, %s\n", what, i + 1, a->outcome[i], b->outcome[i]);
		assert_int_equal(a->hash[i], b->hash[i]);
		assert_string_equal(a->outcome[i] ? a->outcome[i] : "", b->outcome[i] ? b->outcome[i] : "");
	}
	assert_int_equal(a->hash[a->count], b->hash[b->count]);
}

/* What the runner itself knows; a restore has to bring it back too. The caller frees. */
static GByteArray *runner_state(const struct world *world)
{
	GByteArray *bytes = g_byte_array_new();
	const struct machine *machine = world->machine;

	g_byte_array_append(bytes, (const guint8 *)world->slots,
			    (guint)(sizeof(struct slot) * world->program->slot_count));
	g_byte_array_append(bytes, (const guint8 *)world->last_owner,
			    (guint)(sizeof(uint16_t) * machine->device_count));
	g_byte_array_append(bytes, (const guint8 *)world->refused_access,
			    (guint)(sizeof(uint64_t) * machine->device_count));
	g_byte_array_append(bytes, (const guint8 *)world->spaces, (guint)(sizeof(struct known_space) * 16));
	g_byte_array_append(bytes, (const guint8 *)world->areas, (guint)(sizeof(struct known_area) * 16));
	return bytes;
}

static void assert_same_runner(const struct world *world, const GByteArray *before)
{
	GByteArray *now = runner_state(world);

	assert_int_equal(now->len, before->len);
	assert_memory_equal(now->data, before->data, now->len);
	g_byte_array_unref(now);
}

static struct world *new_world(const struct scenario *scenario, unsigned index, enum iommu_kind kind, unsigned policy)
{
	struct rules rules;
	char *message = NULL;
	struct world *world;

	rules_of_policy(policy, &rules);
	world = world_new(&scenario->cases[index], scenario->hardware, kind, &rules, false, &message);
	assert_null(message);
	return world;
}

static void check_run(const struct scenario *scenario, unsigned index, enum iommu_kind kind, unsigned policy)
{
	struct world *one = new_world(scenario, index, kind, policy), *two = new_world(scenario, index, kind, policy);
	struct trace first = {.count = 0}, second = {.count = 0};
	unsigned half = scenario->cases[index].step_count / 2;
	struct arena_snapshot *snapshot = NULL;
	GByteArray *runner = NULL;

	run_from(one, policy, 0, &first);
	/* The other one stops half-way for a snapshot, goes on, is put back, and goes on again. */
	if (run_from(two, policy, 0, &second)) {
		assert_same_from(&first, &second, 0, scenario->name);
		clear_trace(&second);
		world_free(two);
		two = new_world(scenario, index, kind, policy);
		for (unsigned i = 0; i < half; i++) {
			struct run_record *record = run_record_new();

			if (exists(&scenario->cases[index].steps[i], policy, kind))
				step_run(two, &scenario->cases[index].steps[i], i + 1,
					 run_record_add(record, &scenario->cases[index].steps[i]));
			run_record_free(record);
		}
		snapshot = arena_save(two->arena);
		runner = runner_state(two);
		run_from(two, policy, half, &second);
		assert_same_from(&first, &second, half, scenario->name);
		clear_trace(&second);
		arena_restore(two->arena, snapshot);
		assert_same_runner(two, runner);
		world_remember_views(two);
		run_from(two, policy, half, &second);
		assert_same_from(&first, &second, half, scenario->name);
		arena_snapshot_free(snapshot);
		g_byte_array_unref(runner);
	}
	clear_trace(&first);
	clear_trace(&second);
	world_free(one);
	world_free(two);
}

/* What the steps did: outcomes and errnos without the words of a kind. */
static char *verdict_of(const struct scenario *scenario, unsigned index, unsigned policy, bool scalable)
{
	struct run_request request = {.scenario = scenario, .case_index = index, .policy = policy, .kind = IOMMU_VTD};
	struct machine *machine = scenario->cases[index].machine;
	g_autofree char *message = NULL;
	struct exploration *exploration;
	GPtrArray *observations;
	char *words;

	for (unsigned i = 0; i < machine->iommu_count; i++)
		machine->iommus[i].scalable = scalable;
	rules_of_policy(policy, &request.rules);
	exploration = explore_case(&request, &message);
	assert_non_null(exploration);
	observations = interleavings_observe(scenario, sim_tables(), exploration);
	words = interleavings_words(observations);
	g_ptr_array_unref(observations);
	exploration_free(exploration);
	return words;
}

static bool has_row(const struct scenario *scenario, unsigned policy)
{
	for (uint32_t i = 0; i < scenario->row_count; i++)
		if (scenario->rows[i].policies >> policy & 1)
			return true;
	return false;
}

static bool has_pasids(const struct machine *machine)
{
	for (unsigned i = 0; i < machine->device_count; i++)
		if (machine->devices[i].pasid_bits)
			return true;
	return false;
}

static bool tells_modes_apart(const struct scenario_case *program)
{
	for (unsigned i = 0; i < program->step_count; i++)
		if (program->steps[i].operation == OP_NEST || program->steps[i].operation == OP_IOMMUFD_HW_INFO ||
		    program->steps[i].with.nest_parent || program->steps[i].with.dirty)
			return true;
	return false;
}

/*
 * A user sees no difference between VT-d's modes, but for PASIDs, nesting and dirty flags, which legacy mode does not
 * have and `iommufd.get-hw-info` tells, and the order in which hardware that is free may complete commands (6.5.2.12).
 */
static void check_modes(const struct scenario *scenario, unsigned index, unsigned policy)
{
	if (has_pasids(scenario->cases[index].machine) || tells_modes_apart(&scenario->cases[index]) ||
	    scenario->hardware == HARDWARE_FREE)
		return;
	g_autofree char *legacy = verdict_of(scenario, index, policy, false);
	g_autofree char *scalable = verdict_of(scenario, index, policy, true);

	assert_string_equal(legacy, scalable);
}

static void check_file(const char *path)
{
	GError *error = NULL;
	struct scenario *scenario = scenario_load_file(path, sim_tables(), &error);

	assert_non_null(scenario);
	for (unsigned index = 0; index < scenario->case_count; index++)
		for (enum iommu_kind kind = IOMMU_NONE; kind < IOMMU_KINDS; kind++)
			for (unsigned policy = 0; policy < policy_count(); policy++)
				if (run_kinds(scenario->cases[index].machine) >> kind & 1) {
					check_run(scenario, index, kind, policy);
					if (kind == IOMMU_VTD && has_row(scenario, policy))
						check_modes(scenario, index, policy);
				}
	scenario_free(scenario);
}

static void test_world_state_is_all_in_the_arena(void **state)
{
	const char *root = g_getenv("IOSIM_SOURCE_ROOT");
	g_autofree char *shelves = g_build_filename(root ? root : ".", "scenarios", NULL);
	g_autoptr(GDir) folder = g_dir_open(shelves, 0, NULL);
	const char *shelf;
	unsigned files = 0;

	(void)state;
	assert_non_null(folder);
	while ((shelf = g_dir_read_name(folder))) {
		g_autofree char *path = g_build_filename(shelves, shelf, NULL);
		g_autoptr(GDir) inner = g_dir_open(path, 0, NULL);
		const char *name;

		while (inner && (name = g_dir_read_name(inner))) {
			g_autofree char *file = g_build_filename(path, name, NULL);

			if (!g_str_has_suffix(name, ".yaml"))
				continue;
			check_file(file);
			files++;
		}
	}
	assert_true(files > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_world_state_is_all_in_the_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
