/* SPDX-License-Identifier: MIT */
/*
 * A VT-d unit: legacy and scalable mode of specification revision 5.10 (register-based and queued invalidation, first-
 * and second-stage and nested translation, primary fault logging). What a running unit may change is struct vtd_state,
 * the fault recording registers and the caches, all in the arena; the rest of struct vtd is configuration.
 *
 * The unit does nothing by itself. Writing a register or a request is one indivisible step; what takes hardware time
 * (a global command, an invalidation, the queue) is left pending and done one event at a time by advance(), in this
 * order: the global command, register-based invalidations, then the queue, which is read as far as it may before the
 * oldest consumed descriptor is completed that waits for nothing.
 */
#ifndef IOSIM_HW_VTD_ENGINE_H
#define IOSIM_HW_VTD_ENGINE_H

#include "hw/iommu.h"
#include "hw/vtd/cache.h"
#include "hw/vtd/interrupt_cache.h"
#include "hw/vtd/rules.h"

/* A register's place in vtd_state.registers. */
#define VTD_REGISTER_INDEX(name, offset, width, section) VTD_R_##name,
enum vtd_register_index { VTD_REGISTERS(VTD_REGISTER_INDEX) VTD_R_IVA, VTD_R_IOTLB, VTD_REGISTER_COUNT };

#define VTD_PENDING_MAX          32
#define VTD_DESCRIPTOR_MAX_WORDS 4

enum vtd_mode { /* what RTADDR.TTM means since the last SRTP, and TES */
		VTD_MODE_OFF,
		VTD_MODE_LEGACY,
		VTD_MODE_SCALABLE,
		VTD_MODE_ABORT,
		VTD_MODE_INVALID,
};

struct vtd_state {
	uint64_t registers[VTD_REGISTER_COUNT];
	uint64_t root;            /* RTADDR as the last SRTP took it */
	uint64_t interrupt_table; /* IRTA as the last SIRTP took it */
	uint32_t mode;            /* enum vtd_mode: follows from root and GSTS */
	uint32_t command;         /* GCMD as written, while command_pending */
	uint8_t command_pending;
	uint8_t scalable;   /* RTADDR.TTM of `root` says so: follows from root */
	uint8_t error_seen; /* with that deviation: IQT was not written since the last IQE */
	uint8_t zero;
	uint16_t fault_index; /* the fault recording register to be used next (7.2.1) */
	uint16_t zero_16;
	uint32_t pending_count;
	uint32_t zero_32;
	uint64_t pending[VTD_PENDING_MAX][VTD_DESCRIPTOR_MAX_WORDS]; /* consumed descriptors, oldest first */
	uint8_t sent[VTD_PENDING_MAX]; /* of each: 1 + ITag of the message that its device has not completed */
};

struct vtd_messages { /* event interrupts sent, invalidations done so far; not hashed */
	uint64_t fault_events;
	uint64_t completion_events;
	uint64_t page_events;
	uint64_t invalidations;
};

struct vtd_register {
	uint16_t offset;
	uint8_t bytes;
	uint8_t index;     /* enum vtd_register_index */
	uint64_t writable; /* bits that software sets */
	uint64_t clears;   /* bits that software clears by writing 1 */
	uint64_t hidden;   /* bits that read as 0 */
};

struct vtd {
	struct iommu iommu;
	struct memory *memory;
	struct vtd_rules rules;
	struct vtd_caches caches;
	struct vtd_interrupt_cache interrupts;
	struct vtd_state *state;
	uint64_t (*records)[2]; /* fault recording registers, record_count of them */
	uint32_t record_count;
	uint32_t record_offset;
	struct vtd_messages *messages;
	struct vtd_register map[VTD_REGISTER_COUNT]; /* in the order of the offsets but for IVA and IOTLB */
	unsigned address_width;
	bool trusted;             /* iommu_config */
	uint64_t deviations;      /* asked for */
	struct vtd_start *starts; /* 2^VTD_STARTS_LG2 of them; no state, see quick.h */
	bool walks_alone;         /* no IOTLB, paging-structure caches or deviations: a request is a walk */
	uint64_t cap_asked, ecap_asked;
};

static inline struct vtd *vtd_of(struct iommu *iommu)
{
	return (struct vtd *)iommu;
}

static inline uint64_t vtd_register_value(const struct vtd *unit, enum vtd_register_index index)
{
	return unit->state->registers[index];
}

