/* SPDX-License-Identifier: MIT */
/*
 * A guest's own kernel: it drives a device that the guest was given, on the IOMMU that the guest sees, by the rules of
 * auxiliary domains (Jean-Philippe Brucker 2018-09-14). An address space is a first stage in the guest's memory,
 * attached to a PASID; the DMA API's serves requests without PASID and stays as it is. This kernel keeps the rules: it
 * invalidates what it changes.
 *
 * Between it and the host stands the guest's virtual machine monitor, which hands on what traps. On an SMMUv3 the guest
 * owns the whole table of PASIDs, so that is the table once, and then invalidations; a VT-d unit walks no such table,
 * so each attach of a PASID traps as well, and becomes one of a nested space. The calls are those of whatever front end
 * the host has, and made for the guest, which is their owner.
 *
 * Tables lie in the memory objects that the machine has for it, one in each.
 */
#ifndef IOSIM_SIM_INNER_H
#define IOSIM_SIM_INNER_H

#include "sim/step.h"

#define INNER_MAX_BONDS 64 /* PASIDs that guests' kernels have attached at once */

enum table_use { TABLE_FREE, TABLE_OF_SPACE, TABLE_OF_DEVICE, TABLE_OF_CONTEXTS };

/* A memory object that a guest's kernel has for tables; the other objects have rows as well, and never a use. */
struct inner_table {
	model_space meant; /* TABLE_OF_SPACE: the model's name for it */
	space_handle host; /* VT-d: the host's space for it; 0 none yet */
	uint32_t bonds;    /* PASIDs that it serves */
	uint8_t use;
	uint8_t padding[3];
};

/* A device that a guest's kernel drives. */
struct inner_device {
	space_handle parent,
		host; /* what translates guest physical addresses, and what stands for the guest's tables */
	model_space parent_meant, meant;
	uint16_t normal, contexts; /* memory: the DMA API's table, and SMMUv3: the contexts */
	bool on;
	uint8_t padding[3];
};

struct inner_bond {
	uint32_t pasid;
	uint16_t device, root;
	bool used;
	uint8_t padding[3];
};

struct inner {
	struct inner_bond bonds[INNER_MAX_BONDS];
};

/* MACHINE_NONE: all of the guest's are in use. */
uint16_t inner_take_table(struct world *world, uint16_t vm, enum table_use use);
/* Nobody uses it any more; MACHINE_NONE: nothing. */
void inner_give_table(struct world *world, uint16_t root);
/*
 * The device is driven by the guest's kernel, with an empty table for its DMA API. -ENODEV: the guest has not the
 * device, or it is attached to nothing; -ENOMEM: no object is left for tables; what the host's front end says.
 */
int inner_bring_up(struct world *world, uint16_t vm, uint16_t device);
/* What the guest changed of the table of the device, for the PASID (PASID_NONE: without), is to be forgotten. */
int inner_forget(struct world *world, uint16_t vm, uint16_t device, uint32_t pasid, uint64_t first, uint64_t last);
/* The PASID of a device that is up leads to the table, or nowhere any more. An error: it is as before. */
int inner_enter_pasid(struct world *world, uint16_t vm, uint16_t device, uint32_t pasid, uint16_t root);
int inner_leave_pasid(struct world *world, uint16_t vm, uint16_t device, uint32_t pasid, uint16_t root);
/* The operations that a step with `in` may be. */
void inner_carry_out(struct step_run *run);
void world_build_inner(struct world *world);

#endif
