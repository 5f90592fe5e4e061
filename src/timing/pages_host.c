/* SPDX-License-Identifier: MIT */
#include "timing/pages_host.h"

#include "timing/host_state.h"

#define DIRECTORY      (HOST_CONTEXT + UINT64_C(0x1000)) /* VT-d: of PASIDs */
#define PASIDS         (HOST_CONTEXT + UINT64_C(0x2000))
#define COMMANDS       UINT64_C(0x0000000000120000)
#define STATUS         UINT64_C(0x0000000000130000)
#define REQUESTS       UINT64_C(0x0000000000140000)
#define COMMANDS_LG2   10   /* SMMUv3: more than page requests can be outstanding */
#define RESPONSES      256u /* VT-d: entries of 256 bits, two pages of them (11.4.9.3, QS 1) */
#define RESPONSE_WORDS 4

enum { STATUS_PENDING = 1, STATUS_DONE = 2 };

static uint64_t read_register(const struct pages_host *pages, uint32_t offset, unsigned width)
{
	return pages->host.unit->ops->read_register(pages->host.unit, offset, width);
}

static void write_register(const struct pages_host *pages, uint32_t offset, unsigned width, uint64_t value)
{
	pages->host.unit->ops->write_register(pages->host.unit, offset, width, value);
}

static unsigned lg2_of(uint32_t entries)
{
	unsigned lg2 = 0;

	while (entries >> lg2 > 1)
		lg2++;
	return lg2;
}

static void start_vtd(const struct pages_host *pages)
{
	const struct timing_host *host = &pages->host;
	uint64_t root = 0, context[4] = {0}, directory = 0, pasid[VTD_PASID_WORDS] = {0}, address = HOST_ROOT;
	uint64_t commands = 0, requests = 0;

	VTD_ROOT_set_P(&root, 1); /* LP of scalable mode: devices 0 to 15 of the bus */
	VTD_ROOT_set_CTP(&root, HOST_CONTEXT >> FRAME_LG2);
	put(host, HOST_ROOT + (TIMING_STREAM >> 8) * (uint64_t)16, root);
	VTD_SMCONTEXT_set_P(context, 1);
	VTD_SMCONTEXT_set_DTE(context, 1);
	VTD_SMCONTEXT_set_PRE(context, 1);
	VTD_SMCONTEXT_set_PASIDDIRPTR(context, DIRECTORY >> FRAME_LG2);
	put_all(host, HOST_CONTEXT + (TIMING_STREAM & 0x7f) * (uint64_t)VTD_SMCONTEXT_BYTES, context, 4);
	VTD_PASIDDIR_set_P(&directory, 1);
	VTD_PASIDDIR_set_SMPTBLPTR(&directory, PASIDS >> FRAME_LG2);
	put(host, DIRECTORY, directory);
	VTD_PASID_set_P(pasid, 1);
	VTD_PASID_set_PGTT(pasid, VTD_PGTT_SECOND_STAGE);
	VTD_PASID_set_AW(pasid, host->levels - 2);
	VTD_PASID_set_DID(pasid, 1);
	VTD_PASID_set_SSPTPTR(pasid, HOST_TABLES >> FRAME_LG2);
	put_all(host, PASIDS, pasid, VTD_PASID_WORDS);
	VTD_RTADDR_set_TTM(&address, VTD_TTM_SCALABLE);
	set_register(host, VTD_REG_RTADDR, 8, address);
	set_register(host, VTD_REG_GCMD, 4, VTD_GCMD_SRTP_MASK);
	VTD_IQA_set_IQA(&commands, COMMANDS >> FRAME_LG2);
	VTD_IQA_set_DW(&commands, 1);
	VTD_IQA_set_QS(&commands, 1);
	set_register(host, VTD_REG_IQA, 8, commands);
	VTD_PQA_set_PQA(&requests, REQUESTS >> FRAME_LG2);
	VTD_PQA_set_PQS(&requests, lg2_of(pages->queue / PAGES_MIN_QUEUE_VTD));
	set_register(host, VTD_REG_PQA, 8, requests);
	set_register(host, VTD_REG_GCMD, 4, VTD_GCMD_TE_MASK | VTD_GCMD_QIE_MASK);
}

