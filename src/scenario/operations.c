/* SPDX-License-Identifier: MIT */
#include "scenario/operations.h"

#include <string.h>

/* --- values --- */

static const struct word access_words[] = {
	{"read", ACCESS_READ}, {"write", ACCESS_WRITE}, {"read-write", ACCESS_READ_WRITE}, {NULL, 0}};
static const struct word request_words[] = {
	{"read", ACCESS_READ}, {"write", ACCESS_WRITE}, {"atomic", ACCESS_READ_WRITE}, {NULL, 0}};
static const struct word cpu_words[] = {{"read", ACCESS_READ}, {"write", ACCESS_WRITE}, {NULL, 0}};
static const struct word table_words[] = {{"t0", 0}, {"t1", 1}, {NULL, 0}};
static const struct word privacy_words[] = {{"shared", 0}, {"private", 1}, {NULL, 0}};
static const struct word bind_words[] = {
	{"user", DRIVER_USER}, {"guest", DRIVER_GUEST}, {"host", DRIVER_HOST}, {"stub", DRIVER_STUB}, {NULL, 0}};
static const struct word run_words[] = {
	{"queues", RUN_QUEUES},
	{"page-requests", RUN_PAGE_REQUESTS},
	{"deferred-flush", RUN_DEFERRED_FLUSH},
	{"all", RUN_ALL},
	{NULL, 0},
};
static const struct word dma_type_words[] = {
	{"strict", DMA_TYPE_STRICT}, {"lazy", DMA_TYPE_LAZY}, {"identity", DMA_TYPE_IDENTITY}, {NULL, 0}};
static const struct word sync_words[] = {{"cpu", SYNC_FOR_CPU}, {"device", SYNC_FOR_DEVICE}, {NULL, 0}};
static const struct word phase_words[] = {{"start", RESET_START}, {"done", RESET_DONE}, {NULL, 0}};
static const struct word hold_words[] = {{"translated", HOLD_TRANSLATED}, {NULL, 0}};
static const struct word invalidate_words[] = {
	{"all", INVALIDATE_ALL},       {"range", INVALIDATE_RANGE},   {"pasid", INVALIDATE_PASID},
	{"devtlb", INVALIDATE_DEVTLB}, {"config", INVALIDATE_CONFIG}, {NULL, 0},
};
static const struct word response_words[] = {
	{"success", RESPONSE_SUCCESS}, {"invalid", RESPONSE_INVALID}, {"failure", RESPONSE_FAILURE}, {NULL, 0}};

/* --- keys --- */

#define FIELD(member)   .offset = offsetof(struct operands, member)
#define KINDS_PCI       (1u << DEVICE_FUNCTION | 1u << DEVICE_VF)
#define KINDS_REAL      (KINDS_PCI | 1u << DEVICE_PLATFORM) /* what an IOMMU sees; a software mdev is not among them */
#define KINDS_TAKEN     (KINDS_REAL | 1u << DEVICE_MDEV)    /* what a user can have */
#define MEMORY          (1u << TARGET_MEMORY)
#define PINNED          (1u << TARGET_RESULT)
#define BAR             (1u << TARGET_BAR)
#define MAX_BYTES       UINT64_MAX
#define MAX_GUEST_BYTES (UINT64_C(2) << 20)
#define MAX_REQUEST     (UINT64_C(16) << 20) /* a device splits it at page boundaries */
#define MAX_PASID       ((1u << 20) - 1)     /* PCIe 6.20: 20 bits */
#define MAX_GROUP       511u                 /* PCIe 10.4.1: the PRG index has 9 bits */

#define KEY_DEVICE      KEY("device", device, "the device", .required = true, FIELD(device), .mask = KINDS_REAL)
#define KEY_TAKEN       KEY("device", device, "the device", .required = true, FIELD(device), .mask = KINDS_TAKEN)
#define KEY_SPACE(text) KEY("space", result, text, .required = true, FIELD(space), .mask = RESULT_SPACE)
#define KEY_AT(text)    KEY("at", address, text, .required = true, FIELD(at))
#define KEY_ACCESS(text, list)                                                 \
	KEY("access", word, "which accesses", .fallback = text, FIELD(access), \
	    .given = offsetof(struct operands, access_given), .words = list)
/* A device can send any PASID, zero too; a space is bound to those from 1 on. */
#define KEY_PASID(text, default_) KEY("pasid", pasid, text, .fallback = default_, FIELD(pasid), .high = MAX_PASID)
#define KEY_PASID_SENT            KEY_PASID("with this PASID", "without; an mdev: its own")
#define KEY_T                                                                                                \
	KEY("t", number, "TDISP's T bit", .fallback = "1 where its guest has accepted it, else 0", FIELD(t), \
	    .given = offsetof(struct operands, t_given), .high = 1)
#define KEY_XT \
	KEY("xt", number, "the bit that makes T say what memory it is for", .fallback = "0", FIELD(xt), .high = 1)
#define KEY_PASID_BOUND KEY("pasid", pasid, "the PASID", .required = true, FIELD(pasid), .low = 1, .high = MAX_PASID)
#define KEY_PASID_SERVED                                                                                             \
	KEY("pasid", pasid, "for requests with this PASID", .fallback = "for those without", FIELD(pasid), .low = 1, \
	    .high = MAX_PASID)

