/* SPDX-License-Identifier: MIT */
/* Calls about guests' tables, pins, dirty tracking and addresses, as a plug-in answers and makes them. */
#include "proposal_lab.h"

#include "uapi/plugin.h"

#include <errno.h>
#include <string.h>

/* What the plug-in under test does in its calls; its own variables are the test's. */
static struct {
	unsigned calls;
	bool own; /* it says `answer` by itself; else its base answers */
	int answer;
	iosim_space space;
	iosim_target page;
	bool swaps_page;
	int (*look)(iosim_call *call);
} now;

static bool answers(iosim_call *call, int *answer)
{
	now.calls++;
	if (now.look)
		*answer = now.look(call);
	else
		*answer = now.answer;
	return now.own || now.look;
}

static int nest_of(iosim_call *call, iosim_owner owner, iosim_space parent, const iosim_guest *guest, iosim_space *out)
{
	int answer;
	*out = now.space;
	return answers(call, &answer) ? answer : iosim_base_nest(call, owner, parent, guest, out);
}

/* It gives a guest's devices numbers of its own. */
static int vdevice_of(iosim_call *call, iosim_owner owner, iosim_device device, uint32_t id)
{
	int answer;
	return answers(call, &answer) ? answer : iosim_base_vdevice(call, owner, device, id + 100);
}

static int invalidate_of(iosim_call *call, iosim_owner owner, const iosim_invalidation *what)
{
	int answer;
	return answers(call, &answer) ? answer : iosim_base_invalidate(call, owner, what);
}

static int pasid_table_of(iosim_call *call, iosim_owner owner, iosim_device device, const iosim_guest_table *table,
			  iosim_space *out)
{
	int answer;
	*out = now.space;
	return answers(call, &answer) ? answer : iosim_base_pasid_table(call, owner, device, table, out);
}

static int pin_of(iosim_call *call, iosim_device device, uint64_t iova, unsigned permissions, iosim_target *target)
{
	int answer = 0;
	if (!answers(call, &answer))
		answer = iosim_base_pin(call, device, iova, permissions, target);
	if (now.swaps_page)
		*target = now.page;
	return answer;
}

static int dirty_start_of(iosim_call *call, iosim_owner owner, iosim_space space)
{
	int answer;
	return answers(call, &answer) ? answer : iosim_base_dirty_start(call, owner, space);
}

/* Whatever it is asked, pages stay dirty. */
static int dirty_read_of(iosim_call *call, iosim_owner owner, iosim_space space, uint64_t iova, bool clear, bool *dirty)
{
	int answer;
	(void)clear;
	return answers(call, &answer) ? answer : iosim_base_dirty_read(call, owner, space, iova, false, dirty);
}

static int allow_of(iosim_call *call, iosim_owner owner, iosim_space space, uint64_t iova, uint64_t bytes)
{
	int answer;
	return answers(call, &answer) ? answer : iosim_base_allow(call, owner, space, iova, bytes);
}

/* One range less than there are. */
static int ranges_of(iosim_call *call, iosim_owner owner, iosim_space space, iosim_ranges *out)
{
	int answer;
	if (answers(call, &answer))
		return answer;
	answer = iosim_base_ranges(call, owner, space, out);
	out->count -= out->count ? 1 : 0;
	return answer;
}

static int map_file_of(iosim_call *call, iosim_owner owner, iosim_space space, uint64_t iova,
		       const iosim_target *target, uint64_t bytes, unsigned permissions)
{
	int answer;
	return answers(call, &answer) ? answer
				      : iosim_base_map_file(call, owner, space, iova, target, bytes, permissions);
}

/* Nothing but hands it on: what a mapping is to lead to is the same on both sides. */
static int map_of(iosim_call *call, iosim_owner owner, iosim_space space, uint64_t iova, const iosim_target *target,
		  uint64_t bytes, unsigned permissions)
{
	int answer;
	if (answers(call, &answer))
		return answer;
	now.page = *target;
	return iosim_base_map(call, owner, space, iova, target, bytes, permissions);
}

