/* SPDX-License-Identifier: MIT */
/*
 * The two register pages (chapter 6). A 64-bit access is two 32-bit accesses, the lower first. Fields of features that
 * are absent read as 0 and keep no value; a write to a register that a running unit guards is ignored.
 */
#include "hw/smmuv3/engine.h"

static const struct {
	uint32_t offset;
	uint32_t bytes;
} places[SMMU_REGISTER_COUNT] = {
#define PLACE(name, offset, width, section) {(offset), (width) / 8},
	SMMU_REGISTERS(PLACE)};

static void allow(struct smmu *unit, enum smmu_register_index index, uint64_t bits)
{
	unit->writable[index][0] = (uint32_t)bits;
	unit->writable[index][1] = (uint32_t)(bits >> 32);
}

static void allow_interrupts(struct smmu *unit, enum smmu_register_index first)
{
	allow(unit, first, SMMU_IRQ_CFG0_ADDR_MASK & ~unit->rules.oas_beyond);
	allow(unit, first + 1, UINT32_MAX);
	allow(unit, first + 2, SMMU_IRQ_CFG2_SH_MASK | SMMU_IRQ_CFG2_MEMATTR_MASK);
}

/* 6.3.33 to 6.3.36, 6.3.97, 6.3.98 */
static void allow_page_requests(struct smmu *unit, bool messages)
{
	allow(unit, SMMU_R_PRIQ_BASE,
	      SMMU_QUEUE_BASE_HINT_MASK | (SMMU_QUEUE_BASE_ADDR_MASK & ~unit->rules.oas_beyond) |
		      SMMU_QUEUE_BASE_LOG2SIZE_MASK);
	allow(unit, SMMU_R_PRIQ_PROD, SMMU_INDEX_OVERFLOW_MASK | SMMU_INDEX_INDEX_MASK);
	allow(unit, SMMU_R_PRIQ_CONS, SMMU_INDEX_OVERFLOW_MASK | SMMU_INDEX_INDEX_MASK);
	if (!messages)
		return;
	allow_interrupts(unit, SMMU_R_PRIQ_IRQ_CFG0);
	unit->writable[SMMU_R_PRIQ_IRQ_CFG2][0] |= SMMU_PRIQ_IRQ_CFG2_LO_MASK;
}