static void start_smmu(const struct pages_host *pages)
{
	const struct timing_host *host = &pages->host;
	uint64_t ste[8] = {0}, cd[8] = {0}, commands = 0, requests = 0;

	SMMU_STE_set_V(ste, 1);
	SMMU_STE_set_CONFIG(ste, SMMU_CONFIG_S1);
	SMMU_STE_set_S1CONTEXTPTR(ste, HOST_CONTEXT >> SMMU_STE_S1CONTEXTPTR_LSB);
	SMMU_STE_set_EATS(ste, SMMU_EATS_FULL);
	put_all(host, HOST_ROOT + TIMING_STREAM * (uint64_t)SMMU_STE_BYTES, ste, 8);
	context_descriptor(cd, host->levels, 1, HOST_TABLES);
	put_all(host, HOST_CONTEXT, cd, 8);
	set_register(host, SMMU_REG_STRTAB_BASE, 8, HOST_ROOT);
	set_register(host, SMMU_REG_STRTAB_BASE_CFG, 4, 9); /* linear, 512 entries */
	SMMU_QUEUE_BASE_set_ADDR(&commands, COMMANDS >> SMMU_QUEUE_BASE_ADDR_LSB);
	SMMU_QUEUE_BASE_set_LOG2SIZE(&commands, COMMANDS_LG2);
	set_register(host, SMMU_REG_CMDQ_BASE, 8, commands);
	SMMU_QUEUE_BASE_set_ADDR(&requests, REQUESTS >> SMMU_QUEUE_BASE_ADDR_LSB);
	SMMU_QUEUE_BASE_set_LOG2SIZE(&requests, lg2_of(pages->queue));
	set_register(host, SMMU_REG_PRIQ_BASE, 8, requests);
	set_register(host, SMMU_REG_CR0, 4, SMMU_CR0_SMMUEN_MASK | SMMU_CR0_CMDQEN_MASK | SMMU_CR0_PRIQEN_MASK);
}

void pages_host_init(struct pages_host *pages, const struct timing_profile *profile, uint32_t queue)
{
	struct iommu_config config = timing_host_unit(profile);

	config.scalable = config.ats = config.pri = true;
	*pages = (struct pages_host){.vtd = profile->kind == IOMMU_VTD, .queue = queue};
	timing_host_make(&pages->host, profile, profile->kind, &config);
	pages->state = arena_block(pages->host.arena, "software of a host with page requests", sizeof(*pages->state),
				   ARENA_UNHASHED);
	if (pages->vtd)
		start_vtd(pages);
	else
		start_smmu(pages);
}

/* --- page requests --- */

uint32_t pages_host_waiting(const struct pages_host *pages)
{
	if (pages->vtd)
		return (uint32_t)(read_register(pages, VTD_REG_PQT, 8) - read_register(pages, VTD_REG_PQH, 8)) /
		       VTD_PAGEREQ_BYTES % pages->queue;
	return (uint32_t)(read_register(pages, SMMU_REG_PRIQ_PROD, 4) - read_register(pages, SMMU_REG_PRIQ_CONS, 4)) %
	       (2 * pages->queue);
}

static void read_entry(const struct pages_host *pages, uint64_t pa, uint64_t words[2])
{
	for (unsigned i = 0; i < 2; i++)
		IOSIM_ASSERT(memory_read64(pages->host.memory, pa + 8 * i, &words[i]));
}

bool pages_host_take(const struct pages_host *pages, struct page_request *request)
{
	uint64_t words[2];

	if (pages_host_waiting(pages) == 0)
		return false;
	if (pages->vtd) {
		uint64_t head = read_register(pages, VTD_REG_PQH, 8);
		write_register(pages, VTD_REG_PRS, 4, VTD_PRS_PPR_MASK);
		read_entry(pages, REQUESTS + head, words);
		*request = (struct page_request){.address = words[1] & VTD_PAGEREQ_ADDR_MASK,
						 .stream = (uint32_t)VTD_PAGEREQ_RID(words),
						 .pasid = PASID_NONE,
						 .group = (uint16_t)VTD_PAGEREQ_PRGI(words)};
		write_register(pages, VTD_REG_PQH, 8, (head + VTD_PAGEREQ_BYTES) % (pages->queue * VTD_PAGEREQ_BYTES));
		return true;
	}
	uint64_t cons = read_register(pages, SMMU_REG_PRIQ_CONS, 4), acknowledged = cons & SMMU_INDEX_OVERFLOW_MASK;
	read_entry(pages, REQUESTS + cons % pages->queue * SMMU_PRI_BYTES, words);
	*request = (struct page_request){.address = words[1] & SMMU_PRI_ADDR_MASK,
					 .stream = (uint32_t)SMMU_PRI_SID(words),
					 .pasid = PASID_NONE,
					 .group = (uint16_t)SMMU_PRI_PRGINDEX(words)};
	write_register(pages, SMMU_REG_PRIQ_CONS, 4, acknowledged | (cons + 1) % (2 * pages->queue));
	return true;
}

