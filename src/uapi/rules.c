/* SPDX-License-Identifier: MIT */
#include "uapi/rules.h"

#include <stddef.h>
#include <string.h>

static const char *const user_apis[] = {"vfio-type1", "iommufd",  "noiommu",    "none", "ioasid-kt",
					"ioasid-v1",  "iommu-v2", "aux-domain", NULL};
static const char *const kernel_dmas[] = {"strict", "lazy", "identity", NULL};
static const char *const flush_modes[] = {"strict", "lazy", NULL};
static const char *const kernels[] = {"5.18", "5.19", "6.2", "6.6", "6.15", "7.0", NULL};
static const char *const group_rules[] = {"path_acs", "reachable_set", "path_acs_by_slot", "per_rid_subgroup", NULL};
static const char *const check_points[] = {"get_device_fd", "set_container", "bind", "none", "every_command", NULL};
static const char *const late_binds[] = {"crash", "probe_ebusy", "unmonitored", NULL};
static const char *const detach_targets[] = {"blocked", "default", "previous", NULL};
static const char *const claim_domains[] = {"blocking", "keep_default", NULL};
static const char *const blocking_impls[] = {"fault", "empty_table", "bypass", "scratch_page", NULL};
static const char *const truths[] = {"false", "true", NULL};
static const char *const pasid_rules[] = {
	"acs_required", "none", "count_at_attach", "immutable", "translated_only_promise", "refuse_hotplug", NULL};
static const char *const response_matches[] = {"full", "prgi_only", NULL};
static const char *const devtlb_orders[] = {"iotlb_first", "devtlb_first", "none", NULL};
static const char *const reset_rules[] = {"ignore", "blocked", "defer", NULL};
static const char *const incompatible_rules[] = {"second_table", "error", NULL};
static const char *const early_maps[] = {"record", "reject", NULL};
static const char *const pasid_spaces[] = {"per_rid", "shared", "global", NULL};
static const char *const pasid_lifetimes[] = {"mm", "unbind", "address_space", NULL};
static const char *const fork_rules[] = {"copied", "shared", NULL};
static const char *const kernel_pasids[] = {"dma_domain", "supervisor_sva", NULL};
static const char *const alloc_points[] = {"first_attach", "driver", "alloc", NULL};
static const char *const type_changes[] = {"unbound", "any", NULL};
static const char *const guest_trackings[] = {"delegated", "all", NULL};
static const char *const yes_and_no[] = {"true", "false", NULL}; /* the default comes first */
static const char *const grant_sizes[] = {"page", "byte", NULL};
static const char *const parent_changes[] = {"recompute", "forbid", "lazy", NULL};
static const char *const flush_scopes[] = {"children", "own", NULL};
static const char *const switch_ways[] = {"hitless", "via_blocked", "via_default", NULL};
static const char *const readonly_rules[] = {"refuse", "allow", NULL};
static const char *const bounce_syncs[] = {"by_direction", "always", NULL};
static const char *const dirty_races[] = {"guests_own_risk", "host_promise", NULL};
static const char *const snoop_policies[] = {"per_table", "always_enforce", "user_chooses", NULL};
static const char *const guest_rules[] = {"t0-only", "rebind", "inflight", "none", NULL};
static const char *const layouts[] = {"split", "single_checked", "single_rmp", NULL};
static const char *const t0_tables[] = {"shared_only", "map_all", "unchecked", NULL};
static const char *const t1_rules[] = {"allow", "forbid", "xt", NULL};
static const char *const run_starters[] = {"guest", "host", NULL};
static const char *const run_gates[] = {"tsm", "none", NULL};
static const char *const unmap_rules[] = {"refuse", "fence", "destroy", "silent", NULL};
static const char *const mmio_at_binds[] = {"refuse", "revoke", "keep", NULL};
static const char *const scrubbers[] = {"tsm", "host", "none", NULL};
static const char *const mmio_guards[] = {"device", "page_state", "none", NULL};
static const char *const reset_bounds[] = {"refuse", "auto_unbind", "raw", NULL};
static const char *const mmio_validations[] = {"per_range", "skip_bar", NULL};
static const char *const attest_orders[] = {"lock_first", "any", NULL};
static const char *const guest_bounces[] = {"unaccepted", "all", NULL};
static const char *const kexec_tables[] = {"by_driver", "keep", "reset", "off", NULL};
static const char *const shared_aliases[] = {"none", "t1", "always", NULL};
static const char *const dma_addresses[] = {"by_memory", "by_device", NULL};
static const char *const boot_orders[] = {"map_then_enable", "enable_then_map", NULL};

