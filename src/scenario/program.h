/* SPDX-License-Identifier: MIT */
/*
 * A checked scenario: what the loader makes of one YAML file. Plain tables, read-only after loading, ordinary heap.
 * A scenario is compiled once per case: each case has its own machine and its own steps (those whose `only` names
 * another case are left out), so that every name is already an index into that machine.
 *
 * The loader knows operations and the types of their keys, and nothing of what they do. Policies, knobs and invariants
 * reach it as name tables (struct scenario_tables).
 */
#ifndef IOSIM_SCENARIO_PROGRAM_H
#define IOSIM_SCENARIO_PROGRAM_H

#include "machine/machine.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define SCENARIO_MAX_FILE_BYTES (1u << 20)
#define SCENARIO_MAX_DEPTH      16
#define SCENARIO_MAX_STEPS      256
#define SCENARIO_MAX_CASES      16
#define SCENARIO_MAX_ROWS       64
#define SCENARIO_MAX_ITEMS      32
#define SCENARIO_MAX_NAMES      512
#define SCENARIO_MAX_TIMES      65536
#define SCENARIO_MAX_BLOCKS     8
#define SCENARIO_MAX_THREADS    4
#define SCENARIO_MAX_ORDERS     10000 /* interleavings of one run */
#define PIN_BYTES               4096u /* of what `pin` makes: one page */

struct place {
	uint32_t line, column; /* from 1; 0: none */
};

enum operation {
	OP_TAKE,
	OP_RELEASE,
	OP_DRIVER_BIND,
	OP_DRIVER_UNBIND,
	OP_RESET,
	OP_COMMAND,
	OP_FORK,
	OP_EXIT,
	OP_HOTPLUG,
	OP_UNPLUG,
	OP_SWAP,
	OP_SPACE,
	OP_ATTACH,
	OP_DETACH,
	OP_REPLACE,
	OP_MAP,
	OP_UNMAP,
	OP_DMA_MAP,
	OP_DMA_UNMAP,
	OP_DMA_SYNC,
	OP_PIN,
	OP_UNPIN,
	OP_DESTROY,
	OP_PASID_ENABLE,
	OP_SVA_BIND,
	OP_SVA_UNBIND,
	OP_MUNMAP,
	OP_DOMAIN_TYPE,
	OP_VPASID_MAP,
	OP_VPASID_UNMAP,
	OP_ENQCMD,
	OP_NEST,
	OP_GUEST_MAP,
	OP_GUEST_UNMAP,
	OP_VDEVICE,
	OP_PASID_TABLE,
	OP_GUEST_PASID,
	OP_INVALIDATE,
	OP_DMA,
	OP_ATS,
	OP_RESUME,
	OP_PAGE_RESPONSE,
	OP_QUIESCE,
	OP_RUN,
	OP_ENABLE_TRANSLATION,
	OP_KEXEC,
	OP_MMAP,
	OP_MMIO,
	OP_REUSE,
	OP_LOCK,
	OP_ATTEST,
	OP_VALIDATE,
	OP_ACCEPT,
	OP_UNLOCK,
	OP_TDI_BIND,
	OP_TDI_UNBIND,
	OP_START,
	OP_STOP,
	OP_IDE_FAIL,
	OP_STAGE2_MAP,
	OP_STAGE2_UNMAP,
	OP_RELEASE_MEMORY,
	OP_CONVERT,
	OP_CHECK,
	OP_DIRTY_START,
	OP_DIRTY_READ,
	OP_LOAD,
	OP_STORE,
	OP_CACHE_FLUSH,
	OP_KVM_ADD,
	OP_IOMMUFD_COPY, /* raw call iommufd.ioas-copy */
	OP_IOMMUFD_ALLOW,
	OP_IOMMUFD_RANGES,
	OP_IOMMUFD_MAP_FILE,
	OP_IOMMUFD_HWPT_ALLOC,
	OP_IOMMUFD_FAULT_QUEUE,
	OP_IOMMUFD_FAULT_READ,
	OP_IOMMUFD_FAULT_RESPOND,
	OP_IOMMUFD_VIOMMU_ALLOC,
	OP_IOMMUFD_VDEVICE_ALLOC,
	OP_IOMMUFD_VEVENTQ_ALLOC,
	OP_IOMMUFD_VEVENTQ_READ,
	OP_IOMMUFD_INVALIDATE,
	OP_IOMMUFD_DIRTY_BITMAP,
	OP_IOMMUFD_HW_QUEUE,
	OP_IOMMUFD_IOCTL,
	OP_IOMMUFD_DESTROY,
	OP_IOMMUFD_OPTION,
	OP_IOMMUFD_HW_INFO,
	OP_IOMMUFD_CHANGE_PROCESS,
	OP_IOMMUFD_VFIO_IOAS,
	OP_IOMMUFD_VFIO_SET_IOMMU,
	OP_IOMMUFD_VFIO_MAP,
	OP_IOMMUFD_VFIO_UNMAP,
	OPERATIONS
};

