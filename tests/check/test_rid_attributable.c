/* SPDX-License-Identifier: MIT */
#include "interface_bench.h"

#define NAME "rid-attributable"

static void test_rid_space_of_one_serving_another_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	/* Taking alone makes two owners, which is another invariant's; nothing is moved yet. */
	bench_begin(b);
	model_take(b->model, b->p1, b->c0);
	bench_end(b, b->p1, "take");
	assert_safe(b, NAME);
	bench_begin(b);
	model_attach(b->model, b->c0, model_space_new(b->model, b->p1));
	b->view[b->c0].serving = b->view[b->c1].serving = SERVED_USER;
	bench_end(b, b->p1, "attach");
	assert_int_equal(bench_found(b, NAME), 1);
	assert_non_null(
		strstr(b->findings.list[0].text,
		       "c0 (owned by p1) is in a space of its owner at 'attach', and so is c1 (owned by host): both "
		       "have requester ID 0000:"));
	/* Each map moves the other device again; that is known. */
	bench_begin(b);
	b->view[b->c0].contents = b->view[b->c1].contents = 77;
	bench_end(b, b->p1, "map");
	assert_safe(b, NAME);
	/* And the way back is no new harm. */
	bench_begin(b);
	model_detach(b->model, b->c0);
	b->view[b->c0].serving = b->view[b->c1].serving = SERVED_BLOCKED;
	bench_end(b, b->p1, "detach");
	assert_safe(b, NAME);
	bench_close(b);
}

