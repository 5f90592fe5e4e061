/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the life of a hostile device behind a real unit that a real driver has set up: requests of every address
 * type with any PASID and requester ID, page requests, completions of invalidations that nobody sent, answers to
 * nothing, stalls, interleaved with what the unit, the driver and an honest device do, and with time-outs.
 *
 * What must hold: no assertion, everything ends, and what the tables do not map is never reached with an untranslated
 * address, however the device lies; with a translated one only while it was given ATS.
 */
#include "base/assert.h"
#include "hw/device/device.h"
#include "hw/driver.h"
#include "hw/interrupts.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#define PAGE           UINT64_C(0x1000)
#define MAX_OPERATIONS 96
#define MAX_EVENTS     20000
#define FRAMES         8192
#define IOVA_RW        UINT64_C(0x10000)
#define IOVA_RO        UINT64_C(0x20000)
#define IOVA_PASID     UINT64_C(0x30000)
#define PASID          1u
#define PASID_SET_BITS 4
#define FLIGHTS        8

/* Declared memory, in this order. */
enum object { RW, RO, OF_PASID, VICTIMS, NOBODYS, OBJECTS };

/* Kinds of life. Each is set up once: an input begins from the snapshot, so that thousands fit into a minute. */
static const struct kind {
	enum iommu_kind kind;
	uint32_t quirks;
	struct iommu_config unit;
} kinds[] = {
	{IOMMU_VTD, QUIRK_TRANSLATED_WITHOUT_ATS, {.scalable = true, .ats = true, .pri = true, .pasid_bits = 8}},
	{IOMMU_SMMUV3,
	 QUIRK_TRANSLATED_WITHOUT_ATS,
	 {.ats = true, .pri = true, .stall = true, .msi = true, .pasid_bits = 8}},
	{IOMMU_VTD, QUIRK_TRANSLATED_WITHOUT_ATS, {.ats = true, .interrupt_remapping = true}},
	{IOMMU_SMMUV3, QUIRK_IGNORES_INVALIDATION, {.ats = true, .pri = true, .pasid_bits = 8, .no_cache = true}},
	{IOMMU_VTD,
	 QUIRK_ATS_SURVIVES_RESET,
	 {.scalable = true, .ats = true, .pri = true, .pasid_bits = 8, .interrupt_remapping = true, .no_cache = true}},
	{IOMMU_VTD, QUIRK_TRANSLATED_WITHOUT_ATS, {.interrupt_remapping = false}},
	{IOMMU_SMMUV3, QUIRK_TRANSLATED_WITHOUT_ATS, {.stall = true}},
	{IOMMU_VTD,
	 QUIRK_IGNORES_INVALIDATION | QUIRK_ATS_SURVIVES_RESET,
	 {.scalable = true, .ats = true, .pri = true, .pasid_bits = 8, .interrupt_posting = true}},
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

static void want(bool truth)
{
	if (!truth)
		abort();
}

struct life {
	const uint8_t *data;
	size_t bytes;
	struct machine *machine;
	struct arena *arena;
	struct memory *memory;
	struct frame_allocator *frames;
	struct iommu *unit;
	struct driver *driver;
	struct fabric *fabric;
	struct interrupts *interrupts;
	struct devices *devices;
	struct arena_snapshot *snapshot;
	uint64_t hash; /* of the snapshot */
	domain_handle domain, of_pasid, of_victim;
	uint16_t evil, victim, master;
	bool pasid_attached;
	bool may_reach[OBJECTS]; /* the tables of the hostile function lead there, or may still be cached to */
	bool ats;                /* it was given ATS at some time */
	uint32_t flights[FLIGHTS];
	unsigned flight_count;
	unsigned events;
};

static uint64_t take(struct life *life, unsigned bytes)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < bytes && life->bytes > 0; i++, life->bytes--)
		value |= (uint64_t)*life->data++ << 8 * i;
	return value;
}

/* --- the driver's port --- */

static uint64_t port_read(void *context, uint32_t offset, unsigned width)
{
	struct life *life = context;
	return life->unit->ops->read_register(life->unit, offset, width);
}

