/* SPDX-License-Identifier: MIT */
#include "scenario/keys.h"

#include <string.h>

const struct key_row *keys_find(const struct key_row *rows, const char *name)
{
	for (; rows->name; rows++)
		if (strcmp(rows->name, name) == 0)
			return rows;
	return NULL;
}

static bool unknown_key(struct loader *loader, const struct key_row *rows, const struct node *key, const char *where)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	g_autofree char *of = g_strdup_printf(" of %s", where);

	for (; rows->name; rows++)
		g_ptr_array_add(names, (gpointer)rows->name);
	g_ptr_array_add(names, NULL);
	return fail_unknown(loader, key, 0, "key", key->text, of, (const char *const *)names->pdata);
}

bool keys_check(struct loader *loader, const struct key_row *rows, const struct node *map, const char *where)
{
	if (map->kind != NODE_MAP)
		return fail_found(loader, map, "a mapping", "wrong value for %s", where);
	for (uint32_t i = 0; i < map->count; i++)
		if (!keys_find(rows, map->entries[i].key->text))
			return unknown_key(loader, rows, map->entries[i].key, where);
	for (; rows->name; rows++)
		if (rows->required && !node_get(map, rows->name))
			return fail(loader, map, rows->type->what, "%s needs the key '%s'", where, rows->name);
	return true;
}

bool keys_read(struct loader *loader, const struct key_row *rows, const struct node *map, const char *where, void *out)
{
	char *base = out;

	if (!keys_check(loader, rows, map, where))
		return false;
	for (uint32_t i = 0; i < map->count; i++) {
		const struct key_row *row = keys_find(rows, map->entries[i].key->text);

		if (!row->type->read(loader, row, map->entries[i].value, base + row->offset))
			return false;
		if (row->given)
			memcpy(base + row->given, &(bool){true}, sizeof(bool));
	}
	return true;
}
