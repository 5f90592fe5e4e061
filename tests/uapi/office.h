/* SPDX-License-Identifier: MIT */
/* The machine of most front-end tests: two processes, nic alone, f0 and f1 one group, memory of each process. */
#ifndef IOSIM_TESTS_UAPI_OFFICE_H
#define IOSIM_TESTS_UAPI_OFFICE_H

#include "bench.h"

struct office {
	struct bench b;
	uint16_t p1, p2, nic, f0, f1, page, other, bar;
};

static inline void office_declare(struct office *o, const char *policy, const char *kernel)
{
	bench_open(&o->b, policy);
	bench_set(&o->b, "kernel", kernel);
	o->p1 = bench_owner(&o->b, "p1");
	o->p2 = bench_owner(&o->b, "p2");
	o->nic = bench_device(&o->b, "nic", DRIVER_USER);
	o->f0 = bench_device(&o->b, "f0", DRIVER_USER);
	o->f1 = bench_function(&o->b, "f1", DRIVER_USER, o->f0);
	o->page = bench_memory(&o->b, "page", o->p1, 0x2000);
	o->other = bench_memory(&o->b, "other", o->p2, 0x1000);
	o->bar = bench_bar(&o->b, o->nic, 0x1000);
}

static inline void office_open(struct office *o, const char *policy, const char *kernel)
{
	office_declare(o, policy, kernel);
	bench_start(&o->b);
}

#endif
