/* SPDX-License-Identifier: MIT */
#include "timing/tenants.h"

#include "timing/host_state.h"

#define ROOT        UINT64_C(0x0000000000400000) /* root table; stream table, 4 MiB of 2^16 STEs, and aligned to them */
#define STREAM_BITS 16
#define STRUCTURES  UINT64_C(0x0000000000800000) /* all else, one behind the other */
#define MAX_FRAMES  (1u << 20)
#define GROUP_BYTES (64 * VTD_PASID_BYTES)

/* Where the next structure lies. */
struct place {
	const struct timing_host *host;
	const struct timing_tenants *tenants;
	enum iommu_kind kind;
	unsigned levels;
	uint64_t next;
};

static uint64_t take(struct place *place, uint64_t bytes)
{
	uint64_t at = place->next;

	place->next += (bytes + FRAME_BYTES - 1) / FRAME_BYTES * FRAME_BYTES;
	return at;
}

/* --- how much there is --- */

static uint64_t tables_of(unsigned levels, uint64_t window)
{
	uint64_t first = TIMING_WINDOW, last = TIMING_WINDOW + window - 1, tables = 0;

	for (unsigned level = 1; level <= levels; level++) {
		unsigned lg2 = FRAME_LG2 + INDEX_BITS * level;
		tables += level == levels ? 1 : (last >> lg2) - (first >> lg2) + 1;
	}
	return tables;
}

static unsigned pasid_bits(const struct timing_tenants *tenants)
{
	unsigned bits = 0;

	while (tenants->pasids >> bits)
		bits++;
	return bits;
}

/* Of 64 PASIDs, as far as there are PASIDs; 0 is that of requests without (VT-d 9.4, RID_PASID). */
static uint32_t pasid_groups(const struct timing_tenants *tenants)
{
	return tenants->pasids / 64 + 1;
}

static uint64_t frames(uint64_t bytes)
{
	return (bytes + FRAME_BYTES - 1) / FRAME_BYTES;
}

/* Of a device, beside its entry in a table of devices. */
static uint64_t device_frames(enum iommu_kind kind, const struct timing_tenants *tenants)
{
	uint64_t groups = pasid_groups(tenants);

	if (kind != IOMMU_VTD)
		return frames(SMMU_CD_BYTES << pasid_bits(tenants));
	return tenants->pasids ? frames(8 * groups) + frames(groups * GROUP_BYTES) : 0;
}

uint64_t timing_tenants_frames(enum iommu_kind kind, unsigned levels, const struct timing_tenants *tenants)
{
	uint64_t devices = tenants->devices, count = timing_tenant_count(tenants);
	uint64_t entries = kind == IOMMU_VTD ? 1 + (devices + 127) / 128 : frames(SMMU_STE_BYTES << STREAM_BITS);

	return entries + devices * device_frames(kind, tenants) + count * tables_of(levels, tenants->window);
}

bool timing_tenants_fit(enum iommu_kind kind, unsigned levels, const struct timing_tenants *tenants)
{
	uint64_t count = (uint64_t)tenants->devices * (tenants->pasids ? tenants->pasids : 1);

	return tenants->devices > 0 && count <= TIMING_MAX_TENANTS && tenants->window > 0 &&
	       count * (tenants->window >> FRAME_LG2) <= TIMING_MAX_TENANT_PAGES &&
	       timing_tenants_frames(kind, levels, tenants) <= MAX_FRAMES;
}

/* --- a tenant's tables --- */