enum address_base {
	ADDRESS_NUMBER, /* `number` alone (a let name is already its number) */
	ADDRESS_RESULT, /* result slot: a handle; of a translated request also the answer that an `ats` step got */
	ADDRESS_HPA,
	ADDRESS_GPA,
	ADDRESS_VA,       /* of memory `index` */
	ADDRESS_BUS,      /* of BAR `index` */
	ADDRESS_RESERVED, /* first byte of reserved range `index` */
	ADDRESS_MSI,      /* where device `index` writes to raise its vector `vector` */
};

struct address {
	enum address_base base;
	uint32_t index;  /* memory, BAR, reserved range, device or result slot */
	uint32_t vector; /* ADDRESS_MSI */
	uint64_t number; /* the number, or the offset to add */
};

#define SCENARIO_MAX_ENTRIES 8
struct address_list {
	struct address list[SCENARIO_MAX_ENTRIES];
	uint32_t count;
};

enum access { ACCESS_READ = 1, ACCESS_WRITE = 2, ACCESS_READ_WRITE = 3 };
enum run_what { RUN_QUEUES, RUN_PAGE_REQUESTS, RUN_DEFERRED_FLUSH, RUN_ALL };
enum dma_type { DMA_TYPE_STRICT, DMA_TYPE_LAZY, DMA_TYPE_IDENTITY };
enum sync_for { SYNC_FOR_CPU, SYNC_FOR_DEVICE };
enum reset_phase { RESET_WHOLE, RESET_START, RESET_DONE };
enum hold { HOLD_NOT, HOLD_TRANSLATED }; /* between translation and access */
enum invalidate_what { INVALIDATE_ALL, INVALIDATE_RANGE, INVALIDATE_PASID, INVALIDATE_DEVTLB, INVALIDATE_CONFIG };
enum option { OPTION_RLIMIT_MODE, OPTION_HUGE_PAGES };
enum response_code { RESPONSE_SUCCESS, RESPONSE_INVALID, RESPONSE_FAILURE };

/* A PASID in a step: not there, a number below 2^20, or what the step with that result slot bound. */
enum pasid_base { PASID_ABSENT, PASID_NUMBER, PASID_RESULT };
struct pasid_operand {
	enum pasid_base base;
	uint32_t value; /* the number, or the result slot */
};

/* TARGET_RESERVED: a firmware range (machine_reserved of kind rmrr or relaxable; no machine_memory row stands for it)
 */
enum target_kind { TARGET_NONE, TARGET_MEMORY, TARGET_BAR, TARGET_RESERVED, TARGET_RESULT, TARGET_ADDRESS };

/*
 * What memory-like things a step names: a memory object, a BAR, or a result slot that holds memory. TARGET_ADDRESS:
 * none, but an address of another space, which is elsewhere (operands.from).
 */
struct target {
	enum target_kind kind;
	uint32_t index;
	uint64_t offset;
};

enum check_key {
	CHECK_PAGE_TABLES,
	CHECK_MAP_CALLS,
	CHECK_PINS, /* of a space */
	CHECK_PINNED,
	CHECK_OWNER, /* of memory */
	CHECK_DOMAIN,
	CHECK_GROUP,
	CHECK_SAME_TABLE,
	CHECK_OTHER_TABLE, /* of a device */
};
#define CHECK_KEYS (CHECK_OTHER_TABLE + 1)
enum check_domain { CHECK_IS_BLOCKED, CHECK_IS_IDENTITY, CHECK_IS_DEFAULT, CHECK_IS_SPACE };

struct check_item {
	enum check_key key;
	uint64_t number;      /* count, truth value, owner index, enum check_domain */
	uint16_t devices[32]; /* CHECK_GROUP: exactly these; a table: that of the first */
	uint16_t device_count;
	uint32_t slot; /* CHECK_DOMAIN with CHECK_IS_SPACE */
	struct place place;
};

