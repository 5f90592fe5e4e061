/* SPDX-License-Identifier: MIT */
/* Short words for building machines in tests. */
#ifndef IOSIM_TESTS_MACHINE_BUILD_H
#define IOSIM_TESTS_MACHINE_BUILD_H

#include "machine/machine.h"

#define RID(bus, device, function) ((uint16_t)((bus) << 8 | (device) << 3 | (function)))

static inline uint16_t build_iommu(struct machine *machine, const char *name)
{
	return machine_add_iommu(machine, name);
}

static inline uint16_t build_port(struct machine *machine, const char *name, enum port_kind kind, uint16_t parent)
{
	uint16_t port = machine_add_port(machine, name);
	machine->ports[port].kind = kind;
	machine->ports[port].parent = parent;
	return port;
}

static inline uint16_t build_port_acs(struct machine *machine, const char *name, enum port_kind kind, uint16_t parent,
				      uint8_t acs)
{
	uint16_t port = build_port(machine, name, kind, parent);
	machine->ports[port].acs = acs;
	machine->ports[port].acs_given = true;
	return port;
}

static inline uint16_t build_device(struct machine *machine, const char *name, uint16_t port)
{
	uint16_t device = machine_add_device(machine, name);
	machine->devices[device].port = port;
	return device;
}

/* Another function of the device that `first` is the first function of. */
static inline uint16_t build_function(struct machine *machine, const char *name, uint16_t first)
{
	uint16_t device = machine_add_device(machine, name);
	machine->devices[device].package = first;
	return device;
}

static inline uint16_t build_child(struct machine *machine, const char *name, enum device_kind kind, uint16_t parent)
{
	uint16_t device = machine_add_device(machine, name);
	machine->devices[device].kind = kind;
	machine->devices[device].parent = parent;
	return device;
}

static inline uint16_t build_platform(struct machine *machine, const char *name)
{
	uint16_t device = machine_add_device(machine, name);
	machine->devices[device].kind = DEVICE_PLATFORM;
	return device;
}

static inline void build_acs(struct machine *machine, uint16_t device, uint8_t acs)
{
	machine->devices[device].acs = acs;
	machine->devices[device].acs_given = true;
}

static inline void build_bdf(struct machine *machine, uint16_t device, uint16_t rid)
{
	machine->devices[device].rid = rid;
	machine->devices[device].bdf_given = true;
}

static inline uint16_t build_bar(struct machine *machine, const char *name, uint16_t device, uint8_t index,
				 uint64_t bytes)
{
	uint16_t bar = machine_add_bar(machine, name);
	machine->bars[bar].device = device;
	machine->bars[bar].index = index;
	machine->bars[bar].bytes = bytes;
	return bar;
}

static inline uint16_t build_reserved(struct machine *machine, const char *name, uint16_t device,
				      enum reserved_kind kind, uint64_t first, uint64_t bytes)
{
	uint16_t range = machine_add_reserved(machine, name);
	machine->reserved[range].device = device;
	machine->reserved[range].kind = kind;
	machine->reserved[range].first = first;
	machine->reserved[range].bytes = bytes;
	return range;
}

static inline uint16_t build_owner(struct machine *machine, const char *name, enum owner_kind kind)
{
	uint16_t owner = machine_add_owner(machine, name);
	machine->owners[owner].kind = kind;
	return owner;
}

static inline uint16_t build_memory(struct machine *machine, const char *name, uint16_t owner, uint64_t bytes)
{
	uint16_t memory = machine_add_memory(machine, name);
	machine->memories[memory].owner = owner;
	machine->memories[memory].bytes = bytes;
	return memory;
}

#endif