static void port_write(void *context, uint32_t offset, unsigned width, uint64_t value)
{
	struct life *life = context;
	life->unit->ops->write_register(life->unit, offset, width, value);
}

static bool advance_once(struct life *life)
{
	if (!life->unit->ops->advance(life->unit) && !devices_advance(life->devices))
		return false;
	want(++life->events < MAX_EVENTS);
	return true;
}

/* Who waits sees the time pass at last. */
static bool port_advance(void *context)
{
	struct life *life = context;
	return advance_once(life) || life->unit->ops->invalidate_timed_out(life->unit);
}

static bool port_endpoint(void *context, uint32_t stream, enum endpoint_feature feature, bool on)
{
	struct life *life = context;
	uint16_t device = device_of_stream(life->devices, 0, stream);
	return device != MACHINE_NONE && device_enable(life->devices, device, feature, on);
}

static bool port_may_stall(void *context, uint32_t stream)
{
	struct life *life = context;
	return device_of_stream(life->devices, 0, stream) == life->master;
}

static void settle(struct life *life)
{
	life->events = 0;
	while (port_advance(life))
		;
}

/* --- set-up --- */

static void build_machine(struct life *life, const struct kind *kind)
{
	struct machine *machine = life->machine = machine_new();
	struct machine_error error;
	uint16_t unit = machine_add_iommu(machine, "iommu0");

	machine->iommus[unit].kind = kind->kind;
	life->evil = machine_add_device(machine, "evil");
	life->victim = machine_add_device(machine, "victim");
	life->master = machine_add_device(machine, "master");
	machine->devices[life->master].kind = DEVICE_PLATFORM;
	machine->devices[life->master].pasid_bits = PASID_SET_BITS;
	for (unsigned i = life->evil; i <= life->victim; i++) {
		machine->devices[i].ats = machine->devices[i].pri = true;
		machine->devices[i].pasid_bits = PASID_SET_BITS;
		machine->devices[i].vectors = 2;
	}
	machine->devices[life->evil].quirks = kind->quirks;
	for (unsigned i = 0; i < OBJECTS; i++) {
		uint16_t memory = machine_add_memory(machine, "page");
		machine->memories[memory].bytes = PAGE;
	}
	want(machine_finish(machine, &error));
}

static uint64_t object_pa(const struct life *life, enum object object)
{
	return life->machine->memories[object].hpa;
}

static uint32_t stream_of(const struct life *life, uint16_t device)
{
	return life->machine->devices[device].stream;
}

static void map_object(struct life *life, domain_handle domain, uint64_t iova, enum object object, unsigned permissions)
{
	if (domain && !life->driver->ops->map(life->driver, domain, iova, object_pa(life, object), PAGE, permissions))
		life->may_reach[object] = object != VICTIMS;
}

static void begin_hardware(struct life *life, const struct kind *kind)
{
	struct iommu_config config = kind->unit;

	config.address_width = 46;
	config.registers_pa = life->machine->iommus[0].registers_pa;
	life->arena = arena_new();
	life->memory = memory_new(life->arena, FRAMES);
	want(memory_add_ram(life->memory, 0, LAYOUT_MMIO32_FIRST - 1));
	want(memory_add_ram(life->memory, LAYOUT_MEMORY_FIRST, LAYOUT_MEMORY_LAST));
	life->frames = frame_allocator_new(life->memory, life->machine->tables_first, life->machine->tables_last);
	life->unit = iommu_ops_of(kind->kind)->create(life->arena, life->memory, &config);
	life->fabric = fabric_new(life->arena, life->machine, life->memory, &life->unit);
	life->interrupts = interrupts_new(life->arena, life->machine);
	fabric_set_interrupts(life->fabric, life->interrupts);
	struct devices_config devices = {.arena = life->arena,
					 .machine = life->machine,
					 .fabric = life->fabric,
					 .units = &life->unit,
					 .atc_sets = 2,
					 .atc_ways = 2,
					 .page_requests = 4};
	life->devices = devices_new(&devices);
}

