/* SPDX-License-Identifier: MIT */
/* First phase of the layout: each row for itself, and whether the rows that it names exist. */
#include "machine/layout.h"

#include <stddef.h>

#define PAGE             UINT64_C(4096)
#define RESERVED_MAX     64u /* ranges of one device */
#define BAR_INDEX_MAX    5u  /* PCIe 7.5.1.2.1: six BARs in a type 0 header */
#define PASID_BITS_MAX   20u
#define REGISTER_STRIDE  UINT64_C(4096)
#define OWNERS_SHARE_MAX 63u

static bool check_iommus(struct layout *layout)
{
	struct machine *machine = layout->machine;

	if (machine->iommu_count > MACHINE_IOMMUS_MAX)
		return layout_fail(layout, TABLE_IOMMU, MACHINE_IOMMUS_MAX, "more than %u IOMMUs", MACHINE_IOMMUS_MAX);
	for (uint32_t i = 0; i < machine->iommu_count; i++) {
		struct machine_iommu *unit = &machine->iommus[i];
		if (unit->kind >= IOMMU_KINDS)
			return layout_fail(layout, TABLE_IOMMU, i, "'%s' is of no known kind", unit->name);
		if (unit->msi_first > unit->msi_last)
			return layout_fail(layout, TABLE_IOMMU, i, "the interrupt window of '%s' ends before it begins",
					   unit->name);
		if (unit->address_width && (unit->address_width < 32 || unit->address_width > 52))
			return layout_fail(layout, TABLE_IOMMU, i, "'%s' has %u address bits, 32 to 52 are possible",
					   unit->name, unit->address_width);
		if (unit->page_lg2_mask_4k_2m_1g == 0)
			unit->page_lg2_mask_4k_2m_1g = 7;
		if (!(unit->page_lg2_mask_4k_2m_1g & 1))
			return layout_fail(layout, TABLE_IOMMU, i, "'%s' lacks 4 KiB pages", unit->name);
		unit->registers_pa = LAYOUT_IOMMU_REGISTERS + i * REGISTER_STRIDE;
	}
	return true;
}

static bool check_ports(struct layout *layout)
{
	const struct machine *machine = layout->machine;

	for (uint32_t i = 0; i < machine->port_count; i++) {
		const struct machine_port *port = &machine->ports[i];
		if (port->kind > PORT_PCI_BRIDGE)
			return layout_fail(layout, TABLE_PORT, i, "'%s' is of no known kind", port->name);
		if (port->parent != MACHINE_NONE && port->parent >= machine->port_count)
			return layout_fail(layout, TABLE_PORT, i, "'%s' is under a port that does not exist",
					   port->name);
		if (port->iommu_given && port->iommu >= machine->iommu_count)
			return layout_fail(layout, TABLE_PORT, i, "'%s' names an IOMMU that does not exist",
					   port->name);
	}
	return true;
}

static bool check_function(struct layout *layout, uint32_t index)
{
	const struct machine *machine = layout->machine;
	const struct machine_device *device = &machine->devices[index];
	const struct machine_device *first = device->package <= index ? &machine->devices[device->package] : NULL;

	if (!first || first->package != device->package || first->kind != DEVICE_FUNCTION)
		return layout_fail(layout, TABLE_DEVICE, index, "'%s' belongs to a device that is none", device->name);
	if (device->parent != MACHINE_NONE)
		return layout_fail(layout, TABLE_DEVICE, index, "'%s' has a parent, but is no VF or mdev",
				   device->name);
	return true;
}

/* VFs and mdevs. A VF joins the package of its PF. */
static bool check_child(struct layout *layout, uint32_t index)
{
	struct machine *machine = layout->machine;
	struct machine_device *device = &machine->devices[index];
	bool vf = device->kind == DEVICE_VF;
	const struct machine_device *parent =
		device->parent < machine->device_count ? &machine->devices[device->parent] : NULL;

	if (!parent || !(parent->kind == DEVICE_FUNCTION || (!vf && parent->kind == DEVICE_VF)))
		return layout_fail(layout, TABLE_DEVICE, index, "%s '%s' has no %s",
				   vf ? "virtual function" : "mediated device", device->name,
				   vf ? "physical function" : "device behind it");
	if (device->bdf_given)
		return layout_fail(layout, TABLE_DEVICE, index, "the BDF of '%s' follows from '%s' and cannot be given",
				   device->name, parent->name);
	if (vf)
		device->package = parent->package;
	return true;
}

