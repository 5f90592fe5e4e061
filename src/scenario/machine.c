/* SPDX-License-Identifier: MIT */
/*
 * The `machine` section. All names are declared first, table by table in file order, so that an entry can name one that
 * stands below it; then the entries are read.
 */
#include "scenario/machine.h"
#include "scenario/schema.h"

#include <string.h>

/* --- IOMMUs --- */

static const struct word iommu_kind_words[] = {
	{"vtd", IOMMU_VTD}, {"smmuv3", IOMMU_SMMUV3}, {"none", IOMMU_NONE}, {NULL, 0}};
static const struct word mode_words[] = {{"legacy", 0}, {"scalable", 1}, {NULL, 0}};

struct iommu_entry {
	struct machine_iommu row;
	bool window_given;
	uint32_t mode; /* 1: scalable */
	uint32_t httu; /* enum machine_httu */
};

static const struct key_row window_keys[] = {
	KEY("at", number, "first address", .required = true, .offset = offsetof(struct machine_iommu, msi_first),
	    .high = UINT64_MAX),
	KEY("size", number, "how long", .required = true, .offset = offsetof(struct machine_iommu, msi_last), .low = 1,
	    .high = UINT64_MAX),
	KEYS_END,
};

static const struct word quirk_words[] = {
	{"ad-bits-ignore-ro", QUIRK_AD_BITS_IGNORE_RO},
	{"bypass-stage2-walk", QUIRK_BYPASS_STAGE2_WALK},
	{NULL, 0},
};

static const struct word httu_words[] = {{"none", HTTU_NONE}, {"af", HTTU_AF}, {"af-dirty", HTTU_AF_DIRTY}, {NULL, 0}};

static const struct key_row iommu_keys[] = {
	KEY("kind", word, "what it is; none: a machine without", .fallback = "what --iommu says",
	    .offset = offsetof(struct iommu_entry, row.kind), .given = offsetof(struct iommu_entry, row.kind_given),
	    .words = iommu_kind_words),
	KEY("mode", word, "VT-d: legacy or scalable mode",
	    .fallback = "scalable for PASIDs and page requests, else legacy",
	    .offset = offsetof(struct iommu_entry, mode), .given = offsetof(struct iommu_entry, row.scalable_given),
	    .words = mode_words),
	KEY("on", truth, "whether translation is on at step 1", .fallback = "true",
	    .offset = offsetof(struct iommu_entry, row.on)),
	KEY("msi-window", keys, "addresses where writes are interrupts", .fallback = "the kind's own",
	    .offset = offsetof(struct iommu_entry, row), .given = offsetof(struct iommu_entry, window_given),
	    .keys = window_keys),
	KEY("pages", pages, "page sizes", .fallback = "[4K, 2M, 1G]",
	    .offset = offsetof(struct iommu_entry, row.page_lg2_mask_4k_2m_1g)),
	KEY("ats", truth, "whether it answers translation requests", .fallback = "true",
	    .offset = offsetof(struct iommu_entry, row.ats)),
	KEY("pri", truth, "whether it takes page requests", .fallback = "true",
	    .offset = offsetof(struct iommu_entry, row.pri)),
	KEY("pasid", truth, "whether it takes requests with PASID", .fallback = "true",
	    .offset = offsetof(struct iommu_entry, row.pasid)),
	KEY("interrupt-remapping", truth, "whether it remaps interrupts", .fallback = "true",
	    .offset = offsetof(struct iommu_entry, row.interrupt_remapping)),
	KEY("enforce-snoop", truth, "whether it can make all DMA coherent", .fallback = "true",
	    .offset = offsetof(struct iommu_entry, row.enforce_snoop)),
	KEY("httu", word, "SMMUv3: flags of page tables that it sets itself", .fallback = "af-dirty",
	    .offset = offsetof(struct iommu_entry, httu), .words = httu_words),
	KEY("quirks", flags, "rules that it breaks", .fallback = "none",
	    .offset = offsetof(struct iommu_entry, row.quirks), .words = quirk_words),
	KEYS_END,
};

static bool fill_iommu(struct loader *loader, const struct node *key, const struct node *value, uint16_t index)
{
	struct machine_iommu *row = &loader->now->machine->iommus[index];
	struct iommu_entry entry = {.row = *row, .httu = row->httu};
	g_autofree char *where = g_strdup_printf("IOMMU '%s'", key->text);

	if (!keys_read(loader, iommu_keys, value, where, &entry))
		return false;
	if (entry.window_given) {
		uint64_t bytes = entry.row.msi_last;

		if (__builtin_add_overflow(entry.row.msi_first, bytes - 1, &entry.row.msi_last))
			return fail_value(loader, node_get(value, "msi-window"), "msi-window", "a window below 2^64");
	}
	*row = entry.row;
	row->scalable = entry.mode != 0;
	row->httu = (uint8_t)entry.httu;
	return true;
}