static const iosim_front_end over_iommufd = {
	IOSIM_FRONT_END_VERSION,
	.name = "all",
	.summary = "s",
	.base = "iommufd",
	.map = map_of,
	.nest = nest_of,
	.vdevice = vdevice_of,
	.invalidate = invalidate_of,
	.pasid_table = pasid_table_of,
	.pin = pin_of,
	.dirty_start = dirty_start_of,
	.dirty_read = dirty_read_of,
	.allow = allow_of,
	.ranges = ranges_of,
	.map_file = map_file_of,
};

/* The same over what nests by composing tables, and over what has none of it. */
static iosim_front_end over_v2, over_noiommu;

/* As a plug-in was that knew no call behind `copy`. */
static iosim_front_end older;

static uint8_t number(const iosim_front_end *front_end)
{
	static uint8_t iommufd, v2, noiommu, old;
	uint8_t *known = front_end == &over_iommufd ? &iommufd
			 : front_end == &over_v2    ? &v2
			 : front_end == &older      ? &old
						    : &noiommu;
	unsigned user_api = front_end == &over_v2        ? USER_API_IOMMU_V2
			    : front_end == &over_noiommu ? USER_API_NOIOMMU
							 : USER_API_IOMMUFD;
	if (!*known)
		*known = (uint8_t)plugin_add(front_end, user_api);
	assert_true(*known > 0);
	return *known;
}

static void open_over(struct lab *l, const iosim_front_end *front_end, const char *policy, enum iommu_kind kind)
{
	memset(&now, 0, sizeof(now));
	lab_declare(l, policy);
	l->o.b.kind = kind;
	l->o.b.rules.plugin = number(front_end);
	bench_start(&l->o.b);
	assert_int_equal(take(l, l->o.nic), 0);
}

static const struct domain_guest guest = {.root = 0x10000, .address_width = 48, .ste = {1, 2}};

static space_handle wished(struct lab *l, struct uapi_space_wish wish)
{
	space_handle out = 0;
	assert_int_equal(uapi_space(l->o.b.uapi, l->o.p1, &wish, &out), 0);
	return out;
}

static int nest(struct lab *l, space_handle parent, const struct domain_guest *said, space_handle *out)
{
	return uapi_nest(l->o.b.uapi, l->o.p1, parent, said, out);
}

static const struct fake_domain *serving(struct lab *l)
{
	const struct fake_driver *unit = bench_unit_of(&l->o.b, l->o.nic);
	return &unit->domains[fake_serving_domain(unit, l->o.b.machine->devices[l->o.nic].stream)];
}

/* --- guests' tables --- */

static void test_plugin_nest_is_its_own_or_the_bases(void **state)
{
	struct lab l;
	space_handle parent, child = 0;
	(void)state;
	open_over(&l, &over_iommufd, "iommufd", IOMMU_VTD);
	parent = wished(&l, (struct uapi_space_wish){.nest_parent = true});
	now.own = true;
	now.answer = -EDQUOT;
	assert_int_equal(nest(&l, parent, &guest, &child), -EDQUOT);
	now.answer = 0;
	for (int i = 0; i < 3; i++) { /* none, not nested, not there */
		now.space = i == 0 ? 0 : i == 1 ? parent : 0x12345;
		assert_int_equal(nest(&l, parent, &guest, &child), -EPROTO);
	}
	now.own = false;
	assert_int_equal(nest(&l, parent, &guest, &child), 0);
	assert_int_equal(attach(&l, l.o.nic, child), 0);
	assert_int_equal(serving(&l)->type, DOMAIN_NESTED);
	assert_memory_equal(&serving(&l)->guest, &guest, sizeof(guest));
	assert_int_equal(nest(&l, parent, NULL, &child), -ENOTTY); /* the base composes none */
	bench_close(&l.o.b);
}

