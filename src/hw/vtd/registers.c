/* SPDX-License-Identifier: MIT */
/*
 * The register page (chapter 11). A quadword access is two doubleword accesses, the lower first (11.2). Reserved bits
 * read as 0 and keep no value; so do bits whose read value the specification leaves undefined.
 */
#include "hw/vtd/engine.h"

#define ONLY_IF(condition, mask) ((condition) ? (mask) : 0)

/* Version 1.0: a major version below 6 has the register-based invalidation interface (6.5). */
#define VERSION_MAJOR 1

static const struct {
	uint16_t offset;
	uint8_t bytes;
} places[] = {
#define PLACE(name, offset, width, section) {(offset), (width) / 8},
	VTD_REGISTERS(PLACE)};

static void allow(struct vtd *unit, enum vtd_register_index index, uint64_t writable, uint64_t clears, uint64_t hidden)
{
	unit->map[index].writable = writable;
	unit->map[index].clears = clears;
	unit->map[index].hidden = hidden;
}

static void allow_queue(struct vtd *unit, uint64_t haw, bool extended)
{
	allow(unit, VTD_R_IQT, VTD_IQT_QT_MASK, 0, 0);
	allow(unit, VTD_R_IQA, (VTD_IQA_IQA_MASK & haw) | VTD_IQA_DW_MASK | VTD_IQA_QS_MASK, 0, 0);
	allow(unit, VTD_R_ICS, 0, VTD_ICS_IWC_MASK, 0);
	allow(unit, VTD_R_IECTL, VTD_ECTL_IM_MASK, 0, 0);
	allow(unit, VTD_R_IEDATA, VTD_EDATA_IMD_MASK, 0, 0);
	allow(unit, VTD_R_IEADDR, VTD_EADDR_MA_MASK, 0, 0);
	allow(unit, VTD_R_IEUADDR, ONLY_IF(extended, VTD_EUADDR_MUA_MASK), 0, 0);
}

static void allow_page_requests(struct vtd *unit, uint64_t haw, bool extended)
{
	allow(unit, VTD_R_PQH, VTD_PQH_PQH_MASK, 0, 0);
	allow(unit, VTD_R_PQT, VTD_PQT_PQT_MASK, 0, 0);
	allow(unit, VTD_R_PQA, (VTD_PQA_PQA_MASK & haw) | VTD_PQA_PQS_MASK, 0, 0);
	allow(unit, VTD_R_PRS, 0, VTD_PRS_PRO_MASK | VTD_PRS_PPR_MASK, 0);
	allow(unit, VTD_R_PECTL, VTD_ECTL_IM_MASK, 0, 0);
	allow(unit, VTD_R_PEDATA, VTD_EDATA_IMD_MASK, 0, 0);
	allow(unit, VTD_R_PEADDR, VTD_EADDR_MA_MASK, 0, 0);
	allow(unit, VTD_R_PEUADDR, ONLY_IF(extended, VTD_EUADDR_MUA_MASK), 0, 0);
}

static void derive_access(struct vtd *unit, uint64_t ecap)
{
	uint64_t haw = unit->rules.haw_mask;
	uint64_t did = unit->rules.domain_mask;
	bool extended = VTD_ECAP_EIM(&ecap);
	uint64_t ats = ONLY_IF(VTD_ECAP_DT(&ecap), VTD_FSTS_ITE_MASK | VTD_FSTS_ICE_MASK);
	uint64_t queue = ONLY_IF(VTD_ECAP_QI(&ecap), VTD_FSTS_IQE_MASK);

	for (unsigned i = 0; i < VTD_REGISTER_COUNT; i++)
		allow(unit, i, 0, 0, 0);
	allow(unit, VTD_R_GCMD, 0, 0, UINT64_MAX);
	allow(unit, VTD_R_RTADDR,
	      (VTD_RTADDR_RTA_MASK & haw) | VTD_RTADDR_TTM_MASK |
		      ONLY_IF(VTD_ECAP_SSIRWS(&ecap), VTD_RTADDR_SSIRWE_MASK),
	      0, 0);
	allow(unit, VTD_R_CCMD,
	      VTD_CCMD_ICC_MASK | VTD_CCMD_CIRG_MASK | VTD_CCMD_FM_MASK | VTD_CCMD_SID_MASK | did << VTD_CCMD_DID_LSB,
	      0, VTD_CCMD_FM_MASK | VTD_CCMD_SID_MASK);
	allow(unit, VTD_R_IOTLB,
	      VTD_IOTLB_IVT_MASK | VTD_IOTLB_IIRG_MASK | VTD_IOTLB_DR_MASK | VTD_IOTLB_DW_MASK |
		      did << VTD_IOTLB_DID_LSB,
	      0, 0);
	allow(unit, VTD_R_IVA, (VTD_IVA_ADDR_MASK & unit->rules.mgaw_mask) | VTD_IVA_IH_MASK | VTD_IVA_AM_MASK, 0,
	      UINT64_MAX);
	allow(unit, VTD_R_FSTS, 0, VTD_FSTS_PFO_MASK | queue | ats, 0);
	allow(unit, VTD_R_FECTL, VTD_ECTL_IM_MASK, 0, 0);
	allow(unit, VTD_R_FEDATA, VTD_EDATA_IMD_MASK, 0, 0);
	allow(unit, VTD_R_FEADDR, VTD_EADDR_MA_MASK, 0, 0);
	allow(unit, VTD_R_FEUADDR, ONLY_IF(extended, VTD_EUADDR_MUA_MASK), 0, 0);
	if (VTD_ECAP_QI(&ecap))
		allow_queue(unit, haw, extended);
	if (VTD_ECAP_PRS(&ecap))
		allow_page_requests(unit, haw, extended);
	if (VTD_ECAP_IR(&ecap))
		allow(unit, VTD_R_IRTA,
		      (VTD_IRTA_IRTA_MASK & haw) | VTD_IRTA_S_MASK | ONLY_IF(extended, VTD_IRTA_EIME_MASK), 0, 0);
}

