/* SPDX-License-Identifier: MIT */
/*
 * Stream table entries and context descriptors. A requester without a domain has an entry that is not valid, so that
 * what it does is recorded; one in a blocked domain has an entry that aborts without a word (5.2, Config).
 */
#include "hw/smmuv3/driver.h"

#include "pgtable/fmt/armv8s1.h"

#include <errno.h>
#include <string.h>

#define WORDS SMMU_DRIVER_ENTRY_WORDS

enum { WRITE_BACK = 1, INNER_SHAREABLE = 3, SHAREABILITY_OF_REQUEST = 1 }; /* 5.2, S1CIR, S1CSH, SHCFG */

/* --- what an entry says --- */

static uint64_t granule_code(const struct pt *pt)
{
	return pt->granule_lg2 == 12 ? SMMU_S2TG_4K : pt->granule_lg2 == 14 ? SMMU_S2TG_16K : SMMU_S2TG_64K;
}

/* S2SL0: 0 is lookup level 2 of 4 KiB granules, and lookup level 3 of the others. */
static uint64_t start_code(const struct pt *pt)
{
	return pt->levels - (pt->granule_lg2 == 12 ? 2u : 1u);
}

static void describe_stage_1(const struct smmu_driver *driver, uint64_t cd_pa, uint64_t *words)
{
	SMMU_STE_set_CONFIG(words, SMMU_CONFIG_S1);
	SMMU_STE_set_S1FMT(words, SMMU_S1FMT_LINEAR);
	SMMU_STE_set_S1CONTEXTPTR(words, cd_pa >> SMMU_STE_S1CONTEXTPTR_LSB);
	SMMU_STE_set_S1DSS(words, SMMU_S1DSS_SSID0);
	SMMU_STE_set_S1CIR(words, WRITE_BACK);
	SMMU_STE_set_S1COR(words, WRITE_BACK);
	SMMU_STE_set_S1CSH(words, INNER_SHAREABLE);
	SMMU_STE_set_STRW(words, SMMU_STRW_NSEL1);
	/* Nobody answers stalls. Where faults never stall, the bit is reserved. */
	SMMU_STE_set_S1STALLD(words, SMMU_IDR0_STALL_MODEL(&driver->state->idr0) == 0);
}

static void describe_stage_2(const struct smmu_driver *driver, const struct driver_domain *domain, uint64_t *words)
{
	SMMU_STE_set_S2VMID(words, domain->tag);
	SMMU_STE_set_S2T0SZ(words, 64u - domain->pt.input_lg2);
	SMMU_STE_set_S2SL0(words, start_code(&domain->pt));
	SMMU_STE_set_S2IR0(words, WRITE_BACK);
	SMMU_STE_set_S2OR0(words, WRITE_BACK);
	SMMU_STE_set_S2SH0(words, INNER_SHAREABLE);
	SMMU_STE_set_S2TG(words, granule_code(&domain->pt));
	SMMU_STE_set_S2PS(words, SMMU_IDR5_OAS(&driver->state->idr5));
	SMMU_STE_set_S2AA64(words, 1);
	SMMU_STE_set_S2PTW(words, 1);
	SMMU_STE_set_S2R(words, 1);
	SMMU_STE_set_S2TTB(words, domain->pt.root >> SMMU_STE_S2TTB_LSB);
}

/* driver_nest.c has checked what the guest says. */
static void describe_nested(const struct smmu_driver *driver, const struct driver_domain *domain, uint64_t *words)
{
	uint64_t config = SMMU_STE_V(domain->guest) ? SMMU_STE_CONFIG(domain->guest) : (uint64_t)SMMU_CONFIG_ABORT;
	if (config == SMMU_CONFIG_ABORT)
		return;
	if (config == SMMU_CONFIG_S1) {
		words[0] = domain->guest[0];
		words[1] |= domain->guest[1];
	}
	SMMU_STE_set_CONFIG(words, config == SMMU_CONFIG_S1 ? SMMU_CONFIG_NESTED : SMMU_CONFIG_S2);
	describe_stage_2(driver, driver_domain_of(&driver->common, domain->parent), words);
}

