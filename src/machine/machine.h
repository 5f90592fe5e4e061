/* SPDX-License-Identifier: MIT */
/*
 * What a scenario declares, as plain tables: IOMMUs, ports, devices, owners, memory. Read-only during a run; what a
 * run changes (who drives a device, whether it masters the bus, who owns a page) is state of the module that
 * changes it. No behaviour here but the layout: machine_finish() assigns what was not given (BDFs, bus numbers,
 * windows, physical, guest and virtual addresses), in declaration order.
 *
 * Index 0 of `owners` is always the host kernel. All arrays are in declaration order; indexes are stable.
 */
#ifndef IOSIM_MACHINE_MACHINE_H
#define IOSIM_MACHINE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#define MACHINE_NAME_MAX   48
#define MACHINE_NONE       UINT16_MAX
#define MACHINE_HOST       0u
#define MACHINE_ROWS_MAX   65535u /* of each table; the index MACHINE_NONE names no row */
#define MACHINE_IOMMUS_MAX 64u
#define MACHINE_NO_PASID   UINT32_MAX

/*
 * Streams of platform masters: the nth has STREAM_PLATFORM + n. A VT-d source ID has 16 bits, so firmware gives devices
 * that are not on PCIe the IDs of a bus that has no device (VT-d 8.3.1, ACPI namespace devices); here it is bus 255.
 */
#define STREAM_PLATFORM      UINT32_C(0xff00)
#define STREAMS_PLATFORM_MAX 256u

enum iommu_kind { IOMMU_NONE, IOMMU_VTD, IOMMU_SMMUV3, IOMMU_KINDS };

enum acs_bit {                  /* PCIe 7.7.11: the bits of the ACS control register */
	       ACS_SV = 1 << 0, /* source validation */
	       ACS_TB = 1 << 1, /* translation blocking */
	       ACS_RR = 1 << 2, /* P2P request redirect */
	       ACS_CR = 1 << 3, /* P2P completion redirect */
	       ACS_UF = 1 << 4, /* upstream forwarding */
	       ACS_EC = 1 << 5, /* P2P egress control */
	       ACS_DT = 1 << 6, /* direct translated P2P */
	       ACS_FULL = ACS_SV | ACS_RR | ACS_CR | ACS_UF | ACS_TB,
};

enum port_kind { PORT_ROOT, PORT_SWITCH, PORT_DOWNSTREAM, PORT_PCI_BRIDGE };
/* What the driver of a mediated device does when it is told that pages which it has pinned are unmapped. */
enum mdev_notice {
	MDEV_UNPINS,  /* takes its DMA mappings of them away, then lets go of them */
	MDEV_IGNORES, /* nothing */
	MDEV_LATE,    /* lets go of them and leaves its DMA mappings as they are */
};
/* A function's TEE device interface at step 1 (PCIe 11). */
enum device_tdisp { TDISP_NONE, TDISP_UNLOCKED, TDISP_RUNNING /* its guest has accepted it */ };
enum device_kind { DEVICE_FUNCTION, DEVICE_VF, DEVICE_MDEV, DEVICE_PLATFORM };
enum device_driver { DRIVER_USER, DRIVER_HOST, DRIVER_GUEST, DRIVER_STUB, DRIVER_NONE };
enum owner_kind { OWNER_HOST, OWNER_PROCESS, OWNER_VM, OWNER_USER };
enum reserved_kind { RESERVED_RMRR, RESERVED_RELAXABLE, RESERVED_MSI, RESERVED_HOLE };

/* SMMUv3: flags of descriptors that the unit sets itself, as IDR0.HTTU has it (IHI 0070 6.3.1). */
enum machine_httu { HTTU_NONE, HTTU_AF, HTTU_AF_DIRTY };

struct machine_iommu {
	char name[MACHINE_NAME_MAX];
	enum iommu_kind kind; /* IOMMU_NONE until the run decides it, unless kind_given */
	bool kind_given;
	bool on; /* translation is on at step 1 */
	bool interrupt_remapping;
	bool enforce_snoop;
	bool ats, pri, pasid;           /* what it takes from devices: ATS, page requests, requests with PASID */
	uint8_t httu;                   /* enum machine_httu */
	bool scalable;                  /* VT-d: scalable mode */
	bool scalable_given;            /* else: where a device that it serves has PASIDs or page requests */
	uint8_t page_lg2_mask_4k_2m_1g; /* bit 0: 4 KiB, bit 1: 2 MiB, bit 2: 1 GiB */
	uint8_t address_width;          /* host address width in bits; 0: the kind's default */
	uint32_t quirks;                /* enum device_quirk: those of units */
	uint64_t msi_first;             /* interrupt window, both 0: the kind's own (VT-d FEE0_0000h-FEEF_FFFFh) */
	uint64_t msi_last;
	uint64_t registers_pa; /* assigned: where the register page is */
};

