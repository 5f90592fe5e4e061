/* SPDX-License-Identifier: MIT */
#include "device_world.h"

static void fake_translate(struct iommu *unit, const struct request *request, struct translation *out)
{
	struct fake_unit *fake = (struct fake_unit *)unit;

	fake->asked++;
	fake->last = *request;
	*out = fake->answer;
	out->pa += request->address;
}

static void fake_completed(struct iommu *unit, uint32_t stream, uint32_t itags)
{
	struct fake_unit *fake = (struct fake_unit *)unit;

	(void)stream;
	fake->completed |= itags;
	fake->completions++;
}

static enum page_request_fate fake_page_request(struct iommu *unit, const struct page_request *request,
						struct page_response *response)
{
	struct fake_unit *fake = (struct fake_unit *)unit;

	fake->page_requests++;
	fake->page = *request;
	*response = fake->response;
	return fake->fate;
}

static const struct iommu_ops fake_ops = {.name = "fake",
					  .translate = fake_translate,
					  .invalidate_completed = fake_completed,
					  .page_request = fake_page_request};

static uint16_t build_capable(struct machine *machine, const char *name, uint32_t quirks)
{
	uint16_t device = build_device(machine, name, NONE);

	machine->devices[device].ats = machine->devices[device].pri = true;
	machine->devices[device].pasid_bits = PASIDS;
	machine->devices[device].vectors = 2;
	machine->devices[device].quirks = quirks;
	return device;
}

static struct machine *build_machine(struct device_world *world, enum iommu_kind kind)
{
	struct machine *machine = machine_new();
	uint16_t unit = build_iommu(machine, "iommu0");

	machine->iommus[unit].kind = kind;
	machine->iommus[unit].kind_given = true;
	world->nic = build_capable(machine, "nic", 0);
	world->other = build_capable(machine, "other", 0);
	world->liar = build_device(machine, "liar", NONE);
	machine->devices[world->liar].quirks = QUIRK_TRANSLATED_WITHOUT_ATS;
	machine->devices[world->liar].trusted = false;
	world->deaf = build_capable(machine, "deaf", QUIRK_IGNORES_INVALIDATION);
	world->undead = build_capable(machine, "undead", QUIRK_ATS_SURVIVES_RESET);
	world->pf = build_capable(machine, "pf", 0);
	world->vf = build_child(machine, "vf", DEVICE_VF, world->pf);
	machine->devices[world->vf].ats = true;
	world->mdev = build_child(machine, "mdev", DEVICE_MDEV, world->nic);
	machine->devices[world->mdev].pasid = 7;
	world->soft = build_child(machine, "soft", DEVICE_MDEV, world->nic);
	machine->devices[world->soft].pasid = MACHINE_NO_PASID;
	world->master = build_platform(machine, "master");
	build_memory(machine, "memory", MACHINE_HOST, UINT64_C(1) << 21);
	return machine;
}

void device_world_start(struct device_world *world, enum iommu_kind kind)
{
	struct machine_error error = {0};

	memset(world, 0, sizeof(*world));
	world->machine = build_machine(world, kind);
	if (!machine_finish(world->machine, &error))
		fail_msg("refused: %s", error.message);
	world->arena = arena_new();
	world->memory = memory_new(world->arena, 64);
	memory_add_ram(world->memory, 0, LAYOUT_MMIO32_FIRST - 1);
	memory_add_ram(world->memory, LAYOUT_MEMORY_FIRST, LAYOUT_MEMORY_LAST);
	world->unit.iommu = (struct iommu){.ops = &fake_ops};
	world->unit.answer = (struct translation){.result = TRANSLATE_OK,
						  .completion = ATS_SUCCESS,
						  .page_lg2 = 12,
						  .permissions = PERM_READ | PERM_WRITE,
						  .pa = BASE - IOVA};
	struct iommu *units[] = {&world->unit.iommu};
	world->fabric = fabric_new(world->arena, world->machine, world->memory, units);
	world->interrupts = interrupts_new(world->arena, world->machine);
	fabric_set_interrupts(world->fabric, world->interrupts);
	struct devices_config config = {.arena = world->arena,
					.machine = world->machine,
					.fabric = world->fabric,
					.units = units,
					.page_requests = 4};
	world->devices = devices_new(&config);
}

void device_world_free(struct device_world *world)
{
	devices_free(world->devices);
	assert_null(world->unit.iommu.outlet);
	interrupts_free(world->interrupts);
	fabric_free(world->fabric);
	memory_free(world->memory);
	arena_free(world->arena);
	machine_free(world->machine);
}

void device_world_enable(struct device_world *world, uint16_t device)
{
	assert_true(device_enable(world->devices, device, FEATURE_PASID, true));
	assert_true(device_enable(world->devices, device, FEATURE_ATS, true));
	assert_true(device_enable(world->devices, device, FEATURE_PRI, true));
}

struct request device_request(const struct device_world *world, uint16_t device, enum request_at at, uint64_t address)
{
	uint16_t function = machine_function(world->machine, device);

	return (struct request){.address = address,
				.bytes = 4,
				.pasid = PASID_NONE,
				.device = device,
				.rid = world->machine->devices[function].rid,
				.op = REQUEST_READ,
				.at = (uint8_t)at};
}

void device_fill(struct device_world *world, uint16_t device, uint32_t pasid, uint64_t iova, unsigned page_lg2,
		 unsigned permissions)
{
	struct request request = device_request(world, device, AT_TRANSLATION_REQUEST, iova);
	struct hit hit;

	request.pasid = pasid;
	world->unit.answer.page_lg2 = (uint8_t)page_lg2;
	world->unit.answer.permissions = (uint8_t)permissions;
	assert_int_equal(device_ats(world->devices, &request, &hit), DEVICE_SENT);
	assert_int_equal(hit.kind, HIT_TRANSLATION);
}

void device_invalidate(struct device_world *world, uint16_t device, uint32_t pasid, uint64_t first, uint64_t last,
		       uint8_t itag)
{
	const struct iommu_outlet *outlet = world->unit.iommu.outlet;
	struct ats_invalidation message = {.first = first,
					   .last = last,
					   .stream = world->machine->devices[device].stream,
					   .pasid = pasid,
					   .itag = itag};

	outlet->invalidate(outlet->context, 0, &message);
}

unsigned device_settle(struct device_world *world)
{
	unsigned events = 0;

	while (devices_advance(world->devices))
		assert_true(++events < 1000);
	return events;
}

bool device_holds(const struct device_world *world, uint16_t device, uint32_t pasid, uint64_t iova)
{
	uint64_t pa;
	unsigned permissions;

	return device_atc_find(world->devices, device, pasid, false, iova, &pa, &permissions);
}

void device_answer_pages(struct device_world *world, uint16_t device, uint32_t pasid, uint16_t group, uint8_t code)
{
	const struct iommu_outlet *outlet = world->unit.iommu.outlet;
	struct page_response response = {
		.stream = world->machine->devices[device].stream, .pasid = pasid, .group = group, .code = code};

	outlet->page_response(outlet->context, 0, &response);
}