static void set_features(struct life *life, uint16_t device, unsigned features)
{
	const struct driver_ops *ops = life->driver->ops;

	ops->set_features(life->driver, stream_of(life, device), features);
	life->ats |= device == life->evil && ops->features(life->driver, stream_of(life, device)) & FEATURE_ATS;
}

static void ignore_fault(void *context, const struct driver_fault *fault)
{
	(void)context;
	(void)fault;
}

static void do_pasid(struct life *life)
{
	const struct driver_ops *ops = life->driver->ops;
	uint32_t stream = stream_of(life, life->evil);

	if (!life->of_pasid)
		return;
	if (life->pasid_attached) {
		int error = ops->attach_pasid(life->driver, stream, PASID, 0);
		ops->drain(life->driver, stream, PASID, ignore_fault, NULL);
		if (error == 0)
			life->may_reach[OF_PASID] = false;
		life->pasid_attached = ops->attached_pasid(life->driver, stream, PASID) != 0;
		return;
	}
	ops->attach_pasid(life->driver, stream, PASID, life->of_pasid);
	life->pasid_attached = ops->attached_pasid(life->driver, stream, PASID) != 0;
	life->may_reach[OF_PASID] |= life->pasid_attached;
}

static void begin_software(struct life *life, const struct kind *kind)
{
	struct driver_config config = {.arena = life->arena,
				       .memory = life->memory,
				       .frames = life->frames,
				       .port = {.unit = life,
						.read_register = port_read,
						.write_register = port_write,
						.advance = port_advance,
						.endpoint = port_endpoint,
						.may_stall = port_may_stall},
				       .max_domains = 64,
				       .max_streams = 65536,
				       .interrupt_remapping = kind->unit.interrupt_remapping,
				       .page_requests = kind->unit.pri};
	const struct driver_ops *ops = driver_ops_of(kind->kind);

	life->driver = ops->create(&config);
	want(ops->init(life->driver) == 0 && ops->enable(life->driver) == 0);
	want(ops->domain_alloc(life->driver, DOMAIN_USER, &life->domain) == 0);
	want(ops->domain_alloc(life->driver, DOMAIN_USER, &life->of_victim) == 0);
	if (ops->domain_alloc(life->driver, DOMAIN_SVA, &life->of_pasid) != 0)
		life->of_pasid = 0;
	want(ops->attach(life->driver, stream_of(life, life->evil), life->domain) == 0);
	want(ops->attach(life->driver, stream_of(life, life->victim), life->of_victim) == 0);
	want(ops->attach(life->driver, stream_of(life, life->master), life->domain) == 0);
	map_object(life, life->domain, IOVA_RW, RW, PERM_READ | PERM_WRITE);
	map_object(life, life->domain, IOVA_RO, RO, PERM_READ);
	map_object(life, life->of_victim, IOVA_RW, VICTIMS, PERM_READ | PERM_WRITE);
	life->may_reach[VICTIMS] = false;
	map_object(life, life->of_pasid, IOVA_PASID, OF_PASID, PERM_READ | PERM_WRITE);
	set_features(life, life->victim, FEATURE_ATS | FEATURE_PRI);
	set_features(life, life->evil, FEATURE_ATS | FEATURE_PASID | FEATURE_PRI);
	do_pasid(life);
	life->ats = ops->features(life->driver, stream_of(life, life->evil)) & FEATURE_ATS;
	set_features(life, life->master, FEATURE_STALL);
	settle(life);
}

/* The driver and the unit come back as they were, from the arena alone. */
static struct life *begin(const uint8_t *data, size_t bytes)
{
	static struct life lives[KINDS], fresh[KINDS];
	unsigned which = bytes > 0 ? data[0] % KINDS : 0;
	struct life *life = &lives[which];

	if (!life->arena) {
		build_machine(life, &kinds[which]);
		begin_hardware(life, &kinds[which]);
		begin_software(life, &kinds[which]);
		life->snapshot = arena_save(life->arena);
		life->hash = arena_hash(life->arena);
		fresh[which] = *life;
	}
	*life = fresh[which];
	arena_restore(life->arena, life->snapshot);
	want(arena_hash(life->arena) == life->hash);
	life->data = bytes > 0 ? data + 1 : data;
	life->bytes = bytes > 0 ? bytes - 1 : 0;
	return life;
}

