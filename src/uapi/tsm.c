/* SPDX-License-Identifier: MIT */
/*
 * The TSM as requester of TDISP (PCIe 11.3): one session a device, a nonce a lock. Where the host's calls end as well.
 */
#include "uapi/tee_state.h"

#include <errno.h>
#include <string.h>

/* What reported addresses differ by from those of the host: large and page aligned, so that they say nothing. */
#define REPORTING_OFFSET UINT64_C(0x400000000000)

struct exchange {
	uint8_t request[TDISP_REQUEST_BYTES];
	uint8_t response[TDISP_MESSAGE_MAX];
	size_t bytes;
};

static const struct machine_device *row_of(const struct tee *tee, uint16_t device)
{
	return &tee->machine->devices[device];
}

/* -EIO: no session, nobody who answers in it, or the device's error, which is remembered. */
static int exchange(struct tee *tee, uint16_t device, enum tdisp_code code, struct exchange *exchange, size_t bytes)
{
	struct tee_device *state = &tee->devices[device];

	tee->tdisp_error = TDISP_OK;
	if (!state->session)
		return -EIO;
	exchange->bytes = tee->platform.tdisp(tee->platform.context, device, state->session, exchange->request, bytes,
					      exchange->response);
	if (!exchange->bytes)
		return -EIO;
	tee->tdisp_error = tdisp_result(code, exchange->response, exchange->bytes);
	return tee->tdisp_error == TDISP_OK ? 0 : -EIO;
}

int tsm_lock(struct tee *tee, uint16_t device)
{
	struct tee_device *state = &tee->devices[device];
	struct tdi_lock lock = {.flags = TDI_LOCK_NO_FW_UPDATE, .mmio_reporting_offset = REPORTING_OFFSET};
	struct exchange x;

	tee->tdisp_error = TDISP_OK;
	state->session = tee->platform.connect(tee->platform.context, device);
	if (!state->session)
		return -EIO;
	lock.stream_id = tee->platform.stream_id(tee->platform.context, device);
	int error = exchange(tee, device, TDISP_LOCK_INTERFACE_REQUEST, &x,
			     tdisp_lock_request(row_of(tee, device), &lock, x.request));
	if (error)
		return error;
	memcpy(state->nonce, x.response + TDISP_HEADER_BYTES, sizeof state->nonce);
	return 0;
}

int tsm_start(struct tee *tee, uint16_t device)
{
	struct tdi_nonce nonce;
	struct exchange x;

	memcpy(nonce.words, tee->devices[device].nonce, sizeof nonce.words);
	return exchange(tee, device, TDISP_START_INTERFACE_REQUEST, &x,
			tdisp_start_request(row_of(tee, device), &nonce, x.request));
}

int tsm_stop(struct tee *tee, uint16_t device)
{
	struct exchange x;

	memset(tee->devices[device].nonce, 0, sizeof tee->devices[device].nonce);
	return exchange(tee, device, TDISP_STOP_INTERFACE_REQUEST, &x,
			tdisp_request(TDISP_STOP_INTERFACE_REQUEST, row_of(tee, device), x.request));
}

enum tdi_state tsm_state(struct tee *tee, uint16_t device)
{
	struct exchange x;

	if (exchange(tee, device, TDISP_GET_DEVICE_INTERFACE_STATE, &x,
		     tdisp_request(TDISP_GET_DEVICE_INTERFACE_STATE, row_of(tee, device), x.request)))
		return TDI_CONFIG_UNLOCKED;
	return (enum tdi_state)(x.response[TDISP_HEADER_BYTES] & 3);
}

int tsm_report(struct tee *tee, uint16_t device, struct tdi_report *out)
{
	uint8_t whole[TDISP_REPORT_MAX];
	size_t got = 0, left;

	do {
		struct exchange x;
		int error = exchange(tee, device, TDISP_GET_DEVICE_INTERFACE_REPORT, &x,
				     tdisp_report_request(row_of(tee, device), (uint16_t)got, UINT16_MAX, x.request));
		if (error)
			return error;
		size_t portion = (size_t)(x.response[16] | x.response[17] << 8);
		left = (size_t)(x.response[18] | x.response[19] << 8);
		if (portion == 0 || portion > sizeof whole - got || x.bytes < 20 + portion)
			return -EIO;
		memcpy(whole + got, x.response + 20, portion);
		got += portion;
	} while (left);
	if (!tdisp_report_parse(whole, got, out))
		return -EIO;
	for (uint32_t i = 0; i < out->range_count; i++)
		out->ranges[i].first_page -= REPORTING_OFFSET / 4096;
	return 0;
}

enum tdisp_error tee_tdisp_error(const struct tee *tee)
{
	return tee->tdisp_error;
}

/* Nothing is paged in behind a guest: what its second stage does not have the device is refused. */
uint32_t tee_page_requests(struct tee *tee)
{
	struct driver_fault fault;
	uint32_t done = 0;

	for (uint16_t unit = 0; unit < tee->machine->iommu_count; unit++) {
		struct driver *driver = tee->trusted[unit];
		while (driver && driver->ops->fault_next(driver, &fault)) {
			driver->ops->fault_respond(driver, &fault, PAGE_RESPONSE_INVALID);
			done++;
		}
	}
	return done;
}

/* --- the host --- */

