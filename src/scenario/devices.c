/* SPDX-License-Identifier: MIT */
/* The `devices` table of a machine: functions, VFs, mdevs, platform masters, and what they have. */
#include "scenario/machine.h"
#include "scenario/schema.h"

#include <string.h>

#define BAR_MAX_BYTES (UINT64_C(1) << 36)

enum { SHAPE_PCIE, SHAPE_PLATFORM };

/* A device as it is read; the row is put into the machine at the end. */
struct device_entry {
	struct machine_device row;
	uint32_t shape;
	uint32_t pasid_bits;
	uint16_t index;
};

/* --- values --- */

static const struct word acs_words[] = {
	{"sv", ACS_SV}, {"tb", ACS_TB}, {"rr", ACS_RR}, {"cr", ACS_CR},
	{"uf", ACS_UF}, {"ec", ACS_EC}, {"dt", ACS_DT}, {NULL, 0},
};

static bool add_acs(struct loader *loader, const struct node *word, void *context)
{
	const struct word *bit = word_find(acs_words, word->text);

	if (!bit)
		return fail_value(loader, word, "acs", "full, none, or a list of sv, tb, rr, cr, uf, ec, dt");
	*(uint8_t *)context |= (uint8_t)bit->value;
	return true;
}

static bool read_acs(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	uint8_t *acs = field;

	*acs = 0;
	if (value->kind == NODE_SCALAR && strcmp(value->text, "none") == 0)
		return true;
	if (value->kind != NODE_SCALAR || strcmp(value->text, "full") != 0)
		return each_word(loader, value, row->name, add_acs, acs);
	*acs = ACS_FULL;
	return true;
}

static void describe_acs(struct schema *schema, const struct key_row *row)
{
	static const char *const words[] = {"full", "none", "sv", "tb", "rr", "cr", "uf", "ec", "dt", NULL};

	(void)row;
	schema_word_or_list(schema, words);
}

static bool read_bdf(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	struct device_entry *entry = field;

	if (!want_scalar(loader, value, row->name, row->type->what))
		return false;
	if (!parse_bdf(value->text, &entry->row.segment, &entry->row.rid))
		return fail_value(loader, value, row->name, row->type->what);
	entry->row.bdf_given = true;
	return true;
}

static void describe_bdf(struct schema *schema, const struct key_row *row)
{
	(void)row;
	schema_string(schema, SCHEMA_BDF_PATTERN);
}

static bool read_alias(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	struct device_entry *entry = field;
	const struct name *name;
	uint16_t segment;

	if (!want_scalar(loader, value, row->name, row->type->what))
		return false;
	entry->row.aliased = true;
	if (parse_bdf(value->text, &segment, &entry->row.alias_rid))
		return true;
	name = scope_want(loader, value, 0, value->text, NAME_DEVICE, "device");
	if (name)
		entry->row.alias_device = (uint16_t)name->index;
	return name != NULL;
}

static bool read_bars(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	const struct device_entry *entry = field;
	const struct key_row size = {.name = row->name, .low = 4096, .high = BAR_MAX_BYTES};

	for (uint32_t i = 0; i < value->count; i++) {
		const struct node *key = value->entries[i].key;
		g_autofree char *text = g_strdup_printf("%s.%s", entry->row.name, key->text);
		struct machine_bar *bar = &loader->now->machine->bars[scope_find(loader, text)->index];

		if (!value_number.read(loader, &size, value->entries[i].value, &bar->bytes))
			return false;
		if (bar->bytes & (bar->bytes - 1))
			return fail_value(loader, value->entries[i].value, key->text, "a power of two");
	}
	return true;
}

static const struct word reserved_words[] = {
	{"rmrr", RESERVED_RMRR},
	{"relaxable", RESERVED_RELAXABLE},
	{"msi", RESERVED_MSI},
	{"hole", RESERVED_HOLE},
	{NULL, 0},
};

static const struct key_row reserved_keys[] = {
	KEY("at", number, "first address, on a page boundary", .required = true,
	    .offset = offsetof(struct machine_reserved, first), .high = UINT64_MAX),
	KEY("size", number, "bytes, whole pages", .fallback = "4K", .offset = offsetof(struct machine_reserved, bytes),
	    .low = 4096, .high = UINT64_MAX),
	KEY("kind", word, "rmrr and relaxable: firmware memory; msi: an interrupt window; hole: nothing",
	    .fallback = "hole", .offset = offsetof(struct machine_reserved, kind), .words = reserved_words),
	KEYS_END,
};

