/* SPDX-License-Identifier: MIT */
/*
 * Confidential guests: the rules of the platform's TSM (TEE security manager), of the host that serves it, and of the
 * guest's own kernel. A part of the rules under test, beside the host's front end (uapi.h): that one goes on serving
 * the guest as a user, with an address space of what it shares.
 *
 * Who decides what:
 *  - the host assigns devices and pages, asks the TSM to lock an interface for a guest (bind), and may take back what
 *    KNOB_UNMAP_UNDER_RUN and the page's state let it;
 *  - the TSM speaks TDISP to devices, keeps page states and the trusted tables, and opens the way for T when the guest
 *    has accepted (KNOB_RUN_GATE);
 *  - the guest's kernel has a DMA API, drivers, and a vIOMMU if the machine says so; whether an interface may cross
 *    between T=0 and T=1 under a bound driver is KNOB_T_SWITCH.
 *
 * KNOB_IOMMU_LAYOUT: split, T chooses between the host's tables and the TSM's; single_checked, one unit with tables of
 * the TSM serves both, and pages are checked; single_rmp, the same with the host's tables, of which the page check is
 * the guard. In a split one a guest's vIOMMU is met by T=1 alone, T=0 looks like the identity to it.
 *
 * Calls return 0 or a negative errno; UAPI_CRASH: the kernel that was called is dead. A TDISP error is -EIO,
 * tee_tdisp_error() has it. State is in the arena.
 */
#ifndef IOSIM_UAPI_TEE_H
#define IOSIM_UAPI_TEE_H

#include "hw/fabric/tdisp.h"
#include "hw/page_state.h"
#include "uapi/uapi.h"

#define TEE_MAX_SPACES 64u
#define TEE_MAX_AREAS  4096u
#define TEE_MAX_MMIO   1024u
#define TEE_MAX_SLOTS  1024u

/*
 * KNOB_SHARED_ALIAS: what is shared has the top bit of guest physical addresses set, of 47 bits here. TDX has it at 47
 * or 51 (GPAW), a Realm where the width of its IPAs puts it.
 */
#define TEE_SHARED_BIT (UINT64_C(1) << 46)

typedef uint32_t tee_space; /* of a guest's vIOMMU; 0: none */

/* What the machine does for the TSM; filled in by the runner. */
struct tee_platform {
	void *context;
	/* An SPDM session with the device, and a secure default IDE stream for its functions; its number. 0: no. */
	uint32_t (*connect)(void *context, uint16_t device);
	uint8_t (*stream_id)(void *context, uint16_t device);
	bool (*is_secure)(void *context, uint16_t device); /* the session's stream still is */
	size_t (*tdisp)(void *context, uint16_t device, uint32_t session, const uint8_t *request, size_t bytes,
			uint8_t response[TDISP_MESSAGE_MAX]);
	/* What the device reports of itself over the session (SPDM measurements). */
	uint64_t (*measure)(void *context, uint16_t device);
	bool (*page_set)(void *context, uint64_t pa, uint64_t bytes, const struct page_row *row);
	struct page_row (*page_get)(void *context, uint64_t pa);
	/*
	 * The guest's CPU copies. bounce: `bytes` from pa to their place in the pool, which is one until bounce_end;
	 * false: no room for it. bounce_sync: again, to the pool or back.
	 */
	bool (*bounce)(void *context, uint64_t slot_pa, uint64_t pa, uint64_t bytes);
	void (*bounce_sync)(void *context, uint64_t slot_pa, uint64_t pa, uint64_t bytes, bool to_pool);
	void (*bounce_end)(void *context, uint64_t slot_pa);
	void (*bus_master)(void *context, uint16_t device, bool on);
	void (*memory_space)(void *context, uint16_t device, bool on);
	bool (*ats)(void *context, uint16_t device); /* its ATS is on; NULL: no device's is */
};

struct tee_config {
	struct arena *arena;
	const struct machine *machine;
	struct rules rules;
	struct uapi *uapi;             /* of the host */
	struct driver *const *drivers; /* per IOMMU of the machine: the host's; copied */
	struct driver *const *trusted; /* the TSM's own; NULL rows where the layout has one unit for both; copied */
	struct tee_platform platform;
};

struct tee;

struct tee *tee_new(const struct tee_config *config);
void tee_free(struct tee *tee);
/*
 * Before step 1: each confidential guest's memory is private or shared as declared and in its tables, its devices are
 * assigned to it, and those declared as running are locked, attested, accepted, and driven by its driver.
 */
