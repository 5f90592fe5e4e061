/* SPDX-License-Identifier: MIT */
#include "hw/fabric/fabric.h"

#include "hw/fabric/state.h"

#include <glib.h>

struct fabric *fabric_new(struct arena *arena, const struct machine *machine, struct memory *memory,
			  struct iommu *const *units)
{
	struct fabric *fabric = g_new0(struct fabric, 1);

	fabric->arena = arena;
	fabric->machine = machine;
	fabric->memory = memory;
	fabric->units = g_new0(struct iommu *, machine->iommu_count + 1);
	fabric->trusted = g_new0(struct iommu *, machine->iommu_count + 1);
	for (uint32_t i = 0; i < machine->iommu_count; i++)
		fabric->units[i] = fabric->trusted[i] = units[i];
	fabric->commands = arena_block(arena, "command registers",
				       (machine->device_count + 1) * sizeof *fabric->commands, ARENA_HASHED);
	fabric->list = arena_block(arena, "flight list", sizeof *fabric->list, ARENA_HASHED);
	fabric->flights = arena_pool(arena, "flights", sizeof(struct flight), FABRIC_FLIGHTS_MAX, false, ARENA_HASHED);
	fabric->flight_hits =
		arena_block(arena, "flight hits", FABRIC_FLIGHTS_MAX * sizeof *fabric->flight_hits, ARENA_UNHASHED);
	fabric->registers = memory_new(arena, FABRIC_BAR_PAGES_MAX);
	memory_add_ram(fabric->registers, LAYOUT_MMIO32_FIRST, LAYOUT_MMIO32_LAST);
	memory_add_ram(fabric->registers, LAYOUT_MMIO64_FIRST, LAYOUT_MMIO64_LAST);
	windows_build(&fabric->windows, machine);
	for (uint32_t i = 0; i < machine->device_count; i++) {
		uint8_t on = machine->devices[i].present;
		fabric->commands[i] = (struct command){.bus_master = on, .memory_space = on, .present = on};
	}
	return fabric;
}

void fabric_free(struct fabric *fabric)
{
	if (!fabric)
		return;
	windows_free(&fabric->windows);
	memory_free(fabric->registers);
	g_free(fabric->trusted);
	g_free(fabric->units);
	g_free(fabric);
}

static struct command *command_of(const struct fabric *fabric, uint16_t device)
{
	return &fabric->commands[machine_function(fabric->machine, device)];
}

static bool is_platform(const struct fabric *fabric, uint16_t device)
{
	return fabric->machine->devices[device].kind == DEVICE_PLATFORM;
}

/* The function's interface has to know what is written into its command register. */
static void write_command(struct fabric *fabric, uint16_t device, bool bus_master, bool memory_space)
{
	struct command *command = command_of(fabric, device);
	struct command before = *command;

	command->bus_master = bus_master;
	command->memory_space = memory_space;
	if (fabric->tdis)
		tdi_command_written(fabric->tdis, machine_function(fabric->machine, device), before.bus_master,
				    before.memory_space, bus_master, memory_space);
}

void fabric_set_bus_master(struct fabric *fabric, uint16_t device, bool on)
{
	write_command(fabric, device, on, command_of(fabric, device)->memory_space);
}

bool fabric_bus_master(const struct fabric *fabric, uint16_t device)
{
	return is_platform(fabric, device) || command_of(fabric, device)->bus_master;
}

void fabric_set_memory_space(struct fabric *fabric, uint16_t device, bool on)
{
	write_command(fabric, device, command_of(fabric, device)->bus_master, on);
}

bool fabric_memory_space(const struct fabric *fabric, uint16_t device)
{
	return is_platform(fabric, device) || command_of(fabric, device)->memory_space;
}

void fabric_set_present(struct fabric *fabric, uint16_t device, bool present)
{
	const struct machine *machine = fabric->machine;

	fabric->commands[device].present = present;
	if (present)
		return;
	fabric->commands[device] = (struct command){.present = false};
	/* Without power there is no lock and no key (11.4.8). */
	if (fabric->tdis) {
		ide_fail(fabric->ide, ide_default(fabric->ide, device));
		tdi_conventional_reset(fabric->tdis, device);
	}
	for (uint32_t i = 0; i < machine->device_count; i++) {
		if (machine->devices[i].kind == DEVICE_VF && machine->devices[i].parent == device) {
			fabric->commands[i].bus_master = false;
			fabric->commands[i].memory_space = false;
		}
	}
}

/* A VF needs its PF, an mdev the function behind it, and that perhaps a PF. */
bool fabric_present(const struct fabric *fabric, uint16_t device)
{
	for (uint16_t at = device; at != MACHINE_NONE; at = fabric->machine->devices[at].parent) {
		if (!fabric->commands[at].present)
			return false;
	}
	return true;
}