void smmu_registers_init(struct smmu *unit)
{
	uint64_t *registers = unit->state->registers, oas = ~unit->rules.oas_beyond;
	bool messages = SMMU_IDR0_MSI(&unit->ids.idr0);

	registers[SMMU_R_IDR0] = unit->ids.idr0;
	registers[SMMU_R_IDR1] = unit->ids.idr1;
	registers[SMMU_R_IDR2] = unit->ids.idr2;
	registers[SMMU_R_IDR3] = unit->ids.idr3;
	registers[SMMU_R_IDR4] = unit->ids.idr4;
	registers[SMMU_R_IDR5] = unit->ids.idr5;
	registers[SMMU_R_IIDR] = unit->ids.iidr;
	registers[SMMU_R_AIDR] = unit->ids.aidr;
	allow(unit, SMMU_R_CR0,
	      SMMU_CR0_SMMUEN_MASK | SMMU_CR0_EVENTQEN_MASK | SMMU_CR0_CMDQEN_MASK |
		      (unit->rules.ats ? SMMU_CR0_ATSCHK_MASK : 0) | (unit->rules.pri ? SMMU_CR0_PRIQEN_MASK : 0) |
		      (SMMU_IDR0_VMW(&unit->ids.idr0) ? SMMU_CR0_VMW_MASK : 0));
	allow(unit, SMMU_R_CR1, 0xfff);
	allow(unit, SMMU_R_CR2,
	      SMMU_CR2_RECINVSID_MASK | SMMU_CR2_PTM_MASK | (unit->rules.records_ats ? SMMU_CR2_REC_CFG_ATS_MASK : 0) |
		      (unit->rules.hyp ? SMMU_CR2_E2H_MASK : 0));
	allow(unit, SMMU_R_GBPA,
	      SMMU_GBPA_UPDATE_MASK | SMMU_GBPA_ABORT_MASK | SMMU_GBPA_INSTCFG_MASK | SMMU_GBPA_PRIVCFG_MASK |
		      SMMU_GBPA_SHCFG_MASK | SMMU_GBPA_ALLOCCFG_MASK | SMMU_GBPA_MTCFG_MASK | SMMU_GBPA_MEMATTR_MASK);
	allow(unit, SMMU_R_IRQ_CTRL,
	      SMMU_IRQ_CTRL_EVENTQ_IRQEN_MASK | SMMU_IRQ_CTRL_GERROR_IRQEN_MASK |
		      (unit->rules.pri ? SMMU_IRQ_CTRL_PRIQ_IRQEN_MASK : 0));
	allow(unit, SMMU_R_GERRORN,
	      SMMU_GERROR_CMDQ_ERR_MASK | SMMU_GERROR_EVENTQ_ABT_ERR_MASK |
		      (unit->rules.pri ? SMMU_GERROR_PRIQ_ABT_ERR_MASK : 0) |
		      (messages ? SMMU_GERROR_MSI_CMDQ_ABT_ERR_MASK | SMMU_GERROR_MSI_EVENTQ_ABT_ERR_MASK |
					  SMMU_GERROR_MSI_GERROR_ABT_ERR_MASK |
					  (unit->rules.pri ? SMMU_GERROR_MSI_PRIQ_ABT_ERR_MASK : 0)
				: 0));
	allow(unit, SMMU_R_STRTAB_BASE, SMMU_STRTAB_BASE_RA_MASK | (SMMU_STRTAB_BASE_ADDR_MASK & oas));
	allow(unit, SMMU_R_STRTAB_BASE_CFG,
	      SMMU_STRTAB_BASE_CFG_LOG2SIZE_MASK |
		      (unit->rules.stream_2level ? SMMU_STRTAB_BASE_CFG_FMT_MASK | SMMU_STRTAB_BASE_CFG_SPLIT_MASK
						 : 0));
	allow(unit, SMMU_R_CMDQ_BASE,
	      SMMU_QUEUE_BASE_HINT_MASK | (SMMU_QUEUE_BASE_ADDR_MASK & oas) | SMMU_QUEUE_BASE_LOG2SIZE_MASK);
	allow(unit, SMMU_R_CMDQ_PROD, SMMU_INDEX_INDEX_MASK);
	allow(unit, SMMU_R_CMDQ_CONS, SMMU_CMDQ_CONS_RD_MASK | SMMU_CMDQ_CONS_ERR_MASK);
	allow(unit, SMMU_R_EVENTQ_BASE,
	      SMMU_QUEUE_BASE_HINT_MASK | (SMMU_QUEUE_BASE_ADDR_MASK & oas) | SMMU_QUEUE_BASE_LOG2SIZE_MASK);
	allow(unit, SMMU_R_EVENTQ_PROD, SMMU_INDEX_OVERFLOW_MASK | SMMU_INDEX_INDEX_MASK);
	allow(unit, SMMU_R_EVENTQ_CONS, SMMU_INDEX_OVERFLOW_MASK | SMMU_INDEX_INDEX_MASK);
	if (messages) {
		allow_interrupts(unit, SMMU_R_GERROR_IRQ_CFG0);
		allow_interrupts(unit, SMMU_R_EVENTQ_IRQ_CFG0);
	}
	if (unit->rules.pri)
		allow_page_requests(unit, messages);
}

/* The register that holds the word; SMMU_REGISTER_COUNT: none. */
static unsigned register_at(uint32_t offset)
{
	unsigned index = 0;

	while (index < SMMU_REGISTER_COUNT &&
	       (offset < places[index].offset || offset - places[index].offset >= places[index].bytes))
		index++;
	return index;
}

