/* SPDX-License-Identifier: MIT */
/*
 * What devices can do beyond memory requests: interrupt vectors, ATS, page requests, PASIDs; and what no IOMMU of a
 * kind can.
 */
#include "scenario/machine.h"

bool declare_vectors(struct loader *loader, const struct node *vectors, const char *device, uint16_t index)
{
	const struct key_row row = {.name = "vectors", .high = DEVICE_VECTORS_MAX};
	uint32_t count = 0;

	if (vectors && !value_count.read(loader, &row, vectors, &count))
		return false;
	loader->now->machine->devices[index].vectors = count;
	for (uint32_t i = 0; i < count; i++) {
		g_autofree char *text = g_strdup_printf("%s.v%u", device, i);
		struct name *name;

		if (!scope_add_as(loader, vectors, text, NAME_VECTOR, index, &name))
			return false;
		name->number = i;
	}
	return true;
}

/* Page requests need ATS (PCIe 10.4): a device with the one has the other. */
bool imply_ats(struct loader *loader, const struct node *device, struct machine_device *row)
{
	const struct node *ats = node_get(device, "ats");

	if (row->pri && ats && !row->ats)
		return fail(loader, ats, "true", "'%s' has page requests (pri): they need ATS", row->name);
	row->ats |= row->pri;
	return true;
}

static bool fail_pasid(struct loader *loader, uint32_t mdev, const char *expected, const char *why)
{
	const struct machine_device *row = &loader->now->machine->devices[mdev];
	struct node at = {.kind = NODE_SCALAR, .text = ""};

	at.place = g_array_index(loader->places[TABLE_DEVICE], struct place, mdev);
	return fail(loader, &at, expected, "PASID %u of '%s' %s '%s'", row->pasid, row->name, why,
		    loader->now->machine->devices[row->parent].name);
}

/* A function that says nothing of PASIDs has as many as its mdevs need. */
static bool fit_mdev(struct loader *loader, const uint8_t *given, uint32_t mdev)
{
	struct machine *machine = loader->now->machine;
	const struct machine_device *row = &machine->devices[mdev];
	struct machine_device *parent = &machine->devices[row->parent];

	for (uint32_t i = 0; i < mdev; i++)
		if (machine->devices[i].parent == row->parent && machine->devices[i].pasid == row->pasid)
			return fail_pasid(loader, mdev, "another PASID", "is that of another mdev of");
	if (row->pasid >> given[row->parent] && given[row->parent])
		return fail_pasid(loader, mdev, "a smaller PASID, or more bits", "is beyond the pasid-bits of");
	while (row->pasid >> parent->pasid_bits)
		parent->pasid_bits++;
	return true;
}

bool fit_mdevs(struct loader *loader)
{
	const struct machine *machine = loader->now->machine;
	g_autofree uint8_t *given = g_new0(uint8_t, machine->device_count + 1);

	for (uint32_t i = 0; i < machine->device_count; i++)
		given[i] = machine->devices[i].pasid_bits;
	for (uint32_t i = 0; i < machine->device_count; i++)
		if (machine->devices[i].pasid != MACHINE_NO_PASID && !fit_mdev(loader, given, i))
			return false;
	return true;
}

/* VT-d translates requests with PASID (3.4.3) and takes page requests (9.4, PRE) in scalable mode alone. */
void choose_modes(struct machine *machine)
{
	for (uint32_t i = 0; i < machine->device_count; i++) {
		const struct machine_device *device = &machine->devices[i];
		struct machine_iommu *unit = device->iommu == MACHINE_NONE ? NULL : &machine->iommus[device->iommu];

		if (unit && !unit->scalable_given)
			unit->scalable |= device->pasid_bits != 0 || device->pri;
	}
}

#define WALKS_NO_GUEST_PASIDS \
	"VT-d hardware never walks a PASID table that a guest owns: its tables lie at host addresses"

static const struct {
	enum operation operation;
	enum iommu_kind kind;
	const char *why;
} lacking[] = {
	/* 9.6: it is the PASID-table entry that names the second stage, so none is before it. But: IHI 0070 5.2,
	   S1ContextPtr. */
	{OP_PASID_TABLE, IOMMU_VTD, WALKS_NO_GUEST_PASIDS},
	{OP_GUEST_PASID, IOMMU_VTD, WALKS_NO_GUEST_PASIDS},
};

/* A unit that breaks a rule about what it does not do. */
static const char *lacks_quirk(const struct machine *machine, enum iommu_kind kind)
{
	for (uint32_t i = 0; i < machine->iommu_count; i++) {
		const struct machine_iommu *unit = &machine->iommus[i];

		enum iommu_kind own = unit->kind_given ? unit->kind : kind;

		if (own == IOMMU_SMMUV3 && unit->httu == HTTU_NONE && unit->quirks & QUIRK_AD_BITS_IGNORE_RO)
			return "an SMMUv3 without HTTU (IHI 0070 6.3.1) sets no flags of descriptors: none to set "
			       "wrongly";
	}
	return NULL;
}

const char *scenario_lacks(const struct scenario_case *program, unsigned policy, enum iommu_kind kind)
{
	const char *why = lacks_quirk(program->machine, kind);

	if (why)
		return why;
	for (uint32_t i = 0; i < program->step_count; i++) {
		const struct step *step = &program->steps[i];

		if (!(step->only_policies >> policy & 1) || !(step->only_kinds >> kind & 1))
			continue;
		for (unsigned row = 0; row < G_N_ELEMENTS(lacking); row++)
			if (lacking[row].operation == step->operation && lacking[row].kind == kind)
				return lacking[row].why;
	}
	return NULL;
}
