/* SPDX-License-Identifier: MIT */
/*
 * Events that no answer ends, for those who hand them on to guests, and the identification registers for users. Which
 * events that are is a kernel's choice (arm_smmu_handle_event()): what a guest's own configuration or translation can
 * bring about.
 */
#include "hw/smmuv3/driver.h"

static bool can_be_guests(uint64_t type)
{
	switch (type) {
	case SMMU_C_BAD_STE:
	case SMMU_F_STREAM_DISABLED:
	case SMMU_C_BAD_SUBSTREAMID:
	case SMMU_C_BAD_CD:
	case SMMU_F_TRANSLATION:
	case SMMU_F_ADDR_SIZE:
	case SMMU_F_ACCESS:
	case SMMU_F_PERMISSION:
		return true;
	default:
		return false;
	}
}

void smmu_driver_event(const struct smmu_driver *driver, const uint64_t words[4])
{
	struct driver_event event = {.stream = (uint32_t)SMMU_EVENT_SID(words), .second_stage = SMMU_EVENT_S2(words)};
	if (!driver->told || SMMU_EVENT_STALL(words) || !can_be_guests(SMMU_EVENT_TYPE(words)))
		return;
	for (unsigned i = 0; i < 4; i++)
		event.words[i] = words[i];
	driver->told(driver->told_context, driver->config.index, &event);
}

void smmu_driver_hear(struct driver *base, void (*told)(void *context, uint16_t unit, const struct driver_event *event),
		      void *context)
{
	struct smmu_driver *driver = smmu_driver_of(base);
	driver->told = told;
	driver->told_context = context;
}

void smmu_driver_event_rename(uint64_t words[4], uint32_t stream)
{
	SMMU_EVENT_set_SID(words, stream);
}

void smmu_driver_abilities(struct driver *base, struct driver_abilities *out)
{
	const struct smmu_driver *driver = smmu_driver_of(base);
	*out = (struct driver_abilities){.pasid_lg2 = driver->state->substream_lg2,
					 .keeps_guests_coherent = driver->config.coherent_masters ||
								  SMMU_IDR3_FWB(&driver->state->idr3)};
}

/* struct iommu_hw_info_arm_smmuv3: flags, a reserved word, IDR0 to IDR5, IIDR, AIDR. */
void smmu_driver_hw_info(struct driver *base, struct driver_hw_info *out)
{
	const struct smmu_driver *driver = smmu_driver_of(base);
	*out = (struct driver_hw_info){
		.bytes = 40, .tracks_dirty = smmu_driver_may_track(driver), .pasid_lg2 = driver->state->substream_lg2};
	for (unsigned i = 0; i < 6; i++)
		out->words[2 + i] = (uint32_t)driver_read(&driver->config, SMMU_REG_IDR0 + 4 * i, 4);
	out->words[8] = (uint32_t)driver_read(&driver->config, SMMU_REG_IIDR, 4);
	out->words[9] = (uint32_t)driver_read(&driver->config, SMMU_REG_AIDR, 4);
}