static uint16_t add_iommu(struct machine *machine, const char *name)
{
	uint16_t index = machine_add_iommu(machine, name);

	machine->iommus[index].on = true;
	machine->iommus[index].ats = true;
	machine->iommus[index].pri = true;
	machine->iommus[index].pasid = true;
	machine->iommus[index].interrupt_remapping = true;
	machine->iommus[index].enforce_snoop = true;
	machine->iommus[index].httu = HTTU_AF_DIRTY;
	return index;
}

/* --- fabric --- */

static const struct word port_kind_words[] = {
	{"root-port", PORT_ROOT},
	{"switch", PORT_SWITCH},
	{"downstream-port", PORT_DOWNSTREAM},
	{"pci-bridge", PORT_PCI_BRIDGE},
	{NULL, 0},
};

static const struct key_row port_keys[] = {
	KEY("kind", word, "what it is", .required = true, .offset = offsetof(struct machine_port, kind),
	    .words = port_kind_words),
	KEY("under", port, "the port that it is plugged under", .fallback = "a root port of its own",
	    .offset = offsetof(struct machine_port, parent)),
	KEY("iommu", iommu, "the unit that serves everything below", .fallback = "the first",
	    .offset = offsetof(struct machine_port, iommu), .given = offsetof(struct machine_port, iommu_given)),
	KEY("acs", acs, "access control: full, none, or a list; of a switch: of each downstream port",
	    .fallback = "full; a downstream-port: its switch's", .offset = offsetof(struct machine_port, acs),
	    .given = offsetof(struct machine_port, acs_given)),
	KEYS_END,
};

static bool fill_port(struct loader *loader, const struct node *key, const struct node *value, uint16_t index)
{
	struct machine_port row = loader->now->machine->ports[index];
	g_autofree char *where = g_strdup_printf("port '%s'", key->text);

	if (!keys_read(loader, port_keys, value, where, &row))
		return false;
	if (row.kind == PORT_PCI_BRIDGE && row.acs_given)
		return fail(loader, node_get(value, "acs"), NULL, "a bus behind a PCI bridge has no access control");
	loader->now->machine->ports[index] = row;
	return true;
}

/* --- owners --- */

static const struct word owner_kind_words[] = {
	{"process", OWNER_PROCESS}, {"vm", OWNER_VM}, {"user", OWNER_USER}, {NULL, 0}};

static const struct key_row owner_keys[] = {
	KEY("kind", word, "a process, a vm, or whoever drives the device under the policy", .required = true,
	    .offset = offsetof(struct machine_owner, kind), .words = owner_kind_words),
	KEY("confidential", truth, "a vm: its host is not trusted", .fallback = "false",
	    .offset = offsetof(struct machine_owner, confidential)),
	KEY("rawio", truth, "whether it has CAP_SYS_RAWIO", .fallback = "true",
	    .offset = offsetof(struct machine_owner, rawio)),
	KEY("resource", truth, "whether it has CAP_SYS_RESOURCE", .fallback = "true",
	    .offset = offsetof(struct machine_owner, resource)),
	KEY("viommu", truth, "a vm: it sees an IOMMU, and its own kernel drives it", .fallback = "false",
	    .offset = offsetof(struct machine_owner, viommu)),
	KEYS_END,
};

static bool fill_owner(struct loader *loader, const struct node *key, const struct node *value, uint16_t index)
{
	struct machine_owner *row = &loader->now->machine->owners[index];
	g_autofree char *where = g_strdup_printf("owner '%s'", key->text);

	if (value->kind == NODE_SCALAR)
		return owner_keys[0].type->read(loader, &owner_keys[0], value, &row->kind);
	if (!keys_read(loader, owner_keys, value, where, row))
		return false;
	return !row->viommu || row->kind == OWNER_VM ||
	       fail(loader, node_get(value, "viommu"), "a vm", "'%s' is no vm: it has no IOMMU of its own", key->text);
}

/* --- memory --- */

static bool share_with(struct loader *loader, const struct node *word, void *context)
{
	const struct name *name = scope_want(loader, word, 0, word->text, NAME_OWNER, "owner");

	if (!name)
		return false;
	if (name->index > 63)
		return fail(loader, word, "one of the first 63 owners", "too many owners to share with");
	*(uint64_t *)context |= UINT64_C(1) << name->index;
	return true;
}

