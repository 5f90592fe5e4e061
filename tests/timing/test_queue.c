/* SPDX-License-Identifier: MIT */
/* The unit's queue and the CPUs that post to it, by times that are added up by hand; for both kinds of unit. */
#include "timed.h"

#include "timing/cpu.h"

#include <string.h>

#define COMMAND_NS    10
#define INVALIDATE_NS 100
#define COMPLETE_NS   20
#define BATCH_NS      (2 * COMMAND_NS + INVALIDATE_NS + COMPLETE_NS) /* of one page */
#define POST_NS       5
#define POLL_NS       2
#define LOCK_NS       4
#define LOOKED_NS     33 /* of a read: 20 up, 10 there, 3 look-up */
#define PASS_NS       7
#define CPUS          4
#define PAGE          TIMING_WINDOW

static const enum iommu_kind kinds[] = {IOMMU_VTD, IOMMU_SMMUV3};

struct rig {
	struct timing_profile profile;
	struct timing_host host;
	struct timing_machine *machine;
	struct timing_software software;
	struct timing_queue queue;
	struct timing_cpus cpus;
	uint64_t over[CPUS]; /* when what a CPU did last was over */
	unsigned overs;
	uint64_t answered[2]; /* of reads, by their number */
	struct translation translation;
};

static struct timing_profile profile_of(enum iommu_kind kind)
{
	struct timing_profile profile = timed_profile(kind);

	profile.value[TIMING_COMMAND] = COMMAND_NS;
	profile.value[TIMING_INVALIDATE] = INVALIDATE_NS;
	profile.value[TIMING_COMPLETE] = COMPLETE_NS;
	profile.value[TIMING_POST] = POST_NS;
	profile.value[TIMING_POLL] = POLL_NS;
	profile.value[TIMING_LOCK] = LOCK_NS;
	return profile;
}

static void set_up(struct rig *rig, const struct timing_profile *profile, bool guest)
{
	memset(rig, 0, sizeof(*rig));
	rig->profile = *profile;
	timing_host_init(&rig->host, profile, true, 8 * 4096);
	struct timing_config config = {.arena = rig->host.arena,
				       .memory = rig->host.memory,
				       .unit = rig->host.unit,
				       .profile = &rig->profile,
				       .others = 1 + CPUS};
	rig->machine = timing_machine_new(&config);
	timing_software_init(&rig->software, &rig->host);
	timing_queue_init(&rig->queue, &config, rig->machine, 0);
	timing_cpus_init(&rig->cpus, &config, rig->machine, &rig->software, &rig->queue, CPUS, 1, guest);
}

static void tear_down(struct rig *rig)
{
	timing_machine_free(rig->machine);
	timing_host_clear(&rig->host);
}

/* One event. False: there is none. */
static bool step(struct rig *rig)
{
	const struct timing_slot *ended;
	enum timing_event event = timing_next(rig->machine, &ended);

	if (event == TIMING_ENDED) {
		rig->answered[ended->dma.number] = ended->answered;
		rig->translation = ended->translation;
	} else if (event == TIMING_OTHER && timing_other(rig->machine) == 0) {
		if (timing_queue_event(&rig->queue))
			timing_cpus_look(&rig->cpus);
	} else if (event == TIMING_OTHER && timing_cpu_event(&rig->cpus, timing_other(rig->machine) - 1)) {
		rig->over[timing_other(rig->machine) - 1] = timing_now(rig->machine);
		rig->overs++;
	}
	return event != TIMING_IDLE;
}

static void finish(struct rig *rig)
{
	while (step(rig))
		;
}

static void read_page(struct rig *rig, unsigned page, unsigned number)
{
	struct timing_dma dma = {.request = {.address = PAGE + page * 4096,
					     .bytes = 64,
					     .stream = TIMING_STREAM,
					     .pasid = PASID_NONE,
					     .op = REQUEST_READ},
				 .number = number,
				 .dma_bytes = 64};

	assert_true(timing_can_issue(rig->machine, false, 64));
	timing_issue(rig->machine, &dma);
}

/* Alone; the page is cached then. */
static void cache_page(struct rig *rig, unsigned page)
{
	read_page(rig, page, 0);
	finish(rig);
	assert_int_equal(rig->translation.result, TRANSLATE_OK);
}

static const struct timing_forget one = {.count = 1, .iova = {PAGE}};
static const struct timing_forget whole = {.all = true};

static void test_queue_batch_takes_the_sum_of_its_turns(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct timing_profile profile = profile_of(kinds[i]);
		struct rig rig;
		set_up(&rig, &profile, false);
		cache_page(&rig, 0);
		uint64_t begun = timing_now(rig.machine);
		timing_cpu_invalidate(&rig.cpus, 0, &one);
		finish(&rig);
		assert_int_equal(rig.over[0] - begun, (POST_NS + BATCH_NS + POLL_NS) * NS);
		assert_int_equal(rig.cpus.cpus[0].tally.post_ps, POST_NS * NS);
		assert_int_equal(rig.cpus.cpus[0].tally.wait_ps, (BATCH_NS + POLL_NS) * NS);
		assert_int_equal(rig.queue.state->tally.commands, 2);
		assert_int_equal(rig.queue.state->tally.invalidations, 1);
		assert_int_equal(rig.queue.state->tally.completions, 1);
		assert_int_equal(rig.queue.state->tally.drain_ps, 0);
		tear_down(&rig);
	}
}

