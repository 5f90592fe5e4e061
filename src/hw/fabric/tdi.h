/* SPDX-License-Identifier: MIT */
/*
 * TEE device interfaces (PCIe 11, TDISP): what a device's security manager (DSM) keeps for each of its functions and
 * VFs, every edge between the four states, and what the interface may send and has to answer in each. The protocol's
 * messages are in hw/fabric/tdisp.h; they end here.
 *
 *   CONFIG_UNLOCKED --LOCK_INTERFACE--> CONFIG_LOCKED --START_INTERFACE--> RUN
 *   CONFIG_LOCKED, RUN --something that tdi_disturb() is told of--> ERROR
 *   any --STOP_INTERFACE--> CONFIG_UNLOCKED            any --conventional reset--> CONFIG_UNLOCKED
 *
 * Choices where the specification leaves one:
 *  - an interface in ERROR stays there until it is stopped (11.2: the automatic way out is optional);
 *  - a request that has to be rejected as completer leaves the state as it is (11.2.1 names no other effect), unless
 *    the device is `strict`: then it is one of the conditions of its own that affect trust (11.2), and ends in ERROR;
 *  - a command register that is written with a clear bit where the bit was clear before is no change; to a device with
 *    the quirk strict-command it is one. (11.2.6 is informative: "clearing".)
 *  - P2P streams are not supported; the register pages of a BAR change their attribute all together.
 *
 * All state is in the arena. Devices are the machine's functions and VFs; an mdev or a platform master has no
 * interface.
 */
#ifndef IOSIM_HW_FABRIC_TDI_H
#define IOSIM_HW_FABRIC_TDI_H

#include "base/arena.h"
#include "hw/fabric/ide.h"
#include "machine/machine.h"

#include <stdbool.h>
#include <stdint.h>

enum tdi_state { TDI_CONFIG_UNLOCKED = 0, TDI_CONFIG_LOCKED = 1, TDI_RUN = 2, TDI_ERROR = 3 }; /* 11.3.13 */

enum tdisp_error { /* 11.3.24, table 27 */
		   TDISP_OK = 0,
		   TDISP_INVALID_REQUEST = 0x0001,
		   TDISP_BUSY = 0x0003,
		   TDISP_INVALID_INTERFACE_STATE = 0x0004,
		   TDISP_UNSPECIFIED = 0x0005,
		   TDISP_UNSUPPORTED_REQUEST = 0x0007,
		   TDISP_VERSION_MISMATCH = 0x0041,
		   TDISP_VENDOR_SPECIFIC_ERROR = 0x00ff,
		   TDISP_INVALID_INTERFACE = 0x0101,
		   TDISP_INVALID_NONCE = 0x0102,
		   TDISP_INSUFFICIENT_ENTROPY = 0x0103,
		   TDISP_INVALID_DEVICE_CONFIGURATION = 0x0104,
};

enum tdi_lock_flag { /* 11.3.8, table 10 */
		     TDI_LOCK_NO_FW_UPDATE = 1 << 0,
		     TDI_LOCK_CACHE_LINE_128 = 1 << 1,
		     TDI_LOCK_MSIX = 1 << 2,
		     TDI_LOCK_BIND_P2P = 1 << 3,
		     TDI_LOCK_ALL_REQUEST_REDIRECT = 1 << 4,
		     /* What devices here have; the others are answered with INVALID_DEVICE_CONFIGURATION. */
		     TDI_LOCK_SUPPORTED = TDI_LOCK_NO_FW_UPDATE | TDI_LOCK_MSIX | TDI_LOCK_ALL_REQUEST_REDIRECT,
};

