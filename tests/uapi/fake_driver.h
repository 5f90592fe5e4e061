/* SPDX-License-Identifier: MIT */
/*
 * An IOMMU driver for tests: domains are lists of mappings, requesters a table. It keeps the contract of hw/driver.h
 * (all or nothing, -EBUSY, -EEXIST ...), counts what is asked of it, and fails where a test says so.
 */
#ifndef IOSIM_TESTS_UAPI_FAKE_DRIVER_H
#define IOSIM_TESTS_UAPI_FAKE_DRIVER_H

#include "hw/driver.h"

#define FAKE_SCRATCH  UINT64_C(0x7000) /* the page of DOMAIN_SCRATCH */
#define FAKE_DOMAINS  256u
#define FAKE_STREAMS  512u
#define FAKE_MAPPINGS 8192u
#define FAKE_PASIDS   256u
#define FAKE_FAULTS   64u
#define FAKE_ENTRIES  64u
#define FAKE_FORGETS  16u

struct fake_mapping {
	uint64_t iova, pa, bytes;
	unsigned permissions;
};

struct fake_domain {
	bool live;
	enum domain_type type;
	struct fake_mapping *mappings; /* made with the first */
	uint32_t count;
	uint32_t dirty;   /* leaves removed since the last sync or flush */
	uint32_t flushes; /* flush_domain */
	domain_handle parent;
	unsigned wishes; /* enum domain_wish */
	bool tracking;
	uint64_t written;          /* page that hardware has written; 0: none */
	struct domain_guest guest; /* of DOMAIN_NESTED */
};

struct fake_pasid {
	uint32_t stream, pasid;
	domain_handle domain;
};

struct fake_answer {
	struct driver_fault fault;
	enum page_response_code code;
};

/* An entry of the table of interrupts. */
struct fake_interrupt {
	uint32_t stream, index, destination;
	uint8_t vector;
};

struct fake_driver {
	struct driver base;
	bool enabled;
	bool no_dirty;         /* it cannot track dirty pages */
	bool no_snoop_control; /* nor make requests snoop */
	uint64_t first, last, page_sizes;
	struct fake_domain domains[FAKE_DOMAINS]; /* handle h is domains[h] */
	uint32_t streams[FAKE_STREAMS];
	domain_handle serving[FAKE_STREAMS];
	uint32_t stream_count;
	unsigned features[FAKE_STREAMS];
	unsigned supported; /* features that the unit and every endpoint have */
	uint32_t last_pasid;
	struct fake_pasid pasids[FAKE_PASIDS];
	struct driver_fault faults[FAKE_FAULTS]; /* queued */
	struct fake_answer answers[FAKE_FAULTS];
	struct fake_interrupt interrupts[FAKE_ENTRIES];
	struct guest_invalidation forgets[FAKE_FORGETS]; /* that guests asked for */
	domain_handle forget_domains[FAKE_FORGETS];
	uint32_t forget_count;
	uint32_t pasid_count, fault_count, answer_count, interrupt_count;
	unsigned feature_calls[16]; /* what each call asked for */
	uint32_t feature_call_count;
	uint32_t attaches, maps, unmaps, syncs, drains;
	/* What fails from now on; 0: nothing. `after`: so many calls succeed first. `once`: then all is well again. */
	int fail_alloc, fail_attach, fail_map, fail_sync, fail_flush, fail_pasid, fail_free, fail_nest;
	uint32_t attach_after, map_after, sync_after, pasid_after;
	bool attach_once, map_once, sync_once, pasid_once;
	bool no_identity;  /* no pass-through in hardware */
	uint8_t pasid_lg2; /* that the unit says it has */
	void (*told)(void *context, uint16_t unit, const struct driver_event *event);
	void *told_context;
};

struct fake_driver *fake_driver_new(uint16_t index, enum iommu_kind kind);
void fake_driver_free(struct fake_driver *driver);
/* The type of the domain that serves the stream; DOMAIN_BLOCKED also where nothing was ever attached. */
enum domain_type fake_serving(const struct fake_driver *driver, uint32_t stream);
domain_handle fake_serving_domain(const struct fake_driver *driver, uint32_t stream);
/* Where a request of the stream would end; false: blocked. */
bool fake_translate(const struct fake_driver *driver, uint32_t stream, uint64_t iova, uint64_t *pa);
/* The same for requests with a PASID. */
bool fake_translate_pasid(const struct fake_driver *driver, uint32_t stream, uint32_t pasid, uint64_t iova,
			  uint64_t *pa);
unsigned fake_features(const struct fake_driver *driver, uint32_t stream);
/* Hardware queues a page request to read: the last of its group, or one before. */
void fake_page_request(struct fake_driver *driver, uint32_t stream, uint32_t pasid, uint16_t group, uint64_t address,
		       bool last);
/* Hardware has ended a transaction of the stream with an event of that type; the driver meets it. */
void fake_event(struct fake_driver *driver, uint32_t stream, uint8_t type, bool second_stage);
/* The code that the group was answered with last; -1: it was not. */
int fake_answered(const struct fake_driver *driver, uint32_t stream, uint32_t pasid, uint16_t group);
uint32_t fake_domains_live(const struct fake_driver *driver, enum domain_type type);

#endif
