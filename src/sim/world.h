/* SPDX-License-Identifier: MIT */
/*
 * One simulated machine that runs: all parts wired together for one case, one kind of IOMMU and one set of rules. What
 * a run may change is in the arena; the rest is configuration.
 */
#ifndef IOSIM_SIM_WORLD_H
#define IOSIM_SIM_WORLD_H

#include "base/arena.h"
#include "check/check.h"
#include "hw/device/device.h"
#include "hw/driver.h"
#include "hw/fabric/fabric.h"
#include "hw/iommu.h"
#include "hw/memory.h"
#include "model/model.h"
#include "scenario/program.h"
#include "sim/handed.h"
#include "sim/ledger.h"
#include "uapi/tee.h"
#include "uapi/uapi.h"

#include <glib.h>
#include <stdbool.h>

#define WORLD_MAX_FRAMES  (1u << 20)
#define WORLD_MAX_EVENTS  (1u << 22) /* hardware events that one wait may take */
#define WORLD_MAX_SPACES  1024
#define WORLD_MAX_AREAS   8192
#define WORLD_MAX_HELD    1024 /* pages that drivers of mdevs have pinned, or mapped */
#define WORLD_MAX_BOUNCED 1024 /* buffers in bounce slots */
#define WORLD_MAX_ASKED   1024 /* page requests and stalls that wait for an answer */

/* What a request that a step made is waiting for. */
enum waits {
	WAITS_NOT,
	WAITS_HELD,    /* in flight, between translation and access */
	WAITS_PAGE,    /* for the answer to its page request */
	WAITS_STALLED, /* in the unit */
};

/* What a result slot of the scenario holds now. */
struct slot {
	bool made;
	bool refused;        /* the step that would have made it was rejected or skipped */
	bool dma_api;        /* a handle of the kernel's DMA API */
	uint8_t waits;       /* request: enum waits */
	uint16_t device;     /* handle: for which device; memory: the mdev whose driver pinned it */
	uint16_t owner;      /* handle, space: whose */
	space_handle space;  /* space; handle: the space that it lies in, 0 for the DMA API */
	model_space meant;   /* the model's name for that space */
	uint64_t iova;       /* handle; memory: where it was pinned; request: of `ats`, the translated address */
	uint64_t bytes;      /* handle */
	uint32_t pasid;      /* PASID; request of `ats`: with which */
	uint32_t flight;     /* WAITS_HELD; DEVICE_NO_FLIGHT: it was let go on already */
	uint16_t group;      /* WAITS_PAGE: PRG index */
	uint16_t stall_tag;  /* WAITS_STALLED */
	uint16_t memory;     /* memory, handle; request that was dropped: what it was meant for */
	bool dropped;        /* request: a write of an accepted interface to its guest's private memory went nowhere */
	uint8_t permissions; /* handle */
	bool table;          /* space: a page table of one, which the model knows as the space */
	uint8_t padding[7];
	uint32_t regime;        /* handle of the DMA API: world_regime() of its device when it was made */
	uint32_t writer;        /* request: whose data it writes, see sim/cpu.h */
	uint64_t offset;        /* memory */
	struct request request; /* that waits, or did */
	struct hit hit;         /* WAITS_HELD without a flight: where it ended */
};

/* A page request or a stalled transaction that was sent, and on whose behalf. */
struct asked {
	uint16_t device; /* the function, of an mdev its parent */
	uint16_t originator;
	uint16_t number; /* PRG index, or STAG */
	bool used;
	bool stalled;
	uint32_t pasid;
};

/* A page that the driver of an mdev has pinned, or mapped for its parent through the DMA API. */
struct held {
	bool used;
	bool mapped; /* else pinned */
	uint16_t device, memory;
	uint8_t padding[2];
	uint64_t offset; /* into the memory */
	uint64_t iova;   /* of the mdev's user; mapped: of the parent */
	uint64_t bytes;  /* mapped */
};