enum tdi_disturbance {                      /* what is an error in CONFIG_LOCKED and RUN (11.2, 11.2.6, 11.4) */
		       TDI_COMMAND_CLEARED, /* bus master or memory space enable */
		       TDI_CONFIG_WRITTEN,  /* a BAR, or another register that is tracked */
		       TDI_RID_CHANGED,
		       TDI_FLR,             /* of the function; of a PF also its VFs' interfaces (11.4.9) */
		       TDI_STREAM_INSECURE, /* the IDE stream that it is bound to */
		       TDI_POISONED,        /* data that cannot be recovered was received (11.4.6) */
		       TDI_REQUEST_FAILED,  /* one of its own requests ended with UR, CA or a time-out (11.4.3) */
		       TDI_FOREIGN_ACCESS,  /* a request to its registers was rejected: strict devices alone */
		       TDI_ATS_WITHOUT_T,   /* a translation completion, or a page request response, without T (11.4.10)
					     */
		       TDI_DISTURBANCES
};

#define TDI_NONCE_WORDS 4u /* 32 bytes */
struct tdi_nonce {
	uint64_t words[TDI_NONCE_WORDS];
};

struct tdi_lock {       /* of LOCK_INTERFACE_REQUEST */
	uint16_t flags; /* enum tdi_lock_flag */
	uint8_t stream_id;
	uint64_t mmio_reporting_offset; /* two's complement; added to every reported address */
	uint64_t bind_p2p_address_mask;
};

enum tdi_range_attribute { /* table 15 */
			   TDI_RANGE_MSIX_TABLE = 1 << 0,
			   TDI_RANGE_MSIX_PBA = 1 << 1,
			   TDI_RANGE_NON_TEE_MEM = 1 << 2,
			   TDI_RANGE_UPDATABLE = 1 << 3,
};
#define TDI_RANGE_ID_SHIFT 16u /* of a BAR: its number */

struct tdi_range {
	uint64_t first_page; /* of 4 KiB, with the reporting offset added */
	uint32_t pages;
	uint32_t attributes;
};

enum tdi_info { /* table 15, INTERFACE_INFO */
		TDI_INFO_NO_FW_UPDATE = 1 << 0,
		TDI_INFO_DMA_WITHOUT_PASID = 1 << 1,
		TDI_INFO_DMA_WITH_PASID = 1 << 2,
		TDI_INFO_ATS = 1 << 3,
		TDI_INFO_PRS = 1 << 4,
};

#define TDI_RANGES_MAX 6u
struct tdi_report {
	uint16_t info;
	uint32_t range_count;
	struct tdi_range ranges[TDI_RANGES_MAX]; /* in the order of the BARs */
};

/* What the DSM has to ask of the rest of the device. */
struct tdi_device {
	void *context;
	/* Enabled features of the function (bit per enum endpoint_feature), for the report. NULL: none. */
	unsigned (*features)(void *context, uint16_t device);
	/*
	 * A hash of all that is measured and tracked: firmware, BARs, enables. It stands for SPDM measurements and is
	 * taken with the lock. NULL: 0.
	 */
	uint64_t (*measure)(void *context, uint16_t device);
	/*
	 * The interface is locked or stopped: work under way ends, its ATC is emptied, page requests are forgotten
	 * (11.3.9, 11.3.16). NULL: nothing.
	 */
	void (*abort)(void *context, uint16_t device);
};

struct tdis;

struct tdis_config {
	struct arena *arena;
	const struct machine *machine;
	struct ide *ide; /* its ide_on_insecure() is set here */
	struct tdi_device device;
	uint64_t seed; /* of the nonces */
	bool strict;   /* see above */
	bool open;     /* a device that looks at no T when its registers are accessed: it breaks 11.2.1 */
};

struct tdis *tdis_new(const struct tdis_config *config);
void tdis_free(struct tdis *tdis);

const struct machine *tdis_machine(const struct tdis *tdis);
/* Whether the device has an interface: a function or a VF. */
bool tdi_exists(const struct tdis *tdis, uint16_t device);
enum tdi_state tdi_state(const struct tdis *tdis, uint16_t device);
/* In CONFIG_LOCKED or RUN. */
bool tdi_is_locked(const struct tdis *tdis, uint16_t device);
/* "CONFIG_UNLOCKED"; "INVALID_NONCE", "" for TDISP_OK. */
const char *tdi_state_name(enum tdi_state state);
const char *tdisp_error_name(enum tdisp_error error);
/* Why the interface is in ERROR; false: it is not. */
bool tdi_why_error(const struct tdis *tdis, uint16_t device, enum tdi_disturbance *why);

