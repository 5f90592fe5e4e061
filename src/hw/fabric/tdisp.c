/* SPDX-License-Identifier: MIT */
#include "hw/fabric/tdisp.h"

#include <string.h>

/* Offsets (tables 1, 5, 8 to 26). */
enum {
	AT_VERSION = 0,
	AT_TYPE = 1,
	AT_INTERFACE = 4,
	AT_PAYLOAD = TDISP_HEADER_BYTES,
	AT_LOCK_FLAGS = 16,
	AT_LOCK_STREAM = 18,
	AT_LOCK_OFFSET = 20,
	AT_LOCK_P2P = 28,
	LOCK_BYTES = 36,
	AT_NONCE = 16,
	NONCE_BYTES = 32,
	AT_REPORT_OFFSET = 16,
	AT_REPORT_LENGTH = 18,
	REPORT_REQUEST_BYTES = 20,
	AT_PORTION = 16,
	AT_REMAINDER = 18,
	AT_REPORT_BYTES = 20,
	AT_RANGE = 16,
	RANGE_BYTES = 16,
	AT_STATE = 16,
	AT_ERROR_CODE = 16,
	AT_ERROR_DATA = 20,
	ERROR_BYTES = 24,
	CAPABILITIES_BYTES = 44,
	VERSION_BYTES = 18,
};
#define SEGMENT_VALID (UINT32_C(1) << 24)

static uint64_t get(const uint8_t *bytes, unsigned count)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < count; i++)
		value |= (uint64_t)bytes[i] << 8 * i;
	return value;
}

static void put(uint8_t *bytes, uint64_t value, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
}

static void put_nonce(uint8_t *bytes, const struct tdi_nonce *nonce)
{
	for (unsigned i = 0; i < TDI_NONCE_WORDS; i++)
		put(bytes + 8 * i, nonce->words[i], 8);
}

static void put_range(uint8_t *bytes, const struct tdi_range *range)
{
	put(bytes, range->first_page, 8);
	put(bytes + 8, range->pages, 4);
	put(bytes + 12, range->attributes, 4);
}

static struct tdi_range get_range(const uint8_t *bytes)
{
	return (struct tdi_range){.first_page = get(bytes, 8),
				  .pages = (uint32_t)get(bytes + 8, 4),
				  .attributes = (uint32_t)get(bytes + 12, 4)};
}

/* --- report --- */

size_t tdisp_report_bytes(const struct tdi_report *report, uint8_t out[TDISP_REPORT_MAX])
{
	memset(out, 0, TDISP_REPORT_MAX);
	put(out, report->info, 2);
	put(out + 12, report->range_count, 4);
	for (uint32_t i = 0; i < report->range_count; i++)
		put_range(out + 16 + i * RANGE_BYTES, &report->ranges[i]);
	/* No device specific information: its length is 0. */
	return 16 + (size_t)report->range_count * RANGE_BYTES + 4;
}

bool tdisp_report_parse(const uint8_t *bytes, size_t length, struct tdi_report *out)
{
	if (length < 20)
		return false;
	*out = (struct tdi_report){.info = (uint16_t)get(bytes, 2), .range_count = (uint32_t)get(bytes + 12, 4)};
	if (out->range_count > TDI_RANGES_MAX || length < 20 + (size_t)out->range_count * RANGE_BYTES)
		return false;
	for (uint32_t i = 0; i < out->range_count; i++)
		out->ranges[i] = get_range(bytes + 16 + i * RANGE_BYTES);
	return get(bytes + 16 + (size_t)out->range_count * RANGE_BYTES, 4) ==
	       length - 20 - (size_t)out->range_count * RANGE_BYTES;
}

/* --- requests --- */

