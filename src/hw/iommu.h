/* SPDX-License-Identifier: MIT */
/*
 * What every IOMMU engine offers to the fabric, the runner and the tools. An engine is hardware: it reads structures
 * from simulated memory, is programmed through its register page and its queues, and answers requests.
 *
 * Consuming a queue entry and completing it are two events. An engine does nothing by itself: advance() lets it do
 * its next one. translate() under the functional clock is one indivisible event.
 */
#ifndef IOSIM_HW_IOMMU_H
#define IOSIM_HW_IOMMU_H

#include "base/arena.h"
#include "base/field.h"
#include "hw/effect.h"
#include "hw/free.h"
#include "hw/memory.h"
#include "hw/message.h"
#include "hw/request.h"
#include "hw/timed_memory.h"
#include "machine/machine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum translate_result {
	TRANSLATE_OK,        /* goes on to `pa` */
	TRANSLATE_FAULT,     /* blocked */
	TRANSLATE_INTERRUPT, /* an interrupt message: not a memory access; `interrupt` */
	TRANSLATE_STALLED,   /* it waits in the unit for an answer that names `stall_tag` (IHI 0070 3.12.2) */
};

enum { PERM_READ = 1, PERM_WRITE = 2, PERM_EXECUTE = 4 };

struct translation {
	enum translate_result result;
	uint8_t page_lg2;    /* size of the translation used; 0 where there is none (pass-through) */
	uint8_t level;       /* of the leaf: 1 is 4 KiB on VT-d; 0 none */
	uint8_t permissions; /* PERM_* of the whole translation */
	bool pass_through;
	bool untranslated_only; /* answer to a translation request: U, the device may not use `pa` */
	bool from_cache;        /* the leaf translation came from the IOTLB */
	bool recorded;          /* TRANSLATE_FAULT: a fault record was written */
	bool overflow;          /* TRANSLATE_FAULT: there was no room for the record */
	bool granule_fault;     /* SMMUv3: a granule protection check stopped it (IHI 0070 3.25) */
	bool realm;             /* SMMUv3: `pa` is in the Realm physical address space, not in the Non-secure one */
	bool lost;              /* a table lies where no memory is (the walk read an aborting address at `lost_pa`) */
	/* Of a translation request; the permissions may have PERM_EXECUTE here. PCIe 10.2.3, table 10-3. */
	uint8_t completion; /* enum ats_completion: of a translation request, also of one that faulted */
	bool global;        /* the translation is the same for every PASID */
	bool privileged;    /* of privileged mode alone */
	bool non_snooped;   /* N */
	uint16_t stall_tag; /* TRANSLATE_STALLED */
	uint16_t fault;     /* VT-d fault reason, SMMUv3 event number */
	uint16_t reads;     /* memory accesses of the walk */
	uint64_t pa;
	uint64_t lost_pa;
	union {
		uint64_t record[4];         /* TRANSLATE_FAULT: the fault record or event as written */
		struct interrupt interrupt; /* TRANSLATE_INTERRUPT */
	};
};

/* *out = (struct translation){0}, in pieces for which compilers have short code. */
static inline void translation_clear(struct translation *out)
{
	memset(out, 0, offsetof(struct translation, record));
	memset(&out->record, 0, sizeof(*out) - offsetof(struct translation, record));
}

/* One structure that a walk read, for `walk` and -v. */
struct walk_step {
	const char *structure; /* "root entry", "context entry", "SSPTE level 2" */
	const char *section;   /* of the specification */
	const struct field_row *fields;
	uint8_t field_count;
	uint8_t word_count; /* words read: 1 to 8 */
	bool guest;         /* of a guest's first stage: its address went through the second */
	uint64_t pa;
	uint64_t words[8];
};

typedef void (*walk_trace_fn)(void *context, const struct walk_step *step);

/* Which structures serve a requester right now, read from memory without touching caches or flags. */
struct iommu_view {
	enum { VIEW_OFF, VIEW_BLOCKED, VIEW_PASS_THROUGH, VIEW_TABLE } kind; /* OFF: translation is not enabled */
	uint32_t tag;                                                        /* domain tag (VT-d DID) */
	uint64_t root;  /* physical address of the page-table root, VIEW_TABLE; nested: of the second stage */
	uint16_t fault; /* VIEW_BLOCKED: the code that a request would meet */
};

typedef void (*view_leaf_fn)(void *context, uint64_t iova, uint64_t pa, unsigned page_lg2, unsigned permissions);

struct smmu_root;