/*
 * Defaults that machine_finish fills in: `acs` where it was not given is ACS_FULL for a root port and a switch, the
 * switch's for a downstream port, none for a PCIe-to-PCI bridge (there is nothing to control on a shared bus). Of that
 * default, ACS_TB is left out above each trusted device with ATS, which it would make useless.
 * A switch or a bridge without parent gets a root port of its own; a switch or a bridge directly under a switch gets
 * a downstream port of its own. A root port or a downstream port leads to one thing: a device, a switch or a bridge.
 */
struct machine_port {
	char name[MACHINE_NAME_MAX]; /* synthesized: the name of what is behind it and ".port" */
	enum port_kind kind;
	bool synthesized; /* a default root port, or a switch's downstream port */
	bool acs_given;
	bool iommu_given;  /* on any port; it holds for the whole tree below the root port */
	uint16_t parent;   /* port; MACHINE_NONE for a root port */
	uint16_t iommu;    /* that serves the tree: assigned for all ports; MACHINE_NONE in a machine without IOMMUs */
	uint16_t segment;  /* a root port's; the others inherit it */
	uint16_t rid;      /* assigned: of the port's own function (a switch: of its upstream port) */
	uint8_t acs;       /* enum acs_bit; a switch's value is given to each of its downstream ports */
	uint8_t secondary; /* assigned: bus behind it (a switch: its internal bus) */
	uint8_t subordinate;
	uint64_t window_first; /* assigned: 32-bit bus addresses that it claims downstream; first > last: none */
	uint64_t window_last;
	uint64_t window64_first; /* the same for BARs above 256 MiB */
	uint64_t window64_last;
};

/* Misbehaving hardware. Of units: QUIRK_AD_BITS_IGNORE_RO, QUIRK_BYPASS_STAGE2_WALK; the others are devices'. */
enum device_quirk {
	QUIRK_IGNORES_INVALIDATION = 1 << 0,
	QUIRK_ATS_SURVIVES_RESET = 1 << 1,
	QUIRK_AD_BITS_IGNORE_RO = 1 << 2,
	QUIRK_BYPASS_STAGE2_WALK = 1 << 3,
	QUIRK_TRANSLATED_WITHOUT_ATS = 1 << 4,
	QUIRK_STRICT_COMMAND = 1 << 5, /* hw/fabric/tdi.h: allowed, and not what drivers expect */
};

/*
 * Functions of one physical device share a `package`: the index of its first function. A VF belongs to the package of
 * its PF. `acs` where it was not given: ACS_FULL for a single function, none between the functions of a multi-function
 * device, the PF's for a VF.
 *
 * Where a function is: under `port`; without one under a root port of its own, or, when a BDF on bus 0 was given, an
 * integrated endpoint of the root complex (port stays MACHINE_NONE). Functions of a package, VFs and mdevs without a
 * port follow the first function, PF, parent. A given BDF on another bus makes the port behind which the device is
 * lead to that bus. VFs take the requester IDs that follow the last function of their package; theirs cannot be given.
 */
struct machine_device {
	char name[MACHINE_NAME_MAX];
	enum device_kind kind;
	enum device_driver driver;
	uint16_t package;      /* a row begins with its own index */
	uint16_t port;         /* the port it is plugged under; MACHINE_NONE: see above, and for a platform master */
	uint16_t iommu;        /* assigned: that serves it; MACHINE_NONE in a machine without IOMMUs */
	uint16_t segment;      /* given together with the BDF, else its port's */
	uint16_t rid;          /* platform master: its stream; mdev: its parent's */
	uint16_t parent;       /* VF: its PF; mdev: the function behind it; else MACHINE_NONE */
	uint16_t alias_rid;    /* used in place of rid on the bus, if aliased */
	uint16_t alias_device; /* aliased: whose rid it is; MACHINE_NONE: alias_rid was given */
	bool aliased;
	bool bdf_given; /* `rid` (and `segment`) were given */
	bool acs_given;
	bool iommu_given;
	bool multifunction; /* assigned: the package has other functions; VFs do not count (header type, bit 7) */
	uint8_t acs;        /* towards sibling functions of the same package */
	bool trusted;
	bool coherent; /* its accesses snoop CPU caches, unless they say No Snoop */
	bool present;  /* false: an empty slot until it is plugged in; it has its numbers and addresses all the same */
	bool ats, pri;
	uint8_t pasid_bits;
	uint32_t vectors;
	uint32_t pasid;  /* mdev: its PASID on the parent; MACHINE_NO_PASID: a software mdev */
	uint32_t stream; /* assigned: what the IOMMU is asked with: requester ID after aliasing, platform stream */
	uint16_t first_bar, bar_count;           /* assigned from the tables' `device` */
	uint16_t first_reserved, reserved_count; /* the same */
	uint32_t quirks;                         /* enum device_quirk */
	enum mdev_notice on_unmap;               /* mdev */
	uint16_t guest;                          /* confidential owner that it is assigned to; MACHINE_NONE */
	enum device_tdisp tdisp;
};