struct operands {
	uint16_t device; /* machine index; MACHINE_NONE where the operation names none */
	uint16_t with;
	uint16_t iommu;
	uint16_t owner;     /* fork: the child; reuse: to; sva-bind: mm; vpasid-map, vpasid-unmap: vm */
	uint32_t space;     /* result slot; of nest the parent */
	uint32_t source;    /* iommufd.ioas-copy: result slot of the source space */
	uint32_t handle;    /* result slot */
	uint32_t pages;     /* unpin: result slot */
	uint32_t request;   /* resume, page-response: result slot of a `dma`; load: of what wrote */
	struct target root; /* nest, guest-map, guest-unmap: memory of the guest where its table is */
	bool root_given;
	struct target table;     /* pasid-table, guest-pasid: memory of the guest where its contexts are */
	struct target to;        /* map: to; dma-map: memory; reuse: memory; mmap, mmio: bar */
	struct address at, from; /* from: of iommufd.ioas-copy; where it leads of guest-map, of map to TARGET_ADDRESS */
	struct pasid_operand pasid;
	bool vpasid_given;   /* vpasid-unmap: else all */
	uint32_t vpasid;     /* as a guest knows it */
	bool translated;     /* dma: `at` is sent as an address that is translated already */
	bool at_given;       /* invalidate */
	bool space_given;    /* invalidate: a space's */
	bool id_given;       /* invalidate: by `id`; else operands.device's */
	uint32_t id;         /* vdevice, invalidate: the guest's number */
	bool as_table;       /* guest-map: a pointer to a table, not a page */
	bool hardware_flags; /* guest-map: accessed and dirty are left to hardware */
	enum hold hold;
	enum reset_phase phase;
	enum dma_type dma_type; /* domain-type */
	enum sync_for sync_for;
	enum invalidate_what invalidate;
	enum response_code code;
	bool as_group_given;
	uint32_t as_group; /* page-response: the PRG index that is answered in place of the request's own */
	uint64_t offset;
	uint64_t bytes; /* 0: not given (the default of the language) */
	uint64_t iova_last;
	enum access access;
	bool access_given;
	bool nosnoop;
	bool for_pasids;  /* space: its page tables serve PASIDs too */
	bool nest_parent; /* space: guests' tables are to be nested in it */
	bool faults;      /* space, pasid-table: its page requests are the owner's to answer */
	bool dirty;       /* space: its page tables say which pages were written */
	bool snoop;       /* space: all its requests snoop, or not */
	bool snoop_given;
	bool result_of_given; /* load: `request` is what is expected to be seen */
	bool clear;           /* dirty-read: from now on the page counts as not written */
	bool t_given;
	uint64_t t, xt;        /* dma: TDISP's T bit and its extension */
	int second_stage_t1;   /* stage2-map: in the TSM's table */
	int to_private;        /* convert */
	bool ram;              /* space: keep the owner's memory mapped at its guest addresses */
	uint8_t page_lg2_mask; /* space: pages */
	enum device_driver driver;
	int8_t bus_master, memory_space; /* command: -1 not given, 0, 1 */
	bool as_rid_given;
	uint16_t as_rid;
	enum run_what run;
	uint32_t run_count; /* 0: until idle */
	/* iommufd.ioas-iova-ranges: the user's array has room for so many; what the answer should be; 0: not given */
	bool room_given, count_given;
	uint32_t room, count;
	uint64_t alignment;
	/* Raw calls of iommufd about objects; what is compared with an answer is not where it was not given. */
	uint32_t object, queue; /* result slots: a vIOMMU or any object; a queue */
	bool object_given, queue_given;
	bool cookie_given, event_given, sequence_given, set_given, get_given;
	bool all;              /* vfio-unmap */
	bool event_type_given; /* veventq-alloc: else an SMMUv3's */
	uint32_t cookie, depth, event, sequence;
	uint32_t set_value, get_value;
	int event_type; /* as enum uapi_event_type */
	enum option option;
	struct address_list entries; /* hwpt-invalidate */
	uint64_t entry_bytes;
	bool entry_bytes_given, entry_tail;
	int entries_of;      /* hwpt-invalidate: as enum uapi_entries */
	uint64_t page_bytes; /* of a bit of a bitmap */
	bool page_bytes_given;
	int hw_queue;                      /* as enum uapi_hw_queue_type */
	uint16_t call;                     /* iommufd.ioctl: its number */
	bool mapped, tail;                 /* the struct can be read; behind what is known it is not 0 */
	int hw_info, compat, vfio_type;    /* as enum uapi_hw_info_type, uapi_compat, uapi_vfio_type */
	int8_t lost, says_dirty, says_ats; /* -1: not given */
	struct check_item checks[CHECK_KEYS];
	uint8_t check_count;
};

