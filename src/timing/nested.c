/* SPDX-License-Identifier: MIT */
#include "timing/nested.h"

#include <ioasid-sim/error.h>

#include <math.h>
#include <string.h>

#define HEADING                                                                                                 \
	"cores,gbit_per_s,iotlb_misses_per_page,unmaps_per_page,map_ns,map_flush_ns,unmap_ns,sync_ns,flush_ns," \
	"submit_ns"
#define COLUMNS   10
#define MAX_CORES 64
#define RING      512 /* descriptors: as the measurements had it */
#define PAGE      4096
#define PAGES     30000
#define WARM_UP   10000

const char *const nested_model_names[NESTED_MODELS] = {"serialised", "growing_lock", "sleeping_waiters",
						       "measured_exits"};

_Static_assert(sizeof(struct nested_row) == COLUMNS * sizeof(double), "a number a column");

/* --- the file --- */

static bool refuse(const char *path, guint line, GError **error, const char *expected, const char *found)
{
	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING, "%s:%u: expected %s, found '%s'", path, line, expected,
		    found);
	return false;
}

static bool read_row(struct nested_rows *rows, const char *path, guint line, const char *text, GError **error)
{
	g_auto(GStrv) words = g_strsplit(text, ",", -1);
	double numbers[COLUMNS];
	struct nested_row row;

	if (g_strv_length(words) != COLUMNS)
		return refuse(path, line, error, "10 numbers", text);
	for (unsigned i = 0; i < COLUMNS; i++) {
		char *end;
		numbers[i] = g_ascii_strtod(words[i], &end);
		if (end == words[i] || *end != '\0' || !isfinite(numbers[i]) || numbers[i] <= 0)
			return refuse(path, line, error, "a number above 0", words[i]);
	}
	memcpy(&row, numbers, sizeof(row));
	const struct nested_row *last =
		rows->rows->len ? &g_array_index(rows->rows, struct nested_row, rows->rows->len - 1) : NULL;
	if (row.cores > MAX_CORES || row.cores != floor(row.cores) || (last && row.cores <= last->cores))
		return refuse(path, line, error, "cores that rise from row to row, up to 64", words[0]);
	if (row.unmaps > 1)
		return refuse(path, line, error, "at most one unmap a page", words[3]);
	/* Means of a function and of what it calls; of the first row, which the calibration takes them from. */
	if (!last && (row.map <= row.map_flush || row.sync < row.flush || row.flush <= row.submit))
		return refuse(path, line, error, "times of functions above those of what they call", text);
	g_array_append_val(rows->rows, row);
	return true;
}

static gint compare(gconstpointer one, gconstpointer other)
{
	double a = *(const double *)one, b = *(const double *)other;

	return (a > b) - (a < b);
}

/* What the rows say together. */
static void conclude(struct nested_rows *rows)
{
	g_autoptr(GArray) unmaps = g_array_new(FALSE, FALSE, sizeof(double));

	for (guint i = 0; i < rows->rows->len; i++) {
		const struct nested_row *row = &g_array_index(rows->rows, struct nested_row, i);
		g_array_append_val(unmaps, row->unmaps);
		if (i > 0 && rows->fall == 0 && row->gbit_per_s < row[-1].gbit_per_s)
			rows->fall = i;
	}
	g_array_sort(unmaps, compare);
	rows->every = (uint32_t)(1 / g_array_index(unmaps, double, unmaps->len / 2) + 0.5);
}

bool nested_load(struct nested_rows *rows, const char *path, GError **error)
{
	g_autoptr(GError) reason = NULL;
	g_autofree char *text = NULL;

	*rows = (struct nested_rows){0};
	if (!g_file_get_contents(path, &text, NULL, &reason)) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_READ, "%s: %s", path, reason->message);
		return false;
	}
	g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
	if (g_strcmp0(lines[0], HEADING) != 0) {
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_SYNTAX, "%s:1: expected '%s'", path, HEADING);
		return false;
	}
	rows->rows = g_array_new(FALSE, FALSE, sizeof(struct nested_row));
	for (guint i = 1; lines[i]; i++)
		if (!read_row(rows, path, i + 1, lines[i], error))
			return false;
	if (rows->rows->len < 2)
		return refuse(path, rows->rows->len + 1, error, "two rows at least", "");
	conclude(rows);
	return true;
}