/* The rows of one device follow each other. */
struct machine_bar {
	char name[MACHINE_NAME_MAX]; /* "nic.bar0" */
	uint16_t device;
	uint8_t index;  /* 0 to 5 */
	uint64_t bytes; /* a power of two, at least 4096 */
	uint64_t bus;   /* assigned: bus address = host physical address, naturally aligned */
};

/*
 * The rows of one device follow each other. RESERVED_RMRR and RESERVED_RELAXABLE are firmware memory: RAM that is no
 * declared object; several devices may name the same one (equal bounds).
 */
struct machine_reserved {
	char name[MACHINE_NAME_MAX];
	uint16_t device;
	enum reserved_kind kind;
	uint64_t first; /* multiple of 4096, as `bytes` */
	uint64_t bytes;
};

struct machine_owner {
	char name[MACHINE_NAME_MAX];
	enum owner_kind kind;
	bool confidential, viommu;
	bool rawio;    /* CAP_SYS_RAWIO; true unless said otherwise */
	bool resource; /* CAP_SYS_RESOURCE; the same */
	/* A process that is not there before `parent` forks it, which is MACHINE_NONE until the step is read. */
	bool child;
	uint16_t parent;
};

struct machine_memory {
	char name[MACHINE_NAME_MAX];
	uint16_t owner;
	bool present; /* false: not faulted in */
	bool private; /* of a confidential guest: not shared with the host */
	bool swiotlb; /* of a confidential guest's kernel: its bounce pool, which is shared */
	bool gpa_given, va_given;
	bool guests_table; /* of a guest's own kernel, for its tables */
	uint16_t copy_of;  /* the page that is made where a child's or its parent's parts from that one; MACHINE_NONE */
	uint64_t shared_with;  /* bit per owner index (owners beyond 63 cannot share) */
	uint64_t bytes;        /* a multiple of 4096 */
	uint64_t hpa, gpa, va; /* assigned ones: aligned to the largest page size that fits into `bytes` */
};

struct machine_index; /* lookup arrays, made by machine_finish */

struct machine {
	struct machine_iommu *iommus;
	struct machine_port *ports;
	struct machine_device *devices;
	struct machine_bar *bars;
	struct machine_reserved *reserved;
	struct machine_owner *owners;
	struct machine_memory *memories;
	uint32_t iommu_count, port_count, device_count, bar_count, reserved_count, owner_count, memory_count;
	/* Assigned: the longest part of LAYOUT_TABLES without firmware memory; IOMMU structures go there. */
	uint64_t tables_first, tables_last;
	struct machine_index *index;
};

/* Where things lie in simulated physical memory; RAM is everything below MMIO32 and from RAM_HIGH on. */
#define LAYOUT_TABLES_FIRST    UINT64_C(0x0000000001000000) /* IOMMU structures, page tables, queues: kernel memory */
#define LAYOUT_TABLES_LAST     UINT64_C(0x000000007fffffff)
#define LAYOUT_MMIO32_FIRST    UINT64_C(0x00000000c0000000) /* BARs up to 256 MiB */
#define LAYOUT_MMIO32_LAST     UINT64_C(0x00000000febfffff)
#define LAYOUT_IOMMU_REGISTERS UINT64_C(0x00000000fed90000)
#define LAYOUT_MEMORY_FIRST    UINT64_C(0x0000000100000000) /* declared memory objects */
#define LAYOUT_MEMORY_LAST     UINT64_C(0x0000001fffffffff)
#define LAYOUT_MMIO64_FIRST    UINT64_C(0x0000002000000000) /* larger BARs */
#define LAYOUT_MMIO64_LAST     UINT64_C(0x0000003fffffffff) /* all within 39 bits */
#define LAYOUT_BAR32_MAX       (UINT64_C(256) << 20)        /* BARs up to this size lie in MMIO32 */
#define LAYOUT_MSI_FIRST       UINT64_C(0x00000000fee00000) /* interrupt window where a unit names none */
#define LAYOUT_MSI_LAST        UINT64_C(0x00000000feefffff)
/* The ITS of machines with SMMUv3: GITS_TRANSLATER is at offset 40h of this page (IHI 0069 12.19.9), no RAM, no BAR. */
#define LAYOUT_ITS_TRANSLATER UINT64_C(0x00000000fec10000)
/* SMMUv3 translates interrupt messages like any write: Linux keeps these IOVAs free to map doorbells at. */
#define LAYOUT_SOFTWARE_MSI_FIRST UINT64_C(0x0000000008000000)
#define LAYOUT_SOFTWARE_MSI_LAST  UINT64_C(0x00000000080fffff)
/*
 * Guest physical addresses of an owner's objects, distinct within the owner: none is a bus address or an object's
 * host address, all are within 39 bits. In the low part until one does not fit, from there on in the high part.
 */