/* EXPECT_PAGE_REQUEST: it waits for an answer, to its page request or as a transaction that the unit stalls */
enum expect_kind {
	EXPECT_OK,
	EXPECT_REJECTED,
	EXPECT_FAULT,
	EXPECT_REACHES,
	EXPECT_RAISES,
	EXPECT_PAGE_REQUEST,
	EXPECT_DIRTY,
	EXPECT_CLEAN, /* dirty-read */
	EXPECT_STALE, /* load, and dma that reads: not the newest */
	EXPECT_SCRATCH,
};

/* An interrupt vector of a device of the machine: "k.v0". */
struct device_vector {
	uint16_t device;
	uint32_t index;
};

struct expectation {
	enum expect_kind kind;
	int error;                   /* EXPECT_REJECTED: positive errno; 0 any */
	uint16_t fault[IOMMU_KINDS]; /* EXPECT_FAULT: code per kind; 0 any */
	struct target reaches;
	struct device_vector raises; /* EXPECT_RAISES */
};

#define STEP_MAX_ALTERNATIVES 4

struct step {
	enum operation operation;
	struct place place;
	char label[MACHINE_NAME_MAX]; /* empty: none */
	uint16_t by;                  /* owner; MACHINE_NONE: nobody named and no single declared owner */
	bool by_given;
	uint16_t in;            /* the guest whose own kernel makes the call; MACHINE_HOST: the host's */
	uint32_t as;            /* result slot + 1 that it names; 0: none */
	uint32_t inject;        /* enum step_inject */
	uint32_t times;         /* at least 1 */
	uint8_t block;          /* `parallel`: number of the block + 1; 0: outside */
	uint8_t thread;         /* of that block */
	bool split;             /* others may run between its visible effects */
	uint64_t only_policies; /* bit per policy of the tables; all ones: every policy */
	uint32_t only_kinds;    /* bit per enum iommu_kind; all ones: every kind */
	struct expectation expect[STEP_MAX_ALTERNATIVES];
	uint8_t expect_count; /* at least 1 */
	struct operands with;
	char text[120]; /* the step as one line, for reports: "take nic" */
};

enum step_inject {
	STEP_SKIP_IOTLB_FLUSH = 1 << 0,
	STEP_SKIP_DEVTLB_FLUSH = 1 << 1,
	STEP_SKIP_SYNC = 1 << 2,
	STEP_SKIP_VIABILITY = 1 << 3,
	STEP_DEVTLB_FIRST = 1 << 4,
	STEP_SKIP_DRAIN = 1 << 5,
	STEP_ATS_BEFORE_UNIT = 1 << 6,
	STEP_ATS_AFTER_UNIT = 1 << 7,
	STEP_ATS_KEEPS_TLB = 1 << 8,
	STEP_SKIP_IEC_FLUSH = 1 << 9,
};

/* What `as` names. Several steps may name one slot when their `only` conditions exclude each other. */
/* RESULT_OBJECT: of iommufd, that nothing can be attached to. */
enum result_kind {
	RESULT_SPACE,
	RESULT_HANDLE,
	RESULT_REQUEST,
	RESULT_OWNER,
	RESULT_PASID,
	RESULT_MEMORY,
	RESULT_OBJECT,
};
struct result_slot {
	char name[MACHINE_NAME_MAX];
	enum result_kind kind;
	enum operation maker; /* of all steps that make it */
	uint16_t in;          /* and as in struct step */
};

enum outcome_kind {
	OUTCOME_VIOLATES,
	OUTCOME_REJECTED,
	OUTCOME_FAULT,
	OUTCOME_AVAILABILITY,
	OUTCOME_SCRATCH,
	OUTCOME_SELF_HARM,
	OUTCOME_CRASH,
	OUTCOME_SAFE,            /* the word safe as an item: claims nothing is violated or refused from there on */
	OUTCOME_ORDER_DEPENDENT, /* the only item: orders differ in what was refused or blocked, nothing is violated */
};

