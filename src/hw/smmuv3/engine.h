/* SPDX-License-Identifier: MIT */
/*
 * An SMMU for Non-secure streams of IHI 0070 G.b: registers of pages 0 and 1, both stages of VMSAv8-64 translation,
 * ATS, the command queue, the event queue, the PRI queue, stalled transactions, global errors and interrupts. What a
 * running unit may change is struct smmu_state and the caches, all in the arena; the rest of struct smmu is
 * configuration.
 *
 * The unit does nothing by itself. Writing a register or a request is one indivisible step; what takes hardware time
 * (an Update of CR0, IRQ_CTRL or GBPA, a command) is left pending and done one event at a time by advance(), in this
 * order: updates, then the command queue, which is read as far as it may before the oldest consumed command is
 * completed. A CMD_SYNC is consumed when everything ahead of it is complete (4.8), and no device owes the completion
 * of an invalidation. Last, stalled transactions that the event queue had no room for are sent back.
 */
#ifndef IOSIM_HW_SMMUV3_ENGINE_H
#define IOSIM_HW_SMMUV3_ENGINE_H

#include "hw/iommu.h"
#include "hw/smmuv3/cache.h"
#include "hw/smmuv3/memo.h"
#include "hw/smmuv3/root.h"

/* A register's place in smmu_state.registers. */
#define SMMU_REGISTER_INDEX(name, offset, width, section) SMMU_R_##name,
enum smmu_register_index { SMMU_REGISTERS(SMMU_REGISTER_INDEX) SMMU_REGISTER_COUNT };

#define SMMU_PENDING_MAX 32
#define SMMU_MEMOS       8
#define SMMU_ATC_MAX     64 /* invalidations that devices may owe the completion of */
#define SMMU_STALLS_MAX  32

/* An invalidation that a device was sent; not `owed`: free. */
struct smmu_atc {
	uint64_t command[2];
	uint32_t stream;
	uint8_t itag;
	bool owed;
	uint16_t padding;
};

/* A transaction that waits for CMD_RESUME; its place is its STAG. */
struct smmu_stall {
	uint32_t stream;
	uint8_t state; /* enum smmu_stall_state */
	uint8_t padding[3];
};
enum smmu_stall_state {
	SMMU_STALL_FREE,
	SMMU_STALL_RECORDED,
	SMMU_STALL_UNRECORDED, /* the event queue was not writable: retried when it is (3.12.2) */
};

struct smmu_state {
	uint64_t registers[SMMU_REGISTER_COUNT];
	uint64_t gbpa;        /* as its last completed update has it */
	uint64_t stream_base; /* these follow from STRTAB_BASE and STRTAB_BASE_CFG */
	uint8_t stream_lg2;   /* StreamIDs below 2^stream_lg2 are in range */
	uint8_t stream_split; /* 0: a linear table */
	uint8_t had_2level;   /* SMMU_DEVIATION_STRTAB_FMT_STICKY */
	uint8_t atc_failed;   /* some device was given up: the next CMD_SYNC says so (7.1) */
	uint32_t pending_count;
	uint64_t pending[SMMU_PENDING_MAX][2]; /* consumed commands, oldest first */
	struct smmu_atc atc[SMMU_ATC_MAX];
	struct smmu_stall stalls[SMMU_STALLS_MAX];
};

struct smmu_signals { /* interrupts and wake-ups sent, commands completed so far; not hashed */
	uint64_t event_queue, pri_queue, global_errors, syncs, wakes, commands;
};

struct smmu {
	struct iommu iommu;
	struct memory *memory;
	struct smmu_rules rules;
	struct smmu_caches caches;
	struct smmu_state *state;
	struct smmu_signals *signals;
	struct smmu_memo *memos;   /* SMMU_MEMOS of them, by StreamID; no state, see there */
	struct smmu_start *starts; /* 2^SMMU_STARTS_LG2 of them; no state, see quick.h */
	struct smmu_root *root;    /* NULL: no access is checked */
	enum pa_space space;       /* of the structures that software tells the unit of, and of what it lets pass */
	struct smmu_ids ids;
	bool passes_no_snoop;                      /* the system lets No Snoop take effect (13.6) */
	uint32_t writable[SMMU_REGISTER_COUNT][2]; /* bits of each half that software sets */
};

static inline struct smmu *smmu_of(struct iommu *iommu)
{
	return (struct smmu *)iommu;
}

