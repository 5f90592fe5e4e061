/* SPDX-License-Identifier: MIT */
#include "scenario/tree.h"

#include "base/nearest.h"

#include <string.h>

static const struct node empty_map = {.kind = NODE_MAP, .text = ""};

/* One mapping that is being merged; the next entry of the patch to look at. */
struct frame {
	const struct node *target, *patch;
	GArray *entries; /* struct entry: the target's, then the new ones */
	uint32_t next;
	uint32_t hole; /* entry whose value the frame above makes */
};

static void begin(struct frame *frame, const struct node *target, const struct node *patch)
{
	*frame = (struct frame){.target = target, .patch = patch};
	frame->entries = g_array_new(FALSE, FALSE, sizeof(struct entry));
	if (target->count)
		g_array_append_vals(frame->entries, target->entries, target->count);
}

static uint32_t find(const struct frame *frame, const char *key)
{
	uint32_t i = 0;

	while (i < frame->entries->len && strcmp(g_array_index(frame->entries, struct entry, i).key->text, key) != 0)
		i++;
	return i;
}

static const struct node *finish(struct pool *pool, struct frame *frame)
{
	struct node *node = pool_alloc(pool, sizeof(*node));
	size_t bytes = frame->entries->len * sizeof(struct entry);
	struct entry *entries = pool_alloc(pool, bytes);

	if (bytes)
		memcpy(entries, frame->entries->data, bytes);
	*node = frame->target == &empty_map ? *frame->patch : *frame->target;
	node->entries = entries;
	node->count = frame->entries->len;
	g_array_unref(frame->entries);
	frame->entries = NULL;
	return node;
}

static bool removes_nothing(const struct source *source, const struct frame *frame, const struct node *key,
			    GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	struct problem problem = {.code = SCENARIO_ERROR_MEANING, .place = key->place};

	for (uint32_t i = 0; i < frame->entries->len; i++)
		g_ptr_array_add(names, (gpointer)g_array_index(frame->entries, struct entry, i).key->text);
	g_ptr_array_add(names, NULL);
	problem.meant = nearest_name(key->text, (const char *const *)names->pdata);
	return source_fail(source, &problem, error, "null removes '%s', which is not there", key->text);
}

/* The patch's next entry. *deeper: both sides are mappings, and a frame for them must be begun. */
static bool take_entry(const struct source *source, struct frame *frame, const struct node **deeper, GError **error)
{
	struct entry entry = frame->patch->entries[frame->next++];
	uint32_t place = find(frame, entry.key->text);
	bool is_there = place < frame->entries->len;
	const struct node *old = is_there ? g_array_index(frame->entries, struct entry, place).value : &empty_map;

	*deeper = NULL;
	if (node_is_null(entry.value)) {
		if (!is_there)
			return removes_nothing(source, frame, entry.key, error);
		g_array_remove_index(frame->entries, place);
		return true;
	}
	if (!is_there)
		g_array_append_val(frame->entries, entry);
	else
		g_array_index(frame->entries, struct entry, place).value = entry.value;
	if (entry.value->kind != NODE_MAP)
		return true;
	frame->hole = place;
	*deeper = old->kind == NODE_MAP ? old : &empty_map;
	return true;
}

const struct node *tree_patch(const struct source *source, struct pool *pool, const struct node *target,
			      const struct node *patch, GError **error)
{
	struct frame stack[SCENARIO_MAX_DEPTH];
	const struct node *result = NULL;
	unsigned depth = 1;
	bool good = true;

	begin(&stack[0], target, patch);
	while (good && depth > 0) {
		struct frame *frame = &stack[depth - 1];
		const struct node *deeper;

		if (frame->next == frame->patch->count) {
			result = finish(pool, frame);
			if (--depth > 0)
				g_array_index(stack[depth - 1].entries, struct entry, stack[depth - 1].hole).value =
					result;
			continue;
		}
		good = take_entry(source, frame, &deeper, error);
		if (good && deeper) {
			begin(&stack[depth], deeper, frame->patch->entries[frame->next - 1].value);
			depth++;
		}
	}
	while (!good && depth > 0)
		g_array_unref(stack[--depth].entries);
	return good ? result : NULL;
}
