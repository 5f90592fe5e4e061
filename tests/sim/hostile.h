/* SPDX-License-Identifier: MIT */
/* A random program of test_hostile.c while it runs, and how its steps are made. */
#ifndef IOSIM_TESTS_SIM_HOSTILE_H
#define IOSIM_TESTS_SIM_HOSTILE_H

#include "base/random.h"
#include "hostile_oracle.h"

#include <stdbool.h>
#include <stdint.h>

#define HOSTILE_STEPS 48
#define SLOTS_A_SORT  12 /* each name is given once */

enum sort { SORT_SPACE, SORT_HANDLE, SORT_ATS, SORT_REQUEST, SORTS };

/* One program that runs. */
struct play {
	struct world *world;
	struct random random;
	struct oracle oracle;
	bool honest, kernel;
	unsigned made[SORTS];
	bool pasid_spaces[SLOTS_A_SORT];
	uint32_t held; /* slot + 1 of the request in flight */
	uint16_t held_for, held_device;
	uint32_t held_pasid;
	bool held_write;
	bool told_late; /* what is resumed arrived in an earlier step */
	bool lost;      /* a device wrote to the kernel's own memory: anything can happen */
	uint8_t payload[FRAME_BYTES];
	char trail[HOSTILE_STEPS][160];
	unsigned steps;
	unsigned breaches, reached, raised[64];
};

/* The next step, at random. */
struct step hostile_step(struct play *play);

#endif