static bool check_platform(struct layout *layout, uint32_t index)
{
	const struct machine_device *device = &layout->machine->devices[index];

	if (device->port != MACHINE_NONE || device->bdf_given || device->aliased || device->parent != MACHINE_NONE)
		return layout_fail(layout, TABLE_DEVICE, index,
				   "'%s' is a platform device: it has no port, BDF, alias or parent", device->name);
	return true;
}

static bool is_confidential(const struct machine *machine, uint16_t owner)
{
	return owner < machine->owner_count && machine->owners[owner].kind == OWNER_VM &&
	       machine->owners[owner].confidential;
}

/* A TEE device interface is somebody's: of the only confidential guest, if it is not said whose. */
static bool check_interface(struct layout *layout, uint32_t index)
{
	struct machine_device *device = &layout->machine->devices[index];
	uint16_t only = MACHINE_NONE;
	unsigned count = 0;

	if (device->tdisp == TDISP_NONE) {
		if (device->guest != MACHINE_NONE)
			return layout_fail(layout, TABLE_DEVICE, index, "'%s' has a guest and no 'tdisp'",
					   device->name);
		return true;
	}
	for (uint16_t i = 0; i < layout->machine->owner_count; i++) {
		if (!is_confidential(layout->machine, i))
			continue;
		only = i;
		count++;
	}
	if (device->guest == MACHINE_NONE && count == 1)
		device->guest = only;
	if (is_confidential(layout->machine, device->guest))
		return true;
	return layout_fail(layout, TABLE_DEVICE, index,
			   "'%s' has a TEE device interface, and %s: its 'guest' has to be a confidential vm",
			   device->name,
			   count ? "there is more than one guest for it" : "nobody is a confidential guest");
}

static bool check_device(struct layout *layout, uint32_t index)
{
	const struct machine *machine = layout->machine;
	const struct machine_device *device = &machine->devices[index];

	if (device->port != MACHINE_NONE && device->port >= machine->port_count)
		return layout_fail(layout, TABLE_DEVICE, index, "'%s' is under a port that does not exist",
				   device->name);
	if (device->iommu_given && device->iommu >= machine->iommu_count)
		return layout_fail(layout, TABLE_DEVICE, index, "'%s' names an IOMMU that does not exist",
				   device->name);
	if (device->pasid_bits > PASID_BITS_MAX)
		return layout_fail(layout, TABLE_DEVICE, index, "'%s' has %u PASID bits, at most %u are possible",
				   device->name, device->pasid_bits, PASID_BITS_MAX);
	if (device->aliased && device->alias_device != MACHINE_NONE &&
	    (device->alias_device >= machine->device_count || machine->devices[device->alias_device].kind > DEVICE_VF))
		return layout_fail(layout, TABLE_DEVICE, index, "the alias of '%s' has no BDF", device->name);
	if (!check_interface(layout, index))
		return false;
	switch (device->kind) {
	case DEVICE_FUNCTION:
		return check_function(layout, index);
	case DEVICE_VF:
	case DEVICE_MDEV:
		return check_child(layout, index);
	case DEVICE_PLATFORM:
		return check_platform(layout, index);
	}
	return layout_fail(layout, TABLE_DEVICE, index, "'%s' is of no known kind", device->name);
}

static bool check_devices(struct layout *layout)
{
	for (uint32_t i = 0; i < layout->machine->device_count; i++) {
		if (!check_device(layout, i))
			return false;
	}
	return true;
}

static bool check_bars(struct layout *layout)
{
	struct machine *machine = layout->machine;

	for (uint32_t i = 0; i < machine->bar_count; i++) {
		const struct machine_bar *bar = &machine->bars[i];
		if (bar->device >= machine->device_count)
			return layout_fail(layout, TABLE_BAR, i, "'%s' belongs to no device", bar->name);
		if (bar->bytes < PAGE || (bar->bytes & (bar->bytes - 1)))
			return layout_fail(layout, TABLE_BAR, i, "the size of '%s' is no power of two from 4K up",
					   bar->name);
		if (bar->index > BAR_INDEX_MAX)
			return layout_fail(layout, TABLE_BAR, i, "'%s': BARs are numbered 0 to %u", bar->name,
					   BAR_INDEX_MAX);
		struct machine_device *device = &machine->devices[bar->device];
		if (device->bar_count == 0)
			device->first_bar = (uint16_t)i;
		if (device->first_bar + device->bar_count != i)
			return layout_fail(layout, TABLE_BAR, i, "'%s' is apart from the other BARs of '%s'", bar->name,
					   device->name);
		for (uint32_t j = device->first_bar; j < i; j++) {
			if (machine->bars[j].index == bar->index)
				return layout_fail(layout, TABLE_BAR, i, "'%s' has BAR %u twice", device->name,
						   bar->index);
		}
		device->bar_count++;
	}
	return true;
}

