/* SPDX-License-Identifier: MIT */
/* What ports, devices and units are, in words. */
#include "sim/show.h"

static const char *const port_words[] = {[PORT_ROOT] = "root port",
					 [PORT_SWITCH] = "switch",
					 [PORT_DOWNSTREAM] = "downstream port",
					 [PORT_PCI_BRIDGE] = "PCIe-to-PCI bridge"};
static const char *const device_words[] = {[DEVICE_FUNCTION] = "function",
					   [DEVICE_VF] = "VF",
					   [DEVICE_MDEV] = "mdev",
					   [DEVICE_PLATFORM] = "platform master"};
static const char *const driver_words[] = {[DRIVER_USER] = "free to be taken",
					   [DRIVER_HOST] = "kernel driver",
					   [DRIVER_GUEST] = "guest's driver",
					   [DRIVER_STUB] = "stub driver",
					   [DRIVER_NONE] = "no driver"};

static void append_bdf(GString *out, uint16_t rid)
{
	g_string_append_printf(out, " %02x:%02x.%x", rid >> 8, rid >> 3 & 31, rid & 7);
}

void show_device_name(GString *out, const struct machine *machine, const struct machine_device *device)
{
	g_string_append(out, device->name);
	if (device->kind == DEVICE_PLATFORM)
		g_string_append_printf(out, " stream %#x", device->stream);
	else if (device->kind == DEVICE_MDEV)
		g_string_append_printf(out, " of %s", machine->devices[device->parent].name);
	else
		append_bdf(out, device->rid);
}

void show_port_name(GString *out, const struct machine_port *port)
{
	g_string_append(out, port->name);
	append_bdf(out, port->rid);
}

static void append_acs(GString *out, uint8_t acs)
{
	static const char *const names[] = {"sv", "tb", "rr", "cr", "uf", "ec", "dt"};

	g_string_append(out, "acs:");
	if (acs == 0)
		g_string_append(out, " none");
	for (unsigned bit = 0; bit < G_N_ELEMENTS(names); bit++)
		if (acs >> bit & 1)
			g_string_append_printf(out, " %s", names[bit]);
}

void show_port_nature(GString *out, const struct machine_port *port)
{
	g_string_append(out, port_words[port->kind]);
	if (port->kind != PORT_PCI_BRIDGE) {
		g_string_append(out, ", ");
		append_acs(out, port->acs);
	}
}

static void append_quirks(GString *out, uint32_t quirks, const char *separator)
{
	static const char *const names[] = {"ignores-invalidation", "ats-survives-reset", "ad-bits-ignore-ro",
					    "bypass-stage2-walk", "translated-without-ats"};

	for (unsigned bit = 0; bit < G_N_ELEMENTS(names); bit++)
		if (quirks >> bit & 1)
			g_string_append_printf(out, "%squirk %s", separator, names[bit]);
}

void show_device_nature(GString *out, const struct machine_device *device, const char *separator)
{
	g_string_append_printf(out, "%s%s%s", device_words[device->kind], separator, driver_words[device->driver]);
	if (device->multifunction) {
		g_string_append(out, separator);
		append_acs(out, device->acs);
	}
	if (device->aliased) {
		g_string_append_printf(out, "%salias", separator);
		append_bdf(out, device->alias_rid);
	}
	if (device->ats)
		g_string_append_printf(out, "%sATS", separator);
	if (device->pri)
		g_string_append_printf(out, "%spage requests", separator);
	if (device->pasid_bits)
		g_string_append_printf(out, "%sPASIDs of %u bits", separator, device->pasid_bits);
	if (device->kind == DEVICE_MDEV && device->pasid != MACHINE_NO_PASID)
		g_string_append_printf(out, "%sPASID %#x", separator, device->pasid);
	if (device->kind == DEVICE_MDEV && device->on_unmap != MDEV_UNPINS)
		g_string_append_printf(out, "%s%s", separator,
				       device->on_unmap == MDEV_IGNORES ? "keeps pages that are unmapped"
									: "lets go of pages but not of their mappings");
	if (device->vectors)
		g_string_append_printf(out, "%s%u interrupt vector%s", separator, device->vectors,
				       device->vectors == 1 ? "" : "s");
	if (!device->trusted)
		g_string_append_printf(out, "%snot trusted", separator);
	append_quirks(out, device->quirks, separator);
	if (!device->present)
		g_string_append_printf(out, "%snot present", separator);
}

static void append_kind(GString *out, const struct machine *machine, uint16_t unit, enum iommu_kind kind)
{
	switch (kind) {
	case IOMMU_VTD:
		g_string_append_printf(out, "VT-d (%s mode)",
				       world_unit_is_scalable(machine, unit) ? "scalable" : "legacy");
		return;
	case IOMMU_SMMUV3:
		g_string_append(out, "SMMUv3");
		return;
	case IOMMU_NONE:
	case IOMMU_KINDS:
		break;
	}
	g_string_append(out, "no translation");
}

void show_unit_nature(GString *out, const struct machine *machine, uint16_t unit, uint32_t kinds, const char *separator)
{
	const struct machine_iommu *row = &machine->iommus[unit];
	const char *before = "";

	if (row->kind_given)
		kinds = 1u << row->kind;
	for (enum iommu_kind kind = IOMMU_NONE; kind < IOMMU_KINDS; kind++)
		if (kinds >> kind & 1) {
			g_string_append(out, before);
			append_kind(out, machine, unit, kind);
			before = " or ";
		}
	g_string_append_printf(out, "%s%s at step 1", separator, row->on ? "on" : "off");
	if (row->ats)
		g_string_append_printf(out, "%sATS", separator);
	if (row->pri)
		g_string_append_printf(out, "%spage requests", separator);
	if (row->pasid)
		g_string_append_printf(out, "%sPASIDs", separator);
	if (row->interrupt_remapping)
		g_string_append_printf(out, "%sinterrupts remapped", separator);
	if (row->address_width)
		g_string_append_printf(out, "%s%u address bits", separator, row->address_width);
}