const struct knob_row knob_rows[] = {
	[KNOB_USER_API] = {"user_api", "axis: how user space gets at a device; none: only the kernel does", user_apis,
			   -1},
	[KNOB_KERNEL_DMA] = {"kernel_dma",
			     "axis: default domains; lazy defers the IOTLB flush, identity translates nothing",
			     kernel_dmas, -1},
	[KNOB_KERNEL] = {"kernel", "the rules as they were from that version on, up to the next one", kernels, -1},
	[KNOB_GROUP_RULE] =
		{"group_rule",
		 "path_acs: up the path until ACS isolates, ports of one switch count as one device; "
		 "path_acs_by_slot: only ports of one slot do, which is what kernels compute; "
		 "reachable_set: whoever can reach each other; per_rid_subgroup: groups as by path_acs, and "
		 "owned as such, but where devices are attached one by one each requester ID of one has a "
		 "space of its own",
		 group_rules, -1},
	[KNOB_GROUP_CHECK_POINT] =
		{"group_check_point",
		 "the call that refuses a group which somebody else drives; a front end without that "
		 "call asks at its own; none: every device goes its own way; every_command: so it does, and a "
		 "space takes no command while it has a part of a group",
		 check_points, -1},
	[KNOB_LATE_BIND] = {"late_bind", "a kernel driver probes a device of a group that a user owns", late_binds, -1},
	[KNOB_DETACH_TARGET] = {"detach_target",
				"where a group goes when its last member is detached; previous: to what served it "
				"before it was attached, as long as that exists",
				detach_targets, -1},
	[KNOB_CLAIM_DOMAIN] = {"claim_domain",
			       "keep_default: claiming and detaching leave the group in whatever domain it is in",
			       claim_domains, -1},
	[KNOB_BLOCKING_IMPL] =
		{"blocking_impl",
		 "how the driver blocks; scratch_page: all addresses lead to one page a unit, and nothing faults",
		 blocking_impls, -1},
	[KNOB_RESET_ON_CLOSE] = {"reset_on_close", "VFIO resets a device when it is opened and when it is closed",
				 truths, -1},
	[KNOB_BOOT_ORDER] = {"boot_order",
			     "enable_then_map: domains and firmware ranges follow with the kernel's next action",
			     boot_orders, -1},
	[KNOB_KEXEC_TABLES] =
		{"kexec_tables",
		 "what a crash kernel does with units that it finds on; by_driver: VT-d's keeps what their tables say, "
		 "SMMUv3's resets them; keep, reset: both do; off: they translate nothing until they are enabled",
		 kexec_tables, -1},
	[KNOB_PASID_FABRIC_RULE] =
		{"pasid_fabric_rule",
		 "acs_required: a device gets PASIDs only if everything on its way up redirects; "
		 "translated_only_promise: or if it can translate for itself, and is believed to send "
		 "nothing else; count_at_attach: one is bound only where the device is alone in its "
		 "group; refuse_hotplug: and then nobody may join that; immutable: and nobody can, since "
		 "everything on its way up isolates",
		 pasid_rules, -1},
	[KNOB_PRQ_DRAIN] = {"prq_drain", "page requests are drained before a PASID is free again", truths, -1},
	[KNOB_RESPONSE_MATCH] =
		{"response_match",
		 "what a user's page response has to match: device, PASID and group, or the group alone",
		 response_matches, -1},
	[KNOB_DEVTLB_ORDER] = {"devtlb_order", "device TLBs are invalidated after the IOTLB, before it, or not at all",
			       devtlb_orders, -1},
	[KNOB_RESET_ATS] =
		{"reset_ats",
		 "blocked: a device with ATS is parked in blocking domains while it is reset, and what would "
		 "attach its group meanwhile is refused; defer: it succeeds, and is carried out after the reset",
		 reset_rules, -1},
	[KNOB_UNSAFE_INTERRUPTS] = {"unsafe_interrupts",
				    "users get devices though interrupts are not isolated (allow_unsafe_interrupts)",
				    truths, -1},
	[KNOB_INCOMPATIBLE_ATTACH] = {"incompatible_attach",
				      "a device whose unit cannot walk the page table that a space has",
				      incompatible_rules, -1},
	[KNOB_MAP_BEFORE_ATTACH] = {"map_before_attach",
				    "mappings in a space to which nothing is attached; record: the first page table "
				    "gets them",
				    early_maps, -1},
	[KNOB_PASID_SPACE] = {"pasid_space",
			      "per_rid: a PASID table for each device; shared: one for all devices of a unit; global: "
			      "one each, but a number means the same on all devices, and what it means has no second",
			      pasid_spaces, -1},
	[KNOB_DOMAIN_ALLOC_POINT] = {"domain_alloc_point",
				     "first_attach: a unit's devices share the page table that the first of them made; "
				     "driver: each brings one that its driver made; alloc: the space has the first "
				     "unit's from its beginning to its end",
				     alloc_points, -1},
	[KNOB_DOMAIN_TYPE_CHANGE] = {"domain_type_change",
				     "when a group's default domain may become one of another type; unbound: while no "
				     "driver has a member of it",
				     type_changes, -1},
	[KNOB_GUEST_TABLES] = {"guest_table_tracking",
			       "what a host knows of a table of PASIDs that is its guest's; all: each table "
			       "for a PASID is registered, "
			       "and nothing about others can be handed on; delegated: it need not know any",
			       guest_trackings, -1},
	[KNOB_PASID_ATTACH_CHECKS] = {"pasid_attach_checks_enable",
				      "whether a PASID can be attached only where the device was allowed to send any; "
				      "the drivers of 7.0 look at what device and unit are capable of (false)",
				      yes_and_no, -1},
	[KNOB_GRANT_GRANULARITY] =
		{"grant_granularity",
		 "what a kernel driver grants that maps a part of a page: the page, or its bytes alone", grant_sizes,
		 -1},
	[KNOB_PARENT_CHANGE] = {"parent_change",
				"a mapping goes that a space leads to which the kernel nests in another; recompute: "
				"that space follows at once; forbid: it cannot be unmapped; lazy: it follows with its "
				"own next map or unmap",
				parent_changes, -1},
	[KNOB_FLUSH_SCOPE] = {"flush_scope",
			      "with parent_change recompute; own: the spaces that follow an unmap are not invalidated, "
			      "only the one that it is of",
			      flush_scopes, -1},
	[KNOB_PASID_LIFETIME] = {"pasid_lifetime",
				 "when the PASID that the kernel gave a process's address space is free for others: "
				 "when the process has ended and no device has it bound any more (mm), with its last "
				 "unbind, or when the process ends (address_space), though a child has a device open",
				 pasid_lifetimes, -1},
	[KNOB_FORK_PINNED] =
		{"fork_pinned",
		 "a process forks that has pages pinned for a device; copied: its child has a copy of them "
		 "from the start; shared: whoever writes first gets one",
		 fork_rules, -1},
	[KNOB_KERNEL_PASID] = {"kernel_pasid",
			       "what a kernel driver gets for a PASID of its own: dma_domain, what the DMA API maps; "
			       "supervisor_sva, the kernel's page table",
			       kernel_pasids, -1},
	[KNOB_SWITCH_ATOMICITY] =
		{"switch_atomicity",
		 "what a device meets while iommufd replaces its space; hitless: nothing else, as far "
		 "as the unit's driver can; via_blocked, via_default: that domain first",
		 switch_ways, -1},
	[KNOB_NEST_READONLY] = {"nest_readonly",
				"VT-d: read-only mappings in a space that guests' tables are nested in, through which "
				"units with an erratum write (SPR17)",
				readonly_rules, -1},
	[KNOB_BOUNCE_SYNC] = {"bounce_sync",
			      "a bounced buffer that the device only writes is synchronised for the device; always: it "
			      "is copied out all the same, over what the device has written meanwhile",
			      bounce_syncs, -1},
	[KNOB_DIRTY_RACE] = {"dirty_race",
			     "a page that was written and is unmapped before that was read; host_promise: the unmap "
			     "reports it",
			     dirty_races, -1},
	[KNOB_AVAILABILITY_COUNTS] =
		{"availability_counts",
		 "whether it is part of the verdict that somebody lost service: a request was blocked "
		 "that its owner was promised",
		 yes_and_no, -1},
	[KNOB_SNOOP_POLICY] =
		{"snoop_policy",
		 "who decides that requests with No Snoop snoop all the same; per_table: each page table "
		 "whose unit can, and one that was asked to is no other unit's; always_enforce: the same, "
		 "and nobody is asked; user_chooses: the space",
		 snoop_policies, -1},
	[KNOB_GUEST] =
		{"guest",
		 "axis: how a confidential guest's kernel lets an interface cross between T=0 and T=1; none: there "
		 "is no such guest",
		 guest_rules, -1},
	[KNOB_IOMMU_LAYOUT] =
		{"iommu_layout",
		 "split: T chooses between the host's tables and the TSM's; single_checked: the TSM's serve "
		 "both; single_rmp: the host's do, and the pages' states are the guard",
		 layouts, -1},
	[KNOB_T0_TABLE] =
		{"t0_table",
		 "what of a confidential guest the host's own table has; unchecked: all, and nobody looks at the "
		 "states of pages",
		 t0_tables, -1},
	[KNOB_T1_SHARED] = {"t1_shared", "a request with T reaches shared memory; xt: as its XT bit asks", t1_rules,
			    -1},
	[KNOB_RUN_BY] = {"run_by", "who may have an interface started (START_INTERFACE_REQUEST)", run_starters, -1},
	[KNOB_RUN_GATE] =
		{"run_gate",
		 "tsm: T is let through when the guest has accepted; none: as soon as the interface is locked",
		 run_gates, -1},
	[KNOB_UNMAP_UNDER_RUN] =
		{"unmap_under_run",
		 "the host takes a private page from a guest with a running interface; fence: the next "
		 "request that misses it stops the guest's I/O; destroy: the page's contents are lost",
		 unmap_rules, -1},
	[KNOB_SCRUB_BY] = {"scrub_by",
			   "who sees to it that nobody reads what a guest left in a private page; tsm: it is wiped, or "
			   "left under "
			   "the guest's key, before the host has the page; host: its kernel wipes what it has taken",
			   scrubbers, -1},
	[KNOB_MMIO_GUARD] =
		{"mmio_guard",
		 "what stops accesses without T to registers of a locked interface: the device, which is in "
		 "ERROR then, or the state of the page before it",
		 mmio_guards, -1},
	[KNOB_MMIO_AT_BIND] =
		{"mmio_at_bind",
		 "an interface is bound of which another guest has register pages: EBUSY, they are withdrawn, or they "
		 "stay",
		 mmio_at_binds, -1},
	[KNOB_RESET_BOUND] = {"reset_bound", "a reset of a device whose interface is bound", reset_bounds, -1},
	[KNOB_MMIO_VALIDATE] = {"mmio_validate",
				"per_range: an interface is accepted only with every reported range validated",
				mmio_validations, -1},
	[KNOB_ATTEST_ORDER] = {"attest_order", "any: an interface may be attested before it is locked", attest_orders,
			       -1},
	[KNOB_NONCE_CHECK] = {"nonce_check", "evidence has to be of the lock and the configuration that is accepted",
			      truths, -1},
	[KNOB_GUEST_BOUNCE] =
		{"guest_bounce",
		 "whose private buffers a confidential guest's DMA API copies to its shared pool: those of "
		 "devices that it has not accepted, or of all",
		 guest_bounces, -1},
	[KNOB_SHARED_ALIAS] = {"shared_alias",
			       "tables that have what a confidential guest shares at its address with bit 46 set; none "
			       "(SEV-SNP); t1: "
			       "the TSM's, which T meets (TDX); always: the host's as well (CCA)",
			       shared_aliases, -1},
	[KNOB_DMA_ADDRESS] =
		{"dma_address",
		 "what decides whether an address of the guest's DMA API has that bit: the memory is shared, or the "
		 "device is not accepted",
		 dma_addresses, -1},
	{"flush_mode", "another name for kernel_dma", flush_modes, KNOB_KERNEL_DMA},
	{NULL, NULL, NULL, -1},
};

