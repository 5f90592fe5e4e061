/* SPDX-License-Identifier: MIT */
/*
 * The rules under test: the user API (VFIO type1, iommufd, no-IOMMU ...), the kernel's DMA API, groups and ownership.
 * All calls return 0 or a negative errno value; UAPI_CRASH means that the simulated host is dead. State is in the
 * arena.
 *
 * Owners, devices, memory and BARs are indexes of the machine. Who owns what in fact is not decided here: the runner
 * tells the reference model separately, from the intents and the return codes alone.
 */
#ifndef IOSIM_UAPI_UAPI_H
#define IOSIM_UAPI_UAPI_H

#include "base/arena.h"
#include "hw/driver.h"
#include "machine/machine.h"
#include "uapi/rules.h"

#include <stdbool.h>
#include <stdint.h>

#define UAPI_CRASH      (-100000)
#define UAPI_MAX_SPACES 4096
#define UAPI_MAX_AREAS  65536

enum { UAPI_READ = 1, UAPI_WRITE = 2 }; /* permissions, as hardware's PERM_READ and PERM_WRITE */

typedef uint32_t space_handle; /* container, IOAS; 0 none. A stale handle is recognised: -ENOENT */

/* A page request or a stalled transaction, and who decided about it. */
struct uapi_answer {
	struct driver_fault fault;
	uint16_t device;
	uint16_t by; /* whose address space it was looked up in, or who answered; MACHINE_NONE: nobody had the PASID */
	enum page_response_code code;
};

/* Processes' pages after a fork: `keeps` has the object alone now. */
struct uapi_parting {
	uint16_t memory, keeps;
	uint16_t copy;   /* what has the same contents now; MACHINE_NONE: none was made */
	uint16_t copies; /* whose that is */
};

/* What the machine does for the kernel; filled in by the runner. */
struct uapi_platform {
	void *context;
	void (*bus_master)(void *context, uint16_t device, bool on);
	bool (*bus_master_on)(void *context, uint16_t device);
	void (*present)(void *context, uint16_t device, bool present);
	/*
	 * The two ends of a function level reset: DMA stops, bus mastering is off, and until the end the device
	 * answers nothing. The end restores the endpoint's enables as they were, as kernels do.
	 */
	void (*reset_begin)(void *context, uint16_t device);
	void (*reset_end)(void *context, uint16_t device);
	/*
	 * Interrupts; NULL: none. The vector and destination with which the kernel wants to be told of a device's
	 * message; Arm: whether the interrupt controller routes it at all; and where its doorbell is.
	 */
	bool (*msi_identity)(void *context, uint16_t device, uint32_t index, uint8_t *vector, uint32_t *destination);
	void (*msi_route)(void *context, uint16_t device, uint32_t index, bool on);
	uint64_t (*doorbell)(void *context);
	/*
	 * What the driver of an mdev does, which runs on its parent; NULL: nothing. Both may call uapi_unpin() and the
	 * DMA API. unmapping: its user unmaps [first, last] while it has pages of that pinned. closing: its user
	 * has closed it, or took it out of its space; what it still has pinned then is taken from it.
	 */
	void (*unmapping)(void *context, uint16_t device, uint64_t first, uint64_t last);
	void (*closing)(void *context, uint16_t device);
	/*
	 * Bounce buffers; NULL: none. bounce: pages of their own with a copy of [pa, pa + bytes), as far into a page
	 * as there, zeros around it; where the copy begins, 0: no room. bounce_back: they are free again, and if
	 * `written` the bytes at `pa` are what the copy has become.
	 */
	uint64_t (*bounce)(void *context, uint64_t pa, uint64_t bytes);
	void (*bounce_back)(void *context, uint64_t slot, uint64_t pa, uint64_t bytes, bool written);
	/* The bytes go from the buffer to its copy, or back; the copy stays. */
	void (*bounce_sync)(void *context, uint64_t slot, uint64_t pa, uint64_t bytes, bool to_slot);
	/* One page of two processes has become two, or one's alone; NULL: nobody wants to know. */
	void (*parted)(void *context, const struct uapi_parting *parting);
	/* A page request is about to be answered; NULL: nobody wants to know. */
	void (*answering)(void *context, const struct uapi_answer *answer);
	/* A call that takes pages away reports that these of a tracked space were written; NULL: nobody listens. */
	void (*written)(void *context, space_handle space, uint64_t iova, uint64_t bytes);
};

