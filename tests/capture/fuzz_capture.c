/* SPDX-License-Identifier: MIT */
/* The files of a capture, hostile: the first byte says which of them the rest is. */
#include "capture/capture.h"
#include "capture/json.h"

#include <glib/gstdio.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define REGISTERS "{\"iommu\": \"vtd\", \"mmio_base\": 0, \"registers\": []}"

enum what { FUZZ_TRUTH, FUZZ_REGISTERS, FUZZ_MEMORY, FUZZ_PAGES, FUZZ_WHATS };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static char *folder, *paths[FUZZ_WHATS], *contents;

static void remove_folder(void)
{
	for (unsigned i = 0; i < FUZZ_WHATS; i++) {
		g_unlink(paths[i]);
		g_free(paths[i]);
	}
	g_unlink(contents);
	g_free(contents);
	g_rmdir(folder);
	g_free(folder);
}

static void make_folder(void)
{
	static const char *const names[FUZZ_WHATS] = {"truth.jsonl", "registers.json", "memory", "pages.json"};

	folder = g_dir_make_tmp("iosim-fuzz-XXXXXX", NULL);
	if (!folder)
		abort();
	for (unsigned i = 0; i < FUZZ_WHATS; i++)
		paths[i] = g_build_filename(folder, names[i], NULL);
	contents = g_build_filename(folder, "pages.bin", NULL);
	g_file_set_contents(contents, "", 0, NULL);
	atexit(remove_folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	enum what what = bytes ? (enum what)(data[0] % FUZZ_WHATS) : FUZZ_TRUTH;
	const char *rest = (const char *)data + (bytes ? 1 : 0);
	gssize length = (gssize)(bytes ? bytes - 1 : 0);
	g_autoptr(GArray) questions = NULL;
	struct capture *capture = NULL;

	if (!folder)
		make_folder();
	g_file_set_contents_full(paths[FUZZ_REGISTERS], REGISTERS, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL);
	g_file_set_contents_full(paths[what], rest, length, G_FILE_SET_CONTENTS_NONE, 0600, NULL);
	switch (what) {
	case FUZZ_TRUTH:
		questions = capture_load_truth(paths[FUZZ_TRUTH], NULL);
		break;
	case FUZZ_REGISTERS:
		g_file_set_contents(paths[FUZZ_MEMORY], "x", 1, NULL);
		capture = capture_open_files(paths[FUZZ_MEMORY], true, 0, paths[FUZZ_REGISTERS], NULL);
		break;
	case FUZZ_MEMORY:
		capture = capture_open_files(paths[FUZZ_MEMORY], false, 0, paths[FUZZ_REGISTERS], NULL);
		break;
	default:
		capture = capture_open_folder(folder, NULL);
		break;
	}
	capture_free(capture);
	return 0;
}
