/* SPDX-License-Identifier: MIT */
/* The small machine with interfaces: p1 is a guest that has accepted the one of `nic`, all of which is in order. */
#ifndef IOSIM_TESTS_CHECK_INTERFACE_BENCH_H
#define IOSIM_TESTS_CHECK_INTERFACE_BENCH_H

#include "bench.h"

static struct {
	bool exists;
	struct check_interface row;
} interfaces[BENCH_DEVICES];

static inline bool interface_eye(void *context, uint16_t device, struct check_interface *out)
{
	(void)context;
	*out = interfaces[device].row;
	return interfaces[device].exists;
}

static inline struct bench *interface_bench(void)
{
	struct bench *b = bench_open();

	memset(interfaces, 0, sizeof(interfaces));
	interfaces[b->nic].exists = interfaces[b->alone].exists = true;
	interfaces[b->nic].row = (struct check_interface){.running = true,
							  .secure = true,
							  .evidence_holds = true,
							  .in_order = true,
							  .mappers = UINT64_C(1) << b->p1};
	interfaces[b->alone].row.in_order = true;
	b->eyes.interface = interface_eye;
	model_take(b->model, b->p1, b->nic);
	model_accept(b->model, b->p1, b->nic);
	bench_begin(b);
	return b;
}

static inline void interface_step(struct bench *b, const char *label)
{
	bench_begin(b);
	bench_end(b, MACHINE_HOST, label);
}

#endif
