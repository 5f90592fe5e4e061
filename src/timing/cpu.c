/* SPDX-License-Identifier: MIT */
#include "timing/cpu.h"

enum {
	CPU_IDLE,
	CPU_WORKS,
	CPU_WAITS, /* for the lock */
	CPU_TAKES, /* the lock is on its way to it */
	CPU_HOLDS,
	CPU_POSTS,
	CPU_FINDS_NO_ROOM,
	CPU_POLLS,
	CPU_SEES, /* that the batch is complete */
};

void timing_cpus_init(struct timing_cpus *cpus, const struct timing_config *config, struct timing_machine *machine,
		      struct timing_software *software, struct timing_queue *queue, uint32_t count, uint32_t first,
		      bool guest)
{
	const double *value = config->profile->value;

	IOSIM_ASSERT(count > 0 && count <= TIMING_MAX_CPUS);
	*cpus = (struct timing_cpus){
		.machine = machine,
		.software = software,
		.queue = queue,
		.count = count,
		.first = first,
		.post = timing_ps(value[TIMING_POST] + (guest ? value[TIMING_EXIT] : 0)),
		.poll = timing_ps(value[TIMING_POLL]),
		.lock = timing_ps(value[TIMING_LOCK]),
		.lock_waiter = timing_ps(value[TIMING_LOCK_WAITER]),
		.spin = timing_ps(value[TIMING_SPIN]),
		.wake = timing_ps(value[TIMING_WAKE]),
		.keeps_lock = config->profile->kind == IOMMU_VTD,
	};
	cpus->cpus = arena_block(config->arena, "timed CPUs", sizeof(cpus->cpus[0]) * count, ARENA_UNHASHED);
	cpus->waiting = arena_block(config->arena, "CPUs before the lock", sizeof(uint32_t) * count, ARENA_UNHASHED);
	cpus->state = arena_block(config->arena, "lock of timed CPUs", sizeof(*cpus->state), ARENA_UNHASHED);
	cpus->state->holder = count;
}

static uint64_t now(const struct timing_cpus *cpus)
{
	return timing_now(cpus->machine);
}

/* From now on it does that, until its event; what it did before was `part` of its time. */
static void enter(struct timing_cpus *cpus, uint32_t index, uint8_t state, uint64_t *part)
{
	struct timing_cpu *cpu = &cpus->cpus[index];

	if (part)
		*part += now(cpus) - cpu->since;
	cpu->since = now(cpus);
	cpu->state = state;
}

static void enter_for(struct timing_cpus *cpus, uint32_t index, uint8_t state, uint64_t *part, uint64_t ps)
{
	enter(cpus, index, state, part);
	timing_other_at(cpus->machine, cpus->first + index, now(cpus) + ps);
}

/* --- the lock --- */

static void has_lock(struct timing_cpus *cpus, uint32_t index)
{
	struct timing_cpu *cpu = &cpus->cpus[index];

	cpus->state->holder = index;
	enter_for(cpus, index, cpu->hold ? CPU_HOLDS : CPU_POSTS, &cpu->tally.lock_ps,
		  cpu->hold ? cpu->hold : cpus->post);
}

static void take_lock(struct timing_cpus *cpus, uint32_t index, uint64_t hold)
{
	struct timing_cpus_state *state = cpus->state;
	struct timing_cpu *cpu = &cpus->cpus[index];

	IOSIM_ASSERT(cpu->state == CPU_IDLE);
	cpu->hold = hold;
	cpu->since = now(cpus);
	if (state->holder == cpus->count) {
		has_lock(cpus, index);
		return;
	}
	cpu->state = CPU_WAITS;
	cpu->tally.contended++;
	cpus->waiting[(state->waiting_first + state->waiting_count++) % cpus->count] = index;
}