/* 3.25: accesses are subject to checks, or terminated without (6.3.112, ACCESSEN). */
static inline bool smmu_is_checked(const struct smmu *unit)
{
	return unit->root && smmu_root_checks(unit->root);
}

/* Bits of CR0ACK: what is in effect. */
static inline bool smmu_is_enabled(const struct smmu *unit)
{
	return SMMU_CR0_SMMUEN(&unit->state->registers[SMMU_R_CR0ACK]);
}

/* registers.c */
void smmu_registers_init(struct smmu *unit);
uint64_t smmu_read_register(struct iommu *iommu, uint32_t offset, unsigned width);
void smmu_write_register(struct iommu *iommu, uint32_t offset, unsigned width, uint64_t value);
bool smmu_load_register(struct iommu *iommu, uint32_t offset, unsigned width, uint64_t value);
/* Finishes an update of CR0, IRQ_CTRL or GBPA. False: none is pending. */
bool smmu_finish_update(struct smmu *unit);
bool smmu_update_is_pending(const struct smmu *unit);

/* queue.c: indexes of both queues (3.5), commands consumed and completed */
static inline uint32_t smmu_index_mask(unsigned lg2)
{
	return (UINT32_C(2) << lg2) - 1;
}
/* Entries of the queue, as log2; its address. `most`: IDR1. */
unsigned smmu_queue_lg2(uint64_t base, unsigned most);
uint64_t smmu_queue_slot(const struct smmu *unit, uint64_t base, unsigned lg2, uint64_t index, unsigned entry_bytes);
bool smmu_queue_may_consume(const struct smmu *unit);
/* Takes the command at the head, or finds an error. */
void smmu_queue_consume(struct smmu *unit);
/* Whether consumed command `place` can take effect now. */
bool smmu_queue_may_complete(const struct smmu *unit, uint32_t place);
/* The oldest consumed command that can take effect; pending_count: none can. */
uint32_t smmu_queue_next(const struct smmu *unit);
/* Consumed command `place` (0: the oldest) takes effect; any order is permitted among them (4.8). */
void smmu_queue_complete(struct smmu *unit, uint32_t place);

/* command.c: what a command means */
/* SMMU_CERROR_NONE or SMMU_CERROR_ILL. */
unsigned smmu_command_error(const struct smmu *unit, const uint64_t *words);
/* Does it and reports it; of CMD_ATC_INV the completion is reported when the device's arrives. */
void smmu_command_complete(struct smmu *unit, const uint64_t *words);
void smmu_report_complete(struct smmu *unit, const struct invalidation_scope *scope, const uint64_t *words);

/* atc.c: invalidations of device TLBs (3.9.1, 4.5.1) */
/* Whether the device has an ITag left for it. */
bool smmu_atc_may_send(const struct smmu *unit, const uint64_t *words);
void smmu_atc_send(struct smmu *unit, const uint64_t *words);
bool smmu_atc_is_owed(const struct smmu *unit); /* by any device */
void smmu_atc_completed(struct iommu *iommu, uint32_t stream, uint32_t itags);
bool smmu_atc_timed_out(struct iommu *iommu);

/* pri.c: page requests (chapter 8) */
enum page_request_fate smmu_page_request(struct iommu *iommu, const struct page_request *request,
					 struct page_response *response);
/* CMD_PRI_RESP (4.5.2) */
void smmu_pri_respond(struct smmu *unit, const uint64_t *words);

/* free.c: see struct iommu_ops */
bool smmu_cached(struct iommu *iommu, const struct request *request, enum cache_layer what, bool *current);
bool smmu_evict(struct iommu *iommu, const struct request *request, enum cache_layer what);
bool smmu_fetch(struct iommu *iommu, const struct request *request);
uint32_t smmu_turns(struct iommu *iommu, struct unit_turn *out, uint32_t most);
void smmu_take_turn(struct iommu *iommu, uint32_t place);
void smmu_forget_done(struct iommu *iommu);

/* gpc.c: granule protection checks (3.25) */
/* An access of the SMMU itself that belongs to no transaction. False: it ends with an abort, which is reported. */
bool smmu_may_access(struct smmu *unit, uint64_t pa, enum smmu_root_code code);
/* The output address of a transaction, of no translation request; `quiet`: nothing is reported. */
void smmu_check_output(struct smmu *unit, const struct request *request, bool quiet, struct translation *out);
/* The same of the physical address that a translation request found. */
void smmu_check_answer(struct smmu *unit, bool quiet, struct translation *out);

/* realm.c: out of reset, after smmu_registers_init() */
void smmu_realm_registers(struct smmu *unit);

