/* SPDX-License-Identifier: MIT */
/*
 * What an SMMU checks, derived once from its identification registers: masks of bits that must be clear, the start
 * level for each granule and region size, limits of addresses. A walk makes a few mask tests against these; only where
 * one fails, a cold function finds the event in the order of IHI 0070 7.3.22.
 *
 * Where `compat_qemu` asks for the answers of QEMU's emulated SMMU, most of its deviations are other values here, the
 * rest are bits of `deviations` (deviations.h).
 */
#ifndef IOSIM_HW_SMMUV3_RULES_H
#define IOSIM_HW_SMMUV3_RULES_H

#include "hw/smmuv3/deviations.h"
#include "hw/smmuv3/layout.h"

#include <stdbool.h>
#include <stdint.h>

/* Identification registers, as they lie in the register page: two to a word. */
enum smmu_id { SMMU_ID_0_1, SMMU_ID_2_3, SMMU_ID_4_5, SMMU_ID_IIDR_AIDR, SMMU_ID_WORDS };

struct smmu_ids {
	uint64_t idr0, idr1, idr3, idr5; /* words, so that fields can be read of them */
	uint64_t idr2, idr4, iidr, aidr;
};

/* Translation granules as STE.S2TG and CD.TG0 number them; TG1 is translated into it (5.4). */
enum smmu_granule { SMMU_GRANULE_4K, SMMU_GRANULE_64K, SMMU_GRANULE_16K, SMMU_GRANULE_NONE };

/* 6.3.1 HTTU: flags that hardware sets. */
enum smmu_httu { SMMU_HTTU_NONE, SMMU_HTTU_ACCESS, SMMU_HTTU_DIRTY };

struct smmu_geometry {
	uint8_t lg2;    /* of the granule */
	uint8_t stride; /* address bits that a full table resolves */
	uint8_t blocks; /* bit n: an entry of level n may map memory */
	uint8_t padding;
	uint64_t address_mask; /* bits of a descriptor that are an address: 47:lg2 */
	uint64_t beyond;       /* address bits that a table of this granule cannot have */
};

struct smmu_rules {
	uint64_t deviations; /* bit n: enum smmu_deviation n */
	uint8_t oas_lg2;
	uint8_t ssid_bits, sid_bits;
	uint8_t command_lg2_max, event_lg2_max, pri_lg2_max; /* IDR1.CMDQS, EVENTQS, PRIQS */
	uint8_t stall_model;                                 /* enum smmu_stall_model */
	uint8_t httu;                                        /* enum smmu_httu */
	uint8_t granule_lg2;                                 /* of the smallest granule: STU (3.9.1) */
	uint16_t stalls;                                     /* transactions that can wait at once */
	bool stage1, stage2, hyp, cd_2level, stream_2level, had, xnx, fwb, range_invalidation, overrides;
	bool ats, split_ats, pri, pri_pasid, records_ats; /* IDR0.ATS, NS1ATS, PRI; IDR3.PPS; IDR0.ATSRECERR */
	bool realm, xt;                                   /* the Realm programming interface; its R_IDR3.XT */
	bool raz_wi;                                      /* IDR0.TERM_MODEL is 0 */
	bool wide;           /* OAS is 52 bits: descriptors of the 64 KiB granule hold bits 51:48 in bits 15:12 */
	bool unusual;        /* has deviations, HYP or stalls: takes the walk that looks at everything */
	uint64_t oas_beyond; /* bits of an address that the output address size does not have */

	/* By STE.Config: bits that must be clear, all ones where the stage is not implemented. */
	uint64_t ste_bad0[8], ste_bad1[8], ste_bad2[8];
	uint64_t ste_flip2; /* of word 2: bits that must be set */
	uint64_t cd_bad0, cd_flip0;

	uint64_t beyond[8]; /* by IPS or S2PS: address bits that it does not have, capped to the OAS */
	/* Start level plus 1, 0: not valid. By granule and TxSZ; by S2TG, S2SL0 and S2T0SZ. */
	uint8_t stage1_start[4][64];
	uint8_t stage2_start[1024];
	struct smmu_geometry geometry[4]; /* by enum smmu_granule */
};

/* What the default has beyond translation. */
struct smmu_wishes {
	bool ats, pri, stall, msi;
	uint8_t httu;       /* enum smmu_httu */
	uint8_t pasid_bits; /* 0: as many as there can be */
	bool no_pasids;
};
/* As far as this engine supports them; `id` (see enum smmu_id) all zero: the default for that address width. */
void smmu_ids_of(struct smmu_ids *ids, const uint64_t id[SMMU_ID_WORDS], unsigned address_width,
		 const struct smmu_wishes *wishes);