struct policy_row {
	const char *name, *summary;
	uint8_t user_api, kernel_dma, guest;
};

static const struct policy_row policy_rows[] = {
	{"vfio-type1", "VFIO: groups, containers, type1 v2", USER_API_VFIO_TYPE1, KERNEL_DMA_STRICT, GUEST_NONE},
	{"iommufd", "iommufd with VFIO device files", USER_API_IOMMUFD, KERNEL_DMA_STRICT, GUEST_NONE},
	{"kernel-dma", "kernel drivers and the DMA API only", USER_API_NONE, KERNEL_DMA_STRICT, GUEST_NONE},
	{"noiommu", "VFIO no-IOMMU: user drivers, and no translation for anybody", USER_API_NOIOMMU,
	 KERNEL_DMA_IDENTITY, GUEST_NONE},
	{"ioasid-kt", "Kevin Tian's sketch of May 2021: a domain an IOASID, no groups", USER_API_IOASID_KT,
	 KERNEL_DMA_STRICT, GUEST_NONE},
	{"ioasid-v1", "the /dev/ioasid proposal of May 2021: groups asked for at each command", USER_API_IOASID_V1,
	 KERNEL_DMA_STRICT, GUEST_NONE},
	{"iommu-v2", "the /dev/iommu proposal of July 2021: groups claimed at bind, devices moved one by one",
	 USER_API_IOMMU_V2, KERNEL_DMA_STRICT, GUEST_NONE},
	{"aux-domain", "auxiliary domains of 2018: mdevs attached by PASID", USER_API_AUX_DOMAIN, KERNEL_DMA_STRICT,
	 GUEST_NONE},
	{"t0-only", "a confidential guest whose interfaces are never locked", USER_API_IOMMUFD, KERNEL_DMA_STRICT,
	 GUEST_T0_ONLY},
	{"rebind", "a confidential guest: an interface crosses between T=0 and T=1 without a driver", USER_API_IOMMUFD,
	 KERNEL_DMA_STRICT, GUEST_REBIND},
	{"inflight", "a confidential guest: an interface crosses under a bound driver", USER_API_IOMMUFD,
	 KERNEL_DMA_STRICT, GUEST_INFLIGHT},
};