bool pages_host_overflowed(const struct pages_host *pages)
{
	if (pages->vtd)
		return read_register(pages, VTD_REG_PRS, 4) & VTD_PRS_PRO_MASK;
	return (read_register(pages, SMMU_REG_PRIQ_PROD, 4) ^ read_register(pages, SMMU_REG_PRIQ_CONS, 4)) &
	       SMMU_INDEX_OVERFLOW_MASK;
}

void pages_host_acknowledge(const struct pages_host *pages)
{
	if (pages->vtd)
		write_register(pages, VTD_REG_PRS, 4, VTD_PRS_PRO_MASK);
	else
		write_register(pages, SMMU_REG_PRIQ_CONS, 4,
			       read_register(pages, SMMU_REG_PRIQ_CONS, 4) ^ SMMU_INDEX_OVERFLOW_MASK);
}

/* --- responses --- */

static void post(const struct pages_host *pages, const uint64_t *words, unsigned count, uint32_t entries)
{
	uint64_t pa = COMMANDS + pages->state->tail % entries * (uint64_t)8 * count;

	put_all(&pages->host, pa, words, count);
	pages->state->tail = (pages->state->tail + 1) % (pages->vtd ? entries : 2 * entries);
}

static uint64_t status_pa(uint32_t word)
{
	return STATUS + 8 * (uint64_t)word;
}

void pages_host_respond(const struct pages_host *pages, const struct page_request *request, uint32_t word)
{
	uint64_t response[RESPONSE_WORDS] = {0}, wait[RESPONSE_WORDS] = {0};

	if (!pages->vtd) {
		SMMU_CMD_PRI_RESP_set_OPCODE(response, SMMU_OP_PRI_RESP);
		SMMU_CMD_PRI_RESP_set_SID(response, request->stream);
		SMMU_CMD_PRI_RESP_set_PRGINDEX(response, request->group);
		SMMU_CMD_PRI_RESP_set_RESP(response, SMMU_PRI_SUCCESS);
		post(pages, response, 2, 1u << COMMANDS_LG2);
		write_register(pages, SMMU_REG_CMDQ_PROD, 4, pages->state->tail);
		return;
	}
	VTD_DESC_RESPONSE_set_TYPE(response, VTD_DESCRIPTOR_RESPONSE);
	VTD_DESC_RESPONSE_set_RID(response, request->stream);
	VTD_DESC_RESPONSE_set_PRGI(response, request->group);
	VTD_DESC_RESPONSE_set_RC(response, PAGE_RESPONSE_SUCCESS);
	post(pages, response, RESPONSE_WORDS, RESPONSES);
	put(&pages->host, status_pa(word), STATUS_PENDING);
	VTD_DESC_WAIT_set_TYPE(wait, VTD_DESCRIPTOR_WAIT);
	VTD_DESC_WAIT_set_SW(wait, 1);
	VTD_DESC_WAIT_set_DATA(wait, STATUS_DONE);
	VTD_DESC_WAIT_set_ADDR(wait, status_pa(word) >> VTD_DESC_WAIT_ADDR_LSB);
	post(pages, wait, RESPONSE_WORDS, RESPONSES);
	write_register(pages, VTD_REG_IQT, 8, (uint64_t)pages->state->tail * 8 * RESPONSE_WORDS);
}

bool pages_host_is_done(const struct pages_host *pages, uint32_t word)
{
	uint64_t value = 0;

	IOSIM_ASSERT(memory_read64(pages->host.memory, status_pa(word), &value));
	return value == STATUS_DONE;
}
