/* SPDX-License-Identifier: MIT */
/* Calls that a plug-in answers, what it may ask and do meanwhile, and what becomes of what it gets wrong. */
#include "proposal_lab.h"

#include "uapi/plugin.h"

#include <errno.h>
#include <string.h>

/* What the plug-in under test does in its calls; its own variables are the test's. */
static struct {
	int answer;
	iosim_space space;
	bool releases, base, skips;
	unsigned calls;
	uint8_t seen;
	int (*look)(iosim_call *call, iosim_owner owner, iosim_device device);
} now;

static int take_of(iosim_call *call, iosim_owner owner, iosim_device device)
{
	now.calls++;
	if (now.look)
		return now.look(call, owner, device);
	if (now.skips)
		iosim_skip_group_rule(call, true);
	return now.base ? iosim_base_take(call, owner, device) : now.answer;
}

static void release_of(iosim_call *call, iosim_owner owner, iosim_device device)
{
	now.calls++;
	if (now.releases)
		iosim_base_release(call, owner, device);
}

static int probe_of(iosim_call *call, iosim_device device)
{
	now.calls++;
	return iosim_device_driver(call, device) == IOSIM_DRIVER_NONE ? now.answer : 0;
}

static int space_of_plugin(iosim_call *call, iosim_owner owner, unsigned flags, iosim_space *out)
{
	now.calls++;
	*out = now.space;
	return now.base ? iosim_base_space(call, owner, flags, out) : 0;
}

/* Counts the attaches of the space and of the device in their state. */
static int attach_of(iosim_call *call, iosim_owner owner, iosim_device device, iosim_space space)
{
	uint8_t *of_space = iosim_space_state(call, space), *of_device = iosim_device_state(call, device);

	if (!of_space || !of_device)
		return -ENOENT;
	now.seen = *of_space;
	++*of_space;
	++*of_device;
	return iosim_base_attach(call, owner, device, space);
}

static const iosim_front_end whole = {
	IOSIM_FRONT_END_VERSION, .name = "whole",          .summary = "s",      .base = "iommu-v2",
	.device_state_bytes = 8, .space_state_bytes = 8,   .take = take_of,     .release = release_of,
	.probe = probe_of,       .space = space_of_plugin, .attach = attach_of,
};

/* One number a table, whoever asks for it. */
static uint8_t number_of(const iosim_front_end *front_end, unsigned user_api)
{
	static const iosim_front_end *known[PLUGINS_MAX];
	static uint8_t numbers[PLUGINS_MAX];
	unsigned i = 0;
	while (known[i] && known[i] != front_end)
		i++;
	if (!known[i]) {
		known[i] = front_end;
		numbers[i] = (uint8_t)plugin_add(front_end, user_api);
	}
	assert_true(numbers[i] > 0);
	return numbers[i];
}

static void open_plugin(struct lab *l)
{
	memset(&now, 0, sizeof(now));
	now.base = true;
	lab_declare(l, "iommu-v2");
	l->o.b.rules.plugin = number_of(&whole, USER_API_IOMMU_V2);
	bench_start(&l->o.b);
}

/* --- calls --- */

static void test_plugin_call_that_it_lacks_is_the_bases(void **state)
{
	struct lab l;
	(void)state;
	open_plugin(&l);
	assert_int_equal(take(&l, l.o.nic), 0);
	assert_int_equal(now.calls, 1);
	space_handle a = space(&l);
	assert_int_equal(now.calls, 2);
	assert_int_equal(attach(&l, l.o.nic, a), 0);
	assert_int_equal(map(&l, a), 0);
	assert_true(reach(&l, l.o.nic) == page(&l));
	assert_int_equal(detach(&l, l.o.nic), 0);
	assert_true(reach(&l, l.o.nic) == NOWHERE);
	bench_close(&l.o.b);
}

static void test_plugin_answer_is_the_calls(void **state)
{
	struct lab l;
	(void)state;
	open_plugin(&l);
	now.base = false;
	static const int answers[][2] = {{-EBUSY, -EBUSY},          {-4095, -4095},    {1, -EPROTO}, {-4096, -EPROTO},
					 {IOSIM_CRASH, UAPI_CRASH}, {-100001, -EPROTO}};
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		now.answer = answers[i][0];
		assert_int_equal(take(&l, l.o.nic), answers[i][1]);
	}
	bench_close(&l.o.b);
}

