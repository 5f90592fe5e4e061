/* SPDX-License-Identifier: MIT */
#include "sim/explore.h"

#include "base/assert.h"
#include "sim/order.h"
#include "sim/search.h"
#include "sim/split.h"
#include "sim/step.h"
#include "sim/timed.h"
#include "sim/world.h"

#include <string.h>

/* --- states --- */

static guint identity_hash(gconstpointer key)
{
	const struct identity *identity = key;

	return (guint)(identity->hash ^ identity->hash >> 32);
}

gboolean identity_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, sizeof(struct identity)) == 0;
}

static void free_node(gpointer data)
{
	struct node *node = data;

	g_array_unref(node->edges);
	g_free(node);
}

struct identity identify(const struct search *search, const struct position *position, const struct free_place *free,
			 bool ended)
{
	struct identity identity;

	memset(&identity, 0, sizeof(identity));
	identity.position = *position;
	identity.ended = ended;
	identity.free = *free;
	/* Without a choice before it no state is reached twice. */
	if (search->found->parallel && (search->found->free || !search->request->apart)) {
		identity.hash = arena_hash(search->world->arena);
		identity.second = arena_second_hash(search->world->arena);
	}
	return identity;
}

/* The node of the world's state; *fresh: it was not known. */
static uint32_t node_of(struct search *search, const struct position *position, const struct free_place *free,
			bool ended, bool *fresh)
{
	struct identity identity = identify(search, position, free, ended);
	uint32_t known = search->request->apart ? 0 : GPOINTER_TO_UINT(g_hash_table_lookup(search->known, &identity));
	struct node *node;

	*fresh = known == 0;
	if (known)
		return known - 1;
	node = g_new0(struct node, 1);
	node->identity = identity;
	node->edges = g_array_new(FALSE, FALSE, sizeof(struct edge));
	g_ptr_array_add(search->nodes, node);
	g_hash_table_insert(search->known, &node->identity, GUINT_TO_POINTER(search->nodes->len));
	return search->nodes->len - 1;
}

/* --- the search --- */

/* The choices at a place; with an order, that one. */
static void find_choices(struct search *search, const struct node *node, struct branch *branch)
{
	const struct position *position = &node->identity.position;

	branch->choices = position_choices(&search->program, position);
	if (search->found->free && branch->choices) {
		branch->choices = free_threads(&search->free, position, &node->identity.free, branch->choices);
		branch->hardware = free_choices(&search->free, position, &node->identity.free);
	}
	if ((position->block || search->found->free) && branch->choices && search->order.count > 0 && !search->message)
		search_follow_order(search, position, branch);
}

static const struct step *step_at(const struct search *search, const struct position *position, unsigned choice)
{
	return &search->program.program->steps[position_step(position, choice)];
}

static bool can_split(const struct search *search, const struct position *position, uint32_t choices)
{
	for (; choices; choices &= choices - 1)
		if (split_is(step_at(search, position, (unsigned)__builtin_ctz(choices))))
			return true;
	return false;
}

static void push(struct search *search, uint32_t index, bool ended)
{
	const struct node *node = g_ptr_array_index(search->nodes, index);
	struct branch branch = {.node = index};

	if (!ended)
		find_choices(search, node, &branch);
	if (branch.choices & (branch.choices - 1) || (branch.hardware && branch.hardware->len > branch.next) ||
	    can_split(search, &node->identity.position, branch.choices))
		branch.snapshot = arena_save(search->world->arena);
	g_array_append_val(search->branches, branch);
}

static void pop(struct search *search)
{
	struct branch *branch = &g_array_index(search->branches, struct branch, search->branches->len - 1);

	arena_snapshot_free(branch->snapshot);
	g_free(branch->schedule);
	if (branch->hardware)
		g_array_unref(branch->hardware);
	if (branch->within)
		g_array_unref(branch->within);
	g_array_set_size(search->branches, search->branches->len - 1);
}

/* The step, and what the schedule says of a split one; the place behind it. False: hardware could not do its part. */
static bool carry_out(struct search *search, const struct branch *branch, const struct position *position,
		      unsigned choice, struct position *after)
{
	const struct split_schedule *schedule = branch->schedule;
	GPtrArray *records = search->found->records;
	unsigned before = records->len;
	struct split split = {.world = search->world,
			      .program = &search->program,
			      .thread = choice,
			      .position = *position,
			      .schedule = branch->schedule,
			      .records = records};

	if (schedule) {
		search_split(search, branch, &split);
		search->split_runs++;
		if (search->order.items && split.done < schedule->count && !search->message)
			search->message = g_strdup_printf("order: the split step has %u effects", split.effects);
	} else {
		g_ptr_array_add(records, step_record_new(step_at(search, position, choice)));
		step_run(search->world, step_at(search, position, choice), position_number(position),
			 g_ptr_array_index(records, before));
		split.position = position_after(&search->program, position, choice);
	}
	search->found->steps += records->len - before;
	*after = split.position;
	return !split.refused;
}