int tee_boot(struct tee *tee);
/* The guest that the device is assigned to; MACHINE_NONE. */
uint16_t tee_guest_of(const struct tee *tee, uint16_t device);
/* The guest for which the device may send with T; MACHINE_NONE (hw/fabric's gate). */
uint16_t tee_gate(const struct tee *tee, uint16_t device);
/* What the device's requests have by default: T where its guest has accepted it and it is in RUN. */
bool tee_sends_t(const struct tee *tee, uint16_t device);
/* Of the last call that returned -EIO because of the device's answer; TDISP_OK: another reason. */
enum tdisp_error tee_tdisp_error(const struct tee *tee);

/* --- the guest's kernel --- */
/* -ENODEV: not assigned to the guest. bind: -EBUSY, a driver is bound; unbind: -ENODEV, none is. */
int tee_driver_bind(struct tee *tee, uint16_t guest, uint16_t device);
int tee_driver_unbind(struct tee *tee, uint16_t guest, uint16_t device);
/*
 * The DMA API for a bound driver. Where the vIOMMU translates: an address in the device's own space; else the guest
 * physical address. A private buffer of a device that sends without T goes through the guest's bounce pool (as do
 * others where KNOB_GUEST_BOUNCE says so): the address is that of its place there, to which it is copied. -ENOMEM: no
 * pool, or none of it is free; -ENODEV: no driver; -EINVAL: not the guest's memory. unmap: what the device could write
 * is copied back. UAPI_CRASH, the vIOMMU translates and has no such entry; -EFAULT: the buffer is the guest's no more.
 * What a driver leaves behind stays in the pool.
 */
int tee_dma_map(struct tee *tee, uint16_t guest, uint16_t device, uint16_t memory, uint64_t offset, uint64_t bytes,
		unsigned permissions, uint64_t *iova);
int tee_dma_unmap(struct tee *tee, uint16_t guest, uint16_t device, uint64_t iova, uint64_t bytes);
/* Copies what is in the pool, as far as the direction of the mapping lets it: to the device, or for the CPU. */
int tee_dma_sync(struct tee *tee, uint16_t guest, uint16_t device, uint64_t iova, uint64_t bytes, bool to_device);
/* The handle leads to the pool: where. */
bool tee_bounced(const struct tee *tee, uint16_t device, uint64_t iova, uint64_t bytes, uint16_t *pool, uint64_t *at);
/* Spaces of the vIOMMU: -ENOTTY, the guest has none; -ENOENT; -EBUSY: attached; -EEXIST, -EINVAL as of a map. */
int tee_space_new(struct tee *tee, uint16_t guest, tee_space *out);
int tee_space_destroy(struct tee *tee, uint16_t guest, tee_space space);
int tee_attach(struct tee *tee, uint16_t guest, uint16_t device, tee_space space);
int tee_detach(struct tee *tee, uint16_t guest, uint16_t device);
int tee_map(struct tee *tee, uint16_t guest, tee_space space, uint64_t iova, uint16_t memory, uint64_t offset,
	    uint64_t bytes, unsigned permissions);
int tee_unmap(struct tee *tee, uint16_t guest, tee_space space, uint64_t iova, uint64_t bytes);
/*
 * Where the guest's own tables are nested (tee_nest.c). parent_new: a name for its second stage, to which no device can
 * be attached; -ENOTTY, the guest has no vIOMMU; -EOPNOTSUPP, KNOB_IOMMU_LAYOUT is single_rmp: the host's table serves
 * T. nest: a space in which nothing can be mapped; -EINVAL: no parent. Whether a unit can walk it is asked when a
 * device is attached (-EOPNOTSUPP: VT-d in legacy mode). invalidate: what is cached of [first, last] of a nested space;
 * -EINVAL: it is none. attached: the space that the guest attached; 0: none.
 */
int tee_parent_new(struct tee *tee, uint16_t guest, tee_space *out);
int tee_nest(struct tee *tee, uint16_t guest, tee_space parent, const struct domain_guest *says, tee_space *out);
int tee_invalidate(struct tee *tee, uint16_t guest, tee_space space, uint64_t first, uint64_t last);
tee_space tee_attached(const struct tee *tee, uint16_t guest, uint16_t device);
/*
 * tsm/lock, the report and measurements, tsm/accept, tsm/unlock. -ENOTTY: this guest never does (t0_only); -EBUSY: a
 * driver is bound and KNOB_T_SWITCH is rebind; -EINVAL: not in the state for that, or the evidence is not of this lock
 * (KNOB_NONCE_CHECK), the configuration is another one than was attested, a reported range was not validated
 * (KNOB_MMIO_VALIDATE), or the interface is not locked when it is attested (KNOB_ATTEST_ORDER); -EIO.
 */