static void test_plugin_space_that_is_none_is_refused(void **state)
{
	struct lab l;
	space_handle out;
	struct uapi_space_wish wish = {.ram = true};
	(void)state;
	open_plugin(&l);
	now.base = false;
	for (int i = 0; i < 2; i++) {
		now.space = i ? 0x12345 : 0;
		assert_int_equal(uapi_space(l.o.b.uapi, l.o.p1, &wish, &out), -EPROTO);
	}
	bench_close(&l.o.b);
}

static void test_plugin_release_that_does_nothing_is_done_for_it(void **state)
{
	struct lab l;
	(void)state;
	open_plugin(&l);
	for (int i = 0; i < 2; i++) {
		now.releases = i;
		assert_int_equal(take(&l, l.o.nic), 0);
		assert_int_equal(uapi_release(l.o.b.uapi, l.o.p1, l.o.nic), 0);
		assert_int_equal(bench_serving(&l.o.b, l.o.nic), DOMAIN_DMA);
		assert_int_equal(uapi_release(l.o.b.uapi, l.o.p1, l.o.nic), -EINVAL);
	}
	bench_close(&l.o.b);
}

static void test_plugin_probe_refuses_a_kernel_driver(void **state)
{
	struct lab l;
	(void)state;
	open_plugin(&l);
	assert_int_equal(uapi_driver_bind(l.o.b.uapi, l.o.f1, DRIVER_NONE), 0);
	now.answer = -EACCES;
	assert_int_equal(uapi_driver_bind(l.o.b.uapi, l.o.f1, DRIVER_HOST), -EACCES);
	now.answer = 0;
	assert_int_equal(uapi_driver_bind(l.o.b.uapi, l.o.f1, DRIVER_HOST), 0);
	bench_close(&l.o.b);
}

/* --- acts --- */

static void test_plugin_skips_the_group_rule_for_one_call(void **state)
{
	struct lab l;
	(void)state;
	open_plugin(&l);
	assert_int_equal(take(&l, l.o.f0), 0);
	assert_int_equal(uapi_take(l.o.b.uapi, l.o.p2, l.o.f1), -EPERM);
	now.skips = true;
	assert_int_equal(uapi_take(l.o.b.uapi, l.o.p2, l.o.f1), 0);
	assert_int_equal(uapi_release(l.o.b.uapi, l.o.p2, l.o.f1), 0);
	now.skips = false;
	assert_int_equal(uapi_take(l.o.b.uapi, l.o.p2, l.o.f1), -EPERM);
	bench_close(&l.o.b);
}

static int blocks(iosim_call *call, iosim_owner owner, iosim_device device)
{
	(void)owner;
	return iosim_block(call, device);
}

static int unblocks(iosim_call *call, iosim_owner owner, iosim_device device)
{
	(void)owner;
	return iosim_unblock(call, device);
}

static void test_plugin_blocks_what_stays_attached(void **state)
{
	struct lab l;
	(void)state;
	open_plugin(&l);
	now.look = blocks;
	assert_int_equal(take(&l, l.o.nic), -EINVAL); /* nobody has it */
	assert_int_equal(take(&l, l.m2), -EINVAL);
	now.look = NULL;
	take(&l, l.o.nic);
	space_handle a = space(&l);
	attach(&l, l.o.nic, a);
	map(&l, a);
	now.look = unblocks;
	assert_int_equal(take(&l, l.o.nic), -EINVAL); /* it is not blocked */
	now.look = blocks;
	assert_int_equal(take(&l, l.o.nic), 0);
	assert_true(reach(&l, l.o.nic) == NOWHERE);
	assert_int_equal(uapi_space_page_tables(l.o.b.uapi, a), 1);
	now.look = unblocks;
	assert_int_equal(take(&l, l.o.nic), 0);
	assert_true(reach(&l, l.o.nic) == page(&l));
	assert_int_equal(detach(&l, l.o.nic), 0);
	assert_int_equal(take(&l, l.o.nic), -EINVAL); /* attached to nothing */
	bench_close(&l.o.b);
}

