/* SPDX-License-Identifier: MIT */
/*
 * Steps with `in`: calls that a guest's own kernel makes for its own users, on the IOMMU that it sees. What it attaches
 * is an address space for a PASID of a device that it was given; requests without PASID are its DMA API's.
 */
#include "scenario/machine.h"
#include "scenario/operations.h"

static const enum operation accepted[] = {OP_SPACE, OP_DESTROY, OP_ATTACH,  OP_DETACH,
					  OP_MAP,   OP_UNMAP,   OP_DMA_MAP, OP_DMA_UNMAP};

static bool is_accepted(enum operation operation)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(accepted); i++)
		if (accepted[i] == operation)
			return true;
	return false;
}

static bool read_inside(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	uint16_t owner;

	if (!value_owner.read(loader, row, value, &owner))
		return false;
	if (!loader->now->machine->owners[owner].viommu)
		return fail(loader, value, "a vm with 'viommu: true'", "'%s' has no IOMMU for a kernel of its own",
			    value->text);
	*(uint16_t *)field = owner;
	return true;
}

static void describe_inside(struct schema *schema, const struct key_row *row)
{
	value_owner.describe(schema, row);
}

const struct value_type value_inside = {"a vm", read_inside, describe_inside};

uint16_t inside_of(const struct loader *loader, const struct node *node)
{
	const struct node *in = node_get(node, "in");
	const struct name *name = in && in->kind == NODE_SCALAR ? scope_find(loader, in->text) : NULL;

	return name && name->kind == NAME_OWNER ? (uint16_t)name->index : MACHINE_HOST;
}

static bool fail_operation(struct loader *loader, const struct node *node, const struct step *step)
{
	const char *names[G_N_ELEMENTS(accepted) + 1] = {NULL};
	g_autofree char *expected = NULL;

	for (unsigned i = 0; i < G_N_ELEMENTS(accepted); i++)
		names[i] = operation_name(accepted[i]);
	expected = names_join(names, 0);
	return fail(loader, node_get(node, "in"), expected, "'%s' is no call of a guest's own kernel",
		    operation_name(step->operation));
}

/* A space or a handle is known to the kernel that made it. */
static bool knows_results(struct loader *loader, const struct node *operand, const struct step *step)
{
	for (const struct key_row *key = operation_rows[step->operation].keys; key->name; key++) {
		const struct node *value = key->type == &value_result ? node_get(operand, key->name) : NULL;
		const struct result_slot *slot;

		if (!value)
			continue;
		slot = &loader->now->slots[*(const uint32_t *)((const char *)&step->with + key->offset)];
		if (slot->in != step->in)
			return fail(loader, value, slot->in ? "a step with the same 'in'" : "a step without 'in'",
				    "'%s' is nothing that this kernel made", slot->name);
	}
	return true;
}

bool check_inside(struct loader *loader, const struct node *node, const struct node *operand, struct step *step)
{
	const struct operands *with = &step->with;

	if (step->in == MACHINE_HOST)
		return knows_results(loader, operand, step);
	if (!is_accepted(step->operation))
		return fail_operation(loader, node, step);
	if ((step->operation == OP_ATTACH || step->operation == OP_DETACH) && with->pasid.base == PASID_ABSENT)
		return fail(loader, operand, "a PASID", "a guest's kernel keeps requests without PASID for itself");
	if (with->device != MACHINE_NONE && loader->now->machine->devices[with->device].kind == DEVICE_MDEV)
		return fail(loader, node_get(operand, "device"), "a function", "an mdev is of the host's making");
	if ((step->operation == OP_MAP || step->operation == OP_DMA_MAP) && with->to.kind != TARGET_MEMORY)
		return fail(loader, node_get(operand, step->operation == OP_MAP ? "to" : "memory"),
			    "memory of the guest", "a guest's kernel maps its own memory");
	return knows_results(loader, operand, step);
}

/* --- what it works in --- */

#define TABLES_OF_A_GUEST 8
#define TABLE_BYTES       (UINT64_C(64) << 10)

void give_guests_memory(struct machine *machine)
{
	for (uint16_t owner = 0; owner < machine->owner_count; owner++)
		for (unsigned i = 0; machine->owners[owner].viommu && i < TABLES_OF_A_GUEST; i++) {
			g_autofree char *name =
				g_strdup_printf("%.*s.table%u", MACHINE_NAME_MAX - 9, machine->owners[owner].name, i);
			uint16_t index = machine_add_memory(machine, name);
			struct machine_memory *row = &machine->memories[index];

			row->owner = owner;
			row->guests_table = true;
			row->bytes = TABLE_BYTES;
		}
}
