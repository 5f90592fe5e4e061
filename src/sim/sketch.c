/* SPDX-License-Identifier: MIT */
#include "sim/sketch.h"

#include "base/assert.h"

#include <stdarg.h>
#include <string.h>

/* --- parts --- */

uint32_t sketch_add(struct sketch *sketch, enum sketch_table table, const char *name)
{
	struct sketch_part *part;

	if (sketch->count == SKETCH_MAX_PARTS) {
		sketch->full = true;
		return sketch->count - 1;
	}
	part = &sketch->parts[sketch->count];
	memset(part, 0, sizeof(*part));
	part->table = (uint8_t)table;
	g_strlcpy(part->name, name, sizeof(part->name));
	return sketch->count++;
}

uint32_t sketch_add_inside(struct sketch *sketch, uint32_t outer, const char *group, const char *name)
{
	uint32_t number = sketch_add(sketch, (enum sketch_table)sketch->parts[outer].table, name);

	if (sketch->full)
		return number;
	sketch->parts[number].inside = (uint16_t)(outer + 1);
	g_strlcpy(sketch->parts[number].group, group, sizeof(sketch->parts[number].group));
	return number;
}

static struct sketch_key *find_key(const struct sketch *sketch, uint32_t number, const char *key)
{
	const struct sketch_part *part = &sketch->parts[number];

	for (unsigned i = 0; i < part->key_count; i++)
		if (strcmp(part->keys[i].key, key) == 0)
			return (struct sketch_key *)&part->keys[i];
	return NULL;
}

void sketch_set(struct sketch *sketch, uint32_t number, const char *key, const char *format, ...)
{
	struct sketch_part *part = &sketch->parts[number];
	struct sketch_key *found = find_key(sketch, number, key);
	va_list arguments;
	int bytes;

	if (!found) {
		IOSIM_ASSERT(part->key_count < SKETCH_MAX_KEYS);
		found = &part->keys[part->key_count++];
		g_strlcpy(found->key, key, sizeof(found->key));
	}
	va_start(arguments, format);
	bytes = g_vsnprintf(found->value, sizeof(found->value), format, arguments);
	va_end(arguments);
	IOSIM_ASSERT(bytes >= 0 && (size_t)bytes < sizeof(found->value));
}

const char *sketch_get(const struct sketch *sketch, uint32_t part, const char *key)
{
	const struct sketch_key *found = find_key(sketch, part, key);

	return found ? found->value : NULL;
}

uint32_t sketch_find(const struct sketch *sketch, const char *name)
{
	for (uint32_t i = 0; i < sketch->count; i++)
		if (sketch->parts[i].table != SKETCH_RUN && strcmp(sketch->parts[i].name, name) == 0)
			return i;
	return SKETCH_NOBODY;
}

uint32_t sketch_size(const struct sketch *sketch, enum sketch_table table)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < sketch->count; i++)
		count += sketch->parts[i].table == table;
	return count;
}

/* --- leaving out --- */

static bool is_word(char c)
{
	return g_ascii_isalnum(c) || c == '-';
}

/* Whether the name is one of the value's words: of "hpa(m1)+4K" m1 is. */
static bool names(const char *value, const char *name)
{
	size_t bytes = strlen(name);

	for (const char *at = value; bytes && (at = strstr(at, name)); at++)
		if ((at == value || !is_word(at[-1])) && !is_word(at[bytes]))
			return true;
	return false;
}

static bool part_names(const struct sketch_part *part, const char *name)
{
	if (!name[0])
		return false;
	if (strcmp(part->by, name) == 0)
		return true;
	for (unsigned i = 0; i < part->key_count; i++)
		if (names(part->keys[i].value, name))
			return true;
	return false;
}

/* Of a machine's part that names what is gone the key alone goes, unless it must be there. */
static bool loses_key(struct sketch_part *part, const char *name)
{
	for (uint8_t i = 0; i < part->key_count; i++) {
		if (!names(part->keys[i].value, name))
			continue;
		if (strcmp(part->keys[i].key, "of") == 0)
			return false;
		memmove(&part->keys[i], &part->keys[i + 1], sizeof(part->keys[0]) * (part->key_count - i - 1u));
		part->key_count--;
		i--;
	}
	return true;
}