static void drop_lock(struct timing_cpus *cpus)
{
	struct timing_cpus_state *state = cpus->state;

	state->holder = cpus->count;
	if (state->waiting_count == 0)
		return;
	uint32_t index = cpus->waiting[state->waiting_first];
	struct timing_cpu *cpu = &cpus->cpus[index];
	state->waiting_first = (state->waiting_first + 1) % cpus->count;
	state->waiting_count--;
	state->holder = index;
	uint64_t takes = cpus->lock + state->waiting_count * cpus->lock_waiter;
	if (now(cpus) - cpu->since > cpus->spin)
		takes += cpus->wake;
	cpu->state = CPU_TAKES;
	timing_other_at(cpus->machine, cpus->first + index, now(cpus) + takes);
}

/* --- what a CPU does --- */

void timing_cpu_work(struct timing_cpus *cpus, uint32_t cpu, uint64_t ps)
{
	IOSIM_ASSERT(cpus->cpus[cpu].state == CPU_IDLE);
	enter_for(cpus, cpu, CPU_WORKS, NULL, ps);
}

void timing_cpu_hold(struct timing_cpus *cpus, uint32_t cpu, uint64_t ps)
{
	IOSIM_ASSERT(ps > 0);
	take_lock(cpus, cpu, ps);
}

void timing_cpu_invalidate(struct timing_cpus *cpus, uint32_t cpu, const struct timing_forget *what)
{
	cpus->cpus[cpu].forget = *what;
	take_lock(cpus, cpu, 0);
}

/* Writes the batch if it fits, else waits for the unit to read on. */
static void post(struct timing_cpus *cpus, uint32_t index)
{
	struct timing_cpu *cpu = &cpus->cpus[index];

	if (!timing_software_has_room(cpus->software, &cpu->forget)) {
		if (cpu->state != CPU_FINDS_NO_ROOM)
			enter(cpus, index, CPU_FINDS_NO_ROOM, &cpu->tally.post_ps);
		return;
	}
	enter(cpus, index, CPU_POLLS, cpu->state == CPU_POSTS ? &cpu->tally.post_ps : &cpu->tally.wait_ps);
	cpu->number = timing_software_post(cpus->software, &cpu->forget);
	cpu->tally.batches++;
	cpus->state->polling++;
	timing_queue_ring(cpus->queue);
	if (!cpus->keeps_lock)
		drop_lock(cpus);
}

static bool is_over(struct timing_cpus *cpus, uint32_t cpu, uint64_t *part)
{
	enter(cpus, cpu, CPU_IDLE, part);
	return true;
}

bool timing_cpu_event(struct timing_cpus *cpus, uint32_t index)
{
	struct timing_cpu *cpu = &cpus->cpus[index];

	switch (cpu->state) {
	case CPU_WORKS:
		return is_over(cpus, index, &cpu->tally.work_ps);
	case CPU_TAKES:
		has_lock(cpus, index);
		return false;
	case CPU_HOLDS:
		drop_lock(cpus);
		return is_over(cpus, index, &cpu->tally.work_ps);
	case CPU_POSTS:
		post(cpus, index);
		return false;
	default:
		IOSIM_ASSERT(cpu->state == CPU_SEES);
		if (cpus->keeps_lock)
			drop_lock(cpus);
		return is_over(cpus, index, &cpu->tally.wait_ps);
	}
}

void timing_cpus_look(struct timing_cpus *cpus)
{
	struct timing_cpus_state *state = cpus->state;

	if (state->holder < cpus->count && cpus->cpus[state->holder].state == CPU_FINDS_NO_ROOM)
		post(cpus, state->holder);
	for (uint32_t i = 0; i < cpus->count && state->polling; i++) {
		struct timing_cpu *cpu = &cpus->cpus[i];
		if (cpu->state != CPU_POLLS || !timing_software_is_done(cpus->software, cpu->number))
			continue;
		state->polling--;
		cpu->state = CPU_SEES;
		timing_other_at(cpus->machine, cpus->first + i, now(cpus) + cpus->poll);
	}
}