/* --- state --- */

static void test_plugin_state_of_a_space_ends_with_it(void **state)
{
	struct lab l;
	(void)state;
	open_plugin(&l);
	take(&l, l.o.nic);
	for (int i = 0; i < 3; i++) {
		space_handle a = space(&l);
		assert_int_equal(attach(&l, l.o.nic, a), 0);
		assert_int_equal(now.seen, 0);
		detach(&l, l.o.nic);
		assert_int_equal(attach(&l, l.o.nic, a), 0);
		assert_int_equal(now.seen, 1);
		detach(&l, l.o.nic);
		assert_int_equal(uapi_destroy(l.o.b.uapi, l.o.p1, a), 0);
	}
	assert_int_equal(l.o.b.uapi->plugin_devices[l.o.nic * 8], 6);
	for (uint32_t i = 0; i < 8 * UAPI_MAX_SPACES; i++)
		assert_int_equal(l.o.b.uapi->plugin_spaces[i], 0);
	bench_close(&l.o.b);
}

static void test_plugin_state_is_saved_and_restored(void **state)
{
	struct lab l;
	(void)state;
	open_plugin(&l);
	take(&l, l.o.nic);
	space_handle a = space(&l);
	attach(&l, l.o.nic, a);
	detach(&l, l.o.nic);
	uint64_t hash = arena_hash(l.o.b.arena);
	struct arena_snapshot *snapshot = arena_save(l.o.b.arena);
	attach(&l, l.o.nic, a);
	detach(&l, l.o.nic);
	assert_int_equal(now.seen, 1);
	assert_true(arena_hash(l.o.b.arena) != hash);
	arena_restore(l.o.b.arena, snapshot);
	assert_true(arena_hash(l.o.b.arena) == hash);
	attach(&l, l.o.nic, a);
	assert_int_equal(now.seen, 1);
	arena_snapshot_free(snapshot);
	bench_close(&l.o.b);
}

/* --- questions --- */

static int asks(iosim_call *call, iosim_owner owner, iosim_device device)
{
	iosim_device members[4];
	uint32_t group = iosim_group(call, device);
	(void)owner;
	assert_int_equal(iosim_group_members(call, group, members, 4), 2);
	assert_int_equal(members[0], device);
	assert_string_equal(iosim_device_name(call, members[1]), "f1");
	assert_int_equal(iosim_group_members(call, group, members, 0), 2);
	assert_true(iosim_can_reach(call, device, members[1]));
	assert_false(iosim_same_requester(call, device, members[1]));
	assert_true(iosim_same_requester(call, device, device));
	assert_int_equal(iosim_device_user(call, device), IOSIM_NOBODY);
	assert_int_equal(iosim_device_space(call, device), 0);
	assert_int_equal(iosim_device_features(call, device), IOSIM_HAS_PASID);
	assert_true(iosim_device_trusted(call, device));
	assert_int_equal(iosim_device_iommu(call, device), 0);
	assert_int_equal(iosim_device_parent(call, device), IOSIM_NO_INDEX);
	assert_string_equal(iosim_knob(call, "kernel"), "7.0");
	assert_string_equal(iosim_knob(call, "flush_mode"), "strict");
	assert_null(iosim_knob(call, "nosuch"));
	assert_string_equal(iosim_owner_name(call, owner), "p1");
	assert_false(iosim_owner_is_guest(call, owner));
	assert_null(iosim_owner_state(call, owner));
	return 0;
}

static void test_plugin_asks_about_devices(void **state)
{
	struct lab l;
	(void)state;
	open_plugin(&l);
	now.look = asks;
	assert_int_equal(take(&l, l.o.f0), 0);
	assert_int_equal(now.calls, 1);
	bench_close(&l.o.b);
}