/* The page is forgotten at the end of the turn, not before and not with the batch; the domain's pages all at once. */
static void test_queue_page_is_forgotten_at_its_turn(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct timing_profile profile = profile_of(kinds[i % 2]);
		struct rig rig;
		set_up(&rig, &profile, false);
		cache_page(&rig, 1);
		cache_page(&rig, 0);
		timing_host_unmap(&rig.host, PAGE);
		timing_host_unmap(&rig.host, PAGE + 4096);
		timing_cpu_invalidate(&rig.cpus, 0, i < 2 ? &one : &whole);
		/* Looked up 33 ns after it was sent, 110 ns before the invalidation takes effect. */
		cache_page(&rig, 0);
		assert_true(rig.translation.from_cache);
		read_page(&rig, 0, 0);
		finish(&rig);
		assert_int_equal(rig.translation.result, TRANSLATE_FAULT);
		read_page(&rig, 1, 0);
		finish(&rig);
		assert_int_equal(rig.translation.result, i < 2 ? TRANSLATE_OK : TRANSLATE_FAULT);
		tear_down(&rig);
	}
}

/* VT-d 6.5.4, IHI 0070 4.7.3: reads that were translated before have their data. */
static void test_queue_completion_waits_for_reads_in_flight(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct timing_profile profile = profile_of(kinds[i]);
		struct rig rig;
		profile.value[TIMING_DATA] = 5000;
		set_up(&rig, &profile, false);
		cache_page(&rig, 0);
		uint64_t begun = timing_now(rig.machine);
		read_page(&rig, 0, 0);
		timing_cpu_work(&rig.cpus, 0, 40 * NS); /* the read is looked up */
		while (rig.overs == 0)
			assert_true(step(&rig));
		timing_cpu_invalidate(&rig.cpus, 0, &one);
		timing_cpu_work(&rig.cpus, 1, 200 * NS); /* the invalidation has taken effect */
		while (rig.overs == 1)
			assert_true(step(&rig));
		read_page(&rig, 2, 1);
		finish(&rig);
		assert_int_equal(rig.answered[0] - begun, (LOOKED_NS + PASS_NS + 5000) * NS);
		assert_true(rig.answered[1] > rig.over[0]);
		/* VT-d reads the wait descriptor before, SMMUv3 consumes the CMD_SYNC behind it. */
		uint64_t rest = (kinds[i] == IOMMU_VTD ? 0 : COMMAND_NS) + COMPLETE_NS + POLL_NS;
		assert_int_equal(rig.over[0] - rig.answered[0], rest * NS);
		assert_true(rig.queue.state->tally.drain_ps > 4000 * NS);
		tear_down(&rig);
	}
}

static void test_queue_completion_does_not_wait_for_reads_behind(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct timing_profile profile = profile_of(kinds[i]);
		struct rig rig;
		profile.value[TIMING_DATA] = 5000;
		set_up(&rig, &profile, false);
		cache_page(&rig, 1);
		uint64_t begun = timing_now(rig.machine);
		timing_cpu_invalidate(&rig.cpus, 0, &one);
		timing_cpu_work(&rig.cpus, 1, (POST_NS + COMMAND_NS + INVALIDATE_NS) * NS);
		while (rig.overs == 0)
			assert_true(step(&rig));
		read_page(&rig, 1, 1);
		finish(&rig);
		assert_int_equal(rig.over[0] - begun, (POST_NS + BATCH_NS + POLL_NS) * NS);
		assert_true(rig.answered[1] > rig.over[0]);
		tear_down(&rig);
	}
}

/* A CPU has the lock until its batch is complete on VT-d, and while it posts on SMMUv3. */
static void test_cpu_second_one_waits_for_the_lock(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct timing_profile profile = profile_of(kinds[i]);
		struct rig rig;
		set_up(&rig, &profile, false);
		timing_cpu_invalidate(&rig.cpus, 0, &one);
		timing_cpu_invalidate(&rig.cpus, 1, &one);
		finish(&rig);
		uint64_t first = POST_NS + BATCH_NS + POLL_NS, held = kinds[i] == IOMMU_VTD ? first : POST_NS;
		assert_int_equal(rig.over[0], first * NS);
		assert_int_equal(rig.cpus.cpus[1].tally.lock_ps, (held + LOCK_NS) * NS);
		uint64_t second = kinds[i] == IOMMU_VTD ? first + LOCK_NS + first : first + BATCH_NS;
		assert_int_equal(rig.over[1], second * NS);
		assert_int_equal(rig.cpus.cpus[0].tally.contended + rig.cpus.cpus[1].tally.contended, 1);
		tear_down(&rig);
	}
}

