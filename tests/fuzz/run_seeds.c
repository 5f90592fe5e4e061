/* SPDX-License-Identifier: MIT */
/* libFuzzer's main for builds without it: each file of the command line is one input, run once. */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *data = NULL;
		gsize bytes;

		if (!g_file_get_contents(argv[i], &data, &bytes, &error)) {
			fprintf(stderr, "%s\n", error->message);
			return 1;
		}
		LLVMFuzzerTestOneInput((const uint8_t *)data, bytes);
	}
	return 0;
}
