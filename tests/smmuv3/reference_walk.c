/* SPDX-License-Identifier: MIT */
/*
 * The unit: VMSAv8-64 only, little endian, no stalls, terminate by abort, no HTTU, two-level tables of streams and CDs,
 * 16-bit ASIDs and VMIDs, XNX, HAD, all granules, 48-bit addresses, overrides of PRIVCFG and INSTCFG, no EL2; with or
 * without ATS.
 */
#include "reference_walk.h"

#define BITS(word, high, low) (((word) >> (low)) & ((UINT64_C(2) << ((high) - (low))) - 1))

enum { CD_FETCH, TABLE_FETCH, INPUT };

struct way { /* one walk under way */
	const struct reference_unit *unit;
	const struct reference_question *question;
	struct reference_answer answer;
	uint64_t ste[4], cd[4];
	bool stage1, stage2;
};

static bool end(struct way *way, unsigned event)
{
	way->answer.event = event;
	way->answer.recorded = true;
	return false;
}

static bool fetch(struct way *way, uint64_t pa, unsigned words, uint64_t *into, unsigned event)
{
	for (unsigned i = 0; i < words; i++) {
		if (!way->unit->read64(way->unit->context, pa + 8 * i, &into[i])) {
			way->answer.fetch = pa;
			return end(way, event);
		}
	}
	return true;
}

static unsigned output_bits(const struct way *way, uint64_t code)
{
	static const unsigned sizes[8] = {32, 36, 40, 42, 44, 48, 52, 52};
	return sizes[code] < way->unit->oas ? sizes[code] : way->unit->oas;
}

static bool fits(uint64_t address, unsigned bits)
{
	return bits >= 64 || address >> bits == 0;
}

/* 5.2 S2T0SZ, S2SL0, S2TG; DDI 0487 D8.2. -1: inconsistent. */
static int second_start(const struct way *way)
{
	static const int of_4k[4] = {2, 1, 0, -1}, of_others[4] = {3, 2, 1, -1};
	unsigned tg = (unsigned)BITS(way->ste[2], 47, 46), sl0 = (unsigned)BITS(way->ste[2], 39, 38);
	int field = (int)BITS(way->ste[2], 37, 32), least = 64 - (int)way->unit->oas;
	int level, lg2 = tg == 0 ? 12 : tg == 1 ? 16 : 14;

	if (tg == 3)
		return -1;
	level = tg == 0 ? of_4k[sl0] : of_others[sl0];
	if (level < 0 || field > 39 || field < (least > 16 ? least : 16))
		return -1;
	if (sl0 == 2 && way->unit->oas < (tg == 2 ? 42u : 44u))
		return -1;
	int below = lg2 + (lg2 - 3) * (3 - level), width = 64 - field;
	return width > below && width <= below + lg2 - 3 + 4 ? level : -1;
}

static bool ste_is_good(const struct way *way)
{
	uint64_t config = BITS(way->ste[0], 3, 1), lg2 = BITS(way->ste[0], 63, 59);

	if (!BITS(way->ste[0], 0, 0))
		return false;
	if (config < 4)
		return true;
	if (way->unit->ats && config != 4 && config != 7 && BITS(way->ste[1], 29, 28) == 2)
		return false;
	if (config & 1) {
		if (BITS(way->ste[1], 27, 27)) /* S1STALLD */
			return false;
		if (lg2 > way->unit->ssid_bits || !fits(way->ste[0] & UINT64_C(0x00ffffffffffffc0), way->unit->oas))
			return false;
	}
	if (config & 2) {
		uint64_t w = way->ste[2];
		/* S2AA64, S2ENDI, S2HD and S2HA, S2S */
		if (!BITS(w, 51, 51) || BITS(w, 52, 52) || BITS(w, 56, 55) || BITS(w, 57, 57))
			return false;
		if (second_start(way) < 0)
			return false;
		uint64_t base = way->ste[3] & UINT64_C(0x00fffffffffffff0);
		if (!fits(base, output_bits(way, BITS(w, 50, 48))) || !fits(base, 48))
			return false;
	}
	return true;
}