static const struct key_row device_only_keys[] = {
	KEY_DEVICE,
	KEYS_END,
};
static const struct key_row swap_keys[] = {
	KEY("device", device, "what stands in its slot", .required = true, FIELD(device),
	    .mask = 1u << DEVICE_FUNCTION),
	KEY("with", device, "what is put there, of which none is in a slot (`present: false`)", .required = true,
	    FIELD(with), .mask = 1u << DEVICE_FUNCTION),
	KEYS_END,
};
static const struct key_row taken_only_keys[] = {
	KEY_TAKEN,
	KEYS_END,
};
static const struct key_row reset_keys[] = {
	KEY_DEVICE,
	KEY("phase", word, "its beginning or its end alone", .fallback = "the whole reset", FIELD(phase),
	    .words = phase_words),
	KEYS_END,
};
static const struct key_row domain_type_keys[] = {
	KEY_DEVICE,
	KEY("type", word, "of the default domain of its group", .required = true, FIELD(dma_type),
	    .words = dma_type_words),
	KEYS_END,
};
static const struct key_row driver_bind_keys[] = {
	KEY_DEVICE,
	KEY("driver", word, "which kind of driver", .required = true, FIELD(driver), .words = bind_words),
	KEYS_END,
};
static const struct key_row command_keys[] = {
	KEY("device", device, "the device", .required = true, FIELD(device), .mask = KINDS_PCI),
	KEY("bus-master", tristate, "may send requests", .fallback = "unchanged", FIELD(bus_master)),
	KEY("memory", tristate, "answers at its BARs", .fallback = "unchanged", FIELD(memory_space)),
	KEYS_END,
};
static const struct key_row space_keys[] = {
	KEY("ram", truth, "keep the owner's memory mapped at its guest addresses", .fallback = "false", FIELD(ram)),
	KEY("pasid", truth, "its page tables are to serve PASIDs too", .fallback = "false", FIELD(for_pasids)),
	KEY("nest-parent", truth, "guests' tables are to be nested in it", .fallback = "false", FIELD(nest_parent)),
	KEY("faults", truth, "its page requests are the owner's to answer", .fallback = "false", FIELD(faults)),
	KEY("dirty", truth, "its page tables say which pages were written", .fallback = "false", FIELD(dirty)),
	KEY("snoop", truth, "its requests snoop CPU caches whatever they say, or not",
	    .fallback = "the front end's choice", FIELD(snoop), .given = offsetof(struct operands, snoop_given)),
	KEY("pages", pages, "page sizes that the table may use", .fallback = "what the hardware has",
	    FIELD(page_lg2_mask)),
	KEYS_END,
};
static const struct key_row attach_keys[] = {
	KEY_TAKEN,
	KEY_SPACE("the new one"),
	KEY_PASID_SERVED,
	KEYS_END,
};
static const struct key_row detach_keys[] = {
	KEY_TAKEN,
	KEY_PASID_SERVED,
	KEYS_END,
};
static const struct key_row map_keys[] = {
	KEY_SPACE("the space"),
	KEY_AT("I/O virtual address"),
	KEY("to", mapped, "memory or a BAR; in a space that the kernel nests: an address of its parent",
	    .required = true, .mask = MEMORY | BAR),
	KEY("size", number, "bytes", .fallback = "what is left of the object; of an address 4K", FIELD(bytes), .low = 1,
	    .high = MAX_BYTES),
	KEY_ACCESS("read-write", access_words),
	KEYS_END,
};
static const struct key_row unmap_keys[] = {
	KEY_SPACE("the space"),
	KEY_AT("I/O virtual address"),
	KEY("size", number, "bytes", .fallback = "the area that begins there", FIELD(bytes), .low = 1,
	    .high = MAX_BYTES),
	KEYS_END,
};
static const struct key_row dma_map_keys[] = {
	KEY_DEVICE,
	KEY("memory", target, "what is to be reached: memory, or what pin made", .required = true, FIELD(to),
	    .mask = MEMORY | PINNED),
	KEY("size", number, "bytes", .fallback = "what is left of it", FIELD(bytes), .low = 1, .high = MAX_BYTES),
	KEY_ACCESS("read-write", access_words),
	KEYS_END,
};
static const struct key_row dma_unmap_keys[] = {
	KEY("handle", result, "what dma-map made", .required = true, FIELD(handle), .mask = RESULT_HANDLE),
	KEYS_END,
};
static const struct key_row dma_sync_keys[] = {
	KEY("handle", result, "what dma-map made", .required = true, FIELD(handle), .mask = RESULT_HANDLE),
	KEY("for", word, "who has the buffer from now on", .required = true, FIELD(sync_for), .words = sync_words),
	KEYS_END,
};
static const struct key_row pin_keys[] = {
	KEY("device", device, "the mdev", .required = true, FIELD(device), .mask = 1u << DEVICE_MDEV),
	KEY_AT("I/O virtual address in the space that the mdev is attached to; its page"),
	KEY_ACCESS("read-write", access_words),
	KEYS_END,
};
static const struct key_row unpin_keys[] = {
	KEY("pages", result, "what pin made", .required = true, FIELD(pages), .mask = RESULT_MEMORY),
	KEYS_END,
};
static const struct key_row destroy_keys[] = {
	KEY_SPACE("the space"),
	KEYS_END,
};
static const struct key_row sva_bind_keys[] = {
	KEY_DEVICE,
	KEY("pasid", pasid, "the PASID", .fallback = "what the kernel gives its address space", FIELD(pasid), .low = 1,
	    .high = MAX_PASID),
	KEY("mm", owner, "whose address space", .fallback = "who takes the step", FIELD(owner)),
	KEYS_END,
};
static const struct key_row sva_unbind_keys[] = {
	KEY_DEVICE,
	KEY_PASID_BOUND,
	KEYS_END,
};
static const struct key_row munmap_keys[] = {
	KEY("memory", target, "what is unmapped", .required = true, FIELD(to), .mask = MEMORY),
	KEYS_END,
};
#define KEY_VM KEY("vm", owner, "whose CPUs", .required = true, FIELD(owner))
static const struct key_row vpasid_map_keys[] = {
	KEY_VM,
	KEY("vpasid", count, "as the guest knows it", .required = true, FIELD(vpasid), .high = MAX_PASID),
	KEY("pasid", pasid, "what the CPU puts in its place", .required = true, FIELD(pasid), .low = 1,
	    .high = MAX_PASID),
	KEYS_END,
};
static const struct key_row vpasid_unmap_keys[] = {
	KEY_VM,
	KEY("vpasid", count, "as the guest knows it", .fallback = "all, and nothing is translated any more",
	    FIELD(vpasid), .given = offsetof(struct operands, vpasid_given), .high = MAX_PASID),
	KEYS_END,
};
static const struct key_row enqcmd_keys[] = {
	KEY("device", device, "to whom; of an mdev its parent", .required = true, FIELD(device)),
	KEY("pasid", pasid, "what the CPU's register holds", .required = true, FIELD(pasid), .high = MAX_PASID),
	KEY_AT("untranslated address that the device is to work on"),
	KEY_ACCESS("read", request_words),
	KEYS_END,
};
#define KEY_ROOT(needed, default_)                                                                            \
	KEY("root", target, "memory of the guest, where its table begins", .required = (needed), FIELD(root), \
	    .fallback = (default_), .given = offsetof(struct operands, root_given), .mask = MEMORY)