#define POLICIES (sizeof(policy_rows) / sizeof(policy_rows[0]))

/* Behind the built-in ones. */
static struct added_policy {
	const char *name, *summary;
	unsigned base;
	struct rules rules;
} added[POLICIES_MAX];
static unsigned added_count;

unsigned knob_row_count(void)
{
	unsigned count = 0;
	while (knob_rows[count].name)
		count++;
	return count;
}

unsigned policy_count(void)
{
	return (unsigned)POLICIES + added_count;
}

static const struct added_policy *added_policy(unsigned policy)
{
	return policy >= POLICIES && policy < policy_count() ? &added[policy - POLICIES] : NULL;
}

const char *policy_name(unsigned policy)
{
	const struct added_policy *row = added_policy(policy);
	return row ? row->name : policy < POLICIES ? policy_rows[policy].name : NULL;
}

const char *policy_summary(unsigned policy)
{
	const struct added_policy *row = added_policy(policy);
	return row ? row->summary : policy < POLICIES ? policy_rows[policy].summary : NULL;
}

unsigned policy_base(unsigned policy)
{
	const struct added_policy *row = added_policy(policy);
	return row ? row->base : policy;
}

int policy_add(const char *name, const char *summary, unsigned base, const struct rules *rules)
{
	if (policy_count() >= POLICIES_MAX || policy_by_name(name) >= 0)
		return -1;
	added[added_count++] = (struct added_policy){.name = name, .summary = summary, .base = base, .rules = *rules};
	return (int)policy_count() - 1;
}

