/* SPDX-License-Identifier: MIT */
/* Files that may be compressed by zstd. */
#ifndef IOSIM_CAPTURE_PACKED_H
#define IOSIM_CAPTURE_PACKED_H

#include <glib.h>

/* Whether it begins as a zstd frame does. */
gboolean packed_is(GBytes *file);
/* What the one frame in it holds, at most `maximum` bytes. `path` is for messages. NULL and `error`. */
GBytes *packed_open(const char *path, GBytes *file, gsize maximum, GError **error);

#endif