static bool find_ste(struct way *way)
{
	const struct reference_unit *unit = way->unit;
	uint32_t stream = way->question->stream;
	uint64_t at = unit->stream_base + (uint64_t)stream * 64, level1;

	if ((uint64_t)stream >> unit->stream_lg2) {
		end(way, 0x02);
		way->answer.recorded = false; /* RECINVSID is 0 */
		return false;
	}
	if (unit->stream_split) {
		uint32_t index = stream % (1u << unit->stream_split);
		if (!fetch(way, unit->stream_base + (uint64_t)(stream >> unit->stream_split) * 8, 1, &level1, 0x03))
			return false;
		uint64_t span = BITS(level1, 4, 0);
		if (span == 0 || span > 11 || span > unit->stream_split + 1 || index >= 1u << (span - 1)) {
			end(way, 0x02);
			way->answer.recorded = false;
			return false;
		}
		at = (level1 & UINT64_C(0x00ffffffffffffc0)) / (UINT64_C(64) << (span - 1)) *
		     (UINT64_C(64) << (span - 1));
		at += (uint64_t)index * 64;
	}
	if (!fetch(way, at, 4, way->ste, 0x03))
		return false;
	return ste_is_good(way) || end(way, 0x04);
}

struct table { /* the state of one stage's walk */
	uint64_t base;
	int level, lg2;
	unsigned width, output;
};

static uint64_t entry_of(const struct table *table, uint64_t address, bool first)
{
	int shift = table->lg2 + (table->lg2 - 3) * (3 - table->level);
	uint64_t index = (address & ((UINT64_C(1) << table->width) - 1)) >> shift;

	if (!first)
		index %= UINT64_C(1) << (table->lg2 - 3);
	return table->base + 8 * index;
}

/* What a descriptor is: 0 a table, 1 a leaf; -1: an event was found. */
static int kind_of(struct way *way, const struct table *table, uint64_t word)
{
	bool low = word & 2;
	uint64_t address = word & UINT64_C(0x0000fffffffff000) & ~((UINT64_C(1) << table->lg2) - 1);
	bool block = table->level == 2 || (table->level == 1 && table->lg2 == 12);

	if (!(word & 1) || (table->level == 3 && !low) || (table->level < 3 && !low && !block)) {
		end(way, 0x10);
		return -1;
	}
	if (!fits(address, table->output)) {
		end(way, 0x11);
		return -1;
	}
	return table->level == 3 || !low;
}

static uint64_t aligned_base(uint64_t base, const struct table *table)
{
	int shift = table->lg2 + (table->lg2 - 3) * (3 - table->level);
	uint64_t bytes = UINT64_C(8) << ((int)table->width - shift);
	return base / bytes * bytes;
}

static bool second_allows(const struct way *way, uint64_t word, int use)
{
	const struct reference_question *question = way->question;
	uint64_t xn = BITS(word, 54, 53);
	bool read = word & 0x40, write = word & 0x80;
	bool execute = way->answer.privileged ? xn == 0 || xn == 3 : xn == 0 || xn == 1;

	if (use != INPUT) {
		/* S2PTW: not from Device memory */
		return read && !(BITS(way->ste[2], 54, 54) && BITS(word, 5, 4) == 0);
	}
	if (question->write)
		return write;
	return way->answer.instruction ? execute : read;
}

static bool translate_second(struct way *way, uint64_t ipa, int use, uint64_t *pa)
{
	struct table table = {.level = second_start(way)};
	uint64_t tg = BITS(way->ste[2], 47, 46), word;
	bool first = true;
	int kind;

	way->answer.second = true;
	way->answer.class = use == INPUT ? 2 : use == TABLE_FETCH ? 1 : 0;
	way->answer.ipa = ipa;
	table.lg2 = tg == 0 ? 12 : tg == 1 ? 16 : 14;
	table.width = 64 - (unsigned)BITS(way->ste[2], 37, 32);
	table.output = output_bits(way, BITS(way->ste[2], 50, 48));
	table.base = aligned_base(way->ste[3] & UINT64_C(0x00fffffffffffff0), &table);
	if (!fits(ipa, table.width))
		return end(way, 0x10);
	for (;; table.level++, first = false) {
		if (!fetch(way, entry_of(&table, ipa, first), 1, &word, 0x0b))
			return false;
		kind = kind_of(way, &table, word);
		if (kind < 0)
			return false;
		if (kind == 1)
			break;
		table.base = word & UINT64_C(0x0000fffffffff000) & ~((UINT64_C(1) << table.lg2) - 1);
	}
	if (!(word & 0x400) && !BITS(way->ste[2], 53, 53))
		return end(way, 0x12);
	if (!second_allows(way, word, use))
		return end(way, 0x13);
	uint64_t size = UINT64_C(1) << (table.lg2 + (table.lg2 - 3) * (3 - table.level));
	*pa = ((word & UINT64_C(0x0000fffffffff000)) & ~(size - 1)) + ipa % size;
	way->answer.second = false;
	way->answer.class = 2;
	return true;
}

