/* SPDX-License-Identifier: MIT */
#include "timing/software.h"

#include "hw/smmuv3/layout.h"
#include "hw/vtd/layout.h"

#define QUEUE       UINT64_C(0x0000000000120000)
#define STATUS      UINT64_C(0x0000000000130000)
#define QUEUE_LG2   8
#define ENTRY_WORDS 2
#define DOMAIN      1 /* DID; ASID (timing/host.c) */

enum { STATUS_PENDING = 1, STATUS_DONE = 2 };

_Static_assert(1 << QUEUE_LG2 == SOFTWARE_QUEUE_ENTRIES, "as many entries as the register says");
_Static_assert(SOFTWARE_BATCH_MAX + 1 < SOFTWARE_QUEUE_ENTRIES, "a batch fits");
_Static_assert(SOFTWARE_STATUS_WORDS * 8 == FRAME_BYTES, "a page of status words");

static bool is_vtd(const struct timing_software *software)
{
	return software->host->unit->ops->kind == IOMMU_VTD;
}

static uint64_t read_register(const struct timing_software *software, uint32_t offset, unsigned width)
{
	struct iommu *unit = software->host->unit;

	return unit->ops->read_register(unit, offset, width);
}

static void write_register(const struct timing_software *software, uint32_t offset, unsigned width, uint64_t value)
{
	struct iommu *unit = software->host->unit;

	unit->ops->write_register(unit, offset, width, value);
}

static void set_up(const struct timing_software *software, uint32_t offset, unsigned width, uint64_t value)
{
	struct iommu *unit = software->host->unit;

	write_register(software, offset, width, value);
	while (unit->ops->advance(unit))
		;
}

void timing_software_init(struct timing_software *software, const struct timing_host *host)
{
	uint64_t base = 0;

	*software = (struct timing_software){.host = host};
	software->state =
		arena_block(host->arena, "software of a timed host", sizeof(*software->state), ARENA_UNHASHED);
	if (is_vtd(software)) {
		VTD_IQA_set_IQA(&base, QUEUE >> FRAME_LG2);
		set_up(software, VTD_REG_IQA, 8, base);
		set_up(software, VTD_REG_GCMD, 4, VTD_GCMD_TE_MASK | VTD_GCMD_QIE_MASK);
		return;
	}
	SMMU_QUEUE_BASE_set_ADDR(&base, QUEUE >> SMMU_QUEUE_BASE_ADDR_LSB);
	SMMU_QUEUE_BASE_set_LOG2SIZE(&base, QUEUE_LG2);
	set_up(software, SMMU_REG_CMDQ_BASE, 8, base);
	set_up(software, SMMU_REG_CR0, 4, SMMU_CR0_SMMUEN_MASK | SMMU_CR0_CMDQEN_MASK);
}

/* Entries of a batch, what ends it included. */
static uint32_t entries_of(const struct timing_forget *what)
{
	return (what->all ? 1 : what->count) + 1;
}

/* VT-d: one entry stays empty, since a full queue would look like an empty one (6.5.2). */
bool timing_software_has_room(const struct timing_software *software, const struct timing_forget *what)
{
	uint32_t tail = software->state->tail, used;

	if (is_vtd(software)) {
		uint64_t iqh = read_register(software, VTD_REG_IQH, 8);
		used = (tail - (uint32_t)VTD_IQH_QH(&iqh)) % SOFTWARE_QUEUE_ENTRIES + 1;
	} else {
		uint64_t cons = read_register(software, SMMU_REG_CMDQ_CONS, 4);
		used = (tail - (uint32_t)SMMU_CMDQ_CONS_RD(&cons)) % (2 * SOFTWARE_QUEUE_ENTRIES);
	}
	return SOFTWARE_QUEUE_ENTRIES - used >= entries_of(what);
}

static void put(struct timing_software *software, const uint64_t words[ENTRY_WORDS])
{
	uint32_t *tail = &software->state->tail;
	uint64_t pa = QUEUE + *tail % SOFTWARE_QUEUE_ENTRIES * (uint64_t)(8 * ENTRY_WORDS);

	for (unsigned word = 0; word < ENTRY_WORDS; word++)
		IOSIM_ASSERT(memory_write64(software->host->memory, pa + 8 * word, words[word]));
	*tail = (*tail + 1) % (is_vtd(software) ? SOFTWARE_QUEUE_ENTRIES : 2 * SOFTWARE_QUEUE_ENTRIES);
}

