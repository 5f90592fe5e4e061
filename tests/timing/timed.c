/* SPDX-License-Identifier: MIT */
#include "timed.h"

#define WINDOW (UINT64_C(4) << 20)

struct timing_profile timed_profile(enum iommu_kind kind)
{
	struct timing_profile profile = {
		.kind = kind,
		.value =
			{
				[TIMING_READ_TAGS] = 16,     [TIMING_READ_OVERHEAD] = 100,
				[TIMING_GENERATION] = 1, /* 2.5 GT/s, 8b/10b, 4 lanes: 1 byte a nanosecond */
				[TIMING_LANES] = 4,          [TIMING_MAX_PAYLOAD] = 128,
				[TIMING_MAX_READ] = 512,     [TIMING_READ_HEADER] = 20,
				[TIMING_WRITE_HEADER] = 20,  [TIMING_COMPLETION_HEADER] = 16,
				[TIMING_PROPAGATION] = 10,   [TIMING_POSTED_HEADERS] = 16,
				[TIMING_POSTED_DATA] = 1024, [TIMING_PORTS] = 1,
				[TIMING_PORT_INTERVAL] = 5,  [TIMING_PASS] = 7,
				[TIMING_READ_WINDOW] = 16,   [TIMING_WRITE_WINDOW] = 16,
				[TIMING_LEVELS] = 4,         [TIMING_IOTLB] = 64,
				[TIMING_LOOKUP] = 3,         [TIMING_WALKERS] = 4,
				[TIMING_MERGE] = 1,          [TIMING_TABLE] = 50,
				[TIMING_DATA] = 90,          [TIMING_DATA_HIT] = 40,
			},
		.interval = {{.count = 1, .bytes = {64}}, {.count = 1, .bytes = {64}}},
	};

	return profile;
}

static void setup(struct timed *timed, const struct timing_profile *profile, bool with_iommu, bool undisturbed)
{
	timed->profile = *profile;
	timed->count = 0;
	timing_host_init(&timed->host, profile, with_iommu, WINDOW);
	struct timing_config config = {.arena = timed->host.arena,
				       .memory = timed->host.memory,
				       .unit = timed->host.unit,
				       .profile = &timed->profile,
				       .undisturbed = undisturbed};
	timed->machine = timing_machine_new(&config);
}

void timed_setup(struct timed *timed, const struct timing_profile *profile, bool with_iommu)
{
	setup(timed, profile, with_iommu, false);
}

void timed_setup_undisturbed(struct timed *timed, const struct timing_profile *profile, bool undisturbed)
{
	setup(timed, profile, true, undisturbed);
}

void timed_teardown(struct timed *timed)
{
	timing_machine_free(timed->machine);
	timing_host_clear(&timed->host);
}

/* One event; false: there is none. */
static bool step(struct timed *timed)
{
	const struct timing_slot *ended;
	enum timing_event event = timing_next(timed->machine, &ended);

	if (event == TIMING_ENDED) {
		assert_true(timed->count < TIMED_ROOM);
		timed->ended[timed->count++] = *ended;
	}
	return event != TIMING_IDLE;
}

void timed_send(struct timed *timed, uint64_t page, bool write)
{
	struct timing_dma dma = {
		.request = {.address = TIMING_WINDOW + page * 4096,
			    .bytes = 64,
			    .stream = TIMING_STREAM,
			    .pasid = PASID_NONE,
			    .op = write ? REQUEST_WRITE : REQUEST_READ},
		.number = page,
		.dma_bytes = 64,
	};

	while (!timing_can_issue(timed->machine, write, 64))
		assert_true(step(timed));
	timing_issue(timed->machine, &dma);
}

void timed_finish(struct timed *timed)
{
	while (step(timed))
		;
}

const struct timing_slot *timed_alone(struct timed *timed, uint64_t page, bool write)
{
	timed_finish(timed);
	timed_send(timed, page, write);
	timed_finish(timed);
	return &timed->ended[timed->count - 1];
}