static void test_plugin_maps_into_what_the_kernel_composes(void **state)
{
	struct lab l;
	space_handle parent, child = 0;
	struct uapi_target target = {.kind = UAPI_PARENT, .offset = IOVA};
	(void)state;
	open_over(&l, &over_v2, "iommu-v2", IOMMU_VTD);
	parent = space(&l);
	assert_int_equal(attach(&l, l.o.nic, parent), 0);
	assert_int_equal(map(&l, parent), 0);
	assert_false(now.page.is_registers);
	assert_int_equal(now.page.index, l.o.page);
	assert_int_equal(nest(&l, parent, NULL, &child), 0);
	assert_int_equal(attach(&l, l.o.nic, child), 0);
	assert_int_equal(uapi_map(l.o.b.uapi, l.o.p1, child, 0x40000, target, 0x1000, 3), 0);
	assert_int_equal(now.page.index, IOSIM_NO_INDEX);
	assert_true(now.page.offset == IOVA);
	assert_true(bench_reach(&l.o.b, l.o.nic, 0x40000) == page(&l));
	bench_close(&l.o.b);
}

static int numbers(iosim_call *call)
{
	uint32_t id = 9;
	assert_true(iosim_device_id(call, 0, &id));
	assert_int_equal(id, 105);
	assert_false(iosim_device_id(call, 1, &id));
	assert_false(iosim_device_id(call, IOSIM_NO_INDEX, &id));
	assert_int_equal(id, 0);
	return -EUCLEAN;
}

static void test_plugin_names_devices_and_forgets_by_its_own_numbers(void **state)
{
	struct lab l;
	space_handle parent, child;
	struct uapi_invalidation what = {.what = UAPI_FORGET_DEVTLB, .of = UAPI_OF_ID, .id = 5, .last = UINT64_MAX};
	(void)state;
	open_over(&l, &over_iommufd, "iommufd", IOMMU_SMMUV3);
	parent = wished(&l, (struct uapi_space_wish){.nest_parent = true});
	assert_int_equal(nest(&l, parent, &guest, &child), 0);
	now.own = true;
	now.answer = -EDQUOT;
	assert_int_equal(uapi_vdevice(l.o.b.uapi, l.o.p1, l.o.nic, 5), -EDQUOT);
	assert_int_equal(uapi_invalidate(l.o.b.uapi, l.o.p1, &what), -EDQUOT);
	now.own = false;
	assert_int_equal(uapi_vdevice(l.o.b.uapi, l.o.p1, l.o.nic, 5), 0);
	assert_int_equal(attach(&l, l.o.nic, child), 0);
	assert_int_equal(uapi_invalidate(l.o.b.uapi, l.o.p1, &what), -EIO); /* it is 105 */
	what.id = 105;
	assert_int_equal(uapi_invalidate(l.o.b.uapi, l.o.p1, &what), 0);
	now.look = numbers;
	assert_int_equal(uapi_invalidate(l.o.b.uapi, l.o.p1, &what), -EUCLEAN);
	bench_close(&l.o.b);
}

/* An invalidation that the plug-in swallows does not get to the unit. */
static void test_plugin_invalidate_that_swallows_reaches_no_unit(void **state)
{
	struct lab l;
	space_handle parent, child;
	(void)state;
	open_over(&l, &over_iommufd, "iommufd", IOMMU_VTD);
	parent = wished(&l, (struct uapi_space_wish){.nest_parent = true});
	assert_int_equal(nest(&l, parent, &guest, &child), 0);
	assert_int_equal(attach(&l, l.o.nic, child), 0);
	struct uapi_invalidation what = {
		.what = UAPI_FORGET_RANGE, .of = UAPI_OF_SPACE, .space = child, .first = 0x1000, .last = 0x1fff};
	const struct fake_driver *unit = bench_unit_of(&l.o.b, l.o.nic);
	now.own = true;
	assert_int_equal(uapi_invalidate(l.o.b.uapi, l.o.p1, &what), 0);
	assert_int_equal(unit->forget_count, 0);
	now.own = false;
	assert_int_equal(uapi_invalidate(l.o.b.uapi, l.o.p1, &what), 0);
	assert_int_equal(unit->forget_count, 1);
	assert_int_equal(unit->forgets[0].first, 0x1000);
	assert_int_equal(unit->forgets[0].last, 0x1fff);
	bench_close(&l.o.b);
}

