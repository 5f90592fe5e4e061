/* SPDX-License-Identifier: MIT */
#include "files.h"

#include "cli.h"

#include <stdbool.h>
#include <string.h>

#define MAX_FOLDERS 4096 /* below one argument: a loop of links ends there */

static gint by_path(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Folders found are appended to `folders`, scenario files to `files`. */
static bool read_folder(const char *path, GPtrArray *folders, GPtrArray *files)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GDir) folder = g_dir_open(path, 0, &error);
	const char *name;

	if (!folder) {
		cli_fail("%s", error->message);
		return false;
	}
	while ((name = g_dir_read_name(folder))) {
		g_autofree char *full = g_build_filename(path, name, NULL);

		if (g_file_test(full, G_FILE_TEST_IS_DIR))
			g_ptr_array_add(folders, g_steal_pointer(&full));
		else if (g_str_has_suffix(name, ".yaml"))
			g_ptr_array_add(files, g_steal_pointer(&full));
	}
	return true;
}

static bool add_folder(const char *path, GPtrArray *files)
{
	g_autoptr(GPtrArray) folders = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) found = g_ptr_array_new();

	g_ptr_array_add(folders, g_strdup(path));
	for (guint i = 0; i < folders->len; i++) {
		if (i == MAX_FOLDERS) {
			cli_fail("%s: more than %d folders", path, MAX_FOLDERS);
			return false;
		}
		if (!read_folder(g_ptr_array_index(folders, i), folders, found))
			return false;
	}
	if (found->len == 0) {
		cli_fail("%s: no scenario (*.yaml) in this folder", path);
		return false;
	}
	g_ptr_array_sort(found, by_path);
	for (guint i = 0; i < found->len; i++)
		g_ptr_array_add(files, g_ptr_array_index(found, i));
	return true;
}

GPtrArray *cli_scenario_files(int count, char **arguments)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);

	for (int i = 0; i < count; i++) {
		if (!g_file_test(arguments[i], G_FILE_TEST_IS_DIR))
			g_ptr_array_add(files, g_strdup(arguments[i]));
		else if (!add_folder(arguments[i], files))
			return NULL;
	}
	return g_steal_pointer(&files);
}
