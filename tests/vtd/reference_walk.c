/* SPDX-License-Identifier: MIT */
#include "reference_walk.h"

#define BIT(word, n)       ((word) >> (n)&1)
#define BITS(word, hi, lo) ((word) >> (lo) & ((UINT64_C(2) << ((hi) - (lo))) - 1))
#define RANGE_MASK(hi, lo) (((UINT64_C(2) << ((hi) - (lo))) - 1) << (lo))
#define IN_FEE(address)    ((address) >> 20 == 0xfee)
#define FRAME(word)        ((word) & ~UINT64_C(0xfff))
#define ENTRY_FRAME(word)  ((word)&UINT64_C(0x000ffffffffff000))

/* Where one request is. */
struct way {
	struct reference *unit;
	const struct request *request;
	bool scalable;
	bool silent;
	bool privileged;
	bool zero_length;
	bool reads, writes; /* wanted */
	unsigned asks;      /* rights that a translation request asks for; 0: it is none */
	bool snp;           /* of the leaf of the second stage */
	uint64_t pe[8];
	unsigned reason;
};

struct stage_end { /* of one translation by a second stage */
	uint64_t pa;
	unsigned lg2;
	bool r, w;
	uint64_t leaf_pa;
};

static uint64_t *at(struct way *way, uint64_t pa)
{
	return pa < way->unit->bytes ? &way->unit->words[pa / 8] : 0;
}

static bool fail(struct way *way, unsigned reason)
{
	way->reason = reason;
	return false;
}

static bool fail_in(struct way *way, unsigned scalable, unsigned legacy)
{
	return fail(way, way->scalable ? scalable : legacy);
}