static void test_cpu_lock_costs_more_the_more_wait(void **state)
{
	(void)state;
	struct timing_profile profile = profile_of(IOMMU_VTD);
	struct rig rig;

	profile.value[TIMING_LOCK_WAITER] = 30;
	profile.value[TIMING_SPIN] = 150;
	profile.value[TIMING_WAKE] = 1000;
	set_up(&rig, &profile, false);
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		timing_cpu_hold(&rig.cpus, cpu, 100 * NS);
	finish(&rig);
	/* Two others wait behind the second one, one behind the third; that one has waited for more than 150 ns. */
	assert_int_equal(rig.over[0], 100 * NS);
	assert_int_equal(rig.over[1], (100 + LOCK_NS + 2 * 30 + 100) * NS);
	assert_int_equal(rig.over[2] - rig.over[1], (LOCK_NS + 30 + 1000 + 100) * NS);
	assert_int_equal(rig.over[3] - rig.over[2], (LOCK_NS + 1000 + 100) * NS);
	tear_down(&rig);
}

static void test_cpu_of_a_guest_traps_with_the_lock(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct timing_profile profile = profile_of(kinds[i]);
		struct rig rig;
		profile.value[TIMING_EXIT] = 3000;
		set_up(&rig, &profile, true);
		timing_cpu_invalidate(&rig.cpus, 0, &one);
		timing_cpu_hold(&rig.cpus, 1, 50 * NS);
		finish(&rig);
		assert_int_equal(rig.over[0], (3000 + POST_NS + BATCH_NS + POLL_NS) * NS);
		uint64_t held = kinds[i] == IOMMU_VTD ? rig.over[0] : (3000 + POST_NS) * NS;
		assert_int_equal(rig.over[1], held + (LOCK_NS + 50) * NS);
		tear_down(&rig);
	}
}

/* 256 entries: the third batch of 101 fits when the unit has read the first. */
static void test_cpu_full_queue_is_waited_for(void **state)
{
	(void)state;
	struct timing_profile profile = profile_of(IOMMU_SMMUV3);
	struct timing_forget hundred = {.count = 100};
	struct rig rig;

	for (unsigned page = 0; page < 100; page++)
		hundred.iova[page] = PAGE + page * 4096;
	set_up(&rig, &profile, false);
	for (unsigned cpu = 0; cpu < 3; cpu++)
		timing_cpu_invalidate(&rig.cpus, cpu, &hundred);
	finish(&rig);
	uint64_t batch = 101 * COMMAND_NS + 100 * INVALIDATE_NS + COMPLETE_NS;
	for (unsigned cpu = 0; cpu < 3; cpu++)
		assert_int_equal(rig.over[cpu], (POST_NS + (cpu + 1) * batch + POLL_NS) * NS);
	assert_int_equal(rig.queue.state->tally.invalidations, 300);
	/* The third had the lock by then, and waited for room: what it waits for is the unit. */
	assert_int_equal(rig.cpus.cpus[2].tally.post_ps, POST_NS * NS);
	assert_int_equal(rig.cpus.cpus[2].tally.wait_ps, rig.over[2] - (3 * POST_NS + 2 * LOCK_NS) * NS);
	tear_down(&rig);
}

static void begin_some(struct rig *rig)
{
	for (unsigned page = 0; page < 8; page++)
		read_page(rig, page, page % 2);
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		timing_cpu_invalidate(&rig->cpus, cpu, cpu % 2 ? &whole : &one);
}

static void test_cpus_restored_go_on_the_same(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct timing_profile profile = profile_of(kinds[i]);
		struct rig rig;
		uint64_t begun[CPUS], over[CPUS];
		set_up(&rig, &profile, false);
		begin_some(&rig);
		for (unsigned events = 0; events < 12; events++)
			assert_true(step(&rig));
		struct arena_snapshot *snapshot = arena_save(rig.host.arena);
		memcpy(begun, rig.over, sizeof(begun));
		finish(&rig);
		memcpy(over, rig.over, sizeof(over));
		assert_int_equal(rig.overs, CPUS);
		arena_restore(rig.host.arena, snapshot);
		arena_snapshot_free(snapshot);
		memcpy(rig.over, begun, sizeof(begun));
		finish(&rig);
		for (unsigned cpu = 0; cpu < CPUS; cpu++)
			assert_int_equal(rig.over[cpu], over[cpu]);
		tear_down(&rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queue_batch_takes_the_sum_of_its_turns),
		cmocka_unit_test(test_queue_page_is_forgotten_at_its_turn),
		cmocka_unit_test(test_queue_completion_waits_for_reads_in_flight),
		cmocka_unit_test(test_queue_completion_does_not_wait_for_reads_behind),
		cmocka_unit_test(test_cpu_second_one_waits_for_the_lock),
		cmocka_unit_test(test_cpu_lock_costs_more_the_more_wait),
		cmocka_unit_test(test_cpu_of_a_guest_traps_with_the_lock),
		cmocka_unit_test(test_cpu_full_queue_is_waited_for),
		cmocka_unit_test(test_cpus_restored_go_on_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