size_t tdisp_request(enum tdisp_code code, const struct machine_device *function, uint8_t out[TDISP_REQUEST_BYTES])
{
	memset(out, 0, TDISP_REQUEST_BYTES);
	out[AT_VERSION] = TDISP_VERSION_1_0;
	out[AT_TYPE] = (uint8_t)code;
	put(out + AT_INTERFACE, function->rid | (uint32_t)(function->segment & 0xff) << 16 | SEGMENT_VALID, 4);
	/* GET_TDISP_CAPABILITIES has TSM_CAPS, all of them reserved. */
	return code == TDISP_GET_CAPABILITIES ? TDISP_HEADER_BYTES + 4 : TDISP_HEADER_BYTES;
}

size_t tdisp_lock_request(const struct machine_device *function, const struct tdi_lock *lock,
			  uint8_t out[TDISP_REQUEST_BYTES])
{
	tdisp_request(TDISP_LOCK_INTERFACE_REQUEST, function, out);
	put(out + AT_LOCK_FLAGS, lock->flags, 2);
	out[AT_LOCK_STREAM] = lock->stream_id;
	put(out + AT_LOCK_OFFSET, lock->mmio_reporting_offset, 8);
	put(out + AT_LOCK_P2P, lock->bind_p2p_address_mask, 8);
	return LOCK_BYTES;
}

size_t tdisp_start_request(const struct machine_device *function, const struct tdi_nonce *nonce,
			   uint8_t out[TDISP_REQUEST_BYTES])
{
	tdisp_request(TDISP_START_INTERFACE_REQUEST, function, out);
	put_nonce(out + AT_NONCE, nonce);
	return AT_NONCE + NONCE_BYTES;
}

size_t tdisp_report_request(const struct machine_device *function, uint16_t offset, uint16_t length,
			    uint8_t out[TDISP_REQUEST_BYTES])
{
	tdisp_request(TDISP_GET_DEVICE_INTERFACE_REPORT, function, out);
	put(out + AT_REPORT_OFFSET, offset, 2);
	put(out + AT_REPORT_LENGTH, length, 2);
	return REPORT_REQUEST_BYTES;
}

size_t tdisp_attribute_request(const struct machine_device *function, const struct tdi_range *range,
			       uint8_t out[TDISP_REQUEST_BYTES])
{
	tdisp_request(TDISP_SET_MMIO_ATTRIBUTE_REQUEST, function, out);
	put_range(out + AT_RANGE, range);
	return AT_RANGE + RANGE_BYTES;
}

enum tdisp_error tdisp_result(enum tdisp_code code, const uint8_t *response, size_t bytes)
{
	if (bytes >= TDISP_HEADER_BYTES && response[AT_TYPE] == TDISP_RESPONSE_TO((unsigned)code))
		return TDISP_OK;
	if (bytes < ERROR_BYTES || response[AT_TYPE] != TDISP_ERROR_MESSAGE)
		return TDISP_UNSPECIFIED;
	enum tdisp_error error = (enum tdisp_error)get(response + AT_ERROR_CODE, 4);
	return *tdisp_error_name(error) ? error : TDISP_UNSPECIFIED;
}

/* --- answers --- */

/* The answer's header stands already; what comes behind it is zero. */
struct answer {
	struct tdis *tdis;
	uint16_t interface; /* device */
	uint32_t session;
	const uint8_t *request;
	uint8_t *response;
	size_t bytes; /* of the response */
};

static enum tdisp_error answer_version(struct answer *answer)
{
	answer->response[AT_PAYLOAD] = 1;
	answer->response[AT_PAYLOAD + 1] = TDISP_VERSION_1_0;
	answer->bytes = VERSION_BYTES;
	return TDISP_OK;
}

/* The request messages that a device here knows, by their code less 80h (table 9). */
#define MESSAGES_SUPPORTED                                                                              \
	(1u << (TDISP_GET_VERSION & 0xf) | 1u << (TDISP_GET_CAPABILITIES & 0xf) |                       \
	 1u << (TDISP_LOCK_INTERFACE_REQUEST & 0xf) | 1u << (TDISP_GET_DEVICE_INTERFACE_REPORT & 0xf) | \
	 1u << (TDISP_GET_DEVICE_INTERFACE_STATE & 0xf) | 1u << (TDISP_START_INTERFACE_REQUEST & 0xf) | \
	 1u << (TDISP_STOP_INTERFACE_REQUEST & 0xf) | 1u << (TDISP_SET_MMIO_ATTRIBUTE_REQUEST & 0xf))