struct uapi_config {
	struct arena *arena;
	const struct machine *machine;
	struct rules rules;
	struct driver *const *drivers; /* per IOMMU of the machine, set up; copied. NULL: no such hardware */
	struct uapi_platform platform;
};

/*
 * Something that can be mapped: bytes of a memory object or of a BAR; into a space that the kernel nests in another,
 * addresses of that one (`offset`).
 */
enum uapi_target_kind { UAPI_MEMORY, UAPI_BAR, UAPI_PARENT };

struct uapi_target {
	enum uapi_target_kind kind;
	uint16_t index;
	bool pinned; /* DMA API: a page of an mdev's user, which stays for as long as it is pinned and no longer */
	uint64_t offset;
};

enum uapi_snoop {
	UAPI_SNOOP_AS_IT_IS, /* no wish */
	UAPI_SNOOP_ALWAYS,   /* whatever requests say */
	UAPI_SNOOP_ASKED,    /* No Snoop is honoured */
};

struct uapi_space_wish {
	bool ram;         /* keep the owner's memory mapped at its guest addresses */
	bool pasid;       /* its page tables are to serve PASIDs too */
	bool nest_parent; /* guests' first stages are to be nested in it */
	bool faults;      /* page requests that it serves are the user's to answer */
	bool dirty;       /* its page tables are to say which pages were written */
	enum uapi_snoop snoop;
	uint8_t page_lg2_mask; /* 0: no wish */
};

/* A guest's table of PASIDs, for hardware to walk. */
struct uapi_guest_table {
	space_handle parent; /* translates the addresses in it, and those that its tables lead to */
	struct domain_guest guest;
	bool faults; /* page requests of its PASIDs are the user's to answer */
};

/* A guest's request that cached translations be forgotten, as its owner hands it on. */
struct uapi_invalidation {
	enum {
		UAPI_FORGET_ALL,    /* of the first stage */
		UAPI_FORGET_RANGE,  /* of it: [first, last] */
		UAPI_FORGET_PASID,  /* the structures of a device for that PASID */
		UAPI_FORGET_DEVTLB, /* a device's own cache */
		UAPI_FORGET_CONFIG, /* all structures of a device */
	} what;
	enum { UAPI_OF_SPACE, UAPI_OF_DEVICE, UAPI_OF_ID, UAPI_OF_VIOMMU } of; /* OF_VIOMMU: by `id` in `space` */
	space_handle space;
	uint16_t device;
	uint32_t id; /* virtual stream ID of a device; where no device is meant the VMID that the guest wrote */
	uint32_t pasid;
	uint64_t first, last; /* 0 and UINT64_MAX: all addresses */
};

struct uapi;

struct uapi *uapi_new(const struct uapi_config *config);
void uapi_free(struct uapi *uapi);

/*
 * Boot: every device that is present is in its default domain before step 1, firmware ranges are mapped and translation
 * enabled in the order of KNOB_BOOT_ORDER, on all units whose `on` says so. The others follow one by one: with
 * map_then_enable all is in place before translation is on; with enable_then_map a unit's devices get their domains
 * and firmware ranges with the kernel's next action after that (any call below but uapi_enable_translation).
 * Errors of the driver. uapi_enable_translation: -ENODEV, there is no such hardware; 0 where it is on already.
 */
int uapi_boot(struct uapi *uapi);
/*
 * Another kernel has the machine, and devices go on with what they were doing: nobody has anything of the old one's any
 * more, kernel drivers neither. Units: see KNOB_KEXEC_TABLES. Errors of the drivers'; what was known is lost all the
 * same.
 */
