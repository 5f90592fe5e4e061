/* SPDX-License-Identifier: MIT */
#include "hw/fabric/tdi.h"

#include "base/random.h"
#include "hw/message.h"

#include <glib.h>

#define PAGE_BYTES 4096u

/* State, one per device of the machine. */
struct tdi {
	uint64_t offset;
	uint64_t nonce[TDI_NONCE_WORDS];
	uint64_t measured;
	uint32_t session; /* that locked it; 0: it is not locked */
	uint32_t locks;   /* how often it was: no two nonces are the same */
	ide_stream stream;
	uint16_t flags;
	uint8_t state;
	uint8_t has_nonce;
	uint8_t non_tee; /* bit per BAR number: IS_NON_TEE_MEM */
	uint8_t why;     /* enum tdi_disturbance, in ERROR */
	uint8_t zero[2];
};

struct tdis {
	struct arena *arena;
	const struct machine *machine;
	struct ide *ide;
	struct tdi_device device;
	struct tdi *rows;
	uint64_t seed;
	bool strict, open;
};

static void stream_insecure(void *context, ide_stream stream);

struct tdis *tdis_new(const struct tdis_config *config)
{
	struct tdis *tdis = g_new0(struct tdis, 1);

	tdis->arena = config->arena;
	tdis->machine = config->machine;
	tdis->ide = config->ide;
	tdis->device = config->device;
	tdis->seed = config->seed;
	tdis->strict = config->strict;
	tdis->open = config->open;
	tdis->rows = arena_block(config->arena, "TEE device interfaces",
				 (config->machine->device_count + 1) * sizeof(struct tdi), ARENA_HASHED);
	ide_on_insecure(config->ide, stream_insecure, tdis);
	return tdis;
}

void tdis_free(struct tdis *tdis)
{
	g_free(tdis);
}

const struct machine *tdis_machine(const struct tdis *tdis)
{
	return tdis->machine;
}

/* --- names --- */

const char *tdi_state_name(enum tdi_state state)
{
	static const char *const names[] = {"CONFIG_UNLOCKED", "CONFIG_LOCKED", "RUN", "ERROR"};

	return names[state];
}

const char *tdisp_error_name(enum tdisp_error error)
{
	static const struct {
		enum tdisp_error error;
		const char *name;
	} rows[] = {
		{TDISP_INVALID_REQUEST, "INVALID_REQUEST"},
		{TDISP_BUSY, "BUSY"},
		{TDISP_INVALID_INTERFACE_STATE, "INVALID_INTERFACE_STATE"},
		{TDISP_UNSPECIFIED, "UNSPECIFIED"},
		{TDISP_UNSUPPORTED_REQUEST, "UNSUPPORTED_REQUEST"},
		{TDISP_VERSION_MISMATCH, "VERSION_MISMATCH"},
		{TDISP_VENDOR_SPECIFIC_ERROR, "VENDOR_SPECIFIC_ERROR"},
		{TDISP_INVALID_INTERFACE, "INVALID_INTERFACE"},
		{TDISP_INVALID_NONCE, "INVALID_NONCE"},
		{TDISP_INSUFFICIENT_ENTROPY, "INSUFFICIENT_ENTROPY"},
		{TDISP_INVALID_DEVICE_CONFIGURATION, "INVALID_DEVICE_CONFIGURATION"},
	};
	for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (rows[i].error == error)
			return rows[i].name;
	}
	return "";
}

/* --- state --- */

bool tdi_exists(const struct tdis *tdis, uint16_t device)
{
	enum device_kind kind = tdis->machine->devices[device].kind;

	return kind == DEVICE_FUNCTION || kind == DEVICE_VF;
}

enum tdi_state tdi_state(const struct tdis *tdis, uint16_t device)
{
	return (enum tdi_state)tdis->rows[device].state;
}

static bool is_locked(const struct tdi *row)
{
	return row->state == TDI_CONFIG_LOCKED || row->state == TDI_RUN;
}

bool tdi_is_locked(const struct tdis *tdis, uint16_t device)
{
	return is_locked(&tdis->rows[device]);
}