struct iommu_config {
	uint16_t index; /* in the machine */
	uint64_t registers_pa;
	unsigned address_width; /* host address width, 39 to 52 */
	/*
	 * Identification; all 0: the engine's default for the machine's wishes. VT-d: CAP, ECAP. SMMUv3: the eight
	 * registers from IDR0 to AIDR, as they lie in the register page, two to a word.
	 */
	uint64_t id[4];
	bool compat_qemu;          /* answer as QEMU does where it deviates from the specification */
	uint64_t deviations;       /* deviations by themselves: the OR of what ops->deviation() returns */
	uint32_t quirks;           /* enum device_quirk: rules that the unit breaks */
	bool scalable;             /* VT-d: with scalable mode, where `id` leaves it open */
	bool ats;                  /* with address translation services, likewise */
	bool pri;                  /* with page requests, likewise; of VT-d in scalable mode alone */
	uint8_t pasid_bits;        /* of the PASIDs that it knows, likewise; 0: the engine's default */
	bool no_pasids;            /* takes no request with PASID (ECAP.PASID, IDR1.SSIDSIZE 0), likewise */
	bool interrupt_remapping;  /* VT-d: with interrupt remapping, likewise */
	bool interrupt_posting;    /* and with posted interrupts */
	bool no_snoop_control;     /* the unit cannot make DMA coherent (VT-d: ECAP.SC = 0), likewise */
	bool stall;                /* SMMUv3: faults may wait for an answer, likewise */
	bool msi;                  /* SMMUv3: the unit's own interrupts are messages, likewise */
	struct smmu_root *root;    /* SMMUv3: its Root Control Page, shared; NULL: it has none */
	bool realm;                /* SMMUv3: the Realm programming interface; it needs `root` */
	bool trusted;              /* VT-d: the half for requests with T; what it sends devices has T */
	uint8_t httu;              /* SMMUv3: flags that it sets itself, as IDR0.HTTU, likewise */
	bool no_cache;             /* look nothing up, keep nothing */
	bool no_translation_cache; /* the same of translations alone: what configures a walk is kept */
	uint8_t page_lg2_mask;     /* bit 0: 4 KiB, 1: 2 MiB, 2: 1 GiB */
	uint32_t iotlb_entries, context_entries; /* 0: default */
	uint32_t table_entries;                  /* of the paging-structure caches; 0: there are none */
};

struct iommu; /* begins each engine's own struct, see below */

/* Room for a request that is on its way through any kind of unit. No address in it is of the room itself. */
#define IOMMU_LOOKUP_WORDS 128
struct iommu_lookup {
	uint64_t words[IOMMU_LOOKUP_WORDS];
};

#define IOMMU_UNFORESEEN UINT32_MAX