/* Whether what was found so far can be judged. */
static bool sound(struct search *search)
{
	if (!search->world->overflowed && !model_overflowed(search->world->model))
		return !search->message;
	search->message = g_strdup_printf("more than %d spaces, %d areas or %d live areas: too much to judge",
					  WORLD_MAX_SPACES, WORLD_MAX_AREAS, MODEL_MAX_AREAS);
	return false;
}

/* The first schedule of a split step, or that of an order. */
static void begin_schedule(struct search *search, struct branch *branch, const struct node *node, unsigned thread)
{
	branch->split = thread;
	branch->schedule = g_new0(struct split_schedule, 1);
	if (search->found->free) {
		if (branch->within)
			g_array_unref(branch->within);
		branch->within = free_fetches(&search->free, &node->identity.position, &node->identity.free);
		branch->schedule->hardware = branch->within->len;
	}
	if (search->order.items)
		search_order_within(search, branch, &node->identity.position);
}

/* The thread of the branch's next choice, or CHOICE_OF_HARDWARE; of a split step, with its next schedule. False: there
 * is none. */
static bool choose(struct search *search, struct branch *branch, const struct node *node, unsigned *choice)
{
	const struct position *position = &node->identity.position;

	if (branch->schedule && !search->order.items &&
	    split_next(&search->program, position, branch->split, branch->schedule)) {
		*choice = branch->split;
		return true;
	}
	g_clear_pointer(&branch->schedule, g_free);
	if (branch->choices == 0) {
		*choice = CHOICE_OF_HARDWARE;
		return branch->hardware && branch->next++ < branch->hardware->len;
	}
	*choice = (unsigned)__builtin_ctz(branch->choices);
	branch->choices &= branch->choices - 1;
	if (!split_is(step_at(search, position, *choice)))
		return true;
	begin_schedule(search, branch, node, *choice);
	return true;
}

/* Takes the next choice of the branch, from the state that it has. False: the way that it leads is none of its own. */
static bool take(struct search *search, struct branch *branch, unsigned choice, struct position *after,
		 struct free_place *free)
{
	const struct node *node = g_ptr_array_index(search->nodes, branch->node);
	const struct position *before = &node->identity.position;

	*free = node->identity.free;
	*after = *before;
	if (choice == CHOICE_OF_HARDWARE)
		return search_let_hardware(search, before,
					   &g_array_index(branch->hardware, struct free_choice, branch->next - 1),
					   free) &&
		       (search->free.follows || !search_was_there(search, before));
	if (!carry_out(search, branch, before, choice, after))
		return false;
	if (!search->found->free)
		return true;
	return free_step_taken(&search->free, before, choice, free) &&
	       (!branch->schedule || search_split_counts(search, branch, free));
}

/* The next choice of the branch on top; without one it is done. */
static void go_on(struct search *search)
{
	struct branch *branch = &g_array_index(search->branches, struct branch, search->branches->len - 1);
	struct node *node = g_ptr_array_index(search->nodes, branch->node);
	struct edge edge = {.first = search->found->records->len};
	struct position after;
	struct free_place free;
	unsigned choice;
	bool fresh, ended, own;

	if (!choose(search, branch, node, &choice)) {
		pop(search);
		return;
	}
	if (branch->left) {
		arena_restore(search->world->arena, branch->snapshot);
		world_remember_views(search->world);
	}
	branch->left = true;
	own = take(search, branch, choice, &after, &free);
	edge.count = search->found->records->len - edge.first;
	ended = ((struct step_record *)g_ptr_array_index(search->found->records, edge.first))->did == DID_CRASHED;
	if (!own && !ended) {
		g_ptr_array_set_size(search->found->records, (int)edge.first);
		return;
	}
	edge.to = node_of(search, &after, &free, ended, &fresh);
	g_array_append_val(node->edges, edge);
	if (fresh)
		push(search, edge.to, ended);
	else
		search->found->merged++;
}

/* Something is left to look at. */
static bool has_choice(const struct search *search)
{
	for (unsigned i = 0; i < search->branches->len; i++) {
		const struct branch *branch = &g_array_index(search->branches, struct branch, i);

		if (branch->choices || branch->schedule || (branch->hardware && branch->next < branch->hardware->len))
			return true;
	}
	return false;
}

static void look_everywhere(struct search *search)
{
	uint32_t most = search->request->max_steps ? search->request->max_steps : EXPLORE_MAX_STEPS;
	struct position begin = position_begin(&search->program);
	struct free_place nothing;
	bool fresh;

	memset(&nothing, 0, sizeof(nothing));
	if (search->found->free)
		free_settle(&search->free);
	push(search, node_of(search, &begin, &nothing, false, &fresh), false);
	while (search->branches->len && sound(search)) {
		search->found->incomplete =
			(search->found->steps >= most || search->split_runs > SCENARIO_MAX_ORDERS) &&
			has_choice(search);
		if (search->found->incomplete)
			break;
		go_on(search);
	}
	while (search->branches->len)
		pop(search);
}

/* --- the paths through it --- */

struct turn {
	const struct node *node;
	uint32_t next; /* edge */
};

