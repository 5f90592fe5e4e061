/* SPDX-License-Identifier: MIT */
/*
 * Interrupt requests (chapter 5): single doubleword writes without PASID to FEEx_xxxxh. They are no memory accesses,
 * whatever the mode of DMA remapping is. An interrupt request is one indivisible step under both clocks; the accesses
 * to its entry and to its posted descriptor are counted in `reads`, and take no cycles.
 */
#ifndef IOSIM_HW_VTD_INTERRUPT_H
#define IOSIM_HW_VTD_INTERRUPT_H

#include "hw/vtd/engine.h"

/*
 * Remaps or posts the request, or lets it pass, as GSTS and IRTA say; fills in `out`, which was zeroed, with the
 * interrupt, or records the fault.
 */
void vtd_interrupt(struct vtd *unit, const struct request *request, struct translation *out);
/* The same without caches, faults, updates. */
void vtd_interrupt_explain(const struct vtd *unit, const struct request *request, walk_trace_fn trace, void *context,
			   struct translation *out);

/* What CAP and ECAP report of interrupt remapping (and posting), where the configuration leaves them open. */
uint64_t vtd_interrupt_cap(bool posting);
uint64_t vtd_interrupt_ecap(void);

#endif