static enum tdisp_error answer_capabilities(struct answer *answer)
{
	uint8_t *response = answer->response;

	put(response + 20, MESSAGES_SUPPORTED, 4);
	put(response + 36, TDI_LOCK_SUPPORTED, 2);
	response[41] = 64; /* DEV_ADDR_WIDTH */
	response[42] = 1;  /* NUM_REQ_THIS */
	response[43] = 1;  /* NUM_REQ_ALL */
	answer->bytes = CAPABILITIES_BYTES;
	return TDISP_OK;
}

static enum tdisp_error answer_lock(struct answer *answer)
{
	const uint8_t *request = answer->request;
	struct tdi_lock lock = {.flags = (uint16_t)get(request + AT_LOCK_FLAGS, 2),
				.stream_id = request[AT_LOCK_STREAM],
				.mmio_reporting_offset = get(request + AT_LOCK_OFFSET, 8),
				.bind_p2p_address_mask = get(request + AT_LOCK_P2P, 8)};
	struct tdi_nonce nonce;
	enum tdisp_error error = tdi_lock(answer->tdis, answer->interface, answer->session, &lock, &nonce);

	if (error != TDISP_OK)
		return error;
	put_nonce(answer->response + AT_NONCE, &nonce);
	answer->bytes = AT_NONCE + NONCE_BYTES;
	return TDISP_OK;
}

static enum tdisp_error answer_report(struct answer *answer)
{
	size_t offset = get(answer->request + AT_REPORT_OFFSET, 2);
	size_t length = get(answer->request + AT_REPORT_LENGTH, 2);
	uint8_t bytes[TDISP_REPORT_MAX];
	struct tdi_report report;
	enum tdisp_error error = tdi_report(answer->tdis, answer->interface, &report);

	if (error != TDISP_OK)
		return error;
	size_t whole = tdisp_report_bytes(&report, bytes);
	if (offset >= whole)
		return TDISP_INVALID_REQUEST;
	size_t portion = whole - offset;
	if (portion > length)
		portion = length;
	if (portion > TDISP_PORTION_MAX)
		portion = TDISP_PORTION_MAX;
	put(answer->response + AT_PORTION, portion, 2);
	put(answer->response + AT_REMAINDER, whole - offset - portion, 2);
	memcpy(answer->response + AT_REPORT_BYTES, bytes + offset, portion);
	answer->bytes = AT_REPORT_BYTES + portion;
	return TDISP_OK;
}

static enum tdisp_error answer_state(struct answer *answer)
{
	answer->response[AT_STATE] = (uint8_t)tdi_state(answer->tdis, answer->interface);
	answer->bytes = AT_STATE + 1;
	return TDISP_OK;
}

static enum tdisp_error answer_start(struct answer *answer)
{
	struct tdi_nonce nonce;

	for (unsigned i = 0; i < TDI_NONCE_WORDS; i++)
		nonce.words[i] = get(answer->request + AT_NONCE + 8 * i, 8);
	return tdi_start(answer->tdis, answer->interface, &nonce);
}

static enum tdisp_error answer_stop(struct answer *answer)
{
	return tdi_stop(answer->tdis, answer->interface);
}

static enum tdisp_error answer_attribute(struct answer *answer)
{
	struct tdi_range range = get_range(answer->request + AT_RANGE);

	return tdi_set_attribute(answer->tdis, answer->interface, &range);
}

