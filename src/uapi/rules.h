/* SPDX-License-Identifier: MIT */
/*
 * Policies and knobs: the one table from which `list policies`, `list knobs`, the loader's checks and the docs come.
 * A policy is a preset over the axes (which are knobs as well); a row's `set` or `--set` overrides single knobs.
 */
#ifndef IOSIM_UAPI_RULES_H
#define IOSIM_UAPI_RULES_H

#include <stdbool.h>
#include <stdint.h>

enum knob {
	KNOB_USER_API,            /* axis: a front end, or none */
	KNOB_KERNEL_DMA,          /* axis: strict, lazy, identity */
	KNOB_KERNEL,              /* 5.18, 5.19, 6.2 ...: rules of a kernel version */
	KNOB_GROUP_RULE,          /* path_acs, reachable_set, path_acs_by_slot, per_rid_subgroup */
	KNOB_GROUP_CHECK_POINT,   /* get_device_fd, set_container, bind, none, every_command */
	KNOB_LATE_BIND,           /* crash, probe_ebusy, unmonitored */
	KNOB_DETACH_TARGET,       /* blocked, default, previous */
	KNOB_CLAIM_DOMAIN,        /* blocking, keep_default */
	KNOB_BLOCKING_IMPL,       /* fault, empty_table, bypass, scratch_page */
	KNOB_RESET_ON_CLOSE,      /* false, true */
	KNOB_BOOT_ORDER,          /* map_then_enable, enable_then_map: firmware ranges and enabling */
	KNOB_KEXEC_TABLES,        /* by_driver, keep, reset, off */
	KNOB_PASID_FABRIC_RULE,   /* acs_required, none, count_at_attach, immutable, ... */
	KNOB_PRQ_DRAIN,           /* false, true */
	KNOB_RESPONSE_MATCH,      /* full, prgi_only */
	KNOB_DEVTLB_ORDER,        /* iotlb_first, devtlb_first, none */
	KNOB_RESET_ATS,           /* ignore, blocked, defer */
	KNOB_UNSAFE_INTERRUPTS,   /* false, true */
	KNOB_INCOMPATIBLE_ATTACH, /* second_table, error */
	KNOB_MAP_BEFORE_ATTACH,   /* record, reject */
	KNOB_PASID_SPACE,         /* per_rid, shared, global */
	KNOB_DOMAIN_ALLOC_POINT,  /* first_attach, driver, alloc */
	KNOB_DOMAIN_TYPE_CHANGE,  /* unbound, any */
	KNOB_GUEST_TABLES,        /* delegated, all */
	KNOB_PASID_ATTACH_CHECKS, /* true, false */
	KNOB_GRANT_GRANULARITY,   /* page, byte */
	KNOB_PARENT_CHANGE,       /* recompute, forbid, lazy */
	KNOB_FLUSH_SCOPE,         /* children, own */
	KNOB_PASID_LIFETIME,      /* mm, unbind, address_space */
	KNOB_FORK_PINNED,         /* copied, shared */
	KNOB_KERNEL_PASID,        /* dma_domain, supervisor_sva */
	KNOB_SWITCH_ATOMICITY,    /* hitless, via_blocked, via_default */
	KNOB_NEST_READONLY,       /* refuse, allow */
	KNOB_BOUNCE_SYNC,         /* by_direction, always */
	KNOB_DIRTY_RACE,          /* guests_own_risk, host_promise */
	KNOB_AVAILABILITY_COUNTS, /* true, false */
	KNOB_SNOOP_POLICY,        /* per_table, always_enforce, user_chooses */
	KNOB_GUEST,               /* axis: t0-only, rebind, inflight, none */
	KNOB_IOMMU_LAYOUT,        /* split, single_checked, single_rmp */
	KNOB_T0_TABLE,            /* shared_only, map_all, unchecked */
	KNOB_T1_SHARED,           /* allow, forbid, xt */
	KNOB_RUN_BY,              /* guest, host */
	KNOB_RUN_GATE,            /* tsm, none */
	KNOB_UNMAP_UNDER_RUN,     /* refuse, fence, destroy, silent */
	KNOB_SCRUB_BY,            /* tsm, host, none */
	KNOB_MMIO_GUARD,          /* device, page_state, none */
	KNOB_MMIO_AT_BIND,        /* refuse, revoke, keep */
	KNOB_RESET_BOUND,         /* refuse, auto_unbind, raw */
	KNOB_MMIO_VALIDATE,       /* per_range, skip_bar */
	KNOB_ATTEST_ORDER,        /* lock_first, any */
	KNOB_NONCE_CHECK,         /* false, true */
	KNOB_GUEST_BOUNCE,        /* unaccepted, all */
	KNOB_SHARED_ALIAS,        /* none, t1, always */
	KNOB_DMA_ADDRESS,         /* by_memory, by_device */
	KNOBS
};

