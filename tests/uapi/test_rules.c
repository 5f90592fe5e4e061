/* SPDX-License-Identifier: MIT */
#include "uapi/front_end.h"
#include "uapi/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct rules preset(const char *policy)
{
	struct rules rules;
	rules_of_policy((unsigned)policy_by_name(policy), &rules);
	return rules;
}

static void set(struct rules *rules, const char *knob, const char *value)
{
	int row = knob_by_name(knob), index = knob_value_by_name((unsigned)row, value);
	assert_true(row >= 0 && index >= 0);
	assert_true(rules_set(rules, (unsigned)row, (unsigned)index));
}

static void test_rules_every_knob_is_a_row_in_its_place(void **state)
{
	(void)state;
	assert_true(knob_row_count() > KNOBS);
	for (unsigned i = 0; i < knob_row_count(); i++) {
		assert_int_equal(knob_by_name(knob_rows[i].name), i);
		assert_non_null(knob_rows[i].summary);
		assert_non_null(knob_rows[i].values[0]);
		if (i < KNOBS)
			assert_int_equal(knob_rows[i].same_as, -1);
		else
			assert_in_range(knob_rows[i].same_as, 0, KNOBS - 1);
	}
	assert_null(knob_rows[knob_row_count()].name);
}

/* One message-ID, whole: no space, one '@'. */
static bool is_message_id(const char *id)
{
	size_t length = strlen(id);
	const char *at = strchr(id, '@');
	return length > 5 && id[0] == '<' && id[length - 1] == '>' && at && !strchr(at + 1, '@') && !strchr(id, ' ') &&
	       strchr(id, '>') == id + length - 1;
}

/* "Name Surname 2022-01-04, what" */
static bool names_author_and_date(const char *source)
{
	const char *digits = source + strcspn(source, "0123456789");
	return digits > source + 3 && strlen(digits) > 12 && digits[4] == '-' && digits[7] == '-' && digits[10] == ',';
}

static void test_rules_every_kernel_says_where_its_rules_come_from(void **state)
{
	unsigned value = 0, kernels = 0;
	(void)state;
	while (knob_rows[KNOB_KERNEL].values[kernels])
		kernels++;
	assert_int_equal(kernel_rules[0].kernel, 0);
	for (const struct kernel_rule *row = kernel_rules; row->rule; row++) {
		assert_true(row->kernel == value || row->kernel == value + 1);
		value = row->kernel;
		assert_true(strlen(row->rule) > 10);
		assert_true(names_author_and_date(row->source));
		assert_true(is_message_id(row->message_id));
	}
	assert_int_equal(value + 1, kernels);
}

/* An alias may offer fewer values, never others. */
static void test_rules_alias_values_are_those_of_the_knob(void **state)
{
	(void)state;
	for (unsigned i = KNOBS; i < knob_row_count(); i++)
		for (unsigned v = 0; knob_rows[i].values[v]; v++)
			assert_string_equal(knob_rows[i].values[v], knob_rows[knob_rows[i].same_as].values[v]);
}

static void test_rules_alias_sets_what_it_stands_for(void **state)
{
	(void)state;
	struct rules rules = preset("kernel-dma");
	assert_int_equal(rules.value[KNOB_KERNEL_DMA], KERNEL_DMA_STRICT);
	set(&rules, "flush_mode", "lazy");
	assert_int_equal(rules.value[KNOB_KERNEL_DMA], KERNEL_DMA_LAZY);
}