/* 6.3.24, 6.3.25: the base is aligned to the table's size, by the literal LOG2SIZE. */
static void derive_stream_table(struct smmu *unit)
{
	struct smmu_state *state = unit->state;
	const uint64_t *config = &state->registers[SMMU_R_STRTAB_BASE_CFG];
	unsigned lg2 = (unsigned)SMMU_STRTAB_BASE_CFG_LOG2SIZE(config);
	unsigned split = (unsigned)SMMU_STRTAB_BASE_CFG_SPLIT(config), align = lg2 + 6;
	bool two = unit->rules.stream_2level && SMMU_STRTAB_BASE_CFG_FMT(config) == SMMU_STRTAB_2LEVEL;

	unit->caches.changes++;
	if (smmu_deviates(&unit->rules, SMMU_DEVIATION_STRTAB_FMT_STICKY)) {
		two = two || state->had_2level;
		state->had_2level = two;
	}
	if (split != 8 && split != 10)
		split = 6;
	if (two)
		align = lg2 > split + 3 ? lg2 - split + 3 : 6;
	else if (smmu_deviates(&unit->rules, SMMU_DEVIATION_STRTAB_ALIGN))
		align--;
	state->stream_base = state->registers[SMMU_R_STRTAB_BASE] & SMMU_STRTAB_BASE_ADDR_MASK;
	state->stream_base = align < 64 ? state->stream_base & -(UINT64_C(1) << align) : 0;
	state->stream_lg2 = lg2 < unit->rules.sid_bits ? (uint8_t)lg2 : unit->rules.sid_bits;
	state->stream_split = two ? (uint8_t)split : 0;
}

/* Bits that a write may not change now: 6.3.9, 6.3.11, 6.3.12, 6.3.16, 6.3.24, 6.3.26, 6.3.28 to 6.3.36, 6.3.97. */
static uint64_t guarded(const struct smmu *unit, unsigned index)
{
	const uint64_t *registers = unit->state->registers;
	uint64_t enabled = registers[SMMU_R_CR0] | registers[SMMU_R_CR0ACK];
	uint64_t interrupts = registers[SMMU_R_IRQ_CTRL] | registers[SMMU_R_IRQ_CTRLACK];
	uint64_t when = 0;

	switch (index) {
	case SMMU_R_CR0: /* a field whose update is not finished */
		return registers[SMMU_R_CR0] ^ registers[SMMU_R_CR0ACK];
	case SMMU_R_IRQ_CTRL:
		return registers[SMMU_R_IRQ_CTRL] ^ registers[SMMU_R_IRQ_CTRLACK];
	case SMMU_R_CR1:
		return (SMMU_CR0_SMMUEN(&enabled) ? 0xfc0u : 0) |
		       (enabled & (SMMU_CR0_CMDQEN_MASK | SMMU_CR0_EVENTQEN_MASK) ? 0x3fu : 0);
	case SMMU_R_CR2:
	case SMMU_R_STRTAB_BASE:
	case SMMU_R_STRTAB_BASE_CFG:
		when = SMMU_CR0_SMMUEN(&enabled);
		break;
	case SMMU_R_CMDQ_BASE:
	case SMMU_R_CMDQ_CONS:
		when = SMMU_CR0_CMDQEN(&enabled);
		break;
	case SMMU_R_EVENTQ_BASE:
	case SMMU_R_EVENTQ_PROD:
		when = SMMU_CR0_EVENTQEN(&enabled);
		break;
	case SMMU_R_GERROR_IRQ_CFG0:
	case SMMU_R_GERROR_IRQ_CFG1:
	case SMMU_R_GERROR_IRQ_CFG2:
		when = SMMU_IRQ_CTRL_GERROR_IRQEN(&interrupts);
		break;
	case SMMU_R_EVENTQ_IRQ_CFG0:
	case SMMU_R_EVENTQ_IRQ_CFG1:
	case SMMU_R_EVENTQ_IRQ_CFG2:
		when = SMMU_IRQ_CTRL_EVENTQ_IRQEN(&interrupts);
		break;
	case SMMU_R_PRIQ_BASE:
	case SMMU_R_PRIQ_PROD:
		when = SMMU_CR0_PRIQEN(&enabled);
		break;
	case SMMU_R_PRIQ_IRQ_CFG0:
	case SMMU_R_PRIQ_IRQ_CFG1:
	case SMMU_R_PRIQ_IRQ_CFG2:
		when = SMMU_IRQ_CTRL_PRIQ_IRQEN(&interrupts);
		break;
	default:
		break;
	}
	return when ? UINT64_MAX : 0;
}

