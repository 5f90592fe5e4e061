/* SPDX-License-Identifier: MIT */
/*
 * Carrying out one step: one function an operation. Each makes the call, writes what happened into the record, and
 * tells the model what was asked for if the call succeeded.
 */
#ifndef IOSIM_SIM_STEP_H
#define IOSIM_SIM_STEP_H

#include "sim/record.h"
#include "sim/world.h"

#include <stdbool.h>

struct step_run {
	struct world *world;
	const struct step *step;
	const struct operands *with; /* of the step */
	struct step_record *record;
	struct findings findings;
	uint32_t number; /* of the step, from 1: the model's time */
};

/* What an operation needs before it is carried out; otherwise the step is skipped. */
enum step_needs {
	NEEDS_ACCESS = 1 << 0, /* the actor may program operands.device */
	NEEDS_SPACE = 1 << 1,  /* operands.space was made */
	NEEDS_HANDLE = 1 << 2,
	NEEDS_AT = 1 << 3, /* a result that operands.at names was made */
	NEEDS_TARGET = 1 << 4,
	NEEDS_SOURCE = 1 << 5,       /* operands.source was made */
	NEEDS_ACCESS_IF_BY = 1 << 6, /* dma: only when somebody is said to program the device */
	NEEDS_PASID = 1 << 7,        /* a result that operands.pasid names was made */
	NEEDS_REQUEST = 1 << 8,      /* operands.request was made */
	NEEDS_PAGES = 1 << 9,        /* operands.pages was made */
	NEEDS_PORTAL = 1 << 10,      /* NEEDS_ACCESS, or the actor was given a PASID of operands.device */
	NEEDS_RESULT_OF = 1 << 11,   /* operands.request was made, where it is given */
	NEEDS_NAMED_SPACE = 1 << 12, /* operands.space was made, where it is given */
	NEEDS_OBJECT = 1 << 13,      /* operands.object was made */
	NEEDS_QUEUE = 1 << 14,       /* operands.queue was made */
	NEEDS_NAMED = 1 << 15,       /* both, where they are given */
};

struct step_row {
	unsigned needs;
	void (*carry_out)(struct step_run *run);
};
extern const struct step_row step_rows[OPERATIONS];

/* Runs the step in the world and judges it. Appends to the record's notes. */
void step_run(struct world *world, const struct step *step, uint32_t number, struct step_record *record);

/*
 * Runs a step between two effects of the one that runs, which has not returned: the model does not know of it yet. No
 * call of the kernel; state invariants are judged when the other one has returned.
 */
void step_run_within(struct world *world, const struct step *step, uint32_t number, struct step_record *record);

/*
 * Hardware does something by itself between two steps; `step` stands for it, and `number` is that of the next one.
 * False: it could not, and the world is to be forgotten.
 */
bool step_run_hardware(struct world *world, const struct step *step, uint32_t number, struct step_record *record,
		       bool (*act)(struct step_run *run, const void *context), const void *context);

/* The same between two effects of the step that runs. */
bool step_run_hardware_within(struct world *world, const struct step *step, struct step_record *record,
			      bool (*act)(struct step_run *run, const void *context), const void *context);

/* --- for the operations --- */
/* Writes an outcome from a call's return code; true if the call succeeded. */
bool step_returned(struct step_run *run, int result);
/*
 * The same of an unmap of *bytes from `iova` on. False: nothing of it is gone. Else *bytes are: iommufd's unmap fails
 * at an area that stays, and what lies before that is gone.
 */
bool step_unmapped(struct step_run *run, int error, space_handle space, uint64_t iova, uint64_t unmapped,
		   uint64_t *bytes);
