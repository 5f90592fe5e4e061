/* SPDX-License-Identifier: MIT */
/* From arguments to scenario files. */
#ifndef IOSIM_CLI_FILES_H
#define IOSIM_CLI_FILES_H

#include <glib.h>

/*
 * Each argument is a file, or a folder whose *.yaml files are meant, those of its folders included, in the order of
 * their paths. NULL: one cannot be read or a folder has none; said on standard error. The caller frees.
 */
GPtrArray *cli_scenario_files(int count, char **arguments);

#endif
