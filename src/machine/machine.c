/* SPDX-License-Identifier: MIT */
#include "machine/machine.h"

#include "machine/layout.h"

#include <glib.h>

struct machine *machine_new(void)
{
	struct machine *machine = g_new0(struct machine, 1);
	uint16_t host = machine_add_owner(machine, "host");
	machine->owners[host].kind = OWNER_HOST;
	return machine;
}

void machine_free(struct machine *machine)
{
	if (!machine)
		return;
	machine_index_free(machine->index);
	g_free(machine->iommus);
	g_free(machine->ports);
	g_free(machine->devices);
	g_free(machine->bars);
	g_free(machine->reserved);
	g_free(machine->owners);
	g_free(machine->memories);
	g_free(machine);
}

/*
 * Makes room for one more zeroed row whose first member is its name. The capacity is not stored: it is the power of
 * two that holds `count`, at least 8.
 */
static void *append(void *rows, uint32_t *count, size_t row_bytes, const char *name)
{
	if (*count >= MACHINE_ROWS_MAX)
		return NULL;
	if (*count == 0 || (*count >= 8 && (*count & (*count - 1)) == 0))
		rows = g_realloc_n(rows, *count == 0 ? 8 : (size_t)*count * 2, row_bytes);
	char *row = (char *)rows + (size_t)*count * row_bytes;
	memset(row, 0, row_bytes);
	g_strlcpy(row, name, MACHINE_NAME_MAX);
	*count += 1;
	return rows;
}

/* Appends to the table and returns from the caller if it is full. */
#define APPEND(rows, count, name)                                           \
	do {                                                                \
		void *grown = append(rows, &(count), sizeof *(rows), name); \
		if (!grown)                                                 \
			return MACHINE_NONE;                                \
		(rows) = grown;                                             \
	} while (0)

uint16_t machine_add_iommu(struct machine *machine, const char *name)
{
	APPEND(machine->iommus, machine->iommu_count, name);
	return (uint16_t)(machine->iommu_count - 1);
}

uint16_t machine_add_port(struct machine *machine, const char *name)
{
	APPEND(machine->ports, machine->port_count, name);
	uint16_t index = (uint16_t)(machine->port_count - 1);
	machine->ports[index].parent = MACHINE_NONE;
	return index;
}

uint16_t machine_add_device(struct machine *machine, const char *name)
{
	APPEND(machine->devices, machine->device_count, name);
	uint16_t index = (uint16_t)(machine->device_count - 1);
	struct machine_device *device = &machine->devices[index];
	device->package = index;
	device->port = MACHINE_NONE;
	device->parent = MACHINE_NONE;
	device->alias_device = MACHINE_NONE;
	device->guest = MACHINE_NONE;
	device->pasid = MACHINE_NO_PASID;
	device->present = true;
	device->trusted = true;
	device->coherent = true;
	return index;
}

uint16_t machine_add_bar(struct machine *machine, const char *name)
{
	APPEND(machine->bars, machine->bar_count, name);
	return (uint16_t)(machine->bar_count - 1);
}

uint16_t machine_add_reserved(struct machine *machine, const char *name)
{
	APPEND(machine->reserved, machine->reserved_count, name);
	return (uint16_t)(machine->reserved_count - 1);
}

uint16_t machine_add_owner(struct machine *machine, const char *name)
{
	APPEND(machine->owners, machine->owner_count, name);
	uint16_t index = (uint16_t)(machine->owner_count - 1);
	machine->owners[index].rawio = true;
	machine->owners[index].resource = true;
	machine->owners[index].parent = MACHINE_NONE;
	return index;
}

uint16_t machine_add_memory(struct machine *machine, const char *name)
{
	APPEND(machine->memories, machine->memory_count, name);
	uint16_t index = (uint16_t)(machine->memory_count - 1);
	machine->memories[index].present = true;
	machine->memories[index].copy_of = MACHINE_NONE;
	return index;
}

void machine_set_kind(struct machine *machine, enum iommu_kind kind)
{
	for (uint32_t i = 0; i < machine->iommu_count; i++) {
		if (!machine->iommus[i].kind_given)
			machine->iommus[i].kind = kind;
	}
}

const char *machine_name_of_kind(enum iommu_kind kind)
{
	switch (kind) {
	case IOMMU_VTD:
		return "vtd";
	case IOMMU_SMMUV3:
		return "smmuv3";
	case IOMMU_NONE:
	case IOMMU_KINDS:
		break;
	}
	return "none";
}

void machine_msi_window(const struct machine *machine, uint16_t iommu, uint64_t *first, uint64_t *last)
{
	const struct machine_iommu *unit = iommu < machine->iommu_count ? &machine->iommus[iommu] : NULL;
	/* VT-d 3.15: FEEx_xxxxh, whatever the platform would like. */
	bool given = unit && unit->kind != IOMMU_VTD && unit->msi_last != 0;

	bool software = unit && unit->kind == IOMMU_SMMUV3;

	*first = given ? unit->msi_first : software ? LAYOUT_SOFTWARE_MSI_FIRST : LAYOUT_MSI_FIRST;
	*last = given ? unit->msi_last : software ? LAYOUT_SOFTWARE_MSI_LAST : LAYOUT_MSI_LAST;
}

uint16_t machine_function(const struct machine *machine, uint16_t device)
{
	const struct machine_device *row = &machine->devices[device];
	return row->kind == DEVICE_MDEV ? row->parent : device;
}
