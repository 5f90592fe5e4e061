/* SPDX-License-Identifier: MIT */
/*
 * Translations that hardware may still hold: a leaf that a driver removed counts as a reference to its page until an
 * invalidation that covers it has completed, whether or not some cache really holds it. Fed by the effect hook. State
 * in the arena.
 */
#ifndef IOSIM_SIM_LEDGER_H
#define IOSIM_SIM_LEDGER_H

#include "base/arena.h"
#include "hw/effect.h"

#include <stdbool.h>
#include <stdint.h>

#define LEDGER_MAX 65536

struct ledger;

struct ledger *ledger_new(struct arena *arena);
void ledger_free(struct ledger *ledger);
void ledger_effect(struct ledger *ledger, const struct effect *effect);
/* Whether some removed leaf into [pa, pa + bytes) is not yet invalidated; *iommu: on which unit, *iova: of what. */
bool ledger_refers(const struct ledger *ledger, uint64_t pa, uint64_t bytes, uint16_t *iommu, uint64_t *iova);

#endif