enum {
	USER_API_VFIO_TYPE1,
	USER_API_IOMMUFD,
	USER_API_NOIOMMU,
	USER_API_NONE,
	USER_API_IOASID_KT,
	USER_API_IOASID_V1,
	USER_API_IOMMU_V2,
	USER_API_AUX_DOMAIN
};
enum { KERNEL_DMA_STRICT, KERNEL_DMA_LAZY, KERNEL_DMA_IDENTITY };
/* In the order of their release. */
enum { KERNEL_5_18, KERNEL_5_19, KERNEL_6_2, KERNEL_6_6, KERNEL_6_15, KERNEL_7_0 };
enum { GROUP_RULE_PATH_ACS, GROUP_RULE_REACHABLE_SET, GROUP_RULE_PATH_ACS_BY_SLOT, GROUP_RULE_PER_RID_SUBGROUP };
enum { CHECK_AT_GET_DEVICE_FD, CHECK_AT_SET_CONTAINER, CHECK_AT_BIND, CHECK_AT_NONE, CHECK_AT_EVERY_COMMAND };
enum { LATE_BIND_CRASH, LATE_BIND_PROBE_EBUSY, LATE_BIND_UNMONITORED };
enum { DETACH_TO_BLOCKED, DETACH_TO_DEFAULT, DETACH_TO_PREVIOUS };
enum { CLAIM_BLOCKING, CLAIM_KEEP_DEFAULT };
enum { BLOCKING_FAULT, BLOCKING_EMPTY_TABLE, BLOCKING_BYPASS, BLOCKING_SCRATCH_PAGE };
enum { BOOT_MAP_THEN_ENABLE, BOOT_ENABLE_THEN_MAP };
enum { KEXEC_TABLES_BY_DRIVER, KEXEC_TABLES_KEEP, KEXEC_TABLES_RESET, KEXEC_TABLES_OFF };

enum {
	PASID_FABRIC_ACS_REQUIRED,
	PASID_FABRIC_NONE,
	PASID_FABRIC_COUNT_AT_ATTACH,
	PASID_FABRIC_IMMUTABLE,
	PASID_FABRIC_TRANSLATED_ONLY_PROMISE,
	PASID_FABRIC_REFUSE_HOTPLUG
};
enum { RESPONSE_MATCH_FULL, RESPONSE_MATCH_PRGI_ONLY };
enum { DEVTLB_IOTLB_FIRST, DEVTLB_FIRST, DEVTLB_NONE };
enum { RESET_ATS_IGNORE, RESET_ATS_BLOCKED, RESET_ATS_DEFER };
enum { INCOMPATIBLE_SECOND_TABLE, INCOMPATIBLE_ERROR };
enum { MAP_BEFORE_ATTACH_RECORD, MAP_BEFORE_ATTACH_REJECT };
enum { PASID_SPACE_PER_RID, PASID_SPACE_SHARED, PASID_SPACE_GLOBAL };
enum { PASID_LIFETIME_MM, PASID_LIFETIME_UNBIND, PASID_LIFETIME_ADDRESS_SPACE };
enum { FORK_PINNED_COPIED, FORK_PINNED_SHARED };
enum { KERNEL_PASID_DMA_DOMAIN, KERNEL_PASID_SUPERVISOR_SVA };
enum { DOMAIN_ALLOC_FIRST_ATTACH, DOMAIN_ALLOC_DRIVER, DOMAIN_ALLOC_ALLOC };
enum { PASID_ATTACH_CHECKS, PASID_ATTACH_TRUSTS };
enum { GRANT_PAGE, GRANT_BYTE };
enum { DOMAIN_TYPE_CHANGE_UNBOUND, DOMAIN_TYPE_CHANGE_ANY };
enum { GUEST_TABLES_DELEGATED, GUEST_TABLES_ALL };
enum { PARENT_CHANGE_RECOMPUTE, PARENT_CHANGE_FORBID, PARENT_CHANGE_LAZY };
enum { FLUSH_CHILDREN, FLUSH_OWN };
enum { SWITCH_HITLESS, SWITCH_VIA_BLOCKED, SWITCH_VIA_DEFAULT };
enum { NEST_READONLY_REFUSE, NEST_READONLY_ALLOW };
enum { BOUNCE_SYNC_BY_DIRECTION, BOUNCE_SYNC_ALWAYS };
enum { AVAILABILITY_COUNTS, AVAILABILITY_IS_OUT_OF_SCOPE };
enum { DIRTY_RACE_GUESTS_OWN_RISK, DIRTY_RACE_HOST_PROMISE };
enum { SNOOP_PER_TABLE, SNOOP_ALWAYS_ENFORCE, SNOOP_USER_CHOOSES };

