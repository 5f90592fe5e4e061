/* SPDX-License-Identifier: MIT */
/*
 * CPUs that share one unit's queue. Each does one thing at a time, and whoever runs them is told when it is over:
 *
 *   work        for a time
 *   hold        work behind the lock
 *   invalidate  post a batch, and poll until the unit has said that it is done
 *
 * The lock is the domain's, first come, first served. VT-d: who posts has it until the batch is complete (Linux since
 * 6.10: cache_tag_flush_range() is under cache_lock, and qi_submit_sync() within it polls). SMMUv3: only while it
 * writes the commands, which stands for the cmpxchg of arm_smmu_cmdq_issue_cmdlist(); it polls without it.
 *
 * A CPU of a guest traps when it posts: exit-ns pass before the batch is in the unit's queue, the lock held.
 */
#ifndef IOSIM_TIMING_CPU_H
#define IOSIM_TIMING_CPU_H

#include "timing/queue.h"
#include "timing/software.h"

#define TIMING_MAX_CPUS 256

/* Where a CPU's time went, in picoseconds; the rest of it is idle. */
struct timing_cpu_tally {
	uint64_t work_ps, lock_ps, post_ps, wait_ps;
	uint64_t batches, contended; /* posted; times that it had to wait for the lock */
};

struct timing_cpu {
	struct timing_cpu_tally tally;
	uint64_t since;  /* it does what it does */
	uint64_t hold;   /* the time that it wants the lock for; 0: to post */
	uint32_t number; /* of the batch that it waits for */
	uint8_t state;
	uint8_t padding[3];
	struct timing_forget forget;
};

struct timing_cpus {
	struct timing_machine *machine;
	struct timing_software *software;
	struct timing_queue *queue;
	uint32_t count, first;                              /* events of the machine */
	uint64_t post, poll, lock, lock_waiter, spin, wake; /* picoseconds */
	bool keeps_lock;                                    /* until the batch is complete */
	struct timing_cpu *cpus;
	struct timing_cpus_state {
		uint32_t holder; /* of the lock, count: none */
		uint32_t waiting_first, waiting_count;
		uint32_t polling; /* CPUs that wait for the unit */
	} * state;
	uint32_t *waiting; /* a ring */
};

/* Events of the machine from `first` on are the CPUs'; `guest`: they trap. Borrows all. */
void timing_cpus_init(struct timing_cpus *cpus, const struct timing_config *config, struct timing_machine *machine,
		      struct timing_software *software, struct timing_queue *queue, uint32_t count, uint32_t first,
		      bool guest);
/* Of a CPU that does nothing. */
void timing_cpu_work(struct timing_cpus *cpus, uint32_t cpu, uint64_t ps);
void timing_cpu_hold(struct timing_cpus *cpus, uint32_t cpu, uint64_t ps);
void timing_cpu_invalidate(struct timing_cpus *cpus, uint32_t cpu, const struct timing_forget *what);
/* The event of a CPU. True: what it did is over, and it does nothing now. */
bool timing_cpu_event(struct timing_cpus *cpus, uint32_t cpu);
/* The unit's queue has taken a turn. */
void timing_cpus_look(struct timing_cpus *cpus);

#endif