static const struct {
	const char *knob, *value;
	int number;
} value_numbers[] = {
	{"user_api", "vfio-type1", USER_API_VFIO_TYPE1},
	{"user_api", "iommufd", USER_API_IOMMUFD},
	{"user_api", "noiommu", USER_API_NOIOMMU},
	{"user_api", "none", USER_API_NONE},
	{"user_api", "ioasid-kt", USER_API_IOASID_KT},
	{"user_api", "ioasid-v1", USER_API_IOASID_V1},
	{"user_api", "iommu-v2", USER_API_IOMMU_V2},
	{"user_api", "aux-domain", USER_API_AUX_DOMAIN},
	{"kernel_dma", "identity", KERNEL_DMA_IDENTITY},
	{"kernel", "5.18", KERNEL_5_18},
	{"kernel", "5.19", KERNEL_5_19},
	{"kernel", "6.2", KERNEL_6_2},
	{"kernel", "6.6", KERNEL_6_6},
	{"kernel", "6.15", KERNEL_6_15},
	{"kernel", "7.0", KERNEL_7_0},
	{"pasid_fabric_rule", "acs_required", PASID_FABRIC_ACS_REQUIRED},
	{"pasid_fabric_rule", "none", PASID_FABRIC_NONE},
	{"prq_drain", "true", true},
	{"response_match", "full", RESPONSE_MATCH_FULL},
	{"response_match", "prgi_only", RESPONSE_MATCH_PRGI_ONLY},
	{"devtlb_order", "iotlb_first", DEVTLB_IOTLB_FIRST},
	{"devtlb_order", "devtlb_first", DEVTLB_FIRST},
	{"devtlb_order", "none", DEVTLB_NONE},
	{"reset_ats", "ignore", RESET_ATS_IGNORE},
	{"reset_ats", "blocked", RESET_ATS_BLOCKED},
	{"reset_ats", "defer", RESET_ATS_DEFER},
	{"unsafe_interrupts", "false", false},
	{"group_rule", "path_acs", GROUP_RULE_PATH_ACS},
	{"group_rule", "reachable_set", GROUP_RULE_REACHABLE_SET},
	{"group_rule", "path_acs_by_slot", GROUP_RULE_PATH_ACS_BY_SLOT},
	{"group_rule", "per_rid_subgroup", GROUP_RULE_PER_RID_SUBGROUP},
	{"group_check_point", "get_device_fd", CHECK_AT_GET_DEVICE_FD},
	{"group_check_point", "set_container", CHECK_AT_SET_CONTAINER},
	{"group_check_point", "bind", CHECK_AT_BIND},
	{"group_check_point", "none", CHECK_AT_NONE},
	{"group_check_point", "every_command", CHECK_AT_EVERY_COMMAND},
	{"late_bind", "crash", LATE_BIND_CRASH},
	{"late_bind", "probe_ebusy", LATE_BIND_PROBE_EBUSY},
	{"late_bind", "unmonitored", LATE_BIND_UNMONITORED},
	{"detach_target", "blocked", DETACH_TO_BLOCKED},
	{"detach_target", "default", DETACH_TO_DEFAULT},
	{"detach_target", "previous", DETACH_TO_PREVIOUS},
	{"domain_alloc_point", "alloc", DOMAIN_ALLOC_ALLOC},
	{"claim_domain", "blocking", CLAIM_BLOCKING},
	{"claim_domain", "keep_default", CLAIM_KEEP_DEFAULT},
	{"blocking_impl", "fault", BLOCKING_FAULT},
	{"blocking_impl", "empty_table", BLOCKING_EMPTY_TABLE},
	{"blocking_impl", "bypass", BLOCKING_BYPASS},
	{"blocking_impl", "scratch_page", BLOCKING_SCRATCH_PAGE},
	{"reset_on_close", "false", 0},
	{"reset_on_close", "true", 1},
	{"boot_order", "map_then_enable", BOOT_MAP_THEN_ENABLE},
	{"boot_order", "enable_then_map", BOOT_ENABLE_THEN_MAP},
	{"kexec_tables", "by_driver", KEXEC_TABLES_BY_DRIVER},
	{"kexec_tables", "keep", KEXEC_TABLES_KEEP},
	{"kexec_tables", "reset", KEXEC_TABLES_RESET},
	{"kexec_tables", "off", KEXEC_TABLES_OFF},
	{"incompatible_attach", "second_table", INCOMPATIBLE_SECOND_TABLE},
	{"incompatible_attach", "error", INCOMPATIBLE_ERROR},
	{"map_before_attach", "record", MAP_BEFORE_ATTACH_RECORD},
	{"map_before_attach", "reject", MAP_BEFORE_ATTACH_REJECT},
	{"pasid_space", "per_rid", PASID_SPACE_PER_RID},
	{"pasid_space", "shared", PASID_SPACE_SHARED},
	{"pasid_space", "global", PASID_SPACE_GLOBAL},
	{"pasid_lifetime", "mm", PASID_LIFETIME_MM},
	{"pasid_lifetime", "unbind", PASID_LIFETIME_UNBIND},
	{"kernel_pasid", "dma_domain", KERNEL_PASID_DMA_DOMAIN},
	{"kernel_pasid", "supervisor_sva", KERNEL_PASID_SUPERVISOR_SVA},
	{"domain_alloc_point", "first_attach", DOMAIN_ALLOC_FIRST_ATTACH},
	{"domain_alloc_point", "driver", DOMAIN_ALLOC_DRIVER},
	{"pasid_fabric_rule", "count_at_attach", PASID_FABRIC_COUNT_AT_ATTACH},
	{"pasid_fabric_rule", "immutable", PASID_FABRIC_IMMUTABLE},
	{"pasid_fabric_rule", "translated_only_promise", PASID_FABRIC_TRANSLATED_ONLY_PROMISE},
	{"pasid_fabric_rule", "refuse_hotplug", PASID_FABRIC_REFUSE_HOTPLUG},
	{"pasid_attach_checks_enable", "true", PASID_ATTACH_CHECKS},
	{"pasid_attach_checks_enable", "false", PASID_ATTACH_TRUSTS},
	{"grant_granularity", "page", GRANT_PAGE},
	{"grant_granularity", "byte", GRANT_BYTE},
	{"domain_type_change", "unbound", DOMAIN_TYPE_CHANGE_UNBOUND},
	{"domain_type_change", "any", DOMAIN_TYPE_CHANGE_ANY},
	{"guest_table_tracking", "delegated", GUEST_TABLES_DELEGATED},
	{"guest_table_tracking", "all", GUEST_TABLES_ALL},
	{"parent_change", "recompute", PARENT_CHANGE_RECOMPUTE},
	{"parent_change", "forbid", PARENT_CHANGE_FORBID},
	{"parent_change", "lazy", PARENT_CHANGE_LAZY},
	{"flush_scope", "children", FLUSH_CHILDREN},
	{"flush_scope", "own", FLUSH_OWN},
	{"switch_atomicity", "hitless", SWITCH_HITLESS},
	{"switch_atomicity", "via_blocked", SWITCH_VIA_BLOCKED},
	{"switch_atomicity", "via_default", SWITCH_VIA_DEFAULT},
	{"nest_readonly", "refuse", NEST_READONLY_REFUSE},
	{"nest_readonly", "allow", NEST_READONLY_ALLOW},
	{"pasid_lifetime", "address_space", PASID_LIFETIME_ADDRESS_SPACE},
	{"fork_pinned", "copied", FORK_PINNED_COPIED},
	{"fork_pinned", "shared", FORK_PINNED_SHARED},
	{"bounce_sync", "by_direction", BOUNCE_SYNC_BY_DIRECTION},
	{"bounce_sync", "always", BOUNCE_SYNC_ALWAYS},
	{"availability_counts", "true", AVAILABILITY_COUNTS},
	{"availability_counts", "false", AVAILABILITY_IS_OUT_OF_SCOPE},
	{"dirty_race", "guests_own_risk", DIRTY_RACE_GUESTS_OWN_RISK},
	{"dirty_race", "host_promise", DIRTY_RACE_HOST_PROMISE},
	{"snoop_policy", "per_table", SNOOP_PER_TABLE},
	{"snoop_policy", "always_enforce", SNOOP_ALWAYS_ENFORCE},
	{"snoop_policy", "user_chooses", SNOOP_USER_CHOOSES},
	{"guest", "t0-only", GUEST_T0_ONLY},
	{"guest", "rebind", GUEST_REBIND},
	{"guest", "inflight", GUEST_INFLIGHT},
	{"guest", "none", GUEST_NONE},
	{"iommu_layout", "split", IOMMU_LAYOUT_SPLIT},
	{"iommu_layout", "single_checked", IOMMU_LAYOUT_SINGLE_CHECKED},
	{"iommu_layout", "single_rmp", IOMMU_LAYOUT_SINGLE_RMP},
	{"t0_table", "shared_only", T0_TABLE_SHARED_ONLY},
	{"t0_table", "map_all", T0_TABLE_MAP_ALL},
	{"t0_table", "unchecked", T0_TABLE_UNCHECKED},
	{"t1_shared", "allow", T1_SHARED_ALLOW},
	{"t1_shared", "forbid", T1_SHARED_FORBID},
	{"t1_shared", "xt", T1_SHARED_XT},
	{"run_by", "guest", RUN_BY_GUEST},
	{"run_by", "host", RUN_BY_HOST},
	{"run_gate", "tsm", RUN_GATE_TSM},
	{"run_gate", "none", RUN_GATE_NONE},
	{"unmap_under_run", "refuse", UNMAP_UNDER_RUN_REFUSE},
	{"unmap_under_run", "fence", UNMAP_UNDER_RUN_FENCE},
	{"unmap_under_run", "destroy", UNMAP_UNDER_RUN_DESTROY},
	{"unmap_under_run", "silent", UNMAP_UNDER_RUN_SILENT},
	{"scrub_by", "tsm", SCRUB_BY_TSM},
	{"scrub_by", "host", SCRUB_BY_HOST},
	{"scrub_by", "none", SCRUB_BY_NONE},
	{"mmio_guard", "device", MMIO_GUARD_DEVICE},
	{"mmio_guard", "page_state", MMIO_GUARD_PAGE_STATE},
	{"mmio_guard", "none", MMIO_GUARD_NONE},
	{"mmio_at_bind", "refuse", MMIO_AT_BIND_REFUSE},
	{"mmio_at_bind", "revoke", MMIO_AT_BIND_REVOKE},
	{"mmio_at_bind", "keep", MMIO_AT_BIND_KEEP},
	{"reset_bound", "refuse", RESET_BOUND_REFUSE},
	{"reset_bound", "auto_unbind", RESET_BOUND_AUTO_UNBIND},
	{"reset_bound", "raw", RESET_BOUND_RAW},
	{"mmio_validate", "per_range", MMIO_VALIDATE_PER_RANGE},
	{"mmio_validate", "skip_bar", MMIO_VALIDATE_SKIP_BAR},
	{"attest_order", "lock_first", ATTEST_LOCK_FIRST},
	{"attest_order", "any", ATTEST_ANY},
	{"nonce_check", "false", false},
	{"nonce_check", "true", true},
};