/* The next row of another guest's with registers of the interface; ARENA_NONE. */
static uint32_t next_foreign(const struct tee *tee, uint16_t device, uint32_t at)
{
	while ((at = arena_next(tee->arena, tee->mmio, at)) != ARENA_NONE) {
		const struct tee_mmio_row *row = arena_slot(tee->arena, tee->mmio, at);
		if (tee->machine->bars[row->bar].device == device && row->guest != tee->devices[device].guest)
			break;
	}
	return at;
}

/*
 * KNOB_MMIO_AT_BIND. refuse: Xu Yilun's series claims the regions exclusively at the bind, which fails as long as VFIO
 * has them mapped for anybody (2025-05-29, <20250529053513.1592088-20-yilun.xu@linux.intel.com>). keep: the claim is
 * made when VFIO opens the device, and nothing more happens at the bind (Jason Gunthorpe 2025-06-06,
 * <20250606120919.GH19710@nvidia.com>): what VFIO's user has mapped is that user's.
 */
int tee_bind(struct tee *tee, uint16_t device)
{
	struct tee_device *state = &tee->devices[device];
	unsigned others = tee_rule(tee, KNOB_MMIO_AT_BIND);

	if (state->guest == MACHINE_NONE)
		return -ENODEV;
	if (state->bound)
		return -EBUSY;
	tee->tdisp_error = TDISP_OK;
	if (others == MMIO_AT_BIND_REFUSE && next_foreign(tee, device, 0) != ARENA_NONE)
		return -EBUSY;
	int error = tsm_lock(tee, device);
	if (error)
		return error;
	for (uint32_t at = 0; others == MMIO_AT_BIND_REVOKE && (at = next_foreign(tee, device, at)) != ARENA_NONE;)
		arena_release(tee->arena, tee->mmio, at);
	state->bound = true;
	state->gate = tee_rule(tee, KNOB_RUN_GATE) == RUN_GATE_NONE;
	return tee_follow(tee, device);
}

/* What is validated for the interface is so no more. */
static void forget_ranges(struct tee *tee, uint16_t device)
{
	for (uint32_t at = 0; (at = arena_next(tee->arena, tee->mmio, at)) != ARENA_NONE;) {
		struct tee_mmio_row *row = arena_slot(tee->arena, tee->mmio, at);
		if (tee->machine->bars[row->bar].device == device)
			row->validated = false;
	}
}

static void forget_lock(struct tee *tee, uint16_t device)
{
	struct tee_device *state = &tee->devices[device];

	state->bound = state->accepted = state->gate = false;
	forget_ranges(tee, device);
}

/*
 * 11.2.7's way back: the interface is stopped, and with it its work; then T is shut out, and caches are flushed. What
 * does not answer in the session has no keys of it either (11.4.5): there is nothing to stop.
 */
int tee_unbind(struct tee *tee, uint16_t device)
{
	if (!tee->devices[device].bound)
		return -EINVAL;
	int error = tsm_stop(tee, device);
	if (error && tee->tdisp_error != TDISP_OK)
		return error;
	forget_lock(tee, device);
	return tee_follow(tee, device);
}

int tee_start(struct tee *tee, uint16_t device)
{
	tee->tdisp_error = TDISP_OK;
	if (!tee->devices[device].bound)
		return -EINVAL;
	return tee_rule(tee, KNOB_RUN_BY) == RUN_BY_HOST ? tsm_start(tee, device) : -EPERM;
}

int tee_before_reset(struct tee *tee, uint16_t device)
{
	if (!tee->devices[device].bound || tee_rule(tee, KNOB_RESET_BOUND) == RESET_BOUND_RAW)
		return 0;
	return tee_rule(tee, KNOB_RESET_BOUND) == RESET_BOUND_REFUSE ? -EBUSY : tee_unbind(tee, device);
}

/* STOP_INTERFACE_REQUEST and no more: what is bound and accepted stays so, and T is let through. */
int tee_stop(struct tee *tee, uint16_t device)
{
	tee->tdisp_error = TDISP_OK;
	return tee->devices[device].bound ? tsm_stop(tee, device) : -EINVAL;
}

/* What is plugged in again is nobody's until it is assigned: no table of the guest is left for it to meet. */
void tee_gone(struct tee *tee, uint16_t device)
{
	struct tee_device *state = &tee->devices[device];
	struct driver *driver = tee_driver(tee, device);
	tee_space own = state->own;

	forget_lock(tee, device);
	if (state->space)
		tee_table_of(tee, state->space)->attached--;
	state->space = state->own = 0;
	state->session = 0;
	state->driven = state->attested = false;
	state->guest = MACHINE_NONE;
	if (driver && tee_is_split(tee))
		driver->ops->attach(driver, tee->machine->devices[device].stream, 0);
	if (own)
		tee_table_free(tee, own);
}

/* --- names --- */

void tee_each_session(struct tee *tee, void (*fn)(void *context, uint32_t *session), void *context)
{
	for (uint32_t i = 0; i < tee->machine->device_count; i++)
		fn(context, &tee->devices[i].session);
}

void tee_each_nonce(struct tee *tee, uint16_t device, void (*fn)(void *context, uint64_t nonce[TDI_NONCE_WORDS]),
		    void *context)
{
	fn(context, tee->devices[device].nonce);
	fn(context, tee->devices[device].evidence);
}