static void describe_ste(const struct smmu_driver *driver, const struct driver_domain *domain, uint64_t cd_pa,
			 uint64_t *words)
{
	memset(words, 0, WORDS * sizeof(*words));
	if (!domain)
		return;
	SMMU_STE_set_V(words, 1);
	SMMU_STE_set_CONFIG(words, SMMU_CONFIG_ABORT);
	if (domain->type == DOMAIN_BLOCKED)
		return;
	SMMU_STE_set_SHCFG(words, SHAREABILITY_OF_REQUEST);
	if (domain->type == DOMAIN_IDENTITY) {
		SMMU_STE_set_CONFIG(words, SMMU_CONFIG_BYPASS);
	} else if (domain->type == DOMAIN_NESTED) {
		describe_nested(driver, domain, words);
	} else if (domain->stage == 1) {
		describe_stage_1(driver, cd_pa, words);
	} else {
		SMMU_STE_set_CONFIG(words, SMMU_CONFIG_S2);
		describe_stage_2(driver, domain, words);
	}
}

static void describe_cd(const struct smmu_driver *driver, const struct driver_domain *domain, uint64_t *words)
{
	memset(words, 0, WORDS * sizeof(*words));
	SMMU_CD_set_T0SZ(words, 64u - domain->pt.input_lg2);
	SMMU_CD_set_TG0(words, granule_code(&domain->pt));
	SMMU_CD_set_IR0(words, WRITE_BACK);
	SMMU_CD_set_OR0(words, WRITE_BACK);
	SMMU_CD_set_SH0(words, INNER_SHAREABLE);
	SMMU_CD_set_EPD1(words, 1); /* addresses of the upper half fault */
	SMMU_CD_set_V(words, 1);
	SMMU_CD_set_IPS(words, SMMU_IDR5_OAS(&driver->state->idr5));
	SMMU_CD_set_AA64(words, 1);
	SMMU_CD_set_R(words, 1);
	SMMU_CD_set_A(words, 1);
	SMMU_CD_set_ASET(words, 1);
	SMMU_CD_set_ASID(words, domain->tag);
	SMMU_CD_set_TTB0(words, domain->pt.root >> SMMU_CD_TTB0_LSB);
	SMMU_CD_set_MAIR0(words, ARMV8S1_MAIR);
}

/* --- where they lie --- */

static struct smmu_driver_bus *bus_of(const struct smmu_driver *driver, uint32_t stream)
{
	uint32_t handle = driver->state->bus[stream / SMMU_DRIVER_FUNCTIONS];
	return handle ? arena_slot(driver->config.arena, driver->buses, handle) : NULL;
}

static struct smmu_driver_bus *bus_make(struct smmu_driver *driver, uint32_t stream)
{
	uint32_t *handle = &driver->state->bus[stream / SMMU_DRIVER_FUNCTIONS];
	if (!*handle)
		*handle = arena_alloc(driver->config.arena, driver->buses);
	return bus_of(driver, stream);
}

/* The bus gets its entries, none of them valid. *made: the first level of the stream table has changed. */
static int make_entries(struct smmu_driver *driver, struct smmu_driver_bus *bus, uint32_t stream, bool *made)
{
	uint32_t number = stream / SMMU_DRIVER_FUNCTIONS;
	uint64_t l1std = 0, bytes = SMMU_DRIVER_FUNCTIONS * SMMU_STE_BYTES;
	unsigned order = SMMU_DRIVER_SPLIT + 6 - FRAME_LG2;
	*made = false;
	if (bus->table_pa)
		return 0;
	if (!driver->state->two_level) {
		bus->table_pa = driver->state->strtab_pa + number * bytes;
		return 0;
	}
	uint64_t pa = frame_allocator_take(driver->config.frames, order);
	if (pa == 0)
		return -ENOMEM;
	bus->table_pa = pa;
	SMMU_L1STD_set_L2PTR(&l1std, pa >> SMMU_L1STD_L2PTR_LSB);
	SMMU_L1STD_set_SPAN(&l1std, SMMU_DRIVER_SPLIT + 1);
	if (!driver_word(&driver->config, driver->state->strtab_pa + number * SMMU_L1_BYTES, l1std)) {
		bus->table_pa = 0;
		frame_allocator_give(driver->config.frames, pa, order);
		return -ENOMEM;
	}
	*made = true;
	return 0;
}

/* --- from one domain to another --- */

static void leave(struct smmu_driver *driver, domain_handle handle, bool unsettled)
{
	struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	if (!domain)
		return;
	domain->attached--;
	domain->unsettled |= unsettled;
}

static void join(struct smmu_driver *driver, struct smmu_driver_bus *bus, uint32_t stream, domain_handle to)
{
	struct driver_domain *domain = driver_domain_of(&driver->common, to);
	bus->domain[stream % SMMU_DRIVER_FUNCTIONS] = to;
	if (domain)
		domain->attached++;
}

