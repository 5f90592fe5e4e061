/* SPDX-License-Identifier: MIT */
/*
 * Key tables: one row a key, with the type of its value and where the value goes. The loader reads mappings by them,
 * and the JSON Schema is written from them.
 */
#ifndef IOSIM_SCENARIO_KEYS_H
#define IOSIM_SCENARIO_KEYS_H

#include "scenario/loader.h"
#include "scenario/word.h"

struct key_row;
struct schema;

struct value_type {
	const char *what; /* "a number", for messages */
	/* `field` is the base of the struct plus the row's offset. */
	bool (*read)(struct loader *loader, const struct key_row *row, const struct node *value, void *field);
	/* Writes the members of the value's JSON Schema into the open object; see schema.h. */
	void (*describe)(struct schema *schema, const struct key_row *row);
};

struct key_row {
	const char *name; /* NULL ends a table */
	const struct value_type *type;
	const char *summary;
	const char *fallback; /* the default, for readers; NULL: none */
	bool required;
	size_t offset;
	size_t given;               /* offset of a bool that is set when the key is there; 0: none */
	uint64_t low, high;         /* numbers; both 0: any */
	const struct word *words;   /* the words that are allowed */
	unsigned mask;              /* what a type wants to know besides: kinds of names, of targets ... */
	const struct key_row *keys; /* of a nested mapping */
};

/* A row of a table: KEY("size", number, "bytes", .offset = ...), and the end of it. */
#define KEY(name_, type_, summary_, ...)                                                \
	{                                                                               \
		.name = name_, .type = &value_##type_, .summary = summary_, __VA_ARGS__ \
	}
#define KEYS_END             \
	{                    \
		.name = NULL \
	}

/* Complains about keys that no row has and rows that must be there. `where` says whose keys these are. */
bool keys_check(struct loader *loader, const struct key_row *rows, const struct node *map, const char *where);
/* The same, and reads each value into `out`. */
bool keys_read(struct loader *loader, const struct key_row *rows, const struct node *map, const char *where, void *out);
const struct key_row *keys_find(const struct key_row *rows, const char *name);

/* Types of general use; the field's C type in brackets. */
extern const struct value_type value_truth;     /* bool */
extern const struct value_type value_tristate;  /* int8_t: 0 or 1 */
extern const struct value_type value_number;    /* uint64_t, low to high */
extern const struct value_type value_count;     /* uint32_t, low to high */
extern const struct value_type value_word;      /* an enum: the word's value */
extern const struct value_type value_flags;     /* uint32_t: the OR of the values of a word or a list of words */
extern const struct value_type value_pages;     /* uint8_t: bit 0 4K, bit 1 2M, bit 2 1G */
extern const struct value_type value_keys;      /* a struct: the row's keys */
extern const struct value_type value_device;    /* uint16_t; mask: kinds of devices that are accepted, 0 all */
extern const struct value_type value_owner;     /* uint16_t */
extern const struct value_type value_iommu;     /* uint16_t */
extern const struct value_type value_port;      /* uint16_t */
extern const struct value_type value_rid;       /* uint16_t: of a device, or BUS:DEVICE.FUNCTION */
extern const struct value_type value_result;    /* uint32_t: slot of the enum result_kind in mask */
extern const struct value_type value_address;   /* struct address; mask: bit per enum result_kind beside handles */
extern const struct value_type value_addresses; /* struct address_list */
extern const struct value_type value_pasid;     /* struct pasid_operand, low to high */
extern const struct value_type value_target;    /* struct target; mask: bit per enum target_kind */
/* Such a target, or an address: the row's offset is 0, and `to` and `from` of struct operands are filled in. */
extern const struct value_type value_mapped;

bool read_target(struct loader *loader, const struct node *value, size_t offset, const char *text, unsigned kinds,
		 struct target *target);
/* A vector of a device, by its name at byte `offset` of a scalar. */
bool read_vector(struct loader *loader, const struct node *value, size_t offset, const char *text,
		 struct device_vector *vector);
/* SEGMENT:BUS:DEVICE.FUNCTION; the segment may be left out. */
bool parse_bdf(const char *text, uint16_t *segment, uint16_t *rid);

#endif