static int asks_about_nothing(iosim_call *call, iosim_owner owner, iosim_device device)
{
	iosim_target target = {.index = UINT16_MAX};
	uint64_t unmapped = 1;
	iosim_device none = (iosim_device)iosim_device_count(call);
	(void)device;
	assert_string_equal(iosim_device_name(call, none), "");
	assert_false(iosim_device_present(call, none) || iosim_device_trusted(call, none));
	assert_int_equal(iosim_device_driver(call, none), IOSIM_DRIVER_NONE);
	assert_int_equal(iosim_device_user(call, none), IOSIM_NOBODY);
	assert_int_equal(iosim_group(call, none), IOSIM_NO_GROUP);
	assert_int_equal(iosim_group_members(call, IOSIM_NO_GROUP, NULL, 0), 0);
	assert_int_equal(iosim_space_owner(call, 77), IOSIM_NOBODY);
	assert_false(iosim_space_maps(call, 77, 0, UINT64_MAX) || iosim_space_in_use(call, 77));
	assert_null(iosim_device_state(call, none));
	assert_null(iosim_space_state(call, 77));
	assert_int_equal(iosim_block(call, none), -EINVAL);
	assert_int_equal(iosim_base_take(call, owner, none), -ENODEV);
	assert_int_equal(iosim_base_take(call, IOSIM_HOST, 0), -EINVAL);
	assert_int_equal(iosim_base_attach(call, IOSIM_NOBODY, 0, 77), -EINVAL);
	assert_int_equal(iosim_base_attach(call, owner, 0, 77), -EINVAL);
	assert_int_equal(iosim_base_attach_pasid(call, owner, 0, 0, 77), -EINVAL);
	assert_int_equal(iosim_base_map(call, owner, 77, 0, &target, 4096, IOSIM_READ), -EFAULT);
	assert_int_equal(iosim_base_unmap(call, owner, 77, 0, 4096, &unmapped), -ENOENT);
	assert_true(unmapped == 0);
	assert_int_equal(iosim_base_copy(call, owner, 77, 0, 77, 0, 4096, IOSIM_READ), -ENOTTY);
	iosim_base_release(call, owner, 0);
	return -EXDEV;
}

static void test_plugin_asks_about_what_is_not_there(void **state)
{
	struct lab l;
	(void)state;
	open_plugin(&l);
	now.look = asks_about_nothing;
	assert_int_equal(take(&l, l.o.nic), -EXDEV);
	bench_close(&l.o.b);
}

/* A base without spaces: what neither has is no call. */
static const iosim_front_end bare = {IOSIM_FRONT_END_VERSION, .name = "bare",      .summary = "s",
				     .base = "noiommu",       .attach = attach_of, .detach_pasid = NULL};

static void test_plugin_over_a_base_without_spaces_completes_the_set(void **state)
{
	struct lab l;
	uint64_t iova;
	(void)state;
	memset(&now, 0, sizeof(now));
	lab_declare(&l, "noiommu");
	l.o.b.rules.plugin = number_of(&bare, USER_API_NOIOMMU);
	bench_start(&l.o.b);
	assert_int_equal(take(&l, l.o.nic), 0);
	assert_int_equal(space(&l), 0);
	assert_int_equal(attach(&l, l.o.nic, 5), -ENOENT);
	assert_int_equal(detach(&l, l.o.nic), -ENOTTY);
	assert_int_equal(uapi_detach_pasid(l.o.b.uapi, l.o.p1, l.o.nic, 3), -ENOTTY);
	assert_int_equal(bench_dma_map(&l.o.b, l.o.p1, l.o.nic, l.o.page, &iova), -ENOTTY);
	bench_close(&l.o.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plugin_call_that_it_lacks_is_the_bases),
		cmocka_unit_test(test_plugin_answer_is_the_calls),
		cmocka_unit_test(test_plugin_space_that_is_none_is_refused),
		cmocka_unit_test(test_plugin_release_that_does_nothing_is_done_for_it),
		cmocka_unit_test(test_plugin_probe_refuses_a_kernel_driver),
		cmocka_unit_test(test_plugin_skips_the_group_rule_for_one_call),
		cmocka_unit_test(test_plugin_blocks_what_stays_attached),
		cmocka_unit_test(test_plugin_state_of_a_space_ends_with_it),
		cmocka_unit_test(test_plugin_state_is_saved_and_restored),
		cmocka_unit_test(test_plugin_asks_about_devices),
		cmocka_unit_test(test_plugin_asks_about_what_is_not_there),
		cmocka_unit_test(test_plugin_over_a_base_without_spaces_completes_the_set),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