static bool to_pa(struct way *way, uint64_t address, int use, uint64_t *pa)
{
	*pa = address;
	return !way->stage2 || translate_second(way, address, use, pa);
}

static bool half_is_good(const struct way *way, uint64_t field, unsigned lg2, uint64_t base)
{
	if (lg2 == 0 || field < 16 || field > 39)
		return false;
	base &= UINT64_C(0x00fffffffffffff0);
	return fits(base, output_bits(way, BITS(way->cd[0], 34, 32))) && fits(base, 48);
}

static unsigned granule0(uint64_t tg)
{
	return tg == 0 ? 12 : tg == 1 ? 16 : tg == 2 ? 14 : 0;
}

static unsigned granule1(uint64_t tg)
{
	return tg == 1 ? 14 : tg == 2 ? 12 : tg == 3 ? 16 : 0;
}

static bool cd_is_good(const struct way *way)
{
	uint64_t w = way->cd[0];
	bool off0 = BITS(w, 14, 14), off1 = BITS(w, 30, 30);

	/* V, AA64, A set; HD, HA, S clear */
	if (!BITS(w, 31, 31) || !BITS(w, 41, 41) || !BITS(w, 46, 46) || BITS(w, 43, 42) || BITS(w, 44, 44))
		return false;
	if (BITS(w, 15, 15) && !(off0 && off1))
		return false;
	if (!off0 && !half_is_good(way, BITS(w, 5, 0), granule0(BITS(w, 7, 6)), way->cd[1]))
		return false;
	return off1 || half_is_good(way, BITS(w, 21, 16), granule1(BITS(w, 23, 22)), way->cd[2]);
}

static bool find_cd(struct way *way, uint64_t index)
{
	uint64_t lg2 = BITS(way->ste[0], 63, 59), format = BITS(way->ste[0], 5, 4), level1, pa;
	uint64_t at = way->ste[0] & UINT64_C(0x00ffffffffffffc0);

	if (lg2 > 0 && (format == 1 || format == 2)) {
		uint64_t leaf = format == 1 ? 64 : 1024, tables = (UINT64_C(1) << lg2) / leaf;
		if (tables > 8)
			at = at / (tables * 8) * (tables * 8);
		if (!to_pa(way, at + index / leaf * 8, CD_FETCH, &pa) || !fetch(way, pa, 1, &level1, 0x09))
			return false;
		at = level1 & UINT64_C(0x00fffffffffff000);
		if (!(level1 & 1) || !fits(at, way->unit->oas))
			return end(way, 0x08);
		at = at / (leaf * 64) * (leaf * 64) + index % leaf * 64;
	} else {
		if (lg2 > 0)
			at = at / (UINT64_C(64) << lg2) * (UINT64_C(64) << lg2);
		at += index * 64;
	}
	if (!to_pa(way, at, CD_FETCH, &pa) || !fetch(way, pa, 4, way->cd, 0x09))
		return false;
	return cd_is_good(way) || end(way, 0x0a);
}

static bool first_allows(const struct way *way, uint64_t word, uint64_t tables, bool flat)
{
	const struct reference_question *question = way->question;
	bool user = word & 0x40, read_only = word & 0x80, pxn = BITS(word, 53, 53), uxn = BITS(word, 54, 54);

	if (!flat) {
		user = user && !BITS(tables, 61, 61);
		read_only = read_only || BITS(tables, 62, 62);
		pxn = pxn || BITS(tables, 59, 59);
		uxn = uxn || BITS(tables, 60, 60);
	}
	bool wxn = BITS(way->cd[0], 36, 36), pan = BITS(way->cd[0], 40, 40), user_write = user && !read_only;
	if (way->answer.instruction && !question->write) {
		if (way->answer.privileged)
			return !pxn && !user_write && !(wxn && !read_only);
		return !uxn && !(wxn && user_write);
	}
	if (way->answer.privileged && pan && user)
		return false;
	if (!way->answer.privileged && !user)
		return false;
	return !question->write || !read_only;
}