int uapi_kexec(struct uapi *uapi);
int uapi_enable_translation(struct uapi *uapi, uint16_t iommu);

/* One switch for one step: the front end leaves out its viability / ownership check. */
void uapi_skip_viability(struct uapi *uapi, bool skip);

/*
 * Ownership. -ENODEV: the device is not there.
 *
 * take: the owner gets register access; bus mastering is off then, and it is the owner's to switch on. The host takes
 *   a device by binding a kernel driver. -EBUSY, -EPERM, -EINVAL as the front end says.
 * release, reset: -EINVAL if the owner does not have the device; the host may reset any.
 * exit: everything goes, in any state.
 * driver_bind: an idle driver (VFIO's, a stub) makes way; -EBUSY where a kernel driver or a user is in possession, and
 *   where the group is a user's (KNOB_LATE_BIND).
 * driver_unbind: a user who has the device open closes it first. -ENODEV: no driver is bound.
 * hotplug: the declared driver probes; where that is refused the device stays without. -EBUSY: it is there already, or
 *   would join a group with PASIDs that keeps others out (KNOB_PASID_FABRIC_RULE).
 */
int uapi_take(struct uapi *uapi, uint16_t owner, uint16_t device);
int uapi_release(struct uapi *uapi, uint16_t owner, uint16_t device);
int uapi_exit(struct uapi *uapi, uint16_t owner); /* closes everything of the owner */
int uapi_driver_bind(struct uapi *uapi, uint16_t device, enum device_driver driver);
int uapi_driver_unbind(struct uapi *uapi, uint16_t device);
int uapi_reset(struct uapi *uapi, uint16_t owner, uint16_t device);
/*
 * The same in two parts. With RESET_ATS_BLOCKED a device that could use ATS is parked in blocking domains in between:
 * to attach something else to its group, or to a PASID of it, is -EBUSY then. A detach goes through, and shows when the
 * device is back. -EBUSY: it is being reset, or a member of its group is parked; end: -EINVAL, it is not. Whoever
 * closes, unbinds or unplugs the device ends its reset first.
 */
int uapi_reset_begin(struct uapi *uapi, uint16_t owner, uint16_t device);
int uapi_reset_end(struct uapi *uapi, uint16_t owner, uint16_t device);
int uapi_hotplug(struct uapi *uapi, uint16_t device);
int uapi_unplug(struct uapi *uapi, uint16_t device);
/* A kernel driver drives the device: after hotplug, whether the declared one's probe succeeded. */
bool uapi_is_kernel_driven(const struct uapi *uapi, uint16_t device);
/*
 * A user mapping of a BAR. An owner that has not taken the device: opens it, where the front end lets that be enough
 * (no-IOMMU, with the privilege); else -EINVAL.
 */
int uapi_mmap(struct uapi *uapi, uint16_t owner, uint16_t bar);

/*
 * Address spaces. -ENOTTY: the front end has no such call; -ENOENT: a stale handle, or somebody else's. `ram`: the
 * areas are made as soon as the front end takes them: at once, or with each attach.
 */
int uapi_space(struct uapi *uapi, uint16_t owner, const struct uapi_space_wish *wish, space_handle *out);
int uapi_destroy(struct uapi *uapi, uint16_t owner, space_handle space);
int uapi_attach(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space);
int uapi_detach(struct uapi *uapi, uint16_t owner, uint16_t device);
int uapi_replace(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space);
/*
 * The same for requests with that PASID. -ENOTTY: no such call; -EINVAL: the device has no PASIDs, or not this one, or
 * the front end wants the space to be made for them and it was not, or a member of the group has the PASID for another.
 */