/*
 * The same of the Realm programming interface (3.10.3, 6.3.122): what is its own is changed, the rest is that of the
 * Non-secure one, whose registers say so.
 */
void smmu_ids_to_realm(struct smmu_ids *ids);
/* deviations: bit n for enum smmu_deviation n. */
void smmu_rules_derive(struct smmu_rules *rules, const struct smmu_ids *ids, uint64_t deviations);

static inline bool smmu_deviates(const struct smmu_rules *rules, enum smmu_deviation deviation)
{
	return rules->deviations >> deviation & 1;
}

/* 5.2 EATS, where it counts: ATS is implemented and a stage translates. */
bool smmu_eats_is_bad(const struct smmu_rules *rules, const uint64_t *ste);
/* What else QEMU calls C_BAD_STE. */
bool smmu_qemu_ste_is_bad(const struct smmu_rules *rules, uint64_t ste0, uint64_t ste2);

/* 5.2.2; only words 0 to 3 are looked at. */
static inline bool smmu_ste_is_bad(const struct smmu_rules *rules, const uint64_t *ste)
{
	unsigned config = (unsigned)SMMU_STE_CONFIG(ste);

	if (!SMMU_STE_V(ste))
		return true;
	if (config < SMMU_CONFIG_BYPASS)
		return false;
	if ((ste[0] & rules->ste_bad0[config]) | (ste[1] & rules->ste_bad1[config]) |
	    ((ste[2] ^ rules->ste_flip2) & rules->ste_bad2[config]))
		return true;
	if (config & 3 && rules->ats && smmu_eats_is_bad(rules, ste))
		return true;
	if (config & 1 && rules->ssid_bits) {
		unsigned format = (unsigned)SMMU_STE_S1FMT(ste), lg2 = (unsigned)SMMU_STE_S1CDMAX(ste);
		if (lg2 > rules->ssid_bits || (lg2 && !rules->cd_2level && format % 3))
			return true;
	}
	if (config & 2) {
		/* S2SL0 and S2T0SZ lie side by side. */
		unsigned region = (unsigned)(ste[2] >> SMMU_STE_S2T0SZ_LSB & 255);
		if (!rules->stage2_start[SMMU_STE_S2TG(ste) << 8 | region] ||
		    (ste[3] & SMMU_STE_S2TTB_MASK &
		     (rules->beyond[SMMU_STE_S2PS(ste)] | rules->geometry[SMMU_STE_S2TG(ste)].beyond)))
			return true;
	}
	return IOSIM_UNLIKELY(rules->deviations) && smmu_qemu_ste_is_bad(rules, ste[0], ste[2]);
}

/* 5.4 TG1: 16 KiB is 1, 4 KiB 2, 64 KiB 3. */
static inline unsigned smmu_granule_of_tg1(unsigned tg1)
{
	return (SMMU_GRANULE_NONE | SMMU_GRANULE_16K << 2 | SMMU_GRANULE_4K << 4 | SMMU_GRANULE_64K << 6) >> 2 * tg1 &
	       3;
}

static inline bool smmu_table_is_bad(const struct smmu_rules *rules, unsigned granule, uint64_t region, uint64_t base,
				     uint64_t size_code)
{
	return !rules->stage1_start[granule][region] ||
	       (base & SMMU_CD_TTB0_MASK & (rules->beyond[size_code] | rules->geometry[granule].beyond));
}

/* 5.4.2; words 0 to 2. `single`: a StreamWorld with one table and without ASIDs. */
static inline bool smmu_cd_is_bad(const struct smmu_rules *rules, const uint64_t *cd, bool single)
{
	uint64_t bad = (cd[0] ^ rules->cd_flip0) & rules->cd_bad0;
	bool off0 = !single && SMMU_CD_EPD0(cd), off1 = single || SMMU_CD_EPD1(cd);

	if (single)
		bad &= ~SMMU_CD_ASID_MASK;
	if (bad || (SMMU_CD_ENDI(cd) && !(off0 && off1)))
		return true;
	if (!off0 && smmu_table_is_bad(rules, (unsigned)SMMU_CD_TG0(cd), SMMU_CD_T0SZ(cd), cd[1], SMMU_CD_IPS(cd)))
		return true;
	return !off1 && smmu_table_is_bad(rules, smmu_granule_of_tg1((unsigned)SMMU_CD_TG1(cd)), SMMU_CD_T1SZ(cd),
					  cd[2], SMMU_CD_IPS(cd));
}

#endif
