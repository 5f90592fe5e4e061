/* SPDX-License-Identifier: MIT */
/*
 * Where a unit may answer as QEMU's emulated one does instead of as the specification asks: one row a deviation, with
 * the name that it goes by in `--compat`. A configuration asks for any set of them.
 *
 * Most are other values in struct vtd_rules, which deviations.c puts there; the rest is asked for by its bit.
 */
#ifndef IOSIM_HW_VTD_DEVIATIONS_H
#define IOSIM_HW_VTD_DEVIATIONS_H

#include <stdbool.h>
#include <stdint.h>

/* NAME, name, and what the unit does. */
#define VTD_DEVIATIONS(X)                                                                                              \
	X(TTM_IGNORED, "ttm", "a reserved or unsupported RTADDR.TTM is taken for legacy or scalable mode")             \
	X(CACHED_SILENT, "iotlb-perm-norecord", "a fault found on a cached translation is not recorded")               \
	X(PAGE_IN_RANGE, "superpage-covers-fee", "a page that overlaps the interrupt range is blocked as a whole")     \
	X(RANGE_READS, "intr-read", "reads of the interrupt range are no fault")                                       \
	X(RANGE_CODE, "intr-code-prop", "with scalable mode supported, reason 87h in place of Eh")                     \
	X(COLLAPSE, "fault-collapse", "one pending record per requester")                                              \
	X(PASID_IN_RECORD, "pp-rid", "records of page-walk faults name PASID 0 in scalable mode, FFFFh in legacy")     \
	X(CONTEXT_COARSE, "context-coarse",                                                                            \
	  "a domain's context invalidation is global, a device's ignores its domain")                                  \
	X(IQE_WAITS, "iqe-waits", "after IQE is cleared the queue waits for a write to IQT")                           \
	X(NO_IQERCD, "no-iqercd", "there is no IQERCD register")                                                       \
	X(LEGACY_REASONS, "sm-legacy-reason", "root, context and second-stage faults have legacy reasons")             \
	X(FAULT_INFO, "fi-upper", "FI holds the full address")                                                         \
	X(RIGHTS_FIRST, "fault-priority", "rights are checked entry by entry, before reserved fields")                 \
	X(DIRTY_MISSING, "dirty-missing", "a write through a cached translation never sets D")                         \
	X(DIRTY_LOST, "dirty-lost", "where A is set, D is never set")                                                  \
	X(FLAGS_FIRST, "accessed-dirty-on-intr", "A and D are set before the address is found in the interrupt range") \
	X(PASID_ORDER, "pasid-entry-order", "fields of a PASID-table entry are checked before P")                      \
	X(PASID_RESERVED, "pasid-rsvd-unchecked", "reserved fields of PASID structures are ignored")                   \
	X(RID_PASID, "rid-pasid-ignored", "RID_PASID without RPS is ignored")                                          \
	X(CONTEXT_CAPS, "ctx-cap-bits", "context fields of missing capabilities are ignored")                          \
	X(PASID_CAPS, "pe-cap-bits", "PASID-table fields of missing capabilities are ignored")                         \
	X(FIRST_AW, "fs-aw-field", "AW tells what is canonical for the first stage")                                   \
	X(FIRST_1G, "fs1gp-ignored", "first-stage 1 GiB pages do not need FS1GP")                                      \
	X(SNOOP, "snp-unsupported", "with scalable mode supported, SNP does not need SC")                              \
	X(PASS_RANGE, "pt-no-range", "pass-through has no largest address")                                            \
	X(PASS_AW, "pt-aw", "pass-through takes any supported AW")                                                     \
	X(OTHER_HALF, "other-half-rsvd", "reserved fields of the unused half of a root entry count")                   \
	X(FPD_PRESENT, "fpd-not-present", "FPD of a PASID structure counts only with P")                               \
	X(NO_PASID_CACHE, "no-pasid-cache", "PASID-table entries are not cached")                                      \
	X(FIRST_ANY_AW, "pe-aw", "AW is ignored, not reserved, where there is no second stage")                        \
	X(FIRST_ANY_SNOOP, "smpwc", "first-stage flags are set without snooping")

#define VTD_DEVIATION_INDEX(name, code, text) VTD_DEVIATION_##name,
enum vtd_deviation_index { VTD_DEVIATIONS(VTD_DEVIATION_INDEX) VTD_DEVIATION_COUNT };

#define VTD_DEVIATES(name) (UINT64_C(1) << VTD_DEVIATION_##name)
#define VTD_DEVIATES_ALL   ((UINT64_C(1) << VTD_DEVIATION_COUNT) - 1)

/* What QEMU does right and some units do wrong: bits of the same set, without a name in `--compat`. */
#define VTD_QUIRK_FLAGS_IGNORE_READ_ONLY (UINT64_C(1) << 62) /* first-stage flags need no write of the second stage */
#define VTD_QUIRK_TABLES_NOT_TRANSLATED  (UINT64_C(1) << 63) /* first-stage tables are not sent through the second */

struct vtd_rules;

/* The bit of a name as in `--compat`; 0: there is none. */
uint64_t vtd_deviation_named(const char *code);
/* Puts them into rules that follow the specification. Those that presuppose scalable mode need `scalable`. */
void vtd_rules_deviate(struct vtd_rules *rules, uint64_t deviations, bool scalable);

#endif