void vtd_derive(struct vtd *unit, uint64_t cap, uint64_t ecap)
{
	unsigned iro = (unsigned)VTD_ECAP_IRO(&ecap) * VTD_OFFSET_UNIT_BYTES;

	unit->state->registers[VTD_R_CAP] = cap;
	unit->state->registers[VTD_R_ECAP] = ecap;
	vtd_rules_derive(&unit->rules, cap, ecap, unit->address_width);
	vtd_rules_deviate(&unit->rules, unit->deviations, VTD_ECAP_SMTS(&unit->ecap_asked));
	unit->caches.pasids_off = unit->rules.deviations & VTD_DEVIATES(NO_PASID_CACHE);
	unit->caches.keep_faults = VTD_CAP_CM(&cap);
	unit->caches.changes++;
	unit->walks_alone = unit->caches.translations_off && !unit->rules.deviations && !unit->caches.tables.on;
	unit->record_offset = (unsigned)VTD_CAP_FRO(&cap) * VTD_OFFSET_UNIT_BYTES;
	unit->map[VTD_R_IVA] = (struct vtd_register){.offset = (uint16_t)(iro + VTD_REG_IVA_FROM_IRO), .bytes = 8};
	unit->map[VTD_R_IOTLB] = (struct vtd_register){.offset = (uint16_t)(iro + VTD_REG_IOTLB_FROM_IRO), .bytes = 8};
	/* 11.4.11.5: its value on reset; without page requests there is no such register. */
	VTD_ECTL_set_IM(&unit->state->registers[VTD_R_PECTL], VTD_ECAP_PRS(&ecap));
	derive_access(unit, ecap);
}

void vtd_registers_init(struct vtd *unit)
{
	uint64_t *registers = unit->state->registers;

	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		unit->map[i] = (struct vtd_register){.offset = places[i].offset, .bytes = places[i].bytes};
	VTD_VER_set_MAX(&registers[VTD_R_VER], VERSION_MAJOR);
	VTD_ECTL_set_IM(&registers[VTD_R_FECTL], 1);
	VTD_ECTL_set_IM(&registers[VTD_R_IECTL], 1);
}

/* The register that holds the doubleword; NULL: none. The fixed places come first. */
static const struct vtd_register *register_at(const struct vtd *unit, uint32_t offset)
{
	for (unsigned i = 0; i < VTD_REGISTER_COUNT; i++)
		if (offset >= unit->map[i].offset && offset - unit->map[i].offset < unit->map[i].bytes)
			return &unit->map[i];
	return NULL;
}

static enum vtd_register_index index_of(const struct vtd *unit, const struct vtd_register *row)
{
	return (enum vtd_register_index)(row - unit->map);
}

/* The word of a fault recording register that holds the doubleword; NULL: none. */
static uint64_t *record_word(const struct vtd *unit, uint32_t offset)
{
	uint32_t at = offset - unit->record_offset;
	if (offset < unit->record_offset || at / VTD_FRCD_BYTES >= unit->record_count)
		return NULL;
	return &unit->records[at / VTD_FRCD_BYTES][at / 8 % 2];
}

static uint32_t read_half(const struct vtd *unit, uint32_t offset)
{
	const struct vtd_register *row = register_at(unit, offset);
	const uint64_t *record = row ? NULL : record_word(unit, offset);
	uint64_t value = 0;

	if (row)
		value = (unit->state->registers[index_of(unit, row)] & ~row->hidden) >> 8 * (offset - row->offset);
	else if (record)
		value = *record >> 8 * (offset % 8);
	return (uint32_t)value;
}