static bool read_reserved(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	(void)row, (void)field;
	for (uint32_t i = 0; i < value->count; i++) {
		const struct node *key = value->entries[i].key;
		struct machine_reserved *range = &loader->now->machine->reserved[scope_find(loader, key->text)->index];
		g_autofree char *where = g_strdup_printf("reserved range '%s'", key->text);

		range->kind = RESERVED_HOLE;
		range->bytes = 4096;
		if (!keys_read(loader, reserved_keys, value->entries[i].value, where, range))
			return false;
	}
	return true;
}

static void describe_bars(struct schema *schema, const struct key_row *row)
{
	const struct key_row size = {.type = &value_number, .low = 4096, .high = BAR_MAX_BYTES};

	(void)row;
	schema_text(schema, "type", "object");
	schema_begin(schema, "patternProperties");
	schema_begin(schema, "^bar[0-5]$");
	schema_value(schema, &size);
	schema_end(schema);
	schema_end(schema);
	schema_truth(schema, "additionalProperties", false);
}

static bool read_members(struct loader *loader, const struct key_row *row, const struct node *value, void *field);

static const struct value_type value_bdf = {"BUS:DEVICE.FUNCTION, in front of it SEGMENT: or not", read_bdf,
					    describe_bdf};
static const struct value_type value_alias = {"a device or BUS:DEVICE.FUNCTION", read_alias, describe_rid};
static const struct value_type value_bars = {"a mapping of bar0 to bar5 to sizes", read_bars, describe_bars};
static const struct value_type value_reserved = {"a mapping of names", read_reserved, describe_table};
static const struct value_type value_members = {"a mapping of names", read_members, describe_table};
const struct value_type value_acs = {"full, none or a list", read_acs, describe_acs};

/* --- keys --- */

static const struct word shape_words[] = {{"pcie", SHAPE_PCIE}, {"platform", SHAPE_PLATFORM}, {NULL, 0}};
static const struct word quirk_words[] = {
	{"ignores-invalidation", QUIRK_IGNORES_INVALIDATION},
	{"ats-survives-reset", QUIRK_ATS_SURVIVES_RESET},
	{"translated-without-ats", QUIRK_TRANSLATED_WITHOUT_ATS},
	{"strict-command", QUIRK_STRICT_COMMAND},
	{NULL, 0},
};
static const struct word driver_words[] = {
	{"user", DRIVER_USER}, {"host", DRIVER_HOST}, {"stub", DRIVER_STUB}, {"none", DRIVER_NONE}, {NULL, 0}};

#define ROW(member) offsetof(struct device_entry, row.member)

#define KEY_SHAPE                                                                       \
	KEY("kind", word, "platform: a master that is not on PCIe", .fallback = "pcie", \
	    .offset = offsetof(struct device_entry, shape), .words = shape_words)
#define KEY_UNDER \
	KEY("under", port, "the port that it is plugged into", .fallback = "an own root port", .offset = ROW(port))
#define KEY_IOMMU                                                                                     \
	KEY("iommu", iommu, "the unit that serves it", .fallback = "the first", .offset = ROW(iommu), \
	    .given = ROW(iommu_given))
#define KEY_DRIVER                                                                                       \
	KEY("driver", word, "user: free to be taken; host: the kernel's DMA API uses it from the start", \
	    .fallback = "user", .offset = ROW(driver), .words = driver_words)
#define KEY_TRUSTED \
	KEY("trusted", truth, "false: the kernel DMA API is strict with it", .fallback = "true", .offset = ROW(trusted))
#define KEY_COHERENT \
	KEY("coherent", truth, "false: its accesses pass by CPU caches", .fallback = "true", .offset = ROW(coherent))
#define KEY_PRESENT \
	KEY("present", truth, "false: an empty slot until hotplug", .fallback = "true", .offset = ROW(present))
#define KEY_BDF KEY("bdf", bdf, "requester ID and place", .fallback = "assigned in file order", .offset = 0)
#define KEY_ACS                                                                     \
	KEY("acs", acs, "access control towards the other functions of the device", \
	    .fallback = "none; a VF: its PF's", .offset = ROW(acs), .given = ROW(acs_given))
#define KEY_BARS KEY("bars", bars, "register pages that it has: sizes by bar0 to bar5", .fallback = "none", .offset = 0)
#define KEY_ALIAS \
	KEY("alias", alias, "the requester ID that its requests bear on the bus", .fallback = "its own", .offset = 0)