static void test_rules_names_match_the_values_used(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(value_numbers) / sizeof(value_numbers[0]); i++)
		assert_int_equal(
			knob_value_by_name((unsigned)knob_by_name(value_numbers[i].knob), value_numbers[i].value),
			value_numbers[i].number);
}

static void test_rules_check_point_and_late_bind_follow_api_and_kernel(void **state)
{
	(void)state;
	static const struct {
		const char *policy, *kernel;
		int point, late;
	} rows[] = {
		{"vfio-type1", "5.18", CHECK_AT_GET_DEVICE_FD, LATE_BIND_CRASH},
		{"vfio-type1", "5.19", CHECK_AT_SET_CONTAINER, LATE_BIND_PROBE_EBUSY},
		{"vfio-type1", "7.0", CHECK_AT_SET_CONTAINER, LATE_BIND_PROBE_EBUSY},
		{"iommufd", "7.0", CHECK_AT_BIND, LATE_BIND_PROBE_EBUSY},
		{"ioasid-kt", "7.0", CHECK_AT_NONE, LATE_BIND_PROBE_EBUSY},
		{"ioasid-v1", "7.0", CHECK_AT_EVERY_COMMAND, LATE_BIND_PROBE_EBUSY},
		{"iommu-v2", "7.0", CHECK_AT_BIND, LATE_BIND_PROBE_EBUSY},
		{"aux-domain", "7.0", CHECK_AT_BIND, LATE_BIND_PROBE_EBUSY},
		{"noiommu", "7.0", CHECK_AT_NONE, LATE_BIND_UNMONITORED},
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rules rules = preset(rows[i].policy);
		set(&rules, "kernel", rows[i].kernel);
		assert_int_equal(rules.value[KNOB_GROUP_CHECK_POINT], rows[i].point);
		assert_int_equal(rules.value[KNOB_LATE_BIND], rows[i].late);
	}
}