struct verdict_item {
	enum outcome_kind kind;
	bool sometimes;     /* in some interleavings, not in all */
	uint16_t invariant; /* OUTCOME_VIOLATES: index into the tables */
	int error;          /* OUTCOME_REJECTED: positive errno */
	char label[MACHINE_NAME_MAX];
	struct place place;
};

#define SCENARIO_MAX_SETTINGS 16
struct setting {
	uint16_t knob, value; /* indexes into the tables */
};

enum basis { BASIS_SETTLED = 'S', BASIS_KERNEL = 'K', BASIS_INFERRED = 'I' };

struct expect_row {
	struct place place;
	uint64_t policies; /* bit per policy */
	uint32_t cases;    /* bit per case */
	uint32_t kinds;    /* bit per enum iommu_kind; all ones: every kind that can */
	struct setting set[SCENARIO_MAX_SETTINGS];
	uint8_t set_count;
	struct verdict_item items[SCENARIO_MAX_ITEMS];
	uint8_t item_count; /* at least 1 */
	enum basis basis;
	char *note; /* NULL: none */
};

/* In the orders of a run whose hardware is free: what hardware does, and steps that are in no `parallel`. */
#define PARALLEL_HARDWARE "hw"
#define PARALLEL_OUTSIDE  "run"

/* Steps of several threads, which may run in any order that keeps each thread's own. They follow each other in
   `steps`, thread by thread. */
struct parallel_block {
	struct place place;
	char threads[SCENARIO_MAX_THREADS][MACHINE_NAME_MAX];
	uint8_t thread_count;
};

struct scenario_case {
	char name[MACHINE_NAME_MAX]; /* empty: the scenario has no cases */
	struct machine *machine;
	struct step *steps;
	uint32_t step_count;
	struct result_slot *slots;
	uint32_t slot_count;
	struct parallel_block blocks[SCENARIO_MAX_BLOCKS];
	uint8_t block_count;
};

struct scenario_source {
	char *author, *date, *subject, *message_id, *commit, *document; /* NULL: not given */
};

enum hardware_mode { HARDWARE_AUTO, HARDWARE_MANUAL, HARDWARE_FREE };

struct scenario {
	char *path; /* as given, for messages */
	char *text; /* the file */
	size_t text_bytes;
	char *name, *title, *claim;
	struct place name_place;
	struct scenario_source *sources;
	uint32_t source_count;
	uint64_t invariants; /* bit per invariant of the tables */
	enum hardware_mode hardware;
	struct scenario_case *cases;
	uint32_t case_count; /* at least 1 */
	struct expect_row *rows;
	uint32_t row_count; /* at least 1 */
};

/* Names that the loader checks against, given by the runner. Arrays end with a NULL name. */
struct scenario_knob {
	const char *name;
	const char *const *values;
};
struct scenario_tables {
	const char *const *policies;   /* at most 64 */
	const char *const *invariants; /* at most 64 */
	const struct scenario_knob *knobs;
};

#define SCENARIO_ERROR scenario_error_quark()
GQuark scenario_error_quark(void);
enum scenario_error_code { SCENARIO_ERROR_READ, SCENARIO_ERROR_SYNTAX, SCENARIO_ERROR_MEANING };

/*
 * Loads and checks one scenario. The GError's message is complete:
 *   file:line:column: what is wrong; expected ..., found ...; did you mean '...'?
 * followed by the source line and a caret below it. NULL on error.
 */
struct scenario *scenario_load_file(const char *path, const struct scenario_tables *tables, GError **error);
struct scenario *scenario_load_data(const char *path, const char *data, size_t bytes,
				    const struct scenario_tables *tables, GError **error);
void scenario_free(struct scenario *scenario);

/* JSON Schema (draft-07) of the language, from the loader's own tables. The caller frees. */
char *scenario_schema(const struct scenario_tables *tables);

/*
 * Why a run of the case under that policy is nothing for the kind of IOMMU: some step needs of hardware what no unit of
 * the kind has. NULL: it can be.
 */
const char *scenario_lacks(const struct scenario_case *program, unsigned policy, enum iommu_kind kind);

const char *operation_name(enum operation operation);
const char *operation_summary(enum operation operation);
/* "EPERM" for 1; NULL for a number without name. */
const char *errno_name(int error);
/* 0 if there is no such name. */
int errno_by_name(const char *name);

#endif
