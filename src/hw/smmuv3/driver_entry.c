/* SPDX-License-Identifier: MIT */
/*
 * From one STE or CD to another (3.21.3). Hardware reads an entry of 64 bytes in pieces of 8, whenever it likes, so
 * what it takes for an entry may be any mixture of two that are stored one after the other with nothing in between that
 * makes it forget. Bits that it does not look at may be anything:
 *
 *   1. bits that the present entry does not use become the target's;
 *   2. if one word is left to change, it changes with one store: nobody notices anything but the new entry. Else the
 *      entry becomes invalid first, the rest is written, and the word with V last: requests in between are refused;
 *   3. bits that the target does not use become the target's (zeros).
 *
 * After each step hardware forgets what it read before.
 */
#include "hw/smmuv3/driver.h"

#include <errno.h>
#include <string.h>

#define WORDS SMMU_DRIVER_ENTRY_WORDS

enum { NO_MEMORY = 1 };

/* 5.2: what each configuration looks at, of the fields that this driver or a guest ever writes. */
void smmu_driver_ste_used(const uint64_t *words, uint64_t *masks)
{
	memset(masks, 0, WORDS * sizeof(*masks));
	masks[0] = SMMU_STE_V_MASK;
	if (!SMMU_STE_V(words))
		return;
	masks[0] |= SMMU_STE_CONFIG_MASK;
	uint64_t config = SMMU_STE_CONFIG(words);
	if (config < SMMU_CONFIG_BYPASS)
		return;
	masks[1] |= SMMU_STE_SHCFG_MASK | SMMU_STE_MTCFG_MASK | SMMU_STE_MEMATTR_MASK | SMMU_STE_ALLOCCFG_MASK |
		    SMMU_STE_PRIVCFG_MASK | SMMU_STE_INSTCFG_MASK | SMMU_STE_NSCFG_MASK;
	if (config == SMMU_CONFIG_BYPASS)
		return;
	masks[1] |= SMMU_STE_EATS_MASK | SMMU_STE_MEV_MASK | SMMU_STE_CONT_MASK | SMMU_STE_PPAR_MASK;
	masks[2] |= SMMU_STE_S2VMID_MASK;
	if (config == SMMU_CONFIG_S1 || config == SMMU_CONFIG_NESTED) {
		masks[0] = UINT64_MAX;
		masks[1] |= SMMU_STE_S1DSS_MASK | SMMU_STE_S1CIR_MASK | SMMU_STE_S1COR_MASK | SMMU_STE_S1CSH_MASK |
			    SMMU_STE_S1STALLD_MASK | SMMU_STE_STRW_MASK;
	}
	if (config == SMMU_CONFIG_S2 || config == SMMU_CONFIG_NESTED) {
		masks[1] |= SMMU_STE_S2FWB_MASK;
		masks[2] = UINT64_MAX;
		masks[3] = UINT64_MAX;
	}
}

void smmu_driver_cd_used(const uint64_t *words, uint64_t *masks)
{
	memset(masks, 0, WORDS * sizeof(*masks));
	masks[0] = SMMU_CD_V_MASK;
	if (SMMU_CD_V(words))
		memset(masks, 0xff, WORDS * sizeof(*masks));
}

static void load_entry(const struct smmu_driver *driver, const struct smmu_driver_entry *entry, uint64_t *words)
{
	for (unsigned i = 0; i < WORDS; i++)
		words[i] = driver_load(&driver->config, entry->pa + 8 * i);
}

/*
 * Writes the words that differ; then hardware forgets what it read before. NO_MEMORY: nothing was written; only the
 * first store to an entry can find that.
 */
static int write_step(struct smmu_driver *driver, const struct smmu_driver_entry *entry, const uint64_t *words)
{
	bool changed = false;
	for (unsigned i = 0; i < WORDS; i++) {
		if (driver_load(&driver->config, entry->pa + 8 * i) == words[i])
			continue;
		if (!driver_word(&driver->config, entry->pa + 8 * i, words[i]))
			return NO_MEMORY;
		changed = true;
	}
	return changed ? smmu_driver_submit(driver, &entry->invalidate, 1) : 0;
}

/* The words that still differ in what the target uses, once what the present entry does not use is the target's. */
static unsigned critical_words(const uint64_t *now, const uint64_t *now_used, const uint64_t *target,
			       const uint64_t *target_used, uint64_t *prepared, unsigned *critical)
{
	unsigned count = 0;
	for (unsigned i = 0; i < WORDS; i++) {
		prepared[i] = (now[i] & now_used[i]) | (target[i] & ~now_used[i]);
		if ((prepared[i] & target_used[i]) != (target[i] & target_used[i])) {
			count++;
			*critical = i;
		}
	}
	return count;
}

int smmu_driver_write_entry(struct smmu_driver *driver, const struct smmu_driver_entry *entry, const uint64_t *target)
{
	uint64_t now[WORDS], now_used[WORDS], target_used[WORDS], steps[3][WORDS];
	unsigned critical = 0;
	int error = 0;
	load_entry(driver, entry, now);
	entry->used(now, now_used);
	entry->used(target, target_used);
	unsigned count = critical_words(now, now_used, target, target_used, steps[0], &critical);
	if (count == 1) {
		steps[0][critical] = now[critical];
		memcpy(steps[1], steps[0], sizeof(steps[1]));
		steps[1][critical] = target[critical];
	} else if (count > 1) {
		memcpy(steps[0], now, sizeof(now));
		steps[0][0] = 0;
		memcpy(steps[1], target, sizeof(steps[1]));
		steps[1][0] = 0;
	} else {
		memcpy(steps[1], steps[0], sizeof(steps[1]));
	}
	memcpy(steps[2], target, sizeof(steps[2]));
	for (unsigned i = 0; i < 3; i++) {
		int step = write_step(driver, entry, steps[i]);
		if (step == NO_MEMORY)
			return -ENOMEM;
		error = error ? error : step;
	}
	return error;
}