int uapi_attach_pasid(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid, space_handle space);
int uapi_detach_pasid(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid);
int uapi_replace_pasid(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid, space_handle space);
/*
 * A space that is nested in another. `guest`: what a guest says of its first stage, which hardware walks over a space
 * that was made to be a parent. NULL: the new space's areas lead to addresses of the parent (UAPI_PARENT), and the
 * kernel composes the two in the tables that hardware walks. -ENOTTY: no such call; -ENOENT: no such space; -EINVAL: it
 * is none for that, or is nested itself, or takes no commands. What the unit says of a guest's table (-EOPNOTSUPP,
 * -EIO) is said with the attach, which is where page tables are made.
 */
int uapi_nest(struct uapi *uapi, uint16_t owner, space_handle parent, const struct domain_guest *guest,
	      space_handle *out);
/*
 * The guest knows the device by that number. -ENOENT: the owner has nothing nested, or not that device; -EEXIST: number
 * or device is taken; -EOPNOTSUPP: the unit's guests have no such numbers.
 */
int uapi_vdevice(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t id);
/*
 * -ENOTTY: no such call; -ENOENT: no such space, nothing nested; -EINVAL: not nested, not the owner's device; -EIO: no
 * device of the owner's has that number; -EOPNOTSUPP: the unit's guests have no such request; -ETIMEDOUT.
 */
int uapi_invalidate(struct uapi *uapi, uint16_t owner, const struct uapi_invalidation *what);
/*
 * The device's PASIDs are from here on what a table says that its guest writes; the space that stands for it serves the
 * device. -ENOTTY: no such call; -EOPNOTSUPP: units of the kind never walk one; -ENOENT: no such parent; -EINVAL: it is
 * none for that, not the owner's device, or under ioasid-v1 attached to something else; -ENODEV: it has no page
 * requests that could be answered; what an attach or a replace says.
 */
int uapi_pasid_table(struct uapi *uapi, uint16_t owner, uint16_t device, const struct uapi_guest_table *table,
		     space_handle *out);
/*
 * Of a nested space also: -EINVAL, the parent does not lead from all of these addresses. What a change of a parent does
 * to what is nested in it says KNOB_PARENT_CHANGE: then unmap may be -EBUSY.
 */
int uapi_map(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, struct uapi_target target,
	     uint64_t bytes, unsigned permissions);
/*
 * *unmapped: bytes that were removed. iommufd's may have removed some when it fails: those up to the first area that
 * uapi_unmap_stopped() finds.
 */
int uapi_unmap(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, uint64_t bytes,
	       uint64_t *unmapped);
/* Of a failed unmap of [first, last]: where the first area begins that is still there; 0: it removed nothing. */
uint64_t uapi_unmap_stopped(const struct uapi *uapi, space_handle space, uint64_t first, uint64_t last,
			    uint64_t unmapped);
int uapi_copy(struct uapi *uapi, uint16_t owner, space_handle to, uint64_t to_iova, space_handle from,
	      uint64_t from_iova, uint64_t bytes, unsigned permissions);
/*
 * Who emulates the owner's guest is told of a device, as VMMs do (KVM_DEV_VFIO_FILE_ADD): from then on it knows whether
 * what serves the device lets requests pass by CPU caches. -ENOTTY: a kernel driver drives it; -EINVAL: not the
 * owner's. flushes_caches: what the owner flushes is flushed. Of a guest: its hypervisor was told of a device that
 * needs it.
 */
int uapi_kvm_add(struct uapi *uapi, uint16_t owner, uint16_t device);
bool uapi_flushes_caches(const struct uapi *uapi, uint16_t owner);
/*
 * Dirty tracking. start: pages that are written from now on are reported; what was written before is not. -ENOTTY: no
 * such call; -ENOENT: no such space, or it has no page table; -EOPNOTSUPP: its tables were not made for that; -EINVAL:
 * type1, nothing is attached; -ETIMEDOUT.
 * read: whether the page at that address was written since it was last read with `clear`, or since the start. Where
 * nothing is mapped it was not. -EINVAL: not tracked (type1), or a call that always clears is to leave it.
 */
