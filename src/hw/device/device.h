/* SPDX-License-Identifier: MIT */
/*
 * The devices of a machine as hardware: what a function does by itself between its driver's doorbell and the fabric.
 * Its address translation cache (ATC), its page request interface, requests held in flight, stop, drain and reset.
 * One module for every bus and every IOMMU. Requests leave through the fabric; what units send to devices arrives here
 * (devices_outlet()).
 *
 * A device keeps the rules of PCIe 10 unless one of its quirks says otherwise: it sends translated addresses only that
 * its ATC holds, completes invalidations after what they cover is out of its ATC and no request that used it is under
 * way (10.3.5), and holds no more page requests open than it was allowed (10.5.2.6).
 *
 * An mdev sends through its parent: its index stands for the parent with its PASID everywhere below.
 * All state is in the arena. Indexes are the machine's and must be valid.
 *
 * Quirks (machine.h) that are a function's:
 *  - ignores-invalidation: it answers invalidations as it has to, and forgets nothing. (One that never answers is a
 *    device in reset.)
 *  - ats-survives-reset: see device_reset_begin().
 *  - translated-without-ats: it looks at none of its enables, neither ATS nor PASID nor PRI, and sends translated
 *    addresses whether its ATC holds them or not. Stop, reset, bus master enable and the fabric still stop it.
 *
 * Choices where PCIe leaves one:
 *  - What an invalidation covers leaves the ATC when the device gets round to it (devices_advance()), not when it
 *    arrives; what is filled in after that stays. The completion is a message behind the device's posted writes.
 *  - An invalidation that is not global keeps what was handed out as global (10.2.3.7, 10.3.8).
 *  - ATS that is switched off leaves the ATC as it is: usable again when it is switched on again. A function whose ATS
 *    is off still answers invalidations; one without the capability does not.
 *  - Each page request is a group of its own. A function without bus mastering asks for no pages: the translation
 *    requests that would come before are memory requests.
 *  - A VF has its own enables; a PF's function level reset is its VFs' too. A reset of an mdev ends what its PASID has.
 */
#ifndef IOSIM_HW_DEVICE_DEVICE_H
#define IOSIM_HW_DEVICE_DEVICE_H

#include "base/arena.h"
#include "hw/fabric/fabric.h"
#include "hw/iommu.h"
#include "hw/message.h"
#include "hw/request.h"
#include "machine/machine.h"

#include <stdbool.h>
#include <stdint.h>

struct devices;

#define DEVICE_NO_FLIGHT UINT32_MAX
#define DEVICE_ANY_PASID (UINT32_MAX - 1)

struct devices_config {
	struct arena *arena;
	const struct machine *machine;
	struct fabric *fabric;
	struct iommu *const
		*units; /* per IOMMU of the machine, NULL where there is none; copied. Their outlets are set */
	uint32_t atc_sets, atc_ways; /* of each function's ATC; 0: 16 and 4 */
	uint32_t page_requests;      /* that a function may have open; 0: 32 (10.5.2.6) */
};

struct devices *devices_new(const struct devices_config *config);
void devices_free(struct devices *devices);
/*
 * The halves of units that serve requests with T, per IOMMU (NULL: none): their invalidations go to the devices too,
 * and those answer them. A unit without one invalidates what was asked for with T as well. NULL: no more, before they
 * are destroyed.
 */
void devices_set_trusted(struct devices *devices, struct iommu *const *trusted);

/* --- configuration space, as the kernel's PCI code writes it --- */
/*
 * False: the function lacks the capability (machine: ats, pasid_bits, pri; a platform master for FEATURE_STALL), or PRI
 * is to be on without ATS. Switching PRI on clears the status of its page request interface (7.8.9.3).
 */
bool device_enable(struct devices *devices, uint16_t device, enum endpoint_feature feature, bool on);
bool device_is_enabled(const struct devices *devices, uint16_t device, enum endpoint_feature feature);
/* The function that the unit knows by that stream, of several that share it the one whose requester ID it is; else the
 * first. MACHINE_NONE. */
uint16_t device_of_stream(const struct devices *devices, uint16_t iommu, uint32_t stream);

/* --- what a driver or the device itself sets off --- */
enum device_sent {
	DEVICE_SENT,           /* the hit says what became of it */
	DEVICE_HELD,           /* device_hold: it is in flight; *flight names it */
	DEVICE_STOPPED,        /* it is stopped, in reset, or not there */
	DEVICE_NO_TRANSLATION, /* translated: the ATC holds nothing that leads there, and it is no device that lies */
	DEVICE_DISABLED,       /* ATS, PASID or PRI, which that needs, is not enabled */
	DEVICE_FULL,           /* as many page requests or flights are open as there may be */
};

/*
 * A request as fabric_dma() takes it (one page at most), sent as request->at says. AT_UNTRANSLATED: as it is.
 * AT_TRANSLATED: request->address is the translated address. A PASID that is not enabled is DEVICE_DISABLED unless the
 * device has a quirk that ignores enables. AT_TRANSLATION_REQUEST: as device_ats(). *out is meaningful with DEVICE_SENT
 * alone (and with DEVICE_HELD, of device_hold).
 */
enum device_sent device_dma(struct devices *devices, const struct request *request, void *data, struct hit *out);
/*
 * Sends a translation request for the page of request->address and keeps the answer in its ATC: *out is the hit, with
 * the completion in `translation`. What grants nothing is not kept. U: it is kept as to be used untranslated. After a
 * completion with UR the function asks no more until ATS is switched on again (DEVICE_DISABLED).
 */
enum device_sent device_ats(struct devices *devices, const struct request *request, struct hit *out);
/*
 * Whether the ATC translates the address for the PASID, for a TEE's requests or for others, and where to: a translation
 * for non-privileged requests first.
 */