static const struct key_row nest_keys[] = {
	KEY("parent", result, "the space that translates the guest's addresses", .required = true, FIELD(space),
	    .mask = RESULT_SPACE),
	KEY_ROOT(false, "the kernel keeps the table"),
	KEYS_END,
};
static const struct key_row guest_map_keys[] = {
	KEY_ROOT(true, NULL),
	KEY_AT("the device's address"),
	KEY("to", address, "what the entry says: a guest physical address, right or wrong", .required = true,
	    FIELD(from)),
	KEY("size", number, "bytes, whole pages", .fallback = "4K", FIELD(bytes), .low = 4096, .high = MAX_GUEST_BYTES),
	KEY_ACCESS("read-write", access_words),
	KEY("table", truth, "the entry leads to a table of the last level instead", .fallback = "false",
	    FIELD(as_table)),
	KEY("flags-by-hardware", truth, "accessed and dirty flags are left to hardware", .fallback = "false",
	    FIELD(hardware_flags)),
	KEYS_END,
};
static const struct key_row guest_unmap_keys[] = {
	KEY_ROOT(true, NULL),
	KEY_AT("the device's address"),
	KEY("size", number, "bytes, whole pages", .fallback = "4K", FIELD(bytes), .low = 4096, .high = MAX_GUEST_BYTES),
	KEYS_END,
};
static const struct key_row vdevice_keys[] = {
	KEY_DEVICE,
	KEY("id", count, "the number that the guest knows it by", .required = true, FIELD(id), .high = UINT32_MAX),
	KEYS_END,
};
#define KEY_TABLE                                                                                           \
	KEY("table", target, "memory of the guest, where its contexts are", .required = true, FIELD(table), \
	    .mask = MEMORY)
