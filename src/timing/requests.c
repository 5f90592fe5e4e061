/* SPDX-License-Identifier: MIT */
#include "timing/requests.h"

#include "timing/csv.h"

#include <ioasid-sim/error.h>

#include <string.h>

#define MAX_DEVICE 65535u
#define MAX_PASID  ((1u << TIMING_REQUEST_PASIDS) - 1)
#define MAX_FRAMES (UINT64_C(1) << 20)
/* Requests without PASID to FEEx_xxxxh are interrupts (VT-d 3.15). */
#define INTERRUPTS      UINT64_C(0xfee00000)
#define INTERRUPTS_LAST UINT64_C(0xfeefffff)

enum column { TIME, DEVICE, PASID, ADDRESS, SIZE, ACCESS, COLUMNS };
static const char *const column_names[COLUMNS + 1] = {"time", "device", "pasid", "address", "size", "access", NULL};
static const char *const access_names[] = {"r", "w", NULL};

struct loader {
	struct timing_requests *requests;
	const struct timing_profile *profile;
	uint64_t time_ps; /* of the line before */
};

/* --- a line --- */

static bool read_time(const struct csv *csv, struct loader *loader, uint64_t *time_ps)
{
	const char *word = csv_word(csv, TIME), *point = strchr(word, '.');
	size_t digits = point ? strlen(point + 1) : 0;
	g_autofree char *whole = point ? g_strndup(word, (gsize)(point - word)) : g_strdup(word);
	guint64 ns = 0, fraction = 0;

	if (!g_ascii_string_to_unsigned(whole, 10, 0, TIMING_MAX_REQUEST_NS, &ns, NULL) ||
	    (point &&
	     (digits < 1 || digits > 3 || !g_ascii_string_to_unsigned(point + 1, 10, 0, 999, &fraction, NULL))))
		return csv_refuse(csv, TIME,
				  "nanoseconds from 0 to 10^15, decimal with at most 3 digits behind the point", NULL);
	for (; point && digits < 3; digits++)
		fraction *= 10;
	*time_ps = ns * 1000 + fraction;
	if (*time_ps < loader->time_ps) {
		g_autofree char *expected =
			g_strdup_printf("at least the %" G_GUINT64_FORMAT ".%03u of the request before",
					(guint64)(loader->time_ps / 1000), (unsigned)(loader->time_ps % 1000));
		return csv_refuse(csv, TIME, expected, NULL);
	}
	loader->time_ps = *time_ps;
	return true;
}

/* bb:dd.f: bus and device as two hexadecimal digits each. */
static bool read_bdf(const char *word, guint64 *device)
{
	if (strlen(word) != 7 || !g_ascii_isxdigit(word[0]) || !g_ascii_isxdigit(word[1]) || word[2] != ':' ||
	    !g_ascii_isxdigit(word[3]) || !g_ascii_isxdigit(word[4]) || word[5] != '.' || word[6] < '0' ||
	    word[6] > '7')
		return false;
	guint64 slot = (guint64)g_ascii_xdigit_value(word[3]) << 4 | (guint64)g_ascii_xdigit_value(word[4]);
	*device = (guint64)g_ascii_xdigit_value(word[0]) << 12 | (guint64)g_ascii_xdigit_value(word[1]) << 8 |
		  slot << 3 | (guint64)(word[6] - '0');
	return slot < 32;
}

static bool read_requester(const struct csv *csv, uint64_t *who)
{
	const char *device_word = csv_word(csv, DEVICE), *pasid_word = csv_word(csv, PASID);
	guint64 device = 0, pasid = 0;

	if (!g_ascii_string_to_unsigned(device_word, 10, 0, MAX_DEVICE, &device, NULL) &&
	    !read_bdf(device_word, &device))
		return csv_refuse(csv, DEVICE, "a number from 0 to 65535, or bus:device.function (02:00.1)", NULL);
	if (*pasid_word != '\0' && !g_ascii_string_to_unsigned(pasid_word, 10, 1, MAX_PASID, &pasid, NULL))
		return csv_refuse(csv, PASID, "a number from 1 to 1048575, or nothing for a request without PASID",
				  NULL);
	*who = device << TIMING_REQUEST_PASIDS | pasid;
	return true;
}

/* What the unit's tables can map (VT-d: also what the host's width allows). */
static unsigned address_bits(const struct timing_profile *profile)
{
	unsigned levels = timing_count(profile, TIMING_LEVELS), bits = FRAME_LG2 + 9 * levels;
	unsigned width = levels == 5 ? 52 : 48;

	return bits < width ? bits : width;
}

static bool read_place(const struct csv *csv, const struct loader *loader, struct timing_trace_request *request)
{
	const char *word = csv_word(csv, ADDRESS);
	bool hex = word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
	unsigned bits = address_bits(loader->profile);
	uint64_t end = UINT64_C(1) << bits;
	guint64 address = 0, bytes = 0;
	g_autofree char *expected = g_strdup_printf("a number, with 0x if it is hexadecimal, of at most %u bits", bits);

	if (!g_ascii_string_to_unsigned(hex ? word + 2 : word, hex ? 16 : 10, 0, end - 1, &address, NULL))
		return csv_refuse(csv, ADDRESS, expected, NULL);
	if (!g_ascii_string_to_unsigned(csv_word(csv, SIZE), 10, 1, TIMING_MAX_REQUEST_BYTES, &bytes, NULL))
		return csv_refuse(csv, SIZE, "bytes from 1 to 1048576", NULL);
	if (bytes > end - address)
		return csv_refuse(csv, SIZE, "bytes that end where addresses do", NULL);
	if (loader->profile->kind == IOMMU_VTD && timing_request_pasid(request->who) == PASID_NONE &&
	    address <= INTERRUPTS_LAST && address + bytes > INTERRUPTS)
		return csv_refuse(csv, ADDRESS,
				  "bytes outside 0xfee00000 to 0xfeefffff, where requests without PASID are interrupts",
				  NULL);
	request->address = address;
	request->bytes = (uint32_t)bytes;
	return true;
}