/* Bits of an entry's address that no host address has. */
static uint64_t beyond_haw(const struct way *way, unsigned top)
{
	return way->unit->haw > top ? 0 : RANGE_MASK(top, way->unit->haw);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The last address of AW and MGAW. */
static uint64_t last_input(const struct way *way, uint64_t aw)
{
	uint64_t width = least(30 + 9 * aw, BITS(way->unit->cap, 21, 16) + 1);
	return width >= 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1;
}

/* 3.10: whether flags may be set by this walk. */
static bool coherent(const struct way *way)
{
	return BIT(way->unit->ecap, 48) && BIT(way->pe[1], 23);
}

static bool set_second(struct way *way, uint64_t pa, uint64_t bits)
{
	uint64_t *word = at(way, pa);
	if ((*word & bits) == bits)
		return true;
	if (!coherent(way))
		return fail(way, 0x7c);
	*word |= bits;
	return true;
}

/* 3.7: reserved bits of an entry with R or W. */
static uint64_t second_reserved(const struct way *way, unsigned level, bool leaf)
{
	uint64_t mask = beyond_haw(way, 51) | RANGE_MASK(62, 62);
	if (!leaf)
		return mask | 1u << 11 | 1u << 7;
	if (!BIT(way->unit->ecap, 7))
		mask |= 1u << 11;
	if (level == 2)
		mask |= RANGE_MASK(20, 12);
	if (level == 3)
		mask |= RANGE_MASK(29, 12);
	return mask;
}

/* 3.7; 7.1.3 LSS, SSS. `ad`: flags are in use. */
static bool second_stage(struct way *way, uint64_t root, uint64_t aw, uint64_t input, bool ad, struct stage_end *end)
{
	uint64_t table = FRAME(root), sslps = BITS(way->unit->cap, 35, 34);
	end->r = end->w = true;
	for (unsigned level = (unsigned)aw + 2;; level--) {
		unsigned lg2 = 12 + 9 * (level - 1);
		uint64_t pa = table + BITS(input, lg2 + 8, lg2) * 8, *entry = at(way, pa);
		if (!entry)
			return level == aw + 2 ? fail_in(way, 0x7b, 3) : fail_in(way, 0x78, 7);
		end->r &= BIT(*entry, 0);
		end->w &= BIT(*entry, 1);
		bool leaf = level == 1 || (BIT(*entry, 7) && ((level == 2 && sslps & 1) || (level == 3 && sslps & 2)));
		if (!(*entry & 3))
			return fail_in(way, 0x79, way->writes ? 5 : 6);
		if (*entry & second_reserved(way, level, leaf))
			return fail_in(way, 0x7a, 0xc);
		if (leaf) {
			end->pa = (ENTRY_FRAME(*entry) & ~((UINT64_C(1) << lg2) - 1)) |
				  (input & ((UINT64_C(1) << lg2) - 1));
			end->lg2 = lg2;
			end->leaf_pa = pa;
			way->snp = BIT(*entry, 11);
			return true;
		}
		if (ad && !set_second(way, pa, 1u << 8))
			return false;
		table = ENTRY_FRAME(*entry);
	}
}

static uint64_t first_reserved(const struct way *way, unsigned level, bool leaf)
{
	uint64_t mask = beyond_haw(way, 51);
	if (!leaf)
		return level > 1 ? mask | 1u << 7 : mask;
	if (level == 2)
		mask |= RANGE_MASK(20, 13);
	if (level == 3)
		mask |= RANGE_MASK(29, 13);
	return mask;
}

/* 3.6.2, 3.8.1: flags of a first-stage entry that the second stage gave these rights for. */
static bool set_first(struct way *way, uint64_t pa, uint64_t bits, bool nested, bool writable)
{
	uint64_t *word = at(way, pa);
	if ((*word & bits) == bits)
		return true;
	if (nested && !writable)
		return fail(way, 0x77);
	if (!coherent(way))
		return fail(way, 0x90);
	*word |= bits;
	return true;
}

struct both {
	struct stage_end end;
	unsigned lg2;
	bool us, rw;
	uint64_t leaf_pa;
	bool leaf_writable;
};

/* Where a table of the first stage is, with nesting. */
static bool reach_table(struct way *way, uint64_t gpa, bool top, bool nested, struct stage_end *end)
{
	bool ad = BIT(way->pe[0], 9);
	*end = (struct stage_end){.pa = gpa, .r = true, .w = true};
	if (!nested)
		return true;
	if (!second_stage(way, way->pe[0], BITS(way->pe[0], 4, 2), gpa, ad, end))
		return false;
	if (!end->r && !end->w)
		return fail(way, 0x79);
	if (!end->r)
		return fail(way, top ? 0x75 : 0x76);
	if (ad && !end->w)
		return fail(way, 0x77);
	return !ad || set_second(way, end->leaf_pa, 1u << 8 | 1u << 9);
}

/* 3.6, 3.8; 7.1.3 SFS */
static bool first_stage(struct way *way, bool nested, struct both *both)
{
	unsigned top = 4 + (unsigned)BITS(way->pe[2], 3, 2);
	uint64_t iova = way->request->address, gpa = FRAME(way->pe[2]);
	uint64_t last = last_input(way, BITS(way->pe[0], 4, 2));
	both->us = both->rw = true;
	for (unsigned level = top;; level--) {
		unsigned lg2 = 12 + 9 * (level - 1);
		struct stage_end table;
		if (!reach_table(way, gpa, level == top, nested, &table))
			return false;
		uint64_t pa = table.pa + BITS(iova, lg2 + 8, lg2) * 8, *entry = at(way, pa);
		if (!entry)
			return fail(way, level == top ? 0x73 : 0x70);
		if (!BIT(*entry, 0))
			return fail(way, 0x71);
		bool leaf = level == 1 || (BIT(*entry, 7) && (level == 2 || (level == 3 && BIT(way->unit->cap, 56))));
		if (*entry & first_reserved(way, level, leaf))
			return fail(way, 0x72);
		both->us &= BIT(*entry, 2);
		both->rw &= BIT(*entry, 1);
		uint64_t offset = leaf ? (UINT64_C(1) << lg2) - 1 : 0xfff;
		gpa = ENTRY_FRAME(*entry) & ~offset;
		if (nested && gpa > last)
			return fail(way, 0x74);
		if (leaf) {
			both->lg2 = lg2;
			both->leaf_pa = pa;
			both->leaf_writable = table.w;
			both->end = (struct stage_end){.pa = gpa | (iova & offset), .lg2 = lg2, .r = true, .w = true};
			return true;
		}
		if (!set_first(way, pa, 1u << 5, nested, table.w))
			return false;
	}
}

/* 4.2.3, 4.2.3.1: what is granted counts as accessed so; nothing is enough for no answer. */
static bool grant(struct way *way, struct reference_answer *out)
{
	if (!way->asks)
		return true;
	out->rights &= way->asks;
	way->reads = BIT(out->rights, 0);
	way->writes = BIT(out->rights, 1);
	return out->rights || fail_in(way, 0x86, 6);
}

/* 7.1.3 LGN.4, SGN.8: of a translation request in scalable mode the whole page. */
static bool meets_fee(const struct way *way, const struct reference_answer *out)
{
	uint64_t offset = way->asks && way->scalable ? (UINT64_C(1) << out->page_lg2) - 1 : 0;
	for (uint64_t mib = (out->pa & ~offset) >> 20; mib <= (out->pa | offset) >> 20; mib++)
		if (mib == 0xfee)
			return true;
	return false;
}

/* 7.1.3 LGN.2, LGN.3, SGN.6, SGN.7, and SSS.2 of what all entries together grant. */
static bool check_second_rights(struct way *way, bool r, bool w)
{
	bool lacks = (way->writes && !w) || (way->reads && !r);
	if (lacks && way->scalable && !r && !w)
		return fail(way, 0x79);
	if (way->writes && !w)
		return fail_in(way, 0x85, 5);
	if (way->reads && !r && !(way->zero_length && BIT(way->unit->cap, 22) && w))
		return fail_in(way, 0x86, 6);
	return true;
}

static bool second_only(struct way *way, uint64_t root, uint64_t aw, bool ad, struct reference_answer *out)
{
	struct stage_end end;
	if (way->request->address > last_input(way, aw))
		return fail_in(way, 0x84, 4);
	if (!second_stage(way, root, aw, way->request->address, ad, &end))
		return false;
	if (!check_second_rights(way, end.r, end.w))
		return false;
	out->pa = end.pa;
	out->page_lg2 = end.lg2;
	out->rights = end.r | (unsigned)end.w << 1;
	if (!grant(way, out))
		return false;
	if (meets_fee(way, out))
		return fail_in(way, 0x87, 0xe);
	return !ad || set_second(way, end.leaf_pa, 1u << 8 | (way->writes ? 1u << 9 : 0));
}

/* 3.6.1, 3.8.1 */
static bool check_first_rights(struct way *way, const struct both *both, bool nested, struct reference_answer *out)
{
	bool r = both->end.r, w = both->end.w, readable = way->privileged || both->us;
	bool writable = way->privileged ? both->rw || !BIT(way->pe[2], 4) : both->us && both->rw;
	bool lacks = (way->writes && !(w && writable)) || (way->reads && !(r && readable));
	out->rights = (r && readable) | (unsigned)(w && writable) << 1;
	if (!lacks)
		return true;
	if (nested && !r && !w)
		return fail(way, 0x79);
	if (!readable)
		return fail(way, 0x81);
	if (way->writes && !(w && writable))
		return fail(way, 0x85);
	return (way->zero_length && BIT(way->unit->cap, 22) && w) || fail(way, 0x86);
}

static bool with_first(struct way *way, bool nested, struct reference_answer *out)
{
	struct both both;
	uint64_t iova = way->request->address;
	unsigned top_bit = BITS(way->pe[2], 3, 2) ? 56 : 47;
	bool ad = nested && BIT(way->pe[0], 9);
	uint64_t upper = iova >> top_bit;
	if (upper != 0 && upper != UINT64_MAX >> top_bit)
		return fail(way, 0x80);
	if (!first_stage(way, nested, &both))
		return false;
	if (nested) {
		uint64_t gpa = both.end.pa;
		if (gpa > last_input(way, BITS(way->pe[0], 4, 2)))
			return fail(way, 0x74);
		if (!second_stage(way, way->pe[0], BITS(way->pe[0], 4, 2), gpa, ad, &both.end))
			return false;
	}
	if (!check_first_rights(way, &both, nested, out))
		return false;
	out->pa = both.end.pa;
	out->page_lg2 = nested && both.end.lg2 < both.lg2 ? both.end.lg2 : both.lg2;
	if (!grant(way, out))
		return false;
	if (meets_fee(way, out))
		return fail(way, 0x87);
	if (ad && !set_second(way, both.end.leaf_pa, 1u << 8 | (way->writes ? 1u << 9 : 0)))
		return false;
	return set_first(way, both.leaf_pa, 1u << 5 | (way->writes ? 1u << 6 : 0), nested, both.leaf_writable);
}

static bool pass(struct way *way, struct reference_answer *out, unsigned beyond, unsigned range)
{
	uint64_t address = way->request->address;
	out->pa = address;
	out->rights = 3;
	out->page_lg2 = 0;
	if (address >> way->unit->haw)
		return fail(way, beyond);
	return !IN_FEE(address) || fail(way, range);
}

/* S.1, S.2 */
static bool special(const struct way *way, struct reference_answer *out)
{
	out->rights = way->asks & 2;
	out->untranslated_only = out->rights;
	out->page_lg2 = out->rights ? 12 : 0;
	return true;
}

/* 3.4.2, 9.1, 9.3 */
static bool legacy(struct way *way, struct reference_answer *out)
{
	uint64_t cap = way->unit->cap, ecap = way->unit->ecap, sid = way->request->stream;
	uint64_t *root = at(way, FRAME(way->unit->rtaddr) + (sid >> 8) * 16);
	if (!root)
		return fail(way, 8);
	if (!BIT(root[0], 0))
		return fail(way, 1);
	if (root[0] & (RANGE_MASK(11, 1) | beyond_haw(way, 63)) || root[1])
		return fail(way, 0xa);
	uint64_t *context = at(way, FRAME(root[0]) + (sid & 0xff) * 16);
	if (!context)
		return fail(way, 9);
	way->silent = BIT(context[0], 1);
	if (!BIT(context[0], 0))
		return fail(way, 2);
	uint64_t tt = BITS(context[0], 3, 2), aw = BITS(context[1], 2, 0), sagaw = BITS(cap, 12, 8);
	unsigned did_bits = 4 + 2 * (unsigned)BITS(cap, 2, 0);
	if (context[0] & (RANGE_MASK(11, 4) | (tt == 2 ? 0 : beyond_haw(way, 63))) || BIT(context[1], 7) ||
	    context[1] >> (8 + did_bits))
		return fail(way, 0xb);
	bool known = tt == 0 || (tt == 1 && BIT(ecap, 2)) || (tt == 2 && BIT(ecap, 6));
	bool widest = aw == (BIT(sagaw, 3) ? 3u : BIT(sagaw, 2) ? 2u : 1u);
	if (!known || (tt == 2 ? !widest : aw > 4 || !BIT(sagaw, aw)))
		return fail(way, 3);
	if (way->request->at != AT_UNTRANSLATED && tt != 1)
		return fail(way, 0xd);
	if (way->asks && IN_FEE(way->request->address))
		return special(way, out);
	if (way->request->at == AT_TRANSLATED || tt == 2)
		return pass(way, out, 4, 0xe);
	return second_only(way, context[0], aw, false, out);
}

/* 9.4: what of the two words is reserved, for want of a capability too. */
static bool context_is_reserved(const struct way *way, const uint64_t *context)
{
	uint64_t ecap = way->unit->ecap;
	uint64_t low = RANGE_MASK(8, 4) | beyond_haw(way, 63), high = RANGE_MASK(63, 21);
	if (BIT(ecap, 29))
		low &= ~(UINT64_C(1) << 4);
	if (!BIT(ecap, 40))
		low |= 1u << 3;
	if (!BIT(ecap, 2))
		low |= 1u << 2;
	if (!BIT(ecap, 53))
		high |= 1u << 20;
	if (!BIT(ecap, 49))
		high |= 0xfffff;
	return context[0] & low || context[1] & high || context[2] || context[3];
}

/* 9.6 */
static bool pasid_is_reserved(const struct way *way)
{
	uint64_t ecap = way->unit->ecap;
	unsigned did_bits = 4 + 2 * (unsigned)BITS(way->unit->cap, 2, 0);
	uint64_t low = RANGE_MASK(11, 10) | 1u << 5 | beyond_haw(way, 63);
	uint64_t middle = UINT64_C(0xffffffff00000000) | RANGE_MASK(31, 25) | RANGE_MASK(22, 16);
	uint64_t high = 1u << 1 | RANGE_MASK(11, 7) | beyond_haw(way, 63);
	if (!BIT(ecap, 46))
		low |= RANGE_MASK(63, 12) | RANGE_MASK(4, 2) | 1u << 9;
	if (!BIT(ecap, 45))
		low |= 1u << 9;
	if (did_bits < 16)
		middle |= RANGE_MASK(15, did_bits);
	if (!BIT(ecap, 7))
		middle |= 1u << 24;
	if (!BIT(ecap, 48))
		middle |= 1u << 23;
	if (!BIT(ecap, 47))
		high |= RANGE_MASK(63, 12) | 1u << 4 | RANGE_MASK(3, 2);
	if (!BIT(ecap, 31))
		high |= 1;
	return way->pe[0] & low || way->pe[1] & middle || way->pe[2] & high || way->pe[3] || way->pe[4] || way->pe[5] ||
	       way->pe[6] || way->pe[7];
}

/* 7.1.3 SPT.4 */
static bool pasid_is_invalid(const struct way *way)
{
	uint64_t ecap = way->unit->ecap, pgtt = BITS(way->pe[0], 8, 6), aw = BITS(way->pe[0], 4, 2);
	uint64_t fspm = BITS(way->pe[2], 3, 2);
	bool first = pgtt == 1 || pgtt == 3, second = pgtt == 2 || pgtt == 3;
	bool known = (pgtt == 1 && BIT(ecap, 47)) || (pgtt == 2 && BIT(ecap, 46)) || (pgtt == 3 && BIT(ecap, 26)) ||
		     (pgtt == 4 && BIT(ecap, 6));
	if (!known || (second && (aw > 4 || !BIT(BITS(way->unit->cap, 12, 8), aw))))
		return true;
	if (first && !(fspm == 0 || (fspm == 1 && BIT(way->unit->cap, 60))))
		return true;
	return pgtt == 3 && FRAME(way->pe[2]) > last_input(way, aw);
}

static bool find_context(struct way *way, uint64_t *context)
{
	uint64_t sid = way->request->stream;
	uint64_t *root = at(way, FRAME(way->unit->rtaddr) + (sid >> 8) * 16);
	if (!root)
		return fail(way, 0x38);
	uint64_t half = root[BIT(sid, 7)];
	if (!BIT(half, 0))
		return fail(way, 0x39);
	if (half & (RANGE_MASK(11, 1) | beyond_haw(way, 63)))
		return fail(way, 0x3a);
	uint64_t *entry = at(way, FRAME(half) + (sid & 0x7f) * 32);
	if (!entry)
		return fail(way, 0x40);
	for (unsigned i = 0; i < 4; i++)
		context[i] = entry[i];
	way->silent |= BIT(context[0], 1);
	if (!BIT(context[0], 0))
		return fail(way, 0x41);
	if (context_is_reserved(way, context))
		return fail(way, 0x42);
	if (BIT(context[0], 4) && !BIT(context[0], 2))
		return fail(way, 0x43);
	return !(BITS(context[1], 19, 0) >> (13 + BITS(context[0], 11, 9))) || fail(way, 0x43);
}

static bool find_pasid(struct way *way, const uint64_t *context, uint64_t pasid)
{
	uint64_t *directory = at(way, FRAME(context[0]) + (pasid >> 6) * 8);
	if (!directory)
		return fail(way, 0x50);
	way->silent |= BIT(*directory, 1);
	if (!BIT(*directory, 0))
		return fail(way, 0x51);
	if (*directory & (RANGE_MASK(11, 2) | beyond_haw(way, 63)))
		return fail(way, 0x52);
	uint64_t *entry = at(way, FRAME(*directory) + (pasid & 63) * 64);
	if (!entry)
		return fail(way, 0x58);
	for (unsigned i = 0; i < 8; i++)
		way->pe[i] = entry[i];
	way->silent |= BIT(way->pe[0], 1);
	if (!BIT(way->pe[0], 0))
		return fail(way, 0x59);
	if (pasid_is_reserved(way))
		return fail(way, 0x5a);
	return !pasid_is_invalid(way) || fail(way, 0x5b);
}

/* 7.1.3 SCT.5 to SCT.10 */
static bool admit(struct way *way, const uint64_t *context)
{
	const struct request *request = way->request;
	if (request->at != AT_UNTRANSLATED && !BIT(context[0], 2))
		return fail(way, 0x44);
	if (request->pasid == PASID_NONE)
		return true;
	if (request->at != AT_TRANSLATED && !BIT(context[0], 3))
		return fail(way, 0x45);
	if (request->pasid >> (13 + BITS(context[0], 11, 9)))
		return fail(way, 0x46);
	if (request->pasid == BITS(context[1], 19, 0))
		return fail(way, 0x48);
	return request->at != AT_TRANSLATED || fail(way, 0x49);
}

/* 3.9; ADDR and S of 4.2.3, which say how large the region may be */
static bool pass_all(struct way *way, struct reference_answer *out)
{
	bool fs1gp = BIT(way->unit->cap, 56) && BIT(way->unit->ecap, 47);
	bool large = BIT(way->unit->cap, 34) || BIT(way->unit->ecap, 47);
	if (!way->asks)
		return pass(way, out, 0x83, 0x87);
	if (!pass(way, out, 0x83, 0x87) && way->reason != 0x87)
		return false;
	way->reason = 0;
	out->rights = IN_FEE(way->request->address) ? 0 : way->asks;
	out->page_lg2 = !out->rights ? 0 : BIT(way->unit->cap, 35) || fs1gp ? 30 : large ? 21 : 12;
	return true;
}

/* 3.4.3 */
static bool scalable(struct way *way, struct reference_answer *out)
{
	const struct request *request = way->request;
	uint64_t context[4];
	if (!find_context(way, context) || !admit(way, context))
		return false;
	if (request->at == AT_TRANSLATED)
		return pass(way, out, 0x83, 0x87);
	bool with_pasid = request->pasid != PASID_NONE;
	if (way->asks && !with_pasid && IN_FEE(request->address))
		return special(way, out);
	way->privileged = with_pasid ? request->privileged : BIT(context[1], 20);
	if (!find_pasid(way, context, with_pasid ? request->pasid : BITS(context[1], 19, 0)))
		return false;
	if (with_pasid && request->execute)
		return fail(way, 0x5c);
	if (way->privileged && !BIT(way->pe[2], 0))
		return fail(way, 0x5d);
	switch (BITS(way->pe[0], 8, 6)) {
	case 2:
		return second_only(way, way->pe[0], BITS(way->pe[0], 4, 2), BIT(way->pe[0], 9), out);
	case 4:
		return pass_all(way, out);
	default:
		return with_first(way, BITS(way->pe[0], 8, 6) == 3, out);
	}
}

/* Table 30: reasons whose column "Qualified" says no. */
static bool is_unqualified(unsigned reason)
{
	static const uint8_t reasons[] = {0x1,  0x8,  0x9,  0xa,  0x30, 0x31, 0x32, 0x33,
					  0x38, 0x39, 0x3a, 0x40, 0x50, 0x58, 0x89};
	for (unsigned i = 0; i < sizeof(reasons); i++)
		if (reasons[i] == reason)
			return true;
	return false;
}

/* Table 30: translation requests that succeed without permission. */
static bool is_success_without_rights(unsigned reason)
{
	static const uint8_t reasons[] = {0x4,  0x5,  0x6,  0x51, 0x59, 0x5c, 0x5d, 0x70, 0x71, 0x72, 0x73, 0x74,
					  0x75, 0x76, 0x77, 0x79, 0x80, 0x81, 0x83, 0x84, 0x85, 0x86, 0x90};
	for (unsigned i = 0; i < sizeof(reasons); i++)
		if (reasons[i] == reason)
			return true;
	return false;
}

/* 3.15. True: that is all. */
static bool at_the_interrupt_range(struct way *way, struct reference_answer *out)
{
	const struct request *request = way->request;
	if (request->pasid != PASID_NONE || request->at != AT_UNTRANSLATED || !IN_FEE(request->address))
		return false;
	if (request->op == REQUEST_WRITE && request->bytes == 4 && request->address % 4 == 0)
		out->interrupt = true;
	else if (request->op == REQUEST_READ && request->bytes == 0)
		out->pa = request->address, out->rights = 3;
	else
		fail_in(way, 0x87, 0xe);
	return true;
}

/* Table 30, column "Translation Request"; 4.2.3. */
static void complete(const struct way *way, bool done, struct reference_answer *out)
{
	static const uint8_t unsupported[] = {0x1, 0x2, 0xd, 0x31, 0x33, 0x39, 0x41, 0x44, 0x45, 0x46, 0x48, 0x89};
	bool without_stage = done && (out->page_lg2 == 0 || out->untranslated_only);
	uint64_t pgtt = BITS(way->pe[0], 8, 6);
	out->completion = done || out->without_rights ? 'S' : 'C';
	for (unsigned i = 0; i < sizeof(unsupported); i++)
		if (!done && unsupported[i] == way->reason)
			out->completion = 'U';
	if (out->completion != 'S')
		return;
	out->privileged = way->request->pasid != PASID_NONE && way->request->privileged;
	if (done && out->rights && !without_stage)
		out->non_snooped =
			way->scalable ? BIT(way->pe[1], 24) || ((pgtt == 2 || pgtt == 3) && way->snp) : way->snp;
}

unsigned reference_page_request(struct reference *unit, uint32_t stream, uint32_t pasid, bool *silent)
{
	struct request request = {.stream = stream, .pasid = pasid};
	struct way way = {.unit = unit, .request = &request, .scalable = BITS(unit->rtaddr, 11, 10) == 1};
	uint64_t context[4];
	bool with_pasid = pasid != PASID_NONE;
	if (!way.scalable)
		fail(&way, 0x32);
	else if (!find_context(&way, context))
		;
	else if (with_pasid && !BIT(context[0], 3))
		fail(&way, 0x45);
	else if (with_pasid && pasid >> (13 + BITS(context[0], 11, 9)))
		fail(&way, 0x46);
	else if (!BIT(context[0], 4))
		fail(&way, 0x47);
	else if (with_pasid && pasid == BITS(context[1], 19, 0))
		fail(&way, 0x48);
	else
		find_pasid(&way, context, with_pasid ? pasid : BITS(context[1], 19, 0));
	*silent = way.silent && !is_unqualified(way.reason);
	return way.reason;
}

struct reference_answer reference_translate(struct reference *unit, const struct request *request)
{
	struct reference_answer out = {.fault = false};
	struct way way = {.unit = unit, .request = request, .scalable = BITS(unit->rtaddr, 11, 10) == 1};
	bool untranslated = request->at == AT_UNTRANSLATED, done;
	way.reads = untranslated && request->op != REQUEST_WRITE;
	way.writes = untranslated && request->op != REQUEST_READ;
	way.zero_length = request->bytes == 0;
	if (request->at == AT_TRANSLATION_REQUEST)
		way.asks = request->no_write && BIT(unit->ecap, 33) ? 1 : 3;
	if (at_the_interrupt_range(&way, &out))
		done = way.reason == 0;
	else if (request->pasid != PASID_NONE && !way.scalable)
		done = fail(&way, 0x31);
	else if (request->pasid != PASID_NONE && BIT(unit->ecap, 40) &&
		 request->pasid >> (BITS(unit->ecap, 39, 35) + 1))
		done = fail(&way, 0x89);
	else
		done = way.scalable ? scalable(&way, &out) : legacy(&way, &out);
	if (!done) {
		out.reason = way.reason;
		out.without_rights = way.asks && is_success_without_rights(way.reason);
		out.fault = !out.without_rights;
		out.silent = way.silent && !is_unqualified(way.reason);
	}
	if (way.asks)
		complete(&way, done, &out);
	return out;
}