static void write_half(struct smmu *unit, uint32_t offset, uint32_t value)
{
	unsigned index = register_at(offset);

	if (index == SMMU_REGISTER_COUNT)
		return;
	uint64_t *word = &unit->state->registers[index];
	unsigned half = (offset - places[index].offset) / 4;
	uint64_t bits = (uint64_t)unit->writable[index][half] << 32 * half & ~guarded(unit, index);

	/* 6.3.14.1: ignored without Update, and while one is going on. */
	if (index == SMMU_R_GBPA && (SMMU_GBPA_UPDATE(word) || !(value & SMMU_GBPA_UPDATE_MASK)))
		return;
	*word = (*word & ~bits) | ((uint64_t)value << 32 * half & bits);
	if (index == SMMU_R_STRTAB_BASE || index == SMMU_R_STRTAB_BASE_CFG)
		derive_stream_table(unit);
}

bool smmu_update_is_pending(const struct smmu *unit)
{
	const uint64_t *registers = unit->state->registers;

	if (unit->root && smmu_root_is_pending(unit->root))
		return true;
	return registers[SMMU_R_CR0ACK] != registers[SMMU_R_CR0] ||
	       registers[SMMU_R_IRQ_CTRLACK] != registers[SMMU_R_IRQ_CTRL] || SMMU_GBPA_UPDATE(&registers[SMMU_R_GBPA]);
}

bool smmu_finish_update(struct smmu *unit)
{
	uint64_t *registers = unit->state->registers;

	if (unit->root && smmu_root_advance(unit->root))
		return true;
	if (registers[SMMU_R_CR0ACK] != registers[SMMU_R_CR0]) {
		registers[SMMU_R_CR0ACK] = registers[SMMU_R_CR0];
		unit->caches.changes++;
		if (!smmu_is_enabled(unit)) /* 6.3.9.6 */
			smmu_stalls_end(unit);
	} else if (registers[SMMU_R_IRQ_CTRLACK] != registers[SMMU_R_IRQ_CTRL]) {
		registers[SMMU_R_IRQ_CTRLACK] = registers[SMMU_R_IRQ_CTRL];
	} else if (SMMU_GBPA_UPDATE(&registers[SMMU_R_GBPA])) {
		SMMU_GBPA_set_UPDATE(&registers[SMMU_R_GBPA], 0);
		unit->state->gbpa = registers[SMMU_R_GBPA];
	} else {
		return false;
	}
	return true;
}

static bool is_aligned(uint32_t offset, unsigned width)
{
	return (width == 4 || width == 8) && offset % width == 0 && offset < SMMU_REGISTER_BYTES;
}

static uint32_t read_half(const struct smmu *unit, uint32_t offset)
{
	unsigned index = register_at(offset);

	if (index == SMMU_REGISTER_COUNT)
		return 0;
	return (uint32_t)(unit->state->registers[index] >> 8 * (offset - places[index].offset));
}

uint64_t smmu_read_register(struct iommu *iommu, uint32_t offset, unsigned width)
{
	const struct smmu *unit = smmu_of(iommu);

	if (!is_aligned(offset, width))
		return 0;
	uint64_t value = read_half(unit, offset);
	if (width == 8)
		value |= (uint64_t)read_half(unit, offset + 4) << 32;
	return value;
}

void smmu_write_register(struct iommu *iommu, uint32_t offset, unsigned width, uint64_t value)
{
	struct smmu *unit = smmu_of(iommu);

	if (!is_aligned(offset, width))
		return;
	write_half(unit, offset, (uint32_t)value);
	if (width == 8)
		write_half(unit, offset + 4, (uint32_t)(value >> 32));
}

static bool load_half(struct smmu *unit, uint32_t offset, uint32_t value)
{
	unsigned index = register_at(offset);

	if (index == SMMU_REGISTER_COUNT)
		return false;
	/* Identification is configuration. */
	if (index <= SMMU_R_AIDR)
		return true;
	unsigned shift = 8 * (offset - places[index].offset);
	uint64_t *word = &unit->state->registers[index];
	*word = (*word & ~(UINT64_C(0xffffffff) << shift)) | (uint64_t)value << shift;
	return true;
}

bool smmu_load_register(struct iommu *iommu, uint32_t offset, unsigned width, uint64_t value)
{
	struct smmu *unit = smmu_of(iommu);

	if (!is_aligned(offset, width))
		return false;
	bool known = load_half(unit, offset, (uint32_t)value);
	if (width == 8)
		known |= load_half(unit, offset + 4, (uint32_t)(value >> 32));
	unit->state->gbpa = unit->state->registers[SMMU_R_GBPA];
	derive_stream_table(unit);
	return known;
}