struct iommu_ops {
	enum iommu_kind kind;
	const char *name;
	const char *specification; /* "Intel VT-d 5.10" */
	struct iommu *(*create)(struct arena *arena, struct memory *memory, const struct iommu_config *config);
	void (*destroy)(struct iommu *unit);
	/* width 4 or 8 bytes, naturally aligned, offset below the size of the register page; others are ignored (reads
	 * 0) */
	uint64_t (*read_register)(struct iommu *unit, uint32_t offset, unsigned width);
	void (*write_register)(struct iommu *unit, uint32_t offset, unsigned width, uint64_t value);
	/*
	 * A register's state set from outside (captures), no side effects. Identification registers are configuration:
	 * accepted and left as they are. False: there is no such register.
	 */
	bool (*load_register)(struct iommu *unit, uint32_t offset, unsigned width, uint64_t value);
	/* A request that crosses a 4 KiB page is refused as malformed (fault 0): who sends it splits it. */
	void (*translate)(struct iommu *unit, const struct request *request, struct translation *out);
	/*
	 * The same under the cycle clock: begin() starts a lookup in `room`, which is the caller's and may lie in the
	 * arena; resume() goes on with it. Both return what the lookup waits for, within `room`: resume() is to be
	 * called when memory_ask_answer() was. NULL: the lookup is over, and *out is filled in.
	 */
	struct memory_ask *(*begin)(struct iommu *unit, const struct request *request, struct iommu_lookup *room,
				    struct translation *out);
	struct memory_ask *(*resume)(struct iommu *unit, struct iommu_lookup *lookup, struct translation *out);
	/*
	 * begin() for who knows that nobody writes memory, registers or commands before the lookup is over, other
	 * walks included: it looks ahead, so that nothing has to be asked for. 0: what begin() says with NULL.
	 * IOMMU_UNFORESEEN: begin() is to be called, nothing has changed. Else the references that the walk makes, each
	 * of eight bytes of a page table, and *out is its answer; keep() is to be called when the time of the last
	 * reference has come, and lets the caches have what was found. Walks that end with a fault, set flags or read
	 * anything but page tables are not foreseen.
	 */
	uint32_t (*foresee)(struct iommu *unit, const struct request *request, struct iommu_lookup *room,
			    struct translation *out);
	void (*keep)(struct iommu *unit, const struct iommu_lookup *lookup);
	/*
	 * A request that has just been translated and has No Snoop set snoops all the same. It changes nothing. NULL:
	 * it never does.
	 */
	bool (*snoops)(struct iommu *unit, const struct request *request);
	/*
	 * translate() without caches, faults, flags; calls `trace` for each structure read. SMMUv3 says which event it
	 * would record (recorded, record).
	 */
	void (*explain)(struct iommu *unit, const struct request *request, walk_trace_fn trace, void *context,
			struct translation *out);
	/*
	 * Messages from devices; NULL: the kind has none. Nothing a device says can do more than the specification
	 * lets it: completions that nobody waits for complete nothing (VT-d 4.3 has them reported as ICE).
	 */
	/* Invalidate Completion of each tag in `itags` (bit n: ITag n). */
	void (*invalidate_completed)(struct iommu *unit, uint32_t stream, uint32_t itags);
	/*
	 * The time has passed in which devices had to complete what is outstanding (VT-d 6.5.2.11, IHI 0070 3.9.1.4):
	 * all of it is given up. False: nothing is outstanding.
	 */
	bool (*invalidate_timed_out)(struct iommu *unit);
	/* *response is filled in with PAGE_REQUEST_ANSWERED alone. */
	enum page_request_fate (*page_request)(struct iommu *unit, const struct page_request *request,
					       struct page_response *response);
	/* Does the next event (consume or complete one command ...). False: nothing to do. */
	bool (*advance)(struct iommu *unit);
	/*
	 * The choices that hardware has (hw/free.h). cached(): whether the request would look at an entry of that kind
	 * now; *current: memory says the same as the entry. evict() takes out the one that there is, looked at or not.
	 * fetch() keeps what a read of the request's address would find; false: there is nothing to be kept, or it is
	 * there.
	 * turns(): what the unit could do next, at most `most`; take_turn() does one of them, which must be among them.
	 */
	bool (*cached)(struct iommu *unit, const struct request *request, enum cache_layer what, bool *current);
	bool (*evict)(struct iommu *unit, const struct request *request, enum cache_layer what);
	bool (*fetch)(struct iommu *unit, const struct request *request);
	uint32_t (*turns)(struct iommu *unit, struct unit_turn *out, uint32_t most);
	void (*take_turn)(struct iommu *unit, uint32_t place);
	/*
	 * Work that is done leaves no trace that depends on how much there was, and no fault was ever recorded: for
	 * whoever compares states. With the driver's own forget_done(), and nothing is submitted afterwards.
	 */
	void (*forget_done)(struct iommu *unit);
	void (*view)(struct iommu *unit, uint32_t stream, uint32_t pasid, struct iommu_view *out);
	/*
	 * Every leaf of the table that serves the requester, in IOVA order, at most `limit`; how many there were. More
	 * than `limit`, or a table too large to look through: limit + 1.
	 */
	uint64_t (*view_leaves)(struct iommu *unit, uint32_t stream, uint32_t pasid, view_leaf_fn leaf, void *context,
				uint64_t limit);
	const char *(*fault_name)(uint16_t code); /* "SSPTE not present"-like short name; NULL: no such code */
	const char *(*fault_section)(uint16_t code);
	/* The bit of iommu_config.deviations for a deviation by its name; 0: there is none. NULL: the kind has none. */
	uint64_t (*deviation)(const char *name);
};

struct iommu {
	const struct iommu_ops *ops;
	uint16_t index;
	struct effect_hook *hook; /* NULL: nobody looks */
	/* NULL: nobody there: invalidations of device TLBs complete at once, responses and interrupts go nowhere. */
	const struct iommu_outlet *outlet;
};

extern const struct iommu_ops vtd_ops;
extern const struct iommu_ops smmuv3_ops;

/* begin() to the end, with memory that answers each access after as many cycles; *cycles gets their sum. */
void iommu_translate_cycles(struct iommu *unit, struct memory *memory, const struct request *request,
			    uint32_t memory_cycles, struct translation *out, uint64_t *cycles);

/* The engine of that kind; NULL for IOMMU_NONE and for kinds that are not built. */
const struct iommu_ops *iommu_ops_of(enum iommu_kind kind);

#endif