/* Those of a level lie one behind the other, the top one first: entries follow from numbers alone. */
static uint64_t write_tables(struct place *place, uint32_t tenant)
{
	uint64_t window = place->tenants->window, first = TIMING_WINDOW, last = first + window - 1;
	uint64_t pages = TIMING_PAGES + tenant * window, top = 0, above = 0;

	for (unsigned level = place->levels; level > 0; level--) {
		unsigned lg2 = FRAME_LG2 + INDEX_BITS * level, entry_lg2 = lg2 - INDEX_BITS;
		bool is_top = level == place->levels;
		uint64_t count = is_top ? 1 : (last >> lg2) - (first >> lg2) + 1;
		uint64_t tables = take(place, count * FRAME_BYTES);
		for (uint64_t i = 0; !is_top && i < count; i++)
			put(place->host, above + 8 * ((first >> lg2 & 511) + i),
			    table_entry(place->kind, tables + i * FRAME_BYTES));
		/* The next level's entries begin at this one's first table, and go on through all of them. */
		above = tables;
		top = is_top ? tables : top;
		for (uint64_t page = 0; level == 1 && page < window >> FRAME_LG2; page++)
			put(place->host, tables + 8 * ((first >> entry_lg2 & 511) + page),
			    page_entry(place->kind, pages + (page << FRAME_LG2)));
	}
	return top;
}

/* --- VT-d --- */

static void write_pasids(struct place *place, uint32_t device, uint64_t directory)
{
	uint32_t pasids = place->tenants->pasids, groups = pasid_groups(place->tenants);
	uint64_t tables = take(place, (uint64_t)groups * GROUP_BYTES);

	for (uint32_t group = 0; group < groups; group++) {
		uint64_t entry = 0;
		VTD_PASIDDIR_set_P(&entry, 1);
		VTD_PASIDDIR_set_SMPTBLPTR(&entry, (tables >> FRAME_LG2) + group);
		put(place->host, directory + 8 * group, entry);
	}
	for (uint32_t pasid = 1; pasid <= pasids; pasid++) {
		uint64_t entry[VTD_PASID_WORDS] = {0};
		uint32_t tenant = device * pasids + pasid - 1;
		VTD_PASID_set_P(entry, 1);
		VTD_PASID_set_PGTT(entry, VTD_PGTT_SECOND_STAGE);
		VTD_PASID_set_AW(entry, place->levels - 2);
		VTD_PASID_set_DID(entry, tenant);
		VTD_PASID_set_SSPTPTR(entry, write_tables(place, tenant) >> FRAME_LG2);
		put_all(place->host, tables + (uint64_t)pasid * VTD_PASID_BYTES, entry, VTD_PASID_WORDS);
	}
}

/* Directories have 128 entries and more, by powers of two (9.4, PDTS). */
static unsigned directory_size(uint32_t pasids)
{
	unsigned size = 0;

	while (((uint64_t)64 << (VTD_PASID_DIRECTORY_LG2 + size)) <= pasids)
		size++;
	return size;
}

static void write_scalable(struct place *place, uint32_t device, uint64_t contexts)
{
	uint64_t context[4] = {0};
	uint64_t directory = take(place, 8 * (uint64_t)pasid_groups(place->tenants));

	write_pasids(place, device, directory);
	VTD_SMCONTEXT_set_P(context, 1);
	VTD_SMCONTEXT_set_PASIDE(context, 1);
	VTD_SMCONTEXT_set_PDTS(context, directory_size(place->tenants->pasids));
	VTD_SMCONTEXT_set_PASIDDIRPTR(context, directory >> FRAME_LG2);
	put_all(place->host, contexts + device % 128 * VTD_SMCONTEXT_BYTES, context, 4);
}

static void write_legacy(struct place *place, uint32_t device, uint64_t contexts)
{
	uint64_t context[2] = {0};

	VTD_CONTEXT_set_P(context, 1);
	VTD_CONTEXT_set_SSPTPTR(context, write_tables(place, device) >> FRAME_LG2);
	VTD_CONTEXT_set_AW(context, place->levels - 2);
	VTD_CONTEXT_set_DID(context, device);
	put_all(place->host, contexts + device % 256 * sizeof(context), context, 2);
}

