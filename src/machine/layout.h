/* SPDX-License-Identifier: MIT */
/*
 * The phases of machine_finish(), in the order in which they run. Each returns false after it has filled in the error.
 * What a phase derives for the later ones is in struct layout; nothing of it outlives machine_finish().
 */
#ifndef IOSIM_MACHINE_LAYOUT_H
#define IOSIM_MACHINE_LAYOUT_H

#include "machine/machine.h"

#include <stdbool.h>
#include <stdint.h>

#define LAYOUT_BDF_TEXT 20

struct layout {
	struct machine *machine;
	struct machine_error *error;

	/* tree.c, per port. Children and devices are in declaration order. */
	uint16_t *first_child, *next_sibling;
	uint16_t *first_device; /* first functions of packages that are directly behind the port */
	uint16_t *order;        /* all ports, each before what is below it, each tree in one piece */
	uint16_t *tree_ports;   /* how many ports the tree below has, itself included */
	uint16_t *root;         /* its root port */
	/* per device */
	uint16_t *next_device;   /* package behind the same port */
	uint16_t *next_function; /* of the same package */
	uint16_t *first_vf, *next_vf;
};

/* rows.c: what can be said of each row alone; BARs and reserved ranges find their device. */
bool layout_rows(struct layout *layout);
/* tree.c: parents, implied ports, order. */
bool layout_tree(struct layout *layout);
void layout_tree_free(struct layout *layout);
/* inherit.c: unit, segment and ACS controls, down from port to port to device. */
bool layout_inherit(struct layout *layout);
/* numbers.c: buses, requester IDs, streams. */
bool layout_numbers(struct layout *layout);
/* requesters.c: the second half of layout_numbers. */
bool layout_requesters(struct layout *layout);
/* windows.c: BARs and bridge windows. */
bool layout_windows(struct layout *layout);
/* index.c: the lookup arrays; finds requester IDs that are used twice. */
bool layout_index(struct layout *layout);
void machine_index_free(struct machine_index *index);
/* addresses.c: where firmware memory and the objects are. */
bool layout_addresses(struct layout *layout);

/* Always false. */
bool layout_fail(struct layout *layout, enum machine_table table, uint32_t index, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* "01:00.0", with the segment before it where it is not 0. Returns `text`. */
const char *layout_bdf(char text[static LAYOUT_BDF_TEXT], uint16_t segment, uint16_t rid);

#endif