static unsigned usual_check_point(const struct rules *rules)
{
	switch (rules->value[KNOB_USER_API]) {
	case USER_API_VFIO_TYPE1:
		return rules->value[KNOB_KERNEL] < KERNEL_5_19 ? CHECK_AT_GET_DEVICE_FD : CHECK_AT_SET_CONTAINER;
	case USER_API_IOMMUFD:
	case USER_API_IOMMU_V2:
	case USER_API_AUX_DOMAIN:
		return CHECK_AT_BIND;
	case USER_API_IOASID_V1:
		return CHECK_AT_EVERY_COMMAND;
	default:
		return CHECK_AT_NONE;
	}
}

static unsigned usual_late_bind(const struct rules *rules)
{
	if (rules->value[KNOB_USER_API] == USER_API_NOIOMMU)
		return LATE_BIND_UNMONITORED;
	return rules->value[KNOB_KERNEL] < KERNEL_5_19 ? LATE_BIND_CRASH : LATE_BIND_PROBE_EBUSY;
}

/* What was written down before it was merged, or instead. */
static bool is_proposal(const struct rules *rules)
{
	return rules->value[KNOB_USER_API] >= USER_API_IOASID_KT;
}

static unsigned usual_early_map(const struct rules *rules)
{
	switch (rules->value[KNOB_USER_API]) {
	case USER_API_VFIO_TYPE1:
	case USER_API_IOASID_KT:
	case USER_API_IOASID_V1:
		return MAP_BEFORE_ATTACH_REJECT;
	default:
		return MAP_BEFORE_ATTACH_RECORD;
	}
}

