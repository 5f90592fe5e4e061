/* SPDX-License-Identifier: MIT */
/*
 * Processes that fork. Which pages a child shares with its parent until one of them writes, and what happens to those
 * that a device has pinned, is KNOB_FORK_PINNED's to say: since commit 70e806e4e645 (Peter Xu 2020) the child gets a
 * copy of them at once, so that they stay where they are for the parent. Before, the first to write got a new page:
 * the device went on with the old one, and what it wrote the parent never saw (commit f822566165dd, MADV_DONTFORK).
 * Tables that devices share with a process (SVA) have a page that is shared so for reading; a write faults, as a CPU's.
 */
#ifndef IOSIM_UAPI_FORK_H
#define IOSIM_UAPI_FORK_H

#include "uapi/state.h"

/* A device has written an address of the owner's where this object is: as the CPU's write fault is handled. */
int fork_write_fault(struct uapi *uapi, uint16_t owner, uint16_t memory);
/*
 * An owner ends. True: children have its files open, and only its address space and its registers have gone. *last: of
 * a child, the parent that has ended and whose files nobody has open any more; else MACHINE_NONE.
 */
bool fork_exit(struct uapi *uapi, uint16_t owner, uint16_t *last);

#endif