/* --- pages --- */

static gint compare_pages(gconstpointer a, gconstpointer b)
{
	const struct timing_trace_page *first = a, *second = b;

	if (first->who != second->who)
		return first->who < second->who ? -1 : 1;
	return first->number == second->number ? 0 : first->number < second->number ? -1 : 1;
}

static void sort_pages(GArray *pages)
{
	guint kept = 0;

	g_array_sort(pages, compare_pages);
	for (guint i = 0; i < pages->len; i++) {
		struct timing_trace_page page = g_array_index(pages, struct timing_trace_page, i);
		if (kept > 0 && compare_pages(&page, &g_array_index(pages, struct timing_trace_page, kept - 1)) == 0)
			continue;
		g_array_index(pages, struct timing_trace_page, kept++) = page;
	}
	g_array_set_size(pages, kept);
}

static bool refuse_pages(const char *path, GError **error)
{
	g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING,
		    "%s: expected requests to at most %u pages of 4 KiB (1 GiB), found more", path,
		    TIMING_MAX_REQUEST_PAGES);
	return false;
}

/* Pages are named many times: now and then what is twice is left out, so that memory does not grow with the file. */
static bool add_pages(const struct csv *csv, GArray *pages, const struct timing_trace_request *request)
{
	uint64_t last = (request->address + request->bytes - 1) >> FRAME_LG2;

	for (uint64_t number = request->address >> FRAME_LG2; number <= last; number++) {
		struct timing_trace_page page = {request->who, number};
		g_array_append_val(pages, page);
	}
	if (pages->len < 2 * TIMING_MAX_REQUEST_PAGES)
		return true;
	sort_pages(pages);
	return pages->len <= TIMING_MAX_REQUEST_PAGES || refuse_pages(csv->path, csv->error);
}

static bool read_row(struct csv *csv, void *context)
{
	struct loader *loader = context;
	struct timing_trace_request request = {.page = 0};
	int access = 0;

	if (!read_time(csv, loader, &request.time_ps) || !read_requester(csv, &request.who) ||
	    !read_place(csv, loader, &request) || !csv_choice(csv, ACCESS, access_names, "r or w", &access))
		return false;
	request.write = access == 1;
	g_array_append_val(loader->requests->requests, request);
	return add_pages(csv, loader->requests->pages, &request);
}

/* --- all of them --- */

static uint32_t page_of(const GArray *pages, const struct timing_trace_request *request)
{
	struct timing_trace_page wanted = {request->who, request->address >> FRAME_LG2};
	guint low = 0, high = pages->len;

	while (high - low > 1) {
		guint middle = low + (high - low) / 2;
		if (compare_pages(&wanted, &g_array_index(pages, struct timing_trace_page, middle)) < 0)
			high = middle;
		else
			low = middle;
	}
	return low;
}

static void number_all(struct timing_requests *requests)
{
	sort_pages(requests->pages);
	for (guint i = 0; i < requests->requests->len; i++) {
		struct timing_trace_request *request =
			&g_array_index(requests->requests, struct timing_trace_request, i);
		request->page = page_of(requests->pages, request);
	}
	for (guint i = 0; i < requests->pages->len; i++) {
		const struct timing_trace_page *page = &g_array_index(requests->pages, struct timing_trace_page, i);
		uint32_t pasid = timing_request_pasid(page->who);
		if (i == 0 || page[-1].who != page->who)
			requests->requesters++;
		if (pasid != PASID_NONE && pasid > requests->highest_pasid)
			requests->highest_pasid = pasid;
	}
}

static bool check_limits(const struct timing_requests *requests, const struct timing_profile *profile, const char *path,
			 GError **error)
{
	unsigned levels = timing_count(profile, TIMING_LEVELS);

	if (requests->pages->len > TIMING_MAX_REQUEST_PAGES)
		return refuse_pages(path, error);
	if (requests->requests->len == 0)
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_SYNTAX, "%s: there is no request in it", path);
	else if (requests->requesters > TIMING_MAX_REQUESTERS)
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING,
			    "%s: expected at most %u requesters (a device and a PASID), found %u", path,
			    TIMING_MAX_REQUESTERS, requests->requesters);
	else if (timing_requests_frames(requests, levels) > MAX_FRAMES)
		g_set_error(error, IOSIM_ERROR, IOSIM_ERROR_MEANING,
			    "%s: expected pages whose tables are at most 4 GiB, found more", path);
	else
		return true;
	return false;
}

bool timing_requests_load(struct timing_requests *requests, const struct timing_profile *profile, const char *path,
			  GError **error)
{
	struct loader loader = {.requests = requests, .profile = profile};

	*requests = (struct timing_requests){.requests = g_array_new(FALSE, FALSE, sizeof(struct timing_trace_request)),
					     .pages = g_array_new(FALSE, FALSE, sizeof(struct timing_trace_page))};
	bool good = csv_read(path, column_names, read_row, &loader, error);
	if (good) {
		number_all(requests);
		good = check_limits(requests, profile, path, error);
	}
	if (!good)
		timing_requests_clear(requests);
	return good;
}

void timing_requests_clear(struct timing_requests *requests)
{
	g_array_unref(requests->requests);
	g_array_unref(requests->pages);
}