static bool read_shared_with(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	return each_word(loader, value, row->name, share_with, field);
}

static const struct value_type value_owners = {"an owner or a list of owners", read_shared_with, describe_names};

static bool read_copied(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	const struct name *name;

	if (!want_scalar(loader, value, row->name, row->type->what))
		return false;
	name = scope_want(loader, value, 0, value->text, NAME_MEMORY, "memory");
	if (name)
		*(uint16_t *)field = (uint16_t)name->index;
	return name;
}

static const struct value_type value_memory = {"memory", read_copied, describe_name};

#define MEMORY_MAX_BYTES (UINT64_C(1) << 36)

static const struct key_row memory_keys[] = {
	KEY("of", owner, "the owner; host is always one", .required = true,
	    .offset = offsetof(struct machine_memory, owner)),
	KEY("size", number, "bytes, whole pages", .fallback = "4K", .offset = offsetof(struct machine_memory, bytes),
	    .low = 4096, .high = MEMORY_MAX_BYTES),
	KEY("gpa", number, "guest physical address", .fallback = "assigned",
	    .offset = offsetof(struct machine_memory, gpa), .given = offsetof(struct machine_memory, gpa_given)),
	KEY("va", number, "virtual address", .fallback = "assigned", .offset = offsetof(struct machine_memory, va),
	    .given = offsetof(struct machine_memory, va_given)),
	KEY("present", truth, "false: not faulted in", .fallback = "true",
	    .offset = offsetof(struct machine_memory, present)),
	KEY("private", truth, "of a confidential vm: not shared with the host", .fallback = "false",
	    .offset = offsetof(struct machine_memory, private)),
	KEY("swiotlb", truth, "of a confidential vm: the bounce pool of its kernel", .fallback = "false",
	    .offset = offsetof(struct machine_memory, swiotlb)),
	KEY("shared-with", owners, "owners who may use it too", .fallback = "nobody",
	    .offset = offsetof(struct machine_memory, shared_with)),
	KEY("copy-of", memory, "of what 'fork' makes: the page that parts from this one of the parent's",
	    .fallback = "none", .offset = offsetof(struct machine_memory, copy_of)),
	KEYS_END,
};

static bool fill_memory(struct loader *loader, const struct node *key, const struct node *value, uint16_t index)
{
	struct machine_memory *row = &loader->now->machine->memories[index];
	g_autofree char *where = g_strdup_printf("memory '%s'", key->text);

	row->bytes = 4096;
	return keys_read(loader, memory_keys, value, where, row);
}

/* --- the tables --- */

typedef bool (*fill_entry)(struct loader *loader, const struct node *key, const struct node *value, uint16_t index);

struct table {
	const char *key;
	enum name_kind kind;
	enum machine_table rows;
	uint16_t (*add)(struct machine *machine, const char *name);
	fill_entry fill;
};

/* In the order in which names are declared. Devices have more inside and are declared on their own. */
static const struct table tables[] = {
	{"iommus", NAME_IOMMU, TABLE_IOMMU, add_iommu, fill_iommu},
	{"fabric", NAME_PORT, TABLE_PORT, machine_add_port, fill_port},
	{"owners", NAME_OWNER, TABLE_OWNER, machine_add_owner, fill_owner},
	{"devices", NAME_DEVICE, TABLE_DEVICE, NULL, fill_device},
	{"memory", NAME_MEMORY, TABLE_MEMORY, machine_add_memory, fill_memory},
};

static bool read_nothing(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	(void)field;
	return want_map(loader, value, row->name);
}

/* An owner is a mapping, or just its kind. */
static void describe_owners(struct schema *schema, const struct key_row *row)
{
	static const char *const types[] = {"object", "string", NULL};
	static const char *const kinds[] = {"process", "vm", "user", NULL};

	(void)row;
	schema_text(schema, "type", "object");
	schema_begin(schema, "propertyNames");
	schema_string(schema, SCHEMA_NAME_PATTERN);
	schema_end(schema);
	schema_begin(schema, "additionalProperties");
	schema_list(schema, "type", types);
	schema_begin(schema, "if");
	schema_text(schema, "type", "string");
	schema_end(schema);
	schema_begin(schema, "then");
	schema_list(schema, "enum", kinds);
	schema_end(schema);
	schema_begin(schema, "else");
	schema_keys(schema, owner_keys);
	schema_end(schema);
	schema_end(schema);
}

static const struct value_type value_table = {"a mapping of names", read_nothing, describe_table};
static const struct value_type value_owner_table = {"a mapping of names", read_nothing, describe_owners};

