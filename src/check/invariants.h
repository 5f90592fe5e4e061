/* SPDX-License-Identifier: MIT */
/* The invariants, one file each; the registry in check.c lists them. */
#ifndef IOSIM_CHECK_INVARIANTS_H
#define IOSIM_CHECK_INVARIANTS_H

#include "check/check.h"

extern const struct invariant dma_confined;
extern const struct invariant group_single_owner;
extern const struct invariant access_implies_context;
extern const struct invariant p2p_contained;
extern const struct invariant rid_attributable;
extern const struct invariant unmap_effective;
extern const struct invariant pin_outlives_translation;
extern const struct invariant ats_trust;
extern const struct invariant pasid_exclusive;
extern const struct invariant pasid_quiesced_reuse;
extern const struct invariant nest_bounded;
extern const struct invariant request_scoped;
extern const struct invariant msi_isolated;
extern const struct invariant resv_honoured;
extern const struct invariant t0_no_private;
extern const struct invariant t1_run_gated;
extern const struct invariant dma_handle_epoch;
extern const struct invariant private_mmio_exclusive;
extern const struct invariant teardown_order;
extern const struct invariant no_silent_drop;
extern const struct invariant coherent_dma;
extern const struct invariant dirty_complete;

#endif
