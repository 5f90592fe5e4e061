/* SPDX-License-Identifier: MIT */
#include "sim/explore.h"

#include "base/assert.h"
#include "sim/order.h"
#include "sim/split.h"
#include "sim/step.h"
#include "sim/world.h"

#include <string.h>

/* What tells states apart. */
struct identity {
	struct position position;
	uint32_t ended; /* the host crashed */
	uint64_t hash, second;
};

struct edge {
	uint32_t first, count; /* of the exploration's records: one, or a split step and what took place within it */
	uint32_t to;           /* node */
};

struct node {
	struct identity identity;
	GArray *edges; /* struct edge, in the order of the threads */
};

/* A state that has choices left. */
struct branch {
	uint32_t node;
	uint32_t choices;                /* those that are left, as a mask */
	struct arena_snapshot *snapshot; /* NULL: there is one choice */
	struct split_schedule *schedule; /* of the split step that is tried now; NULL: none is */
	unsigned split;                  /* its thread */
	bool left;                       /* the world is in another state by now */
};

struct search {
	const struct run_request *request;
	struct position_program program;
	struct world *world;
	struct exploration *found;
	GPtrArray *nodes;    /* struct node * */
	GHashTable *known;   /* struct identity * of a node, to its index + 1 */
	GArray *branches;    /* struct branch */
	struct order order;  /* empty: every one */
	uint32_t split_runs; /* how often a split step was begun: an interleaving at least each */
	char *message;
};

/* --- states --- */

static guint identity_hash(gconstpointer key)
{
	const struct identity *identity = key;

	return (guint)(identity->hash ^ identity->hash >> 32);
}

static gboolean identity_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, sizeof(struct identity)) == 0;
}

static void free_node(gpointer data)
{
	struct node *node = data;

	g_array_unref(node->edges);
	g_free(node);
}

static struct identity identify(const struct search *search, const struct position *position, bool ended)
{
	struct identity identity;

	memset(&identity, 0, sizeof(identity));
	identity.position = *position;
	identity.ended = ended;
	/* Without a choice before it no state is reached twice. */
	if (search->found->parallel && !search->request->apart) {
		identity.hash = arena_hash(search->world->arena);
		identity.second = arena_second_hash(search->world->arena);
	}
	return identity;
}