static bool translate_first(struct way *way, uint64_t *ipa)
{
	uint64_t va = way->question->address, w = way->cd[0], word, pa, tables = 0;
	bool high = BITS(va, 55, 55), first = true, flat;
	struct table table = {0};
	int kind;

	if (BITS(w, high ? 30 : 14, high ? 30 : 14))
		return end(way, 0x10);
	table.lg2 = (int)(high ? granule1(BITS(w, 23, 22)) : granule0(BITS(w, 7, 6)));
	table.width = 64 - (unsigned)(high ? BITS(w, 21, 16) : BITS(w, 5, 0));
	table.output = output_bits(way, BITS(w, 34, 32));
	unsigned top = BITS(w, high ? 39 : 38, high ? 39 : 38) ? 55 : 63;
	for (unsigned bit = table.width; bit <= top; bit++)
		if (BITS(va, bit, bit) != high)
			return end(way, 0x10);
	table.level = 3;
	while (table.lg2 + (table.lg2 - 3) * (4 - table.level) < (int)table.width)
		table.level--;
	table.base = aligned_base(way->cd[high ? 2 : 1] & UINT64_C(0x00fffffffffffff0), &table);
	for (;; table.level++, first = false) {
		if (!to_pa(way, entry_of(&table, va, first), TABLE_FETCH, &pa))
			return false;
		way->answer.class = 1;
		if (!fetch(way, pa, 1, &word, 0x0b))
			return false;
		way->answer.class = 2;
		kind = kind_of(way, &table, word);
		if (kind < 0)
			return false;
		if (kind == 1)
			break;
		tables |= word;
		table.base = word & UINT64_C(0x0000fffffffff000) & ~((UINT64_C(1) << table.lg2) - 1);
	}
	flat = high ? BITS(way->cd[2], 1, 1) : BITS(way->cd[1], 1, 1);
	if (!(word & 0x400) && !BITS(w, 35, 35))
		return end(way, 0x12);
	if (!first_allows(way, word, tables, flat))
		return end(way, 0x13);
	uint64_t size = UINT64_C(1) << (table.lg2 + (table.lg2 - 3) * (3 - table.level));
	*ipa = ((word & UINT64_C(0x0000fffffffff000)) & ~(size - 1)) + va % size;
	return true;
}

/* Which CD, or that stage 1 is bypassed (5.2 S1CDMax, S1DSS). */
static bool choose(struct way *way, uint64_t *index)
{
	const struct reference_question *question = way->question;
	uint64_t lg2 = BITS(way->ste[0], 63, 59), without = BITS(way->ste[1], 1, 0);

	*index = 0;
	if (!way->stage1 || lg2 == 0)
		return !question->has_substream || end(way, 0x08);
	if (question->has_substream) {
		*index = question->substream;
		if (*index >> lg2)
			return end(way, 0x08);
		return !(without == 2 && *index == 0) || end(way, 0x06);
	}
	if (without == 1)
		way->stage1 = false;
	return without == 1 || without == 2 || end(way, 0x06);
}

static void override(struct way *way)
{
	uint64_t privilege = BITS(way->ste[1], 49, 48), instruction = BITS(way->ste[1], 51, 50);

	if (privilege >= 2)
		way->answer.privileged = privilege == 3;
	if (instruction >= 2)
		way->answer.instruction = instruction == 3;
	if (way->question->write)
		way->answer.instruction = false;
}

static void go(struct way *way)
{
	uint64_t index, ipa = way->question->address;

	if (!find_ste(way))
		return;
	uint64_t config = BITS(way->ste[0], 3, 1);
	if (config < 4)
		return;
	way->stage1 = config & 1;
	way->stage2 = config & 2;
	override(way);
	if (!choose(way, &index))
		return;
	if (way->stage1) {
		if (!find_cd(way, index) || !translate_first(way, &ipa))
			return;
	} else if (!fits(ipa, way->unit->oas)) {
		way->answer.class = 2;
		end(way, 0x11);
		return;
	}
	way->answer.ok = to_pa(way, ipa, INPUT, &way->answer.pa);
}

/* 5.2 EATS: what it counts as. */
static unsigned eats(const struct way *way)
{
	uint64_t config = BITS(way->ste[0], 3, 1), field = BITS(way->ste[1], 29, 28);

	if (config == 4 || field == 3 || (field == 2 && !way->unit->atschk))
		return 0;
	return (unsigned)field;
}