/* --- the hostile device --- */

/* Where the request of the hostile function, or of the platform master, ended. */
static void check_hit(const struct life *life, const struct request *request, const struct hit *hit)
{
	if (hit->kind != HIT_MEMORY)
		return;
	if (request->at == AT_TRANSLATED) {
		want(life->ats || request->rid != life->machine->devices[life->evil].rid);
		return;
	}
	want(request->at == AT_UNTRANSLATED);
	want(hit->memory < OBJECTS && life->may_reach[hit->memory]);
	want((hit->memory == OF_PASID) == (request->pasid != PASID_NONE));
	want(hit->memory != OF_PASID || request->pasid == PASID);
	want(hit->memory != RO || request->op == REQUEST_READ);
}

static struct request any_request(struct life *life)
{
	static const struct {
		uint64_t address;
		uint32_t pasid;
	} places[] = {
		{IOVA_RW, PASID_NONE}, {IOVA_RO, PASID_NONE},    {IOVA_PASID, PASID},
		{IOVA_RW, PASID},      {IOVA_PASID, PASID_NONE}, {UINT64_C(0xfee00000), PASID_NONE},
		{IOVA_RW, 2},          {IOVA_PASID, 0xfffff},
	};
	static const uint8_t types[] = {AT_UNTRANSLATED, AT_UNTRANSLATED, AT_TRANSLATION_REQUEST, AT_TRANSLATED};
	uint64_t shape = take(life, 4);
	uint16_t device = (shape >> 28 & 3) == 3 ? life->master : life->evil;
	struct request request = {.address = places[shape & 7].address + (shape >> 3 & 1) * 0x800,
				  .bytes = (uint32_t)(shape >> 4 & 1) * 4 + 4,
				  .pasid = places[shape & 7].pasid,
				  .data = (uint32_t)(shape >> 20 & 0xff),
				  .device = device,
				  .rid = life->machine->devices[device].rid,
				  .op = (uint8_t)((shape >> 5 & 3) % 3),
				  .at = types[shape >> 7 & 3],
				  .execute = (shape >> 9 & 3) == 3,
				  .privileged = (shape >> 11 & 3) == 3,
				  .no_write = shape >> 13 & 1,
				  .no_snoop = shape >> 14 & 1};

	if (request.at == AT_TRANSLATED)
		request.address = object_pa(life, (enum object)(shape >> 15 & 7) % OBJECTS);
	switch (shape >> 16 & 15) {
	case 0:
		request.address = take(life, 8);
		break;
	case 1:
		request.address = life->machine->tables_first + take(life, 2) * 8;
		break;
	case 2:
		request.rid ^= (uint16_t)take(life, 2);
		break;
	case 3:
		request.bytes = 0;
		break;
	case 4:
		request.pasid = (uint32_t)take(life, 3) & 0xfffff;
		break;
	default:
		break;
	}
	if (request.address % PAGE + request.bytes > PAGE)
		request.bytes = 0;
	return request;
}

static void do_request(struct life *life)
{
	struct request request = any_request(life);
	bool by_itself = take(life, 1) & 1;
	uint32_t flight;
	struct hit hit;
	uint16_t group;

	if (by_itself) {
		fabric_dma(life->fabric, &request, NULL, &hit);
		check_hit(life, &request, &hit);
		return;
	}
	switch (take(life, 1) % 4) {
	case 0:
		if (life->flight_count < FLIGHTS && device_hold(life->devices, &request, &hit, &flight) == DEVICE_HELD)
			life->flights[life->flight_count++] = flight;
		break;
	case 1:
		device_page_request(life->devices, &request, &group);
		break;
	case 2:
		device_ats(life->devices, &request, &hit);
		break;
	default:
		if (device_dma(life->devices, &request, NULL, &hit) == DEVICE_SENT)
			check_hit(life, &request, &hit);
	}
}