static const struct key_row pasid_table_keys[] = {
	KEY_DEVICE,
	KEY("parent", result, "the space that translates the guest's addresses", .required = true, FIELD(space),
	    .mask = RESULT_SPACE),
	KEY_TABLE,
	KEY("faults", truth, "its page requests are the owner's to answer", .fallback = "false", FIELD(faults)),
	KEYS_END,
};
static const struct key_row guest_pasid_keys[] = {
	KEY_TABLE,
	KEY_PASID_SERVED,
	KEY("root", target, "memory of the guest, where the table for it begins", .fallback = "none any more",
	    FIELD(root), .given = offsetof(struct operands, root_given), .mask = MEMORY),
	KEYS_END,
};
static const struct key_row invalidate_keys[] = {
	KEY("what", word, "what is to be forgotten", .required = true, FIELD(invalidate), .words = invalidate_words),
	KEY("device", device, "of this device", .fallback = "of the space", FIELD(device), .mask = KINDS_REAL),
	KEY("space", result, "of this space", .fallback = "of the device", FIELD(space),
	    .given = offsetof(struct operands, space_given), .mask = RESULT_SPACE),
	KEY("id", count, "as the guest's command names it", .fallback = "of the device or space", FIELD(id),
	    .given = offsetof(struct operands, id_given), .high = UINT32_MAX),
	KEY("viommu", result, "whose number `id` is", .fallback = "of the one that `nest` made", FIELD(object),
	    .given = offsetof(struct operands, object_given), .mask = RESULT_OBJECT),
	KEY_PASID("of this PASID", "of requests without"),
	KEY("at", address, "first I/O virtual address", .fallback = "all addresses", FIELD(at),
	    .given = offsetof(struct operands, at_given)),
	KEY("size", number, "bytes", .fallback = "all addresses", FIELD(bytes), .low = 1, .high = MAX_BYTES),
	KEYS_END,
};
static const struct key_row dma_keys[] = {
	KEY("device", device, "who sends; of an mdev its parent", .required = true, FIELD(device)),
	KEY("at", address, "untranslated address (or 'translated')", FIELD(at)),
	KEY("translated", address, "address that is sent as translated already", FIELD(at),
	    .given = offsetof(struct operands, translated), .mask = 1u << RESULT_REQUEST),
	KEY_ACCESS("read", request_words),
	KEY_PASID_SENT,
	KEY("size", number, "bytes", .fallback = "4", FIELD(bytes), .low = 1, .high = MAX_REQUEST),
	KEY_T,
	KEY_XT,
	KEY("nosnoop", truth, "with the No Snoop attribute", .fallback = "false", FIELD(nosnoop)),
	KEY("as-rid", rid, "whose requester ID it pretends to have", .fallback = "its own", FIELD(as_rid),
	    .given = offsetof(struct operands, as_rid_given)),
	KEY("hold", word, "stops it in flight: translated, but not yet sent on", .fallback = "not held", FIELD(hold),
	    .words = hold_words),
	KEYS_END,
};
static const struct key_row ats_keys[] = {
	KEY("device", device, "who asks; of an mdev its parent", .required = true, FIELD(device),
	    .mask = KINDS_PCI | 1u << DEVICE_MDEV),
	KEY_AT("untranslated address"),
	KEY_PASID_SENT,
	KEY_T,
	KEY_XT,
	KEYS_END,
};
static const struct key_row resume_keys[] = {
	KEY("request", result, "what is held, or waits for an answer", .required = true, FIELD(request),
	    .mask = RESULT_REQUEST),
	KEYS_END,
};
static const struct key_row page_response_keys[] = {
	KEY("request", result, "whose page request is answered", .required = true, FIELD(request),
	    .mask = RESULT_REQUEST),
	KEY("code", word, "the answer", .required = true, FIELD(code), .words = response_words),
	KEY("as-group", count, "page request group index that the answer names", .fallback = "the request's",
	    FIELD(as_group), .given = offsetof(struct operands, as_group_given), .high = MAX_GROUP),
	KEYS_END,
};
static const struct key_row quiesce_keys[] = {
	KEY("device", device, "the device", .required = true, FIELD(device)),
	KEY_PASID("its work with this PASID", "all its work; an mdev: its own"),
	KEYS_END,
};
static const struct key_row run_keys[] = {
	KEY("what", word, "what works", .required = true, FIELD(run), .words = run_words),
	KEY("count", count, "at most so many events", .fallback = "until idle", FIELD(run_count), .low = 1,
	    .high = UINT32_MAX),
	KEYS_END,
};
static const struct key_row enable_keys[] = {
	KEY("iommu", iommu, "the unit", .required = true, FIELD(iommu)),
	KEYS_END,
};
static const struct key_row mmap_keys[] = {
	KEY("bar", target, "the BAR", .required = true, FIELD(to), .mask = BAR),
	KEYS_END,
};
static const struct key_row mmio_keys[] = {
	KEY("bar", target, "the BAR", .required = true, FIELD(to), .mask = BAR),
	KEY("offset", number, "in the BAR", .fallback = "0", FIELD(offset), .high = UINT64_MAX),
	KEY_ACCESS("read", cpu_words),
	KEYS_END,
};
static const struct key_row interface_keys[] = {
	KEY("device", device, "whose interface", .required = true, FIELD(device), .mask = KINDS_PCI),
	KEYS_END,
};
static const struct key_row validate_keys[] = {
	KEY("bar", target, "the BAR", .required = true, FIELD(to), .mask = BAR),
	KEY("offset", number, "in the BAR", .fallback = "0", FIELD(offset), .high = UINT64_MAX),
	KEY("size", number, "bytes", .fallback = "what is left of it", FIELD(bytes), .low = 4096, .high = MAX_BYTES),
	KEYS_END,
};
static const struct key_row stage2_map_keys[] = {
	KEY("memory", target, "a whole object", FIELD(to), .mask = MEMORY),
	KEY("bar", target, "or register pages", FIELD(to), .mask = BAR),
	KEY("offset", number, "in the BAR", .fallback = "0", FIELD(offset), .high = UINT64_MAX),
	KEY("size", number, "of the register pages", .fallback = "what is left of it", FIELD(bytes), .low = 4096,
	    .high = MAX_BYTES),
	KEY_AT("guest physical address"),
	KEY("guest", owner, "in whose address space", .fallback = "the memory's, or that of the device", FIELD(owner)),
	KEY("table", word, "the host's own (T=0), or the TSM's (T=1)", .fallback = "t0", FIELD(second_stage_t1),
	    .words = table_words),
	KEYS_END,
};
static const struct key_row stage2_unmap_keys[] = {
	KEY("memory", target, "a whole object", FIELD(to), .mask = MEMORY),
	KEY("bar", target, "or a BAR", FIELD(to), .mask = BAR),
	KEY("guest", owner, "from whose address space", .fallback = "that of the device", FIELD(owner)),
	KEYS_END,
};
static const struct key_row release_memory_keys[] = {
	KEY("memory", target, "a whole object", .required = true, FIELD(to), .mask = MEMORY),
	KEYS_END,
};
static const struct key_row convert_keys[] = {
	KEY("memory", target, "a whole object", .required = true, FIELD(to), .mask = MEMORY),
	KEY("to", word, "what it is from then on", .required = true, FIELD(to_private), .words = privacy_words),
	KEYS_END,
};
static const struct key_row reuse_keys[] = {
	KEY("memory", target, "the pages", .required = true, FIELD(to), .mask = MEMORY),
	KEY("to", owner, "its next owner", .required = true, FIELD(owner)),
	KEYS_END,
};
static const struct key_row dirty_start_keys[] = {
	KEY_SPACE("the space"),
	KEYS_END,
};
static const struct key_row dirty_read_keys[] = {
	KEY_SPACE("the space"),
	KEY_AT("I/O virtual address; its page"),
	KEY("clear", truth, "from now on the page counts as not written", .fallback = "true", FIELD(clear)),
	KEYS_END,
};
#define KEY_MEMORY(text) KEY("memory", target, text, .required = true, FIELD(to), .mask = MEMORY)
static const struct key_row load_keys[] = {
	KEY_MEMORY("where from"),
	KEY("result-of", result, "whose data is to be seen: a `dma` or `store`", .fallback = "who wrote last",
	    FIELD(request), .given = offsetof(struct operands, result_of_given), .mask = RESULT_REQUEST),
	KEYS_END,
};
static const struct key_row store_keys[] = {
	KEY_MEMORY("where to"),
	KEYS_END,
};
static const struct key_row cache_flush_keys[] = {
	KEY_MEMORY("what is written back, and forgotten"),
	KEYS_END,
};
static const struct key_row copy_keys[] = {
	KEY_SPACE("the space that it is copied to"),
	KEY_AT("address there"),
	KEY("source", result, "the space where the mapping is", .required = true, FIELD(source), .mask = RESULT_SPACE),
	KEY("from", address, "address in it", .required = true, FIELD(from)),
	KEY("size", number, "bytes", .required = true, FIELD(bytes), .low = 1, .high = MAX_BYTES),
	KEY_ACCESS("read-write", access_words),
	KEYS_END,
};