int uapi_dirty_start(struct uapi *uapi, uint16_t owner, space_handle space);
int uapi_dirty_read(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, bool clear, bool *dirty);
/*
 * Raw calls of iommufd. -ENOTTY: no such call; -ENOENT: no such space.
 *
 * allow: what the front end picks is in [iova, iova + bytes) from now on (bytes 0: anywhere). -EINVAL; -EADDRINUSE: not
 *   all of it can be mapped, and as long as it is allowed nothing can be attached that would take a part away.
 * ranges: what can be mapped in the space. -EMSGSIZE: there is not enough room, `count` says how much it takes.
 * map_file: as uapi_map(), but by the file that the object is: its owner need not have it mapped. -EINVAL: past its
 * end.
 */
#define UAPI_MAX_RANGES 64
struct uapi_ranges {
	uint32_t room;  /* in: for so many */
	uint32_t count; /* all that there are */
	uint64_t alignment;
	uint64_t first[UAPI_MAX_RANGES], last[UAPI_MAX_RANGES];
};
int uapi_allow(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, uint64_t bytes);
int uapi_ranges(struct uapi *uapi, uint16_t owner, space_handle space, struct uapi_ranges *out);
int uapi_map_file(struct uapi *uapi, uint16_t owner, space_handle space, uint64_t iova, struct uapi_target target,
		  uint64_t bytes, unsigned permissions);
/*
 * Make memory reachable for the device, the front end picks the address. A device that a kernel drives: the DMA API.
 * Otherwise: the owner's implied space (made and attached at the first use); *space tells which, 0 for the DMA API.
 */
int uapi_dma_map(struct uapi *uapi, uint16_t owner, uint16_t device, struct uapi_target target, uint64_t bytes,
		 unsigned permissions, uint64_t *iova, space_handle *space);
int uapi_dma_unmap(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space, uint64_t iova,
		   uint64_t bytes);
/*
 * dma_sync_single_for_cpu() and _for_device() of a buffer that the DMA API has mapped, all of it. What was copied is
 * copied as far as the mapping permits that direction; CPU caches are the caller's. -ENOTTY: it lies in a user's space;
 * -ENODEV, -EPERM, -EINVAL: as an unmap would be refused.
 */
int uapi_dma_sync(struct uapi *uapi, uint16_t owner, uint16_t device, space_handle space, uint64_t iova, uint64_t bytes,
		  bool for_device);
/*
 * The driver of an mdev pins the page at that address of the space that the mdev is attached to; *target is what is
 * there. Pins are counted. -ENOTTY: no such call; -ENODEV: no kernel driver drives the parent; -EINVAL: nobody has the
 * mdev open; what is not mapped, or not for that, and where it is attached to nothing: as the front end says; -EFAULT:
 * no memory is behind it.
 * unpin: one less. -EINVAL: there is none.
 */
int uapi_pin(struct uapi *uapi, uint16_t device, uint64_t iova, unsigned permissions, struct uapi_target *target);
int uapi_unpin(struct uapi *uapi, uint16_t device, uint64_t iova);
/*
 * Shared virtual addressing: the kernel driver of the device lets the address space of `mm` serve a PASID. -ENOTTY: the
 * device is a user's; -ENODEV: no kernel driver drives it; -EINVAL: it has no PASIDs, or not this one; -EBUSY: in use,
 * also by another member of the group for something else. Bound again, the bond lasts for one unbind more
 * (iommu_sva_bind_device()). The host's: what KNOB_KERNEL_PASID says in place of an address space.
 * Unbind: the entry goes, caches are invalidated, and with KNOB_PRQ_DRAIN page requests are drained. -EINVAL: there is
 * no such bond of the owner's.
 */
int uapi_sva_bind(struct uapi *uapi, uint16_t device, uint32_t pasid, uint16_t mm);
int uapi_sva_unbind(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid);
/* The PASID that the kernel binds `mm` to: what mm has on all devices, or else the lowest that nobody has; 0: all
 * are taken. */
