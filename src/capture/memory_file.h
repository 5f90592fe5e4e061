/* SPDX-License-Identifier: MIT */
/* Files that hold physical memory as it was. */
#ifndef IOSIM_CAPTURE_MEMORY_FILE_H
#define IOSIM_CAPTURE_MEMORY_FILE_H

#include "capture/capture.h"

/* The file's bytes, mapped; the capture keeps them. NULL and `error`. */
GBytes *capture_map_file(struct capture *capture, const char *path, GError **error);
bool capture_is_elf(GBytes *file);
/* The PT_LOAD segments of an ELF core. */
bool capture_add_elf(struct capture *capture, const char *path, GBytes *file, GError **error);
/* The whole file, from `base` on. */
bool capture_add_image(struct capture *capture, const char *path, GBytes *file, uint64_t base, GError **error);

#endif
