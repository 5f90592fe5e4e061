/* SPDX-License-Identifier: MIT */
/* What the keys of an operation cannot say one by one: which of them go together. */
#include "scenario/operations.h"

bool check_command(struct loader *loader, const struct node *value, struct operands *with)
{
	return with->bus_master >= 0 || with->memory_space >= 0 ||
	       fail(loader, value, "bus-master or memory", "'command' that changes nothing");
}

/* A package of one function, with no VFs, mdevs or bus of its own behind it, in a slot. */
static bool is_a_card(const struct machine *machine, uint16_t device)
{
	if (machine->devices[device].port == MACHINE_NONE)
		return false;
	for (uint16_t i = 0; i < machine->device_count; i++)
		if (i != device && (machine->devices[i].package == machine->devices[device].package ||
				    machine->devices[i].parent == device))
			return false;
	return true;
}

static bool has_same_bars(const struct machine *machine, uint16_t one, uint16_t other)
{
	const struct machine_device *a = &machine->devices[one], *b = &machine->devices[other];

	if (a->bar_count != b->bar_count)
		return false;
	for (uint32_t i = 0; i < a->bar_count; i++)
		if (machine->bars[a->first_bar + i].index != machine->bars[b->first_bar + i].index ||
		    machine->bars[a->first_bar + i].bytes != machine->bars[b->first_bar + i].bytes)
			return false;
	return true;
}

bool check_swap(struct loader *loader, const struct node *value, struct operands *with)
{
	const struct machine *machine = loader->now->machine;
	const struct node *device = node_get(value, "device"), *other = node_get(value, "with");
	const char *name = machine->devices[with->with].name;

	if (!is_a_card(machine, with->device))
		return fail(loader, device, "a device alone in its slot",
			    "'%s' is of the root complex, or has other functions or VFs",
			    machine->devices[with->device].name);
	if (!is_a_card(machine, with->with))
		return fail(loader, other, "a device alone in its slot",
			    "'%s' is of the root complex, or has other functions or VFs", name);
	if (machine->devices[with->with].present)
		return fail(loader, other, "a device with 'present: false'", "'%s' stands in a slot of its own", name);
	return has_same_bars(machine, with->device, with->with) ||
	       fail(loader, other, "a device with the same BARs", "'%s' has others than '%s'", name,
		    machine->devices[with->device].name);
}

bool check_mmio(struct loader *loader, const struct node *value, struct operands *with)
{
	uint64_t bytes = loader->now->machine->bars[with->to.index].bytes;

	return with->offset < bytes || fail_value(loader, node_get(value, "offset"), "offset", "a place in the BAR");
}

bool check_sender(struct loader *loader, const struct node *value, struct operands *with)
{
	const struct machine_device *device = &loader->now->machine->devices[with->device];

	return device->pasid == MACHINE_NO_PASID || with->pasid.base == PASID_ABSENT ||
	       fail(loader, node_get(value, "pasid"), "no 'pasid'", "'%s' sends with its own PASID, %u", device->name,
		    device->pasid);
}

bool check_dma(struct loader *loader, const struct node *value, struct operands *with)
{
	const struct node *at = node_get(value, "at"), *translated = node_get(value, "translated");

	if (!at && !translated)
		return fail(loader, value, "at or translated", "'dma' without an address");
	if (at && translated)
		return fail(loader, translated, "at or translated", "'dma' with two addresses");
	return check_sender(loader, value, with);
}

static bool needs_work(struct loader *loader, const struct node *value, const struct operands *with, const char *what)
{
	const struct result_slot *slot = &loader->now->slots[with->request];

	return slot->maker == OP_DMA || slot->maker == OP_ENQCMD ||
	       fail(loader, node_get(value, "request"), "what 'dma' made",
		    "'%s' is a request of '%s', which is over: nothing to %s", slot->name, operation_name(slot->maker),
		    what);
}

bool check_resume(struct loader *loader, const struct node *value, struct operands *with)
{
	return needs_work(loader, value, with, "resume");
}

bool check_page_response(struct loader *loader, const struct node *value, struct operands *with)
{
	return needs_work(loader, value, with, "answer");
}

bool check_load(struct loader *loader, const struct node *value, struct operands *with)
{
	const struct result_slot *slot = &loader->now->slots[with->request];

	return !with->result_of_given || slot->maker == OP_DMA || slot->maker == OP_STORE ||
	       fail(loader, node_get(value, "result-of"), "what 'dma' or 'store' made", "'%s' of '%s' writes nothing",
		    slot->name, operation_name(slot->maker));
}

/* --- invalidate --- */

enum need { NEVER, MAYBE, ALWAYS };
struct invalidate_row {
	const char *name;
	bool of_space; /* of a device or of a space; else of a device */
	enum need pasid, range;
};

static const struct invalidate_row invalidate_rows[] = {
	[INVALIDATE_ALL] = {"all", true, NEVER, NEVER},        [INVALIDATE_RANGE] = {"range", true, MAYBE, ALWAYS},
	[INVALIDATE_PASID] = {"pasid", false, ALWAYS, NEVER},  [INVALIDATE_DEVTLB] = {"devtlb", false, MAYBE, MAYBE},
	[INVALIDATE_CONFIG] = {"config", false, NEVER, NEVER},
};

