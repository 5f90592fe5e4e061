/* SPDX-License-Identifier: MIT */
/*
 * TDISP messages (PCIe 11.3) as a device's security manager reads and answers them: bytes in, bytes out. They arrive
 * over an SPDM session (11.2.2), which is a number here; what does not is not answered.
 *
 * All fields are little endian. The header, 16 bytes: TDISPVersion at 0 (10h), MessageType at 1, INTERFACE_ID at 4: the
 * requester ID in bits 15:0 of its first word, the segment in 23:16 where bit 24 is set.
 */
#ifndef IOSIM_HW_FABRIC_TDISP_H
#define IOSIM_HW_FABRIC_TDISP_H

#include "hw/fabric/tdi.h"

#include <stddef.h>

#define TDISP_VERSION_1_0   0x10u
#define TDISP_HEADER_BYTES  16u
#define TDISP_MESSAGE_MAX   256u /* of what devices here send */
#define TDISP_REQUEST_BYTES 64u  /* of what they understand */
#define TDISP_PORTION_MAX   64u  /* report bytes in one answer */

enum tdisp_code { /* tables 3 and 4 */
		  TDISP_GET_VERSION = 0x81,
		  TDISP_GET_CAPABILITIES = 0x82,
		  TDISP_LOCK_INTERFACE_REQUEST = 0x83,
		  TDISP_GET_DEVICE_INTERFACE_REPORT = 0x84,
		  TDISP_GET_DEVICE_INTERFACE_STATE = 0x85,
		  TDISP_START_INTERFACE_REQUEST = 0x86,
		  TDISP_STOP_INTERFACE_REQUEST = 0x87,
		  TDISP_BIND_P2P_STREAM_REQUEST = 0x88,
		  TDISP_UNBIND_P2P_STREAM_REQUEST = 0x89,
		  TDISP_SET_MMIO_ATTRIBUTE_REQUEST = 0x8a,
		  TDISP_VDM_REQUEST = 0x8b,
		  TDISP_ERROR_MESSAGE = 0x7f,
};
#define TDISP_RESPONSE_TO(request) ((request)&0x7fu)

/*
 * Answers one request of `bytes` bytes; how many bytes the answer in `response` has, 0: none is due (no session, or too
 * short to have a header). The DSM is that of the device that `device` is a function of: another interface's ID is
 * INVALID_INTERFACE.
 */
size_t tdisp_respond(struct tdis *tdis, uint16_t device, uint32_t session, const uint8_t *request, size_t bytes,
		     uint8_t response[TDISP_MESSAGE_MAX]);

/* The whole of a TDI report (table 15), as GET_DEVICE_INTERFACE_REPORT hands it out in portions; its length. */
#define TDISP_REPORT_MAX (16u + TDI_RANGES_MAX * 16u + 4u)
size_t tdisp_report_bytes(const struct tdi_report *report, uint8_t out[TDISP_REPORT_MAX]);
/* False: the bytes are no report. */
bool tdisp_report_parse(const uint8_t *bytes, size_t length, struct tdi_report *out);

/* Requests, as a TSM makes them; their length. */
size_t tdisp_request(enum tdisp_code code, const struct machine_device *function, uint8_t out[TDISP_REQUEST_BYTES]);
size_t tdisp_lock_request(const struct machine_device *function, const struct tdi_lock *lock,
			  uint8_t out[TDISP_REQUEST_BYTES]);
size_t tdisp_start_request(const struct machine_device *function, const struct tdi_nonce *nonce,
			   uint8_t out[TDISP_REQUEST_BYTES]);
size_t tdisp_report_request(const struct machine_device *function, uint16_t offset, uint16_t length,
			    uint8_t out[TDISP_REQUEST_BYTES]);
size_t tdisp_attribute_request(const struct machine_device *function, const struct tdi_range *range,
			       uint8_t out[TDISP_REQUEST_BYTES]);
/* TDISP_OK if the answer is the one to `code`, the error that it carries, UNSPECIFIED if it is neither. */
enum tdisp_error tdisp_result(enum tdisp_code code, const uint8_t *response, size_t bytes);

#endif