/* A copy of a buffer that the DMA API maps in its stead: in pages of its own, or in the pool of a guest. */
struct bounce_slot {
	uint64_t pa;     /* of the copy */
	uint64_t bytes;  /* 0: free row */
	uint64_t offset; /* into the memory that was copied */
	uint32_t holds;  /* whose data the copy has: sim/cpu.h */
	uint16_t memory;
	uint8_t padding[2];
};

struct step_run;
struct guest_table;
struct cpu_line;
struct inner;
struct inner_table;
struct inner_device;
struct confidential;
struct monitor;
struct world_clock;

/* What a driver's port leads to. */
struct world_port {
	struct world *world;
	uint16_t iommu;
	bool trusted; /* to the half that serves requests with T */
};

/* The translation function that a device met last; see regime.c. */
struct regime {
	uint64_t root;
	uint32_t tag;
	uint32_t number; /* 0: none yet */
	uint8_t serving; /* enum check_serving */
	uint8_t padding[7];
};

/* A space that the front end made, explicit or implied, and the model's name for it. */
struct known_space {
	space_handle space;
	model_space meant;
	uint16_t owner;
	uint16_t padding;
};

/* An area as it was asked for. */
struct known_area {
	model_space meant; /* 0: free row */
	uint16_t permissions;
	uint16_t padding;
	uint64_t iova, bytes;
	struct model_target target;
};

/* A part of a space of which the owner hears that it was written. */
struct reported {
	model_space space;
	uint64_t first, last;
};

/*
 * Called where others could see that the step that runs has done something: behind each word or register that a driver
 * writes, each command that it submits, and each event in which hardware consumed or completed one. Units and devices
 * are idle then. Nothing is called while it runs.
 */
struct world_gaps {
	void (*at)(void *context); /* NULL: nobody wants to know */
	void *context;
	bool pending; /* hardware did something, and is not idle yet */
};

struct world {
	const struct scenario_case *program;
	struct machine *machine;
	enum iommu_kind kind;
	struct rules rules;
	struct arena *arena;
	struct memory *memory;
	struct frame_allocator *frames;
	struct iommu **units; /* per IOMMU; NULL: none */
	struct driver **drivers;
	struct effect_hook hook;
	struct fabric *fabric;
	struct interrupts *interrupts;
	struct devices *devices;
	struct handed *handed;
	struct world_port *ports; /* per IOMMU */
	struct step_run *running; /* the step that is carried out now; NULL: none */
	struct world_gaps gaps;
	struct uapi *uapi;
	struct monitor *monitor;           /* monitor.h; NULL: nobody checks granules */
	struct confidential *confidential; /* confidential.h; NULL: there are no such guests */
	struct model *model;
	struct check *check;
	struct check_eyes eyes;
	struct world_clock *clock; /* timed.h; NULL: nothing is timed */
	struct ledger *ledger;
	struct check_view *before; /* per device: at the end of the step before */
	bool verbose;
	bool manual;        /* hardware: manual: queues run only when told, or when a step waits */
	GPtrArray *effects; /* char *: what the hook saw in this step, if verbose */
	GArray *reported;   /* struct reported: what the call under way will say was written */
	/* FRAME_BYTES that requests carry: a write stores them, a read fills them. NULL: neither; memory keeps its
	 * names. */
	void *payload;
	bool overflowed; /* a table of the runner was full: what follows cannot be judged */
	GArray *resets;  /* uint16_t: devices that were reset within this step and of which the model was not told */
	/* in the arena */
	struct slot *slots;
	struct known_space *spaces;
	struct known_area *areas;
	struct asked *asked;
	struct held *held;
	struct bounce_slot *bounced;
	uint32_t *copies;                   /* how many of them are in use */
	uint16_t *scratch;                  /* per unit, and 8 bytes of its scratch page: who wrote them, and 1 */
	struct cpu_line *lines;             /* per memory: sim/cpu.h */
	struct guest_table *guests;         /* per memory: a guest's table in it */
	struct inner_table *inner_tables;   /* per memory: inner.c */
	struct inner_device *inner_devices; /* per device */
	struct inner *inner;
	model_space *address_spaces; /* per owner: the model's name for its own address space; 0: none yet */
	uint8_t *saved_features;     /* per device: what configuration space had when its reset began */
	uint16_t *standing;       /* per device: which device stands in its slot, unplugged or not; its own at first */
	struct regime *regimes;   /* per device */
	uint16_t *last_owner;     /* per device: who drove it last; MACHINE_HOST to begin with */
	uint64_t *refused_access; /* per device: bit per owner (below 64) that was refused it */
	uint64_t *portals;        /* per device: the same, that has its work queue mapped since it was bound to it */
};