static bool check_need(struct loader *loader, const struct node *value, const struct invalidate_row *row,
		       enum need need, const char *key, const struct value_type *type)
{
	const struct node *given = node_get(value, key);

	if (given && need == NEVER)
		return fail(loader, given, NULL, "'invalidate' of '%s' takes no '%s'", row->name, key);
	if (!given && need == ALWAYS)
		return fail(loader, value, type->what, "'invalidate' of '%s' needs the key '%s'", row->name, key);
	return true;
}

static bool check_whose(struct loader *loader, const struct node *value, const struct invalidate_row *row)
{
	static const char *const keys[] = {"device", "space", "id"};
	const char *expected = row->of_space ? "device, space or id" : "device or id";
	const struct node *given = NULL;

	for (unsigned i = 0; i < G_N_ELEMENTS(keys); i++) {
		const struct node *node = node_get(value, keys[i]);

		if (node && given)
			return fail(loader, node, expected, "'invalidate' of two: '%s' is one more", keys[i]);
		given = node ? node : given;
	}
	if (!given)
		return fail(loader, value, expected, "'invalidate' of nobody's");
	if (node_get(value, "space") && !row->of_space)
		return fail(loader, given, expected, "'invalidate' of '%s' is of a device", row->name);
	return true;
}

bool check_invalidate(struct loader *loader, const struct node *value, struct operands *with)
{
	const struct invalidate_row *row = &invalidate_rows[with->invalidate];
	const struct node *space = node_get(value, "space"), *id = node_get(value, "id");
	const struct node *at = node_get(value, "at"), *size = node_get(value, "size");

	if (!check_whose(loader, value, row) || !check_need(loader, value, row, row->pasid, "pasid", &value_pasid) ||
	    !check_need(loader, value, row, row->range, "at", &value_address) ||
	    !check_need(loader, value, row, row->range, "size", &value_number))
		return false;
	if (with->object_given && !id)
		return fail(loader, node_get(value, "viommu"), "id", "a vIOMMU, and no number in it");
	if ((space || (id && row->of_space)) && with->pasid.base != PASID_ABSENT)
		return fail(loader, node_get(value, "pasid"), "a device", "a %s has no PASID",
			    space ? "space" : "VMID");
	return !at == !size || fail(loader, at ? at : size, "both or none", "'at' and 'size' go together");
}

bool check_vm(struct loader *loader, const struct node *value, struct operands *with)
{
	const struct node *vm = node_get(value, "vm");

	return loader->now->machine->owners[with->owner].kind == OWNER_VM ||
	       fail(loader, vm, "a vm", "'%s' is no vm: its CPUs have no guest", vm->text);
}

bool check_allow(struct loader *loader, const struct node *value, struct operands *with)
{
	const struct node *at = node_get(value, "at"), *size = node_get(value, "size");

	(void)with;
	return !at == !size || fail(loader, at ? at : size, "both or none", "'at' and 'size' go together");
}

/* --- guests' tables --- */

bool check_guest_table(struct loader *loader, const struct node *value, struct operands *with)
{
	const struct node *size = node_get(value, "size");

	if (with->root.offset)
		return fail_value(loader, node_get(value, "root"), "root", "a whole object: no +NUMBER");
	if (with->as_table && size)
		return fail(loader, size, "no 'size'", "one entry that leads to a table has no size");
	return with->bytes % 4096 == 0 || fail_value(loader, size, "size", "whole pages of 4K");
}

bool check_contexts(struct loader *loader, const struct node *value, struct operands *with)
{
	if (with->table.offset)
		return fail_value(loader, node_get(value, "table"), "table", "a whole object: no +NUMBER");
	return !with->root_given || !with->root.offset ||
	       fail_value(loader, node_get(value, "root"), "root", "a whole object: no +NUMBER");
}

/* --- confidential guests --- */

bool check_pages_of_bar(struct loader *loader, const struct node *value, struct operands *with)
{
	const struct node *offset = node_get(value, "offset"), *size = node_get(value, "size");

	if (with->to.kind == TARGET_BAR && with->to.offset)
		return fail_value(loader, node_get(value, "bar"), "bar", "a whole BAR: 'offset' says where in it");
	if (with->offset % 4096)
		return fail_value(loader, offset, "offset", "a page boundary");
	return with->bytes % 4096 == 0 || fail_value(loader, size, "size", "whole pages of 4K");
}

bool check_stage2(struct loader *loader, const struct node *value, struct operands *with)
{
	const struct node *memory = node_get(value, "memory"), *bar = node_get(value, "bar");

	if (!memory == !bar)
		return fail(loader, value, "memory or bar", memory ? "one of both" : "of what?");
	if (memory && (node_get(value, "offset") || node_get(value, "size") || with->to.offset))
		return fail(loader, value, "a whole object", "memory is mapped and taken as a whole");
	return !bar || check_pages_of_bar(loader, value, with);
}

bool check_stage2_unmap(struct loader *loader, const struct node *value, struct operands *with)
{
	const struct node *memory = node_get(value, "memory"), *guest = node_get(value, "guest");

	if (memory && guest)
		return fail(loader, guest, "no 'guest'", "memory is taken from its owner");
	return check_stage2(loader, value, with);
}