static unsigned usual_snoop_policy(const struct rules *rules)
{
	switch (rules->value[KNOB_USER_API]) {
	case USER_API_VFIO_TYPE1:
		return SNOOP_ALWAYS_ENFORCE;
	case USER_API_IOMMU_V2:
		return SNOOP_USER_CHOOSES;
	default:
		return SNOOP_PER_TABLE;
	}
}

/* The proposals are older than the rule that a PASID needs ACS on its way (Lu Baolu 2022-08-17). */
static void follow_user_api(struct rules *rules)
{
	if (!rules->given[KNOB_GROUP_CHECK_POINT])
		rules->value[KNOB_GROUP_CHECK_POINT] = (uint8_t)usual_check_point(rules);
	if (!rules->given[KNOB_LATE_BIND])
		rules->value[KNOB_LATE_BIND] = (uint8_t)usual_late_bind(rules);
	if (!rules->given[KNOB_MAP_BEFORE_ATTACH])
		rules->value[KNOB_MAP_BEFORE_ATTACH] = (uint8_t)usual_early_map(rules);
	if (!rules->given[KNOB_INCOMPATIBLE_ATTACH])
		rules->value[KNOB_INCOMPATIBLE_ATTACH] =
			is_proposal(rules) ? INCOMPATIBLE_ERROR : INCOMPATIBLE_SECOND_TABLE;
	if (!rules->given[KNOB_GUEST_TABLES])
		rules->value[KNOB_GUEST_TABLES] =
			rules->value[KNOB_USER_API] == USER_API_IOASID_V1 ? GUEST_TABLES_ALL : GUEST_TABLES_DELEGATED;
	if (!rules->given[KNOB_NEST_READONLY])
		rules->value[KNOB_NEST_READONLY] = is_proposal(rules) ? NEST_READONLY_ALLOW : NEST_READONLY_REFUSE;
	if (!rules->given[KNOB_DIRTY_RACE])
		rules->value[KNOB_DIRTY_RACE] = rules->value[KNOB_USER_API] == USER_API_VFIO_TYPE1
							? DIRTY_RACE_HOST_PROMISE
							: DIRTY_RACE_GUESTS_OWN_RISK;
	if (!rules->given[KNOB_SNOOP_POLICY])
		rules->value[KNOB_SNOOP_POLICY] = (uint8_t)usual_snoop_policy(rules);
	if (!rules->given[KNOB_PASID_FABRIC_RULE])
		rules->value[KNOB_PASID_FABRIC_RULE] =
			is_proposal(rules) ? PASID_FABRIC_NONE : PASID_FABRIC_ACS_REQUIRED;
}