static void test_plugin_hands_over_a_table_of_pasids(void **state)
{
	struct lab l;
	(void)state;
	open_over(&l, &over_iommufd, "iommufd", IOMMU_SMMUV3);
	space_handle parent = wished(&l, (struct uapi_space_wish){.nest_parent = true}), child, table_space;
	struct uapi_guest_table table = {.parent = parent, .guest = guest};
	assert_int_equal(nest(&l, parent, &guest, &child), 0);
	now.own = true;
	now.answer = -EDQUOT;
	assert_int_equal(uapi_pasid_table(l.o.b.uapi, l.o.p1, l.o.nic, &table, &table_space), -EDQUOT);
	now.answer = 0;
	now.space = child; /* nested, but none of PASIDs */
	assert_int_equal(uapi_pasid_table(l.o.b.uapi, l.o.p1, l.o.nic, &table, &table_space), -EPROTO);
	now.own = false;
	assert_int_equal(uapi_pasid_table(l.o.b.uapi, l.o.p1, l.o.nic, &table, &table_space), 0);
	assert_int_equal(serving(&l)->type, DOMAIN_NESTED);
	assert_memory_equal(&serving(&l)->guest.ste, &guest.ste, sizeof(guest.ste));
	bench_close(&l.o.b);
}

/* --- pages of mdevs --- */

static void test_plugin_pin_gives_pages_that_are_pinned(void **state)
{
	struct lab l;
	struct uapi_target target;
	(void)state;
	open_over(&l, &over_iommufd, "iommufd", IOMMU_VTD);
	space_handle s = space(&l);
	assert_int_equal(take(&l, l.soft), 0);
	assert_int_equal(attach(&l, l.soft, s), 0);
	assert_int_equal(map(&l, s), 0);
	now.own = true;
	now.answer = -EDQUOT;
	assert_int_equal(uapi_pin(l.o.b.uapi, l.soft, IOVA, 3, &target), -EDQUOT);
	now.answer = 0; /* it says nothing of where: nothing is pinned there */
	assert_int_equal(uapi_pin(l.o.b.uapi, l.soft, IOVA, 3, &target), -EPROTO);
	now.own = false;
	assert_int_equal(uapi_pin(l.o.b.uapi, l.soft, IOVA + 0x1000, 3, &target), 0);
	assert_int_equal(target.index, l.o.page);
	assert_true(target.offset == 0x1000 && target.pinned);
	assert_int_equal(uapi_space_pins(l.o.b.uapi, s), 1);
	const iosim_target wrong[] = {{.index = l.o.other}, /* nobody pinned it */
				      {.index = l.o.page, .offset = 0x2000},
				      {.index = l.o.page, .offset = 8},
				      {.index = l.o.bar, .is_registers = true},
				      {.index = IOSIM_NO_INDEX}};
	now.own = now.swaps_page = true;
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		now.page = wrong[i];
		assert_int_equal(uapi_pin(l.o.b.uapi, l.soft, IOVA, 3, &target), -EPROTO);
	}
	now.page = (iosim_target){.index = l.o.page};
	assert_int_equal(uapi_pin(l.o.b.uapi, l.soft, IOVA, 3, &target), 0);
	assert_true(target.kind == UAPI_MEMORY && target.offset == 0 && target.pinned);
	bench_close(&l.o.b);
}

/* --- dirty tracking, and calls about addresses --- */