static void start_vtd(struct place *place)
{
	bool scalable = place->tenants->pasids > 0;
	uint32_t a_table = scalable ? 128 : 256; /* contexts: 9.2, 9.1 */
	uint64_t contexts = 0, root_address = ROOT;

	for (uint32_t device = 0; device < place->tenants->devices; device++) {
		if (device % a_table == 0) {
			uint64_t entry = 0;
			contexts = take(place, FRAME_BYTES);
			VTD_ROOT_set_P(&entry, 1); /* LP and UP of scalable mode lie in the same places */
			VTD_ROOT_set_CTP(&entry, contexts >> FRAME_LG2);
			put(place->host, ROOT + (uint64_t)(device / a_table) * (scalable ? 8 : 16), entry);
		}
		if (scalable)
			write_scalable(place, device, contexts);
		else
			write_legacy(place, device, contexts);
	}
	if (scalable)
		VTD_RTADDR_set_TTM(&root_address, VTD_TTM_SCALABLE);
	set_register(place->host, VTD_REG_RTADDR, 8, root_address);
	set_register(place->host, VTD_REG_GCMD, 4, VTD_GCMD_SRTP_MASK);
	set_register(place->host, VTD_REG_GCMD, 4, VTD_GCMD_TE_MASK);
}

/* --- SMMUv3 --- */

static void write_stream(struct place *place, uint32_t device)
{
	const struct timing_tenants *tenants = place->tenants;
	uint32_t count = tenants->pasids ? tenants->pasids : 1, first = tenants->pasids ? 1 : 0;
	uint64_t bytes = (uint64_t)SMMU_CD_BYTES << pasid_bits(tenants), ste[8] = {0};

	place->next = (place->next + bytes - 1) / bytes * bytes; /* 5.2, S1ContextPtr: aligned to the table */
	uint64_t table = take(place, bytes);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t cd[8] = {0};
		uint32_t tenant = device * count + i;
		context_descriptor(cd, place->levels, tenant, write_tables(place, tenant));
		put_all(place->host, table + (uint64_t)(first + i) * SMMU_CD_BYTES, cd, 8);
	}
	SMMU_STE_set_V(ste, 1);
	SMMU_STE_set_CONFIG(ste, SMMU_CONFIG_S1);
	SMMU_STE_set_S1CONTEXTPTR(ste, table >> SMMU_STE_S1CONTEXTPTR_LSB);
	SMMU_STE_set_S1FMT(ste, SMMU_S1FMT_LINEAR);
	SMMU_STE_set_S1CDMAX(ste, pasid_bits(tenants));
	SMMU_STE_set_S1DSS(ste, SMMU_S1DSS_TERMINATE);
	put_all(place->host, ROOT + (uint64_t)device * SMMU_STE_BYTES, ste, 8);
}

static void start_smmu(struct place *place)
{
	for (uint32_t device = 0; device < place->tenants->devices; device++)
		write_stream(place, device);
	set_register(place->host, SMMU_REG_STRTAB_BASE, 8, ROOT);
	set_register(place->host, SMMU_REG_STRTAB_BASE_CFG, 4, STREAM_BITS);
	set_register(place->host, SMMU_REG_CR0, 4, SMMU_CR0_SMMUEN_MASK);
}

void timing_tenants_init(struct timing_host *host, const struct timing_profile *profile,
			 const struct timing_tenants *tenants)
{
	enum iommu_kind kind = profile->kind;
	unsigned levels = timing_count(profile, TIMING_LEVELS);
	struct iommu_config config = timing_host_unit(profile);
	struct place place = {host, tenants, kind, levels, STRUCTURES};

	config.scalable = tenants->pasids > 0;
	IOSIM_ASSERT(timing_tenants_fit(kind, levels, tenants));
	*host = (struct timing_host){.arena = arena_new()};
	host->memory = memory_new(host->arena, MAX_FRAMES);
	IOSIM_ASSERT(memory_add_ram(host->memory, 0, (MEMORY_DIRECT_FRAMES << FRAME_LG2) - 1));
	host->unit = iommu_ops_of(kind)->create(host->arena, host->memory, &config);
	if (kind == IOMMU_VTD)
		start_vtd(&place);
	else
		start_smmu(&place);
}
