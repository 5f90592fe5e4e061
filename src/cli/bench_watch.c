/* SPDX-License-Identifier: MIT */
#include "bench_watch.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_PACKETS 1000
#define LINE_STEP       10 /* per cent: of lines, where it is no terminal */

bool bench_number(const char *verb, const char *option, const char *text, guint64 maximum, guint64 *value)
{
	static const char suffixes[] = "KMG";
	g_autofree char *digits = g_strdup(text);
	const char *suffix = NULL;
	unsigned shift = 0;

	if (!text)
		return true;
	size_t length = strlen(digits);
	if (length > 1)
		suffix = strchr(suffixes, digits[length - 1]);
	if (suffix) {
		shift = 10 * (unsigned)(suffix - suffixes + 1);
		digits[length - 1] = '\0';
	}
	if (cli_number(digits, maximum >> shift, value)) {
		*value <<= shift;
		return true;
	}
	cli_fail("%s: %s: expected a number (decimal, 0x hex, or with K, M, G) up to %" G_GUINT64_FORMAT ", found '%s'",
		 verb, option, maximum, text);
	return false;
}

static void put(gpointer context, const char *text)
{
	fputs(text, context);
}

static void show_progress(gpointer context, guint64 done, guint64 all)
{
	struct bench_watch *bench = context;
	bool terminal = isatty(STDERR_FILENO);
	int percent = (int)(100 * (double)done / (double)all);

	if (!terminal)
		percent -= percent % LINE_STEP;
	if (percent == bench->shown)
		return;
	bench->shown = percent;
	if (!terminal)
		fprintf(stderr, "%s: %d %%\n", bench->verb, percent);
	else if (done < all)
		fprintf(stderr, "\r%s: %d %% ", bench->verb, percent);
	else
		fprintf(stderr, "\r%*s\r", (int)strlen(bench->verb) + 8, "");
}

static bool open_file(const char *verb, const char *path, FILE **file)
{
	if (!path)
		return true;
	*file = fopen(path, "w");
	if (*file)
		return true;
	cli_fail("%s: %s: %s", verb, path, g_strerror(errno));
	return false;
}

static bool close_file(const char *verb, const char *path, FILE **file)
{
	bool failed = *file && (ferror(*file) | fclose(*file)) != 0;

	*file = NULL;
	if (failed)
		cli_fail("%s: %s: it could not be written", verb, path);
	return !failed;
}

bool bench_write(const char *verb, const char *path, const char *text)
{
	FILE *file = NULL;

	if (!open_file(verb, path, &file))
		return false;
	fputs(text, file);
	return close_file(verb, path, &file);
}

bool bench_watch_open(struct bench_watch *bench, const char *verb)
{
	iosim_watch *watch = &bench->watch;

	bench->verb = verb;
	bench->shown = -1;
	watch->packets = DEFAULT_PACKETS;
	if ((bench->skip || bench->packets) && !bench->vcd && !bench->trace) {
		cli_fail("%s: %s: --vcd or --trace is needed with it", verb,
			 bench->skip ? "--trace-from" : "--trace-packets");
		return false;
	}
	if (!bench_number(verb, "--trace-from", bench->skip, G_GUINT64_CONSTANT(1) << 40, &watch->skip) ||
	    !bench_number(verb, "--trace-packets", bench->packets, G_GUINT64_CONSTANT(1) << 40, &watch->packets) ||
	    !open_file(verb, bench->vcd, &bench->vcd_file) || !open_file(verb, bench->trace, &bench->trace_file))
		return false;
	watch->vcd = bench->vcd_file ? put : NULL;
	watch->vcd_context = bench->vcd_file;
	watch->trace = bench->trace_file ? put : NULL;
	watch->trace_context = bench->trace_file;
	watch->progress = bench->wants_progress || isatty(STDERR_FILENO) ? show_progress : NULL;
	watch->progress_context = bench;
	return true;
}

bool bench_watch_close(struct bench_watch *bench)
{
	bool vcd = close_file(bench->verb, bench->vcd, &bench->vcd_file);

	return close_file(bench->verb, bench->trace, &bench->trace_file) && vcd;
}

void bench_watch_clear(struct bench_watch *bench)
{
	if (bench->vcd_file)
		fclose(bench->vcd_file);
	if (bench->trace_file)
		fclose(bench->trace_file);
	g_free(bench->vcd);
	g_free(bench->trace);
	g_free(bench->skip);
	g_free(bench->packets);
}