void nested_clear(struct nested_rows *rows)
{
	if (rows->rows)
		g_array_unref(rows->rows);
}

/* --- the machine --- */

static const struct nested_row *row_at(const struct nested_rows *rows, guint row)
{
	return &g_array_index(rows->rows, struct nested_row, row);
}

/*
 * Where throughput has fallen CPUs do nothing but wait for the lock, so from one unmap to the next it changes hands
 * twice, and what its holders do not take is the way from one to the other.
 */
static double hand_over_ns(const struct nested_rows *rows)
{
	const struct nested_row *first = row_at(rows, 0), *fallen = row_at(rows, rows->fall);
	double unmap_to_unmap = rows->every * 8.0 * PAGE / fallen->gbit_per_s;
	double left = unmap_to_unmap - first->flush - first->map_flush;

	return left > 0 ? left / 2 : 0;
}

void nested_calibrate(const struct nested_rows *rows, const struct timing_profile *structure, enum nested_model model,
		      guint row, struct timing_profile *out)
{
	const struct nested_row *first = row_at(rows, 0);
	double *value = out->value;

	*out = *structure;
	double queue = 2 * value[TIMING_COMMAND] + value[TIMING_INVALIDATE] + value[TIMING_COMPLETE];
	double mapping = (first->map + first->unmap + first->sync) / rows->every;
	double handling = first->cores * 8.0 * PAGE / first->gbit_per_s - mapping;
	double exit = first->flush - value[TIMING_POST] - queue - value[TIMING_POLL];
	value[TIMING_PACKET] = handling > 0 ? handling : 0;
	value[TIMING_PACKET_BYTE] = 0;
	value[TIMING_MAP] = first->map - first->map_flush;
	value[TIMING_MAP_LOCK] = first->map_flush;
	value[TIMING_UNMAP] = first->unmap + first->sync - first->flush;
	value[TIMING_EXIT] = exit > 0 ? exit : 0;
	if (model == NESTED_EXITS) {
		value[TIMING_EXIT] += row_at(rows, row)->submit - first->submit;
	} else if (rows->fall && model == NESTED_GROWING) {
		double waiting = row_at(rows, rows->fall)->cores - 2;
		value[TIMING_LOCK] = 0;
		value[TIMING_LOCK_WAITER] = waiting > 0 ? hand_over_ns(rows) / waiting : 0;
	} else if (rows->fall && model == NESTED_SLEEPING) {
		value[TIMING_LOCK] = 0;
		value[TIMING_SPIN] = (row_at(rows, rows->fall - 1)->cores - 1) * first->flush;
		value[TIMING_WAKE] = hand_over_ns(rows);
	}
}

void nested_predict(const struct nested_rows *rows, const struct timing_profile *structure, enum nested_model model,
		    guint row, struct nested_prediction *out)
{
	struct timing_nic nic = {.cpus = (uint32_t)row_at(rows, row)->cores,
				 .ring = RING,
				 .bytes = PAGE,
				 .every = rows->every,
				 .batch = 1,
				 .mode = NIC_STRICT,
				 .guest = true,
				 .packets = PAGES,
				 .warm_up = WARM_UP};
	struct timing_profile profile;
	struct timing_nic_result result;
	uint64_t walks = 0;

	nested_calibrate(rows, structure, model, row, &profile);
	timing_nic_run(&profile, &nic, NULL, NULL, &result);
	for (unsigned i = 0; i < NIC_ACCESSES; i++)
		walks += result.walks[i];
	*out = (struct nested_prediction){
		.gbit_per_s = (double)result.bytes * 8000 / (double)result.elapsed_ps,
		.misses = (double)walks / (double)result.packets,
		.lock_share = (double)result.lock_ps / ((double)result.elapsed_ps * nic.cpus),
		.invalidation_ns =
			result.batches ? (double)(result.post_ps + result.wait_ps) / 1000 / (double)result.batches : 0,
	};
}