/*
 * The four requests that change a state. `session`: the SPDM session that the request came over, never 0.
 * lock: INVALID_INTERFACE_STATE, the interface is not unlocked; INVALID_REQUEST, the default stream is another one, is
 *   not keyed or not by this session; INVALID_DEVICE_CONFIGURATION, a flag that the device has not, an offset that
 *   makes an address wrap or is no multiple of 4096.
 * start: INVALID_INTERFACE_STATE, INVALID_NONCE (the state is as before; 11.3.14). The nonce is good once.
 * stop: never fails for a device that has an interface.
 * INVALID_INTERFACE: the device has none.
 */
enum tdisp_error tdi_lock(struct tdis *tdis, uint16_t device, uint32_t session, const struct tdi_lock *lock,
			  struct tdi_nonce *nonce);
enum tdisp_error tdi_start(struct tdis *tdis, uint16_t device, const struct tdi_nonce *nonce);
enum tdisp_error tdi_stop(struct tdis *tdis, uint16_t device);
/* Of a locked interface; INVALID_INTERFACE_STATE otherwise. */
enum tdisp_error tdi_report(const struct tdis *tdis, uint16_t device, struct tdi_report *out);
/*
 * The attribute IS_NON_TEE_MEM of the BAR that these pages are (11.3.22). INVALID_INTERFACE_STATE: not in RUN;
 * INVALID_REQUEST: the range is none of the interface's.
 */
enum tdisp_error tdi_set_attribute(struct tdis *tdis, uint16_t device, const struct tdi_range *range);
/* What was measured with the last lock; 0 if the interface is not locked. */
uint64_t tdi_measured(const struct tdis *tdis, uint16_t device);

/* Something happened to the function: what that does to its interface, and of a PF to those of its VFs. */
void tdi_disturb(struct tdis *tdis, uint16_t device, enum tdi_disturbance what);
/* The function's command register is written; before, and after (bus master and memory space enable). */
void tdi_command_written(struct tdis *tdis, uint16_t device, bool master_before, bool memory_before, bool master,
			 bool memory);
/* Conventional reset (11.4.8) of the device that the function belongs to. */
void tdi_conventional_reset(struct tdis *tdis, uint16_t device);
/* The SPDM session ends: interfaces locked over it are in ERROR (11.4.5). The IDE streams are the caller's to end. */
void tdi_session_ends(struct tdis *tdis, uint32_t session);

/* As ide_each_session(). */
void tdis_each_session(struct tdis *tdis, void (*fn)(void *context, uint32_t *session), void *context);
/*
 * The same for nonces of an interface (all zero: it has none). How often it was locked is forgotten: later nonces may
 * be those of before.
 */
void tdis_each_nonce(struct tdis *tdis, uint16_t device, void (*fn)(void *context, uint64_t nonce[TDI_NONCE_WORDS]),
		     void *context);

/*
 * As requester (11.2.1): whether the interface may send that. Unlocked: whatever has no T. Locked: interrupt messages
 * without T. In RUN: memory requests with T; interrupt messages with T if the MSI-X table was locked, else without. In
 * ERROR: nothing.
 */
bool tdi_may_send(const struct tdis *tdis, uint16_t device, bool t, bool interrupt);
/*
 * As completer (11.2.1): whether a request to the BAR is served. `carried`: it came over the IDE stream that the
 * interface is bound to, or the device needs none. A strict device that rejects one while locked is in ERROR then.
 */
bool tdi_accepts(struct tdis *tdis, uint16_t bar, bool t, bool carried);
/* The stream that the interface was locked with; IDE_NO_STREAM: it is not locked, or needs none. */
ide_stream tdi_stream(const struct tdis *tdis, uint16_t device);

#endif
