/* SPDX-License-Identifier: MIT */
/*
 * A scenario as a tree of parts that can be left out one by one: what the random search makes up, and what it makes
 * smaller. Only its text is ever run, so the loader alone says what is a scenario. Plain data, copied by assignment.
 */
#ifndef IOSIM_SIM_SKETCH_H
#define IOSIM_SIM_SKETCH_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define SKETCH_MAX_PARTS 80
#define SKETCH_MAX_KEYS  10
#define SKETCH_NAME_MAX  24
#define SKETCH_NOBODY    UINT32_MAX

/* In the order in which they are written. */
enum sketch_table { SKETCH_IOMMUS, SKETCH_FABRIC, SKETCH_OWNERS, SKETCH_DEVICES, SKETCH_MEMORY, SKETCH_RUN };

struct sketch_key {
	char key[24], value[40];
};

struct sketch_part {
	uint8_t table;     /* enum sketch_table */
	uint8_t key_count; /* of `keys` */
	uint16_t inside;   /* of a machine: number + 1 of the part that it belongs to; 0: it stands in its table */
	char group[12];    /* with `inside`: which mapping of that part: "functions", "vfs", "mdevs", "reserved" */
	char name[32];     /* of a machine: its name; of the run: the operation */
	struct sketch_key keys[SKETCH_MAX_KEYS]; /* values as they are written */
	/* of the run; empty: not there */
	char by[SKETCH_NAME_MAX], as[SKETCH_NAME_MAX], label[SKETCH_NAME_MAX];
	char inject[16];
	char expect[72];
	bool named; /* a row names its label */
};

struct sketch {
	uint32_t count;
	bool manual; /* hardware: manual */
	bool full;   /* a part did not fit */
	struct sketch_part parts[SKETCH_MAX_PARTS];
};

/* What is written around machine and steps. All but `rows` without line breaks. */
struct sketch_frame {
	const char *name, *title, *claim, *source; /* source: the whole mapping */
	const char *invariants;                    /* "a, b" */
	const char *rows;                          /* the lines of `expect` */
};

/* A new part at the end; its number. When there is no room: `full`, and the last part is given out once more. */
uint32_t sketch_add(struct sketch *sketch, enum sketch_table table, const char *name);
uint32_t sketch_add_inside(struct sketch *sketch, uint32_t outer, const char *group, const char *name);
/* A key, or another value of it. */
void sketch_set(struct sketch *sketch, uint32_t part, const char *key, const char *format, ...) G_GNUC_PRINTF(4, 5);
/* Its value; NULL: not there. */
const char *sketch_get(const struct sketch *sketch, uint32_t part, const char *key);
/* The part of a machine with that name; SKETCH_NOBODY. */
uint32_t sketch_find(const struct sketch *sketch, const char *name);
/* How many parts of the table there are, those inside of others too. */
uint32_t sketch_size(const struct sketch *sketch, enum sketch_table table);

/* Without the parts whose bits are set: steps that name what went go too, and so does what was inside. */
void sketch_drop(struct sketch *sketch, const bool dropped[SKETCH_MAX_PARTS]);
void sketch_drop_key(struct sketch *sketch, uint32_t part, uint32_t key);
/* Whatever names part `gone` of the machine names `stays` instead, and `gone` is left out. */
void sketch_merge(struct sketch *sketch, uint32_t gone, uint32_t stays);

/* The scenario. The caller frees. */
char *sketch_text(const struct sketch *sketch, const struct sketch_frame *frame);

#endif