uint32_t uapi_sva_pasid(const struct uapi *uapi, uint16_t device, uint16_t mm);
/*
 * VMs' CPUs (Intel SDM 3C, PASID translation): from the first map on, until all is unmapped, what a guest has in
 * IA32_PASID is replaced. The kernel maps to PASIDs of the VM's spaces alone, and takes away what led to one that the
 * VM has lost. -ENOTTY: no such call; -EINVAL: the VM has no such PASID, or it is not mapped; -ENOMEM.
 */
int uapi_vpasid_map(struct uapi *uapi, uint16_t vm, uint32_t vpasid, uint32_t pasid);
int uapi_vpasid_unmap(struct uapi *uapi, uint16_t vm, uint32_t vpasid);
int uapi_vpasid_unmap_all(struct uapi *uapi, uint16_t vm);
/*
 * ENQCMD by a CPU of the owner, whose IA32_PASID holds `value`; *pasid: what goes to the device. The host gives it with
 * the instruction (ENQCMDS), a process has what the kernel loaded, a guest writes what it likes. No call of the kernel,
 * but for the loading. -EFAULT: the CPU refuses (#GP): the register holds another value or none, or a guest's is not
 * mapped; -EACCES: the portal is not mapped for the guest; -ENOTTY: guests have no such instruction; -ENODEV: the
 * device is not there.
 */
int uapi_enqcmd(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t value, uint32_t *pasid);
/* What pci_enable_pasid() says to the device's driver: -EINVAL by the fabric rule; -ENODEV: the unit has none. */
int uapi_pasid_enable(struct uapi *uapi, uint16_t device);
/* Whether the kernel's PCI code lets an endpoint's PASIDs be switched on, whoever asks for it. */
bool uapi_pasid_permitted(const struct uapi *uapi, uint16_t device);
/* The owner unmaps the object from its own address space: -EINVAL, it is not its own or is not mapped there. */
int uapi_munmap(struct uapi *uapi, uint16_t owner, uint16_t memory);
/*
 * The kernel handles at most `count` page requests and stalled transactions in the order of their queues; how many.
 * Those of an address space are answered, after the page was faulted in or was not found; an error is the answer to the
 * whole group. Those of a user's own space wait for the user's answer to their group.
 */
uint32_t uapi_page_requests(struct uapi *uapi, uint32_t count);
/*
 * The user's answer to a group of page requests that waits for it, or to a stalled transaction (`group`: its tag).
 * -ENOENT: none of the owner's is so named; KNOB_RESPONSE_MATCH says what has to match.
 */
int uapi_page_response(struct uapi *uapi, uint16_t owner, uint16_t device, uint32_t pasid, uint16_t group,
		       enum page_response_code code);
/* What the device writes to raise that vector of its own. False: it was let through to nobody. */
bool uapi_msi_message(const struct uapi *uapi, uint16_t device, uint32_t index, struct msi_message *message);
/*
 * A privileged user changes the type of the default domain of the device's group (KERNEL_DMA_*), which leaves what was
 * mapped in the old one behind. -EPERM: a member is driven or owned (KNOB_DOMAIN_TYPE_CHANGE), but from strict to lazy
 * nothing has to be replaced; -EINVAL: no default domain, or no identity for an untrusted member; -EBUSY: a member is
 * being reset; errors of the driver.
 */
int uapi_domain_type(struct uapi *uapi, uint16_t device, unsigned type);
/* The deferred flush fires (lazy mode). 0 also when there is nothing to do. */
int uapi_deferred_flush(struct uapi *uapi);

/*
 * Whether the allocator may hand the page on: -EBUSY while a user's mapping pins it, or a driver holds it mapped
 * through the DMA API. What a driver has unmapped may go, flushed or not; so may what a driver that is gone left
 * behind.
 */