/* Knobs that were not given follow those that they depend on. */
static void follow(struct rules *rules)
{
	if (!rules->given[KNOB_RESET_ATS])
		rules->value[KNOB_RESET_ATS] =
			rules->value[KNOB_KERNEL] < KERNEL_7_0 ? RESET_ATS_IGNORE : RESET_ATS_BLOCKED;
	follow_user_api(rules);
}

void rules_of_policy(unsigned policy, struct rules *out)
{
	if (added_policy(policy)) {
		*out = added_policy(policy)->rules;
		return;
	}
	*out = (struct rules){.value = {[KNOB_KERNEL] = KERNEL_7_0,
					[KNOB_GROUP_RULE] = GROUP_RULE_PATH_ACS,
					[KNOB_DETACH_TARGET] = DETACH_TO_BLOCKED,
					[KNOB_CLAIM_DOMAIN] = CLAIM_BLOCKING,
					[KNOB_BLOCKING_IMPL] = BLOCKING_FAULT,
					[KNOB_RESET_ON_CLOSE] = true,
					[KNOB_PRQ_DRAIN] = true,
					[KNOB_RESPONSE_MATCH] = RESPONSE_MATCH_FULL,
					[KNOB_DEVTLB_ORDER] = DEVTLB_IOTLB_FIRST,
					[KNOB_UNSAFE_INTERRUPTS] = false,
					[KNOB_PASID_SPACE] = PASID_SPACE_PER_RID,
					[KNOB_DOMAIN_ALLOC_POINT] = DOMAIN_ALLOC_FIRST_ATTACH,
					[KNOB_GUEST_TABLES] = GUEST_TABLES_DELEGATED,
					[KNOB_PARENT_CHANGE] = PARENT_CHANGE_RECOMPUTE,
					[KNOB_FLUSH_SCOPE] = FLUSH_CHILDREN,
					[KNOB_PASID_LIFETIME] = PASID_LIFETIME_MM,
					[KNOB_KERNEL_PASID] = KERNEL_PASID_DMA_DOMAIN,
					[KNOB_SWITCH_ATOMICITY] = SWITCH_HITLESS,
					[KNOB_NONCE_CHECK] = true,
					[KNOB_BOOT_ORDER] = BOOT_MAP_THEN_ENABLE}};
	if (policy < POLICIES) {
		out->value[KNOB_USER_API] = policy_rows[policy].user_api;
		out->value[KNOB_KERNEL_DMA] = policy_rows[policy].kernel_dma;
		out->value[KNOB_GUEST] = policy_rows[policy].guest;
	}
	follow(out);
}

bool rules_set(struct rules *rules, unsigned row, unsigned value)
{
	if (row >= knob_row_count())
		return false;
	unsigned values = 0;
	while (knob_rows[row].values[values])
		values++;
	if (value >= values)
		return false;
	unsigned knob = knob_rows[row].same_as < 0 ? row : (unsigned)knob_rows[row].same_as;
	rules->value[knob] = (uint8_t)value;
	rules->given[knob] = true;
	if (knob == KNOB_USER_API)
		rules->plugin = 0; /* a built-in one instead */
	follow(rules);
	return true;
}

static int index_of(const char *const *names, const char *name)
{
	for (int i = 0; names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

int knob_by_name(const char *name)
{
	for (int i = 0; knob_rows[i].name; i++)
		if (strcmp(knob_rows[i].name, name) == 0)
			return i;
	return -1;
}

int knob_value_by_name(unsigned row, const char *value)
{
	return row < knob_row_count() ? index_of(knob_rows[row].values, value) : -1;
}

int policy_by_name(const char *name)
{
	for (unsigned i = 0; i < policy_count(); i++)
		if (strcmp(policy_name(i), name) == 0)
			return (int)i;
	return -1;
}