/* NULL and a message (the caller frees) when the machine cannot be built or booted for that kind. */
struct world *world_new(const struct scenario_case *program, enum hardware_mode mode, enum iommu_kind kind,
			const struct rules *rules, bool verbose, char **message);
void world_free(struct world *world);
/* Whether the unit is in scalable mode where it is VT-d. */
bool world_unit_is_scalable(const struct machine *machine, uint16_t iommu);
/* Whether it has a page request queue: where the machine says so and some device has use for it. */
bool world_unit_has_page_requests(const struct machine *machine, uint16_t iommu);

/*
 * hardware.c: what units and devices do by themselves. Time passes only when nobody has anything to do: then held
 * requests go on that others wait for, and what is still not completed is timed out.
 */
/* Others could see something now. */
void world_gap(struct world *world);
/* What a driver or a unit did: the host's, the TSM's and its half of the unit, or Root firmware. */
enum world_half { WORLD_HALF_PLAIN, WORLD_HALF_TRUSTED, WORLD_HALF_ROOT };
void world_seen(struct world *world, const struct effect *effect, enum world_half half);
/* Hardware works until it is idle. */
void world_run_queues(struct world *world);
/* At most `count` hardware events; how many there were. */
uint32_t world_run_events(struct world *world, uint32_t count);
/* The same, and the kernel handles page requests, until there is nothing left to do. */
void world_serve(struct world *world);
/*
 * Requests that are held and went through the unit go on: it must not complete an invalidation before (VT-d 6.5.2.3;
 * IHI 0070 4.4). Where T chooses the unit, those that it served.
 */
void world_let_go(struct world *world, uint16_t iommu, enum handed_for whom);
/* Those that are held on their way to these addresses: what a TLBI by PA waits for (IHI 0070 6.3.119). */
void world_let_arrive(struct world *world, uint64_t pa, uint64_t bytes);
/* What the function has in flight arrives now. */
void world_complete(struct world *world, uint16_t device);
/* Devices, interrupt controller and what they need; fills in the driver's port. */
void world_build_devices(struct world *world);
struct driver_port world_driver_port(struct world *world, uint16_t iommu, bool trusted);
/* The half of the unit that serves requests with T; NULL: there is none of its own. */
struct iommu *world_trusted_unit(const struct world *world, uint16_t iommu);
/* The machine's side of a reset, a page request's answer and interrupts, as the front ends ask for it. */
void world_fill_platform(struct world *world, struct uapi_platform *platform);

/* The model's name for the owner's own address space, made with what is in it. 0: there are too many spaces. */
model_space world_address_space(struct world *world, uint16_t owner);
/*
 * vendor.c: drivers of mdevs. What they hold is told here by the steps that make them do it; unmap notices they answer
 * as the machine says, and when the mdev is closed they let go of everything, DMA mappings first.
 */
