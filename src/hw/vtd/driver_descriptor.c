/* SPDX-License-Identifier: MIT */
#include "hw/vtd/driver.h"

static void describe_context(const struct vtd_driver_invalidation *what, uint64_t *words)
{
	VTD_DESC_CONTEXT_set_TYPE(words, VTD_DESCRIPTOR_CONTEXT);
	VTD_DESC_CONTEXT_set_G(words, what->granularity);
	VTD_DESC_CONTEXT_set_DID(words, what->did);
	VTD_DESC_CONTEXT_set_SID(words, what->sid);
}

static void describe_pasid(const struct vtd_driver_invalidation *what, uint64_t *words)
{
	static const uint8_t granularities[] = {
		[VTD_GRANULARITY_GLOBAL] = VTD_PASID_CACHE_GLOBAL,
		[VTD_GRANULARITY_DOMAIN] = VTD_PASID_CACHE_DOMAIN,
		[VTD_GRANULARITY_SELECTIVE] = VTD_PASID_CACHE_PASID,
	};
	VTD_DESC_PASID_set_TYPE(words, VTD_DESCRIPTOR_PASID);
	VTD_DESC_PASID_set_G(words, granularities[what->granularity]);
	VTD_DESC_PASID_set_DID(words, what->did);
	VTD_DESC_PASID_set_PASID(words, what->pasid);
}

static void describe_iotlb(const struct vtd_driver *driver, const struct vtd_driver_invalidation *what, uint64_t *words)
{
	VTD_DESC_IOTLB_set_TYPE(words, VTD_DESCRIPTOR_IOTLB);
	VTD_DESC_IOTLB_set_G(words, what->granularity);
	VTD_DESC_IOTLB_set_DR(words, VTD_CAP_DRD(&driver->state->cap));
	VTD_DESC_IOTLB_set_DW(words, VTD_CAP_DWD(&driver->state->cap));
	VTD_DESC_IOTLB_set_DID(words, what->did);
	VTD_DESC_IOTLB_set_ADDR(words, what->address >> FRAME_LG2);
	VTD_DESC_IOTLB_set_AM(words, what->address_mask);
	VTD_DESC_IOTLB_set_IH(words, what->leaves_only);
}

static void describe_piotlb(const struct vtd_driver_invalidation *what, uint64_t *words)
{
	bool pages = what->granularity == VTD_GRANULARITY_SELECTIVE;
	VTD_DESC_PIOTLB_set_TYPE(words, VTD_DESCRIPTOR_PIOTLB);
	VTD_DESC_PIOTLB_set_G(words, pages ? VTD_PIOTLB_PAGES : VTD_PIOTLB_PASID);
	VTD_DESC_PIOTLB_set_DID(words, what->did);
	VTD_DESC_PIOTLB_set_PASID(words, what->pasid);
	VTD_DESC_PIOTLB_set_ADDR(words, what->address >> FRAME_LG2);
	VTD_DESC_PIOTLB_set_AM(words, what->address_mask);
	VTD_DESC_PIOTLB_set_IH(words, what->leaves_only);
}

/* The lowest 0 of the page number says how many pages it is; all of them has but the highest bit at 0 (table 28). */
static uint64_t devtlb_page(const struct vtd_driver_invalidation *what)
{
	if (what->granularity != VTD_GRANULARITY_SELECTIVE)
		return (UINT64_C(1) << 51) - 1;
	uint64_t page = what->address >> FRAME_LG2;
	return what->address_mask ? page | ((UINT64_C(1) << (what->address_mask - 1)) - 1) : page;
}

/* With ECAP.DIT the physical function that the endpoint belongs to: here each is its own (6.5.2.5). */
static void describe_devtlb(const struct vtd_driver *driver, const struct vtd_driver_invalidation *what,
			    uint64_t *words)
{
	uint64_t pfsid = VTD_ECAP_DIT(&driver->state->ecap) ? what->sid : 0;
	bool large = what->granularity != VTD_GRANULARITY_SELECTIVE || what->address_mask;
	if (what->pasid == PASID_NONE) {
		VTD_DESC_DEVTLB_set_TYPE(words, VTD_DESCRIPTOR_DEVTLB);
		VTD_DESC_DEVTLB_set_PFSID_LOW(words, pfsid & 0xf);
		VTD_DESC_DEVTLB_set_PFSID_HIGH(words, pfsid >> 4);
		VTD_DESC_DEVTLB_set_SID(words, what->sid);
		VTD_DESC_DEVTLB_set_ADDR(words, devtlb_page(what));
		VTD_DESC_DEVTLB_set_S(words, large);
		return;
	}
	VTD_DESC_PDEVTLB_set_TYPE(words, VTD_DESCRIPTOR_PDEVTLB);
	VTD_DESC_PDEVTLB_set_PFSID_LOW(words, pfsid & 0xf);
	VTD_DESC_PDEVTLB_set_PFSID_HIGH(words, pfsid >> 4);
	VTD_DESC_PDEVTLB_set_SID(words, what->sid);
	VTD_DESC_PDEVTLB_set_PASID(words, what->pasid);
	VTD_DESC_PDEVTLB_set_ADDR(words, devtlb_page(what));
	VTD_DESC_PDEVTLB_set_S(words, large);
	VTD_DESC_PDEVTLB_set_GI(words, what->granularity == VTD_GRANULARITY_GLOBAL);
}

void vtd_driver_describe(const struct vtd_driver *driver, const struct vtd_driver_invalidation *what, uint64_t *words)
{
	switch (what->cache) {
	case VTD_DRIVER_CONTEXT_CACHE:
		describe_context(what, words);
		return;
	case VTD_DRIVER_PASID_CACHE:
		describe_pasid(what, words);
		return;
	case VTD_DRIVER_IOTLB:
		describe_iotlb(driver, what, words);
		return;
	case VTD_DRIVER_PIOTLB:
		describe_piotlb(what, words);
		return;
	case VTD_DRIVER_DEVTLB:
		describe_devtlb(driver, what, words);
		return;
	case VTD_DRIVER_IEC:
		VTD_DESC_IEC_set_TYPE(words, VTD_DESCRIPTOR_IEC);
		VTD_DESC_IEC_set_G(words, what->granularity == VTD_GRANULARITY_SELECTIVE);
		VTD_DESC_IEC_set_IIDX(words, what->address);
		return;
	}
}
