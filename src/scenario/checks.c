/* SPDX-License-Identifier: MIT */
/* The operation `check`: one subject, and what is asked of it. The list is closed: the language has no other window. */
#include "scenario/operations.h"
#include "scenario/schema.h"

#include <string.h>

enum subject { SUBJECT_SPACE, SUBJECT_MEMORY, SUBJECT_DEVICE, SUBJECTS };

static const char *const subject_names[] = {"space", "memory", "device", NULL};

/* The row's mask is what is asked; `field` is the operands. */
static struct check_item *new_item(const struct key_row *row, const struct node *value, void *field)
{
	struct operands *with = field;
	struct check_item *item = &with->checks[with->check_count++];

	item->key = row->mask;
	item->place = value->place;
	return item;
}

static bool read_check_number(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	return value_number.read(loader, row, value, &new_item(row, value, field)->number);
}

static bool read_check_truth(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	bool truth;

	if (!value_truth.read(loader, row, value, &truth))
		return false;
	new_item(row, value, field)->number = truth;
	return true;
}

static bool read_check_owner(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	uint16_t owner;

	if (!value_owner.read(loader, row, value, &owner))
		return false;
	new_item(row, value, field)->number = owner;
	return true;
}

static const struct word domain_words[] = {
	{"blocked", CHECK_IS_BLOCKED}, {"identity", CHECK_IS_IDENTITY}, {"default", CHECK_IS_DEFAULT}, {NULL, 0}};

/* A space may not have the name of one of the words, see steps.c. */
bool is_domain_word(const char *text)
{
	return word_find(domain_words, text) != NULL;
}

static bool read_check_domain(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	const struct key_row space = {.name = row->name, .type = &value_result, .mask = RESULT_SPACE};
	const struct word *word;
	struct check_item *item;

	if (!want_scalar(loader, value, row->name, row->type->what))
		return false;
	word = word_find(domain_words, value->text);
	item = new_item(row, value, field);
	item->number = word ? word->value : CHECK_IS_SPACE;
	return word || value_result.read(loader, &space, value, &item->slot);
}

static bool add_member(struct loader *loader, const struct node *word, void *context)
{
	const struct name *name = scope_want(loader, word, 0, word->text, NAME_DEVICE, "device");
	struct check_item *item = context;

	if (!name)
		return false;
	for (uint16_t i = 0; i < item->device_count; i++)
		if (item->devices[i] == name->index)
			return fail(loader, word, "each device once", "'%s' is in the list twice", word->text);
	if (item->device_count == G_N_ELEMENTS(item->devices))
		return fail(loader, word, "at most 32 devices", "too many devices");
	item->devices[item->device_count++] = (uint16_t)name->index;
	return true;
}

static bool read_check_group(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	return each_word(loader, value, row->name, add_member, new_item(row, value, field));
}

static bool read_check_table(struct loader *loader, const struct key_row *row, const struct node *value, void *field)
{
	return want_scalar(loader, value, row->name, row->type->what) &&
	       add_member(loader, value, new_item(row, value, field));
}

static void describe_check_number(struct schema *schema, const struct key_row *row)
{
	value_number.describe(schema, row);
}

static void describe_check_truth(struct schema *schema, const struct key_row *row)
{
	value_truth.describe(schema, row);
}

static const struct value_type value_check_number = {"a number", read_check_number, describe_check_number};
static const struct value_type value_check_truth = {"true or false", read_check_truth, describe_check_truth};
static const struct value_type value_check_owner = {"an owner", read_check_owner, describe_name};
static const struct value_type value_check_domain = {"blocked, identity, default or a space", read_check_domain,
						     describe_name};
static const struct value_type value_check_group = {"a list of devices", read_check_group, describe_names};

static const struct value_type value_check_table = {"a device", read_check_table, describe_name};