#define KEY_RESERVED                                                                                \
	KEY("reserved", reserved, "address ranges with a meaning of their own", .fallback = "none", \
	    .keys = reserved_keys)
#define KEY_ATS KEY("ats", truth, "has an address translation cache (ATS)", .fallback = "false", .offset = ROW(ats))
#define KEY_PRI KEY("pri", truth, "can send page requests; it has ATS then", .fallback = "false", .offset = ROW(pri))
#define KEY_PASID_BITS                                                                                            \
	KEY("pasid-bits", count, "width of the PASIDs that it can send", .fallback = "0, or what its mdevs need", \
	    .offset = offsetof(struct device_entry, pasid_bits), .high = 20)
#define KEY_VECTORS                                                                                           \
	KEY("vectors", count, "interrupt vectors: v0, v1 and so on", .fallback = "0", .offset = ROW(vectors), \
	    .high = DEVICE_VECTORS_MAX)
#define KEY_QUIRKS \
	KEY("quirks", flags, "rules that it breaks", .fallback = "none", .offset = ROW(quirks), .words = quirk_words)
#define KEY_TDISP                                                                                                 \
	KEY("tdisp", word, "its TEE device interface at step 1", .fallback = "it has none", .offset = ROW(tdisp), \
	    .words = tdisp_words)
#define KEY_GUEST                                                                                     \
	KEY("guest", owner, "the confidential vm that it is assigned to", .fallback = "the only one", \
	    .offset = ROW(guest))
#define KEYS_OF_FUNCTION KEY_TDISP, KEY_GUEST, KEY_ATS, KEY_PRI, KEY_PASID_BITS, KEY_VECTORS, KEY_QUIRKS
#define KEY_VFS          KEY("vfs", members, "SR-IOV virtual functions", .fallback = "none", .keys = vf_keys)
#define KEY_MDEVS        KEY("mdevs", members, "mediated devices of its driver", .fallback = "none", .keys = mdev_keys)

static const struct word tdisp_words[] = {{"unlocked", TDISP_UNLOCKED}, {"run", TDISP_RUNNING}, {NULL, 0}};
static const struct word notice_words[] = {
	{"unpin", MDEV_UNPINS}, {"ignore", MDEV_IGNORES}, {"late", MDEV_LATE}, {NULL, 0}};

static const struct key_row mdev_keys[] = {
	KEY("pasid", count, "what its requests bear on its parent", .fallback = "none: a software mdev",
	    .offset = ROW(pasid), .low = 1, .high = 0xfffff),
	KEY("on-unmap", word, "what its driver does about pages that it has pinned and that are unmapped",
	    .fallback = "unpin", .offset = ROW(on_unmap), .words = notice_words),
	KEYS_END,
};
static const struct key_row vf_keys[] = {
	KEY_DRIVER,   KEY_MDEVS,   KEY_ACS,     KEY_BARS,         KEY_ALIAS,
	KEY_RESERVED, KEY_TRUSTED, KEY_PRESENT, KEYS_OF_FUNCTION, KEYS_END,
};
static const struct key_row function_keys[] = {
	KEY_BDF,   KEY_DRIVER,   KEY_VFS,     KEY_MDEVS,   KEY_ACS,          KEY_BARS,
	KEY_ALIAS, KEY_RESERVED, KEY_TRUSTED, KEY_PRESENT, KEYS_OF_FUNCTION, KEYS_END,
};
const struct key_row device_keys[] = {
	KEY_SHAPE,
	KEY_UNDER,
	KEY_IOMMU,
	KEY_BDF,
	KEY_DRIVER,
	KEY("functions", members, "the functions of a multi-function device", .fallback = "one, named as the device",
	    .keys = function_keys),
	KEY_VFS,
	KEY_MDEVS,
	KEY_ACS,
	KEY_BARS,
	KEY_ALIAS,
	KEY_RESERVED,
	KEY_TRUSTED,
	KEY_PRESENT,
	KEY_COHERENT,
	KEYS_OF_FUNCTION,
	KEYS_END,
};
static const struct key_row platform_keys[] = {
	KEY_SHAPE,      KEY_IOMMU,   KEY_DRIVER, KEY_RESERVED, KEY_TRUSTED, KEY_PRESENT,
	KEY_PASID_BITS, KEY_VECTORS, KEY_QUIRKS, KEY_COHERENT, KEYS_END,
};
/* A device that has `functions`: where it is, and what its functions have unless they say otherwise. */
static const struct key_row package_keys[] = {
	KEY_SHAPE, KEY_UNDER,   KEY_IOMMU,   KEY_DRIVER, KEY("functions", members, NULL, .keys = function_keys),
	KEY_ACS,   KEY_TRUSTED, KEY_PRESENT, KEYS_END,
};