void vendor_pins(struct world *world, uint16_t device, uint64_t iova, uint16_t memory, uint64_t offset);
void vendor_unpins(struct world *world, uint16_t device, uint64_t iova);
void vendor_maps(struct world *world, uint16_t device, uint16_t memory, uint64_t offset, uint64_t iova, uint64_t bytes);
/* A mapping of the DMA API of the parent is gone. */
void vendor_unmaps(struct world *world, uint16_t parent, uint64_t iova);
/* The mdev whose driver has the memory pinned; MACHINE_NONE. */
uint16_t vendor_of(const struct world *world, uint16_t memory);
void vendor_unmapping(void *context, uint16_t device, uint64_t first, uint64_t last);
void vendor_closing(void *context, uint16_t device);
/* ops_dirty.c: a call that takes pages away reports that these were written. */
void world_reported(void *context, space_handle space, uint64_t iova, uint64_t bytes);

/* A page request or a stalled transaction was sent. */
void world_asked(struct world *world, const struct request *request, bool stalled, uint16_t number);

/* Remembers what every device is served by now, for the next step's comparison. */
void world_remember_views(struct world *world);
/* regime.c: the number of the function that the device meets now; of one that is blocked, the last that it met. */
uint32_t world_regime(const struct world *world, uint16_t device);
void world_remember_regime(struct world *world, uint16_t device, const struct check_view *view);
/*
 * Tells the model of resets. A call that takes a device resets it before its new owner has it, one that gives it back
 * after its owner has lost it: the operation knows which.
 */
void world_tell_resets(struct world *world);
/*
 * What stands in the two slots is exchanged, with nobody told: work, caches, lock and keys of the first are gone, and
 * configuration space is written as it was. -ENODEV: its slot is empty; -EBUSY: the other is not.
 */
int world_swap(struct world *world, uint16_t device, uint16_t with);
/* What serves requests of the device with that PASID. */
void world_view(const struct world *world, uint16_t device, uint32_t pasid, struct check_view *out);
/* Fills in world->eyes. */
void world_open_eyes(struct world *world);

/* ops_fork.c: as struct uapi_platform asks for it. */
void world_parted(void *context, const struct uapi_parting *parting);
/* bounce.c: as struct uapi_platform asks for them. */
uint64_t world_bounce(void *context, uint64_t pa, uint64_t bytes);
void world_bounce_back(void *context, uint64_t slot, uint64_t pa, uint64_t bytes, bool written);
void world_bounce_sync(void *context, uint64_t slot, uint64_t pa, uint64_t bytes, bool to_slot);
/* The copy that has the byte; NULL: none. */
/* The same in pages that are there: as struct tee_platform asks for it. */
bool world_pool_bounce(void *context, uint64_t slot, uint64_t pa, uint64_t bytes);
void world_pool_end(void *context, uint64_t slot);
struct bounce_slot *world_bounced_at(const struct world *world, uint64_t pa);
/* A request that hit the copy of a buffer is named by the buffer. */
void world_name_hit(const struct world *world, struct hit *hit);
/* The scratch pages of units, where there are such. */
void scratch_build(struct world *world);
/* A request has ended: whose bytes it read in a scratch page, if not its originator's; MACHINE_NONE: nobody's. */
uint16_t scratch_access(struct world *world, const struct request *request, const struct hit *hit);

/* guest.c */
void world_build_guests(struct world *world);
/* A command took effect: judged where it was a guest's request. */
void world_forgotten(struct world *world, const struct effect *effect, enum world_half half);
/* A walk wrote a guest's entry: judged. */
void world_walk_wrote(struct world *world, const struct effect *effect);

/* The model's name for a front end's space; 0 if it is new. */
model_space world_space_known(const struct world *world, space_handle space);
model_space world_space_learn(struct world *world, space_handle space, uint16_t owner);
/* Areas as asked for. */
void world_area_add(struct world *world, model_space meant, uint64_t iova, uint64_t bytes, struct model_target target,
		    unsigned permissions);
const struct known_area *world_area_at(const struct world *world, model_space meant, uint64_t iova);
void world_areas_remove(struct world *world, model_space meant, uint64_t iova, uint64_t bytes);

#endif