/* One group, but two requester IDs, and the neighbour stayed where it was. */
static void test_rid_space_beside_another_owners_device_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	b->view[b->hba].serving = SERVED_KERNEL_DMA;
	bench_begin(b);
	bench_attach(b, b->p1, b->nic);
	b->view[b->nic].serving = SERVED_USER;
	bench_end(b, b->p1, "attach");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_rid_view_of_an_mdev_is_not_its_own(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	model_take(b->model, b->p1, b->m);
	bench_begin(b);
	b->view[b->fw].contents = b->view[b->m].contents = 5;
	b->view[b->fw].serving = b->view[b->m].serving = SERVED_KERNEL_DMA;
	bench_end(b, MACHINE_HOST, "map");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_rid_shared_by_one_owner_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	model_driver_unbind(b->model, b->c1);
	bench_begin(b);
	model_space space = bench_attach(b, b->p1, b->c0);
	model_take(b->model, b->p1, b->c1);
	model_attach(b->model, b->c1, space);
	b->view[b->c0].serving = b->view[b->c1].serving = SERVED_USER;
	bench_end(b, b->p1, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_rid_shared_with_nobody_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	model_driver_unbind(b->model, b->c1);
	bench_begin(b);
	bench_attach(b, b->p1, b->c0);
	b->view[b->c0].serving = b->view[b->c1].serving = SERVED_USER;
	bench_end(b, b->p1, "");
	assert_safe(b, NAME);
	bench_close(b);
}

/* Two requester IDs, one group: the front end moved the whole group although a member was somebody else's. */
static void test_rid_moving_another_owners_translation_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	b->view[b->hba].serving = SERVED_KERNEL_DMA;
	b->view[b->hba].contents = 5;
	bench_begin(b);
	model_take(b->model, b->p1, b->nic);
	b->view[b->hba].serving = SERVED_BLOCKED;
	b->view[b->hba].contents = 0;
	bench_end(b, b->p1, "take");
	assert_violated(b, NAME, "p1 changed the translation of hba (owned by host) at 'take': it is blocked now");
	/* Known from now on, for as long as hba has an owner. */
	bench_begin(b);
	b->view[b->hba].serving = SERVED_USER;
	bench_end(b, b->p1, "attach");
	assert_safe(b, NAME);
	bench_begin(b);
	b->view[b->hba].contents = 8;
	bench_end(b, b->p1, "map");
	assert_safe(b, NAME);
	bench_begin(b);
	model_driver_unbind(b->model, b->hba);
	bench_end(b, MACHINE_HOST, "unbind");
	bench_begin(b);
	model_driver_bind(b->model, MACHINE_HOST, b->hba);
	b->view[b->hba].contents = 6;
	bench_end(b, b->p1, "again");
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

static void test_rid_contents_alone_count(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	b->view[b->hba].serving = SERVED_KERNEL_DMA;
	bench_begin(b);
	b->view[b->hba].contents = 9;
	bench_end(b, b->p2, "map");
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

/* Root and tag may differ: what counts is where requests go. */
static void test_rid_same_translation_by_another_table_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	b->view[b->hba] = (struct check_view){.serving = SERVED_KERNEL_DMA, .root = 0x1000, .tag = 1, .contents = 3};
	bench_begin(b);
	b->view[b->hba].root = 0x2000;
	b->view[b->hba].tag = 2;
	bench_end(b, b->p1, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_rid_own_translation_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	bench_begin(b);
	bench_attach(b, b->p1, b->alone);
	b->view[b->alone].serving = SERVED_USER;
	bench_end(b, b->p1, "");
	assert_safe(b, NAME);
	/* Nobody's device, too; and what hardware does by itself is nobody's doing. */
	bench_begin(b);
	b->view[b->nic].serving = SERVED_USER;
	bench_end(b, b->p1, "");
	assert_safe(b, NAME);
	bench_begin(b);
	b->view[b->alone].contents = 4;
	bench_end(b, MACHINE_NONE, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_rid_kernel_moving_a_users_translation_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	bench_begin(b);
	bench_attach(b, b->p1, b->alone);
	b->view[b->alone].serving = SERVED_USER;
	bench_end(b, b->p1, "");
	bench_begin(b);
	b->view[b->alone].serving = SERVED_KERNEL_DMA;
	bench_end(b, MACHINE_HOST, "bind");
	assert_violated(b, NAME,
			"host changed the translation of alone (owned by p1) at 'bind': it translates by the kernel's "
			"DMA-API domain now");
	bench_close(b);
}

/* The host moves what serves nic; `by` takes the step. */
static void move_guests(struct bench *b, uint16_t by)
{
	bench_begin(b);
	b->view[b->nic].serving = SERVED_USER;
	b->view[b->nic].contents++;
	bench_end(b, by, "stage2");
}

static void test_rid_hosts_table_of_confidential_guest_is_safe(void **state)
{
	(void)state;
	struct bench *b = interface_bench();
	b->machine->owners[b->p1].confidential = true;
	move_guests(b, MACHINE_HOST);
	assert_safe(b, NAME);
	move_guests(b, b->p2);
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

/* Nobody guards the guest: the host is a kernel as for any other owner. */
static void test_rid_host_moving_guest_without_tsm_is_a_violation(void **state)
{
	(void)state;
	struct bench *b = interface_bench();
	b->machine->owners[b->p1].confidential = true;
	interfaces[b->nic].exists = false;
	move_guests(b, MACHINE_HOST);
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
	b = interface_bench();
	move_guests(b, MACHINE_HOST);
	assert_int_equal(bench_found(b, NAME), 1);
	bench_close(b);
}

static void test_rid_two_kernel_drivers_are_one_party(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	b->view[b->hba].serving = SERVED_KERNEL_DMA;
	bench_begin(b);
	model_driver_bind(b->model, b->u, b->nic);
	b->view[b->hba].contents = 5;
	bench_end(b, b->u, "");
	assert_safe(b, NAME);
	/* Also after the driver has gone. */
	bench_begin(b);
	model_driver_unbind(b->model, b->nic);
	b->view[b->hba].contents = 0;
	bench_end(b, b->u, "");
	assert_safe(b, NAME);
	bench_close(b);
}

static void test_rid_turning_a_unit_on_is_safe(void **state)
{
	(void)state;
	struct bench *b = bench_open();
	b->view[b->hba].serving = SERVED_NO_IOMMU;
	bench_begin(b);
	b->view[b->hba].serving = SERVED_KERNEL_DMA;
	bench_end(b, b->p1, "");
	assert_safe(b, NAME);
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rid_space_of_one_serving_another_is_a_violation),
		cmocka_unit_test(test_rid_space_beside_another_owners_device_is_safe),
		cmocka_unit_test(test_rid_view_of_an_mdev_is_not_its_own),
		cmocka_unit_test(test_rid_shared_by_one_owner_is_safe),
		cmocka_unit_test(test_rid_shared_with_nobody_is_safe),
		cmocka_unit_test(test_rid_moving_another_owners_translation_is_a_violation),
		cmocka_unit_test(test_rid_contents_alone_count),
		cmocka_unit_test(test_rid_same_translation_by_another_table_is_safe),
		cmocka_unit_test(test_rid_own_translation_is_safe),
		cmocka_unit_test(test_rid_kernel_moving_a_users_translation_is_a_violation),
		cmocka_unit_test(test_rid_hosts_table_of_confidential_guest_is_safe),
		cmocka_unit_test(test_rid_host_moving_guest_without_tsm_is_a_violation),
		cmocka_unit_test(test_rid_two_kernel_drivers_are_one_party),
		cmocka_unit_test(test_rid_turning_a_unit_on_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