int tee_lock(struct tee *tee, uint16_t guest, uint16_t device);
int tee_attest(struct tee *tee, uint16_t guest, uint16_t device);
int tee_validate(struct tee *tee, uint16_t guest, uint16_t bar, uint64_t offset, uint64_t bytes);
int tee_accept(struct tee *tee, uint16_t guest, uint16_t device);
int tee_unlock(struct tee *tee, uint16_t guest, uint16_t device);
/* The guest gives the page back, or changes what it is. -EINVAL: not its memory, or it is that already. */
int tee_release_memory(struct tee *tee, uint16_t guest, uint16_t memory);
int tee_convert(struct tee *tee, uint16_t guest, uint16_t memory, bool private);
/* The guest's CPU reads its memory. -EFAULT: the page was destroyed; -EIO: its I/O is fenced, and it is told. */
int tee_load(const struct tee *tee, uint16_t guest, uint16_t memory);

/* --- the host --- */
/*
 * -EBUSY: bound already, or KNOB_MMIO_AT_BIND refuses; -ENODEV: nobody's; -EPERM: start, KNOB_RUN_BY says guest;
 * -EINVAL; -EIO. What does not answer in its session is unbound without being stopped.
 */
int tee_bind(struct tee *tee, uint16_t device);
int tee_unbind(struct tee *tee, uint16_t device);
int tee_start(struct tee *tee, uint16_t device);
/*
 * The TSM takes what its halves of the units have queued: page requests, which it answers with Invalid Request, and
 * event records, which nobody but it sees. How many requests there were.
 */
uint32_t tee_page_requests(struct tee *tee);
/* Stopped, and bound until it is unbound. */
int tee_stop(struct tee *tee, uint16_t device);
/* KNOB_RESET_BOUND: -EBUSY, or it is unbound first, or it goes on. */
int tee_before_reset(struct tee *tee, uint16_t device);
/* The device is out of its slot, and out of the host's tables (uapi_unplug). */
void tee_gone(struct tee *tee, uint16_t device);
/*
 * Second stages. t0: the host's own table for the guest; t1: the TSM's, which takes private pages of that guest alone
 * (-EPERM), at one place (-EEXIST). unmap, of a private page: as KNOB_UNMAP_UNDER_RUN says, -EBUSY where it refuses.
 */
int tee_stage2_map(struct tee *tee, uint16_t guest, uint16_t memory, uint64_t gpa, bool trusted);
int tee_stage2_unmap(struct tee *tee, uint16_t memory);
/* The page is the host's, or was given on by it, with what its guest left in it (KNOB_SCRUB_BY). */
bool tee_left(const struct tee *tee, uint16_t memory);
/* The host's kernel has had a page that it took: it wipes it where that is its duty. */
void tee_taken(struct tee *tee, uint16_t memory);
/*
 * Register pages in the guest's address space. -EBUSY: the TSM has frozen that place, or the pages are another guest's,
 * or validated where they are.
 */
int tee_mmio_map(struct tee *tee, uint16_t guest, uint16_t bar, uint64_t offset, uint64_t bytes, uint64_t gpa);
int tee_mmio_unmap(struct tee *tee, uint16_t guest, uint16_t bar);
/*
 * A CPU access to registers at a guest physical address (guest), or by their own (host: MACHINE_HOST, `gpa` unused):
 * where it goes and whether it has T. -EFAULT: nothing is mapped there, or KNOB_MMIO_GUARD is page_state and stops it.
 */
int tee_mmio(const struct tee *tee, uint16_t who, uint16_t *bar, uint64_t *offset, uint64_t gpa, bool *t);

/* The host took the page away and what was in it is lost: it is not the guest's any more. */
bool tee_is_destroyed(const struct tee *tee, uint16_t memory);

/* A request with T of the device did not get where the guest meant it to. */
void tee_blocked(struct tee *tee, uint16_t device);
bool tee_is_fenced(const struct tee *tee, uint16_t guest);

/* --- what checks ask --- */
bool tee_accepted(const struct tee *tee, uint16_t device);
/* The guests in whose address space the register page is, as a bit per owner (below 64), and whether all is where its
 * own guest was told. */
uint64_t tee_mmio_mappers(const struct tee *tee, uint16_t bar, bool *in_order);
/* What the evidence that the guest accepted the interface on was taken of is still so. */
bool tee_evidence_holds(const struct tee *tee, uint16_t device);

/* --- names that may be given otherwise: as tdis_each_session() and tdis_each_nonce() --- */
void tee_each_session(struct tee *tee, void (*fn)(void *context, uint32_t *session), void *context);
void tee_each_nonce(struct tee *tee, uint16_t device, void (*fn)(void *context, uint64_t nonce[TDI_NONCE_WORDS]),
		    void *context);

#endif