/* registers.c */
void vtd_registers_init(struct vtd *unit);
uint64_t vtd_read_register(struct iommu *iommu, uint32_t offset, unsigned width);
void vtd_write_register(struct iommu *iommu, uint32_t offset, unsigned width, uint64_t value);
bool vtd_load_register(struct iommu *iommu, uint32_t offset, unsigned width, uint64_t value);
/* CAP, ECAP and what follows from them: masks and the register map. */
void vtd_derive(struct vtd *unit, uint64_t cap, uint64_t ecap);

/* Whether requests are handled by scalable-mode structures, should translation be on. */
static inline bool vtd_is_scalable(const struct vtd *unit)
{
	return unit->state->scalable;
}

/* command.c: the global command, and the modes that it leads to */
void vtd_command_written(struct vtd *unit, uint32_t value);
void vtd_command_finish(struct vtd *unit);
void vtd_mode_derive(struct vtd *unit);

/* invalidate.c */
struct vtd_invalidation {
	enum effect_what what;
	unsigned granularity; /* enum vtd_granularity; what was asked for */
	uint16_t domain;
	uint16_t source, source_ignore;
	bool hint;     /* IOTLB, IH: only leaves changed, pointers to tables may stay cached */
	bool by_pasid; /* IOTLB: of first-stage and nested translations of `pasid` (6.5.2.4); PASID cache: of `pasid` */
	uint32_t pasid;
	uint64_t address;      /* page-selective: of the first page; interrupt entries: the first index */
	unsigned address_mask; /* of the page number or the index */
};
/* The bits of a source-id that a function mask takes out (table 21, 11.4.6.1). */
uint16_t vtd_ignored_functions(unsigned function_mask);
/* Does it and reports it with `words` (NULL: not from the queue). Returns the granularity at which it was done. */
unsigned vtd_invalidate(struct vtd *unit, const struct vtd_invalidation *asked, const uint64_t *words);
/* Whether the unit has such an invalidation at all (page-selective: CAP.PSI, CAP.MAMV). */
bool vtd_invalidation_is_valid(const struct vtd *unit, const struct vtd_invalidation *asked);
void vtd_invalidate_all(struct vtd *unit);
void vtd_report_complete(struct vtd *unit, const struct invalidation_scope *scope, const uint64_t *words);
/* CCMD.ICC, IOTLB.IVT. False: nothing pending. */
bool vtd_register_invalidation(struct vtd *unit);

/* queue.c */
bool vtd_queue_may_consume(const struct vtd *unit);
/* Takes the descriptor at the head, or finds an error (IQE). */
void vtd_queue_consume(struct vtd *unit);
/* 6.5.2.12: whether the consumed descriptor `place` (0: the oldest) may be completed before those ahead of it. */
bool vtd_queue_may_complete(const struct vtd *unit, uint32_t place);
void vtd_queue_complete(struct vtd *unit, uint32_t place);
/* Completes the oldest that may be, or sends it to its device. False: there is none. */
bool vtd_queue_proceed(struct vtd *unit);
/* The same of the consumed descriptor `place`, and whether that may be. */
bool vtd_queue_may_proceed(const struct vtd *unit, uint32_t place);
void vtd_queue_proceed_with(struct vtd *unit, uint32_t place);
/* Takes it out of the consumed ones. */
void vtd_queue_forget(struct vtd *unit, uint32_t place);
void vtd_queue_disable(struct vtd *unit);
unsigned vtd_descriptor_type(const uint64_t *words);

/* device_tlb.c: descriptors that are messages to devices (4.3, 7.8) */
bool vtd_is_for_device(unsigned type);
/* Whether `place` may be sent now, as far as the messages before it and throttling go. */
bool vtd_device_may_send(const struct vtd *unit, uint32_t place);
/* Sends a device-TLB invalidation, which is complete when the device says so. */
void vtd_device_send(struct vtd *unit, uint32_t place);
/* A device-TLB invalidation took effect; a page group response goes out. */
void vtd_device_tlb_complete(struct vtd *unit, const uint64_t *words);
void vtd_device_respond(struct vtd *unit, const uint64_t *words);
void vtd_invalidate_completed(struct iommu *iommu, uint32_t stream, uint32_t itags);
bool vtd_invalidate_timed_out(struct iommu *iommu);

/* page_request.c: 7.4 */
enum page_request_fate vtd_page_request(struct iommu *iommu, const struct page_request *request,
					struct page_response *response);

