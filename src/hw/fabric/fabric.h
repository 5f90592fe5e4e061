/* SPDX-License-Identifier: MIT */
/*
 * The fabric: carries a request from a device to where it ends. What a real fabric decides from its own registers, this
 * one decides from the machine's tables: function to sibling function, conventional bus, switch ports with their ACS
 * controls (PCIe 6.12), root complex, IOMMU, and after it the physical address map.
 *
 * State (in the arena): each device's command register and presence, what was written to BARs, requests in flight.
 * The machine, the memory and the units must live as long as the fabric.
 *
 * Rules that a reader may look for:
 *  - Routing is by address (2.2.4.1); windows of bridges are decoded before any IOMMU sees the request, so an I/O
 *    virtual address that lies in a peer's window is routed to that peer.
 *  - Source validation compares the bus number only: a forged requester ID of the same bus passes.
 *  - P2P egress control is modelled with all bits of the egress vector set: no peer may be reached directly.
 *  - Every request that arrives at a root port goes to the root complex and its IOMMU, whatever the port's window;
 *    root ports check source validation and translation blocking. P2P between root ports is done by the root complex,
 *    after translation.
 *  - A PCIe-to-PCI bridge takes over the requester ID: (secondary bus, device 0, function 0). On a conventional bus
 *    there is none to forge.
 */
#ifndef IOSIM_HW_FABRIC_FABRIC_H
#define IOSIM_HW_FABRIC_FABRIC_H

#include "base/arena.h"
#include "hw/fabric/hit.h"
#include "hw/fabric/ide.h"
#include "hw/fabric/tdi.h"
#include "hw/interrupts.h"
#include "hw/iommu.h"
#include "hw/memory.h"
#include "hw/page_state.h"
#include "hw/request.h"
#include "machine/machine.h"

#include <stdbool.h>
#include <stdint.h>

#define FABRIC_BAR_PAGES_MAX 1024 /* register pages that can be written in a run */
#define FABRIC_FLIGHTS_MAX   256

struct fabric;

/*
 * `units`: one per IOMMU of the machine, copied; NULL where that unit is no IOMMU. All devices that are declared
 * present begin with bus mastering and memory space on, as firmware leaves them.
 */
struct fabric *fabric_new(struct arena *arena, const struct machine *machine, struct memory *memory,
			  struct iommu *const *units);
void fabric_free(struct fabric *fabric);

/*
 * The interrupt controller that messages are carried to, which lives as long as the fabric; NULL, as it begins: they
 * raise nothing, and there is no doorbell. An interrupt message is a 4-byte write of request->data (whatever `data`
 * of fabric_dma() points to) that ends
 *  - on x86 in the window FEEx_xxxxh: as the unit remapped it, or in compatibility format where none did;
 *  - on Arm, which is behind an SMMUv3 or in a machine that has one, in GITS_TRANSLATER: its DeviceID is the stream.
 * Other writes in x86's window are messages that raise nothing; the rest of the ITS's page is reserved.
 */
void fabric_set_interrupts(struct fabric *fabric, struct interrupts *interrupts);

/*
 * Who takes the time of requests that arrive at the root complex: pass() translates in the unit's stead, with the same
 * result as ops->translate(). `unit` NULL: nobody translates, and *out is left alone. Requests that turn round below
 * the root complex are not seen.
 */
struct fabric_clock {
	void (*pass)(void *context, struct iommu *unit, const struct request *request, struct translation *out);
	void *context;
};
/* Borrowed; NULL, as it begins: nobody does. */
void fabric_set_clock(struct fabric *fabric, const struct fabric_clock *clock);
/* A unit's own interrupt message. */
void fabric_raise(struct fabric *fabric, uint16_t iommu, const struct interrupt *message);

/*
 * What the fabric of a platform for confidential guests has besides (PCIe 6.33, 11). All of it lives as long as the
 * fabric. A request is a TEE's if T is set, or XT (TDISP's extension: T clear then asks for memory that is no TEE's).
 *  - A TEE's request that arrives at the root complex has to come over a secure IDE stream with that requester ID, and
 *    from an interface for which the TSM has opened the way; else it is an unsupported request.
 *  - It is served by the unit's `trusted` half, if it has one.
 *  - Memory is reached as the page's state allows, where pages are checked: without T what is nobody's secret; with T
 *    what is private to the guest that the interface is for, and other memory as `t_reaches_shared` says.
 *  - What ends at a register page is asked of the interface behind it: it came over that one's stream if the root
 *    complex sent it down with T, and never if it turned round below.
 *  - Command registers that are written, and devices that go, disturb their interfaces.
 */
