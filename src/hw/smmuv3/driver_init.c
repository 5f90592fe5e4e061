/* SPDX-License-Identifier: MIT */
#include "hw/smmuv3/driver.h"

#include <errno.h>

/* 6.3.11: queues and tables are write-back and inner shareable. */
enum { CACHE_WRITE_BACK = 1, INNER_SHAREABLE = 3 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* IDR5.OAS (6.3.6); what is reserved counts as the widest that tables of 4 KiB have. */
static uint8_t output_lg2(const struct smmu_driver_state *state)
{
	static const uint8_t widths[] = {32, 36, 40, 42, 44, 48};
	uint64_t oas = SMMU_IDR5_OAS(&state->idr5);
	return oas < sizeof(widths) ? widths[oas] : 48;
}

/* The smallest granule that the unit walks: what a user maps is then mapped exactly. 0: none. */
static uint8_t granule_lg2(const struct smmu_driver_state *state)
{
	if (SMMU_IDR5_GRAN4K(&state->idr5))
		return 12;
	if (SMMU_IDR5_GRAN16K(&state->idr5))
		return 14;
	return SMMU_IDR5_GRAN64K(&state->idr5) ? 16 : 0;
}

/* Streams that somebody may ask for, as lg2. */
static unsigned wished_streams_lg2(const struct smmu_driver *driver)
{
	unsigned lg2 = 0;
	if (driver->config.max_streams == 0)
		return SMMU_DRIVER_STREAM_LG2_MAX;
	while (lg2 < SMMU_DRIVER_STREAM_LG2_MAX && UINT32_C(1) << lg2 < driver->config.max_streams)
		lg2++;
	return lg2;
}

/* Bits of PASIDs. A table of one level is a page: what is larger needs two (CD2L). */
static unsigned substreams_lg2(const struct smmu_driver_state *state)
{
	unsigned most = SMMU_IDR0_CD2L(&state->idr0) ? SMMU_DRIVER_SUBSTREAM_MAX : SMMU_DRIVER_LEAF_LG2;
	return SMMU_IDR0_S1P(&state->idr0) ? least((unsigned)SMMU_IDR1_SSIDSIZE(&state->idr1), most) : 0;
}

/* 6.2.8: what is not Realm's alone is in the registers of the Non-secure interface. */
static uint64_t identify(const struct smmu_driver *driver, uint32_t offset)
{
	const struct driver_port *port = &driver->config.port;

	if (driver->config.realm && port->read_non_secure)
		return port->read_non_secure(port->unit, offset, 4);
	return driver_read(&driver->config, offset, 4);
}

static int read_capabilities(struct smmu_driver *driver)
{
	struct smmu_driver_state *state = driver->state;
	state->idr0 = identify(driver, SMMU_REG_IDR0);
	state->idr1 = identify(driver, SMMU_REG_IDR1);
	state->idr3 = identify(driver, SMMU_REG_IDR3);
	state->idr5 = identify(driver, SMMU_REG_IDR5);
	if (driver->config.realm) { /* 6.3.122, 6.3.125: STALL_MODEL and XT are its own */
		uint64_t idr0 = driver_read(&driver->config, SMMU_REG_IDR0, 4);
		uint64_t idr3 = driver_read(&driver->config, SMMU_REG_IDR3, 4);
		SMMU_IDR0_set_STALL_MODEL(&state->idr0, SMMU_IDR0_STALL_MODEL(&idr0));
		state->checks_xt = driver->config.checks_xt && SMMU_R_IDR3_XT(&idr3);
	}
	bool stages = SMMU_IDR0_S1P(&state->idr0) || SMMU_IDR0_S2P(&state->idr0);
	bool preset = SMMU_IDR1_TABLES_PRESET(&state->idr1) || SMMU_IDR1_QUEUES_PRESET(&state->idr1);
	state->granule_lg2 = granule_lg2(state);
	state->output_lg2 = output_lg2(state);
	/* Little-endian tables in AArch64 format, in memory that the driver chooses. */
	if (!stages || preset || !(SMMU_IDR0_TTF(&state->idr0) & SMMU_TTF_AARCH64) || state->granule_lg2 == 0 ||
	    SMMU_IDR0_TTENDIAN(&state->idr0) == 3)
		return -ENODEV;
	state->stream_lg2 = (uint8_t)least((unsigned)SMMU_IDR1_SIDSIZE(&state->idr1), wished_streams_lg2(driver));
	state->two_level = SMMU_IDR0_ST_LEVEL(&state->idr0) == 1 && state->stream_lg2 > SMMU_DRIVER_SPLIT;
	state->strtab_lg2 =
		(uint8_t)(state->two_level ? state->stream_lg2 - SMMU_DRIVER_SPLIT + 3 : state->stream_lg2 + 6);
	/* One page each. Room for a batch: (3.5.1) fewer than 64 commands are no queue for this driver. */
	state->command_lg2 = (uint8_t)least((unsigned)SMMU_IDR1_CMDQS(&state->idr1), 8);
	state->event_lg2 = (uint8_t)least((unsigned)SMMU_IDR1_EVENTQS(&state->idr1), 7);
	state->pri_lg2 = (uint8_t)least((unsigned)SMMU_IDR1_PRIQS(&state->idr1), 8);
	state->substream_lg2 = (uint8_t)substreams_lg2(state);
	return UINT32_C(1) << state->command_lg2 > SMMU_DRIVER_BATCH_MAX ? 0 : -ENODEV;
}

/* What an earlier, failed set-up took is used again. */
static int take_frames(struct smmu_driver *driver)
{
	struct smmu_driver_state *state = driver->state;
	uint64_t *const places[] = {&state->strtab_pa, &state->command_pa, &state->event_pa, &state->pri_pa};
	bool requests = driver->config.page_requests && SMMU_IDR0_PRI(&state->idr0);
	for (unsigned i = 0; i < (requests ? 4u : 3u); i++) {
		unsigned order = i == 0 && state->strtab_lg2 > FRAME_LG2 ? state->strtab_lg2 - FRAME_LG2 : 0;
		if (*places[i] == 0)
			*places[i] = frame_allocator_take(driver->config.frames, order);
		if (*places[i] == 0)
			return -ENOMEM;
	}
	return 0;
}

/* 6.3.9: written, then acknowledged. */
static int set_cr0(struct smmu_driver *driver, uint64_t cr0)
{
	driver_write(&driver->config, SMMU_REG_CR0, 4, cr0);
	return driver_poll(&driver->config, SMMU_REG_CR0ACK, 4, UINT32_MAX, cr0);
}

/* What firmware left on is turned off; what its tables let through is not let through by their absence (6.3.14). */
static int quiesce(struct smmu_driver *driver)
{
	uint64_t cr0 = driver_read(&driver->config, SMMU_REG_CR0, 4);
	if (SMMU_CR0_SMMUEN(&cr0)) {
		uint64_t gbpa = driver_read(&driver->config, SMMU_REG_GBPA, 4);
		gbpa |= SMMU_GBPA_ABORT_MASK | SMMU_GBPA_UPDATE_MASK;
		driver_write(&driver->config, SMMU_REG_GBPA, 4, gbpa);
		int error = driver_poll(&driver->config, SMMU_REG_GBPA, 4, SMMU_GBPA_UPDATE_MASK, 0);
		if (error)
			return error;
	}
	/* 6.3.128: ATSCHK is as it is. */
	uint64_t fixed = driver->config.realm ? cr0 & SMMU_CR0_ATSCHK_MASK : 0;
	return cr0 & ~fixed ? set_cr0(driver, fixed) : 0;
}

static void acknowledge_errors(struct smmu_driver *driver)
{
	uint64_t gerror = driver_read(&driver->config, SMMU_REG_GERROR, 4);
	if (gerror != driver_read(&driver->config, SMMU_REG_GERRORN, 4))
		driver_write(&driver->config, SMMU_REG_GERRORN, 4, gerror);
}

static void set_attributes(struct smmu_driver *driver)
{
	uint64_t cr1 = 0, cr2 = 0;
	SMMU_CR1_set_TABLE_SH(&cr1, INNER_SHAREABLE);
	SMMU_CR1_set_TABLE_OC(&cr1, CACHE_WRITE_BACK);
	SMMU_CR1_set_TABLE_IC(&cr1, CACHE_WRITE_BACK);
	SMMU_CR1_set_QUEUE_SH(&cr1, INNER_SHAREABLE);
	SMMU_CR1_set_QUEUE_OC(&cr1, CACHE_WRITE_BACK);
	SMMU_CR1_set_QUEUE_IC(&cr1, CACHE_WRITE_BACK);
	SMMU_CR2_set_PTM(&cr2, 1);       /* no broadcast invalidations: ASIDs are not a processor's */
	SMMU_CR2_set_RECINVSID(&cr2, 1); /* strangers are seen */
	driver_write(&driver->config, SMMU_REG_CR1, 4, cr1);
	driver_write(&driver->config, SMMU_REG_CR2, 4, cr2);
}

static void set_stream_table(struct smmu_driver *driver)
{
	const struct smmu_driver_state *state = driver->state;
	uint64_t base = 0, cfg = 0;
	SMMU_STRTAB_BASE_set_RA(&base, 1);
	SMMU_STRTAB_BASE_set_ADDR(&base, state->strtab_pa >> SMMU_STRTAB_BASE_ADDR_LSB);
	SMMU_STRTAB_BASE_CFG_set_FMT(&cfg, state->two_level ? SMMU_STRTAB_2LEVEL : SMMU_STRTAB_LINEAR);
	SMMU_STRTAB_BASE_CFG_set_SPLIT(&cfg, state->two_level ? SMMU_DRIVER_SPLIT : 0);
	SMMU_STRTAB_BASE_CFG_set_LOG2SIZE(&cfg, state->stream_lg2);
	driver_write(&driver->config, SMMU_REG_STRTAB_BASE, 8, base);
	driver_write(&driver->config, SMMU_REG_STRTAB_BASE_CFG, 4, cfg);
}

/* Base and size, both indexes, and on. */
static int start_queue(struct smmu_driver *driver, uint32_t base_offset, uint64_t pa, unsigned lg2,
		       uint32_t prod_offset, uint32_t cons_offset, uint64_t enable)
{
	uint64_t base = 0;
	SMMU_QUEUE_BASE_set_HINT(&base, 1);
	SMMU_QUEUE_BASE_set_ADDR(&base, pa >> SMMU_QUEUE_BASE_ADDR_LSB);
	SMMU_QUEUE_BASE_set_LOG2SIZE(&base, lg2);
	driver_write(&driver->config, base_offset, 8, base);
	driver_write(&driver->config, prod_offset, 4, 0);
	driver_write(&driver->config, cons_offset, 4, 0);
	return set_cr0(driver, driver_read(&driver->config, SMMU_REG_CR0, 4) | enable);
}

static int start_queues(struct smmu_driver *driver)
{
	const struct smmu_driver_command everything[] = {
		smmu_driver_cfgi_all(),
		smmu_driver_tlbi(SMMU_OP_TLBI_NSNH_ALL, 0, 0),
	};
	driver->state->prod = 0;
	int error = start_queue(driver, SMMU_REG_CMDQ_BASE, driver->state->command_pa, driver->state->command_lg2,
				SMMU_REG_CMDQ_PROD, SMMU_REG_CMDQ_CONS, SMMU_CR0_CMDQEN_MASK);
	if (!error)
		error = smmu_driver_submit(driver, everything, 2);
	if (!error)
		error = start_queue(driver, SMMU_REG_EVENTQ_BASE, driver->state->event_pa, driver->state->event_lg2,
				    SMMU_REG_EVENTQ_PROD, SMMU_REG_EVENTQ_CONS, SMMU_CR0_EVENTQEN_MASK);
	if (!error && driver->state->pri_pa)
		error = start_queue(driver, SMMU_REG_PRIQ_BASE, driver->state->pri_pa, driver->state->pri_lg2,
				    SMMU_REG_PRIQ_PROD, SMMU_REG_PRIQ_CONS, SMMU_CR0_PRIQEN_MASK);
	return error;
}

int smmu_driver_init(struct driver *base)
{
	struct smmu_driver *driver = smmu_driver_of(base);
	if (driver->state->ready)
		return 0;
	int error = read_capabilities(driver);
	if (!error)
		error = take_frames(driver);
	if (!error)
		error = quiesce(driver);
	if (error)
		return error;
	acknowledge_errors(driver);
	set_attributes(driver);
	set_stream_table(driver);
	error = start_queues(driver);
	/* Without it whatever says that it is translated passes, from anybody (3.9.2). */
	if (!error && SMMU_IDR0_ATS(&driver->state->idr0))
		error = set_cr0(driver, driver_read(&driver->config, SMMU_REG_CR0, 4) | SMMU_CR0_ATSCHK_MASK);
	driver->state->ready = !error;
	return error;
}

int smmu_driver_enable(struct driver *base)
{
	struct smmu_driver *driver = smmu_driver_of(base);
	if (!driver->state->ready)
		return -ENODEV;
	return set_cr0(driver, driver_read(&driver->config, SMMU_REG_CR0, 4) | SMMU_CR0_SMMUEN_MASK);
}
