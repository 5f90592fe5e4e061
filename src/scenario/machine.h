/* SPDX-License-Identifier: MIT */
/* What machine.c and devices.c share: the tables of the `machine` section. */
#ifndef IOSIM_SCENARIO_MACHINE_H
#define IOSIM_SCENARIO_MACHINE_H

#include "scenario/keys.h"

extern const struct key_row machine_keys[];
extern const struct key_row device_keys[];

extern const struct value_type value_acs; /* uint8_t */

/* Remembers where a row of the machine was declared; MACHINE_NONE as index is an error. */
bool declare_place(struct loader *loader, enum machine_table table, const struct node *key, uint16_t index);
/* A device with its functions, VFs, mdevs, BARs and reserved ranges: rows and names. */
bool declare_device(struct loader *loader, const struct node *key, const struct node *value);
/* capabilities.c. MSI has no more vectors than that (PCIe 7.7.1); MSI-X has, and no scenario needs them. */
#define DEVICE_VECTORS_MAX 32
/* The names of a device's vectors, "k.v0"; `vectors` may be NULL. */
bool declare_vectors(struct loader *loader, const struct node *vectors, const char *device, uint16_t index);
/* What page requests need. */
bool imply_ats(struct loader *loader, const struct node *device, struct machine_device *row);
/* PASIDs of mdevs, against what the function behind them has. */
bool fit_mdevs(struct loader *loader);
/* Of a finished machine: VT-d units whose mode was not given. */
void choose_modes(struct machine *machine);
/* Memory in which the kernels of guests with an IOMMU keep their tables. */
void give_guests_memory(struct machine *machine);
/* fork.c. Owners that steps of the run make, declared behind those of the machine. */
bool declare_children(struct loader *loader);
/* What `copy-of` asks of the rows, which have been read; `memories` may be NULL. */
bool settle_copies(struct loader *loader, const struct node *memories);
/* Of a finished machine: a copy is at the address of what it is a copy of. */
void place_copies(struct machine *machine);
/* Reads the keys of a declared device and of what is inside. */
bool fill_device(struct loader *loader, const struct node *key, const struct node *value, uint16_t index);

#endif
