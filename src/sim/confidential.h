/* SPDX-License-Identifier: MIT */
/*
 * What a platform for confidential guests has besides: IDE streams, TEE device interfaces, page states, the half of
 * each IOMMU that serves requests with T, and the TSM that sets all of it up. Where the rules say that there are no
 * such guests, there is none of it.
 */
#ifndef IOSIM_SIM_CONFIDENTIAL_H
#define IOSIM_SIM_CONFIDENTIAL_H

#include "hw/fabric/tdi.h"
#include "sim/step.h"
#include "sim/world.h"

struct confidential {
	struct ide *ide;
	struct tdis *tdis;
	struct page_states *pages;
	struct iommu **units;    /* per IOMMU: the trusted half; NULL where one unit serves both */
	struct driver **drivers; /* the TSM's, of these */
	struct tee *tee;
	struct effect_hook hook; /* of the trusted halves */
	/* in the arena */
	model_space *memory;       /* per owner: its memory at its guest physical addresses */
	uint32_t *attached_regime; /* per device: in which its guest attached a space; 0: none is attached */
	uint32_t *crossings;       /* per device: how often its guest has accepted it */
	uint32_t *sessions;        /* one: of SPDM, so far */
	uint32_t *ended;           /* per device: none up to that one is open any more */
};

/* The rules and the machine have such guests. */
bool confidential_is_wanted(const struct world *world);
/* False: the TSM's drivers cannot be set up. */
bool confidential_build(struct world *world);
/* What the TSM's queues hold is dealt with; how many page requests were answered. */
uint32_t confidential_serve(struct world *world);
/* The model knows the guest's memory at its addresses, which depend on whether it is shared; or there no more. */
void confidential_place(struct world *world, uint16_t memory, bool there);
/* After the host's boot; errors as of tee_boot(). */
int confidential_boot(struct world *world);
void confidential_free(struct world *world);
/* The operation as a guest's kernel or its host carries it out; NULL: as always. */
const struct step_row *confidential_row(const struct step_run *run);
/* KNOB_RESET_BOUND: 0, or why the device is not reset now. What is unbound for it the guest has not accepted any more.
 */
int confidential_before_reset(struct world *world, uint16_t device);
/* The function is being reset, or is out of its slot. */
void confidential_was_reset(struct world *world, uint16_t device);
/* Whatever stands in the slot from now on has no session with the TSM. */
void confidential_swapped(struct world *world, uint16_t device);
void confidential_gone(struct world *world, uint16_t device);
/* Who binds and unbinds drivers of the device: its guest, or `host`. */
uint16_t confidential_driver_of(const struct world *world, uint16_t device, uint16_t host);
/*
 * Where a CPU's access to the BAR ends, and whether it has T; 0, or -EFAULT: nowhere. Without confidential guests as it
 * is.
 */
int confidential_mmio(const struct world *world, uint16_t by, uint16_t *bar, uint64_t *offset, bool *t);
/* T and XT as the step gives them, or as the device's interface is. */
void confidential_bits(const struct step_run *run, struct request *request);
/* With T, if they are let through. */
uint32_t confidential_trusted_regime(const struct world *world, uint16_t device);
/* Which function requests of the device meet: without T, with it. False: it is none of these guests'. */
bool confidential_regime(const struct world *world, uint16_t device, uint32_t untrusted, uint32_t *regime);
/* The request uses a space that its guest has attached: as with a handle that was made with the attach. */
bool confidential_handle(const struct world *world, const struct request *request, struct check_handle *out);
bool confidential_interface(const struct world *world, uint16_t device, struct check_interface *out);
/* The interface lets such a request out. */
bool confidential_may_send(const struct world *world, const struct request *request);
/* A request of a guest's device did not arrive: the TSM sees it. */
void confidential_blocked(struct world *world, const struct request *request);
/* The request is a write with T of an interface that its guest has accepted: nobody answers it, or tells its loss. */
bool confidential_is_posted(const struct world *world, const struct request *request);
/* The owner gets at registers of the device as far as address spaces and the device let it, whoever programs that. */
bool confidential_registers(const struct world *world, uint16_t owner, uint16_t device);
/*
 * The guest's CPU reads memory, for the result of what a device wrote (`of`) or for what is there (NULL). Errors as of
 * tee_load(); who waits for no I/O is not hindered by a fence.
 */
int confidential_load(struct step_run *run, uint16_t memory, const struct slot *of);

/* The memory holds what a confidential guest left in it, for whoever has it now. */
bool confidential_left(const struct world *world, uint16_t memory);

/* The memory of the guest that takes the step. */
model_space confidential_memory(const struct step_run *run);
/* ops_nest_guest.c: what a guest's kernel asks of the TSM for tables of its own. */
void op_guest_nest(struct step_run *run);
void op_guest_invalidate(struct step_run *run);
void op_guest_cannot(struct step_run *run);

void op_lock(struct step_run *run);
void op_attest(struct step_run *run);
void op_validate(struct step_run *run);
void op_accept(struct step_run *run);
void op_unlock(struct step_run *run);
void op_tdi_bind(struct step_run *run);
void op_tdi_unbind(struct step_run *run);
void op_start(struct step_run *run);
void op_stop(struct step_run *run);
void op_ide_fail(struct step_run *run);
void op_stage2_map(struct step_run *run);
void op_stage2_unmap(struct step_run *run);
void op_release_memory(struct step_run *run);
void op_convert(struct step_run *run);

#endif