#define POLICIES_MAX 64 /* sets of policies are words of 64 bits */

/*
 * A rule that KNOB_KERNEL has from that value on, as a value stands for itself and for all versions up to the next one.
 * Every value has one; those of one value follow each other, in the order of the values. The last row's rule is NULL.
 */
struct kernel_rule {
	uint8_t kernel;
	const char *rule;
	const char *source;     /* who, when, what: mail or commit */
	const char *message_id; /* "<...>" */
};

extern const struct kernel_rule kernel_rules[];

enum { GUEST_T0_ONLY, GUEST_REBIND, GUEST_INFLIGHT, GUEST_NONE };
enum { IOMMU_LAYOUT_SPLIT, IOMMU_LAYOUT_SINGLE_CHECKED, IOMMU_LAYOUT_SINGLE_RMP };
enum { T0_TABLE_SHARED_ONLY, T0_TABLE_MAP_ALL, T0_TABLE_UNCHECKED };
enum { T1_SHARED_ALLOW, T1_SHARED_FORBID, T1_SHARED_XT };
enum { RUN_BY_GUEST, RUN_BY_HOST };
enum { RUN_GATE_TSM, RUN_GATE_NONE };
enum { UNMAP_UNDER_RUN_REFUSE, UNMAP_UNDER_RUN_FENCE, UNMAP_UNDER_RUN_DESTROY, UNMAP_UNDER_RUN_SILENT };
enum { SCRUB_BY_TSM, SCRUB_BY_HOST, SCRUB_BY_NONE };
enum { MMIO_GUARD_DEVICE, MMIO_GUARD_PAGE_STATE, MMIO_GUARD_NONE };
enum { MMIO_AT_BIND_REFUSE, MMIO_AT_BIND_REVOKE, MMIO_AT_BIND_KEEP };
enum { RESET_BOUND_REFUSE, RESET_BOUND_AUTO_UNBIND, RESET_BOUND_RAW };
enum { MMIO_VALIDATE_PER_RANGE, MMIO_VALIDATE_SKIP_BAR };
enum { ATTEST_LOCK_FIRST, ATTEST_ANY };
enum { GUEST_BOUNCE_UNACCEPTED, GUEST_BOUNCE_ALL };
enum { SHARED_ALIAS_NONE, SHARED_ALIAS_T1, SHARED_ALIAS_ALWAYS };
enum { DMA_ADDRESS_BY_MEMORY, DMA_ADDRESS_BY_DEVICE };

struct knob_row {
	const char *name;
	const char *summary;
	const char *const *values; /* NULL-terminated; the index is the value */
	int same_as;               /* another knob's number if this is only another name for it, else -1 */
};

/*
 * Some knobs follow others until they are given: the check point and the late-bind rule follow the user API and the
 * kernel version. Overriding is therefore independent of the order in which knobs are set.
 */
struct rules {
	uint8_t value[KNOBS];
	bool given[KNOBS];
	uint8_t plugin; /* number of the plug-in (plugin.h) whose calls are in the user API's place; 0: none */
};

extern const struct knob_row knob_rows[]; /* KNOBS rows, then aliases, then a NULL name */
unsigned knob_row_count(void);
unsigned policy_count(void);
const char *policy_name(unsigned policy);
const char *policy_summary(unsigned policy);
/*
 * A policy of a plug-in: as `base`, a built-in one, but for those knobs and with the plug-in's calls. Strings stay the
 * caller's. Its index; -1: there are POLICIES_MAX, or one has the name.
 */
int policy_add(const char *name, const char *summary, unsigned base, const struct rules *rules);
/* What a plug-in's policy builds on; of a built-in policy itself. */
unsigned policy_base(unsigned policy);
/* The preset of a policy. */
void rules_of_policy(unsigned policy, struct rules *out);
/* Sets the knob of that row (an alias sets what it stands for). False: no such row or value index. */
bool rules_set(struct rules *rules, unsigned row, unsigned value);
/* Row or value by name; -1. */
int knob_by_name(const char *name);
int knob_value_by_name(unsigned row, const char *value);
int policy_by_name(const char *name);

#endif
