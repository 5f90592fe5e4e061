/* SPDX-License-Identifier: MIT */
/* The parts of `show`, each appended to a text. */
#ifndef IOSIM_SIM_SHOW_H
#define IOSIM_SIM_SHOW_H

#include "scenario/program.h"
#include "sim/world.h"

#include <glib.h>

/* "nic 03:00.0", "uart stream 0xff00", "m of nic pasid 5" */
void show_device_name(GString *out, const struct machine *machine, const struct machine_device *device);
void show_port_name(GString *out, const struct machine_port *port);
/* What is behind a name: "downstream port, acs: none"; one that is not to be seen in the tree is the caller's to add.
 */
void show_port_nature(GString *out, const struct machine_port *port);
/* "function, kernel driver, ATS, PASIDs of 16 bits"; `separator` between the words. */
void show_device_nature(GString *out, const struct machine_device *device, const char *separator);
/* "VT-d (scalable mode) or SMMUv3, on, ATS, PASIDs" of what the unit can be in these runs. */
void show_unit_nature(GString *out, const struct machine *machine, uint16_t unit, uint32_t kinds,
		      const char *separator);

/* The tree below each root port, then integrated endpoints and platform masters. */
void show_tree(GString *out, const struct machine *machine);
void show_groups(GString *out, struct world *world);
void show_steps(GString *out, const struct scenario *scenario, const struct scenario_case *program);
/* Nodes and edges of one case, each name with `prefix` before it. */
void show_dot_case(GString *out, struct world *world, const char *prefix, uint32_t kinds);

/* The present members of the device's group if it is the first of them, else 0; at most SHOW_GROUP_MAX. */
#define SHOW_GROUP_MAX 4096
unsigned show_group_of_first(struct world *world, uint16_t device, uint16_t *members);

#endif