bool tdi_why_error(const struct tdis *tdis, uint16_t device, enum tdi_disturbance *why)
{
	if (tdis->rows[device].state != TDI_ERROR)
		return false;
	*why = (enum tdi_disturbance)tdis->rows[device].why;
	return true;
}

ide_stream tdi_stream(const struct tdis *tdis, uint16_t device)
{
	return tdis->rows[device].stream;
}

uint64_t tdi_measured(const struct tdis *tdis, uint16_t device)
{
	return tdis->rows[device].measured;
}

static void forget_nonce(struct tdi *row)
{
	row->has_nonce = false;
	for (unsigned i = 0; i < TDI_NONCE_WORDS; i++)
		row->nonce[i] = 0;
}

/* What was locked is forgotten but for how often it was. */
static void unlock(struct tdi *row)
{
	uint32_t locks = row->locks;

	*row = (struct tdi){.locks = locks, .state = TDI_CONFIG_UNLOCKED};
}

/* 11.3.9: the nonce goes with the way from CONFIG_LOCKED to ERROR; from RUN it is used already. */
static void fail(struct tdi *row, enum tdi_disturbance why)
{
	if (!is_locked(row))
		return;
	forget_nonce(row);
	row->state = TDI_ERROR;
	row->why = (uint8_t)why;
}

/* --- requests --- */

static bool nonce_is(const struct tdi *row, const struct tdi_nonce *nonce)
{
	uint64_t differs = 0;

	for (unsigned i = 0; i < TDI_NONCE_WORDS; i++)
		differs |= row->nonce[i] ^ nonce->words[i];
	return row->has_nonce && differs == 0;
}

static void make_nonce(const struct tdis *tdis, uint16_t device, struct tdi *row)
{
	struct random random;

	row->locks++;
	random_seed(&random, tdis->seed ^ (uint64_t)device << 32 ^ row->locks);
	for (unsigned i = 0; i < TDI_NONCE_WORDS; i++)
		row->nonce[i] = random_next(&random);
	row->has_nonce = true;
}

/* 11.3.8: all that is reported stays an address, and page aligned. */
static bool offset_fits(const struct tdis *tdis, uint16_t device, uint64_t offset)
{
	const struct machine_device *function = &tdis->machine->devices[device];

	if (offset % PAGE_BYTES)
		return false;
	for (uint32_t i = 0; i < function->bar_count; i++) {
		const struct machine_bar *bar = &tdis->machine->bars[function->first_bar + i];
		uint64_t first = bar->bus + offset;
		bool down = offset >> 63;

		if (first + (bar->bytes - 1) < first || (down ? first > bar->bus : first < bar->bus))
			return false;
	}
	return true;
}

enum tdisp_error tdi_lock(struct tdis *tdis, uint16_t device, uint32_t session, const struct tdi_lock *lock,
			  struct tdi_nonce *nonce)
{
	struct tdi *row = &tdis->rows[device];
	ide_stream stream = ide_default(tdis->ide, device);

	if (!tdi_exists(tdis, device))
		return TDISP_INVALID_INTERFACE;
	if (row->state != TDI_CONFIG_UNLOCKED)
		return TDISP_INVALID_INTERFACE_STATE;
	if (ide_needed(tdis->ide, device)) {
		if (stream == IDE_NO_STREAM || ide_stream_id(tdis->ide, stream) != lock->stream_id ||
		    ide_session(tdis->ide, stream) != session)
			return TDISP_INVALID_REQUEST;
	} else {
		stream = IDE_NO_STREAM;
	}
	if (lock->flags & ~(unsigned)TDI_LOCK_SUPPORTED || !offset_fits(tdis, device, lock->mmio_reporting_offset))
		return TDISP_INVALID_DEVICE_CONFIGURATION;
	if (tdis->device.abort)
		tdis->device.abort(tdis->device.context, device);
	row->state = TDI_CONFIG_LOCKED;
	row->session = session;
	row->stream = stream;
	row->flags = lock->flags;
	row->offset = lock->mmio_reporting_offset;
	row->measured = tdis->device.measure ? tdis->device.measure(tdis->device.context, device) : 0;
	make_nonce(tdis, device, row);
	for (unsigned i = 0; i < TDI_NONCE_WORDS; i++)
		nonce->words[i] = row->nonce[i];
	return TDISP_OK;
}

