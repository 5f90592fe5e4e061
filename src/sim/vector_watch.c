/* SPDX-License-Identifier: MIT */
#include "sim/vector_watch.h"

#include <glib.h>
#include <string.h>

#define FRAME_WORDS (FRAME_BYTES / 8)

struct vector_watch {
	const struct memory *memory;
	GTree *frames; /* frame number: its words as they were */
};

static const uint64_t zeros[FRAME_WORDS];

static gint compare_numbers(gconstpointer a, gconstpointer b, gpointer data)
{
	uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;

	(void)data;
	return (first > second) - (first < second);
}

struct vector_watch *vector_watch_new(const struct memory *memory)
{
	struct vector_watch *watch = g_new(struct vector_watch, 1);

	watch->memory = memory;
	watch->frames = g_tree_new_full(compare_numbers, NULL, g_free, g_free);
	return watch;
}

void vector_watch_free(struct vector_watch *watch)
{
	if (!watch)
		return;
	g_tree_unref(watch->frames);
	g_free(watch);
}

/* The words of the frame as they were; zeros, if it is new. */
static uint64_t *known_frame(struct vector_watch *watch, uint64_t number)
{
	uint64_t *known = g_tree_lookup(watch->frames, &number);

	if (!known) {
		known = g_memdup2(zeros, sizeof(zeros));
		g_tree_insert(watch->frames, g_memdup2(&number, sizeof(number)), known);
	}
	return known;
}

/* So that the tree has every frame that is there: its order, not the order of their making, is the order of reports. */
static void learn_frames(struct vector_watch *watch)
{
	const struct memory *memory = watch->memory;

	for (uint32_t handle = arena_next(memory->arena, memory->pool, 0); handle;
	     handle = arena_next(memory->arena, memory->pool, handle))
		known_frame(watch, memory->frames[handle - 1].number);
}

struct look {
	const struct memory *memory;
	vector_changed_fn changed;
	void *context;
};

static gboolean look_at_frame(gpointer key, gpointer value, gpointer data)
{
	uint64_t number = *(const uint64_t *)key, *known = value;
	const struct look *look = data;
	const uint64_t *words = memory_frame(look->memory, number);

	if (!words)
		words = zeros;
	if (memcmp(words, known, sizeof(zeros)) == 0)
		return FALSE;
	for (unsigned i = 0; i < FRAME_WORDS; i++) {
		uint64_t old = known[i];

		known[i] = words[i];
		if (words[i] != old)
			look->changed(look->context, (number << FRAME_LG2) + i * 8, old, words[i]);
	}
	return FALSE;
}

void vector_watch_look(struct vector_watch *watch, vector_changed_fn changed, void *context)
{
	struct look look = {watch->memory, changed, context};

	learn_frames(watch);
	g_tree_foreach(watch->frames, look_at_frame, &look);
}

void vector_watch_accept(struct vector_watch *watch, uint64_t pa)
{
	const uint64_t *words = memory_frame(watch->memory, pa >> FRAME_LG2);
	unsigned index = (unsigned)(pa % FRAME_BYTES / 8);

	known_frame(watch, pa >> FRAME_LG2)[index] = words ? words[index] : 0;
}