static const struct key_row map_file_keys[] = {
	KEY_SPACE("the space"),
	KEY_AT("I/O virtual address"),
	KEY("to", target, "memory or a BAR", .required = true, FIELD(to), .mask = MEMORY | BAR),
	KEY("size", number, "bytes", .fallback = "what is left of the object", FIELD(bytes), .low = 1,
	    .high = MAX_BYTES),
	KEY_ACCESS("read-write", access_words),
	KEYS_END,
};
static const struct key_row allow_keys[] = {
	KEY_SPACE("the space"),
	KEY("at", address, "first address that may be picked", .fallback = "all addresses", FIELD(at),
	    .given = offsetof(struct operands, at_given)),
	KEY("size", number, "bytes", .fallback = "all addresses", FIELD(bytes), .low = 1, .high = MAX_BYTES),
	KEYS_END,
};
static const struct key_row ranges_keys[] = {
	KEY_SPACE("the space"),
	KEY("room", count, "for so many ranges", .fallback = "64", FIELD(room),
	    .given = offsetof(struct operands, room_given), .high = 64),
	KEY("count", count, "how many there should be", .fallback = "not compared", FIELD(count),
	    .given = offsetof(struct operands, count_given), .high = UINT32_MAX),
	KEY("alignment", number, "of what can be mapped, as it should be", .fallback = "not compared", FIELD(alignment),
	    .low = 1, .high = MAX_BYTES),
	KEYS_END,
};

/* --- the rows --- */

#define CALL      (1u << EXPECT_OK | 1u << EXPECT_REJECTED)
#define ANSWER    (1u << EXPECT_OK | 1u << EXPECT_FAULT)
#define REQUEST   (ANSWER | 1u << EXPECT_REACHES | 1u << EXPECT_RAISES | 1u << EXPECT_PAGE_REQUEST | 1u << EXPECT_SCRATCH)
#define DIRTINESS (1u << EXPECT_DIRTY | 1u << EXPECT_CLEAN)
#define STALE     (1u << EXPECT_STALE)
#define LOOK      (1u << EXPECT_OK)