static const struct {
	uint8_t code;
	uint8_t bytes; /* that the request has */
	enum tdisp_error (*answer)(struct answer *answer);
} rows[] = {
	{TDISP_GET_VERSION, TDISP_HEADER_BYTES, answer_version},
	{TDISP_GET_CAPABILITIES, TDISP_HEADER_BYTES + 4, answer_capabilities},
	{TDISP_LOCK_INTERFACE_REQUEST, LOCK_BYTES, answer_lock},
	{TDISP_GET_DEVICE_INTERFACE_REPORT, REPORT_REQUEST_BYTES, answer_report},
	{TDISP_GET_DEVICE_INTERFACE_STATE, TDISP_HEADER_BYTES, answer_state},
	{TDISP_START_INTERFACE_REQUEST, AT_NONCE + NONCE_BYTES, answer_start},
	{TDISP_STOP_INTERFACE_REQUEST, TDISP_HEADER_BYTES, answer_stop},
	{TDISP_SET_MMIO_ATTRIBUTE_REQUEST, AT_RANGE + RANGE_BYTES, answer_attribute},
};

/* The interface of that ID among those of the device's package; MACHINE_NONE. */
static uint16_t interface_of(const struct tdis *tdis, const struct machine *machine, uint16_t device, uint32_t id)
{
	for (uint32_t i = 0; i < machine->device_count; i++) {
		const struct machine_device *other = &machine->devices[i];
		bool segment_fits = !(id & SEGMENT_VALID) || (id >> 16 & 0xff) == (other->segment & 0xffu);

		if (tdi_exists(tdis, (uint16_t)i) && other->package == machine->devices[device].package &&
		    other->rid == (id & 0xffff) && segment_fits)
			return (uint16_t)i;
	}
	return MACHINE_NONE;
}

static size_t refuse(uint8_t *response, enum tdisp_error error, uint32_t data)
{
	memset(response + TDISP_HEADER_BYTES, 0, ERROR_BYTES - TDISP_HEADER_BYTES);
	response[AT_TYPE] = TDISP_ERROR_MESSAGE;
	put(response + AT_ERROR_CODE, error, 4);
	put(response + AT_ERROR_DATA, data, 4);
	return ERROR_BYTES;
}

size_t tdisp_respond(struct tdis *tdis, uint16_t device, uint32_t session, const uint8_t *request, size_t bytes,
		     uint8_t response[TDISP_MESSAGE_MAX])
{
	if (session == 0 || bytes < TDISP_HEADER_BYTES)
		return 0;
	struct answer answer = {.tdis = tdis,
				.session = session,
				.request = request,
				.response = response,
				.bytes = TDISP_HEADER_BYTES};
	uint8_t code = request[AT_TYPE];

	memset(response, 0, TDISP_MESSAGE_MAX);
	response[AT_VERSION] = TDISP_VERSION_1_0;
	response[AT_TYPE] = (uint8_t)TDISP_RESPONSE_TO(code);
	memcpy(response + AT_INTERFACE, request + AT_INTERFACE, TDISP_HEADER_BYTES - AT_INTERFACE);
	/* 11.3.4: the version of GET_TDISP_VERSION matters by its major number alone. */
	if (code == TDISP_GET_VERSION ? request[AT_VERSION] >> 4 != TDISP_VERSION_1_0 >> 4
				      : request[AT_VERSION] != TDISP_VERSION_1_0)
		return refuse(response, TDISP_VERSION_MISMATCH, 0);
	answer.interface = interface_of(tdis, tdis_machine(tdis), device, (uint32_t)get(request + AT_INTERFACE, 4));
	if (answer.interface == MACHINE_NONE)
		return refuse(response, TDISP_INVALID_INTERFACE, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rows[i].code != code)
			continue;
		enum tdisp_error error = bytes == rows[i].bytes ? rows[i].answer(&answer) : TDISP_INVALID_REQUEST;
		return error == TDISP_OK ? answer.bytes : refuse(response, error, 0);
	}
	return refuse(response, TDISP_UNSUPPORTED_REQUEST, code);
}