void step_ok(struct step_run *run);
void step_disagrees(struct step_run *run, char *what); /* takes the string */
/* ops_fork.c: what a call finds at the address where the object was when its process had not forked. */
struct target step_own_page(struct step_run *run, const struct target *target);
void step_judge(struct step_run *run, const struct check_event *event);
/* A request that was held in flight has ended: judged. */
void step_arrived_late(struct step_run *run, const struct request *request, const struct hit *hit);
/* The request that a `dma` or `ats` step makes, but for its address and length. */
struct request step_request(struct step_run *run);
/* The stream by which a unit knows who sent it. */
uint32_t step_stream(const struct world *world, const struct request *request);
/* The device asks for a translation of the request's address, and keeps the answer. */
enum device_sent step_ask(struct step_run *run, const struct request *request, struct hit *hit);
/* Sends it to the step's `at`, a page at a time; 0 bytes: as many as a step means that does not say. */
void step_send(struct step_run *run, const struct request *request, uint64_t bytes);
/* The PASID that the step names; without one an mdev's own, else PASID_NONE. */
uint32_t step_pasid(const struct step_run *run);
/* What raises the vector that an address of ADDRESS_MSI names. */
struct msi_message step_message(const struct step_run *run, const struct address *address);
struct slot *step_slot(struct step_run *run, uint32_t index);
/* The slot that `as` of this step names, NULL if it has none. */
struct slot *step_result(struct step_run *run);
/* Nothing in the address refers to a result that was not made (the caller has checked). */
uint64_t step_address(struct step_run *run, const struct address *address);
/* What a target that names a result stands for; others as they are. */
struct target step_target(struct step_run *run, const struct target *target);
/* What a call of a front end takes for a target, and for the permissions that a step names (read-write if none). */
struct uapi_target step_uapi_target(const struct target *target);
unsigned step_permissions(const struct operands *with);
/* What checks are told of a handle. */
struct check_handle step_handle(const struct slot *slot);
/* ops_dirty.c: the owner has unmapped [first, last] of its space, where pages were written of which nobody told it. */
void step_lost_writes(struct step_run *run, model_space space, uint64_t first, uint64_t last);
/* The device's owner changes hands: judged before the model is told. */
void step_new_owner(struct step_run *run, uint16_t device, uint16_t owner, bool kernel_driver);
/* A PASID of the device goes to the owner: the same. */
void step_new_pasid(struct step_run *run, uint16_t device, uint32_t pasid, uint16_t owner);
struct model_target step_model_target(const struct target *target);
uint64_t step_target_bytes(const struct step_run *run, const struct target *target);

void op_take(struct step_run *run);
void op_release(struct step_run *run);
void op_fork(struct step_run *run);
void op_exit(struct step_run *run);
void op_driver_bind(struct step_run *run);
void op_driver_unbind(struct step_run *run);
void op_reset(struct step_run *run);
void op_command(struct step_run *run);
void op_hotplug(struct step_run *run);
void op_unplug(struct step_run *run);
void op_swap(struct step_run *run);
void op_mmap(struct step_run *run);
void op_mmio(struct step_run *run);
void op_space(struct step_run *run);
void op_destroy(struct step_run *run);
void op_attach(struct step_run *run);
void op_detach(struct step_run *run);
void op_replace(struct step_run *run);
void op_map(struct step_run *run);
void op_unmap(struct step_run *run);
void op_dma_map(struct step_run *run);
void op_dma_unmap(struct step_run *run);
void op_dma_sync(struct step_run *run);
void op_kexec(struct step_run *run);
/* A buffer of the DMA API changes hands: what CPU caches have of it, where the device does not see them. */
void step_sync_caches(struct step_run *run, const struct slot *slot, bool for_device);
void op_pin(struct step_run *run);
void op_unpin(struct step_run *run);
void op_copy(struct step_run *run);
void op_map_file(struct step_run *run);
void op_allow_iovas(struct step_run *run);
void op_hwpt_alloc(struct step_run *run);
void op_fault_queue(struct step_run *run);
void op_fault_read(struct step_run *run);
void op_fault_respond(struct step_run *run);
void op_viommu_alloc(struct step_run *run);
void op_vdevice_alloc(struct step_run *run);
void op_veventq_alloc(struct step_run *run);
void op_veventq_read(struct step_run *run);
void op_hwpt_invalidate(struct step_run *run);
void op_dirty_bitmap(struct step_run *run);
void op_hw_queue(struct step_run *run);
void op_ioctl(struct step_run *run);
void op_object_destroy(struct step_run *run);
void op_option(struct step_run *run);
void op_hw_info(struct step_run *run);
void op_change_process(struct step_run *run);
void op_vfio_ioas(struct step_run *run);
void op_vfio_set_iommu(struct step_run *run);
void op_vfio_map(struct step_run *run);
void op_vfio_unmap(struct step_run *run);
void op_iova_ranges(struct step_run *run);
void op_pasid_enable(struct step_run *run);
void op_sva_bind(struct step_run *run);
void op_sva_unbind(struct step_run *run);
void op_munmap(struct step_run *run);
void op_domain_type(struct step_run *run);
void op_vpasid_map(struct step_run *run);
void op_vpasid_unmap(struct step_run *run);
void op_enqcmd(struct step_run *run);
void op_nest(struct step_run *run);
void op_guest_map(struct step_run *run);
void op_guest_unmap(struct step_run *run);
void op_vdevice(struct step_run *run);
void op_pasid_table(struct step_run *run);
void op_guest_pasid(struct step_run *run);
void op_invalidate(struct step_run *run);
void op_dma(struct step_run *run);
void op_ats(struct step_run *run);
void op_resume(struct step_run *run);
void op_page_response(struct step_run *run);
void op_quiesce(struct step_run *run);
void op_run(struct step_run *run);
void op_enable_translation(struct step_run *run);
void op_reuse(struct step_run *run);
void op_check(struct step_run *run);
void op_dirty_start(struct step_run *run);
void op_dirty_read(struct step_run *run);
void op_load(struct step_run *run);
void op_store(struct step_run *run);
void op_cache_flush(struct step_run *run);
void op_kvm_add(struct step_run *run);

#endif
