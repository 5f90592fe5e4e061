/* SPDX-License-Identifier: MIT */
/* A machine, its arena and its model, for tests. */
#ifndef IOSIM_TESTS_MODEL_BUILD_H
#define IOSIM_TESTS_MODEL_BUILD_H

#include "../machine/build.h"
#include "base/arena.h"
#include "model/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct bench {
	struct machine *machine;
	struct arena *arena;
	struct model *model;
};

static inline struct bench bench_open(struct machine *machine)
{
	struct machine_error error = {0};
	struct bench bench = {.machine = machine, .arena = arena_new()};

	if (!machine_finish(machine, &error))
		fail_msg("machine refused: %s", error.message);
	bench.model = model_new(bench.arena, machine);
	return bench;
}

static inline void bench_close(struct bench *bench)
{
	model_free(bench->model);
	arena_free(bench->arena);
	machine_free(bench->machine);
}

static inline struct model_target memory_target(uint16_t memory, uint64_t offset)
{
	return (struct model_target){.kind = MODEL_MEMORY, .index = memory, .offset = offset};
}

static inline struct model_target bar_target(uint16_t bar, uint64_t offset)
{
	return (struct model_target){.kind = MODEL_BAR, .index = bar, .offset = offset};
}

#endif