const struct key_row machine_keys[] = {
	KEY("iommus", table, "translation units", .fallback = "{iommu0: {}}", .keys = iommu_keys),
	KEY("fabric", table, "ports, switches and bridges", .fallback = "a root port for each device",
	    .keys = port_keys),
	KEY("owners", owner_table, "who acts, besides the host kernel", .fallback = "nobody", .keys = owner_keys),
	KEY("devices", table, "what sends requests", .fallback = "none", .keys = device_keys),
	KEY("memory", table, "what requests can reach", .fallback = "none", .keys = memory_keys),
	KEYS_END,
};

bool declare_place(struct loader *loader, enum machine_table table, const struct node *key, uint16_t index)
{
	if (index == MACHINE_NONE)
		return fail(loader, key, NULL, "too many rows in one table of the machine");
	g_array_set_size(loader->places[table], index + 1u);
	g_array_index(loader->places[table], struct place, index) = key->place;
	return true;
}

static bool declare_table(struct loader *loader, const struct table *table, const struct node *entries)
{
	for (uint32_t i = 0; i < entries->count; i++) {
		const struct node *key = entries->entries[i].key;
		uint16_t index;

		if (!table->add) {
			if (!declare_device(loader, key, entries->entries[i].value))
				return false;
			continue;
		}
		index = table->add(loader->now->machine, key->text);
		if (!declare_place(loader, table->rows, key, index) ||
		    !scope_add(loader, key, table->kind, index, NULL))
			return false;
	}
	return true;
}

static bool fill_table(struct loader *loader, const struct table *table, const struct node *entries)
{
	for (uint32_t i = 0; i < entries->count; i++) {
		const struct name *name = scope_find(loader, entries->entries[i].key->text);

		if (!table->fill(loader, entries->entries[i].key, entries->entries[i].value, (uint16_t)name->index))
			return false;
	}
	return true;
}

/* machine_finish() finds two equal BDFs too, but may first see what follows from them. */
static bool check_bdfs(struct loader *loader)
{
	const struct machine *machine = loader->now->machine;

	for (uint32_t i = 0; i < machine->device_count; i++)
		for (uint32_t j = 0; j < i && machine->devices[i].bdf_given; j++) {
			const struct machine_device *device = &machine->devices[i], *other = &machine->devices[j];
			struct node at = {.kind = NODE_SCALAR, .text = ""};

			if (!other->bdf_given || other->rid != device->rid || other->segment != device->segment)
				continue;
			at.place = g_array_index(loader->places[TABLE_DEVICE], struct place, i);
			return fail(loader, &at, "another BDF", "the BDF of '%s' is taken by '%s'", device->name,
				    other->name);
		}
	return true;
}

/* machine_finish() speaks of rows; the loader knows where they stand. */
static bool finish(struct loader *loader, const struct node *machine)
{
	struct machine_error error = {0};
	struct node at = *machine;
	const GArray *places;

	if (machine_finish(loader->now->machine, &error))
		return true;
	places = loader->places[error.table];
	if (error.index < places->len)
		at.place = g_array_index(places, struct place, error.index);
	if (*loader->now->name)
		return fail(loader, &at, NULL, "%s (in case '%s')", error.message, loader->now->name);
	return fail(loader, &at, NULL, "%s", error.message);
}

bool load_machine(struct loader *loader, const struct node *machine)
{
	struct node host = {.kind = NODE_SCALAR, .text = "host"};

	loader->now->machine = machine_new();
	if (!keys_check(loader, machine_keys, machine, "'machine'") ||
	    !scope_add(loader, &host, NAME_OWNER, MACHINE_HOST, NULL))
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
		const struct node *entries = node_get(machine, tables[i].key);

		if (entries &&
		    (!want_map(loader, entries, tables[i].key) || !declare_table(loader, &tables[i], entries)))
			return false;
		if (tables[i].rows == TABLE_OWNER && !declare_children(loader))
			return false;
		if (tables[i].rows == TABLE_IOMMU && loader->now->machine->iommu_count == 0)
			add_iommu(loader->now->machine, "iommu0");
	}
	for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
		const struct node *entries = node_get(machine, tables[i].key);

		if (entries && !fill_table(loader, &tables[i], entries))
			return false;
	}
	give_guests_memory(loader->now->machine);
	if (!settle_copies(loader, node_get(machine, "memory")))
		return false;
	if (!check_bdfs(loader) || !fit_mdevs(loader) || !finish(loader, machine))
		return false;
	choose_modes(loader->now->machine);
	place_copies(loader->now->machine);
	return true;
}