enum fabric_t_shared {
	T_SHARED_FORBIDDEN, /* T reaches private memory alone */
	T_SHARED_ALLOWED,
	T_SHARED_BY_XT, /* with XT set private memory alone, without both */
};
struct fabric_security {
	struct ide *ide;
	struct tdis *tdis;
	const struct page_states *pages; /* NULL: nobody checks them */
	struct iommu *const *trusted; /* per IOMMU of the machine; copied. NULL, or a NULL row: one unit serves both */
	/*
	 * Units, as bits, that check the granules which requests through them end in (IHI 0070 3.25): those are not
	 * asked for again. Other requests are.
	 */
	uint64_t checks_itself;
	enum fabric_t_shared t_reaches_shared;
	/*
	 * Guests, as bits below 64, whose table is not the TSM's and translates their own addresses: one of T is
	 * served where the row of the page has that address. A translated request does not say it.
	 */
	uint64_t reverse_mapped;
	/* The guest for which the TSM lets the device send with T; MACHINE_NONE: none. */
	uint16_t (*guest)(void *context, uint16_t device);
	void *context;
};
/* Before the first request. Without it T means nothing. */
void fabric_set_security(struct fabric *fabric, const struct fabric_security *security);

/* --- the command register and the slot; an mdev's are its parent's --- */
void fabric_set_bus_master(struct fabric *fabric, uint16_t device, bool on);
bool fabric_bus_master(const struct fabric *fabric, uint16_t device); /* a platform master always is one */
void fabric_set_memory_space(struct fabric *fabric, uint16_t device, bool on);
bool fabric_memory_space(const struct fabric *fabric, uint16_t device);
/* Out of its slot, with its VFs. Plugged in again, its command register is clear. */
void fabric_set_present(struct fabric *fabric, uint16_t device, bool present);
bool fabric_present(const struct fabric *fabric, uint16_t device);

/* --- DMA --- */
/*
 * Routes, translates and carries out one request. It may not cross a 4 KiB boundary: the caller splits (assertion).
 * request->device says who really sends, request->rid what stands in the header; stream, segment and posted are the
 * fabric's to fill in.
 *
 * `data` has request->bytes bytes: a write stores them, a read fills them, an atomic swaps them with the target; NULL:
 * a write leaves the target as it is, a read goes nowhere. `out` is filled completely.
 */
void fabric_dma(struct fabric *fabric, const struct request *request, void *data, struct hit *out);
/*
 * The way of a message that is routed to the root complex (page request, 2.2.8): ROUTE_IOMMU and HIT_NOTHING if it gets
 * to a unit, with its `stream`; else as a request would be stopped. Bus master enable does not stop messages
 * (7.5.1.1.3).
 */
void fabric_message(const struct fabric *fabric, const struct request *request, struct hit *out);

/*
 * The same in two parts, to look at what happens between translation and access. fabric_send stops before the access;
 * the handle is 0 if nothing is left to do (blocked, faulted, a page request ...: `out` tells) or no more than
 * FABRIC_FLIGHTS_MAX can be in flight (reason REASON_NO_FRAME). fabric_send_message: an invalidation completion of the
 * device, which takes its place behind what the device sent before; it arrives as HIT_NOTHING without a reason.
 * fabric_dma does not look at what is in flight: a caller that has sent something sends everything until it arrived.
 */
uint32_t fabric_send(struct fabric *fabric, const struct request *request, struct hit *out);
uint32_t fabric_send_message(struct fabric *fabric, uint16_t device);
/* A message of the device, sent now, would arrive at once. */
bool fabric_message_may_arrive(const struct fabric *fabric, uint16_t device);
/* Nothing that was sent earlier over the same link has to come first (order.h). */
bool fabric_may_arrive(const struct fabric *fabric, uint32_t flight);
/* Carries out the access. False: something has to come first, or there is no such flight; nothing happened. */
bool fabric_arrive(struct fabric *fabric, uint32_t flight, void *data, struct hit *out);
uint32_t fabric_in_flight(const struct fabric *fabric);

/* --- CPU access to a BAR --- */
enum mmio_result {
	MMIO_OK,
	MMIO_ABSENT,   /* reads are all ones, writes are lost */
	MMIO_OFF,      /* memory space enable is off: the same */
	MMIO_OUTSIDE,  /* not within the BAR, or not naturally aligned for 1, 2, 4 or 8 bytes */
	MMIO_REJECTED, /* the interface behind it rejects it (11.2.1): the same */
	MMIO_NO_FRAME, /* the simulator has no frame left to store it */
};
/* `t`: of a trusted guest, sent down with T set. */
enum mmio_result fabric_mmio_read(struct fabric *fabric, uint16_t bar, uint64_t offset, unsigned width, bool t,
				  uint64_t *value);
enum mmio_result fabric_mmio_write(struct fabric *fabric, uint16_t bar, uint64_t offset, unsigned width, bool t,
				   uint64_t value);

#endif