static bool is_end(const struct search *search, const struct node *node)
{
	return node->identity.ended || position_choices(&search->program, &node->identity.position) == 0;
}

static void add_record(struct run_record *run, struct step_record *record)
{
	run->choices += record->hardware;
	g_ptr_array_add(run->steps, record);
}

static void add_path(struct search *search, const GArray *turns)
{
	struct run_record *run = run_record_borrowing();

	run->kind = search->request->kind;
	run->free = search->found->free;
	for (unsigned i = 0; i + 1 < turns->len; i++) {
		const struct turn *turn = &g_array_index(turns, struct turn, i);
		const struct edge *edge = &g_array_index(turn->node->edges, struct edge, turn->next - 1);

		for (uint32_t step = 0; step < edge->count; step++)
			add_record(run, g_ptr_array_index(search->found->records, edge->first + step));
	}
	g_ptr_array_add(search->found->runs, run);
}

static bool more_to_list(const GArray *turns)
{
	for (unsigned i = 0; i < turns->len; i++) {
		const struct turn *turn = &g_array_index(turns, struct turn, i);

		if (turn->next < turn->node->edges->len)
			return true;
	}
	return false;
}

/* The loader allows no program with more than SCENARIO_MAX_ORDERS paths, but for those through split steps. */
static void list_paths(struct search *search)
{
	GArray *turns = g_array_new(FALSE, FALSE, sizeof(struct turn));
	struct turn turn = {.node = g_ptr_array_index(search->nodes, 0)};
	uint32_t count = 0;

	g_array_append_val(turns, turn);
	while (turns->len && search->found->runs->len < SCENARIO_MAX_ORDERS && count < EXPLORE_MAX_TURNS) {
		struct turn *top = &g_array_index(turns, struct turn, turns->len - 1);

		if (top->next == top->node->edges->len) {
			if (is_end(search, top->node))
				add_path(search, turns);
			g_array_set_size(turns, turns->len - 1);
			continue;
		}
		turn = (struct turn){
			.node = g_ptr_array_index(search->nodes,
						  g_array_index(top->node->edges, struct edge, top->next).to)};
		top->next++;
		count++;
		g_array_append_val(turns, turn);
	}
	search->found->incomplete |= more_to_list(turns);
	g_array_unref(turns);
}

/* --- */

static void free_run(gpointer data)
{
	run_record_free(data);
}

static struct exploration *exploration_new(void)
{
	struct exploration *exploration = g_new0(struct exploration, 1);

	exploration->runs = g_ptr_array_new_with_free_func(free_run);
	exploration->records = g_ptr_array_new_with_free_func(step_record_free);
	exploration->stands = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return exploration;
}

void exploration_free(struct exploration *exploration)
{
	if (!exploration)
		return;
	g_ptr_array_unref(exploration->runs);
	g_ptr_array_unref(exploration->records);
	g_hash_table_unref(exploration->stands);
	g_free(exploration);
}

static bool has_parallel(const struct position_program *program)
{
	struct position position = position_begin(program);
	uint32_t choices;

	while ((choices = position_choices(program, &position)) && !position.block)
		position = position_after(program, &position, (unsigned)__builtin_ctz(choices));
	return choices != 0;
}

static void search_free(struct search *search)
{
	world_free(search->world);
	g_hash_table_unref(search->known);
	g_ptr_array_unref(search->nodes);
	g_array_unref(search->branches);
	order_clear(&search->order);
}

/* The world is there. */
static void explore(struct search *search)
{
	struct exploration *found = search->found;

	if (search->order.count && !found->parallel)
		search->message = g_strdup("an order, and nothing here is 'parallel'");
	else
		look_everywhere(search);
	if (!search->message && order_left(&search->order))
		search->message = g_strdup_printf("order: '%s' is behind the last step", order_left(&search->order));
	found->states = search->nodes->len;
	found->cut = search->free.cut;
	found->incomplete |= search->free.crowded;
	if (!search->message)
		list_paths(search);
}

struct exploration *explore_case(const struct run_request *request, char **message)
{
	const struct scenario_case *program = &request->scenario->cases[request->case_index];
	struct search search = {.request = request, .program = {program, request->policy, request->kind}};

	enum hardware_mode hardware = request->free ? HARDWARE_FREE : request->scenario->hardware;
	search.world = world_new(program, hardware, request->kind, &request->rules, request->verbose, message);
	if (!search.world)
		return NULL;
	if (request->profile)
		world_set_clock(search.world, request->profile);
	search.found = exploration_new();
	search.found->free = hardware == HARDWARE_FREE;
	search.found->parallel = search.found->free || has_parallel(&search.program);
	search.nodes = g_ptr_array_new_with_free_func(free_node);
	search.known = g_hash_table_new(identity_hash, identity_equal);
	search.branches = g_array_new(FALSE, FALSE, sizeof(struct branch));
	order_read(&search.order, request->order);
	search_set_free(&search);
	explore(&search);
	search_free(&search);
	if (!search.message)
		return search.found;
	*message = search.message;
	exploration_free(search.found);
	return NULL;
}
