/* SPDX-License-Identifier: MIT */
/*
 * Translations that units have handed out to devices: each page that a translation request was answered with, until a
 * completed invalidation covers it or the device was reset. What a device does with them is its own matter; this is
 * what it may use. An mdev's are its parent's with its PASID. State in the arena.
 */
#ifndef IOSIM_SIM_HANDED_H
#define IOSIM_SIM_HANDED_H

#include "base/arena.h"
#include "check/check.h"
#include "hw/device/device.h"
#include "hw/effect.h"
#include "hw/fabric/hit.h"
#include "hw/request.h"

#include <stdbool.h>
#include <stdint.h>

#define HANDED_MAX 16384

struct handed;

/* The machine must live as long. */
struct handed *handed_new(struct arena *arena, const struct machine *machine);
void handed_free(struct handed *handed);
/* More were handed out than can be remembered: from then on nothing can be judged; everything counts as handed out. */
bool handed_overflowed(const struct handed *handed);

/* The translation request ended so. */
void handed_answer(struct handed *handed, const struct request *request, const struct hit *hit);
/* Whose requests a unit serves: where T chooses the tables, each half invalidates what it was asked for. */
enum handed_for { HANDED_FOR_ALL, HANDED_FOR_TEE, HANDED_FOR_OTHERS };
/* A completed invalidation covers what the device was given before it got round to it, not what it asked for since. */
void handed_effect(struct handed *handed, const struct effect *effect, enum handed_for whom,
		   const struct devices *devices);
/* The device was reset, a PF with its VFs, an mdev alone: whatever it was given is void. */
void handed_void(struct handed *handed, uint16_t device);
/* The function's interface was locked or stopped: it empties its ATC. */
void handed_stop(struct handed *handed, uint16_t device);

/* As check_eyes.handed_out. */
enum check_handed handed_find(const struct handed *handed, const struct request *request, uint64_t *iova);
/* Something that a device may still use leads into [pa, pa + bytes); *device: of whom. */
bool handed_refers(const struct handed *handed, uint64_t pa, uint64_t bytes, uint16_t *device);

#endif