enum tdisp_error tdi_start(struct tdis *tdis, uint16_t device, const struct tdi_nonce *nonce)
{
	struct tdi *row = &tdis->rows[device];

	if (!tdi_exists(tdis, device))
		return TDISP_INVALID_INTERFACE;
	if (row->state != TDI_CONFIG_LOCKED)
		return TDISP_INVALID_INTERFACE_STATE;
	if (!nonce_is(row, nonce))
		return TDISP_INVALID_NONCE;
	forget_nonce(row);
	row->state = TDI_RUN;
	return TDISP_OK;
}

enum tdisp_error tdi_stop(struct tdis *tdis, uint16_t device)
{
	if (!tdi_exists(tdis, device))
		return TDISP_INVALID_INTERFACE;
	if (tdis->rows[device].state != TDI_CONFIG_UNLOCKED && tdis->device.abort)
		tdis->device.abort(tdis->device.context, device);
	unlock(&tdis->rows[device]);
	return TDISP_OK;
}

/* --- report --- */

static struct tdi_range range_of(const struct tdi *row, const struct machine_bar *bar)
{
	bool non_tee = row->non_tee >> bar->index & 1;

	return (struct tdi_range){
		.first_page = (bar->bus + row->offset) / PAGE_BYTES,
		.pages = (uint32_t)(bar->bytes / PAGE_BYTES),
		.attributes = (uint32_t)bar->index << TDI_RANGE_ID_SHIFT | TDI_RANGE_UPDATABLE |
			      (non_tee ? TDI_RANGE_NON_TEE_MEM : 0),
	};
}

enum tdisp_error tdi_report(const struct tdis *tdis, uint16_t device, struct tdi_report *out)
{
	const struct machine_device *function = &tdis->machine->devices[device];
	const struct tdi *row = &tdis->rows[device];
	unsigned features = tdis->device.features ? tdis->device.features(tdis->device.context, device) : 0;

	if (!tdi_exists(tdis, device))
		return TDISP_INVALID_INTERFACE;
	if (!is_locked(row))
		return TDISP_INVALID_INTERFACE_STATE;
	*out = (struct tdi_report){.info = TDI_INFO_DMA_WITHOUT_PASID};
	if (row->flags & TDI_LOCK_NO_FW_UPDATE)
		out->info |= TDI_INFO_NO_FW_UPDATE;
	if (features & FEATURE_PASID)
		out->info |= TDI_INFO_DMA_WITH_PASID;
	if (features & FEATURE_ATS)
		out->info |= TDI_INFO_ATS;
	if (features & FEATURE_PRI)
		out->info |= TDI_INFO_PRS;
	for (uint32_t i = 0; i < function->bar_count && out->range_count < TDI_RANGES_MAX; i++)
		out->ranges[out->range_count++] = range_of(row, &tdis->machine->bars[function->first_bar + i]);
	return TDISP_OK;
}

enum tdisp_error tdi_set_attribute(struct tdis *tdis, uint16_t device, const struct tdi_range *range)
{
	const struct machine_device *function = &tdis->machine->devices[device];
	struct tdi *row = &tdis->rows[device];
	uint32_t settable = TDI_RANGE_NON_TEE_MEM | UINT32_C(0xffff) << TDI_RANGE_ID_SHIFT;

	if (!tdi_exists(tdis, device))
		return TDISP_INVALID_INTERFACE;
	if (row->state != TDI_RUN)
		return TDISP_INVALID_INTERFACE_STATE;
	for (uint32_t i = 0; i < function->bar_count; i++) {
		const struct machine_bar *bar = &tdis->machine->bars[function->first_bar + i];
		struct tdi_range own = range_of(row, bar);

		if (own.first_page != range->first_page || own.pages != range->pages ||
		    own.attributes >> TDI_RANGE_ID_SHIFT != range->attributes >> TDI_RANGE_ID_SHIFT ||
		    range->attributes & ~settable)
			continue;
		uint8_t bit = (uint8_t)(1u << bar->index);
		row->non_tee =
			range->attributes & TDI_RANGE_NON_TEE_MEM ? row->non_tee | bit : (uint8_t)(row->non_tee & ~bit);
		return TDISP_OK;
	}
	return TDISP_INVALID_REQUEST;
}