static void test_rules_given_knob_stays_whatever_the_order(void **state)
{
	(void)state;
	struct rules first = preset("vfio-type1"), last = preset("vfio-type1");
	set(&first, "late_bind", "unmonitored");
	set(&first, "kernel", "5.18");
	set(&last, "kernel", "5.18");
	set(&last, "late_bind", "unmonitored");
	assert_int_equal(first.value[KNOB_LATE_BIND], LATE_BIND_UNMONITORED);
	assert_memory_equal(&first, &last, sizeof(first));
}

static void test_rules_unknown_names_and_values_are_refused(void **state)
{
	(void)state;
	struct rules rules = preset("iommufd");
	assert_int_equal(policy_by_name("vfio"), -1);
	assert_int_equal(knob_by_name("kernel-dma"), -1);
	assert_int_equal(knob_value_by_name(KNOB_KERNEL, "5.20"), -1);
	assert_int_equal(knob_value_by_name(1000, "lazy"), -1);
	assert_false(rules_set(&rules, KNOB_KERNEL, 6));
	assert_false(rules_set(&rules, knob_row_count(), 0));
	assert_null(policy_name(policy_count()));
}

/* What merged kernels do is what is on where nothing is said. */
static void test_rules_presets_are_safe(void **state)
{
	static const char *const names[] = {"pasid_fabric_rule", "prq_drain", "response_match",
					    "devtlb_order",      "reset_ats", "unsafe_interrupts"};
	static const char *const values[] = {"acs_required", "true", "full", "iotlb_first", "blocked", "false"};
	(void)state;
	for (unsigned policy = 0; policy < policy_count(); policy++) {
		struct rules rules = preset(policy_name(policy));
		for (int i = 0; i < 6; i++) {
			unsigned row = (unsigned)knob_by_name(names[i]);
			/* The rule of PASIDs came in 2022. */
			bool early = i == 0 && rules.value[KNOB_USER_API] >= USER_API_IOASID_KT;
			assert_int_equal(rules.value[row], knob_value_by_name(row, early ? "none" : values[i]));
		}
	}
}

