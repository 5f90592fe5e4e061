/* SPDX-License-Identifier: MIT */
/* Invalidations of device TLBs: sent with an ITag each, completed by the device or given up (3.9.1.4, 3.9.1.5, 4.5.1).
 */
#include "hw/smmuv3/engine.h"

/* Tags of invalidations that the device has not completed. */
static uint32_t owed_tags(const struct smmu *unit, uint32_t stream)
{
	uint32_t tags = 0;

	for (unsigned i = 0; i < SMMU_ATC_MAX; i++)
		if (unit->state->atc[i].owed && unit->state->atc[i].stream == stream)
			tags |= UINT32_C(1) << unit->state->atc[i].itag;
	return tags;
}

static struct smmu_atc *free_place(const struct smmu *unit)
{
	for (unsigned i = 0; i < SMMU_ATC_MAX; i++)
		if (!unit->state->atc[i].owed)
			return &unit->state->atc[i];
	return NULL;
}

static struct ats_invalidation message_of(const struct smmu *unit, const uint64_t *words)
{
	unsigned size = (unsigned)SMMU_CMD_ATC_INV_SIZE(words);
	bool has_pasid = SMMU_CMD_ATC_INV_SSV(words) && unit->rules.ssid_bits;
	uint64_t span = size >= SMMU_ATC_INV_SIZE_ALL ? 0 : UINT64_C(4096) << size; /* 0: everything */
	uint64_t first = words[1] & SMMU_CMD_ATC_INV_ADDR_MASK & -span;

	return (struct ats_invalidation){
		.first = first,
		.last = first + (span - 1),
		.stream = (uint32_t)SMMU_CMD_ATC_INV_SID(words),
		.pasid = has_pasid ? (uint32_t)SMMU_CMD_ATC_INV_SSID(words) : PASID_NONE,
		.global = has_pasid && SMMU_CMD_ATC_INV_GLOBAL(words),
		.t = unit->rules.realm,
	};
}

static void report(struct smmu *unit, const uint64_t *words)
{
	struct ats_invalidation message = message_of(unit, words);
	struct invalidation_scope scope = {
		.what = INVALIDATED_DEVTLB,
		.all_tags = true,
		.all_addresses = message.first == 0 && message.last == UINT64_MAX,
		.one_pasid = !message.global,
		.pasid = message.pasid,
		.stream = message.stream,
		.first = message.first,
		.last = message.last,
	};

	smmu_report_complete(unit, &scope, words);
}

/* 4.5.1, 6.3.9.6: ignored by a unit that is disabled. Where nobody takes messages nobody has a device TLB. */
static bool is_sent(const struct smmu *unit)
{
	return smmu_is_enabled(unit) && unit->iommu.outlet;
}

bool smmu_atc_may_send(const struct smmu *unit, const uint64_t *words)
{
	return !is_sent(unit) ||
	       (free_place(unit) && owed_tags(unit, (uint32_t)SMMU_CMD_ATC_INV_SID(words)) != UINT32_MAX);
}

void smmu_atc_send(struct smmu *unit, const uint64_t *words)
{
	struct ats_invalidation message = message_of(unit, words);
	struct smmu_atc *place = free_place(unit);

	if (!smmu_is_enabled(unit)) {
		smmu_report_complete(unit, &(struct invalidation_scope){.what = INVALIDATED_NOTHING}, words);
		return;
	}
	if (!is_sent(unit)) {
		report(unit, words);
		return;
	}
	if (!place || owed_tags(unit, message.stream) == UINT32_MAX)
		return; /* smmu_atc_may_send() */
	message.itag = (uint8_t)__builtin_ctz(~owed_tags(unit, message.stream));
	*place = (struct smmu_atc){
		.command = {words[0], words[1]}, .stream = message.stream, .itag = message.itag, .owed = true};
	unit->iommu.outlet->invalidate(unit->iommu.outlet->context, unit->iommu.index, &message);
}

bool smmu_atc_is_owed(const struct smmu *unit)
{
	for (unsigned i = 0; i < SMMU_ATC_MAX; i++)
		if (unit->state->atc[i].owed)
			return true;
	return false;
}

void smmu_atc_completed(struct iommu *iommu, uint32_t stream, uint32_t itags)
{
	struct smmu *unit = smmu_of(iommu);

	for (unsigned i = 0; i < SMMU_ATC_MAX; i++) {
		struct smmu_atc atc = unit->state->atc[i];
		if (!atc.owed || atc.stream != stream || !(itags >> atc.itag & 1))
			continue;
		unit->state->atc[i] = (struct smmu_atc){0};
		report(unit, atc.command);
	}
}

bool smmu_atc_timed_out(struct iommu *iommu)
{
	struct smmu *unit = smmu_of(iommu);

	if (!smmu_atc_is_owed(unit))
		return false;
	for (unsigned i = 0; i < SMMU_ATC_MAX; i++)
		unit->state->atc[i] = (struct smmu_atc){0};
	unit->state->atc_failed = true;
	return true;
}