/* --- what happens to it --- */

void tdi_disturb(struct tdis *tdis, uint16_t device, enum tdi_disturbance what)
{
	if (!tdi_exists(tdis, device))
		return;
	fail(&tdis->rows[device], what);
	if (what != TDI_FLR)
		return;
	for (uint32_t i = 0; i < tdis->machine->device_count; i++) {
		const struct machine_device *other = &tdis->machine->devices[i];
		if (other->kind == DEVICE_VF && other->parent == device)
			fail(&tdis->rows[i], what);
	}
}

void tdi_command_written(struct tdis *tdis, uint16_t device, bool master_before, bool memory_before, bool master,
			 bool memory)
{
	bool cleared = (master_before && !master) || (memory_before && !memory);
	bool strict = tdis->machine->devices[device].quirks & QUIRK_STRICT_COMMAND;

	if (cleared || (strict && (!master || !memory)))
		tdi_disturb(tdis, device, TDI_COMMAND_CLEARED);
}

void tdi_conventional_reset(struct tdis *tdis, uint16_t device)
{
	uint16_t package = tdis->machine->devices[device].package;

	for (uint32_t i = 0; i < tdis->machine->device_count; i++) {
		if (tdi_exists(tdis, (uint16_t)i) && tdis->machine->devices[i].package == package)
			unlock(&tdis->rows[i]);
	}
}

void tdi_session_ends(struct tdis *tdis, uint32_t session)
{
	for (uint32_t i = 0; i < tdis->machine->device_count; i++) {
		if (session != 0 && tdis->rows[i].session == session)
			fail(&tdis->rows[i], TDI_STREAM_INSECURE);
	}
}

static void stream_insecure(void *context, ide_stream stream)
{
	struct tdis *tdis = context;

	for (uint32_t i = 0; i < tdis->machine->device_count; i++) {
		if (tdis->rows[i].stream == stream)
			fail(&tdis->rows[i], TDI_STREAM_INSECURE);
	}
}

/* --- traffic --- */

bool tdi_may_send(const struct tdis *tdis, uint16_t device, bool t, bool interrupt)
{
	uint16_t function = machine_function(tdis->machine, device);

	if (!tdi_exists(tdis, function))
		return !t;
	switch (tdis->rows[function].state) {
	case TDI_CONFIG_UNLOCKED:
		return !t;
	case TDI_CONFIG_LOCKED:
		return !t && interrupt;
	case TDI_RUN:
		return interrupt ? t == ((tdis->rows[function].flags & TDI_LOCK_MSIX) != 0) : t;
	default:
		return false;
	}
}

bool tdi_accepts(struct tdis *tdis, uint16_t bar, bool t, bool carried)
{
	const struct machine_bar *range = &tdis->machine->bars[bar];
	struct tdi *row = &tdis->rows[range->device];
	bool non_tee = row->non_tee >> range->index & 1;
	bool accepted;

	if (tdis->open)
		return true;
	if (!tdi_exists(tdis, range->device) || row->state == TDI_CONFIG_UNLOCKED)
		return !t;
	if (t)
		accepted = row->state == TDI_RUN && (carried || non_tee);
	else
		accepted = non_tee;
	if (!accepted && tdis->strict)
		fail(row, TDI_FOREIGN_ACCESS);
	return accepted;
}

/* --- names --- */

void tdis_each_session(struct tdis *tdis, void (*fn)(void *context, uint32_t *session), void *context)
{
	for (uint32_t i = 0; i < tdis->machine->device_count; i++)
		fn(context, &tdis->rows[i].session);
}

void tdis_each_nonce(struct tdis *tdis, uint16_t device, void (*fn)(void *context, uint64_t nonce[TDI_NONCE_WORDS]),
		     void *context)
{
	tdis->rows[device].locks = 0;
	fn(context, tdis->rows[device].nonce);
}