/* Messages that the device makes up: streams, PASIDs, groups and ITags of others. */
static void do_message(struct life *life)
{
	uint64_t shape = take(life, 4);
	struct page_request page = {.address = take(life, 3) << 12,
				    .stream = shape & 1 ? (uint32_t)(shape >> 16) : stream_of(life, life->evil),
				    .pasid = shape & 2 ? PASID_NONE : (uint32_t)(shape >> 8 & 0xf),
				    .group = (uint16_t)(shape >> 12 & 511),
				    .read = shape & 4,
				    .write = shape & 8,
				    .last = shape & 16,
				    .execute = shape & 32,
				    .privileged = shape & 64};
	struct page_response response;

	if (shape & 128)
		life->unit->ops->invalidate_completed(life->unit, page.stream, (uint32_t)take(life, 4));
	else if (life->unit->ops->page_request(life->unit, &page, &response) == PAGE_REQUEST_ANSWERED)
		want(response.group == page.group);
}

static void do_resume(struct life *life)
{
	struct hit hit;

	if (life->flight_count == 0)
		return;
	unsigned at = (unsigned)take(life, 1) % life->flight_count;
	if (device_resume(life->devices, life->flights[at], NULL, &hit))
		life->flights[at] = life->flights[--life->flight_count];
}

static void do_control(struct life *life)
{
	uint64_t shape = take(life, 1);
	uint16_t device = shape & 1 ? life->evil : life->victim;
	uint32_t pasid = shape & 2 ? PASID_NONE : PASID;

	switch (shape >> 2 & 7) {
	case 0:
		device_stop(life->devices, device, pasid);
		break;
	case 1:
		device_start(life->devices, device, pasid);
		break;
	case 2:
		device_reset_begin(life->devices, device);
		break;
	case 3:
		device_reset_end(life->devices, device);
		break;
	case 4:
		device_enable(life->devices, device, FEATURE_ATS, shape >> 5 & 1);
		break;
	case 5:
		fabric_set_bus_master(life->fabric, device, shape >> 5 & 1);
		break;
	case 6:
		life->unit->ops->invalidate_timed_out(life->unit);
		break;
	default:
		advance_once(life);
	}
}

/* --- the driver, which does everything right --- */

/* Unmaps the writable page, invalidates, and maps it again: in between nothing leads there. */
static void do_remap(struct life *life, bool again)
{
	const struct driver_ops *ops = life->driver->ops;
	struct gather gather = {.domain = 0};

	if (ops->unmap(life->driver, life->domain, IOVA_RW, PAGE, &gather) == 0 &&
	    ops->sync(life->driver, &gather) == 0)
		life->may_reach[RW] = false;
	if (again)
		map_object(life, life->domain, IOVA_RW, RW, PERM_READ | PERM_WRITE);
}

static void do_driver(struct life *life)
{
	static const enum page_response_code codes[] = {PAGE_RESPONSE_SUCCESS, PAGE_RESPONSE_INVALID,
							PAGE_RESPONSE_FAILURE};
	const struct driver_ops *ops = life->driver->ops;
	uint64_t shape = take(life, 1);
	struct driver_fault fault;

	life->events = 0;
	switch (shape & 7) {
	case 0:
		do_remap(life, shape >> 3 & 1);
		break;
	case 1:
		do_pasid(life);
		break;
	case 2:
		set_features(life, life->evil, (unsigned)(shape >> 3 & 7));
		break;
	case 3:
		ops->drain(life->driver, stream_of(life, life->evil), shape & 8 ? PASID_NONE : PASID, ignore_fault,
			   NULL);
		break;
	case 4:
		settle(life);
		break;
	default:
		if (ops->fault_next(life->driver, &fault))
			ops->fault_respond(life->driver, &fault, codes[(shape >> 3) % 3]);
	}
}

static void live(struct life *life)
{
	for (unsigned i = 0; i < MAX_OPERATIONS && life->bytes > 0; i++) {
		life->events = 0;
		switch (take(life, 1) % 8) {
		case 0:
			do_message(life);
			break;
		case 1:
			do_control(life);
			break;
		case 2:
			do_resume(life);
			break;
		case 3:
		case 4:
			do_driver(life);
			break;
		default:
			do_request(life);
		}
	}
	settle(life);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	live(begin(data, bytes));
	return 0;
}