int uapi_page_release(struct uapi *uapi, uint16_t memory);
/* It was handed on: from here on that owner can map it, and nobody else. Until it is said to whom, everybody can. */
void uapi_page_given(struct uapi *uapi, uint16_t memory, uint16_t owner);

/* The closed list behind `check`. */
uint32_t uapi_space_page_tables(struct uapi *uapi, space_handle space);
uint64_t uapi_space_map_calls(struct uapi *uapi, space_handle space);
/* Pages that drivers of mdevs have pinned in it, each as often as it was pinned. */
uint64_t uapi_space_pins(struct uapi *uapi, space_handle space);
bool uapi_memory_pinned(struct uapi *uapi, uint16_t memory);
/*
 * A process forks (fork.c). What has a copy (machine_memory.copy_of) is its child's too, and other memory is not
 * inherited, as after MADV_DONTFORK. The child holds its parent's files open. -EINVAL: the parent has ended.
 * page_of: which page an owner's CPU finds where the object is; cpu_write: the same once it has written there.
 * is_there: of a child, that it was forked; files_open: a process has ended, and what it opened has not been closed.
 */
int uapi_fork(struct uapi *uapi, uint16_t parent, uint16_t child);
uint16_t uapi_page_of(const struct uapi *uapi, uint16_t owner, uint16_t memory);
uint16_t uapi_cpu_write(struct uapi *uapi, uint16_t owner, uint16_t memory);
bool uapi_is_there(const struct uapi *uapi, uint16_t owner);
bool uapi_files_open(const struct uapi *uapi, uint16_t owner);
/* What a domain of a unit is to the kernel. */
enum uapi_domain_role {
	UAPI_DOMAIN_UNKNOWN,
	UAPI_DOMAIN_BLOCKING, /* of whatever type: it is there to block. Also a throw-away container, which maps nothing
			       */
	UAPI_DOMAIN_IDENTITY,
	UAPI_DOMAIN_DEFAULT,  /* of a group, translated */
	UAPI_DOMAIN_SPACE,    /* *space */
	UAPI_DOMAIN_GIVEN_UP, /* a kernel would have freed it, but its unit still serves somebody from it */
};
/* Blocked devices reach a page of the unit's, and the address lies in it (BLOCKING_SCRATCH_PAGE). */
bool uapi_scratch_page(const struct uapi *uapi, uint16_t iommu, uint64_t pa);
enum uapi_domain_role uapi_domain_role(struct uapi *uapi, uint16_t iommu, domain_handle domain, space_handle *space);
/* The members of the device's group, in device order; returns how many (at most `max` are written). */
unsigned uapi_group(struct uapi *uapi, uint16_t device, uint16_t *members, unsigned max);

/* What put a device into its group, by the rule that is in force. */
enum uapi_group_cause {
	UAPI_GROUP_NONE,     /* it has no group: it is not there, or no IOMMU serves it */
	UAPI_GROUP_PARENT,   /* an mdev has none: its requests are those of `device` */
	UAPI_GROUP_ALONE,    /* everything on its way up isolates, and nobody shares its requester ID */
	UAPI_GROUP_BUS,      /* the conventional bus behind the bridge `port` */
	UAPI_GROUP_PATH,     /* `port` on its way up lacks `acs` */
	UAPI_GROUP_PEER,     /* the same, and so does `peer`, which counts as the same device as `port` */
	UAPI_GROUP_ALIAS,    /* one requester ID with `device` */
	UAPI_GROUP_FUNCTION, /* `device` is a function of the same device, and both lack `acs` (of this one) */
	UAPI_GROUP_REACH,    /* it and `device` can reach each other, maybe over others */
};
struct uapi_group_why {
	enum uapi_group_cause cause;
	uint16_t port, peer; /* MACHINE_NONE where the cause has none */
	uint16_t device;
	uint8_t acs; /* enum acs_bit */
};
/* The first cause that holds, in the order in which the rule looks for them. */
void uapi_group_why(const struct uapi *uapi, uint16_t device, struct uapi_group_why *out);

#endif