/* fault.c */
struct vtd_blocked { /* a request that met a fault */
	uint64_t address;
	uint32_t pasid; /* PASID_NONE */
	uint16_t source;
	uint8_t op, at; /* enum request_op, enum request_at */
	bool page_request;
	uint8_t fault;
	bool execute, privileged;
	bool silent;              /* a FPD that was met */
	uint16_t interrupt_index; /* of interrupt requests: FI (11.4.7.6) */
};
/* Fills in the fault, record, recorded and overflow of `out`. */
void vtd_fault(struct vtd *unit, const struct vtd_blocked *blocked, struct translation *out);
/* The number that a record of this unit would have. */
uint16_t vtd_fault_reported(const struct vtd_rules *rules, unsigned fault);
/* Sets bits of FSTS and, if none was set before, raises a fault event (7.3). */
void vtd_fault_status_set(struct vtd *unit, uint64_t bits);
/* After software cleared something: PPF is the OR of all F; without any status the pending event is gone. */
void vtd_fault_status_settle(struct vtd *unit);
const char *vtd_fault_name(uint16_t code);
const char *vtd_fault_section(uint16_t code);

/* event.c */
enum vtd_event { VTD_EVENT_FAULT, VTD_EVENT_COMPLETION, VTD_EVENT_PAGE_REQUEST, VTD_EVENT_COUNT };
/* A new condition, none having been reported that software did not service: sent, or pending while it is masked. */
void vtd_event_raise(struct vtd *unit, enum vtd_event event);
/* Software serviced what was reported: what is pending is gone. */
void vtd_event_serviced(struct vtd *unit, enum vtd_event event);
/* After a write to ICS, PRS or an event's control register. */
void vtd_events_settle(struct vtd *unit);
/* A wait descriptor with IF is complete (6.5.2.10). */
void vtd_completion_event(struct vtd *unit);
/* Sets bits of PRS and, if none was set before, raises a page request event (7.5). */
void vtd_page_event(struct vtd *unit, uint64_t bits);

/* interrupt.c: see interrupt.h */
/* A message in compatibility format, with x2apic as 5.1.6.2 has it; to another range than FEEh it has no vector. */
void vtd_interrupt_decode(uint64_t address, uint32_t data, bool x2apic, struct interrupt *out);

/* Whether interrupts have 32-bit destinations: IRTA.EIME. */
static inline bool vtd_is_x2apic(const struct vtd *unit)
{
	return VTD_IRTA_EIME(&unit->state->interrupt_table);
}

/* translate.c */
void vtd_translate(struct iommu *iommu, const struct request *request, struct translation *out);
struct memory_ask *vtd_begin(struct iommu *iommu, const struct request *request, struct iommu_lookup *room,
			     struct translation *out);
struct memory_ask *vtd_resume(struct iommu *iommu, struct iommu_lookup *room, struct translation *out);
uint32_t vtd_foresee(struct iommu *iommu, const struct request *request, struct iommu_lookup *room,
		     struct translation *out);
void vtd_keep_foreseen(struct iommu *iommu, const struct iommu_lookup *room);

/* Walks for a read that nobody sent, and keeps what is found; false: nothing was to be found, or it is there. */
bool vtd_fetch_ahead(struct vtd *unit, const struct request *request);

/* free.c: see struct iommu_ops */
bool vtd_cached(struct iommu *iommu, const struct request *request, enum cache_layer what, bool *current);
bool vtd_evict(struct iommu *iommu, const struct request *request, enum cache_layer what);
bool vtd_fetch(struct iommu *iommu, const struct request *request);
uint32_t vtd_turns(struct iommu *iommu, struct unit_turn *out, uint32_t most);
void vtd_take_turn(struct iommu *iommu, uint32_t place);
void vtd_forget_done(struct iommu *iommu);

/* explain.c */
bool vtd_snoops(struct iommu *iommu, const struct request *request);
void vtd_explain(struct iommu *iommu, const struct request *request, walk_trace_fn trace, void *context,
		 struct translation *out);

/* view.c */
void vtd_view(struct iommu *iommu, uint32_t stream, uint32_t pasid, struct iommu_view *out);
uint64_t vtd_view_leaves(struct iommu *iommu, uint32_t stream, uint32_t pasid, view_leaf_fn leaf, void *context,
			 uint64_t limit);

#endif