#define LAYOUT_GPA_LOW_FIRST  UINT64_C(0x0000000040000000)
#define LAYOUT_GPA_LOW_LAST   UINT64_C(0x00000000bfffffff)
#define LAYOUT_GPA_HIGH_FIRST UINT64_C(0x0000004000000000)
#define LAYOUT_GPA_HIGH_LAST  UINT64_C(0x0000007fffffffff)
/* Virtual addresses of an owner's objects. */
#define LAYOUT_VA_FIRST UINT64_C(0x00007f0000000000)
#define LAYOUT_VA_LAST  UINT64_C(0x00007fffffffefff)
/* Where the kernel's own page table has all of memory a second time; below all that is assigned. */
#define LAYOUT_DIRECT_MAP UINT64_C(0x0000400000000000)

struct machine *machine_new(void); /* with the host as owner 0 */
void machine_free(struct machine *machine);

/*
 * Append a row and return its index (MACHINE_NONE: the table is full); pointers into the array are valid until the
 * next append. The row is zero but for its name (cut to fit), `present`, `trusted`, `coherent`, `rawio` and `resource`
 * (true), `package` (own index), `pasid` (none), and the references port, parent, alias_device, guest, copy_of, which
 * begin as MACHINE_NONE.
 */
uint16_t machine_add_iommu(struct machine *machine, const char *name);
uint16_t machine_add_port(struct machine *machine, const char *name);
uint16_t machine_add_device(struct machine *machine, const char *name);
uint16_t machine_add_bar(struct machine *machine, const char *name);
uint16_t machine_add_reserved(struct machine *machine, const char *name);
uint16_t machine_add_owner(struct machine *machine, const char *name);
uint16_t machine_add_memory(struct machine *machine, const char *name);

/*
 * What machine_finish() found wrong, and the row it is about, so that the loader can point at its place; never a row
 * that machine_finish() itself appended.
 */
enum machine_table { TABLE_IOMMU, TABLE_PORT, TABLE_DEVICE, TABLE_BAR, TABLE_RESERVED, TABLE_OWNER, TABLE_MEMORY };
struct machine_error {
	enum machine_table table;
	uint16_t index;
	char message[200]; /* "BDF 00:01.0 is taken by 'nic'" */
};

/*
 * Checks the declared topology (cycles, BDF used twice, a VF without a PF, too many functions, buses, addresses)
 * and assigns the rest; appends the ports that are implied. Called once. False and `error` filled if the declarations
 * contradict each other; the machine can then only be freed.
 */
bool machine_finish(struct machine *machine, struct machine_error *error);

/* The machine as it is when every IOMMU without a given kind is of `kind`. */
void machine_set_kind(struct machine *machine, enum iommu_kind kind);

const char *machine_name_of_kind(enum iommu_kind kind); /* "vtd", "smmuv3", "none" */

/* --- of a finished machine; logarithmic --- */
/* The device function (an mdev is none) or the port function with that requester ID; MACHINE_NONE if none has it. */
uint16_t machine_device_by_rid(const struct machine *machine, uint16_t segment, uint16_t rid);
uint16_t machine_port_by_rid(const struct machine *machine, uint16_t segment, uint16_t rid);
/* The object that holds the physical byte; MACHINE_NONE if there is none. */
uint16_t machine_memory_at(const struct machine *machine, uint64_t hpa);
uint16_t machine_bar_at(const struct machine *machine, uint64_t bus);
/* The firmware range that holds the physical byte (of several equal ones the first); MACHINE_NONE. */
uint16_t machine_firmware_at(const struct machine *machine, uint64_t hpa);
/* The interrupt window of a unit; of the platform for MACHINE_NONE. */
void machine_msi_window(const struct machine *machine, uint16_t iommu, uint64_t *first, uint64_t *last);
/* The function that sends for the device: an mdev's parent, else the device itself. */
uint16_t machine_function(const struct machine *machine, uint16_t device);

#endif