/* --- declaring --- */

static bool declare_bars(struct loader *loader, const struct node *bars, const char *device, uint16_t index)
{
	static const char *const names[] = {"bar0", "bar1", "bar2", "bar3", "bar4", "bar5", NULL};

	if (!bars)
		return true;
	if (!want_map(loader, bars, "bars"))
		return false;
	for (uint32_t i = 0; i < bars->count; i++) {
		const struct node *key = bars->entries[i].key;
		g_autofree char *text = g_strdup_printf("%s.%s", device, key->text);
		int number = list_find(names, key->text);
		uint16_t bar;

		if (number < 0)
			return fail_unknown(loader, key, 0, "BAR", key->text, "", names);
		bar = machine_add_bar(loader->now->machine, text);
		if (!declare_place(loader, TABLE_BAR, key, bar) ||
		    !scope_add_as(loader, key, text, NAME_BAR, bar, NULL))
			return false;
		loader->now->machine->bars[bar].device = index;
		loader->now->machine->bars[bar].index = (uint8_t)number;
		loader->now->machine->bars[bar].bytes = 4096;
	}
	return true;
}

static bool declare_reserved(struct loader *loader, const struct node *ranges, uint16_t index)
{
	if (!ranges)
		return true;
	if (!want_map(loader, ranges, "reserved"))
		return false;
	for (uint32_t i = 0; i < ranges->count; i++) {
		const struct node *key = ranges->entries[i].key;
		uint16_t range = machine_add_reserved(loader->now->machine, key->text);

		if (!declare_place(loader, TABLE_RESERVED, key, range) ||
		    !scope_add(loader, key, NAME_RESERVED, range, NULL))
			return false;
		loader->now->machine->reserved[range].device = index;
	}
	return true;
}

/* One row, with its BARs and ranges. */
static bool declare_row(struct loader *loader, const struct node *key, const struct node *value, enum device_kind kind,
			uint16_t parent, uint16_t *index)
{
	struct machine *machine = loader->now->machine;

	if (!want_map(loader, value, key->text))
		return false;
	*index = machine_add_device(machine, key->text);
	if (!declare_place(loader, TABLE_DEVICE, key, *index) || !scope_add(loader, key, NAME_DEVICE, *index, NULL))
		return false;
	machine->devices[*index].kind = kind;
	machine->devices[*index].parent = parent;
	return declare_bars(loader, node_get(value, "bars"), key->text, *index) &&
	       declare_vectors(loader, node_get(value, "vectors"), key->text, *index) &&
	       declare_reserved(loader, node_get(value, "reserved"), *index);
}

static bool declare_mdevs(struct loader *loader, const struct node *mdevs, uint16_t parent)
{
	uint16_t index;

	if (mdevs && !want_map(loader, mdevs, "mdevs"))
		return false;
	for (uint32_t i = 0; mdevs && i < mdevs->count; i++)
		if (!declare_row(loader, mdevs->entries[i].key, mdevs->entries[i].value, DEVICE_MDEV, parent, &index))
			return false;
	return true;
}

/* A function or platform master, its VFs, and the mdevs of all of them. */
static bool declare_function(struct loader *loader, const struct node *key, const struct node *value,
			     enum device_kind kind, uint16_t *index)
{
	const struct node *vfs;

	if (!declare_row(loader, key, value, kind, MACHINE_NONE, index))
		return false;
	vfs = node_get(value, "vfs");
	if (vfs && !want_map(loader, vfs, "vfs"))
		return false;
	for (uint32_t i = 0; vfs && i < vfs->count; i++) {
		uint16_t vf;

		if (!declare_row(loader, vfs->entries[i].key, vfs->entries[i].value, DEVICE_VF, *index, &vf) ||
		    !declare_mdevs(loader, node_get(vfs->entries[i].value, "mdevs"), vf))
			return false;
	}
	return declare_mdevs(loader, node_get(value, "mdevs"), *index);
}