static void test_plugin_dirty_pages_are_its_own_or_the_bases(void **state)
{
	struct lab l;
	bool dirty = true;
	(void)state;
	open_over(&l, &over_iommufd, "iommufd", IOMMU_VTD);
	struct uapi *uapi = l.o.b.uapi;
	space_handle s = wished(&l, (struct uapi_space_wish){.dirty = true});
	assert_int_equal(attach(&l, l.o.nic, s), 0);
	assert_int_equal(map(&l, s), 0);
	now.own = true;
	now.answer = -EDQUOT;
	assert_int_equal(uapi_dirty_start(uapi, l.o.p1, s), -EDQUOT);
	assert_int_equal(uapi_dirty_read(uapi, l.o.p1, s, IOVA, true, &dirty), -EDQUOT);
	assert_false(dirty);
	now.own = false;
	assert_int_equal(uapi_dirty_start(uapi, l.o.p1, s), 0);
	bench_unit_of(&l.o.b, l.o.nic)
		->domains[fake_serving_domain(bench_unit_of(&l.o.b, l.o.nic), l.o.b.machine->devices[l.o.nic].stream)]
		.written = IOVA;
	for (int i = 0; i < 2; i++) { /* the plug-in does not clear what it is to clear */
		assert_int_equal(uapi_dirty_read(uapi, l.o.p1, s, IOVA, true, &dirty), 0);
		assert_true(dirty);
	}
	bench_close(&l.o.b);
}

static void test_plugin_ranges_allow_and_files(void **state)
{
	struct lab l;
	struct uapi_ranges told = {.room = UAPI_MAX_RANGES};
	struct uapi_target file = {.kind = UAPI_MEMORY, .index = 0};
	(void)state;
	open_over(&l, &over_iommufd, "iommufd", IOMMU_VTD);
	struct uapi *uapi = l.o.b.uapi;
	space_handle s = space(&l);
	file.index = l.o.other; /* somebody else's: a file is anybody's */
	now.own = true;
	now.answer = -EDQUOT;
	assert_int_equal(uapi_allow(uapi, l.o.p1, s, IOVA, 0x1000), -EDQUOT);
	assert_int_equal(uapi_ranges(uapi, l.o.p1, s, &told), -EDQUOT);
	assert_int_equal(uapi_map_file(uapi, l.o.p1, s, IOVA, file, 0x1000, 3), -EDQUOT);
	now.own = false;
	assert_int_equal(uapi_allow(uapi, l.o.p1, s, IOVA, 0x1000), 0);
	assert_int_equal(uapi_ranges(uapi, l.o.p1, s, &told), 0);
	assert_int_equal(told.count, 0); /* one less than there are */
	assert_true(told.alignment >= 1 && told.last[0] > told.first[0]);
	assert_int_equal(uapi_map_file(uapi, l.o.p1, s, IOVA, file, 0x1000, 3), 0);
	assert_int_equal(uapi_map_file(uapi, l.o.p1, s, IOVA, file, 0x1000, 3), -EEXIST);
	bench_close(&l.o.b);
}

/* --- what it gets wrong, and what the base does not have --- */