/* name, summary, keys, key that a plain word is for, who acts, what `as` names, expectations, inject, access, check */
const struct operation_row operation_rows[OPERATIONS] = {
	[OP_TAKE] = {"take", "become the user of a device, with register access", taken_only_keys, NULL, ACTOR_OWNER,
		     MAKES_NOTHING, CALL, true, 0, NULL},
	[OP_RELEASE] = {"release", "close a device", taken_only_keys, NULL, ACTOR_OWNER, MAKES_NOTHING, CALL, true, 0,
			NULL},
	[OP_DRIVER_BIND] = {"driver-bind", "a driver probes a device", driver_bind_keys, NULL, ACTOR_HOST,
			    MAKES_NOTHING, CALL, true, 0, NULL},
	[OP_DRIVER_UNBIND] = {"driver-unbind", "the driver lets go of a device, which is detached", device_only_keys,
			      NULL, ACTOR_HOST, MAKES_NOTHING, CALL, true, 0, NULL},
	[OP_RESET] = {"reset", "reset a function", reset_keys, NULL, ACTOR_OWNER, MAKES_NOTHING, CALL, true, 0, NULL},
	[OP_COMMAND] = {"command", "write the PCI command register", command_keys, NULL, ACTOR_OWNER, MAKES_NOTHING,
			CALL, false, 0, check_command},
	[OP_FORK] = {"fork", "a process makes another, which has its open files and a copy of its memory", no_keys,
		     NULL, ACTOR_DECLARED, RESULT_OWNER, CALL, false, 0, NULL},
	[OP_EXIT] = {"exit", "an owner ends: everything of it is closed", no_keys, NULL, ACTOR_DECLARED, MAKES_NOTHING,
		     CALL, true, 0, NULL},
	[OP_HOTPLUG] = {"hotplug", "a device appears in its slot", device_only_keys, NULL, ACTOR_HOST, MAKES_NOTHING,
			CALL, true, 0, NULL},
	[OP_UNPLUG] = {"unplug", "a device is pulled out of its slot", device_only_keys, NULL, ACTOR_HOST,
		       MAKES_NOTHING, CALL, true, 0, NULL},
	[OP_SWAP] = {"swap", "another device stands in the slot of one, configured as that was", swap_keys, NULL,
		     ACTOR_NONE, MAKES_NOTHING, CALL, false, 0, check_swap},
	[OP_SPACE] = {"space", "make an address space", space_keys, NULL, ACTOR_OWNER, RESULT_SPACE, CALL, true, 0,
		      NULL},
	[OP_ATTACH] = {"attach", "let a space translate for a device", attach_keys, NULL, ACTOR_OWNER, MAKES_NOTHING,
		       CALL, true, 0, NULL},
	[OP_DETACH] = {"detach", "end the translation for a device", detach_keys, NULL, ACTOR_OWNER, MAKES_NOTHING,
		       CALL, true, 0, NULL},
	[OP_REPLACE] = {"replace", "exchange the space of a device", attach_keys, NULL, ACTOR_OWNER, MAKES_NOTHING,
			CALL, true, 0, NULL},
	[OP_MAP] = {"map", "map memory or a BAR into a space", map_keys, NULL, ACTOR_OWNER, MAKES_NOTHING, CALL, true,
		    ACCESS_READ_WRITE, NULL},
	[OP_UNMAP] = {"unmap", "remove whole areas from a space", unmap_keys, NULL, ACTOR_OWNER, MAKES_NOTHING, CALL,
		      true, 0, NULL},
	[OP_DMA_MAP] = {"dma-map", "make memory reachable for a device; the front end picks the address", dma_map_keys,
			NULL, ACTOR_OWNER, RESULT_HANDLE, CALL, true, ACCESS_READ_WRITE, NULL},
	[OP_DMA_UNMAP] = {"dma-unmap", "end what dma-map began", dma_unmap_keys, NULL, ACTOR_OWNER, MAKES_NOTHING, CALL,
			  true, 0, NULL},
	[OP_DMA_SYNC] = {"dma-sync", "hand a buffer that stays mapped to the CPU, or back to the device", dma_sync_keys,
			 NULL, ACTOR_OWNER, MAKES_NOTHING, CALL, true, 0, NULL},
	[OP_PIN] = {"pin", "the driver of an mdev pins a page of its user's space", pin_keys, NULL, ACTOR_HOST,
		    RESULT_MEMORY, CALL, true, ACCESS_READ_WRITE, NULL},
	[OP_UNPIN] = {"unpin", "the driver of an mdev lets go of a page", unpin_keys, NULL, ACTOR_HOST, MAKES_NOTHING,
		      CALL, true, 0, NULL},
	[OP_DESTROY] = {"destroy", "free a space", destroy_keys, NULL, ACTOR_OWNER, MAKES_NOTHING, CALL, true, 0, NULL},
	[OP_PASID_ENABLE] = {"pasid-enable", "let a device send PASIDs", device_only_keys, NULL, ACTOR_OWNER,
			     MAKES_NOTHING, CALL, true, 0, NULL},
	[OP_SVA_BIND] = {"sva-bind", "let a process's address space translate for a PASID", sva_bind_keys, NULL,
			 ACTOR_OWNER, RESULT_PASID, CALL, true, 0, NULL},
	[OP_SVA_UNBIND] = {"sva-unbind", "end what sva-bind began", sva_unbind_keys, NULL, ACTOR_OWNER, MAKES_NOTHING,
			   CALL, true, 0, NULL},
	[OP_MUNMAP] = {"munmap", "unmap memory from its owner's own address space", munmap_keys, "memory", ACTOR_OWNER,
		       MAKES_NOTHING, CALL, true, 0, NULL},
	[OP_DOMAIN_TYPE] = {"domain-type", "change the type of the default domain of a device's group",
			    domain_type_keys, NULL, ACTOR_HOST, MAKES_NOTHING, CALL, true, 0, NULL},
	[OP_VPASID_MAP] = {"vpasid-map", "let a VM's CPUs put a PASID in place of the guest's", vpasid_map_keys, NULL,
			   ACTOR_HOST, MAKES_NOTHING, CALL, false, 0, check_vm},
	[OP_VPASID_UNMAP] = {"vpasid-unmap", "end what vpasid-map began", vpasid_unmap_keys, NULL, ACTOR_HOST,
			     MAKES_NOTHING, CALL, false, 0, check_vm},
	[OP_ENQCMD] = {"enqcmd", "a CPU submits work to a device, with the PASID that it has for it", enqcmd_keys, NULL,
		       ACTOR_OWNER, RESULT_REQUEST, REQUEST | CALL, false, ACCESS_READ, NULL},
	[OP_NEST] = {"nest", "make a space of a guest's own table over another space", nest_keys, NULL, ACTOR_GUEST,
		     RESULT_SPACE, CALL, true, 0, NULL},
	[OP_GUEST_MAP] = {"guest-map", "a guest writes an entry of its own table, and invalidates nothing",
			  guest_map_keys, NULL, ACTOR_GUEST, MAKES_NOTHING, CALL, false, ACCESS_READ_WRITE,
			  check_guest_table},
	[OP_GUEST_UNMAP] = {"guest-unmap", "a guest clears an entry of its own table, and invalidates nothing",
			    guest_unmap_keys, NULL, ACTOR_GUEST, MAKES_NOTHING, CALL, false, 0, check_guest_table},
	[OP_VDEVICE] = {"vdevice", "tell the kernel by which number a guest knows a device", vdevice_keys, NULL,
			ACTOR_GUEST, MAKES_NOTHING, CALL, true, 0, NULL},
	[OP_PASID_TABLE] = {"pasid-table", "hand a device's whole table of PASIDs over to a guest", pasid_table_keys,
			    NULL, ACTOR_GUEST, RESULT_SPACE, CALL, true, 0, check_contexts},
	[OP_GUEST_PASID] = {"guest-pasid",
			    "a guest writes a context of its own table of PASIDs, and invalidates nothing",
			    guest_pasid_keys, NULL, ACTOR_GUEST, MAKES_NOTHING, CALL, false, 0, check_contexts},
	[OP_INVALIDATE] = {"invalidate", "ask for cached translations to be forgotten", invalidate_keys, NULL,
			   ACTOR_OWNER, MAKES_NOTHING, CALL, true, 0, check_invalidate},
	[OP_DMA] = {"dma", "a device sends a memory request", dma_keys, NULL, ACTOR_DEVICE, RESULT_REQUEST,
		    REQUEST | STALE, false, ACCESS_READ, check_dma},
	[OP_ATS] = {"ats", "a device asks for a translation and keeps it", ats_keys, NULL, ACTOR_DEVICE, RESULT_REQUEST,
		    ANSWER, false, 0, check_sender},
	[OP_RESUME] = {"resume", "a request goes on that was held or has its answer", resume_keys, NULL, ACTOR_NONE,
		       MAKES_NOTHING, REQUEST, false, 0, check_resume},
	[OP_PAGE_RESPONSE] = {"page-response", "answer a page request", page_response_keys, NULL, ACTOR_OWNER,
			      MAKES_NOTHING, CALL, true, 0, check_page_response},
	[OP_QUIESCE] = {"quiesce", "stop a device's work, and let what it has begun end", quiesce_keys, NULL,
			ACTOR_OWNER, MAKES_NOTHING, CALL, false, 0, check_sender},
	[OP_RUN] = {"run", "let hardware or a timer work", run_keys, "what", ACTOR_NONE, MAKES_NOTHING, CALL, true, 0,
		    NULL},
	[OP_ENABLE_TRANSLATION] = {"enable-translation", "switch an IOMMU on", enable_keys, NULL, ACTOR_NONE,
				   MAKES_NOTHING, CALL, true, 0, NULL},
	[OP_KEXEC] = {"kexec", "a crash kernel takes the machine over, and devices go on", no_keys, NULL, ACTOR_HOST,
		      MAKES_NOTHING, CALL, false, 0, NULL},
	[OP_MMAP] = {"mmap", "map a BAR into the owner's address space", mmap_keys, NULL, ACTOR_OWNER, MAKES_NOTHING,
		     CALL, false, 0, NULL},
	[OP_MMIO] = {"mmio", "the CPU accesses a BAR", mmio_keys, NULL, ACTOR_OWNER, MAKES_NOTHING, CALL, false,
		     ACCESS_READ, check_mmio},
	[OP_REUSE] = {"reuse", "the allocator hands memory to its next owner", reuse_keys, NULL, ACTOR_HOST,
		      MAKES_NOTHING, CALL, false, 0, NULL},
	[OP_LOCK] = {"lock", "a guest has its device's interface locked", interface_keys, "device", ACTOR_GUEST,
		     MAKES_NOTHING, CALL, true, 0, NULL},
	[OP_ATTEST] = {"attest", "a guest gets an interface's report and measurements", interface_keys, "device",
		       ACTOR_GUEST, MAKES_NOTHING, CALL, false, 0, NULL},
	[OP_VALIDATE] = {"validate", "a guest compares reported register pages with what it has mapped", validate_keys,
			 NULL, ACTOR_GUEST, MAKES_NOTHING, CALL, false, 0, check_pages_of_bar},
	[OP_ACCEPT] = {"accept", "a guest lets an interface run, and in", interface_keys, "device", ACTOR_GUEST,
		       MAKES_NOTHING, CALL, true, 0, NULL},
	[OP_UNLOCK] = {"unlock", "a guest has an interface stopped", interface_keys, "device", ACTOR_GUEST,
		       MAKES_NOTHING, CALL, true, 0, NULL},
	[OP_TDI_BIND] = {"tdi-bind", "the host has the TSM lock an interface for its guest", interface_keys, "device",
			 ACTOR_HOST, MAKES_NOTHING, CALL, true, 0, NULL},
	[OP_TDI_UNBIND] = {"tdi-unbind", "the host has the TSM stop an interface", interface_keys, "device", ACTOR_HOST,
			   MAKES_NOTHING, CALL, true, 0, NULL},
	[OP_START] = {"start", "the host has the TSM start an interface", interface_keys, "device", ACTOR_HOST,
		      MAKES_NOTHING, CALL, true, 0, NULL},
	[OP_STOP] = {"stop", "the host has the TSM stop an interface that stays bound", interface_keys, "device",
		     ACTOR_HOST, MAKES_NOTHING, CALL, true, 0, NULL},
	[OP_IDE_FAIL] = {"ide-fail", "the IDE stream of a device becomes insecure", interface_keys, "device",
			 ACTOR_NONE, MAKES_NOTHING, CALL, false, 0, NULL},
	[OP_STAGE2_MAP] = {"stage2-map", "the host maps memory or registers for a guest", stage2_map_keys, NULL,
			   ACTOR_HOST, MAKES_NOTHING, CALL, true, 0, check_stage2},
	[OP_STAGE2_UNMAP] = {"stage2-unmap", "the host takes them away", stage2_unmap_keys, NULL, ACTOR_HOST,
			     MAKES_NOTHING, CALL, true, 0, check_stage2_unmap},
	[OP_RELEASE_MEMORY] = {"release-memory", "a guest gives memory back", release_memory_keys, "memory",
			       ACTOR_GUEST, MAKES_NOTHING, CALL, true, 0, NULL},
	[OP_CONVERT] = {"convert", "a guest makes memory private, or shares it", convert_keys, NULL, ACTOR_GUEST,
			MAKES_NOTHING, CALL, true, 0, NULL},
	[OP_CHECK] = {"check", "look at the kernel's side", check_keys, NULL, ACTOR_NONE, MAKES_NOTHING, LOOK, false, 0,
		      check_check},
	[OP_DIRTY_START] = {"dirty-start", "report from now on which pages of a space are written", dirty_start_keys,
			    NULL, ACTOR_OWNER, MAKES_NOTHING, CALL, true, 0, NULL},
	[OP_DIRTY_READ] = {"dirty-read", "ask whether a page was written", dirty_read_keys, NULL, ACTOR_OWNER,
			   MAKES_NOTHING, CALL | DIRTINESS, true, 0, NULL},
	[OP_LOAD] = {"load", "the CPU reads memory", load_keys, "memory", ACTOR_OWNER, MAKES_NOTHING, CALL | STALE,
		     false, 0, check_load},
	[OP_STORE] = {"store", "the CPU writes memory", store_keys, "memory", ACTOR_OWNER, RESULT_REQUEST, CALL, false,
		      0, NULL},
	[OP_CACHE_FLUSH] = {"cache-flush", "write back and forget what CPU caches have of memory", cache_flush_keys,
			    "memory", ACTOR_OWNER, MAKES_NOTHING, CALL, false, 0, NULL},
	[OP_KVM_ADD] = {"kvm-add", "tell the hypervisor that a device is its guest's", device_only_keys, "device",
			ACTOR_GUEST, MAKES_NOTHING, CALL, false, 0, NULL},
	[OP_IOMMUFD_COPY] = {"iommufd.ioas-copy", "copy a mapping to another space, without a second pin", copy_keys,
			     NULL, ACTOR_OWNER, MAKES_NOTHING, CALL, true, ACCESS_READ_WRITE, NULL},
	[OP_IOMMUFD_ALLOW] = {"iommufd.ioas-allow-iovas", "say which addresses may be picked for dma-map", allow_keys,
			      NULL, ACTOR_OWNER, MAKES_NOTHING, CALL, false, 0, check_allow},
	[OP_IOMMUFD_RANGES] = {"iommufd.ioas-iova-ranges", "ask which addresses can be mapped", ranges_keys, NULL,
			       ACTOR_OWNER, MAKES_NOTHING, CALL, false, 0, NULL},
	[OP_IOMMUFD_MAP_FILE] = {"iommufd.ioas-map-file", "map memory by its file, mapped by its owner or not",
				 map_file_keys, NULL, ACTOR_OWNER, MAKES_NOTHING, CALL, true, ACCESS_READ_WRITE, NULL},
	[OP_IOMMUFD_HWPT_ALLOC] = {"iommufd.hwpt-alloc", "make a page table, which lives until it is destroyed",
				   hwpt_alloc_keys, NULL, ACTOR_OWNER, RESULT_SPACE, CALL, true, 0, check_hwpt_alloc},
	[OP_IOMMUFD_FAULT_QUEUE] = {"iommufd.fault-queue-alloc", "make a queue that page requests come into", no_keys,
				    NULL, ACTOR_OWNER, RESULT_OBJECT, CALL, false, 0, NULL},
	[OP_IOMMUFD_FAULT_READ] = {"iommufd.fault-read", "read page requests out of a queue", fault_read_keys, NULL,
				   ACTOR_OWNER, MAKES_NOTHING, CALL, false, 0, NULL},
	[OP_IOMMUFD_FAULT_RESPOND] = {"iommufd.fault-respond", "answer page requests that were read",
				      fault_respond_keys, NULL, ACTOR_OWNER, MAKES_NOTHING, CALL, true, 0, NULL},
	[OP_IOMMUFD_VIOMMU_ALLOC] = {"iommufd.viommu-alloc", "make a vIOMMU over a page table", viommu_alloc_keys, NULL,
				     ACTOR_GUEST, RESULT_OBJECT, CALL, false, 0, NULL},
	[OP_IOMMUFD_VDEVICE_ALLOC] = {"iommufd.vdevice-alloc", "give a device a number in a vIOMMU", vdevice_alloc_keys,
				      NULL, ACTOR_GUEST, RESULT_OBJECT, CALL, false, 0, NULL},
	[OP_IOMMUFD_VEVENTQ_ALLOC] = {"iommufd.veventq-alloc", "make a queue that a vIOMMU's events come into",
				      veventq_alloc_keys, NULL, ACTOR_GUEST, RESULT_OBJECT, CALL, false, 0, NULL},
	[OP_IOMMUFD_VEVENTQ_READ] = {"iommufd.veventq-read", "read events out of a queue", veventq_read_keys, NULL,
				     ACTOR_GUEST, MAKES_NOTHING, CALL, false, 0, NULL},
	[OP_IOMMUFD_INVALIDATE] = {"iommufd.hwpt-invalidate", "hand on an array of a guest's invalidations",
				   hwpt_invalidate_keys, NULL, ACTOR_GUEST, MAKES_NOTHING, CALL, true, 0,
				   check_hwpt_invalidate},
	[OP_IOMMUFD_DIRTY_BITMAP] = {"iommufd.hwpt-get-dirty-bitmap", "ask which pages of a range were written",
				     dirty_bitmap_keys, NULL, ACTOR_OWNER, MAKES_NOTHING, CALL | DIRTINESS, true, 0,
				     check_dirty_bitmap},
	[OP_IOMMUFD_HW_QUEUE] = {"iommufd.hw-queue-alloc", "give a guest a queue that hardware reads", hw_queue_keys,
				 NULL, ACTOR_GUEST, MAKES_NOTHING, CALL, false, 0, NULL},
	[OP_IOMMUFD_IOCTL] = {"iommufd.ioctl", "call with a struct of some size, as far as that is looked at",
			      ioctl_keys, NULL, ACTOR_OWNER, MAKES_NOTHING, CALL, false, 0, NULL},
	[OP_IOMMUFD_DESTROY] = {"iommufd.destroy", "destroy an object that is no space", object_destroy_keys, "object",
				ACTOR_OWNER, MAKES_NOTHING, CALL, false, 0, NULL},
	[OP_IOMMUFD_OPTION] = {"iommufd.option", "set an option, or ask for it", option_keys, NULL, ACTOR_OWNER,
			       MAKES_NOTHING, CALL, false, 0, check_option},
	[OP_IOMMUFD_HW_INFO] = {"iommufd.get-hw-info", "ask what the unit of a device can do", hw_info_keys, NULL,
				ACTOR_OWNER, MAKES_NOTHING, CALL, false, 0, NULL},
	[OP_IOMMUFD_CHANGE_PROCESS] = {"iommufd.ioas-change-process", "answer for what another process has mapped",
				       no_keys, NULL, ACTOR_OWNER, MAKES_NOTHING, CALL, false, 0, NULL},
	[OP_IOMMUFD_VFIO_IOAS] = {"iommufd.vfio-ioas", "which space VFIO's calls mean", vfio_ioas_keys, NULL,
				  ACTOR_OWNER, MAKES_NOTHING, CALL, false, 0, check_vfio_ioas},
	[OP_IOMMUFD_VFIO_SET_IOMMU] = {"iommufd.vfio-set-iommu", "VFIO_SET_IOMMU on an iommufd", vfio_set_iommu_keys,
				       "type", ACTOR_OWNER, MAKES_NOTHING, CALL, false, 0, NULL},
	[OP_IOMMUFD_VFIO_MAP] = {"iommufd.vfio-map", "VFIO_IOMMU_MAP_DMA on an iommufd", vfio_map_keys, NULL,
				 ACTOR_OWNER, MAKES_NOTHING, CALL, true, ACCESS_READ_WRITE, NULL},
	[OP_IOMMUFD_VFIO_UNMAP] = {"iommufd.vfio-unmap", "VFIO_IOMMU_UNMAP_DMA on an iommufd", vfio_unmap_keys, NULL,
				   ACTOR_OWNER, MAKES_NOTHING, CALL, true, 0, NULL},
};

int operation_find(const char *name)
{
	for (int i = 0; i < OPERATIONS; i++)
		if (strcmp(operation_rows[i].name, name) == 0)
			return i;
	return -1;
}

const char *const *operation_names(void)
{
	static const char *names[OPERATIONS + 1];

	for (int i = 0; i < OPERATIONS; i++)
		names[i] = operation_rows[i].name;
	return names;
}

size_t operation_policy_bytes(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot ? (size_t)(dot - name) : 0;
}

const char *operation_name(enum operation operation)
{
	return operation < OPERATIONS ? operation_rows[operation].name : NULL;
}

const char *operation_summary(enum operation operation)
{
	return operation < OPERATIONS ? operation_rows[operation].summary : NULL;
}
