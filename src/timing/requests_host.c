/* SPDX-License-Identifier: MIT */
/* Domains, tables and configuration of a trace file's requesters, in the order of device and PASID. */
#include "timing/host_state.h"
#include "timing/requests.h"

#define ROOT        UINT64_C(0x0000000000400000) /* root table; stream table, 4 MiB of 2^16 STEs, and aligned to them */
#define STREAM_BITS 16
#define STRUCTURES  UINT64_C(0x0000000000800000) /* all else, one behind the other */
#define MAX_FRAMES  (1u << 20)
#define LEAF_LG2    6 /* of the entries of a PASID table (VT-d 9.5), or CDs, that a directory's entry leads to */
#define ENTRY_BYTES 64
#define MAX_LEVELS  5

_Static_assert(ENTRY_BYTES == VTD_PASID_BYTES && ENTRY_BYTES == SMMU_CD_BYTES, "a leaf is a frame");

struct place {
	const struct timing_host *host;
	const struct timing_requests *requests;
	enum iommu_kind kind;
	unsigned levels;
	uint64_t next;      /* where the next structure lies */
	uint64_t contexts;  /* of the device: its context table, */
	uint64_t directory; /* its PASID directory, CD or table of them, */
	uint64_t leaf;      /* and what the directory's entry `group` leads to */
	uint32_t group;
	bool linear; /* there is no directory */
};

static const struct timing_trace_page *page_at(const struct timing_requests *requests, uint32_t index)
{
	return &g_array_index(requests->pages, struct timing_trace_page, index);
}

/* Aligned to `bytes` if that is a power of two. */
static uint64_t take(struct place *place, uint64_t bytes)
{
	uint64_t at = place->next;

	if ((bytes & (bytes - 1)) == 0)
		at = (at + bytes - 1) & ~(bytes - 1);
	place->next = at + (bytes + FRAME_BYTES - 1) / FRAME_BYTES * FRAME_BYTES;
	return at;
}

/* Whether page `index`, which is not the first of its requester, needs a table of that level of its own. */
static bool needs_table(const struct timing_trace_page *page, unsigned level)
{
	return page[0].number >> INDEX_BITS * level != page[-1].number >> INDEX_BITS * level;
}

uint64_t timing_requests_frames(const struct timing_requests *requests, unsigned levels)
{
	/* The stream table; of each requester an entry, its leaf, and what leads there. */
	uint64_t frames = ((uint64_t)SMMU_STE_BYTES << STREAM_BITS) / FRAME_BYTES + 4 * (uint64_t)requests->requesters;

	for (uint32_t i = 0; i < requests->pages->len; i++) {
		const struct timing_trace_page *page = page_at(requests, i);
		bool first = i == 0 || page[-1].who != page->who;
		frames += first;
		for (unsigned level = 1; level < levels; level++)
			frames += first || needs_table(page, level);
	}
	return frames;
}

/* Of the pages from `first` to before `end`, which are one requester's. */
static uint64_t write_tables(struct place *place, uint32_t first, uint32_t end)
{
	uint64_t tables[MAX_LEVELS + 1] = {0};

	tables[place->levels] = take(place, FRAME_BYTES);
	for (uint32_t i = first; i < end; i++) {
		const struct timing_trace_page *page = page_at(place->requests, i);
		for (unsigned level = place->levels - 1; level > 0; level--) {
			if (i > first && !needs_table(page, level))
				continue;
			tables[level] = take(place, FRAME_BYTES);
			put(place->host, tables[level + 1] + 8 * (page->number >> INDEX_BITS * level & 511),
			    table_entry(place->kind, tables[level]));
		}
		put(place->host, tables[1] + 8 * (page->number & 511),
		    page_entry(place->kind, TIMING_PAGES + ((uint64_t)i << FRAME_LG2)));
	}
	return tables[place->levels];
}

