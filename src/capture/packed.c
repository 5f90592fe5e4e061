/* SPDX-License-Identifier: MIT */
#include "capture/packed.h"

#include <ioasid-sim/error.h>

#include <string.h>
#include <zstd.h>

gboolean packed_is(GBytes *file)
{
	static const guint8 mark[] = {0x28, 0xb5, 0x2f, 0xfd}; /* RFC 8878 3.1.1 */
	gsize bytes;
	const guint8 *data = g_bytes_get_data(file, &bytes);

	return bytes >= sizeof(mark) && memcmp(data, mark, sizeof(mark)) == 0;
}

GBytes *packed_open(const char *path, GBytes *file, gsize maximum, GError **error)
{
	gsize bytes, got = 0;
	const void *data = g_bytes_get_data(file, &bytes);
	unsigned long long announced = ZSTD_getFrameContentSize(data, bytes);
	void *buffer = announced <= maximum ? g_try_malloc(MAX(announced, 1)) : NULL;

	if (buffer)
		got = ZSTD_decompress(buffer, announced, data, bytes);
	if (buffer && !ZSTD_isError(got) && got == announced)
		return g_bytes_new_take(buffer, announced);
	g_free(buffer);
	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_SYNTAX,
		    "%s: expected one zstd frame that says its size, at most %zu bytes", path, maximum);
	return NULL;
}