/* stall.c: transactions that wait (3.12.2, 4.7.1, 4.7.2) */
/* A tag for the transaction; -1: no more can wait. */
int smmu_stall_take(struct smmu *unit, uint32_t stream, bool recorded);
void smmu_stall_command(struct smmu *unit, const uint64_t *words); /* CMD_RESUME, CMD_STALL_TERM */
/* Sends one that has no record back, now that it could have one. False: there is none, or it could not. */
bool smmu_stall_retry(struct smmu *unit);
/* All end with an abort (6.3.9.6). */
void smmu_stalls_end(struct smmu *unit);

/* event.c: events, global errors, interrupts */
struct smmu_blocked { /* a transaction that met an event */
	uint64_t input, ipa, fetch_pa;
	uint32_t stream, substream;
	uint8_t event; /* enum smmu_event */
	uint8_t class; /* enum smmu_event_class */
	bool has_substream, write, privileged, instruction;
	bool second; /* S2 */
	bool sets;   /* it was to set flags of a descriptor */
	bool stalls; /* 5.5: CD.S or STE.S2S is set, the event is one that they govern, and the master can wait */
	bool granule_fault; /* GPCF */
	bool silent;        /* CD.R or STE.S2R is clear, and the event is one that they govern */
};
/* Fills in the result, fault, record, recorded, overflow and stall_tag of `out`. */
void smmu_block(struct smmu *unit, const struct smmu_blocked *blocked, struct translation *out);
/* The same of a transaction that ends; `records`: there is to be a record, given room. */
void smmu_terminate(struct smmu *unit, const struct smmu_blocked *blocked, bool records, struct translation *out);
/* 7.2.1: a record could be written now. */
bool smmu_events_are_writable(const struct smmu *unit);
/* Whether there is to be a record of it at all (CD.R, STE.S2R, CR2.RECINVSID), given room. */
bool smmu_is_recorded(const struct smmu *unit, const struct smmu_blocked *blocked);
/* The record that `blocked` would have. */
void smmu_fill_record(const struct smmu *unit, const struct smmu_blocked *blocked, uint64_t *record);
/* Activates bits of GERROR that are not active (7.5). */
void smmu_global_error(struct smmu *unit, uint64_t bits);
static inline uint64_t smmu_active_errors(const struct smmu *unit)
{
	return unit->state->registers[SMMU_R_GERROR] ^ unit->state->registers[SMMU_R_GERRORN];
}
/* Pulses an interrupt: counts it in *sent, and sends the message that `config` (IRQ_CFG0, and CFG1 after it) says. */
void smmu_interrupt(struct smmu *unit, enum smmu_register_index config, uint64_t *sent, uint64_t error);
/*
 * A 32-bit write to where a message goes: memory, or else the system's interrupt controller. `error`: the bit of GERROR
 * for one that aborts, which is seen only where nobody takes messages.
 */
void smmu_send_message(struct smmu *unit, uint64_t address, uint32_t data, uint64_t error);
const char *smmu_event_name(uint16_t code);
const char *smmu_event_section(uint16_t code);

/* quick.c, cycles.c */
void smmu_translate(struct iommu *iommu, const struct request *request, struct translation *out);
struct memory_ask *smmu_begin(struct iommu *iommu, const struct request *request, struct iommu_lookup *room,
			      struct translation *out);
struct memory_ask *smmu_resume(struct iommu *iommu, struct iommu_lookup *room, struct translation *out);
uint32_t smmu_foresee(struct iommu *iommu, const struct request *request, struct iommu_lookup *room,
		      struct translation *out);
void smmu_keep_foreseen(struct iommu *iommu, const struct iommu_lookup *room);
struct memory_ask *smmu_begin_checked(struct iommu *iommu, const struct request *request, struct iommu_lookup *room,
				      struct translation *out);
struct memory_ask *smmu_resume_checked(struct iommu *iommu, struct iommu_lookup *room, struct translation *out);

/* explain.c, view.c */
bool smmu_snoops(struct iommu *iommu, const struct request *request);
void smmu_explain(struct iommu *iommu, const struct request *request, walk_trace_fn trace, void *context,
		  struct translation *out);
void smmu_view(struct iommu *iommu, uint32_t stream, uint32_t pasid, struct iommu_view *out);
uint64_t smmu_view_leaves(struct iommu *iommu, uint32_t stream, uint32_t pasid, view_leaf_fn leaf, void *context,
			  uint64_t limit);

#endif