/* Where the entry of that PASID lies; without one it is entry 0. */
static uint64_t entry_at(struct place *place, uint32_t pasid)
{
	uint32_t group = pasid >> LEAF_LG2;
	uint64_t entry = 0;

	if (place->linear)
		return place->directory + (uint64_t)pasid * ENTRY_BYTES;
	if (place->leaf == 0 || group != place->group) {
		place->group = group;
		place->leaf = take(place, ENTRY_BYTES << LEAF_LG2);
		if (place->kind == IOMMU_VTD) {
			VTD_PASIDDIR_set_P(&entry, 1);
			VTD_PASIDDIR_set_SMPTBLPTR(&entry, place->leaf >> FRAME_LG2);
		} else {
			SMMU_L1CD_set_V(&entry, 1);
			SMMU_L1CD_set_L2PTR(&entry, place->leaf >> SMMU_L1CD_L2PTR_LSB);
		}
		put(place->host, place->directory + 8 * (uint64_t)group, entry);
	}
	return place->leaf + (pasid & ((1u << LEAF_LG2) - 1)) * ENTRY_BYTES;
}

/* As few bits as hold it. */
static unsigned bits_of(uint32_t pasid)
{
	unsigned bits = 0;

	while (pasid >> bits)
		bits++;
	return bits;
}

/* --- VT-d --- */

/* Context tables have 256 entries in legacy mode, 128 in scalable mode (9.1, 9.2). */
static uint64_t context_of(struct place *place, uint32_t device, bool new_table)
{
	bool scalable = place->requests->highest_pasid > 0;
	uint32_t a_table = scalable ? 128 : 256;

	if (new_table) {
		uint64_t entry = 0;
		place->contexts = take(place, FRAME_BYTES);
		VTD_ROOT_set_P(&entry, 1); /* LP and UP of scalable mode lie in the same places */
		VTD_ROOT_set_CTP(&entry, place->contexts >> FRAME_LG2);
		put(place->host, ROOT + (uint64_t)(device / a_table) * (scalable ? 8 : 16), entry);
	}
	return place->contexts + (uint64_t)(device % a_table) * (scalable ? VTD_SMCONTEXT_BYTES : 16);
}

static void open_vtd(struct place *place, uint64_t at)
{
	uint64_t context[4] = {0};
	uint32_t highest = place->requests->highest_pasid;
	unsigned bits = bits_of(highest), least = VTD_PASID_DIRECTORY_LG2 + LEAF_LG2;

	place->directory = take(place, 8 * (UINT64_C(1) << (bits > least ? bits - LEAF_LG2 : VTD_PASID_DIRECTORY_LG2)));
	place->linear = false;
	VTD_SMCONTEXT_set_P(context, 1);
	VTD_SMCONTEXT_set_PASIDE(context, 1);
	VTD_SMCONTEXT_set_PDTS(context, bits > least ? bits - least : 0);
	VTD_SMCONTEXT_set_PASIDDIRPTR(context, place->directory >> FRAME_LG2);
	put_all(place->host, at, context, 4);
}

static void write_vtd(struct place *place, uint32_t domain, uint32_t pasid, uint64_t context_at, uint64_t tables)
{
	uint64_t entry[VTD_PASID_WORDS] = {0}, context[2] = {0};

	if (place->requests->highest_pasid > 0) {
		VTD_PASID_set_P(entry, 1);
		VTD_PASID_set_PGTT(entry, VTD_PGTT_SECOND_STAGE);
		VTD_PASID_set_AW(entry, place->levels - 2);
		VTD_PASID_set_DID(entry, domain);
		VTD_PASID_set_SSPTPTR(entry, tables >> FRAME_LG2);
		put_all(place->host, entry_at(place, pasid), entry, VTD_PASID_WORDS);
		return;
	}
	VTD_CONTEXT_set_P(context, 1);
	VTD_CONTEXT_set_SSPTPTR(context, tables >> FRAME_LG2);
	VTD_CONTEXT_set_AW(context, place->levels - 2);
	VTD_CONTEXT_set_DID(context, domain);
	put_all(place->host, context_at, context, 2);
}

static void enable_vtd(const struct place *place)
{
	uint64_t root_address = ROOT;

	if (place->requests->highest_pasid > 0)
		VTD_RTADDR_set_TTM(&root_address, VTD_TTM_SCALABLE);
	set_register(place->host, VTD_REG_RTADDR, 8, root_address);
	set_register(place->host, VTD_REG_GCMD, 4, VTD_GCMD_SRTP_MASK);
	set_register(place->host, VTD_REG_GCMD, 4, VTD_GCMD_TE_MASK);
}

/* --- SMMUv3 --- */

