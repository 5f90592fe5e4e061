/* SPDX-License-Identifier: MIT */
/*
 * Invariants: each compares what hardware did, or could do, with what the reference model allows. One file an
 * invariant, one registry. A finding says in one sentence what was seen: device, label of the step, address, owner,
 * rule.
 *
 * A state invariant is asked after each step and answers for each subject (a device, a pair) whether it is broken; it
 * is reported at the step that makes it false, once. The others are asked at each request or use.
 */
#ifndef IOSIM_CHECK_CHECK_H
#define IOSIM_CHECK_CHECK_H

#include "base/arena.h"
#include "hw/fabric/hit.h"
#include "hw/iommu.h"
#include "hw/request.h"
#include "machine/machine.h"
#include "model/model.h"

#include <stdbool.h>
#include <stdint.h>

#define CHECK_MAX_FINDINGS 64
#define CHECK_MAX_SUBJECTS 65536 /* that can be broken at once under one invariant; what is beyond is not reported */
#define FINDING_TEXT_BYTES 320

/* Which domain a requester is in, by a walk without side effects. `type`: who made the table that the walk found. */
enum check_serving { SERVED_BLOCKED, SERVED_IDENTITY, SERVED_KERNEL_DMA, SERVED_USER, SERVED_FREED, SERVED_NO_IOMMU };

struct check_view {
	enum check_serving serving;
	uint64_t root; /* of the page table; 0 none */
	uint32_t tag;
	uint64_t contents; /* hash over the leaves: equal iff the translation is the same; 0 without a table */
};

enum check_handed {
	HANDED_NEVER,
	HANDED_OVER, /* it was, and has been invalidated since, or was void with a reset */
	HANDED_LIVE,
};

/* A TEE device interface as hardware and the TSM have it. */
struct check_interface {
	bool running;        /* in RUN */
	bool secure;         /* its IDE stream is, or it needs none */
	bool evidence_holds; /* what its guest attested is what is locked now */
	bool in_order;       /* its register pages are where its guest was told */
	uint64_t mappers; /* bit per owner (below 64): guests that have register pages of it in their address space */
};

/* The runner's eyes. All without side effects, none is NULL. An mdev is not asked about: its parent's is not its. */
struct check_eyes {
	void *context;
	void (*view)(void *context, uint16_t device, struct check_view *out);
	/* The same before the step that is judged now. */
	void (*view_before)(void *context, uint16_t device, struct check_view *out);
	void (*leaves)(void *context, uint16_t device, view_leaf_fn leaf, void *leaf_context);
	/* Where an untranslated access of the device would end. False: blocked. */
	bool (*probe)(void *context, uint16_t device, uint64_t iova, bool write, uint64_t *pa);
	bool (*bus_master)(void *context, uint16_t device);
	/* The device is in a reset that has begun and not ended: it sends nothing. NULL: no device ever is. */
	bool (*in_reset)(void *context, uint16_t device);
	/* The kernel lets the device use ATS. */
	bool (*ats_on)(void *context, uint16_t device);
	/*
	 * Whether a translation request of the request's device, with its PASID, and with T or XT as it has one of
	 * them, was answered with the physical bytes of the translated request for that kind of access; *iova: for
	 * which address, the latest answer if there were several.
	 */
	enum check_handed (*handed_out)(void *context, const struct request *request, uint64_t *iova);
	/* What of the PASID of the device is still under way, in words ("a page request that waits"); NULL: nothing. */
	const char *(*pasid_used)(void *context, uint16_t device, uint32_t pasid);
	/* Every structure that the request's walk reads, as it would be made now without caches. */
	void (*walk)(void *context, const struct request *request, walk_trace_fn read, void *read_context);
	/*
	 * Some table, cache or unfinished invalidation may still lead hardware to the memory, or the driver of an mdev
	 * has it pinned; *device: of whom, or MACHINE_NONE.
	 */
	bool (*referenced)(void *context, uint16_t memory, uint16_t *device);
	/*
	 * Which translation function requests of the device meet now: a number that changes whenever another one takes
	 * its place (another table or root, none in place of one), and does not while the device is blocked.
	 */
	uint32_t (*regime)(void *context, uint16_t device);
	/* False: the device has no interface, or there is no TSM. */
	bool (*interface)(void *context, uint16_t device, struct check_interface *out);
	/* A rule, not an eye: who maps a part of a page for a device lets it have those bytes, and not the page. */
	bool grants_bytes;
	/* When the owner flushes CPU caches, they are flushed. */
	bool (*can_flush)(void *context, uint16_t owner);
};

