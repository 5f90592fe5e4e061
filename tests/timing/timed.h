/* SPDX-License-Identifier: MIT */
/* A machine with round numbers, so that times can be added up by hand; tests change what they are about. */
#ifndef TESTS_TIMED_H
#define TESTS_TIMED_H

#include "base/random.h"
#include "timing/host.h"
#include "timing/machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NS         UINT64_C(1000)
#define TIMED_ROOM 1024 /* requests of a test */

struct timed {
	struct timing_profile profile;
	struct timing_host host;
	struct timing_machine *machine;
	struct timing_slot ended[TIMED_ROOM]; /* in the order in which they ended */
	unsigned count;
};

/* 1 byte a nanosecond on the link; the numbers of each part are in timed.c. */
struct timing_profile timed_profile(enum iommu_kind kind);
void timed_setup(struct timed *timed, const struct timing_profile *profile, bool with_iommu);
/* With IOMMU; `undisturbed`: as in struct timing_config. */
void timed_setup_undisturbed(struct timed *timed, const struct timing_profile *profile, bool undisturbed);
void timed_teardown(struct timed *timed);
/* 64 bytes at the begin of that page of the window; the machine has room. */
void timed_send(struct timed *timed, uint64_t page, bool write);
/* Until all that was sent has ended. */
void timed_finish(struct timed *timed);
/* One request that is alone. */
const struct timing_slot *timed_alone(struct timed *timed, uint64_t page, bool write);

#endif