static bool has_context(const struct driver_domain *domain)
{
	return domain && domain->stage == 1;
}

/* The requester's context descriptor. Hardware sees it at once if the requester is in a first stage already. */
static int write_context(struct smmu_driver *driver, uint64_t cd_pa, uint32_t stream,
			 const struct driver_domain *domain)
{
	struct smmu_driver_entry cd = {
		.pa = cd_pa, .used = smmu_driver_cd_used, .invalidate = smmu_driver_cfgi_cd(stream, 0, true)};
	uint64_t words[WORDS] = {0};
	if (domain)
		describe_cd(driver, domain, words);
	return smmu_driver_write_entry(driver, &cd, words);
}

static int write_stream(struct smmu_driver *driver, const struct smmu_driver_bus *bus, uint32_t stream, bool made,
			const struct driver_domain *domain)
{
	uint32_t function = stream % SMMU_DRIVER_FUNCTIONS;
	struct smmu_driver_entry ste = {
		.pa = bus->table_pa + function * (uint64_t)SMMU_STE_BYTES,
		.used = smmu_driver_ste_used,
		.invalidate = smmu_driver_cfgi_ste(stream, !made),
	};
	uint64_t words[WORDS];
	describe_ste(driver, domain, bus->cd_pa[function], words);
	return smmu_driver_write_entry(driver, &ste, words);
}

/* -ENOMEM before the stream table entry is touched: nobody sees a descriptor that no entry leads to. */
static int write_entries(struct smmu_driver *driver, const struct smmu_driver_bus *bus, uint32_t stream, bool made,
			 domain_handle old, domain_handle to)
{
	uint64_t cd_pa = bus->cd_pa[stream % SMMU_DRIVER_FUNCTIONS];
	const struct driver_domain *domain = driver_domain_of(&driver->common, to);
	int error = has_context(domain) ? write_context(driver, cd_pa, stream, domain) : 0;
	if (error == -ENOMEM)
		return error;
	int second = write_stream(driver, bus, stream, made, domain);
	if (second == -ENOMEM)
		return second;
	error = error ? error : second;
	if (has_context(driver_domain_of(&driver->common, old)) && !has_context(domain)) {
		second = write_context(driver, cd_pa, stream, NULL);
		error = error ? error : second;
	}
	return error;
}

/* What can fail comes before anything that hardware or anybody else sees. */
static int prepare(struct smmu_driver *driver, struct smmu_driver_bus *bus, uint32_t stream, domain_handle to,
		   bool *made)
{
	uint64_t *cd_pa = &bus->cd_pa[stream % SMMU_DRIVER_FUNCTIONS];
	if (has_context(driver_domain_of(&driver->common, to)) && *cd_pa == 0)
		*cd_pa = frame_allocator_take(driver->config.frames, 0);
	if (has_context(driver_domain_of(&driver->common, to)) && *cd_pa == 0)
		return -ENOMEM;
	return make_entries(driver, bus, stream, made);
}

int smmu_driver_attach(struct driver *base, uint32_t stream, domain_handle to)
{
	struct smmu_driver *driver = smmu_driver_of(base);
	uint32_t streams = driver->config.max_streams;
	bool made = false;
	if (!driver->state->ready || stream >> driver->state->stream_lg2 != 0 || (streams && stream >= streams))
		return -ENODEV;
	if (to && !driver_domain_of(&driver->common, to))
		return -EINVAL;
	domain_handle old = smmu_driver_attached(base, stream);
	if (old == to)
		return 0;
	struct smmu_driver_bus *bus = bus_make(driver, stream);
	int error = bus ? prepare(driver, bus, stream, to, &made) : -ENOMEM;
	if (error)
		return error;
	join(driver, bus, stream, to);
	error = write_entries(driver, bus, stream, made, old, to);
	if (error == -ENOMEM) {
		leave(driver, to, false);
		bus->domain[stream % SMMU_DRIVER_FUNCTIONS] = old;
		return error;
	}
	leave(driver, old, error != 0);
	return error;
}

domain_handle smmu_driver_attached(struct driver *base, uint32_t stream)
{
	const struct smmu_driver *driver = smmu_driver_of(base);
	if (stream >> SMMU_DRIVER_STREAM_LG2_MAX != 0)
		return 0;
	const struct smmu_driver_bus *bus = bus_of(driver, stream);
	return bus ? bus->domain[stream % SMMU_DRIVER_FUNCTIONS] : 0;
}
