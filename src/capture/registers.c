/* SPDX-License-Identifier: MIT */
#include "capture/registers.h"

#include "capture/json.h"

#include <ioasid-sim/error.h>

#define REGISTER_PAGE_BYTES (1u << 20) /* SMMUv3 has 64 KiB pages, and several */

static bool misplaced(const char *where, const char *name, GError **error)
{
	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING,
		    "%s: register %s: expected a width of 32 or 64 bits and an offset that is a multiple of it", where,
		    name);
	return false;
}

static bool load_named(struct capture *capture, const char *path, JsonArray *registers, guint index, GError **error)
{
	struct capture_register row = {.bytes = 0};
	g_autofree char *where = g_strdup_printf("%s: registers[%u]", path, index);
	JsonObject *object = json_element_object(registers, path, "registers", index, error);
	const char *name = object ? json_text(object, where, "name", error) : NULL;
	uint64_t offset, width;

	if (!name || !json_number(object, where, "offset", REGISTER_PAGE_BYTES - 8, &offset, error) ||
	    !json_number(object, where, "width", 64, &width, error))
		return false;
	if ((width != 32 && width != 64) || offset % (width / 8) != 0)
		return misplaced(path, name, error);
	g_strlcpy(row.name, name, sizeof(row.name));
	row.offset = (uint32_t)offset;
	row.bytes = (uint8_t)(width / 8);
	if (!json_number(object, where, "value", width == 64 ? UINT64_MAX : UINT32_MAX, &row.value, error))
		return false;
	g_array_append_val(capture->registers, row);
	return true;
}

static bool is_named(const GArray *registers, guint named, uint32_t offset)
{
	for (guint i = 0; i < named; i++) {
		const struct capture_register *row = &g_array_index(registers, struct capture_register, i);

		if (offset >= row->offset && offset - row->offset < row->bytes)
			return true;
	}
	return false;
}

/* The 32-bit words that belong to no named register. */
static bool load_words(struct capture *capture, const char *path, JsonObject *words, GError **error)
{
	guint named = capture->registers->len;
	g_autoptr(GList) keys = json_object_get_members(words);

	for (GList *key = keys; key; key = key->next) {
		struct capture_register row = {.bytes = 4};
		char *end;
		guint64 offset = g_ascii_strtoull(key->data, &end, 16);

		if (!g_str_has_prefix(key->data, "0x") || *end != '\0' || offset >= REGISTER_PAGE_BYTES ||
		    offset % 4 != 0)
			return misplaced(path, key->data, error);
		if (!json_number(words, path, key->data, UINT32_MAX, &row.value, error))
			return false;
		row.offset = (uint32_t)offset;
		if (!is_named(capture->registers, named, row.offset))
			g_array_append_val(capture->registers, row);
	}
	return true;
}

bool capture_load_registers(struct capture *capture, const char *path, GError **error)
{
	g_autoptr(JsonNode) root = json_parse_file(path, error);
	JsonObject *object = root ? json_node_get_object(root) : NULL;
	const char *iommu = object ? json_text(object, path, "iommu", error) : NULL;
	JsonArray *registers = iommu ? json_array(object, path, "registers", error) : NULL;
	JsonNode *words;

	if (!registers || !json_number(object, path, "mmio_base", CAPTURE_MAX_PA, &capture->registers_pa, error))
		return false;
	g_strlcpy(capture->iommu, iommu, sizeof(capture->iommu));
	words = json_object_get_member(object, "all_words");
	if (words && !JSON_NODE_HOLDS_OBJECT(words)) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING, "%s: \"all_words\": expected an object", path);
		return false;
	}
	if (json_array_get_length(registers) > CAPTURE_MAX_REGISTERS ||
	    (words && json_object_get_size(json_node_get_object(words)) > CAPTURE_MAX_REGISTERS)) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING, "%s: expected at most %u registers", path,
			    CAPTURE_MAX_REGISTERS);
		return false;
	}
	for (guint i = 0; i < json_array_get_length(registers); i++) {
		if (!load_named(capture, path, registers, i, error))
			return false;
	}
	return !words || load_words(capture, path, json_node_get_object(words), error);
}