/* Words that hardware owns while a command is pending (6.9). */
static bool is_locked(const struct vtd *unit, enum vtd_register_index index)
{
	const uint64_t *registers = unit->state->registers;

	if (index == VTD_R_CCMD)
		return VTD_CCMD_ICC(&registers[VTD_R_CCMD]);
	if (index == VTD_R_IOTLB || index == VTD_R_IVA)
		return VTD_IOTLB_IVT(&registers[VTD_R_IOTLB]);
	return false;
}

static void written(struct vtd *unit, enum vtd_register_index index, uint64_t cleared)
{
	switch (index) {
	case VTD_R_FSTS:
		if (cleared & VTD_FSTS_IQE_MASK)
			unit->state->registers[VTD_R_IQERCD] &= ~VTD_IQERCD_IQEI_MASK;
		if (cleared & VTD_FSTS_ITE_MASK)
			unit->state->registers[VTD_R_IQERCD] &= ~VTD_IQERCD_ITESID_MASK;
		if (cleared & VTD_FSTS_ICE_MASK)
			unit->state->registers[VTD_R_IQERCD] &= ~VTD_IQERCD_ICESID_MASK;
		vtd_fault_status_settle(unit);
		break;
	case VTD_R_ICS:
	case VTD_R_FECTL:
	case VTD_R_IECTL:
	case VTD_R_PRS:
	case VTD_R_PECTL:
		vtd_events_settle(unit);
		break;
	case VTD_R_IQT:
		unit->state->error_seen = 0;
		break;
	default:
		break;
	}
}

static void write_half(struct vtd *unit, uint32_t offset, uint32_t value)
{
	const struct vtd_register *row = register_at(unit, offset);
	uint64_t *record = row ? NULL : record_word(unit, offset);

	if (row) {
		enum vtd_register_index index = index_of(unit, row);
		unsigned shift = 8 * (offset - row->offset);
		uint64_t half = UINT64_C(0xffffffff) << shift, bits = (uint64_t)value << shift;
		uint64_t *word = &unit->state->registers[index];
		if (index == VTD_R_GCMD) {
			vtd_command_written(unit, value);
		} else if (!is_locked(unit, index)) {
			uint64_t cleared = *word & bits & row->clears;
			*word = (*word & ~(half & row->writable)) | (bits & row->writable);
			*word &= ~cleared;
			written(unit, index, cleared);
		}
	} else if (record && (offset - unit->record_offset) % VTD_FRCD_BYTES == VTD_FRCD_BYTES - 4) {
		*record &= ~((uint64_t)value << 32 & VTD_FRCD_F_MASK);
		vtd_fault_status_settle(unit);
	}
}

static bool is_aligned(uint32_t offset, unsigned width)
{
	return (width == 4 || width == 8) && offset % width == 0;
}

uint64_t vtd_read_register(struct iommu *iommu, uint32_t offset, unsigned width)
{
	const struct vtd *unit = vtd_of(iommu);

	if (!is_aligned(offset, width))
		return 0;
	uint64_t value = read_half(unit, offset);
	if (width == 8)
		value |= (uint64_t)read_half(unit, offset + 4) << 32;
	return value;
}

void vtd_write_register(struct iommu *iommu, uint32_t offset, unsigned width, uint64_t value)
{
	struct vtd *unit = vtd_of(iommu);

	if (!is_aligned(offset, width))
		return;
	write_half(unit, offset, (uint32_t)value);
	if (width == 8)
		write_half(unit, offset + 4, (uint32_t)(value >> 32));
}

static bool load_half(struct vtd *unit, uint32_t offset, uint32_t value)
{
	const struct vtd_register *row = register_at(unit, offset);
	uint64_t *word = row ? &unit->state->registers[index_of(unit, row)] : record_word(unit, offset);

	if (!word)
		return false;
	/* Identification is configuration. */
	if (row && index_of(unit, row) <= VTD_R_ECAP)
		return true;
	unsigned shift = 8 * (row ? offset - row->offset : offset % 8);
	*word = (*word & ~(UINT64_C(0xffffffff) << shift)) | (uint64_t)value << shift;
	return true;
}

bool vtd_load_register(struct iommu *iommu, uint32_t offset, unsigned width, uint64_t value)
{
	struct vtd *unit = vtd_of(iommu);
	uint64_t *registers = unit->state->registers;

	if (!is_aligned(offset, width))
		return false;
	bool known = load_half(unit, offset, (uint32_t)value);
	if (width == 8)
		known |= load_half(unit, offset + 4, (uint32_t)(value >> 32));
	/* The tables in use are those that RTADDR and IRTA name, if they were ever taken. */
	unit->state->root = VTD_GSTS_RTPS(&registers[VTD_R_GSTS]) ? registers[VTD_R_RTADDR] : 0;
	unit->state->interrupt_table = VTD_GSTS_IRTPS(&registers[VTD_R_GSTS]) ? registers[VTD_R_IRTA] : 0;
	vtd_mode_derive(unit);
	return known;
}