enum check_event_kind {
	CHECK_STEP,      /* a step has ended, the model knows of it: state invariants */
	CHECK_REQUEST,   /* a request has ended: `request` and `hit` */
	CHECK_REUSE,     /* memory `memory` is handed on from `old_owner` to `new_owner`; the model does not know yet */
	CHECK_RELEASED,  /* the host has `memory` now that was `old_owner`'s alone */
	CHECK_NEW_OWNER, /* device `device` is about to be driven by `new_owner`; the model does not know yet */
	CHECK_PASID,     /* `pasid` of `device` is about to be bound by `new_owner`; the model does not know yet */
	CHECK_FORGOTTEN, /* an invalidation that `actor` asked for reached what `device` has cached */
	CHECK_UNMAP,     /* a handle of the DMA API is about to be unmapped: `handle`; the model does not know yet */
	CHECK_WALK_WROTE, /* a walk for `device` and `pasid` set flags of a guest's entry at `pa` */
	CHECK_DIRTY,      /* `new_owner` was told whether the page at `iova` of its `space` was written: `dirty` */
	CHECK_LOAD,       /* `new_owner` has loaded from `memory` what is not the newest */
	CHECK_MMIO,       /* `actor` reached registers of `device`, with T if `with_t` */
	CHECK_USED,       /* `actor` has read `memory` that the dropped write `request` was for, and was told nothing */
	CHECK_ANSWER, /* a page request of `device`, `pasid` that was sent for `old_owner` was handled by `new_owner` */
};

/* A handle of the DMA API. */
struct check_handle {
	uint64_t iova;
	uint32_t regime; /* eyes.regime of its device when it was made */
	uint16_t device;
	uint16_t owner; /* on whose behalf the driver made it */
};

struct check_event {
	enum check_event_kind kind;
	uint32_t step;
	const char *label; /* of the step, or "" */
	uint16_t actor;    /* who took the step; MACHINE_NONE: nobody, hardware */
	const struct request *request;
	const struct hit *hit;
	uint16_t memory, device, new_owner, old_owner;
	uint32_t pasid; /* CHECK_PASID, CHECK_ANSWER */
	uint64_t pa;    /* CHECK_WALK_WROTE, which has `pasid` too: of a word of 64 bits */
	const struct check_handle
		*handle;   /* CHECK_UNMAP; CHECK_REQUEST: where the address was got from; NULL: not so */
	model_space space; /* CHECK_DIRTY */
	uint64_t iova;     /* CHECK_DIRTY */
	bool dirty;        /* CHECK_DIRTY */
	/* CHECK_REQUEST that reads a scratch page: `old_owner` is whose device wrote what it reads */
	bool past_caches;   /* CHECK_REQUEST: it did not snoop CPU caches */
	bool stale;         /* CHECK_REQUEST: it read what is not the newest */
	bool elsewhere;     /* CHECK_LOAD: what was to be seen is in a page that was the owner's before it forked */
	bool with_t;        /* CHECK_MMIO */
	bool unscrubbed;    /* CHECK_RELEASED, CHECK_REUSE: it holds what a confidential guest left in it */
	bool held;          /* CHECK_REQUEST: the root complex took it in an earlier step */
	bool kernel_driver; /* CHECK_NEW_OWNER: a kernel driver will drive it, on behalf of new_owner */
};

struct finding {
	uint16_t invariant; /* number in the registry */
	uint32_t step;
	uint32_t times; /* that it was found in these words: of repeated requests */
	char text[FINDING_TEXT_BYTES];
};

struct findings {
	uint32_t count;
	uint32_t dropped;  /* beyond CHECK_MAX_FINDINGS */
	uint64_t violated; /* bit per invariant, of dropped findings too */
	struct finding list[CHECK_MAX_FINDINGS];
};

struct check;

struct invariant {
	const char *name;      /* "dma-confined" */
	uint8_t number;        /* of the catalogue */
	const char *summary;   /* one line */
	const char *statement; /* the formal one, in our words */
	bool state;            /* it has subjects that are broken or not after a step; it may judge other events too */
	void (*judge)(struct check *check, const struct check_event *event);
};

extern const struct invariant *const invariants[]; /* in the order of their numbers, NULL-terminated */
unsigned invariant_count(void);
int invariant_by_name(const char *name);

struct check *check_new(struct arena *arena, const struct machine *machine, const struct model *model,
			const struct check_eyes *eyes);
void check_free(struct check *check);
/* Judges the event under every invariant; appends what is newly wrong to `out`. */
void check_event(struct check *check, const struct check_event *event, struct findings *out);

/* --- for the invariants' own files --- */
const struct machine *check_machine(const struct check *check);
const struct model *check_model(const struct check *check);
const struct check_eyes *check_eyes(const struct check *check);
/* Reports at once (printf-like). */
void check_report(struct check *check, const struct check_event *event, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * State invariants, on CHECK_STEP: `broken` now for this subject (any number that the invariant gives it, e.g. a device
 * or a pair's index). True when it has just become so: then report. A subject that a step does not name is whole.
 */
bool check_turned(struct check *check, uint32_t subject, bool broken);
/* The subject was broken when the step before ended. */
bool check_was_broken(const struct check *check, uint32_t subject);
/* The index of an ordered pair of devices, as a subject. */
uint32_t check_pair(const struct check *check, uint16_t a, uint16_t b);
/* eyes.view, asked once an event. */
const struct check_view *check_view_now(struct check *check, uint16_t device);
const char *check_device_name(const struct check *check, uint16_t device);
const char *check_owner_name(const struct check *check, uint16_t owner); /* "nobody" for MODEL_NEUTRAL */

#endif