static int asks_for_nothing(iosim_call *call)
{
	iosim_guest none = {.root = 0};
	iosim_guest_table table = {.parent = 77};
	iosim_invalidation what = {.last = UINT64_MAX};
	iosim_target target = {.index = 0}, nowhere = {.index = 0x7fff};
	iosim_ranges told = {.room = 1};
	iosim_space out = 7;
	bool dirty = true;
	assert_int_equal(iosim_base_nest(call, IOSIM_HOST, 77, &none, &out), -EINVAL);
	assert_int_equal(out, 0);
	assert_int_equal(iosim_base_nest(call, 1, 77, &none, &out), -ENOENT);
	assert_int_equal(iosim_base_vdevice(call, 1, IOSIM_NO_INDEX, 1), -ENODEV);
	assert_int_equal(iosim_base_vdevice(call, IOSIM_NOBODY, 0, 1), -EINVAL);
	assert_int_equal(iosim_base_invalidate(call, 1, &what), -ENOENT);
	what.of = IOSIM_OF_DEVICE;
	what.device = IOSIM_NO_INDEX;
	assert_int_equal(iosim_base_invalidate(call, 1, &what), -ENODEV);
	what.of = 3;
	assert_int_equal(iosim_base_invalidate(call, 1, &what), -EINVAL);
	what = (iosim_invalidation){.what = 5, .last = 1};
	assert_int_equal(iosim_base_invalidate(call, 1, &what), -EINVAL);
	what = (iosim_invalidation){.first = 2, .last = 1};
	assert_int_equal(iosim_base_invalidate(call, 1, &what), -EINVAL);
	assert_int_equal(iosim_base_pasid_table(call, 1, IOSIM_NO_INDEX, &table, &out), -ENODEV);
	assert_int_equal(iosim_base_pasid_table(call, IOSIM_HOST, 0, &table, &out), -EINVAL);
	assert_int_equal(iosim_base_pin(call, IOSIM_NO_INDEX, 0, 1, &target), -ENODEV);
	assert_int_equal(iosim_base_pin(call, 0, 0, 1, &target), -ENOTTY); /* no mdev */
	assert_int_equal(iosim_base_dirty_start(call, 1, 77), -ENOENT);
	assert_int_equal(iosim_base_dirty_read(call, 1, 77, 0x123, true, &dirty), -ENOENT);
	assert_false(dirty);
	assert_int_equal(iosim_base_allow(call, 1, 77, 0, 0), -ENOENT);
	assert_int_equal(iosim_base_ranges(call, 1, 77, &told), -ENOENT);
	assert_int_equal(iosim_base_map_file(call, 1, 77, 0, &nowhere, 4096, 1), -EFAULT);
	assert_int_equal(iosim_base_map_file(call, 1, 77, 0, &target, 4096, 1), -ENOENT);
	assert_int_equal(iosim_space_parent(call, 77), 0);
	return -EXDEV;
}

static void test_plugin_asks_the_base_for_what_is_not_there(void **state)
{
	struct lab l;
	struct uapi_invalidation all = {.of = UAPI_OF_SPACE, .last = UINT64_MAX};
	(void)state;
	open_over(&l, &over_iommufd, "iommufd", IOMMU_VTD);
	now.look = asks_for_nothing;
	assert_int_equal(uapi_invalidate(l.o.b.uapi, l.o.p1, &all), -EXDEV);
	assert_int_equal(now.calls, 1);
	bench_close(&l.o.b);
}

static int knows_parent(iosim_call *call)
{
	assert_int_equal(iosim_space_parent(call, now.space), 0);
	assert_int_equal(iosim_space_parent(call, now.page.index), now.space);
	return -EXDEV;
}

static void test_plugin_asks_what_a_space_is_nested_in(void **state)
{
	struct lab l;
	space_handle child = 0;
	struct uapi_invalidation all = {.of = UAPI_OF_SPACE, .last = UINT64_MAX};
	(void)state;
	open_over(&l, &over_iommufd, "iommufd", IOMMU_VTD);
	now.space = wished(&l, (struct uapi_space_wish){.nest_parent = true});
	assert_int_equal(nest(&l, now.space, &guest, &child), 0);
	now.page.index = (uint16_t)child;
	now.look = knows_parent;
	assert_int_equal(uapi_invalidate(l.o.b.uapi, l.o.p1, &all), -EXDEV);
	bench_close(&l.o.b);
}