static bool declare_functions(struct loader *loader, const struct node *key, const struct node *functions)
{
	uint16_t first = MACHINE_NONE, index;

	if (!want_map(loader, functions, "functions"))
		return false;
	if (functions->count == 0)
		return fail_value(loader, functions, "functions", "at least one function");
	for (uint32_t i = 0; i < functions->count; i++) {
		if (!declare_function(loader, functions->entries[i].key, functions->entries[i].value, DEVICE_FUNCTION,
				      &index))
			return false;
		first = i == 0 ? index : first;
		loader->now->machine->devices[index].package = first;
	}
	return scope_add(loader, key, NAME_PACKAGE, first, NULL);
}

static bool is_platform(const struct node *value)
{
	const struct node *kind = node_get(value, "kind");

	return kind && strcmp(kind->text, "platform") == 0;
}

bool declare_device(struct loader *loader, const struct node *key, const struct node *value)
{
	const struct node *functions = node_get(value, "functions");
	uint16_t index;

	if (!want_map(loader, value, key->text))
		return false;
	if (functions && !is_platform(value))
		return declare_functions(loader, key, functions);
	return declare_function(loader, key, value, is_platform(value) ? DEVICE_PLATFORM : DEVICE_FUNCTION, &index);
}

/* --- filling --- */

static bool keep_row(struct loader *loader, const struct node *value, struct device_entry *entry)
{
	entry->row.pasid_bits = (uint8_t)entry->pasid_bits;
	if (!imply_ats(loader, value, &entry->row))
		return false;
	loader->now->machine->devices[entry->index] = entry->row;
	return true;
}

/* Functions begin with what their device says, VFs and mdevs with nothing. */
static bool read_members(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	const struct device_entry *above = field;
	struct machine *machine = loader->now->machine;

	for (uint32_t i = 0; i < value->count; i++) {
		const struct node *key = value->entries[i].key;
		g_autofree char *where = g_strdup_printf("device '%s'", key->text);
		struct device_entry entry = {.index = (uint16_t)scope_find(loader, key->text)->index};

		entry.row = machine->devices[entry.index];
		if (row->keys == function_keys) {
			entry.row.port = above->row.port;
			entry.row.iommu = above->row.iommu;
			entry.row.iommu_given = above->row.iommu_given;
			entry.row.driver = above->row.driver;
			entry.row.acs = above->row.acs;
			entry.row.acs_given = above->row.acs_given;
			entry.row.trusted = above->row.trusted;
			entry.row.present = above->row.present;
		}
		if (!keys_read(loader, row->keys, value->entries[i].value, where, &entry) ||
		    !keep_row(loader, value->entries[i].value, &entry))
			return false;
	}
	return true;
}

/* `functions` must be read last: they start from what the device says. */
static bool fill_package(struct loader *loader, const struct node *value, const char *where, struct device_entry *entry)
{
	const struct key_row *functions = keys_find(package_keys, "functions");

	if (!keys_check(loader, package_keys, value, where))
		return false;
	for (uint32_t i = 0; i < value->count; i++) {
		const struct key_row *row = keys_find(package_keys, value->entries[i].key->text);

		if (row == functions)
			continue;
		if (!row->type->read(loader, row, value->entries[i].value, (char *)entry + row->offset))
			return false;
		if (row->given)
			memcpy((char *)entry + row->given, &(bool){true}, sizeof(bool));
	}
	return read_members(loader, functions, node_get(value, "functions"), entry);
}

bool fill_device(struct loader *loader, const struct node *key, const struct node *value, uint16_t index)
{
	struct machine *machine = loader->now->machine;
	struct device_entry entry = {.row = machine->devices[index], .index = index};
	bool package = scope_find(loader, key->text)->kind == NAME_PACKAGE;
	g_autofree char *where = g_strdup_printf("%s '%s'",
						 package              ? "multi-function device"
						 : is_platform(value) ? "platform master"
								      : "device",
						 key->text);

	if (package) {
		entry.row = (struct machine_device){.port = MACHINE_NONE, .present = true, .trusted = true};
		return fill_package(loader, value, where, &entry);
	}
	if (!keys_read(loader, is_platform(value) ? platform_keys : device_keys, value, where, &entry))
		return false;
	if (entry.row.acs_given && !node_get(value, "vfs"))
		return fail(loader, node_get(value, "acs"), "acs at a port or a device with functions or vfs",
			    "'%s' has one function only, there is nothing between its functions", key->text);
	return keep_row(loader, value, &entry);
}
