/* SPDX-License-Identifier: MIT */
/* A capture folder: single pages, listed in pages.json, their contents one after the other in pages.bin. */
#include "capture/capture.h"
#include "capture/json.h"
#include "capture/memory_file.h"
#include "capture/registers.h"

#include <ioasid-sim/error.h>

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

static struct capture *capture_new(void)
{
	struct capture *capture = g_new0(struct capture, 1);

	capture->ranges = g_array_new(FALSE, FALSE, sizeof(struct capture_range));
	capture->registers = g_array_new(FALSE, FALSE, sizeof(struct capture_register));
	capture->backing = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
	return capture;
}

void capture_free(struct capture *capture)
{
	if (!capture)
		return;
	g_array_unref(capture->ranges);
	g_array_unref(capture->registers);
	g_ptr_array_unref(capture->backing);
	g_free(capture);
}

/* Addresses at `key`; appended as ranges without data. */
static bool add_pages(struct capture *capture, const char *path, JsonObject *object, const char *key, GError **error)
{
	JsonArray *pages = json_array(object, path, key, error);

	if (!pages)
		return false;
	if (json_array_get_length(pages) > CAPTURE_MAX_PAGES) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING, "%s: \"%s\": expected at most %u pages", path, key,
			    CAPTURE_MAX_PAGES);
		return false;
	}
	for (guint i = 0; i < json_array_get_length(pages); i++) {
		struct capture_range range = {.bytes = CAPTURE_PAGE_BYTES};

		if (!json_element_number(pages, path, key, i, CAPTURE_MAX_PA, &range.first, error))
			return false;
		if (range.first % CAPTURE_PAGE_BYTES != 0) {
			g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING,
				    "%s: \"%s[%u]\": expected a multiple of 4096, found 0x%" G_GINT64_MODIFIER "x",
				    path, key, i, range.first);
			return false;
		}
		g_array_append_val(capture->ranges, range);
	}
	return true;
}

static int compare_addresses(const void *a, const void *b)
{
	uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;

	return (first > second) - (first < second);
}

static bool check_distinct(const struct capture *capture, const char *path, GError **error)
{
	guint count = capture->ranges->len;
	g_autofree uint64_t *addresses = g_new(uint64_t, MAX(count, 1));

	for (guint i = 0; i < count; i++)
		addresses[i] = g_array_index(capture->ranges, struct capture_range, i).first;
	qsort(addresses, count, sizeof(addresses[0]), compare_addresses);
	for (guint i = 1; i < count; i++) {
		if (addresses[i] != addresses[i - 1])
			continue;
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING,
			    "%s: page 0x%" G_GINT64_MODIFIER "x is listed twice", path, addresses[i]);
		return false;
	}
	return true;
}

static GBytes *decompress(struct capture *capture, const char *path, uint64_t expected, GError **error)
{
	GBytes *packed = capture_map_file(capture, path, error), *pages;
	gsize size = 0;
	const void *data = packed ? g_bytes_get_data(packed, &size) : NULL;
	unsigned long long announced;
	void *buffer;
	size_t got;

	if (!packed)
		return NULL;
	announced = data ? ZSTD_getFrameContentSize(data, size) : ZSTD_CONTENTSIZE_ERROR;
	buffer = announced == expected ? g_try_malloc(MAX(expected, 1)) : NULL;
	got = buffer ? ZSTD_decompress(buffer, expected, data, size) : 0;
	if (!buffer || ZSTD_isError(got) || got != expected) {
		g_free(buffer);
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_SYNTAX,
			    "%s: expected one zstd frame of %" G_GUINT64_FORMAT " bytes, as pages.json lists", path,
			    expected);
		return NULL;
	}
	pages = g_bytes_new_take(buffer, expected);
	g_ptr_array_add(capture->backing, pages);
	return pages;
}

/* The contents of the first `count` ranges. */
static bool load_contents(struct capture *capture, const char *folder, guint count, GError **error)
{
	g_autofree char *plain = g_build_filename(folder, "pages.bin", NULL);
	g_autofree char *packed = g_build_filename(folder, "pages.bin.zst", NULL);
	uint64_t expected = (uint64_t)count * CAPTURE_PAGE_BYTES;
	bool use_packed = !g_file_test(plain, G_FILE_TEST_EXISTS) && g_file_test(packed, G_FILE_TEST_EXISTS);
	GBytes *bytes =
		use_packed ? decompress(capture, packed, expected, error) : capture_map_file(capture, plain, error);

	if (!bytes)
		return false;
	if (g_bytes_get_size(bytes) != expected) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING,
			    "%s: expected %" G_GUINT64_FORMAT " bytes, as pages.json lists, found %zu", plain, expected,
			    g_bytes_get_size(bytes));
		return false;
	}
	for (guint i = 0; i < count; i++) {
		struct capture_range *range = &g_array_index(capture->ranges, struct capture_range, i);

		range->data = (const uint8_t *)g_bytes_get_data(bytes, NULL) + (size_t)i * CAPTURE_PAGE_BYTES;
		range->data_bytes = CAPTURE_PAGE_BYTES;
	}
	return true;
}

static bool load_folder(struct capture *capture, const char *folder, GError **error)
{
	g_autofree char *list = g_build_filename(folder, "pages.json", NULL);
	g_autofree char *registers = g_build_filename(folder, "registers.json", NULL);
	g_autoptr(JsonNode) root = json_parse_file(list, error);
	JsonObject *object = root ? json_node_get_object(root) : NULL;
	uint64_t page_size;
	guint stored;

	if (!object || !json_number(object, list, "page_size", UINT64_MAX, &page_size, error))
		return false;
	if (page_size != CAPTURE_PAGE_BYTES) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING, "%s: \"page_size\": expected 4096", list);
		return false;
	}
	if (!add_pages(capture, list, object, "pages", error))
		return false;
	stored = capture->ranges->len;
	if (json_object_has_member(object, "zero_pages") && !add_pages(capture, list, object, "zero_pages", error))
		return false;
	return check_distinct(capture, list, error) && load_contents(capture, folder, stored, error) &&
	       capture_load_registers(capture, registers, error);
}

struct capture *capture_open_folder(const char *folder, GError **error)
{
	struct capture *capture = capture_new();

	if (load_folder(capture, folder, error))
		return capture;
	capture_free(capture);
	return NULL;
}

struct capture *capture_open_files(const char *memory, bool raw, uint64_t base, const char *registers, GError **error)
{
	struct capture *capture = capture_new();
	GBytes *file = capture_map_file(capture, memory, error);
	bool loaded = file && (!raw && capture_is_elf(file) ? capture_add_elf(capture, memory, file, error)
							    : capture_add_image(capture, memory, file, base, error));

	if (loaded && capture_load_registers(capture, registers, error))
		return capture;
	capture_free(capture);
	return NULL;
}