/* What depends on that part, directly. True: something more has to go. */
static bool spread(struct sketch *sketch, bool *gone, uint32_t from)
{
	const struct sketch_part *lost = &sketch->parts[from];
	const char *name = lost->table == SKETCH_RUN ? lost->as : lost->name;
	bool more = false;

	for (uint32_t i = 0; i < sketch->count; i++) {
		struct sketch_part *part = &sketch->parts[i];
		bool goes = lost->table != SKETCH_RUN && part->inside == from + 1;

		if (gone[i])
			continue;
		if (!goes && part_names(part, name))
			goes = part->table == SKETCH_RUN || !loses_key(part, name);
		gone[i] = goes;
		more |= goes;
	}
	return more;
}

static void pack(struct sketch *sketch, const bool *gone)
{
	uint16_t now[SKETCH_MAX_PARTS] = {0}; /* number + 1 */
	uint32_t kept = 0;

	for (uint32_t i = 0; i < sketch->count; i++) {
		if (gone[i])
			continue;
		sketch->parts[kept] = sketch->parts[i];
		if (sketch->parts[kept].inside)
			sketch->parts[kept].inside = now[sketch->parts[kept].inside - 1];
		now[i] = (uint16_t)++kept;
	}
	sketch->count = kept;
}

void sketch_drop(struct sketch *sketch, const bool dropped[SKETCH_MAX_PARTS])
{
	bool gone[SKETCH_MAX_PARTS], more = true;

	memcpy(gone, dropped, sizeof(gone));
	for (uint32_t rounds = 0; more && rounds < SKETCH_MAX_PARTS; rounds++) {
		more = false;
		for (uint32_t i = 0; i < sketch->count; i++)
			if (gone[i])
				more |= spread(sketch, gone, i);
	}
	pack(sketch, gone);
}

void sketch_drop_key(struct sketch *sketch, uint32_t number, uint32_t key)
{
	struct sketch_part *part = &sketch->parts[number];

	IOSIM_ASSERT(key < part->key_count);
	memmove(&part->keys[key], &part->keys[key + 1], sizeof(part->keys[0]) * (part->key_count - key - 1u));
	part->key_count--;
}

/* In a value of a key, or in a name. */
static void rename_in(char *value, size_t bytes, const char *from, const char *to)
{
	GString *out = g_string_new(NULL);

	for (const char *at = value; *at;) {
		bool starts = at == value || !is_word(at[-1]);

		if (starts && g_str_has_prefix(at, from) && !is_word(at[strlen(from)])) {
			g_string_append(out, to);
			at += strlen(from);
		} else {
			g_string_append_c(out, *at++);
		}
	}
	g_strlcpy(value, out->str, bytes); /* what does not fit is no scenario any more */
	g_string_free(out, TRUE);
}

void sketch_merge(struct sketch *sketch, uint32_t gone, uint32_t stays)
{
	bool dropped[SKETCH_MAX_PARTS] = {false};
	char from[SKETCH_NAME_MAX], to[SKETCH_NAME_MAX];

	memcpy(from, sketch->parts[gone].name, sizeof(from));
	memcpy(to, sketch->parts[stays].name, sizeof(to));
	for (uint32_t i = 0; i < sketch->count; i++) {
		struct sketch_part *part = &sketch->parts[i];

		rename_in(part->by, sizeof(part->by), from, to);
		for (unsigned j = 0; j < part->key_count; j++)
			rename_in(part->keys[j].value, sizeof(part->keys[j].value), from, to);
	}
	dropped[gone] = true;
	sketch_drop(sketch, dropped);
}

/* --- text --- */