bool device_atc_find(const struct devices *devices, uint16_t device, uint32_t pasid, bool tee, uint64_t iova,
		     uint64_t *pa, unsigned *permissions);
/*
 * Whether the ATC has an entry of the request's own PASID (PASID_NONE: of requests without) that leads to its
 * translated address and permits it, and work with that PASID is not stopped. device_dma() sends a translated request
 * without PASID with an entry of any: on the bus it looks the same.
 */
bool device_atc_leads(const struct devices *devices, const struct request *request);
/* Whether the ATC has an entry that leads to the physical byte. */
bool device_atc_leads_to(const struct devices *devices, uint16_t device, uint64_t pa);
uint32_t device_atc_entries(const struct devices *devices, uint16_t device);

/*
 * As device_dma, but the request stops between translation and access: `flight` names it. device_resume() lets it go
 * on. DEVICE_NO_FLIGHT is none. What was translated before stays so, whatever is invalidated meanwhile; an invalidation
 * that covers it is not completed before it (10.3.5).
 */
enum device_sent device_hold(struct devices *devices, const struct request *request, struct hit *out, uint32_t *flight);
/* False: there is no such flight, or something that was sent before has to arrive first (hw/fabric/order.h). */
bool device_resume(struct devices *devices, uint32_t flight, void *data, struct hit *out);

/*
 * A page request for the page of `request->address` with its rights (of `op`, `execute`, `privileged`); *group is the
 * PRG index. The device picks the lowest index that none of its groups with that PASID has, which is open or whose
 * answer was not forgotten. The answer, when it arrives, is kept until the work is resumed: device_page_answer(), then
 * device_page_forget(). Of more than PAGE_ANSWERS_MAX answers that nobody forgot, the one with the lowest PASID and
 * index goes, not the last that arrived.
 */
#define PAGE_ANSWERS_MAX 32u
enum device_sent device_page_request(struct devices *devices, const struct request *request, uint16_t *group);
enum device_answer { ANSWER_NONE, ANSWER_SUCCESS, ANSWER_INVALID, ANSWER_FAILURE, ANSWER_NO_SUCH_GROUP };
/* The answer to the group; it is open no more once it was answered. */
enum device_answer device_page_answer(const struct devices *devices, uint16_t device, uint32_t pasid, uint16_t group);
void device_page_forget(struct devices *devices, uint16_t device, uint32_t pasid, uint16_t group);
/*
 * The Page Request Status register (7.8.9.4): a response failure (it disables PRI and ends all open groups), and a
 * response that named no open group, with how many there were.
 */
bool device_page_failure(const struct devices *devices, uint16_t device);
uint32_t device_page_unexpected(const struct devices *devices, uint16_t device);
/* PASID_NONE: those without PASID; DEVICE_ANY_PASID: all. */

uint32_t device_page_requests_open(const struct devices *devices, uint16_t device, uint32_t pasid);

/*
 * The transaction that the unit stalled: what it was told (enum stall_action). Known from the request's hit on, at most
 * DEVICE_STALLS_MAX of a machine. STALL_RETRY: the caller sends it again. -1: not answered.
 */
#define DEVICE_STALLS_MAX 1024u
int device_stall_answer(const struct devices *devices, uint16_t device, uint16_t stall_tag);

/* --- quiesce --- */
/*
 * No new work of the PASID (PASID_NONE: of any); what is in flight goes on, open page requests stay open (10.4.1.2).
 * With a PASID and PRI on, a stop marker follows its page requests (10.4.1.2.1). Start with PASID_NONE: of all.
 */
void device_stop(struct devices *devices, uint16_t device, uint32_t pasid);
void device_start(struct devices *devices, uint16_t device, uint32_t pasid);
bool device_is_stopped(const struct devices *devices, uint16_t device, uint32_t pasid);
/* Nothing of the PASID (PASID_NONE: of any) is under way: no flight, no open page request, no ATC entry. */
bool device_is_quiet(const struct devices *devices, uint16_t device, uint32_t pasid);
/*
 * The function's interface is locked or stopped (11.3.9, 11.3.16): its ATC is emptied, and its open page requests are
 * forgotten, whatever is answered to them. Enables stay. A request that is in flight goes on to where it was
 * translated.
 */
void device_abort(struct devices *devices, uint16_t device);
/*
 * Function level reset (6.6.2): from begin to end the device answers nothing, invalidations included, and sends
 * nothing; then ATS, PASID and PRI are disabled, the ATC is empty, its page requests are forgotten (a device with the
 * quirk ats-survives-reset keeps ATC and enables). Unplugging is the same: begin when it goes, end when it is there.
 */
void device_reset_begin(struct devices *devices, uint16_t device);
void device_reset_end(struct devices *devices, uint16_t device);
bool device_in_reset(const struct devices *devices, uint16_t device);

/*
 * Does the next thing that some device does by itself: it takes what its oldest unseen invalidation covers out of the
 * ATC, and completes the oldest that it can complete. False: nothing to do; then what units still wait for never comes
 * (ops->invalidate_timed_out()), unless something in flight is let go on first.
 */
bool devices_advance(struct devices *devices);
/* The same of one function: whether it could do something now, and that. */
bool device_can_advance(const struct devices *devices, uint16_t device);
bool device_advance(struct devices *devices, uint16_t device);
/* The ATC loses the entry that serves the address without T, which it may at any time. False: there is none. */
bool device_atc_evict(struct devices *devices, uint16_t device, uint32_t pasid, uint64_t iova);
/* Invalidations that devices have been sent and have not completed. */
uint32_t devices_owe(const struct devices *devices);

#endif
