/* SPDX-License-Identifier: MIT */
/*
 * The walk on hostile tables: memory is made of the input as the walk reads it, so that every byte of the input
 * matters. Input: 8 bytes of IOVA, a byte of flags, a byte of device and function; then 16 bytes for each page that the
 * walk reads and that was not there, with which the whole page is filled (tables that point to themselves included).
 */
#include <ioasid-sim/ioasid-sim.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PAGE_BYTES  4096
#define ENTRY_BYTES 16
#define MAX_PAGES   16 /* more than any walk has levels */

#define FLAG_WRITE  1
#define FLAG_NARROW 2 /* 39 bits and three levels, else 48 and four */
#define FLAG_QEMU   4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static iosim_engine *make_engine(unsigned flags)
{
	/* CAP, ECAP, GSTS (TES, RTPS) and RTADDR as a kernel leaves them, VT-d 5.10 section 11.4. */
	const iosim_register registers[] = {
		{0x08, 8, flags & FLAG_NARROW ? UINT64_C(0x80d2008c22260206) : UINT64_C(0x80d2008c222f0606)},
		{0x10, 8, 0xf42},
		{0x1c, 4, 0xc0000000},
		{0x20, 8, 0x1000},
	};
	const iosim_engine_options options = {.compat_qemu = (flags & FLAG_QEMU) != 0, .max_pages = MAX_PAGES};

	return iosim_engine_new("vtd", registers, G_N_ELEMENTS(registers), &options, NULL);
}

static void put_page(iosim_engine *engine, uint64_t pa, const uint8_t *entry)
{
	uint8_t page[PAGE_BYTES];

	for (size_t at = 0; at < PAGE_BYTES; at += ENTRY_BYTES)
		memcpy(page + at, entry, ENTRY_BYTES);
	iosim_engine_put_memory(engine, pa & ~(uint64_t)(PAGE_BYTES - 1), page, PAGE_BYTES, PAGE_BYTES, NULL);
}

/* What no table may bring about. */
static void check_answer(const iosim_answer *answer, unsigned flags)
{
	unsigned width = flags & FLAG_NARROW ? 39 : 48;
	bool bounded = answer->pass_through && (flags & FLAG_QEMU); /* the documented deviation */

	switch (answer->outcome) {
	case IOSIM_TRANSLATED:
		if ((!bounded && answer->pa >> width != 0) ||
		    (answer->page_bytes != 0 && answer->page_bytes != 0x1000 && answer->page_bytes != 0x200000 &&
		     answer->page_bytes != 0x40000000))
			__builtin_trap();
		break;
	case IOSIM_FAULTED:
		if (!answer->fault_name || !answer->fault_section)
			__builtin_trap();
		break;
	default:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	g_autoptr(iosim_engine) engine = NULL;
	iosim_request request = {.write = FALSE};
	iosim_answer explained, answer;

	if (bytes < 10)
		return 0;
	memcpy(&request.iova, data, sizeof(request.iova));
	request.write = (data[8] & FLAG_WRITE) != 0;
	request.stream = data[9];
	engine = make_engine(data[8]);
	for (size_t at = 10, pages = 0;; at += ENTRY_BYTES, pages++) {
		iosim_engine_explain(engine, &request, NULL, NULL, &explained);
		if (explained.outcome != IOSIM_LOST || at + ENTRY_BYTES > bytes || pages == MAX_PAGES)
			break;
		put_page(engine, explained.lost_pa, data + at);
	}
	check_answer(&explained, data[8]);
	iosim_engine_translate(engine, &request, &answer);
	if (answer.outcome != explained.outcome || answer.pa != explained.pa || answer.fault != explained.fault)
		__builtin_trap();
	return 0;
}