/* With the hint that only leaves have changed: tables stay. */
static void put_vtd(struct timing_software *software, const struct timing_forget *what, uint32_t i)
{
	uint64_t words[ENTRY_WORDS] = {0};

	VTD_DESC_IOTLB_set_TYPE(words, VTD_DESCRIPTOR_IOTLB);
	VTD_DESC_IOTLB_set_DID(words, DOMAIN);
	VTD_DESC_IOTLB_set_DR(words, 1);
	VTD_DESC_IOTLB_set_DW(words, 1);
	VTD_DESC_IOTLB_set_G(words, what->all ? VTD_GRANULARITY_DOMAIN : VTD_GRANULARITY_SELECTIVE);
	if (!what->all) {
		VTD_DESC_IOTLB_set_ADDR(words, what->iova[i] >> FRAME_LG2);
		VTD_DESC_IOTLB_set_IH(words, 1);
	}
	put(software, words);
}

static void put_smmu(struct timing_software *software, const struct timing_forget *what, uint32_t i)
{
	uint64_t words[ENTRY_WORDS] = {0};

	SMMU_CMD_TLBI_set_OPCODE(words, what->all ? SMMU_OP_TLBI_NH_ASID : SMMU_OP_TLBI_NH_VA);
	SMMU_CMD_TLBI_set_ASID(words, DOMAIN);
	if (!what->all) {
		SMMU_CMD_TLBI_set_ADDR(words, what->iova[i] >> FRAME_LG2);
		SMMU_CMD_TLBI_set_LEAF(words, 1);
	}
	put(software, words);
}

static uint64_t status_pa(uint32_t number)
{
	return STATUS + 8 * (uint64_t)number;
}

/* Ends the batch and rings. */
static uint32_t end_vtd(struct timing_software *software)
{
	uint64_t words[ENTRY_WORDS] = {0}, iqt = 0;
	uint32_t number = software->state->status;

	software->state->status = (number + 1) % SOFTWARE_STATUS_WORDS;
	IOSIM_ASSERT(memory_write64(software->host->memory, status_pa(number), STATUS_PENDING));
	VTD_DESC_WAIT_set_TYPE(words, VTD_DESCRIPTOR_WAIT);
	VTD_DESC_WAIT_set_SW(words, 1);
	VTD_DESC_WAIT_set_DATA(words, STATUS_DONE);
	VTD_DESC_WAIT_set_ADDR(words, status_pa(number) >> VTD_DESC_WAIT_ADDR_LSB);
	put(software, words);
	VTD_IQT_set_QT(&iqt, software->state->tail);
	write_register(software, VTD_REG_IQT, 8, iqt);
	return number;
}

static uint32_t end_smmu(struct timing_software *software)
{
	uint64_t words[ENTRY_WORDS] = {0};

	SMMU_CMD_SYNC_set_OPCODE(words, SMMU_OP_SYNC);
	SMMU_CMD_SYNC_set_CS(words, SMMU_SYNC_NONE);
	put(software, words);
	write_register(software, SMMU_REG_CMDQ_PROD, 4, software->state->tail);
	return software->state->tail;
}

uint32_t timing_software_post(struct timing_software *software, const struct timing_forget *what)
{
	uint32_t count = what->all ? 1 : what->count;
	bool vtd = is_vtd(software);

	IOSIM_ASSERT(count <= SOFTWARE_BATCH_MAX && timing_software_has_room(software, what));
	for (uint32_t i = 0; i < count; i++)
		(vtd ? put_vtd : put_smmu)(software, what, i);
	return vtd ? end_vtd(software) : end_smmu(software);
}

bool timing_software_is_done(const struct timing_software *software, uint32_t number)
{
	uint64_t value = 0;

	if (is_vtd(software)) {
		IOSIM_ASSERT(memory_read64(software->host->memory, status_pa(number), &value));
		return value == STATUS_DONE;
	}
	value = read_register(software, SMMU_REG_CMDQ_CONS, 4);
	return ((uint32_t)SMMU_CMDQ_CONS_RD(&value) - number) % (2 * SOFTWARE_QUEUE_ENTRIES) < SOFTWARE_QUEUE_ENTRIES;
}