static void write_keys(GString *out, const struct sketch_part *part)
{
	for (unsigned i = 0; i < part->key_count; i++)
		g_string_append_printf(out, "%s%s: %s", i ? ", " : "", part->keys[i].key, part->keys[i].value);
}

/* The mappings of what is inside, a group after the other; at most three deep: a device, a function, its VFs. */
static void write_part(GString *out, const struct sketch *sketch, uint32_t number, unsigned depth);

static void write_group(GString *out, const struct sketch *sketch, uint32_t outer, const char *group, bool first,
			unsigned depth)
{
	bool any = false;

	for (uint32_t i = 0; i < sketch->count; i++) {
		if (sketch->parts[i].inside != outer + 1 || strcmp(sketch->parts[i].group, group) != 0)
			continue;
		if (any)
			g_string_append(out, ", ");
		else
			g_string_append_printf(out, "%s%s: {", first ? "" : ", ", group);
		write_part(out, sketch, i, depth + 1);
		any = true;
	}
	if (any)
		g_string_append_c(out, '}');
}

static void write_part(GString *out, const struct sketch *sketch, uint32_t number, unsigned depth)
{
	static const char *const groups[] = {"functions", "vfs", "mdevs", "reserved"};
	const struct sketch_part *part = &sketch->parts[number];
	gsize open;

	IOSIM_ASSERT(depth < 4);
	g_string_append_printf(out, "%s: {", part->name);
	open = out->len;
	write_keys(out, part);
	for (unsigned i = 0; i < G_N_ELEMENTS(groups); i++)
		write_group(out, sketch, number, groups[i], out->len == open, depth);
	g_string_append_c(out, '}');
}

static void write_table(GString *out, const struct sketch *sketch, enum sketch_table table, const char *name)
{
	bool any = false;

	for (uint32_t i = 0; i < sketch->count; i++) {
		if (sketch->parts[i].table != table || sketch->parts[i].inside)
			continue;
		if (!any)
			g_string_append_printf(out, "  %s:\n", name);
		g_string_append(out, "    ");
		write_part(out, sketch, i, 0);
		g_string_append_c(out, '\n');
		any = true;
	}
}

static void write_step(GString *out, const struct sketch_part *step)
{
	g_string_append(out, "  - {");
	if (step->by[0])
		g_string_append_printf(out, "by: %s, ", step->by);
	if (step->label[0])
		g_string_append_printf(out, "label: %s, ", step->label);
	g_string_append_printf(out, "%s: {", step->name);
	write_keys(out, step);
	g_string_append_c(out, '}');
	if (step->as[0])
		g_string_append_printf(out, ", as: %s", step->as);
	if (step->inject[0])
		g_string_append_printf(out, ", inject: %s", step->inject);
	if (step->expect[0])
		g_string_append_printf(out, ", expect: %s", step->expect);
	g_string_append(out, "}\n");
}

char *sketch_text(const struct sketch *sketch, const struct sketch_frame *frame)
{
	static const char *const tables[] = {[SKETCH_IOMMUS] = "iommus",
					     [SKETCH_FABRIC] = "fabric",
					     [SKETCH_OWNERS] = "owners",
					     [SKETCH_DEVICES] = "devices",
					     [SKETCH_MEMORY] = "memory"};
	GString *out = g_string_sized_new(4096);

	g_string_append_printf(out, "name: %s\ntitle: %s\nsource: %s\nclaim: %s\ninvariants: [%s]\n%smachine:\n",
			       frame->name, frame->title, frame->source, frame->claim, frame->invariants,
			       sketch->manual ? "hardware: manual\n" : "");
	for (enum sketch_table table = SKETCH_IOMMUS; table < SKETCH_RUN; table++)
		write_table(out, sketch, table, tables[table]);
	g_string_append(out, "run:\n");
	for (uint32_t i = 0; i < sketch->count; i++)
		if (sketch->parts[i].table == SKETCH_RUN)
			write_step(out, &sketch->parts[i]);
	g_string_append_printf(out, "expect:\n%s", frame->rows);
	return g_string_free(out, FALSE);
}
