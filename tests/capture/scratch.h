/* SPDX-License-Identifier: MIT */
/* A temporary folder for the files of one test. */
#ifndef IOSIM_TESTS_CAPTURE_SCRATCH_H
#define IOSIM_TESTS_CAPTURE_SCRATCH_H

#include <glib.h>
#include <glib/gstdio.h>

struct scratch {
	char *folder;
};

static inline void scratch_begin(struct scratch *scratch)
{
	scratch->folder = g_dir_make_tmp("iosim-XXXXXX", NULL);
	g_assert_nonnull(scratch->folder);
}

/* The path of a file in it. */
static inline char *scratch_path(const struct scratch *scratch, const char *name)
{
	return g_build_filename(scratch->folder, name, NULL);
}

static inline void scratch_write(const struct scratch *scratch, const char *name, const void *data, gssize bytes)
{
	g_autofree char *path = scratch_path(scratch, name);

	g_assert_true(g_file_set_contents(path, data, bytes, NULL));
}

static inline void scratch_end(struct scratch *scratch)
{
	g_autoptr(GDir) folder = g_dir_open(scratch->folder, 0, NULL);
	const char *name;

	while (folder && (name = g_dir_read_name(folder))) {
		g_autofree char *path = scratch_path(scratch, name);

		g_unlink(path);
	}
	g_rmdir(scratch->folder);
	g_free(scratch->folder);
}

#endif