/* 5.2: one CD, a linear table of them, or as many pages of 64 CDs as are needed; tables are aligned to their size. */
static void open_smmu(struct place *place, uint32_t device)
{
	unsigned bits = bits_of(place->requests->highest_pasid);
	uint64_t ste[8] = {0};

	place->linear = bits <= LEAF_LG2;
	place->directory =
		take(place, place->linear ? (uint64_t)SMMU_CD_BYTES << bits : UINT64_C(8) << (bits - LEAF_LG2));
	SMMU_STE_set_V(ste, 1);
	SMMU_STE_set_CONFIG(ste, SMMU_CONFIG_S1);
	SMMU_STE_set_S1CONTEXTPTR(ste, place->directory >> SMMU_STE_S1CONTEXTPTR_LSB);
	SMMU_STE_set_S1FMT(ste, place->linear ? SMMU_S1FMT_LINEAR : SMMU_S1FMT_4K_L2);
	SMMU_STE_set_S1CDMAX(ste, bits);
	SMMU_STE_set_S1DSS(ste, bits ? SMMU_S1DSS_SSID0 : SMMU_S1DSS_TERMINATE);
	put_all(place->host, ROOT + (uint64_t)device * SMMU_STE_BYTES, ste, 8);
}

static void enable_smmu(const struct place *place)
{
	set_register(place->host, SMMU_REG_STRTAB_BASE, 8, ROOT);
	set_register(place->host, SMMU_REG_STRTAB_BASE_CFG, 4, STREAM_BITS);
	set_register(place->host, SMMU_REG_CR0, 4, SMMU_CR0_SMMUEN_MASK);
}

/* --- */

static void write_requester(struct place *place, uint32_t domain, uint32_t first, uint32_t end)
{
	const struct timing_trace_page *page = page_at(place->requests, first);
	uint32_t device = timing_request_stream(page->who), pasid = timing_request_pasid(page->who);
	uint32_t before = first ? timing_request_stream(page[-1].who) : UINT32_MAX;
	bool scalable = place->requests->highest_pasid > 0;
	uint64_t tables = write_tables(place, first, end), at = 0, cd[8] = {0};

	pasid = pasid == PASID_NONE ? 0 : pasid;
	if (place->kind == IOMMU_VTD)
		at = context_of(place, device,
				before == UINT32_MAX || device >> (scalable ? 7 : 8) != before >> (scalable ? 7 : 8));
	if (device != before) {
		place->leaf = 0;
		if (place->kind != IOMMU_VTD)
			open_smmu(place, device);
		else if (scalable)
			open_vtd(place, at);
	}
	if (place->kind == IOMMU_VTD) {
		write_vtd(place, domain, pasid, at, tables);
		return;
	}
	context_descriptor(cd, place->levels, domain, tables);
	put_all(place->host, entry_at(place, pasid), cd, 8);
}

void timing_requests_host_init(struct timing_host *host, const struct timing_profile *profile,
			       const struct timing_requests *requests)
{
	enum iommu_kind kind = profile->kind;
	struct iommu_config config = timing_host_unit(profile);
	struct place place = {.host = host,
			      .requests = requests,
			      .kind = kind,
			      .levels = timing_count(profile, TIMING_LEVELS),
			      .next = STRUCTURES};
	uint32_t domain = 0;

	IOSIM_ASSERT(place.levels <= MAX_LEVELS && requests->requesters <= TIMING_MAX_REQUESTERS);
	config.scalable = requests->highest_pasid > 0;
	*host = (struct timing_host){.arena = arena_new()};
	host->memory = memory_new(host->arena, MAX_FRAMES);
	IOSIM_ASSERT(memory_add_ram(host->memory, 0, (MEMORY_DIRECT_FRAMES << FRAME_LG2) - 1));
	host->unit = iommu_ops_of(kind)->create(host->arena, host->memory, &config);
	for (uint32_t first = 0, end; first < requests->pages->len; first = end) {
		end = first + 1;
		while (end < requests->pages->len && page_at(requests, end)->who == page_at(requests, first)->who)
			end++;
		write_requester(&place, domain++, first, end);
	}
	if (kind == IOMMU_VTD)
		enable_vtd(&place);
	else
		enable_smmu(&place);
}