static bool check_reserved_row(struct layout *layout, uint32_t index)
{
	const struct machine *machine = layout->machine;
	const struct machine_reserved *range = &machine->reserved[index];

	if (range->device >= machine->device_count)
		return layout_fail(layout, TABLE_RESERVED, index, "'%s' belongs to no device", range->name);
	if (range->kind > RESERVED_HOLE)
		return layout_fail(layout, TABLE_RESERVED, index, "'%s' is of no known kind", range->name);
	if (range->bytes == 0 || (range->bytes | range->first) % PAGE)
		return layout_fail(layout, TABLE_RESERVED, index, "'%s' does not begin and end on a 4K boundary",
				   range->name);
	if (range->first + (range->bytes - 1) < range->first)
		return layout_fail(layout, TABLE_RESERVED, index, "'%s' goes beyond the last address", range->name);
	return true;
}

static bool check_reserved(struct layout *layout)
{
	struct machine *machine = layout->machine;

	for (uint32_t i = 0; i < machine->reserved_count; i++) {
		const struct machine_reserved *range = &machine->reserved[i];
		if (!check_reserved_row(layout, i))
			return false;
		struct machine_device *device = &machine->devices[range->device];
		if (device->reserved_count == 0)
			device->first_reserved = (uint16_t)i;
		if (device->first_reserved + device->reserved_count != i)
			return layout_fail(layout, TABLE_RESERVED, i, "'%s' is apart from the other ranges of '%s'",
					   range->name, device->name);
		if (device->reserved_count == RESERVED_MAX)
			return layout_fail(layout, TABLE_RESERVED, i, "'%s' has more than %u reserved ranges",
					   device->name, RESERVED_MAX);
		for (uint32_t j = device->first_reserved; j < i; j++) {
			const struct machine_reserved *other = &machine->reserved[j];
			if (range->first <= other->first + (other->bytes - 1) &&
			    other->first <= range->first + (range->bytes - 1))
				return layout_fail(layout, TABLE_RESERVED, i, "'%s' overlaps '%s'", range->name,
						   other->name);
		}
		device->reserved_count++;
	}
	return true;
}

static bool check_privacy(struct layout *layout, uint32_t index)
{
	const struct machine_memory *memory = &layout->machine->memories[index];

	if (memory->private && memory->swiotlb)
		return layout_fail(layout, TABLE_MEMORY, index, "'%s' is a bounce pool, which is not private",
				   memory->name);
	if ((!memory->private && !memory->swiotlb) || is_confidential(layout->machine, memory->owner))
		return true;
	return layout_fail(layout, TABLE_MEMORY, index, "'%s' is %s, and '%s' is no confidential vm", memory->name,
			   memory->private ? "private" : "a bounce pool", layout->machine->owners[memory->owner].name);
}

static bool check_memories(struct layout *layout)
{
	const struct machine *machine = layout->machine;

	for (uint32_t i = 0; i < machine->memory_count; i++) {
		const struct machine_memory *memory = &machine->memories[i];
		if (memory->owner >= machine->owner_count)
			return layout_fail(layout, TABLE_MEMORY, i, "'%s' has no owner", memory->name);
		if (!check_privacy(layout, i))
			return false;
		if (memory->bytes == 0 || memory->bytes % PAGE)
			return layout_fail(layout, TABLE_MEMORY, i, "the size of '%s' is no multiple of 4K",
					   memory->name);
		if (memory->bytes > LAYOUT_MEMORY_LAST - LAYOUT_MEMORY_FIRST + 1)
			return layout_fail(layout, TABLE_MEMORY, i, "'%s' is larger than all memory", memory->name);
		if ((memory->gpa_given && memory->gpa % PAGE) || (memory->va_given && memory->va % PAGE))
			return layout_fail(layout, TABLE_MEMORY, i, "the address of '%s' is no multiple of 4K",
					   memory->name);
		unsigned owners = machine->owner_count;
		if (owners <= OWNERS_SHARE_MAX && memory->shared_with >> owners)
			return layout_fail(layout, TABLE_MEMORY, i, "'%s' is shared with an owner that does not exist",
					   memory->name);
	}
	return true;
}

bool layout_rows(struct layout *layout)
{
	return check_iommus(layout) && check_ports(layout) && check_devices(layout) && check_bars(layout) &&
	       check_reserved(layout) && check_memories(layout);
}