/* The node of the world's state; *fresh: it was not known. */
static uint32_t node_of(struct search *search, const struct position *position, bool ended, bool *fresh)
{
	struct identity identity = identify(search, position, ended);
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
static uint32_t choices_at(struct search *search, const struct position *position)
{
	uint32_t choices = position_choices(&search->program, position);

	if (!position->block || search->order.count == 0 || search->message)
		return choices;
	return order_choose(&search->order, search->program.program, position, choices, &search->message);
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

	branch.choices = ended ? 0 : choices_at(search, &node->identity.position);
	if (branch.choices & (branch.choices - 1) || can_split(search, &node->identity.position, branch.choices))
		branch.snapshot = arena_save(search->world->arena);
	g_array_append_val(search->branches, branch);
}

static void pop(struct search *search)
{
	struct branch *branch = &g_array_index(search->branches, struct branch, search->branches->len - 1);

	arena_snapshot_free(branch->snapshot);
	g_free(branch->schedule);
	g_array_set_size(search->branches, search->branches->len - 1);
}

/* The step, and what the schedule says of a split one; the place behind it. */
static struct position carry_out(struct search *search, const struct position *position, unsigned choice,
				 struct split_schedule *schedule)
{
	GPtrArray *records = search->found->records;
	unsigned before = records->len;
	struct split split = {.world = search->world,
			      .program = &search->program,
			      .thread = choice,
			      .position = *position,
			      .schedule = schedule,
			      .records = records};

	if (schedule) {
		split_run(&split);
		search->split_runs++;
		if (search->order.items && split.done < schedule->count)
			search->message = g_strdup_printf("order: the split step has %u effects", split.effects);
	} else {
		g_ptr_array_add(records, step_record_new(step_at(search, position, choice)));
		step_run(search->world, step_at(search, position, choice), position_number(position),
			 g_ptr_array_index(records, before));
		split.position = position_after(&search->program, position, choice);
	}
	search->found->steps += records->len - before;
	return split.position;
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

/* The thread of the branch's next choice; of a split step, with its next schedule. False: there is none. */
static bool choose(struct search *search, struct branch *branch, const struct position *position, unsigned *choice)
{
	if (branch->schedule && !search->order.items &&
	    split_next(&search->program, position, branch->split, branch->schedule)) {
		*choice = branch->split;
		return true;
	}
	g_clear_pointer(&branch->schedule, g_free);
	if (branch->choices == 0)
		return false;
	*choice = (unsigned)__builtin_ctz(branch->choices);
	branch->choices &= branch->choices - 1;
	if (!split_is(step_at(search, position, *choice)))
		return true;
	branch->split = *choice;
	branch->schedule = g_new0(struct split_schedule, 1);
	if (search->order.items)
		order_within(&search->order, &search->program, position, *choice, branch->schedule, &search->message);
	return true;
}

/* The next choice of the branch on top; without one it is done. */
static void go_on(struct search *search)
{
	struct branch *branch = &g_array_index(search->branches, struct branch, search->branches->len - 1);
	struct node *node = g_ptr_array_index(search->nodes, branch->node);
	struct edge edge = {.first = search->found->records->len};
	struct position after;
	unsigned choice;
	bool fresh, ended;

	if (!choose(search, branch, &node->identity.position, &choice)) {
		pop(search);
		return;
	}
	if (branch->left) {
		arena_restore(search->world->arena, branch->snapshot);
		world_remember_views(search->world);
	}
	branch->left = true;
	after = carry_out(search, &node->identity.position, choice, branch->schedule);
	edge.count = search->found->records->len - edge.first;
	ended = ((struct step_record *)g_ptr_array_index(search->found->records, edge.first))->did == DID_CRASHED;
	edge.to = node_of(search, &after, ended, &fresh);
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

		if (branch->choices || branch->schedule)
			return true;
	}
	return false;
}

static void look_everywhere(struct search *search)
{
	uint32_t most = search->request->max_steps ? search->request->max_steps : EXPLORE_MAX_STEPS;
	struct position begin = position_begin(&search->program);
	bool fresh;

	push(search, node_of(search, &begin, false, &fresh), false);
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

static void add_path(struct search *search, const GArray *turns)
{
	struct run_record *run = run_record_borrowing();

	run->kind = search->request->kind;
	for (unsigned i = 0; i + 1 < turns->len; i++) {
		const struct turn *turn = &g_array_index(turns, struct turn, i);
		const struct edge *edge = &g_array_index(turn->node->edges, struct edge, turn->next - 1);

		for (uint32_t step = 0; step < edge->count; step++)
			g_ptr_array_add(run->steps, g_ptr_array_index(search->found->records, edge->first + step));
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
	return exploration;
}

void exploration_free(struct exploration *exploration)
{
	if (!exploration)
		return;
	g_ptr_array_unref(exploration->runs);
	g_ptr_array_unref(exploration->records);
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
	if (!search->message)
		list_paths(search);
}

struct exploration *explore_case(const struct run_request *request, char **message)
{
	const struct scenario_case *program = &request->scenario->cases[request->case_index];
	struct search search = {.request = request, .program = {program, request->policy, request->kind}};

	search.world = world_new(program, request->scenario->hardware, request->kind, &request->rules, request->verbose,
				 message);
	if (!search.world)
		return NULL;
	search.found = exploration_new();
	search.found->parallel = has_parallel(&search.program);
	search.nodes = g_ptr_array_new_with_free_func(free_node);
	search.known = g_hash_table_new(identity_hash, identity_equal);
	search.branches = g_array_new(FALSE, FALSE, sizeof(struct branch));
	order_read(&search.order, request->order);
	explore(&search);
	search_free(&search);
	if (!search.message)
		return search.found;
	*message = search.message;
	exploration_free(search.found);
	return NULL;
}