static void test_rules_reset_follows_the_kernel_until_it_is_given(void **state)
{
	(void)state;
	struct rules rules = preset("iommufd"), given = rules;
	set(&rules, "kernel", "6.15");
	assert_int_equal(rules.value[KNOB_RESET_ATS], RESET_ATS_IGNORE);
	set(&rules, "kernel", "7.0");
	assert_int_equal(rules.value[KNOB_RESET_ATS], RESET_ATS_BLOCKED);
	set(&given, "reset_ats", "blocked");
	set(&given, "kernel", "5.18");
	assert_int_equal(given.value[KNOB_RESET_ATS], RESET_ATS_BLOCKED);
}

/* The registry: a front end for each value of the axis, under the value's name. */
static void test_rules_every_user_api_has_its_front_end(void **state)
{
	(void)state;
	unsigned values = 0;
	while (knob_rows[KNOB_USER_API].values[values]) {
		assert_true(values < front_end_count());
		assert_string_equal(front_ends[values]->name, knob_rows[KNOB_USER_API].values[values]);
		assert_non_null(front_ends[values]->take);
		assert_non_null(front_ends[values]->release);
		values++;
	}
	assert_int_equal(values, front_end_count());
}

static void test_rules_policies_name_their_axes(void **state)
{
	(void)state;
	static const struct {
		const char *policy;
		int api, dma, guest;
	} rows[] = {
		{"vfio-type1", USER_API_VFIO_TYPE1, KERNEL_DMA_STRICT, GUEST_NONE},
		{"iommufd", USER_API_IOMMUFD, KERNEL_DMA_STRICT, GUEST_NONE},
		{"kernel-dma", USER_API_NONE, KERNEL_DMA_STRICT, GUEST_NONE},
		{"noiommu", USER_API_NOIOMMU, KERNEL_DMA_IDENTITY, GUEST_NONE},
		{"ioasid-kt", USER_API_IOASID_KT, KERNEL_DMA_STRICT, GUEST_NONE},
		{"ioasid-v1", USER_API_IOASID_V1, KERNEL_DMA_STRICT, GUEST_NONE},
		{"iommu-v2", USER_API_IOMMU_V2, KERNEL_DMA_STRICT, GUEST_NONE},
		{"aux-domain", USER_API_AUX_DOMAIN, KERNEL_DMA_STRICT, GUEST_NONE},
		{"t0-only", USER_API_IOMMUFD, KERNEL_DMA_STRICT, GUEST_T0_ONLY},
		{"rebind", USER_API_IOMMUFD, KERNEL_DMA_STRICT, GUEST_REBIND},
		{"inflight", USER_API_IOMMUFD, KERNEL_DMA_STRICT, GUEST_INFLIGHT},
	};
	assert_int_equal(policy_count(), sizeof(rows) / sizeof(rows[0]));
	for (unsigned i = 0; i < policy_count(); i++) {
		struct rules rules = preset(rows[i].policy);
		assert_string_equal(policy_name(i), rows[i].policy);
		assert_int_equal(rules.value[KNOB_USER_API], rows[i].api);
		assert_int_equal(rules.value[KNOB_KERNEL_DMA], rows[i].dma);
		assert_int_equal(rules.value[KNOB_GUEST], rows[i].guest);
		assert_int_equal(rules.value[KNOB_KERNEL], KERNEL_7_0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_every_knob_is_a_row_in_its_place),
		cmocka_unit_test(test_rules_every_kernel_says_where_its_rules_come_from),
		cmocka_unit_test(test_rules_alias_values_are_those_of_the_knob),
		cmocka_unit_test(test_rules_alias_sets_what_it_stands_for),
		cmocka_unit_test(test_rules_names_match_the_values_used),
		cmocka_unit_test(test_rules_check_point_and_late_bind_follow_api_and_kernel),
		cmocka_unit_test(test_rules_presets_are_safe),
		cmocka_unit_test(test_rules_reset_follows_the_kernel_until_it_is_given),
		cmocka_unit_test(test_rules_given_knob_stays_whatever_the_order),
		cmocka_unit_test(test_rules_unknown_names_and_values_are_refused),
		cmocka_unit_test(test_rules_every_user_api_has_its_front_end),
		cmocka_unit_test(test_rules_policies_name_their_axes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