const struct key_row check_keys[] = {
	KEY("space", result, "look at this space (or at memory, or a device)",
	    .offset = offsetof(struct operands, space), .mask = RESULT_SPACE),
	KEY("memory", target, "look at this memory", .offset = offsetof(struct operands, to),
	    .mask = 1u << TARGET_MEMORY),
	KEY("device", device, "look at this device", .offset = offsetof(struct operands, device),
	    .mask = 1u << DEVICE_FUNCTION | 1u << DEVICE_VF | 1u << DEVICE_PLATFORM | 1u << DEVICE_MDEV),
	KEY("pasid", pasid, "of the device: what serves this PASID", .fallback = "requests without",
	    .offset = offsetof(struct operands, pasid), .high = 0xfffff),
	KEY("page-tables", check_number, "of a space: how many it has", .mask = CHECK_PAGE_TABLES),
	KEY("map-calls", check_number, "of a space: how many areas were mapped", .mask = CHECK_MAP_CALLS),
	KEY("pins", check_number, "of a space: how many pages drivers of mdevs have pinned in it", .mask = CHECK_PINS),
	KEY("pinned", check_truth, "of memory: whether the user API has pinned it", .mask = CHECK_PINNED),
	KEY("owner", check_owner, "of memory: whose it is", .mask = CHECK_OWNER),
	KEY("domain", check_domain, "of a device: what serves it", .mask = CHECK_DOMAIN),
	KEY("group", check_group, "of a device: all members of its group", .mask = CHECK_GROUP),
	KEY("same-table-as", check_table, "of a device: which other one the same page table serves",
	    .mask = CHECK_SAME_TABLE),
	KEY("other-table-than", check_table, "of a device: whose page table is another", .mask = CHECK_OTHER_TABLE),
	KEYS_END,
};

static const enum subject subject_of[] = {
	[CHECK_PAGE_TABLES] = SUBJECT_SPACE, [CHECK_MAP_CALLS] = SUBJECT_SPACE,    [CHECK_PINNED] = SUBJECT_MEMORY,
	[CHECK_OWNER] = SUBJECT_MEMORY,      [CHECK_DOMAIN] = SUBJECT_DEVICE,      [CHECK_GROUP] = SUBJECT_DEVICE,
	[CHECK_SAME_TABLE] = SUBJECT_DEVICE, [CHECK_OTHER_TABLE] = SUBJECT_DEVICE, [CHECK_PINS] = SUBJECT_SPACE,
};

static bool asks_for_a_table(const struct operands *with)
{
	for (uint8_t i = 0; i < with->check_count; i++)
		if (with->checks[i].key == CHECK_DOMAIN || with->checks[i].key == CHECK_SAME_TABLE ||
		    with->checks[i].key == CHECK_OTHER_TABLE)
			return true;
	return false;
}

static bool is_software_mdev(const struct loader *loader, uint16_t device)
{
	const struct machine_device *row = &loader->now->machine->devices[device];

	return row->kind == DEVICE_MDEV && row->pasid == MACHINE_NO_PASID;
}

bool check_check(struct loader *loader, const struct node *value, struct operands *with)
{
	enum subject subject = SUBJECTS;

	for (unsigned i = 0; i < SUBJECTS; i++) {
		if (!node_get(value, subject_names[i]))
			continue;
		if (subject != SUBJECTS)
			return fail(loader, node_get(value, subject_names[i]), "one subject",
				    "'check' looks at one thing: '%s' and '%s'", subject_names[subject],
				    subject_names[i]);
		subject = i;
	}
	if (subject == SUBJECTS)
		return fail(loader, value, "space, memory or device", "'check' of nothing");
	if (with->pasid.base != PASID_ABSENT && !asks_for_a_table(with))
		return fail(loader, node_get(value, "pasid"), "domain", "'pasid' says whose 'domain' is asked for");
	if (subject == SUBJECT_DEVICE && is_software_mdev(loader, with->device))
		return fail(loader, node_get(value, "device"), "a device that an IOMMU knows",
			    "a software mdev has no page table");
	if (with->check_count == 0)
		return fail(loader, value, NULL, "'check' asks nothing of the %s", subject_names[subject]);
	for (uint8_t i = 0; i < with->check_count; i++) {
		const struct check_item *item = &with->checks[i];
		struct node at = {.kind = NODE_SCALAR, .text = "", .place = item->place};

		if (subject_of[item->key] != subject)
			return fail(loader, &at, NULL, "this is asked of a %s, not of a %s",
				    subject_names[subject_of[item->key]], subject_names[subject]);
	}
	return true;
}