/* 13.7.1: asked three times, as transactions that write, read and fetch would be. */
static bool may(const struct way *request, bool write, bool instruction, struct reference_answer *answer)
{
	struct reference_question question = *request->question;
	struct way way = *request;
	uint64_t ipa = question.address;

	question.write = write;
	way.question = &question;
	way.answer.instruction = instruction;
	way.answer.ok = false;
	if (way.stage1) {
		if (!translate_first(&way, &ipa)) {
			*answer = way.answer;
			return false;
		}
	} else if (!fits(ipa, way.unit->oas)) {
		end(&way, 0x11);
		*answer = way.answer;
		return false;
	}
	way.answer.ok = to_pa(&way, ipa, INPUT, &way.answer.pa);
	if (BITS(way.ste[1], 29, 28) == 2)
		way.answer.pa = ipa;
	*answer = way.answer;
	return way.answer.ok;
}

/* 3.9.1.2, table 2: what a configuration that cannot be used is answered. */
static void refuse(struct way *way, char completion)
{
	way->answer.completion = completion;
	if (way->answer.event >= 0x10 && way->answer.event <= 0x13) {
		way->answer.completion = 'S';
		way->answer.recorded = false;
	} else if (way->answer.event != 0x05) {
		way->answer.recorded = way->unit->rec_cfg_ats && way->answer.event && way->answer.event != 0x02;
	}
}

static void go_request(struct way *way)
{
	struct reference_answer read, write, execute;
	uint64_t index, instcfg, config;

	if (!find_ste(way)) {
		refuse(way, 'C');
		return;
	}
	config = BITS(way->ste[0], 3, 1);
	if (config < 4 || eats(way) == 0) {
		if (config >= 4)
			end(way, 0x05);
		refuse(way, 'U');
		return;
	}
	way->stage1 = config & 1;
	way->stage2 = config & 2;
	override(way);
	if (!choose(way, &index) || (way->stage1 && !find_cd(way, index))) {
		refuse(way, 'C');
		return;
	}
	instcfg = BITS(way->ste[1], 51, 50);
	bool reads = may(way, false, instcfg == 3, &read), writes = may(way, true, false, &write);
	bool executes = reads && way->question->instruction && (instcfg == 2 || may(way, false, true, &execute));
	if (!reads && !writes) {
		/* An event that either met but F_PERMISSION is the page's; a table that is nowhere is an error. */
		way->answer = read.event == 0x13 ? write : read;
		refuse(way, 'C');
		return;
	}
	way->answer = reads ? read : write;
	way->answer.completion = 'S';
	way->answer.rights = (reads ? 1u : 0u) | (writes ? 2u : 0u) | (executes ? 4u : 0u);
}

static void pass(struct way *way)
{
	way->answer.ok = fits(way->question->address, way->unit->oas);
	way->answer.pa = way->question->address;
}

static void go_translated(struct way *way)
{
	uint64_t config;

	if (!way->unit->atschk) {
		pass(way);
		return;
	}
	if (!find_ste(way)) {
		way->answer.recorded = way->unit->rec_cfg_ats;
		return;
	}
	config = BITS(way->ste[0], 3, 1);
	if (config < 4)
		return;
	if (eats(way) == 0) {
		end(way, 0x07);
	} else if (eats(way) == 1) {
		pass(way);
	} else if (!fits(way->question->address, way->unit->oas)) {
		override(way);
		end(way, 0x11);
	} else {
		override(way);
		way->answer.ok = translate_second(way, way->question->address, INPUT, &way->answer.pa);
		if (way->answer.event >= 0x10)
			way->answer.recorded = BITS(way->ste[2], 58, 58);
	}
}

struct reference_answer reference_walk(const struct reference_unit *unit, const struct reference_question *question)
{
	struct way way = {.unit = unit, .question = question};
	unsigned event;

	way.answer.class = 2;
	way.answer.privileged = question->privileged;
	way.answer.instruction = question->instruction;
	if (question->at != REFERENCE_ORDINARY) {
		if (question->at == REFERENCE_REQUEST)
			go_request(&way);
		else
			go_translated(&way);
		return way.answer;
	}
	go(&way);
	event = way.answer.event;
	if (way.answer.ok || event < 0x10 || event > 0x13)
		return way.answer;
	/* 5.5: R of the stage that found it. */
	if (way.answer.second)
		way.answer.recorded = BITS(way.ste[2], 58, 58);
	else if (way.stage1)
		way.answer.recorded = BITS(way.cd[0], 45, 45);
	return way.answer;
}
