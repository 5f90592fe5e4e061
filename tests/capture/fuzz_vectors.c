/* SPDX-License-Identifier: MIT */
/* Vectors, hostile: loaded and run, as the specification asks and as QEMU does. */
#include <ioasid-sim/vectors.h>

#include <glib/gstdio.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define MOST_VECTORS 4u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static char *path;

static void remove_file(void)
{
	g_unlink(path);
	g_free(path);
}

static void make_file(void)
{
	int file = g_file_open_tmp("iosim-fuzz-XXXXXX.jsonl", &path, NULL);

	if (file < 0)
		abort();
	g_close(file, NULL);
	atexit(remove_file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	g_autoptr(iosim_vectors) vectors = NULL;
	iosim_vector_verdict verdict;

	if (!path)
		make_file();
	g_file_set_contents_full(path, (const char *)data, (gssize)bytes, G_FILE_SET_CONTENTS_NONE, 0600, NULL);
	vectors = iosim_vectors_load(path, NULL);
	for (guint i = 0; vectors && i < MIN(iosim_vectors_count(vectors), MOST_VECTORS); i++) {
		iosim_vectors_run(vectors, i, FALSE, &verdict);
		iosim_vectors_run(vectors, i, TRUE, &verdict);
	}
	return 0;
}