/* Of a base that has none of the calls, they are the plug-in's alone. */
static void test_plugin_over_a_base_without_the_calls_answers_alone(void **state)
{
	struct lab l;
	struct uapi_ranges told = {.room = 1};
	struct uapi_guest_table table = {.guest = guest};
	struct uapi_invalidation all = {.of = UAPI_OF_SPACE, .last = UINT64_MAX};
	space_handle out;
	bool dirty;
	(void)state;
	open_over(&l, &over_noiommu, "noiommu", IOMMU_VTD);
	struct uapi *uapi = l.o.b.uapi;
	for (int i = 0; i < 2; i++) {
		now.own = i;
		now.answer = -EDQUOT;
		int error = i ? -EDQUOT : -ENOTTY;
		struct uapi_target target = {.kind = UAPI_MEMORY, .index = l.o.page};
		assert_int_equal(nest(&l, 5, &guest, &out), error);
		assert_int_equal(uapi_vdevice(uapi, l.o.p1, l.o.nic, 1), error);
		assert_int_equal(uapi_invalidate(uapi, l.o.p1, &all), error);
		assert_int_equal(uapi_pasid_table(uapi, l.o.p1, l.o.nic, &table, &out), error);
		assert_int_equal(uapi_dirty_start(uapi, l.o.p1, 5), error);
		assert_int_equal(uapi_dirty_read(uapi, l.o.p1, 5, 0, true, &dirty), error);
		assert_int_equal(uapi_allow(uapi, l.o.p1, 5, 0, 0), error);
		assert_int_equal(uapi_ranges(uapi, l.o.p1, 5, &told), error);
		assert_int_equal(uapi_map_file(uapi, l.o.p1, 5, 0, target, 4096, 3), error);
		assert_int_equal(uapi_map(uapi, l.o.p1, 5, 0, target, 4096, 3), error);
	}
	assert_int_equal(now.calls, 20);
	bench_close(&l.o.b);
}

/* A plug-in of the header before there were these calls: the base answers them, whatever lies behind its table. */
static void test_plugin_of_an_older_header_leaves_newer_calls_to_the_base(void **state)
{
	struct lab l;
	space_handle parent, child;
	(void)state;
	open_over(&l, &older, "iommufd", IOMMU_VTD);
	parent = wished(&l, (struct uapi_space_wish){.nest_parent = true});
	assert_int_equal(nest(&l, parent, &guest, &child), 0);
	assert_int_equal(attach(&l, l.o.nic, child), 0);
	assert_int_equal(now.calls, 0);
	assert_int_equal(map(&l, parent), 0);
	assert_int_equal(now.calls, 1);
	bench_close(&l.o.b);
}

static int make_tables(void **state)
{
	(void)state;
	over_v2 = over_noiommu = older = over_iommufd;
	over_v2.name = "all-v2";
	over_v2.base = "iommu-v2";
	over_noiommu.name = "all-noiommu";
	over_noiommu.base = "noiommu";
	older.name = "older";
	older.bytes = offsetof(iosim_front_end, nest);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plugin_nest_is_its_own_or_the_bases),
		cmocka_unit_test(test_plugin_maps_into_what_the_kernel_composes),
		cmocka_unit_test(test_plugin_names_devices_and_forgets_by_its_own_numbers),
		cmocka_unit_test(test_plugin_invalidate_that_swallows_reaches_no_unit),
		cmocka_unit_test(test_plugin_hands_over_a_table_of_pasids),
		cmocka_unit_test(test_plugin_pin_gives_pages_that_are_pinned),
		cmocka_unit_test(test_plugin_dirty_pages_are_its_own_or_the_bases),
		cmocka_unit_test(test_plugin_ranges_allow_and_files),
		cmocka_unit_test(test_plugin_asks_the_base_for_what_is_not_there),
		cmocka_unit_test(test_plugin_asks_what_a_space_is_nested_in),
		cmocka_unit_test(test_plugin_over_a_base_without_the_calls_answers_alone),
		cmocka_unit_test(test_plugin_of_an_older_header_leaves_newer_calls_to_the_base),
	};
	return cmocka_run_group_tests(tests, make_tables, NULL);
}
